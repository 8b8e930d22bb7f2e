"""What the grader's tests share: jails, where this machine can make them, and small notebooks."""

import json
import os
from pathlib import Path

import pytest

from utils.grading import jail, keeper
from utils.grading.exam import Exam
from utils.grading.example import solution
from utils.grading.marking import Marker
from utils.grading.notebook import Answers, code_cells

ROOT = Path(__file__).resolve().parent.parent
LIMITS = jail.Limits(memory=2 << 30, disk=16 << 20, processes=96, case=1.0, most=15.0)
SECRET = 20_261_126


def can_jail():
    """Skip the test, with the reason, where no jail can be made. CI runs these as an ordinary user."""
    try:
        jail.preflight()
    except jail.NoJail as reason:
        if os.environ.get("COURSE_MUST_JAIL"):
            raise
        pytest.skip(str(reason).splitlines()[0])


def lesson_path(number):
    return next((ROOT / "notebooks").glob(f"{number}_*.ipynb"))


@pytest.fixture(scope="module")
def jails():
    """A jail for students and one for their models, kept for a module's tests."""
    can_jail()
    both = keeper.Jail("student", LIMITS, ("tensorflow", "keras", "numpy")), keeper.Jail("measure", LIMITS)
    for one in both:
        one.launch()
    yield both
    for one in both:
        one.close()


@pytest.fixture(scope="module")
def marked(jails):
    """Marks {exercise: answer's code} of a lesson, "" for a blank stub: {exercise: Mark}."""
    exams = {}

    def mark(answers, lesson="01", cells=None, secret=SECRET):
        exam = exams.setdefault((lesson, secret), Exam(lesson, secret))
        teachers = code_cells(lesson_path(lesson))
        if cells is None:
            cells = [{"source": source, "exercise": name} for name, source in answers.items()]
        marks = Marker(exam, *jails).mark(Answers(cells, teachers))
        return {mark.exercise: mark for mark in marks}

    return mark


def solutions(lesson="01"):
    from utils import exercises

    return {name: solution(exercise) for name, exercise in exercises.of_lesson(lesson).items()}


def processes(of=None):
    """The numbers of all processes that this one, or another, has started, and those have started in turn."""
    parents = {}
    for path in Path("/proc").iterdir():
        if path.name.isdigit():
            try:
                parents[int(path.name)] = int((path / "stat").read_text().rpartition(")")[2].split()[1])
            except OSError:
                continue
    found, more = set(), {of or os.getpid()}
    while more:
        more = {child for child, parent in parents.items() if parent in more} - found
        found |= more
    return found


def notebook(cells):
    """The text of a notebook with these code cells: (source, metadata)."""
    return json.dumps(
        {
            "cells": [
                {
                    "cell_type": "code",
                    "source": source,
                    "metadata": metadata,
                    "outputs": [],
                    "execution_count": None,
                }
                for source, metadata in cells
            ],
            "metadata": {},
            "nbformat": 4,
            "nbformat_minor": 5,
        }
    )
