"""Right answers to other questions: what a wrong answer is, if its question was taken for another one."""

from collections.abc import Callable, Iterator
from itertools import combinations
from typing import Any

import numpy as np

from utils.checking.compare import written
from utils.checking.diagnosis.relations import Relation, numbers_in
from utils.checking.memory import copied

_Case = dict[str, Any]
_FEW = 6
"""So many different texts or numbers are no longer a choice of a few."""


def of_other_questions(cases: list[_Case], solution: Callable[..., Any]) -> Iterator[Relation]:
    """Relations with the right answer to a question changed a little, within what is ever asked.

    cases: all that were asked, the arguments by name.
    """
    asked = {name: _range([case[name] for case in cases]) for name in cases[0]}
    for is_it, look, change in _changes(cases):

        def sides(answer: Any, _: Any, case: _Case, change: Any = change) -> tuple[Any, Any]:
            changed = change(case)
            # A solution need not know what to do with any other question, and might never come back.
            if not all(_within(value, asked[name]) for name, value in changed.items()):
                raise ValueError
            try:
                return answer, solution(*map(copied, (case | changed).values()))
            except Exception:
                raise ValueError from None

        yield Relation(f"what would be right {is_it}", look, sides)


def _changes(cases: list[_Case]) -> Iterator[tuple[str, str, Callable[[_Case], _Case]]]:
    """(what the question would be, what to look at, which arguments are others then)"""
    for one, other in combinations(cases[0], 2):
        yield (
            f"with `{one}` and `{other}` exchanged",
            "Does one of them stand somewhere in the place of the other?",
            lambda case, one=one, other=other: {one: case[other], other: case[one]},
        )
    for name, first in cases[0].items():
        for kinds, is_it, look, change in _OTHERWISE:
            if type(first) in kinds:
                changed = f"if `{name}` {is_it}"
                yield changed, look, lambda case, name=name, change=change: {name: change(case[name])}
        values = [case[name] for case in cases]
        known = {written(value): value for value in values if type(value) in (bool, str, int, type(None))}
        for text, value in known.items():
            if len(known) < _FEW or text in ("0", "1"):
                always = f"if `{name}` were always {text}"
                yield always, f"What does `{name}` change?", lambda _, name=name, value=value: {name: value}


def _range(values: list[Any]) -> dict[type, Any]:
    """Of each type of an argument: all lengths, shapes or texts, and the lowest and highest number."""
    found: dict[type, Any] = {}
    for kind in {type(value) for value in values}:
        alike = [value for value in values if type(value) is kind]
        numbers = np.concatenate([numbers_in(value) for value in alike])
        least, most = (numbers.min(), numbers.max()) if numbers.size else (0, 0)
        if kind is np.ndarray and least < 0:  # where some entries are negative, all may be
            least, most = -np.abs(numbers).max(), np.abs(numbers).max()
        found[kind] = {_measure(value) for value in alike}, least, most
        if kind is str and len({*alike}) < _FEW:
            found[kind] = {*alike}, least, most
    return found


def _within(value: Any, asked: dict[type, Any]) -> bool:
    kind = type(value)
    if kind not in asked:
        return False
    known, least, most = asked[kind]
    if kind in (int, float):
        return least <= value <= most
    if _measure(value) not in known and (kind is not str or value not in known):
        return False
    numbers = numbers_in(value)
    return not numbers.size or bool(least <= numbers.min() and numbers.max() <= most)


def _measure(value: Any) -> Any:
    if type(value) is np.ndarray:
        return value.shape
    return len(value) if type(value) in (list, tuple, str, dict) else None


_ORDERED = (list, np.ndarray, str)
_OTHERWISE: tuple[tuple[tuple[type, ...], str, str, Callable[[Any], Any]], ...] = (
    ((bool,), "were False for True and True for False", "When is it True?", lambda value: not value),
    ((int,), "were larger by 1", "Is there a + 1 too many, or a - 1 missing?", lambda value: value + 1),
    ((int,), "were smaller by 1", "Is there a - 1 too many, or a + 1 missing?", lambda value: value - 1),
    ((int, float, np.ndarray), "had the other sign", "Is a minus missing or too many?", lambda value: -value),
    (
        _ORDERED,
        "came in reverse order",
        "Does something stand the wrong way round?",
        lambda value: value[::-1],
    ),
    (_ORDERED, "had no last entry", "Is the last one left out?", lambda value: value[:-1]),
    (_ORDERED, "had no first entry", "Is the first one left out?", lambda value: value[1:]),
    (_ORDERED, "had its first entry only", "Does a loop end too early?", lambda value: value[:1]),
    (_ORDERED, "had its first two entries only", "Does a loop end too early?", lambda value: value[:2]),
    (_ORDERED, "had its last entry only", "Is only the last one kept?", lambda value: value[-1:]),
    (_ORDERED, "had its last two entries only", "Is only the last one kept?", lambda value: value[-2:]),
    ((list,), "were sorted", "Does their order change what it should?", sorted),
    ((list,), "had nothing in it twice", "Does each one count?", lambda value: [*dict.fromkeys(value)]),
    ((np.ndarray,), "were all zeros", "Is it used wherever it matters?", np.zeros_like),
    ((np.ndarray,), "had no minus signs", "Is all done that its signs decide?", np.abs),
    (
        (np.ndarray,),
        "had 0 for all below 0",
        "What is cut off too early?",
        lambda value: np.maximum(value, 0),
    ),
    ((np.ndarray,), "were transposed", "What are its rows?", np.transpose),
)
"""(types of an argument, how it would be, what to look at, the change)"""
