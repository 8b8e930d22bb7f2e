"""Which exercises a learner has solved: one small file each, on their own machine.

A file an exercise rather than one for all: two notebooks open at once cannot overwrite each other, and
a write that is cut short harms nothing else. `COURSE_PROGRESS` names another folder.
"""

import datetime
import os
from collections.abc import Iterable
from pathlib import Path

import platformdirs

from utils import exercises


def folder() -> Path:
    """Where the progress is kept."""
    return Path(os.environ.get("COURSE_PROGRESS") or platformdirs.user_data_path("llm-parameters") / "solved")


def record(name: str) -> bool:
    """Note that this exercise is solved. False when the folder cannot be written."""
    try:
        folder().mkdir(parents=True, exist_ok=True)
        (folder() / name).write_text(f"{datetime.date.today().isoformat()}\n", encoding="utf-8")
    except OSError:
        return False
    return True


def solved(names: Iterable[str]) -> int:
    """How many of these exercises are solved."""
    return sum((folder() / name).exists() for name in names)


def of_lesson(number: str) -> tuple[int, int]:
    """(solved, all) exercises of one lesson."""
    names = exercises.names(number)
    return solved(names), len(names)


def of_course() -> tuple[int, int]:
    """(solved, all) exercises of the course."""
    names = exercises.lesson_of()
    return solved(names), len(names)
