"""Low-rank adapters (LoRA: Hu et al. 2021) on the query and value matrices of a LanguageModel.

Each adapted matrix W is frozen and used as W + alpha / rank * A B, where A and B are thin and trained. They
are those of Keras (Dense.enable_lora); here are the blocks that get them, a new start, a file, and merging.
"""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import keras
import numpy as np
from keras import ops

from utils.llm.model import LanguageModel


def add_adapters(
    model: LanguageModel, rank: int, alpha: float | None = None, blocks: Iterable[int] | None = None
) -> list[keras.layers.Dense]:
    """Freeze a model, and give the queries and values of some blocks (all when left out) adapters.

    A begins random and B with zeros, so that the model gives what it gave. Returns the adapted layers.

    A function that was compiled with the model before does not know of them.

    Raises ValueError when the model has adapters already, or there is no such block.
    """
    blocks = range(len(model.blocks)) if blocks is None else list(blocks)
    if unknown := [number for number in blocks if not 0 <= number < len(model.blocks)]:
        raise ValueError(f"blocks has {unknown[0]}; the blocks are 0 to {len(model.blocks) - 1}")
    if adapted(model):
        raise ValueError("model has adapters already")
    freeze(model)
    layers = []
    for number in blocks:
        attention = model.blocks[number].attention
        layers += [attention.query, attention.value]
    for layer in layers:
        layer.trainable = True
        layer.enable_lora(rank, lora_alpha=alpha)
    return layers


def freeze(model: LanguageModel) -> None:
    """Nothing of the model is trained until some layer's `trainable` is set to True again."""
    for layer in model._flatten_layers(include_self=False):
        layer.trainable = False


def adapted(model: LanguageModel) -> list[keras.layers.Dense]:
    """The layers that have adapters, from the first block on."""
    pairs = [(block.attention.query, block.attention.value) for block in model.blocks]
    return [layer for pair in pairs for layer in pair if getattr(layer, "lora_enabled", False)]


def start_anew(layers: Sequence[keras.layers.Dense], seed: int) -> None:
    """Give adapters the start they had: A drawn anew from this seed, B zeros."""
    rng = np.random.default_rng(seed)
    for layer in layers:
        inputs, rank = layer.lora_kernel_a.shape
        bound = np.sqrt(6 / inputs)  # He's, as Keras draws A (lesson 02)
        layer.lora_kernel_a.assign(rng.uniform(-bound, bound, (inputs, rank)).astype("float32"))
        layer.lora_kernel_b.assign(np.zeros(layer.lora_kernel_b.shape, "float32"))


def adapter_weights(layers: Sequence[keras.layers.Dense]) -> list[Any]:
    """A and B of each layer, as arrays."""
    return [matrix.numpy() for layer in layers for matrix in (layer.lora_kernel_a, layer.lora_kernel_b)]


def set_adapter_weights(layers: Sequence[keras.layers.Dense], weights: Sequence[np.ndarray]) -> None:
    """Put back what adapter_weights() gave, or what was read from a file."""
    pairs = zip(weights[::2], weights[1::2], strict=True)
    for layer, (a, b) in zip(layers, pairs, strict=True):
        layer.lora_kernel_a.assign(a)
        layer.lora_kernel_b.assign(b)


def save_adapters(layers: Sequence[keras.layers.Dense], path: Path) -> None:
    """Write A and B of each layer into a file of NumPy's .npz kind."""
    np.savez(path, *adapter_weights(layers))


def load_adapters(layers: Sequence[keras.layers.Dense], path: Path) -> None:
    """Read what save_adapters() wrote."""
    with np.load(path) as file:
        set_adapter_weights(layers, [file[f"arr_{number}"] for number in range(len(file.files))])


def merge(layers: Sequence[keras.layers.Dense]) -> None:
    """Add each layer's product to its matrix for good, and give the adapters a B of zeros."""
    for layer in layers:
        layer._kernel.assign(ops.convert_to_tensor(layer.kernel))
        layer.lora_kernel_b.assign(np.zeros(layer.lora_kernel_b.shape, "float32"))
