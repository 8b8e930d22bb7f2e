# %% [markdown]
# # 08 · Dropout
#
# > **At the end you can** build dropout, say why it scales and when it is off, and choose between it, L1, L2,
# > early stopping and more data for a model that overfits.
#
# Lesson 07 showed overfitting: the loss on the training rows keeps falling while the loss on new rows turns
# and rises. This lesson takes one model that overfits badly and tries every cure on it, dropout first.
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
print("rows to draw from, for validation, for the test:", len(POOL), len(VALIDATION), len(TEST))

# %% [markdown]
# To make overfitting easy we do two things that life does too: only 200 training rows, and **40 of them with a
# wrong label**, as if somebody had been tired. (Even famous test sets hold wrong labels, over 3% on average:
# Northcutt and others 2021, [arXiv 2103.14749](https://arxiv.org/abs/2103.14749).) Validation and test keep
# their true labels.


# %%
def rows_for(seed, rows=200):
    """Training rows, their labels, and which of the labels are wrong: a fifth of them."""
    rng = np.random.default_rng(seed)
    chosen = rng.permutation(POOL)[:rows]
    wrong = np.arange(rows) < rows // 5
    labels = np.where(wrong, (digits[chosen] + rng.integers(1, 10, size=rows)) % 10, digits[chosen])
    mixed = rng.permutation(rows)
    return images[chosen][mixed], labels[mixed], wrong[mixed]


rows, labels, wrong = rows_for(0)
drawing, panels = plots.figure("Eight of the 200 rows, and what their labels say", columns=8, size=(8, 1.6))
for axes, row in zip(panels, [*np.flatnonzero(wrong)[:3], *np.flatnonzero(~wrong)[:5]]):
    axes.imshow(rows[row].reshape(8, 8), cmap="Greys")
    axes.set_title(f"{labels[row]}{', wrong' if wrong[row] else ''}", fontsize=10)
    axes.set_axis_off()
plots.show(drawing, "Eight small pictures of digits. The labels of the first three are wrong.")

# %% [markdown]
# Above each picture is its label. The first three are wrong, and no rule could explain them. A model that gets
# them "right" has learned them **by heart**. That gives us a second measure beside the accuracy: how many of
# the 40 wrong labels does it repeat?
#
# Here is the model: one hidden layer of 128 units with ReLU, ten outputs with softmax, He starts (lesson 02).
# **Predict** its number of parameters.

# %%
keras.utils.set_random_seed(0)
model = keras.Sequential(
    [
        keras.Input((64,)),
        keras.layers.Dense(128, activation="relu", kernel_initializer="he_normal"),
        keras.layers.Dense(10, activation="softmax", kernel_initializer="he_normal"),
    ]
)
model.compile(keras.optimizers.Adam(0.003), "sparse_categorical_crossentropy", metrics=["accuracy"])
checks = (images[VALIDATION], digits[VALIDATION])
fitted = model.fit(
    rows, labels, epochs=60, batch_size=50, verbose=0, validation_data=checks, callbacks=[ProgressBar()]
)
print(f"predicted {64 * 128 + 128 + 128 * 10 + 10:,}, Keras says {count(model):,}")

# %%
drawing, (left, right) = plots.figure(
    "The training rows get ever better, new ones get worse", x="epoch", columns=2, size=(9, 3.4)
)
for axes, name in [(left, "accuracy"), (right, "loss")]:
    axes.plot(range(1, 61), fitted.history[name], label="training")
    axes.plot(range(1, 61), fitted.history[f"val_{name}"], label="validation")
    axes.set_ylabel(name)
left.legend(loc="lower right")
plots.show(
    drawing,
    "Left: training accuracy climbs towards 1, validation accuracy peaks early and sinks. Right: training "
    "loss falls towards 0, validation loss falls, turns and rises.",
)

# %% [markdown]
# A textbook case. **Left:** the training accuracy passes 80%, which is as far as true knowledge could take it
# (a fifth of the labels are wrong!), and climbs on: now it can only be learning wrong labels by heart. It has begun
# to before, when the validation accuracy turned. **Right:** the validation loss turns and rises, while the training
# loss goes on falling.
#
# 9,610 parameters, 200 rows. Now for the cures.
#
# ## Five at a time
#
# One training proves little, so each cure will be tried with five seeds: each has **its own 200 rows, its own
# wrong labels, its own start**, and all cures get the same five. To be quick we train the five side by side,
# as lesson 04 did with its warm-up: each array gets one more dimension in front, for the network.

# %%
SEEDS = range(5)
many_rows, many_labels, many_wrong = (np.stack(parts) for parts in zip(*map(rows_for, SEEDS)))


def starts(widths):
    """He starts of five networks, stacked: the weights and the biases of each layer."""
    weights, biases = [], []
    for layer, (a, b) in enumerate(pairwise(widths)):
        drawn = [np.random.default_rng([seed, layer]).normal(0, np.sqrt(2 / a), (a, b)) for seed in SEEDS]
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


def right_on(chosen, W, B):
    """The accuracy of each network on these rows, with their true labels."""
    return np.mean(np.argmax(answer(images[chosen], W, B), axis=-1) == digits[chosen], axis=-1)


def by_heart(W, B):
    """The share of the wrong labels that each network repeats."""
    repeated = np.argmax(answer(many_rows, W, B), axis=-1) == many_labels
    return np.sum(repeated & many_wrong, axis=-1) / many_wrong.sum(axis=-1)


# %% [markdown]
# And the training: batches, a gradient, Adam, as in lesson 04. `tf.function` turns the Python of `step` into
# a list of TensorFlow operations once, which is faster. Skip over `drop`, `l2`, `decay` and `l1` for the
# moment. At 0 they do nothing, and each will be explained where it is used.

# %%
RATE = 0.003


def draw_mask(drop, shape, number):
    """The mask for step `number`; 1 when nothing is to be dropped."""
    if drop == 0:
        return 1.0
    return tf.cast(tf.random.stateless_uniform(shape, [number, 0]) >= drop, "float32") / (1 - drop)


def train(x, labels, widths=(64, 128, 10), drop=0, l2=0, decay=0, l1=0, steps=600, batch=50, watch=None):
    """Train five networks. Returns weights, biases, and what `watch` said every 20 steps."""
    W, B = starts(widths)
    optimizer = keras.optimizers.Adam(RATE)
    optimizer.build(W + B)

    @tf.function
    def step(x, labels, number):
        mask = draw_mask(drop, (len(SEEDS), batch, widths[1]), number)
        with tf.GradientTape() as tape:
            losses = tf.nn.sparse_softmax_cross_entropy_with_logits(labels, answer(x, W, B, mask))
            penalty = l2 * sum(tf.reduce_sum(w * w) for w in W)
            loss = tf.reduce_sum(tf.reduce_mean(losses, axis=1)) + penalty
        optimizer.apply(tape.gradient(loss, W + B), W + B)
        for w in W:
            shrunk = w * (1 - RATE * decay)
            w.assign(tf.sign(shrunk) * tf.maximum(tf.abs(shrunk) - RATE * l1, 0))

    shuffle, order, history = np.random.default_rng(0), [], []
    for number in range(steps):
        if len(order) < batch:
            order = shuffle.permutation(x.shape[1])
        chosen, order = order[:batch], order[batch:]
        step(x[:, chosen], labels[:, chosen], tf.constant(number))
        if watch and number % 20 == 19:
            history.append(watch(W, B))
    return W, B, np.array(history)


# %% [markdown]
# It is the longest cell of the lesson, and it serves to the end. All trainings take the same 600 steps (150
# epochs of 200 rows). First without any cure.


# %%
def watch(W, B):
    return right_on(VALIDATION, W, B), right_on(TEST, W, B), by_heart(W, B)


W, B, history = train(many_rows, many_labels, watch=watch)
plain = W, B
results = {"no cure": (right_on(TEST, *plain), by_heart(*plain))}
fell = history[:, 0].max(axis=0) - history[-1, 0]
print("wrong labels repeated, each of the five above 90%:", bool((by_heart(*plain) > 0.9).all()))
print("validation accuracy fell 3 points or more from its best:", bool((fell > 0.03).all()))
print("test accuracy at the end, mean of five, below 82%:", bool(right_on(TEST, *plain).mean() < 0.82))

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

drawing, axes = plots.figure("Four steps, four different networks", x="hidden unit", size=(8, 2.4))
for step, mask in enumerate(masks):
    colours = [plots.BLUE if on else "white" for on in mask]
    axes.scatter(range(24), [step] * 24, s=130, color=colours, edgecolor=plots.GREY)
axes.set_yticks(range(4), [f"step {step + 1}" for step in range(4)])
axes.set(ylim=(3.6, -0.6), xlim=(-1, 24))
axes.grid(False)
plots.show(drawing, "Four rows of 24 circles, about half of each row empty, in different places each time.")
print("off in each step:", (~masks).sum(axis=1))

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
    print(f"p {p:.2f}  scale {1 / (1 - p):.2f}  mean without {(x * on).mean():.2f}, with {scaled.mean():.1f}")

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
shower, dropper = keras.layers.Dropout(0.5, seed=1), keras.layers.Dropout(0.5, seed=1)
values = np.random.default_rng(0).normal(size=(1000, 128)).astype("float32")
mask = np.asarray(shower(np.ones_like(values), training=True)) > 0
theirs = np.asarray(dropper(values, training=True))
dropper.build(values.shape)
print("same numbers, to the last:", np.array_equal(theirs, values * mask / (1 - 0.5)))
print(f"share dropped {1 - mask.mean():.2f}, parameters {sum(w.size for w in dropper.trainable_weights)}")

# %% [markdown]
# No parameters at all: dropout learns nothing, it only disturbs. And p is a hyperparameter.
#
# The average is kept. The values are not: they jump about. How much? The **variance** (lesson 01)
# is the average squared distance from the mean. Move p and look at a row of 24 units before and after.

# %%
heights, coins = np.random.default_rng(3).uniform(0.5, 2, 24), np.random.default_rng(31).random(24)


def dropped_row(p):
    after = heights * (coins >= p) / (1 - p)
    drawing, axes = plots.figure(f"p = {p:.2f}: {int((after == 0).sum())} units are off", x="unit", y="value")
    axes.bar(range(24), after, color=plots.BLUE, label=f"after, mean {after.mean():.2f}")
    axes.bar(
        range(24), heights, fill=False, edgecolor=plots.ORANGE, label=f"before, mean {heights.mean():.2f}"
    )
    axes.set_ylim(0, 8)
    axes.legend()
    return drawing, "24 orange outlines; some are empty, the others hold a taller blue bar."


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
with_dropout = keras.Sequential([*model.layers[:1], keras.layers.Dropout(0.5, seed=2), model.layers[-1]])
for training in (True, False):
    answers = [np.asarray(with_dropout(rows[:1], training=training))[0] for time in range(10)]
    print(f"training={training!s:<5}  different answers: {len({tuple(a.round(6)) for a in answers})}")

same = np.allclose(with_dropout(rows, training=False), model(rows), atol=1e-6)
print("with dropout off it is the model from before:", same)

# %% [markdown]
# (The validation loss is computed with dropout off, the training loss of `fit` with dropout on. That is one reason
# why the validation accuracy can lie *above* the training accuracy. You saw another in the first figure: wrong
# labels among the training rows alone.)
#
# Now we train our five networks with dropout, and ask what goes wrong if one forgets the switch or the scale.

# %%
W, B, _ = train(many_rows, many_labels, drop=0.5)
dropped = W, B
better = right_on(TEST, *dropped) - right_on(TEST, *plain)
print("with dropout better on the test in all five:", bool((better > 0).all()))
print("by 2 points or more on average:", bool(better.mean() > 0.02))

# %%
rng = np.random.default_rng(0)


def loss_on_test(logits):
    chance = np.log(tf.nn.softmax(logits))[:, np.arange(len(TEST)), digits[TEST]]
    return -chance.mean(axis=-1)


def accuracy_on_test(logits):
    return np.mean(np.argmax(logits, axis=-1) == digits[TEST], axis=-1)


seen = images[TEST]
noisy = [
    answer(seen, *dropped, mask=np.float32(rng.random((5, len(TEST), 128)) >= 0.5) * 2) for n in range(20)
]
off, unscaled = answer(seen, *dropped), answer(seen, *dropped, mask=2.0)
averaged = np.log(np.mean([tf.nn.softmax(logits) for logits in noisy], axis=0))

lines = [("dropout left on", noisy[0]), ("20 left on, averaged", averaged), ("scale forgotten", unscaled)]
for name, logits in lines:
    lost = accuracy_on_test(off) - accuracy_on_test(logits)
    more = loss_on_test(logits) - loss_on_test(off)
    print(f"{name:<20}  3 points fewer right: {lost.mean() > 0.03!s:<5}  loss worse: {more.mean() > 0.05}")

# %% [markdown]
# (Compared with dropout off and scaled; means over the five networks.)
#
# - **Left on**: accuracy is lost, and each call answers differently. Averaging the answers of
#   twenty calls brings it back: each call asks one thinned network, the average asks a committee of them. The
#   single pass with everything on is a cheap stand-in for that committee. That is how the paper of 2014 puts
#   it.
# - **Scale forgotten** (a training without it, then everything on): the hidden values are twice as large as
#   the second layer is used to. Surprise: the accuracy hardly moves. Logits twice as large have the same
#   winner, up to the biases. But the loss is worse, since the model is far too sure of itself. Where the
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
    """The share of test answers that a mask on the hidden units changes, for each network."""
    before, after = (np.argmax(answer(images[TEST], W, B, m), axis=-1) for m in (1.0, np.float32(mask)))
    return np.mean(before != after, axis=-1)


alone = [[changed(*nets, np.arange(128) != unit) for unit in range(128)] for nets in (plain, dropped)]
mean_harm, worst_harm = np.mean(alone, axis=1), np.max(alone, axis=1)
print("average unit, with dropout less than two thirds:", bool((mean_harm[1] < mean_harm[0] * 2 / 3).all()))
print(
    "most important unit, with dropout less than two thirds:",
    bool((worst_harm[1] < worst_harm[0] * 2 / 3).all()),
)
print("average unit, without dropout more than 1 answer in 100:", bool((mean_harm[0] > 0.01).all()))

# %%
rng, numbers = np.random.default_rng(0), [1, 4, 8, 16, 32, 48, 64, 80, 96]
orders = [rng.permutation(128) for draw in range(10)]
drawing, axes = plots.figure(
    "Trained with dropout, a network can spare its units",
    x="units switched off, of 128",
    y="% of answers changed",
)
for nets, name in [(plain, "without dropout"), (dropped, "with dropout, p = 0.5")]:
    harm = np.array([[changed(*nets, order >= n) for order in orders] for n in numbers]).mean(axis=1) * 100
    axes.errorbar(numbers, harm.mean(axis=1), harm.std(axis=1), marker="o", capsize=3, label=name)
axes.legend()
plots.show(
    drawing,
    "Two rising curves. The one for networks trained with dropout is lower throughout, and less than half as "
    "high for most of the way.",
)

# %% [markdown]
# Each point is an average over ten random choices of units; the bars show how much the five networks differ
# (one standard deviation to each side). Switching off 32 units changes less than half as many answers when the
# network was trained with dropout. The single most important unit of a network without dropout decides
# several per cent of the answers by itself.
#
# So the sentence is true, in this form: **with dropout a network relies less on any single unit.** "None is
# relied on" goes too far. The lower curve rises too: with half of the units gone, many answers change.

# %% [markdown]
# ## The other cures: L2
#
# A good place for a break. Then four more cures, each in a few lines, and a race.
#
# To learn wrong labels by heart a network needs large weights, which turn small differences between pictures
# into large differences between answers. **L2** makes large weights cost something: to the loss it adds
#
# $$\text{strength} \cdot \textstyle\sum w^2$$
#
# over the weights (usually not the biases). The slope of $w^2$ is $2w$ (lesson 04), so each step also pulls
# each weight towards 0, the large ones harder. In Keras it belongs to a layer. **Predict** the penalty for
# the weights 3 and −1 and a strength of 0.01.

# %%
regular = keras.layers.Dense(1, kernel_regularizer=keras.regularizers.L2(0.01))
regular.build((None, 2))
regular.set_weights([np.array([[3.0], [-1.0]]), np.array([5.0])])
print(f"predicted {0.01 * (3**2 + 1**2):.2f}, Keras says {float(regular.losses[0]):.2f}")

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
for name, optimizer, strength in [
    ("Adam with L2", keras.optimizers.Adam(0.003), 0.5),
    ("AdamW", keras.optimizers.AdamW(0.003, weight_decay=0.5), 0.0),
]:
    pair = keras.Variable(np.ones(2, "float32"))
    for slopes in noise:
        optimizer.apply([keras.ops.cast(slopes + 2 * strength * np.asarray(pair), "float32")], [pair])
    print(f"{name:<12}  large slopes: {float(pair[0]):.2f}   small slopes: {float(pair[1]):.2f}")

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
careless = careful = shrinking = 0.25
for step in range(6):
    careless = careless - 0.1 * np.sign(careless)
    careful = np.sign(careful) * max(abs(careful) - 0.1, 0)
    shrinking = shrinking * (1 - 0.4)
    print(f"L1 by its slope {careless:5.2f}   L1, stopping at zero {careful:.2f}   L2 {shrinking:.3f}")

# %% [markdown]
# By its slope alone the weight jumps over 0 and back for ever. In the second column it stops there: that is
# called a **soft threshold**, and it is what `l1` in our `train` does after each step. So mend the sentence
# "L1 makes weights exactly zero": *with the right step* it does. Keras' `kernel_regularizer=L1(...)` adds the
# penalty to the loss and goes by the slope:

# %%
keras.utils.set_random_seed(0)
sparse = keras.Sequential([keras.Input((64,)), keras.layers.Dense(128, "relu", kernel_regularizer="l1")])
sparse.add(keras.layers.Dense(10, activation="softmax"))
sparse.compile(keras.optimizers.Adam(RATE), "sparse_categorical_crossentropy")
sparse.fit(rows, labels, epochs=20, batch_size=50, verbose=0, callbacks=[ProgressBar()])
kernel = sparse.get_weights()[0]
print("below 0.01 in size, more than half:", bool((np.abs(kernel) < 0.01).mean() > 0.5))
print("exactly zero, fewer than ten of 8,192:", bool((kernel == 0).sum() < 10))

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
early.compile(keras.optimizers.Adam(0.003), "sparse_categorical_crossentropy")
stop = keras.callbacks.EarlyStopping(patience=5, restore_best_weights=True)
stopped = early.fit(
    rows, labels, epochs=60, batch_size=50, verbose=0, validation_data=checks, callbacks=[stop, ProgressBar()]
)
losses = stopped.history["val_loss"]
print("stopped before epoch 40:", len(losses) < 40)
print("the last epoch is five after the best:", len(losses) - 1 == int(np.argmin(losses)) + 5)

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
    pictures = np.pad(rows.reshape(*rows.shape[:-1], 8, 8), [(0, 0)] * (rows.ndim - 1) + [(1, 1), (1, 1)])
    shifted = [pictures[..., 1 + up : 9 + up, 1 + left : 9 + left] for up, left in MOVES]
    return np.concatenate([pictures.reshape(rows.shape) for pictures in shifted], axis=-2)


augmented, augmented_labels = moved(many_rows), np.tile(many_labels, 5)
more_rows, more_labels, _ = (np.stack(parts) for parts in zip(*(rows_for(seed, 400) for seed in SEEDS)))
print("as it was", many_rows.shape, " augmented", augmented.shape, " more data", more_rows.shape)

# %% [markdown]
# ## The race
#
# Each cure has a strength, and **the validation rows choose it**: for each, four strengths are
# tried, and the mean of the five networks decides. Then, once, the test rows judge the chosen one. All train for
# 600 steps. Early stopping gets the run without a cure, and a patience without end: of all 600 steps, each network
# keeps the one with the best validation accuracy.

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
TITLES = {"drop": "dropout", "l2": "L2", "decay": "weight decay", "l1": "L1"}
drawing, panels = plots.figure(
    "Each cure can be too weak and too strong", x="strength", columns=4, size=(10, 3)
)
chosen = {}
for axes, (cure, choices) in zip(panels, strengths.items()):
    scores = np.array([right_on(VALIDATION, *runs[cure, strength]) for strength in choices])
    axes.errorbar(range(4), scores.mean(axis=1), scores.std(axis=1), marker="o", capsize=3)
    axes.axhline(right_on(VALIDATION, *plain).mean(), color=plots.GREY, linestyle="--")
    axes.set_xticks(range(4), choices)
    axes.set(title=TITLES[cure], ylim=(0.55, 0.95))
    chosen[cure] = choices[scores.mean(axis=1).argmax()]
panels[0].set_ylabel("validation accuracy")
plots.show(
    drawing,
    "Four panels. In each, validation accuracy rises with the strength of the cure, from a little above the "
    "dashed line of no cure, and falls again at the strongest.",
)

# %% [markdown]
# The dashed line is the model without a cure. In each panel the accuracy rises and then falls: too weak a cure
# changes little, too strong a one forbids the model to learn at all. An overdose of any of them *is*
# underfitting. Now the judgement, and the cures that have no strength here.

# %%
for cure, title in TITLES.items():
    best_run = runs[cure, chosen[cure]]
    results[title] = right_on(TEST, *best_run), by_heart(*best_run)

stops = history[:, 0].argmax(axis=0)
results["early stopping"] = history[stops, 1, range(5)], history[stops, 2, range(5)]

for name, x, y in [("400 rows", more_rows, more_labels), ("augmentation", augmented, augmented_labels)]:
    W, B, _ = train(x, y)
    results[name] = right_on(TEST, W, B), by_heart(W, B)

W, B, _ = train(more_rows, more_labels, steps=1200)
seen_as_often = right_on(TEST, W, B)

W, B, _ = train(augmented, augmented_labels, drop=0.5)
results["dropout and augmentation"] = right_on(TEST, W, B), by_heart(W, B)

# %%
drawing, (left, right) = plots.figure(
    "The patient, and what each cure does for it", columns=2, size=(10, 3.8)
)
for axes, part, name in [(left, 0, "test accuracy in %"), (right, 1, "wrong labels known by heart, in %")]:
    shown = {title: 100 * values[part] for title, values in results.items()}
    means, spreads = [v.mean() for v in shown.values()], [v.std() for v in shown.values()]
    colours = [plots.GREY] + [plots.BLUE] * 7 + [plots.GREEN]
    axes.barh(list(shown), means, xerr=spreads, color=colours, capsize=3)
    axes.invert_yaxis()
    axes.set_xlabel(name)
left.set_xlim(70, 95)
right.set_yticks([])
plots.show(
    drawing,
    "Nine bars in each panel. Left: without a cure about three quarters, each cure better, dropout with "
    "augmentation best. Right: without a cure nearly all wrong labels are known by heart, with each cure fewer.",
)

# %% [markdown]
# Mind the axis on the left: it begins at 70%. **Left:** without a cure (grey) about three quarters of the test
# digits are right. Each single cure (blue) gains several points, and the black bars, one standard deviation of
# the five networks, are mostly shorter than the gain. Which of the blue ones is longest is *not* settled by five
# seeds, and would be another with other data. **Right:** why. The cures keep the model from learning wrong
# labels by heart. (*400 rows* has twice as many wrong labels; counted are the 40 of before.)
#
# The findings to keep, in numbers:

# %%
gains = {name: test.mean() - results["no cure"][0].mean() for name, (test, _) in results.items()}
both, single = gains["dropout and augmentation"], [gains["dropout"], gains["augmentation"]]
print("each cure gained 2 points or more:", all(gains[name] > 0.02 for name in gains if name != "no cure"))
print("dropout and augmentation together gained more than either:", bool(both > max(single)))
print("but less than the sum of the two:", bool(both < sum(single)))
more = seen_as_often.mean() - results["no cure"][0].mean()
print(
    "400 rows, seen as often as the 200, gain less than two thirds:", bool(more < gains["400 rows"] * 2 / 3)
)

kernels = {cure: runs[cure, chosen[cure]][0][0].numpy() for cure in ("l1", "l2")}
print("exactly zero in the first layer, over half with L1:", bool((kernels["l1"] == 0).mean() > 0.5))
print("exactly zero in the first layer, hardly any with L2:", bool((kernels["l2"] == 0).mean() < 0.001))

# %% [markdown]
# - **Combining** helps, and the gains do not add up: two cures partly cure the same thing. (The strength of
#   the green bar's dropout was not even chosen; a second cure usually asks for a weaker dose of the first.)
# - **L1** leaves a network that has more than half of its first layer at exactly 0. **L2** has hardly any,
#   only small weights. Lesson 14 makes use of zeros.
# - **More data** looks modest here: its new rows have wrong labels as well. And take care with what is held equal.
#   All trainings took 600 steps, so each of the 400 rows was seen half as often. With 1,200 steps a good part of the
#   gain is gone: it was early stopping in disguise.
#
# One question is still open. Does dropout make units dispensable, or does *any* good cure? Networks
# with L2 at its chosen strength are as good as those with dropout. We switch half of the units off.

# %%
rng = np.random.default_rng(1)
halves = [np.float32(rng.permutation(128) >= 64) for draw in range(10)]
shares = {
    cure: np.mean([changed(*runs[cure, chosen[cure]], half) for half in halves], axis=0)
    for cure in ("drop", "l2")
}
print(
    "with dropout fewer answers change than with L2, in all five:",
    bool((shares["drop"] < shares["l2"]).all()),
)

# %% [markdown]
# So it is dropout's own doing.
#
# ## Where dropout does not help
#
# Dropout is noise, and noise costs. It pays where there is overfitting to be had. First, a model that
# **underfits**: 8 hidden units instead of 128, the same rows. **Predict** what p = 0.5 does to it.

# %%
tiny = (64, 8, 10)
without, with_it = (right_on(TEST, *train(many_rows, many_labels, tiny, drop)[:2]) for drop in (0, 0.5))
print("8 units: dropout lost 3 points or more on average:", bool((without - with_it).mean() > 0.03))

# %% [markdown]
# A network of eight units cannot spare four of them. Second, **plenty of data**. Here is a small language model
# for the stories of lesson 05: from the four words before, as one-hot vectors (lesson 06), to the next one,
# with 64 hidden units. It is trained for 400 steps of 250 rows, once on 30 stories and once on 2,000.
# **Predict:** how often does it see each row?

# %%
known = {word for text in stories.write(500, seed=0) for word in text.split()}
WORDS = sorted(known | {"<start>", "<end>"})


def windows(texts):
    """For each word of the stories the four words before it, one-hot in a row, and the word's number."""
    ids = [[WORDS.index(w) for w in ["<start>"] * 4 + text.split() + ["<end>"]] for text in texts]
    before = [story[i - 4 : i] for story in ids for i in range(4, len(story))]
    after = [word for story in ids for word in story[4:]]
    return np.eye(len(WORDS), dtype="float32")[before].reshape(1, len(before), -1), np.tile(after, (5, 1))


few, many, new = (windows(stories.write(n, seed)) for n, seed in [(30, 1), (2000, 2), (300, 3)])
for name, (x, y) in [("30 stories", few), ("2,000 stories", many)]:
    print(f"{name:<13}  {x.shape[1]:>7,} rows, passes through them: {400 * 250 / x.shape[1]:.0f}")

# %%
scores = np.zeros((2, 2, 5))
for i, (x, y) in enumerate([few, many]):
    for j, drop in enumerate([0, 0.5]):
        W, B, _ = train(x, y, (x.shape[-1], 64, len(WORDS)), drop, steps=400, batch=250)
        losses = tf.nn.sparse_softmax_cross_entropy_with_logits(new[1], answer(new[0], W, B))
        scores[i, j] = np.exp(np.mean(losses, axis=-1))

gain = scores[:, 0] - scores[:, 1]
print("perplexity on new stories lower by 0.1 or more with dropout, in all five:")
print("    30 stories:", bool((gain[0] > 0.1).all()), "   2,000 stories:", bool((gain[1] > 0.1).any()))
print("2,000 stories: lower at all, in any of the five:", bool((gain[1] > 0.003).any()))

# %%
drawing, axes = plots.figure(
    "Dropout helps where rows are repeated, and not in a single pass",
    y="perplexity on new stories",
    size=(7, 3),
)
for shift, j, name in [(-0.18, 0, "without dropout"), (0.18, 1, "with dropout, p = 0.5")]:
    axes.bar(
        np.arange(2) + shift, scores[:, j].mean(1), 0.34, yerr=scores[:, j].std(1), capsize=3, label=name
    )
axes.set_xticks(range(2), ["30 stories, each word 65 times", "2,000 stories, each word once"])
axes.set_ylim(1.2, 2.6)
axes.legend()
plots.show(
    drawing,
    "Two pairs of bars. With 30 stories the perplexity is clearly lower with dropout. With 2,000 stories both "
    "bars are far lower, and equally high.",
)

# %% [markdown]
# With 30 stories seen 65 times, dropout is a real help. With 2,000 stories seen once it brings nothing: each batch
# is as new to the model as the new stories are, so there is no gap to close. (Lower is better; the axis begins at
# 1.2. A model that sees the *whole* story could reach about 1.30, lesson 05; four words are too few for that.) And
# note how much better more data is than the cure.
#
# That is the situation of **large language models**. GPT-1 went 100 times over its books, with dropout 0.1
# (Radford and others 2018). Today's models see most of their tokens once. PaLM was trained without dropout,
# and used 0.1 for fine-tuning (Chowdhery and others 2022, [arXiv 2204.02311](https://arxiv.org/abs/2204.02311)).
# The settings published for Llama name a weight decay of 0.1 and no dropout (Touvron and others 2023, [arXiv
# 2302.13971](https://arxiv.org/abs/2302.13971)). And Liu and others 2025 ([arXiv
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
# - Where a model underfits, or sees each row once, dropout costs and brings nothing.
#
# **Next:** [09 · KerasTuner](09_keras_tuner.ipynb). Strengths, sizes, rates: who searches them all, and at what
# price?
