"""A programme's rules as data (`mcred.yaml`): issuer, roles, assessment policy, attempts, site.

Defaults are the source documents' figures (FORMATS: Policy): experts for the first 50 assessed
submissions of a micro-credential, then three peers who earned it before. `rules` applies them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

from msgspec import Meta, Struct, field
from msgspec.structs import asdict, replace

from mcred.domain.credential import ATTESTATION_TEXTS, AssessmentOverride, Attestation, Credential
from mcred.domain.ids import CredentialId, Doc, Line, PersonId, Prose, Slug, Url
from mcred.domain.issuer_key import PublicKey
from mcred.domain.network.known_issuers import KnownIssuer

Rule = Literal["expert", "peer"]
"""By which rule a submission is judged: by experts, or by people who earned it before."""
Conflict = Literal["self", "same-school", "declared"]
HostKind = Literal["github", "gitlab", "gitea", "bare"]
"""Kinds of review hosts; `gitea` is Forgejo too, `bare` shows nothing on the web."""


class Issuer(Struct, frozen=True, kw_only=True):
    """The issuer of the awards."""

    id: Slug
    name: Line
    url: Url = ""
    email: Line = ""
    description: Prose = ""
    keys: Annotated[
        tuple[PublicKey, ...], Doc("Public parts of the keys that sign awards; mcred key new adds one.")
    ] = ()

    @property
    def current_key(self) -> PublicKey | None:
        """The key that signs new awards; None while awards are not signed."""
        return next((key for key in reversed(self.keys) if key.until is None), None)


class Roles(Struct, frozen=True, kw_only=True):
    """Who may do what beside earning."""

    maintainers: tuple[PersonId, ...]
    issuers: tuple[PersonId, ...]
    experts: Annotated[tuple[PersonId, ...], Doc("Trained assessors of every micro-credential.")] = ()
    experts_for: Annotated[
        Mapping[CredentialId, tuple[PersonId, ...]], Doc("Trained assessors of one micro-credential.")
    ] = field(default_factory=dict)
    coaches: tuple[PersonId, ...] = ()
    administrators: Annotated[
        tuple[PersonId, ...],
        Doc(
            "They see the transcripts of their own school, the one in their profile, and no work; they "
            "endorse badges in their own name."
        ),
    ] = ()

    def experts_of(self, credential: CredentialId) -> tuple[PersonId, ...]:
        """Everyone trained to judge a micro-credential, each once, in the order listed."""
        return tuple(dict.fromkeys((*self.experts, *self.experts_for.get(credential, ()))))

    def of(self, person: PersonId) -> tuple[str, ...]:
        """The names of a person's roles."""
        names = {
            "maintainer": self.maintainers,
            "issuer": self.issuers,
            "expert": (*self.experts, *(p for people in self.experts_for.values() for p in people)),
            "coach": self.coaches,
            "administrator": self.administrators,
        }
        return tuple(name for name, people in names.items() if person in people)


WorkPolicy = Literal["sealed", "open"]
"""Who may read submitted work: its assessors and the issuers, or everyone in the programme."""
RELEASE_TO_MEMBERS = "Every member of the program may read everything I submit here."


def attestation_text(name: Attestation, work: WorkPolicy) -> str:
    """What an earner confirms before submitting, by who may read it then."""
    return RELEASE_TO_MEMBERS if (name, work) == ("release", "open") else ATTESTATION_TEXTS[name]


OverridePolicy = Literal["reason", "two-issuers", "never"]
"""What an outcome against the levels needs, the strictest last."""


class Policy(Struct, frozen=True, kw_only=True):
    """How submissions are judged."""

    expert_submissions: Annotated[int, Doc("How many submissions experts assess first.")] = 50
    experts: Annotated[int, Doc("Experts per submission.")] = 1
    peers: Annotated[int, Doc("Previous earners per submission.")] = 3
    too_few_peers: Literal["experts"] = "experts"
    outcome: Literal["median"] = "median"
    override: Annotated[
        OverridePolicy,
        Doc("What an outcome against the recommendation requires: a second issuer who agrees, or a reason."),
    ] = "two-issuers"
    due_days: int = 10
    max_open: Annotated[int, Doc("Reviews one assessor has open at a time.")] = 4
    conflicts: tuple[Conflict, ...] = ("self", "same-school", "declared")

    def for_credential(self, credential: Credential) -> Policy:
        """This policy with what one micro-credential overrides."""
        override: AssessmentOverride = credential.assessment
        changed = asdict(override)
        return replace(self, **{name: value for name, value in changed.items() if value is not None})


class Attempts(Struct, frozen=True, kw_only=True):
    """What is asked of further attempts."""

    coach_after: Annotated[int, Doc("After so many attempts a coach is suggested.")] = 3
    note_required: Annotated[bool, Doc("A note says what changed since the last attempt.")] = True
    carry_over: Annotated[
        Literal["unchanged", "none"], Doc("Criteria with unchanged evidence keep their level.")
    ] = "unchanged"


class Site(Struct, frozen=True, kw_only=True):
    """The published pages."""

    url: Annotated[Url, Doc("The address of the site, for links that need a full address.")] = ""
    language: Annotated[str, Meta(max_length=35)] = "en"


class ReviewHost(Struct, frozen=True, kw_only=True):
    """The review host, where the remote's URL does not determine it."""

    kind: HostKind
    url: Annotated[
        Url, Doc("The host's own address; empty: that of the program's server, or the public one.")
    ] = ""
    repository: Annotated[Line, Doc("OWNER/NAME there; empty: as in the program's address.")] = ""


class Equivalent(Struct, frozen=True, kw_only=True):
    """A badge of another issuer that counts as a micro-credential of this program where that is required."""

    credential: Annotated[CredentialId, Doc("The micro-credential that it counts as.")]
    issuer: Annotated[
        Url, Doc("The id of its issuer: a DID, or the https address by which its badges name the issuer.")
    ]
    achievement: Annotated[Url, Doc("The id of what was achieved, or its name, as the badge has it.")]
    keys: Annotated[
        tuple[Line, ...],
        Doc("The issuer's public keys as multikeys (z6Mk…): then its site need not be asked."),
    ] = ()


class Programme(Struct, frozen=True, kw_only=True):
    """`mcred.yaml`: the programme's rules."""

    format: Literal[2]
    issuer: Issuer
    roles: Roles
    assessment: Policy = field(default_factory=Policy)
    attempts: Attempts = field(default_factory=Attempts)
    work: Annotated[
        WorkPolicy,
        Doc("Who may read submitted work: its assessors and the issuers, or everyone in the program."),
    ] = "sealed"
    recovery: Annotated[
        str,
        Meta(max_length=100),
        Doc("A public key (age1…) that submitted work is sealed to, too; its private part is kept offline."),
    ] = ""
    evidence_types: Annotated[tuple[Slug, ...], Doc("Types of evidence in addition to the usual ones.")] = ()
    signatures: Annotated[
        Literal["required", "recorded"],
        Doc(
            "Whether reviews written on a review host count when attested by the issuer who reads them there."
        ),
    ] = "required"
    site: Site = field(default_factory=Site)
    review_host: ReviewHost | None = None
    equivalents: Annotated[
        tuple[Equivalent, ...],
        Doc("Badges of other issuers that count where a micro-credential is required first."),
    ] = ()
    endorsers: Annotated[
        tuple[KnownIssuer, ...],
        Doc("Others whose endorsements count as verified on the pages; the pages show the name given here."),
    ] = ()
