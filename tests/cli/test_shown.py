"""What an earner publishes: `mcred publish-piece`, `unpublish`, and the pages that everyone builds of it."""

from __future__ import annotations

import io
import json
import struct
import subprocess
import zipfile
from collections.abc import Mapping

import pytest
from PIL import Image
from pypdf import PdfWriter

from tests.cli.keyboard import ask
from tests.cli.test_guard import guarded
from tests.cli.town import PLAN, TALK, WAIT, Town, git
from tests.website.test_traces import box

ANA = f"ana/{WAIT}"
SHOWN = "refs/heads/shown/ana"
PAGE = "badges/ana/wait-time/1/index.html"


def site(town: Town, person: str = "rosa", out: str = "site") -> Mapping[str, bytes]:
    """The pages that a person builds, by path."""
    town.run(person, "build", "--out", str(town.desk(person) / out))
    place = town.desk(person) / out
    return {str(p.relative_to(place)): p.read_bytes() for p in sorted(place.rglob("*")) if p.is_file()}


@pytest.fixture
def kept(earned: Town) -> Town:
    """Ana earned Wait Time, and the remote checks what arrives."""
    return guarded(earned)


def text_of(pages: Mapping[str, bytes]) -> str:
    return "\n".join(f"{path} {data.decode('utf-8', 'replace')}" for path, data in pages.items())


def on_ref(town: Town) -> Mapping[str, bytes]:
    """Every file of Ana's shown ref at the remote."""
    names = git(town.remote, "ls-tree", "-r", "--name-only", SHOWN).split()
    return {
        name: subprocess.check_output(["git", "show", f"{SHOWN}:{name}"], cwd=town.remote) for name in names
    }


class TestPublish:
    def test_without_a_piece_a_terminal_shows_a_numbered_list(self, earned: Town) -> None:
        ran = ask(earned, "ana", "3\n2\ny\n", "publish-piece")
        assert "  1. evidence/plan.md\n  2. evidence/talk.md\n" in ran.err
        assert "Which piece (1 to 2)" in ran.err and "type a number from 1 to 2" in ran.err
        assert "“talk” of ana/wait-time is published" in ran.out

    def test_nothing_is_shown_until_it_is_published_and_then_for_whoever_builds(self, earned: Town) -> None:
        assert "Wait three seconds" not in text_of(site(earned))
        assert "You have not published any evidence for wait-time" in earned.run("ana", "status").out
        assert earned.run("ana", "status").next == f"mcred publish-piece --of {WAIT}"
        ran = earned.run("ana", "publish-piece", "lesson-plan", "--yes")
        assert "“plan” of ana/wait-time is published." in ran.out
        assert earned.run("ana", "status").next == f"mcred share {WAIT}"
        earned.run("ben", "sync")
        for person in ("rosa", "ben"):
            page = site(earned, person)[PAGE].decode()
            assert "<bdi>plan</bdi>" in page and "byte for byte" in page
        assert "Three seconds. Four hands." not in text_of(site(earned))

    def test_two_people_build_the_same_bytes(self, earned: Town) -> None:
        earned.run("ana", "publish-piece", "--all", "--yes")
        earned.run("ben", "sync")
        (earned.home("ben") / ".git" / "mcred" / "reading-key").unlink()
        assert site(earned, "rosa") == site(earned, "ben")

    def test_it_is_done_once(self, earned: Town) -> None:
        earned.run("ana", "publish-piece", "lesson-plan", "--yes")
        before = earned.refs()
        assert "already published" in earned.run("ana", "publish-piece", "evidence/plan.md", "--yes").out
        assert earned.refs() == before

    def test_a_dry_run_changes_nothing(self, earned: Town) -> None:
        before = earned.refs(), earned.refs("ana"), earned.files("ana")
        ran = earned.run("ana", "publish-piece", "--all", "--dry-run")
        assert "Would publish 2 pieces of ana/wait-time" in ran.out
        earned.run("ana", "unpublish", "--page", "--dry-run")
        assert (earned.refs(), earned.refs("ana"), earned.files("ana")) == before

    def test_for_machines(self, earned: Town) -> None:
        found = earned.run("ana", "publish-piece", "--all", "--yes", "--json").json
        assert [piece["item"] for piece in found["changed"]] == ["lesson-plan", "class-video"]
        assert found["pages"] and all(piece["as_assessed"] for piece in found["published"])
        found = earned.run("ana", "unpublish", "class-video", "--json").json
        assert [piece["item"] for piece in found["changed"]] == ["class-video"]
        assert [piece["item"] for piece in found["published"]] == ["lesson-plan"]

    def test_it_is_asked_for_and_said_what_is_missing(self, earned: Town) -> None:
        assert earned.run("ana", "publish-piece", "lesson-plan", expect=2).next.endswith("--yes")
        ran = earned.run("ana", "publish-piece", "--yes", expect=2)
        assert "evidence/plan.md" in ran.said and "--all" in ran.said
        assert "has no piece 'lesson'" in earned.run("ana", "publish-piece", "lesson", "--yes", expect=1).err
        ran = earned.run("ana", "publish-piece", "setting", "--yes", expect=1)
        assert "answers and other files are never published" in ran.err

    def test_only_of_ones_own_award(self, sent: Town) -> None:
        assert "has been assessed yet" in sent.run("ana", "publish-piece", "--all", "--yes", expect=1).err
        sent.assess("ana")
        sent.decide("ana", WAIT, "revise", "--feedback", "Once more.", "--reason", "Too short.")
        sent.run("ana", "sync")
        assert "was not awarded" in sent.run("ana", "publish-piece", "--all", "--yes", expect=1).err
        sent.run("rosa", "publish-piece", "--all", "--of", ANA, "--yes", expect=5)

    def test_a_revoked_award_shows_nothing_and_takes_nothing(self, earned: Town) -> None:
        earned.run("ana", "publish-piece", "--all", "--yes")
        earned.run("rosa", "revoke", ANA, "--reason", "Not hers.", "--yes")
        assert "<bdi>plan</bdi>" not in text_of(site(earned))
        earned.run("ana", "sync")
        assert "was revoked" in earned.run("ana", "publish-piece", "--all", "--yes", expect=1).err

    def test_students_need_consent_that_was_confirmed(self, ready: Town) -> None:
        text = ready.listing("ana").read_text("utf-8")
        seen = text.replace("title: talk\n", "title: talk\n    students: true\n")
        ready.listing("ana").write_text(seen, "utf-8")
        ready.run("ana", "submit", "--attest", "all")
        ready.assess("ana")
        ready.decide("ana")
        ready.run("ana", "sync")
        ready.run("ana", "publish-piece", "class-video", "--yes")
        assert "<bdi>talk</bdi>" in text_of(site(ready))


class TestTakenBack:
    @pytest.mark.parametrize("name", ["lesson-plan", "evidence/plan.md", "plan"])
    def test_it_is_off_the_next_pages_and_off_the_ref(self, kept: Town, name: str) -> None:
        kept.run("ana", "publish-piece", "--all", "--yes")
        kept.run("ben", "sync")
        assert "<bdi>plan</bdi>" in site(kept, "ben")[PAGE].decode()
        kept.run("ana", "unpublish", name)
        # Ben's copy is older; his next build fetches first.
        pages = site(kept, "ben")
        assert "<bdi>plan</bdi>" not in pages[PAGE].decode() and "<bdi>talk</bdi>" in pages[PAGE].decode()
        assert PLAN not in text_of(pages) and TALK in text_of(pages)
        assert PLAN.encode() not in on_ref(kept).values()
        assert git(kept.remote, "rev-list", "--count", SHOWN).strip() == "1"
        assert "None of that is published" in kept.run("ana", "unpublish", "--of", "ben/x", name).out

    def test_without_a_check_there_it_is_off_the_pages_and_that_is_said(self, earned: Town) -> None:
        earned.run("ana", "publish-piece", "--all", "--yes")
        ran = earned.run("ana", "unpublish", "lesson-plan")
        assert "does not allow rewriting" in ran.err
        earned.run("ben", "sync")
        assert "<bdi>plan</bdi>" not in site(earned, "ben")[PAGE].decode()
        assert PLAN.encode() not in on_ref(earned).values()

    def test_the_badge_says_the_same_before_and_after(self, signed: Town) -> None:
        before = git(signed.remote, "rev-parse", "main")
        first = site(signed)["badges/ana/wait-time/1/badge.json"]
        signed.run("ana", "publish-piece", "--all", "--of", WAIT, "--yes")
        second = site(signed)["badges/ana/wait-time/1/badge.json"]
        assert first == second and git(signed.remote, "rev-parse", "main") == before
        assert signed.run("rosa", "audit").code == 0

    def test_a_name_that_is_not_published_lists_what_is(self, kept: Town) -> None:
        ran = kept.run("ana", "unpublish", expect=1)
        assert "nothing of yours is published" in ran.err and ran.next == "mcred publish-piece --all"
        kept.run("ana", "publish-piece", "lesson-plan", "--yes")
        ran = kept.run("ana", "unpublish", "class-video", expect=1)
        assert "what is: lesson-plan" in ran.err and ran.next == "mcred unpublish lesson-plan"
        kept.run("ana", "unpublish", expect=2)
        kept.run("ana", "unpublish", "lesson-plan", "--page", expect=2)

    def test_all_pages_at_once_and_back(self, kept: Town) -> None:
        kept.run("ana", "publish-piece", "--all", "--yes")
        assert "Ana Reyes" in text_of(site(kept))
        kept.run("ana", "unpublish", "--page")
        text = text_of(site(kept))
        assert "Ana Reyes" not in text and "/ana/" not in text
        assert set(on_ref(kept)) == {"shown.json"}
        assert "None of that is published" in kept.run("ana", "unpublish", "--page").out
        assert "you took your pages down" in kept.run("ana", "share").out
        ran = kept.run("ana", "publish-piece", "lesson-plan", "--yes")
        assert "come back with it" in ran.out and "Ana Reyes" in text_of(site(kept))

    def test_another_computer_that_knows_less_does_not_put_it_back(self, kept: Town) -> None:
        kept.run("ana", "publish-piece", "lesson-plan", "--yes")
        other = kept.second_computer("ana")
        kept.run("ana", "unpublish", "lesson-plan")
        kept.run("ana", "publish-piece", "class-video", "--yes", at=other)
        listed = json.loads(git(kept.remote, "show", f"{SHOWN}:shown.json"))
        assert [piece["title"] for piece in listed["pieces"]] == ["talk"]

    def test_what_is_erased_is_off_the_ref_of_its_earner_too(self, kept: Town) -> None:
        kept.run("ana", "publish-piece", "--all", "--yes")
        kept.run("ana", "erase", "lesson-plan", "--reason", "A child can be seen.", "--yes")
        assert PLAN.encode() not in on_ref(kept).values() and TALK.encode() in on_ref(kept).values()
        assert "<bdi>plan</bdi>" not in site(kept)[PAGE].decode()

    def test_what_an_issuer_erased_no_page_shows(self, kept: Town) -> None:
        kept.run("ana", "publish-piece", "--all", "--yes")
        assert PLAN in text_of(site(kept))
        kept.run("rosa", "erase", "lesson-plan", "--of", ANA, "--reason", "A child can be seen.", "--yes")
        pages = site(kept)
        assert "<bdi>plan</bdi>" not in pages[PAGE].decode() and PLAN not in text_of(pages)
        kept.run("ana", "publish-piece", "class-video", "--yes")
        assert "is not published" in kept.run("ana", "unpublish", "lesson-plan", expect=1).err
        kept.run("ana", "unpublish", "class-video")
        assert set(on_ref(kept)) == {"shown.json"}


HIDDEN = "Quixotry Lane 7"


def photo() -> bytes:
    out, hidden = io.BytesIO(), Image.Exif()
    hidden[0x013B] = HIDDEN
    hidden.get_ifd(0x8825).update({1: "N", 2: (52.0, 22.0, 12.0), 3: "W", 4: (4.0, 53.0, 24.0), 29: HIDDEN})
    Image.new("RGB", (40, 30), (200, 10, 10)).save(out, "JPEG", exif=hidden, comment=HIDDEN.encode())
    return out.getvalue()


def paper() -> bytes:
    writer, out = PdfWriter(), io.BytesIO()
    writer.add_blank_page(100, 100)
    writer.add_metadata({"/Author": HIDDEN})
    writer.write(out)
    return out.getvalue()


def word() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as package:
        creator = f"<cp:coreProperties><dc:creator>{HIDDEN}</dc:creator></cp:coreProperties>"
        package.writestr("docProps/core.xml", creator)
        package.writestr("word/document.xml", "<w:document>What I taught.</w:document>")
        package.writestr("word/media/image1.jpeg", photo())
    return out.getvalue()


def film() -> bytes:
    place = HIDDEN.encode()
    words = box(b"udta", box(b"\xa9xyz", struct.pack(">HH", len(place), 0x15C7), place))
    return box(b"ftyp", b"isom\0\0\0\0") + box(b"moov", words) + box(b"mdat", bytes(50))


PLANTED = {"photo.jpg": photo(), "paper.pdf": paper(), "word.docx": word(), "film.mp4": film()}


@pytest.mark.parametrize("name", sorted(PLANTED))
def test_nothing_of_its_maker_is_on_the_ref_or_a_page(town: Town, name: str) -> None:
    desk, data = town.desk("ana"), PLANTED[name]
    assert HIDDEN.encode() in data
    town.hand_in("ana")
    (desk / name).write_bytes(data)
    ran = town.run("ana", "add", str(desk / name), "--for", "lesson-plan", "--keep-metadata")
    assert "also contains hidden information" in ran.err
    town.run("ana", "submit", "--attest", "all")
    town.assess("ana")
    town.decide("ana")
    town.run("ana", "sync")
    ran = town.run("ana", "publish-piece", f"evidence/{name}", "--yes")
    assert "a copy without hidden information" in ran.out
    pages = site(town)
    assert "made by the earner without hidden information" in pages[PAGE].decode()
    (shown,) = (content for path, content in on_ref(town).items() if path.startswith("files/"))
    assert [content for path, content in pages.items() if "/evidence/" in path] == [shown]
    for content in (*on_ref(town).values(), *pages.values()):
        assert HIDDEN.encode() not in content
    assert (town.folder("ana") / "evidence" / name).read_bytes() == data


@pytest.mark.parametrize(
    ("name", "data", "said"),
    [
        ("photo.heic", b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", "of a type that browsers do not show"),
        ("photo.jpg", photo()[:200], "cannot be removed"),
    ],
)
def test_what_cannot_be_shown_or_cleaned_is_not_published(
    town: Town, name: str, data: bytes, said: str
) -> None:
    town.hand_in("ana")
    (town.desk("ana") / name).write_bytes(data)
    ran = town.run("ana", "add", str(town.desk("ana") / name), "--for", "lesson-plan", "--keep-metadata")
    assert ("no page can show it. Add it as a JPEG" in ran.err) is name.endswith("heic")
    town.run("ana", "submit", "--attest", "all")
    town.assess("ana")
    town.decide("ana")
    town.run("ana", "sync")
    assert said in town.run("ana", "publish-piece", f"evidence/{name}", "--yes", expect=1).err
    ran = town.run("ana", "publish-piece", "--all", "--yes")
    assert said in ran.said and "“plan” of ana/wait-time is published" in ran.out
    assert len([path for path in on_ref(town) if path.startswith("files/")]) == 2


def test_an_export_has_what_is_published(earned: Town) -> None:
    earned.run("ana", "publish-piece", "lesson-plan", "--yes")
    earned.run("ben", "sync")
    for person, words in (("ana", ()), ("ben", ("--person", "ana"))):
        place = earned.desk(person) / "badges.zip"
        earned.run(person, "export", "--out", str(place), *words)
        with zipfile.ZipFile(place) as found:
            names = found.namelist()
            (name,) = (n for n in names if n.startswith("published/"))
            assert name == f"published/{WAIT}/1/1-plan.txt" and found.read(name) == PLAN.encode()
            assert ("work/wait-time/1/evidence/talk.md" in names) is (person == "ana")
            assert "published/" in found.read("README.txt").decode()
