"""Expressions for readers and other tools: SymPy, LaTeX, Python; and their size as SymPy counts it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from symgate.ir.boxes import nearest
from symgate.ir.evaluate import interpret
from symgate.ir.expr import CONST, Expr, Program, postorder
from symgate.ir.operators import OPERATORS


def to_sympy(e: Expr, digits: int | None = None) -> Any:
    """``e`` as a SymPy expression with floats of double precision, or rounded to ``digits``
    significant ones.
    """
    import sympy

    def leaf(node: Expr) -> Any:
        if node.op != CONST:
            return sympy.Symbol(node.value, real=True)
        exact = node.value
        return (
            sympy.Integer(exact.numerator)
            if exact.denominator == 1
            else sympy.Float(nearest(exact), digits)
        )

    return interpret([e], leaf, lambda node, args: _sympy(node.op, sympy)(*args))[e]


def _sympy(name: str, sympy: Any) -> Callable[..., Any]:
    special: Mapping[str, Callable[..., Any]] = {
        "add": sympy.Add,
        "mul": sympy.Mul,
        "pow": sympy.Pow,
        "div": lambda x, y: x / y,
        "neg": lambda x: -x,
        "inv": lambda x: 1 / x,
        "square": lambda x: x**2,
        "cube": lambda x: x**3,
        "cbrt": sympy.cbrt,
        "gauss": lambda x: sympy.exp(-(x**2)),
        "sigmoid": lambda x: 1 / (1 + sympy.exp(-x)),
        "exp2": lambda x: 2**x,
        "expm1": lambda x: sympy.exp(x) - 1,
        "log1p": lambda x: sympy.log(1 + x),
        "log2": lambda x: sympy.log(x, 2),
        "log10": lambda x: sympy.log(x, 10),
        "abs": sympy.Abs,
        "min": sympy.Min,
        "max": sympy.Max,
        "relu": lambda x: sympy.Max(x, 0),
        "hold": lambda x: x,
        "hypot": lambda x, y: sympy.sqrt(x**2 + y**2),
        "pi": lambda: sympy.pi,
        "e": lambda: sympy.E,
    }
    found: Callable[..., Any] = special[name] if name in special else getattr(sympy, name)
    return found


def complexity(e: Expr) -> int:
    """The number of nodes of ``e`` in SymPy's preorder traversal, which the SymbolNet paper calls
    complexity.
    """
    import sympy

    return sum(1 for _ in sympy.preorder_traversal(to_sympy(e)))


def latex(program: Program, digits: int = 4) -> str:
    """An aligned equation per output; constants are rounded to ``digits`` significant digits for
    reading only.
    """
    import sympy

    names = {sympy.Symbol(n, real=True): _latex_name(n) for n in program.inputs}
    lines = [
        f"{_latex_name(name)} &= {sympy.latex(to_sympy(e, digits), symbol_names=names)}"
        for name, e in program.outputs
    ]
    return "\\begin{aligned}\n" + " \\\\\n".join(lines) + "\n\\end{aligned}\n"


def _latex_name(name: str) -> str:
    r"""A name in LaTeX: x12 has an index, longer names stand upright.

    >>> _latex_name("x12"), _latex_name("c1_b1")
    ('x_{12}', '\\mathrm{c1\\_b1}')
    """
    if name[:1].isalpha() and name[1:].isdigit():
        return f"{name[0]}_{{{name[1:]}}}"
    return rf"\mathrm{{{name}}}".replace("_", r"\_")


def python(program: Program) -> str:
    """A Python function of NumPy arrays, one argument per input that is used, which returns the
    outputs as a tuple.
    """
    from symgate.ir.exprtext import RESERVED

    used = {e.value for e in postorder(program.roots) if e.op == "var"}
    names = [n for n in program.inputs if n in used]
    assert not RESERVED & set(names)
    values = interpret(
        program.roots, _leaf, lambda node, args: _CODE.get(node.op, _call)(node.op, args)
    )
    body = ",\n        ".join(f"{values[e]}" for e in program.roots)
    outputs = ", ".join(name for name, _ in program.outputs)
    return (
        "import numpy as np\n\n\n"
        f"def outputs({', '.join(names)}):\n"
        f'    """Return {outputs}."""\n'
        f"    return (\n        {body},\n    )\n"
    )


def _leaf(e: Expr) -> str:
    return repr(float(e.value)) if e.op == CONST else str(e.value)


def _call(name: str, args: list[str]) -> str:
    import numpy as np

    for found in (name, *OPERATORS[name].aliases):
        if hasattr(np, found):
            return f"np.{found}({', '.join(args)})"
    raise KeyError(name)


_CODE: dict[str, Callable[[str, list[str]], str]] = {
    "add": lambda _, a: f"({' + '.join(a)})".replace("+ -", "- "),
    "mul": lambda _, a: "*".join(a),
    "div": lambda _, a: f"({a[0]})/({a[1]})",
    "inv": lambda _, a: f"1/({a[0]})",
    "neg": lambda _, a: f"-({a[0]})",
    "pow": lambda _, a: f"({a[0]})**({a[1]})",
    "cube": lambda _, a: f"({a[0]})**3",
    "gauss": lambda _, a: f"np.exp(-({a[0]})**2)",
    "sigmoid": lambda _, a: f"1/(1 + np.exp(-({a[0]})))",
    "relu": lambda _, a: f"np.maximum({a[0]}, 0)",
    "min": lambda _, a: f"np.minimum({', '.join(a)})",
    "max": lambda _, a: f"np.maximum({', '.join(a)})",
    "hold": lambda _, a: a[0],
    "pi": lambda _, a: "np.pi",
    "e": lambda _, a: "np.e",
}
