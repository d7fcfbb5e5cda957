"""Adders: low bits that only one operand has pass by, so that a carry chain covers no bit in vain."""

from __future__ import annotations

from heapq import heapify, heappop, heappush

from symgate.ir.fixed import Builder


def add(b: Builder, x: int, y: int) -> int:
    """``x + y`` at any two binary points."""
    if b.nodes[x].frac < b.nodes[y].frac:
        x, y = y, x
    shift = b.nodes[x].frac - b.nodes[y].frac
    beside = _beside(b, x, y)
    if beside is not None:
        return beside
    if shift == 0:
        return b.add(x, y)
    return _joined(b, x, shift, lambda high: b.add(high, y))


def _beside(b: Builder, x: int, y: int) -> int | None:
    """``x + y`` where one is a multiple of a power of two that the other does not reach: the bits of
    both beside each other. None where they overlap.
    """
    frac = max(b.nodes[x].frac, b.nodes[y].frac)
    for high, low in ((x, y), (y, x)):
        shift, below = frac - b.nodes[high].frac, b.nodes[low]
        range_ = below.range
        fits = range_.lo >= 0 and range_.hi << (frac - below.frac) < 1 << max(shift, 0)
        if shift > 0 and fits and below.frac == frac:
            plain = not below.type.signed and below.type.width <= shift
            return b.concat(high, low if plain else b.slice(low, shift - 1, 0), shift)
    return None


def sub(b: Builder, x: int, y: int) -> int:
    """``x - y`` at any two binary points."""
    shift = b.nodes[x].frac - b.nodes[y].frac
    if shift <= 0:
        return b.sub(b.shl(x, -shift), y)
    return _joined(b, x, shift, lambda high: b.sub(high, y))


def _joined(b: Builder, x: int, shift: int, step) -> int:  # type: ignore[no-untyped-def]
    """``step`` on the bits of ``x`` above ``shift``, with the others below it again."""
    node = b.nodes[x]
    if node.range.lo == node.range.hi and node.range.lo % (1 << shift) == 0:
        return b.shl(step(b.const(node.range.lo >> shift, node.frac - shift)), shift)
    high = b.round(x, shift)
    return b.concat(step(high), b.slice(x, shift - 1, 0), shift)


def wrapped(b: Builder, x: int, width: int | None) -> int:
    """``x`` modulo 2^width where it is wider, as a signed number."""
    if width is None or b.nodes[x].type.width <= width:
        return x
    return b.wrap(x, max(width, 1), True)


def balanced(
    b: Builder, nodes: list[int], levels: list[int] | None = None, modulus: int | None = None
) -> int:
    """The sum of ``nodes`` as a tree, early and narrow ones first, modulo ``2**modulus`` where that
    is given.
    """
    if not nodes:
        return b.const(0, 0)
    heap = [
        ((levels or [0] * len(nodes))[i], b.nodes[n].type.width, i, n) for i, n in enumerate(nodes)
    ]
    heapify(heap)
    serial = len(nodes)
    while len(heap) > 1:
        level_x, _, _, x = heappop(heap)
        level_y, _, _, y = heappop(heap)
        total = add(b, x, y)
        total = wrapped(b, total, None if modulus is None else modulus + b.nodes[total].frac)
        heappush(heap, (max(level_x, level_y) + 1, b.nodes[total].type.width, serial, total))
        serial += 1
    return heap[0][3]
