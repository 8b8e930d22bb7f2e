"""What the questions have in common to which an answer is wrong."""

import operator
from collections.abc import Callable, Iterator
from itertools import combinations
from math import comb
from typing import Any, NamedTuple

import numpy as np

from utils.checking.compare import difference, plain, written
from utils.checking.diagnosis.relations import numbers_in

_CHANCE = 1e-4
"""So small that the wrong cases do not lie where they lie by accident."""

_OUTSIDE = 3
"""So many different right answers have to lie outside of where the wrong ones are."""

_WRONG = 10
"""So many answers have to be wrong in one entry, before it is said that the others are right."""


class Seen(NamedTuple):
    """One case that was tried, as plain data; the answer is None where there is none."""

    case: dict[str, Any]
    wrong: bool
    answer: Any
    right: Any


class Part(NamedTuple):
    """A part of what was tried, outside of which everything is right.

    said: "{}" in it stands for what the answer is there. alone: the sentence when nothing more is known.
    """

    said: str
    alone: str
    cases: list[Seen]


def identity(value: Any) -> Any:
    """Something that can be hashed, the same for the same plain data."""
    if type(value) is np.ndarray:
        return value.shape, value.tobytes()
    return tuple(map(identity, value.values())) if type(value) is dict else written(value)


def trivial(right: Any) -> bool:
    """Whether a right answer is made of numbers that too much agrees with."""
    numbers = numbers_in(right)
    return bool(numbers.size) and bool(np.isin(numbers, (-1, 0, 1)).all())


def where(cases: list[Seen]) -> Part | None:
    """The smallest part with a condition of its own that has all wrong cases in it, by no accident."""
    wrong, right = [one for one in cases if one.wrong], [one for one in cases if not one.wrong]
    if len(wrong) < 3 or len(right) < _OUTSIDE:
        return None
    found = []
    for condition, holds, often in _conditions(wrong[0]):
        if not all(map(holds, wrong)):
            continue
        inside = [one for one in right if holds(one)]
        outside = {identity(one.right) for one in right if not holds(one) and not trivial(one.right)}
        if len(outside) < _OUTSIDE or len(inside) > often * len(wrong):
            continue
        if comb(len(wrong) + len(inside), len(wrong)) < _CHANCE * comb(len(cases), len(wrong)):
            found.append((condition, inside))
    return _where(wrong, *min(found, key=lambda pair: len(pair[1]))) if found else None


def _where(wrong: list[Seen], condition: str, inside: list[Seen]) -> Part:
    often = f"in {len(wrong)} of the {len(wrong) + len(inside)} cases where" if inside else "wherever"
    return Part(
        f"Where {condition}, your answer is {{}}; in all other cases tried it is right.",
        f"Your answer is wrong {often} {condition}, and right in all other cases tried.",
        [*wrong, *inside],
    )


def entry(cases: list[Seen], tolerance: float) -> Part | None:
    """The one entry that is wrong wherever the answer is, if it is always the same one."""
    if sum(one.wrong for one in cases) < _WRONG:
        return None
    for place, name in _places([one.right for one in cases]):
        found = []
        for one in cases:
            try:
                (mine, others), (right, rest) = _taken(one.answer, place), _taken(one.right, place)
            except (TypeError, LookupError):
                break
            if one.wrong and difference(others, rest, tolerance):
                break
            found.append(one._replace(answer=mine, right=right))
        else:
            said = f"In every case tried, {name} of your answer is {{}}; the rest is right."
            return Part(said, f"Only {name} of your answer is ever wrong.", found)
    return None


def _places(rights: list[Any]) -> list[tuple[Any, str]]:
    if all(type(right) is dict for right in rights):
        return [(key, f"the entry for {key!r}") for key in rights[0]]
    if any(type(right) not in (list, np.ndarray) for right in rights):
        return []
    sizes = {len(right) for right in rights}
    if max(sizes) < 2:
        return []
    what = "row" if type(rights[0]) is np.ndarray and rights[0].ndim == 2 else "entry"
    inner = range(1, min(max(sizes) - 1, 6)) if len(sizes) == 1 else ()
    return [
        (0, f"the first {what}"),
        (-1, f"the last {what}"),
        *((i, f"the {what} at index {i}") for i in inner),
    ]


def _taken(value: Any, place: Any) -> tuple[Any, Any]:
    """The entry at a place, and all the others."""
    if type(value) is dict:
        return value[place], {key: item for key, item in value.items() if key != place}
    if type(value) not in (list, np.ndarray):
        raise TypeError
    others = np.delete(value, place, axis=0) if type(value) is np.ndarray else [*value]
    if type(value) is list:
        del others[place]
    return plain(value[place]), others


_Condition = tuple[str, Callable[[Seen], bool], float]
"""(the words, the condition, how many right cases there may be in it for each wrong one)"""


def _conditions(one: Seen) -> Iterator[_Condition]:
    """Whatever can be said of one case, and that it can be said of another."""
    for name, value in one.case.items():
        yield from _said_of(f"`{name}`", value, lambda other, name=name: other.case[name])
    yield from _said_of("the right answer", one.right, lambda other: other.right, negatives=False)
    numbers = [name for name, value in one.case.items() if type(value) in (int, float)]
    for first, second in combinations(numbers, 2):
        for words, compare in _COMPARED:
            if compare(one.case[first], one.case[second]):
                yield (
                    f"`{first}` is {words} `{second}`",
                    lambda other, first=first, second=second, compare=compare: compare(
                        other.case[first], other.case[second]
                    ),
                    0.25,
                )


def _said_of(
    name: str, value: Any, read: Callable[[Seen], Any], negatives: bool = True
) -> Iterator[_Condition]:
    if type(value) is bool:
        yield f"{name} is {value}", lambda other: read(other) is value, 3
    if type(value) is str:
        yield f"{name} is {value!r}", lambda other: read(other) == value, 3
    for kinds, positive, negative, has in _PROPERTIES:
        if type(value) in kinds and ((here := bool(has(value))) or (negatives and negative)):
            yield (
                f"{name} {positive if here else negative}",
                lambda other, kinds=kinds, has=has, here=here: (
                    type(read(other)) in kinds and bool(has(read(other))) is here
                ),
                0.25,
            )


_COMPARED = (
    ("equal to", operator.eq),
    ("smaller than", operator.lt),
    ("larger than", operator.gt),
    ("not larger than", operator.le),
    ("not smaller than", operator.ge),
    ("different from", operator.ne),
)
_PROPERTIES: tuple[tuple[tuple[type, ...], str, str, Callable[[Any], Any]], ...] = (
    ((int, float), "is 0", "is not 0", lambda value: value == 0),
    ((int, float), "is 1", "is not 1", lambda value: value == 1),
    ((int, float), "is negative", "is not negative", lambda value: value < 0),
    ((int,), "is even", "is odd", lambda value: value % 2 == 0),
    ((list, str, np.ndarray), "is empty", "is not empty", lambda value: len(value) == 0),
    (
        (list, str, np.ndarray),
        "has more than one entry",
        "has no more than one entry",
        lambda value: (value.size if type(value) is np.ndarray else len(value)) > 1,
    ),
    ((list, np.ndarray), "has a negative entry", "", lambda value: (numbers_in(value) < 0).any()),
    ((list, np.ndarray), "has a 0 in it", "", lambda value: (numbers_in(value) == 0).any()),
    ((list, np.ndarray), "has equal entries", "", lambda value: len({*map(identity, value)}) < len(value)),
    ((str,), "has a capital letter", "has no capital letter", lambda value: value != value.lower()),
    (
        (str,),
        "has white space",
        "has no white space",
        lambda value: len(value.split()) != 1 or value != value.strip(),
    ),
)
"""(types, the words, the words for the contrary, the property)"""
