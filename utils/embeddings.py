"""Embedding tables trained quickly, several side by side, each step on all data; and counting, their rival.

The model is lesson 06's: the rows of the tokens of a context, one after another, and a dense layer with
softmax behind them.
"""

from collections.abc import Callable

import keras
import numpy as np
import tensorflow as tf

Scores = Callable[[np.ndarray, np.ndarray], np.ndarray]
"""Different contexts and what followed them, as packed() gives them: the perplexity of each model."""


def packed(contexts: np.ndarray, targets: np.ndarray, tokens: int) -> tuple[np.ndarray, np.ndarray]:
    """Data with many equal contexts in a few rows: the different contexts, and what followed each.

    contexts: token numbers of shape (examples, words). targets: shape (examples,). tokens: how many there
    are. Returns the different contexts, shape (contexts, words), and how often each token came next, shape
    (contexts, tokens).
    """
    different, place = np.unique(contexts, axis=0, return_inverse=True)
    times = np.zeros((len(different), tokens), "float32")
    np.add.at(times, (place.ravel(), targets), 1)
    return different, times


def counted(
    contexts: np.ndarray, targets: np.ndarray, new_contexts: np.ndarray, new_targets: np.ndarray, tokens: int
) -> np.ndarray:
    """What counting makes of new examples: how probable it gives their targets, shape (new examples,).

    contexts, targets, tokens: as in packed(). Every token is added 0.01 times after every context, so that
    none is impossible (lesson 05).
    """
    times = np.full((*[tokens] * contexts.shape[1], tokens), 0.01)
    np.add.at(times, (*contexts.T, targets), 1)
    shares = times / times.sum(axis=-1, keepdims=True)
    return shares[(*new_contexts.T, new_targets)]


def train_tables(
    contexts: np.ndarray, times: np.ndarray, size: int, steps: int = 300, starts: int = 4, seed: int = 0
) -> tuple[np.ndarray, Scores]:
    """Train several models with tables of one size, each from a random start of its own.

    contexts, times: from packed(). Returns their tables, shape (starts, tokens, size), and a function that
    gives their perplexities, shape (starts,), on other packed data.
    """
    rng, tokens, inputs = np.random.default_rng(seed), times.shape[1], contexts.shape[1] * size
    shapes = [(starts, tokens, size), (starts, inputs, tokens), (starts, 1, tokens)]
    scales = [0.05, inputs**-0.5, 0.0]
    starting = zip(shapes, scales, strict=True)
    values = [keras.Variable(scale * rng.normal(size=shape)) for shape, scale in starting]
    table, weights, biases = values
    optimizer = keras.optimizers.Adam(0.05)
    optimizer.build(values)

    def losses(contexts: np.ndarray, times: np.ndarray) -> tf.Tensor:
        rows = tf.gather(table.value, contexts, axis=1)
        logits = tf.reshape(rows, (starts, len(contexts), inputs)) @ weights.value + biases.value
        return -tf.reduce_sum(times * tf.nn.log_softmax(logits), axis=(1, 2)) / times.sum()

    @tf.function
    def step() -> None:
        with tf.GradientTape() as tape:
            loss = tf.reduce_sum(losses(contexts, times))
        optimizer.apply(tape.gradient(loss, [value.value for value in values]), values)

    for _ in range(steps):
        step()
    return table.numpy(), lambda contexts, times: np.exp(losses(contexts, times).numpy())
