"""Models of a compiled design that can be run: NumPy, HLS C++ under g++, Amaranth, cocotb benches."""
