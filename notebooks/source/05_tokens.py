# %% [markdown]
# # 05 · Tokens
#
# > **At the end you can** clean and normalise a text and say what each step loses, cut it into tokens three
# > ways, build a small byte-pair encoder, and measure how good a language model is and could be at best.
#
# Lesson 04 turned "I love sunny days!" into a row of word counts: the order of the words was gone, and words
# that the model had never seen were passed over, so that *do not love* became *love*. Both get mended from
# here on. This lesson is about the words.
#
# **Time:** about 80 minutes for the text and an hour for the exercises; the computer needs less than one minute.
# There is a good place for a break in the middle.
# **You need:** lessons 01 to 04.

# %%
from utils import plots, retold, stories, web_page
from utils.checking import check
from utils.counting import count
from utils.llm.tokenizer import load_tokenizer

import json
import keras
import names
import numpy as np
import re
import unicodedata
from collections import Counter

# %% [markdown]
# ## A page as it comes
#
# Most text that language models learn from was once a web page. Such a page comes with tags in angle
# brackets, with programs, and with codes such as `&amp;` for a `&`. Taking out what is not text is called
# **cleaning**.
#
# A tag begins with `<` and ends with `>`. So "delete everything between `<` and `>`" should do it, and one
# line of Python does that: `re.sub` replaces whatever fits a pattern, here a `<`, then anything but a `>`, then a
# `>`. **Predict** what it leaves of this page.

# %%
page = """<html><head><style>p {color: red}</style></head><body>
<p>Anna&rsquo;s <b>new</b> kite costs 12 &euro;.</p><script>count = 3;</script>
<p>If 3 < 5 and 5 > 4, then 3&nbsp;<&nbsp;4. It is <i>not</i> a caf&eacute;.</p>
</body></html>"""

print(" ".join(re.sub("<[^>]*>", " ", page).split()))

# %% [markdown]
# Three things went wrong. The style and the program are still there. The codes are still codes. And "5 and 5"
# and "4. It is" are gone, since they stood between a `<` and a `>`. Python brings a *parser*, a program that knows
# the rules of HTML, the language in which web pages are written. `text_of`, from this course's helpers, hands the
# page to it and keeps what is neither program nor style.

# %%
print(web_page.text_of(page))

# %% [markdown]
# Better. Even so, something is lost: the page had *not* in italics, and two paragraphs. Whether that matters
# depends on what the text is for. Remember the question, it comes with every step: **what can nobody tell
# any more afterwards?**
#
# ## Equal to the eye
#
# The page has the word *café*. Here it is twice. (`\u00e9` stands for the character whose number is 00e9, written
# in base 16, with a to f as six more digits. `encode` turns a text into bytes and `decode` turns bytes into a text;
# what that means comes below.) **Predict** the first line of the output: are the two equal, and how long are they?

# %%
one, other = "caf\u00e9", "cafe\u0301"
print(one, other, "equal:", one == other, "  lengths:", len(one), len(other))
print("as bytes:", list(one.encode()), list(other.encode()))
print("misread: ", one.encode().decode("latin-1"))

for form in ("NFC", "NFD", "NFKC"):
    a, b = unicodedata.normalize(form, one), unicodedata.normalize(form, other)
    print(form, "equal:", a == b, "  length:", len(a))

# %% [markdown]
# Two texts that look the same and are not. Unicode, the list that gives a number to the characters of nearly
# all scripts, has a number for *é*, and another for "an accent on the letter before". In a computer, text is
# stored as **bytes**, whole numbers from 0 to 255; the widespread code **UTF-8** takes one byte for an
# English letter, a digit or a full stop, and two to four for characters that English can do without. Whoever
# reads these bytes with another code sees *cafÃ©*, so the code, called the **encoding**, is the first thing to get
# right.
#
# So a text should be brought to *one* form, which is called **normalising**. NFC puts letter and accent
# together (where Unicode has a character for both), NFD takes them apart: the same text, written differently. NFKC
# does more: it also replaces characters by "compatible" ones. That and four other usual steps make texts equal that
# were not. Here are three of the steps; Python brings the other two. (The pattern `[0-9]+` is any run of digits.
# `combining` says whether a character is an accent on the letter before it.)


# %%
def accents_off(text):
    characters = unicodedata.normalize("NFD", text)  # é becomes e and an accent
    return "".join([c for c in characters if not unicodedata.combining(c)])


def numbers_to_0(text):
    return re.sub("[0-9]+", "0", text)


def date_to_iso(text):
    month, day, year = text.split("/")
    return f"{year}-{month}-{day}"


# %% [markdown]
# **Predict** for each line what it will be unable to tell apart. (`{one!r}` shows a text with quotes around it, as
# Python writes it.)


# %%
def compare(step, one, other):
    print(f"{step:<12} {one!r} = {other!r}: {one == other}")


compare("NFKC", unicodedata.normalize("NFKC", "2⁵ ﬁt"), "25 fit")
compare("lower case", "Polish the US".lower(), "polish the us")
compare("accents off", accents_off("a good résumé"), "a good resume")
compare("numbers to 0", numbers_to_0("route 66"), numbers_to_0("route 7"))
compare("date to ISO", date_to_iso("03/04/2024"), "2024-03-04")

# %% [markdown]
# - **NFKC** mends the joined letters ﬁ, and turns two to the fifth into twenty-five.
# - **Lower case** makes *The* and *the* one word, and a country a pronoun.
# - **Accents off** turns a summary of a career into a verb.
# - **Numbers to one sign** keep a vocabulary small; the model can no longer know which route.
# - **A date** in one style (year, month, day: the standard ISO 8601) is a gift to whoever searches. But whether
#   03/04/2024 was the 4th of March or the 3rd of April is not written in it. If the writer was European, the step
#   has made a false statement.
#
# Each step makes more texts equal, so that a model sees each of them more often, and it makes them poorer.
# Small models of the past needed that. Large language models are mostly trained on text that was hardly normalised
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
# the cutting is **tokenisation**; what does it is a **tokenizer**. (Articles also call single words "tokens".
# A frequent word often is one; a rare word is cut into several.)
#
# Two ways come to mind. As text we take a small language of our own, in which a program writes stories.
# **Predict:** which way has the smaller vocabulary, which gives the shorter sequences? (`list` cuts
# a text into its characters, `str.split` at its spaces; `set` takes repeats out.)

# %% tags=["by-chance"]
texts = stories.write(500, seed=0)
print(texts[0])

# %%
for name, cut in [("characters", list), ("words", str.split)]:
    tokens = [cut(text) for text in texts]
    vocabulary = set(cut(" ".join(texts)))
    average = np.mean([len(row) for row in tokens])
    print(f"{name:<10}  vocabulary {len(vocabulary)}, tokens a story {average:.0f}")

# %% [markdown]
# (Full stops stand between spaces in this language, so that they are words of their own.) Characters need 27
# entries and make a story four times as long. Words need 66, and the stories are short. Shorter is cheaper:
# lesson 04 counted 6 operations per weight and row, and here each token is a row. So words?
#
# The stories have 66 words, and that is that. Real language does not stop. Here are surnames, with how
# frequent they are in the United States (the package `names`, from the census of 1990). We draw 2,000
# people, make a vocabulary of their names, and draw 2,000 others. (`p` says how probable each name is; the mean of
# `True`s and `False`s is the share of the `True`s.) **Predict:** how many of the others have a name that the
# vocabulary lacks?

# %%
with open(names.FILES["last"]) as file:
    lines = [line.split() for line in file]
surnames = np.array([line[0].lower() for line in lines])
shares = np.array([float(line[1]) for line in lines])

# %%
rng = np.random.default_rng(0)
people = rng.choice(surnames, size=4000, p=shares / shares.sum())
seen, new = people[:2000], people[2000:]
print(f"{len(surnames):,} surnames in the list")
known = set(seen)
print(f"the first 2,000 people have {len(known):,} different ones")
unknown = np.mean([name not in known for name in new])
print(f"of 2,000 others, {unknown:.0%} have one that is not among them")

# %% [markdown]
# More than half. A vocabulary of words meets **unknown words** for ever, however large it is; one gives them
# all the same token, `<unknown>`, and the model cannot tell them apart, let alone write them. Characters
# hardly know that trouble, since a new letter is rarer than a new word, and pay for it with length.
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
# (With another rule one gets another tokenizer. You may rely on there being at least one pair.)


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
# Whatever you wrote, here are our two halves. A `Counter` is a dictionary in which every count begins at 0.
# `zip(symbols, symbols[1:])` goes through the neighbours: the first symbol with the second, the second with the
# third. And `... if pairs else None` gives `None` when there is no pair at all.


# %%
def top_pair(words, counts):
    pairs = Counter()
    for symbols, number in zip(words, counts):
        for pair in zip(symbols, symbols[1:]):
            pairs[pair] += number

    def most_then_alphabet(pair):
        return (-pairs[pair], pair)

    return min(pairs, key=most_then_alphabet) if pairs else None


# %% [markdown]
# (`min` takes the pair for which the function after `key=` gives the smallest value: the largest count, since there
# is a minus before it, and among equals the first in the alphabet.)


# %%
def join(symbols, pair):
    joined = []
    for symbol in symbols:
        if joined and (joined[-1], symbol) == pair:
            joined[-1] = joined[-1] + symbol
        else:
            joined.append(symbol)
    return joined


# %% [markdown]
# And the loop around them. It is all there is to the **training** of a byte-pair encoder: no gradient, no loss, only
# counting.


# %%
def learn_merges(words, number):
    """The first merges, in order, for a list of words."""
    counts = Counter(words)  # how often each word occurs
    words, merges = [list(word) for word in counts], []
    while len(merges) < number:
        pair = top_pair(words, counts.values())
        if pair is None:  # every word is a single token by now
            break
        merges.append(pair)
        words = [join(symbols, pair) for symbols in words]
    return merges


print(learn_merges(["banana", "banana", "band"], 2))

# %% [markdown]
# Now the stories. A word takes the space before it along, written `_` here, so that the pieces put back
# together give the text with its spaces. Pairs are counted within words only: no token will ever reach across
# a space. **Predict** some of the first merges: which two signs (a letter, a full stop or the
# `_`) stand side by side most often, and which word will be the first to be whole?

# %%
story_words = ["_" + word for text in texts for word in text.split()]
story_merges = learn_merges(story_words, 1000)
print("stories:", " ".join(a + b for a, b in story_merges[:9]))
print("merges until there is nothing left to merge:", len(story_merges))

# %% tags=["by-chance"]
name_merges = learn_merges(list(seen), 300)
print("names:", " ".join(a + b for a, b in name_merges[:16]))

# %% [markdown]
# In the stories `_t` comes first. The first whole word is the full stop, and two merges later there is `_the`.
# Among those of the surnames are endings: `er`, `on`, `son`. Nobody told the program which words are frequent,
# or what an ending is.
# (With five other draws of stories and people, the nine merges of the stories were the same each time. In the names
# `er` and `on` came first each time, and `son` was among the sixteen; which stand between differs.)
#
# The merges, in their order, *are* our tokenizer. To encode a new word, which here means to cut it into its
# tokens, start from its characters and apply the same merges in the same order.

# %% [markdown]
# ### Exercise 4 · Encode a word
# ★★☆ · 8 minutes · 2 points
#
# Return the pieces of a word. `merges` is a list of pairs, the first learned first; each is applied wherever
# its pair stands. The word `"band"` with `[("a","n"), ("b","an")]` becomes `["ban","d"]`. Use your `merge_pair`, or
# our `join`.


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
        tokens = [n * len(symbols) for symbols, n in zip(cut, counts.values())]
        averages.append(sum(tokens) / len(words))
    return np.array(averages)


# %%
unseen = [name for name in new if name not in known]
name_lengths = lengths(unseen, name_merges)
story_lengths = lengths(story_words, story_merges) * len(story_words) / 500  # a story

print(f"words as tokens:   66 entries, {len(story_words) / 500:5.1f} tokens a story")
for n in (0, 39, 100, len(story_merges)):
    entries = f"{n:3} merges, so    {27 + n:3} entries"
    print(f"{entries}, {story_lengths[n]:5.1f} tokens a story")
for n in (0, 100, 200, 300):
    entries = f"{n:3} merges, so    {26 + n:3} entries"
    print(f"{entries}, {name_lengths[n]:5.1f} tokens a new name")

# %% tags=["hide-input"]
# @title Draws the lengths over the size of the vocabulary
title = "A larger vocabulary makes shorter sequences, less and less so"
drawing, (left, right) = plots.figure(title, x="vocabulary", columns=2, size=(9, 3.6))
for axes, first, curve in ((left, 27, story_lengths), (right, 26, name_lengths)):
    axes.plot(first + np.arange(len(curve)), curve, label="byte pairs")
    axes.plot(first, curve[0], "o", label="characters")
left.plot(66, len(story_words) / 500, "s", label="words")
left.set(ylabel="tokens a story", ylim=(0, None))
right.set(ylabel="tokens an unseen name", ylim=(0, None))
left.legend()
first, last = story_lengths[[0, -1]]
first_name, last_name = name_lengths[[0, -1]]
plots.show(
    drawing,
    f"Left, stories: from {first:.0f} tokens with 27 characters the curve falls "
    f"steeply, then slowly, to {last:.0f} with {26 + len(story_lengths)} entries. A "
    "square for words lies far below it, at 66 entries. Right, unseen names: from "
    f"{first_name:.1f} tokens the curve falls ever more slowly, to {last_name:.1f} "
    f"with {25 + len(name_lengths)} entries.",
)

# %% [markdown]
# Both curves fall steeply and then slowly: the first merges are worth most. **Left:** in a closed language
# words win. The square stands *below* the curve: with 66 entries byte pairs are still twice as long. Byte pairs
# keep every half-built piece, and need three times the entries for the same length. (With no merge a story
# takes one token more than it has characters: its first word has a `_` in front too.) **Right:** in an open one
# there is no square, and no name is unknown: with 300 merges a name that was never seen takes three to four tokens
# on average.
#
# How large a vocabulary, then? That is a hyperparameter: short sequences against long lists.
#
# *(A good place for a break.)*

# %% [markdown]
# ## A real one
#
# The real language model at the end of this course, SmolLM2-135M-Instruct, brings its tokenizer in its file. It was
# made as yours was, on a great deal of English text and code, with **bytes** in the place of characters
# (Radford and others 2019, the GPT-2 report). There are only 256 of those, and every text in every
# script is made of them. **Predict** the size of its vocabulary from its parts: 48,900 merges, 235 single
# bytes (21 are missing; we come back to them), and 17 special tokens for such things as "here ends the text". (The
# tokenizer can write down all it knows as text in the form JSON; in it is the list of merges.)

# %%
tokenizer = load_tokenizer()
file = json.loads(tokenizer.to_str())
merges, special = file["model"]["merges"], len(file["added_tokens"])
single = sum(len(token) == 1 for token in file["model"]["vocab"])
print(f"merges: {len(merges):,}, single bytes: {single}, special: {special}")
predicted = len(merges) + single + special
print(f"predicted {predicted:,}, the file says {tokenizer.get_vocab_size():,}")
kept = 49_152 * 576
share = f"{kept / 134_515_008:.0%} of the model's 134,515,008 parameters"
print(f"numbers kept for them: {kept:,},\n{share}")

# %% [markdown]
# The last line is the price: each token gets a row of 576 numbers (lesson 06), and these are parameters. A fifth of
# the model is nothing but the rows of its tokens.
#
# What does it make of the stories, which we have cut into characters, into words, and with merges of our own?
# **Predict:** does it need more tokens a story than words do, or fewer? How many of its 49,152 entries does it use?
# (`encode` gives the pieces of a text as `.tokens` and their numbers as `.ids`; `decode` turns numbers back into
# text. Two `for`s in one pair of braces go through all tokens of all stories.)

# %%
story_tokens = [tokenizer.encode(text).tokens for text in texts]
average = np.mean([len(tokens) for tokens in story_tokens])
used = {token for tokens in story_tokens for token in tokens}
print(f"tokens a story {average:.1f}, entries used {len(used)} of 49,152")

words = sorted(set(" ".join(texts).split()))
pieces = [tokenizer.encode(" " + word).tokens for word in words]
print("cut into several tokens:", [cut for cut in pieces if len(cut) > 1])

# %% [markdown]
# Nearly as short as words (50.4), though its merges were learned from quite other texts: all but six of these 66
# words are common enough there to have become one token. What it pays with is a vocabulary of which the stories use
# next to nothing. So that is the choice: our merges fit these stories and nothing else, its merges fit English
# of nearly any kind.
#
# Now its merges, beside yours. (`Ġ` is how a space is written in these lists: a byte without a sign of its own
# borrows one.) **Predict** how many tokens each text below has.

# %%
print("real merges:", " ".join(a + b for a, b in merges[:14]))
print("our merges: ", " ".join(a + b for a, b in story_merges[:9]))
for text in ("the", " the", "The", "the the", "in 2024"):
    tokens = tokenizer.encode(text).tokens
    print(f"{text!r:<10} {len(tokens)}  {tokens}")
spaced = sum(token.startswith("Ġ") for token in tokenizer.get_vocab())
print(f"tokens that begin with a space: {spaced / tokenizer.get_vocab_size():.0%}")

# %% [markdown]
# The very first merge is the same as ours: a space and a *t*. And *the* comes early in both.
#
# **A space belongs to the word after it.** `the` and `Ġthe` are two tokens with two numbers, and to the model
# they have at first no more to do with each other than *dog* and *soup*; it must learn from examples that they
# mean the same. (So do not end with a space what such a model is to go on with: the next word brings its own.)
#
# **Digits stand alone.** That was a decision: this tokenizer cuts at every digit *before* it merges
# anything, as the first Llama's did (Touvron and others 2023, [arXiv 2302.13971](https://arxiv.org/abs/2302.13971)).
# Why? Let byte pairs learn from numbers: the years 1900 to 2029, fifteen times each, and all numbers below 1,000,
# twice each. `encode` is exercise 4 with our `join`.


# %%
def encode(word, merges):
    symbols = list(word)
    for pair in merges:
        symbols = join(symbols, pair)
    return symbols


years, others = [*range(1900, 2030)], [*range(1000)]
number_merges = learn_merges([str(n) for n in years * 15 + others * 2], 40)
for number in ("1999", "2024", "1024", "3999"):
    print("if digits may merge:", number, "is cut into", encode(number, number_merges))

# %% [markdown]
# Merged by frequency, 1999 is cut after three digits, 1024 after two, and 3999 after two and three. Whoever is to
# learn adding from that has a hard time: the ones are a token of their own in 1999, and share one
# with the tens in 1024. With one token a digit, the last token is always the ones. The price: a year costs four
# tokens.
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
print(f"{'':<12} characters  bytes  tokens")
for name, text in samples.items():
    tokens = tokenizer.encode(text).ids
    print(f"{name:<12} {len(text):10}  {len(text.encode()):5}  {len(tokens):6}")

# %% [markdown]
# The frequent is cheap and the rare is dear. The Greek sentence costs four times the English one: nearly every letter
# is a token of its own, as it is where hardly any Greek was in the text from which the merges were learned. Where
# one pays by the token, people who write Greek pay more for the same answer; and everywhere they wait longer for it,
# and sooner reach the end of what the model can read at once. The family looks like one sign; it is three people
# and two invisible joiners, in 18 bytes.
#
# But everything *can* be written. Or can it? We said 256 bytes, and 235 of them are in the vocabulary. A
# character that needs one of the other 21 would be lost. Let us try every character that Unicode has (as many as
# your version of Python knows).

# %%
no_character = ("Cn", "Co", "Cs")  # not assigned, private, halves of others
everything = [chr(number) for number in range(0x110000)]  # 0x110000 is 1,114,112
assigned = [c for c in everything if unicodedata.category(c) not in no_character]
lost = [c for c in assigned if tokenizer.decode(tokenizer.encode(c).ids) != c]
print(f"characters tried: ≈ {len(assigned):,}")
print("lost:", [f"U+{ord(c):04X}" for c in lost])

# %% [markdown]
# Six (U+ and the number, in base 16), all of them *control characters*: signals to the teleprinters of the 1960s,
# which have no place in a text of today. The other fifteen missing bytes do not occur in valid UTF-8, or only in
# numbers that Unicode has given to no character yet. So "with bytes nothing is unknown" is true of every character
# that you are likely to read or write, and not quite of every text: those six vanish without a word.
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
bits, nats = -np.sum(animals * np.log2(animals)), -np.sum(animals * np.log(animals))
print(f"no way to ask beats:     {bits:.2f}  (log to base 2: bits)")
print(f"the same with np.log:    {nats:.2f}  (natural log: nats)")
whole = stories.entropy()
print(f"a whole story:          {whole:.2f} nats, or {whole / np.log(2):.1f} questions")
words = np.mean([len(text.split()) + 1 for text in texts])
print(f"its words and its end:  {words:.0f}")

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
# `size`). Here `size` is the number of words in the vocabulary, each of which got its 1. (Check by thought: in
# *a red ball a red car*, with `size` 10, *ball* after *red* has (1 + 1) / (2 + 10), one sixth.)


# %% exercise="bigram_probability"
def bigram_probability(words, first, second, size):
    """The probability of second after first, from counts with add-one smoothing."""
    ...


check(bigram_probability)

# %% [markdown]
# ## The whole table
#
# Here is the counting of your function, for all pairs at once, in a table of 67 rows and columns: the 66 words in
# alphabetical order, and `<end>` for the end of a story, which stands in for "nothing yet" at its beginning too.

# %%
vocabulary = [*sorted(set(" ".join(texts).split())), "<end>"]
number_of = {word: number for number, word in enumerate(vocabulary)}
print(len(vocabulary), "words, from", vocabulary[:3], "to", vocabulary[-2:])

# %% [markdown]
# `memory` says how many words the model looks back: with 0 it only knows how frequent words are, with 1 it knows
# pairs, with 2 triples. `(67,) * 2` is `(67, 67)`: the table has a direction for each word that is looked at, and one
# for the word that comes.


# %%
def count_words(texts, memory):
    """How often each word came after the words before it, as many as memory says."""
    table = np.zeros((67,) * (memory + 1))
    for text in texts:
        numbers = [number_of[word] for word in text.split()]
        row = [66] * memory + numbers + [66]
        for end in range(memory, len(row)):
            place = tuple(row[end - memory : end + 1])  # table[5, 7] takes a tuple
            table[place] += 1
    return table


# %% [markdown]
# To each count we add 0.01 in the place of 1 (67 ones would outweigh what was counted after a word that is
# rare), and divide by the sum of its row (`axis=-1` adds along the last
# direction, and `keepdims` keeps the sums in a column, so that each row is divided by its own). The perplexity is
# that of exercise 5; equal pairs are taken together, so each logarithm counts as often as its pair occurs.


# %%
def perplexity_on(new, counts, added):
    """The perplexity on new stories (their counts) of a model made from counts."""
    counts = counts + added
    probabilities = counts / counts.sum(axis=-1, keepdims=True)
    return np.exp(-np.sum(new * np.log(probabilities)) / new.sum())


# %% [markdown]
# **Predict** where each will stand between 67, knowing nothing, and the best there can be. (That one you can work
# out: 13.38 nats a story, 51 words a story, and the formula of perplexity.)

# %%
held_out = stories.write(300, seed=99)
names_of_models = ["word frequencies", "pairs of words", "triples of words"]

print(f"knowing nothing   perplexity {67:5.2f}")
for memory, name in enumerate(names_of_models):
    new, counts = count_words(held_out, memory), count_words(texts, memory)
    reached = perplexity_on(new, counts, added=0.01)
    print(f"{name:<16}  perplexity {reached:5.2f}, its table {counts.size:,}")
print(f"the best          perplexity {stories.best_perplexity(held_out):5.2f}")

# %% [markdown]
# The stories it is measured on were not used for counting. From 67 to 39 by frequencies alone, to 4 with one
# word of memory. That is a language model, and its table of 4,489 numbers was found from examples: by the
# definition of lesson 01, those are its **parameters**. Nobody took a gradient.
#
# Triples do better and need 67 times the table. And far below is the best there can be, 1.30. What is
# missing? *anna has a red ball … likes the red* — a model that looks back two words cannot know that it was
# a ball. How far would it have to look back? We measure from the toy that is liked to the toy before it.

# %%
toys, steps_back = ["ball", "car", "kite", "boat", "train"], []
for text in held_out:
    places = [place for place, word in enumerate(text.split()) if word in toys]
    had, taken, liked, *others = places
    steps_back.append(liked - taken)
least = min(steps_back)
print("words back:", least, "to", max(steps_back))
print(f"rows of a table that looks back {least} words: {67**least:.0e}")

# %% [markdown]
# `7e+32` is 7 with 32 zeros, a number of 33 digits: no table will ever be that long. Lesson 10 shows what does it
# instead.
#
# ## What the data does
#
# "Quality, size and diversity of the data shape the model": so they say. With a model that trains in
# a fraction of a second we can try it. The same model (pairs, 0.01 added) learns from:
#
# - **clean** stories, from 20 to 500 of them;
# - **noisy** ones: one word in ten is replaced by any word of the vocabulary;
# - **one-sided** ones: perfect, but the hero is always Anna.
#
# All are measured on the same new, clean stories with all heroes. The whole is done five times, with other
# stories each time. (What changes the stories stands in `utils/retold.py`.) This is what they look like:

# %% tags=["by-chance"]
print("clean:    ", texts[2][:42])
print("one-sided:", retold.with_anna(texts[2])[:42])
print("noisy:    ", retold.noisy(texts[2], np.random.default_rng(0))[:42])

# %% [markdown]
# **Predict:** are 500 noisy stories better than 50 clean ones? Are 500 one-sided ones better than 50 one-sided
# ones?

# %%
new_pairs = count_words(held_out, 1)


def perplexity_after(data, new=new_pairs, added=0.01):
    """The perplexity on new stories of a model that has counted pairs in these."""
    return perplexity_on(new, count_words(data, 1), added)


# %%
drawings = [stories.write(500, seed=100 + seed) for seed in range(5)]
sizes = [20, 50, 100, 200, 500]
results = {"one-sided": [], "noisy": [], "clean": []}

rng = np.random.default_rng(0)
for clean in drawings:
    anna = [retold.with_anna(text) for text in clean]
    noise = [retold.noisy(text, rng) for text in clean]
    for kind, data in zip(results, (anna, noise, clean)):
        results[kind].append([perplexity_after(data[:size]) for size in sizes])


# %%
def print_ranges(results):
    print("stories", "".join(f"{kind:>14}" for kind in results))
    for place, size in enumerate(sizes):
        columns = [[run[place] for run in runs] for runs in results.values()]
        ranges = [f"{min(column):.1f} to {max(column):.1f}" for column in columns]
        print(f"{size:>7}", "".join(f"{text:>14}" for text in ranges))


print_ranges(results)

# %% tags=["hide-input"]
# @title Draws the perplexity over the number of stories
title = "With 0.01 added, more data helps if good, harms if one-sided"
drawing, axes = plots.figure(title, x="stories", y="perplexity on new stories")
for kind, colour in zip(results, [plots.ORANGE, plots.GREY, plots.BLUE]):
    axes.semilogx(sizes, np.mean(results[kind], axis=0), color=colour, label=kind)
    axes.plot(sizes, np.transpose(results[kind]), "o", color=colour, markersize=3)
axes.set_xticks(sizes, sizes)
axes.minorticks_off()
axes.set_ylim(0, None)
axes.legend()
plots.show(
    drawing,
    "Three curves over 20 to 500 stories. Clean: falling, below all others. Noisy: "
    "above it and hardly falling after 100. One-sided: by far the highest, lowest at "
    "50 and rising from there.",
)

# %% [markdown]
# Each dot is one of five drawings; except with 20 stories they lie close together. The blue line falls and then lies
# flat, the grey one stays above it, and the orange one is the highest: it falls a little at first, and rises from 50
# stories on.
#
# Three more things to know before we read it. What four times as many clean stories give, and how the one-sided data
# does on stories that are about Anna only.

# %%
many = stories.write(2000, seed=200)
print(f"2,000 clean stories: {perplexity_after(many):.2f}")

about_anna = count_words([retold.with_anna(text) for text in held_out], 1)
for clean in drawings:
    one_sided = [retold.with_anna(text) for text in clean]
    a, b = perplexity_after(one_sided, about_anna), perplexity_after(clean, about_anna)
    print(f"on stories about Anna: one-sided {a:.2f}, clean {b:.2f}")

# %% [markdown]
# And what the one-sided and the clean ones give when 1 is added to each count, in the place of 0.01:

# %%
plus_one = {"one-sided": [], "clean": []}
for clean in drawings:
    anna = [retold.with_anna(text) for text in clean]
    for kind, data in zip(plus_one, (anna, clean)):
        reached = [perplexity_after(data[:size], added=1) for size in sizes]
        plus_one[kind].append(reached)
print_ranges(plus_one)

# %% [markdown]
# - **Size** helps, less and less. From 200 stories on hardly anything is gained, and 2,000 bring next to nothing: a
#   model that knows only pairs ends at about 4.
# - **Quality:** 500 noisy stories are worth fewer than 50 clean ones. More stories with the same noise do
#   not mend it, since the model learns the noise as well.
# - **Diversity** matters most here. Every single one-sided story is perfect, and yet they are the worst by far.
#   And from 50 stories on more of this data does **harm**: the more the model sees of Anna, the surer it is
#   that every story is about her, and that *he* does not occur.
#
# This holds for this model, this noise, a test with all heroes, and 0.01 added. With 1 in its place (the last table)
# more one-sided stories help, though they stay behind the clean ones: what was never seen then gets a share that is
# not next to nothing. And the five lines before it have another test, stories about Anna only: there the one-sided
# data wins each time. So data is not good in itself: it is good *for* something.
#
# ## More data from what there is
#
# Only 40 stories, and no more to be had? Then make more from those: **augmentation**. Three ways are usual.
#
# - **Paraphrase:** say the same in other words. Ours: other names (with the pronouns set right), words with
#   a similar meaning, other colours.
# - **Back-translation:** into another language and back, which gives other words for the same (Yu and others 2018,
#   [arXiv 1804.09541](https://arxiv.org/abs/1804.09541)). It needs two translation models, so we leave it out here.
#   (The name comes from Sennrich, Haddow and Birch 2016, [arXiv 1511.06709](https://arxiv.org/abs/1511.06709), who
#   translated one way, to get more sentence pairs for training a translator.)
# - **Synthetic text:** written by a machine. Ours: by the small model itself, and by the grammar, as we
#   call the tables and rules with which `utils/stories.py` writes the stories.
#
# Here is an example of each of ours.


# %%
def invent(counts, rng):
    """A story from the counted pairs: each word drawn according to the word before."""
    words = [66]
    while len(words) == 1 or (words[-1] != 66 and len(words) < 100):
        after = counts[words[-1]]
        words.append(rng.choice(67, p=after / after.sum()))
    return " ".join([vocabulary[word] for word in words if word != 66])


# %% tags=["by-chance"]
few, rng = drawings[0][:40], np.random.default_rng(1)
story = few[2]
print("original:     ", story[:75])
print("other names:  ", retold.other_names(story, rng)[:75])
print("other colour: ", retold.other_colour(story, rng)[:75])
print("its end:      ", story[-75:])
print("similar words:", retold.similar_words(story, rng)[-75:])
print("invented:     ", invent(count_words(few, 1), rng)[:75])

# %% [markdown]
# Now each way makes nine more stories from every one, so 400 in all, and the model learns from these; five times,
# with other stories each time. (Only the stories for training are changed, never those it is measured on.)
# **Predict:** which help, which harm?


# %%
def nine_more(texts, change, rng):
    return [change(text, rng) for text in texts * 9]


def additions(few, rng):
    """What each way adds to these 40 stories: way, and 360 more."""
    own = count_words(few, 1)
    return {
        "copies": few * 9,
        "other names": nine_more(few, retold.other_names, rng),
        "pronouns wrong": nine_more(few, retold.wrong_pronouns, rng),
        "similar words": nine_more(few, retold.similar_words, rng),
        "other colours": nine_more(few, retold.other_colour, rng),
        "invented": [invent(own, rng) for copy in range(360)],
        "by the grammar": stories.write(360, seed=int(rng.integers(10**6))),
    }


# %% [markdown]
# (*Copies* add nothing but the same 40 stories nine times more: the baseline of all others. *Pronouns wrong* is
# *other names* with *she* and *he* left as they were.)

# %%
changes, rng = {}, np.random.default_rng(0)
for drawing in drawings:
    few = drawing[:40]
    before = perplexity_after(few)
    for way, added in additions(few, rng).items():
        pair = [before, perplexity_after(few + added)]
        changes[way] = [*changes.get(way, []), pair]  # the first time get gives []

for way, pairs in changes.items():
    before, after = np.mean(pairs, axis=0)
    better = sum(b > a for b, a in pairs)
    print(f"{way:<14}  {before:.2f} became {after:.2f}   better in {better} of 5")

# %% [markdown]
# And once more for stories that are all about Anna, with other names:

# %%
rng = np.random.default_rng(0)
for drawing in drawings:
    anna = [retold.with_anna(text) for text in drawing[:40]]
    added = nine_more(anna, retold.other_names, rng)
    before, after = perplexity_after(anna), perplexity_after(anna + added)
    print(f"only Anna {before:.2f}, with other names {after:.2f}")

# %% [markdown]
# - **Copies** do a little harm: they bring no new pair, and beside ten times the counts, 0.01 leaves even less to the
#   pairs not yet seen.
# - **Other names help.** They carry something that the 40 stories do not say: that whatever holds for Anna
#   holds for Ben. Where all stories were about Anna they repair the damage: what they end at is near what
#   40 stories about everybody end at with other names.
# - **Pronouns wrong** help just as much. *Anna … he* is nonsense, but this model looks back one
#   word and cannot notice. A low perplexity does not prove that your data is sound.
# - **Similar words** hardly help more than copies. Words with similar meanings are not the same words, and in this
#   language *happy* and *proud* do not end the same stories.
# - **Other colours harm**, more than copies do. Here a colour belongs to a toy: there is no yellow boat. The swap
#   taught things that are false.
# - **Invented by the model:** much like copies, since it can only say what it knows already. Large models trained on
#   the output of models get worse for another reason: what is rare gets lost (Shumailov and others 2023,
#   [arXiv 2305.17493](https://arxiv.org/abs/2305.17493)).
# - **Written by the grammar:** these *are* real stories, since all stories come from it. It is the best that
#   can happen when one who knows more than the model writes for it, such as a large model that writes stories
#   for a small one to learn from (Eldan and Li 2023, [arXiv 2305.07759](https://arxiv.org/abs/2305.07759)).
#
# The rule behind all of these: **augmentation helps when it adds something true that the data does not show.**
#
# ## The table is a layer
#
# One last step, and the counting model becomes a neural network. Hand a word in as a row of 67 numbers, all
# of them zero except for a single 1 at the word's number; this is called **one-hot**. A dense layer multiplies it
# by its weights, and what comes out is *one row* of them. If that row holds the logarithms of the counted
# probabilities, then a **softmax** turns it back into probabilities: e to the power of each number, divided by
# their sum. (It makes probabilities of any 67 numbers, as the sigmoid does of one.) This time 1 is added to each
# count, as in exercise 6.

# %%
table = count_words(texts, 1) + 1
probabilities = table / table.sum(axis=1, keepdims=True)

layer = keras.layers.Dense(67, activation="softmax")
model = keras.Sequential([keras.Input((67,)), layer])
model.set_weights([np.log(probabilities), np.zeros(67)])

# %% [markdown]
# `np.eye(67)` has all the one-hot rows: 67 rows of 67 numbers, the first with its 1 in the first place, the second in
# the second.

# %%
answers = model(np.eye(67)).numpy()
for first, second in (("red", "ball"), ("the", "ball"), ("a", "dog")):
    row, column = number_of[first], number_of[second]
    counted, answered = probabilities[row, column], answers[row, column]
    print(f"{second} after {first}: counted {counted:.4f}, the layer {answered:.4f}")
print(f"largest difference of all: {np.abs(answers - probabilities).max():.4f}")
reached = perplexity_on(new_pairs, table, added=0)
print(f"parameters {count(model):,}, perplexity {reached:.2f}")

# %% [markdown]
# The layer says what the table says, to four digits. Its parameters are the 67 x 67 numbers of the table and 67
# biases, which are zero: nothing was left for them to do. But its perplexity is higher than that of the pairs above,
# where 0.01 was added.
#
# ## What the course keeps
#
# The vocabulary and the numbers of this lesson will be needed again and again. From here on the course's helper keeps
# them: `stories.VOCABULARY` is the list, `stories.NUMBER` says a word's place in it, and `stories.windows(texts, 1)`
# gives, for each place in the stories, the one word before it (with `words=2` the two, so a row for each place) and
# the word that comes, all as numbers.

# %%
print("the same vocabulary:", list(stories.VOCABULARY) == vocabulary)
print("the same numbers:", number_of == stories.NUMBER)

before, after = stories.windows(texts, words=1)
again = np.zeros((67, 67))
for first, second in zip(before[:, 0], after):
    again[first, second] += 1
print("the same counts:", np.array_equal(again, count_words(texts, 1)))

# %% [markdown]
# ### Exercise 7 · A language model of your own
# ★★★ · 15 minutes · 3 points
#
# So counts can become weights, and a layer can be a language model. You can do better than the one above: ask from
# how many stories its table was counted, and what was added to each count.
#
# Hand in a Keras model that takes a one-hot word (67 numbers, in the order of `stories.VOCABULARY`) and gives a
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
# - The real tokenizer here keeps spaces with words and digits alone, and charges more for languages of which it
#   has seen little.
# - A language model gives each next token a probability; entropy says how good any of them can be.
# - Good, varied data beats much data; augmentation helps where it adds something true.
#
# **Next:** [06 · Embeddings](06_embeddings.ipynb). What is in the row of numbers that each token gets?
