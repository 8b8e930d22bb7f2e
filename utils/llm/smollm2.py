"""SmolLM2-135M-Instruct (Allal et al. 2025) as a LanguageModel: its sizes and its 134,515,008 parameters."""

import re
from typing import Any

from utils.llm.config import Config
from utils.llm.fetch import weights_file
from utils.llm.model import LanguageModel
from utils.llm.reader import open_gguf
from utils.llm.tensors import read_tensor, tensor_shapes
from utils.training import progress_bar

_NAMES = {
    "token_embd": "embedding/embeddings",
    "output": "head/kernel",
    "attn_norm": "attention_norm/scale",
    "attn_q": "attention/query/kernel",
    "attn_k": "attention/key/kernel",
    "attn_v": "attention/value/kernel",
    "attn_output": "attention/out/kernel",
    "ffn_norm": "mlp_norm/scale",
    "ffn_gate": "mlp/gate/kernel",
    "ffn_up": "mlp/up/kernel",
    "ffn_down": "mlp/down/kernel",
    "output_norm": "norm/scale",
}
"""What the file calls an array: what LanguageModel calls it."""


def load_model() -> LanguageModel:
    """The model with its weights, as float32. Takes a few seconds, and 1.2 GB at the most.

    Raises FileNotFoundError when the weights are not on this machine, and ValueError when the file is not
    whole, holds another kind of model, or a tensor is missing or has another shape than the sizes ask for.
    Nothing is computed before all shapes are known to be right.
    """
    shapes = tensor_shapes()
    model = LanguageModel(read_config())
    arrays = {_name_in_file(array.path): array for array in model.weights}
    for name, array in arrays.items():
        # The file keeps a matrix with a row for each output, Keras with a column for each.
        wanted = tuple(array.shape[::-1]) if array.path.endswith("kernel") else tuple(array.shape)
        if shapes.get(name) != wanted:
            found = f"has the shape {shapes[name]}" if name in shapes else "is missing"
            raise ValueError(f"tensor {name} of {weights_file()} {found}; its shape should be {wanted}")
    bar = progress_bar(len(arrays), "tensors")
    for name, array in arrays.items():
        values = read_tensor(name)
        array.assign(values.T if array.path.endswith("kernel") else values)
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


def _name_in_file(path: str) -> str:
    """As in "language_model/block_3/mlp/up/kernel", which the file calls "blk.3.ffn_up.weight"."""
    block = re.search(r"/block_(\d+)/", path)
    name = next(name for name, ours in _NAMES.items() if path.endswith("/" + ours))
    return f"blk.{block[1]}.{name}.weight" if block else f"{name}.weight"
