"""A goal as a query that a solver fulfils by a counterexample, and the answer as values of inputs."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from symgate.ir.domains import Interval
from symgate.ir.fixed import CONST, INPUT, Graph, apply
from symgate.ir.types import FixedType
from symgate.proof.formal.goals import REGISTER, Cuts, Of, Place, Query
from symgate.proof.formal.netlist import Function
from symgate.proof.formal.words import Script, Word, literal

GOT = "got"  # the bits of the text in the model of a query
_FUNCTION = re.compile(r"\bf(\d+)(c?)\b")
#: A function of the netlist as it is defined, or, if true, as it is read: with what is cut.
Name = tuple[int, bool]


@dataclass(frozen=True)
class Asked:
    """The text of a query, the nodes whose values it leaves free, and those that the Verilog reads."""

    text: str
    free: frozenset[int]
    seen: frozenset[int]


def asked(cuts: Cuts, query: Query, tied: frozenset[int]) -> Asked:
    """The query for a counterexample, in which the nodes ``tied`` have the values of their
    operands.
    """
    functions = _needed(cuts, f"{query.text} {query.wanted} {query.given}")
    covers = [cuts.covers[number] for number, cut in functions if cut]
    seen = {node for covered in covers for node, _ in covered.values()}
    script = Script(["(set-logic QF_BV)"])
    words, free = _words(cuts, script, seen, query, tied)
    lines = [*script.lines, *(_definition(cuts, name, words) for name in functions)]
    wanted = query.wanted or _wanted(cuts.graph, query, words, script, lines)
    lines += [
        f"(declare-const {GOT} (_ BitVec {query.width}))",
        f"(assert (= {GOT} {query.text}))",
        f"(assert (distinct {GOT} {wanted}))",
        *([f"(assert {query.given})"] if query.given else []),
    ]
    return Asked("\n".join(lines), free, frozenset(seen))


def _wanted(
    graph: Graph, query: Query, words: Mapping[int, Word], script: Script, lines: list[str]
) -> str:
    """The bits that the meaning has; what it takes to write them joins ``lines``."""
    assert query.node is not None
    node, before = graph.nodes[query.node], len(script.lines)
    if query.of == Of.VALUE:
        word = words[query.node]
    elif query.of == Of.OPERAND:
        word = words[node.args[0]]
    else:
        word = _computed(script, graph, query.node, words)
    text = word.bits(query.width)
    lines += script.lines[before:]
    return text


def _roots(graph: Graph, query: Query) -> tuple[int, ...]:
    if query.node is None:
        return ()
    return (query.node,) if query.of == Of.VALUE else graph.nodes[query.node].args


def _words(
    cuts: Cuts, script: Script, seen: Iterable[int], query: Query, tied: frozenset[int]
) -> tuple[dict[int, Word], frozenset[int]]:
    """The values of the nodes that a query names, and which of them are free."""
    graph, cut = cuts.graph, cuts.nodes
    waiting = [*seen, *_roots(graph, query)]
    needed: set[int] = set()
    while waiting:
        i = waiting.pop()
        if i not in needed:
            needed.add(i)
            if i not in cut or i in tied:
                waiting += graph.nodes[i].args
    words, free = dict[int, Word](), set[int]()
    for i in sorted(needed):
        node = graph.nodes[i]
        if node.op == CONST:
            words[i] = script.const(node.range.lo)
        elif node.op == INPUT or (i in cut and i not in tied):
            words[i] = script.free(f"v{i}", node.range)
            free.add(i)
        else:
            words[i] = _computed(script, graph, i, words)
    return words, frozenset(free)


def _computed(script: Script, graph: Graph, i: int, words: Mapping[int, Word]) -> Word:
    node = graph.nodes[i]
    found = apply(node, [words[operand] for operand in node.args])
    word = found if isinstance(found, Word) else script.const(int(found))
    return word.narrowed(node.range)


def _needed(cuts: Cuts, text: str) -> list[Name]:
    """The functions that a text is made of, each after those that it reads."""
    done: dict[Name, None] = {}
    waiting = [(name, False) for name in _named(text)]
    while waiting:
        name, ready = waiting.pop()
        if name in done:
            continue
        inner = [] if ready else _inner(cuts, *name)
        if inner:
            waiting.append((name, True))
            waiting += [(other, False) for other in inner]
        else:
            done[name] = None
    return list(done)


def _named(text: str) -> list[Name]:
    return [(int(number), bool(cut)) for number, cut in _FUNCTION.findall(text)]


def _inner(cuts: Cuts, number: int, cut: bool) -> list[Name]:
    """What the definition of a function names; of a cut one, itself for the bits that are not cut."""
    function = cuts.netlist.functions[number]
    if cut:
        return [] if len(cuts.covers[number]) == function.size else [(number, False)]
    return [] if function.text is None else _named(cuts.read(function.text))


def _definition(cuts: Cuts, name: Name, words: Mapping[int, Word]) -> str:
    """A function of the netlist, or what stands for it where it is read."""
    number, cut = name
    function = cuts.netlist.functions[number]
    if cut:
        bits = _covered(function, number, cuts.covers[number], words)
        text = bits if function.width else f"(= {bits} #b1)"
        return f"(define-fun f{number}c () {function.sort} {text})"
    if function.text is None:
        return f"(declare-const f{number} {function.sort})"
    return f"(define-fun f{number} () {function.sort} {cuts.read(function.text)})"


def _covered(
    function: Function, number: int, covered: Mapping[int, Place], words: Mapping[int, Word]
) -> str:
    """The bits of a function, from the nodes where it is cut."""
    parts, low = list[str](), 0
    while low < function.size:
        high = low
        if low not in covered:
            while high + 1 < function.size and high + 1 not in covered:
                high += 1
            parts.append(f"((_ extract {high} {low}) f{number})")
        else:
            node, place = covered[low]
            while covered.get(high + 1) == (node, place + high + 1 - low):
                high += 1
            top = place + high - low
            bits = words[node].bits(max(top + 1, words[node].width))
            parts.append(f"((_ extract {top} {place}) {bits})")
        low = high + 1
    return parts[0] if len(parts) == 1 else f"(concat {' '.join(reversed(parts))})"


def range_query(graph: Graph, i: int) -> str | None:
    """The query for values of the operands of a node that lead out of its range; None where its
    meaning cannot, whatever the values.
    """
    node = graph.nodes[i]
    if node.op in (CONST, INPUT, REGISTER):
        return None
    script = Script(["(set-logic QF_BV)"])
    words = {
        a: script.const(graph.nodes[a].range.lo)
        if graph.nodes[a].op == CONST
        else script.free(f"v{a}", graph.nodes[a].range)
        for a in dict.fromkeys(node.args)
    }
    found = apply(node, [words[a] for a in node.args])
    word = found if isinstance(found, Word) else script.const(int(found))
    if node.range.lo <= word.range.lo and word.range.hi <= node.range.hi:
        return None
    width = max(word.width + (not word.type.signed), _signed_width(node.range))
    value = word.bits(width)
    outside = f"(or (bvslt {value} {literal(node.range.lo, width)}) (bvslt {literal(node.range.hi, width)} {value}))"
    return "\n".join([*script.lines, f"(assert {outside})"])


def _signed_width(span: Interval) -> int:
    t = FixedType.holding(span.lo, span.hi, 0)
    return t.width + (not t.signed)


def inputs_of(graph: Graph, model: Mapping[str, int]) -> dict[str, int]:
    """The raw values of the inputs in the model of a query; those that it leaves open are as near
    to 0 as their range allows.
    """
    found = {}
    for port in graph.inputs:
        span, raw = graph.nodes[port.node].range, model.get(f"v{port.node}")
        t = FixedType.holding(span.lo, span.hi, 0)
        if raw is None:
            found[port.name] = min(max(0, span.lo), span.hi)
        else:
            negative = t.signed and raw >> (t.width - 1)
            found[port.name] = raw - (1 << t.width) if negative else raw
    return found
