"""What each operator is in C, and what it adds to the errors of its operands: one entry each."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from symgate.proof.sweep.values import Found, Rule, Value, error_of, library, rounding, times, total

# ------------------------------------------------------------------ sums and products


def _add(a: Value, b: Value) -> Found:
    v = f"{a.text} + {b.text}"
    return v, total(a.error, b.error, rounding(f"({v})"))


def mul(a: Value, b: Value) -> Found:
    """A product."""
    v = f"{a.text} * {b.text}"
    both = None if a.error is None or b.error is None else f"{a.error} * {b.error}"
    parts = times(a.error, f"fabs({b.text})"), times(b.error, f"fabs({a.text})"), both
    scaled = any(x.grid is not None and _is_power(x) for x in (a, b))
    return v, total(*parts, None if scaled else rounding(f"({v})"))


def _is_power(a: Value) -> bool:
    """Whether a value is a constant power of two, so that products with it do not round."""
    if not a.text.startswith("("):
        return False
    size = abs(Fraction(float.fromhex(a.text.strip("()"))))
    return size in (Fraction(1, 4), Fraction(1, 2), 1, 2, 4)


def div(a: Value, b: Value) -> Found:
    """A quotient; without end where the divisor may be 0."""
    v = f"{a.text} / {b.text}"
    if b.error is None:
        return v, total(times(a.error, f"(1 / fabs({b.text}))"), rounding(f"({v})"))
    moved = total(a.error, times(b.error, f"fabs({v})"))
    known = f"({moved}) / (fabs({b.text}) - {b.error})"
    sure = f"IF({b.error} < 0.5 * fabs({b.text}), {known}, INFINITY)"
    return v, total(sure, rounding(f"({v})"))


def _least(sign: str) -> Rule:
    def rule(a: Value, b: Value) -> Found:
        v = f"IF({a.text} {sign} {b.text}, {a.text}, {b.text})"
        errors = [e for e in (a.error, b.error) if e is not None]
        if len(errors) < 2:
            return v, total(*errors)
        return v, f"IF({errors[0]} > {errors[1]}, {errors[0]}, {errors[1]})"

    return rule


def _held(a: Value) -> Found:
    size = f"MOST(fabs({a.text}), HELD)"
    v = f"{a.text} / {size} / {size}"
    near = f"MOST(fabs({a.text}) - {error_of(a)}, HELD)"
    return v, total(times(a.error, f"(1.01 / ({near} * {near}))"), f"3 * {rounding(f'({v})')}")


def _cube(a: Value) -> Found:
    v, x = f"{a.text} * {a.text} * {a.text}", f"fabs({a.text})"
    if a.error is None:
        return v, f"3 * {rounding(f'({v})')}"
    moved = f"{a.error} * (3 * {x} * {x} + 3 * {x} * {a.error} + {a.error} * {a.error})"
    return v, total(moved, f"3 * {rounding(f'({v})')}")


# ------------------------------------------------------------------ functions of the library


def _smooth(call: str, slope: str, most: str | None = None) -> Rule:
    """A function of the library. In ``slope`` ``x`` is the operand, ``d`` its error and ``v`` the
    value; ``most`` bounds by how much the value can move at all.
    """

    def rule(a: Value) -> Found:
        v = call.replace("@x", a.text)
        angle = a.text if slope in (_ANGLE, _TAN) else None
        if a.error is None:
            return v, library(f"({v})", angle)
        known = {"@x": a.text, "@d": f"({a.error})", "@v": f"({v})"}
        texts = [f"({a.error}) * ({slope})", most or "INFINITY"]
        for mark, text in known.items():
            texts = [t.replace(mark, text) for t in texts]
        # a slope that is not known is infinite or no number, and both mean that nothing is known
        moved = f"LEAST({texts[0]}, {texts[1]})" if most else texts[0]
        return v, total(moved, library(f"({v})", angle))

    return rule


def _if_small(slope: str, size: str = "1") -> str:
    """A slope that holds for errors below ``size``."""
    return f"IF(@d < {size}, {slope}, INFINITY)"


_EXP = _if_small("@v * (1 + 2 * @d)")
_ONE, _ANGLE = "1", "1.0"  # the slopes of functions of values, and of angles
_TAN = (
    "IF((fabs(@v) * @d < 0.2) & (@d < 0.1), 1 + (2 * fabs(@v) + 1) * (2 * fabs(@v) + 1), INFINITY)"
)
_ROOT = "IF(fabs(@x) > 2 * @d, 1 / (cbrt(@x) * cbrt(@x)), INFINITY)"
_SQUARE = "(fabs(@x) + @d) * (fabs(@x) + @d)"
_ARC = f"IF(fabs(@x) + @d < 0.999, 1.01 / sqrt(1 - {_SQUARE}), INFINITY)"
_AREA = "IF(@x - @d > 1.001, 1.01 / sqrt((@x - @d) * (@x - @d) - 1), INFINITY)"
_AREA_TAN = f"IF(fabs(@x) + @d < 1 - 0x1p-40, 1.01 / (1 - {_SQUARE}), INFINITY)"
_SMOOTH: Mapping[str, Rule] = {
    "sqrt": _smooth("sqrt(MOST(@x, 0.0))", "(1 / sqrt(MOST(@x, 0.0)))", "sqrt(@d)"),
    "cbrt": _smooth("cbrt(@x)", _ROOT, "2 * cbrt(@d)"),
    "exp": _smooth("exp(@x)", _EXP),
    "exp2": _smooth("exp2(@x)", _EXP),
    "expm1": _smooth("expm1(@x)", _if_small("(fabs(@v) + 1) * (1 + 2 * @d)")),
    "log": _smooth("log(@x)", "IF(@d < 0.5 * @x, 1 / (@x - @d), INFINITY)"),
    "log2": _smooth("log2(@x)", "IF(@d < 0.5 * @x, 1.45 / (@x - @d), INFINITY)"),
    "log10": _smooth("log10(@x)", "IF(@d < 0.5 * @x, 0.44 / (@x - @d), INFINITY)"),
    "log1p": _smooth("log1p(@x)", "IF(@d < 0.5 * (1 + @x), 1.01 / (1 + @x - @d), INFINITY)"),
    "sin": _smooth("sin(@x)", _ANGLE),
    "cos": _smooth("cosine(@x)", _ANGLE),
    "tan": _smooth("tan(@x)", _TAN),
    "asin": _smooth("asin(MOST(LEAST(@x, 1.0), -1.0))", _ARC, "3 * sqrt(@d)"),
    "acos": _smooth("acos(MOST(LEAST(@x, 1.0), -1.0))", _ARC, "3 * sqrt(@d)"),
    "atan": _smooth("atan(@x)", _ONE),
    "sinh": _smooth("sinh(@x)", _if_small("(fabs(@v) + 1) * (1 + 2 * @d)")),
    "cosh": _smooth("cosh(@x)", _if_small("@v * (1 + 2 * @d)")),
    "tanh": _smooth("tanh(@x)", _ONE),
    "asinh": _smooth("asinh(@x)", _ONE),
    "acosh": _smooth("acosh(MOST(@x, 1.0))", _AREA, "2 * sqrt(@d)"),
    "atanh": _smooth("atanh(@x)", _AREA_TAN),
    "erf": _smooth("erf(@x)", "1.13"),
}  # fmt: skip


def _sigmoid(a: Value) -> Found:
    """Two roundings behind the exponential, whose own error counts less than once."""
    v = f"1 / (1 + exp(-{a.text}))"
    return v, total(times(a.error, "0.26"), f"3 * {library(f'({v})')}")


def _gauss(a: Value) -> Found:
    """``exp(-x^2)``: what the square rounds moves the value by at most a fifth of its relative size
    there, as ``t exp(-t)`` is below 0.4.
    """
    v = f"exp(-({a.text} * {a.text}))"
    return v, total(times(a.error, "0.86"), "0x1p-53", library(f"({v})"))


def _hypot(a: Value, b: Value) -> Found:
    v = f"hypot({a.text}, {b.text})"
    return v, total(a.error, b.error, library(f"({v})"))


def _atan2(a: Value, b: Value) -> Found:
    """Away from the cut, and from the origin by twice the errors; a zero has no sign."""
    v, moved = f"atan2({a.text} + 0.0, {b.text} + 0.0)", total(a.error, b.error)
    if moved is None:
        return v, library(f"({v})")
    radius = f"hypot({a.text}, {b.text})"
    off_cut = f"(({b.text} > {error_of(b)}) | (fabs({a.text}) > {error_of(a)}))"
    known = f"2 * ({moved}) / {radius}"
    return v, total(
        f"IF(({radius} > 4 * ({moved})) & {off_cut}, {known}, INFINITY)", library(f"({v})")
    )


def _pow(a: Value, b: Value) -> Found:
    """``exp(y log x)`` for positive bases; other bases only where nothing has an error."""
    v = f"pow({a.text}, {b.text})"
    if a.error is None and b.error is None:
        return v, library(f"({v})")
    base, exponent = error_of(a), error_of(b)
    relative = f"{base} / ({a.text} - {base})"
    along = f"(fabs({b.text}) + {exponent}) * {relative} + {exponent} * fabs(log({a.text}))"
    sure = f"({base} < 0.5 * {a.text}) & ({along} < 0.5)"
    moved = f"IF({sure}, 2 * fabs({v}) * ({along}), INFINITY)"
    return v, total(moved, library(f"({v})"))


# ------------------------------------------------------------------ decisions


def _open_unless(sure: str, errors: str | None) -> str | None:
    """The error of a decision: none where it is sure."""
    return None if errors is None else f"IF(({errors}) == 0 | ({sure}), 0.0, INFINITY)"


def _compared(sign: str) -> Rule:
    def rule(a: Value, b: Value) -> Found:
        errors = total(a.error, b.error)
        sure = f"fabs({a.text} - {b.text}) > 1.01 * ({errors})"
        return f"IF({a.text} {sign} {b.text}, 1.0, 0.0)", _open_unless(sure, errors)

    return rule


def _whole(name: str) -> Rule:
    def rule(a: Value) -> Found:
        ends = [f"{name}({a.text} {sign} 1.01 * ({a.error}))" for sign in "-+"]
        return f"{name}({a.text})", _open_unless(f"{ends[0]} == {ends[1]}", a.error)

    return rule


def _by_sign(below: str, at: str, above: str) -> Rule:
    def rule(a: Value) -> Found:
        v = f"IF({a.text} > 0, {above}, IF({a.text} < 0, {below}, {at}))"
        return v, _open_unless(f"fabs({a.text}) > ({a.error})", a.error)

    return rule


def _logic(sign: str) -> Rule:
    def rule(a: Value, b: Value) -> Found:
        v = f"IF(({a.text} != 0) {sign} ({b.text} != 0), 1.0, 0.0)"
        return v, _open_unless("0", total(a.error, b.error))

    return rule


def _where(c: Value, a: Value, b: Value) -> Found:
    v = f"IF({c.text} != 0, {a.text}, {b.text})"
    chosen = f"IF({c.text} != 0, {error_of(a)}, {error_of(b)})"
    known = None if a.error is None and b.error is None else chosen
    return v, total(known, _open_unless(f"fabs({c.text}) > ({c.error})", c.error))


def _mod(a: Value, b: Value) -> Found:
    """``x - y floor(x / y)``, where the quotient is not near a whole number."""
    quotient, moved = div(a, b)
    if _is_power(b):
        moved = times(a.error, f"(1 / fabs({b.text}))")
    whole = Value(f"({quotient})", None if moved is None else f"({moved})")
    count, doubt = _whole("floor")(whole)
    v = f"{a.text} - {b.text} * {count}"
    parts = a.error, times(b.error, f"fabs({count})"), doubt
    return v, total(*parts, rounding(f"({b.text} * {count})"), rounding(f"({v})"))


RULES: Mapping[str, Rule] = {
    **_SMOOTH,
    "neg": lambda a: (f"-{a.text}", a.error),
    "abs": lambda a: (f"fabs({a.text})", a.error),
    "relu": lambda a: (f"MOST({a.text}, 0)", a.error),
    "hold": lambda a: (a.text, a.error),
    "square": lambda a: mul(a, a),
    "cube": _cube,
    "inv": lambda a: div(Value("1.0"), a),
    "div": div,
    "held_inv": _held,
    "sigmoid": _sigmoid,
    "gauss": _gauss,
    "hypot": _hypot,
    "atan2": _atan2,
    "pow": _pow,
    "mod": _mod,
    "sign": _by_sign("-1.0", "0.0", "1.0"),
    "step": _by_sign("0.0", "0.0", "1.0"),
    "heaviside": _by_sign("0.0", "0.5", "1.0"),
    "floor": _whole("floor"),
    "ceil": _whole("ceil"),
    "round": _whole("rint"),
    "lt": _compared("<"),
    "le": _compared("<="),
    "gt": _compared(">"),
    "ge": _compared(">="),
    "eq": _compared("=="),
    "ne": _compared("!="),
    "and": _logic("&"),
    "or": _logic("|"),
    "not": lambda a: (f"IF({a.text} != 0, 0.0, 1.0)", _open_unless("0", a.error)),
    "where": _where,
}
#: Operators of two or more operands, taken two at a time.
FOLDED: Mapping[str, Rule] = {"add": _add, "mul": mul, "min": _least("<"), "max": _least(">")}
