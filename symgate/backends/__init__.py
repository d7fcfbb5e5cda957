"""Backends: pure functions from a fixed-point graph to ``{file name: text}``."""
