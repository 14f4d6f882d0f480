"""README.txt of an export, for readers without mcred, years later."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from mcred.app.awards.issued_badges import IssuedBadge
from mcred.badges.keys import issuer_did
from mcred.domain.people import Person
from mcred.domain.programme import Programme
from mcred.domain.text import clean


def write_readme(
    programme: Programme,
    person: Person,
    badges: Sequence[IssuedBadge],
    files: Mapping[str, bytes],
    *,
    own: bool,
    clr: str,
    when: datetime,
) -> bytes:
    """The text; the same for the same record."""
    issuer = programme.issuer.name
    parts = (
        (
            f"Micro-credentials of {person.name}",
            f"From {issuer}, as its record was on {when.date()}.",
        ),
        ("The badges", *_list(badges)),
        ("What is in this file", *_contents(files, own, clr)),
        ("How to verify it", *_checking(programme, badges)),
    )
    return ("\n\n".join(_part(*part) for part in parts) + "\n").encode()


def _part(heading: str, *paragraphs: str) -> str:
    flat = clean(heading).replace("\n", " ")
    filled = (_fill(paragraph) for paragraph in paragraphs)
    return "\n".join((flat, "=" * len(flat), "", *filled))


def _fill(text: str) -> str:
    hanging = "  " if text.startswith("- ") else ""
    return textwrap.fill(
        clean(text), 90, subsequent_indent=hanging, break_long_words=False, break_on_hyphens=False
    )


def _list(badges: Iterable[IssuedBadge]) -> Iterable[str]:
    for held in badges:
        issued = held.moment("validFrom")
        state = "" if held.became == "holds" else f" - {held.became} {held.why}".rstrip()
        signed = "" if held.is_signed else " (not signed: only the program's record vouches for it)"
        number = f"-{held.number}" if held.number > 1 else ""
        place = f"badges/{held.name}/{held.attempt}{number}/"
        yield f"- {held.title}, {issued.date() if issued else 'without a date'}: {place}{signed}{state}"


def _contents(files: Mapping[str, bytes], own: bool, clr: str) -> Iterable[str]:
    yield BADGES
    yield OWN_WORK if own else OTHERS_WORK
    if any(path.startswith("published/") for path in files):
        yield PUBLISHED
    if any(path.startswith("keys/") for path in files):
        yield KEYS
    if clr:
        yield f"{CLR} {SIGNED if clr == 'signed' else UNSIGNED}"


def _checking(programme: Programme, badges: Iterable[IssuedBadge]) -> Iterable[str]:
    yield ELSEWHERE
    yield MCRED
    keys = programme.issuer.keys
    if keys and any(held.is_signed for held in badges):
        did = issuer_did(programme.site.url, keys[-1].multibase)
        yield f"The issuer is {did}. {WHOSE} The keys: {', '.join(key.multibase for key in keys)}"


BADGES = """- badges/: each badge as JSON (Open Badges 3.0) and inside a picture (PNG and SVG); all three are
the same badge."""
OWN_WORK = """- work/: for each award, the work as it was assessed with its evidence, what each assessor wrote
(with their names, as the program's record has them), the decision, and the definition with its rubric as it
was then. Think before you share this part: it may show students and colleagues. Files over 10 MB are
not in it."""
OTHERS_WORK = """- work/: for each award, the definition with its rubric as it was then. The work and its
assessments belong to the earner: their own mcred export contains them."""
PUBLISHED = """- published/: the pieces of evidence that the earner publishes, as the badges' pages show them:
without hidden information such as places and names."""
KEYS = (
    """- keys/: the issuer's public keys (did.json) and its lists of revoked badges, as they were that day."""
)
CLR = "- clr.json: all badges not revoked or replaced, as one Comprehensive Learner Record (CLR 2.0)."
SIGNED = "It is signed by the issuer, and so is each badge in it."
UNSIGNED = "It has no signature of its own; each badge in it has."
ELSEWHERE = """With other software: open a badge.json, or its picture, in any reader of Open Badges 3.0. The
signatures are W3C Data Integrity proofs (eddsa-rdfc-2022)."""
MCRED = """With mcred (Python, open source): mcred verify THIS-FILE.zip checks every badge with the keys in
this file and does not go online. Unpacked: mcred verify badges/…/badge.json --site keys"""
WHOSE = """The keys in this file show that nothing has changed since the badges were signed. They came with
it, so they do not show by themselves whose they are. Compare them with another source: the
issuer's pages (mcred verify … --online), its record, or a printed copy."""
