"""Lesson 12, a real LLM: its parts, temperature, top-p, perplexity, ranks, and a lighter one made of it."""

from functools import cache
from itertools import combinations
from typing import Any

import keras
import numpy as np
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from utils.counting import count
from utils.exercises.declare import Exercise, FunctionExercise, Mistake, ModelExercise, ValueExercise
from utils.exercises.requirements import over_budget
from utils.llm.inside import Shortened
from utils.llm.model import LanguageModel
from utils.llm.smollm2 import load_model
from utils.llm.tokenizer import load_tokenizer


def llm_parts():
    # A block's attention: queries and output are 576 x 576, keys and values 576 x 192 (3 heads of 64).
    # Its MLP: gate and up are 576 x 1,536, down is 1,536 x 576. Two norms a block, and one after the last.
    return {
        "embedding": 49_152 * 576,
        "attention": 30 * (2 * 576 * 576 + 2 * 576 * 192),
        "MLP": 30 * 3 * 576 * 1_536,
        "norm scales": (2 * 30 + 1) * 576,
        "biases": 0,
    }


def _parts_with(**wrong: int):
    """The answer of somebody who is wrong about these parts."""
    return lambda: llm_parts() | {name.replace("_", " "): number for name, number in wrong.items()}


def rank_of(logits, token):
    return int(np.sum(logits > logits[token])) + 1


def with_temperature(logits, temperature):
    z = logits / temperature
    powers = np.exp(z - z.max())
    return powers / powers.sum()


def _softmax(z):
    powers = np.exp(z - np.max(z))
    return powers / powers.sum()


def nucleus(probabilities, top_p):
    order = np.argsort(-probabilities)
    before = np.cumsum(probabilities[order]) - probabilities[order]
    kept = order[before < top_p]
    result = np.zeros(len(probabilities))
    result[kept] = probabilities[kept]
    return result / result.sum()


def _kept_and_divided(probabilities, kept):
    """As below, for somebody who does not ask whether anything is kept: 0 / 0 is NaN."""
    result = np.where(kept, probabilities, 0.0)
    return result / result.sum()


def _keeping(probabilities, kept):
    """These tokens only, with their probabilities brought to a sum of 1."""
    result = np.where(kept, probabilities, 0.0)
    return result / result.sum() if result.sum() else result


_SIXTEENTHS = [parts for size in (3, 4, 5) for parts in combinations(range(1, 14), size) if sum(parts) == 16]
"""Sixteen cut into different parts, so that running sums are exact and no two tokens are equally likely."""


def _rank(probabilities):
    return np.argsort(np.argsort(-probabilities))


def _log_sums(logits):
    return np.log(np.exp(logits).sum(axis=1, keepdims=True))


def _perplexity_of(logarithms):
    return float(np.exp(-np.mean(logarithms)))


def _in_order(probabilities, top_p, rule):
    """Keep by a rule on the running sum, the likeliest first."""
    order = np.argsort(-probabilities)
    kept = np.zeros(len(probabilities), bool)
    kept[order] = rule(np.cumsum(probabilities[order]), top_p)
    return kept


def _ascending(probabilities, top_p):
    """Keep from the least likely on until top_p is reached."""
    order = np.argsort(probabilities)
    kept = np.zeros(len(probabilities), bool)
    kept[order] = np.cumsum(probabilities[order]) - probabilities[order] < top_p
    return kept


def text_perplexity(logits, tokens):
    losses = []
    for scores, token in zip(logits[:-1], tokens[1:]):
        shifted = scores - scores.max()
        losses.append(np.log(np.sum(np.exp(shifted))) - shifted[token])
    return np.exp(np.mean(losses))


def _losses(logits, tokens):
    """Minus the log-probability that each row of logits gives to its token."""
    shifted = logits - logits.max(axis=1, keepdims=True)
    return np.log(np.exp(shifted).sum(axis=1)) - shifted[np.arange(len(tokens)), tokens]


def _given(logits, tokens):
    """The logit that each token had at the place before it."""
    return logits[:-1][np.arange(len(tokens) - 1), tokens[1:]]


@cache
def _whole() -> LanguageModel:
    return load_model()


class _WhenNeeded:
    """The whole model, loaded when something of it is first asked for. A notebook has it already."""

    def __getattr__(self, name: str) -> Any:
        return getattr(_whole(), name)


llm = _WhenNeeded()


def lighter():
    # Blocks 16 to 18 look cheap, and the heads that repeat are in them. 4 and 14 are cheap together.
    return Shortened(llm, [number for number in range(30) if number not in (4, 14)])


def _without(*blocks: int) -> keras.Model:
    return Shortened(_whole(), [number for number in range(30) if number not in blocks])


_UNSEEN = (
    "The bakery on the corner opens at five. By six there is a line of people in front of it, most of "
    "them on their way to work. They buy bread, rolls and coffee, and talk about the weather. On "
    "Sundays the line is longer, and nobody is in a hurry. Then the baker herself comes out from the "
    "back with flour on her arms.",
    "Water boils at a lower temperature on a mountain than at the sea, because there is less air above "
    "it. That is why pasta takes longer to cook in a hut in the Alps than in a kitchen in Venice. A pot "
    "with a tight lid keeps the steam inside, so that the pressure rises and the food is done sooner.",
    "Dear Martha, thank you for the parcel with the jam and the woollen socks. The children have "
    "already finished the jam, and I am wearing the socks while I write this. We had snow last week, "
    "and the road to the village was closed for two days. I hope that your knee is better and that you "
    "can come to us at Easter.",
    "The old lighthouse had not been lit for thirty years. One evening in November a fisherman saw a "
    "weak yellow light behind its windows and told nobody about it. The next night it was there again. "
    "He took his lamp, climbed over the rocks and knocked at the rusty door, and somebody inside "
    "stopped playing the violin.",
    "A library needs only a few rules. Books may be kept for four weeks, and for another four if nobody "
    "else has asked for them. Whoever loses a book pays for a new one. Food stays outside, dogs may "
    "come in if they are quiet, and children under ten do not need a card of their own as long as a "
    "parent has one.",
    "To mend a flat tyre, first take the wheel off and let out the rest of the air. Lift one side of "
    "the tyre over the rim with two spoons, pull the tube out and pump it up. Hold it under water and "
    "look for bubbles. Dry the place, make it rough with sandpaper, put on some glue and wait until it "
    "is nearly dry.",
)
"""What a lighter model is measured on."""

_MOST_PARAMETERS, _FEWEST_PARAMETERS = 128_000_000, 80_000_000
_WORST = 1.25
"""How much larger the perplexity may be than the whole model's."""
_LEAST_REPEATED = 0.25


@cache
def _unseen_tokens() -> list[np.ndarray]:
    return [np.array([load_tokenizer().encode(text).ids], "int32") for text in _UNSEEN]


_WHOLE_PERPLEXITY = 42.97
"""Of the whole model on _UNSEEN; measured."""


def _perplexity(model: Any) -> float:
    losses = []
    for tokens in _unseen_tokens():
        logits = np.asarray(model(tokens))[0]
        losses.extend(_losses(logits[:-1], tokens[0, 1:]))
    return float(np.exp(np.mean(losses)))


def _size_problem(model: Any) -> str | None:
    return over_budget(model, _MOST_PARAMETERS, "How many does one block have?")


def _too_short_problem(model: Any) -> str | None:
    if (parameters := count(model)) > _FEWEST_PARAMETERS:
        return None
    return (
        f"Your model has {parameters:,} parameters: most blocks are gone. The list that `Shortened` takes names "
        "the blocks that stay."
    )


def _quality_problem(model: Any) -> str | None:
    ratio = _perplexity(model) / _WHOLE_PERPLEXITY
    if ratio <= _WORST:
        return None
    if ratio > 1000:
        return (
            "Your model has the right size and knows nothing: its perplexity is more than a thousand times that "
            "of the whole. Did all the weights come over, and is block 0 still there?"
        )
    return (
        f"On texts that you have not seen its perplexity is {ratio:.2f} times that of the whole model; "
        f"at most {_WORST:g} times is asked for. Which blocks are missed least, and which two together?"
    )


def _repeating_problem(model: Any) -> str | None:
    forty = np.random.default_rng(77).integers(1_000, 40_000, (2, 40))
    twice = np.concatenate([forty, forty], axis=1).astype("int32")
    share = float(np.mean(np.asarray(model(twice))[:, 40:79].argmax(axis=-1) == twice[:, 41:]))
    if share >= _LEAST_REPEATED:
        return None
    return (
        f"It reads well, but of the tokens that are written twice it guesses {share:.0%} in the second round; "
        f"at least {_LEAST_REPEATED:.0%} are asked for. In which blocks are the heads that do this?"
    )


EXERCISES: tuple[Exercise, ...] = (
    ValueExercise(
        name="llm_parts",
        title="Five kinds, before you load them",
        difficulty=2,
        minutes=8,
        points=2,
        hints=(
            "Start with one block: four matrices of attention, three of the MLP, two norms. Then times 30.",
            "Keys and values have 3 heads of 64, so their matrices are 576 × 192. Queries and output: 576 × 576.",
            "A norm has one scale for each of the 576 numbers. Two in each block, one after the last block.",
        ),
        solution=llm_parts,
        mistakes=(
            Mistake(
                "You gave keys and values as many heads as queries. The config says 3; one head has width / heads numbers.",
                _parts_with(attention=30 * 4 * 576 * 576),
            ),
            Mistake(
                "The attention of one token ends with a matrix back to the width. Queries, keys, values, and out.",
                _parts_with(attention=30 * (576 * 576 + 2 * 576 * 192)),
            ),
            Mistake(
                "You have two matrices in each MLP. This one has three: gate, up and down.",
                _parts_with(MLP=30 * 2 * 576 * 1536),
            ),
            Mistake(
                "The table is tied: it is used twice and kept once.",
                _parts_with(embedding=2 * 49_152 * 576),
            ),
            Mistake(
                "There is one more norm than those in the blocks: after the last block, before the logits.",
                _parts_with(norm_scales=60 * 576),
            ),
            Mistake(
                "Each block has two norms, one before the attention and one before the MLP.",
                _parts_with(norm_scales=31 * 576),
                _parts_with(norm_scales=30 * 576),
            ),
            Mistake(
                "That is one block. There are 30 of them.",
                _parts_with(attention=2 * 576 * 576 + 2 * 576 * 192, MLP=3 * 576 * 1536, norm_scales=3 * 576),
                _parts_with(attention=2 * 576 * 576 + 2 * 576 * 192, MLP=3 * 576 * 1536, norm_scales=2 * 576),
                _parts_with(attention=2 * 576 * 576 + 2 * 576 * 192),
                _parts_with(MLP=3 * 576 * 1536),
            ),
            Mistake(
                "You counted the norms. Each has a scale for every one of the 576 numbers.",
                _parts_with(norm_scales=61),
            ),
            Mistake(
                "Look into utils/llm/model.py once more: every dense layer there is made with use_bias=False.",
                _parts_with(biases=30 * (576 + 192 + 192 + 576 + 1536 + 1536 + 576)),
                _parts_with(biases=30 * 576),
                _parts_with(biases=7 * 30 * 576),
                _parts_with(biases=61 * 576),
            ),
            Mistake(
                "Positions are turned here and have no parameters (lesson 10): the context adds nothing.",
                _parts_with(embedding=(49_152 + 8_192) * 576),
            ),
            Mistake(
                "This norm only scales: one number for each entry, and no offset.",
                _parts_with(norm_scales=2 * 61 * 576),
            ),
            Mistake("You counted the rows. Each holds 576 numbers.", _parts_with(embedding=49_152)),
            Mistake(
                "Keys and values have 3 heads each: how many numbers are three heads?",
                _parts_with(attention=30 * (2 * 576 * 576 + 2 * 576 * 64)),
            ),
            Mistake(
                "A head of keys has width / heads numbers, 64 here: 3 of them make 192 columns, not 3.",
                _parts_with(attention=30 * (2 * 576 * 576 + 2 * 576 * 3)),
            ),
        ),
    ),
    FunctionExercise(
        name="with_temperature",
        title="Temperature",
        difficulty=1,
        minutes=5,
        points=1,
        hints=(
            "Divide first. What turns any numbers into probabilities?",
            "z = logits / temperature, then the softmax of z: np.exp(z - z.max()), divided by its own sum.",
        ),
        inputs=st.fixed_dictionaries(
            {
                "logits": arrays(
                    float, st.integers(2, 4), elements=st.integers(-3, 6).map(float), unique=True
                ),
                "temperature": st.sampled_from([0.5, 2.0, 4.0]),
            }
        ),
        solution=with_temperature,
        mistakes=(
            Mistake(
                "You multiplied by the temperature. With a low one the likeliest token should gain.",
                lambda z, t: _softmax(z * t),
            ),
            Mistake(
                "These are the logits divided by the temperature. They still have to become probabilities.",
                lambda z, t: z / t,
            ),
            Mistake(
                "You divided the probabilities. Divide the logits, before the softmax.",
                lambda z, t: _softmax(z) / t,
            ),
            Mistake(
                "Your answer is the same at every temperature: it is left out, or taken out again by the sum. Divide the "
                "logits by it, before the softmax.",
                lambda z, t: _softmax(z),
            ),
            Mistake(
                "You took the softmax twice: once is enough, after the division.",
                lambda z, t: _softmax(_softmax(z) / t),
            ),
            Mistake(
                "The temperature came in after e was raised to the logits. Divide the logits themselves.",
                lambda z, t: np.exp(z) / t / np.exp(z / t).sum(),
            ),
            Mistake(
                "e to the power of each is right; now divide by their sum, so that they add up to 1.",
                lambda z, t: np.exp(z / t),
                lambda z, t: np.exp(z / t - np.max(z / t)),
                lambda z, t: np.exp(z / t - np.max(z)),
            ),
            Mistake(
                "Above the line you divided by the temperature, below it not. Both sides need it.",
                lambda z, t: np.exp(z / t) / np.exp(z).sum(),
            ),
            Mistake(
                "That is 2 to a power. The softmax uses e.",
                lambda z, t: 2 ** (z / t) / (2 ** (z / t)).sum(),
            ),
            Mistake(
                "These are logarithms. Leave the probabilities as they are.",
                lambda z, t: np.log(_softmax(z / t)),
            ),
            Mistake(
                "Your answer is sorted: leave each token in its place.",
                lambda z, t: np.sort(_softmax(z / t))[::-1],
                lambda z, t: np.sort(_softmax(z / t)),
            ),
            Mistake("A sign: the smallest logit gets the largest share.", lambda z, t: _softmax(-z / t)),
            Mistake(
                "Dividing by the sum is right. Before that e is raised to the power of each, which also makes all of them "
                "positive.",
                lambda z, t: (z / t) / (z / t).sum(),
            ),
            Mistake(
                "That is what happens at temperature 0: all to the likeliest. Here it is above 0, and each token gets a share.",
                lambda z, t: (z == z.max()) * 1.0,
            ),
            Mistake(
                "A power of the probabilities is a good way too, but then they no longer add up to 1: divide by their sum.",
                lambda z, t: _softmax(z) ** (1 / t),
            ),
            Mistake(
                "You used the sigmoid, which makes each logit a probability by itself. Here the tokens share a sum of 1: softmax.",
                lambda z, t: 1 / (1 + np.exp(-z / t)),
            ),
        ),
    ),
    FunctionExercise(
        name="nucleus",
        title="Top-p",
        difficulty=2,
        minutes=12,
        points=2,
        hints=(
            "Sort first: order = np.argsort(-probabilities). Then np.cumsum of the sorted ones is the running sum.",
            "A token is kept if those before it have not reached top_p yet. The sum before it is the running "
            "sum minus its own probability.",
            "Put the kept ones into zeros of the same size, at their own places, and divide by their sum.",
        ),
        inputs=st.fixed_dictionaries(
            {
                "probabilities": st.sampled_from(_SIXTEENTHS)
                .flatmap(st.permutations)
                .map(lambda sixteenths: np.array(sixteenths) / 16),
                "top_p": st.sampled_from([0.6, 0.75, 0.9]),
            }
        ),
        solution=nucleus,
        mistakes=(
            Mistake(
                "You dropped the token that crosses the line. Without it the kept ones have not reached top_p, and where "
                "the first one alone is enough, none is kept at all.",
                lambda p, top_p: _keeping(p, _in_order(p, top_p, lambda sums, limit: sums <= limit)),
                lambda p, top_p: _keeping(p, _in_order(p, top_p, lambda sums, limit: sums < limit)),
                lambda p, top_p: _kept_and_divided(p, _in_order(p, top_p, lambda sums, limit: sums <= limit)),
                lambda p, top_p: _kept_and_divided(p, _in_order(p, top_p, lambda sums, limit: sums < limit)),
            ),
            Mistake(
                "The right tokens are kept. Their probabilities no longer add up to 1: divide by their sum.",
                lambda p, top_p: np.where(
                    _in_order(p, top_p, lambda sums, limit: sums - np.diff(sums, prepend=0) < limit), p, 0.0
                ),
            ),
            Mistake(
                "Your answer is sorted. Each probability should stand at its own token's place.",
                lambda p, top_p: nucleus(np.sort(p)[::-1], top_p),
            ),
            Mistake(
                "You went through the tokens as they stand. The likeliest come first.",
                lambda p, top_p: _keeping(p, np.cumsum(p) - p < top_p),
                lambda p, top_p: _keeping(p, np.cumsum(p) <= top_p),
                lambda p, top_p: _kept_and_divided(p, np.cumsum(p) <= top_p),
            ),
            Mistake(
                "You compared each probability with a limit of its own. top_p is one for their running sum: the likeliest "
                "first, until together they reach it.",
                lambda p, top_p: _keeping(p, p >= top_p),
                lambda p, top_p: _keeping(p, p <= top_p),
                lambda p, top_p: _kept_and_divided(p, p >= top_p),
                lambda p, top_p: _keeping(p, p >= 1 - top_p),
                lambda p, top_p: _keeping(p, p > 1 - top_p),
                lambda p, top_p: _keeping(p, p >= top_p * p.max()),
                lambda p, top_p: _keeping(p, p >= (1 - top_p) * p.max()),
            ),
            Mistake(
                "You began with the least likely. np.argsort puts small numbers first; -probabilities turns it round.",
                lambda p, top_p: _keeping(p, _ascending(p, top_p)),
            ),
            Mistake(
                "You kept every token. Stop when the likeliest together have reached top_p.",
                lambda p, top_p: p,
            ),
            Mistake(
                "Where the kept ones have exactly reached top_p, no more is needed: keep the fewest.",
                lambda p, top_p: _keeping(
                    p, _in_order(p, top_p, lambda sums, limit: sums - np.diff(sums, prepend=0) <= limit)
                ),
            ),
            Mistake(
                "You kept one more than needed.",
                lambda p, top_p: _keeping(
                    p,
                    _in_order(
                        p,
                        top_p,
                        lambda sums, limit: np.arange(len(sums)) <= np.searchsorted(sums, limit) + 1,
                    ),
                ),
            ),
            Mistake(
                "You divided by top_p. The kept ones have reached it or more: divide by their own sum.",
                lambda p, top_p: np.where(nucleus(p, top_p) > 0, p, 0.0) / top_p,
            ),
            Mistake(
                "These are probabilities already. No softmax: divide by their sum.",
                lambda p, top_p: _softmax(np.where(nucleus(p, top_p) > 0, p, 0.0)),
                lambda p, top_p: _keeping(np.exp(p), nucleus(p, top_p) > 0),
            ),
            Mistake(
                "Your cut is in sorted order, and you used it on the unsorted array.",
                lambda p, top_p: _keeping(p, np.arange(len(p)) < np.sum(nucleus(p, top_p) > 0)),
            ),
            Mistake("Those are the ones to drop.", lambda p, top_p: _keeping(p, nucleus(p, top_p) == 0)),
            Mistake(
                "Only the kept ones are here. Give a number for each token, 0 for the dropped.",
                lambda p, top_p: np.sort(nucleus(p, top_p)[nucleus(p, top_p) > 0])[::-1],
                lambda p, top_p: nucleus(p, top_p)[nucleus(p, top_p) > 0],
            ),
            Mistake(
                "You took the single likeliest token: that is greedy decoding.",
                lambda p, top_p: (p == p.max()) * 1.0,
            ),
            Mistake(
                "You kept a share of the tokens. top_p is a share of the probability: how many tokens it takes depends on "
                "how likely they are.",
                *(
                    lambda p, top_p, whole=whole: _keeping(
                        p, np.argsort(np.argsort(-p)) < max(1, int(whole(top_p * len(p))))
                    )
                    for whole in (round, int, np.ceil)
                ),
            ),
            Mistake(
                "The right tokens are kept. They keep their proportions too: divide their own probabilities by their sum.",
                lambda p, top_p: (nucleus(p, top_p) > 0) / np.sum(nucleus(p, top_p) > 0),
            ),
            Mistake(
                "You stop one too early: the kept ones have to *reach* top_p, so the token that gets them there is kept.",
                lambda p, top_p: _keeping(
                    p, _rank(p) < max(1, int(np.sum(np.cumsum(np.sort(p)[::-1]) <= top_p)))
                ),
                lambda p, top_p: _keeping(
                    p, _rank(p) < max(1, int(np.sum(np.cumsum(np.sort(p)[::-1]) < top_p)))
                ),
            ),
        ),
    ),
    FunctionExercise(
        name="text_perplexity",
        title="Perplexity from logits",
        difficulty=3,
        minutes=12,
        points=3,
        hints=(
            "The row of logits at a place scores the token at the next place. So the last row has nothing to "
            "score, and nobody scored the first token.",
            "Pair logits[:-1] with tokens[1:]. For each pair: minus the log of the softmax, at that token.",
            "Mean of those, then np.exp.",
        ),
        inputs=st.tuples(st.integers(2, 4), st.integers(2, 3)).flatmap(
            lambda sizes: st.fixed_dictionaries(
                {
                    "logits": arrays(float, sizes, elements=st.integers(-3, 3).map(float)),
                    "tokens": arrays(np.int64, sizes[0], elements=st.integers(0, sizes[1] - 1)),
                }
            )
        ),
        solution=text_perplexity,
        mistakes=(
            Mistake(
                "You scored each token with the logits at its own place. They say what comes after it.",
                lambda z, t: np.exp(np.mean(_losses(z, t))),
                lambda z, t: np.exp(np.mean(_losses(z[1:], t[1:]))),
                lambda z, t: np.exp(np.mean(_losses(z[:-1], t[:-1]))),
            ),
            Mistake(
                "You moved the wrong way: these logits are scored on the token before them.",
                lambda z, t: np.exp(np.mean(_losses(z[1:], t[:-1]))),
            ),
            Mistake(
                "That is the mean loss. The perplexity is e to the power of it.",
                lambda z, t: np.mean(_losses(z[:-1], t[1:])),
            ),
            Mistake(
                "You divided by the number of tokens. The first of them was scored by nobody: there is one loss less.",
                lambda z, t: np.exp(np.sum(_losses(z[:-1], t[1:])) / len(t)),
            ),
            Mistake(
                "That is 1 divided by the perplexity: a sign is the wrong way round.",
                lambda z, t: np.exp(-np.mean(_losses(z[:-1], t[1:]))),
            ),
            Mistake(
                "You added the losses up. Their mean is asked for, so that long texts are not worse than short ones.",
                lambda z, t: np.exp(np.sum(_losses(z[:-1], t[1:]))),
            ),
            Mistake(
                "You averaged the probabilities. The mean is that of minus their logarithms.",
                lambda z, t: 1 / np.mean(np.exp(-_losses(z[:-1], t[1:]))),
            ),
            Mistake(
                "np.roll brings the first token to the end. The last row has nothing to score.",
                lambda z, t: np.exp(np.mean(_losses(z, np.roll(t, -1)))),
            ),
            Mistake(
                "You took the logits as if they were logarithms of probabilities. First the softmax of each row.",
                lambda z, t: np.exp(np.mean(-_given(z, t))),
            ),
            Mistake(
                "Your softmax shares 1 among all rows. Each row is a distribution of its own (axis=-1).",
                lambda z, t: np.exp(np.mean(np.log(np.exp(z[:-1]).sum()) - _given(z, t))),
                lambda z, t: np.exp(np.mean(np.log(np.exp(z).sum()) - _given(z, t))),
            ),
            Mistake(
                "Your softmax adds over the places instead of over the vocabulary (axis=-1).",
                lambda z, t: np.exp(np.mean(np.log(np.exp(z[:-1]).sum(axis=0))[t[1:]] - _given(z, t))),
                lambda z, t: np.exp(np.mean(np.log(np.exp(z).sum(axis=0))[t[1:]] - _given(z, t))),
            ),
            Mistake(
                "np.log goes with np.exp, np.log2 with 2 **. You mixed them.",
                lambda z, t: np.exp(np.mean(_losses(z[:-1], t[1:])) / np.log(2)),
                lambda z, t: 2 ** np.mean(_losses(z[:-1], t[1:])),
            ),
            Mistake(
                "First the mean, then e to its power.",
                lambda z, t: np.mean(np.exp(_losses(z[:-1], t[1:]))),
            ),
            Mistake(
                "You left out minus: the losses are minus the logarithms, and then e to the power of their mean is above 1.",
                lambda z, t: -np.exp(np.mean(_losses(z[:-1], t[1:]))),
                lambda z, t: -np.mean(_losses(z[:-1], t[1:])),
            ),
            Mistake(
                "That is how sure it was of its favourite. What did it give to the token that came?",
                lambda z, t: np.exp(np.mean(_losses(z[:-1], z[:-1].argmax(axis=1)))),
            ),
            Mistake(
                "Two things: the rows are one place off, and e is still missing.",
                lambda z, t: np.mean(_losses(z, t)),
            ),
            Mistake(
                "[:, tokens] takes these columns from every row. From each row one number is wanted, that of its own token: "
                "[np.arange(n), tokens].",
                lambda z, t: np.exp(-np.mean([np.log(_softmax(row))[t[1:]] for row in z[:-1]])),
            ),
            Mistake(
                "[:, tokens] takes every token from every row. Each row has one token to score: the one that comes next.",
                lambda logits, tokens: _perplexity_of(logits[:, tokens] - _log_sums(logits)),
            ),
        ),
    ),
    FunctionExercise(
        name="rank_of",
        title="Which place does it take?",
        difficulty=1,
        minutes=4,
        points=1,
        hints=(
            "How many tokens have a larger logit than this one?",
            "logits > logits[token] is an array of True and False. Its sum counts the True.",
        ),
        inputs=st.integers(2, 6).flatmap(
            lambda size: st.fixed_dictionaries(
                {
                    "logits": st.permutations(list(range(size))).map(lambda order: 3.0 * np.array(order) - 4),
                    "token": st.integers(0, size - 1),
                }
            )
        ),
        solution=rank_of,
        mistakes=(
            Mistake(
                "Your ranks begin with 0. The likeliest token should have rank 1.",
                lambda z, t: int(np.sum(z > z[t])),
            ),
            Mistake(
                "You counted from the wrong end: the largest logit has rank 1.",
                lambda z, t: int(np.sum(z < z[t])) + 1,
                lambda z, t: int(np.sum(z < z[t])),
            ),
            Mistake(
                "np.argsort lists tokens by their place; its entry at `token` is a token, not a rank.",
                lambda z, t: int(np.argsort(-z)[t]) + 1,
                lambda z, t: int(np.argsort(z)[t]) + 1,
                lambda z, t: int(np.argsort(z)[t]),
                lambda z, t: int(np.argsort(-z)[t]),
            ),
            Mistake("That is the likeliest token. Its rank is asked for.", lambda z, t: int(np.argmax(z))),
            Mistake("That is the token's logit. Its place is asked for.", lambda z, t: float(z[t])),
            Mistake(
                "The token counts itself too, and then you added one more.",
                lambda z, t: int(np.sum(z >= z[t])) + 1,
            ),
            Mistake(
                "You compared logits with the token's number. Compare them with its logit.",
                lambda z, t: int(np.sum(z > t)) + 1,
                lambda z, t: int(np.sum(z > t)),
            ),
            Mistake(
                "That is the likeliest token, plus one. A rank is asked for.",
                lambda z, t: int(np.argmax(z)) + 1,
            ),
            Mistake(
                "You have the ranks of all tokens. Pick that of `token`.",
                lambda z, t: np.argsort(np.argsort(-z)) + 1,
            ),
            Mistake(
                "You counted all tokens. Only those with a larger logit come before this one.",
                lambda z, t: len(z),
            ),
            Mistake(
                "You compared without the signs. A logit of -4 is smaller than one of 2.",
                lambda z, t: int(np.sum(np.abs(z) > abs(z[t]))) + 1,
            ),
            Mistake(
                "You looked at the tokens in front of this one only. Those behind it may have larger logits too.",
                lambda z, t: int(np.sum(z[:t] > z[t])) + 1,
            ),
            Mistake(
                "This is the token's own number, which says where it stands in the vocabulary. How many logits are larger?",
                lambda z, t: t,
                lambda z, t: t + 1,
            ),
            Mistake(
                "This is the token's probability. Its place among all is asked for.",
                lambda z, t: float(_softmax(z)[t]),
            ),
        ),
    ),
    ModelExercise(
        name="lighter",
        uses=("llm",),
        title="Lighter",
        difficulty=3,
        minutes=20,
        points=4,
        hints=(
            "The figure says what each block is worth alone. Two cheap ones need not be cheap together: try pairs.",
            "Shortened(llm, kept) builds it. Leave the first three blocks, block 11, the last two, and those with the "
            "heads that repeat (16 to 18) where they are.",
            "Block 14 together with one of 3, 4 and 5 is worth trying.",
        ),
        input_shape=(8,),
        output_shape=(8, 49_152),
        requirements=(_size_problem, _too_short_problem, _quality_problem, _repeating_problem),
        solution=lighter,
        mistakes=(
            Mistake("Your model has 134,515,008 parameters", lambda: _whole()),
            Mistake("names the blocks that stay", lambda: Shortened(_whole(), [4, 14])),
            Mistake("is block 0 still there", lambda: _without(0, 14)),
            Mistake("On texts that you have not seen", lambda: _without(11, 29)),
            Mistake("It reads well, but", lambda: _without(16, 17)),
        ),
    ),
)
