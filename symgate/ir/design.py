"""What every frontend returns: named inputs with formats and ranges, named outputs, accuracy,
target.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction

from symgate.errors import InputError
from symgate.ir.boxes import float_above, float_below
from symgate.ir.domains import Interval
from symgate.ir.expr import Expr, Program, variables
from symgate.ir.port_format import PortFormat
from symgate.ir.types import FixedType


@dataclass(frozen=True)
class Input:
    """An input port: its format and the real values that it can take (all that the format holds by
    default).
    """

    name: str
    type: FixedType
    lo: Fraction
    hi: Fraction
    #: The range as it was stated, whose ends need not be values of the format.
    stated: tuple[Fraction, Fraction] | None = field(default=None, compare=False, repr=False)

    @staticmethod
    def of(name: str, type: FixedType, range: tuple[Fraction, Fraction] | None = None) -> Input:
        """The port ``name``, its range narrowed to values that the format holds.

        Raise `InputError` where there is none in ``range``, or where ``range`` leaves the format
        (one ulp above its largest value is allowed, so that [-8, 8] fits fixed<12,4>).
        """
        lowest, highest = type.lo * type.ulp, type.hi * type.ulp
        lo, hi = range or (lowest, highest)
        first = max(math.ceil(lo / type.ulp), type.lo) * type.ulp
        last = min(math.floor(hi / type.ulp), type.hi) * type.ulp
        stated = f"the range [{float(lo):.10g}, {float(hi):.10g}] of input '{name}'"
        if first > last:
            raise InputError(
                f"{stated} holds no value of {type}",
                expected=f"multiples of {float(type.ulp):g} from {float(lowest):g} to {float(highest):g}",
                remedy="state a format or bits with a smaller step, or a wider range",
            )
        if lo < lowest or hi > highest + type.ulp:
            raise InputError(
                f"{stated} leaves its format {type}",
                expected=f"a range inside [{float(lowest):g}, {float(highest):g}]",
                remedy=f"write {covering(type.width, lo, hi, type.signed or lo < 0)}, or narrow the range",
            )
        return Input(name, type, first, last, range)

    @staticmethod
    def with_bits(name: str, bits: int, range: tuple[Fraction, Fraction]) -> Input:
        """The port ``name`` with ``bits`` bits, the binary point as far left as ``range`` allows."""
        kind = covering(bits, *range, signed=range[0] < 0)
        if range[0] > kind.hi * kind.ulp:  # a range of one power of two
            kind = FixedType(kind.signed, bits, kind.frac - 1)
        return Input.of(name, kind, range)

    @property
    def span(self) -> tuple[float, float]:
        """The range in floats, rounded outward where they do not hold its ends."""
        return float_below(self.lo), float_above(self.hi)

    @property
    def fits_floats(self) -> bool:
        """Whether float64 holds every value in the range exactly."""
        longest = max(abs(self.raw.lo), abs(self.raw.hi)).bit_length()
        return longest <= 53 and longest - self.type.frac <= 1023 and self.type.frac <= 1022

    @property
    def raw(self) -> Interval:
        """The raw codes inside the range."""
        scale = Fraction(2) ** self.type.frac
        return Interval(math.ceil(self.lo * scale), math.floor(self.hi * scale))


def covering(bits: int, lo: Fraction, hi: Fraction, signed: bool) -> FixedType:
    """The finest format of ``bits`` bits whose range covers [lo, hi], up to one ulp at the upper
    end.
    """
    size = max(abs(lo), abs(hi)) or Fraction(1, 2**64)
    integer = size.numerator.bit_length() - size.denominator.bit_length() - 1
    while Fraction(2) ** integer < size:
        integer += 1
    return FixedType(signed, bits, bits - integer - signed)


@dataclass(frozen=True)
class Accuracy:
    """What the user states. Exactly one of the three modes is set.

    ``max_error``: per output, the largest |firmware(x) - f(x)| over every representable input in
    range. ``precision``: one format for every value, hls4ml-style; the error is reported, not
    chosen. ``metric`` ("accuracy", "auc", "rmse", "agreement") on ``data``: widths are searched until the metric
    is within ``max_loss`` of float64.
    """

    max_error: Mapping[str, Fraction] = field(default_factory=dict)
    precision: FixedType | None = None
    metric: str | None = None
    data: str | None = None
    label: str | None = None
    max_loss: float = 0.002


#: How much a compilation tries: all that it knows, or little (decision 0045).
EFFORTS = ("full", "quick")
#: The ports that registers stand at.
REGISTERS = ("outputs", "inputs", "both", "none")


@dataclass(frozen=True)
class Target:
    """The device and its clock; limits are None where the user set none."""

    part: str = "xcvu9p-flga2104-2-e"
    clock_ns: float = 5.0
    objective: str = "lut"  # "lut", "latency" or "balanced"
    dsp: int | None = None
    lut: int | None = None
    bram: int | None = None
    latency: int | None = None  # clock cycles; 0 is logic without a clock
    ii: int = 1  # the initiation interval: cycles between two sets of inputs, at least
    primitives: bool = False  # emit Xilinx primitives beside plain RTL
    registers: str = "outputs"  # ports behind registers: one of `REGISTERS`
    clock_enable: bool = False  # emit a pipeline that can be stopped beside the one that cannot


@dataclass(frozen=True)
class OutputPort:
    """The format that the user states for an output, and its expression before that shows it.

    ``at_port``: it is the port that brings values from beyond the ends of its format back inside,
    not the expression that is compiled.
    """

    format: PortFormat
    written: Expr
    at_port: bool = False

    @property
    def overflows(self) -> bool:
        """Whether values beyond the ends wrap or become 0 at the port, which an exact value
        needs.
        """
        return self.at_port and not self.format.saturates


@dataclass(frozen=True)
class Design:
    """The whole job. ``source`` names the file for error messages; ``assumed`` says what its reader
    took for granted, in words. ``ports`` are the outputs whose format is stated: what is beyond its
    ends is a part of what their expression in ``outputs`` means.
    """

    name: str
    inputs: tuple[Input, ...]
    outputs: tuple[tuple[str, Expr], ...]
    accuracy: Accuracy = Accuracy()
    target: Target = Target()
    domain: str = "strict"  # "strict": an expression undefined in range is an error; "clamp": operands are clamped
    source: str | None = None
    assumed: tuple[str, ...] = ()
    ports: Mapping[str, OutputPort] = field(default_factory=dict)
    saturate: bool = True  # whether inputs saturate to their ranges: see `symgate.ir.saturation`
    ties: str = ""  # "near", "strict", or as the scores allow: see `symgate.ir.classes`
    effort: str = "full"  # one of `EFFORTS`
    #: What inputs that are constants at run time are after a reset; their ranges are certified whole.
    constants: Mapping[str, Fraction] = field(default_factory=dict)

    @property
    def formats(self) -> dict[str, PortFormat]:
        """The stated formats of outputs."""
        return {name: port.format for name, port in self.ports.items()}

    @property
    def program(self) -> Program:
        """The expressions alone, as expression passes take them: without what ports do."""
        outputs = tuple(
            (name, self.ports[name].written) if self._at_port(name) else (name, e)
            for name, e in self.outputs
        )
        return Program(tuple(port.name for port in self.inputs), outputs)

    def _at_port(self, name: str) -> bool:
        return name in self.ports and self.ports[name].at_port

    def only(self, names: Collection[str]) -> Design:
        """The design of the outputs ``names``; inputs that only the others read are left out."""
        if len(names) == len(self.outputs):
            return self
        kept = tuple((name, e) for name, e in self.outputs if name in names)
        gone = set(variables(e for name, e in self.outputs if name not in names)) - set(
            variables(e for _, e in kept)
        )
        errors = {n: bound for n, bound in self.accuracy.max_error.items() if n in names}
        return replace(
            self,
            inputs=tuple(port for port in self.inputs if port.name not in gone),
            outputs=kept,
            accuracy=replace(self.accuracy, max_error=errors),
            ports={n: port for n, port in self.ports.items() if n in names},
            constants={n: value for n, value in self.constants.items() if n not in gone},
        )
