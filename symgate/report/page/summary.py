"""The head of a page: what the build is, in a sentence and a handful of figures."""

from __future__ import annotations

from symgate.report.page.html import Html, el
from symgate.report.page.numbers import counted, percent, short
from symgate.report.page.view import View

CERTIFIED = (
    "Certified means: proved for every input code in range, against the formula in exact real "
    "arithmetic. Rounding your own data onto the input grid comes on top of it."
)


def summary(view: View) -> Html:
    """Return the title, the sentence and the figures."""
    return el(
        "header",
        el("p", "symgate build", class_="eyebrow"),
        el("h1", view.report["name"]),
        el("p", *_sentence(view), class_="lead"),
        el("dl", *_figures(view), class_="figures"),
        el("p", CERTIFIED, class_="note"),
        id_="top",
        class_="hero",
    )


def _sentence(view: View) -> list[Html | str]:
    formulas = counted(len(view.design.outputs), "formula")
    inputs = counted(len(view.design.inputs), "input")
    latency, clock = view.report["latency"], view.design.target.clock_ns
    start = f"{formulas} of {inputs} as firmware: a new set of inputs every clock cycle of "
    cycles = counted(latency["cycles"], "cycle")
    end = f"{short(clock)} ns, the result {cycles} ({short(latency['ns'])} ns) later. "
    return [start, end, *_promise(view)]


def _promise(view: View) -> list[Html | str]:
    targets = [b.target for b in view.bounds if b.target is not None]
    if not targets:
        return [f"Its largest certified error is {short(max(b.bound for b in view.bounds))}."]
    missed = [b.output for b in view.bounds if b.target is not None and b.bound > b.target]
    if missed:
        return [el("strong", f"The accuracy asked for is missed on {', '.join(missed)}.")]
    one = len(set(targets)) == 1
    asked = f"within {short(targets[0], 4)} of its formula" if one else "as close as was asked"
    each = "Every output is" if len(view.bounds) > 1 else "Its output is"
    return [each, " ", el("strong", f"proved to stay {asked}"), "."]


def _figures(view: View) -> list[Html]:
    estimate, counted_ = view.report["estimate"], view.report.get("synthesis")
    netlist = counted_ or estimate
    how = f"counted by {counted_['tool']}" if counted_ else "estimate, before place and route"
    found = [
        _figure("LUT", short(netlist["lut"]), how),
        _figure("Latency", short(view.report["latency"]["ns"]), "ns", unit=True),
        _figure("Flip-flops", short(netlist["ff"]), "registers between the stages"),
        _figure("DSP, BRAM", f"{short(netlist['dsp'])}, {short(netlist['bram'])}", "hard blocks"),
        _error(view),
        _checked(view),
    ]
    return found


def _figure(name: str, value: str, note: str, unit: bool = False, state: str = "") -> Html:
    shown = el("dd", value, el("span", note, class_="unit"), class_="value") if unit else None
    rest = [shown] if shown else [el("dd", value, class_="value"), el("dd", note, class_="about")]
    if unit:
        rest.append(el("dd", "from inputs to result", class_="about"))
    return el("div", el("dt", name), *rest, class_=f"figure {state}".strip())


def _error(view: View) -> Html:
    worst = max(view.bounds, key=lambda b: (b.bound / b.target) if b.target else b.bound)
    if worst.target is None:
        return _figure("Certified error", short(worst.bound), f"output {worst.output}")
    note = f"{percent(worst.bound / worst.target)} of what is allowed"
    note += f", output {worst.output}" if len(view.bounds) > 1 else ""
    state = "good" if worst.bound <= worst.target else "bad"
    return _figure("Certified error", short(worst.bound), note, state=state)


def _checked(view: View) -> Html:
    told = view.report["verify"]
    if told["vectors"] is None:
        return _figure("Bits that differ", "not run", "symgate verify compares the models")
    models = len(told["models"] or ())
    note = f"{counted(told['vectors'], 'vector')}, {counted(models, 'model')}"
    state = "good" if told["mismatches"] == 0 else "bad"
    return _figure("Bits that differ", short(told["mismatches"]), note, state=state)
