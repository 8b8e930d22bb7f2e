"""Marks into nbgrader's gradebook, so that its pages, exports and plugins work with them."""

import contextlib
import datetime
import os
import sys
import time
import warnings
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from tqdm import tqdm

from utils.exercises.declare import Exercise

_PATIENCE = 600.0

_AT_ONCE = 50
"""Submissions in one transaction: the disk confirms each transaction, which takes longer than writing it."""


class Unavailable(Exception):
    """The database could not be written to; the message says why. No result is lost: run the command
    again.
    """


@contextlib.contextmanager
def _opened(address: str) -> Iterator[Any]:
    """The gradebook of nbgrader at a database's address."""
    from nbgrader.api import Gradebook

    # nbgrader starts a program of this environment by its bare name.
    folder = str(Path(sys.executable).parent)
    if folder not in os.environ["PATH"].split(os.pathsep):
        os.environ["PATH"] = folder + os.pathsep + os.environ["PATH"]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        gradebook = Gradebook(address)
        try:
            yield gradebook
        finally:
            gradebook.close()


def write(
    address: str,
    results: Iterable[dict[str, Any]],
    exercises: Callable[[str], dict[str, Exercise]],
    say: Callable[[str], None] = print,
    patience: float = _PATIENCE,
) -> int:
    """Bring the gradebook up to date with the results, and return how many submissions changed in it.

    Marks and comments that a person has given stay. While somebody else holds the database's lock it waits,
    and says so. Raises Unavailable.
    """
    from nbgrader.api import InvalidEntry
    from sqlalchemy.exc import SQLAlchemyError

    changed, end, waiting = 0, time.monotonic() + patience, False
    results = list(results)
    pending = list(results)
    with tqdm(total=len(results), desc="gradebook", delay=2) as bar:
        while True:
            try:
                with _opened(address) as gradebook:
                    for changes in _batches(gradebook, pending, exercises):
                        changed += changes
                        bar.update(len(results) - len(pending) - bar.n)
                return changed
            except (SQLAlchemyError, InvalidEntry) as error:  # nbgrader makes the second of some of the first
                reason = str(getattr(error, "orig", error)).splitlines()[0]
                if "locked" not in reason or time.monotonic() > end:
                    raise Unavailable(f"The gradebook could not be written to: {reason}") from error
                if not waiting:
                    say("Another program has locked the gradebook (an open formgrader?). Waiting for it ...")
                    waiting = True
                time.sleep(1)


def _batches(
    gradebook: Any, pending: list[dict[str, Any]], exercises: Callable[[str], dict[str, Exercise]]
) -> Iterator[int]:
    """Write what is pending, and take it off that list batch by batch: how many of each have changed."""
    from nbgrader.api import MissingEntry

    known: set[str] = set()
    while pending:
        batch = pending[-_AT_ONCE:]
        for result in batch:
            if result["lesson"] not in known:
                _prepare(gradebook, result, exercises(result["lesson"]))
                known.add(result["lesson"])
        with _one_transaction(gradebook.db):
            changes = sum(_write_one(gradebook, result, MissingEntry) for result in batch)
        del pending[-_AT_ONCE:]
        yield changes


@contextlib.contextmanager
def _one_transaction(session: Any) -> Iterator[None]:
    """What nbgrader would commit piece by piece, a student, a submission, is committed at the end."""
    session.commit = session.flush
    try:
        yield
    finally:
        del session.commit
    session.commit()
    session.expunge_all()  # or it would look through all that it has seen, at each commit


def _prepare(gradebook: Any, result: dict[str, Any], exercises: dict[str, Exercise]) -> None:
    assignment, notebook = result["assignment"], result["assignment"]
    gradebook.update_or_create_assignment(assignment)
    gradebook.update_or_create_notebook(notebook, assignment)
    for exercise in exercises.values():
        gradebook.update_or_create_grade_cell(
            grade_cell(exercise.name), notebook, assignment, max_score=exercise.points, cell_type="code"
        )
        gradebook.update_or_create_solution_cell(solution_cell(exercise.name), notebook, assignment)


def _write_one(gradebook: Any, result: dict[str, Any], missing: type[Exception]) -> bool:
    assignment, student = result["assignment"], result["student"]
    names = {grade_cell(mark["exercise"]): mark for mark in result["marks"]}
    comments = {solution_cell(mark["exercise"]): mark["sentence"] for mark in result["marks"]}
    try:
        submission = gradebook.find_submission(assignment, student)
    except missing:
        gradebook.update_or_create_student(student)
        submission = gradebook.add_submission(assignment, student)
    before = (
        submission.timestamp,
        [(grade.auto_score, grade.needs_manual_grade) for grade in _grades(submission)],
    )
    submission.timestamp = _moment(result["handed_in"])
    for notebook in submission.notebooks:
        for grade in notebook.grades:
            if mark := names.get(grade.name):
                grade.auto_score = mark["marks"]
                # Somebody who has given a mark by hand has had the look that was asked for.
                grade.needs_manual_grade = mark["status"] == "by hand" and grade.manual_score is None
        for comment in notebook.comments:
            if comment.name in comments:
                comment.auto_comment = comments[comment.name]
    after = (
        submission.timestamp,
        [(grade.auto_score, grade.needs_manual_grade) for grade in _grades(submission)],
    )
    return before != after


def _grades(submission: Any) -> list[Any]:
    return [grade for notebook in submission.notebooks for grade in notebook.grades]


def _moment(text: str) -> datetime.datetime | None:
    try:
        moment = datetime.datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment.astimezone(datetime.UTC).replace(tzinfo=None) if moment.tzinfo else moment


def by_hand(address: str) -> dict[tuple[str, str, str], tuple[float, str]]:
    """What people have given by hand: {(assignment, student, exercise): (marks, comment)}."""
    from nbgrader.api import Grade

    given: dict[tuple[str, str, str], tuple[float, str]] = {}
    with _opened(address) as gradebook:
        for grade in gradebook.db.query(Grade).filter(Grade.manual_score.isnot(None)):
            exercise, notebook = grade.name.removesuffix("-check"), grade.notebook
            comments = {comment.name: comment.manual_comment or "" for comment in notebook.comments}
            key = (notebook.assignment.name, notebook.student.id, exercise)
            marks = grade.manual_score + (grade.extra_credit or 0.0)
            given[key] = (marks, comments.get(solution_cell(exercise), ""))
    return given


def set_by_hand(
    address: str, assignment: str, student: str, exercise: str, marks: float, comment: str
) -> None:
    """Give a mark by hand. Raises LookupError when there is no such submission."""
    from nbgrader.api import MissingEntry

    with _opened(address) as gradebook:
        try:
            notebook = gradebook.find_submission_notebook(assignment, assignment, student)
        except MissingEntry:
            raise LookupError(f"The gradebook has no {assignment} of {student}.") from None
        for grade in notebook.grades:
            if grade.name == grade_cell(exercise):
                grade.manual_score, grade.needs_manual_grade = marks, False
                break
        else:
            raise LookupError(f"{assignment} has no exercise {exercise}.")
        for entry in notebook.comments:
            if entry.name == solution_cell(exercise) and comment:
                entry.manual_comment = comment
        gradebook.db.commit()


def carry_over(old: str, new: str) -> None:
    """Take marks given by hand along from one gradebook to another, where that has none."""
    there = by_hand(new)
    for (assignment, student, exercise), (marks, comment) in by_hand(old).items():
        if (assignment, student, exercise) not in there:
            with contextlib.suppress(LookupError):
                set_by_hand(new, assignment, student, exercise, marks, comment)


def grade_cell(exercise: str) -> str:
    """The name of the cell that is graded, in nbgrader's metadata."""
    return f"{exercise}-check"


def solution_cell(exercise: str) -> str:
    """The name of the cell that the student fills in, in nbgrader's metadata."""
    return exercise
