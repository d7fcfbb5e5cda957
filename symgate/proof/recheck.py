"""The certificate of a build proved once more, by code that shares nothing with the passes that
made it.

What is proved: the pipelined graph is the certified one with registers; every value's local error
is in its interval, for every code of its operands that inputs can give; these errors add up to at
most the bound of each output; the expressions of the values, put into each other, are the user's,
by algebra where it can show that, else at exact points. What cannot be proved is reported, never
passed over. Nothing is called wrong without an input that shows it.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

from symgate.errors import SymgateError
from symgate.ir import text
from symgate.ir.classes import score_name
from symgate.ir.design import Design
from symgate.ir.exprtext import brief
from symgate.ir.firmware import Certificate, Firmware
from symgate.ir.fixed import Graph
from symgate.ir.saturation import behind_inputs, saturate_inputs, saturating
from symgate.proof import classes, codes, compose, exhaustive, halving, structure
from symgate.proof.chain import Chain
from symgate.proof.claims import Claim, Proof, claims_of
from symgate.proof.classes import Certified
from symgate.proof.exhaustive import Exceeded
from symgate.proof.proving import Prover, moduli, source
from symgate.proof.spans import Span
from symgate.sim.truth import expressions

#: What reading a certificate raises that is none, or none any more.
_UNREADABLE = (SymgateError, ValueError, TypeError, LookupError, ArithmeticError, AttributeError)
MOST_BOXES = 1 << 17
#: Cells of the curves where all else has come this close to a bound: they take some seconds.
_FINEST, _CLOSE = 1 << 16, 1.05
#: Relative: how much wider than the certified bound the second one may be without failing the check.
#: The two proofs cut the ranges of inputs at different places, so that neither is always the closer
#: one. A bound that is wider by anything at all is never called proved.
ALLOWANCE = 0.001
#: Relative: what float64 may leave open of a largest error.
_SAME = 1e-9
PROVED, OPEN, WRONG = "re-proved", "not re-proved", "refuted"
SWEPT = (
    "the largest error"  # found over every input, which is done again only where it is asked for
)
FOREIGN = "not of this build"  # what is said of the firmware is not so, whatever its errors are


@dataclass(frozen=True)
class Value:
    """One value of the datapath: what is claimed of it, and what was found."""

    name: str
    expr: str
    claimed: tuple[float, float]
    proved: tuple[float, float]
    method: str
    verdict: str
    problem: str | None = None


@dataclass(frozen=True)
class Output:
    """One output: the bound that is claimed, and the one that was reached.

    ``reached`` is infinite where nothing is proved. A bound that is wrong has an input that shows
    it in ``problem``; that of one that is open is why.
    """

    output: str
    certified: float
    reached: float
    verdict: str
    problem: str | None = None

    @property
    def bound(self) -> float:
        """The bound that is proved again; infinity where none is."""
        return self.reached if self.verdict == PROVED else math.inf

    @property
    def failure(self) -> str | None:
        """What is wrong with the certificate, in a sentence."""
        if self.verdict == WRONG:
            return f"the certificate of output {self.output} is wrong: {self.problem}"
        if self.verdict == FOREIGN:
            return f"the certificate of output {self.output} is {FOREIGN}: {self.problem}"
        if self.verdict == OPEN and self.certified * (1 + ALLOWANCE) < self.reached < math.inf:
            sizes = f"{self.reached:.6g}, more than the certified bound {self.certified:.6g}"
            return f"the independent check of output {self.output} gives {sizes}"
        return None

    @property
    def note(self) -> str | None:
        """What the second proof leaves open although nothing contradicts it, in a sentence."""
        if self.verdict == PROVED or self.failure:
            return None
        return f"the bound of output {self.output} is not proved a second time: {self.problem}"


@dataclass(frozen=True)
class Recheck:
    """What `recheck` found; iterating gives the outputs."""

    outputs: tuple[Output, ...]
    values: tuple[Value, ...] = ()
    problems: tuple[str, ...] = ()  # of the whole certificate
    rewriting: tuple[compose.Compared, ...] = ()
    boxes: int = 0

    def __iter__(self) -> Iterator[Output]:
        return iter(self.outputs)

    @property
    def proved(self) -> bool:
        """Whether every claim is proved again, and nothing is wrong."""
        return not self.problems and all(o.verdict == PROVED for o in self.outputs)

    @property
    def sampled(self) -> tuple[Value, ...]:
        """The values of which nothing is proved."""
        return tuple(v for v in self.values if v.verdict == OPEN)


def recheck(build: Certified, most_boxes: int = MOST_BOXES) -> Recheck:
    """Prove the certificate of ``build`` again, on at most ``most_boxes`` parts of the inputs.

    Of a bound that is the largest error over every input, the bound before is proved again, and
    that the error at the stated input is as large.
    """
    try:
        before, maxima = unswept(build)
    except _UNREADABLE as e:
        return _unreadable(build.design, build.certificate, str(e).splitlines()[0])
    found = _again(before, most_boxes)
    if not maxima:
        return found
    outputs = tuple(_by_sweep(build, o, maxima.get(o.output)) for o in found.outputs)
    return replace(found, outputs=outputs)


def unswept(build: Certified) -> tuple[Certified, Mapping[str, Any]]:
    """``build`` with the bounds that it had before every input was tried, and what was found then."""
    maxima = build.certificate.data.get("maxima", {})
    if not maxima:
        return build, {}
    bounds = tuple(
        replace(b, bound=float(maxima[b.output]["proved"])) if b.output in maxima else b
        for b in build.certificate.bounds
    )
    data = {key: value for key, value in build.certificate.data.items() if key != "maxima"}
    return Firmware(build.design, build.graph, Certificate(bounds, data)), dict(maxima)


def _by_sweep(build: Certified, o: Output, entry: Mapping[str, Any] | None) -> Output:
    """An output whose bound is its largest error over every input."""
    from symgate.proof.sweep.maximum import error_at

    if entry is None or o.failure or o.verdict == WRONG:
        return o
    certified = build.certificate.bound(o.output)
    before = replace(build.certificate, data=unswept(build)[0].certificate.data)
    firmware = classes.scored(Firmware(build.design, build.graph, before))
    try:
        at = {str(name): int(code) for name, code in entry["at"].items()}
        low, high = error_at(firmware, o.output, at)
        count = int(entry["inputs"])
    except _UNREADABLE as e:
        return Output(o.output, certified, o.reached, FOREIGN, str(e).splitlines()[0])
    if low > certified:
        return Output(o.output, certified, low, WRONG, f"its error is {low:.9g} at {at}")
    if certified > max(high * (1 + _SAME), high + _SAME * float(entry["proved"])):
        problem = f"the error at {at} is {high:.9g}, not its bound {certified:.9g}"
        return Output(o.output, certified, o.reached, FOREIGN, problem)
    where = f"it is the largest error over its {count:,} inputs"
    return Output(o.output, certified, o.reached, SWEPT, f"{where}, which --exhaustive tries again")


def _again(build: Certified, most_boxes: int) -> Recheck:
    """Prove the certificate of a build again that is proved from its values alone."""
    try:
        told = classes.told_classes(build)
        scores = classes.scored(build)
    except _UNREADABLE as e:
        return _unreadable(build.design, build.certificate, str(e).splitlines()[0])
    if not told and not saturating(build.design):
        return _recheck(build, most_boxes)
    found = _recheck(scores, most_boxes)
    return found if found.problems else _whole(build, told, found)


def _whole(build: Certified, told: Mapping[str, classes.Told], found: Recheck) -> Recheck:
    """What was ``found`` of scores, and of the classes that are chosen by them, behind inputs that
    may saturate.
    """
    design, graph, certificate = build.design, build.graph, build.certificate
    combinational = text.parse(certificate.data["graph"], whole=True)
    claims = claims_of(combinational, certificate.data["values"])
    names = {n: str(v) for n, v in certificate.data["outputs"].items()}
    problems = structure.ports_of(behind_inputs(design), combinational)
    if not problems:
        whole = saturate_inputs(combinational, design)
        problems = structure.same_function(graph, whole)
        # tables of few bits may hold what inputs saturate to
        problems = problems and structure.same_function(graph, whole, by_codes=True)
    problems += _misplaced(combinational, claims, names)
    if problems:
        return _unreadable(design, certificate, *problems)
    proved = {o.output: o for o in found.outputs}
    written = {c.output: c for c in classes.compared(build)}
    values = {v.name: v for v in found.values}
    outputs = []
    for name, _ in design.outputs:
        if name not in told:
            outputs.append(proved[name])
            continue
        scores = [proved[score_name(name, k)] for k in range(len(told[name]))]
        value = names[name]
        wrong = classes.Tournament.of(build, name).problem(value) or written[name].problem
        below = _below_value(value, claims)
        open_ = next((values[v] for v in below if values[v].verdict != PROVED), None)
        outputs.append(_class(name, certificate.bound(name), scores, wrong, open_))
    return replace(found, outputs=tuple(outputs), rewriting=(*found.rewriting, *written.values()))


def _below_value(value: str, claims: Sequence[Claim]) -> list[str]:
    """A value and those that it is computed from."""
    known = {claim.name: claim for claim in claims}
    found, stack = list[str](), [value]
    while stack:
        name = stack.pop()
        if name in known and name not in found:
            found.append(name)
            stack.extend(known[name].operands)
    return found


def _class(
    name: str,
    certified: float,
    scores: Sequence[Output],
    wrong: str | None,
    open_: Value | None,
) -> Output:
    """One class, from what is known of its scores."""
    reached = classes.margin([score.reached for score in scores])
    if wrong is not None:
        return Output(name, certified, reached, FOREIGN, wrong)
    for verdict in (WRONG, FOREIGN, OPEN):
        bad = next((score for score in scores if score.verdict == verdict), None)
        if bad is not None:
            return Output(name, certified, reached, verdict, f"its score: {bad.problem}")
    if open_ is not None:
        reason = f"the error of {open_.name} is {open_.verdict}"
        return Output(name, certified, reached, OPEN, open_.problem or reason)
    if reached > certified:
        problem = f"the margin {certified:.6g} is not confirmed: {reached:.6g}"
        return Output(name, certified, reached, OPEN, problem)
    return Output(name, certified, reached, PROVED)


def _recheck(build: Certified, most_boxes: int) -> Recheck:
    """The same where no output is a class of approximate scores."""
    design, graph, certificate = build.design, build.graph, build.certificate
    try:
        combinational = text.parse(certificate.data["graph"], whole=True)
        claims = claims_of(combinational, certificate.data["values"])
        names = {n: str(v) for n, v in certificate.data["outputs"].items()}
        problems = structure.ports_of(design, combinational) + structure.same_function(
            graph, combinational
        )
        problems += _misplaced(combinational, claims, names)
        values = compose.values_of(certificate.data["values"], design.inputs)
    except _UNREADABLE as e:
        return _unreadable(design, certificate, str(e).splitlines()[0])
    if problems:
        return _unreadable(design, certificate, *problems)
    prover = Prover(combinational, design.inputs)
    proofs = prover.prove_all(claims, set(names.values()))
    gaps = [line for p in proofs for line in moduli(p, proofs, set(names.values()))]
    rewriting = compose.compare(design, values, names)
    reached = _reached(design, proofs, names, certificate, most_boxes)
    outputs = [_output(n, certificate, reached, proofs, names[n], gaps) for n, _ in design.outputs]
    outputs = [_by_every_input(build, o) for o in outputs]
    outputs = [_as_written(o, c, certificate) for o, c in zip(outputs, rewriting, strict=True)]
    return Recheck(tuple(outputs), tuple(map(_value, proofs)), (), rewriting, reached.boxes)


def _as_written(o: Output, c: compose.Compared, certificate: Certificate) -> Output:
    """An output whose value must be the user's expression, as far as the certificate says so."""
    if c.problem:
        return replace(o, verdict=WRONG, problem=c.problem)
    if "rewriting" not in certificate.data:
        return o
    claimed = certificate.data["rewriting"]
    entry = claimed.get(o.output) if isinstance(claimed, dict) else None
    if isinstance(entry, dict) and entry.get("method") == c.method:
        return o
    problem = f"its rewriting was compared by {c.method}, the certificate says something else"
    return replace(o, verdict=FOREIGN, problem=problem)


def _by_every_input(build: Certified, o: Output) -> Output:
    """An output whose bound is not proved from those of its values: over all inputs, where these
    are few. Whether its values are as claimed does not matter then.
    """
    expr = expressions(build.design)[o.output]
    if o.verdict in (PROVED, WRONG) or not exhaustive.applies(build.design, expr):
        return o
    try:
        found = exhaustive.largest(build.design, build.graph, o.output, expr, o.certified)
    except Exceeded as e:
        return replace(o, reached=e.error, verdict=WRONG, problem=str(e))
    except ValueError:
        return o
    if found <= o.certified:
        return Output(o.output, o.certified, found, PROVED)
    return o


def _unreadable(design: Design, certificate: Certificate, *problems: str) -> Recheck:
    """The result where the certificate is not about this graph."""
    bounds = {b.output: b.bound for b in certificate.bounds}
    outputs = (
        Output(n, bounds.get(n, 0.0), math.inf, FOREIGN, problems[0]) for n, _ in design.outputs
    )
    return Recheck(tuple(outputs), problems=problems)


def _misplaced(graph: Graph, claims: Sequence[Claim], names: dict[str, str]) -> list[str]:
    """Outputs that are not at the node of the value that the certificate names for them."""
    nodes = {p.name: p.node for p in graph.inputs} | {c.name: c.node for c in claims}
    return [
        f"output {p.name} is not at the node of its value"
        for p in graph.outputs
        if nodes[names[p.name]] != p.node
    ]


def _reached(
    design: Design,
    proofs: Sequence[Proof],
    names: Mapping[str, str],
    certificate: Certificate,
    most_boxes: int,
) -> halving.Reached:
    offsets = {p.claim.name: _span(p.claim.offset) for p in proofs}
    wanted = {n: (v, offsets.get(v, Span.of(0.0)), certificate.bound(n)) for n, v in names.items()}
    found = halving.Reached(dict.fromkeys(names, math.inf), 0)
    tried = set(
        certificate.data.get("every_input", ())
    )  # these bounds are closer than any sum of local errors
    found.bounds.update({n: 0.0 for n, v in names.items() if n not in tried and _exact(v, proofs)})
    wanted = {n: w for n, w in wanted.items() if n not in tried and found.bounds[n] > 0}
    if not wanted:
        return found
    ranges = {i.name: (codes.float_below(i.lo), codes.float_above(i.hi)) for i in design.inputs}
    for cells, boxes in ((1024, most_boxes // 4), (8192, most_boxes), (_FINEST, most_boxes)):
        if cells == _FINEST and any(found.bounds[n] > _CLOSE * w[2] for n, w in wanted.items()):
            break
        try:
            nearer = halving.bounds(Chain([*map(source, proofs)], cells), ranges, wanted, boxes)
            found = halving.Reached(found.bounds | nearer.bounds, nearer.boxes)
        except ValueError:
            return found
        if all(found.bounds[n] <= w[2] for n, w in wanted.items()):
            break
    return halving.Reached(dict.fromkeys(names, math.inf) | found.bounds, found.boxes)


def _exact(value: str, proofs: Sequence[Proof]) -> bool:
    """Whether all that an output is computed from has no error, and it no offset: then it has none."""
    below = _below(value, proofs)
    exact = all(p.holds and not p.modulus and p.lo == p.hi == 0 for p in below)
    return exact and all(not p.claim.offset for p in below if p.claim.name == value)


def _span(value: Fraction) -> Span:
    return Span.of(codes.float_below(value), codes.float_above(value))


def _output(
    name: str,
    certificate: Certificate,
    reached: halving.Reached,
    proofs: Sequence[Proof],
    value: str,
    gaps: Sequence[str],
) -> Output:
    certified, again = certificate.bound(name), reached.bounds[name]
    below = _below(value, proofs)
    wrong = next((p for p in below if p.problem), None)
    if wrong is not None:
        return Output(name, certified, math.inf, WRONG, wrong.problem)
    if gaps:
        return Output(name, certified, math.inf, OPEN, gaps[0])
    unproved = next((p for p in below if not p.holds), None)
    if unproved is not None:
        reason = f"the error of {unproved.claim.name} {unproved.doubt}"
        return Output(name, certified, math.inf, OPEN, reason)
    if again <= certified:
        return Output(name, certified, again, PROVED)
    parts = f"{again:.6g} on {reached.boxes:,} sub-boxes"
    return Output(
        name, certified, again, OPEN, f"the bound {certified:.6g} is not confirmed: {parts}"
    )


def _below(value: str, proofs: Sequence[Proof]) -> list[Proof]:
    """The values that an output depends on."""
    known = {p.claim.name: p for p in proofs}
    found: dict[str, Proof] = {}
    stack = [value]
    while stack:
        name = stack.pop()
        if name in known and name not in found:
            found[name] = known[name]
            stack.extend(known[name].claim.operands)
    return [p for p in proofs if p.claim.name in found]


def _value(p: Proof) -> Value:
    verdict = PROVED if p.holds else WRONG if p.problem else OPEN
    claimed = float(p.claim.lo), float(p.claim.hi)
    return Value(
        p.claim.name,
        brief(p.claim.expr),
        claimed,
        (float(p.lo), float(p.hi)),
        p.method,
        verdict,
        p.problem,
    )


def summary(found: Recheck) -> dict[str, Any]:
    """The counts that a report shows."""
    methods: dict[str, int] = {}
    for v in found.values:
        kind = v.method if v.verdict == PROVED else v.verdict
        kind = "every code" if kind.endswith(" codes") else kind
        methods[kind] = methods.get(kind, 0) + 1
    return {
        "proved": found.proved,
        "values": methods,
        "boxes": found.boxes,
        "rewriting": {c.output: c.method for c in found.rewriting},
    }
