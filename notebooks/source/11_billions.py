# %% [markdown]
# # 11 · Billions
#
# > **At the end you can** count any published language model from its sizes, to the last parameter, say where
# > its billions sit, and work out what it costs to keep, to run and to train.
#
# Lesson 10 built a small GPT and counted it from the list of its arrays: 15,552 parameters. This lesson counts
# models that would not fit on your machine. Nothing has to be downloaded for that: their makers publish a
# handful of sizes, and the rest is multiplication.
#
# **Time:** about 110 minutes, of which the computer needs about one. A good place for a break is before "What
# the weights weigh".
# **You need:** lessons 01 to 10.

# %%
from utils import costs, plots, stories
from utils.architectures.config_file import architecture, published_configs
from utils.architectures.report import report
from utils.checking import check
from utils.counting import active, count, parts, shape_of, total
from utils.llm.config import Config
from utils.llm.fetch import weights_file
from utils.llm.model import LanguageModel
from utils.published import MODELS, UNCONFIRMED, rounded
from utils.text import aligned
from utils.training import progress_bar

import keras
import numpy as np
import textwrap
from dataclasses import replace
from time import perf_counter

# %% [markdown]
# ## GPT-2, by hand
#
# GPT-2 (Radford and others 2019, *Language Models are Unsupervised Multitask Learners*) is the model that made
# people talk about language models. The smallest of its four has a vocabulary of 50,257, a width of 768 and 12
# blocks. It is the GPT of lesson 10 but for four things:
#
# - **Positions** are not turned. There is a second table, with a learned row for each of 1,024 positions, which is
#   added to the row of the token.
# - **Biases** are everywhere in the blocks: each matrix there has one for each of its outputs.
# - **The MLP** has no gate. One matrix leads up to 4 × width hidden units, one down again.
# - **The norm** subtracts the mean before it divides, and has a learned offset beside each learned scale
#   (*layer norm*, Ba and others 2016, [arXiv 1607.06450](https://arxiv.org/abs/1607.06450)): 2 × width
#   parameters.
#
# As in lesson 10 a block has one norm before the attention and one before the MLP, and one more follows the last
# block. The table of tokens is tied. **Predict** one block: four matrices of attention, two of the MLP, two norms.

# %%
width = 768
attention = 4 * (width * width + width)
mlp = (width * 4 * width + 4 * width) + (4 * width * width + width)
norms = 2 * (2 * width)
print(f"attention {attention:,}, MLP {mlp:,}, norms {norms:,}")
print(f"one block {attention + mlp + norms:,}")

# %% [markdown]
# ### Exercise 1 · Count a GPT-2
# ★☆☆ · 7 minutes · 1 point
#
# Now the whole model, for any sizes: both tables, the blocks, the last norm. (The number of heads is not needed.
# Why not?) Then try yours on the smallest GPT-2, before you read on.


# %% exercise="gpt2_parameters"
def gpt2_parameters(vocabulary, positions, width, layers):
    """The parameters of a GPT-2 with these sizes."""
    ...


check(gpt2_parameters)

# %% [markdown]
# Whatever you wrote, here is ours, beside the course's own counting. `MODELS` holds the published sizes of 36
# models, each with its source; `parts` counts one of them by what is in it.

# %%
small = MODELS["GPT-2 small"].shape
predicted = 50_257 * 768 + 1_024 * 768 + 12 * (attention + mlp + norms) + 2 * 768
print(f"predicted {predicted:,}, counted {total(small):,}\n")
for part, number in parts(small).items():
    print(f"{part:<18}{number:>11,}  {number / total(small):7.3%}")

# %% [markdown]
# **124,439,808.** (`head weights 0` says that the head is the table of tokens once more.) Two thirds sit in the
# blocks' matrices, a third in the table. Biases are everywhere in this model, and yet they are less than one in a
# thousand: lesson 03 explained why.
#
# ## A wrong number
#
# The report of 2019 says something else: **117M**, and 345M, 762M and 1542M for the larger ones. Months later the
# makers wrote beside their code that these counts "were wrong due to an error" (the README of OpenAI's
# repository `gpt-2`). Which error, they did not say. We have the sizes, so let us play detective.
#
# Five suspects, each with the size that it changes. **Predict** which of them gives 117M in the place of 124M. Then
# ask of it the other three models.

# %%
suspects = {
    "counted as it is": {},
    "positions forgotten": {"positions": 0},
    "GPT-1's 512 positions": {"positions": 512},
    "GPT-1's 40,478 tokens": {"vocabulary": 40_478},
    "head counted as well": {"tied": False},
}

# %% [markdown]
# `replace(shape, positions=0)` is the same shape with one size changed; two stars turn a dictionary into such
# `name=value` pairs. `rounded` writes a count like a published one, here in whole millions.

# %%
sizes = ["GPT-2 small", "GPT-2 medium", "GPT-2 large", "GPT-2 XL"]
lines = [["GPT-2"] + [name.split()[1] for name in sizes]]
lines += [["as reported"] + [MODELS[name].claimed for name in sizes]]
for slip, change in suspects.items():
    changed = [replace(MODELS[name].shape, **change) for name in sizes]
    lines.append([slip] + [rounded(total(shape), "1M") for shape in changed])
print(aligned(lines))

# %% [markdown]
# Whoever takes GPT-1's vocabulary, the old model's number of tokens, gets all four reported numbers, to the last
# digit. That is no proof: nobody has confirmed it. But one match could be chance (GPT-1 itself has 117M!), and
# four out of four rarely are. The wrong name still lives in file names and papers, by the way. So if two
# sources give a model different sizes, count.
#
# ## Seven billion
#
# Now the size that everybody talks about. **Llama 2 7B** (Touvron and others 2023, [arXiv
# 2307.09288](https://arxiv.org/abs/2307.09288)) is the architecture of lesson 10, piece by piece, with larger
# numbers:
#
# | | lesson 10 | Llama 2 7B |
# |---|---:|---:|
# | vocabulary | 67 | 32,000 |
# | width | 32 | 4,096 |
# | layers | 1 | 32 |
# | heads | 4 | 32 |
# | heads of keys and values | 4 | 32 |
# | hidden units of the MLP | 96 | 11,008 |
# | tied | yes | no |
#
# *Not tied* means that the head, which makes the logits, is a second table of the same size.

# %% [markdown]
# ### Exercise 2 · Count any Llama
# ★★☆ · 8 minutes · 2 points
#
# No cell before this one does it for you. All matrices without biases, norms with scales only, `tied` is `True` or
# `False`. Heads of keys and values may be fewer than heads. Then call yours with both columns of the table.


# %% exercise="llama_parameters"
def llama_parameters(vocabulary, width, layers, heads, key_value_heads, hidden, tied):
    """The parameters of a model of the Llama family."""
    ...


check(llama_parameters)

# %% [markdown]
# A check against something that exists: the model of lesson 10, built by Keras, its arrays counted one by one. And
# beside it the *same* `Config` with Llama's sizes, counted and not built. (Building it would take 27
# GB of memory. Please don't.)

# %%
tiny = Config(67, width=32, layers=1, heads=4, key_value_heads=4, hidden=96, context=54)
print(f"lesson 10:  from its sizes {total(shape_of(tiny)):,}")
print(f"            built {count(LanguageModel(tiny)):,}\n")

huge = Config(32_000, 4_096, 32, 32, 32, 11_008, context=4_096, tied=False)
block = 4 * 4_096**2 + 3 * 4_096 * 11_008 + 2 * 4_096
predicted = 2 * 32_000 * 4_096 + 32 * block + 4_096
print(f"Llama 2 7B: predicted {predicted:,}")
print(f"            from its sizes {total(shape_of(huge)):,}")

# %% [markdown]
# **6,738,415,616** is what "7 billion" means. Where do they sit? Walk through the model as a token does, from
# the table to the head. **Predict:** which has more parameters, the table or one block? And what is the share of the
# MLPs in the whole?

# %%
llama = MODELS["Llama 2 7B"].shape
for part, number in parts(llama).items():
    print(f"{part:<18}{number:>13,}  {number / total(llama):7.3%}")

# %% tags=["hide-input"]
# @title A bar for the table, for each block, and for the head
millions = {part: number / 1e6 for part, number in parts(llama).items()}
in_block = {part: millions[f"{part} weights"] / 32 for part in ("attention", "MLP")}
in_block["norms"] = 2 * 4_096 / 1e6

drawing, axes = plots.figure(
    "Where seven billion sit: in 32 equal blocks",
    x="on the way through the model",
    y="million parameters",
)
tables = [millions["embedding"], millions["head weights"]]
axes.bar([0, 33], tables, color=plots.GREEN, label="table, and head")
below, colours = 0, [plots.BLUE, plots.ORANGE, "black"]
for (part, height), colour in zip(in_block.items(), colours):
    axes.bar(range(1, 33), height, bottom=below, color=colour, label=part)
    below += height
names = ["table", "block 8", "block 16", "block 24", "head"]
axes.set_xticks([0, 8, 16, 24, 33], names)
axes.set_ylim(0, 280)
axes.legend(ncols=4, loc="upper center")
plots.show(
    drawing,
    f"34 bars. First and last, table and head, {tables[0]:.0f} million each. Between "
    f"them 32 equal blocks of {below:.0f} million: {in_block['attention']:.0f} of "
    f"attention, {in_block['MLP']:.0f} of MLP. The norms on top are too thin to see.",
)

# %% [markdown]
# Between table and head stand 32 bars of the same height: the blocks. A third of each is attention (blue), two thirds
# are MLP (orange). "Attention is all you need" is the title of a famous paper; by weight, a Llama is **mostly MLP**.
# Table and head together are 4%. And the norms? They are drawn, in black, on top of each block. At this scale their
# 8,192 scales are thinner than the thinnest line.
#
# Articles say that an LLM's parameters are embeddings, weights and biases. In this one there is **no bias at all**,
# and the scales of the norms, which such lists forget, are there: 266,240 of them.
#
# ## Any of them
#
# What you did twice now works for every model whose sizes are published. Here are all 36: what the makers
# say, our count, and the same count rounded as the makers do where it comes out differently. Six of them are
# called 7B. **Predict** how far these six lie apart.

# %%
lines = [("model", "year", "said", "rounded", "counted")]
for model in MODELS.values():
    number = total(model.shape)
    alike = rounded(number, model.claimed)
    if alike == model.claimed:
        alike = ""
    lines.append((model.name, str(model.year), model.claimed, alike, f"{number:,}"))
print(aligned(lines))

# %% tags=["hide-input"]
# @title The reasons, where the two differ
reasons = {}
for model in MODELS.values():
    if rounded(total(model.shape), model.claimed) != model.claimed:
        reasons.setdefault(model.why, []).append(model.name)
for reason, names in reasons.items():
    print(textwrap.fill(f"{', '.join(names)}: {reason}", 52, subsequent_indent="  "))

others = sum(map(len, reasons.values()))
print(f"\n{len(MODELS) - others} of {len(MODELS)} figures agree with our count")

# %%
seven = [name for name in MODELS if name.endswith(" 7B")]
seven.sort(key=lambda name: total(MODELS[name].shape))
for name in seven:
    print(f"{name:<12}{total(MODELS[name].shape):>14,}")

least, most = total(MODELS[seven[0]].shape), total(MODELS[seven[-1]].shape)
twice = total(MODELS["Falcon 7B"].shape) + 65_024 * 4_544
print(f"from the first to the last: {most / least - 1:.0%} more")
print(f"Falcon 7B, its table counted twice: {twice:,}")

# %% [markdown]
# Where a figure does not agree, arithmetic is rarely at fault: it was rounded in another way, or is a nice name, or
# leaves out a table; two are unexplained. Only GPT-2's were called wrong by their own makers. (The reasons are our
# findings. The counts agree with those of another library, transformers, for the same sizes; the course's tests
# compare them.)
#
# So a name such as "7B" is a **label**, like a shoe size: a quarter more, under the same name. The last line is a
# trap of its own, a tied table counted twice. That is how one arrives at 7.2 billion for Falcon 7B, and at
# figures that are too large by a table for many others.
#
# ## Mixtures
#
# **Mixtral 8x7B** (Jiang and others 2024, [arXiv 2401.04088](https://arxiv.org/abs/2401.04088)) has a name that
# promises 56 billion. Its blocks have *eight* MLPs side by side, called **experts**. In front of them is a small
# matrix, the **router**, which gives each expert a score for the token that arrives; the token goes to the two best,
# and what they answer is added up, by a softmax of the two scores. That is a **mixture of experts** (Shazeer and
# others 2017, [arXiv 1701.06538](https://arxiv.org/abs/1701.06538)). The next token may be sent elsewhere.
#
# So two numbers describe it: **all** parameters, which somebody has to keep, and the **active parameters**, which one
# token meets, and which have to be computed with. (An expert is nothing grand, and none is "the expert for
# law". It is an MLP, and the router decides anew for every token in every block. The makers of Mixtral looked for
# subjects, in their section 5, and found hardly any.)

# %% [markdown]
# ### Exercise 3 · All of them, and those at work
# ★★☆ · 8 minutes · 2 points
#
# Return a list of two numbers: all parameters, then the active ones. `others` is the number of parameters that are
# neither in experts nor in routers. Each of the `layers` blocks has a router of `width` × `experts` weights, without
# biases, and `experts` MLPs with gate, up and down. A token goes to `active` of them.


# %% exercise="mixture_parameters"
def mixture_parameters(others, layers, width, hidden, experts, active):
    """[all parameters, those that one token meets]"""
    ...


check(mixture_parameters)

# %% [markdown]
# Mixtral by hand, so that you can compare: its blocks have 8 heads of keys and values, of 128 numbers each.

# %%
attention = 2 * 4_096**2 + 2 * 4_096 * (8 * 128)
others = 2 * 32_000 * 4_096 + 32 * (attention + 2 * 4_096) + 4_096
expert, router = 3 * 4_096 * 14_336, 4_096 * 8
predicted = [others + 32 * (number * expert + router) for number in (8, 2)]
mixtral = MODELS["Mixtral 8x7B"].shape
print(f"predicted {predicted[0]:,}, counted {total(mixtral):,}")
print(f"at work:  {predicted[1]:,}, counted {active(mixtral):,}")

# %%
for name in ("Mixtral 8x7B", "DeepSeek-V3"):
    model = MODELS[name]
    whole, working = total(model.shape), active(model.shape)
    print(f"{name}: {whole:,}, said to be {model.claimed}")
    print(f"  active {working:,} ({working / whole:.1%}), said {model.claimed_active}")
print("GPT-4:", " or ".join(UNCONFIRMED["GPT-4"]))
print("  (nobody can count this)")

# %% [markdown]
# Not 56 billion: attention and tables are there once. And 12.9 billion at work, less than a Llama 2 13B. DeepSeek-V3
# goes further: 256 experts in most blocks, of which 8 and one fixed one work on a token, 5.6% of all parameters. (Its
# makers say 37 billion, DeepSeek-AI 2024, [arXiv 2412.19437](https://arxiv.org/abs/2412.19437), section 4.2. They
# leave out the table, of which a token needs one row: their notes beside the weights on Hugging Face say 36.6. An
# older copy of these notes, still in the repository of the code, says 36.7 *with* the table, and that does not add
# up. Even makers correct their counts.)
#
# **GPT-4** is where counting ends. "1.76 trillion", "1.8 trillion over 120 layers" stand in many articles as facts.
# They go back to reports of 2023 about what insiders are said to have told. OpenAI's own report says that it gives no
# model size (2023, [arXiv 2303.08774](https://arxiv.org/abs/2303.08774), section 2). They may be right; nobody who
# could confirm them has. Keep the two apart: a count, and a rumour.
#
# ## Younger than this page
#
# Our list ends in 2024, and the model that you have in mind is younger? Its makers publish a small file beside the
# weights, `config.json`, and the sizes stand in it. Here is that of Qwen3 0.6B (2025), the fields that are needed to
# count. **Find** in it the sizes that you know.

# %%
file = published_configs()["Qwen3 0.6B"]
for name, value in file.items():
    print(f"{name:<23} {value}")

# %% [markdown]
# They are the same few sizes, and nearly every family has its own names for them. A dictionary:
#
# | here | in most files | in GPT-2's | in papers |
# |---|---|---|---|
# | `vocabulary` | `vocab_size` | `vocab_size` | V |
# | `width` | `hidden_size` | `n_embd` | d_model |
# | `layers` | `num_hidden_layers` | `n_layer` | L |
# | `heads` | `num_attention_heads` | `n_head` | h |
# | `key_value_heads` | `num_key_value_heads` | as many as heads | |
# | `hidden` | `intermediate_size` | `n_inner`, or 4 × width | d_ff |
# | `context` | `max_position_embeddings` | `n_positions` | |
# | `tied` | `tie_word_embeddings` | always | |
#
# (Beware of `hidden_size`: it is the width. The size of the hidden layer is `intermediate_size`.)
#
# Two things are new with this model. (The lines on windows say that it uses none, lesson 14; `attention_bias`, that its
# attention has no biases.) `head_dim` says that a head has 128 numbers; so 16 heads have 2,048 together, *twice* the
# width. And one thing the file does not say at all, only the name of the family does: Qwen3 norms each query and each
# key before they meet, with 128 scales for the queries and 128 for the keys of a block. **Predict** the count.

# %%
attention = 2 * 1_024 * (16 * 128) + 2 * 1_024 * (8 * 128)
norms = 2 * 1_024 + 2 * 128
block = attention + 3 * 1_024 * 3_072 + norms
predicted = 151_936 * 1_024 + 28 * block + 1_024
print(f"predicted {predicted:,}, counted {architecture(file).total():,}")

# %% [markdown]
# `architecture` reads such files, of more than seventy families. For a file that you have downloaded yourself, there is
# a command: `.venv/bin/python -m utils.counting config.json`, in a terminal in the course's folder, prints what
# follows. (On Windows, with conda and in Colab it begins with `python`.) It needs no weights, and it says so when it
# does not know a family. It never guesses.

# %%
print(report(architecture(file)))

# %% [markdown]
# Now some that came after our list, from 2025 on. **Predict:** has the largest of them more than DeepSeek-V3's 671
# billion? And how small is the share that works on a token?

# %%
younger = {"Gemma 3 270M": 2025, "Qwen3 0.6B": 2025, "SmolLM3 3B": 2025}
younger |= {"OLMo 3 32B": 2025, "gpt-oss 120B": 2025, "Qwen3 235B A22B": 2025}
younger |= {"Kimi K2": 2025, "Qwen3.5 35B A3B": 2026, "GLM-5": 2026}
young = {name: architecture(published_configs()[name]) for name in younger}

lines = [("model", "year", "all", "active", "")]
for name, model in young.items():
    counts = [f"{number / 1e9:,.2f}" for number in (model.total(), model.active())]
    share = f"{model.active() / model.total():.0%}"
    lines.append((name, str(younger[name]), *counts, share))
print(aligned(lines))
print("(billions)")

# %% [markdown]
# Kimi K2 is beyond a trillion, counted and no rumour (Kimi Team 2025, [arXiv
# 2507.20534](https://arxiv.org/abs/2507.20534)). Of these nine, all above a hundred billion are mixtures, and a tenth
# or less of each works on a token; of Mixtral it was more than a quarter. (What a model has for pictures, or for
# guessing tokens further on, is not counted here. So Qwen3.5 lacks something to what its makers count.) One number
# hardly describes such a model. Qwen's names state both: 235B in all, A22B active.
#
# Two of them more closely: what the makers say, and where it comes from.

# %%
oss, gemma = young["gpt-oss 120B"], young["Gemma 3 270M"]
table = oss.parts()["embedding"]
print(f"gpt-oss 120B: {oss.total():,}, active {oss.active():,}")
print(f"  active without the embedding table: {oss.active() - table:,}")
table = gemma.parts()["embedding"]
print(f"Gemma 3 270M: table {table:,}, all the rest {gemma.total() - table:,}")

# %% [markdown]
# GPT-4 cannot be counted, but OpenAI's first open language model since GPT-2 can: its card says 116.8 billion and 5.1
# active (OpenAI 2025, [arXiv 2508.10925](https://arxiv.org/abs/2508.10925)), and that is the count without the table,
# as DeepSeek's was. And "270M": Google says itself that 170 of the 270 million are the table and 100 the blocks
# ([announcement](https://developers.googleblog.com/en/introducing-gemma-3-270m/), August 2025). A table of 262,144 rows
# makes a small model look large. Asked for its size, say which parameters you mean.
#
# ## Eight years in one picture
#
# **Predict:** how many times as large as GPT-1 is GPT-3, two years later?

# %%
sizes = {name: total(MODELS[name].shape) for name in ("GPT-1", "GPT-3", "DeepSeek-V3")}
growth = sizes["GPT-3"] / sizes["GPT-1"]
print(f"GPT-3 has {growth:,.0f} times the parameters of GPT-1")
growth = sizes["DeepSeek-V3"] / sizes["GPT-3"]
print(f"DeepSeek-V3 has {growth:.1f} times those of GPT-3,", end=" ")
print(f"Kimi K2 {young['Kimi K2'].total() / sizes['GPT-3']:.1f} times")

# %% tags=["hide-input"]
# @title Every model by its year
title = "A thousandfold in two years; since then all sizes"
drawing, axes = plots.figure(title, "year", "parameters", size=(8, 4.6))
counted = [(one.year, total(one.shape), active(one.shape)) for one in MODELS.values()]
# Mixtures of one year stand side by side, so that each line is one model.
aside = {"Qwen3 235B A22B": 0.2, "Kimi K2": 0.4, "GLM-5": 0.2}
places = {name: year + aside.get(name, 0) for name, year in younger.items()}
counted += [(places[name], one.total(), one.active()) for name, one in young.items()]
for year, whole, working in counted:
    axes.semilogy(year, whole, "o", color=plots.BLUE, markersize=5)
    if working < whole:
        axes.plot([year] * 2, [working, whole], "o:", color=plots.ORANGE, zorder=3)
named = ["GPT-1", "BERT large", "GPT-2 small", "GPT-2 XL", "GPT-3", "Llama 1 7B"]
named += ["Mixtral 8x7B", "Gemma 7B", "Llama 3 405B", "DeepSeek-V3"]
named += ["SmolLM2 135M", "Qwen2.5 1.5B"]
labels = {name: (MODELS[name].year, total(MODELS[name].shape)) for name in named}
for name in ("Gemma 3 270M", "Kimi K2", "GLM-5"):
    labels[name] = places[name], young[name].total()
not_counted = {"Gopher": (2021, 280e9), "PaLM": (2022, 540e9)}
not_counted["GPT-4? a rumour"] = (2023, 1.76e12)
empty = {"markerfacecolor": "none", "color": plots.GREY}
for place in not_counted.values():
    axes.semilogy(*place, "o", **empty)
for name, place in {**labels, **not_counted}.items():
    left = name in ("DeepSeek-V3", "Llama 3 405B")
    where = {"xytext": (-7 if left else 7, -3), "ha": "right" if left else "left"}
    axes.annotate(name, place, textcoords="offset points", fontsize=8, **where)
axes.plot([], [], "o", color=plots.BLUE, label="all parameters")
axes.plot([], [], "o", color=plots.ORANGE, label="all, and below them the active ones")
axes.plot([], [], "o", label="not counted here", **empty)
axes.legend(loc="upper left", fontsize=8)
axes.set(xlim=(2017.7, 2027.1), ylim=(5e7, 5e12))
plots.show(
    drawing,
    "Parameters by year on a logarithmic axis: about 0.1 billion in 2018, up to 1.6 "
    "in 2019, 175 in 2020. From 2023 on there are models of all sizes, from 0.1 "
    "to 1,026 billion. The mixtures are drawn twice, in orange: all and active "
    "parameters. Gopher in 2021, PaLM in 2022 and GPT-4 in 2023 are empty circles.",
)

# %% [markdown]
# Each line upwards is ten times more. In two years GPT-1 became GPT-3, 1,498 times as large. In the four years after
# that the largest grew by a factor of nearly four, to DeepSeek-V3, and in the next year to Kimi K2, six times GPT-3.
# (The orange points: all parameters, and below them the active ones.) By what works on a *token* the largest is still
# Llama 3 405B, of 2024. What is new are the many **below**. SmolLM2 135M of 2024 is about as small as the smallest
# GPT-2 of five years before.
#
# The blue and orange points are our 36 and the nine younger ones, a choice among many thousands. It has none from 2021
# and 2022, so we drew two of that time by what their makers say: Gopher (Rae and others 2021, [arXiv
# 2112.11446](https://arxiv.org/abs/2112.11446)) and PaLM (Chowdhery and others 2022, [arXiv
# 2204.02311](https://arxiv.org/abs/2204.02311)). Of models whose makers publish no size the picture says nothing.
#
# Why would anybody build small ones again? Because of what the large ones cost. To the bill.
#
# ## What the weights weigh
#
# A file keeps each parameter in a number of bits, eight of which make a byte. 32 bits (`float32`) is what Keras
# uses, 16 is the usual form of published models, and 8 or 4 are possible with some loss (lesson 14). A
# *gigabyte* (GB) is a billion bytes here.

# %% [markdown]
# ### Exercise 4 · Which fits?
# ★☆☆ · 4 minutes · 1 point
#
# Your laptop has 16 gigabytes free. Which of these could keep **all its weights** there, to answer whatever it is
# asked? `True` or `False`, in your head. The counts are above.

# %% exercise="fits_16_gigabytes"
fits_16_gigabytes = {
    "Llama 2 7B, 32 bits": ...,
    "Llama 2 7B, 16 bits": ...,
    "Llama 2 13B, 8 bits": ...,
    "Falcon 40B, 4 bits": ...,
    "Mixtral 8x7B, 4 bits": ...,
    "SmolLM2 1.7B, 32 bits": ...,
}

check(fits_16_gigabytes=fits_16_gigabytes)

# %% [markdown]
# Parameters × bits / 8. Below for nine models; move the slider to the memory of your machine.


# %% tags=["hide-input"]
# @title A table of gigabytes, and a slider for the memory
nine = ["SmolLM2 135M", "GPT-2 XL", "Mistral 7B", "Llama 2 13B", "Falcon 40B"]
nine += ["Mixtral 8x7B", "Llama 3 70B", "GPT-3", "DeepSeek-V3"]
widths = [32, 16, 8, 4]
shapes = [MODELS[name].shape for name in nine]
found = [[costs.weight_bytes(shape, bits) for bits in widths] for shape in shapes]
gigabytes = np.array(found) / 1e9


def which_fit(memory):
    title = f"Weights in gigabytes; dark: fits into {memory:.0f}"
    drawing, axes = plots.figure(title, size=(6.4, 3.8))
    fits = gigabytes <= memory
    shades = np.where(fits, 0.55, 0.08)
    axes.imshow(shades, cmap="Greens", vmin=0, vmax=1, aspect="auto")
    for (row, column), number in np.ndenumerate(gigabytes):
        axes.text(column, row, f"{number:,.1f}", ha="center", va="center", fontsize=9)
    axes.set_xticks(range(4), [f"{bits} bits" for bits in widths])
    axes.set_yticks(range(9), nine)
    axes.grid(False)
    return drawing, (
        f"A table of nine models at 32, 16, 8 and 4 bits. {fits.sum()} of its cells "
        f"are dark: they fit into {memory:.0f} gigabytes."
    )


plots.sliders(which_fit, memory=(4, 164, 16))

# %% [markdown]
# Each row halves from left to right
# (the first one is rounded). For 16 GB, 16 and 8 bits bring one more model each within reach; 4 bits make
# room: at 4 bits a 16-GB laptop holds Llama 2 13B with room to spare, and Mixtral not, though it computes with no
# more per token. At 80 GB, one of the large graphics cards, see what is still missing.
#
# "4 bits" is a name, too. A file on your machine, that of lessons 06 and 12 (SmolLM2-135M-Instruct: the sizes of
# SmolLM2 135M in the table), is called `Q4_1`. **Predict** its size, at 4 bits for each of 134,515,008 parameters.

# %%
smol = MODELS["SmolLM2 135M"].shape
size = weights_file().stat().st_size
print(f"4 bits: {costs.weight_bytes(smol, bits=4):,} bytes; the file: {size:,}")
print(f"really: {8 * size / total(smol):.2f} bits a parameter")

# %% [markdown]
# Where do the other bytes go? The file keeps its parts in three forms:

# %%
forms = {"embedding": "Q8_0", "attention weights": "Q4_1", "MLP weights": "Q4_1"}
forms["norm scales"] = "float32"
together = 0
print("                  form     bits       bytes")
for part, form in forms.items():
    bits = costs.BITS[form]
    found = int(parts(smol)[part] * bits / 8)
    together += found
    print(f"{part:<18}{form:<7}  {bits:4.1f}  {found:>10,}")
print(f"together {together:,}; vocabulary and names {size - together:,}")

# %% [markdown]
# Half as large again as promised. Each group of 32 weights carries a scale and an offset of 16 bits each, so 4 bits
# become 5; the table is kept at 8.5; the norms at 32, since they are so few. So ask of a "4-bit" model how large its
# file is. Lesson 14 shows how it is done.
#
# ## What a conversation weighs
#
# Weights are paid once, the cache for every token of the text (lesson 10): keys and values, for each head of keys
# and values, in each block. In GPT-3 every head of queries has its own. Later models let several share
# (*grouped queries*, Llama 2 70B: 8 for 64). DeepSeek-V3 keeps one short vector for all heads, from which keys
# and values are made anew (*latent attention*, DeepSeek-AI 2024, [arXiv
# 2405.04434](https://arxiv.org/abs/2405.04434), section 2.1). **Predict** what 1,000 tokens take in GPT-3, at 16
# bits a number: 96 blocks, 96 heads of 128. (The last column says how many tokens weigh as much as the weights.)

# %%
gigabytes = 2 * 96 * 96 * 128 * 1000 * 2 / 1e9  # keys and values, blocks, heads, ...
print(f"GPT-3, 1,000 tokens: predicted {gigabytes:.2f} GB\n")

sharing = ["GPT-3", "Llama 1 65B", "Llama 2 70B", "Llama 3 8B", "DeepSeek-V3"]
a_token = {name: costs.cache_bytes(MODELS[name].shape, 1) for name in sharing}
lines = [("", "a token", "1,000 tokens", "tokens = weights")]
for name, size in a_token.items():
    even = costs.weight_bytes(MODELS[name].shape) // size
    lines.append((name, f"{size / 1e3:,.0f} kB", f"{size / 1e6:.2f} GB", f"{even:,}"))
print(aligned(lines))

# %% tags=["hide-input"]
# @title The cache for texts of 1,000 to 128,000 tokens
drawing, axes = plots.figure(
    "Sharing keys and values makes long texts affordable",
    x="tokens in the text",
    y="cache, gigabytes",
)
contexts = np.array([1_000, 128_000])
for name, size in a_token.items():
    axes.loglog(contexts, size * contexts / 1e9, label=name)
axes.axhline(16, color=plots.GREY, linestyle="--", label="16 GB")
axes.set_xticks([1_000, 10_000, 100_000], ["1,000", "10,000", "100,000"])
axes.set_yticks([0.1, 1, 10, 100], ["0.1", "1", "10", "100"])
axes.legend(loc="upper left", bbox_to_anchor=(1, 1))
eighth = a_token["Llama 1 65B"] / a_token["Llama 2 70B"]
plots.show(
    drawing,
    "Five rising parallel lines over the tokens in a text. GPT-3 is highest, Llama 1 "
    f"65B below it; Llama 2 70B lies {eighth:.0f} times lower than Llama 1 65B, then "
    "Llama 3 8B, and DeepSeek-V3 lowest.",
)

# %% [markdown]
# The lines are parallel: twice the text, twice the cache. What differs is the height. Llama 1 65B and Llama 2 70B are
# nearly the same model, and the second needs an **eighth**: 8 heads of keys and values in the place of 64. With
# GPT-3's way, 100,000 tokens would take more than its weights do. DeepSeek-V3, the largest of all, is the cheapest
# here. (None of this is needed for reading GPT-3's own 2,048 tokens; long texts came later, and sharing is one of the
# things that let them come.)

# %% [markdown]
# ### Exercise 5 · How long a text fits beside it?
# ★★☆ · 8 minutes · 2 points
#
# Weights and cache share the memory. How many **whole tokens** can be kept beside the weights? `memory` is in bytes,
# `bits` is what each weight takes; each number of the cache takes 2 bytes. If the weights alone do not fit, return 0.
# (Then try Llama 3 8B: 8,030,261,248 parameters at 4 bits, 32 layers, 8 heads of keys and values, of 128 numbers
# each, in 16 × 10⁹ bytes.)


# %% exercise="longest_context"
def longest_context(parameters, bits, layers, key_value_heads, head_size, memory):
    """How many tokens' keys and values fit beside the weights."""
    ...


check(longest_context)

# %% [markdown]
# For comparison, the same question put to the course's own formulas:

# %%
eight = MODELS["Llama 3 8B"].shape
left = 16e9 - costs.weight_bytes(eight, bits=4)
tokens = left // costs.cache_bytes(eight, 1)
print(f"Llama 3 8B: {left / 1e9:.1f} GB are left, enough for {tokens:,.0f} tokens")

# %% [markdown]
# A short novel fits into the memory. (Whether a model was made to read that far is another question. And what the
# computation itself takes comes on top.)
#
# ## What training weighs
#
# Using a model takes its weights. Training keeps four numbers for each parameter: the weight, its gradient, and
# Adam's two averages (lessons 04 and 09). At 4 bytes each that is 16 bytes. (Large models compute in 16 bits and keep
# a second copy of the weights in 32: 2 + 2 + 4 + 8, which is 16 as well.)
#
# A fifth thing grows with the text: what flows through the layers, usually called the *activations*. (Not the
# functions of lesson 01, though they share the name.) On the way back each matrix needs what had gone into it (lesson
# 04: `h.T @ d_output`). For every token and block that is the vector before queries, keys and values (width), before
# the way out (width), before gate and up (width), and before down (`hidden`): 3 × width + hidden numbers at the
# least. The steps between the matrices need their inputs too: both norms (2 × width), the products of queries, keys
# and values (3 × width), SwiGLU (2 × hidden). With them it is **8 × width + 3 × hidden**. (What each token gave to
# each other one is not in it. For long texts that would be more than all the rest, and it is made anew: Dao and
# others 2022, [arXiv 2205.14135](https://arxiv.org/abs/2205.14135).)
#
# One can also keep only what enters each block and compute the rest anew on the way back: **recomputing** (Chen and
# others 2016, [arXiv 1604.06174](https://arxiv.org/abs/1604.06174)). That saves memory and costs one more way
# forward: 8 operations in the place of 6.
#
# **Predict** for Llama 2 7B: how many times the memory of using it at 16 bits?

# %%
bill = costs.training_bytes(llama)
using, training = costs.weight_bytes(llama), sum(bill.values())
print(f"to use:   weights {using / 1e9:.1f} GB")
for thing, size in bill.items():
    print(f"to train: {thing} {size / 1e9:.1f} GB")
print(f"together  {training / 1e9:.1f} GB, {training / using:.0f} times as much")

# %% [markdown]
# And on top of it the texts: one of 4,096 tokens, and the 4 million tokens that a step of Llama 2 reads (table 1 of
# its report). Each number takes 2 bytes, in each of 32 blocks.

# %%
kept = {
    "what enters the matrices": 3 * 4_096 + 11_008,
    "what enters every step": 8 * 4_096 + 3 * 11_008,
    "what enters a block": 4_096,
}
lines = [("kept", "one text", "4 million tokens")]
for what, numbers in kept.items():
    a_token = numbers * 32 * 2 / 1e9  # in GB
    lines.append((what, f"{4_096 * a_token:.1f} GB", f"{4e6 * a_token:,.0f} GB"))
print(aligned(lines))

# %% [markdown]
# Do such formulas hold? On the small model we can ask the arrays themselves.

# %%
model, adam = LanguageModel(tiny), keras.optimizers.Adam()
adam.build(model.trainable_variables)
arrays = {
    "weights": model.weights,
    "Adam's averages": [array for array in adam.variables if len(array.shape)],
    "cache": [array for pair in model.empty_cache(54) for array in pair],
}
predicted = costs.training_bytes(shape_of(tiny))
predicted["cache"] = costs.cache_bytes(shape_of(tiny), context=54, bits=32)
for thing, found in arrays.items():
    measured = sum(np.asarray(array).nbytes for array in found)
    print(f"{thing}: predicted {predicted[thing]:,} bytes, measured {measured:,}")

# %% [markdown]
# Eight times, and texts on top: for each at least 6.1 GB, and nearly three times that where every step keeps what
# entered it. Even with recomputing (last line) it is 1.1, and one block's rest besides. A step of 4 million tokens
# would take thousands of gigabytes, if all were kept at once. So nobody does. The texts are spread over many cards, or
# go through a few at a time with their gradients added up, and much is recomputed.
#
# A machine that *runs* Llama 2 7B at ease cannot begin to *train* it. Whoever does spreads parameters, gradients and
# averages over many cards as well (Rajbhandari and others 2020, *ZeRO*, [arXiv
# 1910.02054](https://arxiv.org/abs/1910.02054)), or trains only a few parameters. Lesson 13 does the second.
#
# ## How much arithmetic
#
# For each token a weight is used in one multiplication and one addition: 2 operations. On the way back there are two
# products of that size, one for the weight's own slope and one to pass the slopes on: 4 more. Hence 2 for answering,
# 6 in training (lesson 04).
#
# Where is that inexact? Mostly in two places. The table is looked up, not multiplied: here the rule says too much.
# And each token is compared with every earlier one: its query with a key, its share with a value, 2 × width
# multiplications and as many additions, in each of the 32 blocks. **Predict** whether the rule is far off for Llama 2
# 7B.

# %%
rule = 2 * total(llama)
print(f"2 x parameters: {rule / 1e9:.2f} billion operations a token")
for context in (1, 2_048, 4_096, 32_000):
    exact = costs.token_flops(llama, context)
    said = f"{exact / 1e9:6.2f} billion, {exact / rule:.2f} of the rule"
    print(f"back {context:>6,} tokens: {said}")

# %% [markdown]
# 4,096 tokens are all that this model can read, and its last token is within some 15% of the rule. Over the whole
# text a token looks back at 2,048 on average, and that is 6%. For very long texts the comparisons become a bill of
# their own (the last line is what the same sizes would cost there). Good enough for a bill: **2 for answering, 6 for
# training, per parameter and token** (Kaplan and others 2020, [arXiv 2001.08361](https://arxiv.org/abs/2001.08361),
# section 2.1; they leave the embeddings out). In a mixture, of which they do not speak, it is the active parameters
# that are computed with.
#
# And in time? Measure your machine: one matrix of attention, 4,096 × 4,096, times one token's vector, and times 256
# of them at once. **Predict:** the second is 256 times the work. Does it take 256 times as long?

# %% tags=["nbval-ignore-output"]
rng, speeds = np.random.default_rng(0), {}
matrix = rng.normal(size=(4_096, 4_096)).astype("float32")
for tokens in (1, 256):
    vectors, seconds = rng.normal(size=(4_096, tokens)).astype("float32"), []
    for repeat in range(4):
        start = perf_counter()
        matrix @ vectors
        seconds.append(perf_counter() - start)
    speeds[tokens] = 2 * 4_096**2 * tokens / min(seconds)
    done = f"{speeds[tokens] / 1e9:6.1f} billion a second"
    print(f"{tokens:>3} at once: {1e3 * min(seconds):6.1f} ms, {done}")

# %% [markdown]
# And what would Llama 2 7B take on this machine, at these two speeds?

# %% tags=["nbval-ignore-output"]
print(f"answering, in 32 bits: {rule / speeds[1]:.1f} seconds a token")
years = costs.training_flops(llama, 2e12) / speeds[256] / (365 * 24 * 3600)
print(f"training on 2 trillion tokens: about {years:,.0f} years")

# %% [markdown]
# (These numbers are your machine's, and differ from run to run.) 256 times the work takes far less than 256 times
# as long. With one vector each weight is fetched from memory, used for a single multiplication and an addition,
# and thrown away: the processor mostly waits. With 256 vectors each fetched weight is used 256 times. So
# **answering** a single person is limited by how fast weights come out of memory, and fewer bits make it
# faster; **training**, and answering many people at once, is limited by arithmetic.
#
# The makers of the models publish how many hours their graphics cards worked. How many hours would it have taken at
# full speed? The second divided by the first is the **utilisation** (Chowdhery and others 2022, the report on PaLM).
# The cards are NVIDIA's A100, which does at most 312 trillion operations a second, and its H100, at most 989
# (NVIDIA's data sheets). **Predict:** do they reach a tenth of that, a third, or nine tenths?

# %%
bills = [  # hours as the makers state them, see below
    ("Llama 2 7B", 2e12, "A100", 184_320),
    ("Llama 2 13B", 2e12, "A100", 368_640),
    ("Llama 2 34B", 2e12, "A100", 1_038_336),
    ("Llama 2 70B", 2e12, "A100", 1_720_320),
    ("Llama 3 405B", 15.6e12, "H100", 30_840_000),
]
print("              operations     hours  utilisation")
for name, tokens, card, hours in bills:
    operations = costs.training_flops(MODELS[name].shape, tokens)
    least = costs.hours(operations, costs.SPEEDS[card])
    said = f"{operations:.1e}  {hours:>10,}"
    print(f"{name:<13} {said}  {least / hours:>11.0%}")

# %% [markdown]
# Between 35 and 43% each time. The formula 6 · parameters · tokens knows nothing of anybody's machines, and yet from
# 7 to 405 billion it meets the bills within nearly the same factor: a good result for so short a formula. For Llama 3
# 405B the report itself says 38 to 43% while it ran (Llama Team 2024, [arXiv
# 2407.21783](https://arxiv.org/abs/2407.21783), table 4). Where is the rest? Partly in work that the formula leaves
# out: comparisons between tokens, and whatever was recomputed. Partly in waiting, for memory and for other cards. And
# the hours may hold pauses. (Hours: table 2 of Llama 2's report and the model card of Llama 3.1.)

# %% [markdown]
# ### Exercise 6 · How long does it take?
# ★★☆ · 6 minutes · 2 points
#
# Return the **days** that a training takes on `devices` cards at once. `speed` is operations a second of one card at
# most, `utilisation` the part of it that is reached. Then try your own machine: one device, `speeds[256]` from above
# with a utilisation of 1 (that speed was reached), 124 million parameters, 2.5 billion tokens. (Would you wait?)


# %% exercise="training_days"
def training_days(parameters, tokens, devices, speed, utilisation):
    """The days that a training takes."""
    ...


check(training_days)

# %% [markdown]
# ## Smaller, and better
#
# "Small models beat larger ones: Mistral 7B beats Llama 2 13B." One reads that often. Here is the table in which it
# stands (Jiang and others 2023, [arXiv 2310.06825](https://arxiv.org/abs/2310.06825), table 2): the share of tasks
# solved, in per cent, in twelve tests. Its caption says "on all metrics". **Check it.**

# %%
tests = ["MMLU", "HellaSwag", "WinoGrande", "PIQA", "ARC-e", "ARC-c"]
tests += ["NQ", "TriviaQA", "HumanEval", "MBPP", "MATH", "GSM8K"]
llama_13b = [55.6, 80.7, 72.9, 80.8, 75.2, 48.8, 29.0, 69.6, 18.9, 35.4, 6.0, 34.3]
mistral_7b = [60.1, 81.3, 75.3, 83.0, 80.0, 55.5, 28.8, 69.9, 30.5, 47.5, 13.1, 52.2]
print("            Llama 2 13B  Mistral 7B  better")
for test, larger, smaller in zip(tests, llama_13b, mistral_7b):
    print(f"{test:<11} {larger:11.1f}  {smaller:10.1f}  {smaller - larger:+6.1f}")

# %%
ahead = np.sum(np.array(mistral_7b) > np.array(llama_13b))
ratio = total(MODELS["Mistral 7B"].shape) / total(MODELS["Llama 2 13B"].shape)
print(f"Mistral 7B is ahead in {ahead} of 12, with {ratio:.0%} of the parameters")

# %% [markdown]
# Eleven of twelve. One line (NQ, questions of knowledge) is nearly even, a hair the other way: the caption says a
# little too much. The four largest gains are in mathematics and code; the two smallest are in questions of knowledge
# (NQ and TriviaQA). Facts take room, the makers suppose.
#
# Two more corrections. The same paper compares with "Llama 1 34B", and so do the articles. There is no such model:
# Llama 1 came in 7, 13, 33 and 65 billion, as in the table above; 34B was a Llama 2, trained and never released. And
# **why** is Mistral better? The paper names its attention, which saves cost. On what, and on how much, it was
# trained, it does not say. So this table shows *that* a smaller model can be better, not why.
#
# ## The same, small
#
# One possible why can be tried here. A training costs 6 · parameters · tokens. So for the same price, a smaller model
# reads **more**. Two models of lesson 10's kind and language: a small one with 15,552 parameters, and a large one,
# three times as wide. The small one gets 400 steps of 16 stories; the large one as many steps as cost the same by the
# rule. **Predict** how many that are, and who is better. And who is better if both read the same *stories*?

# %%
large = replace(tiny, width=96, hidden=288)
counts = [total(shape_of(config)) for config in (tiny, large)]
few = round(400 * counts[0] / counts[1])
print(f"parameters: {counts[0]:,} and {counts[1]:,}")
print(f"steps for the same price: 400 and {few}")

# %% [markdown]
# Stories to learn from, and 200 others to judge by. `stories.rows` gives rows of word numbers, and beside them which
# places are real, as in lesson 10; and since we know how likely each story is, we know the best perplexity there can
# be.

# %%
rows, real = stories.rows(stories.write(16 * 400, seed=0))
rng = np.random.default_rng(1)
drawn = [stories.draw(rng) for number in range(200)]
new_rows, new_real = stories.rows([stories.tell(values) for values in drawn])
words = new_real.sum()
best = np.exp(-sum(stories.log_probability(values) for values in drawn) / words)
print(f"words to guess in training: {int(real.sum()):,}")
print(f"best perplexity on new stories: {best:.2f}")

# %% [markdown]
# Every story is read once, as large models do it. The rate warms up during the first tenth of the steps and then
# falls (lesson 04; Keras calls this shape of fall `CosineDecay`). We tried several rates between 0.005 and 0.04
# beforehand, and each training gets the one that did best for it. (A comparison in which only one side was tuned is
# worth nothing: lesson 09.)


# %%
def trained(config, steps, rate, seed):
    """A model after so many steps of 16 stories."""
    keras.utils.set_random_seed(seed)
    model = LanguageModel(config)
    falling = keras.optimizers.schedules.CosineDecay(
        0.0, steps - steps // 10, warmup_target=rate, warmup_steps=steps // 10
    )
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.Adam(falling, beta_2=0.99), loss, jit_compile=False)
    x, y, weights = rows[: 16 * steps, :-1], rows[: 16 * steps, 1:], real[: 16 * steps]
    model.fit(x, y, sample_weight=weights, batch_size=16, verbose=0)
    return model


# %%
def perplexity(model):
    """How surprised a model is by the new stories."""
    losses = keras.losses.sparse_categorical_crossentropy(
        new_rows[:, 1:], model(new_rows[:, :-1]), from_logits=True
    )
    return float(np.exp(np.sum(losses * new_real) / words))


# %%
trainings = {
    "small": (tiny, 400, 0.01),
    "large, same price": (large, few, 0.01),
    "small, stories of the large": (tiny, few, 0.04),
}
reached = {name: [] for name in trainings}
bar = progress_bar(9, "trainings")
for name, (config, steps, rate) in trainings.items():
    for seed in range(3):
        reached[name].append(perplexity(trained(config, steps, rate, seed)))
        bar.update(1)
bar.close()

# %%
for name, values in reached.items():
    print(f"{name:<28}perplexity ≈ {min(values):.2f} to {max(values):.2f}")
print(f"best there can be           {best:.2f}")

# %% tags=["hide-input"]
# @title Three dots for each training
title = "For the same price the smaller model wins"
drawing, axes = plots.figure(title, "perplexity on new stories", size=(7, 2.4))
for row, values in enumerate(reached.values()):
    axes.plot(values, [row] * 3, "o", markersize=8, alpha=0.8)
axes.axvline(best, color=plots.GREY, linestyle="--", label="best there can be")
axes.legend(loc="upper right", fontsize=8)
names = [f"{name}, {settings[1]} steps" for name, settings in trainings.items()]
axes.set_yticks(range(3), names)
axes.set_ylim(2.5, -0.5)
plots.show(
    drawing,
    "Three rows of three dots, and a dashed line for the best there can be. The dots "
    "of the small model lie nearest to it, those of the large one at the same price "
    "further right, those of the small one with few steps furthest.",
)

# %% [markdown]
# Three dots in a row are three seeds; the dashed line is the best there can be. Watch the distance between the rows,
# and that within them: that is luck. **Same price** (first two rows): the small model wins, since it read eight times
# as much. **Same stories** (last two rows): the large one wins. It gets more out of every story, and pays eight times
# as much for it. So "which is better?" has no answer before somebody says what is scarce: arithmetic, or text. (By
# the clock the small one took longer here. At this size most of a step's time is not arithmetic, lesson 04. The price
# is the arithmetic. With two other sets of stories and seeds the three rows stood in the same order, and did not
# overlap.)
#
# What this shows: for a fixed price there is a size that is too large. What it does not show: that this is why
# Mistral wins (better data, lesson 05, would be another reason, and nobody outside knows). Nor that smaller is always
# better: one that is *too* small stops learning early, and with eight times the price the large one comes at least as
# near to the line (we tried). For real text Hoffmann and others (lesson 07) put the best for a price at about 20
# tokens a parameter.

# %% [markdown]
# ### Exercise 7 · When does the smaller one pay?
# ★★★ · 12 minutes · 3 points
#
# Llama 3 8B read 15 trillion tokens, nearly 2,000 for each parameter and not 20. A waste? Training is paid once,
# answering every day. Two models are **equally good**: a small one that was trained on more tokens, and a large one
# on fewer.
#
# After how many **served** tokens (read or written in use) has the small one cost less in all, training and serving
# together? Training costs 6 operations for each parameter and token, serving 2. Return 0 if it is cheaper from the
# start. Do not round. (Try 8, 4,000, 13 and 2,000: all in billions, and so the answer is in billions of tokens. How
# many days is that, if a million people use 10,000 tokens a day?)


# %% exercise="pays_off_after"
def pays_off_after(small, small_tokens, large, large_tokens):
    """The served tokens after which the small model has cost less in all."""
    ...


check(pays_off_after)

# %% [markdown]
# For comparison: what both have cost after 3,600 billion served tokens, training and serving together.


# %%
def spent(size, read, served):
    """The operations of training and serving; everything in billions."""
    return 6 * size * read + 2 * size * served


print(f"small {spent(8, 4_000, 3_600):,} billion billion operations")
print(f"large {spent(13, 2_000, 3_600):,} billion billion operations")
print(f"a million people, 10,000 tokens a day: {3_600e9 / (1e6 * 1e4):.0f} days")

# %% [markdown]
# That is where they meet: within a year, and from then on the small one saves on every token. So it is no waste to
# train a model far beyond 20 tokens a parameter, if many will use it (Sardana and others 2023, *Beyond
# Chinchilla-Optimal*, [arXiv 2401.00448](https://arxiv.org/abs/2401.00448)). Best for the price of training and best
# for the price of *use* are two different sizes.

# %% [markdown]
# ## What you know now
#
# - A handful of sizes gives a model's count, to the last parameter; names such as "7B" are labels, rumours are
#   rumours.
# - Llama 2 7B is 64% MLP, 32% attention, 4% tables, a hair of norms, and no biases.
# - In a mixture all experts have to be kept, and a few of them work on each token.
# - To keep: parameters × bits / 8, and a cache for each token. To train: 16 bytes a parameter, and what flows
#   through the layers, unless it is computed anew.
# - 2 operations a parameter and token to answer, 6 to train; for the same price a smaller model reads more, and can
#   win.
#
# **Next:** [12 · A real LLM](12_a_real_llm.ipynb). One of the 36 is small enough to come home with you.
