"""Multipliers that products have in turn, as text: one product behind a choice of its operands, and
registers that take each result in its cycle. The valid bits say whose turn it is.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from symgate.backends.verilog.names import CLOCK, IN_VALID
from symgate.backends.verilog.terms import Term, declare, operands
from symgate.ir.fixed import Graph, Slot
from symgate.ir.hard_blocks import dsps
from symgate.ir.timetable import Timetable

Terms = Sequence[Term | None]
_VALID = "valid"


@dataclass(frozen=True)
class Multipliers:
    """The shared multipliers of a graph, and when its registers take their values."""

    graph: Graph
    table: Timetable

    @staticmethod
    def of(graph: Graph) -> Multipliers:
        """Those of ``graph``; none where new inputs come in every cycle."""
        each = graph.interval == 1
        return Multipliers(graph, Timetable({}, frozenset(), {}) if each else Timetable.of(graph))

    def shares(self, i: int) -> bool:
        """Whether node ``i`` is a product that takes turns."""
        return i in self.table.slots

    def waits(self, i: int) -> bool:
        """Whether register ``i`` is only a name for what it would take."""
        return self.graph.interval > 1 and i not in self.table.loads

    def enable(self, i: int) -> str:
        """The bit that says when register ``i`` takes its value; nothing where it always may."""
        return valid_bit(self.table.loads[i]) if i in self.table.kept else ""

    def product(self, i: int, widths: Sequence[int]) -> Term:
        """The product ``i`` in its turn, the lowest bits of its multiplier; ``widths`` are those of
        nodes as they are read.
        """
        node = self.graph.nodes[i]
        (unit,) = (u for u in self.graph.shared if i in (slot.node for slot in u))
        return Term(_name(unit, "product"), _width(unit, widths), node.type.signed, node.range)

    def declarations(self, widths: Sequence[int]) -> Iterator[str]:
        """Yield a wire for each multiplier."""
        for unit in self.graph.shared:
            slots = ", ".join(f"%{slot.node} in cycle {slot.cycle}" for slot in unit)
            slices = "yes" if dsps(self.graph, unit[0].node) else "no"
            head = declare("wire", _name(unit, "product"), _width(unit, widths), False)
            yield f'(* use_dsp = "{slices}" *) {head};  // {slots}'

    def text(self, terms: Terms, widths: Sequence[int]) -> Iterator[str]:
        """Yield the multipliers, whose operands are ``terms``."""
        for unit in self.graph.shared:
            yield from _whose_slot(unit)
            factors = zip(*(_factors(self.graph, terms, slot) for slot in unit), strict=True)
            chosen = []
            for side, found in zip("ab", factors, strict=True):
                lines, term = _choice(unit, side, found)
                yield from lines
                chosen.append(term)
            product = " * ".join(operands(chosen, _width(unit, widths)))
            yield f"assign {_name(unit, 'product')} = {product};"


def valid_bit(cycle: int) -> str:
    """The bit that says that inputs came so many cycles before."""
    return f"{_VALID}[{cycle}]" if cycle else IN_VALID


def _name(unit: Sequence[Slot], what: str) -> str:
    """The name of a part of a multiplier, which no port can have."""
    return f"n{unit[0].node}_{what}"


def _width(unit: Sequence[Slot], widths: Sequence[int]) -> int:
    return max(widths[slot.node] for slot in unit)


def _factors(graph: Graph, terms: Terms, slot: Slot) -> tuple[Term, Term]:
    """Both operands of a product, the longer one first, so that a slice has room for all."""
    found = [terms[a] for a in graph.nodes[slot.node].args]
    first, second = found[0], found[-1]
    assert first is not None
    assert second is not None
    return (first, second) if first.width >= second.width else (second, first)


def _whose_slot(unit: Sequence[Slot]) -> Iterator[str]:
    """Yield the number of the product whose turn it is, in binary, a cycle after it is known."""
    name, bits = _name(unit, "slot"), (len(unit) - 1).bit_length()
    if bits == 1:
        yield f"wire {name} = {valid_bit(unit[1].cycle)};"
        return
    coming = [
        " | ".join(valid_bit(t.cycle - 1) for k, t in enumerate(unit) if k >> place & 1)
        for place in reversed(range(bits))
    ]
    yield f"reg [{bits - 1}:0] {name};"
    yield f"always @(posedge {CLOCK}) {name} <= {{{', '.join(coming)}}};"


def _choice(unit: Sequence[Slot], side: str, factors: Sequence[Term]) -> tuple[list[str], Term]:
    """The operand of the product whose turn it is; that of the first where it is nobody's."""
    is_signed = any(term.signed for term in factors)
    width = max(term.width + (is_signed and not term.signed) for term in factors)
    name, slot, bits = _name(unit, side), _name(unit, "slot"), (len(unit) - 1).bit_length()
    cases = [f"{bits}'d{k}: {name} = {t.bits(width - 1)};" for k, t in enumerate(factors) if k]
    lines = [
        f"{declare('reg', name, width, is_signed)};",
        "always @*",
        f"  case ({slot})",
        *(f"    {case}" for case in cases),
        f"    default: {name} = {factors[0].bits(width - 1)};",
        "  endcase",
    ]
    return lines, Term(name, width, is_signed, factors[0].range)
