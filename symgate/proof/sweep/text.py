"""C text that goes through rows: the compiled model and the reference side by side, and what stays
of them, the largest errors.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from symgate.ir.expr import Expr
from symgate.ir.fixed import Graph
from symgate.proof.sweep.reference import Printer
from symgate.proof.sweep.rows import Rows, kinds
from symgate.proof.sweep.values import HEAD
from symgate.sim.compiled.operators import NAMES, Unsupported
from symgate.sim.compiled.text import BLOCK, source

#: Rows per output that may have the largest error, and that are open, which are kept.
KEPT, OPEN = 4096, 1 << 16
_MANTISSA = 53
_MIX = """\
static inline uint64_t mixed(uint64_t v) {
  v *= 0x9E3779B97F4A7C15ULL;
  v = (v ^ v >> 30) * 0xBF58476D1CE4E5B9ULL;
  v = (v ^ v >> 27) * 0x94D049BB133111EBULL;
  return v ^ v >> 31;
}
"""
#: ``least`` is an error that some row has at least, ``lost`` what rows that were not kept have at
#: most; ``many`` counts rows that are kept, open rows that are kept, and open rows.
_NOTE = f"""\
enum {{ KEPT = {KEPT}, OPEN = {OPEN} }};
typedef int64_t __attribute__((may_alias)) bits;
static void note(const double *hi, const double *lo, int64_t row, double *least, double *lost,
                 double *tops, int64_t *rows, int64_t *open, int64_t *many) {{
  const bits *h = (const bits *)hi;
  int64_t top = 0;
  for (int k = 0; k < B; k++) top = h[k] > top ? h[k] : top;
  if (top <= *(const bits *)least) return;
  for (int k = 0; k < B; k++) {{
    if (!(hi[k] < INFINITY)) {{
      if (many[1] < OPEN) open[many[1]++] = row + k;
      many[2]++;
      continue;
    }}
    if (hi[k] <= *least) continue;
    if (lo[k] > *least) *least = lo[k];
    if (many[0] == KEPT) {{
      int64_t left = 0;
      for (int i = 0; i < KEPT; i++)
        if (tops[i] > *least) tops[left] = tops[i], rows[left++] = rows[i];
      many[0] = left;
    }}
    if (many[0] == KEPT) *lost = hi[k] > *lost ? hi[k] : *lost;
    else tops[many[0]] = hi[k], rows[many[0]++] = row + k;
  }}
}}
"""


@dataclass(frozen=True)
class Sweep:
    """The C text of a sweep, the bytes that it works in, and its outputs in order."""

    text: str
    scratch: int
    outputs: tuple[str, ...]


def sweep_text(graph: Graph, exprs: Mapping[str, Expr], rows: Rows) -> Sweep:
    """Return the sweep of the outputs ``exprs`` of ``graph`` over ``rows``.

    Raise `Unsupported` where C or float64 does not hold something, or an operator has no rule.
    """
    ports = {p.name: p for p in graph.outputs}
    if any(ports[name].type.width > _MANTISSA for name in exprs):
        raise Unsupported("float64 does not hold an output")
    model = source(replace(graph, outputs=tuple(ports[name] for name in exprs)))
    code, places = rows.text()
    types, names = kinds(rows), [i.name for i in rows.inputs]
    known = dict(zip(names, places, strict=True))
    inputs = []
    for port, size in zip(graph.inputs, model.inputs, strict=True):
        if size is not None and port.name not in known:
            raise Unsupported(f"the graph reads {port.name}, the expression does not")
        inputs.append("0" if size is None else known[port.name])
    outputs = [NAMES[size] for size in model.outputs]
    count = len(exprs)
    limits = [f"{side} + {o} * B" for o in range(count) for side in ("hi", "lo")]
    body = [
        *(f"  {kind} s{k}[B];" for k, kind in enumerate(types)),
        *(f"  {kind} y{o}[B];" for o, kind in enumerate(outputs)),
        f"  double *hi = (double *)(scratch + {model.scratch}), *lo = hi + {count} * B;",
        "  int64_t before = -1; (void)before;",
        "  for (int64_t g = first; g < last; g++) {",
        *(f"    {line}" for line in code.splitlines()),
        f"    const void *in[] = {{{', '.join(inputs) or '0'}}};",
        f"    void *out[] = {{{', '.join(f'y{o}' for o in range(count))}}};",
        "    block(in, out, scratch, 0);",
        f"    compare({', '.join([*places, *(f'y{o}' for o in range(count)), *limits])});",
        f"    for (int o = 0; o < {count}; o++)",
        "      note(hi + o * B, lo + o * B, g * B, least + o, lost + o, tops + o * KEPT, rows + o * KEPT,",
        "           open + o * OPEN, many + o * 3);",
        "  }",
        "}",
    ]
    head = (
        "void sweep(int64_t first, int64_t last, const void *const *lists, char *scratch,\n"
        "           double *least, double *lost, double *tops, int64_t *rows, int64_t *open,\n"
        "           int64_t *many) {"
    )
    parts = [model.text, HEAD, _MIX, _NOTE, _compare(graph, exprs, rows, outputs), head, *body]
    errors = 2 * count * BLOCK * 8  # bytes of both limits of all errors
    return Sweep("\n".join(parts) + "\n", model.scratch + errors, tuple(exprs))


def _compare(graph: Graph, exprs: Mapping[str, Expr], rows: Rows, outputs: list[str]) -> str:
    """The function that gives, for each row and output, an error that it has at most and at least."""
    printer = Printer(rows.inputs)
    values = printer.values(list(exprs.values()))
    takes = [f"const {kind} *restrict a{k}" for k, kind in enumerate(kinds(rows))]
    takes += [f"const {kind} *restrict y{o}" for o, kind in enumerate(outputs)]
    takes += [f"double *restrict {s}{o}" for o in range(len(outputs)) for s in ("hi", "lo")]
    lines = [f"{kind} c{k} = a{k}[k];" for k, kind in enumerate(kinds(rows))]
    lines += printer.lines
    ports = {p.name: p for p in graph.outputs}
    for o, (name, value) in enumerate(zip(exprs, values, strict=True)):
        unit = float(ports[name].type.ulp).hex()
        lines.append(f"double d{o} = fabs((double)y{o}[k] * {unit} - {value.text});")
        lines.append(f"double w{o} = {value.error or '0.0'} + d{o} * 0x1p-51;")
        lines.append(f"double h{o} = (d{o} + w{o}) * (1 + 0x1p-51);")
        lines.append(f"hi{o}[k] = IF(h{o} < 1e300, h{o}, INFINITY);")
        lines.append(f"lo{o}[k] = d{o} - w{o};")
    body = "\n".join(f"    {line}" for line in lines)
    return (
        f"LOOP compare({', '.join(takes)}) {{\n  for (int k = 0; k < B; k++) {{\n{body}\n  }}\n}}"
    )
