"""The fields of one model's config.json, under the names of its family, each checked when it is read."""

from collections.abc import Mapping
from typing import Any

NAMES = {
    "vocabulary": ("vocab_size",),
    "width": ("hidden_size", "n_embd", "d_model", "dim"),
    "layers": ("num_hidden_layers", "n_layer", "n_layers", "num_layers"),
    "heads": ("num_attention_heads", "n_head", "n_heads", "num_heads"),
    "key_value_heads": ("num_key_value_heads", "num_kv_heads"),
    "head_size": ("head_dim",),
    "hidden": ("intermediate_size", "n_inner", "ffn_dim", "ffn_hidden_size", "hidden_dim"),
    "context": ("max_position_embeddings", "n_positions", "seq_length"),
    "tied": ("tie_word_embeddings",),
    "experts": ("num_experts", "num_local_experts", "n_routed_experts", "moe_num_experts"),
    "active_experts": ("num_experts_per_tok", "moe_k", "top_k_experts"),
    "expert_hidden": ("moe_intermediate_size",),
    "state_heads": ("mamba_n_heads", "mamba_num_heads", "num_heads"),
    "state_head_size": ("mamba_d_head", "mamba_head_dim", "head_dim"),
    "state_size": ("mamba_d_state", "ssm_state_size", "state_size"),
    "state_groups": ("mamba_n_groups", "n_groups"),
    "state_rank": ("mamba_dt_rank", "time_step_rank"),
    "state_expansion": ("mamba_expand", "expand"),
    "state_kernel": ("mamba_d_conv", "conv_kernel"),
    "state_biases": ("use_bias", "mamba_proj_bias"),
    "state_kernel_biases": ("use_conv_bias", "mamba_conv_bias"),
}
"""The names of one and the same size: ours, and those that it has in the files."""

_TOO_LARGE = 1 << 53

ALWAYS = ("vocabulary", "width", "layers", "heads")
"""What a file of its own must state. All else counts as transformers' default when it is left out."""

_LAYER_KINDS = {"attention": "full_attention", "mamba": "linear_attention", "sparse": "full_attention"}
_KINDS = (
    "full_attention",
    "sliding_attention",
    "chunked_attention",
    "linear_attention",
    "conv",
    "deepseek_sparse_attention",
)


class Fields:
    """What a config.json says of a model of one family, and what transformers takes where it says nothing.

    given: the fields of the file. defaults: transformers' for this family, and so the names that it knows.
    aliases: second names that transformers takes for fields of this family. nested: whether it is a
    `text_config`, which leaves out everything that is as the default.

    Every reading raises ValueError, naming the field, when the file leaves out what it must state, or states
    what no model can have. `assumed` collects the defaults that were read, but for those that are false.
    """

    def __init__(
        self,
        given: Mapping[str, Any],
        defaults: Mapping[str, Any],
        aliases: Mapping[str, str] | None = None,
        nested: bool = False,
    ) -> None:
        self.given, self.defaults, self.aliases, self.nested = given, defaults, aliases or {}, nested
        self.assumed: dict[str, Any] = {}
        self.kinds: list[str] = []

    def name(self, what: str) -> str:
        """The name of a size in files of this family: `n_embd` for the width of a GPT-2."""
        names = NAMES.get(what, (what,))
        return next((name for name in names if name in self.defaults), names[0])

    def get(self, what: str) -> Any:
        """What the file says, or transformers' default; None when neither says anything."""
        own = self.name(what)
        found = {name: self.given[name] for name in self._names(own) if name in self.given}
        if len(set(map(repr, found.values()))) > 1:
            raise ValueError(" and ".join(f"{name} {value!r}" for name, value in found.items()) + " disagree")
        if found:
            return next(iter(found.values()))
        if what in ALWAYS and not self.nested:
            raise ValueError(f"{own} is missing")
        if self.defaults.get(own) not in (None, False):
            self.assumed[own] = self.defaults[own]
        return self.defaults.get(own)

    def size(self, what: str, otherwise: int | None = None) -> int:
        """A whole number from 1 on. otherwise: what it is when the file says null, or nothing."""
        return self._number(what, 1, otherwise)

    def size_in_layer(self, what: str, layer: int) -> int:
        """A whole number from 1 on, the same in all layers or one of a list that has one for each."""
        value = self.get(what)
        if not isinstance(value, list):
            return self.size(what)
        self._one_each(self.name(what), value, self.size("layers"))
        return self._checked(self.name(what), value[layer], 1)

    def whole(self, what: str, otherwise: int | None = None) -> int:
        """A whole number from 0 on."""
        return self._number(what, 0, otherwise)

    def flag(self, what: bool | str) -> bool:
        """True or False; `what` itself, unless it is the name of a field."""
        if isinstance(what, bool):
            return what
        value = self.get(what)
        if value is None:
            return False
        if not isinstance(value, bool):
            raise ValueError(f"{self.name(what)} must be true or false, not {value!r}")
        return value

    def numbers(self, what: str) -> list[int]:
        """A list of whole numbers from 0 on, empty when there is none."""
        value = self.get(what)
        if value is None:
            return []
        if not isinstance(value, list) or not all(type(each) is int and each >= 0 for each in value):
            raise ValueError(f"{self.name(what)} must be a list of whole numbers, not {value!r}")
        return value

    def words(self, what: str, layers: int | None, known: tuple[str, ...]) -> list[str] | None:
        """A word for each layer, None when the file has no such list. layers: None where the list says it."""
        value = self.get(what)
        if value is None:
            return None
        self._one_each(what, value, layers)
        words = [each if each in known else _LAYER_KINDS.get(str(each), each) for each in value]
        for word in words:
            if word not in known:
                raise ValueError(f"{what} has {word!r}, which is none of {', '.join(known)}")
        return words

    def layer_kinds(self, layers: int) -> list[str] | None:
        """The kind of each layer, None when the file does not list them."""
        return self.words("layer_types", layers, _KINDS)

    def window(self, layer: int) -> int | None:
        """How many tokens a layer looks at, at the most; None when at all."""
        kind = self.kinds[layer]
        if kind == "sliding_attention":
            return self.size("sliding_window")
        return self.size("attention_chunk_size") if kind == "chunked_attention" else None

    def divisible(self, what: str, number: int, by: str, divisor: int) -> None:
        """Raises ValueError unless one size is divisible by another."""
        if number % divisor:
            names = f"{self.name(what)} must be divisible by {self.name(by)}"
            raise ValueError(f"{names}; {number} is not by {divisor}")

    def at_most(self, what: str, number: int, limit: str, most: int) -> None:
        """Raises ValueError unless one size is at most another."""
        if number > most:
            raise ValueError(f"{self.name(what)} must be at most {self.name(limit)}, {most}, not {number}")

    def _number(self, what: str, least: int, otherwise: int | None) -> int:
        value = self.get(what)
        if value is None and otherwise is not None:
            return otherwise
        if value is None:
            raise ValueError(f"{self.name(what)} is missing")
        return self._checked(self.name(what), value, least)

    def _one_each(self, name: str, value: Any, layers: int | None) -> None:
        if not isinstance(value, list) or layers not in (None, len(value)):
            length = f"{len(value)} entries" if isinstance(value, list) else repr(value)
            each = f"each of {layers} layers" if layers else "each layer"
            raise ValueError(f"{name} must have an entry for {each}, not {length}")

    def _checked(self, name: str, value: Any, least: int) -> int:
        if type(value) is not int or value < least:
            raise ValueError(f"{name} must be a whole number from {least} on, not {value!r}")
        if value >= _TOO_LARGE:
            raise ValueError(f"{name} must be smaller than 2^53, and has {value.bit_length()} bits")
        return value

    def _names(self, own: str) -> list[str]:
        return [own, *(alias for alias, name in self.aliases.items() if name == own)]
