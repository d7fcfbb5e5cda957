"""What a graph costs and how long it takes: LUTs, delays, and the schedule of its registers.

Nothing here knows of expressions or errors.
"""
