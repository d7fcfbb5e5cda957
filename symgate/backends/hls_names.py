"""Names for C++: identifiers for the ports and the top function that no compiler or header takes
for something else.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from symgate.ir.fixed import Graph, Port
from symgate.ir.types import FixedType

_KEYWORDS = """
    alignas alignof and and_eq asm auto bitand bitor bool break case catch char char8_t char16_t char32_t class compl
    concept const consteval constexpr constinit const_cast continue co_await co_return co_yield decltype default delete
    do double dynamic_cast else enum explicit export extern false float for friend goto if inline int long mutable
    namespace new noexcept not not_eq nullptr operator or or_eq private protected public register reinterpret_cast
    requires return short signed sizeof static static_assert static_cast struct switch template this thread_local throw
    true try typedef typeid typename union unsigned using virtual void volatile wchar_t while xor xor_eq typeof
"""
#: Macros of the headers that we include and of the compilers, and names that the emitted code uses
#: itself.
_TAKEN = """
    main std assert errno stdin stdout stderr NULL EOF BUFSIZ INLINE linux unix i386 half row rows in_words out_words
    bit bits code join flip as booth booth_cut compute hls on_ports in_array out_array in_row out_row in_stream
    out_stream from_real input_t result_t input_row_t result_row_t
"""
_FILES = "defines", "parameters", "tb_ports"  # headers beside the one of the top function
_RESERVED = frozenset([*_KEYWORDS.split(), *_TAKEN.split()])
_OURS = re.compile(
    r"(ap_|AP_|SC_|INT|UINT|SYMGATE_|table_\d|compute_v\d|result\d|in_.*_t$|out_.*_t$)"
)


def identifier(name: str, taken: Sequence[str] = ()) -> str:
    """A C++ identifier for ``name``, different from all of ``taken``; a name that is already one
    stays.

    >>> identifier("x14"), identifier("class"), identifier("2nd jet"), identifier("a", ["a", "a_"])
    ('x14', 'class_', 'p_2nd_jet', 'a__')
    """
    text = re.sub(r"\W", "_", name, flags=re.ASCII)
    if not text[:1].isalpha() or _OURS.match(text):
        text = "p_" + text.lstrip("_")
    while text in _RESERVED or text in taken:
        text += "_"
    return text


def ap(t: FixedType, *modes: str) -> str:
    """The C++ type of ``t`` with quantisation and overflow modes, such as ``ap_fixed<8, 3,
    AP_RND>``.
    """
    return f"ap_{'' if t.signed else 'u'}fixed<{', '.join([str(t.width), str(t.integer), *modes])}>"


def ap_int(t: FixedType) -> str:
    """The C++ type of the raw bits of ``t``."""
    return f"ap_{'' if t.signed else 'u'}int<{t.width}>"


@dataclass(frozen=True)
class Argument:
    """A port as an argument of the top function."""

    port: Port
    name: str
    type: str  # name of its typedef in defines.h

    @property
    def words(self) -> int:
        """64-bit words that its raw bits take."""
        return -(-self.port.type.width // 64)


@dataclass(frozen=True)
class Names:
    """Every name in the C++ of one design."""

    top: str
    inputs: tuple[Argument, ...]
    outputs: tuple[Argument, ...]
    prefix: str  # of the variables that hold nodes
    space: str  # the namespace of the computation

    @staticmethod
    def of(name: str, graph: Graph) -> Names:
        """Choose the names for ``graph`` under the top function ``name``."""
        taken = [top := identifier(name, _FILES)]
        taken.append(space := identifier(f"{top}_design", taken))
        sides: list[list[Argument]] = []
        for side, ports in (("in", graph.inputs), ("out", graph.outputs)):
            sides.append([])
            for port in ports:
                taken.append(identifier(port.name, taken))
                sides[-1].append(Argument(port, taken[-1], f"{side}_{taken[-1]}_t"))
        used = any(re.fullmatch(r"n\d+", t) for t in taken)
        return Names(top, tuple(sides[0]), tuple(sides[1]), "node_" if used else "n", space)

    @cached_property
    def _ports(self) -> dict[int, str]:
        """The nodes that are inputs, with their names."""
        return {a.port.node: a.name for a in self.inputs}

    def value(self, graph: Graph, node: int) -> str:
        """The variable that holds ``node``."""
        return self._ports.get(node, f"{self.prefix}{node}")
