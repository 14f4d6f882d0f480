"""The walls between the layers (ARCHITECTURE: Layers), read from the source itself.

Each rule is a function from modules to breaches, and is shown to find one before it is believed.
"""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import get_args

import pytest

from mcred.cli.verbs import VERBS
from mcred.domain.layout import OWN_PLACES, PORTFOLIOS
from mcred.domain.programme import HostKind
from mcred.hosting.pick import ADAPTERS

PACKAGE = Path(__file__).parents[1] / "mcred"
Modules = Mapping[str, ast.Module]

ALLOWED: Mapping[str, frozenset[str]] = {
    "problems": frozenset(),
    "shipped": frozenset(),
    "retries": frozenset(),
    "domain": frozenset({"problems"}),
    "formats": frozenset({"domain", "problems"}),
    "badges": frozenset({"domain", "problems"}),
    "website": frozenset({"domain", "problems", "retries"}),
    "store": frozenset({"domain", "problems", "retries"}),
    "hosting": frozenset({"store", "domain", "problems"}),
    "app": frozenset(
        {"badges", "website", "formats", "hosting", "store", "domain", "problems", "shipped", "retries"}
    ),
}
"""What each layer may import; `cli` and `__main__` may import all."""
RULES_OF = ("mcred.domain.rules", "mcred.domain.audit", "mcred.domain.stats.overview")
"""What decides. Who writes, draws or carries is given the answer and never asks these."""
GATEWAY = "mcred.store.git"
SEAL = "mcred.store.seal"
"""The one door to age files."""
NETWORK = ("mcred.app.safe_http", "mcred.hosting.client")
"""What strangers name is asked through the first, the programme's own review host through the second."""
POOL = "mcred.app.processes"
"""Starts this very program again, and no other one (decision 15)."""
MAX_LINES = 420


@cache
def walk(tree: ast.Module) -> tuple[ast.AST, ...]:
    """Every node of a module, found once for all rules."""
    return tuple(ast.walk(tree))


def read_package() -> Modules:
    found = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
        name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        found[name] = ast.parse(path.read_text(encoding="utf-8"), str(path))
    return found


MODULES = read_package()


def layer_of(name: str) -> str:
    """`domain` for `mcred.domain.ids`; the empty text for the package itself."""
    return name.split(".")[1] if "." in name else ""


def imports_of(tree: ast.AST, known: Modules) -> Iterator[tuple[str, int, bool]]:
    """Every imported module, the line, and whether it is imported as the module is loaded."""
    lazy = {n for f in walk(tree) if isinstance(f, ast.FunctionDef) for n in ast.walk(f)}
    for node in walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.name, node.lineno, node not in lazy
        elif isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                whole = f"{node.module}.{alias.name}"
                yield (whole if whole in known else node.module), node.lineno, node not in lazy


def dotted(node: ast.AST) -> str:
    """`os.environ` for that expression, the empty text for others."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute) and (base := dotted(node.value)):
        return f"{base}.{node.attr}"
    return ""


def uses_of(tree: ast.AST) -> Iterator[tuple[str, int]]:
    for node in walk(tree):
        if name := dotted(node):
            yield name, getattr(node, "lineno", 0)


def find_wrong_layers(modules: Modules) -> Iterator[str]:
    for name, tree in modules.items():
        here = layer_of(name)
        if here in ("cli", "__main__", ""):
            continue
        for imported, line, _ in imports_of(tree, modules):
            there = layer_of(imported)
            if imported.split(".")[0] == "mcred" and there not in ALLOWED[here] | {here, ""}:
                yield f"{name}:{line} imports {imported}"
            if here not in ("domain", "app") and imported.startswith(RULES_OF):
                yield f"{name}:{line} imports {imported}"


def find_printing(modules: Modules) -> Iterator[str]:
    for name, tree in modules.items():
        if layer_of(name) == "cli":
            continue
        for imported, line, _ in imports_of(tree, modules):
            if imported.split(".")[0] in ("rich", "typer", "click"):
                yield f"{name}:{line} imports {imported}"
        for used, line in uses_of(tree):
            if used in ("print", "input", "sys.stdout", "sys.stderr", "sys.stdin"):
                yield f"{name}:{line} uses {used}"


def find_processes(modules: Modules) -> Iterator[str]:
    for name, tree in modules.items():
        for imported, line, at_once in imports_of(tree, modules):
            top = imported.split(".")[0]
            if top == "multiprocessing" and name == POOL:
                continue
            if top in ("subprocess", "multiprocessing", "pty") and name != GATEWAY:
                yield f"{name}:{line} imports {imported}"
            if top == "git" and (layer_of(name) != "store" or at_once):
                yield f"{name}:{line} imports {imported}"
            if top == "pyrage" and (name != SEAL or at_once):
                yield f"{name}:{line} imports {imported}"
        for used, line in uses_of(tree):
            starts = used in ("os.system", "os.popen", "os.fork") or used.startswith(("os.exec", "os.spawn"))
            if starts and name != GATEWAY:
                yield f"{name}:{line} uses {used}"


def find_network(modules: Modules) -> Iterator[str]:
    for name, tree in modules.items():
        for imported, line, _ in imports_of(tree, modules):
            if name not in NETWORK and imported.startswith(NETWORKING):
                yield f"{name}:{line} imports {imported}"


NETWORKING = ("socket", "ssl", "http.client", "urllib.request", "httpx", "requests", "urllib3", "ftplib")
CLOCKS = ("datetime.now", "datetime.utcnow", "date.today", "datetime.today", "time.time", "time.time_ns")
SURROUNDINGS = ("os.environ", "os.environb", "os.getenv", "os.getcwd", "os.chdir", "Path.cwd", "Path.home")


def find_surroundings(modules: Modules) -> Iterator[str]:
    for name, tree in modules.items():
        if layer_of(name) == "cli":
            continue
        for used, line in uses_of(tree):
            # `os` and `Path` may come with more in front: datetime.datetime.now, pathlib.Path.cwd.
            tail = ".".join(used.split(".")[-2:])
            if tail in CLOCKS or (tail in SURROUNDINGS and (name, tail) != (GATEWAY, "os.environ")):
                yield f"{name}:{line} uses {used}"


def find_cycles(modules: Modules) -> Iterator[str]:
    """Modules that need each other as they are loaded; an import inside a function is no such need."""
    needs = {
        name: {i for i, _, at_once in imports_of(tree, modules) if at_once and i in modules and i != name}
        for name, tree in modules.items()
    }
    done: set[str] = set()

    def walk(name: str, way: tuple[str, ...]) -> Iterator[str]:
        if name in way:
            yield " → ".join((*way[way.index(name) :], name))
        elif name not in done:
            for needed in sorted(needs[name]):
                yield from walk(needed, (*way, name))
            done.add(name)

    for name in modules:
        yield from walk(name, ())


def find_long(modules: Modules) -> Iterator[str]:
    for name, tree in modules.items():
        lines = max((getattr(n, "end_lineno", 0) or 0 for n in walk(tree)), default=0)
        if lines > MAX_LINES and name not in TOLD:
            yield f"{name} has {lines} lines"


def find_crowded(modules: Modules) -> Iterator[str]:
    """Packages of more modules than a reader can look over."""
    packages = {name.rpartition(".")[0] for name in modules}
    rooms = Counter(name.rpartition(".")[0] for name in modules if name not in packages)
    for room, count in rooms.items():
        if count > MAX_MODULES:
            yield f"{room} has {count} modules"


def find_commands(modules: Modules) -> Iterator[str]:
    """Texts of use cases with a command in them: it is a `NextStep`, which each caller shows in their way."""
    verbs = "|".join(sorted({re.escape(verb.name) for verb in VERBS}))
    command = re.compile(rf"\bmcred (?:(?:{verbs})\b|$)")
    for name, tree in modules.items():
        if layer_of(name) != "app" or name in TEXTS:
            continue
        docstrings = {id(n.value) for n in walk(tree) if isinstance(n, ast.Expr)}
        for node in walk(tree):
            if not isinstance(node, ast.Constant) or id(node) in docstrings:
                continue
            if isinstance(node.value, str) and command.search(node.value):
                yield f"{name}:{node.lineno} writes a command: {node.value.strip()[:60]}"


TEXTS = {
    "mcred.app.audit.hook": "the hook is a shell script",
    "mcred.app.awards.export_readme": "the README of an export is read without mcred, in any year",
}
"""Modules with whole texts that hold commands, and why these are no next steps."""

MAX_MODULES = 25


TOLD = frozenset({"mcred.domain.layout"})
"""Longer for a reason that was looked at: every path and every ref is spelled in this one module."""


def find_spelled_places(modules: Modules) -> Iterator[str]:
    """Paths and refs of the record that a module spells itself; docstrings may name them."""
    for name, tree in modules.items():
        if name in SPELLS:
            continue
        told = {node.value for node in walk(tree) if isinstance(node, ast.Expr)}
        for node in walk(tree):
            text = node.value if isinstance(node, ast.Constant) and node not in told else None
            if isinstance(text, str) and (text == PORTFOLIOS or text.startswith(PLACES)):
                yield f"{name}:{getattr(node, 'lineno', 0)} spells {text!r}"


def find_shared_names(modules: Modules) -> Iterator[str]:
    """Public types that are defined in more than one module: a name means one thing."""
    homes: dict[str, list[str]] = defaultdict(list)
    for name, tree in modules.items():
        for defined in public_types(tree):
            homes[defined].append(name)
    for defined, found in sorted(homes.items()):
        if len(found) > 1:
            yield f"{defined} is defined in {', '.join(found)}"


def public_types(tree: ast.AST) -> Iterator[str]:
    """The public classes of a module, and other names that are spelled like one: aliases of types."""
    for node in ast.iter_child_nodes(tree):
        found = [node.name] if isinstance(node, ast.ClassDef) else []
        if isinstance(node, ast.Assign):
            found = [target.id for target in node.targets if isinstance(target, ast.Name)]
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            found = [node.target.id]
        yield from (name for name in found if re.match(r"[A-Z]", name) and not name.isupper())


PLACES = (f"{PORTFOLIOS}/", "credentials/", *(f"{place}/" for place in OWN_PLACES))
SPELLS = frozenset({"mcred.domain.layout", "mcred.domain.award", "mcred.website.addresses"})
"""Says where files and refs live; the other two say where pages stand on the site."""

RULES: Mapping[str, tuple[Callable[[Modules], Iterator[str]], str, tuple[str, ...]]] = {
    "layers": (
        find_wrong_layers,
        "mcred.formats.x",
        (
            "from mcred.store.git import run",
            "from mcred import store",
            "import mcred.cli.app",
            "def f():\n    from mcred.domain.rules.panel import choose_panel",
        ),
    ),
    "printing": (
        find_printing,
        "mcred.website.x",
        ("print('x')", "import rich.table", "import typer", "import sys\nsys.stdout.write('x')", "input()"),
    ),
    "processes": (
        find_processes,
        "mcred.store.x",
        (
            "import subprocess",
            "import git",
            "def f():\n    import pyrage",
            "import os\nos.execvp('a', [])",
            "import os\nos.system('a')",
        ),
    ),
    "network": (
        find_network,
        "mcred.cli.x",
        (
            "import socket",
            "import httpx",
            "from urllib.request import urlopen",
            "def f():\n    import http.client",
        ),
    ),
    "surroundings": (
        find_surroundings,
        "mcred.badges.x",
        (
            "from datetime import datetime\ndatetime.now()",
            "import datetime\ndatetime.datetime.now()",
            "from datetime import date\ndate.today()",
            "import time\ntime.time()",
            "import os\nos.environ['X']",
            "from pathlib import Path\nPath.cwd()",
            "import os\nos.getcwd()",
        ),
    ),
    "cycles": (find_cycles, "mcred.problems", ("from mcred.domain.assessment import Score",)),
    "names": (
        find_shared_names,
        "mcred.website.x",
        (
            "class Written:\n    pass\nclass Written:\n    pass",
            "from typing import Any\nKind = dict[str, Any]\nclass Kind:\n    pass",
        ),
    ),
    "places": (
        find_spelled_places,
        "mcred.domain.audit.x",
        (
            "path = f'portfolios/{person}/profile.yaml'",
            "def f(p):\n    return p.startswith('credentials/')",
            "tips = list_refs(repo, 'refs/heads/submission/')",
            "base = here / 'portfolios'",
        ),
    ),
    "commands": (
        find_commands,
        "mcred.app.x",
        (
            "raise McredError('x', hint='mcred sync')",
            "hint = f'mcred diff {x}   (y)'",
            "def f():\n    'Says `mcred sync`.'\n    return 'nothing (mcred person add) yet'",
            "hint = f'mcred {verb} {x}'",
        ),
    ),
    "length": (find_long, "mcred.website.x", ("\n" * 500 + "x = 1",)),
}


@pytest.mark.parametrize("rule", RULES)
def test_holds(rule: str) -> None:
    find, _, _ = RULES[rule]
    assert not list(find(MODULES))


BREACHES = [(rule, place, source) for rule, (_, place, sources) in RULES.items() for source in sources]


@pytest.mark.parametrize(("rule", "place", "source"), BREACHES)
def test_is_found_when_broken(rule: str, place: str, source: str) -> None:
    others = MODULES if rule == "cycles" else dict.fromkeys(MODULES, ast.parse(""))
    broken = {**others, place: ast.parse(source)}
    assert list(RULES[rule][0](broken))


def test_git_may_be_imported_late_in_the_store_only() -> None:
    late = ast.parse("def f():\n    import git")
    assert not list(find_processes({"mcred.store.x": late}))
    assert list(find_processes({"mcred.website.x": late}))
    pool = ast.parse("import multiprocessing")
    assert not list(find_processes({POOL: pool}))
    assert list(find_processes({"mcred.cli.x": pool}))
    assert list(find_processes({POOL: ast.parse("import subprocess")}))


def test_a_crowded_package_is_found() -> None:
    assert not list(find_crowded(MODULES))
    many = {f"mcred.app.x{n}": ast.parse("") for n in range(MAX_MODULES + 1)}
    assert list(find_crowded({"mcred.app": ast.parse(""), **many}))


def test_use_cases_load_no_terminal() -> None:
    names = sorted(name for name in MODULES if layer_of(name) == "app")
    code = "\n".join(("import sys", *(f"import {name}" for name in names)))
    code += "\nprint(*{n.partition('.')[0] for n in sys.modules} & {'typer', 'rich', 'click'})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert len(names) > 70 and not done.stdout.split()


def test_every_kind_of_review_host_has_a_row() -> None:
    assert {*ADAPTERS, "bare"} == {*get_args(HostKind)}


def test_every_layer_is_known() -> None:
    assert {layer_of(n) for n in MODULES} <= {*ALLOWED, "cli", "__main__", ""}
    assert len(MODULES) > 50


def test_the_places_that_ARCHITECTURE_names_exist() -> None:
    text = (PACKAGE.parent / "ARCHITECTURE.md").read_text("utf-8")
    missing, package = [], ""
    table = text.partition("| I want to change")[2].partition("\n\n")[0]
    for row in table.splitlines()[2:]:
        for place in re.findall(r"`([a-z_/]+)(?:\.[A-Za-z_]+)?`", row.rpartition(" | ")[2]):
            # A bare name stands beside the one before it.
            path = place if "/" in place or not package else f"{package}/{place}"
            package = path.rpartition("/")[0]
            project = PACKAGE.parent
            found = [PACKAGE / path, PACKAGE / f"{path}.py", PACKAGE / place, project / path]
            found += [project / f"{path}.md", project / f"{path}.py"]
            if not any(file.exists() for file in found):
                missing.append(place)
    assert not missing


def test_a_type_of_the_same_name_in_two_modules_is_found() -> None:
    one, two = ast.parse("class Line:\n    pass"), ast.parse("Line = tuple[str, str]")
    assert list(find_shared_names({"mcred.app.x": one, "mcred.store.x": two}))
    private = ast.parse("class _Line:\n    pass\nLINE = 1\nT = TypeVar('T')")
    assert not list(
        find_shared_names({"mcred.app.x": private, "mcred.store.x": private, "mcred.domain.x": one})
    )
