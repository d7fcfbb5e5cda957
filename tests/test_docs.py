"""The documentation: every example runs, every link leads somewhere, the reference says all that the
code has.
"""

from __future__ import annotations

import re
import shlex
import sys
import warnings
from collections.abc import Iterator
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import pytest
from typer.testing import CliRunner

from symgate.cli import COMMANDS, app

ROOT = Path(__file__).parent.parent
_spec = spec_from_file_location("reference", ROOT / "tools/reference.py")
assert _spec is not None
assert _spec.loader is not None
reference = module_from_spec(_spec)
_spec.loader.exec_module(reference)
DOCS = ROOT / "docs"
#: Pages whose blocks run elsewhere, or are records of what was.
ELSEWHERE = {"from-hls4ml.md", "pipeline-of-the-jet-tagger.md", "attack.md"}
PAGES = sorted(
    path
    for path in DOCS.rglob("*.md")
    if path.name not in ELSEWHERE and not {"decisions", "house"} & set(path.parts)
)
_BLOCK = re.compile(r"^```(\w+)([^\n]*)\n(.*?)^```", re.DOTALL | re.MULTILINE)
_TITLE = re.compile(r'title="([^"]+)"')
_NEEDS = re.compile(r"needs=(\w+)")
_LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")


def blocks(path: Path) -> Iterator[tuple[str, str, str]]:
    """The language, the rest of the head, and the content of each fenced block."""
    yield from _BLOCK.findall(path.read_text(encoding="utf-8"))


def page(name: str) -> str:
    """A page that is made from the code."""
    return "\n".join(reference.MADE[name]()) + "\n"


def name(path: Path) -> str:
    return path.relative_to(DOCS).as_posix()


@pytest.mark.needs("g++")
@pytest.mark.parametrize(
    "path",
    [p for p in PAGES if any(kind in ("sh", "python") for kind, _, _ in blocks(p))],
    ids=name,
)
def test_every_example_runs(path, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "examples").symlink_to(ROOT / "examples")
    names: dict[str, object] = {}
    for kind, head, content in blocks(path):
        for module in _NEEDS.findall(head):
            pytest.importorskip(module)
        if title := _TITLE.search(head):
            (tmp_path / title[1]).write_text(content, encoding="utf-8")
        elif kind == "python":
            with warnings.catch_warnings():
                if "tensorflow" in head:
                    warnings.simplefilter("ignore", DeprecationWarning)  # of its dependencies
                exec(compile(content, str(path), "exec"), names)
        elif kind == "sh":
            _shell(content)


def _shell(content: str) -> None:
    """Run each line, which is one of ours."""
    for line in content.splitlines():
        words = shlex.split(line, comments=True)
        if not words:
            continue
        assert words[0] == "symgate", f"an example that does not run: {line}"
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            run = CliRunner().invoke(app, words[1:])
        assert run.exit_code == 0, f"{line}\n{run.output}\n{run.exception!r}"


def test_blocks_are_of_a_kind_that_runs_or_is_marked_as_text():
    kinds = {kind for path in PAGES for kind, _, _ in blocks(path)}
    assert kinds <= {"sh", "python", "toml", "text"}


@pytest.mark.parametrize("path", [*sorted(DOCS.rglob("*.md")), ROOT / "README.md"], ids=str)
def test_links_lead_to_files_that_are_there(path):
    made = set(reference.MADE)
    for target in _LINK.findall(path.read_text(encoding="utf-8")):
        file = target.partition("#")[0]
        if "://" in target or not file:
            continue
        place = (path.parent / file).resolve()
        is_made = place.is_relative_to(DOCS) and place.relative_to(DOCS).as_posix() in made
        assert place.exists() or is_made, f"{path} links to {target}"


def test_reference_has_every_command_key_and_operator():
    from symgate.frontend.design_file.keys import SECTIONS
    from symgate.ir.operators import OPERATORS

    commands = page("reference/command-line.md")
    assert [c for c in COMMANDS if f"## symgate {c}\n" not in commands] == []
    keys = page("reference/design-file.md")
    wanted = [key for section in SECTIONS.values() for key in section or ()]
    assert [key for key in wanted if f"| `{key}` |" not in keys] == []
    operators = page("reference/operators.md")
    shown = re.findall(r"^\| `(\w+)`", operators, re.MULTILINE)
    assert len(set(shown)) >= len(set(OPERATORS)) // 2


@pytest.mark.needs("mkdocs", "material")
def test_site_builds_without_a_warning(tmp_path):
    import subprocess

    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "-d", str(tmp_path)]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)

    assert run.returncode == 0, run.stderr
    assert (tmp_path / "reference/operators.html").exists()
