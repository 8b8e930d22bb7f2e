"""Lesson 07, overfitting and underfitting: cutting data, reading curves, power laws, a model on a budget."""

from functools import cache

import keras
import numpy as np
from hypothesis import strategies as st

from utils import stories
from utils.exercises.declare import Exercise, FunctionExercise, Mistake, ModelExercise, ValueExercise
from utils.exercises.requirements import not_probabilities, over_budget
from utils.exercises.unseen import unseen


def three_parts(rows, validation, test):
    # From the front, since rows[-test:] is the whole list when test is 0.
    first, second = len(rows) - validation - test, len(rows) - test
    return [rows[:first], rows[first:second], rows[second:]]


def guess_the_fit():
    # A: training loss stays above the floor. B: training below the floor, validation climbs.
    # C: training above the floor, and validation far above that. D: both on the floor.
    return {"A": "underfitting", "B": "overfitting", "C": "both", "D": "good"}


def fit_verdict(train, validation, floor, margin):
    underfits = train > floor + margin
    overfits = validation > train + margin
    if underfits and overfits:
        return "both"
    if underfits:
        return "underfitting"
    return "overfitting" if overfits else "good"


def best_epoch(train, validation):
    best = validation.index(min(validation))
    return [best + 1, validation[best] - train[best]]


def power_law_fit(sizes, losses, floor):
    slope, start = np.polyfit(np.log(sizes), np.log(losses - floor), deg=1)
    return [np.exp(start), -slope]


def rows_needed(target, floor, a, b):
    if target <= floor:
        return "never"
    # target - floor = a / rows ** b
    return (a / (target - floor)) ** (1 / b)


def next_word_on_a_budget():
    pairs, following = stories.windows(stories.write(3000, seed=0), words=2)
    # Both places share one embedding of 2 numbers a word, 134 in all; then 4 * 67 weights and 67 biases: 469.
    model = keras.Sequential(
        [
            keras.Input((2,)),
            keras.layers.Embedding(67, 2),
            keras.layers.Flatten(),
            keras.layers.Dense(67, activation="softmax"),
        ]
    )
    model.compile(optimizer=keras.optimizers.Adam(0.03), loss="sparse_categorical_crossentropy")
    model.fit(pairs, following, epochs=5, batch_size=500, verbose=0)
    return model


def _first_lowest(losses):
    return losses.index(min(losses))


def _line(sizes, losses):
    slope, start = np.polyfit(np.log(sizes), np.log(losses), deg=1)
    return start, slope


_PANELS = guess_the_fit()

_ABOUT_PANELS = {
    (
        "A",
        "good",
    ): "Look at panel A again: the curves lie on each other, but where do they end, compared with the floor?",
    ("A", "overfitting"): "In panel A blue and orange lie on each other. A model that overfits has a gap.",
    (
        "A",
        "both",
    ): "Panel A ends above the floor, as you say. But overfitting shows in a gap: how far apart are blue and orange?",
    ("B", "both"): "In panel B blue ends below the floor, so the model is not too poor on its own rows.",
    (
        "B",
        "good",
    ): "In B the training loss is as low as can be, lower than it should be. And what happens to orange?",
    (
        "B",
        "underfitting",
    ): "In panel B blue ends below the floor. A model that underfits stays above it, on its own rows too.",
    (
        "C",
        "overfitting",
    ): "Look at panel C again: orange is far above blue, as you say. And where does blue end, compared with the floor?",
    (
        "C",
        "underfitting",
    ): "Look at panel C again: blue ends above the floor, as you say. And how far away is orange?",
    ("C", "good"): "Look at panel C again: does blue come down to the floor? And how far away is orange?",
    ("D", "underfitting"): "Look at panel D again: where do the curves end, compared with the floor?",
    (
        "D",
        "overfitting",
    ): "In panel D blue and orange end in the same place. A model that overfits has a gap.",
    ("D", "both"): "Look at panel D again: how far above the floor do the curves end, and how far apart?",
}
"""What to say to each wrong word for a panel."""


def _guessing(**letters):
    """The answers of somebody who is right but for these panels."""
    return lambda: guess_the_fit() | letters


def _swapping(panel, word):
    """The same, where this panel and a later one whose word it is have changed places."""
    return [
        _guessing(**{panel: word, later: _PANELS[panel]})
        for later in "BCD"
        if later > panel and _PANELS[later] == word and panel + later != "AB"
    ]


def _verdict(underfits, overfits):
    if underfits and overfits:
        return "both"
    return "underfitting" if underfits else "overfitting" if overfits else "good"


@st.composite
def _shuffled(draw):
    """Row numbers in any order, and two parts that leave at least one row for training."""
    count = draw(st.integers(1, 8))
    test = draw(st.integers(0, count - 1))
    return {
        "rows": draw(st.permutations(range(count))),
        "validation": draw(st.integers(0, count - 1 - test)),
        "test": test,
    }


@st.composite
def _end_of_training(draw):
    """Losses at the end, the floor and the margin: all four verdicts come up, and both borders."""
    floor, margin = draw(st.integers(3, 8)), draw(st.integers(1, 3))
    train = floor + draw(st.integers(-3, 7))
    return {
        "train": train,
        "validation": max(0, train + draw(st.integers(-4, 7))),
        "floor": floor,
        "margin": margin,
    }


@st.composite
def _two_curves(draw):
    epochs = draw(st.integers(1, 6))
    losses = st.lists(st.integers(0, 9), min_size=epochs, max_size=epochs)
    return {"train": draw(losses), "validation": draw(losses)}


@st.composite
def _measured(draw):
    """Sizes that rise, losses that fall towards a floor."""
    points = draw(st.integers(2, 5))
    rises = st.lists(st.sampled_from([1, 2, 4, 8, 16, 32, 64]), min_size=points, max_size=points, unique=True)
    falls = st.lists(st.integers(1, 12), min_size=points, max_size=points, unique=True)
    floor = draw(st.integers(1, 3))
    losses = [floor + excess for excess in sorted(draw(falls), reverse=True)]
    return {
        "sizes": np.array(sorted(draw(rises)), float),
        "losses": np.array(losses, float),
        "floor": float(floor),
    }


def _budget_problem(model):
    return over_budget(
        model, 471, "The output layer alone needs 67 for each number that goes into it, and 67 biases."
    )


@cache
def _new_rows():
    """Pairs and next words of stories that no learner has trained on."""
    return stories.windows(stories.write(400, seed=unseen(20_070)), words=2)


def _probability_problem(model):
    pairs, _ = _new_rows()
    return not_probabilities(np.asarray(model(pairs[:200])), "Which activation sees to that?")


def _reads_words(model):
    """Whether some layer has a row for each word: an embedding, or weights behind one-hot inputs."""
    shapes = [tuple(weight.shape) for weight in model.weights]
    return any(len(shape) == 2 and shape[0] in (67, 134) for shape in shapes)


def _next_word_problem(model):
    pairs, following = _new_rows()
    answers = np.asarray(model(pairs)).astype(float)
    loss = -np.mean(np.log(np.maximum(answers[np.arange(len(following)), following], 1e-12)))
    measured = (
        f"On {len(following):,} new rows the loss of your model is {loss:.2f}; below 0.95 is asked for. "
    )
    if loss < 0.95:
        return None
    if loss > 4:
        return measured + (
            "Giving all words the same probability costs 4.20, so it has learned nothing that holds here. "
            "Was it fitted, and with the words in the order of the story?"
        )
    if answers.std(axis=0).max() < 1e-3:
        return measured + "It gives the same answer to every pair. Do the inputs reach the output?"
    if not _reads_words(model):
        return measured + (
            "Two numbers from 0 to 66 say nothing by their size: what turns a word's number into something to "
            "compute with? And was it trained until the loss stopped falling, on stories enough?"
        )
    return measured + (
        "It has learned something. If its training loss is far below that, it has seen too few stories. If not, it "
        "underfits: does something in the middle throw away what the output could use? Has each word as many "
        "numbers as the budget allows? If so: more epochs."
    )


def _net(*layers):
    keras.utils.set_random_seed(7)
    return keras.Sequential([keras.Input((2,)), *layers])


def _fitted(*layers, epochs=2, rate=0.03, loss="sparse_categorical_crossentropy"):
    model = _net(*layers)
    pairs, following = stories.windows(stories.write(1500, seed=1), words=2)
    model.compile(optimizer=keras.optimizers.Adam(rate), loss=loss)
    model.fit(pairs, following, epochs=epochs, batch_size=500, verbose=0)
    return model


def _softmax():
    return keras.layers.Dense(67, activation="softmax")


EXERCISES: tuple[Exercise, ...] = (
    FunctionExercise(
        name="three_parts",
        title="Cut in three",
        difficulty=1,
        minutes=5,
        points=1,
        hints=(
            "How many rows are left for training? That number is where the first cut goes.",
            "The cuts are at len(rows) - validation - test and at len(rows) - test.",
            "Careful with rows[-test:]. What is rows[-0:]?",
        ),
        inputs=_shuffled(),
        solution=three_parts,
        mistakes=(
            Mistake(
                "Look at the cases where a part has 0 rows: counted from the end, -0 is the same as 0, which is the front of the list.",
                lambda rows, validation, test: [
                    rows[: -(validation + test)],
                    rows[-(validation + test) : -test],
                    rows[-test:],
                ],
            ),
            Mistake(
                "When test is 0 your test set is the whole list: rows[-0:] begins at the front.",
                lambda rows, validation, test: [
                    rows[: len(rows) - validation - test],
                    rows[len(rows) - validation - test : len(rows) - test],
                    rows[-test:],
                ],
            ),
            Mistake(
                "Your parts are right and in another order: training, validation, test is asked for.",
                lambda rows, validation, test: (lambda parts: [parts[0], parts[2], parts[1]])(
                    three_parts(rows, validation, test)
                ),
                lambda rows, validation, test: three_parts(rows, validation, test)[::-1],
            ),
            Mistake(
                "The last rows are your validation set; they should be the test set, with the validation set before them.",
                lambda rows, validation, test: [
                    rows[: len(rows) - validation - test],
                    rows[len(rows) - validation :],
                    rows[len(rows) - validation - test : len(rows) - validation],
                ],
            ),
            Mistake(
                "You took validation and test from the front of the list; they are its end.",
                lambda rows, validation, test: [
                    rows[validation + test :],
                    rows[:validation],
                    rows[validation : validation + test],
                ],
                lambda rows, v, t: [rows[t + v :], rows[t : t + v], rows[:t]],
            ),
            Mistake(
                "Your training set still has the validation rows in it. No row may be in two parts.",
                lambda rows, validation, test: [
                    rows[: len(rows) - test],
                    rows[len(rows) - validation - test : len(rows) - test],
                    rows[len(rows) - test :],
                ],
            ),
            Mistake(
                "Your test set takes the validation rows as well. It is the last `test` rows, no more.",
                lambda rows, validation, test: [
                    rows[: len(rows) - validation - test],
                    rows[len(rows) - validation - test : len(rows) - test],
                    rows[len(rows) - validation - test :],
                ],
            ),
            Mistake(
                "These are the sizes of the three parts. The rows themselves are asked for.",
                lambda rows, validation, test: [len(part) for part in three_parts(rows, validation, test)],
            ),
            Mistake(
                "You put the three parts into one list again. A list of three lists is asked for.",
                lambda rows, validation, test: [
                    row for part in three_parts(rows, validation, test) for row in part
                ],
            ),
            Mistake(
                "You gave two parts. Training, validation and test make three.",
                lambda rows, validation, test: three_parts(rows, validation, test)[:2],
                lambda rows, validation, test: three_parts(rows, validation, test)[1:],
            ),
            Mistake(
                "Your validation and test sets have changed their sizes: `validation` rows belong to the one, `test` rows to the other.",
                lambda rows, validation, test: three_parts(rows, test, validation),
            ),
            Mistake(
                "You sorted the rows. They were shuffled on purpose: keep the order they come in.",
                lambda rows, validation, test: three_parts(sorted(rows), validation, test),
            ),
            Mistake(
                "Your validation set runs on into the test rows. It has to end where the test set begins.",
                lambda rows, validation, test: [
                    rows[: len(rows) - validation - test],
                    rows[len(rows) - validation - test :],
                    rows[len(rows) - test :],
                ],
            ),
            Mistake(
                "A row is lost: your training set stops one too early. rows[:n] leaves out row n already.",
                lambda rows, validation, test: [
                    rows[: len(rows) - validation - test - 1],
                    rows[len(rows) - validation - test : len(rows) - test],
                    rows[len(rows) - test :],
                ],
            ),
            Mistake(
                "The right rows are in each part, but from back to front. Keep the order they come in.",
                lambda rows, validation, test: (lambda parts: [parts[0], parts[1][::-1], parts[2][::-1]])(
                    three_parts(rows, validation, test)
                ),
            ),
            Mistake(
                "A row is lost between two of your parts: each part has to begin where the one before it ends. rows[a:b] "
                "leaves out row b already.",
                lambda rows, validation, test: [
                    rows[: len(rows) - validation - test],
                    rows[len(rows) - validation - test : len(rows) - validation - test + validation - 1],
                    rows[len(rows) - test :],
                ],
                lambda rows, validation, test: [
                    rows[: len(rows) - validation - test],
                    rows[len(rows) - validation - test : len(rows) - test - 1],
                    rows[len(rows) - test :],
                ],
                lambda rows, validation, test: [
                    rows[: len(rows) - validation - test],
                    rows[len(rows) - validation - test + 1 : len(rows) - test + 1],
                    rows[len(rows) - test + 1 :],
                ],
                lambda rows, validation, test: [
                    rows[: len(rows) - validation - test],
                    rows[len(rows) - validation - test + 1 : len(rows) - test],
                    rows[len(rows) - test + 1 :],
                ],
            ),
            Mistake(
                "Your validation set ends with the last row, so it shares rows with the test set. It lies before it.",
                lambda rows, v, t: [rows[: -(v + t)], rows[-v:], rows[-t:]],
                lambda rows, v, t: [rows[: len(rows) - v - t], rows[len(rows) - v :], rows[len(rows) - t :]],
            ),
            Mistake(
                "rows[a:b] goes from place a to place b. A number of rows is no place: the validation set ends where the test "
                "set begins.",
                lambda rows, v, t: [
                    rows[: len(rows) - v - t],
                    rows[len(rows) - v - t : v],
                    rows[len(rows) - t :],
                ],
            ),
        ),
    ),
    ValueExercise(
        name="guess_the_fit",
        title="Guess the fit",
        difficulty=1,
        minutes=4,
        points=1,
        hints=(
            "First look at blue alone: in which panels does it end well above the dashed floor? Those underfit.",
            "Then at the distance from blue to orange at the end: where it is large, the model overfits.",
            "Each of the four words is right for exactly one panel.",
        ),
        solution=guess_the_fit,
        mistakes=(
            Mistake(
                "You have A and B the wrong way round. Underfitting is poor on the training rows; overfitting is good on them.",
                _guessing(A="overfitting", B="underfitting"),
            ),
            Mistake(
                "The four words are underfitting, overfitting, both and good, written like that.",
                _guessing(A="underfit", B="overfit"),
            ),
            *(
                Mistake(sentence, _guessing(**{panel: word}), *_swapping(panel, word))
                for (panel, word), sentence in _ABOUT_PANELS.items()
            ),
        ),
    ),
    FunctionExercise(
        name="fit_verdict",
        title="The doctor's rule",
        difficulty=2,
        minutes=6,
        points=2,
        hints=(
            "Answer the two questions apart first: underfits = ..., overfits = ..., each True or False.",
            "Underfitting compares train with floor; overfitting compares validation with train. Each with > and + margin.",
            "Test for both of them being True before anything else.",
        ),
        inputs=_end_of_training(),
        solution=fit_verdict,
        mistakes=(
            Mistake(
                'You never answer "both": a model with both troubles gets only the first name you test for.',
                lambda t, v, f, m: "underfitting" if t > f + m else "overfitting" if v > t + m else "good",
            ),
            Mistake(
                'You never answer "both". A model may have a gap and be poor on its own rows too.',
                lambda t, v, f, m: "overfitting" if v > t + m else "underfitting" if t > f + m else "good",
            ),
            Mistake(
                "You compare the validation loss with the floor. It is high in overfitting too; underfitting shows in the training loss.",
                lambda t, v, f, m: _verdict(v > f + m, v > t + m),
            ),
            Mistake(
                "You compare the validation loss with the floor to find overfitting. A model that underfits is above the floor as well: it is the gap to the training loss that counts.",
                lambda t, v, f, m: _verdict(t > f + m, v > f + m),
            ),
            Mistake(
                "A difference of exactly the margin is still allowed: the rule says more than.",
                lambda t, v, f, m: _verdict(t >= f + m, v >= t + m),
                lambda t, v, f, m: _verdict(t > f + m, v >= t + m),
                lambda t, v, f, m: _verdict(t >= f + m, v > t + m),
            ),
            Mistake(
                "You have the two words the wrong way round.",
                lambda t, v, f, m: _verdict(v > t + m, t > f + m),
            ),
            Mistake(
                "The margin is missing: small differences are chance and should not count.",
                lambda t, v, f, m: _verdict(t > f, v > t),
            ),
            Mistake(
                "The margin is missing where you look for underfitting; it belongs to both comparisons.",
                lambda t, v, f, m: _verdict(t > f, v > t + m),
            ),
            Mistake(
                "The margin is missing where you look for overfitting; it belongs to both comparisons.",
                lambda t, v, f, m: _verdict(t > f + m, v > t),
            ),
            Mistake(
                "You compare the training loss with the margin alone. It is the floor that it should come down to.",
                lambda t, v, f, m: _verdict(t > m, v > t + m),
            ),
            Mistake(
                "A training loss far below the floor is not underfitting: such a model is too good on its own rows, not too poor.",
                lambda t, v, f, m: _verdict(abs(t - f) > m, v > t + m),
            ),
            Mistake(
                "You subtract the wrong way round: a model that underfits has a training loss above the floor, not below.",
                lambda t, v, f, m: _verdict(f - t > m, v > t + m),
            ),
            Mistake(
                "You subtract the wrong way round: a model that overfits has a validation loss above its training loss.",
                lambda t, v, f, m: _verdict(t > f + m, t - v > m),
            ),
            Mistake(
                'You never answer "good". A model may have neither trouble.',
                lambda t, v, f, m: _verdict(t > f + m, v > t + m or t <= f + m),
            ),
            Mistake(
                "For overfitting the rule asks for the gap alone; the training loss need not be below the floor.",
                lambda t, v, f, m: _verdict(t > f + m, t < f and v > t + m),
            ),
            Mistake(
                "Your gap has no sign. Validation below training is luck, not overfitting.",
                lambda t, v, f, m: _verdict(t > f + m, abs(v - t) > m),
            ),
            Mistake(
                "The margin is a difference between two losses, not a share of one: add it, floor + margin.",
                lambda t, v, f, m: _verdict(t > f * (1 + m), v > t * (1 + m)),
                lambda t, v, f, m: _verdict(t > f * m, v > t * m),
            ),
            Mistake(
                'You answer "both" where one of the two is true. Both means: one and the other.',
                lambda t, v, f, m: "both" if t - f > m or v - t > m else "good",
            ),
            Mistake(
                "You compared losses with the margin. What counts is how far one is above the other: train - floor, and "
                "validation - train.",
                lambda t, v, f, m: _verdict(t > m, v > m),
                lambda t, v, f, m: _verdict(t > f + m, v > m),
            ),
        ),
    ),
    FunctionExercise(
        name="best_epoch",
        title="The best epoch",
        difficulty=2,
        minutes=6,
        points=2,
        hints=(
            "Find the place of the lowest validation loss first; min() and .index() of a list help.",
            "Places in a list count from 0, epochs from 1. The gap is taken at the same place.",
        ),
        inputs=_two_curves(),
        solution=best_epoch,
        mistakes=(
            Mistake(
                "Your epochs count from 0; the first epoch is number 1.",
                lambda t, v: [_first_lowest(v), v[_first_lowest(v)] - t[_first_lowest(v)]],
            ),
            Mistake(
                "You looked for the lowest training loss. That is nearly always the last epoch; the validation loss chooses.",
                lambda t, v: [_first_lowest(t) + 1, v[_first_lowest(t)] - t[_first_lowest(t)]],
            ),
            Mistake(
                "The gap has the wrong sign: it is validation minus training.",
                lambda t, v: [_first_lowest(v) + 1, t[_first_lowest(v)] - v[_first_lowest(v)]],
            ),
            Mistake(
                "The epoch is right. The gap is asked for at that epoch, not at the end.",
                lambda t, v: [_first_lowest(v) + 1, v[-1] - t[-1]],
            ),
            Mistake(
                "Where several epochs are equally low you took the last of them; the first is asked for.",
                lambda t, v: (lambda best: [best + 1, v[best] - t[best]])(
                    len(v) - 1 - _first_lowest(v[::-1])
                ),
            ),
            Mistake(
                "The second number should be the gap, validation minus training, not the validation loss.",
                lambda t, v: [_first_lowest(v) + 1, min(v)],
            ),
            Mistake(
                "The second number should be the gap, validation minus training, not the training loss.",
                lambda t, v: [_first_lowest(v) + 1, t[_first_lowest(v)]],
            ),
            Mistake(
                "You subtracted the lowest training loss of all. Both losses of a gap are from the same epoch.",
                lambda t, v: [_first_lowest(v) + 1, min(v) - min(t)],
            ),
            Mistake(
                "Both numbers are about the last epoch. Look for the one with the lowest validation loss.",
                lambda t, v: [len(v), v[-1] - t[-1]],
            ),
            Mistake(
                "You took the lowest validation loss itself for the epoch. At which place in the list does it stand?",
                lambda t, v: [min(v), min(v) - t[_first_lowest(v)]],
            ),
            Mistake(
                "You took the highest validation loss. The lowest is the best.",
                lambda t, v: (lambda worst: [worst + 1, v[worst] - t[worst]])(v.index(max(v))),
            ),
            Mistake(
                "The epoch counts from 1, but the places in your lists count from 0: the gap is from one epoch later.",
                lambda t, v: (lambda n: [n, v[min(n, len(v) - 1)] - t[min(n, len(v) - 1)]])(
                    _first_lowest(v) + 1
                ),
            ),
            Mistake(
                "Your gap has lost its sign: where validation is below training, it is negative.",
                lambda t, v: [_first_lowest(v) + 1, abs(v[_first_lowest(v)] - t[_first_lowest(v)])],
            ),
            Mistake(
                "The right two numbers in the other order: the epoch first, then the gap.",
                lambda t, v: [v[_first_lowest(v)] - t[_first_lowest(v)], _first_lowest(v) + 1],
            ),
            Mistake(
                "You stopped looking where the validation loss rises for the first time. It may come down further later.",
                lambda t, v: (lambda best: [best + 1, v[best] - t[best]])(
                    next((epoch for epoch in range(len(v) - 1) if v[epoch + 1] > v[epoch]), len(v) - 1)
                ),
            ),
            Mistake(
                "You looked for the smallest gap. A model that has learned nothing yet has a small gap too; look for the lowest validation loss.",
                lambda t, v: (lambda gaps: [_first_lowest(gaps) + 1, min(gaps)])(
                    [b - a for a, b in zip(t, v, strict=True)]
                ),
            ),
            Mistake(
                "The epoch is right. The gap is that of the epoch after it: epochs count from 1, places in the lists "
                "from 0.",
                lambda t, v: [_first_lowest(v) + 1, v[_first_lowest(v) + 1] - t[_first_lowest(v) + 1]],
                lambda t, v: [
                    _first_lowest(v) + 1,
                    v[(_first_lowest(v) + 1) % len(v)] - t[(_first_lowest(v) + 1) % len(v)],
                ],
            ),
            Mistake(
                "The epoch is right. The gap is that of this epoch, not the largest, the smallest or the mean one.",
                lambda t, v: [_first_lowest(v) + 1, max(b - a for a, b in zip(t, v))],
                lambda t, v: [_first_lowest(v) + 1, min(b - a for a, b in zip(t, v))],
                lambda t, v: [_first_lowest(v) + 1, sum(v) / len(v) - sum(t) / len(t)],
            ),
        ),
    ),
    FunctionExercise(
        name="power_law_fit",
        title="Fit a power law",
        difficulty=2,
        minutes=8,
        points=2,
        hints=(
            "np.polyfit(x, y, deg=1) returns slope and start of the line, as in lesson 01. What are x and y here?",
            "x is np.log(sizes), y is np.log(losses - floor).",
            "The slope is -b. The start is log a: np.exp undoes the logarithm.",
        ),
        inputs=_measured(),
        solution=power_law_fit,
        mistakes=(
            Mistake(
                "The floor is missing: only what is above it falls like a power law. Subtract it before the logarithm.",
                lambda s, x, f: (lambda c: [np.exp(c[0]), -c[1]])(_line(s, x)),
            ),
            Mistake(
                "Your b has the wrong sign. The line falls, so its slope is negative, and the slope is -b.",
                lambda s, x, f: (lambda c: [np.exp(c[0]), c[1]])(_line(s, x - f)),
            ),
            Mistake(
                "Your b is right. Where you say a, you have log a: undo the logarithm.",
                lambda s, x, f: (lambda c: [c[0], -c[1]])(_line(s, x - f)),
            ),
            Mistake(
                "The right numbers in the other order: a first, then b.",
                lambda s, x, f: (lambda c: [-c[1], np.exp(c[0])])(_line(s, x - f)),
            ),
            Mistake(
                "The floor does not change with the size, so it must come off before the logarithm: log(losses) - floor is something else.",
                lambda s, x, f: (lambda c: [np.exp(c[1]), -c[0]])(np.polyfit(np.log(s), np.log(x) - f, 1)),
            ),
            Mistake(
                "Only the losses are in logarithms; that line would be an exponential. Take the logarithm of the sizes too.",
                lambda s, x, f: (lambda c: [np.exp(c[1]), -c[0]])(np.polyfit(s, np.log(x - f), 1)),
            ),
            Mistake(
                "Logarithms to base 10 on the way in need 10 ** on the way out; np.exp belongs to np.log.",
                lambda s, x, f: (lambda c: [np.exp(c[1]), -c[0]])(
                    np.polyfit(np.log10(s), np.log10(x - f), 1)
                ),
            ),
            Mistake(
                "np.polyfit gives the slope first and the start second; you took them the other way round.",
                lambda s, x, f: (lambda c: [np.exp(c[1]), -c[0]])(_line(s, x - f)),
            ),
            Mistake(
                "What np.polyfit gives is the slope, which is -b, and the start, which is log a. "
                "Turn them into a and b, in this order.",
                lambda s, x, f: _line(s, x - f)[::-1],
                lambda s, x, f: _line(s, x - f),
                lambda s, x, f: (lambda c: [-c[1], c[0]])(_line(s, x - f)),
            ),
            Mistake(
                "You added the floor. What falls like a power law is the loss without it: losses - floor.",
                lambda s, x, f: (lambda c: [np.exp(c[0]), -c[1]])(_line(s, x + f)),
            ),
            Mistake(
                "np.exp belongs to log a alone. The slope is -b as it stands.",
                lambda s, x, f: (lambda c: [np.exp(c[0]), np.exp(-c[1])])(_line(s, x - f)),
                lambda s, x, f: (lambda c: [np.exp(c[0]), np.exp(c[1])])(_line(s, x - f)),
            ),
            Mistake(
                "The right numbers, but b came first and with the sign of the slope. First a, then b, which is positive.",
                lambda s, x, f: (lambda c: [c[1], np.exp(c[0])])(_line(s, x - f)),
            ),
            Mistake(
                "You fitted the sizes to the losses. np.polyfit takes x first, and x is the sizes.",
                lambda s, x, f: (lambda c: [np.exp(c[0]), -c[1]])(_line(x - f, s)),
            ),
            Mistake(
                "Only the sizes are in logarithms. Take the logarithm of what is above the floor too.",
                lambda s, x, f: (lambda c: [np.exp(c[1]), -c[0]])(np.polyfit(np.log(s), x - f, 1)),
            ),
            Mistake(
                "That is a straight line through the numbers themselves. A power law is straight in their logarithms.",
                lambda s, x, f: (lambda c: [c[1], -c[0]])(np.polyfit(s, x - f, 1)),
            ),
            Mistake(
                "log(losses) - log(floor) is the logarithm of a quotient. Subtract first, then take the logarithm.",
                lambda s, x, f: (lambda c: [np.exp(c[1]), -c[0]])(
                    np.polyfit(np.log(s), np.log(x) - np.log(f), 1)
                ),
            ),
            Mistake(
                "Your b is right. The start of the line is log a itself, without a minus: a = np.exp(start).",
                lambda sizes, losses, floor: [
                    np.exp(-_line(sizes, losses - floor)[0]),
                    -_line(sizes, losses - floor)[1],
                ],
            ),
        ),
    ),
    FunctionExercise(
        name="rows_needed",
        title="How many rows for that?",
        difficulty=3,
        minutes=8,
        points=3,
        hints=(
            "Solve target = floor + a / rows ** b for rows: first bring the floor to the other side.",
            "rows ** b = a / (target - floor). Raising to the power 1 / b undoes the power b.",
            "What would the formula need if target were equal to floor, or below it?",
        ),
        inputs=st.fixed_dictionaries(
            {
                "target": st.integers(1, 32).map(lambda quarters: quarters / 4),
                "floor": st.integers(0, 16).map(lambda quarters: quarters / 4),
                "a": st.integers(1, 40).map(lambda halves: halves / 2),
                # above 1 too, and no neat fractions only: at 1 and at 0.5, 1 // b looks like 1 / b
                "b": st.sampled_from([0.25, 0.3, 0.4, 0.5, 0.8, 1.0, 1.25, 1.6, 2.0]),
            }
        ),
        solution=rows_needed,
        mistakes=(
            Mistake(
                "The floor is missing. The rows have to bring down what is above it, target - floor.",
                lambda target, floor, a, b: "never" if target <= floor else (a / target) ** (1 / b),
            ),
            Mistake(
                "The floor is missing, and with it the targets that nobody can reach.",
                lambda target, floor, a, b: (a / target) ** (1 / b),
            ),
            Mistake(
                "You raised to the power b. To undo that power, another one is needed.",
                lambda target, floor, a, b: "never" if target <= floor else (a / (target - floor)) ** b,
            ),
            Mistake(
                "Your fraction is upside down: a lower target should need more rows, and yours needs fewer.",
                lambda target, floor, a, b: "never" if target <= floor else ((target - floor) / a) ** (1 / b),
            ),
            Mistake(
                'The formula is right. Below and at the floor no number of rows is enough: the text "never" is asked for there.',
                lambda target, floor, a, b: 0 if target <= floor else (a / (target - floor)) ** (1 / b),
            ),
            Mistake(
                "1 // b leaves out what stands behind the point: with b = 0.4 it is 2, where 1 / b is 2.5. Write / .",
                lambda target, floor, a, b: (
                    "never" if target <= floor else (a / (target - floor)) ** (1 // b)
                ),
            ),
            Mistake(
                'Exactly at the floor no number of rows is enough either: the text "never" is asked for there too. (A formula would divide by 0.)',
                lambda target, floor, a, b: (
                    "never"
                    if target < floor
                    else np.inf
                    if target == floor
                    else (a / (target - floor)) ** (1 / b)
                ),
                lambda target, floor, a, b: "never" if target < floor else (a / (target - floor)) ** (1 / b),
            ),
            Mistake(
                'Your "never" comes too early: above the floor every target can be reached with rows enough.',
                lambda target, floor, a, b: (
                    "never" if target <= floor + 1 else (a / (target - floor)) ** (1 / b)
                ),
                lambda target, floor, a, b: (
                    "never"
                    if target - floor >= a
                    else (a / (target - floor)) ** (1 / b)
                    if target > floor
                    else "never"
                ),
            ),
            Mistake(
                "The sign of the power is turned: ** (-1 / b) gives fewer rows for a lower target.",
                lambda target, floor, a, b: (
                    "never" if target <= floor else ((target - floor) * a) ** (-1 / b)
                ),
            ),
            Mistake(
                "You rounded. The number is asked for as the law gives it.",
                lambda target, floor, a, b: (
                    "never" if target <= floor else float(np.ceil((a / (target - floor)) ** (1 / b)))
                ),
                *(
                    lambda target, floor, a, b, rounded=rounded: (
                        "never" if target <= floor else rounded((a / (target - floor)) ** (1 / b))
                    )
                    for rounded in (int, round)
                ),
            ),
            Mistake(
                "Python takes ** before /, so ** 1 / b is the power 1, divided by b. Write ** (1 / b).",
                lambda target, floor, a, b: "never" if target <= floor else (a / (target - floor)) ** 1 / b,
            ),
            Mistake(
                "The power 1 / b belongs to the whole fraction, to a as well: brackets are missing.",
                lambda target, floor, a, b: "never" if target <= floor else a / (target - floor) ** (1 / b),
            ),
            Mistake(
                "You multiplied where the law divides: target - floor = a / rows ** b, so rows ** b = a / (target - floor).",
                lambda target, floor, a, b: "never" if target <= floor else (a * (target - floor)) ** (1 / b),
            ),
            Mistake(
                "You subtracted the wrong way round. What is above the floor is target - floor.",
                lambda target, floor, a, b: "never" if target <= floor else (a / (floor - target)) ** (1 / b),
            ),
            Mistake(
                "That is the law itself, which gives a loss for a number of rows. Turn it round: the loss is given.",
                lambda target, floor, a, b: floor + a * target**-b,
            ),
            Mistake(
                "At the floor your formula divides by 0, and below it there is a power of a negative number. First ask "
                'whether target <= floor: no number of rows gets there, and the text "never" is asked for.',
                lambda target, floor, a, b: (a / (target - floor)) ** (1 / b),
            ),
            Mistake(
                "This is the logarithm of the number of rows. np.exp makes the number of it.",
                lambda target, floor, a, b: (
                    "never" if target <= floor else float(np.log(a / (target - floor)) / b)
                ),
            ),
            Mistake(
                'You took the sign off. A target below the floor is not reached from the other side either: "never".',
                lambda target, floor, a, b: (a / abs(target - floor)) ** (1 / b),
            ),
            Mistake(
                'You say "never" where the target is above the floor. There the law gets to; what it never reaches is the floor '
                "and what is below.",
                lambda target, floor, a, b: "never" if target >= floor else (a / (floor - target)) ** (1 / b),
                lambda target, floor, a, b: "never" if target > floor else (a / (target - floor)) ** (1 / b),
            ),
            Mistake(
                "a is missing. What is above the floor is a times a power, so it is divided by a before the power is undone.",
                lambda target, floor, a, b: "never" if target <= floor else (target - floor) ** (-1 / b),
            ),
        ),
    ),
    ModelExercise(
        name="next_word_on_a_budget",
        title="Cure the patient",
        difficulty=3,
        minutes=15,
        points=3,
        hints=(
            "Words as numbers mean nothing by their size. Lesson 06 had a layer that gives each a short row of its own.",
            "One Embedding serves both words: 67 * size parameters. Flatten it, and how many inputs has the last layer?",
            "Without a hidden layer: 67 * size + 2 * size * 67 + 67 parameters. Which size fits into 471?",
        ),
        input_shape=(2,),
        output_shape=(67,),
        requirements=(_budget_problem, _probability_problem, _next_word_problem),
        solution=next_word_on_a_budget,
        mistakes=(
            Mistake(
                "parameters; at most 471 are allowed.",
                lambda: _net(keras.layers.Embedding(67, 8), keras.layers.Flatten(), _softmax()),
            ),
            Mistake(
                "so it has learned nothing that holds here.",
                lambda: _net(keras.layers.Embedding(67, 2), keras.layers.Flatten(), _softmax()),
            ),
            Mistake(
                "Which activation sees to that?",
                lambda: _net(keras.layers.Embedding(67, 2), keras.layers.Flatten(), keras.layers.Dense(67)),
            ),
            Mistake(
                "Two numbers from 0 to 66 say nothing by their size",
                lambda: _fitted(
                    keras.layers.Rescaling(1 / 67), keras.layers.Dense(5, activation="relu"), _softmax()
                ),
            ),
            Mistake(
                "does something in the middle throw away what the output could use?",
                lambda: _fitted(
                    keras.layers.Embedding(67, 2),
                    keras.layers.Flatten(),
                    keras.layers.Dense(2, activation="relu"),
                    _softmax(),
                ),
            ),
        ),
    ),
)
