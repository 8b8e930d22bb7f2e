"""Lesson 09, KerasTuner: spaces, random values, budgets, memory, chance, leaks, and a model found by search."""

from math import log, prod

import keras
import numpy as np
from hypothesis import strategies as st

from utils import stories
from utils.exercises.declare import Exercise, FunctionExercise, Mistake, ModelExercise, ValueExercise
from utils.exercises.requirements import not_probabilities, over_budget
from utils.exercises.unseen import unseen


def space_size(values, dropout_rates):
    size = 1
    for number in values:
        size = size * number
    # Without dropout there is one way to go on, with it there are as many as there are rates.
    return size * (1 + dropout_rates)


def log_uniform(low, high, u):
    # Every equal step of u multiplies by the same factor; the whole way from 0 to 1 multiplies by high / low.
    return low * (high / low) ** u


def training_memory(inputs, units, outputs):
    parameters = inputs * units + units + units * outputs + outputs
    # Weights, gradients, and Adam's two running averages: four numbers of 4 bytes for each parameter.
    return 4 * 4 * parameters


def hit_chance(trials, share):
    all_miss = (1 - share) ** trials
    return 1 - all_miss


def bracket_epochs(models, epochs, factor, rounds):
    total, trained = 0, 0
    for _ in range(rounds):
        total += models * (epochs - trained)
        trained = epochs
        models, epochs = models / factor, epochs * factor
    return total


def spoils_the_test():
    return {
        "choose the learning rate with the lowest test loss": True,
        "choose the learning rate with the lowest validation loss": False,
        "stop the training when the test loss rises": True,
        "measure the test loss once, after everything is chosen": False,
        "see the test loss, try twenty more configurations, measure it again": True,
        "some stories are both in the training set and in the test set": True,
        "train the chosen one again on training and validation set, then test": False,
    }


def small_guesser():
    before, after = stories.windows(stories.write(200, seed=1), 3)
    x = np.eye(67, dtype="float32")[before].reshape(len(before), 201)
    # A hidden layer of h units has 201h + h + 67h + 67 parameters: 269 * 18 + 67 = 4,909.
    hidden = keras.layers.Dense(18, activation="relu")
    answers = keras.layers.Dense(67, activation="softmax")
    model = keras.Sequential([keras.Input((201,)), hidden, answers])
    # A search over the learning rate and the number of training stories led here.
    model.compile(keras.optimizers.Adam(0.01), loss="sparse_categorical_crossentropy", steps_per_execution=16)
    model.fit(x, after, batch_size=128, epochs=8, verbose=0)
    return model


BUDGET, GOAL = 5_000, 0.78
"""Parameters that small_guesser may have, and the loss in nats a word that it has to come below."""

BLIND = log(67)
"""The loss of a model that gives each of the 67 the same probability."""


def _rows(texts):
    """One-hot rows and next words of these stories, as in the lesson."""
    before, after = stories.windows(texts, 3)
    return np.eye(67, dtype="float32")[before].reshape(len(before), 201), after


def _held_out():
    """200 stories that no lesson trains on."""
    return _rows(stories.write(200, seed=unseen(90_909)))


def _loss(model, x, y):
    given = np.asarray(model(x))[np.arange(len(y)), y]
    return float(-np.log(np.maximum(given, 1e-9)).mean())


def _budget_problem(model):
    return over_budget(model, BUDGET, "How many does each hidden unit bring, counting both sides?")


def _probability_problem(model):
    x, _ = _held_out()
    return not_probabilities(
        model(x[:100]),
        "End your model with a softmax. (If it was trained with from_logits=True, put one behind it: "
        "keras.Sequential([model, keras.layers.Softmax()]).)",
    )


def _loss_problem(model):
    loss = _loss(model, *_held_out())
    if loss < GOAL:
        return None
    known = _loss(model, *_rows(stories.write(40, seed=1)))
    if loss > known + 0.3:
        return (
            f"On new stories your model has a loss of {loss:.2f} nats a word; below {GOAL} is asked for. On the "
            f"lesson's 40 stories it has {known:.2f}: it has learned them by heart. More stories, or fewer epochs?"
        )
    if loss > BLIND - 0.3:
        advice = (
            f"A blind guess has {BLIND:.2f}: this model knows nothing of the stories. Was it fitted to them?"
        )
    elif loss > 1.5:
        advice = "It has learned a little: look at the learning rate and the number of epochs first."
    else:
        advice = "It is on its way: is the learning rate the best you can find, and are 40 stories enough?"
    return (
        f"On new stories your model has a loss of {loss:.2f} nats a word; below {GOAL} is asked for. {advice}"
    )


def _guesser(units, softmax=True, rate=0.01, texts=0, epochs=6):
    """A model as a learner may build it, trained on so many of the lesson's stories."""
    model = keras.Sequential(
        [
            keras.Input((201,)),
            keras.layers.Dense(units, activation="relu"),
            keras.layers.Dense(67, activation="softmax" if softmax else None),
        ]
    )
    if texts:
        x, y = _rows(stories.write(texts, seed=1))
        model.compile(
            keras.optimizers.Adam(rate), loss="sparse_categorical_crossentropy", steps_per_execution=16
        )
        model.fit(x, y, batch_size=64, epochs=epochs, verbose=0)
    return model


def _thinking(*names):
    """The answers of somebody who is wrong about these."""
    right = spoils_the_test()
    return lambda: right | {name: not right[name] for name in names}


def _ends_added_up(models, epochs, factor, rounds):
    total = behind = 0
    for _ in range(rounds):
        total += models * (epochs - behind)
        behind += epochs
        models, epochs = models // factor, epochs * factor
    return total


def _one_leaves(models, epochs, factor, rounds):
    total, trained = 0, 0
    for _ in range(rounds):
        total += models * (epochs - trained)
        trained = epochs
        models, epochs = models - models // factor, epochs * factor
    return total


_REASONS = {
    "see the test loss, try twenty more configurations, measure it again": (
        "Look again at the twenty more: the second measurement decides whether they were better, and so it chooses."
    ),
    "some stories are both in the training set and in the test set": (
        "Nobody chose by the stories that are in both sets, and yet the model has seen their answers. It may know "
        "them by heart."
    ),
    "stop the training when the test loss rises": (
        "The epoch at which training stops is a choice like any other. Made by the test loss, it spoils the test."
    ),
    "train the chosen one again on training and validation set, then test": (
        "Training again on both is a good use of the validation set, once it has done its work. "
        "The test set is not among the two."
    ),
    "choose the learning rate with the lowest validation loss": (
        "Choosing by the validation set uses the validation set up. The test set has not been looked at."
    ),
    "measure the test loss once, after everything is chosen": (
        "Measuring once, when nothing can be chosen any more, is what a test set is for."
    ),
    "choose the learning rate with the lowest test loss": (
        "A choice made by the test loss, whatever is chosen, makes it a second validation set."
    ),
}
"""Why each of them is as it is; the ones that people get wrong first."""

_SHARES = st.integers(1, 60).map(lambda hundredths: hundredths / 100)

EXERCISES: tuple[Exercise, ...] = (
    FunctionExercise(
        name="log_uniform",
        title="A value on the logarithmic scale",
        difficulty=2,
        minutes=7,
        points=2,
        hints=(
            "From 0.001 to 0.1 is a factor of 100. Half of the way should be a factor of 10, since 10 · 10 = 100.",
            "The whole way is a factor of high / low; a part u of the way is that factor to the power u.",
        ),
        inputs=st.fixed_dictionaries(
            {
                "low": st.integers(1, 100).map(lambda k: k / 10_000),
                "high": st.integers(2, 200).map(lambda k: k / 2),
                "u": st.integers(0, 100).map(lambda k: k / 100),
            }
        ),
        solution=log_uniform,
        mistakes=(
            Mistake(
                "That is the linear scale: half of the way adds half of the difference. Here half of the way "
                "should multiply by a factor that, taken twice, is the factor of the whole way.",
                lambda low, high, u: low + u * (high - low),
            ),
            Mistake(
                "You went the right way between the logarithms, and stayed there. Turn the logarithm back into a value.",
                lambda low, high, u: np.log10(low) + u * (np.log10(high) - np.log10(low)),
            ),
            Mistake(
                "You stayed among the logarithms at the end. Turn the logarithm back into a value.",
                lambda low, high, u: np.log(low) + u * (np.log(high) - np.log(low)),
            ),
            Mistake(
                "You took the logarithm to one base and the power to another.",
                lambda low, high, u: np.exp(np.log10(low) + u * (np.log10(high) - np.log10(low))),
                lambda low, high, u: 10 ** (np.log(low) + u * (np.log(high) - np.log(low))),
            ),
            Mistake(
                "You started at the wrong end: u = 0 should give low, u = 1 should give high.",
                lambda low, high, u: high * (low / high) ** u,
            ),
            Mistake(
                "That is the middle of the way, whatever u is. u says how far to go.",
                lambda low, high, u: (low * high) ** 0.5,
            ),
            Mistake(
                "You added the factor to low. On the logarithmic scale low is multiplied by it.",
                lambda low, high, u: low + (high / low) ** u,
            ),
            Mistake(
                "You went between low and high themselves, and took a power at the end. "
                "Go between their logarithms: np.log(low) and np.log(high).",
                lambda low, high, u: 10 ** (low + u * (high - low)),
                lambda low, high, u: np.exp(low + u * (high - low)),
            ),
            Mistake(
                "You mixed the two scales. Go all of the way between the logarithms, then turn back into a value.",
                lambda low, high, u: low + (high - low) * np.log10(1 + 9 * u),
                lambda low, high, u: low + (high - low) * 10**u / 10,
            ),
            Mistake(
                "You multiplied the factor by u. A part of the way is the factor to the power u.",
                lambda low, high, u: low * (high / low) * u,
            ),
            Mistake(
                "This is the factor alone, with which low is to be multiplied.",
                lambda low, high, u: (high / low) ** u,
            ),
            Mistake(
                "Try u = 1: it should give high. The factor of the whole way is high / low, not high.",
                lambda low, high, u: low * high**u,
            ),
            Mistake(
                "Try u = 1: it should give high. The factor of the whole way is high / low, not 10.",
                lambda low, high, u: low * 10**u,
            ),
            Mistake(
                "Try u = 1: it should give high. The whole way is a factor, high / low, not the difference of the two.",
                lambda low, high, u: low * (high - low) ** u,
            ),
            Mistake(
                "You raised e to a share of the difference. The whole way is a factor, high / low, and a part of it is that "
                "factor to the power u.",
                lambda low, high, u: low * np.exp(u * (high - low)),
            ),
            Mistake(
                "Try u = 0: it should give low, and a number to the power of 0 is 1. Multiply low by a power, do not add one.",
                lambda low, high, u: low + (high - low) ** u,
                lambda low, high, u: low + high**u,
            ),
        ),
    ),
    FunctionExercise(
        name="space_size",
        title="How large is the space?",
        difficulty=1,
        minutes=5,
        points=1,
        hints=(
            "Draw a small one: two numbers of units, three learning rates, no dropout. How many pairs are there?",
            "Each further hyperparameter multiplies. And the dropout branch: one way without it, or one way for each rate.",
        ),
        inputs=st.fixed_dictionaries(
            {
                "values": st.lists(st.integers(1, 10), min_size=1, max_size=5),
                "dropout_rates": st.integers(1, 6),
            }
        ),
        solution=space_size,
        mistakes=(
            Mistake(
                "You added. Every value of one hyperparameter can go with every value of another, so multiply.",
                lambda values, rates: sum(values) + 1 + rates,
                lambda values, rates: sum(values) + 2 + rates,
                lambda values, rates: sum(values) + rates,
            ),
            Mistake(
                "You added the numbers of values. Every value of one can go with every value of another.",
                lambda values, rates: sum(values) * (1 + rates),
                lambda values, rates: sum(values) * 2 * rates,
                lambda values, rates: sum(values) * rates,
            ),
            Mistake(
                "The ordinary ones are multiplied as they should be. But each of their combinations can go with "
                "each way through the dropout branch, so multiply there too.",
                lambda values, rates: prod(values) + 1 + rates,
                lambda values, rates: prod(values) + rates,
            ),
            Mistake(
                "You counted the switch, and forgot that there are rates to choose when it is on.",
                lambda values, rates: prod(values) * 2,
            ),
            Mistake(
                "You counted the switch twice: the 1 in 1 + dropout_rates is its position 'off' already.",
                lambda values, rates: prod(values) * 2 * (1 + rates),
            ),
            Mistake(
                "len(values) is how many hyperparameters there are. How many values each of them has stands in the list.",
                lambda values, rates: len(values) * (1 + rates),
            ),
            Mistake(
                "You let the switch double everything, and so counted a model without dropout once for each rate. "
                "When the switch is off there is no rate to choose.",
                lambda values, rates: prod(values) * 2 * rates,
            ),
            Mistake(
                "You counted the models with dropout only. The switch can also be off.",
                lambda values, rates: prod(values) * rates,
            ),
            Mistake(
                "The switch has two positions, and yet only the position 'off' is a way of its own: "
                "'on' is not complete without a rate.",
                lambda values, rates: prod(values) * (2 + rates),
            ),
            Mistake(
                "You left the dropout branch out.",
                lambda values, rates: prod(values),
            ),
            Mistake(
                'Without dropout the other hyperparameters still have all their values. So "off" counts as one more '
                "thing to choose, beside the rates, and not as one more configuration.",
                lambda values, rates: prod(values) * rates + 1,
                lambda values, rates: prod(values) * rates + 2,
            ),
            Mistake(
                "You counted off and on, and then added the rates. Each rate goes with every choice of the others: 1 + rates "
                "ways through the branch, multiplied.",
                lambda values, rates: prod(values) * 2 + rates,
                lambda values, rates: prod(values) + prod(values) * 2 * rates,
            ),
        ),
    ),
    FunctionExercise(
        name="training_memory",
        title="Memory of a configuration",
        difficulty=2,
        minutes=6,
        points=2,
        hints=(
            "First the parameters: two dense layers, each with its biases.",
            "Each parameter, its gradient, and Adam's two averages: four numbers. How many bytes has one of them?",
        ),
        inputs=st.fixed_dictionaries(
            {"inputs": st.integers(1, 30), "units": st.integers(1, 30), "outputs": st.integers(1, 30)}
        ),
        solution=training_memory,
        mistakes=(
            Mistake(
                "These are the bytes of the parameters alone. Training keeps more numbers for each of them.",
                lambda i, u, o: 4 * (i * u + u + u * o + o),
            ),
            Mistake(
                "There are two numbers for each parameter in it. Training with Adam keeps four: which are missing?",
                lambda i, u, o: 8 * (i * u + u + u * o + o),
            ),
            Mistake(
                "Three numbers for each parameter is one too few. Count: the parameter, its gradient, and what Adam keeps.",
                lambda i, u, o: 12 * (i * u + u + u * o + o),
            ),
            Mistake(
                "This is a count of parameters. Wanted are bytes, and for all that training keeps.",
                lambda i, u, o: i * u + u + u * o + o,
            ),
            Mistake(
                "The biases are missing, of both layers.",
                lambda i, u, o: 16 * (i * u + u * o),
            ),
            Mistake(
                "This is 32 times the parameters. 32 bits are 4 bytes, and for each parameter there are four such numbers.",
                lambda i, u, o: 32 * (i * u + u + u * o + o),
            ),
            Mistake(
                "These are bits, and right. A byte has 8 of them.",
                lambda i, u, o: 128 * (i * u + u + u * o + o),
            ),
            Mistake(
                "The biases of one of the two layers are missing.",
                lambda i, u, o: 16 * (i * u + u + u * o),
                lambda i, u, o: 16 * (i * u + u * o + o),
            ),
            Mistake(
                "These are the bytes of the weights alone. The biases are missing, and what training keeps besides.",
                lambda i, u, o: 4 * (i * u + u * o),
            ),
            Mistake(
                "The biases are not right: a layer has one for each of its own units, not for each of its inputs.",
                lambda i, u, o: 16 * (i * u + i + u * o + u),
            ),
            Mistake(
                "The biases are not right: a layer has one for each of its units, not one in all.",
                lambda i, u, o: 16 * (i * u + 1 + u * o + 1),
            ),
            Mistake(
                "The second layer gets what the first one gives: its weights are units * outputs.",
                lambda i, u, o: 16 * (i * u + u + i * o + o),
            ),
            Mistake(
                "You divided by 8, or forgot that 32 bits are 4 bytes: there are four numbers of 4 bytes for each parameter.",
                lambda i, u, o: 4 * (i * u + u + u * o + o) / 8,
                lambda i, u, o: 16 * (i * u + u + u * o + o) / 8,
            ),
            Mistake(
                "The second layer is missing.",
                lambda i, u, o: 16 * (i * u + u),
            ),
            Mistake(
                "You multiplied all three sizes. Each layer has the product of its own inputs and units; add the two.",
                lambda i, u, o: 16 * (i * u * o + u + o),
                lambda i, u, o: 16 * i * u * o,
            ),
            Mistake(
                "The biases of the second layer are its own: one for each of the outputs.",
                lambda i, u, o: 16 * (i * u + u + u * o + u),
            ),
            Mistake(
                "You added three to the bytes. For each parameter there are three numbers more: multiply.",
                lambda i, u, o: 4 * (i * u + u + u * o + o) + 12,
                lambda i, u, o: 4 * (i * u + u + u * o + o + 3),
            ),
            Mistake(
                "Five numbers for each parameter are one too many. Count: the parameter, its gradient, and Adam's two.",
                lambda i, u, o: 20 * (i * u + u + u * o + o),
            ),
        ),
    ),
    FunctionExercise(
        name="hit_chance",
        title="The chance of a lucky hit",
        difficulty=2,
        minutes=6,
        points=2,
        hints=(
            "Ask the opposite: what is the chance that every single trial misses?",
            "One trial misses with the chance 1 - share. All of them miss with that number multiplied by itself, again and again.",
        ),
        inputs=st.fixed_dictionaries({"trials": st.integers(1, 60), "share": _SHARES}),
        solution=hit_chance,
        mistakes=(
            Mistake(
                "You added the chances up. For many trials that grows past 1, and no chance does: "
                "two trials can hit the same good region.",
                lambda n, q: n * q,
            ),
            Mistake(
                "You added the chances up and cut at 1. But even many trials can all miss.",
                lambda n, q: min(1.0, n * q),
            ),
            Mistake("This is the chance that all of them miss.", lambda n, q: (1 - q) ** n),
            Mistake("This is the chance that all of them hit. One is enough.", lambda n, q: q**n),
            Mistake(
                "1 minus the chance that all hit is the chance that at least one misses. Wanted: at least one hits.",
                lambda n, q: 1 - q**n,
            ),
            Mistake(
                "This is the chance of exactly one hit. Two or more are as welcome.",
                lambda n, q: n * q * (1 - q) ** (n - 1),
            ),
            Mistake(
                "This is the chance that the last trial hits and none before it. Earlier hits count as well.",
                lambda n, q: q * (1 - q) ** (n - 1),
            ),
            Mistake(
                "All of them miss: that is 1 - share multiplied by itself, again and again, not 1 - share times trials.",
                lambda n, q: 1 - (1 - q) * n,
            ),
            Mistake(
                "That is for one trial fewer. All `trials` of them have a chance to hit.",
                lambda n, q: 1 - (1 - q) ** (n - 1),
            ),
            Mistake(
                "Right, in percent. A chance is asked for as a number from 0 to 1.",
                lambda n, q: 100 * (1 - (1 - q) ** n),
            ),
            Mistake(
                "Right, until you rounded it. Hand in all the digits.",
                lambda n, q: round(1 - (1 - q) ** n, 2),
            ),
            Mistake("This is the chance of a single trial. There are several.", lambda n, q: q),
            Mistake(
                "A chance lies between 0 and 1. Python multiplies before it subtracts: for percent, put parentheses "
                "around the difference; but none are asked for.",
                lambda n, q: 1 - (1 - q) ** n * 100,
            ),
        ),
    ),
    FunctionExercise(
        name="bracket_epochs",
        title="What a bracket costs",
        difficulty=3,
        minutes=10,
        points=3,
        hints=(
            "Go round by round. In the first one every model trains from 0 to `epochs`.",
            "In each later round fewer models go on, and each trains only the difference to what it has behind it.",
        ),
        inputs=st.integers(2, 4).flatmap(
            lambda factor: st.integers(1, 4).flatmap(
                lambda rounds: st.fixed_dictionaries(
                    {
                        "models": st.integers(1, 9).map(lambda end: end * factor ** (rounds - 1)),
                        "epochs": st.integers(1, 9),
                        "factor": st.just(factor),
                        "rounds": st.just(rounds),
                    }
                )
            )
        ),
        solution=bracket_epochs,
        mistakes=(
            Mistake(
                "Every round costs as much as the first in your answer. Later rounds have fewer models, and these train only "
                "the epochs that they have not behind them yet.",
                lambda models, epochs, factor, rounds: models * epochs * rounds,
            ),
            Mistake(
                "That is the epoch at which the last round ends. Wanted are the epochs of all models together.",
                lambda models, epochs, factor, rounds: epochs * factor ** (rounds - 1),
            ),
            Mistake(
                "You let all models go on. After each round only one in `factor` stays.",
                lambda models, epochs, factor, rounds: models * epochs * factor ** (rounds - 1),
            ),
            Mistake(
                "models times epochs is the price of the first round. Each later one costs something too.",
                lambda models, epochs, factor, rounds: models * epochs,
            ),
            Mistake(
                "The last round is missing.",
                lambda models, epochs, factor, rounds: bracket_epochs(models, epochs, factor, rounds - 1),
            ),
            Mistake(
                "You counted one round too many: the first is one of the `rounds`.",
                lambda models, epochs, factor, rounds: bracket_epochs(models, epochs, factor, rounds + 1),
                lambda models, epochs, factor, rounds: (
                    bracket_epochs(models, epochs, factor, rounds)
                    + models // factor**rounds * epochs * (factor**rounds - factor ** (rounds - 1))
                ),
            ),
            Mistake(
                "You took off what the first round trained, each time. Who reaches the third round has more than "
                "that behind it: all epochs up to the end of the second.",
                lambda models, epochs, factor, rounds: (
                    models * epochs
                    + sum(models / factor**r * epochs * (factor**r - 1) for r in range(1, rounds))
                ),
            ),
            Mistake(
                "You let each later round train the same number of further epochs. Each ends at `factor` times the "
                "epochs at which the one before it ended, so the further epochs grow as well.",
                lambda models, epochs, factor, rounds: (
                    models * epochs
                    + sum(models / factor**r * epochs * (factor - 1) for r in range(1, rounds))
                ),
            ),
            Mistake(
                "You trained the later rounds no longer than the first. Who stays gets `factor` times as many epochs.",
                lambda models, epochs, factor, rounds: (
                    sum(models // factor**r for r in range(rounds)) * epochs
                ),
            ),
            Mistake(
                "You counted how many models were trained, not for how many epochs.",
                lambda models, epochs, factor, rounds: sum(models // factor**r for r in range(rounds)),
            ),
            Mistake(
                "You added `factor` to the epochs. Who stays gets `factor` times as many.",
                lambda models, epochs, factor, rounds: (
                    models * epochs + sum(models // factor**r * factor for r in range(1, rounds))
                ),
                lambda m, e, f, r: sum(m // f**k * (e + k * f) for k in range(r)),
            ),
            Mistake(
                "You took `factor` models away after each round. One in `factor` stays: divide.",
                lambda models, epochs, factor, rounds: (
                    models * epochs
                    + sum(
                        (models - factor * r) * epochs * (factor**r - factor ** (r - 1))
                        for r in range(1, rounds)
                    )
                ),
            ),
            Mistake(
                "With you one in `factor` leaves. One in `factor` stays.",
                _one_leaves,
            ),
            Mistake(
                "The further epochs of a round are factor - 1 times all that is behind the models by then. Keep apart what "
                "they have behind them and what they train next.",
                lambda models, epochs, factor, rounds: sum(
                    models // factor**r * epochs * (factor - 1) ** r for r in range(rounds)
                ),
            ),
            Mistake(
                "You wrote down two rounds. There are `rounds` of them: go through them in a loop.",
                lambda m, e, f, r: m * e + m // f * e * f,
                lambda m, e, f, r: m * e + m // f * e * (f - 1),
            ),
            Mistake(
                "Those who stay have the epochs of the round before behind them, not the sum of all rounds' ends.",
                _ends_added_up,
            ),
        ),
    ),
    ValueExercise(
        name="spoils_the_test",
        title="Who has touched the test set?",
        difficulty=2,
        minutes=5,
        points=1,
        hints=(
            "Ask of each: has anything that was chosen or trained depended on the test set?",
            "Four of the seven spoil it. One of them has nothing to do with choosing.",
        ),
        solution=spoils_the_test,
        mistakes=(
            *(Mistake(reason, _thinking(name)) for name, reason in _REASONS.items()),
            *(
                Mistake(
                    f"{_REASONS[first]} And one other of the seven is not right yet.",
                    *(_thinking(first, second) for second in [*_REASONS][place + 1 :]),
                )
                for place, first in enumerate([*_REASONS][:-1])
            ),
            Mistake(
                "You have them the other way round: True is for what spoils the test set.",
                _thinking(*spoils_the_test()),
            ),
            Mistake(
                "Not everything spoils it. Look for the ones in which the test set is not asked, or asked when there is "
                "nothing left to choose.",
                lambda: dict.fromkeys(spoils_the_test(), True),
            ),
            Mistake(
                "Some of them do. Look for the ones in which something is chosen, or learned, by the test set.",
                lambda: dict.fromkeys(spoils_the_test(), False),
            ),
        ),
    ),
    ModelExercise(
        name="small_guesser",
        title="Find a model under a budget",
        difficulty=3,
        minutes=20,
        points=4,
        hints=(
            "How many hidden units fit into the budget? Each brings 201 weights in, 1 bias and 67 weights out.",
            "Search the learning rate between 0.001 and 0.1 on a logarithmic scale, with a few epochs for each.",
            "Past a certain point no learning rate helps: the 40 stories are learned by heart. stories.write makes more.",
        ),
        input_shape=(201,),
        output_shape=(67,),
        requirements=(_budget_problem, _probability_problem, _loss_problem),
        solution=small_guesser,
        mistakes=(
            Mistake("Your model has 8,675 parameters", lambda: _guesser(32)),
            Mistake("End your model with a softmax", lambda: _guesser(16, softmax=False)),
            Mistake("this model knows nothing of the stories. Was it fitted to them?", lambda: _guesser(16)),
            Mistake(
                "It has learned a little: look at the learning rate and the number of epochs first.",
                lambda: _guesser(16, texts=40, rate=0.0005),
            ),
            Mistake(
                "It is on its way: is the learning rate the best you can find, and are 40 stories enough?",
                lambda: _guesser(8, texts=30, rate=0.01),
            ),
            Mistake(
                "it has learned them by heart. More stories, or fewer epochs?",
                lambda: _guesser(18, texts=40, rate=0.03, epochs=30),
            ),
            Mistake(
                "For each example your model gives shape (201,); (67,) is asked for.",
                lambda: keras.Sequential(
                    [keras.Input((201,)), keras.layers.Dense(201, activation="softmax")]
                ),
            ),
        ),
    ),
)
