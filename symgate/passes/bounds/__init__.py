"""From local errors to a proved bound of each output: slopes over sub-boxes, and runs over every
input.

Nothing here chooses a width or lowers an expression.
"""
