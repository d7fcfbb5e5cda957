"""The emitted Verilog against the meaning of the graph, by SMT: the text as Yosys reads it on one
side, the integer semantics of the operators on the other.

Nothing here knows how a node is printed: names of wires are only hints at where to compare.
"""
