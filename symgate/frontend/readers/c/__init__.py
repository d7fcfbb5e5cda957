"""C, C++ and JavaScript as source: words and macros, typed values, expressions, statements.

What a program computes on real numbers is read; rounding of floats is no part of it. Nothing here
knows of other dialects.
"""
