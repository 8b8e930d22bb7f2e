"""Reading the real language model's tensors: names, shapes, numbers, and what is said when it cannot be."""

from math import prod

import gguf
import numpy as np
import pytest

from utils.llm import tensors
from utils.llm.fetch import weights_file


@pytest.fixture(scope="module")
def table():
    return tensors.read_tensor("token_embd.weight")


def test_the_shapes_add_up_to_every_parameter():
    shapes = tensors.tensor_shapes()
    assert sum(prod(shape) for shape in shapes.values()) == 134_515_008
    assert shapes["token_embd.weight"] == (49152, 576)
    assert shapes["blk.0.ffn_down.weight"] == (576, 1536)
    assert shapes["output_norm.weight"] == (576,)
    assert all(type(size) is int for shape in shapes.values() for size in shape)


def test_tensors_of_every_kind_have_their_shape_and_are_float32():
    shapes = tensors.tensor_shapes()
    for name in ("blk.0.ffn_down.weight", "blk.0.attn_k.weight", "output_norm.weight"):
        values = tensors.read_tensor(name)
        assert values.shape == shapes[name]
        assert values.dtype == np.float32
        assert np.isfinite(values).all()


def test_the_embedding_table_is_what_the_file_says(table):
    assert table.shape == (49152, 576)
    assert table.dtype == np.float32
    stored = next(t for t in gguf.GGUFReader(weights_file()).tensors if t.name == "token_embd.weight")
    assert stored.tensor_type == gguf.GGMLQuantizationType.Q8_0
    # A block of Q8_0 is a 16-bit scale and 32 whole numbers of 8 bits.
    block = bytes(stored.data[7, -34:])
    by_hand = np.frombuffer(block[:2], "<f2").astype("float32") * np.frombuffer(block[2:], np.int8)
    np.testing.assert_array_equal(table[7, -32:], by_hand)


def test_a_tensor_may_be_changed_without_changing_the_next_reading():
    first = tensors.read_tensor("output_norm.weight")
    before = first.copy()
    first[:] = 0
    np.testing.assert_array_equal(tensors.read_tensor("output_norm.weight"), before)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("token_embd.weights", r"no tensor is called 'token_embd.weights'; there are token_embd.weight"),
        ("", r"no tensor is called ''; there are token_embd.weight, "),
    ],
)
def test_an_unknown_name_is_one_clear_error_with_near_names(name, said):
    with pytest.raises(ValueError, match=said):
        tensors.read_tensor(name)


def test_a_missing_file_says_what_to_run(monkeypatch):
    def missing():
        raise FileNotFoundError("run `python -m utils.llm.fetch` once")

    monkeypatch.setattr(tensors, "weights_file", missing)
    with pytest.raises(FileNotFoundError, match=r"utils\.llm\.fetch"):
        tensors.read_tensor("token_embd.weight")
    with pytest.raises(FileNotFoundError, match=r"utils\.llm\.fetch"):
        tensors.tensor_shapes()
