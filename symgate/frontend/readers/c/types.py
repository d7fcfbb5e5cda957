"""Names of types: which are whole, which are real, and which change a number in ways of their own."""

from __future__ import annotations

import re
from collections.abc import Sequence

from symgate.errors import InputError
from symgate.frontend.readers.c.values import BOOL, REAL, SAME, UNSIGNED, WHOLE
from symgate.frontend.readers.c.words import NAME, Word


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_QUALIFIERS = _words(
    """
    const static inline constexpr extern volatile register restrict __restrict __inline
    __device__ __host__ __global__ function struct typename virtual explicit
    """
)
_WHOLE = _words(
    """
    int long signed int32_t int64_t int_fast32_t ptrdiff_t intmax_t std::int32_t std::int64_t
    """
)
_UNSIGNED = _words(
    """
    unsigned uint32_t uint64_t size_t std::size_t uint std::uint32_t std::uint64_t
    """
)
_REAL = _words(
    """
    float double real half void ap_fixed ap_ufixed ac_fixed float_t double_t
    std::float32_t std::float64_t
    """
)
_NARROW = _words(
    """
    char short int8_t int16_t uint8_t uint16_t std::int8_t std::int16_t std::uint8_t
    std::uint16_t ap_int ap_uint
    """
)
_SAME = frozenset({"auto", "var", "let"})
_BOOL = frozenset({"bool", "_Bool"})
TYPES = _QUALIFIERS | _WHOLE | _UNSIGNED | _REAL | _NARROW | _SAME | _BOOL


def is_type(word: Word) -> bool:
    """Whether a word begins the name of a type; a name that ends as types do, ``data_t``, is one."""
    if word.kind != NAME:
        return False
    return word.text in TYPES or re.fullmatch(r"\w+_t", word.text) is not None


def kind_of(name: str) -> int:
    """The kind of a type by its words; raise `InputError` for one that wraps numbers around."""
    words = [word for word in re.findall(r"[\w:]+", name) if word not in _QUALIFIERS]
    if narrow := next((word for word in words if word in _NARROW), None):
        remedy = "use int, or float"
        raise InputError(f"the type {narrow} wraps numbers that it cannot hold", remedy=remedy)
    if any(word in _UNSIGNED for word in words):
        return UNSIGNED
    if any(word in _BOOL for word in words):
        return BOOL
    if all(word in _SAME for word in words):
        return SAME
    whole = any(word in _WHOLE for word in words) and "double" not in words
    return WHOLE if whole else REAL


def cast_at(words: Sequence[Word], at: int) -> tuple[str, int] | None:
    """The type in the bracket that opens at ``at``, and the place after it; None where it is none."""
    end, found = at + 1, list[str]()
    if not is_type(words[end]):
        return None
    while end < len(words) and words[end].text != ")":
        if words[end].kind not in (NAME, "number") and words[end].text not in ("*", "<", ">", ","):
            return None
        found.append(words[end].text)
        end += 1
    return " ".join(found), end + 1
