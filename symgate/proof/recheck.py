"""The certificate of a build proved once more, by code that shares nothing with the passes that
made it.

What is proved: the pipelined graph is the certified one with registers; every value's local error
is in its interval, for every code of its operands; these errors add up to at most the bound of each
output; the expressions of the values, put into each other, are the user's, by algebra where it can
show that, else at exact points. What cannot be proved is reported, never passed over.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any, Protocol

from symgate.errors import SymgateError
from symgate.ir import text
from symgate.ir.design import Design
from symgate.ir.exprtext import brief
from symgate.ir.firmware import Certificate
from symgate.ir.fixed import Graph
from symgate.proof import codes, combos, compose, exhaustive, halving, structure
from symgate.proof.chain import Chain, Source
from symgate.proof.claims import Claim, Proof, claims_of, prove_symbolically, restricted
from symgate.proof.forms import Unprovable
from symgate.proof.periods import unmoved
from symgate.proof.spans import Span
from symgate.sim.truth import expressions

Ranges = dict[str, tuple[float, float]]  # of the inputs
MOST_BOXES = 1 << 17
SLACK = 0.001  # relative: by how much the bound that is reached may exceed the certified one
PROVED, OPEN, WRONG = "re-proved", "not re-proved", "refuted"


class Certified(Protocol):
    """What is checked: a `Firmware`, or a build folder as read back."""

    @property
    def design(self) -> Design:
        """What the user asked for."""

    @property
    def graph(self) -> Graph:
        """The pipelined graph."""

    @property
    def certificate(self) -> Certificate:
        """What is claimed of it."""


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
    """One output: the bound that is claimed, and the one that was reached."""

    output: str
    certified: float
    reached: float
    verdict: str
    problem: str | None = None

    @property
    def bound(self) -> float:
        """The bound that is proved again; infinity where none is."""
        return self.reached if self.verdict == PROVED else math.inf


@dataclass(frozen=True)
class Recheck:
    """What `recheck` found; iterating gives the outputs."""

    outputs: tuple[Output, ...]
    values: tuple[Value, ...] = ()
    problems: tuple[str, ...] = ()  # of the whole certificate
    rewriting: tuple[compose.Compared, ...] = ()
    boxes: int = 0
    slack: float = 0.0  # by how much a bound may be exceeded, relative

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


def recheck(build: Certified, slack: float = SLACK, most_boxes: int = MOST_BOXES) -> Recheck:
    """Prove the certificate of ``build`` again; a bound may be exceeded by ``slack``, relative."""
    design, graph, certificate = build.design, build.graph, build.certificate
    try:
        combinational = text.parse(certificate.data["graph"], whole=True)
        claims = claims_of(combinational, certificate.data["values"])
        names = {n: str(v) for n, v in certificate.data["outputs"].items()}
        problems = structure.ports_of(design, combinational) + structure.same_function(
            graph, combinational
        )
        problems += _misplaced(combinational, claims, names)
    except (SymgateError, KeyError, TypeError, ValueError) as e:
        return _unreadable(design, certificate, str(e).splitlines()[0])
    if problems:
        return _unreadable(design, certificate, *problems)
    ranges = {i.name: (codes.float_below(i.lo), codes.float_above(i.hi)) for i in design.inputs}
    proofs = proofs_of(combinational, claims, set(names.values()), ranges)
    problems = [line for p in proofs for line in _moduli(p, proofs, set(names.values()))]
    values = compose.values_of(certificate.data["values"], design.inputs)
    rewriting = compose.compare(design, values, names)
    reached = _reached(ranges, proofs, names, certificate, slack, most_boxes)
    outputs = [
        _output(n, certificate, reached, proofs, names[n], problems, slack)
        for n, _ in design.outputs
    ]
    outputs = [
        _by_every_input(build, o, slack) if o.problem == _unconfirmed(o, reached) else o
        for o in outputs
    ]
    outputs = [_as_written(o, c, certificate) for o, c in zip(outputs, rewriting, strict=True)]
    shown = tuple(map(_value, proofs))
    return Recheck(tuple(outputs), shown, tuple(problems), rewriting, reached.boxes, slack)


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
    return replace(o, verdict=WRONG, problem=problem)


def _by_every_input(build: Certified, o: Output, slack: float) -> Output:
    """An output whose bound is not proved from those of its values: over all inputs, where these
    are few.
    """
    expr = expressions(build.design)[o.output]
    if not exhaustive.applies(build.design, expr):
        return o
    try:
        found = exhaustive.largest(
            build.design, build.graph, o.output, expr, o.certified * (1 + slack)
        )
    except ValueError:
        return o
    if found <= o.certified * (1 + slack):
        return Output(o.output, o.certified, found, PROVED)
    problem = f"the bound {o.certified:.6g} is exceeded: {found:.6g} at some input"
    return o if math.isinf(found) else Output(o.output, o.certified, found, WRONG, problem)


def _unreadable(design: Design, certificate: Certificate, *problems: str) -> Recheck:
    """The result where the certificate is not about this graph."""
    bounds = {b.output: b.bound for b in certificate.bounds}
    outputs = (
        Output(n, bounds.get(n, 0.0), math.inf, WRONG, problems[0]) for n, _ in design.outputs
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


def proofs_of(
    graph: Graph, claims: Sequence[Claim], outputs: set[str], ranges: Ranges
) -> list[Proof]:
    """A proof of every claim: for every code of its operands, or else for those that inputs in
    range can give.

    It is not modulo anything where readers see more than a remainder.
    """
    proofs: dict[str, Proof] = {}
    for c in claims:
        p = prove(graph, c)
        if not p.holds:
            sources = [_source(q) for q in proofs.values()]
            near = restricted(graph, c, halving.reach(Chain(sources), ranges, [*c.operands]))
            p = prove(graph, near) if near.codes != c.codes else p
        proofs[c.name] = p
    for p in [p for p in proofs.values() if p.modulus]:
        if any(_moduli(p, list(proofs.values()), outputs)):
            whole = prove(graph, p.claim, whole=True)
            proofs[p.claim.name] = whole if whole.holds or whole.problem else p
    return list(proofs.values())


def prove(graph: Graph, claim: Claim, whole: bool = False) -> Proof:
    """Prove ``claim`` by whatever works, ``whole`` not modulo anything; where nothing does, look at
    some codes.
    """
    reasons = []
    proof: Proof | None = None
    for method in (prove_symbolically, codes.prove_by_codes, combos.prove_by_combinations):
        try:
            found = method(graph, claim)
        except Unprovable as e:
            reasons.append(str(e))
            continue
        except structure.Misread as e:
            return Proof(claim, claim.lo, claim.hi, "", problem=str(e))
        if found.holds and not (found.modulus and whole):
            return found
        proof = found if proof is None or found.problem else proof
    return combos.sample(graph, claim, "; ".join(reasons)) if proof is None else proof


def _moduli(p: Proof, proofs: Sequence[Proof], outputs: set[str]) -> Iterator[str]:
    """Where a value that is known only modulo something is read by what can tell the difference."""
    if not p.modulus:
        return
    if p.claim.name in outputs:
        yield f"output {p.claim.name} is proved only modulo {float(p.modulus):g}"
    for r in proofs:
        if p.claim.name in r.claim.operands and not unmoved(
            r.claim.expr, p.claim.name, p.modulus, r.modulus
        ):
            yield f"{r.claim.name} depends on more of {p.claim.name} than its remainder modulo {float(p.modulus):g}"


def _reached(
    ranges: Ranges,
    proofs: Sequence[Proof],
    names: dict[str, str],
    certificate: Certificate,
    slack: float,
    most_boxes: int,
) -> halving.Reached:
    offsets = {p.claim.name: _span(p.claim.offset, p.claim.offset) for p in proofs}
    wanted = {
        n: (v, offsets.get(v, Span.of(0.0)), certificate.bound(n) * (1 + slack))
        for n, v in names.items()
    }
    found = halving.Reached(dict.fromkeys(names, math.inf), 0)
    tried = set(
        certificate.data.get("every_input", ())
    )  # these bounds are closer than any sum of local errors
    wanted = {n: w for n, w in wanted.items() if n not in tried}
    if not wanted:
        return found
    for cells, boxes in ((1024, most_boxes // 4), (8192, most_boxes)):
        try:
            found = halving.bounds(
                Chain([_source(p) for p in proofs], cells), ranges, wanted, boxes
            )
        except ValueError:
            return found
        if all(found.bounds[n] <= w[2] for n, w in wanted.items()):
            break
    return halving.Reached(dict.fromkeys(names, math.inf) | found.bounds, found.boxes)


def _source(p: Proof) -> Source:
    return Source(p.claim.name, p.claim.expr, _span(p.lo, p.hi), float(p.modulus) or None)


def _span(lo: Fraction, hi: Fraction) -> Span:
    return Span.of(codes.float_below(lo), codes.float_above(hi))


def _output(
    name: str,
    certificate: Certificate,
    reached: halving.Reached,
    proofs: Sequence[Proof],
    value: str,
    problems: Sequence[str],
    slack: float,
) -> Output:
    certified, again = certificate.bound(name), reached.bounds[name]
    bad = [p for p in _below(value, proofs) if not p.holds]
    if problems:
        return Output(name, certified, again, OPEN, problems[0])
    for p in bad:
        if p.problem:
            return Output(name, certified, again, WRONG, f"{p.claim.name}: {p.problem}")
    if bad:
        what = "only sampled" if bad[0].sampled else "not proved"
        return Output(
            name,
            certified,
            again,
            OPEN,
            f"the error of {bad[0].claim.name} is {what}: {bad[0].method}",
        )
    if again <= certified * (1 + slack):
        return Output(name, certified, again, PROVED)
    o = Output(name, certified, again, OPEN)
    return replace(o, problem=_unconfirmed(o, reached))


def _unconfirmed(o: Output, reached: halving.Reached) -> str:
    return f"the bound {o.certified:.6g} is not confirmed: {o.reached:.6g} on {reached.boxes:,} sub-boxes"


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
