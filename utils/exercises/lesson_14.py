"""Lesson 14, fewer parameters: rounding, blocks of a file, pruning, pairs, windows, mixtures, distillation."""

import numpy as np
from hypothesis import strategies as st

from utils.exercises.declare import Exercise, FunctionExercise, Mistake


def quantise(values, bits):
    levels = 2**bits - 1  # the largest whole number
    scale = (values.max() - values.min()) / levels
    zero = np.round(-values.min() / scale)
    whole = np.clip(np.round(values / scale) + zero, 0, levels)
    return [whole, scale, zero]


def _quantised(values, bits, scale=None, zero=None, rounding=np.round):
    """With another scale, zero point or rounding than the right ones."""
    scale = (values.max() - values.min()) / (2**bits - 1) if scale is None else scale
    zero = np.round(-values.min() / scale) if zero is None else zero
    return [rounding(values / scale) + zero, scale, zero]


def _no_tie(case):
    """Whether no value lies in the middle between two steps, where ways of rounding differ."""
    values, bits = case["values"], case["bits"]
    scale = (values.max() - values.min()) / (2**bits - 1)
    places = np.append(values / scale, -values.min() / scale) % 1
    return values.min() < 0 < values.max() and (abs(places - 0.5) > 1e-3).all()


def unpack_q4_1(block):
    step = float(block[:2].view(np.float16)[0])
    smallest = float(block[2:4].view(np.float16)[0])
    packed = block[4:]
    whole = np.concatenate([packed % 16, packed // 16])  # the first sixteen, then the others
    return step * whole + smallest


def _parts(block):
    """(step, smallest, the low halves of the bytes, the high halves)."""
    step, smallest = (float(number) for number in block[:4].view(np.float16))
    packed = block[4:].astype(float)
    return step, smallest, packed % 16, packed // 16


def _unpacked(change):
    """The answer of somebody who puts the parts together in another way."""
    return lambda block: np.asarray(change(*_parts(block)))


def _packed(step, smallest, whole):
    """A block of 20 bytes. With these steps no rounding happens, in any number of bits."""
    constants = np.array([step / 256, smallest / 256], np.float16).view(np.uint8)
    whole = np.array(whole, np.uint8)
    return np.concatenate([constants, whole[:16] + 16 * whole[16:]])


def file_bytes(numbers, bits, block, constants):
    return numbers * bits // 8 + numbers // block * constants


def pruned(weights, share):
    number = round(share * weights.size)  # so many go
    order = np.argsort(abs(weights).ravel())
    result = weights.copy().ravel()
    result[order[:number]] = 0
    return result.reshape(weights.shape)


def _pruned_by(order_of):
    """Prune in another order, given the flat weights."""

    def answer(weights, share):
        result = weights.copy().ravel()
        result[np.argsort(order_of(weights.ravel()))[: round(share * weights.size)]] = 0
        return result.reshape(weights.shape)

    return answer


def _pruned_in(axis):
    """Prune the same share of each row (axis 1) or column (axis 0)."""

    def answer(weights, share):
        result = weights.copy() if axis else weights.T.copy()
        for line in result:
            line[np.argsort(abs(line))[: round(share * len(line))]] = 0
        return result if axis else result.T

    return answer


def _whole_rows(weights, share):
    result = weights.copy()
    result[np.argsort(abs(weights).sum(axis=1))[: round(share * len(weights))]] = 0
    return result


def break_even_rank(rows, columns):
    # A pair has rank * (rows + columns) parameters, which must be fewer than rows * columns.
    return (rows * columns - 1) // (rows + columns)


def window_mask(time, window, first):
    row, column = np.arange(time)[:, None], np.arange(time)
    back = row - column
    return (back >= 0) & ((back < window) | (column < first))


def _masked(rule):
    """The answer of somebody with another rule on (how far back, column, window, first)."""

    def answer(time, window, first):
        row, column = np.arange(time)[:, None], np.arange(time)
        return rule(row - column, column, window, first)

    return answer


def balance_loss(probabilities):
    tokens, experts = probabilities.shape
    chosen = probabilities.argmax(axis=1)
    shares = np.bincount(chosen, minlength=experts) / tokens
    return experts * np.sum(shares * probabilities.mean(axis=0))


def _balanced(rule):
    """The answer of somebody with another rule on (experts, shares, mean probabilities, tokens)."""

    def answer(probabilities):
        tokens, experts = probabilities.shape
        shares = np.bincount(probabilities.argmax(axis=1), minlength=experts) / tokens
        return rule(experts, shares, probabilities.mean(axis=0), tokens)

    return answer


_CHANCES = {2: (7, 3), 3: (5, 3, 2), 4: (4, 3, 2, 1)}
"""Tenths for each number of experts, no two alike."""

_ROUTED = st.sampled_from([2, 3, 4]).flatmap(
    lambda experts: st.lists(st.permutations(_CHANCES[experts]), min_size=2, max_size=6)
)


def distillation_loss(student, teacher, temperature):
    def softmax(logits):
        powers = np.exp(logits - logits.max(axis=1, keepdims=True))
        return powers / powers.sum(axis=1, keepdims=True)

    wanted, given = softmax(teacher / temperature), softmax(student / temperature)
    losses = -np.sum(wanted * np.log(given), axis=1)
    return temperature**2 * losses.mean()


def _log_softmax(logits):
    shifted = logits - logits.max(axis=1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))


def _cross(student, teacher, hot=1.0, cool=1.0):
    """The cross-entropy of each row; the student's and the teacher's temperatures."""
    return -np.sum(np.exp(_log_softmax(teacher / cool)) * _log_softmax(student / hot), axis=1)


def _spread(teacher, temperature):
    """The teacher's own entropy in each row."""
    return _cross(teacher, teacher, temperature, temperature)


def _picked(student, teacher, temperature):
    """Minus the student's log-probability of the teacher's first choice."""
    return -_log_softmax(student / temperature)[np.arange(len(student)), teacher.argmax(axis=1)]


def _logits(rows, columns):
    """Two tables of logits in which nothing is alike."""
    size = rows * columns
    table = st.permutations(range(-3, 9)).map(lambda numbers: np.array(numbers[:size], float))
    return st.tuples(table, table).map(lambda pair: [numbers.reshape(rows, columns) for numbers in pair])


EXERCISES: tuple[Exercise, ...] = (
    FunctionExercise(
        name="quantise",
        title="Eight bits, or four",
        difficulty=2,
        minutes=12,
        points=2,
        hints=(
            "With 3 bits one can write 0 to 7. Between the smallest and the largest value there are then 7 steps.",
            "The zero point is how many steps lie between the smallest value and 0, rounded.",
            "whole = np.round(values / scale) + zero. np.clip(whole, 0, levels) is for the rare case at the edge.",
        ),
        inputs=st.fixed_dictionaries(
            {
                "values": st.lists(st.integers(-400, 400), min_size=3, max_size=7, unique=True).map(
                    lambda hundredths: np.array(hundredths) / 100
                ),
                "bits": st.sampled_from([2, 3, 4, 8]),
            }
        ).filter(_no_tie),
        solution=quantise,
        mistakes=(
            Mistake(
                "With so many bits there are 2**bits whole numbers, but one fewer step between them: divide by "
                "2**bits - 1.",
                lambda v, b: _quantised(v, b, (v.max() - v.min()) / 2**b),
            ),
            Mistake(
                "That is the way without a zero point, the same reach on both sides of 0. Here the steps go from the "
                "smallest value to the largest.",
                lambda v, b: _quantised(v, b, abs(v).max() / (2 ** (b - 1) - 1), 0.0),
                lambda v, b: _quantised(v, b, 2 * abs(v).max() / (2**b - 1), 0.0),
            ),
            Mistake(
                "Scale and zero point are right. The zero point has to be added to each whole number, so that the "
                "smallest value becomes 0.",
                lambda v, b: [
                    np.round(v / _quantised(v, b)[1]),
                    _quantised(v, b)[1],
                    _quantised(v, b)[2],
                ],
            ),
            Mistake(
                "The zero point is a whole number too: only then does a weight of exactly 0 come back as exactly 0.",
                lambda v, b: [
                    np.round((v - v.min()) / _quantised(v, b)[1]),
                    _quantised(v, b)[1],
                    -v.min() / _quantised(v, b)[1],
                ],
            ),
            Mistake(
                "You cut the digits after the point off. Rounding to the nearest step makes the error half as large.",
                lambda v, b: _quantised(v, b, rounding=np.floor),
                lambda v, b: _quantised(v, b, rounding=np.trunc),
            ),
            Mistake(
                "You took the smallest value off and rounded once. Here value and zero point are rounded apart, and "
                "then added; that is what makes 0 come back as 0.",
                lambda v, b: [
                    np.round((v - v.min()) / ((v.max() - v.min()) / (2**b - 1))),
                    *quantise(v, b)[1:],
                ],
            ),
            Mistake(
                "These are the values after the way there and back. The whole numbers themselves are asked for.",
                lambda v, b: [
                    (_quantised(v, b)[0] - _quantised(v, b)[2]) * _quantised(v, b)[1],
                    *_quantised(v, b)[1:],
                ],
            ),
            Mistake(
                "A sign: the zero point is the whole number that stands for 0, so it is not negative.",
                lambda v, b: [_quantised(v, b)[0], _quantised(v, b)[1], -_quantised(v, b)[2]],
                lambda v, b: _quantised(v, b, zero=np.round(v.min() / _quantised(v, b)[1])),
            ),
            Mistake(
                "The third is the smallest value. What is asked for is the whole number that stands for 0.",
                lambda v, b: [_quantised(v, b)[0], _quantised(v, b)[1], v.min()],
            ),
            Mistake(
                "Your scale is upside down: it says how large one step is, not how many steps make 1.",
                lambda v, b: [_quantised(v, b)[0], 1 / _quantised(v, b)[1], _quantised(v, b)[2]],
            ),
            Mistake("Your answer has eight bits whatever `bits` is.", lambda v, b: _quantised(v, 8)),
        ),
    ),
    FunctionExercise(
        name="file_bytes",
        title="How large will the file be?",
        difficulty=1,
        minutes=4,
        points=1,
        hints=(
            "Eight bits make a byte. That is the first part.",
            "There are numbers // block blocks, and each has so many bytes of constants.",
        ),
        inputs=st.fixed_dictionaries(
            {
                "blocks": st.integers(1, 400),
                "bits": st.sampled_from([2, 4, 8]),
                "block": st.sampled_from([16, 32, 64, 256]),
                "constants": st.sampled_from([2, 4, 6]),
            }
        ).map(
            lambda sizes: {
                "numbers": sizes["blocks"] * sizes["block"],
                "bits": sizes["bits"],
                "block": sizes["block"],
                "constants": sizes["constants"],
            }
        ),
        solution=file_bytes,
        mistakes=(
            Mistake(
                "These are the whole numbers alone. Each block has its constants, too.",
                lambda numbers, bits, block, constants: numbers * bits // 8,
            ),
            Mistake(
                "You counted the constants once for every number. There is one set for each block.",
                lambda numbers, bits, block, constants: numbers * bits // 8 + numbers * constants,
            ),
            Mistake(
                "You counted the constants of one block only.",
                lambda numbers, bits, block, constants: numbers * bits // 8 + constants,
            ),
            Mistake(
                "The whole numbers are counted in bits: eight of them make a byte.",
                lambda numbers, bits, block, constants: numbers * bits + numbers // block * constants,
            ),
            Mistake(
                "The constants are given in bytes already: only the whole numbers are divided by 8.",
                lambda numbers, bits, block, constants: (numbers * bits + numbers // block * constants) // 8,
                lambda numbers, bits, block, constants: (numbers * bits + numbers // block * constants) / 8,
            ),
            Mistake(
                "This is in bits. Bytes are asked for.",
                lambda numbers, bits, block, constants: numbers * bits + 8 * (numbers // block) * constants,
            ),
            Mistake(
                "This is what one block takes. How many blocks are there?",
                lambda numbers, bits, block, constants: block * bits // 8 + constants,
            ),
            Mistake(
                "`block` is how many numbers share their constants, not how many blocks there are.",
                lambda numbers, bits, block, constants: numbers * bits // 8 + block * constants,
            ),
        ),
    ),
    FunctionExercise(
        name="unpack_q4_1",
        title="Twenty bytes, thirty-two numbers",
        difficulty=3,
        minutes=15,
        points=3,
        hints=(
            "block[:2].view(np.float16)[0] reads the first two bytes as a float of 16 bits.",
            "A byte is 16 × its high half + its low half. Which operations give the one and the other?",
            "packed % 16 are numbers 0 to 15, packed // 16 are numbers 16 to 31; np.concatenate puts one behind the "
            "other.",
        ),
        inputs=st.fixed_dictionaries(
            {
                "block": st.builds(
                    _packed,
                    st.integers(2, 90),
                    st.integers(-500, -10),
                    st.lists(st.integers(0, 15), min_size=32, max_size=32),
                )
            }
        ),
        solution=unpack_q4_1,
        mistakes=(
            Mistake(
                "You put the two halves of each byte side by side. In this file the low halves are numbers 0 to 15, "
                "and the high halves 16 to 31.",
                _unpacked(lambda d, m, low, high: d * np.stack([low, high], 1).ravel() + m),
                _unpacked(lambda d, m, low, high: d * np.stack([high, low], 1).ravel() + m),
            ),
            Mistake(
                "The halves are exchanged: what `% 16` gives comes first.",
                _unpacked(lambda d, m, low, high: d * np.concatenate([high, low]) + m),
            ),
            Mistake(
                "The smallest number is missing: each whole number counts the steps above it.",
                _unpacked(lambda d, m, low, high: d * np.concatenate([low, high])),
            ),
            Mistake(
                "Step and smallest number are exchanged: the step comes first in the block.",
                _unpacked(lambda d, m, low, high: m * np.concatenate([low, high]) + d),
            ),
            Mistake(
                "The smallest number has its sign already: add it.",
                _unpacked(lambda d, m, low, high: d * np.concatenate([low, high]) - m),
            ),
            Mistake(
                "The high half was not brought down: divide it by 16 (or shift by four bits).",
                _unpacked(lambda d, m, low, high: d * np.concatenate([low, 16 * high]) + m),
            ),
            Mistake(
                "No 8 is taken off in this kind of block: whole numbers go from 0 to 15, and the smallest number is "
                "written down.",
                _unpacked(lambda d, m, low, high: d * (np.concatenate([low, high]) - 8) + m),
                _unpacked(lambda d, m, low, high: d * (np.concatenate([low, high]) - 8)),
            ),
            Mistake(
                "These are the whole numbers. They still have to become weights: times the step, plus the smallest.",
                _unpacked(lambda d, m, low, high: np.concatenate([low, high])),
            ),
            Mistake(
                "One bracket too many: only the whole number is multiplied by the step, not the smallest number.",
                _unpacked(lambda d, m, low, high: d * (np.concatenate([low, high]) + m)),
            ),
        ),
    ),
    FunctionExercise(
        name="pruned",
        title="Only the large ones stay",
        difficulty=2,
        minutes=10,
        points=2,
        hints=(
            "How many go? round(share * weights.size). Which ones? Those of the smallest absolute value.",
            "np.argsort(abs(weights).ravel()) lists the places from the smallest to the largest. (`ravel` lays the "
            "matrix out in a row, `reshape` makes a matrix of it again.)",
            "Copy first, so that the matrix you were given stays as it is.",
        ),
        inputs=st.fixed_dictionaries(
            {
                "weights": st.tuples(
                    st.sampled_from([(2, 4), (4, 2), (4, 3), (3, 4), (4, 4)]),
                    st.permutations(range(1, 17)),
                    st.lists(st.sampled_from([-1, 1]), min_size=16, max_size=16),
                ).map(
                    lambda drawn: (
                        (np.array(drawn[1]) * drawn[2])[: drawn[0][0] * drawn[0][1]].reshape(drawn[0]) / 10
                    )
                ),
                "share": st.sampled_from([0.25, 0.5, 0.75]),
            }
        ),
        solution=pruned,
        mistakes=(
            Mistake(
                "You took the smallest ones with their signs: -5 is a large weight, too. Compare absolute values.",
                _pruned_by(lambda flat: flat),
            ),
            Mistake(
                "You removed the large ones. Those near 0 should go.",
                _pruned_by(lambda flat: -abs(flat)),
            ),
            Mistake(
                "You took the share for a size below which weights go. It says how many go, not how small they are.",
                lambda weights, share: np.where(abs(weights) < share, 0, weights),
                lambda weights, share: np.where(abs(weights) <= share, 0, weights),
            ),
            Mistake(
                "`share` is what goes; you let that share stay.",
                lambda weights, share: pruned(weights, 1 - share),
            ),
            Mistake(
                "You pruned each row, or each column, by itself. Here the whole matrix is one list.",
                _pruned_in(0),
                _pruned_in(1),
            ),
            Mistake(
                "You compared with a share of the largest weight. `share` is a share of how many there are.",
                lambda weights, share: np.where(abs(weights) < share * abs(weights).max(), 0.0, weights),
            ),
            Mistake(
                "This says which ones stay. Return the matrix: the weights that stay, and 0 for the others.",
                lambda weights, share: pruned(weights, share) != 0,
                lambda weights, share: (pruned(weights, share) != 0) * 1.0,
            ),
            Mistake(
                "The weights that stay have lost their signs.",
                lambda weights, share: abs(pruned(weights, share)),
            ),
            Mistake(
                "You cut them out. Put 0 in their places, so that the matrix keeps its shape.",
                lambda weights, share: weights[pruned(weights, share) != 0],
            ),
            Mistake(
                "The right ones are 0, but the answer is one long row. Bring it back to the shape of `weights`.",
                lambda weights, share: pruned(weights, share).ravel(),
            ),
            Mistake(
                "You removed whole rows. Here each weight is judged by itself.",
                _whole_rows,
            ),
        ),
    ),
    FunctionExercise(
        name="break_even_rank",
        title="When does a pair pay?",
        difficulty=1,
        minutes=6,
        points=1,
        hints=(
            "The pair has rows × rank and rank × columns parameters.",
            "rank × (rows + columns) has to be *smaller* than rows × columns. What if it is equal?",
        ),
        inputs=st.one_of(
            st.fixed_dictionaries({"rows": st.integers(3, 3000), "columns": st.integers(3, 3000)}),
            st.integers(2, 500).map(lambda half: {"rows": 2 * half, "columns": 2 * half}),
        ),
        solution=break_even_rank,
        mistakes=(
            Mistake(
                "At this rank the pair can have just as many parameters as the matrix. It should have fewer.",
                lambda rows, columns: rows * columns // (rows + columns),
            ),
            Mistake(
                "At this rank the pair has as many as the matrix, or more: the next whole number below is asked for.",
                lambda rows, columns: -(-rows * columns // (rows + columns)),
                lambda rows, columns: rows * columns // (rows + columns) + 1,
            ),
            Mistake(
                "A rank is a whole number.",
                lambda rows, columns: rows * columns / (rows + columns),
            ),
            Mistake(
                "Above this rank there is nothing left to leave out, but the pair has had more parameters than the "
                "matrix for long.",
                lambda rows, columns: min(rows, columns),
                lambda rows, columns: min(rows, columns) - 1,
            ),
            Mistake(
                "Half of the shorter side is right for a square only. Count both matrices of the pair.",
                lambda rows, columns: min(rows, columns) // 2,
                lambda rows, columns: (min(rows, columns) - 1) // 2,
            ),
            Mistake(
                "You counted one matrix of the pair. There are two: rows × rank, and rank × columns.",
                lambda rows, columns: (rows * columns - 1) // rows,
                lambda rows, columns: (rows * columns - 1) // columns,
            ),
            Mistake(
                "This is how many parameters are in the pair's place. The rank is asked for.",
                lambda rows, columns: (rows * columns - 1) // (rows + columns) * (rows + columns),
            ),
        ),
    ),
    FunctionExercise(
        name="window_mask",
        title="A window, and the first ones",
        difficulty=2,
        minutes=8,
        points=2,
        hints=(
            "With row = np.arange(time)[:, None] and column = np.arange(time), row - column is how far back each is.",
            "Seen: not later, and either less than `window` back or among the `first`. `&` is and, `|` is or.",
        ),
        inputs=st.fixed_dictionaries(
            {"time": st.integers(3, 12), "window": st.integers(1, 6), "first": st.integers(0, 4)}
        ),
        solution=window_mask,
        mistakes=(
            Mistake(
                "One too many: the token itself is the first of its window.",
                _masked(
                    lambda back, column, window, first: (back >= 0) & ((back <= window) | (column < first))
                ),
            ),
            Mistake(
                "Your window opens on both sides: no token may see a later one.",
                _masked(
                    lambda back, column, window, first: (
                        (abs(back) < window) | ((back >= 0) & (column < first))
                    )
                ),
                _masked(lambda back, column, window, first: (abs(back) < window) | (column < first)),
                _masked(lambda back, column, window, first: (back < window) | (column < first)),
            ),
            Mistake(
                "The first ones are seen by everybody who comes *after* them, not by those before.",
                _masked(
                    lambda back, column, window, first: ((back >= 0) & (back < window)) | (column < first)
                ),
            ),
            Mistake(
                "The first ones are missing: they may be seen from any distance.",
                _masked(lambda back, column, window, first: (back >= 0) & (back < window)),
            ),
            Mistake(
                "Everything before is seen. The window should close after `window` tokens.",
                _masked(lambda back, column, window, first: back >= 0),
            ),
            Mistake(
                "Rows and columns are exchanged: row i is the token that looks.",
                lambda time, window, first: window_mask(time, window, first).T,
            ),
            Mistake(
                "You marked what may not be seen. True should stand for what may.",
                lambda time, window, first: ~window_mask(time, window, first),
            ),
            Mistake(
                "You let only those be seen that are in the window *and* among the first. One of the two is enough.",
                _masked(lambda back, column, window, first: (back >= 0) & (back < window) & (column < first)),
            ),
            Mistake(
                "One too many of the first: they are numbers 0 to first - 1.",
                _masked(
                    lambda back, column, window, first: (back >= 0) & ((back < window) | (column <= first))
                ),
            ),
            Mistake(
                "A token may see itself, whatever the window is.",
                _masked(
                    lambda back, column, window, first: (back > 0) & ((back < window) | (column < first))
                ),
                _masked(
                    lambda back, column, window, first: (back > 0) & ((back <= window) | (column < first))
                ),
            ),
        ),
    ),
    FunctionExercise(
        name="balance_loss",
        title="A price for crowding",
        difficulty=2,
        minutes=10,
        points=2,
        hints=(
            "Two numbers for each expert: the share of tokens that it gets, and the mean probability that it gets.",
            "probabilities.argmax(axis=1) is each token's expert; np.bincount(chosen, minlength=experts) counts them.",
            "Multiply the two numbers of each expert, add up over the experts, and multiply by how many there are.",
        ),
        inputs=st.fixed_dictionaries({"probabilities": _ROUTED.map(lambda tenths: np.array(tenths) / 10)}),
        solution=balance_loss,
        mistakes=(
            Mistake(
                "The number of experts is missing: with it, perfect balance costs 1, however many there are.",
                _balanced(lambda experts, shares, means, tokens: np.sum(shares * means)),
            ),
            Mistake(
                "You used the mean probabilities twice. One of the two is the share of tokens that an expert *gets*.",
                _balanced(lambda experts, shares, means, tokens: experts * np.sum(means * means)),
            ),
            Mistake(
                "You used the shares of tokens twice. One of the two is the mean probability, since only that has a slope.",
                _balanced(lambda experts, shares, means, tokens: experts * np.sum(shares * shares)),
            ),
            Mistake(
                "Divide by how many tokens there are, both times: the share of tokens that an expert gets is asked for, "
                "and the mean of its probabilities.",
                _balanced(lambda experts, shares, means, tokens: experts * np.sum(shares * means) * tokens),
            ),
            Mistake(
                "You have counts and sums over the tokens. A share and a mean are asked for.",
                _balanced(
                    lambda experts, shares, means, tokens: experts * np.sum(shares * means) * tokens**2
                ),
            ),
            Mistake(
                "You took the mean over the experts. Add their products up, and multiply by the number of experts.",
                _balanced(lambda experts, shares, means, tokens: np.mean(shares * means)),
            ),
            Mistake(
                "One number is asked for. Add the products of all experts up.",
                _balanced(lambda experts, shares, means, tokens: experts * shares * means),
            ),
            Mistake(
                "You multiplied by the number of tokens. It is the number of experts.",
                _balanced(lambda experts, shares, means, tokens: tokens * np.sum(shares * means)),
            ),
        ),
    ),
    FunctionExercise(
        name="distillation_loss",
        title="What the student owes the teacher",
        difficulty=3,
        minutes=15,
        points=3,
        hints=(
            "Divide both tables of logits by the temperature, then a softmax in each row.",
            "The cross-entropy of a row: minus the sum of the teacher's probabilities times the logarithms of the "
            "student's.",
            "The mean over the rows, and that times temperature ** 2.",
        ),
        inputs=st.sampled_from([(1, 3), (2, 3), (2, 4), (3, 3)]).flatmap(
            lambda shape: st.tuples(_logits(*shape), st.sampled_from([2.0, 3.0, 4.0])).map(
                lambda drawn: {"student": drawn[0][0], "teacher": drawn[0][1], "temperature": drawn[1]}
            )
        ),
        solution=distillation_loss,
        mistakes=(
            Mistake(
                "The factor temperature ** 2 is missing. Without it a higher temperature makes the slopes small.",
                lambda s, t, heat: _cross(s, t, heat, heat).mean(),
            ),
            Mistake(
                "The factor is the *square* of the temperature: one for each of the two divisions.",
                lambda s, t, heat: heat * _cross(s, t, heat, heat).mean(),
                lambda s, t, heat: 2 * heat * _cross(s, t, heat, heat).mean(),
            ),
            Mistake(
                "Student and teacher are exchanged: the logarithm is taken of the student's probabilities.",
                lambda s, t, heat: heat**2 * _cross(t, s, heat, heat).mean(),
            ),
            Mistake(
                "The temperature has to divide the student's logits as well.",
                lambda s, t, heat: heat**2 * _cross(s, t, 1.0, heat).mean(),
            ),
            Mistake(
                "The temperature has to divide the teacher's logits as well.",
                lambda s, t, heat: heat**2 * _cross(s, t, heat, 1.0).mean(),
            ),
            Mistake(
                "The temperature does not come into your probabilities: divide both tables of logits by it.",
                lambda s, t, heat: heat**2 * _cross(s, t).mean(),
                lambda s, t, heat: _cross(s, t).mean(),
            ),
            Mistake(
                "You used the teacher's first choice only. All its probabilities count: that is what a text cannot tell.",
                lambda s, t, heat: heat**2 * _picked(s, t, heat).mean(),
                lambda s, t, heat: _picked(s, t, heat).mean(),
            ),
            Mistake(
                "You added up over the rows. Take their mean.",
                lambda s, t, heat: heat**2 * _cross(s, t, heat, heat).sum(),
            ),
            Mistake(
                "You took the mean over all entries. Within a row the products are added up.",
                lambda s, t, heat: heat**2 * _cross(s, t, heat, heat).mean() / s.shape[1],
            ),
            Mistake(
                "You have taken the teacher's own entropy off. Then it is 0 for a perfect student, and it has the same "
                "slopes; but here the cross-entropy is asked for.",
                lambda s, t, heat: heat**2 * (_cross(s, t, heat, heat) - _spread(t, heat)).mean(),
                lambda s, t, heat: (_cross(s, t, heat, heat) - _spread(t, heat)).mean(),
            ),
            Mistake(
                "The sign: logarithms of probabilities are negative, and a loss is positive.",
                lambda s, t, heat: -(heat**2) * _cross(s, t, heat, heat).mean(),
            ),
        ),
    ),
)
