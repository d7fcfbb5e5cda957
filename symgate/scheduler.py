"""A Dask scheduler and its workers, for what takes many machines."""

from __future__ import annotations

from typing import Any

from symgate.errors import InputError, ToolMissing

#: To wait for the scheduler, and for its first worker.
SECONDS = 30.0


def dask() -> Any:
    """The package ``distributed``; raise `ToolMissing` without it."""
    try:
        import distributed
    except ImportError:
        raise ToolMissing(
            "a scheduler needs Dask", remedy="pip install 'symgate[dask]', here and on the workers"
        ) from None
    return distributed


def connected(address: str, seconds: float = SECONDS) -> Any:
    """A client of the scheduler at ``address``, such as ``tcp://head:8786``; raise `InputError`
    where none answers, or it has no worker.
    """
    try:
        client = dask().Client(address, timeout=seconds)
        client.wait_for_workers(1, timeout=seconds)
    except (OSError, TimeoutError, ValueError) as e:
        raise InputError(
            f"no Dask worker answers at {address}: {e}",
            remedy="start dask scheduler, and on each machine: dask worker " + address,
        ) from None
    return client
