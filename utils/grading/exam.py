"""The questions of one run and their right answers: drawn from the run's secret seed, known only out here."""

import copy
import inspect
import json
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from utils import exercises
from utils.checking.elsewhere import draw
from utils.exercises.declare import Exercise, FunctionExercise, ModelExercise, ValueExercise
from utils.grading import wire

_SMALL = 20


@dataclass(frozen=True)
class Case:
    """One question: the arguments by name, as they travel, and the right answer."""

    arguments: dict[str, Any]
    sent: list[Any]
    expected: Any

    @cached_property
    def size(self) -> int:
        """How large the question looks, for showing the smallest one that failed."""
        return len(json.dumps(self.sent))


@dataclass
class Exam:
    """All exercises of one lesson in one run.

    lesson: its number. secret: the run's seed, which nobody outside the run may know.
    """

    lesson: str
    secret: int
    _cases: dict[str, list[Case]] = field(default_factory=dict)

    @property
    def exercises(self) -> dict[str, Exercise]:
        """By name, in the lesson's order."""
        return exercises.of_lesson(self.lesson)

    def cases(self, name: str) -> list[Case]:
        """The questions for a function, in the order in which they are asked; for a value, the only one."""
        if name not in self._cases:
            self._cases[name] = self._drawn(self.exercises[name])
        return self._cases[name]

    def _drawn(self, exercise: Exercise) -> list[Case]:
        if isinstance(exercise, ValueExercise):
            return [Case({}, [], exercise.solution())]
        assert isinstance(exercise, FunctionExercise)
        rng = random.Random(f"{self.secret} {exercise.name}")
        drawn: dict[str, Case] = {}
        for _ in range(2):
            for arguments in draw(exercise.inputs, rng.getrandbits(63)):
                case = _case(exercise, arguments)
                drawn.setdefault(json.dumps(case.sent), case)
        cases = list(drawn.values())
        rng.shuffle(cases)
        # The smallest are always among them: of those that fail the student is shown the smallest.
        cases.sort(key=lambda case: case.size)
        cases = [*cases[:_SMALL], *rng.sample(cases[_SMALL:], min(rng.randint(90, 140), len(cases[_SMALL:])))]
        rng.shuffle(cases)
        # Asked a second time, at a time nobody knows: an answer may not depend on how often it was asked.
        return [*cases, *rng.choices(cases, k=12)]


def kind_of(exercise: Exercise) -> str:
    """One of "function", "value" and "model"."""
    if isinstance(exercise, FunctionExercise):
        return "function"
    return "model" if isinstance(exercise, ModelExercise) else "value"


def wanted_of(exercise: Exercise) -> list[Any]:
    """What an answer must look like: a function's arguments, or the shape that a model takes."""
    if isinstance(exercise, ModelExercise):
        return list(exercise.input_shape)
    return arguments_of(exercise) if isinstance(exercise, FunctionExercise) else []


def arguments_of(exercise: Exercise) -> list[str]:
    """The names of a function's arguments, in order."""
    return list(inspect.signature(exercise.solution).parameters)


def _case(exercise: FunctionExercise, drawn: dict[str, Any]) -> Case:
    arguments = {name: drawn[name] for name in arguments_of(exercise)}
    expected = _quiet(exercise.solution)(*copy.deepcopy(list(arguments.values())))
    return Case(arguments, [wire.encode(value) for value in arguments.values()], expected)


def _quiet(function: Callable[..., Any]) -> Callable[..., Any]:
    def quietly(*arguments: Any) -> Any:
        with np.errstate(all="ignore"):
            return function(*arguments)

    return quietly
