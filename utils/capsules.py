"""A small capsule network (Sabour and others 2017) for 8 × 8 pictures, and a plain one of its size.

Both begin with 16 filters of 4 × 4 pixels at 3 × 3 places. In the capsule network these 144 numbers are 36
vectors of 4; each predicts a vector of 8 for every digit, and routing decides which predictions count. In the
plain one a dense layer with ReLU follows, and another with a logit for every digit.
"""

from collections.abc import Callable, Sequence

import keras
import numpy as np
import tensorflow as tf

PARTS, PART_SIZE, DIGITS, SIZE = 36, 4, 10, 8


def squash(s: tf.Tensor) -> tf.Tensor:
    """The vectors in the last axis, in their directions, with lengths between 0 and 1."""
    squared = tf.reduce_sum(s * s, -1, keepdims=True)
    return s * tf.sqrt(squared + 1e-9) / (1 + squared)


def _found(predictions: tf.Tensor, agreed: tf.Tensor) -> tf.Tensor:
    """The vector of each digit: predictions, weighted by the shares that each part gives to the digits."""
    return squash(tf.einsum("npd,npdb->ndb", tf.nn.softmax(agreed, -1), predictions))


def _filters(rng: np.random.Generator) -> list[tf.Variable]:
    return [_drawn(rng, (4, 4, 1, 16), 16), tf.Variable(tf.zeros(16))]


def _drawn(rng: np.random.Generator, shape: Sequence[int], inputs: float) -> tf.Variable:
    return tf.Variable(tf.constant(rng.normal(0, np.sqrt(2 / inputs), shape), "float32"))


class Capsules:
    """rounds: of routing. What it calls gives the lengths of ten vectors, shape (pictures, 10)."""

    def __init__(self, seed: int, rounds: int = 3):
        rng = np.random.default_rng(seed)
        self.rounds = rounds
        self.variables = [*_filters(rng), _drawn(rng, (PARTS, DIGITS, PART_SIZE, SIZE), 22)]

    def __call__(self, pictures: tf.Tensor) -> tf.Tensor:
        filters, biases, matrices = self.variables
        seen = tf.nn.conv2d(pictures[..., None], filters, 2, "VALID") + biases
        parts = squash(tf.reshape(seen, (-1, PARTS, PART_SIZE)))
        predictions = tf.einsum("npa,pdab->npdb", parts, matrices)
        agreed = tf.zeros_like(predictions[..., 0])
        found = _found(predictions, agreed)
        for _ in range(self.rounds - 1):
            agreed += tf.einsum("npdb,ndb->npd", predictions, found)
            found = _found(predictions, agreed)
        return tf.sqrt(tf.reduce_sum(found * found, -1) + 1e-9)

    def loss(self, lengths: tf.Tensor, digits: tf.Tensor) -> tf.Tensor:
        """The margin loss of the paper: 0.9 for the digit that is there, at most 0.1 for the others."""
        there = tf.one_hot(digits, DIGITS)
        short, long = tf.nn.relu(0.9 - lengths) ** 2, tf.nn.relu(lengths - 0.1) ** 2
        return tf.reduce_mean(tf.reduce_sum(there * short + 0.5 * (1 - there) * long, -1))


class Plain:
    """hidden: units of the dense layer; 74 give as many parameters as Capsules has, within 40."""

    def __init__(self, seed: int, hidden: int = 74):
        rng = np.random.default_rng(seed)
        first = [_drawn(rng, (144, hidden), 144), tf.Variable(tf.zeros(hidden))]
        last = [_drawn(rng, (hidden, DIGITS), hidden), tf.Variable(tf.zeros(DIGITS))]
        self.variables = [*_filters(rng), *first, *last]

    def __call__(self, pictures: tf.Tensor) -> tf.Tensor:
        filters, biases, w1, b1, w2, b2 = self.variables
        seen = tf.nn.relu(tf.nn.conv2d(pictures[..., None], filters, 2, "VALID") + biases)
        return tf.nn.relu(tf.reshape(seen, (-1, 144)) @ w1 + b1) @ w2 + b2

    def loss(self, logits: tf.Tensor, digits: tf.Tensor) -> tf.Tensor:
        """Cross-entropy."""
        return tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(digits, logits))


def parameters(net: Capsules | Plain) -> int:
    """How many numbers training sets."""
    return sum(int(np.prod(variable.shape)) for variable in net.variables)


def train(
    net: Capsules | Plain, pictures: np.ndarray, digits: np.ndarray, seed: int, epochs: int = 20
) -> Callable[[np.ndarray], np.ndarray]:
    """Train with Adam, 50 pictures a step; returns a function from pictures to the digits it says.

    pictures: (n, 8, 8) of float32. digits: (n,).
    """
    optimizer = keras.optimizers.Adam(0.005)
    optimizer.build(net.variables)

    @tf.function
    def step(rows: tf.Tensor, labels: tf.Tensor) -> None:
        with tf.GradientTape() as tape:
            loss = net.loss(net(rows), labels)
        optimizer.apply(tape.gradient(loss, net.variables), net.variables)

    rng = np.random.default_rng(seed)
    for _ in range(epochs):
        for chosen in np.split(rng.permutation(len(pictures)), len(pictures) // 50):
            step(pictures[chosen], digits[chosen])
    answer = tf.function(net)
    return lambda some: np.argmax(answer(some), axis=1)
