"""Verilog text of a fixed-point graph, printed so that carry chains and LUTs are used well.

What depends on a vendor's cells does not belong here, but in `xilinx`; what a node means does not
either, but in `symgate.ir.fixed_ops`.
"""
