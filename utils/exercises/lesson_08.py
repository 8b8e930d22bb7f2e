"""Lesson 08, dropout: building it, its scale and its noise, and the other cures for overfitting."""

import keras
import numpy as np
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from sklearn.datasets import load_digits

from utils.exercises.declare import Exercise, FunctionExercise, Mistake, ModelExercise
from utils.exercises.requirements import not_probabilities, over_budget


def dropout_forward(hidden, mask, p):
    return hidden * mask / (1 - p)


def dropout_moments(x, p):
    # 0 with probability p, x / (1 - p) with probability 1 - p. The mean is x again.
    on = x / (1 - p)
    variance = p * (0 - x) ** 2 + (1 - p) * (on - x) ** 2  # the same as x**2 * p / (1 - p)
    return [x, variance]


def old_layer_answer(x, weights, biases, p):
    # In training each input was there with probability 1 - p; the biases were there always.
    return (1 - p) * x @ weights + biases


def l2_step(weights, slopes, rate, strength):
    return weights - rate * (slopes + 2 * strength * weights)


def weights_left(weights, amount, steps):
    return int(np.sum(np.abs(weights) > amount * steps))


def early_stopping(losses, patience):
    best = 0
    for epoch in range(1, len(losses)):
        if losses[epoch] < losses[best]:
            best = epoch
        elif epoch - best == patience:
            return [epoch, best]
    return [len(losses) - 1, best]


def sturdy_digits():
    # The lesson's 200 rows, each also moved by one pixel to four sides.
    images, digits = load_digits(return_X_y=True)
    images = (images / 16).astype("float32")
    pool = np.random.default_rng(0).permutation(len(images))[:700]
    rng = np.random.default_rng(0)
    chosen = rng.permutation(pool)[:200]
    labels = digits[chosen]
    labels[:40] = (labels[:40] + rng.integers(1, 10, size=200)[:40]) % 10
    pictures = np.pad(images[chosen].reshape(200, 8, 8), [(0, 0), (1, 1), (1, 1)])
    moves = [(0, 0), (0, 1), (1, 0), (0, -1), (-1, 0)]
    moved = [pictures[:, 1 + up : 9 + up, 1 + left : 9 + left].reshape(200, 64) for up, left in moves]

    # 64 units have 64 * 64 + 64 parameters, and the outputs 64 * 10 + 10: 4,810.
    keras.utils.set_random_seed(0)
    model = keras.Sequential(
        [
            keras.Input((64,)),
            keras.layers.Dropout(0.1),
            keras.layers.Dense(64, activation="relu"),
            keras.layers.Dropout(0.5),
            keras.layers.Dense(10, activation="softmax"),
        ]
    )
    model.compile(keras.optimizers.Adam(0.003), "sparse_categorical_crossentropy", steps_per_execution=20)
    model.fit(np.concatenate(moved), np.tile(labels, 5), epochs=40, batch_size=50, verbose=0)
    return model


SCALED = st.sampled_from([0.5, 0.75, 0.2, 0.8])


@st.composite
def _hidden_and_mask(draw):
    """Hidden values and a mask whose shapes agree."""
    shape = draw(st.integers(1, 3)), draw(st.integers(1, 4))
    return {
        "hidden": draw(arrays(float, shape, elements=st.integers(-9, 9).map(float))),
        "mask": draw(arrays(float, shape, elements=st.sampled_from([1.0, 0.0]))),
        "p": draw(SCALED),
    }


@st.composite
def _row_layer_share(draw):
    """x, weights and biases whose shapes fit, and p."""
    numbers = st.integers(-9, 9).map(float)
    inputs, units = draw(st.integers(1, 4)), draw(st.integers(1, 3))
    return {
        "x": draw(arrays(float, (inputs,), elements=numbers)),
        "weights": draw(arrays(float, (inputs, units), elements=numbers)),
        "biases": draw(arrays(float, (units,), elements=numbers)),
        "p": draw(SCALED),
    }


@st.composite
def _weights_and_slopes(draw):
    """Weights and slopes of one shape, a rate and a strength."""
    size, numbers = draw(st.integers(1, 4)), st.integers(-9, 9).map(float)
    return {
        "weights": draw(arrays(float, (size,), elements=numbers)),
        "slopes": draw(arrays(float, (size,), elements=numbers)),
        "rate": draw(st.sampled_from([0.1, 0.5, 0.25])),
        "strength": draw(st.sampled_from([1.0, 0.5, 2.0, 0.1])),
    }


def _stop(losses, patience, *, enough=None, improves=lambda new, best: new < best, answer=None):
    """Early stopping as the solution does it, but for what is changed."""
    best, waited = 0, 0
    enough = enough or (lambda waited: waited == patience)
    for epoch in range(1, len(losses)):
        waited += 1
        if improves(losses[epoch], losses[best]):
            best, waited = epoch, 0
        elif enough(waited):
            return answer(epoch, best) if answer else [epoch, best]
    last = len(losses) - 1
    return answer(last, best) if answer else [last, best]


def _left_by_the_slope(weights, amount, steps):
    for _ in range(steps):
        weights = weights - amount * np.sign(weights)
    return int(np.count_nonzero(weights))


def _compared_with_the_first(losses, patience):
    best, waited = 0, 0
    for epoch in range(1, len(losses)):
        best, waited = (epoch, 0) if losses[epoch] < losses[0] else (best, waited + 1)
        if waited == patience:
            return [epoch, best]
    return [len(losses) - 1, best]


def _since_the_last_fall(losses, patience):
    best, waited = 0, 0
    for epoch in range(1, len(losses)):
        best, waited = (epoch, 0) if losses[epoch] < losses[epoch - 1] else (best, waited + 1)
        if waited == patience:
            return [epoch, best]
    return [len(losses) - 1, best]


def _first_epoch_counted(losses, patience):
    best, waited = 0, 0
    for epoch in range(len(losses)):
        best, waited = (epoch, 0) if losses[epoch] < losses[best] else (best, waited + 1)
        if waited == patience:
            return [epoch, best]
    return [len(losses) - 1, best]


def _compared_with_the_one_before(losses, patience):
    best, waited = 0, 0
    for epoch in range(1, len(losses)):
        waited = 0 if losses[epoch] < losses[epoch - 1] else waited + 1
        best = epoch if losses[epoch] < losses[best] else best
        if waited == patience:
            return [epoch, best]
    return [len(losses) - 1, best]


def _never_reset(losses, patience):
    best, waited = 0, 0
    for epoch in range(1, len(losses)):
        if losses[epoch] < losses[best]:
            best = epoch
        else:
            waited += 1
            if waited == patience:
                return [epoch, best]
    return [len(losses) - 1, best]


def _rows():
    """The lesson's 200 rows for seed 0, their labels, which are wrong; and the test rows and digits."""
    images, digits = load_digits(return_X_y=True)
    images = (images / 16).astype("float32")
    order = np.random.default_rng(0).permutation(len(images))
    rng = np.random.default_rng(0)
    chosen = rng.permutation(order[:700])[:200]
    wrong = np.arange(200) < 40
    labels = np.where(wrong, (digits[chosen] + rng.integers(1, 10, size=200)) % 10, digits[chosen])
    return images[chosen], labels, wrong, images[order[1000:]], digits[order[1000:]]


def _budget_problem(model):
    return over_budget(model, 5000, "With one hidden layer of h units there are 75h + 10.")


def _digits_problem(model):
    rows, labels, wrong, new, truth = _rows()
    answers = np.asarray(model(new, training=False))
    if problem := not_probabilities(answers, "Which activation turns logits into probabilities?"):
        return problem
    right = np.mean(answers.argmax(axis=1) == truth)
    if right >= 0.82:
        return None
    measured = f"Of 797 new digits your model gets {right:.0%} right; 82% are asked for. "
    if right < 0.3:
        return measured + (
            "Guessing gets a tenth; this model has learned little or nothing. Was it fitted, to pixels from 0 to 1?"
        )
    repeated = np.sum((np.asarray(model(rows, training=False)).argmax(axis=1) == labels) & wrong)
    by_heart = f"It repeats {repeated} of the 40 wrong labels. "
    if repeated > 16:
        return measured + by_heart + "It has learned them by heart: use a cure, or a stronger one."
    if right < 0.7:
        return (
            measured
            + by_heart
            + ("Learning by heart is not its trouble, then: it underfits. More steps, or a weaker cure?")
        )
    return measured + by_heart + "Nearly there: combine two cures, such as dropout and moved pictures."


def _digit_model(*, units=64, epochs=0, scale=1.0, last="softmax", l2=0.0, rate=0.01):
    """A model without dropout, trained on the 200 rows when there are epochs."""
    keras.utils.set_random_seed(8)
    penalty = keras.regularizers.L2(l2) if l2 else None
    hidden = keras.layers.Dense(
        units, activation="relu", kernel_initializer="he_normal", kernel_regularizer=penalty
    )
    model = keras.Sequential([keras.Input((64,)), hidden, keras.layers.Dense(10, activation=last)])
    if epochs:
        rows, labels = _rows()[:2]
        loss = keras.losses.SparseCategoricalCrossentropy(from_logits=last is None)
        model.compile(keras.optimizers.Adam(rate), loss, steps_per_execution=8)
        model.fit(rows * scale, labels, epochs=epochs, batch_size=25, verbose=0)
    return model


EXERCISES: tuple[Exercise, ...] = (
    FunctionExercise(
        name="dropout_forward",
        title="Build dropout",
        difficulty=1,
        minutes=4,
        points=1,
        hints=(
            "Two things happen to each value: it is multiplied by its mask, and by the scale.",
            "p is the probability of being dropped, so 1 - p stay on. The scale makes up for the others: 1 / (1 - p).",
        ),
        inputs=_hidden_and_mask(),
        solution=dropout_forward,
        mistakes=(
            Mistake(
                "The mask is right; the scale is missing. Those who are on should work for those who are off.",
                lambda h, m, p: h * m,
            ),
            Mistake(
                "Your scale makes the survivors smaller. They should become larger, to make up for the others.",
                lambda h, m, p: h * m * (1 - p),
            ),
            Mistake(
                "You divided by p, the share that is dropped. The scale belongs to the share that stays on.",
                lambda h, m, p: h * m / p,
            ),
            Mistake(
                "You switched off those that should be on: in the mask, 1 means on.",
                lambda h, m, p: h * (1 - m) / (1 - p),
                lambda h, m, p: h * (1 - m),
            ),
            Mistake(
                "You counted how many this mask leaves on. The scale depends on p alone: "
                "it is right on average, not for each mask.",
                lambda h, m, p: h * m / max(m.mean(), 1e-9),
                lambda h, m, p: h * m / np.maximum(m.mean(axis=1, keepdims=True), 1e-9),
                lambda h, m, p: h * m / m.mean(),
                lambda h, m, p: h * m / m.mean(axis=1, keepdims=True),
            ),
            Mistake("The scale is right, but nobody was switched off.", lambda h, m, p: h / (1 - p)),
            Mistake(
                "A scale of 2 is right for p = 0.5 only. In general it is 1 over the share that stays on.",
                lambda h, m, p: h * m * 2,
            ),
            Mistake(
                "1 + p is not the scale. The average comes back with 1 over the share that stays on.",
                lambda h, m, p: h * m * (1 + p),
            ),
            Mistake(
                "The scale multiplies the values; you added it to them.",
                lambda h, m, p: h * m + 1 / (1 - p),
            ),
            Mistake(
                "You multiplied by p, the share that is dropped. The scale is 1 over the share that stays on.",
                lambda h, m, p: h * m * p,
            ),
            Mistake(
                "Brackets are missing: / 1 - p divides by 1 and then subtracts p. Write / (1 - p).",
                lambda h, m, p: h * m / 1 - p,
            ),
            Mistake(
                "Those that are off are gone from your answer. They stay in their places, as 0.",
                lambda h, m, p: h[m == 1] / (1 - p),
                lambda h, m, p: h[m == 1],
            ),
            Mistake(
                "@ is the matrix product. Here each value is multiplied by the number at its own place in the mask: *.",
                lambda h, m, p: h @ m.T / (1 - p),
                lambda h, m, p: h @ m / (1 - p),
            ),
            Mistake(
                "Units that are off should give 0. Yours still say something: multiply by the mask.",
                lambda hidden, mask, p: np.where(mask == 1, hidden / (1 - p), hidden),
                lambda hidden, mask, p: hidden * mask + hidden * p,
                lambda hidden, mask, p: hidden * mask / (1 - p) + p,
                lambda hidden, mask, p: hidden - (1 - mask),
            ),
        ),
    ),
    FunctionExercise(
        name="dropout_moments",
        title="How much it jumps",
        difficulty=2,
        minutes=8,
        points=2,
        hints=(
            "There are two outcomes: 0 with probability p, and x / (1 - p) with probability 1 - p.",
            "The scale was chosen so that the mean is x. How far is each outcome from x?",
            "p * (0 - x)**2 + (1 - p) * (x / (1 - p) - x)**2",
        ),
        inputs=st.fixed_dictionaries(
            {"x": st.integers(-9, 9).map(float), "p": st.integers(0, 90).map(lambda k: k / 100)}
        ),
        solution=dropout_moments,
        mistakes=(
            Mistake(
                "This is dropout without its scale. With it, a unit that is on gives more than x.",
                lambda x, p: [(1 - p) * x, p * (1 - p) * x**2],
            ),
            Mistake(
                "The mean is right. For the variance you left the scale out: the unit that is on gives x / (1 - p).",
                lambda x, p: [x, p * (1 - p) * x**2],
            ),
            Mistake(
                "The mean is right. What you give beside it is the mean of the squares; "
                "the variance takes distances from the mean.",
                lambda x, p: [x, x**2 / (1 - p)],
            ),
            Mistake(
                "The mean is right. From the mean of the squares goes the square of the mean, not the mean.",
                lambda x, p: [x, x**2 / (1 - p) - x],
            ),
            Mistake(
                "The mean is right. In the variance the unit that is off is missing: its 0 is as far from the mean as "
                "x is from 0.",
                lambda x, p: [x, (1 - p) * (x / (1 - p) - x) ** 2],
            ),
            Mistake(
                "The mean is right. p * (1 - p) is the variance of the coin; here it decides about a value that "
                "is not 1.",
                lambda x, p: [x, p * (1 - p)],
            ),
            Mistake(
                "The mean is right. You took the square root at the end: that is the standard deviation.",
                lambda x, p: [x, abs(x) * (p / (1 - p)) ** 0.5],
                lambda x, p: [x, x * (p / (1 - p)) ** 0.5],
            ),
            Mistake(
                "The mean is right. In the variance p and 1 - p are swapped: with p = 0 nothing jumps.",
                lambda x, p: [x, x**2 * (1 - p) / max(p, 1e-9)],
                lambda x, p: [x, (1 - p) * x**2 + p * (x / (1 - p) - x) ** 2],
                lambda x, p: [x, x**2 * (1 - p) / p],
                lambda x, p: [x, x**2 * (1 - p) / p if p else 0.0],
            ),
            Mistake(
                "Both are right for a value of 1. The variance grows with the square of x, not with x.",
                lambda x, p: [x, x * p / (1 - p)],
            ),
            Mistake(
                "The mean is right. For the variance you weighted both outcomes alike; they have different probabilities.",
                lambda x, p: [x, (x**2 + (x / (1 - p) - x) ** 2) / 2],
            ),
            Mistake(
                "The mean is right. In the variance each squared distance has to be multiplied by its probability.",
                lambda x, p: [x, x**2 + (x / (1 - p) - x) ** 2],
                lambda x, p: [x, (x / (1 - p)) ** 2 - x**2],
                lambda x, p: [x, (x / (1 - p) - x) ** 2],
            ),
            Mistake(
                "The mean is right. The variance takes the squares of the distances.",
                lambda x, p: [x, p * abs(x) + (1 - p) * abs(x / (1 - p) - x)],
            ),
            Mistake(
                "The mean is right. In the variance one outcome is missing: a unit that is on is away from the mean too.",
                lambda x, p: [x, p * x**2],
            ),
            Mistake(
                "The variance is right. The mean is what the scale was made for: what should it be?",
                lambda x, p: [(1 - p) * x, x**2 * p / (1 - p)],
            ),
            Mistake(
                "The variance is right. You gave the value of a unit that is on; the mean counts the zeros too.",
                lambda x, p: [x / (1 - p), x**2 * p / (1 - p)],
            ),
            Mistake(
                "You took both outcomes as equally likely. Their probabilities are p and 1 - p.",
                lambda x, p: [float(np.mean([0, x / (1 - p)])), float(np.var([0, x / (1 - p)]))],
            ),
            Mistake(
                "The right two numbers in the other order: the mean first, then the variance.",
                lambda x, p: [x**2 * p / (1 - p), x],
            ),
            Mistake(
                "The mean is right. And yet the value jumps between two outcomes, so it has a variance.",
                lambda x, p: [x, 0],
            ),
            Mistake(
                "The mean is right. A squared distance is taken from the mean, x, for both outcomes: 0 is x away from it, and "
                "x / (1 - p) is not x / (1 - p) away.",
                lambda x, p: [x, p * x**2 + (1 - p) * (x / (1 - p)) ** 2],
            ),
        ),
    ),
    FunctionExercise(
        name="old_layer_answer",
        title="From training to prediction",
        difficulty=2,
        minutes=8,
        points=2,
        hints=(
            "Each input was there in a share of 1 - p of the steps. What did it contribute on average?",
            "Were the biases ever dropped?",
            "Shrink the inputs (or the weights) by 1 - p, then compute the layer as usual.",
        ),
        inputs=_row_layer_share(),
        solution=old_layer_answer,
        mistakes=(
            Mistake(
                "Now all inputs are on, where the layer used to meet a part of them: its sums are too large.",
                lambda x, w, b, p: x @ w + b,
            ),
            Mistake(
                "You shrank the biases too. They were never dropped.",
                lambda x, w, b, p: (1 - p) * (x @ w + b),
            ),
            Mistake(
                "That is the scale of training. Here nothing was scaled in training, so prediction has to shrink.",
                lambda x, w, b, p: x / (1 - p) @ w + b,
                lambda x, w, b, p: (x @ w + b) / (1 - p),
            ),
            Mistake(
                "p is the share that was dropped. What counts is the share that was there.",
                lambda x, w, b, p: p * x @ w + b,
            ),
            Mistake("The biases are missing.", lambda x, w, b, p: (1 - p) * x @ w),
            Mistake(
                "p is the share that was dropped. What counts is the share that was there, and the biases were there always.",
                lambda x, w, b, p: p * (x @ w + b),
            ),
            Mistake(
                "You shrank twice. Either the inputs or the weights: each product has the factor once.",
                lambda x, w, b, p: ((1 - p) * x) @ ((1 - p) * w) + b,
            ),
            Mistake(
                "Brackets are missing: 1 - p * x is not (1 - p) * x.",
                lambda x, w, b, p: 1 - p * x @ w + b,
            ),
            Mistake(
                "The answer before the activation is asked for, without ReLU.",
                lambda x, w, b, p: np.maximum((1 - p) * x @ w + b, 0),
            ),
            Mistake(
                "You shrank the biases, and they were never dropped. It is the inputs that were.",
                lambda x, w, b, p: x @ w + (1 - p) * b,
            ),
            Mistake(
                "You took p off. A part of the inputs was missing in training, so the inputs' share shrinks: multiply.",
                lambda x, w, b, p: x @ w - p + b,
                lambda x, w, b, p: (x - p) @ w + b,
            ),
        ),
    ),
    FunctionExercise(
        name="l2_step",
        title="A step with L2",
        difficulty=2,
        minutes=6,
        points=2,
        hints=(
            "First the slope of the whole loss: that of the data, plus that of the penalty.",
            "The slope of strength * w**2 is 2 * strength * w. Then step as always: minus rate times slope.",
        ),
        inputs=_weights_and_slopes(),
        solution=l2_step,
        mistakes=(
            Mistake(
                "You added the penalty itself. A step goes by its slope.",
                lambda w, s, rate, strength: w - rate * (s + strength * w**2),
            ),
            Mistake(
                "A step goes by slopes, one for each weight; you added the penalty's value, the same to all.",
                lambda w, s, rate, strength: w - rate * (s + strength * np.sum(w**2)),
            ),
            Mistake(
                "Nearly: what is the slope of a square? There is a factor missing.",
                lambda w, s, rate, strength: w - rate * (s + strength * w),
            ),
            Mistake(
                "Your penalty pushes the weights away from zero: its slope has the wrong sign.",
                lambda w, s, rate, strength: w - rate * (s - 2 * strength * w),
            ),
            Mistake(
                "You shrank the weights without the rate. The penalty is a part of the loss, "
                "so its slope is multiplied by the rate as well.",
                lambda w, s, rate, strength: w - rate * s - 2 * strength * w,
                lambda w, s, rate, strength: (1 - strength) * w - rate * s,
            ),
            Mistake(
                "This pulls all weights by the same amount, whatever their size: that is L1.",
                lambda w, s, rate, strength: w - rate * (s + strength * np.sign(w)),
                lambda w, s, rate, strength: w - rate * (s + 2 * strength * np.sign(w)),
            ),
            Mistake(
                "The penalty is missing: this is a step without L2.",
                lambda w, s, rate, strength: w - rate * s,
            ),
            Mistake(
                "The slopes of the data are missing: this step follows the penalty alone.",
                lambda w, s, rate, strength: w - rate * 2 * strength * w,
            ),
            Mistake(
                "You went up. A step goes against the slope.",
                lambda w, s, rate, strength: w + rate * (s + 2 * strength * w),
            ),
            Mistake(
                "The weights after the step are asked for, not how they change.",
                lambda w, s, rate, strength: s + 2 * strength * w,
                lambda w, s, rate, strength: -rate * (s + 2 * strength * w),
                lambda w, s, rate, strength: rate * (s + 2 * strength * w),
            ),
            Mistake(
                "Brackets are missing: the rate multiplies both slopes, and both are subtracted.",
                lambda w, s, rate, strength: w - rate * s + 2 * strength * w,
            ),
            Mistake(
                "Those are two steps, one after the other. In one step both slopes are taken at the same weights.",
                lambda w, s, rate, strength: (1 - 2 * rate * strength) * (w - rate * s),
            ),
            Mistake(
                "You added the sum of the weights to every slope. The slope for one weight has that weight in it alone: "
                "2 * strength * weights.",
                lambda w, s, rate, strength: w - rate * (s + 2 * strength * np.sum(w)),
                lambda w, s, rate, strength: w - rate * (s + strength * np.sum(w)),
            ),
            Mistake(
                "The slope of the penalty is made of the weights, not of the slopes of the data.",
                lambda w, s, rate, strength: w - rate * (s + 2 * strength * s),
                lambda w, s, rate, strength: w - rate * (s + strength * s**2),
            ),
            Mistake(
                "You multiplied the slopes by that of the penalty. The loss is a sum, so its slopes are added.",
                lambda w, s, rate, strength: w - rate * s * 2 * strength * w,
                lambda w, s, rate, strength: w - rate * s * strength * w,
            ),
            Mistake(
                "You shrank the weights after the step, and without the rate. Both slopes are measured at the old weights, "
                "added, and multiplied by the rate.",
                lambda w, s, rate, strength: (w - rate * s) * (1 - 2 * strength),
                lambda w, s, rate, strength: (w - rate * s) * (1 - strength),
            ),
            Mistake(
                "The penalty's slope has the weight itself in it, with its sign: 2 * strength * weights.",
                lambda w, s, rate, strength: w - rate * (s + 2 * strength),
                lambda w, s, rate, strength: w - rate * (s + strength * np.abs(w)),
                lambda w, s, rate, strength: w - rate * (s + 2 * strength * np.abs(w)),
            ),
        ),
    ),
    FunctionExercise(
        name="weights_left",
        title="How many are left",
        difficulty=2,
        minutes=5,
        points=1,
        hints=(
            "How far has a weight moved towards zero after all the steps, if it does not get there before?",
            "It is left if its size, np.abs(weight), is larger than amount * steps.",
        ),
        inputs=st.fixed_dictionaries(
            {
                "weights": arrays(float, st.integers(1, 6), elements=st.integers(-12, 12).map(float)),
                "amount": st.sampled_from([1.0, 2.0, 0.5]),
                "steps": st.integers(1, 6),
            }
        ),
        solution=weights_left,
        mistakes=(
            Mistake(
                "A weight that has exactly as far to go as the steps lead arrives at zero. It is not left.",
                lambda w, amount, steps: int(np.sum(np.abs(w) >= amount * steps)),
            ),
            Mistake(
                "Negative weights count too: they move up, towards zero. Compare sizes.",
                lambda w, amount, steps: int(np.sum(w > amount * steps)),
            ),
            Mistake(
                "You counted those that are zero. Those that are not are asked for.",
                lambda w, amount, steps: int(np.sum(np.abs(w) <= amount * steps)),
            ),
            Mistake(
                "That is how many are left after one step.",
                lambda w, amount, steps: int(np.sum(np.abs(w) > amount)),
            ),
            Mistake(
                "You let weights go past zero and counted them as left. All of them stop there, the negative ones on their "
                "way up.",
                lambda w, amount, steps: int(np.count_nonzero(np.abs(w) - amount * steps)),
                lambda w, amount, steps: int(np.count_nonzero(w - amount * steps)),
            ),
            Mistake(
                "You counted the weights that are not zero at the start. The steps bring more of them to zero.",
                lambda w, amount, steps: int(np.count_nonzero(w)),
            ),
            Mistake(
                "Your weights jump over zero and come back. The soft threshold stops them there.",
                _left_by_the_slope,
            ),
            Mistake(
                "You gave their share. How many there are is asked for.",
                lambda w, amount, steps: float(np.mean(np.abs(w) > amount * steps)),
            ),
            Mistake(
                "This is how many weights there are, of which many are zero by now. (len counts True and False alike; "
                "np.sum counts the True.)",
                lambda w, amount, steps: len(w),
            ),
            Mistake(
                "These are the weights after the steps. How many of them are not zero?",
                lambda w, amount, steps: np.sign(w) * np.maximum(np.abs(w) - amount * steps, 0),
                lambda w, amount, steps: np.maximum(np.abs(w) - amount * steps, 0),
            ),
            Mistake(
                "You took one step less than `steps`.",
                lambda w, amount, steps: int(np.sum(np.abs(w) > amount * (steps - 1))),
            ),
            Mistake(
                "You took one step more than `steps`.",
                lambda w, amount, steps: int(np.sum(np.abs(w) > amount * (steps + 1))),
            ),
            Mistake(
                "Each step moves a weight by `amount`, and so all steps together by amount * steps. Is that what you compare?",
                lambda w, amount, steps: int(np.sum(np.abs(w) > steps)),
                lambda w, amount, steps: int(np.sum(np.abs(w) > amount**steps)),
                lambda w, amount, steps: int(np.sum(np.abs(w) > amount + steps)),
            ),
            Mistake(
                "You took a share off in each step, as L2 does. The soft threshold takes the same amount off every time.",
                lambda w, amount, steps: int(np.sum(np.abs(w) * (1 - amount) ** steps > 0)),
                lambda w, amount, steps: int(np.sum(np.abs(w) * (1 - amount) ** steps > amount)),
            ),
        ),
    ),
    FunctionExercise(
        name="early_stopping",
        title="Patience",
        difficulty=3,
        minutes=10,
        points=3,
        hints=(
            "Go through the epochs and remember the best so far. How many epochs ago was it?",
            "When a new loss is below the best, it is the new best. Otherwise: is epoch - best equal to patience?",
            "If the loop comes to its end, the last epoch is len(losses) - 1.",
        ),
        inputs=st.fixed_dictionaries(
            {
                "losses": st.lists(st.integers(1, 9).map(float), min_size=1, max_size=10),
                "patience": st.integers(1, 4),
            }
        ),
        solution=early_stopping,
        mistakes=(
            Mistake(
                "The epoch at which it stops is right. Its weights are not the best ones, though: which epoch's are kept?",
                lambda losses, patience: _stop(losses, patience, answer=lambda last, best: [last, last]),
            ),
            Mistake(
                "You trained one epoch too many. It stops after the patience-th epoch without improvement, not one later.",
                lambda losses, patience: _stop(losses, patience, enough=lambda waited: waited > patience),
            ),
            Mistake(
                "You looked at all the losses and took the lowest. A training that stops never sees the later ones.",
                lambda losses, patience: [
                    min(losses.index(min(losses)) + patience, len(losses) - 1),
                    losses.index(min(losses)),
                ],
                lambda losses, patience: _stop(
                    losses, patience, answer=lambda last, best: [last, losses.index(min(losses))]
                ),
            ),
            Mistake(
                "You took an equal loss for an improvement. It has to be below all before it.",
                lambda losses, patience: _stop(losses, patience, improves=lambda new, best: new <= best),
            ),
            Mistake(
                "You compared each loss with the one just before. An improvement has to beat the best so far.",
                _compared_with_the_one_before,
                _since_the_last_fall,
            ),
            Mistake(
                "You counted all epochs without improvement. They have to be in a row: after a new best, "
                "the counting starts anew.",
                _never_reset,
            ),
            Mistake(
                "The right two numbers in the wrong order: first the last epoch trained, then the best.",
                lambda losses, patience: _stop(losses, patience, answer=lambda last, best: [best, last]),
            ),
            Mistake(
                "You have counted the epochs from 1. They count from 0, like the places in the list.",
                lambda losses, patience: _stop(
                    losses, patience, answer=lambda last, best: [last + 1, best + 1]
                ),
            ),
            Mistake(
                "You stopped at the first epoch that did not improve. There are patience of them to wait for.",
                lambda losses, patience: _stop(losses, 1),
            ),
            Mistake(
                "You compared each loss with the first. An improvement has to beat the best so far.",
                _compared_with_the_first,
            ),
            Mistake(
                "The first epoch always improves. You counted it as one without improvement.",
                _first_epoch_counted,
            ),
            Mistake(
                "No loss ever beats your first best: was it 0? Begin with the first loss.",
                lambda losses, patience: [min(patience, len(losses)) - 1, 0],
                lambda losses, patience: [min(patience, len(losses) - 1), 0],
            ),
            Mistake(
                "You trained to the end. After `patience` epochs in a row without improvement it stops, "
                "and nobody sees the rest.",
                lambda losses, patience: [len(losses) - 1, losses.index(min(losses))],
                lambda losses, patience: _stop(
                    losses, patience, answer=lambda last, best: [len(losses) - 1, best]
                ),
            ),
            Mistake(
                "The best epoch is right. The other number is how many epochs were trained; the last of them is one less.",
                lambda losses, patience: _stop(losses, patience, answer=lambda last, best: [last + 1, best]),
            ),
            Mistake(
                "The last epoch is right. Beside it you gave the best loss; its epoch is asked for.",
                lambda losses, patience: _stop(
                    losses, patience, answer=lambda last, best: [last, losses[best]]
                ),
            ),
            Mistake(
                "You gave the best epoch twice. The training went on for `patience` epochs after it.",
                lambda losses, patience: _stop(
                    losses,
                    patience,
                    answer=lambda last, best: [best if last - best == patience else last, best],
                ),
            ),
            Mistake(
                "Where the training never stops, your last epoch is one too many: they count from 0, so it is "
                "len(losses) - 1.",
                lambda losses, patience: _stop(
                    losses,
                    patience,
                    answer=lambda last, best: [last if last - best == patience else last + 1, best],
                ),
            ),
            Mistake(
                "Your last epoch is one too early: the patience-th epoch without improvement was trained too, before it "
                "was known that it does not improve.",
                lambda losses, patience: _stop(
                    losses,
                    patience,
                    answer=lambda last, best: [last - 1 if last - best == patience else last, best],
                ),
                lambda losses, patience: _stop(losses, patience, answer=lambda last, best: [last - 1, best]),
            ),
        ),
    ),
    ModelExercise(
        name="sturdy_digits",
        title="Sturdy digits",
        difficulty=3,
        minutes=15,
        points=3,
        hints=(
            "One hidden layer of h units makes 75h + 10 parameters in all: how large may h be?",
            "moved(rows) and np.tile(labels, 5) make 1,000 rows of the 200. About 20 epochs of batches of 50 "
            "with Adam(0.003) are enough; with dropout twice as many.",
            "Dense(64, relu), Dropout(0.5), Dense(10, softmax), trained on the moved rows; "
            "loss 'sparse_categorical_crossentropy'.",
        ),
        input_shape=(64,),
        output_shape=(10,),
        requirements=(_budget_problem, _digits_problem),
        solution=sturdy_digits,
        mistakes=(
            Mistake("at most 5,000 are allowed", lambda: _digit_model(units=128)),
            Mistake("this model has learned little or nothing", _digit_model),
            Mistake("It has learned them by heart", lambda: _digit_model(epochs=30)),
            Mistake("it underfits", lambda: _digit_model(epochs=4, rate=0.002)),
            Mistake("Which activation turns logits into probabilities?", lambda: _digit_model(last=None)),
            Mistake(
                "For each example your model gives shape (1,); (10,) is asked for.",
                lambda: keras.Sequential([keras.Input((64,)), keras.layers.Dense(1)]),
            ),
        ),
    ),
)
