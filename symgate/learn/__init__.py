"""From data to expressions: training ends in a Design, as reading a file does.

Nothing here knows how a Design becomes hardware, but through `passes` and `api` of the compiler.
"""
