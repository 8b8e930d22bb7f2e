"""Dense layers whose products are shaped so that both cores work: the numbers of keras.layers.Dense, sooner.

Measured on an AMD without AVX-512, two cores. In the loop that XLA compiles, a product of one vector is made
mostly on one core; in two halves the whole model wrote up to 1.3 times as fast. And TensorFlow multiplies
each text of a batch apart: as one matrix, products of 64 vectors took less than half the computing.
"""

from typing import Any

import keras
from keras import ops


class Dense(keras.layers.Dense):
    """keras.layers.Dense without biases. Input: (..., inputs). Output: (..., units)."""

    def call(self, x: Any, training: bool | None = None) -> Any:
        kernel = self.kernel
        inputs, units = kernel.shape
        if _is_one_vector(x) and inputs % 2 == 0:
            halves = ops.matmul(ops.reshape(x, (2, 1, -1)), ops.reshape(kernel, (2, -1, units)))
            found = ops.sum(halves, axis=0)
        else:
            found = ops.matmul(ops.reshape(x, (-1, inputs)), kernel)
        return ops.reshape(found, (*ops.shape(x)[:-1], units))

    def quantize(self, mode: str, type_check: bool = True, **settings: Any) -> None:
        # Keras refuses for classes of others, whose call it does not know; quantised, this one is Keras' own.
        super().quantize(mode, type_check=False, **settings)


def scores(x: Any, table: Any) -> Any:
    """Multiply x (..., width) by each row of a table (rows, width). Returns (..., rows)."""
    rows, width = table.shape
    if _is_one_vector(x) and rows % 2 == 0:
        both, halves = ops.broadcast_to(x, (2, 1, width)), ops.reshape(table, (2, -1, width))
        found = ops.matmul(both, ops.transpose(halves, (0, 2, 1)))
    else:
        # The table first: the other way round two to seven vectors take ten times as long as one.
        found = ops.transpose(ops.matmul(table, ops.transpose(ops.reshape(x, (-1, width)))))
    return ops.reshape(found, (*ops.shape(x)[:-1], rows))


def _is_one_vector(x: Any) -> bool:
    """Whether this is known to be a single token, as when a text is written."""
    return x.shape[:-1] == (1, 1)
