"""Answers of maintainers' verbs: founding, checking, pages; and of the doctor."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Literal

from msgspec import Struct

from mcred.app.answers.answer import DoneWord, ProblemRow, StepRow, VerbAnswer, done_word, list_problems
from mcred.domain.ids import CommitId, CredentialId
from mcred.problems import errors

if TYPE_CHECKING:
    from mcred.app.doctor.checkup import Checkup
    from mcred.app.pages.build import Built
    from mcred.app.pages.publish import Published
    from mcred.app.programme.new_definition import NewDefinitionResult
    from mcred.problems import Problem


class InitAnswer(VerbAnswer, frozen=True, kw_only=True, tag="mcred/init/1"):
    """`mcred init`."""

    folder: str
    created: bool
    """Whether the programme was created now."""
    address: str | None
    """Where members send their work; null where that is not known yet."""
    first: tuple[StepRow, ...]
    """What the programme lacks before its first award."""


def init_answer(folder: str, *, created: bool, address: str | None, first: Iterable[Problem]) -> InitAnswer:
    """A programme, and what comes first."""
    return InitAnswer(
        folder=folder,
        created=created,
        address=address,
        first=tuple(StepRow(what=step.what, next=str(step.hint)) for step in first),
    )


class HostFilesAnswer(VerbAnswer, frozen=True, kw_only=True, tag="mcred/host-files/1"):
    """`mcred init --host` in a programme."""

    folder: str
    host: str
    written: bool
    """False in a dry run, and where they were there already."""


class LintAnswer(VerbAnswer, frozen=True, kw_only=True, tag="mcred/lint/1"):
    """`mcred lint`."""

    in_order: bool
    """Whether there are no errors; there may be warnings."""
    problems: tuple[ProblemRow, ...]


def lint_answer(problems: tuple[Problem, ...]) -> LintAnswer:
    """What was found."""
    return LintAnswer(in_order=not errors(problems), problems=list_problems(problems))


class BuildAnswer(VerbAnswer, frozen=True, kw_only=True, tag="mcred/build/1"):
    """`mcred build`."""

    folder: str
    files: int
    changed: int
    """How many of them are new, changed or removed; in a dry run, how many would be."""
    badges: int
    written: bool
    """False in a dry run."""


def build_answer(folder: str, built: Built, *, written: bool) -> BuildAnswer:
    """The pages that were built."""
    return BuildAnswer(
        folder=folder, files=built.files, changed=built.changed, badges=built.badges, written=written
    )


class ServeAnswer(VerbAnswer, frozen=True, kw_only=True, tag="mcred/serve/1"):
    """`mcred serve`: one line, as soon as the pages are served. The command then runs until it is stopped."""

    address: str
    folder: str


class PublishAnswer(VerbAnswer, frozen=True, kw_only=True, tag="mcred/publish/1"):
    """`mcred publish`."""

    where: str
    state: CommitId | None
    """The commit of the branch; null for a folder."""
    changed: int
    files: int
    badges: int
    published: bool
    """False in a dry run, and where the pages were up to date."""


def publish_pages_answer(done: Published, *, written: bool) -> PublishAnswer:
    """What was published."""
    return PublishAnswer(
        where=done.where,
        state=done.commit,
        changed=done.changed,
        files=done.files,
        badges=done.badges,
        published=done.is_new and written,
    )


class NewAnswer(VerbAnswer, frozen=True, kw_only=True, tag="mcred/new/1"):
    """`mcred new`."""

    status: DoneWord
    credential: CredentialId
    files: tuple[str, ...]
    """The files that were written, by their paths in the programme; none where all of them existed."""


def new_answer(found: NewDefinitionResult) -> NewAnswer:
    """The definition that was begun."""
    return NewAnswer(status=done_word(found), credential=found.credential, files=found.files)


class HelpAnswer(VerbAnswer, frozen=True, kw_only=True, tag="mcred/help/1"):
    """`mcred help`."""

    verb: str
    """Empty for mcred as a whole."""
    text: str


class TourAnswer(VerbAnswer, frozen=True, kw_only=True, tag="mcred/tour/1"):
    """`mcred tour`."""

    folder: str
    page: str
    """The first page of its site."""


class CheckupRow(Struct, frozen=True, kw_only=True):
    """One thing that was looked at."""

    topic: str
    level: Literal["good", "look", "wrong"]
    what: str
    next: str


class DoctorAnswer(VerbAnswer, frozen=True, kw_only=True, tag="mcred/doctor/1"):
    """`mcred doctor`."""

    well: bool
    findings: tuple[CheckupRow, ...]
    mended: tuple[str, ...]
    """What `--fix` did."""
    next: str


def doctor_answer(found: Checkup, mended: tuple[str, ...], status: str) -> DoctorAnswer:
    """What was found and fixed; `status`: the command where there is nothing to do."""
    return DoctorAnswer(
        well=found.is_well,
        findings=tuple(
            CheckupRow(topic=f.topic, level=f.level, what=f.what, next=str(f.next)) for f in found.findings
        ),
        mended=mended,
        next=str(found.next) or status,
    )
