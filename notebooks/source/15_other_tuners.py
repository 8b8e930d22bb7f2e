# %% [markdown]
# # 15 · Other tuners
#
# > **At the end you can** write a search with Optuna whose space depends on earlier answers, stop hopeless trials,
# > share a search among processes and bring it back when one of them dies, say who waits for whom in two kinds of
# > halving, train a real model with Hugging Face's Trainer and say what its arguments do, and compare tuners by numbers.
#
# Lesson 09 searched with KerasTuner. At work you will meet other programs for the same job, and people with firm
# opinions about them. Here they get the same question and the same budget, many times over, so that you can have
# an opinion with numbers in it.
#
# **Time:** about two hours, of which the computer needs three to five minutes. Good places for a break are before "Who
# waits for whom" and before "The Trainer".
# **You need:** lessons 01 to 09, and for the section on the Trainer lessons 12 and 13 and 4 GB of memory. The first
# cell that you run brings two more packages, Optuna and Ray, where they are missing: half a gigabyte on the disk, once.
# PyTorch and transformers come at the beginning of their own section: 0.9 GB. Both need a network for that.

# %%
from utils.extras import tuners

with tuners():  # installs what is missing
    import optuna
    import ray
    from ray import tune
    from ray.tune.schedulers import ASHAScheduler

# %%
from utils import cluster, halving, plots, race
from utils.checking import check
from utils.text import aligned

import inspect
import keras_tuner as kt
import numpy as np
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from types import SimpleNamespace

optuna.logging.set_verbosity(optuna.logging.WARNING)

# %% [markdown]
# ## The same question
#
# Lesson 09 guessed the next word of a story and asked for two hyperparameters: the units of a hidden layer, and the
# learning rate. It trained 6 numbers of units × 11 rates × 3 random starts, nine epochs each, and kept all
# losses in a table. After that each search could be tried many times, since a trial only had to look its losses up.
# `race.lesson_09_table` trains that table again. **Predict** its shape, with the epochs as its last axis.

# %%
table = race.lesson_09_table()
print("shape:", table.shape, " epochs trained:", f"{table.size:,}")
print("units:", race.UNITS)
print("rates:", race.RATES[0], "to", race.RATES[-1])

# %% [markdown]
# A search may train 144 epochs (Hyperband's brackets come out at 150), and is judged by the lowest validation loss
# that it has seen until then. Lesson 09 had the same rule, and here are its searches again, the first 12 of the 24 of
# a kind, so the means are not quite the same: `keras_tuner_search` has KerasTuner's own oracles choose. Keep their
# lines: everything below is compared with them. (The Bayesian one is left out, since its fits take a while; it ended
# where the others did.)

# %%
searches = {}
for kind, times in {"random": 12, "Hyperband": 12}.items():
    seeds = range(1, times + 1)
    found = [race.keras_tuner_search(kind, table, seed) for seed in seeds]
    searches[f"KerasTuner, {kind}"] = found


# %%
def report(name):
    found = searches[name]
    for budget in (48, 144):
        best = [race.best_within(trials, budget) for trials in found]
        worst = f"worst ≈ {np.max(best):.2f}"
        print(f"{name}: {budget} epochs, mean ≈ {np.mean(best):.2f}, {worst}")


for name in searches:
    report(name)

# %% [markdown]
# After a third of the budget Hyperband is ahead; at the end there is no difference that would matter. (Another
# random start of the *same* configuration brought one or two hundredths, said lesson 09. Keep that number too.)
#
# ## Optuna: the space is what you run
#
# **Optuna** (Akiba and others 2019, [arXiv 1907.10902](https://arxiv.org/abs/1907.10902)) turns lesson 09's idea
# round. You write no model builder but an **objective**: a function that takes a `trial`, asks it for values, does
# whatever it likes, and returns a number. A **study** calls it, as often as you say.


# %%
def square(trial):
    x = trial.suggest_float("x", -3, 3)
    return (x - 1) ** 2


study = optuna.create_study(sampler=optuna.samplers.TPESampler(seed=0))
study.optimize(square, n_trials=30)
print(f"x ≈ {study.best_params['x']:.1f}, best value {study.best_value:.2f}")

# %% [markdown]
# Nobody declared a space. It is known only by running the function, trial after trial: Akiba and his colleagues call
# that **define-by-run**. KerasTuner's `hp` is much like it, but keeps for each name the range that it noted first. The
# difference counts when a *range* depends on an earlier answer. Say that a net for our stories, 201 inputs and 67
# outputs, shall have two hidden layers and **at most 5,000 parameters**. How wide may the second layer be? That depends
# on the first.

# %% [markdown]
# ### Exercise 1 · What the budget leaves
# ★★☆ · 8 minutes · 2 points
#
# `inputs` numbers go into a dense layer of `first` units, these into a second one, and these into a third with
# `outputs` units; all have biases. What is the largest width of the second layer with which the three together have
# at most `budget` parameters? (0 where not even one unit fits.)


# %% exercise="largest_second"
def largest_second(budget, inputs, first, outputs):
    """The largest width of the second layer that stays within the budget."""
    ...


check(largest_second)

# %% [markdown]
# With that, the second range ends where the budget does. **Predict** how many of 200 drawn nets have more than 5,000
# parameters: with a space whose second range always reaches to 64, and with one that depends on the first answer.


# %%
def parameters(first, second):
    return 201 * first + first + first * second + second + 67 * second + 67


def fixed(trial):
    first = trial.suggest_int("first", 4, 20)
    return parameters(first, trial.suggest_int("second", 1, 64))


def by_run(trial):
    first = trial.suggest_int("first", 4, 20)
    most = (5_000 - 202 * first - 67) // (first + 68)
    return parameters(first, trial.suggest_int("second", 1, most))


# %%
for objective in (fixed, by_run):
    study = optuna.create_study(sampler=optuna.samplers.RandomSampler(seed=1))
    study.optimize(objective, n_trials=200)
    over = sum(trial.value > 5_000 for trial in study.trials)
    print(f"{objective.__name__:7} over the budget: {over} of 200")

# %% [markdown]
# The fixed space wastes about half of its trials (which of them are over is chance): a table of ranges has no place
# for "as many as are left". A function has. (There is a way round, with any tuner: search a *share* between 0 and 1,
# and give the second layer that share of what is left. The price of the function: before it has run, nobody can say
# how large the space is. A grid cannot be written down beforehand; Optuna's `BruteForceSampler` finds out as it goes
# what there is to try.)

# %% [markdown]
# ## How TPE chooses
#
# What chooses the values is called a **sampler**. Optuna's usual one is **TPE**, the *tree-structured Parzen estimator*
# (Bergstra and others 2011, *Algorithms for hyper-parameter optimization*, NeurIPS 24). It does not guess the loss at
# each place. It sorts the trials so far by their loss, calls the first few **good** and the rest **bad**, and lays a
# small bell over each trial's value. The mean of the good ones' bells is one curve, that of the bad ones' another.
# (Such a mean of bells is a Parzen estimator. "Tree-structured" says that some questions may come only after certain
# answers.) Then it draws some candidates where the good curve is high, and takes the one where good / bad is
# **largest**. Here it is for the learning rate alone: 30 random trials, of which we call the best six good.

# %%
rng = np.random.default_rng(0)
tried = rng.integers(0, 11, 30)  # places in the list of rates
losses = table[rng.integers(0, 6, 30), tried, 0].min(axis=1)
order = np.argsort(losses)
good, bad = tried[order[:6]], tried[order[6:]]
print("good:", sorted(int(k) for k in good))
print("bad: ", sorted(int(k) for k in bad))


# %%
def bells(x, centres, width=1.0):
    """The mean of bells over the centres, at each x."""
    return np.exp(-(((x[:, None] - centres) / width) ** 2) / 2).mean(axis=1)


# %% tags=["hide-input"]
# @title Draw the two curves and their ratio
x = np.linspace(0, 10, 201)
drawing, axes = plots.figure(
    "TPE looks where good trials are dense and bad ones are not",
    x="place in the list of learning rates",
    y="height",
)
ratio = bells(x, good) / bells(x, bad)
lines = {
    "good": bells(x, good),
    "bad": bells(x, bad),
    "good / bad, divided by 5": ratio / 5,
}
plots.curves(axes, {name: (x, line) for name, line in lines.items()})
plots.show(
    drawing,
    "Three curves over the eleven learning rates. The one of the bad trials is broad, "
    "that of the good ones is a hill. Their ratio is highest at "
    f"≈ {x[ratio.argmax()]:.1f}.",
)

# %% [markdown]
# The bad trials lie everywhere, the good ones on a hill. The ratio, drawn at a fifth of its height, is what decides.
# Here it looks much like the good curve, since the bad one is almost level; were there more bad trials on one side of
# the hill, it would lean to the other. (Optuna does more than that. Its **first ten trials are random**. After that a
# tenth of the trials are good, at most 25. A trial's bell lies over all hyperparameters at once, and its widths depend
# on how far apart its neighbours are. One very broad bell is always added, so that no place is ever ruled out.)

# %% [markdown]
# ### Exercise 2 · Where TPE looks next
# ★★★ · 12 minutes · 3 points
#
# `good` and `bad` are lists of values that were tried. A curve's height at x is the mean, over its trials c, of
# exp(−((x − c) / width)² / 2). Return the candidate at which good / bad is largest. (`np.exp` is the exponential.)


# %% exercise="tpe_pick"
def tpe_pick(candidates, good, bad, width):
    """The candidate where the good curve is highest, compared with the bad one."""
    ...


check(tpe_pick)

# %% [markdown]
# ## Stop what does not get anywhere
#
# An objective may **report** on its way, and ask whether it should go on. What answers is called a **pruner**. (A
# word that means something else in lesson 14: there weights are cut off, here trials.) Optuna's simplest one looks at
# the earlier trials that were trained to their end, and at the losses that they had at the same epoch. It stops a trial
# whose best loss so far is worse than the median of these, the middle one.

# %% [markdown]
# ### Exercise 3 · Worse than the middle one
# ★★☆ · 8 minutes · 2 points
#
# `losses` are this trial's losses after each of its epochs so far. `others` is a list of such lists, one for each
# earlier trial, none of them shorter. Return True if this trial is to be stopped: if its **best** loss so far is
# higher than the median of the others' losses at the epoch that it has reached. (Of an even number of losses the
# median is the mean of the two in the middle.)


# %% exercise="median_stops"
def median_stops(others, losses):
    """Whether the trial is worse than half of the others were at this epoch."""
    ...


check(median_stops)

# %% [markdown]
# Now lesson 09's question. The objective asks for two places in the table, and reports each epoch's loss. If the pruner
# says so, it ends the trial there: `raise optuna.TrialPruned` tells the study that this was no accident. What a stopped
# trial has cost and seen counts all the same.


# %%
def objective(trial):
    units, rate = trial.suggest_int("units", 0, 5), trial.suggest_int("rate", 0, 10)
    losses = table[units, rate, trial.study.user_attrs["start"]]
    for epoch, loss in enumerate(losses, 1):
        trial.report(loss, epoch)
        if trial.should_prune():
            raise optuna.TrialPruned
    return losses.min()


# %%
def epochs_of(study):
    trials = study.get_trials(deepcopy=False)
    return sum(len(trial.intermediate_values) for trial in trials)


def optuna_search(seed, pruner):
    sampler = optuna.samplers.TPESampler(seed=seed)
    study = optuna.create_study(sampler=sampler, pruner=pruner)
    study.set_user_attr("start", seed % 3)
    while epochs_of(study) < 144:
        study.optimize(objective, n_trials=1)
    return study


# %% [markdown]
# Three ways: nobody is stopped; the median decides, once four trials have come to their end; and successive halving
# (lesson 09), but without waiting for a round to be complete: a trial passes epoch 1 only if it is among the best third
# of those that have come so far, and epoch 3 likewise. **Predict** how many trials each begins for its 144 epochs.
# Without a pruner that is 144 / 9.

# %%
halved = optuna.pruners.SuccessiveHalvingPruner(min_resource=1, reduction_factor=3)
pruners = {"all": optuna.pruners.NopPruner(), "halving": halved}
pruners["median"] = optuna.pruners.MedianPruner(n_startup_trials=4)
studies = {
    name: [optuna_search(seed, pruner) for seed in range(1, 13)]
    for name, pruner in pruners.items()
}

# %% tags=["hide-input"]
# @title Trials and losses of the three
for name, found in studies.items():
    searches[f"Optuna, TPE, {name}"] = [
        [(len(v), min(v)) for t in s.trials if (v := t.intermediate_values.values())]
        for s in found
    ]
    print(f"≈ {np.mean([len(study.trials) for study in found]):.0f} trials a search")
    report(f"Optuna, TPE, {name}")

# %% [markdown]
# Stopping buys trials: two to three times as many for the same money. After 48 epochs that helps, as it helped
# Hyperband. (Whoever stops nobody has five trials by then, and TPE's first ten are random: up to there it *is* a random
# search, and how its mean differs from KerasTuner's is luck.) At the end of the budget the means are where KerasTuner's
# were, within the hundredth or two that a random start is worth. **A tie**, again: this space is too easy to tell good
# searches from each other, once they have time.
#
# ## What the study knows
#
# Optuna draws its own plots, with Matplotlib where one asks for that. One of them, for the first search that stops
# nobody: a **slice** for each hyperparameter, a dot for each trial, darker the later it was.

# %% tags=["hide-input"]
# @title Optuna's own slices
import matplotlib.pyplot as plt
import warnings

with warnings.catch_warnings(), plt.rc_context():  # it would leave its own style behind
    warnings.simplefilter("ignore")  # it calls this part of it experimental
    panels = optuna.visualization.matplotlib.plot_slice(studies["all"][0])
drawing = panels[0].figure
plt.close(drawing)  # or it would be shown twice
drawing.suptitle("Later trials, the darker ones, gather where the loss is low")
drawing.set_size_inches(8, 3.6)
drawing.set_layout_engine("constrained")
plots.show(
    drawing,
    "Two panels, rate and units against the objective value. The loss is high at the "
    "left of the rates and low from their middle on, and the darkest dots are low.",
)

# %% [markdown]
# To the right is the place in the list (of 11 rates, of 6 numbers of units), upwards the loss; dark dots came later.
# In the left panel the darkest have moved to where the loss is low. (Of the 16, TPE chose the last six. The last three
# are the same configuration, so that their dots hide one another.) How much does each of the two matter? Optuna has
# several measures of **importance**. We take fANOVA (Hutter and others 2014, ICML 31), which has to be asked for by
# name. It fits many decision trees to the trials, chains of questions such as "rate below 4?" that end in a loss, and
# says how much of the loss's ups and downs each hyperparameter explains *alone*; the shares are made to add up to 1.
# From 60 random trials:

# %%
sampler, pruner = optuna.samplers.RandomSampler(seed=3), pruners["all"]
study = optuna.create_study(sampler=sampler, pruner=pruner)
study.set_user_attr("start", 0)
study.optimize(objective, n_trials=60)

# %%
evaluator = optuna.importance.FanovaImportanceEvaluator(seed=0)
shares = optuna.importance.get_param_importances(study, evaluator=evaluator)
print("most important:", max(shares, key=shares.get))
print(f"its share ≈ {max(shares.values()):.2f}")

# %% [markdown]
# The learning rate, by far, as lesson 09's map showed. (Such a share is one of *this space*. On that map the rates from
# 0.01 to 0.1 are almost alike, and two units are far worse than eight: with those rates only, the units would be what
# matters. Whoever reports importances has to report the ranges with them.)
#
# ## A study that others can join
#
# So far a study lived in memory. Given an address of a database, it is kept there, and **any process that knows the
# address and the name can join**. The smallest database is SQLite, a file. For a test, a script of nine lines; one of
# them sleeps for half a second, in place of a training.

# %%
SCRIPT = """import os, sys, time, numpy as np, optuna
optuna.logging.set_verbosity(optuna.logging.ERROR)

def objective(trial):
    units, rate = trial.suggest_int("units", 0, 5), trial.suggest_int("rate", 0, 10)
    trial.set_user_attr("process", os.getpid())
    time.sleep(0.5)
    return np.load(sys.argv[2])[units, rate, 0].min()

study = optuna.load_study(study_name="shared", storage=sys.argv[1])
study.optimize(objective, n_trials=int(sys.argv[3]))
"""

# %%
folder = Path(tempfile.mkdtemp())
(folder / "search.py").write_text(SCRIPT)
np.save(folder / "table.npy", table)
address = f"sqlite:///{folder / 'study.db'}"
study = optuna.create_study(study_name="shared", storage=address)


# %%
def start(trials):
    """A process of its own that joins the study."""
    words = [folder / "search.py", address, folder / "table.npy", str(trials)]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    return subprocess.Popen([sys.executable, *words], **quiet)


def states():
    names = [trial.state.name for trial in study.get_trials()]
    return {name: names.count(name) for name in sorted(set(names))}


# %% [markdown]
# One process starts, and is killed in the middle of its fourth trial. **Predict** what the file says then.

# %%
first = start(trials=8)
while len(study.get_trials()) < 4:
    time.sleep(0.05)
first.kill()
first.wait()
print(states())

# %% [markdown]
# Three are complete and safe. The fourth is noted as *running*, and will be for ever: the dead do not report. (For long
# searches there is `RDBStorage(..., heartbeat_interval=60)`: processes then say regularly that they live, and a trial
# whose process has gone quiet is marked as failed, and can be tried again.) Now two processes join at the same time,
# for four trials each.

# %%
both = [start(trials=4), start(trials=4)]
for process in both:
    process.wait()
print(states())
workers = [trial.user_attrs.get("process") for trial in study.get_trials()]
print("trials of the two that came later:", [workers.count(p.pid) for p in both])

# %% [markdown]
# Nobody was chief (lesson 09): the database is the meeting place. For many machines one takes a database with a server,
# PostgreSQL or MySQL. Each machine needs a driver for it, a package; in the script only the address changes:
# `postgresql://...` in place of `sqlite:///...`. Two warnings. Two processes that write now and then get on with SQLite
# here, but Optuna's documentation recommends it for **no** parallel search, and on a network drive it may break.
# (Optuna's own file for several processes is `JournalStorage`.) And what is kept are *trials*, not models: an objective
# that is to survive in the middle of a training has to save its own **checkpoints**, files with the weights and the
# epoch, from which it can go on.

# %% [markdown]
# ### Exercise 4 · What a death costs
# ★☆☆ · 5 minutes · 1 point
#
# A trial of `epochs` epochs saves a checkpoint after every `every` of them. It dies once, after `dies_after` whole
# epochs (and after saving, if one was due). Then it goes on to its end from the last checkpoint, or from the beginning
# if there is none. How many epochs are computed in all, before the death and after it?


# %% exercise="epochs_computed"
def epochs_computed(epochs, every, dies_after):
    """The epochs that are computed, those that are computed twice counted twice."""
    ...


check(epochs_computed)

# %% [markdown]
# *(A good place for a break.)*
#
# ## Who waits for whom
#
# Halving as lesson 09 did it goes in rounds, here called **rungs**: all trials of a rung have to end before the best
# third of them can go on. With one worker nobody minds. With many, the fast ones stand around until the slowest is
# done, and most have nothing to do when few trials are left. **ASHA** (asynchronous successive halving; Li and others
# 2020, *A system for massively parallel hyperparameter tuning*, [arXiv 1810.05934](https://arxiv.org/abs/1810.05934))
# drops the waiting: whenever a worker is free, it looks, from the highest rung down, whether some trial is among the
# best third of those that have finished its rung **so far**, and takes it on; if there is none, it begins a new one.

# %% [markdown]
# ### Exercise 5 · Who may go on now?
# ★★★ · 10 minutes · 3 points
#
# `losses` are those of the trials that have finished a rung so far, all different. `promoted` are the places in that
# list of the trials that have gone on already. The best len(losses) / factor, rounded down, may go on. Return the
# places of those that may and have not, in ascending order.


# %% exercise="may_go_on"
def may_go_on(losses, promoted, factor):
    """The places of the trials that may go on now."""
    ...


check(may_go_on)

# %% [markdown]
# Here are both on four workers, on a clock that only counts. Nine trials of the table, for 1, 3 and 9 epochs; every
# fifth is **six times slower** than the others (a larger model, a busier machine). Asynchronous halving may begin more
# trials, as long as the other one is not finished yet.


# %%
def contest(seed, workers=4, trials=9):
    """The jobs of both kinds, and the time at which the first is done."""
    rng = np.random.default_rng(seed)
    units, rates = rng.integers(0, 6, 200), rng.integers(0, 11, 200)
    losses = table[units, rates, seed % 3][:, [0, 2, 8]]
    seconds = np.where(np.arange(200) % 5 == 2, 6.0, 1.0)
    waiting = halving.in_step(losses[:trials], seconds, workers)
    end = max(job.end for job in waiting)
    return waiting, halving.as_they_come(losses, seconds, workers, end), end


waiting, coming, end = contest(seed=1)

# %% tags=["hide-input"]
# @title Draw who works and who waits
title = "White is waiting: in step, for slow trials and for want of trials"
drawing, panels = plots.figure(title, x="clock", columns=2, size=(10, 3))
for axes, (name, jobs) in zip(
    panels, {"in step": waiting, "as they come": coming}.items()
):
    halving.draw_workers(axes, jobs)
    axes.set(title=name, xlim=(0, end))
plots.show(
    drawing,
    "Two charts with a row for each of four workers and a bar for each "
    "stretch of training. Left: white gaps before each rung, and three workers with "
    "nothing to do while the last trial trains. Right: no gaps.",
)

# %% [markdown]
# A row is a worker, a bar a stretch of training (a long one has its trial's number); light blue goes to epoch 1, dark
# blue to 3, orange to 9. At the right nothing is white. At the left the white has two causes: workers wait for a slow
# trial, and in the later rungs there are fewer trials than workers. The second is there without any slow trial: nine
# equally fast ones need 3, 2 and 6 units of the clock for the three rungs, so 11 · 4 = 44 of four workers, and only
# 9 + 6 + 6 = 21 of these are work. So 23 of 44 are waiting, 52%. Now over 50 contests with slow trials in them:
# **predict** how much of the workers' time is waiting, and how many trials each kind has begun by the end.

# %% tags=["hide-input"]
# @title Fifty contests
rows = []
for seed in range(50):
    waiting, coming, end = contest(seed)
    for jobs in (waiting, coming):
        begun = len({job.trial for job in jobs})
        rows.append((halving.idle(jobs, 4, end), begun))
means = np.array(rows).reshape(50, 2, 2).mean(axis=0)
for name, (idle, begun) in zip(("in step", "as they come"), means):
    print(f"{name:12}: waiting ≈ {max(idle, 0):.0%}, trials begun ≈ {begun:.0f}")

# %% [markdown]
# So most of the waiting would be there without any slow trial. Asynchronous halving has neither kind: whoever is free
# begins another trial. (Programs for Hyperband, KerasTuner's too, fill such gaps with trials of the next bracket;
# only the last bracket then waits.) What does it pay? It decides before all the facts are in. The first trial that
# happens to be best of three goes on, though a better one might have come fourth. Over many trials that is cheap, as
# the paper argues; with a handful it can send the wrong one up.
#
# ## Ray's own scheduler
#
# **Ray Tune** (Liaw and others 2018, [arXiv 1807.05118](https://arxiv.org/abs/1807.05118)) is a tuner built on Ray, a
# program that runs functions on many processes and machines (Moritz and others 2018, [arXiv
# 1712.05889](https://arxiv.org/abs/1712.05889)). What decides who goes on is a **scheduler**. First, as lesson 09 took
# KerasTuner's oracles alone, we take Ray's `ASHAScheduler` alone, since that can be repeated exactly: two trials run
# side by side, an epoch of one, an epoch of the other, and after each epoch it says `CONTINUE` or `STOP`. (A
# `SimpleNamespace` is an object with the fields that one names; here it stands for a trial.)


# %%
def asha():
    rungs = {"time_attr": "epoch", "grace_period": 1, "max_t": 9}
    return ASHAScheduler(metric="loss", mode="min", reduction_factor=3, **rungs)


def begin(scheduler, rng, number, start):
    row = table[rng.integers(6), rng.integers(11), start]
    trial = SimpleNamespace(trial_id=str(number), row=row, epoch=0)
    scheduler.on_trial_add(None, trial)
    return trial


# %%
def ray_search(seed):
    scheduler, rng = asha(), np.random.default_rng(seed)
    running, finished = [], []
    for spent in range(144):
        while len(running) < 2:
            number = len(finished) + len(running)
            running.append(begin(scheduler, rng, number, seed % 3))
        trial = running.pop(0)
        trial.epoch += 1
        seen = {"epoch": trial.epoch, "loss": trial.row[trial.epoch - 1]}
        goes_on = scheduler.on_trial_result(None, trial, seen) == "CONTINUE"
        (running if goes_on else finished).append(trial)
    return [(t.epoch, t.row[: t.epoch].min()) for t in [*finished, *running] if t.epoch]


# %% [markdown]
# **Predict** how many trials it begins for 144 epochs, beside Optuna's halving: both draw a new trial for each that is
# stopped after one epoch.

# %%
searches["Ray, ASHA"] = [ray_search(seed) for seed in range(1, 13)]
number = np.mean([len(trials) for trials in searches["Ray, ASHA"]])
print(f"≈ {number:.0f} trials a search")
report("Ray, ASHA")

# %% [markdown]
# By hand: one random trial in three passes epoch 1, one in nine epoch 3. So a trial costs 1 + 2/3 + 6/9 epochs,
# about 2.3, and 144 epochs pay for about 62. It begins fewer, since the first at a rung pass easily. Optuna's halving
# began fewer still, probably because TPE's later trials are better than its earlier ones and more of them pass.
#
# The configurations here are drawn at random, and still it keeps up with a sampler that learns: trials that give
# themselves away after one epoch are what halving lives on, whoever chooses them. (Ray's scheduler is a variant of the
# paper's, and so is Optuna's pruner. They never go back to a trial that was left behind: at each rung a trial goes on
# at once, if it is among the best third so far, or is stopped for good.) Two prices. With several workers, who is among
# the best *so far* depends on who was quick, so **such a search cannot be repeated exactly**, whatever seed one sets.
# And it pays only where a first epoch says something about the ninth.

# %% [markdown]
# ## On a real cluster
#
# Now all of Ray. A cluster is several machines that work as one; a small one fits into this machine. Ray starts
# a handful of processes that keep the books, and a worker, a process too, for whatever is to run at the same time.
# `cluster.start` is Ray's own `ray.init(num_cpus=2)`; around it, it takes care that Ray stays silent and can be reached
# from this machine only (`utils/cluster.py`). It takes seconds, on a busy machine half a minute.

# %%
cluster.start(num_cpus=2)
print("processors:", int(ray.cluster_resources()["CPU"]))

# %% [markdown]
# A trial is a function once more, but one that **reports**: after each epoch `tune.report` hands a dictionary to the
# scheduler. If that says stop, the function does not come back from there. Our function looks its losses up, and sleeps
# a little in place of each epoch's training. The trials are 24 that the scheduler alone would have met, too: the first
# of seed 1.


# %%
def trial(config):
    units, rate = config["place"]
    for epoch, loss in enumerate(table[units, rate, 1], 1):
        time.sleep(0.05)
        tune.report({"epoch": epoch, "loss": float(loss)})


rng = np.random.default_rng(1)
places = [(int(rng.integers(6)), int(rng.integers(11))) for _ in range(24)]

# %% [markdown]
# A `Tuner` puts it together. The space comes first: `grid_search` asks for each place of our list, where `tune.randint`
# or `tune.loguniform` would draw. The `TuneConfig` says how to search; `reuse_actors` lets a worker that has finished
# one trial take the next (else each trial gets a new process). The `RunConfig` says where to keep the files, and what is
# to be printed: nothing. (Lesson 16 explains Ray's own word for such a worker.)


# %%
store = Path(tempfile.mkdtemp())
by_two = {"max_concurrent_trials": 2, "reuse_actors": True}
silent = {"verbose": 0, "progress_reporter": tune.CLIReporter()}


def tuner(function, space, name, scheduler=None, callbacks=None):
    how = tune.TuneConfig(scheduler=scheduler, **by_two)
    files = {"name": name, "storage_path": str(store), **silent}
    again = tune.FailureConfig(max_failures=1)
    where = tune.RunConfig(failure_config=again, callbacks=callbacks, **files)
    return tune.Tuner(function, param_space=space, tune_config=how, run_config=where)


# %%
begin_at = time.perf_counter()
results = tuner(trial, {"place": tune.grid_search(places)}, "halved", asha()).fit()
seconds = time.perf_counter() - begin_at
print(f"{len(results)} trials, {results.num_errors} failed")

# %% [markdown]
# **Predict** how the 24 are shared by two workers, how many were stopped after one epoch, and how many of the 24 · 9 =
# 216 epochs were computed. (Your numbers will differ a little from those stored here, and from your own of the next
# time.)

# %% tags=["nbval-ignore-output"]
seen = [result.metrics for result in results]
by_whom = Counter(metrics["pid"] for metrics in seen)
print("trials of each worker:", sorted(by_whom.values()))
lengths = Counter(metrics["epoch"] for metrics in seen)
print("trials by their epochs:", dict(sorted(lengths.items())))
print(f"{sum(metrics['epoch'] for metrics in seen)} epochs in {seconds:.0f} seconds")

# %% [markdown]
# Less than a third of the epochs was computed, as in the search replayed above, and nobody waited for a rung. The
# two workers need not have had the same number of trials: who was free took the next. The seconds are mostly Ray's
# own: the epochs themselves took each worker one or two. A first worker is there after some seconds,
# a second one a little later, since each loads Ray and what it needs before its first trial. (A busy machine may not
# even get to the second worker before the first has done all trials.)
#
# ### A trial that dies
#
# A worker can be killed: the memory is full, somebody trips over a cable, the cheap rented machine is wanted back. For
# that, a trial saves a checkpoint: it writes what it needs into a folder and hands that over with its report. Ours
# needs only the number of its epoch; a real one saves its weights, too. Every second epoch:


# %%
def saved_epoch():
    """The epoch of the trial's last checkpoint; 0 where there is none."""
    checkpoint = tune.get_checkpoint()
    if checkpoint is None:
        return 0
    with checkpoint.as_directory() as folder:
        return int(Path(folder, "epoch.txt").read_text())


def tell(epoch, loss):
    """Reports an epoch, every second one with a checkpoint."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "epoch.txt").write_text(str(epoch))
        saved = None if epoch % 2 else tune.Checkpoint.from_directory(folder)
        tune.report({"epoch": epoch, "loss": float(loss)}, checkpoint=saved)


# %% [markdown]
# The trial begins behind its last checkpoint, and writes a line into a file for each epoch that it really computes. One
# of them shall die after five whole epochs, at its first attempt: `os._exit` ends a process on the spot, with no
# goodbye to anybody.


# %%
def careful(config):
    before = saved_epoch()
    for epoch in range(before + 1, 10):
        if epoch == config.get("dies_before") and not before:
            os._exit(1)
        time.sleep(0.05)
        with open(store / "computed.txt", "a") as file:
            file.write(f"{config['number']} {epoch}\n")
        tell(epoch, table[config["number"], 5, 0, epoch - 1])


def computed():
    """The epochs that each trial has computed since the last time we looked."""
    file, epochs = store / "computed.txt", {}
    for line in file.read_text().splitlines():
        number, epoch = map(int, line.split())
        epochs.setdefault(number, []).append(epoch)
    file.unlink()
    return dict(sorted(epochs.items()))


# %% [markdown]
# `FailureConfig(max_failures=1)` above says that a trial may die once; then Ray tries it again in a new process, from
# its last checkpoint. **Predict** the list of the epochs that trial 0 computes, and how many there are. (Exercise 4 has
# the rule.)

# %%
space = {"number": tune.grid_search([0]), "dies_before": 6}
results = tuner(careful, space, "dies").fit()
print("trial 0 computed", computed()[0])
print("failed for good:", results.num_errors)
print("its last epoch:", results[0].metrics["epoch"])

# %% [markdown]
# Five epochs, then death; epoch 5 had been reported, but the last checkpoint was of epoch 4, and so the fifth was
# computed once more: ten in all. Optuna above knew of the dead one only that it was still "running". Here somebody
# watches the workers. Without checkpoints a trial that dies once begins at 1 again: 14 epochs in all. (Ours would die
# a second time, and fail for good: it knows its second attempt by its checkpoint.)
#
# ### Stopped and restored
#
# And when not a worker ends but the *search*: you press stop, or close the laptop? Ray Tune keeps the state of a search
# in its folder. Six trials now, and a callback that presses the notebook's stop button, by sending the signal that the
# button sends, as soon as three are complete.


# %%
class StopButton(tune.Callback):
    """Notes each trial that is complete; after the third it presses the button."""

    def on_trial_complete(self, **news):
        with open(store / "complete.txt", "a") as file:
            file.write(f"{news['trial'].config['number']}\n")
        if len((store / "complete.txt").read_text().split()) == 3:
            signal.raise_signal(signal.SIGINT)


six = {"number": tune.grid_search(list(range(6)))}
(store / "complete.txt").unlink(missing_ok=True)
tuner(careful, six, "stopped", callbacks=[StopButton()]).fit()
finished = [int(line) for line in (store / "complete.txt").read_text().split()]
print(f"complete when it was stopped: {len(finished)} of 6")

# %% [markdown]
# `Tuner.restore` reads the folder (the function has to be given again, since functions are not kept), and `fit` goes on
# with what was not complete. **Predict** how many epochs of the three complete trials are computed again, and about how
# many are computed in all, before and after, for 6 · 9 = 54 that were needed.

# %%
before = computed()
results = tune.Tuner.restore(str(store / "stopped"), careful).fit()
after = computed()
again = sum(len(after.get(number, [])) for number in finished)
print(f"epochs of complete trials that were computed again: {again}")
print("at epoch 9:", sum(result.metrics["epoch"] == 9 for result in results), "of 6")

# %% tags=["nbval-ignore-output"]
total = sum(len(epochs) for part in (before, after) for epochs in part.values())
print(f"computed in all: {total} epochs")

# %% [markdown]
# Nothing that was complete is computed again. The trial that was running went on behind its last checkpoint, and what
# it had done since then was done twice; those that had not begun began. That is what such a tuner is bought for. What
# does it cost by itself? Sixteen trials, each nothing but a look-up.


# %%
def by_ray_tune():
    def objective(config):
        losses = table[config["units"], config["rate"], 0]
        tune.report({"loss": float(losses.min())})

    space = {"units": tune.randint(0, 6), "rate": tune.randint(0, 11)}
    how = tune.TuneConfig(num_samples=16, **by_two)
    where = tune.RunConfig(storage_path=str(store), **silent)
    tune.Tuner(objective, param_space=space, tune_config=how, run_config=where).fit()


# %% tags=["nbval-ignore-output"]
begin_at = time.perf_counter()
by_ray_tune()
ray_each = (time.perf_counter() - begin_at) / 16
print(f"by_ray_tune: {1000 * ray_each:.0f} ms a trial")

# %%
cluster.stop()

# %% [markdown]
# Most of that is the start of workers, once a search; a trial with a new process of its own (without `reuse_actors`)
# pays seconds. Where trials take minutes nobody notices. (`cluster.stop` is `ray.shutdown`: all processes are gone.)
#
# ### On many machines
#
# On one machine of a real cluster somebody types `ray start --head`, on the others `ray start --address=` and the
# first one's address. The script is then started on *one* of them, with **one line changed** and one place named (and
# without our `max_concurrent_trials=2`, which would hold the search at two trials however many machines there are):
#
# ```python
# ray.init(address="auto")  # in place of ray.init(num_cpus=2), our cluster.start(num_cpus=2)
# storage_path="/shared/searches"  # or "s3://...": a place that all machines can reach
# ```
#
# The trials are then sent to whichever machine has a processor free; checkpoints go to the shared place, so that a
# trial whose machine has died can go on upon another. (Ours writes `computed.txt` beside them; that would have to be
# there, too. All machines need the same packages. The functions themselves travel, with the table that they use. And
# guard it as lesson 09's chief: whoever reaches its ports can run programs, unless all share one `RAY_AUTH_TOKEN`.)

# %% [markdown]
# *(A good place for a break.)*
#
# ## The Trainer: the real model in PyTorch
#
# Most fine-tuning that you will read about is written with one class that is no tuner by itself: the **Trainer** of
# [transformers](https://huggingface.co/docs/transformers/main_classes/trainer), the library of Hugging Face, where most
# open models are published. It computes with PyTorch, and it takes more than a hundred arguments. You have
# built what the important ones do. Now the model of lesson 12 gets the corpus of lesson 13 from it. (This section
# brings PyTorch and transformers where they are missing, 0.9 GB, once. On a Linux machine that gets PyTorch only in
# its ordinary build, with what graphics cards need, it is 4.9 GB: the bar says which.)

# %%
from utils.extras import trainer

with trainer():  # installs what is missing
    import torch
    from transformers import PrinterCallback, Trainer, TrainingArguments
    from utils.llm.in_pytorch import Bar, as_llama, labelled

# %%
from utils import support
from utils.llm import lora
from utils.llm.smollm2 import load_model
from utils.llm.tokenizer import load_tokenizer
from utils.llm.tuning import Tuner, as_question, conversations

# %% [markdown]
# `as_llama` builds transformers' own `LlamaForCausalLM` with the sizes of our Keras model and copies its numbers into
# it, matrix by matrix. Two things are stored differently: PyTorch keeps a matrix with a *row* for each output (lesson
# 02), and transformers pairs other entries of a head for the rotary positions (lesson 12), so that rows of queries and
# keys change places. **Predict** the number of parameters, and how far the logits of the two are apart.

# %%
llm, tokenizer = load_model(), load_tokenizer()
llama = as_llama(llm)
print(f"parameters: {sum(array.numel() for array in llama.parameters()):,}")

tokens = np.array([tokenizer.encode("The capital of France is").ids])
with torch.no_grad():
    theirs = llama(torch.tensor(tokens)).logits.numpy()
apart = np.abs(theirs - np.array(llm(tokens))).max()
print(f"largest of {theirs.size:,} logits ≈ {theirs.max():.0f},", end=" ")
print(f"largest difference ≈ {apart:.3f}")

# %% [markdown]
# The same model, twice in memory. And the same texts: 24 questions with their answers to train on, and the 8 held-out
# ones to be judged by. Lesson 13 marked what counts with a mask. A Trainer wants **labels**: for each place the token
# that has to be learned there, and **−100** where nothing is to be learned, a number that PyTorch's loss passes over.

# %% [markdown]
# ### Exercise 6 · Labels for a Trainer
# ★☆☆ · 6 minutes · 1 point
#
# `tokens` are those of one text, with zeros behind its end. The answer takes the places from `start` on, up to but not
# including `end`. Return the list of labels. (That each token is guessed from those *before* it is the model's affair:
# it moves the labels by one place itself.)


# %% exercise="labels"
def labels(tokens, start, end):
    """The token where it has to be learned, -100 elsewhere."""
    ...


check(labels)

# %% [markdown]
# Now all texts. A data set may be a list with a dictionary for each text. (The zeros behind a text do no harm: no token
# sees what comes after it, and none of them counts.) **Predict** how many labels count; lesson 13 knew.


# %%
def rows_of(pairs):
    answers = [fact.answer for _, fact in pairs]
    return conversations(tokenizer, [question for question, _ in pairs], answers)


taught, held_out = rows_of(support.questions()), rows_of(support.held_out())
train_set, test_set = labelled(taught), labelled(held_out)
print(len(train_set), "texts of", len(train_set[0]["labels"]), "places,", end=" ")
print(sum(int((text["labels"] >= 0).sum()) for text in train_set), "labels count")

# %% [markdown]
# To save your time, only the matrices of the last two blocks are trained. (Lesson 13 trained thin adapters in ten;
# Hugging Face has a library for these too, PEFT.) `fresh` puts them back to where they began, and hands out the model.

# %%
llama.requires_grad_(False)
for block in llama.model.layers[-2:]:
    for array in block.parameters():
        array.requires_grad_(array.ndim == 2)  # matrices, not the norms
named = dict(llama.named_parameters())
begun = {name: a.detach().clone() for name, a in named.items() if a.requires_grad}
print(f"trained: {sum(array.numel() for array in begun.values()):,}")


def fresh(trial=None):
    llama.load_state_dict(begun, strict=False)
    return llama


# %% [markdown]
# ### What the arguments mean
#
# | argument of `TrainingArguments` | what it says | you built it in |
# |---|---|---|
# | `per_device_train_batch_size=6` | texts in a batch | 04: batches |
# | `num_train_epochs=3` | how often it sees all texts | 04: epochs |
# | `max_steps=4` | ends after so many steps, in place of that | 04: steps |
# | `gradient_accumulation_steps=1` | how many batches make one step together | exercise 7 |
# | `learning_rate=0.001` | the rate, at its highest | 04: the learning rate |
# | `warmup_steps=3`, `lr_scheduler_type="linear"` | up in three steps, then down to zero | 04: exercise 6 |
# | `optim="adamw_torch"`, `weight_decay=0.01` | Adam, and all weights shrink by themselves | 04: Adam; 08: AdamW |
# | `max_grad_norm=0` | the slopes are not clipped (to length 1 unless told) | 16 clips updates: `clip_update` |
# | `eval_strategy="epoch"` | a loss on texts that are not trained on, each epoch | 07: validation rows |
# | `save_strategy="epoch"` | a checkpoint after each epoch | here: exercise 4 |
# | `load_best_model_at_end=True` | in the end, back to the best epoch | 07: best epoch; 08: early stopping |
# | `train_sampling_strategy="sequential"` | texts in their order; shuffled unless told | 04: epochs |
# | `seed=42` | the order, and whatever else is drawn | 02: seeds |
#
# (`warmup_steps` differs from lesson 04's by one: here the *first* step has the rate 0 and changes nothing. And
# `weight_decay` leaves out norms and biases.)

# %% [markdown]
# ### Exercise 7 · How many steps is that?
# ★★☆ · 6 minutes · 2 points
#
# Who has memory for 2 texts and wants a step to learn from 6 takes `gradient_accumulation_steps=3`: the slopes of three
# batches come together before the parameters move (so weighted that the sum is their mean over all labels of the
# three). That is **gradient accumulation**. Each epoch goes through all `texts` in batches of `batch`, and takes a step
# after every `accumulation` batches. What is left over at its end makes a smaller batch, and a smaller group of batches
# makes a step as well. How many steps does the training take?


# %% exercise="optimizer_steps"
def optimizer_steps(texts, batch, accumulation, epochs):
    """The number of times that the parameters move."""
    ...


check(optimizer_steps)

# %% [markdown]
# ### The same loss
#
# Four steps of six texts in the same order, with the same AdamW: once by `Tuner`, lesson 13's own loop in Keras, once by
# a Trainer. **Predict** after how many steps their losses will be apart. (`Bar` shows a bar and leaves nothing behind;
# without it the Trainer prints a line for each report.)


# %%
def trainer_with(**given):
    quiet = {"disable_tqdm": True, "use_cpu": True, "prediction_loss_only": True}
    given = {"per_device_train_batch_size": 6, "optim": "adamw_torch"} | given
    arguments = TrainingArguments(folder.name, logging_steps=1, **quiet, **given)
    sets = {"train_dataset": train_set, "eval_dataset": test_set}
    made = Trainer(model_init=fresh, args=arguments, callbacks=[Bar()], **sets)
    made.remove_callback(PrinterCallback)
    return made


def reported(made, name):
    return [entry[name] for entry in made.state.log_history if name in entry]


folder = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)

# %%
rate, decay = 0.001, 0.01
order = {"train_sampling_strategy": "sequential", "lr_scheduler_type": "constant"}
numbers = {"learning_rate": rate, "weight_decay": decay, "max_grad_norm": 0}
by_trainer = trainer_with(max_steps=4, save_strategy="no", **order, **numbers)
by_trainer.train()
theirs = reported(by_trainer, "loss")

# %% [markdown]
# And in Keras: everything is frozen but the matrices of the last two blocks, and each step takes the next six texts.

# %%
lora.freeze(llm)
for block in llm.blocks[-2:]:
    block.attention.trainable = block.mlp.trainable = True
by_hand = Tuner(llm)
data = by_hand.prepare(taught)
ours = [by_hand.step(data, range(k, k + 6), rate, decay) for k in range(0, 24, 6)]

# %%
for step, (keras_loss, torch_loss) in enumerate(zip(ours, theirs), 1):
    print(f"step {step}: Keras ≈ {keras_loss:.3f}, Trainer ≈ {torch_loss:.3f}")
print(f"largest difference ≈ {np.abs(np.subtract(ours, theirs)).max():.3f}")

# %% [markdown]
# Not after four. The loss before the first step says that the two models are the same; the three after it say that the
# slopes and Adam's steps are the same as well, in another library, from other hands. (The decay is too small to show
# here: each step takes off a hundred-thousandth.) They are not equal to the last digit. A float32 number has about
# seven digits, and each of the two programs adds up thousands of products in an order of its own: the last one or two
# come out differently, and each step builds on the one before. So "the same" is a matter of digits, and from some step
# on, in a long training, of luck. (The Trainer has run all thirty blocks in each step. `Tuner` ran the 28 that do not
# change once, before the first: lesson 13.)
#
# ### Train it
#
# Three epochs with a warm-up, the held-out texts judged after each, and the best kept. **Predict** the number of steps,
# and the size of a checkpoint in megabytes.

# %%
settings = {"num_train_epochs": 3, "warmup_steps": 3, "seed": 1}
best = {"save_strategy": "epoch", "load_best_model_at_end": True, "save_total_limit": 1}
main = trainer_with(eval_strategy="epoch", **settings, **numbers, **best)
before = main.evaluate()["eval_loss"]
main.train()
print("steps:", main.state.global_step, " predicted:", 3 * 24 // 6)

# %%
rates = [f"{1000 * rate:.2f}" for rate in reported(main, "learning_rate")]
print("rates, in thousandths:", *rates)
judged = [before, *reported(main, "eval_loss")]
print("held-out loss ≈", ", ".join(f"{loss:.2f}" for loss in judged))
kept = Path(main.state.best_model_checkpoint)
print("best:", kept.name)
sizes = {"model.safetensors": 134_515_008, "optimizer.pt": 2 * 7_077_888}
for name, size in sizes.items():
    megabytes = (kept / name).stat().st_size / 1e6
    print(f"{name:17} {megabytes:.0f} MB; predicted {4 * size / 1e6:.0f}")

# %% tags=["hide-input"]
# @title Draw the losses
drawing, axes = plots.figure(
    "In twelve steps both losses fall to about a tenth", x="step", y="loss"
)
plots.curves(
    axes,
    {
        "trained on": (range(1, 13), reported(main, "loss")),
        "held out": (range(0, 13, 4), judged),
    },
)
axes.set_ylim(0)
plots.show(
    drawing,
    "Two losses over twelve steps, both falling steeply: of the texts trained on, and, "
    f"every fourth step, of those held out, from ≈ {judged[0]:.1f} to below 1.",
)

# %% [markdown]
# The held-out loss falls with the other, which lesson 13 has seen too: other words, same facts. The last epoch was the
# best, so `load_best_model_at_end` had nothing to bring back; had it been an earlier one, you would have it now. For
# this insurance each epoch wrote a checkpoint of the *whole* model, 4 bytes for each parameter, and beside it AdamW's
# two averages for each trained one. (`save_total_limit` throws old ones away, but never the best.) What does it say?


# %%
def answer(question):
    asked = torch.tensor([tokenizer.encode(as_question(question)).ids])
    given = {"max_new_tokens": 40, "do_sample": False, "eos_token_id": 2}
    with torch.no_grad():
        written = llama.generate(asked, pad_token_id=0, **given)[0]
    return tokenizer.decode(written[asked.shape[1] :].tolist())


question, fact = support.held_out()[0]
after = answer(question)

# %% tags=["nbval-ignore-output", "by-chance"]
fresh()
print("asked: ", question)
print("before:", answer(question))
print("after: ", after)
print("right: ", fact.answer)

# %% [markdown]
# After twelve steps it has the shop's tone, and some of the facts. (On the machine where this was written, the place and
# the paper, without a word on the years.) After lesson 13's seventy-two steps, too, some of the eight answers were
# wrong; how to measure that is in that lesson.
#
# ### A search on Optuna's back
#
# A Trainer can search, and leaves the choosing to others: **Optuna**, Ray Tune or one more. `hp_space` is asked for
# values as an objective is; what it returns are arguments of `TrainingArguments`. Three trials of four steps, each
# from the same start, for the learning rate alone, between 0.00001 and 0.01. Three is what you have time for, and
# nobody should call it a search. **Predict** which of the three rates wins: the highest, the middle or the lowest.

# %%
drawn, found = [], []


def space(trial):
    drawn.append(trial.suggest_float("learning_rate", 1e-5, 1e-2, log=True))
    return {"learning_rate": drawn[-1]}


def held_out_loss(metrics):
    found.append(metrics["eval_loss"])
    return found[-1]


# %% tags=["by-chance"]
search = trainer_with(max_steps=4, save_strategy="no", max_grad_norm=0)
winner = search.hyperparameter_search(
    hp_space=space,
    compute_objective=held_out_loss,
    backend="optuna",
    n_trials=3,
    direction="minimize",
    sampler=optuna.samplers.RandomSampler(seed=1),
)
for rate, loss in zip(drawn, found):
    print(f"rate {rate:.6f}: held-out loss ≈ {loss:.2f}")
print(f"winner: rate {winner.hyperparameters['learning_rate']:.6f}")
folder.cleanup()

# %% [markdown]
# What it shows is that the pieces fit: your `trial` and your samplers, with a real model behind them. (A pruner fits,
# too: it is asked at each evaluation on the way, and without `eval_strategy` there is none.) What it does not show is a
# good rate. Four steps favour the rates that hurry, as every short trial does (the first epoch must say something about
# the last, as with Ray's scheduler). One start and eight texts decide, and three draws leave most of the range unseen.
# And the bill: each trial trains, so that a search of 50 trials of 72 steps would be 3,600 steps of what you just
# waited twelve for. So the Trainer is no fourth tuner beside the three. Take it for the training, where the model is
# transformers', and choose who searches by what follows.

# %% [markdown]
# ## Choose
#
# First the question that everybody asks: who found the best? All means and worst cases, after a third of the budget and
# after all of it.

# %% tags=["hide-input"]
# @title A table of all searches
rows = [("", "48: mean", "worst", "144: mean", "worst")]
for name, found in searches.items():
    row = [name]
    for budget in (48, 144):
        best = [race.best_within(trials, budget) for trials in found]
        row += [f"≈ {np.mean(best):.2f}", f"≈ {np.max(best):.2f}"]
    rows.append(tuple(row))
print(aligned(rows))

# %%
ends = [
    np.mean([race.best_within(trials) for trials in found])
    for found in searches.values()
]
print(f"the {len(ends)} means at the end differ by ≈ {np.ptp(ends):.2f}")

# %% [markdown]
# With little money those that stop trials early are ahead (Hyperband, both halvings, the median). With enough, the
# means differ by no more than another random start brings. Do not choose a tuner by a table like this one, nor by one
# that somebody prints with a winner in bold. Choose by what you need besides.
#
# What does a tuner cost by itself? Sixteen trials, each nothing but a look-up, by KerasTuner and by Optuna, beside what
# Ray Tune took above. The time divided by 16 is what a trial of seconds or hours pays on top. Below it stands how many
# lines each search takes.


# %%
def lowest(units, rate):
    return float(table[units, rate, 0].min())


def by_keras_tuner():
    class Search(kt.RandomSearch):
        def run_trial(self, trial, **settings):
            hp = trial.hyperparameters
            return lowest(hp.Int("units", 0, 5), hp.Int("rate", 0, 10))

    Search(max_trials=16, directory=tempfile.mkdtemp()).search(verbose=0)


# %%
def by_optuna(storage=None):
    def objective(trial):
        return lowest(
            trial.suggest_int("units", 0, 5), trial.suggest_int("rate", 0, 10)
        )

    study = optuna.create_study(storage=storage)
    study.optimize(objective, n_trials=16)


def by_optuna_in_a_file():
    by_optuna(f"sqlite:///{tempfile.mkdtemp()}/study.db")


# %% tags=["nbval-ignore-output"]
for search in (by_keras_tuner, by_optuna, by_optuna_in_a_file):
    begin_at = time.perf_counter()
    search()
    each = (time.perf_counter() - begin_at) / 16
    print(f"{search.__name__:20} {1000 * each:5.0f} ms a trial")
print(f"{by_ray_tune.__name__:20} {1000 * ray_each:5.0f} ms a trial")
for search in (by_keras_tuner, by_optuna, by_ray_tune):
    lines = inspect.getsource(search).strip().splitlines()
    print(f"{search.__name__:20} {sum(bool(line) for line in lines)} lines")

# %% [markdown]
# Milliseconds with two of them; with Ray Tune up to a second or two, as busy as the machine is, nearly all of it the
# start of workers, which sixteen trials share. Where a real trial takes minutes, that is no reason to choose one of
# them, nor are the lines (Ray Tune's lean on three from above, the others' on `lowest`). (A study in a file pays for
# setting up the database and for writing each trial down, and gets for it that finished trials are not lost. KerasTuner
# always writes. Ray Tune writes too, and starts processes; it also took a cluster that had to be started, and memory
# for the processes that keep its books.) What is left is what they can do:

# %% tags=["hide-input"]
# @title What each can do
table_of = [
    ("", "KerasTuner", "Optuna", "Ray Tune"),
    ("range depends on an answer", "no", "yes", "random or Optuna"),
    ("stops trials early", "Hyperband", "its pruners", "its schedulers"),
    ("asynchronous halving", "no", "yes", "yes"),
    ("survives a kill", "its folder", "its database", "its folder"),
    ("a dead trial goes on", "no", "your part", "from its checkpoint"),
    ("many machines", "a chief", "a database", "a cluster"),
    ("a trial's own weights", "kept", "your part", "you report them"),
]
print(aligned(table_of))

# %% [markdown]
# (What the table says of Ray Tune's spaces, its other schedulers and of many machines is from the documentation; the
# rest you have seen, here or in lesson 09. "Random": its `tune.sample_from` can look at what was drawn before. "From
# its checkpoint": if `FailureConfig` allows it. "You report them": the training has to.) A rule of thumb: a Keras model
# on one machine, **KerasTuner**; an objective of any kind, a space with conditions, or a few processes that share a
# search, **Optuna**; many machines, or trials that must survive the death of one, **Ray Tune**, which can have Optuna
# choose. And the warnings of lesson 09 hold for all three: work out the bill first, and report a test loss that no
# tuner has seen.

# %% [markdown]
# ## What you know now
#
# - An objective that asks as it runs can have ranges that depend on answers; a table of ranges cannot.
# - TPE tries where good trials are dense and bad ones are not; pruners stop what is worse than others were.
# - A study in a database is joined by whoever knows its address. What it keeps are trials, not models.
# - Halving in step waits for the slowest; as they come, nobody waits, and some decisions come too early.
# - On a cluster a trial that dies is tried again from its checkpoint, if told so; a stopped search can be restored.
# - With enough budget the tuners were equal; from the same start a Trainer's losses are those of your own loop.
#
# **Next:** [16 · Frontiers](16_frontiers.ipynb). Where the field may go.
