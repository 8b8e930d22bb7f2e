"""A small mixture of experts that guesses the next word of a story from the three before it.

Each word is a vector of twelve numbers, three of them side by side make 36. A router gives each expert a
probability; the likeliest one alone works, and what it says is multiplied by its probability, so that the
router can learn (Fedus and others 2021, section 2.1). Many models are trained side by side.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import tensorflow as tf

from utils import stories
from utils.training import progress_bar

WORDS, SEEN, SIZE = len(stories.VOCABULARY), 3, 12
WIDTH = SEEN * SIZE

Arrays = dict[str, np.ndarray]


def shapes(experts: int, hidden: int) -> dict[str, tuple[int, ...]]:
    """The arrays of one model, none of them shared between experts unless its shape has no `experts`."""
    return {
        "table": (WORDS, SIZE),
        "router": (WIDTH, experts),
        "router bias": (1, experts),
        "into": (experts, WIDTH, hidden),
        "out": (experts, hidden, WIDTH),
        "head": (WIDTH, WORDS),
    }


def train_mixtures(
    x: np.ndarray,
    y: np.ndarray,
    experts: int,
    hidden: int,
    prices: Sequence[float],
    starts: Sequence[int],
    lead: float = 0.0,
    steps: int = 400,
) -> Arrays:
    """Train a model for each price and start; returns its arrays with the models as first axis.

    x: (rows, 3) numbers of words, y: (rows,) the next ones. prices, starts: of equal length. A price is what
    the balance loss (Fedus and others 2021, equation 4) is multiplied by before it is added; a start is a
    seed. All models see the same batches of 512 rows, with Adam at a rate of 0.01 that falls to 0.
    """
    values = [_start(experts, hidden, start, lead) for start in starts]
    arrays = {name: tf.Variable(np.stack([one[name] for one in values])) for name in values[0]}
    means = {name: tf.Variable(tf.zeros_like(array)) for name, array in arrays.items()}
    squares = {name: tf.Variable(tf.zeros_like(array)) for name, array in arrays.items()}
    weights = tf.constant(prices, "float32")

    @tf.function
    def step(words: Any, targets: Any, rate: Any, done: Any) -> None:
        with tf.GradientTape() as tape:
            logits, probabilities, chosen = _forward(arrays, words)
            right = tf.broadcast_to(targets, tf.shape(logits)[:2])
            losses = tf.nn.sparse_softmax_cross_entropy_with_logits(right, logits)
            shares = tf.reduce_mean(chosen, axis=1)
            balance = experts * tf.reduce_sum(shares * tf.reduce_mean(probabilities, axis=1), axis=1)
            # A sum over the models: none of them changes another's slopes.
            loss = tf.reduce_sum(tf.reduce_mean(losses, axis=1) + weights * balance)
        for name, slope in tape.gradient(loss, arrays).items():
            slope = tf.convert_to_tensor(slope)
            means[name].assign(0.9 * means[name] + 0.1 * slope)
            squares[name].assign(0.99 * squares[name] + 0.01 * tf.square(slope))
            change = (means[name] / (1 - 0.9**done)) / (tf.sqrt(squares[name] / (1 - 0.99**done)) + 1e-7)
            arrays[name].assign_sub(rate * change)

    rng, bar = np.random.default_rng(0), progress_bar(steps, "steps")
    for number in range(steps):
        rows = rng.integers(0, len(x), 512)
        rate = 0.01 * (1 - number / steps)
        step(x[rows], y[rows], np.float32(rate), np.float32(number + 1))
        bar.update(1)
    bar.close()
    return {name: array.numpy() for name, array in arrays.items()}


def ask(arrays: Arrays, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Every model's logits (models, rows, words), and its expert for each row (models, rows)."""
    logits, _, chosen = _forward({name: tf.constant(array) for name, array in arrays.items()}, x)
    return logits.numpy(), chosen.numpy().argmax(axis=2)


def _start(experts: int, hidden: int, seed: int, lead: float) -> Arrays:
    rng = np.random.default_rng(seed)
    values = {}
    for name, shape in shapes(experts, hidden).items():
        spread = 1.0 if name == "table" else shape[-2] ** -0.5
        values[name] = (spread * rng.normal(size=shape)).astype("float32")
    values["router bias"][:] = 0
    values["router bias"][0, 0] = lead
    return values


def _forward(arrays: Any, x: Any) -> tuple[Any, Any, Any]:
    """Logits (models, rows, words), the router's probabilities and its choice (models, rows, experts).

    Every expert computes here, and the choice picks: at this size that is quicker than to sort the rows.
    """
    seen = tf.gather(arrays["table"], x, axis=1)
    seen = tf.reshape(seen, (seen.shape[0], -1, WIDTH))
    probabilities = tf.nn.softmax(tf.matmul(seen, arrays["router"]) + arrays["router bias"])
    chosen = tf.one_hot(tf.argmax(probabilities, axis=2), probabilities.shape[2])
    hidden = tf.nn.relu(tf.einsum("mri,meih->mreh", seen, arrays["into"]))
    said = tf.einsum("mreh,meho->mreo", hidden, arrays["out"])
    said = tf.reduce_sum(said * (probabilities * chosen)[..., None], axis=2)
    return tf.matmul(said, arrays["head"]), probabilities, chosen
