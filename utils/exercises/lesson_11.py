"""Lesson 11, billions: counts of published models from their sizes, and what these cost."""

from math import ceil

from hypothesis import strategies as st

from utils.exercises.declare import Exercise, FunctionExercise, Mistake, ValueExercise


def gpt2_parameters(vocabulary, positions, width, layers):
    tables = (vocabulary + positions) * width
    attention = 4 * (width * width + width)
    mlp = (width * 4 * width + 4 * width) + (4 * width * width + width)
    norm = 2 * width
    return tables + layers * (attention + mlp + 2 * norm) + norm


def llama_parameters(vocabulary, width, layers, heads, key_value_heads, hidden, tied):
    size = width // heads
    attention = 2 * width * width + 2 * width * key_value_heads * size
    mlp = 3 * width * hidden
    tables = vocabulary * width * (1 if tied else 2)
    return tables + layers * (attention + mlp + 2 * width) + width


def mixture_parameters(others, layers, width, hidden, experts, active):
    expert = 3 * width * hidden
    router = width * experts
    everything = others + layers * (experts * expert + router)
    one_token = others + layers * (active * expert + router)
    return [everything, one_token]


def fits_16_gigabytes():
    # Billions of parameters x bits / 8 are gigabytes. All experts of a mixture have to be there.
    return {
        "Llama 2 7B, 32 bits": False,  # 27.0
        "Llama 2 7B, 16 bits": True,  # 13.5
        "Llama 2 13B, 8 bits": True,  # 13.0
        "Falcon 40B, 4 bits": False,  # 20.7
        "Mixtral 8x7B, 4 bits": False,  # 23.4
        "SmolLM2 1.7B, 32 bits": True,  # 6.8
    }


def longest_context(parameters, bits, layers, key_value_heads, head_size, memory):
    left = memory - parameters * bits // 8
    a_token = 2 * layers * key_value_heads * head_size * 2  # keys and values, 2 bytes each
    return max(0, left // a_token)


def training_days(parameters, tokens, devices, speed, utilisation):
    operations = 6 * parameters * tokens
    seconds = operations / (devices * speed * utilisation)
    return seconds / (24 * 3600)


def pays_off_after(small, small_tokens, large, large_tokens):
    # 6 * small * small_tokens + 2 * small * T = 6 * large * large_tokens + 2 * large * T, solved for T.
    spent_more = 6 * small * small_tokens - 6 * large * large_tokens
    saved_a_token = 2 * large - 2 * small
    return max(0, spent_more / saved_a_token)


def _gpt2(vocabulary, positions, width, layers, more=0, more_a_block=0):
    """GPT-2 with so many too many parameters, in all and in each block."""
    return gpt2_parameters(vocabulary, positions, width, layers) + more + layers * more_a_block


def _llama(v, w, n, h, kv, hidden, tied, more=0, more_a_block=0):
    return llama_parameters(v, w, n, h, kv, hidden, tied) + more + n * more_a_block


def _fitting(*names):
    """The answers of somebody who is wrong about these."""
    right = fits_16_gigabytes()
    return lambda: right | {name: not right[name] for name in names}


@st.composite
def _llama_sizes(draw):
    """Sizes that fit: width = heads * size, heads a multiple of the key and value heads."""
    shared, group, size = draw(st.integers(1, 4)), draw(st.integers(1, 4)), draw(st.sampled_from([2, 4, 8]))
    return {
        "vocabulary": draw(st.integers(1, 50)),
        "width": shared * group * size,
        "layers": draw(st.integers(1, 5)),
        "heads": shared * group,
        "key_value_heads": shared,
        "hidden": draw(st.integers(1, 30)),
        "tied": draw(st.booleans()),
    }


@st.composite
def _mixtures(draw):
    experts = draw(st.integers(2, 8))
    return {
        "others": draw(st.integers(1, 100)),
        "layers": draw(st.integers(1, 5)),
        "width": draw(st.integers(1, 10)),
        "hidden": draw(st.integers(1, 10)),
        "experts": experts,
        "active": draw(st.integers(1, experts)),
    }


@st.composite
def _two_models(draw):
    small = draw(st.integers(1, 20))
    return {
        "small": small,
        "small_tokens": draw(st.integers(1, 200)),
        "large": small + draw(st.integers(1, 20)),
        "large_tokens": draw(st.integers(1, 100)),
    }


EXERCISES: tuple[Exercise, ...] = (
    FunctionExercise(
        name="gpt2_parameters",
        title="Count a GPT-2",
        difficulty=1,
        minutes=7,
        points=1,
        hints=(
            "The cell above has a block. What stands before the first block, and what after the last?",
            "Two tables of `width` columns, one with a row for each token and one with a row for each position; "
            "layers times the block; one more norm.",
            "A block: 4 * (width * width + width) for attention, 8 * width * width + 5 * width for the MLP, "
            "4 * width for its two norms.",
        ),
        inputs=st.fixed_dictionaries(
            {
                "vocabulary": st.integers(1, 50),
                "positions": st.integers(1, 20),
                "width": st.integers(1, 12),
                "layers": st.integers(1, 5),
            }
        ),
        solution=gpt2_parameters,
        mistakes=(
            Mistake(
                "You counted the table of tokens twice. It is tied: the same array looks tokens up and makes the logits.",
                lambda v, p, w, n: _gpt2(v, p, w, n, more=v * w),
            ),
            Mistake(
                "The positions are missing: GPT-2 keeps a learned row for each of them.",
                lambda v, p, w, n: _gpt2(v, p, w, n, more=-p * w),
            ),
            Mistake(
                "The table of tokens is missing. It is the first thing that a token meets.",
                lambda v, p, w, n: _gpt2(v, p, w, n, more=-v * w),
            ),
            Mistake(
                "You counted the matrices without their biases. In GPT-2 every one of them has a bias for each output.",
                lambda v, p, w, n: _gpt2(v, p, w, n, more_a_block=-9 * w),
            ),
            Mistake(
                "One norm is missing: the one after the last block.",
                lambda v, p, w, n: _gpt2(v, p, w, n, more=-2 * w),
            ),
            Mistake(
                "Your norms have scales only, as Llama's do. Those of GPT-2 also have an offset for each number.",
                lambda v, p, w, n: _gpt2(v, p, w, n, more=-w, more_a_block=-2 * w),
            ),
            Mistake(
                "Nearly: the norm after the last block has offsets beside its scales, as the others have.",
                lambda v, p, w, n: _gpt2(v, p, w, n, more=-w),
            ),
            Mistake(
                "Your blocks always have 7,087,872 parameters. That is a block of width 768; here the width varies.",
                lambda v, p, w, n: (v + p) * w + n * 7_087_872 + 2 * w,
                lambda v, p, w, n: (v + p) * w + n * 7_087_872 + 1536,
                lambda v, p, w, n: (v + p) * w + n * 7_087_872,
            ),
            Mistake(
                "2 × width is missing in each block. Does it have two norms, one before the attention and one before the "
                "MLP? And does each of the four matrices of attention have its biases?",
                lambda v, p, w, n: _gpt2(v, p, w, n, more_a_block=-2 * w),
            ),
            Mistake(
                "The norms are missing. They are small, and parameters all the same.",
                lambda v, p, w, n: _gpt2(v, p, w, n, more=-2 * w, more_a_block=-4 * w),
            ),
            Mistake(
                "You counted a single block. Each layer is a block with arrays of its own.",
                lambda v, p, w, n: gpt2_parameters(v, p, w, 1),
            ),
            Mistake(
                "You multiplied everything by the layers. The tables and the last norm are there once.",
                lambda v, p, w, n: n * gpt2_parameters(v, p, w, 1),
            ),
            Mistake(
                "Both matrices of your MLP have 4 * width biases. The one that leads down again has width outputs, "
                "and a bias belongs to an output.",
                lambda v, p, w, n: _gpt2(v, p, w, n, more_a_block=3 * w),
            ),
            Mistake(
                "Your MLP has three matrices, as in lesson 10. GPT-2 has no gate: one up, one down.",
                lambda v, p, w, n: _gpt2(v, p, w, n, more_a_block=4 * w * w + 4 * w),
            ),
            Mistake(
                "Attention has four matrices: queries, keys, values, and the way out. You counted three.",
                lambda v, p, w, n: _gpt2(v, p, w, n, more_a_block=-w * w - w),
            ),
            Mistake(
                "Neither biases nor offsets: that is how Llama is built. In GPT-2 each matrix has biases, and each norm "
                "has offsets.",
                lambda v, p, w, n: (v + p) * w + n * (12 * w * w + 2 * w) + w,
            ),
            Mistake(
                "Only tables and matrices are here. Biases and norms are small, and parameters all the same.",
                lambda v, p, w, n: (v + p) * w + n * 12 * w * w,
            ),
            Mistake(
                "4 × width is missing in each block. That is what the biases of the attention come to, or those of the way "
                "up in the MLP, or both norms. Which of them did you leave out?",
                lambda v, p, w, n: _gpt2(v, p, w, n, more_a_block=-4 * w),
            ),
            Mistake(
                "One row of width biases is missing in each block. All four matrices of attention have one, and so has the "
                "matrix that leads down in the MLP.",
                lambda v, p, w, n: _gpt2(v, p, w, n, more_a_block=-w),
            ),
            Mistake(
                "You counted one matrix in the MLP. One leads up to 4 × width, and another one down again.",
                lambda v, p, w, n: _gpt2(v, p, w, n, more_a_block=-4 * w * w - w),
            ),
            Mistake(
                "You counted one matrix of attention. There are four: queries, keys, values, and the way out.",
                lambda v, p, w, n: _gpt2(v, p, w, n, more_a_block=-3 * (w * w + w)),
            ),
            Mistake(
                "4 × width × (width + 1) is missing in each block. That is what the whole attention comes to, or the matrix "
                "that leads up in the MLP, with their biases.",
                lambda v, p, w, n: _gpt2(v, p, w, n, more_a_block=-4 * (w * w + w)),
            ),
            Mistake(
                "The MLP is missing in your blocks: one matrix up to 4 × width and one down, with their biases.",
                lambda v, p, w, n: _gpt2(v, p, w, n, more_a_block=-8 * w * w - 5 * w),
            ),
            Mistake(
                "You counted one norm too many outside the blocks. There is one, after the last block.",
                lambda v, p, w, n: _gpt2(v, p, w, n, more=2 * w),
            ),
            Mistake(
                "Both tables are counted twice. There is one of each, and the table of tokens serves as the head too.",
                lambda v, p, w, n: _gpt2(v, p, w, n, more=(v + p) * w),
            ),
            Mistake(
                "3 × width is missing in each block. The four matrices of attention have width biases each, the two of the MLP "
                "4 × width and width. Is a bracket in the wrong place?",
                lambda v, p, w, n: _gpt2(v, p, w, n, more_a_block=-3 * w),
            ),
            Mistake(
                "The biases of the MLP are missing; those of the attention are there.",
                lambda v, p, w, n: _gpt2(v, p, w, n, more_a_block=-5 * w),
            ),
            Mistake(
                "Your MLP stays as narrow as the model. In GPT-2 it goes up to four times the width.",
                lambda v, p, w, n: (v + p) * w + n * (6 * (w * w + w) + 4 * w) + 2 * w,
            ),
            Mistake(
                "Both tables are missing. Something has to turn tokens and positions into vectors.",
                lambda v, p, w, n: _gpt2(v, p, w, n, more=-(v + p) * w),
            ),
            Mistake(
                "You put the last norm into every block. It is there once, after the last block.",
                lambda v, p, w, n: _gpt2(v, p, w, n, more=-2 * w, more_a_block=2 * w),
            ),
            Mistake(
                "Each position has a whole row of the table, not one number.",
                lambda v, p, w, n: _gpt2(v, p, w, n, more=p - p * w),
            ),
            Mistake(
                "You multiplied the two tables. They stand side by side, with a row for each token and a row for each "
                "position: add.",
                lambda v, p, w, n: _gpt2(v, p, w, n, more=(v * p - v - p) * w),
            ),
        ),
    ),
    FunctionExercise(
        name="llama_parameters",
        title="Count any Llama",
        difficulty=2,
        minutes=8,
        points=2,
        hints=(
            "Go through a block: attention as in exercise 3 of lesson 10, three matrices of the MLP, two norms. Then what is outside.",
            "Queries and the way out are width * width; keys and values width * key_value_heads * (width // heads).",
            "Outside the blocks: one table if tied, two if not, and a last norm of width scales.",
        ),
        inputs=_llama_sizes(),
        solution=llama_parameters,
        mistakes=(
            Mistake(
                "You have tied the wrong way round: a tied model needs one table, an untied one two.",
                lambda *sizes: llama_parameters(*sizes[:-1], not sizes[-1]),
            ),
            Mistake(
                "You always count one table. When it is not tied, the head is a second one of the same size.",
                lambda *sizes: llama_parameters(*sizes[:-1], True),
            ),
            Mistake(
                "You always count two tables. When they are tied, there is one.",
                lambda *sizes: llama_parameters(*sizes[:-1], False),
            ),
            Mistake(
                "Your keys and values come out as wide as the queries. There are only key_value_heads of them, each of "
                "width // heads numbers.",
                lambda v, w, n, h, kv, hidden, tied: llama_parameters(v, w, n, h, h, hidden, tied),
            ),
            Mistake(
                "Keys and values need a column for each number of each of their heads. A head has width // heads numbers.",
                lambda v, w, n, h, kv, hidden, tied: _llama(
                    v, w, n, h, kv, hidden, tied, more_a_block=2 * w * kv * (1 - w // h)
                ),
            ),
            Mistake(
                "Your MLP has two matrices, as in GPT-2. Llama's has three: gate, up and down.",
                lambda *s: _llama(*s, more_a_block=-s[1] * s[5]),
            ),
            Mistake(
                "One norm is missing: the one after the last block.",
                lambda *s: _llama(*s, more=-s[1]),
            ),
            Mistake(
                "The norms are missing: two in each block and one after the last, with a scale for each number.",
                lambda *s: _llama(*s, more=-s[1], more_a_block=-2 * s[1]),
            ),
            Mistake(
                "Your norms have offsets beside the scales, as in GPT-2. Llama's have scales only.",
                lambda *s: _llama(*s, more=s[1], more_a_block=2 * s[1]),
            ),
            Mistake(
                "You gave each block one norm. It has two.",
                lambda *s: _llama(*s, more_a_block=-s[1]),
            ),
            Mistake(
                "The fourth matrix of the attention is missing: the way out, back to the width.",
                lambda *s: _llama(*s, more_a_block=-s[1] * s[1]),
            ),
            Mistake(
                "You counted a single block. Each layer is a block with arrays of its own.",
                lambda v, w, n, *others: llama_parameters(v, w, 1, *others),
            ),
            Mistake(
                "You counted biases. There is not one in a Llama.",
                lambda v, w, n, h, kv, hidden, tied: _llama(
                    v, w, n, h, kv, hidden, tied, more_a_block=3 * w + 2 * kv * (w // h) + 2 * hidden
                ),
            ),
            Mistake(
                "Keys and values are two matrices. You counted one of them.",
                lambda v, w, n, h, kv, hidden, tied: _llama(
                    v, w, n, h, kv, hidden, tied, more_a_block=-w * kv * (w // h)
                ),
            ),
            Mistake(
                "The tables are missing: one if tied, two if not.",
                lambda v, *others: llama_parameters(0, *others),
            ),
            Mistake(
                "With tied=False you have no table at all. Tokens are looked up either way.",
                lambda v, w, *others: llama_parameters(v, w, *others[:-1], True) - v * w * (not others[-1]),
            ),
            Mistake(
                "The last norm is there; the two in each block are missing.",
                lambda *s: _llama(*s, more_a_block=-2 * s[1]),
            ),
            Mistake(
                "Your last norm is inside the blocks. It is there once.",
                lambda *s: _llama(*s, more=-s[1], more_a_block=s[1]),
            ),
            Mistake(
                "You multiplied everything by the layers. The tables and the last norm are there once.",
                lambda v, w, n, *others: n * llama_parameters(v, w, 1, *others),
            ),
            Mistake(
                "You counted one head of keys and values. There are key_value_heads of them.",
                lambda v, w, n, h, kv, hidden, tied: llama_parameters(v, w, n, h, 1, hidden, tied),
            ),
            Mistake(
                "Four times the width is GPT-2's rule. Here `hidden` is the number of units, and nothing is multiplied "
                "on top.",
                lambda v, w, n, h, kv, hidden, tied: llama_parameters(v, w, n, h, kv, 4 * w, tied),
                lambda v, w, n, h, kv, hidden, tied: llama_parameters(v, w, n, h, kv, 4 * hidden, tied),
            ),
            Mistake(
                "All your matrices of attention are as narrow as keys and values. Queries and the way out have all heads: "
                "width × width.",
                lambda v, w, n, h, kv, hidden, tied: _llama(
                    v, w, n, h, kv, hidden, tied, more_a_block=2 * w * kv * (w // h) - 2 * w * w
                ),
            ),
            Mistake(
                "Only one of keys and values has fewer heads with you. Both have key_value_heads of them.",
                lambda v, w, n, h, kv, hidden, tied: _llama(
                    v, w, n, h, kv, hidden, tied, more_a_block=w * w - w * kv * (w // h)
                ),
            ),
            Mistake(
                "The attention is missing in your blocks: queries, keys, values, and the way out.",
                lambda v, w, n, h, kv, hidden, tied: _llama(
                    v, w, n, h, kv, hidden, tied, more_a_block=-2 * w * w - 2 * w * kv * (w // h)
                ),
            ),
            Mistake(
                "The MLP is missing in your blocks: gate, up and down.",
                lambda *s: _llama(*s, more_a_block=-3 * s[1] * s[5]),
            ),
            Mistake(
                "You counted one matrix in each MLP. It has three: gate, up and down.",
                lambda *s: _llama(*s, more_a_block=-2 * s[1] * s[5]),
            ),
            Mistake(
                "The way out starts from all heads of queries, not only from those of keys and values.",
                lambda v, w, n, h, kv, hidden, tied: _llama(
                    v, w, n, h, kv, hidden, tied, more_a_block=w * kv * (w // h) - w * w
                ),
            ),
            Mistake(
                "You counted the columns of keys and values. Each column has a weight for every one of the width numbers "
                "that come in.",
                lambda v, w, n, h, kv, hidden, tied: _llama(
                    v, w, n, h, kv, hidden, tied, more_a_block=2 * kv * (w // h) * (1 - w)
                ),
            ),
        ),
    ),
    FunctionExercise(
        name="mixture_parameters",
        title="All of them, and those at work",
        difficulty=2,
        minutes=8,
        points=2,
        hints=(
            "One expert is an MLP with gate, up and down. How many are in a block? How many of them does a token meet?",
            "The router has a score to compute for each expert, so it is width * experts, and every token meets it whole.",
            "others + layers * (experts * 3 * width * hidden + width * experts), and the same with active experts.",
        ),
        inputs=_mixtures(),
        solution=mixture_parameters,
        mistakes=(
            Mistake(
                "The routers are missing: in each block a matrix of width * experts that chooses.",
                lambda o, n, w, h, e, a: [o + n * e * 3 * w * h, o + n * a * 3 * w * h],
            ),
            Mistake(
                "For one token you let the router score the chosen experts only. To choose, it has to score all.",
                lambda o, n, w, h, e, a: [
                    o + n * (e * 3 * w * h + w * e),
                    o + n * (a * 3 * w * h + w * a),
                ],
            ),
            Mistake(
                "The routers are missing from what one token meets. Every token goes through them to be sent on.",
                lambda o, n, w, h, e, a: [o + n * (e * 3 * w * h + w * e), o + n * a * 3 * w * h],
            ),
            Mistake(
                "You multiplied the whole model by the number of experts. Attention and tables are there once; "
                "only the MLPs are there several times. (This is how '8x7B' is misread as 56 billion.)",
                lambda o, n, w, h, e, a: [e * (o + n * 3 * w * h), a * (o + n * 3 * w * h)],
                lambda o, n, w, h, e, a: [each * (o + n * 3 * w * h) + n * w * e for each in (e, a)],
            ),
            Mistake(
                "You counted two matrices in each expert. It has a gate as well.",
                lambda o, n, w, h, e, a: [
                    o + n * (e * 2 * w * h + w * e),
                    o + n * (a * 2 * w * h + w * e),
                ],
            ),
            Mistake(
                "The two numbers are in the other order: all parameters first, then those that one token meets.",
                lambda *sizes: mixture_parameters(*sizes)[::-1],
            ),
            Mistake(
                "You counted a single block. Every layer has a router and experts of its own.",
                lambda o, n, w, h, e, a: mixture_parameters(o, 1, w, h, e, a),
            ),
            Mistake(
                "Both of your numbers are the whole model. One token is sent to `active` experts in each block.",
                lambda *sizes: [mixture_parameters(*sizes)[0]] * 2,
            ),
            Mistake(
                "You left out the others, the tables, attention and norms. They are there, and every token meets them.",
                lambda o, *sizes: mixture_parameters(0, *sizes),
            ),
            Mistake(
                "One token meets the others too, the tables, attention and norms; your second number leaves them out.",
                lambda o, *sizes: [mixture_parameters(o, *sizes)[0], mixture_parameters(0, *sizes)[1]],
            ),
            Mistake(
                "You counted one router. Each block has its own.",
                lambda o, n, w, h, e, a: [o + n * each * 3 * w * h + w * e for each in (e, a)],
            ),
            Mistake(
                "`others` counts all blocks already; you multiplied it by the layers.",
                lambda o, n, *sizes: mixture_parameters(o * n, n, *sizes),
            ),
            Mistake(
                "You took a share of the whole. Only the experts are chosen among; others and routers are met whole.",
                lambda *s: [mixture_parameters(*s)[0], mixture_parameters(*s)[0] * s[-1] / s[-2]],
                lambda *s: [mixture_parameters(*s)[0], mixture_parameters(*s)[0] * s[-1] // s[-2]],
            ),
            Mistake(
                "Your second number counts the experts that rest. What the token meets is asked for.",
                lambda o, n, w, h, e, a: [mixture_parameters(o, n, w, h, e, a)[0], n * (e - a) * 3 * w * h],
            ),
            Mistake(
                "A token meets more than its experts: the router that sent it there, and everything in `others`.",
                lambda o, n, w, h, e, a: [mixture_parameters(o, n, w, h, e, a)[0], n * a * 3 * w * h],
            ),
            Mistake(
                "How many experts are active is an argument; yours is always the same number.",
                lambda *s: [mixture_parameters(*s)[0], mixture_parameters(*s[:-1], 1)[1]],
                lambda *s: [mixture_parameters(*s)[0], mixture_parameters(*s[:-1], 2)[1]],
            ),
            Mistake(
                "You gave each expert a single matrix. It has three: gate, up and down.",
                lambda o, n, w, h, e, a: [o + n * (each * w * h + w * e) for each in (e, a)],
            ),
            Mistake(
                "Both of your numbers are those of one token. The first one counts every expert, also those that rest.",
                lambda *sizes: [mixture_parameters(*sizes)[1]] * 2,
            ),
            Mistake(
                "You counted the experts of a single block. Every layer has experts of its own, as it has a router.",
                lambda o, n, w, h, e, a: [o + each * 3 * w * h + n * w * e for each in (e, a)],
            ),
            Mistake(
                "You gave the routers biases. Here they have none.",
                lambda o, n, w, h, e, a: [each + n * e for each in mixture_parameters(o, n, w, h, e, a)],
            ),
            Mistake(
                "You counted a router for each expert. A block has a single one, with a column for each expert.",
                lambda o, n, w, h, e, a: [o + n * each * (3 * w * h + w * e) for each in (e, a)],
                lambda o, n, w, h, e, a: [o + n * (each * 3 * w * h + w * e * e) for each in (e, a)],
            ),
            Mistake(
                "You gave the experts biases. Gate, up and down have none here.",
                lambda o, n, w, h, e, a: [
                    o + n * (each * (3 * w * h + 2 * h + w) + w * e) for each in (e, a)
                ],
            ),
        ),
    ),
    ValueExercise(
        name="fits_16_gigabytes",
        title="Which fits?",
        difficulty=1,
        minutes=4,
        points=1,
        hints=(
            "A byte is 8 bits. A billion parameters of 8 bits are a billion bytes, one gigabyte.",
            "Billions of parameters * bits / 8 are gigabytes. A token's way leads through some experts only; does that help?",
        ),
        solution=fits_16_gigabytes,
        mistakes=(
            Mistake(
                "One token meets 12.9 of Mixtral's 46.7 billion. The next one may be sent to other experts, so all of them "
                "have to be there.",
                _fitting("Mixtral 8x7B, 4 bits"),
            ),
            Mistake(
                "32 bits are four bytes. What do 6.7 billion parameters of four bytes take?",
                _fitting("Llama 2 7B, 32 bits"),
            ),
            Mistake(
                "16 bits are two bytes, so 6.7 billion parameters take twice 6.7 gigabytes. Compare that with 16.",
                _fitting("Llama 2 7B, 16 bits"),
            ),
            Mistake(
                "8 bits are one byte: 13 billion parameters, 13 gigabytes.", _fitting("Llama 2 13B, 8 bits")
            ),
            Mistake(
                "4 bits are half a byte. Half of 41.3 is more than 16.",
                _fitting("Falcon 40B, 4 bits"),
            ),
            Mistake(
                "4 bits are half a byte. Take half of all the parameters that have to be there, and compare with 16.",
                _fitting("Falcon 40B, 4 bits", "Mixtral 8x7B, 4 bits"),
            ),
            Mistake(
                "Four bytes for each of 1.7 billion parameters: 6.8 gigabytes.",
                _fitting("SmolLM2 1.7B, 32 bits"),
            ),
            Mistake(
                "You found nothing that fits. Did you take bits for bytes? Eight bits are one byte.",
                lambda: dict.fromkeys(fits_16_gigabytes(), False),
            ),
            Mistake(
                "You have it the other way round: True is for what fits.",
                _fitting(*fits_16_gigabytes()),
            ),
            Mistake(
                "Your numbers are twice what they should be. How many bits make a byte?",
                _fitting("Llama 2 7B, 16 bits", "Llama 2 13B, 8 bits"),
            ),
            Mistake(
                "You say that everything fits. Did you go by the names alone? Parameters times bits, divided by 8.",
                lambda: dict.fromkeys(fits_16_gigabytes(), True),
            ),
            Mistake(
                "You compared parameters with 16, not gigabytes. And do all experts have to be there?",
                _fitting("Llama 2 7B, 32 bits", "Mixtral 8x7B, 4 bits"),
            ),
        ),
    ),
    FunctionExercise(
        name="longest_context",
        title="How long a text fits beside it?",
        difficulty=2,
        minutes=8,
        points=2,
        hints=(
            "First the weights: parameters * bits // 8 bytes. What is left of the memory is for the cache.",
            "A token leaves 2 * layers * key_value_heads * head_size numbers, of 2 bytes each.",
            "Whole tokens: divide with //. And if the weights alone are too large, the answer is 0.",
        ),
        inputs=st.fixed_dictionaries(
            {
                "parameters": st.integers(1, 250).map(lambda n: 8 * n),
                "bits": st.sampled_from([4, 8, 16, 32]),
                "layers": st.integers(1, 4),
                "key_value_heads": st.integers(1, 4),
                "head_size": st.sampled_from([2, 4, 8]),
                "memory": st.integers(100, 10_000),
            }
        ),
        solution=longest_context,
        mistakes=(
            Mistake(
                "Your answer becomes negative where the weights alone are too large. No token fits then: 0.",
                lambda p, b, n, kv, s, m: (m - p * b // 8) // (4 * n * kv * s),
            ),
            Mistake(
                "You gave the whole memory to the cache. The weights have to be there too.",
                lambda p, b, n, kv, s, m: m // (4 * n * kv * s),
            ),
            Mistake(
                "Your cache is half as large as it should be. There are two things to remember of each token, and each "
                "number of them takes two bytes.",
                lambda p, b, n, kv, s, m: max(0, (m - p * b // 8) // (2 * n * kv * s)),
            ),
            Mistake(
                "Your cache is a quarter of what it should be. Both keys and values are kept, and each number takes 2 bytes.",
                lambda p, b, n, kv, s, m: max(0, (m - p * b // 8) // (n * kv * s)),
            ),
            Mistake(
                "Your cache keeps its numbers in 4 bytes. Here they take 2.",
                lambda p, b, n, kv, s, m: max(0, (m - p * b // 8) // (8 * n * kv * s)),
            ),
            Mistake(
                "You took bits for bytes: eight bits are one byte.",
                lambda p, b, n, kv, s, m: max(0, (m - p * b) // (4 * n * kv * s)),
            ),
            Mistake(
                "You turned the memory into bits and kept the cache in bytes. Bring everything to bytes first.",
                lambda p, b, n, kv, s, m: max(0, (8 * m - p * b) // (4 * n * kv * s)),
            ),
            Mistake(
                "You gave every parameter one byte. How many it takes is what the bits say.",
                lambda p, b, n, kv, s, m: max(0, (m - p) // (4 * n * kv * s)),
            ),
            Mistake(
                "This is the cache of one block. Every layer keeps keys and values of its own.",
                lambda p, b, n, kv, s, m: max(0, (m - p * b // 8) // (4 * kv * s)),
            ),
            Mistake(
                "You stored the cache in the bits of the weights. Its numbers take 2 bytes each, whatever the weights take.",
                lambda p, b, n, kv, s, m: max(0, (m - p * b // 8) * 8 // (2 * n * kv * s * b)),
            ),
            Mistake(
                "4 // 8 is 0, and then the weights weigh nothing. Multiply by the bits first, then divide by 8.",
                lambda p, b, n, kv, s, m: max(0, (m - p * (b // 8)) // (4 * n * kv * s)),
            ),
            Mistake(
                "You counted one token too many. The one that does not fit whole is left out.",
                lambda p, b, n, kv, s, m: max(0, (m - p * b // 8) // (4 * n * kv * s) + 1),
                lambda p, b, n, kv, s, m: max(0, (m - p * b // 8) // (4 * n * kv * s)) + 1,
            ),
            Mistake(
                "Part of a token does not fit: round down, with //.",
                lambda p, b, n, kv, s, m: max(0, (m - p * b / 8) / (4 * n * kv * s)),
            ),
            Mistake(
                "Two things: where the weights alone are too large, your answer is not 0. And it has to be whole tokens, "
                "rounded down.",
                lambda p, b, n, kv, s, m: (m - p * b / 8) / (4 * n * kv * s),
                lambda p, b, n, kv, s, m: round((m - p * b / 8) / (4 * n * kv * s)),
            ),
            Mistake(
                "What a token leaves in the cache depends on the number of heads of keys and values. Yours does not.",
                lambda p, b, n, kv, s, m: max(0, (m - p * b // 8) // (4 * n * s)),
            ),
            Mistake(
                "A key is not one number: it has head_size of them.",
                lambda p, b, n, kv, s, m: max(0, (m - p * b // 8) // (4 * n * kv)),
            ),
            Mistake(
                "You rounded up, or to the nearest. Part of a token does not fit.",
                lambda p, b, n, kv, s, m: max(0, ceil((m - p * b / 8) / (4 * n * kv * s))),
                lambda p, b, n, kv, s, m: max(0, round((m - p * b / 8) / (4 * n * kv * s))),
            ),
            Mistake(
                "`memory` comes in bytes already, not in GB or GiB.",
                lambda p, b, n, kv, s, m: max(0, (m * 10**9 - p * b // 8) // (4 * n * kv * s)),
                lambda p, b, n, kv, s, m: max(0, (m * 2**30 - p * b // 8) // (4 * n * kv * s)),
            ),
            Mistake(
                "These are the bytes that are left. How many tokens' keys and values fit in there?",
                lambda p, b, n, kv, s, m: max(0, m - p * b // 8),
            ),
            Mistake(
                "abs() makes room where there is none. If the weights do not fit, nothing is left: 0.",
                lambda p, b, n, kv, s, m: abs(m - p * b // 8) // (4 * n * kv * s),
            ),
            Mistake(
                "The bits of your weights are always the same. They are given as `bits`.",
                lambda p, b, n, kv, s, m: max(0, (m - 2 * p) // (4 * n * kv * s)),
                lambda p, b, n, kv, s, m: max(0, (m - p // 2) // (4 * n * kv * s)),
            ),
            Mistake(
                "Your cache takes 16 bytes a number. Those are bits: 2 bytes.",
                lambda p, b, n, kv, s, m: max(0, (m - p * b // 8) // (32 * n * kv * s)),
            ),
            Mistake(
                "Where the weights alone are too large, no token fits: 0, and never less.",
                lambda p, b, n, kv, s, m: int((m - p * b / 8) / (4 * n * kv * s)),
            ),
            Mistake(
                "You asked whether the weights fit, and then gave the whole memory to the cache. The cache has what the "
                "weights leave.",
                lambda p, bits, n, kv, size, m: 0 if m < p * bits // 8 else m // (4 * n * kv * size),
            ),
        ),
    ),
    FunctionExercise(
        name="training_days",
        title="How long does it take?",
        difficulty=2,
        minutes=6,
        points=2,
        hints=(
            "First the operations of the whole training, then how many of them all devices do in a second.",
            "6 * parameters * tokens, divided by devices * speed * utilisation, are seconds. A day has 24 * 3600.",
        ),
        inputs=st.fixed_dictionaries(
            {
                "parameters": st.integers(1, 9).map(lambda n: n * 10**9),
                "tokens": st.integers(1, 20).map(lambda n: n * 10**11),
                "devices": st.integers(1, 1000),
                "speed": st.integers(1, 9).map(lambda n: n * 10**14),
                "utilisation": st.sampled_from([0.25, 0.4, 0.5, 1.0]),
            }
        ),
        solution=training_days,
        mistakes=(
            Mistake(
                "You counted 2 operations for each parameter and token. That is the way forward; training also goes back.",
                lambda p, t, d, s, u: training_days(p, t, d, s, u) / 3,
            ),
            Mistake(
                "You counted 4 operations for each parameter and token. That is the way back; before it comes the way forward.",
                lambda p, t, d, s, u: training_days(p, t, d, s, u) * 2 / 3,
            ),
            Mistake(
                "These are hours. A day has 24 of them.",
                lambda p, t, d, s, u: training_days(p, t, d, s, u) * 24,
            ),
            Mistake(
                "These are seconds. How many of them has a day?",
                lambda p, t, d, s, u: training_days(p, t, d, s, u) * 24 * 3600,
            ),
            Mistake(
                "You multiplied by the utilisation where you should divide: a device that is used half takes twice as long.",
                lambda p, t, d, s, u: training_days(p, t, d, s, u) * u * u,
            ),
            Mistake(
                "You let the devices work at full speed. They reach a part of it: the utilisation.",
                lambda p, t, d, s, u: training_days(p, t, d, s, u) * u,
            ),
            Mistake(
                "This is the time of a single device. Several share the work.",
                lambda p, t, d, s, u: training_days(p, t, 1, s, u),
            ),
            Mistake(
                "More devices should take less time; with yours it takes more.",
                lambda p, t, d, s, u: training_days(p, t, 1, s, u) * d,
            ),
            Mistake(
                "You left out the 6: forward and back, each parameter costs 6 operations a token.",
                lambda p, t, d, s, u: training_days(p, t, d, s, u) / 6,
            ),
            Mistake(
                "`utilisation` is a part of 1 here, such as 0.4, and not per cent: nothing to divide by 100.",
                lambda *a: training_days(*a) * 100,
            ),
            Mistake(
                "You used the part that is lost, 1 - utilisation. The part that is reached is what counts.",
                lambda p, t, d, s, u: 6 * p * t / (d * s * (1 - u)) / 86_400,
                lambda p, t, d, s, u: training_days(p, t, d, s, 1 - u if u < 1 else 1),
            ),
            Mistake(
                "These are minutes. How many of them does a day have?", lambda *a: training_days(*a) * 1_440
            ),
            Mistake(
                "Between seconds and days lie minutes and hours; at least one step is missing.",
                lambda *a: training_days(*a) * 3_600,
                lambda *a: training_days(*a) * 60,
            ),
            Mistake(
                "A bracket is missing: a / 24 * 3600 divides by 24 and then multiplies.",
                lambda *a: training_days(*a) * 3_600**2,
            ),
            Mistake(
                "A bracket is missing: a / d * s * u divides by d alone.",
                lambda p, t, d, s, u: 6 * p * t / d * s * u / 86_400,
                lambda p, t, d, s, u: 6 * p * t / d * s * u,
            ),
            Mistake(
                "You rounded. The exact number of days is asked for.",
                lambda *a: round(training_days(*a)),
                lambda *a: ceil(training_days(*a)),
                lambda *a: int(training_days(*a)),
                lambda *a: round(training_days(*a), 2),
            ),
            Mistake(
                "You counted 8 operations. That is right where the way forward is computed twice, with recomputing; "
                "here it is 6.",
                lambda *a: training_days(*a) * 8 / 6,
            ),
            Mistake("These are years.", lambda *a: training_days(*a) / 365),
            Mistake(
                "These are operations. How long do the devices need for them?",
                lambda p, t, d, s, u: 6 * p * t,
            ),
            Mistake(
                "You added parameters and tokens. Every token meets every parameter: multiply.",
                lambda p, t, d, s, u: 6 * (p + t) / (d * s * u) / 86_400,
            ),
        ),
    ),
    FunctionExercise(
        name="pays_off_after",
        title="When does the smaller one pay?",
        difficulty=3,
        minutes=12,
        points=3,
        hints=(
            "Write down what each of the two costs in all, training and T served tokens. Where are the two sums equal?",
            "Training is 6 * parameters * tokens. Serving T tokens is 2 * parameters * T: forward only.",
            "What the small one spent more in training, divided by what it saves on each served token. "
            "If it spent less in training, it is ahead from the start.",
        ),
        inputs=_two_models(),
        solution=pays_off_after,
        mistakes=(
            Mistake(
                "Your answer is negative where the small one was cheaper to train as well. It is ahead from the start: 0.",
                lambda s, ds, b, db: 3 * (s * ds - b * db) / (b - s),
            ),
            Mistake(
                "You let a token cost the same in training and in serving. Training goes forward and back, serving forward only.",
                lambda s, ds, b, db: max(0, (s * ds - b * db) / (b - s)),
            ),
            Mistake(
                "You divided by what the large one costs a token. The small one costs something too; what counts is the "
                "difference.",
                lambda s, ds, b, db: max(0, 3 * (s * ds - b * db) / b),
            ),
            Mistake(
                "You divided by what the small one costs a token. What it saves is the difference to the large one.",
                lambda s, ds, b, db: max(0, 3 * (s * ds - b * db) / s),
            ),
            Mistake(
                "The large one's training was not free either. Compare the two trainings first.",
                lambda s, ds, b, db: 3 * s * ds / (b - s),
            ),
            Mistake(
                "This is how many operations the small one spent more in training. How many served tokens make up for it?",
                lambda s, ds, b, db: max(0, 6 * (s * ds - b * db)),
            ),
            Mistake(
                "You compared the trainings by their tokens alone. A token costs more in the larger model.",
                lambda s, ds, b, db: max(0, 3 * (ds - db) / (b - s)),
            ),
            Mistake(
                "The two models have changed places: it is the small one that spends more in training and saves later.",
                lambda s, ds, b, db: max(0, 3 * (b * db - s * ds) / (b - s)),
                lambda s, ds, b, db: 3 * (b * db - s * ds) / (b - s),
            ),
            Mistake(
                "You rounded. The exact number is asked for.",
                lambda s, ds, b, db: max(0, 3 * (s * ds - b * db) // (b - s)),
                lambda s, ds, b, db: max(0, round(3 * (s * ds - b * db) / (b - s))),
                lambda s, ds, b, db: max(0, ceil(3 * (s * ds - b * db) / (b - s))),
            ),
            Mistake(
                "Two things: training costs 6 for each parameter and token, serving 2. And where the small one was cheaper "
                "to train as well, the answer is 0.",
                lambda s, ds, b, db: (s * ds - b * db) / (b - s),
            ),
            Mistake(
                "abs() hides something: where the small one was cheaper to train too, it is ahead from the start.",
                lambda s, ds, b, db: abs(3 * (s * ds - b * db) / (b - s)),
            ),
            Mistake(
                "Your two prices of a token do not fit together. Forward only is 2, forward and back is 6.",
                lambda s, ds, b, db: max(0, 6 * (s * ds - b * db) / (b - s)),
                lambda s, ds, b, db: max(0, 2 * (s * ds - b * db) / (b - s)),
                lambda s, ds, b, db: max(0, (s * ds - b * db) / (b - s) / 3),
            ),
            Mistake(
                "You divided by what a served token costs in both together. What counts is what the small one saves.",
                lambda s, ds, b, db: max(0, 3 * (s * ds - b * db) / (b + s)),
            ),
            Mistake(
                "You added up the two trainings. What counts is by how much they differ.",
                lambda s, ds, b, db: 3 * (s * ds + b * db) / (b - s),
            ),
            Mistake(
                "You compared numbers of tokens. A token costs more in the larger model, in training and in serving.",
                lambda s, ds, b, db: max(0, ds - db),
                lambda s, ds, b, db: max(0, 3 * (ds - db)),
            ),
            Mistake(
                "The answer comes in the unit of the inputs: no factor of a billion.",
                lambda s, ds, b, db: max(0, 3e9 * (s * ds - b * db) / (b - s)),
            ),
            Mistake(
                "What a served token saves is missing in part: 2 operations for each parameter that the small one has "
                "fewer, 2 * (large - small).",
                lambda s, ds, b, db: max(0, 3 * (s * ds - b * db)),
            ),
        ),
    ),
)
