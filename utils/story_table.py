"""Many small models of the stories, trained side by side, and searches that only look their losses up.

A model guesses the next word from the three before it: one hidden layer of ReLU units on one-hot words, and
Adam. NumPy's products take all learning rates and starts in one go, so that two hundred trainings cost
little more than one; searches that look a loss up there cost next to nothing. All in 64 bits, so that other
machines, which round differently, find the same table to many digits, and the searches choose alike.
"""

import tempfile
import warnings
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import keras_tuner as kt
import numpy as np
from threadpoolctl import threadpool_limits

from utils import stories

WORDS = len(stories.VOCABULARY)

Arrays = list[np.ndarray]
"""W1 (models, 3 · 67, units), b1 (models, 1, units), W2 (models, units, 67) and b2 (models, 1, 67)."""


def train_many(
    data: Sequence[np.ndarray], units: int, rates: Sequence[float], starts: Sequence[int], epochs: int = 9
) -> tuple[np.ndarray, Arrays]:
    """Train a model for each rate and start, in batches of 64 rows.

    data: one-hot rows and the numbers of the next words, for training and for validation: x, y, x, y.
    rates, starts: of equal length; a start is the seed of a model's He weights.
    Returns the validation loss after each epoch in nats a word, (models, epochs), and the models' arrays.
    """
    x, y, valid_x, valid_y = data
    first, second = _he(starts, x.shape[1], units), _he(starts, units, WORDS)
    arrays = [first, _zeros(starts, units), second, _zeros(starts, WORDS)]
    m, v = [np.zeros_like(array) for array in arrays], [np.zeros_like(array) for array in arrays]
    rate, rng, curve, step = np.array(rates)[:, None, None], np.random.default_rng(0), [], 0
    with threadpool_limits(1):  # the matrices are too small to be worth sharing among threads
        for _ in range(epochs):
            for rows in np.array_split(rng.permutation(len(x)), len(x) // 64):
                step += 1
                m_scale, v_scale = 1 - 0.9**step, 1 - 0.999**step
                for k, slope in enumerate(_slopes(x[rows], y[rows], arrays)):
                    m[k] += 0.1 * (slope - m[k])
                    v[k] += 0.001 * (slope**2 - v[k])
                    arrays[k] -= rate * (m[k] / m_scale) / (np.sqrt(v[k] / v_scale) + 1e-7)
            curve.append(word_losses(valid_x, valid_y, arrays).mean(axis=1))
    return np.array(curve).T, arrays


def word_losses(x: np.ndarray, y: np.ndarray, arrays: Arrays) -> np.ndarray:
    """The loss of every model for every row in nats, shape (models, rows)."""
    return -_forward(x, arrays)[1][:, np.arange(len(y)), y]


class _Replay(kt.Tuner):
    """Looks a trial's loss up instead of training it."""

    def run_trial(
        self, trial: Any, look_up: Callable[[Mapping[str, Any]], float], notes: list[Any], **_settings: Any
    ) -> dict[str, float]:
        values = trial.hyperparameters.values
        loss = float(look_up(values))
        notes.append((dict(values), loss))
        return {"loss": loss}


def replay(
    oracle: kt.Oracle, look_up: Callable[[Mapping[str, Any]], float]
) -> list[tuple[dict[str, Any], float]]:
    """A search whose trials are looked up: each trial's hyperparameters and its loss, in order.

    oracle: with kt.Objective("loss", "min"). look_up: takes hyperparameters by name, returns the loss.
    """
    notes: list[tuple[dict[str, Any], float]] = []
    with tempfile.TemporaryDirectory() as folder, threadpool_limits(1), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the Bayesian fit's, when its own settings end at an edge
        # verbose=0: its reports would also clear what the notebook's cell has printed
        _Replay(oracle, directory=folder).search(look_up=look_up, notes=notes, verbose=0)
    return notes


def _he(starts: Sequence[int], inputs: int, outputs: int) -> np.ndarray:
    drawn = [np.random.default_rng([start, inputs]).normal(size=(inputs, outputs)) for start in starts]
    return np.array(drawn) * np.sqrt(2 / inputs)


def _zeros(starts: Sequence[int], units: int) -> np.ndarray:
    return np.zeros((len(starts), 1, units))


def _forward(x: np.ndarray, arrays: Arrays) -> tuple[np.ndarray, np.ndarray]:
    """The hidden values and the logarithms of the probabilities."""
    w1, b1, w2, b2 = arrays
    hidden = np.maximum(x @ w1 + b1, 0)
    logits = hidden @ w2 + b2
    logits = np.maximum(logits - logits.max(axis=-1, keepdims=True), -50)
    return hidden, logits - np.log(np.exp(logits).sum(axis=-1, keepdims=True))


def _slopes(x: np.ndarray, y: np.ndarray, arrays: Arrays) -> Arrays:
    """The gradient of the mean loss with respect to each of the arrays."""
    hidden, log_p = _forward(x, arrays)
    d_logits = np.exp(log_p)
    d_logits[:, np.arange(len(x)), y] -= 1
    d_logits /= len(x)
    d_hidden = (d_logits @ arrays[2].swapaxes(1, 2)) * (hidden > 0)
    return [
        x.T @ d_hidden,
        d_hidden.sum(axis=1, keepdims=True),
        hidden.swapaxes(1, 2) @ d_logits,
        d_logits.sum(axis=1, keepdims=True),
    ]
