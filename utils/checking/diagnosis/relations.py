"""What a wrong answer can be to the right one: relations between the two, each with the words for it."""

from collections.abc import Callable, Iterator
from functools import partial
from itertools import combinations
from typing import Any, NamedTuple

import numpy as np

from utils.checking.compare import written

_Change = Callable[[Any], Any]


class Relation(NamedTuple):
    """A relation between an answer and the right one.

    is_it: what the answer is, after "your answer is". look: what to look at. sides: of the answer, the right
    one and the arguments by name, two things that are the same where the relation holds; a TypeError says
    that it does not, an ArithmeticError or a ValueError that it cannot be told. least: in how many different
    cases it has to be seen. even_zeros: whether those count in which the two sides are 0 or 1.
    """

    is_it: str
    look: str
    sides: Callable[[Any, Any, dict[str, Any]], tuple[Any, Any]]
    least: int = 3
    even_zeros: bool = True


def each(change: _Change) -> _Change:
    """The function for every number in plain data. Texts and truth values stay what they are."""

    def changed(value: Any) -> Any:
        if type(value) in (int, float) or (type(value) is np.ndarray and value.dtype.kind != "b"):
            return change(value)
        if type(value) is list:
            return [changed(item) for item in value]
        return {key: changed(item) for key, item in value.items()} if type(value) is dict else value

    return changed


def numbers_in(value: Any) -> np.ndarray:
    """All numbers in plain data, one after another: shape (how many,)."""
    found: list[float] = []
    each(lambda numbers: found.extend(np.ravel(numbers)))(value)
    return np.array(found, float)


def fixed() -> Iterator[Relation]:
    """Relations that need neither the arguments nor a constant."""
    for rows, of_answer, of_right in ((_SHAPES, 1, 1), (_ANSWER_IS, 0, 1), (_RIGHT_IS, 1, 0), (_SAME, 1, 1)):
        for is_it, look, change in rows:
            both = change if of_answer else _itself, change if of_right else _itself
            yield Relation(is_it, look, partial(_changed, *both), even_zeros=False)


def _itself(value: Any) -> Any:
    return value


def _changed(of_answer: _Change, of_right: _Change, answer: Any, right: Any, _: Any) -> tuple[Any, Any]:
    return of_answer(answer), of_right(right)


def constants(answer: Any, right: Any) -> Iterator[Relation]:
    """The constant factor and the constant difference that there would be, from one wrong answer."""
    mine, theirs = numbers_in(answer), numbers_in(right)
    if mine.shape != theirs.shape or not mine.size or not np.isfinite(mine).all():
        return
    place = np.abs(theirs).argmax()
    if mine[place] and theirs[place]:
        times = mine[place] / theirs[place]
        times = int(times) if times == int(times) else times
        known = f"{_number(times)} times the right one", "Which constant is missing, or is there by mistake?"
        if round(1 / times, 9).is_integer():
            known = f"the right one divided by {_number(1 / times)}", known[1]
        words, look = _TIMES.get(round(times, 6), known)
        yield Relation(
            words, look, lambda answer, right, _: (answer, each(lambda one: one * times)(right)), 4
        )
    plus = (mine - theirs)[np.abs(mine - theirs).argmax()]
    plus = int(plus) if plus == int(plus) else plus
    if abs(plus) == 1 and type(right) in (int, list):
        yield Relation(_off(plus, "1"), "Where does the counting begin?", partial(_plus, lambda _: plus), 4)
    elif plus:
        yield Relation(*_difference(plus, _number(abs(plus))), partial(_plus, lambda _: plus), 4)


def of_arguments(case: dict[str, Any]) -> Iterator[Relation]:
    """Relations with the numbers that the arguments bring."""
    for name, number in _quantities(case).items():
        for sign in (1, -1):
            sides = partial(_plus, lambda case, sign=sign, number=number: sign * number(case))
            yield Relation(*_difference(sign, name), sides, 6)
        look = "Is it multiplied by that once too often, or is a division by it missing?"
        yield Relation(f"the right one times {name}", look, partial(_times, number), 6)
        look = "Is it divided by that once too often, or is a multiplication by it missing?"
        yield Relation(
            f"the right one divided by {name}",
            look,
            lambda answer, right, case, number=number: _times(number, right, answer, case),
            6,
        )


def last_resort() -> Relation:
    """A relation so weak that it is tried when no other one holds."""
    is_it = "right but for a factor, another one from case to case"
    return Relation(is_it, "What should everything be divided by, or multiplied with?", _proportional)


def always(answer: Any, right: Any) -> Iterator[Relation]:
    """The same answer, whatever is asked."""
    numbers = type(answer) in (int, float) and type(right) in (int, float)
    if not (numbers or type(answer) is type(right)) or type(answer) is np.ndarray:
        return
    if len(written(answer)) < 40 and np.isfinite(numbers_in(answer)).all():
        look = "What in the question should change it?"
        if answer == 0 and type(answer) is int and type(right) is float and abs(right) < 1:
            look += " Is it cut off by a //, an int(...) or a round(...)?"
        yield Relation(f"always {written(answer)}", look, lambda other, *_: (other, answer))


def handed_back(case: dict[str, Any]) -> Iterator[Relation]:
    """One of the arguments, as it came."""
    for name in case:
        look = "What has to be done with it?"
        yield Relation(f"`{name}` itself", look, lambda answer, _, case, name=name: (answer, case[name]))


def _plus(number: _Change, answer: Any, right: Any, case: dict[str, Any]) -> tuple[Any, Any]:
    return answer, each(lambda one: one + number(case))(right)


def _times(number: _Change, answer: Any, right: Any, case: dict[str, Any]) -> tuple[Any, Any]:
    return answer, each(lambda one: one * number(case))(right)


def _number(number: float) -> str:
    whole = round(number)
    return f"{whole:,}" if abs(number - whole) < 1e-9 * abs(number) else f"{number:.6g}"


def _off(sign: float, much: str) -> str:
    return f"too {'large' if sign > 0 else 'small'} by {much}"


def _difference(sign: float, much: str) -> tuple[str, str]:
    if sign > 0:
        return _off(sign, much), "Is something in it that does not belong there, or is it never taken away?"
    return _off(sign, much), "Is something left out, or taken away that belongs there?"


def _quantities(case: dict[str, Any]) -> dict[str, _Change]:
    """The numbers that the arguments bring, by what they are called: themselves, sizes, products of two."""
    found: dict[str, _Change] = {}
    for name, value in case.items():
        if type(value) in (int, float):
            found[f"`{name}`"] = lambda case, name=name: case[name]
        elif type(value) is np.ndarray and value.ndim == 2:
            found[f"the number of rows of `{name}`"] = lambda case, name=name: case[name].shape[0]
            found[f"the number of columns of `{name}`"] = lambda case, name=name: case[name].shape[1]
        elif type(value) in (list, str, np.ndarray):
            found[f"the length of `{name}`"] = lambda case, name=name: len(case[name])
        if type(value) is list and value and type(value[0]) in (int, float):
            found[f"the first entry of `{name}`"] = lambda case, name=name: case[name][0]
            found[f"the last entry of `{name}`"] = lambda case, name=name: case[name][-1]
            found[f"the sum of `{name}`"] = lambda case, name=name: sum(case[name])
    for (one, first), (other, second) in combinations([*found.items()], 2):
        found[f"{one} times {other}"] = lambda case, first=first, second=second: first(case) * second(case)
    return found


def _many(value: Any) -> Any:
    if type(value) not in (list, np.ndarray, str):
        raise TypeError
    return value


def _array(value: Any) -> np.ndarray:
    if type(value) not in (list, np.ndarray) or (array := np.asarray(value)).dtype.kind not in "iuf":
        raise TypeError
    if not array.size:
        raise ValueError
    return array


def _squeezed(value: Any) -> np.ndarray:
    if type(value) is not np.ndarray:
        raise TypeError
    return np.squeeze(value)


def _in_a_list(value: Any) -> list[Any]:
    if type(value) is np.ndarray:
        raise TypeError
    return [value]


def _opposite(value: Any) -> Any:
    if type(value) is bool:
        return not value
    if type(value) is not np.ndarray or value.dtype.kind != "b":
        raise TypeError
    return ~value


def _sorted(value: Any) -> list[str]:
    if type(value) not in (list, np.ndarray):
        raise TypeError
    return sorted(map(written, value.tolist() if type(value) is np.ndarray else value))


def _proportional(answer: Any, right: Any, _: Any) -> tuple[Any, Any]:
    mine, theirs = _array(answer), _array(right)
    if mine.shape != theirs.shape:
        raise TypeError
    if np.count_nonzero(theirs) < 2:
        raise ValueError
    place = np.unravel_index(np.abs(theirs).argmax(), theirs.shape)
    if not mine[place]:
        raise TypeError
    return mine * theirs[place], theirs * mine[place]


_Row = tuple[str, str, _Change]
_WHICH = "Which part of it is asked for?"
_ELSE = "What else is asked for?"
_ADDED = "Is something added up that should stay apart, or along another axis?"
_STILL = "What is still to be done with its entries?"
_ROUND = "Is there a rounding, an int(...) or a // that should not be there?"

_ANSWER_IS: tuple[_Row, ...] = (
    ("the opposite of the right one", "Is a `not` missing or a comparison turned round?", _opposite),
    ("the right one in reverse order", "From which end is it built?", lambda right: _many(right)[::-1]),
    ("the transpose of the right one", "What are the rows?", lambda right: _array(right).T),
    ("the right one without its last entry", "Does it stop one too early?", lambda right: _many(right)[:-1]),
    ("the right one without its first entry", "Does it begin one too late?", lambda right: _many(right)[1:]),
    ("a list with the right one in it", "Take off a pair of brackets.", _in_a_list),
    ("the sum of what is asked for", _ADDED, lambda right: _array(right).sum()),
    ("the sum over axis 0 of what is asked for", _ADDED, lambda right: _array(right).sum(axis=0)),
    ("the mean of what is asked for", _ADDED, lambda right: _array(right).mean()),
    ("the first entry of what is asked for", _ELSE, lambda right: _many(right)[0]),
    ("the last entry of what is asked for", _ELSE, lambda right: _many(right)[-1]),
    ("the largest entry of what is asked for", _ELSE, lambda right: _array(right).max()),
    ("the running sum of the right one", _ADDED, lambda right: _array(right).cumsum()),
    ("1 minus the right one", "What is taken away from 1, and should it be?", each(lambda right: 1 - right)),
    ("the square of the right one", "Is a root missing?", each(lambda right: right**2)),
    ("the square root of the right one", "Is there a root too many?", each(np.sqrt)),
    ("1 divided by the right one", "What is divided by what?", each(lambda right: 1 / right)),
    ("the logarithm of the right one", "Is an exp(...) missing at the end?", each(np.log)),
    ("the logarithm to base 2 of the right one", "Is a power of 2 missing at the end?", each(np.log2)),
    ("the exponential of the right one", "Is a logarithm missing at the end?", each(np.exp)),
    ("the right one without its sign", "Where is the sign lost?", each(abs)),
    ("the right one, rounded down", _ROUND, each(np.floor)),
    ("the right one, cut to a whole number", _ROUND, each(np.trunc)),
    ("the right one, rounded up", _ROUND, each(np.ceil)),
    ("the right one, rounded to a whole number", _ROUND, each(np.round)),
    *(
        (f"the right one, rounded to {places} places", _ROUND, each(partial(np.round, decimals=places)))
        for places in range(1, 6)
    ),
)
"""(what the answer is, what to look at, how it is made of the right one)"""

_RIGHT_IS: tuple[_Row, ...] = (
    ("the right one with one entry more at its end", "Is it one too far?", lambda answer: _many(answer)[:-1]),
    ("the right one with one entry more before it", "Where does it begin?", lambda answer: _many(answer)[1:]),
    ("the right one in pieces", 'Put them together, as in "".join(...).', lambda answer: "".join(answer)),
    ("not added up yet: its sum would be right", _STILL, lambda answer: _array(answer).sum()),
    (
        "not added up yet: its sum over axis 0 would be right",
        _STILL,
        lambda answer: _array(answer).sum(axis=0),
    ),
    ("not averaged yet: its mean would be right", _STILL, lambda answer: _array(answer).mean()),
    ("more than is asked for: its first entry is right", _WHICH, lambda answer: _many(answer)[0]),
    ("more than is asked for: its last entry is right", _WHICH, lambda answer: _many(answer)[-1]),
    ("more than is asked for: its largest entry is right", _WHICH, lambda answer: _array(answer).max()),
    ("not counted yet: its length would be right", _STILL, lambda answer: len(_many(answer))),
    ("right if it were rounded down", "A whole number is asked for.", each(np.floor)),
    ("right if it were rounded up", "A whole number is asked for.", each(np.ceil)),
    ("right if it were rounded", "A whole number is asked for.", each(np.round)),
    ("right but for a minus sign", "Where does it come from?", each(abs)),
    (
        "right but for what is negative in it, where 0 is asked for",
        "What cuts it off?",
        each(lambda answer: np.maximum(answer, 0)),
    ),
    (
        "right but for what is above 1 in it, where 1 is asked for",
        "What cuts it off?",
        each(lambda answer: np.minimum(answer, 1)),
    ),
)
"""(what the answer is, what to look at, how the right one is made of it)"""

_SHAPES: tuple[_Row, ...] = (
    (
        "made of the right numbers, with an axis too many or too few",
        "Which shape is asked for?",
        _squeezed,
    ),
)
_SAME: tuple[_Row, ...] = (
    ("made of the right entries, in another order", "Which comes first?", _sorted),
    (
        "right but for how often an entry is in it",
        "When is one added again?",
        lambda value: sorted({*_sorted(value)}),
    ),
)
"""(what the answer is, what to look at, what it and the right one have in common)"""

_ROOT = "Does a 2 stand under a root that should not be there, or is it missing under one?"
_TIMES = {
    2: ("twice the right one", "Is something counted twice, or is a half missing?"),
    0.5: ("half of the right one", "Is something left out that comes twice, or halved once too often?"),
    -1: ("the right one with its sign turned round", "Which is taken away from which?"),
    100: ("100 times the right one", "Are these per cent, and a share is asked for?"),
    1.414214: ("the root of 2 times the right one", _ROOT),
    0.707107: ("the right one divided by the root of 2", _ROOT),
    0.693147: ("the right one times the logarithm of 2", "To which base is a logarithm taken?"),
    1.442695: ("the right one divided by the logarithm of 2", "To which base is a logarithm taken?"),
    0.01: ("a hundredth of the right one", "Is this a share, and per cent are asked for?"),
}
