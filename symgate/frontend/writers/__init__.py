"""Expressions in the languages of others: SymPy, LaTeX, FPCore, Python, C, JSON.

Nothing here reads or compiles; C++ and Verilog of the hardware are `symgate.backends`.
"""
