"""Counting a published language model from its sizes, against transformers, Keras and what its makers say."""

import json
from dataclasses import replace
from math import ceil, prod
from pathlib import Path

import keras
import pytest

from utils import counting
from utils.counting import MLP, Attention, Experts, LatentAttention, Shape, active, parts, shape_of, total
from utils.llm.config import Config
from utils.llm.model import LanguageModel
from utils.llm.smollm2 import read_config
from utils.published import MODELS, UNCONFIRMED, rounded

REFERENCE = json.loads((Path(__file__).parent / "snapshots" / "published_counts.json").read_text())["counts"]


def small(**changes):
    sizes = {"vocabulary": 11, "width": 6, "layers": 2, "attention": Attention(3), "mlp": MLP(5)}
    return Shape(**sizes | changes)


def test_every_published_model_has_a_reference():
    assert list(MODELS) == list(REFERENCE)
    assert all(name == model.name for name, model in MODELS.items())


@pytest.mark.parametrize("name", MODELS)
def test_a_published_model_counts_as_transformers_does_part_by_part(name):
    shape = MODELS[name].shape
    assert total(shape) == REFERENCE[name]["total"]
    assert {part: number for part, number in parts(shape).items() if number} == REFERENCE[name]["groups"]


@pytest.mark.parametrize("name", MODELS)
def test_a_claim_that_is_not_the_count_is_explained_and_no_other(name):
    model = MODELS[name]
    fits = rounded(total(model.shape), like=model.claimed) == model.claimed
    if model.claimed_active:
        fits &= rounded(active(model.shape), like=model.claimed_active) == model.claimed_active
    assert fits is not bool(model.why)
    assert model.source


@pytest.mark.parametrize(("tied", "pairs"), [(True, 1), (False, 2), (False, 4)])
def test_a_keras_model_and_its_shape_count_the_same(tied, pairs):
    config = Config(
        vocabulary=50, width=16, layers=3, heads=4, key_value_heads=pairs, hidden=24, context=8, tied=tied
    )
    model = LanguageModel(config)
    found = parts(shape_of(config))
    assert sum(found.values()) == counting.count(model) == model.count_params()
    sums = {
        "embedding": ("embedding/",),
        "attention weights": ("/query/", "/key/", "/value/", "/out/"),
        "MLP weights": ("/mlp/",),
        "norm scales": ("norm/scale",),
        "head weights": ("/head/",),
    }
    for part, names in sums.items():
        arrays = [array for array in model.weights if any(name in array.path for name in names)]
        assert found.pop(part) == sum(prod(array.shape) for array in arrays), part
    assert not found


def test_the_real_model_of_lesson_12_is_the_published_one():
    shape = shape_of(read_config())
    assert shape == MODELS["SmolLM2 135M"].shape
    assert total(shape) == 134_515_008


@pytest.mark.parametrize("biases", [True, False])
@pytest.mark.parametrize(("pairs", "size"), [(4, 2), (2, 2), (1, 5)])
def test_attention_counts_as_the_layer_of_keras(biases, pairs, size):
    layer = keras.layers.GroupQueryAttention(
        size, num_query_heads=4, num_key_value_heads=pairs, use_bias=biases
    )
    layer.build((None, 3, 8), (None, 3, 8))
    found = Attention(4, pairs, size, biases, biases).matrices(8)
    assert sum(matrix.weights + matrix.biases for matrix in found) == layer.count_params()


def test_the_parts_of_a_small_model_by_hand():
    everything = small(
        attention=Attention(3, 1, 4, biases=True, output_bias=True),
        mlp=MLP(5, gated=False, biases=True),
        positions=7,
        token_types=2,
        norms=1,
        norm_biases=True,
        embedding_norm=True,
        tied=False,
        pooler=True,
    )
    assert parts(everything) == {
        "embedding": 11 * 6,
        "positions": 7 * 6,
        "token types": 2 * 6,
        "norm scales": (2 * 1 + 1 + 1) * 6,
        "norm biases": (2 * 1 + 1 + 1) * 6,
        "attention weights": 2 * (6 * 12 + 6 * 4 + 6 * 4 + 12 * 6),
        "attention biases": 2 * (12 + 4 + 4 + 6),
        "MLP weights": 2 * (6 * 5 + 5 * 6),
        "MLP biases": 2 * (5 + 6),
        "pooler weights": 6 * 6,
        "pooler biases": 6,
        "head weights": 6 * 11,
    }
    assert parts(small())["head weights"] == 0


def test_a_mixture_by_hand():
    mixture = small(
        layers=3,
        mlp=Experts(MLP(5), number=4, active=2, shared=1, router_bias=True, first=MLP(8), first_blocks=1),
    )
    found = parts(mixture)
    assert found["MLP weights"] == 1 * 3 * 6 * 8
    assert (found["router weights"], found["router biases"]) == (2 * 6 * 4, 2 * 4)
    assert found["expert weights"] == 2 * 4 * (3 * 6 * 5)
    assert found["shared expert weights"] == 2 * 1 * (3 * 6 * 5)
    assert active(mixture) == total(mixture) - 2 * 2 * (3 * 6 * 5)


def test_heads_leave_the_count_unchanged_and_shared_keys_do_not():
    shape = MODELS["GPT-3"].shape
    fewer = replace(shape, attention=replace(shape.attention, heads=12))
    assert total(fewer) == total(shape)
    shared = replace(shape, attention=replace(shape.attention, key_value_heads=8))
    assert total(shared) < total(shape)


def test_active_is_what_the_makers_say():
    assert rounded(active(MODELS["Mixtral 8x7B"].shape), like="12.9B") == "12.9B"
    deepseek = MODELS["DeepSeek-V3"].shape
    assert rounded(active(deepseek) - parts(deepseek)["embedding"], like="36.6B") == "36.6B"
    assert all(active(m.shape) == total(m.shape) for m in MODELS.values() if not m.claimed_active)


def test_gpt_2_was_first_counted_with_the_vocabulary_of_gpt_1():
    old = MODELS["GPT-1"].shape.vocabulary
    for name in ("small", "medium", "large", "XL"):
        model = MODELS[f"GPT-2 {name}"]
        assert str(f"{old:,}") in model.why
        assert rounded(total(replace(model.shape, vocabulary=old)), like=model.claimed) == model.claimed


@pytest.mark.parametrize(("name", "hidden"), [("Qwen2.5 14B", 13_696), ("Qwen2.5 32B", 27_392)])
def test_two_claims_of_qwen_are_right_for_another_hidden_size(name, hidden):
    model = MODELS[name]
    assert f"{hidden:,} hidden units, not {model.shape.mlp.hidden:,}" in model.why
    assert rounded(total(replace(model.shape, mlp=MLP(hidden))), like=model.claimed) == model.claimed


@pytest.mark.parametrize(
    ("name", "embedding", "rest"),
    [("Gemma 2B", 524_550_144, 1_981_884_416), ("Gemma 7B", 786_825_216, 7_751_248_896)],
)
def test_gemma_is_that_of_its_report_but_for_128_tokens(name, embedding, rest):
    shape = MODELS[name].shape
    found = parts(shape)
    assert total(shape) - found["embedding"] == rest
    assert found["embedding"] == embedding - 128 * shape.width
    assert MODELS[name].why.startswith(rounded(rest, like="1.98B"))


def test_the_685_billion_numbers_in_the_file_of_deepseek():
    """Its metadata: 684,531,386,000, of which 41,555,600 are float32: the scales and the router's biases."""
    shape = MODELS["DeepSeek-V3"].shape
    # The block that guesses one token further has three norms more and a matrix that joins two vectors, and
    # the file holds its own copies of the embedding and of the head.
    longer = replace(shape, layers=shape.layers + 1)
    guess = total(longer) - total(shape) + 2 * shape.width * shape.width + 3 * shape.width
    copies = 2 * parts(shape)["embedding"]
    scaled = [
        matrix
        for part in ("attention", "MLP", "expert", "shared expert")
        for matrix in counting.matrices(longer)[part]
    ]
    scales = sum(m.copies * ceil(m.inputs / 128) * ceil(m.outputs / 128) for m in scaled)
    assert scales + parts(longer)["router biases"] == 41_555_600
    assert total(shape) + guess + copies + scales == 684_531_386_000


@pytest.mark.parametrize(("name", "stored"), [("Falcon 7B", 7_217_189_760), ("Falcon 40B", 41_835_970_560)])
def test_the_files_of_falcon_hold_the_tied_table_twice(name, stored):
    shape = MODELS[name].shape
    assert total(shape) + parts(shape)["embedding"] == stored


def test_what_is_told_of_gpt_4_is_counted_nowhere():
    assert UNCONFIRMED == {"GPT-4": ("1.76T", "1.8T over 120 layers")}
    assert not set(UNCONFIRMED) & set(MODELS)


@pytest.mark.parametrize(
    ("number", "like", "written"),
    [(124_439_808, "117M", "124M"), (6_738_415_616, "6.7B", "6.7B"), (1_760 * 10**9, "1.8T", "1.8T")],
)
def test_numbers_are_written_like_another(number, like, written):
    assert rounded(number, like) == written


@pytest.mark.parametrize("like", ["117", "", "7 billion"])
def test_a_unit_nobody_knows_is_one_clear_error(like):
    with pytest.raises(ValueError, match=f"^like must end in M, B or T, not '{like}'$"):
        rounded(1, like)


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: small(width=7), "width must be divisible by heads (or head_size given); 7 is not by 3"),
        (lambda: small(width=0), "width must be a whole number from 1 on, not 0"),
        (lambda: small(layers=-1), "layers must be a whole number from 1 on, not -1"),
        (lambda: small(vocabulary=1e4), "vocabulary must be a whole number from 1 on, not 10000.0"),
        (lambda: small(layers=True), "layers must be a whole number from 1 on, not True"),
        (lambda: small(positions=-1), "positions must be a whole number from 0 on, not -1"),
        (lambda: small(norms=0), "norms must be a whole number from 1 on, not 0"),
        (lambda: small(tied="yes"), "tied must be True or False, not 'yes'"),
        (lambda: small(attention=3), "attention must be Attention or LatentAttention, not 3"),
        (lambda: small(mlp=None), "mlp must be MLP or Experts, not None"),
        (
            lambda: small(mlp=Experts(MLP(5), 4, 2, first=MLP(8), first_blocks=3)),
            "first_blocks must be at most layers, 2 blocks, not 3",
        ),
        (lambda: Attention(0), "heads must be a whole number from 1 on, not 0"),
        (lambda: Attention(4, 3), "heads must be divisible by key_value_heads; 4 is not by 3"),
        (lambda: Attention(4, 8), "heads must be divisible by key_value_heads; 4 is not by 8"),
        (lambda: Attention(4, head_size=0), "head_size must be a whole number from 1 on, not 0"),
        (lambda: LatentAttention(4, 3, 2, 2, 2.5, 2), "rotary must be a whole number from 1 on, not 2.5"),
        (lambda: MLP(None), "hidden must be a whole number from 1 on, not None"),
        (lambda: Experts(MLP(5), 4, 5), "active must be at most number, 4 experts, not 5"),
        (lambda: Experts(8, 4, 2), "expert must be MLP, not 8"),
        (
            lambda: Experts(MLP(5), 4, 2, first_blocks=1),
            "first and first_blocks go together: an MLP and in how many blocks it stands; not None and 1",
        ),
    ],
)
def test_sizes_that_make_no_sense_are_one_clear_error(make, said):
    with pytest.raises(ValueError, match=r"^") as error:
        make()
    assert str(error.value) == said
