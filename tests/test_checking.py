"""check() on what people and pranksters hand in: always one clear sentence, never a wrong pass."""

import asyncio
import inspect
import itertools
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections import Counter, OrderedDict, defaultdict, namedtuple
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

import keras
import numpy as np
import pytest
import tensorflow as tf
from hypothesis import strategies as st
from hypothesis.errors import Flaky

from utils.checking import card, check, limits, progress
from utils.checking.compare import agrees, difference
from utils.checking.judge import ENOUGH, Verdict, as_text, judge
from utils.checking.limits import OutOfTime, within
from utils.counting import count
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


@pytest.mark.parametrize(
    ("odd", "sentence"),
    [
        (7 * 10**4999, "too large for a float"),
        ([7 * 10**4999], "a list of length 1"),
        ({1: 7 * 10**4999}, "a dictionary"),
    ],
    ids=["number", "list", "dictionary"],
)
def test_a_number_too_long_to_be_written_is_no_trouble(odd, sentence):
    verdict = judge(DOUBLE, lambda number: odd)
    assert verdict.status == "failed"
    assert sentence in verdict.sentence
    assert verdict.answer in ("a number of more than 4300 digits", "…")


def test_a_mistake_that_gives_no_data_is_recognised_by_it():
    exercise = replace(DOUBLE, mistakes=(Mistake("A root of -1.", lambda number: (-1 - number**2) ** 0.5),))
    assert judge(exercise, lambda number: (-1.0 - number * number) ** 0.5).sentence == "A root of -1."
    assert judge(exercise, lambda number: None).sentence != "A root of -1."


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


def test_a_declared_error_speaks_for_its_own_kind_only():
    index = Mistake("Your index runs past the end.", lambda number: [][number])
    exercise = replace(DOUBLE, mistakes=(index,))
    assert judge(exercise, lambda number: [1][99]).sentence == index.sentence
    assert "ZeroDivisionError" in judge(exercise, raises).sentence


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


def slow(number):
    time.sleep(0.02)
    return 2 * number


def slow_and_wrong(number):
    time.sleep(0.02)
    return 2 * number if number < 7 else 0


def very_slow(number):
    time.sleep(0.15)
    return 2 * number


def test_a_slow_right_answer_passes_after_fewer_cases():
    verdict = judge(DOUBLE, slow, seconds=2)
    assert verdict.status == "passed"
    tried, drawn = re.search(r"only (\d+) of the (\d+) cases", verdict.sentence).groups()
    assert ENOUGH <= int(tried) < int(drawn)


def test_a_slow_wrong_answer_is_shown_its_case():
    verdict = judge(DOUBLE, slow_and_wrong, seconds=2)
    assert verdict.sentence == "The number is not the right one."
    assert (verdict.answer, verdict.expected) == ("0", str(2 * int(verdict.case["number"])))


def test_a_very_slow_right_answer_is_told_how_slow_not_of_a_loop():
    verdict = judge(DOUBLE, very_slow, seconds=2)
    assert verdict.status == "failed"
    assert "never ends" not in verdict.sentence
    assert float(re.search(r"right: ([\d.]+) seconds a case", verdict.sentence)[1]) == pytest.approx(
        0.15, 0.5
    )


def growing_default(number, seen=[]):  # noqa: B006
    seen.append(number)
    return 2 * sum(seen)


TOTAL, ITEMS = 0, []


def growing_global(number):
    global TOTAL
    TOTAL += number
    return 2 * TOTAL


def growing_list(number):
    ITEMS.append(2 * number)
    return ITEMS[0]


def calls_one_that_grows(number):
    return growing_default(number)


def counting():
    calls = 0

    def counted(number):
        nonlocal calls
        calls += 1
        return 2 * number if calls == 1 else calls

    return counted


@pytest.mark.parametrize(
    ("answer", "what"),
    [
        (growing_default, "the default value of seen"),
        (growing_global, "the variable TOTAL"),
        (growing_list, "the variable ITEMS"),
        (calls_one_that_grows, "the default value of seen"),
        (counting(), "the variable calls"),
    ],
)
def test_an_answer_that_remembers_earlier_calls_is_told_what_remembers(answer, what):
    for _ in range(2):  # what it remembers is taken back after the check
        verdict = judge(DOUBLE, answer)
        assert "remembers something from earlier calls" in verdict.sentence
        assert what in verdict.sentence
        assert verdict.case


KNOWN = {}


def remembering_well(number):
    return KNOWN.setdefault(number, 2 * number)


def wrong_and_noting(number):
    ITEMS.append(number)
    return number * number


def test_remembering_alone_is_no_mistake():
    assert judge(DOUBLE, remembering_well).status == "passed"
    assert judge(DOUBLE, wrong_and_noting).sentence == "You squared the number."
    assert ITEMS == []


def test_an_answer_that_draws_at_random_is_told_so():
    generator = np.random.default_rng(0)
    verdict = judge(DOUBLE, lambda number: int(generator.integers(10**9)))
    assert "draw at random" in verdict.sentence


def test_an_answer_that_draws_among_few_is_told_so_too():
    generator = np.random.default_rng(0)
    verdict = judge(DOUBLE, lambda number: 2 * number + int(generator.integers(2)))
    assert "differently from one call to the next" in verdict.sentence


def test_hypothesis_interrupted_is_no_answer_that_changes(monkeypatch):
    def interrupted(*_):
        time.sleep(0.8)
        raise Flaky

    exercise = replace(DOUBLE)
    judge(exercise, double, seconds=1)
    monkeypatch.setattr(sys.modules["utils.checking.judge"], "_find", interrupted)
    assert judge(exercise, lambda number: number, seconds=1).sentence == "The number is not the right one."


def through_a_library(number):
    return re.match(number, "a")


def through_numpy(number):
    return np.linalg.inv(np.zeros((2, 2)))


def through_the_course(number):
    return count(number)


@pytest.mark.parametrize("answer", [through_a_library, through_numpy, through_the_course])
def test_the_line_of_an_error_is_the_learners_own(answer):
    sentence = judge(DOUBLE, answer).sentence
    assert re.search(r"\(line \d+: return (re\.match|np\.linalg|count)", sentence), sentence


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


@pytest.mark.parametrize(
    "work",
    [
        lambda: re.match("(a+)+b", "a" * 40),
        lambda: 7**10**9,
        lambda: time.sleep(100),
        lambda: sum(1 for _ in itertools.count()),
    ],
)
@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="Windows has no alarm that stops C code")
def test_the_alarm_also_stops_what_c_code_is_at_work_on(work):
    before = signal.getsignal(signal.SIGALRM), signal.getsignal(signal.SIGINT)
    with pytest.raises(OutOfTime):
        within(0.2, work)
    assert (signal.getsignal(signal.SIGALRM), signal.getsignal(signal.SIGINT)) == before
    assert signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)
    assert sys.gettrace() is None


def pressed_stop(number):
    os.kill(os.getpid(), signal.SIGINT)
    time.sleep(1)


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="Windows sends no such signal")
def test_stop_is_passed_on_and_the_same_exception_from_an_answer_is_not():
    # A shell that starts us in the background lets us ignore it.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with pytest.raises(KeyboardInterrupt):
            judge(DOUBLE, pressed_stop)
    finally:
        signal.signal(signal.SIGINT, before)
    assert "stopped with KeyboardInterrupt" in judge(DOUBLE, raising(KeyboardInterrupt())).sentence


def test_a_loop_that_swallows_everything_still_gets_its_verdict():
    # In another process, since on Windows nothing but the end of it stops such a loop.
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
        (Fraction(3), 3),
        (Fraction(1, 2), 0.5),
        (Decimal(3), 3),
        (Decimal("0.5"), 0.5),
        (np.longdouble(0.5), 0.5),
        (np.array(0.5, np.longdouble), 0.5),
        (np.array([0.5], np.longdouble), np.array([0.5])),
        (tf.cast(0.5, tf.bfloat16), 0.5),
        (tf.cast([0.5], tf.bfloat16), np.array([0.5])),
        (range(3), [0, 1, 2]),
        (range(3), np.arange(3)),
        ({"a": 1}.keys(), ["a"]),
        ({"a": 1}.values(), [1]),
        ({"a": 1}.items(), [["a", 1]]),
        (namedtuple("Pair", "a b")(1, 2), [1, 2]),
        (OrderedDict(a=1), {"a": 1}),
        (defaultdict(int, a=1), {"a": 1}),
        (Counter("aab"), {"a": 2, "b": 1}),
        (np.array([True, False]), np.array([True, False])),
        ([10**30], np.array([1e30])),
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
        (np.array([0, 1]), np.array([False, True]), "True and False are asked for"),
        ([0, 1], np.array([False, True]), "True and False are asked for"),
        ([1.0, 0.0], np.array([True, False]), "True and False are asked for"),
        (np.timedelta64(5), 5, "timedelta64"),
        ([10**30], np.zeros(1), "No entry of your array"),
        ([{}], np.zeros(1), "a list of length 1"),
        (range(10**12), [1], "1000000000000 entries"),
        (map(abs, [1]), [1], "Write list(...) around it"),
        (zip([1]), [1], "Write list(...) around it"),
        (itertools.count(), [1], "Write list(...) around it"),
        ((item for item in [1]), [1], "is a generator"),
        ({1}, [1], "no order"),
        (b"a", "a", ".decode()"),
        (1j, 1.0, "root of a negative number"),
        (np.complex64(1j), 1.0, "complex64"),
        (keras.Input((1,)), np.zeros(1), "numbers to come"),
        ("A ", "a", "capitals or white space"),
        ("b", "a", "text is not the right one"),
        (np.zeros((2, 3)), np.zeros((3, 2)), "transpose"),
        (np.zeros(3), np.zeros(4), "shape (3,)"),
        (np.array([1, 5.0]), np.array([1, 2.0]), "first at index (1,)"),
        (np.array([np.nan, 1]), np.array([1.0, 1]), "NaN"),
        (Decimal("sNaN"), 1.0, "NaN"),
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


def raising(error):
    def raises_it(*_):
        raise error

    return raises_it


def odd(name="Odd", **methods):
    """An object of a class with these methods, which does whatever they do."""
    return type(name, (), methods)()


class WrongStr(Exception):
    def __str__(self):
        raise KeyboardInterrupt


class Exits(keras.Model):
    def call(self, inputs):
        raise SystemExit


class Lies:
    __class__ = keras.Model


class Metaclass(type):
    __name__ = property(raising(ValueError()))


def nested(depth):
    items = []
    for _ in range(depth):
        items = [items]
    return items


RAISED = [
    KeyboardInterrupt(),
    GeneratorExit(),
    StopIteration(),
    SystemExit(3),
    asyncio.CancelledError(),
    WrongStr(),
    type("", (Exception,), {})(),
    MemoryError(),
    BaseExceptionGroup("several", [KeyboardInterrupt()]),
]
ODD = [
    odd("", __doc__="a class with an empty name"),
    odd(__getattr__=raising(ValueError())),
    odd(__getattribute__=raising(SystemExit())),
    odd(__eq__=raising(KeyboardInterrupt()), __hash__=raising(ValueError())),
    odd(__len__=raising(ValueError()), __iter__=raising(ValueError()), __bool__=raising(ValueError())),
    odd(
        __repr__=raising(KeyboardInterrupt()), __str__=raising(ValueError()), __format__=raising(ValueError())
    ),
    odd(__array__=raising(ValueError()), __float__=raising(ValueError())),
    odd(__class__=property(raising(ZeroDivisionError()))),
    odd(__signature__=5, __call__=lambda self, *_: 10**5000),
    odd(__signature__=property(raising(GeneratorExit())), __call__=lambda self, *_: None),
    odd(__call__=raising(KeyboardInterrupt())),
    odd(__deepcopy__=raising(ValueError()), __copy__=raising(ValueError())),
    Metaclass("Named", (), {}),
    Metaclass("Named", (), {})(),
    Lies(),
    type("Keys", (dict,), {"keys": raising(ValueError()), "__iter__": raising(ValueError())})(a=1),
    type("Items", (list,), {"__iter__": raising(ValueError()), "__len__": raising(ValueError())})([1]),
    10**5000,
    [10**5000, "a"],
    {10**5000: 1},
    1j,
    float("-inf"),
    b"bytes",
    bytearray(9),
    memoryview(b"123"),
    {1, 2},
    frozenset("ab"),
    slice(3),
    NotImplemented,
    iter([1]),
    itertools.count(),
    itertools.repeat([]),
    range(10**18),
    nested(90),
    nested(10**5),
    [None] * 10**5,
    "x" * 10**6,
    "\ud800",
    Decimal("sNaN"),
    Decimal("1e999999"),
    Fraction(10**5000, 7),
    np.ma.masked_array([1.0, 2], mask=[True, False]),
    np.matrix([[1.0]]),
    np.array(None),
    np.array([(1, 2.0)], dtype="i4,f4"),
    np.datetime64("2026-01-01"),
    np.void(b"abc"),
    np.zeros((0, 3)),
    np.array([np.nan, np.inf]),
    tf.constant("text"),
    tf.constant([1j]),
    tf.ragged.constant([[1], [2, 3]]),
    tf.sparse.from_dense([[1, 0]]),
    keras.Input((2,)),
    keras.layers.Dense(2),
    keras.Sequential(),
    Exits(),
    print,
    int,
    len,
    type,
    ...,
    sys,
    threading.Lock(),
]
"""Answers that nobody should give and somebody will."""

TRIED = ["dense_parameters", "dense_by_hand", "taxi", "is_parameter", "hundred"]


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", TRIED)
def test_no_odd_answer_passes_and_none_ends_in_a_traceback(name, shown):
    arguments = len(inspect.signature(by_name()[name][1].solution).parameters)
    takes = ", ".join(f"a{number}" for number in range(arguments))
    answers = [*ODD, *map(raising, RAISED)]
    if isinstance(by_name()[name][1], FunctionExercise):
        answers += [eval(f"lambda {takes}: value", {"value": value}) for value in ODD]
    for answer in answers:
        check(**{name: answer})
        check(answer)
        for one in shown:
            assert one["text/plain"][0] in "✗○", one["text/plain"]
            assert one["text/html"].startswith("<div")
        shown.clear()


class Quits(keras.Model):
    def __init__(self):
        super().__init__()
        self.dense = keras.layers.Dense(2)
        self.dense.build((None, 3))
        self.built = True

    def call(self, inputs):
        raise SystemExit


@pytest.mark.parametrize("exception", [SystemExit, KeyboardInterrupt, ZeroDivisionError])
def test_a_model_whose_code_stops_is_told_so_with_its_line(exception, monkeypatch):
    def call(self, inputs):
        raise exception

    monkeypatch.setattr(Quits, "call", call)
    sentence = judge(MODEL, Quits()).sentence
    assert f"Using your model stopped with {exception.__name__}" in sentence
    assert "raise exception)" in sentence


@pytest.mark.parametrize(
    ("model", "sentence"),
    [
        (keras.layers.Dense(20), "a single layer, a Dense. Put it into a model: keras.Sequential("),
        ([keras.layers.Dense(20)], "If these are its layers"),
        (keras.Model, "a class"),
        (MODEL.solution, "Call the function"),
        (None, "model.compile(...)"),
        (keras.Input((3,)), "keras.Model(inputs, outputs)"),
        (keras.callbacks.History(), "what model.fit(...) returns"),
        (
            keras.Model(one := keras.Input((3,)), [keras.layers.Dense(2)(one), keras.layers.Dense(2)(one)]),
            "gives 2 results",
        ),
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


def test_a_check_imports_the_lesson_of_its_exercise_and_no_other():
    code = (
        "import sys; from utils.checking import check; check(taxi=[2, 5])\n"
        "print([name[-2:] for name in sys.modules if name.startswith('utils.exercises.lesson_')])"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120)
    assert f"Course: 1 of {len(by_name())} solved" in run.stdout, run.stderr
    assert run.stdout.endswith("\n['01']\n")


def test_a_card_escapes_what_a_learner_wrote(shown):
    check(taxi="<script>alert(1)</script>")
    assert "<script>" not in shown[0]["text/html"]


def test_a_card_can_be_sent_whatever_a_learner_wrote(shown):
    check(taxi="\ud800")
    shown[0]["text/plain"].encode("utf-8")
    shown[0]["text/html"].encode("utf-8")


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
