"""The jail's first process: imports what answers need, once, and forks a cage for each submission.

It never runs a TensorFlow operation: a child that is forked after one would wait for threads that it does not
have.
Started by jail.py as `python -m utils.grading.zygote LINE ROLE LIMITS MODULES`; LINE is its socket's number.
"""

import contextlib
import importlib
import json
import os
import signal
import socket
import sys
import types
from pathlib import Path

import utils
from utils.grading import cage


def main(descriptor: int, role: str, limits: dict, modules: list[str]) -> None:
    """Get ready, say so, and fork a cage for each pair of lines that comes, one submission after another."""
    line = socket.socket(fileno=descriptor)
    line.set_inheritable(False)
    work = _student(modules) if role == "student" else _measure()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    line.sendall(b"ready" if _unused() else b"fault")
    while True:
        message, descriptors, _, _ = socket.recv_fds(line, 1, 2)
        if not message:
            return
        if os.fork() == 0:
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            line.close()
            data, control = (socket.socket(fileno=descriptor) for descriptor in descriptors)
            cage.keep(data, control, work, limits)
        for descriptor in descriptors:
            os.close(descriptor)


def _student(modules: list[str]):
    """What runs in a student's cage. The course's check() is not there: a stand-in takes what it is given."""
    stand_in = types.ModuleType("utils.checking")
    stand_in.__path__ = [str(Path(utils.__file__).parent / "checking")]
    sys.modules["utils.checking"] = utils.checking = stand_in
    for module in modules:
        with contextlib.suppress(Exception):
            importlib.import_module(module)
    from utils.checking import elsewhere  # noqa: F401
    from utils.grading import models, student  # noqa: F401

    return lambda data: student.Student(data).serve()


def _measure():
    from utils.grading import measure

    measure.get_ready()
    return measure.serve


def _unused() -> bool:
    """Whether TensorFlow was only imported: a forked child can compute, and no operation has run here."""
    from tensorflow.python.eager import context

    if context.context()._initialized:
        return False

    def compute() -> None:
        import tensorflow as tf

        assert float(tf.reduce_sum(tf.matmul(tf.ones((64, 64)), tf.ones((64, 64))))) == 64**3

    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    try:
        return cage.started_well(compute)
    finally:
        signal.signal(signal.SIGCHLD, signal.SIG_IGN)


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2], json.loads(sys.argv[3]), json.loads(sys.argv[4]))
