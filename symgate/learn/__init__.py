"""From data to expressions: training ends in a Design, as reading a file does.

Each folder is one way to train. Nothing here decides how a Design becomes hardware.
"""
