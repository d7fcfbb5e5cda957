"""Whole numbers with the least weighted sum, where some must stay behind others.

Each step raises by one a set of numbers that gains most: a closure of greatest gain, which is a
smallest cut of a network (J.-C. Picard, Management Science 22, 1976). Steps of this kind from the
smallest numbers allowed end at a least sum (K. Murota, Discrete Convex Analysis, 2003, section 10.3).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

from symgate import patience

_NO_LIMIT = 1 << 60


@dataclass(frozen=True)
class Behind:
    """Number ``second`` is at least number ``first`` plus ``by``."""

    first: int
    second: int
    by: int


def most_gained(
    smallest: Sequence[int], largest: Sequence[int], gains: Sequence[int], rules: Sequence[Behind]
) -> list[int]:
    """Numbers from ``smallest`` to ``largest`` that keep ``rules`` and have the greatest sum of
    number times gain, where a gain may be below 0; each as small as that allows. The ``smallest``
    numbers must keep the rules.

    A step raises some numbers by one; what flows in the network of one is a flow in the next, too:
    none flows from a number that stays to one that is raised.
    """
    found = list(smallest)
    network = Network(len(found))
    for i, gain in enumerate(gains):
        network.supply(i, gain)
    arcs = [network.join(rule.first, rule.second, 0) for rule in rules]
    raised = [True] * len(found)
    while True:
        patience.checkpoint()
        for i, top in enumerate(largest):
            if found[i] == top:
                network.drain(i)
        for rule, arc in zip(rules, arcs, strict=True):
            if raised[rule.first] or raised[rule.second]:
                is_tight = found[rule.second] == found[rule.first] + rule.by
                network.room[arc] = _NO_LIMIT if is_tight else 0
        raised = network.reached_when_full()
        if not any(raised):
            return found
        found = [value + up for value, up in zip(found, raised, strict=True)]


class Network:
    """Places joined by arcs, some with a supply that flows to those with a demand (E. A. Dinic, 1970)."""

    def __init__(self, size: int) -> None:
        self.size = size
        self.source, self.sink = size, size + 1
        self.leaving: list[list[int]] = [[] for _ in range(size + 2)]  # arcs of each place
        self.ends: list[int] = []
        self.room: list[int] = []  # arc k and its way back, k ^ 1, follow each other
        self.drains = [False] * size
        self.distance: list[int] = []
        self.next_arc: list[int] = []

    def join(self, start: int, end: int, capacity: int) -> int:
        """Add an arc, and return its number."""
        for place, other, room in ((start, end, capacity), (end, start, 0)):
            self.leaving[place].append(len(self.ends))
            self.ends.append(other)
            self.room.append(room)
        return len(self.ends) - 2

    def supply(self, place: int, amount: int) -> None:
        """Let so much begin at a place; end there, where it is below 0."""
        if amount > 0:
            self.join(self.source, place, amount)
        elif amount < 0:
            self.join(place, self.sink, -amount)

    def drain(self, place: int) -> None:
        """Let whatever reaches a place end there."""
        if not self.drains[place]:
            self.drains[place] = True
            self.join(place, self.sink, _NO_LIMIT)

    def reached_when_full(self) -> list[bool]:
        """Send as much as there is room for; which places what is left of the supply reaches."""
        while self._measure():
            patience.checkpoint()
            self.next_arc = [0] * len(self.leaving)
            while self._send():
                pass
        reached = [False] * len(self.leaving)
        reached[self.source] = True
        todo = [self.source]
        while todo:
            for arc in self.leaving[todo.pop()]:
                if self.room[arc] and not reached[self.ends[arc]]:
                    reached[self.ends[arc]] = True
                    todo.append(self.ends[arc])
        return reached[: self.size]

    def _measure(self) -> bool:
        """Set each place's distance to the sink over arcs with room; whether the source has one."""
        distance = [-1] * len(self.leaving)
        distance[self.sink] = 0
        todo = deque([self.sink])
        while todo:
            place = todo.popleft()
            for arc in self.leaving[place]:
                start = self.ends[arc]
                if distance[start] < 0 and self.room[arc ^ 1]:
                    distance[start] = distance[place] + 1
                    todo.append(start)
        self.distance = distance
        return distance[self.source] >= 0

    def _send(self) -> bool:
        """Send what one of the shortest paths has room for; whether there was one left."""
        path: list[int] = []
        place = self.source
        while place != self.sink:
            arc = self._nearer(place)
            if arc is not None:
                path.append(arc)
                place = self.ends[arc]
            elif path:
                place = self.ends[path.pop() ^ 1]
                self.next_arc[place] += 1
            else:
                return False
        sent = min(self.room[arc] for arc in path)
        for arc in path:
            self.room[arc] -= sent
            self.room[arc ^ 1] += sent
        return True

    def _nearer(self, place: int) -> int | None:
        """The next arc with room that leads nearer to the sink, if there is one."""
        mine, nearer = self.leaving[place], self.distance[place] - 1
        for k in range(self.next_arc[place], len(mine)):
            if self.room[mine[k]] and self.distance[self.ends[mine[k]]] == nearer:
                self.next_arc[place] = k
                return mine[k]
        self.next_arc[place] = len(mine)
        return None
