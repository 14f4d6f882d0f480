"""`serve` builds again when something changed, and the page in the browser learns of it."""

from __future__ import annotations

import http.client
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from mcred.cli.preview_server import ASKED, SCRIPT, add_script, look_at
from tests.cli.test_served_pages import ask, serving
from tests.cli.town import Town

PAGE = b"<head><meta content=\"default-src 'none'; style-src 'self'\"></head><body>x</body>"


def wait_for(asked: Callable[[], bool], seconds: float = 30.0) -> None:
    end = time.monotonic() + seconds
    while not asked():
        assert time.monotonic() < end, "it never came"
        time.sleep(0.2)


def test_a_page_gets_the_script_and_leave_for_it_only_once() -> None:
    page = add_script(PAGE)
    assert page.count(SCRIPT.encode()) == 1 and b"script-src 'self'; connect-src 'self'; style-src" in page
    own = PAGE.replace(b"style-src", b"script-src 'self'; connect-src 'self'; style-src")
    assert add_script(own).count(b"script-src") == 1
    assert add_script(b"no page") == b"no page"


def test_a_look_sees_names_sizes_and_times(tmp_path: Path) -> None:
    seen = [look_at((tmp_path, tmp_path / "gone"))]
    (tmp_path / "a").write_text("1", "utf-8")
    seen.append(look_at((tmp_path, tmp_path / "gone")))
    (tmp_path / "a").write_text("12", "utf-8")
    seen.append(look_at((tmp_path, tmp_path / "gone")))
    (tmp_path / "a").rename(tmp_path / "b")
    seen.append(look_at((tmp_path, tmp_path / "gone")))
    assert len(set(seen)) == 4 and look_at((tmp_path, tmp_path / "gone")) == seen[-1]


def test_what_is_answered_has_the_script_and_the_files_do_not(earned: Town) -> None:
    with serving(earned) as port:
        status, kind, body = ask(port, "/")
        assert (status, kind) == (200, "text/html") and SCRIPT.encode() in body
        assert SCRIPT.encode() in ask(port, "/credentials/")[2]
        assert ask(port, "/credentials")[0] == 301
        assert b"location.reload" in ask(port, SCRIPT)[2]
        assert ask(port, "/style.css")[2].startswith(b"/*")
        assert ask(port, ASKED)[2] == ask(port, f"{ASKED}?x")[2] == b"1"
    assert SCRIPT.encode() not in (earned.home("rosa") / "site" / "index.html").read_bytes()


@pytest.mark.slow
def test_a_new_template_is_shown_and_a_broken_one_keeps_the_pages(earned: Town) -> None:
    looks = earned.home("rosa") / "templates" / "site"
    with serving(earned, quiet=False) as port:
        looks.mkdir(parents=True)
        (looks / "stacks.html.j2").write_text("<p>Our own</p></body>", "utf-8")
        wait_for(lambda: ask(port, ASKED)[2] == b"2")
        assert ask(port, "/stacks/")[2].startswith(b"<p>Our own</p>")
        (looks / "stacks.html.j2").write_text("{% broken", "utf-8")
        time.sleep(2.5)
        assert ask(port, ASKED)[2] == b"2" and ask(port, "/stacks/")[2].startswith(b"<p>Our own</p>")
        (looks / "stacks.html.j2").write_text("<p>Mended</p></body>", "utf-8")
        wait_for(lambda: ask(port, ASKED)[2] == b"3")
        assert ask(port, "/stacks/")[2].startswith(b"<p>Mended</p>")


def test_it_answers_this_computer_only(earned: Town) -> None:
    with serving(earned) as port:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        connection.request("POST", "/")
        assert connection.getresponse().status == 501
        connection.close()
