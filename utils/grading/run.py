"""Grades many submissions, one after another or many at once, here or on a cluster, and loses none."""

import importlib
import inspect
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import joblib
from joblib.externals.loky import get_reusable_executor

import utils
from utils import exercises
from utils.grading import jail, keeper
from utils.grading.exam import Exam
from utils.grading.intake import Submission
from utils.grading.marking import Marker
from utils.grading.notebook import Answers, Unreadable, code_cells
from utils.grading.store import Store, fingerprint

_ATTEMPTS = 3


@dataclass(frozen=True)
class Lesson:
    """The teacher's side of a lesson: its number, its notebook's name, and that notebook's code cells."""

    number: str
    assignment: str
    cells: list[dict[str, str]]
    print: str

    @classmethod
    def read(cls, path: Path, number: str) -> "Lesson":
        """The lesson of a notebook of the course, or of its class edition."""
        cells = code_cells(path)
        module = importlib.import_module(f"utils.exercises.lesson_{number}")
        parts = [inspect.getsource(module), *(cell["source"] for cell in cells)]
        for name in ("checking/compare.py", "checking/judge.py", "exercises/requirements.py"):
            parts.append((Path(utils.__file__).parent / name).read_text(encoding="utf-8"))
        return cls(number, path.stem, cells, fingerprint(*(part.encode() for part in parts)))

    @property
    def modules(self) -> tuple[str, ...]:
        """What the lesson imports, to be imported once."""
        import ast

        found: dict[str, None] = {"tensorflow": None, "keras": None, "numpy": None}
        for cell in self.cells:
            try:
                tree = ast.parse(cell["source"])
            except SyntaxError:
                continue
            for node in tree.body:
                if isinstance(node, ast.Import):
                    found |= dict.fromkeys(alias.name for alias in node.names)
                elif isinstance(node, ast.ImportFrom) and node.module:
                    found[node.module] = None
                    found |= dict.fromkeys(f"{node.module}.{alias.name}" for alias in node.names)
        return tuple(name for name in found if not name.startswith("utils.checking"))


@dataclass(frozen=True)
class Task:
    """One submission on its way to a worker: everything that it needs there."""

    submission: Submission
    print: str
    cells: list[dict[str, str]]
    lesson: Lesson
    secret: int
    limits: jail.Limits


class Trouble(Exception):
    """Something is wrong with this machine or the cluster; the message says what. What was graded is kept."""


def due(submissions: Iterable[Submission], lessons: dict[str, Lesson], store: Store) -> Iterator[Submission]:
    """Those that were never graded, or changed since, or whose lesson did."""
    for submission in submissions:
        known = store.result(submission)
        if known is None or known["print"] != _print(submission, lessons[submission.lesson]):
            yield submission


def grade(
    submissions: list[Submission],
    lessons: dict[str, Lesson],
    store: Store,
    limits: jail.Limits,
    workers: int,
    cluster: str | None = None,
    done: Callable[[Submission], None] = lambda _: None,
) -> list[tuple[Submission, str]]:
    """Grade submissions and keep each result as soon as it is there.

    Returns those that could not be graded because of the machine, with the reason: never a mark. Raises
    Trouble.
    """
    waiting = {(one.lesson, one.student): one for one in submissions}
    faults: dict[tuple[str, str], list[str]] = {}
    secret = store.secret()
    while waiting:
        round_of = list(waiting.values())
        try:
            for submission, marks, print_, fault in _stream(
                round_of, lessons, secret, limits, workers, cluster
            ):
                key = (submission.lesson, submission.student)
                if fault:
                    faults.setdefault(key, []).append(fault)
                    if len(faults[key]) < _ATTEMPTS:
                        continue
                else:
                    _keep(store, submission, lessons[submission.lesson], marks, print_)
                    faults.pop(key, None)
                waiting.pop(key, None)
                done(submission)
        except _LOST as error:
            # A worker is gone, and with it what it was at work on. The others' results are kept.
            for one in waiting.values():
                faults.setdefault((one.lesson, one.student), []).append(f"a worker was lost: {error}"[:200])
            if max(map(len, faults.values()), default=0) > _ATTEMPTS * 4:
                raise Trouble(f"Workers are lost again and again: {error}") from error
    return [(one, faults[key][-1]) for one in submissions if (key := (one.lesson, one.student)) in faults]


def _keep(store: Store, submission: Submission, lesson: Lesson, marks: list[dict], print_: str) -> None:
    result = {
        "student": submission.student,
        "lesson": submission.lesson,
        "assignment": lesson.assignment,
        "file": str(submission.path),
        "handed_in": submission.handed_in,
        "late": submission.late,
        "print": print_,
        "marks": marks,
    }
    try:
        store.keep(submission, result)
    except OSError as error:
        raise Trouble(
            f"A result could not be written ({error.strerror}). Make room and run the same command again: "
            f"what is "
            "graded is kept."
        ) from error


def _lost() -> tuple[type[Exception], ...]:
    from joblib.externals.loky.process_executor import BrokenProcessPool, TerminatedWorkerError

    found: list[type[Exception]] = [BrokenProcessPool, TerminatedWorkerError]
    try:
        from distributed.scheduler import KilledWorker

        found.append(KilledWorker)
    except ImportError:
        pass
    return tuple(found)


_LOST = _lost()


def _stream(
    submissions: list[Submission],
    lessons: dict[str, Lesson],
    secret: int,
    limits: jail.Limits,
    workers: int,
    cluster: str | None,
) -> Iterator[tuple[Submission, list[dict], str, str | None]]:
    def tasks() -> Iterator[Task]:
        for submission in submissions:
            lesson = lessons[submission.lesson]
            try:
                cells = code_cells(submission.path)
            except Unreadable as reason:
                unreadable.append(
                    (submission, _no_marks(lesson, str(reason)), _print(submission, lesson), None)
                )
                continue
            yield Task(submission, _print(submission, lesson), cells, lesson, secret, limits)

    unreadable: list[Any] = []
    if workers == 1 and not cluster:
        results: Iterable[Any] = map(graded, tasks())
        yield from results
    elif cluster:
        from distributed import Client

        with (
            Client(cluster, timeout=30),
            joblib.parallel_config(backend="dask", wait_for_workers_timeout=120),
        ):
            yield from joblib.Parallel(return_as="generator_unordered")(map(joblib.delayed(graded), tasks()))
    else:
        pool = joblib.Parallel(
            n_jobs=workers, return_as="generator_unordered", batch_size=1, pre_dispatch=2 * workers
        )
        try:
            yield from pool(map(joblib.delayed(graded), tasks()))
        finally:
            # The workers would wait for more work, each with two jails.
            get_reusable_executor().shutdown(wait=True, kill_workers=True)
    yield from unreadable


def _no_marks(lesson: Lesson, reason: str) -> list[dict]:
    return [
        {
            "exercise": name,
            "points": exercise.points,
            "marks": 0.0,
            "status": "unreadable",
            "sentence": reason,
            "mistake": "",
            "case": "",
            "answer": "",
            "seconds": 0.0,
        }
        for name, exercise in exercises.of_lesson(lesson.number).items()
    ]


def _print(submission: Submission, lesson: Lesson) -> str:
    try:
        with submission.path.open("rb") as file:
            content = file.read((20 << 20) + 1)
    except OSError:
        content = b""
    return fingerprint(content, lesson.print.encode())


_here = threading.local()


def graded(task: Task) -> tuple[Submission, list[dict], str, str | None]:
    """Grade one submission, in whatever process and thread this is; its jails stay for the next one.

    The last entry is None, or what is wrong with this machine.
    """
    try:
        marker = _marker(task)
        marks = [mark.as_dict() for mark in marker.mark(Answers(task.cells, task.lesson.cells))]
    except keeper.MachineFault as fault:
        end_jails()
        time.sleep(1)
        return task.submission, [], task.print, str(fault)
    return task.submission, marks, task.print, None


def _marker(task: Task) -> Marker:
    wanted = (task.lesson.print, task.secret, task.limits)
    if getattr(_here, "wanted", None) != wanted:
        end_jails()
        _here.students = keeper.Jail("student", task.limits, task.lesson.modules)
        _here.measuring = keeper.Jail("measure", task.limits)
        for one in (_here.students, _here.measuring):
            one.launch()  # the two get ready side by side
        _here.marker = Marker(Exam(task.lesson.number, task.secret), _here.students, _here.measuring)
        _here.wanted = wanted
    return _here.marker


def end_jails() -> None:
    """End this thread's jails."""
    for name in ("students", "measuring"):
        if running := getattr(_here, name, None):
            running.close()
        setattr(_here, name, None)
    _here.wanted = None


def spent() -> dict[str, float]:
    """Where this thread's time has gone since its jails were started: {what: seconds by the clock}."""
    marker = getattr(_here, "marker", None)
    if marker is None:
        return {}
    jails = marker.students.spent.jails + marker.models.spent.jails
    return {"waiting for the two jails to start": jails, **marker.spent}
