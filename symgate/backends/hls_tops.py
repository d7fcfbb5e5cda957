"""Top functions around the computation: single ports, arrays as hls4ml has them, or AXI4-Stream."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from symgate.backends.hls_core import arguments
from symgate.backends.hls_names import Names, ap
from symgate.ir.types import FixedType

#: The choices, with what each gives.
INTERFACES = {
    "ports": "one port for each variable, with ap_vld",
    "array": "x[N] and y[M] as hls4ml has them, with ap_vld",
    "axis": "a row in and a row out as AXI4-Stream",
}


def holding(types: Sequence[FixedType]) -> FixedType:
    """The narrowest format that holds every value of all ``types``."""
    if not types:
        return FixedType(False, 1, 0)
    signed = any(t.signed for t in types)
    frac = max(t.frac for t in types)
    integer = max(t.integer + (signed and not t.signed) for t in types)
    return FixedType(signed, integer + frac, frac)


@dataclass(frozen=True)
class Top:
    """The top function of a design in one of `INTERFACES`."""

    names: Names
    interface: str = "ports"
    ii: int = 1  # cycles between two rows

    @property
    def input(self) -> FixedType:
        """The format of all entries of ``x``."""
        return holding([a.port.type for a in self.names.inputs])

    @property
    def output(self) -> FixedType:
        """The format of all entries of ``y``."""
        return holding([a.port.type for a in self.names.outputs])

    @property
    def sizes(self) -> tuple[int, int]:
        """The entries of ``x`` and of ``y``; an array has one at least."""
        return max(len(self.names.inputs), 1), max(len(self.names.outputs), 1)

    @property
    def call(self) -> str:
        """The function on single ports that a test bench calls."""
        return self.names.top if self.interface == "ports" else "on_ports"

    def types(self) -> str:
        """The types of the interface, for ``defines.h``."""
        if self.interface == "ports":
            return ""
        rows, (n, m) = "", self.sizes
        if self.interface == "axis":
            rows = (
                f"struct input_row_t {{\n    input_t data[{n}];\n}};\n"
                f"struct result_row_t {{\n    result_t data[{m}];\n}};\n"
            )
        return f"typedef {ap(self.input)} input_t;\ntypedef {ap(self.output)} result_t;\n{rows}\n"

    def signature(self) -> str:
        """The declaration of the top function."""
        n, m = self.sizes
        inside = {
            "ports": "\n    " + ",\n    ".join(arguments(self.names)) + "\n",
            "array": f"input_t x[{n}], result_t y[{m}]",
            "axis": "hls::stream<input_row_t> &x, hls::stream<result_row_t> &y",
        }
        return f"void {self.names.top}({inside[self.interface]})"

    def definition(self) -> str:
        """The top function with its pragmas."""
        lines = "\n".join([*self._pragmas(), *(f"    {line}" for line in self._body())])
        return f"{self.signature()} {{\n{lines}\n}}\n"

    def _pragmas(self) -> list[str]:
        if self.interface == "ports":
            ports = [a.name for a in (*self.names.inputs, *self.names.outputs)]
            found = [f"INTERFACE ap_vld port={name}" for name in ports]
        elif self.interface == "array":
            found = [
                "ARRAY_RESHAPE variable=x complete dim=0",
                "ARRAY_PARTITION variable=y complete dim=0",
                "INTERFACE ap_vld port=x",
                "INTERFACE ap_vld port=y",
            ]
        else:
            found = ["INTERFACE axis port=x", "INTERFACE axis port=y"]
        return [f"#pragma HLS {line}" for line in (*found, f"PIPELINE II={self.ii}")]

    def _body(self) -> list[str]:
        if self.interface == "ports":
            ports = [a.name for a in (*self.names.inputs, *self.names.outputs)]
            return [f"{self.names.space}::compute({', '.join(ports)});"]
        if self.interface == "array":
            return self._on_arrays("x", "y")
        reads = ["const input_row_t in_row = x.read();", "result_row_t out_row;"]
        return [*reads, *self._on_arrays("in_row.data", "out_row.data"), "y.write(out_row);"]

    def _on_arrays(self, x: str, y: str) -> list[str]:
        """The computation from the array ``x`` to the array ``y``."""
        outputs = self.names.outputs
        given = [f"{a.type}({x}[{k}])" for k, a in enumerate(self.names.inputs)]
        results = [f"result{k}" for k in range(len(outputs))]
        return [
            *(f"{a.type} {r};" for a, r in zip(outputs, results, strict=True)),
            f"{self.names.space}::compute({', '.join([*given, *results])});",
            *(f"{y}[{k}] = {r};" for k, r in enumerate(results)),
        ]

    def adapter(self) -> str:
        """The top function on single ports, for the test bench and the bridge to Python."""
        if self.interface == "ports":
            return ""
        n, m = self.sizes
        names = self.names
        if self.interface == "array":
            lines = [
                f"input_t in_array[{n}];",
                f"result_t out_array[{m}];",
                *(f"in_array[{k}] = {a.name};" for k, a in enumerate(names.inputs)),
                f"{names.top}(in_array, out_array);",
                *(f"{a.name} = {a.type}(out_array[{k}]);" for k, a in enumerate(names.outputs)),
            ]
        else:
            lines = [
                "input_row_t in_row;",
                *(f"in_row.data[{k}] = {a.name};" for k, a in enumerate(names.inputs)),
                "hls::stream<input_row_t> in_stream;",
                "hls::stream<result_row_t> out_stream;",
                "in_stream.write(in_row);",
                f"{names.top}(in_stream, out_stream);",
                "const result_row_t out_row = out_stream.read();",
                *(f"{a.name} = {a.type}(out_row.data[{k}]);" for k, a in enumerate(names.outputs)),
            ]
        body = "\n".join(f"    {line}" for line in lines)
        head = ",\n    ".join(arguments(names))
        return f"// The top function on single ports.\ninline void on_ports(\n    {head}\n) {{\n{body}\n}}\n"
