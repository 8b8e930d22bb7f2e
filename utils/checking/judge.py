"""Tries an answer against its exercise and explains the first mistake. Shows nothing: see card.py."""

import contextlib
import copy
import inspect
import io
import random
import sysconfig
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from time import perf_counter
from types import FunctionType
from typing import Any

import numpy as np
from hypothesis import HealthCheck, Phase, find, settings
from hypothesis.errors import Flaky, NoSuchExample
from hypothesis.strategies import SearchStrategy, just
from IPython.utils.capture import capture_output

from utils.checking.compare import Unusable, a_or_an, agrees, difference, kind_name, plain, written
from utils.checking.limits import Halt, OutOfTime, within
from utils.checking.memory import Memory, same
from utils.exercises.declare import Exercise, FunctionExercise, Mistake, ModelExercise, ValueExercise

SECONDS = 20.0
"""How long an answer may take for all its cases together: generous, since it may import or train."""

ENOUGH = 25
"""So many cases are enough for an answer that is too slow for all of them."""

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


def share_of(exercise: Exercise, verdict: Verdict) -> float:
    """The share of its points that an answer earns: all, none, or what its mistake is declared to be
    worth.
    """
    if verdict.status == "passed":
        return 1.0
    if isinstance(exercise, ModelExercise):
        # What was measured stands in the sentence, too: the mistake's own is the part that is always there.
        found = [one for one in exercise.mistakes if one.sentence in verdict.sentence]
        return max(found, key=lambda one: len(one.sentence)).worth if found else 0.0
    return next((one.worth for one in exercise.mistakes if one.sentence == verdict.sentence), 0.0)


def judge(exercise: Exercise, answer: Any, seed: int = 0, seconds: float = SECONDS) -> Verdict:
    """Try the answer. `seed` draws the inputs; the same seed draws the same inputs.

    Whatever the answer is or does, it is the learner's: only Stop (KeyboardInterrupt) is passed on.
    """
    if _is_blank(answer):
        return BLANK
    if isinstance(exercise, ModelExercise):
        return _judge_model(exercise, answer, seconds)
    if isinstance(exercise, ValueExercise):
        if callable(answer):
            what = "a function" if type(answer) is FunctionType else a_or_an(kind_name(type(answer)))
            return _failed(f"{exercise.name} should be a value; you handed in {what}. Call it first.")
        return _judge_cases(exercise, lambda: answer, _NO_INPUTS, seed, seconds)
    return _judge_cases(exercise, answer, exercise.inputs, seed, seconds)


@dataclass(frozen=True)
class _Attempt:
    """One case put to the learner's function, and what came back: an answer, unless it raised."""

    case: dict[str, Any]
    problem: str | None
    raised: bool
    answer: Any = None
    expected: Any = None


class _Enough(BaseException):
    """The search for a smaller case has taken long enough."""


def _judge_cases(
    exercise: FunctionExercise | ValueExercise,
    function: Callable[..., Any],
    inputs: SearchStrategy[dict[str, Any]],
    seed: int,
    seconds: float,
) -> Verdict:
    # Before the clock starts: on a busy machine drawing alone takes a while, and is no fault of the answer.
    trial = _Trial(exercise, function, inputs, seed, seconds, _draw(inputs, seed))
    try:
        return _quietly(seconds, trial.verdict)
    except OutOfTime:
        return trial.verdict_out_of_time()
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        return _failed(f"Your answer could not be tried: that stopped with {_first_line(error)}")


@dataclass
class _Trial:
    """An answer being tried on one case after the other."""

    exercise: FunctionExercise | ValueExercise
    function: Callable[..., Any]
    inputs: SearchStrategy[dict[str, Any]]
    seed: int
    seconds: float
    cases: list[dict[str, Any]]
    attempts: list[_Attempt] = field(default_factory=list)
    smallest: _Attempt | None = None
    """The smallest wrong one so far."""
    latest: dict[str, Any] = field(default_factory=dict)
    """The case that the function is at work on, since `asked`."""
    asked: float = 0.0
    started: float = 0.0

    def verdict(self) -> Verdict:
        self.started = perf_counter()
        if isinstance(self.exercise, FunctionExercise) and (
            problem := _signature_problem(self.exercise, self.function)
        ):
            return _failed(problem)
        memory = Memory(self.function)
        try:
            self._try_all()
            if self.smallest is None:
                return Verdict("passed", self._praise(), {})
            return self._remembering(memory) or self._explained()
        finally:
            memory.restore()

    def verdict_out_of_time(self) -> Verdict:
        if self.smallest is not None:
            return _explain(self.exercise, self.smallest, self.attempts)
        answered, waited = len(self.attempts), perf_counter() - self.asked
        if answered and waited < self.seconds / 2:
            each = (perf_counter() - self.started) / answered
            return _failed(
                f"Your answer is slow, and what it answered was right: {each:.2g} seconds a case, so that "
                f"{answered} of the {len(self.cases)} cases were tried in {self.seconds:g} seconds. At least "
                f"{min(ENOUGH, len(self.cases))} are asked for. What could be worked out once instead of "
                "again and again?"
            )
        return _failed(
            f"Your answer was still at work after {self.seconds:g} seconds, so it was stopped. "
            "Is there a loop that never ends?",
            self.latest,
        )

    def _try_all(self) -> None:
        for case in self.cases:
            one = self._attempt(case)
            self.attempts.append(one)
            if one.problem and self.smallest is None:
                self.smallest = one
            settled = self.smallest is not None or len(self.attempts) >= ENOUGH
            if settled and self._spent() > self.seconds / 2:
                break

    def _attempt(self, drawn: dict[str, Any]) -> _Attempt:
        # hypothesis shrinks the order of a dictionary too, and the arguments go in by their order
        case = {name: drawn[name] for name in inspect.signature(self.exercise.solution).parameters}
        self.latest = copy.deepcopy(case)
        self.asked = perf_counter()
        return _attempt(self.exercise, self.function, case)

    def _spent(self) -> float:
        return perf_counter() - self.started

    def _late(self) -> bool:
        return self._spent() > 0.75 * self.seconds

    def _praise(self) -> str:
        if len(self.attempts) == len(self.cases):
            return "Correct."
        return (
            f"Correct, and slow: {self._spent() / len(self.attempts):.2g} seconds a case, so only "
            f"{len(self.attempts)} of the {len(self.cases)} cases were tried."
        )

    def _remembering(self, memory: Memory) -> Verdict | None:
        """The verdict on an answer that is wrong because of what earlier calls have left behind."""
        changed = memory.changed()
        if not changed:
            return None
        for wrong in [one for one in self.attempts if one.problem][:5]:
            memory.restore()
            afresh, again = self._attempt(wrong.case), self._attempt(wrong.case)
            if verdict := _remembered(wrong, changed[0], afresh, again, self.exercise.tolerance):
                return verdict
        return None

    def _explained(self) -> Verdict:
        try:
            self._shrink()
        except (Flaky, NoSuchExample):
            # hypothesis also calls it flaky when it is interrupted, because time is up
            if not self._late():
                return _failed(_CHANGING)
        verdict = _explain(self.exercise, self.smallest, self.attempts)
        if verdict.sentence == self.smallest.problem and self._draws():
            return _failed(_CHANGING, self.smallest.case)
        return verdict

    def _draws(self) -> bool:
        """Whether some cases that were answered wrongly are answered otherwise when they are asked again."""
        for wrong in [self.smallest, *(one for one in self.attempts if one.problem)][:10]:
            if self._spent() > self.seconds / 2:
                return False
            if _differ(wrong, self._attempt(wrong.case), self.exercise.tolerance):
                return True
        return False

    def _shrink(self) -> None:
        """Look for the smallest wrong case, for as long as there is time."""

        def is_wrong(case: dict[str, Any]) -> bool:
            if self._late():
                raise _Enough
            one = self._attempt(case)
            if one.problem:
                self.smallest = one
            return one.problem is not None

        with contextlib.suppress(_Enough):
            self.smallest = self._attempt(_find(self.inputs, is_wrong, self.seed))
            if not self.smallest.problem:
                raise Flaky


_REMEMBERS = (
    "Your function remembers something from earlier calls: {} is changed by each call, and the next one "
    "finds it so. Make it anew in every call."
)
_CHANGING = (
    "Your function answers the same question differently from one call to the next. "
    "Does it draw at random, or use up something that was made outside of it?"
)


def _remembered(
    wrong: _Attempt, what: str, afresh: _Attempt, again: _Attempt, tolerance: float
) -> Verdict | None:
    """The verdict on an answer that is wrong because of what earlier calls have left behind, if it is.

    what: what the calls have changed. afresh, again: the wrong one's case asked twice, after that was undone.
    """
    if afresh.problem and not _differ(afresh, again, tolerance):
        return None
    return _compared(_REMEMBERS.format(what), wrong)


def _differ(one: _Attempt, other: _Attempt, tolerance: float) -> bool:
    """Whether two answers to the same question are two."""
    if one.raised or other.raised:
        return one.raised != other.raised
    if isinstance(one.answer, _Unreadable) or isinstance(other.answer, _Unreadable):
        return one.problem != other.problem
    return not (same(one.answer, other.answer) or agrees(one.answer, other.answer, tolerance))


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


class _Nowhere(io.TextIOBase):
    """Where the prints of a learner's function go: they would appear once a case, a hundred times."""

    def writable(self) -> bool:
        return True

    def write(self, text: str) -> int:
        return len(text)


def _quietly(seconds: float, work: Callable[[], Verdict]) -> Verdict:
    nowhere = _Nowhere()
    with (
        contextlib.redirect_stdout(nowhere),
        contextlib.redirect_stderr(nowhere),
        capture_output(stdout=False, stderr=False),
        # What NumPy warns of, once a case, the verdict says once.
        np.errstate(all="ignore"),
    ):
        return within(seconds, work)


class _Unreadable:
    """Stands for an answer that cannot be compared."""

    def __init__(self, kind: type) -> None:
        self.kind = kind


_STOPPED = "Your function stopped with "


def _attempt(exercise: Exercise, function: Callable[..., Any], case: dict[str, Any]) -> _Attempt:
    expected = exercise.solution(*copy.deepcopy(list(case.values())))
    try:
        answer = function(*copy.deepcopy(list(case.values())))
    except Halt:
        raise
    except BaseException as error:
        return _Attempt(case, _STOPPED + _describe_error(error), raised=True)
    try:
        answer = plain(answer)
    except Unusable as reason:
        return _Attempt(case, str(reason), False, _Unreadable(type(answer)), expected)
    return _Attempt(case, difference(answer, expected, exercise.tolerance), False, answer, expected)


def _explain(
    exercise: FunctionExercise | ValueExercise, smallest: _Attempt, attempts: list[_Attempt]
) -> Verdict:
    mistake = _mistake_behind(exercise, smallest, attempts)
    return _compared(mistake.sentence if mistake else smallest.problem, smallest, exercise)


def _compared(sentence: str, wrong: _Attempt, exercise: Exercise | None = None) -> Verdict:
    """The sentence, with the case and both answers."""
    if wrong.raised:
        return _failed(sentence, wrong.case)
    # Where nothing varies, the right answer would be the solution.
    expected = "" if isinstance(exercise, ValueExercise) else as_text(wrong.expected)
    return _failed(sentence, wrong.case, as_text(wrong.answer), expected)


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
    except Exception as error:  # with another kind of error the cause is another one
        return attempt.raised and attempt.problem.startswith(_STOPPED + kind_name(type(error)))
    if attempt.raised:
        return False
    if not isinstance(attempt.answer, _Unreadable):
        return agrees(attempt.answer, given, tolerance)
    try:
        plain(given)
    except Unusable as reason:  # both are no data, and for the same reason
        return str(reason) == attempt.problem
    return False


def _judge_model(exercise: ModelExercise, answer: Any, seconds: float) -> Verdict:
    if problem := _not_a_model(exercise, answer):
        return _failed(problem)

    def requirements() -> Verdict:
        for requirement in (_shape_problem(exercise), *exercise.requirements):
            try:
                sentence = requirement(answer)
            except Halt:
                raise
            except BaseException as error:
                return _failed(f"Using your model stopped with {_describe_error(error)}")
            if sentence:
                return _failed(sentence)
        return Verdict("passed", "Correct.", {})

    try:
        return _quietly(seconds, requirements)
    except OutOfTime:
        return _failed(f"Your model was still at work after {seconds:g} seconds, so it was stopped.")


def _not_a_model(exercise: ModelExercise, answer: Any) -> str | None:
    """What somebody handed in who did not hand in a Keras model, and what to do with it."""
    import keras

    kind = type(answer)
    if issubclass(kind, keras.Model):
        return None
    yours = f"{exercise.name} should be a Keras model, and yours is"
    begin = f"keras.Sequential([keras.Input({exercise.input_shape}), ...])"
    if answer is None:
        return f"{yours} None. model.compile(...), model.build(...) and model.summary() return nothing."
    if issubclass(kind, type):
        return f"{yours} a class. Call it, with parentheses, to make a model of that kind."
    if issubclass(kind, keras.layers.Layer):
        return f"{yours} a single layer, {a_or_an(kind_name(kind))}. Put it into a model: {begin}."
    if issubclass(kind, (list, tuple)):
        return f"{yours} {a_or_an(kind_name(kind))}. If these are its layers, put them into a model: {begin}."
    if issubclass(kind, keras.KerasTensor):
        return f"{yours} what a layer gives. Make a model of it: keras.Model(inputs, outputs)."
    if issubclass(kind, keras.callbacks.History):
        return f"{yours} a History, which is what model.fit(...) returns. Hand in the model itself."
    hand_over = " Call the function and hand over what it returns." if callable(answer) else ""
    return f"{yours} {a_or_an(kind_name(kind))}.{hand_over}"


def _shape_problem(exercise: ModelExercise) -> Callable[[Any], str | None]:
    def problem(model: Any) -> str | None:
        if not model.built:
            return (
                "Your model has no parameters yet: Keras makes them when it knows the shape of the input. "
                f"Begin it with keras.Input(shape={exercise.input_shape})."
            )
        try:
            result = model(np.zeros((2, *exercise.input_shape), "float32"))
        except Exception as error:
            if _own_line(error):
                raise  # it is a model with code of the learner's
            return f"Your model does not take an input of shape {exercise.input_shape}."
        if isinstance(result, (list, tuple, dict)):
            return (
                f"Your model gives {len(result)} results; one of shape {exercise.output_shape} is asked for."
            )
        result = np.asarray(result)
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
        signature = inspect.signature(answer)
    except Halt:
        raise
    except BaseException:
        return None  # some built-in functions have no signature to look at, and odd objects an odd one
    try:
        signature.bind(*arguments)
    except TypeError:
        return f"Your function should take these arguments: {', '.join(arguments)}."
    return None


def _is_blank(answer: Any) -> bool:
    if answer is Ellipsis:
        return True
    if type(answer) in (list, dict) and answer:
        return all(item is Ellipsis for item in (answer.values() if type(answer) is dict else answer))
    if type(answer) is not FunctionType or answer.__code__.co_code not in _BLANK_CODE:
        return False
    # The docstring is the first constant, if there is one: __doc__ itself may have been replaced.
    constants = answer.__code__.co_consts
    documented = constants[:1] if constants and type(constants[0]) is str else ()
    return all(constant in (None, Ellipsis, *documented) for constant in constants)


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
    line = _own_line(error)
    return _first_line(error) + (f" (line {line.lineno}: {line.line})" if line else "")


_LIBRARIES = tuple(
    {
        *(sysconfig.get_paths()[name] for name in ("stdlib", "platstdlib", "purelib", "platlib")),
        str(Path(__file__).parent.parent),
    }
)
"""Where code lives that is not the learner's: Python's own, installed packages, the course."""


def _own_line(error: BaseException) -> traceback.FrameSummary | None:
    """The last line of the learner's own that an exception passed through."""
    for frame in reversed(traceback.extract_tb(error.__traceback__)):
        installed = frame.filename.startswith(_LIBRARIES) or any(
            folder in frame.filename for folder in ("site-packages", "dist-packages")
        )
        if frame.line and not installed:
            return frame
    return None


def _first_line(error: BaseException) -> str:
    try:
        text = str(error).strip().split("\n")[0][:200]
    except Halt:
        raise
    except BaseException:
        text = ""
    name = kind_name(type(error))
    return f"{name}: {text}" if text else name


def _failed(
    sentence: str, case: Mapping[str, Any] | None = None, answer: str = "", expected: str = ""
) -> Verdict:
    shown = {name: as_text(value) for name, value in (case or {}).items()}
    return Verdict("failed", sentence, shown, answer, expected)


def as_text(value: Any) -> str:
    """A value as a learner would write it, short: few digits, long ones cut."""
    kind = value.kind if type(value) is _Unreadable else type(value)
    try:
        value = plain(value)
    except Unusable:
        return {type(None): "None", type(...): "..."}.get(kind, f"<{kind_name(kind)}>")
    if type(value) is np.ndarray:
        text = np.array2string(value, precision=4, suppress_small=True, threshold=20, separator=", ")
    else:
        text = f"{value:.6g}" if type(value) is float else written(value)
    return text if len(text) <= 400 else text[:400] + " …"
