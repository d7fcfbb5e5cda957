"""A trained SymbolNet without its framework: expressions, designs, predictions, files. No
TensorFlow here.
"""

from __future__ import annotations

import json
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from symgate.errors import InputError, Where
from symgate.files import replace_file
from symgate.frontend.check import DesignWarning
from symgate.frontend.options import Options, plain_name
from symgate.frontend.readers import pyapi
from symgate.ir.design import Design
from symgate.ir.expr import Expr, Program, variables
from symgate.learn.symbolnet import formulas
from symgate.learn.symbolnet.decisions import Decisions
from symgate.learn.symbolnet.export import program
from symgate.learn.symbolnet.functions import functions
from symgate.learn.symbolnet.journal import Record
from symgate.learn.symbolnet.weights import Layer, Reals, Scale, Weights, run


@dataclass(frozen=True)
class Fitted:
    """What training leaves: weights, the names of features and outputs, and how it went.

    ``ranges``: the lowest and highest value of each feature in the training rows; the design's
    ports cover them. ``result``: error and score of these weights on the training and the validation
    rows. ``decisions``: what the outputs decide on all of them.
    """

    weights: Weights
    features: tuple[str, ...]
    outputs: tuple[str, ...]
    classes: bool
    ranges: Reals  # (features, 2)
    history: tuple[Record, ...] = ()
    sparsity: Mapping[str, float] = field(default_factory=dict)
    missed: tuple[str, ...] = ()
    result: Mapping[str, float] = field(default_factory=dict)
    decisions: Decisions | None = None

    @cached_property
    def program(self) -> Program:
        """The expressions of the outputs in the raw features."""
        return program(self.weights, ports(self.features), output_names(self.outputs))

    @property
    def expressions(self) -> dict[str, Expr]:
        """The expression of each output by its name."""
        return dict(self.program.outputs)

    def predict(self, x: Reals) -> Reals:
        """(n, features) -> (n, outputs) in float64."""
        return run(self.weights, x)

    def complexity(self) -> list[int]:
        """Nodes per output, as SymPy counts them."""
        return [formulas.complexity(e) for _, e in self.program.outputs]

    def used(self) -> list[int]:
        """The features that some output uses, as indices."""
        place = {n: k for k, n in enumerate(self.program.inputs)}
        return sorted(place[n] for n in variables(self.program.roots))

    def design(self, options: Options | None = None, name: str = "symbolnet") -> Design:
        """The design; inputs that no output uses are left out.

        Without other statements each input has 12 bits over its range in the training rows, and
        outputs may be wrong by what `Decisions.errors` says. A `DesignWarning` names outputs whose
        stated error is larger than their spread on the training rows.
        """
        options = self._with_errors(options or Options(bits=12))
        used = self.used()
        if not used:
            raise InputError(
                "every output is a constant: training removed all inputs",
                remedy="lower the targets of sparsity, or train longer",
            )
        ranges = {self.program.inputs[k]: _range(self.ranges[k]) for k in used}
        stated = {n: r for n, r in options.stated_ranges().items() if n != "*"}
        if "*" not in options.stated_ranges() and not options.formats:
            options = _with(options, ranges={**ranges, **stated})
        found = _design(self.expressions, options, plain_name(name))
        self._warn(found)
        return found

    def _with_errors(self, options: Options) -> Options:
        """``options`` with the errors that the decisions allow, where they state no accuracy."""
        if options.states_accuracy:
            return options
        if self.decisions is None:
            return _with(options, relative_error="2^-8")
        errors = [f"{error:.6g}" for error in self.decisions.errors()]
        names = [name for name, _ in self.program.outputs]
        return _with(options, max_error=dict(zip(names, errors, strict=True)))

    def _warn(self, design: Design) -> None:
        names = [name for name, _ in self.program.outputs]
        errors = {n: float(e) for n, e in design.accuracy.max_error.items()}
        if self.decisions is None or set(errors) != set(names):
            return
        for k in self.decisions.empty([errors[n] for n in names]):
            error, spread = errors[names[k]], self.decisions.spread[k]
            warnings.warn(
                f"the error {error:.3g} of output '{names[k]}' is larger than the spread"
                f" {spread:.3g} of its values on the training rows: its certificate decides"
                f" nothing; state a smaller max_error, or none",
                DesignWarning,
                stacklevel=3,
            )

    def save(
        self, folder: Path, options: Options | None = None, name: str = "symbolnet"
    ) -> list[Path]:
        """Write weights, design file, formulas and a summary into ``folder``."""
        from symgate.frontend.design_file import toml

        files = {
            "weights.json": dumps(self),
            "design.toml": toml.dump(self.design(options, name), folder),
            "formulas.tex": formulas.latex(self.program),
            "formulas.py": formulas.python(self.program),
            "summary.json": json.dumps(self.summary(), indent=1) + "\n",
        }
        for file, text in files.items():
            replace_file(folder / file, text)
        return [folder / file for file in files]

    def summary(self) -> dict[str, Any]:
        """The result in numbers."""
        sizes = self.complexity()
        return {
            "classes": self.classes,
            "outputs": list(self.outputs),
            "complexity": sizes,
            "mean_complexity": float(np.mean(sizes)),
            "inputs_used": len(self.used()),
            "sparsity": dict(self.sparsity),
            "missed": list(self.missed),
            **self.result,
            "decisions": None if self.decisions is None else self._decided(),
        }

    def _decided(self) -> dict[str, Any]:
        """The errors that a design has by default, and the rows that they leave undecided."""
        assert self.decisions is not None
        errors = self.decisions.errors()
        return {
            "spread": list(self.decisions.spread),
            "errors": errors,
            "undecided": self.decisions.undecided(errors),
        }


def _design(outputs: Mapping[str, Expr], options: Options, name: str) -> Design:
    """The design; a constant output, of which a relative error says nothing, gets the smallest
    error of the others.
    """
    constant = [name for name, e in outputs.items() if e.closed]
    if options.relative_error is None or not constant:
        return pyapi.design(outputs, options, name=name)
    others = pyapi.design(
        {name: e for name, e in outputs.items() if name not in constant}, options, name=name
    )
    errors = dict(others.accuracy.max_error)
    errors |= dict.fromkeys(constant, min(errors.values()))
    return pyapi.design(outputs, _with(options, relative_error=None, max_error=errors), name=name)


def _with(options: Options, **change: Any) -> Options:
    return replace(options, **change)


def _range(ends: Reals) -> tuple[float, float]:
    lo, hi = float(ends[0]), float(ends[1])
    return (lo, hi) if lo < hi else (lo, lo + 1.0)


def ports(features: Sequence[str]) -> tuple[str, ...]:
    """The features' names as every target language accepts them."""
    return _distinct([plain_name(n) for n in features])


def output_names(outputs: Sequence[str]) -> tuple[str, ...]:
    """The outputs' names as every target language accepts them; classes 0, 1, ... become y0, y1,
    ...
    """
    return _distinct([f"y{n}" if n.isdigit() else plain_name(n) for n in outputs])


def _distinct(names: Sequence[str]) -> tuple[str, ...]:
    out: list[str] = []
    for name in names:
        k, fresh = 1, name
        while fresh in out:
            k, fresh = k + 1, f"{name}_{k + 1}"
        out.append(fresh)
    return tuple(out)


# Files: JSON of plain lists, floats in full


def dumps(fitted: Fitted) -> str:
    """``fitted`` as text that `loads` reads back exactly."""
    w = fitted.weights
    stored = {
        "format": "symgate symbolnet 2",
        "features": fitted.features,
        "outputs": fitted.outputs,
        "classes": fitted.classes,
        "ranges": fitted.ranges.tolist(),
        "inputs": w.inputs.tolist(),
        "mean": w.scale.mean.tolist(),
        "scale": w.scale.scale.tolist(),
        "factor": w.factor.tolist(),
        "shift": w.shift.tolist(),
        "layers": [_layer(layer) for layer in w.layers],
        "sparsity": dict(fitted.sparsity),
        "missed": fitted.missed,
        "result": dict(fitted.result),
        "decisions": None if fitted.decisions is None else asdict(fitted.decisions),
        "history": [asdict(r) for r in fitted.history],
    }
    return json.dumps(stored) + "\n"


def _layer(layer: Layer) -> dict[str, Any]:
    rows, columns = np.nonzero(layer.kernel)
    return {
        "shape": layer.kernel.shape, "rows": rows.tolist(), "columns": columns.tolist(),
        "values": layer.kernel[rows, columns].tolist(), "bias": layer.bias.tolist(),
        "unary": [f.text for f in layer.unary], "binary": [f.text for f in layer.binary],
        "active": layer.active.astype(int).tolist(),
    }  # fmt: skip


def loads(text: str, file: str = "weights.json") -> Fitted:
    """The network in ``text``; raise `InputError` where it is none."""
    try:
        s = json.loads(text)
        if s["format"] != "symgate symbolnet 2":
            raise KeyError("format")
        weights = Weights(
            tuple(_read_layer(layer) for layer in s["layers"]), np.array(s["inputs"], float),
            Scale(np.array(s["mean"], float), np.array(s["scale"], float)),
            np.array(s["factor"], float), np.array(s["shift"], float),
        )  # fmt: skip
        history, decisions = tuple(Record(**r) for r in s["history"]), s["decisions"]
        return Fitted(
            weights, tuple(s["features"]), tuple(s["outputs"]), bool(s["classes"]),
            np.array(s["ranges"], float), history, s["sparsity"], tuple(s["missed"]), s["result"],
            decisions and Decisions(tuple(decisions["spread"]), tuple(decisions["margins"])),
        )  # fmt: skip
    except (ValueError, KeyError, TypeError, IndexError) as e:
        expected = "weights.json of a training"
        raise InputError(
            f"this is no SymbolNet: {e}", where=Where(file), expected=expected
        ) from None


def _read_layer(s: Mapping[str, Any]) -> Layer:
    kernel = np.zeros(s["shape"])
    kernel[s["rows"], s["columns"]] = s["values"]
    unary, binary = functions(s["unary"], 1, "unary"), functions(s["binary"], 2, "binary")
    return Layer(kernel, np.array(s["bias"], float), unary, binary, np.array(s["active"], bool))
