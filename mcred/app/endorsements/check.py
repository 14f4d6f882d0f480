"""Verifies an endorsement, each time it is added or shown, and says whose it is by the record."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date, datetime

from msgspec import Struct

from mcred.app.awards.known_issuers import read_known
from mcred.app.awards.resolver import Sources
from mcred.app.awards.verify_record import issuer_names
from mcred.app.elsewhere.check import issuer_of_equivalent
from mcred.app.endorsements.word import Word, read_word
from mcred.app.pieces.shown import ShownState, find_shown
from mcred.app.workspace import Workspace
from mcred.badges.checks import CheckContext, NamedIssuer, VerifyReport, tell_reason
from mcred.badges.endorsements.document import read_claims
from mcred.badges.verify import verify
from mcred.domain.catalog import Catalog
from mcred.domain.endorsements.told import ToldEndorsement
from mcred.domain.ids import CommitId, CredentialId, Slug
from mcred.domain.layout import ENDORSEMENTS, parse_path, shown_ref
from mcred.problems import Place, Problem
from mcred.store.git import Repo
from mcred.store.snapshot import REGULAR, list_tree, read_blobs

Endorsed = tuple[ToldEndorsement, bytes]
"""An endorsement with its file."""
PROGRAM = "program"
"""How the programme itself is named, as an issuer that is endorsed."""
_DEFINITION = re.compile(r"urn:mcred:definition:([^:]+):([^:]+):([0-9a-f]+)")
"""The id of a version of a micro-credential, as badges have it."""


class Checking(Struct, frozen=True, kw_only=True):
    """What endorsements are held against."""

    now: datetime
    word: Word
    known: tuple[NamedIssuer, ...] = ()
    """The issuers that the reader knows, besides those whom the programme names."""


def checking_of(ws: Workspace) -> Checking:
    """What the user of this folder holds endorsements against: with their own list of issuers, too."""
    word = read_word(ws.repo, ws.catalog, find_shown(ws.repo))
    return Checking(now=ws.ctx.now(), word=word, known=read_known(None))


def check_endorsement(data: bytes, checking: Checking, sources: Sources) -> VerifyReport:
    """The report on an endorsement."""
    sources.begin_badge()
    programme = checking.word.programme
    context = CheckContext(
        now=checking.now,
        find_did=sources.find_did,
        find_list=sources.find_list,
        find_page=sources.find_page,
        known=(*checking.known, *map(issuer_of_equivalent, programme.equivalents)),
        trusted=frozenset(key.multibase for key in programme.issuer.keys),
        keys=dict.fromkeys(issuer_names(programme), programme.issuer.keys),
        endorsers=checking.word.keys,
        is_withdrawn=checking.word.is_withdrawn,
    )
    return verify(data, context)


def name_about(catalog: Catalog, about: str) -> tuple[str, str]:
    """What an endorsement is about: a micro-credential here, with its version where that is not today's, or
    `program`; empty for anything else."""
    if about in issuer_names(catalog.programme):
        return PROGRAM, ""
    found = _DEFINITION.fullmatch(about)
    known = catalog.definitions.get(CredentialId(found[1])) if found is not None else None
    if found is None or known is None:
        return "", ""
    return known.credential.id, "" if known.blob == found[3] else found[2]


def tell_endorsement(
    name: Slug, report: VerifyReport, checking: Checking, catalog: Catalog
) -> ToldEndorsement:
    """An endorsement as it is listed."""
    claims, word = read_claims(report.document), checking.word
    signer, role = claims.signer or claims.signer_id, ""
    if report.known and claims.signer_id in word.endorsers:
        signer, role = word.endorsers[claims.signer_id].name, "administrator"
    elif report.known and claims.signer_id in issuer_names(word.programme):
        signer, role = word.programme.issuer.name, "issuer"
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
        reason=tell_reason(report),
        checked=checking.now.date(),
    )


def tell_all(
    files: Iterable[tuple[Slug, bytes]], checking: Checking, catalog: Catalog
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
    state: ShownState, checking: Checking, catalog: Catalog
) -> tuple[tuple[Endorsed, ...], tuple[Problem, ...]]:
    """What others say of a person's badges, as pages list it, and a warning for each that no page shows."""
    files = {} if state.list.hidden else state.files
    held = ((e.name, files[e.file]) for e in state.list.endorsements if e.file in files)
    return _only_shown(tell_all(held, checking, catalog), shown_ref(state.list.person))


def read_endorsements(
    repo: Repo, commit: CommitId, catalog: Catalog, word: Word | None, now: datetime
) -> tuple[tuple[Endorsed, ...], tuple[Problem, ...]]:
    """The same of what others say of micro-credentials and of the programme."""
    held = read_of_program(repo, commit)
    if not held or word is None:
        return (), ()
    return _only_shown(tell_all(held, Checking(now=now, word=word), catalog), ENDORSEMENTS)


def _only_shown(found: tuple[Endorsed, ...], where: str) -> tuple[tuple[Endorsed, ...], tuple[Problem, ...]]:
    """Those that are not wrong, and a warning for each other one."""
    bad = (
        Problem(
            what=f"no page shows the endorsement {told.name}: it is not valid ({told.reason})",
            where=Place(file=where),
            severity="warning",
        )
        for told, _ in found
        if told.verdict == "not valid"
    )
    return tuple(one for one in found if one[0].verdict != "not valid"), tuple(bad)
