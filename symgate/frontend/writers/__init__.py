"""Expressions in the languages of others."""
