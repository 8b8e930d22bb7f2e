"""Which parts the models of each family have: a row for each `model_type`, in the words of parts.py."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from utils.architectures.fields import Fields
from utils.architectures.parts import (
    Array,
    Flag,
    Part,
    Rule,
    attention,
    convolution,
    delta_attention,
    either,
    expanded,
    experts,
    heads_together,
    latent_attention,
    layer_rows,
    layer_rows_norm,
    layer_scale,
    learned_residual,
    mlp,
    nothing,
    of_kind,
    selective_state,
    state_space,
    stream_ends,
    streams,
    together,
)


def _all_full(fields: Fields, layer: int) -> str:
    return "full_attention"


@dataclass(frozen=True)
class Family:
    """What the models of one `model_type` are put together from.

    attention, mlp: the parts of a layer. layers: how many there are, where a list of them can say it alone.
    kinds: the kind of each layer where the file does not list them; listed: whether files of this family can,
    last_full: whether the last looks at everything whatever they say. norms: how many a layer has.
    norm_biases: whether they have offsets, norm_scales: whether they have scales. embedding_norm, final_norm:
    whether there is one before the first layer, and after the last. positions: rows of learned positions,
    spare_positions: how many of the context's stand for no position. token_types: whether there are rows for
    these. head: whether there is one at all, head_bias: whether it has biases. pooler: whether a dense layer
    follows on the first token's vector. embedding: numbers in a row of the table, where that is not the
    width. beside: what else there is once, and not in every layer. only: fields that must have one of
    these values where a file has them at all, since others are not counted.
    """

    attention: Part
    mlp: Part
    layers: Callable[[Fields], int] | None = None
    kinds: Callable[[Fields, int], str] = _all_full
    listed: bool = False
    last_full: bool = False
    norms: int | Callable[[Fields], int] = 2
    norm_biases: bool = False
    norm_scales: Flag = True
    embedding_norm: bool = False
    final_norm: bool | Callable[[Fields], bool] = True
    positions: Callable[[Fields], int] | None = None
    spare_positions: int = 0
    token_types: bool = False
    head: bool = True
    head_bias: Flag = False
    pooler: bool = False
    embedding: Callable[[Fields], int] | None = None
    beside: Callable[[Fields], list[Array]] | None = None
    only: dict[str, tuple[Any, ...]] = field(default_factory=dict)


# Which layers look at a window only.


def _window(fields: Fields, layer: int) -> str:
    """All of them, if the file has a window."""
    return "full_attention" if fields.get("sliding_window") is None else "sliding_attention"


def _asked_window(fields: Fields, layer: int) -> str:
    """All of them, if the file has a window and says that it is used."""
    return _window(fields, layer) if fields.flag("use_sliding_window") else "full_attention"


def _late_window(fields: Fields, layer: int) -> str:
    """Those from `max_window_layers` on, if the file says that a window is used."""
    return _window_from(fields, layer) if fields.flag("use_sliding_window") else "full_attention"


def _window_from(fields: Fields, layer: int) -> str:
    """Those from `max_window_layers` on, if the file has a window."""
    return _window(fields, layer) if layer >= fields.whole("max_window_layers") else "full_attention"


def _early_window(fields: Fields, layer: int) -> str:
    """Every other one before `max_window_layers`, if the file says that a window is used."""
    early = fields.flag("use_sliding_window") and layer < fields.whole("max_window_layers")
    return _window(fields, layer) if early and layer % 2 == 0 else "full_attention"


def _window_where_unturned(fields: Fields, layer: int) -> str:
    """Those without rotary positions, if the file says that a window is used."""
    turned = _turned(fields, layer)
    return _asked_window(fields, layer) if not turned else "full_attention"


def _turned(fields: Fields, layer: int) -> bool:
    """Whether a layer has rotary positions."""
    listed = fields.numbers("no_rope_layers")
    if not listed:
        return (layer + 1) % fields.size("no_rope_layer_interval") != 0
    if len(listed) <= layer:
        raise ValueError(f"no_rope_layers must have an entry for each layer, not {len(listed)} entries")
    return bool(listed[layer])


def _chunks_where_turned(fields: Fields, layer: int) -> str:
    return "chunked_attention" if _turned(fields, layer) else "full_attention"


def _full_every(
    name: str | None, otherwise: int, kind: str = "sliding_attention"
) -> Callable[[Fields, int], str]:
    """All but every so-many-th layer; how many, a field says, or `otherwise`."""

    def kinds(fields: Fields, layer: int) -> str:
        every = fields.size(name, otherwise=otherwise) if name else otherwise
        return "full_attention" if (layer + 1) % every == 0 else kind

    return kinds


def _full_if_window_is_null(otherwise: Callable[[Fields, int], str]) -> Callable[[Fields, int], str]:
    """All full where there is no window, whatever the pattern."""

    def kinds(fields: Fields, layer: int) -> str:
        return "full_attention" if fields.get("sliding_window") is None else otherwise(fields, layer)

    return kinds


def _convolutions(fields: Fields, layer: int) -> str:
    listed = fields.get("full_attn_idxs")
    return "full_attention" if listed is None or layer in fields.numbers("full_attn_idxs") else "conv"


def _full_where_listed(fields: Fields, layer: int) -> str:
    return "full_attention" if layer in fields.numbers("attn_layer_indices") else "linear_attention"


def _all_linear(fields: Fields, layer: int) -> str:
    return "linear_attention"


_BLOCKS = {"M": "linear_attention", "*": "full_attention", "-": "mlp", "E": "moe"}


def _blocks(fields: Fields) -> list[str]:
    """What each layer is, one thing each: from a list of words, or else from a line of letters."""
    pattern = fields.get("hybrid_override_pattern")
    if fields.get("layers_block_type") is None and pattern is not None:
        if not isinstance(pattern, str) or not pattern or set(pattern) - set(_BLOCKS):
            raise ValueError(f"hybrid_override_pattern must be letters of M*-E, not {pattern!r}")
        return [_BLOCKS[letter] for letter in pattern]
    blocks = fields.words("layers_block_type", None, tuple(_BLOCKS.values()))
    if not blocks:
        raise ValueError("layers_block_type is missing")
    return blocks


def _number_of_blocks(fields: Fields) -> int:
    number = len(_blocks(fields))
    said = fields.given.get("num_hidden_layers")
    if said not in (None, number):
        raise ValueError(f"num_hidden_layers {said!r} and a list of {number} layers disagree")
    return number


def _all_sparse(fields: Fields, layer: int) -> str:
    return "deepseek_sparse_attention"


def _borrows(fields: Fields, layer: int) -> bool:
    """Whether a layer uses the keys and values of the last of its kind before the `num_kv_shared_layers`."""
    layers, borrowing = fields.size("layers"), fields.whole("num_kv_shared_layers", otherwise=0)
    if borrowing >= layers:
        raise ValueError(f"num_kv_shared_layers must be below num_hidden_layers, {layers}, not {borrowing}")
    kind, lenders = fields.kinds[layer], fields.kinds[: layers - borrowing]
    if layer >= len(lenders) and kind not in lenders:
        raise ValueError(f"num_kv_shared_layers {borrowing} leaves no {kind} whose keys and values are used")
    return layer >= len(lenders)


# Which layers have experts.


def _after_the_first(fields: Fields, layer: int) -> bool:
    return layer >= fields.whole("first_k_dense_replace")


def _listed_or_after(first: int | str) -> Rule:
    """Those that `mlp_layer_types` calls sparse; failing that, all after the first few."""

    def sparse(fields: Fields, layer: int) -> bool:
        listed = fields.words("mlp_layer_types", fields.size("layers"), ("dense", "sparse"))
        if listed is not None:
            return listed[layer] == "sparse"
        return layer >= (first if isinstance(first, int) else fields.whole(first))

    return sparse


def _every_step(fields: Fields, layer: int) -> bool:
    if layer in fields.numbers("mlp_only_layers") or not fields.whole("experts"):
        return False
    return (layer + 1) % fields.size("decoder_sparse_step") == 0


def _named_or_every_step(fields: Fields, layer: int) -> bool:
    if fields.get("moe_layers") is not None:
        return layer in fields.numbers("moe_layers")
    return (layer + 1) % fields.size("interleave_moe_layer_step") == 0


def _between(fields: Fields, layer: int) -> bool:
    end = fields.get("moe_layer_end_index")
    last = fields.size("layers") - 1 if end == -1 else fields.whole("moe_layer_end_index")
    inside = fields.whole("moe_layer_start_index") <= layer <= last
    return inside and (layer + 1) % fields.size("moe_layer_interval") == 0


def _one_in(period: str, offset: str) -> Rule:
    """One of so many layers, and which of them: two fields say it."""

    def chosen(fields: Fields, layer: int) -> bool:
        every, place = fields.size(period), fields.whole(offset)
        if place >= every:
            raise ValueError(f"{offset} must be below {period}, {every}, not {place}")
        return layer % every == place

    return chosen


_ATTENTION_IN = _one_in("attn_layer_period", "attn_layer_offset")
_EXPERTS_IN = _one_in("expert_layer_period", "expert_layer_offset")


def _attention_now_and_then(fields: Fields, layer: int) -> str:
    return "full_attention" if _ATTENTION_IN(fields, layer) else "linear_attention"


def _with_experts(fields: Fields, layer: int) -> bool:
    return fields.flag("enable_moe_block")


def _with_layer_rows(fields: Fields, layer: int) -> bool:
    return fields.whole("hidden_size_per_layer_input", otherwise=0) > 0


def _several_now_and_then(fields: Fields, layer: int) -> bool:
    return fields.size("experts") > 1 and _EXPERTS_IN(fields, layer)


# Sizes that a family computes from others.


def _four_widths(fields: Fields, layer: int) -> int:
    return fields.size("hidden", otherwise=4 * fields.size("width"))


def _shared_experts(name: str) -> Callable[[Fields], int]:
    """Hidden units of so many shared experts, each as large as the others."""
    return lambda fields: fields.whole(name, otherwise=0) * fields.size("expert_hidden")


def _of_size(name: str) -> Callable[[Fields], int]:
    return lambda fields: fields.whole(name, otherwise=0)


def _falcon_pairs(fields: Fields) -> int:
    if fields.flag("new_decoder_architecture"):
        return fields.size("key_value_heads", otherwise=fields.size("heads"))
    return 1 if fields.flag("multi_query") else fields.size("heads")


def _falcon_norms(fields: Fields) -> int:
    new = fields.flag("new_decoder_architecture")
    side_by_side = fields.size("num_ln_in_parallel_attn", otherwise=2 if new else 1)
    return 1 if fields.flag("parallel_attn") and side_by_side != 2 else 2


def _one_or_all(fields: Fields) -> int:
    return 1 if fields.flag("multi_query") else fields.size("heads")


def _liquid_hidden(fields: Fields, layer: int) -> int:
    """Two thirds, times a factor, rounded up to a multiple: if the file says so."""
    name = "block_ff_dim" if "block_ff_dim" in fields.given else "hidden"
    hidden = fields.size(name)
    if not fields.flag("block_auto_adjust_ff_dim"):
        return hidden
    factor = fields.get("block_ffn_dim_multiplier")
    if isinstance(factor, bool) or not isinstance(factor, int | float) or factor <= 0:
        raise ValueError(f"block_ffn_dim_multiplier must be a number above 0, not {factor!r}")
    multiple = fields.size("block_multiple_of")
    return multiple * -(-int(factor * int(2 * hidden / 3)) // multiple)


def _hidden_of_layer(fields: Fields, layer: int) -> int:
    return fields.size_in_layer("hidden", layer)


def _wide_where_borrowing(fields: Fields, layer: int) -> int:
    """Twice as many hidden units where a layer has no keys and values of its own, if the file says so."""
    twice = fields.flag("use_double_wide_mlp") and _borrows(fields, layer)
    return fields.size("hidden") * (2 if twice else 1)


def _pairs_of_full(fields: Fields) -> int:
    """Heads of keys and values in the layers that look at everything, where one matrix makes both or not."""
    pairs = fields.size("key_value_heads")
    if not fields.flag("attention_k_eq_v"):
        return pairs
    pairs = fields.size("num_global_key_value_heads", otherwise=pairs)
    fields.divisible("heads", fields.size("heads"), "num_global_key_value_heads", pairs)
    return pairs


def _rows(more: int = 0) -> Callable[[Fields], int]:
    """Rows of learned positions: as many as the context, and some that stand for no position."""
    return lambda fields: fields.size("context") + more


_BIASED = mlp(True, gated=False, hidden=_four_widths)
_GATED = mlp()
_ALL_BIASES = attention(True, own_head_size=False)
_BY_FLAG = attention("attention_bias")
_HEAD_NORMS = attention("attention_bias", query_key_norm="head")
_WHOLE_NORMS = attention("attention_bias", query_key_norm="all")
_PLAIN = attention()
_QWEN_EXPERTS = experts(shared=_of_size("shared_expert_intermediate_size"), shared_gate=True)
_QWEN_LINEAR = of_kind(
    {"linear_attention": delta_attention}, attention("attention_bias", query_key_norm="head", gate=True)
)
_ENCODER = Family(
    attention(True, own_head_size=False, remembers=False),
    mlp(True, gated=False),
    norm_biases=True,
    embedding_norm=True,
    final_norm=False,
    positions=_rows(),
    token_types=True,
    head=False,
    pooler=True,
    only={"is_decoder": (False,), "add_cross_attention": (False,)},
)
_ROBERTA = replace(_ENCODER, spare_positions=2)
_MAMBA = Family(selective_state(), nothing, kinds=_all_linear, norms=1)
_DEEPSEEK = {"shared": _shared_experts("n_shared_experts")}
_ONE_STEP = {"moe_layer_freq": (1,)}
_LOOKS_BACK = {"use_bidirectional_attention": (None, False, "vision")}
"""A text's tokens look at earlier ones only: what looks at all is no such model, and its window another."""

FAMILIES = {
    "apertus": Family(_HEAD_NORMS, mlp(gated=False, activation_scales=2)),
    "arcee": Family(_BY_FLAG, mlp("mlp_bias", gated=False)),
    "bamba": Family(
        of_kind({"linear_attention": state_space()}, _BY_FLAG), mlp("mlp_bias"), kinds=_full_where_listed
    ),
    "bert": _ENCODER,
    "bloom": Family(_ALL_BIASES, _BIASED, norm_biases=True, embedding_norm=True),
    "codegen": Family(attention(own_head_size=False), _BIASED, norms=1, norm_biases=True, head_bias=True),
    "cohere": Family(
        attention("attention_bias", query_key_norm="all", norm_flag="use_qk_norm"), _GATED, norms=1
    ),
    "cohere2": Family(
        _BY_FLAG,
        _GATED,
        norms=1,
        kinds=_full_every("sliding_window_pattern", 4),
        listed=True,
    ),
    "deepseek_v2": Family(
        latent_attention("attention_bias"),
        either(_after_the_first, experts(shared_biases="mlp_bias", **_DEEPSEEK), mlp("mlp_bias")),
        only=_ONE_STEP,
    ),
    "deepseek_v3": Family(
        latent_attention("attention_bias"),
        either(_after_the_first, experts(router_bias=True, **_DEEPSEEK), _GATED),
        only=_ONE_STEP,
    ),
    "deepseek_v32": Family(
        latent_attention("attention_bias", indexer=True),
        either(_listed_or_after("first_k_dense_replace"), experts(router_bias=True, **_DEEPSEEK), _GATED),
        kinds=_all_sparse,
        only=_ONE_STEP,
    ),
    "dots1": Family(
        _HEAD_NORMS,
        either(_after_the_first, experts(router_bias=True, **_DEEPSEEK), _GATED),
        kinds=_window_from,
        listed=True,
        only=_ONE_STEP,
    ),
    "ernie4_5": Family(attention("use_bias"), mlp("use_bias")),
    "ernie4_5_moe": Family(
        attention("use_bias"),
        either(
            _between,
            experts(
                router_bias=True,
                shared=_shared_experts("moe_num_shared_experts"),
                shared_biases="use_bias",
            ),
            mlp("use_bias"),
        ),
        head_bias="use_bias",
    ),
    "exaone4": Family(
        attention(query_key_norm="head"),
        _GATED,
        kinds=_full_if_window_is_null(_full_every("sliding_window_pattern", 4)),
        listed=True,
    ),
    "falcon": Family(
        attention("bias", pairs=_falcon_pairs, own_head_size=False),
        mlp("bias", gated=False, hidden=_four_widths),
        norms=_falcon_norms,
        norm_biases=True,
    ),
    "falcon_h1": Family(
        together(
            _BY_FLAG,
            state_space(
                lambda fields: expanded(fields, own="mamba_d_ssm"), "mamba_rms_norm", "projectors_bias"
            ),
        ),
        mlp("mlp_bias"),
    ),
    "falcon_mamba": _MAMBA,
    "gemma": Family(_BY_FLAG, _GATED, only=_LOOKS_BACK),
    "gemma2": Family(_BY_FLAG, _GATED, norms=4, kinds=_full_every(None, 2), listed=True, only=_LOOKS_BACK),
    "gemma3_text": Family(
        _HEAD_NORMS,
        _GATED,
        norms=4,
        kinds=_full_every("sliding_window_pattern", 6),
        listed=True,
        only=_LOOKS_BACK,
    ),
    "gemma3n_text": Family(
        together(attention("attention_bias", query_key_norm="head", borrows=_borrows), learned_residual),
        together(mlp(hidden=_hidden_of_layer), streams, layer_rows),
        norms=4,
        kinds=_full_every(None, 5),
        listed=True,
        beside=lambda fields: layer_rows_norm(fields) + stream_ends(fields),
    ),
    "gemma4_text": Family(
        of_kind(
            {"sliding_attention": attention("attention_bias", query_key_norm="head", borrows=_borrows)},
            attention(
                "attention_bias",
                query_key_norm="head",
                pairs=_pairs_of_full,
                head_size="global_head_dim",
                borrows=_borrows,
                keys_as_values="attention_k_eq_v",
            ),
        ),
        together(
            mlp(hidden=_wide_where_borrowing),
            either(_with_experts, experts(scales=True), nothing),
            either(_with_layer_rows, layer_rows, nothing),
            layer_scale,
        ),
        norms=lambda fields: 7 if fields.flag("enable_moe_block") else 4,
        kinds=_full_every(None, 6),
        listed=True,
        last_full=True,
        beside=layer_rows_norm,
        only={"per_layer_config": (), **_LOOKS_BACK},
    ),
    "glm": Family(attention("attention_bias", output_bias=False), _GATED),
    "glm4": Family(attention("attention_bias", output_bias=False), _GATED, norms=4),
    "glm4_moe": Family(
        attention("attention_bias", output_bias=False, query_key_norm="head", norm_flag="use_qk_norm"),
        either(_after_the_first, experts(router_bias=True, **_DEEPSEEK), _GATED),
    ),
    "glm4_moe_lite": Family(
        latent_attention("attention_bias"),
        either(_listed_or_after(1), experts(router_bias=True, **_DEEPSEEK), _GATED),
    ),
    "glm_moe_dsa": Family(
        latent_attention("attention_bias", indexer=True),
        either(_listed_or_after("first_k_dense_replace"), experts(router_bias=True, **_DEEPSEEK), _GATED),
        kinds=_all_sparse,
    ),
    "gpt2": Family(
        _ALL_BIASES, _BIASED, norm_biases=True, positions=_rows(), only={"add_cross_attention": (False,)}
    ),
    "gpt_bigcode": Family(
        attention(True, pairs=_one_or_all, own_head_size=False),
        _BIASED,
        norm_biases=True,
        positions=_rows(),
        only={"add_cross_attention": (False,)},
    ),
    "gpt_neox": Family(
        attention("attention_bias", own_head_size=False), mlp(True, gated=False), norm_biases=True
    ),
    "gpt_oss": Family(
        attention("attention_bias", sinks=True),
        experts(hidden="hidden", biases=True, router_bias=True),
        kinds=_full_every(None, 2),
        listed=True,
    ),
    "gptj": Family(attention(own_head_size=False), _BIASED, norms=1, norm_biases=True, head_bias=True),
    "granite": Family(_BY_FLAG, mlp("mlp_bias")),
    "granitemoe": Family(_BY_FLAG, experts(hidden="hidden")),
    "granitemoehybrid": Family(
        of_kind({"linear_attention": state_space()}, _BY_FLAG),
        experts(hidden="hidden", shared=_of_size("shared_intermediate_size"), without=True),
        kinds=_all_linear,
        listed=True,
    ),
    "granitemoeshared": Family(
        _BY_FLAG, experts(hidden="hidden", shared=_of_size("shared_intermediate_size"))
    ),
    "hunyuan_v1_dense": Family(_HEAD_NORMS, _GATED),
    "jamba": Family(
        of_kind({"linear_attention": selective_state(norms=True)}, attention(own_head_size=False)),
        either(_several_now_and_then, experts(hidden="hidden"), _GATED),
        kinds=_attention_now_and_then,
    ),
    "lfm2": Family(
        of_kind({"conv": convolution}, attention(query_key_norm="head")),
        mlp(hidden=_liquid_hidden),
        kinds=_convolutions,
        listed=True,
    ),
    "llama": Family(_BY_FLAG, mlp("mlp_bias")),
    "llama4_text": Family(
        _BY_FLAG,
        either(
            _named_or_every_step,
            experts(hidden="hidden", shared=_of_size("intermediate_size")),
            mlp(hidden="intermediate_size_mlp"),
        ),
        kinds=_chunks_where_turned,
        listed=True,
    ),
    "mamba": _MAMBA,
    "mamba2": Family(state_space(), nothing, kinds=_all_linear, norms=1),
    "minimax_m2": Family(attention(query_key_norm="all"), experts(hidden="hidden", router_bias=True)),
    "ministral": Family(_PLAIN, _GATED, kinds=_window, listed=True),
    "ministral3": Family(_PLAIN, _GATED, kinds=_window),
    "mistral": Family(_PLAIN, _GATED, kinds=_window),
    "mixtral": Family(_PLAIN, experts(hidden="hidden"), kinds=_window),
    "nemotron": Family(_BY_FLAG, mlp("mlp_bias", gated=False), norm_biases=True),
    "nemotron_h": Family(
        of_kind(
            {
                "linear_attention": state_space(heads_together),
                "mlp": mlp("mlp_bias", gated=False),
                "moe": experts(
                    router_bias=True,
                    shared=lambda fields: fields.size("moe_shared_expert_intermediate_size"),
                    shared_biases="mlp_bias",
                    gated=False,
                    narrow="moe_latent_size",
                ),
            },
            _PLAIN,
        ),
        nothing,
        kinds=lambda fields, layer: _blocks(fields)[layer],
        layers=_number_of_blocks,
        norms=1,
        only={"tie_word_embeddings": (False,)},
    ),
    "olmo": Family(_BY_FLAG, _GATED, norms=0, final_norm=False),
    "olmo2": Family(_WHOLE_NORMS, _GATED),
    "olmo3": Family(_WHOLE_NORMS, _GATED, kinds=_full_every(None, 4), listed=True),
    "olmoe": Family(
        attention("attention_bias", query_key_norm="all", own_head_size=False), experts(hidden="hidden")
    ),
    "opt": Family(
        attention("enable_bias", own_head_size=False),
        mlp("enable_bias", gated=False),
        norm_biases=True,
        norm_scales="layer_norm_elementwise_affine",
        final_norm=lambda fields: (
            fields.flag("do_layer_norm_before") and not fields.flag("_remove_final_layer_norm")
        ),
        positions=_rows(more=2),
        embedding=lambda fields: fields.size("word_embed_proj_dim", otherwise=fields.size("width")),
    ),
    "phi": Family(
        attention(
            True, query_key_norm="head", norm_flag="qk_layernorm", norm_biases=True, own_head_size=False
        ),
        mlp(True, gated=False),
        norms=1,
        norm_biases=True,
        head_bias=True,
    ),
    "phi3": Family(_PLAIN, _GATED, kinds=_window),
    "phimoe": Family(
        _BY_FLAG, experts(hidden="hidden"), kinds=_window, norm_biases=True, head_bias="lm_head_bias"
    ),
    "qwen2": Family(attention(True, output_bias=False), _GATED, kinds=_late_window, listed=True),
    "qwen2_moe": Family(
        attention("qkv_bias", output_bias=False),
        either(_every_step, _QWEN_EXPERTS, _GATED),
        kinds=_early_window,
        listed=True,
    ),
    "qwen3": Family(_HEAD_NORMS, _GATED, kinds=_late_window, listed=True),
    "qwen3_moe": Family(_HEAD_NORMS, either(_every_step, experts(), _GATED), kinds=_asked_window),
    "qwen3_next": Family(
        _QWEN_LINEAR,
        either(_every_step, _QWEN_EXPERTS, _GATED),
        kinds=_full_every("full_attention_interval", 4, "linear_attention"),
        listed=True,
    ),
    "qwen3_5_text": Family(
        _QWEN_LINEAR, _GATED, kinds=_full_every("full_attention_interval", 4, "linear_attention"), listed=True
    ),
    "qwen3_5_moe_text": Family(
        _QWEN_LINEAR,
        _QWEN_EXPERTS,
        kinds=_full_every("full_attention_interval", 4, "linear_attention"),
        listed=True,
    ),
    "roberta": _ROBERTA,
    "seed_oss": Family(attention("attention_bias", output_bias="attention_out_bias"), mlp("mlp_bias")),
    "smollm3": Family(_BY_FLAG, mlp("mlp_bias"), kinds=_window_where_unturned, listed=True),
    "stablelm": Family(
        attention(
            "use_qkv_bias",
            output_bias=False,
            query_key_norm="all",
            norm_flag="qk_layernorm",
            own_head_size=False,
        ),
        _GATED,
        norms=lambda fields: 1 if fields.flag("use_parallel_residual") else 2,
        norm_biases=True,
    ),
    "starcoder2": Family(
        attention("use_bias"), mlp("use_bias", gated=False), kinds=_window, norm_biases=True
    ),
    "xlm-roberta": _ROBERTA,
}
"""Every family that is counted, by the `model_type` of its files."""

SAME_AS = {"kimi_k2": "deepseek_v3"}
"""A `model_type` that names no architecture of its own, and the family whose fields and parts it has."""
