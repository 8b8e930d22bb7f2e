"""Lesson 05, tokens: tidying a text, byte-pair merges, and a first language model made by counting."""

import re
import unicodedata
from collections import Counter
from functools import cache

import keras
import numpy as np
from hypothesis import strategies as st

from utils import stories
from utils.exercises.declare import Exercise, FunctionExercise, Mistake, ModelExercise
from utils.exercises.requirements import not_probabilities, over_budget
from utils.exercises.unseen import unseen


def tidy_text(text):
    text = unicodedata.normalize("NFC", text)
    return " ".join(text.lower().split())


def most_frequent_pair(words, counts):
    pairs = Counter()
    for symbols, count in zip(words, counts):
        for pair in zip(symbols, symbols[1:]):
            pairs[pair] += count
    # The smallest comes first: minus the count puts the most frequent in front, then the alphabet decides.
    return min(pairs, key=lambda pair: (-pairs[pair], pair))


def merge_pair(symbols, pair):
    merged = []
    for symbol in symbols:
        if merged and (merged[-1], symbol) == pair:
            merged[-1] = merged[-1] + symbol
        else:
            merged.append(symbol)
    return merged


def encode_word(word, merges):
    symbols = list(word)
    for pair in merges:
        symbols = merge_pair(symbols, pair)
    return symbols


def perplexity(probabilities):
    losses = -np.log(probabilities)
    return float(np.exp(np.mean(losses)))


def bigram_probability(words, first, second, size):
    pairs = list(zip(words, words[1:]))
    together = pairs.count((first, second))
    # words[:-1], since the last word of all has nothing after it
    before = words[:-1].count(first)
    return (together + 1) / (before + size)


def next_word():
    # The counted pairs as weights: softmax of a logarithm gives the probability back.
    before, after = stories.windows(stories.write(500, seed=7), words=1)
    table = np.full((67, 67), 0.01)
    for first, second in zip(before[:, 0], after):
        table[first, second] += 1
    model = keras.Sequential([keras.Input((67,)), keras.layers.Dense(67, activation="softmax")])
    model.set_weights([np.log(table / table.sum(axis=1, keepdims=True)), np.zeros(67)])
    return model


def _without_accents(text):
    letters = unicodedata.normalize("NFD", text.lower())
    return " ".join("".join(letter for letter in letters if not unicodedata.combining(letter)).split())


def _pair_counts(words, counts, of=lambda symbols: zip(symbols, symbols[1:])):
    pairs = Counter()
    for symbols, number in zip(words, counts):
        for pair in of(symbols):
            pairs[pair] += number
    return pairs


def _best(pairs):
    return min(pairs, key=lambda pair: (-pairs[pair], pair))


def _last_count(words, counts):
    pairs = {}
    for symbols, number in zip(words, counts):
        for pair in zip(symbols, symbols[1:]):
            pairs[pair] = number
    return _best(pairs)


def _without_overlap(words, counts):
    return _best(
        {
            pair: sum(
                number * "".join(symbols).count("".join(pair)) for symbols, number in zip(words, counts)
            )
            for pair in _pair_counts(words, counts)
        }
    )


def _across_words(words, counts):
    symbols = [symbol for word, number in zip(words, counts) for _ in range(number) for symbol in word]
    return _best(_pair_counts([symbols], [1]))


def _unordered(words, counts):
    return _best(
        _pair_counts(words, counts, lambda symbols: map(tuple, map(sorted, zip(symbols, symbols[1:]))))
    )


def _merged(symbols, matches):
    """Merging from left to right wherever matches(left, right)."""
    merged, place = [], 0
    while place < len(symbols):
        if place + 1 < len(symbols) and matches(symbols[place], symbols[place + 1]):
            merged.append(symbols[place] + symbols[place + 1])
            place += 2
        else:
            merged.append(symbols[place])
            place += 1
    return merged


def _merged_once(symbols, pair):
    for place, found in enumerate(zip(symbols, symbols[1:])):
        if found == pair:
            return [*symbols[:place], "".join(pair), *symbols[place + 2 :]]
    return symbols


def _last_lost(symbols, pair):
    merged, place = [], 0
    while place < len(symbols) - 1:
        together = (symbols[place], symbols[place + 1]) == pair
        merged.append("".join(pair) if together else symbols[place])
        place += 2 if together else 1
    return merged


def _pair_itself(symbols, pair):
    merged, place = [], 0
    while place < len(symbols):
        together = tuple(symbols[place : place + 2]) == pair
        merged.append(pair if together else symbols[place])
        place += 2 if together else 1
    return merged


def _merged_either_way(symbols, pair):
    merged, place = [], 0
    while place < len(symbols):
        together = tuple(symbols[place : place + 2]) in (pair, pair[::-1])
        merged.append("".join(pair) if together else symbols[place])
        place += 2 if together else 1
    return merged


def _merged_from_the_right(symbols, pair):
    turned = merge_pair([symbol[::-1] for symbol in symbols[::-1]], (pair[1][::-1], pair[0][::-1]))
    return [symbol[::-1] for symbol in turned[::-1]]


def _every_place_merged(symbols, pair):
    """A new symbol for every place where the pair begins, also for one inside the place before."""
    places = [place for place in range(len(symbols) - 1) if tuple(symbols[place : place + 2]) == pair]
    covered = {place + 1 for place in places} - set(places)
    return [
        "".join(pair) if place in places else symbol
        for place, symbol in enumerate(symbols)
        if place not in covered
    ]


def _both_halves_skipped(symbols, pair):
    """Leaves out every symbol that ends a pair, also one that was not merged with what is before it."""
    merged = []
    for place, symbol in enumerate(symbols):
        if place and (symbols[place - 1], symbol) == pair:
            continue
        together = tuple(symbols[place : place + 2]) == pair
        merged.append("".join(pair) if together else symbol)
    return merged


def _pairs_only(symbols, pair):
    return ["".join(pair) for found in zip(symbols, symbols[1:]) if found == pair]


def _left_half_kept(symbols, pair):
    merged = []
    for place, symbol in enumerate(symbols):
        if place and (symbols[place - 1], symbol) == pair:
            merged.append("".join(pair))
        else:
            merged.append(symbol)
    return merged


def _right_half_kept(symbols, pair):
    merged = []
    for place, symbol in enumerate(symbols):
        together = tuple(symbols[place : place + 2]) == pair
        merged.append("".join(pair) if together else symbol)
    return merged


def _longest_first(word, merges):
    known = {"".join(pair) for pair in merges}
    symbols = []
    while word:
        size = next(n for n in range(len(word), 0, -1) if n == 1 or word[:n] in known)
        symbols.append(word[:size])
        word = word[size:]
    return symbols


def _until_one_is_missing(word, merges):
    symbols = list(word)
    for pair in merges:
        if pair not in zip(symbols, symbols[1:]):
            break
        symbols = merge_pair(symbols, pair)
    return symbols


def _first_that_fits(word, merges):
    for pair in merges:
        symbols = merge_pair(list(word), pair)
        if symbols != list(word):
            return symbols
    return list(word)


def _replaced_in_text(word, merges):
    text = " ".join(word)
    for left, right in merges:
        text = text.replace(f"{left} {right}", left + right)
    return text.split()


def _each_once(word, merges):
    symbols = list(word)
    for pair in merges:
        symbols = _merged_once(symbols, pair)
    return symbols


@st.composite
def _words_and_counts(draw):
    """Words of a few symbols, with how often each occurs; at least one of them has a pair."""
    symbol = st.sampled_from("abc")
    first = draw(st.lists(symbol, min_size=2, max_size=4))
    others = draw(st.lists(st.lists(symbol, min_size=1, max_size=4), max_size=3))
    counts = draw(st.lists(st.integers(1, 5), min_size=1 + len(others), max_size=1 + len(others)))
    return {"words": [first, *others], "counts": counts}


@st.composite
def _word_and_merges(draw):
    """A word, and merges each of which joins two symbols that there are by then."""
    symbols, merges = ["a", "b", "c"], []
    for _ in range(draw(st.integers(1, 4))):
        pair = (draw(st.sampled_from(symbols)), draw(st.sampled_from(symbols)))
        if "".join(pair) not in symbols:
            symbols.append("".join(pair))
            merges.append(pair)
    word = draw(st.lists(st.sampled_from(symbols), min_size=1, max_size=5).map("".join))
    return {"word": word, "merges": merges}


@st.composite
def _symbols_and_pair(draw):
    """A pair, and symbols among which it is likely to stand, more than once too."""
    pair = draw(st.sampled_from([("a", "a"), ("a", "b"), ("ab", "b"), ("a", "bb")]))
    pieces = st.sampled_from([[*pair], [pair[0]] * 3, ["a"], ["b"], ["ab"], ["bb"], ["ab", "b"], ["a", "bb"]])
    symbols = draw(st.lists(pieces, min_size=1, max_size=5))
    return {"symbols": [symbol for piece in symbols for symbol in piece], "pair": pair}


_WORDS = ("a", "dog", "cat", "barks")


@st.composite
def _text_and_pair(draw):
    """A text and two words. Something comes after the first: nobody divides by 0, whatever they forget."""
    words = draw(st.lists(st.sampled_from(_WORDS), min_size=2, max_size=9))
    first, second = draw(st.sampled_from(words[:-1])), draw(st.sampled_from(_WORDS))
    return {"words": words, "first": first, "second": second, "size": draw(st.integers(4, 9))}


@cache
def _new_pairs():
    """How often each word comes after each in 300 stories that nobody was trained on, shape (67, 67)."""
    before, after = stories.windows(stories.write(300, seed=unseen(20_505)), words=1)
    table = np.zeros((67, 67))
    np.add.at(table, (before[:, 0], after), 1)
    return table


def _too_many(model):
    return over_budget(model, 5000, "One layer from 67 words to 67 words, with biases, has 4,556.")


def _no_probabilities(model):
    return not_probabilities(model(np.eye(67, dtype="float32")), "A softmax at the end sees to both.")


def _unsure(model):
    answers, new = np.asarray(model(np.eye(67, dtype="float32")), dtype=float), _new_pairs()
    if (answers[new > 0] == 0).any():
        return (
            "Your model gives the probability 0 to a pair of words that does occur, so its perplexity is infinite. "
            "Are there counts among its weights? Softmax wants logarithms."
        )
    reached = np.exp(-np.sum(new[new > 0] * np.log(answers[new > 0])) / new.sum())
    if reached < 4.1:
        return None
    if reached > 67:
        hint = "That is worse than knowing nothing. Does it have counts in it, and is row i what comes after word i?"
    elif reached > 42:
        hint = "Knowing nothing is 67. Is it trained? If its weights are counted: softmax takes e to the power of them, so it wants the logarithms of the probabilities."
    elif reached > 6:
        hint = "Words on their own give about 39, pairs of words about 4."
    else:
        hint = "That is near. More stories, or less smoothing? And did you divide each row by the sum of that row?"
    return f"On 300 new stories your model has a perplexity of {reached:.2f}; below 4.1 is asked for. {hint}"


def _dense(weights, activation="softmax", hidden=()):
    layers = [keras.layers.Dense(units) for units in hidden]
    model = keras.Sequential(
        [keras.Input((67,)), *layers, keras.layers.Dense(67, activation=activation, use_bias=False)]
    )
    if weights is not None:
        model.set_weights([weights])
    return model


def _wrong_shape():
    return keras.Sequential([keras.Input((67,)), keras.layers.Dense(66, activation="softmax")])


def _skipping(symbols, pair, step):
    merged, k = [], 0
    while k < len(symbols):
        found = tuple(symbols[k : k + 2]) == tuple(pair)
        merged.append("".join(pair) if found else symbols[k])
        k += step if found else 1
    return merged


def _two_frequent_symbols(words, counts):
    symbols = Counter()
    for word, count in zip(words, counts):
        for symbol in word:
            symbols[symbol] += count
    return tuple(symbol for symbol, _ in symbols.most_common(2))


def _pairs(words, first, second):
    return list(zip(words, words[1:])).count((first, second))


def _one_step_each(symbols, pair):
    pairs = zip(symbols, [*symbols[1:], None])
    return [a + b if (a, b) == tuple(pair) else a for a, b in pairs]


EXERCISES: tuple[Exercise, ...] = (
    FunctionExercise(
        name="tidy_text",
        title="Tidy a text",
        difficulty=1,
        minutes=5,
        points=1,
        hints=(
            "Three steps, each a line or less: the normal form, lower case, white space.",
            'text.split() cuts at white space of any kind and any length; " ".join(...) puts single spaces between.',
        ),
        inputs=st.fixed_dictionaries(
            {
                "text": st.lists(
                    st.sampled_from(["a", "B", "É", "e\u0301", "ß", "²", " ", "   ", "\n", "\t"]),
                    min_size=1,
                    max_size=8,
                ).map("".join)
            }
        ),
        solution=tidy_text,
        mistakes=(
            Mistake(
                "An e with an accent written as two characters stays two. It looks right, and it is not equal: bring the text to its normal form NFC.",
                lambda t: " ".join(t.lower().split()),
            ),
            Mistake(
                "An e with an accent written as two characters stays two. It looks right, and it is not equal: bring the text to its normal form NFC. (And is all white space a single space by now?)",
                lambda t: t.lower(),
                lambda t: t.lower().strip(),
            ),
            Mistake(
                "You took the accents off. NFC only changes how an accented letter is written: é stays é.",
                _without_accents,
            ),
            Mistake(
                "NFKC changes more than how a character is written: it turns ² into 2. Here NFC is asked for.",
                lambda t: " ".join(unicodedata.normalize("NFKC", t).lower().split()),
            ),
            Mistake(
                "NFD takes accented letters apart, into a letter and an accent. NFC puts them together.",
                lambda t: " ".join(unicodedata.normalize("NFD", t).lower().split()),
            ),
            Mistake(
                "There are still capitals in it.",
                lambda t: " ".join(unicodedata.normalize("NFC", t).split()),
            ),
            Mistake(
                "strip() takes white space from both ends only. What about several spaces, or a line break, in the middle?",
                lambda t: unicodedata.normalize("NFC", t).lower().strip(),
            ),
            Mistake(
                "Several spaces become one, but a line break or a tab is white space too. split() without an argument knows all kinds.",
                lambda t: re.sub(" +", " ", unicodedata.normalize("NFC", t).lower()).strip(),
            ),
            Mistake(
                "replace() goes through the text once, so of three spaces two are left. split() without an argument takes white space of any kind and length.",
                lambda t: unicodedata.normalize("NFC", t).lower().replace("  ", " ").strip(),
                lambda t: (
                    unicodedata.normalize("NFC", t).lower().replace("\n", " ").replace("  ", " ").strip()
                ),
                lambda t: (
                    unicodedata.normalize("NFC", t)
                    .lower()
                    .replace("\n", " ")
                    .replace("\t", " ")
                    .replace("  ", " ")
                    .strip()
                ),
            ),
            Mistake(
                "One kind of white space is left as it was: spaces, tabs and line breaks should all become a single space. split() without an argument knows all kinds.",
                lambda t: re.sub("[ \n]+", " ", unicodedata.normalize("NFC", t).lower()).strip(" \n"),
            ),
            Mistake(
                "Nearly: a space is left at the beginning or the end. strip() takes it off.",
                lambda t: re.sub(r"\s+", " ", unicodedata.normalize("NFC", t).lower()),
            ),
            Mistake(
                "White space is still as it was: a line break or two spaces should become a single space, and none at the ends.",
                lambda t: unicodedata.normalize("NFC", t).lower(),
            ),
            Mistake(
                "Now the words run into each other: one space should stay between them.",
                lambda t: "".join(unicodedata.normalize("NFC", t).lower().split()),
            ),
            Mistake(
                "This is a list of words. Put them together again: ' '.join(...).",
                lambda t: unicodedata.normalize("NFC", t).lower().split(),
                lambda t: t.lower().split(),
            ),
            Mistake(
                "The white space is right. Two steps are missing: lower case, and the normal form NFC.",
                lambda t: " ".join(t.split()),
            ),
            Mistake(
                "The form is right. Two steps are missing: lower case, and single spaces.",
                lambda t: unicodedata.normalize("NFC", t),
            ),
            Mistake(
                "Each white space became a space, but several in a row should become a single one. "
                "split() without an argument takes them together.",
                lambda t: re.sub(r"\s", " ", unicodedata.normalize("NFC", t).lower()).strip(),
                lambda t: re.sub(r"\s", " ", unicodedata.normalize("NFC", t).lower()),
            ),
            Mistake(
                "Upper case is the other way round: lower() is asked for.",
                lambda t: " ".join(unicodedata.normalize("NFC", t).upper().split()),
            ),
            Mistake(
                "casefold() goes further than lower(): it writes ß as ss. Here lower() is asked for.",
                lambda t: " ".join(unicodedata.normalize("NFC", t).casefold().split()),
            ),
        ),
    ),
    FunctionExercise(
        name="most_frequent_pair",
        title="The most frequent pair",
        difficulty=2,
        minutes=10,
        points=2,
        hints=(
            "zip(symbols, symbols[1:]) gives the neighbours in one word. Keep a tally for each pair.",
            "A Counter starts every tally at 0: pairs[pair] += count adds a word's count to it.",
            "min(pairs, key=lambda pair: (-pairs[pair], pair)) finds the most frequent, and the first of the alphabet among equals.",
        ),
        inputs=_words_and_counts(),
        solution=most_frequent_pair,
        mistakes=(
            Mistake(
                "You counted each word once. A word that occurs five times brings its pairs five times.",
                lambda w, c: _best(_pair_counts(w, [1] * len(w))),
                lambda w, c: _pair_counts(w, [1] * len(w)).most_common(1)[0][0],
            ),
            Mistake(
                "You looked at the first word only. Is `return` inside the loop over the words?",
                lambda w, c: _best(_pair_counts(w[:1], c)),
            ),
            Mistake(
                "A pair that comes up again loses what it had, and keeps its last count. Add to it: pairs[pair] += count.",
                _last_count,
            ),
            Mistake(
                "In a a a the pair a a stands twice, overlapping. Count every two neighbours (str.count does not).",
                _without_overlap,
            ),
            Mistake(
                "This is the pair together with its count. Return the pair alone: [0] of what you have is nearer to it.",
                lambda w, c: _pair_counts(w, c).most_common(1)[0],
                lambda w, c: _pair_counts(w, c).most_common(1),
            ),
            Mistake(
                "This is how often the pair occurs. Which pair is it?",
                lambda w, c: max(_pair_counts(w, c).values()),
            ),
            Mistake(
                "The pair is a most frequent one, but among equals the first in the alphabet is asked for; yours is the one that was seen first.",
                lambda w, c: _pair_counts(w, c).most_common(1)[0][0],
            ),
            Mistake(
                "The pair is a most frequent one, but among equals the first in the alphabet is asked for; yours is the last.",
                lambda w, c: max((number, pair) for pair, number in _pair_counts(w, c).items())[1],
            ),
            Mistake(
                "A pair may occur twice in one word, and then it counts twice.",
                lambda w, c: _best(_pair_counts(w, c, lambda symbols: set(zip(symbols, symbols[1:])))),
            ),
            Mistake(
                "The end of one word and the beginning of the next are no pair: look at each word alone.",
                _across_words,
            ),
            Mistake(
                "You cut each word into twos. Every symbol but the last begins a pair, so that a b c has two: a b and b c.",
                lambda w, c: (
                    _best(_pair_counts(w, c, lambda symbols: zip(symbols[::2], symbols[1::2])))
                    if any(len(symbols) > 1 for symbols in w)
                    else None
                ),
            ),
            Mistake(
                "You looked at the last word only. Is the Counter made anew for each word?",
                lambda w, c: _best(_pair_counts(w[-1:], c[-1:])),
            ),
            Mistake("a before b and b before a are two different pairs. Do not sort them.", _unordered),
            Mistake(
                "This is the pair already merged. Return its two symbols, as they stand side by side.",
                lambda w, c: "".join(_best(_pair_counts(w, c))),
            ),
            Mistake(
                "This is the least frequent pair.",
                lambda w, c: min(_pair_counts(w, c).items(), key=lambda item: (item[1], item[0]))[0],
            ),
            Mistake(
                "The last pair of each word is missing: a word of n symbols has n - 1 pairs.",
                lambda w, c: _best(_pair_counts(w, c, lambda symbols: zip(symbols[:-1], symbols[1:-1]))),
            ),
            Mistake(
                "These are the two most frequent symbols. They need not stand side by side: count pairs of neighbours.",
                _two_frequent_symbols,
            ),
        ),
    ),
    FunctionExercise(
        name="merge_pair",
        title="Merge it",
        difficulty=2,
        minutes=10,
        points=2,
        hints=(
            "Build a new list. When is the next symbol appended, and when is it glued to the last one in the new list?",
            "Glue it when the new list is not empty and (its last symbol, the next symbol) == pair.",
        ),
        inputs=_symbols_and_pair(),
        solution=merge_pair,
        mistakes=(
            Mistake(
                "Nothing is ever merged. A slice such as symbols[0:2] is a list and pair is a tuple, and those are never equal; compare the two symbols, or tuple(symbols[0:2]).",
                lambda s, p: s,
            ),
            Mistake("You merged the first place only. The pair may occur several times.", _merged_once),
            Mistake(
                "You went from right to left. It matters where the pair overlaps itself: a a a becomes aa a.",
                _merged_from_the_right,
            ),
            Mistake(
                "The right half of the pair is in the result twice: alone, and as part of the merged symbol. (In a `for` loop, i += 2 skips nothing: the loop sets i anew. `while` does not.)",
                _right_half_kept,
            ),
            Mistake(
                "You compare the texts glued together, and then ab b looks like a bb. The two symbols must be those of the pair.",
                lambda s, p: _merged(s, lambda left, right: left + right == "".join(p)),
            ),
            Mistake(
                "You replace in a text, and there a bb looks as if it began with a b. Compare whole symbols, not letters.",
                lambda s, p: " ".join(s).replace(" ".join(p), "".join(p)).split(),
            ),
            Mistake(
                "The last symbol gets lost when it is not merged.",
                _last_lost,
            ),
            Mistake(
                "One symbol is used twice where the pair overlaps itself: a a a becomes aa a, not aa aa. "
                "Once two symbols are merged, go on after both.",
                _every_place_merged,
            ),
            Mistake(
                "A symbol gets lost where the pair overlaps itself: a a a becomes aa a. Leave out only the right half "
                "of a pair that you have merged.",
                _both_halves_skipped,
            ),
            Mistake(
                "The left half of the pair is in the result twice: alone, and as part of the merged symbol. "
                "Replace the last symbol of the new list, merged[-1], instead of appending.",
                _left_half_kept,
            ),
            Mistake(
                "Only the merged symbols are in your result. All others stay, as they were, in their places.",
                _pairs_only,
            ),
            Mistake(
                "The pieces are glued into one text; a list of symbols is asked for.",
                lambda s, p: "".join(merge_pair(s, p)),
                lambda s, p: " ".join(merge_pair(s, p)),
            ),
            Mistake(
                "You put the pair itself into the list, as two symbols in parentheses. Put one symbol: pair[0] + pair[1].",
                _pair_itself,
            ),
            Mistake(
                "You merge the two symbols in either order. Only where they stand as in pair, left one first, do they become one.",
                _merged_either_way,
                lambda s, p: _merged(s, lambda left, right: (left, right) in (p, p[::-1])),
            ),
            Mistake(
                "You looked at the first of the two only. The symbol after it has to be the second of the pair.",
                lambda s, p: _merged(s, lambda left, right: left == p[0]),
            ),
            Mistake(
                "In one long text the borders between the symbols are lost. Compare symbols, two neighbours at a time.",
                lambda symbols, pair: list("".join(symbols).replace("".join(pair), "*")),
                lambda symbols, pair: list("".join(symbols)),
            ),
            Mistake(
                "After a merge you went on by one symbol, so the second of the two is looked at once more. Step over both.",
                lambda symbols, pair: _one_step_each(symbols, pair)[:-1],
            ),
            Mistake(
                "One symbol with nothing between: pair[0] + pair[1].",
                lambda symbols, pair: [
                    s if s != "".join(pair) else " ".join(pair) for s in merge_pair(symbols, pair)
                ],
                lambda symbols, pair: [
                    s if s != "".join(pair) else "-".join(pair) for s in merge_pair(symbols, pair)
                ],
            ),
            Mistake(
                "After a merge you skip too far. A pair is two symbols: go on by 2.",
                lambda symbols, pair: _skipping(symbols, pair, 3),
                lambda symbols, pair: _skipping(symbols, pair, 4),
            ),
        ),
    ),
    FunctionExercise(
        name="encode_word",
        title="Encode a word",
        difficulty=2,
        minutes=8,
        points=2,
        hints=(
            "Start from list(word), its characters. What happens to the symbols for each pair in merges?",
            "One line in a loop: symbols = merge_pair(symbols, pair), or our join in its place.",
        ),
        inputs=_word_and_merges(),
        solution=encode_word,
        uses=("merge_pair",),
        mistakes=(
            Mistake(
                "You took the longest known piece from the left. The merges decide in their order: with b c before a b, abc becomes a bc.",
                _longest_first,
            ),
            Mistake(
                "The merges are in the wrong order: the one that was learned first goes first.",
                lambda w, m: encode_word(w, m[::-1]),
            ),
            Mistake(
                "You stop at the first merge that is not in the word. A later one may well be.",
                _until_one_is_missing,
            ),
            Mistake("Each merge applies wherever its pair stands in the word, not only once.", _each_once),
            Mistake(
                "These are the characters of the word, with no merge applied. (merge_pair gives a new list back: symbols = merge_pair(symbols, pair).)",
                lambda w, m: list(w),
            ),
            Mistake(
                "Each merge begins with the characters again, so that only the last one shows. Go on from what the merge before has left.",
                lambda w, m: merge_pair(list(w), m[-1]),
            ),
            Mistake(
                "You stop after the first merge. Is `return` inside the loop?",
                lambda w, m: merge_pair(list(w), m[0]),
            ),
            Mistake(
                "You began with the whole word as one symbol, and there is nothing to merge in it. Begin with its characters: list(word).",
                lambda w, m: [w],
            ),
            Mistake(
                "You replace in a text, and there a aa looks as if a and a stood side by side at its beginning. Merge whole symbols, in a list.",
                _replaced_in_text,
            ),
            Mistake(
                "The pieces are glued into one text; a list of them is asked for.",
                lambda w, m: " ".join(encode_word(w, m)),
            ),
            Mistake(
                "You stop after the first merge that fits. Go on with the other merges.",
                _first_that_fits,
            ),
            Mistake(
                "You sorted the merges. Their order is that of learning.",
                lambda w, m: encode_word(w, sorted(m)),
            ),
            Mistake("The last piece is missing.", lambda w, m: encode_word(w, m)[:-1]),
        ),
    ),
    FunctionExercise(
        name="perplexity",
        title="Perplexity",
        difficulty=1,
        minutes=5,
        points=1,
        hints=(
            "Three steps: the log loss of each word, their mean, and e to the power of it.",
            "np.log takes a whole list, np.mean gives the mean, np.exp undoes the logarithm. Mind the minus.",
        ),
        inputs=st.fixed_dictionaries(
            {
                "probabilities": st.lists(
                    st.sampled_from([1.0, 0.5, 0.25, 0.2, 0.1, 0.01]), min_size=1, max_size=6
                )
            }
        ),
        solution=perplexity,
        mistakes=(
            Mistake(
                "This is the mean log loss. One step is missing: np.exp turns it into a number of words.",
                lambda p: float(np.mean(-np.log(p))),
            ),
            Mistake(
                "This is the mean log loss in bits. One step is missing: 2 to the power of it is a number of words.",
                lambda p: float(np.mean(-np.log2(p))),
            ),
            Mistake(
                "This is how many words came. Perplexity asks how unsure the model was about each of them.",
                lambda p: len(p),
            ),
            Mistake(
                "This is upside down: perplexity is 1 divided by it. (With logarithms, a minus is missing in the exponent; "
                "with a root of the product, 1 over the root.)",
                lambda p: float(np.exp(np.mean(np.log(p)))),
                lambda p: float(np.prod(p) ** (1 / len(p))),
            ),
            Mistake(
                "This is for all words together: their losses added up, or their probabilities multiplied. Perplexity is about one word: take the mean of the losses.",
                lambda p: float(np.exp(np.sum(-np.log(p)))),
            ),
            Mistake(
                "You took the mean of the probabilities. The mean of their logarithms is asked for: one very improbable word must weigh a lot.",
                lambda p: float(1 / np.mean(p)),
            ),
            Mistake(
                "You took the mean of 1 / probability. That lets one improbable word outweigh all others; the mean is taken of the logarithms.",
                lambda p: float(np.mean(1 / np.array(p))),
            ),
            Mistake(
                "The logarithm and what undoes it must belong together: np.log and np.exp, or np.log2 and 2 to the power of it.",
                lambda p: float(np.exp(np.mean(-np.log2(p)))),
                lambda p: float(np.exp(np.mean(-np.log10(p)))),
                lambda p: float(2 ** np.mean(-np.log(p))),
                lambda p: float(10 ** np.mean(-np.log(p))),
            ),
            Mistake(
                "Two steps are missing: the minus (the loss is minus the logarithm), and np.exp at the end.",
                lambda p: float(np.mean(np.log(p))),
            ),
            Mistake(
                "This is the sum of the losses. Take their mean, and then np.exp of it.",
                lambda p: float(np.sum(-np.log(p))),
            ),
            Mistake(
                "The minus has slipped out of the exponent: first minus the logarithm, then the mean, then np.exp. No perplexity is below 1.",
                lambda p: float(-np.exp(np.mean(np.log(p)))),
            ),
            Mistake(
                "You weighed each loss with its probability, as entropy does. Here the words have come already, and each counts once: the plain mean.",
                lambda p: float(np.exp(-np.sum(np.array(p) * np.log(p)))),
                lambda p: float(np.exp(-np.mean(np.array(p) * np.log(p)))),
            ),
            Mistake(
                "First the logarithm of each, then the mean; np.exp is missing too.",
                lambda p: float(-np.log(np.mean(p))),
            ),
            Mistake(
                "You took the median; the mean is asked for.",
                lambda p: float(np.exp(np.median(-np.log(p)))),
                lambda p: float(np.median(-np.log(p))),
            ),
            Mistake(
                "The logarithm is missing. The mean is taken of -log p, and e to the power of that mean is the answer.",
                lambda p: np.exp(np.mean(p)),
                lambda p: np.exp(-np.mean(p)),
            ),
        ),
    ),
    FunctionExercise(
        name="bigram_probability",
        title="After this word, that one",
        difficulty=2,
        minutes=8,
        points=2,
        hints=(
            "How often does first have second right after it? And how often does first have anything after it?",
            "pairs = list(zip(words, words[1:])) has all neighbours, and pairs.count((first, second)) those wanted.",
            "(together + 1) / (before + size), where before counts first in words[:-1].",
        ),
        inputs=_text_and_pair(),
        solution=bigram_probability,
        mistakes=(
            Mistake(
                "The smoothing is missing. A pair that was never seen gets the probability 0 in this way.",
                lambda w, f, s, n: list(zip(w, w[1:])).count((f, s)) / max(w[:-1].count(f), 1),
                lambda w, f, s, n: list(zip(w, w[1:])).count((f, s)) / w.count(f),
            ),
            Mistake(
                "You added size below and nothing above. Each count got 1 more, that of this pair too.",
                lambda w, f, s, n: list(zip(w, w[1:])).count((f, s)) / (w[:-1].count(f) + n),
            ),
            Mistake(
                "len(set(words)) is how many different words this text has. The vocabulary may have more, and each of its words got a 1: that is size.",
                lambda w, f, s, n: (list(zip(w, w[1:])).count((f, s)) + 1) / (w[:-1].count(f) + len(set(w))),
            ),
            Mistake(
                "Python divides before it adds. Put parentheses around all that stands above the line, and around all below it.",
                lambda w, f, s, n: list(zip(w, w[1:])).count((f, s)) + 1 / (w[:-1].count(f) + n),
                lambda w, f, s, n: (list(zip(w, w[1:])).count((f, s)) + 1) / w[:-1].count(f) + n,
                lambda w, f, s, n: list(zip(w, w[1:])).count((f, s)) + 1 / w[:-1].count(f) + n,
            ),
            Mistake(
                "str.count finds parts of words, and none that overlap: in a a a it sees a a once. Compare pairs of words.",
                lambda w, f, s, n: (" ".join(w).count(f"{f} {s}") + 1) / (w[:-1].count(f) + n),
            ),
            Mistake(
                "You divide by how often second occurs. The question is what follows first, so first is counted below.",
                lambda w, f, s, n: (list(zip(w, w[1:])).count((f, s)) + 1) / (w.count(s) + n),
            ),
            Mistake(
                "This is the pair's count, not yet a share. Divide by how often anything came after first, plus size.",
                lambda w, f, s, n: list(zip(w, w[1:])).count((f, s)) + 1,
            ),
            Mistake(
                "You added 1 above the line and nothing below it: each of the size words got 1 more, so below it is size more.",
                lambda w, f, s, n: (list(zip(w, w[1:])).count((f, s)) + 1) / max(w[:-1].count(f), 1),
                lambda w, f, s, n: (list(zip(w, w[1:])).count((f, s)) + 1) / w.count(f),
            ),
            Mistake(
                "You added 1 above and 1 below. Each of the size words got 1 more, so below it is size more.",
                lambda w, f, s, n: (list(zip(w, w[1:])).count((f, s)) + 1) / (w[:-1].count(f) + 1),
            ),
            Mistake(
                "Nearly. The very last word has nothing after it, so it must not count as a first.",
                lambda w, f, s, n: (list(zip(w, w[1:])).count((f, s)) + 1) / (w.count(f) + n),
            ),
            Mistake(
                "You divide by the number of all pairs. The question is what follows first, so only pairs that begin with it count below.",
                lambda w, f, s, n: (list(zip(w, w[1:])).count((f, s)) + 1) / (len(w) - 1 + n),
            ),
            Mistake(
                "You divide by all words of the text. The question is what follows first: count below only how often "
                "something came after first.",
                lambda w, f, s, n: (list(zip(w, w[1:])).count((f, s)) + 1) / (len(w) + n),
                lambda w, f, s, n: (list(zip(w, w[1:])).count((f, s)) + 1) / len(w),
                lambda w, f, s, n: (list(zip(w, w[1:])).count((f, s)) + 1) / (len(w) - 1),
                lambda w, f, s, n: list(zip(w, w[1:])).count((f, s)) / len(w),
                lambda w, f, s, n: list(zip(w, w[1:])).count((f, s)) / (len(w) - 1),
            ),
            Mistake(
                "You added the length of the text below the line. size is how many words the vocabulary has: "
                "each of those got its 1.",
                lambda w, f, s, n: (list(zip(w, w[1:])).count((f, s)) + 1) / (w[:-1].count(f) + len(w)),
                lambda w, f, s, n: (list(zip(w, w[1:])).count((f, s)) + 1) / (w.count(f) + len(w)),
            ),
            Mistake(
                "You added size above the line. This one pair got 1 more; all pairs after first together got size more.",
                lambda w, f, s, n: (list(zip(w, w[1:])).count((f, s)) + n) / (w[:-1].count(f) + n),
            ),
            Mistake(
                "Below the line there is only size. How often anything came after first belongs there too.",
                lambda w, f, s, n: (list(zip(w, w[1:])).count((f, s)) + 1) / n,
            ),
            Mistake(
                "// rounds down to a whole number, and a probability below 1 becomes 0. Divide with /.",
                lambda w, f, s, n: (list(zip(w, w[1:])).count((f, s)) + 1) // (w[:-1].count(f) + n),
            ),
            Mistake(
                "You added the 1 and the size in two fractions. Add first, to each count, and divide once.",
                lambda w, f, s, n: list(zip(w, w[1:])).count((f, s)) / max(w[:-1].count(f), 1) + 1 / n,
                lambda words, first, second, size: (
                    _pairs(words, first, second) / words.count(first) + 1 / size
                ),
            ),
            Mistake(
                "The pair is the wrong way round: second comes after first.",
                lambda w, f, s, n: (list(zip(w, w[1:])).count((s, f)) + 1) / (w[:-1].count(f) + n),
            ),
            Mistake(
                "This is how frequent second is altogether. What stands before it plays no part in your answer yet.",
                lambda w, f, s, n: (w.count(s) + 1) / (len(w) + n),
            ),
            Mistake(
                "Below the line you counted how often second comes second. Below the line counts what began with first.",
                lambda w, f, s, n: (list(zip(w, w[1:])).count((f, s)) + 1) / (w[1:].count(s) + n),
            ),
            Mistake(
                "words.index finds the first place only. The word may stand in others too: look at every pair of neighbours.",
                lambda w, f, s, n: ((w[w.index(f) + 1] == s) + 1) / (w[:-1].count(f) + n),
                lambda w, f, s, n: ((w[w.index(f) + 1] == s) + 1) / (w.count(f) + n),
            ),
            Mistake(
                "words[-1] is the last word, and before the first word nothing stands: begin at 1.",
                lambda w, f, s, n: (
                    (sum(w[i - 1] == f and w[i] == s for i in range(len(w))) + 1) / (w[:-1].count(f) + n)
                ),
                lambda w, f, s, n: (
                    (sum(w[i - 1] == f and w[i] == s for i in range(len(w))) + 1) / (w.count(f) + n)
                ),
            ),
            Mistake(
                "second has to come right after first, not anywhere after.",
                lambda w, f, s, n: (
                    (sum(w[i] == f and s in w[i + 1 :] for i in range(len(w))) + 1) / (w[:-1].count(f) + n)
                ),
                lambda w, f, s, n: (
                    (sum(w[i] == f and s in w[i + 1 :] for i in range(len(w))) + 1) / (w.count(f) + n)
                ),
            ),
            Mistake(
                "You counted second wherever it stands. Only where it comes right after first does it count.",
                lambda words, first, second, size: (
                    (words.count(second) + 1) / (words[:-1].count(first) + size)
                ),
                lambda words, first, second, size: (words.count(second) + 1) / (words.count(first) + size),
            ),
        ),
    ),
    ModelExercise(
        name="next_word",
        title="A language model of your own",
        difficulty=3,
        minutes=15,
        points=3,
        hints=(
            "The layer above has everything but better counts: which stories, how many, and how much smoothing?",
            "With 0.01 instead of 1 added to every pair, a few hundred stories are enough. (With nothing added, the logarithm of 0 is -inf, and the model answers NaN.)",
            "Write 500 stories with stories.write, count with count_words(texts, 1), add 0.01, divide each row by its sum, take the logarithm, and set it as the weights.",
        ),
        input_shape=(67,),
        output_shape=(67,),
        requirements=(_too_many, _no_probabilities, _unsure),
        solution=next_word,
        mistakes=(
            Mistake(
                "That is near. More stories, or less smoothing?",
                lambda: _dense(np.log(_new_pairs() + 1)),
            ),
            Mistake(
                "Words on their own give about 39",
                lambda: _dense(np.tile(np.log(_new_pairs().sum(axis=0) + 1), (67, 1))),
            ),
            Mistake(
                "so it wants the logarithms of the probabilities",
                lambda: _dense((_new_pairs() + 0.01) / (_new_pairs() + 0.01).sum(axis=1, keepdims=True)),
            ),
            Mistake("Softmax wants logarithms", lambda: _dense(_new_pairs())),
            Mistake("That is worse than knowing nothing", lambda: _dense(np.log(_new_pairs() + 0.01).T)),
            Mistake("outputs are no probabilities", lambda: _dense(np.log(_new_pairs() + 0.01), "linear")),
            Mistake("at most 5,000 are allowed", lambda: _dense(None, hidden=(64,))),
            Mistake("For each example your model gives shape (66,)", _wrong_shape),
        ),
    ),
)
