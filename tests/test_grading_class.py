"""The class edition as students run it: in Colab's stand-in, where that can be had, as it is and solved."""

import nbformat
import pytest
from make_class import write
from make_notebooks import Course

from benchmarks import grade_a_class as benchmark
from tests.test_filled import learners_environment, run  # noqa: F401
from utils import exercises
from utils.grading.example import solution

pytestmark = pytest.mark.slow


@pytest.fixture
def given_out(tmp_path):
    """What students of lesson 01 are given."""
    [path] = write(Course(), tmp_path / "class", ["01"])
    return path


def test_as_it_is_given_out_it_runs_to_its_end_with_the_outputs_it_has(given_out, learners_environment):  # noqa: F811
    text = given_out.read_text(encoding="utf-8")
    assert "Solution</summary>" not in text
    assert "One way to write it</summary>" not in text
    done = run(given_out, {**learners_environment, "TF_ENABLE_ONEDNN_OPTS": "0"})
    assert done.returncode == 0, done.stdout[-6000:]


def test_solved_every_check_says_so_and_none_shows_a_solution(given_out, learners_environment, tmp_path):  # noqa: F811
    declared = exercises.of_lesson("01")
    notebook = nbformat.read(given_out, as_version=4)
    for cell in notebook.cells:
        if name := cell.metadata.get("exercise"):
            cell.source = solution(declared[name])
        elif cell.metadata.get("nbgrader", {}).get("grade"):
            # With this set, a card shows no solution: see card.py.
            cell.metadata["tags"] = ["nbval-ignore-output"]
            cell.source += "\nassert __import__('os').environ['COURSE_SOLUTIONS'] == 'hidden'"
    nbformat.write(notebook, given_out)
    marks = tmp_path / "marks"
    done = run(
        given_out, {**learners_environment, "COURSE_PROGRESS": str(marks), "TF_ENABLE_ONEDNN_OPTS": "0"}
    )
    assert done.returncode == 0, done.stdout[-6000:]
    assert {mark.name for mark in marks.iterdir()} == set(declared)


def test_stock_nbgrader_gives_the_same_marks_on_it(given_out):
    folder, name = given_out.parent.parent.parent, given_out.stem
    benchmark.command(folder, "nbgrader", "generate_assignment", name, "--create")
    benchmark.write_class(folder, folder / "release" / name / f"{name}.ipynb", 4)
    benchmark.command(folder, "nbgrader", "autograde", name)
    marks = benchmark.marks_of_nbgrader(folder / "gradebook.db")
    # As the grader's own in test_grading_run.py; one of dora's answers earns a part of its points.
    totals = {"student00000": 10, "student00001": 7, "student00002": 8, "student00003": 5}
    assert {student: sum(given.values()) for student, given in marks.items()} == totals
    assert marks["student00003"]["dense_by_hand"] == 1
