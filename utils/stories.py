"""Little stories: a small language of our own, in which every probability is known.

A story is written by drawing the value of each slot in turn, from a table that depends on at most one
slot drawn before. Every value shows in the text when it is drawn, so a story has the probability of its
draws, and the entropy of the language follows exactly. No model, however large, can have a lower loss on
new stories than this entropy: Shannon 1948, section 7.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from math import exp, log

import numpy as np

Table = Mapping[str, float]
"""Value: probability; they sum to 1."""


@dataclass(frozen=True)
class Slot:
    """What is drawn: from `tables[value of the parent]`, or from `tables[""]` where nothing is above it."""

    name: str
    tables: Mapping[str, Table]
    parent: str = ""


HEROES = {
    "anna": 0.2,
    "ben": 0.2,
    "mia": 0.15,
    "tom": 0.15,
    "zoe": 0.1,
    "leo": 0.1,
    "lily": 0.05,
    "max": 0.05,
}
PRONOUNS = {name: "she" if name in ("anna", "mia", "zoe", "lily") else "he" for name in HEROES}


def _others(hero: str) -> Table:
    rest = 1 - HEROES[hero]
    return {name: weight / rest for name, weight in HEROES.items() if name != hero}


SLOTS = (
    Slot("hero", {"": HEROES}),
    Slot("colour", {"": {"red": 0.4, "blue": 0.3, "green": 0.2, "yellow": 0.1}}),
    Slot(
        "toy",
        {
            "red": {"ball": 0.5, "car": 0.3, "kite": 0.2},
            "blue": {"boat": 0.5, "car": 0.3, "ball": 0.2},
            "green": {"train": 0.6, "boat": 0.2, "ball": 0.2},
            "yellow": {"kite": 0.6, "train": 0.2, "car": 0.2},
        },
        parent="colour",
    ),
    Slot("place", {"": {"park": 0.4, "garden": 0.3, "beach": 0.2, "forest": 0.1}}),
    Slot(
        "weather",
        {
            "park": {"": 0.6, "the sun shines .": 0.2, "it rains .": 0.2},
            "garden": {"": 0.6, "the sun shines .": 0.2, "it rains .": 0.2},
            "beach": {"": 0.3, "the sun shines .": 0.6, "it rains .": 0.1},
            "forest": {"": 0.3, "the sun shines .": 0.1, "it rains .": 0.6},
        },
        parent="place",
    ),
    Slot("friend", {name: _others(name) for name in HEROES}, parent="hero"),
    Slot("animal", {"": {"dog": 0.4, "cat": 0.3, "bird": 0.2, "frog": 0.1}}),
    Slot(
        "deed",
        {
            "dog": {"barks": 0.7, "sleeps": 0.2, "runs": 0.1},
            "cat": {"sleeps": 0.7, "runs": 0.3},
            "bird": {"sings": 0.9, "sleeps": 0.1},
            "frog": {"jumps": 0.8, "sings": 0.2},
        },
        parent="animal",
    ),
    Slot("wish", {"": {"likes": 0.7, "wants": 0.3}}),
    Slot(
        "outcome",
        {
            "likes": {"plays": 0.6, "shares": 0.3, "runs": 0.1},
            "wants": {"gives": 0.6, "runs": 0.4},
        },
        parent="wish",
    ),
    Slot(
        "mood",
        {
            "plays": {"happy": 0.9, "tired": 0.1},
            "shares": {"happy": 0.9, "tired": 0.1},
            "gives": {"happy": 0.6, "proud": 0.4},
            "runs": {"sad": 0.6, "angry": 0.4},
        },
        parent="outcome",
    ),
    Slot("food", {"": {"soup": 0.4, "bread": 0.3, "cake": 0.2, "apples": 0.1}}),
)

_OUTCOMES = {
    "plays": "{hero} plays with {friend} .",
    "shares": "{hero} shares the {toy} .",
    "gives": "{hero} gives {friend} the {toy} .",
    "runs": "{hero} runs away .",
}


def tell(values: Mapping[str, str]) -> str:
    """The text of a story with these values, one for each slot; words and full stops between spaces."""
    she = PRONOUNS[values["hero"]]
    toy = "nothing" if values["outcome"] == "gives" else "the {colour} {toy}"
    sentences = [
        "{hero} has a {colour} {toy} .",
        f"{she} takes the {{toy}} to the {{place}} .",
        values["weather"],
        f"there {she} meets {{friend}} .",
        "a {animal} {deed} .",
        "{friend} {wish} the {colour} {toy} .",
        _OUTCOMES[values["outcome"]],
        "{friend} is {mood} .",
        f"{{hero}} goes home with {toy} and eats {{food}} .",
    ]
    return " ".join(sentence.format(**values) for sentence in sentences if sentence)


def draw(rng: np.random.Generator) -> dict[str, str]:
    """The values of one story, by slot."""
    values: dict[str, str] = {}
    for slot in SLOTS:
        table = slot.tables[values.get(slot.parent, "")]
        values[slot.name] = str(rng.choice(list(table), p=list(table.values())))
    return values


def write(count: int, seed: int) -> list[str]:
    """`count` stories. The same seed writes the same ones.

    Raises ValueError when count is not positive.
    """
    if count < 1:
        raise ValueError(f"count must be at least 1, not {count}")
    rng = np.random.default_rng(seed)
    return [tell(draw(rng)) for _ in range(count)]


def log_probability(values: Mapping[str, str]) -> float:
    """The natural logarithm of the probability of the story with these values."""
    return sum(log(slot.tables[values.get(slot.parent, "")][values[slot.name]]) for slot in SLOTS)


@cache
def marginal(name: str) -> dict[str, float]:
    """How probable each value of a slot is, whatever the others are."""
    slot = next(slot for slot in SLOTS if slot.name == name)
    above = marginal(slot.parent) if slot.parent else {"": 1.0}
    together: dict[str, float] = {}
    for value, weight in above.items():
        for own, probability in slot.tables[value].items():
            together[own] = together.get(own, 0.0) + weight * probability
    return together


def entropy() -> float:
    """The entropy of a story in nats, exactly: the sum of the entropies of its draws."""
    return sum(
        weight * _entropy_of(slot.tables[value])
        for slot in SLOTS
        for value, weight in (marginal(slot.parent) if slot.parent else {"": 1.0}).items()
    )


def best_perplexity(texts: Sequence[str]) -> float:
    """The lowest perplexity per word that any model can have on average, given how long stories are.

    Words are what stands between spaces, and each story has one more, its end. texts: enough stories to
    know their mean length.
    """
    words = np.mean([len(text.split()) + 1 for text in texts])
    return exp(entropy() / words)


def _variants() -> list[str]:
    """Stories that differ from one of them in a single slot: between them they hold every word."""
    plain = draw(np.random.default_rng(0))
    return [tell(plain | {slot.name: value}) for slot in SLOTS for value in marginal(slot.name)]


VOCABULARY = (*sorted({word for text in _variants() for word in text.split()}), "<end>")
"""The 66 words in alphabetical order, then the end of a story."""

NUMBER = {word: number for number, word in enumerate(VOCABULARY)}
"""A word's place in the vocabulary."""

_END = NUMBER["<end>"]

LONGEST = max(
    len(tell(draw(np.random.default_rng(0)) | {"weather": weather, "outcome": outcome}).split())
    for weather in marginal("weather")
    for outcome in marginal("outcome")
)
"""How many words the longest story has; no other slot changes the number."""


def windows(texts: Sequence[str], words: int) -> tuple[np.ndarray, np.ndarray]:
    """What a model sees that looks back a fixed number of words, and what it has to guess.

    Returns the `words` words before each word of the stories, and before their ends, as numbers of shape
    (places, words), and the word itself, shape (places,). Before a story begins stands `<end>`.
    Raises ValueError when words is not positive, or a text has a word that is in no story.
    """
    if words < 1:
        raise ValueError(f"words must be at least 1, not {words}")
    lines = [[_END] * words + _numbers(text) + [_END] for text in texts]
    cut = [line[place : place + words + 1] for line in lines for place in range(len(line) - words)]
    rows = np.array(cut, dtype="int32").reshape(-1, words + 1)
    return rows[:, :-1], rows[:, -1]


def rows(texts: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
    """Whole stories as rows of equal length, and which of their words are there to be guessed.

    Returns numbers of shape (texts, LONGEST + 2): `<end>`, the words, and `<end>` again until the row is
    full; and 1.0 or 0.0 of shape (texts, LONGEST + 1): whether the word after each place is one of the story
    or its end. So rows[:, :-1] goes into a model and rows[:, 1:] is what should come out.
    Raises ValueError when a text has a word that is in no story, or more words than any story.
    """
    numbers = np.full((len(texts), LONGEST + 2), _END, dtype="int32")
    real = np.zeros((len(texts), LONGEST + 1), dtype="float32")
    for row, places, text in zip(numbers, real, texts, strict=True):
        line = _numbers(text)
        if len(line) > LONGEST:
            raise ValueError(f"texts must be stories of at most {LONGEST} words; one has {len(line)}")
        row[1 : len(line) + 1] = line
        places[: len(line) + 1] = 1
    return numbers, real


def _numbers(text: str) -> list[int]:
    if unknown := [word for word in text.split() if word not in NUMBER]:
        raise ValueError(f"texts must be made of the words of the little stories; {unknown[0]!r} is none")
    return [NUMBER[word] for word in text.split()]


def _entropy_of(table: Table) -> float:
    return -sum(probability * log(probability) for probability in table.values())
