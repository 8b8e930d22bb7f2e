"""Stories told anew: with other people, other words, other colours, or with noise.

Each function takes the text of a story and gives a text back; those that draw take a NumPy generator.
"""

import numpy as np

from utils import stories

COLOURS = tuple(stories.marginal("colour"))
SIMILAR = {"happy": "proud", "sad": "angry", "likes": "wants"}
"""Words and what may stand in their place: near in meaning, yet not the same in this language."""


def with_people(text: str, hero: str, friend: str) -> str:
    """The story with another hero and another friend, the pronouns set right."""
    old_hero, old_friend = _people(text)
    pronouns = {stories.PRONOUNS[old_hero]: stories.PRONOUNS[hero]}
    return _replaced(text, {old_hero: hero, old_friend: friend} | pronouns)


def with_anna(text: str) -> str:
    """The story with Anna as its hero; whoever was the hero takes her place as the friend, if she was."""
    hero, friend = _people(text)
    return with_people(text, "anna", hero if friend == "anna" else friend)


def other_names(text: str, rng: np.random.Generator) -> str:
    """The story with a hero and a friend drawn from all eight, the pronouns set right."""
    hero, friend = rng.choice(list(stories.HEROES), size=2, replace=False)
    return with_people(text, str(hero), str(friend))


def wrong_pronouns(text: str, rng: np.random.Generator) -> str:
    """As other_names(), but *she* and *he* stay what they were."""
    hero, friend = map(str, rng.choice(list(stories.HEROES), size=2, replace=False))
    old_hero, old_friend = _people(text)
    return _replaced(text, {old_hero: hero, old_friend: friend})


def similar_words(text: str, rng: np.random.Generator) -> str:
    """The story with words of similar meaning, each with probability one half."""
    words = text.split()
    return " ".join(SIMILAR.get(word, word) if rng.random() < 0.5 else word for word in words)


def other_colour(text: str, rng: np.random.Generator) -> str:
    """The story with its colour drawn anew, whatever the toy."""
    colour = str(rng.choice(COLOURS))
    return _replaced(text, dict.fromkeys(COLOURS, colour))


def noisy(text: str, rng: np.random.Generator, share: float = 0.1) -> str:
    """The story with this share of its words replaced by any of the language."""
    words = np.array(text.split(), dtype=object)
    hit = rng.random(len(words)) < share
    words[hit] = rng.choice(stories.VOCABULARY[:-1], size=hit.sum())
    return " ".join(words)


def _people(text: str) -> tuple[str, str]:
    """The hero and the friend of a story."""
    words = text.split()
    return words[0], words[words.index("meets") + 1]


def _replaced(text: str, others: dict[str, str]) -> str:
    return " ".join(others.get(word, word) for word in text.split())
