"""Runs a learner's code so that it always comes back: with a result, an exception, or out of time."""

import ctypes
import threading
from collections.abc import Callable
from typing import Any


class OutOfTime(BaseException):
    """Raised inside code that ran past its limit. Not an Exception, so that `except Exception` in a
    learner's loop does not swallow it.
    """


def within(seconds: float, work: Callable[[], Any]) -> Any:
    """The result of work(), whose exceptions are passed on. Raises OutOfTime after `seconds`.

    A thread rather than a signal: it works on Windows, and comes back even from code that refuses
    to be stopped (which is then left running, to end with the kernel).
    """
    outcome: dict[str, Any] = {}

    def run() -> None:
        try:
            outcome["result"] = work()
        except BaseException as error:
            outcome["error"] = error

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    try:
        thread.join(seconds)
    finally:
        if thread.is_alive():
            _raise_in(thread, OutOfTime)
            thread.join(1)
    if "result" in outcome:
        return outcome["result"]
    raise outcome.get("error", OutOfTime())


def _raise_in(thread: threading.Thread, error: type[BaseException]) -> None:
    ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread.ident), ctypes.py_object(error))
