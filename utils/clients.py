"""Clients of federated learning, each a process of its own with rows of its own.

What goes in are parameters, what comes out are parameters. Nothing here can ask a client for its rows.
"""

import multiprocessing
from collections.abc import Sequence
from contextlib import suppress
from multiprocessing.connection import Connection

import numpy as np

from utils import letter_net

_PROCESSES = multiprocessing.get_context("spawn")  # a fork of a process with TensorFlow's threads may hang


class Client:
    """A process that keeps rows of letters, shape (rows, 3), and trains what it is sent on them."""

    def __init__(self, rows: np.ndarray):
        self._link, theirs = _PROCESSES.Pipe()
        self._process = _PROCESSES.Process(target=_serve, args=(theirs, rows), daemon=True)
        self._process.start()
        theirs.close()  # so that its end is heard of when the process dies

    def ask(self, parameters: np.ndarray, steps: int, seed: Sequence[int]) -> None:
        """Send parameters to be trained for so many steps; does not wait. A dead client hears nothing."""
        with suppress(OSError):
            self._link.send((parameters, steps, seed))

    def answer(self) -> np.ndarray | None:
        """Wait for the trained parameters; None from a client that is dead."""
        try:
            return self._link.recv()
        except (EOFError, OSError):
            return None

    def kill(self) -> None:
        """End the process at once, whatever it is doing."""
        self._process.kill()
        self._process.join()


def _serve(link: Connection, rows: np.ndarray) -> None:
    while True:
        try:
            parameters, steps, seed = link.recv()
        except EOFError:  # the server has gone
            return
        link.send(letter_net.train(parameters, rows, steps, seed))
