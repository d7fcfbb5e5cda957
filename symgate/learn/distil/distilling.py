"""From a block to formulas: listen, fit, choose."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

from symgate.errors import InputError
from symgate.learn.data import Samples
from symgate.learn.distil.choices import Choice, combined, joint, merged, picked
from symgate.learn.distil.distilled import Distilled
from symgate.learn.distil.hosts import host_of
from symgate.learn.distil.recording import Recording
from symgate.learn.distil.variables import Stated, Variables
from symgate.learn.fit.archive import Candidate
from symgate.learn.fit.defined import box, is_defined
from symgate.learn.fit.found import Found
from symgate.learn.fit.search import Search, fit

ROWS = 2000
#: Of the time: for formulas of all outputs that share terms, where there are several.
_JOINT = 0.3
#: The engine that fits several outputs together.
_SHARING = "basis"


def distil(
    model: Any,
    block: Any,
    data: Any,
    *,
    variables: Mapping[str, Stated] | None = None,
    outputs: Sequence[int] | None = None,
    search: Search | None = None,
    rows: int = ROWS,
    folder: Path | str | None = None,
    progress: Callable[[str], None] = lambda step: None,
) -> Distilled:
    """Formulas for what ``block`` does while ``model`` runs on ``data``.

    ``model``: of torch or Keras, or None where ``block`` is a function of rows (..., inputs).
    ``block``: a module or layer, or its name. Inputs are called x0, x1, … along the last axis; all
    other axes are rows, of which at most ``rows`` are fitted. ``variables``: named functions of the
    inputs that formulas are searched in, as text or as Python functions, which are traced.
    ``outputs``: which ones the formulas are for, all by default; a model can only be switched to
    formulas for all. ``search``: as `symgate.learn.fit` has it, its seconds for all outputs.
    ``folder``: where archives are kept, so that a stopped search goes on.

    Raise `InputError` where the block is not there, or does not work row by row.
    """
    search = search or Search()
    host = host_of(model, block)
    whole = host.record(data)
    recording = whole.sample(rows, search.seed)
    inputs = tuple(f"x{k}" for k in range(recording.inputs.shape[1]))
    stated = Variables.of(variables, inputs)
    kept = _checked_outputs(outputs, recording)
    names = tuple(f"y{k}" for k in kept)
    columns = stated.values(recording.inputs)
    samples = Samples(
        columns, recording.outputs[:, kept], tuple(stated.exprs), names, False, host.name
    )
    choices = _choices(samples, search, _place(folder, stated, samples), progress)
    ranges = box(inputs, whole.inputs)
    return Distilled(host, stated, names, ranges, tuple(choices), picked(choices, None))


def _choices(
    samples: Samples, search: Search, folder: Path | None, progress: Callable[[str], None]
) -> list[Choice]:
    """The front for all outputs: each fitted alone, and, where there are several, all together."""
    count = len(samples.outputs)
    alone = 1.0 if count == 1 else 1 - _JOINT
    single = replace(search, seconds=alone * search.seconds / count)
    fronts = []
    for k, name in enumerate(samples.outputs):
        progress(f"searching for {name}")
        one = replace(samples, y=samples.y[:, [k]], outputs=(name,))
        place = None if folder is None else folder / name
        front = _defined(fit(one, single, place, progress, compiled=False))
        if not front:
            raise InputError(
                f"no formula for {name} was found in {single.seconds:.3g} processor seconds",
                remedy="give the search more seconds, or other engines",
            )
        fronts.append(front)
    found = combined(fronts)
    if count > 1:
        progress("searching for terms that outputs share")
        shared = replace(search, seconds=_JOINT * search.seconds, engines=(_SHARING,))
        place = None if folder is None else folder / "shared"
        found += joint(_defined(fit(samples, shared, place, progress, compiled=False)))
    return merged(found)


def _defined(found: Found) -> list[Candidate]:
    """The candidates that are defined on the whole box of the rows; all where none is."""
    kept = [c for c in found.candidates if is_defined(c.formulas, dict(found.ranges))]
    return kept or list(found.candidates)


def _checked_outputs(outputs: Sequence[int] | None, recording: Recording) -> list[int]:
    count = recording.outputs.shape[1]
    kept = list(range(count)) if outputs is None else list(outputs)
    wrong = [k for k in kept if not 0 <= k < count]
    if wrong or not kept:
        what = f"there is no output {wrong[0]}" if wrong else "no output is named"
        raise InputError(what, expected=f"some of 0 to {count - 1}")
    still = [k for k in kept if recording.outputs[:, k].std() == 0]
    if still:
        raise InputError(
            f"output {still[0]} of the block is always {recording.outputs[0, still[0]]:g}",
            remedy=f"leave it out: outputs={[k for k in kept if k not in still]}",
        )
    return kept


def _place(folder: Path | str | None, stated: Variables, samples: Samples) -> Path | None:
    """A folder for this search alone: other variables or other rows have another one."""
    if folder is None:
        return None
    known = sha256(repr((stated.inputs, stated.texts)).encode())
    known.update(samples.x.tobytes() + samples.y.tobytes())
    return Path(folder) / known.hexdigest()[:16]
