"""The grader's side of a jail: opens a cage for each submission, talks to it, and ends it in time."""

import contextlib
import socket
import time
from dataclasses import dataclass
from typing import Any

from utils.grading import jail, wire

_START = 180.0
"""Seconds that a jail may take to import TensorFlow, on a very busy machine."""
_WAITING = 5.0
"""How many times longer than it may compute a cage may take by the clock: other work may be in its way."""


class MachineFault(Exception):
    """Something failed that no submission can be blamed for. To be tried again, and never a mark."""


class Ended(Exception):
    """The caged process came to an end; the message says how, to the student."""


class Stopped(Exception):
    """The caged process computed for too long and was stopped."""


@dataclass
class Spent:
    """Seconds by the clock, summed up over a run: where the time goes."""

    jails: float = 0.0


class Jail:
    """A jail with one process that has imported TensorFlow, ready to fork. role: "student" or "measure"."""

    def __init__(self, role: str, limits: jail.Limits, modules: tuple[str, ...] = ()) -> None:
        self.role, self.limits, self.modules = role, limits, list(modules)
        self.spent = Spent()
        self._process: Any = None
        self._line: socket.socket | None = None
        self._ready = False

    def launch(self) -> None:
        """Let it begin, if it is not running, without waiting until it is ready."""
        if self._process is None or self._process.poll() is not None:
            self.close()
            self._process, self._line = jail.start(self.role, self.limits, self.modules)
            self._ready = False

    def start(self) -> None:
        """Wait until it is ready, launched if need be. Raises MachineFault."""
        before = time.perf_counter()
        self.launch()
        if self._ready:
            return
        self._line.settimeout(_START)
        try:
            word = self._line.recv(16)
        except OSError:
            word = b""
        if word != b"ready":
            said = ""
            if self._process.stderr and word != b"fault":
                self._process.kill()
                said = self._process.stderr.read().decode(errors="replace").strip()[-500:]
            self.close()
            why = "TensorFlow was used before the fork" if word == b"fault" else said or "it ended at once"
            raise MachineFault(f"The jail did not start: {why}")
        self._ready = True
        self.spent.jails += time.perf_counter() - before

    def cage(self) -> "Cage":
        """A new cage in this jail."""
        self.start()
        data, their_data = socket.socketpair()
        control, their_control = socket.socketpair()
        with their_data, their_control:
            try:
                socket.send_fds(self._line, [b"x"], [their_data.fileno(), their_control.fileno()])
            except OSError as error:
                self.close()
                raise MachineFault(f"The jail is gone: {error}") from error
        return Cage(data, control, self.limits)

    def close(self) -> None:
        """End the jail and all that is in it."""
        if self._line:
            self._line.close()
        if self._process:
            self._process.kill()
            self._process.wait()
            if self._process.stderr:
                self._process.stderr.close()
        self._process = self._line = None


class Cage:
    """One submission's process, at the end of two lines."""

    def __init__(self, data: socket.socket, control: socket.socket, limits: jail.Limits) -> None:
        self._data, self._control, self.limits = data, control, limits
        self._last_word: dict = {}
        # Whether only the grader's own code can have spoken. To be set to False before a student's code runs:
        # who may call any failure the machine's is never marked.
        self.believed = True

    def __enter__(self) -> "Cage":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End the process, its children with it."""
        self._data.close()
        with contextlib.suppress(OSError):
            self._control.shutdown(socket.SHUT_WR)
            # The keeper says its last word when everything has ended.
            self._control.settimeout(60)
            while self._control.recv(4096):
                pass
        self._control.close()

    def ask(self, message: dict, most: int, seconds: float | None = None) -> Any:
        """Send a message and wait for the answer. See next()."""
        try:
            self._data.settimeout((seconds or self.limits.case) * _WAITING)
            wire.send(self._data, message)
        except wire.Gone:
            raise self._end() from None
        except wire.Late:
            raise Stopped from None
        return self.next(most, seconds)

    def next(self, most: int, seconds: float | None = None) -> Any:
        """The next answer, of at most `most` bytes.

        Raises Stopped when no answer has come within `seconds` of computing (the first half of them by the
        clock) or five times as long by the clock; Ended when the process has come to its end;
        wire.Broken when what came is no message.
        """
        allowed = seconds or self.limits.case
        begun, waiting, before = time.monotonic(), allowed / 2, None
        while True:
            try:
                answer = wire.receive(self._data, most, waiting)
            except wire.Late:
                computed = self._computed()
                before = computed if before is None else before
                left = before + allowed / 2 - computed
                if left <= 0 or time.monotonic() - begun > allowed * _WAITING:
                    raise Stopped from None
                waiting = max(0.05, left)
                continue
            except wire.Gone:
                raise self._end() from None
            if isinstance(answer, dict) and answer.keys() == {"fault"}:
                if not self.believed:
                    raise wire.Broken("a fault that is not the machine's")
                said = str(answer["fault"])[:300]
                raise MachineFault("".join(sign if sign.isprintable() else "?" for sign in said))
            return answer

    def _computed(self) -> float:
        """Seconds of computing so far, of the process and its children."""
        try:
            self._control.sendall(b"cpu")
            told = wire.receive(self._control, 4096, 30)
        except (wire.Late, wire.Broken) as error:
            raise MachineFault("the cage's keeper does not answer") from error
        except (wire.Gone, OSError):
            raise self._end() from None
        if "ended" in told or "fault" in told:
            self._last_word = told
            raise self._end()
        return float(told["cpu"])

    def _end(self) -> Exception:
        """How the process ended, from its keeper, or that it has only closed its line."""
        told, asked = self._last_word, False
        while "ended" not in told:
            if "fault" in told:
                return MachineFault(str(told["fault"]))
            if "cpu" in told:
                return Ended("Your answer closed its line to the grader, so it was stopped.")
            try:
                told = wire.receive(self._control, 4096, 30)
            except wire.Late:
                if asked:
                    return MachineFault("the cage's keeper does not answer")
                asked = True
                with contextlib.suppress(OSError):
                    self._control.sendall(b"cpu")
            except (wire.Gone, wire.Broken):
                return MachineFault("the cage ended, and its keeper did not say why")
        status, why = told["ended"], told["why"]
        if why == "memory":
            limit = self.limits.memory / (1 << 30)
            return Ended(f"Your answer took more than {limit:.2g} GB of memory, so it was stopped.")
        if status == -9 and told["cpu"] < self.limits.most:
            return MachineFault("the system ended a cage: is the machine short of memory?")
        if status == -9:
            return Stopped()
        if status < 0:
            return Ended(f"Your answer made Python crash (signal {-status}).")
        return Ended(f"Your answer ended Python itself (exit code {status}), so nothing after it could run.")
