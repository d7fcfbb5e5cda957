"""The sections and keys of a design file, each with what it says. Readers refuse what is not here,
and the reference in the documentation is made of it.
"""

from __future__ import annotations

#: Sections whose keys are the user's own names, and what stands there.
NAMED = {
    "inputs": 'Ports in order: `x = "fixed<12,5>"`, or a table of `format`, `bits` and `range`: '
    '`x = { bits = 12, range = [-4, 4] }`. A vector is `"x[0..7]"`.',
    "constants": "Values with a name, lists and matrices too. `k = { value = 1.5, range = [1, 2], "
    "runtime = true, bits = 10 }` is a port that a register holds; every value of its range is proved.",
    "tables": 'Functions by their values: points (`x`, `y`), a file, or bits (`hex = "8"`).',
    "let": "Formulas with a name, which outputs and later formulas use; not ports.",
    "outputs": "Formulas over inputs, constants, `[let]` and earlier outputs, or a table of "
    "`expression` and `format`.",
}
#: The other sections, with their keys.
KEYS = {
    "design": {
        "name": "Of the module, the C++ function and the build folder. By default that of the folder.",
        "domain": '`"strict"`: an operand that can leave the domain of its operator is an error. '
        '`"clamp"`: it is held at the edge.',
        "ties": '`"near"`: a class has a score within the error of the best one. `"strict"`: it is '
        "the class of the real scores.",
        "saturate": "Whether inputs saturate to their ranges, `true` by default; without that the "
        "result outside of a range is anything.",
        "effort": '`"full"`, or `"quick"`: fewer forms and trials, some more hardware, the same proof.',
    },
    "accuracy": {
        "max_error": "Largest |firmware - formula| over every input on the grids of the ports: a "
        "number, or one for each output.",
        "precision": "One format for every value in place of `max_error`; the error is then "
        "reported, not chosen.",
        "metric": 'In place of both: `"accuracy"`, `"auc"`, `"rmse"` or `"agreement"` on `data`.',
        "data": "With `metric`: a CSV file, relative to the design file.",
        "label": "With `metric`: the column of classes, or of wanted values.",
        "max_loss": "With `metric`: what it may lose against float64, 0.002 by default.",
    },
    "target": {
        "part": "The device, of whose family delays and cells are. Default `xcvu9p-flga2104-2-e`.",
        "clock": '`"5 ns"`, or `"200 MHz"`.',
        "objective": 'What is made small: `"lut"`, `"latency"` or `"balanced"`.',
        "dsp": "At most so many DSP slices; none without this key.",
        "lut": "At most so many LUT; a design that does not fit is refused.",
        "bram": "At most so many block RAMs; none without this key.",
        "latency": "At most so many cycles; 0 is logic without a clock.",
        "ii": "The initiation interval: a set of inputs comes every so many cycles at most, 1 by default. "
        "With more, products take turns on the slices that `dsp` allows.",
        "registers": 'Ports behind registers: `"outputs"`, `"inputs"`, `"both"` or `"none"`.',
        "primitives": "Whether Xilinx primitives are written beside plain RTL.",
        "clock_enable": "Whether a pipeline that can be stopped is written too.",
    },
}
#: All sections in the order of a file, with their keys; None where these are the user's names.
SECTIONS: dict[str, tuple[str, ...] | None] = {
    "design": tuple(KEYS["design"]),
    **dict.fromkeys(NAMED, None),
    "accuracy": tuple(KEYS["accuracy"]),
    "target": tuple(KEYS["target"]),
}
