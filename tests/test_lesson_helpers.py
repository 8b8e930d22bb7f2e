"""What lessons 04 and 05 take from utils: operations, many trainings, stories retold, the text of a page."""

import keras
import numpy as np
import pytest

from utils import many_starts, retold, stories, web_page
from utils.operations import operations


def test_operations_are_those_of_two_products_and_their_biases():
    layers = [keras.layers.Dense(3, activation="relu"), keras.layers.Dense(2)]
    model = keras.Sequential([keras.Input((5,)), *layers])
    assert operations(model, (7, 5)) == 7 * (2 * (5 * 3 + 3 * 2) + 3 + 2)


def test_each_run_is_trained_alone():
    x, y = many_starts.curved_rows(3, seed=0)
    y[1] = y[0]
    y[2] = 0
    losses = many_starts.final_losses(x, y, [0.02] * 60, seed=0)
    assert losses.shape == (3,)
    assert (losses < np.mean(y**2, axis=(1, 2)) + 1).all()
    again = many_starts.final_losses(
        x, np.where(np.arange(3)[:, None, None] == 1, 5.0, y), [0.02] * 60, seed=0
    )
    assert np.array_equal(losses[[0, 2]], again[[0, 2]])
    assert losses[1] != again[1]


def test_no_steps_leave_the_start_and_huge_ones_end_in_no_number():
    x, y = many_starts.curved_rows(2, seed=1)
    start = many_starts.final_losses(x, y, [], seed=0)
    assert np.isfinite(start).all()
    assert np.array_equal(start, many_starts.final_losses(x, y, [0.0] * 5, seed=0))
    assert not np.isfinite(many_starts.final_losses(x, y, [10.0] * 60, seed=0)).any()


TEXTS = stories.write(200, seed=3)


def test_anna_takes_the_heros_place_and_the_pronouns_follow():
    for text in map(retold.with_anna, TEXTS):
        words = text.split()
        assert words[0] == "anna"
        assert words[words.index("meets") + 1] != "anna"
        assert "he" not in words
    already = next(text for text in TEXTS if text.startswith("anna "))
    assert retold.with_anna(already) == already


def test_other_names_only_move_people():
    people = {*stories.HEROES, "she", "he"}
    rng = np.random.default_rng(0)
    for text in TEXTS:
        other = retold.other_names(text, rng)
        assert [w for w in other.split() if w not in people] == [w for w in text.split() if w not in people]
        assert stories.PRONOUNS[other.split()[0]] in other.split()


def test_wrong_pronouns_stay_what_they_were():
    rng = np.random.default_rng(0)
    for text in TEXTS:
        words, old = retold.wrong_pronouns(text, rng).split(), text.split()
        assert [w for w in words if w in ("she", "he")] == [w for w in old if w in ("she", "he")]


@pytest.mark.parametrize(("share", "least", "most"), [(0.0, 0, 0), (0.1, 0.07, 0.13), (1.0, 0.9, 1.0)])
def test_noise_hits_its_share(share, least, most):
    rng = np.random.default_rng(0)
    pairs = [
        pair
        for text in TEXTS
        for pair in zip(text.split(), retold.noisy(text, rng, share).split(), strict=True)
    ]
    assert least <= np.mean([a != b for a, b in pairs]) <= most
    assert {b for _, b in pairs} <= {*stories.VOCABULARY[:-1]}


def test_one_colour_takes_the_place_of_all():
    for text in TEXTS:
        other = retold.other_colour(text, np.random.default_rng(0)).split()
        assert len({word for word in other if word in retold.COLOURS}) == 1


def test_similar_words_come_for_half_of_those_that_have_one():
    rng = np.random.default_rng(0)
    pairs = [
        pair
        for text in TEXTS
        for pair in zip(text.split(), retold.similar_words(text, rng).split(), strict=True)
    ]
    changed = [(a, b) for a, b in pairs if a != b]
    assert all(retold.SIMILAR[a] == b for a, b in changed)
    assert 0.4 < len(changed) / sum(a in retold.SIMILAR for a, _ in pairs) < 0.6


def test_a_pages_text_has_no_tags_programs_or_styles():
    page = "<style>p {x: y}</style><p>3 &lt; 5\n &amp; 5 > 4</p><script>let a = 1;</script> end"
    assert web_page.text_of(page) == "3 < 5 & 5 > 4 end"
