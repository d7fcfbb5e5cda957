"""From a table of numbers to small formulas: engines that search, one archive of what they find,
and the front of size, loss and LUT.

Engines never judge themselves: losses are the archive's. Nothing here trains a network.
"""
