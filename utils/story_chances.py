"""The true probabilities of the next word in the little stories, at every place of every story.

A word that shows what a slot's draw came to is as probable as that draw; every other word is certain.
"""

from collections.abc import Mapping, Sequence
from functools import cache

import numpy as np

from utils import stories

_SLOTS = {slot.name: slot for slot in stories.SLOTS}


def drawn(count: int, seed: int) -> list[dict[str, str]]:
    """The values of `count` stories, as stories.draw() gives them. The same seed draws the same ones.

    Raises ValueError when count is not positive.
    """
    if count < 1:
        raise ValueError(f"count must be at least 1, not {count}")
    rng = np.random.default_rng(seed)
    return [stories.draw(rng) for _ in range(count)]


def chances(told: Sequence[Mapping[str, str]]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Stories as rows, which of their places count, and the true probabilities of what comes next.

    told: the values of each story. Returns rows and places as stories.rows() makes them, numbers
    (stories, LONGEST + 2) and 1.0 or 0.0 (stories, LONGEST + 1), and probabilities
    (stories, LONGEST + 1, 67): at each place those of the word after it. Where a place does not count
    they are those of `<end>`.
    """
    rows, places = stories.rows([stories.tell(values) for values in told])
    true = np.eye(len(stories.VOCABULARY), dtype="float32")[rows[:, 1:]]
    for number, values in enumerate(told):
        for name, slot in _SLOTS.items():
            place = _place(name, values["weather"], values["outcome"])
            true[number, place] = _first_words(name, values.get(slot.parent, ""))
    return rows, places, true


@cache
def _first_words(name: str, above: str) -> np.ndarray:
    """The probabilities of the word that shows a slot's value, given that of the slot above it."""
    slot, found = _SLOTS[name], np.zeros(len(stories.VOCABULARY), dtype="float32")
    values = _plain() | ({slot.parent: above} if slot.parent else {})
    texts = {value: stories.tell(values | {name: value}).split() for value in slot.tables[above]}
    place = _first_difference(list(texts.values()))
    for value, words in texts.items():
        found[stories.NUMBER[words[place]]] += slot.tables[above][value]
    return found


@cache
def _place(name: str, weather: str, outcome: str) -> int:
    """How many words stand before the one that shows a slot's value.

    Only the weather and the outcome change how many words a story has.
    """
    values = _plain() | {"weather": weather, "outcome": outcome}
    return _first_difference(
        [stories.tell(values | {name: value}).split() for value in stories.marginal(name)]
    )


def _plain() -> dict[str, str]:
    return stories.draw(np.random.default_rng(0))


def _first_difference(texts: Sequence[Sequence[str]]) -> int:
    return next(place for place, words in enumerate(zip(*texts, strict=False)) if len(set(words)) > 1)
