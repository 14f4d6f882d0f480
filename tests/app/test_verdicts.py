"""`verify_named` and `audit_programme`: what a badge and a whole record are worth."""

from __future__ import annotations

import json

import pytest

from mcred.app.audit.run import audit_programme
from mcred.app.awards.verify_export import Expected, verify_named
from mcred.badges.checks import VerifyReport
from mcred.problems import Exit, McredError
from tests.app.conftest import at_home
from tests.cli.court import on_main
from tests.cli.town import WAIT, Town


@pytest.mark.slow
def test_a_badge_is_verified_by_its_name(sent: Town) -> None:
    sent.run("rosa", "key", "new")
    sent.assess("ana")
    sent.decide("ana")
    sent.run("ben", "sync")
    ctx = at_home(sent, "ben")
    badge = json.loads(on_main(sent, f"portfolios/ana/{WAIT}/attempts/1/badge.json"))
    file = ctx.at / "badge.json"

    def verdict(identity: str = "") -> tuple[str, str]:
        found = verify_named(ctx, "badge.json", Expected(identity=identity))
        assert isinstance(found, VerifyReport)
        return found.answer, found.state

    file.write_text(json.dumps(badge), "utf-8")
    assert verdict() == verdict("ana") == ("valid", "valid")
    assert verdict("ben") == ("not valid", "another's")
    file.write_text(json.dumps({**badge, "name": "Another"}), "utf-8")
    assert verdict() == ("not valid", "forged")
    with pytest.raises(McredError, match=r"none\.json"):
        verify_named(ctx, "none.json", Expected())


def test_an_audit_may_trust_a_known_state_and_no_other(earned: Town) -> None:
    ctx = at_home(earned, "ben")
    earned.run("ben", "sync")
    whole = audit_programme(ctx)
    assert whole.audited.clean and [str(p.submission) for p in whole.audited.proofs] == [f"ana/{WAIT}"]
    assert audit_programme(ctx, str(whole.audited.tip)).audited.clean
    with pytest.raises(McredError, match="is not a checkpoint") as refused:
        audit_programme(ctx, "mcred.yaml")
    assert refused.value.code is Exit.USAGE
    with pytest.raises(McredError, match="the copy is old, or of another program") as refused:
        audit_programme(ctx, "0" * 40)
    assert refused.value.code is Exit.UNREACHABLE
