"""What every exercise owes to the grader, and the class edition."""

import json
import socket
import threading

import nbformat
import numpy as np
import pytest
from make_class import edition, write
from make_notebooks import Course

from tests.grading import lesson_path
from utils import exercises
from utils.checking import check
from utils.checking.elsewhere import draw
from utils.exercises.declare import FunctionExercise
from utils.grading import models, wire
from utils.grading.cells import Cell, Plan
from utils.grading.exam import Exam
from utils.grading.example import solution
from utils.grading.notebook import code_cells

EACH = pytest.mark.parametrize("name", list(exercises.lesson_of()))


@EACH
def test_there_are_so_many_questions_that_knowing_some_is_no_answer(name):
    exercise = exercises.of_lesson(exercises.lesson_of()[name])[name]
    if isinstance(exercise, FunctionExercise):
        drawn = {repr(sorted(case.items())) for seed in range(1, 6) for case in draw(exercise.inputs, seed)}
        assert len(drawn) >= 150


@EACH
def test_what_an_exercise_asks_and_expects_can_travel(name):
    lesson = exercises.lesson_of()[name]
    exercise = exercises.of_lesson(lesson)[name]
    if isinstance(exercise, FunctionExercise):
        cases = Exam(lesson, 1).cases(name)
        assert len(cases) >= 90
        for case in cases[:20]:
            sent = json.loads(json.dumps(case.sent))
            for value, back in zip(case.arguments.values(), map(wire.decode, sent), strict=True):
                assert type(value) is type(back)
                assert np.array_equal(value, back) if type(value) is np.ndarray else value == back


@EACH
def test_a_mistake_is_worth_less_than_the_right_answer(name):
    exercise = exercises.of_lesson(exercises.lesson_of()[name])[name]
    assert all(0 <= mistake.worth < 1 for mistake in exercise.mistakes)


@EACH
def test_the_solution_finds_what_it_uses_among_the_lessons_cells(name):
    lesson = exercises.lesson_of()[name]
    cells = [Cell(one["source"], one["exercise"], origin="lesson") for one in code_cells(lesson_path(lesson))]
    exercise = exercises.of_lesson(lesson)[name]
    solved = [Cell(solution(one), one.name) for one in exercises.of_lesson(lesson).values()]
    plan = Plan(cells, solved, list(exercises.names(lesson)))
    bound = set().union(*(cell.binds for cell in plan.needed(name)))
    assert set(exercise.uses) <= bound


def test_another_secret_asks_other_questions():
    one, same, other = (Exam("01", secret).cases("dense_parameters") for secret in (1, 1, 2))
    assert [case.sent for case in one] == [case.sent for case in same]
    shared = {str(case.sent) for case in one} & {str(case.sent) for case in other}
    assert len(shared) < 0.3 * len(one)


@pytest.mark.parametrize(
    "node",
    [
        {"class_name": "Lambda", "module": "keras.layers", "config": {}},
        {"class_name": "system", "module": "os", "config": {}},
        {"class_name": "Dense", "module": "builtins", "config": {}},
        {"class_name": "Dense", "module": "keras.layers", "registered_name": "Mine>Dense", "config": {}},
        {"class_name": "function", "module": "builtins", "config": "eval"},
        {"class_name": "__lambda__", "config": {"value": "x"}},
        {"class_name": "TFSMLayer", "module": "keras.layers", "config": {"filepath": "/"}},
        {"class_name": "get_file", "module": "keras.utils", "config": {}},
        {"module": "os", "config": {}},
        {"class_name": ["Dense"], "module": "keras.layers", "config": {}},
    ],
)
def test_an_architecture_with_code_in_it_is_refused(node):
    layers = {
        "class_name": "Sequential",
        "module": "keras",
        "config": {"layers": [{"config": {"deep": [node]}}]},
    }
    with pytest.raises(models.Refused):
        models.look_through({"architecture": layers, "weights": []})


def test_what_is_no_value_is_refused():
    strange = {"$": "array", "dtype": "|O", "shape": [1], "data": ""}
    gigantic = {"$": "array", "dtype": "<f8", "shape": [1 << 40], "data": ""}
    for message in (None, {"$": "what"}, {}, strange, gigantic, {"$": "int", "hex": []}):
        with pytest.raises(wire.Broken):
            wire.decode(message)


def test_a_class_edition_shows_no_solution_and_tells_nbgrader_what_its_cells_are(tmp_path):
    course = Course()
    [path] = write(course, tmp_path, ["01"])
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    declared = exercises.of_lesson("01")
    answers = {c.metadata.exercise: c for c in notebook.cells if "exercise" in c.metadata}
    checks = {
        c.metadata.nbgrader.grade_id: c for c in notebook.cells if c.metadata.get("nbgrader", {}).get("grade")
    }
    assert list(answers) == list(declared)
    for name, exercise in declared.items():
        assert answers[name].metadata.nbgrader.solution
        assert "check(" not in answers[name].source
        grade = checks[f"{name}-check"]
        assert grade.metadata.nbgrader.points == exercise.points
        assert grade.source.startswith("check(")
    assert any('"COURSE_SOLUTIONS"] = "hidden"' in cell.source for cell in notebook.cells)
    assert "Ten parameters" in (tmp_path / "README.md").read_text(encoding="utf-8")
    public = nbformat.read(course.notebook(course.sources()[0]), as_version=4)
    assert len(edition(course, course.sources()[0]).cells) == len(public.cells) + len(declared)


def test_under_nbgrader_a_wrong_answer_raises_and_a_partly_right_one_gives_its_points(monkeypatch):
    wrong, partly = (lambda x, weights, biases: 0), (lambda x, weights, biases: x @ weights + biases)
    right = exercises.of_lesson("01")["dense_by_hand"].solution
    for answer in (wrong, partly):
        answer.__name__ = "dense_by_hand"
        assert check(answer) is None
    monkeypatch.setenv("NBGRADER_EXECUTION", "autograde")
    with pytest.raises(AssertionError, match="array"):
        check(wrong)
    assert check(partly) == 1.0
    assert check(right) is None
    with pytest.raises(AssertionError, match="Not attempted"):
        check(taxi=...)


def test_a_message_that_has_begun_may_end_a_moment_later():
    here, there = socket.socketpair()
    with here, there:
        text = json.dumps("x" * 1000).encode()
        there.sendall(len(text).to_bytes(4, "big") + text[:10])
        threading.Timer(0.5, there.sendall, [text[10:]]).start()
        assert wire.receive(here, 2000, 0.1) == "x" * 1000
        with pytest.raises(wire.Late):
            wire.receive(here, 2000, 0.1)


def test_lists_in_lists_that_can_be_read_but_not_passed_on_are_no_fault_of_ours():
    here, there = socket.socketpair()
    with here, there:
        for depth in range(800, 1100):
            text = b"[" * depth + b"]" * depth
            there.sendall(len(text).to_bytes(4, "big") + text)
            try:
                message = wire.receive(here, 1 << 20, 1)
                wire.send(here, {"packed": {"weights": message}})
                wire.receive(there, 1 << 20, 1)
            except wire.Broken:
                return
    pytest.fail("nothing was refused")
