# %% [markdown]
# # 06 · Embeddings
#
# > **At the end you can** say what an embedding is and count one, train a table of them from nothing, read
# > its geometry, and find your way in the table of a real language model.
#
# Lesson 05 turned text into tokens, gave each token a number, and predicted the next word from a table of
# counts. The numbers were only names: "park" got one because of where it stands in the alphabet. This lesson
# gives each token numbers that mean something, and lets training choose them.
#
# **Time:** about an hour for the text and an hour for the exercises; the computer needs one minute. A good place for
# a break is before "The table of a real language model".
# **You need:** lessons 01 to 05.

# %%
from utils import plots, stories
from utils.checking import check
from utils.counting import count, table
from utils.embeddings import counted, packed, train_tables
from utils.llm.tensors import read_tensor, tensor_shapes
from utils.llm.tokenizer import load_tokenizer
from utils.text import aligned
from utils.training import progress_bar

import keras
import names
import numpy as np
import tensorflow as tf

# %% [markdown]
# ## A number that is only a name
#
# The stories of lesson 05 are back, with their 66 words and a mark for the end of a story. Each of the 67
# has a number, called its **id**: its place in the list `VOCABULARY`, which `NUMBER` gives back.

# %%
vocabulary, number = stories.VOCABULARY, stories.NUMBER
ids = [number[word] for word in ["anna", "has", "a", "red", "ball", "."]]

print(len(vocabulary), "tokens;  anna has a red ball .  is", ids)
print("red", number["red"], " blue", number["blue"], " runs", number["runs"])

# %% [markdown]
# Nothing can be learned from the size of an id. *red* and *runs* are neighbours in the alphabet and have
# nothing in common; *red* and *blue* are far apart. A neuron that got the id as its input would have to
# multiply it by a weight, as if *red* were more than *blue*.
#
# Some articles say that an embedding is "a numerical value that stands for the token". The id is that, and it says
# nothing about the token. An **embedding** is a *list* of numbers, a **vector**: as many for each token as we like,
# found by training. All of them together are a table, with a row for each token.
#
# ## One-hot times matrix is a look-up
#
# How does a layer read from a table? Lesson 05 ended with it. A token went in **one-hot**, as 67 numbers
# that are all 0 but a single 1 at its id; the layer multiplied that by its weights, and out came one row of
# them. There a row *was* the answer, so it needed 67 columns. But a row may as well be a description of the
# token, with as many columns as we like, for later layers to work with.
#
# `np.eye(67)` is a table of all 67 one-hot rows, one below the other; `[ids]` picks six of them. **Predict**
# the shape of what comes out, for these six tokens and eight columns.

# %%
rng = np.random.default_rng(0)
random_table = rng.normal(size=(67, 8))

one_hot = np.eye(67)[ids]
product = one_hot @ random_table
print("one-hot", one_hot.shape, "times", random_table.shape, "is", product.shape)
print("the same as picking rows:", np.array_equal(product, random_table[ids]))

# %% [markdown]
# Each output adds up a whole column, but 66 of the 67 terms are 0 times something. What is left is one row,
# unchanged. So an embedding layer *is* a dense layer, without biases, on one-hot inputs. Nobody computes it
# that way, though. **Predict** how many operations the product needs for one token of the real model at the
# end of this lesson, which has 49,152 tokens and 576 numbers for each.

# %%
tokens, size = 49_152, 576
print(f"one-hot times matrix: {2 * tokens * size:,} operations")
print(f"look-up: {size} numbers copied")

# %% [markdown]
# 57 million operations, nearly all of them with zeros, against a copy. Keras has a layer that copies:
# `Embedding(67, 8)`. Here it is beside a dense layer, both filled with our table. (`build` makes the
# parameters of a layer that is in no model.) **Predict** how many parameters each has.

# %%
dense = keras.layers.Dense(8, use_bias=False)
embedding = keras.layers.Embedding(67, 8)
dense.build((None, 67))
embedding.build()
print("predicted", 67 * 8, " dense", count(dense), " embedding", count(embedding))

dense.set_weights([random_table])
embedding.set_weights([random_table])
apart = np.abs(dense(one_hot) - embedding(np.array(ids)))
print("largest difference between their outputs:", apart.max())

# %% [markdown]
# The parameters are the same, and so are the outputs: **vocabulary × size** parameters, exactly.
#
# The second number is called the **embedding size** or *dimension*. It is a hyperparameter.

# %% [markdown]
# ### Exercise 1 · Count a model that looks up
# ★☆☆ · 5 minutes · 1 point
#
# This is the model we are about to build, for any sizes. The last `context` words go in. Each is looked up
# in the *same* table of `vocabulary` rows of `size` numbers. The rows are put one after another into a
# single long vector, and a dense layer with biases makes a number for each word of the vocabulary, to say
# which comes next. How many parameters are there?


# %% exercise="embedding_parameters"
def embedding_parameters(vocabulary, size, context):
    """The parameters of a table and of a dense layer behind it."""
    ...


check(embedding_parameters)

# %% [markdown]
# ## Which rows learn?
#
# A table learns as every layer does: each of its numbers has a slope, and moves against it. **Predict:** when
# a batch has the six tokens of *anna has a red ball .*, how many of the 67 rows have a slope other than 0?

# %%
with tf.GradientTape() as tape:
    loss = tf.reduce_mean(embedding(np.array(ids)) ** 2)
slopes = tape.gradient(loss, embedding.embeddings.value)
gradient = np.array(tf.convert_to_tensor(slopes))

used = [vocabulary[row] for row in range(67) if gradient[row].any()]
print("shape of the gradient", gradient.shape, " rows that are not zero:", used)

# %% [markdown]
# Six. A row that is not looked up plays no part in the loss, so a nudge of it changes nothing. (TensorFlow
# does not even store the other 61; `convert_to_tensor` wrote them out, as rows of zeros.) In such a layer
# a token learns only when it occurs: frequent ones in nearly every batch, rare ones seldom. Keep this in mind until
# the end of the lesson, where you will meet tokens that seem never to have occurred at all.

# %% [markdown]
# ### Exercise 2 · The way back through a look-up
# ★★★ · 10 minutes · 3 points
#
# Write the backward step of an embedding layer. On the way forward it gave `table[ids]`. Now `d_rows` comes
# back: an array with a row of slopes for each entry of `ids`. What is the gradient of the whole table, which
# has `vocabulary` rows? One thing to think about: the same token may stand in `ids` more than once.


# %% exercise="table_gradient"
def table_gradient(ids, d_rows, vocabulary):
    """The gradient of a table of which the rows `ids` were looked up."""
    ...


check(table_gradient)

# %% [markdown]
# ## From numbers to a choice of 67
#
# The model must end in a probability for each of the 67 tokens. You met the tool at the end of lesson 05:
# **softmax** takes $e$ to the power of each number, so that all are positive, and divides by their sum, so
# that they add up to 1. A closer look, since everything from here on ends with it:
#
# $$p_i = \frac{e^{z_i}}{e^{z_1} + e^{z_2} + \ldots}$$
#
# The $z$ that go in are called **logits**. Subtracting the largest of them first changes nothing (**predict**
# why), and it keeps $e^z$ from becoming too large for a float.


# %%
def softmax(z):
    powers = np.exp(z - z.max())
    return powers / powers.sum()


z = np.array([2.0, 1.0, 0.0, -3.0])
print("softmax          ", softmax(z).round(3), " sum", softmax(z).sum().round(3))
print("all logits plus 5", softmax(z + 5).round(3))

# %% [markdown]
# A logit that is larger by 1 has $e \approx 2.72$ times the probability; only differences count, since a
# common factor is above and below the line. And with two choices, one of them with the logit 0? **Predict**
# which old friend that is.

# %%
for logit in (-2.0, 0.5, 1.5):
    of_two, sigmoid = softmax(np.array([logit, 0.0]))[0], 1 / (1 + np.exp(-logit))
    print(f"softmax of {logit} and 0: {of_two:.3f}   sigmoid {sigmoid:.3f}")

# %% [markdown]
# The sigmoid of lesson 04.
#
# The loss stays what it was: minus the logarithm of the probability that was given to the truth. For many
# choices it is called **cross-entropy**, and $e$ to the power of its mean is the perplexity of lesson 05. Its
# slopes have a beautiful form. **Predict** it from lesson 04, where sigmoid and log loss gave $p -
# \text{label}$. Here the second of four tokens is the truth, and each logit is nudged in turn.

# %%
truth = 1


def loss_of(z):
    return -np.log(softmax(z)[truth])


nudged = np.array([loss_of(z + 1e-6 * nudge) for nudge in np.eye(4)])
print("measured       ", ((nudged - loss_of(z)) / 1e-6).round(3))
print("p minus one-hot", (softmax(z) - np.eye(4)[truth]).round(3))

# %% [markdown]
# Probability minus label again, for each token. The true one is pushed up by what it lacks; **every other
# one is pushed down**, in proportion to the probability it was given.
#
# ## A model with two words in front of it
#
# Now the rows. The model sees two words and predicts the third. Before a story begins, `<end>` stands in for
# the words that are missing. `stories.windows` cuts a text in this way.

# %%
two_words, following = stories.windows(["anna has a red ball ."], words=2)
for before, after in zip(two_words, following):
    print([vocabulary[place] for place in before], "->", vocabulary[after])

# %% [markdown]
# And now all of 2,000 stories. Another 1,000, which no training sees, are for measuring.

# %%
training_stories, new_stories = stories.write(2000, seed=0), stories.write(1000, seed=1)
contexts, targets = stories.windows(training_stories, words=2)
new_contexts, new_targets = stories.windows(new_stories, words=2)
print("contexts", contexts.shape, " targets", targets.shape)
print("different contexts:", len(np.unique(contexts, axis=0)))

# %% [markdown]
# A hundred thousand rows, but only 245 different pairs of words come before a third: the language is small.
#
# We give each token 8 numbers. **Predict** the count before you look: the table, and a dense layer with two
# rows of 8 numbers going in.

# %%
keras.utils.set_random_seed(0)
embedding = keras.layers.Embedding(67, 8)
output = keras.layers.Dense(67, activation="softmax")
layers = [keras.Input((2,), dtype="int32"), embedding, keras.layers.Flatten(), output]
model = keras.Sequential(layers)
print(f"predicted {67 * 8 + (2 * 8 * 67 + 67)}, Keras says {count(model)}\n")
print(table(model))

# %% [markdown]
# `Flatten` puts the two rows one after another. It has no parameters. Now train, and keep a copy of the table
# after every step: Keras calls our function `keep` whenever a batch is done. The loss has a long name in
# Keras: it is the cross-entropy, and *sparse* says that the targets are ids and not one-hot vectors.

# %%
tables = [embedding.get_weights()[0]]


def keep(batch, logs):
    tables.append(embedding.get_weights()[0])


model.compile(keras.optimizers.Adam(0.02), loss="sparse_categorical_crossentropy")
keeper = keras.callbacks.LambdaCallback(on_train_batch_end=keep)
model.fit(contexts, targets, epochs=6, batch_size=1024, verbose=0, callbacks=[keeper])
trained = tables[-1]
print("steps:", len(tables) - 1)

# %% [markdown]
# Is it any good? Its rivals are those of lesson 05: counting pairs, which takes 67 × 67 numbers; counting
# triples, which see the same two words as our model and take 67 × 67 × 67; and the lowest perplexity that
# anyone can reach, which follows from the language's entropy. All are asked about the 1,000 new stories.
# **Predict** where our 1,675 parameters end up. (The model answers with 67 probabilities a row; the two lists of
# numbers in the brackets pick, from each row, the column of the word that did follow.)


# %%
def perplexity(given):
    return np.exp(-np.mean(np.log(given)))


answers = model.predict(new_contexts, batch_size=8192, verbose=0)
ours = perplexity(answers[np.arange(len(answers)), new_targets])
last, new_last = contexts[:, 1:], new_contexts[:, 1:]
pairs = perplexity(counted(last, targets, new_last, new_targets, 67))
triples = perplexity(counted(contexts, targets, new_contexts, new_targets, 67))

# %%
print(f"counting pairs      {67**2:7,} numbers, perplexity ≈ {pairs:.2f}")
print(f"counting triples    {67**3:7,} numbers, perplexity ≈ {triples:.2f}")
print(f"our model           {count(model):7,} numbers, perplexity ≈ {ours:.2f}")
lowest = stories.best_perplexity(training_stories)
print(f"whole story known                    perplexity ≈ {lowest:.2f}")

# %% [markdown]
# Nearly as good as counting triples, with fewer numbers than counting *pairs*. (The long way down to the last
# line is the price of seeing two words only: the model cannot know who had the ball. Lesson 10 mends that.)
#
# The difference grows with the context. Counting what follows four words would take 67⁵ numbers, 1.35
# billion. Our model would need 2 · 8 · 67 = 1,072 more than now. Where does the saving come from? A table of
# counts has to meet *anna has a* and *zoe has a* separately. A model that has found out that *anna* and *zoe*
# behave alike learns about both from either. This was the idea of one of the first neural language models
# (Bengio and others 2003, *A Neural Probabilistic Language Model*, JMLR 3). So let us see whether it *has* found
# out.

# %% [markdown]
# ## What lies near what
#
# How alike are two rows? Think of each as an arrow from the origin, and compare their directions. Multiply
# the two vectors entry by entry and add up: the **dot product**, `a @ b`. Divide by the length of each
# (`np.linalg.norm`, the square root of the sum of the squares). The result is the **cosine similarity**: 1
# for the same direction, 0 at a right angle, −1 for opposite ones.
#
# Four pairs of words, before and after training. **Predict** which of them end up alike.


# %%
def cosine(table, first, second):
    a, b = table[number[first]], table[number[second]]
    return a @ b / (np.linalg.norm(a) * np.linalg.norm(b))


for pair in [("soup", "cake"), ("park", "beach"), ("happy", "sad"), ("park", "soup")]:
    before, after = cosine(tables[0], *pair), cosine(trained, *pair)
    print(f"{pair[0]:>5}, {pair[1]:5}  before ≈ {before:z5.2f}  after ≈ {after:z5.2f}")

# %% [markdown]
# Nobody told the model that soup and cake are food. It found that the same words follow both. That holds
# for *happy* and *sad* too: in our stories a full stop follows either, and so they are as good as the same
# to this model. An embedding does not know what a word means. It knows the company that the word keeps
# ("You shall know a word by the company it keeps", J. R. Firth 1957), and in our stories these two keep the
# same company. *Park* and *soup*, followed by other words, stay far from 1.

# %% [markdown]
# ### Exercise 3 · How alike are two directions?
# ★☆☆ · 5 minutes · 1 point
#
# Write the cosine similarity of two vectors of the same size as a function. Neither is all zeros.


# %% exercise="cosine_similarity"
def cosine_similarity(a, b):
    """The cosine of the angle between two vectors."""
    ...


check(cosine_similarity)

# %% [markdown]
# ## Watching it form
#
# Eight numbers a word cannot be drawn on paper. A shadow of them can: turn the cloud of points so that it
# shows its two longest sides. That is **principal component analysis** (PCA). NumPy's `svd` finds the
# directions, sorted by how far the points spread along them; we keep two. To follow the movement, all steps
# are seen from the same side: the one that is best for the trained table.
#
# We look at 29 words of six kinds.

# %%
kinds = {
    "names": list(stories.HEROES),
    "colours": ["red", "blue", "green", "yellow"],
    "toys": ["ball", "car", "kite", "boat", "train"],
    "places": ["park", "garden", "beach", "forest"],
    "animals": ["dog", "cat", "bird", "frog"],
    "foods": ["soup", "bread", "cake", "apples"],
}
kind_of = {word: kind for kind, members in kinds.items() for word in members}

# %%
content = [number[word] for word in kind_of]
middle = trained[content].mean(axis=0)
centred = trained[content] - middle
directions = np.linalg.svd(centred)[2][:2].T


def shadow(table):
    """Where each of the 29 words lies in the two directions."""
    return {word: table[number[word]] @ directions for word in kind_of}


# %% tags=["hide-input"]
# @title Draw the shadow of three tables
seen_at = {
    0: "29 words as dots, coloured by kind, in no order.",
    20: "The same words: those of a kind are near one another.",
    len(tables) - 1: "The same words: foods and toys are close groups, far from each "
    "other; animals and colours are spread out.",
}
for step, alt in seen_at.items():
    title = f"Words of a kind come together: after {step} steps"
    drawing, axes = plots.figure(title, "first direction", "second direction")
    plots.words(axes, shadow(tables[step]), kind_of)
    plots.show(drawing, alt)

# %% [markdown]
# The same 29 words three times, from the same side; mind the scales, which differ by a factor of nearly a
# hundred. **First:** no order. **Second:** twenty steps, a fifth of the first pass over the data, and
# words of a kind are already near one another. **Third:** toys and foods are each nearly on one spot, places
# and most names keep together, colours and animals spread out. Move through the steps yourself; one word has
# its name on it, to be followed.

# %% tags=["hide-input"]
# @title Draw the shadow after any step
reach = 1.15 * np.abs(trained[content] @ directions).max(axis=0)


def map_at(step):
    drawing, axes = plots.figure(f"The table after {int(step)} steps", size=(6.5, 4.2))
    places = shadow(tables[int(step)])
    for kind, members in kinds.items():
        axes.scatter(*zip(*[places[word] for word in members]), s=20, label=kind)
    axes.annotate("anna", places["anna"], (4, 3), textcoords="offset points")
    axes.set(xlim=(-reach[0], reach[0]), ylim=(-reach[1], reach[1]))
    axes.set(xlabel="first direction", ylabel="second direction")
    axes.legend(loc="upper left", bbox_to_anchor=(1, 1))
    return drawing, "29 dots in two directions; those of a kind gather, then move on."


plots.sliders(map_at, step=(0, 600, 30))

# %% [markdown]
# A dot is a word, its colour is its kind. All start in the middle. The kinds gather almost at once, and then
# they go on moving: at the first hundred steps *anna* is among the other names, later she walks away.
#
# A shadow can deceive: what lies together here may be apart in one of the other six directions. So let us
# measure, with all eight numbers. For each of the 29 words, which of the other 66 tokens has the largest
# cosine with it? **Is it of the same kind?**
#
# In the code, `axis=1` means "along each row": one length a row. `keepdims=True` stands these lengths in a
# column, so that each row of the table is divided by its own.


# %%
def nearest(table):
    """For each row, the row with the largest cosine, other than itself."""
    unit = table / np.linalg.norm(table, axis=1, keepdims=True)
    cosines = unit @ unit.T
    np.fill_diagonal(cosines, -1)  # the diagonal: each row with itself
    return cosines.argmax(axis=1)


print("nearest to likes:", vocabulary[nearest(trained)[number["likes"]]])
print("nearest to she:  ", vocabulary[nearest(trained)[number["she"]]])


# %%
def strays(table):
    """The words of the six kinds whose nearest token is not of their own kind."""
    near = nearest(table)
    neighbour = {word: vocabulary[near[number[word]]] for word in kind_of}
    return [w for w in kind_of if kind_of.get(neighbour[w]) != kind_of[w]]


def share_of_a_kind(table):
    """The share of the 29 words whose nearest token is of their own kind."""
    return 1 - len(strays(table)) / len(kind_of)


luck = np.mean([(len(kinds[kind]) - 1) / 66 for kind in kind_of.values()])
print(f"by luck {luck:.2f}, at the end ≈ {share_of_a_kind(trained):.2f}")

# %% [markdown]
# From 1 in 15, which luck would give, to far more than half. When did that happen? And when had the words
# found their places? For that we measure how far each of the 29 still has to go to where it ends, and compare
# with how far the words end from their common middle: 0 is arrived, 1 is as far away as the middle.

# %%
spread = np.linalg.norm(centred, axis=1).mean()
print("steps  nearest of its kind  still to go")
for step in (0, 20, 101, 303, len(tables) - 1):
    to_go = np.linalg.norm(tables[step] - trained, axis=1)[content].mean() / spread
    share = share_of_a_kind(tables[step])
    print(f"{step:5}        ≈ {share:.2f}              ≈ {to_go:.2f}")

# %% [markdown]
# The kinds are together after 20 steps already, as well as at the end. The places are not: after 101 steps, a
# whole epoch, the words still have about a quarter of the way to go, and gain nothing in kinship from going it.
#
# Which words stray from their kind, at the end?

# %%
missed = [kind_of[word] for word in strays(trained)]
for kind, members in kinds.items():
    print(f"{kind:8} ≈ {missed.count(kind)} of {len(members)} stray")

# %% [markdown]
# Each word that strays is an animal or a colour; in no random start that we tried did another one. A
# *dog* barks and a *cat* does not, a *red* thing is often a ball and a *blue* one a boat: what follows them
# differs, so there is less for them to share. After every food the same full stop follows.
#
# So the articles' sentence holds, with a word changed: an embedding **holds how a token is used, relative to
# the others**, as far as that helped to predict.

# %% [markdown]
# ## What a larger size buys
#
# Why 8 numbers a word? We try 1, 2, 4, 8, 16 and 32, each from four random starts. To be quick,
# `train_tables` (open it in `utils/embeddings.py` if you like) trains all four side by side, and the rows are
# *packed*: since so few contexts are different, a step can see all data at once by weighing each of them with
# how often each word followed. Otherwise it is the model above, with a loop as in lesson 04. With the four
# tables comes a function that measures the perplexity of each.

# %%
seen, times = packed(contexts, targets, 67)
new_seen, new_times = packed(new_contexts, new_targets, 67)
print(f"{len(contexts):,} rows, packed into {len(seen)}")

# %%
sizes, reached, kinship = [1, 2, 4, 8, 16, 32], [], []
bar = progress_bar(len(sizes), "sizes")
for size in sizes:
    four_tables, perplexities = train_tables(seen, times, size)
    reached.append(perplexities(new_seen, new_times))
    kinship.append([share_of_a_kind(table) for table in four_tables])
    bar.update(1)
bar.close()

# %%
print("size  parameters  above triples     own kind nearest")
for size, four, kin in zip(sizes, np.array(reached) - triples, kinship):
    print(f"{size:4} {67 * size + 2 * size * 67 + 67:11,}", end="  ")
    print(f"≈ {four.min():.3f} to {four.max():.3f}", end="  ")
    print(f"≈ {min(kin):.2f} to {max(kin):.2f}")

# %%
drawing, axes = plots.figure("Each doubling of the size buys less", x="embedding size")
axes.set_ylabel("perplexity above that\nof counting triples")
axes.loglog(sizes, np.array(reached) - triples, "o-", color=plots.BLUE, linewidth=1)
axes.set_xticks(sizes, sizes)
axes.set_yticks([0.01, 0.03, 0.1, 0.3, 1, 3], [0.01, 0.03, 0.1, 0.3, 1, 3])
axes.minorticks_off()
plots.show(
    drawing,
    "Four lines that fall steeply from size 1 to 2, less steeply to 4 and to 8, and "
    "are flat from 8 on, a little above what counting triples reaches.",
)

# %% [markdown]
# Each line is one of four starts, and both scales go in equal *factors*. One number a word is far too few.
# Each doubling then buys less than the one before. From 8 on it makes hardly more difference than another
# start does, while the parameters double every time. The last bit above counting triples stays: our model adds
# up what each of two words has to say, and has no parameters for what only the two *together* say.
#
# The last column is worth a thought. At size 32 the kinds lie together more cleanly than at 8, although
# that no longer helps to predict. So a tidy geometry is not the same as a good model.
#
# "A larger embedding holds more detail" is true, then, **as long as there is more detail to hold**. Here
# are 67 words of a small grammar; a model of all English has more to tell apart, and uses hundreds or
# thousands of numbers a token.

# %% [markdown]
# ## Something real: the letters of 88,799 surnames
#
# The same function, other tokens: the 26 letters, and a mark for where a name begins and ends. The package
# `names` brings 88,799 surnames of the United States census of 1990. Two letters in, the third is to be
# predicted. We give each letter **two** numbers, so that nothing is hidden in the drawing. **Predict** which
# letters will find together.

# %%
letters = "-abcdefghijklmnopqrstuvwxyz"
with open(names.FILES["last"]) as file:
    surnames = [line.split()[0].lower() for line in file if line.strip()]

places = [[letters.index(letter) for letter in f"--{name}-"] for name in surnames]
triplets = np.array([row[i : i + 3] for row in places for i in range(len(row) - 2)])
print(f"{len(surnames):,} surnames, {len(triplets):,} rows of three")

# %%
seen, times = packed(triplets[:, :2], triplets[:, 2], 27)
letter_tables, _ = train_tables(seen, times, size=2, steps=200)

vowels = [letters.index(letter) for letter in "aeiou"]
found = [int(np.isin(nearest(table)[vowels], vowels).sum()) for table in letter_tables]
print("of 5 vowels, a vowel is the nearest letter to", found)
print(f"by luck to {5 * 4 / 26:.1f}")

# %% tags=["hide-input"]
# @title Draw the letters of the first start
drawing, axes = plots.figure("Nobody said which letters are vowels", size=(6.5, 5.4))
colours = dict.fromkeys(letters, plots.GREEN)
colours |= dict.fromkeys("aeiou", plots.ORANGE) | {"-": plots.BLUE}
axes.scatter(*letter_tables[0].T, alpha=0)  # for the limits; the letters are the points
for letter, place in zip(letters, letter_tables[0]):
    axes.text(*place, letter, color=colours[letter], size=12, ha="center", va="center")
axes.set(xlabel="first number", ylabel="second number")
plots.show(
    drawing,
    "The 26 letters, each at its two numbers. The five vowels lie together, apart from "
    "the consonants; the mark for beginning and end lies apart from both.",
)

# %% [markdown]
# Each letter stands at its two numbers. The vowels (orange) lie together, in this start and in the three others.
# The dash, which stands for beginning and end, is a kind of its own. After a vowel mostly consonants follow, and
# after a consonant mostly vowels: that was enough. (A. A. Markov counted just this in 20,000 letters of *Eugene
# Onegin*, by hand, in 1913. The counting models of lesson 05 are called Markov chains after him.)
#
# *(A good place for a break.)*

# %% [markdown]
# ## The table of a real language model
#
# The model whose tokens you met in lesson 05 is **SmolLM2-135M-Instruct**: SmolLM2-135M, fine-tuned for chats, which
# means that it was trained further, on conversations (lesson 13). It has 49,152 tokens and an embedding size of 576.
# **Predict** how many parameters its table has, and what part of all 134,515,008 that is.

# %%
shapes = tensor_shapes()
llm = read_tensor("token_embd.weight")
everything = sum([int(np.prod(shape)) for shape in shapes.values()])
print(f"predicted {49_152 * 576:,}, the file has {llm.size:,}")
print(f"as a table {llm.shape}; {llm.size / everything:.0%} of {everything:,}")

# %% [markdown]
# More than a fifth of the model is this one table. What is the rest?

# %%
flat = len([shape for shape in shapes.values() if len(shape) == 1])
biases = len([name for name in shapes if name.endswith("bias")])
print(f"1 table, {len(shapes) - 1 - flat} weight matrices,")
print(f"{flat} rows of scales, {biases} biases")

# %% [markdown]
# This completes what lesson 03 said: articles name three kinds of learned parameter, embeddings, weights and
# biases. This model has embeddings, weights and a few scales, and not a single bias.
#
# (The file keeps each number of the table in 8 bits, and a scale for every 32 of them. Lesson 14 does that
# with its own hands. For what follows, the rounding is too small to matter.)
#
# Which tokens are nearest to a token? To ask, we need a word's row, a row's text, and all rows at length 1. In
# this vocabulary a space belongs to the word after it, so we say `" cat"`.

# %%
tokenizer = load_tokenizer()
unit = llm / np.linalg.norm(llm, axis=1, keepdims=True)


def row_of(word):
    [row] = tokenizer.encode(word).ids  # one token, or this stops
    return row


def text_of(row):
    return tokenizer.decode([int(row)], skip_special_tokens=False)


# %% [markdown]
# **Predict** what is nearest to `" cat"`. (`np.argsort` gives the rows in rising order of what it is handed:
# with a minus, the largest cosine comes first.)

# %%
for word in (" cat", " Paris", " seven", " Monday", " soup", " hot"):
    cosines = unit @ unit[row_of(word)]
    print(f"{word!r:10}", [text_of(row) for row in np.argsort(-cosines)[1:6]])

# %% [markdown]
# First of all, *cat* finds itself: with a capital, without the space, in the plural. To a tokenizer these are
# different tokens with nothing in common; the model had to learn that they belong together. Then come the
# things of its kind: dogs, cities, numbers, days. And *cold* beside *hot*.
#
# How large is a large cosine? In 8 dimensions as in 576, two random directions have a cosine of about 0 on
# average. **Predict** the mean over pairs of tokens that are picked at random.

# %%
rng = np.random.default_rng(0)
first, second = rng.integers(0, 49_152, size=(2, 10_000))
cosines = (unit[first] * unit[second]).sum(axis=1)
low, high = np.quantile(cosines, [0.05, 0.95])
print(f"10,000 random pairs: mean cosine {cosines.mean():.2f},")
print(f"nine in ten between {low:.2f} and {high:.2f}")

# %% [markdown]
# Not 0: the rows do not point everywhere. Take the mean of all rows off first, and measure again.

# %%
moved = llm - llm.mean(axis=0)
moved = moved / np.linalg.norm(moved, axis=1, keepdims=True)
cosines = (moved[first] * moved[second]).sum(axis=1)
print(f"the mean row taken off: mean cosine {abs(cosines.mean()):.2f}")

# %% [markdown]
# So the rows have a large part in common, and without it nothing is left of the 0.44. This is so in many
# tables (Mu and Viswanath 2018, [arXiv 1702.01417](https://arxiv.org/abs/1702.01417)). So never read "a cosine
# of 0.5" as "half alike". Within one table, cosines can be *ranked*; between two tables they cannot be
# compared.

# %% [markdown]
# ### Exercise 4 · The nearest row
# ★★☆ · 8 minutes · 2 points
#
# Which row of `table` has the largest cosine with `vector`? Rows whose numbers are in the list `excluded` do
# not count (it may be empty). No row is all zeros. Return the number of the row.


# %% exercise="nearest_row"
def nearest_row(table, vector, excluded):
    """The number of the row that is most like the vector, among those that count."""
    ...


check(nearest_row)

# %% [markdown]
# ## King − man + woman
#
# The most famous sum of the field. Mikolov, Yih and Zweig (2013, *Linguistic Regularities in Continuous Space
# Word Representations*, NAACL) went from *man* to *king* in a table of embeddings, made the same step from
# *woman*, and arrived near *queen*. What is rarely told: **the three words that were put in were not allowed
# as answers.** We look at both.


# %%
def cosines_of(a, b, c):
    """The cosines of all tokens with b - a + c, each word's row taken at length 1."""
    vector = unit[row_of(b)] - unit[row_of(a)] + unit[row_of(c)]
    return unit @ vector / np.linalg.norm(vector)


# %%
for a, b, c in [
    (" man", " king", " woman"),
    (" France", " French", " Spain"),
    (" man", " doctor", " woman"),
    (" France", " Paris", " Italy"),
]:
    cosines = cosines_of(a, b, c)
    best = np.argsort(-cosines)
    print(f"{b} -{a} +{c}:")
    print("   ", [f"{text_of(row)} {cosines[row]:.2f}" for row in best[:3]])
print("Rome comes in place", list(best).index(row_of(" Rome")) + 1)

# %% [markdown]
# - *king − man + woman* is *queen* in this table, even with every word allowed, by a hair: *king* itself is
#   0.01 behind.
# - *French − France + Spain* is *Spanish*, with room to spare.
# - *doctor − man + woman* is *doctor*. With the inputs excluded the answer **cannot** be *doctor*, whatever
#   the table thinks: another word has to win, here *physician*. Some much-quoted findings about prejudice
#   in embeddings came about in this way (Nissim and others 2020, *Fair is Better than Sensational*, [arXiv
#   1905.09866](https://arxiv.org/abs/1905.09866)). That such tables carry prejudice is well shown by other
#   means (Caliskan and others 2017, [arXiv 1608.07187](https://arxiv.org/abs/1608.07187)); this sum is no
#   proof of it.
# - *Paris − France + Italy* is *Paris*. *Rome* comes far behind.
#
# Four picked examples prove nothing. You write it properly, and then we do hundreds.

# %% [markdown]
# ### Exercise 5 · Analogies
# ★★☆ · 10 minutes · 2 points
#
# "`a` is to `b` as `c` is to what?" The three are numbers of rows in `table`. Divide every row by its
# length first, then take the step from `a` to `b`, made from `c`. Which row is nearest? With `exclude=True`
# the three rows themselves do not count, with `exclude=False` they do. Your `nearest_row` will be of use.
# (When it works, ask it about the real table: `analogy_row(unit, row_of(" man"), …)`, and `text_of` the
# answer.)


# %% exercise="analogy_row"
def analogy_row(table, a, b, c, exclude):
    """The number of the row that completes the analogy."""
    ...


check(analogy_row)

# %% [markdown]
# Six relations, about ten pairs of words each, every pair with every other: "*Italy* is to *Rome* as
# *Japan* is to what?"

# %%
relations = {
    "nation": "France French,Italy Italian,Germany German,Spain Spanish,Japan Japanese,"
    "Russia Russian,Greece Greek,China Chinese,India Indian",
    "comparative": "big bigger,small smaller,fast faster,strong stronger,high higher,"
    "long longer,old older,young younger,cold colder",
    "plural": "cat cats,dog dogs,car cars,house houses,hand hands,king kings,"
    "tree trees,river rivers,book books,bird birds",
    "woman": "man woman,king queen,uncle aunt,brother sister,father mother,"
    "son daughter,boy girl,he she,actor actress,husband wife",
    "capital": "France Paris,Italy Rome,Germany Berlin,Spain Madrid,Japan Tokyo,Russia "
    "Moscow,Egypt Cairo,Greece Athens,England London,Austria Vienna,China Beijing",
    "opposite": "good bad,hot cold,big small,fast slow,happy sad,open closed,rich poor,"
    "early late,hard soft,high low",
}

# %%
pairs_of, asked = {}, {}
for relation, text in relations.items():
    pairs = [[row_of(" " + word) for word in pair.split()] for pair in text.split(",")]
    questions = [(a, b, c, d) for a, b in pairs for c, d in pairs if a != c]
    pairs_of[relation], asked[relation] = np.array(pairs).T, np.array(questions).T
    print(f"{relation:12} {len(pairs):2} pairs, {len(questions):3} questions")

# %% [markdown]
# We ask each question three times: with every token allowed, with the three inputs excluded, and, as a **control**,
# for the token that is nearest to `c` alone, inputs excluded too, without any sum at all (Linzen 2016, [arXiv
# 1606.07736](https://arxiv.org/abs/1606.07736)). An answer is right when it is exactly the token in our list. When
# it is not, and every token was allowed: is it one of the words that were put in? (The table's columns: how many
# were asked; how often one of the three inputs won; how often it was right, with every token allowed (*free*), with
# the inputs *excluded*, and for the control.)


# %%
def answers_to(vectors, excluded=()):
    """For each vector the nearest row, other than the excluded ones."""
    cosines = vectors @ unit.T  # times the vector's length, which changes no order
    for rows in excluded:
        cosines[np.arange(len(cosines)), rows] = -np.inf
    return cosines.argmax(axis=1)


# %%
counts = {}
for relation, (a, b, c, d) in asked.items():
    step = unit[b] - unit[a]
    free, forbidden = answers_to(unit[c] + step), answers_to(unit[c] + step, [a, b, c])
    control = answers_to(unit[c], [a, b, c])
    an_input = (free == a) | (free == b) | (free == c)
    right = [(answer == d).sum() for answer in (free, forbidden, control)]
    counts[relation] = [len(d), an_input.sum(), *right]

# %% tags=["hide-input"]
# @title Print the counts as a table
titles = ("asked", "an input", "free", "excluded", "control")
lines = [("", *titles)]
lines += [(relation, *map(str, row)) for relation, row in counts.items()]
lines.append(("all together", *map(str, sum(map(np.array, counts.values())))))
print(aligned(lines))

# %% tags=["hide-input"]
# @title Draw the shares of right answers
title = "Some analogies work, and half of those only by the exclusion"
drawing, axes = plots.figure(title, y="right, %", size=(8, 3.8))
columns = np.array([*counts.values()]).T
percent = 100 * columns[2:] / columns[0]
kinds_of_answer = ("any token", "inputs excluded", "control: nearest to c")
plots.bars(axes, dict(zip(kinds_of_answer, percent)), list(counts), digits=0)
plots.show(
    drawing,
    "Bars for six relations. Nations and comparatives are solved nearly always, mostly "
    "without excluding anything; plurals, woman and capitals in about half of the "
    "questions with the inputs excluded and in a tenth or less without; opposites "
    "hardly ever.",
)

# %% [markdown]
# The blue bars are the plain sums: any token may win. Two relations work even so. For the others the sum
# mostly lands on one of the words that were put in, and look at the second column of the table: *every* answer
# that is not right is one of those. The orange bars show what the rule that forbids them makes of it. The
# control (green) is 0 but for one relation, so the step from `a` to `b` does carry something. That one is
# *woman*: to *uncle* the token *aunt* is the nearest anyway, and 9 of the 90 questions ask for it. The plain sum
# gets only 5 of the 90, **fewer than this control**: for *woman*, all of its fame comes with the exclusion.
#
# And opposites fail. You may guess why: *hot* and *cold* keep the same company, so perhaps there is no
# step between them worth the name? **Predict**, then measure: how alike the two words of a pair are (the more
# alike, the shorter the step), and how alike the *steps* of two pairs are. What do random tokens give?


# %%
def alike(vectors):
    """The mean cosine between two different ones of these vectors."""
    at_length_1 = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    cosines = at_length_1 @ at_length_1.T
    return cosines[np.triu_indices(len(vectors), k=1)].mean()  # each two of them once


# %%
pairs_of["random tokens"] = rng.permutation(49_152)[:2000].reshape(2, 1000)
for relation, (a, b) in pairs_of.items():
    pair, steps = (unit[a] * unit[b]).sum(axis=1).mean(), alike(unit[b] - unit[a])
    print(f"{relation:14} of a pair {pair:.2f}, of two steps {steps:z.2f}")

# %% [markdown]
# The guess was wrong. Of the six, opposites are the *least* alike, and so their step is the longest. What they
# lack is a **common direction**: the step from *hot* to *cold* has next to nothing to do with that from *rich*
# to *poor*, 0.08 where random steps have 0.00 and the other relations 0.24 to 0.65. An
# analogy needs steps that agree. "Opposite" is not a direction in this table.
#
# So: directions in a table can stand for relations, for some relations, roughly.

# %% [markdown]
# ## Tokens that nobody trained
#
# Looked up, a row learns only when its token occurs. The tokenizer was made once, from a large heap of text; the
# model was trained later, on a cleaner one. So some tokens may never have come up. **Predict:** the rows of such
# tokens, how do they look? We know a few that should be among them, the special ones for code notebooks and issues,
# which a chat model hardly meets. Here are all rows whose cosine with that of `<jupyter_code>` is above 0.999.

# %%
cosines = unit @ unit[row_of("<jupyter_code>")]
same = np.flatnonzero(cosines > 0.999)
lengths = np.linalg.norm(llm, axis=1)
print([text_of(row) for row in same])
low, high = lengths[same].min(), lengths[same].max()
print(f"{len(same)} rows, {low:.2f} to {high:.2f} long; ", end="")
print(f"all tokens: {lengths.min():.2f} to {lengths.max():.2f}")

# %% [markdown]
# There they are: special tokens, the byte 0, which hardly a text contains, and fragments of programs such as
# `ManagementPlaneProtection`, which must have been in the tokenizer's text and not in the model's. All have
# **the same row**, of the same length too. Not a random one each, as at their start: the same.
#
# A likely reason (we were not there): in this model the table also stands at the end, where it makes the
# logits, and there every token that is *not* the truth is pushed down a little, as the slopes of softmax
# said. Tokens that never occur get this push in every step, all of them the same; and their random start
# fades, since such training also pulls every number gently towards 0 (called *weight decay*; lesson 08).
#
# Two tokens are missing from the list, though no text has them: `<|im_start|>` and `<|im_end|>`, which mark who
# speaks in a chat. How near are they to that row?

# %%
for token in ("<|im_start|>", "<|im_end|>", " cat"):
    print(f"{token:12} cosine with the same row {cosines[row_of(token)]:.2f}")
print(f"all tokens, on average {cosines.mean():.2f}")

# %% [markdown]
# It seems that they were among the untrained as well, until the model was fine-tuned for chats, and that this
# moved them by very little.
#
# Such tokens can make a model stumble when somebody types them. Land and Bartolo (2024, *Fishing for
# Magikarp*, [arXiv 2405.05417](https://arxiv.org/abs/2405.05417)) found some in nearly every model they
# looked at, by their rows, as we did.

# %% [markdown]
# ## What the table costs
#
# Vocabulary × size is paid once, however many layers follow. Some models pay twice: one table to look up in,
# at the beginning, and another of the same shape to make the logits, at the end. Others use **one table for
# both**; it is called **tied** (Press and Wolf 2016, [arXiv 1608.05859](https://arxiv.org/abs/1608.05859)).
# SmolLM2-135M is tied. **Predict** what it would have without.

# %%
published = [
    ("GPT-2 small", 50_257, 768, True, 124_439_808),
    ("SmolLM2-135M", 49_152, 576, True, 134_515_008),
    ("Gemma 2B", 256_128, 2048, True, 2_506_434_560),
    ("Llama 2 7B", 32_000, 4096, False, 6_738_415_616),
    ("Llama 3 8B", 128_256, 4096, False, 8_030_261_248),
    ("Llama 3 70B", 128_256, 8192, False, 70_553_706_496),
]
print(f"SmolLM2-135M untied would have {134_515_008 + 49_152 * 576:,} parameters")

# %%
lines = [("model", "tokens", "size", "tied", "in tables", "of all")]
for llm_name, tokens, size, tied, total in published:
    inside = tokens * size * (1 if tied else 2)
    word = "yes" if tied else "no"
    numbers = f"{tokens:,}", str(size), word, f"{inside / 1e6:,.0f}M"
    lines.append((llm_name, *numbers, f"{inside / total:.1%}"))
print(aligned(lines))

# %% [markdown]
# "Up to a few hundred thousand tokens", say the articles: it is 32,000 to 256,128 here. Tying saves
# SmolLM2-135M 28,311,552 parameters, a fifth of itself. In a small model the table weighs heavily, and so
# small models tie; in one of 70 billion, two tables are small change. (Shapes and counts: Radford and
# others 2019 and the published weights for GPT-2; Gemma's report, [arXiv
# 2403.08295](https://arxiv.org/abs/2403.08295), table 2; Llama's reports,
# [2307.09288](https://arxiv.org/abs/2307.09288) and [2407.21783](https://arxiv.org/abs/2407.21783), and the
# published shapes. Lesson 11 counts such totals itself.)

# %% [markdown]
# ### Exercise 6 · How much of it is the table?
# ★★☆ · 6 minutes · 2 points
#
# What share of a model's parameters is in tables, as a number between 0 and 1? `others` is how many
# parameters the model has **beside** its table or tables. Try yours on SmolLM2-135M afterwards, which has
# 106,203,456 others.


# %% exercise="table_share"
def table_share(vocabulary, size, others, tied):
    """The share of the parameters that is in the embedding table, or in both tables."""
    ...


check(table_share)

# %% [markdown]
# ### Exercise 7 · Four words, 1,500 parameters
# ★★★ · 15 minutes · 3 points
#
# **Build and train** a model of our stories that sees **four** words. Its input is four ids, in the order of
# the story; its output are 67 probabilities for the word that follows. It may have **at most 1,500
# parameters**, fewer than the model of this lesson, and its perplexity must be **below 1.95** on stories that
# it has not seen (the check writes its own). `stories.write` and `stories.windows` give you as much data as
# you like.

# %% exercise="four_word_model"
four_word_model = ...

check(four_word_model=four_word_model)

# %% [markdown]
# ## What you know now
#
# - An embedding is a row of numbers for each token, in a table of vocabulary × size parameters.
# - Look-up equals one-hot times matrix. Through it, only the rows that are looked up learn.
# - Softmax turns logits into probabilities; the slope of its cross-entropy is p − one-hot.
# - Tokens used alike get rows in like directions; cosines rank that, within one table.
# - A larger size buys less and less. Tied or not, the table can be a fifth of a small model.
#
# **Next:** [07 · Overfitting and underfitting](07_overfitting_and_underfitting.ipynb). What if a model has
# more parameters than the data can fill?
