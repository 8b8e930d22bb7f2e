"""Runs a learner's code so that it comes back: with a result, an exception, or out of time.

An alarm of the operating system stops it, in the thread it was called in. The alarm also stops what
Python's own C code is at work on for ever, when that code looks for signals now and then: a regular
expression that tries everything, 7**10**9. Windows has no such alarm, and other threads than the first are
not interrupted by it: there the code runs in a thread of its own, which is asked to stop.

Nothing in this process can stop C code that keeps Python to itself and never looks up, such as
sum(range(10**12)): no line of ours, and not the Stop button, runs until it is done. The kernel has to be
restarted, and the README says so.
"""

import contextlib
import ctypes
import queue
import signal
import sys
import threading
from collections.abc import Callable
from concurrent.futures import Future, wait
from types import FrameType
from typing import Any, NoReturn


class Halt(BaseException):
    """Raised inside code that has to stop. Not an Exception, so that `except Exception` in a learner's loop
    does not swallow it.
    """


class OutOfTime(Halt):
    """The code ran past its limit."""


class _Stopped(Halt):
    """Somebody pressed Stop. Not a KeyboardInterrupt, which an answer could raise by itself."""


def within(seconds: float, work: Callable[[], Any]) -> Any:
    """The result of work(), whose exceptions are passed on. Raises OutOfTime after `seconds`."""
    return _under_an_alarm(seconds, work) if _has_alarm() else _in_a_thread(seconds, work)


def _has_alarm() -> bool:
    """Whether the operating system can wake us here, and its one alarm is not set by somebody else."""
    here = threading.current_thread() is threading.main_thread()
    return hasattr(signal, "setitimer") and here and not any(signal.getitimer(signal.ITIMER_REAL))


class _Alarm:
    """Interrupts the code beneath it, again and again until it has come back."""

    AGAIN = 0.5
    """Seconds between two interruptions. The first may be lost, in a destructor for instance."""

    def __init__(self) -> None:
        self.over = False
        self.rung = False

    def time_is_up(self, _signal: int, frame: FrameType | None) -> None:
        if not self.over:
            self._interrupt(frame, OutOfTime)

    def stop_was_pressed(self, _signal: int, frame: FrameType | None) -> None:
        if not self.over:
            self._interrupt(frame, _Stopped)

    def _interrupt(self, frame: FrameType | None, error: type[Halt]) -> NoReturn:
        if self.rung:
            # The code has caught the first one (`except:` with nothing behind it). Then the next one strikes,
            # and another one as soon as it is caught: in the handler, which does not catch what it raises.
            _raise_at_the_next_line(frame, error)
        self.rung = True
        raise error


def _raise_at_the_next_line(frame: FrameType | None, error: type[Halt]) -> None:
    def trace(_frame: FrameType, event: str, _value: Any) -> Callable[..., Any]:
        if event == "line":
            raise error
        return trace

    while frame is not None:
        frame.f_trace = trace
        frame = frame.f_back
    sys.settrace(trace)


def _under_an_alarm(seconds: float, work: Callable[[], Any]) -> Any:
    alarm, tracing = _Alarm(), sys.gettrace()
    handlers = {signal.SIGALRM: signal.signal(signal.SIGALRM, alarm.time_is_up)}
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        handlers[signal.SIGINT] = signal.signal(signal.SIGINT, alarm.stop_was_pressed)
    try:
        signal.setitimer(signal.ITIMER_REAL, seconds, alarm.AGAIN)
        return work()
    except _Stopped:
        raise KeyboardInterrupt from None
    finally:
        alarm.over = True
        sys.settrace(tracing)
        signal.setitimer(signal.ITIMER_REAL, 0)
        for number, handler in handlers.items():
            signal.signal(number, handler)


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


def _in_a_thread(seconds: float, work: Callable[[], Any]) -> Any:
    """Comes back even from code that refuses to be stopped, which is left running, to end with the kernel."""
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
