"""Lesson 06, embeddings: counting a table, its gradient, near rows, analogies, and a model on a budget."""

from functools import cache

import keras
import numpy as np
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from utils import stories
from utils.exercises.declare import Exercise, FunctionExercise, Mistake, ModelExercise
from utils.exercises.requirements import not_probabilities, over_budget
from utils.exercises.unseen import unseen


def embedding_parameters(vocabulary, size, context):
    table = vocabulary * size
    # the dense layer reads the rows of all the words of the context, one after another
    dense = context * size * vocabulary + vocabulary
    return table + dense


def table_gradient(ids, d_rows, vocabulary):
    gradient = np.zeros((vocabulary, d_rows.shape[1]))
    for token, slopes in zip(ids, d_rows):
        gradient[token] += slopes
    return gradient


def cosine_similarity(a, b):
    return a @ b / (np.linalg.norm(a) * np.linalg.norm(b))


def nearest_row(table, vector, excluded):
    cosines = table @ vector / (np.linalg.norm(table, axis=1) * np.linalg.norm(vector))
    cosines[excluded] = -np.inf
    return int(np.argmax(cosines))


def analogy_row(table, a, b, c, exclude):
    lengths = np.linalg.norm(table, axis=1, keepdims=True)
    unit = table / lengths
    vector = unit[b] - unit[a] + unit[c]
    return nearest_row(table, vector, [a, b, c] if exclude else [])


def table_share(vocabulary, size, others, tied):
    tables = 1 if tied else 2
    in_tables = tables * vocabulary * size
    return in_tables / (in_tables + others)


def four_word_model():
    # The table has 67 * size numbers, the dense layer 4 * size * 67 + 67: size 4 makes 1,407 in all.
    contexts, targets = stories.windows(stories.write(2000, seed=0), words=4)
    model = keras.Sequential(
        [
            keras.Input((4,), dtype="int32"),
            keras.layers.Embedding(67, 4),
            keras.layers.Flatten(),
            keras.layers.Dense(67, activation="softmax"),
        ]
    )
    model.compile(
        optimizer=keras.optimizers.Adam(0.02),
        loss="sparse_categorical_crossentropy",
        steps_per_execution=50,
    )
    model.fit(contexts, targets, epochs=8, batch_size=512, verbose=0)
    return model


BUDGET, BOUND = 1500, 1.95
"""The most parameters that four_word_model may have, and the perplexity it has to stay below."""


@cache
def _new_stories():
    """Stories that nobody has trained on."""
    return stories.windows(stories.write(400, seed=unseen(60_606)), words=4)


def _probabilities(model, contexts):
    return np.asarray(model(contexts), "float64")


def _budget_problem(model):
    return over_budget(model, BUDGET, "Which number in it can be smaller?")


def _probability_problem(model):
    contexts, _ = _new_stories()
    return not_probabilities(_probabilities(model, contexts[:50]), "Which activation sees to that?")


def _perplexity_problem(model):
    contexts, targets = _new_stories()
    said = _probabilities(model, contexts)
    given = said[np.arange(len(targets)), targets]
    reached = np.exp(-np.mean(np.log(np.maximum(given, 1e-12))))
    if reached < BOUND:
        return None
    measured = f"On new stories your model's perplexity is {reached:.2f}; below {BOUND} is asked for. "
    if reached > 70:
        return (
            measured
            + "Knowing nothing would be 67, so it is sure of wrong words. Are the words in the order of the story, and are the targets the words that follow?"
        )
    if reached > 30:
        return measured + "Knowing nothing would be 67. Has it been trained?"
    if np.allclose(said, _probabilities(model, contexts[:, ::-1]), atol=1e-4):
        return (
            measured
            + "It says the same in whatever order the four words stand, so it cannot know which came last. Where do their rows become one?"
        )
    if reached > 2.2:
        return measured + "Two words before are enough for 2.3. Does yours use all four, and long enough?"
    return measured + "Nearly there: train longer, or with a higher rate. It need not have more parameters."


# What people answer, and what it comes from.


def _looked_up_in(table, vector, excluded, score, best=np.argmax):
    scores = score(table, vector)
    scores[excluded] = -np.inf if best is np.argmax else np.inf
    return int(best(scores))


def _cosines(table, vector):
    return table @ vector / (np.linalg.norm(table, axis=1) * np.linalg.norm(vector))


def _second_best(table, vector, excluded):
    cosines = _cosines(table, vector)
    cosines[excluded] = -np.inf
    return int(np.argsort(-cosines)[1])


def _searched_from_0(table, vector, excluded):
    best = found = 0
    for row, cosine in enumerate(_cosines(table, vector)):
        if cosine > best and row not in excluded:
            best, found = cosine, row
    return found


def _analogy(table, a, b, c, signs, excluded):
    unit = table / np.linalg.norm(table, axis=1, keepdims=True)
    vector = sum(sign * unit[row] for sign, row in zip(signs, (a, b, c)))
    return nearest_row(table, vector, excluded)


def _among_raw_rows(table, a, b, c, exclude):
    unit = table / np.linalg.norm(table, axis=1, keepdims=True)
    vector = unit[b] - unit[a] + unit[c]
    return _looked_up_in(table, vector, [a, b, c] if exclude else [], lambda t, v: t @ v)


def _lengths(table, axis):
    return np.maximum(np.linalg.norm(table, axis=axis, keepdims=True), 1e-12)


def _step(rows, a, b, c):
    return rows[b] - rows[a] + rows[c]


def _among_scaled(table, a, b, c, exclude, scaled):
    return nearest_row(scaled, _step(scaled, a, b, c), [a, b, c] if exclude else [])


def _zeroed(table, a, b, c, exclude):
    cosines = _cosines(table, _step(table / _lengths(table, axis=1), a, b, c))
    cosines[[a, b, c] if exclude else []] = 0
    return int(np.argmax(cosines))


def _overwritten(ids, d_rows, vocabulary):
    gradient = np.zeros((vocabulary, d_rows.shape[1]))
    gradient[ids] = d_rows
    return gradient


def _all_to_each(ids, d_rows, vocabulary):
    gradient = np.zeros((vocabulary, d_rows.shape[1]))
    gradient[ids] = d_rows.sum(axis=0)
    return gradient


def _averaged(ids, d_rows, vocabulary):
    times = np.bincount(ids, minlength=vocabulary)
    return table_gradient(ids, d_rows, vocabulary) / np.maximum(times, 1)[:, None]


def _by_token(ids, d_rows, vocabulary):
    gradient = np.zeros((vocabulary, d_rows.shape[1]))
    for token in ids:
        gradient[token] += d_rows[token % len(d_rows)]
    return gradient


def _in_their_order(ids, d_rows, vocabulary):
    gradient = np.zeros((vocabulary, d_rows.shape[1]))
    for row, slopes in enumerate(d_rows):
        gradient[row] += slopes
    return gradient


def _correlation(a, b):
    with np.errstate(invalid="ignore"):
        return cosine_similarity(a - a.mean(), b - b.mean())


_NUMBERS = st.integers(-5, 5).map(float)


def _vectors(size):
    return arrays(float, (size,), elements=_NUMBERS).filter(lambda vector: bool(np.any(vector)))


@st.composite
def _batch(draw):
    """Tokens that were looked up, with repeats, and the slopes that came back for each."""
    vocabulary, size = draw(st.integers(2, 5)), draw(st.integers(1, 3))
    ids = draw(st.lists(st.integers(0, vocabulary - 1), min_size=1, max_size=6))
    return {
        "ids": ids,
        "d_rows": draw(arrays(float, (len(ids), size), elements=_NUMBERS)),
        "vocabulary": vocabulary,
    }


@st.composite
def _two_vectors(draw):
    size = draw(st.integers(2, 4))
    return {"a": draw(_vectors(size)), "b": draw(_vectors(size))}


def _one_clear_winner(scores):
    """Whether the best is ahead by more than rounding: otherwise two answers would be right."""
    first, second = np.sort(scores)[::-1][:2]
    return first - second > 1e-6


@st.composite
def _table(draw, least):
    size = draw(st.integers(2, 3))
    return np.array(draw(st.lists(_vectors(size), min_size=least, max_size=6)))


@st.composite
def _place_in_a_table(draw):
    table = draw(_table(3))
    vector = draw(_vectors(table.shape[1]))
    excluded = draw(st.lists(st.integers(0, len(table) - 1), max_size=len(table) - 2, unique=True))
    return {"table": table, "vector": vector, "excluded": excluded}


def _place_is_clear(case):
    cosines = np.delete(_cosines(case["table"], case["vector"]), case["excluded"])
    return _one_clear_winner(cosines)


@st.composite
def _analogies(draw):
    table = draw(_table(5))
    a, b, c = draw(st.permutations(range(len(table))))[:3]
    return {"table": table, "a": a, "b": b, "c": c, "exclude": draw(st.booleans())}


_SIGNS = np.array([(-1, 1, 1), (1, -1, 1), (1, 1, -1), (1, 1, 1), (-1, 1, 0)])


def _analogy_is_clear(case):
    table, a, b, c = (case[name] for name in ("table", "a", "b", "c"))
    unit = table / np.linalg.norm(table, axis=1, keepdims=True)
    # No sum of the three may be 0, with other signs or lengths either: it would have no direction.
    sums = [signs @ rows[[a, b, c]] for rows in (unit, table) for signs in _SIGNS]
    if min(np.linalg.norm(total) for total in sums) < 1e-6:
        return False
    vector = unit[b] - unit[a] + unit[c]
    cosines = _cosines(table, vector)
    return _one_clear_winner(np.delete(cosines, [a, b, c]) if case["exclude"] else cosines)


def _untrained(*layers, words=4):
    keras.utils.set_random_seed(6)
    return keras.Sequential([keras.Input((words,), dtype="int32"), *layers])


def _end(activation="softmax"):
    return [keras.layers.Flatten(), keras.layers.Dense(67, activation=activation)]


def _fitted(*layers, shown=lambda contexts: contexts, epochs=4):
    model = _untrained(*layers)
    contexts, targets = stories.windows(stories.write(1000, seed=0), words=4)
    model.compile(
        optimizer=keras.optimizers.Adam(0.02),
        loss="sparse_categorical_crossentropy",
        steps_per_execution=50,
    )
    model.fit(shown(contexts), targets, epochs=epochs, batch_size=512, verbose=0)
    return model


EXERCISES: tuple[Exercise, ...] = (
    FunctionExercise(
        name="embedding_parameters",
        title="Count a model that looks up",
        difficulty=1,
        minutes=5,
        points=1,
        hints=(
            "Two arrays and a row of biases: the table, the dense layer's weights, one bias for each unit.",
            "The dense layer has context * size inputs, and as many units as there are words to choose from.",
        ),
        inputs=st.fixed_dictionaries(
            {"vocabulary": st.integers(1, 100), "size": st.integers(1, 20), "context": st.integers(1, 6)}
        ),
        solution=embedding_parameters,
        mistakes=(
            Mistake(
                "You counted a table for each place in the context. All places look up in the same one.",
                lambda v, s, c: c * v * s + c * s * v + v,
            ),
            Mistake(
                "The dense layer's biases are missing: one for each word it chooses from.",
                lambda v, s, c: v * s + c * s * v,
            ),
            Mistake(
                "The dense layer sees the rows of all the words of the context, not of one.",
                lambda v, s, c: v * s + s * v + v,
            ),
            Mistake("You counted the table. After it comes a dense layer.", lambda v, s, c: v * s),
            Mistake(
                "You counted a table for each place in the context, and nothing else. All places look up in the same one, and after it comes a dense layer.",
                lambda v, s, c: c * v * s,
            ),
            Mistake(
                "You counted only the rows that are looked up. The table has a row for each word of the vocabulary, and all of them are parameters.",
                lambda v, s, c: c * s + c * s * v + v,
                lambda v, s, c: s + c * s * v + v,
            ),
            Mistake(
                "Two things are missing in the dense layer: it sees the rows of all the words of the context, and it has a bias for each word it chooses from.",
                lambda v, s, c: v * s + s * v,
            ),
            Mistake("You counted the dense layer. The table is missing.", lambda v, s, c: c * s * v + v),
            Mistake(
                "The biases belong to the dense layer's units: one for each word it chooses from, not one for each number of a row.",
                lambda v, s, c: v * s + c * s * v + s,
            ),
            Mistake(
                "The biases belong to the dense layer's units: one for each word it chooses from, not one for each of its inputs.",
                lambda v, s, c: v * s + c * s * v + c * s,
            ),
            Mistake(
                "A dense layer has more than one bias: one for each of its units, and here a unit for each word it chooses from.",
                lambda v, s, c: v * s + c * s * v + 1,
            ),
            Mistake(
                "You counted a dense layer for each word of the context. There is one: it reads all the rows at once, and adds its biases once.",
                lambda v, s, c: v * s + c * (s * v + v),
            ),
            Mistake(
                "The dense layer makes a number for each word of the vocabulary, so it has as many units as that, not one.",
                lambda v, s, c: v * s + c * s + 1,
            ),
            Mistake(
                "Each word of the context reaches the dense layer as a row of `size` numbers, not as one number.",
                lambda v, s, c: v * s + c * v + v,
            ),
            Mistake(
                "The dense layer does not see one-hot vectors: the table has turned each word into `size` numbers.",
                lambda v, s, c: v * s + c * v * v + v,
                lambda v, s, c: v * s + v * v + v,
            ),
            Mistake(
                "You gave the table biases. Looking up adds nothing: a table is weights only.",
                lambda v, s, c: v * s + s + c * s * v + v,
                lambda v, s, c: v * s + v + c * s * v + v,
            ),
            Mistake(
                "You multiplied the two layers' counts. Parameters of one layer and of another are added.",
                lambda v, s, c: v * s * (c * s * v + v),
            ),
            Mistake(
                "You added context and size. Each of the context's words brings a row of `size` numbers: multiply.",
                lambda v, s, c: v * s + (c + s) * v + v,
            ),
            Mistake(
                "The dense layer makes a number for each word of the vocabulary, not for each number of a row.",
                lambda v, s, c: v * s + c * s * s + s,
                lambda v, s, c: v * s + s * s + s,
            ),
        ),
    ),
    FunctionExercise(
        name="table_gradient",
        title="The way back through a look-up",
        difficulty=3,
        minutes=10,
        points=3,
        hints=(
            "Start from a table of zeros: a row that was not looked up has a slope of 0.",
            "A token that occurs twice was used twice, and along several paths the slopes add up (lesson 04).",
            "Go through zip(ids, d_rows) and add each row of slopes to the row of its token, with +=.",
        ),
        inputs=_batch(),
        solution=table_gradient,
        mistakes=(
            Mistake(
                "A token that occurs twice keeps only its last slopes here. What each of its uses says has to be added up. "
                "(NumPy's `gradient[ids] += d_rows` has the same fault: it writes each row once.)",
                _overwritten,
            ),
            Mistake(
                "A token that occurs twice keeps only its first slopes here. What each of its uses says has to be added up.",
                lambda ids, d, v: _overwritten(ids[::-1], d[::-1], v),
            ),
            Mistake(
                "The sign is turned: this is the step against the gradient. Taking the step is the optimizer's business.",
                lambda ids, d, v: -table_gradient(ids, d, v),
            ),
            Mistake(
                "All rows of your table are one and the same list: [[0] * size] * vocabulary repeats it. np.zeros((vocabulary, size)) makes rows of their own.",
                lambda ids, d, v: np.tile(d.sum(axis=0), (v, 1)),
            ),
            Mistake(
                "You took the mean over the uses of a token. Slopes along several paths add up.",
                _averaged,
            ),
            Mistake(
                "This is the transpose: the gradient has the shape of the table, a row for each token.",
                lambda ids, d, v: table_gradient(ids, d, v).T,
            ),
            Mistake(
                "You handed the slopes on as they came, a row for each use. A row for each token of the vocabulary is asked for.",
                lambda ids, d, v: d,
            ),
            Mistake(
                "Each row that was looked up gets the slopes of all tokens here. It should get those of its own uses only.",
                _all_to_each,
                lambda ids, d, v: _all_to_each(ids, d, v) * np.bincount(ids, minlength=v)[:, None],
            ),
            Mistake(
                "You gave rows for the tokens that occur. The others are rows of the table too: their slopes are 0.",
                lambda ids, d, v: table_gradient(ids, d, v)[np.unique(ids)],
            ),
            Mistake(
                "You multiplied the last slopes of a token by how often it occurs. Each of its uses has slopes of its own: add those up.",
                lambda ids, d, v: _overwritten(ids, d, v) * np.bincount(ids, minlength=v)[:, None],
            ),
            Mistake(
                "You counted how often each token was used. Its slopes have to be added up.",
                lambda ids, d, v: np.repeat(np.bincount(ids, minlength=v)[:, None], d.shape[1], axis=1),
            ),
            Mistake(
                "You divided by the number of tokens in the batch. That was done once, in the loss, and is already in d_rows.",
                lambda ids, d, v: table_gradient(ids, d, v) / len(ids),
            ),
            Mistake(
                "You gave the first row of slopes to row 0, the second to row 1. They belong to the rows that `ids` names.",
                _in_their_order,
            ),
            Mistake(
                "One-hot rows are a good idea, but this is the way forward. On the way back they are turned round: .T.",
                lambda ids, d, v: np.eye(v)[ids] @ d,
            ),
            Mistake(
                "Your table ends at the largest token that was looked up. It has `vocabulary` rows, used or not.",
                lambda ids, d, v: table_gradient(ids, d, max(ids) + 1),
            ),
            Mistake(
                "You started from ones. A row that was not looked up has a slope of 0, so start from zeros.",
                lambda ids, d, v: 1 + table_gradient(ids, d, v),
            ),
            Mistake(
                "You added up each row to a single number. Each number of a row is a parameter with a slope of its own.",
                lambda ids, d, v: table_gradient(ids, d, v).sum(axis=1),
            ),
            Mistake(
                "The number of a token picks the row of the gradient. Its slopes lie in d_rows at its place in `ids`.",
                lambda ids, d, v: _by_token(ids, d, v),
            ),
            Mistake(
                "The table has a row for each token of the vocabulary, not for each entry of `ids`.",
                lambda ids, d, v: table_gradient(ids, d, len(ids)),
            ),
        ),
    ),
    FunctionExercise(
        name="cosine_similarity",
        title="How alike are two directions?",
        difficulty=1,
        minutes=5,
        points=1,
        hints=(
            "a @ b multiplies entry by entry and adds up. What does it become when a is doubled? Should it?",
            "Divide a @ b by the length of a and by the length of b: np.linalg.norm(a) is the length.",
        ),
        inputs=_two_vectors(),
        solution=cosine_similarity,
        mistakes=(
            Mistake(
                "This is the dot product. It grows with the lengths of both; the direction alone is asked for.",
                lambda a, b: a @ b,
            ),
            Mistake(
                "You divided by one of the two lengths. Both have to go.",
                lambda a, b: a @ b / np.linalg.norm(a),
            ),
            Mistake(
                "You divided by the other length only. Both have to go.",
                lambda a, b: a @ b / np.linalg.norm(b),
            ),
            Mistake(
                "This is the distance between their ends. It is 0 for equal ones and large for different ones: the other way round, and it depends on the lengths.",
                lambda a, b: np.linalg.norm(a - b),
            ),
            Mistake(
                "You divided by the same length twice. One is that of a, the other that of b.",
                lambda a, b: a @ b / (a @ a),
                lambda a, b: a @ b / (b @ b),
            ),
            Mistake(
                "You multiplied entry by entry, as a dot product begins. The products have to be added up: a @ b does both.",
                lambda a, b: a * b / (np.linalg.norm(a) * np.linalg.norm(b)),
                lambda a, b: a * b,
            ),
            Mistake(
                "The length of an arrow is not the sum of its numbers: it is the square root of the sum of their squares, np.linalg.norm.",
                lambda a, b: a @ b / (np.abs(a).sum() * np.abs(b).sum()),
            ),
            Mistake(
                "You moved the cosine into the range from 0 to 1. As it is, it goes from -1 to 1.",
                lambda a, b: (1 + cosine_similarity(a, b)) / 2,
            ),
            Mistake(
                "You divided by the length of the difference. Each of the two has its own length, and both are divided by.",
                lambda a, b: a @ b / max(np.linalg.norm(a - b), 1e-9),
            ),
            Mistake(
                "You divided by the squares of the lengths: a length is the square root of the sum of the squares.",
                lambda a, b: a @ b / ((a @ a) * (b @ b)),
            ),
            Mistake(
                "a @ b / x * y is (a @ b / x) * y to Python, so you multiplied by the second length. Put the product of the lengths in parentheses.",
                lambda a, b: a @ b / np.linalg.norm(a) * np.linalg.norm(b),
            ),
            Mistake(
                "len(a) says how many numbers a has. How long the arrow is, np.linalg.norm(a) says.",
                lambda a, b: a @ b / (len(a) * len(b)),
            ),
            Mistake(
                "You added the lengths. Each of them has been multiplied in, so divide by their product.",
                lambda a, b: a @ b / (np.linalg.norm(a) + np.linalg.norm(b)),
            ),
            Mistake(
                "You took the sign off. Opposite directions have a cosine of -1.",
                lambda a, b: abs(cosine_similarity(a, b)),
            ),
            Mistake(
                "This is the angle itself. Its cosine is asked for, and that needs no arccos.",
                lambda a, b: np.arccos(np.clip(cosine_similarity(a, b), -1, 1)),
                lambda a, b: np.degrees(np.arccos(np.clip(cosine_similarity(a, b), -1, 1))),
            ),
            Mistake(
                "You took the mean of the products. Their sum is wanted: the dot product, a @ b.",
                lambda a, b: cosine_similarity(a, b) / len(a),
            ),
            Mistake(
                "This is 1 minus the cosine, which some libraries call the cosine distance.",
                lambda a, b: 1 - cosine_similarity(a, b),
            ),
            Mistake(
                "This is the correlation: it takes each vector's mean off first. The cosine takes the numbers as they are.",
                _correlation,
            ),
            Mistake(
                "You took np.cos of it. a @ b divided by both lengths is the cosine already.",
                lambda a, b: np.cos(cosine_similarity(a, b)),
            ),
            Mistake(
                "You added the squares of both vectors under one root. Each vector has its own length: divide by both.",
                lambda a, b: a @ b / np.sqrt(a @ a + b @ b),
                lambda a, b: a @ b / (a @ a + b @ b),
                lambda a, b: 2 * (a @ b) / (a @ a + b @ b),
            ),
            Mistake(
                "You divided by the length of the product, not of the vectors: that is np.linalg.norm(a) * np.linalg.norm(b).",
                lambda a, b: a @ b / max(np.linalg.norm(a * b), 1e-9),
                lambda a, b: np.sign(a @ b),
            ),
            Mistake(
                "You divided by the root of the product of the lengths. A length has its root in it already.",
                lambda a, b: a @ b / np.sqrt(np.linalg.norm(a) * np.linalg.norm(b)),
            ),
        ),
    ),
    FunctionExercise(
        name="nearest_row",
        title="The nearest row",
        difficulty=2,
        minutes=8,
        points=2,
        hints=(
            "table @ vector gives all the dot products at once; np.linalg.norm(table, axis=1) all the lengths.",
            "Rows that do not count can be given a cosine of -np.inf before you look for the largest.",
            "cosines[excluded] = -np.inf, then int(np.argmax(cosines)).",
        ),
        inputs=_place_in_a_table().filter(_place_is_clear),
        solution=nearest_row,
        mistakes=(
            Mistake(
                "The row you found is one that should not count: it is in `excluded`.",
                lambda t, v, e: _looked_up_in(t, v, [], _cosines),
            ),
            Mistake(
                "You compared dot products. A long row wins those by its length: divide each by its own. (Without axis=1, np.linalg.norm gives one number for the whole table.)",
                lambda t, v, e: _looked_up_in(t, v, e, lambda t, v: t @ v),
            ),
            Mistake(
                "You looked for the smallest distance between the ends. Length plays a part in that; the direction alone is asked for.",
                lambda t, v, e: _looked_up_in(
                    t, v, e, lambda t, v: np.linalg.norm(t - v, axis=1), best=np.argmin
                ),
            ),
            Mistake(
                "You found the row that is least alike. The largest cosine is wanted.",
                lambda t, v, e: _looked_up_in(t, v, e, _cosines, best=np.argmin),
            ),
            Mistake(
                "Your search for the largest begins at 0, and all cosines may be negative. Begin below -1.",
                _searched_from_0,
            ),
            Mistake(
                "You took the sign off: a row in the opposite direction is not near.",
                lambda t, v, e: _looked_up_in(t, v, e, lambda t, v: np.abs(_cosines(t, v))),
            ),
            Mistake(
                "You left out one row of `excluded` and not the others. None of them counts.",
                lambda t, v, e: _looked_up_in(t, v, e[:1], _cosines),
                lambda t, v, e: _looked_up_in(t, v, e[-1:], _cosines),
            ),
            Mistake(
                "Your rows count from 1. Python's count from 0.",
                lambda t, v, e: nearest_row(t, v, e) + 1,
            ),
            Mistake(
                "You gave the second nearest. The vector need not be a row of the table, so the first place counts too.",
                _second_best,
            ),
            Mistake(
                "You gave a text. The number of the row is asked for, as a number.",
                lambda t, v, e: str(nearest_row(t, v, e)),
            ),
            Mistake(
                "You gave the largest cosine itself. Which row has it?",
                lambda t, v, e: float(np.delete(_cosines(t, v), e).max()),
                lambda t, v, e: float(np.delete(_cosines(t, v) * np.linalg.norm(v), e).max()),
            ),
            Mistake(
                "You removed the excluded rows first, and so the numbers of the rows after them have shifted.",
                lambda t, v, e: int(np.delete(_cosines(t, v), e).argmax()),
            ),
            Mistake(
                "You gave the row's numbers. Its place in the table is asked for.",
                lambda t, v, e: t[nearest_row(t, v, e)],
            ),
            Mistake(
                "An excluded row was given a cosine of 0. When all the others are negative, that wins.",
                lambda t, v, e: int(np.where(np.isin(np.arange(len(t)), e), 0, _cosines(t, v)).argmax()),
            ),
            Mistake(
                "You stepped aside once, to the second best row. That one may be excluded too.",
                lambda t, v, e: int(np.argsort(-_cosines(t, v))[int(np.argmax(_cosines(t, v)) in e)]),
            ),
            Mistake(
                "You never look at row 0. Rows count from 0, so that is where the search begins.",
                lambda t, v, e: nearest_row(t, v, [*e, 0]),
            ),
            Mistake(
                "You divided by the squares of the rows' lengths, and so the short rows win. Divide by the lengths.",
                lambda t, v, e: _looked_up_in(t, v, e, lambda t, v: t @ v / (t**2).sum(axis=1)),
            ),
            Mistake(
                "You went down the list by as many places as rows are excluded. They need not be the nearest ones: take "
                "the first that is not in `excluded`.",
                lambda t, v, e: int(np.argsort(-_cosines(t, v))[len(e)]),
            ),
        ),
    ),
    FunctionExercise(
        name="analogy_row",
        title="Analogies",
        difficulty=2,
        minutes=10,
        points=2,
        hints=(
            "Divide every row by its length first. Then the vector is unit[b] - unit[a] + unit[c].",
            "Hand that vector to your nearest_row. What goes into `excluded` in each of the two cases?",
            "nearest_row(table, vector, [a, b, c] if exclude else [])",
        ),
        uses=("nearest_row",),
        inputs=_analogies().filter(_analogy_is_clear),
        solution=analogy_row,
        mistakes=(
            Mistake(
                "You never exclude the three words themselves. With exclude=True they do not count.",
                lambda t, a, b, c, exclude: _analogy(t, a, b, c, (-1, 1, 1), []),
            ),
            Mistake(
                "You always exclude the three words. With exclude=False every row may win.",
                lambda t, a, b, c, exclude: _analogy(t, a, b, c, (-1, 1, 1), [a, b, c]),
            ),
            Mistake(
                "The signs are the wrong way round: take a off and add b and c.",
                lambda t, a, b, c, exclude: _analogy(t, a, b, c, (1, -1, 1), [a, b, c] if exclude else []),
            ),
            Mistake(
                "You took c off. From a to b is one step, and c is where that step begins: add it.",
                lambda t, a, b, c, exclude: _analogy(t, a, b, c, (-1, 1, -1), [a, b, c] if exclude else []),
            ),
            Mistake(
                "You added all three. The step from a to b is b minus a.",
                lambda t, a, b, c, exclude: _analogy(t, a, b, c, (1, 1, 1), [a, b, c] if exclude else []),
            ),
            Mistake(
                "You excluded c only. All three words that were put in do not count.",
                lambda t, a, b, c, exclude: _analogy(t, a, b, c, (-1, 1, 1), [c] if exclude else []),
            ),
            Mistake(
                "You excluded a and b and forgot c. All three words that were put in do not count.",
                lambda t, a, b, c, exclude: _analogy(t, a, b, c, (-1, 1, 1), [a, b] if exclude else []),
            ),
            Mistake(
                "You excluded b and c and forgot a. All three words that were put in do not count.",
                lambda t, a, b, c, exclude: _analogy(t, a, b, c, (-1, 1, 1), [b, c] if exclude else []),
            ),
            Mistake(
                "You excluded a and c and forgot b. All three words that were put in do not count.",
                lambda t, a, b, c, exclude: _analogy(t, a, b, c, (-1, 1, 1), [a, c] if exclude else []),
            ),
            Mistake(
                "You divided the rows by their lengths for the sum, but searched among the rows as they are, by dot products: there a long row wins by its length.",
                _among_raw_rows,
            ),
            Mistake(
                "You have `exclude` the wrong way round: True means that the three words do not count.",
                lambda t, a, b, c, exclude: _analogy(t, a, b, c, (-1, 1, 1), [] if exclude else [a, b, c]),
            ),
            Mistake(
                "This is the step from a to b alone. Make it from c: add c.",
                lambda t, a, b, c, exclude: _analogy(t, a, b, c, (-1, 1, 0), [a, b, c] if exclude else []),
            ),
            Mistake(
                "You added and subtracted the rows as they are. Divide each by its length first: otherwise the longest of the three decides.",
                lambda t, a, b, c, exclude: nearest_row(t, t[b] - t[a] + t[c], [a, b, c] if exclude else []),
            ),
            Mistake(
                "You divided the columns by their lengths: axis=0 goes down a column. A row's length is "
                "np.linalg.norm(table, axis=1, keepdims=True).",
                lambda t, a, b, c, exclude: _among_scaled(t, a, b, c, exclude, t / _lengths(t, axis=0)),
                lambda t, a, b, c, exclude: nearest_row(
                    t, _step(t / _lengths(t, axis=0), a, b, c), [a, b, c] if exclude else []
                ),
            ),
            Mistake(
                "The three words were given a cosine of 0. When all the others are negative, that wins: give them -np.inf.",
                lambda t, a, b, c, exclude: _zeroed(t, a, b, c, exclude),
            ),
        ),
    ),
    FunctionExercise(
        name="table_share",
        title="How much of it is the table?",
        difficulty=2,
        minutes=6,
        points=2,
        hints=(
            "A model that does not tie has two arrays of that shape: one to look up in, one to choose with.",
            "The share is what is in the tables, divided by everything: the tables and the others.",
        ),
        inputs=st.fixed_dictionaries(
            {
                "vocabulary": st.integers(1, 100),
                "size": st.integers(1, 20),
                "others": st.integers(1, 5000),
                "tied": st.booleans(),
            }
        ),
        solution=table_share,
        mistakes=(
            Mistake(
                "You counted one table in every case. A model that is not tied has a second one, at its end.",
                lambda v, s, o, tied: v * s / (v * s + o),
            ),
            Mistake(
                "Tied means that one table does both jobs, so it is there once. You have it the other way round.",
                lambda v, s, o, tied: (2 if tied else 1) * v * s / ((2 if tied else 1) * v * s + o),
            ),
            Mistake(
                "You divided by the others alone. A share is a part of the whole, and the tables belong to the whole.",
                lambda v, s, o, tied: (1 if tied else 2) * v * s / o,
            ),
            Mistake(
                "You gave percent. A share is a number between 0 and 1.",
                lambda v, s, o, tied: 100 * table_share(v, s, o, tied),
            ),
            Mistake(
                "You counted both tables above the line and one below it. The whole has both of them too.",
                lambda v, s, o, tied: (1 if tied else 2) * v * s / (v * s + o),
            ),
            Mistake(
                "You counted both tables below the line and one above it. Both belong to what is in tables.",
                lambda v, s, o, tied: v * s / ((1 if tied else 2) * v * s + o),
            ),
            Mistake(
                "This is how many parameters are in tables. The share is that, divided by all of the model's.",
                lambda v, s, o, tied: (1 if tied else 2) * v * s,
            ),
            Mistake(
                "You took the tables off the others. The others are counted beside the tables already: the whole is both together.",
                lambda v, s, o, tied: (1 if tied else 2) * v * s / max(o - (1 if tied else 2) * v * s, 1),
            ),
            Mistake(
                "A model that ties has half as many parameters in tables, not half a share of the same whole: the whole becomes smaller too.",
                lambda v, s, o, tied: (1 if tied else 2) * v * s / (2 * v * s + o),
            ),
            Mistake(
                "You rounded. The share is asked for as it is.",
                lambda v, s, o, tied: round(table_share(v, s, o, tied), 2),
                lambda v, s, o, tied: round(table_share(v, s, o, tied), 3),
            ),
            Mistake(
                "The table has a row of `size` numbers for each token: multiply vocabulary and size.",
                lambda v, s, o, tied: (1 if tied else 2) * (v + s) / ((1 if tied else 2) * (v + s) + o),
                lambda v, s, o, tied: (1 if tied else 2) * v / ((1 if tied else 2) * v + o),
            ),
            Mistake(
                "This is the share of all the others.",
                lambda v, s, o, tied: 1 - table_share(v, s, o, tied),
            ),
            Mistake(
                "You counted two tables even where one does both jobs.",
                lambda v, s, o, tied: 2 * v * s / (2 * v * s + o),
            ),
            Mistake(
                "// drops what is behind the point, and of a share nothing is before it: 0 is left. Divide with /.",
                lambda v, s, o, tied: (1 if tied else 2) * v * s // ((1 if tied else 2) * v * s + o),
            ),
        ),
    ),
    ModelExercise(
        name="four_word_model",
        title="Four words, 1,500 parameters",
        difficulty=3,
        minutes=15,
        points=3,
        hints=(
            "The model of this lesson does it, with four words for two. Which size fits the budget? Your embedding_parameters knows.",
            "67 * size + 4 * size * 67 + 67 is at most 1,500 for sizes up to 4.",
            "stories.windows(stories.write(2000, seed=0), words=4), Adam at 0.02, batches of 512, eight epochs.",
        ),
        input_shape=(4,),
        output_shape=(67,),
        requirements=(_budget_problem, _probability_problem, _perplexity_problem),
        solution=four_word_model,
        mistakes=(
            Mistake(
                "Your model has 2,747 parameters; at most 1,500 are allowed.",
                lambda: _untrained(keras.layers.Embedding(67, 8), *_end()),
            ),
            Mistake(
                "Knowing nothing would be 67. Has it been trained?",
                lambda: _untrained(keras.layers.Embedding(67, 4), *_end()),
            ),
            Mistake(
                "Your model's 67 outputs are no probabilities",
                lambda: _untrained(keras.layers.Embedding(67, 4), *_end(None)),
            ),
            Mistake(
                "It says the same in whatever order the four words stand",
                lambda: _fitted(
                    keras.layers.Embedding(67, 4), keras.layers.GlobalAveragePooling1D(), _end()[1]
                ),
            ),
            Mistake(
                "Two words before are enough for 2.3. Does yours use all four",
                lambda: _fitted(keras.layers.Embedding(67, 4), keras.layers.Cropping1D((3, 0)), *_end()),
            ),
            Mistake(
                "so it is sure of wrong words",
                lambda: _fitted(keras.layers.Embedding(67, 4), *_end(), shown=lambda rows: rows[:, ::-1]),
            ),
            Mistake(
                "For each example your model gives shape (1,); (67,) is asked for.",
                lambda: _untrained(
                    keras.layers.Embedding(67, 4), keras.layers.Flatten(), keras.layers.Dense(1)
                ),
            ),
            Mistake(
                "Your model does not take an input of shape (4,).",
                lambda: _untrained(keras.layers.Embedding(67, 4), *_end(), words=2),
            ),
        ),
    ),
)
