"""The frames that a graph can be printed in."""

from __future__ import annotations

from enum import Enum


class Style(Enum):
    """What stands around the nodes of a module."""

    VALID = "a pipeline with a valid bit beside the data, which never stops"
    ENABLE = "the same with a clock enable"
    BARE = "inputs and outputs alone, without a clock"
