"""The keys of one folder: made once, never written over, in use only when the programme lists them."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest
from msgspec.structs import replace

from mcred.app.audit.hook import hook
from mcred.app.keys.signing import (
    KEY_FILE,
    NEXT_KEY,
    ensure_key,
    only_with,
    read_key,
    take_next_key,
    write_private,
)
from mcred.domain.people import Person, SigningKey
from mcred.problems import Exit, McredError
from mcred.store.atomic import part_of
from mcred.store.git import Repo
from mcred.store.signatures import KeyPair, make_key
from tests.school import a_person

SINCE, TODAY = date(2026, 9, 1), date(2026, 11, 2)


@pytest.fixture
def repo(tmp_path: Path) -> Repo:
    """A place for keys; no git is needed to keep one."""
    return Repo(git_dir=tmp_path, work_tree=None)


def named(*publics: str, retired: date | None = None) -> tuple[SigningKey, ...]:
    return tuple(SigningKey(public=p, since=SINCE, retired=retired) for p in publics)


def ana(*keys: SigningKey) -> Person:
    return a_person("ana", keys=keys)


class TestReading:
    def test_no_key_yet_names_what_makes_one(self, repo: Repo) -> None:
        with pytest.raises(McredError) as refused:
            read_key(repo)
        assert refused.value.what == "your signing key is not in this folder"
        assert (str(refused.value.hint), refused.value.code) == ("mcred setup", Exit.REFUSED)

    def test_a_key_is_made_once(self, repo: Repo) -> None:
        first = ensure_key(repo)
        assert ensure_key(repo) == first == read_key(repo)
        assert first.public.startswith("ssh-ed25519 ")
        assert sorted(p.name for p in repo.state_dir.iterdir()) == [KEY_FILE]

    def test_a_key_of_another_name_is_another_key(self, repo: Repo) -> None:
        now, following = ensure_key(repo), ensure_key(repo, NEXT_KEY)
        assert now.public != following.public
        assert read_key(repo) == now

    @pytest.mark.parametrize("name", [KEY_FILE, NEXT_KEY])
    def test_a_spoilt_key_is_left_where_it_is(self, repo: Repo, name: str) -> None:
        place = repo.state_dir / name
        place.write_bytes(b"no key at all\n")
        with pytest.raises(McredError) as refused:
            ensure_key(repo, name)
        assert str(refused.value.hint).startswith("mcred setup") and str(place) in str(refused.value.hint)
        assert place.read_bytes() == b"no key at all\n"


class TestWriting:
    @pytest.mark.skipif(os.name == "nt", reason="modes are POSIX's")
    def test_only_its_owner_reads_it(self, repo: Repo) -> None:
        before = os.umask(0)
        try:
            ensure_key(repo)
        finally:
            os.umask(before)
        assert (repo.state_dir / KEY_FILE).stat().st_mode & 0o777 == 0o600

    def test_what_a_cut_run_left_is_not_in_the_way(self, tmp_path: Path) -> None:
        place = tmp_path / "key"
        part_of(place).write_bytes(b"half")
        write_private(place, b"whole")
        assert place.read_bytes() == b"whole"
        assert [p.name for p in tmp_path.iterdir()] == ["key"]


class TestTakingTheNextKey:
    @pytest.fixture
    def keys(self, repo: Repo) -> tuple[KeyPair, KeyPair]:
        return ensure_key(repo), ensure_key(repo, NEXT_KEY)

    @pytest.mark.parametrize("which", ["nobody", "unlisted", "retired"])
    def test_not_while_the_programme_does_not_list_it(
        self, repo: Repo, keys: tuple[KeyPair, KeyPair], which: str
    ) -> None:
        now, following = keys
        retired = ana(*named(now.public), *named(following.public, retired=TODAY))
        person = {"nobody": None, "unlisted": ana(*named(now.public)), "retired": retired}[which]
        assert take_next_key(repo, person) is False
        assert read_key(repo) == now
        assert (repo.state_dir / NEXT_KEY).read_bytes() == following.private

    def test_the_old_one_is_kept_aside(self, repo: Repo, keys: tuple[KeyPair, KeyPair]) -> None:
        now, following = keys
        assert take_next_key(repo, ana(*named(following.public))) is True
        assert read_key(repo) == following
        assert (repo.state_dir / f"{KEY_FILE}-old-1").read_bytes() == now.private
        assert not (repo.state_dir / NEXT_KEY).exists()

    def test_old_ones_are_numbered_and_never_written_over(self, repo: Repo) -> None:
        first = ensure_key(repo)
        second, third = ensure_key(repo, NEXT_KEY), make_key()
        assert take_next_key(repo, ana(*named(second.public)))
        write_private(repo.state_dir / NEXT_KEY, third.private)
        assert take_next_key(repo, ana(*named(third.public)))
        kept = {p.name: p.read_bytes() for p in repo.state_dir.iterdir()}
        assert kept == {
            KEY_FILE: third.private,
            f"{KEY_FILE}-old-1": first.private,
            f"{KEY_FILE}-old-2": second.private,
        }

    def test_without_an_old_one_nothing_is_kept_aside(self, repo: Repo) -> None:
        following = ensure_key(repo, NEXT_KEY)
        assert take_next_key(repo, ana(*named(following.public))) is True
        assert [p.name for p in repo.state_dir.iterdir()] == [KEY_FILE]

    def test_nothing_waits(self, repo: Repo) -> None:
        now = ensure_key(repo)
        assert take_next_key(repo, ana(*named(now.public))) is False
        assert read_key(repo) == now


class TestOnlyWith:
    @pytest.mark.parametrize(
        ("listed", "comes_out"),
        [
            ((), ["new 2026-11-02 -"]),
            (named("new"), ["new 2026-09-01 -"]),
            (named("old"), ["old 2026-09-01 2026-11-02", "new 2026-11-02 -"]),
            (named("old", "new"), ["old 2026-09-01 2026-11-02", "new 2026-09-01 -"]),
            (
                (*named("older", retired=date(2026, 10, 1)), *named("old")),
                ["older 2026-09-01 2026-10-01", "old 2026-09-01 2026-11-02", "new 2026-11-02 -"],
            ),
            # A retired key does not come back by being used again.
            (named("new", retired=date(2026, 10, 1)), ["new 2026-09-01 2026-10-01"]),
        ],
    )
    def test_others_are_retired_and_stay_listed(
        self, listed: tuple[SigningKey, ...], comes_out: list[str]
    ) -> None:
        person = only_with(ana(*listed), KeyPair(private=b"", public="new"), TODAY)
        assert [f"{k.public} {k.since} {k.retired or '-'}" for k in person.keys] == comes_out

    def test_nothing_else_of_the_profile_changes(self) -> None:
        before = ana(*named("old"))
        after = only_with(before, KeyPair(private=b"", public="new"), TODAY)
        assert replace(after, keys=before.keys) == before


def _hooked(text: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """The hook run by a shell that finds no mcred, unless `PATH` leads to one."""
    surroundings = {"PATH": "/nowhere", **environment}
    return subprocess.run(
        ["/bin/sh"], input=text, env=surroundings, capture_output=True, text=True, check=False
    )


class TestHook:
    """The text that the remote runs on a push."""

    @pytest.mark.parametrize(
        ("python", "places"),
        [
            ("/usr/bin/python3", "/srv/mcred"),
            ("/opt/my python/bin/python", "/srv/two words:/opt/lib"),
            ("/opt/it's/python", "/srv/$(touch x)/`id`"),
            ('/opt/"quoted"/python', "/srv/a;b&c|d"),
        ],
    )
    def test_paths_are_words_whatever_stands_in_them(self, python: str, places: str) -> None:
        lines = hook(python, places).splitlines()
        assert lines[0] == "#!/bin/sh"
        assert [shlex.split(line) for line in lines[2:4]] == [[f"PYTHON={python}"], [f"PLACES={places}"]]

    def test_a_python_that_is_gone_refuses_every_push(self, tmp_path: Path) -> None:
        gone = f"{tmp_path}/it's gone/python"
        done = _hooked(hook(gone, "/srv"))
        assert (done.returncode, done.stdout) == (1, "")
        assert done.stderr.splitlines() == [
            f"mcred: the check on this server does not start ({gone}), and no other mcred is installed",
            "Next: install mcred for all users of that computer, then run there: mcred doctor --fix",
        ]

    @pytest.mark.parametrize("code", [0, 5])
    def test_its_answer_is_that_of_the_guard(self, tmp_path: Path, code: int) -> None:
        """A stand-in for Python says what it was started with; its code is the hook's."""
        stand_in = tmp_path / "a python"
        stand_in.write_text(
            f'#!/bin/sh\necho "$1 $2: $4: $5 $6 ($GIT_CONFIG_GLOBAL)"\nexit {code}\n', "utf-8"
        )
        stand_in.chmod(0o755)
        done = _hooked(hook(str(stand_in), "/srv/a b"))
        assert (done.returncode, done.stdout) == (code, "-I -c: /srv/a b: --no-input guard (/dev/null)\n")

    @pytest.mark.parametrize("code", [97, 126, 127])
    def test_where_it_does_not_start_another_mcred_is_asked(self, tmp_path: Path, code: int) -> None:
        for name, text in (("python", f"exit {code}"), ("mcred", 'echo "mcred $*"; exit 5')):
            (tmp_path / name).write_text(f"#!/bin/sh\n{text}\n", "utf-8")
            (tmp_path / name).chmod(0o755)
        done = _hooked(hook(f"{tmp_path}/python", "/srv"), PATH=str(tmp_path))
        assert (done.returncode, done.stdout) == (5, "mcred --no-input guard\n")

    def test_it_reads_nothing_that_was_sent(self) -> None:
        text = hook(sys.executable, "/srv")
        assert not any(word in text for word in ("git ", "eval", "source", "read ", "$1", "$@"))
