"""`python -m utils.grading SUBMISSIONS`: marks, feedback and a gradebook for a class's notebooks."""

import argparse
import datetime
import os
import sys
from pathlib import Path

from tqdm import tqdm

_HELP = """
Marks the notebooks that a class has sent back.

SUBMISSIONS is a folder or a zip: nbgrader's tree (submitted/STUDENT/01_ten_parameters/...), a folder for each
student, files such as ann_01_ten_parameters.ipynb, or a zip as Moodle or Canvas export it.

It writes into the folder that --out names:
  class.html       the class's table, and pictures of where it stumbled: open this one first
  feedback/        a page for each student: marks, and what is wrong in a sentence
  marks.csv        a line for each student, a column for each lesson, for your learning platform
  exercises.csv    a line for each answer
  gradebook.db     nbgrader's gradebook

Students' code runs in a jail: without a network, without your files, with limits on time and memory. It needs
Linux, the program bubblewrap, and a user who is not root; if something is missing, you are told what.

Run the same command again after new submissions: only what changed is marked. It may be stopped at any moment
(Ctrl-C), and goes on where it was. Marks that you give by hand stay.

`python -m utils.grading leaderboard SUBMISSIONS` makes the capstone's leaderboard of the same notebooks.
"""


def _arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m utils.grading",
        description=_HELP,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add(
        "submissions",
        nargs="?",
        type=Path,
        metavar="SUBMISSIONS",
        help="the folder or zip with the notebooks",
    )
    add("--out", type=Path, default=Path("graded"), help="where results go (default: the folder graded)")
    add("--lessons", type=Path, help="your own copies of the lessons, where you have changed them")
    add(
        "--due",
        metavar="DATE",
        help="when it was due, as 2026-11-30 or 2026-11-30T12:00; later is shown as late",
    )
    add("--workers", type=int, help="how many to grade at the same time (default: one for each core)")
    add(
        "--dask",
        metavar="ADDRESS",
        help="a Dask scheduler, as tcp://10.0.0.5:8786, to use a cluster's machines",
    )
    add("--db", metavar="URL", help="another database for the gradebook, as postgresql://me@host/grades")
    add(
        "--seconds", type=float, default=20, help="computing time for one question, or one cell (default: 20)"
    )
    add("--memory", type=float, default=3, help="GB that one student's code may use (default: 3)")
    add(
        "--by-hand",
        nargs=3,
        metavar=("STUDENT", "EXERCISE", "MARKS"),
        help="give a mark by hand: --by-hand ann dense_by_hand 1.5. It stays, whatever is graded later",
    )
    add("--comment", default="", help="with --by-hand: what to tell the student")
    return parser


def main(arguments: list[str] | None = None) -> int:
    """The exit code: 0, 1 when it could not be done, 2 when some could not be graded because of the
    machine.
    """
    given = sys.argv[1:] if arguments is None else arguments
    if given[:1] == ["leaderboard"]:
        from utils.grading import leaderboard

        return leaderboard.main(given[1:])
    parser = _arguments()
    wanted = parser.parse_args(given)
    if not wanted.submissions and not wanted.by_hand:
        parser.error("Name the folder or the zip with the submissions.")
    from utils.grading import gradebook, jail, run

    try:
        if wanted.by_hand:
            return _by_hand(wanted)
        jail.preflight()
        return _grade(wanted)
    except (jail.NoJail, run.Trouble, gradebook.Unavailable) as reason:
        print(reason, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nStopped. What is graded is kept; the same command goes on from here.", file=sys.stderr)
        return 1


def _address(wanted: argparse.Namespace) -> str:
    return wanted.db or f"sqlite:///{_own_gradebook(wanted).resolve()}?timeout=30"


def _own_gradebook(wanted: argparse.Namespace) -> Path:
    return wanted.out / "gradebook.db"


def _by_hand(wanted: argparse.Namespace) -> int:
    from utils import exercises
    from utils.grading import gradebook
    from utils.grading.store import Store

    student, name, marks = wanted.by_hand
    results = list(Store(wanted.out).all())
    try:
        lesson = exercises.lesson_of()[name]
        exercise = exercises.of_lesson(lesson)[name]
        [assignment] = [r["assignment"] for r in results if r["student"] == student and r["lesson"] == lesson]
        if not 0 <= float(marks) <= exercise.points:
            raise ValueError(f"{name} has {exercise.points} points; {marks} is not among them.")
        gradebook.write(_address(wanted), results, exercises.of_lesson)
        gradebook.set_by_hand(_address(wanted), assignment, student, name, float(marks), wanted.comment)
    except KeyError:
        print(f"There is no exercise {name}.", file=sys.stderr)
        return 1
    except (ValueError, LookupError) as reason:
        print(
            reason if "unpack" not in str(reason) else f"{name} of {student} was not graded.", file=sys.stderr
        )
        return 1
    _report(wanted, [])
    return 0


def _grade(wanted: argparse.Namespace) -> int:
    from utils import exercises
    from utils.grading import intake, jail, run
    from utils.grading.store import Store

    store = Store(wanted.out)
    names = {number: set(exercises.of_lesson(number)) for number in exercises.lessons()}
    found = intake.take_in(wanted.submissions, wanted.out / "unpacked", names)
    if not found.submissions:
        _say_passed_over(found.passed_over)
        print(f"There is no student's notebook in {wanted.submissions}.", file=sys.stderr)
        return 1
    lessons = {n: run.Lesson.read(_teachers(wanted, n), n) for n in {one.lesson for one in found.submissions}}
    due = list(run.due(found.submissions, lessons, store))
    limits = jail.Limits(memory=int(wanted.memory * (1 << 30)), case=wanted.seconds)
    workers = wanted.workers or _workers(len(due))
    with tqdm(total=len(due), desc="grading", disable=not due) as bar:
        faults = run.grade(due, lessons, store, limits, workers, wanted.dask, lambda _: bar.update())
    run.end_jails()
    _report(wanted, found.passed_over)
    print(f"\n{len(due) - len(faults)} graded now, {len(found.submissions) - len(due)} as they were.")
    _say_passed_over(found.passed_over)
    print(f"Look at {wanted.out / 'class.html'}; the students' pages are in {wanted.out / 'feedback'}.")
    for submission, reason in faults:
        print(
            f"Not graded, because of this machine: {submission.student}, lesson {submission.lesson}: {reason}"
        )
    if faults:
        print("Run the same command again to try these once more.")
    return 2 if faults else 0


def _report(wanted: argparse.Namespace, passed_over: list[tuple[str, str]]) -> None:
    from utils import exercises
    from utils.grading import gradebook, report
    from utils.grading.store import Store

    results = list(Store(wanted.out).all())
    for result in results:
        result["late"] = result["late"] or bool(
            wanted.due and _moment(result["handed_in"]) > _moment(wanted.due)
        )
    gradebook.write(_address(wanted), results, exercises.of_lesson)
    if wanted.db and _own_gradebook(wanted).exists():
        gradebook.carry_over(f"sqlite:///{_own_gradebook(wanted).resolve()}", wanted.db)
    settled = report.settled(results, exercises.of_lesson, gradebook.by_hand(_address(wanted)))
    report.write_csv(wanted.out, settled)
    report.write_pages(wanted.out, settled, exercises.of_lesson, passed_over)
    print(report.table(settled))


def _moment(text: str) -> datetime.datetime:
    moment = datetime.datetime.fromisoformat(text)
    if len(text) <= 10:
        moment += datetime.timedelta(days=1)
    return moment if moment.tzinfo else moment.astimezone()


def _teachers(wanted: argparse.Namespace, number: str) -> Path:
    import utils

    folder = wanted.lessons or Path(utils.__file__).resolve().parent.parent / "notebooks"
    paths = sorted(folder.glob(f"**/{number}_*.ipynb"))
    if not paths:
        from utils.grading.run import Trouble

        raise Trouble(f"There is no lesson {number} in {folder}. Say with --lessons where your copies are.")
    return paths[0]


def _workers(submissions: int) -> int:
    pages = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return max(1, min(len(os.sched_getaffinity(0)), pages // (4 << 30), submissions // 4))


def _say_passed_over(passed_over: list[tuple[str, str]]) -> None:
    for file, reason in passed_over[:20]:
        print(f"Passed over: {file}: {reason}")
    if len(passed_over) > 20:
        print(f"... and {len(passed_over) - 20} more, all in class.html.")


if __name__ == "__main__":
    sys.exit(main())
