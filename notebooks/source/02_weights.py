# %% [markdown]
# # 02 · Weights
#
# > **At the end you can** read a weight matrix, explain why weights start random and small, and choose
# > between Xavier and He.
#
# Lesson 01 left you with a layer of ten numbers: eight weights and two biases. This lesson looks at the
# weights alone: what one of them does, how thousands of them are stored, and which values they should have
# *before* anything is learned. The biases get lesson 03.
#
# **Time:** about 120 minutes (the exercises alone are 58), of which the computer needs less than one. A good
# place for a break is before "How small is small?".
# **You need:** lesson 01.

# %%
from utils import plots
from utils.checking import check
from utils.counting import table
from utils.training import ProgressBar

import keras
import numpy as np

# %% [markdown]
# ## One weight
#
# An ice-cream stand guesses tomorrow's sales with a single unit. It has three inputs: how many degrees it
# will be above 20, how many hours it will rain, and the day of the month. Somebody has already found the
# weights. Tomorrow is the 17th, 26 degrees, with 3 hours of rain. As in lesson 01, `@` multiplies each
# input by its weight and adds up.

# %%
inputs = np.array([6.0, 3.0, 17.0])
weights = np.array([8.0, -15.0, 0.0])

print("ice creams sold:", inputs @ weights)

# %% [markdown]
# Each weight is **the strength of one connection**, from one input to the unit. Read them:
#
# - **Sign.** 8 for the degrees: warmth pushes sales up. −15 for the rain: it pushes them down.
# - **Size.** An hour of rain counts for more than a degree. Compare sizes with care, though: they depend on
#   what the input is measured in. With rain in minutes, the same weight would be −0.25.
# - **Zero.** The day of the month is multiplied by 0. Whatever it is, the output does not notice. A weight
#   of zero is a cut connection.
#
# Now change one weight and nothing else. **Predict:** the rain's weight goes from −15 to −10. By how much
# does the output rise?

# %%
sold = {}
for rain_weight in [-20, -15, -10, -5, 0]:
    sold[rain_weight] = inputs @ np.array([8.0, rain_weight, 0.0])
    print(f"rain weight {rain_weight:3}   ice creams {sold[rain_weight]:4.0f}")

print(f"predicted 5 * 3 = {5 * 3}, measured {sold[-10] - sold[-15]:.0f}")

# %% [markdown]
# The output moves by **the change of the weight times the input that goes through it**: here 5 times 3
# hours. On a dry day it would be 5 times 0, nothing: an input of 0 makes its weight silent. Hold on to
# this: it is what learning works with in lesson 04.
#
# With one input and no bias, a unit is the formula `w * x`. Here it is for four weights.

# %%
ends = np.array([-5.0, 5.0])
drawing, axes = plots.figure("A weight is a slope", x="input x", y="output w · x")
plots.curves(axes, {f"w = {w:g}": (ends, w * ends) for w in [2.0, 0.5, 0.0, -1.0]})
alt = "Four straight lines with slopes 2, 0.5, 0 and -1, which cross at the point 0, 0."
plots.show(drawing, alt)

# %% [markdown]
# (The braces hold a dictionary, made like the lists of lesson 01: a name and a line, for each `w`. `{w:g}` leaves out
# needless zeros.)
#
# The larger the weight, the steeper the line; a negative one falls; zero is flat. And all four lines meet
# in one point: an input of 0 gives 0, **whatever the weight is**.
#
# That is a real limit. Below are the three taxi receipts of lesson 01. Move the slider and try to get the
# line through all three.


# %% tags=["hide-input"]
# @title A line to turn
def taxi_without_a_fixed_price(w):
    title = f"price = {w:.2f} · kilometres"
    drawing, axes = plots.figure(title, x="kilometres", y="price")
    axes.scatter([2, 5, 10], [9, 15, 25], color=plots.ORANGE, label="receipts")
    axes.plot([0, 11], [0, 11 * w])
    axes.set(xlim=(0, 11), ylim=(0, 30))
    axes.legend()
    alt = f"A line from 0, 0 with slope {w:.2f}, and three receipts"
    return drawing, alt + " at prices of 9, 15 and 25."


plots.sliders(taxi_without_a_fixed_price, w=(1.0, 5.0, 2.0))

# %% [markdown]
# It cannot be done. At w = 2 the line has the right slope and lies 5 too low at every receipt; at w = 3 it
# goes through the middle one and misses the other two; at w = 4.5 it has the first one only. A weight turns
# the line around the point (0, 0) and can do nothing else. What lifts it is the bias, and that gap is where
# lesson 03 begins.

# %% [markdown]
# ## Many weights: a matrix
#
# The stand also sells hot chocolate, so it needs a second unit that looks at the same three inputs. Its
# weights become a second **column**.

# %%
matrix = np.array([[8.0, -2.0], [-15.0, 6.0], [0.0, 0.0]])
INPUTS, UNITS = ["degrees", "rain", "day"], ["ice cream", "chocolate"]

title = "A row for each input, a column for each unit"
drawing, axes = plots.figure(title, size=(4.4, 2.4))
plots.heatmap(axes, matrix, rows=INPUTS, columns=UNITS, digits=0)
alt = "Three rows, two columns: degrees 8 and -2, rain -15 and 6, day 0 and 0."
plots.show(drawing, alt)

# %% [markdown]
# Two ways to read it, both useful:
#
# - **down a column:** what one unit listens to. Chocolate (−2, 6, 0) likes rain and dislikes warmth.
# - **along a row:** whom one input speaks to. Nobody listens to the day of the month.
#
# `matrix[i, j]` is the weight from input `i` to unit `j`, counted from 0 as always in Python. And `inputs @
# matrix` does for every column what you saw for one: multiply and add up. **Predict** both outputs for
# tomorrow (6, 3, 17), then compare with Keras.

# %%
layer = keras.layers.Dense(2, use_bias=False)
layer.build((None, 3))
layer.set_weights([matrix])

print("by hand: ", [8 * 6 - 15 * 3 + 0 * 17, -2 * 6 + 6 * 3 + 0 * 17])
print("NumPy:   ", inputs @ matrix)
print("Keras:   ", layer(inputs.reshape(1, 3)).numpy()[0])

# %% [markdown]
# (A Keras layer wants its inputs as a table of rows, which `reshape(1, 3)` makes of ours: one row of three. It
# answers with a table too; `.numpy()` makes a NumPy array of it, and `[0]` is its first row.)
#
# One warning before you open other people's models: PyTorch, the other large library, keeps the same
# numbers the other way round, **transposed**, as (out_features, in_features), here (2, 3). In NumPy, `.T`
# turns one into the other; the transposed matrix then stands on the left of the inputs.

# %%
as_pytorch_stores_it = matrix.T
print("Keras", matrix.shape, " PyTorch", as_pytorch_stores_it.shape)
print("same outputs:", np.array_equal(as_pytorch_stores_it @ inputs, inputs @ matrix))

# %% [markdown]
# A model with several layers does not have one big matrix. **Each layer has its own**, and its own row of
# biases. **Predict** the shapes for 4 inputs and layers of 8, 3 and 2 units.
#

# %%
layers = [keras.layers.Dense(units) for units in (8, 3, 2)]
model = keras.Sequential([keras.Input((4,)), *layers])
print(table(model))

# %% [markdown]
# One matrix has as many columns as the next has rows, since the units of one layer are the inputs of the
# next: 8 and 8, 3 and 3. In a large language model the list and the arrays are longer, and it is the same
# kind of list: you will print one in lesson 12.

# %% [markdown]
# ### Exercise 1 · Read a matrix
# ★☆☆ · 4 minutes · 1 point
#
# This layer has three inputs and three units, so its shape does not tell you which is which. It is a Keras
# layer. Inputs and units are counted from 0. Replace each `...` by a number.

# %% exercise="read_matrix"
three_by_three = np.array([[3, -1, 0], [0, 2, 8], [4, 0, -7]])

read_matrix = {
    "the weight from input 1 to unit 2": ...,
    "the input that unit 1 ignores": ...,
    "the unit that input 2 pushes up": ...,
}

check(read_matrix=read_matrix)

# %% [markdown]
# ### Exercise 2 · Set one weight right
# ★★☆ · 8 minutes · 2 points
#
# Output `j` of a layer (no biases, no ReLU) should be `target`, and you may change a single weight, the one
# from input `i` to unit `j`. Which value must it have? `x` is the row of inputs, `weights` the matrix.
# `x[i]` is never 0 here. (Why would that be a problem?)


# %% exercise="weight_needed"
def weight_needed(x, weights, i, j, target):
    """The value for weights[i, j] that makes output j equal to the target."""
    ...


check(weight_needed)

# %% [markdown]
# ## What stands between two layers
#
# In lesson 01 each unit ended with ReLU, "a small last step". It looks like a detail. Leave it out and see
# what becomes of a network with a hidden layer of 100 units, 4 inputs and 2 outputs (without biases, to
# keep it short). The weights here are random numbers of either sign: that is what `rng.normal` gives. (`size` of an
# array is how many numbers it has.)

# %%
rng = np.random.default_rng(0)
first, second = rng.normal(size=(4, 100)), rng.normal(size=(100, 2))
x = rng.normal(size=4)

single = first @ second
print("the product has shape", single.shape)
print("same outputs:", np.allclose((x @ first) @ second, x @ single))
many, few = first.size + second.size, single.size
print(f"{many} weights do the work of {few}; {many - few} are wasted")

# %% [markdown]
# `first @ second` multiplies two matrices: each row of `first` goes through `second`. The result is an
# ordinary matrix from 4 inputs to 2 outputs, and it gives the same answers. **Two layers with nothing
# between them are one layer.** So are a hundred. Depth bought nothing, and 592 weights were paid for it.
#
# (A product with a *narrow* middle has fewer weights than the matrix it makes. Lesson 13 uses that on
# purpose.)
#
# Now with ReLU in between. Any matrix turns the opposite input into the opposite output. Does this network?


# %%
def with_relu(x):
    return np.maximum(x @ first, 0) @ second


print("without ReLU, x and -x:", (x @ single).round(1), (-x @ single).round(1))
print("with ReLU,    x and -x:", with_relu(x).round(1), with_relu(-x).round(1))

# %% [markdown]
# With ReLU the two answers are not opposite, so no single matrix can do what this network does. That is
# what the last step is for. It is called the **activation function**, and here are two of
# the best known.


# %%
def relu(z):
    return np.maximum(z, 0)


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


# %% tags=["hide-input"]
# @title Draw both
z = np.linspace(-8, 8, 321)
title = "Two activation functions"
drawing, panels = plots.figure(title, x="sum of the unit", columns=2, size=(8, 3))
for axes, function in zip(panels, (relu, sigmoid)):
    axes.plot(z, function(z))
panels[0].set(title="ReLU", ylabel="output")
panels[1].set(title="sigmoid", ylim=(-0.05, 1.05))
alt = "ReLU is 0 left of 0 and rises straight right of it. The sigmoid climbs in an S"
plots.show(drawing, alt + " from 0 to 1.")

# %% [markdown]
# **ReLU** gives nothing until the sum is positive, and then the sum itself. The **sigmoid** is a soft
# switch: it squeezes any sum into the range from 0 to 1. Strongly negative is almost 0, strongly positive
# almost 1, and a sum of 0 gives exactly one half, "undecided". Its formula is $1 / (1 + e^{-z})$, where $z$
# is the sum and $e$ is 2.718…; you will use it in lesson 03, where an output is to be a probability. A
# third one, **tanh**, is a sigmoid stretched to reach from −1 to 1.
#
# Look at where the curves are *flat*. There, a little more or less makes no difference. How much does the
# output move when the sum moves by 0.01, as a multiple of that 0.01?


# %%
def slope(function, z):
    return (function(z + 0.01) - function(z)) / 0.01


for z in [-8, -2, 0, 2, 8]:
    of_relu, of_sigmoid = slope(relu, z), slope(sigmoid, z)
    print(f"sum {z:2}: slope of ReLU {of_relu:.0f}, slope of sigmoid {of_sigmoid:.2f}")

# %% [markdown]
# ReLU is entirely flat left of zero, the sigmoid nearly flat at both ends, and never steeper than a
# quarter. (At 0 ReLU has a corner: flat to its left, steep to its right.) Flat means: change a weight a
# little, and the output stays where it was. Training learns from what little changes do, so **in the flat
# parts there is nothing to learn from**. At the end of the lesson this will explain the units of lesson 01 that answer
# 0 to every row and do not learn.

# %% [markdown]
# ### Exercise 3 · Two layers into one
# ★★☆ · 8 minutes · 2 points
#
# Two dense layers *with* biases and no activation: first `weights1` and `biases1`, then `weights2` and
# `biases2`. Return the one layer that does the same, as a list: its weights, then its biases. (In the check
# all matrices are square. What happens to `biases1` on its way to the output?)


# %% exercise="collapse"
def collapse(weights1, biases1, weights2, biases2):
    """[weights, biases] of the single layer that equals the two."""
    ...


check(collapse)

# %% [markdown]
# ## Why weights start random
#
# Before training, the weights need some value. Articles about parameters often show a dictionary like this
# one, with `np.random.rand(...) * 0.01`.

# %%
np.random.seed(1)
parameters = {
    "hidden weights": np.random.rand(2, 4) * 0.01,
    "hidden biases": np.zeros(4),
    "output weights": np.random.rand(4, 1) * 0.01,
    "output biases": np.zeros(1),
}
for name, array in parameters.items():
    print(f"{name:15} {str(array.shape):7} from {array.min():.3f} to {array.max():.3f}")

# %% [markdown]
# Random, and small. Why random? Why not all zeros, or the same weights for every unit? Let us try the three
# on one task: a network with eight hidden ReLU units gets two numbers and should answer with the
# **distance** between them. Always giving the average would be wrong by the variance of the targets; you
# know that from lesson 01.
#
# In the next cell, `pairs[:, :1]` is the first column of `pairs`, kept as a column of shape (1000, 1), and
# `pairs[:, 1:]` is the second.

# %%
rng = np.random.default_rng(0)
pairs = rng.normal(size=(1000, 2))
distances = np.abs(pairs[:, :1] - pairs[:, 1:])
print(f"variance of the targets: {distances.var():.2f}")

# %% [markdown]
# A function trains the network from a start that we choose. (`np.zeros(8)` are the biases.)


# %%
def trained(hidden, output):
    """Hidden weights and last epoch's loss, when training starts from these weights."""
    keras.utils.set_random_seed(1)
    layers = [keras.layers.Dense(8, activation="relu"), keras.layers.Dense(1)]
    model = keras.Sequential([keras.Input((2,)), *layers])
    model.set_weights([hidden, np.zeros(8), output, np.zeros(1)])
    model.compile(optimizer=keras.optimizers.Adam(0.02), loss="mean_squared_error")
    settings = {"batch_size": 20, "verbose": 0, "callbacks": [ProgressBar()]}
    run = model.fit(pairs, distances, epochs=4, **settings)
    return model.get_weights()[0], run.history["loss"][-1]


# %% [markdown]
# (Two stars hand over what a dictionary holds as if it were written out: `batch_size=20, verbose=0` and so on.)
#
# **Predict** for each start: what will the eight columns of the hidden weights look like after training?

# %%
equal = np.array([[0.3] * 8, [-0.3] * 8])
starts = {
    "all zero": (np.zeros((2, 8)), np.zeros((8, 1))),
    "equal units": (equal, np.full((8, 1), 0.3)),
    "random": (rng.normal(0, 0.01, (2, 8)), rng.normal(0, 0.01, (8, 1))),
}

# %% [markdown]
# With `axis=1` a function works along each row: `max(axis=1)` is the largest number of each row. Largest less
# smallest, in the row of an input, says how differently the units listen to that input.

# %%
finals = {}
print("start        loss    moved   units differ")
for name, (hidden, output) in starts.items():
    finals[name], loss = trained(hidden, output)
    moved = np.abs(finals[name] - hidden).max()
    first, second = finals[name].max(axis=1) - finals[name].min(axis=1)
    print(f"{name:12} ≈ {loss:.2f}  ≈ {moved:.2f}  ≈ {first:.1f}, {second:.1f}")

# %%
title = "Equal units stay equal; random ones find roles"
names = [f"{name}, {one}" for name in finals for one in ("input 0", "input 1")]
drawing, axes = plots.figure(title, x="hidden unit", size=(7, 3))
plots.heatmap(axes, np.vstack(list(finals.values())), rows=names, digits=1)
alt = "Three pairs of rows: zeros stayed zeros; equal units moved and stayed equal;"
plots.show(drawing, alt + " random ones differ, in their signs too.")

# %% [markdown]
# Each column is a hidden unit, and each pair of rows is a start, with the two weights of every unit.
#
# - **All zero:** no weight moved at all. Every hidden unit says 0, and the output multiplies that by 0:
#   change any one weight a little, and nothing happens. Only the output's bias could learn, and found the
#   average.
# - **Equal units:** the weights did move, a little (the map rounds it away), and the loss is well below the
#   variance of the targets. But all eight columns moved alike. Eight units see the same inputs through the same
#   weights, and the output listens to each in the same way. So each is wrong in the same way and is corrected in
#   the same way, for ever. The loss is what *one* unit can do: it has learned "input 0 is larger", and nobody has
#   learned the other half of the task. You pay for eight units and have one.
# - **Random:** the columns differ, and now look at their signs. Some units answer to "input 0 is larger",
#   others to "input 1 is larger" (one, with the same small number twice, has found no role). Together they are the
#   distance, and the loss is close to zero.
#
# Equal units are called **symmetric**, and a random start is said to **break the symmetry**. The biases may
# start at zero all the same, as they did here: once the weights differ, no two units are alike.
#
# One random start could be luck. Three more:

# %%
for seed in (1, 2, 3):
    rng = np.random.default_rng(seed)
    start = rng.normal(0, 0.01, (2, 8)), rng.normal(0, 0.01, (8, 1))
    hidden, loss = trained(*start)
    first, second = hidden.max(axis=1) - hidden.min(axis=1)
    print(f"seed {seed}: loss ≈ {loss:.2f}   units differ ≈ {first:.1f}, {second:.1f}")

# %% [markdown]
# A random start *can* fail: when all units happen to take the same side, the loss stays where the equal units
# left it. The fewer units there are, the more often that happens; with eight it is rare.

# %% [markdown]
# ### Exercise 4 · How many units are there really?
# ★★★ · 12 minutes · 3 points
#
# Two hidden units are twins when nothing tells them apart: same weights coming in, same bias, and the next
# layer listens to both in the same way. Then they stay twins for ever, and count as one.
#
# You get the starting values: `weights` (a row for each input, a column for each hidden unit), `biases`
# (one for each hidden unit), and `outgoing`, the weight matrix of the *next* layer. How many different
# hidden units are there? Think first about which part of `outgoing` belongs to a hidden unit. There may be
# triplets, and twins need not be neighbours.
#
# Two tools: `weights[:, k]` is column `k` of a matrix, and `outgoing[k]` is row `k`.
# `np.array_equal(p, q)` tells whether two arrays are the same.


# %% exercise="different_units"
def different_units(weights, biases, outgoing):
    """The number of hidden units when each set of twins counts once."""
    ...


check(different_units)

# %% [markdown]
# ### What is wrong with `rand`
#
# `np.random.rand` draws evenly from 0 to 1: **never a negative number**. So in the dictionary above no
# connection pushes down. Here are 1000 units that look at the same 256 inputs, once with `rand(...) *
# 0.01`, and once with `rng.normal(0, 0.01, ...)`, which draws from the bell curve around 0.
#
# How far do such numbers lie from 0? Lesson 01 had the **variance**: the mean squared distance of numbers
# from their average. The square root of the variance is called the **spread**, or *standard deviation*. It
# is measured in the same units as the numbers themselves. Here it is the 0.01: about two thirds of the
# numbers lie within 0.01 of zero.

# %%
rng = np.random.default_rng(0)
x = rng.random(256)
positive = x @ (rng.random((256, 1000)) * 0.01)
balanced = x @ rng.normal(0, 0.01, size=(256, 1000))
print(f"rand:   the units say from {positive.min():5.2f} to {positive.max():.2f}")
print(f"normal: the units say from {balanced.min():5.2f} to {balanced.max():.2f}")

# %% tags=["hide-input"]
# @title Draw how often each output occurs
title = "With rand, all units say nearly the same"
drawing, axes = plots.figure(title, x="output of a unit", y="number of units")
axes.hist(balanced, bins=30, label="normal(0, 0.01)")
axes.hist(positive, bins=10, label="rand * 0.01")
axes.legend()
alt = "Balanced weights: outputs on both sides of 0. With rand: a narrow heap around"
plots.show(drawing, f"{alt} {positive.mean():.2f}.")

# %% [markdown]
# With `rand` the outputs are a narrow heap, all positive. A thousand units agree with each other before
# they have learned anything, which is close to the symmetry we wanted to break. The balanced weights give
# units of both signs.
#
# It gets worse with more inputs, since no negative weight cancels a positive one. **Predict:** with 16 times as
# many inputs, what becomes of the outputs? Their size is measured by the root of their average square.

# %%
for width in (16, 256, 4096):
    rng = np.random.default_rng(0)
    x = rng.random(width)
    positive = x @ (rng.random((width, 1000)) * 0.01)
    balanced = x @ rng.normal(0, 0.01, size=(width, 1000))
    one, other = np.sqrt(np.mean(positive**2)), np.sqrt(np.mean(balanced**2))
    print(f"{width:4} inputs: size with rand {one:6.3f}, balanced {other:.3f}")

# %% [markdown]
# From row to row there are 16 times as many inputs. With `rand` the outputs grow about 16-fold. Balanced
# weights partly cancel each other, and the outputs grow only about 4-fold, the square root of 16. Why the
# root? That comes below, in three steps.
#
# What people mean when they write `rand` is one of these two: the bell curve, `rng.normal(0, 0.01, shape)`,
# or an even draw from *both* sides of zero, `rng.uniform(-0.01, 0.01, shape)`. NumPy's old name for a bell
# curve is `np.random.randn`; one letter makes the difference.

# %% [markdown]
# ## How small is small?
#
# So the weights start random, on both sides of zero. Why times 0.01? Send a signal through thirty layers of
# 256 units, no activation yet, and write down how strong it is after each. As a measure of strength take
# the **average square** of the numbers. (For numbers whose average is 0 this is their variance.)


# %%
def signal(spread, activation=None, layers=30, width=256, seed=0):
    """The average square of a random signal: at the start, and after each layer."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(20, width))
    squares = [np.mean(x**2)]
    for _ in range(layers):
        x = x @ rng.normal(0, spread, size=(width, width))
        if activation:
            x = activation(x)
        squares.append(np.mean(x**2))
    return np.array(squares)


# %%
print("layer              0       1      10      30")
for spread in (0.01, 0.1):
    after = signal(spread)
    numbers = [f"{after[n]:7.0e}" for n in (0, 1, 10, 30)]
    print(f"spread {spread:4}:", " ".join(numbers))

# %% [markdown]
# (`" ".join(numbers)` puts the texts of a list into one, with a space between them. And `1e-16` is Python for
# 1 divided by a 1 with 16 zeros.)
#
# The signal starts at 1. With 0.01 it is dead after a few layers; a network like that answers the same to
# everything. With 0.1 it ends about a trillion times too large. Neither is a place to start learning from. In
# between there is a narrow good range: find it.


# %% tags=["hide-input"]
# @title A spread to choose
def thirty_layers(spread):
    title = f"Thirty layers, weights with a spread of {spread:.4f}"
    drawing, axes = plots.figure(title, x="layer", y="average square")
    squares = signal(spread)
    axes.semilogy(squares)
    axes.axhline(1, color=plots.GREY, linestyle="--")
    axes.set_ylim(1e-32, 1e18)
    alt = f"With a spread of {spread:.4f} the average square goes from 1 to"
    return drawing, f"{alt} {squares[30]:.0e}."


plots.sliders(thirty_layers, spread=(0.02, 0.12, 0.04))

# %% [markdown]
# The dashed line is where the signal began. At 0.04 it loses most of itself at every layer, and the losses
# multiply: a straight line downwards on this logarithmic axis. You will have found that the line is level
# near 0.06 and nowhere else. Where does that number come from? Three steps.
#
# **1. One connection.** The variance of numbers is their mean squared distance from their average. The
# weights' average is 0, so their variance is the average of $w^2$. Now an input $x$ comes along. It is the
# same for every weight one might draw, so the average of $(w x)^2$ is $\text{var}(w) \cdot x^2$.
#
# **2. A sum of $n$ of them.** Square a sum, and you get all the squares, plus mixed terms such as $2 \cdot
# w_1 x_1 \cdot w_2 x_2$. The weights have either sign, so the mixed terms are as often negative as
# positive, and cancel. The squares remain, and there are $n$:
#
# $$\text{average square of the outputs} = n \cdot \text{var}(w) \cdot \text{average square of the inputs}$$
#
# **3. Neither grow nor shrink.** Then $n \cdot \text{var}(w)$ has to be 1, so $\text{var}(w) = 1/n$.
#
# For 256 inputs the spread is $1/\sqrt{256} = 1/16 = 0.0625$. Test step 2, then
# step 3.

# %%
for spread in (0.01, 0.1, 1 / 16):
    before, after = signal(spread, layers=1)
    factors = f"factor predicted {256 * spread**2:.2f}, measured {after / before:.2f}"
    print(f"spread {spread:6.4f}: {factors}")
print(f"and after 30 layers with 1/16: {signal(1 / 16)[30]:.1f}")

# %% [markdown]
# In books the formula reads var(out) = n · var(w) · var(in). That is the same where averages are 0. Behind
# a ReLU they are not, and the average square is what keeps the formula true.
#
# This start is called **Xavier** or **Glorot** (Xavier Glorot and Yoshua Bengio, 2010). They also looked at
# the way back that learning takes through the layers, where the number of *units* plays the part of $n$,
# and chose the middle: **variance 2 / (inputs + units)**. With 256 of each that is 1/256 again.
#
# Now put ReLU behind each layer. It sets negative sums to 0, which is half of them. Half of the squares are
# gone. **Predict:** with the Xavier start, what is left after 30 layers of ReLU? What would mend it?

# %%
print(f"predicted (1/2)^30 = {0.5**30:.0e}, measured {signal(1 / 16, relu)[30]:.0e}")
print(f"with twice the variance: {signal(np.sqrt(2 / 256), relu)[30]:.1f}")

# %% [markdown]
# A half at each layer, thirty times: about a billionth. (Not to the digit, for chance multiplies too, over
# thirty layers, and this was one random start.) So for ReLU take twice the variance: **2 / inputs**. That
# is the **He** start (Kaiming He and others, 2015, [arXiv:1502.01852](https://arxiv.org/abs/1502.01852)).
# Here are all of them, five random starts each.

# %%
cases = {
    "Xavier, no activation": (1 / 256, None),
    "He, ReLU": (2 / 256, relu),
    "Xavier, tanh": (1 / 256, np.tanh),
    "Xavier, ReLU": (1 / 256, relu),
}
runs = {}
print("after thirty layers    lowest  highest")
for name, (variance, activation) in cases.items():
    spread = np.sqrt(variance)
    runs[name] = np.array([signal(spread, activation, seed=seed) for seed in range(5)])
    last = runs[name][:, 30]  # after thirty layers, for each start
    print(f"{name:22} {last.min():>6.1g}  {last.max():>7.1g}")

# %% tags=["hide-input"]
# @title Draw the four, layer by layer
title = "Without activation Xavier keeps the signal, with ReLU He does"
drawing, axes = plots.figure(title, x="layer", y="average square")
for name, squares in runs.items():
    style = "--" if name == "He, ReLU" else "-"
    axes.semilogy(np.median(squares, axis=0), style, label=name)
    axes.fill_between(range(31), squares.min(axis=0), squares.max(axis=0), alpha=0.2)
half = 0.5 ** np.arange(31)
axes.semilogy(half, color="black", linestyle=":", label="one half for each layer")
axes.legend()
alt = "He with ReLU and Xavier without activation stay near 1; Xavier with tanh falls"
alt += f" to {np.median(runs['Xavier, tanh'][:, 30]):.0e}, Xavier with ReLU to"
plots.show(drawing, f"{alt} {np.median(runs['Xavier, ReLU'][:, 30]):.0e}.")

# %% [markdown]
# The lines are the middle of five starts, the pale bands reach from the lowest to the highest. Two stay near
# 1: Xavier without an activation, and He with ReLU. (Its band is wider, because which sums ReLU cuts off
# adds chance of its own at every layer.)
# Xavier with ReLU follows the dotted line, a half at each layer. Xavier with tanh sinks slowly, because
# tanh flattens large values but hardly touches small ones; the smaller the signal gets, the less it loses.
# That is why the rule of thumb says **Xavier for tanh** (and usually for sigmoid, which we have not tried),
# **He for ReLU**.

# %% [markdown]
# ### Exercise 5 · Predict the signal
# ★★☆ · 8 minutes · 2 points
#
# `sizes` is a list as in lesson 01: the number of inputs, then the units of each layer. `spreads` has the spread of
# the weights of each layer, and `uses_relu` is `True` when every layer ends in ReLU. The inputs have an average
# square of 1. There are no biases, and the weights are drawn around 0. What average square do you expect at the
# end? Here the layers need not be equally wide: which of the two sizes of a layer is the $n$?


# %% exercise="average_square_after"
def average_square_after(sizes, spreads, uses_relu):
    """The expected average square of the signal after all layers."""
    ...


check(average_square_after)

# %% [markdown]
# ### Exercise 6 · Choose the start
# ★★☆ · 6 minutes · 2 points
#
# Give the spread (not the variance) with which the weights of a layer should start: He if `activation` is
# `"relu"`, Xavier if it is `"tanh"`.


# %% exercise="starting_spread"
def starting_spread(inputs, units, activation):
    """The spread of the starting weights: He for "relu", Xavier for "tanh"."""
    ...


check(starting_spread)

# %% [markdown]
# ## What Keras does
#
# If you say nothing, a Keras layer starts with *Glorot uniform*: an even draw between −limit and +limit. An
# even draw has variance limit² / 3. (Lesson 01: 1/12 for a range of length 1. This range is 2 · limit long,
# and squares grow with the square: (2 · limit)² / 12.) For this to be 2 / (inputs + units), the limit is $\sqrt{6 /
# (\text{inputs} + \text{units})}$. See whether a real layer keeps to it.

# %%
keras.utils.set_random_seed(1)
layer = keras.layers.Dense(500)
layer.build((None, 1000))
kernel, biases = layer.get_weights()

limit = np.sqrt(6 / (1000 + 500))
largest = np.abs(kernel).max()
print(f"limit predicted {limit:.4f}, largest of {kernel.size:,}: {largest:.4f}")
print(f"variance predicted {2 / 1500:.5f}, measured {kernel.var():.5f}")
print("all biases zero:", not biases.any())

# %% [markdown]
# So Keras starts with Xavier, **also when you ask for ReLU**. For He, write `Dense(64, activation="relu",
# kernel_initializer="he_normal")`.
#
# Does it matter? We have only watched signals so far; what counts is whether the network learns. The
# distances again, now with twenty hidden ReLU layers of 64 units, from three starts: the bell curve with a spread of
# 0.01, Xavier, He. (A *list* of layers that is filled in a loop: each has weights of its own, and `start()` makes a
# fresh draw for each.)


# %%
def losses_of_deep_network(start, seed):
    """The loss of each of three epochs; start says how the weights are drawn."""
    keras.utils.set_random_seed(seed)
    hidden = []
    for _ in range(20):
        layer = keras.layers.Dense(64, activation="relu", kernel_initializer=start())
        hidden.append(layer)
    model = keras.Sequential([keras.Input((2,)), *hidden, keras.layers.Dense(1)])
    model.compile(optimizer="adam", loss="mean_squared_error")
    settings = {"batch_size": 25, "verbose": 0, "callbacks": [ProgressBar()]}
    return model.fit(pairs, distances, epochs=3, **settings).history["loss"]


# %%
def hundredth():
    return keras.initializers.RandomNormal(stddev=0.01)


losses = [f"{loss:.2f}" for loss in losses_of_deep_network(hundredth, seed=1)]
print("0.01: loss of each epoch ≈", ", ".join(losses))
print(f"always saying the average: {distances.var():.2f}")

# %% [markdown]
# **Times 0.01 is not "small enough", it is too small** for a deep network: this one does no better than always
# saying the average, because nothing arrives at its end. The same 0.01 did well in the small network above,
# which had one hidden layer to get through.
#
# And the other two? **Predict** which learns faster, and whether the other one catches up. (The loss of an epoch
# is the average over its 40 steps, so the first one tells who was quick.)

# %%
kinds = {"Xavier": keras.initializers.GlorotUniform, "He": keras.initializers.HeNormal}
for name, start in kinds.items():
    for seed in (1, 2):
        losses = [f"{loss:.2f}" for loss in losses_of_deep_network(start, seed)]
        print(f"{name:6} seed {seed}: loss of each epoch ≈", ", ".join(losses))

# %% [markdown]
# In the first epoch **He is well ahead**: Xavier's loss is nearly twice as high, or more. By the third epoch both
# are near zero, and nothing is left of the difference. That is remarkable. See what twenty layers of 64 units
# leave of the signal's *size*, the root of the average square, by exercise 5:

# %%
for name, variance in {"0.01": 0.01**2, "Xavier": 1 / 64, "He": 2 / 64}.items():
    size = np.sqrt(64 * variance / 2)
    print(f"{name:6} one layer leaves {size:.3f} of it, twenty {size**20:.0e}")

# %% [markdown]
# With Xavier a thousandth arrives, and all that the weights learn from is about that much smaller too. Why did
# it cost only some steps, when the other fading cost everything? The method `adam` divides what a weight learns
# from by its usual size, so a faint signal moves a weight as far as a strong one. That rescues Xavier. But to
# be safe from dividing by zero, `adam` adds 0.0000001 to the divisor. A thousandth is far above that. What 0.01
# leaves is so far below it that even with `adam` nothing moves.
#
# The choice matters in deep networks without further help, and with simpler methods than `adam`: He and his
# colleagues report a network of 30 layers that learned from their start and not at all from Xavier's. It
# hardly matters in shallow networks, nor where **normalisation** layers bring the signal back to size after
# each layer. Large language models have such layers. Here is the idea: the line that divides. `axis=1` takes the
# mean of each row, and `keepdims=True` keeps these means as a column, so that each row is divided by its own.

# %%
rng = np.random.default_rng(0)
x = rng.normal(size=(20, 256))
for number in range(1, 31):
    x = relu(x @ rng.normal(0, 0.01, size=(256, 256)))
    x = x / np.sqrt(np.mean(x**2, axis=1, keepdims=True))
    if number in (1, 30):
        apart = x.std(axis=0).mean()  # from row to row, on average over the units
        print(f"layer {number:2}: average square {np.mean(x**2):.1f}, ", end="")
        print(f"spread of the rows {apart:.1f}")

# %% [markdown]
# The same 0.01 that killed the signal before. That the average square is 1 is no surprise, we divided by
# its root. The second number (`std` is the spread) says how different the 20 rows still are: the signal is
# alive, but thirty layers of ReLU with random weights have made the rows much more alike. Lesson 10 has the
# details.

# %% [markdown]
# ## A debt from lesson 01: dead units
#
# Lesson 01 said that some starts leave a unit that answers 0 to everything and never recovers. Now you can
# see why. There each unit had four inputs between 0 and 1, a bias of 0, and weights from Keras' even draw between
# −1 and 1 (since 6 divided by 4 + 2 is 1). Here are the data of lesson 01 again and 10,000 such units.
# **Predict:** how many answer 0 to all 100 rows? At least the ones whose four weights are all negative.

# %%
np.random.seed(1)
rows, targets = np.random.rand(100, 4), np.random.rand(100, 2)
rng = np.random.default_rng(0)
units = rng.uniform(-1, 1, size=(4, 10_000))

# %% [markdown]
# `rows @ units` has a row for each example and a column for each unit; `all(axis=0)` says of each column
# whether all of it is true.

# %%
negative = (units < 0).all(axis=0)
dead = (rows @ units <= 0).all(axis=0)
print(f"all four weights negative: predicted {10_000 // 16}, counted {negative.sum()}")
print(f"answer 0 to all 100 rows: {dead.sum()}, which is {dead.mean():.0%}")
print(f"at least one of two units: {1 - (1 - dead.mean()) ** 2:.0%}")

# %% [markdown]
# About one in eight. About half of those have all weights negative; the others have a positive one that is
# too weak to win on any row. And the model of lesson 01 has two units, so nearly one start in four has at
# least one that is dead.
#
# Why does a dead unit not recover? Take one and nudge each weight a little, as training would want to.
# (`units[:, dead]` keeps the columns where `dead` is `True`; `[:, 0]` takes the first of them.)

# %%
weights = units[:, dead][:, 0]
print("outputs that are not 0:", np.count_nonzero(relu(rows @ weights)))
for i in range(4):
    for nudge in (-0.001, 0.001):
        nudged = weights.copy()
        nudged[i] += nudge
        alive = np.count_nonzero(relu(rows @ nudged))
        print(f"weight {i} nudged by {nudge:6}: outputs that are not 0: {alive}")

# %% [markdown]
# Nothing happens. All 100 sums are negative, where ReLU is flat. No small change of any weight changes any
# output, so none makes the error smaller, and training has no direction to go. (How much the error changes
# with a weight is called the **gradient**, lesson 04. Here it is zero.) Train a layer of two units from
# this start, the dead one and a live one. (`column_stack` puts columns side by side.)

# %%
keras.utils.set_random_seed(1)
start = np.column_stack([weights, [0.5, 0.5, 0.5, 0.5]])
model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(2, activation="relu")])
model.set_weights([start, np.zeros(2)])
model.compile(optimizer=keras.optimizers.Adam(0.05), loss="mean_squared_error")
before = model.get_weights()[0]
model.fit(rows, targets, epochs=10, verbose=0)

moved = np.abs(model.get_weights()[0] - before).max(axis=0)
print("furthest move of a weight: in the dead unit", moved[0])
print(f"                           in the live unit ≈ {moved[1]:.1f}")

# %% [markdown]
# Not even in the last digit. What helps? Three remedies, tried on the same 10,000 units:
#
# - **centre the inputs:** subtract their average, so that they have both signs. Then some row will suit any
#   weights;
# - **start the bias higher**, at 0.1 or 1 instead of 0;
# - **leaky ReLU:** let a hundredth of a negative sum through, so that the left side is not flat. (`np.where(sums > 0,
#   p, q)` takes `p` where the sum is positive and `q` elsewhere.)

# %%
sums = rows @ units
remedies = {
    "as it was": relu(sums),
    "inputs centred": relu((rows - rows.mean(axis=0)) @ units),
    "bias 0.1": relu(sums + 0.1),
    "bias 1": relu(sums + 1),
    "leaky ReLU": np.where(sums > 0, sums, 0.01 * sums),
}
for name, outputs in remedies.items():
    print(f"{name:14}  dead: {(outputs == 0).all(axis=0).sum():5}")

# %% [markdown]
# Centring costs nothing and saves all, whatever the weights, as long as the bias is 0: centred sums then have an
# average of 0, so some of them are above it.
# A small bias saves about half. A fourth remedy would have been best in lesson 01: no ReLU on the last layer,
# where it serves no purpose unless outputs must not be negative.
#
# Two things in fairness. In a hidden layer, a unit's inputs change while the layers before it learn, so it
# *may* come back to life. And in a wide layer it may go unnoticed that some units are dead.

# %% [markdown]
# ### Exercise 7 · Twenty layers and still alive
# ★★★ · 12 minutes · 3 points
#
# Build a Keras model with 64 inputs and 64 outputs that has **at least 20 dense layers of 64 units, each
# with ReLU**, and through which a signal passes neither fading nor exploding. `check` sends 1000 rows with
# spread 1 through it; the root of the outputs' average square must lie between 0.1 and 10, and different
# rows must still give different answers. On the way, at the entrance of every layer, the root must stay
# between 0.01 and 100, so mending it once at the end will not do.
#
# ReLU means plain ReLU, not leaky, and each layer has weights of its own. The model need not be trained. Any
# other means are allowed, and there are several.

# %% exercise="deep_signal"
deep_signal = ...

check(deep_signal=deep_signal)

# %% [markdown]
# ## What you know now
#
# - A weight is the strength of one connection; in Keras' matrices, rows are inputs and columns are units.
# - Without an activation function between them, two layers are one.
# - Equal units stay equal for ever; random starts, on both sides of zero, let them differ.
# - A layer multiplies the average square by inputs × variance of the weights: Xavier makes that 1, He makes
#   up for ReLU.
# - Where an activation is flat nothing can be learned: a ReLU unit that answers 0 to every row cannot wake itself.
#
# **Next:** [03 · Biases](03_biases.ipynb). What an offset does that no weight can.
