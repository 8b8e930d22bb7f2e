"""check() on what people and pranksters hand in: always one clear sentence, never a wrong pass."""

import threading
import time
from dataclasses import replace

import keras
import numpy as np
import pytest
import tensorflow as tf
from hypothesis import strategies as st

from utils.checking import card, check, limits, progress
from utils.checking.compare import agrees, difference
from utils.checking.judge import Verdict, as_text, judge
from utils.checking.limits import OutOfTime, within
from utils.exercises import by_name, of_lesson
from utils.exercises.declare import FunctionExercise, Mistake, ModelExercise, ValueExercise


def double(number):
    return 2 * number


DOUBLE = FunctionExercise(
    name="double",
    title="Double",
    difficulty=1,
    minutes=1,
    points=1,
    hints=("Add it to itself.", "2 * number"),
    inputs=st.fixed_dictionaries({"number": st.integers(-50, 50)}),
    solution=double,
    mistakes=(Mistake("You squared the number.", lambda number: number * number),),
)


def pair():
    return [1, 2]


PAIR = ValueExercise(
    name="pair",
    title="Pair",
    difficulty=1,
    minutes=1,
    points=1,
    hints=("Two numbers.",),
    solution=pair,
    mistakes=(Mistake("The other way round.", lambda: [2, 1]),),
)

MODEL = ModelExercise(
    name="model",
    title="Model",
    difficulty=1,
    minutes=1,
    points=1,
    hints=("One layer.",),
    input_shape=(3,),
    output_shape=(2,),
    solution=lambda: keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)]),
    mistakes=(),
)


@pytest.fixture
def shown(monkeypatch):
    """The cards that were displayed, newest last."""
    cards = []
    monkeypatch.setattr(card, "display", lambda data, raw: cards.append(data))
    return cards


def test_a_right_function_passes():
    assert judge(DOUBLE, lambda number: number + number).status == "passed"


def test_the_smallest_failing_case_is_shown_with_both_answers():
    verdict = judge(DOUBLE, lambda number: 2 * number if number < 7 else 0)
    assert (verdict.case, verdict.answer, verdict.expected) == ({"number": "7"}, "0", "14")


def test_a_mistake_is_named_only_when_it_explains_every_case():
    assert judge(DOUBLE, lambda number: number**2).sentence == "You squared the number."
    mostly = judge(DOUBLE, lambda number: number**2 if number < 40 else 1)
    assert mostly.sentence != "You squared the number."


def test_a_mistake_is_named_though_other_cases_stop_with_an_error():
    def squared_and_divided(number):
        return number**2 + 0 * (1 // (number - 30))

    assert judge(DOUBLE, squared_and_divided).sentence == "You squared the number."


def test_a_mistake_that_stops_where_the_answer_stops_is_named():
    def divided(number):
        return 4 // number

    exercise = replace(DOUBLE, mistakes=(*DOUBLE.mistakes, Mistake("You divided.", divided)))
    assert judge(exercise, lambda number: 4 // number).sentence == "You divided."
    assert judge(exercise, lambda number: 5 // number).sentence != "You divided."


def test_a_float_that_is_a_whole_number_but_for_rounding_passes():
    assert judge(DOUBLE, lambda number: number * 0.1 * 20).status == "passed"
    assert judge(DOUBLE, lambda number: number * 2 + 1e-6).status == "failed"


def test_arguments_go_in_by_position_whatever_their_names():
    assert judge(DOUBLE, lambda n: n * 2).status == "passed"


def documented_stub(number):
    """Only a docstring."""


def dotted_stub(number): ...


def returning_stub(number):
    """Returns the dots."""
    return ...


@pytest.mark.parametrize("stub", [documented_stub, dotted_stub, returning_stub, ...])
def test_blank_stubs(stub):
    assert judge(DOUBLE, stub).status == "blank"


@pytest.mark.parametrize("stub", [..., [..., ...], {"a": ..., "b": ...}])
def test_blank_values(stub):
    assert judge(PAIR, stub).status == "blank"


def test_a_constant_function_is_an_attempt():
    assert judge(DOUBLE, lambda number: 5).status == "failed"


def test_a_half_filled_value_says_so():
    assert "`...`" in judge(PAIR, [1, ...]).sentence


def raises(number):
    return number / 0


def exits(number):
    raise SystemExit


def recurses(number):
    return recurses(number)


def returns_nothing(number):
    number * 2


def holds_itself():
    items = []
    items.append(items)
    return items


class Equal(float):
    def __eq__(self, other):
        return True

    __hash__ = float.__hash__


class EqualArray(np.ndarray):
    def __eq__(self, other):
        return True


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        (raises, "ZeroDivisionError"),
        (exits, "SystemExit"),
        (recurses, "RecursionError"),
        (returns_nothing, "return"),
        (lambda number: float("nan"), "NaN"),
        (lambda number: float("inf"), "infinite"),
        (lambda number: True, "True"),
        (lambda number: "2", "the text '2'"),
        (lambda number: [number], "a list of length 1"),
        (lambda number: np.zeros((1, 1)), "an array of shape (1, 1)"),
        (lambda number: Equal(3), "an Equal"),
        (lambda number: np.zeros(()).view(EqualArray), "an EqualArray"),
        (lambda number: 2j, "a complex"),
        (lambda number: double, "a function"),
        (lambda number: 10**400, "too large for a float"),
        (lambda number: [10**400], "a list of length 1"),
        (lambda number: {(1, 2): 3}, "keys of a dictionary"),
        (lambda number: holds_itself(), "contains itself"),
        (lambda number: 2 * number + 1e-9j, "a complex"),
        (lambda: 1, "these arguments: number"),
        (lambda a, b: 1, "these arguments: number"),
        (14, "the function itself"),
        ("double", "the function itself"),
    ],
)
def test_each_wrong_kind_of_answer_gets_its_own_sentence(answer, sentence):
    verdict = judge(DOUBLE, answer)
    assert verdict.status == "failed"
    assert sentence in verdict.sentence


def test_an_exception_names_the_learners_line():
    assert "return number / 0" in judge(DOUBLE, raises).sentence


def test_an_answer_that_changes_is_told_so():
    calls = iter(range(10**6))
    verdict = judge(DOUBLE, lambda number: 2 * number + (next(calls) % 9 == 0))
    assert "differently from one call to the next" in verdict.sentence


def test_an_answer_may_not_spoil_the_question():
    exercise = FunctionExercise(
        **{
            **vars(DOUBLE),
            "inputs": st.fixed_dictionaries({"numbers": st.lists(st.integers(0, 9), min_size=1)}),
            "solution": lambda numbers: sum(numbers),
            "mistakes": (),
        }
    )

    def empties_its_argument(numbers):
        total = sum(numbers)
        numbers.clear()
        return total

    assert judge(exercise, empties_its_argument).status == "passed"


def test_prints_of_the_learner_are_kept_quiet(capsys):
    judge(DOUBLE, lambda number: print("hello") or 2 * number)
    assert capsys.readouterr().out == ""


def endless(number):
    while True:
        pass


def endless_and_stubborn(number):
    while True:
        try:
            while True:
                pass
        except BaseException:
            pass


def test_an_endless_loop_is_stopped_with_a_kind_sentence(capsys):
    verdict = judge(DOUBLE, endless, seconds=0.3)
    assert "never ends" in verdict.sentence
    assert verdict.case
    print("still printing")
    assert capsys.readouterr().out == "still printing\n"


def test_a_loop_that_swallows_everything_still_gets_its_verdict():
    # In another process, since nothing but the end of it stops such a loop.
    import subprocess
    import sys

    code = (
        "import tests.test_checking as t\n"
        "print(t.judge(t.DOUBLE, t.endless_and_stubborn, seconds=0.3).status, flush=True)\n"
        "import os; os._exit(0)\n"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120)
    assert run.stdout == "failed\n", run.stderr


def test_within_passes_on_results_and_exceptions_and_stops_the_rest():
    assert within(5, lambda: 3) == 3
    with pytest.raises(KeyError):
        within(5, lambda: {}["x"])
    with pytest.raises(OutOfTime):
        within(0.1, lambda: [time.sleep(0.01) for _ in range(10_000)])


def test_without_an_alarm_it_goes_on_in_the_same_thread_unless_that_was_stopped(monkeypatch):
    monkeypatch.setattr(limits, "_has_alarm", lambda: False)
    first = within(5, threading.current_thread)
    assert first is not threading.main_thread()
    assert within(5, threading.current_thread) is first
    with pytest.raises(OutOfTime):
        within(0.1, lambda: [time.sleep(0.01) for _ in range(10_000)])
    assert within(5, threading.current_thread) is not first
    assert within(5, lambda: within(5, lambda: 3)) == 3


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (3, 3),
        (3.0, 3),
        (np.int64(3), 3),
        (np.array(3), 3),
        (tf.constant(3), 3),
        (0.30000000001, 0.3),
        ("a", "a"),
        (np.bool_(True), True),
        ([1, 2], (1, 2)),
        (np.array([1, 2]), [1, 2]),
        ([[1, 2]], np.array([[1.0, 2.0]])),
        (tf.constant([1.0, 2.0]), np.array([1.0, 2.0])),
        (keras.Variable([1.0, 2.0]), np.array([1.0, 2.0])),
        ({"a": 1}, {"a": 1}),
    ],
)
def test_equal_answers(answer, expected):
    assert difference(answer, expected, 1e-6) is None


@pytest.mark.parametrize(
    ("answer", "expected", "sentence"),
    [
        (134_515_009, 134_515_008, "not the right one"),
        (0.31, 0.3, "not the right one"),
        (1, True, "True or False"),
        ("A ", "a", "capitals or white space"),
        ("b", "a", "text is not the right one"),
        (np.zeros((2, 3)), np.zeros((3, 2)), "transpose"),
        (np.zeros(3), np.zeros(4), "shape (3,)"),
        (np.array([1, 5.0]), np.array([1, 2.0]), "first at index (1,)"),
        (np.array([np.nan, 1]), np.array([1.0, 1]), "NaN"),
        (np.array([1.0, 2]), np.array([np.inf, 2]), "first at index (0,)"),
        (1.0, float("inf"), "not the right one"),
        (10**400, 0.5, "too large for a float"),
        (np.array([10**400], dtype=object), np.zeros(1), "object values"),
        (np.array(["1", "2"]), np.array([1.0, 2]), "holds texts"),
        ([[1, 2], [3]], np.zeros((2, 2)), "different lengths"),
        (np.array([object()]), np.zeros(1), "object values"),
        ([1], [1, 2], "yours has length 1"),
        ([1, 3], [1, 2], "index 1"),
        ({"b": 1}, {"a": 1}, "'a' is missing"),
        ({"a": 1, "b": 1}, {"a": 1}, "'b' should not"),
        ({"a": 2}, {"a": 1}, "At key 'a'"),
    ],
)
def test_what_differs_is_said(answer, expected, sentence):
    assert sentence in difference(answer, expected, 1e-6)


@pytest.mark.parametrize(
    ("answer", "other", "same"),
    [
        (np.array([np.nan, 1]), np.array([np.nan, 1]), True),
        (np.array([np.inf, 1]), np.array([np.inf, 1]), True),
        (np.array([np.inf, 1]), np.array([-np.inf, 1]), False),
        (np.array([np.nan, 1]), np.array([np.nan, 2]), False),
        (float("inf"), float("inf"), True),
        (28_311_572, 28_311_552, False),
        (1, True, False),
        ("1", 1, False),
        (10**400, 1, False),
    ],
)
def test_when_two_answers_are_the_same(answer, other, same):
    assert agrees(answer, other, 1e-6) == same


def test_a_mistake_that_gives_nan_is_recognised_by_it():
    sentence = "A positive number has no logarithm of its negative."
    exercise = replace(
        DOUBLE,
        inputs=st.fixed_dictionaries({"number": st.integers(1, 9)}),
        solution=lambda number: np.array([number, number / 2]),
        mistakes=(Mistake(sentence, lambda number: np.array([number, np.nan])),),
    )
    assert judge(exercise, lambda number: np.array([number, np.log(-number)])).sentence == sentence
    assert judge(exercise, lambda number: np.array([number, number])).sentence != sentence


COLOURS = ValueExercise(
    name="colours",
    title="Colours",
    difficulty=1,
    minutes=1,
    points=1,
    hints=("a", "b"),
    solution=lambda: {"sky": "blue", "grass": "green", "snow": "white", "coal": "black"},
    mistakes=(
        Mistake("Look up.", lambda: {"sky": "green", "grass": "green", "snow": "white", "coal": "black"}),
        Mistake("Look down.", lambda: {"sky": "blue", "grass": "blue", "snow": "white", "coal": "black"}),
        Mistake("Turned round.", lambda: {"sky": "green", "grass": "blue", "snow": "white", "coal": "black"}),
    ),
)


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"sky": "green", "coal": "red"}, "Look up."),
        ({"sky": "green", "grass": "blue"}, "Turned round."),
        # What a sentence says of several entries need not be true where still others are wrong.
        ({"sky": "green", "grass": "blue", "coal": "red"}, "Look up."),
        ({"sky": "green", "sea": "blue"}, "The key 'sea' should not be there."),
        ({"sky": "red"}, "At key 'sky': The text is not the right one."),
        ({"sky": "green", "coal": ...}, "There is still a `...` where your answer should be."),
    ],
)
def test_of_several_wrong_entries_a_declared_one_is_explained(wrong, sentence):
    assert judge(COLOURS, COLOURS.solution() | wrong).sentence == sentence


@pytest.mark.parametrize(
    ("model", "sentence"),
    [
        (5, "Keras model"),
        (keras.Sequential([keras.layers.Dense(2)]), "no parameters yet"),
        (keras.Sequential([keras.Input((4,)), keras.layers.Dense(2)]), "input of shape (3,)"),
        (keras.Sequential([keras.Input((3,)), keras.layers.Dense(5)]), "shape (5,)"),
    ],
)
def test_models_that_cannot_be_tried(model, sentence):
    assert sentence in judge(MODEL, model).sentence


def test_a_model_that_answers_nan_is_told_so():
    model = MODEL.solution()
    model.set_weights([np.full((3, 2), np.nan), np.zeros(2)])
    assert "NaN" in judge(MODEL, model).sentence


def test_check_knows_functions_by_name_and_values_by_keyword(shown):
    def dense_parameters(inputs, units, use_bias):
        return inputs * units + units * use_bias

    check(dense_parameters, taxi=[5, 2])
    assert "✓ dense_parameters" in shown[0]["text/plain"]
    assert "✗ taxi" in shown[1]["text/plain"]


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (lambda: check(), "nothing to check"),
        (lambda: check(5), "Name your answer"),
        (lambda: check(taxi_=[2, 5]), "Did you mean taxi?"),
        (lambda: check(lambda: 1), "Keep the name"),
    ],
)
def test_check_held_wrongly_explains_itself(shown, call, sentence):
    call()
    assert sentence in shown[0]["text/plain"]


def test_a_card_escapes_what_a_learner_wrote(shown):
    check(taxi="<script>alert(1)</script>")
    assert "<script>" not in shown[0]["text/html"]


def test_hints_and_solution_are_folded_under_a_wrong_answer(shown, monkeypatch):
    check(taxi=[5, 2])
    assert shown[0]["text/html"].count("<details") == 3
    monkeypatch.setenv("COURSE_SOLUTIONS", "hidden")
    check(taxi=[5, 2])
    assert shown[1]["text/html"].count("<details") == 2
    assert "return [2, 5]" not in shown[1]["text/html"]


def test_a_value_exercise_does_not_show_the_right_answer(shown):
    check(taxi=[5, 2])
    assert "[2, 5]" not in shown[0]["text/plain"]


def test_progress_is_kept_and_never_taken_back(shown):
    check(taxi=...)
    assert "solved" not in shown[-1]["text/plain"]
    check(taxi=[2, 5])
    lesson, course = len(of_lesson("01")), len(by_name())
    bars = f"Lesson 01: 1 of {lesson} solved\n  Course: 1 of {course} solved"
    assert bars in shown[-1]["text/plain"]
    check(taxi=[5, 2])
    assert bars in shown[-1]["text/plain"]
    assert progress.of_course() == (1, course)


def test_progress_that_cannot_be_kept_is_said_and_nothing_breaks(shown, tmp_path, monkeypatch):
    (tmp_path / "a file").write_text("in the way")
    monkeypatch.setenv("COURSE_PROGRESS", str(tmp_path / "a file" / "solved"))
    check(taxi=[2, 5])
    assert "could not be kept" in shown[0]["text/plain"]
    assert "✓ taxi" in shown[1]["text/plain"]


def test_long_answers_are_cut():
    assert len(as_text(list(range(10_000)))) < 500
    assert as_text(object()) == "<object>"
    assert Verdict("failed", "", {}).answer == ""
