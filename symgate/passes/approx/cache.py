"""The fronts found before, in memory and in the user's cache folder."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

from symgate import caches, ir
from symgate.files import remove_oldest, replace_file
from symgate.ir.fixed import Builder, run
from symgate.ir.types import FixedType
from symgate.passes.approx.base import Bound, Candidate, Generator, Ints, Spec
from symgate.passes.approx.front import front, nearly_least, pareto
from symgate.passes.approx.generator_settings import PEELING, SAVING
from symgate.passes.approx.order import Ordered, in_order
from symgate.passes.approx.peel import peel
from symgate.passes.approx.saved import Packed, pack, unpack

Front = tuple[Candidate, ...]


@dataclass(frozen=True)
class Fronts:
    """`front` by all ``generators`` with a memory; signed inputs are put in order first.

    A front that was just made goes through the same data as one that is remembered, so both are the
    same designs in the same order.
    """

    generators: Sequence[Generator]
    wide: int = PEELING.wide_bits
    disk_bytes: int = SAVING.disk_bytes
    saving: bool = True  # on disk, too, for what takes long
    smallest: bool = False  # whether only what has the fewest LUTs is looked for
    first: Sequence[Generator] = ()  # quick ones, whose designs the others need to beat then

    def __call__(self, spec: Spec) -> Front:
        memory, key = caches.current(), (self._version, spec.key)
        packed: Packed | None = memory.find(key, None)
        if packed is None:
            packed = self._load(spec) if self.saving else None
            packed = packed or self._save(spec, pack(self.find(spec)))
            memory.keep(key, packed)
        return unpack(packed)

    def find(self, spec: Spec) -> Front:
        """The front of ``spec``, found anew."""
        unsigned = in_order(spec) if spec.signed else spec
        core, wraps = peel(unsigned, self.wide)
        found = self._found(core)
        for wrap in wraps:
            found = tuple(map(wrap, found))
        if spec.signed:
            found = tuple(Ordered(spec.n, candidate) for candidate in found)
        if not all(spec.allows(candidate.values()) for candidate in found):
            raise AssertionError("a reduction leaves its windows")
        return pareto(found)

    def _found(self, spec: Spec) -> Front:
        if not self.smallest:
            return front(spec, self.generators)
        ahead = front(spec, self.first, Bound())
        return front(spec, self.generators, Bound(nearly_least(ahead))) or ahead

    def _load(self, spec: Spec) -> Packed | None:
        """What an earlier run saved, where every candidate is hardware inside the windows."""
        path = self.file(spec)
        try:
            packed = Packed.from_bytes(path.read_bytes())
            sound = all(is_sound(candidate, spec) for candidate in unpack(packed))
            os.utime(path)
        except Exception:  # of another version, broken or not ours: the front is found anew
            return None
        return packed if sound else None

    def _save(self, spec: Spec, packed: Packed) -> Packed:
        if not self.saving:
            return packed
        with suppress(OSError):  # a folder that cannot be written costs time, nothing else
            replace_file(self.file(spec), packed.to_bytes())
            remove_oldest(_folder(), self.disk_bytes)
        return packed

    def file(self, spec: Spec) -> Path:
        """Where the front of ``spec`` is saved."""
        return _folder() / self._version / f"{spec.key}.npz"

    @cached_property
    def _version(self) -> str:
        """A hash of all that decides which candidates are made: code, options and NumPy."""
        digest = hashlib.sha256(repr((*self.generators, self.first, self.smallest, self.wide, np.__version__)).encode())
        for room in (Path(__file__).parent, Path(ir.__file__).parent):
            for source in sorted(room.glob("*.py")):
                digest.update(source.read_bytes())
        return digest.hexdigest()[:16]


def _folder() -> Path:
    home = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return home / "symgate" / "approx"


def is_sound(candidate: Candidate, spec: Spec) -> bool:
    """Whether the values of ``candidate`` are inside the windows at every code, and its hardware
    computes them, which is tried on some codes.
    """
    values = candidate.values()
    if values.shape != spec.lo.shape or not spec.allows(values):
        return False
    codes = np.unique(np.linspace(0, values.size - 1, SAVING.tried_codes).astype(np.int64))
    return np.array_equal(_run(candidate, spec, codes), values[codes])


def _run(candidate: Candidate, spec: Spec, codes: Ints) -> Ints:
    """What the nodes of ``candidate`` give for some bit patterns of the input."""
    builder = Builder()
    builder.output(
        "y", candidate.lower(builder, builder.input("x", FixedType(spec.signed, spec.n, 0)))
    )
    negative = (codes >> (spec.n - 1)) & int(spec.signed)
    raw = codes - (negative << spec.n)
    result: Ints = np.broadcast_to(run(builder.build(), [raw])[0], codes.shape)
    return result
