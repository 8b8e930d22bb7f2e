"""Lesson 16, frontiers: neighbours of an architecture, federated averaging, capsules, the energy of an answer."""

import numpy as np
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from utils.exercises.declare import Exercise, FunctionExercise, Mistake


def neighbours(architecture, options):
    found = []
    for place, choices in enumerate(options):
        for value in range(choices):
            if value != architecture[place]:
                changed = list(architecture)  # a copy: the old one stays as it is
                changed[place] = value
                found.append(changed)
    return found


def average_weights(weights, rows):
    shares = np.array(rows) / np.sum(rows)
    return shares @ weights  # each client's numbers times its share, added up


def bytes_sent(parameters, clients, rounds, bits):
    one_way = parameters * bits // 8
    return 2 * one_way * clients * rounds  # down to every client, and up again


def clip_update(update, largest):
    length = np.linalg.norm(update)
    return update * min(1, largest / length)


def squash(s):
    length = np.linalg.norm(s)
    return s / length * length**2 / (1 + length**2)


def routing_round(predictions, agreed):
    shares = np.exp(agreed) / np.exp(agreed).sum(axis=1, keepdims=True)
    after = agreed.copy()
    for digit in range(agreed.shape[1]):
        s = shares[:, digit] @ predictions[:, digit]
        length = np.linalg.norm(s)
        found = s * length / (1 + length**2)  # squash
        after[:, digit] += predictions[:, digit] @ found
    return after


def answer_millijoules(parameters, bits, tokens):
    moved = parameters * bits / 8 * 162.5  # picojoules of one token
    computed = 2 * parameters * 2.3
    return tokens * (moved + computed) / 1e9


def _neighbours(architecture, values, places=None):
    """Changed at each of these places to each of the values that `values(place)` gives."""
    places = range(len(architecture)) if places is None else places
    return [
        [*architecture[:place], value, *architecture[place + 1 :]]
        for place in places
        for value in values(place)
    ]


def _one_list(architecture, options):
    """Without a copy: the same list, changed and listed again and again."""
    found = []
    for place, choices in enumerate(options):
        for value in range(choices):
            if value != architecture[place]:
                architecture[place] = value
                found.append(architecture)
    return found


def _routed(predictions, agreed, shares=None, squashed=True, weight=1.0):
    """A round of routing with one thing done otherwise."""
    if shares is None:
        shares = np.exp(agreed) / np.exp(agreed).sum(axis=1, keepdims=True)
    s = np.einsum("pd,pdb->db", shares, predictions)
    length = np.linalg.norm(s, axis=1, keepdims=True)
    found = s * length / (1 + length**2) if squashed else s
    return weight * agreed + np.einsum("pdb,db->pd", predictions, found)


def _found(predictions, agreed):
    shares = np.exp(agreed) / np.exp(agreed).sum(axis=1, keepdims=True)
    s = np.einsum("pd,pdb->db", shares, predictions)
    length = np.linalg.norm(s, axis=1, keepdims=True)
    return s * length / (1 + length**2)


@st.composite
def _architectures(draw):
    options = draw(st.lists(st.integers(2, 5), min_size=1, max_size=6))
    return {"architecture": [draw(st.integers(0, choices - 1)) for choices in options], "options": options}


@st.composite
def _clients(draw):
    clients, numbers = draw(st.integers(2, 6)), draw(st.integers(1, 5))
    weights = draw(arrays(float, (clients, numbers), elements=st.integers(-9, 9).map(float)))
    return {
        "weights": weights,
        "rows": draw(st.lists(st.integers(1, 999), min_size=clients, max_size=clients)),
    }


@st.composite
def _vectors(draw):
    vector = draw(arrays(float, draw(st.integers(1, 8)), elements=st.integers(-9, 9).map(float)))
    if not vector.any():
        vector[0] = 3.0
    return vector


@st.composite
def _routings(draw):
    parts, digits, size = draw(st.integers(2, 5)), draw(st.integers(2, 4)), draw(st.integers(1, 4))
    numbers = st.integers(-4, 4).map(lambda number: number / 2)
    return {
        "predictions": draw(arrays(float, (parts, digits, size), elements=numbers)),
        "agreed": draw(arrays(float, (parts, digits), elements=numbers)),
    }


EXERCISES: tuple[Exercise, ...] = (
    FunctionExercise(
        name="neighbours",
        title="One change away",
        difficulty=2,
        minutes=8,
        points=2,
        hints=(
            "Two loops: over the places, and for each place over the values that may stand there.",
            "range(options[place]) are the values of a place. Leave out the one that stands there already, and change a "
            "copy: list(architecture) makes one.",
        ),
        inputs=_architectures(),
        solution=neighbours,
        mistakes=(
            Mistake(
                "The architecture itself is among yours. A neighbour differs from it in one place.",
                lambda a, o: _neighbours(a, lambda place: range(o[place])),
                lambda a, o: [list(a), *neighbours(a, o)],
            ),
            Mistake(
                "The values begin with 0: range(options[place]) holds them all.",
                lambda a, o: _neighbours(a, lambda place: [v for v in range(1, o[place]) if v != a[place]]),
                lambda a, o: _neighbours(
                    a, lambda place: [v for v in range(1, o[place] + 1) if v != a[place]]
                ),
            ),
            Mistake(
                "You went one too far: with 3 options the values are 0, 1 and 2.",
                lambda a, o: _neighbours(a, lambda place: [v for v in range(o[place] + 1) if v != a[place]]),
            ),
            Mistake(
                "The last value of each place is missing: range already stops before its end.",
                lambda a, o: _neighbours(a, lambda place: [v for v in range(o[place] - 1) if v != a[place]]),
            ),
            Mistake(
                "You step to the next value only. Any other value may stand there, there is no order among operations.",
                lambda a, o: _neighbours(a, lambda place: [(a[place] + 1) % o[place]]),
                lambda a, o: _neighbours(
                    a, lambda place: [v for v in (a[place] - 1, a[place] + 1) if 0 <= v < o[place]]
                ),
            ),
            Mistake(
                "You changed one place only. Each place has its turn.",
                lambda a, o: _neighbours(a, lambda place: [v for v in range(o[place]) if v != a[place]], [0]),
                lambda a, o: _neighbours(
                    a, lambda place: [v for v in range(o[place]) if v != a[place]], [len(a) - 1]
                ),
            ),
            Mistake(
                "The neighbours are right, their order is not: place by place from the left, and at each from the "
                "smallest value up.",
                lambda a, o: neighbours(a, o)[::-1],
                lambda a, o: _neighbours(
                    a, lambda place: [v for v in range(o[place]) if v != a[place]], range(len(a) - 1, -1, -1)
                ),
            ),
            Mistake(
                "This is how many neighbours there are. The neighbours themselves are asked for.",
                lambda a, o: len(neighbours(a, o)),
                lambda a, o: sum(o) - len(o),
            ),
            Mistake(
                "All your entries are the same list, changed again and again. Make a copy before each change.",
                _one_list,
            ),
        ),
    ),
    FunctionExercise(
        name="average_weights",
        title="Federated averaging",
        difficulty=1,
        minutes=5,
        points=1,
        hints=(
            "A client with twice the rows counts twice. What share of all rows has each?",
            "shares = rows / sum of rows; then each client's weights times its share, added up over the clients.",
        ),
        inputs=_clients(),
        solution=average_weights,
        mistakes=(
            Mistake(
                "Here every client counts the same. One with more rows should count more: by its share of all rows.",
                lambda w, r: w.mean(axis=0),
            ),
            Mistake(
                "The weighted sum is right; it has not been divided by the number of all rows.",
                lambda w, r: np.array(r) @ w,
            ),
            Mistake(
                "Divided by the number of clients. The shares should add up to 1: divide by the sum of the rows.",
                lambda w, r: np.array(r) @ w / len(r),
            ),
            Mistake(
                "You weighted and did not add up: one number for each parameter is asked for.",
                lambda w, r: (np.array(r) / sum(r))[:, None] * w,
            ),
            Mistake(
                "You added up the clients' numbers without weights, and did not divide.",
                lambda w, r: w.sum(axis=0),
            ),
            Mistake(
                "You averaged along the wrong axis: a row is a client, a column is a parameter.",
                lambda w, r: w.mean(axis=1),
                lambda w, r: w.sum(axis=1),
                lambda w, r: w.mean(axis=1) * np.array(r) / sum(r),
            ),
            Mistake(
                "This is the mean over clients and parameters. Each parameter has an average of its own.",
                lambda w, r: w.mean(),
                lambda w, r: float((np.array(r) / sum(r)) @ w.mean(axis=1)),
            ),
            Mistake(
                "The client with the most rows decides alone here. All count, by their share.",
                lambda w, r: w[int(np.argmax(r))],
            ),
            Mistake(
                "Weighted, and divided twice: by the rows and by the clients. The shares add up to 1 already.",
                lambda w, r: np.array(r) / sum(r) @ w / len(r),
            ),
        ),
    ),
    FunctionExercise(
        name="bytes_sent",
        title="What goes over the wire",
        difficulty=1,
        minutes=4,
        points=1,
        hints=(
            "One client, one round: what comes down to it, and what goes up?",
            "parameters × bits / 8 bytes each way; then times clients and rounds.",
        ),
        inputs=st.fixed_dictionaries(
            {
                "parameters": st.integers(1, 2000),
                "clients": st.integers(1, 50),
                "rounds": st.integers(1, 50),
                "bits": st.sampled_from([8, 16, 32, 64]),
            }
        ),
        solution=bytes_sent,
        mistakes=(
            Mistake(
                "This is one way. In each round the model goes down to every client, and comes up again.",
                lambda p, c, r, b: p * b // 8 * c * r,
            ),
            Mistake("You counted bits; a byte has 8.", lambda p, c, r, b: 2 * p * b * c * r),
            Mistake("These are bits, and one way only.", lambda p, c, r, b: p * b * c * r),
            Mistake("This is a single round.", lambda p, c, r, b: 2 * p * b // 8 * c),
            Mistake("This is a single client.", lambda p, c, r, b: 2 * p * b // 8 * r),
            Mistake(
                "You count 4 bytes a number always. How many it takes is in `bits`.",
                lambda p, c, r, b: 8 * p * c * r,
            ),
            Mistake(
                "Down, you sent the model once for all clients. Each of them needs its own copy over the wire.",
                lambda p, c, r, b: p * b // 8 * (c + 1) * r,
            ),
            Mistake(
                "You let each client send to every other. They talk to the server alone.",
                lambda p, c, r, b: p * b // 8 * c * (c - 1) * r,
                lambda p, c, r, b: 2 * p * b // 8 * c * c * r,
            ),
            Mistake(
                "How many numbers are sent is right. How many bytes does each take?",
                lambda p, c, r, b: 2 * p * c * r,
            ),
            Mistake(
                "Bytes are asked for, not thousands or millions of them.",
                lambda p, c, r, b: 2 * p * b // 8 * c * r / 1000,
                lambda p, c, r, b: 2 * p * b // 8 * c * r / 1_000_000,
            ),
        ),
    ),
    FunctionExercise(
        name="clip_update",
        title="Not longer than this",
        difficulty=1,
        minutes=5,
        points=1,
        hints=(
            "np.linalg.norm(update) is its length. What factor makes it `largest` long?",
            "The factor is largest / length, and 1 where that would make the update longer: min(1, largest / length).",
        ),
        inputs=st.fixed_dictionaries(
            {"update": _vectors(), "largest": st.sampled_from([0.5, 1.0, 2.0, 5.0, 10.0, 20.0])}
        ),
        solution=clip_update,
        mistakes=(
            Mistake(
                "Short updates were made longer. One that is within the limit stays as it is.",
                lambda u, c: u * c / np.linalg.norm(u),
                lambda u, c: u * max(1, c / np.linalg.norm(u)),
            ),
            Mistake(
                "You cut each number for itself, which bends the direction. The whole vector is shortened, all numbers by "
                "one factor.",
                lambda u, c: np.clip(u, -c, c),
                lambda u, c: np.minimum(u, c),
            ),
            Mistake(
                "You made the length 1. It may be as long as `largest`.",
                lambda u, c: u / np.linalg.norm(u),
                lambda u, c: u / max(1, np.linalg.norm(u)),
            ),
            Mistake(
                "A long update is shortened, not thrown away.",
                lambda u, c: u if np.linalg.norm(u) <= c else 0 * u,
            ),
            Mistake(
                "You took the sum of the squares for the length; its square root is missing.",
                lambda u, c: u * min(1, c / (u @ u)),
                lambda u, c: u * min(1, c / (u @ u)) if u @ u > c else u,
            ),
            Mistake(
                "You measured the length by the sizes of the numbers, added up. It is the root of the sum of their squares.",
                lambda u, c: u * min(1, c / np.abs(u).sum()),
            ),
            Mistake(
                "You measured the largest number, not the length of the vector.",
                lambda u, c: u * min(1, c / np.abs(u).max()),
            ),
            Mistake(
                "The factor is the wrong way round: length / largest makes long ones longer.",
                lambda u, c: u * np.linalg.norm(u) / c,
                lambda u, c: u * min(1, np.linalg.norm(u) / c),
            ),
            Mistake("Nothing is clipped: your update comes back as it was.", lambda u, c: u),
        ),
    ),
    FunctionExercise(
        name="squash",
        title="A length that is a probability",
        difficulty=1,
        minutes=5,
        points=1,
        hints=(
            "Direction: s divided by its length. New length: length² / (1 + length²).",
            "length = np.linalg.norm(s); the rest is one line.",
        ),
        inputs=st.fixed_dictionaries({"s": _vectors()}),
        solution=squash,
        mistakes=(
            Mistake(
                "The direction should have length 1 before it gets its new length: divide s by its length.",
                lambda s: s * (s @ s) / (1 + s @ s),
            ),
            Mistake(
                "This has always the length 1. The new length says how long s was.",
                lambda s: s / np.linalg.norm(s),
            ),
            Mistake(
                "You squashed each number for itself. The vector's length is squashed, its direction stays.",
                lambda s: s**2 / (1 + s**2),
                lambda s: s * np.abs(s) / (1 + s**2),
                lambda s: 1 / (1 + np.exp(-s)),
                lambda s: np.tanh(s),
            ),
            Mistake(
                "This is the new length alone. The vector is asked for.",
                lambda s: float(s @ s / (1 + s @ s)),
            ),
            Mistake(
                "You used the length where its square belongs: length² / (1 + length²).",
                lambda s: s / (1 + np.linalg.norm(s)),
            ),
            Mistake(
                "You used the fourth power: s @ s is the square of the length already.",
                lambda s: s / np.linalg.norm(s) * (s @ s) ** 2 / (1 + (s @ s) ** 2),
            ),
            Mistake(
                "You divided by the length too often: a vector of length 2 should come out with the length 4/5.",
                lambda s: s / (1 + s @ s),
                lambda s: s / np.linalg.norm(s) / (1 + s @ s),
            ),
            Mistake(
                "A softmax makes the numbers add up to 1. Here only the length changes, and minus signs stay.",
                lambda s: np.exp(s - s.max()) / np.exp(s - s.max()).sum(),
            ),
        ),
    ),
    FunctionExercise(
        name="routing_round",
        title="A round of routing",
        difficulty=3,
        minutes=15,
        points=3,
        hints=(
            "Four steps: a softmax in each row of `agreed`; for each digit the weighted sum of its predictions; squash; then "
            "add to `agreed` how well each prediction fits what was found.",
            "For digit d: s = shares[:, d] @ predictions[:, d], squashed it is found; and "
            "predictions[:, d] @ found is what column d of `agreed` gains.",
        ),
        inputs=_routings(),
        solution=routing_round,
        mistakes=(
            Mistake(
                "Your softmax goes down the columns. Each part shares itself out over the digits: along its row, axis=1.",
                lambda p, a: _routed(p, a, np.exp(a) / np.exp(a).sum(axis=0)),
            ),
            Mistake(
                "Your softmax adds up over the whole table. Each part, a row, has a sum of 1 of its own.",
                lambda p, a: _routed(p, a, np.exp(a) / np.exp(a).sum()),
            ),
            Mistake(
                "The squash is missing: what was found should not be longer than 1.",
                lambda p, a: _routed(p, a, squashed=False),
            ),
            Mistake(
                "What was agreed before is gone. The new agreement is added to the old.",
                lambda p, a: _routed(p, a, weight=0),
            ),
            Mistake(
                "All parts count the same here, as in a first round. The shares are the softmax of `agreed`.",
                lambda p, a: _routed(p, a, np.full(a.shape, 1 / a.shape[1])),
            ),
            Mistake(
                "You weighted with `agreed` itself. The shares are its softmax: positive, and a sum of 1 in each row.",
                lambda p, a: _routed(p, a, a),
            ),
            Mistake(
                "The powers of e are there, their sum is missing: the shares of a part should add up to 1.",
                lambda p, a: _routed(p, a, np.exp(a)),
            ),
            Mistake(
                "These are the vectors that were found. Asked for is `agreed` after the round.",
                _found,
            ),
            Mistake(
                "These are the shares. Asked for is `agreed` after the round.",
                lambda p, a: np.exp(a) / np.exp(a).sum(axis=1, keepdims=True),
            ),
            Mistake(
                "You subtracted: a prediction that fits should gain.",
                lambda p, a: 2 * a - _routed(p, a),
            ),
        ),
    ),
    FunctionExercise(
        name="answer_millijoules",
        title="The energy of an answer",
        difficulty=2,
        minutes=6,
        points=2,
        hints=(
            "One token first: how many bytes are read, and how many operations are done?",
            "parameters × bits / 8 bytes at 162.5 pJ and 2 × parameters operations at 2.3 pJ, for each token. A "
            "millijoule is a billion picojoules.",
        ),
        inputs=st.fixed_dictionaries(
            {
                "parameters": st.integers(1_000_000, 2_000_000_000),
                "bits": st.sampled_from([4, 8, 16, 32]),
                "tokens": st.integers(1, 100),
            }
        ),
        solution=answer_millijoules,
        mistakes=(
            Mistake(
                "The arithmetic is missing: two operations for each parameter and token, at 2.3 pJ.",
                lambda p, b, t: t * p * b / 8 * 162.5 / 1e9,
            ),
            Mistake(
                "The bytes are missing: every token reads all parameters from memory once.",
                lambda p, b, t: t * 2 * p * 2.3 / 1e9,
            ),
            Mistake(
                "You read the parameters once for the whole answer. They do not stay in the processor: each token reads "
                "them again.",
                lambda p, b, t: (p * b / 8 * 162.5 + t * 2 * p * 2.3) / 1e9,
            ),
            Mistake(
                "You took bits for bytes: 162.5 pJ are for 8 bits.",
                lambda p, b, t: t * (p * b * 162.5 + 2 * p * 2.3) / 1e9,
            ),
            Mistake(
                "Each parameter takes two operations a token, a multiplication and an addition.",
                lambda p, b, t: t * (p * b / 8 * 162.5 + p * 2.3) / 1e9,
            ),
            Mistake("This is a single token.", lambda p, b, t: (p * b / 8 * 162.5 + 2 * p * 2.3) / 1e9),
            Mistake(
                "The unit is off: a millijoule is 10⁹ picojoules.",
                lambda p, b, t: 1e9 * answer_millijoules(p, b, t),
                lambda p, b, t: answer_millijoules(p, b, t) / 1000,
                lambda p, b, t: 1000 * answer_millijoules(p, b, t),
                lambda p, b, t: 1e6 * answer_millijoules(p, b, t),
            ),
            Mistake(
                "You count 4 bytes a parameter always. How many bits it has is given.",
                lambda p, b, t: t * (p * 4 * 162.5 + 2 * p * 2.3) / 1e9,
            ),
            Mistake(
                "Six operations for each parameter are for training. An answer takes two.",
                lambda p, b, t: t * (p * b / 8 * 162.5 + 6 * p * 2.3) / 1e9,
            ),
            Mistake(
                "The two prices are exchanged: 162.5 pJ for a byte, 2.3 pJ for an operation.",
                lambda p, b, t: t * (p * b / 8 * 2.3 + 2 * p * 162.5) / 1e9,
            ),
        ),
    ),
)
