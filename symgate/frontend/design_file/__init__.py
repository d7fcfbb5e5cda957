"""The design file, `design.toml`: read, written, and its lines named in messages.

Expressions inside it are text of `language`, and what all sources may state is `options`: neither
belongs here.
"""
