# %% [markdown]
# # 16 · Frontiers
#
# > **At the end you can** let a program search for an architecture, train one model on data that never leaves its
# > owners and say what leaks all the same, build a capsule, and put a number of joules on an answer; and you can
# > judge such ideas by what they are measured against.
#
# Lessons 09 and 15 let programs search for sizes and rates. Articles on parameters like to end with bolder things:
# architectures that design themselves, models that learn without seeing the data, networks that know where things
# are, models that save energy. This lesson builds a small one of each, lets it run beside the plain thing with as many
# parameters or at the same cost, and asks one question: **did it win?**
#
# **Time:** about two hours, of which the computer needs a minute or two. Good places for a break are before
# "Learning without seeing the data" and before "Capsules".
# **You need:** lessons 01 to 15, though of lesson 15 only Ray. The first cell that you run brings it, with Optuna,
# where it is missing: half a gigabyte on the disk, once.

# %%
from utils.extras import tuners

with tuners():  # installs what is missing
    import ray

# %%
from utils import capsules, cluster, costs, letter_net, pair_nets, plots
from utils.checking import check
from utils.letter_net import LETTERS, arrays_of, rows_of
from utils.pictures import turned
from utils.power import joules
from utils.published import MODELS
from utils.text import aligned
from utils.training import progress_bar

import numpy as np
import time
from itertools import permutations
from sklearn.datasets import load_digits

# %% [markdown]
# ## A network that nobody designed
#
# Lesson 09 searched for *sizes*: units, rates. What the layers do and what is connected with what stood firm. To
# search for that as well is called **architecture search**. Our task: two small pictures of handwritten digits
# (scikit-learn's, lesson 08), each brought down to 8 numbers. **Do they show the same digit?** There are only 150
# pairs to learn from.

# %%
training = pair_nets.digit_pairs(150, "training", seed=1)
validation = pair_nets.digit_pairs(1000, "validation", seed=2)
test = pair_nets.digit_pairs(4000, "test", seed=3)
left, right, same = training
print("left", left.shape, " right", right.shape, " same", same.shape)

# %% [markdown]
# (The 8 numbers are those of a principal component analysis, lesson 06: along the directions in which the pictures
# differ most. No picture is in two of the three sets. So many pairs for validation are a luxury, which keeps chance out
# of what follows.)
#
# An architecture here has two **nodes**. A node takes two of the vectors that are there already, and does one of five
# things with them: *add*, *subtract*, *multiply* (number by number), *larger* (of each two numbers the larger one), or
# *dense*: a layer of 8 units with ReLU, which takes only the one that is named first. The first node can choose
# between the two pictures, the second also has what the first one made. What the second node makes goes through 8
# hidden units to one output. So an architecture is six small numbers. `spell` says what they mean.


# %%
def spell(architecture):
    """What both nodes do, in words."""
    operation_1, a, b, operation_2, c, d = architecture
    names = ["left", "right", "first"]
    first = f"first = {pair_nets.OPERATIONS[operation_1]} {names[a]}, {names[b]}"
    return f"{first}; {pair_nets.OPERATIONS[operation_2]} {names[c]}, {names[d]}"


for number in (0, 123, 897):
    print(pair_nets.ALL[number], spell(pair_nets.ALL[number]))

# %% [markdown]
# **Predict** how many architectures can be written down. (Some of them are the same thing, written twice: *add left,
# right* and *add right, left*.)

# %%
print(f"predicted {5 * 2 * 2 * 5 * 3 * 3}, listed {len(pair_nets.ALL)}")
print("options at each place:", pair_nets.OPTIONS)

# %% [markdown]
# ### Exercise 1 · One change away
# ★★☆ · 8 minutes · 2 points
#
# A search that goes from a good architecture to a slightly different one needs to know what is one change away.
# `architecture` is a list of numbers, `options` says how many values each place may have (with 3 they are 0, 1 and
# 2). Return the list of all architectures, each a list, that differ from it in exactly one place: place by place from
# the left, and at each place from the smallest value up.


# %% exercise="neighbours"
def neighbours(architecture, options):
    """All architectures that differ in one place."""
    ...


check(neighbours)

# %% [markdown]
# ### All of them
#
# Real spaces are far too large for what comes now: we train **all 900**, side by side in one go, and keep their
# accuracies in a table. After that a "training" is a look into the table, and a search can be repeated hundreds of
# times. (Ying and others 2019 did this with 423,624 architectures, so that searches could be compared at all:
# *NAS-Bench-101*, [arXiv 1902.09635](https://arxiv.org/abs/1902.09635).)

# %%
trained = pair_nets.train(pair_nets.ALL, training, seed=0)
valid = pair_nets.accuracies(trained, pair_nets.ALL, validation)
on_test = pair_nets.accuracies(trained, pair_nets.ALL, test)
for name, share in [("worst", 0), ("middle", 50), ("90th of 100", 90), ("best", 100)]:
    print(f"{name:11} validation accuracy ≈ {np.percentile(valid, share):.2f}")

# %% [markdown]
# Guessing is right in half of the pairs, and that is as far as most of the 900 get. What do the good ones have in
# common? For each architecture, `meeting` says by which operation the two pictures first meet ("never", if the output
# knows one of them only). **Predict** the best: what would you compute to see whether two lists of numbers are alike?

# %%
good = valid > 0.7
print(f"above 0.7: ≈ {100 * good.mean():.0f}% of the 900")
met = np.array([pair_nets.meeting(architecture) for architecture in pair_nets.ALL])
lines = [("the pictures meet by", "architectures", "good")]
for name in ("add", "subtract", "multiply", "larger", "never"):
    of_it = good[met == name]
    lines.append((name, str(len(of_it)), f"≈ {of_it.mean():.0%}"))
print(aligned(lines))

# %% tags=["by-chance"]
for number in np.argsort(-valid)[:4]:
    print(f"≈ {valid[number]:.2f}", spell(pair_nets.ALL[number]))

# %% [markdown]
# Half of all architectures never bring the two pictures together, and none of these is good. Of the others, it is
# differences and products that are good: the first tell how far two numbers are apart, the second whether they have the
# same sign. A person who knows the task would have written *subtract* within a minute. (Networks of two equal halves
# that are compared at their ends are from 1993: Bromley and others, *Signature Verification Using a "Siamese" Time
# Delay Neural Network*.)
#
# Now the **plain** thing: both pictures side by side into one hidden layer, with 12 units, so that it has about as many
# parameters as the others. (An architecture keeps the weights of two dense nodes, whether it uses them or not.)
# Of four ways to train the plain net the validation pairs choose the best. We train it on our 150 pairs, and on 1,500,
# and let the good architectures have 1,500, too. **Predict** where the plain net keeps up.


# %%
def plain_accuracies(pairs):
    """Test accuracy of three plain nets."""
    nets = [pair_nets.plain(pairs, validation, seed) for seed in range(3)]
    return [net.score(pair_nets.side_by_side(test), test[2]) for net in nets]


more = pair_nets.digit_pairs(1500, "training", seed=1)
plain = {150: plain_accuracies(training), 1500: plain_accuracies(more)}

# %%
few = pair_nets.ALL[good]
again = pair_nets.train(few, more, seed=0, steps=400)
chosen = pair_nets.accuracies(again, few, validation).argmax()
searched = {150: on_test[valid.argmax()]}
searched[1500] = pair_nets.accuracies(again, few, test)[chosen]

# %%
print(f"parameters: {pair_nets.PARAMETERS}, plain {17 * 12 + 12 + 1}")
for pairs, three in plain.items():
    print(f"{pairs:5,} pairs: best of the space ≈ {searched[pairs]:.2f},", end=" ")
    print(f"plain ≈ {min(three):.2f} to {max(three):.2f}")

# %% [markdown]
# With 150 pairs the right connections win by some points: what the plain net would have to learn from examples, they
# are built to do. With 1,500 pairs it has learned it, and is about level with the best of the space. So **an
# architecture is worth data, and data is worth an architecture**. (The search has had more than 150 pairs: it chose
# with 1,000 for validation, from which the plain net might have learned instead. Who writes *subtract* unasked needs
# none of them.)
#
# ### Random search against evolution
#
# Who searches may train 20, 40 or 80 of the 900. **Random search** draws them. **Evolution** (in the form of Real
# and others 2018, *Regularized Evolution*, [arXiv 1802.01548](https://arxiv.org/abs/1802.01548)) begins with ten at
# random. Then, again and again: draw three of the living, take the best of them as the parent, change one place,
# train the child, and let the *oldest* of the living die. So the living are the last ten that were trained.

# %%
AWAY = (pair_nets.ALL[:, None] != pair_nets.ALL).sum(axis=2)  # in how many places


def random_search(trainings, rng):
    return rng.permutation(900)[:trainings]


def evolution(trainings, rng):
    tried = list(rng.permutation(900)[:10])
    while len(tried) < trainings:
        drawn = rng.choice(tried[-10:], 3, replace=False)
        parent = drawn[valid[drawn].argmax()]
        new = np.setdiff1d(np.flatnonzero(AWAY[parent] == 1), tried)
        tried.append(rng.choice(new) if len(new) else rng.integers(900))
    return np.array(tried)


# %% [markdown]
# (`setdiff1d` leaves out what has been trained already. If nothing is left, any of the 900 steps in.) Two hundred
# searches each. What a search ends with is its best by validation, and we see how good that is on the test. **Predict**
# which finds the better one, and by how much.


# %%
def found(search, trainings):
    """Test accuracy of what each of 200 searches chose, and its share of good ones."""
    ends = []
    for number in range(200):
        tried = search(trainings, np.random.default_rng([number, trainings]))
        chosen = tried[valid[tried].argmax()]
        ends.append((on_test[chosen], good[tried].mean()))
    return np.array(ends).T


# %%
BUDGETS, ends, shares = [20, 40, 80], {}, {}
for n in BUDGETS:
    for name, search in [("random", random_search), ("evolution", evolution)]:
        ends[name, n], shares[name, n] = found(search, n)

# %%
lines = [("trainings", "random", "evolution", "they differ by", "standard deviations")]
for n in BUDGETS:
    r, e = ends["random", n], ends["evolution", n]
    means = [f"≈ {one.mean():.2f}" for one in (r, e)]
    less = "less" if abs(e.mean() - r.mean()) < 0.01 else "more"
    spread = f"≈ {r.std():.2f} and {e.std():.2f}"
    lines.append((str(n), *means, f"{less} than 0.01", spread))
print(aligned(lines))
for name in ("random", "evolution"):
    print(f"{name}: of 80 trained, good ≈ {100 * shares[name, 80].mean():.0f}%")

# %% tags=["hide-input"]
# @title Draws what the searches found
title = "At equal cost, evolution and random search end at the same place"
drawing, axes = plots.figure(title, x="architectures trained", y="test accuracy")
for name in ("random", "evolution"):
    line = [ends[name, n].mean() for n in BUDGETS]
    axes.plot(BUDGETS, line, marker="o", label=name)
axes.axhline(np.mean(plain[150]), color=plots.GREY, linestyle="--", label="plain")
axes.legend()
alt = "Two lines, nearly on one another and nearly level, far above a dashed one."
plots.show(drawing, alt)

# %% [markdown]
# Both lines are the mean of 200 searches; the dashed one is the plain net with the same 150 pairs. (The standard
# deviations are those of single searches.) The two **differ by less than 0.01**, and by less than luck moves a single
# search, though evolution trains good architectures more often once it is under way. About one architecture in six or
# seven is good here, and a handful of random draws meets one. Nor does more searching help much: from 20 to 80 it is a
# point at the most, and the best of all 900 by validation, above, is no better on the test. So: evolution did not win
# here. It tied. What won was the *space*, and a person chose that.
#
# At scale it is much the same story. Li and Talwalkar (2019, [arXiv 1902.07638](https://arxiv.org/abs/1902.07638))
# found random search a match for a leading method of its day on two standard tasks, and Yang and others (2020,
# [arXiv 1912.12522](https://arxiv.org/abs/1912.12522)) found the space and the way of training to matter more than
# the search. On NAS-Bench-101 evolution does win in the long run, and architectures that a search has found have held
# records (Real and others, above). Transformers were designed by people; searches have changed details of them (So
# and others 2021, *Primer*, [arXiv 2109.08668](https://arxiv.org/abs/2109.08668)).
#
# ### One training for all
#
# What costs is training each candidate from nothing. **One-shot search** (Pham and others 2018, [arXiv
# 1802.03268](https://arxiv.org/abs/1802.03268); without a second net that steers it, as here, Bender and others,
# *Understanding and Simplifying One-Shot Architecture Search*, ICML 2018) has **one** set of weights for all
# architectures: each step draws some of them and trains the shared numbers through these. Then all 900 are measured
# with the shared weights, which costs no training, and the five that look best are trained properly. With 8
# architectures in each of as many steps, the shared training costs as much as 8 trainings; with 5 proper ones behind
# it, 13. (Looking at 900 architectures with 1,000 pairs each is not counted. In our toy it is more arithmetic than the
# 13 trainings, which see 100 × 64 pairs each; where one training takes days, it is little.)


# %%
def one_shot(seed):
    """Test accuracy of the best of the five that looked best; a correlation."""
    shared = pair_nets.train(pair_nets.ALL, training, seed, share=8)
    looks = pair_nets.accuracies(shared, pair_nets.ALL, validation)
    five = np.argsort(-looks)[:5]
    chosen = five[valid[five].argmax()]
    return on_test[chosen], np.corrcoef(looks, valid)[0, 1]


shots = np.array([one_shot(seed) for seed in range(8)])
at_random, _ = found(random_search, 13)

# %%
for name, chosen in [("one-shot, cost 13", shots[:, 0]), ("13 at random", at_random)]:
    low, high = np.percentile(chosen, [10, 90])
    print(f"{name:17} ≈ {chosen.mean():.2f}, eight in ten ≈ {low:.2f} to {high:.2f}")
low, high = shots[:, 1].min(), shots[:, 1].max()
print(f"shared and own accuracy, correlation: ≈ {low:.1f} to {high:.1f}")

# %% [markdown]
# Here one-shot search is a little ahead in the mean, and its bad runs are less bad. Do not build on it: these are
# eight runs on one set of pairs, and with other pairs (not shown) some ended five points lower. Its ranking is poor.
# (The **correlation** is 1 if two lists of numbers rise together along a line, and about 0 if they have nothing to do
# with each other.) Shared and own accuracies go together only loosely, in the worst of the eight runs hardly at all.
# Mostly that is enough to leave out the bad ones, not to find the best. So it was found at scale, too: Yu and others
# (2019, [arXiv 1902.08142](https://arxiv.org/abs/1902.08142)) compared such rankings with proper trainings. What
# one-shot search really brings is a lower bill where a single training costs days.
#
# *(A good place for a break.)*

# %% [markdown]
# ## Learning without seeing the data
#
# Five hospitals, five telephones, five banks: each has data that nobody else may see. Can they train **one** model
# together? Here five *clients* have 1,000 surnames between them, from the list of lesson 06. A *server*, who has none,
# talks with all of them. The model guesses the next letter from the two before it: 54 inputs (two letters, one-hot), 16
# hidden units with tanh, 27 outputs. **Predict** its parameters.

# %%
predicted = 54 * 16 + 16 + 16 * 27 + 27
print(f"predicted {predicted:,}, the helper has {letter_net.PARAMETERS:,}")
all_names = letter_net.surnames()
print(f"{len(all_names):,} surnames; rows of 'lee':")
print(rows_of(["lee"]).tolist())

# %% [markdown]
# (0 is the dash before and after a name; `utils/letter_net.py` has the net and its backpropagation in plain NumPy, as
# in lesson 04. All its parameters lie in one row of 1,339 numbers.)
#
# **Federated averaging** (McMahan and others 2016, *Communication-Efficient Learning of Deep Networks from
# Decentralized Data*, [arXiv 1602.05629](https://arxiv.org/abs/1602.05629)) goes in rounds:
#
# 1. The server sends its parameters to every client (in the paper to some, drawn anew in each round).
# 2. Each client trains them for some steps on its own rows, and sends back what has become of them.
# 3. The server takes the average, in which a client with more rows counts more.
#
# **No row leaves its client.** Training in this way is called **federated learning**.

# %% [markdown]
# ### Exercise 2 · Federated averaging
# ★☆☆ · 5 minutes · 1 point
#
# Write the third step. `weights` has a row for each client with all its parameters; `rows` is a list: how many rows
# of data each client has. Return the average, in which each client counts by its share of all rows.


# %% exercise="average_weights"
def average_weights(weights, rows):
    """The average of the clients' parameters, weighted by their rows."""
    ...


check(average_weights)

# %% [markdown]
# Now the five, in three ways. **Alike**: each has 200 surnames drawn from the whole list. **By initial**: the first has
# 200 names from A to C alone, the second from D to H, and so on. **One has most**: 800 names, and 50 for each of the
# others. 1,000 other surnames, of all letters, are for judging.

# %%
GROUPS = ["abc", "defgh", "ijklm", "nopqr", "stuvwxyz"]
SIZES = {"alike": [200] * 5, "one has most": [800, 50, 50, 50, 50]}


def clients(seed, kind):
    """The rows of five clients, and rows of 1,000 new names."""
    order = np.random.default_rng(seed).permutation(len(all_names))
    pool = [all_names[number] for number in order]
    if kind in SIZES:
        parts = np.split(pool[1000:2000], np.cumsum(SIZES[kind])[:-1])
    else:
        parts = [[n for n in pool[1000:] if n[0] in group][:200] for group in GROUPS]
    return [rows_of(part) for part in parts], rows_of(pool[:1000])


# %% [markdown]
# The training. `local` steps on each client, then the average: that is all of it. (`utils/letter_net` gives the
# function `train`; its last argument is the seed that draws the batches.)


# %%
def federated(own, seed, rounds=20, local=20):
    """Federated averaging; the parameters after all rounds."""
    parameters = letter_net.start(seed)
    sizes = np.array([len(rows) for rows in own])
    for turn in range(rounds):
        sent = []
        for k, rows in enumerate(own):
            sent.append(letter_net.train(parameters, rows, local, [seed, turn, k]))
        parameters = sizes / sizes.sum() @ np.array(sent)
    return parameters


# %% [markdown]
# Its rivals: **each alone** with its own rows and as many steps as one client takes, 400. And one model on **all** the
# data in one place, with 400 steps; and with 2,000, which is what the five take together. Three seeds. **Predict** the
# order.


# %%
def compared(kind, seed):
    """Perplexities: mean of each alone, all data (400 and 2,000 steps), federated."""
    own, new = clients(seed, kind)
    start, everything = letter_net.start(seed), np.concatenate(own)
    jobs = [(rows, 400) for rows in own] + [(everything, 400), (everything, 2000)]
    nets = [letter_net.train(start, rows, steps, [seed, 9]) for rows, steps in jobs]
    losses = [letter_net.loss(net, new) for net in [*nets, federated(own, seed)]]
    return np.exp([np.mean(losses[:5]), *losses[5:]])


# %%
KINDS, reached = ["alike", "by initial", "one has most"], {}
bar = progress_bar(9, "trainings")
for kind in KINDS:
    for seed in range(3):
        reached[kind, seed] = compared(kind, seed)
        bar.update(1)
bar.close()

# %%
NAMES = ["each alone", "all, 400 steps", "all, 2,000 steps", "federated"]
lines = [("clients", *NAMES)]
for kind in KINDS:
    three = np.array([reached[kind, seed] for seed in range(3)])
    ends = zip(three.min(axis=0), three.max(axis=0))
    lines.append((kind, *[f"≈ {low:.1f} to {high:.1f}" for low, high in ends]))
print(aligned(lines))
print("(perplexity of a letter on 1,000 new names; blind guess 27)")

# %% tags=["hide-input"]
# @title Draws the perplexities
title = "Federated is near all data in one place; alone, in the mean, is not"
drawing, axes = plots.figure(title, y="perplexity of a letter")
groups = {}
for place, name in enumerate(NAMES):
    groups[name] = [np.mean([reached[k, s][place] for s in range(3)]) for k in KINDS]
plots.bars(axes, groups, KINDS, digits=1)
alt = "Bars: each alone, in the mean, higher than the other three, by far where "
alt += "clients differ."
plots.show(drawing, alt)

# %% [markdown]
# Low is good. ("Each alone" is the mean of the five.) **Federated averaging won**, if the rival is to be alone, and
# most of all where each client knows some initials only (a client that never saw a name with S cannot expect one) or
# where four of them have next to nothing. (The fifth of those, with its 800 names, gains hardly anything: alone, not
# shown, it is nearly as good.) It is level with one model that saw all data in one place for as many steps as *one*
# client took. But the five took 2,000 steps together, and 2,000 steps in one place bring a perplexity that is some six
# per cent lower. The price of distance is paid in work, and in messages.
#
# Must all begin with the same numbers? **Predict** what the average of five models is worth that were trained apart,
# once from the same start and once from five different ones.


# %%
def average_of_apart(seed, further):
    """Perplexity of five models that were trained apart and averaged once."""
    own, new = clients(seed, "alike")
    sent = []
    for k, rows in enumerate(own):
        start = letter_net.start(seed + further * k)
        sent.append(letter_net.train(start, rows, 400, [seed, 9]))
    return np.exp(letter_net.loss(np.mean(sent, axis=0), new))


for name, further in [("same start", 0), ("five starts", 10)]:
    three = [f"{average_of_apart(seed, further):.1f}" for seed in range(3)]
    print(f"{name:11}: perplexity of the average ≈ {', '.join(three)}")

# %% [markdown]
# From one start even a single average at the very end is better than the five alone. From five starts it is
# worse than they are: hidden unit 3 has another job in every net (a net computes the same when two hidden
# units change places, with their weights), and the average of two jobs is neither.
#
# ### Five actors, and one dies
#
# So far the notebook played all the parts, and saw all the rows. Now each client becomes a process of its own, on
# lesson 15's engine. With Ray a class becomes an **actor** by one line above it: an object that lives in a process of
# its own, here or on another machine. Whoever holds its handle may call its methods with `.remote`, gets a promise at
# once, and waits for the answer with `ray.get`. Ours is given its rows at its start, and from then on parameters go in
# and parameters come out.


# %%
@ray.remote
class Client:
    """A process with rows of its own, which it never gives away."""

    def __init__(self, rows):
        self.rows = rows

    def train(self, parameters, steps, seed):
        return letter_net.train(parameters, self.rows, steps, seed)


def answer(promise):
    """The trained parameters; None from a client that is dead."""
    try:
        return ray.get(promise)
    except ray.exceptions.RayActorError:
        return None


# %% [markdown]
# The server averages over those who answer. `ray.kill` ends a process at once, whatever it is doing.


# %%
def by_actors(own, seed, last_dies=20):
    """Federated averaging over actors; the fifth dies before this round."""
    crew = [Client.remote(rows) for rows in own]
    parameters, sizes = letter_net.start(seed), np.array([len(rows) for rows in own])
    for turn in range(20):
        if turn == last_dies:
            ray.kill(crew[4])
        calls = [(client, [seed, turn, k]) for k, client in enumerate(crew)]
        asked = [client.train.remote(parameters, 20, word) for client, word in calls]
        sent = [answer(promise) for promise in asked]
        alive = [k for k in range(5) if sent[k] is not None]
        part = sizes[alive] / sizes[alive].sum()
        parameters = part @ np.array([sent[k] for k in alive])
    for client in crew:
        ray.kill(client)
    return parameters


# %%
cluster.start(num_cpus=2)
own, new = clients(0, "by initial")
whole = by_actors(own, 0)
difference = np.abs(whole - federated(own, 0)).max()
print("largest difference between five actors and one notebook:", difference)

# %% [markdown]
# The same numbers, to the last digit. Now the fifth, the only one that has names from S to Z, dies in the middle; once
# more, it is dead from the beginning. **Predict** what the models know of such names.

# %%
models = {"all five to the end": whole}
models["the fifth dies half way"] = by_actors(own, 0, last_dies=10)
models["it never answers"] = by_actors(own, 0, last_dies=0)
cluster.stop()

# %%
FREQUENT = all_names[:2000]
late = rows_of([name for name in FREQUENT if name[0] in GROUPS[4]])
early = rows_of([name for name in FREQUENT if name[0] not in GROUPS[4]])
lines = [("frequent surnames", "A to R", "S to Z")]
for name, net in models.items():
    pair = [np.exp(letter_net.loss(net, rows)) for rows in (early, late)]
    lines.append((name, *[f"≈ {number:.1f}" for number in pair]))
lines.append(("blind guess", "27", "27"))
print(aligned(lines))

# %% [markdown]
# The other four go on as if nothing had happened, and names from A to R come out as well as before. But of S to Z it
# ends nearer to a model that the fifth never helped than to one that had all five to the end: nobody reminds it any
# more (lesson 13). (Two more seeds, not shown, gave the same within 0.6.) A server that counts who answers is not
# enough; it has to know *whose data* are missing.
#
# On a cluster of several machines the script is the same but for the line that starts it (lesson 15), and clients on
# other machines are asked over the network. `@ray.remote(max_restarts=1)` would have the dead one begin again. In a
# hospital's case somebody would have to trust Ray: who may call an actor's methods may also send it other code. Ours is
# a model of federated learning, and no guard of anybody's data.

# %% [markdown]
# ### Exercise 3 · What goes over the wire
# ★☆☆ · 4 minutes · 1 point
#
# In each round the model goes down to every client and comes up again. How many bytes are that in all?


# %% exercise="bytes_sent"
def bytes_sent(parameters, clients, rounds, bits):
    """Bytes over the wire in all rounds, down and up; bits: of one parameter."""
    ...


check(bytes_sent)

# %% [markdown]
# For our 20 rounds in 32 bits. **Predict** how that compares with sending the 1,000 names themselves, once, a byte a
# letter.

# %%
own, new = clients(0, "alike")
federated_bytes = 2 * 1339 * 4 * 5 * 20
letters = sum(len(rows) for rows in own)  # a row for each letter and each end
print(f"federated: {federated_bytes:,} bytes; the names: {letters:,} bytes")

# %% [markdown]
# More than a hundred times as much. Bytes are no reason for federated learning here; that the data may not travel is.
# (With photographs on a telephone it can be the other way round. The averaging after many local steps, rather than
# after each, is what keeps the messages few: that was the point of the paper.)

# %% [markdown]
# ## What the updates give away
#
# "No data leaves the device" is true, and it is not the same as "nothing can be learned about the data". Say a client
# takes one step on **one name** and sends its gradient (or its new parameters: their difference is the gradient times
# the rate). What does the server see?

# %%
start = letter_net.start(0)
sent = letter_net.gradient(start, rows_of(["smith"]))
table, _, _, output_biases = arrays_of(sent)
one_back = np.abs(table[27:]).sum(axis=1)
print("letters with a slope:", [LETTERS[number] for number in np.flatnonzero(one_back)])

# %% [markdown]
# The first matrix has a row for each letter in each of the two places, and **only rows of letters that occurred have
# a slope at all** (lesson 06 saw this in the embedding table). So the letters are there, in the order of the
# alphabet. How often each one occurs stands in the biases of the output: their slope is *chance − share* (lesson 06:
# p − one-hot), and with small random weights all chances are about 1/27.

# %%
shares = 1 / 27 - output_biases
length = round(1 / shares[0])  # the dash that ends a name comes once
times = np.round(length * shares).astype(int)
letters = "".join(LETTERS[k] * times[k] for k in range(1, 27))
print("rows:", length, " letters:", letters)

# %% [markdown]
# Six rows, so five letters, each of them once. Their order? There are 120. The server knows the parameters it sent
# out; it computes the gradient of each order, and sees which is the one it got.


# %%
def rebuilt(sent, start):
    """The name whose gradient this is, read from the gradient alone."""
    shares = 1 / 27 - arrays_of(sent)[3]
    length = round(1 / max(shares[0], 0.1))
    times = np.round(length * shares).astype(int)
    letters = "".join(LETTERS[k] * max(0, times[k]) for k in range(1, 27))[:6]
    orders = ["".join(order) for order in sorted(set(permutations(letters)))]
    slopes = [letter_net.gradient(start, rows_of([order])) for order in orders]
    return orders[np.abs(np.array(slopes) - sent).sum(axis=1).argmin()]


for name in ("smith", "garcia", "nguyen", "lee"):
    print("rebuilt:", rebuilt(letter_net.gradient(start, rows_of([name])), start))

# %% [markdown]
# Letter for letter, repeats included, from an update that contains no row of data. (In the first round. Later the
# chances are no longer alike, and a server has to work harder.) This is the small form of a known
# attack: from gradients of image models whole pictures have been rebuilt (Zhu and others 2019, *Deep Leakage from
# Gradients*, [arXiv 1906.08935](https://arxiv.org/abs/1906.08935); Geiping and others 2020, [arXiv
# 2003.14053](https://arxiv.org/abs/2003.14053)). An update from many rows mixes them, as ours from 20 steps on 64 rows
# each; our way of reading does not work there, and cleverer ones may.
#
# ### Clipping and noise
#
# The remedy with a theory behind it (*differential privacy*; for federated language models McMahan and others 2017,
# [arXiv 1710.06963](https://arxiv.org/abs/1710.06963)) has two parts. **Clip** each client's update, so that nobody
# counts for more than a fixed length. Then **add noise**, so that it can hardly be told whether any one took part.
# (There a trusted server adds the noise, to the average. Ours is not trusted, so each client adds it to its own
# update.)

# %% [markdown]
# ### Exercise 4 · Not longer than this
# ★☆☆ · 5 minutes · 1 point
#
# Return the update if its length (the root of the sum of squares) is at most `largest`; else the same direction with
# the length `largest`. No update is all zeros.


# %% exercise="clip_update"
def clip_update(update, largest):
    """The update, shortened where it is longer than allowed."""
    ...


check(clip_update)

# %% [markdown]
# Both at once: what does noise do to the attack, and what does it cost the model? `noise` is the standard deviation
# of what is added to each of the 1,339 numbers. We clip to a length of 1. (These are two kinds of update: the attack
# reads the gradient of one name, the worst case; the model learns from updates of 20 steps, as before.)


# %%
def with_noise(update, noise, rng):
    clipped = update * min(1, 1 / np.linalg.norm(update))
    return clipped + rng.normal(0, noise, len(update))


def names_rebuilt(noise):
    """Of 20 short names, how many can be read from their noisy gradient."""
    rng, right = np.random.default_rng(0), 0
    for name in rng.choice([name for name in FREQUENT if len(name) <= 5], 20):
        sent = with_noise(letter_net.gradient(start, rows_of([name])), noise, rng)
        right += rebuilt(sent, start) == name
    return right


# %%
def private(seed, noise, rounds=20):
    """Perplexity after federated averaging of clipped and noisy updates."""
    rng, (own, new) = np.random.default_rng(seed), clients(seed, "alike")
    parameters = letter_net.start(seed)
    for turn in range(rounds):
        updates = []
        for k, rows in enumerate(own):
            trained = letter_net.train(parameters, rows, 20, [seed, turn, k])
            updates.append(with_noise(trained - parameters, noise, rng))
        parameters = parameters + np.mean(updates, axis=0)
    return np.exp(letter_net.loss(parameters, new))


# %%
NOISES = [0, 0.01, 0.1, 0.3]
read = [names_rebuilt(noise) for noise in NOISES]
cost = [[private(seed, noise) for seed in range(2)] for noise in NOISES]

# %%
bare = [reached["alike", seed][3] for seed in range(2)]
lines = [("noise", "names rebuilt, of 20", "perplexity")]
lines.append(("not even clipped", "", f"≈ {bare[0]:.1f}, {bare[1]:.1f}"))
for noise, right, two in zip(NOISES, read, cost):
    lines.append((str(noise), f"≈ {right}", f"≈ {two[0]:.1f}, {two[1]:.1f}"))
print(aligned(lines))

# %% [markdown]
# Noise of 0.01 hides nothing: in the output's biases a letter stands out by about a sixth, and the order is chosen by
# a sum over 1,339 numbers, in which noise mostly cancels. At 0.1 the single biases cannot be read, so no name could be
# rebuilt in this way any more, and the model has paid a few per cent of perplexity, less than being alone costs. (A
# server with a list of surnames may skip the biases, and compare with the gradient of each name. That should stand more
# noise; we did not try.) At 0.3 it is worse than a client alone. With five clients the price is high, because the noise
# of five is averaged; with a thousand clients the same noise on each would be a fourteenth of that in the mean (the
# square root of 200). So it is a remedy for telephones by the million, and a dear one for five hospitals. And "could
# not be read in this way" is no guarantee: what the theory guarantees for a given noise has to be computed (Abadi and
# others 2016, [arXiv 1607.00133](https://arxiv.org/abs/1607.00133)).
#
# At scale: keyboards of telephones have been trained by federated averaging (Hard and others 2018, without noise,
# [arXiv 1811.03604](https://arxiv.org/abs/1811.03604)). There are ways to add up updates so that the server sees their
# sum and no single one (Bonawitz and others 2017, *Practical Secure Aggregation for Privacy-Preserving Machine
# Learning*). What makes it hard is told by Kairouz and others (2019, [arXiv
# 1912.04977](https://arxiv.org/abs/1912.04977)): clients that drop out, that differ more than ours, that lie. Who does
# it across organisations takes a library for it, such as **Flower** (Beutel and others 2020, [arXiv
# 2007.14390](https://arxiv.org/abs/2007.14390)).
#
# *(A good place for a break.)*

# %% [markdown]
# ## Capsules
#
# A unit says how *much* of something it sees, in one number. A **capsule** (Sabour, Frosst and Hinton 2017, *Dynamic
# Routing Between Capsules*, [arXiv 1710.09829](https://arxiv.org/abs/1710.09829)) answers with a vector: its
# direction says *how* the thing looks (slanted, thick, turned), its length how sure it is that the thing is there. For
# that the length has to stay below 1:
#
# $$\text{squash}(s) = \frac{\lVert s\rVert^2}{1 + \lVert s\rVert^2} \cdot \frac{s}{\lVert s\rVert}$$
#
# where $\lVert s\rVert$ is the length of $s$.

# %% [markdown]
# ### Exercise 5 · A length that is a probability
# ★☆☆ · 5 minutes · 1 point
#
# Write it. `s` is a vector of any size, not all zeros.


# %% exercise="squash"
def squash(s):
    """The vector in its direction, with a length below 1."""
    ...


check(squash)

# %% [markdown]
# Ours: 16 filters look at 4 × 4 pixels of a digit, at 3 × 3 places. (A **filter** is a unit with few inputs that is
# moved over the picture: the same 4 × 4 weights and one bias at each place.) These 144 numbers are read as 36 small
# capsules of 4 numbers, the *parts*. Each part predicts the vector of each of the ten digits, 8 numbers, by a matrix
# of its own. **Predict** the parameters: filters and biases first, then 36 × 10 matrices of 4 × 8.

# %%
predicted = 16 * 4 * 4 + 16 + 36 * 10 * 4 * 8
capsule_net, plain_net = capsules.Capsules(seed=0), capsules.Plain(seed=0)
print(f"predicted {predicted:,}, the net has {capsules.parameters(capsule_net):,}")
print(f"a plain net beside it: {capsules.parameters(plain_net):,}")

# %% [markdown]
# The **plain net** has the same filters, then a dense layer of 74 units with ReLU and ten outputs: as many parameters
# within half a per cent.
#
# How do 36 predictions become one vector? By **routing**: at first every part shares itself out evenly over the ten
# digits. Each digit adds up the predictions it gets. Then every part shifts its share to the digits where its
# prediction fits what the others said, and again. Nothing of this is learned: routing has no parameters, it is
# computed anew for each picture.

# %% [markdown]
# ### Exercise 6 · A round of routing
# ★★★ · 15 minutes · 3 points
#
# `predictions` has the shape (parts, digits, size), `agreed` (parts, digits). The **shares** are a softmax of
# `agreed` in each row. For each digit, add up the predictions of all parts, each times its share, and squash the sum:
# that is what was *found*. (A sum may be all zeros here, and stays so. Written as `s * length / (1 + length**2)` the
# squash divides by no zero.) Return a new `agreed`: to each entry is added the dot product of that part's prediction
# for the digit with what was found for it.


# %% exercise="routing_round"
def routing_round(predictions, agreed):
    """What is agreed after another round, shape (parts, digits)."""
    ...


check(routing_round)

# %% [markdown]
# By hand, three parts and two digits: parts 0 and 1 predict the same vector for digit 0, part 2 another one; for
# digit 1 all three disagree. **Predict** to which digit part 0 goes.

# %%
predictions = np.array([[[2.0, 0], [2, 0]], [[2, 0], [-1, 1]], [[0, 2.0], [-1, -1]]])
agreed = np.zeros((3, 2))
for _ in range(3):
    shares = np.exp(agreed) / np.exp(agreed).sum(axis=1, keepdims=True)
    sums = np.einsum("pd,pdb->db", shares, predictions)
    length = np.linalg.norm(sums, axis=1, keepdims=True)
    squashed = sums * length / (1 + length**2)
    agreed = agreed + np.einsum("pdb,db->pd", predictions, squashed)
print("shares in the third round\n" + str(shares.round(2)))

# %% [markdown]
# (`einsum` adds up products; `pd,pdb->db` says over which dimension: over `p`, the one that is missing behind the
# arrow.) Part 0, whose prediction for digit 0 has company, gives most of itself to it. So does part 2, though less:
# for digit 1 the three predictions cancel at first, so nothing is found there, and what is found for digit 0 points a
# little its way.
#
# Now the contest: 1,000 digits to learn from, the other 797 for the test, once upright and once turned. Neither net
# has ever seen a turned one. Capsules were made to know how a thing is turned: **predict** who keeps more.

# %%
images, digits = load_digits(return_X_y=True)
images = (images / 16).astype("float32").reshape(-1, 8, 8)
order = np.random.default_rng(0).permutation(len(images))
learn, judge = order[:1000], order[1000:]
ANGLES = [0, 15, 30, 45, 90]
views = [turned(images[judge], angle) for angle in ANGLES]

# %% tags=["hide-input"]
# @title Draws a digit at five angles
title = "One digit of the test, turned"
drawing, panels = plots.figure(title, columns=5, size=(8, 1.9))
for axes, view, angle in zip(panels, views, ANGLES):
    axes.imshow(view[3], cmap="Greys")
    axes.set_title(f"{angle}°", fontsize=10)
    axes.set_axis_off()
alt = "The same digit five times, upright at the left and lying at the right."
plots.show(drawing, alt)

# %% [markdown]
# Upright at the left, on its side at the right. Each net is trained three times.

# %%
nets = {
    "plain": lambda seed: capsules.Plain(seed),
    "capsules": lambda seed: capsules.Capsules(seed),
    "one round": lambda seed: capsules.Capsules(seed, rounds=1),
}
right_on = {}
bar = progress_bar(9, "trainings")
for name, make in nets.items():
    for seed in range(3):
        says = capsules.train(make(seed), images[learn], digits[learn], seed)
        right_on[name, seed] = [(says(view) == digits[judge]).mean() for view in views]
        bar.update(1)
bar.close()

# %%
lines = [("net", *[f"{angle}°" for angle in ANGLES])]
for name in nets:
    means = np.mean([right_on[name, seed] for seed in range(3)], axis=0)
    lines.append((name, *[f"≈ {mean:.2f}" for mean in means]))
print(aligned(lines))
upright = {name: [right_on[name, s][0] for s in range(3)] for name in nets}
for name, three in upright.items():
    print(f"{name:9} upright ≈ {min(three):.3f} to {max(three):.3f}")

# %% tags=["hide-input"]
# @title Draws accuracy against the angle
title = "Turned digits: both nets fall, and fall alike"
drawing, axes = plots.figure(title, x="turned by, degrees", y="test accuracy")
for name in nets:
    mean = np.mean([right_on[name, s] for s in range(3)], axis=0)
    axes.plot(ANGLES, mean, "o-", label=name)
axes.axhline(0.1, color=plots.GREY, linestyle="--", label="guessing")
axes.legend()
alt = "Three lines that fall together from nearly 1 at 0 degrees to below 0.5 at 30."
plots.show(drawing, alt)

# %% [markdown]
# The plain net is ahead upright, by a point or two, and both fall together as soon as the digits turn: at 30° both get
# less than half right, at 90° both are near guessing. (At 15° the plain net is
# some points ahead, at 90° the capsules.) We tuned neither; the capsules learn with the paper's own loss, and without
# its decoder, a second net that redraws the picture. So
# capsules **did not win here**, and the promise that they cope with turned things did not come true for turns that they
# never met. Routing itself did something: with one round, where every part shares itself out evenly, about a point is
# lost upright. It costs no parameters, but operations.
#
# At scale: on small handwritten digits capsules were level with the best in 2017, and with digits that were a little
# moved, turned or stretched the paper's network got 79% right where a plain one of about its size got 66%. On larger
# pictures they have not displaced plain nets (some came level: Tsai and others 2020, [arXiv
# 2002.04764](https://arxiv.org/abs/2002.04764)), and several kinds of routing have been found to do often worse than
# even or random shares (Paik and others 2019, *Capsule Networks Need an Improved Routing Algorithm*, [arXiv
# 1907.13327](https://arxiv.org/abs/1907.13327)). None of the language models that lesson 11 counts has any. What
# routing by agreement resembles is attention (lesson 10), which shares out by how well vectors fit, too, and has won.

# %% [markdown]
# ## Energy
#
# What does a parameter cost, in energy? Chips have been measured. Per operation, in **picojoules** (a millionth of a
# millionth of a joule; a joule lifts an apple by a metre), from Horowitz (2014, *Computing's Energy Problem (and what
# we can do about it)*, ISSCC; a chip of the 45-nanometre kind):
#
# | | pJ |
# |---|---:|
# | multiply two 32-bit floats | 3.7 |
# | add two 32-bit floats | 0.9 |
# | multiply two 16-bit floats | 1.1 |
# | add two 16-bit floats | 0.4 |
# | read 64 bits from memory | 1,300 to 2,600 |
#
# Half of a net's operations are multiplications and half additions, so we take their mean, and for memory the lower
# price. **Predict:** which costs more, to read a parameter of 32 bits or to compute with it once?

# %%
OPERATION = (3.7 + 0.9) / 2  # pJ, 32 bits
BYTE = 1300 / 8  # pJ, from memory
print(f"an operation {OPERATION:.1f} pJ, a byte {BYTE:.1f} pJ")
print(f"a parameter: to read {4 * BYTE:.0f} pJ, to use {2 * OPERATION:.1f} pJ")

# %% [markdown]
# To read it costs more than a hundred times as much as to use it. (Chips have become smaller since. In 7 nanometres
# arithmetic costs a third to a half of that. Ordinary memory costs the same, and the memory that is stacked beside the
# chip in expensive machines a quarter or so; Jouppi and others 2021, *Ten Lessons From Three Generations Shaped
# Google's TPUv4i*, ISCA. The gap is still there.) This holds for parameters that are too many to stay in the chip's own
# small memory. Now lesson 12's model:

# %% [markdown]
# ### Exercise 7 · The energy of an answer
# ★★☆ · 6 minutes · 2 points
#
# A model answers with `tokens` tokens, one after another. For each it reads all its `parameters` once from memory, of
# `bits` bits each, at 162.5 pJ a byte, and does two operations with each, at 2.3 pJ an operation. Return the
# **millijoules** (10⁻³ J; a picojoule is 10⁻¹² J).


# %% exercise="answer_millijoules"
def answer_millijoules(parameters, bits, tokens):
    """Millijoules of an answer, by operations and bytes."""
    ...


check(answer_millijoules)

# %% [markdown]
# The same with lesson 11's exact counts, for an answer of 30 tokens. (In 8 bits the arithmetic is still done in 32
# here.) All of this is an **estimate**: nobody has measured your chip.

# %%
smol = MODELS["SmolLM2 135M"].shape
lines = [("bits", "bytes read, J", "operations, J")]
for bits in (32, 8):
    read_joules = 30 * costs.weight_bytes(smol, bits) * BYTE / 1e12
    computed = 30 * costs.token_flops(smol, 30) * OPERATION / 1e12
    lines.append((str(bits), f"{read_joules:.2f}", f"{computed:.3f}"))
print(aligned(lines))

# %% [markdown]
# Nearly all of this estimate is *reading*, so 8 bits save nearly three quarters of it, though not one operation less
# is done. That is one reason why quantised models are cheaper to run, and why servers answer many people at once: a
# parameter that was read serves the whole batch.
#
# And the training of lesson 10: 15,552 parameters, 400 steps of 64 stories with 54 places. They fit into the chip's
# own memory, so we count operations alone, 6 for each parameter and token (lesson 11).

# %%
operations = 6 * 15_552 * 400 * 64 * 54
print(f"{operations:,} operations, {operations * OPERATION / 1e12:.2f} J")

# %% [markdown]
# Less than a joule? That is the price of the bare arithmetic. A processor also fetches instructions, moves numbers
# about, waits, and keeps its clock running. So measure. Many Linux machines have a **power counter** in the
# processor; where it may be read (mostly not in virtual machines, and not by everybody), the cell below uses it.
# Where not, it says so and *estimates*: seconds times 10 watts for a busy core, an assumption (processors of 65 to
# 400 watts with 8 to 96 cores take about 4 to 8 a core when all are busy; one alone takes more).


# %%
def measured(work):
    """Joules and seconds of some work, and whether they were counted or estimated."""
    before, start = joules(), time.perf_counter()
    work()
    seconds, after = time.perf_counter() - start, joules()
    if before is None or after is None or after < before:
        return 10 * seconds, seconds, "an estimate: seconds x 10 W"
    return after - before, seconds, "by the power counter"


# %% [markdown]
# We give it the letter net, 2,000 steps of 64 rows.


# %% tags=["nbval-ignore-output"]
def work():
    letter_net.train(letter_net.start(0), own[0], 2000, seed=0)


spent, seconds, how = measured(work)
bare = 6 * letter_net.PARAMETERS * 64 * 2000 * OPERATION / 1e12
print(f"{spent:.1f} J in {seconds:.1f} s ({how})")
print(f"the bare arithmetic: {bare:.4f} J, {spent / bare:,.0f} times less")

# %% [markdown]
# About a thousand times the bare arithmetic, or several thousand where more is going on. (We counted 6 operations for
# each parameter and row; it is even less, since a one-hot input only picks a row. And a power counter counts whatever
# else the processor does, but not the memory chips.) Small nets in Python pay for everything but their arithmetic. How
# far from it are large ones, on hardware made for them? What is published: hours of graphics cards (GPUs), the watts
# that one takes at the most, parameters, and the tokens of the training.

# %%
published = [
    ("Llama 2 7B", 184_320, 400, 6.74e9, 2.0e12),
    ("Llama 2 70B", 1_720_320, 400, 69.0e9, 2.0e12),
    ("Llama 3.1 8B", 1_460_000, 700, 8.03e9, 15e12),
    ("Llama 3.1 405B", 30_840_000, 700, 405.9e9, 15.6e12),
    ("BLOOM 176B", 1_082_990, 400, 176.2e9, 0.366e12),
]
lines = [("model", "GPU hours", "MWh", "pJ an operation")]
for name, hours, watts, parameters, tokens in published:
    each = hours * 3600 * watts / (6 * parameters * tokens) * 1e12
    lines.append((name, f"{hours:,}", f"{hours * watts / 1e6:,.0f}", f"{each:.1f}"))
print(aligned(lines))

# %% [markdown]
# (A watt is a joule a second, so a watt-hour is 3,600 joules, and a megawatt-hour, MWh, a million of these. Hours and
# watts: Touvron and others 2023, [arXiv 2307.09288](https://arxiv.org/abs/2307.09288), table 2; the model cards of
# Llama 3.1; Luccioni and others 2022, [arXiv 2211.02001](https://arxiv.org/abs/2211.02001), who multiply in
# the same way. The tokens of the 405B: [arXiv 2407.21783](https://arxiv.org/abs/2407.21783). Operations: 6 for each
# parameter and token. The rest of the data centre comes on top: in 2020 about 10 per cent in a very good one and
# nearly 60 in an average one; Patterson and others 2021, below.) A few picojoules an operation at the most, for
# everything a card does. The bare 16-bit arithmetic of the table above would be (1.1 + 0.4) / 2 = 0.75, and a third of
# that in 7 nanometres. So large trainings take some ten times their bare arithmetic (here 8 to 20 times), not
# thousands of times: each parameter that is read serves thousands of tokens. **In large trainings the bill grows with
# the operations; in answering one person it grows with the bytes.**
#
# For scale: GPT-3's training is put at 1,287 MWh (Patterson and others 2021, [arXiv
# 2104.10350](https://arxiv.org/abs/2104.10350)). A request to BLOOM took about 4 watt-hours in 2022 (Luccioni and
# others; the hours of waiting shared out over the requests), a median one to Google's Gemini 0.24 in 2025 by its
# makers' own count, which nobody outside can repeat (Elsworth and others, [arXiv
# 2508.15734](https://arxiv.org/abs/2508.15734)).
#
# ### Which parameters cost without earning?
#
# The plain net of the last section again, with 8 to 256 hidden units, three times each, for 12 epochs in place of 20.
# Energy: its bytes from memory, once an answer, and its operations. (Its parameters would fit into the chip's own
# memory. We count as if other work had pushed them out since the last answer. A filter is used at nine places, so it
# computes more than it weighs.) **Predict** where the accuracy stops growing.


# %%
def plain_microjoules(hidden):
    weights = 272 + 144 * hidden + hidden + 10 * hidden + 10
    operations = 2 * (9 * 16 * 16 + 144 * hidden + 10 * hidden)
    return weights, (4 * weights * BYTE + operations * OPERATION) / 1e6


WIDTHS, accuracy = [8, 16, 64, 256], {}
for hidden in WIDTHS:
    for seed in range(3):
        net = capsules.Plain(seed, hidden)
        says = capsules.train(net, images[learn], digits[learn], seed, epochs=12)
        accuracy[hidden, seed] = (says(images[judge]) == digits[judge]).mean()

# %%
lines = [("hidden", "parameters", "µJ an answer", "test accuracy")]
for hidden in WIDTHS:
    weights, energy = plain_microjoules(hidden)
    three = [accuracy[hidden, seed] for seed in range(3)]
    numbers = f"≈ {min(three):.2f} to {max(three):.2f}"
    lines.append((str(hidden), f"{weights:,}", f"{energy:.1f}", numbers))
print(aligned(lines))

# %% [markdown]
# With 8 hidden units much hangs on the start: the best of three is within a point or two of 16 units, the worst far
# behind. With 16 it hardly matters. From 64 to 256 the energy is four times as much, and what is gained is
# about what another start changes. **Those parameters cost without earning.** Others of the kind have been met: units
# that are dead (lesson 02), the second table of a small model that is not tied (lesson 06), heads that can be
# switched off unnoticed (lesson 12). Others cost nothing although they count: the experts that a token does not meet
# are stored and not read (lesson 11). The number of parameters alone is a poor measure of energy. How often they are
# *read* is a better one.

# %% [markdown]
# ## What you know now
#
# - Architecture search: the space decides more than the search. Evolution did not beat random draws at equal cost
#   here, and with ten times the data the plain net needs no search.
# - Federated averaging trains one model where the data lie, nearly as well as in one place. Each round
#   needs one common start.
# - An update can give a name away letter for letter; clipping and noise make that harder, at a price in accuracy.
# - Capsules answer with vectors and route them. At equal parameters the plain net was ahead on upright digits, and
#   turned ones felled both.
# - In answering one person, reading parameters costs far more energy than computing with them. In large trainings the
#   energy goes with the operations, at some ten times the price of their bare arithmetic.
#
# **Next:** [17 · Capstone](17_capstone.ipynb). The best model that you can build under a budget of parameters.
