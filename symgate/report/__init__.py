"""Estimates, open synthesis, ``report.json``, terminal tables and plots: what is told of a design.

Nothing here changes a design or decides whether it is right: that is `passes` and `proof`.
"""
