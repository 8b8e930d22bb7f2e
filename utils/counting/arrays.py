"""Counting the parameters of a Keras model, one array at a time."""

import re
from math import prod
from typing import Any

from utils.text import aligned


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
