"""Lesson 02, weights: reading a matrix, collapsing layers, twins, and signals through many layers."""

import math
from functools import reduce
from itertools import combinations, pairwise
from unittest import mock

import keras
import numpy as np
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from utils.exercises.declare import Exercise, FunctionExercise, Mistake, ModelExercise, ValueExercise


def read_matrix():
    # weights[1, 2] is 8. Column 1 (-1, 2, 0) has its zero in row 2. In row 2 (4, 0, -7) the only
    # positive weight goes to unit 0.
    return {
        "the weight from input 1 to unit 2": 8,
        "the input that unit 1 ignores": 2,
        "the unit that input 2 pushes up": 0,
    }


def weight_needed(x, weights, i, j, target):
    missing = target - (x @ weights)[j]
    return weights[i, j] + missing / x[i]


def collapse(weights1, biases1, weights2, biases2):
    # (x @ weights1 + biases1) @ weights2 + biases2, multiplied out
    return [weights1 @ weights2, biases1 @ weights2 + biases2]


def different_units(weights, biases, outgoing):
    seen = []  # one of each set of twins
    for k in range(len(biases)):
        is_new = True
        for j in seen:
            same_in = np.array_equal(weights[:, k], weights[:, j])
            same_out = np.array_equal(outgoing[k], outgoing[j])
            if same_in and same_out and biases[k] == biases[j]:
                is_new = False
        if is_new:
            seen.append(k)
    return len(seen)


def average_square_after(sizes, spreads, uses_relu):
    result = 1.0
    for inputs, spread in zip(sizes[:-1], spreads, strict=True):
        result *= inputs * spread**2
        if uses_relu:
            result /= 2
    return result


def starting_spread(inputs, units, activation):
    variance = 2 / inputs if activation == "relu" else 2 / (inputs + units)
    return np.sqrt(variance)


def deep_signal():
    # The He start makes up for the half that each ReLU takes away.
    layers = [keras.layers.Dense(64, activation="relu", kernel_initializer="he_normal") for _ in range(20)]
    return keras.Sequential([keras.Input((64,)), *layers])


_small = st.integers(-5, 5).map(float)


def _matrix(rows, columns, elements=_small):
    return arrays(float, (rows, columns), elements=elements)


@st.composite
def _weight_to_set(draw):
    """A layer with as many units as inputs (so that i and j can be mixed up), a weight, and a target."""
    n = draw(st.integers(1, 3))
    nonzero = st.integers(1, 5).map(float) | st.integers(-5, -1).map(float)
    return {
        "x": draw(arrays(float, (n,), elements=nonzero)),
        "weights": draw(_matrix(n, n)),
        "i": draw(st.integers(0, n - 1)),
        "j": draw(st.integers(0, n - 1)),
        "target": draw(st.integers(-9, 9)),
    }


@st.composite
def _two_square_layers(draw):
    n = draw(st.integers(1, 2))
    return {
        "weights1": draw(_matrix(n, n)),
        "biases1": draw(arrays(float, (n,), elements=_small)),
        "weights2": draw(_matrix(n, n)),
        "biases2": draw(arrays(float, (n,), elements=_small)),
    }


@st.composite
def _hidden_layer(draw):
    """Each unit picks one of two columns, one of two biases and one of two rows, so twins are common.

    No zeros: units with zeros on both sides would never learn, nor grow apart. At least as many outputs as
    units, so that a column of outgoing can be taken for a row.
    """
    inputs, units = draw(st.integers(1, 2)), draw(st.integers(1, 5))
    outputs = draw(st.integers(units, 5))
    values = st.integers(1, 2).map(float)
    incoming, out = draw(_matrix(2, inputs, values)), draw(_matrix(2, outputs, values))
    picks = arrays(int, (units,), elements=st.integers(0, 1))
    return {
        "weights": incoming[draw(picks)].T.copy(),
        "biases": draw(arrays(float, (units,), elements=values)),
        "outgoing": out[draw(picks)],
    }


@st.composite
def _layers_with_spreads(draw):
    layers = draw(st.integers(1, 4))
    return {
        "sizes": draw(st.lists(st.integers(1, 9), min_size=layers + 1, max_size=layers + 1)),
        "spreads": draw(st.lists(st.sampled_from([0.5, 1.0, 2.0]), min_size=layers, max_size=layers)),
        "uses_relu": draw(st.booleans()),
    }


def _units(weights, biases, outgoing):
    """A tuple for each hidden unit: its incoming weights, its bias, its outgoing weights."""
    return [(*w, b, *o) for w, b, o in zip(weights.T, biases, outgoing, strict=True)]


def _lonely_units(weights, biases, outgoing):
    """The number of units without a twin."""
    units = _units(weights, biases, outgoing)
    return sum(units.count(unit) == 1 for unit in units)


def _less_the_pairs(weights, biases, outgoing):
    """All units, less one for each pair of twins; a set of three has three pairs."""
    units = _units(weights, biases, outgoing)
    return len(units) - sum(one == other for one, other in combinations(units, 2))


def _unlike_their_neighbour(weights, biases, outgoing):
    """All units, less those that equal the one before."""
    units = _units(weights, biases, outgoing)
    return len(units) - sum(one == other for one, other in pairwise(units))


def _factors(sizes, spreads, uses_relu):
    """What each layer multiplies the average square by."""
    return [n * s**2 / (1 + uses_relu) for n, s in zip(sizes[:-1], spreads, strict=True)]


def _reading(weight, ignored, pushed_up):
    """An answer to read_matrix."""
    return lambda: dict(zip(read_matrix(), (weight, ignored, pushed_up), strict=True))


def _dense_layers(model):
    """The dense layers of a model, also those in models within it; one that stands there twice counts once."""
    found = []
    for layer in model.layers:
        inner = _dense_layers(layer) if isinstance(layer, keras.Model) else [layer]
        for one in inner:
            if isinstance(one, keras.layers.Dense) and not any(one is other for other in found):
                found.append(one)
    return found


def _count(model, wanted):
    """How many steps of a model are `wanted`: as a layer's activation, as a layer, or as a function."""
    total = 0
    for step in getattr(model, "operations", model.layers):
        total += _count(step, wanted) if isinstance(step, keras.Model) else wanted(step)
    return total


def _activation_name(step):
    """The activation in a step of a model: that of a dense layer, or what the step itself does."""
    activation = getattr(step, "activation", None)
    if activation is not None:
        return getattr(activation, "__name__", type(activation).__name__).lower().replace("_", "")
    name = type(step).__name__.lower()
    # keras.layers.ReLU can be leaky too
    return "leakyrelu" if name == "relu" and getattr(step, "negative_slope", 0) else name


def _is_relu(step):
    return _activation_name(step) == "relu"


def _is_relative(step):
    """Like ReLU, but without its flat half."""
    return _activation_name(step) in ("leakyrelu", "prelu", "elu", "selu", "gelu", "silu", "swish")


def _way_through(model):
    """The model's outputs for 1000 rows, and (layer, average square of what enters it) for its dense layers."""
    rows = np.random.default_rng(0).normal(size=(1000, 64)).astype("float32")
    visits = []
    call = keras.layers.Dense.__call__

    def noting(layer, inputs, *args, **kwargs):
        visits.append((layer, float(np.mean(np.square(np.asarray(inputs, dtype=float))))))
        return call(layer, inputs, *args, **kwargs)

    with mock.patch.object(keras.layers.Dense, "__call__", noting):
        outputs = np.asarray(model(rows, training=False), dtype=float)
    return outputs, visits


_NOT_YET = (
    " (BatchNormalization learns its averages in training and does next to nothing before. "
    "LayerNormalization works at once.)"
)


def _depth_problem(model):
    wide = sum(layer.units == 64 for layer in _dense_layers(model))
    if wide >= 20:
        return None
    visited = [id(layer) for layer, _ in _way_through(model)[1]]
    most = max((visited.count(layer) for layer in visited), default=0)
    if most > 1:
        return (
            f"Your model sends the signal {most} times through one and the same layer, with the same weights "
            f"each time. It counts once: make 20 layers with weights of their own (your model has {wide})."
        )
    return f"At least 20 dense layers of 64 units are asked for; your model has {wide}."


def _relu_problem(model):
    relus = _count(model, _is_relu)
    if relus >= 20:
        return None
    if _count(model, _is_relative):
        return (
            "You use a relative of ReLU that lets something of negative sums through, such as leaky ReLU. A good "
            f"idea, but here plain ReLU is asked for, 20 times; your model has it {relus} times."
        )
    return f"Each of the 20 layers should end in ReLU; your model applies ReLU {relus} times."


def _signal_problem(model):
    outputs, visits = _way_through(model)
    if not np.isfinite(outputs).all():
        return "The signal exploded: your model's outputs are too large for Python's numbers."
    root = math.sqrt(np.mean(outputs**2))
    if root == 0:
        return "The signal is gone: every output is exactly 0."
    if not 0.1 <= root <= 10:
        what = "faded" if root < 0.1 else "exploded"
        factor = root ** (2 / len(_dense_layers(model)))
        return (
            f"The signal {what}: the root of the outputs' average square is {root:.2g}. On average each of "
            f"your dense layers multiplies the average square by {factor:.2g}; it should be near 1."
            + _NOT_YET
            * any(isinstance(layer, keras.layers.BatchNormalization) for layer in model.layers)
        )
    on_the_way = [math.sqrt(square) for _, square in visits]
    for number, root_before in enumerate(on_the_way, 1):
        if not 0.01 <= root_before <= 100:
            what = "fades" if root_before < 0.01 else "explodes"
            return (
                f"At the end the signal has the right size, but on the way it {what}: what enters dense layer "
                f"{number} has an average square with the root {root_before:.2g}. Mending it once at the end "
                "does not keep it alive; look for a means that works at every layer."
            )
    if outputs.std(axis=0).mean() < 0.01 * root:
        return (
            "The outputs have the right size, but they are the same for all rows: the inputs no longer "
            "make a difference. A constant is not a signal."
        )
    return None


def _deep(layers=20, activation="relu", bias="zeros", **start):
    """Twenty dense layers; their weights drawn around 0 with a seed of their own."""

    def build():
        hidden = [
            keras.layers.Dense(
                64,
                activation=activation,
                kernel_initializer=keras.initializers.VarianceScaling(**start, seed=number),
                bias_initializer=bias,
            )
            for number in range(layers)
        ]
        return keras.Sequential([keras.Input((64,)), *hidden])

    return build


def _one_layer_twenty_times():
    layer = keras.layers.Dense(64, activation="relu", kernel_initializer="he_normal")
    signal = inputs = keras.Input((64,))
    for _ in range(20):
        signal = layer(signal)
    return keras.Model(inputs, signal)


def _one_layer_listed_twenty_times():
    layer = keras.layers.Dense(64, activation="relu", kernel_initializer="he_normal")
    return keras.Sequential([keras.Input((64,)), *[layer] * 20])


def _rescaled_at_the_end():
    faded = _deep(scale=1.0)()
    return keras.Sequential([keras.Input((64,)), *faded.layers, keras.layers.Rescaling(1000.0)])


def _with_batch_normalization():
    model = _deep(scale=1.0)()
    pairs = [part for layer in model.layers for part in (layer, keras.layers.BatchNormalization())]
    return keras.Sequential([keras.Input((64,)), *pairs])


EXERCISES: tuple[Exercise, ...] = (
    ValueExercise(
        name="read_matrix",
        title="Read a matrix",
        difficulty=1,
        minutes=4,
        points=1,
        hints=(
            "A row belongs to an input, a column to a unit. Put your finger on the row or column asked for.",
            "The first is three_by_three[1, 2]. For the second read down a column and look for a cut "
            "connection; for the third read along a row and look at the signs.",
        ),
        solution=read_matrix,
        mistakes=(
            Mistake(
                "You read the matrix the other way round, as PyTorch stores it. In Keras a row belongs to "
                "an input and a column to a unit.",
                _reading(0, 0, 1),
            ),
            Mistake(
                "One of the three is right; in the other two you read the matrix the other way round. In "
                "Keras a row belongs to an input and a column to a unit, every time.",
                *(_reading(*numbers) for numbers in [(8, 0, 1), (0, 2, 1), (0, 0, 0)]),
            ),
            Mistake(
                "In the first you read the matrix the other way round: the input is the row and comes first.",
                _reading(0, 2, 0),
            ),
            Mistake(
                "You counted inputs and units from 1. Here, as everywhere in Python, the first is number 0.",
                *(
                    _reading(*numbers)
                    for numbers in [(-1, 2, 2), (-1, 2, 3), (-1, 3, 1), (-1, 2, 0), (-1, 2, 1)]
                ),
            ),
            Mistake(
                "You looked in the right places, but counted from 1 in your answers. Inputs and units start "
                "at number 0.",
                *(_reading(*numbers) for numbers in [(8, 3, 1), (8, 3, 0)]),
            ),
            Mistake(
                "In the second you gave the number of the unit. Read down its column, -1, 2, 0: in which row, so from "
                "which input, is the weight that is zero?",
                _reading(8, 1, 0),
            ),
            Mistake(
                "In the first you gave the weight from input 2, or to unit 1. Row 1 and column 2 are asked for, counted "
                "from 0.",
                *(_reading(number, 2, 0) for number in (-7, 2)),
            ),
            Mistake(
                "The last is about the row of input 2, and the first unit in it has the number 0.",
                _reading(8, 2, 1),
            ),
            Mistake(
                "The last one asks for the unit that is pushed up. The largest weight in that row is "
                "negative: it pushes down.",
                _reading(8, 2, 2),
            ),
            Mistake(
                "In the last you gave the weight; the number of the unit is asked for.",
                _reading(8, 2, 4),
            ),
            Mistake(
                "In the last you gave a weight, and a negative one, which pushes down. The number of the unit "
                "that is pushed up is asked for.",
                _reading(8, 2, -7),
            ),
            Mistake(
                "The second is not right. Did you give the weight (0, a cut connection), or read along a row? A "
                "unit is a column: which input does its cut connection come from?",
                *(_reading(8, number, 0) for number in (0, -1, 4, 5, 8, -7)),
            ),
        ),
    ),
    FunctionExercise(
        name="weight_needed",
        title="Set one weight right",
        difficulty=2,
        minutes=8,
        points=2,
        hints=(
            "What is output j now, and how much is missing to the target?",
            "The output moves by the change of the weight times x[i]. Which change makes up for what is missing?",
            "The change is missing / x[i]. The question is about the weight's new value, so add the old one.",
        ),
        inputs=_weight_to_set(),
        solution=weight_needed,
        mistakes=(
            Mistake(
                "This is by how much the weight must change. Its new value is asked for.",
                lambda x, w, i, j, t: (t - (x @ w)[j]) / x[i],
            ),
            Mistake(
                "You moved the weight by all that is missing in the output. But the output moves by the "
                "change of the weight times x[i].",
                lambda x, w, i, j, t: w[i, j] + t - (x @ w)[j],
            ),
            Mistake(
                "You multiplied by x[i]. Going from the output back to the weight, it is the other way round.",
                lambda x, w, i, j, t: w[i, j] + (t - (x @ w)[j]) * x[i],
                lambda x, w, i, j, t: (t - (x @ w)[j] + x[i] * w[i, j]) * x[i],
            ),
            Mistake(
                "This would be right if input i were the only one. The other inputs already contribute "
                "something to output j.",
                lambda x, w, i, j, t: t / x[i],
            ),
            Mistake(
                "The change goes in the wrong direction: when the output is too low, what is missing is "
                "target - output.",
                lambda x, w, i, j, t: w[i, j] - (t - (x @ w)[j]) / x[i],
            ),
            Mistake(
                "You took only input i away from the target, so what the *other* inputs contribute is missing, and what "
                "the old weight gives is counted. What does output j get from the others?",
                lambda x, w, i, j, t: (t - x[i] * w[i, j]) / x[i],
                lambda x, w, i, j, t: t - x[i] * w[i, j],
            ),
            Mistake(
                "You subtracted the old weight. The change comes on top of it: add it.",
                lambda x, w, i, j, t: (t - (x @ w)[j]) / x[i] - w[i, j],
            ),
            Mistake(
                "If input i were the only one, target / x[i] would be the new weight already, not a change. And the "
                "other inputs contribute something too.",
                lambda x, w, i, j, t: w[i, j] + t / x[i],
            ),
            Mistake(
                "You used w[i, i]. The weight goes from input i to unit j.",
                lambda x, w, i, j, t: (t - (x @ w)[j]) / x[i] + w[i, i],
            ),
            Mistake(
                "You divided by the weight. The output moves by the change of the weight times the *input*.",
                lambda x, w, i, j, t: (t - (x @ w)[j]) / w[i, j],
                lambda x, w, i, j, t: w[i, j] + (t - (x @ w)[j]) / w[i, j],
            ),
            Mistake(
                "You took the outputs of all units. Only number j is to reach the target: (x @ weights)[j].",
                lambda x, w, i, j, t: w[i, j] + (t - x @ w) / x[i],
                lambda x, w, i, j, t: (t - x @ w) / x[i],
            ),
            Mistake(
                "You scaled the weight as if the output came from it alone. The other inputs stay as they are: ask how "
                "much is missing, not how many times too small the output is.",
                lambda x, w, i, j, t: w[i, j] * t / (x @ w)[j],
            ),
            Mistake(
                "This is what is missing in the output. By how much must the weight change to bring it, and what is "
                "its new value then?",
                lambda x, w, i, j, t: t - (x @ w)[j],
            ),
            Mistake(
                "You divided by x[j]. j is the number of the unit; the weight's input is number i.",
                lambda x, w, i, j, t: w[i, j] + (t - (x @ w)[j]) / x[j],
                lambda x, w, i, j, t: (t - (x @ w)[j] + x[i] * w[i, j]) / x[j],
            ),
            Mistake(
                "What you return is what input i has to contribute to the output. The contribution is the weight "
                "times x[i]; only the weight is asked for.",
                lambda x, w, i, j, t: t - (x @ w)[j] + x[i] * w[i, j],
            ),
            Mistake(
                "You have i and j the wrong way round everywhere: i is the number of the input (the row), j of the "
                "unit (the column).",
                lambda x, w, i, j, t: w[j, i] + (t - (x @ w)[i]) / x[j],
            ),
            Mistake(
                "You looked at the weight in row j and column i. Row i is the input's, column j the unit's.",
                lambda x, w, i, j, t: w[j, i] + (t - (x @ w)[j]) / x[i],
            ),
            Mistake(
                "You looked at output number i. i is the number of the input; the output has number j.",
                lambda x, w, i, j, t: w[i, j] + (t - (x @ w)[i]) / x[i],
            ),
            Mistake(
                "You added up the outputs of all units. Only output j is to reach the target, and only column j "
                "of the weights leads to it.",
                lambda x, w, i, j, t: w[i, j] + (t - (x @ w).sum()) / x[i],
            ),
            Mistake(
                "weights @ x reads the matrix the other way round. With inputs in rows, x stands on the left.",
                lambda x, w, i, j, t: w[i, j] + (t - (w @ x)[j]) / x[i],
            ),
            Mistake(
                "You added up along a row of the matrix. What output j adds up stands in column j: weights[:, j].",
                lambda x, w, i, j, t: w[i, j] + (t - x @ w[i]) / x[i],
                lambda x, w, i, j, t: (t - x @ w[i]) / x[i],
            ),
            Mistake(
                "To leave input i out you took off its weight alone. What it contributes is x[i] * weights[i, j].",
                lambda x, w, i, j, t: (t - (x @ w)[j] + w[i, j]) / x[i],
            ),
            Mistake(
                "What the other inputs contribute is there already: take it off the target instead of adding it.",
                lambda x, w, i, j, t: (t + (x @ w)[j] - x[i] * w[i, j]) / x[i],
            ),
            Mistake(
                "The sign is turned: what input i has to bring is the target less what the others bring.",
                lambda x, w, i, j, t: -weight_needed(x, w, i, j, t),
            ),
            Mistake(
                "What is missing in the output is made up by the weight times x[i]. So what is missing is divided by x[i], and "
                "by nothing else.",
                lambda x, w, i, j, t: t / (x[i] * w[i, j]),
                lambda x, w, i, j, t: w[i, j] + (t - (x @ w)[j]) / x.sum(),
            ),
        ),
    ),
    FunctionExercise(
        name="collapse",
        title="Two layers into one",
        difficulty=2,
        minutes=8,
        points=2,
        hints=(
            "Write down what the two layers compute: (x @ weights1 + biases1) @ weights2 + biases2.",
            "Multiply out the parentheses. What stands behind x @ ...? What is left without an x?",
        ),
        inputs=_two_square_layers(),
        solution=collapse,
        mistakes=(
            Mistake(
                "The product is in the wrong order. x meets weights1 first, and A @ B is not B @ A.",
                lambda w1, b1, w2, b2: [w2 @ w1, b1 @ w2 + b2],
            ),
            Mistake(
                "The order is wrong in both places. x and biases1 stand left of weights2, and weights1 stands "
                "between x and weights2.",
                lambda w1, b1, w2, b2: [w2 @ w1, w2 @ b1 + b2],
            ),
            Mistake(
                "* multiplies entry by entry. Sending one matrix through another is @.",
                lambda w1, b1, w2, b2: [w1 * w2, b1 @ w2 + b2],
            ),
            Mistake(
                "* multiplies entry by entry, and you have it in two places. Sending something through a matrix is @.",
                lambda w1, b1, w2, b2: [w1 * w2, b1 * w2 + b2],
            ),
            Mistake(
                "The weights are right. But biases1 is added before the second layer, so it goes through "
                "that layer's weights too.",
                lambda w1, b1, w2, b2: [w1 @ w2, b1 + b2],
            ),
            Mistake(
                "The weights are right. Did you forget the second layer's own biases?",
                lambda w1, b1, w2, b2: [w1 @ w2, b1 @ w2],
            ),
            Mistake(
                "The weights are right. What has become of biases1? It comes out of the second layer changed, but "
                "it does not vanish.",
                lambda w1, b1, w2, b2: [w1 @ w2, b2],
            ),
            Mistake(
                "These are the right weights. A layer has biases as well: return a list of both.",
                lambda w1, b1, w2, b2: w1 @ w2,
            ),
            Mistake(
                "In biases1 @ weights2 the order matters too: what goes in stands on the left.",
                lambda w1, b1, w2, b2: [w1 @ w2, w2 @ b1 + b2],
            ),
            Mistake(
                "One layer after the other is not the sum of the two: the second multiplies what the first gives.",
                lambda w1, b1, w2, b2: [w1 + w2, b1 + b2],
            ),
            Mistake(
                "Both parts are right, but in the wrong order: the weights come first in the list, then the biases.",
                lambda w1, b1, w2, b2: [b1 @ w2 + b2, w1 @ w2],
            ),
            Mistake(
                "The weights are right. But biases1 is added behind the first layer's weights, so it never goes "
                "through them, only through the second layer's.",
                lambda w1, b1, w2, b2: [w1 @ w2, b1 @ w1 @ w2 + b2],
            ),
            Mistake(
                "The weights are right. But biases1 goes through the second layer's weights, not through those of its "
                "own layer, behind which it is added.",
                lambda w1, b1, w2, b2: [w1 @ w2, b1 @ w1 + b2],
            ),
            Mistake(
                "The weights are right. You multiplied by biases2; it is added.",
                lambda w1, b1, w2, b2: [w1 @ w2, b1 @ w2 @ b2],
                lambda w1, b1, w2, b2: [w1 @ w2, b1 @ w2 * b2],
            ),
            Mistake(
                "The weights are right. You have the two layers the wrong way round in the biases: biases1 goes through "
                "weights2, and biases2 through nothing.",
                lambda w1, b1, w2, b2: [w1 @ w2, b2 @ w1 + b1],
                lambda w1, b1, w2, b2: [w1 @ w2, w1 @ b2 + b1],
                lambda w1, b1, w2, b2: [w1 @ w2, b2 @ w2 + b1],
            ),
            Mistake(
                "biases1 @ weights2 belongs to the biases: it has no x in it.",
                lambda w1, b1, w2, b2: [w1 @ w2 + b1 @ w2, b2],
            ),
            Mistake(
                "The weights are right. You added up all of biases1. Each goes through the weights of its own unit.",
                lambda w1, b1, w2, b2: [w1 @ w2, b1.sum() + b2],
            ),
            Mistake(
                "The weights are right. biases1 does not meet biases2 in a product: it goes through weights2, and then "
                "biases2 is added.",
                lambda w1, b1, w2, b2: [w1 @ w2, b1 * b2],
            ),
            Mistake(
                "The weights are right. In biases1 * weights2 nothing is added up; sending a row through a matrix is @.",
                lambda w1, b1, w2, b2: [w1 @ w2, b1 * w2 + b2],
            ),
            Mistake(
                "The product is in the wrong order, and biases1 does not go through the second layer's weights yet.",
                lambda w1, b1, w2, b2: [w2 @ w1, b1 + b2],
            ),
            Mistake(
                "The weights are right. But biases2 is added at the very end, so it goes through no weights at all.",
                lambda w1, b1, w2, b2: [w1 @ w2, (b1 + b2) @ w2],
            ),
            Mistake(
                "You added weights and biases into one array. They stay apart: a list of the two.",
                lambda w1, b1, w2, b2: w1 @ w2 + b1 @ w2 + b2,
            ),
            Mistake(
                "You turned a matrix round. Both are as Keras keeps them, inputs in rows: weights1 @ weights2.",
                lambda w1, b1, w2, b2: [w1.T @ w2, b1 @ w2 + b2],
                lambda w1, b1, w2, b2: [w1 @ w2.T, b1 @ w2 + b2],
                lambda w1, b1, w2, b2: [w1 @ w2.T, b1 @ w2.T + b2],
                lambda w1, b1, w2, b2: [(w1 @ w2).T, b1 @ w2 + b2],
            ),
        ),
    ),
    FunctionExercise(
        name="different_units",
        title="How many units are there really?",
        difficulty=3,
        minutes=12,
        points=3,
        hints=(
            "Three things belong to hidden unit k: weights[:, k], biases[k], and a part of outgoing.",
            "The hidden units are the inputs of the next layer, and inputs are rows: the third is outgoing[k].",
            "Keep a list of the units you have seen, empty at first. Compare each unit with every unit in it, "
            "and add it only when it equals none of them.",
        ),
        inputs=_hidden_layer(),
        solution=different_units,
        mistakes=(
            Mistake(
                "You compared the weights coming in. Units with the same weights can still differ in the "
                "bias, or in how the next layer listens to them.",
                lambda w, b, o: len({tuple(unit) for unit in w.T}),
            ),
            Mistake(
                "You compared incoming weights and biases. Such units say the same at the start, but when the "
                "next layer weighs them differently, they are corrected differently and grow apart.",
                lambda w, b, o: len({(*unit, bias) for unit, bias in zip(w.T, b, strict=True)}),
            ),
            Mistake(
                "You compared the weights on both sides. The biases are missing: they tell units apart too.",
                lambda w, b, o: len({(*unit, *out) for unit, out in zip(w.T, o, strict=True)}),
            ),
            Mistake(
                "You counted different numbers in the weights. A unit is a whole column, with its bias and its row of "
                "outgoing.",
                lambda w, b, o: len(np.unique(w)),
            ),
            Mistake(
                "You took one away in every case. How many are too many depends on how many twins there are: none, a "
                "pair, or more.",
                lambda w, b, o: len(b) - 1,
            ),
            Mistake(
                "You looked at one entry of outgoing for each unit. The next layer has several units, and a whole row "
                "of weights belongs to each hidden unit.",
                lambda w, b, o: len({(*w[:, k], b[k], o[k, 0]) for k in range(len(b))}),
                lambda w, b, o: len({(*w[:, k], b[k], o[k, k]) for k in range(len(b))}),
            ),
            Mistake(
                "You compared the biases alone. Units with the same bias can differ in the weights on either side.",
                lambda w, b, o: len(set(b)),
            ),
            Mistake(
                "You compared the outgoing weights alone. What comes in counts too: incoming weights and bias.",
                lambda w, b, o: len({tuple(out) for out in o}),
            ),
            Mistake(
                "You compared rows of weights. Rows belong to inputs; a hidden unit is a column.",
                lambda w, b, o: len({tuple(row) for row in w}),
            ),
            Mistake(
                "You counted all units. Twins count as one.",
                lambda w, b, o: len(b),
            ),
            Mistake(
                "You counted the units that have no twin. A set of twins counts too: once.",
                _lonely_units,
            ),
            Mistake(
                "You took columns of outgoing. There the hidden units are the inputs, so each of them has a row.",
                lambda w, b, o: len({(*w[:, k], b[k], *o[:, k]) for k in range(len(b))}),
            ),
            Mistake(
                "You took one away for each pair of twins. Three equal units make three pairs, but only two of "
                "them are too many.",
                _less_the_pairs,
            ),
            Mistake(
                "You compared each unit with the one before it. Twins need not be neighbours.",
                _unlike_their_neighbour,
            ),
            Mistake(
                "You counted the units that are too many. The question is how many different ones there are.",
                lambda w, b, o: len(b) - len(set(_units(w, b, o))),
            ),
            Mistake(
                "You compared sums. Weights can differ and still have the same sum: compare whole columns and rows.",
                lambda w, b, o: len({(*w[:, k], b[k], o[k].sum()) for k in range(len(b))}),
                lambda w, b, o: len({(w[:, k].sum(), b[k], o[k].sum()) for k in range(len(b))}),
            ),
            Mistake(
                "You counted pairs of twins. The question is how many different units there are.",
                lambda w, b, o: len(b) - _less_the_pairs(w, b, o),
            ),
            Mistake(
                "You took rows of weights with the biases. Rows belong to inputs, biases to units: a unit is a column.",
                lambda w, b, o: len({(*row, bias) for row, bias in zip(w, b, strict=False)}),
                lambda w, b, o: len({(*w[k], b[k], *o[k]) for k in range(len(b))}),
                lambda w, b, o: len({(*w[k], b[k]) for k in range(len(b))}),
                lambda w, b, o: len({(*row, bias, *out) for row, bias, out in zip(w, b, o, strict=False)}),
            ),
        ),
    ),
    FunctionExercise(
        name="average_square_after",
        title="Predict the signal",
        difficulty=2,
        minutes=8,
        points=2,
        hints=(
            "Each layer multiplies the average square by a factor. Start with 1.0 and go through the layers.",
            "The factor is n times the variance of the weights, where n is how many numbers each unit adds "
            "up. The variance is the square of the spread.",
            "zip(sizes, spreads) pairs each layer's number of inputs with its spread. ReLU halves at each layer.",
        ),
        inputs=_layers_with_spreads(),
        solution=average_square_after,
        mistakes=(
            Mistake(
                "You took the spread where the variance belongs.",
                lambda n, s, r: math.prod(a * b / (1 + r) for a, b in zip(n[:-1], s, strict=True)),
            ),
            Mistake(
                "You multiplied by the number of units of each layer. What a unit adds up is its inputs, and "
                "their number is what counts.",
                lambda n, s, r: math.prod(a * b**2 / (1 + r) for a, b in zip(n[1:], s, strict=True)),
            ),
            Mistake(
                "Your answer does not depend on uses_relu. ReLU takes a part of the signal away at each layer.",
                lambda n, s, r: math.prod(a * b**2 for a, b in zip(n[:-1], s, strict=True)),
            ),
            Mistake(
                "You halved once. There is a ReLU behind every layer.",
                lambda n, s, r: math.prod(a * b**2 for a, b in zip(n[:-1], s, strict=True)) / (1 + r),
            ),
            Mistake(
                "You halved once too often: sizes has one entry more than there are layers.",
                lambda n, s, r: (
                    math.prod(a * b**2 for a, b in zip(n[:-1], s, strict=True)) / (1 + r) ** len(n)
                ),
            ),
            Mistake(
                "You doubled for ReLU. Doubling the variance of the weights is the cure; ReLU itself takes "
                "half of the squares away.",
                lambda n, s, r: math.prod(a * b**2 * (1 + r) for a, b in zip(n[:-1], s, strict=True)),
            ),
            Mistake(
                "You took the mean factor of a layer, a root of the product. What is asked for is what all layers "
                "together leave: the product itself.",
                lambda n, s, r: math.prod(_factors(n, s, r)) ** (1 / len(s)),
            ),
            Mistake(
                "You took the root of the number of inputs, or forgot a square: n and the *square* of the spread are "
                "multiplied.",
                lambda n, s, r: math.prod(math.sqrt(a) * b / (1 + r) for a, b in zip(n, s, strict=False)),
                lambda n, s, r: math.prod(math.sqrt(a) * b**2 / (1 + r) for a, b in zip(n, s, strict=False)),
            ),
            Mistake(
                "You divided by the number of inputs. A unit adds up so many squares, so their number multiplies.",
                lambda n, s, r: math.prod(b**2 / a / (1 + r) for a, b in zip(n, s, strict=False)),
            ),
            Mistake(
                "You multiplied by the last entry of sizes too. The output units are no inputs of any layer here.",
                lambda n, s, r: math.prod(_factors(n, s, r)) * n[-1],
            ),
            Mistake(
                "You took a root of 2 for the ReLU. It takes half of the squares away, and squares are asked for.",
                lambda n, s, r: math.prod(a * b**2 / math.sqrt(1 + r) for a, b in zip(n, s, strict=False)),
            ),
            Mistake(
                "You begin with 0, and 0 times anything stays 0. The inputs have an average square of 1.",
                lambda n, s, r: 0.0,
            ),
            Mistake(
                "You halved the spread. ReLU halves the average square, and squaring half a spread leaves a quarter.",
                lambda n, s, r: math.prod(a * (b / (1 + r)) ** 2 for a, b in zip(n[:-1], s, strict=True)),
            ),
            Mistake(
                "You used the first number of inputs for every layer. A later layer's inputs are the units before it.",
                lambda n, s, r: math.prod(n[0] * b**2 / (1 + r) for b in s),
            ),
            Mistake(
                "The number of inputs is missing: a unit adds up so many products, and each brings its square.",
                lambda n, s, r: math.prod(b**2 / (1 + r) for b in s),
            ),
            Mistake(
                "Without the ReLU you halved, and with it you did not: it is the other way round.",
                lambda n, s, r: math.prod(_factors(n, s, not r)),
            ),
            Mistake(
                "You added up the layers' factors. One layer works on what the layer before has left, so "
                "factors multiply.",
                lambda n, s, r: sum(a * b**2 / (1 + r) for a, b in zip(n[:-1], s, strict=True)),
            ),
            Mistake(
                "You took a root at the end. The average square itself is asked for.",
                lambda n, s, r: math.sqrt(math.prod(_factors(n, s, r))),
            ),
            Mistake(
                "You squared the number of inputs as well. Only the spread is squared, to make the variance.",
                lambda n, s, r: math.prod((a * b) ** 2 / (1 + r) for a, b in zip(n[:-1], s, strict=True)),
            ),
            Mistake(
                "You multiplied by inputs and units, which is how many weights a layer has. An average does not grow "
                "with the number of units; only what each unit adds up counts.",
                lambda n, s, r: math.prod(
                    a * c * b**2 / (1 + r) for a, c, b in zip(n, n[1:], s, strict=False)
                ),
            ),
            Mistake(
                "You took the middle between inputs and units, as Xavier does. That is a compromise with the way "
                "back; on the way forward only the inputs count.",
                lambda n, s, r: math.prod(
                    (a + c) / 2 * b**2 / (1 + r) for a, c, b in zip(n, n[1:], s, strict=False)
                ),
            ),
            Mistake(
                "This is what the first layer leaves. The signal goes through all of them. (Is the return inside "
                "the loop?)",
                lambda n, s, r: _factors(n, s, r)[0],
            ),
            Mistake(
                "This is what the last layer does. What the layers before it have done must not get lost: multiply.",
                lambda n, s, r: _factors(n, s, r)[-1],
            ),
            Mistake(
                "You halved in every case. Without ReLU nothing is cut off.",
                lambda n, s, r: math.prod(_factors(n, s, True)),
            ),
            Mistake(
                "You did not halve at the last layer. Here every layer ends in ReLU, the last one too.",
                lambda n, s, r: math.prod(_factors(n, s, r)) * (1 + r),
            ),
            Mistake(
                "A layer is missing: each entry of spreads belongs to one, the first and the last too.",
                lambda n, s, r: math.prod(_factors(n, s, r)[:-1]),
                lambda n, s, r: math.prod(_factors(n, s, r)[1:]),
            ),
            Mistake(
                "You took a mean over the layers. One layer works on what the layer before has left, so their "
                "factors multiply.",
                lambda n, s, r: sum(_factors(n, s, r)) / len(s),
                lambda n, s, r: reduce(lambda mean, factor: (mean + factor) / 2, _factors(n, s, r), 1.0),
                lambda n, s, r: np.mean(np.cumprod(_factors(n, s, r))),
            ),
        ),
    ),
    FunctionExercise(
        name="starting_spread",
        title="Choose the start",
        difficulty=2,
        minutes=6,
        points=2,
        hints=(
            "Two formulas, one for each activation. Look up the variance of each in the text above.",
            "He: variance 2 / inputs. Xavier: variance 2 / (inputs + units). The spread is the root of the variance.",
        ),
        inputs=st.fixed_dictionaries(
            {
                "inputs": st.integers(1, 512),
                "units": st.integers(1, 512),
                "activation": st.sampled_from(["relu", "tanh"]),
            }
        ),
        solution=starting_spread,
        mistakes=(
            Mistake(
                "These are the variances. The spread is the square root of the variance.",
                lambda n, u, a: 2 / n if a == "relu" else 2 / (n + u),
            ),
            Mistake(
                "You have the two the wrong way round: which of them was made for ReLU?",
                lambda n, u, a: math.sqrt(2 / (n + u) if a == "relu" else 2 / n),
            ),
            Mistake(
                "You took Xavier for both. ReLU takes half of the squares away, and He makes up for that.",
                lambda n, u, a: math.sqrt(2 / (n + u)),
            ),
            Mistake("You took He for both. tanh takes no half away.", lambda n, u, a: math.sqrt(2 / n)),
            Mistake(
                "In He's formula you used the units. What counts is how many inputs each unit adds up.",
                lambda n, u, a: math.sqrt(2 / u if a == "relu" else 2 / (n + u)),
            ),
            Mistake(
                "Your Xavier is the first version, 1 / inputs. Glorot and Bengio chose the middle between inputs and units.",
                lambda n, u, a: math.sqrt(2 / n if a == "relu" else 1 / n),
            ),
            Mistake(
                "For tanh there is a 1 where Xavier has a 2: the middle between inputs and units is half their sum.",
                lambda n, u, a: math.sqrt(2 / n if a == "relu" else 1 / (n + u)),
            ),
            Mistake(
                "For ReLU there is a 1 where He has a 2: without it half of the squares would be lost at each layer.",
                lambda n, u, a: math.sqrt(1 / n if a == "relu" else 2 / (n + u)),
            ),
            Mistake(
                "There is a 1 in both where the two starts have a 2.",
                lambda n, u, a: math.sqrt(1 / n if a == "relu" else 1 / (n + u)),
            ),
            Mistake(
                "Your Xavier adds two fractions. 2 / (inputs + units) is one fraction: add first, then divide.",
                lambda n, u, a: math.sqrt(2 / n if a == "relu" else 2 / n + 2 / u),
                lambda n, u, a: math.sqrt(2 / n if a == "relu" else 1 / n + 1 / u),
            ),
            Mistake(
                "Your Xavier multiplies inputs and units. Below the line stands their sum.",
                lambda n, u, a: math.sqrt(2 / n if a == "relu" else 2 / (n * u)),
            ),
            Mistake(
                "Your He is the limit of an even draw, with a 6 under the root. The spread has a 2 there.",
                lambda n, u, a: math.sqrt(6 / n if a == "relu" else 2 / (n + u)),
            ),
            Mistake(
                "The fraction is upside down: more inputs need *smaller* weights.",
                lambda n, u, a: math.sqrt(n / 2 if a == "relu" else (n + u) / 2),
                lambda n, u, a: math.sqrt(n if a == "relu" else n + u),
            ),
            Mistake(
                "This is 1 / sqrt(inputs) for both, as in step 3 before ReLU came. He has a 2 in the place of the 1, and "
                "Xavier looks at the units too.",
                lambda n, u, a: 1 / math.sqrt(n),
            ),
            Mistake(
                "You have a square where the root should be: the variance is 2 / ..., and the spread is its root.",
                lambda n, u, a: (2 / n if a == "relu" else 2 / (n + u)) ** 2,
            ),
            Mistake(
                "0.01 for every layer is the start of the dictionary, too small for some layers and too large for others.",
                lambda n, u, a: 0.01,
            ),
            Mistake(
                "sqrt(6 / (inputs + units)) is the limit of Keras' even draw. Its spread is smaller.",
                lambda n, u, a: math.sqrt(2 / n if a == "relu" else 6 / (n + u)),
            ),
            Mistake(
                "With a 6 under the root you get the limit of an even draw. The spread of such a draw is smaller "
                "than its limit.",
                lambda n, u, a: math.sqrt(6 / (n if a == "relu" else n + u)),
            ),
            Mistake(
                "2 / inputs + units divides first and adds afterwards. Put parentheses around inputs + units.",
                lambda n, u, a: math.sqrt(2 / n if a == "relu" else 2 / n + u),
            ),
            Mistake(
                "You took the root of the 2 only. The root goes over the whole fraction.",
                lambda n, u, a: math.sqrt(2) / (n if a == "relu" else n + u),
                lambda n, u, a: math.sqrt(2) / n if a == "relu" else math.sqrt(2 / (n + u)),
                lambda n, u, a: math.sqrt(2 / n) if a == "relu" else math.sqrt(2) / (n + u),
            ),
            Mistake(
                "For ReLU you doubled the spread. He doubles the variance, and the spread is its root.",
                lambda n, u, a: 2 * math.sqrt(1 / n) if a == "relu" else math.sqrt(2 / (n + u)),
                lambda n, u, a: math.sqrt(2 / (n + u)) * (2 if a == "relu" else 1),
            ),
            Mistake(
                "You doubled Xavier's variance for ReLU. Close, but He looks at the inputs alone: 2 / inputs.",
                lambda n, u, a: math.sqrt((4 if a == "relu" else 2) / (n + u)),
            ),
            Mistake(
                "// rounds down to a whole number, and that makes most of these fractions 0. Divide with /.",
                lambda n, u, a: math.sqrt(2 // n if a == "relu" else 2 // (n + u)),
            ),
            Mistake(
                "Your He multiplies inputs and units. Below its line stand the inputs alone.",
                lambda n, u, a: math.sqrt(2 / (n * u) if a == "relu" else 2 / (n + u)),
            ),
            Mistake(
                "Python raises to a power before it divides, so the root goes over the lower part alone. Put parentheses "
                "around the whole fraction.",
                lambda n, u, a: 2 / n**0.5 if a == "relu" else 2 / (n + u) ** 0.5,
                lambda n, u, a: math.sqrt(2 / n) if a == "relu" else 2 / (n + u) ** 0.5,
            ),
        ),
    ),
    ModelExercise(
        name="deep_signal",
        title="Twenty layers and still alive",
        difficulty=3,
        minutes=12,
        points=3,
        hints=(
            "Build it first with Keras' default start and read what the check has measured.",
            "Which of the two starts makes up for what ReLU takes away? Look for kernel_initializer in the text.",
            'Twenty times keras.layers.Dense(64, activation="relu", kernel_initializer="he_normal"), in a list.',
        ),
        input_shape=(64,),
        output_shape=(64,),
        requirements=(_depth_problem, _relu_problem, _signal_problem),
        solution=deep_signal,
        mistakes=(
            Mistake(
                "The signal faded",
                _deep(scale=1.0, mode="fan_avg", distribution="uniform"),
            ),
            Mistake("The signal exploded", _deep(scale=64.0)),
            Mistake("your model applies ReLU 0 times", _deep(scale=1.0, activation=None)),
            Mistake(
                "A good idea, but here plain ReLU is asked for", _deep(scale=2.0, activation="leaky_relu")
            ),
            Mistake(
                "times through one and the same layer",
                _one_layer_twenty_times,
                _one_layer_listed_twenty_times,
            ),
            Mistake("but on the way it fades", _rescaled_at_the_end),
            Mistake("your model has 3.", _deep(layers=3, scale=2.0)),
            Mistake("BatchNormalization learns its averages in training", _with_batch_normalization),
            Mistake("A constant is not a signal.", _deep(scale=1e-6, bias="ones")),
        ),
    ),
)
