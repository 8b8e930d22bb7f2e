# %% [markdown]
# # 07 · Overfitting and underfitting
#
# > **At the end you can** tell overfitting from underfitting by two curves, split data in three and say why,
# > cure a model that underfits, and say what more parameters or more data will buy.
#
# Lesson 06 ended with a small model that predicts the next word. How large should such a model be, and how
# much text does it need? Lesson 01 left a debt too: its ten parameters matched a little of the noise, and on
# new rows they did no better than guessing. This lesson pays it.
#
# **Time:** about 60 minutes for the text and 50 for the exercises; the computer needs less than one. A good
# place for a break is before "The map".
# **You need:** lessons 01 to 06.

# %%
from utils import plots, stories
from utils.checking import check
from utils.counting import count
from utils.training import progress_bar

import keras
import numpy as np
import tensorflow as tf

# %% [markdown]
# ## Twelve points
#
# Here is a smooth curve, and twelve points measured on it. Each measurement is off by chance, with a spread
# of 0.3. Whoever knew the curve itself would still be wrong by the noise, and the mean square of the noise is
# 0.3² = 0.09. Nobody can do better on new points. Such a number is called a **floor**; you met one in
# lesson 01 (the variance of random targets), and one in lesson 05 (the entropy of the stories).
#
# The model is a polynomial: $c_0 + c_1 x + c_2 x^2 + \dots$ Its parameters are the $c$, so their number is
# ours to choose. `fit` finds those with the smallest mean squared error.


# %%
def curve(x):
    return np.sin(3 * x + 0.5)


def measure(x, seed):
    """The curve at x, each value off by chance."""
    return curve(x) + np.random.default_rng(seed).normal(0, 0.3, size=len(x))


def polynomial(x, y, parameters):
    return np.polynomial.Polynomial.fit(x, y, deg=parameters - 1)


x = np.linspace(-1, 1, 12)
y = measure(x, seed=11)

# %% [markdown]
# **Predict** for 2, 4 and 12 parameters: how wrong is the fit on the twelve points themselves? (Twelve numbers
# to choose, twelve points to hit.) And can that error be below the floor?

# %%
drawing, panels = plots.figure("Too few, about right, too many", x="x", y="y", columns=3, size=(9.5, 3.2))
fine = np.linspace(-1, 1, 400)
for axes, parameters in zip(panels, (2, 4, 12)):
    fit = polynomial(x, y, parameters)
    axes.plot(fine, curve(fine), color=plots.GREY, linestyle="--", label="the curve")
    axes.plot(fine, fit(fine), label="the fit")
    axes.scatter(x, y, s=18, color=plots.ORANGE, zorder=3, label="points")
    axes.set(title=f"{parameters} parameters", ylim=(-2.2, 2.2))
    print(f"{parameters:2} parameters: error on the twelve points {np.mean((fit(x) - y) ** 2):.2f}")
panels[0].legend(fontsize=8)
plots.show(
    drawing,
    "Three panels. 2 parameters: a straight line that misses the bend of the points. 4: close to the curve. "
    "12: through every point, with swings between them that leave the picture near the ends.",
)

# %% [markdown]
# **Left:** a straight line cannot bend, so it misses the points it was fitted to. **Middle:** near the dashed
# curve, and through hardly any point; its error is a little below the floor already. **Right:** through every
# point, error zero, and between the points, near the ends, it swings right out of the picture. It has learned the
# noise by heart. That is how an error gets below the floor.
#
# What counts is a point that was **not** used for the fit. So measure 400 new ones; and because twelve points
# may be lucky, do it all 200 times with other noise.


# %%
def both_errors(parameters, seed):
    """The error on twelve points that were fitted, and on 400 new ones."""
    x_new = np.random.default_rng(seed).uniform(-1, 1, size=400)
    y, y_new = measure(x, seed), measure(x_new, seed + 10_000)
    fit = polynomial(x, y, parameters)
    return np.mean((fit(x) - y) ** 2), np.mean((fit(x_new) - y_new) ** 2)


sizes = range(1, 13)
errors = np.array([[both_errors(p, seed) for p in sizes] for seed in range(200)])  # draws, sizes, old and new
old, new = np.median(errors, axis=0).T
best = errors[:, :, 1].argmin(axis=1) + 1
print("error on the old points falls with every parameter:", bool((np.diff(old) < 0).all()))
print(
    "4 parameters beat 2, and beat 12, on new points:",
    bool(new[3] < 0.6 * new[1]),
    bool(new[3] < 0.3 * new[11]),
)
print(
    "best on new points with 4 to 8 parameters, in at least 9 of 10 draws:",
    bool(np.mean((best > 3) & (best < 9)) > 0.9),
)

# %%
drawing, axes = plots.figure(
    "On old points more is always better; on new points it is not",
    x="parameters of the polynomial",
    y="mean squared error",
)
axes.semilogy(sizes[:-1], old[:-1], marker="o", label="old points (training)")
axes.semilogy(sizes, new, marker="o", label="new points (validation)")
axes.axhline(0.09, color=plots.GREY, linestyle="--", label="floor: the noise")
axes.set(ylim=(0.001, 3), xticks=sizes)
axes.legend()
plots.show(
    drawing,
    "The error on old points falls steadily, through the floor. The error on new points falls until 4 "
    "parameters, stays near the floor for a while, and shoots up at 11 and 12.",
)

# %% [markdown]
# Each dot is the middle of 200 draws. On old points (blue) every parameter helps, and the line goes right
# through the floor; at twelve it is zero, which has no place on this axis. On new points (orange) the error
# never gets below the floor. It falls, stays low for a few parameters, and rises.
#
# Now the two words have a meaning that one can measure:
#
# - **Underfitting:** the loss is poor *even on the training data*. The model could not, or did not, learn
#   what is there. (Left of 4 parameters.)
# - **Overfitting:** the loss is good on the training data and clearly worse on new data. The model has learned
#   what was only chance. (It begins at 5 and grows; right of 10 nobody can miss it.)
#
# The difference between the two losses is called the **gap**.
#
# ## Why three parts
#
# To see overfitting you need data that the fit did not use. So one sets some aside: the **training set** is
# fitted, the **validation set** tells how well that went. Then one tries another size, another rate, and keeps
# what does best on the validation set. Is its validation loss then an honest number?
#
# An extreme case. The validation set is 40 yes/no questions. 200 models answer by tossing a coin; we keep the one
# with the most right answers. **Predict** its score, and its score on 1,000 further questions.

# %%
shown, truth = [], []
for seed in range(20):
    rng = np.random.default_rng(seed)
    validation, test = rng.random((200, 40)) < 0.5, rng.random((200, 1000)) < 0.5  # True: answered right
    winner = validation.mean(axis=1).argmax()
    shown.append(validation[winner].mean())
    truth.append(test[winner].mean())

print(
    f"the winner's share of right answers, middle of 20 rounds: {np.median(shown):.2f}, then {np.median(truth):.2f}"
)
print("in each round at least 0.62, then at most 0.56:", min(shown) >= 0.62, max(truth) <= 0.56)

# %% [markdown]
# Seven of ten right, by models that know nothing. *Choosing* is a kind of fitting: the winner was
# chosen for its luck on these 40 questions, and luck does not carry over. So there is a third part, the **test
# set**. It is used once, at the very end, when nothing is to be chosen any more.
#
# | part | used for | how often |
# |---|---|---|
# | training set | finding parameters | every step |
# | validation set | choosing hyperparameters, knowing when to stop | every try |
# | test set | saying how good the result is | once |
#
# Before the data is cut, it is shuffled: files are often sorted, and the last tenth may be all from one
# author. And what belongs together stays together. Rows from one story share its names; cut between
# *stories*, not between rows, or the model has half seen the answers.

# %% [markdown]
# ### Exercise 1 · Cut in three
# ★☆☆ · 5 minutes · 1 point
#
# `rows` is a list of row numbers that has been shuffled already. Return a list of three lists: training,
# validation, test. The **last** `test` rows are the test set, the `validation` rows before them the validation
# set, and all that come before are for training. No row may be lost, and none may be in two parts. Either
# number may be 0.


# %% exercise="three_parts"
def three_parts(rows, validation, test):
    """[training, validation, test]: every row in exactly one of them."""
    ...


check(three_parts)

# %% [markdown]
# ## The next word, with a known floor
#
# Polynomials are a toy. Now the stories: as in lesson 06, predict the next word from the **two words before
# it**. Here are all rows of three words in 3,000 stories. How often does each word follow each pair?

# %%
texts = [text.split() for text in stories.write(3000, seed=0)]
WORDS = sorted({word for text in texts for word in text})


def rows_of(texts):
    """All rows of three words that stand together, as their places in WORDS."""
    numbers = [[WORDS.index(word) for word in text] for text in texts]
    return np.array([row for text in numbers for row in zip(text, text[1:], text[2:])])


def language(rows):
    """Each pair of words as one-hot inputs, and how probable each pair and next word are, as a table."""
    pairs, which = np.unique(rows[:, :2], axis=0, return_inverse=True)
    table = np.zeros((len(pairs), len(WORDS)))
    np.add.at(table, (which.ravel(), rows[:, 2]), 1 / len(rows))
    return np.hstack([np.eye(len(WORDS))[pairs[:, 0]], np.eye(len(WORDS))[pairs[:, 1]]]), table


one_hot, table = language(rows_of(texts))
print(f"{len(rows_of(texts)):,} rows, {len(WORDS)} words; inputs {one_hot.shape}, table {table.shape}")

# %% [markdown]
# This table shall be our language from here on: training rows are **drawn from it** by chance, as many as we
# like. Then two things are known exactly that one never knows about real text:
#
# - the **floor**: the entropy of the next word when its pair is known (lesson 05, now with two words before);
# - the loss on **all** new rows there could be: an average over the table. It is a validation set without end,
#   which has no luck in it.


# %%
def floor_of(table):
    """Nats a word: the loss of a model that knows the table."""
    share = table / table.sum(axis=1, keepdims=True)  # how probable each word is after its pair
    return -np.sum(table[table > 0] * np.log(share[table > 0]))


floor = floor_of(table)
print(f"floor {floor:.3f} nats a word, a perplexity of {np.exp(floor):.2f}")
print(f"all {len(WORDS)} words alike: {np.log(len(WORDS)):.2f} nats a word")

# %% [markdown]
# (With the whole story in view the floor is lower, about 0.26 nats a word: lesson 05's perplexity of 1.30. Two
# words do not tell who the hero was. The model of lesson 06 came close to 2.27.)
#
# The model: the pair as two one-hot rows side by side, a hidden layer with ReLU, a softmax over the words,
# cross-entropy as loss. All its parts are known to you. **Predict** the number of parameters for 2 hidden units:
# 132 inputs, 66 outputs.

# %%
hidden, output = keras.layers.Dense(2, activation="relu"), keras.layers.Dense(66, activation="softmax")
model = keras.Sequential([keras.Input((132,)), hidden, output])
print(f"predicted {(132 * 2 + 2) + (2 * 66 + 66)}, Keras says {count(model)}")

# %% [markdown]
# We will train about 250 of these. Keras trains one at a time; here is the same arithmetic for many nets
# at once, in TensorFlow. Every array gets one more dimension in front, the number of the net. A net's training
# data is its **own table**, how often each row was drawn, so an epoch is one step over all of it.


# %%
ARRAY, NUMBER = tf.TensorSpec([None, None, None]), tf.TensorSpec([])


@tf.function(input_signature=[[ARRAY] * 4, ARRAY, ARRAY, NUMBER])
def losses(parameters, inputs, tables, leak):
    """The cross-entropy of each net on each table."""
    W1, b1, W2, b2 = parameters
    z = inputs @ W1 + b1
    logits = tf.maximum(z, leak * z) @ W2 + b2  # leak 0 is ReLU, leak 1 is no activation
    return -tf.reduce_sum(tables * tf.nn.log_softmax(logits), axis=(1, 2))


@tf.function(input_signature=[[ARRAY] * 4, [ARRAY] * 4, [ARRAY] * 4, NUMBER, NUMBER, ARRAY, ARRAY, NUMBER])
def adam(parameters, m, v, epoch, rate, inputs, tables, leak):
    """One step of Adam, as in lesson 04 (with a shorter memory for v), for all nets."""
    with tf.GradientTape() as tape:
        tape.watch(parameters)
        loss = tf.reduce_sum(losses(parameters, inputs, tables, leak))
    slopes = tape.gradient(loss, parameters)
    m = [0.9 * old + 0.1 * slope for old, slope in zip(m, slopes)]
    v = [0.99 * old + 0.01 * slope**2 for old, slope in zip(v, slopes)]
    r, s = 1 - 0.9**epoch, 1 - 0.99**epoch
    moved = [p - rate * (a / r) / (tf.sqrt(b / s) + 1e-7) for p, a, b in zip(parameters, m, v)]
    return moved, m, v


# %% [markdown]
# And the training itself: random starts, 200 epochs, with a learning rate that falls over the second half. Every
# fourth epoch it writes down two losses: on the net's own rows, and on the whole language.


# %%
def train(units, tables, world=(one_hot, table), epochs=200, leak=0.0):
    """Train a net for each table; training and validation losses of shape (epochs / 4, nets)."""
    rng, (inputs, truth), nets = np.random.default_rng(units), world, len(tables)
    starts = [rng.normal(size=(nets, inputs.shape[1], units)), np.zeros((nets, 1, units))]
    starts += [
        rng.normal(size=(nets, units, truth.shape[1])) / units**0.5,
        np.zeros((nets, 1, truth.shape[1])),
    ]
    parameters = [tf.constant(start, "float32") for start in starts]
    m = v = [tf.zeros_like(p) for p in parameters]
    inputs, tables, truth = (tf.constant(a, "float32") for a in (inputs[None], tables, truth[None]))
    curves = []
    for epoch in range(1, epochs + 1):
        rate = 0.05 * min(1, 2 * (epochs + 1 - epoch) / epochs)
        parameters, m, v = adam(parameters, m, v, epoch, rate, inputs, tables, leak)
        if epoch % 4 == 0:
            curves.append([losses(parameters, inputs, t, leak).numpy() for t in (tables, truth)])
    return np.array(curves).swapaxes(0, 1)


def drawn(rows, seeds):
    """For each seed a table of that many rows, drawn from the language."""
    draws = [np.random.default_rng([rows, seed]).multinomial(rows, table.ravel()) for seed in seeds]
    return np.array(draws).reshape(-1, *table.shape) / rows


# %% [markdown]
# ## Two curves tell
#
# Three cases, four random draws and starts each. **Predict** for each whether its training loss will end above,
# at or below the floor, and where its validation loss goes: 2 units with 12,800 rows; 32 units with 12,800
# rows; 32 units with 200 rows.

# %%
cases = {(2, 12_800): "underfitting", (32, 12_800): "good", (32, 200): "overfitting"}
curves = {case: train(case[0], drawn(case[1], range(4))) for case in cases}

ends = {name: curves[case][:, -1] for case, name in cases.items()}
print(
    "underfitting: training loss at least 0.5 above the floor:",
    bool((ends["underfitting"][0] > floor + 0.5).all()),
)
print("underfitting: gap below 0.1:", bool((ends["underfitting"][1] - ends["underfitting"][0] < 0.1).all()))
print("good: validation loss within 0.1 of the floor:", bool((ends["good"][1] < floor + 0.1).all()))
print("overfitting: training loss below the floor:", bool((ends["overfitting"][0] < floor - 0.2).all()))
print("overfitting: new rows worse than all words alike:", bool((ends["overfitting"][1] > np.log(66)).all()))

# %%
drawing, panels = plots.figure(
    "Both high, both low, or far apart", x="epoch", y="nats a word", columns=3, size=(9.5, 3.3)
)
for axes, (case, name) in zip(panels, cases.items()):
    for nets, colour, label in zip(curves[case], (plots.BLUE, plots.ORANGE), ("training", "validation")):
        lines = axes.plot(np.arange(4, 201, 4), nets, color=colour, linewidth=1)
        lines[0].set_label(label)
    axes.axhline(floor, color=plots.GREY, linestyle="--", label="floor")
    axes.set(title=f"{case[0]} units, {case[1]:,} rows: {name}", ylim=(0, 7))
    axes.title.set_fontsize(9)
panels[1].legend()
plots.show(
    drawing,
    "Left: training and validation loss lie on each other, well above the floor. Middle: both end on the "
    "floor. Right: training loss falls below the floor, validation loss falls, turns, and climbs far up.",
)

# %% [markdown]
# Four thin lines of each colour, one for each draw. **Left:** both curves lie on each other and come to rest
# well above the floor: the model is as bad on its own rows as on new ones. **Middle:** both reach the floor.
# **Right:** the training loss sinks *below* the floor; so far below is only possible by learning rows by heart.
# The validation loss falls at first, turns within a few epochs, and climbs.
#
# Look at the last line of the print as well: the overfitted nets are **worse than knowing nothing**.
# A model that gives every word 1/66 pays 4.19 nats. These have seen few words or none after each pair, are sure
# of them all the same, and cross-entropy makes them pay for being sure and wrong.
#
# Now without names.

# %%
quiz = {"A": (2, 6400), "B": (32, 400), "C": (2, 100), "D": (16, 25_600)}
drawing, panels = plots.figure("Which is which?", x="epoch", y="nats a word", columns=4, size=(10, 3))
for axes, (letter, (units, rows)) in zip(panels, quiz.items()):
    for nets, colour in zip(train(units, drawn(rows, range(3))), (plots.BLUE, plots.ORANGE)):
        axes.plot(np.arange(4, 201, 4), nets, color=colour, linewidth=1)
    axes.axhline(floor, color=plots.GREY, linestyle="--")
    axes.set(title=letter, ylim=(0, 8))
plots.show(
    drawing,
    "Four panels. A: both losses together, well above the floor. B: training loss ends below the floor, "
    "validation loss turns and climbs. C: training loss ends above the floor, validation loss climbs far above "
    "it. D: both end on the floor.",
)

# %% [markdown]
# Training is blue, validation orange, the floor dashed, three draws each. Ask two questions of each panel, in
# this order. Does the *training* loss come down to the floor? And is the validation loss far from the training
# loss at the end? There are two answers to each, so there are four kinds of panel.

# %% [markdown]
# ### Exercise 2 · Guess the fit
# ★☆☆ · 4 minutes · 1 point
#
# Write `"underfitting"`, `"overfitting"`, `"both"` or `"good"` for each panel. (Both? A model may be too small
# to learn what is there *and* have so few rows that the little it learns is chance.)

# %% exercise="guess_the_fit"
guess_the_fit = {"A": ..., "B": ..., "C": ..., "D": ...}

check(guess_the_fit=guess_the_fit)

# %% [markdown]
# ### Exercise 3 · The doctor's rule
# ★★☆ · 6 minutes · 2 points
#
# Turn it into a rule. A model **underfits** when its training loss is more than `margin` above the floor. It
# **overfits** when its validation loss is more than `margin` above its training loss. Return the same four
# words as before. (With real text the floor is not known; one takes the best loss that anybody has reached.)


# %% exercise="fit_verdict"
def fit_verdict(train, validation, floor, margin):
    """ "underfitting", "overfitting", "both" or "good"."""
    ...


check(fit_verdict)

# %% [markdown]
# ### Exercise 4 · The best epoch
# ★★☆ · 6 minutes · 2 points
#
# In panel B the model was best long before the end. Given the losses after each epoch, as two lists, return a
# list of two: the epoch with the lowest **validation** loss, and the gap at that epoch (validation minus
# training). Epochs count from 1. If several are equally low, take the first of them: why train longer?


# %% exercise="best_epoch"
def best_epoch(train, validation):
    """[epoch with the lowest validation loss, gap there]."""
    ...


check(best_epoch)

# %% [markdown]
# ## The map
#
# Model size and data size, both at once: six sizes of net, eight amounts of data, three draws of each, 144
# trainings. **Predict** where on this map overfitting lies, and where underfitting.

# %%
UNITS, ROWS, SEEDS = (1, 2, 4, 8, 16, 32), (100, 200, 400, 800, 1600, 3200, 6400, 12_800), range(3)
all_tables = np.concatenate([drawn(rows, SEEDS) for rows in ROWS])

bar = progress_bar(len(UNITS), "sizes")
runs = []
for units in UNITS:
    runs.append(train(units, all_tables))
    bar.update(1)
bar.close()
runs = np.array(runs).reshape(6, 2, 50, 8, 3)  # units, training or validation, epoch, rows, draw
last = runs[:, :, -1]

# %%
drawing, panels = plots.figure(
    "Overfitting at the top left, underfitting along the bottom", columns=2, size=(10, 3.6)
)
excess = last.mean(axis=-1) - floor
for axes, kind, name in zip(panels, (0, 1), ("training", "validation")):
    plots.heatmap(axes, excess[::-1, kind], rows=UNITS[::-1], columns=ROWS, digits=1)
    axes.set(title=f"{name} loss minus floor", xlabel="training rows", ylabel="hidden units")
    axes.tick_params(axis="x", labelsize=8)
plots.show(
    drawing,
    "Two maps of six sizes by eight amounts of rows. Training loss: red in the lowest rows, blue (below the "
    "floor) at the upper left, near zero at the upper right. Validation loss: deep red on the left, red along "
    "the bottom, near zero only at the upper right.",
)

# %% [markdown]
# Mean of three draws, with the floor subtracted: white is perfect, red is above the floor, blue below it.
#
# - **Left map, bottom:** one or two units stay red however much data they get. They underfit.
# - **Left map, upper left:** blue. The training loss is below the floor, learned by heart.
# - **Right map, left columns:** deep red. With 100 or 200 rows every size fails on new rows; where the left map
#   is blue, that is overfitting.
# - **Right map, upper right:** near zero. Enough parameters **and** enough rows; neither makes up for the other.
#
# Each *row* of the right map is a curve of its own: loss by number of rows. Take a small and a large model.

# %%
drawing, axes = plots.figure(
    "With few rows the small model wins, with many the large one",
    x="training rows",
    y="validation loss, nats a word",
)
small, large = last[1, 1], last[5, 1]
for nets, label in ((small, "2 units, 464 parameters"), (large, "32 units, 6,434 parameters")):
    axes.loglog(ROWS, nets.mean(axis=-1), marker="o", label=label)
    axes.fill_between(ROWS, nets.min(axis=-1), nets.max(axis=-1), alpha=0.2)
axes.axhline(floor, color=plots.GREY, linestyle="--", label="floor")
axes.set_xticks(ROWS, ROWS)
axes.set_yticks([1, 2, 4, 8], [1, 2, 4, 8])
axes.minorticks_off()
axes.legend()
plots.show(
    drawing,
    "Two falling curves that cross. With 100 to 400 rows the small model is lower; from 1600 on the large one "
    "is, and it goes on to the floor where the small one stays flat.",
)
best = runs[:, 1].min(axis=1).mean(axis=-1)  # units, rows
print("400 rows, last epoch: the small one is better:", bool(small[2].mean() < large[2].mean()))
print("100, 200 and 400 rows, best epoch: the large one is better:", bool((best[5, :3] < best[1, :3]).all()))

# %% [markdown]
# Lines are means, bands reach from the lowest to the highest of three draws. With few rows the small model is
# the better one: it has less room for chance. With many, the large one passes it and goes on down to the floor,
# while the small one lies flat: more data does not help a model that is too small. Curves like these, loss by
# number of examples, are called **learning curves**; so are those by epoch, which is why one should say which.
#
# So "too many parameters, too little data: overfitting". Was it the parameters alone? The two lines below the
# figure compare the same nets, first at their last epoch, then each at its **best epoch**. Stopped in time, the
# large model is the better one with few rows too. What overfitted was a large model **that was trained to the
# end**. "Too many parameters, too little data" needs a third part: *and enough training to learn the noise*.
# Lesson 08 makes a cure of this, with others.
#
# ## Three cures for underfitting
#
# A model that underfits is poor on its own rows, so more rows won't help: the lower edge of the map. Three
# things are said to: **more parameters**, **a better model**, **simpler data**. Our patient has 2 units, and as
# many rows as it likes: its training table is the language itself. Six random starts each.
#
# - *More parameters:* 4 units, then 8.
# - *A better model:* the same 464 parameters without the ReLU. Lesson 02 said that without it two layers are one
#   matrix; with a middle of two units it is one of few parameters. And ReLU leaves two units only positive
#   values: of all directions in a plane, a quarter.
# - *Simpler data:* only the first two sentences of each story. Fewer words, fewer pairs, another floor.
# - One that is often forgotten: *train longer*, four times here.

# %%
beginnings = language(rows_of([text[:14] for text in texts]))
six = np.repeat(table[None], 6, axis=0)

cures = {
    "2 units": train(2, six),
    "4 units": train(4, six),
    "8 units": train(8, six),
    "2 units, no ReLU": train(2, six, leak=1.0),
    "2 units, two sentences": train(2, np.repeat(beginnings[1][None], 6, axis=0), world=beginnings),
    "2 units, 4 times longer": train(2, six, epochs=800),
}
floors = {name: floor_of(beginnings[1]) if "sentences" in name else floor for name in cures}
above = {name: curve[0, -1] - floors[name] for name, curve in cures.items()}
for name in list(cures)[1:]:
    better = above[name].mean() < 0.75 * above["2 units"].mean()
    print(f"{name:24} at least a quarter nearer to its floor: {bool(better)}")

# %%
drawing, axes = plots.figure(
    "Every cure brings the same patient nearer to the floor", x="loss minus floor, nats a word"
)
for place, (name, values) in enumerate(reversed(above.items())):
    axes.barh(place, values.mean(), color=plots.ORANGE if name == "2 units" else plots.BLUE, alpha=0.6)
    axes.plot(values, [place] * 6, "o", markersize=3, color="black")
axes.set_yticks(range(6), reversed(list(above)))
plots.show(
    drawing,
    "Six bars. The longest is the patient, 2 units. 4 and 8 units are close to zero; no ReLU, two sentences "
    "and longer training are all clearly shorter than the patient.",
)

# %% [markdown]
# Bars are means, dots the six starts. All help; doubling and quadrupling the units helps most. Leaving out the
# ReLU costs nothing, not one parameter. The fifth bar needs honesty: its distance is to a *lower* floor, and
# the model now knows beginnings of stories only. One has made the task smaller, not the model better. That can
# be just what one wants: Eldan and Li (2023, "TinyStories", [arXiv 2305.07759](https://arxiv.org/abs/2305.07759))
# got fluent English from models below 10 million parameters, on stories that use only the words of a small child.
#
# ## Diminishing returns
#
# How much does the next doubling buy? Train nets of seven sizes on the language itself, as if data were endless,
# 200 epochs each. Beside them 32 units, at their best epoch, on more and more rows.

# %%
units_tried = np.array([1, 2, 4, 8, 16, 32, 64])
parameter_counts = 199 * units_tried + 66
rows_tried = np.array([*ROWS, 25_600])

by_size = np.array([train(units, six)[1, -1] for units in units_tried])  # sizes, starts
more_rows = train(32, drawn(25_600, SEEDS))[1].min(axis=0)
by_rows = np.vstack([runs[5, 1].min(axis=0), more_rows])

gains = -np.diff(by_size.mean(axis=1))  # of 2 units over 1, of 4 over 2, and so on
print("the first two doublings buy more than half a nat each:", bool((gains[:2] > 0.5).all()))
print("the last three together buy less than a tenth of that:", bool(gains[3:].sum() < 0.05))

# %% [markdown]
# Is there a rule in it? Many things in nature and trade follow a **power law**: doubling one thing multiplies
# another by a fixed factor. For the loss above the floor:
#
# $$\text{loss} = \text{floor} + a \cdot N^{-b}$$
#
# Take logarithms of what is above the floor, and the power law becomes a straight line, which `polyfit` can
# find: $\log(\text{loss} - \text{floor}) = \log a - b \log N$. With $b = 1$ a doubling halves what is left,
# with $b = 2$ it leaves a quarter. Whatever you write below, the cell after it has ours.

# %% [markdown]
# ### Exercise 5 · Fit a power law
# ★★☆ · 8 minutes · 2 points
#
# Return `[a, b]` from sizes, losses (arrays) and the floor: a straight line through the logarithms, by
# `np.polyfit`. The $b$ of a falling loss is positive.


# %% exercise="power_law_fit"
def power_law_fit(sizes, losses, floor):
    """[a, b] of the power law loss = floor + a * size ** -b."""
    ...


check(power_law_fit)


# %%
def law(sizes, losses):
    slope, start = np.polyfit(np.log(sizes), np.log(losses - floor), deg=1)
    return np.exp(start), -slope


seeds_b = (
    [law(parameter_counts, one)[1] for one in by_size.T],
    [law(rows_tried, one)[1] for one in by_rows.T],
)
print("exponent b by parameters, between 2 and 3 for each of 6 starts:", all(2 < b < 3 for b in seeds_b[0]))
print("exponent b by rows, between 0.9 and 1.4 for each of 3 draws:", all(0.9 < b < 1.4 for b in seeds_b[1]))

left = by_size[-1].mean() - floor
a, b = law(parameter_counts[:4], by_size[:4].mean(axis=1))
promised = a * parameter_counts[-1] ** -b
longer = train(64, six[:3], epochs=800)[1, -1] - floor
print("64 units: the four smallest promised less than half of what is left:", bool(promised < left / 2))
print("64 units, four times the epochs: less than a third of it is left:", bool((longer < left / 3).all()))

# %%
drawing, panels = plots.figure(
    "Straight at first sight; lines through small sizes mislead", columns=2, size=(9.5, 3.6)
)
for axes, sizes, runs_of in zip(panels, (parameter_counts, rows_tried), (by_size, by_rows)):
    mean = runs_of.mean(axis=1)
    axes.loglog(sizes, runs_of - floor, ".", color=plots.GREY)
    for part, style, name in ((slice(None), "-", "all"), (slice(4), ":", "four smallest only")):
        a, b = law(sizes[part], mean[part])
        axes.loglog(sizes, a * sizes**-b, style, label=f"b = {b:.1f}, {name}")
    axes.legend()
panels[0].set(xlabel="parameters", ylabel="loss minus floor, nats a word")
panels[1].set(xlabel="training rows")
plots.show(
    drawing,
    "Two log-log plots. Left, by parameters: dots fall by nearly four powers of ten; a line through the small "
    "sizes is steeper than the large ones turn out. Right, by rows: dots fall by more than two powers of ten; a "
    "line through the small amounts is too flat.",
)

# %% [markdown]
# Each dot is a net. The solid line goes through all sizes; the dotted one through the **four smallest alone**, as
# drawn by somebody who cannot pay for the large ones yet. Both plots look straight at first sight, and both bend
# when you look along them. **Right:** the line through the small amounts promised too little: there the fall
# begins slowly and gets steeper. A power law through three or four points is easy to draw, and says little about
# what lies beyond them.
#
# **Left:** the small models promised more than the large ones kept. Are larger ones no use, then? Look at the last
# line of the print. Four times the epochs take most of the rest away: what held the large nets up was not their
# size but the 200 epochs. A curve of "loss by size" shows *whatever ran short*, and one has to ask what that was.

# %% [markdown]
# ### Exercise 6 · How many rows for that?
# ★★★ · 8 minutes · 3 points
#
# Turn the law round. Given `floor`, `a` and `b`, how many rows bring the loss down to `target`? Return the
# number, without rounding. If no number of rows, however large, gets there, return the text `"never"`. (Then
# try: how many times as many rows halve what is above the floor, if $b$ is 1? If it is 0.1?)


# %% exercise="rows_needed"
def rows_needed(target, floor, a, b):
    """How many rows the law asks for to reach this loss, or "never"."""
    ...


check(rows_needed)

# %% [markdown]
# ## The published laws
#
# For real language models:
#
# - **Kaplan and others 2020** ([arXiv 2001.08361](https://arxiv.org/abs/2001.08361), equations 1.1 and 1.2):
#   $L(N) = (8.8 \cdot 10^{13} / N)^{0.076}$ for $N$ parameters (embeddings not counted) and enough data,
#   $L(D) = (5.4 \cdot 10^{13} / D)^{0.095}$ for $D$ tokens and a large model stopped in time. No floor.
# - **Hoffmann and others 2022** ([arXiv 2203.15556](https://arxiv.org/abs/2203.15556), "Chinchilla",
#   appendix D.3): $L(N, D) = 1.69 + 406.4 / N^{0.34} + 410.7 / D^{0.28}$. A floor of 1.69.
#
#   The same paper is the source of "**20 tokens a parameter**" as the best way to spend an amount of computing:
#   Chinchilla has 70 billion parameters and saw 1.4 trillion tokens.
#
# All in nats a token, so they go on the same axes as ours. **Predict:** how many times as many parameters
# halve Kaplan's loss? And does the formula, with a cost of 6 · parameters · tokens (lesson 04), lead to 20?

# %%
print(f"to halve the loss, Kaplan: {2 ** (1 / 0.076):,.0f} times the parameters")
print(f"to halve what is above the floor, Hoffmann: {2 ** (1 / 0.34):.1f} times")
print("the same, for ours: less than twice:", 2 ** (1 / min(seeds_b[0])) < 2)

budget = 6 * 70e9 * 1.4e12
N = np.geomspace(1e9, 1e12, 2000)
D = budget / (6 * N)
best = np.argmin(1.69 + 406.4 / N**0.34 + 410.7 / D**0.28)
print(
    f"Chinchilla: {1.4e12 / 70e9:.0f} tokens a parameter; best by the formula: about {D[best] / N[best]:.0f}"
)

# %%
drawing, panels = plots.figure(
    "The same axes, three worlds", y="loss, nats a token", columns=2, size=(9.5, 3.6)
)
far = np.geomspace(1e2, 1e14, 200)
published = {
    "Kaplan 2020": ((8.8e13 / far) ** 0.076, (768, 1.5e9), (5.4e13 / far) ** 0.095, (22e6, 23e9)),
    "Hoffmann 2022": (1.69 + 406.4 / far**0.34, (70e6, 16e9), 1.69 + 410.7 / far**0.28, (5e9, 500e9)),
}
for axes, ours, sizes, which in zip(panels, (by_size, by_rows), (parameter_counts, rows_tried), (0, 2)):
    axes.plot(sizes, ours.mean(axis=1), "o-", markersize=3, label="ours, stories")
    for (name, laws), colour in zip(published.items(), (plots.ORANGE, plots.GREEN)):
        low, high = laws[which + 1]
        axes.plot(far, laws[which], ":", color=colour, linewidth=1)
        inside = (far >= low) & (far <= high)
        axes.plot(far[inside], laws[which][inside], color=colour, label=name)
    axes.set(xscale="log", ylim=(0, 8))
panels[0].set(xlabel="parameters")
panels[1].set(xlabel="training rows or tokens", ylabel="")
panels[0].legend()
plots.show(
    drawing,
    "Ours falls from 3 to 0.8 within two powers of ten and lies flat. Kaplan's falls slowly along the whole "
    "axis; Hoffmann's falls and levels out at 1.69. Beyond the measured range the two published ones cross.",
)

# %% [markdown]
# Solid where the authors measured, dotted beyond; in each panel the other quantity is endless. Compare shapes
# rather than heights: a token is not a word, and each paper has its own text. **Ours** drops to its floor
# within two powers of ten and lies flat: a language of 66 words and a few hundred pairs is soon known. Real text
# is never used up. There are always rarer words, rarer facts, and Kaplan's line falls a little with every power
# of ten: 9,000 times the parameters to halve it.
#
# The exponents belong to those models on that text; ours are others, and yours will be. And look at the dotted
# ends. Hoffmann's law stops at 1.69; Kaplan's goes on to zero, as if text could be foretold to the last token. Its
# authors say themselves that it has to flatten out before. Each was fitted to what was measured, and says nothing
# sure about the rest.
#
# And the 20 tokens a parameter? They do not follow from the formula, as one often reads. They came from another
# estimate in the same paper (table 3), and the formula's constants disagree with it. A later replication
# (Besiroglu and others 2024, [arXiv 2404.10102](https://arxiv.org/abs/2404.10102)) found the fit to be off, and the
# constants rounded too far in print; with its own constants it comes back to about 20. Even the law about laws
# needed checking by somebody else.
#
# ## More than too many
#
# One last mend. Twelve polynomial parameters for twelve points was the worst. What about 13, 30, 200? Now there
# are endlessly many fits that hit every point. `lstsq` takes the one whose parameters are **smallest** (by the
# sum of their squares). The columns below are polynomials too, in a form that keeps numbers tame (Legendre's).
# **Predict** the error on new points at 200 parameters.


# %%
counts = [*range(1, 15), 16, 20, 30, 50, 100, 200]
columns, columns_fine = (np.polynomial.legendre.legvander(points, 199) for points in (x, fine))


def error_with(count, seed):
    """The error on new points: the noise, and how far the fit is from the curve."""
    fitted = np.linalg.lstsq(columns[:, :count], measure(x, seed), rcond=None)[0]
    return 0.09 + np.mean((columns_fine[:, :count] @ fitted - curve(fine)) ** 2)


descent = np.array([[error_with(count, seed) for count in counts] for seed in range(100)])
of = dict(zip(counts, descent.T))
print("200 parameters better than 12, of 100 draws, at least 95:", int(np.sum(of[200] < of[12])) >= 95)
print("4 parameters better than 200, of 100 draws, at least 85: ", int(np.sum(of[4] < of[200])) >= 85)

# %%
drawing, axes = plots.figure(
    "Worst where parameters equal points, then better again", x="parameters", y="error on new points"
)
axes.loglog(counts, np.median(descent, axis=0), marker="o", color=plots.ORANGE)
axes.axvline(12, color=plots.GREY, linestyle=":", label="12 parameters for 12 points")
axes.axhline(0.09, color=plots.GREY, linestyle="--", label="floor")
axes.set_xticks([1, 2, 4, 12, 30, 100, 200], [1, 2, 4, 12, 30, 100, 200])
axes.minorticks_off()
axes.legend()
plots.show(
    drawing,
    "The error falls until 4 parameters, rises to a sharp peak at 12, falls steeply by 14 and stays low up to "
    "200, a little above its lowest value.",
)

# %% [markdown]
# Up to 12 it is the curve from the beginning. At 12 exactly one polynomial hits all points, however wildly it
# must swing. Beyond, there is a choice, and the smallest is a tame one. This is called **double descent** (Belkin
# and others 2019, [arXiv 1812.11118](https://arxiv.org/abs/1812.11118); in deep networks Nakkiran and others
# 2020, [arXiv 1912.02292](https://arxiv.org/abs/1912.02292)). So "more parameters than data" is not what
# overfitting *is*. Two cautions. Here 4 parameters are still the best: many need not overfit, and it does not
# follow that they are better. And large language models mostly see more tokens than they have parameters
# (Chinchilla 20 times as many), so this is not the whole story of why they work.

# %% [markdown]
# ### Exercise 7 · Cure the patient
# ★★★ · 15 minutes · 3 points
#
# The patient had 464 parameters and stood far above the floor. **Build and train** a Keras model that predicts
# the next word from the two before with **at most 464 parameters** and a loss below **0.95** (the floor is 0.82)
# on new stories, which the check writes itself. The input is two numbers, the places of the two words in
# `WORDS`; the output is 66 probabilities. `rows_of(texts)` has a row of three such numbers for each example.
# More parameters are out, and so is a simpler language. Keep some stories apart, and look at both losses.

# %% exercise="next_word_on_a_budget"
next_word_on_a_budget = ...

check(next_word_on_a_budget=next_word_on_a_budget)

# %% [markdown]
# ## What you know now
#
# - Underfitting is poor on training data; overfitting is good there and poor on new data. Two curves tell.
# - Training finds parameters, validation chooses, and a test set used once says how good the choice was.
# - Size and data must grow together; underfitting is cured by parameters, a better model or a simpler task.
# - Returns diminish, often like a power law, whose exponent holds where it was measured and no further.
# - Many parameters overfit when trained to the end on little data; they need not.
#
# **Next:** [08 · Dropout](08_dropout.ipynb). Five cures for a model that overfits, on the same patient.
