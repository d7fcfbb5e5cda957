"""Verilog text of a fixed-point graph, printed so that carry chains and LUTs are used well."""
