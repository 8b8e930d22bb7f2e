"""A class to try the grader on: `python -m utils.grading.example FOLDER` writes a dozen students' lesson 01.

Good, middling and hostile. Nobody is real.
"""

import copy
import inspect
import json
import sys
from pathlib import Path

from utils import exercises
from utils.exercises.declare import FunctionExercise

_ROOT = Path(__file__).resolve().parent.parent.parent

_WEIGHTS_ONLY = "def dense_parameters(inputs, units, use_bias):\n    return inputs * units"
_BIAS_ALWAYS = "def dense_parameters(inputs, units, use_bias):\n    return inputs * units + units"
_NO_RELU = "def dense_by_hand(x, weights, biases):\n    return x @ weights + biases"
_NO_BIAS = "def dense_by_hand(x, weights, biases):\n    return np.maximum(x @ weights, 0)"
_LAST_LAYER = (
    "def network_parameters(sizes):\n    for inputs, units in zip(sizes, sizes[1:]):\n"
    "        total = inputs * units + units\n    return total"
)
_NO_PARENTHESES = "def network_parameters(sizes):\n    return sum(a * b + b for a, b in zip(sizes, sizes[1:])"
_ENDLESS = (
    "def network_parameters(sizes):\n    total = 0\n    while True:\n        total += 1\n    return total"
)
_RATE = (
    'is_parameter = {\n    "a weight of the first layer": True,\n    "the bias of an output unit": True,\n'
    '    "the learning rate": True,\n    "the number of epochs": False,\n'
    '    "the number of hidden units": False,\n    "one of the four inputs": False,\n}'
)
_NINETY_EIGHT = (
    "hundred = keras.Sequential([keras.Input((4,)), keras.layers.Dense(14), "
    "keras.layers.Dense(2, use_bias=False)])"
)
_PEEKS = (
    "import inspect\n\ndef dense_parameters(inputs, units, use_bias):\n    frame = inspect.currentframe()\n"
    "    while frame:\n        if 'expected' in frame.f_locals:\n            return "
    "frame.f_locals['expected']\n"
    "        frame = frame.f_back\n    return 0"
)
_CALLS_SOLUTION = (
    "def dense_by_hand(x, weights, biases):\n    from utils.exercises import lesson_01\n"
    "    return lesson_01.dense_by_hand(x, weights, biases)"
)
_LEAVES = "import os\n\ndef network_parameters(sizes):\n    os._exit(0)"
_ALWAYS_EQUAL = (
    "class Same:\n    def __eq__(self, other):\n        return True\n    def __ne__(self, other):\n        "
    "return False\n\n"
    "def dense_parameters(inputs, units, use_bias):\n    return Same()"
)

STUDENTS: dict[str, dict[str, str]] = {
    "ada": {},
    "bela": {"hundred": _NINETY_EIGHT},
    "chen": {"dense_parameters": _WEIGHTS_ONLY, "is_parameter": _RATE},
    "dora": {"dense_parameters": _BIAS_ALWAYS, "dense_by_hand": _NO_RELU, "hundred": ""},
    "emil": {"dense_by_hand": _NO_BIAS, "network_parameters": _LAST_LAYER, "hundred": _NINETY_EIGHT},
    "fatou": {"taxi": "taxi = [3, 3]", "dense_by_hand": _NO_RELU},
    "goran": {"taxi": "taxi = [5, 2]", "network_parameters": _NO_PARENTHESES, "hundred": ""},
    "hana": {"dense_parameters": _WEIGHTS_ONLY, "network_parameters": "", "is_parameter": "", "hundred": ""},
    "iris": {"network_parameters": _ENDLESS},
    "mallory": {"dense_parameters": _PEEKS, "dense_by_hand": _CALLS_SOLUTION, "network_parameters": _LEAVES},
    "oscar": {"dense_parameters": _ALWAYS_EQUAL, "taxi": "taxi = [2.5, 0]", "hundred": ""},
    "zoe": dict.fromkeys(exercises.names("01")[1:], ""),
}
"""What each student answers other than the solution; "" is a stub left as it was."""


def filled(notebook: dict, lesson: str, answers: dict[str, str]) -> dict:
    """A copy of a lesson's notebook with the solution, or another answer, in each exercise's cell."""
    notebook = copy.deepcopy(notebook)
    declared = exercises.of_lesson(lesson)
    for cell in notebook["cells"]:
        name = cell["metadata"].get("exercise")
        if name and answers.get(name) != "":
            source = "".join(cell["source"])
            call = source[source.rindex("check(") :]
            cell["source"] = f"{answers.get(name) or solution(declared[name])}\n\n\n{call}"
            cell["outputs"] = []
    return notebook


def solution(exercise: exercises.Exercise) -> str:
    """An exercise's solution as a student would have written it."""
    source = inspect.getsource(exercise.solution)
    return (
        source
        if isinstance(exercise, FunctionExercise)
        else f"{source}\n\n{exercise.name} = {exercise.name}()"
    )


def write(folder: Path, lesson: str = "01", students: dict[str, dict[str, str]] = STUDENTS) -> None:
    """Write the class into a folder, as nbgrader would collect it."""
    source = next((_ROOT / "notebooks").glob(f"{lesson}_*.ipynb"))
    notebook = json.loads(source.read_text(encoding="utf-8"))
    for student, answers in students.items():
        target = folder / "submitted" / student / source.stem
        target.mkdir(parents=True, exist_ok=True)
        text = json.dumps(filled(notebook, lesson, answers), indent=1)
        (target / source.name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("Name the folder to write the class into: python -m utils.grading.example FOLDER")
    write(Path(sys.argv[1]))
