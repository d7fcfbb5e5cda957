"""The glossary follows the code: a word that left it, or moved, must leave or move there too."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
GLOSSARY = ROOT / "docs" / "glossary.md"
ROW = re.compile(
    r"^\| (?P<words>[^|]+) \| (?P<meaning>[^|]+) \| \[`[^`]+`\]\((?P<link>[^)]+)\) \|$"
)
ROWS = [
    line
    for line in GLOSSARY.read_text(encoding="utf-8").splitlines()
    if line.startswith("| ") and not line.startswith("| word |")
]
ENTRIES = [found.groupdict() for found in map(ROW.match, ROWS) if found]


def test_every_row_is_read():
    assert len(ENTRIES) == len(ROWS) > 50


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry["words"])
def test_word_occurs_where_the_glossary_says(entry):
    place = GLOSSARY.parent / entry["link"]
    files = place.parent.glob("*.py") if place.name == "__init__.py" else [place]
    text = "\n".join(file.read_text(encoding="utf-8") for file in files).lower()

    for word in entry["words"].split(", "):
        spelled = re.escape(word).replace(r"\ ", r"[\s_-]*").replace(r"\-", "-?")
        assert re.search(rf"(?<![a-z]){spelled}", text), f"{word} does not occur in {place}"


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry["words"])
def test_a_meaning_is_one_to_three_sentences(entry):
    assert entry["meaning"].endswith((".", ".)"))
    assert len(re.findall(r"\.\)?(?= |$)", entry["meaning"])) <= 3


def test_words_are_defined_once():
    words = [word for entry in ENTRIES for word in entry["words"].split(", ")]
    assert len(words) == len(set(words))


def test_readers_are_sent_here():
    for page in ("README.md", "CONTRIBUTING.md"):
        assert "docs/glossary.md" in (ROOT / page).read_text(encoding="utf-8")
