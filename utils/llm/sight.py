"""Attention that sees a window only, and perhaps the first tokens of the text."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import tensorflow as tf
from keras import ops

from utils.llm.model import LanguageModel

EVERYTHING = 1 << 20


class Sight:
    """How far the attention of a model sees; to be set at any time: `sight.set(window=32, first=1)`.

    Kept in variables, so that what TensorFlow has compiled need not be compiled anew.
    """

    def __init__(self) -> None:
        self.window, self.first = tf.Variable(EVERYTHING), tf.Variable(0)

    def set(self, window: int = EVERYTHING, first: int = 0) -> None:
        self.window.assign(window)
        self.first.assign(first)

    def seen(self, positions: Any, keys: int) -> Any:
        """(time, keys), whether the token at each position sees each key, later ones left aside."""
        place = ops.arange(keys)
        near = ops.expand_dims(positions, -1) - place < self.window
        return near | (place < self.first)


@contextmanager
def limited(model: LanguageModel) -> Iterator[Sight]:
    """While this lasts, the attention of a model sees what the Sight lets it see; at first, all."""
    sight, before = Sight(), {}
    for block in model.blocks:
        before[block.attention] = block.attention.pattern
        block.attention.pattern = _limited(block.attention.pattern, sight)
    try:
        yield sight
    finally:
        for attention, pattern in before.items():
            attention.pattern = pattern


def _limited(pattern: Callable[..., Any], sight: Sight) -> Callable[..., Any]:
    """Shares of what is not seen taken away, the rest of each row brought back to a sum of 1."""

    def near(query: Any, key: Any, positions: Any) -> Any:
        shares = pattern(query, key, positions)
        shares = ops.where(sight.seen(positions, ops.shape(key)[1]), shares, 0.0)
        return shares / ops.sum(shares, axis=-1, keepdims=True)

    return near
