"""What several exercises ask of a model: each returns None when it is met, else the sentence that says so."""

from typing import Any

import numpy as np

from utils.counting import count


def over_budget(model: Any, limit: int, advice: str) -> str | None:
    """What to say to a model of more than `limit` parameters, with the lesson's advice behind it."""
    parameters = count(model)
    if parameters <= limit:
        return None
    return f"Your model has {parameters:,} parameters; at most {limit:,} are allowed. {advice}"


def not_probabilities(answers: Any, advice: str) -> str | None:
    """What to say when the last axis of `answers`, shape (..., choices), holds no probabilities."""
    answers = np.asarray(answers, dtype="float64")
    if (answers >= 0).all() and np.allclose(answers.sum(axis=-1), 1, atol=1e-3):
        return None
    return (
        f"Your model's {answers.shape[-1]} outputs are no probabilities: none may be below 0, and they "
        f"should add up to 1. {advice}"
    )
