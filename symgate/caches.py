"""What is remembered of earlier work, in memory: one object holds all of it, within a limit in bytes.

A function of the compiler whose result depends on its arguments alone is marked with `remembered`.
What it returned is kept in the `Caches` in use, by default one for the whole process, so that what
is held can be counted, limited and dropped in one place. Nothing but time depends on it.
"""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import wraps
from threading import Lock
from types import BuiltinFunctionType, FunctionType, ModuleType
from typing import Any, TypeVar, TypeVarTuple

_Arguments = TypeVarTuple("_Arguments")
_Result = TypeVar("_Result")
_Key = tuple[Hashable, ...]

#: Bytes that the caches of a process hold at most. The SymbolNet tagger of the benchmarks compiles
#: in 28 processor seconds with 128 and with 256 MiB, in 32 with 64, in 33 with 16, in 47 with 8.
LIMIT = 128 << 20
#: What objects of these types refer to exists anyway.
_SHARED = (type, ModuleType, FunctionType, BuiltinFunctionType)
#: Objects of these types refer to nothing.
_PLAIN = frozenset({int, float, str, bytes, bool, type(None)})
_MISSING: Any = object()


@dataclass
class _Generation:
    """Results by the call that made them, and the bytes that they take."""

    results: dict[_Key, Any] = field(default_factory=dict)
    sizes: dict[_Key, int] = field(default_factory=dict)
    held: int = 0

    def add(self, key: _Key, result: Any, size: int) -> None:
        self.results[key], self.sizes[key] = result, size
        self.held += size

    def take(self, key: _Key) -> int:
        """Give up what is kept under ``key``; its size."""
        del self.results[key]
        size = self.sizes.pop(key)
        self.held -= size
        return size


class Caches:
    """Results of `remembered` functions, of at most ``limit`` bytes together.

    They are kept in two generations. New results and those that are asked for again are in the
    young one; where it takes half of the limit, the old one is forgotten and the young one is old.
    So what is used stays, and a result that is found costs little more than a look into a dict.
    """

    def __init__(self, limit: int = LIMIT):
        self.limit = limit
        self._lock = Lock()
        self.drop()

    def drop(self) -> None:
        """Forget everything."""
        self._young, self._old = _Generation(), _Generation()

    @property
    def held(self) -> int:
        """The bytes that are held now, about."""
        return self._young.held + self._old.held

    def find(self, key: _Key, absent: Any) -> Any:
        """What was kept under ``key``, or ``absent``."""
        result = self._young.results.get(key, absent)
        if result is not absent:
            return result
        with self._lock:
            result = self._old.results.get(key, absent)
            if result is not absent:
                self._add(key, result, self._old.take(key))
        return result

    def keep(self, key: _Key, result: Any) -> None:
        """Keep ``result`` for a while, unless it alone takes half of the limit."""
        size = bytes_of((key, result))
        with self._lock:
            if size <= self.limit // 2 and key not in self._young.results:
                self._add(key, result, size)

    def _add(self, key: _Key, result: Any, size: int) -> None:
        if self._young.held + size > self.limit // 2:
            self._young, self._old = _Generation(), self._young
        self._young.add(key, result, size)


_current: ContextVar[Caches] = ContextVar("caches", default=Caches())  # noqa: B039 - shared by all


def current() -> Caches:
    """The caches in use."""
    return _current.get()


@contextmanager
def using(caches: Caches) -> Iterator[Caches]:
    """Work with ``caches`` inside the block, for instance with some of a smaller limit."""
    token = _current.set(caches)
    try:
        yield caches
    finally:
        _current.reset(token)


def remembered(function: Callable[[*_Arguments], _Result]) -> Callable[[*_Arguments], _Result]:
    """``function`` with a memory, for what is a function of hashable arguments and nothing else.

    The result is handed out again as it is, so nobody may change it.
    """

    @wraps(function)
    def call(*arguments: *_Arguments) -> _Result:
        caches = _current.get()
        key = (call, *arguments)
        result = caches.find(key, _MISSING)
        if result is _MISSING:
            result = function(*arguments)
            caches.keep(key, result)
        found: _Result = result
        return found

    return call


def bytes_of(value: object) -> int:
    """About the bytes of ``value`` and of all that it refers to, without code and types."""
    total, seen, waiting = 0, set[int](), [value]
    while waiting:
        item = waiting.pop()
        if id(item) in seen or isinstance(item, _SHARED):
            continue
        seen.add(id(item))
        total += sys.getsizeof(item)
        if type(item) in _PLAIN:
            continue
        waiting.extend(gc.get_referents(item))
        base = getattr(item, "base", None)  # an array that shows another keeps it alive
        if base is not None:
            waiting.append(base)
    return total
