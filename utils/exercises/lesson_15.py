"""Lesson 15, other tuners: a space that depends on answers, TPE, pruning, checkpoints, halving, a Trainer."""

from math import ceil, exp
from statistics import mean, median

import numpy as np
from hypothesis import strategies as st

from utils.exercises.declare import Exercise, FunctionExercise, Mistake


def largest_second(budget, inputs, first, outputs):
    spent = inputs * first + first
    # Each unit of the second layer costs `first` weights, a bias, and a weight to each output.
    left = budget - spent - outputs
    return max(0, left // (first + 1 + outputs))


def median_stops(others, losses):
    step = len(losses) - 1
    there = sorted(one[step] for one in others)
    half = len(there) // 2
    middle = there[half] if len(there) % 2 else (there[half - 1] + there[half]) / 2
    # The best loss of this trial so far, against the middle one of the others at the same step.
    return min(losses) > middle


def tpe_pick(candidates, good, bad, width):
    def density(x, centres):
        return sum(np.exp(-(((x - c) / width) ** 2) / 2) for c in centres) / len(centres)

    return max(candidates, key=lambda x: density(x, good) / density(x, bad))


def may_go_on(losses, promoted, factor):
    order = sorted(range(len(losses)), key=lambda trial: losses[trial])
    best = order[: len(losses) // factor]
    return sorted(trial for trial in best if trial not in promoted)


def epochs_computed(epochs, every, dies_after):
    saved = dies_after // every * every
    # What was trained before the death, and then all from the last checkpoint on.
    return dies_after + (epochs - saved)


def labels(tokens, start, end):
    # Each label stands at the place of its own token; the model's loss compares it with the guess before it.
    return [token if start <= place < end else -100 for place, token in enumerate(tokens)]


def optimizer_steps(texts, batch, accumulation, epochs):
    batches = -(-texts // batch)
    # What is left over at an epoch's end makes a last, smaller batch, and a last, smaller group of batches.
    return epochs * -(-batches // accumulation)


def _median_of(others, losses, own, at=None):
    step = len(losses) - 1 if at is None else at
    return own > median(one[step] for one in others)


def _dense(x, centres, width):
    return sum(exp(-(((x - c) / width) ** 2) / 2) for c in centres) / len(centres)


def _picked(choose):
    """The mistake that takes the candidate with the largest of this: choose(x, good, bad, width)."""

    def pick(candidates, good, bad, width):
        return max(candidates, key=lambda x: choose(x, good, bad, width))

    return pick


def _promoted_all(losses, promoted, factor):
    order = sorted(range(len(losses)), key=lambda trial: losses[trial])
    return sorted(order[: len(losses) // factor])


def _promoted_up(losses, promoted, factor):
    order = sorted(range(len(losses)), key=lambda trial: losses[trial])
    best = order[: ceil(len(losses) / factor)]
    return sorted(trial for trial in best if trial not in promoted)


def _promoted_of_rest(losses, promoted, factor):
    rest = [trial for trial in range(len(losses)) if trial not in promoted]
    return sorted(sorted(rest, key=lambda trial: losses[trial])[: len(losses) // factor])


def _promoted_worst(losses, promoted, factor):
    order = sorted(range(len(losses)), key=lambda trial: -losses[trial])
    return sorted(trial for trial in order[: len(losses) // factor] if trial not in promoted)


def _promoted_losses(losses, promoted, factor):
    return [losses[trial] for trial in may_go_on(losses, promoted, factor)]


def _curves(draw):
    steps = draw(st.integers(1, 4))
    loss = st.integers(1, 40).map(lambda tenths: tenths / 10)
    others = draw(st.lists(st.lists(loss, min_size=steps, max_size=steps + 2), min_size=1, max_size=5))
    losses = draw(st.lists(loss, min_size=steps, max_size=steps))
    if draw(st.booleans()):
        # One of the others went wild, and this trial is near the middle: where a mean would mislead.
        others = [*others, others[-1], [10 * number for number in others[0]]]
        near = median(one[steps - 1] for one in others) + draw(st.sampled_from([0.25, 0, -0.25, 0.5]))
        losses = [max(near, 0.05), *(number for number in losses[1:] if number > near)]
        losses += [losses[0] + 1] * (steps - len(losses))
    return {"others": others, "losses": losses}


def _rung(draw):
    count = draw(st.integers(1, 10))
    losses = [
        number / 10
        for number in draw(st.lists(st.integers(1, 99), min_size=count, max_size=count, unique=True))
    ]
    promoted = draw(st.lists(st.integers(0, count - 1), unique=True, max_size=2))
    return {"losses": losses, "promoted": sorted(promoted), "factor": draw(st.integers(2, 4))}


def _densities(draw):
    place = st.integers(-8, 8).map(lambda halves: halves / 2)
    return {
        "candidates": draw(st.lists(place, min_size=2, max_size=4, unique=True)),
        "good": draw(st.lists(place, min_size=1, max_size=3)),
        "bad": draw(st.lists(place, min_size=2, max_size=5)),
        "width": draw(st.sampled_from([1.0, 2.0])),
    }


def _clear(case):
    """Whether the two best candidates differ by more than rounding."""
    ratios = sorted(
        _dense(x, case["good"], case["width"]) / _dense(x, case["bad"], case["width"])
        for x in case["candidates"]
    )
    return ratios[-1] > 1.001 * ratios[-2]


def _conversation(draw):
    start, answer, filled = draw(st.integers(1, 4)), draw(st.integers(2, 4)), draw(st.integers(0, 3))
    words = draw(st.lists(st.integers(3, 99), min_size=start + answer, max_size=start + answer))
    return {"tokens": words + [0] * filled, "start": start, "end": start + answer}


def _death(draw):
    epochs = draw(st.integers(2, 30))
    return {
        "epochs": epochs,
        "every": draw(st.integers(1, 8)),
        "dies_after": draw(st.integers(1, epochs - 1)),
    }


EXERCISES: tuple[Exercise, ...] = (
    FunctionExercise(
        name="largest_second",
        title="What the budget leaves",
        difficulty=2,
        minutes=8,
        points=2,
        hints=(
            "Write down all three layers' parameters with a letter for the second width, biases too. Which terms "
            "have the letter in them?",
            "The second width s brings first · s weights, s biases and s · outputs weights. What is left for these "
            "is the budget without inputs · first + first and without the outputs' biases.",
        ),
        inputs=st.fixed_dictionaries(
            {
                "budget": st.integers(50, 9_000),
                "inputs": st.integers(1, 201),
                "first": st.integers(1, 40),
                "outputs": st.integers(1, 67),
            }
        ),
        solution=largest_second,
        mistakes=(
            Mistake(
                "You forgot the biases. Each unit of each of the three layers has one.",
                lambda budget, inputs, first, outputs: max(0, (budget - inputs * first) // (first + outputs)),
            ),
            Mistake(
                "The second layer's units are connected to the outputs too: each of them brings a weight to each "
                "output.",
                lambda budget, inputs, first, outputs: max(
                    0, (budget - inputs * first - first - outputs) // (first + 1)
                ),
                lambda budget, inputs, first, outputs: max(
                    0, (budget - inputs * first - first) // (first + 1)
                ),
            ),
            Mistake(
                "The outputs have biases as well, one each, and these are spent whatever the second width is.",
                lambda budget, inputs, first, outputs: max(
                    0, (budget - inputs * first - first) // (first + 1 + outputs)
                ),
            ),
            Mistake(
                "Where the first layer leaves nothing, the answer is 0: there is no layer of a negative width.",
                lambda budget, inputs, first, outputs: (
                    (budget - inputs * first - first - outputs) // (first + 1 + outputs)
                ),
            ),
            Mistake(
                "A width is a whole number, rounded down: with one unit more the net would be over the budget.",
                lambda budget, inputs, first, outputs: max(
                    0.0, (budget - inputs * first - first - outputs) / (first + 1 + outputs)
                ),
                lambda budget, inputs, first, outputs: max(
                    0, ceil((budget - inputs * first - first - outputs) / (first + 1 + outputs))
                ),
            ),
        ),
    ),
    FunctionExercise(
        name="tpe_pick",
        title="Where TPE looks next",
        difficulty=3,
        minutes=12,
        points=3,
        hints=(
            "Write a function that gives the height of one of the two curves at x: a bell over each of its trials, "
            "and their mean. The bell over c has the height exp(-((x - c) / width)² / 2).",
            "For each candidate divide the height of the good curve by that of the bad one, and return the candidate "
            "with the largest ratio: max(candidates, key=...).",
        ),
        inputs=st.composite(_densities)().filter(_clear),
        solution=tpe_pick,
        mistakes=(
            Mistake(
                "You looked at the good trials alone. A place where there are as many bad trials as good ones "
                "promises nothing: divide by the height of the bad curve.",
                _picked(lambda x, good, bad, width: _dense(x, good, width)),
            ),
            Mistake(
                "You only kept away from the bad trials. Look for where the good ones are, too.",
                _picked(lambda x, good, bad, width: -_dense(x, bad, width)),
            ),
            Mistake(
                "You took the candidate with the smallest ratio. The good curve stands above the line of the fraction.",
                _picked(lambda x, good, bad, width: _dense(x, bad, width) / _dense(x, good, width)),
            ),
            Mistake(
                "You took the difference of the two curves. What counts is how many times higher the good one is.",
                _picked(lambda x, good, bad, width: _dense(x, good, width) - _dense(x, bad, width)),
            ),
            Mistake(
                "That is the largest ratio. Return the candidate that has it.",
                lambda candidates, good, bad, width: max(
                    _dense(x, good, width) / _dense(x, bad, width) for x in candidates
                ),
            ),
            Mistake(
                "Return the candidate itself, not its place in the list.",
                lambda candidates, good, bad, width: candidates.index(tpe_pick(candidates, good, bad, width)),
            ),
        ),
    ),
    FunctionExercise(
        name="median_stops",
        title="Worse than the middle one",
        difficulty=2,
        minutes=8,
        points=2,
        hints=(
            "The step is the last one that this trial has reached: len(losses) - 1 in Python's counting.",
            "Take every other trial's loss at that step, find the middle one, and compare it with min(losses).",
        ),
        inputs=st.composite(_curves)(),
        solution=median_stops,
        mistakes=(
            Mistake(
                "You compared the last loss. A trial that was good once, and now has a bad moment, is judged by its "
                "best.",
                lambda others, losses: _median_of(others, losses, losses[-1]),
            ),
            Mistake(
                "You compared with the others' last losses. They may have been trained longer: compare at the same "
                "epoch.",
                lambda others, losses: min(losses) > median(one[-1] for one in others),
            ),
            Mistake(
                "You compared with the others' best losses. What counts is where they stood at the same epoch.",
                lambda others, losses: min(losses) > median(min(one) for one in others),
            ),
            Mistake(
                "That is the mean. One trial that went wild drags it up, and bad trials would be let through.",
                lambda others, losses: min(losses) > mean(one[len(losses) - 1] for one in others),
            ),
            Mistake(
                "It is the other way round: a loss above the middle one is a bad one, and stops the trial.",
                lambda others, losses: not median_stops(others, losses),
            ),
            Mistake(
                "You compared with the best of the others. It is enough not to be worse than the middle one.",
                lambda others, losses: min(losses) > min(one[len(losses) - 1] for one in others),
            ),
            Mistake(
                "A trial that is just as good as the middle one goes on.",
                lambda others, losses: min(losses) >= median(one[len(losses) - 1] for one in others),
            ),
        ),
    ),
    FunctionExercise(
        name="epochs_computed",
        title="What a death costs",
        difficulty=1,
        minutes=5,
        points=1,
        hints=(
            "With a checkpoint every 3 epochs and a death after 7, the last checkpoint is that of epoch 6.",
            "It computed `dies_after` epochs before, and after that all epochs behind the last checkpoint.",
        ),
        inputs=st.composite(_death)(),
        solution=epochs_computed,
        mistakes=(
            Mistake(
                "You let it start again from its beginning. It goes on from the last checkpoint.",
                lambda epochs, every, dies_after: dies_after + epochs,
            ),
            Mistake(
                "You let it go on from where it died. What came after the last checkpoint is lost.",
                lambda epochs, every, dies_after: epochs,
            ),
            Mistake(
                "These are the epochs after the death. Those before it were computed as well.",
                lambda epochs, every, dies_after: epochs - dies_after // every * every,
            ),
            Mistake(
                "This is what the death wasted. All epochs that are computed are asked for.",
                lambda epochs, every, dies_after: dies_after % every,
            ),
            Mistake(
                "It died before it reached that checkpoint. The last one is at a multiple of `every`, rounded down.",
                lambda epochs, every, dies_after: dies_after + epochs - ceil(dies_after / every) * every,
            ),
        ),
    ),
    FunctionExercise(
        name="may_go_on",
        title="Who may go on now?",
        difficulty=3,
        minutes=10,
        points=3,
        hints=(
            "How many may go on in all, of so many that are here? One in `factor`, rounded down. Which ones?",
            "Sort the places by their losses, take the first len(losses) // factor of them, and leave out those that "
            "stand in `promoted`.",
        ),
        inputs=st.composite(_rung)(),
        solution=may_go_on,
        mistakes=(
            Mistake(
                "Some of these have gone on already. Leave out what stands in `promoted`.",
                _promoted_all,
            ),
            Mistake(
                "You rounded up. Of two finished trials with a factor of 3 none may go on yet.",
                _promoted_up,
            ),
            Mistake(
                "You left out the promoted ones first and then took the best of the rest. They keep their places "
                "among the best: take the best of all, then leave out.",
                _promoted_of_rest,
            ),
            Mistake(
                "These have the highest losses. Those with the lowest go on.",
                _promoted_worst,
            ),
            Mistake(
                "Return the places of the trials in `losses`, not their losses.",
                _promoted_losses,
            ),
        ),
    ),
    FunctionExercise(
        name="labels",
        title="Labels for a Trainer",
        difficulty=1,
        minutes=6,
        points=1,
        hints=(
            "Go through the tokens with their places: `for place, token in enumerate(tokens)`.",
            "Where start <= place < end the label is the token itself, everywhere else it is -100.",
        ),
        inputs=st.composite(_conversation)(),
        solution=labels,
        mistakes=(
            Mistake(
                "You filled up with 0. That is a token like any other here, and the model would learn to write it: "
                "what does not count is -100.",
                lambda tokens, start, end: [
                    token if start <= place < end else 0 for place, token in enumerate(tokens)
                ],
            ),
            Mistake(
                "You moved the labels one place to the left. The model does that itself: a label stands at the place "
                "of its own token.",
                lambda tokens, start, end: [*labels(tokens, start, end)[1:], -100],
            ),
            Mistake(
                "You left out the last token of the answer. It is the one that ends it, and has to be learned too.",
                lambda tokens, start, end: labels(tokens, start, end - 1),
            ),
            Mistake(
                "What fills the row up behind the answer counts with you. It has to be -100 as well.",
                lambda tokens, start, end: labels(tokens, start, len(tokens)),
            ),
            Mistake(
                "You have it the other way round: the question is given, and the answer is what counts.",
                lambda tokens, start, end: [
                    -100 if start <= place < end else token for place, token in enumerate(tokens)
                ],
            ),
            Mistake(
                "That is lesson 13's mask, which only says what counts. A label also says which token it is.",
                lambda tokens, start, end: [start <= place < end for place in range(len(tokens))],
            ),
            Mistake(
                "You cut out the answer. The list keeps its length: there is a label for each token.",
                lambda tokens, start, end: tokens[start:end],
            ),
        ),
    ),
    FunctionExercise(
        name="optimizer_steps",
        title="How many steps is that?",
        difficulty=2,
        minutes=6,
        points=2,
        hints=(
            "How many batches has an epoch, the last and smaller one among them? How many groups of `accumulation` "
            "batches are these, the last and smaller one among them?",
            "Rounding up in whole numbers: -(-batches // accumulation). Both roundings are up, and they come before "
            "the epochs are multiplied in.",
        ),
        inputs=st.fixed_dictionaries(
            {
                "texts": st.integers(1, 60),
                "batch": st.integers(1, 8),
                "accumulation": st.integers(1, 4),
                "epochs": st.integers(1, 5),
            }
        ),
        solution=optimizer_steps,
        mistakes=(
            Mistake(
                "These are the batches. A step comes only after each group of `accumulation` of them.",
                lambda texts, batch, accumulation, epochs: epochs * -(-texts // batch),
            ),
            Mistake(
                "You left out what remains at the end of an epoch. A smaller batch is a batch, and a smaller group "
                "makes a step.",
                lambda texts, batch, accumulation, epochs: epochs * (texts // batch // accumulation),
                lambda texts, batch, accumulation, epochs: epochs * -(-(texts // batch) // accumulation),
                lambda texts, batch, accumulation, epochs: epochs * (-(-texts // batch) // accumulation),
            ),
            Mistake(
                "You put all epochs in one row. What is left over at the end of an epoch is not filled up from the "
                "next: each epoch ends with a step.",
                lambda texts, batch, accumulation, epochs: -(-(epochs * -(-texts // batch)) // accumulation),
                lambda texts, batch, accumulation, epochs: -(-epochs * texts // (batch * accumulation)),
            ),
            Mistake(
                "These are the steps of one epoch. There are several.",
                lambda texts, batch, accumulation, epochs: -(-texts // (batch * accumulation)),
            ),
            Mistake(
                "More batches to a step make fewer steps: divide by `accumulation`.",
                lambda texts, batch, accumulation, epochs: epochs * -(-texts // batch) * accumulation,
            ),
        ),
    ),
)
