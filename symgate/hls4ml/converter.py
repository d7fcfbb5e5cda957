"""hls4ml's converter of symbolic expressions, with its arguments, and our compiler behind it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from symgate.errors import InputError
from symgate.frontend.language.source import Source, listed, meant
from symgate.frontend.language.values import identifier
from symgate.frontend.options import Options, assemble, unstated
from symgate.frontend.readers.pyapi import Reader
from symgate.hls4ml import lut_functions as luts
from symgate.hls4ml.model import Config, SymbolicModel
from symgate.ir.design import Design
from symgate.ir.expr import Expr, postorder, variables
from symgate.ir.port_format import PortFormat
from symgate.ir.types import FixedType

#: Units in the last place of the stated precision that a value may be off by, by default.
_UNITS = 2
_NUMBERED = re.compile(r"x(\d+)")


def convert_from_symbolic_expression(
    expr: Any,
    n_symbols: int | None = None,
    lut_functions: Mapping[str, Any] | Iterable[Any] | None = None,
    use_built_in_lut_functions: bool = False,
    output_dir: str | Path = "my-hls-test",
    project_name: str = "myproject",
    input_data_tb: str | Path | None = None,
    output_data_tb: str | Path | None = None,
    precision: str = "ap_fixed<16,6>",
    part: str | None = None,
    clock_period: float | None = None,
    clock_uncertainty: str | None = None,
    io_type: str | None = None,
    compiler: str | None = None,
    hls_include_path: str | None = None,
    hls_libs_path: str | None = None,
    backend: str = "SymbolicExpression",
    *,
    symbols: Sequence[str] | None = None,
    ranges: Mapping[str, Sequence[Any]] | Sequence[Any] | None = None,
    max_error: Any = None,
    dsp: int | None = None,
    domain: str = "clamp",
    search_seconds: float | None = None,
) -> SymbolicModel:
    """Return the model of an expression, a list of them, or a mapping of names to them, as text or
    SymPy.

    The arguments before ``symbols`` are hls4ml's. Inputs have ``precision``, outputs too, rounded
    and saturated; what is between them is chosen so that the error is at most ``max_error``, by
    default two units in the last place, or up to eight where that cannot be met, for every input in
    ``ranges`` (by default all that the format holds). ``lut_functions`` are kept as stated, with
    their steps: the error is that from them. ``use_built_in_lut_functions`` changes nothing, for no
    function needs a library here.
    ``symbols``: the order of the inputs, where they are not x0, x1, ... Operands that leave the
    domain of an operator are held at its edge, unless ``domain`` is "strict".
    """
    kind = PortFormat.parse(precision).type
    name = _top(project_name)
    tables = luts.stated(lut_functions)
    outputs, read = _outputs(expr, tables, kind)
    inputs = _symbols(outputs.values(), n_symbols, symbols)
    config = Config.of(
        Path(output_dir),
        name,
        part=part,
        clock_period=clock_period,
        clock_uncertainty=clock_uncertainty,
        io_type=io_type,
        compiler=compiler,
        backend=backend,
        precision=precision,
        symbols=inputs,
        paths=(hls_include_path, hls_libs_path),
        data=(input_data_tb, output_data_tb),
    )
    options = replace(
        read,
        name=name,
        formats=str(kind),
        output_formats=str(kind),
        ranges=_ranges(ranges, inputs),
        max_error=_UNITS * kind.ulp if max_error is None else max_error,
        domain=domain,
        clock=float(config.get_config_value("ClockPeriod")),
        part=config.get_config_value("Part"),
    )
    design = _design(inputs, outputs, options, dsp)
    return SymbolicModel(design, config, search_seconds, stated=max_error is not None)


def _design(
    inputs: Sequence[str], outputs: Mapping[str, Expr], options: Options, dsp: int | None
) -> Design:
    stated = {symbol: unstated(symbol, None) for symbol in inputs}
    name = options.name or "model"
    design = assemble(stated, outputs, options, name=name, file=None)
    return replace(design, target=replace(design.target, dsp=dsp))


def _top(name: str) -> str:
    if not re.fullmatch(r"[A-Za-z]\w*", name, re.ASCII):
        raise InputError(
            f"project_name '{name}' cannot name a function", expected="letters, digits and _"
        )
    return name


def _outputs(
    given: Any, tables: Mapping[str, luts.LutFunction], kind: FixedType
) -> tuple[dict[str, Expr], Options]:
    """The expressions by the names of their outputs, and the options with the tables that they
    use.
    """
    if isinstance(given, Mapping):
        several = {str(name): e for name, e in given.items()}
    else:
        items = list(given) if isinstance(given, (list, tuple, set)) else [given]
        several = {f"y{k}" if len(items) > 1 else "y": e for k, e in enumerate(items)}
    used = {name: t for name, t in tables.items() if any(_calls(e, name) for e in several.values())}
    options = Options(tables={name: table.table(kind) for name, table in used.items()})
    reader = Reader({}, options.macros(), open=True)
    found = {name: reader.expression(_plain(e), name) for name, e in several.items()}
    symbols = set(variables(found.values()))
    renamed = {_free(name, symbols): e for name, e in found.items()}
    for name in renamed:
        identifier(name, Source(name), "an output")
    return renamed, options


def _free(name: str, taken: set[str]) -> str:
    while name in taken:
        name = f"out_{name}"
    return name


def _plain(expression: Any) -> Any:
    """``expression`` without NumPy's numbers."""
    return expression.item() if hasattr(expression, "item") else expression


def _calls(expression: Any, function: str) -> bool:
    return re.search(rf"\b{re.escape(function)}\b", str(expression)) is not None


def _symbols(
    outputs: Iterable[Expr], count: int | None, stated: Sequence[str] | None
) -> tuple[str, ...]:
    """The inputs in order: those ``stated``, or x0 to the last one, or sorted by their names."""
    used = list(dict.fromkeys(e.value for e in postorder(list(outputs)) if e.op == "var"))
    if stated is not None:
        missing = [name for name in used if name not in stated]
        if missing:
            raise InputError(
                f"symbols does not name {listed(missing)}", remedy=meant(missing[0], stated)
            )
        return tuple(stated)
    numbers = [_NUMBERED.fullmatch(name) for name in used]
    if all(numbers):
        largest = max((int(n[1]) for n in numbers if n), default=-1)
        size = max(largest + 1, count or 0, 1)
        if count is not None and largest >= count:
            what = f"n_symbols is {count}, but the expression uses x{largest}"
            raise InputError(what, remedy=f"n_symbols={largest + 1}")
        return tuple(f"x{k}" for k in range(size))
    names = sorted(used, key=_natural)
    if count is not None and count != len(names):
        raise InputError(
            f"n_symbols is {count}, but there are {len(names)} names: {listed(names)}",
            remedy="state all names in their order: symbols=[...]",
        )
    return tuple(names)


def _natural(name: str) -> list[tuple[int, int, str]]:
    """A key that puts x10 after x9."""
    parts = re.findall(r"\d+|\D+", name)
    return [(0, int(p), "") if p.isdigit() else (1, 0, p) for p in parts]


def _ranges(
    given: Mapping[str, Sequence[Any]] | Sequence[Any] | None, inputs: Sequence[str]
) -> dict[str, Sequence[Any]]:
    """The range of each input; two numbers are the range of all of them."""
    if given is None:
        return {}
    if isinstance(given, Mapping):
        return dict(given)
    return dict.fromkeys(inputs, tuple(given))
