"""The independent check of a certificate: it shares nothing with ``symgate.passes`` but the
meanings of operators.

`structure` compares graphs, `forms` and `symbolic` prove integer-exact cones by polynomials,
`codes` proves functions of one value on every code with python-flint balls, `chain` proves the
bound of the outputs. `symgate.proof.recheck` puts them together.
"""
