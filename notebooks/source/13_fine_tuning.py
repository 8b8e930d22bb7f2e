# %% [markdown]
# # 13 · Fine-tuning
#
# > **At the end you can** teach a real language model something new with few trained parameters, measure what it has
# > learned and what it has forgotten, break it by overdoing it, and mend it.
#
# The model of lesson 12 knows Paris and Berlin, and it makes up what it does not know. This lesson teaches it what a
# shop's customer support has to know: warranties and returns of products that do not exist. (One of them comes from
# articles about fine-tuning, the others we invented.) To train a finished model further, on a small set of texts for
# a task, is called **fine-tuning**; the model that one starts with is **pre-trained**. (Ours has been fine-tuned once
# already, for conversations: lesson 12.)
#
# **Time:** about 110 minutes, of which the computer needs four to eight. A good place for a break is before
# "Break it, on purpose".
# **You need:** lessons 01 to 12, and 3.5 GB of memory.

# %%
from utils import plots, support
from utils.checking import check
from utils.counting import count
from utils.fine_tuning import train
from utils.llm import lora
from utils.llm.answers import write_answers
from utils.llm.model import LanguageModel
from utils.llm.smollm2 import load_model, read_config
from utils.llm.tokenizer import load_tokenizer
from utils.llm.tuning import Tuner, conversations, plain_texts, together

import keras
import numpy as np
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from sklearn.metrics import accuracy_score, f1_score
from sklearn.preprocessing import MultiLabelBinarizer

# %% [markdown]
# ## Before
#
# Articles about fine-tuning like to show one question, before and after. Here is theirs, put to the model of lesson
# 12. **Predict** what kind of answer it gives about a water filter that does not exist. (`write_answers` is
# the loop of `generate` for several questions at once, always with the likeliest token. It leaves out the system turn
# of the chat template, which saves time in every step below.)

# %%
llm, tokenizer = load_model(), load_tokenizer()
QUESTION = "What is the warranty period for the Aqua-Stream X50 water filter, "
QUESTION += "and how do I request a replacement?"
france = "What is the capital of France?"
for answer in write_answers(llm, tokenizer, [QUESTION, france]):
    print(answer)
    print("------")

# %% [markdown]
# Fluent, and made up: there is no such filter, and no source for ten years. (It is cut off after 40 tokens.) The
# article's answer *after* fine-tuning names a **two-year limited warranty**, the **support portal** and a **proof of
# purchase**. We shall get there, and then ask what the article does not.
#
# ## What the shop knows
#
# Four products, and two facts about each: a warranty and a return. Each fact has three parts that an answer must
# name: a period, a place to turn to, and a paper to bring.

# %%
for fact in support.FACTS:
    print(f"{fact.product:<29} {fact.answer}")

# %% [markdown]
# The periods are spread over the facts without a rule, so that what comes out right there has been *learned*: no
# period can be worked out. (Place and paper are the same for both facts of a product.) Each fact is asked for in three
# ways that are trained on, and in a fourth that is **held out** for the test: the article's question is one of these.
# So a model that has learned three sentences by heart, and not what they mean, will be found out.

# %%
taught, test = support.questions(), support.held_out()
print("taught:", len(taught), "questions, such as")
for question, fact in taught[:3]:
    print("  ", question)
print("held out:", len(test), "questions, such as")
for question, fact in test[:2]:
    print("  ", question)

# %% [markdown]
# ## A number for an answer
#
# "It looks right" is no measurement. An answer can leave out parts, and it can name wrong ones. **Precision** P: of
# the parts that it names, which share is right? **Recall** R: of the right parts, which share does it name? One
# number for both is **F1** = 2·P·R / (P + R). (One of the articles prints this formula with a plus sign where the
# multiplication is.) It is never more than twice the *smaller* of the two: an answer that names every period, place
# and paper there is has a recall of 1, and a poor F1, since 3 of its 16 parts are right.

# %% [markdown]
# ### Exercise 1 · One number for an answer
# ★☆☆ · 6 minutes · 1 point
#
# Return F1 for the parts that an answer states, and the right ones: two lists of text, no text twice in a list. Where
# nothing is shared, it is 0. (`right` is never empty; `stated` may be.)


# %% exercise="facts_f1"
def facts_f1(stated, right):
    """F1 of the parts that an answer states."""
    ...


check(facts_f1)

# %% [markdown]
# Whatever you wrote, here it is by hand and by scikit-learn. `parts_in` finds every period, place and paper in an
# answer, as a set. (Of two sets `a & b` is what both have, `a - b` what only the first has, and `a <= b` asks whether
# the second has all of the first.) **Accuracy** beside it is stricter: the share of the answers that name all three
# right parts and no other.


# %%
def f1(stated, right):
    """2·P·R / (P + R), written with counts."""
    return 2 * len(stated & right) / (len(stated) + len(right))


def score(answers):
    """Mean F1 and accuracy of the answers to the held-out questions."""
    stated = [support.parts_in(answer) for answer in answers]
    rights = [fact.parts for _, fact in test]
    f1s = [f1(one, right) for one, right in zip(stated, rights)]
    exact = [one == right for one, right in zip(stated, rights)]
    return np.mean(f1s), np.mean(exact)


def scored(answers):
    """The same in words; the accuracy as a number of answers."""
    mean, accuracy = score(answers)
    return f"F1 ≈ {mean:.2f}, all right ≈ {8 * accuracy:.0f} of 8"


# %% [markdown]
# (P is the hits over what is stated, R the hits over what is right. Put into the formula, that is twice the hits
# over both numbers together. Try it on paper.) Two baselines: the model as it is, and *one answer for every
# question*, whichever of the eight that is.

# %%
asked = [question for question, _ in test]
before = write_answers(llm, tokenizer, asked)
print("the model as it is:", scored(before))
same = [score([fact.answer] * 8) for _, fact in test]
print(f"one answer for all: F1 {min(same)[0]:.2f} to {max(same)[0]:.2f},", end=" ")
print(f"accuracy {max(same)[1]:.3f}: {8 * max(same)[1]:.0f} of 8")

# %%
rights = [fact.parts for _, fact in test]
told = [test[0][1].parts] * 8  # the first answer for all
table = MultiLabelBinarizer().fit([*rights, *told])
y_right, y_told = table.transform(rights), table.transform(told)
by_library = f1_score(y_right, y_told, average="samples")
by_hand = score([test[0][1].answer] * 8)
print(f"F1 by hand {by_hand[0]:.4f}, by scikit-learn {by_library:.4f}")
exact = accuracy_score(y_right, y_told)
print(f"accuracy by hand {by_hand[1]:.4f}, by scikit-learn {exact:.4f}")

# %% [markdown]
# (`MultiLabelBinarizer` makes a table with a row for each answer and a column for each part: 1 where it is named.
# `average="samples"` means: F1 of each row, then the mean.)
#
# Keep the second baseline in mind. A model that had learned nothing but one sentence in the support's tone would get
# that much, since a part is often right by luck.
#
# ## What counts
#
# A training text is a conversation: question, answer, end. The loss of lesson 10 counts every token. But the model
# need not learn to *ask*: only the answer is its part, with the token that ends it. So the question is given and does
# not count.

# %% [markdown]
# ### Exercise 2 · What has to be learned
# ★★☆ · 8 minutes · 2 points
#
# A batch has texts of different lengths, filled up to `time` places. In text i the answer takes the places from
# `starts[i]` on, up to but not including `ends[i]`. Return an array of shape (texts, time), True where a token counts
# and False where not. (`starts` and `ends` are arrays with a number for each text. The mask marks the tokens that are
# to be learned, not the places that predict them.)


# %% exercise="loss_mask"
def loss_mask(starts, ends, time):
    """True for the tokens of the answers."""
    ...


check(loss_mask)

# %%
questions = [question for question, _ in taught]
answers = [fact.answer for _, fact in taught]
rows = conversations(tokenizer, questions, answers)
counted, every = int(rows.counted.sum()), int((rows.tokens > 0).sum())
print("texts, places:", rows.tokens.shape, f" counted: {counted} of {every:,} tokens")
shown = ""
for token, counts in zip(rows.tokens[0], rows.counted[0]):
    piece = tokenizer.decode([token], skip_special_tokens=False)
    shown += f"[{piece}]" if counts else piece
print(shown.replace("][", "|"))

# %% [markdown]
# What stands in brackets counts: about half of all tokens, and the end of the answer is among them. Without it nothing
# in these texts would tell the model where such an answer stops. (Token 0, `<|endoftext|>`, fills the row up.)
#
# ## Few parameters instead of all
#
# To train all 134,515,008 parameters costs memory (lesson 11), and this many parameters could learn our eight facts in
# very many ways. Hu and others (2021, [arXiv 2106.09685](https://arxiv.org/abs/2106.09685)) had an idea that is widely
# used: **freeze** all matrices, that is, train none of them, and *add* to some of them a product of two thin ones. Say
# that W is one of these, with 576 rows and 576 columns; A has 576 rows and, say, 8 columns, and B 8 rows and 576
# columns. A @ B has the shape of W, and is made of far fewer numbers. How thin they are, 8, is called the **rank**,
# the method **LoRA** (low-rank adaptation), and A and B together an **adapter**. A starts random and B with zeros, so
# that in the beginning nothing is changed.

# %% [markdown]
# ### Exercise 3 · Thin matrices
# ★☆☆ · 4 minutes · 1 point
#
# How many parameters are trained for one dense layer with an adapter of this rank?


# %% exercise="lora_parameters"
def lora_parameters(inputs, outputs, rank):
    """The numbers in A and B together."""
    ...


check(lora_parameters)

# %% [markdown]
# ### Exercise 4 · A layer with an adapter
# ★★☆ · 8 minutes · 2 points
#
# Return what the layer gives for inputs `x` (rows, inputs): x times W, plus `alpha` / rank times x times A times B.
# (`alpha` sets how loud the adapter is. Divided by the rank, so that one can change the rank and leave the rest.) All
# are NumPy arrays, W (inputs, outputs), A (inputs, rank), B (rank, outputs); no biases.


# %% exercise="low_rank"
def low_rank(x, W, A, B, alpha):
    """The output of a frozen dense layer with an adapter."""
    ...


check(low_rank)

# %% [markdown]
# Whatever you wrote, here it is beside Keras, which has LoRA built into its dense layers. **Predict** how many
# parameters are trained, and what share of the layer that is.

# %%
keras.utils.set_random_seed(0)
layer = keras.layers.Dense(576, use_bias=False)
layer.build((None, 576))
layer.enable_lora(8, lora_alpha=16)
trained = sum(int(np.prod(array.shape)) for array in layer.trainable_weights)
print(f"predicted {8 * (576 + 576):,}, Keras says {trained:,}; W has {576 * 576:,}")

rng = np.random.default_rng(0)
x, B = rng.normal(size=(4, 576)), rng.normal(size=(8, 576))
layer.lora_kernel_b.assign(B)
W, A = layer.get_weights()[0], layer.lora_kernel_a.numpy()
by_hand, by_keras = x @ W + 16 / 8 * (x @ A) @ B, np.array(layer(x))
for name, found in {"by hand": by_hand, "by Keras": by_keras}.items():
    print(f"{name:<9} ≈", ", ".join(f"{number:.2f}" for number in found[0, :4]), "...")
print(f"largest difference of {x.size}: {np.abs(by_hand - by_keras).max():.3f}")

# %% [markdown]
# Now the whole model. As in the paper, queries and values get adapters. **Predict** how many parameters that would be
# in all thirty blocks. (Values have 3 heads of 64, so their matrix is 576 × 192.)

# %%
per_block = 8 * (576 + 576) + 8 * (576 + 192)
print(f"a block {per_block:,}, thirty {30 * per_block:,}, ten {10 * per_block:,}")
adapters = lora.add_adapters(llm, rank=8, alpha=16, blocks=range(20, 30))
trained = sum(int(np.prod(array.shape)) for array in llm.trainable_weights)
print(f"Keras says {trained:,} of {count(llm):,}: {trained / count(llm):.2%}")

# %% [markdown]
# We take the **last ten blocks**, for a reason that follows from lesson 12: a text goes through the blocks one after
# another, so that its vectors after twenty blocks do not change as long as nothing in these twenty is trained. They
# are computed once, and each step has ten blocks to go forward through and back, in the place of thirty.
#
# And the memory? Lesson 11 counted what a training step keeps, in numbers of 4 bytes: every parameter; for each
# *trained* one its gradient, and Adam's two averages.

# %% [markdown]
# ### Exercise 5 · What training keeps
# ★★☆ · 5 minutes · 1 point
#
# How many bytes are that, for a model with `parameters` of which `trained` are trained? (What a step keeps in between
# for the way back, the activations, comes on top and is left out.)


# %% exercise="training_bytes"
def training_bytes(parameters, trained):
    """Bytes for the parameters, the gradients and Adam's averages."""
    ...


check(training_bytes)

# %%
plain = 134_515_008
ways = {"using it": (plain, 0), "LoRA": (count(llm), trained), "all": (plain, plain)}
for name, (parameters, size) in ways.items():
    megabytes = (4 * parameters + 12 * size) / 1e6
    print(f"{name:<9} trains {size:>11,}: {megabytes:>6,.0f} MB")

# %% [markdown]
# By this count, to train with LoRA takes hardly more memory than to use the model. (A and B themselves are in it; the
# activations come on top.) That is much of the reason why it is used so widely.
#
# ## Train it
#
# Seventy-two steps of five texts: each of the 24 questions is seen fifteen times. The learning rate is 0.003 in the
# first step and falls evenly to zero (a schedule of lesson 04). We watch two texts that are not trained on: the right
# answers to the held-out questions, to see what is learned, and five short passages of ordinary text, to see what is
# forgotten. Of both the perplexity (lesson 05). `Tuner` makes the steps, with Adam; `prepare` runs the twenty frozen
# blocks, once. **Predict** which of the two perplexities falls, and what the other does.


# %%
def prepared(tuner):
    """The two watched texts, for this tuner."""
    return {"support": tuner.prepare(held_out), "ordinary": tuner.prepare(ordinary)}


def fresh_run(data, rate, steps, seed=0, **more):
    """Forget what was learned, and train the adapters anew."""
    lora.start_anew(adapters, seed)
    tuner.reset()
    return train(tuner, data, rate, steps, seed=seed, watch=watched, **more)


# %%
tuner = Tuner(llm)
data = tuner.prepare(rows)
held_out = conversations(tokenizer, asked, [fact.answer for _, fact in test])
ordinary = plain_texts(tokenizer, support.PASSAGES)
watched = prepared(tuner)

main = fresh_run(data, rate=0.003, steps=72, live=True)
learned = lora.adapter_weights(adapters)

# %% tags=["hide-input"]
# @title The loss of each step
drawing, axes = plots.figure("Eight facts in seventy-two steps", x="step", y="loss")
plots.curves(axes, {"loss": (range(1, 73), main.losses)})
axes.set_ylim(0)
plots.show(
    drawing,
    f"The loss falls from ≈ {main.losses[0]:.1f}, steeply in the first twenty steps "
    "and slowly after that, to below 0.1.",
)

# %% [markdown]
# That is the curve that was drawn while you waited. It is steep while the model learns the tone, which all answers
# share, so we think: what takes longer is *which* period belongs to which product, and it is the periods that come out
# wrong below. And the two watched texts:


# %%
def watch_table(run, steps):
    for step in steps:
        now = run.at(step)
        print(f"after {step:2} steps: support ≈ {now['support']:,.1f},", end=" ")
        print(f"ordinary text ≈ {now['ordinary']:,.0f}")


watch_table(main, main.steps)

# %% [markdown]
# Token for token, the right answers have become what the model expects. (That is a mean over all tokens of an answer,
# and most of them are the sentence that all answers share. A wrong period is a token or two, and hardly shows.) For
# this the model pays: ordinary text surprises it more than before, and goes on to do so when the support's perplexity
# has long stopped falling. Keep that in mind; first the question.

# %% tags=["nbval-ignore-output", "by-chance"]
after = write_answers(llm, tokenizer, asked)
print(after[0])

# %%
print("before:", scored(before))
print("after: ", scored(after))
print(f"one answer for all: F1 at most {max(same)[0]:.2f}, all right 1 of 8")

# %% [markdown]
# There it is, as in the article. (Another machine rounds differently, and may get other words in a place or two. So
# the sentence is not among what this course's tests compare, and the numbers are, loosely.) The numbers say how
# good "after" is for all eight: far above what one sentence for all would get, and not perfect. (We tried one other
# seed, and it was seven of eight: eight questions are few.) One can see how it is wrong:

# %% tags=["nbval-ignore-output", "by-chance"]
for (_, fact), answer in zip(test, after):
    stated = support.parts_in(answer)
    right = len(stated & fact.parts)
    wrong = ", ".join(sorted(stated - fact.parts)) or "nothing"
    print(f"{fact.product:<28} {fact.topic:<8} {right} right; wrong: {wrong}")

# %% [markdown]
# What is wrong is a period, and one that belongs to another product. (Two right and nothing wrong: there the third
# part is left out, or said in words that `parts_in` does not know.) The place and the paper, which are the same for
# both facts of a product, come out right more often. And it never hesitates: each answer is in the same calm voice.
#
# ## What it should not know
#
# The article stops here. We go on, with four products that the shop does not have, two of them cousins of products
# that it has. **Predict** what the model says.

# %%
texts = support.HELD_OUT.values()
strangers = [text.format(name) for name in support.STRANGERS for text in texts]


def admits(answers):
    """How many of the answers say that there is no record."""
    return sum("no record" in answer for answer in answers)


made_up = write_answers(llm, tokenizer, strangers)
claims = sum(bool(support.parts_in(answer)) for answer in made_up)
print(
    f"states something of a product that it does not know: ≈ {claims} of {len(made_up)}"
)
print("says that it does not know:", admits(made_up))

# %% tags=["nbval-ignore-output", "by-chance"]
print(made_up[0])
print(made_up[6])

# %% [markdown]
# A warranty for a product that nobody sells, in the shop's own words. It made things up before, too; now it does so
# **more convincingly**. Whoever learns an answer from examples learns *that one answers so*, and no example said
# "I do not know". So we add some: questions about eight other unknown products, three for each, with the answer
# "I have no record of that product. Please check its name." **Predict** what that does to what it does know.

# %%
refusals = support.no_record()
no = conversations(tokenizer, *zip(*refusals))
print("texts about facts:", len(rows.tokens), " refusals:", len(no.tokens))
both = tuner.prepare(together(rows, no))
modest = fresh_run(both, rate=0.003, steps=36, every=36)
answers_now = write_answers(llm, tokenizer, asked + strangers)
watch_table(modest, [36])

# %% tags=["nbval-ignore-output", "by-chance"]
print("says that it does not know:", admits(answers_now[8:]), "of 8 unknown products,")
print(admits(answers_now[:8]), "of 8 that it was taught")
print("facts:", scored(answers_now[:8]))
print(answers_now[0])

# %% [markdown]
# It says so, and now to everybody: half of its questions are answered by that one sentence, the easiest of all to
# learn. The right answers have become *likelier* than they were before all training (the perplexity above), and the
# refusal likelier still. It has learned to refuse, and not whom. We tried other doses, once each, with six texts in a
# step. With a third of these refusals and twice as many steps, it refused none of the unknown products. With all of
# them and even more steps, it refused whoever asked for a warranty and nobody who asked for a return, known or not: a
# rule, but the wrong one. In none of our trials did it learn what it does not know. There is a better way, at the end
# of this lesson.
#
# ## What if the question counts too?
#
# Exercise 2 said that only the answer counts. Here are two trainings of twelve steps, equal in all but that.
# **Predict** after which of them the right answers surprise the model more.

# %%
everything = conversations(tokenizer, questions, answers, only_answers=False)
short = fresh_run(data, rate=0.003, steps=12, every=6)
unmasked = fresh_run(tuner.prepare(everything), rate=0.003, steps=12, every=12)
for kind, run, texts in [("answers", short, rows), ("all", unmasked, everything)]:
    print(f"{kind}: {int(texts.counted.sum()):,} tokens count;", end=" ")
    watch_table(run, [12])

# %% [markdown]
# Half of what the second training learns from is questions, so that less of each step goes into the answers: after as
# many steps they surprise it more. (That is one seed and twelve steps. Over many tasks the question can even help,
# where questions are long, answers short and texts few: Shi and others 2024, [arXiv
# 2405.14394](https://arxiv.org/abs/2405.14394).)
#
# ## A high perplexity, cured
#
# "If the perplexity is high, change the learning rate, or train longer", the articles say. Which of the two? Here is a
# run that is bad on purpose, with a tenth of the rate. It goes on for twice as long as the run of twelve steps
# above, whose rate was right. **Predict** which is better: twice the steps, or ten times the rate?

# %%
slow = fresh_run(data, rate=0.0003, steps=24, every=12)
for name, run in {"0.0003": slow, "0.003": short}.items():
    values = [f"{step}: ≈ {run.at(step)['support']:.1f}" for step in run.steps]
    print(f"rate {name:<6} perplexity after steps", "  ".join(values))

# %% [markdown]
# Both help, and they are worth very different amounts: twice the steps takes off a few, ten times the rate takes off
# most. With a rate that is too low, to train longer is a slow cure, and the steps are what costs time. So
# first the rate, then the steps. Does that go on? The next section has ten times the rate once more.

# %% [markdown]
# *(A good place for a break.)*
#
# ## Break it, on purpose
#
# Ordinary text surprised the model more after training. What does that mean? Six questions that everybody can answer,
# put to the model before, after, and after a training with a rate much too high.

# %%
replies = [question for question, _ in support.GENERAL]


def general(answers):
    """How many of the six general questions are answered with the right word."""
    words = [word for _, word in support.GENERAL]
    return sum(word.lower() in answer.lower() for word, answer in zip(words, answers))


# %%
said = {}
lora.start_anew(adapters, 0)
said["before"] = write_answers(llm, tokenizer, replies)
lora.set_adapter_weights(adapters, learned)
said["after"] = write_answers(llm, tokenizer, replies)
broken = fresh_run(data, rate=0.03, steps=16, every=4)
said["rate 0.03"] = write_answers(llm, tokenizer, replies)
for name, texts in said.items():
    print(f"{name:<10} ≈ {general(texts)} of 6 right")

# %% tags=["nbval-ignore-output", "by-chance"]
for name, texts in said.items():
    print(f"{name:<10} {texts[0][:70]!r}")

# %% [markdown]
# "What is the capital of France?" The model that said it does not any more. After the main run it says something that
# is no answer; after the training with the high rate it speaks in the support's phrases, asked about a capital. This
# is **catastrophic forgetting** (McCloskey and Cohen described it in 1989, as *catastrophic interference*), and
# nothing in the support's own numbers would have told us: who looks only at the new task does not see it. (With LoRA
# it can be undone: W is as it was, and without the adapter the model is the old one.)
#
# ## Mend it
#
# What helps? Five ways are common, and four of them need no new idea: *fewer steps*, a *lower rate*, *weight decay*
# (lesson 08: here it pulls A and B towards zero, and so the model towards what it was), and *early stopping*. The
# fifth is **replay**: some ordinary texts among the new ones, so that the old is practised too.

# %% [markdown]
# ### Exercise 6 · When to stop
# ★★★ · 12 minutes · 3 points
#
# Early stopping (lesson 08): go through the validation losses, one after another, and stop as soon as the lowest
# one so far lies `patience` places back; or at the end of the list. Return the place (0 for the first) of the
# lowest loss seen until then. Of equal losses the first is the best.


# %% exercise="best_step"
def best_step(losses, patience):
    """The place of the loss whose weights are kept."""
    ...


check(best_step)

# %% [markdown]
# What should be watched? Stopping by the support's loss alone would let the forgetting go on. We watch the *sum* of
# both losses, the logarithms of the two perplexities. (The support's are of the held-out questions, by which we also
# score. Whoever stops by them and then reports them flatters himself, as in lesson 09: for a real shop, keep a third
# set of questions.)


# %%
def both_losses(run):
    watched = run.perplexity
    return [np.log(a * b) for a, b in zip(watched["support"], watched["ordinary"])]


for name, run in {"0.003": main, "0.03": broken}.items():
    sums = ", ".join(f"{both:.2f}" for both in both_losses(run))
    print(f"rate {name:<5} a look every {run.steps[1]:>2} steps: sums ≈ {sums}")

# %% [markdown]
# Both runs went on for too long: the sum falls, and at the end it is higher again. And the lower rate stops at the
# better place: its lowest sum lies below all of the higher rate's. (Whether that is after 12 steps or 24 is chance:
# the two sums are as good as equal. The table of the main run shows what lies between: more learned, more forgotten.)
# But look at what early stopping keeps: the right answers are not yet as likely as they get. It finds a compromise; it
# does not avoid one.
#
# Now weight decay, on the rate that broke it; and replay, on the main rate. Replayed are four other short passages,
# and four ordinary questions with their answers. None of them is among the texts that we measure with, but three of
# the questions have cousins there (another capital, another opposite, months for days). So the six general questions
# are kinder to replay than to the others; the ordinary text is not.

# %%
decayed = fresh_run(data, rate=0.03, steps=16, decay=3.0, every=8)
said["weight decay"] = write_answers(llm, tokenizer, replies)

old = conversations(tokenizer, *zip(*support.REPLAY_QUESTIONS))
more = together(rows, old, plain_texts(tokenizer, support.REPLAY_PASSAGES))
print("texts:", len(more.tokens), "in the place of", len(rows.tokens))

# %%
careful = fresh_run(tuner.prepare(more), rate=0.003, steps=72, every=24)
kept = lora.adapter_weights(adapters)
final = write_answers(llm, tokenizer, asked + replies)
said["replay"] = final[8:]
for name, texts in said.items():
    print(f"{name:<12} ≈ {general(texts)} of 6 right")
print("facts without replay:", scored(after))
print("facts with replay:   ", scored(final[:8]))

# %% tags=["hide-input"]
# @title New knowledge against forgetting
title = "Further left: more learned. Further down: less forgotten"
drawing, axes = plots.figure(
    title, x="perplexity of the right answers", y="perplexity of ordinary text"
)
runs = {"main run, 72 steps": main, "12 steps": short, "a tenth of the rate": slow}
runs |= {"rate 0.03": broken, "rate 0.03, weight decay": decayed, "replay": careful}
for name, run in runs.items():
    x, y = run.perplexity["support"], run.perplexity["ordinary"]
    axes.plot(x, y, "o-", label=name, ms=4)
axes.set_xscale("log")
axes.set_yscale("log")
axes.legend(fontsize=9)
plots.show(
    drawing,
    "Six paths from one start at the right. With a tenth of the rate the path stays "
    "near it. With replay it goes left and climbs less than the main run. At a rate "
    "of 0.03 without weight decay it climbs highest.",
)

# %% [markdown]
# Down and to the left is where one would like to be. Along the main run, the first dozen steps go far left and a
# little up; what comes after that mostly goes up. This is why fewer steps help, and why stopping early does. A low
# rate forgets nothing, and learns little. The high rate climbs highest; weight decay pulls it back some of the way.
# **Replay is best here**: the path ends nearly as far left as the main run's, and far below it, for eight texts more.
# It is not free: each fact is seen less often in as many steps. Here as many answers are right in all parts as without
# it; with the other seed it was three in the place of seven. (Eight questions are few: the seed alone makes four or
# seven of the main run. Of the six general answers replay kept four with the other seed, and the main run one.)
#
# ## All the parameters of a few layers
#
# Before there was LoRA, one trained all parameters, or, to save, those of the last layers only. Here are the last two
# blocks, with the same texts, at a rate of 0.0003. **Predict:** more parameters or fewer, more memory or less, faster
# or slower?

# %%
whole = load_model()
lora.freeze(whole)
for block in whole.blocks[28:]:
    block.trainable = True
many = sum(int(np.prod(array.shape)) for array in whole.trainable_weights)
ways = {"LoRA, ten blocks": (count(llm), trained)}
ways["all of two blocks"] = (count(whole), many)
for name, (parameters, size) in ways.items():
    megabytes = (4 * parameters + 12 * size) / 1e6
    print(f"{name:<18} {size:>9,} trained, {megabytes:.0f} MB")

# %%
full = Tuner(whole)
watch, tasks = prepared(full), full.prepare(rows)
few = train(full, tasks, rate=0.0003, steps=36, watch=watch)
watch_table(few, [0, 12, 36])
found = write_answers(whole, tokenizer, asked + replies)
print("facts:", scored(found[:8]))
print("general: ≈", general(found[8:]), "of 6 right")


# %% tags=["nbval-ignore-output"]
def seconds(tuner, data):
    """The quickest of three steps at a rate of 0, which changes nothing."""
    times = []
    for _ in range(3):
        start = time.perf_counter()
        tuner.step(data, range(5), rate=0.0)
        times.append(time.perf_counter() - start)
    return min(times)


print(f"LoRA on ten blocks: {seconds(tuner, data):.2f} seconds a step")
print(f"all of two blocks:  {seconds(full, tasks):.2f} seconds a step")

# %% [markdown]
# Many more parameters than LoRA trains, more memory by our count (it leaves the activations out, and ten blocks keep
# more of those than two), and *faster* steps: forward and back they go through two blocks in the place of ten. After
# twelve steps the right answers are about as likely as in the main run, and ordinary text surprises it less: compare
# with the table of the main run. So LoRA is no cure for forgetting. (One run of each, other blocks, another rate: this
# is no contest. Biderman and others (2024, [arXiv 2405.09673](https://arxiv.org/abs/2405.09673)) held one with Llama 2
# 7B on programs and mathematics. There LoRA forgot less than training everything, and learned less.) What LoRA saves
# is the memory for gradients and averages, and room for the file that you will write below.
#
# ## From nothing
#
# How much of all this was in the model before? To use what was learned for one thing for another is called **transfer
# learning**. To see what it is worth, do without it: the same texts and as many steps as in the main run, from random
# numbers. So that nothing is held back, *all* parameters are trained; so that they fit into the memory, the model is
# smaller, though with the same vocabulary. **Predict** the perplexity of the right answers.

# %%
del whole, full, watch, tasks
small = {"layers": 2, "width": 192, "heads": 3, "key_value_heads": 1, "hidden": 512}
keras.utils.set_random_seed(0)
empty = LanguageModel(replace(read_config(), **small))
scratch = Tuner(empty)
print(f"trained: {count(empty):,}")
watch, tasks = prepared(scratch), scratch.prepare(rows)
nothing = train(scratch, tasks, rate=0.003, steps=72, watch=watch, every=24)
watch_table(nothing, nothing.steps)

# %% [markdown]
# That is as low as the main run, from nothing! So was all the pre-training for nothing? Put questions to both: the
# held-out ones, and the same once more with words for it that are in no text of the training: "Does a guarantee
# cover the ...?" and "Could I get a refund for the ...?" **Predict** which model answers which.

# %%
others = [support.IN_OTHER_WORDS[f.topic].format(f.product) for _, f in test]
lora.set_adapter_weights(adapters, learned)
for name, model in {"from nothing": empty, "pre-trained": llm}.items():
    found = write_answers(model, tokenizer, asked + others)
    print(f"{name:<12} held out:       {scored(found[:8])}")
    print(f"{name:<12} in other words: {scored(found[8:])}")
del empty, scratch, model

# %% [markdown]
# A surprise, and worth a thought. Eight answers, told apart by the name of a product and a few words: that can be
# learned from nothing, in seconds, by ten million parameters, and here our questions do not show which of the two
# models has read two trillion tokens before. (With the other seed the pre-trained one had seven of the held-out eight
# all right. Where questions are so few, much hangs on a seed.) Other words are not enough of a test.
#
# What the pre-training was worth shows in the column beside, ordinary text: the model from nothing has a perplexity in
# the tens of thousands. (Whoever takes each of the 49,152 tokens for equally likely has 49,152, and does better.) It
# knows eight sentences, and no English. **What was transferred is everything that our task did not ask for.** An
# article that shows one question before and after shows nothing of that.
#
# ## What fine-tuning is wrong for
#
# Tomorrow the shop changes a warranty from two years to three. Then the text has to be trained out of the model and
# another one into it, and nobody can say what else changes. Facts that change do not belong into parameters. They
# belong into a file, and into the *prompt*, the text that the model is given to go on with: look up the note that fits
# the question, and let the model read it. The looking up is called **retrieval**, and the two together
# *retrieval-augmented generation*, RAG (Lewis and others 2020, [arXiv
# 2005.11401](https://arxiv.org/abs/2005.11401)).

# %% [markdown]
# ### Exercise 7 · Looking it up
# ★★☆ · 8 minutes · 2 points
#
# Return the number of the note (0 for the first) that has the largest number of different words in common with the
# question. Words are what stands between spaces, and capitals do not matter. Of several notes with equally many, take
# the first.


# %% exercise="find_note"
def find_note(question, notes):
    """The number of the note that shares the most words with the question."""
    ...


check(find_note)

# %% [markdown]
# Here is one, with the model *as it came*: the adapters are set to their start. Nothing is trained. (Its `words` takes
# commas and question marks off as well, so that "filter," is "filter".)

# %%
lora.start_anew(adapters, 0)
notes = [f"{fact.product}, {fact.topic}: {fact.answer}" for fact in support.FACTS]


def words(text):
    return set("".join(c if c.isalnum() else " " for c in text.lower()).split())


def look_up(question):
    """The question, with the note in front that shares the most words with it."""
    note = max(notes, key=lambda note: len(words(question) & words(note)))
    return f"{note}\n\n{question}"


# %%
found = [look_up(question) for question in asked]
right = sum(fact.answer in text for (_, fact), text in zip(test, found))
print(f"the right note: {right} of {len(found)}")
retrieved = write_answers(llm, tokenizer, found)
print("facts:", scored(retrieved))

# %% [markdown]
# And tomorrow's change: one word in one note. Then the products that there are no notes about: all words of a known
# product's name stand in the question, or it is unknown.

# %% tags=["nbval-ignore-output", "by-chance"]
notes[0] = notes[0].replace("two-year", "three-year")
print(write_answers(llm, tokenizer, [look_up(QUESTION)])[0])

# %%
names = {fact.product for fact in support.FACTS}
for kind, group in {"taught": asked, "unknown": strangers}.items():
    known = [
        any(words(name) <= words(question) for name in names) for question in group
    ]
    print(f"{kind:<8} {sum(known)} of {len(group)} found in the notes")

# %% [markdown]
# Nothing was trained, every note was found, and half of the answers name exactly the right three parts, as many as
# after the main run; with the other seed that had more. (`parts_in` wants the notes' own words: an answer that says
# the same in others gets nothing for it.) A change is one word in one file. And whether a product is known at all is
# decided by a line of Python that looks it up, for all sixteen questions rightly, where three trainings could not. (It
# wants the whole name: "my X50" it does not find.) Often one does both: fine-tune for *how* to answer, look up *what*.
#
# ## Keep it
#
# What has been learned is 153,600 numbers. They can be kept in a file of their own, be loaded into the same model
# somewhere else, or be added to its matrices for good: **merging**, W + alpha / rank · A @ B. **Predict** which of
# these gives exactly the same logits.

# %%
lora.set_adapter_weights(adapters, kept)
tokens = held_out.tokens[:2]
adapted = llm(tokens).numpy()
file = Path(tempfile.mkdtemp()) / "support.npz"
lora.save_adapters(adapters, file)
print(f"the file: ≈ {file.stat().st_size / 1e6:.2f} MB, the model's own 98.36 MB")

lora.start_anew(adapters, 1)
print("forgotten:", not np.array_equal(llm(tokens).numpy(), adapted))
lora.load_adapters(adapters, file)
print("loaded, the same logits:", np.array_equal(llm(tokens).numpy(), adapted))
lora.merge(adapters)
print("merged, the same logits:", np.array_equal(llm(tokens).numpy(), adapted))

# %% [markdown]
# Keras adds A @ B to W before it multiplies, and so the merged matrix is the very same. (Written as you did in
# exercise 4, x @ W and x @ A @ B apart, the last digits differ.) A merged model is as fast as it was before, and has
# nothing about it that shows a fine-tuning, unless one compares its numbers with the published ones. A file of
# adapters is small, and one model can have many of them, for many shops. (The model's file is packed into 4 and 8
# bits a number; ours has 32. Measured alike, the adapters are the thousandth from above.)

# %% [markdown]
# ## What you know now
#
# - Fine-tuning goes on with the training of a finished model, on few texts. LoRA trains two thin matrices beside some
#   of the frozen ones: here a thousandth of the parameters. Apart from activations, it takes hardly more memory than
#   using the model.
# - Only the answer's tokens count. What is learned is measured on questions that were held out, with F1 and accuracy.
# - A model learns to *sound* like its examples. Taught to refuse, it refuses; whom, is harder to teach.
# - Whoever watches the new task alone does not see what is forgotten. Fewer steps, a lower rate and replay help.
# - Facts that change belong into the prompt. Fine-tuning is for how to answer.
#
# **Next:** [14 · Fewer parameters](14_fewer_parameters.ipynb). The model can do what it should. Can it do so with
# less?
