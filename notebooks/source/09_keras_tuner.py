# %% [markdown]
# # 09 · KerasTuner
#
# > **At the end you can** describe a search space, choose between grid, random, Bayesian and Hyperband
# > search, say what a search will cost before it starts, spread it over processes, and not fool yourself
# > with its result.
#
# The last lesson had a drawer full of cures, and each came with a number that somebody had to choose: how
# much dropout, how much L2, when to stop. So did every lesson before it. Until now we chose, or you did, by
# trying a few values. This lesson lets a program do the trying, and looks closely at what that is worth.
#
# **Time:** about 110 minutes, of which the computer needs one to two. A good place for a break is before "A
# search that was killed".
# **You need:** lessons 01 to 08.

# %%
from utils import plots, stories
from utils.checking import check
from utils.counting import count
from utils.distributed_search import commands, finished_trials, run_alone, run_search
from utils.story_table import replay, train_many, word_losses
from utils.text import aligned

import inspect
import keras
import keras_tuner as kt
import math
import numpy as np
import tempfile
import tensorflow as tf
import time
import warnings
from pathlib import Path

# %% [markdown]
# ## The model to be tuned
#
# The task is the one of lesson 05: guess the next word of a story, here from the three words before it.
# `stories.windows` cuts stories up for it: three numbers of words, and the number of the word that comes
# next. The numbers go up to 66, for there are 66 words, and `<end>` stands before a story and after it.
# Our models take **one-hot** vectors (lesson 05), three side by side: row number 5 of the square `np.eye(67)`
# is the one-hot vector of word 5. As lesson 06 has shown, a dense layer on one-hot vectors reads rows from a table:
# here one table for each of the three places, whose rows it adds up, with the biases.


# %%
def one_hot(texts):
    """Three words in, one-hot, and the number of the next word, for every place."""
    before, after = stories.windows(texts, 3)
    return np.eye(67)[before].reshape(len(before), 3 * 67), after


x, y = one_hot(stories.write(40, seed=1))
valid_x, valid_y = one_hot(stories.write(20, seed=2))
print("training", x.shape, " validation", valid_x.shape)
print(f"blind guess: loss {np.log(67):.2f}")

# %% [markdown]
# Forty stories to learn from, twenty others to choose by. A model that knows nothing and gives every word
# the same probability has a loss of ln 67, which is 4.20.
#
# Three words are a short memory. Nobody who sees only three can reach the best possible loss of lesson 05 (a
# perplexity of 1.30, so 0.26 nats a word); the good models below end between 0.8 and 0.9. That is enough to tell good
# hyperparameters from bad ones, and a training takes a few seconds.

# %% [markdown]
# ## Saying what may be tried
#
# **KerasTuner** (O'Malley and others 2019) is Keras' library for such searches. You write a function that
# builds a model, as always. Where a number was, you now ask an object called `hp`, for *hyperparameters*.
# Asking does two things: it **notes** the name and the range, and it **answers** with a value.

# %%
hp = kt.HyperParameters()
units = hp.Int("units", min_value=8, max_value=64, step=8)
activation = hp.Choice("activation", ["relu", "tanh"])
print("answers:", units, activation)
print("noted:  ", [(entry.name, len(list(entry.values))) for entry in hp.space])

# %% [markdown]
# The answers are the default values, since nobody searches yet. Noted are the names, and how many values
# each may take: 8 numbers of units, 2 activations. All that is noted together is the **search space**; one
# way of filling it in is a **configuration**; to train one configuration and measure it is a **trial**.
#
# Learning rates are special. Between 0.0001 and 1, where should a search look? **Predict:** if you draw such
# numbers with every value equally likely, how many of 1000 come out below 0.1? And below 0.01?


# %%
def draws(sampling):
    hp = kt.HyperParameters()
    hp.Float("rate", 1e-4, 1.0, sampling=sampling)
    from_0_to_1 = np.random.default_rng(0).random(1000)
    noted = hp.space[0]  # it turns a number from 0 to 1 into a value
    return np.array([noted.prob_to_value(u) for u in from_0_to_1])


# %%
for sampling in ("linear", "log"):
    below = [int((draws(sampling) < limit).sum()) for limit in (0.001, 0.01, 0.1, 1.0)]
    print(f"{sampling:6} below 0.001, 0.01, 0.1, 1: {below}")

# %% [markdown]
# On the **linear** scale nine in ten trials are spent between 0.1 and 1, where several trainings of lesson 04
# broke. On the **logarithmic** scale each factor of ten gets the same share, here a quarter. So: whatever
# you would try in steps of "three times as much" (rates, L2 strengths, often units) is searched with
# `sampling="log"`; whatever you would try in equal steps, 0.1, 0.2, 0.3 (dropout), is not.

# %% [markdown]
# ### Exercise 1 · A value on the logarithmic scale
# ★★☆ · 7 minutes · 2 points
#
# A random search draws `u`, a random number between 0 and 1, and turns it into a value between `low` and
# `high` on the logarithmic scale: 0 gives `low`, 1 gives `high`, and equal steps of `u` multiply the value
# by equal factors. Write this.


# %% exercise="log_uniform"
def log_uniform(low, high, u):
    """The value at the part u of the logarithmic way from low to high."""
    ...


check(log_uniform)

# %% [markdown]
# ## Some questions arise only sometimes
#
# `hp.Boolean` asks for yes or no, and a `conditional_scope` holds what is to be asked only after a certain
# answer. A dropout rate without dropout would be a hyperparameter that changes nothing. Here is a model
# with all of it.


# %%
def rich_model(hp):
    units = hp.Int("units", 8, 64, step=8)
    activation = hp.Choice("activation", ["relu", "tanh"])
    model = keras.Sequential([keras.Input((201,))])
    model.add(keras.layers.Dense(units, activation))
    if hp.Boolean("dropout"):
        with hp.conditional_scope("dropout", [True]):
            drop_rate = hp.Float("drop_rate", 0.1, 0.5, step=0.1)
        model.add(keras.layers.Dropout(drop_rate))
    model.add(keras.layers.Dense(67, "softmax"))
    rate = hp.Choice("rate", [0.001, 0.003, 0.01, 0.03, 0.1])
    model.compile(keras.optimizers.Adam(rate), "sparse_categorical_crossentropy")
    return model


# %% [markdown]
# `with` puts all that is indented below it into the scope. The branch is noted when it is first walked through,
# so we answer the question with yes once, before we build. (A search walks through every branch by itself before its
# first trial.)

# %%
hp = kt.HyperParameters()
hp.values["dropout"] = True
rich_model(hp)
print({entry.name: len(list(entry.values)) for entry in hp.space})

# %% [markdown]
# ### Exercise 2 · How large is the space?
# ★☆☆ · 5 minutes · 1 point
#
# `values` is a list: how many values each ordinary hyperparameter has. Beside these there is a switch for
# dropout; if it is on, there are `dropout_rates` rates to choose from, and if it is off there is nothing
# more to choose. How many configurations are there in all?


# %% exercise="space_size"
def space_size(values, dropout_rates):
    """How many different configurations the space holds."""
    ...


check(space_size)

# %% [markdown]
# So for the model above; and for five values of each hyperparameter (a day has 86,400 seconds):

# %%
print("8 units x 2 activations x 5 rates x (1 + 5):", 8 * 2 * 5 * (1 + 5))
print()
rows = [("hyperparameters", "trials", "days, a second each")]
for axes in (1, 2, 4, 6, 8, 10):
    rows.append((str(axes), f"{5**axes:,}", f"{5**axes / 86_400:,.3f}"))
print(aligned(rows))

# %% [markdown]
# A **grid** search tries all of them. With two hyperparameters that is 25 trials. With ten, at one second
# each, it is almost four months, and the trials of real models do not take a second. Every further axis
# multiplies. That is all there is to the *curse of dimensionality* here.

# %% [markdown]
# ## The bill before the meal
#
# A frequent mistake is to start a search and see what happens. What it will cost, at least roughly, can be worked out
# **before**. From here on the space is a small one, units and learning rate.


# %%
def build_model(hp):
    keras.utils.set_random_seed(1)
    units = hp.Choice("units", [4, 8, 16, 32, 64])
    rate = hp.Float("rate", 1e-4, 0.2, sampling="log")
    layers = [keras.layers.Dense(units, "relu"), keras.layers.Dense(67)]
    model = keras.Sequential([keras.Input((201,)), *layers])
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.Adam(rate), loss)
    return model


# %% [markdown]
# `from_logits=True` says that the model ends without a softmax and the loss does it instead, which loses fewer
# digits to rounding. The first line makes every trial start from the same seed, so that a configuration has one
# result here.
#
# **Predict** for the largest model, 64 units on 201 inputs and 67 outputs: the parameters, and the bytes that
# training keeps for them.
# Lesson 04 counted four numbers for each parameter: itself, its gradient, and Adam's two averages.

# %%
hp = kt.HyperParameters()
hp.values["units"] = 64
largest = build_model(hp)
parameters = 201 * 64 + 64 + 64 * 67 + 67
print(f"parameters: predicted {parameters:,}, Keras says {count(largest):,}")

# %% [markdown]
# Four numbers for each, and Keras keeps a number in 4 bytes (32 bits; a byte has 8). We let TensorFlow compute the
# gradient for one batch and let Adam set up its averages (`build`), and add up what lies in memory: `nbytes` is how
# many bytes an array takes.
# (Adam also keeps a step counter and the rate, two single numbers; they are left out.)

# %%
largest.optimizer.build(largest.trainable_variables)
with tf.GradientTape() as tape:
    loss = largest.compute_loss(y=valid_y[:64], y_pred=largest(valid_x[:64]))
gradients = tape.gradient(loss, largest.trainable_variables)
averages = [v for v in largest.optimizer.variables if len(v.shape) > 0]
arrays = [*largest.trainable_variables, *gradients, *averages]
measured = sum(np.asarray(array).nbytes for array in arrays)
print(f"bytes: predicted {16 * parameters:,}, measured {measured:,}")

# %% [markdown]
# ### Exercise 3 · Memory of a configuration
# ★★☆ · 6 minutes · 2 points
#
# Write this count for any model of two dense layers with biases: the bytes that its parameters, their gradients
# and Adam's state take in float32 (32 bits a number).


# %% exercise="training_memory"
def training_memory(inputs, units, outputs):
    """The bytes that training this configuration with Adam keeps for its parameters."""
    ...


check(training_memory)

# %% [markdown]
# (The rows of a batch and what the layers compute for them come on top; for large batches that is more
# than all of the above. Lesson 11 counts it.)
#
# Now the time. By lesson 04 a training takes about 6 operations for each parameter and row. So the operations of
# a whole search, 16 trials of 9 epochs, are known without a run. Here they are for 64 units, the largest model;
# smaller ones cost less.

# %%
operations = 6 * parameters * len(x)
print(f"operations of an epoch: about {operations / 1e6:.0f} million")
print(f"of 16 trials of 9 epochs: at most about {144 * operations / 1e9:.0f} billion")

# %% [markdown]
# The seconds need one measurement, of **one epoch**. The cell below times it, works out from it a trial of
# nine epochs, and shows beside that what such a trial really took. Its numbers are those of your machine.


# %% tags=["nbval-ignore-output"]
def seconds(epochs):
    start = time.perf_counter()
    checks = (valid_x, valid_y)
    largest.fit(x, y, batch_size=64, epochs=epochs, validation_data=checks, verbose=0)
    return time.perf_counter() - start


first, one, nine = seconds(1), seconds(1), seconds(9)  # the first also compiles
print(f"compiling {first - one:.1f} s, one epoch {one:.2f} s")
predicted, measured = first + 8 * one, first - one + nine
print(f"a trial: predicted {predicted:.1f} s, measured {measured:.1f} s")
print(f"16 trials one after another: at most about {16 * predicted:.0f} s")

# %% [markdown]
# The two agree roughly. Two things pull them apart: every call of `fit` has a fixed cost, which nine epochs in one
# call pay only once, so the prediction tends to be too high; and a machine that has something else to do meanwhile
# can make it too low. With a model this small most of the time is such overhead, not arithmetic. (Divide the
# operations of an epoch by its seconds: on our machine about one billion a second, far below the fast ones of the
# four speeds in lesson 04.) For a model that trains for an
# hour it is the other way round. Either way, **one** measured epoch tells you whether a search ends before
# lunch or next year.
#
# KerasTuner can also refuse what is too large: `max_model_size=10_000` marks configurations above 10,000
# parameters as failed without training them. A trap: three failures in a row end the whole search with an
# error, unless `max_consecutive_failed_trials` is raised.

# %% [markdown]
# ## Four ways to search
#
# - **Grid:** all combinations of chosen values, one after another.
# - **Random:** each trial is drawn from the space, whatever came before.
# - **Bayesian:** after some random trials, fit a smooth guess of the loss over the whole space, together
#   with how unsure that guess is at each place. Then try where the loss might be lowest, given the guess
#   *and* the doubt, and fit again.
# - **Hyperband:** begin many configurations, train each briefly, keep the best third, train those on until they
#   have three times as many epochs behind them, and so on.
#
# In KerasTuner each is a class of **tuners**: `kt.GridSearch`, `kt.RandomSearch`, `kt.BayesianOptimization` and
# `kt.Hyperband`. A tuner has two halves. Its **oracle** chooses what to try and keeps the notes; the other half
# trains what the oracle has chosen. The `objective` says by what trials are compared: here by the validation
# loss, of each trial's best epoch.
#
# Two real searches, with at most three epochs a trial. A tuner keeps files for each trial, so we give it a
# folder, a temporary one. (`seed=0` would mean *no* seed to it: zero counts as "nothing given". So we begin at 1.
# The two stars hand over a dictionary's entries as named arguments.)


# %%
def settings():
    folder = tempfile.mkdtemp()
    return {"objective": "val_loss", "seed": 1, "directory": folder}


random = kt.RandomSearch(build_model, max_trials=4, **settings())
hyperband = kt.Hyperband(build_model, max_epochs=3, **settings())

# %%
warnings.filterwarnings("ignore", "Skipping variable loading")  # Hyperband's: see below
for tuner in (random, hyperband):
    checks = (valid_x, valid_y)
    tuner.search(x, y, batch_size=64, epochs=3, validation_data=checks, verbose=0)

# %% [markdown]
# The notes are in `tuner.oracle`. Hyperband adds hyperparameters of its own to each trial: up to which epoch it
# is trained, `tuner/epochs`, and from which one it goes on, `tuner/initial_epoch`. (`get` looks a name up in a
# dictionary, and takes the second value where the name is missing.)

# %%
for name, tuner in [("random", random), ("Hyperband", hyperband)]:
    trials = [trial.hyperparameters.values for trial in tuner.oracle.trials.values()]
    ends = sum(values.get("tuner/epochs", 3) for values in trials)
    epochs = ends - sum(values.get("tuner/initial_epoch", 0) for values in trials)
    best = tuner.oracle.get_best_trials(1)[0].score
    print(f"{name:9}: {len(trials)} trials, {epochs} epochs, best loss ≈ {best:.1f}")

# %% [markdown]
# All four are used alike: `tuner.search(...)`, then `tuner.get_best_hyperparameters()[0]`. Compare the two counts.
# **Trials are no measure of cost**: six of Hyperband's trained for fewer epochs than four of the random search.
# Whoever compares searches by trials compares a taxi ride with a bus ticket by counting doors. We count epochs
# trained.
#
# (When Hyperband goes on with a model it loads the weights, and warns that Adam's two averages start anew. That is
# harmless here, and the warning is switched off above.)

# %% [markdown]
# ## A fair comparison needs many searches
#
# Who is best? With one search each, luck decides. We want many searches of each kind, more than a thousand
# trials. To have that in seconds we train a **table** once: 11 learning rates × 6 numbers of units × 3
# random starts, nine epochs each, and note the validation loss after every epoch. Then KerasTuner's real
# oracles choose, and every trial looks its loss up in the table. The choices are real; the training is a
# replay.
#
# `train_many` of this course's utils trains all rates and starts at once, side by side, with lesson 04's lines:
# forward, backward, Adam. It gives back the losses after each epoch, and the trained arrays.

# %%
RATES = [round(10 ** (-4 + k / 3), 5) for k in range(11)]
UNITS = [2, 4, 8, 16, 32, 64]
data = (x, y, valid_x, valid_y)
starts = [0] * 11 + [1] * 11 + [2] * 11  # each of the eleven rates from each start

table = {}
for units in UNITS:
    curves, _ = train_many(data, units, RATES * 3, starts)
    for k, curve in enumerate(curves):
        table[units, RATES[k % 11], k // 11] = curve
print(f"{len(table)} trainings of 9 epochs: {9 * len(table):,} epochs")

# %% [markdown]
# `table[16, 0.01, 2]` are the nine losses of 16 units at a rate of 0.01 from the third start. A map shows each
# configuration by the lowest of its nine losses, averaged over the three starts.


# %%
def lowest(units, rate):
    return np.mean([table[units, rate, start].min() for start in range(3)])


final = np.array([[lowest(units, rate) for rate in RATES] for units in UNITS])
title = "A broad valley; left of it, more units make up for small steps"
drawing, axes = plots.figure(title, x="learning rate", y="units", size=(8, 3.4))
plots.heatmap(axes, final, UNITS, [f"{rate:.2g}" for rate in RATES])
plots.show(
    drawing,
    "A map of the lowest validation loss: high in the left third, a broad pale valley "
    "with 8 units or more to the right of the middle, and higher again at the right "
    f"edge. The lowest number is ≈ {final.min():.2f}.",
)

# %% [markdown]
# Pale is a low loss, deep red a high one. To the left little is learned in nine epochs; to the right the steps are
# too large. Between them lies a valley. How much do the units matter? Here is, at each rate, by how much the
# losses with 8, 16, 32 and 64 units differ.

# %%
for rate, losses in zip(RATES, final[2:].T):
    print(f"rate {rate:<7}  8 to 64 units differ by ≈ {np.ptp(losses):.2f}")

# %% [markdown]
# (`np.ptp` is the largest minus the smallest.) In the valley their number hardly matters: a few hundredths. Left of
# it, it matters a lot, more than a whole nat at some rates: a network with more units gets on faster with the
# same small steps. Two units are too few for this task at any rate.
#
# How much of a difference is mere luck? We take the configurations that are within 0.05 of the best, and look
# how far apart their three starts are.

# %%
valley = [(u, r) for u in UNITS for r in RATES if lowest(u, r) < final.min() + 0.05]
gaps = [np.ptp([table[u, r, start].min() for start in range(3)]) for u, r in valley]
print(f"configurations within 0.05 of the best: ≈ {len(valley)} of 66")
print(f"one of them, from three starts, differs by ≈ {np.mean(gaps):.3f}")

# %% [markdown]
# One or two hundredths of a nat is what another random start brings. Keep that number. A configuration that
# "wins" by less has won nothing.

# %% [markdown]
# ## When random beats grid
#
# Suppose you do not know that one hyperparameter hardly matters. A grid of nine trials gives each of two axes
# three values. If only one of them matters, nine trials have tried **three** values of it, each three times.
# Nine random trials try nine. Bergstra and Bengio showed this in 2012 (*Random search for
# hyper-parameter optimization*, Journal of Machine Learning Research 13). Here it is: the learning rate at
# 16 units, and beside it an axis that does nothing at all. (`np.interp` goes in straight lines from one measured
# rate to the next.)


# %%
def loss_at(k):
    """The loss with 16 units at the k-th learning rate, and between the rates."""
    return np.interp(k, range(11), final[UNITS.index(16)])


rng = np.random.default_rng(4)
# The middles of three thirds of each axis, every one with every other.
grid_x, grid_y = np.repeat([10 / 6, 5, 50 / 6], 3), np.tile([1 / 6, 1 / 2, 5 / 6], 3)
trials = {"grid": (grid_x, grid_y), "random": (rng.uniform(0, 10, 9), rng.random(9))}

# %% tags=["hide-input"]
# @title Draw the nine trials of each
title = "Nine trials each: three learning rates, or nine"
drawing, panels = plots.figure(title, columns=2, size=(9, 3.6))
exponents = np.linspace(0, 10, 300)
for axes, (name, (k, nothing)) in zip(panels, trials.items()):
    axes.plot(exponents, loss_at(exponents), color=plots.GREY, label="loss")
    axes.scatter(k, 4.4 + 1.6 * nothing, s=16, color=plots.BLUE, label="trials")
    axes.scatter(k, loss_at(k), s=30, color=plots.ORANGE, zorder=3, label="seen")
    axes.set(title=name, xlabel="learning rate", ylabel="loss")
    axes.set(ylim=(0.5, 6.2), yticks=range(1, 5))
    axes.set_xticks(range(1, 11, 3), [f"{RATES[n]:.2g}" for n in range(1, 11, 3)])
panels[0].legend(loc="lower left", fontsize=9)
plots.show(
    drawing,
    "Left: a grid of three by three dots above, and only three different points on the "
    "loss curve below. Right: nine scattered dots above, and nine points on the curve.",
)

# %% [markdown]
# The curve is the loss. The blue dots above it are the trials: to the right the learning rate, upwards the
# axis that does nothing (there the scale at the left does not count). The orange dots are what they learn about the
# loss. The grid repeats itself three
# times over; the random trials see nine places of the curve. Is it only this picture? We try 2000 random
# searches, and the grid moved sideways to 2000 places, and call the best quarter of all rates good. (In the
# arrays, axis 0 is the search, axis 1 which of the two hyperparameters, axis 2 the trial; so `places[:, 0]` are the
# values tried of the first one. A grid has three values of each, 10/3 apart.)

# %%
rng = np.random.default_rng(0)
grid_k = rng.uniform(0, 10 / 3, (2000, 2, 1)) + [0, 10 / 3, 20 / 3]
random_k = rng.uniform(0, 10, (2000, 2, 9))
curve = loss_at(np.linspace(0, 10, 1001))

good = np.quantile(curve, 0.25)  # a quarter of the curve is below
for name, places in {"grid": grid_k, "random": random_k}.items():
    missed = np.mean(loss_at(places[:, 0]).min(axis=1) > good)
    print(f"one axis matters: {name:6} misses the quarter in ≈ {missed:.0%}")

# %% [markdown]
# It agrees with what can be worked out by hand. The grid's points lie a third of the axis apart, and
# the good part is one piece, a quarter long. So a point falls into it with the chance (1/4) / (1/3) = 3/4, and the
# grid steps over it with the chance 1/4. Nine random trials all miss it with the chance
# (3/4)⁹, which is 0.075. (Were more than a third of the axis good, no grid of three could miss it.) And if **both**
# axes matter equally? Then the losses of both are added, and we ask for the best tenth of the square.

# %%
good = np.quantile(curve[:, None] + curve, 0.1)  # [:, None]: each rate with each
grid = loss_at(grid_k).min(axis=2).sum(axis=1)  # a grid has the best of both together
random = loss_at(random_k).sum(axis=1).min(axis=1)
for name, best in {"grid": grid, "random": random}.items():
    missed = np.mean(best > good)
    print(f"both axes matter: {name:6} misses the tenth in ≈ {missed:.0%}")

# %% [markdown]
# Now it is the other way round: the grid covers the square evenly, while random leaves holes and tries some
# places twice. So the sentence "random beats grid" needs its conditions. It is good advice because with five or ten
# hyperparameters one never knows which of them matter, and usually few do.
#
# How many random trials are enough? That can be worked out without any model. Say the best twentieth of
# the space would satisfy you.

# %% [markdown]
# ### Exercise 4 · The chance of a lucky hit
# ★★☆ · 6 minutes · 2 points
#
# A random search draws `trials` configurations. The best part of the space makes up the share `share` (0.05
# for the best twentieth). How likely is it that **at least one** trial lands there?


# %% exercise="hit_chance"
def hit_chance(trials, share):
    """The chance that at least one trial lands in the best share of the space."""
    ...


check(hit_chance)

# %%
for trials in (1, 10, 20, 45, 59, 100):
    print(f"{trials:3} trials: {1 - 0.95**trials:.0%} to be in the best twentieth")

# %% [markdown]
# From 59 on it is 95%. And that holds for **any** number of hyperparameters: the argument never asked how
# many axes the space has. But do not let it comfort you too much. It promises one of the best twentieth *of
# the space you wrote down*. In a badly chosen space the best twentieth is bad as well.

# %% [markdown]
# ## How Hyperband spends
#
# Halving first (Jamieson and Talwalkar 2015, [arXiv 1502.07943](https://arxiv.org/abs/1502.07943)). It goes
# in rounds. Nine configurations train for 1 epoch. The best three go on to 3 epochs. The best one goes on to 9.
# The price is 9 · 1 + 3 · 2 + 1 · 6 = **21 epochs**, where nine full trainings cost 81. This is called *successive
# halving*, also when, as here, only a third stays.
#
# Its risk: a model that starts slowly is thrown out before it shines. **Hyperband** (Li and others 2018,
# [arXiv 1603.06560](https://arxiv.org/abs/1603.06560)) hedges. It runs several such contests, called
# **brackets**: one that begins with many models and little training, one in the middle, one that trains a
# few models to the end from the start. **Predict** the epochs of the other two brackets: 5 models for 3
# epochs, 2 of them (a third, rounded up) on to 9; and 3 models for 9.

# %%
oracle = kt.oracles.HyperbandOracle(max_epochs=9, factor=3)
for bracket in (2, 1, 0):
    sizes = [oracle._get_size(bracket, number) for number in range(bracket + 1)]
    ends = [oracle._get_epochs(bracket, number) for number in range(bracket + 1)]
    rounds = list(zip(sizes, ends, [0, *ends]))
    shown = ", ".join(f"{models} to epoch {end}" for models, end, _ in rounds)
    spent = sum(models * (end - start) for models, end, start in rounds)
    print(f"{shown}: {spent} epochs")

# %% [markdown]
# 21, 27 and 27 epochs: each bracket may spend about the same. (`[0, *ends]` is the list of ends with a 0 before it:
# a round starts at the epoch where the one before it ended. The names begin with `_get`: these are
# KerasTuner's inner workings, opened here to see that its table is the one we did by hand.) All three brackets,
# twice, cost 150 epochs. For about that money, the others get 16 full trainings of 9 epochs, 144.

# %% [markdown]
# ### Exercise 5 · What a bracket costs
# ★★★ · 10 minutes · 3 points
#
# `models` configurations are trained for `epochs` epochs. One in `factor` of them stays and goes on until it
# has `factor` times as many epochs behind it, and so on, `rounds` rounds in all. (All divisions come out
# even.) How many epochs are trained in all, by all models together? The nine models of the first bracket are
# `bracket_epochs(9, 1, 3, 3)`, which should give 21.


# %% exercise="bracket_epochs"
def bracket_epochs(models, epochs, factor, rounds):
    """The epochs trained in a bracket of successive halving."""
    ...


check(bracket_epochs)

# %% [markdown]
# ## Four searches, one budget, many times
#
# An oracle chooses, whoever trains. So we take KerasTuner's four oracles alone, and look the losses up. Each
# needs a space. Random, Bayesian and Hyperband may choose from all of the table. The grid draws nothing at random, so
# all its searches would try the same; and it has 16 trials for the 66 configurations of the table. So it gets two
# smaller spaces of 4 × 4, in turn. (`RATES[0::3]` is every third rate from the first on.)


# %%
def space(units, rates):
    hp = kt.HyperParameters()
    hp.Choice("units", units)
    hp.Choice("rate", rates)
    return hp


grids = [space([4, 8, 32, 64], RATES[0::3]), space([2, 8, 16, 64], RATES[1::3])]


# %%
def oracle(kind, seed):
    goal = kt.Objective("loss", "min")
    hp = grids[seed % 2] if kind == "grid" else space(UNITS, RATES)
    common = {"objective": goal, "hyperparameters": hp, "seed": seed}
    if kind == "Hyperband":  # all its brackets, twice
        twice = {"max_epochs": 9, "hyperband_iterations": 2}
        return kt.oracles.HyperbandOracle(**twice, **common)
    common["max_trials"] = 16
    if kind == "Bayesian":
        first = {"num_initial_points": 6}  # six random trials
        return kt.oracles.BayesianOptimizationOracle(**first, **common)
    if kind == "random":
        return kt.oracles.RandomSearchOracle(**common)
    return kt.oracles.GridSearchOracle(**common)


# %% [markdown]
# `replay` of this course's utils asks an oracle for trials until it has no more, and answers each with a loss. We
# tell it how to look one up: the lowest loss of the epochs that this trial would have trained. (In one thing the
# replay is kind to Hyperband: Adam's averages go on where they were.)
#
# Each kind searches twenty-four times, the Bayesian four times, since its fits take a while. Each search has another
# seed, and one of the three random starts.


# %%
def span(values):
    return values.get("tuner/initial_epoch", 0), values.get("tuner/epochs", 9)


def search(kind, seed):
    """(epochs, loss, units, rate) of each trial of one search, in order."""

    def look_up(values):
        first, last = span(values)
        return table[values["units"], values["rate"], seed % 3][first:last].min()

    trials = []
    for values, loss in replay(oracle(kind, seed), look_up):
        first, last = span(values)
        trials.append((last - first, loss, values["units"], values["rate"]))
    return trials


# %%
TIMES = {"grid": 24, "random": 24, "Bayesian": 4, "Hyperband": 24}
searches = {}
for kind, times in TIMES.items():
    searches[kind] = [search(kind, seed) for seed in range(1, times + 1)]
    first = searches[kind][0]
    epochs = sum(trial[0] for trial in first)
    print(f"{kind:9}: {times} searches, each {len(first)} trials, {epochs} epochs")

# %% tags=["hide-input"]
# @title Draw the first search of each kind
title = "What each tried: four habits"
drawing, panels = plots.figure(title, x="learning rate", columns=4, size=(11, 3.6))
for axes, (kind, found) in zip(panels, searches.items()):
    epochs, losses, units, rates = zip(*found[0])
    shift = np.random.default_rng(0).normal(0, 0.1, (2, len(epochs)))
    across = [RATES.index(rate) for rate in rates] + shift[0]
    up = [UNITS.index(number) for number in units] + shift[1]
    style = {"cmap": "Reds", "vmin": 0.8, "vmax": 3, "edgecolor": plots.GREY}
    dots = axes.scatter(across, up, c=losses, s=[14 + 4 * n for n in epochs], **style)
    axes.set(title=kind, xlim=(-0.6, 10.6), ylim=(-0.6, 5.6))
    axes.set_xticks([0, 3, 6, 9], [f"{RATES[k]:.2g}" for k in (0, 3, 6, 9)])
    axes.set_yticks(range(6), UNITS)
panels[0].set_ylabel("units")
for n, label in [(1, "1 epoch"), (3, "3 epochs"), (9, "9 epochs")]:
    white = {"color": "white", "edgecolor": plots.GREY, "label": label}
    panels[3].scatter([], [], s=14 + 4 * n, **white)
drawing.legend(loc="outside lower center", ncols=3, fontsize=9)
drawing.colorbar(dots, ax=panels, label="loss", extend="max")
plots.show(
    drawing,
    "Four maps of learning rate against units. Grid: a regular lattice. Random: "
    "scattered. Bayesian: some scattered, most of them in the valley. Hyperband: many "
    "small dots, fewer large ones, most of these in the valley.",
)

# %% [markdown]
# The first search of each kind. The deeper the red, the higher the loss; the larger the dot, the more epochs. (Dots
# are moved a little, so that they hide each other less.) The grid spends half of its money where everyone can see
# after a while that nothing grows. Random does not learn from that either. The Bayesian search scatters its first
# six, then moves into the valley. Hyperband sows small seeds everywhere and waters few.
#
# And who is fast? For each search: the lowest loss it has seen after so many epochs of training, averaged over
# the searches of a kind. Before its first trial has ended, a search has a blind guess.


# %%
def best_so_far(found, budget):
    ends = np.cumsum([trial[0] for trial in found])
    seen = [trial[1] for trial, end in zip(found, ends) if end <= budget]
    return min(seen, default=np.log(67))


def best(kind, budget):
    return np.array([best_so_far(found, budget) for found in searches[kind]])


# %%
budgets = np.arange(0, 151, 3)
title = "Hyperband is there first; in the end all arrive at the same place"
drawing, axes = plots.figure(title, x="epochs trained", y="best loss so far, mean")
lines = {kind: [best(kind, budget).mean() for budget in budgets] for kind in searches}
plots.curves(axes, {kind: (budgets, line) for kind, line in lines.items()})
axes.set_ylim(0.75, 2.6)
plots.show(
    drawing,
    "Four falling lines of best loss against epochs trained. Hyperband's falls first, "
    "the grid's last, and steeply at about 60 epochs; the others between them. At the "
    "end all four meet.",
)

# %%
for budget in (24, 48, 144):
    print(f"after {budget} epochs of training:")
    for kind in searches:
        losses = best(kind, budget)
        print(f"    {kind:9} mean ≈ {losses.mean():.2f}   worst ≈ {losses.max():.2f}")

# %% [markdown]
# After 24 and 48 epochs it is clear who is first and who is last. Hyperband's mean is lowest, and its worst search is
# far ahead of the worst of the others. (Not ahead of all of them: some random searches strike lucky early.) The grid
# stays up longest, because KerasTuner goes through a grid in order, from its first corner on: all four rates with the
# fewest units, then with the next. Were its money to end half way, half the space would not have been seen. Its
# seventh trial, at 63 epochs, is the first with 8 units at a good rate, and there it has caught up. The Bayesian
# search begins with six random trials, 54 epochs, and cannot be better than random until then. (That it is even
# worse there is luck: its line is the mean of four searches only.)
#
# After 144 epochs the four means lie within about one hundredth of each other, and another random start of the
# *same* configuration brought one or two. So we say: **no difference that would matter.** Whoever prints a table
# with the winner in bold here prints luck.
#
# This holds for this space: two axes, and a valley so broad that about one configuration in six is good. With
# a narrow valley or more axes the differences can grow, and trials that give themselves away after one epoch, as
# most do here, are what Hyperband lives on.

# %% [markdown]
# ## A search that was killed
#
# Searches run for hours, and machines are switched off. KerasTuner writes every trial down as it goes, so a
# search can **go on where it was**. We try it the hard way: a search in a process of its own, killed in the
# middle of its second trial.
#
# For that the search has to be a script, a file. It consists of the two functions you know, and a few
# lines that start the search in the folder it is given. (`inspect.getsource` is a function's text. `sys.argv[1]` is
# the first word behind the script's name when it is started.)

# %%
HEAD = """import sys, keras, keras_tuner as kt, numpy as np
from utils import stories

"""
TAIL = """
x, y = one_hot(stories.write(40, seed=1))
valid = one_hot(stories.write(20, seed=2))
tuner = kt.RandomSearch(build_model, objective="val_loss", max_trials=4, seed=1,
                        directory=sys.argv[1], overwrite=False)
tuner.search(x, y, batch_size=64, epochs=3, validation_data=valid, verbose=0)
"""
script = Path(tempfile.mkdtemp(), "story_search.py")
functions = inspect.getsource(one_hot) + inspect.getsource(build_model)
script.write_text(HEAD + functions + TAIL)
print("lines of the script:", len(script.read_text().splitlines()))

# %% [markdown]
# Note **`overwrite=False`**: what is in the folder stays, and the search goes on from it. (With `True` it would
# delete what is there. Which of the two you want is worth a thought each time.)
#
# (`Path` joins a folder and a file's name; its `write_text` writes the file.)
#
# `run_alone` of this course's utils starts the script in a process of its own and gives back the seconds that it
# took; with `kill_in=2` it kills it when its second trial has begun. `finished_trials` reads the files that the
# search has left: for each trial its `values`, its `score`, and when its file was last `written`.

# %%
folder = script.parent / "alone"
run_alone(script, folder, trials=4, kill_in=2)
before = finished_trials(folder)
print("finished before it was killed:", len(before), "of 4")

# %% [markdown]
# Now the same script is started again, with the same folder. **Predict** how many trials will be trained.

# %%
seconds_after = run_alone(script, folder, trials=4)
after = finished_trials(folder)
print("finished in all:", len(after))
print("files not touched again:", [trial.name for trial in after if trial in before])
print("different configurations:", len({str(trial.values) for trial in after}))

# %% [markdown]
# Three: the second trial, which had been under way, starts again from its beginning, and two more follow. What was
# finished is not repeated: its file is as it was, up to the time when it was last written. What a kill costs is one
# trial at the most, not the search.

# %% [markdown]
# ## A search spread over processes
#
# Random trials do not know of each other, so they can run at the same time. KerasTuner has a mode for
# this. One process is the **chief**: it holds the oracle, hands out trials, and notes results. The others are
# **workers**: they train. All run *the same script*. Three **environment variables**, values that a
# program is handed by name when it is started, tell each who it is, and where to find the chief: the address of its
# machine and a **port**, the number of a door of that machine. Here is what you would type on three machines, each in
# a terminal (of Linux or macOS) that is in this course's folder. The script lies in that folder too, since it imports
# `utils`, and `/shared/search` is a folder that all three can reach:

# %%
address = "192.168.0.5"
print(*commands("story_search.py", "/shared/search", address, port=8000), sep="\n\n")

# %% [markdown]
# `192.168.0.5` stands for the address of the chief's machine. (Nothing guards that port: whoever reaches it
# can talk to the chief. Use it in networks that you trust. When the last trial is done, the chief may sleep for up
# to 20 seconds before it ends. Nothing is wrong then.)
#
# `run_search` of this course's utils starts all three on *this* machine, which talks to itself. **Predict:** does it
# find the same trials as the search that ran alone?

# %%
spread = run_search(script, script.parent / "spread", trials=4, workers=2)


def losses_of(trials):
    """The losses, from the lowest learning rate to the highest."""
    in_order = sorted(trials, key=lambda trial: trial.values["rate"])
    return [trial.score for trial in in_order]


for one, two in zip(losses_of(after), losses_of(spread.trials)):
    print(f"loss ≈ {one:.1f} alone, ≈ {two:.1f} spread")
rates = [{trial.values["rate"] for trial in found} for found in (after, spread.trials)]
print("the same learning rates:", rates[0] == rates[1])

# %% [markdown]
# (`sorted` with a `key` sorts by what the key gives for each: here, the rate. `lambda trial: ...` is a function
# without a name: it takes a `trial` and returns what stands behind the colon.) The same trials, and nobody told the
# workers which: the chief's oracle drew them one after another from the same seed, whoever asked. (A Bayesian
# search would differ: a chief that must hand out the next trial before the last is back has less to go by.)
#
# Was it faster? How long a trial takes alone can be read off its files: it is the time from the end of one trial to
# the end of the next. Whatever else the second run took was its start. Your machine's numbers:

# %% tags=["nbval-ignore-output"]
trial = (after[3].written - after[1].written) / 2
start_up = seconds_after - 3 * trial
alone = start_up + 4 * trial
print(f"one process: {start_up:.1f} s + 4 x {trial:.1f} s, together {alone:.1f} s")
print(f"chief and two workers: {spread.seconds:.1f} s")
print(f"speed-up {alone / spread.seconds:.2f}")

# %% [markdown]
# On our two cores the speed-up was **below 1, or barely above**. Each process first has to import TensorFlow, three
# at once get in each other's way, and four short trials are not worth it. When is it worth it? Amdahl's
# argument (1967): only the part that is divided gets shorter. Alone: start + trials · seconds. With workers the start
# gets no shorter, and the trials are divided among them, the last round being perhaps half empty. Say the start takes
# 5 s, and 10 s when several start at once.
# **Predict** the speed-up of 2 workers for 6 trials of one second, and for 100
# trials of a minute.


# %%
def speed_up(trials, seconds, workers):
    rounds = math.ceil(trials / workers)
    return (5 + trials * seconds) / (10 + rounds * seconds)


rows = [("trials", "seconds each", "2 workers", "8 workers")]
for trials, seconds in [(6, 1), (6, 60), (100, 1), (100, 60)]:
    two, eight = speed_up(trials, seconds, 2), speed_up(trials, seconds, 8)
    rows.append((str(trials), str(seconds), f"{two:.2f}", f"{eight:.2f}"))
print(aligned(rows))

# %% [markdown]
# Below 1 is slower. With 6 trials of a minute, eight workers bring 5.2 and not 8: two of them get nothing to
# do. With 100, eight workers bring 7.6: thirteen rounds, and the last is half empty. All this supposes that
# each worker has cores of its own. Two workers on two cores that one training already keeps busy divide
# nothing but the queue.

# %% [markdown]
# ## How not to fool yourself
#
# Every search ends with "best validation loss". That number is **too good**, and the more trials, the more
# so. In lesson 07 the luckiest of 200 coin tossers had seven of ten right. Here are models that know
# something, and are *all equally good*: each is right on every row with a chance of 0.7. We measure each on 100
# validation rows, and report the best of n. **Predict:** what will be reported for n = 256?
# (`rng.binomial(100, 0.7)` draws how many of 100 rows such a model gets right. We do it for n models, and all of that
# 1000 times.)

# %%
rng = np.random.default_rng(0)
for n in (1, 4, 16, 64, 256):
    best = (rng.binomial(100, 0.7, size=(1000, n)) / 100).max(axis=1)
    print(f"best of {n:3}: reported ≈ {best.mean():.2f}, truly 0.70")

# %% [markdown]
# A search over nothing, and it "improves" accuracy by twelve points. The winner is the one that was
# luckiest with these 100 rows; on new rows its luck is gone. This is **over-tuning**: choosing by the
# validation set fits the validation set, one choice at a time. The difference between what is reported and
# what is true is called **optimism**.
#
# Does that happen with real models? We train 48 of the *same* configuration, which differ only in their
# random start. Then we choose the best of n by a validation set of 5 stories, and ask 195 stories that
# had no part in the choice. (And again with 20 and 80 for choosing; and everything 2000 times, with other
# stories in other roles. `word_losses` of this course's utils gives the loss of every model at every word; their mean
# is a story's loss.)

# %%
_, equals = train_many(data, 16, [0.01] * 48, starts=range(100, 148))
told = [one_hot([text]) for text in stories.write(200, seed=3)]
losses = np.array([word_losses(*rows, equals).mean(axis=1) for rows in told]).T
print("48 models x 200 new stories:", losses.shape)


# %%
def choose(n, size):
    """Validation and test loss of the best of n by `size` stories, on average."""
    rng, found = np.random.default_rng(0), []
    for repeat in range(2000):
        tried, order = losses[rng.permutation(48)[:n]], rng.permutation(200)
        valid = tried[:, order[:size]].mean(axis=1)
        test = tried[:, order[size:]].mean(axis=1)
        found.append((valid.min(), test[valid.argmin()]))
    return np.mean(found, axis=0)


TRIALS, SIZES = [1, 2, 4, 8, 16, 48], [5, 20, 80]
chosen = {size: np.array([choose(n, size) for n in TRIALS]) for size in SIZES}

# %%
title = "The more trials and the smaller the validation set, the more it flatters"
optimism = "optimism: test loss − validation loss"
drawing, axes = plots.figure(title, x="trials to choose from", y=optimism)
for size in SIZES:
    flattery = chosen[size][:, 1] - chosen[size][:, 0]
    axes.plot(flattery, marker="o", label=f"chosen by {size} stories")
axes.legend()
axes.set_xticks(range(6), TRIALS)
plots.show(
    drawing,
    "Three lines that begin near zero. The one for 5 stories rises furthest, the one "
    "for 20 less; the one for 80 stays low.",
)

# %% [markdown]
# To the right are more trials to choose from, upwards is how much the winner's loss flatters. With one trial
# there was nothing to choose and there is (about) no optimism. Where 5 or 20 stories choose it grows with the
# trials, fastest with 5; where 80 choose it stays small. And what did the choosing bring, apart from flattery?

# %%
for size in SIZES:
    seen, real = chosen[size][0] - chosen[size][-1]
    print(f"best of 48 by {size:2} stories: promised ≈ {seen:.3f} less,")
    print(f"    on the test ≈ {real:.3f} less, ≈ {real / seen:.0%} of it")

# %% [markdown]
# Chosen by 5 stories, most of what was gained is luck. Chosen by 80, most of it is real. (All models read the
# same stories, and what is hard for one is hard for all, so the effect is small here. In the example above each model
# had a luck of its own, and only a hundred rows chose.)
#
# What helps:
#
# - **A larger validation set.** It shrinks the luck that there is to find.
# - **Cross-validation:** cut the data into, say, five parts, train five times, and let each part be the
#   validation set once. The average of five is steadier, at five times the price.
# - **Fewer trials**, and several random starts for the best few.
# - **A test set that nobody touches**, asked **once**, at the very end. What it says is what you report. If
#   it disappoints and you go back to tune further, it has become a validation set, and you need a new one.
#
# **With more time.** Everything here was small so that it ends within two minutes. With an hour: trials
# of 27 or 81 epochs, where Hyperband has more to save; three starts for each configuration
# (`executions_per_trial=3`, and no fixed seed in `build_model`, or all three are the same training); more than two
# axes, where grids fall behind; and workers on machines of their own.
# What would not change: the bill before the meal, the budget in epochs, and the test set in its drawer.

# %% [markdown]
# ### Exercise 6 · Who has touched the test set?
# ★★☆ · 5 minutes · 1 point
#
# Write `True` for each that spoils the test set (its loss will afterwards flatter the model), and `False` for
# each that does not.

# %% exercise="spoils_the_test"
spoils_the_test = {
    "choose the learning rate with the lowest test loss": ...,
    "choose the learning rate with the lowest validation loss": ...,
    "stop the training when the test loss rises": ...,
    "measure the test loss once, after everything is chosen": ...,
    "see the test loss, try twenty more configurations, measure it again": ...,
    "some stories are both in the training set and in the test set": ...,
    "train the chosen one again on training and validation set, then test": ...,
}

check(spoils_the_test=spoils_the_test)

# %% [markdown]
# ### Exercise 7 · Find a model under a budget
# ★★★ · 20 minutes · 4 points
#
# Build and train a Keras model that guesses the next word, with **at most 5,000 parameters** and a loss below
# **0.78** nats a word on 200 stories that it has never seen (the check keeps them to itself). It takes rows as
# `one_hot` makes them (201 numbers) and answers with 67 probabilities, so end it with a softmax. How you
# search is up to you: any tuner of this lesson, or by hand. You may write as many training stories as you
# like, with a seed below 1000.

# %% exercise="small_guesser"
small_guesser = ...

check(small_guesser=small_guesser)

# %% [markdown]
# ## What you know now
#
# - A search space is what `hp` was asked for; combinations multiply, and rates belong on a logarithmic scale.
# - A grid wastes trials on axes that do not matter; random does not; Bayesian search learns from what it has seen;
#   Hyperband stops hopeless trials early. It was first here; at the end of the budget all four were equally good.
# - Compare searches by epochs trained, and work out parameters, bytes and seconds before you start.
# - A killed search goes on with `overwrite=False`; a chief and workers share one when trials are long.
# - The best validation loss flatters. Report the test loss, measured once.
#
# **Next:** [10 · Transformer](10_transformer.ipynb). All models so far looked at a few words. What if each word
# could look at all the others?
