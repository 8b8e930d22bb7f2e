"""From the scores of a model to the next token: temperature, top-k, top-p."""

from dataclasses import dataclass
from math import inf
from numbers import Integral, Real
from typing import Any

import numpy as np
from keras import ops

_HALVINGS = 30


@dataclass(frozen=True)
class Sampling:
    """How the next token is chosen: the settings that `generate` takes.

    temperature: 0 takes the likeliest token each time, 1 draws from the model's own distribution, more
    than 1 evens it out. top_k: draw among so many of the likeliest only; all when left out. top_p: only
    among the likeliest that together reach this probability. seed: the same one draws the same numbers;
    new ones each time when left out.

    Raises ValueError when a setting makes no sense.
    """

    temperature: float = 0.0
    top_k: int | None = None
    top_p: float = 1.0
    seed: int | None = None

    def __post_init__(self) -> None:
        if not (_is(Real, self.temperature) and 0 <= self.temperature < inf):
            raise ValueError(f"temperature must be a number, 0 or more, not {self.temperature!r}")
        if not (self.top_k is None or (_is(Integral, self.top_k) and self.top_k >= 1)):
            raise ValueError(f"top_k must be a whole number from 1 on, or None for all, not {self.top_k!r}")
        if not (_is(Real, self.top_p) and 0 < self.top_p <= 1):
            raise ValueError(f"top_p must be a number above 0 and at most 1, not {self.top_p!r}")
        if not (self.seed is None or (_is(Integral, self.seed) and self.seed >= 0)):
            raise ValueError(f"seed must be a whole number from 0 on, or None, not {self.seed!r}")

    def numbers(self, vocabulary: int) -> tuple[np.float32, np.int32, np.float32]:
        """temperature, top_k and top_p as a graph takes them, so that other settings compile nothing anew."""
        top_k = vocabulary if self.top_k is None else min(self.top_k, vocabulary)
        return np.float32(self.temperature), np.int32(top_k), np.float32(self.top_p)

    def probabilities(self, logits: Any) -> np.ndarray:
        """What each token is drawn with: (vocabulary,), from its scores (vocabulary,).

        Raises ValueError at temperature 0, where nothing is drawn.
        """
        if not self.temperature:
            raise ValueError("temperature is 0: the likeliest token is taken, and nothing is drawn")
        return np.asarray(next_token_probabilities(logits, *self.numbers(len(logits))))


def _is(kind: type, value: Any) -> bool:
    """A number of this kind; True and False are none."""
    return isinstance(value, kind) and not isinstance(value, bool)


def next_token_probabilities(logits: Any, temperature: Any, top_k: Any, top_p: Any) -> Any:
    """How probable each token is to be drawn next: (vocabulary,), summing to 1.

    logits: (vocabulary,), the scores. temperature: above 0; the scores are divided by it (Ackley et al.
    1985, equation 5). top_k: only so many of the likeliest may be drawn, and those that are equal to the
    last of them (Fan et al. 2018, section 5). top_p: only the likeliest that together reach this
    probability (Holtzman et al. 2020, section 3.1).
    """
    scores = logits / temperature
    probabilities = ops.softmax(scores)
    kept = ops.cond(
        (top_k >= ops.size(logits)) & (top_p >= 1),
        lambda: probabilities,
        lambda: ops.where(scores > _floor(scores, probabilities, top_k, top_p), probabilities, 0.0),
    )
    return kept / ops.sum(kept)


def draw(logits: Any, temperature: Any, top_k: Any, top_p: Any, number: Any) -> Any:
    """The next token: at temperature 0 the likeliest, else the one that `number` falls on.

    number: evenly distributed from 0 to below 1. The tokens lie side by side from 0 to 1, each as wide as
    it is probable.
    """

    def fall() -> Any:
        edges = ops.cumsum(next_token_probabilities(logits, temperature, top_k, top_p))
        # The last edge may be rounded to less than 1, and the number may fall beyond it.
        return ops.sum(ops.cast(edges <= number * edges[-1], "int32"))

    return ops.cond(temperature > 0, fall, lambda: ops.cast(ops.argmax(logits), "int32"))


def _floor(scores: Any, probabilities: Any, top_k: Any, top_p: Any) -> Any:
    """The score that the tokens to keep are above, found by halving where it can lie.

    Sorting 49,152 numbers would take longer than computing them: XLA's sort is not made for this.
    """

    def halve(step: Any, low: Any, high: Any) -> tuple[Any, Any, Any]:
        middle = (low + high) / 2
        above = scores > middle
        reached = (top_p < 1) & (ops.sum(ops.where(above, probabilities, 0.0)) >= top_p)
        enough = reached | (ops.sum(ops.cast(above, "int32")) >= top_k)
        return step + 1, ops.where(enough, middle, low), ops.where(enough, high, middle)

    start = (ops.zeros((), "int32"), ops.min(scores) - 1, ops.max(scores))
    return ops.while_loop(lambda step, low, high: step < _HALVINGS, halve, start)[1]
