# %% [markdown]
# # 12 · A real LLM
#
# > **At the end you can** run a real language model in the Keras code that you know, steer how it writes,
# > follow one token through its thirty blocks, read its attention, measure it, and break it with one number.
#
# Lesson 10 built a small transformer and trained it on stories about Anna's ball. Lesson 11 counted models that fill
# a cupboard with graphics cards. This lesson has one that fits your machine: **SmolLM2-135M-Instruct**, the model
# SmolLM2-135M after a second training on conversations. It is small as such models go, it was trained on about two
# trillion tokens of English text, code and mathematics (Allal and others 2025, [arXiv
# 2502.02737](https://arxiv.org/abs/2502.02737)), and nothing in it is hidden from you.
#
# **Time:** about two hours, of which the computer needs about three minutes. A good place for a break is before
# "How surprised is it?".
# **You need:** lessons 01 to 11. This is the first lesson that needs much memory: nearly 3 GB.

# %%
from utils import plots
from utils.checking import check
from utils.counting import count
from utils.llm.chat import chat
from utils.llm.generate import generate, generate_tokens, would_write
from utils.llm.inside import Shortened, attention_maps, vectors, zeroed
from utils.llm.sampling import Sampling
from utils.llm.smollm2 import load_model, read_config
from utils.llm.tokenizer import encode_rows, load_tokenizer
from utils.text import print_pieces
from utils.training import progress_bar

import keras
import numpy as np
import tensorflow as tf
from dataclasses import asdict
from keras import ops

# %% [markdown]
# ## Count it before you load it
#
# The file of a model says what sizes it has. That is all one needs to count, and so you count first. (`asdict` makes a
# dictionary of a `Config`. `epsilon` is 0.00001, as nearly as 32 bits can say it. `bits` is no size of the model: it
# says in how many bits we hold each number.)

# %%
config = read_config()
for name, size in asdict(config).items():
    print(f"{name:<16} {size}")

# %% [markdown]
# ### Exercise 1 · Five kinds, before you load them
# ★★☆ · 8 minutes · 2 points
#
# How many parameters of each kind will there be? The architecture is the one of lesson 10: in every block four
# matrices of attention and three of the MLP, and a norm before each of the two; one more norm after the last
# block. The table is tied. You may write products, such as `49_152 * 576`. Add your five numbers up before you
# go on.

# %% exercise="llm_parts"
llm_parts = {
    "embedding": ...,
    "attention": ...,
    "MLP": ...,
    "norm scales": ...,
    "biases": ...,
}

check(llm_parts=llm_parts)

# %% [markdown]
# Now it may come in. Each of its arrays has a path such as `block_3/mlp/up/kernel`, which says what it is. Lesson 02
# promised you the list; here is its beginning, the table and the first block.


# %%
llm, tokenizer = load_model(), load_tokenizer()
for array in llm.weights[:10]:
    path = array.path.removeprefix("language_model/")
    print(f"{path:<30} {tuple(array.shape)}")
print(f"and {len(llm.weights) - 10} more")


# %% [markdown]
# What kind of parameter an array holds can be read from its path. We add up all of them, kind by kind.


# %%
def kind(path):
    """What kind of parameter an array holds, by its path in the model."""
    if path.endswith("bias"):
        return "biases"
    if path.endswith("scale"):
        return "norm scales"
    if "embedding" in path:
        return "embedding"
    return "attention" if "/attention/" in path else "MLP"


# %%
found = dict.fromkeys(["embedding", "attention", "MLP", "norm scales", "biases"], 0)
for array in llm.weights:
    found[kind(array.path)] += int(np.prod(array.shape))
for name, number in found.items():
    print(f"{name:<12} {number:>11,}   {number / count(llm):7.2%}")

predicted = 49_152 * 576 + 30 * (884_736 + 2_654_208) + 61 * 576
print(f"predicted {predicted:,}, Keras says {count(llm):,}")

# %% [markdown]
# **134,515,008, to the last one.** The first lesson promised that you would have counted them.
#
# Articles name three kinds of learned parameter in a language model: embeddings, weights and biases. Here are
# the real ones. Embeddings: a fifth. Weights: nearly all the rest. Biases: **not one**. And a kind that the
# articles leave out: the scales of the norms, 35,136 of them. They are 3 in ten
# thousand; at the end of this lesson you will know better than to judge a parameter by that.
#
# ## Ask it
#
# A language model goes on with a text. How does one get an *answer* out of that? By writing a text in which
# an answer comes next. This model was fine-tuned (lesson 13) on conversations in one fixed form, its **chat
# template**, and `chat` puts your question into that form. **Predict:** what has to stand around a question
# so that the most likely way to go on is an answer?

# %%
question = "What is the capital of France?"
print(chat(question))
print("------")
print_pieces(generate(llm, tokenizer, chat(question), 30))

# %% [markdown]
# Above the line is all that the model was given, below it what it wrote. Now the question without the template, a
# sentence to be completed, and another question.

# %%
print("without the template:", list(generate(llm, tokenizer, question, 30)))
print_pieces(generate(llm, tokenizer, "The capital of France is", 1))
print_pieces(generate(llm, tokenizer, chat("What is the capital of Italy?"), 30))

# %% [markdown]
# Look at the template first. `<|im_start|>` and `<|im_end|>` are special tokens of lesson
# 05: here begins, and here ends, what somebody says. Who speaks is plain text. The first turn, `system`, comes with
# the template and tells the model what it is to be; the second is your question. The last line opens the
# assistant's turn and leaves it open, and the answer is how the text goes on, until the model itself writes
# `<|im_end|>`. A "chat" with a language model is one growing text.
#
# `generate` is the loop of lesson 10: run the model, take a token, append it, again. It gives the text piece by piece,
# and `print_pieces` prints the pieces as they come. (A text of more than 16
# tokens also compiles the loop, once; then it goes faster.) Without the template it writes nothing: a question
# stands there, and the text may well be over. As a sentence to be completed it works.
#
# And *Il Coriobella*? There is no such place. It sounds Italian, it is fluent, and it is made up. Keep it in
# mind: this is how a language model is wrong. It does not hesitate, and it does not stumble.
#
# ## What it has to choose from
#
# After any text the model gives 49,152 logits, one for each token. The softmax of lesson 06 makes
# probabilities of them. Here they are for one beginning. **Predict** the two or three likeliest words.

# %%
run = tf.function(llm, input_signature=[tf.TensorSpec((None, None), "int32")])


def next_logits(texts):
    """The logits of the token after each text: (texts, vocabulary)."""
    tokens, lengths = encode_rows(tokenizer, texts)
    return run(tokens).numpy()[np.arange(len(texts)), lengths - 1]


def softmax(logits):
    powers = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return powers / powers.sum(axis=-1, keepdims=True)


# %%
sunrise = next_logits(["The sun rises in the"])[0]
for token in np.argsort(-sunrise)[:6]:
    print(f"≈ {softmax(sunrise)[token]:.2f} {tokenizer.decode([token])!r}")

# %% [markdown]
# (`tf.function` makes the model faster, as in lesson 08; the signature says that texts and tokens may be any number.
# `encode_rows` makes one array of several texts. Shorter ones are filled up with zeros *behind* their end; no token
# looks ahead, so that changes nothing before it.)
#
# *Sky*, and only then *east*. Nobody has asked about astronomy. The model says what is likely to follow these words
# in texts such as it was trained on, and by its count the sun rises there in the sky more often than in the east.
#
# What `generate` took until now is the likeliest token, each time. That is called **greedy** decoding. One can
# also *draw*: *sky* four times in ten, *east* about once. Three knobs change what is drawn from. The first is
# the **sampling temperature**, temperature for short (Ackley, Hinton and Sejnowski 1985): divide all logits by
# it before the softmax.

# %% [markdown]
# ### Exercise 2 · Temperature
# ★☆☆ · 5 minutes · 1 point
#
# Return the probabilities of the tokens at a temperature above 0, from an array of logits. (Think first: what
# should a very low temperature do to the likeliest token, and what a very high one?)


# %% exercise="with_temperature"
def with_temperature(logits, temperature):
    """Probabilities from logits at a temperature."""
    ...


check(with_temperature)

# %% [markdown]
# **Predict** how likely *sky* is at a temperature of 0.3, and how many tokens share the first nine tenths of
# the probability, at 0.3, at 1 and at 2. The next cell lets `Sampling` do it, an object that holds such settings
# and that `generate` takes too, so that it does not give yours away. (`[::-1]` turns an array round: the largest comes
# first.)

# %%
print("temperature  likeliest  tokens that share nine tenths")
for temperature in (0.3, 1.0, 2.0):
    p = np.sort(Sampling(temperature).probabilities(sunrise))[::-1]
    needed = int(np.sum(np.cumsum(p) - p < 0.9))
    print(f"{temperature:>11}     ≈ {p[0]:.2f}  ≈ {needed:,}")

# %% [markdown]
# At 0.3 one token has nearly everything. At 2 nine tenths of the probability are spread over thousands of
# tokens, and most of those are nonsense here, each of them nearly impossible, all of them together likely.
# That is the trouble with drawing: **the tail is long**. Even at temperature 1, one word in ten would come here from
# beyond the 41 likeliest, and one odd word is enough to lead a text astray.
#
# So one cuts the tail off. **Top-k** keeps the k likeliest tokens (Fan and others 2018,
# [arXiv 1805.04833](https://arxiv.org/abs/1805.04833)). **Top-p** keeps the likeliest ones until together they
# reach the probability p (Holtzman and others 2020, [arXiv 1904.09751](https://arxiv.org/abs/1904.09751)): few
# where the model is sure, many where it is not. What is kept is brought back to a sum of 1.

# %% [markdown]
# ### Exercise 3 · Top-p
# ★★☆ · 12 minutes · 2 points
#
# Return the probabilities after the cut: an array of the same size, 0 for what is dropped. Keep the *fewest*
# of the likeliest tokens whose probabilities together reach `top_p`. With 0.5, 0.3, 0.2 and `top_p=0.6`, two
# are kept, and become 0.625 and 0.375. (With `top_p=0.8` as well: what reaches it exactly has reached it.)


# %% exercise="nucleus"
def nucleus(probabilities, top_p):
    """Only the likeliest that together reach top_p, with a sum of 1."""
    ...


check(nucleus)


# %% tags=["hide-input"]
# @title Three sliders
def knobs(temperature, top_k, top_p):
    """The ten likeliest tokens: their own probability, and that of being drawn."""
    order = np.argsort(-sunrise)
    p = Sampling(temperature, int(top_k), top_p).probabilities(sunrise)[order]
    words = [tokenizer.decode([token]).strip() for token in order[:10]]
    title = "The three knobs on a real distribution"
    drawing, axes = plots.figure(title, y="probability")
    own = softmax(sunrise)[order[:10]]
    axes.bar(range(10), own, color=plots.GREY, alpha=0.4, label="the model's own")
    axes.bar(range(10), p[:10], width=0.4, color=plots.BLUE, label="drawn from")
    axes.set_xticks(range(10), words, rotation=30)
    axes.set_ylim(0, 1)
    axes.legend()
    left = int(np.sum(p > 0))
    return drawing, (
        f"Temperature {temperature:.2f}, top-k {int(top_k)}, top-p {top_p:.2f}. Tokens "
        f"that can be drawn: {left}; {words[0]} has ≈ {p[0]:.2f}."
    )


bounds = {"temperature": (0.1, 2.1, 0.7), "top_k": (1, 41, 6), "top_p": (0.05, 1, 1)}
plots.sliders(knobs, **bounds)

# %% [markdown]
# Grey is what the model says, blue is what is drawn from. Move one knob at a time. **Temperature** never changes the
# order of the tokens, it makes the differences larger or smaller. **Top-k** and **top-p** keep the front in its
# order, cut the rest, and share out among the front what was cut off: in the picture as it stands top-k keeps six
# tokens, and top-p, at 1, all of those. What makes the two differ is the *next* token, with another distribution:
# top-k will again keep six, top-p as many as it takes. **Predict** how many that is for a text where the model is sure,
# and for one where it is not.

# %%
beginnings = ["The capital of France is", "The opposite of hot is"]
beginnings += ["The sun rises in the", "Once upon a time there was a"]
for text, logits in zip(beginnings, next_logits(beginnings)):
    kept = np.sum(Sampling(1.0, top_p=0.9).probabilities(logits) > 0)
    p = np.sort(softmax(logits))[::-1]
    print(f"{text}: the likeliest ≈ {p[0]:.2f}")
    print(f"  top-p 0.9 keeps ≈ {kept:>3}; six tokens hold ≈ {p[:6].sum():.2f}")

# %% [markdown]
# Where the model is surest, top-p keeps about ten tokens; at the beginning of a fairy tale, where nearly any thing or
# being may come, it keeps hundreds. The six that a top-k of 6 keeps hold nearly nine tenths of the probability in the
# first line, and a third of it in the last: there most of what would have been good is thrown away.
#
# ## Once more, please
#
# Articles advise a low temperature for tasks like classification, and a higher one for writing. Both halves
# can be measured. First: how much does an answer depend on luck? **Predict** for each pair whether the two
# texts will be equal.


# %%
def write(prompt, most, sampling):
    """The numbers of the tokens that the model writes after a text."""
    return list(generate_tokens(llm, tokenizer.encode(prompt).ids, most, sampling))


def alike(first, second):
    """In how many places the same token stands."""
    return sum(one == other for one, other in zip(first, second))


start = "On Monday morning the baker"
greedy = Sampling(temperature=0)
first, second = write(start, 25, greedy), write(start, 25, greedy)
print("temperature 0, twice:", alike(first, second), "of 25 tokens alike")

# %% tags=["by-chance"]
drawn = [write(start, 25, Sampling(1.0, seed=seed)) for seed in (1, 1, 2)]
print("temperature 1, same seed:", alike(drawn[0], drawn[1]), "of 25 tokens alike")
print("temperature 1, another seed: ≈", alike(drawn[0], drawn[2]), "of 25")

# %% [markdown]
# Greedy decoding has no chance in it, and drawing repeats with its seed. (On one machine. Another may compute
# the last digits of a logit in another order, and where two tokens are nearly even, the text takes the other
# turn.) With another seed the two texts part early, and after that agree only by accident.
#
# Now a classification. We ask for a word by showing four examples; nothing is trained. And nothing is written:
# we compare two of all the logits, those of *positive* and *negative*. Beside it, how many would be right if the word
# were drawn. **Predict** which is better, and whether the order of the four examples matters.

# %%
EXAMPLES = [
    ("I loved every minute of it.", "positive"),
    ("What a waste of an evening.", "negative"),
    ("The actors were wonderful.", "positive"),
    ("Boring from start to end.", "negative"),
]
GOOD = ["The food was delicious.", "A warm, funny and clever film.", "Not bad at all."]
GOOD += ["Best holiday we ever had.", "The staff were kind and helpful."]
GOOD += ["I love sunny days!"]
BAD = ["I want my money back.", "The room was dirty and loud.", "I do not love it."]
BAD += ["It broke after two days.", "The soup was cold and the waiter rude."]
BAD += ["The plot makes no sense."]
labels = [tokenizer.encode(" positive").ids[0], tokenizer.encode(" negative").ids[0]]


# %% [markdown]
# `classify` writes the examples before each review, in the order given, and looks at the next token.


# %%
def classify(examples):
    """The logits of both labels, and the probability of the right one, by review."""
    shown = ""
    for text, label in examples:
        shown += f"Review: {text}\nSentiment: {label}\n\n"
    logits = next_logits([f"{shown}Review: {text}\nSentiment:" for text in GOOD + BAD])
    p = softmax(logits)[:, labels]
    return logits[:, labels], np.concatenate([p[:6, 0], p[6:, 1]])


# %% [markdown]
# Twelve reviews, six of them good, with the examples in three orders:

# %%
print("order         right of 12  if drawn  called positive")
for order in ([0, 1, 2, 3], [3, 2, 1, 0], [1, 3, 0, 2]):
    pairs, p_right = classify([EXAMPLES[number] for number in order])
    positive = pairs[:, 0] > pairs[:, 1]
    right = np.sum(positive[:6]) + np.sum(~positive[6:])
    drawn = p_right.sum()
    print(f"{order}  {right:>11}  ≈ {drawn:>6.1f}  {positive.sum():>15}")

# %% [markdown]
# (`~` turns True and False round.) In the first order all twelve are right, even *I do not love it*, the kind of
# sentence over which the model of lesson 04 stumbled. Drawn at temperature 1 the same model gets about two fewer
# right, *and other ones each time* (the number is the sum of the probabilities of the right words, what drawing comes
# to on average; it draws from all tokens, and any other one counts as wrong). Where the likelier word is right, luck
# can only take something away. (Where the order has spoilt it, as in the third row, drawing loses next to nothing: 8.8
# against 9.)
#
# The order of the examples should not matter, and it does. With both negative examples first and both positive ones
# last, three negative reviews are called positive. Zhao and others (2021, [arXiv
# 2102.09690](https://arxiv.org/abs/2102.09690)) found the same in GPT-3: it leans towards what it saw last. So when
# somebody reports how well a model does "with four examples", ask how many orders they tried.
#
# The other half: stories. From each of two beginnings we let the model write one greedily, and draw three at
# temperature 1 with top-p 0.9. The measure: what share of the runs of four tokens has been there before, in the same
# text?


# %%
def repeated(tokens):
    """The share of runs of four tokens that were there before."""
    runs = [tuple(tokens[i : i + 4]) for i in range(len(tokens) - 3)]
    return 1 - len(set(runs)) / len(runs)


# %%
for start in ["On Monday morning the baker", "The old lighthouse keeper"]:
    drawn = []
    for seed in range(3):
        sampling = Sampling(temperature=1.0, top_p=0.9, seed=seed)
        drawn.append(repeated(write(start, 100, sampling)))
    print(f"{start}: greedy ≈ {repeated(write(start, 100, greedy)):.1f}")
    print(f"  drawn three times ≈ {min(drawn):.1f} to {max(drawn):.1f}")

# %% [markdown]
# And two texts to read: the greedy baker, and a robot that is drawn.

# %% tags=["by-chance"]
print_pieces(generate(llm, tokenizer, "On Monday morning the baker", 40))
print("------")
robot = "Once upon a time there was a small robot who"
sampling = Sampling(temperature=1.0, top_p=0.9, seed=2)
print_pieces(generate(llm, tokenizer, robot, 45, sampling))

# %% [markdown]
# The greedy baker is out of town for a wedding, and he will be for ever: what has just been said makes itself
# more likely, and a greedy writer seldom finds a way out of that circle (Holtzman and others 2020, again). The drawn
# text goes on, and has its own troubles. So in these few trials the advice holds, with reasons that one can state:
# **take the likeliest where there is one right answer; draw, without the tail, where there are many good ones.**
#
# ## One set of numbers, many trades
#
# Translation, programs, sums, geography: people say that the same parameters serve them all. Here they are,
# each as a text to go on with, each with a score. Nothing is changed in between; only the beginning differs.
# **Predict** where it will do well.


# %%
def first_line(prompt, most=20):
    """The line that the model goes on with."""
    text = "".join(generate(llm, tokenizer, prompt, most))
    return text.split("\n")[0].strip()


french = "English: good morning\nFrench: bonjour\n\n"
french += "English: thank you\nFrench: merci\n\n"
french += "English: the dog\nFrench: le chien\n\n"
words = {"the king": "le roi", "the cat": "le chat", "three": "trois"}
words["my friend"] = "mon ami"
for english, right in words.items():
    answer = first_line(f"{french}English: {english}\nFrench:", 8)
    print(f"{english:<12} {answer:<14} {'right' if answer == right else 'wrong'}")

# %% [markdown]
# And programs: a line of Python to complete, which we then run on some inputs.

# %%
code = {
    "is_even(n)": [(4, True), (7, False)],
    "largest(numbers)": [([3, 9, 2], 9)],
    "reverse(text)": [("abc", "cba")],
    "area_of_circle(radius)": [(1, np.pi)],
}
for head, cases in code.items():
    answer = first_line(f"def {head}:\n    return")
    argument = head.split("(")[1][:-1]
    function = eval(f"lambda {argument}: {answer}")
    right = all(function(given) == wanted for given, wanted in cases)
    print(f"{head:<22} {answer:<24} {'right' if right else 'wrong'}")

# %% [markdown]
# (`eval` runs the model's own text as a program. We had read these
# four short lines before. Do that with nothing that nobody has read.)
#
# It writes small Python functions, and three of the four pass their check: its data had a great deal of code. Its
# French is mostly wrong, once with a word that does not exist: its data was English nearly throughout. The parameters
# serve all trades, yes, *as far as the data taught them*.

# %% [markdown]
# Now capitals, asked in two ways: a sentence to complete, and a question to answer.

# %%
lands = ["France", "Japan", "Germany", "Greece", "Kenya"]
lands += ["Italy", "Spain", "Australia", "Canada", "Turkey"]
cities = ["Paris", "Tokyo", "Berlin", "Athens", "Nairobi"]
cities += ["Rome", "Madrid", "Canberra", "Ottawa", "Ankara"]
shown = "The capital of England is London. The capital of"
completed = next_logits([f"{shown} {land} is" for land in lands]).argmax(axis=1)
for land, city, token in zip(lands, cities, completed):
    word = tokenizer.decode([token]).strip()
    question = chat(f"What is the capital of {land}?")
    answer = "".join(generate(llm, tokenizer, question, 16))
    first, second = ["right" if city in text else "wrong" for text in (word, answer)]
    print(f"{land}, completed: {first}, {word}")
    print(f"  asked: {second}, {answer}")

# %% [markdown]
# And sums: all 81 of two numbers from 1 to 9, and thirty of two numbers from 10 to 99. (`would_write` asks whether the
# likeliest tokens, one after another, are just this answer.)

# %%
shown = "3 + 4 = 7\n12 + 5 = 17\n40 + 32 = 72\n"
small = [[a, b] for a in range(1, 10) for b in range(1, 10)]
large = np.random.default_rng(2).integers(10, 100, (30, 2)).tolist()
for name, pairs in {"from 1 to 9": small, "from 10 to 99": large}.items():
    sums = [f"{shown}{a} + {b} =" for a, b in pairs]
    right = would_write(llm, tokenizer, sums, [f" {a + b}\n" for a, b in pairs])
    print(f"sums of numbers {name}: right ≈ {np.mean(right):.0%}")

# %% [markdown]
# Both ways most are right, and not the same ones. Rome and Madrid come only as the end of a sentence, Canberra and
# Ottawa only when asked; where the sentence goes wrong, there stands a city that is better known. (Lesson 06: a row
# knows what company a word keeps.) So **what a model knows and what it says are two things**, and the form of the
# question decides.
#
# Sums of one digit it can mostly do, those of two digits mostly not. Nobody built anything
# into it that adds. It has read texts with sums in them, and small ones are probably more frequent.
#
# ## What it does not know about not knowing
#
# Three questions about limits. Someone who never lived; a name that stands in the text; a name that does not.

# %%
inventor = "Who was Dr. Aldous Finkelbaum, the inventor of the steam violin?"
print_pieces(generate(llm, tokenizer, chat(inventor), 30))

# %% [markdown]
# Now a name. A sentence asks for it, once after it was told, and once without.

# %%
plea = "It is nice to meet you. Please remember that my name is"
names = ["Ada", "Anna", "Tom", "Maria", "John"]
names += ["Sarah", "Ben", "Alice", "Emma", "Peter"]
numbers = [tokenizer.encode(f" {name}").ids[0] for name in names]
untold = softmax(next_logits([plea]))[0, numbers]
after = softmax(next_logits([f"My name is {name}. {plea}" for name in names]))
told = after[np.arange(10), numbers]
factor = told / untold
print(f"'Ada': ≈ {told[0]:.2f} when told, ≈ {untold[0]:.5f} when not")
print(f"all ten, times as likely when told: ≈ {factor.min():.0f} to {factor.max():.0f}")
first = np.sum(after.argmax(axis=1) == numbers)
print(f"the told name is the likeliest of all tokens: {first} of 10 times")

# %% [markdown]
# **It invents.** Nobody of that name is known to us. Each token was the likeliest next one, and true and
# false do not come into that. People say the model "hallucinates"; it does the same thing here as with Paris.
#
# **It has no memory but the text.** The parameters do not change when you talk to it. All that it can know about you
# is in the tokens in front of it: leave them out, and every name is less likely. Chat programs that seem to remember
# send the whole conversation along, every time. And this one makes little use of it: for most of the ten it was told
# the name, and would go on with something else.
#
# *(A good place for a break.)*
#
# ## How surprised is it?
#
# To break a model and see how much it hurt, we need one number for how good it is: the perplexity of lesson 05,
# on real text. Two passages, written for this lesson, so that the model cannot have read them.

# %% [markdown]
# ### Exercise 4 · Perplexity from logits
# ★★★ · 12 minutes · 3 points
#
# In lesson 05 you had the probabilities. Now you have what a model gives: for one text, `logits` with a row for
# each of its tokens, and `tokens`, their numbers. Return the perplexity of the text. Mind which row belongs to
# which token. (One text: `logits` has the shape (tokens, vocabulary), `tokens` is (tokens,).)


# %% exercise="text_perplexity"
def text_perplexity(logits, tokens):
    """How surprised the model was by a text, from its logits at every place."""
    ...


check(text_perplexity)

# %% [markdown]
# Whatever you wrote, here it is with Keras' own cross-entropy, and for the first passage also by hand. Then the same
# passage with its words shuffled, five times. **Predict** by what factor that is worse. (In all that follows a text
# is its first 64 tokens.)

# %%
BEES = """My neighbour keeps bees on the roof of the old fire station. In summer he
climbs up every morning, before the street wakes, and listens to the hives. He says that
a healthy hive hums like a far-away motorway, and that a hungry one goes quiet. Last
year he lost half of his bees to the cold. This year he wrapped the boxes in wool."""
SOUP = """To make a good soup, cut two onions and a carrot into small pieces and fry
them slowly in butter until they are soft. Add a litre of water, some salt and a handful
of lentils. After half an hour the lentils are done. Taste it, and add pepper and a
little lemon juice before you serve it with bread."""
passages = [text.replace("\n", " ") for text in (BEES, SOUP)]
tokens = encode_rows(tokenizer, passages)[0][:, :64]
logits = run(tokens).numpy()
print("tokens", tokens.shape, "  logits", logits.shape)


# %%
def perplexities(tokens, logits):
    """The perplexity of each text, from its tokens and a model's logits."""
    cross_entropy = keras.losses.sparse_categorical_crossentropy
    losses = cross_entropy(tokens[:, 1:], logits[:, :-1], from_logits=True)
    return np.exp(np.mean(losses, axis=1))


whole = perplexities(tokens, logits)
given = softmax(logits[0, :-1])[np.arange(63), tokens[0, 1:]]
by_hand = np.exp(np.mean(-np.log(given)))
print(f"by hand ≈ {by_hand:.1f}, by Keras ≈ {whole[0]:.1f}; the soup ≈ {whole[1]:.1f}")

# %% [markdown]
# And the bees with their words in disorder:

# %%
factors = []
for seed in range(5):
    words = passages[0].split()
    np.random.default_rng(seed).shuffle(words)
    shuffled = encode_rows(tokenizer, [" ".join(words)])[0][:, :64]
    factors.append(perplexities(shuffled, run(shuffled))[0] / whole[0])
print(f"shuffled, times as surprised: ≈ {min(factors):.0f} to {max(factors):.0f}")

# %% [markdown]
# The soup is a text as there are millions, the bees are not, and the model finds them four times as surprising.
# That is no fault of the model. **A perplexity belongs to a model and a text, and to a tokenizer:** numbers from
# different texts, or counted over other tokens, cannot be compared. With the same words in disorder (nearly the
# same: each text is cut after 64 tokens) the comparison is fair, and it shows how much the model makes of their order.
#
# ## One vector, thirty blocks
#
# Now inside. A token comes in as its row of the embedding table, 576 numbers, and each block *adds* to it
# (lesson 10). After the last block the vector is compared with all rows of the table, and that makes the
# logits. "The embedding is updated layer after layer", say the articles. We can watch.
#
# `llm.logits` does the last step: the norm, then the comparison. Nothing forbids us to call it **earlier**, on the
# vector as it is after any block: what would the model say if it had to stop here? That is called the **logit lens**
# (nostalgebraist 2020). The question is then at which place the final answer stands, among all 49,152.

# %% [markdown]
# ### Exercise 5 · Which place does it take?
# ★☆☆ · 4 minutes · 1 point
#
# Return the rank of a token by its logit: 1 for the likeliest of all, 2 for the next. (In the check no two logits
# are equal.)


# %% exercise="rank_of"
def rank_of(logits, token):
    """The place of a token among all, the likeliest first."""
    ...


check(rank_of)

# %% [markdown]
# **Predict:** *The capital of France is*. After how many of the thirty blocks does *Paris* come first? (`vectors` gives
# every token's vector before the first block and after each: 31 arrays. Of the last token we take all 31, and read each
# through the lens.)

# %%
BEGINNINGS = ["The capital of France is", "The Eiffel Tower is in the city of"]
BEGINNINGS += ["The opposite of hot is"]
lens, last = {}, {}
for text in BEGINNINGS:
    after_each = vectors(llm, np.array([tokenizer.encode(text).ids]))
    last[text] = np.stack([x[0, -1] for x in after_each])
    lens[text] = llm.logits(last[text]).numpy()
    print(f"{text} …{tokenizer.decode([lens[text][-1].argmax()])}")

# %% [markdown]
# These are the answers after all thirty blocks. Now each number of blocks, first for Paris:


# %%
def places(scores):
    """The place of the final answer after each number of blocks, as in rank_of."""
    answer = scores[-1].argmax()
    return [1 + int(np.sum(row > row[answer])) for row in scores]


paris = lens[BEGINNINGS[0]]
print("blocks  length  place of Paris  first")
for after in (0, 1, 10, 20, 28, 29, 30):
    word = tokenizer.decode([paris[after].argmax()])
    length = np.linalg.norm(last[BEGINNINGS[0]][after])
    place = places(paris)[after]
    print(f"{after:>6}  ≈ {length:>4.0f}  ≈ {place:>12,}  {word!r}")

# %% tags=["hide-input"]
# @title The places of three answers
drawing, axes = plots.figure(
    "Through the lens the answers come late", x="blocks passed", y="place of the answer"
)
plots.curves(axes, {f"{text} …": places(scores) for text, scores in lens.items()})
axes.set_yscale("log")
axes.invert_yaxis()
axes.legend(loc="upper left")
early = [place for scores in lens.values() for place in places(scores)[:21]]
plots.show(
    drawing,
    f"Three lines over 30 blocks. Until block 20 they lie between ≈ {min(early):,} "
    f"and ≈ {max(early):,}; then they rise steeply and reach place 1 at the last block "
    "or the one before it.",
)

# %% [markdown]
# Place 1 is at the top, and each line follows the answer that was printed after its beginning. For twenty blocks it
# stands somewhere among thousands, although the vector grows meanwhile, from a length of 3 to nearly 200. At first
# the lens reads the token that went in (*is*), for that is its own row. In the last ten blocks the answer comes to the
# top. Mind what this shows: that *this lens* does not find the answer before. It reads every vector as the last block
# would write it, and earlier blocks may keep the answer in a form of their own. A lens that is trained for each block
# sees it somewhat sooner (Belrose and others 2023, [arXiv 2303.08112](https://arxiv.org/abs/2303.08112)). That one
# does not find a thing is no proof that it is not there. (It does not look so for every beginning either. Try *Two plus
# two is*, after which comes a very common token.)
#
# So the articles' sentence is true, and more can be said. The embedding of *is* in the table has not changed;
# **a copy of it is carried through the model, and becomes, step by step, a statement about what comes next.**
#
# ## Two heads that can be read
#
# Only attention moves anything from one token to another. There are 30 × 9 heads, and most of them are hard to
# read. So we ask for particular ones. One kind looks at the **previous token**. For the other we write
# nonsense: forty tokens drawn at random, and then *the same forty again*. Whoever wants to predict the second
# round needs no English, only this: find where the present token stood before, and look at what came **after**
# it. A head that does so is called an **induction head** (Olsson and others 2022,
# [arXiv 2209.11895](https://arxiv.org/abs/2209.11895)).
#
# **Predict:** will a model of English have heads for repeating nonsense? (`attention_maps` gives who looks at whom.)

# %%
forty = np.random.default_rng(0).integers(1_000, 40_000, (3, 40))
twice = np.concatenate([forty, forty], axis=1).astype("int32")
maps = attention_maps(llm, twice)
print("texts, blocks, heads, tokens, tokens looked at:", maps.shape)

# %%
again = np.arange(41, 80)  # the second round, without its first token
roles = {"one back": again - 1, "what came after it": again - 39}
for role, target in roles.items():
    share = maps[..., again, target].mean(axis=-1)  # texts, block, head
    best = np.sort(np.argsort(-share.mean(axis=0).ravel())[:4])
    for block, head in zip(best // 9, best % 9):
        low, high = share[:, block, head].min(), share[:, block, head].max()
        found = f"≈ {low:.2f} to {high:.2f}"
        print(f"{role:<18} block {block:2}, head {head}: {found}")

# %% [markdown]
# The `...` stands for all axes that are not named: three texts, thirty blocks, nine heads. (`ravel` lays the 270 heads
# out in a row, block after block; so `// 9` finds the block again, and `% 9` the head.) For each role the four heads
# are listed that give it the largest share of their attention, and the range is that over three texts. Here are two of
# them, as maps:

# %% tags=["hide-input"]
# @title The maps of two heads
part = maps[0, [16, 18], [0, 6]]
title = "One head looks one back, one at what came next the last time"
drawing, axes = plots.figure(title, columns=2, size=(7, 3.6))
for panel, pattern, name in zip(axes, part, ["block 16, head 0", "block 18, head 6"]):
    panel.imshow(pattern, cmap="Blues", vmin=0, vmax=1)
    panel.set(title=name, xlabel="looks at token", ylabel="token")
    panel.grid(False)
plots.show(
    drawing,
    "Two maps of 80 by 80 tokens. Left, a dark line just below the diagonal. Right, in "
    "the lower half a dark line 39 places to the left of the diagonal, and above it a "
    "dark column at token 0, down to row 41.",
)

# %% [markdown]
# A row is a token, and dark is where it looks. **Left:** a line just beside the diagonal, one token back, all the
# way. **Right:** in the first round, where nothing has come before, the head rests on the very first token. At token
# 40 the second round begins, and from token 42 on there is a second line: each token looks at the one that *came
# after it* the last time. Nobody built these heads. Training found them, probably since English repeats itself too:
# names, for one. (With other random tokens it is the same heads: in nine draws the four that look at what came after
# did not change, and 16, 0 and 11, 1 always led the other list.)
#
# Such resting on the first token is common. It is called an **attention sink** (Xiao and others 2023,
# [arXiv 2309.17453](https://arxiv.org/abs/2309.17453)): the weights of a softmax must add up to 1, and a head
# with nothing to say needs a place to put them.
#
# ## Break it: four heads
#
# A head is switched off when the rows of the matrix `out` that read from it are 0. To change numbers for a
# while and be sure that they come back, we use Python's `with`: what is inside runs with zeros, and afterwards
# everything is as before. `zeroed` takes pairs of an array and a place in it, here a `slice` of 64 rows
# (`slice(0, 64)` is what `0:64` means between brackets).
#
# Four of 270 heads: the four above that look at what came after. **Predict** what happens to the repeating, and what
# happens to the two passages.


# %%
def rows_of(block, head):
    """Where the matrix `out` reads from one of the nine heads, 0 to 8."""
    kernel = llm.blocks[block].attention.out.kernel
    return kernel, slice(64 * head, 64 * head + 64)


def repeats_right():
    """The share of the second round that the model guesses right, in each text."""
    guesses = run(twice).numpy()[:, 40:79].argmax(axis=-1)
    return np.mean(guesses == twice[:, 41:], axis=1)


def span(values):
    return f"≈ {min(values):.1f} to {max(values):.1f}"


# %%
COPIERS = [(18, 6), (17, 3), (17, 4), (18, 7)]
for name, heads in {"with all heads": [], "without those four": COPIERS}.items():
    with zeroed([rows_of(block, head) for block, head in heads]):
        right, factor = repeats_right(), perplexities(tokens, run(tokens)) / whole
    print(f"{name}: repeats right {span(right)}")
    print(f"  perplexity times ≈ {factor[0]:.2f} and {factor[1]:.2f}")

# %% [markdown]
# Is that much for four heads? For comparison four others, drawn by chance, six times. And then the four heads that look
# one token back, each alone.

# %%
rng, shares = np.random.default_rng(0), []
for number in range(6):
    four = rng.choice(270, 4, replace=False)
    with zeroed([rows_of(place // 9, place % 9) for place in four]):
        shares.append(np.mean(repeats_right()))
shares = ", ".join(f"{share:.1f}" for share in shares)
print(f"four by chance: right ≈ {shares}")

# %%
for block, head in [(16, 0), (11, 1), (19, 3), (22, 1)]:
    with zeroed([rows_of(block, head)]):
        right = repeats_right()
    print(f"without block {block}, head {head}: repeats right {span(right)}")

# %% [markdown]
# Without those four heads the model can hardly repeat anything, **and reads these two texts nearly as well as
# before**. Four by chance mostly do little, and now and then much: several of the 270 heads are of some use in
# repeating, and a draw may hit one. (The last of the six draws has head 0 of block 16 in it.)
# The other list is the beautiful one: the head of block 16 that looks one token back is enough to break the
# repeating too, while each of the three others that look one back can be missed. This fits what Olsson and others
# found in small models: such a head writes into each token's vector *which token stood before it*, and the copying
# heads, in later blocks, search for that. Two heads in a row, one trick. (We tried nine draws of forty tokens, and it
# was the same: without the four copiers nothing was left, without 16, 0 a tenth at the most. It is not the only head
# with which much is lost: some in the first two blocks cost more than half.)
#
# (`with` put everything back. We check that at the end.)
#
# ## Break it: one block of thirty
#
# A block adds to the vectors, so one can leave it out. **Predict** which are missed most: the first, the middle,
# the last? (All blocks before the missing one do the same as ever, so we start from their vectors.)

# %%
before, worse = vectors(llm, tokens), []
bar = progress_bar(30, "blocks")
for missing in range(30):
    x = before[missing]
    for block in llm.blocks[missing + 1 :]:
        x = block(x)
    worse.append(perplexities(tokens, llm.logits(x)) / whole)
    bar.update(1)
bar.close()

worse = np.array(worse)
sorely = np.where((worse >= 2).any(axis=1))[0]
for missing in sorely:
    bees, soup = worse[missing]
    print(f"without {missing:>2}: bees times ≈ {bees:,.1f}, soup ≈ {soup:,.1f}")
print("less than twice as surprising: without any of the other", 30 - len(sorely))

# %% tags=["hide-input"]
# @title Each block's worth
drawing, axes = plots.figure(
    "Few blocks are missed sorely, most can be left out one at a time",
    x="block left out",
    y="perplexity, times that of the whole",
)
plots.curves(axes, {"bees": worse[:, 0], "soup": worse[:, 1]})
axes.set_yscale("log")
plots.show(
    drawing,
    "Perplexity against the block left out, logarithmic. Thousands of times worse "
    "without block 0, tens of times without block 1, several times without blocks 11, "
    "28 and 29; without 2 and 8 for the soup only; less than twice without the others.",
)

# %% [markdown]
# Without block 0 nothing is left: every later block was trained on what it writes. Block 1 comes next, a long way
# behind, and the soup needs block 2. The last two finish the answer, as the lens showed. In between, leaving out one
# block makes both texts less than twice as surprising, with two exceptions. Block 8 matters much to one text and little
# to the other. And block 11: what is it that it does?
#
# ## Break it: one number
#
# Look at the *first* token of a text, and at how long its vector is. Where it grows most we look closer: in the MLP
# of that block, 1,536 hidden units add to 576 entries, each pair with a weight of its own in the matrix `down`.
# (`silu` is the activation of SwiGLU's gate, lesson 10: a smooth relu.)

# %%
lengths = [np.linalg.norm(x[0, 0]) for x in before]
others = [np.median(np.linalg.norm(x[0, 1:], axis=1)) for x in before]
print("blocks  first token  a typical other one")
for after in (0, 3, 11, 12, 28, 30):
    print(f"{after:>6}  ≈ {lengths[after]:>9,.0f}  ≈ {others[after]:>17,.0f}")
print("it grows most in block", int(np.argmax(np.diff(lengths))))

# %% [markdown]
# Block 11 it is. We take its MLP apart for this one token: what goes in, what each hidden unit puts out, and what each
# unit adds to each entry. (`hidden[:, None]` is a column, so that each unit's output meets its own row of `down`.)

# %%
block, down = llm.blocks[11], llm.blocks[11].mlp.down.kernel
x = before[11] + block.attention(block.attention_norm(before[11]))
seen = block.mlp_norm(x)
hidden = (ops.silu(block.mlp.gate(seen)) * block.mlp.up(seen))[0, 0].numpy()

added = hidden[:, None] * down.numpy()
largest = np.abs(added).argmax()
unit, entry = int(largest // 576), int(largest % 576)
print(f"unit {unit}, entry {entry}: weight ≈ {down.numpy()[unit, entry]:.2f}")
together = added[:, entry].sum()
print(f"adds ≈ {added[unit, entry]:,.0f}; all units together ≈ {together:,.0f}")

# %% [markdown]
# Block 11 makes the first token's vector more than a hundred times longer, in one go. It was long once before, after
# three blocks, and was brought back. (Sun and others 2024, [arXiv 2402.17762](https://arxiv.org/abs/2402.17762),
# found such *massive activations* in many models. They go together with attention sinks.) And **one** weight does
# most of it. Yu and others (2024, *The Super Weight in Large Language Models*, [arXiv
# 2411.07191](https://arxiv.org/abs/2411.07191)) found that in some models a single such weight, in an early `down`
# matrix, decides whether the model can write at all. You have 134,515,008 parameters. **Predict** what happens when
# 210 of them are set to 0, one drawn by chance from each matrix of the blocks; and when this one is.


# %%
def without(places):
    """How many times as surprising the passages are with these numbers set to 0."""
    with zeroed(places):
        return perplexities(tokens, run(tokens)) / whole


rng = np.random.default_rng(0)
matrices = [array for array in llm.weights if kind(array.path) in ("attention", "MLP")]
factors = []
for number in range(3):
    anywhere = [(array, tuple(rng.integers(array.shape))) for array in matrices]
    factors += list(without(anywhere))
print(f"without {len(matrices)} by chance, three times:")
print(f"perplexity times ≈ {min(factors):.2f} to {max(factors):.2f}")

# %% [markdown]
# And the one, alone and with its whole unit:

# %%
for name, place in {"this one": (unit, entry), "its whole unit": unit}.items():
    factor = without([(down, place)])
    print(f"without {name}: perplexity times ≈ {factor[0]:.1f} and {factor[1]:.1f}")
    with zeroed([(down, place)]):
        print_pieces(generate(llm, tokenizer, "The capital of France is", 10))
print("as before:", np.array_equal(perplexities(tokens, run(tokens)), whole))

# %% [markdown]
# 210 numbers gone, and nothing happened. One number gone, and a model of 134 million answers with rubble. Reading
# suffers too: one passage is about twice as surprising, the other more than ten times.
#
# The whole unit is the strangest: take out all of it, this weight and its 575 neighbours, and the model is nearly well
# again. So the harm is not done by what is missing. It is done by **what stays**: the unit's other weights.
# A possible reason is the norm of the next block. It divides the vector by its size, and that is nearly all in the
# one huge entry. Without this weight the entry is little more than a quarter as large (the other units still add about
# 6,500), and so every other entry counts more, with what the unit's other weights add there. (We have not tested this
# reason.)
# "An important parameter" is a loose expression, then. What is important is how parameters play together.
#
# (The last line says that everything is back.)
#
# ## Change all of them
#
# So far we hit single numbers. Now all of them (but for the scales of the norms), and gently. Each parameter takes 32
# bits here, and lesson 11 counted what is saved with fewer. `load_model(8)` rounds the matrices, the table among them:
# each number becomes one of 255 whole numbers, times a scale for its row and one for its column. (This is called
# *quantising* a model.) Each is now wrong by up to half a step. **Predict:** one weight could ruin the model. What do
# 134 million rounding errors do?

# %%
rounded = load_model(8)
for name, model in {"32 bits": llm, "8 bits": rounded}.items():
    megabytes = sum(array.numpy().nbytes for array in model.weights) / 1e6
    text = "".join(generate(model, tokenizer, "The capital of France is", 10))
    print(f"{name}: {megabytes:.0f} MB\n  {text!r}")

factor = perplexities(tokens, rounded(tokens)) / whole
print(f"in 8 bits perplexity times ≈ {factor[0]:.2f} and {factor[1]:.2f}")

# %% [markdown]
# A quarter of the memory, and a perplexity within a few per cent. A likely reason: rounding errors
# point in all directions, so that in a sum of many they mostly cancel. What a model knows is not in the last digits
# of its numbers. It is another model even so: where two tokens are nearly even, the text may take the other turn. (The
# two texts above part after *The*.) (Once its loop is compiled it also writes faster, since there is less to
# read for each token, as lesson 11 said.)
#
# ## Two at a time
#
# If most blocks are hardly missed, why carry them? `Shortened(llm, kept)` is a model made of the same layers, with the
# blocks in the list `kept` only. It runs these one after another, as the loop above did, and copies nothing.
# **Predict:** if leaving out block 24 costs a factor, and leaving out block 27 another, do the two together cost the
# product?


# %%
def say(model, text, most=6):
    """The text that any model goes on with, greedy and without a cache."""
    tokens = tokenizer.encode(text).ids
    for number in range(most):
        tokens.append(int(np.argmax(model(np.array([tokens]))[0, -1])))
    return tokenizer.decode(tokens)


# %%
for pair in ([24, 27], [17, 18]):
    smaller = Shortened(llm, [number for number in range(30) if number not in pair])
    both = perplexities(tokens, smaller(tokens)) / whole
    product = worse[pair].prod(axis=0)
    said = say(smaller, BEGINNINGS[0])
    print(f"without {pair}: {count(smaller):,} parameters\n  {said!r}")
    for text, alone, together in zip(["bees", "soup"], product, both):
        ratio = f"ratio ≈ {together / alone:.2f}"
        print(f"  {text}: product ≈ {alone:.2f}, both ≈ {together:.2f}, {ratio}")

# %% [markdown]
# No. Alone each of 24 and 27 can be missed. Without both, the passages are 3.6 times and about three times as
# surprising as the product says. Perhaps each can do what the other did, as long as one of them is there. Blocks 17 and
# 18 cost a little *less* than their product on these two passages. Without them there are seven million parameters
# fewer, and the passages suffer little. But remember what sits in blocks 16 to 18,
# and which test found it. **A single number for "how good" sees only what its texts ask for.**

# %% [markdown]
# ### Exercise 6 · Lighter
# ★★★ · 20 minutes · 4 points
#
# Make the model lighter: hand in a `Shortened` one with **at most 128,000,000 parameters** that still reads, and
# still repeats. On six passages that you have not seen, its perplexity may be at most **1.25 times** that of the
# whole model; and of forty random tokens written twice, it must guess at least a quarter of the second round. Which
# blocks can go? The figure knows them one at a time, and two passages are few: the soup is touchy, as block 8 has
# shown. Try yours on texts of your own, and listen to it: `say(lighter, "Once upon a time")`. (The check takes some
# seconds.)

# %% exercise="lighter"
lighter = ...

check(lighter=lighter)

# %% [markdown]
# ## What you know now
#
# - A real LLM is the model of lesson 10 with larger sizes: 134,515,008 numbers, none of them a bias.
# - It writes by drawing from a distribution; temperature, top-k and top-p shape it. Where one answer is right,
#   take the likeliest.
# - It says what is likely. That is often true, and it does not tell when it is not; and it has no memory but the text.
# - A token's vector is carried through thirty blocks, and becomes a statement about the next token.
# - Numbers drawn by chance are hardly missed. Four heads, one block, or a single weight can be missed sorely.
#
# **Next:** [13 · Fine-tuning](13_fine_tuning.ipynb). It does not know what it should. Can it be taught?
