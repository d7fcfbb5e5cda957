"""pykan: what ``symbolic_formula()`` returns, ``([0.01*(-9.6*x_1 - 0.4)**2], [x_1, x_2])``;
variables from x_1.
"""

from __future__ import annotations

import re

from symgate.frontend.readers.base import Content, Kind, infix, rest_of_lists


def matches(content: Content) -> bool:
    """Whether the text is a list of expressions in x_1, x_2, ... ."""
    return re.match(r"\s*\(?\s*\[", content.sample) is not None and "x_" in content.sample


KIND = Kind(
    "pykan formula", "pykan", matches, infix(prepare=rest_of_lists, base=1),
    example="([0.0108*(-9.603*x_1 - 0.0004)**2 + 2.5557*sin(0.9951*x_2)], [x_1, x_2])",
)  # fmt: skip
