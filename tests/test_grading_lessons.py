"""Every lesson's exercises in the jail: the solutions earn all points, stubs none, mistakes their sentence.

What a mistake answers is worked out here, where it is declared, and handed in as a table: a student's process
has no declarations.
"""

import copy
import json
import re

import numpy as np
import pytest

from tests.grading import ROOT, SECRET, can_jail, lesson_path
from utils import exercises
from utils.checking import elsewhere
from utils.exercises.declare import FunctionExercise, ModelExercise
from utils.grading import example, jail, keeper, models, run, wire
from utils.grading.exam import Exam, arguments_of
from utils.grading.marking import Marker
from utils.grading.notebook import Answers

pytestmark = pytest.mark.slow

# A lesson that is being written may have exercises and no notebook yet.
WRITTEN = [number for number in exercises.lessons() if list((ROOT / "notebooks").glob(f"{number}_*.ipynb"))]
EACH = pytest.mark.parametrize("lesson", WRITTEN)

TABLE = """
import builtins
import json
from utils.grading import wire

written_answers = json.loads({table!r})
odd_ones = {{"NoneType": None, "complex": 1j}}

def {name}({arguments}):
    given = written_answers[json.dumps([wire.encode(one) for one in [{arguments}]])]
    if "raised" in given:
        raise getattr(builtins, given["raised"])("as the mistake does")
    return wire.decode(given["answer"]) if "answer" in given else odd_ones[given["kind"]]
"""
VALUE = """
import json
from utils.grading import wire

{name} = wire.decode(json.loads({answer!r}))
"""
MODEL = """
import json
from utils.grading import models

{name} = models.rebuild(json.loads({packed!r}))
"""


@pytest.fixture(scope="module")
def jails():
    """One jail for students of all lessons, since a start takes longer than a lesson, and one for models."""
    can_jail()
    read = (run.Lesson.read(lesson_path(number), number) for number in WRITTEN)
    modules = tuple(dict.fromkeys(module for lesson in read for module in lesson.modules))
    both = keeper.Jail("student", jail.Limits(), modules), keeper.Jail("measure", jail.Limits())
    for one in both:
        one.launch()
    yield both
    for one in both:
        one.close()


def handed_in(lesson, answers):
    """The code cells of a lesson's own notebook with these answers in it, as students hand it in."""
    notebook = json.loads(lesson_path(lesson).read_text(encoding="utf-8"))
    cells = example.filled(notebook, lesson, answers)["cells"]
    return [
        {"source": "".join(cell["source"]), "exercise": cell["metadata"].get("exercise", "")}
        for cell in cells
        if cell["cell_type"] == "code"
    ]


def marked(jails, lesson, answers):
    teachers = run.Lesson.read(lesson_path(lesson), lesson).cells
    given = Marker(exam(lesson), *jails).mark(Answers(handed_in(lesson, answers), teachers))
    return {mark.exercise: mark for mark in given}


EXAMS = {}


def exam(lesson):
    return EXAMS.setdefault(lesson, Exam(lesson, SECRET))


@EACH
def test_the_solutions_earn_all_points(lesson, jails):
    marks = marked(jails, lesson, {})
    assert {name: (mark.marks, mark.sentence) for name, mark in marks.items()} == {
        name: (exercise.points, "Correct.") for name, exercise in exercises.of_lesson(lesson).items()
    }


@EACH
def test_what_is_left_as_it_was_earns_nothing(lesson, jails):
    marks = marked(jails, lesson, dict.fromkeys(exercises.names(lesson), ""))
    assert {mark.status for mark in marks.values()} == {"blank"}
    assert {mark.marks for mark in marks.values()} == {0}


@EACH
def test_a_mistake_meets_its_own_sentence_and_earns_what_it_is_worth(lesson, jails):
    todo = {
        name: [(mistake, wrong) for mistake in exercise.mistakes for wrong in mistake.answers]
        for name, exercise in exercises.of_lesson(lesson).items()
    }
    # A student a round, who makes a mistake in every exercise.
    for place in range(max(map(len, todo.values()))):
        made = {name: some[place] for name, some in todo.items() if place < len(some)}
        answers = {name: written_down(lesson, name, wrong) for name, (_, wrong) in made.items()}
        marks = marked(jails, lesson, dict.fromkeys(todo, "") | answers)
        for name, (mistake, _) in made.items():
            mark = marks[name]
            if mark.mistake != mistake.sentence:
                # Two mistakes that answer all of this draw's questions alike cannot be told apart.
                alike = [
                    one for one, wrong in todo[name] if written_down(lesson, name, wrong) == answers[name]
                ]
                mistake = next((one for one in alike if one.sentence == mark.mistake), mistake)
            assert mistake.sentence in mark.sentence, mark
            assert mark.mistake == mistake.sentence, mark
            assert mark.marks == round(mark.points * mistake.worth, 2), mark


def written_down(lesson, name, wrong):
    """The source of a cell that answers as this mistake does."""
    exercise = exercises.of_lesson(lesson)[name]
    if isinstance(exercise, ModelExercise):
        return MODEL.format(name=name, packed=json.dumps(models.pack(wrong())))
    if not isinstance(exercise, FunctionExercise):
        return VALUE.format(name=name, answer=json.dumps(wire.encode(elsewhere.readable(wrong())["answer"])))
    table = {}
    for case in exam(lesson).cases(name):
        with np.errstate(all="ignore"):
            given = elsewhere.asked(wrong, copy.deepcopy(list(case.arguments.values())))
        if "raised" in given:  # "Your function stopped with IndexError: list index out of range"
            given = {"raised": re.search(r" with (\w+)", given["raised"])[1]}
        table[json.dumps(case.sent)] = {key: wire.encode(value) for key, value in given.items()}
    arguments = ", ".join(arguments_of(exercise))
    return TABLE.format(name=name, arguments=arguments, table=json.dumps(table))
