"""Models of a compiled design that can be run: NumPy, HLS C++ under g++, Amaranth, cocotb benches.

A model takes codes and gives codes. Nothing here proves anything, and nothing here chooses what the
hardware is.
"""
