"""Which host holds a block: by the library that its class is from."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any, Protocol

from symgate.errors import InputError
from symgate.learn.distil.recording import Recording
from symgate.learn.distil.tensors import TensorFormulas
from symgate.learn.fit.task import Reals

Rows = Callable[[Reals], Reals]  # (rows, inputs) to (rows, outputs)


class Host(Protocol):
    """A model with a block in it that can be listened to, and replaced."""

    @property
    def model(self) -> Any:
        """The model as it is now, with the block or with what stands in its place."""

    @property
    def name(self) -> str:
        """The name of the block."""

    def record(self, data: Any) -> Recording:
        """What the block is given and gives back while the model runs on ``data``."""

    def predict(self, data: Any) -> Reals:
        """What the model gives back as it is now."""

    def graft(self, formulas: TensorFormulas) -> None:
        """Put formulas in the place of the block."""

    def graft_rows(self, rows: Rows) -> None:
        """Put a function of NumPy in the place of the block, such as firmware."""

    def restore(self) -> None:
        """Put the block back."""

    def refine(self, data: Any, wanted: Any, loss: Any, steps: int, rate: float) -> list[float]:
        """Train the constants of the grafted formulas, and nothing else; return them."""


#: By the package that a block's class, or one that it derives from, is from.
HOSTS: Mapping[str, str] = {
    "torch": "symgate.learn.distil.torch_host:TorchHost",
    "keras": "symgate.learn.distil.keras_host:KerasHost",
}
_PLAIN = "symgate.learn.distil.plain_host:PlainHost"


def host_of(model: Any, block: Any) -> Host:
    """The host of ``block`` in ``model``: a module or layer, its name, or, without a model, any
    function of rows. Raise `InputError` where it is none.
    """
    owner = model if model is not None else block
    packages = [c.__module__.partition(".")[0] for c in type(owner).__mro__]
    place = next((HOSTS[p] for p in packages if p in HOSTS), _PLAIN)
    if place == _PLAIN and (model is not None or not callable(block)):
        raise InputError(
            f"{type(owner).__name__} is no model whose blocks can be found",
            expected="a module of torch, a model of Keras, or no model and a function of rows",
        )
    module, _, name = place.partition(":")
    found: Host = getattr(import_module(module), name)(model, block)
    return found
