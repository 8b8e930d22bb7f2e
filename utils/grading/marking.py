"""Marks one notebook: puts an exam's questions to the caged answers, and judges what comes back."""

import contextlib
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from typing import Any

from utils.checking import elsewhere
from utils.checking.judge import BLANK, Verdict, as_text, share_of
from utils.exercises.declare import Exercise, Mistake
from utils.grading import keeper, models, wire
from utils.grading.exam import Case, Exam, kind_of, wanted_of
from utils.grading.notebook import Answers

_ANSWER = 4 * wire.MEGABYTE
_ALL_ANSWERS = 256 * wire.MEGABYTE
_MODEL = 64 * wire.MEGABYTE


@dataclass(frozen=True)
class Mark:
    """What came of one exercise.

    status: "passed", "failed", "partly", "blank" (left as it was), "missing" (no such answer in the
    notebook),
    or "by hand" (a person has to look at it). sentence: what the student is told. mistake: the sentence of
    the
    usual mistake behind it, "" for none. case, answer: the smallest question that failed and what
    the student answered to it.
    """

    exercise: str
    points: float
    marks: float
    status: str
    sentence: str
    mistake: str = ""
    case: str = ""
    answer: str = ""
    seconds: float = 0.0

    def as_dict(self) -> dict:
        """For a file."""
        return asdict(self)


class Marker:
    """Marks notebooks of one lesson, with a jail for the students' code and one for their models.

    spent: seconds by the clock, by what they were spent on.
    """

    def __init__(self, exam: Exam, students: keeper.Jail, models_jail: keeper.Jail) -> None:
        self.exam, self.students, self.models = exam, students, models_jail
        self.spent: Counter[str] = Counter()

    def mark(self, answers: Answers) -> list[Mark]:
        """A mark for every exercise of the lesson, in order. Raises MachineFault, and then nobody is to
        blame.
        """
        marks: list[Mark] = []
        cage: keeper.Cage | None = None
        try:
            for exercise in self.exam.exercises.values():
                begun = time.perf_counter()
                verdict, mistake = Verdict("failed", "", {}), None
                try:
                    if cage is None:
                        self.students.start()
                        with self._on("making cages"):
                            cage = self._opened(answers)
                    verdict, mistake = self._tried(exercise, cage)
                except keeper.Ended as end:
                    verdict, cage = _failed(str(end)), _closed(cage)
                except keeper.Stopped:
                    verdict, cage = _failed(_still_at_work(self.students.limits.case)), _closed(cage)
                except wire.Broken:
                    verdict, cage = _failed(_TOO_MUCH), _closed(cage)
                marks.append(_mark(exercise, verdict, mistake, time.perf_counter() - begun))
        finally:
            with self._on("ending cages"):
                _closed(cage)
        return marks

    @contextlib.contextmanager
    def _on(self, what: str) -> Iterator[None]:
        begun = time.perf_counter()
        try:
            yield
        finally:
            self.spent[what] += time.perf_counter() - begun

    def _opened(self, answers: Answers) -> keeper.Cage:
        cage = self.students.cage()
        try:
            cage.ask(
                {
                    "do": "begin",
                    "lesson": answers.lesson,
                    "cells": answers.cells,
                    "names": list(self.exam.exercises),
                },
                _ANSWER,
            )
        except BaseException:
            cage.close()
            raise
        cage.believed = False
        return cage

    def _tried(self, exercise: Exercise, cage: keeper.Cage) -> tuple[Verdict, Mistake | None]:
        kind = kind_of(exercise)
        question = {"do": "run", "name": exercise.name, "kind": kind, "wanted": wanted_of(exercise)}
        seconds = self.students.limits.most if kind == "model" else None
        with self._on("students' cells"):
            said = cage.ask(question, _ANSWER, seconds)
        state = said.get("state") if isinstance(said, dict) else None
        if state == "blank":
            return BLANK, None
        if state == "missing":
            return Verdict("missing", f"There is no {exercise.name} in the notebook.", {}), None
        if state == "wrong":
            # Their own process says so, in whatever words: no part of the points is in it.
            return Verdict("unusable", _text(said.get("sentence")), {}), None
        if state != kind:
            raise wire.Broken(str(state)[:40])
        if kind == "model":
            with self._on("models: packing, rebuilding, measuring"):
                return self._measured(exercise, cage), None
        if kind == "function":
            with self._on("questions, answers, comparison"):
                return self._asked(exercise, cage)
        case = self.exam.cases(exercise.name)[0]
        return _judged(exercise, [_attempted(exercise, case, said.get("given"))])

    def _asked(self, exercise: Exercise, cage: keeper.Cage) -> tuple[Verdict, Mistake | None]:
        cases = self.exam.cases(exercise.name)
        question = {"do": "ask", "name": exercise.name, "cases": [case.sent for case in cases]}
        given: list[Any] = []
        room, end = _ALL_ANSWERS, time.monotonic() + self.students.limits.most
        try:
            said = cage.ask(question, _ANSWER)
            for case in cases:
                given.append((case, _attempted(exercise, case, said)))
                room -= wire.size(said)
                if time.monotonic() > end:
                    raise keeper.Stopped
                said = cage.next(min(_ANSWER, max(room, 1)))
        except keeper.Stopped:
            cage.close()
            raise keeper.Ended(_slow(len(given), len(cases), self.students.limits.case, cases)) from None
        given.sort(key=lambda pair: pair[0].size)
        verdict, mistake = _judged(exercise, [attempt for _, attempt in given])
        if verdict.status == "failed":
            by_its_state = self._by_its_state(exercise, cage, given)
            if by_its_state and not (mistake and by_its_state.sentence == elsewhere.CHANGING):
                return by_its_state, None
        return verdict, mistake

    def _by_its_state(
        self, exercise: Exercise, cage: keeper.Cage, given: list[tuple[Case, Any]]
    ) -> Verdict | None:
        """The verdict on a wrong function that remembers earlier calls or draws at random, else None."""
        for case, wrong in [pair for pair in given if pair[1].problem][:5]:
            said = cage.ask({"do": "ask afresh", "name": exercise.name, "case": case.sent}, _ANSWER)
            if not isinstance(said, dict) or not isinstance(said.get("answers"), list):
                break
            afresh = [_attempted(exercise, case, one) for one in said["answers"][:2]]
            what = _text(said.get("changed"))[:200]
            if len(afresh) == 2 and (
                verdict := elsewhere.remembered(wrong, what, *afresh, exercise.tolerance)
            ):
                return verdict
        return elsewhere.changing(exercise, [one for _, one in given], [id(case) for case, _ in given])

    def _measured(self, exercise: Exercise, cage: keeper.Cage) -> Verdict:
        said, packed = self._examined(exercise, cage, {})
        if said.get("cannot tell"):
            return Verdict("by hand", _not_from_outside(packed), {})
        sentence = str(said.get("sentence") or "")[:1000]
        if said.get("unusable"):
            return Verdict("unusable", sentence, {})
        return _failed(sentence) if sentence else Verdict("passed", "Correct.", {})

    def _examined(self, exercise: Exercise, cage: keeper.Cage, more: dict) -> tuple[dict, dict]:
        """What the second jail says of a model, and the model as it was sent there."""
        packed: Any = cage.ask({"do": "model", "name": exercise.name}, _MODEL)
        if not isinstance(packed, dict):
            raise wire.Broken("no model")
        if "numbers" in packed:  # nor could what the model answers be sent
            return {"cannot tell": True}, packed
        if "opaque" not in packed:
            try:
                models.look_through(packed)
            except models.Refused as part:
                packed = {"opaque": str(part)}
            except Exception:  # what a student's process has sent must not end the whole class's run
                packed = {"opaque": "a part in no known form"}
        own = packed if "opaque" not in packed else None
        secret = self.exam.secret % 1_000_003
        try:
            with self.models.cage() as measuring:
                said = measuring.ask(
                    {"name": exercise.name, "packed": own, "secret": secret, **more},
                    _MODEL,
                    self.students.limits.most,
                )
                while "predict" in said:
                    predicted = cage.ask(
                        {"do": "predict", "name": exercise.name, "x": said["predict"]}, _MODEL
                    )
                    said = measuring.ask(predicted, _MODEL, self.students.limits.most)
        except keeper.Ended as end:
            said = {"sentence": str(end).replace("Your answer", "Your model")}
        except keeper.Stopped:
            said = {"sentence": "Measuring your model took too long, so it was stopped."}
        return said, packed

    def entries(self, answers: Answers, names: Iterable[str]) -> dict[str, dict[str, Any]]:
        """For the leaderboard, of each model of these names that was handed in: {"parameters", "nats",
        "tokens" (that its training read, as it says, or None), "bytes" (where they are what counts)}, or
        {"sentence": why it has no score}.
        """
        found: dict[str, dict[str, Any]] = {}
        for name in names:
            exercise, cage = self.exam.exercises[name], None
            try:
                self.students.start()
                cage = self._opened(answers)
                question = {"do": "run", "name": name, "kind": "model", "wanted": wanted_of(exercise)}
                said = cage.ask(question, _ANSWER, self.students.limits.most)
                state = said.get("state") if isinstance(said, dict) else None
                if state in ("blank", "missing"):
                    continue
                if state == "wrong":
                    found[name] = {"sentence": _clean(_text(said.get("sentence")))}
                    continue
                if state != "model":
                    raise wire.Broken(str(state)[:40])
                said, packed = self._examined(exercise, cage, {"entry": True})
                found[name] = _as_entry(said, packed)
            except keeper.Ended as end:
                found[name] = {"sentence": str(end)}
            except keeper.Stopped:
                found[name] = {"sentence": _still_at_work(self.students.limits.most)}
            except wire.Broken:
                found[name] = {"sentence": _TOO_MUCH}
            finally:
                _closed(cage)
        return found


def _as_entry(said: dict, packed: dict) -> dict[str, Any]:
    if said.get("cannot tell"):
        return {"sentence": _not_from_outside(packed)}
    if said.get("sentence"):
        return {"sentence": _clean(str(said["sentence"])[:1000])}
    tokens = packed.get("tokens read")
    tokens = tokens if type(tokens) is int and 0 < tokens < 1 << 53 else None
    found = {"parameters": int(said["parameters"]), "nats": float(said["nats"]), "tokens": tokens}
    return found | {"bytes": int(said["bytes"])} if "bytes" in said else found


def _not_from_outside(packed: dict) -> str:
    if kind := packed.get("numbers"):
        return (
            f"Your model keeps numbers of the type {_text(kind)[:20]}, which are not sent to be measured. "
            "Build it with dtype float32."
        )
    return (
        f"Your model has a part whose parameters cannot be counted from outside "
        f"({_text(packed.get('opaque'))[:60]}). Build it of layers that come with Keras, or ask your teacher "
        "to look at it."
    )


_TOO_MUCH = "What your answer gives is too large, or in no form that can be read."


def _closed(cage: keeper.Cage | None) -> None:
    if cage:
        cage.close()


def _failed(sentence: str) -> Verdict:
    return Verdict("failed", sentence, {})


def _still_at_work(seconds: float) -> str:
    return (
        f"Your cell was still at work after {seconds:g} seconds of computing, so it was stopped. Is "
        f"there a loop that never ends?"
    )


def _slow(answered: int, asked: int, seconds: float, cases: list[Case]) -> str:
    if answered == 0:
        return (
            f"Your answer was still at work after {seconds:g} seconds of computing, so it was stopped. "
            "Is there a loop that never ends?"
        )
    case = cases[min(answered, asked - 1)]
    shown = ", ".join(f"{name}={as_text(value)}" for name, value in case.arguments.items())
    return (
        f"Your function answered {answered} of {asked} questions and was still at work on the next one after "
        f"{seconds:g} seconds, so it was stopped. Does it come to an end for {shown}?"
    )


def _attempted(exercise: Exercise, case: Case, said: Any) -> Any:
    if not isinstance(said, dict) or not said.keys() & {"answer", "raised", "unreadable"}:
        raise wire.Broken("no answer")
    given = {key: _text(value) for key, value in said.items()}
    if "answer" in said:
        given = {"answer": wire.decode(said["answer"])}
    elif "unreadable" in said:
        given.setdefault("kind", "object")
    return elsewhere.attempt(exercise, case.arguments, case.expected, given)


def _text(value: Any) -> str:
    return value[:1000] if type(value) is str else ""


def _judged(exercise: Exercise, attempts: list[Any]) -> tuple[Verdict, Mistake | None]:
    verdict = elsewhere.judged(exercise, attempts)
    mistake = next((one for one in exercise.mistakes if one.sentence == verdict.sentence), None)
    return verdict, mistake


def _mark(exercise: Exercise, verdict: Verdict, mistake: Mistake | None, seconds: float) -> Mark:
    share, status = share_of(exercise, verdict), verdict.status
    if status == "unusable":
        share, status = 0.0, "failed"
    if 0 < share < 1:
        status = "partly"
    behind = mistake.sentence if mistake else ""
    if verdict.status == "failed" and not mistake:
        # A model's sentence carries numbers; the part that is always there names the mistake, and of several
        # the longest says most.
        found = [one.sentence for one in exercise.mistakes if one.sentence in verdict.sentence]
        behind = max(found, key=len, default="")
    return Mark(
        exercise.name,
        exercise.points,
        round(exercise.points * share, 2),
        status,
        _clean(verdict.sentence),
        behind,
        _clean(", ".join(f"{name}={value}" for name, value in verdict.case.items())),
        _clean(verdict.answer),
        round(seconds, 3),
    )


def _clean(text: str) -> str:
    """Without characters that a file or a page could stumble over."""
    text = text.encode("utf-8", "replace").decode()
    return "".join(letter if letter.isprintable() or letter == "\n" else "�" for letter in text)[:2000]
