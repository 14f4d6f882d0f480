"""A site with every kind of page, and badges in every state, for a browser to walk through."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from functools import cache

from msgspec.structs import replace

from mcred.app.endorsements.endorsers import Endorsers
from mcred.app.pages.pictures import Artist
from mcred.app.pages.verify_files import find_ended, verify_files
from mcred.badges.endorsements.document import EndorsementFacts, sign_endorsement, withdrawal_of
from mcred.badges.keys import IssuerKey, did_key, make_issuer_key, method_id, publish_key
from mcred.badges.open_badge import StatusPlace, sign_award
from mcred.domain.catalog import Catalog, Definition, Record
from mcred.domain.credential import Credential, Validity
from mcred.domain.endorsements.told import Endorsed, ToldEndorsement
from mcred.domain.ids import BlobId, CredentialId, PersonId, Slug, StackId, SubmissionId, Version
from mcred.domain.people import Person, SigningKey
from mcred.domain.programme import Programme
from mcred.domain.stack_badge import Contained, StackAward, StackRecord
from mcred.store.signatures import key_of_secret
from tests.badges.issuing import (
    DID,
    KEY,
    LIST,
    OTHER,
    PUBLIC,
    SITE,
    a_list,
    an_issuing,
    the_facts,
    with_one_proof,
    write,
)
from tests.school import BLOB, NOON, WAIT, a_credential, a_decision, a_person, a_record, a_revocation
from tests.website.town import EVIDENCE, TEMPLATES, a_town, paint
from tests.website.whole import build_files

HOLDS, REVOKED, ENDED, TAMPERED = (PersonId(p) for p in ("ana", "ben", "cleo", "dev"))
REPLACED, UNSIGNED, OLDER = PersonId("eli"), PersonId("una"), PersonId("oda")
LATE = PersonId("rae")
"""Someone whose badge was signed with a key after its last day."""
FAR = PersonId("layla")
"""Someone with a very long name in a script that is written from right to left."""
LONG = "ليلى بنت عبد الرحمن بن محمد الأنصاري الدمشقية المعلمة في مدرسة النور الابتدائية للبنات بحلب الشهباء"
PLACES = {
    HOLDS: 11,
    REVOKED: 12,
    ENDED: 13,
    TAMPERED: 14,
    FAR: 15,
    REPLACED: 16,
    UNSIGNED: 17,
    OLDER: 18,
    LATE: 19,
}
EARLIER = BlobId("6" * 40)
LAST_DAY = date(2026, 6, 30)
RETIRED = replace(publish_key(OTHER, date(2020, 1, 1)), until=LAST_DAY)
KEYS = (RETIRED, replace(PUBLIC, since=date(2020, 1, 1)))


def the_definition() -> Credential:
    """The town's rich one, with an end, so that some awards have ended."""
    rich = a_town().definitions[WAIT].credential
    return replace(rich, validity=Validity(months=1200))


def whoever(person: PersonId) -> Person:
    """Someone as the pages name them."""
    return replace(a_person(str(person)), name=LONG if person == FAR else str(person).title())


def make_award(person: PersonId, definition: Credential, blob: BlobId) -> Record:
    """A signed award of someone, whose place in the status list is known."""
    submission = SubmissionId(person, WAIT)
    decided = datetime(2020, 3, 2, 9, tzinfo=UTC) if person == ENDED else NOON - timedelta(days=60)
    decision = a_decision(submission, decided=decided)
    decision = replace(
        decision, definition=replace(decision.definition, version=definition.version, blob=blob)
    )
    facts = the_facts(
        definition=definition,
        earner=whoever(person),
        decision=decision,
    )
    issuing = an_issuing(status=StatusPlace(list=LIST, index=PLACES[person]))
    if person == LATE:
        badge = sign_award(facts, replace(issuing, method=method_id(DID, RETIRED)), OTHER, decided)
    else:
        badge = sign_award(facts, issuing, KEY, decided)
    if person in (TAMPERED, UNSIGNED, OLDER):
        changed = json.loads(badge)
        if person == TAMPERED:
            changed["name"] = "Another name"
        elif person == UNSIGNED:
            del changed["proof"]
        else:
            changed = with_one_proof(changed)
        badge = write(changed)
    newer = sign_award(replace(facts, number=2), issuing, KEY, decided)
    again = {(1, 2): newer} if person == REPLACED else {}
    revoked = {1: a_revocation(submission, revoked=NOON)} if person == REVOKED else {}
    return a_record(
        submission, decisions=(decision,), awards={1: badge}, revocations=revoked, issued_again=again
    )


def a_programme_to_walk() -> Catalog:
    """The town with an address, an earlier version, other languages, and the awards of nine people."""
    town, rich = a_town(()), the_definition()
    before = replace(
        rich, version=Version("1.0.0"), competency="Another sentence.", validity=Validity(months=12)
    )
    arabic = a_credential(
        id=CredentialId("waqt"),
        title="وقت الانتظار بعد السؤال",
        language="ar",
        topics=("التدريس",),
        needs_students=False,
    )
    records = [make_award(p, before, EARLIER) if p == ENDED else make_award(p, rich, BLOB) for p in PLACES]
    first = StackAward(
        title="Classroom talk",
        version=Version("1.0.0"),
        awarded=NOON,
        ends=None,
        contained=(Contained(name="Wait Time", digest="0" * 64),),
        document=write({"name": "Classroom talk", "validFrom": "2026-11-02T12:00:00Z"}),
    )
    stacked = StackRecord(earner=HOLDS, stack=StackId("talk"), awards={1: first})
    definitions = {**town.definitions, WAIT: Definition(credential=rich, blob=BLOB)}
    definitions[arabic.id] = Definition(credential=arabic, blob=BlobId("9" * 40))
    issuer = replace(town.programme.issuer, keys=KEYS)
    programme = replace(town.programme, issuer=issuer, site=replace(town.programme.site, url=SITE))
    return replace(
        town,
        programme=programme,
        people={**town.people, **{p: whoever(p) for p in (FAR, REPLACED, UNSIGNED, OLDER, LATE)}},
        definitions=definitions,
        editions={BLOB: rich, EARLIER: before},
        records={r.id: r for r in records},
        stacked={(HOLDS, StackId("talk")): stacked},
        lists={1: write(a_list(PLACES[REVOKED]))},
    )


PRINCIPAL = make_issuer_key(bytes(range(3, 35)))
PRINCIPAL_DID = did_key(PRINCIPAL.multibase)
"""An administrator, as they sign everything."""
WITHDRAWN = "urn:uuid:3f2a54f0-0000-4000-8000-0000000000ff"
"""The id of an endorsement that the administrator withdrew."""


def an_endorsement(
    about: str,
    key: IssuerKey = PRINCIPAL,
    did: str = PRINCIPAL_DID,
    method: str = "",
    name: str = "urn:uuid:3f2a54f0-0000-4000-8000-000000000002",
) -> bytes:
    """What someone signed about something, the administrator where no one else is named. `name`: its id."""
    facts = EndorsementFacts(
        id=name,
        about=about,
        title="“Wait Time”",
        comment="I sat in this class in May.\n\n> Three seconds, *every time*.",
        signer={"id": did, "type": ["Profile"], "name": "Cleo Martin"},
        signed=NOON,
    )
    return sign_endorsement(facts, key, method or method_id(did, key))


def endorsers(programme: Programme) -> Endorsers:
    """What the record has of the administrator."""
    public = key_of_secret(bytes(range(3, 35)).hex()).public
    cleo = a_person("cleo", keys=(SigningKey(public=public, since=date(2026, 9, 1)),))
    said = withdrawal_of(json.loads(an_endorsement("urn:x:1", name=WITHDRAWN)))
    return Endorsers(programme=programme, people={PRINCIPAL_DID: cleo}, withdrawn={cleo.id: (said,)})


def endorsements(catalog: Catalog) -> Iterator[Endorsed]:
    """What others say of a badge, of its micro-credential, and of the issuer."""
    badge = json.loads(catalog.records[SubmissionId(HOLDS, WAIT)].awards[1])["id"]
    for of, about in (("", badge), (str(WAIT), "urn:x:1"), ("program", DID)):
        told = ToldEndorsement(
            name=Slug("cleo-martin"),
            about=about,
            comment="I sat in this class in May.\n\n> Three seconds, *every time*.",
            signer="Cleo Martin",
            role="administrator",
            signer_id=PRINCIPAL_DID,
            day=NOON.date(),
            verdict="valid",
            reason="",
            checked=NOON.date(),
            file="cleo-martin.json",
            of=of,
        )
        longer = replace(
            told,
            name=Slug("university"),
            comment="",
            signer=LONG,
            role="",
            signer_id="did:web:badges.a-very-long-name-of-a-university-somewhere.example:faculty:education",
            file="university.json",
            version="1.0.0" if of == WAIT else "",
        )
        yield told, an_endorsement(about)
        yield longer, an_endorsement(about)


@cache
def a_site(language: str = "en") -> Mapping[str, bytes]:
    """Its pages, with the real pictures."""
    catalog = a_programme_to_walk()
    site = replace(catalog.programme.site, language=language)
    catalog = replace(catalog, programme=replace(catalog.programme, site=site))
    shown = replace(EVIDENCE, endorsements=tuple(endorsements(catalog)))
    files, problems = build_files(catalog, shown, (TEMPLATES,), Artist(own={}))
    assert not [p for p in problems if p.severity == "error"], problems
    return {**files, **verify_files(endorsers(catalog.programme), find_ended(catalog))}


MANY = 260


@cache
def a_long_site() -> Mapping[str, bytes]:
    """Pages with a catalogue that is cut, with plain stand-ins for pictures."""
    catalog, more = a_programme_to_walk(), dict[CredentialId, Definition]()
    topics = [
        "Assessment",
        "Civics",
        "Coaching",
        "Equity",
        "Feedback",
        "Inquiry",
        "Mathematics",
        "Media",
        "Questions",
        "STEM",
    ]
    for n in range(MANY):
        name = CredentialId(f"more-{n:03}")
        credential = a_credential(
            id=name,
            title=f"Number {n} of many",
            topics=(topics[n % 10],),
            needs_students=bool(n // 10 % 2),
        )
        more[name] = Definition(credential=credential, blob=BlobId(f"{n:040x}"))
    catalog = replace(catalog, definitions={**catalog.definitions, **more})
    return build_files(catalog, EVIDENCE, (TEMPLATES,), paint)[0]
