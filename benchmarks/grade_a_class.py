"""How fast a class is graded: the same submissions with stock nbgrader and with utils.grading, in one run.

`python -m benchmarks.grade_a_class` as an ordinary user. With --growth: how the cost grows with the class,
whose students then answered only two exercises, so that ten thousand of them can be waited for.
"""

import argparse
import contextlib
import csv
import io
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Collection
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tools"))
os.environ["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"

ASSIGNMENT = "01_ten_parameters"
# The kinds of student without endless loops: those would only show both programs' patience.
KINDS = ("ada", "bela", "chen", "dora", "emil", "fatou", "hana", "zoe")
GROWING = ("taxi", "dense_parameters")


def main() -> None:
    """Grade, compare and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--submissions", type=int, default=100)
    parser.add_argument(
        "--growth", type=int, nargs="*", help="sizes of class, as 10 100 1000 10000: ours alone"
    )
    wanted = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        if wanted.growth:
            for size in wanted.growth:
                grow(Path(folder) / str(size), size)
        else:
            compare(Path(folder), wanted.submissions)


def compare(folder: Path, size: int) -> None:
    """The same class with both, marks and seconds side by side."""
    import make_class
    from make_notebooks import Course

    make_class.write(Course(), folder, ["01"])
    with (folder / "nbgrader_config.py").open("a") as file:
        file.write("c.ExecutePreprocessor.timeout = 120\n")
    command(folder, "nbgrader", "generate_assignment", ASSIGNMENT, "--create")
    write_class(folder, folder / "release" / ASSIGNMENT / f"{ASSIGNMENT}.ipynb", size)
    theirs_seconds = command(folder, "nbgrader", "autograde", ASSIGNMENT)
    theirs = marks_of_nbgrader(folder / "gradebook.db")
    ours_seconds, account = graded(folder, folder / "graded")
    ours = marks_of_ours(folder / "graded")
    same = sum(ours.get(student) == marks for student, marks in theirs.items())
    print(f"{'':34}{'nbgrader':>12}{'utils.grading':>15}")
    print(f"{'seconds for all, one worker':34}{theirs_seconds:12.1f}{ours_seconds:15.1f}")
    print(f"{'seconds a submission':34}{theirs_seconds / size:12.2f}{ours_seconds / size:15.3f}")
    print(f"{'times faster':34}{'':12}{theirs_seconds / ours_seconds:15.1f}")
    print(f"{'same marks':34}{f'{same} of {len(theirs)}':>27}")
    show(account, size)


def grow(folder: Path, size: int) -> None:
    """One class of this size with ours: seconds a submission, and memory."""
    write_class(folder, ROOT / "notebooks" / f"{ASSIGNMENT}.ipynb", size, GROWING)
    seconds, account = graded(folder, folder / "graded")
    begun = account.get("waiting for the two jails to start", 0.0)
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        f"{size:6} submissions: {seconds:8.1f} s, of which {begun:.1f} s to begin; "
        f"{(seconds - begun) / size:.3f} s each; the grader's own memory {memory:,.0f} MB",
        flush=True,
    )
    show(account, size)
    shutil.rmtree(folder)


def write_class(folder: Path, notebook: Path, size: int, answered: Collection[str] | None = None) -> None:
    """So many students, of each kind in turn, from the notebook that they were given.

    `answered`: the names of the exercises that they reached; without it, all of them.
    """
    from utils import exercises
    from utils.grading import example

    declared = exercises.of_lesson("01")
    reached = declared if answered is None else answered
    given = json.loads(notebook.read_text(encoding="utf-8"))
    texts = []
    for kind in KINDS:
        copy = json.loads(json.dumps(given))
        for cell in copy["cells"]:
            name = cell["metadata"].get("exercise")
            answer = example.STUDENTS[kind].get(name)
            if name in reached and answer != "":
                source = "".join(cell["source"])
                call = source[source.rindex("check(") :] if "check(" in source else ""
                cell["source"] = f"{answer or example.solution(declared[name])}\n\n\n{call}".strip()
        texts.append(json.dumps(copy))
    for number in range(size):
        target = folder / "submitted" / f"student{number:05d}" / ASSIGNMENT / f"{ASSIGNMENT}.ipynb"
        target.parent.mkdir(parents=True)
        target.write_text(texts[number % len(texts)], encoding="utf-8")


def command(folder: Path, *words: str) -> float:
    """Run a program there; the seconds that it took."""
    begun = time.perf_counter()
    done = subprocess.run(words, cwd=folder, capture_output=True, text=True)
    if done.returncode and "autograde" not in words:
        sys.exit(f"{' '.join(words)} failed:\n{done.stderr[-2000:]}")
    return time.perf_counter() - begun


def graded(folder: Path, out: Path) -> tuple[float, dict[str, float]]:
    """Our command from its beginning to the last page; seconds, and where they went."""
    from utils.grading import __main__, run

    account: dict[str, float] = {}
    end_jails = run.end_jails

    def end() -> None:
        account.update(run.spent() or account)
        end_jails()

    run.end_jails = end
    begun = time.perf_counter()
    with contextlib.redirect_stdout(io.StringIO()):
        code = __main__.main([str(folder), "--out", str(out), "--workers", "1"])
    run.end_jails = end_jails
    if code:
        sys.exit(f"utils.grading ended with {code}")
    return time.perf_counter() - begun, account


def marks_of_nbgrader(database: Path) -> dict[str, dict[str, float]]:
    """The marks {student: {exercise: marks}} in nbgrader's gradebook."""
    from nbgrader.api import Gradebook

    with Gradebook(f"sqlite:///{database}") as gradebook:
        return {
            one.student.id: {
                g.name.removesuffix("-check"): float(g.score) for n in one.notebooks for g in n.grades
            }
            for one in gradebook.assignment_submissions(ASSIGNMENT)
        }


def marks_of_ours(out: Path) -> dict[str, dict[str, float]]:
    """The same of ours."""
    marks: dict[str, dict[str, float]] = {}
    with (out / "exercises.csv").open(encoding="utf-8-sig", newline="") as file:
        for row in csv.DictReader(file):
            marks.setdefault(row["student"], {})[row["exercise"]] = float(row["marks"])
    return marks


def show(account: dict[str, float], size: int) -> None:
    """Where the time went."""
    for what, seconds in account.items():
        print(f"    {what:42}{seconds:9.2f} s{1000 * seconds / size:10.1f} ms a submission")


if __name__ == "__main__":
    main()
