"""Would fewer bits make SmolLM2 write faster in plain Keras? All its matrices times a vector, in each format.

Run it by `make benchmark`, on a machine that does nothing else. Only the matrices are multiplied, with
random numbers in them, since what a token costs is mostly reading them. A whole number of 8 bits needs a
quarter of the memory; to be multiplied by a float32 it first has to become one, and that is arithmetic.
"""

import time
from collections.abc import Callable
from math import prod
from typing import Any

import keras
import tensorflow as tf
from keras import ops

from utils.counting import Matrix, aligned, matrices, total
from utils.published import MODELS

TOKENS, ROUNDS = 8, 5
SHAPE = MODELS["SmolLM2 135M"].shape


def main() -> None:
    """Measure and print milliseconds a token, and how much memory the weights take."""
    formats: dict[str, tuple[Callable[[Matrix], Any], Callable[[Any, Any], Any]]] = {
        "float32, a column for each output": (lambda m: _floats(m.inputs, m.outputs), _times_columns),
        "float32, a row for each output": (lambda m: _floats(m.outputs, m.inputs), _times_rows),
        "bfloat16, a row for each output": (
            lambda m: ops.cast(_floats(m.outputs, m.inputs), "bfloat16"),
            _times_rows,
        ),
        "8 bits, a row for each output": (lambda m: _whole(m.outputs, m.inputs), _times_rows),
    }
    rows = [("weights as", "MB", "ms a token", "weights a second", "to float32")]
    first = None
    for name, (make, times) in formats.items():
        weights = [make(matrix) for matrix in _all_matrices()]
        seconds = _measure(weights, times)
        first = first or seconds
        size = sum(matrix.dtype.size * prod(matrix.shape) for matrix in weights)
        rows.append(
            (
                name,
                f"{size / 1e6:.0f}",
                f"{seconds * 1e3:.1f}",
                f"{total(SHAPE) / seconds / 1e9:.1f} billion",
                f"{first / seconds:.2f}",
            )
        )
        keras.backend.clear_session()
    print(aligned(rows))


def _all_matrices() -> list[Matrix]:
    """One for each time a token's vector is multiplied by one: the head too, though it is the embedding."""
    found = matrices(SHAPE)
    return [*((found["attention"] + found["MLP"]) * SHAPE.layers), *found["head"]]


def _floats(*shape: int) -> Any:
    return keras.random.normal(shape, stddev=0.02)


def _whole(*shape: int) -> Any:
    return ops.cast(keras.random.uniform(shape, -127, 128), "int8")


def _times_columns(x: Any, weights: Any) -> Any:
    return ops.einsum("i,io->o", x, weights)


def _times_rows(x: Any, weights: Any) -> Any:
    return ops.einsum("i,oi->o", x, ops.cast(weights, "float32"))


def _measure(weights: list[Any], times: Callable[[Any, Any], Any]) -> float:
    """Seconds a token, the best of the rounds."""

    @tf.function(jit_compile=True)
    def run(vectors: dict[int, Any]) -> Any:
        def token(_: Any, sums: Any) -> Any:
            for matrix in weights:
                inputs = matrix.shape[0] if times is _times_columns else matrix.shape[1]
                # The next product waits for this one, as in the model, and nothing can be left out.
                x = vectors[inputs] * ops.rsqrt(1 + sums * sums)
                sums = sums + 1e-6 * ops.max(times(x, matrix))
            return sums

        return ops.fori_loop(0, TOKENS, token, ops.zeros(()))

    vectors = {size: ops.ones((size,)) for size in (SHAPE.width, SHAPE.mlp.hidden)}
    run(vectors)
    return min(_seconds(lambda: run(vectors).numpy()) for _ in range(ROUNDS)) / TOKENS


def _seconds(work: Callable[[], Any]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


if __name__ == "__main__":
    main()
