"""check(): tries a learner's answer against its exercise and explains the first mistake."""

import difflib
from typing import Any

from utils import exercises
from utils.checking import card, progress
from utils.checking.judge import Verdict, judge

__all__ = ["check"]


def check(*functions: Any, **values: Any) -> None:
    """Try answers and show a card for each: a function as it is, anything else as name=answer.

    A function is known by its own name; a value or a model is handed in under the exercise's name.
    """
    for function in functions:
        if name := _own_name(function):
            _check_one(name, function)
        else:
            _complain(
                "check", "Name your answer when it is not a function: check(exercise_name=your_answer)."
            )
    for name, value in values.items():
        _check_one(name, value)
    if not functions and not values:
        _complain(
            "check", "There is nothing to check: hand in your answer, as in check(exercise_name=your_answer)."
        )


def _own_name(function: Any) -> str | None:
    """A function's name; None for what has none. Whatever an odd object does when asked, is none."""
    try:
        name = function.__name__
    except BaseException:
        return None
    return name if type(name) is str else None


def _check_one(name: str, answer: Any) -> None:
    known = exercises.lesson_of()
    if name not in known:
        near = difflib.get_close_matches(name, known, n=1)
        guess = f" Did you mean {near[0]}?" if near else " Keep the name that the stub has."
        _complain(name, f"No exercise is called {name}.{guess}")
        return
    lesson = known[name]
    exercise = exercises.of_lesson(lesson)[name]
    verdict = judge(exercise, answer)
    bars = ()
    if verdict.status != "blank":
        if verdict.status == "passed" and not progress.record(name):
            _complain(name, f"Solved, but your progress could not be kept in {progress.folder()}.")
        bars = ((f"Lesson {lesson}", *progress.of_lesson(lesson)), ("Course", *progress.of_course()))
    card.show(name, verdict, exercise, bars)


def _complain(name: str, sentence: str) -> None:
    card.show(name, Verdict("failed", sentence, {}), None)
