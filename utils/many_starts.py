"""A small deep network trained many times at once, each time from a start and on data of its own.

NumPy's products take all runs in one go, so that a hundred trainings cost little more than one.
"""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

WIDTHS = (4, 32, 32, 32, 32, 1)
"""Inputs, the units of the four hidden layers, the output."""


def curved_rows(runs: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Inputs (runs, 128, 4), drawn at random, and curved targets (runs, 128, 1) made from them."""
    x = np.random.default_rng(seed).normal(size=(runs, 128, 4))
    return x, np.sin(2 * x[..., :1]) + x[..., 1:2] * x[..., 2:3]


def final_losses(x: np.ndarray, y: np.ndarray, rates: Sequence[float], seed: int) -> np.ndarray:
    """The mean squared error that each run ends with, shape (runs,); not finite where it diverged.

    x, y: as curved_rows() makes them. rates: the learning rate of each step of gradient descent on all rows.
    seed: of the starts, He weights and zero biases.
    """
    rng, sizes = np.random.default_rng(seed), [*pairwise(WIDTHS)]
    weights = [rng.normal(size=(len(x), a, b)) * np.sqrt(2 / a) for a, b in sizes]
    biases = [np.zeros((len(x), 1, b)) for _, b in sizes]
    with np.errstate(all="ignore"):  # runs that diverge end in overflow
        for rate in rates:
            inputs, output = _forward(x, weights, biases)
            d_z = 2 * (output - y) / y.shape[1]
            for layer in reversed(range(len(weights))):
                d_h = (d_z @ weights[layer].swapaxes(1, 2)) * (inputs[layer] > 0)
                weights[layer] -= rate * inputs[layer].swapaxes(1, 2) @ d_z
                biases[layer] -= rate * d_z.sum(axis=1, keepdims=True)
                d_z = d_h
        return np.mean((_forward(x, weights, biases)[1] - y) ** 2, axis=(1, 2))


def _forward(
    x: np.ndarray, weights: Sequence[np.ndarray], biases: Sequence[np.ndarray]
) -> tuple[list[np.ndarray], np.ndarray]:
    """What comes into each layer, and the network's output."""
    inputs = [x]
    for weight, bias in zip(weights[:-1], biases[:-1], strict=True):
        inputs.append(np.maximum(inputs[-1] @ weight + bias, 0))
    return inputs, inputs[-1] @ weights[-1] + biases[-1]
