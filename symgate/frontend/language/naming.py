"""Names of other tools as names that every target language accepts, different from each other, the
map kept.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

MAX_LENGTH = 64
_SIGNS = {
    "'": "_prime",
    "*": "_star",
    "+": "_plus",
    "%": "_percent",
    "²": "2",
    "³": "3",
    "→": "_to_",
}


def plain(name: str) -> str:
    """``name`` in ASCII letters, digits and underscores, a letter or underscore first.

    >>> plain("m-0"), plain("λ'"), plain("2nd jet"), plain("θ_1"), plain("x")
    ('m_0', 'lambda_prime', 'x_2nd_jet', 'theta_1', 'x')
    """
    if len(name) <= MAX_LENGTH and re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", name):
        return name
    text = "".join(map(_letter, unicodedata.normalize("NFKC", name)))
    text = re.sub(r"[^A-Za-z0-9_]", "_", text).rstrip("_") or "x"
    text = f"x_{text}" if text[0].isdigit() else text
    return text[:MAX_LENGTH]


def _letter(char: str) -> str:
    if char.isascii():
        return _SIGNS.get(char, char)
    if char in _SIGNS:
        return _SIGNS[char]
    spelled = unicodedata.name(char, "").split()
    if len(spelled) >= 4 and spelled[0] == "GREEK" and spelled[2] == "LETTER":
        greek = spelled[3].lower().replace("lamda", "lambda")
        return greek.capitalize() if spelled[1] == "CAPITAL" else greek
    return unicodedata.normalize("NFKD", char).encode("ascii", "ignore").decode()


def distinct(names: Iterable[str], taken: Iterable[str] = ()) -> dict[str, str]:
    """A plain name for each of ``names``, different from all others and from ``taken``; plain names
    stay.

    >>> distinct(["a-b", "a_b", "E", "e"])
    {'a-b': 'a_b_2', 'a_b': 'a_b', 'E': 'E', 'e': 'e'}
    """
    wanted = list(dict.fromkeys(names))
    used, out = set(taken), dict[str, str]()
    for name in sorted(wanted, key=lambda n: plain(n) != n):
        stem = unique = plain(name)
        number = 1
        while unique in used:
            number += 1
            unique = f"{stem}_{number}"
        used.add(unique)
        out[name] = unique
    return {name: out[name] for name in wanted}
