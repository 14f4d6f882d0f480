"""Texts that break software, in every text a badge is made from."""

from __future__ import annotations

from msgspec.structs import replace

from mcred.badges.open_badge import AwardFacts
from mcred.domain.assessment import DefinitionRef
from tests.website.hostile import poison

HARMLESS = (
    "]]>",
    "<script>alert(1)</script> & \"'",
    "👩🏽‍🏫 🏳️‍🌈 e\u0301 \U0001d504",
    "Wolfeschlegelsteinhausenbergerdorff-Łukaszewicz-Õunapuu-Þorvaldsdóttir-O’Brien-Nguyễn",
    "معلمة العلوم שלום 先生",
    "\\u0000 \\n \\\\ %00 ${x} {{x}}",
    '"@id": "https://evil.example"',
    "@id",
    "a\n\nb\tc",
    "\u200f\u200e\ufeff\u00a0\u00ad",
    "_:b0",
)
"""Signed as they are."""
REFUSED = {
    "a\x00b": "U+0000",
    "a\x1b[31mb": "U+001B",
    "a\rb": "U+000D",
    "a\x7fb": "U+007F",
    "a\x85b": "U+0085",
    "a\x9bb": "U+009B",
    "a\ud800b": "U+D800",
    "a\u202eb": "U+202E",
    "a\u2066b": "U+2066",
    "a\u2028b": "U+2028",
    "a\ufffeb": "U+FFFE",
    "a\U0001ffffb": "U+1FFFF",
}
"""Refused, with the character named."""


def poisoned_facts(facts: AwardFacts, text: str) -> AwardFacts:
    """The same award with every text set to `text`; ids, levels and versions stay."""
    definition = poison(facts.definition, text)
    decision = facts.decision
    return replace(
        facts,
        programme=poison(facts.programme, text),
        definition=replace(definition, version=facts.definition.version),
        earner=poison(facts.earner, text),
        decision=replace(
            decision,
            definition=DefinitionRef(version=decision.definition.version, blob=decision.definition.blob),
        ),
    )
