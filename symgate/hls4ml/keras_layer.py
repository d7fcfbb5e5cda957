"""A block as a layer of Keras: it predicts what the firmware does, and is not trained."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from symgate.hls4ml.block import Block
from symgate.hls4ml.extension import register
from symgate.sim.keras_rows import RowsLayer


class SymgateLayer(RowsLayer):
    """The outputs of a `Block` for the last axis of its inputs. The path of its build is saved with
    a model.
    """

    def __init__(self, block: Block | str | Path, **options: Any) -> None:
        held = block if isinstance(block, Block) else Block.of(block)
        super().__init__(held.predict, held.outputs, **options)
        self.block = held
        register()

    def get_config(self) -> dict[str, Any]:
        """What a copy is made of."""
        return {**super().get_config(), "block": str(self.block.build.path.resolve())}
