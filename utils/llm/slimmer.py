"""A LanguageModel made of another with fewer hidden units in every MLP: pruning that leaves no holes."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from keras import ops

from utils.llm.inside import vectors
from utils.llm.model import LanguageModel


def by_weights(model: LanguageModel) -> list[np.ndarray]:
    """For each block how large the weights of every hidden unit are: the product of its vectors' lengths."""
    found = []
    for block in model.blocks:
        gate, up = (np.linalg.norm(layer.kernel, axis=0) for layer in (block.mlp.gate, block.mlp.up))
        found.append(gate * up * np.linalg.norm(block.mlp.down.kernel, axis=1))
    return found


def by_use(model: LanguageModel, tokens: Any) -> list[np.ndarray]:
    """For each block how much every hidden unit adds, on these texts: the root of its mean square.

    tokens: (texts, time) whole numbers.
    """
    found = []
    for block, x in zip(model.blocks, vectors(model, tokens), strict=False):
        x = x + block.attention(block.attention_norm(x))
        seen = block.mlp_norm(x)
        hidden = ops.silu(block.mlp.gate(seen)) * block.mlp.up(seen)
        size = np.sqrt(np.mean(np.square(hidden), axis=(0, 1)))
        found.append(size * np.linalg.norm(block.mlp.down.kernel, axis=1))
    return found


def slimmer(model: LanguageModel, hidden: int, worth: Sequence[np.ndarray]) -> LanguageModel:
    """A copy that keeps the `hidden` units of most worth in every block.

    Raises ValueError when the model has fewer than `hidden` units.
    """
    if not 1 <= hidden <= model.config.hidden:
        raise ValueError(f"hidden must be from 1 to {model.config.hidden}, not {hidden}")
    small = LanguageModel(replace(model.config, hidden=hidden))
    for new, old in zip(small.weights, model.weights, strict=True):
        if new.shape == old.shape:
            new.assign(old)
    for new, old, values in zip(small.blocks, model.blocks, worth, strict=True):
        kept = np.sort(np.argsort(-values)[:hidden])
        new.mlp.gate.kernel.assign(np.asarray(old.mlp.gate.kernel)[:, kept])
        new.mlp.up.kernel.assign(np.asarray(old.mlp.up.kernel)[:, kept])
        new.mlp.down.kernel.assign(np.asarray(old.mlp.down.kernel)[kept])
    return small
