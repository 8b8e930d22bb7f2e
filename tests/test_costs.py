"""What a model costs, by formula, against what is measured: arrays, files, graphs, and published bills."""

import json
from dataclasses import replace
from math import prod
from pathlib import Path

import gguf
import keras
import pytest
import tensorflow as tf

from utils import costs
from utils.counting import active, matrices, parts, shape_of, total
from utils.llm.config import Config
from utils.llm.fetch import SIZE, weights_file
from utils.llm.model import LanguageModel
from utils.llm.reader import open_gguf
from utils.published import MODELS

CONFIG = Config(
    vocabulary=40, width=32, layers=2, heads=4, key_value_heads=2, hidden=48, context=16, tied=False
)
SHAPE = shape_of(CONFIG)
REFERENCE = json.loads((Path(__file__).parent / "snapshots" / "published_counts.json").read_text())


@pytest.fixture(scope="module")
def model():
    return LanguageModel(CONFIG)


def nbytes(arrays):
    return sum(array.numpy().nbytes for array in arrays)


def test_weights_take_the_bytes_of_a_keras_model(model):
    assert costs.weight_bytes(SHAPE, bits=32) == nbytes(model.weights)
    halves = [tf.cast(array, "bfloat16") for array in model.weights]
    assert costs.weight_bytes(SHAPE, costs.BITS["bfloat16"]) == costs.weight_bytes(SHAPE) == nbytes(halves)


@pytest.mark.parametrize("name", ["Q8_0", "Q4_1", "Q4_0"])
def test_real_formats_take_more_bits_than_their_name_says(name):
    weights, size = gguf.GGML_QUANT_SIZES[gguf.GGMLQuantizationType[name]]
    assert costs.BITS[name] == size * 8 / weights > int(name[1])


def test_a_real_file_has_the_size_that_the_formats_give():
    shape, file = MODELS["SmolLM2 135M"].shape, open_gguf(weights_file())
    count, bits = parts(shape), costs.BITS
    predicted = bits["Q8_0"] * count["embedding"] + bits["float32"] * count["norm scales"]
    predicted += bits["Q4_1"] * (count["attention weights"] + count["MLP weights"])
    stored = sum(int(tensor.n_bytes) for tensor in file.tensors)
    assert predicted / 8 == stored == 96_576_768
    # The rest is the vocabulary and the names.
    assert stored + file.data_offset == SIZE == 98_362_432
    assert costs.weight_bytes(shape, bits=4) < costs.weight_bytes(shape, bits["Q4_1"]) < stored


@pytest.mark.parametrize("room", [1, 16])
def test_the_cache_takes_the_bytes_of_its_arrays(model, room):
    arrays = [array for pair in model.empty_cache(room) for array in pair]
    assert costs.cache_bytes(SHAPE, room, bits=32) == nbytes(arrays)
    assert costs.cache_bytes(SHAPE, room) == nbytes(arrays) // 2


def test_shared_and_latent_keys_keep_the_cache_small():
    per_token = {name: costs.cache_bytes(model.shape, 1) for name, model in MODELS.items()}
    assert per_token["Llama 1 65B"] == 8 * per_token["Llama 2 70B"]
    assert per_token["Llama 3 8B"] == per_token["Mistral 7B"] == 128 * 1024
    assert per_token["DeepSeek-V3"] == 61 * (512 + 64) * 2 < per_token["Llama 3 8B"]


def test_adam_keeps_what_its_variables_take(model):
    optimizer = keras.optimizers.Adam()
    optimizer.build(model.trainable_variables)
    kept = [array for array in optimizer.variables if len(array.shape)]
    found = costs.training_bytes(SHAPE)
    assert found["Adam's averages"] == nbytes(kept)
    assert found["weights"] == nbytes(model.weights)


def test_both_precisions_take_16_bytes_a_parameter():
    for precision in ("float32", "mixed"):
        assert sum(costs.training_bytes(SHAPE, precision).values()) == 16 * total(SHAPE)
    assert costs.training_bytes(SHAPE, "mixed")["weights"] == 2 * total(SHAPE)


def graph_flops(function, *specification):
    """Operations of all matrix products in the graph of a function, from the shapes of their arrays."""
    flops, graph = 0, tf.function(function).get_concrete_function(*specification).graph
    for operation in graph.get_operations():
        if operation.type == "Einsum":
            inputs = operation.get_attr("equation").decode().split("->")[0].split(",")
            sizes = {}
            for letters, array in zip(inputs, operation.inputs, strict=True):
                shape = list(array.shape)
                named = letters.replace("...", "")
                # Dimensions that the equation does not name come first.
                extra = len(shape) - len(named)
                sizes |= {-place: size for place, size in enumerate(shape[:extra], 1)}
                sizes |= dict(zip(named, shape[extra:], strict=True))
            flops += 2 * prod(sizes.values())
        elif operation.type in ("MatMul", "BatchMatMulV2"):
            turned = operation.get_attr("transpose_a" if operation.type == "MatMul" else "adj_x")
            flops += 2 * prod(operation.outputs[0].shape) * operation.inputs[0].shape[-2 if turned else -1]
    return flops, graph


@pytest.mark.parametrize("time", [2, 16])
def test_a_token_costs_the_matrix_products_of_the_graph(model, time):
    flops, _ = graph_flops(model, tf.TensorSpec((1, time), "int32"))
    assert time * costs.token_flops(SHAPE, time) == flops


@pytest.mark.parametrize(("width", "least", "most"), [(32, 1.02, 1.08), (576, 1.0, 1.003)])
def test_what_is_left_out_is_little_and_less_in_wide_models(width, least, most):
    config = replace(CONFIG, width=width, hidden=2 * width, heads=width // 32, key_value_heads=1)
    _, graph = graph_flops(LanguageModel(config), tf.TensorSpec((1, 16), "int32"))
    flops = 16 * costs.token_flops(shape_of(config), 16)
    profiler = tf.compat.v1.profiler
    options = profiler.ProfileOptionBuilder.float_operation() | {"output": "none"}
    # TensorFlow's profiler sees what is not a matrix product too.
    profiled = profiler.profile(graph, options=options).total_float_ops
    assert least < profiled / flops < most


@pytest.mark.parametrize("name", MODELS)
def test_a_token_costs_what_pytorch_counts(name):
    shape, tokens = MODELS[name].shape, REFERENCE["tokens"]
    flops = tokens * costs.token_flops(shape, tokens)
    found = matrices(shape)
    # PyTorch's counter does not know the grouped products of experts.
    flops -= 2 * tokens * sum(matrix.used * matrix.weights for matrix in found.get("expert", []))
    if shape.pooler:
        # That of BERT has no head, and pools one vector of the text.
        flops -= 2 * tokens * found["head"][0].weights - 2 * found["pooler"][0].weights
    assert flops == REFERENCE["counts"][name]["flops"]


def test_training_has_two_products_back_for_each_forward(model):
    def gradients(tokens):
        with tf.GradientTape() as tape:
            loss = tf.reduce_sum(model(tokens))
        return tape.gradient(loss, [array.value for array in model.trainable_variables])

    flops, _ = graph_flops(gradients, tf.TensorSpec((1, 16), "int32"))
    assert flops == 3 * 16 * costs.token_flops(SHAPE, 16)
    # The rule of 6 counts no comparisons, and the embedding table and the norms as if they were matrices.
    multiplied = costs.token_flops(SHAPE, 16) - 2 * SHAPE.layers * SHAPE.attention.compared(SHAPE.width) * 16
    counted = parts(SHAPE)
    extra = 6 * 16 * (counted["embedding"] + counted["norm scales"])
    assert costs.training_flops(SHAPE, 16) - extra == 3 * 16 * multiplied


@pytest.mark.parametrize(
    ("name", "tokens", "said"), [("GPT-3", 300e9, "3.14e+23"), ("Llama 3 405B", 15.6e12, "3.8e+25")]
)
def test_training_costs_what_the_makers_say(name, tokens, said):
    digits = len(said.partition("e")[0]) - 2
    assert f"{costs.training_flops(MODELS[name].shape, tokens):.{digits}e}" == said


@pytest.mark.parametrize(
    ("name", "tokens", "device", "billed"),
    [
        ("Llama 2 7B", 2e12, "A100", 184_320),
        ("Llama 2 70B", 2e12, "A100", 1_720_320),
        ("Llama 3 405B", 15.6e12, "H100", 30_840_000),
    ],
)
def test_the_hours_of_model_cards_are_a_third_to_a_half_of_the_speed(name, tokens, device, billed):
    flops = costs.training_flops(MODELS[name].shape, tokens)
    least = costs.hours(flops, costs.SPEEDS[device])
    assert 1 / 3 < least / billed < 1 / 2
    assert costs.hours(flops, costs.SPEEDS[device], utilisation=least / billed) == pytest.approx(billed)


def test_an_hour_is_3600_seconds():
    assert costs.hours(7200 * 5, speed=5) == 2
    assert costs.hours(7200 * 5, speed=5, utilisation=0.5) == 4


def test_only_active_parameters_are_trained_by_a_token():
    shape = MODELS["Mixtral 8x7B"].shape
    assert costs.training_flops(shape, 10) == 6 * active(shape) * 10 < 6 * total(shape) * 10


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: costs.weight_bytes(SHAPE, 0), "bits must be a number above 0, not 0"),
        (lambda: costs.weight_bytes(SHAPE, "Q4_0"), "bits must be a number above 0, not 'Q4_0'"),
        (lambda: costs.cache_bytes(SHAPE, -1), "context must be a number above 0, not -1"),
        (lambda: costs.cache_bytes(SHAPE, 1, None), "bits must be a number above 0, not None"),
        (lambda: costs.token_flops(SHAPE, True), "context must be a number above 0, not True"),
        (lambda: costs.training_flops(SHAPE, float("nan")), "tokens must be a number above 0, not nan"),
        (
            lambda: costs.training_bytes(SHAPE, "float8"),
            "precision must be one of float32, mixed, not 'float8'",
        ),
        (lambda: costs.hours(0, 1), "flops must be a number above 0, not 0"),
        (lambda: costs.hours(1, 0), "speed must be a number above 0, not 0"),
        (lambda: costs.hours(1, 1, 0), "utilisation must be a number above 0, not 0"),
        (lambda: costs.hours(1, 1, 40), "utilisation must be at most 1, not 40"),
    ],
)
def test_nonsense_is_one_clear_error(call, said):
    with pytest.raises(ValueError, match=r"^") as error:
        call()
    assert str(error.value) == said
