"""A LanguageModel as transformers' own LlamaForCausalLM on PyTorch, and what a Trainer needs to train it.

The packages are lesson 15's extra `trainer`: import this module within `with trainer():` (utils/extras.py).
"""

from operator import attrgetter
from typing import Any

import numpy as np
import torch
from transformers import LlamaConfig, LlamaForCausalLM, TrainerCallback
from transformers.initialization import no_init_weights
from transformers.utils import logging

from utils.llm.model import LanguageModel
from utils.llm.tuning import Rows
from utils.training import progress_bar

# Its own bars and advice would stay behind in the notebook.
logging.disable_progress_bar()
logging.set_verbosity_error()

_IN_BLOCK = {
    "self_attn.q_proj": "attention.query",
    "self_attn.k_proj": "attention.key",
    "self_attn.v_proj": "attention.value",
    "self_attn.o_proj": "attention.out",
    "mlp.gate_proj": "mlp.gate",
    "mlp.up_proj": "mlp.up",
    "mlp.down_proj": "mlp.down",
    "input_layernorm": "attention_norm",
    "post_attention_layernorm": "mlp_norm",
}
"""What transformers calls a layer of a block: where that layer is in ours."""


def as_llama(model: LanguageModel) -> LlamaForCausalLM:
    """A LlamaForCausalLM of the model's sizes, with a copy of its numbers, in float32.

    Raises ValueError when the model keeps its numbers in fewer than 32 bits.
    """
    config = model.config
    if config.bits != 32:
        raise ValueError(f"model must keep its numbers in 32 bits, not in {config.bits}")
    with no_init_weights():
        llama = LlamaForCausalLM(
            LlamaConfig(
                vocab_size=config.vocabulary,
                hidden_size=config.width,
                num_hidden_layers=config.layers,
                num_attention_heads=config.heads,
                num_key_value_heads=config.key_value_heads,
                intermediate_size=config.hidden,
                max_position_embeddings=config.context,
                rms_norm_eps=config.epsilon,
                rope_parameters={"rope_type": "default", "rope_theta": config.rotary_base},
                tie_word_embeddings=config.tied,
            )
        )
    llama.tie_weights()  # which no_init_weights leaves out
    arrays = {"model.embed_tokens": model.embedding.embeddings, "model.norm": model.norm.scale}
    if not config.tied:
        arrays["lm_head"] = model.head.kernel
    for number, block in enumerate(model.blocks):
        for theirs, ours in _IN_BLOCK.items():
            arrays[f"model.layers.{number}.{theirs}"] = attrgetter(ours)(block).weights[0]
    with torch.no_grad():
        for name, array in arrays.items():
            target = llama.get_parameter(f"{name}.weight")
            target.copy_(torch.from_numpy(_as_theirs(name, array.numpy(), config.head_size)))
    return llama


def labelled(rows: Rows) -> list[dict[str, torch.Tensor]]:
    """The rows as a Trainer's data set: a label is the token that has to be learned, or -100."""
    tokens = torch.from_numpy(rows.tokens).long()
    labels = torch.where(torch.from_numpy(rows.counted) > 0, tokens, -100)
    return [{"input_ids": text, "labels": own} for text, own in zip(tokens, labels, strict=True)]


class Bar(TrainerCallback):
    """A bar for the steps of a training, that leaves nothing behind in the notebook."""

    def on_train_begin(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        self._bar = progress_bar(state.max_steps, "steps")

    def on_step_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        self._bar.update(1)

    def on_train_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        self._bar.close()


def _as_theirs(name: str, array: np.ndarray, head_size: int) -> np.ndarray:
    """A matrix with a row for each output, where ours has a column; and rotary pairs as they pair them."""
    if array.ndim == 1 or name == "model.embed_tokens":
        return array.copy()
    rows = array.T
    if name.endswith(("q_proj", "k_proj")):
        # Ours turns neighbouring entries of a head, theirs entry i with entry i + head_size / 2.
        pairs = rows.reshape(-1, head_size // 2, 2, rows.shape[1])
        rows = pairs.swapaxes(1, 2).reshape(rows.shape)
    return np.ascontiguousarray(rows)
