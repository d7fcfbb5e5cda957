"""Our own grammar of expressions: tokens, infix parser, functions, and names.

Foreign formats are `readers`; they end in the same `Expr` through this room.
"""
