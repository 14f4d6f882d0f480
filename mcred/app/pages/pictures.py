"""The pictures of badges: a programme's own where it has one, drawn where it has none.

A programme's own picture is published only if `badges/custom_image` accepts it; until then the drawing is
used and the reasons are reported. Each plain picture is made once in a run.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from typing import TYPE_CHECKING

from msgspec import Struct, field

from mcred.badges.bake import Ready, prepare
from mcred.domain.award import PICTURE_PNG, PICTURE_SVG
from mcred.domain.catalog import Definition
from mcred.domain.ids import CredentialId
from mcred.domain.layout import picture_path
from mcred.problems import McredError, Place, Problem
from mcred.store.git import Repo
from mcred.store.snapshot import read_blobs
from mcred.website.pictures import Picture

if TYPE_CHECKING:
    from mcred.badges.default_image import Artwork

Files = Mapping[str, bytes]
"""A picture's files, by the names of its two formats."""


def read_pictures(
    repo: Repo, definitions: Iterable[Definition]
) -> tuple[Mapping[CredentialId, Files], tuple[Problem, ...]]:
    """Read the pictures beside definitions, and why some are not accepted."""
    having = [definition for definition in definitions if definition.pictures]
    if not having:
        return {}, ()
    from mcred.badges.custom_image import MAX_PNG, MAX_SVG, check_png, check_svg

    bounds = {PICTURE_SVG: MAX_SVG, PICTURE_PNG: MAX_PNG}
    checks = {PICTURE_SVG: check_svg, PICTURE_PNG: check_png}
    own: dict[CredentialId, dict[str, bytes]] = {}
    problems: list[Problem] = []
    for definition in having:
        credential = definition.credential.id
        for name, stored in sorted(definition.pictures.items()):
            place = picture_path(credential, name)
            if not 0 < stored.size <= bounds[name]:
                problems.append(_odd_size(place, stored.size, bounds[name]))
                continue
            content, found = checks[name](read_blobs(repo, [stored.blob])[stored.blob], place)
            problems.extend(found)
            if content is not None:
                own.setdefault(credential, {})[name] = content
    return own, tuple(problems)


def _odd_size(place: str, size: int, bound: int) -> Problem:
    if not size:
        return Problem(what="the picture is empty", where=Place(file=place), hint="save it again")
    what = f"the picture has {-(-size // 1024)} kB, more than {bound // 1024} kB"
    return Problem(what=what, where=Place(file=place), hint="save it smaller, or remove it")


def find_lone(definitions: Iterable[Definition]) -> Iterator[Problem]:
    """A warning for each picture that exists as SVG only: a drawing is used where a PNG is needed."""
    for definition in definitions:
        if set(definition.pictures) == {PICTURE_SVG}:
            yield Problem(
                what=f"there is no {PICTURE_PNG} beside it, so a drawing is used where a PNG is needed",
                where=Place(file=picture_path(definition.credential.id, PICTURE_SVG)),
                hint=f"export the picture as {PICTURE_PNG} too, 512 by 512",
                severity="warning",
            )


class Drawn(Struct, frozen=True, kw_only=True):
    """Expensive results, cached from one build to the next."""

    plain: dict[str, Files] = field(default_factory=dict)
    """Drawings by their content."""
    ready: dict[str, Ready] = field(default_factory=dict)
    """Pictures prepared for baking, by the digest of the plain picture."""

    def __len__(self) -> int:
        return len(self.plain) + len(self.ready)

    def add(self, other: Drawn) -> None:
        """Take over what another process drew."""
        self.plain.update(other.plain)
        self.ready.update(other.ready)


class Artist(Struct, kw_only=True):
    """Makes every picture of one build; called as `website.pictures.Draw`."""

    own: Mapping[CredentialId, Files]
    drawn: Drawn = field(default_factory=Drawn)
    made: dict[str, Files] = field(default_factory=dict)
    ready: dict[str, Mapping[str, Ready]] = field(default_factory=dict)
    """The same pictures, prepared for baking."""
    problems: list[Problem] = field(default_factory=list)

    def __call__(self, picture: Picture) -> Files:
        if picture.of not in self.made:
            self.made[picture.of] = self._plain(picture)
        plain = self.made[picture.of]
        return plain if picture.document is None else self._baked(picture, picture.document)

    def prepare(self, picture: Picture) -> None:
        """Make a picture and prepare it for badges before they come."""
        self(picture)
        with suppress(McredError):  # reported where a badge does not get it
            self._ready(picture.of)

    def take_problems(self) -> tuple[Problem, ...]:
        """What could not be made since the last call."""
        found, self.problems = tuple(self.problems), []
        return found

    def _plain(self, picture: Picture) -> Files:
        own = self.own.get(picture.credential, {}) if picture.credential else {}
        if PICTURE_PNG in own and PICTURE_SVG not in own:
            from mcred.badges.custom_image import wrap_png

            own = {**own, PICTURE_SVG: wrap_png(own[PICTURE_PNG], picture.title)}
        return own if len(own) == 2 else {**self._draw(picture), **own}

    def _draw(self, picture: Picture) -> Files:
        key = "\0".join((picture.topic, picture.title, picture.of))
        if key not in self.drawn.plain:
            self.drawn.plain[key] = _draw(picture)
        return self.drawn.plain[key]

    def _ready(self, name: str) -> Mapping[str, Ready]:
        if name not in self.ready:
            self.ready[name] = {form: self._make_ready(plain) for form, plain in self.made[name].items()}
        return self.ready[name]

    def _make_ready(self, plain: bytes) -> Ready:
        key = hashlib.sha256(plain).hexdigest()
        if key not in self.drawn.ready:
            self.drawn.ready[key] = prepare(plain)
        return self.drawn.ready[key]

    def _baked(self, picture: Picture, document: bytes) -> Files:
        try:
            return {form: ready.fill(document) for form, ready in self._ready(picture.of).items()}
        except McredError as error:
            what = f"a badge of {picture.of} gets no picture with it inside: {error.what}"
            self.problems.append(Problem(what=what, hint=error.hint, severity="warning"))
            return {}


def draw_apart(own: Mapping[CredentialId, Files], picture: Picture) -> Drawn:
    """What is expensive about one picture, for the artist of another process."""
    artist = Artist(own=own)
    artist.prepare(picture)
    return artist.drawn


def _draw(picture: Picture) -> Files:
    from mcred.badges.default_image import write_png, write_svg

    art = _artwork(picture)
    return {PICTURE_SVG: write_svg(art), PICTURE_PNG: write_png(art)}


def draw_svg(picture: Picture) -> bytes:
    """A drawing for pages that need no other format."""
    from mcred.badges.default_image import write_svg

    return write_svg(_artwork(picture))


def _artwork(picture: Picture) -> Artwork:
    from mcred.badges.default_image import draw_artwork

    # A stack has a sign of its own: not that of its first topic, which one of its micro-credentials may have.
    topic = picture.topic if picture.credential else picture.title
    try:
        return draw_artwork(topic, picture.title, picture.of)
    except McredError:
        # Words that no picture can hold: the id is short enough.
        return draw_artwork(picture.of, picture.of, picture.of)
