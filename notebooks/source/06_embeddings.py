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
# **Time:** about 90 minutes, of which the computer needs one.
# **You need:** lessons 01 to 05.

# %%
from utils import plots, stories
from utils.checking import check
from utils.counting import aligned, count, table
from utils.llm.tensors import read_tensor, tensor_shapes
from utils.llm.tokenizer import load_tokenizer
from utils.training import progress_bar

import keras
import names
import numpy as np
import tensorflow as tf

# %% [markdown]
# ## A number that is only a name
#
# The stories of lesson 05 are back, with their 66 words and a mark for the end of a story. Each of the 67
# has a number, called its **id**.

# %%
training_stories = stories.write(2000, seed=0)
vocabulary = [*sorted({word for text in training_stories for word in text.split()}), "<end>"]
number = {word: place for place, word in enumerate(vocabulary)}
ids = [number[word] for word in ["anna", "has", "a", "red", "ball", "."]]

print(len(vocabulary), "tokens;  anna has a red ball .  is", ids)
print("red", number["red"], " blue", number["blue"], " runs", number["runs"])

# %% [markdown]
# Nothing can be learned from the size of an id. *red* and *runs* are neighbours in the alphabet and have
# nothing in common; *red* and *blue* are far apart. A neuron that got the id as its input would have to
# multiply it by a weight, as if *red* were more than *blue*.
#
# Some articles say that an embedding is "a numerical value that stands for the token". The id is that, and
# it says nothing about the token. An **embedding** is a *list* of numbers, a **vector**: as many for each token as we like,
# found by training. All of them together are a table, with a row for each token.
#
# ## One-hot times matrix is a look-up
#
# How does a layer read from a table? Lesson 05 ended with it. A token went in **one-hot**, as 67 numbers
# that are all 0 but a single 1 at its id; the layer multiplied that by its weights, and out came one row of
# them. There a row *was* the answer, so it needed 67 columns. But a row may as well be a description of the
# token, with as many columns as we like, for later layers to work with. **Predict** the shape of what comes
# out here, for six tokens and eight columns.

# %%
rng = np.random.default_rng(0)
random_table = rng.normal(size=(67, 8))

one_hot = np.eye(67)[ids]
print("one-hot", one_hot.shape, "times table", random_table.shape, "is", (one_hot @ random_table).shape)
print("the same as picking rows:", np.array_equal(one_hot @ random_table, random_table[ids]))

# %% [markdown]
# Each output adds up a whole column, but 66 of the 67 terms are 0 times something. What is left is one row,
# unchanged. So an embedding layer *is* a dense layer, without biases, on one-hot inputs. Nobody computes it
# that way, though. **Predict** how many operations the product needs for one token of the real model at the
# end of this lesson, which has 49,152 tokens and 576 numbers for each.

# %%
tokens, size = 49_152, 576
print(f"one-hot times matrix: {2 * tokens * size:,} operations;  look-up: {size} numbers copied")

dense = keras.layers.Dense(8, use_bias=False)
dense.build((None, 67))
embedding = keras.layers.Embedding(67, 8)
embedding.build()
print(f"predicted {67 * 8}, dense layer {count(dense)}, embedding layer {count(embedding)}")

dense.set_weights([random_table])
embedding.set_weights([random_table])
print("the same outputs:", np.allclose(dense(one_hot), embedding(np.array(ids)), atol=1e-6))

# %% [markdown]
# 57 million operations, nearly all of them with zeros, against a copy. The parameters are the same, and so
# are the outputs. `Embedding(67, 8)` is Keras' name for it: **vocabulary × size** parameters, exactly.
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
    """The parameters of a table, and of a dense layer that reads the rows of `context` words."""
    ...


check(embedding_parameters)

# %% [markdown]
# ## Which rows learn?
#
# A table learns as every layer does: each of its numbers has a slope, and moves against it. **Predict:** when
# a batch has the six tokens of *anna has a red ball .*, how many of the 67 rows have a slope other than 0?

# %%
embedding = keras.layers.Embedding(67, 8)
embedding.build()
with tf.GradientTape() as tape:
    loss = tf.reduce_mean(embedding(np.array(ids)) ** 2)
gradient = np.array(tf.convert_to_tensor(tape.gradient(loss, embedding.embeddings.value)))

moved = [vocabulary[row] for row in np.flatnonzero(np.abs(gradient).sum(axis=1))]
print("shape of the gradient", gradient.shape, " rows that are not zero:", moved)

# %% [markdown]
# Six. A row that is not looked up plays no part in the loss, so a nudge of it changes nothing. In such a layer
# a token learns only when it occurs: frequent ones in nearly every batch, rare ones seldom. Keep this in mind until
# the end of the lesson, where you will meet tokens that never occurred at all.

# %% [markdown]
# ### Exercise 2 · The way back through a look-up
# ★★★ · 10 minutes · 3 points
#
# Write the backward step of an embedding layer. On the way forward it gave `table[ids]`. Now `d_rows` comes
# back: an array with a row of slopes for each entry of `ids`. What is the gradient of the whole table? One
# thing to think about: the same token may stand in `ids` more than once.


# %% exercise="table_gradient"
def table_gradient(ids, d_rows, vocabulary):
    """The gradient of a table with `vocabulary` rows, of which the rows `ids` were looked up."""
    ...


check(table_gradient)

# %% [markdown]
# ## From numbers to a choice of 67
#
# The model must end in a probability for each of the 67 tokens. You met the tool at the end of lesson 05:
# **softmax** takes $e$ to the power of each number, so that all are positive, and divides by their sum, so
# that they add up to 1. A closer look, since everything from here on ends with it:
#
# $$p_i = \frac{e^{z_i}}{e^{z_1} + e^{z_2} + \dots}$$
#
# The $z$ that go in are called **logits**. Subtracting the largest of them first changes nothing (**predict**
# why), and it keeps $e^z$ from becoming too large for a float.


# %%
def softmax(z):
    powers = np.exp(z - z.max(axis=-1, keepdims=True))
    return powers / powers.sum(axis=-1, keepdims=True)


z = np.array([2.0, 1.0, 0.0, -3.0])
print("softmax           ", softmax(z).round(3), " sum", softmax(z).sum().round(3))
print("all logits plus 5 ", softmax(z + 5).round(3))
print("two choices are a sigmoid:", np.allclose(softmax(np.array([1.5, 0.0]))[0], 1 / (1 + np.exp(-1.5))))

# %% [markdown]
# A logit that is larger by 1 has $e \approx 2.72$ times the probability; only differences count, since a
# common factor is above and below the line. With two choices, one of them with the logit 0, it is the
# sigmoid you know.
#
# The loss stays what it was: minus the logarithm of the probability that was given to the truth. For many
# choices it is called **cross-entropy**, and $e$ to the power of its mean is the perplexity of lesson 05. Its
# slopes have a beautiful form. **Predict** it from lesson 04, where sigmoid and log loss gave $p -
# \text{label}$. Here the second of four tokens is the truth.

# %%
truth = 1
label = np.eye(4)[truth]
by_nudging = [
    (-np.log(softmax(z + 1e-6 * nudge)[truth]) + np.log(softmax(z)[truth])) / 1e-6 for nudge in np.eye(4)
]
print("measured       ", np.round(by_nudging, 3))
print("p minus one-hot", np.round(softmax(z) - label, 3))

# %% [markdown]
# Probability minus label again, for each token. The true one is pushed up by what it lacks; **every other
# one is pushed down**, in proportion to the probability it was given.
#
# ## A model with two words in front of it
#
# Now the rows. The model sees two words and predicts the third. Before a story begins, `<end>` stands in for
# the words that are missing.


# %%
def rows_of(texts, words):
    """The ids of the words before each word, and of the word itself: two arrays."""
    rows = []
    for text in texts:
        line = [number["<end>"]] * words + [number[word] for word in [*text.split(), "<end>"]]
        rows += [line[i : i + words + 1] for i in range(len(line) - words)]
    rows = np.array(rows)
    return rows[:, :-1], rows[:, -1]


contexts, targets = rows_of(training_stories, words=2)
new_contexts, new_targets = rows_of(stories.write(1000, seed=1), words=2)
print("contexts", contexts.shape, " targets", targets.shape, end="  ")
print("different contexts:", len(np.unique(contexts, axis=0)))
for context, target in zip(contexts[:4], targets):
    print([vocabulary[place] for place in context], "->", vocabulary[target])

# %% [markdown]
# We give each token 8 numbers. **Predict** the count before you look: the table, and a dense layer with two
# rows of 8 numbers going in.

# %%
keras.utils.set_random_seed(0)
embedding = keras.layers.Embedding(67, 8)
layers = [embedding, keras.layers.Flatten(), keras.layers.Dense(67, activation="softmax")]
model = keras.Sequential([keras.Input((2,), dtype="int32"), *layers])
print(f"predicted {67 * 8 + (2 * 8 * 67 + 67)}, Keras says {count(model)}")
print()
print(table(model))

# %% [markdown]
# `Flatten` puts the two rows one after another. It has no parameters. Now train, and keep a copy of the table
# after every step. The loss has a long name in Keras: it is the cross-entropy, and *sparse* says that the
# targets are ids and not one-hot vectors.

# %%
tables, bar = [embedding.get_weights()[0]], progress_bar(606, "steps")


def keep(batch, logs):
    tables.append(embedding.get_weights()[0])
    bar.update(1)


model.compile(optimizer=keras.optimizers.Adam(0.02), loss="sparse_categorical_crossentropy")
keeper = keras.callbacks.LambdaCallback(on_train_batch_end=keep)
model.fit(contexts, targets, epochs=6, batch_size=1024, verbose=0, callbacks=[keeper])
bar.close()
print("steps:", len(tables) - 1)

# %% [markdown]
# Is it any good? Its rivals are those of lesson 05: counting pairs, which takes 67 × 67 numbers; counting
# triples, which see the same two words as our model and take 67 × 67 × 67; and the lowest perplexity that
# anyone can reach, which follows from the language's entropy. **Predict** where our 1,675 parameters end up.


# %%
def perplexity(given):
    return np.exp(-np.mean(np.log(given)))


def counted(seen, following, seen_new, following_new):
    """Count what follows what, and give the probabilities of the words in new stories."""
    times = np.full((seen.max() + 1, 67), 0.01)
    np.add.at(times, (seen, following), 1)
    return times[seen_new, following_new] / times[seen_new].sum(axis=1)


both, new_both = contexts @ [67, 1], new_contexts @ [67, 1]
pairs = perplexity(counted(contexts[:, 1], targets, new_contexts[:, 1], new_targets))
triples = perplexity(counted(both, targets, new_both, new_targets))
answers = model.predict(new_contexts, batch_size=8192, verbose=0)
ours = perplexity(answers[np.arange(len(new_targets)), new_targets])
lowest = stories.best_perplexity(training_stories)

lines = [("on 1,000 new stories", "numbers", "perplexity")]
for name, size, reached in [
    ("counting pairs (lesson 05)", 67**2, pairs),
    ("counting triples", 67**3, triples),
    ("our model, two words", count(model), ours),
    ("the language, whole story known", "", lowest),
]:
    lines.append((name, f"{size:,}" if size else "", f"{reached:.1f}"))
print(aligned(lines))

# %% [markdown]
# As good as counting triples, to the digit printed, with fewer numbers than counting *pairs*. (The distance
# to 1.3 is the price of seeing two words only: the model cannot know who had the ball. Lesson 10 mends
# that.)
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
trained = tables[-1]
for first, second in [("soup", "cake"), ("park", "beach"), ("park", "soup"), ("happy", "sad")]:
    cosines = []
    for rows in (tables[0], trained):
        a, b = rows[number[first]], rows[number[second]]
        cosines.append(a @ b / (np.linalg.norm(a) * np.linalg.norm(b)))
    print(f"{first:>5} and {second:<5}  alike after training: {bool(cosines[1] > 0.8)!s:<6}", end="")
    print("before:", bool(cosines[0] > 0.8))

# %% [markdown]
# Nobody told the model that soup and cake are food. It found that the same words follow both. That holds
# for *happy* and *sad* too: in our stories a full stop follows either, and so they are as good as the same
# to this model. An embedding does not know what a word means. It knows the company that the word keeps
# ("You shall know a word by the company it keeps", J. R. Firth 1957), and opposites keep the same company.

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

# %%
kinds = {
    "names": list(stories.HEROES),
    "colours": ["red", "blue", "green", "yellow"],
    "toys": ["ball", "car", "kite", "boat", "train"],
    "places": ["park", "garden", "beach", "forest"],
    "animals": ["dog", "cat", "bird", "frog"],
    "foods": ["soup", "bread", "cake", "apples"],
}
colours = [plots.BLUE, plots.ORANGE, plots.GREEN, plots.PINK, plots.YELLOW, plots.GREY]
content = [number[word] for kind in kinds.values() for word in kind]
directions = np.linalg.svd(trained[content] - trained[content].mean(axis=0))[2][:2].T


def draw_words(axes, rows):
    """The words of the six kinds, in the two directions."""
    for (kind, members), colour in zip(kinds.items(), colours):
        points = rows[[number[word] for word in members]] @ directions
        axes.scatter(*points.T, s=14, color=colour, label=kind)
        for word, point in zip(members, points):
            axes.annotate(word, point, (3, 2), textcoords="offset points", fontsize=8, color=colour)


# %%
drawing, panels = plots.figure("Words of a kind come together", columns=3, size=(10, 4.2))
for axes, step in zip(panels, (0, 20, 606)):
    draw_words(axes, tables[step])
    axes.set_title(f"after {step} steps", fontsize=10)
    axes.locator_params(nbins=5)
    axes.margins(x=0.15)
panels[0].set(xlabel="first direction", ylabel="second direction")
panels[0].legend(fontsize=8, loc="lower left", bbox_to_anchor=(-0.03, -0.03))
plots.show(
    drawing,
    "Three maps of 29 words. At the start they are mixed in no order; after 20 steps words of a kind are "
    "already near one another; at the end foods, toys and places are close groups, far from one another.",
)

# %% [markdown]
# The same 29 words three times, from the same side; mind the scales, since the cloud grows about a
# hundredfold. **Left:** no order. **Middle:** twenty steps, a fifth of the first pass over the data, and
# words of a kind are already near one another. **Right:** toys and foods are each nearly on one spot, places
# and most names keep together, colours and animals spread out. Move through the steps yourself.


# %%
reach = 1.15 * np.abs(trained[content] @ directions).max(axis=0)


def map_at(step):
    drawing, axes = plots.figure(f"The table after {int(step)} steps", size=(6.5, 4.2))
    draw_words(axes, tables[int(step)])
    axes.set(xlim=(-reach[0], reach[0]), ylim=(-reach[1], reach[1]))
    axes.set(xlabel="first direction", ylabel="second direction")
    return drawing, "29 words in two directions; words of a kind gather as the steps go on."


plots.sliders(map_at, step=(0, 120, 60))

# %% [markdown]
# A word's colour is its kind. All words start in the middle, and by step 100 or so, the end of the first
# epoch, they have found their places.
#
# A shadow can deceive: what lies together here may be apart in one of the other six directions. So let us
# measure, with all eight numbers. For each of the 29 words, which of the other 66 tokens has the largest
# cosine with it? **Is it of the same kind?** By luck that would happen for about 1 word in 15.


# %%
def nearest(rows):
    """For each row, the row with the largest cosine, other than itself."""
    unit = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    cosines = unit @ unit.T
    np.fill_diagonal(cosines, -1)
    return cosines.argmax(axis=1)


def share_of_a_kind(rows):
    """How many of the 29 words have a word of their own kind as the nearest of all tokens."""
    near, kind = nearest(rows), {number[w]: name for name, words in kinds.items() for w in words}
    return np.mean([kind.get(near[word]) == kind[word] for word in content])


luck = np.mean([(len(words) - 1) / 66 for words in kinds.values() for _ in words])
print(f"by luck {luck:.2f};  before training below 0.25: {bool(share_of_a_kind(tables[0]) < 0.25)}")
print("after training above 0.6:", bool(share_of_a_kind(trained) > 0.6))
for word in ("likes", "she"):
    print(f"nearest to {word}: {vocabulary[nearest(trained)[number[word]]]}")

# %% [markdown]
# From next to nothing to far more than half: with ten random starts we saw shares from 0.79 to 0.90. Each
# word that missed, in all ten, was an animal or a colour. A *dog* barks and a *cat* does not, a *red* thing
# is often a ball and a *blue* one a boat: what follows them differs, so there is less for them to share.
# After every food the same full stop follows.
#
# So the articles' sentence holds, with a word changed: an embedding **holds how a token is used, relative to
# the others**, as far as that helped to predict.

# %% [markdown]
# ## What a larger size buys
#
# Why 8 numbers a word? We try 1, 2, 4, 8, 16 and 32, each from four random starts. To be quick, all four
# train side by side, and the 102,884 rows are packed: only a few hundred contexts are different, so a step
# can see all data at once by weighing each context with its counts. It is the model above with a loop as in
# lesson 04 (`tf.gather` looks up, `tf.function` runs a step without going through Python); you may take it
# as it is.


# %%
def packed(contexts, targets, tokens):
    """The different contexts, and for each of them how often each token came next."""
    different, place = np.unique(contexts, axis=0, return_inverse=True)
    times = np.zeros((len(different), tokens), "float32")
    np.add.at(times, (place.ravel(), targets), 1)
    return different, times


def train_tables(seen, times, size, steps=300, starts=4, seed=0):
    """Train several models of one size. Gives their tables, and a function for their perplexities."""
    rng, tokens = np.random.default_rng(seed), times.shape[1]
    shapes = [(starts, tokens, size), (starts, 2 * size, tokens), (starts, 1, tokens)]
    scales = [0.05, (2 * size) ** -0.5, 0.0]
    values = [keras.Variable(scale * rng.normal(size=shape)) for shape, scale in zip(shapes, scales)]
    optimizer = keras.optimizers.Adam(0.05)
    optimizer.build(values)

    def losses(seen, times):
        rows = tf.gather(values[0].value, seen, axis=1)
        logits = tf.reshape(rows, (starts, len(seen), 2 * size)) @ values[1].value + values[2].value
        return -tf.reduce_sum(times * tf.nn.log_softmax(logits), axis=(1, 2)) / times.sum()

    @tf.function
    def step():
        with tf.GradientTape() as tape:
            loss = tf.reduce_sum(losses(seen, times))
        optimizer.apply(tape.gradient(loss, [value.value for value in values]), values)

    for _ in range(steps):
        step()
    return values[0].numpy(), lambda seen, times: np.exp(losses(seen, times).numpy())


# %%
sizes, reached, kinship = [1, 2, 4, 8, 16, 32], [], []
seen, times = packed(contexts, targets, 67)
bar = progress_bar(len(sizes), "sizes")
for size in sizes:
    four_tables, perplexities = train_tables(seen, times, size)
    reached.append(perplexities(*packed(new_contexts, new_targets, 67)))
    kinship.append(np.mean([share_of_a_kind(rows) for rows in four_tables]))
    bar.update(1)
bar.close()
means = dict(zip(sizes, np.mean(reached, axis=1)))

print("parameters:", {size: 67 * size + 2 * size * 67 + 67 for size in sizes})
for small, large, least in [(1, 2, 1), (2, 4, 0.02), (4, 8, 0.01)]:
    print(f"from {small} to {large} the perplexity falls by more than {least}:", end=" ")
    print(bool(means[small] - means[large] > least))
print("from 8 to 32 it changes by less than 0.01:", bool(abs(means[8] - means[32]) < 0.01))
print("at 32 more words have their own kind as the nearest than at 8:", bool(kinship[5] > kinship[3]))

# %%
drawing, axes = plots.figure(
    "Each doubling of the size buys less",
    x="embedding size",
    y="perplexity above that\nof counting triples",
)
axes.plot(sizes, [means[size] - triples for size in sizes])
for size, four in zip(sizes, reached):
    axes.scatter([size] * 4, four - triples, s=14, color=plots.BLUE)
axes.set(xscale="log", yscale="log")
axes.set_xticks(sizes, sizes)
axes.set_yticks([0.01, 0.03, 0.1, 0.3, 1, 3], ["0.01", "0.03", "0.1", "0.3", "1", "3"])
axes.minorticks_off()
plots.show(
    drawing,
    "A curve that falls steeply from size 1 to 2, less steeply to 4 and to 8, and is flat from 8 on, a little "
    "above what counting triples reaches.",
)

# %% [markdown]
# Each dot is one of four starts, the line is their mean, and the scale goes in equal *factors*. One number
# a word is far too few (given ten times the steps it comes down to about 2.8: we tried). Each doubling then
# buys less than the one before. From 8 on it makes no more difference than another start does, while the
# parameters double every time. The last bit above counting triples stays: our model adds up what each of
# two words has to say, and has no parameters for what only the two *together* say.
#
# The last line printed is worth a thought. At size 32 the kinds lie together more cleanly than at 8, although
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
lines = np.array(
    [[letters.index(c) for c in f"--{name}-"[i : i + 3]] for name in surnames for i in range(len(name) + 1)]
)
letter_tables, _ = train_tables(*packed(lines[:, :2], lines[:, 2], 27), size=2, steps=200)

vowels = [letters.index(c) for c in "aeiou"]
print(f"{len(surnames):,} surnames, {len(lines):,} rows")
print("each vowel's nearest letter is a vowel, in all four starts:", end=" ")
print(all(np.isin(nearest(rows)[vowels], vowels).all() for rows in letter_tables))

# %%
drawing, axes = plots.figure(
    "Nobody said which letters are vowels", x="first number", y="second number", size=(6, 4.2)
)
for letter, (x, y) in zip(letters, letter_tables[0]):
    axes.scatter(x, y, s=5, color=plots.GREY)
    colour = plots.ORANGE if letter in "aeiou" else plots.BLUE
    axes.annotate(letter, (x, y), (3, 2), textcoords="offset points", color=colour)
plots.show(
    drawing,
    "The 26 letters as points. The five vowels, in orange, lie in one direction from the middle, apart from "
    "the consonants.",
)

# %% [markdown]
# The vowels, in orange, lie together. The dash, which stands for beginning and end, is a kind of its own.
# After a vowel mostly consonants follow, and after a consonant mostly vowels: that was enough. (A. A. Markov
# counted just this in 20,000 letters of *Eugene Onegin*, by hand, in 1913. The counting models of lesson 05
# are called Markov chains after him.)
#
# *(A good place for a break.)*

# %% [markdown]
# ## The table of a real language model
#
# SmolLM2-135M has 49,152 tokens, which you met in lesson 05, and an embedding size of 576. **Predict** how
# many parameters its table has, and what part of all 134,515,008 that is.

# %%
shapes = tensor_shapes()
llm = read_tensor("token_embd.weight")
everything = sum(int(np.prod(shape)) for shape in shapes.values())
print(f"predicted {49_152 * 576:,}, the file has {llm.shape}, which is {llm.size:,}")
print(f"that is {llm.size / everything:.0%} of {everything:,}")

flat = sum(len(shape) == 1 for shape in shapes.values())
biases = sum(name.endswith("bias") for name in shapes)
print(f"arrays: 1 table, {len(shapes) - 1 - flat} weight matrices, {flat} rows of scales, {biases} biases")

# %% [markdown]
# More than a fifth of the model is this one table. The last line completes what lesson 03 said: articles name
# three kinds of learned parameter, embeddings, weights and biases. This model has embeddings, weights and a
# few scales, and not a single bias.
#
# (The file keeps each number of the table in 8 bits, and a scale for every 32 of them. Lesson 14 does that
# with its own hands. For what follows, the rounding is too small to matter.)
#
# Which tokens are nearest to a token? **Predict** for *cat*. In this vocabulary a space belongs to the word
# after it, so we ask for `" cat"`.

# %%
tokenizer = load_tokenizer()
lengths = np.linalg.norm(llm, axis=1)
unit = llm / lengths[:, None]


def row_of(word):
    (row,) = tokenizer.encode(word).ids
    return row


def text_of(row):
    return tokenizer.decode([int(row)], skip_special_tokens=False)


for word in (" cat", " Paris", " seven", " Monday", " soup", " hot"):
    cosines = unit @ unit[row_of(word)]
    print(f"{word!r:10}", [text_of(row) for row in np.argsort(-cosines)[1:6]])

# %% [markdown]
# First of all, *cat* finds itself: with a capital, without the space, in the plural. To a tokenizer these are
# different tokens with nothing in common; the model had to learn that they belong together. Then come the
# things of its kind: dogs, cities, numbers, days. And *cold* beside *hot*, as in our stories.
#
# How large is a large cosine? In 8 dimensions as in 576, two random directions have a cosine of about 0 on
# average. **Predict** the mean over pairs of tokens that are picked at random.

# %%
rng = np.random.default_rng(0)
first, second = rng.integers(0, 49_152, size=(2, 10_000))
cosines = (unit[first] * unit[second]).sum(axis=1)
print(f"10,000 random pairs of tokens: mean cosine {cosines.mean():.2f}")

middle = llm.mean(axis=0)
shifted = (llm - middle) / np.linalg.norm(llm - middle, axis=1, keepdims=True)
print(f"the mean row taken off first:  {abs((shifted[first] * shifted[second]).sum(axis=1).mean()):.2f}")

# %% [markdown]
# 0.44, not 0. The rows do not point everywhere: they have a large part in common. Take the mean row off, and
# nothing is left of it. This is so in many tables (Mu and Viswanath 2018, [arXiv
# 1702.01417](https://arxiv.org/abs/1702.01417)). So never read "a cosine of 0.5" as "half alike". Within one
# table, cosines can be *ranked*; between two tables they cannot be compared.

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


for a, b, c in [
    (" man", " king", " woman"),
    (" France", " French", " Spain"),
    (" man", " doctor", " woman"),
    (" France", " Paris", " Italy"),
]:
    cosines = cosines_of(a, b, c)
    best = np.argsort(-cosines)
    print(f"{b} -{a} +{c}:", [f"{text_of(row)} {cosines[row]:.2f}" for row in best[:4]])
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
# *Japan* is to what?", 524 questions in all. An answer is right when it is exactly the token in our list.
# We ask three times: with every token allowed, with the inputs excluded, and, as a control, for the token
# that is nearest to `c` alone, without any sum at all (Linzen 2016, [arXiv
# 1606.07736](https://arxiv.org/abs/1606.07736)).

# %%
relations = {
    "country, nation": "France French,Italy Italian,Germany German,Spain Spanish,Japan Japanese,"
    "Russia Russian,Greece Greek,China Chinese,India Indian",
    "comparative": "big bigger,small smaller,fast faster,strong stronger,high higher,long longer,"
    "old older,young younger,cold colder",
    "plural": "cat cats,dog dogs,car cars,house houses,hand hands,king kings,tree trees,river rivers,"
    "book books,bird birds",
    "man, woman": "man woman,king queen,uncle aunt,brother sister,father mother,son daughter,boy girl,"
    "he she,actor actress,husband wife",
    "country, capital": "France Paris,Italy Rome,Germany Berlin,Spain Madrid,Japan Tokyo,Russia Moscow,"
    "Egypt Cairo,Greece Athens,England London,Austria Vienna,China Beijing",
    "opposites": "good bad,hot cold,big small,fast slow,happy sad,open closed,rich poor,early late,"
    "hard soft,high low",
}


def solved(text):
    """How many questions there are, and how many are right: any token, inputs excluded, nearest to c."""
    pairs = [[row_of(" " + word) for word in pair.split()] for pair in text.split(",")]
    asked = np.array([(a, b, c, d) for a, b in pairs for c, d in pairs if a != c])
    a, b, c, d = asked.T
    cosines, control = (unit[b] - unit[a] + unit[c]) @ unit.T, unit[c] @ unit.T
    any_token = cosines.argmax(axis=1)
    for inputs in (a, b, c):
        cosines[np.arange(len(asked)), inputs] = control[np.arange(len(asked)), inputs] = -np.inf
    answers = [any_token, cosines.argmax(axis=1), control.argmax(axis=1)]
    return [len(asked), *(int((answer == d).sum()) for answer in answers)]


results = {name: solved(text) for name, text in relations.items()}
lines = [("relation", "questions", "any token", "inputs excluded", "nearest to c")]
lines += [(name, *map(str, counts)) for name, counts in results.items()]
lines.append(("all together", *(str(sum(column)) for column in zip(*results.values()))))
print(aligned(lines))

# %%
drawing, axes = plots.figure(
    "Some analogies work, and half of those only by the exclusion", x="right, %", size=(7.5, 3.8)
)
shown = list(results)[::-1]
for shift, column, label in [(0.27, 1, "any token"), (0, 2, "inputs excluded"), (-0.27, 3, "nearest to c")]:
    shares = [100 * results[name][column] / results[name][0] for name in shown]
    axes.barh(np.arange(len(shown)) + shift, shares, height=0.25, label=label)
axes.set_yticks(range(len(shown)), shown)
axes.legend()
plots.show(
    drawing,
    "Bars for six relations. Country to nation and comparatives are solved nearly always, mostly without "
    "excluding anything; plurals, man to woman and capitals in about half of the questions with the inputs "
    "excluded and hardly ever without; opposites hardly ever.",
)

# %% [markdown]
# The blue bars are the plain sums: any token may win. Two relations work even so. For the others the sum
# mostly lands on one of the words that were put in, and the orange bars show what the rule that forbids
# these makes of it. The control (green) is near 0, so the step from `a` to `b` does carry something.
# Opposites fail, and you have seen the likely reason: *hot* and *cold* keep the same company, so there is
# hardly a step between them that would also lead from *rich* to *poor*.
#
# So: directions in a table can stand for relations, for some relations, roughly.

# %% [markdown]
# ## Tokens that nobody trained
#
# Looked up, a row learns only when its token occurs. The tokenizer was made once, from a large heap of text; the model
# was trained later, on a cleaner one. So some tokens may never have come up. **Predict:** the rows of such
# tokens, how do they look? We know a few that should be among them, the special ones for code notebooks and
# issues, which a chat model hardly meets. Here are all rows whose cosine with that of `<jupyter_code>` is
# above 0.999.

# %%
same = np.flatnonzero(unit @ unit[row_of("<jupyter_code>")] > 0.999)
print([text_of(row) for row in same])
print(
    f"{len(same)} rows; the shortest is {lengths[same].min():.2f} long, the longest {lengths[same].max():.2f}"
)
for token in ("<|im_start|>", "<|im_end|>"):
    print(f"{token}: cosine with the same row {unit[row_of(token)] @ unit[row_of('<jupyter_code>')]:.2f}")

# %% [markdown]
# There they are: special tokens, the byte 0, which hardly a text contains, and fragments of programs such as
# `ManagementPlaneProtection`, which must have been in the tokenizer's text and not in the model's. All have
# **the same row**. Not a random one each, as at their start: the same.
#
# A likely reason (we were not there): in this model the table also stands at the end, where it makes the
# logits, and there every token that is *not* the truth is pushed down a little, as the slopes of softmax
# said. Tokens that never occur get this push in every step, all of them the same; and their random start
# fades, since such training also pulls every number gently towards 0 (called *weight decay*; lesson 08).
#
# The last two lines are history in numbers. `<|im_start|>` and `<|im_end|>` mark who speaks in a chat. It
# seems that they were among the untrained as well, until the model was fine-tuned for chats, and that this
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
    ("GPT-2 small, 2019", 50_257, 768, True, 124_439_808),
    ("SmolLM2-135M, 2024", 49_152, 576, True, 134_515_008),
    ("Gemma 2B, 2024", 256_128, 2048, True, 2_506_434_560),
    ("Llama 2 7B, 2023", 32_000, 4096, False, 6_738_415_616),
    ("Llama 3 8B, 2024", 128_256, 4096, False, 8_030_261_248),
    ("Llama 3 70B, 2024", 128_256, 8192, False, 70_553_706_496),
]
lines = [("model", "tokens", "size", "tied", "in tables", "of all parameters")]
for name, tokens, size, tied, total in published:
    in_tables = tokens * size * (1 if tied else 2)
    lines.append((name, f"{tokens:,}", str(size), str(tied), f"{in_tables:,}", f"{in_tables / total:.1%}"))
print(aligned(lines))
print(f"\nSmolLM2-135M untied would have {134_515_008 + 49_152 * 576:,} parameters")

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
# it has not seen (the check writes its own). `rows_of` and `stories.write` give you as much data as you like.

# %% exercise="four_word_model"
four_word_model = ...

check(four_word_model=four_word_model)

# %% [markdown]
# ## What you know now
#
# - An embedding is a row of numbers for each token, in a table of vocabulary × size parameters.
# - Look-up equals one-hot times matrix. Through it, only the rows that are looked up learn.
# - Softmax turns logits into probabilities; the slope of its cross-entropy is p − one-hot.
# - Tokens used alike get rows in like directions; cosines rank that. Opposites are used alike, too.
# - A larger size buys less and less. Tied or not, the table can be a fifth of a small model.
#
# **Next:** [07 · Overfitting and underfitting](07_overfitting_and_underfitting.ipynb). What if a model has
# more parameters than the data can fill?
