# %% [markdown]
# # 04 · Learning
#
# > **At the end you can** derive a gradient by hand and match TensorFlow's, choose a learning rate, say
# > what an epoch, Adam and a warm-up are, and work out how much arithmetic a training costs.
#
# The last lessons said what weights and biases do, and how they start. Since lesson 01 we have been saying
# that training "changes every parameter a little, so that the loss becomes smaller". How does it know
# which way? That is this lesson, and it is one of the longest of the course. There is a good place for a break
# in the middle.
#
# **Time:** about 90 minutes of reading and an hour of exercises; the computer needs less than one minute.
# **You need:** lessons 01 to 03. No calculus.

# %%
from utils import many_starts, plots
from utils.checking import check
from utils.counting import count
from utils.operations import operations

import keras
import numpy as np
import tensorflow as tf
from time import perf_counter

# %% [markdown]
# ## Nudge it and see
#
# A taxi that charges nothing for getting in asked 10 for 2 kilometres. The formula is `price = w * 2`, with
# a single parameter. Suppose we start with `w = 3`: the price comes out as 6, which is 4 too low, and the
# loss, the squared error, is 16.
#
# Should `w` be larger or smaller? Pretend that you cannot see it. You can still **try**: nudge `w` by a
# little, look at the loss again, and divide the change of the loss by the change of `w`. The result is called
# the **slope** of the loss at `w = 3`.


# %%
def taxi_loss(w):
    return (w * 2 - 10) ** 2


nudge = 0.001
before, after = taxi_loss(3), taxi_loss(3 + nudge)
slope = (after - before) / nudge
print(f"loss at 3: {before}   at 3.001: {after:.6f}   slope: {slope:.3f}")

# %% [markdown]
# The slope is about −16: near `w = 3`, the loss falls sixteen times as fast as `w` rises. The **sign** says
# which way is up (negative: up is to the left, so go right). The **size** says how steep it is.

# %% [markdown]
# ### Exercise 1 · Measure a slope
# ★☆☆ · 5 minutes · 1 point
#
# Write it for any taxi: the formula is `w * x`, the loss is the squared difference from `target`, and the
# parameter is nudged upwards by `nudge`.


# %% exercise="slope_by_nudging"
def slope_by_nudging(w, x, target, nudge):
    """The slope of the loss at w, measured with a nudge of this size."""
    ...


check(slope_by_nudging)

# %% [markdown]
# The slope above was not quite −16. **Predict:** with a nudge of 1, a thousand times larger, is it off by a
# little or by a lot? And with a smaller one?

# %%
for nudge in (1, 0.1, 0.01, 0.001, 0.0001):
    slope = (taxi_loss(3 + nudge) - taxi_loss(3)) / nudge
    print(f"nudge {nudge:<7} slope {slope:9.4f}")

# %% [markdown]
# It closes in on −16 exactly, and one can see why without trying. Write $x$ for the 2
# kilometres, $y$ for the target 10, $e = wx - y$ for the error, here −4, and $n$ for the nudge. A nudge of $w$
# by $n$ changes the error by $nx$, so the loss goes from $e^2$ to
#
# $$(e + nx)^2 = e^2 + 2ex\,n + x^2n^2$$
#
# Take off the old loss, divide by $n$, and the slope is $2ex + x^2n$. The first part is $2 \cdot (-4) \cdot
# 2 = -16$. The second is $4n$: the little that the table is off by. It goes away with the nudge. What is
# left,
#
# $$\text{slope} = 2\,(wx - y)\,x$$
#
# is called the **derivative**: the slope that the measurements close in on. It costs one line instead
# of two losses, and it is exact. With several parameters each has its own slope, and the list of all of
# them is called the **gradient**. That is nearly all the calculus this lesson needs; one rule is still to come.

# %% [markdown]
# ## Walking downhill
#
# Now use it. Move `w` against its slope, by a small part of it, and again, and again:
#
# $$w \leftarrow w - \text{rate} \cdot \text{slope}$$
#
# This is **gradient descent**, and `rate` is the **learning rate**: a hyperparameter, chosen by you.

# %%
w, rate = 3.0, 0.05
for step in range(6):
    slope = 2 * (w * 2 - 10) * 2
    print(f"step {step}   w {w:.4f}   loss {taxi_loss(w):7.4f}   slope {slope:8.4f}")
    w = w - rate * slope

# %% [markdown]
# The right value is 5. The steps shrink by themselves, since the slope does. And there is a pattern: the
# distance to 5 is 2, then 1.2, then 0.72: each is 0.6 times the one before.
#
# Where does 0.6 come from? When `w` grows by 1, the slope grows by $2x^2 = 8$. That number is called the
# **curvature**. So at a distance $d$ from the bottom the slope is $8d$, a step goes $\text{rate} \cdot 8d$,
# and what is left is
#
# $$d \cdot (1 - \text{rate} \cdot \text{curvature}) = d \cdot (1 - 0.05 \cdot 8) = 0.6\,d$$
#
# **Predict** with this formula what happens at the rates 0.125, 0.2, 0.25 and 0.3. (`f"..." for d in distances` is a
# list made as in lesson 01; where it is handed to a function alone, it needs no square brackets.)

# %%
for rate in (0.05, 0.125, 0.2, 0.25, 0.3):
    w, distances = 3.0, []
    for step in range(5):
        distances.append(w - 5)
        w = w - rate * 2 * (w * 2 - 10) * 2
    print(f"{rate:<6} distance", " ".join(f"{d:6.2f}" for d in distances))

# %% [markdown]
# At 0.125 a single step arrives. At 0.2 each step lands on the other side, but nearer. At 0.25 it jumps
# back and forth for ever; above that it gets further away with every step: it **diverges**. It tips over
# where $1 - \text{rate} \cdot \text{curvature}$ reaches −1, which is at
#
# $$\text{rate} = \frac{2}{\text{curvature}}, \quad\text{here}\quad \frac{2}{8} = 0.25$$

# %% [markdown]
# ## Two parameters, thirty rides
#
# Back to the taxi of lesson 01, with a price `w` for distance and a price `b` for getting in, thirty noisy
# receipts, and the *mean* of the squared errors as loss. Each slope is then a mean over the rows as well:
# for `w`, of $2 \cdot \text{error} \cdot x$; for `b`, of $2 \cdot \text{error}$, since a nudge of `b` changes
# the output by just as much.

# %% [markdown]
# ### Exercise 2 · One step down, for two parameters
# ★★☆ · 8 minutes · 2 points
#
# `x` and `y` are arrays with a number for each row. Return the list `[w, b]` as it is after one step of
# gradient descent. (The error is output minus target: `w * x + b - y`.)


# %% exercise="descent_step"
def descent_step(w, b, x, y, rate):
    """w and b after one step of gradient descent on the mean squared error."""
    ...


check(descent_step)

# %% [markdown]
# Whatever you wrote, here is ours, in a loop that writes down where it has been. First the receipts. The
# distances are in **tens** of kilometres; the reason comes in a moment.

# %%
rng = np.random.default_rng(0)
kilometres = rng.uniform(1, 20, size=30)
prices = 3.0 * kilometres + 4.0 + rng.normal(0, 2.5, size=30)
tens = kilometres / 10


# %%
def descend(x, rate, steps):
    """The path [[w, b], ...] of gradient descent on the rides, from 0 and 0."""
    w, b = 0.0, 0.0
    path = [[w, b]]
    for step in range(steps):
        error = w * x + b - prices
        w, b = w - rate * np.mean(2 * error * x), b - rate * np.mean(2 * error)
        path.append([w, b])
    return np.array(path)


w, b = descend(tens, rate=0.3, steps=200)[-1]
best_w, best_b = np.polyfit(tens, prices, deg=1)
print(f"gradient descent {w:.3f}, {b:.3f}    polyfit {best_w:.3f}, {best_b:.3f}")

# %% [markdown]
# The same two numbers that `polyfit` found in lesson 01 (there for one kilometre, here for ten). Now look
# at the way there, at three rates. How far from the lowest point does each get in 25 steps? (`np.hypot` is
# Pythagoras: the distance from how far it is to the right and how far it is upwards.)


# %%
def distance(place):
    """How far a place on the map is from the lowest point."""
    return np.hypot(place[0] - best_w, place[1] - best_b)


for rate in (0.01, 0.3, 0.43):
    path = descend(tens, rate, steps=25)
    left = distance(path[-1]) / distance(path[0])
    print(f"rate {rate:<4}  distance left after 25 steps: {left:5.0%}")

# %% [markdown]
# Two parameters make a map: `w` to the right, `b` upwards, and at each place the loss is a height. The lines
# below join places of equal loss, like the contour lines of a hiking map; the star is the lowest point. (The
# closed cell only draws it. A click opens it; skip it if you like.)


# %% tags=["hide-input"]
# @title Draws the map of the loss with a path over it
def draw_path(axes, rate):
    path = descend(tens, rate, steps=25)
    w, b = np.linspace(-12, 62, 80), np.linspace(-18, 34, 80)
    heights = [[np.mean((right * tens + up - prices) ** 2) for right in w] for up in b]
    levels = np.geomspace(8, 4000, 12)
    axes.contour(w, b, heights, levels=levels, colors=plots.GREY, linewidths=0.6)
    axes.plot(path[:, 0], path[:, 1], marker="o", markersize=3, linewidth=1)
    axes.plot(best_w, best_b, marker="*", markersize=13, color=plots.ORANGE)
    axes.set(xlim=(-12, 62), ylim=(-18, 34), title=f"rate {rate:.2f}")


drawing, panels = plots.figure(
    "25 steps: too small does not arrive, too large never will",
    x="w, price of ten kilometres",
    y="b, price of getting in",
    columns=3,
    size=(9.5, 3.5),
)
for axes, rate in zip(panels, (0.01, 0.3, 0.43)):
    draw_path(axes, rate)
plots.show(
    drawing,
    "Three maps of a long oval valley, each with a path of 25 steps. Rate 0.01: small "
    "steps that stop on the way. Rate 0.3: jumps across the valley that get shorter "
    "and end beside the lowest point. Rate 0.43: jumps that get longer and leave the "
    "map.",
)

# %% [markdown]
# The loss is a long, narrow valley. **Left:** every step goes downhill. Straight downhill means across the
# valley, not at the star, so that is where the small steps lead, and after 25 of them half of the distance
# remains. **Middle:** the path jumps to and fro across the valley, each time less far. After a few jumps it is on
# the floor of the valley and walks along it, nearly to the star. **Right:** it jumps from one wall of the valley to
# the other, and each jump is longer than the last.
#
# Move the rate yourself. Where is the best, and where does it tip over?


# %%
def path_for(rate):
    drawing, axes = plots.figure(x="w, price of ten kilometres", y="b, getting in")
    draw_path(axes, rate)
    return drawing, "the path of 25 steps over the map of the loss."


plots.sliders(path_for, rate=(0.01, 0.51, 0.4))

# %% [markdown]
# Measured instead of seen: the loss after 25 steps, beside the lowest there is.

# %%
for rate in (0.24, 0.28, 0.32, 0.36, 0.4, 0.44):
    w, b = descend(tens, rate, steps=25)[-1]
    print(f"rate {rate:.2f}  loss {np.mean((w * tens + b - prices) ** 2):12,.2f}")
print(f"lowest     loss {np.mean((best_w * tens + best_b - prices) ** 2):12,.2f}")

# %% [markdown]
# Of these 0.36 is the best. At 0.4 the path is still far from the bottom, and at 0.44 it has jumped out.
#
# ## The rate at which it tips over
#
# A valley has two curvatures that matter: across it, where it is steepest, and along it, where it is
# flattest. NumPy finds them from the averages of x² and of x. (Those who know the words: the eigenvalues of the
# matrix of second derivatives. The others lose nothing.)


# %%
def curvatures(x):
    """The curvature of the loss along its flattest and along its steepest direction."""
    averages = [[np.mean(x * x), np.mean(x)], [np.mean(x), 1]]
    return np.linalg.eigvalsh(2 * np.array(averages))


print("inputs             flattest  steepest  ratio")
for name, x in [("kilometres", kilometres), ("tens of km", tens)]:
    flattest, steepest = curvatures(x)
    ratio = steepest / flattest
    print(f"{name:<17}  {flattest:8.2f}  {steepest:8.2f}  {ratio:5.0f}")

# %% [markdown]
# In each direction the formula from before holds: a step leaves 1 − rate · curvature of the distance. So we
# can say what 25 steps leave, across the valley and along it, for the three rates of the figure.

# %%
flattest, steepest = curvatures(tens)
for rate in (0.01, 0.3, 0.43):
    across, along = abs(1 - rate * steepest) ** 25, abs(1 - rate * flattest) ** 25
    print(f"rate {rate:<4}  left: across {across:5.0%}, along {along:3.0%}")

# %% [markdown]
# The 25 small steps have not even crossed the valley: 28% of that way remains, and 93% of the way along it. At
# 0.3 the way across is done, and what remains is a tenth of the way along. (At the start the way along was
# about half of the whole distance, so this tenth is the 5% from above.) At 0.43 the way across has grown fifteenfold.
#
# So the steepest direction sets the limit: with a rate above 2 / steepest, the path jumps out. The flattest
# sets the pace: there each step covers only rate × flattest of what is left. And the **ratio** says how hard
# the valley is. In kilometres it is far worse, which is why we divided by ten, and one reason why people **scale
# the inputs** of a model to about the same size before anything else.
#
# **Predict** the limit in tens of kilometres: 2 / steepest. Then let us find it by trying, halving an
# interval until it is tight.


# %%
def tips_over_at(x):
    """The rate from which on 400 steps lead away from the lowest point."""
    goal = np.polyfit(x, prices, deg=1)[0]
    low, high = 0.01, 1.0
    for halving in range(12):
        middle = (low + high) / 2
        w = descend(x, middle, steps=400)[-1, 0]
        if abs(w - goal) > abs(0 - goal):
            high = middle
        else:
            low = middle
    return low


print(f"predicted {2 / curvatures(tens)[1]:.2f}, measured {tips_over_at(tens):.2f}")

# %% [markdown]
# Is that luck? Five times thirty other distances, each with a limit of its own:

# %%
for seed in range(1, 6):
    other = np.random.default_rng(seed).uniform(1, 20, size=30) / 10
    limit = 2 / curvatures(other)[1]
    print(f"predicted {limit:.2f}, measured {tips_over_at(other):.2f}")

# %% [markdown]
# ### Exercise 3 · Where it tips over
# ★★★ · 10 minutes · 3 points
#
# A taxi with one parameter again, `price = w * x`, but with several rides: `x` is an array, and the loss is
# the mean squared error. Above which learning rate does gradient descent diverge? You are given only `x`.
# (Why is that enough?)


# %% exercise="largest_rate"
def largest_rate(x):
    """The rate above which gradient descent on w diverges."""
    ...


check(largest_rate)

# %% [markdown]
# The limit is exact for losses that are a parabola in their parameters, as here. Networks with hidden
# layers have curvatures that change as they learn. There one seldom computes a limit. One tries rates in steps
# of about three (0.001, 0.003, 0.01, …) and takes one safely below where it breaks.

# %% [markdown]
# ## Backpropagation
#
# Now a network with a hidden layer. How does the loss feel a weight of the *first* layer, when between the
# two there are a ReLU and another layer? Through a chain, and chains multiply, like gears: if a turn of the
# first wheel turns the second 3 times, and a turn of the second turns the third −2 times, then a turn of
# the first turns the third −6 times. This is the **chain rule**: *along a path, multiply the slopes; where
# several paths lead to the same place, add them up.*
#
# Here is the network: two inputs, three hidden units with ReLU, one output. **Predict** its parameters.

# %%
alt = "Two inputs, three hidden units, one output unit; nine lines in all."
plots.show(plots.network([2, 3, 1]), alt)

# %% [markdown]
# Nine lines and four biases, so 13. Five rows of made-up data, random weights and biases, and the way
# **forward**. We keep what is computed on the way: `z` before the ReLU, `h` after it.

# %%
rng = np.random.default_rng(3)
x, y = rng.normal(size=(5, 2)), rng.normal(size=(5, 1))
W1, b1 = rng.normal(size=(2, 3)), 0.1 * rng.normal(size=3)
W2, b2 = rng.normal(size=(3, 1)), 0.1 * rng.normal(size=1)


# %%
def forward(x, W1, b1, W2, b2):
    z = x @ W1 + b1
    h = np.maximum(z, 0)
    return z, h, h @ W2 + b2


z, h, output = forward(x, W1, b1, W2, b2)
loss = np.mean((output - y) ** 2)
print("x", x.shape, " z", z.shape, " h", h.shape, " output", output.shape)
print(f"loss {loss:.4f}")

# %% [markdown]
# And now **backward**, from the loss to the parameters. Write `d_something` for the slopes of the loss when
# one nudges the numbers of `something`: one slope for each number, so it always has the same shape. Read it
# with the forward lines beside it, last line first:
#
# - `d_output`: the loss is a mean of squares, so each output has the slope 2 · error / (how many there are).
# - `d_W2` and `d_b2`: a weight of the second layer is multiplied by `h`, so its slope is `h` times that of the
#   output, added up over the rows. `h.T @` does the multiplying and the adding. A nudge of a bias changes the
#   output of every row by just as much, so its slope is the sum of the outputs' slopes over the rows.
# - `d_h`: a nudge of `h` reaches the output through `W2`. So the slopes go back through the same weights.
# - `d_z`: where `z` was positive the ReLU let it through (slope 1), elsewhere it blocked it (slope 0).
# - `d_W1` and `d_b1`: as for the second layer, with `x` in the place of `h`.


# %%
def backward(x, y, z, h, output, W2):
    d_output = 2 * (output - y) / output.size
    d_W2 = h.T @ d_output
    d_b2 = d_output.sum(axis=0)
    d_h = d_output @ W2.T
    d_z = d_h * (z > 0)
    d_W1 = x.T @ d_z
    d_b1 = d_z.sum(axis=0)
    return d_W1, d_b1, d_W2, d_b2


gradients = backward(x, y, z, h, output, W2)
for name, array, gradient in zip(["W1", "b1", "W2", "b2"], [W1, b1, W2, b2], gradients):
    print(f"{name}: shape {array.shape}, shape of its gradient {gradient.shape}")

# %% [markdown]
# That is **backpropagation**, all of it: seven lines. Rumelhart, Hinton and Williams made it famous in 1986
# (*Learning representations by back-propagating errors*, Nature 323). Are the seven lines right? First judge:
# the nudge. We nudge each of the 13 parameters up and down, and measure.

# %%
parameters = [W1, b1, W2, b2]


def nudged_slope(array, place, nudge=1e-6):
    """The slope for one number of an array, measured around where it is."""
    kept, losses = array[place], []
    for value in (kept - nudge, kept + nudge):
        array[place] = value
        output = forward(x, *parameters)[2]
        losses.append(np.mean((output - y) ** 2))
    array[place] = kept
    return (losses[1] - losses[0]) / (2 * nudge)


# %% [markdown]
# `forward(x, *parameters)` hands over the four arrays one by one. Below, `np.ndindex` goes through all places of
# an array, and `ravel` lays its numbers out in a row.

# %%
measured, by_hand = [], []
for array, gradient in zip(parameters, gradients):
    for place in np.ndindex(array.shape):
        measured.append(nudged_slope(array, place))
    by_hand.extend(gradient.ravel())

print("nudged     ", " ".join(f"{slope:5.2f}" for slope in measured))
print("by hand    ", " ".join(f"{slope:5.2f}" for slope in by_hand))
print(f"{2 * len(measured)} forward passes; for 134,515,008 slopes {2 * 134_515_008:,}")

# %% [markdown]
# Second judge: TensorFlow. Its `GradientTape` writes down every operation on the way forward, and goes
# through the list backwards, doing for each what we did by hand. Here we ask for agreement to twelve digits.
# (A `tf.Variable` is an array that the tape watches; it records what is indented under `with`. `np.concatenate`
# puts arrays one behind the other.)

# %%
variables = [tf.Variable(array) for array in parameters]
with tf.GradientTape() as tape:
    hidden = tf.nn.relu(x @ variables[0] + variables[1])
    tf_loss = tf.reduce_mean((hidden @ variables[2] + variables[3] - y) ** 2)

tensors = tape.gradient(tf_loss, variables)
tensorflows = np.concatenate([np.ravel(tensor) for tensor in tensors])
print("TensorFlow ", " ".join(f"{slope:5.2f}" for slope in tensorflows))
print("by hand    ", " ".join(f"{slope:5.2f}" for slope in by_hand))
alike = np.allclose(by_hand, tensorflows, rtol=1e-12, atol=1e-14)
print("equal to twelve digits:", alike)

# %% [markdown]
# You have now done by hand what is at the heart of the deep-learning libraries. Why not nudge, which is so much
# easier to understand? Count: nudging both ways took 2 forward passes for each parameter, 26 here. Backpropagation
# took one forward pass and one backward pass, however many parameters there are. For the model at the end of this
# course, nudging would need 269,030,016 forward passes for a single step.
#
# **What backpropagation is not.** Many texts say that backpropagation "adjusts the weights" or "is how
# networks learn". It only *computes the gradient*. What is then done with it (gradient descent, or Adam,
# below) is the business of the **optimizer**. Above, we ran `backward` and not one parameter moved.

# %% [markdown]
# ### Exercise 4 · Backwards through a hidden layer
# ★★★ · 10 minutes · 3 points
#
# A hidden layer somewhere in a deep network: `x` is what came in (rows × inputs), `z` is what it computed
# before its ReLU (rows × units), and `d_h`, which the layers above have handed down, is the slope of the
# loss with respect to its output (rows × units). What is the gradient of its weights? Try it without
# scrolling up.


# %% exercise="hidden_gradient"
def hidden_gradient(x, z, d_h):
    """The gradient of the hidden layer's weights."""
    ...


check(hidden_gradient)

# %% [markdown]
# This is the middle of the lesson. Stretch your legs; the rest will still be here.
#
# ## "I love sunny days!"
#
# Articles like to explain backpropagation with a sentence: *"I love sunny days!" is labelled positive. The
# model is unsure; backpropagation raises its confidence.* Let us do it, with twelve sentences: six positive
# ones, labelled 1, and six negative ones, labelled 0. A model needs numbers, so each sentence becomes a row
# that says **how often each word occurs in it**; order and punctuation are dropped. (Lesson 05 does better.)

# %%
sentences = {
    "I love sunny days!": 1,
    "We love fresh bread.": 1,
    "What a great day!": 1,
    "We had a great meal.": 1,
    "The soup was good and warm.": 1,
    "A good walk in good company.": 1,
    "I hate rainy days.": 0,
    "The rainy days never end.": 0,
    "The bread was dry and old.": 0,
    "What a bad meal.": 0,
    "We hate cold soup.": 0,
    "It was a cold, rainy day.": 0,
}

# %% [markdown]
# `words_of` drops what is neither a letter nor a space and cuts at the spaces. (A list in square brackets that ends in
# an `if` has entries only where that is true.) What the code calls `vocabulary` is the list of all words, each once
# (`set` takes repeats out), in the order of the alphabet.


# %%
def words_of(sentence):
    letters = [c for c in sentence.lower() if c.isalpha() or c == " "]
    return "".join(letters).split()


def counts_of(sentence):
    words = words_of(sentence)
    return np.array([float(words.count(word)) for word in vocabulary])


vocabulary = sorted(set(words_of(" ".join(sentences))))
counts = np.array([counts_of(sentence) for sentence in sentences])
labels = np.array(list(sentences.values()))
print("rows and words:", counts.shape)
print("rows with the word days:", int(counts[:, vocabulary.index("days")].sum()))

# %% [markdown]
# The model is one unit with a sigmoid: a weight for each word, one bias, and out comes $p$, a number
# between 0 and 1 that we read as **how confident it is that the sentence is positive**.
#
# For a probability one uses the loss of lesson 03, the **log loss**: minus the logarithm of the probability
# that was given to the truth. It has a lovely derivative, because the sigmoid and the logarithm cancel each
# other: the slope of a weight is $(p - \text{label}) \cdot \text{count}$. Error times input, once more. Do
# not take our word for it; you can nudge.


# %%
def confidence(counts, weights, bias):
    return 1 / (1 + np.exp(-(counts @ weights + bias)))


def log_loss_of_one(w):
    """The log loss of a positive sentence: a single word with weight w, twice."""
    return -np.log(confidence(np.array([2.0]), np.array([w]), 0.0))


measured = (log_loss_of_one(0.3 + 1e-6) - log_loss_of_one(0.3)) / 1e-6
p = confidence(np.array([2.0]), np.array([0.3]), 0.0)
print(f"measured {measured:.3f}, (p - label) * count = {(p - 1) * 2:.3f}")

# %% [markdown]
# A single unit has no twin to be told apart from, so all parameters may start at zero. **Predict** the
# confidence before the first step. (`np.diff`, below, takes the difference of each number and the one before it.)


# %%
def train(counts, steps=60, rate=1.0):
    """The weights, the bias, and the confidence in each sentence before every step."""
    weights, bias, history = np.zeros(counts.shape[1]), 0.0, []
    for step in range(steps):
        p = confidence(counts, weights, bias)
        history.append(p)
        weights = weights - rate * counts.T @ (p - labels) / len(labels)
        bias = bias - rate * np.mean(p - labels)
    return weights, bias, np.array(history)


# %%
weights, bias, history = train(counts)
ours = history[:, 0]  # the first sentence

for step in (0, 1, 2, 3, 5, 10, 20, 40, 59):
    print(f"before step {step:2}: confidence {ours[step]:.2f}")
print(f"smallest rise in one of the steps: {np.diff(ours).min():.4f}")

# %% tags=["hide-input"]
# @title Draws the confidence in all twelve sentences
title = "Step by step the model grows sure of all twelve sentences"
drawing, axes = plots.figure(title, x="step", y="confidence: positive")
axes.plot(history[:, labels == 1], color=plots.ORANGE, linewidth=0.8, alpha=0.6)
axes.plot(history[:, labels == 0], color=plots.BLUE, linewidth=0.8, alpha=0.6)
axes.plot(ours, color=plots.ORANGE, linewidth=3, label="I love sunny days!")
axes.axhline(0.5, color=plots.GREY, linestyle="--")
axes.set_ylim(0, 1)
axes.legend(loc=(0.66, 0.58))
plots.show(
    drawing,
    "Twelve lines start at one half. The six positive sentences rise towards 1, the "
    "six negative ones fall towards 0.",
)

# %% [markdown]
# Orange lines are sentences labelled positive, blue ones negative. At step 0 every confidence is 0.50: the model is
# as unsure as can be. Then the thick line, our sentence, rises with every step. So the articles
# are right about this one: that is what happens. But *what* was learned?

# %% tags=["hide-input"]
# @title Draws the lowest and the highest weights
order = np.argsort(weights)
shown = [*order[:5], *order[-8:]]
colours = [plots.ORANGE if weights[i] > 0 else plots.BLUE for i in shown]
title = "The five lowest weights, the eight highest"
drawing, axes = plots.figure(title, x="weight", size=(7, 3.6))
axes.barh([vocabulary[i] for i in shown], weights[shown], color=colours)
bars = ", ".join(f"{vocabulary[i]} {weights[i]:.2f}" for i in shown)
plots.show(drawing, f"A bar for each of thirteen words: {bars}.")

# %% [markdown]
# The bars are the words with the lowest and the highest weights. Look at *sunny*: it occurs in one sentence
# only, so only that sentence ever pushed it, by rate · (1 − p) / 12 a step. The more confident the sentence,
# the smaller the push. All the pushes together should be its weight:

# %%
sunny = weights[vocabulary.index("sunny")]
print(f"sunny: weight {sunny:.3f}, all pushes together {np.sum((1 - ours) / 12):.3f}")

# %% [markdown]
# *Love*, with two sentences, was pushed by both. *Rainy*, in three negative ones, has been pushed down the
# furthest. And look at *had*, a word without any mood, at 0.75. It occurs once, in *We had a great meal*,
# beside the word with the highest weight of all. **Predict:** if *great* is taken out of the sentences, does
# *had* sink to zero?

# %%
without_great = counts.copy()
without_great[:, vocabulary.index("great")] = 0

had = vocabulary.index("had")
print(f"weight of had: {weights[had]:.2f}")
print(f"trained without the word great: {train(without_great)[0][had]:.2f}")

# %% [markdown]
# It **rises**. *Had* is positive because the one sentence that it stands in is labelled positive. *Great* stands
# there too, did part of the pushing, and so made the sentence confident sooner; without it more is left for
# *had* to do. A weight is not a word's own meaning: it is its share in the work, and that depends on what stands
# beside it.
#
# **Predict** what the model makes of these. The first is the sentence it was trained on; the other three are new
# to it.

# %%
for sentence in (
    "I love sunny days!",
    "I love sunny walks!",
    "I love cold, rainy days!",
    "I do not love sunny days!",
):
    p = confidence(counts_of(sentence), weights, bias)
    unknown = [word for word in words_of(sentence) if word not in vocabulary]
    print(f"{sentence:<26} {p:.2f}  new: {', '.join(unknown)}")

# %% [markdown]
# The walks are right, and even a little surer than the days: *walks* never occurred and is passed over, while
# *days*, which stood in two negative sentences and one positive, has a weight below zero. The cold days are wrong:
# the weights of *cold* and *rainy* outvote *love*. The last is wrong, and exactly as confident as the sentence
# without *do not*, since *do* and *not* never occurred either. The model has no idea what love or rain is. It
# added up a few numbers, and gradient descent had made the sums come out right for twelve sentences. Confidence
# is not understanding; keep that for the large models too.

# %% [markdown]
# ## Epochs, batches, steps
#
# So far each step used all rows: a **full batch**. With a million rows that makes a step expensive, and a
# few hundred rows would point almost the same way. So one goes through the data in portions, called
# **batches** or *minibatches*, and takes a **step** after each. An **epoch** is one pass over all rows.
# Lesson 01 had 100 rows in batches of 32: three full ones and one of 4, so 4 steps an epoch, 40 in ten.

# %% [markdown]
# ### Exercise 5 · How many steps
# ★☆☆ · 4 minutes · 1 point
#
# How many steps does a training take that goes through `rows` rows in batches of `batch`, for `epochs`
# epochs? As in Keras, the rows that are left over at the end of an epoch make a last, smaller batch.


# %% exercise="training_steps"
def training_steps(rows, batch, epochs):
    """How many steps a training takes in all."""
    ...


check(training_steps)

# %% [markdown]
# An experiment: 1,000 rows, made by ten secret numbers and a little noise. The same start, the same rate of
# 0.1, the same data, and batches of 1000, 100 and 10. The noise has a variance of 0.01, so nobody gets much
# below a loss of 0.01. **Predict:** which needs the fewest epochs to come below 0.02? And which the fewest
# steps?

# %%
rng = np.random.default_rng(0)
rows = rng.normal(size=(1000, 4))
secret_weights = np.array([[2.0, -1.0], [0.5, 1.0], [-1.0, 0.5], [1.0, 1.0]])
noise = rng.normal(0, 0.1, size=(1000, 2))
row_targets = rows @ secret_weights + [0.5, 1.0] + noise

# %% [markdown]
# In each epoch the numbers of the rows are shuffled (`permutation`) and cut into batches (`np.split`). After
# each step we measure the loss on *all* rows. (Further down, `np.argmax(losses < 0.02)` says at which place the
# first `True` stands, and `np.ceil` rounds up.)


# %%
def losses_by_step(batch, epochs, rate=0.1):
    """The loss on all rows, before the first step and after each one."""
    rng, weights, biases, losses = np.random.default_rng(1), np.zeros((4, 2)), 0.0, []
    for epoch in range(epochs):
        for chosen in np.split(rng.permutation(1000), 1000 // batch):
            losses.append(np.mean((rows @ weights + biases - row_targets) ** 2))
            error = rows[chosen] @ weights + biases - row_targets[chosen]
            d_output = 2 * error / error.size
            weights = weights - rate * rows[chosen].T @ d_output
            biases = biases - rate * d_output.sum(axis=0)
    return np.array([*losses, np.mean((rows @ weights + biases - row_targets) ** 2)])


# %%
curves = {1000: losses_by_step(batch=1000, epochs=60)}
curves[100] = losses_by_step(batch=100, epochs=20)
curves[10] = losses_by_step(batch=10, epochs=10)

for batch, losses in curves.items():
    steps = int(np.argmax(losses < 0.02))  # the first step after which it is below
    epochs = int(np.ceil(steps * batch / 1000))
    print(f"batches of {batch:4}: below 0.02 at step ≈ {steps}, epoch ≈ {epochs}")

# %% tags=["hide-input"]
# @title Draws the three losses by epochs and by steps
title = "By epochs small batches are far ahead, by steps they are alike"
drawing, (left, right) = plots.figure(title, y="loss", columns=2, size=(9, 3.6))
for axes, unit in ((left, "epochs"), (right, "steps")):
    lines = {}
    for batch, losses in curves.items():
        done = np.arange(len(losses)) * (batch / 1000 if unit == "epochs" else 1)
        lines[f"batches of {batch}"] = (done, losses)
    plots.curves(axes, lines)
    axes.set(xlabel=unit, yscale="log", xlim=(0, 10 if unit == "epochs" else 60))
right.set_ylabel("")
plots.show(
    drawing,
    "Left, by epochs: batches of 10 are down within the first epoch, batches of 1000 "
    "are far up after ten. Right, by steps: three curves that nearly coincide, the one "
    "for batches of 10 a little ragged.",
)

# %% [markdown]
# The same three trainings twice. **Left, by epochs:** one epoch is plenty with batches of 10 and far too
# few with the full batch. **Right, by steps:** nearly the same curve. What moves the parameters here is *steps*
# (with a larger rate the noise of small batches would begin to hurt); an epoch is only a way to count how often
# the data was seen. So "ten epochs" says nothing unless one knows the batch.
#
# How many are enough? With batches of 100:

# %%
for epoch in (0, 1, 2, 5, 10, 20):
    print(f"after {epoch:2} epochs: loss ≈ {curves[100][10 * epoch]:.2f}")

# %% [markdown]
# And does every step make the loss smaller? We look at the last 60 of each training.

# %%
for batch, losses in curves.items():
    rises = np.sum(np.diff(losses)[-60:] > 1e-9)  # 1e-9: no rounding
    print(f"batches of {batch:4}: rose in ≈ {rises} of the last 60 steps")

# %% [markdown]
# Too few epochs, and it is not there yet; from five on, more of them bring nothing to speak of. (Too *many* can
# do harm: lesson 07.)
#
# The other lines mend a sentence that one reads often, "each training step makes the error smaller". With
# the full batch and a sensible rate that is true. A minibatch, however, only sees its own rows: near the
# bottom, a step that is good for these can be bad for all the others, and here about every second one is. The
# error gets smaller *on the whole*.

# %% [markdown]
# ## Adam, opened
#
# One rate for all parameters is awkward when one slope is 100 and another is 0.01. **Adam** (Kingma and Ba
# 2014, [arXiv 1412.6980](https://arxiv.org/abs/1412.6980)) keeps two running averages for each parameter:
# of its slope ($m$) and of the square of its slope ($v$). A running average is renewed at each step: $m$ is nine
# tenths of the old value plus one tenth of the new slope, so it remembers about the last ten slopes. $v$ is 0.999
# of the old value plus 0.001 of the new square: about the last thousand. Then the parameter moves downhill, by
# rate · $m / \sqrt{v}$.


# %%
def adam_step(value, slope, m, v, step, rate=0.001):
    m = 0.9 * m + 0.1 * slope
    v = 0.999 * v + 0.001 * slope**2
    # Both averages start at 0 and are too small at first; the divisions mend that.
    fair_m = m / (1 - 0.9**step)
    # 1e-7 is added so that nothing is ever divided by 0.
    fair_root = (np.sqrt(v) + 1e-7) / np.sqrt(1 - 0.999**step)
    return value - rate * fair_m / fair_root, m, v


for slope in (100.0, 1.0, 0.01):
    moved, m, v = adam_step(value=0.0, slope=slope, m=0.0, v=0.0, step=1)
    plain = -0.001 * slope
    print(f"slope {slope:6.2f}: plain descent {plain:8.5f}, Adam {moved:10.7f}")

# %% [markdown]
# In the first step the corrected $m / \sqrt{v}$ is 1 (or −1) **whatever the size of the slope**. (The last line
# falls short by a little: there the 1e-7 begins to count. Keras adds it to the root of $v$ as it stands, and so do
# we; Algorithm 1 of Kingma and Ba adds it after the correction, where it weighs less.) And later? **Predict** the
# size of the last of 200 steps, in units of the rate, when the slopes were: all 1; 10 and then 1; 1 and then 10;
# +1 and −1 in turns. (`enumerate(slopes, 1)` numbers the slopes, from 1 on.)


# %%
def last_step(slopes):
    """The size of Adam's last step after these slopes, in units of the rate."""
    value, m, v = 0.0, 0.0, 0.0
    for step, slope in enumerate(slopes, 1):
        before = value
        value, m, v = adam_step(value, slope, m, v, step)
    return abs(value - before) / 0.001


print(f"all 1:         {last_step([1] * 200):.2f}")
print(f"10, then 1:    {last_step([10] * 100 + [1] * 100):.2f}")
print(f"1, then 10:    {last_step([1] * 100 + [10] * 100):.2f}")
print(f"+1, −1, +1 …:  {last_step([1, -1] * 100):.2f}")

# %% [markdown]
# So the step is one rate long only while the slope has **stayed about the same since the start**. After larger slopes
# it is much shorter, since $v$ remembers them for about a thousand steps; after smaller ones it is somewhat
# longer; and where the sign keeps changing, $m$ is small and the parameter hardly moves. There it is: why lesson
# 01's parameters moved by about 0.001 a step, and by no more than 0.04 or so in 40 of them.
#
# Is ours what Keras does? Here are twenty steps for three parameters, with slopes that jump about. Keras
# computes with about seven digits, we with sixteen.

# %%
variable, optimizer = keras.Variable(np.zeros(3)), keras.optimizers.Adam(0.001)
value = m = v = np.zeros(3)
rng = np.random.default_rng(0)
for step in range(1, 21):
    slopes = rng.normal(size=3) * [100, 1, 0.01]
    value, m, v = adam_step(value, slopes, m, v, step)
    optimizer.apply([keras.ops.convert_to_tensor(slopes, "float32")], [variable])

print("ours ", " ".join(f"{number:9.6f}" for number in value))
print("Keras", " ".join(f"{number:9.6f}" for number in variable.numpy()))

# %% [markdown]
# So Adam remembers two numbers for each parameter. They are neither parameters (the model does not use them
# when it answers) nor hyperparameters (nobody chooses them): they are the optimizer's **state**.
# **Predict** how many numbers of each kind the model of lesson 01 has.

# %%
keras.utils.set_random_seed(1)
model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(2, activation="relu")])
model.compile(optimizer="adam", loss="mean_squared_error")
model.optimizer.build(model.trainable_variables)

kept = model.optimizer.variables
averages = sum(int(np.prod(v.shape)) for v in kept if len(v.shape) > 0)
others = [v.path.split("/")[-1] for v in kept if len(v.shape) == 0]
print("learned by training:   ", count(model), "parameters")
print("kept by the optimizer: ", averages, "numbers, and", *others)
print("chosen by a person:    ", "learning rate 0.001, beta_1", model.optimizer.beta_1)

# %% [markdown]
# Ten, twice ten, and a step counter (`iteration`). (Keras calls $m$ *momentum*, $v$ *velocity*, and the 0.9
# *beta_1*.) The learning rate sits in the same list, and yet it is a
# hyperparameter: no gradient ever changes it. The state matters for memory: training with Adam needs room
# for parameters, gradients and twice the state, four numbers where answering needs one. Lesson 11 counts it
# for models with billions.

# %% [markdown]
# ## A warm-up
#
# The learning rate need not stay the same. A rule that changes it from step to step is called a
# **schedule**. A widespread one begins with a **warm-up**: the rate grows from nearly nothing to its peak
# over the first steps (Goyal and others 2017, [arXiv 1706.02677](https://arxiv.org/abs/1706.02677)). It is
# said to make training more stable. Always? We try it: a network with four hidden layers, several peak rates, 160
# steps of plain gradient descent, with and without a warm-up of 40 steps. Each is trained **twelve times**, from a
# random start and on random data of its own. (The lines are those of `forward` and `backward`, in a loop over the
# layers. They stand in `utils/many_starts.py`; what comes out is one loss for each of the twelve.)


# %%
def constant(peak):
    return [peak for step in range(160)]


def warmed_up(peak, warmup=40):
    return [peak * min(1, (step + 1) / warmup) for step in range(160)]


# %% [markdown]
# A run counts as **failed** when its loss ends above half of its targets' variance: it learned next to
# nothing, or its numbers grew until they were no numbers any more. The peak rates are 0.03, 0.1, 0.2, 0.3 and
# 0.6. **Predict:** at which of them will a warm-up of 40 steps make a difference?

# %%
deep_x, deep_y = many_starts.curved_rows(runs=12, seed=0)
half_variance = deep_y.var(axis=(1, 2)) / 2  # one number for each run


def how_many_fail(rates):
    losses = many_starts.final_losses(deep_x, deep_y, rates, seed=0)
    # ~ is "not": a loss that is no number is not below either, so it counts as failed
    return int(np.sum(~(losses < half_variance)))


# %%
peaks = [0.03, 0.1, 0.2, 0.3, 0.6]
failed = {"without warm-up": [], "with warm-up": []}
for peak in peaks:
    failed["without warm-up"].append(how_many_fail(constant(peak)))
    failed["with warm-up"].append(how_many_fail(warmed_up(peak)))

for name, numbers in failed.items():
    print(f"{name:<15}  failed, of 12: ≈", ", ".join(map(str, numbers)))

# %% tags=["hide-input"]
# @title Draws the schedules, and the failed runs at each peak rate
title = "A warm-up rescues the high rates, up to a point"
drawing, (left, right) = plots.figure(title, columns=2, size=(9, 3.4))
plots.curves(left, {"without warm-up": constant(0.2), "with warm-up": warmed_up(0.2)})
left.set(xlabel="step", ylabel="learning rate", ylim=(0, 0.25))
plots.bars(right, failed, peaks, digits=0)
right.set(xlabel="peak rate", ylabel="failed, of 12 runs", ylim=(0, 17))
plots.show(
    drawing,
    "Left: the schedule, rising for 40 steps and then flat, beside a flat one. Right: "
    "failed runs for five peak rates. None fails at 0.03; at 0.2 all or nearly all "
    "fail without a warm-up, few with it; at 0.6 nearly all fail either way.",
)

# %% [markdown]
# Left, the two schedules; right, how many of the twelve runs failed. At 0.03 nobody needed a warm-up. At 0.1 some
# runs failed without it and none with it; at 0.2 all or nearly all failed without it and hardly any with it; at 0.3
# it saved about half of them. (With five other draws of data and starts, the seeds 1 to 5, it saved 10 to 12 of the
# twelve at 0.2, and 6 to 10 at 0.3.) At 0.6 it is no help any more. So the honest sentence is: **a warm-up lets you
# use a higher rate than the random start could bear**; at a rate that is safe anyway it is not needed. The usual
# explanation is curvature: it is high at the start, and small steps first lead to where it is lower (Gilmer and
# others 2021, [arXiv 2110.04369](https://arxiv.org/abs/2110.04369)). We used one kind of network; do not expect the
# same range of rates from another.

# %% [markdown]
# ### Exercise 6 · Up, and down again
# ★★☆ · 8 minutes · 2 points
#
# Most language models are trained with a warm-up *and* a decay. Write such a schedule. Steps count from 0.
# For `warmup` steps the rate rises as above, reaching `peak` at the last of them. At `step == warmup` it is
# still `peak`; from there it falls in a straight line that would reach 0 at `step == total`.


# %% exercise="warmup_and_decay"
def warmup_and_decay(step, warmup, total, peak):
    """The learning rate at this step."""
    ...


check(warmup_and_decay)

# %% [markdown]
# ## What a step costs
#
# Training is said to be expensive. Let us count. On the way forward each weight is multiplied once and
# added once for each row: **2 operations per weight and row**. On the way back there are two products of
# the same size: one for the weights' own gradient (`h.T @ d_output`), one to pass the slopes on (`d_output
# @ W2.T`): **4 more**. So about **6 per weight and row**. Biases, ReLUs and the optimizer are small change.
#
# **Predict** the operations for 32 rows of 64 inputs through layers of 128 and 10 units: forward, with one more
# addition for each unit's bias and row. TensorFlow can count them in its own list of operations; `operations`, from
# this course's helpers, asks it to.

# %%
hidden, output = keras.layers.Dense(128, activation="relu"), keras.layers.Dense(10)
model = keras.Sequential([keras.Input((64,)), hidden, output])
predicted = 32 * (2 * (64 * 128 + 128 * 10) + 128 + 10)
print(f"predicted {predicted:,}, TensorFlow says {operations(model, (32, 64)):,}")

# %% [markdown]
# Exactly. And forward and backward together? The first layer need not pass anything on, since nobody wants
# the slopes of the inputs. So a shallow network stays below 6. **Predict** what happens as it gets deeper.


# %%
def per_weight_and_row(layers, width=64, rows=32):
    """Operations of a forward and backward pass, for each weight and row."""
    hidden = [keras.layers.Dense(width, activation="relu") for layer in range(layers)]
    model = keras.Sequential([keras.Input((width,)), *hidden])

    def gradients(x):
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(model(x) ** 2)
        return tape.gradient(loss, model.trainable_weights)

    weights = layers * width * width
    return operations(gradients, (rows, width)) / (weights * rows)


for layers in (1, 2, 4, 8, 16):
    print(f"layers: {layers:2}   per weight and row: {per_weight_and_row(layers):.2f}")

# %% [markdown]
# From 4 towards 6, as promised. Now the time: how many operations a second do our `forward` and `backward`
# reach, in a network of two layers without biases? One function makes the numbers and measures; the best of five
# tries counts. (With two layers it is about 5 operations for each weight and row, as you have just seen.)


# %%
def speed(width, rows):
    """Operations a second in a step with so many units in both layers, so many rows."""
    numbers = np.random.default_rng(0).normal(size=(2 * width + rows, width))
    W1, W2, x = np.split(numbers.astype("float32"), [width, 2 * width])
    seconds = []
    for attempt in range(5):
        start = perf_counter()
        z, h, output = forward(x, W1, 0, W2, 0)
        backward(x, x, z, h, output, W2)
        seconds.append(perf_counter() - start)
    return 5 * (W1.size + W2.size) * rows / min(seconds)


# %% [markdown]
# These numbers are those of *your* machine, and differ from run to run. **Predict:** which of the four is
# slowest?

# %% tags=["nbval-ignore-output"]
for width, rows_in in [(2, 5), (30, 100), (1000, 1), (1000, 1000)]:
    name = f"weights {2 * width**2:>9,}, rows {rows_in:>4}"
    print(f"{name}: {speed(width, rows_in) / 1e9:7.3f} billion a second")

# %% [markdown]
# The smallest network, in the first line, is far slower than the second and the last. Each line of Python costs a
# millionth of a second or more whatever the size of the arrays, and for eight weights that is nearly all the time.
# But 1,800 weights and 100 rows are already enough to drown most of it: the second line is far ahead of the first. (How
# near it comes to the last one depends on the machine; on some it is even ahead of it.)
#
# The third line shows another limit: it has the weights of the last one and is many times slower. With a single
# row, each of the two million weights has to come from memory, and each of the two million slopes has to go there,
# for a few operations; memory is slower than arithmetic. (When we took this line apart, about four fifths of its
# time went into the two products that write the slopes.) With a thousand rows each weight is used a thousand times
# once it has come. It is one reason why large models are trained in large batches.
#
# And the model at the end of this course, SmolLM2-135M-Instruct? It has 134,515,008 parameters. The model that it
# was made from, SmolLM2-135M, was, says the card that its makers published with it in 2024, trained on 2 trillion
# tokens. A token is a piece of a word, and
# takes the place of a row. The rule of thumb **6 · parameters · tokens** is from Kaplan and others 2020
# ([arXiv 2001.08361](https://arxiv.org/abs/2001.08361), section 2.1). **Predict:** at 100 billion operations
# a second, days, years or centuries?

# %%
needed = 6 * 134_515_008 * 2e12
years = needed / 1e11 / (365 * 24 * 3600)
print(f"{needed:.2e} operations; at 100 billion a second {years:.0f} years")

# %% [markdown]
# Put your own machine's best speed in the place of `1e11` and see when yours would be done. So yes:
# training is computationally intensive. You will *use* that model in lesson 12, where each token costs a
# third of this (only the way forward, 2 of the 6), and only a few hundred tokens are asked for.

# %% [markdown]
# ## Everything together
#
# The last task uses the whole lesson. scikit-learn draws points on two interlocking half moons:

# %%
from sklearn.datasets import make_moons

moon_rows, moon_labels = make_moons(1000, noise=0.1, random_state=0)
print("rows", moon_rows.shape, " of class 1:", int(moon_labels.sum()))

# %% tags=["hide-input"]
# @title Draws the moons
title = "No straight line separates the two moons"
drawing, axes = plots.figure(title, x="input 1", y="input 2", size=(6, 3.2))
for label, colour in [(0, plots.BLUE), (1, plots.ORANGE)]:
    x1, x2 = moon_rows[moon_labels == label].T
    axes.scatter(x1, x2, s=6, color=colour, label=f"class {label}")
axes.legend()
plots.show(
    drawing,
    "Two half moons, one open below and one open above, each reaching into the other.",
)

# %% [markdown]
# Each dot is a row with two inputs; its colour is the class that a model should tell from them. Wherever you
# lay a ruler, some of the dots end up on the wrong side of it.

# %% [markdown]
# ### Exercise 7 · Two moons, fewer than 100 parameters
# ★★★ · 15 minutes · 3 points
#
# **Build and train** a Keras model with 2 inputs and 1 output, the probability of class 1, that has **fewer
# than 100 parameters** and gets at least **95%** right on moons that it has not seen (the check draws its
# own). You have all it takes: a hidden layer, a sigmoid at the end, `loss="binary_crossentropy"` (Keras'
# name for the log loss), an optimizer, a rate, a batch size, and enough steps. Draw more than 1,000 rows if
# you like.

# %% exercise="moons"
moons = ...

check(moons=moons)

# %% [markdown]
# ## What you know now
#
# - A gradient is a slope for each parameter; one can measure it by nudging, and derive it exactly.
# - Backpropagation computes it, by the chain rule, in one pass back; the optimizer then moves the parameters.
# - On a parabola, rates above 2 / curvature diverge. Scaled inputs make room for higher ones; in our deep network
#   a warm-up did too.
# - Steps move parameters; epochs count passes over the data. Adam keeps two more numbers for each parameter.
# - Training costs about 6 operations per weight and row, and a confident model need not understand anything.
#
# **Next:** [05 · Tokens](05_tokens.ipynb), where text becomes numbers.
