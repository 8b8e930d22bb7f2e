"""The floating-point operations of a function, as TensorFlow counts them in its own list."""

from collections.abc import Callable, Sequence
from typing import Any

import tensorflow as tf


def operations(function: Callable[..., Any], *shapes: Sequence[int]) -> int:
    """How many floating-point operations a function of arrays with these shapes takes.

    An addition counts as one, and so does a multiplication; a ReLU is not counted.
    """
    inputs = [tf.TensorSpec(shape) for shape in shapes]
    graph = tf.function(function).get_concrete_function(*inputs).graph
    profiler = tf.compat.v1.profiler
    options = profiler.ProfileOptionBuilder.float_operation() | {"output": "none"}
    return profiler.profile(graph, options=options).total_float_ops
