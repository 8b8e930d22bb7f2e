"""SmolLM2-135M-Instruct (Allal et al. 2025) as a LanguageModel: its sizes and its 134,515,008 parameters."""

from dataclasses import replace
from operator import attrgetter
from typing import Any

import keras

from utils.llm.config import Config
from utils.llm.fetch import weights_file
from utils.llm.model import LanguageModel
from utils.llm.reader import open_gguf
from utils.llm.rounded import RoundedDense
from utils.llm.tensors import read_tensor, tensor_shapes
from utils.training import progress_bar

_IN_MODEL = {"token_embd": "embedding", "output_norm": "norm"}
_IN_BLOCK = {
    "attn_norm": "attention_norm",
    "attn_q": "attention.query",
    "attn_k": "attention.key",
    "attn_v": "attention.value",
    "attn_output": "attention.out",
    "ffn_norm": "mlp_norm",
    "ffn_gate": "mlp.gate",
    "ffn_up": "mlp.up",
    "ffn_down": "mlp.down",
}
"""What the file calls a layer's array: where that layer is in a LanguageModel, or in a block of it."""


def load_model(bits: int = 32) -> LanguageModel:
    """The model with its weights. Takes a few seconds, and 1.2 GB at the most.

    bits: how many each number of a matrix is kept in, 32, 16 or 8 (see rounded.py).

    Raises ValueError for another number of bits, FileNotFoundError when the weights are not on this machine,
    and ValueError when the file is not whole, holds another kind of model, or a tensor is missing or has
    another shape than the sizes ask for. Nothing is computed before all shapes are known to be right.
    """
    shapes = tensor_shapes()
    model = LanguageModel(replace(read_config(), bits=bits))
    layers = _layers(model)
    for name, layer in layers.items():
        wanted = tuple(layer.weights[0].shape)
        # The file keeps a matrix with a row for each output, Dense with a column for each.
        wanted = wanted[::-1] if isinstance(layer, keras.layers.Dense) else wanted
        if shapes.get(name) != wanted:
            found = f"has the shape {shapes[name]}" if name in shapes else "is missing"
            raise ValueError(f"tensor {name} of {weights_file()} {found}; its shape should be {wanted}")
    bar = progress_bar(len(layers), "tensors")
    for name, layer in layers.items():
        values = read_tensor(name)
        if isinstance(layer, RoundedDense):
            layer.assign(values)
        else:
            layer.set_weights([values.T if isinstance(layer, keras.layers.Dense) else values])
        bar.update(1)
    bar.close()
    return model


def read_config() -> Config:
    """The sizes, as the file states them. Raises ValueError when it holds another kind of model."""
    path = weights_file()
    fields = open_gguf(path).fields

    def stated(key: str) -> Any:
        if key not in fields:
            raise ValueError(f"{path} does not state {key}: it holds no model of the Llama family")
        return fields[key].contents()

    return Config(
        vocabulary=stated("llama.vocab_size"),
        width=stated("llama.embedding_length"),
        layers=stated("llama.block_count"),
        heads=stated("llama.attention.head_count"),
        key_value_heads=stated("llama.attention.head_count_kv"),
        hidden=stated("llama.feed_forward_length"),
        context=stated("llama.context_length"),
        rotary_base=stated("llama.rope.freq_base"),
        epsilon=stated("llama.attention.layer_norm_rms_epsilon"),
        tied="output.weight" not in tensor_shapes(),
    )


def _layers(model: LanguageModel) -> dict[str, keras.layers.Layer]:
    """The layers that hold numbers, by what the file calls their array."""
    names = _IN_MODEL if model.config.tied else {**_IN_MODEL, "output": "head"}
    found = {f"{name}.weight": attrgetter(place)(model) for name, place in names.items()}
    for number, block in enumerate(model.blocks):
        for name, place in _IN_BLOCK.items():
            found[f"blk.{number}.{name}.weight"] = attrgetter(place)(block)
    return found
