"""The matrices of a LanguageModel's blocks, and the model with all of them changed for a while."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np

from utils.llm.model import LanguageModel

IN_ATTENTION = ("query", "key", "value", "out")
IN_MLP = ("gate", "up", "down")


def dense_layers(model: LanguageModel, names: Sequence[str] = (*IN_ATTENTION, *IN_MLP)) -> list[Any]:
    """The dense layers with these names, block after block."""
    return [
        getattr(block.attention if name in IN_ATTENTION else block.mlp, name)
        for block in model.blocks
        for name in names
    ]


@contextmanager
def changed(
    model: LanguageModel,
    change: Callable[[np.ndarray], np.ndarray],
    names: Sequence[str] = (*IN_ATTENTION, *IN_MLP),
) -> Iterator[None]:
    """While this lasts, each of these matrices is what `change` makes of it; afterwards, what it was.

    change: takes and returns an array with a row for each output, as the file keeps matrices.
    """
    kernels = [layer.kernel for layer in dense_layers(model, names)]
    before = [kernel.numpy() for kernel in kernels]
    try:
        for kernel, matrix in zip(kernels, before, strict=True):
            kernel.assign(change(matrix.T).T)
        yield
    finally:
        for kernel, matrix in zip(kernels, before, strict=True):
            kernel.assign(matrix)
