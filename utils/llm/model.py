"""A decoder-only transformer of the Llama family (Touvron et al. 2023, section 2.2) in Keras layers.

The same code is a model of 30,000 parameters and, with other sizes, SmolLM2-135M-Instruct. In the shapes
below, batch is the number of texts, time the number of tokens in each, and width the numbers in a token's
vector.
"""

from math import sqrt
from typing import Any

import keras
import numpy as np
from keras import ops

from utils.llm.config import Config
from utils.llm.dense import Dense, scores
from utils.llm.rounded import RoundedDense, RoundedEmbedding

Dimensions = tuple[int | None, ...]
Cache = list[tuple[Any, Any]]
"""For each block the keys and values of the tokens so far: (batch * key_value_heads, room, head_size)."""


class RMSNorm(keras.layers.Layer):
    """Scales each vector to a root mean square of 1, then each entry by a learned factor.

    Zhang and Sennrich 2019, equation 4. Input and output: (..., width).
    """

    def __init__(self, epsilon: float, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.epsilon = epsilon

    def build(self, shape: Dimensions) -> None:
        self.scale = self.add_weight(shape=(shape[-1],), initializer="ones", name="scale")

    def call(self, x: Any) -> Any:
        mean_square = ops.mean(ops.square(x), axis=-1, keepdims=True)
        return x * ops.rsqrt(mean_square + self.epsilon) * self.scale


def rotate(x: Any, positions: Any, base: float) -> Any:
    """Turn neighbouring pairs of entries by an angle that grows with the position of the token.

    x: (..., time, head_size). positions: (time,). Pair i turns by base^(-2i / head_size) radians
    a position, so that the product of a query and a key depends on how far apart they stand: rotary
    positions, Su et al. 2021, equation 15.
    """
    size = x.shape[-1]
    speeds = (base ** (-np.arange(0, size, 2) / size)).astype("float32")
    angles = ops.expand_dims(ops.cast(positions, "float32"), -1) * speeds
    cosine, sine = ops.cos(angles), ops.sin(angles)
    first, second = ops.unstack(ops.reshape(x, (*ops.shape(x)[:-1], size // 2, 2)), axis=-1)
    turned = ops.stack([first * cosine - second * sine, first * sine + second * cosine], axis=-1)
    return ops.reshape(turned, ops.shape(x))


class Attention(keras.layers.Layer):
    """Each token gathers from itself and the tokens before it what it asks for.

    Vaswani et al. 2017, section 3.2, with rotary positions and grouped-query attention; no biases.
    """

    def __init__(self, config: Config, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.config = config
        keys = config.key_value_heads * config.head_size
        self.query = _dense(config, config.width, "query")
        self.key = _dense(config, keys, "key")
        self.value = _dense(config, keys, "value")
        self.out = _dense(config, config.width, "out")

    def build(self, shape: Dimensions) -> None:
        for layer in (self.query, self.key, self.value, self.out):
            layer.build(shape)

    def call(self, x: Any, cache: tuple[Any, Any] | None = None, start: Any = 0) -> Any:
        """x: (batch, time, width), the tokens from position `start` on. Returns the same shape.

        With a cache (keys, values) the tokens also look at those in it, and it is returned too, with the
        new tokens written into it.
        """
        batch, time, width = ops.shape(x)
        positions = start + ops.arange(time)
        query, key = self.queries(x, positions), self.keys(x, positions)
        value = self._heads(self.value(x))
        if cache is not None:
            key, value = cache = (
                ops.slice_update(cache[0], (0, start, 0), key),
                ops.slice_update(cache[1], (0, start, 0), value),
            )
        pattern = self.pattern(query, key, positions)
        heads, size = self.config.heads, self.config.head_size
        gathered = ops.matmul(ops.reshape(pattern, (ops.shape(value)[0], -1, ops.shape(value)[1])), value)
        gathered = ops.transpose(ops.reshape(gathered, (batch, heads, time, size)), (0, 2, 1, 3))
        out = self.out(ops.reshape(gathered, (batch, time, width)))
        return out if cache is None else (out, cache)

    def queries(self, x: Any, positions: Any) -> Any:
        """What each token asks for: (batch * heads, time, head_size)."""
        return rotate(self._heads(self.query(x)), positions, self.config.rotary_base)

    def keys(self, x: Any, positions: Any) -> Any:
        """What each token offers to be found by: (batch * key_value_heads, time, head_size)."""
        return rotate(self._heads(self.key(x)), positions, self.config.rotary_base)

    def pattern(self, query: Any, key: Any, positions: Any) -> Any:
        """How much each token looks at each other one: (batch * heads, time, all keys).

        positions: (time,), where the queries stand; keys further on are not seen. Each row sums to 1.
        """
        heads, time, size = ops.shape(query)
        keys, room, _ = ops.shape(key)
        # The queries that share a key stand side by side: one product for all of them.
        scores = ops.matmul(ops.reshape(query, (keys, -1, size)), ops.transpose(key, (0, 2, 1)))
        scores = ops.reshape(scores, (heads, time, room)) / sqrt(size)
        seen = ops.arange(room) <= ops.expand_dims(positions, -1)
        scores = ops.where(seen, scores, -1e9)
        # The softmax, written out: the one of Keras warns when there is a single token to look at.
        powers = ops.exp(scores - ops.max(scores, axis=-1, keepdims=True))
        return powers / ops.sum(powers, axis=-1, keepdims=True)

    def _heads(self, x: Any) -> Any:
        """(batch, time, heads * head_size) to (batch * heads, time, head_size)."""
        time, size = ops.shape(x)[1], self.config.head_size
        split = ops.reshape(x, (-1, time, x.shape[-1] // size, size))
        return ops.reshape(ops.transpose(split, (0, 2, 1, 3)), (-1, time, size))


class MLP(keras.layers.Layer):
    """Two dense layers side by side, one opening or closing the other, and one back to the width.

    SwiGLU without biases: Shazeer 2020, equation 6. Input and output: (batch, time, width).
    """

    def __init__(self, config: Config, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.gate = _dense(config, config.hidden, "gate")
        self.up = _dense(config, config.hidden, "up")
        self.down = _dense(config, config.width, "down")

    def build(self, shape: Dimensions) -> None:
        self.gate.build(shape)
        self.up.build(shape)
        self.down.build((*shape[:-1], self.gate.units))

    def call(self, x: Any) -> Any:
        gate = self.gate(x)
        # Silu, written out: TensorFlow keeps every graph that it traces with its own for good, and with the
        # graph all arrays of the model.
        return self.down(gate * ops.sigmoid(gate) * self.up(x))


class Block(keras.layers.Layer):
    """Attention between tokens, then an MLP within each; both *add* to the token's vector."""

    def __init__(self, config: Config, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.attention_norm = RMSNorm(config.epsilon, name="attention_norm")
        self.attention = Attention(config, name="attention")
        self.mlp_norm = RMSNorm(config.epsilon, name="mlp_norm")
        self.mlp = MLP(config, name="mlp")

    def build(self, shape: Dimensions) -> None:
        for layer in (self.attention_norm, self.attention, self.mlp_norm, self.mlp):
            layer.build(shape)

    def call(self, x: Any, cache: tuple[Any, Any] | None = None, start: Any = 0) -> Any:
        """x: (batch, time, width). Returns the same shape, with a cache the cache too."""
        gathered = self.attention(self.attention_norm(x), cache=cache, start=start)
        if cache is not None:
            gathered, cache = gathered
        x = x + gathered
        x = x + self.mlp(self.mlp_norm(x))
        return x if cache is None else (x, cache)


class LanguageModel(keras.Model):
    """Tokens in, for each a score for every possible next token out."""

    def __init__(self, config: Config, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.config = config
        self.embedding = _embedding(config)
        self.blocks = [Block(config, name=f"block_{number}") for number in range(config.layers)]
        self.norm = RMSNorm(config.epsilon, name="norm")
        if not config.tied:
            self.head = _dense(config, config.vocabulary, "head")
        self.build((None, None))

    def build(self, shape: Dimensions) -> None:
        vectors = (*shape, self.config.width)
        for layer in (self.embedding, *self.blocks, self.norm, *([] if self.config.tied else [self.head])):
            layer.build(vectors)
        self.built = True

    def call(self, tokens: Any, cache: Cache | None = None, start: Any = 0) -> Any:
        """tokens: (batch, time) whole numbers. Returns logits (batch, time, vocabulary).

        With a cache (see empty_cache) the tokens stand at position `start` and on, and the pair
        (logits, cache) is returned.
        """
        if cache is None:
            x = self.embedding(tokens)
            for block in self.blocks:
                x = block(x)
            return self.logits(x)
        x, cache = self.read_on(tokens, cache, start)
        return self.logits(x), cache

    def read_on(self, tokens: Any, cache: Cache, start: Any) -> tuple[Any, Cache]:
        """The vectors (batch, time, width) of tokens that stand at `start` and on, and the fuller cache."""
        x, fuller = self.embedding(tokens), []
        for block, own in zip(self.blocks, cache, strict=True):
            x, own = block(x, cache=own, start=start)
            fuller.append(own)
        return x, fuller

    def logits(self, x: Any) -> Any:
        """The scores of the next token after vectors (..., width): norm, then the head."""
        x = self.norm(x)
        if not self.config.tied:
            return self.head(x)
        if self.config.bits < 32:
            return self.embedding.scores(x)
        return scores(x, self.embedding.embeddings)

    def empty_cache(self, room: int, batch: int = 1) -> Cache:
        """A cache for `room` tokens."""
        shape = (batch * self.config.key_value_heads, room, self.config.head_size)
        return [(ops.zeros(shape), ops.zeros(shape)) for _ in range(self.config.layers)]


def _dense(config: Config, units: int, name: str) -> keras.layers.Layer:
    if config.bits < 32:
        return RoundedDense(units, config.bits, name=name)
    return Dense(units, use_bias=False, name=name)


def _embedding(config: Config) -> keras.layers.Layer:
    if config.bits < 32:
        return RoundedEmbedding(config.vocabulary, config.bits, name="embedding")
    return keras.layers.Embedding(config.vocabulary, config.width, name="embedding")
