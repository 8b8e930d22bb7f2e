"""The small language: its probabilities, its exact entropy, and that its stories hold together."""

from itertools import pairwise
from math import exp, isclose, log

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from utils import stories

NAMES = [slot.name for slot in stories.SLOTS]


def drawn(count, seed=0):
    rng = np.random.default_rng(seed)
    return [stories.draw(rng) for _ in range(count)]


def test_every_table_is_a_distribution():
    for slot in stories.SLOTS:
        for table in slot.tables.values():
            assert isclose(sum(table.values()), 1)
            assert min(table.values()) > 0


def test_a_slot_depends_on_one_that_is_drawn_before_and_covers_all_its_values():
    for place, slot in enumerate(stories.SLOTS):
        if not slot.parent:
            assert list(slot.tables) == [""]
            continue
        above = next(other for other in stories.SLOTS[:place] if other.name == slot.parent)
        assert set(slot.tables) == {value for table in above.tables.values() for value in table}


def test_the_entropy_is_the_mean_surprise_of_stories():
    surprises = [-stories.log_probability(values) for values in drawn(3000)]
    error = np.std(surprises) / np.sqrt(len(surprises))
    assert abs(np.mean(surprises) - stories.entropy()) < 4 * error
    assert 13.3 < stories.entropy() < 13.5


def test_the_entropy_is_that_of_all_stories_written_out():
    """By brute force, over the slots that hang together; the groups are independent, so theirs add up."""
    groups = [["hero", "friend"], ["colour", "toy"], ["place", "weather"], ["animal", "deed"]]
    groups += [["wish", "outcome", "mood"], ["food"]]
    assert sorted(name for group in groups for name in group) == sorted(NAMES)
    slots = {slot.name: slot for slot in stories.SLOTS}
    total = 0.0
    for group in groups:
        whole = [({}, 1.0)]
        for slot in (slots[name] for name in group):
            whole = [
                ({**values, slot.name: value}, chance * probability)
                for values, chance in whole
                for value, probability in slot.tables[values.get(slot.parent, "")].items()
            ]
        assert isclose(sum(chance for _, chance in whole), 1)
        total -= sum(chance * log(chance) for _, chance in whole)
    assert isclose(total, stories.entropy())


def test_marginals_are_distributions_and_agree_with_what_is_drawn():
    many = drawn(2000)
    for name in NAMES:
        chances = stories.marginal(name)
        assert isclose(sum(chances.values()), 1)
        for value, chance in chances.items():
            share = np.mean([values[name] == value for values in many])
            assert abs(share - chance) < 5 * np.sqrt(chance * (1 - chance) / len(many))


@settings(deadline=None, max_examples=50)
@given(st.integers(0, 10_000))
def test_a_text_tells_its_values_so_that_no_two_stories_read_the_same(seed):
    """Otherwise the entropy of the draws would not be that of the texts."""
    first, second = drawn(2, seed)
    words = stories.tell(first).split()
    shown = [first[name] for name in NAMES if name not in ("weather", "outcome")]
    assert all(value in words for value in shown)
    assert (stories.tell(first) == stories.tell(second)) == (first == second)


def test_changing_one_value_changes_the_text():
    start = drawn(1)[0]
    slots = {slot.name: slot for slot in stories.SLOTS}
    leaves = [name for name in NAMES if name not in {slot.parent for slot in stories.SLOTS}]
    for name in leaves:
        table = slots[name].tables[start.get(slots[name].parent, "")]
        texts = [stories.tell({**start, name: value}) for value in table]
        assert len(set(texts)) == len(table)


def test_pronouns_and_names_agree():
    for values in drawn(200):
        words = stories.tell(values).split()
        wrong = "he" if stories.PRONOUNS[values["hero"]] == "she" else "she"
        assert wrong not in words
        assert values["friend"] != values["hero"]


def test_the_vocabulary_has_66_words():
    texts = stories.write(1000, seed=3)
    assert len({word for text in texts for word in text.split()}) == 66


def test_the_same_seed_writes_the_same_stories_and_another_writes_others():
    assert stories.write(5, seed=1) == stories.write(5, seed=1) != stories.write(5, seed=2)
    assert stories.write(5, seed=1)[:3] == stories.write(3, seed=1)


def test_the_best_perplexity_is_that_of_the_entropy_a_word():
    texts = ["a b c", "a b c d e"]
    assert isclose(stories.best_perplexity(texts), exp(stories.entropy() / 5))
    assert 1.29 < stories.best_perplexity(stories.write(300, seed=0)) < 1.31


def test_knowing_the_previous_word_is_not_enough():
    """A model of pairs, counted and measured on the same stories, is still far from the optimum."""
    texts = [["<end>", *text.split(), "<end>"] for text in stories.write(300, seed=0)]
    pairs = [pair for words in texts for pair in pairwise(words)]
    firsts = [first for first, _ in pairs]
    losses = {pair: -log(pairs.count(pair) / firsts.count(pair[0])) for pair in set(pairs)}
    assert exp(np.mean([losses[pair] for pair in pairs])) > 3


@pytest.mark.parametrize("count", [0, -1])
def test_no_stories_are_one_clear_error(count):
    with pytest.raises(ValueError, match=f"count must be at least 1, not {count}"):
        stories.write(count, seed=0)


def test_an_impossible_story_has_no_probability():
    with pytest.raises(KeyError):
        stories.log_probability({**drawn(1)[0], "colour": "red", "toy": "train"})


# Their words as numbers


def test_the_vocabulary_holds_every_word_once_and_the_end():
    words = {word for text in stories.write(2000, seed=4) for word in text.split()}
    assert [*sorted(words), "<end>"] == list(stories.VOCABULARY)
    assert len(stories.VOCABULARY) == 67
    assert all(stories.VOCABULARY[number] == word for word, number in stories.NUMBER.items())


def test_windows_are_the_words_before_each_word_and_before_the_end():
    text = stories.write(1, seed=0)[0]
    line = ["<end>", "<end>", *text.split(), "<end>"]
    x, y = stories.windows([text, text], words=2)
    told = [[stories.VOCABULARY[number] for number in [*row, word]] for row, word in zip(x, y, strict=True)]
    assert told == 2 * [line[place : place + 3] for place in range(len(line) - 2)]


def test_rows_hold_whole_stories_and_say_what_is_to_be_guessed():
    texts = stories.write(300, seed=0)
    numbers, real = stories.rows(texts)
    assert numbers.shape == (300, stories.LONGEST + 2)
    assert max(len(text.split()) for text in stories.write(2000, seed=4)) == stories.LONGEST
    for text, row, places in zip(texts, numbers, real, strict=True):
        words = text.split()
        assert [stories.VOCABULARY[n] for n in row] == ["<end>", *words] + ["<end>"] * (54 - len(words))
        assert places.sum() == len(words) + 1
        assert places[: len(words) + 1].all()


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: stories.windows(["anna sings"], words=0), "words must be at least 1, not 0"),
        (lambda: stories.windows(["anna sings loudly"], words=1), "'loudly' is none"),
        (lambda: stories.rows(["anna has a gun"]), "'gun' is none"),
        (lambda: stories.rows(["anna " * 54]), "at most 53 words; one has 54"),
    ],
)
def test_what_is_no_story_is_named(call, says):
    with pytest.raises(ValueError, match=says):
        call()
