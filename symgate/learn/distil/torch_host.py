"""A module inside a model of torch."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from symgate.errors import InputError
from symgate.frontend.language.source import listed
from symgate.learn.distil.hosts import Rows
from symgate.learn.distil.recording import Recording
from symgate.learn.distil.tensors import TensorFormulas
from symgate.learn.fit.task import Reals


class FormulaModule(nn.Module):
    """Formulas for the last axis of the inputs; their constants are parameters."""

    def __init__(self, formulas: TensorFormulas) -> None:
        super().__init__()
        self.written = formulas
        values = torch.tensor(formulas.parameters, dtype=torch.float64)
        self.constants = nn.Parameter(values, requires_grad=False)

    def forward(self, *inputs: Tensor) -> Tensor:
        """The formulas in the type of the constants, given back in that of the inputs."""
        x = torch.cat(inputs, -1)
        wide = x.to(self.constants.dtype)
        found: Tensor = self.written.values(wide, list(self.constants), torch)
        return found.to(x.dtype)


class RowsModule(nn.Module):
    """A function of NumPy for the last axis of the inputs."""

    def __init__(self, rows: Rows) -> None:
        super().__init__()
        self.rows = rows

    def forward(self, *inputs: Tensor) -> Tensor:
        """The function; no gradient passes it."""
        x = torch.cat(inputs, -1)
        flat = x.detach().cpu().numpy().reshape(-1, x.shape[-1])
        found = torch.as_tensor(self.rows(flat), dtype=x.dtype, device=x.device)
        return found.reshape(*x.shape[:-1], -1)


class TorchHost:
    """A module of ``model``, named by its path such as ``"net.2"`` or given itself."""

    def __init__(self, model: nn.Module | None, block: nn.Module | str) -> None:
        self._whole: Any = model if model is not None else block
        self.name, self.block = _found(self._whole, block)

    @property
    def model(self) -> Any:
        """The model; where it is the block itself, what stands in its place."""
        return self._whole

    def record(self, data: Any) -> Recording:
        """What the block is given and gives back; ``data`` is the model's input, or a list of
        batches of it.
        """
        seen: list[tuple[list[Any], Any]] = []

        def listen(module: nn.Module, given: tuple[Any, ...], found: Any) -> None:
            seen.append(([_array(value) for value in given], _array(found)))

        handle = self.block.register_forward_hook(listen)
        try:
            self.predict(data)
        finally:
            handle.remove()
        if not seen:
            raise InputError(f"the model does not use the block {self.name} on this data")
        parts = [Recording.of(given, found, self.name) for given, found in seen]
        inputs = np.concatenate([part.inputs for part in parts])
        return Recording(inputs, np.concatenate([part.outputs for part in parts]))

    def predict(self, data: Any) -> Reals:
        """The outputs for all batches."""
        was = self._whole.training
        self._whole.eval()
        try:
            with torch.no_grad():
                found = [_array(self._whole(_tensor(batch))) for batch in _batches(data)]
        finally:
            self._whole.train(was)
        return np.concatenate(found)

    def graft(self, formulas: TensorFormulas) -> None:
        """Put formulas in the place of the block."""
        self._put(FormulaModule(formulas))

    def graft_rows(self, rows: Rows) -> None:
        """Put ``rows`` in the place of the block."""
        self._put(RowsModule(rows))

    def restore(self) -> None:
        """Put the block back."""
        self._put(self.block)

    def refine(self, data: Any, wanted: Any, loss: Any, steps: int, rate: float) -> list[float]:
        """Adam on the constants, ``steps`` times all of ``data``; ``loss(outputs, wanted)``, by
        default the mean squared error.
        """
        constants = self._grafted().constants
        measured = loss or nn.functional.mse_loss
        frozen = [p for p in self._whole.parameters() if p.requires_grad]
        for parameter in frozen:
            parameter.requires_grad_(False)
        constants.requires_grad_(True)
        optimiser = torch.optim.Adam([constants], lr=rate)
        x, y = _tensor(data), _tensor(wanted)
        for _ in range(steps):
            optimiser.zero_grad()
            measured(self._whole(x), y).backward()
            optimiser.step()
        constants.requires_grad_(False)
        for parameter in frozen:
            parameter.requires_grad_(True)
        return [float(value) for value in constants]

    def _grafted(self) -> FormulaModule:
        found = self._whole if not self.name else self._whole.get_submodule(self.name)
        if not isinstance(found, FormulaModule):
            raise InputError("there are no formulas in the model", remedy="switch to them first")
        return found

    def _put(self, module: nn.Module) -> None:
        if not self.name:
            self._whole = module
            return
        parent, _, last = self.name.rpartition(".")
        setattr(self._whole.get_submodule(parent), last, module)


def _found(model: Any, block: Any) -> tuple[str, nn.Module]:
    modules = dict(model.named_modules())
    for name, module in modules.items():
        if block in (name, module) if isinstance(block, str) else module is block:
            return name, module
    shown = block if isinstance(block, str) else type(block).__name__
    raise InputError(
        f"the model has no block '{shown}'", expected=f"one of {listed(filter(None, modules))}"
    )


def _batches(data: Any) -> list[Any]:
    return list(data) if isinstance(data, (list, tuple)) else [data]


def _tensor(value: Any) -> Tensor:
    if isinstance(value, Tensor):
        return value
    array = np.asarray(value)
    kind = torch.get_default_dtype() if array.dtype.kind == "f" else None
    return torch.as_tensor(array, dtype=kind)


def _array(value: Tensor) -> Any:
    return value.detach().cpu().numpy()
