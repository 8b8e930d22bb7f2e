"""Writes a class edition of chosen lessons: `make class LESSONS="01 05"`, or `python tools/make_class.py 01
05`.

In the folder `class` then lie, for each lesson, a notebook without solutions whose cells say to nbgrader what
they
are, a README for the students, and settings with which nbgrader's own commands work in that folder. Answers
are
graded with `python -m utils.grading`, or with nbgrader's own autograde.
"""

import copy
import sys
from pathlib import Path

import first_cell
import nbformat
from make_notebooks import ROOT, STAMPED, Course
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell

from utils import exercises
from utils.exercises.declare import Exercise

CONFIG = '''\
"""Settings for nbgrader's commands in this folder. Its preprocessor that empties answers is left out: they
are empty.
"""

c = get_config()  # noqa: F821
c.CourseDirectory.course_id = "{package}"
c.GenerateAssignment.preprocessors = [
    "nbgrader.preprocessors.LockCells",
    "nbgrader.preprocessors.CheckCellMetadata",
    "nbgrader.preprocessors.ComputeChecksums",
    "nbgrader.preprocessors.SaveCells",
]
c.ExecutePreprocessor.timeout = 600
'''

README = """\
# Your notebooks

| | lesson | points |
|---|---|---|
{rows}

Work through a lesson from its top. Where an exercise has a cell with `...` in it, write your answer there and
run
it; the cell below, `check(...)`, tries it and tells you what is wrong. You may check as often as you like.
Exercises
that you leave as they are stop nothing.

Save the notebook and hand in the file as it is, under its own name. Every cell that you write yourself may
stay.
Your answers are tried on other questions than here, so an answer that is right in general is right there too.

**On your own machine** install the course as [its page]({address}) says, and open the notebook in JupyterLab.
**In Colab** upload the notebook (*File, Upload notebook*); the first cell fetches the course. Download it at
the
end (*File, Download, Download .ipynb*).
"""


def edition(course: Course, source: Path) -> NotebookNode:
    """The class edition of a lesson: its stored notebook with answers and checks in cells of their own."""
    notebook = nbformat.read(course.notebook(source), as_version=4)
    declared = exercises.of_lesson(source.stem[:2])
    cells: list[NotebookNode] = []
    for cell in notebook.cells:
        if name := cell.metadata.get("exercise"):
            cells += _answer_and_check(cell, declared[name])
        else:
            cells.append(cell)
    set_up = next(
        cell for cell in cells if cell.cell_type == "code" and STAMPED in cell.metadata.get("tags", [])
    )
    needs_llm = "utils.llm" in source.read_text(encoding="utf-8")
    set_up.source = first_cell.source(course.package, course.address, needs_llm, solutions=False)
    notebook.cells = cells
    return notebook


def _answer_and_check(cell: NotebookNode, exercise: Exercise) -> list[NotebookNode]:
    place = cell.source.rindex("check(")
    answer, check = copy.deepcopy(cell), new_code_cell(cell.source[place:].strip())
    answer.source, answer.outputs = cell.source[:place].strip(), []
    answer.metadata["nbgrader"] = _kind(exercise.name, solution=True)
    check.id, check.outputs, check.execution_count = f"{cell.id}-check", cell.outputs, cell.execution_count
    check.metadata["nbgrader"] = _kind(f"{exercise.name}-check", solution=False, points=exercise.points)
    return [answer, check]


def _kind(name: str, solution: bool, points: int | None = None) -> dict:
    """What nbgrader wants to know of a cell, in its schema 3."""
    graded = {} if points is None else {"points": points}
    return {
        "grade": points is not None,
        "grade_id": name,
        "locked": not solution,
        "schema_version": 3,
        "solution": solution,
        "task": False,
        **graded,
    }


def write(course: Course, folder: Path, numbers: list[str]) -> list[Path]:
    """Write the class edition of these lessons into a folder, and return the notebooks."""
    written, rows = [], []
    for source in course.sources():
        if source.stem[:2] in numbers:
            target = folder / "source" / source.stem / f"{source.stem}.ipynb"
            target.parent.mkdir(parents=True, exist_ok=True)
            nbformat.write(edition(course, source), target)
            written.append(target)
            points = sum(exercise.points for exercise in exercises.of_lesson(source.stem[:2]).values())
            title = source.stem[3:].replace("_", " ").capitalize()
            rows.append(
                f"| {source.stem[:2]} | [{title}]({target.relative_to(folder).as_posix()}) | {points} |"
            )
    (folder / "README.md").write_text(
        README.format(rows="\n".join(rows), address=course.address), encoding="utf-8"
    )
    (folder / "nbgrader_config.py").write_text(CONFIG.format(package=course.package), encoding="utf-8")
    return written


def main(numbers: list[str]) -> int:
    """Write the class edition of the named lessons, or of all. The exit code."""
    course = Course()
    known = [source.stem[:2] for source in course.sources()]
    if unknown := [number for number in numbers if number not in known]:
        print(f"There is no lesson {unknown[0]!r}; there are {', '.join(known)}.")
        return 1
    for path in write(course, ROOT / "class", numbers or known):
        print(path.relative_to(ROOT))
    print("The folder class is for your students: the notebooks and README.md.")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
