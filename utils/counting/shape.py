"""Counting the parameters of a published model from a handful of sizes."""

from dataclasses import dataclass, fields
from types import NoneType
from typing import Any, NamedTuple, get_args

from utils.llm.config import Config


class Matrix(NamedTuple):
    """A dense layer: a weight for each input and output, inputs x outputs, and perhaps a bias an output.

    copies: how many of them the model keeps. used: how many of them work on one token.
    """

    name: str
    inputs: int
    outputs: int
    bias: bool = False
    copies: int = 1
    used: int = 1

    @property
    def weights(self) -> int:
        """In one copy."""
        return self.inputs * self.outputs

    @property
    def biases(self) -> int:
        """In one copy."""
        return self.outputs if self.bias else 0

    def times(self, blocks: int) -> "Matrix":
        """The same in each of so many blocks."""
        return self._replace(copies=self.copies * blocks, used=self.used * blocks)


@dataclass(frozen=True)
class Attention:
    """The attention of a block.

    heads: query heads. key_value_heads: key and value heads, as many as heads when left out.
    head_size: numbers in a query, key or value, width / heads when left out.
    biases: whether queries, keys and values have them. output_bias: whether the way back to the width has.

    Raises ValueError when the sizes do not fit together.
    """

    heads: int
    key_value_heads: int | None = None
    head_size: int | None = None
    biases: bool = False
    output_bias: bool = False

    def __post_init__(self) -> None:
        _check(self)
        if self.heads % self.pairs:
            raise ValueError(
                f"heads must be divisible by key_value_heads; {self.heads} is not by {self.key_value_heads}"
            )

    @property
    def pairs(self) -> int:
        """Heads of keys and values."""
        return self.heads if self.key_value_heads is None else self.key_value_heads

    def size(self, width: int) -> int:
        """Numbers in a head's query, key or value. Raises ValueError when heads cannot share the width."""
        if self.head_size is not None:
            return self.head_size
        if width % self.heads:
            raise ValueError(
                f"width must be divisible by heads (or head_size given); {width} is not by {self.heads}"
            )
        return width // self.heads

    def matrices(self, width: int) -> list[Matrix]:
        """The matrices of one block whose tokens are vectors of `width` numbers."""
        size = self.size(width)
        return [
            Matrix("queries", width, self.heads * size, self.biases),
            Matrix("keys", width, self.pairs * size, self.biases),
            Matrix("values", width, self.pairs * size, self.biases),
            Matrix("output", self.heads * size, width, self.output_bias),
        ]

    @property
    def norm_scales(self) -> int:
        """Numbers that norms inside the attention scale: there are no such norms."""
        return 0

    def remembered(self, width: int) -> int:
        """Numbers that a block keeps of each token for the later ones: its keys and its values."""
        return 2 * self.pairs * self.size(width)

    def compared(self, width: int) -> int:
        """Multiplications of one token with one earlier: a query with its key, a score with its value."""
        return 2 * self.heads * self.size(width)


@dataclass(frozen=True)
class LatentAttention:
    """Multi-head latent attention: queries, keys and values come out of short vectors that all heads share.

    DeepSeek-AI 2024 (DeepSeek-V2), section 2.1. query_rank, rank: numbers in the short vector of the
    queries, and in that of keys and values. plain, rotary: numbers in a query and in a key without and with
    a position; the rotary ones of a key are shared by all heads. value: numbers in a head's value.

    Raises ValueError when a size is no whole number from 1 on.
    """

    heads: int
    query_rank: int
    rank: int
    plain: int
    rotary: int
    value: int

    def __post_init__(self) -> None:
        _check(self)

    def matrices(self, width: int) -> list[Matrix]:
        """The matrices of one block whose tokens are vectors of `width` numbers."""
        return [
            Matrix("queries down", width, self.query_rank),
            Matrix("queries up", self.query_rank, self.heads * (self.plain + self.rotary)),
            Matrix("keys and values down", width, self.rank + self.rotary),
            Matrix("keys and values up", self.rank, self.heads * (self.plain + self.value)),
            Matrix("output", self.heads * self.value, width),
        ]

    @property
    def norm_scales(self) -> int:
        """Numbers that norms inside the attention scale: the two short vectors, in each block."""
        return self.query_rank + self.rank

    def remembered(self, width: int) -> int:
        """Numbers that a block keeps of each token: the short vector and the rotary part of the key."""
        return self.rank + self.rotary

    def compared(self, width: int) -> int:
        """Multiplications of one token with one earlier, once keys and values are multiplied out."""
        return self.heads * (self.plain + self.rotary + self.value)


@dataclass(frozen=True)
class MLP:
    """The dense layers within each token: up to `hidden` units, and down to the width again.

    gated: whether a third matrix, as large as the one up, opens and closes the units (Shazeer 2020).

    Raises ValueError when hidden is no whole number from 1 on.
    """

    hidden: int
    gated: bool = True
    biases: bool = False

    def __post_init__(self) -> None:
        _check(self)

    def matrices(self, width: int) -> list[Matrix]:
        """The matrices of one block whose tokens are vectors of `width` numbers."""
        gate = [Matrix("gate", width, self.hidden, self.biases)] if self.gated else []
        up, down = (width, self.hidden), (self.hidden, width)
        return [*gate, Matrix("up", *up, self.biases), Matrix("down", *down, self.biases)]


@dataclass(frozen=True)
class Experts:
    """Several MLPs in a block, and a router that sends each token to a few: a mixture of experts.

    expert: one of them. number: how many there are. active: how many work on a token. shared: how many
    more work on every token. router_bias: whether the router has one for each expert. first: the MLP that
    stands instead in the first blocks, and first_blocks: in how many of them.

    Raises ValueError when the numbers do not fit together.
    """

    expert: MLP
    number: int
    active: int
    shared: int = 0
    router_bias: bool = False
    first: MLP | None = None
    first_blocks: int = 0

    def __post_init__(self) -> None:
        _check(self)
        if self.active > self.number:
            raise ValueError(f"active must be at most number, {self.number} experts, not {self.active}")
        if (self.first is None) != (self.first_blocks == 0):
            raise ValueError(
                "first and first_blocks go together: an MLP and in how many blocks it stands; "
                f"not {self.first} and {self.first_blocks}"
            )


@dataclass(frozen=True)
class Shape:
    """The published sizes of a language model: all that its parameters can be counted from.

    vocabulary: how many tokens there are. width: numbers in a token's vector. layers: how many blocks.
    attention, mlp: what is in each block. positions, token_types: rows of learned vectors for these; none
    when positions are rotary. norms: how many a block has. norm_biases: whether each norm has offsets beside
    its scales. embedding_norm, final_norm: whether there is a norm before the first block, and after the
    last. tied: whether the embedding table is used again as the head. pooler: whether a dense layer follows
    on the first token's vector, as in BERT.

    Raises ValueError when the sizes do not fit together.
    """

    vocabulary: int
    width: int
    layers: int
    attention: Attention | LatentAttention
    mlp: MLP | Experts
    positions: int = 0
    token_types: int = 0
    norms: int = 2
    norm_biases: bool = False
    embedding_norm: bool = False
    final_norm: bool = True
    tied: bool = True
    pooler: bool = False

    def __post_init__(self) -> None:
        _check(self)
        self.attention.matrices(self.width)  # Raises where the heads cannot share the width.
        if isinstance(self.mlp, Experts) and self.mlp.first_blocks > self.layers:
            raise ValueError(
                f"first_blocks must be at most layers, {self.layers} blocks, not {self.mlp.first_blocks}"
            )


def shape_of(config: Config) -> Shape:
    """The shape of the LanguageModel that a Config describes."""
    return Shape(
        vocabulary=config.vocabulary,
        width=config.width,
        layers=config.layers,
        attention=Attention(config.heads, config.key_value_heads),
        mlp=MLP(config.hidden),
        tied=config.tied,
    )


def matrices(shape: Shape) -> dict[str, list[Matrix]]:
    """Every matrix that a token's vector is multiplied by, under the part of the model it belongs to.

    `copies` and `used` are those of the whole model. A tied head is used and has no copy of its own; a
    pooler works once a text, and not on every token.
    """
    width, layers, mlp = shape.width, shape.layers, shape.mlp
    found = {"attention": [matrix.times(layers) for matrix in shape.attention.matrices(width)]}
    if isinstance(mlp, MLP):
        found["MLP"] = [matrix.times(layers) for matrix in mlp.matrices(width)]
    else:
        if mlp.first is not None:
            found["MLP"] = [matrix.times(mlp.first_blocks) for matrix in mlp.first.matrices(width)]
        mixed = layers - mlp.first_blocks
        expert = mlp.expert.matrices(width)
        found["router"] = [Matrix("router", width, mlp.number, mlp.router_bias).times(mixed)]
        found["expert"] = [each._replace(copies=mlp.number, used=mlp.active).times(mixed) for each in expert]
        found["shared expert"] = [each.times(mlp.shared * mixed) for each in expert]
    if shape.pooler:
        found["pooler"] = [Matrix("pooler", width, width, bias=True, used=0)]
    found["head"] = [Matrix("head", width, shape.vocabulary, copies=0 if shape.tied else 1)]
    return found


def parts(shape: Shape) -> dict[str, int]:
    """How many parameters each part of the model has, in all of its blocks together.

    A part that is not there is not listed, but for the head: 0 says that it is the embedding table again.
    """
    width = shape.width
    scaled = shape.layers * (shape.norms * width + shape.attention.norm_scales)
    scaled += (shape.embedding_norm + shape.final_norm) * width
    counts = {
        "embedding": shape.vocabulary * width,
        "positions": shape.positions * width,
        "token types": shape.token_types * width,
        "norm scales": scaled,
        "norm biases": scaled if shape.norm_biases else 0,
    }
    for part, found in matrices(shape).items():
        counts[f"{part} weights"] = sum(matrix.copies * matrix.weights for matrix in found)
        counts[f"{part} biases"] = sum(matrix.copies * matrix.biases for matrix in found)
    return {part: number for part, number in counts.items() if number or part == "head weights"}


def total(shape: Shape) -> int:
    """How many parameters the model has."""
    return sum(parts(shape).values())


def active(shape: Shape) -> int:
    """How many of them one token meets: all but those of the experts that it is not sent to.

    The embedding table and the head count whole, as in the 12.9 billion of Mixtral. (DeepSeek leaves the
    embedding table out, since a token needs one row of it only.)
    """
    experts = matrices(shape).get("expert", [])
    return total(shape) - sum((each.copies - each.used) * (each.weights + each.biases) for each in experts)


def _check(part: Any) -> None:
    """Raises ValueError unless every field holds what it is declared to hold.

    A size is a whole number from 1 on; from 0 on where 0 is what it is when left out.
    """
    for field in fields(part):
        name, value, kind = field.name, getattr(part, field.name), field.type
        if value is None and field.default is None:
            continue
        if kind in (int, int | None):
            least = 0 if field.default == 0 else 1
            if type(value) is not int or value < least:
                raise ValueError(f"{name} must be a whole number from {least} on, not {value!r}")
        elif not isinstance(value, kind):
            classes = [each.__name__ for each in get_args(kind) or [kind] if each is not NoneType]
            wanted = "True or False" if kind is bool else " or ".join(classes)
            raise ValueError(f"{name} must be {wanted}, not {value!r}")
