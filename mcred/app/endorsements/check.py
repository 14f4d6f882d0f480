"""Verifies an endorsement, each time it is added or shown, and says whose it is by the record."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date, datetime

from msgspec import Struct

from mcred.app.awards.known_issuers import read_known
from mcred.app.awards.resolver import Sources
from mcred.app.awards.verify_record import issuer_names
from mcred.app.endorsements.endorsers import Endorsers, read_endorsers
from mcred.app.pieces.shown import ShownState, find_shown
from mcred.app.workspace import Workspace
from mcred.badges.checks import CheckContext, NamedIssuer, VerifyReport, tell_reason
from mcred.badges.endorsements.document import is_endorsement, odd_members, read_claims
from mcred.badges.verify import cannot_read, verify
from mcred.domain.catalog import Catalog
from mcred.domain.endorsements.told import Endorsed, ToldEndorsement
from mcred.domain.ids import CommitId, CredentialId, Slug, is_id
from mcred.domain.layout import ENDORSEMENTS, parse_path, shown_ref
from mcred.problems import Place, Problem, next_step
from mcred.store.git import Repo
from mcred.store.snapshot import REGULAR, list_tree, read_blobs

PROGRAM = "program"
"""How the programme itself is named, as an issuer that is endorsed."""
_UNKNOWN = "intact, but this program does not list who signed it"
_DEFINITION = re.compile(r"urn:mcred:definition:([^:]+):([^:]+):([0-9a-f]+)")
"""The id of a version of a micro-credential, as badges have it."""


class EndorsementChecking(Struct, frozen=True, kw_only=True):
    """What endorsements are held against."""

    now: datetime
    endorsers: Endorsers
    known: tuple[NamedIssuer, ...] = ()
    """The issuers that the reader knows, besides those whom the programme lists as endorsers."""


def checking_of(ws: Workspace) -> EndorsementChecking:
    """What the user of this folder holds endorsements against: with their own list of issuers, too."""
    endorsers = read_endorsers(ws.repo, ws.catalog, find_shown(ws.repo))
    return EndorsementChecking(now=ws.ctx.now(), endorsers=endorsers, known=read_known(None))


def check_endorsement(data: bytes, checking: EndorsementChecking, sources: Sources) -> VerifyReport:
    """The report on an endorsement; for anything else one without a document."""
    sources.begin_badge()
    programme = checking.endorsers.programme
    context = CheckContext(
        now=checking.now,
        find_did=sources.find_did,
        find_list=sources.find_list,
        find_page=sources.find_page,
        known=checking.known,
        trusted=frozenset(key.multibase for key in programme.issuer.keys),
        keys=dict.fromkeys(issuer_names(programme), programme.issuer.keys),
        endorsers=checking.endorsers.keys,
        endorsing=checking.endorsers.others,
        is_withdrawn=checking.endorsers.is_withdrawn,
    )
    report = verify(data, context)
    if not is_endorsement(report.document) or any(odd_members(report.document)):
        return cannot_read("there is no endorsement in it", str(next_step("verify", "FILE")))
    return report


def name_about(catalog: Catalog, about: str) -> tuple[str, str]:
    """What an endorsement is about: a micro-credential here, with its version where that is not today's, or
    `program`; empty for anything else."""
    if about in issuer_names(catalog.programme):
        return PROGRAM, ""
    found = _DEFINITION.fullmatch(about)
    name = found[1] if found is not None and is_id(found[1]) else ""
    known = catalog.definitions.get(CredentialId(name)) if name else None
    if found is None or known is None:
        return "", ""
    return known.credential.id, "" if known.blob == found[3] else found[2]


def tell_endorsement(
    name: Slug, report: VerifyReport, checking: EndorsementChecking, catalog: Catalog
) -> ToldEndorsement:
    """An endorsement as it is listed."""
    claims, endorsers = read_claims(report.document), checking.endorsers
    signer, role = claims.signer or claims.signer_id, ""
    if report.known and claims.signer_id in endorsers.people:
        signer, role = endorsers.people[claims.signer_id].name, "administrator"
    elif report.known and claims.signer_id in issuer_names(endorsers.programme):
        signer, role = endorsers.programme.issuer.name, "issuer"
    elif report.known:
        listed = (one.name for one in endorsers.programme.endorsers if one.id == claims.signer_id)
        signer = next(listed, signer)
    of, version = name_about(catalog, claims.about)
    ending = "jwt" if "proof" not in report.document else "json"
    return ToldEndorsement(
        name=name,
        file=f"{name}.{ending}",
        of=of,
        version=version,
        about=claims.about,
        comment=claims.comment,
        signer=signer,
        role=role,
        signer_id=claims.signer_id,
        day=date.fromisoformat(claims.day) if claims.day else None,
        verdict=report.answer,
        reason=_UNKNOWN if report.state == "whole" else tell_reason(report),
        checked=checking.now.date(),
    )


def tell_all(
    files: Iterable[tuple[Slug, bytes]], checking: EndorsementChecking, catalog: Catalog
) -> tuple[Endorsed, ...]:
    """Endorsements as they are listed, the oldest first, each with its file; the network is not asked."""
    sources = Sources(catalog=catalog)
    found = [
        (tell_endorsement(name, check_endorsement(data, checking, sources), checking, catalog), data)
        for name, data in files
    ]
    return tuple(sorted(found, key=lambda one: (str(one[0].day or ""), one[0].name)))


def read_of_program(repo: Repo, commit: CommitId) -> tuple[tuple[Slug, bytes], ...]:
    """The endorsements of definitions and issuer at a commit of main, by name."""
    named = {
        found.rest: entry.blob
        for path, entry in sorted(list_tree(repo, commit, ENDORSEMENTS).items())
        if entry.mode in REGULAR and (found := parse_path(path)) is not None and found.kind == "endorsement"
    }
    contents = read_blobs(repo, dict.fromkeys(named.values()))
    return tuple((Slug(name), contents[blob]) for name, blob in named.items())


def show_endorsements(
    state: ShownState, checking: EndorsementChecking, catalog: Catalog
) -> tuple[tuple[Endorsed, ...], tuple[Problem, ...]]:
    """What others say of a person's badges, as pages list it, and a warning for each that no page shows."""
    files = {} if state.list.hidden else state.files
    held = ((e.name, files[e.file]) for e in state.list.endorsements if e.file in files)
    return _only_shown(tell_all(held, checking, catalog), shown_ref(state.list.person))


def read_endorsements(
    repo: Repo, commit: CommitId, catalog: Catalog, endorsers: Endorsers | None, now: datetime
) -> tuple[tuple[Endorsed, ...], tuple[Problem, ...]]:
    """The same of what others say of micro-credentials and of the programme."""
    held = read_of_program(repo, commit)
    if not held or endorsers is None:
        return (), ()
    return _only_shown(
        tell_all(held, EndorsementChecking(now=now, endorsers=endorsers), catalog), ENDORSEMENTS
    )


def _only_shown(found: tuple[Endorsed, ...], where: str) -> tuple[tuple[Endorsed, ...], tuple[Problem, ...]]:
    """Those that are valid, and a warning for each other one.

    What names an unknown signer may be anyone's; and what someone withdrew who has left would come back.
    """
    bad = (
        Problem(
            what=f"no page shows the endorsement {told.name}: {told.verdict} ({told.reason})",
            where=Place(file=where),
            severity="warning",
        )
        for told, _ in found
        if told.verdict != "valid"
    )
    return tuple(one for one in found if one[0].verdict == "valid"), tuple(bad)
