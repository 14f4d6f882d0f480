"""Which addresses are taken, and what the refusals say."""

from __future__ import annotations

from pathlib import Path

import pytest

from mcred.problems import McredError
from mcred.store.address import local_path, parse_address, redact


@pytest.mark.parametrize(
    "url",
    [
        "https://example.org/team/programme.git",
        "https://example.org:8443/p",
        "ssh://git@example.org/p.git",
        "ssh://example.org:2222/p.git",
        "git@example.org:team/p.git",
        "file:///srv/programme.git",
        "/srv/programme.git",
    ],
)
def test_taken_as_it_is(url: str) -> None:
    assert parse_address(f" {url} ", base=None) == url


def test_a_folder_is_the_one_that_git_and_a_shell_would_take(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    assert Path(parse_address("~/our team.git", base=Path("/srv"))) == tmp_path / "our team.git"
    assert local_path("file:///srv/our%20team.git") == Path("/srv/our team.git")
    assert local_path("/srv/100%20.git") == Path("/srv/100%20.git"), "no URL, so nothing stands for a space"


@pytest.mark.parametrize(
    ("url", "fix"),
    [
        ("http://example.org/p", "https://example.org/p"),
        ("http://ana:pw@example.org/p", "https://example.org/p"),
        ("git://example.org/p", "https://example.org/p"),
        ("https://ana:geheim@example.org/p", "https://example.org/p"),
        ("https://ghp_abcdefghijk@example.org/p", "https://example.org/p"),
        ("https://example.org/p?private_token=geheim", "https://example.org/p"),
        ("ssh://ana:geheim@example.org/p", "ssh://ana@example.org/p"),
    ],
)
def test_refused_with_the_fix_and_without_the_secret(url: str, fix: str) -> None:
    with pytest.raises(McredError) as refused:
        parse_address(url, base=None)
    assert fix in str(refused.value.hint)
    for text in (refused.value.what, str(refused.value.hint)):
        assert "geheim" not in text and "ghp_" not in text and "pw@" not in text


@pytest.mark.parametrize(
    "url",
    [
        *("", "-u evil", "--upload-pack=touch x", "ext::sh -c touch% x", "foo::bar", "a\nb"),
        *("https://", "https:///p", "ssh://-oProxyCommand=x/p", "git@-oProxyCommand=x:p", "git@host:-x"),
        *("javascript:alert(1)", "https://[::1/p", "fd::17/x"),
    ],
)
def test_never_reaches_git(url: str) -> None:
    with pytest.raises(McredError) as refused:
        parse_address(url, base=Path("/srv"))
    assert refused.value.hint


def test_relative_folder_is_made_whole() -> None:
    assert parse_address("shared.git", base=Path("/srv/x")) == "/srv/x/shared.git"
    with pytest.raises(McredError):
        parse_address("shared.git", base=None)


@pytest.mark.parametrize(
    "text",
    [
        "fatal: https://ana:geheim@example.org/p not found",
        "https://geheim@example.org",
        "token ghp_geheimgeheimgeheim is wrong",
        "glpat-geheim-geheim_1",
        "github_pat_11geheim_geheim",
        "?private_token=geheim&x=1",
        "Authorization: Basic geheim",
        "password=geheim",
    ],
)
def test_redact(text: str) -> None:
    assert "geheim" not in redact(text)
