"""Lesson 01, ten parameters: counting dense layers, being one, and telling parameters apart."""

from itertools import pairwise
from math import prod

import keras
import numpy as np
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from utils.counting import count
from utils.exercises.declare import Exercise, FunctionExercise, Mistake, ModelExercise, ValueExercise


def taxi():
    # From 2 to 5 kilometres are 3 kilometres more and 15 - 9 = 6 more to pay: 2 for each.
    # Two kilometres cost 2 * 2 = 4, and the receipt says 9, so 5 are for getting in.
    return [2, 5]


def dense_parameters(inputs, units, use_bias):
    weights = inputs * units
    biases = units if use_bias else 0
    return weights + biases


def dense_by_hand(x, weights, biases):
    return np.maximum(x @ weights + biases, 0)


def network_parameters(sizes):
    total = 0
    for inputs, units in zip(sizes, sizes[1:]):
        total += inputs * units + units
    return total


def is_parameter():
    return {
        "a weight of the first layer": True,
        "the bias of an output unit": True,
        "the learning rate": False,
        "the number of epochs": False,
        "the number of hidden units": False,
        "one of the four inputs": False,
    }


def hundred():
    # One hidden layer of h units has (4h + h) + (2h + 2) = 7h + 2 parameters; 7 * 14 + 2 = 100.
    return keras.Sequential([keras.Input((4,)), keras.layers.Dense(14), keras.layers.Dense(2)])


def _believing(*names):
    """The answers of somebody who takes these for parameters, or these parameters for none."""
    right = is_parameter()
    return lambda: right | {name: not right[name] for name in names}


@st.composite
def _row_and_layer(draw):
    """x, weights and biases whose shapes fit."""
    numbers = st.integers(-9, 9).map(float)
    inputs, units = draw(st.integers(1, 5)), draw(st.integers(1, 5))
    return {
        "x": draw(arrays(float, (inputs,), elements=numbers)),
        "weights": draw(arrays(float, (inputs, units), elements=numbers)),
        "biases": draw(arrays(float, (units,), elements=numbers)),
    }


def _count_problem(model):
    parameters = count(model)
    if parameters == 100:
        return None
    off = f"{abs(parameters - 100)} too {'many' if parameters > 100 else 'few'}"
    return (
        f"Your model has {parameters} parameters, {off}. "
        "How many does one hidden unit bring, with its weights in and out and its bias?"
    )


EXERCISES: tuple[Exercise, ...] = (
    ValueExercise(
        name="taxi",
        title="The taxi's two numbers",
        difficulty=1,
        minutes=3,
        points=1,
        hints=(
            "Compare two receipts: what do the extra kilometres cost?",
            "3 kilometres more cost 6 more. What is left of the 9 when two kilometres are paid?",
        ),
        solution=taxi,
        mistakes=(
            Mistake(
                "With 3 a kilometre and 3 for getting in the first receipt fits, and the second would be 18, not 15. "
                "The pair must fit all three.",
                lambda: [3, 3],
            ),
            Mistake(
                "3 a kilometre fits the second receipt alone: with nothing for getting in, the first would be 6, not 9.",
                lambda: [3, 0],
            ),
            Mistake(
                "2.5 a kilometre fits the third receipt alone: with nothing for getting in, the first would be 5, not 9.",
                lambda: [2.5, 0],
            ),
            Mistake(
                "The price of a kilometre is right. With 4 for getting in the first receipt would be 8, not 9.",
                lambda: [2, 4],
            ),
            Mistake(
                "These are the right numbers in the other order: the price of a kilometre comes first.",
                lambda: [5, 2],
            ),
            Mistake(
                "9 divided by 2 would be the price of a kilometre if getting in were free. "
                "Try it on the second receipt: it does not fit.",
                lambda: [4.5, 0],
            ),
            Mistake(
                "The price of a kilometre is right, but 9 is what the whole first ride costs, with its two kilometres.",
                lambda: [2, 9],
            ),
            Mistake(
                "With 1 a kilometre this fits a single receipt: the first would be 17, not 9. The pair must fit all three.",
                lambda: [1, 15],
            ),
            Mistake(
                "With 1 a kilometre this fits a single receipt: the first would be 12, not 9. The pair must fit all three.",
                lambda: [1, 10],
            ),
            Mistake(
                "The price of a kilometre is right. But if getting in were free, the first ride would cost 4, not 9.",
                lambda: [2, 0],
            ),
            Mistake(
                "The price of a kilometre is right. Two kilometres cost 4: what is left of the 9 on the first receipt?",
                *(lambda b=b: [2, b] for b in (1, 3, 6, 7, 11, -5)),
            ),
            Mistake(
                "5 is what getting in costs, the second number. What is the price of a kilometre, so the first one?",
                lambda: [5, 0],
                lambda: [5, 5],
                lambda: [5, 9],
            ),
            Mistake(
                "These are kilometres and price as they stand on a receipt. The two parameters are asked for: what a "
                "kilometre costs, and what getting in costs.",
                *(lambda a=a, b=b: [a, b] for a, b in [(3, 6), (3, 9), (5, 15), (10, 25)]),
            ),
            Mistake(
                "These two fit the first receipt and no other. The two numbers must fit all three: what do the "
                "3 kilometres between the first and the second ride cost?",
                *(lambda a=a: [a, 9 - 2 * a] for a in (1, 1.5, 2.5, 3.5, 4)),
            ),
            Mistake(
                "From the first receipt to the second, the price rises by 6 for 3 more kilometres. You took one number "
                "for the other somewhere: 6 is not yet the price of one kilometre.",
                *(lambda b=b: [6, b] for b in (-3, 0, 3, 5, 9)),
            ),
            Mistake(
                "These two fit the third receipt and no other. The pair must fit all three: what do the 3 kilometres "
                "between the first and the second ride cost?",
                *(lambda a=a: [a, 25 - 10 * a] for a in (0.5, 1.25, 1.5, 3, 4, 5)),
            ),
            Mistake(
                "These two fit the second receipt and no other. The pair must fit all three: what do the 3 kilometres "
                "between the first and the second ride cost?",
                *(lambda a=a: [a, 15 - 5 * a] for a in (1.5, 2.5, 4, 5)),
            ),
        ),
    ),
    FunctionExercise(
        name="dense_parameters",
        title="Count any dense layer",
        difficulty=1,
        minutes=5,
        points=1,
        hints=(
            "Each unit has a weight for each input. How many weights are there in all?",
            "inputs * units weights; and when use_bias is True, how many biases does one unit have?",
        ),
        inputs=st.fixed_dictionaries(
            {"inputs": st.integers(1, 50), "units": st.integers(1, 50), "use_bias": st.booleans()}
        ),
        solution=dense_parameters,
        mistakes=(
            Mistake(
                "You add the biases when use_bias is False, and leave them out when it is True.",
                lambda i, u, b: i * u + (0 if b else u),
            ),
            Mistake(
                "You counted the weights. Each unit also has one bias, when use_bias is True.",
                lambda i, u, b: i * u,
            ),
            Mistake(
                "You added a single bias for the whole layer. Each unit has a bias of its own.",
                lambda i, u, b: i * u + (1 if b else 0),
                lambda i, u, b: i * u + 1,
            ),
            Mistake(
                "Without biases the weights are still there: when use_bias is False your answer is 0. In "
                "`a + b if use_bias else 0` the `if` decides about the whole sum; put parentheses around the last part.",
                lambda i, u, b: i * u + u if b else 0,
            ),
            Mistake(
                "You added a bias for each input. Biases belong to the units: one for each output.",
                lambda i, u, b: i * u + (i if b else 0),
                lambda i, u, b: i * u + i,
            ),
            Mistake(
                "You always add the biases. When use_bias is False there are none.", lambda i, u, b: i * u + u
            ),
            Mistake(
                "You counted a bias for each input and for each unit. Only the units have biases.",
                lambda i, u, b: (i + 1) * (u + 1) - 1 if b else i * u,
                lambda i, u, b: i * u + i + u,
            ),
            Mistake(
                "A unit has one bias, not two.",
                lambda i, u, b: i * u + 2 * u if b else i * u,
            ),
            Mistake(
                "You took the biases away. They are parameters too, and come on top of the weights.",
                lambda i, u, b: i * u - (u if b else 0),
            ),
            Mistake(
                "With use_bias=True your number is right. Without biases you added one for each input; then only the "
                "weights are left.",
                lambda i, u, b: (i + 1) * u if b else i * (u + 1),
            ),
            Mistake(
                "** is a power. Each unit has a weight for each input: multiply.",
                lambda i, u, b: i**u + (u if b else 0),
                lambda i, u, b: i**u,
            ),
            Mistake(
                "You doubled the weights for the biases. A unit has as many weights as there are inputs, and one bias.",
                lambda i, u, b: 2 * i * u if b else i * u,
            ),
            Mistake(
                "You added inputs and units. Every input is connected with every unit, so multiply them.",
                lambda i, u, b: i + u + (u if b else 0),
                lambda i, u, b: i + u,
            ),
            Mistake(
                "Biases are like the weights of one more input that is always 1: (inputs + 1) * units. The units do not "
                "become more.",
                lambda n, u, b: (n + 1) * (u + 1) if b else n * u,
                lambda n, u, b: (n + 1) * (u + 1),
            ),
            Mistake(
                "Without biases you kept only a part of the weights. They are there either way: inputs * units of them.",
                lambda inputs, units, use_bias: (inputs + 1) * units if use_bias else inputs,
                lambda inputs, units, use_bias: (inputs + 1) * units if use_bias else units,
            ),
        ),
    ),
    FunctionExercise(
        name="dense_by_hand",
        title="Be the layer",
        difficulty=2,
        minutes=8,
        points=2,
        hints=(
            "Three steps in this order: multiply and add up, add the biases, cut off at zero.",
            "x @ weights has one number for each unit, just like biases: the two can be added.",
        ),
        inputs=_row_and_layer(),
        solution=dense_by_hand,
        mistakes=(
            Mistake(
                "np.max picks the one largest number of all; np.maximum compares each number with 0.",
                lambda x, w, b: np.max(x @ w + b, 0),
            ),
            Mistake(
                "You added the units together. Each unit keeps a sum of its own: x @ weights has one for each.",
                lambda x, w, b: np.maximum((x @ w).sum() + b, 0),
            ),
            Mistake(
                "The ReLU is missing: negative outputs should become 0.",
                lambda x, w, b: x @ w + b,
                worth=0.5,
            ),
            Mistake(
                "The biases are missing: add them before the ReLU.", lambda x, w, b: np.maximum(x @ w, 0)
            ),
            Mistake(
                "You added the biases after the ReLU; they come before it.",
                lambda x, w, b: np.maximum(x @ w, 0) + b,
            ),
            Mistake("You subtracted the biases; they are added.", lambda x, w, b: np.maximum(x @ w - b, 0)),
            Mistake(
                "max() and `if` ask about a single number, and here there is one for each unit. np.maximum(values, 0) "
                "compares each of them with 0.",
                lambda x, w, b: max(x @ w + b, 0),
            ),
            Mistake(
                "weights @ x reads the matrix the other way round, as rows of units. In Keras the inputs are the rows, "
                "and x stands on the left.",
                lambda x, w, b: np.maximum(w @ x + b, 0),
                lambda x, w, b: w @ x + b,
            ),
            Mistake(
                "* multiplies entry by entry and adds nothing up. x @ weights does both.",
                lambda x, w, b: np.maximum(x * w + b, 0),
            ),
            Mistake(
                "You cut off the inputs. They go into the layer as they are; ReLU comes last, after the biases.",
                lambda x, w, b: np.maximum(x, 0) @ w + b,
                lambda x, w, b: np.maximum(np.maximum(x, 0) @ w + b, 0),
            ),
            Mistake(
                "np.maximum(sums, biases) takes the larger of the two. The biases are added first; then 0 is what "
                "the sums are compared with.",
                lambda x, w, b: np.maximum(x @ w, b),
            ),
            Mistake(
                "You applied ReLU to the sums and to the biases, each alone. Add the two first: a negative bias can "
                "still push a positive sum down.",
                lambda x, w, b: np.maximum(x @ w, 0) + np.maximum(b, 0),
            ),
            Mistake(
                "The biases are added to the weights here, so that each is multiplied by the inputs too. A bias is "
                "added once, after the sum.",
                lambda x, w, b: np.maximum(x @ (w + b), 0),
                lambda x, w, b: x @ (w + b),
            ),
            Mistake(
                "You multiplied by the biases; they are added.",
                lambda x, w, b: np.maximum(x @ w * b, 0),
                lambda x, w, b: x @ w * b,
            ),
            Mistake(
                "This says whether each sum is above zero. ReLU gives the sum itself there.",
                lambda x, w, b: (x @ w + b > 0) * 1.0,
            ),
            Mistake(
                "You added up the outputs of all units. A layer gives one number for each unit.",
                lambda x, w, b: np.maximum(x @ w + b, 0).sum(),
                lambda x, w, b: (x @ w + b).sum(),
                lambda x, w, b: max((x @ w + b).sum(), 0),
            ),
            Mistake(
                "This is the sigmoid of lesson 02. ReLU turns negative values into 0 and leaves the others alone.",
                lambda x, w, b: 1 / (1 + np.exp(-(x @ w + b))),
            ),
            Mistake(
                "You made negative outputs positive. ReLU makes them 0.",
                lambda x, w, b: np.abs(x @ w + b),
            ),
            Mistake(
                "All the biases together are added to every unit. Each unit has one of its own.",
                lambda x, w, b: np.maximum(x @ w + b.sum(), 0),
            ),
            Mistake(
                "This cuts off the positive side: np.minimum keeps what np.maximum should remove.",
                lambda x, w, b: np.minimum(x @ w + b, 0),
            ),
            Mistake(
                "You wrote four inputs and two units into your function. There may be more or fewer: x @ weights goes by "
                "the arrays' own shapes.",
                lambda x, w, b: [max(0, sum(x[i] * w[i, k] for i in range(4)) + b[k]) for k in range(2)],
            ),
            Mistake(
                "You kept the largest output only. np.maximum compares each of them with 0 and gives a number for "
                "each unit.",
                lambda x, w, b: max(0, (x @ w + b).max()),
            ),
            Mistake(
                "The ReLU keeps what is above 0, and 0 else. First add the biases, then compare with 0, not with a bias.",
                lambda x, w, b: np.maximum(x @ w, -b),
            ),
        ),
    ),
    FunctionExercise(
        name="network_parameters",
        title="Count any network of dense layers",
        difficulty=2,
        minutes=8,
        points=2,
        hints=(
            "Each pair of neighbours in the list is one layer: 4 and 3, then 3 and 2.",
            "zip(sizes, sizes[1:]) gives these pairs. Add up inputs * units + units for each.",
        ),
        inputs=st.fixed_dictionaries({"sizes": st.lists(st.integers(1, 20), min_size=2, max_size=6)}),
        solution=network_parameters,
        mistakes=(
            Mistake(
                "You have the last layer only. Add up all of them: total += ...",
                lambda s: s[-2] * s[-1] + s[-1],
            ),
            Mistake(
                "The last layer is missing. A list of n numbers describes n - 1 layers.",
                lambda s: sum(a * b + b for a, b in pairwise(s[:-1])),
            ),
            Mistake(
                "The inputs of a layer are the outputs of the layer before it. Only the first layer sees the first inputs.",
                lambda s: sum(s[0] * b + b for b in s[1:]),
            ),
            Mistake(
                "You added a single bias for each layer. Each unit has a bias of its own.",
                lambda s: sum(a * b + 1 for a, b in pairwise(s)),
            ),
            Mistake(
                "You added a bias for each input of a layer. Biases belong to its units.",
                lambda s: sum(a * b + a for a, b in pairwise(s)),
            ),
            Mistake(
                "You counted the weights; every unit of every layer also has a bias.",
                lambda s: sum(a * b for a, b in pairwise(s)),
            ),
            Mistake(
                "The inputs are not units: they have no biases. Only the layers after them do.",
                lambda s: sum(a * b for a, b in pairwise(s)) + sum(s),
            ),
            Mistake(
                "Only the last layer's biases are in your count. Hidden units have biases too.",
                lambda s: sum(a * b for a, b in pairwise(s)) + s[-1],
            ),
            Mistake(
                "The output units' biases are missing. They are units like the hidden ones.",
                lambda s: sum(a * b for a, b in pairwise(s)) + sum(s[1:-1]),
                worth=0.5,
            ),
            Mistake(
                "You counted the first layer only. Each further number in the list is a layer too. (Is the return "
                "inside the loop?)",
                lambda s: s[0] * s[1] + s[1],
            ),
            Mistake(
                "You counted a bias for each input of a layer and for each of its units. Only units have biases.",
                lambda s: sum(a * b + a + b for a, b in pairwise(s)),
            ),
            Mistake(
                "You took the numbers two by two, and left every second layer out: 4 and 3 are one layer, 3 and 2 the next.",
                lambda s: sum(s[i] * s[i + 1] + s[i + 1] for i in range(0, len(s) - 1, 2)),
            ),
            Mistake(
                "The first layer is missing: it lies between sizes[0] and sizes[1].",
                lambda s: sum(a * b + b for a, b in pairwise(s[1:])),
            ),
            Mistake(
                "sizes[i - 1] with i = 0 is sizes[-1], the last entry of the list, so you counted a layer from the end "
                "to the beginning. Let i begin at 1.",
                lambda s: sum(s[i - 1] * s[i] + s[i] for i in range(len(s))),
            ),
            Mistake(
                "You multiplied all the numbers with each other. Only neighbours in the list are connected: "
                "multiply each two of them, and add.",
                lambda s: prod(s) + sum(s[1:]),
                lambda s: prod(s),
            ),
            Mistake(
                "You added up the units, which gives the biases. The weights are missing: each layer has "
                "inputs * units of them.",
                lambda s: sum(s[1:]),
                lambda s: sum(s),
            ),
            Mistake(
                "You wrote down two layers, for three sizes. The list may be longer or shorter: go through it in a loop.",
                lambda sizes: sizes[0] * sizes[1] + sizes[1] + sizes[1] * sizes[2] + sizes[2],
            ),
            Mistake(
                "Your index runs past the end of the list. The last layer lies between the last two numbers: n sizes "
                "make n - 1 layers, so range(len(sizes) - 1).",
                lambda s: sum(s[k] * s[k + 1] + s[k + 1] for k in range(len(s))),
            ),
            Mistake(
                "You went from the inputs to the outputs in one layer. Those between are layers too: go through the list.",
                lambda s: (s[0] + 1) * s[-1],
                lambda s: s[0] * s[-1],
            ),
        ),
    ),
    ValueExercise(
        name="is_parameter",
        title="Parameter or not",
        difficulty=2,
        minutes=4,
        points=1,
        hints=("Ask of each: is it kept in the model, for training to set?", "Two of the six are."),
        solution=is_parameter,
        mistakes=(
            Mistake(
                "You have it the other way round: True is for what training sets.",
                _believing(*is_parameter()),
            ),
            Mistake(
                "The learning rate says how large the steps of training are. Training does not change it: you chose it.",
                _believing("the learning rate"),
            ),
            Mistake(
                "How often to go through the data is decided before the training starts.",
                _believing("the number of epochs"),
            ),
            Mistake(
                "The number of hidden units decides how many parameters there are. It is not itself one: training never adds a unit.",
                _believing("the number of hidden units"),
            ),
            Mistake(
                "Inputs come with each example and are different each time. Parameters stay with the model.",
                _believing("one of the four inputs"),
            ),
            Mistake("A bias is learned just as the weights are.", _believing("the bias of an output unit")),
            Mistake(
                "Learning rate, epochs and units are chosen by a person before the training: hyperparameters. Training changes none of them.",
                _believing("the learning rate", "the number of epochs", "the number of hidden units"),
            ),
        ),
    ),
    ModelExercise(
        name="hundred",
        title="Exactly one hundred",
        difficulty=3,
        minutes=10,
        points=3,
        hints=(
            "Try one hidden layer first. How many parameters does each of its units bring, counting both sides?",
            "A hidden unit brings 4 weights in, 1 bias and 2 weights out: 7. The output units bring 2 biases.",
        ),
        input_shape=(4,),
        output_shape=(2,),
        requirements=(_count_problem,),
        solution=hundred,
        mistakes=(
            Mistake(
                "Your model has 98 parameters",
                lambda: keras.Sequential(
                    [keras.Input((4,)), keras.layers.Dense(14), keras.layers.Dense(2, use_bias=False)]
                ),
            ),
            Mistake(
                "For each example your model gives shape (20,); (2,) is asked for.",
                lambda: keras.Sequential([keras.Input((4,)), keras.layers.Dense(20)]),
            ),
            Mistake(
                "Your model has no parameters yet",
                lambda: keras.Sequential([keras.layers.Dense(14), keras.layers.Dense(2)]),
            ),
            Mistake(
                "Your model does not take an input of shape (4,).",
                lambda: keras.Sequential([keras.Input((49,)), keras.layers.Dense(2)]),
            ),
        ),
    ),
)
