"""Where the keys and values of a TOML file stand in its text, which `tomllib` does not tell."""

from __future__ import annotations

import re

from symgate.frontend.language.source import Source

_HEADER = re.compile(r"^[ \t]*\[([^\[\]\n]+)\][ \t]*(?:#.*)?$", re.MULTILINE)
_VALUE = re.compile(r"""[ \t]*=[ \t]*("{3}\r?\n?|'{3}\r?\n?|"|')?""")


class Lines:
    """The text of a TOML file, searched for keys. What is not found has the place of what contains
    it.
    """

    def __init__(self, text: str, file: str):
        self.text, self.file = text, file
        heads = list(_HEADER.finditer(text))
        ends = [*(h.start() for h in heads[1:]), len(text)][: len(heads)]
        self.sections = {
            _plain(h[1]): (h.start(), h.end(), end) for h, end in zip(heads, ends, strict=True)
        }

    def source(self, path: tuple[str, ...], value: object = None) -> Source:
        """The place of the key ``path`` in the file; of its value where that is text which stands
        there verbatim.
        """
        found = self._find(path)
        symbol = path[-1] if len(path) > 1 else f"[{path[0]}]"
        if found is None:
            return Source(str(value) if isinstance(value, str) else symbol, self.file, 1, 1, symbol)
        start, end = found
        if isinstance(value, str):
            opening = _VALUE.match(self.text, end)
            at = opening.end() if opening else end
            verbatim = self.text.startswith(value, at)
            return Source(value, self.file, *self._position(at if verbatim else start), symbol)
        stop = self.text.find("\n", start)
        line = self.text[start : stop if stop >= 0 else len(self.text)].rstrip()
        return Source(line, self.file, *self._position(start), symbol)

    def _position(self, at: int) -> tuple[int, int]:
        return self.text.count("\n", 0, at) + 1, at - self.text.rfind("\n", 0, at)

    def _find(self, path: tuple[str, ...]) -> tuple[int, int] | None:
        """Start and end of the last key of ``path``, or of the longest part of it that is in the
        text.
        """
        for length in range(len(path), 0, -1):
            header = self.sections.get(".".join(path[:length]))
            if header is None:
                continue
            start, after, end = header
            found = (start, after)
            for key in path[length:]:
                inner = self._key(key, after, end, line_start=found == (start, header[1]))
                if inner is None:
                    break
                found = inner
                after, stop = inner[1], self.text.find("\n", inner[1])
                end = stop if 0 <= stop < end else end
            return found
        return None

    def _key(self, key: str, start: int, end: int, line_start: bool) -> tuple[int, int] | None:
        name = re.escape(key)
        before = r"^[ \t]*" if line_start else r"(?<![\w-])"
        pattern = re.compile(
            rf"""{before}((?:{name}|"{name}"|'{name}'))(?=[ \t]*[=.])""", re.MULTILINE
        )
        found = pattern.search(self.text, start, end)
        return (found.start(1), found.end(1)) if found else None


def _plain(header: str) -> str:
    return ".".join(part.strip().strip("\"'") for part in header.split("."))
