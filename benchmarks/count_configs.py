"""Counts config.json files a second time, with transformers, and keeps what it says for the tests.

Needs torch and transformers, in an environment of their own (`make reference`): run it from the top of the
repository as `python -m benchmarks.count_configs`. No weights are fetched.

It writes two files. utils/architectures/defaults.json: what transformers takes for each family where a file
says nothing. tests/snapshots/config_counts.json: what it counts for the published configs of
utils/architectures/published_configs.json, and for small configs drawn by chance; of the small ones it also
runs the model, to see how much the cache really holds.

`python -m benchmarks.count_configs --draw 200` writes nothing: it draws so many configs of each family and
compares them with utils.architectures.
"""

import argparse
import dataclasses
import inspect
import json
import random
import re
import warnings
from functools import cache
from pathlib import Path

import torch
import transformers
from transformers import CONFIG_MAPPING, AutoModel, AutoModelForCausalLM

from utils.architectures.config_file import architecture, published_configs
from utils.architectures.families import FAMILIES, SAME_AS
from utils.architectures.fields import NAMES

ROOT = Path(__file__).parent.parent
DEFAULTS = ROOT / "utils" / "architectures" / "defaults.json"
SNAPSHOT = ROOT / "tests" / "snapshots" / "config_counts.json"
TOKENS = 12
VERSIONS = {"torch": torch.__version__, "transformers": transformers.__version__}

SECOND_NAMES = {
    "bloom": {"n_embed": "hidden_size"},
    "falcon": {"n_embed": "hidden_size"},
    "nemotron_h": {
        "mamba_n_groups": "n_groups",
        "mamba_d_conv": "conv_kernel",
        "mamba_conv_bias": "use_conv_bias",
    },
}
"""Names that transformers takes from a file beside those in a family's attribute_map."""

UNDECLARED = {
    "gemma4_text": {"global_head_dim": 512, "num_global_key_value_heads": None},
    "nemotron_h": {"num_hidden_layers": None, "hybrid_override_pattern": None},
}
"""Fields that a class takes from a file without declaring them, and what they are when the file is silent."""

SOURCES = [
    ROOT / "utils" / "architectures" / f"{name}.py" for name in ("families", "fields", "parts", "model")
]

PARTS = [
    ("positions", r"wpe|embed_positions|position_embeddings"),
    ("token types", r"token_type_embeddings"),
    ("norm", r"norm|ln_|LayerNorm"),
    ("layer scales", r"layer_scalar"),
    ("layer embeddings", r"embed_tokens_per_layer"),
    ("embedding", r"wte|embed_tokens|embed_in|word_embeddings|(backbone|model)\.embeddings\."),
    ("head", r"lm_head|embed_out"),
    ("projection", r"project_(in|out)"),
    ("pooler", r"pooler"),
    ("layer embedding", r"per_layer_"),
    ("stream scales", r"altup\.correct_output_scale"),
    ("stream", r"altup"),
    ("learned residual", r"laurel"),
    ("expert vector", r"latent_proj"),
    ("shared expert", r"shared_expert|shared_mlp"),
    ("router scales", r"router\.scale"),
    ("expert scales", r"router\.per_expert_scale"),
    ("router", r"\.gate\.|router|e_score_correction_bias"),
    ("expert", r"experts\."),
    ("linear attention convolutions", r"linear_attn\.conv1d"),
    ("linear attention decays", r"linear_attn\.(dt_bias|A_log)"),
    ("linear attention", r"linear_attn"),
    ("attention", r"mixer\.[qkvo]_proj"),
    ("MLP", r"mixer\.(up|down)_proj"),
    ("state space convolutions", r"(mamba|mixer)\.conv1d\.weight"),
    ("state space decays", r"(mamba|mixer)\.(dt_bias|A_log|D)"),
    ("state space", r"mamba|mixer"),
    ("convolution kernels", r"conv\.conv\.weight"),
    ("convolution", r"\.conv\."),
    ("indexer", r"indexer"),
    ("attention sinks", r"sinks"),
    ("activation scales", r"act_fn"),
    ("attention", r"attn|attention"),
    ("MLP", r"mlp|feed_forward|fc\d|intermediate\.dense|output\.dense"),
]
"""What a parameter is part of: the first whose pattern is found in its name."""

WHOLE = ("positions", "token types", "layer embeddings", "embedding")
TRAINED_BUFFERS = ("e_score_correction_bias", "layer_scalar")
ENDINGS = ("convolutions", "decays", "kernels", "sinks", "scales")


def part_of(name: str) -> str:
    """The part of the model that a parameter belongs to, called as utils.architectures does."""
    part = next(part for part, pattern in PARTS if re.search(pattern, name))
    if part in WHOLE or part.endswith(ENDINGS):
        return part
    bias = name.endswith("bias")
    if part == "norm":
        return "norm biases" if bias else "norm scales"
    return f"{part} biases" if bias else f"{part} weights"


@cache
def defaults() -> dict:
    """The sizes and switches of each family as its config class has them, before it computes any further.

    Only those that utils.architectures has a word for. Some classes take `head_dim` from a file without
    declaring it.
    """
    words = {word for path in SOURCES for word in re.findall(r'"(\w+)"', path.read_text())}
    found = {}
    for kind in FAMILIES:
        cls = CONFIG_MAPPING[kind]
        fields: dict = {"head_dim": None, **UNDECLARED.get(kind, {})}
        for field in dataclasses.fields(cls):
            if field.name in words:
                made = field.default_factory
                fields[field.name] = field.default if made is dataclasses.MISSING else made()
        aliases = {**(cls.attribute_map or {}), **SECOND_NAMES.get(kind, {})}
        aliases = {name: own for name, own in aliases.items() if own in fields and name != "head_dim"}
        if "qk_rope_head_dim" in fields or isinstance(getattr(cls, "head_dim", None), property):
            del fields["head_dim"]  # It follows from other sizes.
        found[kind] = {"fields": dict(sorted(fields.items())), "aliases": aliases}
    return {"made with": {"transformers": VERSIONS["transformers"]}, "families": found}


def model_of(given: dict, device: str) -> torch.nn.Module:
    """The model of a config.json, of a multimodal one the part for text."""
    given = json.loads(json.dumps(given))
    kind = given.pop("model_type")
    kind = SAME_AS.get(kind, kind)
    config = CONFIG_MAPPING[kind].from_dict(given).get_text_config()
    config._experts_implementation = "eager"
    config._attn_implementation = "eager"
    encoder = not FAMILIES[config.model_type].head
    with torch.device(device):
        return (AutoModel if encoder else AutoModelForCausalLM).from_config(config).eval()


def counted(given: dict) -> dict:
    """All parameters of a model and those of each part."""
    model = model_of(given, "meta")
    found = list(model.named_parameters())
    found += [each for each in model.named_buffers() if each[0].endswith(TRAINED_BUFFERS)]
    groups: dict[str, int] = {}
    for name, tensor in found:
        groups[part_of(name)] = groups.get(part_of(name), 0) + tensor.numel()
    return {"total": sum(groups.values()), "parts": dict(sorted(groups.items()))}


def cached(given: dict, tokens: int) -> list[int]:
    """How many numbers each layer keeps once a text of so many tokens has been read one by one."""
    model = model_of(given, "cpu")
    names = inspect.signature(model.forward).parameters
    name, past = "cache_params" if "cache_params" in names else "past_key_values", None
    with torch.no_grad():
        for number in range(tokens):
            found = model(torch.tensor([[number % 7]]), use_cache=True, **{name: past})
            past = getattr(found, name)
    sizes = []
    for layer in past.layers:
        kept = [getattr(layer, name, None) for name in ("keys", "values", "indexer_keys")]
        for name in ("conv_states", "recurrent_states"):
            states = getattr(layer, name, None)
            kept += list(states.values()) if isinstance(states, dict) else [states]
        sizes.append(sum(tensor.numel() for tensor in kept if isinstance(tensor, torch.Tensor)))
    # The last layers have no place in the cache where they use the keys and values of earlier ones.
    return sizes + [0] * (model.config.num_hidden_layers - len(sizes))


def drawn(kind: str, chance: random.Random) -> dict:
    """A small config of a family, every size and every switch of it drawn by chance."""
    fields = defaults()["families"][kind]["fields"]
    pairs = chance.choice([1, 2, 4])
    heads, size, layers = pairs * chance.choice([1, 2, 3]), chance.choice([4, 8, 12]), chance.randint(1, 7)
    experts = chance.randint(2, 6)
    by_meaning = {
        "vocabulary": chance.randint(50, 99),
        "width": heads * size * chance.choice([1, 2]),
        "layers": layers,
        "heads": heads,
        "key_value_heads": pairs,
        "head_size": chance.choice([None, 4, 8, 16]),
        "hidden": chance.randint(5, 40),
        "context": chance.randint(40, 60),
        "tied": chance.random() < 0.5,
        "experts": experts,
        "active_experts": chance.randint(1, experts),
        "expert_hidden": chance.randint(3, 20),
    }
    names = {name: meaning for meaning in by_meaning for name in NAMES[meaning]}
    given: dict = {"model_type": kind, "pad_token_id": 0}
    for name, default in fields.items():
        if name in FAMILIES[kind].only:
            continue
        if name in names:
            value = by_meaning[names[name]]
        elif isinstance(default, bool):
            value = chance.random() < 0.5
        elif name in SIZES:
            value = SIZES[name](chance, layers)
        else:
            raise SystemExit(f"{kind}: no way to draw {name}, {default!r} by default")
        if value is not None:
            given[name] = value
        elif name in ("q_lora_rank", "mlp_only_layers", "mamba_d_ssm"):
            given[name] = None
    return mended(kind, given, fields, chance)


LETTERS = {"linear_attention": "M", "full_attention": "*", "mlp": "-", "moe": "E"}
"""How `hybrid_override_pattern` writes what `layers_block_type` lists."""

SIZES = {
    "sliding_window": lambda chance, layers: chance.choice([3, 8, 100]),
    "attention_chunk_size": lambda chance, layers: chance.choice([4, 100]),
    "max_window_layers": lambda chance, layers: chance.randint(0, layers),
    "type_vocab_size": lambda chance, layers: chance.randint(1, 3),
    "word_embed_proj_dim": lambda chance, layers: chance.choice([None, 6]),
    "num_ln_in_parallel_attn": lambda chance, layers: chance.choice([None, 1, 2]),
    "first_k_dense_replace": lambda chance, layers: chance.randint(0, layers),
    "decoder_sparse_step": lambda chance, layers: chance.randint(1, 3),
    "interleave_moe_layer_step": lambda chance, layers: chance.randint(1, 3),
    "no_rope_layer_interval": lambda chance, layers: chance.randint(2, 4),
    "mlp_only_layers": lambda chance, layers: chance.choice([None, [], [0], list(range(layers))]),
    "moe_layers": lambda chance, layers: chance.choice([None, [0], list(range(layers))]),
    "no_rope_layers": lambda chance, layers: chance.choice([None, [layer % 2 for layer in range(layers)]]),
    "moe_layer_start_index": lambda chance, layers: chance.randint(0, 2),
    "moe_layer_end_index": lambda chance, layers: chance.choice([-1, chance.randint(0, layers)]),
    "moe_layer_interval": lambda chance, layers: chance.randint(1, 2),
    "moe_num_shared_experts": lambda chance, layers: chance.randint(0, 2),
    "n_shared_experts": lambda chance, layers: chance.randint(1, 2),
    "shared_expert_intermediate_size": lambda chance, layers: chance.randint(3, 9),
    "shared_intermediate_size": lambda chance, layers: chance.randint(1, 9),
    "intermediate_size_mlp": lambda chance, layers: chance.randint(3, 9),
    "q_lora_rank": lambda chance, layers: chance.choice([None, 6]),
    "kv_lora_rank": lambda chance, layers: chance.randint(3, 9),
    "qk_nope_head_dim": lambda chance, layers: chance.choice([4, 6]),
    "qk_rope_head_dim": lambda chance, layers: chance.choice([2, 4]),
    "v_head_dim": lambda chance, layers: chance.choice([3, 8]),
    "index_topk": lambda chance, layers: 4,
    "index_n_heads": lambda chance, layers: 2,
    "index_head_dim": lambda chance, layers: 8,
    "indexer_types": lambda chance, layers: chance.choice(
        [None, ["full", *(chance.choice(["full", "shared"]) for _ in range(layers - 1))]]
    ),
    "linear_conv_kernel_dim": lambda chance, layers: chance.randint(2, 4),
    "linear_key_head_dim": lambda chance, layers: chance.choice([4, 6]),
    "linear_value_head_dim": lambda chance, layers: chance.choice([4, 8]),
    "linear_num_key_heads": lambda chance, layers: chance.choice([1, 2]),
    "linear_num_value_heads": lambda chance, layers: chance.choice([2, 4]),
    "mamba_d_conv": lambda chance, layers: chance.randint(2, 4),
    "mamba_d_state": lambda chance, layers: chance.choice([4, 8]),
    "mamba_expand": lambda chance, layers: chance.choice([1, 2]),
    "mamba_d_ssm": lambda chance, layers: chance.choice([None, 16, 32]),
    "mamba_n_heads": lambda chance, layers: 4,
    "mamba_n_groups": lambda chance, layers: chance.choice([1, 2]),
    "mamba_d_head": lambda chance, layers: None,
    "mamba_num_heads": lambda chance, layers: chance.choice([4, 6]),
    "mamba_head_dim": lambda chance, layers: chance.choice([4, 8]),
    "ssm_state_size": lambda chance, layers: chance.choice([4, 8]),
    "n_groups": lambda chance, layers: chance.choice([1, 2]),
    "moe_latent_size": lambda chance, layers: chance.choice([None, 6]),
    "moe_shared_expert_intermediate_size": lambda chance, layers: chance.randint(3, 9),
    "layers_block_type": lambda chance, layers: [chance.choice([*LETTERS]) for _ in range(layers)],
    "attn_layer_indices": lambda chance, layers: chance.choice([None, [0], list(range(0, layers, 2))]),
    "num_nextn_predict_layers": lambda chance, layers: chance.randint(0, 1),
    "hybrid_override_pattern": lambda chance, layers: None,
    "expand": lambda chance, layers: chance.choice([1, 2]),
    "conv_kernel": lambda chance, layers: chance.randint(2, 4),
    "state_size": lambda chance, layers: chance.choice([4, 8]),
    "time_step_rank": lambda chance, layers: chance.choice(["auto", 3]),
    "mamba_dt_rank": lambda chance, layers: chance.choice(["auto", 3]),
    "attn_layer_period": lambda chance, layers: chance.randint(2, 3),
    "attn_layer_offset": lambda chance, layers: chance.randint(0, 1),
    "expert_layer_period": lambda chance, layers: chance.randint(2, 3),
    "expert_layer_offset": lambda chance, layers: chance.randint(0, 1),
    "num_kv_shared_layers": lambda chance, layers: chance.randint(0, layers - 1),
    "altup_num_inputs": lambda chance, layers: chance.choice([1, 2, 4]),
    "laurel_rank": lambda chance, layers: chance.randint(2, 5),
    "hidden_size_per_layer_input": lambda chance, layers: chance.choice([4, 6]),
    "vocab_size_per_layer_input": lambda chance, layers: chance.randint(20, 60),
    "global_head_dim": lambda chance, layers: chance.choice([4, 8, 16]),
    "num_global_key_value_heads": lambda chance, layers: chance.choice([None, 1]),
    "conv_L_cache": lambda chance, layers: chance.randint(2, 4),
    "full_attn_idxs": lambda chance, layers: chance.choice([None, [0], list(range(0, layers, 2))]),
    "block_ffn_dim_multiplier": lambda chance, layers: chance.choice([1.0, 1.3]),
    "block_multiple_of": lambda chance, layers: chance.choice([1, 8]),
    "sliding_window_pattern": lambda chance, layers: chance.randint(1, 4),
    "layer_types": lambda chance, layers: None,
    "mlp_layer_types": lambda chance, layers: chance.choice(
        [None, [chance.choice(["dense", "sparse"]) for _ in range(layers)]]
    ),
}
"""How the sizes are drawn that only some families have."""


def mended(kind: str, given: dict, fields: dict, chance: random.Random) -> dict:
    """The same config, where transformers asks for more than the sizes themselves do."""
    layers = next(given[name] for name in NAMES["layers"] if name in given)
    width = next(name for name in NAMES["width"] if name in given)
    if "layer_types" in fields and chance.random() < 0.5:
        family = FAMILIES[kind]
        other = {"qwen3_next": "linear_attention", "lfm2": "conv", "llama4_text": "chunked_attention"}.get(
            kind, "linear_attention" if kind.startswith(("qwen3_5", "granitemoeh")) else "sliding_attention"
        )
        if family.listed:
            given["layer_types"] = [chance.choice([other, "full_attention"]) for _ in range(layers)]
    if kind == "falcon" and not given["new_decoder_architecture"]:
        given.pop("num_ln_in_parallel_attn", None)
    if kind in ("deepseek_v32", "glm_moe_dsa"):
        given["q_lora_rank"] = 6
    if "mamba_n_heads" in given:
        inner = given.get("mamba_d_ssm") or given["mamba_expand"] * given[width]
        given["mamba_d_head"] = inner // given["mamba_n_heads"]
    if kind == "mamba2":
        given["head_dim"] = given["expand"] * given[width] // given["num_heads"]
        given["n_groups"] = min(given["n_groups"], 2 - given["num_heads"] % 2)
    if kind in ("codegen", "gptj"):
        given["rotary_dim"] = 4
    if kind == "nemotron_h" and chance.random() < 0.5:
        given["hybrid_override_pattern"] = "".join(map(LETTERS.get, given.pop("layers_block_type")))
    if kind == "gemma4_text" and chance.random() < 0.5:
        given["hidden_size_per_layer_input"] = 0
    if kind == "gemma3n_text" and chance.random() < 0.5:
        given["intermediate_size"] = [chance.randint(5, 40) for _ in range(layers)]
    if "kv_lora_rank" in given:
        given["num_key_value_heads"] = given["num_attention_heads"]
    try:
        architecture(given)
    except ValueError as error:
        if str(error).startswith("num_kv_shared_layers"):
            given["num_kv_shared_layers"] = 0  # The kinds of the layers have left nothing to share.
        elif str(error).startswith("head_dim"):
            del given["head_dim"]  # A family that has no heads of a size of their own.
        else:
            raise
    return given


def smalls(kind: str, chance: random.Random) -> list[dict]:
    """Three small configs of a family with what transformers counts, and what it keeps of TOKENS tokens.

    Where it keeps nothing (encoders), keeps more than the method asks for (latent attention), or cannot read
    a token with such sizes, there is nothing to compare the cache with.
    """
    found: list[dict] = []
    for _ in range(30):
        given = drawn(kind, chance)
        try:
            counts = counted(given)
        except (AttributeError, TypeError, ValueError):
            continue  # transformers cannot build it, mostly since the size of a head is not stated.
        if FAMILIES[kind].head and "kv_lora_rank" not in given:
            try:
                counts["kept"] = cached(given, TOKENS)
            except Exception as error:  # The sizes drawn are odd, and transformers fails in many ways.
                print(f"{kind}: counted and not run: {error!r}"[:110], flush=True)
        found.append({"config": given, **counts})
        if len(found) == 3:
            return found
    raise SystemExit(f"{kind}: transformers builds too few of the drawn configs")


def compare(number: int, seed: int, kinds: list[str]) -> None:
    """Draws so many configs of each family, and says where utils.architectures counts otherwise."""
    for kind in kinds or FAMILIES:
        chance, agreed, refused = random.Random(seed), 0, {}
        for _ in range(number):
            given = drawn(kind, chance)
            try:
                expected = counted(given)
            except Exception as error:
                refused[repr(error)[:90]] = refused.get(repr(error)[:90], 0) + 1
                continue
            try:
                model = architecture(given)
            except ValueError as error:
                refused[f"we: {error}"] = refused.get(f"we: {error}", 0) + 1
                continue
            found = {part: size for part, size in sorted(model.parts().items()) if size}
            if found != expected["parts"]:
                wrong = {
                    part: (found.get(part), expected["parts"].get(part))
                    for part in {*found, *expected["parts"]}
                    if found.get(part) != expected["parts"].get(part)
                }
                print(f"{kind}: {wrong}\n   {given}")
                break
            agreed += 1
        print(f"{kind:18} {agreed} of {number} agree; refused: {refused or 'none'}", flush=True)


def main() -> None:
    """Makes both files, or compares."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--draw", type=int, metavar="NUMBER", help="compare so many drawn configs a family")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("families", nargs="*")
    asked = parser.parse_args()
    warnings.filterwarnings("ignore")
    transformers.logging.set_verbosity_error()
    if asked.draw:
        compare(asked.draw, asked.seed, asked.families)
        return
    DEFAULTS.write_text(json.dumps(defaults(), indent=1) + "\n")
    published = {name: counted(given) for name, given in published_configs().items()}
    small = [config for kind in FAMILIES for config in smalls(kind, random.Random(asked.seed))]
    lines = [f"  {json.dumps(name)}: {json.dumps(counts)}" for name, counts in published.items()]
    drawn_lines = [f"  {json.dumps(config)}" for config in small]
    text = f' "made with": {json.dumps(VERSIONS)},\n "tokens": {TOKENS},\n'
    text += ' "published": {\n' + ",\n".join(lines) + "\n },\n"
    text += ' "small": [\n' + ",\n".join(drawn_lines) + "\n ]\n"
    SNAPSHOT.write_text("{\n" + text + "}\n")


if __name__ == "__main__":
    main()
