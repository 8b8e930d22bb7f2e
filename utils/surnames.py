"""The capstone's second language, surnames letter by letter: entries for it, trained and scored.

Nobody knows the true chances of a letter here, so the score is the cross-entropy itself, and what there is
to compare with is counting. The package `names` brings the surnames to everybody, and those that judge are
among them: a half that ours never read. An entry of 5,000 numbers cannot hold 44,400 names by heart.
"""

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np

from utils.capstone import Guesser, train_model
from utils.letter_net import LETTERS, surnames
from utils.llm.config import Config
from utils.llm.looped import Looped
from utils.llm.model import LanguageModel

LONGEST = 13
"""Letters of the longest surname."""

WINDOW = LONGEST + 1
"""Tokens that an entry takes: the dash and the longest name."""


def halves() -> tuple[list[str], list[str]]:
    """The surnames that may be read, and those that judge: the same halves each time, drawn at random."""
    every = surnames()
    order = np.random.default_rng(6).permutation(len(every))
    middle = len(every) // 2
    return [every[number] for number in order[:middle]], [every[number] for number in order[middle:]]


def rows_of_names(some_names: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
    """Names as rows of numbers of letters, and which of the places to guess count.

    Returns rows (names, WINDOW + 1): a dash, the letters, dashes; and 1.0 or 0.0 (names, WINDOW): whether
    the next one is a letter or the dash right after the last letter.
    """
    rows = np.zeros((len(some_names), WINDOW + 1), "int32")
    for row, name in zip(rows, some_names, strict=True):
        row[1 : len(name) + 1] = [LETTERS.index(letter) for letter in name]
    lengths = np.array([len(name) for name in some_names])
    return rows, (np.arange(WINDOW) <= lengths[:, None]).astype("float32")


def sized_for_names(
    width: int, hidden: int, layers: int = 1, heads: int = 4, key_value_heads: int | None = None
) -> Config:
    """The sizes of a model of the surnames: 27 letters, a tied table, room for the longest name.

    key_value_heads: as many as heads when left out. Raises ValueError as Config does.
    """
    return Config(len(LETTERS), width, layers, heads, key_value_heads or heads, hidden, WINDOW)


def train_on_names(
    some_names: Sequence[str],
    config: Config,
    steps: int,
    seed: int,
    *,
    rate: float = 0.01,
    batch: int = 256,
    warm_up: int = 30,
    decay: bool = True,
    looped: bool = False,
    average: float = 0.0,
) -> Guesser:
    """A Guesser of these sizes, trained on these names. The rest is as in utils.capstone.train_entry."""
    keras.utils.set_random_seed(seed)
    model = Looped(config) if looped else LanguageModel(config)
    rows, places = rows_of_names(some_names)
    data = rows[:, :-1], places, np.eye(len(LETTERS), dtype="float32")[rows[:, 1:]]
    return train_model(model, data, steps, seed, rate, batch, warm_up, decay, average)


def nats_a_letter(model: Any, some_names: Sequence[str]) -> float:
    """The cross-entropy on these names, in nats a letter, the dash after a name counted as one: the score.

    model: takes (names, 14) tokens, returns probabilities; each row is divided by its sum, so that no
    rounding is worth anything. Lower is better.
    """
    rows, places = rows_of_names(some_names)
    guessed = np.asarray(model(rows[:, :-1]), dtype="float64")
    # What is no probability (below 0, NaN, infinite) is worth nothing.
    guessed = np.where(np.isfinite(guessed) & (guessed > 0), guessed, 0) + 1e-30
    guessed = guessed / guessed.sum(axis=-1, keepdims=True)
    given = np.take_along_axis(guessed, rows[:, 1:, None], axis=-1)[..., 0]
    return float(-(np.log(given) * places).sum() / places.sum())


def pairs_of_letters(some_names: Sequence[str]) -> np.ndarray:
    """What follows each letter, counted in these names (lesson 05): probabilities (27, 27), a row for each.

    Every pair is added 0.01 times, so that none is impossible.
    """
    rows, places = rows_of_names(some_names)
    times = np.full((len(LETTERS), len(LETTERS)), 0.01)
    np.add.at(times, (rows[:, :-1], rows[:, 1:]), places)
    return times / times.sum(axis=1, keepdims=True)
