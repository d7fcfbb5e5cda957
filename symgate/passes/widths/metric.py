"""Word lengths by what they cost on data: the coarsest errors whose loss of a metric stays within
what is allowed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from symgate import patience
from symgate.errors import AccuracyError
from symgate.ir.boxes import Box
from symgate.ir.design import Input, OutputPort
from symgate.ir.evaluate import boxes
from symgate.ir.expr import Expr, Program
from symgate.ir.firmware import Certificate
from symgate.ir.fixed import Graph
from symgate.passes.widths.quantize import Quantize
from symgate.passes.widths.width_settings import DEFAULTS, MetricSettings

Loss = Callable[[Graph], float]


@dataclass(frozen=True)
class ByMetric:
    """Search the largest error budget, equal in each output's range, whose graph loses at most
    ``max_loss``.

    ``loss`` measures a graph against float64 on the user's data; the error bound is certified all
    the same.
    """

    inputs: tuple[Input, ...]
    loss: Loss
    max_loss: float
    meant: Mapping[str, Expr] = field(default_factory=dict)  # what the user wrote, by output
    settings: MetricSettings = DEFAULTS.metric
    together: bool = False  # whether all outputs have the same error: scores that are compared
    ports: Mapping[str, OutputPort] = field(default_factory=dict)  # of outputs, where stated

    def __call__(self, program: Program) -> tuple[Graph, Certificate]:
        """The graph and certificate; raise `AccuracyError` where no width is enough."""
        sizes = self._output_ranges(program)
        bits = self._coarsest_bits(program, sizes)
        while True:
            graph, certificate = self._quantize(program, sizes, bits, draft=False)
            if self.loss(graph) <= self.max_loss:
                # the budgets of the search are not what the user allows
                bounds = tuple(replace(bound, target=None) for bound in certificate.bounds)
                return graph, replace(certificate, bounds=bounds)
            bits += 1.0 if patience.over() else self.settings.step / 2

    def _coarsest_bits(self, program: Program, sizes: dict[str, float]) -> float:
        """The fewest bits of budget, as 2^-bits of the range, that lose little: by drafts, whose
        generators are plain tables.
        """
        low = high = self.settings.coarsest
        loss = self._draft_loss(program, sizes, high)
        while loss > self.max_loss:
            low, high = high, high + 1.0
            if high > self.settings.finest:
                raise self._refusal(loss)
            loss = self._draft_loss(program, sizes, high)
        while high - low > self.settings.step and not patience.over():
            middle = (low + high) / 2
            if self._draft_loss(program, sizes, middle) <= self.max_loss:
                high = middle
            else:
                low = middle
        return high

    def _draft_loss(self, program: Program, sizes: dict[str, float], bits: float) -> float:
        return self.loss(self._quantize(program, sizes, bits, draft=True)[0])

    def _quantize(
        self, program: Program, sizes: dict[str, float], bits: float, draft: bool
    ) -> tuple[Graph, Certificate]:
        """The graph for a budget of 2^-bits of each output's range."""
        targets = {n: s * 2.0**-bits for n, s in sizes.items()}
        search = Quantize(self.inputs, targets, draft=draft, meant=self.meant, ports=self.ports)
        return search(program)

    def _output_ranges(self, program: Program) -> dict[str, float]:
        spans = boxes(program.roots, {port.name: Box.exact(*port.span) for port in self.inputs})
        sizes = {name: spans[e].span[1] - spans[e].span[0] for name, e in program.outputs}
        if self.together:
            sizes = dict.fromkeys(sizes, max(sizes.values()))
        return {n: max(size, self.settings.narrowest) for n, size in sizes.items()}

    def _refusal(self, loss: float) -> AccuracyError:
        finest = f"2^-{self.settings.finest:.0f} of each output's range"
        return AccuracyError(
            f"the metric loses {loss:.4g} on the data even at {finest}",
            expected=f"a loss of at most {self.max_loss:g}",
            remedy="give the inputs more bits, or allow a larger max_loss",
        )
