"""Expression to expression: cheaper forms that mean the same, each pass a file.

Nothing here knows of bits, errors or hardware, except for the ranges of inputs; choosing between
forms is `forms`.
"""
