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
from utils.embeddings import packed
from utils.many_nets import train_nets
from utils.training import progress_bar

import keras
import numpy as np

# %% [markdown]
# ## Twelve points
#
# Here is a smooth curve, and twelve points measured on it. Each measurement is off by chance, with a spread
# of 0.3. Whoever knew the curve itself would still be wrong by the noise, and the mean square of the noise is
# 0.3² = 0.09. On average over many new points nobody can do better. Such a number is called a **floor**; you
# met one in lesson 01 (the variance of random targets), and one in lesson 05 (the entropy of the stories).
#
# The model is a polynomial: $c_0 + c_1 x + c_2 x^2 + \ldots$ Its parameters are the $c$, so their number is
# ours to choose. `fit` finds those with the smallest mean squared error, and gives back the polynomial, which is
# called like a function.


# %%
def curve(x):
    return np.sin(3 * x + 0.5)


def measure(x, seed):
    """The curve at x, each value off by chance."""
    return curve(x) + np.random.default_rng(seed).normal(0, 0.3, size=len(x))


x = np.linspace(-1, 1, 12)
y = measure(x, seed=11)

# %% [markdown]
# **Predict** for 2, 4 and 12 parameters: how wrong is the fit on the twelve points themselves? (Twelve numbers
# to choose, twelve points to hit.) And can that error be below the floor?


# %%
def polynomial(x, y, parameters):
    return np.polynomial.Polynomial.fit(x, y, deg=parameters - 1)


fits = {parameters: polynomial(x, y, parameters) for parameters in (2, 4, 12)}
for parameters, fit in fits.items():
    error = np.mean((fit(x) - y) ** 2)
    print(f"{parameters:2} parameters: error on the twelve points {error:.2f}")

# %% tags=["hide-input"]
# @title Draw the three fits
title = "Too few, about right, too many"
drawing, panels = plots.figure(title, x="x", y="y", columns=3, size=(9.5, 3.2))
fine = np.linspace(-1, 1, 400)
for axes, (parameters, fit) in zip(panels, fits.items()):
    axes.plot(fine, curve(fine), color=plots.GREY, linestyle="--", label="the curve")
    axes.plot(fine, fit(fine), label="the fit")
    axes.scatter(x, y, s=18, color=plots.ORANGE, zorder=3, label="points")
    axes.set(title=f"{parameters} parameters", ylim=(-2.2, 2.2))
panels[0].legend(fontsize=8)
plots.show(
    drawing,
    "Three panels. 2 parameters: a straight line that misses the bend of the points. "
    "4: close to the curve. 12: through every point, with swings between them that "
    "leave the picture near the ends.",
)

# %% [markdown]
# **Left:** a straight line cannot bend, so it misses the points it was fitted to. **Middle:** near the dashed
# curve, and through hardly any point; its error is a little below the floor already. **Right:** through every
# point, error zero, and between the points, near the ends, it swings right out of the picture. It has learned the
# noise by heart. That is how an error gets below the floor.
#
# What counts is a point that was **not** used for the fit. So measure 400 new ones; and because twelve points
# may be lucky, do it all 200 times with other noise. **Predict** how many parameters will be best on new points.


# %%
def both_errors(parameters, seed):
    """The error on twelve points that were fitted, and on 400 new ones."""
    x_new = np.random.default_rng(seed).uniform(-1, 1, size=400)
    y, y_new = measure(x, seed), measure(x_new, seed + 10_000)
    fit = polynomial(x, y, parameters)
    return np.mean((fit(x) - y) ** 2), np.mean((fit(x_new) - y_new) ** 2)


# %% [markdown]
# Twelve sizes and 200 draws. `errors` has three dimensions: the draw, the size, and old or new points. `median`
# takes the middle of the draws (axis 0) and leaves a row for each size; `.T` makes columns into rows, one for
# old points and one for new. `argmin` says at which place the lowest error of each draw stands.

# %%
sizes = np.arange(1, 13)
errors = np.array([[both_errors(p, seed) for p in sizes] for seed in range(200)])
old, new = np.median(errors, axis=0).T  # errors: draws, sizes, old and new
best = errors[:, :, 1].argmin(axis=1) + 1
print("parameters  old points  new points  best on new")
for p in sizes:
    print(f"{p:10} {old[p - 1]:11.3f} {new[p - 1]:11.3f} {np.sum(best == p):12}")

# %% tags=["hide-input"]
# @title Draw both errors
title = "On old points more is always better; on new points it is not"
drawing, axes = plots.figure(title, x="parameters", y="mean squared error")
axes.semilogy(sizes[:-1], old[:-1], marker="o", label="old points (training)")
axes.semilogy(sizes, new, marker="o", label="new points (validation)")
axes.axhline(0.09, color=plots.GREY, linestyle="--", label="floor: the noise")
axes.set(ylim=(0.001, 3), xticks=sizes)
axes.legend()
plots.show(
    drawing,
    "The error on old points falls steadily, through the floor. The error on new "
    "points falls until 4 parameters, is much the same at 5 and 6, rises slowly, and "
    "shoots up at 11 and 12.",
)

# %% [markdown]
# Each dot is the middle of 200 draws. On old points (blue) every parameter helps, and the line goes right
# through the floor; at twelve it is zero, which has no place on a logarithmic axis. On new points (orange) the
# line never gets below the floor. It falls, is lowest at 5 with 4 and 6 close behind, and rises. Which of them is
# best in a single draw is chance: see the last column.
#
# Now the two words have a meaning that one can measure:
#
# - **Underfitting:** the loss is poor *even on the training data*. The model could not, or did not, learn
#   what is there. (Up to 3 parameters.)
# - **Overfitting:** the loss is good on the training data and clearly worse on new data. The model has learned
#   what was only chance. (Beyond 6, where the two lines part further and further; at 11 nobody can miss it.)
#
# The difference between the two losses, new minus old, is called the **gap**. It is there before it does harm:
# even at 5, the best size, it is 0.07, since part of what was fitted was chance. What matters is whether more of
# it costs new points anything. (At 2 it is below zero: for a straight line the twelve places are harder than
# places in general.)
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
    validation = rng.random((200, 40)) < 0.5  # True: answered right
    test = rng.random((200, 1000)) < 0.5
    winner = validation.mean(axis=1).argmax()
    shown.append(validation[winner].mean())
    truth.append(test[winner].mean())

# %% [markdown]
# What did the winners show, and what are they worth?

# %%
print("the winner's share of right answers, in 20 rounds:")
for name, shares in (("40 questions", shown), ("1,000 further", truth)):
    print(f"{name:13} middle {np.median(shares):.2f}", end="")
    print(f", lowest {min(shares):.2f}, highest {max(shares):.2f}")

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
# it**. `packed` (lesson 06) says for each pair of words how often each word came after it in 3,000 stories. Divided
# by the number of all rows, that is how probable a pair and the word after it are, together.


# %%
def language(texts):
    """The pairs of words, one-hot, and how probable each pair and next word are."""
    contexts, following = stories.windows(texts, words=2)
    pairs, times = packed(contexts, following, 67)
    one_hot = np.eye(67)[pairs].reshape(len(pairs), 134)  # the two words side by side
    return one_hot, times.astype("float64") / len(following)


texts = stories.write(3000, seed=0)
one_hot, table = language(texts)
print("inputs", one_hot.shape, " table", table.shape, f" its sum {table.sum():.3f}")

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
    # how probable each word is after its pair: each row divided by its own sum
    share = table / table.sum(axis=1, keepdims=True)
    return -np.sum(table[table > 0] * np.log(share[table > 0]))


floor = floor_of(table)
print(f"floor {floor:.3f} nats a word, a perplexity of {np.exp(floor):.2f}")
print(f"all 67 words alike: {np.log(67):.2f} nats a word")

# %% [markdown]
# (With the whole story in view the floor is lower, about 0.26 nats a word: lesson 05's perplexity of 1.30. Two
# words do not tell who the hero was. The model of lesson 06 came close to this floor.)
#
# The model: the pair as two one-hot rows side by side, a hidden layer with ReLU, a softmax over the words,
# cross-entropy as loss. All its parts are known to you. **Predict** the number of parameters for 2 hidden units:
# 134 inputs, 67 outputs.

# %%
hidden = keras.layers.Dense(2, activation="relu")
output = keras.layers.Dense(67, activation="softmax")
model = keras.Sequential([keras.Input((134,)), hidden, output])
print(f"predicted {(134 * 2 + 2) + (2 * 67 + 67)}, Keras says {count(model)}")

# %% [markdown]
# We will train about 250 of these. Keras trains one at a time; `train_nets` in `utils/many_nets.py` does the same
# kind of arithmetic for many nets at once, with random starts, Adam, and a learning rate that falls to zero over
# the second half. Each net's training data is its **own table**: the share that each pair and next word has in the
# rows drawn for it. So an epoch is one step over all of it.
#
# Every fourth epoch two losses are written down: on the net's own rows (training), and on the whole language
# (validation). They come back as one array. Its first index says which loss (0 training, 1 validation), the second
# when, the third which net: `[1, -1]` are the validation losses of all nets at the end.
#
# What we still need is the drawing of rows. `multinomial` throws `rows` dice with as many sides as the table has
# entries, each side as probable as its entry says, and counts.


# %%
def drawn(rows, seeds):
    """For each seed a table of that many rows, drawn from the language."""
    tables = []
    for seed in seeds:
        rng = np.random.default_rng([rows, seed])
        tables.append(rng.multinomial(rows, table.ravel()).reshape(table.shape))
    return np.array(tables) / rows


# %% [markdown]
# ## Two curves tell
#
# Three cases, four random draws and starts each. **Predict** for each whether its training loss will end above,
# at or below the floor, and where its validation loss goes: 2 units with 12,800 rows; 32 units with 12,800
# rows; 32 units with 200 rows.

# %%
cases = {"underfitting": (2, 12_800), "good": (32, 12_800), "overfitting": (32, 200)}
curves = {}
for name, (units, rows) in cases.items():
    curves[name] = train_nets(units, drawn(rows, range(4)), one_hot, table)

# %% [markdown]
# Where do they end?

# %%
print(f"floor {floor:.2f}; the lowest and the highest of four:")
print("              training        validation")
for name, nets in curves.items():
    train, new = nets[:, -1]
    print(f"{name:12}  ≈ {train.min():.2f} to {train.max():.2f}", end="")
    print(f"  ≈ {new.min():.2f} to {new.max():.2f}")

# %% tags=["hide-input"]
# @title Draw the curves
epochs = np.arange(4, 201, 4)


def draw_curves(axes, nets):
    for losses, colour in zip(nets, (plots.BLUE, plots.ORANGE)):
        axes.plot(epochs, losses, color=colour, linewidth=1)
    axes.axhline(floor, color=plots.GREY, linestyle="--")


title, y_label = "Both high, both low, or far apart", "nats a word"
drawing, panels = plots.figure(title, "epoch", y_label, columns=3, size=(9.5, 3.3))
for axes, (name, (units, rows)) in zip(panels, cases.items()):
    draw_curves(axes, curves[name])
    axes.set(ylim=(0, 7))
    axes.set_title(f"{units} units, {rows:,} rows: {name}", fontsize=9)
handles = [panels[1].lines[place] for place in (0, 4, 8)]
panels[1].legend(handles, ["training", "validation", "floor"])
plots.show(
    drawing,
    "Left: training and validation loss lie on each other, well above the floor. "
    "Middle: both end close to the floor. Right: training loss falls below the floor, "
    "validation loss falls, turns, and climbs far up.",
)

# %% [markdown]
# Four thin lines of each colour, one for each draw. **Left:** both curves lie on each other and end well above
# the floor: the model is as bad on its own rows as on new ones. **Middle:** both end within a few hundredths of
# the floor. **Right:** the training loss sinks *below* the floor; so far below is only possible by learning rows
# by heart.
# The validation loss falls at first, turns within a few epochs, and climbs.
#
# Look at the last line of the print as well: the overfitted nets are **worse than knowing nothing**.
# A model that gives every word 1/67 pays 4.20 nats. These have seen few words or none after each pair, are sure
# of them all the same, and cross-entropy makes them pay for being sure and wrong.
#
# Now without names.

# %% tags=["hide-input"]
# @title Train and draw four cases without their names
quiz = {"A": (2, 6400), "B": (32, 400), "C": (2, 100), "D": (16, 25_600)}
title, y_label = "Which is which?", "nats a word"
drawing, panels = plots.figure(title, "epoch", y_label, columns=4, size=(10, 3))
for axes, (letter, (units, rows)) in zip(panels, quiz.items()):
    draw_curves(axes, train_nets(units, drawn(rows, range(3)), one_hot, table))
    axes.set(title=letter, ylim=(0, 8))
plots.show(
    drawing,
    "Four panels. A: both losses together, well above the floor. B: training loss "
    "ends below the floor, validation loss turns and climbs. C: training loss ends "
    "above the floor, validation loss climbs far above it. D: both end close to it.",
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
UNITS, ROWS = (1, 2, 4, 8, 16, 32), (100, 200, 400, 800, 1600, 3200, 6400, 12_800)
all_tables = np.concatenate([drawn(rows, range(3)) for rows in ROWS])

bar = progress_bar(len(UNITS), "sizes")
runs = []
for units in UNITS:
    runs.append(train_nets(units, all_tables, one_hot, table))
    bar.update(1)
bar.close()

# %% [markdown]
# All 144 go into one array, with a dimension for each thing that was varied.

# %%
# units; training or validation; written down; rows; draw
runs = np.array(runs).reshape(6, 2, 50, 8, 3)
last = runs[:, :, -1]
excess = last.mean(axis=-1) - floor  # axis -1 is the last: the mean of three draws

# %% tags=["hide-input"]
# @title Draw the two maps
drawing = plots.maps(
    "Overfitting at the top left, underfitting along the bottom (loss minus floor)",
    {"training loss": excess[::-1, 0], "validation loss": excess[::-1, 1]},
    rows=UNITS[::-1],
    columns=ROWS,
    digits=1,
    size=(10.5, 3.6),
)
for axes in drawing.axes[:2]:
    axes.set(xlabel="training rows", ylabel="hidden units")
    axes.tick_params(axis="x", labelsize=8)
plots.show(
    drawing,
    "Two maps of six sizes by eight amounts of rows, with one scale of colours. "
    "Training loss: red in the lowest rows, pale blue (below the floor) at the upper "
    "left, near zero at the upper right. Validation loss: deep red on the left, red "
    "along the bottom, near zero only at the upper right.",
)

# %% [markdown]
# Mean of three draws, with the floor subtracted: white is within about 0.2 of the floor, red is above it, blue
# below. All nets had 200 epochs.
#
# - **Left map, bottom:** one or two units stay red however much data they get. They underfit.
# - **Left map, upper left:** pale blue. The training loss is below the floor, learned by heart. (It cannot be far
#   below: no loss is less than 0.)
# - **Right map, left columns:** red, the deepest at 100 rows. With 100 or 200 rows every size fails on new rows.
#   Where the left map is blue, that is overfitting; where it is red, it is both.
# - **Right map, upper right:** near zero. Enough parameters **and** enough rows; neither makes up for the other.
#
# Each *row* of the right map is a curve of its own: loss by number of rows. Take a small and a large model.

# %%
small, large = last[1, 1], last[5, 1]  # validation loss: rows, draws
small_best, large_best = runs[1, 1].min(axis=0), runs[5, 1].min(axis=0)
print("validation loss, mean of three draws, 2 and 32 units")
print("  rows  last epoch       best epoch")
for place, rows in enumerate(ROWS):
    print(f"{rows:6,}  ≈ {small[place].mean():.2f}", end="")
    print(f" and {large[place].mean():.2f}", end="")
    print(f"  ≈ {small_best[place].mean():.2f}", end="")
    print(f" and {large_best[place].mean():.2f}")

# %% tags=["hide-input"]
# @title Draw validation loss by number of rows
title = "Trained to the end: with few rows the small model wins"
drawing, axes = plots.figure(title, "training rows", "validation loss, nats a word")
for nets, label in ((small, "2 units"), (large, "32 units")):
    axes.loglog(ROWS, nets.mean(axis=-1), marker="o", label=label)
    axes.fill_between(ROWS, nets.min(axis=-1), nets.max(axis=-1), alpha=0.2)
axes.axhline(floor, color=plots.GREY, linestyle="--", label="floor")
axes.set_xticks(ROWS, ROWS)
axes.set_yticks([1, 2, 4, 8], [1, 2, 4, 8])
axes.minorticks_off()
axes.legend()
plots.show(
    drawing,
    "Two falling curves that cross. With 100 to 400 rows the small model is lower; "
    "from 1600 on the large one is, and it goes on to the floor where the small one "
    "stays flat.",
)

# %% [markdown]
# Lines are means at the last epoch, bands reach from the lowest to the highest of three draws. With few rows the
# small model is the less bad one: it has less room for chance. (With 100 or 200 rows both are worse than the 4.20
# of knowing nothing.) With many, the large one passes it and goes on down to the floor, while the small one lies
# flat: more data does not help a model that is too small. Curves like these, loss by number of examples, are
# called **learning curves**; so are those by epoch, which is why one should say which.
#
# So "too many parameters, too little data: overfitting". Was it the parameters alone? The lines printed above the
# figure compare the same nets, first at their last epoch, then each at its **best epoch**. Stopped in time, the
# large model is the better one with few rows too. What overfitted was a large model **that was trained to the
# end**. "Too many parameters, too little data" needs a third part: *and enough training to learn the noise*.
# Lesson 08 makes a cure of this, with others. (Here the best epoch was looked up by the loss on the whole
# language. With real text it has to be chosen by a validation set, which has luck in it.)
#
# ## Three cures for underfitting
#
# A model that underfits is poor on its own rows, so more rows won't help: the lower edge of the map. Three
# things are said to: **more parameters**, **a better model**, **simpler data**. Our patient has 2 units, and as
# many rows as it likes: its training table is the language itself. Six random starts each.
#
# - *More parameters:* 4 units, then 8.
# - *A better model:* the same 471 parameters without the ReLU. Lesson 02 said that without it two layers are no
#   more than one. True, but one layer from 134 to 67 would have 9,045 parameters; this is one made from 471. And
#   ReLU leaves two units no negative values: of all directions in a plane, a quarter.
# - *Simpler data:* only the first two sentences of each story. Fewer words, fewer pairs, another floor.
# - One that is often forgotten: *train longer*, four times here.

# %%
# the language itself, six times: [None] gives it one dimension more, in front
patient = np.repeat(table[None], 6, axis=0)
beginnings = [" ".join(text.split()[:14]) for text in texts]  # the first two sentences
two_one_hot, two_table = language(beginnings)
two_floor = floor_of(two_table)
print(f"floor {floor:.2f}; of the first two sentences alone {two_floor:.2f}")

# %%
cures = {
    "2 units": train_nets(2, patient, one_hot, table),
    "4 units": train_nets(4, patient, one_hot, table),
    "8 units": train_nets(8, patient, one_hot, table),
    "2 units, no ReLU": train_nets(2, patient, one_hot, table, relu=False),
    "2 units, 4 times longer": train_nets(2, patient, one_hot, table, epochs=800),
}
above = {name: nets[0, -1] - floor for name, nets in cures.items()}
two = np.repeat(two_table[None], 6, axis=0)
nets = train_nets(2, two, two_one_hot, two_table)
above["2 units, two sentences"] = nets[0, -1] - two_floor

# %% [markdown]
# How far from the floor does each end?

# %%
print("loss minus floor, of six starts:")
for name, losses in above.items():
    print(f"{name:24} ≈ {losses.min():.2f} to {losses.max():.2f}", end="")
    print(f"  mean ≈ {losses.mean():.2f}")

# %% tags=["hide-input"]
# @title Draw the cures
title = "Every cure brings the patient nearer to the floor, on average"
drawing, axes = plots.figure(title, x="loss minus floor, nats a word")
for place, (name, losses) in enumerate(reversed(above.items())):
    colour = plots.ORANGE if name == "2 units" else plots.BLUE
    axes.barh(place, losses.mean(), color=colour, alpha=0.6)
    axes.plot(losses, [place] * 6, "o", markersize=3, color="black")
axes.set_yticks(range(6), reversed(list(above)))
plots.show(
    drawing,
    "Six bars with dots for six starts. The longest is the patient, 2 units. 4 and 8 "
    "units are close to zero; no ReLU, longer training and two sentences are clearly "
    "shorter than the patient.",
)

# %% [markdown]
# Bars are means, dots the six starts. All help on average; doubling and quadrupling the units helps most, and from
# every start. Longer training helps some starts much and others little: the worst of its dots is about as far off
# as the best of the patient's. Leaving out the ReLU costs nothing, not one parameter. The last bar needs honesty:
# its distance is to a *lower* floor, and
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
parameter_counts = 202 * units_tried + 67
by_size = [train_nets(units, patient, one_hot, table)[1, -1] for units in units_tried]
by_size = np.array(by_size) - floor  # sizes, starts

rows_tried = np.array([*ROWS, 25_600])
most_rows = train_nets(32, drawn(25_600, range(3)), one_hot, table)[1]
by_rows = np.vstack([runs[5, 1].min(axis=0), most_rows.min(axis=0)]) - floor

# %% [markdown]
# What did each doubling buy?

# %%
means, before = by_size.mean(axis=1), None
print("parameters  above the floor  bought")
for number, mean in zip(parameter_counts, means):
    print(f"{number:10,}         ≈ {mean:.4f}", end="")
    print("" if before is None else f"  ≈ {before - mean:.4f}")
    before = mean

# %% [markdown]
# Each line has twice the units of the one before. The first two doublings buy most of what there is (the second
# even more than the first); from then on each buys far less than the one before, and the last next to nothing.
#
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
def law(sizes, above):
    slope, start = np.polyfit(np.log(sizes), np.log(above), deg=1)
    return np.exp(start), -slope


b_size = [law(parameter_counts, one)[1] for one in by_size.T]
b_rows = [law(rows_tried, one)[1] for one in by_rows.T]
print(f"exponent b by parameters, six starts: ≈ {min(b_size):.2f} to {max(b_size):.2f}")
print(f"exponent b by rows, three draws:      ≈ {min(b_rows):.2f} to {max(b_rows):.2f}")

# %% [markdown]
# A law is used to look ahead. Somebody who can pay for the four smallest only draws a line through these. What
# does it promise for the largest, and what was there?

# %%
for what, sizes, losses in (
    ("parameters", parameter_counts, means),
    ("rows", rows_tried, by_rows.mean(axis=1)),
):
    a, b = law(sizes[:4], losses[:4])
    largest, promised = sizes[-1], a * sizes[-1] ** -b
    print(f"{what}: b of the four smallest ≈ {b:.1f},")
    print(f"  of the four largest ≈ {law(sizes[-4:], losses[-4:])[1]:.1f}")
    print(f"  at {largest:,} promised ≈ {promised:.5f}, there is ≈ {losses[-1]:.5f}")

# %% [markdown]
# One more question to the largest: was it given time enough?

# %%
longer = train_nets(64, patient[:3], one_hot, table, epochs=800)[1, -1] - floor
print("64 units, above the floor:")
print(f"200 epochs ≈ {by_size[-1].min():.5f} to {by_size[-1].max():.5f}")
print(f"800 epochs ≈ {longer.min():.5f} to {longer.max():.5f}")

# %% tags=["hide-input"]
# @title Draw both laws
title = "Straight at first sight; lines through small sizes mislead"
drawing, panels = plots.figure(title, columns=2, size=(9.5, 3.6))
both = ((parameter_counts, by_size), (rows_tried, by_rows))
for axes, (sizes, losses) in zip(panels, both):
    axes.loglog(sizes, losses, ".", color=plots.GREY)
    for some, style, name in ((9, "-", "all"), (4, ":", "four smallest only")):
        a, b = law(sizes[:some], losses.mean(axis=1)[:some])
        axes.loglog(sizes, a * sizes**-b, style, label=f"b = {b:.1f}, {name}")
    axes.legend()
panels[0].set(xlabel="parameters", ylabel="loss minus floor, nats a word")
panels[1].set(xlabel="training rows")
plots.show(
    drawing,
    "Two log-log plots. Left, by parameters: dots fall by nearly four powers of "
    "ten, and less steeply for the largest sizes; the line through the small ones ends "
    "below the last. Right, by rows: dots fall by more than two powers of ten; a line "
    "through the small amounts is too flat.",
)

# %% [markdown]
# Each dot is a net. The solid line goes through all sizes; the dotted one through the **four smallest alone**, as
# drawn by somebody who cannot pay for the large ones yet. Both plots look straight at first sight, and both bend
# when you look along them. **Right:** the line through the small amounts promised too little: there the fall
# begins slowly and gets steeper. A power law through three or four points is easy to draw, and says little about
# what lies beyond them.
#
# **Left:** the small models promised more than the largest kept: what it has left above the floor is about three
# times what they promised. Are larger ones no use, then? Look at the last line printed above the figure. Four
# times the epochs take most of the rest away: what held the largest net up was not its size but the 200 epochs.
# (So it was, in part, with the patient's 2 units.) A curve of "loss by size" shows *whatever ran short*, and one
# has to ask what that was.

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
#   appendix D.2, equation 10): $L(N, D) = 1.69 + 406.4 / N^{0.34} + 410.7 / D^{0.28}$. A floor of 1.69.
#
#   The same paper is the source of "**20 tokens a parameter**" as the best way to spend an amount of computing:
#   Chinchilla has 70 billion parameters and saw 1.4 trillion tokens.
#
# All in nats a token, so they can be drawn on the axes of ours. **Predict:** how many times as many parameters
# halve Kaplan's loss? And does Hoffmann's formula, with a cost of 6 · parameters · tokens (lesson 04), lead to 20?

# %%
print(f"to halve the loss, Kaplan: {2 ** (1 / 0.076):,.0f} times the parameters")
print(f"to halve what is above the floor, Hoffmann: {2 ** (1 / 0.34):.1f} times")
print(f"the same, for ours: ≈ {2 ** (1 / np.mean(b_size)):.1f} times")

# %%
N = np.geomspace(1e9, 1e12, 2000)  # from a billion to a thousand billion parameters
D = 6 * 70e9 * 1.4e12 / (6 * N)  # the tokens that Chinchilla's computing pays for
best = np.argmin(1.69 + 406.4 / N**0.34 + 410.7 / D**0.28)
print(f"Chinchilla: {1.4e12 / 70e9:.0f} tokens a parameter")
print(f"best by the formula: about {D[best] / N[best]:.0f}")

# %% [markdown]
# Both laws on the axes of ours, with what each paper measured: from 768 to 1.5 billion parameters and 22 million
# to 23 billion tokens in Kaplan's, 70 million to 16 billion and 5 to 500 billion in Hoffmann's.


# %%
far = np.geomspace(1e2, 1e14, 1201)
by_parameters = {
    "Kaplan 2020": (8.8e13 / far) ** 0.076,
    "Hoffmann 2022": 1.69 + 406.4 / far**0.34,
}
by_tokens = {
    "Kaplan 2020": (5.4e13 / far) ** 0.095,
    "Hoffmann 2022": 1.69 + 410.7 / far**0.28,
}

# %% [markdown]
# Do the two laws ever say the same? `np.sign` is 1 where Kaplan's is above Hoffmann's and −1 where it is below.
# Where it changes from one place to the next (`np.diff` is not 0), they cross.

# %%
for name, laws in (("parameters", by_parameters), ("tokens", by_tokens)):
    above_or_below = np.sign(laws["Kaplan 2020"] - laws["Hoffmann 2022"])
    crossings = far[1:][np.diff(above_or_below) != 0]
    print(f"by {name} the two laws cross at", [f"{place:.0e}" for place in crossings])

# %% tags=["hide-input"]
# @title Draw ours and theirs
title, y_label = "The same axes, three worlds", "loss, nats a token"
drawing, panels = plots.figure(title, y=y_label, columns=2, size=(9.5, 3.6))
measured = {
    "Kaplan 2020": ((768, 1.5e9), (22e6, 23e9), plots.ORANGE),
    "Hoffmann 2022": ((70e6, 16e9), (5e9, 500e9), plots.GREEN),
}
panels[0].plot(parameter_counts, means + floor, "o-", markersize=3, label="ours")
panels[1].plot(rows_tried, by_rows.mean(axis=1) + floor, "o-", markersize=3)
for name, (*ranges, colour) in measured.items():
    for axes, laws, (low, high) in zip(panels, (by_parameters, by_tokens), ranges):
        inside = (far >= low) & (far <= high)
        axes.plot(far, laws[name], ":", color=colour, linewidth=1)
        axes.plot(far[inside], laws[name][inside], color=colour, label=name)
for axes, what in zip(panels, ("parameters", "training rows or tokens")):
    axes.set(xscale="log", ylim=(0, 8), xlabel=what)
panels[0].legend()
plots.show(
    drawing,
    "Ours falls from 3 to 0.8 within two powers of ten and lies flat. Kaplan's falls "
    "slowly along the whole axis; Hoffmann's falls and levels out at 1.69. By "
    "parameters the two cross twice, once inside the range that was measured; by "
    "tokens they never do, and Hoffmann's stays above.",
)

# %% [markdown]
# Solid where the authors measured, dotted beyond; in each panel the other quantity of the two laws is endless. (By
# parameters they cross at 10 million, where Kaplan and others measured and Hoffmann and others did not, and at 40
# billion, where neither did; by tokens never: Hoffmann's stays above.) Compare shapes rather than heights: a token
# is not a word, each paper has its own text, and Kaplan's counts no embeddings. **Ours** drops to its floor
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
points = np.polynomial.legendre.legvander(x, 199)
everywhere = np.polynomial.legendre.legvander(fine, 199)


def error_with(count, seed):
    """The error on new points: the noise, and how far the fit is from the curve."""
    fitted = np.linalg.lstsq(points[:, :count], measure(x, seed), rcond=None)[0]
    return 0.09 + np.mean((everywhere[:, :count] @ fitted - curve(fine)) ** 2)


# %% [markdown]
# A hundred draws of each, and the middle of them.

# %%
draws = np.array([[error_with(c, seed) for c in counts] for seed in range(100)])
middle = np.median(draws, axis=0)
for number in (4, 5, 6, 11, 12, 13, 14, 30, 200):
    print(f"{number:3} parameters: error ≈ {middle[counts.index(number)]:.2f}")

four, five, twelve, most = draws[:, [counts.index(c) for c in (4, 5, 12, 200)]].T
print("of 100 draws, 200 parameters better than 12 in ≈", np.sum(most < twelve))
print("              5 better than 200 in ≈", np.sum(five < most))
print("              5 better than 4 in ≈", np.sum(five < four))

# %% tags=["hide-input"]
# @title Draw the errors
title = "Worst where parameters equal points, then better again"
drawing, axes = plots.figure(title, "parameters", "error on new points")
axes.loglog(counts, middle, marker="o", color=plots.ORANGE)
axes.axvline(12, color=plots.GREY, linestyle=":", label="12 parameters, 12 points")
axes.axhline(0.09, color=plots.GREY, linestyle="--", label="floor")
axes.set_xticks([1, 2, 4, 12, 30, 100, 200], [1, 2, 4, 12, 30, 100, 200])
axes.minorticks_off()
axes.legend()
plots.show(
    drawing,
    "The error falls until 4 parameters and is lowest at 5, rises to a sharp peak at "
    "12 and 13, falls steeply to 14 and stays low up to 200, a little above its "
    "lowest value.",
)

# %% [markdown]
# Up to 12 it is the curve from the beginning (from fewer draws, so the numbers differ a little, and at 12 more).
# At 12 exactly one polynomial hits all points, however wildly it must swing. Beyond, there is a choice, and the
# smallest is a tame one in this form. This is called **double descent** (Belkin
# and others 2019, [arXiv 1812.11118](https://arxiv.org/abs/1812.11118); in deep networks Nakkiran and others
# 2020, [arXiv 1912.02292](https://arxiv.org/abs/1912.02292)).
#
# By our own words the large ones overfit: on the twelve points their error is zero, the noise is learned by heart.
# But 200 parameters pay about a tenth of what 12 pay for it on new points. So the number of parameters alone does
# not say how much overfitting costs. Two cautions. Here a few parameters, 4 to 6, are still the best: many need
# not do much harm, and it does not follow that they are better. And large language models mostly see more tokens
# than they have parameters (Chinchilla 20 times as many), so this is not the whole story of why they work.

# %% [markdown]
# ### Exercise 7 · Cure the patient
# ★★★ · 15 minutes · 3 points
#
# The patient had 471 parameters and stood far above the floor. **Build and train** a Keras model that predicts
# the next word from the two before with **at most 471 parameters** and a loss below **0.95** (the floor is 0.81)
# on new stories, which the check writes itself. The input is two numbers, the numbers of the two words in
# `stories.VOCABULARY`; the output is 67 probabilities. `stories.windows(texts, words=2)` makes such inputs and
# targets.
# More parameters are out, and so is a simpler language. Keep some stories apart, and look at both losses.

# %% exercise="next_word_on_a_budget"
next_word_on_a_budget = ...

check(next_word_on_a_budget=next_word_on_a_budget)

# %% [markdown]
# ## What you know now
#
# - Underfitting is poor on training data; overfitting is good there and poor on new data. Two curves tell.
# - Training finds parameters, validation chooses, and a test set used once says how good the choice was.
# - Size and data must grow together; underfitting is cured by more parameters, a better model, longer training
#   or a simpler task.
# - Returns diminish, often like a power law, whose exponent holds where it was measured and no further.
# - Many parameters on little data can overfit badly when trained to the end; how badly, their number alone does
#   not say.
#
# **Next:** [08 · Dropout](08_dropout.ipynb). Five cures for a model that overfits, on the same patient.
