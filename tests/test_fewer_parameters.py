"""What lesson 14 makes models smaller with: on a small model, whose numbers can be followed."""

import os
import platform
from dataclasses import replace
from pathlib import Path

import keras
import numpy as np
import pytest

from utils import distilling, mixture, passages, stories
from utils.counting import count
from utils.llm.changed import changed, dense_layers
from utils.llm.config import Config
from utils.llm.looped import Looped
from utils.llm.model import LanguageModel
from utils.llm.packed import packed, sizes
from utils.llm.sight import limited
from utils.llm.slimmer import by_use, by_weights, slimmer
from utils.llm.teacher import imitate, write_texts
from utils.llm.tensors import read_tensor
from utils.memory import give_back

SMALL = Config(vocabulary=50, width=16, layers=2, heads=2, key_value_heads=1, hidden=24, context=32)
TOKENS = np.random.default_rng(0).integers(0, 50, (3, 12)).astype("int32")


@pytest.fixture
def model():
    keras.utils.set_random_seed(0)
    return LanguageModel(SMALL)


def test_changed_gives_a_row_for_each_output_and_puts_everything_back(model):
    before, shapes = np.asarray(model(TOKENS)), set()

    def double(matrix):
        shapes.add(matrix.shape)
        return 2 * matrix

    with changed(model, double, ["up", "key"]):
        assert not np.allclose(before, model(TOKENS))
    assert shapes == {(24, 16), (8, 16)}
    assert np.array_equal(before, model(TOKENS))


def test_changed_puts_everything_back_when_what_is_inside_fails(model):
    before = np.asarray(model(TOKENS))
    with pytest.raises(ZeroDivisionError), changed(model, lambda matrix: 0 * matrix):
        raise ZeroDivisionError
    assert np.array_equal(before, model(TOKENS))


def test_every_block_has_seven_dense_layers(model):
    assert len(dense_layers(model)) == 14
    assert dense_layers(model, ["down"]) == [block.mlp.down for block in model.blocks]


def test_a_slimmer_model_of_all_units_is_the_same_model(model):
    same = slimmer(model, 24, by_weights(model))
    assert np.allclose(same(TOKENS), model(TOKENS), atol=1e-5)


def test_units_without_weights_go_first_and_are_not_missed(model):
    for block in model.blocks:
        up = np.asarray(block.mlp.up.kernel).copy()
        up[:, [3, 7, 20]] = 0
        block.mlp.up.kernel.assign(up)
    for worth in (by_weights(model), by_use(model, TOKENS)):
        assert all(set(np.argsort(values)[:3]) == {3, 7, 20} for values in worth)
        small = slimmer(model, 21, worth)
        assert np.allclose(small(TOKENS), model(TOKENS), atol=1e-5)
        assert count(small) == count(model) - 2 * 3 * 16 * 3


def test_the_use_of_a_unit_is_what_it_adds_and_not_how_large_its_weights_are(model):
    [block, _] = model.blocks
    up = np.asarray(block.mlp.up.kernel).copy()
    up[:, 5] *= 100
    block.mlp.up.kernel.assign(up)
    gate = np.asarray(block.mlp.gate.kernel).copy()
    gate[:, 5] = 0  # closed for every token
    block.mlp.gate.kernel.assign(gate)
    assert by_use(model, TOKENS)[0][5] == 0


@pytest.mark.parametrize("hidden", [0, 25])
def test_no_model_has_more_units_after_it_was_made_slimmer(model, hidden):
    with pytest.raises(ValueError, match="hidden must be from 1 to 24"):
        slimmer(model, hidden, by_weights(model))


def test_a_window_as_long_as_the_text_changes_nothing(model):
    before = np.asarray(model(TOKENS))
    with limited(model) as sight:
        assert np.allclose(before, model(TOKENS), atol=1e-5)
        sight.set(window=12)
        assert np.allclose(before, model(TOKENS), atol=1e-5)
    assert np.array_equal(before, model(TOKENS))


@pytest.mark.parametrize(("window", "first"), [(1, 0), (3, 0), (3, 1), (3, 2)])
def test_what_is_outside_the_window_does_not_count_but_for_the_first(model, window, first):
    model = LanguageModel(replace(SMALL, layers=1))
    other = TOKENS.copy()
    other[:, 4] = (other[:, 4] + 1) % 50
    other[:, 0] = (other[:, 0] + 1) % 50
    with limited(model) as sight:
        sight.set(window=window, first=first)
        apart = abs(np.asarray(model(TOKENS)) - np.asarray(model(other))).max(axis=(0, 2)) > 1e-6
    seen = [place < window or 0 <= place - 4 < window or first > 0 for place in range(12)]
    assert apart.tolist() == seen


def test_a_looped_model_is_deep_with_the_parameters_of_one_block():
    one, two = LanguageModel(replace(SMALL, layers=1)), Looped(SMALL)
    assert count(one) == count(two)
    assert len(two.blocks) == 2
    two.set_weights(one.get_weights())
    x = one.embedding(TOKENS)
    for _ in range(2):
        x = one.blocks[0](x)
    assert np.allclose(two(TOKENS), one.logits(x), atol=1e-5)


def test_texts_are_drawn_from_what_is_said_to_be_given(model):
    tokens, given = write_texts(model, [1, 2], texts=5, length=4, temperature=1.0, seed=0)
    assert tokens.shape == (5, 4)
    assert given.shape == (5, 4, 50)
    assert np.allclose(given.astype("float32").sum(axis=-1), 1, atol=0.01)
    whole = np.concatenate([np.tile([1, 2], (5, 1)), tokens], axis=1)
    logits = np.asarray(model(whole))[:, 1:-1]
    powers = np.exp(logits - logits.max(axis=-1, keepdims=True))
    assert np.allclose(given, powers / powers.sum(axis=-1, keepdims=True), atol=1e-3)


def test_texts_repeat_with_their_seed_and_a_cold_teacher_says_the_likeliest(model):
    first = write_texts(model, [1], 4, 5, 1.0, seed=3)[0]
    assert np.array_equal(first, write_texts(model, [1], 4, 5, 1.0, seed=3)[0])
    assert not np.array_equal(first, write_texts(model, [1], 4, 5, 1.0, seed=4)[0])
    cold, given = write_texts(model, [1], 4, 5, 1e-6, seed=0)
    assert np.array_equal(cold, given.argmax(axis=-1))


def test_who_imitates_comes_nearer_and_changes_only_what_may_change(model):
    keras.utils.set_random_seed(1)
    student = LanguageModel(SMALL)
    for array in student.weights:
        array.trainable = array.path.endswith("down/kernel")
    before = {array.path: array.numpy() for array in student.weights}
    apart = [abs(np.asarray(student(TOKENS)) - np.asarray(model(TOKENS))).mean()]
    imitate(student, model, TOKENS, steps=60, rate=0.02, batch=2)
    apart.append(abs(np.asarray(student(TOKENS)) - np.asarray(model(TOKENS))).mean())
    assert apart[1] < apart[0]
    moved = {array.path for array in student.weights if not np.array_equal(array, before[array.path])}
    assert moved == {path for path in before if path.endswith("down/kernel")}


def test_a_mixture_has_the_arrays_it_is_said_to_have_and_learns():
    x, y = stories.windows(stories.write(60, seed=0), 3)
    untrained = mixture.train_mixtures(x, y, 2, 4, [0.0, 0.1], [0, 0], steps=0)
    trained = mixture.train_mixtures(x, y, 2, 4, [0.0, 0.1], [0, 0], steps=40)
    for name, shape in mixture.shapes(2, 4).items():
        assert trained[name].shape == (2, *shape)
    right = [np.mean(mixture.ask(arrays, x)[0].argmax(axis=2) == y) for arrays in (untrained, trained)]
    assert right[1] > right[0] + 0.2


def test_only_the_chosen_expert_speaks():
    x, y = stories.windows(stories.write(5, seed=0), 3)
    arrays = mixture.train_mixtures(x, y, 3, 4, [0.0], [0], lead=50.0, steps=0)
    before, chosen = mixture.ask(arrays, x)
    assert (chosen == 0).all()
    arrays["into"][:, 1:] = 9
    assert np.array_equal(before, mixture.ask(arrays, x)[0])


def test_a_student_of_probabilities_comes_close_to_them():
    rng = np.random.default_rng(0)
    table = rng.dirichlet(np.ones(6), size=6)
    tokens = rng.integers(0, 6, (8, 10)).astype("int32")
    config = Config(6, 16, layers=1, heads=2, key_value_heads=1, hidden=16, context=10)
    drawn = np.array([[rng.choice(6, p=table[token]) for token in row] for row in tokens])
    losses = distilling.train_student(config, (tokens, table[tokens]), (tokens, drawn), seed=0, steps=80)
    assert len(losses) == 16
    best = -np.mean(np.log(table[tokens, drawn]))
    assert losses[-1] < losses[0]
    assert losses[-1] < best + 0.2


def test_the_file_is_counted_to_the_last_number():
    found = sizes()
    assert sum(numbers for _, numbers, _ in found.values()) == 134_515_008
    assert {kind: 8 * size / numbers for kind, (_, numbers, size) in found.items()} == {
        "Q4_1": 5.0,
        "Q8_0": 8.5,
        "F32": 32.0,
    }


def test_a_packed_block_holds_the_numbers_that_the_reader_unpacks():
    block = packed("blk.3.attn_k.weight")[5, 2]
    step, smallest = block[:4].copy().view(np.float16).astype("float32")
    numbers = step * np.concatenate([block[4:] % 16, block[4:] // 16]) + smallest
    assert np.array_equal(numbers, read_tensor("blk.3.attn_k.weight")[5, 64:96])


@pytest.mark.parametrize("name", ["output_norm.weight", "blk.3.nothing"])
def test_only_tensors_in_blocks_are_packed(name):
    with pytest.raises(ValueError, match=name):
        packed(name)


def test_no_passage_is_used_for_both():
    assert not set(passages.MEASURED) & set(passages.PRACTICE)
    assert all(len(text.split()) > 45 for text in (*passages.MEASURED, *passages.PRACTICE))


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only glibc can be asked for it")
def test_memory_between_what_is_still_needed_is_given_back():
    def resident():
        pages = int(Path("/proc/self/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE")

    pieces = [np.ones(10_000) for _ in range(4000)]  # 320 MB, in pieces that glibc cuts off its own heap
    needed = pieces[::50]
    full = resident()
    del pieces
    give_back()
    assert resident() < full - 200e6
    assert len(needed) == 80
