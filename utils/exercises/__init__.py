"""The exercises of every lesson: one module a lesson, each with its own `EXERCISES`."""

from functools import cache
from importlib import import_module
from importlib.resources import files

from utils.exercises.declare import Exercise


@cache
def lessons() -> tuple[str, ...]:
    """The numbers of the lessons that have exercises, in order: ("01", "02", ...)."""
    names = (entry.name for entry in files(__package__).iterdir())
    return tuple(sorted(name[7:9] for name in names if name.startswith("lesson_") and name.endswith(".py")))


@cache
def of_lesson(number: str) -> dict[str, Exercise]:
    """The exercises of one lesson ("01"), by name, in the lesson's order."""
    if number not in lessons():
        raise ValueError(f"number must be one of {', '.join(lessons())}, not {number!r}")
    module = import_module(f"{__package__}.lesson_{number}")
    return {exercise.name: exercise for exercise in module.EXERCISES}


@cache
def by_name() -> dict[str, tuple[str, Exercise]]:
    """Every exercise of the course with its lesson's number: {name: (number, exercise)}."""
    return {name: (number, exercise) for number in lessons() for name, exercise in of_lesson(number).items()}
