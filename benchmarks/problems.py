"""The designs to compile: published expressions with stated input formats and accuracies, and the
data behind them.
"""

from __future__ import annotations

import csv
import json
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any

import numpy as np
from common import ROOT, SHARED, Reals

from symgate.frontend.language.infix import parse
from symgate.ir.design import Accuracy, Design, Input, Target
from symgate.ir.expr import Expr, variables
from symgate.ir.types import FixedType

FORMULA = "sin(1.2*a - 0.3*b) + 0.5*exp(-c^2)*d"  # four inputs between -4 and 4, to within 2^-6
JETS_FORMAT = "fixed<11,4>"
#: The largest error of the PySR tagger over the box, per output, and what the first lowering for
#: da4ml made on N(0,1) samples. z is asked for more than its .117 over the box, so that its error
#: on N(0,1) samples is no larger either.
SINCOS_BOUND = {"g": ".049", "q": ".037", "t": ".030", "w": ".146", "z": ".068"}
SINCOS_NORMAL = {"g": ".0488", "q": ".0258", "t": ".0211", "w": ".0573", "z": ".0359"}


@dataclass(frozen=True)
class Problem:
    """A design, and per output the largest error that a tool may show on N(0, 1) samples (None: as
    over the box).
    """

    design: Design
    on_normal: Mapping[str, float] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The name of the design."""
        return self.design.name

    @property
    def box_limits(self) -> list[float]:
        """Per output, the largest error over the box of inputs."""
        return [float(self.design.accuracy.max_error[n]) for n, _ in self.design.outputs]

    @property
    def normal_limits(self) -> list[float]:
        """Per output, the largest error on N(0, 1) samples."""
        pairs = zip(self.design.outputs, self.box_limits, strict=True)
        return [min(limit, self.on_normal.get(name, limit)) for (name, _), limit in pairs]

    def on(self, **target: Any) -> Problem:
        """The same with other fields of the target."""
        return replace(
            self, design=replace(self.design, target=replace(self.design.target, **target))
        )


def design(
    name: str,
    exprs: Mapping[str, Expr],
    port: str,
    errors: Mapping[str, str],
    names: Sequence[str] | None = None,
) -> Design:
    """A design whose inputs (``names``, or the variables used) all have the format ``port``;
    ``errors`` per output.
    """
    type = FixedType.parse(port)
    used = variables(exprs.values()) if names is None else names
    inputs = tuple(Input.of(v, type) for v in sorted(used, key=lambda v: (len(v), v)))
    accuracy = Accuracy(max_error={n: Fraction(e) for n, e in errors.items()})
    return Design(name, inputs, tuple(exprs.items()), accuracy, Target(clock_ns=5.0))


def tagger(name: str) -> Problem:
    """A jet tagger, "sincos" (PySR, five outputs), "polynomial" (PySR) or "symbolnet"; or the small
    "formula".
    """
    if name == "formula":
        return Problem(
            design("formula", {"y": parse(FORMULA, None)}, "fixed<10,3>", {"y": "0.015625"})
        )
    key, errors = _TAGGERS[name]
    stored = _set(key)
    names = stored["outputs"] if len(stored["exprs"]) > 1 else ["y"]
    exprs = {n: parse(text, None) for n, text in zip(names, stored["exprs"], strict=True)}
    limits = {n: float(e) for n, e in SINCOS_NORMAL.items()} if name == "sincos" else {}
    return Problem(design(name, exprs, JETS_FORMAT, errors), limits)


_TAGGERS: dict[str, tuple[str, Mapping[str, str]]] = {
    "sincos": ("pysr_jets_sincos", SINCOS_BOUND),
    "polynomial": ("pysr_jets_polynomial", dict.fromkeys("gqtwz", "0.0625")),
    "symbolnet": ("symbolnet_jets", {"y": "0.03125"}),
}


def taggers() -> list[str]:
    """The expressions that are here: all with the shared data, else those that the project carries."""
    return ["formula", *_TAGGERS] if SHARED.is_dir() else ["formula", "sincos"]


def _set(prefix: str) -> dict[str, Any]:
    if not SHARED.is_dir():
        return _carried()
    sets: list[dict[str, Any]] = _json("expressions/jets.json")["sets"]
    return next(s for s in sets if s["name"].startswith(prefix))


def _carried() -> dict[str, Any]:
    """The tagger of examples/jets."""
    text = (ROOT / "examples" / "jets" / "design.toml").read_text(encoding="utf-8")
    outputs = tomllib.loads(text)["outputs"]
    return {"outputs": list(outputs), "exprs": list(outputs.values())}


def _json(name: str) -> Any:
    return json.loads((SHARED / name).read_text(encoding="utf-8"))


# The real jets


@dataclass(frozen=True)
class Jets:
    """Real jets: standardised features by name, and the class of each."""

    columns: Mapping[str, Reals]
    classes: np.ndarray[Any, np.dtype[np.int64]]

    def rows(self, design: Design) -> Reals:
        """The inputs of ``design``, not rounded."""
        return np.stack([self.columns[i.name] for i in design.inputs], axis=1)


def jets() -> Jets | None:
    """The 600 real jets of ../shared, standardised with the scaler of the training set; None where
    they are not.
    """
    if not SHARED.is_dir():
        return None
    with (SHARED / "jets" / "jets_600.csv").open(encoding="utf-8") as file:
        header, *rows = list(csv.reader(file))
    raw = np.array([[float(v) for v in row[:-1]] for row in rows])
    scaler = np.load(SHARED / "jets" / "jets_reference.npz")
    mean, scale = (scaler[_named(scaler, word)] for word in ("mean", "scale"))
    values = (raw - mean) / scale
    columns = {f"x{k}": values[:, k] for k in range(len(header) - 1)}
    return Jets(columns, np.array(["gqtwz".index(row[-1]) for row in rows], np.int64))


def _named(arrays: Any, word: str) -> str:
    return str(next(name for name in arrays.files if word in name))


# MNIST and Feynman


def mnist(error: str = "0.03125") -> Problem:
    """SymbolNet's ten expressions over 784 pixels."""
    stored = _json("expressions/symbolnet_mnist.json")
    exprs = {
        f"digit{n}": parse(t, None) for n, t in zip(stored["outputs"], stored["exprs"], strict=True)
    }
    pixels = [f"x{k}" for k in range(stored["n_inputs"])]
    return Problem(design("mnist", exprs, "ufixed<8,0>", dict.fromkeys(exprs, error), pixels))


def feynman() -> list[dict[str, Any]]:
    """The 80 formulas, with the range of each variable. Two are stored with "~" for a leading
    minus.
    """
    formulas: list[dict[str, Any]] = _json("expressions/feynman_80.json")
    return [f | {"formula": f["formula"].replace("~", "-")} for f in formulas]
