"""The caged side: runs a student's cells and answers the grader's questions about them. It judges nothing.

Everything here shares a process with the student's code and may be bent by it. That is worth nothing: the
grader sends inputs and takes data, as it would from anybody.
"""

import contextlib
import linecache
import sys
import types
from collections.abc import Callable
from socket import socket
from typing import Any

from utils.grading import wire
from utils.grading.cells import Cell, Plan

_MOST = 256 * wire.MEGABYTE


class Student:
    """One notebook's answers."""

    def __init__(self, line: socket) -> None:
        self.line = line
        self.plan: Plan | None = None
        self.ran: set[Cell] = set()
        self.handed_in: dict[str, Any] = {}
        main = types.ModuleType("__main__")
        main.__dict__.update(display=_nothing, get_ipython=_nothing)
        sys.modules["__main__"] = main
        self.names = main.__dict__
        sys.modules["utils.checking"].check = self._check
        self.failures: dict[Cell, str] = {}

    def serve(self) -> None:
        """Answer one message after another until the grader goes."""
        questions: dict[str, Callable[[dict], Any]] = {
            "begin": self.begin,
            "run": self.run,
            "ask": self.ask,
            "ask afresh": self.ask_afresh,
            "model": self.model,
            "predict": self.predict,
        }
        with contextlib.suppress(wire.Gone):
            while True:
                message = wire.receive(self.line, _MOST)
                self._say(questions[message["do"]](message))

    def _say(self, answer: Any) -> None:
        wire.send(self.line, answer)

    def begin(self, message: dict) -> dict:
        """Take the notebook in; say which exercises have an answer in it."""
        lesson = [Cell(one["source"], one["exercise"], origin="lesson") for one in message["lesson"]]
        answers = [Cell(one["source"], one["exercise"]) for one in message["cells"]]
        self.plan = Plan(lesson, answers, message["names"])
        for line in self.plan.imports():
            with contextlib.suppress(BaseException):
                exec(line, self.names)
        self.names["check"] = self._check
        return {"found": list(self.plan.chosen)}

    def run(self, message: dict) -> dict:
        """Run what an exercise needs and say what its answer is."""
        name = message["name"]
        if name not in self.plan.chosen:
            return {"state": "missing"}
        chosen = self.plan.chosen[name]
        if chosen.tree and name in chosen.binds and not chosen.fills(name):
            return {"state": "blank"}
        for cell in self.plan.needed(name):
            if cell not in self.ran:
                self.ran.add(cell)
                self._execute(cell)
        if name not in self.handed_in and name not in self.names:
            if chosen in self.failures:
                return {"state": "wrong", "sentence": self.failures[chosen]}
            return {"state": "missing"}
        return self._describe(self.answer(name), message)

    def _describe(self, answer: Any, message: dict) -> dict:
        from utils.checking import elsewhere

        if elsewhere.is_blank(answer):
            return {"state": "blank"}
        if problem := elsewhere.problem_of(message["kind"], message["name"], message["wanted"], answer):
            return {"state": "wrong", "sentence": problem}
        if message["kind"] == "value":
            return {"state": "value", "given": _sent(elsewhere.readable(answer))}
        return {"state": message["kind"]}

    def answer(self, name: str) -> Any:
        """What the student would have handed to check()."""
        return self.handed_in[name] if name in self.handed_in else self.names[name]

    def ask(self, message: dict) -> dict:
        """Call a function once a case; each answer goes out as soon as it is there."""
        import numpy as np

        from utils.checking import elsewhere
        from utils.checking.memory import Memory

        function = self.answer(message["name"])
        self.before = Memory(function)
        with np.errstate(all="ignore"):
            for case in message["cases"]:
                self._say(_sent(elsewhere.asked(function, [wire.decode(value) for value in case])))
        return {"done": True}

    def ask_afresh(self, message: dict) -> dict:
        """Call the function that was asked last twice more, with nothing left of its earlier calls.

        {"changed": what the earlier calls have left behind, "answers": the two}, or nothing.
        """
        import numpy as np

        from utils.checking import elsewhere

        function, changed, answers = self.answer(message["name"]), self.before.changed(), []
        if not changed:
            return {}
        self.before.restore()
        with np.errstate(all="ignore"):
            for _ in range(2):
                arguments = [wire.decode(value) for value in message["case"]]
                answers.append(_sent(elsewhere.asked(function, arguments)))
        return {"changed": changed[0], "answers": answers}

    def model(self, message: dict) -> dict:
        """A model as architecture and weights; what is not made of known layers stays here."""
        from utils.grading.models import pack

        try:
            return pack(self.answer(message["name"]))
        except wire.OtherNumbers as error:
            return {"opaque": "numbers", "numbers": error.kind}
        except Exception as error:
            return {"opaque": type(error).__name__}

    def predict(self, message: dict) -> dict:
        """What a model that stays here answers to an input."""
        import numpy as np

        try:
            given = self.answer(message["name"])(wire.decode(message["x"]))
            return {"y": wire.encode(np.asarray(given))}
        except Exception as error:
            return {"error": _sentence(error)}

    def _execute(self, cell: Cell) -> None:
        name = f"<cell {len(self.ran)}>"
        linecache.cache[name] = (len(cell.code), None, cell.code.splitlines(keepends=True), name)
        try:
            exec(compile(cell.code, name, "exec"), self.names)
        except BaseException as error:
            self.failures[cell] = f"Your cell stopped with {_sentence(error)}"

    def _check(self, *functions: Any, **values: Any) -> None:
        """Stands where the course's check() is: notes what is handed in, and says nothing."""
        for function in functions:
            with contextlib.suppress(Exception):
                self.handed_in[str(function.__name__)] = function
        self.handed_in.update(values)


def _nothing(*_: Any, **__: Any) -> None:
    """Stands where a notebook's display is."""


def _sent(given: dict) -> dict:
    return {key: wire.encode(value) for key, value in given.items()}


def _sentence(error: BaseException) -> str:
    from utils.checking import elsewhere

    return elsewhere.described(error)
