"""A proof of every value's claim, by the first of several ways that works; else what is known of it.

A claim must hold for the codes of operands that inputs give. The first ways look at all codes that
an operand has, as this is quick and mostly enough; the later ones at those that can occur.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from symgate.ir.design import Input
from symgate.ir.fixed import Graph
from symgate.ir.operators.families import is_family
from symgate.proof import codes, combos, structure
from symgate.proof.chain import Source
from symgate.proof.claims import Claim, Proof, prove_symbolically, restricted
from symgate.proof.forms import Unprovable
from symgate.proof.longhand import prove_longhand
from symgate.proof.occurring import Occurring, prove_by_inputs
from symgate.proof.periods import unmoved
from symgate.proof.reach import Reach
from symgate.proof.spans import Span
from symgate.proof.witness import Search, of_value

_MOST_SEARCHES = 32  # claims for which an input is searched that contradicts them
Method = Callable[[Graph, Claim], Proof]
_METHODS: tuple[Method, ...] = (
    prove_symbolically,
    prove_longhand,
    codes.prove_by_codes,
    combos.prove_by_combinations,
)


class Prover:
    """The proofs of the values of a certificate, in their order."""

    def __init__(self, graph: Graph, inputs: Sequence[Input]):
        self.graph, self.inputs = graph, inputs
        self.reach = Reach(graph, {i.name: i for i in inputs})
        self.proofs: dict[str, Proof] = {}
        self.searches = 0

    def prove_all(self, claims: Sequence[Claim], outputs: set[str]) -> list[Proof]:
        """Prove all claims; a value is not known modulo anything where readers see more of it."""
        for c in claims:
            self.proofs[c.name] = proof = self.prove(c)
            self.reach.chain.add(source(proof))
        for p in [p for p in self.proofs.values() if p.modulus]:
            if any(moduli(p, list(self.proofs.values()), outputs)):
                whole = self.prove(p.claim, whole=True)
                self.proofs[p.claim.name] = whole if whole.holds or whole.problem else p
        return list(self.proofs.values())

    def prove(self, claim: Claim, whole: bool = False) -> Proof:
        """Prove ``claim``, ``whole`` not modulo anything; where nothing does, look at some codes."""
        attempt = _Attempt(self.graph, whole)
        try:
            return (
                attempt(prove_symbolically, claim)
                or _table_at_all_codes(attempt, claim)
                or self._where_inputs_lead(attempt, claim)
            )
        except structure.Misread as e:
            unknown = Proof(claim, claim.lo, claim.hi, str(e), sampled=True)
            return self._contradicted(unknown, claim)

    def _where_inputs_lead(self, attempt: _Attempt, claim: Claim) -> Proof:
        near = self._restricted(claim)
        for method in _METHODS if near.codes != claim.codes else _METHODS[1:]:
            if (found := attempt(method, near)) is not None:
                return found
        every = self._by_inputs(attempt, claim)
        if every is not None:
            return every
        best = attempt.best or combos.sample(self.graph, near, "; ".join(attempt.reasons))
        return self._contradicted(best, claim)

    def _restricted(self, claim: Claim) -> Claim:
        """``claim`` for the codes that operands can have, by what earlier proofs say of them."""
        if {o.node for o in claim.operands.values()} <= {p.node for p in self.graph.inputs}:
            return claim
        try:
            reach = self.reach(claim)
        except ValueError:  # a function of several values that the chain does not know
            return claim
        return restricted(self.graph, claim, reach)

    def _by_inputs(self, attempt: _Attempt, claim: Claim) -> Proof | None:
        """The claim at every input, where these are few: then it is decided."""
        if not claim.nodes:
            return None
        occurs = list[Occurring]()

        def method(graph: Graph, claim: Claim) -> Proof:
            proof, found = prove_by_inputs(graph, claim)
            occurs.append(found)
            return proof

        found = attempt(method, claim)
        if found is not None or not occurs:
            return found
        proof = attempt.last
        if proof is None or proof.miss is None:
            return None
        column = occurs[0].column([proof.miss.codes[i] for i in claim.nodes])
        witness = of_value(
            self.graph, claim, self.inputs, occurs[0].input(column), proof.miss.error
        )
        return replace(proof, problem=str(witness))

    def _contradicted(self, proof: Proof, claim: Claim) -> Proof:
        """``proof`` with an input that shows that the claim is wrong, if one is found."""
        self.searches += 1
        if proof.holds or self.searches > _MOST_SEARCHES:
            return proof
        witness = Search(self.graph, claim, self.inputs)(proof.miss)
        return proof if witness is None else replace(proof, problem=str(witness))


def _table_at_all_codes(attempt: _Attempt, claim: Claim) -> Proof | None:
    """A table, which is right at every code of its operands, also where these do not occur."""
    if not is_family(claim.expr.op):
        return None
    method = codes.prove_by_codes if len(claim.nodes) == 1 else combos.prove_by_combinations
    return attempt(method, claim)


class _Attempt:
    """Tries of one claim: what was found so far, and why the other ways did not work."""

    def __init__(self, graph: Graph, whole: bool):
        self.graph, self.whole = graph, whole
        self.reasons: list[str] = []
        self.best: Proof | None = None
        self.last: Proof | None = None

    def __call__(self, method: Method, claim: Claim) -> Proof | None:
        """The proof of ``claim`` by one method; None where it does not prove it."""
        self.last = None
        try:
            found = method(self.graph, claim)
        except Unprovable as e:
            self.reasons.append(str(e))
            return None
        self.last = found
        if found.holds and not (found.modulus and self.whole):
            return found
        if self.best is None or found.miss:
            self.best = found
        return None


def moduli(p: Proof, proofs: Sequence[Proof], outputs: set[str]) -> Iterator[str]:
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


def source(p: Proof) -> Source:
    """A value with what was proved of it, as a link of a chain."""
    error = Span.of(codes.float_below(p.lo), codes.float_above(p.hi))
    return Source(p.claim.name, p.claim.expr, error, float(p.modulus) or None)
