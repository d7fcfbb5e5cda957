"""Python as source: functions by their names, vectors of numbers, expressions, statements.

A file is read by its syntax tree and never run. Nothing here knows of other dialects.
"""
