"""Word lengths by what they cost on data: the coarsest errors whose loss of a metric stays within
what is allowed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from symgate.errors import AccuracyError
from symgate.ir.boxes import Box
from symgate.ir.design import Input
from symgate.ir.evaluate import boxes
from symgate.ir.expr import Expr, Program
from symgate.ir.firmware import Certificate
from symgate.ir.fixed import Graph
from symgate.passes.widths.quantize import Quantize

Loss = Callable[[Graph], float]
#: Errors that are tried, as powers of two of each output's range.
_COARSEST, _FINEST, _STEP = 2.0, 20.0, 0.25


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

    def __call__(self, program: Program) -> tuple[Graph, Certificate]:
        """The graph and certificate; raise `AccuracyError` where no width is enough."""
        sizes = self._sizes(program)
        low, high = _COARSEST, _COARSEST  # budgets are 2^-bits of the range
        found = self._at(program, sizes, high)
        while self.loss(found[0]) > self.max_loss:
            low, high = high, high + 1.0
            if high > _FINEST:
                raise self._missed(self.loss(found[0]))
            found = self._at(program, sizes, high)
        while high - low > _STEP:  # on drafts, whose generators are plain tables
            middle = (low + high) / 2
            trial = self._at(program, sizes, middle)
            if self.loss(trial[0]) <= self.max_loss:
                high, found = middle, trial
            else:
                low = middle
        while self.loss((found := self._at(program, sizes, high, draft=False))[0]) > self.max_loss:
            high += _STEP / 2
        return found

    def _at(
        self, program: Program, sizes: dict[str, float], bits: float, draft: bool = True
    ) -> tuple[Graph, Certificate]:
        targets = {n: s * 2.0**-bits for n, s in sizes.items()}
        return Quantize(self.inputs, targets, draft=draft, meant=self.meant)(program)

    def _sizes(self, program: Program) -> dict[str, float]:
        spans = boxes(program.roots, {i.name: Box.exact(*i.span) for i in self.inputs})
        return {n: max(spans[e].span[1] - spans[e].span[0], 2.0**-30) for n, e in program.outputs}

    def _missed(self, loss: float) -> AccuracyError:
        return AccuracyError(
            f"the metric loses {loss:.4g} on the data even at 2^-{_FINEST:.0f} of each output's range",
            expected=f"a loss of at most {self.max_loss:g}",
            remedy="give the inputs more bits, or allow a larger max_loss",
        )
