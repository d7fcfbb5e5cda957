"""S-expressions: text to nested lists with places, by a reader with its own stack, so depth is
bounded by memory alone.

Comments are ``; ...``, ``#| ... |#`` and ``#;`` before a datum; square brackets and braces are
round ones.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import NoReturn

from symgate.frontend.language.source import Source

#: Longer words are refused: no name and no number of a circuit comes near it.
MAX_WORD = 2000
_TOKEN = re.compile(
    r"(?P<space>\s+|;[^\n]*|\#lang[^\n]*|#\|.*?\|\#)|(?P<skip>\#;)|(?P<open>[(\[{])|(?P<close>[)\]}])"
    r'|"(?P<text>(?:[^"\\]|\\.)*)"|\|(?P<quoted>[^|]*)\||(?P<word>[^\s()\[\]{}";|]+)',
    re.DOTALL,
)
_PAIRS = {"(": ")", "[": "]", "{": "}"}


@dataclass(slots=True, eq=False)
class Node:
    """A word, a text in quotes, or a list; ``at`` is where it starts."""

    kind: str  # "word", "text" or "list"
    text: str
    items: list[Node]
    at: int

    @property
    def is_list(self) -> bool:
        """Whether this is a list."""
        return self.kind == "list"

    @property
    def head(self) -> str | None:
        """The word that a list begins with."""
        return self.items[0].text if self.items and self.items[0].kind == "word" else None

    def is_word(self, *words: str) -> bool:
        """Whether this is a word, one of ``words`` where any are given."""
        return self.kind == "word" and (not words or self.text in words)


def read(source: Source) -> list[Node]:
    """Every datum of ``source``; raise `InputError` for brackets that do not match and for texts
    that do not end.
    """
    stack = [Node("list", "", [], 0)]
    skips: list[tuple[int, int]] = []  # depth and number of the datum that #; takes away
    at = 0
    while at < len(source.text):
        found = _TOKEN.match(source.text, at)
        if found is None:
            _refuse(source, at)
        kind = found.lastgroup
        if kind == "skip":
            skips.append((len(stack), len(stack[-1].items)))
        elif kind == "open":
            stack.append(Node("list", found[0], [], at))
        elif kind == "close":
            stack[-1 if len(stack) < 2 else -2].items.append(_closed(source, stack, found[0], at))
            stack.pop()
        elif kind != "space":
            stack[-1].items.append(_atom(source, kind or "word", found, at))
        at = found.end()
        while (
            kind != "skip"
            and skips
            and skips[-1][0] == len(stack)
            and len(stack[-1].items) > skips[-1][1]
        ):
            stack[-1].items.pop(skips.pop()[1])
    if len(stack) > 1:
        raise source.error(
            "this bracket is never closed", stack[-1].at, remedy=f"add '{_PAIRS[stack[-1].text]}'"
        )
    return stack[0].items


def _closed(source: Source, stack: list[Node], bracket: str, at: int) -> Node:
    if len(stack) < 2:
        raise source.error(f"unexpected '{bracket}' outside brackets", at, remedy="remove it")
    if _PAIRS[stack[-1].text] != bracket:
        what = f"'{bracket}' closes a '{stack[-1].text}'"
        raise source.error(what, at, expected=f"'{_PAIRS[stack[-1].text]}'")
    return stack[-1]


def _atom(source: Source, kind: str, found: re.Match[str], at: int) -> Node:
    text = found[kind]
    if kind != "text" and len(text) > MAX_WORD:
        raise source.error(f"a word of {len(text)} characters", at, expected=f"at most {MAX_WORD}")
    return Node("text" if kind == "text" else "word", text, [], at)


def _refuse(source: Source, at: int) -> NoReturn:
    char = source.text[at]
    what = {'"': "this text never ends", "|": "this name never ends"}.get(
        char, f"unexpected character '{char}'"
    )
    raise source.error(what, at, remedy=f"close it with {char}" if char in '"|' else "remove it")
