"""Many small nets trained side by side, each on a table of its own: lesson 07's experiments, in seconds.

The net: a hidden layer with ReLU and a softmax, cross-entropy as loss, Adam as in lesson 04 with a shorter
memory for the squares. Every array has one dimension more than in a single net, the number of the net, in
front. A table says how often each output follows each input, so that a step over it is a whole epoch.
"""

import numpy as np
import tensorflow as tf

EVERY = 4
"""The losses are written down after every fourth epoch."""

# Said beforehand, so that TensorFlow traces a step once and not anew for each number of units.
_ARRAY, _NUMBER = tf.TensorSpec([None, None, None]), tf.TensorSpec([])
_ARRAYS = [_ARRAY] * 4


@tf.function(input_signature=[_ARRAYS, _ARRAY, _ARRAY, _NUMBER])
def _losses(parameters, inputs, tables, leak):
    """The cross-entropy of each net on each table. leak: 0 is ReLU, 1 is no activation."""
    weights_1, biases_1, weights_2, biases_2 = parameters
    z = inputs @ weights_1 + biases_1
    logits = tf.maximum(z, leak * z) @ weights_2 + biases_2
    return -tf.reduce_sum(tables * tf.nn.log_softmax(logits), axis=(1, 2))


@tf.function(input_signature=[_ARRAYS, _ARRAYS, _ARRAYS, _NUMBER, _NUMBER, _ARRAY, _ARRAY, _NUMBER])
def _step(parameters, m, v, epoch, rate, inputs, tables, leak):
    """One step of Adam for all nets."""
    with tf.GradientTape() as tape:
        tape.watch(parameters)
        loss = tf.reduce_sum(_losses(parameters, inputs, tables, leak))
    slopes = tape.gradient(loss, parameters)
    m = [0.9 * old + 0.1 * slope for old, slope in zip(m, slopes, strict=True)]
    v = [0.99 * old + 0.01 * slope**2 for old, slope in zip(v, slopes, strict=True)]
    r, s = 1 - 0.9**epoch, 1 - 0.99**epoch
    moves = [rate * (a / r) / (tf.sqrt(b / s) + 1e-7) for a, b in zip(m, v, strict=True)]
    return [p - move for p, move in zip(parameters, moves, strict=True)], m, v


def train_nets(
    units: int,
    tables: np.ndarray,
    inputs: np.ndarray,
    language: np.ndarray,
    epochs: int = 200,
    relu: bool = True,
) -> np.ndarray:
    """Train a net with `units` hidden units on each of the tables.

    tables: for each net how probable each input and output are together, shape (nets, inputs, outputs).
    inputs: what goes in for each row of a table, shape (inputs, features). language: the table that all
    were drawn from, shape (inputs, outputs). relu: whether the hidden layer has its activation. The
    learning rate is 0.05, and falls to 0 over the second half.

    Returns the losses in nats on the net's own table and on the language, every fourth epoch: shape
    (2, epochs / 4, nets).
    """
    rng, nets = np.random.default_rng(units), len(tables)
    features, outputs = inputs.shape[1], language.shape[1]
    starts = [
        rng.normal(size=(nets, features, units)),
        np.zeros((nets, 1, units)),
        rng.normal(size=(nets, units, outputs)) / units**0.5,
        np.zeros((nets, 1, outputs)),
    ]
    parameters = [tf.constant(start, "float32") for start in starts]
    m = v = [tf.zeros_like(array) for array in parameters]
    inputs, own, all_rows = (tf.constant(a, "float32") for a in (inputs[None], tables, language[None]))
    leak = 0.0 if relu else 1.0
    curves = []
    for epoch in range(1, epochs + 1):
        rate = 0.05 * min(1, 2 * (epochs + 1 - epoch) / epochs)
        parameters, m, v = _step(parameters, m, v, epoch, rate, inputs, own, leak)
        if epoch % EVERY == 0:
            curves.append([_losses(parameters, inputs, each, leak).numpy() for each in (own, all_rows)])
    return np.array(curves).swapaxes(0, 1)
