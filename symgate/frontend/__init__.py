"""Sources of expressions, one file each; every one returns a `symgate.ir.design.Design`."""
