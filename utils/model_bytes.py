"""A small model as a file, as few bytes as our way of writing finds, and the model again.

First the length of a head, the head (JSON: how the model is built, and each array's kind, shape and way of
being written), then the arrays. One whose numbers are multiples of a step, at most 127 times, is the step
and one byte for each number; one with at most 256 different numbers is a table of them and one byte for
each; any other is its numbers as they are, the first bytes of all of them, then the second ones. All of it
is packed with LZMA, so that what is frequent takes less room. from_bytes() knows of nothing else: whatever a
model knows is in its bytes.
"""

import json
import lzma
import struct
from typing import Any

import numpy as np

from utils.grading.wire import OtherNumbers

__all__ = ["OtherNumbers", "as_bytes", "from_bytes", "rounded", "text_bytes"]

_HEAD = struct.Struct("<I")
# One set of frequencies for all bytes: what stands before a byte says little about it here.
_FILTER = {"id": lzma.FILTER_LZMA1, "preset": 9 | lzma.PRESET_EXTREME, "lc": 0, "lp": 0, "pb": 0}
_FILTER["dict_size"] = 1 << 20  # as much as it looks back upon; more would take hundreds of megabytes
_TABLE, _STEPS = 256, -1


def as_bytes(model: Any) -> bytes:
    """A model as the bytes that stand for it.

    model: a LanguageModel, a Guesser, or one of layers that come with Keras.

    Raises ValueError when it has layers of your own making, which cannot be written down; OtherNumbers, which
    is one, when it keeps numbers of a type that is not.
    """
    head, body = _parts(model)
    text = json.dumps(head, separators=(",", ":")).encode()
    whole = _HEAD.pack(len(text)) + text + body
    return lzma.compress(whole, lzma.FORMAT_ALONE, filters=[_FILTER])


def from_bytes(data: bytes) -> Any:
    """The model that as_bytes() wrote.

    Raises ValueError when these are not such bytes.
    """
    from utils.grading import models, wire

    try:
        whole = lzma.decompress(data)
        (length,) = _HEAD.unpack_from(whole)
        head, place, arrays = json.loads(whole[_HEAD.size :][:length]), _HEAD.size + length, []
        for kind, shape, way in head.pop("arrays"):
            array, place = _read(whole, place, np.dtype(kind), shape, way)
            arrays.append(wire.encode(array))
    except (lzma.LZMAError, struct.error, AttributeError, LookupError, TypeError, ValueError) as error:
        raise ValueError("data are no bytes of a model as as_bytes() writes it") from error
    packed = {**head, "weights": arrays}
    try:
        models.look_through(packed)
        return models.rebuild(packed)
    except (models.Refused, TypeError, KeyError) as error:
        raise ValueError(f"data say of no model how it is built: {error}") from error


def text_bytes(model: Any) -> int:
    """How many of the bytes say how a model is built: its bytes as they would be without any number.

    Raises ValueError as as_bytes() does.
    """
    text = json.dumps(_parts(model)[0], separators=(",", ":")).encode()
    return len(lzma.compress(_HEAD.pack(len(text)) + text, lzma.FORMAT_ALONE, filters=[_FILTER]))


def rounded(model: Any, bits: int) -> Any:
    """A copy of a model in which each array has at most 2 ** bits - 1 different numbers.

    They are the multiples of one step, as many below 0 as above (lesson 14, with a zero point of 0); the
    largest of them is about the array's largest number. bits: from 2 to 8.

    Raises ValueError for others, and as as_bytes() does.
    """
    if bits not in range(2, 9):
        raise ValueError(f"bits must be a whole number from 2 to 8, not {bits!r}")
    copy, most = from_bytes(as_bytes(model)), 2 ** (bits - 1) - 1
    arrays = [np.asarray(array) for array in copy.get_weights()]
    copy.set_weights([_to_steps(array, most) for array in arrays])
    if hasattr(model, "tokens_read"):
        copy.tokens_read = model.tokens_read
    return copy


def _to_steps(array: np.ndarray, most: int) -> np.ndarray:
    # With a step of 16 bits all its multiples are exact in 32, and as_bytes() finds it again.
    step = np.float32(np.float16(abs(array).max(initial=0) / most))
    if not step:
        return np.zeros_like(array)
    # Plus 0: a number that is rounded to -0.0 is a second 0, and no multiple.
    return np.clip(np.round(array / step), -most, most) * step + np.float32(0)


def _parts(model: Any) -> tuple[dict[str, Any], bytes]:
    """What says how a model is built and how its arrays are written, and the arrays."""
    from utils.grading import models, weights

    packed = models.pack(model)
    if "opaque" in packed:
        raise ValueError(f"model has a part that cannot be written down: {packed['opaque']}")
    packed.pop("tokens read", None)
    arrays = [weights.received(array) for array in packed.pop("weights")]
    written = [_written(array) for array in arrays]
    kinds = [[a.dtype.str, list(a.shape), way] for a, (way, _) in zip(arrays, written, strict=True)]
    return {**packed, "arrays": kinds}, b"".join(data for _, data in written)


def _written(array: np.ndarray) -> tuple[int, bytes]:
    """How an array is written (_STEPS, how many values its table has, or 0 for all values), and its bytes."""
    # By their bits: 0.0 and -0.0 are two, and what is no number is kept, too.
    bits = np.ascontiguousarray(array).view(f"u{array.itemsize}").ravel()
    different, places = np.unique(bits, return_inverse=True)
    if len(different) > _TABLE:
        return 0, _planes(bits)
    values = different.view(array.dtype)
    if (step := _step(values)) is not None:
        return _STEPS, step.tobytes() + _times(values, step)[places.ravel()].tobytes()
    if different.nbytes + len(bits) < bits.nbytes:
        return len(different), _planes(different) + places.astype("uint8").tobytes()
    return 0, _planes(bits)


def _step(values: np.ndarray) -> Any:
    """The step of which all values are multiples, to their last bit, 127 times at the most; or None."""
    if values.dtype != np.float32 or not np.isfinite(values).all() or not values.any():
        return None
    for most in range(1, 128):
        step = abs(values).max() / np.float32(most)
        if step > 0 and (_times(values, step) * step).tobytes() == values.tobytes():
            return step
    return None


def _times(values: np.ndarray, step: np.float32) -> np.ndarray:
    return np.round(values / step).astype("int8")


def _planes(values: np.ndarray) -> bytes:
    """The first bytes of all values, then the second ones, and so on."""
    return values.view("uint8").reshape(-1, values.itemsize).T.tobytes()


def _read(whole: bytes, place: int, kind: np.dtype, shape: list[int], way: int) -> tuple[np.ndarray, int]:
    """The array that begins at a place of the unpacked bytes, and where the next one does."""
    count = int(np.prod(shape))
    if way == _STEPS:
        [step] = np.frombuffer(whole, kind, 1, place)
        place += kind.itemsize
        values = np.frombuffer(whole, "int8", count, place).astype(kind) * step
        return values.reshape(shape), place + count
    size = (way or count) * kind.itemsize
    planes = np.frombuffer(whole, "uint8", size, place).reshape(kind.itemsize, -1)
    values, place = np.ascontiguousarray(planes.T).reshape(-1).view(kind), place + size
    if way:
        values, place = values[np.frombuffer(whole, "uint8", count, place)], place + count
    return values.reshape(shape), place
