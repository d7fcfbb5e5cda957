"""Deep trees without deep calls: functions that yield what they need evaluated, run on a stack of
their own.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import Any, TypeVar

T = TypeVar("T")
#: A step yields further steps and is sent their results; it returns its own.
Step = Generator["Step[Any]", Any, T]


def run(step: Step[T]) -> T:
    """The result of ``step``, however deep the steps that it asks for.

    >>> def depth(n):
    ...     return 0 if n == 0 else 1 + (yield depth(n - 1))
    >>> run(depth(50_000))
    50000
    """
    stack: list[Step[Any]] = [step]
    value: Any = None
    while stack:
        try:
            asked = stack[-1].send(value)
        except StopIteration as done:
            stack.pop()
            value = done.value
        else:
            stack.append(asked)
            value = None
    result: T = value
    return result
