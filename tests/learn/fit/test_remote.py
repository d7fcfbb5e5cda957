"""Engines on Dask workers give the archive that they give here, whichever worker is lost."""

from __future__ import annotations

import numpy as np
import pytest

from symgate.errors import InputError
from symgate.learn.data import Samples
from symgate.learn.fit.archive import Archive, candidate
from symgate.learn.fit.search import Search, tasks

pytestmark = [
    pytest.mark.needs("distributed", "scipy"),
    pytest.mark.filterwarnings("ignore"),  # of distributed's own
]

#: An engine that ends at an exact formula, long before its budget does: what it finds depends on its
#: seed alone.
SEARCH = Search(seconds=600, engines=("logprod",), seeds=3)


def samples() -> Samples:
    x = np.random.default_rng(4).uniform(1, 2, (160, 3))
    y = 0.5 * x[:, :1] * x[:, 1:2] / x[:, 2:]
    return Samples(x, y, ("a", "b", "c"), ("y",), False)


def formulas(archive: Archive) -> set[str]:
    return {c.formula for c in archive.candidates()}


@pytest.mark.slow  # two processes start
def test_an_archive_is_the_same_as_a_set_where_a_worker_is_killed():
    from distributed import Client, LocalCluster

    from symgate.learn.fit.remote import run_with, work

    rows = tasks(samples(), SEARCH)
    here = Archive(*rows)
    for seed in range(SEARCH.seeds):
        found = work(*rows, "logprod", SEARCH.seconds, seed, SEARCH.limits)
        here.merge(map(candidate, found))
    there = Archive(*tasks(samples(), SEARCH))
    cluster = LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None)
    killed = []

    def kill_one(step: str) -> None:
        if not killed:
            killed.append(next(iter(cluster.workers.values())))
            killed[0].process.process.kill()

    with cluster, Client(cluster) as client:
        run_with(client, there, SEARCH, kill_one)
    assert killed
    assert formulas(there) == formulas(here)
    assert there.done == {("logprod", seed) for seed in range(SEARCH.seeds)}


def test_a_scheduler_that_does_not_answer_is_named():
    from symgate.learn.fit import remote

    run = remote.on_scheduler("tcp://127.0.0.1:1", seconds=1)
    with pytest.raises(InputError, match="no Dask worker answers at"):
        run(Archive(*tasks(samples(), SEARCH)), SEARCH, lambda step: None)
