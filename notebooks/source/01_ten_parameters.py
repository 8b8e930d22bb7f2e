# %% [markdown]
# # 01 · Ten parameters
#
# > **At the end you can** say what a parameter is, count the parameters of a dense layer, and build,
# > train and take apart a Keras model with ten of them.
#
# A large language model, LLM for short, is a program that continues a text by saying which word is likely to come
# next. Of many a one it is said that it has "7 billion parameters". This course shows what those are. It ends with a
# real language model whose 134,515,008 parameters you will have counted, and it begins here, with ten.
#
# **Time:** about 80 minutes, of which the computer needs less than one. A good place for a break is before
# "From one layer to several".
# **You need:** Python, as far as functions, loops, lists and dictionaries. No machine learning.

# %% [markdown]
# ## How to use these pages
#
# A notebook is a page of text and of *cells* with Python in them. Click into a cell and press
# **Shift + Enter**: it runs, and what it computes appears below it. Run the cells from top to bottom; later
# ones use what earlier ones made. A cell that shows only a title is folded: it draws, or prepares something.
# Run it too. One click opens it, and nothing that you need to learn stands inside.
#
# The page comes with its results. When you meet the word **Predict**, work it out and write it down before
# you scroll on, or choose *Edit, Clear Outputs of All Cells* before you begin. A wrong guess that you noticed
# teaches more than a right number that you read.
#
# In the exercises, `check` tries your answer and says what is wrong with it. It never counts how often. After
# a wrong answer it offers hints, to unfold one at a time, and last the solution; if you have no idea, hand in
# any number (in a function: `return 0`) to get the first hint. Stars say how hard an exercise is, points how much
# it is worth.

# %%
from utils import plots
from utils.checking import check
from utils.counting import count, table
from utils.training import ProgressBar

import keras
import numpy as np

# %% [markdown]
# The last two lines bring in libraries that the whole field uses: **Keras** for building models (with
# **TensorFlow** as the engine beneath it) and **NumPy** for tables of numbers. The `utils` lines are this
# course's own helpers; you can open and read them. The folded cell above them sees to it that they are found.

# %% [markdown]
# ## Letters in a formula
#
# Look at the formula `2a + b`. The letters stand for numbers that somebody still has to choose. Choose
# them, and you get a result.


# %%
def formula(a, b):
    return 2 * a + b


print("a=3, b=1:   ", formula(3, 1))
print("a=10, b=0:  ", formula(10, 0))
print("a=-1, b=0.5:", formula(-1, 0.5))

# %% [markdown]
# One formula, three results, because the letters had three different values.
#
# Such letters are what people mean when they say that a **parameter** is "a letter in a formula". As a
# first idea this is fine. Two things are missing: where the values come from, and what the 2 is. The next
# cells mend both.

# %% [markdown]
# ## The same thing the other way round
#
# So far the letters were given and the result was asked for. A model that *learns* does it backwards:
# the results are known, and the letters are wanted.
#
# A taxi charges a price for each kilometre, and a fixed price for getting in. Nobody tells you either,
# but you have three receipts:
#
# | kilometres | price |
# |---:|---:|
# | 2 | 9 |
# | 5 | 15 |
# | 10 | 25 |
#
# The formula is `price = a * kilometres + b`. Now you can see three kinds of number in it:
#
# - `kilometres` is the **input**: it comes with each ride.
# - `price` is the **output**: what the formula says about that ride. A receipt tells what it should have
#   said, which is called the **target**.
# - `a` and `b` are the **parameters**: they belong to the taxi and stay the same from ride to ride. They
#   are what there is to find.
#
# (The 2 in `2a + b` was the input, then: two kilometres.)

# %% [markdown]
# ### Exercise 1 · The taxi's two numbers
# ★☆☆ · 3 minutes · 1 point
#
# Find the parameters from the receipts, with pencil and paper or in your head. Replace the three dots by
# a list of two numbers: `a`, the price of a kilometre, then `b`, the price of getting in. Then run the
# cell. Be wrong as often as you like: nobody counts.

# %% exercise="taxi"
taxi = ...

check(taxi=taxi)

# %% [markdown]
# You needed two receipts to find two numbers; the third only confirmed them.
#
# Real receipts are not so tidy: traffic, detours, tips. Then no `a` and `b` fit all of them exactly, and
# one looks for those that are **wrong by as little as possible**. Here are thirty rides of another taxi.
# NumPy's `polyfit` finds the two numbers.
#
# (`rng` makes random numbers: `uniform` draws them evenly between two bounds, `normal` draws them around 0,
# here mostly between −5 and 5. Arithmetic with NumPy's numbers is done for each of them: `3.0 * kilometres` is
# thirty prices. The 0 in `default_rng(0)` makes chance come out the same each time, `deg=1` asks for a straight
# line, and `{a:.2f}` in a text shows the number `a` with two digits after the point.)

# %%
rng = np.random.default_rng(0)
kilometres = rng.uniform(1, 20, size=30)
prices = 3.0 * kilometres + 4.0 + rng.normal(0, 2.5, size=30)

a, b = np.polyfit(kilometres, prices, deg=1)
print(f"a = {a:.2f} a kilometre, b = {b:.2f} for getting in")

# %% [markdown]
# The rides were made with 3 a kilometre and 4 for getting in, plus a random amount on each. The two numbers
# found are near those; one of them even to the digits shown. Thirty noisy rides do not say more.

# %% tags=["hide-input"]
# @title Draw the rides and the line
title = "Two parameters, fitted to thirty rides"
drawing, axes = plots.figure(title, x="kilometres", y="price")
axes.scatter(kilometres, prices, s=18, color=plots.GREY, label="rides")
ends = np.array([0, 20])
axes.plot(ends, a * ends + b, label=f"{a:.2f} · kilometres + {b:.2f}")
axes.legend()
alt = f"Thirty rides scatter around a rising straight line with slope {a:.1f}."
plots.show(drawing, alt)

# %% [markdown]
# Each grey dot is a ride. The line is the formula with the values that were found: where it starts on the
# left is `b`, how steeply it rises is `a`. The dots lie on both sides of it.
#
# So here is a better sentence than the first one. **A parameter is a number inside a formula that is found
# from examples, so that the formula's outputs come close to the targets.** Finding them is called
# *fitting*, *training* or *learning*: three words for one thing.

# %% [markdown]
# ## A neuron, and a layer of two
#
# Taxis have one input. Most things have more. Say a formula has four inputs; then it gets four numbers to
# multiply them with, and again one to add at the end:
#
# $$\text{output} = w_1 x_1 + w_2 x_2 + w_3 x_3 + w_4 x_4 + b$$
#
# The $x$ are the four inputs. The $w$ are called **weights**, the $b$ is called the **bias**. A formula like this
# is called a **neuron** or **unit**; think of it as a container for some weights and one bias. That makes five
# parameters.
#
# Put two neurons next to each other, both looking at the same four inputs, and you have a **layer** with
# two outputs. Since every input is connected with every unit, the layer is called *dense*. (In the cell,
# `plots` is the helper that draws, and `alt` says in words what the figure shows, for whoever cannot see it.)

# %%
alt = "Four inputs on the left, two units on the right, a line from each to each."
plots.show(plots.network([4, 2]), alt)

# %% [markdown]
# Every line in the picture is one weight. Every filled circle is one unit, with its own bias written
# beside it.
#
# **Predict:** how many parameters does this layer have? Count the lines, count the biases, and only then
# run the next cell.

# %%
layer = keras.layers.Dense(2)
layer.build((None, 4))

predicted = 4 * 2 + 2
print(f"predicted {predicted}, Keras says {layer.count_params()}")

# %% [markdown]
# `Dense(2)` is Keras' name for a dense layer with two units. `build((None, 4))` told it that it will see
# four inputs; the `None` stands for "any number of examples". Before that it could not know how many
# weights it needs.
#
# Four weights and one bias for each unit, twice: **ten parameters**. This is the layer that the whole
# lesson is about.

# %% [markdown]
# ### Exercise 2 · Count any dense layer
# ★☆☆ · 5 minutes · 1 point
#
# Write a function that counts the parameters of a dense layer with any number of inputs and units. Keras
# lets you leave the biases out, so there is a third argument: `use_bias` is `True` or `False`.
#
# `check` will try your function on a hundred layers, large and small, with and without biases.


# %% exercise="dense_parameters"
def dense_parameters(inputs, units, use_bias):
    """The number of parameters of a dense layer."""
    ...


check(dense_parameters)

# %% [markdown]
# ## The whole model, in one go
#
# Here is the program that many articles about parameters start with. Read it once from the top; the lines
# are explained below, and then we open it up.

# %%
np.random.seed(1)
keras.utils.set_random_seed(1)
inputs = np.random.rand(100, 4)
targets = np.random.rand(100, 2)

model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(2, activation="relu")])
model.compile(optimizer="adam", loss="mean_squared_error")
model.fit(inputs, targets, epochs=10, verbose=0)

new_rows = np.random.rand(10, 4)
predictions = model.predict(new_rows, verbose=0)
print("inputs", inputs.shape, " targets", targets.shape)
print("predictions", predictions.shape)

# %% [markdown]
# - **The first two lines** make chance repeatable: with the same *seed*, "random" numbers come out the same
#   each time, on your machine as on ours.
# - **The data** is 100 rows of four random numbers between 0 and 1, and for each row two random numbers to aim at.
# - **`Sequential`** is a model whose layers are run one after another. Here there is one. `Input((4,))` says
#   that four numbers come in; `(4,)` is Python's way to write a tuple with one entry, and the comma is needed.
# - **`relu`** is a small last step of each unit, its *activation*: a negative output becomes 0. (Short for
#   *rectified linear unit*. These targets are never negative, so they do not need it. Lesson 02 says what it is
#   good for.)
# - **`compile`** says how to learn. The **loss** measures how wrong the model is: *mean squared error*, the
#   average of (output − target)². The *optimizer* is the method that changes the parameters; lesson 04 opens
#   this one, `adam`.
# - **`fit`** learns, by going ten times through the data. One time through is called an **epoch**.
# - **`predict`** uses the trained model: ten new rows in, two numbers each out. (`verbose=0`, here and later,
#   only keeps Keras from printing its progress.)
# - **`shape`** says how many rows and columns a table of numbers has.
#
# Two helpers of this course look inside: `table` lists the tables of numbers that Keras keeps for the model, and
# `count` adds up how many numbers there are in them.

# %%
print(f"predicted 10, Keras says {count(model)}")
print()
print(table(model))

# %% [markdown]
# The parameters are kept in two tables. The weights (Keras calls them `kernel`) have a row for each input
# and a column for each unit; the biases are a plain row of two, so their shape `(2,)` has one entry. Such tables
# are called **arrays**, and those with rows and columns **matrices**. In a language model there are more of them,
# and they are larger.

# %% [markdown]
# ## Opening the model
#
# Ten numbers are few enough to look at. A column belongs to a unit: its four weights, and under them its
# bias. (`vstack` puts arrays on top of each other.)


# %%
def ten_numbers(model):
    """Weights and biases in one array of shape (5, 2): a column for each unit."""
    weights, biases = model.get_weights()
    return np.vstack([weights, biases])


# %%
NAMES = ["w1", "w2", "w3", "w4", "b"]
drawing, axes = plots.figure("All ten parameters after ten epochs", size=(4.4, 3.0))
plots.heatmap(axes, ten_numbers(model), rows=NAMES, columns=["unit 1", "unit 2"])
largest = np.abs(ten_numbers(model)).max()
alt = f"Ten numbers in five rows and two columns, the largest ≈ {largest:.1f} in size."
plots.show(drawing, alt)

# %% [markdown]
# Red is positive, blue is negative, and the stronger the colour the further from zero. Four weights in a
# column, the bias below. There is nothing else in the model: with these ten numbers you can do by hand
# what Keras does.

# %% [markdown]
# ### Exercise 3 · Be the layer
# ★★☆ · 8 minutes · 2 points
#
# Compute what the layer gives for one row of inputs. You get `x` (4 numbers), `weights` (4 rows, 2 columns)
# and `biases` (2 numbers) as NumPy arrays; in the check there may be more or fewer of each.
#
# Two tools: `x @ weights` multiplies each input by its weights and adds up, for every column at once, and
# `np.maximum(values, 0)` turns negative values into 0.


# %% exercise="dense_by_hand"
def dense_by_hand(x, weights, biases):
    """What a dense layer with ReLU gives for one row of inputs."""
    ...


check(dense_by_hand)

# %% [markdown]
# Whatever you wrote, here is the same computation for the model above and all ten new rows at once, compared with
# Keras' predictions. (`new_rows @ weights` has ten rows; `+ biases` adds the two biases to each of them.) Computers
# round numbers with a fraction, and not always in the same place; "agree" means to about five digits after the
# point (`1e-5` is Python for 0.00001).

# %%
weights, biases = model.get_weights()
by_hand = np.maximum(new_rows @ weights + biases, 0)
print("by hand and by Keras agree:", np.allclose(by_hand, predictions, atol=1e-5))

# %% [markdown]
# That is all this model does when it answers: multiply, add, and cut off at zero. The language model at the end of
# the course mostly multiplies and adds too, with more than a hundred million weights for each piece of text, a word
# or less, that it writes.

# %% [markdown]
# ## Where the ten numbers come from
#
# Before any training the weights are random and the biases are zero. Then each *step* of the training changes
# the ten numbers a little, in a direction in which the loss becomes smaller. For a step it does not look at all
# rows, but at a portion of them, called a **batch**: 32 rows, if you say nothing. Let us start again from the same
# random numbers.

# %%
keras.utils.set_random_seed(1)
model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(2, activation="relu")])
model.compile(optimizer="adam", loss="mean_squared_error")

values = [ten_numbers(model)]
losses = [model.evaluate(inputs, targets, verbose=0)]

# %% [markdown]
# `evaluate` computes the loss and changes nothing.
#
# One thing can spoil a start. If the sum of a unit (what it has before ReLU) is negative for every row, ReLU makes
# all of them 0, and such a unit does not learn. Lesson 02 shows why, and that about one random start in four has
# such a unit. So look first: on how many of the 100 rows does each unit say more than 0? (`answers > 0` is `True`
# or `False` for each number; `sum` counts the `True`s, and with `axis=0` it does so down each column.)

# %%
answers = model.predict(inputs, verbose=0)
print("rows on which each unit answers:", (answers > 0).sum(axis=0))

# %% [markdown]
# Both are awake. (Should you try another seed and find a 0 here, much of this lesson will come out differently.
# Take the next seed then.)
#
# What `fit` did, we now do by hand: `train_on_batch` takes one step with the rows that it is given. `inputs[0:32]`
# are the first 32 rows; the fourth batch has only 4 rows left. The star in `train_on_batch(*batch)` hands over the
# two parts of `batch` one by one. After every step we write the ten numbers down, and after every epoch the loss.

# %%
for epoch in range(10):
    for first in (0, 32, 64, 96):
        batch = inputs[first : first + 32], targets[first : first + 32]
        model.train_on_batch(*batch)
        values.append(ten_numbers(model))
    losses.append(model.evaluate(inputs, targets, verbose=0))

print("steps:", len(values) - 1)

# %% [markdown]
# (`fit` also shuffles the rows before each epoch, which we left out. So our ten numbers end near those in the
# picture above, not exactly there.)
#
# Here are the ten numbers, each at the start and after the first four steps: the weights row by row, and last the
# two biases. (`reshape(41, 10)` lays each table of ten out as one row; there are 41 of them, the start and 40
# steps. `path[:5, number]` takes one of the ten from the first five rows.) The list in square brackets has one
# entry for each `value`; read it as "the number with three digits, for each value". (The 6 in `{value:6.3f}` fills
# a short number up to six places with blanks.) And **≈** stands, in the whole course, before a number that may come
# out a little different on your machine.

# %%
path = np.array(values).reshape(41, 10)
for number in range(10):
    values_of_it = [f"{value:6.3f}" for value in path[:5, number]]
    print(f"number {number} ≈", ", ".join(values_of_it))

# %% [markdown]
# Read along a row. At each step the numbers change by about a thousandth, or by so much less that the last digit
# stays.
#
# **Predict:** after 40 such steps, have the ten numbers changed a lot, or hardly? (`zip` goes through several
# lists at once: first their first entries, then their second ones, and so on. `np.abs` drops minus signs, `max`
# takes the largest.)

# %%
print("    unit 1                  unit 2")
for name, start, end in zip(NAMES, values[0], values[-1]):
    print(f"{name:2}  {start[0]:6.3f} became ≈ {end[0]:6.3f}", end="  ")
    print(f"{start[1]:6.3f} became ≈ {end[1]:6.3f}")

print(f"largest change of any of the ten ≈ {np.abs(path[-1] - path[0]).max():.3f}")

# %% [markdown]
# Hardly. The program that looked like "training a model" has moved every number by a few hundredths at
# most. (The last line is computed before rounding. The rounded numbers above it can seem to differ by up to a
# thousandth more.) Here are all 40 steps.

# %% tags=["hide-input"]
# @title Draw the ten numbers, step by step
title = "Ten epochs hardly move the ten parameters"
drawing, panels = plots.figure(title, x="step", columns=2, size=(8, 3.4))
for unit, axes in enumerate(panels):
    for row, name in enumerate(NAMES):
        axes.plot(path[:, 2 * row + unit], label=name)
    axes.set(title=f"unit {unit + 1}", ylim=(path.min() - 0.2, path.max() + 0.2))
panels[0].set(ylabel="value of the parameter")
panels[1].legend(loc="center left", bbox_to_anchor=(1, 0.5))
alt = "Two panels of five nearly flat lines: each parameter from step 0 to step 40."
plots.show(drawing, alt)

# %% [markdown]
# Each line is one parameter: on the left the five of unit 1, on the right the five of unit 2. All are nearly
# flat. But they do not wander about: training moves each of them so that the error becomes smaller, and the
# loss shows it.

# %%
numbers = [f"{loss:.3f}" for loss in losses]
print("loss before, and after each epoch ≈", ", ".join(numbers))

# %% [markdown]
# Why so slow? Unless told otherwise, `adam` moves a parameter by about 0.001 in a step here, or by less. This
# number is called the **learning rate**. And there were 4 steps in each of the ten epochs. **Predict** how far one
# parameter can get, then compare with the largest change.

# %%
print(f"40 steps of about 0.001 each: {40 * 0.001:.3f}")
print(f"largest change measured ≈ {np.abs(path[-1] - path[0]).max():.3f}")

# %% [markdown]
# ## Learning as much as there is to learn
#
# So let it learn properly: larger steps (`Adam(0.02)` is `adam` with a learning rate of 0.02 instead of 0.001),
# smaller batches (`batch_size=10`), more epochs. Where does the loss end? We can say about where before we train,
# because of what the targets are: random numbers between 0 and 1, which have **nothing to do with the inputs**.
#
# Whoever has to guess numbers that follow no rule makes the smallest mean squared error by always saying their
# average. That error is called the **variance** of the targets. For random numbers drawn evenly between 0 and 1,
# mathematics says that it is 1/12, about 0.083. (`var(axis=0)` gives the variance of each of the two columns,
# `mean` the average of both.)

# %%
variance = targets.var(axis=0).mean()
print(f"in theory {1 / 12:.3f}, for these 200 targets {variance:.3f}")

# %% [markdown]
# The training goes on from where the 40 steps have left the ten numbers: `compile` does not touch them, and the
# seed only makes the shuffling repeatable. (The `ProgressBar` that is handed to `fit` shows how far it has got, no
# more.)

# %%
keras.utils.set_random_seed(1)
model.compile(optimizer=keras.optimizers.Adam(0.02), loss="mean_squared_error")
bar = ProgressBar()
model.fit(inputs, targets, epochs=40, batch_size=10, verbose=0, callbacks=[bar])

trained = model.evaluate(inputs, targets, verbose=0)
print(f"loss on its own rows ≈ {trained:.3f}, variance {variance:.3f}")

# %% [markdown]
# The loss came down to about the variance, even a little *below* it. Has the model found something after all?
# Ask it about rows it has never seen, and ask the untrained model too. (`rng.random((10_000, 4))` is a table of
# 10,000 rows of four numbers between 0 and 1. `values[0]` are the ten numbers before any training: `[:4]` takes its
# first four rows, the weights, and `[4]` the fifth, the biases.)

# %%
rng = np.random.default_rng(2)
many_inputs, many_targets = rng.random((10_000, 4)), rng.random((10_000, 2))

new_loss = model.evaluate(many_inputs, many_targets, verbose=0)
print(f"loss on 10,000 new rows ≈ {new_loss:.4f}")
guesses = np.maximum(many_inputs @ values[0][:4] + values[0][4], 0)
print(f"before any training:    ≈ {((many_targets - guesses) ** 2).mean():.4f}")
print(f"always saying one half:   {((many_targets - 0.5) ** 2).mean():.4f}")

# %% [markdown]
# On new rows the trained model is no better than always saying one half; it is a little worse. So all that it has
# learned for good is about where the average lies. What it gained on the old rows *below* the variance was chance:
# with ten numbers to set and 200 targets to hit, some of the noise can be matched. Lesson 07 is about this, under
# the name *overfitting*.
#
# Remember it when you see that program somewhere else: **it runs, the loss falls, and at best the average is
# learned, since there is nothing else to learn.** With its ten epochs it did not get even that far.

# %% [markdown]
# ## When there is something to learn
#
# Now we keep the same inputs and the same ten-parameter model, but the targets follow a rule: a layer
# with ten secret numbers makes them. Can training find the ten numbers by looking only at inputs and
# targets?

# %%
secret_weights = np.array([[2.0, -1.0], [0.5, 1.0], [-1.0, 0.5], [1.0, 1.0]])
secret_biases = np.array([0.5, 1.0])
outcomes = np.maximum(inputs @ secret_weights + secret_biases, 0)

# %% [markdown]
# `fit` gives back a record of its run, and `history["loss"]` in it is the list
# of losses, one for each epoch.

# %%
keras.utils.set_random_seed(1)
model.compile(optimizer=keras.optimizers.Adam(0.05), loss="mean_squared_error")
run = model.fit(inputs, outcomes, epochs=40, batch_size=10, verbose=0, callbacks=[bar])
losses = run.history["loss"]

# %%
secret = np.vstack([secret_weights, secret_biases])
for name, wanted, found in zip(NAMES, secret, ten_numbers(model)):
    print(f"{name:2}  secret: {wanted[0]:5.2f}, {wanted[1]:5.2f}", end="  ")
    print(f"learned ≈ {found[0]:5.2f}, {found[1]:5.2f}")

# %% [markdown]
# All ten, to within a hundredth. Nobody told the model these numbers. It saw 100 rows and what should come out,
# and took 400 small steps.

# %% tags=["hide-input"]
# @title Draw the loss
title = "With a rule behind the targets the loss goes to zero"
drawing, axes = plots.figure(title, x="epoch", y="mean squared error")
axes.semilogy(range(1, 41), losses, label="loss")
average = outcomes.var(axis=0).mean()
label = "always saying their average"
axes.axhline(average, color=plots.ORANGE, linestyle="--", label=label)
axes.legend()
alt = f"The loss falls from ≈ {losses[0]:.1g} to far below the line at {average:.2f}."
plots.show(drawing, alt)

# %% [markdown]
# The vertical axis is logarithmic: each line of the grid is ten times smaller than the one above it. The
# dashed line is the variance of these targets, the best that can be had without looking at the inputs; with the
# random targets the training stopped near theirs. With a rule to find, the loss of the same ten parameters falls
# straight through it.
#
# That run began where the random targets had left the ten numbers, for `compile` does not reset the weights.
# And one lucky start would prove little. Here are four random ones.


# %%
def furthest_off(seed):
    """How far the worst of the ten is from its secret, after another random start."""
    keras.utils.set_random_seed(seed)
    layer = keras.layers.Dense(2, activation="relu")
    model = keras.Sequential([keras.Input((4,)), layer])
    model.compile(optimizer=keras.optimizers.Adam(0.05), loss="mean_squared_error")
    model.fit(inputs, outcomes, epochs=40, batch_size=10, verbose=0, callbacks=[bar])
    return np.abs(ten_numbers(model) - secret).max()


# %%
for seed in (2, 3, 4, 5):
    print(f"seed {seed}: the worst of the ten is off by ≈ {furthest_off(seed):.2f}")

# %% [markdown]
# Four out of four here. Among many, about one start in four goes wrong: one with a unit that answers 0 to all 100
# rows. Then the worst of the ten is not off by a hundredth but by 1 or more, and no further epoch helps.
# Lesson 02 counts such starts and shows what prevents them.

# %% [markdown]
# ## From one layer to several
#
# The model had an **input layer** (the four numbers, which has no parameters: it only passes them on) and an
# **output layer**. Between them one can put more layers, called **hidden** because their outputs are not
# seen from outside: they only go to the next layer. How many layers there are is called the **depth** of the
# network
# (many do not count the input layer, so we shall say how many hidden ones there are), how many units a layer has is
# its **width**.

# %%
alt = "Four inputs, a hidden layer of three units, and an output layer of two."
plots.show(plots.network([4, 3, 2]), alt)

# %% [markdown]
# For each layer the count is as before; its inputs are the outputs of the layer before it. **Predict** the
# number of parameters in the picture: first the three hidden units, then the two output units.

# %%
hidden = keras.layers.Dense(3, activation="relu")
network = keras.Sequential([keras.Input((4,)), hidden, keras.layers.Dense(2)])
print(f"predicted {(4 * 3 + 3) + (3 * 2 + 2)}, Keras says {count(network)}")

# %% [markdown]
# ### Exercise 4 · Count any network of dense layers
# ★★☆ · 8 minutes · 2 points
#
# `sizes` is a list such as `[4, 3, 2]`: the number of inputs, then the units of each layer. All layers have
# biases. Use your `dense_parameters` from exercise 2 if you like.


# %% exercise="network_parameters"
def network_parameters(sizes):
    """The number of parameters of a network of dense layers."""
    ...


check(network_parameters)

# %% [markdown]
# What costs more parameters, making a network **deeper** (more hidden layers) or making it **wider** (more units in
# a hidden layer)? Here are both, from the same start: one hidden layer of 16 units. First more and more such
# layers, then a single one that gets wider, and last both at once.
#
# (Three bits of Python. `inputs=4` is what is taken if you name no number of inputs. `_` is a name for what one
# does not need. And the star in `*hidden` puts the entries of one list into another.)


# %%
def hidden_network(layers, width, inputs=4):
    """A network with some hidden layers of one width, and 2 outputs."""
    hidden = [keras.layers.Dense(width, activation="relu") for _ in range(layers)]
    return keras.Sequential([keras.Input((inputs,)), *hidden, keras.layers.Dense(2)])


times = [1, 2, 4, 8]
deeper = [count(hidden_network(n, 16)) for n in times]
wider = [count(hidden_network(1, 16 * n)) for n in times]
both = [count(hidden_network(n, 16 * n)) for n in times]
print("times", times, "\ndeeper", deeper, "\nwider ", wider, "\nboth  ", both)

# %% tags=["hide-input"]
# @title Draw the three counts
title = "One hidden layer, four inputs: here depth costs more than width"
drawing, axes = plots.figure(title, x="times deeper, wider, or both", y="parameters")
for counts, label in [(both, "both"), (deeper, "deeper"), (wider, "wider")]:
    axes.loglog(times, counts, marker="o", label=label)
axes.set_xticks(times, times)
axes.minorticks_off()
axes.legend()
alt = f"Eight times deeper has {deeper[-1]:,} parameters, wider {wider[-1]:,}"
plots.show(drawing, f"{alt}, both {both[-1]:,}.")

# %% [markdown]
# Both axes are logarithmic: a step to the right is twice as much, a step up ten times. Eight times deeper has
# about twice as many parameters as eight times wider, and both together more than fifty times as many as either.
#
# A further layer of 16 units brings a square: 16 × 16 weights, and 16 biases. And 16 further units in the one
# hidden layer? Each brings its 4 weights in, its bias, and its 2 weights out.

# %%
print("a further layer of 16 units:", 16 * 16 + 16)
print("16 further units:           ", 16 * (4 + 1 + 2))

# %% [markdown]
# So depth costs more here *because there are only 4 inputs and 2 outputs*. **Predict** what 14 inputs change,
# and what 100. (The comma in `{deep:5,}` puts one after every three digits, and a `%` in such a place, as in lesson
# 02, makes a percentage of a share.)

# %%
for n in (4, 14, 100):
    deep, wide = count(hidden_network(8, 16, n)), count(hidden_network(1, 128, n))
    print(f"{n:3} inputs: 8 times deeper {deep:5,}, 8 times wider {wide:6,}")

# %% [markdown]
# With 14 inputs a further unit brings 14 + 1 + 2 = 17, as many as a unit in a further layer, and it is a tie.
# With 100 inputs width costs nearly four times as much.
#
# And that was one hidden layer. **Predict** what happens to a network that has eight of them already, when it
# gets twice as deep, and when it gets twice as wide.

# %%
print("8 layers of 16: ", count(hidden_network(8, 16)))
print("16 layers of 16:", count(hidden_network(16, 16)))
print("8 layers of 32: ", count(hidden_network(8, 32)))

# %% [markdown]
# Here width costs more, even with 4 inputs. Twice as deep is about twice as many squares; twice as wide makes
# each of them **four** times as large. Do both eight times, as in the figure, and there are seven squares,
# each 64 times as large: that is where the billions of large models come from.

# %% [markdown]
# ## Parameters and hyperparameters
#
# Some articles list "learning rate", "number of layers" or "number of epochs" among the parameters of a
# model. That is wrong, or at least loose. Those are chosen before the training starts, by a person or by a program
# that tries several (lesson 09), and the training does not learn them. They are called **hyperparameters**. Here
# are both kinds, from our model.
# (`__name__` is the name that something was given in Python.)

# %%
print("learned, so parameters:")
for array in model.trainable_weights:
    print("   ", array.name, tuple(array.shape))
print("chosen, so hyperparameters:")
print("    units of the layer:", model.layers[0].units)
print("    activation:", model.layers[0].activation.__name__)
print("    optimizer:", type(model.optimizer).__name__)
print(f"    learning rate: {float(model.optimizer.learning_rate):.2f}")

# %% [markdown]
# A test that works: **is it a number kept in the model that training is there to set?** Then it is a
# parameter. If it is chosen beforehand, as we chose the 0.05, it is a hyperparameter. And what comes with each
# example or is computed from it (inputs, outputs, the loss) is neither.

# %% [markdown]
# ### Exercise 5 · Parameter or not
# ★★☆ · 4 minutes · 1 point
#
# Write `True` for each that is a parameter, and `False` for each that is not.

# %% exercise="is_parameter"
is_parameter = {
    "a weight of the first layer": ...,
    "the bias of an output unit": ...,
    "the learning rate": ...,
    "the number of epochs": ...,
    "the number of hidden units": ...,
    "one of the four inputs": ...,
}

check(is_parameter=is_parameter)

# %% [markdown]
# ### Exercise 6 · Exactly one hundred
# ★★★ · 10 minutes · 3 points
#
# Build a Keras model with 4 inputs and 2 outputs that has **exactly 100 parameters**. It need not be
# trained. How many layers and units it has is up to you. There is more than one way, but not every number of
# layers allows one. Work it out before you try it.

# %% exercise="hundred"
hundred = ...

check(hundred=hundred)

# %% [markdown]
# ## What you know now
#
# - A parameter is a number inside a formula that training finds from examples.
# - A dense layer has inputs × units weights and one bias for each unit: `Dense(2)` on 4 inputs has ten.
# - Answering is multiplying and adding; training changes every parameter a little, again and again.
# - On random targets the loss stops near their variance, and what it gains below that is chance; a rule of
#   the model's own kind was found to within a hundredth.
# - What is chosen before the training (layers, learning rate, epochs) is a hyperparameter.
#
# **Next:** [02 · Weights](02_weights.ipynb). Why must the weights start random, and why small?
