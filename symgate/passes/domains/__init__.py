"""Where an expression is defined: the check of the user's text, clamping, operands held inside
their domain.

Nothing here changes a value inside the domain, and nothing here knows of fixed point.
"""
