"""Lesson 13, fine-tuning: F1, the loss's mask, low-rank updates, their cost, when to stop, and looking up."""

# ruff: noqa: N803 - matrices are called W, A and B, as in the lesson and in the paper

import numpy as np
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from utils.exercises.declare import Exercise, FunctionExercise, Mistake


def facts_f1(stated, right):
    hits = len(set(stated) & set(right))
    if hits == 0:
        return 0.0
    precision = hits / len(stated)
    recall = hits / len(right)
    return 2 * precision * recall / (precision + recall)


def _shares(stated, right):
    """Precision and recall; 0 where there is nothing to divide by."""
    hits = len(set(stated) & set(right))
    return hits / len(stated) if stated else 0.0, hits / len(right)


def _by_the_formula(stated, right):
    precision, recall = _shares(stated, right)
    return 2 * precision * recall / (precision + recall)


def loss_mask(starts, ends, time):
    place = np.arange(time)
    return (place >= starts[:, None]) & (place < ends[:, None])


def _mask(rule):
    """A mask by another rule on (place, start, end)."""
    return lambda starts, ends, time: rule(np.arange(time), starts[:, None], ends[:, None])


def lora_parameters(inputs, outputs, rank):
    return rank * (inputs + outputs)


def low_rank(x, W, A, B, alpha):
    rank = A.shape[1]
    return x @ W + alpha / rank * (x @ A) @ B


def training_bytes(parameters, trained):
    return 4 * parameters + 4 * trained + 8 * trained


def best_step(losses, patience):
    best = 0
    for step in range(len(losses)):
        if losses[step] < losses[best]:
            best = step
        if step - best == patience:
            break
    return best


def _stopped_at(losses, patience):
    """Where the training stops, and the best step until then."""
    best = 0
    for step in range(len(losses)):
        if losses[step] < losses[best]:
            best = step
        if step - best == patience:
            return step, best
    return len(losses) - 1, best


def _worse_in_a_row(losses, patience):
    """The best step of somebody who compares each loss with the one before it."""
    rises, best = 0, 0
    for step in range(1, len(losses)):
        rises = rises + 1 if losses[step] >= losses[step - 1] else 0
        if losses[step] < losses[best]:
            best = step
        if rises == patience:
            break
    return best


def _with_ties(losses, patience):
    """The best step of somebody for whom an equal loss is better."""
    best = 0
    for step in range(len(losses)):
        if losses[step] <= losses[best]:
            best = step
        if step - best == patience:
            break
    return best


def _one_more(losses, patience):
    """The best step of somebody whose patience lasts one step longer."""
    return best_step(losses, patience + 1)


def find_note(question, notes):
    asked = set(question.lower().split())
    shared = [len(asked & set(note.lower().split())) for note in notes]
    return shared.index(max(shared))


def _words(text):
    return text.lower().split()


def _best(scores):
    """The number of the first note with the largest score."""
    return scores.index(max(scores))


def _last_best(scores):
    return len(scores) - 1 - scores[::-1].index(max(scores))


_PARTS = ("two-year", "30 days", "support portal", "order number", "serial number")
_SOME = st.lists(st.sampled_from(_PARTS), unique=True, max_size=5)
_LOSSES = st.lists(st.integers(1, 9).map(lambda tenths: tenths / 2), min_size=4, max_size=10)


def _text(fewest, most):
    words = ("Lamp", "lamp", "turn", "Turn", "return", "Return", "fan", "Fan", "cup", "the", "of")
    return st.lists(st.sampled_from(words), min_size=fewest, max_size=most).map(" ".join)


def _repeating(texts):
    """Texts of which many have one word more than once."""
    return st.builds(lambda text, more: " ".join([text, *text.split()[:1] * more]), texts, st.integers(0, 3))


@st.composite
def _mask_inputs(draw):
    time = draw(st.integers(3, 9))
    pairs = draw(
        st.lists(st.lists(st.integers(1, time), min_size=2, max_size=2, unique=True), min_size=1, max_size=4)
    )
    pairs = np.array([sorted(pair) for pair in pairs])
    return {"starts": pairs[:, 0], "ends": pairs[:, 1], "time": time}


@st.composite
def _low_rank_inputs(draw):
    rows, inputs, outputs, rank = (draw(st.integers(1, most)) for most in (3, 4, 4, 3))

    def matrix(*shape):
        return draw(arrays(float, shape, elements=st.integers(-3, 3).map(float)))

    return {
        "x": matrix(rows, inputs),
        "W": matrix(inputs, outputs),
        "A": matrix(inputs, rank),
        "B": matrix(rank, outputs),
        "alpha": draw(st.sampled_from((1, 2, 4, 8, 16))),
    }


EXERCISES: tuple[Exercise, ...] = (
    FunctionExercise(
        name="facts_f1",
        title="One number for an answer",
        difficulty=1,
        minutes=6,
        points=1,
        hints=(
            "How many parts stand in both lists? set(stated) & set(right) has them.",
            "Precision divides that by len(stated), recall by len(right).",
            "Where nothing is shared, return 0 before you divide by anything.",
        ),
        inputs=st.fixed_dictionaries({"stated": _SOME, "right": _SOME.filter(bool)}),
        solution=facts_f1,
        mistakes=(
            Mistake(
                "That is the precision: it does not notice what the answer leaves out.",
                lambda s, r: _shares(s, r)[0],
            ),
            Mistake(
                "That is the recall: it does not notice what the answer makes up.",
                lambda s, r: _shares(s, r)[1],
            ),
            Mistake(
                "That is the ordinary mean of precision and recall. F1 is 2·P·R / (P + R), which is small as soon as one "
                "of them is.",
                lambda s, r: sum(_shares(s, r)) / 2,
            ),
            Mistake(
                "The 2 is missing: with P = R = 1, F1 should be 1.",
                lambda s, r: facts_f1(s, r) / 2,
            ),
            Mistake(
                "You have 2·P·R without dividing by P + R.",
                lambda s, r: 2 * _shares(s, r)[0] * _shares(s, r)[1],
            ),
            Mistake("That is P·R. F1 is 2·P·R / (P + R).", lambda s, r: _shares(s, r)[0] * _shares(s, r)[1]),
            Mistake(
                "You divided what is shared by all parts in either list. That is another measure, Jaccard's, and stricter.",
                lambda s, r: len(set(s) & set(r)) / len(set(s) | set(r)),
            ),
            Mistake(
                "That asks whether the lists are equal. An answer with two parts of three right should get something.",
                lambda s, r: float(set(s) == set(r)),
            ),
            Mistake(
                "That counts the shared parts. F1 is a share, from 0 to 1.",
                lambda s, r: len(set(s) & set(r)),
            ),
            Mistake(
                "Where nothing is shared, P and R are 0, and there is nothing to divide by. Return 0 before you divide.",
                _by_the_formula,
            ),
            Mistake(
                "You have thought of the answer that states nothing. One whose parts are all wrong makes P + R 0, too.",
                lambda s, r: _by_the_formula(s, r) if s else 0.0,
            ),
        ),
    ),
    FunctionExercise(
        name="loss_mask",
        title="What has to be learned",
        difficulty=2,
        minutes=8,
        points=2,
        hints=(
            "np.arange(time) numbers the places. Which of them lie from start on and before end?",
            "starts[:, None] is a column, so that each row of the result compares with its own start.",
            "Two comparisons of arrays are joined with &, each in brackets.",
        ),
        inputs=_mask_inputs(),
        solution=loss_mask,
        mistakes=(
            Mistake(
                "Turned round: True is for the answer, False for the question and what is behind.",
                _mask(lambda p, s, e: ~((p >= s) & (p < e))),
            ),
            Mistake(
                "`ends` is the first place behind the answer: it no longer counts.",
                _mask(lambda p, s, e: (p >= s) & (p <= e)),
            ),
            Mistake(
                "`starts` is the first token of the answer: it counts.",
                _mask(lambda p, s, e: (p > s) & (p < e)),
            ),
            Mistake(
                "Both ends are one off: the place `starts` counts, the place `ends` does not.",
                _mask(lambda p, s, e: (p > s) & (p <= e)),
            ),
            Mistake(
                "The zeros behind the answer count in yours. They only fill the row up.",
                _mask(lambda p, s, e: p >= s),
            ),
            Mistake(
                "The question counts in yours. The model need not learn to ask.", _mask(lambda p, s, e: p < e)
            ),
            Mistake("That is the question. The answer is what should count.", _mask(lambda p, s, e: p < s)),
            Mistake(
                "You moved the mask one place to the left, to the places that *predict* the answer. Here it marks the "
                "tokens themselves.",
                _mask(lambda p, s, e: (p >= s - 1) & (p < e - 1)),
            ),
            Mistake(
                "The last token of the answer is missing: all before `ends` count.",
                _mask(lambda p, s, e: (p >= s) & (p < e - 1)),
            ),
            Mistake(
                "All your rows are like the first. Each has a start and an end of its own: starts[:, None].",
                lambda s, e, t: np.tile(loss_mask(s, e, t)[:1], (len(s), 1)),
            ),
            Mistake(
                "A row is a text, a column a place: yours is transposed.",
                lambda s, e, t: loss_mask(s, e, t).T,
            ),
        ),
    ),
    FunctionExercise(
        name="lora_parameters",
        title="Thin matrices",
        difficulty=1,
        minutes=4,
        points=1,
        hints=(
            "A has a row for each input and `rank` columns. What shape must B have, so that A @ B is as large as W?",
            "A has inputs · rank numbers, B has rank · outputs.",
        ),
        inputs=st.fixed_dictionaries(
            {"inputs": st.integers(1, 600), "outputs": st.integers(1, 600), "rank": st.integers(1, 32)}
        ),
        solution=lora_parameters,
        mistakes=(
            Mistake("That is A alone. B has numbers too.", lambda i, o, r: r * i),
            Mistake("That is B alone. A has numbers too.", lambda i, o, r: r * o),
            Mistake("That is the whole matrix W, which is not trained.", lambda i, o, r: i * o),
            Mistake(
                "A and B are added up, not multiplied: they are two matrices.",
                lambda i, o, r: (r * i) * (r * o),
            ),
            Mistake("W is frozen: what is trained is A and B only.", lambda i, o, r: i * o + r * (i + o)),
            Mistake(
                "There is no square matrix between A and B: A @ B is the whole update.",
                lambda i, o, r: r * (i + o) + r * r,
            ),
            Mistake(
                "There are no biases in A and B.",
                lambda i, o, r: r * (i + o) + r + o,
                lambda i, o, r: r * (i + o) + o,
            ),
            Mistake(
                "Without the rank: A has `rank` numbers for each input, B for each output.",
                lambda i, o, r: i + o,
            ),
            Mistake("Twice A. B has a column for each *output*.", lambda i, o, r: 2 * r * i),
            Mistake(
                "Three sizes multiplied is what the product A @ B costs to compute. How many numbers are kept?",
                lambda i, o, r: i * o * r,
            ),
        ),
    ),
    FunctionExercise(
        name="low_rank",
        title="A layer with an adapter",
        difficulty=2,
        minutes=8,
        points=2,
        hints=(
            "The frozen layer gives x @ W. What do A and B add to it?",
            "The rank can be read from a shape: A.shape[1].",
            "x @ W + alpha / rank * (x @ A @ B)",
        ),
        inputs=_low_rank_inputs(),
        solution=low_rank,
        mistakes=(
            Mistake(
                "That is the update alone. The frozen matrix W still gives its part.",
                lambda x, W, A, B, a: a / A.shape[1] * x @ A @ B,
            ),
            Mistake("You did not divide alpha by the rank.", lambda x, W, A, B, a: x @ W + a * x @ A @ B),
            Mistake("The factor alpha / rank is missing.", lambda x, W, A, B, a: x @ W + x @ A @ B),
            Mistake(
                "alpha is missing: the factor is alpha / rank.",
                lambda x, W, A, B, a: x @ W + x @ A @ B / A.shape[1],
            ),
            Mistake(
                "Turned round: the factor is alpha / rank.",
                lambda x, W, A, B, a: x @ W + A.shape[1] / a * x @ A @ B,
            ),
            Mistake(
                "You multiplied by the rank. The factor is alpha / rank.",
                lambda x, W, A, B, a: x @ W + a * A.shape[1] * x @ A @ B,
            ),
            Mistake(
                "You divided by the number of inputs. The rank is how many *columns* A has.",
                lambda x, W, A, B, a: x @ W + a / A.shape[0] * x @ A @ B,
            ),
            Mistake(
                "The factor belongs to the update only, not to W.",
                lambda x, W, A, B, a: a / A.shape[1] * (x @ W + x @ A @ B),
            ),
            Mistake(
                "You subtracted the update. It is added.",
                lambda x, W, A, B, a: x @ W - a / A.shape[1] * x @ A @ B,
            ),
            Mistake("That is the frozen layer, without its adapter.", lambda x, W, A, B, a: x @ W),
            Mistake(
                "That is the new matrix. The layer's output is asked for: x times it.",
                lambda x, W, A, B, a: W + a / A.shape[1] * A @ B,
            ),
            Mistake(
                "Whole numbers: // cuts the fraction off. Divide with a single stroke.",
                lambda x, W, A, B, a: x @ W + a // A.shape[1] * x @ A @ B,
            ),
        ),
    ),
    FunctionExercise(
        name="training_bytes",
        title="What training keeps",
        difficulty=2,
        minutes=5,
        points=1,
        hints=(
            "All parameters are kept, trained or not: 4 bytes each.",
            "For each trained one there are three more numbers: its gradient and Adam's two averages.",
        ),
        inputs=st.integers(0, 10**9).flatmap(
            lambda trained: st.fixed_dictionaries(
                {"parameters": st.integers(trained, 2 * 10**9), "trained": st.just(trained)}
            )
        ),
        solution=training_bytes,
        mistakes=(
            Mistake("That is only what using the model takes.", lambda p, t: 4 * p),
            Mistake(
                "That is training all of them: the frozen ones need neither gradient nor averages.",
                lambda p, t: 16 * p,
            ),
            Mistake(
                "The frozen parameters are missing. They have to be there too, to compute with.",
                lambda p, t: 16 * t,
            ),
            Mistake(
                "One number is missing for each trained parameter: there is its gradient, and Adam's *two* averages.",
                lambda p, t: 4 * p + 8 * t,
            ),
            Mistake(
                "Adam's averages are missing: two more numbers for each trained parameter.",
                lambda p, t: 4 * p + 4 * t,
            ),
            Mistake("Those are numbers. Each takes 4 bytes.", lambda p, t: p + 3 * t),
            Mistake(
                "The trained parameters' own 4 bytes are counted twice: they are among `parameters`.",
                lambda p, t: 4 * p + 16 * t,
            ),
            Mistake("32 bits are 4 bytes: you counted bits.", lambda p, t: 32 * p + 96 * t),
        ),
    ),
    FunctionExercise(
        name="best_step",
        title="When to stop",
        difficulty=3,
        minutes=12,
        points=3,
        hints=(
            "Go through the losses, and keep the place of the lowest one so far.",
            "Stop (break) when the lowest one lies `patience` places back. What comes later is never computed.",
            "A loss that is equal to the lowest is no better: compare with <.",
        ),
        inputs=st.fixed_dictionaries({"losses": _LOSSES, "patience": st.integers(1, 4)}),
        solution=best_step,
        mistakes=(
            Mistake(
                "That is where the training stops. The weights to keep are those of the best step, `patience` places before.",
                lambda losses, p: _stopped_at(losses, p)[0],
            ),
            Mistake(
                "That is the lowest of all. Early stopping does not see what comes after it has stopped.",
                lambda losses, p: int(np.argmin(losses)),
            ),
            Mistake("You stop one step too late.", _one_more),
            Mistake(
                "You stop one step too early.", lambda losses, p: best_step(losses, p - 1) if p > 1 else 0
            ),
            Mistake(
                "That is the loss at the best step. Its place in the list is asked for.",
                lambda losses, p: losses[best_step(losses, p)],
            ),
            Mistake("The first place is 0, as in any list.", lambda losses, p: best_step(losses, p) + 1),
            Mistake(
                "You compare each loss with the one before it. What counts is the lowest so far.",
                _worse_in_a_row,
            ),
            Mistake(
                "You look for the largest loss. The lowest is the best.",
                lambda losses, p: best_step([-loss for loss in losses], p),
            ),
            Mistake("That is the last step: nothing was stopped.", lambda losses, p: len(losses) - 1),
            Mistake(
                "That is the first step after `patience` steps. Has anything become better meanwhile?",
                lambda losses, p: min(p, len(losses) - 1),
            ),
            Mistake(
                "Of equal losses yours takes the later one. It is no better, so patience runs on from the earlier.",
                lambda losses, p: _with_ties(losses, p),
            ),
        ),
    ),
    FunctionExercise(
        name="find_note",
        title="Looking it up",
        difficulty=2,
        minutes=8,
        points=2,
        hints=(
            "text.lower().split() is the list of a text's words in small letters.",
            "set(...) of it has each word once, and & of two sets has what they share.",
            "Make a list of the numbers of shared words; scores.index(max(scores)) is the first place of the largest.",
        ),
        inputs=st.fixed_dictionaries(
            {"question": _repeating(_text(6, 10)), "notes": st.lists(_text(4, 9), min_size=3, max_size=5)}
        ),
        solution=find_note,
        mistakes=(
            Mistake(
                "That is how many words are shared. The number of the note is asked for.",
                lambda q, n: max(len(set(_words(q)) & set(_words(note))) for note in n),
            ),
            Mistake(
                "That is the note. Its number in the list is asked for.", lambda q, n: n[find_note(q, n)]
            ),
            Mistake(
                "Lamp and lamp are one word here: take both texts in small letters.",
                lambda q, n: _best([len(set(q.split()) & set(note.split())) for note in n]),
                lambda q, n: _best([len(set(_words(q)) & set(note.split())) for note in n]),
                lambda q, n: _best([len(set(q.split()) & set(_words(note))) for note in n]),
            ),
            Mistake(
                "A word that a note repeats counts once.",
                lambda q, n: _best([sum(word in _words(q) for word in _words(note)) for note in n]),
            ),
            Mistake(
                "A word that the question repeats counts once.",
                lambda q, n: _best([sum(word in _words(note) for word in _words(q)) for note in n]),
            ),
            Mistake(
                "Of several that share equally many take the first.",
                lambda q, n: _last_best([len(set(_words(q)) & set(_words(note))) for note in n]),
            ),
            Mistake(
                "That one shares the fewest words.",
                lambda q, n: (lambda s: s.index(min(s)))(
                    [len(set(_words(q)) & set(_words(note))) for note in n]
                ),
            ),
            Mistake(
                "You looked for each word anywhere in the text: turn stands in return. Split the note into words.",
                lambda q, n: _best([sum(word in note.lower() for word in set(_words(q))) for note in n]),
            ),
            Mistake(
                "You compared letters, not words: split the texts first.",
                lambda q, n: _best([len(set(q.lower()) & set(note.lower())) for note in n]),
                lambda q, n: _best([len(set(q) & set(note)) for note in n]),
            ),
            Mistake(
                "You divided by the note's length. The number of shared words is asked for.",
                lambda q, n: _best(
                    [len(set(_words(q)) & set(_words(note))) / len(_words(note)) for note in n]
                ),
                lambda q, n: _best(
                    [len(set(_words(q)) & set(_words(note))) / len(set(_words(note))) for note in n]
                ),
                lambda q, n: _best(
                    [
                        len(set(_words(q)) & set(_words(note))) / len(set(_words(q)) | set(_words(note)))
                        for note in n
                    ]
                ),
            ),
            Mistake("The first note is 0, as in any list.", lambda q, n: find_note(q, n) + 1),
            Mistake("That is the longest note.", lambda q, n: _best([len(_words(note)) for note in n])),
        ),
    ),
)
