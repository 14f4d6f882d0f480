"""Where things live: paths and refs ↔ ids. The only place that knows (FORMATS: the tree; ARCHITECTURE: refs).

>>> parse_path("portfolios/ana/wait-time/assessments/2-mei.yaml").kind
'assessment'
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Literal

from msgspec import Struct

from mcred.domain.award import PICTURE_PNG, PICTURE_SVG
from mcred.domain.credential import Credential, Part
from mcred.domain.definition_checks import RESERVED
from mcred.domain.ids import CredentialId, PersonId, StackId, SubmissionId, is_id

PROGRAMME = "mcred.yaml"
SCHEMAS = "docs/schema"
MAIN = "refs/heads/main"
SENT_MAIN = "refs/remotes/origin/main"
REVIEW_REFS = "refs/heads/review/"
PAGES_BRANCHES = ("refs/heads/gh-pages", "refs/heads/pages")
"""Where published pages stand; no part of the record."""
OWN_PLACES = tuple(f"refs/heads/{name}" for name in ("person", "submission", "review", "vouch"))
"""Below these people's work is kept, so no branch can have such a name itself."""

PathKind = Literal[
    "programme",
    "definition",
    "picture",
    "example",
    "stack",
    "profile",
    "submission",
    "answers",
    "evidence",
    "request",
    "assessment",
    "declined",
    "assignment",
    "decision",
    "award",
    "reissue",
    "revocation",
    "stack award",
    "stack reissue",
    "stack revocation",
    "status list",
    "template",
    "stray",
]


class Found(Struct, frozen=True, kw_only=True):
    """What a path holds. `rest` is the part of the path below the folder it belongs to."""

    kind: PathKind
    person: PersonId | None = None
    credential: CredentialId | None = None
    stack: StackId | None = None
    attempt: int = 0
    number: int = 0
    """Of an award or its record: 1 as first issued, 2 and more as issued again. Else its own: which
    status list, which assignment of an attempt."""
    assessor: PersonId | None = None
    rest: str = ""

    @property
    def submission(self) -> SubmissionId:
        """Whose submission, for kinds that belong to one."""
        if self.person is None or self.credential is None:
            raise ValueError(f"{self.kind} belongs to no submission")
        return SubmissionId(self.person, self.credential)


def definition_path(credential: CredentialId) -> str:
    """The definition of a micro-credential."""
    return f"credentials/{credential}/credential.yaml"


def example_path(credential: CredentialId, name: str) -> str:
    """What assessors agreed on for a golden example."""
    return f"credentials/{credential}/examples/{name}/agreed.yaml"


def picture_path(credential: CredentialId, name: str) -> str:
    """A programme's own picture for a micro-credential: `badge.svg` or `badge.png`."""
    return f"credentials/{credential}/{name}"


def stack_path(stack: StackId) -> str:
    """The definition of a stack."""
    return f"credentials/stacks/{stack}.yaml"


def profile_path(person: PersonId) -> str:
    """A person's profile."""
    return f"portfolios/{person}/profile.yaml"


def folder_of(submission: SubmissionId) -> str:
    """The folder an earner works in."""
    return f"portfolios/{submission.earner}/{submission.credential}"


def submission_path(submission: SubmissionId) -> str:
    """The list of what is handed in."""
    return f"{folder_of(submission)}/submission.yaml"


def request_path(submission: SubmissionId) -> str:
    """Who was asked to review."""
    return f"{folder_of(submission)}/review.yaml"


def assessment_path(submission: SubmissionId, attempt: int, assessor: PersonId) -> str:
    """One assessor's scores for one attempt."""
    return f"{folder_of(submission)}/assessments/{attempt}-{assessor}.yaml"


def declined_path(submission: SubmissionId, attempt: int, assessor: PersonId) -> str:
    """Why somebody who was asked gave their place back."""
    return f"{folder_of(submission)}/declined/{attempt}-{assessor}.yaml"


def assignment_path(submission: SubmissionId, attempt: int, number: int) -> str:
    """Whom an issuer asked in the place of somebody else."""
    return f"{folder_of(submission)}/assigned/{attempt}-{number}.yaml"


def decision_path(submission: SubmissionId, attempt: int) -> str:
    """The issuer's decision on one attempt."""
    return f"{folder_of(submission)}/decisions/{attempt}.yaml"


def award_path(submission: SubmissionId, attempt: int, number: int = 1) -> str:
    """The award document of one attempt: number 1 as first issued, 2 and more as issued again."""
    return f"{folder_of(submission)}/awards/{_numbered(attempt, number)}.json"


def reissue_path(submission: SubmissionId, attempt: int, number: int) -> str:
    """Why an award was issued again, by whom."""
    return f"{folder_of(submission)}/reissues/{_numbered(attempt, number)}.yaml"


def revocation_path(submission: SubmissionId, attempt: int) -> str:
    """Why an award does not hold any more, by whom."""
    return f"{folder_of(submission)}/revocations/{attempt}.yaml"


def stack_award_path(person: PersonId, stack: StackId, number: int) -> str:
    """A stack's badge; a second one in the place of the first, or after that was revoked."""
    return f"portfolios/{person}/stacks/{stack}/awards/{number}.json"


def stack_reissue_path(person: PersonId, stack: StackId, number: int) -> str:
    """Why a stack's badge was issued in the place of the one before."""
    return f"portfolios/{person}/stacks/{stack}/reissues/{number}.yaml"


def stack_revocation_path(person: PersonId, stack: StackId, number: int) -> str:
    """Why a stack's badge does not hold any more."""
    return f"portfolios/{person}/stacks/{stack}/revocations/{number}.yaml"


def status_path(number: int) -> str:
    """A signed list of which badges were revoked."""
    return f"credentials/status/{number}.json"


def _numbered(attempt: int, number: int) -> str:
    """The name of an attempt's award: the first has the attempt's number alone.

    >>> _numbered(2, 1), _numbered(2, 3)
    ('2', '2-3')
    """
    return str(attempt) if number == 1 else f"{attempt}-{number}"


def answers_file(definition: Credential, part: Part) -> str:
    """The name of a part's Markdown file, such as `1-overview.md`."""
    return f"{definition.parts.index(part) + 1}-{part.id}.md"


def is_earners(rest: str) -> bool:
    """Whether a path below a submission's folder is the earner's own to write.

    >>> [is_earners(p) for p in ("submission.yaml", "evidence/a.md", "decisions/1.yaml")]
    [True, True, False]
    """
    parts = rest.split("/")
    return parts[0] not in _OTHERS and not _is_crooked(parts)


_OTHERS = ("assessments", "declined", "assigned", "decisions", "awards", "reissues", "revocations")
"""Folders of a submission that assessors and issuers write."""


def _is_crooked(parts: Sequence[str]) -> bool:
    """Whether a path has steps that lead nowhere or elsewhere."""
    return bool({"", ".", ".."} & set(parts))


_ATTEMPT_FILE = re.compile(r"([1-9][0-9]{0,3})\.(yaml|json)")
_ISSUED_FILE = re.compile(r"([1-9][0-9]{0,3})-([2-9]|[1-9][0-9]{1,3})\.(yaml|json)")
_ASSIGNED_FILE = re.compile(r"([1-9][0-9]{0,3})-([1-9][0-9]{0,3})\.yaml")
_ASSESSMENT_FILE = re.compile(r"([1-9][0-9]{0,3})-([a-z0-9-]+)\.yaml")


@lru_cache(maxsize=1 << 15)
def parse_path(path: str) -> Found | None:
    """What a path of a programme's repository holds; None for a file that no rule but the last one knows."""
    parts = tuple(path.split("/"))
    if path == PROGRAMME:
        return Found(kind="programme")
    if parts[0] == "credentials" and len(parts) >= 3 and not _is_crooked(parts):
        return _parse_definition(parts)
    if parts[0] == "portfolios" and len(parts) >= 3 and is_id(parts[1]):
        return _parse_portfolio(PersonId(parts[1]), parts[2:])
    if parts[0] == "templates" and len(parts) >= 2:
        return Found(kind="template", rest="/".join(parts[1:]))
    return None


UNTOLD = re.compile(
    r"portfolios/[^/]+/(?!profile\.yaml\Z|stacks/)[^/]+/(?!(?:assigned|decisions|awards|reissues|revocations)/)"
)
"""Begins a path that is not about rules, people, definitions, or how a submission was decided: what earners
and assessors wrote. Quick, for looking over very many paths."""


def _parse_definition(parts: tuple[str, ...]) -> Found | None:
    if parts[1] == "stacks":
        name = parts[2].removesuffix(".yaml")
        if len(parts) == 3 and parts[2].endswith(".yaml") and is_id(name):
            return Found(kind="stack", stack=StackId(name))
        return None
    if parts[1] == "status":
        found = _ATTEMPT_FILE.fullmatch(parts[2])
        is_list = found is not None and found[2] == "json" and len(parts) == 3
        return Found(kind="status list", number=int(found[1])) if found and is_list else None
    if not is_id(parts[1]):
        return None
    credential = CredentialId(parts[1])
    if parts[2:] == ("credential.yaml",):
        return Found(kind="definition", credential=credential)
    if len(parts) == 3 and parts[2] in (PICTURE_SVG, PICTURE_PNG):
        return Found(kind="picture", credential=credential, rest=parts[2])
    if parts[2] == "examples" and len(parts) >= 5:
        return Found(kind="example", credential=credential, rest="/".join(parts[3:]))
    return None


def _parse_portfolio(person: PersonId, parts: tuple[str, ...]) -> Found:
    if parts == ("profile.yaml",):
        return Found(kind="profile", person=person)
    if parts[0] == "stacks" and (found := _parse_stacked(person, parts[1:])):
        return found
    if len(parts) < 2 or not is_id(parts[0]) or parts[0] in RESERVED or _is_crooked(parts):
        return Found(kind="stray", person=person, rest="/".join(parts))
    credential, rest = CredentialId(parts[0]), "/".join(parts[1:])
    kinds: dict[str, PathKind] = {"submission.yaml": "submission", "review.yaml": "request"}
    if rest in kinds:
        return Found(kind=kinds[rest], person=person, credential=credential)
    if parts[1] == "evidence":
        return Found(kind="evidence", person=person, credential=credential, rest=rest)
    if len(parts) == 2 and rest.endswith(".md"):
        return Found(kind="answers", person=person, credential=credential, rest=rest)
    return _parse_judged(person, credential, parts[1:]) or Found(
        kind="stray", person=person, credential=credential, rest=rest
    )


def _parse_judged(person: PersonId, credential: CredentialId, parts: tuple[str, ...]) -> Found | None:
    if len(parts) != 2:
        return None
    where, name = parts
    by_person: dict[str, PathKind] = {"assessments": "assessment", "declined": "declined"}
    if where in by_person and (found := _ASSESSMENT_FILE.fullmatch(name)) and is_id(found[2]):
        return Found(
            kind=by_person[where],
            person=person,
            credential=credential,
            attempt=int(found[1]),
            assessor=PersonId(found[2]),
        )
    if found := _ATTEMPT_FILE.fullmatch(name):
        kind = _ATTEMPT_KINDS.get((where, found[2]))
        number, attempt = int(kind == "award"), int(found[1])
    elif where == "assigned" and (found := _ASSIGNED_FILE.fullmatch(name)):
        kind, attempt, number = "assignment", int(found[1]), int(found[2])
    elif found := _ISSUED_FILE.fullmatch(name):
        kind = _ISSUED_KINDS.get((where, found[3]))
        attempt, number = int(found[1]), int(found[2])
    else:
        return None
    if kind is None:
        return None
    return Found(kind=kind, person=person, credential=credential, attempt=attempt, number=number)


_ATTEMPT_KINDS: dict[tuple[str, str], PathKind] = {
    ("decisions", "yaml"): "decision",
    ("awards", "json"): "award",
    ("revocations", "yaml"): "revocation",
}
_ISSUED_KINDS: dict[tuple[str, str], PathKind] = {
    ("awards", "json"): "award",
    ("reissues", "yaml"): "reissue",
}
_STACK_KINDS: dict[tuple[str, str], PathKind] = {
    ("awards", "json"): "stack award",
    ("reissues", "yaml"): "stack reissue",
    ("revocations", "yaml"): "stack revocation",
}


def _parse_stacked(person: PersonId, parts: tuple[str, ...]) -> Found | None:
    if len(parts) != 3 or not is_id(parts[0]):
        return None
    found = _ATTEMPT_FILE.fullmatch(parts[2])
    kind = _STACK_KINDS.get((parts[1], found[2])) if found else None
    if found is None or kind is None:
        return None
    return Found(kind=kind, person=person, stack=StackId(parts[0]), number=int(found[1]))


def submission_ref(submission: SubmissionId) -> str:
    """The earner's own line of drafts and attempts."""
    return f"refs/heads/submission/{submission.earner}/{submission.credential}"


def review_ref(submission: SubmissionId, attempt: int, assessor: PersonId) -> str:
    """One assessor's answer to one attempt."""
    return f"{REVIEW_REFS}{submission.earner}/{submission.credential}/{attempt}/{assessor}"


def person_ref(person: PersonId) -> str:
    """A person's request to be confirmed, or a change of their own profile."""
    return f"refs/heads/person/{person}"


def vouch_ref(person: PersonId, voucher: PersonId) -> str:
    """Somebody's word that a new key really is a person's."""
    return f"refs/heads/vouch/{person}/{voucher}"


def remote_ref(ref: str) -> str:
    """Where the last seen state of a ref of the shared place is kept.

    >>> remote_ref("refs/heads/main")
    'refs/remotes/origin/main'
    """
    return "refs/remotes/origin/" + ref.removeprefix("refs/heads/")


class FoundRef(Struct, frozen=True, kw_only=True):
    """Whose a ref is, and for what."""

    kind: Literal["submission", "review", "person", "vouch"]
    person: PersonId
    credential: CredentialId | None = None
    attempt: int = 0
    assessor: PersonId | None = None
    """Who assessed; for a vouch, who gives their word."""

    @property
    def submission(self) -> SubmissionId:
        """The submission a submission or review ref is about."""
        if self.credential is None:
            raise ValueError(f"a {self.kind} ref is about no submission")
        return SubmissionId(self.person, self.credential)


def parse_ref(ref: str) -> FoundRef | None:
    """What a full ref name stands for; None for any other, `main` included."""
    prefix = next((p for p in ("refs/heads/", "refs/remotes/origin/") if ref.startswith(p)), None)
    parts = ref.removeprefix(prefix or "").split("/")
    if prefix is None or not all(is_id(p) for p in parts):
        return None
    if len(parts) > 2 and parts[2] in RESERVED:
        return None
    match parts:
        case ["submission", earner, credential]:
            return FoundRef(kind="submission", person=PersonId(earner), credential=CredentialId(credential))
        case ["review", earner, credential, attempt, assessor] if re.fullmatch(r"[1-9][0-9]{0,3}", attempt):
            return FoundRef(
                kind="review",
                person=PersonId(earner),
                credential=CredentialId(credential),
                attempt=int(attempt),
                assessor=PersonId(assessor),
            )
        case ["person", person]:
            return FoundRef(kind="person", person=PersonId(person))
        case ["vouch", person, voucher]:
            return FoundRef(kind="vouch", person=PersonId(person), assessor=PersonId(voucher))
    return None


SCHEMA_OF: dict[str, str] = {
    "programme": "programme",
    "definition": "credential",
    "stack": "stack",
    "profile": "profile",
    "submission": "submission",
}
"""Kind of file → name of its JSON Schema."""


def schema_line(path: str, name: str) -> str:
    """The first line of a scaffolded file: where editors find its schema, relative to the file."""
    up = "../" * path.count("/")
    return f"# yaml-language-server: $schema={up}{SCHEMAS}/{name}.schema.json\n"
