"""Judging an answer that lives in another process: what is looked at there, and what is concluded here.

For a grader, whose judge never shares a process with a student's code: the same comparison and the same
sentences
as check(). What runs beside the answer knows neither a right answer nor a usual mistake.
"""

from collections.abc import Callable
from typing import Any

from utils.checking.compare import Unusable, difference, kind_name, plain
from utils.checking.judge import (
    _CHANGING,
    _STOPPED,
    Verdict,
    _Attempt,
    _describe_error,
    _differ,
    _draw,
    _explain,
    _failed,
    _is_blank,
    _not_a_model,
    _remembered,
    _shape_problem,
    _signature_problem,
    _Unreadable,
)
from utils.checking.limits import Halt
from utils.exercises.declare import Exercise, FunctionExercise, ModelExercise, ValueExercise

is_blank, draw, described, Attempt = _is_blank, _draw, _describe_error, _Attempt
CHANGING, remembered = _CHANGING, _remembered


def asked(function: Callable[..., Any], arguments: list[Any]) -> dict[str, Any]:
    """Beside the answer: what a function answers to one question.

    One of {"answer": plain data}, {"raised": sentence}, and {"unreadable": sentence, "kind": type's name}.
    """
    try:
        answer = function(*arguments)
    except BaseException as error:
        return {"raised": _STOPPED + _describe_error(error)}
    return readable(answer)


def readable(answer: Any) -> dict[str, Any]:
    """Beside the answer: a value as plain data, or the sentence that says why it is none."""
    try:
        return {"answer": plain(answer)}
    except Unusable as reason:
        return {"unreadable": str(reason), "kind": kind_name(type(answer))}


def problem_of(kind: str, name: str, wanted: Any, answer: Any) -> str | None:
    """Beside the answer: the sentence for one that is not even of its exercise's kind.

    kind: "function", whose arguments' names are `wanted`; "model", whose input's shape that is; or "value".
    """
    if kind == "function":
        stub = FunctionExercise(**_nameless(name), solution=_stub(wanted), inputs=None)
        return _signature_problem(stub, answer)
    if kind == "model":
        stub = ModelExercise(
            **_nameless(name), solution=_stub([]), input_shape=tuple(wanted), output_shape=()
        )
        return _not_a_model(stub, answer)
    if callable(answer):
        return f"{name} should be a value; you handed in a function. Call it first."
    return None


def attempt(exercise: Exercise, case: dict[str, Any], expected: Any, given: dict[str, Any]) -> _Attempt:
    """Here: what was given, beside the right answer. given: as asked() or readable() returned it."""
    if "raised" in given:
        return _Attempt(case, given["raised"], raised=True)
    if "unreadable" in given:
        unreadable = _Unreadable(type(given["kind"] or "object", (), {}))
        return _Attempt(case, given["unreadable"], False, unreadable, expected)
    problem = difference(given["answer"], expected, exercise.tolerance)
    return _Attempt(case, problem, False, given["answer"], expected)


def judged(exercise: FunctionExercise | ValueExercise, attempts: list[_Attempt]) -> Verdict:
    """Here: the verdict on all attempts. The smallest cases come first."""
    wrong = [one for one in attempts if one.problem]
    return _explain(exercise, wrong[0], attempts) if wrong else Verdict("passed", "Correct.", {})


def changing(exercise: FunctionExercise, attempts: list[_Attempt], questions: list[Any]) -> Verdict | None:
    """Here: the verdict on an answer that answers the same question in two ways, if it does.

    questions: of each attempt, equal where the same was asked again.
    """
    before: dict[Any, _Attempt] = {}
    for one, question in zip(attempts, questions, strict=True):
        other = before.setdefault(question, one)
        if other is not one and _differ(other, one, exercise.tolerance):
            return _failed(_CHANGING, one.case)
    return None


def measured(exercise: ModelExercise, model: Any) -> dict[str, Any]:
    """{"sentence": of the first requirement that a model does not meet, or None where it meets all}.

    And "unusable": True where using the model stopped with an error, whose words may be the student's.
    """
    for requirement in (_shape_problem(exercise), *exercise.requirements):
        try:
            sentence = requirement(model)
        except Halt:
            raise
        except BaseException as error:
            return unusable(error)
        if sentence:
            return {"sentence": sentence}
    return {"sentence": None}


def unusable(error: BaseException) -> dict[str, Any]:
    """What measured() says of a model whose use stopped with this error."""
    return {"sentence": f"Using your model stopped with {_describe_error(error)}", "unusable": True}


def _nameless(name: str) -> dict[str, Any]:
    nothing = {"title": "", "difficulty": 1, "minutes": 1, "points": 1, "hints": (), "mistakes": ()}
    return {"name": name, **nothing}


def _stub(arguments: list[str]) -> Callable[..., Any]:
    """A function that takes these arguments, in the place of a solution."""
    return eval(f"lambda {', '.join(arguments)}: None")
