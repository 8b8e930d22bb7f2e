"""Messages between the grader and a jail: JSON, bounded in size, and values written in it.

Never a pickle: what a student's process sends is read as numbers, texts, lists and arrays, and as nothing
else.
"""

import base64
import json
import math
import socket
import struct
import time
from typing import Any

import numpy as np

MEGABYTE = 1 << 20
_REST = 10.0
"""Seconds that the rest of a message may take in any case."""
_HEADER = struct.Struct(">I")
_KINDS = (
    *("bool", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64"),
    *("float16", "float32", "float64"),
)
_DTYPES = {np.dtype(name).str: np.dtype(name) for name in _KINDS}
_LARGEST_PLAIN_INT = 1 << 63


class Broken(Exception):
    """What came is no message, or no value, or larger than was allowed."""


class OtherNumbers(TypeError, ValueError):
    """An array's numbers are of a type that is not sent. kind: its name, such as "bfloat16"."""

    def __init__(self, kind: str) -> None:
        super().__init__(f"numbers of the type {kind}, not one of {', '.join(_KINDS)}")
        self.kind = kind


class Gone(Exception):
    """The other side has closed the line."""


class Late(Exception):
    """Nothing came in time."""


def send(line: socket.socket, message: Any) -> None:
    """Send one message. Raises Gone when nobody is there to take it, Late, and Broken for lists in lists
    without end, as somebody else may have sent them to be passed on.
    """
    try:
        data = json.dumps(message).encode()
    except RecursionError:
        raise Broken("a message with too much in each other") from None
    try:
        line.sendall(_HEADER.pack(len(data)) + data)
    except TimeoutError:
        raise Late from None
    except OSError:
        raise Gone from None


def receive(line: socket.socket, most: int, seconds: float | None = None) -> Any:
    """The next message, of at most `most` bytes.

    Raises Broken, Gone, or Late when it has not come whole within `seconds`.
    """
    end = None if seconds is None else time.monotonic() + seconds
    (size,) = _HEADER.unpack(_exactly(line, _HEADER.size, end))
    if size > most:
        raise Broken(f"a message of {size:,} bytes, where {most:,} are allowed")
    if end is not None:
        # It has begun: on a busy machine its rest may take a moment longer, and is no fault of the sender.
        end = max(end, time.monotonic() + _REST)
    data = _exactly(line, size, end)
    try:
        return json.loads(data)
    except (ValueError, RecursionError):
        raise Broken("a message that is not JSON") from None


def _exactly(line: socket.socket, size: int, end: float | None) -> bytes:
    received = bytearray()
    while len(received) < size:
        try:
            line.settimeout(None if end is None else max(0.001, end - time.monotonic()))
            piece = line.recv(min(size - len(received), MEGABYTE))
        except TimeoutError:
            if received:
                # A message that has begun is lost with its beginning.
                raise Broken("a message that stops half-way") from None
            raise Late from None
        except OSError:
            raise Gone from None
        if not piece:
            raise Gone
        received += piece
    return bytes(received)


def encode(value: Any) -> Any:
    """Plain data (see utils.checking.compare), and tuples, as JSON can hold them.

    TypeError for anything else; OtherNumbers, which is one, for an array of another type.
    """
    return _encode(value)


def _encode(value: Any) -> Any:
    kind = type(value)
    if kind in (bool, float):
        return value
    if kind is int:
        return value if abs(value) < _LARGEST_PLAIN_INT else {"$": "int", "hex": hex(value)}
    if kind is str:
        return value
    if kind is list:
        return [_encode(item) for item in value]
    if kind is tuple:
        return {"$": "tuple", "items": [_encode(item) for item in value]}
    if kind is dict:
        return {"$": "dict", "items": [[_encode(key), _encode(item)] for key, item in value.items()]}
    if kind is np.ndarray:
        return _encode_array(value)
    raise TypeError(f"a {kind.__name__} is no plain data")


def _encode_array(array: np.ndarray) -> Any:
    if array.dtype.str not in _DTYPES:
        raise OtherNumbers(array.dtype.name)
    data = base64.b64encode(np.ascontiguousarray(array).tobytes()).decode()
    return {"$": "array", "dtype": array.dtype.str, "shape": list(array.shape), "data": data}


def decode(message: Any) -> Any:
    """The value that a message holds. Raises Broken when it is not of the form that encode() gives."""
    try:
        return _decode(message)
    except (KeyError, TypeError, ValueError, IndexError, OverflowError, RecursionError, MemoryError) as error:
        raise Broken("a value in no known form") from error


def _decode(message: Any) -> Any:
    if type(message) in (bool, int, float, str):
        return message
    if type(message) is list:
        return [_decode(item) for item in message]
    what = message["$"]
    if what == "int":
        return int(message["hex"], 16)
    if what == "tuple":
        return tuple(_decode(item) for item in message["items"])
    if what == "dict":
        return {_decode(key): _decode(item) for key, item in message["items"]}
    if what == "array":
        return _decode_array(message)
    raise Broken(f"a value of the unknown kind {str(what)[:40]!r}")


def _decode_array(message: dict) -> np.ndarray:
    dtype, shape = _DTYPES[message["dtype"]], message["shape"]
    data = base64.b64decode(message["data"], validate=True)
    if len(shape) > 32 or not all(type(size) is int and size >= 0 for size in shape):
        raise Broken("an array of an impossible shape")
    if math.prod(shape) * dtype.itemsize != len(data):
        raise Broken("an array that does not fill its shape")
    return np.frombuffer(data, dtype).reshape(shape).copy()


def size(message: Any) -> int:
    """About how many bytes a received message takes."""
    if isinstance(message, dict):
        return 64 + sum(64 + size(item) for item in message.values())
    if isinstance(message, list):
        return 64 + 8 * len(message) + sum(map(size, message))
    if isinstance(message, bool) or message is None:
        return 0
    return 64 + len(message) if isinstance(message, str) else 32
