"""An issuer's word in an assessor's place: from a case that holds, each single change is refused."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from mcred.domain.assessment import Attested
from mcred.domain.catalog import Catalog
from mcred.domain.ids import PersonId, Slug
from mcred.domain.programme import Policy, ReviewHost
from mcred.domain.rules.acceptance import Arrived, check_assessment
from mcred.domain.rules.attestation import ATTESTED, attested_flag, check_attested
from tests.school import (
    ANA,
    ANAS,
    MEI,
    ROSA,
    SENT,
    a_catalog,
    a_person,
    a_programme,
    a_request,
    an_assessment,
)

PATH = "portfolios/ana/wait-time/attempts/1/reviews/mei.json"
WORD = Attested(kind="github", host="github.com", account="mei-web", review="1", text="0" * 64, by=ROSA)
ROSAS_KEY = "ssh-ed25519 rosa"


def a_lenient_catalog(**rules: Any) -> Catalog:
    """Rosa issues, Mei is known as mei-web on GitHub."""
    catalog = a_catalog(programme=replace(a_programme(), **{"signatures": "recorded", **rules}))
    mei = a_person("mei", accounts={Slug("github"): "Mei-Web"})
    return replace(catalog, people={**catalog.people, ROSA: a_person("rosa"), MEI: mei})


def reasons(word: Attested = WORD, signer: str | None = ROSAS_KEY, **rules: Any) -> tuple[str, ...]:
    return check_attested(an_assessment(attested=word), word, MEI, signer, a_lenient_catalog(**rules))


def test_everything_fits() -> None:
    assert reasons() == ()
    assert reasons(review_host=ReviewHost(kind="github")) == ()


@pytest.mark.parametrize(
    ("word", "signer", "rules", "words"),
    [
        (WORD, ROSAS_KEY, {"signatures": "required"}, "only when their assessors sign"),
        (replace(WORD, by=PersonId("dev")), "ssh-ed25519 dev", {}, "is not an issuer"),
        (replace(WORD, by=ANA), "ssh-ed25519 ana", {}, "about their own work"),
        (replace(WORD, by=MEI), "ssh-ed25519 mei", {}, "has to sign that as an assessor"),
        (replace(WORD, by=PersonId("nobody")), ROSAS_KEY, {}, "not signed with a key of nobody"),
        (WORD, None, {}, "not signed with a key of rosa"),
        (WORD, "ssh-ed25519 mei", {}, "not signed with a key of rosa"),
        (replace(WORD, account="mei"), ROSAS_KEY, {}, "mei on github.com is not mei's account"),
        (replace(WORD, kind="gitea"), ROSAS_KEY, {}, "is not mei's account"),
        (WORD, ROSAS_KEY, {"review_host": ReviewHost(kind="gitlab")}, "not the program's review host"),
    ],
)
def test_each_single_change_is_refused(
    word: Attested, signer: str | None, rules: dict[str, Any], words: str
) -> None:
    found = reasons(word, signer, **rules)
    assert any(words in reason for reason in found), found


def test_no_one_is_known_by_no_account() -> None:
    catalog = a_lenient_catalog()
    unknown = replace(catalog, people={**catalog.people, MEI: a_person("mei")})
    word = replace(WORD, account="")
    assert check_attested(an_assessment(attested=word), word, MEI, ROSAS_KEY, unknown)


def test_a_reader_takes_it_and_turns_it_away_by_the_same_rule() -> None:
    def read(catalog: Catalog, signer: str) -> tuple[str, ...]:
        arrived = Arrived(signer=signer, parent=SENT, touched=((PATH, "100644"),))
        place = (ANAS, 1, MEI, PATH)
        given = an_assessment(attested=WORD)
        return check_assessment(given, arrived, place, SENT, a_request(), catalog, Policy())

    assert read(a_lenient_catalog(), ROSAS_KEY) == ()
    assert read(a_lenient_catalog(signatures="required"), ROSAS_KEY)
    # The assessor's own key does not make someone else's word theirs.
    assert read(a_lenient_catalog(), "ssh-ed25519 mei")


def test_the_flag_says_who_where_and_by_whose_word() -> None:
    said = attested_flag(an_assessment(attested=WORD), WORD)
    for words in ("mei", ATTESTED, "rosa", "mei-web on github.com", "review 1"):
        assert words in said
