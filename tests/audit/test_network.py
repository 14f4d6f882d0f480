"""A network of real repositories: one fine, one whose history was forged, one that cannot be reached."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path

import pytest
from platformdirs import user_cache_path

from mcred.problems import Exit
from tests.audit.workshop import Workshop
from tests.cli.test_stacks import add_stack
from tests.cli.town import SITE, WAIT, Ran, git, set_site

FILE = """format: 2
name: Two districts
programmes:
  - {{id: fine, address: {fine}, name: Lakeside}}
  - {{id: forged, address: {forged}}}
  - {{id: gone, address: {gone}}}
equivalents:
  - credentials: [fine/wait-time, forged/wait-time]
    because: It is the same definition.
"""


class District:
    """A state office's desk: the file of the network, and the programmes that it lists."""

    def __init__(self, shop: Workshop, place: Path) -> None:
        self.town = shop.town.copy(place / "town")
        self.shop, self.place = shop, place
        self.file = place / "network.yaml"
        self.file.write_text(FILE.format(fine=self.town.remote, forged=shop.repo.git_dir, gone=place / "x"))

    def build(self, *words: str, expect: int = 1, workers: str = "1") -> Ran:
        """What is typed there; it ends with 1 while one of the programmes is missing."""
        line = ("network", "build", self.file.name, "--to", "pages", "--workers", workers, *words)
        return self.town.run("rosa", *line, at=self.place, expect=expect)

    def statuses(self, workers: str = "1") -> dict[str, str]:
        """What a build did for each programme, by its own report."""
        return {row["id"]: row["status"] for row in self.build("--json", workers=workers).json["programmes"]}

    def pages(self, folder: str = "pages") -> Mapping[str, bytes]:
        """Every file of the site."""
        out = self.place / folder
        return {p.relative_to(out).as_posix(): p.read_bytes() for p in out.rglob("*") if p.is_file()}


@pytest.fixture
def district(shop: Workshop, tmp_path: Path) -> District:
    shop.step({"tools/a.md": b"x\n"}, None)
    return District(shop, tmp_path)


def test_each_is_named_with_what_came_of_it_and_the_others_are_built(district: District) -> None:
    ran = district.build()
    assert "fine: read, 3 micro-credentials" in ran.out
    assert "its audit found 1 × " in ran.out and "forged: read" in ran.out
    assert "gone: left out: there is no program at" in ran.out
    pages = district.pages()
    assert f"programmes/fine/{WAIT}/index.html" in pages and f"programmes/forged/{WAIT}/index.html" in pages
    assert b"The audit of its record found something." in pages["programmes/forged/index.html"]
    assert b"every award follows" in pages["programmes/fine/index.html"]
    assert f"../../forged/{WAIT}/index.html".encode() in pages[f"programmes/fine/{WAIT}/index.html"]
    assert not [name for name, data in pages.items() if str(district.place).encode() in data]


def test_only_what_changed_is_read_again(district: District) -> None:
    assert district.statuses() == {"fine": "read", "forged": "read", "gone": "failed"}
    before = district.pages()
    assert district.statuses() == {"fine": "unchanged", "forged": "unchanged", "gone": "failed"}
    assert district.pages() == before
    district.shop.edit(f"credentials/{WAIT}/credential.yaml", "title: ", "title: New ")
    assert district.statuses() == {"fine": "unchanged", "forged": "read", "gone": "failed"}
    changed = {name for name, data in district.pages().items() if before.get(name) != data}
    assert f"programmes/forged/{WAIT}/index.html" in changed
    assert "programmes/fine/index.html" not in changed
    (reading,) = [f for f in user_cache_path("mcred").rglob("reading.json") if b"New " in f.read_bytes()]
    reading.write_bytes(b'{"state": "')
    assert district.statuses() == {"fine": "unchanged", "forged": "read", "gone": "failed"}


def test_a_stacks_own_credits_are_read(district: District) -> None:
    add_stack(district.town, WAIT, credits="3")
    district.build()
    index = json.loads(district.pages()["index.json"])
    assert [(s["id"], s["credits"]) for s in index["stacks"]] == [("fine/pair", "3")]


def test_awards_are_there_of_people_who_let_lists_have_them_and_nothing_else_of_a_person(
    district: District,
) -> None:
    set_site(district.town, SITE)
    for person, publish in (("ben", "unlisted"), ("cleo", "private")):
        district.town.run(person, "setup", "--publish", publish)
        district.town.run("rosa", "person", "add", person)
    district.build()
    index = json.loads(district.pages()["index.json"])
    badges = [badge for badge in index["badges"] if badge["programme"] == "fine"]
    assert {badge["earner"] for badge in badges} == {"Ana Reyes", "Dev Patel"}
    (anas,) = [badge["page"] for badge in badges if badge["earner"] == "Ana Reyes"]
    assert anas.startswith(f"{SITE}/badges/ana/") and anas.endswith("/")
    fine = {name: data for name, data in district.pages().items() if "/fine/" in name}
    page = fine[f"programmes/fine/{WAIT}/index.html"].decode()
    assert "Ana Reyes" in page and anas in page and f"{SITE}/credentials/{WAIT}/" in page
    for other in (
        b"Ben Okafor",
        b"Cleo Martin",
        b"Mei Lin",
        b"Lincoln Elementary",
        b"Wait three seconds, tw",
    ):
        assert not [name for name, data in fine.items() if other in data], other
    main = git(district.town.remote, "rev-parse", "main")
    district.town.run("ana", "unpublish", "--page")
    assert git(district.town.remote, "rev-parse", "main") == main
    assert district.statuses()["fine"] == "read"
    assert not [name for name, data in district.pages().items() if "/fine/" in name and b"Ana Reyes" in data]


def test_no_work_in_review_and_no_draft_is_fetched(district: District) -> None:
    for place in ("submission/ben/exit-slip", "work/ben/exit-slip/draft", "review/ben/exit-slip/1/mei"):
        git(district.town.remote, "update-ref", f"refs/heads/{place}", "main")
    district.build()
    (copy,) = [
        file.parent
        for file in user_cache_path("mcred").rglob("config")
        if str(district.town.remote) in file.read_text()
    ]
    names = git(copy, "for-each-ref", "--format=%(refname)").split()
    assert "refs/remotes/origin/main" in names
    assert not [name for name in names if "/submission/" in name or "/work/" in name or "/review/" in name]


def test_a_rewritten_history_is_named_even_where_the_copy_is_gone(district: District) -> None:
    district.build()
    district.shop.move(district.shop.line_of(district.shop.tip)[-3])
    for copy in (True, False):
        if not copy:
            for folder in user_cache_path("mcred").glob("networks/*/copy"):
                shutil.rmtree(folder)
        ran = district.build()
        assert "forged: left out: its history was rewritten since it was last read" in ran.out
        assert not [name for name in district.pages() if "/forged/" in name]
    district.shop.step({"tools/b.md": b"x\n"}, "rosa")
    assert "forged: left out: its history was rewritten" in district.build().out


@pytest.mark.slow
def test_any_number_of_processes_gives_the_same_bytes(
    district: District, monkeypatch: pytest.MonkeyPatch
) -> None:
    district.build()
    monkeypatch.setenv("XDG_CACHE_HOME", str(district.place / "other cache"))
    assert district.statuses(workers="2") == {"fine": "read", "forged": "read", "gone": "failed"}
    first = district.pages()
    shutil.rmtree(district.place / "pages")
    assert district.statuses(workers="2")["fine"] == "unchanged"
    assert district.pages() == first


CLUSTER = """
import sys
from distributed import LocalCluster
if __name__ == "__main__":
    with LocalCluster(n_workers=2, threads_per_worker=2, dashboard_address=None) as cluster:
        print(cluster.scheduler_address, flush=True)
        sys.stdin.read()
"""


@contextmanager
def a_cluster(place: Path) -> Iterator[str]:
    """A Dask cluster of other processes; its scheduler's address."""
    program = place / "cluster.py"
    program.write_text(CLUSTER, "utf-8")
    own = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2]), "DASK_LOGGING__DISTRIBUTED": "error"}
    with subprocess.Popen(
        [sys.executable, program],
        env=own,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=place,
    ) as running:
        assert running.stdout is not None and running.stdin is not None
        try:
            yield running.stdout.readline().strip()
        finally:
            running.stdin.close()


def typed(district: District, *words: str) -> subprocess.CompletedProcess[str]:
    """`mcred network build` in a process of its own."""
    line = [sys.executable, "-m", "mcred", "network", "build", "network.yaml", *words]
    own = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    return subprocess.run(
        line, cwd=district.place, env=own, capture_output=True, text=True, timeout=120, check=False
    )


@pytest.mark.slow
@pytest.mark.skipif(find_spec("distributed") is None, reason="distributed is not installed: `make dev`")
def test_a_dask_cluster_gives_the_same_bytes(district: District, monkeypatch: pytest.MonkeyPatch) -> None:
    district.build()
    monkeypatch.setenv("XDG_CACHE_HOME", str(district.place / "other cache"))
    with a_cluster(district.place) as address:
        ran = typed(district, "--to", "by-dask", "--workers", address)
        assert (ran.returncode, ran.stderr) == (1, "") and "fine: read" in ran.stdout
        again = typed(district, "--to", "by-dask", "--workers", address)
    assert district.pages("by-dask") == district.pages()
    assert "fine: unchanged" in again.stdout and "gone: left out" in again.stdout


@pytest.mark.skipif(find_spec("distributed") is None, reason="distributed is not installed: `make dev`")
def test_a_cluster_that_does_not_answer_is_named(district: District) -> None:
    ran = typed(district, "--workers", "tcp://127.0.0.1:1")
    assert (
        ran.returncode == Exit.UNREACHABLE and "no Dask scheduler answers at tcp://127.0.0.1:1" in ran.stderr
    )
    assert "Traceback" not in ran.stderr


def is_gone(group: int) -> bool:
    """Whether all processes of a group end within some seconds."""
    for _ in range(100):
        try:
            os.killpg(group, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.1)
    return False


@pytest.mark.slow
def test_ctrl_c_ends_all_processes_and_the_next_build_goes_on(district: District) -> None:
    own = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    line = [sys.executable, "-m", "mcred", "network", "build", "network.yaml", "--workers", "2"]
    with subprocess.Popen(
        line,
        cwd=district.place,
        env=own,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        process_group=0,
    ) as running:
        copies = user_cache_path("mcred") / "networks"
        while not list(copies.glob("*/*")) and running.poll() is None:
            pass
        os.killpg(running.pid, signal.SIGINT)
        out, err = running.communicate(timeout=30)
    assert running.returncode == Exit.STOPPED and "Traceback" not in err and "Stopped." in err
    assert is_gone(running.pid)
    assert not (district.place / "network").exists() and not out
    assert district.statuses() == {"fine": "read", "forged": "read", "gone": "failed"}


def test_a_dry_run_says_what_it_would_write_and_writes_no_page(district: District) -> None:
    remote = district.town.refs()
    assert "Would write " in district.build("--dry-run").out
    assert not (district.place / "pages").exists() and district.town.refs() == remote
    assert not list(user_cache_path("mcred").rglob("reading.json"))
    district.build()
    before = {name: sha256(data).hexdigest() for name, data in district.pages().items()}
    assert "Would write 0 of " in district.build("--dry-run").out
    assert {name: sha256(data).hexdigest() for name, data in district.pages().items()} == before


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("id: gone", "id: fine", "network.yaml:6:10: error: the id 'fine' is listed more than once"),
        (
            "forged/wait-time]",
            "hill/wait-time]",
            "network.yaml:8:35: error: no program 'hill' is listed here",
        ),
        ("name: Two", "nmae: Two", "network.yaml:2:1: error: unknown key 'nmae'"),
    ],
)
def test_a_mistake_in_the_file_is_shown_where_it_is(
    district: District, old: str, new: str, said: str
) -> None:
    district.file.write_text(district.file.read_text().replace(old, new))
    assert said in district.build().err
    assert not (district.place / "pages").exists()


def test_an_equivalent_that_no_one_publishes_is_a_warning_with_its_place(district: District) -> None:
    district.file.write_text(district.file.read_text().replace("fine/wait-time", "fine/wait-times"))
    assert (
        "network.yaml:8:19: warning: fine publishes no micro-credential 'wait-times'" in district.build().err
    )


@pytest.mark.parametrize("workers", ["0", "many", "http://x"])
def test_what_is_no_number_of_workers_is_named(district: District, workers: str) -> None:
    assert "neither a number of processes nor" in district.build(workers=workers, expect=2).err


def test_a_folder_with_other_files_is_left_alone(district: District) -> None:
    (district.place / "pages").mkdir()
    (district.place / "pages" / "thesis.txt").write_text("x")
    ran = district.build()
    assert "nothing was written" in ran.err and "network build" in ran.next
    assert list(district.pages()) == ["thesis.txt"]


def test_with_all_programmes_read_it_ends_with_0(district: District) -> None:
    district.file.write_text("".join(district.file.read_text().splitlines(keepends=True)[:4]))
    assert district.build(expect=0).err == ""
