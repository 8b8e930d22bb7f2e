# %% [markdown]
# # 14 · Fewer parameters
#
# > **At the end you can** save on a language model in seven ways, some by hand and some on the real one, and say
# > of each what it saves (bytes, time, arithmetic or texts) and what it costs.
#
# Lesson 13 taught the real model something new. It still has 134,515,008 parameters, each of them in 32 bits,
# and a telephone has little room for that. Lesson 12 has already shown that many of them are hardly missed, and
# that one of them is missed sorely. So what can go, and how would you find out?
#
# **Time:** about two and a half hours, of which the computer needs four to nine minutes. A good place for a break
# is before "Seeing less".
# **You need:** lessons 01 to 13, and 5 GB of memory.

# %%
from utils import distilling, mixture, plots, stories
from utils.checking import check
from utils.counting import count
from utils.grammar import clues
from utils.llm.changed import changed, dense_layers
from utils.llm.config import Config
from utils.llm.generate import generate_tokens
from utils.llm.looped import Looped
from utils.llm.model import LanguageModel
from utils.llm.packed import packed, sizes
from utils.llm.sight import EVERYTHING, limited
from utils.llm.slimmer import by_use, by_weights, slimmer
from utils.llm.smollm2 import load_model

# %%
from utils.llm.teacher import imitate, write_texts
from utils.llm.tensors import read_tensor
from utils.llm.tokenizer import encode_rows, load_tokenizer
from utils.memory import give_back
from utils.passages import MEASURED, PRACTICE
from utils.story_training import losses, train
from utils.text import aligned

import gc
import keras
import numpy as np
import tensorflow as tf
from dataclasses import replace
from threadpoolctl import threadpool_limits
from time import perf_counter

# %% [markdown]
# ## What there is to save
#
# Of a smaller model we want three numbers, as far as we can get them: its **bytes**, the **tokens a second** that it
# writes, and its **perplexity** (lesson 05), on texts that it cannot have read. We wrote some, and take six of them,
# the first 64 tokens of each.

# %%
llm, tokenizer = load_model(), load_tokenizer()
tokens = encode_rows(tokenizer, MEASURED)[0][:6, :64]
print(MEASURED[0][:75], "...")
print("texts and tokens:", tokens.shape, "  parameters:", f"{count(llm):,}")


# %%
def compiled(model):
    """The model as a faster function, for any number of texts and tokens."""
    signature = [tf.TensorSpec((None, None), "int32")]
    return tf.function(lambda tokens: model(tokens), input_signature=signature)


def perplexity(run, tokens=tokens):
    """One number for all the texts together."""
    cross_entropy = keras.losses.sparse_categorical_crossentropy
    logits = run(tokens)[:, :-1]
    found = cross_entropy(tokens[:, 1:], logits, from_logits=True)
    return float(np.exp(np.mean(found)))


def megabytes(model):
    return sum(np.asarray(array).nbytes for array in model.weights) / 1e6


run = compiled(llm)
whole = perplexity(run)
print(f"perplexity ≈ {whole:.1f} in {megabytes(llm):.0f} MB")

# %% [markdown]
# From here on a perplexity of the real model is given as a *factor*: 1.00 is as good as the whole model, 1.10 is ten
# per cent more surprised. Six short texts are few, so do not read much into a per cent or two.
#
# Time is told by a clock, so it is different on every machine and every day. `speed` lets a model write 33 tokens
# twice, after it has written some to get started (lesson 12: the loop is compiled once), and takes the shorter time.

# %%
opening = tokenizer.encode("Once upon a time there was a small robot who").ids
speeds = {}


def speed(model):
    """Tokens a second."""
    list(generate_tokens(model, opening, 17))
    taken = []
    for _ in range(2):
        begin = perf_counter()
        list(generate_tokens(model, opening, 33))
        taken.append(perf_counter() - begin)
    return 33 / min(taken)


speeds["32 bits"] = speed(llm)

# %% [markdown]
# ## Fewer bits: by hand
#
# A float of 32 bits can be one of four thousand million numbers. With 3 bits one can write just 0, 1, ... 7. To
# **quantise** is to write weights as such whole numbers (the noun is **quantisation**). Two constants say what they
# mean: the **scale**, how much one step is worth, and the **zero point**, the whole number that stands for 0. To get a
# weight back:
#
# $$\text{weight} \approx \text{scale} \times (\text{whole} - \text{zero})$$
#
# Take the five weights -0.3, 0, 0.1, 0.25 and 0.4, and 3 bits. The smallest becomes 0 and the largest 7, so seven
# steps cover 0.7: the scale is 0.1. Three steps lie between -0.3 and 0: the zero point is 3. **Predict** the five
# whole numbers, and which weight does not come back as it was.

# %%
weights = np.array([-0.3, 0.0, 0.1, 0.25, 0.4])
scale, zero = 0.1, 3
numbers = np.round(weights / scale + 1e-9) + zero
print("whole", numbers.astype(int))
print("back ", (scale * (numbers - zero)).round(2))

# %% [markdown]
# 0.25 lies between two steps and came back as 0.3. (A thousand-millionth was added so that a number in the middle goes
# up on every machine.) A weight is off by half a step at the most. That is the whole trade: **fewer bits, larger
# steps**.

# %% [markdown]
# ### Exercise 1 · Eight bits, or four
# ★★☆ · 12 minutes · 2 points
#
# Return `[whole, scale, zero]` for an array `values` (some are negative, some positive) and a number of `bits`. The
# whole numbers go from 0 to 2**bits - 1. The scale is such that the steps reach from the smallest value to the
# largest; the zero point is how many steps lie between the smallest value and 0, rounded to a whole number; each value
# is rounded to a whole number of steps, and then the zero point is added.


# %% exercise="quantise"
def quantise(values, bits):
    """The whole numbers, the scale and the zero point."""
    ...


check(quantise)

# %% [markdown]
# Ours makes the way there and back in one go. `groups` has a row for each group of numbers that share their constants,
# so that we can choose how many share them. (Here the smallest number of a group is written down in place of the
# zero point, as the model's file does it.)


# %%
def there_and_back(groups, bits):
    """What is left of the numbers when a row shares its step and smallest number."""
    low = groups.min(axis=1, keepdims=True)
    step = (groups.max(axis=1, keepdims=True) - low) / (2**bits - 1)
    whole = np.round((groups - low) / np.maximum(step, 1e-12))
    return low + step * whole


def error(matrix, restored):
    """The typical error, as a share of a typical weight."""
    return np.sqrt(np.mean((matrix - restored) ** 2) / np.mean(matrix**2))


# %% [markdown]
# Now a real matrix, `down` in block 11, 576 rows of 1,536 numbers. (Dense keeps it with a column for each output, we
# turn it, as the file does.) One group for the whole matrix, with 8 bits and with 4. **Predict:** the error with 4
# bits is how many times that with 8? (There are 255 steps, and 15.)

# %%
down = llm.blocks[11].mlp.down.kernel.numpy().T
in_one = down.reshape(1, -1)
eight, four = [error(in_one, there_and_back(in_one, bits)) for bits in (8, 4)]
print(f"8 bits ≈ {eight:.2f}, 4 bits ≈ {four:.2f} of a typical weight")
print(f"a typical weight ≈ {down.std():.2f}, the largest ≈ {abs(down).max():.1f}")

# %% [markdown]
# Seventeen times the step, seventeen times the error: with 4 bits it is nearly as large as the weights themselves, and
# hardly anything is left of them. The second line says why. This is the matrix of lesson 12, with the one number that
# could ruin the model. That number is many times larger than a typical one, *and all others have to live with its
# step*. So give fewer numbers one step: a row, or a **block** of 32.

# %%
print("shared by        8 bits  4 bits  bits a weight")
for name, size in {"the matrix": down.size, "a row": 1536, "a block of 32": 32}.items():
    groups = down.reshape(-1, size)
    eight, four = [error(groups, there_and_back(groups, bits)) for bits in (8, 4)]
    bits = f"{8 + 32 / size:.2f} and {4 + 32 / size:.2f}"
    print(f"{name:<14} ≈ {eight:.4f}  ≈ {four:.2f}  {bits}")

# %% [markdown]
# The smaller the groups, the smaller the error: a large number spoils only its own. It is not free, as the last
# column says: each group needs its two constants, here of 16 bits each, and in blocks of 32 that is one more bit for
# every weight. (And an error of 0.00 with 4 bits, as if nothing had been rounded? Keep it in mind.)

# %% [markdown]
# ### Exercise 2 · How large will the file be?
# ★☆☆ · 4 minutes · 1 point
#
# So many `numbers` are kept in `bits` bits each, in blocks of `block` numbers, and each block has so many bytes of
# `constants`. Return the bytes of it all. (The numbers fill their blocks.)


# %% exercise="file_bytes"
def file_bytes(numbers, bits, block, constants):
    """The bytes of all whole numbers and all constants."""
    ...


check(file_bytes)

# %% [markdown]
# ## Fewer bits: the whole model
#
# Now all 210 matrices of the blocks. `changed(llm, change)` works like lesson 12's `zeroed`: what is inside the
# `with` runs with each matrix as `change` makes it, and afterwards all is as before. `in_groups` is a function that
# makes such functions: it returns one that remembers how large the groups are and how many bits there are.
# **Predict** the six factors: which are near 1?


# %%
def in_groups(size, bits):
    """A function that rounds a matrix in groups of this size; 0 is the whole matrix."""

    def change(matrix):
        groups = matrix.reshape(-1, size or matrix.size)
        return there_and_back(groups, bits).reshape(matrix.shape)

    return change


def in_rows(bits):
    return lambda matrix: there_and_back(matrix, bits)


# %%
factors = {}
for bits in (8, 4):
    ways = {"matrix": in_groups(0, bits), "row": in_rows(bits)}
    ways["32"] = in_groups(32, bits)
    for name, change in ways.items():
        with changed(llm, change):
            factors[bits, name] = perplexity(run) / whole
        print(f"{bits} bits, a step for each {name}: ≈ {factors[bits, name]:,.2f}")

# %% [markdown]
# With 8 bits little is lost, whoever shares the step. With 4 bits and one step for a matrix the model is destroyed:
# more than ten thousand times as surprised, worse than guessing. With a step for each row it is twice as surprised. And
# with blocks of 32 it costs nothing, 1.00?
#
# **Be suspicious of results that are too good.** Where do our weights come from? From a file that somebody made
# smaller: rounded to 4 bits, in blocks of 32. We rounded to the same steps once more, and nothing moved. (In the table
# above it was the same, with 4 bits *and* with 8, since 255 steps are 17 times 15.) The numbers as they were before
# we do not have.
#
# What it cost *then* can be estimated, though: round with blocks that lie 16 numbers to the side. Each has half of one
# old block and half of another, so that the old steps are no help.


# %%
def to_the_side(matrix):
    moved = np.roll(matrix, 16, axis=1)
    return np.roll(in_groups(32, 4)(moved), -16, axis=1)


with changed(llm, to_the_side):
    factors[4, "32, new"] = perplexity(run) / whole
print(f"4 bits, blocks of 32 to the side: ≈ {factors[4, '32, new']:.2f}")

# %% [markdown]
# More than a quarter more surprised. That is about the price of one honest rounding to 4 bits in this simple way, for
# a model as small as this one. (Larger models suffer less, and better ways choose the whole numbers by what the
# matrix is used for: Frantar and others 2022, [arXiv 2210.17323](https://arxiv.org/abs/2210.17323).) So what lessons
# 12 and 13 said of "the model" they said of the rounded one.

# %% [markdown]
# ## Fewer bits: the file
#
# Let us open it. `sizes` says in which ways it keeps numbers. (*Tensor* is the word for an array in such files.)

# %%
for kind, (tensors, numbers, size) in sizes().items():
    bits = 8 * size / numbers
    print(f"{kind:<5} {tensors:>3} tensors {numbers:>11,} numbers {bits:>5} bits each")
in_all = sum(size for _, _, size in sizes().values())
times = 4 * count(llm) / in_all
print(f"{in_all:,} bytes of numbers, {times:.2f} times fewer than in 32 bits")

# %% [markdown]
# **Q4_1** is what we did: blocks of 32, 4 bits each, a step and a smallest number in 16 bits, which makes 5 bits a
# weight. **Q8_0** keeps the embedding table: 8 bits with a sign, and a step, which makes 8.5. The norms' scales are
# left in 32 bits; there are so few. (The names are those of the program llama.cpp, for which such files are made.)
#
# A block of Q4_1 has 20 bytes. Here is the first of a matrix.

# %%
blocks = packed("blk.0.ffn_up.weight")
print("rows, blocks in a row, bytes:", blocks.shape)
print(blocks[0, 0])

# %% [markdown]
# ### Exercise 3 · Twenty bytes, thirty-two numbers
# ★★★ · 15 minutes · 3 points
#
# Return the 32 numbers of a block of Q4_1, an array of 20 bytes. Bytes 0 and 1 are the step, bytes 2 and 3 the
# smallest number, each a float of 16 bits: `block[:2].view(np.float16)[0]` reads one. In each of the other 16 bytes
# there are two whole numbers from 0 to 15: `byte % 16` and `byte // 16`. The first kind are numbers 0 to 15, in their
# order, the second kind are numbers 16 to 31. A number is the smallest number plus its steps.


# %% exercise="unpack_q4_1"
def unpack_q4_1(block):
    """The 32 numbers of a block of 20 bytes."""
    ...


check(unpack_q4_1)

# %% [markdown]
# Whatever you wrote, here is ours for Q4_1, and the same for Q8_0, for all blocks of a tensor at a time. (`[..., :2]`
# are the first two bytes of every block; `copy` puts them side by side, since `view` reads neighbours.) The reader that
# loaded the model has unpacked the same tensors. **Predict** the largest difference.


# %%
def constants(blocks, start):
    """The floats of 16 bits that stand at two bytes of every block, as floats of 32."""
    return blocks[..., start : start + 2].copy().view(np.float16).astype("float32")


def from_q4_1(blocks):
    whole = np.concatenate([blocks[..., 4:] % 16, blocks[..., 4:] // 16], axis=-1)
    numbers = constants(blocks, 0) * whole + constants(blocks, 2)
    return numbers.reshape(len(blocks), -1)


def from_q8_0(blocks):
    numbers = constants(blocks, 0) * blocks[..., 2:].view(np.int8)
    return numbers.reshape(len(blocks), -1)


# %%
unpacked = {"blk.0.ffn_up.weight": from_q4_1(blocks)}
unpacked["token_embd.weight"] = from_q8_0(packed("token_embd.weight"))
for name, matrix in unpacked.items():
    apart = abs(matrix - read_tensor(name)).max()
    print(f"{name}: {matrix.shape}, largest difference {apart:.1f}")
del unpacked

# %% [markdown]
# None. Now all MLP matrices of the thirty blocks, unpacked by us, beside those of the model that we loaded.

# %%
names = {"gate": "ffn_gate", "up": "ffn_up", "down": "ffn_down"}
same = []
for name, stored in names.items():
    for number, layer in enumerate(dense_layers(llm, [name])):
        matrix = from_q4_1(packed(f"blk.{number}.{stored}.weight"))
        same.append(np.array_equal(matrix.T, layer.kernel))
print("MLP matrices equal to the loaded ones:", sum(same), "of", len(same))

# %% [markdown]
# It is the same model, so its perplexity is the same, too. What the file saves is bytes *on the disk*. As we load it,
# it needs as much memory as ever, since we unpack it, and it writes no faster. The program llama.cpp leaves the
# numbers packed and unpacks them on the way into the product, again for every token.
#
# ## Fewer bits: faster?
#
# "Smaller and faster", say articles of quantised models. Smaller is sure. What makes it faster? Lesson 11: to write a
# token, every weight is read once, and reading is what takes the time. A quarter of the bytes should be up to four
# times as fast, *if* the multiplying does not get slower.
#
# Keras has quantisation built in. `layer.quantize("int8")` changes a layer in its place: whole numbers from -127 to
# 127 with a scale for each output, no zero point; and it rounds what comes in as well, so that whole numbers can be
# multiplied with whole numbers. **Predict** what it does to the perplexity.


# %%
def quantised(form):
    """The model with all layers of its blocks quantised by Keras."""
    model = load_model()
    gc.freeze()
    for layer in dense_layers(model):
        layer.quantize(form)
    gc.unfreeze()
    give_back()  # the numbers of 32 bits
    return model


by_keras = quantised("int8")
for array in by_keras.blocks[0].mlp.up.weights:
    print(array.path.split("/")[-1], tuple(array.shape), array.dtype)

# %% [markdown]
# (Keras asks Python after every layer to search its memory for what is not needed any more; `gc.freeze` leaves what is
# there now out of the search. Without it these 210 layers take far longer.) `keep` writes two of the three
# numbers down; the speed is printed when we have some to compare. (A model's layers, and what was compiled for it, know
# each other in a ring. Python clears a ring away when it gets to it, and even then the program may keep its memory.
# `give_back` asks for both now, so that no two models more than needed are kept.)

# %%
mb = {"32 bits": megabytes(llm)}


def keep(name, model):
    """Note a model's bytes and its factor, and print them."""
    mb[name], factors[name] = megabytes(model), perplexity(model) / whole
    print(f"{name}: {mb[name]:.0f} MB, perplexity times ≈ {factors[name]:.2f}")


keep("Keras int8", by_keras)
speeds["Keras int8"] = speed(by_keras)
del by_keras
give_back()

# %% [markdown]
# (The embedding table stayed as it was, in 32 bits: our tied head multiplies with it directly.) And the rounded layers
# of lesson 12, which round the weights only, the table as well, to 8 bits. They are widened on their way into the
# product.

# %%
rounded = load_model(8)
keep("8 bits", rounded)
speeds["8 bits"] = speed(rounded)
del rounded
give_back()

# %% tags=["nbval-ignore-output"]
for name, measured in speeds.items():
    times = measured / speeds["32 bits"]
    print(f"{name:<10} {measured:>4.0f} tokens a second, {times:.1f} times")

# %% [markdown]
# These numbers are from the machine on which this page was made; yours will differ. Look at what goes with what. In the
# blocks the same bits, 8, and two speeds: bits alone do not make a model fast, **the program that multiplies them
# does**. Where whole numbers are read and widened on the way in, fewer bytes mean more tokens, if not four times as
# many. Keras' model has fewer bytes than the whole one, too, and is slower. It rounds every vector that comes in, for
# every layer, and multiplies whole numbers; we think that one of the two is slow here, and have not measured which. On
# a graphics card it may well be the other way round. So: *measure where it will run.*
#
# Keras can do it with 4 bits, too: two whole numbers from -7 to 7 in each byte, and, in Keras 3.13, one scale for each
# output. (Later versions can give every 128 weights of an output a scale of their own.) **Predict** the factor, from
# those that we found with a step for each row and for each block.

# %%
keep("Keras int4", quantised("int4"))
give_back()

# %% [markdown]
# Nearly twice as surprised, much as with our own 4 bits and a step for each row: too many numbers have to live with
# one scale. (It unpacks all its numbers anew for every token, and that takes so long here that we leave its speed
# out.)
#
# ## Pruning
#
# The other way to save: leave weights out. **Pruning** sets weights to 0. Which? The plainest rule is **magnitude**:
# the smallest ones go (Han and others 2015, [arXiv 1506.02626](https://arxiv.org/abs/1506.02626)).

# %% [markdown]
# ### Exercise 4 · Only the large ones stay
# ★★☆ · 10 minutes · 2 points
#
# Return a copy of the matrix `weights` in which the given `share` of its entries is 0: those of the smallest absolute
# value. So many go: `round(share * weights.size)`. (In the check no two have the same absolute value.)


# %% exercise="pruned"
def pruned(weights, share):
    """A copy in which the share of the smallest weights is 0."""
    ...


check(pruned)

# %% [markdown]
# For the real model there is a choice. **By layer:** each matrix loses the same share. **As a whole:** one threshold
# for all 210, so that a matrix of small numbers loses more. **Predict** from which share on it shows, and which of
# the two is better.


# %%
def by_layer(share):
    def change(matrix):
        large = abs(matrix)
        tenth = large.ravel()[::10]  # every tenth is enough to find a quantile
        return np.where(large < np.quantile(tenth, share), 0, matrix)

    return change


def below(threshold):
    return lambda matrix: np.where(abs(matrix) < threshold, 0, matrix)


every = [abs(layer.kernel.numpy()).ravel()[::10] for layer in dense_layers(llm)]
every = np.concatenate(every)

# %%
shares, curves = (0.2, 0.3, 0.5), {"by layer": [], "as a whole": []}
for share in shares:
    ways = [by_layer(share), below(np.quantile(every, share))]
    for curve, change in zip(curves.values(), ways):
        with changed(llm, change):
            curve.append(perplexity(run) / whole)
for name, curve in curves.items():
    print(f"{name:<10} ≈", ", ".join(f"{factor:.2f}" for factor in curve))
middle = np.quantile(every, 0.5)
lost = [np.mean(abs(layer.kernel) < middle) for layer in dense_layers(llm)]
print(f"a half as a whole: matrices lose from {min(lost):.0%} to {max(lost):.0%}")

# %% tags=["hide-input"]
# @title Draws both curves
drawing, axes = plots.figure(
    "A fifth of the weights is not missed, half of them are",
    x="share of the weights set to 0",
    y="perplexity, times that of the whole",
)
plots.curves(axes, {name: (shares, curve) for name, curve in curves.items()})
axes.set_yscale("log")
plots.show(
    drawing,
    "Two curves of perplexity against the share pruned, logarithmic. Both begin near 1 "
    "at a fifth and rise more and more steeply, to more than ten times at a half; by "
    "layer is the lower one there.",
)

# %% [markdown]
# `np.quantile(values, 0.3)` is the number below which three tenths of the values lie. Both curves say: a fifth can
# go, and hardly anything is lost; at a half the model is done for. There pruning by layer does far better than one
# threshold for all, which nearly empties some matrices and spares others: see the last line above the figure.
#
# But one factor is *below* 1. Does a model get better when one damages it? Let us ask twelve other texts.

# %%
calm = encode_rows(tokenizer, PRACTICE)[0][:, :60]
before = perplexity(run, calm)
with changed(llm, below(np.quantile(every, 0.2))):
    factor = perplexity(run, calm) / before
print(f"a fifth as a whole, on twelve other texts: ≈ {factor:.2f}")

# %% [markdown]
# On those a little, too. We do not know why. (This model was trained last to hold conversations, and our texts are
# none; perhaps there is something that it does well to forget.) It is no gain to count on: perplexity on ordinary
# texts is one of many things that a model is kept for.
#
# What has been *saved*? A zero takes 32 bits like any other number, and multiplying by it takes as long. A usual way to
# save bytes is to keep only the weights that are left, and for each its place; in a row of 576 a place takes 2 bytes.
# **Predict** from which share on that is smaller than the full matrix of 4-byte floats.

# %%
for share in (0.2, 0.5, 0.9):
    size = 6 * round((1 - share) * 576 * 1536)
    print(f"{share:.0%} pruned: {size / (4 * 576 * 1536):.0%} of the full matrix")

# %% [markdown]
# One fifth off makes it *larger*. It is even when a third is off, since two thirds of 6 bytes are 4; half off saves a
# quarter, in 32 bits. (A map with one bit for each weight, there or not, is smaller while few are gone.) With weights
# of 4 bits a place would take four times as much as the weight itself.
#
# ## Pruning that leaves no holes
#
# So prune whole units: a hidden unit of an MLP is a column of `gate`, a column of `up` and a row of `down`. Without it
# all three are really smaller, and no program has to know of it. This is **structured pruning**. By magnitude again,
# the product of the lengths of the unit's three vectors, 246 of 1,536 units go in each block. **Predict:** is that as
# harmless as one weight in six by itself? And how many parameters are left?

# %%
thin = slimmer(llm, 1290, by_weights(llm))
predicted = count(llm) - 30 * 3 * 576 * 246
print(f"predicted {predicted:,}, Keras says {count(thin):,}")
print(f"by weights, perplexity times ≈ {perplexity(thin) / whole:,.0f}")

# %% [markdown]
# A ruin. Why? Magnitude asks how large the weights *are*, and not what they *do*. A unit with small weights may be at
# work on every token, and one with large weights may nearly always be closed. So ask what each unit adds: run the
# model on a few texts, here the twelve others, not those we measure on. Take the root of the mean square of each
# hidden unit, times the length of its row of `down`. **Predict** the factor for the same number of units, chosen in
# this way.

# %%
del thin
give_back()
use = by_use(llm, calm)
thin = slimmer(llm, 1290, use)
print(f"by use, perplexity times ≈ {perplexity(thin) / whole:.2f}")

# %% [markdown]
# As many parameters fewer as before, and what was a factor of more than a thousand is about 1.2. **What to leave out
# matters more than how much.** (Single weights, too, are better chosen by their size times the size of what comes in
# than by their size alone: Sun and others 2023, [arXiv 2306.11695](https://arxiv.org/abs/2306.11695).) Now a full third
# of the hidden units:

# %%
del thin
give_back()
thin = slimmer(llm, 1024, use)
keep("thin", thin)
speeds["thin"] = speed(thin)
speeds["32 bits"] = max(speeds["32 bits"], speed(llm))  # if it was busy then

# %% [markdown]
# That shows. The harm can be mended in part: the weights that are left can learn to do without. This is called
# **recovery training**, and there is a trap in it. Train the thin model a little on texts of ours, and it does get
# better at *our* texts; but so does the whole model with the same steps. (We tried it. The factor between the two was
# as large after as before: both had learned our way of writing, and nothing was recovered.)
#
# So let the thin model learn not what we wrote, but **what the whole model says** to it: at every place of the twelve
# texts, the probabilities of all tokens. From that the whole model itself could learn nothing at all. (`imitate` does
# it, with six steps of four texts each; of every block we train `down` only.)

# %%
for array in thin.weights:
    array.trainable = array.path.endswith("down/kernel")
imitate(thin, llm, calm, steps=6, rate=3e-4)
name = "thin, recovered"
mb[name], factors[name] = mb["thin"], perplexity(thin) / whole
speeds[name] = speeds["thin"]  # the same sizes, the same arithmetic
del thin
give_back()
print(f"before: ≈ {factors['thin']:.2f}, after: ≈ {factors[name]:.2f}")

# %% [markdown]
# Six steps, and a part of the harm is mended, measured on texts of which it has seen none. Published recipes go on
# for thousands of millions of tokens (Xia and others 2023, [arXiv 2310.06694](https://arxiv.org/abs/2310.06694)).
#
# ## Low rank
#
# Lesson 13's LoRA wrote a *change* of a matrix as a product of two thin ones, and that was enough. Can a matrix itself
# be written so? A pair of `rows × rank` and `rank × columns` numbers takes the place of `rows × columns`.

# %% [markdown]
# ### Exercise 5 · When does a pair pay?
# ★☆☆ · 6 minutes · 1 point
#
# Return the largest rank at which the pair has *fewer* parameters than the matrix.


# %% exercise="break_even_rank"
def break_even_rank(rows, columns):
    """The largest rank at which the pair is smaller than the matrix."""
    ...


check(break_even_rank)

# %% [markdown]
# Which pair is the best? The **singular value decomposition**, `np.linalg.svd`, writes a matrix as a sum of pairs of
# rank 1, each with a weight, the **singular value**, the largest first. Whoever keeps the first so many has the
# smallest error there can be at that rank (Eckart and Young 1936). The error is known without looking: it is what the
# left-out singular values add up to, in squares. **Predict:** 576 × 1,536; at half of the full rank, is the error
# nearer to a tenth or to a half?


# %%
def errors_by_rank(matrix):
    """The error, as a share of the matrix, when the first 0, 1, 2, ... are kept."""
    with threadpool_limits(1):
        squares = np.linalg.svd(matrix, compute_uv=False) ** 2
    left = np.append(squares[::-1].cumsum()[::-1], 0)
    return np.sqrt(left / squares.sum())


rng = np.random.default_rng(0)
thin_pair = rng.normal(size=(576, 20)) @ rng.normal(size=(20, 1536))
by_rank = {
    "up, block 5": errors_by_rank(llm.blocks[5].mlp.up.kernel.numpy()),
    "query, block 5": errors_by_rank(llm.blocks[5].attention.query.kernel.numpy()),
    "drawn, 576 × 1,536": errors_by_rank(rng.normal(size=(576, 1536))),
    "drawn, 576 × 576": errors_by_rank(rng.normal(size=(576, 576))),
    "a product of rank 20": errors_by_rank(thin_pair),
}
for name, curve in by_rank.items():
    print(f"{name:<21} rank 20 ≈ {curve[20]:.2f}, rank 288 ≈ {curve[288]:.2f}")

# %% tags=["hide-input"]
# @title Draws the error at every rank
drawing, axes = plots.figure(
    "A trained matrix has more order than chance, and no low rank",
    x="rank kept, of 576",
    y="error, as a share of the matrix",
)
plots.curves(axes, by_rank)
axes.axvline((576 * 1536 - 1) // (576 + 1536), color=plots.GREY, linestyle=":")
plots.show(
    drawing,
    "Five falling curves. The product of rank 20 drops to 0 at 20. The query matrix "
    "falls fastest of the others, the drawn square next; the matrix up falls a little "
    "faster than numbers drawn in its shape. A dotted line marks the rank at which a "
    "pair stops paying.",
)

# %% [markdown]
# A matrix that is *made* as a product of rank 20 is found out at once. The real ones are no such thing: this `up` is
# hardly easier to press together than numbers of its shape drawn by chance. `query` is easier, but mind with what it is
# compared: it is square, and in a square even chance is easier to press together. So its baseline is the drawn square,
# and the gap to that is the order that `query` has. The dotted line is the break-even rank of a 576 × 1,536 matrix:
# only to the left of it anything is saved. And the model, with its queries or its `up` cut down?
# (`threadpool_limits(1)` keeps NumPy to one core: with matrices of this size two cores mostly wait for each other.)
#
# For that we need the best pair itself, for sixty matrices. `eigh` finds it in a fraction of the time: of the square
# matrix W.T @ W, here 576 × 576, it returns the directions among the inputs that W makes most of, the largest last.
# W times the last so many is the tall matrix of the pair, and these directions, turned, are the wide one. It is the
# same pair as that of `svd`.


# %%
def low_rank(rank):
    def change(matrix):
        with threadpool_limits(1):
            ways = np.linalg.eigh(matrix.T @ matrix)[1][:, -rank:]
        return (matrix @ ways) @ ways.T

    return change


for name, rank, columns in [("query", 144, 576), ("up", 209, 1536)]:
    with changed(llm, low_rank(rank), [name]):
        factors[name] = perplexity(run) / whole
    saved = 30 * (576 * columns - rank * (576 + columns))
    mb[name] = mb["32 bits"] - 4 * saved / 1e6
    print(
        f"{name}, rank {rank}: {saved / (30 * 576 * columns):.0%} of it saved,", end=" "
    )
    print(f"{saved / count(llm):.1%} of the model, times ≈ {factors[name]:.2f}")

# %% [markdown]
# Half of the query matrices saved: a quarter more surprised, and that half is less than four in a hundred of the
# model's parameters. (Rounding to 8 bits saved three quarters of *everything* for about one in a hundred.) Half of `up`
# saved: a ruin. **A change can have a low rank where the matrix has not.** That is what LoRA relies on, and it says
# nothing about making a model small.
#
# *(A good place for a break.)*
#
# ## Seeing less
#
# The next saving is no parameter at all. Lesson 10: each token looks at all before it, so twice the context is four
# times the scores. With **sparse attention** a token looks at some of them only. The plainest kind is a **window**:
# itself and a fixed number before it (Beltagy and others 2020, [arXiv 2004.05150](https://arxiv.org/abs/2004.05150)).

# %% [markdown]
# ### Exercise 6 · A window, and the first ones
# ★★☆ · 8 minutes · 2 points
#
# Return the mask, `time` × `time`, True where the token of the row may see the token of the column. Each sees itself
# and those before it as far as the `window` goes (with a window of 3: itself and two more), and besides, from any
# distance, the `first` tokens of the text. Nobody sees a later one.


# %% exercise="window_mask"
def window_mask(time, window, first):
    """True where the token of the row may see that of the column."""
    ...


check(window_mask)

# %% [markdown]
# A mask alone saves nothing: the scores are computed and thrown away. To save, do not compute them. `in_window` cuts
# the text into pieces as long as the window; the queries of a piece meet the keys of that piece and the one before,
# where all that they may see must lie. First: is it the same as the mask?


# %%
def attend(queries, keys, values, seen):
    scores = tf.matmul(queries, keys, transpose_b=True) / queries.shape[-1] ** 0.5
    return tf.matmul(tf.nn.softmax(tf.where(seen, scores, -1e9)), values)


def in_window(queries, keys, values, window):
    """The same for a window, without computing what is not seen."""
    back = np.arange(window)[:, None] + window - np.arange(2 * window)
    seen = np.tile((back >= 0) & (back < window), (len(queries) // window, 1, 1))
    seen[0, :, :window] = False  # before the first piece there is nothing
    pieces = [tf.reshape(x, (-1, window, x.shape[-1])) for x in (queries, keys, values)]
    both = [tf.concat([tf.roll(x, 1, axis=0), x], axis=1) for x in pieces[1:]]
    return tf.reshape(attend(pieces[0], *both, seen), queries.shape)


# %%
def three(time):
    """Queries, keys and values by chance: 64 numbers for each token."""
    return np.random.default_rng(0).normal(size=(3, time, 64)).astype("float32")


back = np.arange(512)[:, None] - np.arange(512)
masked = attend(*three(512), (back >= 0) & (back < 128))
apart = abs(in_window(*three(512), 128) - masked).numpy().max()
print("the same as with the mask:", apart < 1e-5)

# %% [markdown]
# Now the cost, as the text grows. **Predict:** from 1,024 tokens to 4,096, how many times as many
# scores?

# %%
for time in (1024, 2048, 4096):
    print(f"{time} tokens: all {time * time:>10,} scores, window {time * 2 * 128:>9,}")


# %% tags=["nbval-ignore-output"]
def seconds(function, *given):
    """The shortest of three."""
    taken = []
    for number in range(3):
        begin = perf_counter()
        function(*given)
        taken.append(perf_counter() - begin)
    return min(taken)


for time in (1024, 4096):
    full = seconds(attend, *three(time), np.tri(time, dtype=bool))
    near = seconds(in_window, *three(time), 128)
    print(f"{time} tokens: all {1000 * full:.0f} ms, window {1000 * near:.0f} ms")

# %% [markdown]
# Sixteen times as many, against four times. (`*given` stands for whatever else is handed over.) The clock agrees in
# kind: with a window, time grows no faster than the text does. The cache of keys and values stays small as well,
# since what has left the window is never looked at again.
#
# And what is lost? The real model was trained to see everything. `limited` takes part of that away (the numbers of
# lesson 10's `pattern`, set to 0 and the rest brought back to a sum of 1). We read 512 tokens, our eight texts in a row
# as if they were one. **Predict:** a window of 128; how much more surprised will it be? Then the same window and,
# besides, *the very first token*.

# %%
long = [number for text in MEASURED for number in tokenizer.encode(text).ids][:512]
long = np.array([long], "int32")
settings = [(EVERYTHING, 0), (128, 0), (128, 1), (32, 0), (32, 1), (8, 0), (8, 1)]
seen = {}
with limited(llm) as sight:
    run_limited = compiled(llm)
    for window, first in settings:
        sight.set(window, first)
        seen[window, first] = perplexity(run_limited, long)

# %%
everything = seen[EVERYTHING, 0]
print("window  alone      and the first token")
for window in (128, 32, 8):
    alone, two = [seen[window, first] / everything for first in (0, 1)]
    print(f"{window:>6}  ≈ {alone:>6.1f}   ≈ {two:.2f}")

# %% [markdown]
# The window alone does harm, even a wide one. The window *and one token more* is far better, at each width. You know
# that token: it is the **attention sink** of lesson 12, the place where heads rest that have nothing to say. Without it
# they have to look somewhere, and add what they find. Xiao and others (2023, [arXiv
# 2309.17453](https://arxiv.org/abs/2309.17453)) found this, and let models read texts of up to four million tokens in
# this way (with the first four tokens). Mind what the low factors on the right do not say: our text is eight short ones
# in a row, and to guess the next word one seldom has to look back further than a text. (A question about the first
# page, with a window of a paragraph, would have no answer.)
#
# ## One layer, used twice
#
# A model that is *trained* with a window learns to live with it. In our stories (lessons 05 and 10) a colour is
# settled 23 to 27 words before it is asked for. With a window of 16 no token can look so far. But two layers can: the
# first carries the colour up to 15 words on, the second up to 15 more. That gives us a task for which two layers are
# needed, and so the next question: must they be two *different* layers? **Parameter sharing** uses the same ones
# again (Universal Transformers: Dehghani and others 2018, [arXiv 1807.03819](https://arxiv.org/abs/1807.03819)).
#
# Three models, all with the window: one layer; one layer used twice, which is as *deep* as two and has as many
# *parameters* as one; two layers. We ask how unsure each is of the colour (lesson 10: who did not see it is unsure
# among 3.60 words). **Predict** the three answers.

# %%
texts, new = stories.write(4000, seed=0), stories.write(200, seed=1)
one = Config(67, 32, layers=1, heads=4, key_value_heads=2, hidden=96, context=54)
two = replace(one, layers=2)
rows, real = stories.rows(new)
places = [clues(text)["the colour"] for text in new]
colours, settled = np.transpose(places)
back = colours - settled
print(f"the colour is {min(back)} to {max(back)} words back")


def of_stories(model):
    """The perplexity on the new stories, and among how many words the colour is."""
    found = np.array(losses(model, rows))
    everywhere = np.exp(np.sum(found * real) / real.sum())
    return float(everywhere), float(np.exp(found[range(200), colours].mean()))


# %%
kinds = {"one": (one, LanguageModel), "one, used twice": (two, Looped)}
kinds |= {"two": (two, LanguageModel)}
shared = {}
for name, (config, build) in kinds.items():
    model = train(config, texts, 250, seed=0, window=16, build=build)
    shared[name] = of_stories(model)
    print(f"{name}: {count(model):,} parameters")
    everywhere, colour = shared[name]
    print(f"  perplexity ≈ {everywhere:.2f}, colour among ≈ {colour:.1f}")

# %% [markdown]
# At the same count, the layer that is used twice knows the colour, which the single one *cannot* see. Beside two
# layers of their own, as deep as it is, it is as good, or nearly, in this start, with little more than half the
# parameters. What it does not save is time: it computes as much as two layers do. **Sharing saves memory, and no
# arithmetic.** (ALBERT shared all its layers: Lan and others 2019, [arXiv
# 1909.11942](https://arxiv.org/abs/1909.11942); it has fewer parameters and computes with as many layers as before.)
#
# You have met sharing before. Keys and values are shared among heads (lesson 10), and the embedding table is used
# as the head: **tied**. What does *that* save, in the real model and here?

# %%
own_head = count(llm) + 49_152 * 576
print(f"SmolLM2: {count(llm):,} tied, {own_head:,} with a head of its own")
model = train(replace(one, tied=False), texts, 250, seed=0, window=16)
shared["one, untied"] = of_stories(model)
print(f"one layer, untied: {count(model):,} parameters")
print(f"  perplexity ≈ {shared['one, untied'][0]:.2f}")

# %% [markdown]
# A fifth more parameters in the real model, a seventh more here, for a perplexity that is a little lower than that of
# *one* above. (It was so from both starts that we tried: two tables have more to move.) Why is one table enough? A
# token's row has to say what the token is like, both when it comes in and when it is compared with what is wanted, and
# that is nearly the same thing (Press and Wolf 2016, [arXiv 1608.05859](https://arxiv.org/abs/1608.05859); in their
# models tying even made the perplexity lower).
#
# ## Many parameters, few of them at work
#
# Lesson 11 counted mixtures of experts: many MLPs side by side, and for each token a **router** chooses one or two. All
# have to be kept, few have to be computed. How does a router learn to choose? Ours sees three words of a story and
# guesses the next. It has four experts and takes the likeliest; what that expert says is multiplied by its probability,
# so that the router has a slope (Fedus and others 2021, *Switch Transformers*, [arXiv
# 2101.03961](https://arxiv.org/abs/2101.03961)). First the count. Each of 67 words is twelve numbers, so three make 36.
# An expert is two matrices with four hidden units in between, the router has biases, and a head leads from 36 numbers
# to 67 logits. **Predict** total and active parameters.

# %%
shapes = mixture.shapes(experts=4, hidden=4)
for name, shape in shapes.items():
    print(f"{name:<11} {shape}")
total = sum(int(np.prod(shape)) for shape in shapes.values())
expert = 2 * 36 * 4
print(f"total {total:,}, active {total - 3 * expert:,}")

# %% [markdown]
# (Four hidden units are very few: all that is said of the next word passes through them. The blocks of lesson 10 have a
# way around their MLP.) Is it worth it? Beside the mixture two plain models: one expert of the same size, which has
# about as many *active* parameters, and one expert four times as large, which has about as many *in all*. Four starts
# each. **Predict** the order.

# %%
x, y = stories.windows(texts[:1000], 3)
new_x, new_y = stories.windows(new, 3)
STARTS = [0, 1, 2, 3]


def each_perplexity(arrays):
    logits = mixture.ask(arrays, new_x)[0]
    cross_entropy = keras.losses.sparse_categorical_crossentropy
    found = [cross_entropy(new_y, each, from_logits=True) for each in logits]
    return np.exp(np.mean(found, axis=1))


# %%
worth = {}
sizes_of = {"four experts of 4": (4, 4), "one of 4": (1, 4), "one of 16": (1, 16)}
for name, (experts, hidden) in sizes_of.items():
    arrays = mixture.train_mixtures(x, y, experts, hidden, [0.0] * 4, STARTS)
    worth[name] = each_perplexity(arrays)
    total = sum(array[0].size for array in arrays.values())
    low, high = min(worth[name]), max(worth[name])
    print(f"{name:<17} {total:,} parameters, ≈ {low:.2f} to {high:.2f}")

# %% [markdown]
# The mixture is far better than the small expert that costs as much to *compute*. That is the case for mixtures: more
# parameters, the same arithmetic. The large one, which costs as much to *keep*, is better still: whoever has to keep
# all of them anyway does best to use all of them. **A mixture is for those who have more memory than time.** (Our
# programs compute all experts and throw three away; at this size sorting the words would take longer. The count is
# honest, the clock would not be.)
#
# Now imagine a training that begins badly: one expert is ahead, so the router sends it more; so it learns more, and
# stays ahead. The others starve. Against this Fedus and others add a **balance loss** to the loss: a price for
# crowding. For each expert take the share of tokens that it *gets*, and the mean *probability* that the router gives
# it; multiply, add up over the experts, times the number of experts. In perfect balance that is 1; when one gets
# everything, and with a probability of 1, it is as much as there are experts. (Only the probabilities have a slope; a
# share is counted.)

# %% [markdown]
# ### Exercise 7 · A price for crowding
# ★★☆ · 10 minutes · 2 points
#
# Return the balance loss for an array of `probabilities`, a row for each token and a column for each expert. Each
# token goes to its likeliest expert.


# %% exercise="balance_loss"
def balance_loss(probabilities):
    """How crowded the experts are: 1 in perfect balance."""
    ...


check(balance_loss)

# %% [markdown]
# The four trainings above went well without a price. So we let them begin badly: the router's bias for expert 0
# starts at 3. Four starts without the price, and the same four with a price of 0.2 times the balance loss.
# **Predict** what expert 0 has at the end in either case, and which guesses better.

# %%
prices = [0.0] * 4 + [0.2] * 4
mixtures = mixture.train_mixtures(x, y, 4, 4, prices, STARTS * 2, lead=3.0)
chosen = mixture.ask(mixtures, new_x)[1]
work = [np.bincount(experts, minlength=4) / len(new_y) for experts in chosen]
guesses = each_perplexity(mixtures)
for price, split, guess in zip(prices, work, guesses):
    split = ", ".join(f"{share:.2f}" for share in split)
    print(f"price {price}: ≈ {guess:.2f}, experts ≈ {split}")
without, priced = np.mean(guesses[:4]), np.mean(guesses[4:])
print(f"means: ≈ {without:.2f} without a price, ≈ {priced:.2f} with it")

# %% tags=["hide-input"]
# @title Draws how the experts share the words
drawing, axes = plots.figure(
    "Who begins ahead stays ahead, unless crowding has a price",
    y="share of the words",
    size=(7, 3),
)
groups = {"no price": np.mean(work[:4], axis=0), "price 0.2": np.mean(work[4:], axis=0)}
plots.bars(axes, groups, [f"expert {number}" for number in range(4)])
plots.show(
    drawing,
    "Bars for four experts, means of four starts. Without a price expert 0 has most of "
    "the words; with it, the four bars are nearly equal.",
)

# %% [markdown]
# Without the price, expert 0 keeps most of the words to the end, and three quarters of the experts' parameters are kept
# for the rest. With the price each expert has its part, in every one of the four starts. The guesses are better on
# average, but not in each start, and four starts are too few to be sure of the average. Balance is no end in itself: a
# price that is too high could send words where they do not belong. (We did not try.) And what is an expert *for*? Here
# are the last words after which each works, in the first mixture with a price.

# %% tags=["by-chance"]
last = new_x[:, -1]
for expert in range(4):
    mine = np.bincount(last[chosen[4] == expert], minlength=67)
    words = [stories.VOCABULARY[number] for number in np.argsort(-mine)[:6]]
    print(f"expert {expert}:", ", ".join(words))

# %% [markdown]
# Nobody told them who is to know what. Some experts have words that one can name, such as *the* and *a*; most have a
# mixture. Put 5 in the place of the 4 in `chosen[4]`, and see whether another start shares them out in the same way.
#
# ## A teacher
#
# The last way is to train a small model to begin with, and to train it better: by a large one. A text says only which
# token *came*. The large model says how likely **every** token was, at every place. To learn from that is
# **distillation** (Hinton, Vinyals and Dean 2015, [arXiv 1503.02531](https://arxiv.org/abs/1503.02531)); the large
# model is the *teacher*, the small one the *student*.

# %% [markdown]
# ### Exercise 8 · What the student owes the teacher
# ★★★ · 15 minutes · 3 points
#
# `student` and `teacher` are logits, a row for each place. Divide both by the `temperature` (lesson 12), take the
# softmax of each row, and for each row the cross-entropy: minus the sum of the teacher's probabilities times the
# logarithms of the student's. Return the mean over the rows, times `temperature` squared. (A high temperature shows
# more of what the teacher thinks of unlikely tokens; the square makes up for the smaller slopes.)


# %% exercise="distillation_loss"
def distillation_loss(student, teacher, temperature):
    """The mean cross-entropy at this temperature, times temperature squared."""
    ...


check(distillation_loss)

# %% [markdown]
# Our teacher is the real model. It writes the texts itself, 64 of them, all with one beginning, drawn at a temperature
# of 0.7; and we keep the probabilities that each token was drawn from. So we know the true probabilities of this little
# language, as we do with our stories, and on average nobody can have a lower loss on it than the teacher.

# %% tags=["by-chance"]
beginning = tokenizer.encode("Once upon a time there was a little").ids
written, given = write_texts(llm, beginning, 64, length=24, temperature=0.7, seed=0)
print("tokens", written.shape, "  probabilities", given.shape)
print(tokenizer.decode(written[0]))

# %% [markdown]
# The student is to be small, and a table of 49,152 tokens is not. So it gets the 500 tokens that the teacher found
# likeliest in the first 48 texts, and one number more that stands for all others. The last 16 texts are kept
# for judging.

# %%
likely = np.sort(np.argsort(-given[:48].sum(axis=(0, 1), dtype="float32"))[:500])
number_of = np.full(49_152, 500)
number_of[likely] = np.arange(500)
short = number_of[written].astype("int32")
soft = given[..., likely].astype("float32")
soft = np.concatenate([soft, 1 - soft.sum(axis=-1, keepdims=True)], axis=-1)
print(f"of the judging texts' tokens, among the 500: ≈ {np.mean(short[48:] < 500):.2f}")

# %% [markdown]
# The two students have the same sizes, starts, texts, steps and loss. (It is that of exercise 8 at a temperature of 1;
# the teacher's probabilities are those that it drew with.) The only difference is what the loss compares with: the
# teacher's probabilities, or a 1 for the token that came. (`np.eye(501)[...]` makes rows with such a 1. A student is
# judged after every five steps, and we take its best, as early stopping would, lesson 08; on the judging texts
# themselves, which flatters both.) The teacher's own perplexity is about 3. **Predict:** which student comes nearer to
# it, and does either come near?

# %%
small = Config(501, 32, layers=1, heads=4, key_value_heads=2, hidden=64, context=24)
has = count(LanguageModel(small))
print(f"student {has:,} parameters, teacher {count(llm) / has:,.0f} times as many")
unseen = (short[48:, :-1], short[48:, 1:])
came = np.eye(501, dtype="float32")[short[:48, 1:]]
goals = {"teacher": soft[:48, 1:], "text alone": came}

# %%
learned = {}
for name, goal in goals.items():
    for seed in (0, 1):
        curve = distilling.train_student(small, (short[:48, :-1], goal), unseen, seed)
        learned[name, seed] = np.exp(curve)

# %%
places = np.take_along_axis(soft[48:, 1:], unseen[1][..., None], axis=-1)
floor = np.exp(-np.log(np.maximum(places, 1e-6)).mean())
often = soft[:48].mean(axis=(0, 1))
blind = np.exp(-np.log(often[unseen[1]]).mean())
print(f"who knows only how frequent each token is ≈ {blind:.0f}")
for name in goals:
    best = [learned[name, seed].min() for seed in (0, 1)]
    worse = np.log2([learned[name, seed][-1] / best[seed] for seed in (0, 1)])
    print(f"{name:<10} ≈ {min(best):.0f} to {max(best):.0f},", end=" ")
    print(f"at the end doubled ≈ {min(worse):.1f} to {max(worse):.1f} times")
print(f"the teacher itself ≈ {floor:.1f}")

# %% tags=["hide-input"]
# @title Draws what the students learned
drawing, axes = plots.figure(
    "With a teacher a student learns more from the same texts",
    x="steps",
    y="perplexity on texts not seen",
)
steps = range(5, 61, 5)
plots.curves(axes, {name: (steps, learned[name, 0]) for name in goals})
axes.axhline(blind, color=plots.GREY, linestyle=":")
axes.set_yscale("log")
plots.show(
    drawing,
    "Two curves over 60 steps, logarithmic. Both fall at first and rise later. The one "
    "with text alone turns sooner and rises far above the dotted line of somebody who "
    "knows frequencies only; the one with the teacher falls well below it.",
)

# %% [markdown]
# The dotted line is for somebody who looks at no token before, and knows only how frequent each is (from the teacher's
# probabilities, so that is a lot to know). From text alone a student stays near that line even at its best; with other
# draws of the texts it came clearly below. Then it learns the 48 texts by heart, and gets worse on others (lesson 07):
# a perplexity that has doubled three times is eight times as high. With the teacher's probabilities it has at each of
# the same places hundreds of numbers to learn from, in place of one. It comes far lower, and when it begins to learn by
# heart, too, that costs it less. It is still far from its teacher, with about one part in five thousand of its
# parameters and 48 short texts. (The real SmolLM2-135M was trained on text. Small models that are distilled from large
# ones exist, too: DistilBERT, Sanh and others 2019, [arXiv 1910.01108](https://arxiv.org/abs/1910.01108).)
#
# ## The account
#
# What was done to the real model, on one table. Bytes are those in memory, as we ran it, with three exceptions. Of the
# queries they are what the pairs would take, which we did not build. Of the last 4 bits they are those of the file. And
# the file itself is what all others are compared with: its 1.00 is no finding, and what its own rounding cost is in no
# number here. The line "4 bits once more" is our estimate of it.

# %%
factors["32 bits"] = 1.0
on_disk = in_all / 1e6
rows = [(name, mb[name], factors[name]) for name in [*speeds, "Keras int4"]]
rows.append(("queries, rank 144", mb["query"], factors["query"]))
rows.append(("the file's 4 bits", on_disk, 1.0))
rows.append(("4 bits once more", on_disk, factors[4, "32, new"]))
rows.append(("a fifth set to 0", mb["32 bits"], curves["by layer"][0]))
account = [("", "MB", "perplexity")]
account += [(name, f"{size:.0f}", f"≈ {factor:.2f}") for name, size, factor in rows]
print(aligned(account))

# %% tags=["nbval-ignore-output"]
for form, measured in speeds.items():
    print(f"{form:<15} {measured:.0f} tokens a second")

# %% tags=["hide-input"]
# @title Draws bytes, speed and perplexity
drawing, axes = plots.figure(
    "In 8 bits a quarter of the bytes cost next to nothing",
    x="MB in memory",
    y="perplexity, times that of the whole",
)
for name, measured in speeds.items():
    place, text = (mb[name], factors[name]), f"{name}: {measured:.0f}/s"
    axes.scatter(*place, s=2 * measured, alpha=0.7)
    axes.annotate(text, place, (6, 6), textcoords="offset points")
axes.margins(0.25)
plots.show(
    drawing,
    "Points for five forms of the model, bytes to the right, perplexity upwards, "
    "larger where it writes faster. 8 bits lies at the left and at the bottom; the "
    "thin model lies above all others.",
)

# %% [markdown]
# To the left is small, low is good, and the number at each point is tokens a second. The lower left corner is where
# one wants to be, and rounding to 8 bits gets there nearly for nothing. And what was done to small models of our own:

# %%
own = [("saves", "with it", "without it")]
of = {name: f"≈ {everywhere:.2f}" for name, (everywhere, colour) in shared.items()}
own.append(("sharing: parameters", of["one, used twice"], of["two"]))
own.append(("tied table: parameters", of["one"], of["one, untied"]))
experts, large = [np.mean(worth[name]) for name in ("four experts of 4", "one of 16")]
own.append(("mixture: arithmetic", f"≈ {experts:.2f}", f"≈ {large:.2f}"))
taught, told = [min(learned[name, seed].min() for seed in (0, 1)) for name in goals]
own.append(("teacher: training texts", f"≈ {taught:.1f}", f"≈ {told:.1f}"))
print(aligned(own))

# %% [markdown]
# All are perplexities, on texts not seen. What each way saves is not the same thing: bytes, arithmetic, time or texts.
# So the first question is never "how do I make it smaller", but "**what is it that I have too little of?**"

# %% [markdown]
# ## What you know now
#
# - Quantising: whole numbers, a step, a zero point; the fewer numbers share a step, the smaller the error. 8 bits cost
#   next to nothing; fast is what is read little *and* multiplied well.
# - Pruned weights leave holes, which save nothing by themselves; pruned units are gone, and are missed.
# - A trained matrix has no low rank. A window needs the first token. A layer can be used twice.
# - A mixture computes little and keeps much, if its router is made to share. A teacher tells more than a text.
# - Ask of every saving: of what, and measured on what?
#
# **Next:** [15 · Other tuners](15_other_tuners.ipynb). The search of lesson 09, with other programs.
