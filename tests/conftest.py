"""What the tests share: golden files, optional tools, one printed seed, and the paths of the
project.
"""

from __future__ import annotations

import difflib
import os
import random
import re
import shutil
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
from hypothesis import settings

pytest_plugins = ["pytester"]

TESTS = Path(__file__).parent
CI = os.environ.get("CI") == "true"
ALWAYS_ON_CI = {
    "g++",
    "iverilog",
    "verilator",
}  # a skip there would hide that nothing was simulated

settings.register_profile(
    "local", deadline=None, print_blob=True
)  # deadlines fail at random on a busy machine
settings.register_profile("ci", deadline=None, print_blob=True, derandomize=True)
settings.load_profile("ci" if CI else "local")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--sample", type=int, metavar="N", help="run only N of the selected tests, evenly spaced"
    )
    parser.addoption(
        "--update-golden",
        action="store_true",
        help="write tests/golden instead of comparing with it",
    )


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Fix one seed for the session before Hypothesis reads it and before workers copy the options."""
    if config.option.hypothesis_seed is None:
        config.option.hypothesis_seed = 0 if CI else random.randrange(2**32)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Keep N tests of those that the marks selected: CI samples the slow ones."""
    wanted = config.option.sample
    if wanted is not None and len(items) > wanted:
        items[:] = [items[i * len(items) // wanted] for i in range(wanted)]


def pytest_report_header(config: pytest.Config) -> str:
    return f"seed: {config.option.hypothesis_seed} (repeat with --hypothesis-seed={config.option.hypothesis_seed})"


# Optional tools


def missing(tools: tuple[str, ...]) -> list[str]:
    """Those of ``tools`` that are neither a program on PATH nor a Python module."""
    return [tool for tool in tools if shutil.which(tool) is None and find_spec(tool) is None]


def pytest_runtest_setup(item: pytest.Item) -> None:
    for mark in item.iter_markers("needs"):
        if not (absent := missing(mark.args)):
            continue
        if CI and ALWAYS_ON_CI.intersection(absent):
            pytest.fail(f"{', '.join(absent)} must be installed on CI: see .ci/run", pytrace=False)
        pytest.skip(f"needs {', '.join(absent)}")


# Golden files


def golden_path(nodeid: str) -> Path:
    """``tests/golden/<test file>/<test>.txt``; characters that a file name should not have become
    ``_``.
    """
    file, _, test = nodeid.partition("::")
    folder = Path(file).with_suffix("").relative_to("tests")
    return TESTS / "golden" / folder / (re.sub(r"[^\w.,=+-]+", "_", test).strip("_") + ".txt")


def compare(text: str, path: Path) -> None:
    """Fail with a readable difference if ``text`` is not what ``path`` holds."""
    if not path.exists():
        pytest.fail(
            f"{path} does not exist: run pytest --update-golden and read what it wrote",
            pytrace=False,
        )
    expected = path.read_bytes().decode()
    if text == expected:
        return
    lines = difflib.unified_diff(
        expected.splitlines(), text.splitlines(), "expected", "got", lineterm=""
    )
    difference = "\n".join(lines) or "the line ends differ"
    pytest.fail(
        f"{path} differs; if the new text is right: pytest --update-golden\n{difference}",
        pytrace=False,
    )


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Callable[..., None]:
    """``golden(text)`` compares a whole text with its file; ``golden(text, "c++")`` is a second
    text of one test.
    """

    def check(text: str, part: str = "") -> None:
        path = golden_path(request.node.nodeid + (f"-{part}" if part else ""))
        if request.config.getoption("--update-golden"):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(text.encode())
        compare(text, path)

    return check


# Randomness and paths


@pytest.fixture
def rng(request: pytest.FixtureRequest) -> np.random.Generator:
    """Random numbers that repeat with the seed in the header, and differ from test to test."""
    return np.random.default_rng(
        [int(request.config.option.hypothesis_seed), *request.node.nodeid.encode()]
    )


@pytest.fixture(scope="session")
def root() -> Path:
    """The top of the project."""
    return TESTS.parent


@pytest.fixture(scope="session")
def shared(root: Path) -> Path:
    """The folder of notes and data beside the project; the test is skipped where there is none."""
    path = root.parent / "shared"
    if not path.is_dir():
        pytest.skip(f"needs {path}")
    return path


@pytest.fixture(scope="session")
def shared_data(shared: Path) -> Path:
    """Real data and third-party expressions, which the project does not ship."""
    return shared / "data"
