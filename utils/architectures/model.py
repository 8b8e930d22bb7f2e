"""A model as its config.json describes it: how many parameters, what it keeps of a text, what it computes."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from math import ceil
from typing import Any

from utils.architectures.families import FAMILIES, Family
from utils.architectures.fields import Fields
from utils.architectures.parts import Array, Memory, matrix, norm


@dataclass(frozen=True)
class Architecture:
    """A model of a published family, in parts.

    family: its `model_type`. arrays: everything that training finds. memories: of each layer, what it keeps
    of a text. context: tokens that it was made to read at the most, None where the file does not say.
    assumed: what the file leaves out and transformers has a default for. notes: what is not counted.
    """

    family: str
    arrays: list[Array]
    memories: list[tuple[Memory, ...]]
    context: int | None
    assumed: dict[str, Any]
    notes: tuple[str, ...] = ()

    def parts(self) -> dict[str, int]:
        """How many parameters each part has, in all layers together; 0 for a head that is the table again."""
        return self._sums(lambda array: array.numbers * array.copies)

    def active_parts(self) -> dict[str, int]:
        """How many of them one token meets: all but those of the experts that it is not sent to."""
        return self._sums(lambda array: array.numbers * min(array.copies, array.used))

    def total(self) -> int:
        """How many parameters the model has: what transformers finds, and what it holds apart though trained.

        (The biases of routers and the scales of layers are no parameters to it, but buffers.)
        """
        return sum(self.parts().values())

    def active(self) -> int:
        """How many of them one token meets. Tables count whole, and so does the head."""
        return sum(self.active_parts().values())

    def weight_bytes(self, bits: float) -> int:
        """Bytes that all parameters take, at so many bits each."""
        return ceil(self.total() * bits / 8)

    def cache_bytes(self, context: int, bits: float = 16) -> int:
        """Bytes that are kept of a text of so many tokens, layer by layer, at so many bits a number.

        A layer with a window keeps that many tokens and no more; one with latent attention, the short vector
        and the rotary part of the key; one with linear attention, a convolution or a state space, its state.
        """
        numbers = sum(
            memory.numbers * min(context, memory.keeps or context) + memory.state
            for layer in self.memories
            for memory in layer
        )
        return ceil(numbers * bits / 8)

    def token_flops(self, context: int) -> int:
        """Floating-point operations of one token's way through the model, when it can look at so many.

        A multiplication and an addition for each weight of each matrix that it meets, for each number in the
        comparison with each token that it looks at, and for each in the step of a state. As in
        utils.costs.token_flops norms, activations and softmax are left out.
        """
        multiplied = sum(array.numbers * array.used for array in self.arrays if array.multiplied)
        remembered = sum(
            memory.compared * min(context, memory.looks or context) + memory.stepped
            for layer in self.memories
            for memory in layer
        )
        return 2 * (multiplied + remembered)

    def _sums(self, of: Callable[[Array], int]) -> dict[str, int]:
        sums: dict[str, int] = {}
        for array in self.arrays:
            sums[array.part] = sums.get(array.part, 0) + of(array)
        return sums


def build(family: str, fields: Fields) -> Architecture:
    """The model that the fields describe, put together as its family's row says.

    Raises ValueError, naming the field, when one is missing or impossible.
    """
    row = FAMILIES[family]
    for name, counted in row.only.items():
        if name in fields.given and fields.given[name] not in counted:
            known = " or ".join(map(repr, counted)) or "files without it"
            raise ValueError(f"{name} {fields.given[name]!r:.60} is not counted for {family}, only {known}")
    width, vocabulary = fields.size("width"), fields.size("vocabulary")
    layers = row.layers(fields) if row.layers else fields.size("layers")
    listed = fields.layer_kinds(layers) if row.listed else None
    fields.kinds = listed or [row.kinds(fields, layer) for layer in range(layers)]
    if row.last_full:
        fields.kinds[-1] = "full_attention"

    arrays, memories = _first(row, fields, width, vocabulary), []
    for layer in range(layers):
        pieces = [part(fields, layer) for part in (row.attention, row.mlp)]
        arrays += [array for piece in pieces for array in piece.arrays]
        arrays += _norms(row, fields, width)
        memories.append(tuple(memory for piece in pieces for memory in piece.memories))
    arrays += _last(row, fields, width, vocabulary)
    context = fields.size("context", otherwise=0) - row.spare_positions
    return Architecture(
        family, _merged(arrays), memories, max(context, 0) or None, fields.assumed, _notes(row, fields)
    )


def _row_size(row: Family, fields: Fields, width: int) -> int:
    return row.embedding(fields) if row.embedding else width


def _first(row: Family, fields: Fields, width: int, vocabulary: int) -> list[Array]:
    """What stands before the first layer."""
    row_size = _row_size(row, fields, width)
    arrays = [Array("embedding", vocabulary * row_size)]
    if row.positions:
        arrays.append(Array("positions", row.positions(fields) * width))
    if row.token_types:
        arrays.append(Array("token types", fields.size("type_vocab_size") * width))
    if row_size != width:
        arrays += matrix("projection", row_size, width)
    arrays += row.embedding_norm * norm(width, row.norm_biases)
    return arrays + (row.beside(fields) if row.beside else [])


def _last(row: Family, fields: Fields, width: int, vocabulary: int) -> list[Array]:
    """What stands after the last layer."""
    row_size = _row_size(row, fields, width)
    has_norm = row.final_norm(fields) if callable(row.final_norm) else row.final_norm
    arrays = has_norm * fields.flag(row.norm_scales) * norm(width, row.norm_biases)
    if row_size != width:
        arrays += matrix("projection", width, row_size)
    if row.pooler:  # It works once a text, and not on every token.
        arrays += [array._replace(multiplied=False) for array in matrix("pooler", width, width, bias=True)]
    if row.head:
        head, *bias = matrix("head", row_size, vocabulary, fields.flag(row.head_bias))
        arrays += [head._replace(copies=0 if fields.flag("tied") else 1), *bias]
    return arrays


def _norms(row: Family, fields: Fields, width: int) -> list[Array]:
    number = row.norms(fields) if callable(row.norms) else row.norms
    return number * fields.flag(row.norm_scales) * norm(width, row.norm_biases)


def _merged(arrays: Iterable[Array]) -> list[Array]:
    """Arrays that are alike in all layers as one, with as many copies."""
    found: dict[Array, int] = {}
    for array in arrays:
        found[array] = found.get(array, 0) + 1
    return [
        array._replace(copies=array.copies * times, used=array.used * times) for array, times in found.items()
    ]


def _notes(row: Family, fields: Fields) -> tuple[str, ...]:
    notes = [] if row.head else ["an encoder: the layers that guess masked words are not counted"]
    blocks = fields.given.get("num_nextn_predict_layers")
    if blocks:
        notes.append(f"num_nextn_predict_layers {blocks}: what guesses tokens further on is not counted")
    return tuple(notes)
