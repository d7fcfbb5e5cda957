"""The rules of algebra that the search over forms may use. Linear forms stay outside: sums are kept
in normal form.
"""

from __future__ import annotations

from symgate.passes.forms import factoring, powers, waves
from symgate.passes.forms.rule import Rule

_SIGNS = "the signs of the factors are proved"
_POSITIVE = "a, b >= 0 is proved"
#: One entry per identity; those that most often pay stand first, since a search may end before it
#: has tried all.
RULES: tuple[Rule, ...] = (
    Rule("product to sum", "sin(a) cos(b) = (sin(a+b) + sin(a-b))/2", waves.product_to_sum),
    Rule("refactor", "a sum of products = products of sums", factoring.refactored),
    Rule("logarithms", "a b^n = +-exp(log|a| + n log|b|)", powers.by_logarithms, _SIGNS),
    Rule("factor", "a b + a c = a (b + c)", factoring.factored),
    Rule("merge exp", "exp(a) exp(b)^n = exp(a + n b)", powers.exp_merged),
    Rule(
        "merge hyperbolics",
        "exp(a) / sinh(b) = 2 exp(a - b) / (1 - exp(-2 b))",
        powers.hyperbolics_merged,
        _SIGNS,
    ),
    Rule("kernels", "u q + v q + r = (u + v) q + r", factoring.kernels),
    Rule("squares of one angle", "k sin(a)^2 + k cos(a)^2 = k", waves.one_of_squares),
    Rule("merge roots", "a^r b^r = (a b)^r", powers.roots_merged, _POSITIVE),
    Rule("split roots", "(a b)^r = a^r b^r", powers.roots_split, _POSITIVE),
    Rule("split log", "log(a b^n) = log|a| + n log|b|", powers.log_split, _SIGNS),
    Rule("merge log", "k log(a) + k n log(b) = k log(a b^n)", powers.log_merged),
    Rule("distribute", "a (b + c) = a b + a c", factoring.distributed),
    Rule("multiply out", "a product of sums = a sum of products", factoring.multiplied_out),
    Rule("quarter squares", "a b = ((a + k b)^2 - (a - k b)^2) / (4 k)", powers.quarter_squares),
    Rule("sum to product", "sin(a) + sin(b) = 2 sin((a+b)/2) cos((a-b)/2)", waves.sum_to_product),
    Rule("double angle", "sin(2a) = 2 sin(a) cos(a)", waves.half_angle),
    Rule("split exp", "exp(a + b) = exp(a) exp(b)", powers.exp_split),
    Rule("angle addition", "sin(a + b) = sin(a) cos(b) + cos(a) sin(b)", waves.angle_addition),
)
