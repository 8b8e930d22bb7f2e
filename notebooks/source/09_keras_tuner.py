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
# **Time:** about 110 minutes, of which the computer needs two to three. A good place for a break is before "A
# search that was killed".
# **You need:** lessons 01 to 08.

# %%
from utils import plots, stories
from utils.checking import check
from utils.counting import aligned, count
from utils.distributed_search import commands, finished_trials, run_search
from utils.training import progress_bar

import keras
import keras_tuner as kt
import numpy as np
import tensorflow as tf
import inspect
import math
import subprocess
import sys
import tempfile
import time
import warnings
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path
from threadpoolctl import threadpool_limits

# %% [markdown]
# ## The model to be tuned
#
# The task is the one of lesson 05: guess the next word of a story, here from the three words before it. A
# row is three one-hot vectors side by side; the target is the number of the next word. A dense layer on
# one-hot vectors is an embedding table under another name, as lesson 06 has shown.

# %%
WORDS = sorted({word for text in stories.write(300, seed=0) for word in text.split()} | {"end"})


def story_rows(texts):
    """Three words in, one-hot, and the number of the next word, for every place in every story."""
    x, y = [], []
    for text in texts:
        numbers = [WORDS.index(word) for word in ["end"] * 3 + text.split() + ["end"]]
        for place in range(3, len(numbers)):
            x.append(np.eye(len(WORDS))[numbers[place - 3 : place]].ravel())
            y.append(numbers[place])
    return np.array(x), np.array(y)


x, y = story_rows(stories.write(40, seed=1))
valid_x, valid_y = story_rows(stories.write(20, seed=2))
print("training", x.shape, " validation", valid_x.shape, f" blind guess: loss {np.log(len(WORDS)):.2f}")

# %% [markdown]
# Forty stories to learn from, twenty others to choose by. A model that knows nothing and gives every word
# the same probability has a loss of ln 67, which is 4.20.
#
# Three words are a short memory. Nobody who sees only three can reach the best possible loss of lesson 05 (a
# perplexity of 1.30, so 0.26 nats a word); the good models below end near 0.8. That is enough to tell good
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
    rate, rng = hp.space[0], np.random.default_rng(0)
    return np.array([rate.prob_to_value(u) for u in rng.random(1000)])  # from u, between 0 and 1, to a value


for sampling in ("linear", "log"):
    below = [int((draws(sampling) < limit).sum()) for limit in (0.001, 0.01, 0.1, 1.0)]
    print(f"{sampling:6} of 1000 below 0.001, 0.01, 0.1, 1: {below}")

# %% [markdown]
# On the **linear** scale nine in ten trials are spent between 0.1 and 1, where lesson 04 saw trainings
# break. On the **logarithmic** scale each factor of ten gets the same share, here a quarter. So: whatever
# you would try in steps of "three times as much" (rates, L2 strengths, often units) is searched with
# `sampling="log"`; whatever you would try in steps of "a tenth more" (dropout) is not.

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
    model = keras.Sequential([keras.Input((3 * len(WORDS),))])
    model.add(
        keras.layers.Dense(hp.Int("units", 8, 64, step=8), activation=hp.Choice("act", ["relu", "tanh"]))
    )
    if hp.Boolean("dropout"):
        with hp.conditional_scope("dropout", [True]):
            model.add(keras.layers.Dropout(hp.Float("drop_rate", 0.1, 0.5, step=0.1)))
    model.add(keras.layers.Dense(len(WORDS), activation="softmax"))
    rate = hp.Choice("rate", [0.001, 0.003, 0.01, 0.03, 0.1])
    model.compile(keras.optimizers.Adam(rate), "sparse_categorical_crossentropy")
    return model


hp = kt.HyperParameters()
hp.values["dropout"] = True  # so that the branch is walked through once
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

# %%
print(f"8 units x 2 activations x 5 rates x (1 + 5): {8 * 2 * 5 * (1 + 5)} configurations")
print()
rows = [("hyperparameters", "trials of a grid with 5 values each", "days at one second a trial")]
rows += [(str(axes), f"{5**axes:,}", f"{5**axes / 86_400:,.3f}") for axes in (1, 2, 4, 6, 8, 10)]
print(aligned(rows))

# %% [markdown]
# A **grid** search tries all of them. With two hyperparameters that is 25 trials. With ten, at one second
# each, it is almost four months, and the trials of real models do not take a second. Every further axis
# multiplies. That is all there is to the *curse of dimensionality* here.

# %% [markdown]
# ## The bill before the meal
#
# A frequent mistake is to start a search and see what happens. Its cost is known **before**. From here on
# the space is a small one, units and learning rate.


# %%
def build_model(hp):
    keras.utils.set_random_seed(1)
    units = hp.Choice("units", [4, 8, 16, 32, 64])
    rate = hp.Float("rate", 1e-4, 0.2, sampling="log")
    layers = [keras.layers.Dense(units, activation="relu"), keras.layers.Dense(len(WORDS))]
    model = keras.Sequential([keras.Input((3 * len(WORDS),)), *layers])
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.Adam(rate), loss, steps_per_execution=16)
    return model


# %% [markdown]
# `from_logits=True` says that the model ends without a softmax and the loss does it instead, which is
# kinder to the digits. `steps_per_execution=16` has TensorFlow do sixteen steps before it comes back to
# Python: the same steps, with less talk between them. The first line makes every trial start from the same
# seed, so that a configuration has one result here.
#
# **Predict** for the largest model, 64 units on 201 inputs: the parameters, and the bytes that training it
# takes. Lesson 04 counted four numbers for each parameter: itself, its gradient, and Adam's two averages.

# %%
hp = kt.HyperParameters()
hp.values["units"] = 64
largest = build_model(hp)
largest.optimizer.build(largest.trainable_variables)

parameters = 201 * 64 + 64 + 64 * 67 + 67
print(f"parameters: predicted {parameters:,}, Keras says {count(largest):,}")

with tf.GradientTape() as tape:
    loss = largest.compute_loss(y=valid_y[:64], y_pred=largest(valid_x[:64]))
gradients = tape.gradient(loss, largest.trainable_variables)
averages = [v for v in largest.optimizer.variables if len(v.shape) > 0]  # without step counter and rate
kept = [*largest.trainable_variables, *gradients, *averages]
print(f"bytes: predicted {16 * parameters:,}, measured {sum(np.asarray(array).nbytes for array in kept):,}")

# %% [markdown]
# ### Exercise 3 · Memory of a configuration
# ★★☆ · 6 minutes · 2 points
#
# Write it for any model of two dense layers with biases: the bytes that its parameters, their gradients
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
# Now the time. By lesson 04 a training takes about 6 operations for each parameter and row. The operations of
# a whole search follow; the seconds need one measurement, of **one epoch**. The cell below times it,
# predicts a trial of nine epochs, and then trains one. Its numbers are those of your machine.

# %% tags=["nbval-ignore-output"]
operations = 6 * parameters * len(x)
print(
    f"operations: {operations / 1e6:.0f} million an epoch, "
    f"{144 * operations / 1e9:.0f} billion for 16 trials of 9 epochs"
)

seconds = []
for epochs in (1, 1, 9):  # the first epoch also compiles
    start = time.perf_counter()
    largest.fit(x, y, validation_data=(valid_x, valid_y), epochs=epochs, batch_size=64, verbose=0)
    seconds.append(time.perf_counter() - start)
first, one, nine = seconds
print(f"compiling {first - one:.1f} s, one epoch {one:.2f} s")
print(f"a trial: predicted {first + 8 * one:.1f} s, measured {first - one + nine:.1f} s")
print(f"16 trials one after another: about {16 * (first + 8 * one):.0f} s")

# %% [markdown]
# The prediction comes out somewhat too high: every call of `fit` has a fixed cost, and nine epochs in one call
# pay it once. With a model this small most of the time is such overhead, not arithmetic. (Divide the
# operations by the seconds and compare with lesson 04's speeds: far below.) For a model that trains for an
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
# - **Hyperband:** begin many configurations, train each briefly, keep the best third, train those three
#   times as long, and so on.
#
# One real search of each kind, with at most three epochs a trial. A **tuner** does the searching, and its
# `objective` says by what trials are compared: here by the validation loss, of each trial's best epoch.
# KerasTuner prints a lot, so `verbose=0`, and it keeps files for each trial, so a temporary folder. (`seed=0`
# would mean *no* seed to it: zero counts as "nothing given". So we begin at 1.)


# %%
def search(tuner, trials, what, **fit):
    """tuner.search() with a progress bar; the tuner afterwards."""
    bar, end = progress_bar(trials, what), tuner.on_trial_end
    tuner.on_trial_end = lambda trial: (end(trial), bar.update(1))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Hyperband's on Adam's state, and the Bayesian fit's: see the text
        tuner.search(**fit, verbose=0)
    bar.close()
    return tuner


def new_folder():
    return tempfile.mkdtemp(prefix="lesson09_")


# %%
data = {"x": x, "y": y, "validation_data": (valid_x, valid_y), "batch_size": 64, "epochs": 3}
places = {"objective": "val_loss", "seed": 1, "overwrite": True}

coarse = kt.HyperParameters()  # the grid's values; by itself it would take all five units and ten rates
coarse.Choice("units", [16, 64])
coarse.Choice("rate", [0.001, 0.03])

tuners = {
    "grid": kt.GridSearch(build_model, hyperparameters=coarse, directory=new_folder(), **places),
    "random": kt.RandomSearch(build_model, max_trials=4, directory=new_folder(), **places),
    "Bayesian": kt.BayesianOptimization(
        build_model, max_trials=4, num_initial_points=3, directory=new_folder(), **places
    ),
    "Hyperband": kt.Hyperband(build_model, max_epochs=3, directory=new_folder(), **places),
}
for name, tuner in tuners.items():
    search(tuner, 6 if name == "Hyperband" else 4, name, **data)

# %%
lines = [("search", "trials", "epochs trained", "best loss below 1.5")]
for name, tuner in tuners.items():
    tried = [trial.hyperparameters.values for trial in tuner.oracle.trials.values()]
    # tuner.oracle keeps the trials. Hyperband adds hyperparameters of its own: up to and from which epoch.
    epochs = sum(values.get("tuner/epochs", 3) - values.get("tuner/initial_epoch", 0) for values in tried)
    best = tuner.oracle.get_best_trials(1)[0]
    lines.append((name, str(len(tried)), str(epochs), str(bool(best.score < 1.5))))
print(aligned(lines))

# %% [markdown]
# All four work, and all are used alike: `tuner.search(...)`, then `tuner.get_best_hyperparameters()`. Note
# the third column. **Trials are no measure of cost**: six of Hyperband's trained for fewer epochs than four
# of the others. Whoever compares searches by trials compares a taxi ride with a bus ticket by counting
# doors. We count epochs trained.
#
# (Two notes for those who read warnings. When Hyperband goes on with a model it loads the weights; Adam's two
# averages start anew. And the Bayesian fit complains now and then that its own settings ended at the edge of
# what is allowed. Both are harmless here, and both are switched off above.)

# %% [markdown]
# ## A fair comparison needs many searches
#
# Who is best? With one search each, luck decides. We want several searches of each kind, some hundred
# trials. To have that in seconds we train a **table** once: 11 learning rates × 6 numbers of units × 3
# random starts, nine epochs each, and note the validation loss after every epoch. Then KerasTuner's real
# tuners search, and every trial looks its loss up in the table. The choices are real; the training is a
# replay.
#
# The table is trained in NumPy, all rates and starts at once, with lesson 04's lines: forward, backward,
# Adam.


# %%
def log_probabilities(x, W1, b1, W2, b2):
    h = np.maximum(x @ W1 + b1, 0)
    z = h @ W2 + b2
    z = np.maximum(z - z.max(axis=-1, keepdims=True), -50)
    return h, z - np.log(np.exp(z).sum(axis=-1, keepdims=True))


def word_losses(x, y, arrays):
    """The loss of every model for every row, shape (models, rows)."""
    return -log_probabilities(x, *arrays)[1][:, np.arange(len(y)), y]


# %%
def train_many(units, rates, starts, epochs=9):
    """Train a model for each rate and start; the loss after each epoch (models, epochs), and the arrays."""

    def he(inputs, outputs):
        draws = [np.random.default_rng([start, inputs]).normal(size=(inputs, outputs)) for start in starts]
        return np.array(draws) * np.sqrt(2 / inputs)

    arrays = [he(201, units), np.zeros((len(rates), 1, units))]
    arrays += [he(units, 67), np.zeros((len(rates), 1, 67))]
    m, v = [np.zeros_like(a) for a in arrays], [np.zeros_like(a) for a in arrays]
    rng, curve, step, rate = np.random.default_rng(0), [], 0, np.array(rates)[:, None, None]
    for epoch in range(epochs):
        for rows in np.array_split(rng.permutation(len(x)), len(x) // 64):
            step += 1
            h, log_p = log_probabilities(x[rows], *arrays)
            d_z = np.exp(log_p)
            d_z[:, np.arange(len(rows)), y[rows]] -= 1
            d_z /= len(rows)
            d_h = (d_z @ arrays[2].swapaxes(1, 2)) * (h > 0)
            slopes = [
                x[rows].T @ d_h,
                d_h.sum(1, keepdims=True),
                h.swapaxes(1, 2) @ d_z,
                d_z.sum(1, keepdims=True),
            ]
            for k, slope in enumerate(slopes):
                m[k] += 0.1 * (slope - m[k])
                v[k] += 0.001 * (slope**2 - v[k])
                arrays[k] -= rate * (m[k] / (1 - 0.9**step)) / (np.sqrt(v[k] / (1 - 0.999**step)) + 1e-7)
        curve.append(word_losses(valid_x, valid_y, arrays).mean(axis=1))
    return np.array(curve).T, arrays


# %%
RATES = [round(10 ** (-4 + k / 3), 5) for k in range(11)]
UNITS = [2, 4, 8, 16, 32, 64]
STARTS = 3

table, bar = {}, progress_bar(len(UNITS), "table")
with threadpool_limits(1):  # the matrices are too small to be worth sharing among threads
    for units in UNITS:
        curves, _ = train_many(units, RATES * STARTS, np.repeat(range(STARTS), len(RATES)))
        for k, curve in enumerate(curves):
            table[units, RATES[k % len(RATES)], k // len(RATES)] = curve
        bar.update(1)
bar.close()
print(f"{len(table)} trainings of 9 epochs: {9 * len(table):,} epochs")

# %%
final = np.array([[np.mean([table[u, r, s].min() for s in range(STARTS)]) for r in RATES] for u in UNITS])
drawing, axes = plots.figure(
    "The learning rate decides; beyond a few units, their number hardly matters",
    x="learning rate",
    y="units",
    size=(8, 3.4),
)
image = axes.imshow(final, cmap="viridis", aspect="auto", vmax=2.5, origin="lower")
for row in range(len(UNITS)):
    for column in range(len(RATES)):
        axes.text(
            column,
            row,
            f"{final[row, column]:.2f}",
            ha="center",
            va="center",
            fontsize=8,
            color="white" if final[row, column] < 1.6 else "black",
        )
axes.grid(False)
axes.set_xticks(range(len(RATES)), [f"{rate:.2g}" for rate in RATES])
axes.set_yticks(range(len(UNITS)), UNITS)
plots.show(
    drawing,
    f"A map of the best validation loss. It is lowest, {final.min():.2f}, in a broad dark valley at rates from "
    "0.005 to 0.05 with 16 units or more, and above 3 at the lowest rates.",
)

# %% [markdown]
# Each square is a configuration, its number the lowest validation loss within nine epochs, averaged over
# three random starts. To the left nothing is learned in time; to the right the steps are too large. Between
# them lies a valley. Going up from 16 to 64 units changes little, except that the valley shifts to the
# left. Anybody who lands in the dark part has found a good model.
#
# How much of a difference is mere luck?

# %%
valley = [key for key in table if key[2] == 0 and table[key].min() < final.min() + 0.05]
gaps = [np.ptp([table[u, r, s].min() for s in range(STARTS)]) for u, r, _ in valley]  # largest - smallest
print("configurations within 0.05 of the best:", len(valley), "of", len(UNITS) * len(RATES))
print(f"the same configuration from three random starts: they differ by {np.mean(gaps):.3f} on average")

# %% [markdown]
# A few hundredths of a nat is what another random start brings. Keep that number. A configuration that
# "wins" by less has won nothing.

# %% [markdown]
# ## When random beats grid
#
# Suppose you do not know that one hyperparameter hardly matters. A grid of nine trials gives each of two axes
# three values. If only one of them matters, nine trials have tried **three** values of it, each three times.
# Nine random trials try nine. Bergstra and Bengio showed this in 2012 (*Random search for
# hyper-parameter optimization*, Journal of Machine Learning Research 13). Here it is: the learning rate at
# 16 units, and beside it an axis that does nothing at all.


# %%
def loss_at(k):
    """The loss with 16 units at the k-th learning rate, and between the rates."""
    return np.interp(k, range(11), final[UNITS.index(16)])


rng = np.random.default_rng(4)
exponents = np.linspace(0, 10, 300)
grid_k, random_k = np.repeat([10 / 6, 5, 50 / 6], 3), rng.uniform(0, 10, 9)
other = {"grid": np.tile([1 / 6, 1 / 2, 5 / 6], 3), "random": rng.random(9)}

drawing, panels = plots.figure("Nine trials each: three learning rates, or nine", columns=2, size=(9, 3.6))
for axes, (name, k) in zip(panels, [("grid", grid_k), ("random", random_k)]):
    axes.plot(exponents, loss_at(exponents), color=plots.GREY)
    axes.scatter(k, 4.4 + 1.6 * other[name], s=16, color=plots.BLUE)
    axes.scatter(k, loss_at(k), s=30, color=plots.ORANGE, zorder=3)
    axes.set(title=name, xlabel="learning rate", ylabel="loss", ylim=(0.5, 6.2), yticks=range(1, 5))
    axes.set_xticks(range(1, 11, 3), [f"{RATES[n]:.2g}" for n in range(1, 11, 3)])
plots.show(
    drawing,
    "Left: a grid of three by three dots above, and only three different points on the loss curve below. "
    "Right: nine scattered dots above, and nine points on the curve.",
)

# %% [markdown]
# The curve is the loss. The blue dots above it are the trials: to the right the learning rate, upwards the
# axis that does nothing. The orange dots are what they learn about the loss. The grid repeats itself three
# times over; the random trials see nine places of the curve. Is it only this picture? 2000 random searches,
# and the grid moved sideways to 2000 places.

# %%
rng = np.random.default_rng(0)
grid_k = rng.uniform(0, 10 / 3, (2000, 2, 1)) + [0, 10 / 3, 20 / 3]  # 2000 grids, three places on each axis
random_k = rng.uniform(0, 10, (2000, 2, 9))
lowest = loss_at(range(11)).min()

one_axis = {"grid": loss_at(grid_k[:, 0]).min(axis=1), "random": loss_at(random_k[:, 0]).min(axis=1)}
for name, best in one_axis.items():
    print(
        f"one axis matters:  {name:6} misses the lowest loss by more than 0.03 in "
        f"{np.mean(best > lowest + 0.03):.0%}"
    )

both = loss_at(grid_k)
two_axes = {
    "grid": (both[:, 0, :, None] + both[:, 1, None, :]).min(axis=(1, 2)),
    "random": loss_at(random_k).sum(axis=1).min(axis=1),
}
for name, best in two_axes.items():
    print(
        f"both axes matter:  {name:6} misses the lowest loss by more than 0.06 in "
        f"{np.mean(best > 2 * lowest + 0.06):.0%}"
    )

# %% [markdown]
# With one axis that matters, the grid misses three times as often as random. (As long as the good part is
# narrower than the grid's step. Ask for 0.05 in the place of 0.03, and it is over a third of the axis: no grid
# of three can miss that.) With two that matter equally it is the other way round: the grid covers the square
# evenly, while random leaves holes and tries some places twice. So the sentence "random beats grid" needs its
# conditions. It is good advice because with five or ten hyperparameters one never knows which of them matter,
# and usually few do.
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
    """The chance that at least one of the trials lands in the best share of the space."""
    ...


check(hit_chance)

# %%
for trials in (1, 10, 20, 45, 59, 100):
    print(f"{trials:3} random trials: {1 - 0.95**trials:.0%} to be in the best twentieth")

# %% [markdown]
# From 59 on it is 95 %. And that holds for **any** number of hyperparameters: the argument never asked how
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
# epochs, 2 of them on to 9; and 3 models for 9.

# %%
oracle = kt.oracles.HyperbandOracle(max_epochs=9, factor=3)
total, lines = 0, [("bracket", "models x trained to epoch", "epochs trained")]
for bracket in (2, 1, 0):
    sizes = [oracle._get_size(bracket, r) for r in range(bracket + 1)]
    ends = [oracle._get_epochs(bracket, r) for r in range(bracket + 1)]
    spent = sum(n * (end - start) for n, end, start in zip(sizes, ends, [0, *ends]))
    total += spent
    lines.append((str(bracket), ",  ".join(f"{n} x {e}" for n, e in zip(sizes, ends)), str(spent)))
print(aligned([*lines, ("together", "", str(total))]))

# %% [markdown]
# 21, 27 and 27 epochs: each bracket may spend about the same. (The names begin with `_get`: these are
# KerasTuner's inner workings, opened here to see that its table is the one we did by hand.) All three brackets,
# twice, cost 150 epochs. For about that money, the others get 16 full trainings of 9 epochs, 144.

# %% [markdown]
# ### Exercise 5 · What a bracket costs
# ★★★ · 10 minutes · 3 points
#
# `models` configurations are trained for `epochs` epochs. One in `factor` of them stays and goes on until it
# has `factor` times as many epochs behind it, and so on, `rounds` rounds in all. (The numbers divide without
# rest.) How many epochs are trained? The example above is `bracket_epochs(9, 1, 3, 3)`, which should give 21.


# %% exercise="bracket_epochs"
def bracket_epochs(models, epochs, factor, rounds):
    """The epochs trained in a bracket of successive halving."""
    ...


check(bracket_epochs)

# %% [markdown]
# ## Four searches, one budget, six times
#
# KerasTuner separates who *chooses*, called the **oracle**, from who *trains*, the tuner. So we hand its four
# oracles to a tuner of our own that reads the table. Each kind searches six times: with another seed, and
# with one of the three random starts. The grid has no chance in it; it gets two layouts of 4 × 4, each with
# three starts. (In one thing the replay is kind to Hyperband: Adam's averages go on where they were.)


# %%
class Replay(kt.Tuner):
    """Looks a trial up instead of training it; notes the epochs it would have cost, and its loss."""

    def run_trial(self, trial, start, notes, **ignored):
        values = trial.hyperparameters.values
        first, last = values.get("tuner/initial_epoch", 0), values.get("tuner/epochs", 9)
        loss = table[values["units"], values["rate"], start][first:last].min()
        notes.append((last - first, loss, values["units"], values["rate"]))
        return float(loss)


def replay(name, seed):
    """One search; (epochs, loss, units, rate) of its trials, in order."""
    hp = kt.HyperParameters()
    layout = seed % 2 if name == "grid" else None
    hp.Choice("units", UNITS if layout is None else [2, 8, 16, 64] if layout else [4, 8, 32, 64])
    hp.Choice("rate", RATES if layout is None else RATES[layout::3][:4])
    # "default_objective" is KerasTuner's name for the single number that run_trial returns.
    common = {"objective": kt.Objective("default_objective", "min"), "hyperparameters": hp, "seed": seed}
    oracle = {
        "grid": lambda: kt.oracles.GridSearchOracle(max_trials=16, **common),
        "random": lambda: kt.oracles.RandomSearchOracle(max_trials=16, **common),
        "Bayesian": lambda: kt.oracles.BayesianOptimizationOracle(
            max_trials=16, num_initial_points=6, **common
        ),
        "Hyperband": lambda: kt.oracles.HyperbandOracle(max_epochs=9, hyperband_iterations=2, **common),
    }[name]()
    notes = []
    tuner = Replay(oracle, directory=new_folder(), overwrite=True)
    search(tuner, 46 if name == "Hyperband" else 16, f"{name} {seed}", start=seed % STARTS, notes=notes)
    return notes


# %%
KINDS = ["grid", "random", "Bayesian", "Hyperband"]
with threadpool_limits(1):
    searches = {name: [replay(name, seed) for seed in range(1, 7)] for name in KINDS}

for name in KINDS:
    trials = [len(notes) for notes in searches[name]]
    epochs = [sum(note[0] for note in notes) for notes in searches[name]]
    print(f"{name:10} trials {min(trials)} to {max(trials)}, epochs trained {min(epochs)} to {max(epochs)}")

# %%
drawing, panels = plots.figure(
    "What each tried: four habits", x="learning rate", y="units", columns=4, size=(11, 3.3)
)
for axes, name in zip(panels, KINDS):
    notes = searches[name][0]
    jitter = np.random.default_rng(0).normal(0, 0.1, (2, len(notes)))
    spots = [[RATES.index(note[3]) for note in notes], [UNITS.index(note[2]) for note in notes]]
    axes.scatter(
        *(np.array(spots) + jitter),
        c=[note[1] for note in notes],
        cmap="viridis",
        vmin=0.8,
        vmax=2.5,
        s=[14 + 4 * note[0] for note in notes],
        edgecolor=plots.GREY,
        linewidth=0.5,
    )
    axes.set(title=name, xlim=(-0.6, 10.6), ylim=(-0.6, 5.6))
    axes.set_xticks([0, 3, 6, 9], [f"{RATES[k]:.2g}" for k in (0, 3, 6, 9)])
    axes.set_yticks(range(6), UNITS)
    axes.set_ylabel("units" if name == "grid" else "")
plots.show(
    drawing,
    "Four maps of learning rate against units. Grid: a regular lattice. Random: scattered. Bayesian: "
    "scattered at first, then crowded in the valley. Hyperband: many small dots everywhere, few large ones in "
    "the valley.",
)

# %% [markdown]
# The first search of each kind. Dark is a low loss, light a high one; a large dot was trained for long, a
# small one for one epoch. (Dots are moved a little, so that none hides another.) The grid spends half of its
# money where everyone can see after a while that nothing grows. Random does not learn from that either.
# The Bayesian search scatters at first, then moves into the valley. Hyperband sows small seeds
# everywhere and waters few.


# %%
def best_so_far(notes, budget):
    """The lowest loss seen after so many epochs of training; a blind guess before the first trial ends."""
    spent = np.cumsum([note[0] for note in notes])
    seen = [note[1] for note, end in zip(notes, spent) if end <= budget]
    return min(seen, default=np.log(67))


budgets = np.arange(0, 151, 3)
drawing, axes = plots.figure(
    "Hyperband is there first; in the end all arrive at the same place",
    x="epochs trained",
    y="best loss so far",
)
for name, colour in zip(KINDS, (plots.GREY, plots.BLUE, plots.ORANGE, plots.GREEN)):
    lines = np.array([[best_so_far(notes, budget) for budget in budgets] for notes in searches[name]])
    axes.plot(budgets, lines.mean(axis=0), color=colour, label=name)
    axes.fill_between(budgets, lines.min(axis=0), lines.max(axis=0), color=colour, alpha=0.12)
axes.set(ylim=(0.75, 2.6))
axes.legend()
plots.show(
    drawing,
    "Four falling lines of best loss against epochs trained, each with the band of its six searches. "
    "Hyperband is down after some 30 epochs; the others need 60 to 120; at 144 all lines and bands meet.",
)

# %% [markdown]
# Each line is the mean of six searches, each band reaches from the best of them to the worst. Hyperband is down
# first. The grid stays up longest, because KerasTuner goes through a grid in order, from its first corner
# on; when its money ends half way, half the space has not been seen. The random and the Bayesian line are the
# same for 54 epochs: the first six Bayesian trials *are* random, drawn from the same seed. As soon as it starts
# to use what it has seen, it drops into the valley.

# %%
lines = [("search", "after 48 epochs: mean of six", "worst of six")]
for name in KINDS:
    early = [best_so_far(notes, 48) for notes in searches[name]]
    lines.append((name, f"{np.mean(early):.2f}", f"{max(early):.2f}"))
print(aligned(lines))
print()
ends = np.array([[best_so_far(notes, 150) for notes in searches[name]] for name in KINDS])
print("after 144 epochs the four means differ by less than 0.02:", bool(np.ptp(ends.mean(axis=1)) < 0.02))
print("and all 24 searches have found a loss below 0.88:", bool(ends.max() < 0.88))

# %% [markdown]
# After 48 epochs the order is clear: even Hyperband's worst search is ahead of the others' mean. After 144 the
# means differ by less than 0.02, and another random start of the *same* configuration brought as much. So we
# say: **no difference that this experiment could see.** Whoever prints a table with the winner in bold here prints luck.
#
# This holds for this space: two axes, and a valley so broad that one configuration in five is good. With
# a narrow valley or more axes the differences grow, and trials that give themselves away after one epoch, as
# most do here, are what Hyperband lives on.

# %% [markdown]
# ## A search that was killed
#
# Searches run for hours, and machines are switched off. KerasTuner writes every trial down as it goes, so a
# search can **go on where it was**. We try it the hard way: a search in a process of its own, killed in the
# middle of its third trial.
#
# For that the search has to be a script, a file. It consists of the two functions you know, and a few
# lines that start the search in the folder it is given.

# %%
HEAD = """import sys
import keras, keras_tuner as kt, numpy as np
from utils import stories

WORDS = sorted({word for text in stories.write(300, seed=0) for word in text.split()} | {"end"})

"""
TAIL = """
x, y = story_rows(stories.write(40, seed=1))
valid = story_rows(stories.write(20, seed=2))
tuner = kt.RandomSearch(build_model, objective="val_loss", max_trials=6, seed=1,
                        directory=sys.argv[1], project_name="stories", overwrite=False)
tuner.search(x, y, validation_data=valid, batch_size=64, epochs=3, verbose=0)
"""
work = Path(new_folder())
script = work / "story_search.py"
script.write_text(HEAD + inspect.getsource(story_rows) + "\n\n" + inspect.getsource(build_model) + TAIL)
print("lines of the script:", len(script.read_text().splitlines()))

# %%
start = time.perf_counter()
process = subprocess.Popen(
    [sys.executable, script, work / "killed"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
)
bar = progress_bar(3, "trials begun")
while process.poll() is None and bar.n < 3:
    time.sleep(0.1)
    begun = len(list(work.glob("killed/stories/trial_*")))
    if bar.n == 0 and begun:
        start_up = time.perf_counter() - start
    bar.update(begun - bar.n)
bar.close()
time.sleep(0.2)
process.kill()
process.wait()

before = finished_trials(work / "killed")
print("finished before it was killed:", len(before), "of 6")

# %% [markdown]
# Now we go on, here in the notebook. The tuner gets the same folder, the same settings, and
# **`overwrite=False`**. (With `True` it would delete what is there. Which of the two you want is worth a
# thought each time.) **Predict** how many trials will be trained.

# %%
with redirect_stdout(StringIO()):  # it reports the folder that it found, which is another one each time
    tuner = kt.RandomSearch(
        build_model,
        objective="val_loss",
        max_trials=6,
        seed=1,
        directory=work / "killed",
        project_name="stories",
        overwrite=False,
    )
trained, end = [], tuner.on_trial_end
tuner.on_trial_end = lambda trial: (trained.append(trial.trial_id), end(trial))
start = time.perf_counter()
search(tuner, 4, "going on", **data)
seconds_a_trial = (time.perf_counter() - start) / 4

after = finished_trials(work / "killed")
print("trained now:", trained)
print("finished in all:", len(after), "  the first ones as they were:", after[: len(before)] == before)
print("different configurations:", len({str(trial.values) for trial in after}))

# %% [markdown]
# Four: the third trial, which had been under way, starts again from its beginning, and three more follow.
# What was finished is not repeated. What a kill costs is one trial at the most, not the search.

# %% [markdown]
# ## A search spread over processes
#
# Random trials do not know of each other, so they can run at the same time. KerasTuner has a mode for
# this. One process is the **chief**: it holds the oracle, hands out trials, and notes results. The others are
# **workers**: they train. All run *the same script*; three environment variables tell each who it is.
# Here is what you would type on three machines, each in a terminal, with the script and a shared folder on
# all of them:

# %%
print(*commands("story_search.py", "/shared/search", address="192.168.0.5", port=8000), sep="\n\n")

# %% [markdown]
# `192.168.0.5` stands for the address of the chief's machine. (Nothing guards that port: whoever reaches it
# can talk to the chief. Use it in networks that you trust.)
#
# The course's helper `run_search` starts all of them on *this* machine, which talks to itself at the address
# 127.0.0.1. It waits, ends every process whatever happens, and if one fails it shows the last lines of its
# log. To let machines elsewhere join, give it `address=` and `port=` of this one, and type the workers' lines
# there.

# %%
spread = run_search(script, work / "spread", trials=6, workers=2)


def scores(trials):
    """The losses by configuration; the rate to five digits, since it travels between processes with seven."""
    return {(t.values["units"], f"{t.values['rate']:.4e}"): t.score for t in trials}


same, once = scores(spread.trials), scores(after)
print("the same six configurations:", same.keys() == once.keys())
print("with the same losses, to 0.02:", all(abs(same[key] - once[key]) < 0.02 for key in once))

# %% [markdown]
# The same trials, and nobody told the workers which: the chief's oracle drew them one after another from
# the same seed, whoever asked. (A Bayesian search would differ: a chief that must hand out the next trial
# before the last is back has less to go by.)
#
# Was it faster? Each process first has to import TensorFlow, and three at once on two cores get in each
# other's way. Your machine's numbers:

# %% tags=["nbval-ignore-output"]
alone = start_up + 6 * seconds_a_trial
print(
    f"one process: {start_up:.1f} s to start, 6 x {seconds_a_trial:.1f} s of trials, together {alone:.1f} s"
)
print(f"chief and two workers: {spread.seconds:.1f} s, speed-up {alone / spread.seconds:.2f}")

# %% [markdown]
# On our two cores the speed-up was **below or barely above 1**: six short trials are not worth two more
# starts of TensorFlow. When is it worth it? Amdahl's argument (1967): only the part that is divided gets
# shorter. Alone: start + trials · seconds. With workers: the start stays, and the trials are divided among
# them, the last round being perhaps half empty. Say the start takes 5 s, and 10 s when several start at once.
# **Predict** the speed-up of 2 workers for 6 trials of one second, and for 100 trials of a minute.


# %%
def speed_up(trials, seconds, workers, start=5, start_together=10):
    rounds = math.ceil(trials / workers)
    return (start + trials * seconds) / (start_together + rounds * seconds)


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
#
# **The twenty seconds.** When the last trial has been handed out, the chief may not leave at once: every
# worker must ask once more and hear that it is over. So the chief looks whether all have heard; if not, it
# sleeps for 20 seconds before it looks again. A search over three terminals can thus hang for that long
# after its last trial. Nothing is wrong then. `run_search` on one machine need not wait: it sees for itself
# that its workers have gone and all results are on the disk, and ends the chief.

# %% [markdown]
# ## How not to fool yourself
#
# Every search ends with "best validation loss". That number is **too good**, and the more trials, the more
# so. In lesson 07 the luckiest of 200 coin tossers had nearly three quarters right. Here are models that know
# something, and are *all equally good*: each is right on every row with a chance of 0.7. We measure each on 100
# validation rows, and report the best of n. **Predict:** what will be reported for n = 256?

# %%
rng = np.random.default_rng(0)
for n in (1, 4, 16, 64, 256):
    best = (rng.binomial(100, 0.7, size=(1000, n)) / 100).max(axis=1)
    print(f"best of {n:3}: reported accuracy {best.mean():.2f}, true accuracy 0.70")

# %% [markdown]
# A search over nothing, and it "improves" accuracy by twelve points. The winner is the one that was
# luckiest with these 100 rows; on new rows its luck is gone. This is **over-tuning**: choosing by the
# validation set fits the validation set, one choice at a time. The difference between what is reported and
# what is true is called **optimism**.
#
# Does that happen with real models? We train 48 of the *same* configuration, which differ only in their
# random start. Then we choose the best of n by a validation set of 5 stories, and ask 195 stories that
# had no part in the choice. (And again with 20 and 80 for choosing; and everything 2000 times, with other
# stories in other roles.)

# %%
with threadpool_limits(1):
    _, equals = train_many(16, [0.01] * 48, range(100, 148))
    losses = np.array(
        [word_losses(*story_rows([text]), equals).mean(axis=1) for text in stories.write(200, seed=3)]
    ).T
print("48 models x 200 new stories:", losses.shape)


def choose(n, size, repeats=2000):
    """Validation and test loss of the best of n by `size` stories, on average."""
    rng, found = np.random.default_rng(0), []
    for repeat in range(repeats):
        models, order = rng.permutation(48)[:n], rng.permutation(200)
        valid, test = (
            losses[np.ix_(models, order[:size])].mean(1),
            losses[np.ix_(models, order[size:])].mean(1),
        )
        found.append((valid.min(), test[valid.argmin()]))
    return np.mean(found, axis=0)


# %%
TRIALS, SIZES = [1, 2, 4, 8, 16, 48], [5, 20, 80]
chosen = {size: np.array([choose(n, size) for n in TRIALS]) for size in SIZES}
drawing, axes = plots.figure(
    "The more trials and the smaller the validation set, the more it flatters",
    x="trials to choose from",
    y="optimism: test loss − validation loss",
)
for size in SIZES:
    axes.semilogx(
        TRIALS, chosen[size][:, 1] - chosen[size][:, 0], marker="o", label=f"chosen by {size} stories"
    )
axes.set_xticks(TRIALS, TRIALS)
axes.minorticks_off()
axes.legend()
plots.show(
    drawing,
    "Three rising lines. With one trial all are near zero; with 48, optimism is largest when 5 stories choose, "
    "and smallest when 80 do.",
)

# %% [markdown]
# To the right are more trials to choose from, upwards is how much the winner's loss flatters. With one trial
# there was nothing to choose and there is (about) no optimism. It grows with every doubling of the trials,
# and fastest where only 5 stories choose. And what did the choosing bring, apart from flattery?

# %%
for size in SIZES:
    (valid_1, test_1), (valid_48, test_48) = chosen[size][0], chosen[size][-1]
    print(
        f"{size:2} stories: choosing the best of 48 lowered the validation loss by {valid_1 - valid_48:.3f}, "
        f"the test loss by {test_1 - test_48:.3f}"
    )

# %% [markdown]
# Chosen by 5 stories, the best of 48 looks better by 0.023 and *is* better by 0.004: five parts in six are luck.
# Chosen by 80 stories, most of the gain is real. (All models read the same stories, and what is hard for one
# is hard for all, so the effect is small here. With accuracies on a hundred rows, as above, it is not.)
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
# **With more time.** Everything here was small so that it ends within three minutes. With an hour: trials
# of 27 or 81 epochs, where Hyperband has more to save; three starts for each configuration
# (`executions_per_trial=3`); more than two axes, where grids fall behind; and workers on machines of their own.
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
    "train the chosen configuration again on training and validation set, then test": ...,
}

check(spoils_the_test=spoils_the_test)

# %% [markdown]
# ### Exercise 7 · Find a model under a budget
# ★★★ · 20 minutes · 4 points
#
# Build and train a Keras model that guesses the next word, with **at most 5,000 parameters** and a loss below
# **0.78** nats a word on 200 stories that it has never seen (the check keeps them to itself). It takes rows as
# `story_rows` makes them (201 numbers) and answers with 67 probabilities, so end it with a softmax. How you
# search is up to you: any tuner of this lesson, or by hand. You may write as many training stories as you
# like, with a seed below 1000.

# %% exercise="small_guesser"
small_guesser = ...

check(small_guesser=small_guesser)

# %% [markdown]
# ## What you know now
#
# - A search space is what `hp` was asked for; combinations multiply, and rates belong on a logarithmic scale.
# - A grid wastes trials on axes that do not matter; random does not; Bayesian search learns from what it has
#   seen; Hyperband stops hopeless trials early. At the end of one budget, all four were within luck here.
# - Compare searches by epochs trained, and work out parameters, bytes and seconds before you start.
# - A killed search goes on with `overwrite=False`; a chief and workers share one when trials are long.
# - The best validation loss flatters. Report the test loss, measured once.
#
# **Next:** [10 · Transformer](10_transformer.ipynb). All models so far looked at a few words. What if each word
# could look at all the others?
