"""Backends: pure functions from a fixed-point graph to ``{file name: text}``.

One file or folder for each target. A backend decides nothing, writes no file and starts no tool:
`passes` has chosen every bit, `project` writes, `sim` runs.
"""
