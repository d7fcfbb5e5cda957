"""A training of tables on a terminal."""

from __future__ import annotations

import sys

from symgate.learn.tables.network import Record


class Told:
    """One line on stderr, which each of ``epochs`` overwrites on a terminal; in a log a line for one
    in ``every``, and for the last.
    """

    def __init__(self, epochs: int, every: int = 1) -> None:
        self._epochs, self._every = epochs, every

    def __call__(self, record: Record) -> None:
        text = (
            f"epoch {record.epoch} of {self._epochs}: training {record.train:.4f},"
            f" validation {record.valid:.4f}, {record.seconds:.1f} CPU s"
        )
        is_last, on_terminal = record.epoch == self._epochs, sys.stderr.isatty()
        if on_terminal:
            sys.stderr.write(f"\r{text}" + ("\n" if is_last else ""))
        elif is_last or record.epoch % self._every == 0:
            sys.stderr.write(f"{text}\n")
        sys.stderr.flush()
