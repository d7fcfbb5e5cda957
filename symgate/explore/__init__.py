"""Many designs instead of one: fronts, prices, and what to choose from them."""
