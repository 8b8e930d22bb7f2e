"""Starts XLA, TensorFlow's compiler, without its greeting."""

import os
from functools import cache

import tensorflow as tf


@cache
def start_quietly() -> None:
    """Compile something small, once.

    XLA writes two log lines when it first compiles, past Python and its settings to file descriptor 2, and
    a notebook would show them in red.
    """
    kept, nowhere = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    try:
        tf.function(lambda: tf.zeros(()), jit_compile=True)()
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)
