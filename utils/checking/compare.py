"""Is this answer right, and if not, what is wrong with it in one sentence.

An answer is first turned into plain data by its exact type, so that an object with its own idea of
equality is refused before anything is compared, and none of its own methods is ever called.
"""

import math
import sys
from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction
from types import CoroutineType, GeneratorType
from typing import Any

import numpy as np

_NUMBERS = (int, float)
_KINDS = (bool, str, *_NUMBERS)
_VIEWS = (range, type({}.keys()), type({}.values()), type({}.items()))
_MANY = 1_000_000
"""More entries than any answer here has: a range of more is not written out, an array of more not copied."""


_TO_COME = "it stands for numbers to come, and numbers themselves are asked for."
_TOO_LARGE = "Your answer has a number too large for a float."


class Unusable(Exception):
    """The answer is not data that can be compared; the message says why, to the learner."""


def plain(value: Any) -> Any:
    """The answer as numbers, texts, lists, dictionaries and NumPy arrays, and nothing else.

    Raises Unusable with a sentence for the learner when it is anything else.
    """
    try:
        return _plain(value)
    except RecursionError:
        raise Unusable("Your answer contains itself, or lists in lists without end.") from None
    except OverflowError:
        raise Unusable(_TOO_LARGE) from None


def difference(answer: Any, expected: Any, tolerance: float) -> str | None:
    """None when the answer equals the expected value, else the sentence that says what differs."""
    try:
        return _difference(plain(answer), plain(expected), tolerance)
    except Unusable as reason:
        return str(reason)
    except OverflowError:
        return _TOO_LARGE


def agrees(answer: Any, other: Any, tolerance: float) -> bool:
    """Whether the answer is this other one, which may be wrong: in arrays NaN and infinity are themselves."""
    if difference(answer, other, tolerance) is None:
        return True
    try:
        ours, theirs = (np.asarray(plain(each)) for each in (answer, other))
    except (Unusable, ValueError):
        return False
    if ours.shape != theirs.shape or any(array.dtype.kind != "f" for array in (ours, theirs)):
        return False
    return not np.isfinite(theirs).all() and np.allclose(ours, theirs, tolerance, tolerance, equal_nan=True)


def _plain(value: Any) -> Any:
    kind = type(value)
    if kind in _KINDS:
        return value
    # Also those made from them, such as a named tuple or an OrderedDict: read as what they are made from.
    for sequence in (list, tuple):
        if issubclass(kind, sequence):
            return [_plain(item) for item in sequence.__iter__(value)]
    if issubclass(kind, dict):
        return _plain_dict(value)
    if kind in _VIEWS:
        if len(value) > _MANY:
            raise Unusable(f"Your answer has {len(value)} entries: more than any right answer has.")
        return [_plain(item) for item in value]
    if kind in (Fraction, Decimal):
        if type(value) is Decimal and value.is_nan():
            return math.nan
        return int(value) if _is_whole(value) else float(value)
    if _is_tensor(kind):
        return _plain(_array_of(value))
    if issubclass(kind, np.generic) and kind.__module__ in ("numpy", "ml_dtypes"):
        return _plain(np.asarray(value))
    if kind is np.ndarray:
        return _plain_array(value)
    raise Unusable(_what_it_is(value))


def _plain_dict(value: dict) -> dict:
    keys, items = dict.keys(value), dict.items(value)
    if not all(type(key) in _KINDS or _is_numpy(type(key)) for key in keys):
        raise Unusable("The keys of a dictionary are texts or numbers here.")
    return {_plain(key): _plain(item) for key, item in items}


def _plain_array(value: np.ndarray) -> Any:
    if value.dtype.kind in "UST":
        return _plain(value.tolist())
    if value.dtype.type.__module__ == "ml_dtypes":  # bfloat16 and the like
        value = value.astype(float)
    if value.dtype.kind not in "biuf":
        raise Unusable(f"Numbers are asked for, and your answer holds {value.dtype.name} values.")
    if value.ndim == 0:
        # an item of a longdouble would be a longdouble again
        return float(value) if value.dtype.kind == "f" else value.item()
    # a copy, since the function may write into the same array in its next call
    return value if value.size > _MANY else value.copy()


def _is_whole(value: Fraction | Decimal) -> bool:
    if type(value) is Fraction:
        return value.denominator == 1
    return value.is_finite() and abs(value.adjusted()) < 400 and value == value.to_integral_value()


def _is_numpy(kind: type) -> bool:
    return issubclass(kind, np.generic) and kind.__module__ == "numpy"


def _array_of(tensor: Any) -> np.ndarray:
    try:
        return np.asarray(tensor.numpy())
    except Exception:
        raise Unusable(f"Your answer is a tensor without numbers: {_TO_COME}") from None


def _what_it_is(value: Any) -> str:
    """The sentence for an answer that cannot be read. Learns only from its type, for its methods may lie."""
    kind = type(value)
    if value is None:
        return "Your answer is None: did the function come to its end without reaching a `return`?"
    if value is Ellipsis:
        return "There is still a `...` where your answer should be."
    name = kind_name(kind)
    if kind is complex or issubclass(kind, np.complexfloating):
        return f"Your answer is {a_or_an(name)} number; is there a root of a negative number?"
    if kind is GeneratorType:
        return (
            "Your answer is a generator, which gives its values one at a time when somebody asks for them. "
            "Write list(...) around it, or `return` where `yield` stands."
        )
    if kind is CoroutineType:
        return "Your function begins with `async def`; a plain `def` is asked for."
    if issubclass(kind, Iterator) and kind.__module__ in ("builtins", "itertools"):
        return (
            f"Your answer is {a_or_an(name)} object, which gives its values one at a time when somebody asks "
            "for them. Write list(...) around it."
        )
    if kind in (set, frozenset):
        return f"Your answer is {a_or_an(name)}, which has no order and holds nothing twice. Make it a list."
    if kind in (bytes, bytearray):
        return f"Your answer is {name}; a text is turned into bytes by .encode() and back by .decode()."
    if name == "KerasTensor":
        return f"Your answer is a KerasTensor: {_TO_COME}"
    if callable(value):
        return f"Your answer is {a_or_an(name)}, not a result. Are the parentheses of a call missing?"
    return f"Your answer is {a_or_an(name)}; numbers, texts, lists or arrays are understood here."


def _difference(answer: Any, expected: Any, tolerance: float) -> str | None:
    if type(expected) is bool:
        return _bool_difference(answer, expected)
    if type(expected) in _NUMBERS:
        return _number_difference(answer, expected, tolerance)
    if type(expected) is str:
        return _text_difference(answer, expected)
    if type(expected) is np.ndarray:
        return _array_difference(answer, expected, tolerance)
    if type(expected) is dict:
        return _dict_difference(answer, expected, tolerance)
    return _list_difference(answer, expected, tolerance)


def _bool_difference(answer: Any, expected: bool) -> str | None:
    if type(answer) is not bool:
        return f"True or False is asked for, and your answer is {_describe(answer)}."
    return None if answer == expected else f"Your answer is {answer}."


def _number_difference(answer: Any, expected: float, tolerance: float) -> str | None:
    if type(answer) not in _NUMBERS:
        return f"A single number is asked for, and your answer is {_describe(answer)}."
    if problem := _not_finite(answer):
        return problem
    if type(expected) is int:
        # 21.000000000000004 is how a float says 21.
        tolerance = 0.0 if type(answer) is int else 1e-12
    close = abs(answer - expected) <= tolerance * max(1.0, abs(expected))
    return None if close and math.isfinite(expected) else "The number is not the right one."


def _text_difference(answer: Any, expected: str) -> str | None:
    if type(answer) is not str:
        return f"A text is asked for, and your answer is {_describe(answer)}."
    if answer == expected:
        return None
    if answer.strip().casefold() == expected.strip().casefold():
        return "Only capitals or white space differ."
    return "The text is not the right one."


def _array_difference(answer: Any, expected: np.ndarray, tolerance: float) -> str | None:
    if type(answer) is list:
        answer = _as_array(answer)
    if type(answer) is np.ndarray and answer.dtype.kind in "US":
        return f"An array of numbers of shape {expected.shape} is asked for; yours holds texts."
    if type(answer) is not np.ndarray:
        return f"An array of shape {expected.shape} is asked for, and your answer is {_describe(answer)}."
    if answer.shape != expected.shape:
        turned = " Is it the transpose?" if answer.shape == expected.shape[::-1] else ""
        return f"Your array has shape {answer.shape}; the right one has shape {expected.shape}.{turned}"
    if expected.dtype.kind == "b" and answer.dtype.kind != "b":
        return "True and False are asked for, and your array holds numbers. A comparison would give them."
    if not np.isfinite(answer).all():
        return _not_finite(answer[~np.isfinite(answer)][0].item())
    close = np.abs(answer.astype(float) - expected) <= tolerance * np.maximum(1.0, np.abs(expected))
    off = ~(close & np.isfinite(expected))
    if not off.any():
        return None
    if off.all():
        return "No entry of your array is the right one."
    first = tuple(int(i) for i in np.argwhere(off)[0])
    return f"{int(off.sum())} of {off.size} entries differ, the first at index {first}."


def _list_difference(answer: Any, expected: list, tolerance: float) -> str | None:
    if type(answer) is np.ndarray:
        answer = answer.tolist()
    if type(answer) is not list:
        return (
            f"A list of length {len(expected)}, written [first, second, ...], is asked for, "
            f"and your answer is {_describe(answer)}."
        )
    if len(answer) != len(expected):
        return f"The right list has length {len(expected)}; yours has length {len(answer)}."
    for index, (mine, right) in enumerate(zip(answer, expected, strict=True)):
        if problem := _difference(mine, right, tolerance):
            return f"At index {index}: {problem}"
    return None


def _dict_difference(answer: Any, expected: dict, tolerance: float) -> str | None:
    if type(answer) is not dict:
        return f"A dictionary is asked for, and your answer is {_describe(answer)}."
    if missing := [key for key in expected if key not in answer]:
        return f"The key {missing[0]!r} is missing."
    if extra := [key for key in answer if key not in expected]:
        return f"The key {extra[0]!r} should not be there."
    for key, right in expected.items():
        if problem := _difference(answer[key], right, tolerance):
            return f"At key {key!r}: {problem}"
    return None


def _not_finite(number: float) -> str | None:
    if math.isnan(number):
        return "Your answer is not a number (NaN): it comes from 0/0, inf - inf or the like."
    if math.isinf(number):
        return "Your answer is infinite: a division by zero, or a number too large for a float."
    return None


def _as_array(items: list) -> Any:
    """The list as an array; as it is when it holds anything but numbers, lists of numbers, or texts."""
    try:
        array = np.array(items)
    except ValueError:
        raise Unusable("The rows of your list have different lengths, so it is not an array.") from None
    if array.dtype.kind != "O":
        return array
    try:
        return np.array(items, dtype=float)  # whole numbers that are too large for 64 bits
    except (TypeError, ValueError):
        return items


def _is_tensor(kind: type) -> bool:
    """TensorFlow tensors and Keras variables, without importing either for those who use neither."""
    tensorflow, keras = sys.modules.get("tensorflow"), sys.modules.get("keras")
    kinds = [getattr(tensorflow, name, None) for name in ("Tensor", "Variable")]
    kinds.append(getattr(keras, "Variable", None))
    return any(isinstance(one, type) and issubclass(kind, one) for one in kinds)


def _describe(value: Any) -> str:
    if type(value) is np.ndarray:
        return f"an array of shape {value.shape}"
    if type(value) is list:
        return f"a list of length {len(value)}"
    if type(value) is dict:
        return "a dictionary"
    if type(value) is str:
        return f"the text {value[:40]!r}"
    return written(value)


def written(value: Any) -> str:
    """repr() of plain data, also of whole numbers that are too long for Python to write."""
    try:
        return repr(value)
    except ValueError:
        return f"a number of more than {sys.get_int_max_str_digits()} digits" if type(value) is int else "…"


def kind_name(kind: type) -> str:
    """The name of a type, whatever its metaclass says."""
    return type.__dict__["__name__"].__get__(kind) or "nameless object"


def a_or_an(noun: str) -> str:
    """The noun with its article: "an array"."""
    return f"{'an' if noun[0].lower() in 'aeiou' else 'a'} {noun}"
