"""Looking into a LanguageModel, switching parts of it off for a while, and building one with fewer blocks."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import keras
import numpy as np
from keras import ops

from utils.llm.model import LanguageModel


def vectors(model: LanguageModel, tokens: Any) -> list[Any]:
    """Every token's vector before the first block and after each: layers + 1 arrays (texts, time, width).

    tokens: (texts, time) whole numbers.
    """
    x = model.embedding(tokens)
    found = [x]
    for block in model.blocks:
        x = block(x)
        found.append(x)
    return found


def attention_maps(model: LanguageModel, tokens: Any) -> np.ndarray:
    """How much each token looks at each other one: (texts, block, head, time, time), each row summing to 1.

    tokens: (texts, time) whole numbers.
    """
    texts, time = tokens.shape
    positions, maps = ops.arange(time), []
    for block, x in zip(model.blocks, vectors(model, tokens), strict=False):
        seen, attention = block.attention_norm(x), block.attention
        query, key = attention.queries(seen, positions), attention.keys(seen, positions)
        pattern = attention.pattern(query, key, positions)
        maps.append(np.reshape(pattern, (texts, model.config.heads, time, time)))
    return np.stack(maps, axis=1)


@contextmanager
def zeroed(places: Sequence[tuple[Any, Any]]) -> Iterator[None]:
    """While this lasts, some entries of some arrays are 0; afterwards they are what they were.

    places: (array of the model, index) for each, where the index is what NumPy takes between brackets.
    """
    arrays = {id(array): array for array, _ in places}
    before = {name: array.numpy() for name, array in arrays.items()}
    without = {name: values.copy() for name, values in before.items()}
    for array, index in places:
        without[id(array)][index] = 0
    try:
        for name, array in arrays.items():
            array.assign(without[name])
        yield
    finally:
        for name, array in arrays.items():
            array.assign(before[name])


class Shortened(keras.Model):
    """The layers of a LanguageModel with some of its blocks only. They are shared: nothing is copied.

    whole: a model with a tied head. kept: the numbers of the blocks that stay, in the order they work in.
    Takes tokens (texts, time), returns logits (texts, time, vocabulary).

    Raises ValueError when the head is not tied, or a number is not that of a block.
    """

    def __init__(self, whole: LanguageModel, kept: Sequence[int]) -> None:
        super().__init__()
        if not whole.config.tied:
            raise ValueError("whole has a head of its own; only a model with a tied head can be shortened")
        if unknown := [number for number in kept if not 0 <= number < len(whole.blocks)]:
            raise ValueError(f"kept has {unknown[0]}; the blocks are 0 to {len(whole.blocks) - 1}")
        self.embedding, self.norm = whole.embedding, whole.norm
        self.blocks = [whole.blocks[number] for number in kept]
        self.built = True

    def call(self, tokens: Any) -> Any:
        x = self.embedding(tokens)
        for block in self.blocks:
            x = block(x)
        return ops.matmul(self.norm(x), ops.transpose(self.embedding.embeddings))
