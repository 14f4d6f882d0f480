"""A programme with a bit of everything, and its site, for the tests of pages."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from mcred.domain.catalog import Catalog, Definition, Record
from mcred.domain.credential import Alignment, Fee, Media, Origin, Research, Resource, Validity
from mcred.domain.decision import Basis, Settled
from mcred.domain.ids import (
    BlobId,
    CommitId,
    CredentialId,
    CreditHours,
    PersonId,
    Slug,
    StackId,
    SubmissionId,
    Version,
)
from mcred.domain.people import Visibility
from mcred.problems import Problem
from mcred.website.evidence import ShownEvidence
from mcred.website.pictures import Picture
from mcred.website.render import Templates, open_templates, render_page
from tests.school import (
    ANA,
    BEN,
    BLOB,
    CLEO,
    WAIT,
    a_catalog,
    a_credential,
    a_decision,
    a_person,
    a_programme,
    a_record,
    a_shown_piece,
    a_stack,
)
from tests.website.whole import build_files, plan_pages

TEMPLATES = Path(__file__).parents[2] / "templates" / "site"
PLAN = b"# Day one\n"
PLAN_NAME = hashlib.sha256(PLAN).hexdigest() + ".txt"
EVIDENCE = ShownEvidence(
    pieces={
        (SubmissionId(p, WAIT), 1): (a_shown_piece(SubmissionId(p, WAIT), file=PLAN_NAME),)
        for p in (ANA, BEN, CLEO)
    },
    files={PLAN_NAME: PLAN},
)
ANAS_BADGE = "badges/ana/wait-time/1/index.html"


def paint(picture: Picture) -> Mapping[str, bytes]:
    """A stand-in for the pictures, which says what it was asked for."""
    said = f"{picture.of}|{picture.topic}|{picture.title}|".encode("utf-8", "backslashreplace") + (
        picture.document or b""
    )
    return {"badge.svg": b"svg|" + said, "badge.png": b"png|" + said}


def build(catalog: Catalog, evidence: ShownEvidence = EVIDENCE) -> Mapping[str, bytes]:
    files, _ = build_files(catalog, evidence, (TEMPLATES,), paint)
    return files


@cache
def _templates() -> Templates:
    return open_templates((TEMPLATES,))


def build_pages(catalog: Catalog) -> Mapping[str, bytes]:
    """The pages alone, by templates compiled once: for tests that build many times."""
    plan = plan_pages(catalog, EVIDENCE, paint)
    return {page.path: render_page(_templates(), page, plan.frame) for page in plan.pages}


def problems_of(catalog: Catalog) -> tuple[Problem, ...]:
    return plan_pages(catalog, EVIDENCE, paint).problems


def visible(catalog: Catalog, person: PersonId, publish: Visibility) -> Catalog:
    return replace(
        catalog, people={**catalog.people, person: replace(catalog.people[person], publish=publish)}
    )


def a_rich_credential() -> Any:
    """Every optional field filled, so that every branch of its page is taken."""
    base = a_credential()
    overview, artifacts = base.parts
    video = replace(artifacts.items[1], text="Ten minutes.", students=True, media=Media(max_minutes=10))
    first = replace(artifacts.criteria[0], guidance="Look twice.")
    return replace(
        base,
        issuer="The Institute",
        contributors=("Kay",),
        hours=10,
        credits=CreditHours(Decimal("1.5")),
        for_recognizers="Has **shown** it.",
        research=(
            Research(citation="Rowe (1974).", url="https://rowe.example.org", summary="Waiting helps."),
        ),
        resources=(
            Resource(
                title="A timer",
                url="https://timer.example.org",
                component=Slug("pause"),
                summary="Free.",
                free=False,
            ),
        ),
        alignment=(
            Alignment(framework="InTASC", code="8(f)", name="Instruction", url="https://in.example.org"),
        ),
        derived_from=Origin(repository="https://git.example.org/x", id=WAIT, version=Version("1.0.0")),
        prerequisites=(CredentialId("old-one"),),
        parts=(
            replace(overview, text="Write plainly."),
            replace(artifacts, items=(artifacts.items[0], video), criteria=(first, artifacts.criteria[1])),
        ),
        fee=Fee(amount=20),
        validity=Validity(months=36),
    )


def a_town(records: tuple[Record, ...] | None = None, **changes: Any) -> Catalog:
    """A live, a retired and a draft micro-credential, two stacks, and awards of three people."""
    rich = a_rich_credential()
    others = {
        CredentialId(name): Definition(
            credential=a_credential(id=CredentialId(name), title=name.title(), status=status),
            blob=BlobId(digit * 40),
        )
        for name, status, digit in (("old-one", "retired", "7"), ("new-one", "draft", "8"))
    }
    pair = a_stack(
        id=StackId("pair"),
        title="A pair",
        credits=CreditHours(Decimal(3)),
        credentials=(WAIT, *others),
        need=2,
        ordered=True,
        text="Both.",
    )
    base = a_catalog(
        records
        if records is not None
        else (a_record(), *(a_record(SubmissionId(p, WAIT)) for p in (BEN, CLEO))),
        definitions={WAIT: Definition(credential=rich, blob=BLOB), **others},
        editions={BLOB: rich},
        stacks={StackId("talk"): a_stack(), StackId("pair"): pair},
        people={p: a_person(p) for p in map(PersonId, ("ana", "ben", "cleo", "dev", "mei", "rosa"))},
    )
    issuer = replace(a_programme().issuer, description="We *teach*.", email="hello@example.org")
    return replace(base, **{"programme": replace(a_programme(), issuer=issuer), **changes})


def by_peers(**changes: Any) -> Any:
    """A decision on three peers' assessments, one criterion carried over."""
    levels = (("context", "passing", True), ("questions", "proficient", False), ("waiting", "basic", False))
    peers = tuple(Basis(assessor=PersonId(p), commit=CommitId("e" * 40)) for p in ("ben", "cleo", "dev"))
    made = a_decision(
        rule="peer",
        basis=peers,
        decided=datetime(2026, 12, 24, 8, tzinfo=UTC),
        levels=tuple(Settled(criterion=Slug(c), level=Slug(v), carried=k) for c, v, k in levels),
    )
    return replace(made, **changes)


def of(person: PersonId = ANA) -> SubmissionId:
    return SubmissionId(person, WAIT)
