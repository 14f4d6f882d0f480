"""How long the pages take, side by side with Hugo fed the same content.

    python -m bench.site DIR                         1,000 and 10,000 awards, three rounds
    python -m bench.site DIR --sizes 1000 --rounds 5

Programmes that DIR holds already are used again. Hugo gets each page's values as front matter, each file
beside a page (badge, pictures made by us, evidence) as it is, and templates that print the same: it reads no
record, decides nothing and draws nothing. A round runs each build once, in turn, since a machine that does
other work too slows down all; the table has the medians. *One award more* goes from a state of the record to
the next one; Hugo has no such build and makes all of it again.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import statistics
import sys
import tempfile
from pathlib import Path
from typing import Any

import msgspec

from bench.cost import Cost, cost_of
from bench.programme import Size, make_programme
from mcred.app.fetch import latest_main
from mcred.app.pages.inputs import read_inputs, read_portfolios
from mcred.app.pages.pictures import Artist
from mcred.domain.layout import MAIN
from mcred.store.git import Repo, open_repo, run
from mcred.website.badge_views import BadgeView
from mcred.website.evidence import ShownEvidence
from mcred.website.listing.views import HoldersView, MonthView
from mcred.website.pages import make_frame, plan_lists, plan_portfolios
from mcred.website.preview.linked_data import linked_data
from mcred.website.thanks import find_thanks
from mcred.website.views import CredentialView, Page, PortfolioView

LAYOUTS = Path(__file__).with_name("hugo")


def feed_hugo(repo: Repo, place: Path) -> None:
    """A Hugo source of the same pages."""
    ground = read_inputs(repo, latest_main(repo))
    shutil.copytree(LAYOUTS, place / "layouts")
    shutil.copy(place / "layouts" / "cards" / "single.html", place / "layouts" / "index.html")
    shutil.move(place / "layouts" / "config.toml", place / "config.toml")
    catalog, _ = read_portfolios(repo, ground.commit, ground.folders)
    artist = Artist(own={})
    own = plan_portfolios(catalog, ShownEvidence(), artist)
    thanks = find_thanks(catalog, catalog.people)
    frame = make_frame(catalog)
    for page in (*own.pages, *plan_lists(catalog, own.badges, own.stacked, artist, thanks)):
        folder = place / "content" / page.path.removesuffix("index.html").removesuffix(".html")
        matter = _matter(page)
        if matter is None:
            continue
        for copy in page.beside:
            target = place / "content" / copy.path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(copy.content)
        folder.mkdir(parents=True, exist_ok=True)
        matter |= {"title": page.title, "listed": page.listed, "script": page.script, "section": page.section}
        matter |= {"about": page.description, "language": page.language, "document": page.document}
        matter |= {"linked": linked_data(page, frame)}
        (folder / "index.md").write_text(json.dumps(matter) + "\n", "utf-8")


def _matter(page: Page) -> dict[str, Any] | None:
    view = page.data
    if isinstance(view, BadgeView):
        plain = msgspec.to_builtins(view)
        for row in (row for part in plain["parts"] for row in part["rows"]):
            row["meter"] = _meter(row)
        return {"type": "badge", "outputs": ["HTML", "card"], "view": plain}
    if isinstance(view, PortfolioView):
        return {"type": "portfolio", "view": msgspec.to_builtins(view)}
    if isinstance(view, HoldersView):
        return {"type": "cards", "cards": msgspec.to_builtins(view.holders), "text": view.title}
    if isinstance(view, MonthView):
        return {"type": "cards", "cards": msgspec.to_builtins(view.cards), "text": page.title}
    if isinstance(view, CredentialView):
        text = " ".join((view.credential.competency, view.credential.key_method))
        return {"type": "cards", "cards": msgspec.to_builtins(view.holders), "text": text}
    return None


def _meter(row: dict[str, Any]) -> list[str]:
    """The marks of a level, which Hugo's templates would have to count."""
    worst_first = row["scale"][::-1]
    reached = worst_first.index(row["level"])
    return [
        ("on" if n <= reached else "off") + (" bar" if level == row["required"] else "")
        for n, level in enumerate(worst_first)
    ]


def measure(place: Path, awards: int, rounds: int) -> None:
    """A table of one size."""
    source = place / f"programme-{awards}"
    if not (source / ".git" / "packed-refs").is_file():
        make_programme(
            source, Size(awards=awards, commits=awards * 4, people=max(60, awards // 4), public=True)
        )
    repo = open_repo(source)
    newest = latest_main(repo)
    hugo = place / f"hugo-{awards}"
    if not hugo.is_dir():
        feed_hugo(repo, hugo)
    line = run(repo, "log", "--first-parent", "--format=%H %P %s", newest).decode().splitlines()
    after, before = next(words.split()[:2] for words in line if " Award attempt" in words)
    states = (before, after)
    costs: dict[str, list[Cost]] = {}
    made = []
    for _ in range(rounds):
        # New folders: ext4 takes long to make files soon after others were deleted.
        made.append(fresh := Path(tempfile.mkdtemp(prefix="round-", dir=place)))
        ours, theirs = fresh / "ours", fresh / "theirs"
        os.environ["XDG_CACHE_HOME"] = str(fresh / "cache")  # nothing is remembered
        build = [sys.executable, "-m", "mcred", "build", "--out", str(ours)]
        their_build = ["hugo", "--quiet", "--source", str(hugo), "--destination", str(theirs)]
        run(repo, "update-ref", MAIN, states[0])
        costs.setdefault("mcred, all", []).append(cost_of(build, source))
        costs.setdefault("Hugo, all", []).append(cost_of(their_build, source))
        run(repo, "update-ref", MAIN, states[1])
        costs.setdefault("mcred, one award more", []).append(cost_of(build, source))
        costs.setdefault("mcred, nothing new", []).append(cost_of(build, source))
        costs.setdefault("Hugo, all again", []).append(cost_of(their_build, source))
    run(repo, "update-ref", MAIN, newest)
    files = sum(1 for p in ours.rglob("*") if p.is_file())
    print(
        f"\n### {awards} awards, {files} files (Hugo: {sum(1 for p in theirs.rglob('*') if p.is_file())})\n"
    )
    print("| build | time | processors | memory of the largest process | time to Hugo's |")
    print("|---|---|---|---|---|")
    middle = {name: _median(found) for name, found in costs.items()}
    for name, cost in middle.items():
        ratio = cost.wall / middle["Hugo, all" if name.endswith("all") else "Hugo, all again"].wall
        print(f"| {name} | {cost.wall:.2f} s | {cost.cpu:.1f} s | {cost.memory:.0f} MiB | {ratio:.3f} |")
    for folder in made:
        shutil.rmtree(folder)


def _median(costs: list[Cost]) -> Cost:
    return Cost(
        wall=statistics.median(c.wall for c in costs),
        cpu=statistics.median(c.cpu for c in costs),
        memory=statistics.median(c.memory for c in costs),
    )


def main() -> None:
    """Measure, and print a table for each size."""
    parser = argparse.ArgumentParser(description="How long the pages take.")
    parser.add_argument("place", type=Path)
    parser.add_argument("--sizes", nargs="+", type=int, default=[1000, 10_000])
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    if shutil.which("hugo") is None:
        sys.exit("Hugo is not installed: apt-get install hugo")
    load = ", ".join(f"{n:.1f}" for n in os.getloadavg())
    print(f"{os.cpu_count()} cores, Python {platform.python_version()}, load {load}")
    for awards in given.sizes:
        measure(given.place, awards, given.rounds)


if __name__ == "__main__":
    main()
