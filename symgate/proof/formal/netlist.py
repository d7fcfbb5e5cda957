"""Verilog as Yosys reads it: the SMT-LIB functions of its wires and cells, and what registers take
over at the clock.

Yosys gives the text its meaning. Here its output is only cut into lines and renamed.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from symgate.backends.verilog.names import CLOCK
from symgate.backends.verilog.tables import CELLS
from symgate.errors import CheckFailed, ToolMissing

_LATE = 600  # seconds after which Yosys is taken to hang
_WORKER = (
    "import sys; from pyosys import libyosys as ys; d = ys.Design(); "
    "[ys.run_pass(p, d) for p in sys.argv[1:]]"
)
#: What registers are clocked by but ``clk``, and those that look at its falling edge.
_OTHER_CLOCKS = f"t:$dff %ci1:+[CLK] t:$dff %d w:{CLOCK} %d"
_FALLING = "t:$dff r:CLK_POLARITY=1'b0 %i"
_REFERENCE = re.compile(r"\(\|[^|#]*#(\d+)\| state\)")
_NEXT = re.compile(r"^  \(= (.*) \(\|[^|#]*#(\d+)\| next_state\)\) ; (.*)$")
_DECLARED = re.compile(
    r"^\(declare-fun \|[^|#]*#(\d+)\| \(\|[^|]*\|\) (Bool|\(_ BitVec \d+\))\) ; "
)
_DEFINED = re.compile(
    r"^\(define-fun \|[^|#]*#(\d+)\| \(\(state \|[^|]*\|\)\) (Bool|\(_ BitVec \d+\)) (.*)\) ; "
)
_WIRE = re.compile(
    r"^\(define-fun \|\S+_n ([^|]+)\| \(\(state \|[^|]*\|\)\) (?:Bool|\(_ BitVec \d+\)) (.*)\)$"
)

#: The cell of Xilinx in tables where the macro `CELLS` is defined, as UG974 has it.
_LUT6 = """\
module LUT6 #(parameter [63:0] INIT = 64'd0) (output wire O, input wire I0, I1, I2, I3, I4, I5);
  assign O = INIT[{I5, I4, I3, I2, I1, I0}];
endmodule
"""

#: A bit of a wire: function and place, or a constant.
Bit = tuple[int, int] | int


@dataclass(frozen=True)
class Function:
    """One cell output, input or register: its width (0 for a Bool), and its definition in terms of
    others, or None.
    """

    width: int
    text: str | None

    @property
    def sort(self) -> str:
        """The sort in SMT-LIB."""
        return f"(_ BitVec {self.width})" if self.width else "Bool"

    @property
    def size(self) -> int:
        """The number of bits."""
        return self.width or 1


@dataclass(frozen=True)
class Netlist:
    """A module without hierarchy: functions by number, the bits of each named wire from bit 0 on,
    and what each register takes next at the rising edge of ``clk``.
    """

    functions: Mapping[int, Function]
    wires: Mapping[str, tuple[Bit, ...]]
    following: Mapping[int, str]


def renamed(text: str, name: Mapping[int, str] | None = None, suffix: str = "") -> str:
    """``text`` with plain names in place of functions of the state."""
    names = name or {}
    return _REFERENCE.sub(lambda m: names.get(int(m[1]), f"f{m[1]}{suffix}"), text)


def referenced(text: str) -> list[int]:
    """The functions that a definition reads."""
    return list(dict.fromkeys(map(int, _REFERENCE.findall(text))))


def read(files: Mapping[str, str], top: str, cells: bool = False) -> Netlist:
    """Return module ``top`` of Verilog files as Yosys elaborates it, with ``cells`` as it does where
    the macro `CELLS` is defined.
    """
    if find_spec("pyosys") is None:
        raise ToolMissing("a formal check needs Yosys", remedy="pip install 'symgate[formal]'")
    with tempfile.TemporaryDirectory(prefix="symgate-formal-") as name:
        folder = Path(name)
        texts = [*files.values(), *([_LUT6] if cells else [])]
        for k, text in enumerate(texts):
            (folder / f"{k}.v").write_text(text, encoding="utf-8")
        sources = " ".join(f"{k}.v" for k in range(len(texts)))
        macro = f"-D {CELLS} " if cells else ""
        _yosys(folder, [
            f"read_verilog -formal {macro}{sources}", f"hierarchy -check -top {top}", "proc -norom",
            "flatten", "memory_collect", "memory_map", "setundef -undriven -anyseq",
            "write_smt2 -wires out.smt2",
            "opt_clean",  # not before: it takes away what nothing reads, which is compared too
            f"select -assert-none {_OTHER_CLOCKS}", f"select -assert-none {_FALLING}",
        ])  # fmt: skip
        return parse((folder / "out.smt2").read_text(encoding="utf-8"))


def _yosys(folder: Path, commands: Sequence[str]) -> None:
    done = subprocess.run(
        [sys.executable, "-c", _WORKER, *(f"tee -q -a log.txt {c}" for c in commands)],
        cwd=folder, capture_output=True, text=True, errors="replace", timeout=_LATE, check=False,
    )  # fmt: skip
    if done.returncode or not (folder / "out.smt2").exists():
        log = folder / "log.txt"
        text = log.read_text(errors="replace") if log.exists() else done.stderr
        errors = re.findall(r"ERROR: .+", text + done.stdout + done.stderr)
        if "Assertion failed: selection is not empty" in "".join(errors):
            raise CheckFailed(
                f"the Verilog has registers of another clock or edge than the rising one of {CLOCK}"
            )
        raise CheckFailed(f"Yosys cannot read the Verilog: {errors[0] if errors else 'it ended'}")


def parse(text: str) -> Netlist:
    """The netlist of what ``write_smt2 -wires`` wrote."""
    functions: dict[int, Function] = {}
    wires: dict[str, tuple[Bit, ...]] = {}
    following: dict[int, str] = {}
    for line in text.splitlines():
        if m := _DEFINED.match(line):
            functions[int(m[1])] = Function(_width(m[2]), m[3])
        elif m := _DECLARED.match(line):
            functions[int(m[1])] = Function(_width(m[2]), None)
        elif m := _WIRE.match(line):
            wires[m[1]] = _bits(m[2], functions)
        elif m := _NEXT.match(line):
            following[int(m[2])] = m[1]
    return Netlist(functions, wires, following)


def _width(sort: str) -> int:
    return 0 if sort == "Bool" else int(sort.split()[-1][:-1])


_TOKEN = re.compile(
    r"\(\|[^|#]*#\d+\| state\)|\(_ extract \d+ \d+\)|#b[01]+|true|false|[()]|[^\s()]+"
)


def _bits(text: str, functions: Mapping[int, Function]) -> tuple[Bit, ...]:
    """The bits of the text of a wire, which only takes bits of functions apart and together."""
    tokens = _TOKEN.findall(text)
    found, at = _parsed(tokens, 0, functions)
    assert at == len(tokens), f"a wire of another form: {text[:200]}"
    return tuple(found)


def _parsed(tokens: list[str], at: int, functions: Mapping[int, Function]) -> tuple[list[Bit], int]:
    """The bits of the term that starts at ``at``, and where it ends."""
    token = tokens[at]
    if m := _REFERENCE.fullmatch(token):
        number = int(m[1])
        return [(number, k) for k in range(functions[number].size)], at + 1
    if token.startswith("#b"):
        return [int(bit) for bit in reversed(token[2:])], at + 1
    if token in ("true", "false"):
        return [int(token == "true")], at + 1
    assert token == "(", f"a wire of another form at {token}"
    head, at = tokens[at + 1], at + 2
    operands: list[list[Bit]] = []
    while tokens[at] != ")":
        operand, at = _parsed(tokens, at, functions)
        operands.append(operand)
    return _joined(head, operands), at + 1


def _joined(head: str, operands: list[list[Bit]]) -> list[Bit]:
    if head == "concat":
        return [bit for operand in reversed(operands) for bit in operand]
    if head.startswith("(_ extract"):
        high, low = map(int, head[:-1].split()[2:])
        return operands[0][low : high + 1]
    one = head == "=" and operands[1] == [1]  # a bit as a Bool
    back = head == "ite" and operands[1:] == [[1], [0]]  # a Bool as a bit
    assert one or back, f"a wire of another form: {head}"
    return operands[0]
