"""Counting parameters: of a model, one array at a time."""

import re
from collections.abc import Sequence
from math import prod
from typing import Any


def count(model: Any) -> int:
    """The number of parameters of a built Keras model or layer, counted from the shapes of its arrays.

    Raises ValueError when the model is not built yet, since Keras makes the arrays only then.
    """
    return sum(prod(array.shape) for array in _arrays(model))


def table(model: Any) -> str:
    """A line for each array of parameters (layer, what it is, shape, count), and their sum.

    Raises ValueError when the model is not built yet.
    """
    arrays = _arrays(model)
    rows = [
        (name, str(tuple(array.shape)), f"{prod(array.shape):,}")
        for name, array in zip(_names(arrays), arrays, strict=True)
    ]
    return aligned([("parameters of", "shape", "count"), *rows, ("all together", "", f"{count(model):,}")])


def aligned(rows: Sequence[Sequence[str]]) -> str:
    """Rows of text in columns: the last column to the right, the others to the left."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = []
    for *first, last in rows:
        cells = [cell.ljust(width) for cell, width in zip(first, widths[:-1], strict=True)]
        lines.append("  ".join([*cells, last.rjust(widths[-1])]))
    return "\n".join(lines)


def _arrays(model: Any) -> list[Any]:
    if not model.built:
        raise ValueError(
            f"model {model.name!r} has no parameters yet: give it a keras.Input, or call it on data once"
        )
    return model.weights


def _names(arrays: list[Any]) -> list[str]:
    """Layer and array, as in "dense/kernel", "dense_1/kernel".

    Keras numbers its layers on from model to model, so that the number would depend on what else was
    built before; here it starts anew.
    """
    layers: dict[str, str] = {}
    for array in arrays:
        layer = _layer(array)
        base = re.sub(r"_\d+$", "", layer)
        before = sum(re.sub(r"_\d+$", "", other) == base for other in layers)
        layers.setdefault(layer, f"{base}_{before}" if before else base)
    return [f"{layers[_layer(array)]}/{array.path.split('/')[-1]}" for array in arrays]


def _layer(array: Any) -> str:
    return array.path.split("/")[-2]
