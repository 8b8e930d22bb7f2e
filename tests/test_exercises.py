"""Every exercise of the course: its solution passes, each usual mistake meets its own sentence."""

import ast
import builtins
import inspect
import symtable
import textwrap
from functools import cache

import keras
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from make_notebooks import Course

from utils import exercises
from utils.checking.judge import judge
from utils.exercises import lesson_01
from utils.exercises.declare import FunctionExercise, ModelExercise

ALL = [exercise for _, exercise in exercises.by_name().values()]
MISTAKES = [
    pytest.param(exercise, mistake.sentence, wrong, id=f"{exercise.name}-{number}{'abcdefgh'[variant]}")
    for exercise in ALL
    for number, mistake in enumerate(exercise.mistakes)
    for variant, wrong in enumerate(mistake.answers)
]


def seeds(exercise):
    """Only where inputs are drawn does another seed try anything else."""
    return (0, 1) if isinstance(exercise, FunctionExercise) else (0,)


def handed_in(exercise, function):
    """What a learner would hand in who has written this solution, or made this mistake."""
    return function if isinstance(exercise, FunctionExercise) else function()


@pytest.mark.slow
@pytest.mark.parametrize("exercise", ALL, ids=lambda exercise: exercise.name)
def test_the_solution_passes_on_any_draw(exercise):
    for seed in seeds(exercise):
        verdict = judge(exercise, handed_in(exercise, exercise.solution), seed=seed)
        assert verdict.status == "passed", verdict


@pytest.mark.slow
@pytest.mark.parametrize(("exercise", "sentence", "wrong"), MISTAKES)
def test_a_mistake_meets_its_own_sentence(exercise, sentence, wrong):
    for seed in seeds(exercise):
        verdict = judge(exercise, handed_in(exercise, wrong), seed=seed)
        assert verdict.status == "failed", verdict
        if isinstance(exercise, ModelExercise):
            assert sentence in verdict.sentence
        else:
            assert verdict.sentence == sentence


@pytest.mark.parametrize("exercise", ALL, ids=lambda exercise: exercise.name)
def test_a_blank_stub_is_not_an_attempt(exercise):
    assert judge(exercise, ...).status == "blank"


@pytest.mark.slow
@pytest.mark.parametrize("exercise", ALL, ids=lambda exercise: exercise.name)
def test_nonsense_never_passes_and_always_gets_a_sentence(exercise):
    class EqualToEverything:
        def __eq__(self, other):
            return True

        def __ne__(self, other):
            return False

        __hash__ = None

    arguments = len(inspect.signature(exercise.solution).parameters)
    is_function = isinstance(exercise, FunctionExercise)
    takes = ", ".join(f"a{number}" for number in range(arguments))
    for value in (None, float("nan"), float("inf"), EqualToEverything(), "", [], {}, True, object):
        answer = eval(f"lambda {takes}: value", {"value": value})
        verdict = judge(exercise, answer if is_function else value)
        assert verdict.status in ("failed", "blank"), value
        assert verdict.sentence


@pytest.mark.parametrize("exercise", ALL, ids=lambda exercise: exercise.name)
def test_what_a_declaration_owes(exercise):
    assert len(exercise.mistakes) >= 3
    assert all(mistake.answers for mistake in exercise.mistakes)
    sentences = [mistake.sentence for mistake in exercise.mistakes]
    assert len(set(sentences)) == len(sentences)
    assert len(exercise.hints) >= 2
    assert exercise.difficulty in (1, 2, 3)
    assert exercise.points >= 1
    assert exercise.minutes >= 1


@pytest.mark.parametrize("number", exercises.lessons())
def test_the_names_read_from_a_module_are_those_it_declares(number):
    assert exercises.names(number) == tuple(exercises.of_lesson(number))


def test_every_name_leads_to_its_lesson():
    assert exercises.lesson_of() == {name: number for name, (number, _) in exercises.by_name().items()}


def outside(function):
    """The global names in a function's source, without Python's own and its own."""

    def names(table):
        here = {one.get_name() for one in table.get_symbols() if one.is_global()}
        return here.union(*map(names, table.get_children()))

    text = textwrap.dedent(inspect.getsource(function))
    [table] = symtable.symtable(text, "solution", "exec").get_children()
    return names(table) - set(dir(builtins)) - {function.__name__}


@cache
def notebook_names(number):
    """(the names that a lesson imports, those that its cells define)."""
    [source] = [source for source in Course().sources() if source.stem[:2] == number]
    tree = compile(
        source.read_text(encoding="utf-8"),
        source.name,
        "exec",
        ast.PyCF_ONLY_AST | ast.PyCF_ALLOW_TOP_LEVEL_AWAIT,
    )
    imports = [node for node in tree.body if isinstance(node, ast.Import | ast.ImportFrom)]
    imported = {(alias.asname or alias.name).split(".")[0] for node in imports for alias in node.names}
    defined = {node.name for node in tree.body if isinstance(node, ast.FunctionDef | ast.ClassDef)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            defined.add(node.id)
    return imported, defined


@pytest.mark.parametrize("exercise", ALL, ids=lambda exercise: exercise.name)
def test_a_solution_uses_what_its_notebook_imports_and_what_it_declares(exercise):
    imported, defined = notebook_names(exercises.lesson_of()[exercise.name])
    assert outside(exercise.solution) - imported == set(exercise.uses)
    assert set(exercise.uses) <= defined


def test_names_are_unique_in_the_course():
    names = [name for number in exercises.lessons() for name in exercises.of_lesson(number)]
    assert len(names) == len(set(names))


@settings(max_examples=25, deadline=None)
@given(st.integers(1, 30), st.integers(1, 30), st.booleans())
def test_the_count_of_a_dense_layer_is_that_of_keras(inputs, units, use_bias):
    layer = keras.layers.Dense(units, use_bias=use_bias)
    layer.build((None, inputs))
    assert lesson_01.dense_parameters(inputs, units, use_bias) == layer.count_params()


@settings(max_examples=10, deadline=None)
@given(st.lists(st.integers(1, 20), min_size=2, max_size=5))
def test_the_count_of_a_network_is_that_of_keras(sizes):
    layers = [keras.layers.Dense(units) for units in sizes[1:]]
    model = keras.Sequential([keras.Input((sizes[0],)), *layers])
    assert lesson_01.network_parameters(sizes) == model.count_params()
