# %% [markdown]
# # 03 · Biases
#
# > **At the end you can** say what an offset does that no weight can, read a unit's threshold from its
# > weight and its bias, choose where biases start, and say how many biases a real LLM has.
#
# Lesson 02 left a line on a slider, and three taxi receipts. You could turn the line as you liked; it went
# through the origin every time and never through all receipts. At the right slope it lay 5 too low. This
# lesson lifts it, with the other kind of parameter: the cheapest a network has.
#
# **Time:** about 45 minutes for the text and 55 for the exercises; the computer needs half a minute. A good place for
# a break is before "A network without any biases".
# **You need:** lessons 01 and 02.

# %%
from utils import plots
from utils.checking import check
from utils.counting import count
from utils.training import ProgressBar

import keras
import numpy as np

# %% [markdown]
# The two activations of lesson 02 come along.


# %%
def relu(z):
    return np.maximum(z, 0)


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


# %% [markdown]
# ## Nothing in, something out
#
# Here is a dense layer with four inputs and three units. Its weights are random; its biases we choose by
# hand. Now all four inputs are zero.
#
# The biases are 0.5, −1 and 2. **Predict** three rows of numbers: what comes out
# without the biases? With them? And after ReLU?

# %%
rng = np.random.default_rng(0)
weights = rng.normal(size=(4, 3))
biases = np.array([0.5, -1.0, 2.0])
nothing = np.zeros(4)

print("weights only:   ", nothing @ weights)
print("with the biases:", nothing @ weights + biases)
print("after ReLU:     ", relu(nothing @ weights + biases))

# %% [markdown]
# A weight multiplies its input, and anything times zero is zero. It makes no difference which weights these
# are. With nothing coming in, **the biases are all that a layer has to say**.
#
# You will read that "with all inputs zero, a bias still gives an output that is not zero". The second unit
# shows where that stops being true: its bias is −1, and ReLU turns that into 0. And in a layer that Keras
# has newly made, every bias is 0.

# %%
keras.utils.set_random_seed(0)
layer = keras.layers.Dense(3, activation="relu")
print("a new layer, all inputs zero: ", np.array(layer(np.zeros((1, 4)))))

layer.set_weights([weights, biases])
print("with our numbers in it:       ", np.array(layer(np.zeros((1, 4)))))

# %% [markdown]
# (In spite of its name, `set_weights` wants the biases too. And calling a layer or a model like a function,
# as here, does what `predict` does, all rows at once.)
#
# ## A unit is a container
#
# Lesson 01 said: a unit is a container for some weights and one bias. Then it must be possible to take one
# out and use it alone. The second unit is the second column of the weights and the second bias.

# %%
rows = rng.normal(size=(5, 4))
second_unit = relu(rows @ weights[:, 1] + biases[1])
whole_layer = np.array(layer(rows))

same = np.allclose(second_unit, whole_layer[:, 1])
print("the unit alone gives what it gave in the layer:", same)
print("numbers in it:", weights[:, 1].size, "weights and", biases[1].size, "bias")

# %% [markdown]
# Five numbers, and the unit needs nothing else of its layer. (Write "*at most* one bias" in the margin.
# Keras lets you leave it out, and near the end of this lesson you will meet models that do.)

# %% [markdown]
# ### Exercise 1 · Nothing in
# ★☆☆ · 4 minutes · 1 point
#
# A network has a hidden layer with ReLU, and after it an output layer without activation. All its inputs
# are zero. Compute what comes out.
#
# `hidden_biases` are those of the hidden layer. `weights` (a row for each hidden unit, a column for each
# output) and `biases` belong to the output layer. The weights of the hidden layer you do not get.


# %% exercise="from_nothing"
def from_nothing(hidden_biases, weights, biases):
    """What a network with one hidden layer gives when all its inputs are zero."""
    ...


check(from_nothing)

# %% [markdown]
# ## What no weight can do
#
# The taxi of lesson 01 took 2 for a kilometre and 5 for getting in. Degrees Fahrenheit are Celsius times
# 1.8, plus 32. Both rules have a part that does not depend on the input at all.
#
# So give both to a unit that has one weight and no bias, and find the best weight there is: the one with
# the smallest mean squared error. Then add a bias.

# %%
celsius = np.array([-10.0, 0, 10, 20, 30, 40])
fahrenheit = np.array([14.0, 32, 50, 68, 86, 104])
kilometres, price = np.array([2.0, 5.0, 10.0]), np.array([9.0, 15.0, 25.0])
examples = {"taxi": (kilometres, price), "Fahrenheit": (celsius, fahrenheit)}

# %% [markdown]
# `polyfit` you know. `np.linalg.lstsq` finds the best weights in the same way, without any bias. It wants the
# inputs as a table, and `x[:, None]` makes one with a single column. Of what it gives back, `[0]` are the
# weights, and `[0][0]` is the first of them.

# %%
lines = {}
for name, (x, y) in examples.items():
    alone = np.linalg.lstsq(x[:, None], y)[0][0]
    w, b = np.polyfit(x, y, deg=1)
    lines[name] = alone, w, b
    error_alone, error = np.mean((alone * x - y) ** 2), np.mean((w * x + b - y) ** 2)
    print(f"{name}: weight alone {alone:.2f}, error {error_alone:.2f}")
    print(f"  weight {w:.2f} and bias {b:.2f}, error {error:.2f}")

# %% tags=["hide-input"]
# @title Draw the lines
title = "Without a bias, the best line is still the wrong one"
drawing, panels = plots.figure(title, columns=2)
panels[0].set(xlabel="kilometres", ylabel="price")
panels[1].set(xlabel="degrees Celsius", ylabel="degrees Fahrenheit")
for panel, (name, (x, y)) in zip(panels, examples.items()):
    alone, w, b = lines[name]
    ends = np.array([min(x.min(), 0), x.max()])
    panel.plot(ends, w * ends + b, label="weight and bias")
    panel.plot(ends, alone * ends, linestyle="--", label="weight alone")
    panel.scatter(x, y, s=24, color=plots.GREY, zorder=3)
    panel.legend()
alt = "Two panels. In each the dots lie on a line that meets the vertical axis above"
alt += " zero; the best line through the origin is too steep and misses most of them."
plots.show(drawing, alt)

# %% [markdown]
# The dashed lines do what they can. They must pass through the origin, so they tilt: too steep, in order to
# make up for the missing start. That unit sells short rides too cheap and long ones too dear, and for it
# water freezes at 0 degrees Fahrenheit. The bias is what the solid lines have at zero: 5, and 32.
#
# ## The line that w and b draw
#
# Now both at once. On the left, one bias and three weights: the line **turns**. On the right, one weight
# and three biases: the line **moves** up and down and keeps its slope.

# %% tags=["hide-input"]
# @title Draw three weights, and three biases
x = np.array([-3.0, 3.0])
title = "A weight turns the line, a bias moves it"
drawing, (left, right) = plots.figure(title, x="x", y="w · x + b", columns=2)
plots.curves(left, {f"w = {w:g}, b = 1": (x, w * x + 1) for w in [2.0, 0.5, -1.0]})
plots.curves(right, {f"w = 0.5, b = {b:g}": (x, 0.5 * x + b) for b in [2.0, 0.0, -2.0]})
for panel in (left, right):
    panel.set(ylim=(-6, 8))
alt = "On the left three lines of different slope meet at height 1 where x is 0."
plots.show(drawing, alt + " On the right three parallel lines, at heights -2, 0 and 2.")

# %% [markdown]
# All three lines on the left meet where x is 0: there, no weight has a say.
#
# Below are two dots and two sliders. Leave b at 0 first and try to meet both dots with w alone. Then use
# both. (On a page that is only read, the figure shows where you would start.)


# %% tags=["hide-input"]
# @title A line to turn and to move
def line(w, b):
    dots_x, dots_y = np.array([-2.0, 2.0]), np.array([3.0, 1.0])
    error = np.mean((w * dots_x + b - dots_y) ** 2)
    title = f"y = {w:.2f} · x + {b:.2f}, mean squared error {error:.2f}"
    drawing, axes = plots.figure(title, x="x", y="y")
    axes.axhline(0, color=plots.GREY, linewidth=0.8)
    axes.axvline(0, color=plots.GREY, linewidth=0.8)
    axes.plot([-4, 4], [-4 * w + b, 4 * w + b])
    axes.scatter(dots_x, dots_y, s=40, color=plots.ORANGE, zorder=3)
    axes.set(xlim=(-4, 4), ylim=(-5, 5))
    alt = f"a line of slope {w:.2f} that is {b:.2f} high at x = 0, and two dots."
    return drawing, alt


plots.sliders(line, w=(-2, 2, 1), b=(-4, 4, 0))

# %% [markdown]
# With b at 0 the best you can get is a mean squared error of 4, at w = −0.5. Leave w there and move b to 2:
# the error is zero. The weight was right already; an offset was missing.
#
# ## A bias is a weight after all
#
# Is a bias another kind of thing than a weight? Here is a trick that says no. Give the layer one more input
# that is **always 1**, and put the biases under the weights as one more row. **Predict:** what does this
# change in the outputs, and in the number of parameters?

# %%
with_ones = np.hstack([rows, np.ones((len(rows), 1))])
stacked = np.vstack([weights, biases])

print("rows   ", rows.shape, " with ones", with_ones.shape)
print("weights", weights.shape, " stacked  ", stacked.shape)
print("same outputs:", np.allclose(rows @ weights + biases, with_ones @ stacked))
print(f"parameters: {weights.size} + {biases.size}, and {stacked.size}")

# %% [markdown]
# In the outputs and in the count, nothing. **A bias is the weight of an input that is always 1.** So
# whatever finds weights finds biases too. Give `lstsq`, which knows nothing but weights, a column of ones
# beside the temperatures:

# %%
table = np.column_stack([celsius, np.ones(6)])
found = np.linalg.lstsq(table, fahrenheit)[0]
print(f"weight of the temperature {found[0]:.1f}, weight of the 1 {found[1]:.1f}")

# %% [markdown]
# It came upon Fahrenheit's 32.

# %% [markdown]
# ### Exercise 2 · Carry the one
# ★★☆ · 8 minutes · 2 points
#
# The trick has a flaw: a 1 goes into the layer and no 1 comes out, so the next layer lacks it. Mend it.
#
# Write a function that turns `weights` and `biases` into **one** matrix. A row of inputs with a 1 at its
# end, times this matrix, must give the layer's outputs (before any activation) and, after them, a 1 again.
# So the matrix has one row *and* one column more than `weights`.


# %% exercise="fold_bias"
def fold_bias(weights, biases):
    """One matrix that does what weights and biases do, and hands the 1 on."""
    ...


check(fold_bias)

# %% [markdown]
# ## Where a unit starts to fire
#
# People say a unit *fires* when ReLU lets something through, so when $w \cdot x + b$ is above zero. For a
# single input and a positive weight that happens to the right of
#
# $$x = -\frac{b}{w}$$
#
# This place is the unit's **threshold**. A sigmoid has no such corner, but the same place is special to it:
# there its output is exactly one half. **Predict:** does a larger bias move the threshold to the right or
# to the left?


# %%
print("weight  bias  threshold  sigmoid  one to the right")
for w, b in [(1, -2), (1, 0), (1, 2), (2, -2), (4, -2), (-1, -2)]:
    t = 0 - b / w
    there, next_to_it = sigmoid(w * t + b), sigmoid(w * (t + 1) + b)
    print(f"{w:6}  {b:4}  {t:9.1f}  {there:7.1f}  {next_to_it:16.2f}")

# %% tags=["hide-input"]
# @title Draw ReLU and sigmoid for five biases
x = np.linspace(-6, 6, 241)
title = "The bias moves the threshold; the shape stays"
drawing, panels = plots.figure(title, x="x", columns=2)
shades = ["#b2182b", "#ef8a62", plots.GREY, "#67a9cf", "#2166ac"]  # red is plus
for panel, activation in zip(panels, [relu, sigmoid]):
    panel.set_prop_cycle(color=shades)
    for b in [4, 2, 0, -2, -4]:
        panel.plot(x, activation(x + b), label=f"b = {b}")
panels[0].set(ylabel="ReLU of x + b")
panels[1].set(ylabel="sigmoid of x + b")
panels[0].legend()
panels[1].axhline(0.5, color="black", linewidth=1, linestyle=":")
alt = "Five ReLU curves and five sigmoid curves, the same shape each, with thresholds"
plots.show(drawing, alt + " at -4, -2, 0, 2 and 4 for biases of 4, 2, 0, -2 and -4.")

# %% [markdown]
# One shape, five places; red is for biases above zero, blue for those below. A **larger** bias moves the
# threshold to the **left**: the unit needs less before it fires. The dotted line marks one half; each sigmoid
# crosses it where the ReLU of the same colour has its corner.
#
# The printed lines say two things more. Weights decide how *sharply* the unit answers: one step to the
# right of its threshold the sigmoid says 0.73 for w = 1, and 0.98 for w = 4. And with a negative weight the
# step to the right goes down, to 0.27: such a unit fires to the *left* of its threshold.
#
# ### A yes/no question
#
# So a unit can ask "is it warmer than 20 degrees?" The weight says what to look at and how sure to be, the
# bias says where the line is.

# %%
degrees = np.array([15, 19, 20, 21, 25])
questions = {
    "warmer than 20?": (1, -20),
    "the same, surer": (4, -80),
    "colder than 20?": (-1, 20),
}
for question, (w, b) in questions.items():
    answers = [f"{answer:.2f}" for answer in sigmoid(w * degrees + b)]
    print(f"{question}  {w:2}, {b:3}:", *answers)

# %% [markdown]
# The five numbers of a line are the answers at 15, 19, 20, 21 and 25 degrees. (The star in `print(*answers)`
# prints the entries of the list one by one.)
#
# The second line has a bias of −80 and asks about 20 degrees, as the first one does. So a bias alone does
# not tell the threshold. It is a common shortcut to call −b the threshold; that is right when the weight is
# 1.

# %% [markdown]
# ### Exercise 3 · Where it fires
# ★★☆ · 8 minutes · 2 points
#
# A unit has one input. It fires where $w \cdot x + b$ is **above** zero (zero itself is not enough). Both
# $w$ and $b$ may be positive, negative or zero. Return a list of two:
#
# - `["above", t]` if it fires for every x above some t,
# - `["below", t]` if it fires for every x below some t,
# - `["always", 0]` if it fires whatever x is, and `["never", 0]` if it never does.


# %% exercise="where_it_fires"
def where_it_fires(w, b):
    """On which side of which threshold a unit with one input fires."""
    ...


check(where_it_fires)

# %% [markdown]
# ## One set of weights, four questions
#
# With several inputs it is the same, with a sum in place of the one input. Two inputs, each 0 or 1, both
# with weight 1: then $x_1 + x_2$ counts how many of them are 1, and the bias says how many are enough.
# **Predict** for each bias which of the four rows make the unit fire. (In the code, `" yes " if answer else "  -  "` is
# the first text where `answer` is true, and the second where it is not.)

# %%
pairs = np.array([[0, 0], [0, 1], [1, 0], [1, 1]])
print("inputs   ", *pairs)
for b in [0.5, -0.5, -1.5, -2.5]:
    fires = pairs @ np.array([1, 1]) + b > 0
    print(f"b = {b:4.1f} ", *[" yes " if answer else "  -  " for answer in fires])

# %% [markdown]
# *Always*, *or*, *and*, *never*: four different questions, and only the bias differs. Networks of such
# threshold units are how the field began (McCulloch and Pitts, 1943).
#
# For "and", any bias between −1 and −2 would do. The middle, −1.5, leaves the same room on either side: if
# the inputs are a little off, the answer is still right.

# %% [markdown]
# ### Exercise 4 · Too many in the boat
# ★★☆ · 6 minutes · 2 points
#
# Each seat of a boat has a sensor that says 1 when somebody sits there, else 0. A unit gets all sensors,
# each with the same positive `weight`. It must fire when **more than** `most` seats are taken. Return the
# bias that does it and stays in the middle: the sum should lie as far below zero with `most` seats taken as it
# lies above zero with one more.


# %% exercise="alarm_bias"
def alarm_bias(weight, most):
    """The bias of a unit that fires when more than `most` of its inputs are 1."""
    ...


check(alarm_bias)

# %% [markdown]
# ## Corners where you want them
#
# One ReLU unit draws a line with a corner in it, and the bias says where. Two of them, the second one counted
# negatively, make a ramp that begins and ends. Three make a tent. Here are both, with no training.

# %%
x = np.linspace(-1, 5, 241)
ramp = relu(x - 1) - relu(x - 3)
tent = relu(x - 1) - 2 * relu(x - 2) + relu(x - 3)

# %% tags=["hide-input"]
# @title Draw both, and the units they are made of
title = "A ramp from two units, a tent from three"
drawing, (left, right) = plots.figure(title, x="x", columns=2)
for part in [relu(x - 1), -relu(x - 3)]:
    left.plot(x, part, color=plots.GREY, linewidth=1)
for part in [relu(x - 1), -2 * relu(x - 2), relu(x - 3)]:
    right.plot(x, part, color=plots.GREY, linewidth=1)
left.plot(x, ramp, color=plots.BLUE, linewidth=2.5)
right.plot(x, tent, color=plots.BLUE, linewidth=2.5)
left.set(ylim=(-2.2, 3.2), ylabel="sum of the units")
right.set(ylim=(-2.2, 3.2))
alt = "Left: a line at 0 rises between x = 1 and x = 3 to 2 and stays there. Right: a"
alt += " line at 0 with a tent between x = 1 and x = 3, whose top is 1 high at x = 2."
plots.show(drawing, alt + " Thin grey lines are the single units.")

# %% [markdown]
# The thin lines are the units, times the number that the output layer gives them; the thick one is their
# sum. Left of every corner there is nothing. Each corner bends the sum by as much as its unit says: the
# tent turns up by 1, down by 2, and up by 1, and is flat again.
#
# As a Keras model this is a hidden layer whose biases are the corners, and an output layer that adds up. We
# can write all its parameters by hand.

# %%
hidden = keras.layers.Dense(3, activation="relu")
tent_model = keras.Sequential([keras.Input((1,)), hidden, keras.layers.Dense(1)])

hidden_weights = np.array([[1.0, 1.0, 1.0]])  # one input, three units
hidden_biases = np.array([-1.0, -2.0, -3.0])  # corners at 1, 2 and 3
output_weights = np.array([[1.0], [-2.0], [1.0]])  # three units, one output
tent_model.set_weights([hidden_weights, hidden_biases, output_weights, np.zeros(1)])

# %%
answers = np.array(tent_model(x[:, None]))[:, 0]
print("the model draws the tent:", np.allclose(answers, tent, atol=1e-5))
print("parameters:", count(tent_model))

# %% [markdown]
# ### Exercise 5 · The thermostat
# ★★★ · 15 minutes · 3 points
#
# A house uses power to stay comfortable, depending on the temperature outside:
#
# - between 18 and 24 degrees it needs 1 (the fridge and the lights);
# - below 18 degrees it needs 2 more for each degree that is missing;
# - above 24 degrees it needs 3 more for each degree that is too many.
#
# Build a Keras model with one input (the temperature) and one output (the power) that is right to within
# 0.01 everywhere from 0 to 40 degrees. It may have **at most 7 parameters**. How you find them is up to
# you.

# %% exercise="thermostat"
thermostat = ...

check(thermostat=thermostat)

# %% [markdown]
# ## A network without any biases
#
# What is lost when *all* biases go? Take networks with three hidden layers and random weights. **Predict:**
# if the inputs are twice as large, what do the outputs do?


# %%
def deep(use_bias, inputs=3):
    """Three hidden layers of 16 ReLU units; biases, if any, start at random."""
    random = keras.initializers.RandomNormal(stddev=0.5)
    settings = {"use_bias": use_bias, "bias_initializer": random}
    hidden = [keras.layers.Dense(16, activation="relu", **settings) for _ in range(3)]
    output = keras.layers.Dense(1, **settings)
    return keras.Sequential([keras.Input((inputs,)), *hidden, output])


# %% [markdown]
# For 1000 inputs, how far is f(2 x) from 2 f(x) at the most? And the same with other factors.

# %%
keras.utils.set_random_seed(0)
some = np.random.default_rng(0).normal(size=(1000, 3)).astype("float32")
for use_bias in (True, False):
    model = deep(use_bias)
    f = np.array(model(some))
    print(f"use_bias={use_bias}: the largest output ≈ {np.abs(f).max():.1f}")
    for factor in (2, 0.5, -1):
        off = np.abs(np.array(model(factor * some)) - factor * f).max()
        print(f"    f({factor} x) is off from {factor} f(x) by up to ≈ {off:.3f}")

# %% [markdown]
# Without biases, twice the input gives twice the output, for 1000 inputs and through four layers.
# Multiplying and adding allow it, and so does ReLU: it asks only for the sign, which a positive factor
# leaves alone. (A negative factor does not get through: ReLU sees another sign.)
#
# This is a strong restriction. If the network knows its answer at 1, it has no say left about 2, or 1000.
# With one input, whatever the depth and width, it can draw only two **rays** from the origin: one to the
# left, one to the right.

# %% tags=["hide-input"]
# @title Draw five networks with biases, and five without
x = np.linspace(-3, 3, 241)
title = "Without biases: two rays from the origin"
drawing, panels = plots.figure(title, x="x", columns=2)
for panel, use_bias in zip(panels, (True, False)):
    for seed in range(5):
        keras.utils.set_random_seed(seed)
        model = deep(use_bias, inputs=1)
        panel.plot(x, np.array(model(x[:, None]))[:, 0])
    panel.set_title("with biases" if use_bias else "no biases", fontsize=10)
panels[1].sharey(panels[0])
panels[0].autoscale()
panels[0].set(ylabel="output")
alt = "Left, five networks with biases: lines with many corners. Right, five without:"
plots.show(drawing, alt + " each is two straight rays that start at the origin.")

# %% [markdown]
# Left: five networks with biases, each a line with several corners, at different places. Right: five
# without, on the same scale, each with its one corner at zero.
#
# Then such a network cannot learn a curve as modest as $|x - 1|$, which has its corner at 1. How close can
# it get? Since it can only draw two rays, we can work out the best two; **no network of ReLU layers without
# biases can beat them, of any size**. Then we train one of each and see.

# %%
x = np.linspace(-3, 3, 512)[:, None]
target = np.abs(x - 1)
rays = np.hstack([relu(x), relu(-x)])
slopes = np.linalg.lstsq(rays, target)[0]
floor = np.mean((rays @ slopes - target) ** 2)
print(f"the best two rays: mean squared error {floor:.3f}")


# %%
def fit_corner(use_bias):
    keras.utils.set_random_seed(1)
    hidden = keras.layers.Dense(16, activation="relu", use_bias=use_bias)
    output = keras.layers.Dense(1, use_bias=use_bias)
    model = keras.Sequential([keras.Input((1,)), hidden, output])
    model.compile(optimizer=keras.optimizers.Adam(0.02), loss="mean_squared_error")
    model.fit(x, target, epochs=12, batch_size=16, verbose=0, callbacks=[ProgressBar()])
    return model


# %%
with_biases, without = fit_corner(True), fit_corner(False)
for name, model in {"with biases": with_biases, "without": without}.items():
    error = model.evaluate(x, target, verbose=0)
    print(f"{name:17}  {count(model)} parameters, error ≈ {error:.3f}")
print(f"the best two rays                 error   {floor:.3f}")

# %% tags=["hide-input"]
# @title Draw what they learned
title = "Only the network with biases finds the corner at 1"
drawing, axes = plots.figure(title, x="x", y="output")
axes.plot(x, target, color=plots.GREY, linewidth=5, alpha=0.4, label="|x − 1|")
axes.plot(x, np.array(with_biases(x)), label="trained with biases")
axes.plot(x, np.array(without(x)), linestyle="--", label="trained without")
axes.legend()
alt = "The network with biases lies on the V whose corner is at x = 1; the one without"
plots.show(drawing, alt + " is a V with its corner at the origin, and misses.")

# %% [markdown]
# The one with biases lies on the grey V, but for a little at the tip. The dashed one is a V too, with its corner
# in the only place where it can have one, and its error is that of the best two rays.
#
# ## Words for it
#
# - **Offset**, **intercept** (where the line meets the vertical axis) and **shift** are other names for a
#   bias. **Threshold** is where the unit starts to fire: −b when the weight is 1, else −b/w.
# - When people say that a model *is biased* against somebody, they mean unfair answers, mostly learned from
#   unfair data. That bias is not stored in these numbers. A network without a single bias parameter can be
#   as unfair as any other, and deleting the biases makes none fair.
# - In statistics, an estimate is *biased* when it is wrong in one direction on average. That is a property
#   of a method, and a third thing with the same name.
#
# ## Where biases start
#
# Lesson 02 showed why weights may not start at zero: units that begin the same stay the same. Yet Keras
# starts every bias at zero. **Predict:** why is that harmless? And could one turn it around: weights at
# zero, and random biases to tell the units apart?


# %%
def small_network():
    hidden = keras.layers.Dense(16, activation="relu")
    return keras.Sequential([keras.Input((1,)), hidden, keras.layers.Dense(1)])


keras.utils.set_random_seed(2)
usual, turned = small_network(), small_network()
start = np.random.default_rng(2).normal(size=16).astype("float32")
turned.set_weights([np.zeros((1, 16)), start, np.zeros((16, 1)), np.zeros(1)])

# %% [markdown]
# For each hidden unit: does it fire for at least one x? (`any(axis=0)` asks of each column whether anything in
# it is true.)


# %%
def firing(model):
    return (np.array(model.layers[0](x)) > 0).any(axis=0)


print("biases zero: ", firing(usual).sum(), "of 16 units fire")
print("weights zero:", firing(turned).sum(), "of 16 units fire,")
print("             ", (start > 0).sum(), "of 16 biases are above zero")

# %% [markdown]
# With random weights the units differ already; the biases need not add to that. Turned around, a unit says
# the same whatever comes in: its bias, or nothing if that is negative. The silent ones are the dead units
# of lesson 02: training cannot wake them. Let us see whose bias has moved after five epochs.

# %%
turned.compile(optimizer=keras.optimizers.Adam(0.02), loss="mean_squared_error")
turned.fit(x, target, epochs=5, batch_size=16, verbose=0, callbacks=[ProgressBar()])
moved = turned.get_weights()[1] != start

print("biases that started above zero, and moved:", moved[start > 0].sum())
print("biases that started below zero, and moved:", moved[start < 0].sum())

# %% [markdown]
# The random biases did tell units apart, and some learned. The rest never moved. So: **weights random,
# biases zero** is a good habit. (Zero biases have a price too: all corners, at −b/w, start at the same
# place, and training has to move them. And you know an exception: lesson 02 started biases above zero to
# keep ReLU units alive.)
#
# ### When a clever start helps
#
# There is one bias that is worth a thought: the one of the **output** unit. Say a model must find the 1 in
# 100 letters that are complaints. A sigmoid's output is read as a probability, and with a bias of 0 it
# starts at one half for every letter. But we know better before any training: 1 in 100.
#
# The loss for yes/no targets is not the squared error but **minus the logarithm of the probability that was
# given to the truth**, in short the **log loss** (Keras: `binary_crossentropy`). `np.log(a)` answers: 2.718…
# to which power gives a? The log of 1 is 0, and the smaller a is, the more negative its log. So if the truth
# got the probability 0.99 the loss is 0.01; at one half it is 0.69; at 0.01 it is 4.6.
#
# We want the bias at which the sigmoid says $p$, so we run the sigmoid backwards. $p = 1/(1+e^{-b})$ means
# $1/p = 1 + e^{-b}$, so $e^{-b} = (1-p)/p$, so $e^{b} = p/(1-p)$, and the logarithm takes the $e$ away:
#
# $$b = \log\frac{p}{1 - p}$$
#
# The fraction is the *odds* (1 to 99), so this is called the **log-odds**.

# %%
p = 0.01
log_odds = np.log(p / (1 - p))
print(f"log-odds of 1 in 100: {log_odds:.3f}, their sigmoid: {sigmoid(log_odds):.3f}")

for b in (0, log_odds):
    said = sigmoid(b)
    # The share p of the letters costs -log(said), the others cost -log(1 - said).
    loss = -(p * np.log(said) + (1 - p) * np.log(1 - said))
    print(f"bias {b:6.3f}: the loss before any training is {loss:.3f}")

# %% [markdown]
# Some twelve times smaller, for one number. Is it a head start that matters? Here are 5000 rows, of which the 50
# with the highest score are positive.

# %%
rng = np.random.default_rng(3)
letters = rng.normal(size=(5000, 4))
score = letters @ np.array([1.0, -1.0, 0.5, 2.0]) + rng.normal(0, 0.5, size=5000)
complaint = (score >= np.sort(score)[-50]).astype("float32")
print("positive:", int(complaint.sum()), "of", len(complaint))

# %% [markdown]
# One sigmoid unit learns from them, from both starts. (Its weights may start at zero: a unit that is alone has
# nobody to be identical with.)


# %%
def losses_from(bias):
    """The loss before training, and of each of twelve epochs."""
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1, "sigmoid")])
    model.set_weights([np.zeros((4, 1)), np.array([bias])])
    model.compile(optimizer=keras.optimizers.Adam(0.01), loss="binary_crossentropy")
    before = model.evaluate(letters, complaint, verbose=0)
    keras.utils.set_random_seed(0)
    settings = {"batch_size": 100, "verbose": 0, "callbacks": [ProgressBar()]}
    run = model.fit(letters, complaint, epochs=12, **settings)
    return [before, *run.history["loss"]]


# %%
curves = {"bias 0": losses_from(0.0), "log-odds": losses_from(log_odds)}
for name, losses in curves.items():
    print(f"start at {name:8}: loss {losses[0]:.3f}, in the end ≈ {losses[-1]:.3f}")

# %%
title = "One number saves more than twelve epochs"
drawing, axes = plots.figure(title, x="epoch", y="loss")
plots.curves(axes, curves)
axes.set_ylim(0, 0.75)
first, last = curves["log-odds"][0], curves["bias 0"][-1]
alt = f"From a bias of 0 the loss falls to ≈ {last:.3f} after 12 epochs; from the"
plots.show(drawing, f"{alt} log-odds it begins at {first:.3f}.")

# %% [markdown]
# After twelve epochs the start at 0 has not come to where the other one began. The upper curve spends most of
# them on finding out that complaints are rare. No wonder: Adam
# moves a parameter by about its learning rate in a step, here 0.01, and an epoch has 50 steps. So the bias
# gets on by half a unit in an epoch, and it has 4.6 to go. The lower curve starts there and learns *which*
# letters complain.
#
# Lin et al. (2017, [arXiv:1708.02002](https://arxiv.org/abs/1708.02002)) start a network that looks for
# objects in images in this way; with the usual start its training failed.

# %% [markdown]
# ### Exercise 6 · A start for the output bias
# ★★☆ · 8 minutes · 2 points
#
# An output unit starts with all its weights at zero, so it says the same for every row. Which bias makes
# its loss as small as it can be before training? `targets` is a list of numbers. `activation` is one of
# two:
#
# - `"sigmoid"`: the targets are 0 and 1 (both occur), the loss is the one above;
# - `"linear"` (no activation): the targets are any numbers, the loss is the mean squared error.
#
# For the second you know the answer from lesson 01: what is the best thing to say if you must always say
# the same?


# %% exercise="starting_bias"
def starting_bias(targets, activation):
    """The best bias of an output unit whose weights are all zero."""
    ...


check(starting_bias)

# %% [markdown]
# ## How many of the parameters are biases?
#
# Each unit of a dense layer has as many weights as there are inputs, and one bias. **Predict** the share of
# biases for a layer with 4 inputs, then for one with 4096, and find a rule: one bias among how many parameters?

# %%
widths = [4, 16, 64, 256, 1024, 4096]
shares = []
for inputs in widths:
    layer = keras.layers.Dense(8)
    layer.build((None, inputs))
    share = layer.get_weights()[1].size / layer.count_params()
    shares.append(share)
    rule = 1 / (inputs + 1)
    print(f"{inputs:4} inputs: biases {share:8.4%}, by the rule {rule:8.4%}")

# %% [markdown]
# The number of units does not matter: the share is 1 / (inputs + 1). In the layer with four inputs, one
# parameter in five was a bias, as in lesson 01's two of ten. Now take real language models, with the shapes
# that their makers published. We count **dense layers** only, those inside the model's repeated blocks;
# lesson 10 says what each is for.
#
# - **GPT-2 small** (Radford et al., 2019): 12 blocks, in each four dense layers, all with biases.
# - **Llama 7B** (Touvron et al., 2023, [arXiv:2302.13971](https://arxiv.org/abs/2302.13971)): 32 blocks, in
#   each seven dense layers, none with biases.
#
# (Some of the widths stand only in the code that was published with these reports.)


# %%
def weights_and_biases(blocks, layers):
    """Counts over all blocks. layers: for each dense layer (inputs, units)."""
    weights = blocks * sum([inputs * units for inputs, units in layers])
    biases = blocks * sum([units for inputs, units in layers])
    return weights, biases


# %%
gpt2 = [(768, 2304), (768, 768), (768, 3072), (3072, 768)]
llama = [(4096, 4096)] * 4 + [(4096, 11008)] * 2 + [(11008, 4096)]

models = {"GPT-2 small": (12, gpt2), "Llama 7B, if it had biases": (32, llama)}
for name, (blocks, layers) in models.items():
    w, b = weights_and_biases(blocks, layers)
    print(f"{name}: {w:,} weights,")
    print(f"  {b:,} biases: one parameter in {(w + b) / b:,.0f}")

# %% tags=["hide-input"]
# @title Draw the share of biases
title = "The wider the layer, the rarer the bias"
drawing, axes = plots.figure(title, x="inputs", y="share of biases (%)")
axes.loglog(widths, 100 * np.array(shares), marker="o")
look = {"color": plots.GREY, "ha": "right", "va": "top", "rotation": 90}
for inputs, name in [(768, "GPT-2 small"), (4096, "Llama 7B, if it had any")]:
    axes.axvline(inputs, color=plots.GREY, linestyle=":")
    axes.text(inputs * 0.93, 12, name, **look)
axes.set_xticks(widths, widths)
axes.set_yticks([0.01, 0.1, 1, 10], ["0.01", "0.1", "1", "10"])
axes.minorticks_off()
alt = f"The share falls in nearly a straight line from {shares[0]:.0%} at 4 inputs to"
alt += f" {shares[-1]:.2%} at 4096, on logarithmic axes. Vertical lines mark GPT-2"
plots.show(drawing, alt + " small at 768 inputs and Llama 7B at 4096.")

# %% [markdown]
# Nearly a straight line downwards, on logarithmic axes: four times the inputs, about a quarter of the
# share. (The vertical lines mark the layers with 768 and 4096 inputs, which are most of them. Each block also
# has one layer with more, where biases are rarer still: so over the whole block it was one in 1,025, and would
# be one in 4,763.) So leaving the biases out saves next to nothing, little more than a million of seven billion. Why
# do it? The makers of PaLM (Chowdhery et al., 2022, [arXiv:2204.02311](https://arxiv.org/abs/2204.02311),
# section 2) report that training large models without biases was more stable. It is a finding from
# practice, and not everybody followed it: Qwen 2.5 (Yang et al., 2024,
# [arXiv:2412.15115](https://arxiv.org/abs/2412.15115)) keeps biases on three of the seven dense layers in a
# block, called query, key and value.

# %% [markdown]
# ### Exercise 7 · Share of biases
# ★★☆ · 6 minutes · 2 points
#
# Now some layers have biases and some do not. `layers` is a list with `(inputs, units, has_bias)` for each
# dense layer. Return the share of biases among all parameters of these layers, as a number from 0 to 1.
#
# When it works, add `print(bias_share(qwen))` to the cell after it: one block of Qwen 2.5 7B.


# %% exercise="bias_share"
def bias_share(layers):
    """The share of biases among the parameters of some dense layers."""
    ...


check(bias_share)

# %%
qwen = [
    (3584, 3584, True),  # query
    (3584, 512, True),  # key
    (3584, 512, True),  # value
    (3584, 3584, False),
    (3584, 18944, False),
    (3584, 18944, False),
    (18944, 3584, False),
]
biases = 3584 + 512 + 512
total = sum([inputs * units for inputs, units, has_bias in qwen]) + biases
print(f"{total:,} parameters,")
print(f"{biases:,} of them biases: one in {total / biases:,.0f}")

# %% [markdown]
# ### "LLM parameters are weights and biases"
#
# You will read this sentence often. Here is Llama 7B, complete. Two kinds are new: an *embedding*, a table
# with a row of numbers for each of 32,000 pieces of words (lesson 06), and the *scales* of its
# normalisation: they multiply a number each, and are all that is left beside weights (lesson 10). After the
# blocks comes one more dense layer, without biases too.

# %%
parts = {
    "embedding": 32_000 * 4096,
    "weights of dense layers": weights_and_biases(32, llama)[0] + 4096 * 32_000,
    "biases": 0,
    "scales": (2 * 32 + 1) * 4096,
}

# %%
total = sum(parts.values())
for name, number in parts.items():
    print(f"{name:24}{number:14,}  {number / total:8.3%}")
print(f"{'all together':24}{total:14,}")

# %% [markdown]
# 6,738,415,616 parameters; the paper rounds this to 6.7 billion. A better sentence is: **an LLM's
# parameters are nearly all weights, of dense layers and of the table that lesson 06 is about, with a few
# scales; biases are few, and in many models there are none.**
#
# How do such models do so well, when our network without biases was so poor? First, f(2x) = 2 f(x) is a
# matter of ReLU; Llama's activation is another, and its normalisation rescales what comes in. Second, a
# bias is a weight on an input that is always 1, and a model with thousands of inputs can make itself one.
# Sun et al. (2024, [arXiv:2402.17762](https://arxiv.org/abs/2402.17762)) found that in many LLMs a few of
# the numbers passed from layer to layer hardly depend on what comes in, and work as biases: set to zero,
# they take the whole model down with them.
#
# ## Where a bias is useless
#
# Last, a place where a bias does nothing: right before a step that subtracts, from each unit's outputs, their
# **mean over the rows**. Many networks have such a step, a kind of normalisation: minus the mean, divided by the
# spread. There is another kind, which takes mean and spread over the units of each row instead.
#
# (As in lesson 02, `axis=0` works down the columns, so over the rows; `axis=1` along each row, over the units. And
# `keepdims=True` keeps the means as a row or a column that fits the table.)


# %%
def normalise(outputs, axis):
    spread = outputs.std(axis=axis, keepdims=True)
    return (outputs - outputs.mean(axis=axis, keepdims=True)) / spread


rng = np.random.default_rng(4)
before = rng.normal(size=(100, 4)) @ rng.normal(size=(4, 3))

# %% [markdown]
# We add biases to the outputs `before`, once (5, −3, 100) and once (7, 7, 7), normalise both ways, and look how
# much the biases have changed the result at the most. **Predict** in which of the four cases they vanish.

# %%
for axis, over in [(0, "rows"), (1, "units")]:
    for biases in ([5, -3, 100], [7, 7, 7]):
        after = normalise(before + np.array(biases), axis)
        change = np.abs(after - normalise(before, axis)).max()
        what = f"mean over {over}, biases {biases}:"
        print(f"{what:37} moved by {change:.2f}")

# %% [markdown]
# Over the rows, any biases vanish. A unit's bias is in each of its outputs, so it is in their mean, and
# subtracting the mean takes it out again. Ioffe and Szegedy (2015,
# [arXiv:1502.03167](https://arxiv.org/abs/1502.03167)) leave it out for this reason; it saves parameters and
# loses nothing.
#
# The other two lines are a warning. LLMs do not normalise over rows but over the units of one row, and
# there only what all biases have *in common* vanishes. So this is not why Llama has none. (Llama's
# normalisation is the division of lesson 02; it does not even subtract a mean.)

# %% [markdown]
# ## What you know now
#
# - With all inputs zero, only biases speak. A bias moves a line or a threshold (−b/w) where no weight can.
# - A bias is a weight on an input that is always 1. Without any, a ReLU network has f(2x) = 2 f(x).
# - Biases may start at zero; the output bias does better at the log-odds (or the mean) of the targets.
# - In a layer one parameter in (inputs + 1) is a bias; over GPT-2 small's dense layers that makes one in 1,025,
#   and in Llama's there are none.
# - A bias right before a step that subtracts the mean over the rows does nothing.
#
# **Next:** [04 · Learning](04_learning.ipynb). Who tells each parameter in which direction to move?
