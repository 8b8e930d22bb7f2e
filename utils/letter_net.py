"""A small network that guesses the next letter of a name from the two before it, in NumPy alone.

54 inputs (two letters, one-hot), 16 hidden units with tanh, 27 outputs with softmax. All its parameters are
kept in one row of numbers, so that they can be sent, averaged and clipped as they are. The functions need
nothing but their arguments: a client of federated learning can call them in a process of its own.
"""

from collections.abc import Sequence

import names
import numpy as np

LETTERS = "-abcdefghijklmnopqrstuvwxyz"
"""The dash stands before a name (twice) and after it."""

UNITS = 16
_SHAPES = ((54, UNITS), (UNITS,), (UNITS, 27), (27,))
PARAMETERS = sum(int(np.prod(shape)) for shape in _SHAPES)


def surnames() -> list[str]:
    """The 88,799 surnames of the package `names`, in small letters, the most frequent first."""
    with open(names.FILES["last"]) as file:
        return [line.split()[0].lower() for line in file if line.strip()]


def rows_of(some_names: Sequence[str]) -> np.ndarray:
    """Numbers of letters, shape (rows, 3): two letters and the one that follows them."""
    places = [[LETTERS.index(letter) for letter in f"--{name}-"] for name in some_names]
    return np.array([row[i : i + 3] for row in places for i in range(len(row) - 2)])


def start(seed: int) -> np.ndarray:
    """Random weights and zero biases, in one row of PARAMETERS numbers."""
    rng = np.random.default_rng(seed)
    first, last = rng.normal(0, 0.5, (54, UNITS)), rng.normal(0, 0.1, (UNITS, 27))
    return np.concatenate([first.ravel(), np.zeros(UNITS), last.ravel(), np.zeros(27)])


def arrays_of(parameters: np.ndarray) -> list[np.ndarray]:
    """The row of parameters (or of their slopes) as four arrays: weights, biases, weights, biases."""
    ends = np.cumsum([np.prod(shape) for shape in _SHAPES])[:-1]
    return [part.reshape(shape) for part, shape in zip(np.split(parameters, ends), _SHAPES, strict=True)]


def _forward(arrays: Sequence[np.ndarray], rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    table, biases, last, last_biases = arrays
    hidden = np.tanh(table[rows[:, 0]] + table[27 + rows[:, 1]] + biases)
    logits = hidden @ last + last_biases
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return hidden, powers / powers.sum(axis=1, keepdims=True)


def loss(parameters: np.ndarray, rows: np.ndarray) -> float:
    """The mean cross-entropy of a letter, in nats."""
    _, chances = _forward(arrays_of(parameters), rows)
    return -np.log(chances[np.arange(len(rows)), rows[:, 2]]).mean()


def gradient(parameters: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """The slopes of the loss, one for each parameter, by backpropagation."""
    arrays = arrays_of(parameters)
    hidden, chances = _forward(arrays, rows)
    chances[np.arange(len(rows)), rows[:, 2]] -= 1
    d_logits = chances / len(rows)
    d_hidden = (d_logits @ arrays[2].T) * (1 - hidden**2)
    table = np.zeros_like(arrays[0])
    np.add.at(table, rows[:, 0], d_hidden)
    np.add.at(table, 27 + rows[:, 1], d_hidden)
    parts = table, d_hidden.sum(axis=0), hidden.T @ d_logits, d_logits.sum(axis=0)
    return np.concatenate([part.ravel() for part in parts])


def train(
    parameters: np.ndarray, rows: np.ndarray, steps: int, seed: int | Sequence[int], rate: float = 0.5
) -> np.ndarray:
    """Parameters after so many steps of gradient descent, each on 64 rows drawn at random."""
    rng = np.random.default_rng(seed)
    for _ in range(steps):
        parameters = parameters - rate * gradient(parameters, rows[rng.integers(0, len(rows), 64)])
    return parameters
