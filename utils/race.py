"""Lesson 09's question once more, for other tuners: its table of losses, and KerasTuner's searches in it.

A search is a list of trials in order, each (epochs trained, lowest loss seen in them). What is looked up here
was trained for real, once.
"""

from collections.abc import Sequence

import keras_tuner as kt
import numpy as np

from utils import stories
from utils.story_table import replay, train_many

UNITS = (2, 4, 8, 16, 32, 64)
RATES = tuple(round(10 ** (-4 + k / 3), 5) for k in range(11))
STARTS, EPOCHS, BUDGET = 3, 9, 144

Trials = list[tuple[int, float]]


def lesson_09_table() -> np.ndarray:
    """The validation loss in nats a word after each epoch: (units, rates, starts, epochs), (6, 11, 3, 9)."""
    data = (*_one_hot(stories.write(40, seed=1)), *_one_hot(stories.write(20, seed=2)))
    rates, starts = RATES * STARTS, np.repeat(range(STARTS), len(RATES))
    curves = [train_many(data, units, rates, starts, EPOCHS)[0] for units in UNITS]
    return np.array(curves).reshape(len(UNITS), STARTS, len(RATES), EPOCHS).swapaxes(1, 2)


def keras_tuner_search(kind: str, table: np.ndarray, seed: int) -> Trials:
    """One search of lesson 09 for about BUDGET epochs. kind: "random", "Bayesian" or "Hyperband".

    seed: at least 1, since KerasTuner takes 0 for none; it also chooses the start, seed % 3.
    """

    def span(values: dict) -> tuple[int, int]:
        return values.get("tuner/initial_epoch", 0), values.get("tuner/epochs", EPOCHS)

    def look_up(values: dict) -> float:
        row = table[UNITS.index(values["units"]), RATES.index(values["rate"]), seed % STARTS]
        return row[slice(*span(values))].min()

    return [
        (span(values)[1] - span(values)[0], loss) for values, loss in replay(_oracle(kind, seed), look_up)
    ]


def best_within(trials: Sequence[tuple[int, float]], budget: int = BUDGET) -> float:
    """The lowest loss that a search has seen after so many epochs; a blind guess before the first."""
    ends = np.cumsum([epochs for epochs, _ in trials])
    seen = [loss for (_, loss), end in zip(trials, ends, strict=True) if end <= budget]
    return min(seen, default=float(np.log(len(stories.VOCABULARY))))


def _oracle(kind: str, seed: int) -> kt.Oracle:
    hp = kt.HyperParameters()
    hp.Choice("units", list(UNITS))
    hp.Choice("rate", list(RATES))
    common = {"objective": kt.Objective("loss", "min"), "hyperparameters": hp, "seed": seed}
    if kind == "Hyperband":
        return kt.oracles.HyperbandOracle(max_epochs=EPOCHS, hyperband_iterations=2, **common)
    if kind == "Bayesian":
        return kt.oracles.BayesianOptimizationOracle(max_trials=16, num_initial_points=6, **common)
    return kt.oracles.RandomSearchOracle(max_trials=16, **common)


def _one_hot(texts: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
    """Three words in, one-hot, and the number of the next word, for every place."""
    before, after = stories.windows(texts, 3)
    return np.eye(len(stories.VOCABULARY))[before].reshape(len(before), -1), after
