"""Many designs instead of one: fronts, prices, and what to choose from them.

It compiles through `symgate.api` as a user would, and knows nothing of what a pass does inside.
"""
