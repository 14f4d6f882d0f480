"""The ids that a folder's copy of the programme knows, read at minimal cost, for shell completion.

Nothing is fetched and nothing is written.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from posixpath import basename

from msgspec import Struct

from mcred.app.fetch import latest_main, whoami
from mcred.domain.credential import Credential, Item
from mcred.domain.ids import CommitId, CredentialId, PersonId, SubmissionId, is_id
from mcred.domain.layout import (
    DEFINITIONS,
    HEADS,
    PORTFOLIOS,
    RECOGNITION,
    SENT_HEADS,
    STACKS,
    definition_path,
    folder_of_person,
    parse_path,
    parse_ref,
    submission_path,
)
from mcred.domain.submission import Submission
from mcred.formats.decode import decode
from mcred.store.batch import read_files
from mcred.store.folder_index import read_written
from mcred.store.git import Repo, list_refs, open_repo
from mcred.store.snapshot import list_folders, list_tree


def open_known(start: Path) -> Known:
    """Open the copy of the programme around `start`. Raises McredError where there is none."""
    repo = open_repo(start)
    return Known(repo, latest_main(repo), whoami(repo))


class Known(Struct, frozen=True):
    """A copy of the programme, as last fetched."""

    repo: Repo
    main: CommitId
    me: PersonId | None

    def names(self, *folders: str) -> list[str]:
        """The ids among the direct entries of some folders, with the names of the folders."""
        found = list_folders(self.repo, self.main, *folders) if folders else {}
        return [path for path in found if is_id(path.rsplit("/", 1)[1])]

    def stacks(self) -> list[str]:
        """The ids of all stacks."""
        return [path.rsplit("/", 1)[1] for path in self.names(STACKS)]

    def definitions(self) -> list[str]:
        """The ids of all micro-credentials."""
        return [n for p in self.names(DEFINITIONS) if (n := p.split("/")[1]) != "stacks"]

    def policies(self) -> list[str]:
        """The ids of all recognition policies."""
        found = map(parse_path, list_tree(self.repo, self.main, RECOGNITION))
        return [at.rest for at in found if at is not None and at.kind == "recognition policy"]

    def people(self) -> list[str]:
        """The confirmed people."""
        return [path.split("/")[1] for path in self.names(PORTFOLIOS)]

    def on_refs(self, kind: str) -> list[str]:
        """Person and micro-credential of every ref that was saved or submitted and is not decided."""
        refs = (
            *list_refs(self.repo, f"{HEADS}{kind}/"),
            *list_refs(self.repo, f"{SENT_HEADS}{kind}/"),
        )
        found = (parsed for ref in refs if (parsed := parse_ref(ref)) is not None)
        return sorted({str(f.submission) if f.credential else f.person for f in found})

    def submissions(self, people: Iterable[str]) -> list[str]:
        """`ana/wait-time` for everything these people began, as far as it is known locally."""
        wanted = frozenset(people)
        decided = self.names(*map(folder_of_person, wanted))
        found = {path.removeprefix(f"{PORTFOLIOS}/") for path in decided if not path.endswith("/stacks")}
        begun = (*self.on_refs("submission"), *self.on_refs("work"))
        found.update(name for name in begun if name.split("/")[0] in wanted)
        return sorted(found)

    def mine(self) -> list[str]:
        """The micro-credentials that I began."""
        return [name.split("/")[1] for name in self.submissions([self.me] if self.me else [])]

    def items(self, credentials: Iterable[str]) -> list[Item]:
        """The ids of all evidence items."""
        paths = [definition_path(CredentialId(name)) for name in credentials]
        data = read_files(self.repo, [(self.main, path) for path in paths])
        read = (decode(text, Credential, path)[0] for path, text in zip(paths, data, strict=True) if text)
        return [item for definition in read if definition for item in definition.items if not item.is_written]

    def parts(self, credentials: Iterable[str]) -> list[str]:
        """The files of the parts of my drafts in this folder, such as `1-overview`."""
        if self.me is None or self.repo.work_tree is None:
            return []
        folders = [
            self.repo.work_tree / folder_of_person(self.me) / name for name in credentials if is_id(name)
        ]
        return sorted({path.stem for folder in folders for path in folder.glob("*.md")})

    def pieces(self, credentials: Iterable[str]) -> list[str]:
        """The evidence of my drafts in this folder: the names of files, and the items of links."""
        if self.me is None or self.repo.work_tree is None:
            return []
        paths = [submission_path(SubmissionId(self.me, CredentialId(name))) for name in credentials]
        there = [(path, self.repo.work_tree / path) for path in paths if is_id(path.split("/")[2])]
        read = (decode(read_written(place), Submission, path)[0] for path, place in there if place.is_file())
        return sorted({basename(e.file) or e.item for listed in read if listed for e in listed.evidence})
