"""The fronts found before, in memory and in the user's cache folder."""

from __future__ import annotations

import hashlib
import os
import pickle
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from symgate.passes.approx.base import Candidate, Generator, Spec
from symgate.passes.approx.front import front, pareto
from symgate.passes.approx.order import Ordered, ordered
from symgate.passes.approx.peel import WIDE, peel

Front = tuple[Candidate, ...]


@dataclass
class Cache:
    """`front` by all ``generators`` with a memory; signed inputs are put in order first."""

    generators: Sequence[Generator]
    known: dict[str, Front] = field(default_factory=dict)
    wide: int = WIDE  # bits above which tails and low bits are peeled off

    def __call__(self, spec: Spec) -> Front:
        if spec.key not in self.known:
            self.known[spec.key] = self._load(spec) or self._make(spec)
        return self.known[spec.key]

    def _make(self, spec: Spec) -> Front:
        core, wraps = peel(ordered(spec) if spec.signed else spec, self.wide)
        found = front(core, self.generators)
        for wrap in wraps:
            found = tuple(map(wrap, found))
        if spec.signed:
            found = tuple(Ordered(spec.n, c) for c in found)
        if not all(spec.allows(c.values()) for c in found):
            raise AssertionError("a reduction leaves its windows")
        self._save(spec, found)
        return pareto(found)

    def _load(self, spec: Spec) -> Front | None:
        """What an earlier run saved, if it is still inside the windows."""
        try:
            found: Front = pickle.loads(self._file(spec).read_bytes())
            return found if all(spec.allows(c.values()) for c in found) else None
        except Exception:  # a file of another version or a broken one: it is made again
            return None

    def _save(self, spec: Spec, found: Front) -> None:
        with suppress(OSError):  # a folder that cannot be written costs time, nothing else
            target = self._file(spec)
            target.parent.mkdir(parents=True, exist_ok=True)
            with tempfile.NamedTemporaryFile(dir=target.parent, delete=False) as f:
                f.write(pickle.dumps(found))
            Path(f.name).replace(target)

    def _file(self, spec: Spec) -> Path:
        home = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
        return home / "symgate" / "approx" / self._version / spec.key

    @cached_property
    def _version(self) -> str:
        """A hash of the code that makes the candidates, and of its options."""
        sources = sorted(Path(__file__).parent.glob("*.py"))
        text = b"".join(p.read_bytes() for p in sources) + repr(self.generators).encode()
        return hashlib.sha256(text).hexdigest()[:16]
