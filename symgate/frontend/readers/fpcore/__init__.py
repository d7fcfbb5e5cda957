"""FPCore: S-expressions, its operators and preconditions."""
