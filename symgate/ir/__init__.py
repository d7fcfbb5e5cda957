"""The two graphs: real-valued expressions and the integer-exact fixed-point graph.

`expr` and `operators` hold the real-valued side, `fixed` and `fixed_ops` the fixed-point side,
`design` what a frontend returns. `types`, `domains` and `boxes` are the value domains on which
operators run.

Nothing here improves a graph or knows of a target: a pass does, and this is what all passes share.
"""
