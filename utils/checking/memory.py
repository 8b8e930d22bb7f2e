"""What a function could remember from one call to the next, so that a check can notice it and undo it.

Looked at are default values, variables outside of the function that it names, and its attributes, and the
same of functions that it calls: numbers, texts, and lists, dictionaries, sets and arrays of anything.
"""

from collections import deque
from collections.abc import Callable, Iterator
from functools import partial
from types import CellType, CodeType, FunctionType
from typing import Any

import numpy as np

_LARGE = 20_000
"""Entries beyond which a thing is a data set, and not looked into."""

_HOLDERS = (list, dict, set, bytearray, deque, np.ndarray)
_PLAIN = (bool, int, float, complex, str, bytes, tuple, frozenset, type(None))


class Memory:
    """The state around a function at one moment."""

    def __init__(self, function: Any) -> None:
        self._places = [
            (label, read, write, read(), copied(read()))
            for label, read, write in _places(function, set())
            if type(read()) in (*_HOLDERS, *_PLAIN) and _entries(read()) <= _LARGE
        ]

    def changed(self) -> list[str]:
        """What is different now, each as in "the default value of seen"."""
        return [label for label, read, _, _, before in self._places if not same(read(), before)]

    def restore(self) -> None:
        """Make everything as it was at that moment."""
        for _, read, write, thing, before in self._places:
            if same(read(), before):
                continue
            if type(thing) in _HOLDERS:
                _fill(thing, copied(before))
            write(thing)


_Place = tuple[str, Callable[[], Any], Callable[[Any], None]]


def _places(function: Any, seen: set[int]) -> Iterator[_Place]:
    """(what it is called, how to read it, how to write it) for all that a function can remember by."""
    if type(function) is not FunctionType or id(function) in seen:
        return
    seen.add(id(function))
    found: list[_Place] = []
    code = function.__code__
    named = code.co_varnames[: code.co_argcount]
    for name, value in zip(reversed(named), reversed(function.__defaults__ or ()), strict=False):
        found.append((f"the default value of {name}", lambda value=value: value, lambda _: None))
    for name, value in (function.__kwdefaults__ or {}).items():
        found.append((f"the default value of {name}", lambda value=value: value, lambda _: None))
    for name, cell in zip(code.co_freevars, function.__closure__ or (), strict=False):
        found.append((_outside(name), partial(_content, cell), partial(_put, cell)))
    everything = function.__globals__
    for name in _names(code) & everything.keys():
        found.append((_outside(name), *_entry(everything, name)))
    for name in function.__dict__:
        found.append((f"its own attribute {name}", *_entry(function.__dict__, name)))
    for label, read, write in found:
        yield label, read, write
        thing = read()
        if type(thing) is FunctionType and thing.__globals__ is everything:
            yield from _places(thing, seen)


def _outside(name: str) -> str:
    return f"the variable {name}, which stands outside of it,"


def _entry(where: dict[str, Any], name: str) -> tuple[Callable[[], Any], Callable[[Any], None]]:
    return lambda: where.get(name), lambda new: where.__setitem__(name, new)


def _content(cell: CellType) -> Any:
    try:
        return cell.cell_contents
    except ValueError:  # not set yet
        return None


def _put(cell: CellType, value: Any) -> None:
    cell.cell_contents = value


def _names(code: CodeType) -> set[str]:
    """All names of globals in a function's code, also in functions within it."""
    names = set(code.co_names)
    for constant in code.co_consts:
        if type(constant) is CodeType:
            names |= _names(constant)
    return names


def _inside(thing: Any) -> Iterator[Any]:
    yield from dict.values(thing) if type(thing) is dict else thing


def _entries(thing: Any, depth: int = 0) -> int:
    """How many entries a thing has, those in its entries included; counts no further than _LARGE."""
    if type(thing) is np.ndarray:
        return thing.size
    if type(thing) not in _HOLDERS or depth > 4:
        return 1
    total = 1 + len(thing)
    if total <= _LARGE and type(thing) is not bytearray:
        for item in _inside(thing):
            total += _entries(item, depth + 1)
            if total > _LARGE:
                break
    return total


def copied(thing: Any, depth: int = 0) -> Any:
    """The thing again, with its entries copied too where they can be changed."""
    kind = type(thing)
    if kind not in _HOLDERS or depth > 4:
        return thing
    if kind is np.ndarray:
        return thing.copy()
    if kind is dict:
        return {key: copied(value, depth + 1) for key, value in thing.items()}
    if kind in (list, deque):
        return kind(copied(item, depth + 1) for item in thing)
    return kind(thing)


def same(one: Any, other: Any, depth: int = 0) -> bool:
    """Whether nothing has changed. Asks no object for its own idea of equality."""
    if one is other:
        return True
    if type(one) is not type(other) or depth > 4:
        return False
    kind = type(one)
    if kind is np.ndarray:
        return one.shape == other.shape and one.dtype == other.dtype and one.tobytes() == other.tobytes()
    if kind not in _HOLDERS:
        return kind in (bool, int, float, complex, str, bytes) and one == other
    if len(one) != len(other):
        return False
    if kind is dict:
        # the keys in their order: an entry that was taken out and put back has changed the dictionary
        pairs = zip(one, other, strict=True)
        return all(a is b or same(a, b) for a, b in pairs) and _all_same(one.values(), other.values(), depth)
    if kind is set:
        return {id(item) for item in one} == {id(item) for item in other} or (
            all(type(item) in _PLAIN for item in one | other) and one == other
        )
    return _all_same(one, other, depth)


def _all_same(some: Any, others: Any, depth: int) -> bool:
    return all(same(a, b, depth + 1) for a, b in zip(some, others, strict=True))


def _fill(holder: Any, before: Any) -> None:
    """Put what was in a holder back into that very holder, which others may have a name for."""
    if type(holder) is np.ndarray:
        if holder.shape == before.shape and holder.flags.writeable:
            holder[...] = before
    elif type(holder) in (list, bytearray):
        holder[:] = before
    elif type(holder) is deque:
        holder.clear()
        holder.extend(before)
    else:
        holder.clear()
        holder.update(before)
