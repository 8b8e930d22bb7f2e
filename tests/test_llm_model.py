"""The language model: its sizes, its count, its numbers beside another implementation's, its cache."""

import dataclasses
from pathlib import Path

import gguf
import keras
import numpy as np
import pytest

from tests.smollm2_cases import PROMPTS, TOKENS_LOOKED_AT
from utils.counting import count
from utils.llm import smollm2 as loading
from utils.llm.config import Config
from utils.llm.fetch import weights_file
from utils.llm.generate import generate
from utils.llm.model import Attention, LanguageModel, RMSNorm, rotate
from utils.llm.rounded import RoundedDense, RoundedEmbedding
from utils.llm.tokenizer import load_tokenizer

SMALL = Config(
    vocabulary=50, width=24, layers=2, heads=6, key_value_heads=2, hidden=40, context=64, rotary_base=100.0
)


@pytest.fixture(scope="module")
def small():
    keras.utils.set_random_seed(1)
    return LanguageModel(SMALL)


@pytest.fixture(scope="module")
def smol(smollm2):
    return smollm2[0]


@pytest.fixture(scope="module")
def snapshot():
    """What transformers computes; made by `make reference`."""
    with np.load(Path(__file__).parent / "snapshots" / "smollm2.npz") as arrays:
        return dict(arrays)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"heads": 5}, "width must be divisible by heads; 24 is not by 5"),
        ({"key_value_heads": 4}, "heads must be divisible by key_value_heads; 6 is not by 4"),
        ({"width": 18}, "width / heads must be even, .* 18 / 6 is 3"),
        ({"layers": 0}, "layers must be a whole number from 1 on, not 0"),
        ({"hidden": 4.5}, "hidden must be a whole number from 1 on, not 4.5"),
        ({"vocabulary": True}, "vocabulary must be a whole number from 1 on, not True"),
        ({"bits": 4}, "bits must be 8, 16 or 32, not 4"),
    ],
)
def test_sizes_that_do_not_fit_are_one_clear_error(changes, said):
    with pytest.raises(ValueError, match=said):
        dataclasses.replace(SMALL, **changes)


@pytest.mark.parametrize("tied", [True, False])
def test_the_count_by_hand(tied):
    block = 24 * 24 * 2 + 2 * 24 * 8 + 3 * 24 * 40 + 2 * 24
    by_hand = 50 * 24 * (1 if tied else 2) + 2 * block + 24
    model = LanguageModel(dataclasses.replace(SMALL, tied=tied))
    assert count(model) == by_hand
    assert model(np.zeros((3, 7), "int32")).shape == (3, 7, 50)


def test_the_norm_makes_the_root_mean_square_one():
    x = np.random.default_rng(0).normal(0, 5, (4, 9, 24)).astype("float32")
    normed = np.asarray(RMSNorm(0.0)(x))
    np.testing.assert_allclose(np.sqrt(np.mean(normed**2, axis=-1)), 1, rtol=1e-5)


def test_a_rotated_product_depends_on_the_distance_alone():
    q, k = np.random.default_rng(0).normal(0, 1, (2, 1, 1, 1, 8)).astype("float32")
    products = [
        float(np.sum(rotate(q, np.array([start + 3]), 100.0) * rotate(k, np.array([start]), 100.0)))
        for start in (0, 1, 17)
    ]
    np.testing.assert_allclose(products, products[0], rtol=1e-4)
    assert abs(products[0] - float(np.sum(q * k))) > 0.1


def test_attention_is_that_of_keras_where_the_two_can_be_the_same():
    config = Config(vocabulary=1, width=12, layers=1, heads=3, key_value_heads=3, hidden=1, context=8)
    ours = Attention(config)
    x = np.random.default_rng(0).normal(0, 1, (2, 8, 12)).astype("float32")
    ours.build(x.shape)
    positions = np.arange(8)
    heads = [
        np.asarray(part).reshape(2, 3, 8, 4).transpose(0, 2, 1, 3)
        for part in (ours.queries(x, positions), ours.keys(x, positions))
    ]
    value = np.asarray(ours.value(x)).reshape(2, 8, 3, 4)
    gathered = keras.ops.dot_product_attention(*heads, value, is_causal=True)
    theirs = ours.out(keras.ops.reshape(gathered, x.shape))
    np.testing.assert_allclose(np.asarray(ours(x)), np.asarray(theirs), atol=1e-5)


def test_no_token_sees_a_later_one(small):
    tokens = np.random.default_rng(0).integers(0, 50, (1, 12))
    changed = tokens.copy()
    changed[0, 8:] = (changed[0, 8:] + 1) % 50
    before, after = np.asarray(small(tokens)), np.asarray(small(changed))
    np.testing.assert_allclose(before[:, :8], after[:, :8], atol=1e-5)
    assert np.abs(before[:, 8:] - after[:, 8:]).max() > 1e-2


def test_the_cache_gives_the_same_scores(small):
    tokens = np.random.default_rng(0).integers(0, 50, (2, 12))
    whole = np.asarray(small(tokens))
    first, cache = small(tokens[:, :5], cache=small.empty_cache(16, batch=2))
    second, cache = small(tokens[:, 5:6], cache=cache, start=5)
    third, _ = small(tokens[:, 6:], cache=cache, start=6)
    np.testing.assert_allclose(np.concatenate([first, second, third], axis=1), whole, atol=1e-5)


def test_it_learns(small):
    rng = np.random.default_rng(0)
    tokens = np.cumsum(np.ones((64, 12), int), axis=1) + rng.integers(0, 30, (64, 1))
    model = LanguageModel(SMALL)
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.Adam(0.01), loss)
    losses = model.fit(tokens[:, :-1], tokens[:, 1:], epochs=15, verbose=0).history["loss"]
    assert losses[-1] < losses[0] / 2


def test_smollm2_has_134_515_008_parameters(smol):
    assert count(smol) == 134_515_008
    assert sum(array.name == "bias" for array in smol.weights) == 0


@pytest.mark.parametrize("number", range(len(PROMPTS)))
def test_logits_are_those_of_transformers_at_every_position(smol, number, snapshot):
    tokens = np.array([load_tokenizer().encode(PROMPTS[number]).ids])
    logits = np.asarray(smol(tokens))[0]
    np.testing.assert_allclose(logits[:, list(TOKENS_LOOKED_AT)], snapshot[f"logits_{number}"], atol=1e-3)
    np.testing.assert_array_equal(logits.argmax(axis=-1), snapshot[f"likeliest_{number}"])


@pytest.mark.parametrize(("bits", "error"), [(16, 2e-3), (8, 0.04)])
def test_a_rounded_matrix_does_nearly_what_it_did(bits, error):
    rng = np.random.default_rng(0)
    # Rows and columns of very different size, and some of nothing at all.
    matrix = rng.normal(0, 1, (40, 24)) * np.exp(rng.normal(0, 1, (40, 1)) + rng.normal(0, 1, 24))
    matrix[3], matrix[:, 5] = 0, 0
    x = rng.normal(0, 1, (2, 7, 24)).astype("float32")
    dense, table = RoundedDense(40, bits), RoundedEmbedding(40, bits)
    for layer in (dense, table):
        layer.build(x.shape)
        layer.assign(matrix)
    right = x @ matrix.T
    size = np.abs(right).max(axis=(0, 1)) + 1e-9
    assert (np.abs(np.asarray(dense(x)) - right) / size).max() < error
    np.testing.assert_array_equal(table.scores(x), dense(x))
    rows = np.asarray(table(np.arange(40.0)))  # as Keras' own table, it takes whole numbers of any kind
    assert (np.abs(rows - matrix).max(axis=1) <= error * np.abs(matrix).max(axis=1)).all()


def test_a_model_that_is_not_tied_can_be_rounded_too():
    config = dataclasses.replace(SMALL, tied=False)
    whole, rounded = LanguageModel(config), LanguageModel(dataclasses.replace(config, bits=16))
    rounded.embedding.assign(whole.embedding.embeddings.numpy())
    rounded.head.assign(whole.head.kernel.numpy().T)
    for ours, theirs in zip(rounded.blocks, whole.blocks, strict=True):
        for part, names in (("attention", "query key value out"), ("mlp", "gate up down")):
            for name in names.split():
                kernel = getattr(getattr(theirs, part), name).kernel
                getattr(getattr(ours, part), name).assign(kernel.numpy().T)
    tokens = np.arange(12)[None]
    np.testing.assert_allclose(rounded(tokens), whole(tokens), atol=5e-3)


@pytest.mark.slow
@pytest.mark.parametrize(("bits", "same"), [(16, 0.99), (8, 0.9)])
def test_in_fewer_bits_smollm2_takes_less_memory_and_says_nearly_the_same(bits, same, snapshot):
    model = loading.load_model(bits)
    size = sum(array.numpy().nbytes for array in model.weights)
    assert size < 134_515_008 * bits / 8 * 1.02
    agrees = []
    for number, prompt in enumerate(PROMPTS):
        logits = np.asarray(model(np.array([load_tokenizer().encode(prompt).ids])))[0]
        agrees.extend(logits.argmax(axis=-1) == snapshot[f"likeliest_{number}"])
    assert np.mean(agrees) > same
    assert "".join(generate(model, load_tokenizer(), "The capital of France is", 1)) == " Paris"


def test_a_tensor_that_is_missing_or_has_another_shape_stops_before_anything_is_computed(monkeypatch):
    monkeypatch.setattr(loading, "read_tensor", lambda name: pytest.fail("a tensor was read"))
    shapes = loading.tensor_shapes()
    wrong = {**shapes, "blk.3.ffn_up.weight": (1536, 575)}
    monkeypatch.setattr(loading, "tensor_shapes", lambda: wrong)
    with pytest.raises(ValueError, match=r"blk\.3\.ffn_up\.weight .* \(1536, 575\).*be \(1536, 576\)"):
        loading.load_model()
    del wrong["blk.3.ffn_up.weight"]
    with pytest.raises(ValueError, match=r"blk\.3\.ffn_up\.weight .* is missing"):
        loading.load_model()


def test_a_file_that_is_no_gguf_file_is_one_clear_error(monkeypatch, tmp_path):
    path = tmp_path / "model.gguf"
    path.write_bytes(b"no such thing" * 100)
    monkeypatch.setattr(loading, "weights_file", lambda: path)
    with pytest.raises(ValueError, match=r"model\.gguf cannot be read as a GGUF file"):
        loading.read_config()


def test_a_truncated_file_is_one_clear_error(monkeypatch, tmp_path):
    path = tmp_path / "model.gguf"
    path.write_bytes(weights_file().read_bytes()[:50_000_000])
    monkeypatch.setattr(loading, "weights_file", lambda: path)
    with pytest.raises(ValueError, match=r"model\.gguf cannot be read as a GGUF file"):
        loading.read_config()


def test_a_file_of_another_model_is_one_clear_error(monkeypatch, tmp_path):
    path = tmp_path / "model.gguf"
    writer = gguf.GGUFWriter(path, "gpt2")
    writer.add_tensor("token_embd.weight", np.zeros((4, 32), "float32"))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    monkeypatch.setattr(loading, "weights_file", lambda: path)
    with pytest.raises(ValueError, match=r"does not state llama\.vocab_size"):
        loading.read_config()
