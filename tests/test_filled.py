"""Each lesson with its exercises solved: run to the end in Colab's stand-in, it earns full marks.

The notebooks with blank exercises run once on this machine (nbval). This second run differs in
all that may differ for a learner: Colab's packages, an empty working folder, other vector instructions,
and solved exercises. The stored outputs of all other cells must still hold.

Of the lessons that take over a minute only set-up, imports, exercises and what these use run a second time:
the rest could show nothing of a solved exercise, whose cell binds the one name that the blank stub binds too.
Once a week they run whole (.github/workflows/weekly.yml sets RUN_LESSONS_WHOLE). Of lesson 15, which installs
packages on its way, all runs but its section on PyTorch, which would be fetched with gigabytes of CUDA.
"""

import ast
import inspect
import os
import re
import subprocess
import sys

import nbformat
import pytest
from make_notebooks import Course

from utils import exercises
from utils.exercises.declare import FunctionExercise

COURSE = Course()

pytestmark = pytest.mark.slow

OF_MINUTES = ("08", "09", "10", "12", "13", "14", "16", "17")
OF_GIGABYTES = {"15": "## The Trainer"}
"""How the heading of such a section begins."""
OTHER_INSTRUCTIONS = {"TF_ENABLE_ONEDNN_OPTS": "0"}
"""Other vector instructions, and so other roundings, than those that made the stored outputs."""

AS_HERE = f"""
import sys
sys.path += [{os.path.dirname(__file__)!r}, {str(COURSE.root / "tools")!r}]
import loosely
import patience
import pytest
sys.exit(pytest.main(plugins=[loosely, patience]))
"""


def solved(cell, exercise):
    """The cell as of a learner who wrote the solution into it."""
    call = cell.source[cell.source.rindex("check(") :]
    value = "" if isinstance(exercise, FunctionExercise) else f"{exercise.name} = {exercise.name}()\n"
    return f"{inspect.getsource(exercise.solution)}\n{value}\n{call}"


def fill(notebook, declared):
    """Write the solutions into a notebook; the outputs of these cells are no longer compared."""
    for cell in notebook.cells:
        if name := cell.metadata.get("exercise"):
            cell.source = solved(cell, declared[name])
            cell.metadata["tags"] = [*cell.metadata.get("tags", []), "nbval-ignore-output"]


def needed(cell, used):
    """Whether an answer may need a code cell: it is an exercise, it binds a used name, or it only imports."""
    if {"stamped", "exercise"} & {*cell.metadata.get("tags", []), *cell.metadata}:
        return True
    tree = ast.parse(cell.source)
    names = [node for node in ast.walk(tree) if isinstance(node, ast.Name)]
    bound = {name.id for name in names if isinstance(name.ctx, ast.Store)}
    return bool(bound & used) or all(isinstance(node, ast.Import | ast.ImportFrom) for node in tree.body)


def without_the_lesson(notebook, used):
    """Take out all code that no answer needs."""
    notebook.cells = [cell for cell in notebook.cells if cell.cell_type == "code" and needed(cell, used)]


def without_the_section(notebook, heading):
    """Take out the code under a heading, but for the exercises."""
    within, kept = False, []
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            for title in re.findall(r"^## .*$", cell.source, re.MULTILINE):
                within = title.startswith(heading)
        if not within or cell.cell_type == "markdown" or "exercise" in cell.metadata:
            kept.append(cell)
    assert len(kept) < len(notebook.cells), f"no section begins with {heading!r}"
    notebook.cells = kept


def run(notebook, environment):
    """nbval in the notebook's own folder; of this repository's settings it has only patience and the ≈."""
    command = [sys.executable, "-c", AS_HERE, "--nbval", notebook.name, "--nbval-cell-timeout=600"]
    options = ["-q", "-p", "no:cacheprovider", "-p", "no:xdist", "--rootdir=.", "-c", os.devnull]
    return subprocess.run(
        [*command, *options], cwd=notebook.parent, env=environment, capture_output=True, text=True
    )


@pytest.fixture(scope="module")
def learners_environment(request):
    """Colab's stand-in; on a machine that cannot have it, this machine's own packages."""
    try:
        return request.getfixturevalue("colab").environment
    except pytest.skip.Exception:
        return dict(os.environ)


@pytest.mark.parametrize("source", COURSE.sources(), ids=lambda source: source.stem)
def test_a_solved_lesson_earns_full_marks_and_its_outputs_hold(source, learners_environment, tmp_path):
    declared = exercises.of_lesson(source.stem[:2])
    notebook = nbformat.read(COURSE.notebook(source), as_version=4)
    fill(notebook, declared)
    if source.stem[:2] in OF_MINUTES and "RUN_LESSONS_WHOLE" not in os.environ:
        without_the_lesson(notebook, {name for exercise in declared.values() for name in exercise.uses})
    if heading := OF_GIGABYTES.get(source.stem[:2]):
        without_the_section(notebook, heading)
    folder = tmp_path / "empty"
    folder.mkdir()
    nbformat.write(notebook, folder / f"{source.stem}.ipynb")

    marks = tmp_path / "marks"
    environment = {**learners_environment, "COURSE_PROGRESS": str(marks), **OTHER_INSTRUCTIONS}
    done = run(folder / f"{source.stem}.ipynb", environment)

    assert done.returncode == 0, done.stdout[-6000:]
    assert {mark.name for mark in marks.iterdir()} == set(declared)


def test_a_changed_output_fails_the_run(tmp_path):
    """nbval as the lessons run it, without any help of ours, sees a changed number."""
    notebook = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell("print(6 * 7)", execution_count=1)],
        metadata={"kernelspec": {"name": "python3", "display_name": "", "language": "python"}},
    )
    for stored, passes in (("42\n", True), ("43\n", False)):
        notebook.cells[0].outputs = [nbformat.v4.new_output("stream", name="stdout", text=stored)]
        nbformat.write(notebook, tmp_path / "small.ipynb")
        assert (run(tmp_path / "small.ipynb", dict(os.environ)).returncode == 0) is passes
