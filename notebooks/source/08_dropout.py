# %% [markdown]
# # 08 · Dropout
#
# > **At the end you can** build dropout, say why it scales and when it is off, and choose between it, L1, L2,
# > early stopping and more data for a model that overfits.
#
# Lesson 07 showed overfitting: the loss on the training rows keeps falling while the loss on new rows turns
# and rises. This lesson takes one model that overfits badly and tries the usual cures on it, dropout first.
#
# **Time:** about 100 minutes, of which the computer needs one. A good place for a break is before "The other
# cures".
# **You need:** lessons 01 to 07.

# %%
from utils import plots, stories
from utils.checking import check
from utils.counting import count
from utils.training import ProgressBar, progress_bar

import keras
import numpy as np
import tensorflow as tf
from itertools import pairwise
from sklearn.datasets import load_digits

# %% [markdown]
# ## A model that overfits
#
# scikit-learn brings 1,797 handwritten digits, each a picture of 8 × 8 pixels. The task: which of the ten
# digits is it? We split them as in lesson 07. From 700 a training may draw its rows; 300 are for
# **validation**: they choose (how strong is a cure, when to stop). The other 797 are for the **test**: they
# judge, and nothing in this lesson is ever chosen by them.

# %%
images, digits = load_digits(return_X_y=True)
images = (images / 16).astype("float32")
order = np.random.default_rng(0).permutation(len(images))
POOL, VALIDATION, TEST = order[:700], order[700:1000], order[1000:]
sizes = len(POOL), len(VALIDATION), len(TEST)
print("rows to draw from, to validate, to test:", *sizes)

# %% [markdown]
# To make overfitting easy we do two things that life does too: only 200 training rows, and **40 of them with a
# wrong label**, as if somebody had been tired. (Even famous test sets hold wrong labels, over 3% on average:
# Northcutt and others 2021, [arXiv 2103.14749](https://arxiv.org/abs/2103.14749).) Validation and test keep
# their true labels.


# %%
def rows_for(seed, rows=200):
    """Training rows, their labels, and which labels are wrong: a fifth of them."""
    rng = np.random.default_rng(seed)
    chosen = rng.permutation(POOL)[:rows]
    wrong = np.arange(rows) < rows // 5
    others = (digits[chosen] + rng.integers(1, 10, size=rows)) % 10
    labels = np.where(wrong, others, digits[chosen])
    mixed = rng.permutation(rows)
    return images[chosen][mixed], labels[mixed], wrong[mixed]


rows, labels, wrong = rows_for(0)
print("rows", rows.shape, " wrong labels", wrong.sum())

# %% [markdown]
# The first fifth of the chosen rows is to be wrong. `np.where` takes the label from `others` there and the true one
# elsewhere; at the end all rows are mixed. (A digit, moved on by 1 to 9 and wrapped at 10, is another digit.)

# %% tags=["hide-input"]
# @title Draw three rows with wrong labels and five with right ones
title = "Eight of the 200 rows, and what their labels say"
drawing, panels = plots.figure(title, columns=8, size=(8, 1.6))
some = [*np.flatnonzero(wrong)[:3], *np.flatnonzero(~wrong)[:5]]
for axes, row in zip(panels, some):
    axes.imshow(rows[row].reshape(8, 8), cmap="Greys")
    axes.set_title(f"{labels[row]}{', wrong' if wrong[row] else ''}", fontsize=10)
    axes.set_axis_off()
plots.show(drawing, "Eight small pictures of digits. The first three labels are wrong.")

# %% [markdown]
# Above each picture is its label. The first three are wrong, and no rule could explain them. A model that gets
# them "right" has learned them **by heart**. That gives us a second measure beside the accuracy: how many of
# the 40 wrong labels does it repeat?
#
# Here is the model: one hidden layer of 128 units with ReLU, ten outputs with softmax, He starts (lesson 02).
# **Predict** its number of parameters.

# %%
keras.utils.set_random_seed(0)
hidden = keras.layers.Dense(128, "relu", kernel_initializer="he_normal")
last = keras.layers.Dense(10, "softmax", kernel_initializer="he_normal")
model = keras.Sequential([keras.Input((64,)), hidden, last])
print(f"predicted {64 * 128 + 128 + 128 * 10 + 10:,}, Keras says {count(model):,}")

# %%
LOSS, EPOCHS = "sparse_categorical_crossentropy", 60
checks = (images[VALIDATION], digits[VALIDATION])
how = {"epochs": EPOCHS, "batch_size": 50, "verbose": 0, "validation_data": checks}

model.compile(keras.optimizers.Adam(0.003), LOSS, metrics=["accuracy"])
fitted = model.fit(rows, labels, callbacks=[ProgressBar()], **how)

# %% [markdown]
# (The two stars hand over a dictionary's entries as named arguments: `epochs=60` and so on. With `validation_data`,
# `fit` measures those rows too after each epoch, without learning from them, and calls the results `val_loss` and
# `val_accuracy`.)

# %%
title = "The training rows get ever better, new ones get worse"
drawing, panels = plots.figure(title, x="epoch", columns=2, size=(9, 3.4))
for axes, name in zip(panels, ["accuracy", "loss"]):
    training, validation = fitted.history[name], fitted.history[f"val_{name}"]
    plots.curves(axes, {"training": training, "validation": validation})
    axes.set_ylabel(name)
plots.show(
    drawing,
    "Left: training accuracy climbs towards 1, validation accuracy peaks early and "
    "sinks. Right: training loss falls towards 0, validation loss falls, then rises.",
)

# %% [markdown]
# In numbers, the best epoch of the validation rows and the last one:

# %%
for name, best in [("val_accuracy", max), ("val_loss", min)]:
    line = fitted.history[name]
    print(f"{name}: best ≈ {best(line):.2f}, in the last epoch ≈ {line[-1]:.2f}")

# %% [markdown]
# A textbook case. **Left:** the training accuracy passes 80%, which is as far as true knowledge could take it
# (a fifth of the labels are wrong!), and climbs on: now it can only be learning wrong labels by heart. The validation
# accuracy turned even before that. **Right:** the validation loss turns and rises, slowly, while the training loss
# goes on falling.
#
# 9,610 parameters, 200 rows. Now for the cures.
#
# ## Five at a time
#
# One training proves little, so each cure will be tried with five seeds: each has **its own 200 rows, its own
# wrong labels, its own start**, and all cures get the same five. To be quick we train the five side by side,
# as lesson 04 did with its warm-up: each array gets one more dimension in front, for the network. (`zip(*…)` gathers
# all five arrays of rows, then those of labels, then the marks; `np.stack` makes one array of five. `pairwise` gives
# neighbours: of 64, 128, 10 first 64 and 128, then 128 and 10.)

# %%
SEEDS = range(5)
drawn = zip(*[rows_for(seed) for seed in SEEDS])
many_rows, many_labels, many_wrong = (np.stack(parts) for parts in drawn)


def starts(widths):
    """He starts of five networks, stacked: the weights and the biases of each layer."""
    weights, biases = [], []
    for layer, (a, b) in enumerate(pairwise(widths)):
        rngs = [np.random.default_rng([seed, layer]) for seed in SEEDS]
        drawn = [rng.normal(0, np.sqrt(2 / a), (a, b)) for rng in rngs]
        weights.append(tf.Variable(np.float32(drawn)))
        biases.append(tf.Variable(np.zeros((len(SEEDS), 1, b), "float32")))
    return weights, biases


W, B = starts([64, 128, 10])
print("rows", many_rows.shape, " first weights", W[0].shape, " second", W[1].shape)

# %% [markdown]
# `@` multiplies network by network. The outputs below are *logits*: what goes into the softmax. Note the
# `mask` after the ReLU: the hidden values are multiplied by it. It is 1 for now; dropout will live there.


# %%
def answer(x, W, B, mask=1.0):
    """The logits of each network."""
    hidden = tf.nn.relu(x @ W[0] + B[0]) * mask
    return hidden @ W[1] + B[1]


# %%
def right_on(chosen, W, B):
    """The accuracy of each network on these rows, with their true labels."""
    answers = np.argmax(answer(images[chosen], W, B), axis=-1)
    return np.mean(answers == digits[chosen], axis=-1)


def by_heart(W, B):
    """The share of the wrong labels that each network repeats."""
    repeated = np.argmax(answer(many_rows, W, B), axis=-1) == many_labels
    return np.sum(repeated & many_wrong, axis=-1) / many_wrong.sum(axis=-1)


# %% [markdown]
# And the training: batches, a gradient, Adam, as in lesson 04. Its parts first. Skip over `drop`, `l2`, `decay`
# and `l1` for the moment. At 0 they do nothing, and each will be explained where it is used.

# %%
RATE = 0.003


def draw_mask(drop, shape, number):
    """The mask for step `number`; 1 when nothing is to be dropped."""
    if drop == 0:
        return 1.0
    drawn = tf.random.stateless_uniform(shape, [number, 0])
    return tf.cast(drawn >= drop, "float32") / (1 - drop)


# %% [markdown]
# What is minimised, and what is done to the weights after each step. (The five losses are added up. Each weight
# belongs to one network and touches only that network's loss, so its slope is the same as if it were trained alone.)


# %%
def total_loss(x, labels, W, B, mask, l2):
    """The mean loss of each network and its penalty, added up over the five."""
    logits = answer(x, W, B, mask)
    losses = tf.nn.sparse_softmax_cross_entropy_with_logits(labels, logits)
    penalty = l2 * sum(tf.reduce_sum(w * w) for w in W)
    return tf.reduce_sum(tf.reduce_mean(losses, axis=1)) + penalty


def shrink(W, decay, l1):
    for w in W:
        shrunk = w * (1 - RATE * decay)
        w.assign(tf.sign(shrunk) * tf.maximum(tf.abs(shrunk) - RATE * l1, 0))


# %% [markdown]
# And which rows come in which step:


# %%
def batches(rows, batch, steps):
    """The rows of each step, shuffled, and shuffled again when too few are left."""
    shuffle, order, parts = np.random.default_rng(0), [], []
    for step in range(steps):
        if len(order) < batch:
            order = shuffle.permutation(rows)
        parts.append(order[:batch])
        order = order[batch:]
    return parts


# %% [markdown]
# Now they are put together. `@tf.function`, in the line above `def step`, hands that function to `tf.function`, which
# turns its Python into a list of TensorFlow operations once: that is faster. (Such an `@` has nothing to do with
# multiplying.) It is the longest cell of the lesson, and it serves to the end.


# %%
def train(x, labels, widths=(64, 128, 10), steps=600, batch=50, watch=None, **cure):
    """Train five networks. Weights, biases, and what `watch` said every 20 steps."""
    cure = {"drop": 0, "l2": 0, "decay": 0, "l1": 0} | cure
    W, B = starts(widths)
    optimizer = keras.optimizers.Adam(RATE)
    optimizer.build(W + B)

    @tf.function
    def step(x, labels, number):
        mask = draw_mask(cure["drop"], (len(SEEDS), batch, widths[1]), number)
        with tf.GradientTape() as tape:
            loss = total_loss(x, labels, W, B, mask, cure["l2"])
        optimizer.apply(tape.gradient(loss, W + B), W + B)
        shrink(W, cure["decay"], cure["l1"])

    history = []
    for number, chosen in enumerate(batches(x.shape[1], batch, steps)):
        step(x[:, chosen], labels[:, chosen], tf.constant(number))
        if watch and number % 20 == 19:
            history.append(watch(W, B))
    return W, B, np.array(history)


# %% [markdown]
# (`**cure` collects the named arguments that are not in the list, such as `drop=0.5`, in a dictionary; `|` lays it
# over the one with the zeros.) Where nothing else is said, a training takes 600 steps (150 epochs of 200 rows).
# First without any cure. Results are given as the mean of the five networks, and from the lowest to the highest.


# %%
def watch(W, B):
    return right_on(VALIDATION, W, B), right_on(TEST, W, B), by_heart(W, B)


def five(shares):
    shares = 100 * np.asarray(shares)
    return f"≈ {shares.mean():.0f}% (≈ {shares.min():.0f} to {shares.max():.0f})"


W, B, history = train(many_rows, many_labels, watch=watch)
plain = W, B

# %%
results = {"no cure": (right_on(TEST, *plain), by_heart(*plain))}
print("wrong labels repeated:", five(by_heart(*plain)))
print("validation accuracy at its best:", five(history[:, 0].max(axis=0)))
print("validation accuracy at the end:", five(history[-1, 0]))
print("test accuracy at the end:", five(right_on(TEST, *plain)))

# %% [markdown]
# This is the patient: it repeats nearly all of its wrong labels, and gets about three quarters of new digits
# right. Keep these two in mind.

# %% [markdown]
# ## Dropout: the mask
#
# The idea (Hinton and others 2012, [arXiv 1207.0580](https://arxiv.org/abs/1207.0580); Srivastava and others
# 2014, JMLR 15): **in every training step, switch each unit off with probability p**, by setting its output to
# 0. Which ones is drawn anew in each step, and for each row of the batch. Here is one row's view of 24 hidden
# units in four successive steps, with p = 0.5. **Predict:** will each step have exactly 12 off?

# %%
rng = np.random.default_rng(21)
masks = rng.random((4, 24)) >= 0.5
print("off in each step:", (~masks).sum(axis=1))

# %% tags=["hide-input"]
# @title Draw the four steps
title = "Four steps, four different networks"
drawing, axes = plots.figure(title, x="hidden unit", size=(8, 2.4))
for step, mask in enumerate(masks):
    colours = [plots.BLUE if on else "white" for on in mask]
    axes.scatter(range(24), [step] * 24, s=130, color=colours, edgecolor=plots.GREY)
axes.set_yticks(range(4), [f"step {step + 1}" for step in range(4)])
axes.set(ylim=(3.6, -0.6), xlim=(-1, 24))
axes.grid(False)
plots.show(
    drawing,
    "Four rows of 24 circles, about half of each empty, in different places each time.",
)

# %% [markdown]
# A filled circle is a unit that is on; an empty one is off. Each step trains a different, thinner network, and
# no unit can count on its neighbours. Each unit tosses its own coin, so the number that is off is 12 only on
# average.
#
# Such an array of 1 and 0 (on and off) is called a **mask**, and dropping is multiplying by it. One warning
# about **p**: in Keras (`Dropout(rate)`) and in PyTorch it is the share that is *dropped*. In the paper of
# 2014, p is the share that is *kept*. At 0.5 nobody notices; at 0.1 it is a disaster.
#
# ## The scale
#
# A unit with the value $x$ gives 0 with probability $p$ and $x$ with probability $1-p$. What is that on
# average? Value times probability, added up; the result is called the **expected value**:
#
# $$p \cdot 0 + (1 - p) \cdot x = (1 - p)\,x$$
#
# So with p = 0.5 the next layer gets half of what it will get later, when all units are on. The remedy:
# whoever is on, works for those who are off. Multiply by some $s$ and ask that the average be $x$ again:
# $(1-p) \cdot s x = x$, so $s = 1 / (1-p)$. With p = 0.5 the survivors are doubled; with p = 0.75,
# **predict**.

# %%
rng, x = np.random.default_rng(0), 3.0
for p in (0.25, 0.5, 0.75):
    on = rng.random(1_000_000) >= p
    scaled = x * on / (1 - p)
    means = f"mean without {(x * on).mean():.2f}, with {scaled.mean():.1f}"
    print(f"p {p:.2f}  scale {1 / (1 - p):.2f}  {means}")

# %% [markdown]
# ### Exercise 1 · Build dropout
# ★☆☆ · 4 minutes · 1 point
#
# `hidden` is an array of values (rows × units), `mask` an array of the same shape with 1 for on and 0 for
# off, `p` the probability of being dropped. Return what dropout gives in training, scale included.


# %% exercise="dropout_forward"
def dropout_forward(hidden, mask, p):
    """The hidden values after dropout with this mask."""
    ...


check(dropout_forward)

# %% [markdown]
# Does Keras do the same? Two of its layers with the same seed draw the same masks. So we let the first work
# on a row of ones, which shows us the mask, and the second on our numbers. **Predict** how many parameters a
# dropout layer has.

# %%
shower, dropper = (keras.layers.Dropout(0.5, seed=1) for layer in range(2))
values = np.random.default_rng(0).normal(size=(1000, 128)).astype("float32")
mask = np.asarray(shower(np.ones_like(values), training=True)) > 0
theirs = np.asarray(dropper(values, training=True))
print("same numbers, to the last:", np.array_equal(theirs, values * mask / (1 - 0.5)))
print(f"share dropped {1 - mask.mean():.2f}, parameters {dropper.count_params()}")

# %% [markdown]
# No parameters at all: dropout learns nothing, it only disturbs. And p is a hyperparameter.
#
# The average is kept. The values are not: they jump about. How much? The **variance** (lesson 01)
# is the average squared distance from the mean. Move p and look at a row of 24 units before and after.

# %% tags=["hide-input"]
# @title A slider for p
heights = np.random.default_rng(3).uniform(0.5, 2, 24)
coins = np.random.default_rng(31).random(24)


def dropped_row(p):
    after = heights * (coins >= p) / (1 - p)
    title = f"p = {p:.2f}: {int((after == 0).sum())} units are off"
    drawing, axes = plots.figure(title, x="unit", y="value")
    axes.bar(range(24), after, label=f"after, mean {after.mean():.2f}")
    outline = {"fill": False, "edgecolor": plots.ORANGE}
    axes.bar(range(24), heights, label=f"before, mean {heights.mean():.2f}", **outline)
    axes.set_ylim(0, 8)
    axes.legend()
    return drawing, "24 orange outlines; some empty, the others with a taller blue bar."


plots.sliders(dropped_row, p=(0.0, 0.8, 0.4))

# %% [markdown]
# The outlines are the values before, the blue bars after. At p = 0 they coincide. The further right, the
# fewer bars and the taller. The mean after is near the mean before, and not the same: with 24 coins, chance is
# left in it. So p sets the **strength of the noise**, and the next exercise makes that exact.

# %% [markdown]
# ### Exercise 2 · How much it jumps
# ★★☆ · 8 minutes · 2 points
#
# A unit has the value `x`. In training, dropout with probability `p` and the right scale is applied to it.
# Return the list `[mean, variance]` of what comes out. (Two outcomes: what are their values, their
# probabilities, their squared distances from the mean?)


# %% exercise="dropout_moments"
def dropout_moments(x, p):
    """Mean and variance of a unit's value after dropout."""
    ...


check(dropout_moments)

# %% [markdown]
# ## On in training, off in prediction
#
# Nobody wants an answer that depends on coins. So dropout is **off in prediction**: all units on, no scale. In
# Keras, `fit` switches it on, `predict` and `evaluate` switch it off, and calling the model yourself you can
# say which. **Predict:** the same input ten times, with each. How many different answers?

# %%
dropout = keras.layers.Dropout(0.5, seed=2)
with_dropout = keras.Sequential([model.layers[0], dropout, model.layers[-1]])
for training in (True, False):
    answers = [with_dropout(rows[:1], training=training) for time in range(10)]
    different = {tuple(np.round(answer[0], 6)) for answer in answers}
    print(f"training={training!s:<5}  different answers: {len(different)}")

same = np.allclose(with_dropout(rows, training=False), model(rows), atol=1e-6)
print("with dropout off it is the model from before:", same)

# %% [markdown]
# (`fit` measures loss and accuracy of the validation rows with dropout off, of the training rows with dropout on.
# That is one reason why the validation accuracy can lie *above* the training accuracy. You saw another in the first
# figure: wrong labels among the training rows alone.)
#
# Now we train our five networks with dropout, and ask what goes wrong if one forgets the switch or the scale. Here
# `draw_mask` comes to work: random numbers, 1 where they are not below `drop` and 0 elsewhere, times the scale. (The
# number of the step is the seed, so each step has a mask of its own, and every run the same ones.)

# %%
W, B, _ = train(many_rows, many_labels, drop=0.5)
dropped = W, B
print("test accuracy without dropout:", five(right_on(TEST, *plain)))
print("test accuracy with dropout:", five(right_on(TEST, *dropped)))
print("gained:", five(right_on(TEST, *dropped) - right_on(TEST, *plain)))


# %%
def accuracy_and_loss(logits):
    """On the test rows, for each of the five networks."""
    chance = np.log(tf.nn.softmax(logits))[:, np.arange(len(TEST)), digits[TEST]]
    right = np.argmax(logits, axis=-1) == digits[TEST]
    return right.mean(axis=-1), -chance.mean(axis=-1)


seen, rng = images[TEST], np.random.default_rng(0)
masks = rng.random((20, 5, len(TEST), 128)) >= 0.5
noisy = [answer(seen, *dropped, mask=2 * np.float32(mask)) for mask in masks]
averaged = np.log(np.mean([tf.nn.softmax(logits) for logits in noisy], axis=0))

# %%
ways = {
    "as it should be": answer(seen, *dropped),
    "left on": noisy[0],
    "left on, 20 times": averaged,
    "off, scale forgotten": answer(seen, *dropped, mask=2.0),
}
print("                      right answers          loss")
for name, logits in ways.items():
    right, loss = accuracy_and_loss(logits)
    print(f"{name:<20}  {five(right)}  ≈ {loss.mean():.2f}")

# %% [markdown]
# - **Left on**: accuracy is lost, and each call answers differently. Averaging the answers of
#   twenty calls brings it back: each call asks one thinned network, the average asks a committee of them. The
#   single pass with everything on is a cheap stand-in for that committee. That is how the paper of 2014 puts
#   it.
# - **Scale forgotten** (a training without it, then everything on): the hidden values are twice as large as
#   the second layer is used to. Surprise: the accuracy hardly moves. Logits twice as large have the same
#   winner, up to the biases. But the loss is higher, since the model is far too sure of itself. Where the
#   output is a price or a temperature, it is off by a factor of two; after six such layers, of 64.
#
# The first papers scaled at the other end: nothing in training, and smaller weights in prediction. Today's
# way is called *inverted dropout*, and has the advantage that the finished model needs nothing special.

# %% [markdown]
# ### Exercise 3 · From training to prediction
# ★★☆ · 8 minutes · 2 points
#
# You are given a layer of such an old network. In training its inputs were dropped with probability `p` and
# **not scaled**. Now all inputs `x` are on. What should the layer answer (before its activation), so that it
# is what it gave in training *on average*? `weights` has a row for each input, `biases` one number for each
# unit.


# %% exercise="old_layer_answer"
def old_layer_answer(x, weights, biases, p):
    """What a layer trained with unscaled dropout should answer in prediction."""
    ...


check(old_layer_answer)

# %% [markdown]
# ## Is none relied on?
#
# "Dropout switches neurons off, so that none is relied on": one reads it everywhere. It can be measured. We
# take the finished networks, switch a **single** hidden unit off, without any scale, and count how many of the
# 797 test answers change. Then we do the same for each of the 128 units. **Predict:** how many per cent change
# on average, with and without dropout?


# %%
def changed(W, B, mask):
    """The share of test answers that a mask on the hidden units changes."""
    before = np.argmax(answer(images[TEST], W, B), axis=-1)
    after = np.argmax(answer(images[TEST], W, B, np.float32(mask)), axis=-1)
    return np.mean(before != after, axis=-1)


def without_one(W, B):
    """The same for each single unit switched off, shape (units, networks)."""
    return np.array([changed(W, B, np.arange(128) != unit) for unit in range(128)])


# %%
for name, nets in [("without", plain), ("with", dropped)]:
    harm = 100 * without_one(*nets)
    average, most = harm.mean(axis=0), harm.max(axis=0)
    print(f"{name} dropout, % changed, in each of five networks")
    print("    by the average unit: ≈", ", ".join(f"{share:.1f}" for share in average))
    print("    by the worst one: ≈", ", ".join(f"{share:.1f}" for share in most))

# %% [markdown]
# And when many are switched off at once?

# %%
rng, numbers = np.random.default_rng(0), [1, 4, 8, 16, 32, 48, 64, 80, 96]
orders = [rng.permutation(128) for draw in range(10)]


def harms(nets, n):
    """% of answers changed when n units are off, mean of ten draws, per network."""
    return 100 * np.mean([changed(*nets, order >= n) for order in orders], axis=0)


harm = {
    "without dropout": np.array([harms(plain, n) for n in numbers]),
    "with dropout, p = 0.5": np.array([harms(dropped, n) for n in numbers]),
}

# %%
title = "Trained with dropout, a network can spare its units"
drawing, axes = plots.figure(title, "units off, of 128", "% of answers changed")
for name, shares in harm.items():
    mean, spread = shares.mean(axis=1), shares.std(axis=1)
    axes.errorbar(numbers, mean, spread, marker="o", capsize=3, label=name)
    print(f"{name}: 32 off ≈ {mean[4]:.0f}%, 64 off ≈ {mean[6]:.0f}%")
axes.legend()
plots.show(
    drawing,
    "Two rising curves. The one for networks trained with dropout is lower throughout, "
    "about half as high for most of the way.",
)

# %% [markdown]
# Each point is an average over ten random choices of units; the bars show how much the five networks differ
# (one standard deviation to each side). Switching off 32 or 64 units changes about half as many answers when the
# network was trained with dropout. The single unit that counts most in a network without dropout decides
# some five per cent of the answers by itself, with dropout about two.
#
# So the sentence is true, in this form: **with dropout a network relies less on any single unit.** "None is
# relied on" goes too far. The lower curve rises too: with half of the units gone, many answers change. (Is that
# dropout's own doing, or would any good cure do it? We come back to it when we have some.)

# %% [markdown]
# ## The other cures: L2
#
# A good place for a break. Then four more cures, each in a few lines, and a race.
#
# To learn wrong labels by heart a network usually needs larger weights, which turn small differences between pictures
# into large differences between answers. **L2** makes large weights cost something: to the loss it adds
#
# $$\text{strength} \cdot \sum w^2$$
#
# over the weights (usually not the biases). The slope of $w^2$ is $2w$ (lesson 04), so each step also pulls
# each weight towards 0, the large ones harder. In Keras it belongs to a layer. **Predict** the penalty for
# the weights 3 and −1 and a strength of 0.01.

# %%
regular = keras.layers.Dense(1, kernel_regularizer=keras.regularizers.L2(0.01))
regular.build((None, 2))
regular.set_weights([np.array([[3.0], [-1.0]]), np.array([5.0])])
penalty = float(regular.losses[0])
print(f"predicted {0.01 * (3**2 + 1**2):.2f}, Keras says {penalty:.2f}")

# %% [markdown]
# ### Exercise 4 · A step with L2
# ★★☆ · 6 minutes · 2 points
#
# `weights` and `slopes` are arrays; `slopes` is the gradient of the loss *without* the penalty. Return the
# weights after one step of plain gradient descent on the loss *with* the penalty `strength` · Σ w².


# %% exercise="l2_step"
def l2_step(weights, slopes, rate, strength):
    """The weights after a step of gradient descent with an L2 penalty."""
    ...


check(l2_step)

# %% [markdown]
# Look at your formula: the step multiplies each weight by (1 − 2 · rate · strength) and then moves it by its
# slope. That is why L2 is also called **weight decay**. With plain gradient descent the two are one thing.
#
# With Adam they are not (Loshchilov and Hutter 2019, [arXiv 1711.05101](https://arxiv.org/abs/1711.05101)).
# Adam divides each slope by its usual size, and the penalty's part is divided with it: a weight with large
# slopes is hardly decayed. **AdamW** takes the decay out of the slope, and shrinks all weights alike. Two
# weights start at 1. Their slopes are pure noise of size 10 and of size 0.1:

# %%
noise = np.random.default_rng(0).normal(size=(600, 2)) * [10, 0.1]


def after_noise(optimizer, strength):
    """Where two weights end; the slope of an L2 penalty is added to each slope."""
    pair = keras.Variable(np.ones(2, "float32"))
    for slopes in noise:
        whole = slopes + 2 * strength * np.asarray(pair)
        optimizer.apply([tf.constant(whole, "float32")], [pair])
    large, small = np.asarray(pair)
    return f"large slopes ≈ {large:.1f}, small slopes ≈ {small:.1f}"


print("Adam with L2", after_noise(keras.optimizers.Adam(0.003), 0.5))
print("AdamW       ", after_noise(keras.optimizers.AdamW(0.003, weight_decay=0.5), 0))

# %% [markdown]
# With L2 through Adam the weight with small slopes was pulled nearly to 0, and its neighbour felt little of the
# penalty. AdamW shrinks both by $(1 - 0.003 \cdot 0.5)^{600}$, which is 0.41; the rest is noise. Most
# large language models whose settings are published were trained with AdamW. (Texts also differ in a factor:
# some write ½ Σ w². Compare formulas before you compare strengths.)
#
# ## L1: exact zeros
#
# **L1** charges for the *size* instead: strength · Σ |w|. Its slope is +strength or −strength, however small
# the weight is already. So a weight that the data do not defend is pulled all the way to 0, while L2 pulls
# less and less and never arrives. Gradient descent overshoots, though. **Predict** where a weight of 0.25 goes
# in steps of 0.1.

# %%
slope = careful = l2 = 0.25
print("L1 by its slope   L1, stopping at zero   L2")
for step in range(6):
    slope = slope - 0.1 * np.sign(slope)
    careful = np.sign(careful) * max(abs(careful) - 0.1, 0)
    l2 = l2 * (1 - 0.4)
    print(f"{slope:15.2f}   {careful:20.2f}   {l2:.3f}")

# %% [markdown]
# By its slope alone the weight jumps over 0 and back for ever. In the second column it stops there: that is
# called a **soft threshold**, and it is what `l1` in our `train` does after each step. (The third column is L2, which
# here takes 40% off in each step and never arrives.) So mend the sentence "L1 makes weights exactly zero": *with the
# right step* it does. Keras' `kernel_regularizer="l1"` (its strength is 0.01 when none is given) adds the penalty to
# the loss and goes by the slope. So **predict**: how many of 8,192 weights will be exactly zero?

# %%
keras.utils.set_random_seed(0)
hidden = keras.layers.Dense(128, "relu", kernel_regularizer="l1")
last = keras.layers.Dense(10, "softmax")
sparse = keras.Sequential([keras.Input((64,)), hidden, last])
sparse.compile(keras.optimizers.Adam(RATE), LOSS)
sparse.fit(rows, labels, epochs=20, batch_size=50, verbose=0, callbacks=[ProgressBar()])
kernel = sparse.get_weights()[0]
print(f"below 0.01 in size: ≈ {(np.abs(kernel) < 0.01).mean():.0%} of {kernel.size:,}")
print(f"exactly zero: ≈ {(kernel == 0).sum()}")

# %% [markdown]
# ### Exercise 5 · How many are left
# ★★☆ · 5 minutes · 1 point
#
# The data say nothing; only the soft threshold works. Each step moves every weight by `amount` towards zero,
# and no further than zero. How many weights of the array are still not zero after `steps` steps?


# %% exercise="weights_left"
def weights_left(weights, amount, steps):
    """How many weights are not zero after some soft-threshold steps."""
    ...


check(weights_left)

# %% [markdown]
# ## Early stopping
#
# The cheapest cure: stop when the validation loss has not improved for a while. The **patience** says how many
# epochs in a row may pass without a new best. Do not forget to go back to the *best* epoch's weights; in Keras
# you have to ask for it.

# %%
keras.utils.set_random_seed(0)
early = keras.models.clone_model(model)
early.compile(keras.optimizers.Adam(0.003), LOSS)
stop = keras.callbacks.EarlyStopping(patience=5, restore_best_weights=True)
stopped = early.fit(rows, labels, callbacks=[stop, ProgressBar()], **how)
losses = stopped.history["val_loss"]
best = int(np.argmin(losses)) + 1
print(f"best in epoch ≈ {best}, trained ≈ {len(losses)} of {EPOCHS} epochs")
print("epochs after the best:", len(losses) - best)

# %% [markdown]
# (`clone_model` builds the same layers anew, with a new start.)

# %% [markdown]
# ### Exercise 6 · Patience
# ★★★ · 10 minutes · 3 points
#
# `losses` is the list of validation losses that *would* come, epoch after epoch, counted from 0. An epoch
# improves when its loss is **below** all before it (the first one always does). Training stops after the
# epoch that is the `patience`-th in a row without improvement; if that never happens, after the last. Return
# `[last epoch that was trained, epoch whose weights are kept]`. In lesson 07 you saw all epochs and picked the
# best; now you cannot see the future.


# %% exercise="early_stopping"
def early_stopping(losses, patience):
    """[last epoch trained, best epoch so far]."""
    ...


check(early_stopping)

# %% [markdown]
# ## More data, and data from data
#
# **More data** is the cure that lesson 07 showed. When there is none, **augmentation** makes new rows from old
# ones by changes that do not alter the label. A 3 moved by one pixel is still a 3. (Mirrored, it is not: what
# may be changed depends on the task. For text, lesson 05 did it with paraphrases.)

# %%
MOVES = [(0, 0), (0, 1), (1, 0), (0, -1), (-1, 0)]


def moved(rows):
    """Five times as many rows: each as it is, and moved by one pixel to four sides."""
    pictures = rows.reshape(*rows.shape[:-1], 8, 8)
    framed = np.pad(pictures, [(0, 0)] * (rows.ndim - 1) + [(1, 1), (1, 1)])
    shifted = [framed[..., 1 + up : 9 + up, 1 + left : 9 + left] for up, left in MOVES]
    return np.concatenate([new.reshape(rows.shape) for new in shifted], axis=-2)


augmented, augmented_labels = moved(many_rows), np.tile(many_labels, 5)
print("as it was", many_rows.shape, " augmented", augmented.shape)

# %% [markdown]
# (`np.pad` puts a frame of zeros around each picture; a window of 8 × 8 then slides over it. The three dots stand for
# all the dimensions in front.) For comparison, real new data: 400 rows for each network, the 200 it had and 200 more.
# A fifth of the 400 labels is wrong.

# %%
more = [rows_for(seed, 400) for seed in SEEDS]
more_rows, more_labels, _ = (np.stack(parts) for parts in zip(*more))
print("more data", more_rows.shape)

# %% [markdown]
# ## The race
#
# Each cure has a strength, and **the validation rows choose it**: for each, four strengths are
# tried, and the mean of the five networks decides. Then, once, the test rows judge the chosen one. All train for
# 600 steps. Early stopping gets the run without a cure, and a patience without end: we looked at it every 20 steps,
# 30 times, and each network keeps the weights that had the best validation accuracy at one of these.

# %%
strengths = {
    "drop": [0.25, 0.5, 0.75, 0.95],
    "l2": [0.001, 0.003, 0.01, 0.03],
    "decay": [0.3, 1, 3, 10],
    "l1": [0.03, 0.1, 0.3, 1],
}
runs, bar = {}, progress_bar(16, "trainings")
for cure, choices in strengths.items():
    for strength in choices:
        W, B, _ = train(many_rows, many_labels, **{cure: strength})
        runs[cure, strength] = W, B
        bar.update(1)
bar.close()


# %%
def on_validation(cure):
    """Validation accuracy, shape (strengths, networks)."""
    return np.array([right_on(VALIDATION, *runs[cure, one]) for one in strengths[cure]])


chosen = {}
for cure, choices in strengths.items():
    means = on_validation(cure).mean(axis=1)
    chosen[cure] = choices[means.argmax()]
    shown = ", ".join(f"{mean:.0%}" for mean in means)
    print(f"{cure:<5}  ≈ {shown}  chosen ≈ {chosen[cure]}")
print(f"no cure  ≈ {right_on(VALIDATION, *plain).mean():.0%}")

# %% tags=["hide-input"]
# @title Draw the four cures
TITLES = {"drop": "dropout", "l2": "L2", "decay": "weight decay", "l1": "L1"}
title = "Each cure can be too weak and too strong"
drawing, panels = plots.figure(title, x="strength", columns=4, size=(10, 3))
for axes, (cure, choices) in zip(panels, strengths.items()):
    scores = on_validation(cure)
    means, spreads = scores.mean(axis=1), scores.std(axis=1)
    axes.errorbar(range(4), means, spreads, marker="o", capsize=3)
    axes.axhline(right_on(VALIDATION, *plain).mean(), color=plots.GREY, linestyle="--")
    axes.set_xticks(range(4), choices)
    axes.set(title=TITLES[cure], ylim=(0.55, 0.95))
panels[0].set_ylabel("validation accuracy")
plots.show(
    drawing,
    "Four panels. In each, validation accuracy rises with the strength of the cure, "
    "from a little above the dashed line of no cure, and falls again at the strongest.",
)

# %% [markdown]
# The dashed line is the model without a cure. In each panel the accuracy rises and then falls: too weak a cure
# changes little, too strong a one keeps the model from learning what is true as well. The strongest dropout and L2
# here only lose what the cure had gained; the strongest weight decay and L1 do worse than no cure. An overdose of any
# of them *is* underfitting. Now the judgement, and the cures that have no strength here.

# %%
for cure, title in TITLES.items():
    best_run = runs[cure, chosen[cure]]
    results[title] = right_on(TEST, *best_run), by_heart(*best_run)

stops = history[:, 0].argmax(axis=0)
results["early stopping"] = history[stops, 1, range(5)], history[stops, 2, range(5)]


# %%
def result(x, labels, **how):
    W, B, _ = train(x, labels, **how)
    return right_on(TEST, W, B), by_heart(W, B)


results["400 rows"] = result(more_rows, more_labels)
results["400 rows, 1200 steps"] = result(more_rows, more_labels, steps=1200)
results["augmentation"] = result(augmented, augmented_labels)
results["augmentation, p = 0.5"] = result(augmented, augmented_labels, drop=0.5)

# %%
print("                      right on the test      by heart")
for name, (test, heart) in results.items():
    print(f"{name:<21} {five(test)}  ≈ {heart.mean():.0%}")

# %% tags=["hide-input"]
# @title Draw what each cure does
title = "The patient, and what each cure does for it"
drawing, panels = plots.figure(title, columns=2, size=(8, 3.8))
parts = ["test accuracy in %", "wrong labels known by heart, in %"]
for part, (axes, name) in enumerate(zip(panels, parts)):
    shown = [100 * values[part] for values in results.values()]
    means, spreads = [v.mean() for v in shown], [v.std() for v in shown]
    colours = [plots.GREY] + [plots.BLUE] * 8 + [plots.GREEN]
    axes.barh(list(results), means, xerr=spreads, color=colours, capsize=3)
    axes.invert_yaxis()
    axes.set_xlabel(name)
panels[0].set_xlim(70, 95)
panels[1].set_yticks([])
plots.show(
    drawing,
    "Ten bars in each panel. Left: without a cure about three quarters, each cure "
    "better, augmentation with dropout best. Right: without a cure nearly all wrong "
    "labels are known by heart, with most cures far fewer.",
)

# %% [markdown]
# Mind the axis on the left: it begins at 70%. **Left:** without a cure (grey) about three quarters of the test
# digits are right. Each cure (blue) gains, most of them several points; the black bars are one standard deviation
# of the five networks. Which of the blue ones is longest is *not* settled by five seeds, and would be another with
# other data. **Right:** what goes with it. Most cures keep the model from learning wrong labels by heart; more rows
# do so only a little, and with 1,200 steps not at all. It is not the whole reason, though: dropout and L1 leave
# more of that than L2 does, and dropout is about as good as L2 on the test. (*400 rows* has 80 wrong labels;
# counted are the 40 that all the others have, too.)
#
# Does combining help? Here are the gains in points, over no cure:

# %%
base = results["no cure"][0]
gain = {name: 100 * (test - base).mean() for name, (test, _) in results.items()}
half = 100 * (right_on(TEST, *dropped) - base).mean()
print(f"dropout ≈ {gain['dropout']:.0f} (at 0.5 ≈ {half:.0f})", end="   ")
print(f"augmentation ≈ {gain['augmentation']:.0f}")
print(f"their sum ≈ {gain['dropout'] + gain['augmentation']:.0f}", end=", ")
print(f"both together ≈ {gain['augmentation, p = 0.5']:.0f}")

# %% [markdown]
# And with twice as many rows, in as many steps, and in twice as many:

# %%
for name in ["400 rows", "400 rows, 1200 steps"]:
    print(f"{name} ≈ {gain[name]:.0f}")

# %% [markdown]
# And with the 1,000 augmented rows seen as often as the 200, 150 times each, in 600 steps of 250 rows:

# %%
for name, drop in {"augmentation": 0, "augmentation, p = 0.5": 0.5}.items():
    test, heart = result(augmented, augmented_labels, batch=250, drop=drop)
    print(f"{name:<21} {five(test)}  ≈ {heart.mean():.0%}")

# %% [markdown]
# And how many weights of the first layer are exactly zero?

# %%
for cure in ("l1", "l2"):
    weights = runs[cure, chosen[cure]][0][0].numpy()
    zeros = (weights == 0).mean()
    print(f"{TITLES[cure]}: ≈ {zeros:.0%} of the first layer exactly zero")

# %% [markdown]
# - **Combining** helps, and the gains do not add up: two cures partly cure the same thing. (Not quite a fair sum: it
#   counts dropout at its chosen 0.75, and the green bar has 0.5, which was not chosen but set. With
#   what 0.5 gains alone the sum comes nearer to what both gain together.)
# - **L1** leaves a network that has more than half of its first layer at exactly 0. **L2** has hardly any,
#   only small weights. Lesson 14 makes use of zeros.
# - **More data** looks modest here: its new rows have wrong labels as well. And take care with what is held equal.
#   In 600 steps each of the 400 rows is seen half as often as each of the 200. With 1,200 steps, seen as often, a
#   part of the gain is gone, between a third and two thirds when we tried other seeds: that part was early stopping
#   in disguise.
# - **Augmentation** must face the same question. In 600 steps of 50 rows each of its 1,000 rows is seen 30 times, not
#   150. Seen as often as the others, a good part of the gain is gone, and most of the wrong labels are known by
#   heart. With dropout beside it next to nothing is lost on the test. So augmentation alone *slows* the
#   learning by heart, and a stop in time belongs to it.
#
# One question is still open. Does dropout make units dispensable, or does *any* good cure? We switch half of the
# units off, ten times, another half each time, and count the changed answers. The first line is the baseline.
# **Predict** the others.

# %%
rng = np.random.default_rng(1)
halves = [rng.permutation(128) >= 64 for draw in range(10)]
nets = {"no cure": plain, "dropout at 0.5": dropped}
nets |= {f"{TITLES[cure]}, as chosen": runs[cure, chosen[cure]] for cure in strengths}
for name, (W, B) in nets.items():
    shares = np.mean([changed(W, B, half) for half in halves], axis=0)
    print(f"{name:<23}  changed {five(shares)}")

# %% [markdown]
# So it is *not* dropout's own doing alone. Weight decay makes half of the units about as dispensable as dropout at
# 0.5 does, L2 somewhat less; dropout at its chosen strength goes furthest. L1 does not help here at all, perhaps
# because it has set most weights to zero, and what is left is needed.
#
# ## Where dropout does not help
#
# Dropout is noise, and noise costs. It pays where there is enough overfitting to be cured. First, a model that is
# **too small** to learn much by heart: 8 hidden units instead of 128, the same rows. **Predict** what p = 0.5 does to
# it.

# %%
tiny = (64, 8, 10)
for drop in (0, 0.5):
    W, B, _ = train(many_rows, many_labels, widths=tiny, drop=drop)
    own = np.mean(np.argmax(answer(many_rows, W, B), axis=-1) == many_labels, axis=-1)
    print(f"p = {drop}: own labels {five(own)}")
    print(f"  test {five(right_on(TEST, W, B))}")

# %% [markdown]
# A network of eight units cannot spare four of them: with dropout it gets fewer even of its own training labels
# right. Dropout made it underfit. Second, **plenty of data**. Here is a small language model for the stories of
# lesson 05: from the four words before, as one-hot vectors (lesson 06), to the next one,
# with 64 hidden units. It is trained for 400 steps of 250 rows, once on 30 stories and once on 2,000.
# **Predict:** how often does it see each row?


# %%
def for_five(texts):
    """Four words, one-hot in a row, and the next; the same for all five networks."""
    before, after = stories.windows(texts, 4)
    x = np.eye(67, dtype="float32")[before].reshape(1, len(before), 4 * 67)
    return x, np.tile(after, (5, 1))


few, many = for_five(stories.write(30, seed=1)), for_five(stories.write(2000, seed=2))
new_x, new_y = for_five(stories.write(300, seed=3))
for name, (x, y) in [("30 stories", few), ("2,000 stories", many)]:
    passes = 400 * 250 / x.shape[1]
    print(f"{name:<13}  {x.shape[1]:>7,} rows, passes through them: {passes:.0f}")


# %%
def perplexity(x, y, drop):
    """On new stories, of each of the five networks."""
    W, B, _ = train(x, y, (4 * 67, 64, 67), steps=400, batch=250, drop=drop)
    logits = answer(new_x, W, B)
    losses = tf.nn.sparse_softmax_cross_entropy_with_logits(new_y, logits)
    return np.exp(np.mean(losses, axis=-1))


scores = {}
for drop, name in [(0, "without dropout"), (0.5, "with dropout, p = 0.5")]:
    scores[name] = [perplexity(*few, drop), perplexity(*many, drop)]

# %%
title = "Dropout helps where rows are repeated, and not in a single pass"
drawing, axes = plots.figure(title, y="perplexity on new stories, mean", size=(7, 3))
means = {name: [both[0].mean(), both[1].mean()] for name, both in scores.items()}
plots.bars(axes, means, ["30 stories, many times", "2,000 stories, once"])
axes.set_ylim(1.2, 2.8)
plots.show(
    drawing,
    "Two pairs of bars. With 30 stories the perplexity is clearly lower with dropout. "
    "With 2,000 stories both bars are far lower, and about equally high.",
)

# %%
for name, both in scores.items():
    print(name)
    for text, one in zip(["30 stories", "2,000 stories"], both):
        low, high = one.min(), one.max()
        print(f"  {text:<13}  ≈ {one.mean():.2f} (≈ {low:.2f} to {high:.2f})")

# %% [markdown]
# With 30 stories seen 65 times, dropout is a real help. With 2,000 stories seen once it brings nothing: each batch
# is as new to the model as the new stories are, so there is no gap to close. (Lower is better; the axis begins at
# 1.2. A model that sees the *whole* story could reach about 1.30, lesson 05; four words are too few for that.) And
# note how much better more data is than the cure.
#
# That is the situation of **large language models**. GPT-1 went 100 times over its books, with dropout 0.1
# (Radford and others 2018). Today's models see most of their tokens once. PaLM was trained without dropout,
# and used 0.1 for fine-tuning (Chowdhery and others 2022, [arXiv 2204.02311](https://arxiv.org/abs/2204.02311)).
# The settings published for Llama name a weight decay of 0.1 and do not mention dropout (Touvron and others 2023,
# [arXiv 2302.13971](https://arxiv.org/abs/2302.13971)). And Liu and others 2025 ([arXiv
# 2505.24788](https://arxiv.org/abs/2505.24788)) measured it: trained for a single epoch, language models come
# out better without. Fine-tuning on a few hundred examples, for many epochs, is another matter: remember this
# lesson in lesson 13.

# %% [markdown]
# ### Exercise 7 · Sturdy digits
# ★★★ · 15 minutes · 3 points
#
# **Build and train** a Keras model with at most **5,000 parameters** that learns from the 200 `rows` and `labels`
# of this lesson, 40 of them wrong, and gets at least **82%** of the 797 test digits right. In: 64 pixels from 0
# to 1. Out: ten probabilities. Choose your cures with `checks`, the validation rows, as often as you like; the
# check is the test. (Training on the test rows would pass. You would know.)

# %% exercise="sturdy_digits"
sturdy_digits = ...

check(sturdy_digits=sturdy_digits)

# %% [markdown]
# ## What you know now
#
# - Dropout multiplies by a random mask and by 1 / (1 − p): on in training, off in prediction, no parameters.
# - It keeps the average and adds noise; networks trained with it rely less on any single unit.
# - L2 shrinks weights, L1 brings them to zero, AdamW decays all alike, early stopping stops before the harm.
# - Strengths are chosen by validation, judged by the test; every cure can be overdone; gains do not add up.
# - Where a model has no units to spare, or sees each row once, dropout costs and brings nothing.
#
# **Next:** [09 · KerasTuner](09_keras_tuner.ipynb). Strengths, sizes, rates: who searches them all, and at what
# price?
