"""Mappings and sets that are read on demand, each value once."""

from __future__ import annotations

from collections.abc import Callable, ItemsView, Iterable, Iterator, Mapping, Set, ValuesView
from typing import TypeVar

K = TypeVar("K")
V = TypeVar("V")


class LazySet(Set[K]):
    """A set that is read when it is first asked for."""

    def __init__(self, read_all: Callable[[], Set[K]]) -> None:
        self._read_all = read_all
        self._found: Set[K] | None = None

    def _all(self) -> Set[K]:
        if self._found is None:
            self._found = self._read_all()
        return self._found

    def __contains__(self, key: object) -> bool:
        return key in self._all()

    def __iter__(self) -> Iterator[K]:
        return iter(self._all())

    def __len__(self) -> int:
        return len(self._all())


class LazyMapping(Mapping[K, V]):
    """`read` returns the value of a key, None for a key without one; `read_all` returns all of them.

    `keys`: those with a value, where they are known without reading the values.
    """

    def __init__(
        self,
        read: Callable[[K], V | None],
        read_all: Callable[[], Mapping[K, V]],
        keys: Callable[[], Iterable[K]] | None = None,
    ) -> None:
        self._read, self._read_all, self._list_keys = read, read_all, keys
        self._known: dict[K, V | None] = {}
        self._names: tuple[K, ...] | None = None
        self._is_whole = False

    def __getitem__(self, key: K) -> V:
        if key not in self._known:
            self._known[key] = None if self._is_whole else self._read(key)
        value = self._known[key]
        if value is None:
            raise KeyError(key)
        return value

    def __iter__(self) -> Iterator[K]:
        if self._names is None:
            self._names = tuple(self._list_keys() if self._list_keys else self._whole())
        return iter(self._names)

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def values(self) -> ValuesView[V]:
        """All values, read together."""
        self._whole()
        return super().values()

    def items(self) -> ItemsView[K, V]:
        """All keys with their values, read together."""
        self._whole()
        return super().items()

    def _whole(self) -> Mapping[K, V]:
        """Read everything; values that were handed out already stay the same objects."""
        if not self._is_whole:
            found = self._read_all()
            self._known = {**found, **{key: value for key, value in self._known.items() if value is not None}}
            self._is_whole, self._names = True, tuple(found)
        return {key: value for key, value in self._known.items() if value is not None}
