"""Many designs instead of one: explorations of a design space, fronts, prices, and what to choose
from them.

`plan` says which designs there are, `measure` compiles one, `workers` run that on cores or on other
machines, `exploration` keeps what is found. It compiles as a user would, and knows nothing of what
a pass does inside.
"""
