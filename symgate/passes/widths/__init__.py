"""The search of word lengths: from a program and allowed errors to a certified graph.

How an operator is lowered is `lowering`; what an error amounts to at the outputs is `bounds`.
"""
