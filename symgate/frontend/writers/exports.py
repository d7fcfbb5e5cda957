"""Designs for other tools: SymPy, LaTeX, FPCore, Python, C and JSON text, each reading back to the
same function.

Operators that a language lacks are written in terms of others. FPCore, Python, C and JSON keep
shared subexpressions; SymPy and LaTeX write them out.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction

from symgate.errors import InputError
from symgate.frontend.writers.exportops import expanded
from symgate.ir.design import Design
from symgate.ir.expr import CONST, VAR, Expr, postorder, var
from symgate.ir.exprtext import number, show

#: Text written out beyond this is refused; the languages with definitions are far below.
MAX_TEXT = 1_000_000
_SUM, _PRODUCT, _UNARY, _POWER, _ATOM = range(5)
_COMPARISONS = {"lt": "<", "le": "<=", "gt": ">", "ge": ">=", "eq": "==", "ne": "!="}
Text = tuple[str, int]  # and how tightly it binds


@dataclass(frozen=True)
class Style:
    """How one infix language writes what differs."""

    number: Callable[[Fraction], str]
    power: Callable[[str, Text], Text]
    choice: str  # of {0}, {1} and {2}
    logical: Mapping[str, str]
    names: Mapping[str, str]  # of functions
    constants: Mapping[str, str]
    call: str = "{}({})"
    product: str = "*"
    quotient: str | None = None
    comparisons: Mapping[str, str] = field(default_factory=lambda: _COMPARISONS)


def export(design: Design, language: str) -> str:
    """``design`` in one of `LANGUAGES`; raise `InputError` for another, and for an operator that it
    cannot say.
    """
    if language not in LANGUAGES:
        raise InputError(
            f"unknown language '{language}'", expected=f"one of {', '.join(LANGUAGES)}"
        )
    return LANGUAGES[language](design)


def _native(design: Design, style: Style) -> list[tuple[str, Expr]]:
    """The outputs in operators that the language has."""
    known = {
        *style.names,
        *style.constants,
        *_COMPARISONS,
        "add",
        "mul",
        "div",
        "pow",
        "where",
        *style.logical,
    }
    roots = expanded([e for _, e in design.outputs], known)
    return [(name, e) for (name, _), e in zip(design.outputs, roots, strict=True)]


def _infix(roots: Sequence[Expr], style: Style, names: Mapping[Expr, str]) -> dict[Expr, Text]:
    """The text of every node; those in ``names`` are written by their name."""
    done: dict[Expr, Text] = {}
    for e in postorder(roots):
        text = _node(
            e,
            [(names[operand], _ATOM) if operand in names else done[operand] for operand in e.args],
            style,
        )
        if len(text[0]) > MAX_TEXT:
            raise InputError(
                "the expression is too large to be written out",
                remedy="export it as python, c or fpcore",
            )
        done[e] = text
    return done


def _bound(text: Text, level: int) -> str:
    return text[0] if text[1] >= level else f"({text[0]})"


def _node(e: Expr, args: list[Text], style: Style) -> Text:
    if e.op == CONST:
        return _constant(e.value, style)
    if e.op == VAR:
        return str(e.value), _ATOM
    if e.op in style.constants:
        return style.constants[e.op], _ATOM
    if e.op == "add":
        return " + ".join(_bound(operand, _PRODUCT) for operand in args).replace("+ -", "- "), _SUM
    if e.op == "mul":
        return style.product.join(_bound(operand, _POWER) for operand in args), _PRODUCT
    if e.op == "div":
        if style.quotient is not None:
            return style.quotient.format(args[0][0], args[1][0]), _ATOM
        return f"{_bound(args[0], _PRODUCT)}/{_bound(args[1], _POWER)}", _PRODUCT
    if e.op == "pow":
        return style.power(_bound(args[0], _ATOM), args[1])
    if e.op in _COMPARISONS:
        return f"({_bound(args[0], _SUM)} {style.comparisons[e.op]} {_bound(args[1], _SUM)})", _ATOM
    if e.op in style.logical:
        return style.logical[e.op].format(*(f"({a[0]})" for a in args)), _ATOM
    if e.op == "where":
        return style.choice.format(*(f"({a[0]})" for a in args)), _ATOM
    return _called(style, style.names[e.op], [operand[0] for operand in args]), _ATOM


def _constant(value: Fraction, style: Style) -> Text:
    """A number, and how tightly its text binds."""
    text = style.number(value)
    if value < 0:
        return text, _UNARY
    return text, _PRODUCT if "/" in text else _ATOM


def _called(style: Style, name: str, args: list[str]) -> str:
    """A call; functions of two operands take more of them two by two, where the name says so with a
    trailing 2.
    """
    if not name.endswith(" 2"):
        return style.call.format(name, ", ".join(args))
    text = args[0]
    for a in args[1:]:
        text = style.call.format(name[:-2], f"{text}, {a}")
    return text


def _statements(
    design: Design, style: Style, prefix: str
) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    """Definitions of shared subexpressions and the outputs in terms of them."""
    found = _native(design, style)
    roots = [e for _, e in found]
    uses = Counter(operand for e in postorder(roots) for operand in e.args)
    taken = {port.name for port in design.inputs} | {name for name, _ in design.outputs}
    while any(t.startswith(prefix) and t[len(prefix) :].isdigit() for t in taken):
        prefix += "_"
    shared = [e for e in postorder(roots) if uses[e] > 1 and e.args]
    names = {e: f"{prefix}{k}" for k, e in enumerate(shared)}
    texts = _infix(roots, style, names)
    return [(names[e], texts[e][0]) for e in shared], [
        (n, names.get(e) or texts[e][0]) for n, e in found
    ]


def _decimal(value: Fraction) -> str:
    """A float literal: a decimal where that is exact, else a quotient of decimals."""
    text = number(value)
    if "/" not in text:
        return text if "." in text else f"{text}.0"
    top, _, bottom = text.partition("/")
    return f"({top}.0/{bottom}.0)"


_SAME = "sin cos tan sinh cosh tanh exp log sqrt floor"
_LIBM = "ceil cbrt exp2 log2 log10 expm1 log1p hypot atan2 erf"
_ARC = {
    "asin": "arcsin",
    "acos": "arccos",
    "atan": "arctan",
    "asinh": "arcsinh",
    "acosh": "arccosh",
    "atanh": "arctanh",
}

PYTHON = Style(
    number=_decimal,
    power=lambda x, y: (f"{x}**{_bound(y, _ATOM)}", _POWER),
    choice="np.where({0}, {1}, {2})",
    logical={"and": "({0} & {1})", "or": "({0} | {1})", "not": "~{0}"},
    names={name: f"np.{name}" for name in f"{_SAME} ceil cbrt exp2 log2 log10 expm1 log1p hypot sign".split()}
    | {op: f"np.{name}" for op, name in _ARC.items()}
    | {"abs": "np.abs", "round": "np.rint", "atan2": "np.arctan2", "mod": "np.mod", "max": "np.maximum 2",
       "min": "np.minimum 2", "erf": "erf"},
    constants={"pi": "np.pi", "e": "np.e"},
)  # fmt: skip
C = Style(
    number=_decimal,
    power=lambda x, y: (f"pow({x}, {y[0]})", _ATOM),
    choice="({0} ? {1} : {2})",
    logical={"and": "({0} && {1})", "or": "({0} || {1})", "not": "!{0}"},
    names={name: name for name in f"{_SAME} {_LIBM} {' '.join(_ARC)}".split()}
    | {"abs": "fabs", "round": "nearbyint", "max": "fmax 2", "min": "fmin 2"},
    constants={"pi": "M_PI", "e": "M_E"},
)  # fmt: skip
SYMPY = Style(
    number=number,
    power=lambda x, y: (f"{x}**{_bound(y, _ATOM)}", _POWER),
    choice="Piecewise(({1}, {0}), ({2}, True))",
    logical={"and": "And({0}, {1})", "or": "Or({0}, {1})", "not": "Not({0})"},
    names={name: name for name in f"{_SAME} erf sign atan2 {' '.join(_ARC)}".split()}
    | {"abs": "Abs", "ceil": "ceiling", "max": "Max", "min": "Min", "mod": "Mod"},
    constants={"pi": "pi", "e": "E"},
)  # fmt: skip
LATEX = Style(
    number=lambda v: rf"\frac{{{v.numerator}}}{{{v.denominator}}}" if "/" in number(v) else number(v),
    power=lambda x, y: (f"{{{x}}}^{{{y[0]}}}", _POWER),
    choice=r"\begin{{cases}} {1} & \text{{for}}\: {0} \\ {2} & \text{{otherwise}} \end{{cases}}",
    logical={},
    names={name: rf"\{name}" for name in ["sin", "cos", "tan", "sinh", "cosh", "tanh", "exp", "log", "max", "min"]}
    | {op: rf"\{name}" for op, name in _ARC.items() if op[-1] != "h"}
    | {"abs": r"\operatorname{abs}", "floor": r"\operatorname{floor}", "ceil": r"\operatorname{ceil}",
       "sqrt": r"\operatorname{sqrt}", "erf": r"\operatorname{erf}", "atan2": r"\operatorname{atan2}"},
    constants={"pi": r"\pi", "e": "e"},
    call=r"{}{{\left({}\right)}}",
    product=r" \cdot ",
    quotient=r"\frac{{{}}}{{{}}}",
    comparisons={"lt": "<", "le": r"\leq", "gt": ">", "ge": r"\geq", "eq": "=", "ne": r"\neq"},
)  # fmt: skip


_ERF = "from scipy.special import erf\n"


def _python(design: Design) -> str:
    definitions, outputs = _statements(design, PYTHON, "t")
    lines = [_ERF, "import numpy as np\n\n", f"def {design.name}({', '.join(_plain(design))}):"]
    if not any("erf(" in text for _, text in (*definitions, *outputs)):
        del lines[0]
    lines += [f"    {name} = {text}" for name, text in definitions]
    return "\n".join([*lines, f"    return {', '.join(text for _, text in outputs)}", ""])


def _plain(design: Design) -> list[str]:
    return [port.name for port in design.inputs]


def _c(design: Design) -> str:
    definitions, outputs = _statements(design, C, "t")
    arguments = ", ".join(
        [*(f"double {n}" for n in _plain(design)), *(f"double *{n}" for n, _ in outputs)]
    )
    lines = ["#define _GNU_SOURCE", "#include <math.h>", "", f"void {design.name}({arguments}) {{"]
    lines += [f"  const double {name} = {text};" for name, text in definitions]
    return "\n".join([*lines, *(f"  *{name} = {text};" for name, text in outputs), "}", ""])


def _sympy(design: Design) -> str:
    found = _native(design, SYMPY)
    texts = _infix([e for _, e in found], SYMPY, {})
    return "".join(f"{name} = {texts[e][0]}\n" for name, e in found)


def _latex(design: Design) -> str:
    found = _native(design, LATEX)
    names = {var(port.name): _symbol(port.name) for port in design.inputs}
    texts = _infix([e for _, e in found], LATEX, names)
    return "".join(f"{_symbol(name)} = {names.get(e, texts[e][0])}\n" for name, e in found)


def _symbol(name: str) -> str:
    """A name as a letter and a subscript, or upright; ``e`` is not Euler's number."""
    head, tail = name[:1], name[1:]
    if head.isalpha() and (not tail or tail.isdigit()) and name != "e":
        return f"{head}_{{{tail}}}" if tail else head
    return rf"\mathrm{{{name}}}".replace("_", r"\_")


_LISP = {
    "add": "+",
    "mul": "*",
    "div": "/",
    "abs": "fabs",
    "max": "fmax 2",
    "min": "fmin 2",
    "round": "nearbyint",
    "where": "if",
    **_COMPARISONS,
    "and": "and",
    "or": "or",
    "not": "not",
}
_LISP |= {
    name: name
    for name in f"{_SAME} ceil cbrt exp2 log2 log10 expm1 log1p hypot atan2 erf pow {' '.join(_ARC)}".split()
}


def _fpcore(design: Design) -> str:
    """One FPCore per output, the formats of the inputs as ranges."""
    roots = expanded([e for _, e in design.outputs], {*_LISP, "pi", "e"})
    parts = [_core(design, name, e) for (name, _), e in zip(design.outputs, roots, strict=True)]
    return "\n".join(parts)


def _core(design: Design, name: str, root: Expr) -> str:
    uses = Counter(operand for e in postorder([root]) for operand in e.args)
    used = {e.value for e in postorder([root]) if e.op == VAR}
    inputs = [port for port in design.inputs if port.name in used]
    shared = [e for e in postorder([root]) if uses[e] > 1 and e.args]
    names = {e: f"t{k}_" for k, e in enumerate(shared)}
    done: dict[Expr, str] = {}
    for e in postorder([root]):
        done[e] = _lisp(e, [names.get(operand) or done[operand] for operand in e.args])
    body = names.get(root) or done[root]
    if shared:
        pairs = "\n    ".join(f"({names[e]} {done[e]})" for e in shared)
        body = f"(let* ({pairs})\n    {body})"
    pre = " ".join(f"(<= {i.lo} {i.name} {i.hi})" for i in inputs)
    return f'(FPCore ({" ".join(port.name for port in inputs)})\n  :name "{name}"\n  :pre (and {pre})\n  {body})\n'


def _lisp(e: Expr, args: list[str]) -> str:
    if e.op == CONST:
        return str(e.value)
    if e.op == VAR:
        return str(e.value)
    if e.op in ("pi", "e"):
        return {"pi": "PI", "e": "E"}[e.op]
    name = _LISP[e.op]
    if not name.endswith(" 2"):
        return f"({name} {' '.join(args)})"
    text = args[0]
    for a in args[1:]:
        text = f"({name[:-2]} {text} {a})"
    return text


def _json(design: Design) -> str:
    inputs = {
        port.name: {"format": str(port.type), "range": [str(port.lo), str(port.hi)]}
        for port in design.inputs
    }
    ranges = {port.name: [str(port.lo), str(port.hi)] for port in design.inputs}
    equations = {name: show(e) for name, e in design.outputs}
    value = {"name": design.name, "inputs": inputs, "ranges": ranges, "equations": equations}
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"


#: The languages that a design is exported to.
LANGUAGES: dict[str, Callable[[Design], str]] = {
    "sympy": _sympy,
    "latex": _latex,
    "fpcore": _fpcore,
    "python": _python,
    "c": _c,
    "json": _json,
}
