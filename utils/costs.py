"""What a language model of a given shape costs: bytes of memory, and floating-point operations.

Bytes are whole numbers; 10**9 of them are a gigabyte (GB), 2**30 a gibibyte (GiB).
"""

from math import ceil

from utils.counting import Shape, active, matrices, total

BITS = {
    "float32": 32.0,
    "bfloat16": 16.0,
    "Q8_0": 8 + 16 / 32,
    "Q4_1": 4 + (16 + 16) / 32,
    "Q4_0": 4 + 16 / 32,
}
"""Bits that one weight takes in a file or in memory.

The last three are llama.cpp's: 32 weights of 8 or 4 bits share a 16-bit scale, in Q4_1 a 16-bit offset too,
so that "4 bits" are 4.5 or 5.
"""

TRAINING_BYTES = {
    "float32": {"weights": 4, "gradients": 4, "Adam's averages": 8},
    "mixed": {"weights": 2, "gradients": 2, "weights in float32": 4, "Adam's averages": 8},
}
"""Bytes that each parameter takes while Adam trains it: 16, in float32 and in mixed precision alike.

Adam keeps two running averages, of the gradient and of its square, as float32 (Kingma and Ba 2015,
algorithm 1). Mixed precision computes in 16 bits and keeps the weights in 32 as well (Rajbhandari et al.
2020, ZeRO, section 3.1). What the layers put out, kept for backpropagation, comes on top.
"""

SPEEDS = {"A100": 312e12, "H100": 989e12}
"""Floating-point operations a second, at most, from NVIDIA's data sheets: products of 16-bit matrices."""


def weight_bytes(shape: Shape, bits: float = 16) -> int:
    """Bytes that all weights take, at so many bits each: parameters x bits / 8.

    bits: 32, 16, 8 or 4, or that of a real format, as in BITS["Q4_1"]. Raises ValueError unless above 0.
    """
    return ceil(total(shape) * _positive("bits", bits) / 8)


def cache_bytes(shape: Shape, context: int, bits: float = 16) -> int:
    """Bytes of the keys and values kept for `context` tokens of one text, at so many bits a number.

    2 x layers x key_value_heads x head_size numbers a token (Ainslie et al. 2023, section 2.2, for fewer
    key and value heads than query heads); with latent attention layers x (rank + rotary) (DeepSeek-V2,
    section 2.1.4). A model that looks back over a window only (Mistral 7B: 4,096 tokens) keeps that much.

    Raises ValueError unless context and bits are above 0.
    """
    numbers = shape.layers * shape.attention.remembered(shape.width) * _positive("context", context)
    return ceil(numbers * _positive("bits", bits) / 8)


def training_bytes(shape: Shape, precision: str = "float32") -> dict[str, int]:
    """Bytes that each thing takes which is kept for every parameter while Adam trains.

    precision: "float32" or "mixed", see TRAINING_BYTES. Raises ValueError for any other.
    """
    if precision not in TRAINING_BYTES:
        raise ValueError(f"precision must be one of {', '.join(TRAINING_BYTES)}, not {precision!r}")
    return {thing: size * total(shape) for thing, size in TRAINING_BYTES[precision].items()}


def token_flops(shape: Shape, context: float) -> float:
    """Floating-point operations of one token's way through the model, when it looks at `context` tokens.

    Each weight of each matrix that it meets costs a multiplication and an addition; so does each number in
    the comparison with each token that it looks at. Over a text of n tokens that each look back, the context
    is (n + 1) / 2 on average, which gives the 2 x layers x n x width of Kaplan et al. 2020, section 2.1; a
    program that compares all with all and throws half of it away has a context of n.

    Only matrix products are counted. Norms, activations, softmax and positions come on top: a few per cent in
    a LanguageModel of width 32, 0.2 in one of width 576. The rule "2 operations a parameter" leaves the
    comparisons out (3 per cent for GPT-3 at 2,048 tokens, as much again for Llama 3 8B at 32,000) and counts
    the table of an untied embedding, which is looked up and not multiplied by.

    Raises ValueError unless context is above 0.
    """
    multiplied = sum(matrix.used * matrix.weights for part in matrices(shape).values() for matrix in part)
    compared = shape.layers * shape.attention.compared(shape.width) * _positive("context", context)
    return 2 * (multiplied + compared)


def training_flops(shape: Shape, tokens: float) -> float:
    """Floating-point operations of training on so many tokens: 6 x active parameters x tokens.

    2 for the way forward and 4 for the way back, which has two products for each forward one (Kaplan et al.
    2020, section 2.1, without the embedding among the parameters; Brown et al. 2020, table D.1, with it).
    Comparisons with other tokens are left out, see token_flops for how much that is.

    Raises ValueError unless tokens is above 0.
    """
    return 6 * active(shape) * _positive("tokens", tokens)


def hours(flops: float, speed: float, utilisation: float = 1.0) -> float:
    """Hours that one device works on so many floating-point operations; more of them share the hours.

    speed: operations a second at most, see SPEEDS. utilisation: the part of it that is reached, which
    was 0.38 to 0.43 when Llama 3 405B was trained (Llama Team 2024, table 4).

    Raises ValueError unless all are above 0, and utilisation at most 1.
    """
    if _positive("utilisation", utilisation) > 1:
        raise ValueError(f"utilisation must be at most 1, not {utilisation!r}")
    return _positive("flops", flops) / (_positive("speed", speed) * utilisation) / 3600


def _positive(name: str, value: float) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not value > 0:
        raise ValueError(f"{name} must be a number above 0, not {value!r}")
    return value
