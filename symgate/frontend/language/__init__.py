"""Our own grammar of expressions: tokens, infix parser, functions, and names.

Foreign formats do not belong here: they are `readers`, and end in the same `Expr` through this room.
"""
