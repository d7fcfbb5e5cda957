"""Names of ports in VHDL: legal, and different from each other whatever their case."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from symgate.ir.fixed import Graph

_KEYWORD_LIST = """
    abs access after alias all and architecture array assert assume assume_guarantee attribute begin block body buffer
    bus case component configuration constant context cover default disconnect downto else elsif end entity exit
    fairness file for force function generate generic group guarded if impure in inertial inout is label library
    linkage literal loop map mod nand new next nor not null of on open or others out package parameter port postponed
    procedure process property protected pure range record register reject release rem report restrict
    restrict_guarantee return rol ror select sequence severity shared signal sla sll sra srl strong subtype then to
    transport type unaffected units until use variable vmode vprop vunit wait when while with xnor xor
"""
#: Words of the packages that the text uses, which a port must not hide.
_USED = "signed unsigned std_logic std_logic_vector resize shift_right to_integer rising_edge ieee rtl bench work"
_TAKEN = frozenset(_KEYWORD_LIST.split()) | frozenset(_USED.split())
_OURS = re.compile(r"(n|s|table)\d+(_type)?|valid|clk|rst|in_valid|out_valid")


@dataclass(frozen=True)
class VhdlNames:
    """The entity, and its inputs and outputs in port order."""

    top: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]


def legal(name: str) -> str:
    """Return ``name`` as a basic identifier.

    >>> legal("x14"), legal("_2 pi__r_"), legal("signal")
    ('x14', 'p_2_pi_r', 'signal_p')
    """
    text = re.sub(r"_+", "_", re.sub(r"[^A-Za-z0-9]", "_", name)).strip("_") or "p"
    text = text if text[0].isalpha() else f"p_{text}"
    return f"{text}_p" if text.lower() in _TAKEN or _OURS.fullmatch(text.lower()) else text


def vhdl_names(graph: Graph, name: str) -> VhdlNames:
    """Return the names of the entity of ``graph`` and of its ports."""
    top = legal(name)
    taken = {top.lower()}
    inputs = _distinct((port.name for port in graph.inputs), taken)
    return VhdlNames(top, inputs, _distinct((port.name for port in graph.outputs), taken))


def _distinct(names: Iterable[str], taken: set[str]) -> tuple[str, ...]:
    found = []
    for name in map(legal, names):
        number, unique = 2, name
        while unique.lower() in taken:
            unique, number = f"{name}_{number}", number + 1
        taken.add(unique.lower())
        found.append(unique)
    return tuple(found)
