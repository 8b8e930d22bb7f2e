"""Seeds of the data that a learner's model is tried on and was never trained on.

In a notebook they are what they are. A grader moves them all by a secret of its run, so that a model that has
seen the data of the notebook's check gains nothing by it.
"""

_moved = 0


def unseen(seed: int) -> int:
    """The seed to draw with, now: call it where the data is drawn, not where a module is imported."""
    return seed + _moved


def move(by: int) -> None:
    """Move every seed, for the rest of this process."""
    global _moved
    _moved = by
