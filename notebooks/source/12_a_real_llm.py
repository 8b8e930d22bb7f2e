# %% [markdown]
# # 12 · A real LLM
#
# > **At the end you can** run a real language model in the Keras code that you know, steer how it writes,
# > follow one token through its thirty blocks, read its attention, measure it, and break it with one number.
#
# Lesson 10 built a small transformer and trained it on stories about Anna's ball. Lesson 11 counted models
# that fill a cupboard with graphics cards. This lesson has one that fits your machine. It is small as such
# models go, it was trained on about two trillion tokens of English text, code and mathematics (Allal and others 2025,
# [arXiv 2502.02737](https://arxiv.org/abs/2502.02737)), and nothing in it is hidden from you.
#
# **Time:** about 100 minutes, of which the computer needs about three. A good place for a break is before
# "How surprised is it?".
# **You need:** lessons 01 to 11. This is the first lesson that needs much memory: nearly 3 GB.

# %%
from utils import plots
from utils.checking import check
from utils.counting import count
from utils.llm.chat import chat
from utils.llm.generate import generate, generate_tokens, show
from utils.llm.sampling import next_token_probabilities
from utils.llm.smollm2 import load_model, read_config
from utils.llm.tokenizer import load_tokenizer
from utils.training import progress_bar

import keras
import numpy as np
import tensorflow as tf
from contextlib import contextmanager
from keras import ops

# %% [markdown]
# ## Count it before you load it
#
# The file of a model says what sizes it has. That is all one needs to count, and so you count first.

# %%
config = read_config()
print(config)

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
def kind(path):
    """What kind of parameter an array holds, by its path in the model."""
    if path.endswith("bias"):
        return "biases"
    if path.endswith("scale"):
        return "norm scales"
    return "embedding" if "embedding" in path else "attention" if "/attention/" in path else "MLP"


llm, tokenizer = load_model(), load_tokenizer()
found = dict.fromkeys(["embedding", "attention", "MLP", "norm scales", "biases"], 0)
for array in llm.weights:
    found[kind(array.path)] += int(np.prod(array.shape))

for array in llm.weights[:10]:
    print(f"{array.path:<36} {tuple(array.shape)}")
print(f"and {len(llm.weights) - 10} more\n")
for name, number in found.items():
    print(f"{name:<12} {number:>11,}   {number / count(llm):7.2%}")
print(f"predicted {49_152 * 576 + 30 * (884_736 + 2_654_208) + 61 * 576:,}, Keras says {count(llm):,}")

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
show(generate(llm, tokenizer, chat(question), 30))
print("------")
print("without the template:", list(generate(llm, tokenizer, question, 30)))
show(generate(llm, tokenizer, "The capital of France is", 1))
show(generate(llm, tokenizer, chat("What is the capital of Italy?"), 30))

# %% [markdown]
# Above the first line is all that the model was given. `<|im_start|>` and `<|im_end|>` are special tokens of lesson
# 05: here begins, and here ends, what somebody says. Who speaks is plain text. The last line opens the
# assistant's turn and leaves it open, and the answer is how the text goes on, until the model itself writes
# `<|im_end|>`. A "chat" with a language model is one growing text.
#
# `generate` is the loop of lesson 10: run the model, take a token, append it, again. (A text of more than 16
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
    rows = [tokenizer.encode(text).ids for text in texts]
    longest = max(len(row) for row in rows)
    padded = np.array([row + [0] * (longest - len(row)) for row in rows], "int32")
    return run(padded).numpy()[np.arange(len(rows)), [len(row) - 1 for row in rows]]


def softmax(logits):
    powers = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return powers / powers.sum(axis=-1, keepdims=True)


sunrise = next_logits(["The sun rises in the"])[0]
for token in np.argsort(-sunrise)[:6]:
    print(f"{softmax(sunrise)[token]:.2f} {tokenizer.decode([token])!r}")

# %% [markdown]
# (`tf.function` compiles the model once, as in lesson 06. Shorter texts are filled up with zeros *behind* their
# end; no token looks ahead, so that changes nothing before it.)
#
# *Sky*, and only then *east*. Nobody has asked about astronomy. The model says what follows these words in
# texts, and there the sun often rises in the sky.
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
# the probability, at 0.3, at 1 and at 2. The next cell uses the function that `generate` uses, so that it
# does not give yours away.


# %%
def about(number):
    """A count to two digits, since its last ones are not worth more."""
    return f"{float(f'{number:.1e}'):,.0f}"


for temperature in (0.3, 1.0, 2.0):
    p = np.sort(next_token_probabilities(sunrise, temperature, top_k=49_152, top_p=1.0))[::-1]
    needed = int(np.sum(np.cumsum(p) - p < 0.9))
    print(f"temperature {temperature}: the likeliest {p[0]:.2f}, nine tenths are shared by {about(needed)}")

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


# %%
def knobs(temperature, top_k, top_p):
    """The ten likeliest tokens: their own probability, and that of being drawn."""
    order = np.argsort(-sunrise)
    p = np.array(next_token_probabilities(sunrise, temperature, int(top_k), top_p))[order]
    words = [tokenizer.decode([token]).strip() for token in order[:10]]
    drawing, axes = plots.figure("The three knobs on a real distribution", y="probability")
    axes.bar(range(10), softmax(sunrise)[order[:10]], color=plots.GREY, alpha=0.4, label="the model's own")
    axes.bar(range(10), p[:10], width=0.4, color=plots.BLUE, label="drawn from")
    axes.set_xticks(range(10), words, rotation=30)
    axes.set_ylim(0, 1)
    axes.legend()
    left = int(np.sum(p > 0))
    return (
        drawing,
        f"Temperature {temperature:.2f}. Tokens that can be drawn: {left}; {words[0]} has {p[0]:.2f}.",
    )


plots.sliders(knobs, temperature=(0.1, 2.1, 0.7), top_k=(1, 41, 6), top_p=(0.05, 1.0, 1.0))

# %% [markdown]
# Grey is what the model says, blue is what is drawn from. Move one knob at a time. **Temperature** never changes the
# order of the tokens, it makes the differences larger or smaller. **Top-k** and **top-p** keep the front in its
# order, cut the rest, and share out among the front what was cut off: six tokens in the picture as it stands. What
# makes the two differ is the *next* token, with another distribution: top-k will again keep six, top-p as many as it
# takes.
#
# ## Once more, please
#
# Articles advise a low temperature for tasks like classification, and a higher one for writing. Both halves
# can be measured. First: how much does an answer depend on luck? **Predict** for each pair whether the two
# texts will be equal.


# %%
def write(prompt, most, **settings):
    return list(generate_tokens(llm, tokenizer.encode(prompt).ids, most, **settings))


start = "On Monday morning the baker"
print("temperature 0, twice:            ", write(start, 25) == write(start, 25))
drawn = [write(start, 25, temperature=1.0, seed=seed) for seed in (1, 1, 2)]
print("temperature 1, the same seed:    ", drawn[0] == drawn[1])
print("temperature 1, another seed:     ", drawn[0] == drawn[2])

# %% [markdown]
# Greedy decoding has no chance in it, and drawing repeats with its seed. (On one machine. Another may compute
# the last digits of a logit in another order, and where two tokens are nearly even, the text takes the other
# turn.)
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
REVIEWS = {
    "positive": "The food was delicious.|A warm, funny and clever film.|Best holiday we ever had.|Not bad at all."
    "|The staff were kind and helpful.|I love sunny days!",
    "negative": "I want my money back.|The room was dirty and loud.|It broke after two days.|I do not love it."
    "|The soup was cold and the waiter rude.|The plot makes no sense.",
}
reviews = [(text, label) for label, texts in REVIEWS.items() for text in texts.split("|")]
labels = [tokenizer.encode(" positive").ids[0], tokenizer.encode(" negative").ids[0]]


def classify(examples):
    """The logits of the two labels and the probability of the right one, for every review."""
    shown = "".join(f"Review: {text}\nSentiment: {label}\n\n" for text, label in examples)
    logits = next_logits([f"{shown}Review: {text}\nSentiment:" for text, _ in reviews])
    right = [labels[label == "negative"] for _, label in reviews]
    return logits[:, labels], softmax(logits)[np.arange(len(reviews)), right]


for order in ([0, 1, 2, 3], [3, 2, 1, 0], [1, 3, 0, 2]):
    pairs, p_right = classify([EXAMPLES[number] for number in order])
    called = pairs.argmax(axis=1) == 0
    right = np.sum(called == [label == "positive" for _, label in reviews])
    print(
        f"order {order}: likelier word {right} of 12 right, drawn {p_right.sum():.0f}; called positive {called.sum()}"
    )

# %% [markdown]
# In the first order all twelve are right, even *I do not love it*, the kind of sentence over which the model of
# lesson 04 stumbled. Drawn at temperature 1 the same model gets about two fewer right, *and other ones each time*
# (the number is the sum of the probabilities of the right words, what drawing comes to on average). Where the
# likelier word is right, luck can only take something away. (Where the order has spoilt it, as in the third row,
# drawing is no worse.)
#
# The order of the examples should not matter, and it does. With both negative examples first and both positive ones
# last, three negative reviews are called positive. Zhao and others (2021, [arXiv
# 2102.09690](https://arxiv.org/abs/2102.09690)) found the same in GPT-3: it leans towards what it saw last. So when
# somebody reports how well a model does "with four examples", ask how many orders they tried.
#
# The other half: stories. Here is a greedy one, and one that is drawn at temperature 1 with top-p 0.9. The
# measure: what share of the runs of four tokens has been there before, in the same text?


# %%
def repeated(tokens):
    runs = [tuple(tokens[i : i + 4]) for i in range(len(tokens) - 3)]
    return 1 - len(set(runs)) / len(runs)


STARTS = ["On Monday morning the baker", "The old lighthouse keeper"]
for start in STARTS:
    greedy = repeated(write(start, 100))
    drawn = [repeated(write(start, 100, temperature=1.0, top_p=0.9, seed=seed)) for seed in (0, 1)]
    print(f"{start!r}: greedy {greedy:.1f}, drawn below 0.2 both times: {max(drawn) < 0.2}")

show(generate(llm, tokenizer, STARTS[0], 40))
print("------")
robot = "Once upon a time there was a small robot who"
show(generate(llm, tokenizer, robot, 45, temperature=1.0, top_p=0.9, seed=2))

# %% [markdown]
# The greedy baker is out of town for a wedding, and he will be for ever: what has just been said makes itself
# more likely, and a greedy writer seldom finds a way out of that circle (Holtzman and others 2020, again). The drawn
# text goes on, and has its own troubles. So the advice holds, with reasons that one can state: **take the
# likeliest where there is one right answer; draw, without the tail, where there are many good ones.**
#
# ## One set of numbers, many trades
#
# Translation, programs, sums, geography: people say that the same parameters serve them all. Here they are,
# each as a text to go on with, each with a score. Nothing is changed in between; only the beginning differs.
# **Predict** where it will do well.

# %%
FRENCH = "English: good morning\nFrench: bonjour\n\nEnglish: thank you\nFrench: merci\n\n"
FRENCH += "English: the dog\nFrench: le chien\n\nEnglish: {}\nFrench:"
WORDS = {"the king": "le roi", "the cat": "le chat", "three": "trois", "my friend": "mon ami"}
CODE = {
    "is_even(n)": [((4,), True), ((7,), False)],
    "largest(numbers)": [(([3, 9, 2],), 9)],
    "reverse(text)": [(("abc",), "cba")],
    "area_of_circle(radius)": [((1,), np.pi)],
}


def first_line(prompt, most=20):
    text = "".join(generate(llm, tokenizer, prompt, most))
    return text.split("\n")[0].strip()


for english, french in WORDS.items():
    answer = first_line(FRENCH.format(english), 8)
    print(f"{english:<24} {answer:<26} {'right' if answer == french else 'wrong'}")
for head, cases in CODE.items():
    answer = first_line(f"def {head}:\n    return")
    function = eval(f"lambda {head.split('(')[1][:-1]}: {answer}")
    works = all(np.all(function(*inputs) == wanted) for inputs, wanted in cases)
    print(f"{head:<24} {answer:<26} {'right' if works else 'wrong'}")

# %% [markdown]
# (`eval` runs the model's own text as a program. We had read these
# four short lines before. Do that with nothing that nobody has read.)
#
# It writes small Python functions, and three of the four pass their check: its data had a great deal of code. Its
# French is mostly wrong, once with a word that does not exist: its data was English nearly throughout. The parameters
# serve all trades, yes, *as far as the data taught them*.

# %%
CAPITALS = {
    "France": "Paris", "Japan": "Tokyo", "Germany": "Berlin", "Greece": "Athens", "Kenya": "Nairobi",
    "Italy": "Rome", "Spain": "Madrid", "Australia": "Canberra", "Canada": "Ottawa", "Turkey": "Ankara",
}  # fmt: skip
logits = next_logits([f"The capital of England is London. The capital of {land} is" for land in CAPITALS])
completed = [tokenizer.decode([token]).strip() for token in logits.argmax(axis=1)]
asked = ["".join(generate(llm, tokenizer, chat(f"What is the capital of {land}?"), 16)) for land in CAPITALS]
for (land, city), word, answer in zip(CAPITALS.items(), completed, asked):
    right = "right" if city in answer else "wrong"
    print(f"{land:<10} sentence completed: {word:<8} {'right' if word == city else 'wrong'}   asked: {right}")


def would_say(beginnings, answers):
    """Whether each answer is what greedy decoding comes to: its every token the likeliest in its place."""
    starts = [len(tokenizer.encode(text).ids) for text in beginnings]
    rows = [tokenizer.encode(text + answer).ids for text, answer in zip(beginnings, answers)]
    longest = max(len(row) for row in rows)
    said = run(np.array([row + [0] * (longest - len(row)) for row in rows], "int32")).numpy().argmax(axis=-1)
    return [said[i, n - 1 : len(row) - 1].tolist() == row[n:] for i, (row, n) in enumerate(zip(rows, starts))]


shown = "3 + 4 = 7\n12 + 5 = 17\n40 + 32 = 72\n"
for low, high in [(1, 9), (10, 99)]:
    sums = np.random.default_rng(2).integers(low, high + 1, (10, 2)).tolist()
    right = would_say([f"{shown}{a} + {b} =" for a, b in sums], [f" {a + b}\n" for a, b in sums])
    print(f"sums of numbers from {low} to {high}: {sum(right)} of 10 right")

# %% [markdown]
# Both ways most are right, and not the same ones. It knows Rome only as the end of a sentence, Canberra and Ottawa
# only when asked; where the sentence goes wrong, there stands a city that is better known. (Lesson 06: a row knows
# what company a word keeps.) So **what a model knows and what it says are two things**, and the form of the question
# decides.
#
# Sums of one digit it can mostly do, those of two digits mostly not. Nobody built anything
# into it that adds. It has read texts with sums in them, and small ones are probably more frequent.
#
# ## What it does not know about not knowing
#
# Three questions about limits. Someone who never lived; a name that stands in the text; a name that does not.

# %%
inventor = "Who was Dr. Aldous Finkelbaum, the inventor of the steam violin?"
show(generate(llm, tokenizer, chat(inventor), 30))

plea = "It is nice to meet you. Please remember that my name is"
NAMES = ["Ada", "Anna", "Tom", "Maria", "John", "Sarah", "Ben", "Alice", "Emma", "Peter"]
numbers = [tokenizer.encode(f" {name}").ids[0] for name in NAMES]
untold = softmax(next_logits([plea])[0])[numbers]
after = softmax(next_logits([f"My name is {name}. {plea}" for name in NAMES]))
told = after[np.arange(10), numbers]
print(f"\n'Ada': {told[0]:.2f} when told, less than one in a thousand when not: {untold[0] < 0.001}")
print("names that are at least three times likelier when told:", sum(told > 3 * untold), "of 10")
first = sum(after.argmax(axis=1) == numbers)
print("the told name is the likeliest of all tokens for fewer than half of them:", bool(first < 5))

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
# Whatever you wrote, here it is with Keras' own cross-entropy, and for the first passage also by hand. Then the
# same passage with its words shuffled. **Predict** by what factor that is worse.


# %%
PASSAGES = [
    "My neighbour keeps bees on the roof of the old fire station. In summer he climbs up every morning, before "
    "the street wakes, and listens to the hives. He says that a healthy hive hums like a far-away motorway, and "
    "that a hungry one goes quiet. Last year he lost half of his bees to the cold. This year he wrapped the boxes "
    "in wool.",
    "To make a good soup, cut two onions and a carrot into small pieces and fry them slowly in butter until they "
    "are soft. Add a litre of water, some salt and a handful of lentils. After half an hour the lentils are done. "
    "Taste it, and add pepper and a little lemon juice before you serve it with bread.",
]
tokens = np.array([tokenizer.encode(text).ids[:64] for text in PASSAGES], "int32")
logits = run(tokens).numpy()
print("tokens", tokens.shape, "  logits", logits.shape)


def perplexities(tokens, logits):
    """The perplexity of each text: (texts, time) tokens, and a model's (texts, time, vocabulary) logits."""
    losses = keras.losses.sparse_categorical_crossentropy(tokens[:, 1:], logits[:, :-1], from_logits=True)
    return np.exp(np.mean(losses, axis=1))


given = softmax(logits[0, :-1])[np.arange(63), tokens[0, 1:]]
by_hand = np.exp(np.mean(-np.log(given)))
bees, soup = perplexities(tokens, logits)
print(f"by hand {by_hand:.1f}, by Keras {bees:.1f}; the soup {soup:.1f}")

for seed in range(3):
    words = PASSAGES[0].split()
    np.random.default_rng(seed).shuffle(words)
    shuffled = np.array([tokenizer.encode(" ".join(words)).ids[:64]], "int32")
    print(f"shuffled: {about(perplexities(shuffled, run(shuffled))[0] / by_hand)} times as surprised")

# %% [markdown]
# The soup is a text as there are millions, the bees are not, and the model finds them four times as surprising.
# That is no fault of the model. **A perplexity belongs to a model and a text, and to a tokenizer:** numbers from
# different texts, or counted over other tokens, cannot be compared. With the same words in disorder
# the difference is fair, and it says how much of what the model knows is about order.
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
# **Predict:** *The capital of France is*. After how many of the thirty blocks does *Paris* come first?


# %%
def vectors(tokens):
    """The vectors of all tokens before the first block and after each: 31 arrays (texts, time, width)."""
    x = llm.embedding(tokens)
    found = [x]
    for block in llm.blocks:
        x = block(x)
        found.append(x)
    return found


BEGINNINGS = ["The capital of France is", "The Eiffel Tower is in the city of", "The opposite of hot is"]
paths = {}
for text in BEGINNINGS:
    last = np.stack([x[0, -1] for x in vectors(np.array([tokenizer.encode(text).ids]))])
    at_each = llm.logits(last).numpy()
    # rank_of, for the final answer, in all rows at once
    paths[text] = np.sum(at_each > at_each[:, at_each[-1].argmax()][:, None], axis=1) + 1
    if text == BEGINNINGS[0]:
        for after in (0, 1, 10, 20, 28, 29, 30):
            word, length = tokenizer.decode([at_each[after].argmax()]), np.linalg.norm(last[after])
            place = about(paths[text][after])
            print(f"after {after:2} blocks  length {length:4.0f}  place of Paris {place:>5}  first: {word!r}")
    print(f"{text} …{tokenizer.decode([at_each[-1].argmax()])}")

drawing, axes = plots.figure(
    "For twenty blocks no trace of these answers, then they come within ten",
    x="blocks passed",
    y="place of the answer",
)
for text, path in paths.items():
    axes.semilogy(path, label=f"{text} …")
axes.invert_yaxis()
axes.legend(loc="upper left")
plots.show(
    drawing,
    "Three lines over 30 blocks. All stay between place 1,000 and 20,000 until block 20, then rise steeply "
    "and reach place 1 at the last block or the one before it.",
)

# %% [markdown]
# Place 1 is at the top, and each line follows the answer that was printed after its beginning. For twenty blocks it
# stands somewhere among thousands, although the vector grows meanwhile, from a length of 3 to nearly 200. At first
# the lens reads the token that went in (*is*), for that is its own row. What happens in the middle blocks is not yet
# about the next word, or not in the language that the last block speaks; a lens that is trained for each block sees
# the answer somewhat sooner (Belrose and others 2023, [arXiv 2303.08112](https://arxiv.org/abs/2303.08112)). In the
# last ten blocks the vector is turned into the answer. (It does not look so for every beginning. After *Two plus two
# is* comes a very common token, and that stands among the first ten all the way.)
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
# **Predict:** will a model of English have heads for repeating nonsense?


# %%
def attention_maps(tokens):
    """Who looks at whom: (texts, block, head, time, time)."""
    positions, maps = ops.arange(tokens.shape[1]), []
    for block, x in zip(llm.blocks, vectors(tokens)):
        seen, attention = block.attention_norm(x), block.attention
        pattern = attention.pattern(
            attention.queries(seen, positions), attention.keys(seen, positions), positions
        )
        maps.append(np.reshape(pattern, (len(tokens), 9, tokens.shape[1], -1)))
    return np.stack(maps, axis=1)


forty = np.random.default_rng(0).integers(1_000, 40_000, (3, 40))
twice = np.concatenate([forty, forty], axis=1).astype("int32")
maps = attention_maps(twice)

again = np.arange(41, 80)
roles = {"previous token": again - 1, "what came after it": again - 39}
for role, target in roles.items():
    share = maps[..., again, target].mean(axis=-1)  # texts, block, head
    for best in np.argsort(-share.mean(axis=0).ravel())[:4]:
        block, head = divmod(int(best), 9)
        low = share[:, block, head].min()
        print(
            f"{role:<19} block {block:2}, head {head}: at least {np.floor(low * 10) / 10:.1f} of its attention"
        )

# %%
part = maps[0, [16, 18], [0, 6]]
drawing, axes = plots.figure(
    "A head that looks one back, one looks at what came next the last time", columns=2, size=(7, 3.6)
)
for panel, pattern, name in zip(axes, part, ["block 16, head 0", "block 18, head 6"]):
    panel.imshow(pattern, cmap="Blues", vmin=0, vmax=1)
    panel.set(title=name, xlabel="looks at token", ylabel="token")
    panel.grid(False)
plots.show(
    drawing,
    "Two maps of 80 by 80 tokens. Left, a dark line just below the diagonal. Right, in the lower half a dark line "
    "39 places to the left of the diagonal, and above it a dark column at token 0, down to row 41.",
)

# %% [markdown]
# A row is a token, and dark is where it looks. **Left:** a line just beside the diagonal, one token back, all the
# way. **Right:** in the first round, where nothing has come before, the head rests on the very first token. At token
# 40 the second round begins, and from token 42 on there is a second line: each token looks at the one that *came
# after it* the last time. Nobody built these heads. Training found them, since English repeats itself too: names, for
# one.
#
# Such resting on the first token is common. It is called an **attention sink** (Xiao and others 2023,
# [arXiv 2309.17453](https://arxiv.org/abs/2309.17453)): the weights of a softmax must add up to 1, and a head
# with nothing to say needs a place to put them.
#
# ## Break it: four heads
#
# A head is switched off when the rows of the matrix `out` that read from it are 0. To change numbers for a
# while and be sure that they come back, we use Python's `with`: what is inside runs with zeros, and afterwards
# everything is as before.
#
# Four of 270 heads: the four above that look at what came after. Beside them four others, from blocks 15 to 24.
# **Predict** what happens to the repeating, and what happens to the two passages.


# %%
@contextmanager
def zeroed(places):
    """While this lasts, some entries of some arrays are 0: (array, index) for each."""
    before = []
    for array, index in places:
        values = array.numpy()
        before.append(values[index].copy())
        values[index] = 0
        array.assign(values)
    try:
        yield
    finally:
        for (array, index), entries in zip(reversed(places), reversed(before)):
            values = array.numpy()
            values[index] = entries
            array.assign(values)


def head_rows(block, head):
    """Where the matrix `out` reads from one of the nine heads, 0 to 8."""
    return llm.blocks[block].attention.out.kernel, slice(64 * head, 64 * head + 64)


def repeats_right():
    """The share of the second round that the model guesses right."""
    return np.mean(run(twice).numpy()[:, 40:79].argmax(axis=-1) == twice[:, 41:])


whole = perplexities(tokens, run(tokens))
COPIERS, ONE_BACK = [(18, 6), (17, 3), (17, 4), (18, 7)], [(16, 0)]
OTHERS = [(23, 4), (22, 8), (15, 7), (24, 0)]
for name, heads in [("none", []), ("four others", OTHERS), ("the four", COPIERS), ("16, 0", ONE_BACK)]:
    with zeroed([head_rows(*head) for head in heads]):
        right, factor = repeats_right(), perplexities(tokens, run(tokens)) / whole
        repeats = "most" if right > 0.5 else "less than a tenth" if right < 0.1 else "some"
        print(
            f"without {name:<12} repeats right: {repeats:<18} perplexity times {factor[0]:.2f}, {factor[1]:.2f}"
        )

# %% [markdown]
# Without those four heads the model can hardly repeat anything, **and reads prose as well as before**. These four
# others make no such difference. (Others can: of twelve fours that we drew by chance two cost much of the repeating.)
# The last line is the beautiful one: the head of block 16 that looks one token back is enough to break it too. We
# took out each of the 270 alone. It is the only one after which less than a quarter was right, while the three other
# heads above that look one token back can be missed. This fits what Olsson and others found in small models: such a
# head writes into each token's vector *which token stood before it*, and the copying heads, in later blocks, search
# for that. Two heads in a row, one trick.
#
# (`with` put everything back. We check that at the end.)
#
# ## Break it: one block of thirty
#
# A block adds to the vectors, so one can leave it out. **Predict** which are missed most: the first, the middle,
# the last? (All blocks before the missing one do the same as ever, so we start from their vectors.)

# %%
before = vectors(tokens)
bar = progress_bar(30, "blocks")
worse = []
for missing in range(30):
    x = before[missing]
    for block in llm.blocks[missing + 1 :]:
        x = block(x)
    worse.append(perplexities(tokens, llm.logits(x)) / whole)
    bar.update(1)
bar.close()
worse = np.array(worse)

drawing, axes = plots.figure(
    "Few blocks are missed sorely, most can be left out",
    x="block left out",
    y="perplexity, times that of the whole",
)
for label, line in zip(["bees", "soup"], worse.T):
    axes.semilogy(line, marker="o", markersize=4, label=label)
axes.legend()
plots.show(
    drawing,
    "Perplexity against the block left out, logarithmic. About ten thousand times worse without block 0, tens of "
    "times without block 1, several times without blocks 11, 28 and 29; without 2 and 8 for the soup only; less "
    "than twice without the others.",
)
print("blocks without which neither text gets twice as surprising:", int(np.sum((worse < 2).all(axis=1))))
print(f"without block 0 about {float(f'{worse[0].min():.0e}'):,.0f} times as surprising, or more")

# %% [markdown]
# Without block 0 nothing is left: every later block expects what it writes. Block 1 is nearly as hard to miss, and
# the soup needs block 2. The last two finish the answer, as the lens showed. In between, leaving out one block makes
# both texts less than twice as surprising, with two exceptions. Block 8 matters to one text and not to the other. And
# block 11: what is it that it does?
#
# ## Break it: one number
#
# Look at the *first* token of a text, and at how long its vector is. Where it grows most we look closer: in the MLP
# of that block, 1,536 hidden units add to 576 entries, each pair with a weight of its own in the matrix `down`.
# (`silu` is the activation of SwiGLU's gate, lesson 10: a smooth relu.)

# %%
lengths = [np.linalg.norm(x[0, 0]) for x in before]
typical = [np.median(np.linalg.norm(x[0, 1:], axis=1)) for x in before]
for after in (0, 3, 11, 12, 28, 30):
    print(
        f"after {after:2} blocks: first token {lengths[after]:8,.0f}, a typical other one {typical[after]:5,.0f}"
    )


print("it grows most in block", int(np.argmax(np.diff(lengths))))

block, down = llm.blocks[11], llm.blocks[11].mlp.down.kernel
x = before[11] + block.attention(block.attention_norm(before[11]))
seen = block.mlp_norm(x)
hidden = (ops.silu(block.mlp.gate(seen)) * block.mlp.up(seen))[0, 0].numpy()

added = hidden[:, None] * down.numpy()
unit, entry = (int(place) for place in np.unravel_index(np.abs(added).argmax(), added.shape))
print(f"unit {unit}, entry {entry}: weight {down.numpy()[unit, entry]:.2f}, adds {added[unit, entry]:,.0f}")
print(f"all units together add {added[:, entry].sum():,.0f} to this entry")

# %% [markdown]
# Block 11 makes the first token's vector more than a hundred times longer, in one go. It was long once before, after
# three blocks, and was brought back. (Sun and others 2024, [arXiv 2402.17762](https://arxiv.org/abs/2402.17762),
# found such *massive activations* in many models. They go together with attention sinks.) And **one** weight does
# most of it. Yu and others (2024, *The Super Weight in Large Language Models*, [arXiv
# 2411.07191](https://arxiv.org/abs/2411.07191)) found that in some models a single such weight, in an early `down`
# matrix, decides whether the model can write at all. You have 134,515,008 parameters. **Predict** what happens when
# 210 of them are set to 0, one drawn by chance from each matrix of the blocks; and when this one is.

# %%
rng = np.random.default_rng(0)
matrices = [array for array in llm.weights if kind(array.path) in ("attention", "MLP")]
anywhere = [(array, tuple(rng.integers(array.shape))) for array in matrices]
cuts = {"210 by chance": anywhere, "this one": [(down, (unit, entry))], "its whole unit": [(down, unit)]}
for name, places in cuts.items():
    with zeroed(places):
        factor = perplexities(tokens, run(tokens)) / whole
        print(f"without {name:<15} perplexity times {factor[0]:.2f} and {factor[1]:.2f}")
        show(generate(llm, tokenizer, "The capital of France is", 10))
print("as before:", np.array_equal(perplexities(tokens, run(tokens)), whole))

# %% [markdown]
# 210 numbers gone, and nothing happened. One number gone, and a model of 134 million answers with rubble. Reading
# suffers too: one passage is about twice as surprising, the other more than ten times.
#
# The third line is the strangest: take out the *whole unit*, this weight and its 575 neighbours, and the model is
# well again. So the harm is not done by what is missing. It is done by **what stays**: the unit's other weights.
# A likely reason is the norm of the next block: beside the one huge entry it makes what they add vanishingly small,
# and without that entry they fill the first token's vector. (We have not tested this reason.)
# "An important parameter" is a loose expression, then. What is important is how parameters play together.
#
# (The last line says that everything is back.)
#
# ## Change all of them
#
# So far we hit single numbers. Now all of them, but gently. Each parameter takes 32 bits here, and lesson 11 counted
# what is saved with fewer. `load_model(8)` rounds the matrices: each number becomes one of 255 whole numbers, times a
# scale for its row and one for its column. (This is called *quantising* a model.) Each is now wrong by up to half a
# step. **Predict:** one weight could ruin the model. What do 134 million rounding errors do?

# %%
rounded = load_model(8)
for name, model in {"32 bits": llm, "8 bits": rounded}.items():
    megabytes = sum(array.numpy().nbytes for array in model.weights) / 1e6
    print(f"{name:>7}: {megabytes:.0f} MB")

factor = perplexities(tokens, rounded(tokens)) / whole
print(f"in 8 bits perplexity times {factor[0]:.1f} and {factor[1]:.1f}")
for model in (llm, rounded):
    show(generate(model, tokenizer, "The capital of France is", 10))

# %% [markdown]
# A quarter of the memory, and no harm that one decimal of the perplexity shows. A likely reason: rounding errors
# point in all directions, so that in a sum of many they mostly cancel. What a model knows is not in the last digits
# of its numbers. Harm is there even so, in other places: where two tokens are nearly even, the text may take the
# other turn: compare the two texts. (Once its loop is compiled it also writes faster, since there is less to
# read for each token, as lesson 11 said.)
#
# ## Two at a time
#
# If most blocks are hardly missed, why carry them? Here is a model made of the same layers with some blocks left
# out. (It lists its layers, says that its parameters exist already, and runs one after another; the last line is
# the tied head.) **Predict:** if leaving out block 24 costs a factor, and leaving out block 27 another, do the two
# together cost the product?


# %%
class Shortened(keras.Model):
    """The same layers with some of the blocks only. They are shared with the whole: nothing is copied."""

    def __init__(self, whole, kept):
        super().__init__()
        self.embedding, self.norm = whole.embedding, whole.norm
        self.blocks = [whole.blocks[number] for number in kept]
        self.built = True

    def call(self, tokens):
        x = self.embedding(tokens)
        for block in self.blocks:
            x = block(x)
        return ops.matmul(self.norm(x), ops.transpose(self.embedding.embeddings))


def say(model, text, most=6):
    """The text that any model goes on with, greedy and without a cache."""
    tokens = tokenizer.encode(text).ids
    for _ in range(most):
        tokens.append(int(np.argmax(model(np.array([tokens]))[0, -1])))
    return tokenizer.decode(tokens)


for pair in [(24, 27), (17, 18)]:
    smaller = Shortened(llm, [number for number in range(30) if number not in pair])
    both = perplexities(tokens, smaller(tokens)) / whole
    for text, product, together in zip(["bees", "soup"], worse[list(pair)].prod(axis=0), both):
        print(
            f"without {pair}, {text}: product {product:.2f}, together {together:.2f}, {count(smaller):,} parameters"
        )
    print(say(smaller, "The capital of France is"))

# %% [markdown]
# No. Alone each of 24 and 27 can be missed. Without both, the passages are three to four times as surprising as the
# product says, and on six others that we tried three to seven times. Perhaps each can do what the other did, as long
# as one of them is there. Blocks 17 and 18 cost a little *less* than their product, on all eight. Without those two
# there are seven million parameters fewer, and the passages suffer little. But remember what sits in blocks 16 to 18,
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
# - It says what is likely. What is true, what it was told yesterday, and what adds up, it does not know.
# - A token's vector is carried through thirty blocks, and becomes a statement about the next token.
# - Most numbers are hardly missed alone. Four heads, one block, or a single weight can be missed sorely.
#
# **Next:** 13 · Fine-tuning. It does not know what it should. Can it be taught?
