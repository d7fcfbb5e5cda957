"""The section that says how to use the files of a build, tool by tool."""

from __future__ import annotations

from symgate.report.page.html import Html, code, el, section
from symgate.report.page.view import View


def running(view: View) -> Html:
    """Return the commands for Vivado, Vitis, cocotb and Python, run inside the build folder."""
    name = view.report["name"]
    steps = (
        ("Vivado", "The Verilog module as it is, out of context: utilisation and timing.",
         "cd rtl\nvivado -mode batch -source build_vivado.tcl"),
        ("Vitis HLS", "The C++ project: simulation, synthesis, co-simulation, as in hls4ml.",
         "cd hls\nvitis_hls -f build_prj.tcl"),
        ("cocotb", "The Verilog on Verilator or Icarus against recorded vectors.",
         "cd tests\npython run.py"),
        ("Python", "The same bits as the hardware, on arrays or data frames.", _python(view)),
        ("Check again", "All models, the certificate and every file of this folder.",
         f"symgate verify build/{name}\nsymgate simulate build/{name} --data rows.csv"),
    )  # fmt: skip
    cards = (
        el("div", el("h3", title), el("p", about, class_="note"), code(text, f"commands for {title}"),
           class_="card")
        for title, about, text in steps
    )  # fmt: skip
    return section(
        "running",
        "How to run it",
        el("p", "Ports, valid, reset and latency are described in ", el("code", "README.md"),
           " beside this page; it is the file to give to whoever builds the firmware."),
        el("div", *cards, class_="cards wide"),
    )  # fmt: skip


def _python(view: View) -> str:
    name = view.report["name"]
    inputs = [port.name for port in view.design.inputs]
    shape = (
        f"({', '.join(inputs)})" if len(inputs) <= 6 else f"({len(inputs)} inputs in port order)"
    )
    return (
        f'import symgate\n\nbuild = symgate.load("build/{name}")\n'
        f"y = build.predict(X)  # a row per event, columns {shape}"
    )
