"""What a user reads when something is wrong, and the exit code that a script sees."""

from __future__ import annotations

import pickle

import pytest

from symgate.errors import (
    AccuracyError,
    BrokenPromise,
    CheckFailed,
    InputError,
    SymgateError,
    ToolMissing,
    Where,
)


def test_full_message(golden):
    golden(
        str(
            AccuracyError(
                "output g cannot reach max_error 1e-9",
                where=Where("jets.toml", 12, "g"),
                expected="at least 0.004, because input x3 has 8 fraction bits",
                remedy="give x3 more bits, or state a larger max_error",
            )
        )
    )


def test_message_has_no_empty_lines_for_what_is_not_known():
    assert str(InputError("the file is empty")) == "error: the file is empty"


@pytest.mark.parametrize(
    ("where", "text"),
    [
        (Where("a.toml"), "a.toml"),
        (Where("a.toml", 3), "a.toml:3"),
        (Where("a.toml", symbol="x"), "a.toml, x"),
        (Where(line=3, symbol="x"), "line 3, x"),
        (Where(symbol="x"), "x"),
    ],
)
def test_where_shows_what_is_known(where, text):
    assert str(where) == text


@pytest.mark.parametrize(
    ("error", "code"),
    [(InputError, 2), (ToolMissing, 2), (AccuracyError, 2), (CheckFailed, 1), (BrokenPromise, 1)],
)
def test_exit_code(error, code):
    assert issubclass(error, SymgateError)
    assert error("x").exit_code == code


def test_error_survives_a_worker_process():
    error = InputError("a", where=Where("f", 1), expected="b", remedy="c")

    assert str(pickle.loads(pickle.dumps(error))) == str(error)


def test_broken_promise_asks_for_a_report(golden):
    error = BrokenPromise(
        "output g is off by 0.25, more than its certified bound 0.125",
        where="x = 1.5 (code 6)",
        expected="an error of at most the bound at every input",
    )

    golden(str(error))
    assert str(pickle.loads(pickle.dumps(error))) == str(error)


def test_words_that_a_file_made_up_are_cut():
    error = InputError(f"unknown key '{'k' * 9000}' of y", expected="x" * 301, remedy="rename it")

    assert (
        str(error)
        == f"error: unknown key '{'k' * 299}... of y\n  expected: {'x' * 301}\n  do: rename it"
    )
