"""Mapping ids to paths and refs and back; the only such module (FORMATS: the tree; ARCHITECTURE: refs).

>>> parse_path("portfolios/ana/wait-time/attempts/2/reviews/mei.json").kind
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
from mcred.domain.ids import CommitId, CredentialId, PersonId, Slug, StackId, SubmissionId, is_id

PROGRAMME = "mcred.yaml"
SCHEMAS = "docs/schema"
MAIN = "refs/heads/main"
SENT_MAIN = "refs/remotes/origin/main"
PORTFOLIOS = "portfolios"
"""The folder of all portfolios."""
DEFINITIONS = "credentials"
"""The folder of definitions."""
RECOGNITION = "recognition"
"""The folder of recognition policies."""
ENDORSEMENTS = "endorsements"
"""The folder of what others say about definitions and the issuer."""
ATTEMPTS = "attempts"
"""The folder of a submission's records, below the submission's own."""
STACKS = f"{DEFINITIONS}/stacks"
HEADS = "refs/heads/"
SENT_HEADS = "refs/remotes/origin/"
"""The prefix of the remote-tracking refs."""
PERSON_REFS = f"{HEADS}person/"
SUBMISSION_REFS = f"{HEADS}submission/"
REVIEW_REFS = f"{HEADS}review/"
VOUCH_REFS = f"{HEADS}vouch/"
OVERRIDE_REFS = f"{HEADS}override/"
WORK_REFS = f"{HEADS}work/"
GRANT_REFS = f"{HEADS}grant/"
_DRAFTS = "draft"
"""The last part of the ref of an earner's drafts, where that of an attempt has its number."""
SHOWN_REFS = f"{HEADS}shown/"
REWRITTEN_REFS = (WORK_REFS, GRANT_REFS, SHOWN_REFS)
"""Refs that do not only grow: what was taken out of them is not in their history."""
DRAFT_REFS = "refs/mcred/draft/"
"""The prefix of the user's own drafts as plain files; such a ref is never pushed."""
OPENED_REFS = "refs/mcred/opened/"
"""The prefix of work that was opened here, as plain files; such a ref is never pushed."""
PRIVATE_REFS = (
    *REWRITTEN_REFS,
    *(refs.replace(HEADS, SENT_HEADS) for refs in REWRITTEN_REFS),
    DRAFT_REFS,
    OPENED_REFS,
)
"""The prefixes of all refs, of branches and of what the remote has of them, whose history may have to go."""
PAGES_BRANCHES = ("refs/heads/gh-pages", "refs/heads/pages")
"""Branches of published pages, which are not part of the record."""
OWN_PLACES = tuple(
    refs.rstrip("/")
    for refs in (
        PERSON_REFS,
        SUBMISSION_REFS,
        REVIEW_REFS,
        VOUCH_REFS,
        OVERRIDE_REFS,
        WORK_REFS,
        GRANT_REFS,
        SHOWN_REFS,
    )
)
"""Prefixes of people's refs, so that no branch can have such a name itself."""

PUBLIC_REFS = (f"{MAIN}*", f"{PERSON_REFS}*", f"{SHOWN_REFS}*")
"""Patterns of the refs that pages are made from: the record, and what people ask to show more or less of."""

PathKind = Literal[
    "programme",
    "definition",
    "picture",
    "example",
    "stack",
    "profile",
    "invitation",
    "recognized",
    "submission",
    "answers",
    "evidence",
    "request",
    "disclosure list",
    "assessment",
    "declined",
    "assignment",
    "override",
    "decision",
    "award",
    "reissue",
    "revocation",
    "erasure",
    "stack award",
    "stack reissue",
    "stack revocation",
    "status list",
    "withdrawal",
    "template",
    "recognition policy",
    "recognition examples",
    "endorsement",
    "stray",
]


class Found(Struct, frozen=True, kw_only=True):
    """A parsed path. `rest`: the part of the path below the folder it belongs to."""

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


def folder_of_definition(credential: CredentialId | str) -> str:
    """The folder of a micro-credential's definition."""
    return f"{DEFINITIONS}/{credential}"


def definition_path(credential: CredentialId) -> str:
    """The path of a micro-credential's definition."""
    return f"{folder_of_definition(credential)}/credential.yaml"


def example_path(credential: CredentialId, name: str) -> str:
    """The path of a golden example's agreed levels."""
    return f"{folder_of_definition(credential)}/examples/{name}/agreed.yaml"


def picture_path(credential: CredentialId, name: str) -> str:
    """The path of a custom badge image: `badge.svg` or `badge.png`."""
    return f"{folder_of_definition(credential)}/{name}"


def stack_path(stack: StackId) -> str:
    """The definition of a stack."""
    return f"{STACKS}/{stack}.yaml"


def recognition_path(policy: Slug | str) -> str:
    """A recognition policy."""
    return f"{RECOGNITION}/{policy}.yaml"


def recognition_examples_path(policy: Slug | str) -> str:
    """The golden examples of a recognition policy."""
    return f"{RECOGNITION}/{policy}.examples.yaml"


def endorsement_path(name: Slug) -> str:
    """An endorsement of a definition or of the issuer."""
    return f"{ENDORSEMENTS}/{name}.json"


def folder_of_person(person: PersonId | str) -> str:
    """The folder of a person's portfolio."""
    return f"{PORTFOLIOS}/{person}"


def profile_path(person: PersonId) -> str:
    """A person's profile."""
    return f"{folder_of_person(person)}/profile.yaml"


def invitation_path(person: PersonId) -> str:
    """A person's invitation."""
    return f"{folder_of_person(person)}/invitation.json"


def recognized_path(person: PersonId, policy: Slug, number: int) -> str:
    """The path of a recorded decision on what was recognized of a person's badges.

    It is beside the profile, where no folder of a micro-credential can be: one with any id may exist already.
    """
    return f"{folder_of_person(person)}/recognized-{policy}-{number}.json"


def folder_of(submission: SubmissionId) -> str:
    """The folder an earner works in."""
    return f"{folder_of_person(submission.earner)}/{submission.credential}"


ELSEWHERE = CredentialId("elsewhere")
"""The folder of the badges that a person earned elsewhere, beside those of micro-credentials. They are drafts
for ever: sealed on a work ref like all drafts, never submitted, and so no part of the record."""
BADGE_ENDINGS = ("json", "jwt", "png", "svg")
"""How the file of such a badge can end."""
_ELSEWHERE_FILE = re.compile(rf"([a-z0-9-]+)/badge\.(?:{'|'.join(BADGE_ENDINGS)})")


def elsewhere_of(person: PersonId) -> SubmissionId:
    """The place of the badges that a person earned elsewhere."""
    return SubmissionId(person, ELSEWHERE)


def elsewhere_path(person: PersonId, name: Slug, ending: str) -> str:
    """The path of a badge that a person earned elsewhere."""
    return f"{folder_of(elsewhere_of(person))}/{name}/badge.{ending}"


def elsewhere_holder_path(person: PersonId, name: Slug) -> str:
    """The path of the address that such a badge was held against when it was added: whose it is."""
    return f"{folder_of(elsewhere_of(person))}/{name}/issued-to.txt"


def parse_elsewhere(rest: str) -> Slug | None:
    """The name of a badge earned elsewhere, from its path below their folder; None for any other file.

    >>> parse_elsewhere("reading/badge.png"), parse_elsewhere("notes.md")
    ('reading', None)
    """
    found = _ELSEWHERE_FILE.fullmatch(rest)
    return Slug(found[1]) if found and is_id(found[1]) else None


def submission_path(submission: SubmissionId) -> str:
    """The path of a submission's list of evidence."""
    return f"{folder_of(submission)}/submission.yaml"


def folder_of_attempts(submission: SubmissionId) -> str:
    """The folder of a submission's records, which mcred writes."""
    return f"{folder_of(submission)}/{ATTEMPTS}"


def _attempt_path(submission: SubmissionId, attempt: int, name: str) -> str:
    return f"{folder_of_attempts(submission)}/{attempt}/{name}.json"


def request_path(submission: SubmissionId, attempt: int) -> str:
    """The path of an attempt's review request."""
    return _attempt_path(submission, attempt, "request")


def disclosures_path(submission: SubmissionId, attempt: int) -> str:
    """The path of what opens the pieces that an attempt's request commits to."""
    return _attempt_path(submission, attempt, "disclosures")


def assessment_path(submission: SubmissionId, attempt: int, assessor: PersonId) -> str:
    """One assessor's scores for one attempt."""
    return _attempt_path(submission, attempt, f"reviews/{assessor}")


def declined_path(submission: SubmissionId, attempt: int, assessor: PersonId) -> str:
    """The path of an assessor's declined review."""
    return _attempt_path(submission, attempt, f"declined/{assessor}")


def assignment_path(submission: SubmissionId, attempt: int, number: int) -> str:
    """The path of an issuer's assignment of another assessor."""
    return _attempt_path(submission, attempt, f"assignments/{number}")


def override_path(submission: SubmissionId, attempt: int) -> str:
    """The path of an issuer's proposal of an outcome that the levels do not recommend."""
    return _attempt_path(submission, attempt, "override")


def decision_path(submission: SubmissionId, attempt: int) -> str:
    """The issuer's decision on one attempt."""
    return _attempt_path(submission, attempt, "decision")


def award_path(submission: SubmissionId, attempt: int, number: int = 1) -> str:
    """The award document of one attempt: number 1 as first issued, 2 and more as issued again."""
    return _attempt_path(submission, attempt, "badge" if number == 1 else f"badge-{number}")


def reissue_path(submission: SubmissionId, attempt: int, number: int) -> str:
    """The path of an award's reissue record."""
    return _attempt_path(submission, attempt, f"reissue-{number}")


def revocation_path(submission: SubmissionId, attempt: int) -> str:
    """The path of an award's revocation."""
    return _attempt_path(submission, attempt, "revocation")


def erasure_path(submission: SubmissionId, attempt: int, number: int) -> str:
    """The path of an erasure of pieces."""
    return _attempt_path(submission, attempt, f"erased/{number}")


def folder_of_stack(person: PersonId, stack: StackId) -> str:
    """The folder of a person's badges of a stack."""
    return f"{folder_of_person(person)}/stacks/{stack}"


def stack_award_path(person: PersonId, stack: StackId, number: int) -> str:
    """The path of a stack badge; number 2 replaces the first, or follows its revocation."""
    return f"{folder_of_stack(person, stack)}/{number}/badge.json"


def stack_reissue_path(person: PersonId, stack: StackId, number: int) -> str:
    """The path of a stack badge's reissue record."""
    return f"{folder_of_stack(person, stack)}/{number}/reissue.json"


def stack_revocation_path(person: PersonId, stack: StackId, number: int) -> str:
    """The path of a stack badge's revocation."""
    return f"{folder_of_stack(person, stack)}/{number}/revocation.json"


def status_path(number: int) -> str:
    """The path of a signed status list."""
    return f"{DEFINITIONS}/status/{number}.json"


WITHDRAWN = f"{DEFINITIONS}/status/withdrawn"
"""What issuers withdrew of the endorsements that they signed as the programme."""


def withdrawal_path(digest: str) -> str:
    """That one of those is withdrawn. `digest`: of its signer and id, a SHA-256."""
    return f"{WITHDRAWN}/{digest}.json"


def answers_file(definition: Credential, part: Part) -> str:
    """The name of a part's Markdown file, such as `1-overview.md`."""
    return f"{definition.parts.index(part) + 1}-{part.id}.md"


def is_work(rest: str) -> bool:
    """Whether a path below a submission's folder is part of the work, which its earner writes.

    >>> [is_work(p) for p in ("submission.yaml", "evidence/a.md", "attempts/1/request.json")]
    [True, True, False]
    """
    parts = rest.split("/")
    return parts[0] != ATTEMPTS and not _is_crooked(parts)


def is_earners(rest: str) -> bool:
    """Whether a path below a submission's folder is the earner's to change: the work and its requests.

    >>> [is_earners(p) for p in ("evidence/a.md", "attempts/1/request.json", "attempts/1/decision.json")]
    [True, True, False]
    """
    found = _ATTEMPT_FILE.fullmatch(rest)
    return is_work(rest) if found is None else found["name"] in ("request", "disclosures")


def opens_work(rest: str, attempt: int) -> bool:
    """Whether whoever reads a path below a submission's folder reads of the work: a file of it, or what opens
    the pieces of an attempt.

    >>> [opens_work(f"attempts/2/{name}.json", 2) for name in ("disclosures", "request")]
    [True, False]
    """
    return is_work(rest) or rest == f"{ATTEMPTS}/{attempt}/disclosures.json"


def is_sent_with(rest: str, attempt: int) -> bool:
    """Whether a path below a submission's folder came with an attempt: the earner's files, but for what opens
    the pieces of other attempts, as pieces may be erased of those.

    >>> [is_sent_with(f"attempts/{n}/disclosures.json", 2) for n in (1, 2)]
    [False, True]
    """
    found = _ATTEMPT_FILE.fullmatch(rest)
    other = found is not None and found["name"] == "disclosures" and int(found["attempt"]) != attempt
    return is_earners(rest) and not other


def _is_crooked(parts: Sequence[str]) -> bool:
    """Whether a path has empty, `.` or `..` segments."""
    return bool({"", ".", ".."} & set(parts))


_NUMBER = "[1-9][0-9]{0,3}"
_ATTEMPT_FILE = re.compile(
    rf"attempts/(?P<attempt>{_NUMBER})/(?:(?P<name>request|disclosures|override|decision|badge|revocation)"
    rf"|(?P<again>badge|reissue)-(?P<again_number>[2-9]|[1-9][0-9]{{1,3}})"
    rf"|(?P<answer>reviews|declined)/(?P<assessor>[a-z0-9-]+)|(?P<numbered>assignments|erased)/(?P<number>{_NUMBER}))\.json"
)
_WITHDRAWN_FILE = re.compile(r"withdrawn/([0-9a-f]{64})\.json")
_STATUS_FILE = re.compile(rf"({_NUMBER})\.json")
_RECOGNIZED_FILE = re.compile(rf"recognized-(.+)-({_NUMBER})\.json")
_STACK_FILE = re.compile(rf"({_NUMBER})/(badge|reissue|revocation)\.json")


@lru_cache(maxsize=1 << 15)
def parse_path(path: str) -> Found | None:
    """Parse a path of a programme's repository; None for a file unknown to all rules but the last one."""
    parts = tuple(path.split("/"))
    if path == PROGRAMME:
        return Found(kind="programme")
    if parts[0] == DEFINITIONS and len(parts) >= 3 and not _is_crooked(parts):
        return _parse_definition(parts)
    if parts[0] == PORTFOLIOS and len(parts) >= 3 and is_id(parts[1]):
        return _parse_portfolio(PersonId(parts[1]), parts[2:])
    if parts[0] == RECOGNITION and len(parts) == 2:
        return _parse_recognition(parts[1])
    if parts[0] == ENDORSEMENTS and len(parts) == 2:
        name = parts[1].removesuffix(".json")
        return Found(kind="endorsement", rest=name) if name != parts[1] and is_id(name) else None
    if parts[0] == "templates" and len(parts) >= 2:
        return Found(kind="template", rest="/".join(parts[1:]))
    return None


UNTOLD = re.compile(
    r"portfolios/[^/]+/(?!profile\.yaml\Z|stacks/)[^/]+/"
    r"(?!attempts/[^/]+/(?:assignments/|decision|badge|reissue|revocation))"
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
        rest = "/".join(parts[2:])
        if said := _WITHDRAWN_FILE.fullmatch(rest):
            return Found(kind="withdrawal", rest=said[1])
        found = _STATUS_FILE.fullmatch(rest)
        return Found(kind="status list", number=int(found[1])) if found else None
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


def _parse_recognition(file: str) -> Found | None:
    name = file.removesuffix(".yaml")
    policy = name.removesuffix(".examples")
    if name == file or not is_id(policy):
        return None
    return Found(kind="recognition policy" if name == policy else "recognition examples", rest=policy)


def _parse_portfolio(person: PersonId, parts: tuple[str, ...]) -> Found:
    if parts == ("profile.yaml",):
        return Found(kind="profile", person=person)
    if parts == ("invitation.json",):
        return Found(kind="invitation", person=person)
    if len(parts) == 1 and (said := _RECOGNIZED_FILE.fullmatch(parts[0])) and is_id(said[1]):
        return Found(kind="recognized", person=person, rest=said[1], number=int(said[2]))
    if parts[0] == "stacks" and (found := _parse_stacked(person, parts[1:])):
        return found
    if len(parts) < 2 or not is_id(parts[0]) or parts[0] in RESERVED or _is_crooked(parts):
        return Found(kind="stray", person=person, rest="/".join(parts))
    credential, rest = CredentialId(parts[0]), "/".join(parts[1:])
    if rest == "submission.yaml":
        return Found(kind="submission", person=person, credential=credential)
    if parts[1] == "evidence":
        return Found(kind="evidence", person=person, credential=credential, rest=rest)
    if len(parts) == 2 and rest.endswith(".md"):
        return Found(kind="answers", person=person, credential=credential, rest=rest)
    return _parse_attempt(person, credential, rest) or Found(
        kind="stray", person=person, credential=credential, rest=rest
    )


def _parse_attempt(person: PersonId, credential: CredentialId, rest: str) -> Found | None:
    found = _ATTEMPT_FILE.fullmatch(rest)
    if found is None or not is_id(found["assessor"] or "a"):
        return None
    kind = _KINDS[found["name"] or found["again"] or found["answer"] or found["numbered"]]
    number = found["number"] or found["again_number"] or int(kind == "award")
    return Found(
        kind=kind,
        person=person,
        credential=credential,
        attempt=int(found["attempt"]),
        number=int(number),
        assessor=PersonId(found["assessor"]) if found["assessor"] else None,
    )


_KINDS: dict[str, PathKind] = {
    "request": "request",
    "disclosures": "disclosure list",
    "reviews": "assessment",
    "declined": "declined",
    "assignments": "assignment",
    "erased": "erasure",
    "override": "override",
    "decision": "decision",
    "badge": "award",
    "reissue": "reissue",
    "revocation": "revocation",
}
"""File or folder name in an attempt's folder → its kind."""
_STACK_KINDS: dict[str, PathKind] = {
    "badge": "stack award",
    "reissue": "stack reissue",
    "revocation": "stack revocation",
}


def _parse_stacked(person: PersonId, parts: tuple[str, ...]) -> Found | None:
    found = _STACK_FILE.fullmatch("/".join(parts[1:]))
    if found is None or not is_id(parts[0]):
        return None
    return Found(kind=_STACK_KINDS[found[2]], person=person, stack=StackId(parts[0]), number=int(found[1]))


def submission_ref(submission: SubmissionId) -> str:
    """The ref of what an earner submitted."""
    return f"{SUBMISSION_REFS}{submission.earner}/{submission.credential}"


def work_ref(submission: SubmissionId) -> str:
    """The ref of an earner's sealed drafts."""
    return f"{attempt_refs(submission)}{_DRAFTS}"


def attempt_ref(submission: SubmissionId, attempt: int) -> str:
    """The ref of the sealed work of one attempt, which its readers fetch."""
    return f"{attempt_refs(submission)}{attempt}"


def attempt_refs(submission: SubmissionId) -> str:
    """The prefix of the refs of a submission's sealed work."""
    return f"{WORK_REFS}{submission.earner}/{submission.credential}/"


def grant_ref(submission: SubmissionId, attempt: int, by: PersonId) -> str:
    """The ref of what lets further people read the work of an attempt, from one who can read it."""
    return f"{GRANT_REFS}{submission.earner}/{submission.credential}/{attempt}/{by}"


def opened_ref(judged: CommitId) -> str:
    """The ref of the work that a submitted commit names, opened, on its reader's computer only."""
    return f"{OPENED_REFS}{judged}"


def draft_ref(submission: SubmissionId) -> str:
    """The ref of the user's own drafts as plain files, on their computer only."""
    return f"{DRAFT_REFS}{submission.earner}/{submission.credential}"


def fetched_refs(me: PersonId | None) -> tuple[str, ...]:
    """Patterns of the refs that a person fetches: the record, and of sealed work their own only."""
    # A pattern for main too: git fails for a name that the remote does not have.
    record = (f"{MAIN}*", *(f"{r}/*" for r in OWN_PLACES if f"{r}/" not in (WORK_REFS, GRANT_REFS)))
    return (*record, f"{WORK_REFS}{me}/*", f"{GRANT_REFS}{me}/*") if me else record


def work_refs(submission: SubmissionId) -> tuple[str, ...]:
    """Patterns of the refs that a reader of a submission's work fetches: its attempts, and no drafts."""
    attempts = (f"{attempt_refs(submission)}{digit}*" for digit in range(1, 10))
    return (*attempts, f"{GRANT_REFS}{submission.earner}/{submission.credential}/*")


def drafts_refs(submission: SubmissionId) -> tuple[str, ...]:
    """A pattern of the ref that a coach fetches whom an earner lets read her drafts."""
    return (f"{work_ref(submission)}*",)


SEALED_LIST = "list.age"
"""The path of the sealed list of a work ref's files."""
SEALED_FILES = "files/"
"""The folder of the sealed files of a work ref."""
SEALED_KEYS = "keys/"
"""The folder of the key to the files of a work ref, sealed to each reader."""
_SEALED = re.compile(r"list\.age|(?:files|keys)/[0-9a-f]{32}\.age")


def sealed_path(folder: Literal["files", "keys"], name: str) -> str:
    """The path of a sealed file, or of the key to all of them sealed to one reader, on a work ref."""
    return f"{folder}/{name}.age"


def is_sealed_path(path: str) -> bool:
    """Whether a path is one that a work ref may have."""
    return bool(_SEALED.fullmatch(path))


def review_ref(submission: SubmissionId, attempt: int, assessor: PersonId) -> str:
    """The ref of one assessor's answer to one attempt."""
    return f"{REVIEW_REFS}{submission.earner}/{submission.credential}/{attempt}/{assessor}"


def person_ref(person: PersonId) -> str:
    """The ref of a person's request to be confirmed, or to change their own profile."""
    return f"{PERSON_REFS}{person}"


def vouch_ref(person: PersonId, voucher: PersonId) -> str:
    """The ref of a vouch that a new key is a person's."""
    return f"{VOUCH_REFS}{person}/{voucher}"


def shown_ref(person: PersonId) -> str:
    """The ref of what a person publishes."""
    return f"{SHOWN_REFS}{person}"


SHOWN_LIST = "shown.json"
"""The path of the list of a shown ref's pieces."""
_SHOWN = re.compile(r"shown\.json|files/[0-9a-f]{64}\.[a-z0-9]{2,4}")


def shown_path(name: str) -> str:
    """The path of a file on a shown ref."""
    return f"files/{name}"


def is_shown_path(path: str) -> bool:
    """Whether a path is one that a shown ref may have."""
    return bool(_SHOWN.fullmatch(path))


def override_ref(submission: SubmissionId, attempt: int, issuer: PersonId) -> str:
    """The ref of an issuer's proposal of an outcome that the levels do not recommend."""
    return f"{OVERRIDE_REFS}{submission.earner}/{submission.credential}/{attempt}/{issuer}"


def remote_ref(ref: str) -> str:
    """The remote-tracking ref of a branch.

    >>> remote_ref("refs/heads/main")
    'refs/remotes/origin/main'
    """
    return SENT_HEADS + ref.removeprefix(HEADS)


def local_ref(ref: str) -> str:
    """The branch of a remote-tracking ref, the inverse of `remote_ref`.

    >>> local_ref("refs/remotes/origin/main")
    'refs/heads/main'
    """
    return HEADS + ref.removeprefix(SENT_HEADS)


class FoundRef(Struct, frozen=True, kw_only=True):
    """A parsed ref: its kind and the people it belongs to."""

    kind: Literal["submission", "work", "grant", "review", "override", "person", "vouch", "shown"]
    person: PersonId
    credential: CredentialId | None = None
    attempt: int = 0
    assessor: PersonId | None = None
    """The assessor; for an override, the issuer; for a vouch or a grant, who gives it."""

    @property
    def author(self) -> PersonId:
        """Who writes this ref."""
        return self.assessor or self.person

    @property
    def submission(self) -> SubmissionId:
        """The submission that a ref of work or of an answer is about."""
        if self.credential is None:
            raise ValueError(f"a {self.kind} ref is about no submission")
        return SubmissionId(self.person, self.credential)


def parse_ref(ref: str) -> FoundRef | None:
    """Parse a full ref name; None for any other ref, including `main`."""
    prefix = next((p for p in (HEADS, SENT_HEADS) if ref.startswith(p)), None)
    parts = ref.removeprefix(prefix or "").split("/")
    if prefix is None or not all(is_id(p) for p in parts):
        return None
    if len(parts) > 2 and parts[2] in RESERVED:
        return None
    match parts:
        case ["submission", earner, credential]:
            return FoundRef(kind="submission", person=PersonId(earner), credential=CredentialId(credential))
        case ["work", earner, credential, "draft"]:
            return FoundRef(kind="work", person=PersonId(earner), credential=CredentialId(credential))
        case ["work", earner, credential, number] if re.fullmatch(_NUMBER, number):
            return FoundRef(
                kind="work",
                person=PersonId(earner),
                credential=CredentialId(credential),
                attempt=int(number),
            )
        case ["review" | "override" | "grant" as kind, earner, credential, number, by] if re.fullmatch(
            _NUMBER, number
        ):
            return FoundRef(
                kind=kind,
                person=PersonId(earner),
                credential=CredentialId(credential),
                attempt=int(number),
                assessor=PersonId(by),
            )
        case ["person" | "shown" as kind, person]:
            return FoundRef(kind=kind, person=PersonId(person))
        case ["vouch", person, voucher]:
            return FoundRef(kind="vouch", person=PersonId(person), assessor=PersonId(voucher))
    return None
