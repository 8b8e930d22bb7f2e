"""From the scores of a model to the next token: temperature, top-k, top-p."""

from typing import Any

from keras import ops

_HALVINGS = 30


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
