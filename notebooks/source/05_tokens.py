# %% [markdown]
# # 05 · Tokens
#
# > **At the end you can** clean and normalise a text and say what each step loses, cut it into tokens three
# > ways, build a small byte-pair encoder, and measure how good a language model is and could be at best.
#
# Lesson 04 turned "I love sunny days!" into a row of word counts, and *do not love* became *love*: the
# order of the words was gone, and words that the model had never seen were passed over. Both get mended
# from here on. This lesson is about the words.
#
# **Time:** about 100 minutes, of which the computer needs less than one. There is a good place for a break
# in the middle.
# **You need:** lessons 01 to 04.

# %%
from utils import plots, stories
from utils.checking import check
from utils.counting import aligned, count
from utils.llm.tokenizer import load_tokenizer

import json
import keras
import names
import numpy as np
import re
import unicodedata
from collections import Counter
from html.parser import HTMLParser

# %% [markdown]
# ## A page as it comes
#
# Most text that language models learn from was once a web page. Such a page comes with tags in angle
# brackets, with programs, and with codes such as `&amp;` for a `&`. Taking out what is not text is called
# **cleaning**.
#
# A tag begins with `<` and ends with `>`. So "delete everything between `<` and `>`" should do it, and one
# line of Python does that. **Predict** what it leaves of this page.

# %%
page = """<html><head><style>p {color: red}</style></head><body>
<p>Anna&rsquo;s <b>new</b> kite costs 12 &euro;.</p><script>count = 3;</script>
<p>If 3 < 5 and 5 > 4, then 3&nbsp;<&nbsp;4. It is <i>not</i> a caf&eacute;.</p>
</body></html>"""

print(" ".join(re.sub("<[^>]*>", " ", page).split()))

# %% [markdown]
# Three things went wrong. The style and the program are still there. The codes are still codes. And "5 and 5"
# and "4. It is" are gone, since they stood between a `<` and a `>`. Python brings a
# *parser*, a program that knows the rules of HTML. It calls these methods as it reads, and we tell it which
# parts to skip.


# %%
class OnlyText(HTMLParser):
    def __init__(self):
        super().__init__()
        self.text, self.skipping = "", False

    def handle_starttag(self, tag, attributes):
        self.skipping = tag in ("script", "style")

    def handle_endtag(self, tag):
        self.skipping = False

    def handle_data(self, data):
        self.text += "" if self.skipping else data


parser = OnlyText()
parser.feed(page)
cleaned = " ".join(parser.text.split())
print(cleaned)

# %% [markdown]
# Better. Even so, something is lost: the page had *not* in italics, and two paragraphs. Whether that matters
# depends on what the text is for. Remember the question, it comes with every step: **what can nobody tell
# any more afterwards?**
#
# ## Equal to the eye
#
# The page has the word *café*. Here it is twice. **Predict** what the first line prints.

# %%
one, other = "caf\u00e9", "cafe\u0301"
print(one, other, "equal:", one == other, "  lengths:", len(one), len(other))
print("as bytes:", list(one.encode()), list(other.encode()), "  misread:", one.encode().decode("latin-1"))

for form in ("NFC", "NFD", "NFKC"):
    a, b = unicodedata.normalize(form, one), unicodedata.normalize(form, other)
    print(form, "equal:", a == b, "  length:", len(a))

# %% [markdown]
# Two texts that look the same and are not. Unicode, the list that gives every character of every script a
# number, has a number for *é*, and another for "an accent on the letter before". In a computer, text is
# stored as **bytes**, whole numbers from 0 to 255; the widespread code **UTF-8** takes one byte for an
# English letter, a digit or a full stop, and two to four for characters that English can do without. Whoever
# reads these bytes with another code sees *cafÃ©*, so the code, called the **encoding**, is the first thing to get right.
#
# So a text should be brought to *one* form, which is called **normalising**. NFC puts letter and accent
# together, NFD takes them apart: the same text, written differently. NFKC does more: it also replaces
# characters by "compatible" ones. That and four other usual steps make texts equal that were not. **Predict**
# for each line what it will be unable to tell apart.

# %%
day = r"(\d+)/(\d+)/(\d+)"
steps = [
    ("NFKC", lambda t: unicodedata.normalize("NFKC", t), "2⁵ ﬁt", "25 fit"),
    ("lower case", str.lower, "Polish the US", "polish the us"),
    ("accents off", lambda t: re.sub(r"\W", "", unicodedata.normalize("NFD", t)), "résumé", "resume"),
    ("numbers to 0", lambda t: re.sub(r"\d+", "0", t), "route 66", "route 7"),
    ("month/day/year to ISO", lambda t: re.sub(day, r"\3-\1-\2", t), "03/04/2024", "2024-03-04"),
]
for name, step, first, second in steps:
    print(f"{name:<22} {first!r} and {second!r} become {step(first)!r}; equal: {step(first) == step(second)}")

# %% [markdown]
# - **NFKC** mends the joined letters ﬁ, and turns two to the fifth into twenty-five.
# - **Lower case** makes *The* and *the* one word, and a country a pronoun.
# - **Accents off** turns a summary of a career into a verb.
# - **Numbers to one sign** keep a vocabulary small; the model can no longer know which route.
# - **A date** in one style is a gift to whoever searches. But whether 03/04/2024 was the 4th of March or the
#   3rd of April is not written in it. If the writer was European, the step has made a false statement.
#
# Each step makes more texts equal, so that a model sees each of them more often, and it makes them poorer.
# Small models of the past needed that. Large language models are trained on text that was hardly normalised
# at all: they are to *write* capitals, accents and numbers, so they have to see them.

# %% [markdown]
# ### Exercise 1 · Tidy a text
# ★☆☆ · 5 minutes · 1 point
#
# Bring a text to the form NFC, in lower case, with a single space between words and none at the ends.
# (White space of any kind: spaces, tabs, line breaks.)


# %% exercise="tidy_text"
def tidy_text(text):
    """The text in NFC and lower case, its white space made single spaces."""
    ...


check(tidy_text)

# %% [markdown]
# ## Characters or words
#
# A model computes with numbers. So a text has to be cut into pieces, each of which is in a list and gets its
# place in the list as its number. The pieces are called **tokens**, the list is the **vocabulary**, and
# the cutting is **tokenisation**. (The articles also call single words "tokens". They can be; mostly they
# are not.)
#
# Two ways come to mind. As text we take a small language of our own, in which a program writes stories.
# **Predict:** which way has the smaller vocabulary, which gives the shorter sequences?

# %%
texts = stories.write(500, seed=0)
print(texts[0])
print()
for name, cut in [("characters", list), ("words", str.split)]:
    tokens = [cut(text) for text in texts]
    vocabulary = {token for row in tokens for token in row}
    average = np.mean([len(row) for row in tokens])
    print(f"{name:<10}  vocabulary {len(vocabulary)}, tokens a story {average:.0f}")

# %% [markdown]
# (Full stops stand between spaces in this language, so that they are words of their own.) Characters need 27
# entries and make a story four times as long. Words need 66, and the stories are short. Shorter is cheaper:
# lesson 04 counted 6 operations per weight and row, and here each token is a row. So words?
#
# The stories have 66 words, and that is that. Real language does not stop. Here are surnames, with how
# frequent they are in the United States (the package `names`, from the census of 1990). We draw 2,000
# people, make a vocabulary of their names, and draw 2,000 others. **Predict:** how many of these have a
# name that the vocabulary lacks?

# %%
with open(names.FILES["last"]) as file:
    lines = [line.split() for line in file]
surnames = np.array([line[0].lower() for line in lines])
shares = np.array([float(line[1]) for line in lines])

rng = np.random.default_rng(0)
people = rng.choice(surnames, size=4000, p=shares / shares.sum())
seen, new = people[:2000], people[2000:]
print(f"{len(surnames):,} surnames; the first 2,000 people have {len(set(seen)):,} different ones")
unknown = np.mean([name not in set(seen) for name in new])
print(f"of 2,000 others, {unknown:.0%} have one that is not among them")

# %% [markdown]
# More than half. A vocabulary of words meets **unknown words** for ever, however large it is; one gives them
# all the same token, `<unknown>`, and the model cannot tell them apart, let alone write them. Characters
# know no such trouble, and pay for it with length.
#
# ## Something between: byte pairs
#
# The way out is an old idea for making files smaller (Gage 1994, *A New Algorithm for Data Compression*):
# *find the pair of neighbours that occurs most often, give it a sign of its own, and repeat.* Sennrich,
# Haddow and Birch 2016 ([arXiv 1508.07909](https://arxiv.org/abs/1508.07909)) used it to cut words. Take the
# words *banana*, twice, and *band*:
#
# | step | most frequent pair | banana | band |
# |---|---|---|---|
# | start | | `b a n a n a` | `b a n d` |
# | 1 | `a n`, 5 times | `b an an a` | `b an d` |
# | 2 | `b an`, 3 times | `ban an a` | `ban d` |
#
# What is frequent becomes a single token, and everything else can still be spelt out. You write it now, in
# two halves.

# %% [markdown]
# ### Exercise 2 · The most frequent pair
# ★★☆ · 10 minutes · 2 points
#
# `words` is a list of words, each a list of symbols; `counts` says how often each of them occurs. For the
# table's start that is `[["b","a","n","a","n","a"], ["b","a","n","d"]]` and `[2, 1]`. Return the pair (a
# tuple of two symbols) that occurs most often. (In `a a a` the pair of two *a* occurs twice.) There will be
# ties, so there must be a rule: **among equals, the first in the alphabet**, which is the smallest to Python.
# (With another rule one gets another tokenizer.)


# %% exercise="most_frequent_pair"
def most_frequent_pair(words, counts):
    """The two neighbouring symbols that occur most often."""
    ...


check(most_frequent_pair)

# %% [markdown]
# ### Exercise 3 · Merge it
# ★★☆ · 10 minutes · 2 points
#
# Return the symbols of one word after a merge: go from left to right, and wherever the two symbols of `pair`
# stand side by side, put one symbol in their place. `["b","a","n","d"]` with `("a","n")` becomes
# `["b","an","d"]`.


# %% exercise="merge_pair"
def merge_pair(symbols, pair):
    """The symbols with every occurrence of the pair merged."""
    ...


check(merge_pair)

# %% [markdown]
# Whatever you wrote, here are our two halves, and the loop around them. That loop is all there is to the
# **training** of a byte-pair encoder: no gradient, no loss, only counting.


# %%
def top_pair(words, counts):
    pairs = Counter()
    for symbols, number in zip(words, counts):
        for pair in zip(symbols, symbols[1:]):
            pairs[pair] += number
    return min(pairs, key=lambda pair: (-pairs[pair], pair)) if pairs else None


def join(symbols, pair):
    joined = []
    for symbol in symbols:
        if joined and (joined[-1], symbol) == pair:
            joined[-1] += symbol
        else:
            joined.append(symbol)
    return joined


def learn_merges(words, number):
    """The first merges, in order, for a list of words."""
    counts = Counter(words)
    words, merges = [list(word) for word in counts], []
    while len(merges) < number and (pair := top_pair(words, counts.values())):
        merges.append(pair)
        words = [join(symbols, pair) for symbols in words]
    return merges


print(learn_merges(["banana", "banana", "band"], 2))

# %% [markdown]
# Now the stories. A word takes the space before it along, written `_` here, so that the pieces put back
# together give the text with its spaces. Pairs are counted within words only: no token will ever reach across
# a space. **Predict** some of the first merges: which two letters stand side by side most often, and which
# word will be the first to be whole?

# %%
story_words = ["_" + word for text in texts for word in text.split()]
name_words = list(seen)
story_merges, name_merges = learn_merges(story_words, 1000), learn_merges(name_words, 300)

print("stories:", " ".join(a + b for a, b in story_merges[:16]))
print("names:  ", " ".join(a + b for a, b in name_merges[:16]))
print("merges until there is nothing left to merge, in the stories:", len(story_merges))

# %% [markdown]
# In the stories `_t` comes first. The first whole word is the full stop, and two merges later there is `_the`.
# Among those of the surnames are endings: `er`, `on`, `son`. Nobody told the program what a word or an ending is.
#
# The merges, in their order, *are* the tokenizer. To encode a new word, start from its characters and apply
# the same merges in the same order.

# %% [markdown]
# ### Exercise 4 · Encode a word
# ★★☆ · 8 minutes · 2 points
#
# Return the pieces of a word. `merges` is a list of pairs, the first learned first; each is applied wherever
# its pair stands. Use your `merge_pair`, or our `join`.


# %% exercise="encode_word"
def encode_word(word, merges):
    """The pieces that the merges, in their order, make of the word."""
    ...


check(encode_word)

# %% [markdown]
# Now the whole picture. Every merge makes the vocabulary one larger and the sequences shorter. How much
# shorter? On the left the stories; on the right only names that were *not* among those used in training.


# %%
def lengths(words, merges):
    """Tokens a word after 0, 1, 2, ... merges."""
    counts = Counter(words)
    cut, averages = [list(word) for word in counts], []
    for pair in [None, *merges]:  # None: before any merge
        cut = [join(symbols, pair) for symbols in cut]
        averages.append(sum(n * len(symbols) for symbols, n in zip(cut, counts.values())) / len(words))
    return np.array(averages)


unseen = [name for name in new if name not in set(seen)]
story_lengths, name_lengths = lengths(story_words, story_merges), lengths(unseen, name_merges)
drawing, (left, right) = plots.figure(
    "A larger vocabulary makes shorter sequences, less and less so", x="vocabulary", columns=2, size=(9, 3.6)
)
left.plot(27 + np.arange(len(story_lengths)), story_lengths * len(story_words) / 500, label="byte pairs")
left.plot(27, story_lengths[0] * len(story_words) / 500, "o", color=plots.ORANGE, label="characters")
left.plot(66, len(story_words) / 500, "s", color=plots.GREEN, label="words")
right.plot(26 + np.arange(len(name_lengths)), name_lengths, label="byte pairs")
right.plot(26, name_lengths[0], "o", color=plots.ORANGE, label="characters")
left.set(ylabel="tokens a story", ylim=(0, None))
right.set(ylabel="tokens an unseen name", ylim=(0, None))
left.legend()
plots.show(
    drawing,
    "Left, stories: from 210 tokens with 27 characters the curve falls steeply, then slowly, to the 50 of "
    "words, which it reaches with 205 entries; words need 66. Right, unseen names: from 6.2 tokens the curve "
    "falls ever more slowly and is near 3.5 with 326 entries.",
)

# %% [markdown]
# Both curves fall steeply and then slowly: the first merges are worth most. **Left:** in a closed language
# words win. They stand *below* the curve, with 66 entries, whereas byte pairs keep every half-built piece
# and need 205 for the same length. **Right:** in an open one the curve has no end, there is no square, and
# no name is unknown: with 300 merges a name that was never seen takes three or four tokens.
#
# How large a vocabulary, then? That is a hyperparameter: short sequences against long lists.
#
# *(A good place for a break.)*

# %% [markdown]
# ## A real one
#
# The real language model at the end of this course, SmolLM2-135M, brings its tokenizer in its file. It was
# made as yours was, on a great deal of English text and code, with **bytes** in the place of characters
# (Radford and others 2019, the GPT-2 report). There are only 256 of those, and every text in every
# script is made of them. **Predict** the size of its vocabulary from its parts: 48,900 merges, 235 single
# bytes, and 17 special tokens for such things as "here ends the text".

# %%
tokenizer = load_tokenizer()
merges = json.loads(tokenizer.to_str())["model"]["merges"]
print(f"merges: {len(merges):,}")
print(f"predicted {48_900 + 235 + 17:,}, the file says {tokenizer.get_vocab_size():,}")
print(f"numbers kept for them: {49_152 * 576:,}, or {49_152 * 576 / 134_515_008:.0%} of 134,515,008")

# %% [markdown]
# The last line is the price: each token gets a row of 576 numbers (lesson 06), and these are parameters. A
# fifth of the model is nothing but the rows of its tokens.
#
# Now its merges, beside yours. (`Ġ` is how a space is written in these lists: a byte without a sign of its own
# borrows one.) **Predict** how many tokens each text below has. For the last lines we let byte pairs learn
# from 4,000 *numbers*, half of them years; that is something the real one was kept from.

# %%
print("real merges:", " ".join(a + b for a, b in merges[:14]))
print("our merges: ", " ".join(a + b for a, b in story_merges[:14]))
for text in ("the", " the", "The", "the the", "in 2024"):
    print(f"{text!r:<10} {len(tokenizer.encode(text).tokens)}  {tokenizer.encode(text).tokens}")
spaced = sum(token.startswith("Ġ") for token in tokenizer.get_vocab())
print(f"tokens that begin with a space: {spaced / tokenizer.get_vocab_size():.0%}")

rng = np.random.default_rng(0)
numbers = [str(n) for n in [*rng.integers(1900, 2030, size=2000), *rng.integers(0, 1000, size=2000)]]
number_merges = learn_merges(numbers, 40)
for number in ("1999", "2024", "1024", "3999"):
    pieces = list(number)
    for pair in number_merges:
        pieces = join(pieces, pair)
    print("if digits may merge:", number, pieces)

# %% [markdown]
# The very first merge is the same as ours: a space and a *t*. And *the* comes early in both.
#
# **A space belongs to the word after it.** `the` and `Ġthe` are two tokens with two numbers, and to the model
# they have at first no more to do with each other than *dog* and *soup*; it must learn from examples that they
# mean the same. (So do not end with a space what such a model is to go on with: the next word brings its own.)
#
# **Digits stand alone.** That was a decision: this tokenizer cuts at every digit *before* it merges
# anything, as the first Llama's did (Touvron and others 2023, [arXiv 2302.13971](https://arxiv.org/abs/2302.13971)).
# The last lines show why. Merged by frequency, 1999 is cut after three digits, 1024 after two, and 3999
# after each. Whoever is to learn adding from that has a hard time: tens and ones are never in the same
# place. With one token a digit, the last token is always the ones. The price: a year costs four tokens.
#
# What does everything else cost? **Predict** which of these sentences, all saying the same, takes most tokens.

# %%
samples = {
    "English": "Every morning the children walk to school.",
    "German": "Jeden Morgen gehen die Kinder zur Schule.",
    "Greek": "Κάθε πρωί τα παιδιά πηγαίνουν στο σχολείο.",
    "Japanese": "子供たちは毎朝学校へ歩いて行きます。",
    "common word": " butterfly",
    "rare word": " floccinaucinihilipilification",
    "emoji": "🦋",
    "family emoji": "👩‍👩‍👧",
}
lines = [("", "characters", "bytes", "tokens")]
for name, text in samples.items():
    lines.append((name, *[str(len(x)) for x in (text, text.encode(), tokenizer.encode(text).ids)]))
print(aligned(lines))

# %% [markdown]
# The frequent is cheap and the rare is dear. The Greek sentence costs four times the English one, since
# hardly any Greek was in the text from which the merges were learned: nearly every letter is a token of
# its own. People who write Greek pay more for the same answer, wait longer for it, and sooner reach the end
# of what the model can read at once. The family looks like one sign; it is three people and two invisible
# joiners, in 18 bytes.
#
# But everything *can* be written. Or can it? We said 256 bytes, and 235 of them are in the vocabulary. A
# character that needs one of the other 21 would be lost. Let us try every character that Unicode has.

# %%
assigned = [chr(n) for n in range(0x110000) if unicodedata.category(chr(n)) not in ("Cn", "Co", "Cs")]
lost = [c for c in assigned if tokenizer.decode(tokenizer.encode(c).ids) != c]
print("more than 140,000 characters tried:", len(assigned) > 140_000)
print("lost:", [f"U+{ord(c):04X}" for c in lost])

# %% [markdown]
# Six, all of them *control characters*, signals to the teleprinters of the 1960s that nobody types. The
# other fifteen missing bytes do not occur in valid UTF-8, or only in numbers that Unicode has given to no
# character yet. So "with bytes nothing is unknown" is true of every character that you will ever type, and
# not quite of every text: those six vanish without a word.
#
# ## How sure can a model be?
#
# Now we have tokens, and can ask what a **language model** is: *something that gives, after any beginning of
# a text, a probability to every token that may come next.* Its loss is the log loss of lesson 03: minus the
# logarithm of the probability it gave to the token that came.
#
# How low can that go? Not to zero: in the stories too, nobody can know which animal will come by. Think of a
# game: I draw an animal, you ask yes-or-no questions. With four equally likely animals you need two. Our
# stories have a dog in 40 of 100, a cat in 30, a bird in 20, a frog in 10. So ask "a dog?" first.

# %%
animals = np.array([0.4, 0.3, 0.2, 0.1])
questions = [1, 2, 3, 3]  # a dog? a cat? a bird?
print(f"questions on average:    {np.sum(animals * questions):.2f}")
print(f"no way to ask beats:     {-np.sum(animals * np.log2(animals)):.2f}  (log to base 2: bits)")
print(f"the same with np.log:    {-np.sum(animals * np.log(animals)):.2f}  (natural log: nats)")
whole = stories.entropy()
print(f"a whole story:          {whole:.2f} nats, or {whole / np.log(2):.1f} questions")

# %% [markdown]
# That limit is called **entropy** (Shannon 1948, *A Mathematical Theory of Communication*): the average of
# minus the logarithm of the probability. With logarithms to base 2 it counts yes-or-no questions, called
# **bits**. With natural logarithms, as in our losses, the unit is the **nat**, and one is 1.44 bits.
# It is the log loss of somebody who knows all the probabilities. On average nobody gets below it, however
# large the model. (Our questions take 1.90, a little more. By asking about many draws at once one gets as near
# to 1.85 as one likes.)
#
# Our stories are made by drawing: a hero, a colour, a toy that depends on the colour, and so on, twelve
# draws with known probabilities (all in `utils/stories.py`). So their entropy is known **exactly**: a story
# has about 51 words, its end counted as one, and takes about 19 questions. Most words are no surprise at all.
#
# Nats are hard to picture. So one takes the average log loss of a word and undoes the logarithm:
#
# $$\text{perplexity} = e^{\,\text{mean of}\,-\log p}$$
#
# A model with a **perplexity** of 10 is, on average, *as unsure as among 10 equally likely words*.

# %% [markdown]
# ### Exercise 5 · Perplexity
# ★☆☆ · 5 minutes · 1 point
#
# You get the probabilities that a model gave to the words that then came, one for each word. Return its
# perplexity. (Check by thought: four words at 1/4 each must give 4.)


# %% exercise="perplexity"
def perplexity(probabilities):
    """As unsure as among how many equally likely words?"""
    ...


check(perplexity)

# %% [markdown]
# ### Exercise 6 · After this word, that one
# ★★☆ · 8 minutes · 2 points
#
# Here is the simplest language model that deserves the name. Go through many stories and count, for every
# word, which words come right after it. A pair of neighbours is called a **bigram**. How often *ball* came
# after *red*, as a share of all that came after *red*: that is the probability of *ball* after *red*.
#
# One flaw: a pair that was never seen would get the probability 0, and if it does come the loss is infinite.
# So one adds a little to every count, which is called **smoothing**. Adding 1 is the oldest kind.
#
# `words` is a list of words. Return the probability that `second` comes right after `first`, with 1 added to
# each count: (how often `second` came after `first`, plus 1) / (how often anything came after `first`, plus
# `size`). Here `size` is the number of words in the vocabulary, each of which got its 1.


# %% exercise="bigram_probability"
def bigram_probability(words, first, second, size):
    """The probability of second after first, from counts with add-one smoothing."""
    ...


check(bigram_probability)

# %% [markdown]
# ## The whole table
#
# Here is your function for all pairs at once, in a table of 67 rows and columns: the 66 words, and `<end>` for the end
# of a story, which stands in for "nothing yet" at its beginning too. `memory` says how many words the model
# looks back: with 0 it only knows how frequent words are, with 1 it knows pairs, with 2 triples. We add 0.01 in
# the place of 1. (The perplexity is that of exercise 5; equal pairs are taken together, so each logarithm
# counts as often as its pair occurs.) **Predict** where each will stand between 67, knowing nothing, and the best there can be.

# %%
vocabulary = [*sorted({word for text in texts for word in text.split()}), "<end>"]
number_of = {word: number for number, word in enumerate(vocabulary)}


def count_words(texts, memory):
    """How often each word came after each word (memory 1), or after each two (memory 2)."""
    table = np.zeros((67,) * (memory + 1))
    for text in texts:
        row = [66] * memory + [number_of[word] for word in text.split()] + [66]
        # np.add.at adds 1 at each of these places
        np.add.at(table, tuple(row[i : len(row) - memory + i] for i in range(memory + 1)), 1)
    return table


def perplexity_on(new, counts, added):
    """The perplexity on new stories (given as their own counts) of a model made from counts."""
    probabilities = (counts + added) / (counts + added).sum(axis=-1, keepdims=True)
    return np.exp(-np.sum(new * np.log(probabilities)) / new.sum())


held_out = stories.write(300, seed=99)
print(f"{'knowing nothing':<28} perplexity {67:6.2f}")
for memory, name in enumerate(["how frequent words are", "pairs of words", "triples of words"]):
    p = perplexity_on(count_words(held_out, memory), count_words(texts, memory), added=0.01)
    print(f"{name:<28} perplexity {p:6.2f}   numbers in its table {67 ** (memory + 1):>7,}")
print(f"{'the best there can be':<28} perplexity {stories.best_perplexity(held_out):6.2f}")

# %% [markdown]
# The stories it is measured on were not used for counting. From 67 to 39 by frequencies alone, to 4 with one
# word of memory. That is a language model, and its table of 4,489 numbers was found from examples: by the
# definition of lesson 01, those are its **parameters**. Nobody took a gradient.
#
# Triples do better and need 67 times the table. And far below is the best there can be, 1.30. What is
# missing? *anna has a red ball … likes the red* — a model that looks back two words cannot know that it was
# a ball. It would have to look back thirty, and a table for that has more rows than the Earth has atoms.
# Lesson 10 shows what does it instead.
#
# ## What the data does
#
# "Quality, size and diversity of the data shape the model": so they say. With a model that trains in a
# millisecond we can try it. The same model (pairs, 0.01 added) learns from:
#
# - **clean** stories, from 20 to 500 of them;
# - **noisy** ones: one word in ten is replaced by any word of the vocabulary;
# - **one-sided** ones: perfect, but the hero is always Anna.
#
# All are measured on the same new, clean stories with all heroes. The whole is done five times, with other
# stories each time. **Predict:** are 500 noisy stories better than 50 clean ones? Are 500 one-sided ones better
# than 50 one-sided ones?


# %%
def recast(text, hero, friend, pronouns=True):
    """The story with another hero and another friend, the pronouns set right."""
    words = text.split()
    roles = {words[0]: hero, words[words.index("meets") + 1]: friend}
    if pronouns:
        roles[stories.PRONOUNS[words[0]]] = stories.PRONOUNS[hero]
    return " ".join(roles.get(word, word) for word in words)


def with_anna(text):
    hero, friend = text.split()[0], text.split()[text.split().index("meets") + 1]
    return recast(text, "anna", hero if friend == "anna" else friend)


def noisy(text, rng, share=0.1):
    words = np.array(text.split(), dtype=object)
    hit = rng.random(len(words)) < share
    words[hit] = rng.choice(vocabulary[:-1], size=hit.sum())
    return " ".join(words)


for text in (texts[2], with_anna(texts[2]), noisy(texts[2], np.random.default_rng(0))):
    print(text[:90])

# %%
new_pairs = count_words(held_out, 1)
sizes, kinds = [20, 50, 100, 200, 500], ["one-sided", "noisy", "clean"]
results = np.zeros((5, 3, 5))
for seed in range(5):
    clean, rng = stories.write(500, seed=100 + seed), np.random.default_rng(seed)
    sets = [[with_anna(text) for text in clean], [noisy(text, rng) for text in clean], clean]
    for k, data in enumerate(sets):
        results[seed, k] = [perplexity_on(new_pairs, count_words(data[:n], 1), 0.01) for n in sizes]

drawing, axes = plots.figure(
    "More data helps if it is good, and harms if it is one-sided", x="stories", y="perplexity on new stories"
)
for k, (kind, colour) in enumerate(zip(kinds, [plots.ORANGE, plots.GREY, plots.BLUE])):
    axes.semilogx(sizes, results[:, k].mean(axis=0), color=colour, label=kind)
    axes.plot(sizes, results[:, k].T, "o", color=colour, markersize=3)
axes.set_xticks(sizes, sizes)
axes.minorticks_off()
axes.set_ylim(0, None)
axes.legend()
plots.show(
    drawing,
    "Three curves over 20 to 500 stories. Clean: falling, below all others. Noisy: above it and hardly "
    "falling after 100. One-sided: by far the highest, and rising.",
)
about_anna = count_words([with_anna(text) for text in held_out], 1)
one_sided, all_sides = [perplexity_on(about_anna, count_words(data, 1), 0.01) for data in (sets[0], clean)]
for k, kind in enumerate(kinds):
    low, high = results[:, k].min(axis=0), results[:, k].max(axis=0)
    print(f"{kind:<10}", "  ".join(f"{n}: {a:.1f} to {b:.1f}" for n, a, b in zip(sizes, low, high)))
print(f"only on stories about Anna: one-sided {one_sided:.1f}, clean {all_sides:.1f}")

# %% [markdown]
# Each dot is one of five drawings, and they lie close together: none of this is luck.
#
# - **Size** helps, less and less. From 200 stories on hardly anything is gained; a model that knows only pairs cannot
#   do better than about 4.
# - **Quality:** 500 noisy stories are worth fewer than 50 clean ones. More noise of the same kind does not
#   mend it, since the model learns the noise as well.
# - **Diversity** matters most. Every single one-sided story is perfect, and yet they are the worst by far.
#   And from 100 stories on more of this data does **harm**: the more the model sees of Anna, the surer it is
#   that there is nobody else.
#
# This holds for this model, this noise, and a test with all heroes. The last line has another test, stories
# about Anna only, and there the one-sided data wins. So data is not good in itself: it is good *for*
# something.
#
# ## More data from what there is
#
# Only 40 stories, and no more to be had? Then make more from those: **augmentation**. Three ways are usual.
#
# - **Paraphrase:** say the same in other words. Ours: other names (with the pronouns set right), words with
#   a similar meaning, other colours.
# - **Back-translation:** into another language and back, which gives other words for the same (Sennrich,
#   Haddow and Birch 2016, [arXiv 1511.06709](https://arxiv.org/abs/1511.06709)). It needs two translation
#   models, so we leave it out here.
# - **Synthetic text:** written by a machine. Ours: by the small model itself, and by the grammar that knows
#   the language.
#
# The first cell below shows an example of each. In the second, each way makes nine more stories from every
# one, so 400 in all, and the model learns from these. (Only the stories for training are changed, never
# those it is measured on.) **Predict:** which help, which harm?

# %%
HEROES, COLOURS = list(stories.HEROES), ["red", "blue", "green", "yellow"]
SIMILAR = {"happy": "proud", "sad": "angry", "likes": "wants"}


def other_names(text, rng, pronouns=True):
    return recast(text, *rng.choice(HEROES, size=2, replace=False), pronouns)


def similar_words(text, rng):
    return " ".join(SIMILAR.get(word, word) if rng.random() < 0.5 else word for word in text.split())


def other_colour(text, rng):
    colour = rng.choice(COLOURS)
    return " ".join(colour if word in COLOURS else word for word in text.split())


def invent(counts, rng):
    """A story from the counted pairs: each word drawn according to the word before it."""
    words = [66]
    while len(words) < 100 and (len(words) == 1 or words[-1] != 66):
        words.append(rng.choice(67, p=counts[words[-1]] / counts[words[-1]].sum()))
    return " ".join(vocabulary[word] for word in words[1:] if word != 66)


few = stories.write(40, seed=100)
print("original:    ", few[0][:90])
print("other names: ", other_names(few[0], np.random.default_rng(2))[:90])
print("other colour:", other_colour(few[0], np.random.default_rng(3))[:90])
print("invented:    ", invent(count_words(few, 1), np.random.default_rng(0))[:90])

# %%
changes = {}
for seed in range(5):
    few, rng = stories.write(40, seed=100 + seed), np.random.default_rng(seed)
    anna, own = [with_anna(text) for text in few], count_words(few, 1)
    more = {
        "other names": [other_names(text, rng) for text in few * 9],
        "other names, pronouns wrong": [other_names(text, rng, pronouns=False) for text in few * 9],
        "similar words": [similar_words(text, rng) for text in few * 9],
        "other colours": [other_colour(text, rng) for text in few * 9],
        "invented by the model itself": [invent(own, rng) for copy in range(360)],
        "written by the grammar": stories.write(360, seed=500 + seed),
        "only Anna; other names": [other_names(text, rng) for text in anna * 9],
    }
    for way, added in more.items():
        start = anna if "Anna" in way else few
        pair = [perplexity_on(new_pairs, count_words(data, 1), 0.01) for data in (start, start + added)]
        changes.setdefault(way, []).append(pair)

for way, pairs in changes.items():
    before, after = np.mean(pairs, axis=0)
    better = sum(b > a for b, a in pairs)
    print(f"{way:<28}  {before:.2f} became {after:.2f}   better in {better} of 5")

# %% [markdown]
# - **Other names help.** They carry something that the 40 stories do not say: that whatever holds for Anna
#   holds for Ben. Where all stories were about Anna they repair nearly all of the damage.
# - **Pronouns wrong:** no difference worth the name. *Anna … he* is nonsense, but this model looks back one
#   word and cannot notice. A low perplexity does not prove that your data is sound.
# - **Similar words** do not help. Words with similar meanings are not the same words, and in this language
#   *happy* and *proud* do not end the same stories.
# - **Other colours harm.** Here a colour belongs to a toy: there is no yellow boat. The swap taught things that
#   are false.
# - **Invented by the model:** harm. It can only say what it knows already, and its errors are counted again.
#   Large models trained on their own output get worse in this way too (Shumailov and others 2023,
#   [arXiv 2305.17493](https://arxiv.org/abs/2305.17493)).
# - **Written by the grammar:** these *are* real stories, since all stories come from it. It is the best that
#   can happen when one who knows more than the model writes for it, such as a large model that writes stories
#   for a small one to learn from (Eldan and Li 2023, [arXiv 2305.07759](https://arxiv.org/abs/2305.07759)).
#
# The rule behind all of these: **augmentation helps when it adds something true that the data does not show.**
#
# ## The table is a layer
#
# One last step, and the counting model becomes a neural network. Hand a word in as a row of 67 zeros with
# a single 1, at the word's number; this is called **one-hot**. A dense layer multiplies it by its weights,
# and what comes out is *one row* of them. If that row holds the logarithms of the counted probabilities, then
# a **softmax** turns it back into probabilities: e to the power of each number, divided by their sum. (It
# makes probabilities of any 67 numbers, as the sigmoid does of one.)

# %%
table = count_words(texts, 1) + 1
probabilities = table / table.sum(axis=1, keepdims=True)

model = keras.Sequential([keras.Input((67,)), keras.layers.Dense(67, activation="softmax")])
model.set_weights([np.log(probabilities), np.zeros(67)])

one_hot = np.eye(67)
print("row for 'the', a single 1 at:", int(one_hot[number_of["the"]].argmax()), "=", number_of["the"])
print("the layer gives the table:", np.allclose(model(one_hot), probabilities, atol=1e-5))
print(f"parameters {count(model):,}, perplexity {perplexity_on(new_pairs, table, added=0):.2f}")

# %% [markdown]
# ### Exercise 7 · A language model of your own
# ★★★ · 15 minutes · 3 points
#
# So counts can become weights, and a layer can be a language model. (Its 67 biases are zero: nothing was left
# for them to do.) It has two weak points, though, and its perplexity is not good. You can do better.
#
# Hand in a Keras model that takes a one-hot word (67 numbers, in the order of `vocabulary`) and gives a
# probability for each of the 67 words that may come next. At most **5,000 parameters**, and a perplexity
# **below 4.1** on 300 stories that you have never seen. Counted or trained, that is up to you.

# %% exercise="next_word"
next_word = ...

check(next_word=next_word)

# %% [markdown]
# ## What you know now
#
# - Cleaning and normalising make texts equal; each step loses something, and it pays to know what.
# - Byte-pair merges lie between characters and words: the frequent is one token, the rare is spelt out.
# - A real tokenizer keeps spaces with words and digits alone, and charges rare languages more.
# - A language model gives each next token a probability; entropy says how good any of them can be.
# - Good, varied data beats much data; augmentation helps where it adds something true.
#
# **Next:** [06 · Embeddings](06_embeddings.ipynb). What is in the row of numbers that each token gets?
