"""The text form of a `Program`: one node a line, sharing kept; `show_program` prints it,
`parse_program` reads it back.

::

    input x
    input y
    t1 = mul(-0.39, y)
    t2 = add(x, t1)
    t3 = sin(t2)
    output g = t3

A function of one value (``fn``) stands as ``fn[t5](x)`` or, with its period, ``fn[t5, 2](x)``:
``t5`` is its body, an expression in the variable ``t``; ``digits[t5](x)`` is one by digits. A
function of several inputs stands as ``joint[t5](x, y)``, its body in these; ``joint[t5, 3](x, y)``
has values of 3 fraction bits.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from fractions import Fraction

from symgate.errors import InputError
from symgate.ir.expr import CONST, VAR, Expr, Program, const, make, postorder, var
from symgate.ir.exprtext import number
from symgate.ir.function import ARGUMENT, ByDigits, Function
from symgate.ir.joint import JOINT, Joint
from symgate.ir.operators import OPERATORS

_NODE = re.compile(r"(\w+) = (\w+)(?:\[([^\]]*)\])?\((.*)\)")
#: What a function whose hardware finds digits is called in place of ``fn``.
_DIGITS = "digits"
_NUMBER = re.compile(r"-?\d+(\.\d+|/\d+)?")


def show_program(program: Program) -> str:
    """``program``, a node a line; nodes that are used twice stand once."""
    order = _order(program.roots)
    prefix = _prefix([*program.inputs, *(str(e.value) for e in order if e.op == VAR)])
    names: dict[Expr, str] = {}
    lines = [f"input {name}" for name in program.inputs]
    for e in order:
        if e.op == CONST:
            names[e] = number(e.value)
        elif e.op == VAR:
            names[e] = str(e.value)
        else:
            names[e] = f"{prefix}{len(lines) - len(program.inputs) + 1}"
            lines.append(f"{names[e]} = {_call(e, names)}")
    lines += [f"output {name} = {names[e]}" for name, e in program.outputs]
    return "\n".join(lines) + "\n"


def _order(roots: Iterable[Expr]) -> list[Expr]:
    """Every node once, operands and the bodies of functions first."""
    done: dict[Expr, None] = {}
    stack = list(roots)[::-1]
    while stack:
        e = stack.pop()
        if e in done:
            continue
        functions = [n.value for n in postorder([e]) if isinstance(n.value, Function | Joint)]
        bodies = dict.fromkeys(function.body for function in functions)
        missing = [body for body in bodies if body not in done]
        if missing:
            stack += [e, *missing]
        else:
            done |= dict.fromkeys(postorder([e]))
    return list(done)


def _prefix(taken: Iterable[str]) -> str:
    """What names of nodes begin with: as many letters t as no variable's name begins with, digits
    following.
    """
    taken, prefix = set(taken), "t"
    while any(re.fullmatch(rf"{prefix}\d+", name) for name in taken):
        prefix += "t"
    return prefix


def _call(e: Expr, names: dict[Expr, str]) -> str:
    operands = ", ".join(names[operand] for operand in e.args)
    if isinstance(e.value, Joint):
        frac = "" if e.value.frac is None else f", {e.value.frac}"
        return f"{JOINT}[{names[e.value.body]}{frac}]({operands})"
    if not isinstance(e.value, Function):
        return f"{e.op}({operands})"
    period = "" if e.value.period is None else f", {number(e.value.period)}"
    kind = _DIGITS if isinstance(e.value, ByDigits) else "fn"
    return f"{kind}[{names[e.value.body]}{period}]({operands})"


def parse_program(text: str) -> Program:
    """The program that `show_program` printed; raise `InputError` with the line where it is not
    one.
    """
    known: dict[str, Expr] = {ARGUMENT: var(ARGUMENT)}
    inputs, outputs = list[str](), list[tuple[str, Expr]]()
    for n, line in enumerate(text.splitlines(), 1):
        words = line.split()
        if not words:
            continue
        if words[0] == "input" and len(words) == 2:
            inputs.append(words[1])
            known[words[1]] = var(words[1])
        elif words[0] == "output" and len(words) == 4 and words[2] == "=":
            outputs.append((words[1], _operand(words[3], known, n)))
        elif match := _NODE.fullmatch(line.strip()):
            known[match[1]] = _node(match, known, n)
        else:
            raise _error(f"cannot read '{line.strip()}'", n, "a line such as 't1 = add(x, 0.5)'")
    return Program(tuple(inputs), tuple(outputs))


def _node(match: re.Match[str], known: dict[str, Expr], line: int) -> Expr:
    op, attribute, operands = match[2], match[3], match[4]
    words = operands.split(",") if operands.strip() else []
    args = [_operand(word.strip(), known, line) for word in words]
    if op in ("fn", _DIGITS) and attribute is not None and len(args) == 1:
        function = _function(attribute, known, line)
        if op == _DIGITS:
            function = ByDigits(function.body, function.period)
        return make("fn", *args, value=function)
    if op == JOINT and attribute is not None and all(a.op == VAR for a in args):
        return make(JOINT, *args, value=_joint(attribute, args, known, line))
    if op not in OPERATORS or attribute is not None:
        raise _error(f"unknown operator '{op}'", line, "an operator of `symgate ops`, or fn")
    if not OPERATORS[op].takes(len(args)):
        raise _error(f"{op} has {len(args)} operands", line, OPERATORS[op].operands)
    return make(op, *args)


def _function(attribute: str, known: dict[str, Expr], line: int) -> Function:
    """The function that ``t5`` or ``t5, 2`` names: its body, and its period."""
    body, *period = attribute.split(",")
    repeats = Fraction(period[0].strip()) if period else None
    return Function(_operand(body.strip(), known, line), repeats)


def _joint(attribute: str, args: list[Expr], known: dict[str, Expr], line: int) -> Joint:
    """The function of ``args`` that ``t5`` or ``t5, 3`` names: its body, and its fraction bits."""
    body, *frac = attribute.split(",")
    names = tuple(str(a.value) for a in args)
    return Joint(names, _operand(body.strip(), known, line), int(frac[0]) if frac else None)


def _operand(word: str, known: dict[str, Expr], line: int) -> Expr:
    if _NUMBER.fullmatch(word):
        return const(Fraction(word))
    if word not in known:
        raise _error(f"unknown name '{word}'", line, "a number, an input, or a node defined above")
    return known[word]


def _error(what: str, line: int, expected: str) -> InputError:
    return InputError(
        what,
        where=f"line {line}",
        expected=expected,
        remedy="print the program with show_program()",
    )
