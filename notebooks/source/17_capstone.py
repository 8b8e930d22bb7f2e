# %% [markdown]
# # 17 · Capstone
#
# > **At the end you can** design a language model for a budget of parameters, train it, say how far it is from the
# > best there can be, compare recipes without fooling yourself, and hand in an entry that others have to beat.
#
# Sixteen lessons took models apart. This one asks you to put one together, and asks for nothing new: **the best
# language model under a parameter budget.** All that you need you have met. What you have not done yet is to choose
# among all of it by yourself, with a number at the end that depends as little on luck as a number can.
#
# **Time:** about 90 minutes with exercises 1 to 5, of which the computer needs one to two, and half an hour or as much
# more as you like for each entry. A good place for a break is before "Change one thing".
# **You need:** lessons 01 to 14.

# %%
from utils import plots, stories, story_chances
from utils.capstone import Guesser, baselines, nats_left, parameters
from utils.capstone import save_entry, sized, train_entry
from utils.checking import check
from utils.grammar import clues
from utils.lab_notebook import LabNotebook
from utils.llm.model import LanguageModel
from utils.model_bytes import as_bytes, from_bytes, rounded
from utils.surnames import halves, nats_a_letter, pairs_of_letters
from utils.surnames import sized_for_names, train_on_names
from utils.text import aligned

import numpy as np
from pathlib import Path
from tempfile import TemporaryDirectory

# %% [markdown]
# ## The task
#
# The language is that of lesson 05, the little stories. There are three budgets: **5,000, 20,000 and 100,000
# parameters**. What you hand in is a Keras model. It takes the 54 tokens of a story and gives, at every place, 67
# probabilities: one for each word that may come next. (54 are `<end>` and the longest story; after a shorter one stands
# `<end>` until the row is full, and these places do not count.)
#
# In this language every probability is known, and not only that of a whole story: at each place it is known how likely
# each next word is. `story_chances.drawn` throws the dice for some stories, `story_chances.chances` makes three arrays
# of them: rows of tokens, which places count (stories differ in length), and the true probabilities. A row has 55: the
# first 54 go into a model, the last 54 are what should come out (lesson 10).

# %% tags=["by-chance"]
told = story_chances.drawn(300, seed=1)
rows, real, true = story_chances.chances(told)
print("rows", rows.shape, "  places", real.shape, "  true", true.shape)
print(stories.tell(told[0]))

# %% [markdown]
# **Predict:** after *has a*, how many words can come? And after the colour of the first story? (Lesson 10 has
# the colours; which toys a colour can have stands in `utils/stories.py`.) Here is the truth at its first places: the
# four likeliest words of each.

# %% tags=["by-chance"]
for place in range(7):
    likely = np.argsort(-true[0, place], kind="stable")[:4]
    words = [f"{stories.VOCABULARY[n]} {true[0, place, n]:.2f}" for n in likely]
    print(f"after {stories.VOCABULARY[rows[0, place]]:6}:", ", ".join(words))

# %% [markdown]
# At most places one word is certain; a perfect guesser loses nothing there. At twelve a draw is made, and there nobody
# can know the word, only the chances. How many nats does a perfect guesser lose, on average? That is the entropy, and
# it is the part of a loss that **nobody can save**.

# %%
logs = np.log(np.where(true > 0, true, 1))
surprise = -(true * logs).sum(axis=-1)
by_word = (surprise * real).sum() / real.sum()
perplexity = np.exp(by_word)
print(f"entropy ≈ {by_word:.3f} nats a word, a perplexity of ≈ {perplexity:.2f}")

# %% [markdown]
# ## The score
#
# The loss of lesson 10 was the cross-entropy: minus the logarithm of the probability given to the word that came. It
# has two parts. One is this entropy. The other is what the model could still gain, and that is our score:
#
# $$\text{nats left} = \text{cross-entropy} - \text{entropy} = \sum_w p(w)\,\ln\frac{p(w)}{q(w)}$$
#
# with the true probabilities $p$ and the guessed ones $q$, at every place, and then the mean over the places. It is
# known as the *Kullback-Leibler divergence* (Kullback and Leibler 1951), and it has two merits. It is 0 for who knows
# the language and **never below**, as long as the guesses are probabilities. And it asks at each place what *could*
# come, not only what came: luck with the word that was drawn is no help. (Which stories are asked about is still a
# draw.)
#
# By hand: two words, true 0.5 and 0.5, guessed 0.8 and 0.2. **Predict** before you run it: does the good half make up
# for the bad one?

# %%
p, q = np.array([0.5, 0.5]), np.array([0.8, 0.2])
print(
    "each word:",
    (p * np.log(p / q)).round(3),
    "  sum:",
    (p * np.log(p / q)).sum().round(3),
)

# %% [markdown]
# ### Exercise 1 · The score, by hand
# ★★☆ · 10 minutes · 2 points
#
# `true` and `guessed` have a row for each place and a column for each word; no guessed probability is 0, true ones
# may be. Return the nats that are left to gain: in each row the sum of true × ln(true / guessed), where a word with a
# true probability of 0 costs nothing; then the mean over the rows.


# %% exercise="left_to_gain"
def left_to_gain(true, guessed):
    """The nats left to gain, as a mean over the rows."""
    ...


check(left_to_gain)

# %% [markdown]
# `nats_left` does the same for a model and for stories, over the places that count. A model need not be of Keras here;
# any function from rows to probabilities will do. So how do those score that have learned next to nothing? Three of
# them: one holds all 67 words for equally likely; one knows how frequent each is; one has counted pairs, as in lessons
# 05 and 10, in 2,000 stories. **Predict** the first: it is ln 67, about 4.20, less the entropy above.

# %%
read, counted, _ = story_chances.chances(story_chances.drawn(2000, seed=2))
pairs = np.full((67, 67), 0.01)  # as in lesson 10
np.add.at(pairs, (read[:, :-1], read[:, 1:]), counted)
often = pairs.sum(axis=0) / pairs.sum()
after = pairs / pairs.sum(axis=1, keepdims=True)

# %%
simple = {
    "all alike": lambda rows: np.full((*rows.shape, 67), 1 / 67),
    "frequencies": lambda rows: np.broadcast_to(often, (*rows.shape, 67)),
    "pairs": lambda rows: after[rows],
}
floor = {name: nats_left(guess, told) for name, guess in simple.items()}
for name, score in floor.items():
    print(f"{name:<12} ≈ {score:.2f} nats left")

# %% [markdown]
# (`np.add.at` adds to the entry of each pair of words, as often as the pair comes; `np.broadcast_to` uses one row for
# all places.) The table of pairs has 67 × 67 = 4,489 numbers: it fits into the smallest budget. Whatever you build
# with 5,000 parameters should beat it, or else counting is the better use of them.

# %% [markdown]
# ### Exercise 2 · From nats to perplexity
# ★☆☆ · 4 minutes · 1 point
#
# In lesson 10 the measure was perplexity. `best` is the lowest perplexity that there can be, `nats` what a model has
# left to gain a word. Return the model's perplexity.


# %% exercise="perplexity_from"
def perplexity_from(best, nats):
    """The perplexity of a model with so many nats left."""
    ...


check(perplexity_from)

# %% [markdown]
# ## A lab notebook
#
# Lesson 09 showed how easily a search fools its owner: after thirty runs one remembers having known it all along. The
# cure costs a line: **write down what you expect before you run it.** `LabNotebook` keeps that in a file next to this
# lesson. It only ever adds lines, never changes one, and takes no result without a prediction before it. (`table` shows
# what has been predicted since the cell below ran; what is older stays in the file.)

# %%
lab = LabNotebook("lab_notebook.md")
lab.predict("nats left: starting kit, 200 steps", 0.5)
print(lab.table(digits=1))

# %% [markdown]
# That was our prediction; put yours in its place. Whoever beats pairs (about 1.1 nats) by half would be near 0.5.
#
# ## Where the parameters go
#
# Under 5,000 parameters, what shape? The count is that of lesson 10: the table has 67 × width, a block 4 width² +
# 3 width × hidden + 2 width, and one norm stands at the end. **Predict:** how wide can a model with one block be, if
# the MLP is as wide as the rest?

# %% [markdown]
# ### Exercise 3 · As wide as the budget
# ★★☆ · 10 minutes · 2 points
#
# Return the largest `width` of a model of the stories with so many `layers` and `heads` (as many for keys and values)
# and `times` × width hidden units, such that it has at most `budget` parameters. The table is tied, so it counts
# once. Each head needs an even number of its own (lesson 10: positions turn pairs), so width is a multiple of
# 2 × heads. Return 0 where not even the narrowest fits.


# %% exercise="widest"
def widest(budget, layers, heads, times):
    """The largest width within the budget, or 0."""
    ...


check(widest)

# %% [markdown]
# With `hidden` as wide as the rest, one block makes 7 width² + 70 width: a width of 22 fits (4,928). With four heads the
# width goes in steps of 8, and 16 is the last that fits. Here are some shapes that fit. `sized` makes a `Config` for
# the stories, `parameters` counts a model, and `Guesser` is new: it puts a softmax behind a `LanguageModel`, so that
# probabilities come out where there were logits.

# %%
shapes = [(24, 12, 1), (16, 48, 1), (16, 16, 2), (8, 64, 2), (8, 32, 4)]
for width, hidden, layers in shapes:
    config = sized(width=width, hidden=hidden, layers=layers)
    table = 67 * width / parameters(Guesser(LanguageModel(config)))
    all_of_it = parameters(Guesser(LanguageModel(config)))
    print(f"width {width} hidden {hidden} layers {layers}:", end=" ")
    print(f"{all_of_it:,} parameters, {table:.0%} of them in the table")

# %% [markdown]
# The table of words takes from a tenth to a third of the budget; in SmolLM2 it takes a fifth (lesson 06). An untied
# head would be a second table, and cost as much again.
#
# ## The starting kit
#
# `train_entry` builds a model of these sizes and trains it as lesson 10 did: Adam with a warm-up, the rate falling to
# zero, batches of 64 stories. The kit leaves all settings of `train_entry` as they are; `help(train_entry)` in a cell
# lists them with their usual values, and `help(sized)` does it for the sizes. (One thing is not as in lesson 10: an
# array's gradient that is longer than 1 is shortened to 1, `clipnorm`.) It works, and it is mediocre, which is its
# purpose.

# %%
kit = train_entry(sized(width=24, hidden=12), steps=200, seed=0)
score = nats_left(kit, told)
lab.measured("nats left: starting kit, 200 steps", score)
print(f"{parameters(kit):,} parameters, ≈ {score:.1f} nats left")
print(f"pairs of words: 4,489 numbers, ≈ {floor['pairs']:.1f} nats left")

# %%
print(lab.table(digits=1))

# %% [markdown]
# Much better than counting, with about as many numbers. Where does it lose what is left? Lesson 10 named four guesses
# that are no secret to whoever remembers an earlier word. Their share of all that is lost (each is one place of some
# fifty):

# %%
guessed = np.maximum(np.asarray(kit(rows[:, :-1])), 1e-30)
lost = np.where(true > 0, true * (logs - np.log(guessed)), 0).sum(axis=-1) * real
shares = {}
for name in clues(stories.tell(told[0])):
    places = [clues(stories.tell(values))[name][0] for values in told]
    shares[name] = lost[np.arange(300), places].sum() / lost.sum()
shares["all others"] = 1 - sum(shares.values())
print(", ".join(f"{name} ≈ {share:.1f}" for name, share in shares.items()))

# %% [markdown]
# The friend alone has about a sixth of all that is lost, where its part of the places is a fiftieth: the kit has not
# yet learned to tell whom the hero met from the hero (in lesson 10, too, that came last). *She or he* has less, but
# more than its part. (Each share is rounded, so the five add up to more than 1.) At the colour and the toy, further
# back, next to nothing is lost. But most is lost at the other places, and an idea that helps to look back will not be
# enough. Which places are they? `lost.mean(axis=0)` says. Such a look costs a second, and tells you where to begin
# before you spend an hour.
#
# ## Change one thing
#
# Lesson 14 had a teacher that said how likely *every* word was, in place of the one that came. Our language has a
# perfect one: the true probabilities. `teacher=True` learns from them. **Is that better?** Predict, then run both
# recipes with the same three seeds: same start, same stories, same order.

# %%
lab.predict("teacher minus text, 80 steps", -0.1)
scores = {"text": [], "teacher": []}
for seed in (0, 1, 2):
    for name in scores:
        model = train_entry(
            sized(width=24, hidden=12), 80, seed, rate=0.02, teacher=name == "teacher"
        )
        scores[name].append(nats_left(model, told))

# %%
for name, three in scores.items():
    print(f"{name:<8}", ", ".join(f"≈ {score:.1f}" for score in three), end="  ")
    print(f"mean ≈ {np.mean(three):.1f}")

# %% [markdown]
# ### Exercise 4 · A fair comparison
# ★★☆ · 8 minutes · 2 points
#
# `ours` and `theirs` are the scores of two recipes, over the same seeds in the same order. Return two numbers: the
# mean of the differences, ours minus theirs, and its **standard error**: the standard deviation of the differences
# (with `ddof=1`: it divides by n - 1 in place of n, since the mean was made from the same n numbers) divided by the
# square root of how many there are.


# %% exercise="fair_comparison"
def fair_comparison(ours, theirs):
    """[mean difference, its standard error]."""
    ...


check(fair_comparison)

# %%
apart = np.array(scores["teacher"]) - np.array(scores["text"])
error = apart.std(ddof=1) / np.sqrt(3)
lab.measured("teacher minus text, 80 steps", apart.mean())
print(f"teacher minus text ≈ {apart.mean():z.1f}, give or take ≈ {error:.1f}")
print(lab.table(digits=1))

# %% [markdown]
# Our prediction was wrong: in the one digit that is printed here, the two recipes do not differ. Had we run one seed
# and printed three digits, we might have told a story about the rest. (Print them: is the difference larger than its
# error?) Why does the teacher not help here as it did in lesson 14? A likely reason: its students had 48 texts, which
# they read again and again; ours have 2,000 stories, and in 80 steps of 64 read each two or three times. What they lack
# so early is steps. (At the end of a long training, where what is left is small, it may be another matter. We did not
# try.)

# %% [markdown]
# ## The list
#
# What the course taught that may help, and where it stands. Not all of it helps here: that is for you to find out.
# Write a prediction before each.
#
# | idea | lesson | to try |
# |---|---|---|
# | the scale of the start | 02 | a smaller start for `out` and `down`, which add to a token's vector |
# | biases or none | 03 | a model of Keras' own layers: its dense layers with biases and without; what do they cost? |
# | learning rate, warm-up, decay | 04 | `rate`, `warm_up`, `decay`: the first thing to try, and the cheapest |
# | the size of a batch | 04 | fewer, larger steps, or more small ones, for the same number of tokens |
# | the tied table | 06, 10 | what would a table of its own for the head cost you? |
# | more data | 07 | `texts`: new stories cost nothing here; does the model overfit at all? |
# | early stopping, L2 | 07, 08 | is there anything to stop? Compare training loss and score |
# | dropout | 08 | it cures overfitting. Does your model overfit at all? |
# | a search that does not fool you | 09 | few trials, a budget for each, seeds apart from those that judge |
# | heads, and how many share keys | 10, 11 | `heads`, `key_value_heads`: what is saved can be spent on width |
# | width against depth | 10, 11 | one wide block or two narrow ones, at the same count |
# | how far to look back | 10 | the colour is 23 to 27 words back: a shorter window costs it |
# | a block used twice | 14 | `looped=True`: twice the arithmetic, not one parameter more |
# | a teacher | 14 | `teacher=True` |
# | the mean of the last weights | new | `average=0.98`: a running mean over the steps is handed back |
#
# The last is the only one that the course did not use: the mean of the weights over many steps (Polyak and Juditsky
# 1992), here a running mean of weights, in which older ones fade. Steps scatter around a valley; their mean lies
# nearer to its floor.
#
# ## The rules
#
# - **What counts** is every number that the model keeps. Arrays that are shared count once. Numbers in a layer's
#   settings are parameters, too, and are counted: a table of constants, a factor, an epsilon that is not Keras' own. (A
#   dropout rate or a regularizer is free: with them only training computes.) And where it takes more than 2,048 bytes
#   to say of which layers a model is made and how they are joined (packed as below, under "Eight kilobytes"; what the
#   layers are called does not matter), four of the bytes beyond count as a parameter. Whoever packs several numbers into
#   one and takes them apart within the model, or puts numbers where `parameters` does not look, has broken the rule, and
#   not won.
# - **Any way to find the numbers is allowed**: any stories, the true probabilities, ten minutes of training or ten
#   hours, even setting them by hand. Whoever can write down the language in 3,000 numbers has understood it.
# - **No looking ahead.** A guess that changes when only later words change is refused; every place of three stories is
#   tried. Nor may it change with the other stories that are asked about at the same time.
# - **Probabilities**: none below 0, no NaN, a sum of 1 at every place.
# - `check` scores on 300 stories, and you may look as often as you like. The teacher's grader draws **other** stories,
#   from a secret, and those decide. Whoever trains on the stories of `check` gains nothing (lesson 09).
#
# ## Where others stand
#
# An entry has two numbers, parameters and nats left, and both should be small. If for an entry another one is as small
# or smaller *and* as good or better, and not the same in both, nobody has a reason to choose it. Those that are left
# stand on the **frontier**.

# %% [markdown]
# ### Exercise 5 · Who stands on the frontier
# ★★☆ · 8 minutes · 2 points
#
# `entries` is a list of `[parameters, score]`. Return a list with `True` for each entry that stands on the frontier and
# `False` for each other. An entry falls when another one has at most as many parameters and at most as high a score,
# unless it is the same in both.


# %% exercise="frontier"
def frontier(entries):
    """For each entry whether it stands."""
    ...


check(frontier)

# %% [markdown]
# These are entries of ours. They were trained once, each in about a minute of computing or less, by
# `benchmarks/capstone_baselines.py`, and scored on 2,000 stories. The operations of a training are about 6 × parameters
# × tokens (lesson 04); where a block is used twice, its parameters would have to be counted twice here.

# %%
lines = [("ours", "budget", "parameters", "operations", "nats left")]
for one in baselines("stories"):
    work = f"{6 * one['parameters'] * one['tokens']:.1e}"
    counts = f"{one['budget']:,}", f"{one['parameters']:,}"
    lines.append((one["who"], *counts, work, f"{one['nats']:.4f}"))
print(aligned(lines))

# %% tags=["hide-input"]
# @title Draws our entries
ours = baselines("stories")
drawing, axes = plots.figure(
    "Ours: at every size much hangs on how the numbers are found",
    x="parameters",
    y="nats a word left to gain",
)
for one in ours:
    point = (one["parameters"], one["nats"])
    axes.scatter(*point, color=plots.BLUE, zorder=3)
    axes.annotate(one["who"], point, (6, 5), textcoords="offset points", fontsize=9)
axes.set(xscale="log", yscale="log")
axes.margins(0.25)
plots.show(
    drawing,
    "Points for our entries, parameters to the right and nats left upwards, both "
    "logarithmic. "
    + "; ".join(f"{e['who']}: {e['parameters']:,}, {e['nats']:.4f}" for e in ours),
)

# %% [markdown]
# Look at the first two lines. They have the same shape and the same 4,848 numbers, and one has less than a hundredth of
# the nats left that the other has. All that differs is how the numbers were found: four times the steps, a higher rate,
# a teacher, and the mean of the last weights. So a budget of parameters says how much a model *can* hold; whether it is
# there is another question. Which of the four changes did it? We changed all at once, with one seed each. That is a
# fine way to win, and a poor way to learn; to find out is left to you and your lab notebook. (You have seen one of the
# four make no difference, over 80 steps.)
#
# The next two were trained for 300 steps only, and both lose to the small one, although each took more operations than
# its 800 steps did. The last two had as many steps as the small one and the mean of the last weights, and now each
# larger shape beats the smaller one. (The one of 48 had to be tried twice: with the rate that it had over 300 steps it
# ended far worse.) So these two and the small one are what has to be beaten. Nobody has yet tried two blocks, or one
# that is used twice, or fewer than 4,848 parameters. There is room on this board.
#
# ## Your entries
#
# An answer below may train within the cell, as our solutions do; the grader runs it again, and allows ten minutes of
# computing for all answers of a notebook together. What was trained for longer travels with its weights:
# `save_entry(model, "entry_5000")` writes a file `entry_5000.py` beside the lesson. Type `%load entry_5000.py` into
# the exercise's cell and run it twice: the first time it fetches the text, the second time it hands the model in, and
# nobody has to train it again. (Where `%load` is not known, copy the file's text into the cell.) Here with the kit, in
# a folder that is thrown away.

# %%
with TemporaryDirectory() as folder:
    path = save_entry(kit, "entry_5000", folder)
    code = Path(path).read_text()
print(path.name, f"has {len(code) / 1000:.0f} kB; it begins")
print(code[:75])

# %% [markdown]
# What may be handed in: a `Guesser`, or a model of layers that come with Keras, with a softmax at its end. (A layer of
# your own making cannot be counted from outside, and a slice such as `x[:, 1:]` does not travel to the grader.) Each
# budget has two numbers: what earns all of the points, and what earns half. Half is within reach of the kit as it is. A
# small model may be handed in under a large budget, too, and what it saves counts on the frontier.

# %% [markdown]
# ### Exercise 6 · The entry, up to 5,000 parameters
# ★★★ · 30 minutes · 4 points
#
# The smallest budget, in which every number hurts. Begin with the kit and change one thing. At most 0.18 nats left
# earn all points, at most 0.40 half of them.

# %% exercise="entry_5000"
entry_5000 = ...

check(entry_5000=entry_5000)

# %% [markdown]
# ### Exercise 7 · The entry, up to 20,000 parameters
# ★★★ · 30 minutes · 3 points
#
# Four times the numbers. Where do you put them? At most 0.10 nats left earn all points, at most 0.35 half.

# %% exercise="entry_20000"
entry_20000 = ...

check(entry_20000=entry_20000)

# %% [markdown]
# ### Exercise 8 · The entry, up to 100,000 parameters
# ★★★ · 30 minutes · 3 points
#
# More than the language needs, perhaps; now steps are dear. At most 0.02 nats left earn all points, at most
# 0.30 half.

# %% exercise="entry_100000"
entry_100000 = ...

check(entry_100000=entry_100000)

# %% [markdown]
# ## Two more tracks
#
# For those who want more, two competitions of another kind. The first asks what a number costs. The second leaves the
# stories for something real, and there nobody knows the truth.
#
# ### Eight kilobytes
#
# Until now a parameter counted as one, whether it made use of its 32 bits or not. Lesson 14 found that a few bits do. So
# let bytes count: at most 8,192 for all of the model, with the same score as before.
#
# The rule in two sentences. `as_bytes` writes a model down, how it is built and every number in it, and packs that; the
# length is what counts. Only what `from_bytes` can make of these bytes is scored, so there is no other place in which a
# model could keep anything. How an array is written: if its numbers are multiples of one step, none more than 127 steps
# from 0, the step and a byte for each number; if at most 256 of them are different, a table of these and a byte for
# each; else four bytes for each, as they are. The packing (LZMA) then gives what is frequent fewer bits, so a matrix
# that is mostly 0 costs little.
#
# **Predict:** how many kilobytes does the kit take, whose 4,848 numbers were never rounded? (In the cells a kB is
# 1,000 bytes, so there is room for 8.2.)

# %%
written = as_bytes(kit)
print(f"4 × 4,848 = {4 * 4848:,} bytes; written down ≈ {len(written) / 1000:.1f} kB")
again = nats_left(from_bytes(written), told)
print(f"nats left before ≈ {nats_left(kit, told):.2f}, read back ≈ {again:.2f}")

# %% [markdown]
# Twice too many, although it is a model of the smallest budget. `rounded(model, bits)` rounds each array to multiples
# of a step of its own, `2 ** (bits - 1) - 1` of them below 0 and as many above (lesson 14, with a zero point of 0).
# **Predict:** with how many bits does the kit begin to suffer? And from where on is it worse than counting pairs (about
# 1.1)?

# %%
lines = [("bits", "kB", "nats left")]
for bits in (8, 6, 5, 4, 3):
    smaller = rounded(kit, bits)
    size = f"≈ {len(as_bytes(smaller)) / 1000:.1f}"
    lines.append((str(bits), size, f"≈ {nats_left(smaller, told):.2f}"))
print(aligned(lines))

# %% [markdown]
# Down to 6 bits next to nothing happens. With 4 bits the kit has half as much again to gain, and more, and with 3 one
# would better have counted. And at 6 bits it fills less than half of the room: twice as many numbers would fit. So there
# is a choice that the other budgets did not have. Many numbers in few bits, or few in many? (We rounded after the
# training. Whoever lets the model feel the rounding *while* it is trained may get further down. We have not tried.)
#
# These are ours:

# %%
lines = [("ours", "parameters", "bytes", "nats left")]
for one in baselines("kilobytes"):
    sizes = f"{one['parameters']:,}", f"{one['bytes']:,}"
    lines.append((one["who"], *sizes, f"{one['nats']:.4f}"))
print(aligned(lines))

# %% [markdown]
# The kit comes to less than half of the room. The second is the small one from above, its numbers now in 8 bits: so it
# has over a third more left than it had (0.0022 there, 0.0030 here). Where little is left, small roundings show. The
# third has nearly twice the numbers, in 7 bits, fills the room, and has less than half of what the second has left.
# Wider still, and in 6 bits? Nobody has tried. (One seed each.)

# %% [markdown]
# ### Exercise 9 · The entry, up to 8 kilobytes
# ★★★ · 30 minutes · 2 points
#
# Hand in the model, not its bytes: at most 8,192 of them, as `as_bytes` writes it. Leave a few free: another version of
# Keras or of LZMA may need some more. How it is built takes few of them in a `Guesser`, and more in a model of Keras'
# layers, which all have names and settings. At most 0.18 nats left earn all points, at most 0.40 half of them.

# %% exercise="entry_8_kilobytes"
entry_8_kilobytes = ...

check(entry_8_kilobytes=entry_8_kilobytes)

# %% [markdown]
# ### Surnames
#
# The list of lesson 06: 88,799 surnames, letter by letter. A model takes 14 tokens, a dash and the longest name, and
# gives at every place 27 probabilities, for a letter or for the dash that ends the name; it may have 5,000 parameters.
#
# How likely an *e* is after *joneb* nobody knows. So there is nothing to subtract, and the score is the cross-entropy
# itself, in nats a letter. How low it can get is unknown; what it can be compared with is counting. And there is no
# teacher here.
#
# Half of the names are for reading, the other half judges; chance has parted them. In the cell the blind guess, and
# pairs of letters that were counted in the one half and are judged by 5,000 names of the other. (`pairs_of_letters`
# counts as lesson 05 did, `nats_a_letter` is the score; the dash that ends a name counts as a letter.)

# %%
read_names, other_names = halves()
letters = pairs_of_letters(read_names)
lost = nats_a_letter(lambda rows: letters[rows], other_names[:5000])
long = sum(len(name) + 1 for name in read_names)
print(f"{len(read_names):,} to be read ({long:,} letters), {len(other_names):,} others")
print(f"blind guess {np.log(27):.2f}, pairs of letters ≈ {lost:.2f} nats a letter")

# %% [markdown]
# Now a kit for the names, 200 steps of 256 names each. And a doubt: the list lies on everybody's disk, the half that
# judges too, and nobody can keep you from reading it. **Predict** what that would be worth. How much better is a model
# of 4,752 parameters on names that it has read than on others?

# %%
sizes = sized_for_names(width=24, hidden=24)
names_kit = train_on_names(read_names, sizes, steps=200, seed=0)
print(f"{parameters(names_kit):,} parameters")
for name, some in (("read", read_names), ("others", other_names)):
    print(f"{name:<7} ≈ {nats_a_letter(names_kit, some[:5000]):.2f} nats a letter")

# %% [markdown]
# It beats the pairs, and in these two digits the names that it has read are no easier to it than the others. So many
# letters meet 5,000 numbers, and 200 steps of 256 names have shown it each name about once: there is no overfitting
# (lesson 07). After a longer training there may be some; see below. **The rule is to read the first half only.** Nobody
# can check that, and that so little can be gained is all the protection there is; from the list itself no grader could
# protect a larger model. Which names judge is drawn anew for each class, 10,000 of them. Ours, with both halves:

# %%
lines = [("ours", "parameters", "names it read", "other names")]
for one in baselines("surnames"):
    both = f"{one['nats read']:.4f}", f"{one['nats']:.4f}"
    lines.append((one["who"], f"{one['parameters']:,}", *both))
print(aligned(lines))

# %% [markdown]
# The last read ten times as long as the kit, at a higher rate, and kept the mean of the last weights. Now there is a
# difference between the halves, a hundredth of a nat: so much would be gained, at this size, by reading the wrong one.
# From the kit to this entry it is more than a tenth. (Pairs, too, fit the names that they were counted in better, by
# a thousandth. Of fewer names more could be kept, as of the 10,000 of `check`; but a class draws others.) Beat it with
# what the list above has; only `teacher` and `texts` are missing.

# %% [markdown]
# ### Exercise 10 · The entry, surnames
# ★★★ · 30 minutes · 2 points
#
# At most 5,000 parameters, counted as before. `check` draws 10,000 names of the half that judges. At most 2.35 nats a
# letter earn all points, at most 2.45 half of them, and that much the kit has reached (2.40).

# %% exercise="entry_surnames"
entry_surnames = ...

check(entry_surnames=entry_surnames)

# %% [markdown]
# A class's entries make a page, with scores, operations, a frontier for each of the three kinds, and who improved what
# when. Your teacher types `.venv/bin/python -m utils.grading leaderboard SUBMISSIONS`; if you have no teacher and your
# machine has Linux, a folder with your own notebook will do (what else it needs stands in the README, *For teachers*,
# *Grade*).
#
# ## The way here
#
# You began with ten parameters. Here are the models on the way, and what each of them was for.

# %%
way = [("lesson", "model", "parameters")]
way += [("01", "four inputs, two units", f"{4 * 2 + 2:,}")]
way += [("05", "a table of pairs of words", f"{67 * 67:,}")]
way += [("17", "the starting kit", f"{parameters(kit):,}")]
way += [("10", "a GPT that tells stories", f"{15_552:,}")]
way += [("12", "SmolLM2-135M, a real one", f"{134_515_008:,}")]
way += [("11", "Llama 3 8B, counted", f"{8_030_261_248:,}")]
print(aligned(way))

# %% tags=["hide-input"]
# @title Draws the way
drawing, axes = plots.figure(
    "From 10 to 134,515,008, and further by counting",
    x="parameters",
    size=(7, 2.8),
)
for place, (lesson, name, number) in enumerate(way[1:]):
    size = int(number.replace(",", ""))
    axes.scatter(size, -place, color=plots.ORANGE if lesson == "12" else plots.BLUE)
    axes.annotate(
        f"{name} ({lesson})", (size, -place), (8, -3), textcoords="offset points"
    )
axes.set(xscale="log", xlim=(3, 1e14), yticks=[])
plots.show(
    drawing,
    "Six models on a logarithmic line, from 10 parameters in lesson 01 over some "
    "thousands to 134,515,008 in lesson 12 and 8 thousand million that were counted.",
)

# %% [markdown]
# Each step to the right is the same thing once more: arrays of numbers, multiplied, added, bent a little, and moved
# downhill until they guess better (the table of pairs excepted: it was counted). What was added on the way from 10 to
# 134,515,008 is mostly a way to look back, and norms that keep numbers within bounds.

# %% [markdown]
# ## Where to go on
#
# - **Here:** beat our entries. The largest budget is the least explored, in the smallest every number hurts, and in
#   eight kilobytes every bit.
# - **A larger language:** Karpathy's [nanoGPT](https://github.com/karpathy/nanoGPT) trains a model of the size of
#   GPT-2. It is written in PyTorch, and you will recognise its blocks; its norms and its positions are of an older
#   kind.
# - **A larger contest of this kind:** the speed runs that grew out of nanoGPT
#   ([modded-nanogpt](https://github.com/KellerJordan/modded-nanogpt)) fix the loss and race for the time.
# - **From the original texts:** Shannon 1948 for entropy; Vaswani and others 2017 for attention; Kaplan and others 2020
#   and Hoffmann and others 2022 for how size, data and time trade. You can read all four now.

# %% [markdown]
# ## What you know now
#
# - **Count.** Any model, from its layers or from its published sizes, to the last parameter; and say what it costs.
# - **Train.** Derive a gradient, choose a start, a rate and a batch, see overfitting coming and stop it.
# - **Build.** Tokens, embeddings, attention, blocks: a language model from nothing, and you have opened a real one.
# - **Change.** Fine-tune, prune, quantise, share, distil; and measure what each cost.
# - **Doubt.** A baseline beside each number, several seeds, a prediction from before the run, and data that judge once.
#
# The last is the rarest. Models will change; whoever asks "compared with what, measured on what, over how many seeds?"
# will not be out of date.
#
# **Next:** nothing of ours. The course ends here, with a model that is yours: 10 parameters at the beginning, and at
# the end as many as you can account for. Go and count something.
