"""check(): tries a learner's answer against its exercise and explains the first mistake."""

import difflib
import os
from typing import Any

from utils import exercises
from utils.checking import card, progress
from utils.checking.judge import Verdict, judge, share_of
from utils.exercises.declare import Exercise

__all__ = ["check"]

_GRADED = "NBGRADER_EXECUTION"
"""Set in the environment while nbgrader grades or validates."""


def check(*functions: Any, **values: Any) -> float | None:
    """Try answers and show a card for each: a function as it is, anything else as name=answer.

    A function is known by its own name; a value or a model is handed in under the exercise's name.

    Under nbgrader, which takes a cell's exception for a wrong answer and its result for a part of the points,
    it raises AssertionError or returns that part. Otherwise it returns None.
    """
    marks = []
    for function in functions:
        if name := _own_name(function):
            marks.append(_check_one(name, function))
        else:
            _complain(
                "check", "Name your answer when it is not a function: check(exercise_name=your_answer)."
            )
    for name, value in values.items():
        marks.append(_check_one(name, value))
    if not functions and not values:
        _complain(
            "check", "There is nothing to check: hand in your answer, as in check(exercise_name=your_answer)."
        )
    return marks[0] if len(marks) == 1 else None


def _own_name(function: Any) -> str | None:
    """A function's name; None for what has none. Whatever an odd object does when asked, is none."""
    try:
        name = function.__name__
    except BaseException:
        return None
    return name if type(name) is str else None


def _check_one(name: str, answer: Any) -> float | None:
    known = exercises.lesson_of()
    if name not in known:
        near = difflib.get_close_matches(name, known, n=1)
        guess = f" Did you mean {near[0]}?" if near else " Keep the name that the stub has."
        _complain(name, f"No exercise is called {name}.{guess}")
        return None
    lesson = known[name]
    exercise = exercises.of_lesson(lesson)[name]
    verdict = judge(exercise, answer)
    bars = ()
    if verdict.status != "blank":
        if verdict.status == "passed" and not progress.record(name):
            _complain(name, f"Solved, but your progress could not be kept in {progress.folder()}.")
        bars = ((f"Lesson {lesson}", *progress.of_lesson(lesson)), ("Course", *progress.of_course()))
    card.show(name, verdict, exercise, bars)
    return _for_nbgrader(exercise, verdict)


def _for_nbgrader(exercise: Exercise, verdict: Verdict) -> float | None:
    """A part of the points, None for all of them. Raises AssertionError for none; in a notebook always
    None.
    """
    share = share_of(exercise, verdict)
    if _GRADED not in os.environ or share == 1:
        return None
    if share == 0:
        raise AssertionError(verdict.sentence)
    return share * exercise.points


def _complain(name: str, sentence: str) -> None:
    card.show(name, Verdict("failed", sentence, {}), None)
    if _GRADED in os.environ:
        raise AssertionError(sentence)
