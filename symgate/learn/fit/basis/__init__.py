"""Sums of terms that several outputs share: the terms, a model of chosen ones, and its constants.

Nothing here decides which terms are chosen: `symgate.learn.fit.engines.basis` does.
"""
