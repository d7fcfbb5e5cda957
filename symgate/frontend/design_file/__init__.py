"""The design file, `design.toml`: read, written, and its lines named in messages."""
