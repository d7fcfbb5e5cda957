"""An attack on symgate's promise: hostile designs, judged by an evaluator and an interpreter that
share no code with symgate.
"""
