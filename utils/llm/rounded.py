"""Layers that keep their matrix in 16 or 8 bits a number, as a model is kept to be asked, not trained.

What a token costs is mostly to read the matrices, and in fewer bits there is less to read. The arithmetic
stays float32: in the compiled loop of utils.llm.generate a number is widened on its way into the product.
"""

from typing import Any

import keras
import numpy as np
import tensorflow as tf
from keras import ops

Dimensions = tuple[int | None, ...]

_KINDS = {16: "float16", 8: "int8"}


class RoundedDense(keras.layers.Layer):
    """Dense without biases. Input: (..., inputs). Output: (..., units).

    The matrix (units, inputs) has a row for each output, so that what one token is multiplied by lies in one
    piece. Before it is rounded it is scaled: first each column, so that columns of large numbers spoil the
    small ones less (Xiao et al. 2023, section 4), then with 8 bits each row, so that its largest number
    becomes 127 (Dettmers et al. 2022, section 2.1). `columns` (inputs,) and `rows` (units,) undo this.
    """

    def __init__(self, units: int, bits: int, **kwargs: Any) -> None:
        super().__init__(trainable=False, **kwargs)
        self.units, self.bits = units, bits

    def build(self, shape: Dimensions) -> None:
        self.matrix = self.add_weight((self.units, shape[-1]), "zeros", _KINDS[self.bits], name="matrix")
        self.columns = self.add_weight((shape[-1],), "ones", name="columns")
        self.rows = self.add_weight((self.units,), "ones", name="rows")

    def call(self, x: Any) -> Any:
        # Divided, and not multiplied by the inverse: XLA would multiply anew for every row.
        x = x / self.columns
        # Only when x is there: in a graph TensorFlow would widen the matrices of all layers at once.
        with tf.control_dependencies([x]):
            matrix = ops.cast(self.matrix, x.dtype)
        return ops.einsum("...i,oi->...o", x, matrix) * self.rows

    def assign(self, matrix: np.ndarray) -> None:
        """Scale, round and keep a matrix (units, inputs)."""
        # A weaker power than Xiao's 1/2. With that one SmolLM2 in 8 bits names another likeliest token
        # than in 32 in 5.6 per cent of the places; with this one, or no scaling of columns, in about 5.
        columns = _largest(matrix, axis=0) ** -0.25
        matrix = matrix * columns
        rows = np.ones(self.units, "float32")
        if self.bits == 8:
            rows = _largest(matrix, axis=1) / 127
            matrix = np.rint(np.divide(matrix, rows[:, None], out=matrix), out=matrix)
        self.matrix.assign(matrix.astype(_KINDS[self.bits]))
        self.columns.assign(columns)
        self.rows.assign(rows)


def _largest(matrix: np.ndarray, axis: int) -> np.ndarray:
    """The largest absolute value along an axis, never 0. A copy of the matrix would take 113 MB."""
    return np.maximum(np.maximum(matrix.max(axis=axis), -matrix.min(axis=axis)), 1e-30)


class RoundedEmbedding(RoundedDense):
    """Embedding: a row for each token. `scores` multiplies by the same table, as a tied head does."""

    def call(self, tokens: Any) -> Any:
        """tokens: (...), whole numbers. Returns (..., width)."""
        tokens = ops.cast(tokens, "int32")
        found = ops.cast(ops.take(self.matrix, tokens, axis=0), self.compute_dtype) / self.columns
        return found * ops.expand_dims(ops.take(self.rows, tokens), -1)

    def scores(self, x: Any) -> Any:
        """x: (..., width). Returns (..., vocabulary)."""
        return super().call(x)
