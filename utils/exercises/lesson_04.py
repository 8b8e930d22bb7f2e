"""Lesson 04, learning: slopes, steps, backpropagation, epochs, schedules, and a model trained alone."""

from math import ceil

import keras
import numpy as np
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from sklearn.datasets import make_moons

from utils.exercises.declare import Exercise, FunctionExercise, Mistake, ModelExercise
from utils.exercises.requirements import over_budget
from utils.exercises.unseen import unseen


def slope_by_nudging(w, x, target, nudge):
    before = (w * x - target) ** 2
    after = ((w + nudge) * x - target) ** 2
    return (after - before) / nudge


def descent_step(w, b, x, y, rate):
    error = w * x + b - y
    w_slope = np.mean(2 * error * x)
    b_slope = np.mean(2 * error)
    return [w - rate * w_slope, b - rate * b_slope]


def largest_rate(x):
    # Row by row the slope is 2 * (w * x - y) * x: when w grows by 1, it grows by 2 * x * x.
    curvature = np.mean(2 * x * x)
    return 2 / curvature


def hidden_gradient(x, z, d_h):
    d_z = d_h * (z > 0)
    return x.T @ d_z


def training_steps(rows, batch, epochs):
    steps_per_epoch = int(np.ceil(rows / batch))
    return steps_per_epoch * epochs


def warmup_and_decay(step, warmup, total, peak):
    if step < warmup:
        return peak * (step + 1) / warmup
    return peak * (total - step) / (total - warmup)


def moons():
    rows, labels = make_moons(4000, noise=0.1, random_state=0)
    # One hidden layer of h units has 2h + h weights and biases, then h + 1: 4 * 24 + 1 = 97.
    model = keras.Sequential(
        [
            keras.Input((2,)),
            keras.layers.Dense(24, activation="relu"),
            keras.layers.Dense(1, activation="sigmoid"),
        ]
    )
    model.compile(optimizer=keras.optimizers.Adam(0.02), loss="binary_crossentropy")
    # Of 600 starts, 9 still stood in a local valley (87 to 94 % right) after 10 epochs, none after 20.
    model.fit(rows, labels, epochs=20, batch_size=32, verbose=0)
    return model


def _descent(w, b, x, y, rate, *, average=np.mean, factor=2, inputs=None, sign=-1):
    """A step as the solution takes it, but for what is changed."""
    error = w * x + b - y
    seen = x if inputs is None else inputs
    w_slope, b_slope = average(factor * error * seen), average(factor * error)
    return [w + sign * rate * w_slope, b + sign * rate * b_slope]


def _w_first(w, b, x, y, rate):
    w = w - rate * np.mean(2 * (w * x + b - y) * x)
    return [w, b - rate * np.mean(2 * (w * x + b - y))]


def _b_first(w, b, x, y, rate):
    b = b - rate * np.mean(2 * (w * x + b - y))
    return [w - rate * np.mean(2 * (w * x + b - y) * x), b]


def _two_parameters(x):
    averages = [[np.mean(x * x), np.mean(x)], [np.mean(x), 1]]
    return 2 / np.linalg.eigvalsh(2 * np.array(averages))[1]


@st.composite
def _rides(draw):
    """w, b, a rate, and rows that fit them."""
    rows, numbers = draw(st.integers(1, 4)), st.integers(-5, 5).map(float)
    return {
        "w": draw(numbers),
        "b": draw(numbers),
        "x": draw(arrays(float, (rows,), elements=numbers)),
        "y": draw(arrays(float, (rows,), elements=numbers)),
        "rate": draw(st.sampled_from([1.0, 0.5, 0.25])),
    }


@st.composite
def _hidden_layer(draw):
    """x, z and d_h whose shapes fit. No z is 0, where a ReLU has no slope."""
    rows, inputs, units = (draw(st.integers(1, 3)) for _ in range(3))
    numbers = st.integers(-4, 4).map(float)
    return {
        "x": draw(arrays(float, (rows, inputs), elements=numbers)),
        "z": draw(arrays(float, (rows, units), elements=st.sampled_from([1.0, -1.0, 2.0, -2.0, 3.0]))),
        "d_h": draw(arrays(float, (rows, units), elements=numbers)),
    }


@st.composite
def _schedule(draw):
    """A step within a schedule whose warm-up is shorter than the whole."""
    total = draw(st.integers(2, 40))
    return {
        "step": draw(st.integers(0, total - 1)),
        "warmup": draw(st.integers(1, total - 1)),
        "total": total,
        "peak": draw(st.sampled_from([1.0, 2.0, 0.5, 0.1])),
    }


def _schedule_with(fall, rise=lambda step, warmup: (step + 1) / warmup):
    """A schedule as the solution's, but for one of its two parts."""

    def schedule(step, warmup, total, peak):
        if step < warmup:
            return peak * rise(step, warmup)
        return peak * fall(step, warmup, total)

    return schedule


def _fall(step, warmup, total):
    return (total - step) / (total - warmup)


def _too_large(model):
    return over_budget(model, 99, "Try a smaller hidden layer.")


def _separation_problem(model):
    rows, labels = make_moons(1000, noise=0.1, random_state=unseen(20_040))
    answers = np.asarray(model(rows.astype("float32")))[:, 0]
    lowest, highest = answers.min(), answers.max()
    if lowest < 0 or highest > 1:
        return (
            f"A probability lies between 0 and 1; your model answers from {lowest:.2f} to {highest:.2f}. "
            "Which activation keeps the last unit between 0 and 1?"
        )
    if highest - lowest < 0.01:
        return (
            f"Your model answers {lowest:.2f} to every point. A softmax over a single unit always gives 1; "
            "dead units or a rate that is too high can also end like this."
        )
    right = np.mean((answers > 0.5) == (labels == 1))
    measured = f"Of 1000 new points your model gets {right:.0%} right; 95% are asked for. "
    if right >= 0.95:
        return None
    if right < 0.2:
        return measured + "It tells the moons apart but names them the wrong way round: class 1 should get 1."
    if right < 0.8:
        return measured + (
            "Guessing gets half; this model has learned little or nothing. Was it fitted, "
            "for enough steps, and at a rate that is not too high?"
        )
    if right < 0.92:
        return (
            measured + "That is about as far as a straight line gets. The boundary needs a bend: is there a "
            "hidden layer, does it have an activation, and was it trained long enough to use it?"
        )
    return measured + "Nearly there: a few more epochs or hidden units should do it."


def _untrained(*layers):
    keras.utils.set_random_seed(4)
    return keras.Sequential([keras.Input((2,)), *layers])


def _trained(*layers, loss="binary_crossentropy", swapped=False):
    model = _untrained(*layers)
    rows, labels = make_moons(2000, noise=0.1, random_state=0)
    model.compile(optimizer=keras.optimizers.Adam(0.03), loss=loss)
    model.fit(rows, 1 - labels if swapped else labels, epochs=6, batch_size=32, verbose=0)
    return model


def _hidden(units, activation="relu"):
    # A seed of its own: the layer draws one when it is made, before the model's is set.
    start = keras.initializers.GlorotUniform(seed=4)
    return keras.layers.Dense(units, activation=activation, kernel_initializer=start)


EXERCISES: tuple[Exercise, ...] = (
    FunctionExercise(
        name="slope_by_nudging",
        title="Measure a slope",
        difficulty=1,
        minutes=5,
        points=1,
        hints=(
            "Compute the loss twice: once at w, once at w + nudge.",
            "The slope is (loss after - loss before) / nudge, where a loss is (w * x - target) ** 2.",
        ),
        inputs=st.fixed_dictionaries(
            {
                "w": st.integers(-5, 5).map(float),
                "x": st.integers(-5, 5).map(float),
                "target": st.integers(-9, 9).map(float),
                "nudge": st.sampled_from([1.0, 0.5, 0.25]),
            }
        ),
        solution=slope_by_nudging,
        mistakes=(
            Mistake(
                "This is how much the loss changed. A slope is the change for each unit of the parameter: "
                "one division is missing.",
                lambda w, x, y, h: ((w + h) * x - y) ** 2 - (w * x - y) ** 2,
            ),
            Mistake(
                "The size is right, the sign is not: a loss that grows should give a positive slope.",
                lambda w, x, y, h: ((w * x - y) ** 2 - ((w + h) * x - y) ** 2) / h,
            ),
            Mistake(
                "The size is right, but a slope has a sign: it says which way is up. Do not take it off.",
                lambda w, x, y, h: abs(((w + h) * x - y) ** 2 - (w * x - y) ** 2) / h,
            ),
            Mistake(
                "You measured how the output changes. The slope of the loss is asked for.",
                lambda w, x, y, h: x,
            ),
            Mistake(
                "This is the exact slope, as the derivative gives it, or a nudge to both sides. "
                "Here the nudge goes upwards only and has a size: measure with it.",
                lambda w, x, y, h: 2 * (w * x - y) * x,
            ),
            Mistake(
                "The loss is the squared difference; you took its size.",
                lambda w, x, y, h: (abs((w + h) * x - y) - abs(w * x - y)) / h,
            ),
            Mistake(
                "You nudged the output. Nudge w: the output then moves x times as far.",
                lambda w, x, y, h: ((w * x + h - y) ** 2 - (w * x - y) ** 2) / h,
            ),
            Mistake(
                "You nudged the input x. The parameter w is what is to be nudged.",
                lambda w, x, y, h: ((w * (x + h) - y) ** 2 - (w * x - y) ** 2) / h,
            ),
            Mistake(
                "You nudged w downwards and divided as if it had gone up.",
                lambda w, x, y, h: ((w - h) * x - y) ** 2 / h - (w * x - y) ** 2 / h,
            ),
            Mistake(
                "You nudged w downwards. This is a slope, but upwards is asked for: from w to w + nudge.",
                lambda w, x, y, h: (w * x - y) ** 2 / h - ((w - h) * x - y) ** 2 / h,
            ),
            Mistake(
                "You nudged to both sides and divided by one nudge. "
                "Nudge upwards only: the loss at w + nudge, minus the loss at w.",
                lambda w, x, y, h: (((w + h) * x - y) ** 2 - ((w - h) * x - y) ** 2) / h,
            ),
            Mistake(
                "Half of what it should be. The loss is the square without a 1/2, "
                "and between w and w + nudge there is one nudge, not two.",
                lambda w, x, y, h: (((w + h) * x - y) ** 2 - (w * x - y) ** 2) / (2 * h),
            ),
            Mistake(
                "Python divides before it subtracts. Put parentheses around the change of the loss.",
                lambda w, x, y, h: ((w + h) * x - y) ** 2 - (w * x - y) ** 2 / h,
            ),
            Mistake(
                "// rounds down to a whole number. A slope need not be whole: divide with /.",
                lambda w, x, y, h: (((w + h) * x - y) ** 2 - (w * x - y) ** 2) // h,
            ),
            Mistake(
                "You multiplied by the nudge. The change is divided by it.",
                lambda w, x, y, h: (((w + h) * x - y) ** 2 - (w * x - y) ** 2) * h,
            ),
            Mistake(
                "This is a loss, not yet a slope: the loss after the nudge, minus the loss before, divided by nudge.",
                lambda w, x, y, h: ((w + h) * x - y) ** 2,
                lambda w, x, y, h: (w * x - y) ** 2,
            ),
            Mistake(
                "You worked the slope out by a formula, and it is not quite the derivative. "
                "Here nothing needs working out: compute the loss at w and at w + nudge.",
                lambda w, x, y, h: 2 * (w * x - y),
                lambda w, x, y, h: (w * x - y) * x,
                lambda w, x, y, h: 2 * (y - w * x) * x,
            ),
            Mistake(
                "You squared each of the two prices and left the target out of it. "
                "The loss is the square of output minus target.",
                lambda w, x, y, h: (((w + h) * x) ** 2 - (w * x) ** 2) / h,
                lambda w, x, y, h: (((w + h) * x) ** 2 - y - (w * x) ** 2 + y) / h,
            ),
            Mistake(
                "A number of the lesson's ride is still in it: its 2 kilometres, its price of 10 or its nudge of "
                "0.001. Use x, target and nudge, which are different each time.",
                lambda w, x, y, h: (((w + h) * 2 - 10) ** 2 - (w * 2 - 10) ** 2) / h,
                lambda w, x, y, h: (((w + h) * x - 10) ** 2 - (w * x - 10) ** 2) / h,
                lambda w, x, y, h: (((w + h) * 2 - y) ** 2 - (w * 2 - y) ** 2) / h,
                lambda w, x, y, h: (((w + 0.001) * x - y) ** 2 - (w * x - y) ** 2) / 0.001,
            ),
            Mistake(
                "You divided by something else than the nudge. A slope is the change of the loss for each unit that w moved: "
                "divide by nudge.",
                lambda w, x, y, h: (((w + h) * x - y) ** 2 - (w * x - y) ** 2) / w,
                lambda w, x, y, h: (((w + h) * x - y) ** 2 - (w * x - y) ** 2) / (w + h),
                lambda w, x, y, h: (((w + h) * x - y) ** 2 - (w * x - y) ** 2) / x,
            ),
            Mistake(
                "You multiplied w by the nudge. A nudge is a small step: add it.",
                lambda w, x, y, h: ((w * h * x - y) ** 2 - (w * x - y) ** 2) / h,
                lambda w, x, y, h: ((w * (1 + h) * x - y) ** 2 - (w * x - y) ** 2) / h,
            ),
        ),
    ),
    FunctionExercise(
        name="descent_step",
        title="One step down, for two parameters",
        difficulty=2,
        minutes=8,
        points=2,
        hints=(
            "First the errors, one for each row: w * x + b - y. Both slopes are averages made from them.",
            "The slope of w is np.mean(2 * error * x), that of b is np.mean(2 * error). Subtract rate times each.",
        ),
        inputs=_rides(),
        solution=descent_step,
        mistakes=(
            Mistake(
                "You moved w and left b where it was. It has a slope of its own.",
                lambda w, b, x, y, rate: [_descent(w, b, x, y, rate)[0], b],
            ),
            Mistake(
                "The right two numbers in the wrong order: [w, b].",
                lambda *case: descent_step(*case)[::-1],
            ),
            Mistake(
                "You returned the slopes. One step is the old value minus rate times slope.",
                lambda w, b, x, y, rate: [np.mean(2 * (w * x + b - y) * x), np.mean(2 * (w * x + b - y))],
            ),
            Mistake(
                "You gave b the slope of w. A nudge of b changes the output by just as much, without x.",
                lambda w, b, x, y, rate: [v - rate * np.mean(2 * (w * x + b - y) * x) for v in (w, b)],
            ),
            Mistake(
                "You went uphill. Either the sign of the step is wrong, or your error is target minus output.",
                lambda *case: _descent(*case, sign=1),
            ),
            Mistake(
                "You added the rows up. The loss is their mean, so its slopes are means too.",
                lambda *case: _descent(*case, average=np.sum),
            ),
            Mistake(
                "A factor is missing: the square of the error brings a 2 into its slope.",
                lambda *case: _descent(*case, factor=1),
            ),
            Mistake(
                "You gave w the slope of b. A nudge of w changes the output x times as much.",
                lambda *case: _descent(*case, inputs=1),
            ),
            Mistake(
                "You moved w first and then measured the slope of b at the new w. "
                "Measure both slopes at the same place, then move.",
                _w_first,
            ),
            Mistake(
                "You moved b first and then measured the slope of w at the new b. "
                "Measure both slopes at the same place, then move.",
                _b_first,
            ),
            Mistake(
                "You moved b and left w where it was. It has a slope of its own.",
                lambda w, b, x, y, rate: [w, _descent(w, b, x, y, rate)[1]],
            ),
            Mistake(
                "w goes downhill, b goes uphill: the sign of b's step is wrong.",
                lambda *case: [_descent(*case)[0], _descent(*case, sign=1)[1]],
            ),
            Mistake(
                "b goes downhill, w goes uphill: the sign of w's step is wrong.",
                lambda *case: [_descent(*case, sign=1)[0], _descent(*case)[1]],
            ),
            Mistake(
                "You multiplied two means. First error times x in each row, then the mean of the products.",
                lambda w, b, x, y, rate: [
                    w - rate * np.mean(2 * (w * x + b - y)) * np.mean(x),
                    b - rate * np.mean(2 * (w * x + b - y)),
                ],
            ),
            Mistake(
                "You took the loss itself off. A step takes off rate times the slope, "
                "which has the error in it, not its square.",
                lambda w, b, x, y, rate: [v - rate * np.mean((w * x + b - y) ** 2) for v in (w, b)],
                lambda w, b, x, y, rate: [
                    w - rate * np.mean((w * x + b - y) ** 2 * x),
                    b - rate * np.mean((w * x + b - y) ** 2),
                ],
                lambda w, b, x, y, rate: [
                    w - rate * np.mean(2 * (w * x + b - y) ** 2 * x),
                    b - rate * np.mean(2 * (w * x + b - y) ** 2),
                ],
            ),
            Mistake(
                "You returned a number for each row. The loss is a mean over the rows, so take np.mean of each slope.",
                lambda w, b, x, y, rate: [
                    w - rate * 2 * (w * x + b - y) * x,
                    b - rate * 2 * (w * x + b - y),
                ],
            ),
            Mistake(
                "The rate is missing: take off rate times the slope, not the whole slope.",
                lambda w, b, x, y, rate: _descent(w, b, x, y, 1),
            ),
            Mistake(
                "You divided by the rate. A small rate means small steps: multiply by it.",
                lambda w, b, x, y, rate: _descent(w, b, x, y, 1 / rate),
            ),
            Mistake(
                "You left b out of the error. It is w * x + b - y.",
                lambda w, b, x, y, rate: [
                    w - rate * np.mean(2 * (w * x - y) * x),
                    b - rate * np.mean(2 * (w * x - y)),
                ],
            ),
            Mistake(
                "The rows of b's slope are added up. It is a mean too.",
                lambda *case: [_descent(*case)[0], _descent(*case, average=np.sum)[1]],
            ),
            Mistake(
                "The slope of b lacks its factor 2: its error is squared as well.",
                lambda *case: [_descent(*case)[0], _descent(*case, factor=1)[1]],
            ),
            Mistake(
                "You returned the slopes times the rate. Take them off the old w and b.",
                lambda w, b, x, y, rate: [
                    rate * np.mean(2 * (w * x + b - y) * x),
                    rate * np.mean(2 * (w * x + b - y)),
                ],
            ),
            Mistake(
                "You multiplied the errors by a parameter itself. How far a nudge moves the output is what counts: "
                "x times as far for w, just as far for b.",
                lambda w, b, x, y, rate: [
                    w - rate * np.mean(2 * (w * x + b - y) * w),
                    descent_step(w, b, x, y, rate)[1],
                ],
                lambda w, b, x, y, rate: [
                    descent_step(w, b, x, y, rate)[0],
                    b - rate * np.mean(2 * (w * x + b - y) * b),
                ],
                lambda w, b, x, y, rate: [v - rate * np.mean(2 * (w * x + b - y) * v) for v in (w, b)],
            ),
        ),
    ),
    FunctionExercise(
        name="largest_rate",
        title="Where it tips over",
        difficulty=3,
        minutes=10,
        points=3,
        hints=(
            "The curvature is how much the slope grows when w grows by 1. What is it for a single row?",
            "The slope is the mean of 2 * (w * x - y) * x. Put w + 1 for w: by how much did it grow?",
            "The curvature is np.mean(2 * x * x). The steps grow when the rate is above 2 / curvature.",
        ),
        inputs=st.fixed_dictionaries(
            {
                "x": st.integers(1, 4).flatmap(
                    lambda rows: arrays(float, (rows,), elements=st.integers(1, 20).map(float))
                )
            }
        ),
        solution=largest_rate,
        mistakes=(
            Mistake(
                "With this rate a single step arrives. It may be larger before the steps begin to grow.",
                lambda x: 1 / np.mean(2 * x * x),
            ),
            Mistake(
                "Nearly: your curvature lacks the 2 that comes from the square of the error.",
                lambda x: 2 / np.mean(x * x),
            ),
            Mistake(
                "You added the rows up; the loss is their mean, so its curvature is a mean too.",
                lambda x: 2 / np.sum(2 * x * x),
                lambda x: 2 / np.sum(x * x),
            ),
            Mistake(
                "You squared the mean of the inputs. The mean of their squares is another number: "
                "a large input counts for more.",
                lambda x: 1 / np.mean(x) ** 2,
                lambda x: 2 / np.mean(x) ** 2,
            ),
            Mistake(
                "This is the curvature itself. The larger it is, the smaller the rate has to be.",
                lambda x: np.mean(2 * x * x),
            ),
            Mistake(
                "You let the largest row decide alone. The loss is the mean over all of them.",
                lambda x: 1 / np.max(x * x),
                lambda x: 2 / np.max(x * x),
            ),
            Mistake(
                "You let a single row decide. The loss is the mean over all of them.",
                lambda x: 1 / np.min(x * x),
                lambda x: 1 / x[0] ** 2,
            ),
            Mistake(
                "This is the curvature without its 2, and upside down: the limit is 2 / curvature.",
                lambda x: np.mean(x * x),
            ),
            Mistake(
                "This is the limit of a taxi with two parameters, w and b. "
                "Here there is only w, so there is only one curvature: by how much does its slope grow?",
                _two_parameters,
            ),
            Mistake(
                "You used x, and the curvature has x squared in it: one x comes from the output, "
                "one from the slope.",
                lambda x: 1 / np.mean(x),
                lambda x: 2 / np.mean(x),
            ),
            Mistake(
                "This is the limit of the lesson's single ride of 2 kilometres. Yours should follow from x.",
                lambda x: 0.25,
            ),
            Mistake(
                "You returned a limit for each row. All rows share one w, and the curvature is a mean over them.",
                lambda x: 1 / (x * x),
                lambda x: 2 / (x * x),
            ),
            Mistake(
                "You averaged the limits of the rows. Average their curvatures first, then divide.",
                lambda x: np.mean(1 / (x * x)),
                lambda x: np.mean(2 / (x * x)),
            ),
            Mistake(
                "You took the variance. It measures from the mean of the inputs; the curvature has the inputs' own squares.",
                lambda x: 1 / np.var(x) if np.var(x) else np.inf,
                lambda x: 2 / np.var(x) if np.var(x) else np.inf,
            ),
            Mistake(
                "The curvature is the mean of the squares times 2, with no root over it.",
                lambda x: 1 / np.sqrt(np.mean(x**2)) if x.any() else np.inf,
                lambda x: 2 / np.sqrt(np.mean(x**2)) if x.any() else np.inf,
            ),
        ),
    ),
    FunctionExercise(
        name="hidden_gradient",
        title="Backwards through a hidden layer",
        difficulty=3,
        minutes=10,
        points=3,
        hints=(
            "First from h back to z: where z was negative the ReLU gave 0 whatever z was, so the slope is 0 there.",
            "The result has the shape of the weights: (inputs, units). Which product of x and d_z has it?",
            "d_z = d_h * (z > 0), and then x.T @ d_z.",
        ),
        inputs=_hidden_layer(),
        solution=hidden_gradient,
        mistakes=(
            Mistake(
                "You went straight through the ReLU. Where z is negative, a nudge of it changes nothing.",
                lambda x, z, d: x.T @ d,
            ),
            Mistake(
                "This is the transpose: the gradient has the shape of the weights, a row for each input.",
                lambda x, z, d: (x.T @ (d * (z > 0))).T,
            ),
            Mistake(
                "You divided by the number of rows. That was done once, at the output, and is already in d_h.",
                lambda x, z, d: x.T @ (d * (z > 0)) / len(x),
            ),
            Mistake(
                "You multiplied by the ReLU's output. Its slope is asked for, and that is 1 or 0.",
                lambda x, z, d: x.T @ (d * np.maximum(z, 0)),
            ),
            Mistake(
                "You multiplied by z itself. Where z is positive the ReLU passes a nudge on as it is: times 1.",
                lambda x, z, d: x.T @ (d * z),
            ),
            Mistake(
                "You let the sign of d_h decide. Slopes may well be negative: it is the sign of z that decides.",
                lambda x, z, d: x.T @ np.maximum(d, 0),
            ),
            Mistake(
                "You let through where z is negative, and blocked where it is positive: the other way round.",
                lambda x, z, d: x.T @ (d * (z < 0)),
            ),
            Mistake(
                "Python compares last, so this asks whether d_h * z is positive. Put parentheses: d_h * (z > 0).",
                lambda x, z, d: x.T @ (d * z > 0),
            ),
            Mistake(
                "This is the gradient of the biases. A weight's slope has the input in it: x.T @ d_z.",
                lambda x, z, d: (d * (z > 0)).sum(axis=0),
            ),
            Mistake(
                "This is d_z, the slopes before the ReLU: the first half. From there to the weights: x.T @ d_z.",
                lambda x, z, d: d * (z > 0),
            ),
            Mistake(
                "The slopes from above are missing: d_h says how much the loss cares about each output.",
                lambda x, z, d: x.T @ (z > 0),
                lambda x, z, d: x.T @ (z > 0).astype(float),
                lambda x, z, d: x.T @ np.maximum(z, 0),
            ),
            Mistake(
                "h.T @ ... belongs to the layer above, whose input h is. This layer's input is x.",
                lambda x, z, d: np.maximum(z, 0).T @ d,
                lambda x, z, d: np.maximum(z, 0).T @ (d * (z > 0)),
            ),
            Mistake(
                "You took the mean over the rows where they are added up: that division was done once, at the "
                "output, and is already in d_h.",
                lambda x, z, d: x.T @ (d * (z > 0)) / d.size,
            ),
            Mistake(
                "The shapes do not go together: x is (rows, inputs), d_z is (rows, units), "
                "and the rows are what is added up. Turn x round first: x.T @ d_z.",
                lambda x, z, d: x @ (d * (z > 0)),
                lambda x, z, d: (d * (z > 0)) @ x,
            ),
            Mistake(
                "@ and * are done from left to right, so this multiplies first and blocks too late. "
                "Put parentheses: x.T @ (d_h * (z > 0)).",
                lambda x, z, d: x.T @ d * (z > 0),
            ),
            Mistake(
                "There is a factor of 2 too many. It comes from the square in the loss and is in d_h already.",
                lambda x, z, d_h: 2 * hidden_gradient(x, z, d_h),
            ),
            Mistake(
                "You cut off the negative entries of the gradient. It may well have some: what the ReLU blocks is "
                "decided in each row and unit, by the sign of z.",
                lambda x, z, d_h: np.maximum(x.T @ d_h, 0),
                lambda x, z, d_h: np.maximum(hidden_gradient(x, z, d_h), 0),
            ),
            Mistake(
                "The ReLU looks at z, not at x: the slopes pass where z is positive, and x comes in as it is.",
                lambda x, z, d_h: (x > 0).T @ d_h,
                lambda x, z, d_h: (x * (x > 0)).T @ d_h,
                lambda x, z, d_h: (x > 0).T @ (d_h * (z > 0)),
            ),
        ),
    ),
    FunctionExercise(
        name="training_steps",
        title="How many steps",
        difficulty=1,
        minutes=4,
        points=1,
        hints=(
            "Work out one epoch first. With 10 rows and batches of 4 there are batches of 4, 4 and 2.",
            "math.ceil(rows / batch) steps in an epoch (after `import math`); and every epoch has as many.",
        ),
        inputs=st.fixed_dictionaries(
            {"rows": st.integers(1, 200), "batch": st.integers(1, 64), "epochs": st.integers(1, 20)}
        ),
        solution=training_steps,
        mistakes=(
            Mistake(
                "You dropped the last, smaller batch. It takes a step as well.",
                lambda rows, batch, epochs: rows // batch * epochs,
            ),
            Mistake(
                "That is one epoch. How many are there?",
                lambda rows, batch, epochs: ceil(rows / batch),
            ),
            Mistake(
                "A batch never reaches from one epoch into the next: round up in each epoch, then multiply.",
                lambda rows, batch, epochs: ceil(rows * epochs / batch),
            ),
            Mistake(
                "You laid the rows of all epochs end to end and dropped what did not fill a batch. Each epoch "
                "ends by itself, with a smaller batch if need be: round up in each epoch, then multiply.",
                lambda rows, batch, epochs: rows * epochs // batch,
            ),
            Mistake(
                "round() goes down as well as up. A batch that is only a quarter full takes a step too.",
                lambda rows, batch, epochs: round(rows / batch) * epochs,
            ),
            Mistake(
                "You added one step at the very end. The smaller batch comes at the end of every epoch, "
                "and only when there are rows left over.",
                lambda rows, batch, epochs: rows // batch * epochs + 1,
            ),
            Mistake(
                "The rows that are left over make one batch together: one step, not one each.",
                lambda rows, batch, epochs: (rows // batch + rows % batch) * epochs,
                lambda rows, batch, epochs: rows // batch * epochs + rows % batch,
            ),
            Mistake(
                "The batch that is left over comes once in every epoch, not once in all.",
                lambda rows, batch, epochs: rows // batch * epochs + (rows % batch > 0),
            ),
            Mistake(
                "You added the epochs. Each of them has all these steps: multiply.",
                lambda rows, batch, epochs: ceil(rows / batch) + epochs,
            ),
            Mistake(
                "You divided by the epochs. They make more steps, not fewer: multiply.",
                lambda rows, batch, epochs: ceil(rows / (batch * epochs)),
                lambda rows, batch, epochs: ceil(rows / batch / epochs),
            ),
            Mistake(
                "You divided the wrong way round: how many batches do the rows make? rows / batch.",
                lambda rows, batch, epochs: ceil(batch / rows) * epochs,
            ),
            Mistake(
                "Steps are whole. What becomes of the rows that do not fill a batch?",
                lambda rows, batch, epochs: rows / batch * epochs,
            ),
            Mistake(
                "You added one step to every epoch. When the rows fill the batches exactly there is no extra one.",
                lambda rows, batch, epochs: (rows // batch + 1) * epochs,
            ),
            Mistake(
                "You counted rows seen, not steps: one step uses a whole batch of them.",
                lambda rows, batch, epochs: rows * epochs,
            ),
            Mistake(
                "You multiplied by the batch size. Larger batches make fewer steps.",
                lambda rows, batch, epochs: rows * batch * epochs,
            ),
            Mistake(
                "How large a batch is says how many rows a step uses, not how many steps there are. For that the rows are "
                "divided by it.",
                lambda rows, batch, epochs: epochs * batch,
            ),
            Mistake(
                "Every epoch goes through all rows again: its steps are multiplied by epochs, not divided.",
                lambda rows, batch, epochs: rows // (batch * epochs),
                lambda rows, batch, epochs: -(-rows // batch) / epochs,
            ),
        ),
    ),
    FunctionExercise(
        name="warmup_and_decay",
        title="Up, and down again",
        difficulty=2,
        minutes=8,
        points=2,
        hints=(
            "Two cases: step < warmup, and the rest. The first is in the cell above.",
            "After the warm-up there are total - warmup steps. At step there are total - step left.",
            "In the second case: peak * (total - step) / (total - warmup).",
        ),
        inputs=_schedule(),
        solution=warmup_and_decay,
        mistakes=(
            Mistake(
                "The warm-up is right. After it the rate should fall; yours stays at the peak.",
                lambda step, warmup, total, peak: peak * min(1, (step + 1) / warmup),
            ),
            Mistake(
                "Your warm-up starts at a rate of 0, so the first step moves nothing. Steps are counted from 0.",
                _schedule_with(_fall, rise=lambda step, warmup: step / warmup),
            ),
            Mistake(
                "Your warm-up does not reach the peak at its last step, which is warmup - 1. "
                "It takes warmup steps: (step + 1) / warmup.",
                _schedule_with(_fall, rise=lambda step, warmup: (step + 1) / (warmup + 1)),
            ),
            Mistake(
                "At step == warmup your rate goes above the peak: it still rises there. "
                "Steps count from 0, so the warm-up is over when step reaches warmup: step < warmup.",
                lambda step, warmup, total, peak: (
                    peak * (step + 1) / warmup if step <= warmup else peak * _fall(step, warmup, total)
                ),
            ),
            Mistake(
                "The rate jumps down where the warm-up ends. At step == warmup it should still be the peak: "
                "a fraction that is 1 there and 0 at total is wanted.",
                _schedule_with(lambda step, warmup, total: (total - step) / total),
                _schedule_with(lambda step, warmup, total: 1 - step / total),
                _schedule_with(lambda step, warmup, total: (total - step - 1) / (total - warmup)),
                _schedule_with(lambda step, warmup, total: 1 - step / (total - warmup)),
                _schedule_with(lambda step, warmup, total: (total - step) / (total - warmup + 1)),
            ),
            Mistake(
                "The fall starts at the peak but is too slow: it would not reach 0 at step == total. "
                "After the warm-up it has total - warmup steps to get there.",
                _schedule_with(lambda step, warmup, total: 1 - (step - warmup) / total),
                _schedule_with(lambda step, warmup, total: 1 - (step - warmup) / (total - warmup + 1)),
            ),
            Mistake(
                "The rate never stops rising. From step == warmup on it should fall.",
                lambda step, warmup, total, peak: peak * (step + 1) / warmup,
            ),
            Mistake(
                "Your last step has a rate of 0. The fall reaches 0 at step == total, one after the last.",
                _schedule_with(
                    lambda step, warmup, total: (total - 1 - step) / max(total - 1 - warmup, 1),
                ),
                _schedule_with(lambda step, warmup, total: 1 - (step - warmup) / (total - warmup - 1)),
            ),
            Mistake(
                "This is the fall alone: the warm-up before it is missing.",
                lambda step, warmup, total, peak: peak * _fall(step, warmup, total),
            ),
            Mistake(
                "During the warm-up your rate is the peak already. It should rise: (step + 1) / warmup of the peak.",
                _schedule_with(_fall, rise=lambda step, warmup: 1),
            ),
            Mistake(
                "After the warm-up your rate begins at 0 and rises. Turn it round: how much is left until total?",
                _schedule_with(lambda step, warmup, total: (step - warmup) / (total - warmup)),
            ),
            Mistake(
                "Your fall takes off a fraction of 1. The rate falls from peak, so multiply the fraction by it.",
                lambda step, warmup, total, peak: (
                    peak * (step + 1) / warmup if step < warmup else peak - (step - warmup) / (total - warmup)
                ),
            ),
            Mistake(
                "The shape is right, the height is not: multiply by peak.",
                lambda step, warmup, total, peak: warmup_and_decay(step, warmup, total, 1),
            ),
            Mistake(
                "The warm-up lacks the peak: it should be that fraction of peak.",
                lambda step, warmup, total, peak: (
                    (step + 1) / warmup if step < warmup else peak * _fall(step, warmup, total)
                ),
            ),
            Mistake(
                "The fall lacks the peak: it should be that fraction of peak.",
                lambda step, warmup, total, peak: (
                    peak * (step + 1) / warmup if step < warmup else _fall(step, warmup, total)
                ),
            ),
            Mistake(
                "You let the rate fall along half a wave (a cosine). That is in use too; here a straight line is asked for.",
                _schedule_with(
                    lambda step, warmup, total: 0.5 * (1 + np.cos(np.pi * (step - warmup) / (total - warmup)))
                ),
            ),
            Mistake(
                "// rounds down to a whole number, and that leaves no fraction to rise by. Divide with /.",
                lambda step, w, t, peak: (
                    peak * (step + 1) // w if step < w else warmup_and_decay(step, w, t, peak)
                ),
                _schedule_with(_fall, lambda step, w: (step + 1) // w),
                _schedule_with(lambda step, w, t: (t - step) // (t - w), lambda step, w: (step + 1) // w),
            ),
            Mistake(
                "At step == warmup your rate is above the peak: the fall has total - warmup steps, not one fewer.",
                _schedule_with(lambda step, w, t: (t - step) / (t - w - 1)),
            ),
            Mistake(
                "The warm-up is missing: your rate begins high and falls from the first step on.",
                lambda step, w, t, peak: peak * (t - step) / t,
            ),
            Mistake(
                "The warm-up should take `warmup` steps. Yours rises as if it went on to the end: divide by warmup.",
                lambda step, w, t, peak: peak * ((step + 1) / t if step < w else _fall(step, w, t)),
                lambda step, w, t, peak: peak * ((step + 1) / (t - w) if step < w else _fall(step, w, t)),
            ),
        ),
    ),
    ModelExercise(
        name="moons",
        title="Two moons, fewer than 100 parameters",
        difficulty=3,
        minutes=15,
        points=3,
        hints=(
            "One hidden layer with ReLU is enough. With h hidden units there are 4h + 1 parameters: how large may h be?",
            "The last layer is one unit with a sigmoid; the loss is 'binary_crossentropy', the optimizer Adam.",
            "Give it enough steps: some 2,500, with a rate of about 0.02. You can draw 4,000 moons to train on.",
        ),
        input_shape=(2,),
        output_shape=(1,),
        requirements=(_too_large, _separation_problem),
        solution=moons,
        mistakes=(
            Mistake(
                "at most 99 are allowed. Try a smaller hidden layer.",
                lambda: _untrained(_hidden(32), _hidden(1, "sigmoid")),
            ),
            Mistake(
                "this model has learned little or nothing. Was it fitted",
                lambda: _untrained(_hidden(20), _hidden(1, "sigmoid")),
            ),
            Mistake(
                "That is about as far as a straight line gets.",
                lambda: _trained(_hidden(1, "sigmoid")),
                lambda: _trained(_hidden(20, None), _hidden(1, "sigmoid")),
            ),
            Mistake(
                "Which activation keeps the last unit between 0 and 1?",
                lambda: _trained(_hidden(20), _hidden(1, None), loss="mean_squared_error"),
            ),
            Mistake(
                "A softmax over a single unit always gives 1;",
                lambda: _untrained(_hidden(20), _hidden(1, "softmax")),
            ),
            Mistake(
                "names them the wrong way round",
                lambda: _trained(_hidden(20), _hidden(1, "sigmoid"), swapped=True),
            ),
            Mistake(
                "For each example your model gives shape (2,); (1,) is asked for.",
                lambda: _untrained(_hidden(20), _hidden(2, "softmax")),
            ),
        ),
    ),
)
