"""The compiled model: a fixed graph as C, built by the compiler of this machine and called through
ctypes.

`wiring` finds where bits come from, `program` is the graph without wires and with small cones as
tables, `operators` has the C of each operator, `loops` says which values share a loop, `text` prints
it all, `build` compiles and keeps libraries, `model` runs them. NumPy stays the meaning: a library is
used only after it gave the same bits. Nothing here decides what the hardware is.
"""
