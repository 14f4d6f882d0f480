"""Signs an endorsement: an administrator in their own name, an issuer in that of the programme.

The file stands alone and is sent to no one: whoever it is about decides whether it is shown (`add`).
"""

from __future__ import annotations

import uuid
from typing import Any, NamedTuple

from msgspec import Struct

from mcred.app.awards.issued_badges import find_badges
from mcred.app.awards.resolver import Sources, is_file, open_file
from mcred.app.awards.verify_record import issuer_names
from mcred.app.context import Context
from mcred.app.elsewhere.check import check_badge
from mcred.app.elsewhere.check import checking_of as checking_badges
from mcred.app.endorsements.check import PROGRAM
from mcred.app.endorsements.endorsers import did_of
from mcred.app.keys.issuer import issuer_method, signing_key
from mcred.app.workspace import Workspace, open_workspace
from mcred.badges.achievement import definition_id
from mcred.badges.bake import MAX_IMAGE
from mcred.badges.checks import tell_reason
from mcred.badges.endorsements.document import (
    MOST_COMMENT,
    EndorsedPart,
    EndorsementFacts,
    name_parts,
    sign_endorsement,
)
from mcred.badges.json_reader import JsonObject, read_json
from mcred.badges.keys import IssuerKey, issuer_did, make_issuer_key, method_id
from mcred.badges.open_badge import describe_issuer
from mcred.badges.proof import issuer_of
from mcred.domain.assessment import DefinitionRef
from mcred.domain.ids import CredentialId, PersonId, StackId, SubmissionId, is_id
from mcred.domain.programme import Programme
from mcred.domain.rules.endorse import explain_no_endorser
from mcred.problems import Exit, McredError, NextStep, next_step
from mcred.store.folder_index import find_typed
from mcred.store.signatures import secret_of


class NewEndorsement(Struct, frozen=True, kw_only=True):
    """What was signed, and a name for its file."""

    data: bytes
    file: str
    about: str
    """The id of what it is about."""
    title: str
    signer: str
    """The name that it is signed with."""
    signer_id: str
    earner: PersonId | None
    """Whose badge of this programme it is about."""


class _About(NamedTuple):
    """What is endorsed."""

    id: str
    title: str
    name: str
    """What its file is called after."""
    issuer: str
    """The id of who issued it."""
    earner: PersonId | None = None


def make_endorsement(
    ctx: Context, about: str, comment: str, part: EndorsedPart, *, as_program: bool
) -> NewEndorsement:
    """Sign what someone says about a badge, a micro-credential, or an issuer.

    `about`: a submission, a micro-credential, `program`, the id of another issuer, or a badge file, of which
    `part` is meant. Raises McredError for someone who may not, for their own badge or programme, for a badge
    that is not valid, and for a comment that is empty or too long.
    """
    ws = open_workspace(ctx, fetching="try")
    me = ws.confirmed()
    if why := explain_no_endorser(me, ws.catalog.programme.roles, as_program=as_program):
        hint = _find_instead(ws, me, about, part, as_program=as_program)
        raise McredError(f"{why}; you are {me}", hint=hint, code=Exit.NOT_ALLOWED)
    comment = comment.strip()
    if not 0 < len(comment) <= MOST_COMMENT:
        what = f"an endorsement has 1 to {MOST_COMMENT} characters; this one has {len(comment)}"
        raise McredError(what, hint=f'{ctx.typed} --comment "TEXT"', code=Exit.USAGE)
    found = _find_about(ws, about, part)
    own = issuer_names(ws.catalog.programme)
    if as_program and found.issuer in own:
        what = "a program does not endorse itself, its own micro-credentials, or its own badges"
        raise McredError(what, hint=next_step("help", "endorse"), code=Exit.NOT_ALLOWED)
    if found.earner == me:
        what = "you cannot endorse your own badge"
        raise McredError(what, hint=next_step("help", "endorse"), code=Exit.NOT_ALLOWED)
    key, method, profile = _sign_as(ws, me, as_program=as_program)
    facts = EndorsementFacts(
        id=uuid.uuid4().urn,
        about=found.id,
        title=found.title,
        comment=comment,
        signer=profile,
        signed=ctx.now(),
    )
    return NewEndorsement(
        data=sign_endorsement(facts, key, method),
        file=f"endorsement-{found.name}.json",
        about=found.id,
        title=found.title,
        signer=str(profile["name"]),
        signer_id=str(profile["id"]),
        earner=found.earner,
    )


def _find_instead(
    ws: Workspace, me: PersonId, about: str, part: EndorsedPart, *, as_program: bool
) -> str | NextStep:
    """What someone can do who may not sign in this way. Raises McredError for nothing that is known here."""
    roles, typed = ws.catalog.programme.roles, ws.ctx.typed
    if as_program and me in roles.administrators:
        return typed.replace(" --as-program", "", 1)
    is_own = _find_about(ws, about, part).issuer in issuer_names(ws.catalog.programme)
    if me in roles.issuers and not is_own:
        return f"{typed} --as-program"
    if me in roles.maintainers:
        role = "issuer" if as_program else "administrator"
        return next_step("person", "add", "PERSON", "--role", role, note="then they can sign it")
    return next_step("endorse", "add", "FILE", note="shows one that someone else signed for you")


def _find_about(ws: Workspace, about: str, part: EndorsedPart) -> _About:
    """What is meant. Raises McredError for nothing that is known here."""
    programme = ws.catalog.programme
    own = own_id(programme)
    earner, slash, credential = about.partition("/")
    submission = SubmissionId(PersonId(earner), CredentialId(credential))
    if slash and is_id(earner) and is_id(credential) and submission in ws.catalog.records:
        record = ws.catalog.records[submission]
        if not record.live:
            what = f"{submission} has no badge that is valid"
            raise McredError(what, hint=next_step("transcript", earner))
        documents = record.documents(record.live[-1])
        name = f"{earner}-{credential}"
        return _pick(read_json(documents[max(documents)]), part, name, submission.earner)
    stack = credential.removeprefix("stacks/")
    if stack != credential and (stacked := ws.catalog.stacked.get((submission.earner, StackId(stack)))):
        award = stacked.awards[stacked.live] if stacked.live is not None else None
        if award is None:
            raise McredError(f"{about} has no badge that is valid", hint=next_step("transcript", earner))
        return _pick(read_json(award.document), part, f"{earner}-{stack}", submission.earner)
    if (definition := ws.catalog.definitions.get(CredentialId(about))) is not None:
        ref = DefinitionRef(version=definition.credential.version, blob=definition.blob)
        name = definition_id(definition.credential, ref)
        return _About(name, f"“{definition.credential.title}”", about, own)
    if about == PROGRAM and own:
        return _About(own, programme.issuer.name, programme.issuer.id, own)
    if (site := programme.site.url.rstrip("/")) and about.startswith(f"{site}/"):
        what = f"{about} is on this program's pages: give the badge or micro-credential by its id"
        raise McredError(what, hint=next_step("help", "endorse"), code=Exit.USAGE)
    if about.startswith(("did:", "https://")):
        return _About(about, about, "issuer", about)
    if not is_file(find_typed(ws.ctx.at, about)):
        what = f"'{about}' is not a badge, a micro-credential, an issuer, or a badge file that is known here"
        raise McredError(what, hint=next_step("help", "endorse"))
    with open_file(ws.ctx.at, about, "endorse", "sign") as file:
        report = check_badge(file.read(MAX_IMAGE + 1), checking_badges(ws), Sources(catalog=ws.catalog))
    if report.answer == "not valid":
        what = f"this badge is not valid: {tell_reason(report)}"
        raise McredError(what, hint=next_step("verify", about))
    return _pick(report.document, part, find_typed(ws.ctx.at, about).stem, _earner_of(ws, report.document))


def _pick(document: JsonObject, part: EndorsedPart, name: str, earner: PersonId | None) -> _About:
    found = name_parts(document).get(part)
    if found is None:
        what = f"the badge does not name its {'micro-credential' if part == 'definition' else part} by an id"
        raise McredError(what, hint=next_step("verify", "FILE"))
    title = found[1] if part == "issuer" else f"“{found[1]}”"
    return _About(found[0], title, name, issuer_of(document), earner if part == "badge" else None)


def own_id(programme: Programme) -> str:
    """The id by which the programme's badges name their issuer today; '' while they are not signed."""
    key = programme.issuer.current_key
    return issuer_did(programme.site.url, key.multibase) if key is not None else ""


def _earner_of(ws: Workspace, document: JsonObject) -> PersonId | None:
    """The user, where the badge is one of theirs."""
    me = ws.person()
    mine = any(document.get("id") == badge.document.get("id") for badge in find_badges(ws, me))
    return me if mine else None


def _sign_as(ws: Workspace, me: PersonId, *, as_program: bool) -> tuple[IssuerKey, str, dict[str, Any]]:
    """The key, the id of its verification method, and the profile of the signer."""
    programme = ws.catalog.programme
    if as_program:
        key = signing_key(ws.ctx, programme)
        if key is None:
            raise McredError("this program has no issuer key yet", hint=next_step("key", "new"))
        profile = describe_issuer(programme, issuer_did(programme.site.url, key.multibase))
        return key, issuer_method(programme, key), profile
    key = make_issuer_key(bytes.fromhex(secret_of(ws.key())))
    did = did_of(ws.public_key())
    name = ws.catalog.people[me].name
    return key, method_id(did, key), {"id": did, "type": ["Profile"], "name": name}
