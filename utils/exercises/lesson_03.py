"""Lesson 03, biases: offsets, thresholds, corners, where biases start and how many there are."""

import math

import keras
import numpy as np
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from utils.counting import count
from utils.exercises.declare import Exercise, FunctionExercise, Mistake, ModelExercise


def from_nothing(hidden_biases, weights, biases):
    # With all inputs zero, the hidden layer's weights have nothing to multiply: its biases are left.
    hidden = np.maximum(hidden_biases, 0)
    return hidden @ weights + biases


def fold_bias(weights, biases):
    with_biases = np.vstack([weights, biases])
    # The new column looks at the last input only, which is the 1, and passes it on.
    hand_on = np.zeros((len(with_biases), 1))
    hand_on[-1] = 1
    return np.hstack([with_biases, hand_on])


def where_it_fires(w, b):
    if w > 0:
        return ["above", -b / w]
    if w < 0:
        return ["below", -b / w]
    return ["always", 0] if b > 0 else ["never", 0]


def alarm_bias(weight, most):
    # With `most` people the sum is weight * most, with one more weight * (most + 1). The middle is zero.
    return -weight * (most + 0.5)


def thermostat():
    model = keras.Sequential(
        [keras.Input((1,)), keras.layers.Dense(2, activation="relu"), keras.layers.Dense(1)]
    )
    model.set_weights(
        [
            np.array([[-1.0, 1.0]]),  # one unit fires when it is cold, the other when it is hot
            np.array([18.0, -24.0]),  # below 18, above 24
            np.array([[2.0], [3.0]]),  # what a degree costs on either side
            np.array([1.0]),  # what is needed always
        ]
    )
    return model


def starting_bias(targets, activation):
    mean = sum(targets) / len(targets)
    if activation == "linear":
        return mean
    return np.log(mean / (1 - mean))


def bias_share(layers):
    weights = sum(inputs * units for inputs, units, has_bias in layers)
    biases = sum(units for inputs, units, has_bias in layers if has_bias)
    return biases / (weights + biases)


def _folded(corner, column):
    """fold_bias with another last column: `column` above, `corner` at its end."""

    def answer(weights, biases):
        last = np.full((len(weights) + 1, 1), float(column))
        last[-1] = corner
        return np.hstack([np.vstack([weights, biases]), last])

    return answer


def _eye(weights, biases):
    """fold_bias begun with the ones of np.eye: they stand on the diagonal, wherever that ends."""
    matrix = np.eye(len(weights) + 1, len(biases) + 1)
    matrix[:, :-1] = np.vstack([weights, biases])
    return matrix


def _fires(w, b, threshold=lambda w, b: -b / w, falling="below", enough=lambda b: b > 0):
    """where_it_fires with one thing done differently."""
    if w == 0:
        return ["always", 0] if enough(b) else ["never", 0]
    return ["above" if w > 0 else falling, threshold(w, b)]


def _start(sigmoid, linear=lambda mean: mean):
    """starting_bias from what it does with the mean for either activation."""
    return lambda targets, activation: (sigmoid if activation == "sigmoid" else linear)(
        sum(targets) / len(targets)
    )


def _log_odds(p):
    return math.log(p / (1 - p))


def _parts(layers):
    """Weights and biases of some dense layers."""
    return sum(i * u for i, u, _ in layers), sum(u for _, u, has in layers if has)


@st.composite
def _second_layer(draw):
    """hidden_biases, weights and biases whose shapes fit."""
    numbers = st.integers(-9, 9).map(float)
    hidden, outputs = draw(st.integers(1, 4)), draw(st.integers(1, 3))
    return {
        "hidden_biases": draw(arrays(float, (hidden,), elements=numbers)),
        "weights": draw(arrays(float, (hidden, outputs), elements=numbers)),
        "biases": draw(arrays(float, (outputs,), elements=numbers)),
    }


@st.composite
def _weights_and_biases(draw):
    numbers = st.integers(-9, 9).map(float)
    inputs, units = draw(st.integers(1, 4)), draw(st.integers(1, 4))
    return {
        "weights": draw(arrays(float, (inputs, units), elements=numbers)),
        "biases": draw(arrays(float, (units,), elements=numbers)),
    }


def _targets(activation):
    if activation == "linear":
        numbers = st.lists(st.integers(-9, 9), min_size=1, max_size=8)
    else:
        numbers = st.tuples(st.integers(1, 25), st.integers(1, 25)).map(lambda n: [1] * n[0] + [0] * n[1])
    return st.fixed_dictionaries({"targets": numbers, "activation": st.just(activation)})


def _too_many(model):
    parameters = count(model)
    if parameters <= 7:
        return None
    return f"Your model has {parameters} parameters; at most 7 are allowed. How many corners does the curve have?"


def _straight(model):
    degrees = np.linspace(0, 40, 161, dtype="float32")
    said = np.asarray(model(degrees[:, None]))[:, 0].astype(float)
    line = np.linspace(said[0], said[-1], len(said))
    if np.abs(said - line).max() > 0.01:
        return None
    return (
        "From 0 to 40 degrees your model draws a straight line. Has the hidden layer an activation, "
        "and do its units have their corners at the right temperatures?"
    )


def _stretch(what, lowest, highest):
    """A requirement: the power is right for every quarter of a degree from lowest to highest."""
    degrees = np.arange(lowest, highest + 0.1, 0.25)
    needed = 1 + 2 * np.maximum(18 - degrees, 0) + 3 * np.maximum(degrees - 24, 0)

    def problem(model):
        said = np.asarray(model(degrees[:, None].astype("float32")))[:, 0]
        off = np.abs(said - needed)
        if off.max() <= 0.01:
            return None
        worst = off.argmax()
        return (
            f"{what} your model is off the most at {degrees[worst]:g} degrees: "
            f"it says {said[worst]:.2f}, and {needed[worst]:g} is needed."
        )

    return problem


def _by_hand(hidden_weights, hidden_biases, output_weights, output_bias, use_bias=True):
    """A thermostat with these numbers in it."""

    def model():
        made = keras.Sequential(
            [
                keras.Input((1,)),
                keras.layers.Dense(len(hidden_weights), activation="relu", use_bias=use_bias),
                keras.layers.Dense(1),
            ]
        )
        biases = [np.array(hidden_biases, float)] if use_bias else []
        made.set_weights(
            [
                np.array([hidden_weights], float),
                *biases,
                np.array([[w] for w in output_weights], float),
                np.array([output_bias], float),
            ]
        )
        return made

    return model


def _log_odds(share):
    with np.errstate(all="ignore"):
        return float(np.log(share / (1 - share)))


EXERCISES: tuple[Exercise, ...] = (
    FunctionExercise(
        name="from_nothing",
        title="Nothing in",
        difficulty=1,
        minutes=4,
        points=1,
        hints=(
            "What does the hidden layer give when every weight is multiplied by zero?",
            "The hidden layer gives ReLU of its biases. These are the inputs of the output layer.",
        ),
        inputs=_second_layer(),
        solution=from_nothing,
        mistakes=(
            Mistake(
                "This is what the output layer says when its own inputs are zero. They are not: "
                "the hidden layer has biases too, and something comes out of it.",
                lambda h, w, b: b + 0 * w[0],
            ),
            Mistake(
                "The ReLU of the hidden layer is missing: a negative bias comes out of it as 0.",
                lambda h, w, b: h @ w + b,
            ),
            Mistake(
                "The output layer has no activation: its outputs may be negative.",
                lambda h, w, b: np.maximum(np.maximum(h, 0) @ w + b, 0),
            ),
            Mistake(
                "The biases of the output layer are missing: they are added at the end.",
                lambda h, w, b: np.maximum(h, 0) @ w,
            ),
            Mistake(
                "The ReLU is in the wrong layer: it belongs to the hidden one, the output layer has none.",
                lambda h, w, b: np.maximum(h @ w + b, 0),
            ),
            Mistake(
                "max() and `if` ask about a single number, and here there is one for each hidden unit. "
                "np.maximum(values, 0) compares each of them with 0.",
                lambda h, w, b: max(h, 0) @ w + b,
            ),
            Mistake(
                "np.max picks the one largest bias of all; np.maximum compares each with 0.",
                lambda h, w, b: np.max(h, 0) * w.sum(axis=0) + b,
            ),
            Mistake(
                "weights @ hidden reads the matrix the other way round. The hidden units are the inputs here, and "
                "inputs stand on the left.",
                lambda h, w, b: w @ np.maximum(h, 0) + b,
            ),
            Mistake(
                "The weights of the output layer are missing: what comes out of the hidden layer goes through them.",
                lambda h, w, b: np.maximum(h, 0),
                lambda h, w, b: h,
                lambda h, w, b: np.maximum(h, 0) + b,
                lambda h, w, b: h + b,
            ),
            Mistake(
                "There is a ReLU behind the output layer's sums here. It has no activation.",
                lambda h, w, b: np.maximum(np.maximum(h, 0) @ w, 0) + b,
                lambda h, w, b: np.maximum(h @ w, 0) + b,
            ),
            Mistake(
                "The ReLU of the hidden layer and the biases of the output layer are both missing.",
                lambda h, w, b: h @ w,
            ),
            Mistake(
                "The hidden layer's biases go through the output layer's weights on their way: each is multiplied by "
                "the weight of its connection.",
                lambda h, w, b: np.maximum(h, 0).sum() + b,
                lambda h, w, b: h.sum() + b,
            ),
            Mistake(
                "All zeros would be right if there were no biases anywhere. Here are two sets of them.",
                lambda h, w, b: 0 * b,
            ),
            Mistake(
                "You let each hidden unit that fires give 1. It gives its own number: what is left of its bias.",
                lambda h, w, b: (h > 0) @ w + b,
            ),
            Mistake(
                "A ReLU makes negative numbers 0; you turned them round, or kept them and dropped the others.",
                lambda h, w, b: np.abs(h) @ w + b,
                lambda h, w, b: np.minimum(h, 0) @ w + b,
            ),
            Mistake(
                "* multiplies entry by entry. What reaches an output is added up over the hidden units: @.",
                lambda h, w, b: np.maximum(h, 0) * w + b,
                lambda h, w, b: np.maximum(h, 0)[:, None] * w + b,
            ),
        ),
    ),
    FunctionExercise(
        name="fold_bias",
        title="Carry the one",
        difficulty=2,
        minutes=8,
        points=2,
        hints=(
            "Begin as in the lesson: the biases as one more row under the weights. Which column makes a 1?",
            "A column of the matrix says with which weight each input goes into one output. "
            "The new output should be the last input, and ignore the others.",
            "The new column is 0 for every input and 1 for the last one: np.hstack adds it.",
        ),
        inputs=_weights_and_biases(),
        solution=fold_bias,
        mistakes=(
            Mistake(
                "The outputs come out right, but the 1 is lost on the way: the matrix needs one more column.",
                lambda w, b: np.vstack([w, b]),
            ),
            Mistake(
                "A last column of ones adds all inputs up. The new output should be 1, whatever the inputs are.",
                _folded(1, 1),
            ),
            Mistake(
                "With a last column of zeros the last output is 0, and the next layer's biases would vanish.",
                _folded(0, 0),
            ),
            Mistake(
                "The 1 stands at the end of a row of inputs, so what it is multiplied with "
                "belongs in the last row. You put the biases into the first.",
                lambda w, b: np.hstack([np.vstack([b, w]), np.eye(len(w) + 1)[:, :1]]),
            ),
            Mistake(
                "The biases come with the 1 at the end of the inputs, so they are the last row. "
                "You put them into the first, and the new column looks at an input that is not the 1 or not alone.",
                lambda w, b: np.hstack([np.vstack([b, w]), np.eye(len(w) + 1)[:, -1:]]),
            ),
            Mistake(
                "You put the biases in as a column. A column belongs to an output; the biases meet the 1 at the end of "
                "the inputs, so they are one more *row*.",
                lambda w, b: np.hstack([w, b[:, None]]),
                lambda w, b: np.column_stack([w, b]),
            ),
            Mistake(
                "The 1 is handed on. But the biases are missing: your last row is zero before the 1.",
                lambda w, b: np.block([[w, np.zeros((len(w), 1))], [np.zeros((1, len(b))), np.ones((1, 1))]]),
            ),
            Mistake(
                "You added a second row. One more row, the biases, and one more *column*, which makes the 1.",
                lambda w, b: np.vstack([w, b, np.ones(len(b))]),
                lambda w, b: np.vstack([w, b, np.zeros(len(b))]),
            ),
            Mistake(
                "Outputs should come first and the 1 after them: your new column stands in front.",
                lambda w, b: np.hstack([np.eye(len(w) + 1)[:, -1:], np.vstack([w, b])]),
            ),
            Mistake(
                "Your corner is 1 only where the layer has as many inputs as units. The 1 of the new column belongs in "
                "its last row, whatever the shape.",
                _eye,
            ),
            Mistake(
                "The 1 stands at the end of a row of inputs, and should stand at its end again: the biases are the last "
                "row of the matrix, and the 1 is in its last column.",
                lambda w, b: np.roll(fold_bias(w, b), 1, axis=(0, 1)),
            ),
            Mistake(
                "You added the biases to the weights, so each would be multiplied by an input. A bias meets the 1 only: it is "
                "a row of its own.",
                lambda w, b: np.block([[w + b, np.zeros((len(w), 1))], [np.zeros(len(b)), np.ones(1)]]),
                lambda w, b: np.block([[w + b, np.zeros((len(w), 1))], [b, np.ones(1)]]),
            ),
        ),
    ),
    FunctionExercise(
        name="where_it_fires",
        title="Where it fires",
        difficulty=2,
        minutes=8,
        points=2,
        hints=(
            "Three cases: w above zero, w below zero, and w equal to zero. In the third, x has no say.",
            "w * x + b > 0 means w * x > -b. Dividing both sides by a negative w turns > into <.",
            "With w equal to zero only b is left: is it above zero?",
        ),
        # b = 0 would show a threshold of -0.0
        inputs=st.fixed_dictionaries({"w": st.integers(-9, 9), "b": st.integers(-99, 99)}).filter(
            lambda case: case["b"] != 0 or case["w"] == 0
        ),
        solution=where_it_fires,
        mistakes=(
            Mistake(
                "The threshold has the wrong sign. Put it into w * x + b: that should give zero.",
                lambda w, b: _fires(w, b, threshold=lambda w, b: b / w),
            ),
            Mistake(
                "-b is the threshold only when the weight is 1.",
                lambda w, b: _fires(w, b, threshold=lambda w, b: -b),
            ),
            Mistake(
                "For negative weights the threshold has the wrong sign: it is -b / w there too. Only the side changes.",
                lambda w, b: ["below", b / w] if w < 0 else _fires(w, b),
            ),
            Mistake(
                "Where w is 0 a list is asked for too: the word, and then 0.",
                lambda w, b: _fires(w, b) if w else _fires(w, b)[0],
            ),
            Mistake(
                "Two things are missing: with a negative weight the unit fires on the other side, and with weight 0 "
                "its bias alone decides.",
                lambda w, b: ["above", -b / w] if w else ["always", 0],
                lambda w, b: ["above", -b / w] if w else ["never", 0],
            ),
            Mistake(
                "Above and below are the wrong way round: with a positive weight a larger x brings a larger sum.",
                lambda w, b: [
                    {"above": "below", "below": "above"}.get(_fires(w, b)[0], _fires(w, b)[0]),
                    _fires(w, b)[1],
                ],
            ),
            Mistake(
                "With w equal to zero your function stops, since it divides by w. That case comes first: x has no say "
                "in it, only b has.",
                lambda w, b: ["above" if w > 0 else "below", -b / w],
            ),
            Mistake(
                "With w equal to zero your function stops, and where w is negative the unit fires on the other side.",
                lambda w, b: ["above", -b / w],
            ),
            Mistake(
                "Where w is zero, always and never are the wrong way round: the unit says b whatever x is, and fires "
                "if that is above zero.",
                lambda w, b: _fires(w, b, enough=lambda b: b < 0),
            ),
            Mistake(
                "With a negative weight a larger x makes the sum smaller. On which side does such a unit fire?",
                lambda w, b: _fires(w, b, falling="above"),
            ),
            Mistake(
                "With a negative weight the unit still fires on one side of its threshold.",
                lambda w, b: _fires(w, b) if w >= 0 else ["never", 0],
            ),
            Mistake(
                "With weight 0 and bias 0 the sum is exactly zero, and that is not enough to fire.",
                lambda w, b: _fires(w, b, enough=lambda b: b >= 0),
            ),
            Mistake(
                "A weight of 0 does not silence the unit: its bias may be enough.",
                lambda w, b: _fires(w, b, enough=lambda b: False),
            ),
            Mistake(
                "A weight of 0 does not make the unit fire: look at the sign of its bias.",
                lambda w, b: _fires(w, b, enough=lambda b: True),
            ),
            Mistake(
                "Where w is 0 there is no threshold: the list should end in 0 there, as the task says.",
                lambda w, b: _fires(w, b) if w else [_fires(w, b)[0], b],
            ),
            Mistake(
                "The fraction is upside down: solve w * x + b = 0 for x.",
                lambda w, b: _fires(w, b, threshold=lambda w, b: -w / b if b else 0),
            ),
            Mistake(
                "// rounds down to a whole number. The threshold has what stands behind the point: -b / w.",
                lambda w, b: _fires(w, b, threshold=lambda w, b: -b // w),
                lambda w, b: _fires(w, b, threshold=lambda w, b: -(b // w)),
                lambda w, b: _fires(w, b, threshold=lambda w, b: int(-b / w)),
                lambda w, b: _fires(w, b, threshold=lambda w, b: round(-b / w)),
            ),
            Mistake(
                "The threshold is right. Which side fires is for the sign of w alone to say: with a positive weight a "
                "larger x makes the sum larger. You asked for another sign.",
                lambda w, b: ["above" if -b / w > 0 else "below", -b / w] if w else _fires(w, b),
                lambda w, b: ["above" if b > 0 else "below", -b / w] if w else _fires(w, b),
                lambda w, b: ["above" if -b / w < 0 else "below", -b / w] if w else _fires(w, b),
                lambda w, b: ["above" if b < 0 else "below", -b / w] if w else _fires(w, b),
            ),
            Mistake(
                "The bias says how far away the threshold is. On which side the unit fires, the sign of the weight says; and "
                "a weight of 0 has no threshold.",
                lambda w, b: ["above", -b / w] if b < 0 else ["below", -b / w],
                lambda w, b: ["above", -b / w] if b > 0 else ["below", -b / w],
            ),
            Mistake(
                "With a weight of 0 there is no threshold: x makes no difference, and the bias alone decides for always or never.",
                lambda w, b: ["above", -b / (w or 1)] if w >= 0 else ["below", -b / w],
                lambda w, b: ["above", -b / (w or 1)] if w > 0 else ["below", -b / (w or 1)],
            ),
        ),
    ),
    FunctionExercise(
        name="alarm_bias",
        title="Too many in the boat",
        difficulty=2,
        minutes=6,
        points=2,
        hints=(
            "With n seats taken the sum before the bias is weight * n. Once the bias is added, for which n should it be below zero?",
            "With `most` seats taken the unit must stay silent, with `most + 1` it must fire. Which number is in the middle of the two sums, and which bias brings that to zero?",
        ),
        inputs=st.fixed_dictionaries({"weight": st.integers(1, 60), "most": st.integers(0, 60)}),
        solution=alarm_bias,
        mistakes=(
            Mistake(
                "Each seat counts with its weight, and with `most` seats taken the sum should be below zero, not at it.",
                lambda w, m: -m,
            ),
            Mistake(
                "You divided by the weight. That gives the threshold of an input; a bias is compared with weight times seats.",
                lambda w, m: -(m + 0.5) / w,
            ),
            Mistake(
                "This is the number of seats in the middle, with its sign. Each seat counts with its weight, though.",
                lambda w, m: -(m + 0.5),
            ),
            Mistake(
                "This fires when `most` seats are taken already. It should need more than that.",
                lambda w, m: -w * (m - 0.5),
            ),
            Mistake(
                "With `most` seats taken your sum is exactly zero: silent, but with no room to spare. The middle is asked for.",
                lambda w, m: -w * m,
            ),
            Mistake(
                "With one seat too many your sum is exactly zero, and that is not enough to fire.",
                lambda w, m: -w * (m + 1),
            ),
            Mistake(
                "Half a seat too much is not half of the seats: the middle lies between `most` and `most + 1` seats.",
                lambda w, m: -(w * m + 0.5 * m),
                lambda w, m: -w * m / 2,
                lambda w, m: -w * m * 0.5,
            ),
            Mistake(
                "Half a person counts with the weight: from most + 1 seats go back half a *weight*.",
                lambda w, m: -w * (m + 1) + 0.5,
            ),
            Mistake(
                "The size is half of the weight, but the seats are missing: with `most` seats taken the sum must still "
                "be below zero.",
                lambda w, m: -w / 2,
                lambda w, m: -w * 0.5,
            ),
            Mistake(
                "This fires too early, and each seat counts with its weight.",
                lambda w, m: 0.5 - m,
                lambda w, m: -(m - 0.5),
            ),
            Mistake(
                "These are the two sums added up. The number in the middle between them is half of that.",
                lambda w, m: -(w * m + w * (m + 1)),
            ),
            Mistake(
                "This fires when `most` seats are taken already, unless the weight is small: the half should make the "
                "bias more negative, and it counts with the weight.",
                lambda w, m: -w * m + 0.5,
            ),
            Mistake(
                "With one seat too many your sum is below zero or at it, so the unit stays silent. You went too far.",
                lambda w, m: -w * (m + 1.5),
                lambda w, m: -w * (m + 1) - 0.5,
            ),
            Mistake(
                "The size is right. But this bias helps the unit to fire; it should hold it back.",
                lambda w, m: w * (m + 0.5),
            ),
            Mistake(
                "The middle between two numbers of people is half a person away, and a person counts with the weight.",
                lambda w, m: -w * m - 0.5,
            ),
            Mistake(
                "You added the weight to the seats. Each taken seat brings the weight once: multiply.",
                lambda weight, most: -(weight + most),
                lambda weight, most: -(weight + most + 0.5),
            ),
        ),
    ),
    ModelExercise(
        name="thermostat",
        title="The thermostat",
        difficulty=3,
        minutes=15,
        points=3,
        hints=(
            "Sketch the curve. It has two corners, and one ReLU unit makes one corner: "
            "two hidden units and an output unit have 7 parameters.",
            "One hidden unit should fire below 18 degrees, the other above 24. Which weights and biases do that?",
            "A weight of -1 and a bias of 18 count the missing degrees. The output layer multiplies each unit by "
            "what a degree costs, and its bias is the 1 that is always needed. Put the numbers in with set_weights.",
        ),
        input_shape=(1,),
        output_shape=(1,),
        requirements=(
            _too_many,
            _straight,
            _stretch("Between 18 and 24 degrees", 18, 24),
            _stretch("Below 18 degrees", 0, 18),
            _stretch("Above 24 degrees", 24, 40),
        ),
        solution=thermostat,
        mistakes=(
            Mistake(
                "Your model has 10 parameters; at most 7", _by_hand([-1, 1, 0], [18, -24, 0], [2, 3, 0], 1)
            ),
            Mistake(
                "Between 18 and 24 degrees your model is off",
                _by_hand([-1, 1], [18, -24], [2, 3], 0),
                _by_hand([1, 1], [-18, -24], [2, 3], 1),
            ),
            Mistake(
                "From 0 to 40 degrees your model draws a straight line",
                _by_hand([-1, 1], [], [2, 3], 1, use_bias=False),
                _by_hand([-1, 1], [-18, 24], [2, 3], 1),
            ),
            Mistake(
                "Below 18 degrees your model is off the most at 0", _by_hand([-1, 1], [18, -24], [1, 3], 1)
            ),
            Mistake(
                "Above 24 degrees your model is off the most at 40", _by_hand([-1, 1], [18, -24], [2, 2], 1)
            ),
            Mistake(
                "Your model has no parameters yet",
                lambda: keras.Sequential([keras.layers.Dense(2, activation="relu"), keras.layers.Dense(1)]),
            ),
        ),
    ),
    FunctionExercise(
        name="starting_bias",
        title="A start for the output bias",
        difficulty=2,
        minutes=8,
        points=2,
        hints=(
            "The unit will say the same for every row. For each activation: what should it say?",
            "For yes/no targets it should say the share of ones, and the bias is what the sigmoid turns into that. "
            "Without activation, the bias is what it says.",
            "The share of ones is the mean of the targets: its log-odds for the sigmoid, the mean itself for the other.",
        ),
        inputs=st.one_of(_targets("sigmoid"), _targets("linear")),
        solution=starting_bias,
        mistakes=(
            Mistake(
                "The mean is what the unit should say. A sigmoid changes its bias before it is said: "
                "which number does it turn into the mean?",
                _start(lambda p: p),
            ),
            Mistake(
                "This is right for numbers. With the sigmoid, your bias is the odds; their logarithm is still missing.",
                _start(lambda p: p / (1 - p)),
            ),
            Mistake(
                "The log-odds have the wrong sign: when ones are rare, the bias should be negative.",
                _start(lambda p: -_log_odds(p)),
            ),
            Mistake(
                "You took the log-odds in both cases. Without activation the unit says its bias as it is: what is the "
                "best thing to say?",
                lambda targets, activation: _log_odds(sum(targets) / len(targets)),
                lambda targets, activation: np.log(
                    sum(targets) / len(targets) / (1 - sum(targets) / len(targets))
                ),
            ),
            Mistake(
                "1 - p / p divides first, and p / p is 1. Put parentheses around 1 - p, below the line: p / (1 - p).",
                _start(lambda p: np.log(1 - p / p)),
                _start(lambda p: math.log(1 - p / p)),
            ),
            Mistake(
                "For yes/no targets you put numbers of rows where shares belong: 1 - (number of ones) is no share. Take "
                "the mean of the targets.",
                lambda targets, activation: (
                    np.log(sum(targets) / (1 - sum(targets))) if activation == "sigmoid" else np.mean(targets)
                ),
                lambda targets, activation: (
                    np.log(np.sum(targets) / (1 - np.sum(targets)))
                    if activation == "sigmoid"
                    else np.mean(targets)
                ),
            ),
            Mistake(
                "The log-odds are right. For numbers you took the largest; the mean has the smallest squared error.",
                lambda targets, activation: (
                    max(targets) if activation == "linear" else _log_odds(sum(targets) / len(targets))
                ),
            ),
            Mistake(
                "One half in every case is what the *sigmoid* says with a bias of 0. The targets decide which bias is best.",
                lambda targets, activation: 0.5,
            ),
            Mistake(
                "For numbers you took the sum. The best single guess is their mean.",
                lambda targets, activation: (
                    sum(targets) if activation == "linear" else _log_odds(sum(targets) / len(targets))
                ),
            ),
            Mistake(
                "0 is the usual start, and not the best one. With the sigmoid it says one half for every row.",
                lambda targets, activation: 0,
            ),
            Mistake(
                "This is the logarithm of the probability, not of the odds.", _start(lambda p: math.log(p))
            ),
            Mistake(
                "np.log is the natural logarithm, and the sigmoid is made with it; you used another base.",
                _start(lambda p: _log_odds(p) / math.log(10)),
            ),
            Mistake(
                "np.log is the natural logarithm, and the sigmoid is made with it; you used base 2.",
                _start(lambda p: _log_odds(p) / math.log(2)),
            ),
            Mistake(
                "You put the share through the sigmoid. It is wanted the other way round: what goes into the "
                "sigmoid, so that the share comes out?",
                _start(lambda p: 1 / (1 + math.exp(-p))),
            ),
            Mistake(
                "The log-odds are right. For numbers, 0 is the usual start and not the best one: "
                "which single guess has the smallest squared error?",
                _start(_log_odds, lambda mean: 0),
            ),
            Mistake(
                "The log-odds are right. The number in the middle has the smallest absolute error; "
                "here the errors are squared.",
                lambda targets, activation: (
                    float(np.median(targets))
                    if activation == "linear"
                    else _log_odds(sum(targets) / len(targets))
                ),
            ),
            Mistake(
                "The two cases are swapped: the log-odds belong to the sigmoid, the mean to the output without activation.",
                lambda targets, activation: (
                    np.log(np.mean(targets) / (1 - np.mean(targets)))
                    if activation == "linear"
                    else np.mean(targets)
                ),
                lambda targets, activation: (
                    _log_odds(sum(targets) / len(targets))
                    if activation == "linear"
                    else sum(targets) / len(targets)
                ),
            ),
            Mistake(
                "This is minus the logarithm of the share of ones. Wanted is the logarithm of the odds, p / (1 - p).",
                _start(lambda p: -math.log(p)),
            ),
            Mistake(
                "The log-odds are for the sigmoid. Without activation the unit says its bias as it is.",
                lambda targets, activation: _log_odds(np.mean(targets)),
            ),
        ),
    ),
    FunctionExercise(
        name="bias_share",
        title="Share of biases",
        difficulty=2,
        minutes=6,
        points=2,
        hints=(
            "Add up the weights of all layers, and the biases of those that have some. Then divide once.",
            "All parameters are weights + biases. A loop: `for inputs, units, has_bias in layers:`",
        ),
        inputs=st.fixed_dictionaries(
            {
                "layers": st.lists(
                    st.tuples(st.integers(1, 9), st.integers(1, 9), st.booleans()), min_size=1, max_size=4
                )
            }
        ),
        solution=bias_share,
        mistakes=(
            Mistake(
                "You compare biases with weights. Their share is among all parameters: biases are parameters too.",
                lambda layers: _parts(layers)[1] / _parts(layers)[0],
            ),
            Mistake(
                "biases / weights + biases divides first and adds afterwards. Put parentheses around the sum.",
                lambda layers: _parts(layers)[1] / _parts(layers)[0] + _parts(layers)[1],
            ),
            Mistake(
                "This is the share of the layers that have biases. Count parameters: inputs * units weights in each "
                "layer, and its biases.",
                lambda layers: sum(has for *_, has in layers) / len(layers),
            ),
            Mistake(
                "You counted the biases. Their share is asked for: divide by the number of all parameters.",
                lambda layers: _parts(layers)[1],
            ),
            Mistake(
                "The layers without biases are missing below the line. Their weights are parameters too.",
                lambda layers: _parts(layers)[1] / (sum((i * u + u) * has for i, u, has in layers)),
                lambda layers: (
                    _parts(layers)[1] / sum((i * u + u) * has for i, u, has in layers)
                    if any(has for *_, has in layers)
                    else 0
                ),
            ),
            Mistake(
                "You counted one bias for each layer that has some. Every unit has one of its own.",
                lambda layers: sum(has for *_, has in layers) / sum(_parts(layers)),
            ),
            Mistake(
                "You rounded. Give the share as it comes out.",
                lambda layers: round(_parts(layers)[1] / sum(_parts(layers)), 2),
                lambda layers: round(_parts(layers)[1] / sum(_parts(layers)), 3),
                lambda layers: round(_parts(layers)[1] / sum(_parts(layers)), 4),
            ),
            Mistake(
                "This is the share in the last layer. Add up over all layers, and divide once at the end.",
                lambda layers: _parts(layers[-1:])[1] / sum(_parts(layers[-1:])),
            ),
            Mistake(
                "This is the share in the first layer. (Is the return inside the loop?) Add up over all layers, and "
                "divide once at the end.",
                lambda layers: _parts(layers[:1])[1] / sum(_parts(layers[:1])),
            ),
            Mistake(
                "You gave every layer biases. Some have none: has_bias says which.",
                lambda layers: sum(u for _, u, _ in layers) / sum(i * u + u for i, u, _ in layers),
            ),
            Mistake(
                "The biases are right. Among all parameters you counted biases that some layers do not have.",
                lambda layers: _parts(layers)[1] / sum(i * u + u for i, u, _ in layers),
            ),
            Mistake(
                "You took the mean of the layers' shares. A large layer counts for more than a small one: "
                "add up first, divide once.",
                lambda layers: sum(has / (i + 1) for i, _, has in layers) / len(layers),
            ),
            Mistake(
                "A share from 0 to 1 is asked for; yours is in per cent.",
                lambda layers: 100 * _parts(layers)[1] / sum(_parts(layers)),
            ),
            Mistake(
                "You counted one bias for each layer. Every unit has one of its own.",
                lambda layers: (
                    sum(has for *_, has in layers) / (_parts(layers)[0] + sum(has for *_, has in layers))
                ),
            ),
            Mistake(
                "You counted a bias for each input. Biases belong to units.",
                lambda layers: (
                    sum(i for i, _, has in layers if has)
                    / (_parts(layers)[0] + sum(i for i, _, has in layers if has))
                ),
            ),
            Mistake(
                "This is the share of the weights; that of the biases is the rest.",
                lambda layers: _parts(layers)[0] / sum(_parts(layers)),
            ),
            Mistake(
                "You took the layers that have no biases. has_bias is True for those that have some.",
                lambda layers: (
                    sum(u for i, u, h in layers if not h) / sum(i * u + (0 if h else u) for i, u, h in layers)
                ),
            ),
            Mistake(
                "A layer has inputs * units weights: each unit has one for each input.",
                lambda layers: (
                    sum(u for i, u, h in layers if h) / sum(i + u + (u if h else 0) for i, u, h in layers)
                ),
            ),
        ),
    ),
)
