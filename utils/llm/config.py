"""The sizes of a decoder-only transformer of the Llama family."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Config:
    """All that has to be known to build a LanguageModel; only the numbers that training finds are missing.

    vocabulary: how many tokens there are. width: numbers in a token's vector. layers: how many blocks.
    heads: query heads in a block; key_value_heads: key and value heads, each shared by
    heads / key_value_heads query heads (grouped-query attention, Ainslie et al. 2023, section 2.2).
    hidden: units inside a block's MLP. context: the most tokens at a time. rotary_base, epsilon: of the
    rotary positions and of RMSNorm. tied: whether the embedding table is used again as the head.
    bits: 32, or 16 or 8 to keep each number of a matrix in fewer (see rounded.py); such a model can
    be read into and asked, but not trained.

    In a published config.json these are vocab_size, hidden_size, num_hidden_layers, num_attention_heads,
    num_key_value_heads, intermediate_size, max_position_embeddings and tie_word_embeddings; other names for
    the same are in utils.architectures.fields.

    Raises ValueError when the sizes do not fit together.
    """

    vocabulary: int
    width: int
    layers: int
    heads: int
    key_value_heads: int
    hidden: int
    context: int
    rotary_base: float = 10_000.0
    epsilon: float = 1e-5
    tied: bool = True
    bits: int = field(default=32, repr=False)

    def __post_init__(self) -> None:
        for name in ("vocabulary", "width", "layers", "heads", "key_value_heads", "hidden", "context"):
            size = getattr(self, name)
            if not isinstance(size, int) or isinstance(size, bool) or size < 1:
                raise ValueError(f"{name} must be a whole number from 1 on, not {size!r}")
        if self.width % self.heads:
            raise ValueError(f"width must be divisible by heads; {self.width} is not by {self.heads}")
        if self.head_size % 2:
            raise ValueError(
                f"width / heads must be even, since positions turn pairs of numbers; "
                f"{self.width} / {self.heads} is {self.head_size}"
            )
        if self.heads % self.key_value_heads:
            raise ValueError(
                f"heads must be divisible by key_value_heads; {self.heads} is not by {self.key_value_heads}"
            )
        if self.bits not in (8, 16, 32):
            raise ValueError(f"bits must be 8, 16 or 32, not {self.bits!r}")

    @property
    def head_size(self) -> int:
        """How many numbers of a token's vector one head works on."""
        return self.width // self.heads
