"""Renamed bits as operands: ranges of other vectors and constants side by side, without a wire of
their own.
"""

from __future__ import annotations

from dataclasses import dataclass

from symgate.backends.verilog.terms import Term
from symgate.ir.fixed import Node

#: Bit ``k`` of a declared vector, or a constant bit.
Source = tuple[Term, int] | int


@dataclass(frozen=True, slots=True)
class Wired(Term):
    """Bits of other vectors, the lowest first."""

    sources: tuple[Source, ...] = ()

    @property
    def ranges(self) -> int:
        """Of how many ranges and constants it is made."""
        return len(_parts(self.sources))

    def bits(self, high: int, low: int = 0) -> str:
        """Bits ``high`` to ``low``, as many as asked for: above the top one they repeat the sign,
        or are 0.
        """
        parts = _parts(tuple(_bit(self, k) for k in range(low, high + 1)))
        return parts[0] if len(parts) == 1 else f"{{{', '.join(reversed(parts))}}}"

    def plain(self, signed: bool) -> str:
        """The operand for an expression that is as a whole signed or unsigned.

        A range of bits and a concatenation are unsigned, a whole vector is what it was declared.
        """
        text = self.bits(self.width - 1)
        whole = self._whole()
        if self.signed:
            return text if whole is not None and whole.signed else f"$signed({text})"
        if signed:
            return f"$signed({{1'b0, {text}}})"
        return text if whole is None or not whole.signed else f"$unsigned({text})"

    def _whole(self) -> Term | None:
        """The vector that it is the whole of, if it is."""
        first = self.sources[0]
        if isinstance(first, int) or first[0].width != self.width:
            return None
        whole = first[0]
        same = all(source == (whole, k) for k, source in enumerate(self.sources))
        return whole if same else None


def wired(node: Node, operands: list[Term], width: int) -> Wired:
    """The lowest ``width`` bits of ``node``, which only renames bits."""
    bits = tuple(_source(node, operands, k) for k in range(width))
    return Wired("", width, node.type.signed, node.range, None, bits)


def low_bits(x: Term, node: Node, width: int) -> Wired:
    """The lowest ``width`` bits of ``x``, as the value of ``node``."""
    bits = tuple(_bit(x, k) for k in range(width))
    return Wired("", width, node.type.signed, node.range, None, bits)


def _source(node: Node, operands: list[Term], k: int) -> Source:
    x = operands[0]
    match node.op:
        case "slice":
            return _bit(x, k + node.attr[1])
        case "round":
            return _bit(x, k + node.attr[0])
        case "shl":
            return 0 if k < node.attr[0] else _bit(x, k - node.attr[0])
        case "concat":
            low_width = node.attr[0]
            return _bit(operands[1], k) if k < low_width else _bit(x, k - low_width)
        case _:
            return _bit(x, k)


def _bit(x: Term, k: int) -> Source:
    """Bit ``k`` of ``x``; above the top one its sign, or 0."""
    if x.value is not None:
        return (x.value >> k) & 1
    if k >= x.width:
        if not x.signed:
            return 0
        k = x.width - 1
    return x.sources[k] if isinstance(x, Wired) else (x, k)


def _parts(sources: tuple[Source, ...]) -> list[str]:
    """The texts of ``sources``, the lowest first: bits in a row are a range, one bit over and over is
    a repetition.
    """
    parts: list[str] = []
    at = 0
    while at < len(sources):
        source = sources[at]
        length = _run(sources, at)
        if isinstance(source, int):
            ones = (k for k, bit in enumerate(sources[at : at + length]) if bit == 1)
            parts.append(f"{length}'d{sum(1 << k for k in ones)}")
        else:
            term, low = source
            repeated = length > 1 and sources[at + 1] == source
            text = term.bits(low if repeated else low + length - 1, low)
            parts.append(f"{{{length}{{{text}}}}}" if repeated else text)
        at += length
    return parts


def _run(sources: tuple[Source, ...], at: int) -> int:
    """How many bits from ``at`` on belong together."""
    first, length = sources[at], 1
    step = int(at + 1 < len(sources) and sources[at + 1] != first)
    while at + length < len(sources):
        following = sources[at + length]
        if isinstance(first, int):
            belongs = isinstance(following, int)
        else:
            belongs = following == (first[0], first[1] + step * length)
        if not belongs:
            break
        length += 1
    return length
