"""What a model is put together from: arrays of parameters, and what a layer remembers of a text."""

from collections.abc import Callable
from typing import NamedTuple

from utils.architectures.fields import Fields


class Array(NamedTuple):
    """So many numbers that training finds, and the part of the model they belong to.

    numbers: in one copy. copies: how many the model keeps. used: how many of them work on one token.
    multiplied: whether each number is multiplied once for a token (a matrix), or not (a table, a bias).
    """

    part: str
    numbers: int
    copies: int = 1
    used: int = 1
    multiplied: bool = False


class Memory(NamedTuple):
    """What one layer keeps of a text, and what it computes with that.

    numbers: kept of each token. keeps: of how many tokens at the most, of all if None. compared:
    multiplications of one token with one that is kept. looks: with how many at the most, all if None.
    state: numbers kept however long the text is. stepped: multiplications of one token with the state.
    """

    numbers: int = 0
    keeps: int | None = None
    compared: int = 0
    looks: int | None = None
    state: int = 0
    stepped: int = 0


class Piece(NamedTuple):
    """A part of one layer: its arrays and its memories."""

    arrays: list[Array]
    memories: tuple[Memory, ...] = ()


Part = Callable[[Fields, int], Piece]
"""Makes the piece of one layer, from the fields of the file and the layer's place, 0 for the first."""

Rule = Callable[[Fields, int], bool]
"""Whether something holds in a layer, from the fields of the file and the layer's place."""

Flag = bool | str
"""True, False, or the name of the field that says which."""


def matrix(part: str, inputs: int, outputs: int, bias: bool = False, copies: int = 1, used: int = 1) -> list:
    """A weight for each input and output, and perhaps a bias for each output."""
    weights = [Array(f"{part} weights", inputs * outputs, copies, used, multiplied=True)]
    return weights + ([Array(f"{part} biases", outputs, copies, used)] if bias else [])


def norm(size: int, biases: bool = False) -> list[Array]:
    """A scale for each number, and perhaps an offset."""
    return [Array("norm scales", size)] + ([Array("norm biases", size)] if biases else [])


def attention(
    biases: Flag = False,
    output_bias: Flag | None = None,
    query_key_norm: str = "",
    norm_flag: Flag = True,
    norm_biases: bool = False,
    gate: bool = False,
    sinks: bool = False,
    pairs: Callable[[Fields], int] | None = None,
    own_head_size: bool = True,
    head_size: str = "head_size",
    remembers: bool = True,
    borrows: Rule | None = None,
    keys_as_values: Flag = False,
) -> Part:
    """Queries, keys and values, each head comparing each token with each earlier one.

    biases: of queries, keys and values; output_bias: of the way back to the width, as biases when left out.
    query_key_norm: "head" scales the numbers of a head, the same in all; "all" those of all heads at once;
    norm_flag says whether it is there. gate: a gate for each number the heads put out. sinks: a number for
    each head that takes part of the attention. pairs: heads of keys and values. own_head_size: whether the
    file can choose the size of a head, head_size: the field that does. remembers: False for an encoder, which
    has no cache. borrows: in which layers the keys and values are those of an earlier layer. keys_as_values:
    whether one matrix makes both, which are kept apart since only keys are turned.
    """

    def make(fields: Fields, layer: int) -> Piece:
        width, heads = fields.size("width"), fields.size("heads")
        shared = pairs(fields) if pairs else fields.size("key_value_heads", otherwise=heads)
        fields.divisible("heads", heads, "key_value_heads", shared)
        size = fields.size(head_size, otherwise=0) if own_head_size else 0
        if not size:
            fields.divisible("width", width, "heads", heads)
            size = width // heads
            if fields.given.get("head_dim", size) not in (None, size):
                raise ValueError(f"head_dim {fields.given['head_dim']!r} is not counted here, only {size}")
        inner, bias = heads * size, fields.flag(biases)
        back = bias if output_bias is None else fields.flag(output_bias)
        borrowed = borrows is not None and borrows(fields, layer)
        arrays = matrix("attention", width, inner * (2 if gate else 1), bias)
        made = 0 if borrowed else 1 if fields.flag(keys_as_values) else 2
        arrays += made * matrix("attention", width, shared * size, bias)
        arrays += matrix("attention", inner, width, back)
        if query_key_norm and fields.flag(norm_flag):
            for number in (heads,) if borrowed else (heads, shared):
                arrays += norm(size if query_key_norm == "head" else number * size, norm_biases)
        if sinks:
            arrays.append(Array("attention sinks", heads))
        window = fields.window(layer)
        kept = 2 * shared * size if remembers and not borrowed else 0
        return Piece(arrays, (Memory(kept, window, 2 * inner, window),))

    return make


def latent_attention(biases: Flag = False, indexer: bool = False) -> Part:
    """Queries, keys and values out of short vectors that all heads share (DeepSeek-V2, section 2.1).

    Of each token the short vector is kept, and the rotary part of its key: that is what the method is for.
    (Programs that keep the multiplied-out keys and values instead keep more.) indexer: a small attention of
    its own finds the `index_topk` tokens that are looked at (DeepSeek-V3.2), or takes over those that a layer
    before it has found (GLM-5.2).
    """

    def make(fields: Fields, layer: int) -> Piece:
        width, heads, bias = fields.size("width"), fields.size("heads"), fields.flag(biases)
        rank, rotary = fields.size("kv_lora_rank"), fields.size("qk_rope_head_dim")
        plain, value = fields.size("qk_nope_head_dim"), fields.size("v_head_dim")
        short = fields.size("q_lora_rank", otherwise=None if indexer else 0)
        queries = heads * (plain + rotary)
        if short:
            arrays = matrix("attention", width, short, bias) + norm(short)
            arrays += matrix("attention", short, queries)
        else:
            arrays = matrix("attention", width, queries)
        arrays += matrix("attention", width, rank + rotary, bias) + norm(rank)
        arrays += matrix("attention", rank, heads * (plain + value))
        arrays += matrix("attention", heads * value, width, bias)
        compared = heads * (plain + rotary + value)
        if not indexer:
            return Piece(arrays, (Memory(rank + rotary, compared=compared),))
        looked_at = fields.size("index_topk")
        listed = fields.words("indexer_types", fields.size("layers"), ("full", "shared"))
        if listed and listed[layer] == "shared":
            return Piece(arrays, (Memory(rank + rotary, compared=compared, looks=looked_at),))
        finders, size = fields.size("index_n_heads"), fields.size("index_head_dim")
        arrays += matrix("indexer", short, finders * size) + matrix("indexer", width, size)
        arrays += norm(size, biases=True) + matrix("indexer", width, finders)
        found = Memory(rank + rotary, compared=compared, looks=looked_at)
        return Piece(arrays, (found, Memory(size, compared=finders * size)))

    return make


def delta_attention(fields: Fields, layer: int) -> Piece:
    """Linear attention by the gated delta rule: a matrix for each head, however long the text is.

    (Yang and others 2024, arXiv 2412.06464.) A token's key finds what the matrix holds for it, its value is
    written in that place, and its query reads: three products with the matrix. A convolution over the last
    few tokens comes before.
    """
    width, kernel = fields.size("width"), fields.size("linear_conv_kernel_dim")
    keys, values = fields.size("linear_num_key_heads"), fields.size("linear_num_value_heads")
    key, value = fields.size("linear_key_head_dim"), fields.size("linear_value_head_dim")
    fields.divisible("linear_num_value_heads", values, "linear_num_key_heads", keys)
    channels = 2 * keys * key + values * value
    arrays = matrix("linear attention", width, channels + values * value + 2 * values)
    arrays += [Array("linear attention convolutions", kernel * channels, multiplied=True)]
    arrays += [Array("linear attention decays", 2 * values)]
    arrays += norm(value) + matrix("linear attention", values * value, width)
    held = values * key * value
    return Piece(arrays, (Memory(state=held + kernel * channels, stepped=3 * held),))


def expanded(fields: Fields, own: str = "") -> int:
    """How many numbers the heads of a state space have together: so many times the width.

    own: a field that can say another number.
    """
    said = f"{fields.name('state_expansion')} * {fields.name('width')}"
    if own and fields.get(own) is not None:
        said, inner = own, fields.size(own)
    else:
        inner = fields.size("state_expansion") * fields.size("width")
    heads, name = fields.size("state_heads"), fields.name("state_heads")
    fields.divisible(said, inner, "state_heads", heads)
    size = fields.get("state_head_size")
    if size not in (None, "auto", inner // heads):
        raise ValueError(
            f"{fields.name('state_head_size')} must be {said} / {name}, {inner // heads}, not {size!r}"
        )
    return inner


def heads_together(fields: Fields) -> int:
    """The same, where the size of a head is free."""
    return fields.size("state_heads") * fields.size("state_head_size")


def state_space(
    channels: Callable[[Fields], int] = expanded,
    norm_flag: Flag = True,
    output_biases: Flag = "state_biases",
) -> Part:
    """A Mamba-2 layer (Dao and Gu 2024, arXiv 2405.21060): a state for each head, and a short convolution.

    channels: how many numbers the heads have together, norm_flag: whether they are normalised. output_biases:
    of the way back to the width.
    """

    def make(fields: Fields, layer: int) -> Piece:
        width, kernel, heads = fields.size("width"), fields.size("state_kernel"), fields.size("state_heads")
        size, groups, inner = fields.size("state_size"), fields.size("state_groups"), channels(fields)
        fields.divisible("state_heads", heads, "state_groups", groups)
        convolved = inner + 2 * groups * size
        arrays = matrix("state space", width, inner + convolved + heads, fields.flag("state_biases"))
        arrays += [Array("state space convolutions", kernel * convolved, multiplied=True)]
        if fields.flag("state_kernel_biases"):
            arrays += [Array("state space biases", convolved)]
        arrays += [Array("state space decays", 3 * heads)]
        arrays += fields.flag(norm_flag) * norm(inner)
        arrays += matrix("state space", inner, width, fields.flag(output_biases))
        held = inner * size
        return Piece(arrays, (Memory(state=held + kernel * convolved, stepped=3 * held),))

    return make


def selective_state(norms: bool = False) -> Part:
    """A Mamba layer (Gu and Dao 2023, arXiv 2312.00752, section 3): a state for each channel.

    Each token says itself how much of the state stays and what is written into it, through `state_rank`
    numbers; "auto" is a sixteenth of the width. norms: whether what it says is normalised.
    """

    def make(fields: Fields, layer: int) -> Piece:
        width, kernel, size = fields.size("width"), fields.size("state_kernel"), fields.size("state_size")
        inner, bias = fields.size("state_expansion") * width, fields.flag("state_biases")
        through = -(-width // 16) if fields.get("state_rank") == "auto" else fields.size("state_rank")
        arrays = matrix("state space", width, 2 * inner, bias)
        arrays += [Array("state space convolutions", kernel * inner, multiplied=True)]
        if fields.flag("state_kernel_biases"):
            arrays += [Array("state space biases", inner)]
        arrays += matrix("state space", inner, through + 2 * size)
        arrays += matrix("state space", through, inner, bias=True)
        arrays += [Array("state space decays", inner * size + inner)]
        arrays += matrix("state space", inner, width, bias)
        if norms:
            arrays += norm(through) + 2 * norm(size)
        held = inner * size
        return Piece(arrays, (Memory(state=held + kernel * inner, stepped=3 * held),))

    return make


def nothing(fields: Fields, layer: int) -> Piece:
    """A layer that does without this part."""
    return Piece([])


def convolution(fields: Fields, layer: int) -> Piece:
    """A gated convolution over the last few tokens (Liquid AI's LFM2), in the place of attention."""
    width, kernel, bias = fields.size("width"), fields.size("conv_L_cache"), fields.flag("conv_bias")
    arrays = matrix("convolution", width, 3 * width, bias) + matrix("convolution", width, width, bias)
    arrays += [Array("convolution kernels", kernel * width, multiplied=True)]
    arrays += [Array("convolution biases", width)] if bias else []
    return Piece(arrays, (Memory(state=kernel * width),))


def mlp(
    biases: Flag = False,
    gated: bool = True,
    hidden: str | Callable[[Fields, int], int] = "hidden",
    activation_scales: int = 0,
) -> Part:
    """Up to the hidden units and down again; gated, a second matrix up opens and closes the units.

    activation_scales: numbers that training finds within the activation function.
    """

    def make(fields: Fields, layer: int) -> Piece:
        width, bias = fields.size("width"), fields.flag(biases)
        units = hidden(fields, layer) if callable(hidden) else fields.size(hidden)
        arrays = (2 if gated else 1) * matrix("MLP", width, units, bias) + matrix("MLP", units, width, bias)
        return Piece(arrays + ([Array("activation scales", activation_scales)] if activation_scales else []))

    return make


def experts(
    hidden: str = "expert_hidden",
    biases: bool = False,
    router_bias: Flag = False,
    shared: Callable[[Fields], int] | None = None,
    shared_gate: bool = False,
    shared_biases: Flag = False,
    without: bool = False,
    scales: bool = False,
    gated: bool = True,
    narrow: str = "",
) -> Part:
    """Several MLPs, and a router that sends each token to a few of them.

    shared: hidden units of the MLP that works on every token beside them; shared_gate: a number for each
    token that opens and closes it. without: whether a model of this family may have no routed experts.
    scales: whether there is one for each number that the router sees, and for what each expert puts out.
    gated: as in `mlp`. narrow: the field that says how long the vectors are that are made for the routed
    experts, if any are (with biases as the shared MLP).
    """

    def make(fields: Fields, layer: int) -> Piece:
        width, ways_up, arrays = fields.size("width"), 2 if gated else 1, []
        number = fields.whole("experts") if without else fields.size("experts")
        if number:
            units, active = fields.size(hidden), fields.size("active_experts")
            fields.at_most("active_experts", active, "experts", number)
            arrays += matrix("router", width, number, fields.flag(router_bias))
            length = width
            if narrow and fields.get(narrow) is not None:
                length = fields.size(narrow)
                for inputs, outputs in [(width, length), (length, width)]:
                    arrays += matrix("expert vector", inputs, outputs, fields.flag(shared_biases))
            for inputs, outputs in [(length, units)] * ways_up + [(units, length)]:
                arrays += matrix("expert", inputs, outputs, biases, number, active)
            if scales:
                arrays += [Array("router scales", width), Array("expert scales", 1, number, active)]
        units = shared(fields) if shared else 0
        if units:
            for inputs, outputs in [(width, units)] * ways_up + [(units, width)]:
                arrays += matrix("shared expert", inputs, outputs, fields.flag(shared_biases))
            arrays += matrix("shared expert", width, 1) if shared_gate else []
        return Piece(arrays)

    return make


def streams(fields: Fields, layer: int) -> Piece:
    """Several vectors for each token, of which the layer works on one (Baykal and others, arXiv 2301.13310).

    Through the same matrix what goes into the layer and what comes out of it say how the vectors are mixed.
    The mixing itself is left out of the operations, as norms are.
    """
    width, number = fields.size("width"), fields.size("altup_num_inputs")
    arrays = [Array("stream weights", width * number, used=2, multiplied=True)]
    arrays += matrix("stream", number, number**2) + matrix("stream", number, number)
    return Piece([*arrays, Array("stream scales", width), *norm(width)])


def stream_ends(fields: Fields) -> list[Array]:
    """The ways into all the vectors but the first, and out of them again: once in a model."""
    width, number = fields.size("width"), fields.size("altup_num_inputs")
    return 2 * (number - 1) * matrix("stream", width, width)


def learned_residual(fields: Fields, layer: int) -> Piece:
    """A way around the attention, through few numbers (LAuReL: Menghani and others, arXiv 2411.07501)."""
    width, rank = fields.size("width"), fields.size("laurel_rank")
    arrays = matrix("learned residual", width, rank) + matrix("learned residual", rank, width)
    return Piece(arrays + norm(width))


def layer_rows(fields: Fields, layer: int) -> Piece:
    """A table for this layer alone (Gemma 3n): what the layer has found opens and closes the token's row.

    To the row is added, before, what a matrix makes of the token's vector in the model's own table.
    """
    width, size = fields.size("width"), fields.size("hidden_size_per_layer_input")
    arrays = [Array("layer embeddings", fields.size("vocab_size_per_layer_input") * size)]
    arrays += 2 * matrix("layer embedding", width, size) + matrix("layer embedding", size, width)
    return Piece(arrays + norm(width))


def layer_rows_norm(fields: Fields) -> list[Array]:
    """The norm of what is added to the rows, the same for all layers: once in a model."""
    return norm(fields.whole("hidden_size_per_layer_input", otherwise=0))


def layer_scale(fields: Fields, layer: int) -> Piece:
    """One number that scales all that a layer hands on."""
    return Piece([Array("layer scales", 1)])


def together(*parts: Part) -> Part:
    """Several parts of one layer, where others have one."""

    def make(fields: Fields, layer: int) -> Piece:
        pieces = [part(fields, layer) for part in parts]
        arrays = [array for piece in pieces for array in piece.arrays]
        return Piece(arrays, tuple(memory for piece in pieces for memory in piece.memories))

    return make


def either(which: Rule, one: Part, other: Part) -> Part:
    """One part in the layers of which `which` is true, the other in the rest."""
    return lambda fields, layer: (one if which(fields, layer) else other)(fields, layer)


def of_kind(parts: dict[str, Part], rest: Part) -> Part:
    """The part for a layer's kind, as the file's `layer_types` names it, and one for all other kinds."""
    return lambda fields, layer: parts.get(fields.kinds[layer], rest)(fields, layer)
