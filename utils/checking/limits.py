"""Runs a learner's code so that it always comes back: with a result, an exception, or out of time."""

import contextlib
import ctypes
import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future, wait
from typing import Any


class OutOfTime(BaseException):
    """Raised inside code that ran past its limit. Not an Exception, so that `except Exception` in a
    learner's loop does not swallow it.
    """


class _Worker(threading.Thread):
    """A thread that lives on for the next piece of work: in every new one hypothesis collects garbage first,
    which takes a third of a second beside TensorFlow.
    """

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.todo: queue.SimpleQueue[tuple[Callable[[], Any], Future[Any]] | None] = queue.SimpleQueue()
        self.start()

    def run(self) -> None:
        with contextlib.suppress(OutOfTime):  # which may strike just after the work is done
            while task := self.todo.get():
                work, future = task
                try:
                    future.set_result(work())
                except BaseException as error:
                    if not future.done():
                        future.set_exception(error)


_idle: list[_Worker] = []


def within(seconds: float, work: Callable[[], Any]) -> Any:
    """The result of work(), whose exceptions are passed on. Raises OutOfTime after `seconds`.

    A thread rather than a signal: it works on Windows, and comes back even from code that refuses
    to be stopped (which is then left running, to end with the kernel).
    """
    worker, future = _idle.pop() if _idle else _Worker(), Future()
    worker.todo.put((work, future))
    try:
        wait([future], seconds)
    finally:
        if future.done():
            _idle.append(worker)
        else:
            _raise_in(worker, OutOfTime)
            worker.todo.put(None)
            wait([future], 1)
    if not future.done():
        raise OutOfTime
    return future.result()


def _raise_in(thread: threading.Thread, error: type[BaseException]) -> None:
    ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread.ident), ctypes.py_object(error))
