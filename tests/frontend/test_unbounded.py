"""An output without a bounded range is refused by the value that has none."""

from __future__ import annotations

import pytest

from symgate.api import Options
from symgate.errors import InputError
from symgate.frontend.load import load_any


@pytest.mark.parametrize(
    ("source", "value"),
    [("exp(400*(x + z)) - x", "exp(400*(x + z))"), ("3*exp(400*x)", "exp(400*x)")],
)
def test_the_value_is_named(source, value):
    options = Options(bits=8, ranges={"*": ["-4", "4"]}, relative_error="2^-6")

    with pytest.raises(InputError) as refused:
        load_any(f"y = {source}\n", options)

    assert refused.value.what == "output 'y' has no bounded range, so relative_error says nothing"
    assert refused.value.expected == f"bounds of '{value}', which has none there"
