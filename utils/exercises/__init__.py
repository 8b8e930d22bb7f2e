"""The exercises of every lesson: one module a lesson, each with its own `EXERCISES`.

Names are read from the modules' text, and a module is imported when one of its exercises is asked for: a
check need not wait for all of them, and a lesson that cannot be imported breaks no other.
"""

import re
from functools import cache
from importlib import import_module
from importlib.resources import files

from utils.exercises.declare import Exercise

_DECLARED = re.compile(r"Exercise\(\s*name=\"(\w+)\"")
"""Where a declaration begins: its name comes first."""


@cache
def lessons() -> tuple[str, ...]:
    """The numbers of the lessons that have exercises, in order: ("01", "02", ...)."""
    names = (entry.name for entry in files(__package__).iterdir())
    return tuple(sorted(name[7:9] for name in names if name.startswith("lesson_") and name.endswith(".py")))


@cache
def names(number: str) -> tuple[str, ...]:
    """The names of one lesson's exercises ("01"), in the lesson's order. Imports nothing."""
    if number not in lessons():
        raise ValueError(f"number must be one of {', '.join(lessons())}, not {number!r}")
    text = files(__package__).joinpath(f"lesson_{number}.py").read_text(encoding="utf-8")
    return tuple(_DECLARED.findall(text))


@cache
def lesson_of() -> dict[str, str]:
    """The number of each exercise's lesson: {"taxi": "01", ...}, the whole course in order."""
    return {name: number for number in lessons() for name in names(number)}


@cache
def of_lesson(number: str) -> dict[str, Exercise]:
    """The exercises of one lesson ("01"), by name, in the lesson's order."""
    if number not in lessons():
        raise ValueError(f"number must be one of {', '.join(lessons())}, not {number!r}")
    module = import_module(f"{__package__}.lesson_{number}")
    return {exercise.name: exercise for exercise in module.EXERCISES}


@cache
def by_name() -> dict[str, tuple[str, Exercise]]:
    """Every exercise of the course with its lesson's number: {name: (number, exercise)}. Imports all."""
    return {name: (number, exercise) for number in lessons() for name, exercise in of_lesson(number).items()}
