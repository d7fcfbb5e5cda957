"""Python source: ``def f(x0, x1): return x0**2 + 2.5*np.cos(x1)``, lambdas and assignments, read by
its syntax tree.

Nothing is run. Read are assignments, ``if`` and ``else``, ``return``, constants of the module, and the
functions of math, numpy, torch and jax by their names. ``x[0]`` and ``x[:, 0]`` are the variable x0; a
tuple that is returned is several outputs.
"""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Sequence
from pathlib import Path

from symgate.errors import InputError, Where
from symgate.frontend.imported import Imported
from symgate.frontend.language.source import Source
from symgate.frontend.options import Options, unstated
from symgate.frontend.readers.base import Content, Kind, Settings, undefined
from symgate.frontend.readers.python.expressions import lines
from symgate.frontend.readers.python.statements import Reader
from symgate.frontend.readers.text import in_order, name_outputs
from symgate.ir.expr import variables


def matches(content: Content) -> bool:
    """Whether the text defines a function of Python."""
    form = r"^(?:def |import |from \w+ import|\w+ = lambda|lambda )"
    return content.suffix == ".py" or re.search(form, content.sample, re.MULTILINE) is not None


def read(content: Content, paths: Sequence[Path], options: Options) -> Imported:
    """The outputs of the last function of a file (or of the one that ``pick`` names), or of its
    assignments.
    """
    file = str(content.path)
    tree = _tree(content.text, file)
    reader = Reader(content.text, file, options.macros())
    found, parameters = reader.module(tree, options.pick)
    outputs = (
        found
        if isinstance(found, dict)
        else name_outputs(list(found), options.outputs, set(parameters))
    )
    if not outputs:
        raise InputError(
            "no expression is in this file", where=Where(file), expected="def f(x, y): return ..."
        )
    used = variables(outputs.values())
    inputs = {
        n: unstated(n, file)
        for n in in_order(
            {*used, *(parameter for parameter in parameters if parameter in used)}, parameters
        )
    }
    notes = tuple(undefined(inputs, parameters, content.text))
    return Settings.of(options).apply(Imported(content.path.stem, inputs, outputs, file, notes))


def _tree(text: str, file: str) -> ast.Module:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(lines(text))
    except SyntaxError as e:
        where = Source(text, file).spot(0) if e.lineno is None else Where(file, e.lineno)
        raise InputError(f"this is no Python: {e.msg}", where=where) from None
    except (RecursionError, MemoryError):
        raise InputError(
            "the brackets of this Python are nested too deeply", where=Where(file)
        ) from None
    except ValueError as e:
        raise InputError(f"this is no Python: {e}", where=Where(file)) from None


KIND = Kind(
    "Python source", "python", matches, read, example="def f(x0, x1): return x0**2 + 2.5*np.cos(x1)"
)
