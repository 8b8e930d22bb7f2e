"""The tensors of the real language model as their file keeps them: bytes, in blocks of 32 numbers."""

import numpy as np

from utils.llm.fetch import weights_file
from utils.llm.reader import open_gguf

_BLOCK = {"Q4_1": 20, "Q8_0": 34}
"""Bytes for 32 numbers. Q4_1: step and smallest number in 16 bits each, then 32 times 4 bits. Q8_0: the step
in 16 bits, then 32 bytes with a sign."""


def packed(name: str) -> np.ndarray:
    """A tensor's bytes: (rows, blocks in a row, bytes of a block), whole numbers from 0 to 255.

    Raises ValueError when there is no tensor of this name, or it is not kept in blocks.
    """
    for tensor in open_gguf(weights_file()).tensors:
        if tensor.name == name:
            if (kind := tensor.tensor_type.name) not in _BLOCK:
                raise ValueError(f"{name} is kept as {kind}, not in blocks")
            return np.array(tensor.data).reshape(len(tensor.data), -1, _BLOCK[kind])
    raise ValueError(f"no tensor is called {name!r}")


def sizes() -> dict[str, tuple[int, int, int]]:
    """For each way in which the file keeps numbers: how many tensors, numbers and bytes."""
    found: dict[str, tuple[int, int, int]] = {}
    for tensor in open_gguf(weights_file()).tensors:
        kind = tensor.tensor_type.name
        tensors, numbers, size = found.get(kind, (0, 0, 0))
        found[kind] = (tensors + 1, numbers + int(tensor.n_elements), size + int(tensor.n_bytes))
    return found
