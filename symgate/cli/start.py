"""How to begin: a design file to fill in."""

from pathlib import Path
from typing import Annotated

import typer

from symgate.errors import InputError

#: Every section and key that a first design needs, with what may stand there.
TEMPLATE = """# A design for symgate. Compile it: symgate compile {file} -o build/{name}
[design]
name = "{name}"             # of the module, the C++ function and the build folder
# domain = "clamp"          # roots, logarithms and divisors that leave their domain are held at its edge

[inputs]                    # in the order of the ports; one line each
x = {{ bits = 12, range = [-4, 4] }}                    # a width: the binary point follows from the range
y = {{ format = "fixed<12,3>", range = [-3.5, 3.5] }}   # or a format: 12 bits, 3 of them before the point
# v = {{ format = "ufixed<8,0>" }}                      # unsigned, all that the format holds

[outputs]                   # formulas over the inputs: `symgate ops` lists the functions
u = "0.5*exp(-x**2) + sin(2*y)/3"
# c = "argmax(sin(x), x*y, 0.5)"                        # the number of the largest score
# s = {{ expression = "40*sin(x)", format = "ap_fixed<10,4,AP_RND,AP_SAT>" }}   # in the format of the next block

[accuracy]                  # what you ask for; symgate chooses every width and proves it
max_error = 0.01            # |firmware - formula| for every input on the grid of the ports
# max_error = {{ u = 0.01, s = 0.1 }}                   # or one for each output
# precision = "fixed<16,6>" # or one format for all; the error is then reported, not chosen

[target]
part = "xcvu9p-flga2104-2-e"
clock = "5 ns"              # or "200 MHz"
objective = "lut"           # or "latency", "balanced"
# dsp = 4                   # at most so many DSP slices; none without this line
# latency = 3               # at most so many cycles
"""


def init(
    file: Annotated[Path, typer.Argument(help="The design file to write.")] = Path("design.toml"),
    name: Annotated[str, typer.Option(help="Name of the design.")] = "example",
) -> None:
    """Write a commented design file that compiles as it is, to be changed into yours."""
    from symgate.files import replace_file
    from symgate.frontend.options import plain_name

    if file.exists():
        raise InputError(f"{file} exists", remedy="name another file: symgate init mine.toml")
    if not file.parent.is_dir():
        raise InputError(f"there is no folder {file.parent}", remedy=f"mkdir -p {file.parent}")
    replace_file(file, TEMPLATE.format(file=file, name=plain_name(name)))
    typer.echo(f"Written to {file}. Next: symgate compile {file}")
