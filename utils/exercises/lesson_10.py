"""Lesson 10, transformer: masks, attention, counts of a GPT and of its memory, and a small one trained."""

from itertools import combinations
from math import sqrt

import keras
import numpy as np
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from utils import stories
from utils.exercises.declare import Exercise, FunctionExercise, Mistake, ModelExercise, ValueExercise
from utils.exercises.requirements import over_budget
from utils.exercises.unseen import unseen
from utils.llm.config import Config
from utils.llm.model import LanguageModel
from utils.story_training import train


def causal_mask(time):
    # tril keeps what is on and below the diagonal: in row i the columns 0 to i.
    return np.tril(np.ones((time, time), dtype=bool))


def masked_attention(queries, keys, values):
    time, size = queries.shape
    scores = queries @ keys.T / np.sqrt(size)
    scores = np.where(np.tril(np.ones((time, time))) == 1, scores, -np.inf)
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    shares = powers / powers.sum(axis=1, keepdims=True)
    return shares @ values


def attention_parameters(width, heads, key_value_heads):
    size = width // heads
    queries = width * heads * size  # the same as width * width
    keys = values = width * key_value_heads * size
    out = heads * size * width
    return queries + keys + values + out


def changes_the_count():
    return {
        "twice the heads, same width": False,
        "half the key and value heads": True,
        "twice the context": False,
        "twice the layers": True,
        "twice the hidden units": True,
        "training twice as long": False,
    }


def cache_bytes(width, layers, heads, key_value_heads, tokens):
    size = width // heads
    numbers = 2 * layers * key_value_heads * size * tokens  # 2: keys and values
    return 4 * numbers


def small_gpt():
    # 67 * 32 + (4 * 32 * 32 + 3 * 32 * 32 + 2 * 32) + 32 = 9,408 parameters.
    config = Config(vocabulary=67, width=32, layers=1, heads=4, key_value_heads=4, hidden=32, context=54)
    return train(config, stories.write(4000, seed=0), steps=300, seed=0)


BUDGET, GOAL = 10_000, 1.5
"""Parameters that small_gpt may have, and the perplexity that it has to come below."""

WINDOW = stories.LONGEST + 1
"""Tokens that it takes: `<end>` and the longest story."""


def _budget_problem(model):
    return over_budget(model, BUDGET, "Work out first what the embedding takes, and what one block takes.")


def _log_probabilities(model, inputs):
    answers = np.asarray(model(inputs), dtype="float64")
    if (answers >= 0).all() and np.allclose(answers.sum(axis=-1), 1, atol=1e-3):
        return np.log(np.maximum(answers, 1e-30))
    answers = answers - answers.max(axis=-1, keepdims=True)
    return answers - np.log(np.exp(answers).sum(axis=-1, keepdims=True))


def _looking_ahead_problem(model):
    rows, _ = stories.rows(stories.write(8, seed=unseen(10_010)))
    inputs, changed = rows[:, :-1], rows[:, :-1].copy()
    changed[:, 30:] = 0
    before, after = _log_probabilities(model, inputs), _log_probabilities(model, changed)
    if np.allclose(before[:, :30], after[:, :30], atol=1e-3):
        return None
    return (
        "Your model looks ahead: its answers at the first 30 places changed when only later words were "
        "changed. The word that it should guess is then among its inputs."
    )


def _perplexity_problem(model):
    rows, real = stories.rows(stories.write(200, seed=unseen(10_011)))
    chances = _log_probabilities(model, rows[:, :-1])
    given = np.take_along_axis(chances, rows[:, 1:, None], axis=2)[..., 0]
    reached = float(np.exp(-(given * real).sum() / real.sum()))
    if reached < GOAL:
        return None
    if reached > 40:
        advice = "It has learned next to nothing: was it trained, and with which learning rate?"
    elif reached > 10:
        advice = "It has learned little: too few steps, or rows unlike these (54 tokens, from the start of a story)?"
    elif reached > 3:
        advice = "It is on its way: more steps, or another learning rate?"
    else:
        advice = "It is on its way: more steps, or the parameters in another place?"
    return f"On 200 new stories your model has a perplexity of {reached:.2f}; below {GOAL} is asked for. {advice}"


def _unmasked():
    """A model in which every word sees all others, as in BERT."""
    tokens = keras.Input((WINDOW,), dtype="int32")
    x = keras.layers.Embedding(67, 16)(tokens)
    x = x + keras.layers.MultiHeadAttention(2, 8)(x, x)
    return keras.Model(tokens, keras.layers.Dense(67)(x))


def _sized(width=32, layers=1, hidden=32):
    return Config(67, width, layers, heads=4, key_value_heads=4, hidden=hidden, context=WINDOW)


def _shares(scores):
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


def _scores(queries, keys):
    return queries @ keys.T / sqrt(queries.shape[1])


def _hidden(scores, ahead=1, score=-1e9):
    """Scores in which what lies so far ahead cannot be seen."""
    return np.where(np.triu(np.ones(scores.shape), k=ahead) == 1, score, scores)


def _thinking(*names):
    """The answers of somebody who is wrong about these."""
    right = changes_the_count()
    return lambda: right | {name: not right[name] for name in names}


_ABOUT = {
    "twice the heads, same width": "Twice the heads: look at the query matrix once more, it is width × width. More "
    "heads cut the same columns into more, smaller parts.",
    "half the key and value heads": "Half the key and value heads: the size of a head stays as it is here. With fewer "
    "heads of keys and values, their matrices become narrower: exercise 3.",
    "twice the context": "Twice the context: look for an array with a row for each position. Rotary positions are "
    "computed, not kept.",
    "twice the layers": "Twice the layers: each layer is a block with arrays of its own.",
    "twice the hidden units": "Twice the hidden units: gate, up and down have a column or a row for each of them.",
    "training twice as long": "Training twice as long changes the values of the parameters. How many there are was "
    "settled before it began.",
}
"""What to say to somebody who is wrong about this one."""


@st.composite
def _three_arrays(draw):
    """Queries, keys and values for a few tokens, of a few numbers each."""
    shape = draw(st.integers(1, 4)), draw(st.sampled_from([1, 2, 4]))
    numbers = arrays(float, shape, elements=st.integers(-3, 3).map(float))
    return {"queries": draw(numbers), "keys": draw(numbers), "values": draw(numbers)}


@st.composite
def _heads(draw, **others):
    """Sizes that fit: width = heads * size, heads a multiple of the key and value heads."""
    shared, group, size = draw(st.integers(1, 8)), draw(st.integers(1, 8)), 2 * draw(st.integers(1, 32))
    sizes = {"width": shared * group * size, "heads": shared * group, "key_value_heads": shared}
    return sizes | {name: draw(strategy) for name, strategy in others.items()}


EXERCISES: tuple[Exercise, ...] = (
    FunctionExercise(
        name="causal_mask",
        title="Who may see whom",
        difficulty=1,
        minutes=4,
        points=1,
        hints=(
            "Write the mask for three tokens by hand. Row 0 is the first token: whom may it see?",
            "In row i the columns 0 to i are True: the lower triangle, with the diagonal. NumPy has np.tril for it.",
        ),
        inputs=st.fixed_dictionaries({"time": st.integers(1, 200)}),
        solution=causal_mask,
        mistakes=(
            Mistake(
                "It is the wrong way round: here a token sees those after it. Row i is the token that looks.",
                lambda time: np.triu(np.ones((time, time), dtype=bool)),
            ),
            Mistake(
                "The diagonal is missing: each token may see itself as well. (The first one has nobody else.)",
                lambda time: np.tril(np.ones((time, time), dtype=bool), k=-1),
            ),
            Mistake(
                "You marked what may not be seen. True should stand for what may.",
                lambda time: np.triu(np.ones((time, time), dtype=bool), k=1),
            ),
            Mistake(
                "This is the mask of a BERT: everybody sees everybody. Here nobody may see what comes later.",
                lambda time: np.ones((time, time), dtype=bool),
            ),
            Mistake(
                "Each token sees itself and nobody else. It may look back as well, as far as it likes.",
                lambda time: np.eye(time, dtype=bool),
            ),
            Mistake(
                "This mask shares a 1 among the tokens that are seen. Here only True or False is asked for; "
                "the shares come out of the softmax later.",
                lambda time: np.tril(np.ones((time, time))) / np.arange(1, time + 1)[:, None],
            ),
            Mistake(
                "One too far: each token also sees the one after it, the very word to be guessed.",
                lambda time: np.tri(time, k=1, dtype=bool),
            ),
            Mistake(
                "Those are numbers to be added to scores. The mask itself only says who may see whom, True or False.",
                lambda time: np.where(np.tri(time) == 1, 0, -1e9),
                lambda time: np.where(np.tri(time) == 1, 0, -np.inf),
            ),
            Mistake(
                "Your mask has as many rows and columns whatever `time` is.",
                lambda time: np.tri(3, dtype=bool),
                lambda time: np.tri(4, dtype=bool),
                lambda time: np.tri(10, dtype=bool),
            ),
            Mistake(
                "Each token sees itself and one token before it. It may look back further, to the first one.",
                lambda time: np.tri(time, dtype=bool) & ~np.tri(time, k=-2, dtype=bool),
            ),
            Mistake(
                "The rows stand in the wrong order: row 0 is the first token, and it has nobody but itself to see.",
                lambda time: np.tri(time, dtype=bool)[::-1],
            ),
            Mistake(
                "Nobody sees anybody. Where should True stand?",
                lambda time: np.zeros((time, time), dtype=bool),
            ),
            Mistake(
                "This is one row of a mask. There is a row for each token that looks, and they differ.",
                lambda time: np.ones(time, dtype=bool),
            ),
            Mistake(
                "A row is missing: range(time) goes from 0 to time - 1 already, a row for each token.",
                lambda time: [[column <= row for column in range(time)] for row in range(time - 1)],
                lambda time: np.tri(time, dtype=bool)[:-1],
            ),
        ),
    ),
    FunctionExercise(
        name="masked_attention",
        title="Masked attention",
        difficulty=2,
        minutes=12,
        points=2,
        hints=(
            "Four steps: scores of each query with each key, the mask, a softmax in each row, and the sums of values.",
            "queries @ keys.T has a row for each token that looks. Divide by the square root of the size, and put "
            "-np.inf where the mask is False: np.where(mask, scores, -np.inf).",
            "Softmax: np.exp of it, divided by its sum along axis=1 with keepdims=True. Then shares @ values.",
        ),
        inputs=_three_arrays(),
        solution=masked_attention,
        mistakes=(
            Mistake(
                "The mask is missing: your tokens also look at those that come after them.",
                lambda q, k, v: _shares(_scores(q, k)) @ v,
            ),
            Mistake(
                "The scores are too large: divide them by the square root of the size of a query.",
                lambda q, k, v: _shares(_hidden(q @ k.T)) @ v,
            ),
            Mistake(
                "You divided the scores by the size itself. It is the square root of the size.",
                lambda q, k, v: _shares(_hidden(q @ k.T / q.shape[1])) @ v,
            ),
            Mistake(
                "You divided by something that counts the tokens. What grows with the sums is the size of a query, its "
                "number of columns.",
                lambda q, k, v: _shares(_hidden(q @ k.T / sqrt(len(q)))) @ v,
                lambda q, k, v: _shares(_hidden(q @ k.T / len(q))) @ v,
                lambda q, k, v: _shares(_hidden(q @ k.T / sqrt(q.size))) @ v,
            ),
            Mistake(
                "You masked after the softmax, so what was taken away is missing from the sum: the shares of a "
                "token no longer add up to 1. Mask the scores, before the softmax.",
                lambda q, k, v: (_shares(_scores(q, k)) * np.tri(len(q))) @ v,
                lambda q, k, v: (_shares(q @ k.T) * np.tri(len(q))) @ v,
            ),
            Mistake(
                "You gave the hidden tokens a score of 0. The softmax makes e to the power of 0 of that, which is 1: "
                "they are still seen. Which score becomes 0?",
                lambda q, k, v: _shares(np.tril(_scores(q, k))) @ v,
                lambda q, k, v: _shares(np.tril(q @ k.T)) @ v,
            ),
            Mistake(
                "Your mask is turned round: it hides the past and shows what comes later.",
                lambda q, k, v: (
                    _shares(_hidden(_scores(q, k).T).T) @ v
                    if len(q) == 1
                    else _shares(np.where(np.tril(np.ones((len(q), len(q))), k=-1) == 1, -1e9, _scores(q, k)))
                    @ v
                ),
            ),
            Mistake(
                "Queries and keys have changed places: row i of the scores should be what token i asks, compared "
                "with every key.",
                lambda q, k, v: _shares(_hidden(_scores(k, q))) @ v,
            ),
            Mistake(
                "Your softmax runs down the columns. The shares with which one token looks add up to 1, and "
                "those stand in a row.",
                lambda q, k, v: _shares(_hidden(_scores(q, k)).T).T @ v,
            ),
            Mistake(
                "These are the shares. One step is left: with them, add up the values.",
                lambda q, k, v: _shares(_hidden(_scores(q, k))),
            ),
            Mistake(
                "Two steps are missing: the scores are not divided, and nothing is hidden.",
                lambda q, k, v: _shares(q @ k.T) @ v,
            ),
            Mistake(
                "These are scores, not shares: they may be negative, and do not add up to 1. What turns scores into "
                "shares?",
                lambda q, k, v: np.tril(_scores(q, k)) @ v,
                lambda q, k, v: np.tril(q @ k.T) @ v,
                lambda q, k, v: _scores(q, k) @ v,
            ),
            Mistake(
                "All your shares together add up to 1. Each row should do so by itself.",
                lambda q, k, v: (p := np.exp(_hidden(_scores(q, k)))) / p.sum() @ v,
            ),
            Mistake(
                "Each number was divided by the sum of another row. The sums should stand in a column beside their rows: "
                "keepdims=True.",
                lambda q, k, v: (p := np.exp(_hidden(_scores(q, k)))) / p.sum(axis=1) @ v,
            ),
            Mistake(
                "With these shares you added up the keys. A key is there to be found by; what is handed over?",
                lambda q, k, v: _shares(_hidden(_scores(q, k))) @ k,
            ),
            Mistake(
                "With these shares you added up the queries. What is handed over?",
                lambda q, k, v: _shares(_hidden(_scores(q, k))) @ q,
            ),
            Mistake(
                "Your shares are turned over: row i belongs to the token that looks.",
                lambda q, k, v: _shares(_hidden(_scores(q, k))).T @ v,
            ),
            Mistake(
                "Your mask lets each token see one ahead.",
                lambda q, k, v: _shares(_hidden(_scores(q, k), ahead=2)) @ v,
            ),
            Mistake(
                "Your mask hides the diagonal. Each token may see itself, and the first one has nobody else.",
                lambda q, k, v: _shares(_hidden(_scores(q, k), ahead=0)) @ v,
                lambda q, k, v: _shares(_hidden(_scores(q, k), ahead=0, score=-np.inf)) @ v,
                lambda q, k, v: np.vstack([v[:1], (_shares(_hidden(_scores(q, k), ahead=0)) @ v)[1:]]),
            ),
            Mistake(
                "Your np.where is the other way round: it hides what may be seen.",
                lambda q, k, v: _shares(np.where(np.tri(len(q)) == 1, -1e9, _scores(q, k))) @ v,
                lambda q, k, v: _shares(np.where(np.tri(len(q)) == 1, -np.inf, _scores(q, k))) @ v,
            ),
            Mistake(
                "Every number is NaN. Either all scores are hidden (does your mask come back from its function?), or 0 was "
                "multiplied by infinity: choose with np.where instead.",
                lambda q, k, v: np.full(v.shape, np.nan),
            ),
            Mistake(
                "You divided the shares. It is the scores that are too large, before the softmax.",
                lambda q, k, v: _shares(_hidden(q @ k.T)) / sqrt(q.shape[1]) @ v,
            ),
            Mistake(
                "You multiplied by the square root of the size. The scores are too large already: divide.",
                lambda q, k, v: _shares(_hidden(q @ k.T * sqrt(q.shape[1]))) @ v,
            ),
            Mistake(
                "Keys and values have changed places: the scores compare queries with keys, and the values are added up.",
                lambda q, k, v: _shares(_hidden(_scores(q, v))) @ k,
            ),
            Mistake(
                "You compared queries with queries. A query is compared with keys.",
                lambda q, k, v: _shares(_hidden(_scores(q, q))) @ v,
            ),
            Mistake(
                "You compared keys with keys. A key is compared with a query.",
                lambda q, k, v: _shares(_hidden(_scores(k, k))) @ v,
            ),
            Mistake(
                "Powers of e are no shares yet: divide those of each row by their sum.",
                lambda q, k, v: np.exp(_hidden(_scores(q, k))) @ v,
                lambda q, k, v: np.exp(_hidden(q @ k.T)) @ v,
            ),
            Mistake(
                "You added the mask to the scores, 1 where a token may look. The others keep their scores, and are "
                "still seen.",
                lambda q, k, v: _shares(_scores(q, k) + np.tri(len(q))) @ v,
            ),
            Mistake(
                "Each token takes the value of its best match alone. A softmax shares out its attention: the others get "
                "some of it, too.",
                lambda q, k, v: v[_hidden(_scores(q, k)).argmax(axis=1)],
            ),
            Mistake(
                "You divided the result by the number of tokens. The shares add up to 1 already.",
                lambda q, k, v: _shares(_hidden(_scores(q, k))) @ v / len(q),
            ),
            Mistake(
                "The softmax is missing its powers of e: scores divided by their sum may be negative, or more than 1.",
                lambda q, k, v: (p := np.tril(_scores(q, k))) / p.sum(axis=1, keepdims=True) @ v,
            ),
            Mistake(
                "Everybody gets an even share here: nobody was asked.",
                lambda q, k, v: np.tri(len(q)) / np.arange(1, len(q) + 1)[:, None] @ v,
            ),
            Mistake(
                "The hidden tokens got a score somewhat below zero, and e to the power of that is no zero: they are still "
                "seen. Which score becomes 0?",
                lambda q, k, v: _shares(_hidden(_scores(q, k), score=-1)) @ v,
                lambda q, k, v: _shares(_hidden(q @ k.T, score=-1)) @ v,
            ),
        ),
    ),
    FunctionExercise(
        name="attention_parameters",
        title="Count an attention layer",
        difficulty=2,
        minutes=6,
        points=2,
        hints=(
            "Four matrices. Two of them are width × width whatever the heads are. How many columns have the others?",
            "A head works with width // heads numbers. Keys need key_value_heads times that many columns, and so do values.",
        ),
        inputs=_heads(),
        solution=attention_parameters,
        mistakes=(
            Mistake(
                "Your keys and values come out as wide as the queries. There are only key_value_heads of them, each of "
                "width // heads numbers.",
                lambda w, h, kv: 4 * w * w,
            ),
            Mistake(
                "You gave each head matrices of the full width. The heads share the width: each works with "
                "width // heads of its numbers.",
                lambda w, h, kv: 2 * w * w * h + 2 * w * w * kv,
            ),
            Mistake(
                "The fourth matrix is missing: what the heads gathered goes through one more, back to the width.",
                lambda w, h, kv: w * w + 2 * w * kv * (w // h),
            ),
            Mistake(
                "Keys and values have a matrix each. You counted one of the two.",
                lambda w, h, kv: 2 * w * w + w * kv * (w // h),
            ),
            Mistake(
                "You gave a head a single column. It has width // heads of them.",
                lambda w, h, kv: w * h + 2 * w * kv + w * w,
                lambda w, h, kv: 2 * w * h + 2 * w * kv,
                lambda w, h, kv: 2 * w * w + 2 * w * kv,
            ),
            Mistake(
                "There are no biases in this layer; you counted one for each output.",
                lambda w, h, kv: 2 * w * w + 2 * w * kv * (w // h) + 2 * w + 2 * kv * (w // h),
                lambda w, h, kv: 4 * w * w + 4 * w,
            ),
            Mistake(
                "There are no biases in this layer; you counted some, for queries, keys or values.",
                lambda w, h, kv: attention_parameters(w, h, kv) + w + 2 * kv * (w // h),
                lambda w, h, kv: attention_parameters(w, h, kv) + 2 * kv * (w // h),
            ),
            Mistake(
                "You took all four matrices for small ones. Queries have all heads, and the way out starts from all heads.",
                lambda w, h, kv: 4 * w * kv * (w // h),
            ),
            Mistake(
                "This is one head of keys and one of values. How many are there?",
                lambda w, h, kv: 2 * w * w + 2 * w * (w // h),
            ),
            Mistake("This is a single head of everything.", lambda w, h, kv: 4 * w * (w // h)),
            Mistake(
                "Three square matrices: the way out is missing, and are keys and values as wide as queries?",
                lambda w, h, kv: 3 * w * w,
            ),
            Mistake(
                "The size of a head is width // heads, for keys and values too, and there are key_value_heads of them.",
                lambda w, h, kv: 2 * w * w + 2 * w * (w // kv),
                lambda w, h, kv: 2 * w * w + 2 * w * (w // kv) * h,
            ),
            Mistake(
                "The way out is a matrix, too: from what all heads gathered to the whole width.",
                lambda w, h, kv: w * w + 2 * w * kv * (w // h) + w,
            ),
            Mistake(
                "The way out starts from what all heads of queries gathered.",
                lambda w, h, kv: w * w + 3 * w * (w // h) * kv,
            ),
            Mistake(
                "You counted something besides the four matrices: norms, or biases of some of them. Only the matrices are "
                "asked for.",
                lambda w, h, kv: attention_parameters(w, h, kv) + w,
                lambda w, h, kv: attention_parameters(w, h, kv) + 2 * w,
            ),
            Mistake(
                "You counted columns. Each has a number for every input.",
                lambda w, h, kv: 2 * (w // h) * (h + kv),
            ),
            Mistake(
                "This is half: you counted two of the four matrices.",
                lambda w, h, kv: w * (w // h) * (h + kv),
            ),
            Mistake(
                "The matrices of keys and values start from the whole width; only their columns are fewer.",
                lambda w, h, kv: 2 * w * w + 2 * ((w // h) * kv) ** 2,
            ),
            Mistake(
                "You let each head read its own part of the width alone. A head reads all of it: its matrix leads from "
                "width numbers to width // heads.",
                lambda w, h, kv: 2 * (h + kv) * (w // h) ** 2,
            ),
            Mistake(
                "Only one of keys and values has fewer heads with you. Both have key_value_heads of them.",
                lambda w, h, kv: 3 * w * w + w * kv * (w // h),
            ),
            Mistake(
                "The matrices of keys and values start from the whole width, as that of queries does: width rows.",
                lambda width, heads, kv: 2 * width**2 + 2 * kv * (width // heads),
            ),
        ),
    ),
    ValueExercise(
        name="changes_the_count",
        title="What changes the count?",
        difficulty=2,
        minutes=4,
        points=1,
        hints=(
            "For each: which of the arrays in the table above would get another shape?",
            "Three of the six change it. One of these three is about heads.",
        ),
        solution=changes_the_count,
        mistakes=(
            *(Mistake(sentence, _thinking(name)) for name, sentence in _ABOUT.items()),
            *(
                Mistake(f"Two of the six are wrong. {_ABOUT[one]} {_ABOUT[two]}", _thinking(one, two))
                for one, two in combinations(_ABOUT, 2)
            ),
            Mistake(
                "You said that everything changes the count. Three of these change what is computed, and no array.",
                lambda: dict.fromkeys(changes_the_count(), True),
            ),
            Mistake(
                "You said that nothing changes the count. Which of the arrays in the table above have a row or a "
                "column that one of these sizes decides?",
                lambda: dict.fromkeys(changes_the_count(), False),
            ),
            Mistake(
                "You have it the other way round: True is for what changes the number of parameters.",
                _thinking(*changes_the_count()),
            ),
        ),
    ),
    FunctionExercise(
        name="cache_bytes",
        title="What a conversation weighs",
        difficulty=2,
        minutes=7,
        points=2,
        hints=(
            "First the numbers that one token leaves in one block: its keys and its values.",
            "A head has width // heads numbers, and keys and values have key_value_heads heads. Then: layers, tokens, "
            "and 4 bytes for each number.",
        ),
        inputs=_heads(layers=st.integers(1, 5), tokens=st.integers(1, 20)).map(
            lambda d: {key: d[key] for key in ("width", "layers", "heads", "key_value_heads", "tokens")}
        ),
        solution=cache_bytes,
        mistakes=(
            Mistake(
                "This is half of it. Keys and values are kept, and each number takes 4 bytes.",
                lambda w, n, h, kv, t: 4 * n * kv * (w // h) * t,
            ),
            Mistake(
                "You kept as many numbers as all heads of queries have. Keys and values have key_value_heads of them, each of "
                "width // heads numbers.",
                lambda w, n, h, kv, t: 8 * n * w * t,
            ),
            Mistake(
                "This is how many numbers there are. Each of them takes 4 bytes.",
                lambda w, n, h, kv, t: 2 * n * kv * (w // h) * t,
            ),
            Mistake(
                "This is one block. Every block has keys and values of its own.",
                lambda w, n, h, kv, t: 8 * kv * (w // h) * t,
            ),
            Mistake(
                "This is for a single token. Each earlier token has its keys and values kept.",
                lambda w, n, h, kv, t: 8 * n * kv * (w // h),
            ),
            Mistake(
                "You let it grow with the square of the tokens. That is true of the attention map; keys and values "
                "are kept once for each token.",
                lambda w, n, h, kv, t: 8 * n * kv * (w // h) * t * t,
            ),
            Mistake(
                "You gave each head of keys the whole width. Heads share it: each has width // heads numbers.",
                lambda w, n, h, kv, t: 8 * n * kv * w * t,
            ),
            Mistake(
                "You kept the queries too. A query is used once, by the token that asks, and nobody needs it later.",
                lambda w, n, h, kv, t: 8 * n * kv * (w // h) * t + 4 * n * w * t,
            ),
            Mistake(
                "You counted bits. A number takes 4 bytes.", lambda w, n, h, kv, t: 64 * n * kv * (w // h) * t
            ),
            Mistake(
                "Bytes are asked for, not thousands or millions of them.",
                lambda w, n, h, kv, t: 8 * n * kv * (w // h) * t / 1_000,
                lambda w, n, h, kv, t: 8 * n * kv * (w // h) * t / 1_024,
                lambda w, n, h, kv, t: 8 * n * kv * (w // h) * t / 1_000_000,
                lambda w, n, h, kv, t: 8 * n * kv * (w // h) * t / 2**20,
            ),
            Mistake(
                "You let each head keep one number. It keeps width // heads.",
                lambda w, n, h, kv, t: 8 * n * kv * t,
            ),
            Mistake(
                "This is one head of keys and values. How many are kept?",
                lambda w, n, h, kv, t: 8 * n * (w // h) * t,
            ),
            Mistake(
                "These are the attention maps. Keys and values are asked for: what is kept.",
                lambda w, n, h, kv, t: 4 * n * h * t * t,
                lambda w, n, h, kv, t: n * h * t * t,
            ),
            Mistake(
                "One token is missing: each of the tokens leaves its keys and values behind, the last one too.",
                lambda w, n, h, kv, t: 8 * n * kv * (w // h) * (t - 1),
            ),
            Mistake(
                "heads // key_value_heads is how many heads of queries share one of keys. How many heads of keys are kept?",
                lambda w, n, h, kv, t: 8 * n * (h // kv) * (w // h) * t,
            ),
            Mistake(
                "This is one block, and something else is missing: keys and values are two, at 4 bytes a number.",
                lambda w, n, h, kv, t: 4 * kv * (w // h) * t,
                lambda w, n, h, kv, t: 2 * kv * (w // h) * t,
            ),
            Mistake(
                "Two factors are missing: keys and values are two, and each number takes 4 bytes.",
                lambda w, n, h, kv, t: n * kv * (w // h) * t,
            ),
            Mistake(
                "You took every head of queries, and something is missing: two kinds are kept, at 4 bytes a number.",
                lambda w, n, h, kv, t: 2 * n * w * t,
                lambda w, n, h, kv, t: 4 * n * w * t,
            ),
            Mistake(
                "These are the parameters that make keys and values. What is kept for each token are the keys and values "
                "themselves: for each head width // heads numbers of either.",
                lambda w, n, h, kv, t: 8 * n * w * kv * (w // h) * t,
            ),
            Mistake(
                "You kept three things of each token. A query is used once, by the token that asks: keys and values are two.",
                lambda w, n, h, kv, t: 12 * n * kv * (w // h) * t,
                lambda w, n, h, kv, t: 3 * n * kv * (w // h) * t,
            ),
        ),
    ),
    ModelExercise(
        name="small_gpt",
        title="Under 10,000",
        difficulty=3,
        minutes=15,
        points=3,
        hints=(
            "Look at the table of five models: which sizes could be smaller, and which could not?",
            "With width w, one layer and h hidden units: 67w + (4w² + 3wh + 2w) + w. With w = 32, which h fits?",
            "Config(vocabulary=67, width=32, layers=1, heads=4, key_value_heads=4, hidden=32, context=54) has 9,408. "
            "Give it to train() with the texts, 300 steps and a seed.",
        ),
        input_shape=(WINDOW,),
        output_shape=(WINDOW, 67),
        requirements=(_budget_problem, _looking_ahead_problem, _perplexity_problem),
        solution=small_gpt,
        mistakes=(
            Mistake(
                "parameters; at most 10,000 are allowed.", lambda: LanguageModel(_sized(layers=2, hidden=96))
            ),
            Mistake("It has learned next to nothing", lambda: LanguageModel(_sized())),
            Mistake(
                "It is on its way", lambda: train(_sized(), stories.write(720, seed=0), steps=45, seed=0)
            ),
            Mistake("Your model looks ahead", _unmasked),
            Mistake(
                "For each example your model gives shape (67,); (54, 67) is asked for.",
                lambda: keras.Sequential(
                    [
                        keras.Input((WINDOW,)),
                        keras.layers.Embedding(67, 4),
                        keras.layers.GlobalAveragePooling1D(),
                        keras.layers.Dense(67),
                    ]
                ),
            ),
        ),
    ),
)
