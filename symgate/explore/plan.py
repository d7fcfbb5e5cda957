"""Which designs an exploration has: each candidate at each setting, resolved into a task."""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path

from symgate.errors import SymgateError
from symgate.explore.axes import Setting
from symgate.explore.candidates import Candidate, loaded
from symgate.explore.measure import Task, code
from symgate.frontend.check import DesignWarning
from symgate.frontend.design_file import toml
from symgate.frontend.files import read_text
from symgate.frontend.options import Options
from symgate.ir.design import Design, Input, covering


@dataclass(frozen=True)
class Job:
    """A candidate at a setting; ``task`` is None where there is no such design, for a reason."""

    candidate: Candidate
    setting: Setting
    task: Task | None
    refused: str | None = None


@dataclass(frozen=True)
class Rows:
    """Rows that every point is tried on: a CSV file, and its column of classes or wanted values."""

    path: Path | None = None
    label: str | None = None


def plan(
    candidates: Sequence[Candidate],
    settings: Sequence[Setting],
    options: Options,
    rows: Rows = Rows(),
    patience: float = math.inf,
) -> list[Job]:
    """Every candidate at every setting, in order; ``options`` state what the sources do not."""
    text = None if rows.path is None else read_text(rows.path)
    usual = Task("", patience=patience, rows=text, label=rows.label, code=code())
    return [job for candidate in candidates for job in _jobs(candidate, settings, options, usual)]


def _jobs(
    candidate: Candidate, settings: Sequence[Setting], options: Options, usual: Task
) -> Iterator[Job]:
    widths: dict[int, dict[str, str]] = {}
    for number, setting in enumerate(settings):
        with warnings.catch_warnings():
            if number:  # what is said of a source is said once
                warnings.simplefilter("ignore", DesignWarning)
            design = _design(candidate, setting, options, widths)
        if isinstance(design, SymgateError):
            yield Job(candidate, setting, None, design.what)
            continue
        told = replace(usual, design=toml.dump(design), files=_files(design))
        yield Job(candidate, setting, told)


def _design(
    candidate: Candidate, setting: Setting, options: Options, widths: dict[int, dict[str, str]]
) -> Design | SymgateError:
    """The design of a candidate at a setting; ``widths`` remembers the formats of inputs."""
    stated = replace(
        options, bits=setting.bits or options.bits, clock=setting.clock or options.clock
    )
    if setting.error is not None:
        stated = replace(stated, max_error=[setting.error], relative_error=None)
    if setting.relative_error is not None:
        stated = replace(stated, max_error=(), relative_error=setting.relative_error)
    if setting.bits is not None:
        if setting.bits not in widths:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", DesignWarning)  # what matters is said below
                found = loaded(candidate, stated)
            if isinstance(found, SymgateError):
                return found
            widths[setting.bits] = resized(found, setting.bits)
        stated = replace(stated, bits=None, formats=widths[setting.bits])
    design = loaded(candidate, stated)
    if isinstance(design, SymgateError):
        return design
    objective = setting.objective or design.target.objective
    target = replace(design.target, objective=objective)
    return replace(design, target=target, effort=setting.effort or design.effort)


def resized(design: Design, bits: int) -> dict[str, str]:
    """The format of each input of ``design`` with so many bits over the same range; constants of
    run time keep theirs.
    """
    ports = [port for port in design.inputs if port.name not in design.constants]
    return {port.name: _resized(port, bits) for port in ports}


def _resized(port: Input, bits: int) -> str:
    kind = port.type
    lo, hi = port.stated or (port.lo, port.hi)
    if (port.raw.lo, port.raw.hi) == (kind.lo, kind.hi):  # whole: the new format is whole, too
        lo, hi = kind.lo * kind.ulp, (kind.hi + 1) * kind.ulp
    return str(covering(bits, lo, hi, kind.signed))


def _files(design: Design) -> tuple[tuple[str, str], ...]:
    """The data that a design names, by their content: another content is another point."""
    if design.accuracy.data is None:
        return ()
    path = Path(design.accuracy.data)
    return ((str(path), sha256(read_text(path).encode()).hexdigest()),)
