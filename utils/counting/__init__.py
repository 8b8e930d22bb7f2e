"""Counting parameters: of a Keras model, of a published one from its sizes, and of a config.json.

`python -m utils.counting config.json` does the last (utils.architectures).
"""

from utils.counting.arrays import count, table
from utils.counting.shape import (
    MLP,
    Attention,
    Experts,
    LatentAttention,
    Matrix,
    Shape,
    active,
    matrices,
    parts,
    shape_of,
    total,
)

__all__ = [
    "MLP",
    "Attention",
    "Experts",
    "LatentAttention",
    "Matrix",
    "Shape",
    "active",
    "count",
    "matrices",
    "parts",
    "shape_of",
    "table",
    "total",
]
