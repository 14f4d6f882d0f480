"""All checks of a programme's files, golden examples included."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from datetime import date

from msgspec.structs import replace

from mcred.app.awards.named_issuer import parse_issuer
from mcred.app.catalogs import catalog_of
from mcred.app.pages.pictures import find_lone, read_pictures
from mcred.app.recognition.policies import check_recognition
from mcred.app.workspace import Workspace
from mcred.domain.assessment import check_scores
from mcred.domain.catalog import Catalog, Definition, Example
from mcred.domain.credential import Credential, Stack
from mcred.domain.ids import BlobId, CredentialId, PersonId, is_id
from mcred.domain.invitation import Invitation
from mcred.domain.layout import (
    DEFINITIONS,
    ENDORSEMENTS,
    PORTFOLIOS,
    PROGRAMME,
    RECOGNITION,
    definition_path,
    example_path,
    parse_path,
)
from mcred.domain.people import Person
from mcred.domain.programme import Programme
from mcred.domain.recognition.examples import RecognitionExamples
from mcred.domain.recognition.policy import RecognitionPolicy
from mcred.domain.rules.impact import find_flips, outcome_of
from mcred.domain.submission import Submission, find_gaps
from mcred.formats.catalog import is_wanted
from mcred.formats.decode import decode
from mcred.formats.definition_stub import FILL_IN
from mcred.formats.loose import find_loose
from mcred.formats.portfolio import read_examples
from mcred.hosting.pick import recognise
from mcred.problems import McredError, Place, Problem, next_step
from mcred.store.folder_index import find_files, read_written
from mcred.store.git import Repo
from mcred.store.seal import is_reading_key
from mcred.store.snapshot import Snapshot, gate
from mcred.store.write import put_blob


def lint_snapshot(ws: Workspace, snapshot: Snapshot) -> tuple[Problem, ...]:
    """Every problem of a programme: names, files, definitions, people, golden examples."""
    governed = tuple(
        f"{folder}/" for folder in (DEFINITIONS, PORTFOLIOS, RECOGNITION, ENDORSEMENTS, "templates")
    )
    names = {p: e for p, e in snapshot.entries.items() if p.startswith(governed)}
    catalog, problems = catalog_of(ws.repo, snapshot)
    found = [*gate(names), *problems, *_check_people(catalog, _invited(ws, snapshot))]
    found.extend(check_written(snapshot, _OF_EVERYONE, ws.ctx.now().date()))
    found.extend(_find_stubs(catalog, snapshot))
    found.extend(_find_misnamed(snapshot))
    found.extend(check_recognition(snapshot, catalog))
    found.extend(check_host(catalog.programme, ws.url))
    found.extend(_check_turn(ws, catalog.programme, snapshot))
    _, refused = read_pictures(ws.repo, catalog.definitions.values())
    found.extend((*refused, *find_lone(catalog.definitions.values())))
    for definition in catalog.definitions.values():
        examples, more = read_examples(definition.credential.id, snapshot, definition.credential)
        found.extend(more)
        if definition.credential.status == "live" and not examples and not more:
            found.append(_no_example(definition.credential))
        said = (p for example in examples for p in _check_example(example, definition))
        # A draft is saved while it is being written; it cannot become live like this.
        found.extend(
            replace(p, severity="warning") if definition.credential.status == "draft" else p for p in said
        )
        found.extend(_check_flips(ws, definition, examples))
    return tuple(found)


def _find_misnamed(snapshot: Snapshot) -> Iterator[Problem]:
    """Definitions that no one reads, in folders whose name is no id: a sync program's copies, mostly."""
    for path in sorted(snapshot.entries):
        name = path.removeprefix(f"{DEFINITIONS}/").partition("/")[0]
        if path == definition_path(CredentialId(name)) and not is_id(name):
            yield Problem(
                what=f"this is not read: '{name}' cannot be the id of a micro-credential",
                where=Place(file=path),
                hint="delete the folder if it is a copy, or rename it",
            )


_WRITTEN: Mapping[str, type] = {
    "programme": Programme,
    "definition": Credential,
    "stack": Stack,
    "profile": Person,
    "submission": Submission,
    "recognition policy": RecognitionPolicy,
    "recognition examples": RecognitionExamples,
}
"""Files that people write by hand, by kind."""
_OF_EVERYONE = ("programme", "definition", "stack", "recognition policy", "recognition examples")
"""Of these, the kinds that are the programme's own."""
_WORK = ("submission", "answers", "evidence")
"""The kinds of files of submitted work."""


def written_here(repo: Repo, snapshot: Snapshot) -> dict[str, BlobId | None]:
    """Portfolios and profiles in the working copy, where they differ from a snapshot."""
    found: dict[str, BlobId | None] = {}
    for path, place, _ in find_files(repo.work_tree, PORTFOLIOS) if repo.work_tree else ():
        if is_wanted(path, None) and parse_path(path) is not None:
            data = read_written(place)
            if data != snapshot.contents.get(path):
                found[path] = put_blob(repo, data)
    return found


def check_written(snapshot: Snapshot, kinds: Collection[str], today: date) -> Iterator[Problem]:
    """What is too vague in files that people write."""
    for path, data in sorted(snapshot.contents.items()):
        found = parse_path(path)
        if found is not None and found.kind in kinds and found.kind in _WRITTEN:
            yield from find_loose(data, _WRITTEN[found.kind], path, today)


def _check_turn(ws: Workspace, now: Programme, snapshot: Snapshot) -> Iterator[Problem]:
    """What it means for earlier and later work that edited rules change who may read it."""
    before = ws.catalog.programme.work
    if now.work == before:
        return
    members, what = "every member, and anyone else who can reach the program", f"work changes from {before}"
    if now.work == "open":
        what = f"{what} to open: {members}, can read what is submitted from the next attempt on"
        hint = "what was submitted before stays sealed; tell your teachers before you save this"
    else:
        found = [parse_path(path) for path in ws.tree.entries]
        people = sorted({f.person for f in found if f and f.person and f.kind in _WORK})
        names = ", ".join(people[:5]) + (f" and {len(people) - 5} more" if len(people) > 5 else "")
        of = f"the work of {names} that was decided on, " if people else ""
        what = (
            f"{what} to sealed, and what was submitted before stays readable to {members}: {of}"
            "what is in review now, and all earlier versions"
        )
        hint = (
            "attempts from now on are sealed to their assessors and the issuers; "
            f"{next_step('erase', 'PIECE')} removes a piece from the current record, not from its history "
            "or people's copies"
        )
    lines = snapshot.contents.get(PROGRAMME, b"").decode("utf-8", "replace").splitlines()
    line = next((n for n, text in enumerate(lines, 1) if text.startswith("work:")), 0)
    yield Problem(what=what, where=Place(file=PROGRAMME, line=line), hint=hint, severity="warning")


def _invited(ws: Workspace, snapshot: Snapshot) -> frozenset[PersonId]:
    """The people who can still join with an invitation."""
    found = (
        decode(data, Invitation, path)[0]
        for path, data in snapshot.contents.items()
        if (at := parse_path(path)) is not None and at.kind == "invitation"
    )
    return frozenset(said.person for said in found if said and said.is_open(ws.ctx.now()))


def _check_people(catalog: Catalog, invited: Collection[PersonId]) -> Iterator[Problem]:
    roles = catalog.programme.roles
    where = Place(file="mcred.yaml")
    for name, people in (
        ("maintainers", roles.maintainers),
        ("issuers", roles.issuers),
        ("experts", roles.experts),
        ("coaches", roles.coaches),
        ("administrators", roles.administrators),
        *((f"experts_for {c}", p) for c, p in roles.experts_for.items()),
    ):
        for person in people:
            if person not in catalog.people and person not in invited:
                yield Problem(
                    what=f"{name} names '{person}', who has no profile",
                    where=where,
                    hint=f"{next_step('person', 'add', person)}, or remove the name",
                )
    for needed, people in (("maintainer", roles.maintainers), ("issuer", roles.issuers)):
        if not people:
            yield Problem(what=f"there is no {needed}", where=where, hint="name one under roles")
    for credential in roles.experts_for:
        if credential not in catalog.definitions:
            yield Problem(
                what=f"experts_for names '{credential}', which is not a micro-credential",
                where=where,
                hint=f"{next_step('browse')} lists them",
            )
    if catalog.programme.recovery and not is_reading_key(catalog.programme.recovery):
        yield Problem(
            what=f"recovery is '{catalog.programme.recovery}', which is not an age public key",
            where=where,
            hint="copy the line age1… that age-keygen printed, or remove recovery",
        )
    yield from _check_addresses(catalog)
    yield from _check_prerequisites(catalog)
    yield from _check_others(catalog)


def _check_others(catalog: Catalog) -> Iterator[Problem]:
    """The issuers elsewhere whom the rules name."""
    where = Place(file=PROGRAMME)
    for equivalent in catalog.programme.equivalents:
        if equivalent.credential not in catalog.definitions:
            yield Problem(
                what=f"the equivalent '{equivalent.achievement}' is of '{equivalent.credential}', "
                "which is not a micro-credential",
                where=where,
                hint=f"{next_step('browse')} lists them",
            )
        if parse_issuer(equivalent.issuer) is None:
            yield Problem(
                what=f"the issuer of the equivalent '{equivalent.achievement}' is '{equivalent.issuer}', "
                "which is not an id that badges name",
                where=where,
                hint="write the DID or the https address by which its badges name it; "
                f"{next_step('verify', 'BADGE')} shows it",
            )
    for endorser in catalog.programme.endorsers:
        if parse_issuer(endorser.id) is None:
            yield Problem(
                what=f"the id of the endorser '{endorser.name}' is '{endorser.id}', "
                "which is not an id that endorsements name",
                where=where,
                hint="write the DID or the https address by which its endorsements name it; "
                f"{next_step('verify', 'FILE')} shows it",
            )


def _check_addresses(catalog: Catalog) -> Iterator[Problem]:
    """Badges are named by these addresses, so they must be publicly reachable."""
    programme = catalog.programme
    for name, address in (("issuer", programme.issuer.url), ("site", programme.site.url)):
        if address and not address.startswith(("https://", "http://")):
            yield Problem(
                what=f"the {name}'s url '{address}' is not a web address",
                where=Place(file="mcred.yaml"),
                hint="start it with https://, or leave it empty",
            )


def check_host(programme: Programme, shared: str | None) -> Iterator[Problem]:
    """Whether submissions can be shown at the place that the rules name."""
    try:
        recognise(shared, programme.review_host)
    except McredError as error:
        yield Problem(
            what=error.what.removeprefix("mcred.yaml, "),
            where=Place(file="mcred.yaml"),
            hint="name kind, url (https://HOST) and repository (OWNER/NAME), or remove review_host",
        )


def _check_prerequisites(catalog: Catalog) -> Iterator[Problem]:
    for definition in catalog.definitions.values():
        for needed in definition.credential.prerequisites:
            if needed not in catalog.definitions:
                yield Problem(
                    what=f"the prerequisite '{needed}' is not a micro-credential",
                    where=Place(file=definition_path(definition.credential.id)),
                    hint=f"{next_step('browse')} lists them",
                )


def _find_stubs(catalog: Catalog, snapshot: Snapshot) -> Iterator[Problem]:
    """What an author still has to fill in: an error in a live definition, which earners read."""
    for path, data in sorted(snapshot.contents.items()):
        found = parse_path(path)
        if found is None or found.kind not in ("definition", "agreed") or FILL_IN.encode() not in data:
            continue
        known = catalog.definitions.get(found.credential) if found.credential else None
        is_live = known is not None and known.credential.status == "live"
        for number, line in enumerate(data.decode("utf-8", "replace").splitlines(), start=1):
            at = line.find(FILL_IN)
            if at >= 0 and not line.lstrip().startswith("#"):
                yield Problem(
                    what="this is not written yet",
                    where=Place(file=path, line=number, column=at + 1, source=line),
                    hint=f"write it in place of {FILL_IN} …" + (", or set status: draft" if is_live else ""),
                    severity="error" if is_live else "warning",
                )


def _no_example(definition: Credential) -> Problem:
    return Problem(
        what="it is live without a golden example, so nothing shows assessors how it is scored",
        where=Place(file=definition_path(definition.id)),
        hint="the page beside the starter definitions says how to write one; until then, status: draft fits",
        severity="warning",
    )


def _check_example(example: Example, definition: Definition) -> Iterator[Problem]:
    """A golden example is complete, scored on every criterion, and has the agreed outcome."""
    credential: CredentialId = definition.credential.id
    where = Place(file=example_path(credential, example.name))
    for gap in find_gaps(example.work, definition.credential, sending=True):
        is_added = str(gap.hint).startswith(str(next_step("add")))
        yield (
            replace(gap, hint="put the file into evidence/ beside it, and list it here") if is_added else gap
        )
    faults = check_scores(
        example.agreed.scores, definition.credential, tuple(c.id for c in definition.credential.criteria)
    )
    for fault in faults:
        yield Problem(what=fault.what, where=where, hint=fault.hint)
    outcome = outcome_of(example.agreed, definition.credential)
    if outcome is not None and outcome != example.agreed.outcome:
        yield Problem(
            what=f"the agreed scores result in '{outcome}', not '{example.agreed.outcome}'",
            where=where,
            hint="correct the scores, the outcome, or the definition's award rule",
        )


def _check_flips(ws: Workspace, definition: Definition, examples: tuple[Example, ...]) -> Iterator[Problem]:
    """Golden examples that had a different outcome before the current edits."""
    new = definition.credential
    before = ws.catalog.definitions.get(new.id)
    if before is None:
        return
    old_examples, _ = read_examples(new.id, ws.tree, before.credential)
    for flip in find_flips(before.credential, new, old_examples, examples):
        if flip.after is None or flip.acknowledged:
            continue
        yield Problem(
            what=f"the golden example “{flip.example}” came to '{flip.before}' by version "
            f"{before.credential.version} and comes to '{flip.after}' by {new.version}",
            where=Place(file=example_path(new.id, flip.example)),
            hint=f"see {next_step('impact', new.id)}; "
            f'if this is intended, add the line acknowledged: "{new.version}"',
        )
