"""Renders a page's value with a template to bytes; the same value always gives the same bytes.

Templates are looked up in the given folders, in order. They run in a sandbox, escape everything and may not
use an undefined name. Does not decide what a page shows, and reads nothing else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, MutableMapping
from contextlib import suppress
from datetime import UTC, date
from functools import lru_cache, partial
from pathlib import Path
from typing import Any
from urllib.parse import quote

from jinja2 import Environment, FileSystemLoader, StrictUndefined, TemplateError, TemplateNotFound, nodes
from jinja2.compiler import CodeGenerator
from jinja2.compiler import Frame as Scope
from jinja2.environment import TemplateModule
from jinja2.ext import Extension
from jinja2.lexer import (
    TOKEN_DATA,
    TOKEN_LPAREN,
    TOKEN_NAME,
    TOKEN_RPAREN,
    TOKEN_STRING,
    TOKEN_VARIABLE_BEGIN,
    TOKEN_VARIABLE_END,
    Token,
    TokenStream,
)
from jinja2.runtime import Context, Macro
from jinja2.sandbox import ImmutableSandboxedEnvironment
from markupsafe import Markup, escape
from msgspec import Struct

from mcred.problems import McredError
from mcred.website.addresses import (
    ABOUT,
    ASSESSORS,
    CATALOGUE,
    CHECK_SCRIPT,
    EARNED,
    ENDORSED_SCRIPT,
    ENDORSER_KEYS,
    FEED,
    HOME,
    ICON,
    INDEX,
    ISSUER_KEYS,
    NO_LONGER_VALID,
    PEOPLE,
    PROGRAMMES,
    PROOF_SCRIPT,
    SCRIPTS,
    STACKS,
    STYLE,
    UNZIP_SCRIPT,
    VERIFY,
    VERIFY_SCRIPT,
    WITNESS,
    absolute,
    absolute_path,
    links_from,
)
from mcred.website.preview.linked_data import linked_data
from mcred.website.prose import (
    REL,
    Beside,
    clean_text,
    direction,
    host_of,
    render_prose,
    render_with_files,
    safe_language,
    safe_link,
)
from mcred.website.template_cache import Compiled
from mcred.website.translations import SOURCE, Catalogue, Translation
from mcred.website.version_changes import CHANGE_WORDS
from mcred.website.views import Frame, Page

MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)


COLOURS = "colours.css"
"""A programme's own colours: a few lines that follow the built-in style (docs/look.md)."""


class Generator(CodeGenerator):
    """Compiles `{{ … }}` to one call, where jinja2 has one to clean a value and three to escape it."""

    def _output_child_pre(
        self, node: nodes.Expr, frame: Scope, finalize: CodeGenerator._FinalizeInfo
    ) -> None:
        if frame.eval_ctx.volatile or not frame.eval_ctx.autoescape:
            super()._output_child_pre(node, frame, finalize)
        else:
            self.write("environment.printed((")  # the two that are closed behind it


class _Fields(dict[type, frozenset[str]]):
    """The names that templates may ask of our own values, by type; none of others."""

    def __missing__(self, kind: type) -> frozenset[str]:
        names = dir(kind) if issubclass(kind, Struct) else ()
        self[kind] = frozenset(n for n in names if not n.startswith("_") and not callable(getattr(kind, n)))
        return self[kind]


class Here(Struct):
    """The page that is being rendered, for the macros of templates that are imported once for all pages."""

    page: Page | None = None
    frame: Frame | None = None
    link: Callable[[str], str] | None = None


class Templates(ImmutableSandboxedEnvironment):
    """The jinja2 environment: templates of some folders, in one language.

    A large site has millions of values, lookups of a field of our own values, and calls of our own functions.
    Fields and functions of ours skip the sandbox's check; for other types its result is cached.
    """

    words: Translation
    code_generator_class = Generator

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._fields = _Fields()
        self._safe: dict[tuple[type, str], bool] = {}
        self._escaped = lru_cache(maxsize=1024)(lambda text: escape(clean_text(text)))
        self.here = self.globals["here"] = Here()
        self.globals["piece"] = partial(lru_cache(maxsize=4096)(self._piece))

    def printed(self, value: object) -> str:
        """A value as a template prints it: escaped, unless it is HTML."""
        if type(value) is str:
            return self._escaped(value)
        return value if type(value) is Markup else escape(_clean(value))

    def _piece(self, template: str, value: object, language: str) -> Markup:
        """A cached part of many pages: depends on nothing but a value and its language, so not on `here`."""
        html = self.get_template(template).render(value=value, language=language)
        return Markup(html)  # noqa: S704 -- a template's output is escaped

    def make_globals(self, d: MutableMapping[str, Any] | None) -> MutableMapping[str, Any]:
        """All globals of a template as one mapping: read for each page, where a chain of two is slow."""
        return {**self.globals, **(d or {})}

    def getattr(self, obj: Any, attribute: str) -> Any:
        if attribute in self._fields[type(obj)]:
            return getattr(obj, attribute)
        if type(obj) is TemplateModule and attribute in obj.__dict__ and not attribute.startswith("_"):
            return obj.__dict__[attribute]
        return super().getattr(obj, attribute)

    def call(self, context: Context, obj: Any, *args: Any, **kwargs: Any) -> Any:
        # No value of a page is one of these. jinja2 looks at each callable for what it wants to be given.
        kind = type(obj)
        if kind is not partial and kind is not Macro:
            return super().call(context, obj, *args, **kwargs)
        kwargs.pop("_block_vars", None)
        kwargs.pop("_loop_vars", None)
        return obj(*args, **kwargs) if kind is partial else obj(context.eval_ctx, *args, **kwargs)

    def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:
        # The rules of jinja2's sandbox depend on the type alone, except for classes.
        if isinstance(obj, type):
            return super().is_safe_attribute(obj, attr, value)
        key = (type(obj), attr)
        if key not in self._safe:
            self._safe[key] = super().is_safe_attribute(obj, attr, value)
        return self._safe[key]


class Loader(FileSystemLoader):
    """Loads templates from folders, ignoring some files in them."""

    def __init__(self, folders: tuple[Path, ...], unused: frozenset[Path]) -> None:
        super().__init__([str(folder) for folder in folders])
        self.unused = unused

    def get_source(self, environment: Environment, template: str) -> tuple[str, str, Callable[[], bool]]:
        for folder in self.searchpath:
            with suppress(TemplateNotFound):
                found = FileSystemLoader(folder).get_source(environment, template)
                if Path(found[1]) not in self.unused:
                    return found
        raise TemplateNotFound(template)


class Spoken(Extension):
    """Translates `{{ _("text") }}` when a template is compiled, not on each page."""

    _CALL = (TOKEN_VARIABLE_BEGIN, TOKEN_NAME, TOKEN_LPAREN, TOKEN_STRING, TOKEN_RPAREN, TOKEN_VARIABLE_END)

    def filter_stream(self, stream: TokenStream) -> Iterable[Token]:
        held: list[Token] = []
        for token in stream:
            held.append(token)
            if not self._may_become(held):
                yield from held
                held = []
            elif len(held) == len(self._CALL):
                assert isinstance(self.environment, Templates)  # noqa: S101 -- `open_templates` makes no other
                yield Token(held[0].lineno, TOKEN_DATA, str(self.environment.words.say(held[3].value)))
                held = []
        yield from held

    def _may_become(self, held: list[Token]) -> bool:
        last = len(held) - 1
        return held[last].type == self._CALL[last] and (last != 1 or held[last].value == "_")


def open_templates(
    folders: tuple[Path, ...],
    language: str = SOURCE,
    compiled: Path | None = None,
    unused: frozenset[Path] = frozenset(),
) -> Templates:
    """Open the templates of some folders with our filters, and without random or external functions.

    The site's own texts are in `language`, or in its base language, or in English. `compiled`: a folder in
    the user's cache for compiled templates. `unused`: files to ignore.
    """
    templates = Templates(
        loader=Loader(folders, unused),
        extensions=[Spoken],
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_clean,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        auto_reload=False,
    )
    words = templates.words = _read_words(folders, unused, language)
    if compiled is not None:
        templates.bytecode_cache = Compiled(compiled, Path(__file__).read_text("utf-8") + words.told)
    del templates.globals["lipsum"], templates.filters["random"]
    templates.filters |= {
        "absolute": lambda target, site: absolute(site, target),
        "direction": direction,
        "host": host_of,
        "instant": lambda moment: f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}",
        "language": safe_language,
        "named": _named,
        "percent": "{:.0%}".format,
        "prose": _prose,
        "query": lambda text: quote(clean_text(text), safe=""),
        "size": _size,
        "web": safe_link,
        "mail": _mail,
    }
    templates.globals |= {
        "addresses": {
            "home": HOME,
            "catalogue": CATALOGUE,
            "stacks": STACKS,
            "about": ABOUT,
            "assessors": ASSESSORS,
            "people": PEOPLE,
            "earned": EARNED,
            "programmes": PROGRAMMES,
            "feed": FEED,
            "index": INDEX,
            "witness": WITNESS,
            "verify": VERIFY,
            "issuer_keys": ISSUER_KEYS,
            "ended": NO_LONGER_VALID,
            "endorsers": ENDORSER_KEYS,
            "proof": PROOF_SCRIPT,
            "unzip": UNZIP_SCRIPT,
            "endorsed": ENDORSED_SCRIPT,
            "checks": (CHECK_SCRIPT, ENDORSED_SCRIPT, VERIFY_SCRIPT),
            "style": STYLE,
            "icon": ICON,
        },
        "change_words": CHANGE_WORDS,
        "months": MONTHS,
        "linked": partial(linked_data),
        "rel": REL,
        "interface": words.language,
        "_": partial(words.say),
        "ngettext": partial(words.say_number),
        "day": partial(lru_cache(maxsize=4096)(spell_day), words),
        "date": partial(lru_cache(maxsize=4096)(_mark_date), words),
        "tongue": partial(lru_cache(maxsize=256)(_mark_language), words),
    }
    return templates


def render_page(templates: Templates, page: Page, frame: Frame) -> bytes:
    """Render one page."""
    link = partial(absolute_path, frame.site) if page.anywhere else links_from(page.path)
    here = templates.here
    here.page, here.frame, here.link = page, frame, link
    try:
        html = templates.get_template(page.template).render(
            page=page,
            view=page.data,
            frame=frame,
            link=link,
        )
    except TemplateError as error:
        raise McredError(
            f"the template {page.template} cannot make {page.path}: {error.message or type(error).__name__}",
            hint="fix it, or remove your own copy so that the built-in one is used",
        ) from error
    return html.encode()


def _read_words(folders: tuple[Path, ...], unused: frozenset[Path], language: str) -> Translation:
    tag = safe_language(language)
    main = tag.split("-")[0].lower()
    found = {name: tuple(_catalogues(folders, unused, name)) for name in dict.fromkeys((main, tag))}
    catalogues = tuple(one for several in found.values() for one in several)
    spoken = tag if found[tag] else main if found[main] else SOURCE
    return Translation(tag if main == SOURCE else spoken, catalogues)


def _catalogues(folders: tuple[Path, ...], unused: frozenset[Path], name: str) -> Iterator[Catalogue]:
    """The `.po` files of a language, the built-in one first."""
    for folder in reversed(folders):
        file = folder / "locale" / f"{name}.po"
        if file.is_file() and file not in unused:
            try:
                yield Catalogue(str(file), file.read_text(encoding="utf-8"))
            except (UnicodeDecodeError, OSError) as error:
                raise McredError(f"{file} cannot be read", hint="save it as UTF-8") from error


def read_style(templates: Environment) -> bytes:
    """The style sheet from the first folder that has one, followed by a programme's own colours."""
    assert templates.loader is not None  # noqa: S101 -- `open_templates` gives one
    with suppress(TemplateNotFound):
        return _read_asset(templates, STYLE) + templates.loader.get_source(templates, COLOURS)[0].encode()
    return _read_asset(templates, STYLE)


def read_assets(templates: Environment) -> Mapping[str, bytes]:
    """The files that every site has beside its pages: style, scripts, favicon."""
    return {STYLE: read_style(templates), **{name: _read_asset(templates, name) for name in (*SCRIPTS, ICON)}}


def _read_asset(templates: Environment, name: str) -> bytes:
    assert templates.loader is not None  # noqa: S101 -- `open_templates` gives one
    try:
        return templates.loader.get_source(templates, name)[0].encode()
    except TemplateNotFound:
        raise McredError(f"no {name} among the templates", hint="install mcred again") from None


def _clean(value: object) -> object:
    """Called with every value that a template prints, before it is escaped."""
    if isinstance(value, Markup):
        return value
    return clean_text(value) if isinstance(value, str) else value


def _prose(text: str, under: int = 2, beside: Beside | None = None) -> Markup:
    return Markup(render_prose(text, under) if beside is None else render_with_files(text, under, beside))  # noqa: S704 -- cleaned by `render_prose`


def _named(slug: str) -> str:
    """An id as text: `not-yet` → `Not yet`."""
    return slug.replace("-", " ").capitalize()


def spell_day(words: Translation, day: date) -> Markup:
    """A date as text, in the order of the language."""
    month = words.gettext(MONTHS[day.month - 1])
    return words.say("%(month)s %(day)s, %(year)s", day=day.day, month=month, year=day.year)


def _mark_date(words: Translation, day: date) -> Markup:
    """A date as text that programs can read too."""
    return Markup('<time datetime="{}">{}</time>').format(day.isoformat(), spell_day(words, day))


def _mark_language(words: Translation, tag: str) -> Markup:
    """The attributes of text whose language is not the one of the words around it."""
    tag = safe_language(tag)
    return Markup() if tag == words.language else Markup(' lang="{}" dir="{}"').format(tag, direction(tag))


def _mail(address: str) -> str:
    return safe_link(f"mailto:{address}", ("mailto",)) if "@" in address and "?" not in address else ""


def _size(count: int) -> str:
    if count < 1000:
        return f"{count} bytes"
    if count < 1_000_000:
        return f"{round(count / 1000)} kB"
    return f"{count / 1_000_000:.1f} MB"
