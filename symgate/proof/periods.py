"""Values that are known only modulo a power of two: whether those who read them can tell the
difference.
"""

from __future__ import annotations

from fractions import Fraction

from symgate.ir.expr import CONST, VAR, Expr, postorder

#: A number as a sum of rational multiples of powers of pi.
Shift = dict[int, Fraction]
Constant = tuple[Fraction, int]  # rational, power of pi


def unmoved(root: Expr, name: str, modulus: Fraction, own: Fraction) -> bool:
    """Whether ``root`` changes by a multiple of ``own`` alone (0: not at all) where ``name`` grows
    by ``modulus``.
    """
    shifts: dict[Expr, Shift | None] = {}
    for e in postorder([root]):
        shifts[e] = _shift(e, name, modulus, [shifts[a] for a in e.args])
    found = shifts[root]
    if not found:
        return found is not None
    return bool(own) and set(found) == {0} and (found[0] / own).denominator == 1


def _shift(e: Expr, name: str, modulus: Fraction, args: list[Shift | None]) -> Shift | None:
    """By how much ``e`` grows; None where that is not one number."""
    if e.op == VAR:
        return {0: modulus} if e.value == name else {}
    if any(a is None for a in args):
        return None
    known = [a for a in args if a is not None]
    if not any(known):
        return {}
    if e.op == "add":
        return _sum(known)
    if e.op in ("mul", "neg"):
        return _scaled(e, known)
    if e.op in ("sin", "cos"):
        return {} if _whole(known[0], Fraction(2)) else None
    return {} if e.op == "tan" and _whole(known[0], Fraction(1)) else None


def _sum(shifts: list[Shift]) -> Shift:
    out: Shift = {}
    for s in shifts:
        for power, value in s.items():
            out[power] = out.get(power, Fraction(0)) + value
    return {power: value for power, value in out.items() if value}


def _scaled(e: Expr, shifts: list[Shift]) -> Shift | None:
    """A product of constants and one operand that grows."""
    moving = [s for s in shifts if s]
    factors = [constant(a) for a, s in zip(e.args, shifts, strict=True) if not s]
    if len(moving) != 1 or any(f is None for f in factors):
        return None
    out = moving[0] if e.op == "mul" else {p: -v for p, v in moving[0].items()}
    for f in factors:
        assert f is not None
        out = {power + f[1]: value * f[0] for power, value in out.items()}
    return out


def _whole(s: Shift, unit: Fraction) -> bool:
    """Whether a shift is a multiple of ``unit * pi``."""
    return set(s) == {1} and (s[1] / unit).denominator == 1


def constant(e: Expr) -> Constant | None:
    """An expression made of rational numbers and pi by products and powers, as ``(r, k)`` for ``r *
    pi**k``.
    """
    found: dict[Expr, Constant | None] = {}
    for n in postorder([e]):
        args = [found[a] for a in n.args]
        if n.op == CONST:
            found[n] = (n.value, 0)
        elif n.op == "pi":
            found[n] = (Fraction(1), 1)
        elif any(a is None for a in args):
            found[n] = None
        else:
            found[n] = _product(n, [a for a in args if a is not None])
    return found[e]


def _product(n: Expr, args: list[Constant]) -> Constant | None:
    if n.op == "mul":
        out = Fraction(1), 0
        for value, power in args:
            out = out[0] * value, out[1] + power
        return out
    if n.op == "div" and args[1][0]:
        return args[0][0] / args[1][0], args[0][1] - args[1][1]
    if (
        n.op == "pow"
        and args[1][1] == 0
        and args[1][0].denominator == 1
        and (args[0][0] or args[1][0] > 0)
    ):
        return args[0][0] ** int(args[1][0]), args[0][1] * int(args[1][0])
    return (-args[0][0], args[0][1]) if n.op == "neg" else None
