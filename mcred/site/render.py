"""A page's value and a template to bytes; the same value gives the same bytes, always.

Templates come from the folders given, the first that has one wins. They run in a sandbox, escape everything
and may not use a name that is not there. Does not decide what a page shows, and reads nothing else.
"""

from __future__ import annotations

from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, TemplateError, TemplateNotFound
from jinja2.sandbox import ImmutableSandboxedEnvironment
from markupsafe import Markup

from mcred.model.credential import ATTESTATION_TEXTS
from mcred.problems import McredError
from mcred.site.addresses import ABOUT, CATALOGUE, HOME, STACKS, STYLE, relative
from mcred.site.prose import REL, clean_text, direction, host_of, render_prose, safe_language, safe_link
from mcred.site.views import Frame, Page

_MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)


class _Sandbox(ImmutableSandboxedEnvironment):
    """Remembers what it found of each type's attributes: a large site asks half a million times."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._known: dict[tuple[type, str], bool] = {}

    def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:
        # The rules of jinja2's sandbox look at the type alone, but for classes.
        if isinstance(obj, type):
            return super().is_safe_attribute(obj, attr, value)
        key = (type(obj), attr)
        if key not in self._known:
            self._known[key] = super().is_safe_attribute(obj, attr, value)
        return self._known[key]


def open_templates(folders: tuple[Path, ...]) -> Environment:
    """The templates of some folders with our filters, nothing random and nothing from outside."""
    templates = _Sandbox(
        loader=FileSystemLoader([str(f) for f in folders]),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_clean,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        auto_reload=False,
    )
    del templates.globals["lipsum"], templates.filters["random"]
    templates.filters |= {
        "day": _day,
        "direction": direction,
        "host": host_of,
        "language": safe_language,
        "named": _named,
        "prose": _prose,
        "size": _size,
        "web": safe_link,
        "mail": _mail,
    }
    templates.globals |= {
        "addresses": {"home": HOME, "catalogue": CATALOGUE, "stacks": STACKS, "about": ABOUT, "style": STYLE},
        "attestations": ATTESTATION_TEXTS,
        "rel": REL,
    }
    return templates


def render_page(templates: Environment, page: Page, frame: Frame) -> bytes:
    """One page, finished."""
    try:
        html = templates.get_template(page.template).render(
            page=page, view=page.data, frame=frame, link=partial(relative, page.path)
        )
    except TemplateError as error:
        raise McredError(
            f"the template {page.template} cannot make {page.path}: {error.message or type(error).__name__}",
            hint="mend it, or take your own copy away so that the built-in one is used",
        ) from error
    return html.encode()


def read_style(templates: Environment) -> bytes:
    """The style sheet, from the first folder that has one."""
    assert templates.loader is not None  # noqa: S101 -- `open_templates` gives one
    try:
        return templates.loader.get_source(templates, STYLE)[0].encode()
    except TemplateNotFound:
        raise McredError(f"no {STYLE} among the templates", hint="install mcred again") from None


def _clean(value: object) -> object:
    """Every value a template prints passes here, before it is escaped."""
    if isinstance(value, Markup):
        return value
    return clean_text(value) if isinstance(value, str) else value


def _prose(text: str, under: int = 2) -> Markup:
    return Markup(render_prose(text, under))  # noqa: S704 -- cleaned by `render_prose`


def _named(slug: str) -> str:
    """An id as words: `not-yet` → `Not yet`."""
    return slug.replace("-", " ").capitalize()


def _day(day: date) -> str:
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"


def _mail(address: str) -> str:
    return safe_link(f"mailto:{address}", ("mailto",)) if "@" in address and "?" not in address else ""


def _size(count: int) -> str:
    if count < 1000:
        return f"{count} bytes"
    if count < 1_000_000:
        return f"{round(count / 1000)} kB"
    return f"{count / 1_000_000:.1f} MB"
