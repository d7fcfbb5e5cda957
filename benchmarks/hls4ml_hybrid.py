"""A symgate block inside a network of hls4ml: dense, block, dense, against its three parts.

    python benchmarks/hls4ml_hybrid.py [rows]    # 100,000 rows, both blocks

The block is a SymbolNet, trained here, or an expression from PySR's hall of fame. The parts are two
models of hls4ml and the block's own exact model; the network must have their bits on every row.
"""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

ROWS = 100_000
PRECISION = "ap_fixed<16,6>"
SEED = 1
ENTRY = "entry"  # the layer of the inputs
HALL_OF_FAME = Path(__file__).parent.parent / "examples/pysr/hall_of_fame.csv"


def expression_block(folder: Path) -> Any:
    """A block of the equation that PySR itself would pick."""
    from symgate.hls4ml import Block

    options = {"bits": 12, "ranges": ["[-8, 8]"], "relative_error": "2^-8", "name": "gluon"}
    return Block.of(HALL_OF_FAME, folder / "gluon", **options)


def symbolnet_block(folder: Path) -> Any:
    """A block of a small SymbolNet for two targets."""
    from symgate.frontend.options import Options
    from symgate.hls4ml import Block
    from symgate.learn.symbolnet import SymbolNetRegressor

    rng = np.random.default_rng(SEED)
    x = rng.normal(0, 1, (400, 3))
    y = np.stack([np.sin(x[:, 0]) * x[:, 1], np.tanh(x[:, 2]) + x[:, 0]], axis=1)
    model = SymbolNetRegressor(
        units=(4,), pairs=(1,), weight_target=0.4, batch=32, rate=0.02, validation=0.0,
        epochs=40, close=2, anneal=10, random_state=SEED,
    )  # fmt: skip
    design = model.fit(x, y).to_design(
        Options(bits=10, ranges=["[-4, 4]"], relative_error="2^-7"), name="net"
    )
    return Block.of(design, folder / "net")


def converted(model: Any, folder: Path, backend: str, first: str | None = None) -> Any:
    """``model`` through hls4ml, compiled; ``first``: the format of its inputs."""
    import hls4ml

    config: dict[str, Any] = {"Model": {"Precision": PRECISION, "ReuseFactor": 1}}
    if first is not None:
        config["LayerName"] = {ENTRY: {"Precision": first}}
    found = hls4ml.converters.convert_from_keras_model(
        model, backend=backend, output_dir=str(folder), hls_config=config, io_type="io_parallel"
    )
    found.compile()
    return found


def networks(block: Any) -> tuple[Any, Any, Any]:
    """The whole network, and the networks before and behind the block, with its weights."""
    import keras

    from symgate.hls4ml import SymgateLayer

    keras.utils.set_random_seed(SEED)
    before, behind = keras.layers.Dense(block.inputs), keras.layers.Dense(2, activation="relu")
    whole = keras.Sequential([_entry(5), before, SymgateLayer(block), behind])
    first = keras.Sequential([_entry(5), keras.layers.Dense(block.inputs)])
    last = keras.Sequential([_entry(block.outputs), keras.layers.Dense(2, activation="relu")])
    first.set_weights(before.get_weights())
    last.set_weights(behind.get_weights())
    return whole, first, last


def _entry(size: int) -> Any:
    import keras

    return keras.layers.Input((size,), name=ENTRY)


def compared(block: Any, folder: Path, backend: str, rows: int) -> tuple[int, NDArray[Any]]:
    """How many rows of the network differ from those of its parts, and its outputs."""
    whole, first, last = networks(block)
    x = np.random.default_rng(SEED).normal(0, 2, (rows, 5))
    got = converted(whole, folder / "whole", backend).predict(x)
    inner = converted(first, folder / "first", backend).predict(x)
    t = block.result
    port = f"ap_{'' if t.signed else 'u'}fixed<{t.width},{t.integer}>"
    mid = np.ascontiguousarray(block.predict(inner))
    want = converted(last, folder / "last", backend, port).predict(mid)
    return int(np.count_nonzero(np.any(got != want, axis=1))), got


BLOCKS = {"PySR expression": expression_block, "SymbolNet": symbolnet_block}


def main() -> int:
    """Print one line for each block."""
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else ROWS
    wrong = 0
    for name, make in BLOCKS.items():
        with tempfile.TemporaryDirectory() as folder:
            block = make(Path(folder))
            found, outputs = compared(block, Path(folder), "Vitis", rows)
            values = len(np.unique(outputs))
            print(f"{name}: {rows} rows, {found} differ, {values} values of the outputs")
            wrong += found
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
