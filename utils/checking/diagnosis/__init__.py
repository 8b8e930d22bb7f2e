"""What a wrong answer has to do with the right one, where no declared mistake explains it.

Spoken of is only what holds in every case in which it can be told, in several different ones, and not by
accident.
"""

import math
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from utils.checking.compare import agrees, difference, plain
from utils.checking.diagnosis.conditions import Part, Seen, entry, identity, trivial, where
from utils.checking.diagnosis.questions import of_other_questions
from utils.checking.diagnosis.relations import (
    Relation,
    always,
    constants,
    fixed,
    handed_back,
    last_resort,
    numbers_in,
    of_arguments,
)

_WHOLE = 1e-9
"""How far a whole number may be off where a relation holds, relative to it."""

_MORE = 1_000
"""Answers with so many entries more than four times the right one's are no near miss of it."""

_READABLE = (bool, int, float, str, list, dict, np.ndarray)
"""What judge.py makes of an answer that can be compared."""


def diagnosis(
    solution: Callable[..., Any], problem: str, attempts: list[Any], tolerance: float
) -> str | None:
    """What there is to say of a wrong answer beside its first problem; None when nothing is sure.

    attempts: all that were made, as judge.py has them, with the one that the learner is shown first. Where
    that one has an answer, others that stopped with an error do not count.
    """
    others_stopped = not attempts[0].raised and any(one.raised for one in attempts)
    try:
        with np.errstate(all="ignore"):
            cases = _seen([one for one in attempts if not (others_stopped and one.raised)])
            if any(_size(one.answer) > _MORE + 4 * _size(one.right) for one in cases):
                return None
            if others_stopped:
                some = Part(
                    "Wherever your function does not stop with an error, its answer is {}.", "", cases
                )
                return _related(some, solution, tolerance)
            return _of(cases, solution, problem, tolerance)
    except Exception:  # whatever numbers there are, arithmetic may stumble over them
        return None


def _of(cases: list[Seen], solution: Callable[..., Any], problem: str, tolerance: float) -> str | None:
    everything = Part("In every case tried, your answer is {}.", "", cases)
    if sentence := _related(everything, solution, tolerance):
        return sentence
    narrower = [part for part in (where(cases), entry(cases, tolerance)) if part]
    for part in narrower:
        if sentence := _related(part, None, tolerance):
            return sentence
    if not narrower:
        return None
    return f"{problem}{'' if problem.endswith(('.', '?')) else '.'} {narrower[0].alone}"


def _related(part: Part, solution: Callable[..., Any] | None, tolerance: float) -> str | None:
    """The first relation that holds in a part; without a solution, those are left out that have to ask it."""
    if all(type(one.right) is int for one in part.cases):
        tolerance = min(tolerance, _WHOLE)
    for relation in _relations(part.cases, solution):
        if _holds(relation, part.cases, tolerance):
            return f"{part.said.format(relation.is_it)} {relation.look}"
    return None


def _seen(attempts: list[Any]) -> list[Seen]:
    """The different cases, those with a wrong answer first: one of them ends most questions."""
    found = {}
    for one in attempts:
        answer = one.answer if type(one.answer) in _READABLE else None
        seen = Seen(one.case, bool(one.problem), answer, None if one.raised else plain(one.expected))
        found.setdefault(identity(one.case), seen)
    return sorted(found.values(), key=lambda one: not one.wrong)


def _size(value: Any) -> int:
    if type(value) in (list, dict):
        items = value.values() if type(value) is dict else value
        return sum(_size(item) if type(item) in (list, dict, np.ndarray) else 1 for item in items)
    return value.size if type(value) is np.ndarray else 1


def _relations(cases: list[Seen], solution: Callable[..., Any] | None) -> Iterator[Relation]:
    if cases[0].answer is None:
        return
    telling = next((one for one in cases if one.wrong and not trivial(one.right)), cases[0])
    yield from always(cases[0].answer, cases[0].right)
    yield from handed_back(cases[0].case)
    yield from constants(telling.answer, telling.right)
    yield from fixed()
    yield from of_arguments(cases[0].case)
    if solution:
        yield from of_other_questions([one.case for one in cases], solution)
    yield last_resort()


def _holds(relation: Relation, cases: list[Seen], tolerance: float) -> bool:
    told, tested = set(), 0
    for one in cases:
        try:
            left, other = relation.sides(one.answer, one.right, one.case)
            same = _same(left, other, tolerance)
            if not (_finite(left) and _finite(other)) and (same or _finite(one.answer)):
                continue
        except (ArithmeticError, ValueError):
            continue
        except Exception:
            return False
        if not same:
            return False
        tested += one.wrong
        if one.wrong and _tells(one, tolerance) and (relation.even_zeros or not trivial(plain(other))):
            told.add(identity(one.case if type(one.right) is bool else one.right))
    return len(told) >= relation.least and 5 * tested >= sum(one.wrong for one in cases)


def _tells(one: Seen, tolerance: float) -> bool:
    """Whether a relation between these two would be no matter of chance or rounding."""
    return not trivial(one.right) and difference(one.answer, one.right, 10 * tolerance) is not None


def _same(left: Any, other: Any, tolerance: float) -> bool:
    if isinstance(left, (int, float)) and isinstance(other, (int, float)):
        # Most relations end here, at two numbers that are not even near.
        if abs(left - other) > 0.01 * max(1, abs(other)):
            return False
    elif type(left) is np.ndarray and type(other) is np.ndarray and left.shape != other.shape:
        return False
    if difference(left, other, tolerance) is None:
        return True
    return not (_finite(left) and _finite(other)) and agrees(left, other, tolerance)


def _finite(value: Any) -> bool:
    if isinstance(value, (int, float)):
        return math.isfinite(value)
    return bool(np.isfinite(value if type(value) is np.ndarray else numbers_in(plain(value))).all())
