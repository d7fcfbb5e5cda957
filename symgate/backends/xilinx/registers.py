"""Flip-flops of a network: register bits that something reads, equal ones once."""

from __future__ import annotations

from symgate.backends.xilinx.net import Net, Source


def flip_flops(net: Net) -> int:
    """Return how many flip-flops the registers of ``net`` are.

    Bits that hold the same are one, as synthesis merges them; so are those of constants none.
    """
    kept: dict[int, int] = {}  # literal that enters -> the first node that holds it
    same: dict[int, int] = {}  # node of a register's bit -> the first one that holds the same
    for node, origin in enumerate(net.origins):
        if not isinstance(origin, Source) or not _is_register(net, origin):
            continue
        (entering,) = net.feed(origin)
        literal = 2 * same.get(entering >> 1, entering >> 1) ^ (entering & 1)
        if literal > 1:
            same[node] = kept.setdefault(literal, node)
    return len(set(same.values()))


def _is_register(net: Net, origin: Source) -> bool:
    feed = net.feeds.get(origin.node)
    return feed is not None and feed.bitwise
