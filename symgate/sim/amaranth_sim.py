"""Run vectors through the circuit of a graph in Amaranth's simulator."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from amaranth.hdl import Cat, ClockDomain, Module, Signal
from amaranth.sim import Simulator

from symgate.backends.circuit import Circuit
from symgate.errors import CheckFailed
from symgate.ir.fixed import Graph
from symgate.sim import bits


def run(graph: Graph, inputs: Mapping[str, bits.Column]) -> dict[str, bits.Column]:
    """Return the raw outputs for one row of raw ``inputs`` per clock, read where the circuit says
    they are valid.
    """
    sources = [(port.name, port.type) for port in graph.inputs]
    sinks = [(port.name, port.type) for port in graph.outputs]
    rows = bits.pack(sources, inputs)
    results = _clock(graph, rows, bits.width(sources), bits.width(sinks))
    if len(results) != len(rows):
        raise CheckFailed(
            f"the Amaranth circuit gave {len(results)} outputs for {len(rows)} inputs"
        )
    return bits.unpack(sinks, results)


def _clock(graph: Graph, rows: list[int], in_width: int, out_width: int) -> list[int]:
    """Send ``rows`` and collect the valid outputs; all ports as one signal, because each access to
    one settles all.
    """
    circuit = Circuit(graph, separate=True)
    m = Module()
    m.domains.sync = ClockDomain()
    m.submodules.circuit = circuit
    source, sink = Signal(in_width + 1), Signal(out_width + 1)
    m.d.comb += [
        Cat(*circuit.inputs, circuit.in_valid).eq(source),
        sink.eq(Cat(*circuit.outputs, circuit.out_valid)),
    ]
    results: list[int] = []

    async def bench(context: Any) -> None:
        for row in [*(1 << in_width | row for row in rows), *[0] * graph.latency]:
            context.set(source, row)
            seen = context.get(sink)
            if seen >> out_width:
                results.append(seen & ((1 << out_width) - 1))
            await context.tick()

    simulator = Simulator(m)
    simulator.add_clock(1e-6)
    simulator.add_testbench(bench)
    simulator.run()
    return results
