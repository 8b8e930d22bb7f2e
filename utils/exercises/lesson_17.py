"""Lesson 17, capstone: the score, designs under a budget, fair comparisons, and five entries."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from math import exp

import keras
import numpy as np
from hypothesis import strategies as st

from utils import story_chances, surnames
from utils.capstone import WINDOW, Guesser, nats_left, parameters, sized, train_entry
from utils.counting import count
from utils.exercises.declare import Exercise, FunctionExercise, Mistake, ModelExercise
from utils.exercises.unseen import unseen
from utils.llm.model import LanguageModel
from utils.model_bytes import OtherNumbers, as_bytes, from_bytes, rounded, text_bytes
from utils.surnames import halves, nats_a_letter, sized_for_names, train_on_names


def left_to_gain(true, guessed):
    lost = []
    for p, q in zip(true, guessed):
        some = p > 0  # a word that cannot come costs nothing
        lost.append(np.sum(p[some] * np.log(p[some] / q[some])))
    return np.mean(lost)


def perplexity_from(best, nats):
    return best * np.exp(nats)


def widest(budget, layers, heads, times):
    found = 0
    for width in range(2 * heads, 2000, 2 * heads):
        block = 4 * width**2 + 3 * width * (times * width) + 2 * width
        if 67 * width + layers * block + width <= budget:
            found = width
    return found


def fair_comparison(ours, theirs):
    differences = np.array(ours) - np.array(theirs)
    return [np.mean(differences), np.std(differences, ddof=1) / np.sqrt(len(differences))]


def frontier(entries):
    return [
        not any(n <= own_n and score <= own and (n, score) != (own_n, own) for n, score in entries)
        for own_n, own in entries
    ]


def entry_5000():
    # 67 * 24 + (4 * 24 * 24 + 3 * 24 * 12 + 2 * 24) + 24 = 4,848 parameters.
    return train_entry(sized(width=24, hidden=12), steps=300, seed=0, rate=0.02, teacher=True)


def entry_20000():
    # 67 * 48 + (4 * 48 * 48 + 3 * 48 * 48 + 2 * 48) + 48 = 19,488 parameters.
    return train_entry(sized(width=48, hidden=48), steps=300, seed=0, rate=0.015, teacher=True)


def entry_100000():
    # 67 * 96 + (4 * 96 * 96 + 3 * 96 * 128 + 2 * 96) + 96 = 80,448 parameters.
    return train_entry(sized(width=96, hidden=128), steps=300, seed=0, rate=0.006, teacher=True)


def entry_8_kilobytes():
    # 67 * 24 + (4 * 24 * 24 + 3 * 24 * 24 + 2 * 24) + 24 = 5,712 parameters, in 8 bits each.
    found = train_entry(sized(width=24, hidden=24), steps=300, seed=0, rate=0.02, teacher=True)
    return rounded(found, bits=8)


def entry_surnames():
    # 27 * 24 + (4 * 24 * 24 + 3 * 24 * 24 + 2 * 24) + 24 = 4,752 parameters.
    read, _ = halves()
    return train_on_names(read, sized_for_names(width=24, hidden=24), steps=400, seed=0, rate=0.02)


@dataclass(frozen=True)
class Entry:
    """What is asked of one of the capstone's entries.

    board: which of the leaderboard's three it stands on. unit: what is counted. budget: how much of that
    there may be. goal, half: nats that an entry may have for all of its points, and for half of them.
    """

    board: str
    unit: str
    budget: int
    goal: float
    half: float

    @property
    def limit(self) -> str:
        """The budget in words."""
        return f"up to {self.budget:,} {self.unit}"


ENTRIES = {
    "entry_5000": Entry("stories", "parameters", 5_000, 0.18, 0.40),
    "entry_20000": Entry("stories", "parameters", 20_000, 0.10, 0.35),
    "entry_100000": Entry("stories", "parameters", 100_000, 0.02, 0.30),
    "entry_8_kilobytes": Entry("kilobytes", "bytes", 8_192, 0.18, 0.40),
    "entry_surnames": Entry("surnames", "parameters", 5_000, 2.35, 2.45),
}
"""The entries by their exercises' names."""

_JUDGED, _JUDGED_NAMES, _SEED = 300, 10_000, 17_017


@dataclass(frozen=True)
class _Language:
    """What a model is asked about. text, token: what they are called. rows: so many texts as a model takes
    them, drawn with a seed.
    """

    text: str
    texts: str
    token: str
    tokens: int
    window: int
    rows: Callable[[int, int], np.ndarray]


def _told():
    return story_chances.drawn(_JUDGED, seed=unseen(_SEED))


def _asked_names(count, seed):
    return np.random.default_rng(seed).choice(halves()[1], count, replace=False).tolist()


def _judging_names():
    return _asked_names(_JUDGED_NAMES, unseen(_SEED))


_STORIES = _Language(
    *("story", "stories", "word", 67, WINDOW),
    lambda count, seed: story_chances.chances(story_chances.drawn(count, seed))[0][:, :-1],
)
_NAMES = _Language(
    *("name", "names", "letter", 27, surnames.WINDOW),
    lambda count, seed: surnames.rows_of_names(_asked_names(count, seed))[0][:, :-1],
)


def _language_of(entry):
    return _NAMES if entry.board == "surnames" else _STORIES


def _budget_problem(budget):
    def problem(model):
        found = parameters(model)
        if found <= budget:
            return None
        listed = found - count(model)
        stand = "stands" if listed == 1 else "stand"
        hidden = (
            f" {listed:,} of them {stand} in its layers' settings or in how these are joined; that counts, too. "
            "Keras' own settings cost nothing, nor do a dropout rate or a regularizer."
        )
        return f"Your model has {found:,} parameters; at most {budget:,} are allowed.{hidden * (listed > 0)}"

    return problem


def _bytes_problem(budget):
    def problem(model):
        try:
            found, text = len(as_bytes(model)), text_bytes(model)
        except OtherNumbers as error:
            return (
                f"Your model keeps numbers of the type {error.kind}, which is not among those that are written "
                "down: float32, float16, float64, whole numbers. Build it with dtype float32; rounded(model, bits) "
                "makes it small."
            )
        except ValueError:
            return (
                "Your model has a part of your own making, which cannot be written down as bytes. Build it of layers "
                "that come with Keras, or hand in a Guesser."
            )
        if found <= budget:
            return None
        if text > budget / 2:
            advice = f"{text:,} of them say how it is built: what stands in its layers' settings counts, too."
        else:
            advice = "Numbers of which many are equal take fewer: rounded(model, bits) makes them so."
        return f"Your model takes {found:,} bytes; at most {budget:,} are allowed. {advice}"

    return problem


def _chance_problem(language):
    """What is wrong with the numbers themselves, before anybody asks how good they are."""

    def problem(model):
        rows = language.rows(20, unseen(_SEED + 1))
        guessed = np.asarray(model(rows), dtype="float64")
        if not np.isfinite(guessed).all():
            return (
                f"For some {language.texts} your model gives what is no number (NaN) or infinite. Was the learning "
                "rate too high?"
            )
        if guessed.min() < 0:
            return (
                f"Your model gives numbers below 0, down to {guessed.min():.2f}, and no probability is. If these are "
                "logits: Guesser(model), or a softmax at the end, makes probabilities of them."
            )
        sums = guessed.sum(axis=-1)
        if abs(sums - 1).max() > 1e-3:
            return (
                f"Your model's rows add up to between {sums.min():.2f} and {sums.max():.2f}; the probabilities of the "
                f"{language.tokens} {language.token}s have to add up to 1 at every place. A softmax sees to that."
            )
        return None

    return problem


def _mixing_problem(language):
    """Whether guesses for a text depend on how many, or which, others are asked about at the same time."""

    def problem(model):
        rows = language.rows(_JUDGED_NAMES if language is _NAMES else _JUDGED, unseen(_SEED))
        together = np.log(np.maximum(np.asarray(model(rows), dtype="float64"), 1e-7))
        for size in (1, 2, 20, language.window):
            fewer = np.log(np.maximum(np.asarray(model(rows[:size]), dtype="float64"), 1e-7))
            if abs(fewer - together[:size]).max() > 0.01:
                return (
                    f"Your model's guesses for a {language.text} change with the other {language.texts} that it is "
                    f"asked about at the same time. Each {language.text} has to be guessed by itself."
                )
        return None

    return problem


def _peeking_problem(language):
    """Whether a guess changes when only what comes after it does; every place of a text is cut at."""

    def problem(model):
        rng, window = np.random.default_rng(unseen(_SEED + 3)), language.window
        for row in language.rows(3, unseen(_SEED + 2)):
            changed = np.tile(row, (window, 1))
            for cut in range(1, window):
                changed[cut, cut:] = rng.integers(0, language.tokens, size=window - cut)
            # Logarithms, so that a small probability that is twice as large is seen; what is next to 0 is let be.
            guessed = np.log(np.maximum(np.asarray(model(changed), dtype="float64"), 1e-7))
            for cut in range(1, window):
                if abs(guessed[cut, :cut] - guessed[0, :cut]).max() > 1e-3:
                    return (
                        f"Your model looks ahead: its guesses up to place {cut} changed when only the {language.token}s "
                        f"after it were changed. The {language.token} that it should guess is then among its inputs."
                    )
        return None

    return problem


def _score(board, model):
    if board == "surnames":
        return nats_a_letter(_without_what_follows(model), _judging_names())
    return nats_left(model, _told())


def _without_what_follows(model):
    """The same guesses of a model that does not look ahead: at each place nothing is shown of what follows it.

    With true chances it is no use to look ahead; here it would be everything, and a model may look ahead only
    where as many names are asked about as for the score.
    """

    def guess(rows):
        places = np.arange(rows.shape[1])
        shown = (np.where(places <= place, rows, 0) for place in places)
        return np.stack([np.asarray(model(some))[:, place] for place, some in enumerate(shown)], axis=1)

    return guess


def _score_problem(entry):
    def problem(model):
        score = _score(entry.board, model)
        if score <= entry.goal:
            return None
        blind = 3.0 if entry.board == "surnames" else 2.5
        if score > blind:
            advice = "It has learned next to nothing: was it trained, and with which learning rate?"
        elif score > entry.half:
            advice = (
                "It is on its way: more steps, another learning rate, or the parameters in another place?"
            )
        else:
            advice = (
                "That is half-way and earns half of the points. Which idea from the list have you not tried?"
            )
        if entry.board == "surnames":
            measured = (
                f"On {_JUDGED_NAMES:,} names of the other half your model loses {score:.3f} nats a letter"
            )
        else:
            measured = f"On {_JUDGED} new stories your model has {score:.3f} nats a word left to gain"
        return f"{measured}; at most {entry.goal:g} is asked for. {advice}"

    return problem


def _requirements(name):
    entry = ENTRIES[name]
    language = _language_of(entry)
    counted = _bytes_problem if entry.unit == "bytes" else _budget_problem
    checks = _chance_problem, _mixing_problem, _peeking_problem
    problems = *(check(language) for check in checks), _score_problem(entry)
    if entry.unit == "bytes":
        problems = tuple(map(_read_back, problems))
    return (counted(entry.budget), *problems)


def _read_back(problem):
    """The same requirement of what the model's bytes come to: what is not in them counts for nothing."""
    return lambda model: problem(from_bytes(as_bytes(model)))


def _layers(*layers, language=_STORIES):
    """A small model that looks at nothing but the last token."""
    table = keras.layers.Embedding(language.tokens, 4)
    return keras.Sequential([keras.Input((language.window,)), table, *layers])


def _listing(tables, language=_STORIES):
    """Makes a model that keeps tables of places times tokens numbers where no weight is."""
    size = language.window, language.tokens
    table = np.sqrt(np.arange(size[0] * size[1])).reshape(size).tolist()

    def build():
        added = [keras.layers.Rescaling(1.0, offset=table) for _ in range(tables)]
        return _layers(keras.layers.Dense(size[1]), *added, keras.layers.Softmax(), language=language)

    return build


def _seeing_all(language=_STORIES):
    """A model in which every token sees all others."""
    tokens = keras.Input((language.window,), dtype="int32")
    x = keras.layers.Embedding(language.tokens, 8, keras.initializers.RandomNormal(stddev=1.0))(tokens)
    x = x + keras.layers.MultiHeadAttention(2, 4)(x, x)
    return keras.Model(tokens, keras.layers.Dense(language.tokens, activation="softmax")(x))


def _mixing(language=_STORIES):
    """A model that adds to each token the mean over all texts at that place."""
    tokens = keras.Input((language.window,), dtype="int32")
    x = keras.layers.Embedding(language.tokens, 8, keras.initializers.RandomNormal(stddev=1.0))(tokens)
    x = x + keras.ops.mean(x, axis=0, keepdims=True)
    return keras.Model(tokens, keras.layers.Dense(language.tokens, activation="softmax")(x))


@cache
def _barely():
    return train_entry(sized(width=24, hidden=12), steps=40, seed=0, rate=0.02, teacher=True)


@cache
def _briefly():
    return train_entry(sized(width=24, hidden=12), steps=150, seed=0, rate=0.02, teacher=True)


def _names_for(steps, rate):
    return train_on_names(halves()[0], sized_for_names(width=24, hidden=24), steps, seed=0, rate=rate)


def _barely_rounded():
    return rounded(_barely(), bits=8)


def _briefly_rounded():
    return rounded(_briefly(), bits=8)


_small = cache(entry_5000)


def _mistakes(name, too_large, listing, too_early, halfway):
    entry = ENTRIES[name]
    language = _language_of(entry)
    sizes = sized_for_names if language is _NAMES else sized
    untrained = sizes(width=8, hidden=8)
    if entry.unit == "bytes":
        counted = (
            Mistake(f"bytes; at most {entry.budget:,} are allowed. Numbers of which many", too_large),
            Mistake("of them say how it is built", listing),
        )
    else:
        counted = (
            Mistake(f"parameters; at most {entry.budget:,} are allowed.", too_large),
            Mistake("in its layers' settings or in how these are joined; that counts, too.", listing),
        )
    return (
        *counted,
        Mistake("and no probability is.", lambda: LanguageModel(untrained)),
        Mistake(
            f"{language.token}s have to add up to 1 at every place.",
            lambda: _layers(keras.layers.Dense(language.tokens, activation="sigmoid"), language=language),
        ),
        Mistake(f"Each {language.text} has to be guessed by itself.", lambda: _mixing(language)),
        Mistake("Your model looks ahead", lambda: _seeing_all(language)),
        Mistake("It has learned next to nothing", lambda: Guesser(LanguageModel(untrained))),
        Mistake("It is on its way", too_early),
        Mistake("That is half-way and earns half of the points.", halfway, worth=0.5),
        Mistake(
            f"For each example your model gives shape ({language.tokens},); "
            f"({language.window}, {language.tokens}) is asked for.",
            lambda: _layers(
                keras.layers.GlobalAveragePooling1D(),
                keras.layers.Dense(language.tokens, activation="softmax"),
                language=language,
            ),
        ),
    )


def entered(name, model):
    """What a leaderboard asks of an entry: {"sentence": why it cannot be scored}, or its numbers."""
    for problem in _requirements(name)[:-1]:
        if sentence := problem(model):
            return {"sentence": sentence}
    entry = ENTRIES[name]
    if entry.unit != "bytes":
        return {"parameters": parameters(model), "nats": _score(entry.board, model)}
    data = as_bytes(model)
    score = _score(entry.board, from_bytes(data))
    return {"parameters": parameters(model), "bytes": len(data), "nats": score}


@st.composite
def _two_tables(draw):
    """True and guessed probabilities: some true ones are 0, no guessed one is."""
    rows, words = draw(st.integers(1, 4)), draw(st.integers(2, 5))

    def table(lowest):
        weights = np.array(
            [draw(st.lists(st.integers(lowest, 6), min_size=words, max_size=words)) for _ in range(rows)],
            dtype=float,
        )
        weights[:, 0] += weights.sum(axis=1) == 0
        return weights / weights.sum(axis=1, keepdims=True)

    return {"true": table(0), "guessed": table(1)}


def _parameters_of(width, layers, times):
    return 68 * width + layers * ((4 + 3 * times) * width**2 + 2 * width)


@st.composite
def _designs(draw):
    """Budgets of which many are just enough for a width, or just not."""
    layers, heads, times = draw(st.integers(1, 4)), draw(st.sampled_from([1, 2, 4])), draw(st.integers(1, 4))
    width = 2 * heads * draw(st.integers(1, 12))
    # Where a norm is forgotten, or all of them, it shows when the budget lacks just these.
    near = draw(st.sampled_from([-(2 * layers + 1) * width, -width, -1, 0, 0, 1, 50]))
    budget = max(_parameters_of(width, layers, times) + near, 1)
    return {"budget": budget, "layers": layers, "heads": heads, "times": times}


def _fitting(size, step=lambda heads: 2 * heads, most=lambda budget: budget):
    """The answers of somebody who counts in another way, or tries other widths."""

    def answer(budget, layers, heads, times):
        fits = [w for w in range(step(heads), 2000, step(heads)) if size(w, layers, times) <= most(budget)]
        return max(fits, default=0)

    return answer


@st.composite
def _scores(draw):
    """Scores of two recipes, over the same seeds."""
    number = draw(st.integers(2, 6))
    hundredths = st.lists(st.integers(1, 90), min_size=number, max_size=number)
    return {name: [score / 100 for score in draw(hundredths)] for name in ("ours", "theirs")}


def _differences(ours, theirs):
    return np.array(ours) - np.array(theirs)


def _mean(ours, theirs):
    return np.mean(_differences(ours, theirs))


@st.composite
def _boards(draw):
    """Entries as [parameters, score]; some are equal in one of the two."""
    entry = st.tuples(st.integers(1, 6), st.integers(1, 6))
    return {
        "entries": [[1000 * n, score / 100] for n, score in draw(st.lists(entry, min_size=1, max_size=7))]
    }


def _standing(beaten):
    """The answers of somebody to whom another entry beats one's own as `beaten` says."""
    return lambda entries: [not any(beaten(*other, *own) for other in entries) for own in entries]


EXERCISES: tuple[Exercise, ...] = (
    FunctionExercise(
        name="left_to_gain",
        title="The score, by hand",
        difficulty=2,
        minutes=10,
        points=2,
        hints=(
            "Row by row: for each word the true probability times the logarithm of true / guessed. Add these up.",
            "Where the true probability is 0, the word costs nothing: leave it out before you take a logarithm. At the "
            "end take the mean over the rows.",
        ),
        inputs=_two_tables(),
        solution=left_to_gain,
        tolerance=1e-6,
        mistakes=(
            Mistake(
                "This is the cross-entropy. Part of it nobody can save, since the stories themselves are uncertain: take "
                "away the entropy of the true probabilities.",
                lambda p, q: -np.mean(np.sum(p * np.log(q), axis=1)),
            ),
            Mistake(
                "This is the entropy of the true probabilities: what nobody can save. What is lost on top of it?",
                lambda p, q: -np.mean(np.sum(p * np.log(np.where(p > 0, p, 1)), axis=1)),
            ),
            Mistake(
                "You added up the rows. The score is a mean over them, so that long texts and short ones compare.",
                lambda p, q: len(p) * left_to_gain(p, q),
            ),
            Mistake(
                "You divided by the words as well. Within a row the words are added up: their probabilities are the "
                "weights of the mean already.",
                lambda p, q: left_to_gain(p, q) / p.shape[1],
            ),
            Mistake(
                "These are bits. Nats come from the natural logarithm, np.log.",
                lambda p, q: left_to_gain(p, q) / np.log(2),
            ),
            Mistake(
                "The sign is turned round: it should be true / guessed inside the logarithm. Single words may give less than 0, a row never does.",
                lambda p, q: -left_to_gain(p, q),
            ),
            Mistake(
                "You weighed with the guessed probabilities. What comes is drawn from the true ones, so these are the "
                "weights.",
                lambda p, q: np.mean(
                    np.sum(np.where(p > 0, q * np.log(np.where(p > 0, p, 1) / q), 0), axis=1)
                ),
                lambda p, q: np.mean(
                    np.sum(np.where(p > 0, q * np.log(q / np.where(p > 0, p, 1)), 0), axis=1)
                ),
            ),
            Mistake(
                "You looked at the likeliest word only. Every word that can come counts, by how likely it is.",
                lambda p, q: -np.mean([np.log(b[a.argmax()]) for a, b in zip(p, q)]),
                lambda p, q: np.mean([np.log(a.max() / b[a.argmax()]) for a, b in zip(p, q)]),
            ),
            Mistake(
                "The logarithms are not weighed: multiply each by the true probability of its word.",
                lambda p, q: np.mean(np.sum(np.where(p > 0, np.log(np.where(p > 0, p, 1) / q), 0), axis=1)),
            ),
            Mistake(
                "You took the last step to perplexity, e to the power of it. The score stays in nats.",
                lambda p, q: np.exp(left_to_gain(p, q)),
            ),
        ),
    ),
    FunctionExercise(
        name="perplexity_from",
        title="From nats to perplexity",
        difficulty=1,
        minutes=4,
        points=1,
        hints=(
            "A perplexity is e to the power of the nats. The nats of the best and those that are left add up.",
            "e to the power of a sum is a product: which two numbers are multiplied?",
        ),
        inputs=st.fixed_dictionaries(
            {
                "best": st.integers(11, 500).map(lambda number: number / 10),
                "nats": st.integers(0, 300).map(lambda number: number / 100),
            }
        ),
        solution=perplexity_from,
        mistakes=(
            Mistake(
                "Nats add up; perplexities multiply. Which of the two is `best`?",
                lambda best, nats: best + nats,
            ),
            Mistake("You added the two factors. Multiply them.", lambda best, nats: best + exp(nats)),
            Mistake(
                "This is the factor by which the best perplexity grows. How large is the perplexity then?",
                lambda best, nats: exp(nats),
            ),
            Mistake(
                "You multiplied by the nats themselves. With nothing left to gain the perplexity would be 0.",
                lambda best, nats: best * nats,
            ),
            Mistake(
                "Nearly, and only while few nats are left: 1 + nats is where e to the power of nats begins.",
                lambda best, nats: best * (1 + nats),
            ),
            Mistake("That is for bits. With nats the base is e.", lambda best, nats: best * 2**nats),
            Mistake(
                "Now the model is better than the best. What it loses makes its perplexity larger.",
                lambda best, nats: best * exp(-nats),
                lambda best, nats: best / exp(nats),
            ),
            Mistake(
                "`best` is a perplexity already. Do not raise e to the power of it once more.",
                lambda best, nats: exp(best + nats),
                lambda best, nats: exp(best) * exp(nats),
            ),
            Mistake(
                "These are the nats all together. The perplexity is e to the power of them.",
                lambda best, nats: np.log(best) + nats,
            ),
        ),
    ),
    FunctionExercise(
        name="widest",
        title="As wide as the budget",
        difficulty=2,
        minutes=10,
        points=2,
        hints=(
            "Write the count for one width first: the table, the blocks, the last norm. Lesson 10 has all of them.",
            "A block has 4 width² + 3 width × hidden + 2 width. Then try the widths 2 × heads, 4 × heads, ... one after "
            "the other, and keep the last that fits.",
        ),
        inputs=_designs(),
        solution=widest,
        mistakes=(
            Mistake(
                "A model that has exactly as many parameters as the budget allows is within it.",
                _fitting(_parameters_of, most=lambda budget: budget - 1),
            ),
            Mistake(
                "Your width cannot be shared out: each head needs an even number of its numbers, so width is a multiple "
                "of 2 × heads.",
                _fitting(_parameters_of, step=lambda heads: 1),
                _fitting(_parameters_of, step=lambda heads: heads),
                _fitting(_parameters_of, step=lambda heads: 2),
            ),
            Mistake(
                "The norms are missing: two in each block and one at the end, width numbers each.",
                _fitting(lambda w, n, t: 67 * w + n * (4 + 3 * t) * w**2),
            ),
            Mistake(
                "The last norm is missing, after the blocks: width numbers.",
                _fitting(lambda w, n, t: _parameters_of(w, n, t) - w),
            ),
            Mistake(
                "The table is missing: 67 words, width numbers each.",
                _fitting(lambda w, n, t: _parameters_of(w, n, t) - 67 * w),
            ),
            Mistake(
                "You counted the table twice. It is tied: the head uses the same numbers, and they count once.",
                _fitting(lambda w, n, t: _parameters_of(w, n, t) + 67 * w),
            ),
            Mistake(
                "This is for one block. There are `layers` of them.",
                _fitting(lambda w, n, t: _parameters_of(w, 1, t)),
            ),
            Mistake(
                "Your MLP has two matrices. There are three: gate, up and down.",
                _fitting(lambda w, n, t: _parameters_of(w, n, t) - n * t * w**2),
            ),
            Mistake(
                "Your attention has three matrices. There are four: queries, keys, values, and the way out.",
                _fitting(lambda w, n, t: _parameters_of(w, n, t) - n * w**2),
            ),
            Mistake(
                "Your MLP has as many hidden units as the width. There are `times` as many.",
                _fitting(lambda w, n, t: _parameters_of(w, n, 1)),
            ),
            Mistake(
                "The MLP is missing: three matrices, each of width × hidden numbers.",
                _fitting(lambda w, n, t: _parameters_of(w, n, 0)),
            ),
            Mistake(
                "One step too far: this width no longer fits. Keep the last one that did.",
                lambda budget, layers, heads, times: widest(budget, layers, heads, times) + 2 * heads,
            ),
        ),
    ),
    FunctionExercise(
        name="fair_comparison",
        title="A fair comparison",
        difficulty=2,
        minutes=8,
        points=2,
        hints=(
            "Both recipes ran with the same seeds, so compare seed by seed: first the list of differences.",
            "np.std(differences, ddof=1) is how far single differences scatter. A mean of n of them scatters less, by "
            "the square root of n.",
        ),
        inputs=_scores(),
        solution=fair_comparison,
        mistakes=(
            Mistake(
                "This is how far single differences scatter. Their mean scatters less: divide by the square root of how "
                "many there are.",
                lambda a, b: [_mean(a, b), np.std(_differences(a, b), ddof=1)],
            ),
            Mistake(
                "Divide by the square root of how many there are, not by how many.",
                lambda a, b: [_mean(a, b), np.std(_differences(a, b), ddof=1) / len(a)],
            ),
            Mistake(
                "np.std divides by n unless you say ddof=1. The mean was made from the same few numbers, so they lie closer "
                "to it than to the true one; n - 1 makes up for that.",
                lambda a, b: [_mean(a, b), np.std(_differences(a, b)) / np.sqrt(len(a))],
                lambda a, b: [_mean(a, b), np.std(_differences(a, b))],
            ),
            Mistake(
                "You took the two recipes for unrelated. They share their seeds: take the differences first, and what a "
                "lucky seed gives to both falls out.",
                lambda a, b: [_mean(a, b), np.sqrt((np.var(a, ddof=1) + np.var(b, ddof=1)) / len(a))],
            ),
            Mistake(
                "It is the wrong way round: ours minus theirs.",
                lambda a, b: [-_mean(a, b), fair_comparison(a, b)[1]],
            ),
            Mistake(
                "You compared the best of each. The best of many draws is luck as much as skill; the mean is asked for.",
                lambda a, b: [min(a) - min(b), fair_comparison(a, b)[1]],
            ),
            Mistake(
                "That is the variance of the mean. Its square root is in the same units as the scores.",
                lambda a, b: [_mean(a, b), np.var(_differences(a, b), ddof=1) / len(a)],
            ),
            Mistake(
                "You gave our mean, and left theirs out of it. How far apart are the two?",
                lambda a, b: [np.mean(a), fair_comparison(a, b)[1]],
            ),
            Mistake(
                "The first of the two is the mean difference, not the sum of the differences.",
                lambda a, b: [np.sum(_differences(a, b)), fair_comparison(a, b)[1]],
            ),
        ),
    ),
    FunctionExercise(
        name="frontier",
        title="Who stands on the frontier",
        difficulty=2,
        minutes=8,
        points=2,
        hints=(
            "For each entry look for another that leaves no reason to choose it.",
            "That other one has at most as many parameters and at most as high a score, and is not the same in both.",
        ),
        inputs=_boards(),
        solution=frontier,
        mistakes=(
            Mistake(
                "Only the best score of all stands with you. A worse one with fewer parameters may stand, too: nobody with "
                "so few does better.",
                lambda entries: [own == min(score for _, score in entries) for _, own in entries],
            ),
            Mistake(
                "You looked at the parameters only.",
                lambda entries: [n == min(one for one, _ in entries) for n, _ in entries],
            ),
            Mistake(
                "With you an entry falls only to one that is better in both. One that is as small and scores better is "
                "enough, and so is one that scores the same and is smaller.",
                _standing(lambda n, score, own_n, own: n < own_n and score < own),
            ),
            Mistake(
                "Two entries that are the same in both do not push each other off. And is an entry compared with itself?",
                lambda entries: [
                    not any(
                        n <= own_n and score <= own for place, (n, score) in enumerate(entries) if place != at
                    )
                    for at, (own_n, own) in enumerate(entries)
                ],
            ),
            Mistake(
                "You compared each entry with itself, too, and it beats itself.",
                _standing(lambda n, score, own_n, own: n <= own_n and score <= own),
            ),
            Mistake(
                "It is the other way round: True is for those that stand.",
                lambda entries: [not stands for stands in frontier(entries)],
            ),
            Mistake(
                "Low is good for both numbers here: few nats left, few parameters.",
                _standing(
                    lambda n, score, own_n, own: n <= own_n and score >= own and (n, score) != (own_n, own)
                ),
            ),
            Mistake(
                "With equal parameters the better score stands and the other falls.",
                _standing(lambda n, score, own_n, own: n < own_n and score <= own),
            ),
            Mistake(
                "With equal scores the smaller one stands and the other falls.",
                _standing(lambda n, score, own_n, own: n <= own_n and score < own),
            ),
            Mistake(
                "Everybody stands with you. Is there nobody to whom another is as small and as good, and better in one of the two?",
                lambda entries: [True] * len(entries),
            ),
        ),
    ),
    ModelExercise(
        name="entry_5000",
        title="The entry, up to 5,000 parameters",
        difficulty=3,
        minutes=30,
        points=4,
        hints=(
            "The starting kit has 4,848 parameters and has not read enough. Change one thing at a time.",
            "A higher rate is borne: try 0.02. And more steps: 200 are few.",
            "train_entry(sized(width=24, hidden=12), steps=300, seed=0, rate=0.02, teacher=True)",
        ),
        input_shape=(WINDOW,),
        output_shape=(WINDOW, 67),
        requirements=_requirements("entry_5000"),
        solution=entry_5000,
        mistakes=_mistakes(
            "entry_5000",
            lambda: Guesser(LanguageModel(sized(width=32, hidden=32))),
            _listing(2),
            _barely,
            _briefly,
        ),
    ),
    ModelExercise(
        name="entry_20000",
        title="The entry, up to 20,000 parameters",
        difficulty=3,
        minutes=30,
        points=3,
        hints=(
            "Four times the parameters: wider, deeper, or more hidden units? Count each before you train it.",
            "One wide block, or two narrow ones with as many parameters? A hundred steps of each tell you something.",
            "train_entry(sized(width=48, hidden=48), steps=300, seed=0, rate=0.015, teacher=True)",
        ),
        input_shape=(WINDOW,),
        output_shape=(WINDOW, 67),
        requirements=_requirements("entry_20000"),
        solution=entry_20000,
        mistakes=_mistakes(
            "entry_20000",
            lambda: Guesser(LanguageModel(sized(width=64, hidden=64))),
            _listing(6),
            _barely,
            _briefly,
        ),
    ),
    ModelExercise(
        name="entry_100000",
        title="The entry, up to 100,000 parameters",
        difficulty=3,
        minutes=30,
        points=3,
        hints=(
            "Now time is what you have too little of, not parameters: what makes the most of each step?",
            "One block of width 96 fits, and so do two of 64. A larger model wants a lower rate.",
            "train_entry(sized(width=96, hidden=128), steps=300, seed=0, rate=0.006, teacher=True)",
        ),
        input_shape=(WINDOW,),
        output_shape=(WINDOW, 67),
        requirements=_requirements("entry_100000"),
        solution=entry_100000,
        mistakes=_mistakes(
            "entry_100000",
            lambda: Guesser(LanguageModel(sized(width=128, hidden=128))),
            _listing(28),
            _barely,
            _small,
        ),
    ),
    ModelExercise(
        name="entry_8_kilobytes",
        title="The entry, up to 8 kilobytes",
        difficulty=3,
        minutes=30,
        points=2,
        hints=(
            "A model that has been trained already is smaller once it is rounded: rounded(model, bits). In how many bits "
            "do its numbers still do?",
            "Many numbers in few bits, or few in many? 5,712 of them fit in 8 bits each.",
            "rounded(train_entry(sized(width=24, hidden=24), steps=300, seed=0, rate=0.02, teacher=True), bits=8)",
        ),
        input_shape=(WINDOW,),
        output_shape=(WINDOW, 67),
        requirements=_requirements("entry_8_kilobytes"),
        solution=entry_8_kilobytes,
        mistakes=_mistakes("entry_8_kilobytes", _small, _listing(1), _barely_rounded, _briefly_rounded),
    ),
    ModelExercise(
        name="entry_surnames",
        title="The entry, surnames",
        difficulty=3,
        minutes=30,
        points=2,
        hints=(
            "The kit has 4,752 parameters and has not read enough: more steps, and another rate.",
            "Letters are few, so the table is small: where else can the parameters go?",
            "train_on_names(halves()[0], sized_for_names(width=24, hidden=24), steps=400, seed=0, rate=0.02)",
        ),
        input_shape=(surnames.WINDOW,),
        output_shape=(surnames.WINDOW, 27),
        requirements=_requirements("entry_surnames"),
        solution=entry_surnames,
        mistakes=_mistakes(
            "entry_surnames",
            lambda: Guesser(LanguageModel(sized_for_names(width=32, hidden=32))),
            _listing(14, _NAMES),
            lambda: _names_for(steps=60, rate=0.02),
            lambda: _names_for(steps=200, rate=0.01),
        ),
    ),
)
