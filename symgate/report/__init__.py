"""Estimates, open synthesis, ``report.json`` and terminal tables."""
