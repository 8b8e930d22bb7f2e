"""Looking into a model, switching parts off and on again, and leaving blocks out."""

import keras
import numpy as np
import pytest

from utils.counting import count
from utils.llm.config import Config
from utils.llm.inside import Shortened, attention_maps, vectors, zeroed
from utils.llm.model import LanguageModel

SMALL = Config(vocabulary=20, width=24, layers=3, heads=6, key_value_heads=2, hidden=40, context=50)
TOKENS = np.array([[1, 2, 3, 4], [5, 6, 7, 8]])


@pytest.fixture(scope="module")
def small():
    keras.utils.set_random_seed(1)
    return LanguageModel(SMALL)


def test_the_last_vectors_make_the_logits(small):
    found = vectors(small, TOKENS)
    assert len(found) == 4
    np.testing.assert_array_equal(small.logits(found[-1]), small(TOKENS))


def test_each_token_looks_at_itself_and_those_before_it(small):
    maps = attention_maps(small, TOKENS)
    assert maps.shape == (2, 3, 6, 4, 4)
    np.testing.assert_allclose(maps.sum(axis=-1), 1, atol=1e-6)
    assert not np.triu(maps, 1).any()


def test_entries_are_zero_for_a_while_and_come_back(small):
    kernel, scale = small.blocks[0].attention.out.kernel, small.norm.scale
    before, whole = kernel.numpy(), np.asarray(small(TOKENS))
    with zeroed([(kernel, slice(0, 4)), (kernel, (7, 1)), (scale, 2)]):
        assert not kernel.numpy()[:4].any()
        assert kernel.numpy()[7, 1] == 0
        assert scale.numpy()[2] == 0
        np.testing.assert_array_equal(kernel.numpy()[8:], before[8:])
        assert not np.array_equal(small(TOKENS), whole)
    np.testing.assert_array_equal(small(TOKENS), whole)


def test_they_come_back_after_an_error_too(small):
    whole = np.asarray(small(TOKENS))
    with pytest.raises(RuntimeError), zeroed([(small.norm.scale, 0)]):
        raise RuntimeError
    np.testing.assert_array_equal(small(TOKENS), whole)


def test_a_shortened_model_leaves_out_these_blocks(small):
    np.testing.assert_allclose(Shortened(small, [0, 1, 2])(TOKENS), small(TOKENS), atol=1e-5)
    x = small.blocks[2](small.embedding(TOKENS))
    np.testing.assert_allclose(Shortened(small, [2])(TOKENS), small.logits(x), atol=1e-5)
    block = count(small.blocks[0])
    assert count(Shortened(small, [0, 2])) == count(small) - block


def test_what_cannot_be_shortened_is_one_clear_error(small):
    with pytest.raises(ValueError, match="kept has 3; the blocks are 0 to 2"):
        Shortened(small, [0, 3])
    untied = LanguageModel(Config(9, 8, 1, 2, 1, 8, 20, tied=False))
    with pytest.raises(ValueError, match="whole has a head of its own"):
        Shortened(untied, [0])
