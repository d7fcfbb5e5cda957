"""Every input of an output, up to 2^32 of them, in C: the firmware beside its expression in float64.

`reference` prints an expression with a bound on its own rounding error beside each value, `rows`
numbers the inputs, `text` joins both with the compiled model, `running` goes through all rows, and
`maximum` decides by python-flint balls what float64 leaves open. No bound rests on a difference that
float64 alone has seen, and nothing here is used by the compiler.
"""
