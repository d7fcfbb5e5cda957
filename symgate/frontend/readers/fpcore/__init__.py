"""FPCore: S-expressions, its operators and preconditions.

What several formats share does not belong here, but in the other files of `readers`.
"""
