"""The text form of the fixed-point graph: `show` prints it, `parse` reads it back, bit for bit.

::

    %0 = input x : fixed<4,2> [-8, 7]
    %1 = table %0 {0,1,2,...} 2 : ufixed<3,1> [0, 7]
    output y = %1 : ufixed<3,1>

Products that take turns are told of below that: ``interval 4``, and for each multiplier its products
with their cycles, ``shared %3@1 %7@2``.
"""

from __future__ import annotations

import re

from symgate.errors import InputError
from symgate.ir.domains import Interval
from symgate.ir.fixed import CONST, INPUT, Builder, Graph, Node, Slot
from symgate.ir.fixed_ops import OPS
from symgate.ir.timetable import Timetable
from symgate.ir.types import FixedType

_NODE = re.compile(r"^%(\d+) = (\w+) ?(.*?) ?: (\w+<-?\d+,-?\d+>) \[(-?\d+), (-?\d+)\]$")
_OUTPUT = re.compile(r"^output (\S+) = %(\d+) : (\w+<-?\d+,-?\d+>)$")
_INTERVAL = re.compile(r"^interval (\d+)$")
_SHARED = re.compile(r"^shared((?: %\d+@\d+)+)$")
_Attribute = int | str | tuple[int, ...]


def _attr(value: _Attribute) -> str:
    return "{" + ",".join(map(str, value)) + "}" if isinstance(value, tuple) else str(value)


def _show_node(i: int, n: Node) -> str:
    words = [*(f"%{a}" for a in n.args), *map(_attr, n.attr)]
    if n.op == CONST:
        words = [str(n.range.lo)]
    return f"%{i} = {' '.join([n.op, *words])} : {n.type} [{n.range.lo}, {n.range.hi}]"


def show(graph: Graph) -> str:
    """The whole graph, a node a line."""
    lines = [_show_node(i, node) for i, node in enumerate(graph.nodes)]
    lines += [f"output {p.name} = %{p.node} : {p.type}" for p in graph.outputs]
    lines += [f"interval {graph.interval}"] if graph.interval > 1 else []
    lines += [
        f"shared {' '.join(f'%{slot.node}@{slot.cycle}' for slot in unit)}" for unit in graph.shared
    ]
    return "\n".join(lines) + "\n"


def _value(word: str) -> _Attribute:
    if word.startswith("{"):
        return tuple(int(v) for v in word[1:-1].split(","))
    return int(word) if re.fullmatch(r"-?\d+", word) else word


def _parse_node(b: Builder, line: str, number: int, known: dict[int, int]) -> None:
    match = _NODE.match(line)
    if match is None:
        raise _error(line, number, "a line such as '%2 = add %0 %1 : fixed<8,3> [-38, 48]'")
    name, op, rest, type = int(match[1]), match[2], match[3].split(), FixedType.parse(match[4])
    interval = Interval(int(match[5]), int(match[6]))
    if op == INPUT:
        node = b.input(rest[0], type, interval)
    elif op == CONST:
        node = b.const(int(rest[0]), type.frac)
    elif op in OPS:
        node = b.emit(
            op,
            *_operands(rest, known),
            attr=tuple(_value(w) for w in rest if not w.startswith("%")),
        )
    else:
        raise _error(line, number, f"one of the operators {', '.join(OPS)}")
    if (b.nodes[node].range, b.nodes[node].type) != (interval, type):
        raise _error(
            line,
            number,
            f"{b.nodes[node].type} [{b.nodes[node].range.lo}, {b.nodes[node].range.hi}]",
        )
    known[name] = node


def _operands(words: list[str], known: dict[int, int]) -> list[int]:
    return [known[int(word[1:])] for word in words if word.startswith("%")]


def _parse_output(b: Builder, match: re.Match[str], known: dict[int, int]) -> None:
    b.output(match[1], known[int(match[2])], FixedType.parse(match[3]))


def _error(line: str, number: int, expected: str) -> InputError:
    return InputError(
        f"cannot read the graph line '{line}'",
        where=f"line {number}",
        expected=expected,
        remedy="print it with show()",
    )


def _parse_shared(b: Builder, words: str, known: dict[int, int]) -> None:
    slots = (word[1:].split("@") for word in words.split())
    b.shared.append(tuple(Slot(known[int(node)], int(cycle)) for node, cycle in slots))


def parse(text: str, whole: bool = False) -> Graph:
    """The graph that `show` printed, ``whole`` or what outputs need; raise `InputError` with the
    line if it is none.
    """
    b, known = Builder(), dict[int, int]()
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        try:
            if match := _OUTPUT.match(line):
                _parse_output(b, match, known)
            elif match := _INTERVAL.match(line):
                b.interval = int(match[1])
            elif match := _SHARED.match(line):
                _parse_shared(b, match[1], known)
            else:
                _parse_node(b, line, number, known)
        except KeyError as e:
            raise _error(line, number, f"operands defined above, and %{e} is not") from None
        except (IndexError, TypeError, ValueError) as e:
            raise _error(line, number, f"operands and attributes that fit ({e})") from None
    graph = b.build(range(len(b.nodes)) if whole else ())
    if graph.interval > 1 or graph.shared:
        _check_slots(graph)
    return graph


def _check_slots(graph: Graph) -> None:
    """Raise `InputError` where products cannot take the turns that a text gives them."""
    try:
        Timetable.of(graph)
    except ValueError as e:
        raise InputError(
            f"the graph shares a multiplier wrongly: {e}", remedy="print it with show()"
        ) from None
