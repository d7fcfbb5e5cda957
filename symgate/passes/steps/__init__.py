"""What a step of the compilation is: what it takes and gives, and the passes that take whole units.

`unit` is what goes from step to step, `kinds` are the kinds of steps, and the others are passes that
need more than a program or a graph. Which steps there are, and in which order, is in
`symgate.passes.pipeline`; passes over programs or graphs alone do not live here, but in the rooms of their trade.
"""
