"""The reference of the documentation, made from the code whenever the site is built.

python tools/reference.py [PAGE]    print the names of the pages, or one of them
"""

from __future__ import annotations

import inspect
import re
import sys
import tempfile
import warnings
from collections.abc import Iterator
from dataclasses import fields
from importlib import import_module
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent


def pages() -> dict[str, str]:
    """Every page by its path in the docs."""
    return {name: "\n".join(page()) + "\n" for name, page in MADE.items()}


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def _table(heads: tuple[str, ...], rows: Iterator[tuple[str, ...]]) -> Iterator[str]:
    yield "| " + " | ".join(heads) + " |"
    yield "|" + "---|" * len(heads)
    yield from ("| " + " | ".join(map(_cell, row)) + " |" for row in rows)
    yield ""


def design_file() -> Iterator[str]:
    """Sections and keys of design.toml."""
    from symgate.cli.start import TEMPLATE
    from symgate.frontend.design_file.keys import KEYS, NAMED, SECTIONS

    yield "# design.toml"
    yield "`symgate init` writes this file, which compiles as it is:"
    yield ""
    yield "```toml"
    yield TEMPLATE.format(file="design.toml", name="example").rstrip()
    yield "```"
    yield ""
    for section in SECTIONS:
        yield f"## [{section}]"
        if section in NAMED:
            yield NAMED[section]
        else:
            yield ""
            rows = ((f"`{key}`", text) for key, text in KEYS[section].items())
            yield from _table(("key", "what it says"), rows)
        yield ""


def operators() -> Iterator[str]:
    """Functions and operators of formulas."""
    from symgate.report import catalogue

    yield "# Functions of formulas"
    yield "Besides `+ - * / **`, comparisons and `a if condition else b`. What each *needs* is proved over the"
    yield 'ranges of the inputs before anything is compiled, or held there with `domain = "clamp"`.'
    yield ""
    yield from _table(
        ("name", "operands", "needs", "also called"),
        (
            (
                f"`{op.name}`",
                "any" if op.arity is None else str(op.arity),
                ", ".join(f"operand {k} {d.text}" for k, d in enumerate(op.domain, 1) if d),
                ", ".join(f"`{alias}`" for alias in op.aliases),
            )
            for op in catalogue.operators()
        ),
    )
    yield "## Written with them"
    yield ""
    rows = ((f"`{name}`", takes, ", ".join(more)) for name, takes, more in catalogue.functions())
    yield from _table(("name", "takes", "also called"), rows)


#: Values between two codes and beyond the ends, in units of the last bit.
_BETWEEN = (-2.5, -1.75, -1.5, -0.25, 0.25, 0.5, 1.5, 1.75, 2.5)
_BEYOND = (-20.0, -9.0, -8.0, 7.0, 8.0, 20.0)


def rounding() -> Iterator[str]:
    """What each mode does, computed by the meaning that designs are compiled to."""
    from symgate.ir.types import Overflow, Rounding

    yield "# Rounding and overflow"
    yield "A format is `fixed<W,I>`: W bits, I of them before the binary point, sign included; `ufixed` has no sign."
    yield "`int<N>`, `bool` and `Q3.4` are other ways to say one. Ours round to nearest and saturate. With `ap_` in"
    yield "front, `ap_fixed<W,I,ROUNDING,OVERFLOW>`, modes are those of the vendor's headers: `AP_TRN` and `AP_WRAP`"
    yield "where none is stated. The tables are computed by symgate when this page is made."
    yield ""
    yield "## Rounding: `ap_fixed<6,6,...,AP_SAT>`"
    yield ""
    head = ("mode", *(f"{v:g}" for v in _BETWEEN))
    rows = ((f"`AP_{m}`", *_results(f"ap_fixed<6,6,AP_{m},AP_SAT>", _BETWEEN)) for m in Rounding)
    yield from _table(head, rows)
    yield "## Overflow: `ap_fixed<4,4,AP_RND,...>`, which holds -8 to 7"
    yield ""
    head = ("mode", *(f"{v:g}" for v in _BEYOND))
    rows = ((f"`AP_{m}`", *_results(f"ap_fixed<4,4,AP_RND,AP_{m}>", _BEYOND)) for m in Overflow)
    yield from _table(head, rows)
    yield "Inputs saturate to their ranges in hardware, unless `saturate = false`."


def _results(kind: str, values: tuple[float, ...]) -> tuple[str, ...]:
    import numpy as np

    from symgate import api
    from symgate.frontend.options import Options

    options = Options(formats={"x": "fixed<8,6>"}, output_formats={"y": kind}, max_error=["2"])
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        build = api.compile("y = x", Path(folder) / "y", options=options)
        found = build.predict(np.array(values))
    return tuple(f"{v:g}" for v in found)


def command_line() -> Iterator[str]:
    """Every command with its options."""
    import typer.main

    from symgate.cli import EXIT_CODES, app

    yield "# Command line"
    yield f"{EXIT_CODES} Completion of names and options in your shell: `symgate --install-completion`."
    yield ""
    group: Any = typer.main.get_command(app)
    for name, command in group.commands.items():
        yield f"## symgate {name}"
        yield command.help or ""
        yield ""
        yield from _table(("", "what it is"), map(_option, command.params))


def _option(parameter: Any) -> tuple[str, str]:
    words = [f"`{word}`" for word in (*parameter.opts, *parameter.secondary_opts)]
    if parameter.param_type_name == "argument":
        words = [f"`{(parameter.metavar or parameter.name).upper()}`"]
    text = getattr(parameter, "help", None) or ""
    usual = parameter.default
    is_said = "[default" in text or usual in (None, False, (), [])
    shown = "" if is_said or callable(usual) else f" [default: {usual}]"
    return ", ".join(words), text + shown


def python() -> Iterator[str]:
    """What `import symgate` gives."""
    from symgate import EXPORTS

    yield "# Python"
    yield "`import symgate` gives these; what they raise on bad input is a `symgate.errors.SymgateError`, whose text"
    yield "says what is wrong, where, and what to do."
    yield ""
    for name, module in EXPORTS.items():
        found = getattr(import_module(module), name)
        yield f"## symgate.{name}"
        if inspect.isfunction(found):
            yield from ("```text", f"{name}{inspect.signature(found)}", "```")
        yield ""
        yield _prose(found)
        yield ""
        for method in _methods(found):
            yield f"### {name}.{method.__name__}"
            yield from ("```text", f"{method.__name__}{inspect.signature(method)}", "```", "")
            yield _prose(method)
            yield ""
    from symgate.frontend.options import Options

    yield "## Fields of Options"
    yield ""
    yield from _table(("field", "type"), ((f"`{f.name}`", f"`{f.type}`") for f in fields(Options)))


def _methods(found: Any) -> list[Any]:
    if not inspect.isclass(found):
        return []
    own = vars(found).items()
    return [
        f for name, f in own if inspect.isfunction(f) and not name.startswith("_") and f.__doc__
    ]


def _prose(found: Any) -> str:
    return re.sub(r"``(.*?)``", r"`\1`", inspect.getdoc(found) or "")


def files() -> Iterator[str]:
    """What a build folder holds: a small design is compiled and looked at."""
    from symgate import api

    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        build = api.compile(
            "y = x*x", Path(folder) / "square", bits=6, ranges=["[-2, 2]"], max_error=0.1
        )
        names = sorted(
            p.relative_to(build.path).as_posix() for p in build.path.rglob("*") if p.is_file()
        )
        readme = (build.path / "README.md").read_text(encoding="utf-8")
    yield "# Files of a build"
    yield "What `symgate compile` writes for `y = x*x`, with the module `square`. Its own README says, to the person"
    yield "who gets it:"
    yield ""
    body = readme.partition("\n")[2]
    yield re.sub(r"^#", "##", body, flags=re.MULTILINE)
    yield "## All files"
    yield ""
    yield "```text"
    yield from (name for name in names if "ap_types" not in name)
    yield "```"


def decisions() -> Iterator[str]:
    """The list of decision records."""
    yield "# Decisions"
    yield "Why things are as they are, and what else was considered."
    yield ""
    for file in sorted((ROOT / "docs/decisions").glob("0*.md")):
        title = file.read_text(encoding="utf-8").partition("\n")[0].lstrip("# ")
        yield f"- [{title}]({file.name})"


#: Every page by its path in the docs.
MADE = {
    "reference/design-file.md": design_file,
    "reference/operators.md": operators,
    "reference/rounding.md": rounding,
    "reference/command-line.md": command_line,
    "reference/python.md": python,
    "reference/files.md": files,
    "decisions/index.md": decisions,
}

if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    print("\n".join(MADE[sys.argv[1]]() if sys.argv[1:] else MADE))
