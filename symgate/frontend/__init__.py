"""Sources of expressions, one file each; every one returns a `symgate.ir.design.Design`.

A source is untrusted text: nothing here evaluates it. Nothing here knows of hardware either, and
training is not reading: that is `learn`.
"""
