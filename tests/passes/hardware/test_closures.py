"""Numbers with the greatest gain under rules, against all that are allowed."""

import itertools
import random

from symgate.passes.hardware.closures import Behind, most_gained


def allowed(smallest, largest, rules):
    choices = itertools.product(*map(range, smallest, (top + 1 for top in largest)))
    return [c for c in choices if all(c[r.second] >= c[r.first] + r.by for r in rules)]


def test_no_numbers_that_keep_the_rules_gain_more_and_none_are_smaller():
    rng = random.Random(4)
    for _ in range(300):
        size = rng.randint(1, 6)
        pairs = [sorted(rng.sample(range(size), 2)) for _ in range(rng.randint(0, 8)) if size > 1]
        smallest, rules = [rng.randint(0, 1) for _ in range(size)], []
        for first, second in pairs:
            rules.append(Behind(first, second, rng.randint(0, 1)))
            smallest[second] = max(smallest[second], smallest[first] + rules[-1].by)
        rules = [r for r in rules if smallest[r.second] >= smallest[r.first] + r.by]
        largest = [low + rng.randint(0, 3) for low in smallest]
        gains = [rng.randint(-4, 4) for _ in range(size)]

        found = most_gained(smallest, largest, gains, rules)

        def gain(numbers, gains=gains):
            return sum(n * g for n, g in zip(numbers, gains, strict=True))

        all_of_them = allowed(smallest, largest, rules)
        best = max(map(gain, all_of_them))
        assert tuple(found) in all_of_them
        assert gain(found) == best
        assert all(
            f <= n for c in all_of_them if gain(c) == best for f, n in zip(found, c, strict=True)
        )
