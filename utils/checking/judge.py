"""Tries an answer against its exercise and explains the first mistake. Shows nothing: see card.py."""

import contextlib
import copy
import inspect
import io
import random
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from types import CodeType
from typing import Any

import numpy as np
from hypothesis import HealthCheck, Phase, find, settings
from hypothesis.errors import Flaky, NoSuchExample
from hypothesis.strategies import SearchStrategy, just

from utils.checking.compare import Unusable, a_or_an, agrees, difference, plain
from utils.checking.limits import OutOfTime, within
from utils.exercises.declare import Exercise, FunctionExercise, Mistake, ModelExercise, ValueExercise

SECONDS = 20.0
"""How long an answer may take for all its cases together: generous, since it may import or train."""

_SETTINGS = settings(
    max_examples=100,
    deadline=None,
    database=None,
    phases=(Phase.generate, Phase.shrink),
    suppress_health_check=list(HealthCheck),
)
_NO_INPUTS = just({})


@dataclass(frozen=True)
class Verdict:
    """What came of an answer.

    status: "passed", "failed", or "blank" for a stub that nobody has filled in.
    sentence: what to tell the learner.
    case: the smallest inputs for which the answer is wrong, by argument; empty where there are none.
    answer, expected: for that case, as text; empty where there is nothing to compare.
    """

    status: str
    sentence: str
    case: Mapping[str, str]
    answer: str = ""
    expected: str = ""


BLANK = Verdict("blank", "Not attempted yet.", {})


def judge(exercise: Exercise, answer: Any, seed: int = 0, seconds: float = SECONDS) -> Verdict:
    """Try the answer. `seed` draws the inputs; the same seed draws the same inputs."""
    if _is_blank(answer):
        return BLANK
    if isinstance(exercise, ModelExercise):
        return _judge_model(exercise, answer, seconds)
    if isinstance(exercise, ValueExercise):
        if callable(answer):
            return _failed(f"{exercise.name} should be a value; you handed in a function. Call it first.")
        return _judge_cases(exercise, lambda: answer, _NO_INPUTS, seed, seconds)
    if problem := _signature_problem(exercise, answer):
        return _failed(problem)
    return _judge_cases(exercise, answer, exercise.inputs, seed, seconds)


@dataclass(frozen=True)
class _Attempt:
    """One case put to the learner's function, and what came back: an answer, unless it raised."""

    case: dict[str, Any]
    problem: str | None
    raised: bool
    answer: Any = None
    expected: Any = None


def _judge_cases(
    exercise: FunctionExercise | ValueExercise,
    function: Callable[..., Any],
    inputs: SearchStrategy[dict[str, Any]],
    seed: int,
    seconds: float,
) -> Verdict:
    latest: dict[str, Any] = {}
    # Before the clock starts: on a busy machine drawing alone takes a while, and is no fault of the answer.
    cases = _draw(inputs, seed)

    def attempt(drawn: dict[str, Any]) -> _Attempt:
        # hypothesis shrinks the order of a dictionary too, and the arguments go in by their order
        case = {name: drawn[name] for name in inspect.signature(exercise.solution).parameters}
        latest.clear()
        latest.update(copy.deepcopy(case))
        return _attempt(exercise, function, case)

    def search() -> Verdict:
        attempts = [attempt(case) for case in cases]
        if not any(one.problem for one in attempts):
            return Verdict("passed", "Correct.", {})
        try:
            smallest = _find(inputs, lambda case: attempt(case).problem is not None, seed)
        except (Flaky, NoSuchExample):
            return _failed("Your function answers the same question differently from one call to the next.")
        return _explain(exercise, attempt(smallest), attempts)

    try:
        return _quietly(seconds, search)
    except OutOfTime:
        return _failed(
            f"Your answer was still at work after {seconds:g} seconds, so it was stopped. "
            "Is there a loop that never ends?",
            latest,
        )


@cache
def _draw(inputs: SearchStrategy[dict[str, Any]], seed: int) -> list[dict[str, Any]]:
    """The cases an answer is tried on. Kept, since drawing them takes longer than trying them."""
    cases: list[dict[str, Any]] = []
    with contextlib.suppress(NoSuchExample):
        _find(inputs, cases.append, seed)
    return cases


def _find(
    inputs: SearchStrategy[dict[str, Any]], condition: Callable[[Any], Any], seed: int
) -> dict[str, Any]:
    """The smallest case for which the condition holds. Raises NoSuchExample when it holds for none."""
    return find(inputs, condition, settings=_SETTINGS, random=random.Random(seed))


def _quietly(seconds: float, work: Callable[[], Verdict]) -> Verdict:
    # A print in the learner's function would appear once a case, a hundred times.
    # What NumPy warns of, once a case, the verdict says once.
    def calmly() -> Verdict:
        with np.errstate(all="ignore"):
            return work()

    with contextlib.redirect_stdout(io.StringIO()):
        return within(seconds, calmly)


def _attempt(exercise: Exercise, function: Callable[..., Any], case: dict[str, Any]) -> _Attempt:
    expected = exercise.solution(*copy.deepcopy(list(case.values())))
    try:
        answer = function(*copy.deepcopy(list(case.values())))
    except (Exception, SystemExit) as error:
        return _Attempt(case, _describe_error(error), raised=True)
    problem = difference(answer, expected, exercise.tolerance)
    return _Attempt(case, problem, raised=False, answer=answer, expected=expected)


def _explain(
    exercise: FunctionExercise | ValueExercise, smallest: _Attempt, attempts: list[_Attempt]
) -> Verdict:
    mistake = _mistake_behind(exercise, smallest, attempts)
    if smallest.raised:
        return _failed(mistake.sentence if mistake else smallest.problem, smallest.case)
    # Where nothing varies, the right answer would be the solution.
    expected = "" if isinstance(exercise, ValueExercise) else as_text(smallest.expected)
    return _failed(
        mistake.sentence if mistake else smallest.problem,
        smallest.case,
        as_text(smallest.answer),
        expected,
    )


def _mistake_behind(exercise: Exercise, smallest: _Attempt, attempts: list[_Attempt]) -> Mistake | None:
    """The declared mistake that agrees with the learner's answer on every case tried.

    Where the smallest wrong case has an answer, others that stopped with an error do not count.
    """
    telling = [one for one in (smallest, *attempts) if smallest.raised or not one.raised]
    for mistake in exercise.mistakes:
        for wrong in mistake.answers:
            if all(_agrees(wrong, attempt, exercise.tolerance) for attempt in telling):
                return mistake
    if isinstance(exercise, ValueExercise) and isinstance(smallest.expected, dict):
        return _mistake_in_one_entry(exercise, smallest)
    return None


def _mistake_in_one_entry(exercise: ValueExercise, attempt: _Attempt) -> Mistake | None:
    """The first declared mistake about a single entry that the answer has too, beside other wrong entries."""
    mine = _wrong_entries(attempt.answer, attempt.expected, exercise.tolerance)
    for mistake in exercise.mistakes:
        for wrong in mistake.answers:
            declared = [*_wrong_entries(wrong(), attempt.expected, exercise.tolerance).items()]
            if len(declared) == 1:
                [(key, value)] = declared
                if key in mine and agrees(mine[key], value, exercise.tolerance):
                    return mistake
    return None


def _wrong_entries(answer: Any, expected: dict, tolerance: float) -> dict:
    """The entries that differ. An answer that is no complete dictionary has another problem: none."""
    try:
        given = plain(answer)
    except Unusable:
        return {}
    if not isinstance(given, dict) or given.keys() != expected.keys():
        return {}
    return {key: value for key, value in given.items() if difference(value, expected[key], tolerance)}


def _agrees(wrong: Callable[..., Any], attempt: _Attempt, tolerance: float) -> bool:
    try:
        given = wrong(*copy.deepcopy(list(attempt.case.values())))
    except Exception:
        return attempt.raised
    return not attempt.raised and agrees(attempt.answer, given, tolerance)


def _judge_model(exercise: ModelExercise, answer: Any, seconds: float) -> Verdict:
    import keras

    if not isinstance(answer, keras.Model):
        hand_over = " Call the function and hand over what it returns." if callable(answer) else ""
        kind = a_or_an(type(answer).__name__)
        return _failed(f"{exercise.name} should be a Keras model, and yours is {kind}.{hand_over}")

    def requirements() -> Verdict:
        sentence = model_problem(exercise, answer)
        return _failed(sentence) if sentence else Verdict("passed", "Correct.", {})

    try:
        return _quietly(seconds, requirements)
    except OutOfTime:
        return _failed(f"Your model was still at work after {seconds:g} seconds, so it was stopped.")
    except Exception as error:
        return _failed(f"Using your model stopped with {_first_line(error)}")


def model_problem(exercise: ModelExercise, model: Any) -> str | None:
    """The sentence of the first requirement that a model does not meet. What using it raises is passed on."""
    for requirement in (_shape_problem(exercise), *exercise.requirements):
        if sentence := requirement(model):
            return sentence
    return None


def recorded(
    exercise: FunctionExercise | ValueExercise,
    case: dict[str, Any],
    expected: Any,
    answer: Any = None,
    error: str | None = None,
) -> "_Attempt":
    """An answer that was given elsewhere, for judge_recorded(). error: the sentence for one that raised."""
    if error is not None:
        return _Attempt(case, error, raised=True)
    problem = difference(answer, expected, exercise.tolerance)
    return _Attempt(case, problem, raised=False, answer=answer, expected=expected)


def judge_recorded(exercise: FunctionExercise | ValueExercise, attempts: list["_Attempt"]) -> Verdict:
    """The verdict on answers given elsewhere, in another process. The smallest case comes first."""
    wrong = [attempt for attempt in attempts if attempt.problem]
    return _explain(exercise, wrong[0], attempts) if wrong else Verdict("passed", "Correct.", {})


def _shape_problem(exercise: ModelExercise) -> Callable[[Any], str | None]:
    def problem(model: Any) -> str | None:
        if not model.built:
            return (
                "Your model has no parameters yet: Keras makes them when it knows the shape of the input. "
                f"Begin it with keras.Input(shape={exercise.input_shape})."
            )
        try:
            result = np.asarray(model(np.zeros((2, *exercise.input_shape), "float32")))
        except Exception:
            return f"Your model does not take an input of shape {exercise.input_shape}."
        if result.shape != (2, *exercise.output_shape):
            shape = tuple(int(n) for n in result.shape[1:])
            return f"For each example your model gives shape {shape}; {exercise.output_shape} is asked for."
        if not np.isfinite(result).all():
            return (
                "Your model answers with NaN or infinity. "
                "Was the learning rate too high, or is there a log(0)?"
            )
        return None

    return problem


def _signature_problem(exercise: FunctionExercise, answer: Any) -> str | None:
    arguments = list(inspect.signature(exercise.solution).parameters)
    if not callable(answer):
        return (
            f"{exercise.name} should be a function, and yours is {as_text(answer)}. "
            f"Hand in the function itself: check({exercise.name})."
        )
    try:
        inspect.signature(answer).bind(*arguments)
    except TypeError:
        return f"Your function should take these arguments: {', '.join(arguments)}."
    except ValueError:
        pass  # some built-in functions have no signature to look at
    return None


def _is_blank(answer: Any) -> bool:
    if answer is Ellipsis:
        return True
    if type(answer) in (list, dict) and answer:
        return all(item is Ellipsis for item in (answer.values() if type(answer) is dict else answer))
    code = getattr(answer, "__code__", None)
    if not isinstance(code, CodeType) or code.co_code not in _BLANK_CODE:
        return False
    return all(constant in (None, Ellipsis, answer.__doc__) for constant in code.co_consts)


def _empty(): ...


def _empty_with_docstring():
    """A stub whose body is only this."""


def _dots():
    return ...


def _dots_with_docstring():
    """A stub that returns the dots."""
    return ...


_BLANK_CODE = {stub.__code__.co_code for stub in (_empty, _empty_with_docstring, _dots, _dots_with_docstring)}


def _describe_error(error: BaseException) -> str:
    """The exception, and the learner's own line that it came from."""
    frames = traceback.extract_tb(error.__traceback__)[1:]
    own = [frame for frame in frames if frame.line and "site-packages" not in frame.filename]
    where = f" (line {own[-1].lineno}: {own[-1].line})" if own else ""
    return f"Your function stopped with {_first_line(error)}{where}"


def _first_line(error: BaseException) -> str:
    text = str(error).strip().split("\n")[0][:200]
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


def _failed(
    sentence: str, case: Mapping[str, Any] | None = None, answer: str = "", expected: str = ""
) -> Verdict:
    shown = {name: as_text(value) for name, value in (case or {}).items()}
    return Verdict("failed", sentence, shown, answer, expected)


def as_text(value: Any) -> str:
    """A value as a learner would write it, short: few digits, long ones cut."""
    try:
        value = plain(value)
    except Unusable:
        return repr(value) if value is None or value is Ellipsis else f"<{type(value).__name__}>"
    if type(value) is np.ndarray:
        text = np.array2string(value, precision=4, suppress_small=True, threshold=20, separator=", ")
    else:
        text = f"{value:.6g}" if type(value) is float else repr(value)
    return text if len(text) <= 400 else text[:400] + " …"
