"""The script of the tour: a small school, played by running the real verbs for each person in turn.

The tour's programme requires experts only a few times, so that the change to peers is shown. Evidence comes
from the golden examples that are shipped with each definition.
"""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

from msgspec import Struct

from mcred.cli.app import run_line
from mcred.cli.terminal import Terminal
from mcred.domain.assessment import Agreed, Score, Scoring
from mcred.domain.credential import Credential
from mcred.domain.layout import folder_of_person
from mcred.domain.submission import Evidence, Submission
from mcred.formats.decode import decode
from mcred.formats.encode import encode
from mcred.problems import Exit, McredError
from mcred.shipped import shipped

CREDENTIAL = "fractions-number-line"
SECOND = "formative-regrouping"
EXPERTS_FIRST = 4
SCHOOLS = {
    "rosa": ("Rosa Diaz", "District Office"),
    "mei": ("Mei Lin", "University"),
    "tom": ("Tomás Vega", "College of Education"),
    "ana": ("Ana Reyes", "Lincoln Elementary"),
    "ben": ("Ben Okafor", "Harbor Middle School"),
    "cleo": ("Cleo Martin", "Hill Street School"),
    "dev": ("Dev Patel", "Riverside Academy"),
    "eva": ("Eva Novak", "Oak Grove School"),
}
EARNERS = ("ana", "ben", "cleo", "dev")


class Stage(Struct, frozen=True, kw_only=True):
    """The terminal and the folder of the script."""

    edge: Terminal
    place: Path
    work: str = "sealed"
    """Who may read submitted work, as `mcred init --work` takes it."""

    @property
    def remote(self) -> Path:
        """The path of the remote."""
        return self.place / "remote.git"

    def home(self, person: str) -> Path:
        """A person's own clone; the maintainer's is called programme."""
        return self.place / ("programme" if person == "rosa" else f"people/{person}")

    def scene(self, text: str) -> None:
        """Print what happens next, in a sentence."""
        self.edge.show.say()
        self.edge.show.say(text, style="bold cyan")

    def run(self, person: str, *words: str, at: Path | None = None, expect: Exit = Exit.OK) -> None:
        """Run one command of one person, printed as typed, with its full output."""
        shown = " ".join(f'"{w}"' if " " in w else w for w in words)
        self.edge.show.say()
        self.edge.show.say(f"{person} $ mcred {shown}", style="bold")
        own = Terminal(
            at=at or self.home(person),
            show=self.edge.show,
            now=self.edge.now,
            keys=self.place / "keys",
            no_input=True,
        )
        code = run_line(words, own)
        if code is not expect:
            raise McredError(
                f"the tour stopped: that ended with {int(code)}, not with {int(expect)}", hint="mcred tour"
            )


def run_demo(edge: Terminal, place: Path, work: str) -> Path:
    """Run the whole script below `place`, by a rule for who may read submitted work; returns the path of the
    site's first page."""
    stage = Stage(edge=edge, place=place, work=work)
    _found(stage)
    _key(stage)
    _gather(stage)
    _first_submission(stage)
    _experts_judge(stage)
    _peers_judge(stage)
    _another_title(stage)
    stage.scene("The badges become pages that anyone can read. They show only the work that was published.")
    stage.run("rosa", "lint")
    stage.run("rosa", "build", "--out", str(place / "site"))
    stage.scene("Eva checks one of the badges: her copy of the program knows its key.")
    badge = place / "site" / "badges" / "dev" / CREDENTIAL / "1" / "badge.json"
    stage.run("eva", "verify", str(badge), "--identity", "dev")
    return place / "site" / "index.html"


def _found(stage: Stage) -> None:
    readers = {
        "sealed": "Only its assessors and the issuers may read what a teacher submits.",
        "open": "Everyone in the program may read what a teacher submits.",
    }
    stage.scene(
        f"Rosa creates a program. Experts assess the first {EXPERTS_FIRST} submissions, then peers do. "
        f"{readers[stage.work]}"
    )
    stage.run(
        *(
            "rosa",
            "init",
            str(stage.home("rosa")),
            "--name",
            "Lakeside Schools",
            "--programme-id",
            "lakeside",
        ),
        *("--person", SCHOOLS["rosa"][0], "--id", "rosa", "--school", SCHOOLS["rosa"][1]),
        *("--expert-submissions", str(EXPERTS_FIRST), "--work", stage.work),
        *("--remote", str(stage.remote)),
        at=stage.place,
    )


def _key(stage: Stage) -> None:
    stage.scene("Rosa creates the key that will sign the awards, so that other software can verify them.")
    stage.run("rosa", "key", "new")


def _gather(stage: Stage) -> None:
    stage.scene("Two experts and five teachers join; Rosa confirms them.")
    for person, (name, school) in SCHOOLS.items():
        if person == "rosa":
            continue
        stage.home(person).parent.mkdir(parents=True, exist_ok=True)
        words = ("join", str(stage.remote), str(stage.home(person)))
        who = ("--name", name, "--id", person, "--school", school, "--publish", "public")
        stage.run(person, *words, *who, at=stage.place)
    for person in SCHOOLS:
        if person in ("mei", "tom"):
            stage.run("rosa", "person", "add", person, "--role", "expert")
        elif person != "rosa":
            stage.run("rosa", "person", "add", person)
    stage.run("rosa", "person", "list")


def _first_submission(stage: Stage) -> None:
    stage.scene("Ana picks a micro-credential and starts. mcred tells her right away what is missing.")
    stage.run("ana", "browse")
    stage.run("ana", "start", CREDENTIAL)
    stage.run("ana", "check", CREDENTIAL, expect=Exit.REFUSED)
    stage.run("ana", "submit", CREDENTIAL, "--attest", "all", expect=Exit.REFUSED)
    stage.scene("Over a few weeks she writes her answers and adds evidence from her class.")
    hand_in(stage, "ana", CREDENTIAL, "revise")
    stage.run("ana", "check", CREDENTIAL)
    stage.run("ana", "submit", CREDENTIAL, "--attest", "all")
    stage.run("ana", "status")

    _ben_looks(stage)
    stage.scene("The expert who was chosen looks at the work and scores it against the rubric.")
    assess_as_agreed(stage, "ana", CREDENTIAL, "revise")
    stage.scene(
        "Rosa sees the levels side by side. Two criteria are not met yet, so she returns it with feedback."
    )
    stage.run("rosa", "reconcile", f"ana/{CREDENTIAL}")
    stage.run(
        *("rosa", "reconcile", f"ana/{CREDENTIAL}", "--revise", "--yes"),
        *("--feedback", "A strong start. Two criteria are close; the remarks say what is missing."),
    )

    stage.scene("Ana reads the feedback, revises, and resubmits.")
    stage.run("ana", "status")
    stage.run("ana", "sync")
    stage.run("ana", "feedback")
    improve(stage, "ana", CREDENTIAL)
    stage.run("ana", "save")
    stage.run(
        *("ana", "submit", CREDENTIAL, "--attest", "all"),
        *("--note", "I rewrote the parts the feedback named and added what was missing."),
    )
    assess_as_agreed(stage, "ana", CREDENTIAL, "proficient")
    stage.run("rosa", "reconcile", f"ana/{CREDENTIAL}", "--award", "--yes", "--feedback", "Well earned.")
    stage.run("ana", "status")
    stage.scene("She publishes only what shows no student; nothing else of her work is on any page.")
    publish_pieces(stage, "ana", CREDENTIAL)


def _ben_looks(stage: Stage) -> None:
    """Someone who has no part in a submission tries to read it."""
    words = ("view", f"ana/{CREDENTIAL}", "--no-open")
    if stage.work == "sealed":
        stage.scene("Ben has no part in Ana's submission. It is sealed, and he cannot open it.")
        stage.run("ben", *words, expect=Exit.NOT_ALLOWED)
    else:
        stage.scene("Ben has no part in Ana's submission. In this program, he may still read it.")
        stage.run("ben", *words)


def _experts_judge(stage: Stage) -> None:
    stage.scene("Ben and Cleo follow; experts still assess.")
    for earner in ("ben", "cleo"):
        earn(stage, earner, CREDENTIAL)


def _peers_judge(stage: Stage) -> None:
    stage.scene(
        f"{EXPERTS_FIRST} submissions have been assessed: from now on, three teachers who earned it assess. "
        "Dev's panel is Ana, Ben, and Cleo."
    )
    submit(stage, "dev", CREDENTIAL)
    stage.run("rosa", "queue", "--why", f"dev/{CREDENTIAL}")
    assess_as_agreed(stage, "dev", CREDENTIAL, "proficient")
    stage.run("rosa", "reconcile", f"dev/{CREDENTIAL}", "--award", "--yes")


def _another_title(stage: Stage) -> None:
    stage.scene("Ana goes on to a second micro-credential. It is new, so an expert assesses it.")
    earn(stage, "ana", SECOND)
    stage.scene("Eva has started one of her own. Her draft is saved and sealed, so only she can read it.")
    stage.run("eva", "start", SECOND)
    stage.run("eva", "status")


def earn(stage: Stage, earner: str, credential: str) -> None:
    """Run everything from start to award with the example that passes."""
    submit(stage, earner, credential)
    assess_as_agreed(stage, earner, credential, "proficient")
    stage.run("rosa", "reconcile", f"{earner}/{credential}", "--award", "--yes")


def submit(stage: Stage, earner: str, credential: str) -> None:
    """Start, hand in the example that passes, submit."""
    stage.run(earner, "sync")
    stage.run(earner, "start", credential)
    hand_in(stage, earner, credential, "proficient")
    stage.run(earner, "submit", credential, "--attest", "all")


def example(credential: str, name: str) -> Path:
    """A golden example's folder."""
    return shipped("credentials") / credential / "examples" / name


def _listing(credential: str, name: str) -> Submission:
    path = example(credential, name) / "submission.yaml"
    listed, problems = decode(path.read_bytes(), Submission, str(path))
    if listed is None:
        raise McredError(f"{path} cannot be read", problems=problems, hint="mcred lint")
    return listed


def hand_in(stage: Stage, earner: str, credential: str, name: str) -> None:
    """Write the example's answers into the started files, and add its evidence by command."""
    folder = stage.home(earner) / folder_of_person(earner) / credential
    for answers in sorted(example(credential, name).glob("*.md")):
        shutil.copyfile(answers, folder / answers.name)
    for piece in _listing(credential, name).evidence:
        source = str(example(credential, name) / piece.file) if piece.file else piece.url
        words = [
            "add",
            source,
            "--for",
            piece.item,
            "--type",
            piece.type,
            "--title",
            piece.title,
            "--in",
            credential,
        ]
        if piece.about:
            words += ["--about", piece.about]
        words += ["--students"] if piece.students else []
        stage.run(earner, *words)


def publish_pieces(stage: Stage, earner: str, credential: str) -> None:
    """Publish what the example that passes shows of no student."""
    stage.run(earner, "sync")
    names = [p.file or p.item for p in to_publish(credential)]
    stage.run(earner, "publish-piece", *names, "--of", credential, "--yes")


def to_publish(credential: str) -> tuple[Evidence, ...]:
    """The pieces of the example that passes in which no student can be seen, heard or named."""
    return tuple(piece for piece in _listing(credential, "proficient").evidence if not piece.students)


def improve(stage: Stage, earner: str, credential: str) -> None:
    """Replace the content of the weaker example by that of the better one."""
    folder = stage.home(earner) / folder_of_person(earner) / credential
    better = example(credential, "proficient")
    for answers in sorted(better.glob("*.md")):
        shutil.copyfile(answers, folder / answers.name)
    shutil.copytree(better / "evidence", folder / "evidence", dirs_exist_ok=True)
    # Her list as she would edit it: the better example's evidence, her attempt's other lines kept.
    path = folder / "submission.yaml"
    mine, _ = decode(path.read_bytes(), Submission, str(path))
    if mine is None:
        raise McredError(f"{path} cannot be read", hint="mcred check")
    listed = _listing(credential, "proficient").evidence
    kept = {e.file for e in listed}
    for old in sorted(p for p in (folder / "evidence").iterdir() if f"evidence/{p.name}" not in kept):
        old.unlink()
    from mcred.formats.edit import set_value

    path.write_bytes(set_value(path.read_bytes(), "evidence", listed, str(path)))


def assess_as_agreed(stage: Stage, earner: str, credential: str, name: str) -> None:
    """Every assessor scores as the example's agreed scores."""
    from mcred.app.workspace import open_workspace
    from mcred.domain.ids import CredentialId, PersonId, SubmissionId

    submission = SubmissionId(PersonId(earner), CredentialId(credential))
    ws = open_workspace(
        Terminal(at=stage.home("rosa"), show=stage.edge.show, now=stage.edge.now, no_input=True)
    )
    standing = ws.standing(submission)
    carried = standing.request.carried if standing.request else ()
    definition = ws.known(credential)
    for person in standing.missing:
        scores = stage.home(person) / "scores.yaml"
        scores.write_bytes(encode(_scoring(credential, name, carried, definition)))
        stage.run(person, "queue")
        stage.run(person, "view", str(submission), "--no-open")
        stage.run(person, "assess", str(submission), "--from", "scores.yaml", "--yes")
        scores.unlink()


def _scoring(credential: str, name: str, carried: Sequence[str], definition: Credential) -> Scoring:
    path = example(credential, name) / "agreed.yaml"
    agreed, problems = decode(path.read_bytes(), Agreed, str(path))
    if agreed is None:
        raise McredError(f"{path} cannot be read", problems=problems, hint="mcred lint")
    scores: tuple[Score, ...] = tuple(s for s in agreed.scores if s.criterion not in carried)
    return Scoring(
        format=2, scores=scores, summary=f"Scored against {definition.title} {definition.version}."
    )
