"""A training step of table units by the compiled kernel, and the same step in TensorFlow.

    python benchmarks/table_kernel.py [--tables 350] [--steps 60]

Random bits of the size of MNIST: 560 that pins may read, a fifth of them ones, 10 classes, batches
of 256. Both learn contents and pins in each step, with the gradients of `symgate/learn/tables`; in
TensorFlow they are written out, in one graph, so that nothing is taped. Processor milliseconds, one
thread. The largest difference of the contents after the steps says that both did the same.
"""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Callable
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
from common import SEED, Row, save, show

from symgate.learn.tables.kernel import Kernel, Sizes
from symgate.learn.tables.network import ENTRIES, PINS

#: Steps after which both have the same contents; later on float32 rounds otherwise, and pins part.
COMPARED = 10
ROUNDS = 5  # in turns, so that other processes slow down both
BITS, ROWS, BATCH, CLASSES, SCALE, RATE = 560, 4096, 256, 10, 0.4, 0.01
COLUMNS = {"how": "", "ms": "CPU ms a step", "ratio": "of the kernel", "difference": "difference"}


def kernel(tables: int, data: Any) -> Kernel:
    """Tables that are not trained yet."""
    place = np.arange(BITS, dtype=np.int32)[None]
    sizes = Sizes(tables, CLASSES, BITS, BATCH)
    return Kernel(data, place, sizes, np.random.default_rng(SEED))


def by_kernel(found: Kernel, y: Any) -> Callable[[Any], None]:
    """A step of the kernel on some rows."""
    none = np.zeros(BATCH, np.uint8)

    def step(rows: Any) -> None:
        votes = found.look_up(rows, none)
        parts = np.exp(SCALE * (votes - votes.max(axis=0)))
        parts /= parts.sum(axis=0)
        wanted = np.eye(CLASSES, dtype=np.float32)[:, y[rows]]
        found.learn(parts.astype(np.float32) - wanted, RATE, True)

    return step


def by_tensorflow(start: Kernel, data: Any, y: Any) -> tuple[Callable[[Any], None], Any]:
    """The same step in TensorFlow from the same start, and the variable of the contents."""
    import tensorflow as tf

    tf.config.threading.set_intra_op_parallelism_threads(1)
    tf.config.threading.set_inter_op_parallelism_threads(1)
    units = start.sizes.units
    blocks = start._arrays["weights"].transpose(1, 0, 2).reshape(BITS, -1)
    contents = tf.Variable(start._arrays["contents"][:units])
    weights = tf.Variable(blocks[:, : units * PINS].copy())
    moments = [tf.Variable(tf.zeros_like(v)) for v in (contents, contents, weights, weights)]
    count = tf.Variable(0.0)
    powers = tf.constant([1 << k for k in range(PINS)])
    unit_start = tf.range(units)[None] * ENTRIES

    def slopes() -> Any:
        cube = tf.reshape(contents, [-1, *[2] * PINS])
        found = []
        for pin in range(PINS):
            axis = PINS - pin  # the last axis is bit 0
            low, high = tf.split(cube, 2, axis)
            slope = tf.concat([high - low] * 2, axis)
            for other in set(range(1, PINS + 1)) - {axis}:
                slope = 0.75 * slope + 0.25 * tf.reverse(slope, [other])
            found.append(tf.reshape(slope, [-1, ENTRIES]))
        return tf.stack(found, -1)

    def adam(value: Any, mean: Any, square: Any, gradient: Any) -> None:
        mean.assign(0.9 * mean + 0.1 * gradient)
        square.assign(0.999 * square + 0.001 * gradient * gradient)
        rate = RATE / (1 - tf.pow(0.9, count))
        value.assign_sub(rate * mean / (tf.sqrt(square / (1 - tf.pow(0.999, count))) + 1e-8))

    @tf.function
    def step(x: Any, wanted: Any) -> None:
        count.assign_add(1.0)
        chosen = tf.gather(x, tf.argmax(weights, 0), axis=1)
        bits = tf.cast(tf.reshape(chosen, [-1, units, PINS]), tf.int32)
        place = unit_start + tf.reduce_sum(bits * powers, -1)
        ones = tf.cast(tf.gather(tf.reshape(contents, [-1]), place) > 0, tf.float32)
        votes = tf.reduce_sum(tf.reshape(ones, [-1, CLASSES, units // CLASSES]), -1)
        error = tf.nn.softmax(SCALE * votes) - wanted
        gradient = tf.repeat(error, units // CLASSES, axis=1)
        of_contents = tf.math.unsorted_segment_sum(gradient, place, units * ENTRIES)
        slope = tf.gather(tf.reshape(slopes(), [-1, PINS]), place)
        of_pins = tf.reshape(gradient[..., None] * slope, [-1, units * PINS])
        of_weights = tf.matmul(2 * x - 1, of_pins, transpose_a=True)
        adam(weights, *moments[2:], of_weights)
        adam(contents, *moments[:2], tf.reshape(of_contents, [units, ENTRIES]))
        contents.assign(tf.clip_by_value(contents, -1.0, 1.0))

    pixels, wanted = data.astype(np.float32), np.eye(CLASSES, dtype=np.float32)[y]
    return (lambda rows: step(pixels[rows], wanted[rows])), contents


def timed(step: Callable[[Any], None], rows: Any) -> list[float]:
    """Processor milliseconds of each step."""
    found = []
    for some in rows:
        start = time.process_time()
        step(some)
        found.append((time.process_time() - start) * 1000)
    return found


def main() -> None:
    """Measure, save, print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tables", type=int, default=350)
    parser.add_argument("--steps", type=int, default=60)
    options = parser.parse_args()
    rng = np.random.default_rng(SEED)
    data, y = (rng.random((ROWS, BITS)) < 0.2).astype(np.uint8), rng.integers(0, CLASSES, ROWS)
    batches = [np.sort(rng.choice(ROWS, BATCH, replace=False)) for _ in range(options.steps)]
    mine = kernel(options.tables, data)
    theirs, contents = by_tensorflow(mine, data, y)
    ours, units = by_kernel(mine, y), mine.sizes.units
    timed(ours, batches[:COMPARED]), timed(theirs, batches[:COMPARED])
    apart = float(np.abs(mine._arrays["contents"][:units] - contents.numpy()).max())
    pairs = [(timed(ours, part), timed(theirs, part)) for part in np.array_split(batches, ROUNDS)]
    first, second = (float(np.median(np.concatenate(times))) for times in zip(*pairs, strict=True))
    rows: list[Row] = [
        {"how": "kernel", "ms": first, "ratio": 1.0},
        {"how": "TensorFlow", "ms": second, "ratio": second / first, "difference": apart},
    ]
    save("table_kernel", rows, tables=options.tables, steps=options.steps)
    note = f"{options.tables} tables; difference: the largest, of contents after {COMPARED} steps"
    show("A step of training table units", COLUMNS, rows, note)


if __name__ == "__main__":
    main()
