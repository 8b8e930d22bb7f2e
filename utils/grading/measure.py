"""The second jail: models are rebuilt here and measured by their exercise's requirements. No student's code
comes here.
"""

import contextlib
import dataclasses
import io
from socket import socket
from typing import Any

from utils.checking.limits import Halt
from utils.grading import wire
from utils.grading.models import rebuild

_MOST = 256 * wire.MEGABYTE


class CannotTell(Halt):
    """A requirement asks for more than the predictions of a model that could not come here."""


def get_ready() -> None:
    """Import every lesson's exercises, once. One that cannot be imported is missed when it is asked for."""
    from utils import exercises

    for number in exercises.lessons():
        with contextlib.suppress(Exception):
            exercises.of_lesson(number)


def serve(line: socket) -> None:
    """Answer requests, each with what is wrong with a model."""
    with contextlib.suppress(wire.Gone):
        while True:
            message = wire.receive(line, _MOST)
            with contextlib.redirect_stdout(io.StringIO()):
                try:
                    answer = _measured(message, line)
                except Exception as error:
                    # What a model does in use is seen to in measured(); this is no student's fault.
                    answer = {"fault": f"measuring {message['name']}: {error!r}"}
            wire.send(line, answer)


def _measured(message: dict, line: socket) -> dict:
    from utils import exercises
    from utils.checking.elsewhere import measured
    from utils.exercises import unseen

    unseen.move(message["secret"])
    exercise = exercises.of_lesson(exercises.lesson_of()[message["name"]])[message["name"]]
    try:
        model = _elsewhere(line) if message["packed"] is None else rebuild(message["packed"])
    except Exception as error:
        sentence = f"Your model could not be rebuilt: {type(error).__name__}: {error}"[:300]
        return {"sentence": sentence, "unusable": True}
    try:
        if message.get("entry"):
            return _entered(exercise, model)
        return measured(exercise, model)
    except CannotTell:
        return {"cannot tell": True}


def _entered(exercise: Any, model: Any) -> dict:
    """For the leaderboard: what is wrong with an entry, or its size and its score."""
    from utils.checking.elsewhere import measured, unusable
    from utils.exercises import lesson_17

    shapes_only = dataclasses.replace(exercise, requirements=())
    try:
        said = measured(shapes_only, model)
        return said if said["sentence"] else lesson_17.entered(exercise.name, model)
    except Halt:
        raise
    except Exception as error:
        return unusable(error)


def _elsewhere(line: socket) -> Any:
    """A model that answers through the line and can be asked nothing else."""
    import keras

    class Elsewhere(keras.Model):
        def __call__(self, x: Any, *_: Any, **__: Any) -> Any:
            import numpy as np

            wire.send(line, {"predict": wire.encode(np.asarray(x))})
            answer = wire.receive(line, _MOST)
            if "y" not in answer:
                raise RuntimeError("it does not take this input")
            return wire.decode(answer["y"])

        def predict(self, x: Any, *_: Any, **__: Any) -> Any:
            return self(x)

        def __getattribute__(self, name: str) -> Any:
            if name in ("predict", "__class__", "__call__"):
                return super().__getattribute__(name)
            if name == "built":
                return True
            raise CannotTell(name)

    # Keras' own way to make one would set attributes, and it has none.
    return object.__new__(Elsewhere)
