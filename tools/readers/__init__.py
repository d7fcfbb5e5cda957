"""Programs of other languages at random, run by the real tool and read by symgate: the values must be
the same.
"""
