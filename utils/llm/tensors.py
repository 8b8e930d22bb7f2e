"""The real language model's parameters, one tensor at a time, as NumPy arrays."""

import difflib
from pathlib import Path

import numpy as np
from gguf import ReaderTensor, dequantize

from utils.llm.fetch import weights_file
from utils.llm.reader import open_gguf


def read_tensor(name: str) -> np.ndarray:
    """One tensor as float32, in the shape (rows, columns): "token_embd.weight" gives (49152, 576).

    The file keeps most numbers in 4 or 8 bits and a scale for each 32 of them; here they are multiplied
    out. A new array each time, which may be written to.

    Raises ValueError when no tensor has this name, and as weights_file() does when the file is not there.
    """
    tensors = _tensors(weights_file())
    if name not in tensors:
        near = difflib.get_close_matches(name, tensors, n=3, cutoff=0.5) or list(tensors)[:3]
        raise ValueError(f"no tensor is called {name!r}; there are {', '.join(near)} and others")
    tensor = tensors[name]
    return np.require(dequantize(tensor.data, tensor.tensor_type), np.float32, "W")


def tensor_shapes() -> dict[str, tuple[int, ...]]:
    """The shape of every tensor by name, in the file's order. No tensor is read for it."""
    return {name: _shape(tensor) for name, tensor in _tensors(weights_file()).items()}


def _shape(tensor: ReaderTensor) -> tuple[int, ...]:
    """The file states the shape with the columns first."""
    return tuple(int(size) for size in reversed(tensor.shape))


def _tensors(path: Path) -> dict[str, ReaderTensor]:
    """Where each tensor is in the file."""
    return {tensor.name: tensor for tensor in open_gguf(path).tensors}
