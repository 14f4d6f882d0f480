"""What `mcred init --host` writes: sound for its host, and every shell step of it run for real."""

from __future__ import annotations

import io
import os
import re
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from msgspec.structs import replace

from mcred import __version__ as mcred_version
from mcred.app.hosting.ci import FOLDER, HOSTS, host_files
from mcred.app.hosting.wheel import Wheel, own_wheel
from mcred.hosting.pick import Ci
from mcred.website.output import MANIFEST
from tests.cli.court import PROJECT, names_on_main, on_main
from tests.cli.town import WAIT, Town, git

NAMES = sorted(HOSTS)
WHEEL = f"{FOLDER}/{own_wheel().name}"
SHIM = """#!/bin/sh
case "$0 $*" in
  *"-m pip install"*|*"/pip install"*) for last; do :; done
    echo "$(sha256sum < "$last") $last" >> "$INSTALLED"; exit 0;;
  *apt-get*) exit 0;;
  *"-m venv"*) for last; do :; done; mkdir -p "$last/bin"
    cp "$0" "$last/bin/pip"; cp "$(dirname "$0")/mcred" "$last/bin/mcred"; exit 0;;
esac
exec {python} "$@"
"""


def host_file(host: Ci) -> bytes:
    """The text that the host reads."""
    return host_files(host)[host.path]


def steps_of(host: str, job: str) -> Iterator[Mapping[str, Any]]:
    """The steps of a job, as GitHub's and Forgejo's files have them; GitLab's lines as one step."""
    found = yaml.safe_load(host_file(HOSTS[host]))
    if host == "gitlab":
        yield {"run": "\n".join(found[job]["script"])}
    else:
        yield from found["jobs"][job]["steps"]


def filled(text: str, values: Mapping[str, str]) -> str:
    """An expression of the host with what it would give."""
    return re.sub(r"\$\{\{ *([a-z_.]+) *\}\}", lambda m: values[m[1]], text)


class Runner:
    """A host's machine: a copy of the programme as its checkout makes it, shims for what installs."""

    def __init__(self, town: Town, place: Path, head: str) -> None:
        self.place, self.programme = place, place / "programme"
        place.mkdir()
        self.shims = place / "shims"
        self.shims.mkdir()
        for name in ("python", "python3", "apt-get"):
            self.script(name, SHIM.format(python=sys.executable))
        self.script("mcred", f'#!/bin/sh\nexec {sys.executable} -P -m mcred "$@"\n')
        git(place, "clone", "--quiet", "--no-checkout", str(town.remote), "programme")
        git(self.programme, "checkout", "--quiet", "--detach", head)
        self.env = {
            **os.environ,
            "PATH": f"{self.shims}:{os.environ['PATH']}",
            "PYTHONPATH": str(PROJECT),
            "INSTALLED": str(place / "installed"),
            "CI_PROJECT_DIR": str(self.programme),
        }

    def script(self, name: str, text: str) -> None:
        """A program that is found before the real one."""
        path = self.shims / name
        path.write_text(text, "utf-8")
        path.chmod(0o755)

    def run(self, host: str, job: str, values: Mapping[str, str]) -> tuple[int, str]:
        """Every shell step of a job until one fails; its exit code and all that was said."""
        said, env = "", dict(self.env)
        env |= {k: str(v) for k, v in (yaml.safe_load(host_file(HOSTS[host])).get("env") or {}).items()}
        env |= {k: str(v) for k, v in (yaml.safe_load(host_file(HOSTS[host])).get("variables") or {}).items()}
        env |= {k: v for k, v in values.items() if k.startswith("CI_")}
        where = self.programme if host == "gitlab" else self.place
        for step in steps_of(host, job):
            if "run" not in step:
                continue
            given = {k: filled(v, values) for k, v in step.get("env", {}).items()}
            done = subprocess.run(
                ["bash", "-e", "-o", "pipefail", "-c", step["run"]],
                cwd=where,
                env={**env, **given},
                capture_output=True,
                text=True,
                check=False,
            )
            said += done.stdout + done.stderr
            if done.returncode:
                return done.returncode, said
        return 0, said


def values_of(town: Town, head: str, branch: str) -> Mapping[str, str]:
    return {
        "github.event.pull_request.base.sha": git(town.remote, "rev-parse", "main").strip(),
        "github.event.pull_request.head.sha": head,
        "github.event.pull_request.head.ref": branch,
        "github.sha": head,
        "CI_COMMIT_SHA": head,
        "CI_MERGE_REQUEST_SOURCE_BRANCH_NAME": branch,
    }


def proposed(town: Town, by: str = "ana") -> tuple[str, str]:
    """Ana's sent work as a request would propose it: its state and its branch."""
    branch = f"submission/{by}/{WAIT}"
    return git(town.remote, "rev-parse", branch).strip(), branch


def tampered(town: Town) -> tuple[str, str]:
    """A request that makes Ana a maintainer."""
    words = ("-c", "user.name=A", "-c", "user.email=a@example.org")
    home = town.place / "forger"
    git(town.place, "clone", "--quiet", str(town.remote), "forger")
    rules = home / "mcred.yaml"
    rules.write_text(rules.read_text("utf-8").replace("[rosa]", "[rosa, ana]", 1), "utf-8")
    git(home, *words, "commit", "--quiet", "-am", "Typo")
    git(home, "push", "--quiet", "origin", "HEAD:refs/heads/typo")
    return git(home, "rev-parse", "HEAD").strip(), "typo"


def installed(runner: Runner) -> list[list[str]]:
    """What pip was asked to install: for each file its digest and its name."""
    lines = (runner.place / "installed").read_text("utf-8").splitlines()
    return [[line.split()[0], Path(line.split()[-1]).name] for line in lines]


@pytest.mark.parametrize("host", NAMES)
def test_a_request_by_the_rules_passes_and_a_forged_one_does_not(sent: Town, host: str) -> None:
    sent.run("rosa", "init", ".", "--host", host)
    head, branch = proposed(sent)
    code, said = Runner(sent, sent.place / "good", head).run(host, "rules", values_of(sent, head, branch))
    assert code == 0, said
    head, branch = tampered(sent)
    code, said = Runner(sent, sent.place / "bad", head).run(host, "rules", values_of(sent, head, branch))
    assert code != 0
    assert "not-signed" in said
    if host == "github":
        assert "::error" in said


@pytest.mark.parametrize("host", NAMES)
def test_only_the_wheel_that_main_holds_is_installed_not_one_that_a_request_brings(
    sent: Town, host: str
) -> None:
    sent.run("rosa", "init", ".", "--host", host)
    forger = sent.place / "forger"
    git(sent.place, "clone", "--quiet", str(sent.remote), "forger")
    (forger / WHEEL).write_bytes(b"another program")
    git(forger, "-c", "user.name=A", "-c", "user.email=a@example.org", "commit", "--quiet", "-am", "Typo")
    git(forger, "push", "--quiet", "origin", "HEAD:refs/heads/typo")
    head = git(forger, "rev-parse", "HEAD").strip()
    runner = Runner(sent, sent.place / "ci", head)
    code, said = runner.run(host, "rules", values_of(sent, head, "typo"))
    assert code != 0 and "not-signed" in said
    assert installed(runner) == [[own_wheel().sha256, own_wheel().name]]


@pytest.mark.parametrize("host", NAMES)
@pytest.mark.parametrize("job", ["rules", "pages"])
def test_a_wheel_of_another_digest_ends_the_job_before_it_is_installed(
    sent: Town, host: str, job: str
) -> None:
    sent.run("rosa", "init", ".", "--host", host)
    forger = sent.place / "forger"
    git(sent.place, "clone", "--quiet", str(sent.remote), "forger")
    (forger / WHEEL).write_bytes(b"another program")
    git(forger, "-c", "user.name=A", "-c", "user.email=a@example.org", "commit", "--quiet", "-am", "Typo")
    git(sent.remote, "config", "core.hooksPath", "/dev/null")  # where no guard runs
    git(forger, "push", "--quiet", "origin", "HEAD:refs/heads/main")
    head = git(forger, "rev-parse", "HEAD").strip()
    runner = Runner(sent, sent.place / "ci", head)
    code, _ = runner.run(host, job, values_of(sent, head, "main"))
    assert code != 0
    assert not (runner.place / "installed").exists()


@pytest.mark.slow
def test_pip_installs_the_wheel_and_it_is_this_program(tmp_path: Path) -> None:
    wheel = own_wheel()
    (tmp_path / wheel.name).write_bytes(wheel.data)
    subprocess.run([sys.executable, "-m", "venv", "env"], cwd=tmp_path, check=True)
    pip = [
        str(tmp_path / "env/bin/pip"),
        "install",
        "--quiet",
        "--no-deps",
        "--no-index",
        "--force-reinstall",
    ]
    subprocess.run([*pip, f"./{wheel.name}"], cwd=tmp_path, check=True)
    asked = "import mcred.shipped as s; print(s.__file__); print(s.shipped('templates'))"
    told = subprocess.run(
        [tmp_path / "env/bin/python", "-c", asked], cwd=tmp_path, capture_output=True, text=True, check=True
    ).stdout.splitlines()
    assert all(line.startswith(str(tmp_path / "env")) for line in told) and told[1].endswith(
        "shipped/templates"
    )
    assert (Path(told[1]) / "site" / "badge.html.j2").is_file()
    needs = subprocess.run(
        [tmp_path / "env/bin/pip", "check"], capture_output=True, text=True, check=False
    ).stdout
    # Nothing but mcred was installed here, so that pip names what its description asks for.
    assert "requires typer, which is not installed" in needs
    assert (tmp_path / "env/bin/mcred").is_file()


@pytest.mark.slow
def test_what_the_wheel_installs_takes_a_teacher_to_a_first_draft(town: Town, tmp_path: Path) -> None:
    wheel = own_wheel()
    (tmp_path / wheel.name).write_bytes(wheel.data)
    subprocess.run([sys.executable, "-m", "venv", "env"], cwd=tmp_path, check=True)
    tools = tmp_path / "env/bin"
    pip = [str(tools / "pip"), "install", "--quiet", "--no-deps", "--no-index", f"./{wheel.name}"]
    subprocess.run(pip, cwd=tmp_path, check=True)
    (site,) = (tmp_path / "env/lib").glob("*/site-packages")
    # The libraries that it needs, as they are here; what comes first on the path stays the installed program.
    (site / "libraries.pth").write_text(f"{Path(yaml.__file__).parents[1]}\n", "utf-8")

    def run(program: str, *words: str, at: Path = tmp_path) -> str:
        env = {**os.environ, "HOME": str(tmp_path), "XDG_CACHE_HOME": str(tmp_path / "cache")}
        env.pop("PYTHONPATH", None)
        line = [str(tools / program), *words]
        done = subprocess.run(line, cwd=at, env=env, capture_output=True, encoding="utf-8", check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def mcred(*words: str, at: Path = tmp_path) -> str:
        return run("mcred", "--no-input", *words, at=at)

    assert run("python", "-c", "import mcred; print(mcred.__file__)").startswith(str(site))
    assert mcred("--version").strip() == f"mcred {mcred_version}"
    mcred("join", str(town.remote), "programme", "--name", "Zoe Ito", "--school", "Bay School")
    mcred("start", WAIT, at=tmp_path / "programme")
    assert (tmp_path / "programme/portfolios/zoe-ito" / WAIT / "submission.yaml").is_file()
    mcred("audit", at=tmp_path / "programme")


def test_the_wheel_has_all_that_comes_with_an_installed_package() -> None:
    told = tomllib.loads((PROJECT / "pyproject.toml").read_text("utf-8"))
    names = zipfile.ZipFile(io.BytesIO(own_wheel().data)).namelist()
    for place in told["tool"]["hatch"]["build"]["targets"]["wheel"]["force-include"].values():
        assert any(name == place or name.startswith(f"{place}/") for name in names), place


BY_NAME = re.compile(
    r"\b(?:pip3?|pipx|uv|uvx|poetry)(?: +[^\s(#]+)* +[\"'`]?mcred(?:[-_]portfolios)?"
    r"(?:\[[^\]]*\])?(?:[=<>~!]=[^\s\"']+)?[\"'`]?(?=$|[\s;,)])"
    r"|(?<![\w.])mcred(?:[-_]portfolios)?(?:\[(?:cluster|report|dev)|==)",
    re.MULTILINE,
)
"""A line that would ask a package registry for mcred by its name."""


@pytest.mark.parametrize(
    "line",
    [
        "pip install mcred",
        "python -m pip install --quiet 'mcred[report]'",
        "uv tool install mcred-portfolios",
        "pipx install mcred==0.1.0",
        "uvx --from mcred mcred join",
        "needs mcred[cluster]",
    ],
)
def test_a_line_that_installs_by_name_is_found(line: str) -> None:
    assert BY_NAME.search(line)


def test_nothing_of_ours_installs_mcred_by_its_name() -> None:
    places = ["mcred", "templates", "credentials", "docs", ".ci", "tools"]
    files = [p for place in places for p in (PROJECT / place).rglob("*") if p.is_file()]
    files += [p for p in PROJECT.iterdir() if p.suffix in {".md", ".toml", ".yaml"} or p.name == "Makefile"]
    texts = {p: p.read_bytes().decode("utf-8", "replace") for p in files if p.suffix != ".pyc"}
    assert len(texts) > 400
    found = {str(p): match[0] for p, text in texts.items() if (match := BY_NAME.search(text))}
    assert found == {}


@pytest.mark.parametrize("host", NAMES)
def test_the_pages_are_built_dotfiles_too(earned: Town, host: str) -> None:
    earned.run("rosa", "init", ".", "--host", host)
    head = git(earned.remote, "rev-parse", "main").strip()
    runner = Runner(earned, earned.place / "ci", head)
    git(runner.programme, "checkout", "--quiet", "main")
    code, said = runner.run(host, "pages", values_of(earned, head, "main"))
    assert code == 0, said
    pages = (runner.programme / "public") if host == "gitlab" else (runner.place / "pages")
    assert (pages / ".nojekyll").is_file() and (pages / "index.html").is_file()
    assert installed(runner) == [[own_wheel().sha256, own_wheel().name]]
    if host != "forgejo":
        return
    names = git(earned.remote, "ls-tree", "-r", "--name-only", "pages").splitlines()
    assert {".nojekyll", "index.html"} <= {*names} and MANIFEST not in names
    first = git(earned.remote, "rev-parse", "pages")
    code, said = runner.run(host, "pages", values_of(earned, head, "main"))
    assert (code, git(earned.remote, "rev-parse", "pages")) == (0, first), said
    assert "Nothing is new." in said


@pytest.mark.parametrize("host", NAMES)
def test_rights_are_least_and_what_it_uses_is_pinned(host: str) -> None:
    text = host_file(HOSTS[host]).decode()
    found = yaml.safe_load(text)
    assert "mcred==" not in text and 'install --quiet "$MCRED' not in text
    assert "pull_request_target" not in text and "secrets." not in text
    for use in re.findall(r"uses: (\S+)", text):
        assert re.search(r"@v\d+\.\d+\.\d+$", use), use
    # What a stranger chooses, such as a branch's name, reaches a shell only as a variable.
    for job in ("rules", "pages"):
        assert all("${{" not in step.get("run", "") for step in steps_of(host, job))
    if host == "github":
        assert found["permissions"] == {}
        assert found["jobs"]["rules"]["permissions"] == {"contents": "read"}
        assert found["jobs"]["pages"]["permissions"] == {
            "contents": "read",
            "pages": "write",
            "id-token": "write",
        }
        checkouts = [s for j in found["jobs"].values() for s in j["steps"] if "checkout" in s.get("uses", "")]
        assert all(s["with"]["persist-credentials"] is False for s in checkouts)
        assert all(s["with"]["path"] == "programme" for s in checkouts)


def test_a_branch_with_a_name_like_a_command_is_only_a_name(sent: Town) -> None:
    head, _ = tampered(sent)
    evil = "x$(touch${IFS}owned)`touch owned`;touch owned"
    runner = Runner(sent, sent.place / "ci", head)
    for host in NAMES:
        code, _ = runner.run(host, "rules", values_of(sent, head, evil))
        assert code != 0
    assert not list(sent.place.rglob("owned"))


@pytest.mark.parametrize("host", NAMES)
def test_what_is_published_is_on_the_pages_after_the_next_night(earned: Town, host: str) -> None:
    earned.run("rosa", "init", ".", "--host", host)
    head = git(earned.remote, "rev-parse", "main").strip()
    runner = Runner(earned, earned.place / "ci", head)
    git(runner.programme, "checkout", "--quiet", "main")
    page = (runner.programme / "public") if host == "gitlab" else (runner.place / "pages")
    page = page / "badges" / "ana" / WAIT / "1" / "index.html"

    def night() -> str:
        git(runner.programme, "fetch", "--quiet", "--prune", "origin", "+refs/heads/*:refs/remotes/origin/*")
        code, said = runner.run(host, "pages", values_of(earned, head, "main"))
        assert code == 0, said
        return page.read_text("utf-8")

    assert "<bdi>plan</bdi>" not in night()
    earned.run("ana", "publish-piece", "lesson-plan", "--yes")
    assert "<bdi>plan</bdi>" in night()
    earned.run("ana", "unpublish", "lesson-plan")
    assert "<bdi>plan</bdi>" not in night()
    assert git(earned.remote, "rev-parse", "main").strip() == head


def test_pages_are_built_each_night() -> None:
    files = host_files(HOSTS["github"])
    nightly = yaml.safe_load(files[".github/workflows/mcred-nightly.yml"])
    rules = yaml.safe_load(files[".github/workflows/mcred.yml"])
    # YAML takes `on` for a yes.
    assert (
        [*nightly[True]] == ["schedule"] and "schedule" not in rules[True] and "workflow_call" in rules[True]
    )
    (job,) = nightly["jobs"].values()
    assert nightly["permissions"] == {} and job["uses"] == "./.github/workflows/mcred.yml"
    assert job["permissions"] == rules["jobs"]["pages"]["permissions"]
    assert len(yaml.safe_load(host_file(HOSTS["forgejo"]))[True]["schedule"]) == 1
    (rule,) = yaml.safe_load(host_file(HOSTS["gitlab"]))["pages"]["rules"]
    assert rule["if"] == '$CI_PIPELINE_SOURCE != "merge_request_event" && $CI_COMMIT_BRANCH == "main"'
    assert "Pipeline schedules" in HOSTS["gitlab"].by_hand


# The verb ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("host", NAMES)
def test_an_existing_programme_gets_it_on_main_and_in_the_folder(town: Town, host: str) -> None:
    path = HOSTS[host].path
    refs = town.refs()
    dry = town.run("rosa", "init", ".", "--host", host, "--dry-run")
    assert "jobs:" in dry.out or "script:" in dry.out
    assert town.refs() == refs
    said = town.run("rosa", "init", ".", "--host", host)
    assert f"{path} was written" in said.out and "Settings" in said.out
    assert on_main(town, path) == host_file(HOSTS[host])
    assert (town.home("rosa") / path).read_bytes() == host_file(HOSTS[host])
    for name, data in host_files(HOSTS[host]).items():
        assert on_main(town, name) == (town.home("rosa") / name).read_bytes() == data
    assert not town.run("rosa", "audit", "--json").json["findings"]
    refs = town.refs()
    assert "already exists" in town.run("rosa", "init", ".", "--host", host).out
    assert town.refs() == refs


def test_a_file_that_someone_changed_is_kept_and_one_of_an_older_version_renewed(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = HOSTS["github"].path
    older = Wheel(name="mcred-0.0.9-py3-none-any.whl", data=b"an older program")
    with monkeypatch.context() as patch:
        patch.setattr("mcred.app.hosting.ci.own_wheel", lambda: older)
        town.run("rosa", "init", ".", "--host", "github")
    assert on_main(town, f"{FOLDER}/{older.name}") == older.data
    town.run("rosa", "init", ".", "--host", "github")
    assert own_wheel().sha256.encode() in on_main(town, path)
    assert list(names_on_main(town, FOLDER)) == [own_wheel().name]
    other = {path: b"name: other\n", WHEEL: own_wheel().data}
    monkeypatch.setattr("mcred.app.hosting.ci.host_files", lambda _: other)
    refused = town.run("rosa", "init", ".", "--host", "github", expect=1)
    assert "already exists with other content" in refused.err and "--dry-run" in refused.next


def test_a_programme_without_the_nightly_file_gets_it(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    nightly = ".github/workflows/mcred-nightly.yml"
    with monkeypatch.context() as patch:
        patch.setitem(HOSTS, "github", replace(HOSTS["github"], nightly=None))
        town.run("rosa", "init", ".", "--host", "github")
        assert not names_on_main(town, nightly)
    town.run("rosa", "init", ".", "--host", "github")
    assert on_main(town, nightly) == host_files(HOSTS["github"])[nightly]


def test_only_maintainers_and_only_hosts_there_are(town: Town) -> None:
    assert "only maintainers" in town.run("ana", "init", ".", "--host", "github", expect=5).err
    refused = town.run("rosa", "init", ".", "--host", "svn", expect=2)
    assert ", ".join(HOSTS) in refused.err and refused.next == "mcred init . --host github"


def test_a_new_programme_begins_with_it(tmp_path: Path) -> None:
    town = Town(place=tmp_path)
    words = ("--name", "New", "--person", "Rosa Diaz", "--id", "rosa", "--school", "Office", "--no-starter")
    town.run("rosa", "init", str(tmp_path / "new"), *words, "--host", "gitlab", at=tmp_path)
    assert (tmp_path / "new" / ".gitlab-ci.yml").read_bytes() == host_file(HOSTS["gitlab"])


# guard, as a check ---------------------------------------------------------------------------------------


def test_guard_takes_base_and_head_and_annotates(sent: Town) -> None:
    head, branch = tampered(sent)
    base = git(sent.remote, "rev-parse", "main").strip()
    words = ("guard", "--base", base, "--head", head)
    ran = sent.run("rosa", *words, "--format", "github", at=sent.remote, expect=1)
    assert all(line.startswith("::error") for line in ran.out.splitlines()) and "not-signed" in ran.out
    found = sent.run("rosa", *words, "--format", "json", at=sent.remote, expect=1).json
    assert (found["schema"], found["taken"]) == ("mcred/guard/1", False)
    good, branch = proposed(sent)
    own = ("guard", "--base", base, "--head", good, "--ref", f"refs/heads/{branch}")
    assert sent.run("rosa", *own, at=sent.remote).out == ""
    other = sent.run("rosa", *own[:-1], f"refs/heads/submission/ben/{WAIT}", at=sent.remote, expect=1)
    assert "not-signed" in other.out or "not-allowed" in other.out
    assert sent.run("rosa", "guard", "--base", base, at=sent.remote, expect=2).next == "mcred guard --help"
    odd = sent.run("rosa", *words, "--format", "xml", at=sent.remote, expect=2)
    assert "--format cannot be" in odd.err
