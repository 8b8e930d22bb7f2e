"""How an exercise is declared: once, here, for the check, for the tests and for grading.

Three kinds, by what the learner hands in: a function, a value (a number, a text, an array, a list or a
dictionary of these), or a Keras model.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from hypothesis.strategies import SearchStrategy


@dataclass(frozen=True, init=False)
class Mistake:
    """Wrong answers that people really give, and the sentence that puts them right.

    Each of `answers`, variants of one mistake, has the signature of the exercise's solution. For a model,
    where the sentence carries measured numbers, `sentence` is the part of it that is always there.
    worth: the share of the exercise's points that a class's grader gives for it, from 0 to below 1.
    """

    sentence: str
    answers: tuple[Callable[..., Any], ...]
    worth: float

    def __init__(self, sentence: str, *answers: Callable[..., Any], worth: float = 0.0) -> None:
        object.__setattr__(self, "sentence", sentence)
        object.__setattr__(self, "answers", answers)
        object.__setattr__(self, "worth", worth)


@dataclass(frozen=True, kw_only=True)
class Exercise:
    """What every exercise has.

    name: what the learner's answer is called in the notebook, unique in the course.
    difficulty: 1 (warm-up) to 3 (makes people think).
    minutes, points: for a learner who has read the lesson so far.
    hints: from gentle to plain; the solution comes after the last of them.
    solution: a function that gives the right answer; its source is what a learner sees unfolded.
    uses: names that only the cells of its lesson define and that the solution calls; a grader, who runs
    nothing that an answer does not need, has to run the cells that make these.
    """

    name: str
    title: str
    difficulty: int
    minutes: int
    points: int
    hints: tuple[str, ...]
    solution: Callable[..., Any]
    mistakes: tuple[Mistake, ...]
    uses: tuple[str, ...] = ()

    @property
    def summary(self) -> str:
        """The line under the exercise's title in the notebook."""
        stars = "★" * self.difficulty + "☆" * (3 - self.difficulty)
        points = "1 point" if self.points == 1 else f"{self.points} points"
        return f"{stars} · {self.minutes} minutes · {points}"


@dataclass(frozen=True, kw_only=True)
class FunctionExercise(Exercise):
    """The learner writes a function.

    inputs: a hypothesis strategy for the arguments, as a dictionary in the order of the solution's;
    st.fixed_dictionaries({"inputs": st.integers(1, 50), ...}) where they do not depend on each other.
    tolerance: how far a float may be off, relative to the right one (absolute below 1). Whole numbers
    must be exact.
    """

    inputs: SearchStrategy[dict[str, Any]]
    tolerance: float = 1e-6


@dataclass(frozen=True, kw_only=True)
class ValueExercise(Exercise):
    """The learner gives a value; solution and mistakes take no arguments. `tolerance` as above."""

    tolerance: float = 1e-6


@dataclass(frozen=True, kw_only=True)
class ModelExercise(Exercise):
    """The learner builds a Keras model, judged by what it is and does, never by how it was written.

    input_shape, output_shape: without the batch dimension.
    requirements: each takes the model and returns None when it is met, else the sentence that says
    what was measured and what is asked for. They are tried in this order.
    """

    input_shape: tuple[int, ...]
    output_shape: tuple[int, ...]
    requirements: tuple[Callable[[Any], str | None], ...] = field(default=())
