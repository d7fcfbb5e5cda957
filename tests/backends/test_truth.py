"""Truth tables as integers mean what they say, bit by bit."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from symgate.backends.xilinx import truth

MOST = 6


@st.composite
def tables(draw):
    """The number of variables, and a table over them."""
    n = draw(st.integers(0, MOST))
    return n, draw(st.integers(0, truth.ones(n)))


def value(table: int, index: int) -> int:
    """What a table says where the variables are the bits of ``index``."""
    return table >> index & 1


@given(tables(), st.integers(1, MOST), st.data())
def test_a_substituted_table_is_the_function_of_its_arguments(function, n, data):
    count, table = function
    full = truth.ones(n)
    arguments = [data.draw(st.integers(0, full)) for _ in range(count)]

    found = truth.substitute(table, arguments, full)

    for index in range(1 << n):
        inner = sum(value(argument, index) << k for k, argument in enumerate(arguments))
        assert value(found, index) == value(table, inner)


@given(tables())
def test_a_variable_matters_where_changing_it_alone_changes_the_result(function):
    n, table = function

    for i in range(n):
        changes = any(value(table, x) != value(table, x ^ 1 << i) for x in range(1 << n))
        assert truth.matters(table, n, i) == changes


def test_variables_of_many_inputs_follow_the_same_rule_as_those_of_few():
    for n in range(1, MOST + 3):
        for i in range(n):
            assert truth.variable(n, i) == truth.of(lambda x, i=i: x >> i, n)
