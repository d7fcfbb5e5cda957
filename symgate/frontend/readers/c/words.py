"""The words of C: comments left out, macros of the file written out, conditional text as stated."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from symgate.frontend.language.source import Source

NUMBER, NAME, TEXT, SIGN, END = "number", "name", "text", "sign", "end"
#: Words that macros may write out in one file, and how deep they may use each other.
MAX_WORDS, MAX_DEPTH = 2_000_000, 50
_WORD = re.compile(
    r"(?P<space>\s+)"
    r"|(?P<number>0[xX][0-9a-fA-F]+[uUlL]*|(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?[fFlLuU]*(?![\w.]))"
    r"|(?P<name>[A-Za-z_$]\w*(?:::[A-Za-z_]\w*)*)"
    r'|(?P<text>"[^"\n]*"|\'[^\'\n]*\')'
    r"|(?P<sign><<=|>>=|===|!==|\*\*|->|\+\+|--|&&|\|\||[-+*/%&|^<>=!]=|<<|>>|::|[-+*/%(){}\[\]<>=!&|^~?:;,.#])"
)
_COMMENT = re.compile(r'"[^"\n]*"|/\*.*?\*/|//[^\n]*', re.DOTALL)
_DIRECTIVE = re.compile(r"^[ \t]*#[ \t]*(\w+)((?:[^\n\\]|\\.|\\\n)*)", re.MULTILINE)
_TYPEDEF = re.compile(r"\btypedef\s+([^;{}()]+?)\s+(\w+)\s*;|\busing\s+(\w+)\s*=\s*([^;{}()]+);")
_MACRO = re.compile(r"\s+([A-Za-z_]\w*)(\(([^()]*)\))?", re.DOTALL)
_CONDITIONAL = ("if", "ifdef", "ifndef", "else", "elif", "endif")


class Word(NamedTuple):
    """One word: its kind, its text, and the offset where it starts in the file."""

    kind: str
    text: str
    at: int


@dataclass(frozen=True)
class MacroText:
    """What ``#define`` says: the parameters, None for a macro without brackets, and the words."""

    parameters: tuple[str, ...] | None
    body: tuple[Word, ...]


def words(source: Source) -> list[Word]:
    """All words of a file, closed by one of kind END; raise `InputError` at what C does not have."""
    text = _COMMENT.sub(_blanked, source.text)
    text, macros = _directives(source, text)
    text = _TYPEDEF.sub(lambda match: _typedef(source, match, macros), text)
    return [*_Expansion(source, macros).all(_split(source, text)), Word(END, "", len(text))]


def _typedef(source: Source, match: re.Match[str], macros: dict[str, MacroText]) -> str:
    """Take ``typedef int count_t;`` or ``using count_t = int;`` as a macro."""
    group = 1 if match[2] else 4
    body = _split(source, match[group], match.start(group))
    macros[match[2] or match[3]] = MacroText(None, tuple(body))
    return _spaces(match[0])


def _blanked(match: re.Match[str]) -> str:
    return match[0] if match[0][0] == '"' else re.sub(r"[^\n]", " ", match[0])


def _split(source: Source, text: str, start: int = 0) -> list[Word]:
    found, at = list[Word](), 0
    while at < len(text):
        match = _WORD.match(text, at)
        if match is None:
            shown = text[at] if text[at].isprintable() else f"U+{ord(text[at]):04X}"
            what = f"unexpected character '{shown}'"
            raise source.error(what, start + at, expected="C, C++ or JavaScript")
        if match.lastgroup and match.lastgroup != "space":
            found.append(Word(match.lastgroup, match[0], start + at))
        at = match.end()
    return found


def _directives(source: Source, text: str) -> tuple[str, dict[str, MacroText]]:
    """``text`` without directives and without the text that they leave out, and the macros."""
    macros, kept, at = dict[str, MacroText](), list[str](), 0
    holds = list[bool]()
    for match in _DIRECTIVE.finditer(text):
        before = text[at : match.start()]
        kept += [before if all(holds) else _spaces(before), _spaces(match[0])]
        at, name, rest = match.end(), match[1], match[2].replace("\\\n", "  ")
        if name in _CONDITIONAL:
            _condition(source, match.start(), name, rest.strip(), holds, macros)
        elif name == "define" and all(holds):
            _define(source, rest, match.start(2), macros)
        elif name == "undef" and all(holds):
            macros.pop(rest.strip(), None)
    kept.append(text[at:] if all(holds) else _spaces(text[at:]))
    return "".join(kept), macros


def _spaces(text: str) -> str:
    return re.sub(r"[^\n]", " ", text)


def _condition(
    source: Source, at: int, name: str, rest: str, holds: list[bool], macros: Mapping[str, object]
) -> None:
    """Take ``#if`` and its like; what only a preprocessor can decide is refused."""
    if name in ("ifdef", "ifndef"):
        holds.append((rest in macros) == (name == "ifdef"))
    elif name == "if" and rest in ("0", "1"):
        holds.append(rest == "1")
    elif name == "else" and holds:
        holds[-1] = not holds[-1]
    elif name == "endif" and holds:
        holds.pop()
    else:
        remedy = "give what the preprocessor writes: gcc -E -P"
        raise source.error(f"#{name} is not decided here", at, remedy=remedy)


def _define(source: Source, rest: str, at: int, macros: dict[str, MacroText]) -> None:
    match = _MACRO.match(rest)
    if match is None:
        return
    parameters = None
    if match[2] is not None:
        parameters = tuple(p.strip() for p in match[3].split(",") if p.strip())
    body = _split(source, rest[match.end() :], at + match.end())
    macros[match[1]] = MacroText(parameters, tuple(body))


class _Expansion:
    """Writes macros out, within a budget of words."""

    def __init__(self, source: Source, macros: Mapping[str, MacroText]):
        self.source, self.macros, self.left = source, macros, MAX_WORDS

    def all(self, text: Sequence[Word], within: tuple[str, ...] = ()) -> list[Word]:
        """``text`` with its macros written out; a macro inside itself stays a name, as in C."""
        if not self.macros:
            return list(text)
        out, at = list[Word](), 0
        while at < len(text):
            word = text[at]
            macro = self.macros.get(word.text) if word.kind == NAME else None
            if macro is None or word.text in within:
                out.append(word)
                at += 1
                continue
            body, at = self._body(word, macro, text, at, within)
            out += self.all(body, (*within, word.text)) if body is not macro.body else [
                Word(w.kind, w.text, word.at) for w in self.all(body, (*within, word.text))
            ]  # fmt: skip
            self.left -= len(body)
            if self.left < 0 or len(within) > MAX_DEPTH:
                what = f"macros write out to more than {MAX_WORDS:,} words"
                raise self.source.error(what, word.at)
        return out

    def _body(
        self,
        word: Word,
        macro: MacroText,
        text: Sequence[Word],
        at: int,
        within: tuple[str, ...],
    ) -> tuple[Sequence[Word], int]:
        """The words that stand for a macro, and where the text goes on."""
        if macro.parameters is None:
            return macro.body, at + 1
        if at + 1 >= len(text) or text[at + 1].text != "(":
            return [Word(NAME, f"{word.text}", word.at)], at + 1
        operands, end = self._operands(text, at + 1, word)
        if len(operands) != len(macro.parameters):
            what = f"the macro {word.text} takes {len(macro.parameters)} operands"
            raise self.source.error(f"{what}, got {len(operands)}", word.at)
        written = [self.all(operand, within) for operand in operands]
        given = dict(zip(macro.parameters, written, strict=True))
        body = list[Word]()
        for part in macro.body:
            body += given.get(part.text, [part]) if part.kind == NAME else [part]
        return [Word(w.kind, w.text, word.at) for w in body], end

    def _operands(self, text: Sequence[Word], at: int, word: Word) -> tuple[list[list[Word]], int]:
        depth, found = 0, [list[Word]()]
        for place in range(at, len(text)):
            sign = text[place].text
            depth += (sign == "(") - (sign == ")")
            if depth == 0:
                return [part for part in found if part or len(found) > 1], place + 1
            if sign == "," and depth == 1:
                found.append([])
            elif place > at:
                found[-1].append(text[place])
        raise self.source.error("this bracket is never closed", word.at, remedy="add ')'")
