"""Passes: graph to graph, frozen dataclasses whose fields are their options.

`pipeline` is the whole compilation as data, `compiler` runs it; each room beside them is one trade
and says in its first lines what lives there. A room imports only from rooms that
`tests/test_layout.py` puts before it. Nothing here reads a file of the user, writes one, or prints.
"""
