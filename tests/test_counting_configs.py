"""Counting a model from its config.json, against what transformers counted and kept (tests/snapshots)."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from utils.architectures.config_file import architecture, defaults, published_configs, read
from utils.architectures.families import FAMILIES, SAME_AS
from utils.architectures.report import report
from utils.counting import active, total
from utils.counting.__main__ import main
from utils.published import MODELS

HERE = Path(__file__).parent
CONFIGS = published_configs()
SNAPSHOT = json.loads((HERE / "snapshots" / "config_counts.json").read_text())
SMALL = SNAPSHOT["small"]
DRAWN_ONLY = {
    "glm4_moe_lite",
    "granitemoeshared",
    "hunyuan_v1_dense",
    "ministral",
    "ministral3",
    "qwen3_5_text",
}
"""Families that `python -m benchmarks.count_configs --draw` compares, and this snapshot does not hold."""
TINY = {
    "model_type": "llama",
    "vocab_size": 50,
    "hidden_size": 16,
    "num_hidden_layers": 3,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "intermediate_size": 24,
    "max_position_embeddings": 32,
}


def counted(model):
    return {part: number for part, number in sorted(model.parts().items()) if number}


@pytest.mark.parametrize("name", CONFIGS)
def test_a_published_config_counts_as_transformers_does_part_by_part(name):
    model = architecture(CONFIGS[name])
    assert model.total() == SNAPSHOT["published"][name]["total"]
    assert counted(model) == SNAPSHOT["published"][name]["parts"]
    assert model.active() <= model.total()


@pytest.mark.parametrize("number", range(len(SMALL)), ids=[small["config"]["model_type"] for small in SMALL])
def test_a_config_drawn_by_chance_counts_and_keeps_as_transformers_does(number):
    small = SMALL[number]
    model = architecture(small["config"])
    assert model.total() == small["total"]
    assert counted(model) == small["parts"]
    if "kept" in small:
        # transformers gives up the oldest token before the next comes, and not when it has come.
        tokens = SNAPSHOT["tokens"]
        kept = [
            sum(each.numbers * min(tokens, (each.keeps or tokens + 1) - 1) + each.state for each in layer)
            for layer in model.memories
        ]
        assert kept == small["kept"]


def test_every_family_has_defaults_and_was_compared():
    assert set(defaults()) == set(FAMILIES)
    assert set(CONFIGS) == set(SNAPSHOT["published"])
    assert set(SAME_AS.values()) <= set(FAMILIES)
    kinds = {architecture(given).family for given in CONFIGS.values()}
    compared = {SAME_AS.get(kind, kind) for kind in kinds} | {
        small["config"]["model_type"] for small in SMALL
    }
    assert compared | DRAWN_ONLY == set(FAMILIES)


@pytest.mark.parametrize("name", sorted({*CONFIGS} & {*MODELS}))
def test_the_sizes_of_lesson_11_and_the_file_give_the_same(name):
    model = architecture(CONFIGS[name])
    assert model.total() == total(MODELS[name].shape)
    assert model.active() == active(MODELS[name].shape)


@pytest.mark.parametrize(
    ("name", "made", "of_which"),
    [
        ("Mixtral 8x7B", 46.7, 12.9),
        ("Qwen3 30B A3B", 30.5, 3.3),
        ("Qwen3 235B A22B", 235, 22),
        ("gpt-oss 120B", 116.8, 5.1),
        ("gpt-oss 20B", 20.9, 3.6),
        ("Gemma 4 26B A4B", 25.2, 3.8),
        ("Gemma 4 31B", 30.7, 30.7),
        ("Nemotron 3 Nano 30B A3B", 31.6, 3.6),
        ("Bamba 9B", 9.8, 9.8),
    ],
)
def test_total_and_active_are_what_the_makers_say(name, made, of_which):
    """OpenAI counts the head with the active ones and not the table: gpt-oss model card, table 1."""
    model = architecture(CONFIGS[name])
    met = model.active() - (model.parts()["embedding"] if name.startswith("gpt-oss") else 0)
    digits = 0 if made == 235 else 1
    assert round(model.total() / 1e9, digits) == made
    assert abs(met / 1e9 - of_which) < 0.55 if digits == 0 else abs(met / 1e9 - of_which) < 0.06


def test_a_count_that_the_makers_state_to_the_last_parameter():
    """Mistral AI, "Codestral Mamba", July 2024."""
    assert architecture(CONFIGS["Codestral Mamba 7B"]).total() == 7_285_403_648


def test_a_window_stops_the_cache_from_growing():
    plain = architecture(TINY)
    assert plain.cache_bytes(10) == 10 * 3 * 2 * 2 * 4 * 2
    windowed = architecture({**TINY, "model_type": "mistral", "sliding_window": 4})
    assert windowed.cache_bytes(3) == plain.cache_bytes(3)
    assert windowed.cache_bytes(4) == windowed.cache_bytes(1000) == plain.cache_bytes(4)
    assert windowed.token_flops(1000) == windowed.token_flops(4) < windowed.token_flops(3) * 2


def test_layers_of_different_kinds_keep_different_amounts():
    gemma = architecture(CONFIGS["Gemma 3 1B"])
    assert [bool(layer[0].keeps) for layer in gemma.memories[:7]] == [True] * 5 + [False, True]
    a_token = 2 * 1 * 256 * 2
    assert gemma.cache_bytes(32768) == a_token * (22 * 512 + 4 * 32768)


def test_latent_attention_keeps_the_short_vector_only():
    deepseek = architecture(CONFIGS["DeepSeek-V3"])
    assert deepseek.cache_bytes(1) == 61 * (512 + 64) * 2


def test_a_linear_layer_keeps_a_state_that_does_not_grow():
    model = architecture(CONFIGS["Qwen3-Next 80B A3B"])
    state = 32 * 128 * 128 + 4 * (2 * 16 * 128 + 32 * 128)
    assert model.cache_bytes(1) == 2 * (36 * state + 12 * 2 * 2 * 256)
    assert model.cache_bytes(1001) - model.cache_bytes(1) == 2 * 1000 * 12 * 2 * 2 * 256


def test_layers_that_use_the_keys_of_others_keep_nothing():
    gemma = architecture(CONFIGS["Gemma 3n E4B"])
    a_token = 2 * 2 * 256 * 2
    assert gemma.cache_bytes(32768) == a_token * (16 * 512 + 4 * 32768)
    # They look at as many tokens as if they did.
    alone, borrower = architecture(borrowing(num_kv_shared_layers=0)), architecture(borrowing())
    keys_and_values = 2 * 2 * 16 * (2 * 8)
    for tokens in (1, 20):
        assert alone.token_flops(tokens) - borrower.token_flops(tokens) == 2 * keys_and_values


def test_a_last_layer_that_always_looks_at_everything():
    sliding = borrowing(
        model_type="gemma4_text", layer_types=["sliding_attention"] * 4, num_kv_shared_layers=0
    )
    keeps = [layer[0].keeps for layer in architecture(sliding).memories]
    assert keeps == [4, 4, 4, None]


def test_what_few_models_have_is_explained():
    said = report(architecture(CONFIGS["Gemma 3n E2B"]))
    for part in ("layer embeddings", "stream", "learned residual"):
        assert f"\n({part}: " in said


def test_a_layer_that_is_one_thing_only():
    words = {"layers_block_type": ["mamba", "moe", "attention", "mlp"], "num_hidden_layers": 4}
    listed = architecture(blocks(**words))
    assert listed.parts() == architecture(blocks(hybrid_override_pattern="ME*-")).parts()
    assert [len(layer) for layer in listed.memories] == [1, 0, 1, 0]
    unnumbered = {name: value for name, value in blocks(**words).items() if name != "num_hidden_layers"}
    assert architecture(unnumbered).total() == listed.total()


def test_operations_are_two_for_each_weight_met_and_each_number_compared():
    block = 16 * 16 + 2 * 16 * 8 + 16 * 16 + 3 * 16 * 24
    assert architecture(TINY).token_flops(5) == 2 * (3 * block + 16 * 50 + 3 * 5 * 2 * 16)


def test_what_a_file_leaves_out_is_transformers_default_and_said():
    bare = {name: value for name, value in TINY.items() if name != "intermediate_size"}
    model = architecture(bare)
    assert model.assumed["intermediate_size"] == 11008
    assert "intermediate_size 11008" in report(model)


def test_a_null_is_what_follows_from_other_sizes():
    model = architecture({**TINY, "num_key_value_heads": None, "head_dim": None})
    assert model.total() == architecture({**TINY, "num_key_value_heads": 4, "head_dim": 4}).total()


def test_the_part_for_text_of_a_file_is_counted_and_said():
    whole = {
        "model_type": "gemma3",
        "text_config": {**TINY, "model_type": "gemma3_text"},
        "vision_config": {},
    }
    model = architecture(whole)
    assert model.total() == architecture({**TINY, "model_type": "gemma3_text"}).total()
    said = "note: only what gemma3 has for text is counted (text_config, gemma3_text); vision_config not"
    assert said in report(model)
    unnamed = {name: value for name, value in TINY.items() if name != "model_type"}
    assert architecture({"model_type": "gemma3", "text_config": unnamed}).total() == model.total()


def test_a_file_of_its_own_can_tie_the_table_outside_of_its_text_config():
    free = architecture({"model_type": "x", "text_config": TINY, "tie_word_embeddings": False})
    tied = architecture({"model_type": "x", "text_config": TINY, "tie_word_embeddings": True})
    assert free.total() - tied.total() == 50 * 16


def changed(**changes):
    return {**TINY, **changes}


def borrowing(**changes):
    """Four layers of which the last two use the keys and values of the first two."""
    sizes = {"model_type": "gemma3n_text", "num_hidden_layers": 4, "num_kv_shared_layers": 2, "head_dim": 8}
    sizes |= {"hidden_size_per_layer_input": 2, "vocab_size_per_layer_input": 5, "sliding_window": 4}
    return changed(**{**sizes, "layer_types": ["sliding_attention", "full_attention"] * 2, **changes})


def blocks(**changes):
    sizes = {"model_type": "nemotron_h", "num_hidden_layers": 4, "mamba_num_heads": 4, "mamba_head_dim": 8}
    return changed(**{**sizes, "n_groups": 2, **changes})


def without(name):
    return {each: value for each, value in TINY.items() if each != name}


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ([], "is no config: a config is an object of named fields, not list"),
        (without("model_type"), "model_type is missing"),
        (changed(model_type=3), "model_type must be text, not 3"),
        (without("hidden_size"), "hidden_size is missing"),
        (without("vocab_size"), "vocab_size is missing"),
        (without("num_hidden_layers"), "num_hidden_layers is missing"),
        (without("num_attention_heads"), "num_attention_heads is missing"),
        ({"model_type": "gpt2", "vocab_size": 5, "n_layer": 1, "n_head": 1}, "n_embd is missing"),
        (changed(hidden_size=0), "hidden_size must be a whole number from 1 on, not 0"),
        (changed(hidden_size=16.0), "hidden_size must be a whole number from 1 on, not 16.0"),
        (changed(hidden_size="16"), "hidden_size must be a whole number from 1 on, not '16'"),
        (changed(num_hidden_layers=True), "num_hidden_layers must be a whole number from 1 on, not True"),
        (changed(intermediate_size=-3), "intermediate_size must be a whole number from 1 on, not -3"),
        (changed(intermediate_size=None), "intermediate_size is missing"),
        (changed(tie_word_embeddings="yes"), "tie_word_embeddings must be true or false, not 'yes'"),
        (changed(attention_bias=1), "attention_bias must be true or false, not 1"),
        (
            changed(num_key_value_heads=3),
            "num_attention_heads must be divisible by num_key_value_heads; 4 is not by 3",
        ),
        (changed(hidden_size=18), "hidden_size must be divisible by num_attention_heads; 18 is not by 4"),
        (
            changed(model_type="mixtral", num_local_experts=2, num_experts_per_tok=3),
            "num_experts_per_tok must be at most num_local_experts, 2, not 3",
        ),
        (
            changed(model_type="gemma2", layer_types=["full_attention"]),
            "layer_types must have an entry for each of 3 layers, not 1 entries",
        ),
        (
            changed(model_type="gemma2", layer_types=["full_attention"] * 2 + ["odd"]),
            "layer_types has 'odd', which is none of full_attention, sliding_attention, chunked_attention, "
            "linear_attention, conv, deepseek_sparse_attention",
        ),
        (
            changed(model_type="deepseek_v2", moe_layer_freq=2),
            "moe_layer_freq 2 is not counted for deepseek_v2, only 1",
        ),
        (changed(model_type="deepseek_v2"), "num_experts_per_tok is missing"),
        (
            {**changed(model_type="bloom", n_layer=2), "num_hidden_layers": 3},
            "n_layer 2 and num_hidden_layers 3 disagree",
        ),
        (
            {**CONFIGS["Jamba v0.1"], "attn_layer_offset": 8},
            "attn_layer_offset must be below attn_layer_period, 8, not 8",
        ),
        (
            borrowing(num_kv_shared_layers=4),
            "num_kv_shared_layers must be below num_hidden_layers, 4, not 4",
        ),
        (
            borrowing(num_kv_shared_layers=3),
            "num_kv_shared_layers 3 leaves no full_attention whose keys and values are used",
        ),
        (
            borrowing(intermediate_size=[8, 8, 8]),
            "intermediate_size must have an entry for each of 4 layers, not 3 entries",
        ),
        (
            borrowing(intermediate_size=[8, 8, 0, 8]),
            "intermediate_size must be a whole number from 1 on, not 0",
        ),
        (
            borrowing(model_type="gemma4_text", attention_k_eq_v=True, num_global_key_value_heads=3),
            "num_attention_heads must be divisible by num_global_key_value_heads; 4 is not by 3",
        ),
        (
            borrowing(model_type="gemma4_text", enable_moe_block=True, num_experts=2, top_k_experts=3)
            | {"moe_intermediate_size": 5},
            "top_k_experts must be at most num_experts, 2, not 3",
        ),
        (
            borrowing(model_type="gemma4_text", enable_moe_block=True),
            "num_experts is missing",
        ),
        (
            borrowing(model_type="gemma4_text", per_layer_config={"3": {"head_dim": 4}}),
            "per_layer_config {'3': {'head_dim': 4}} is not counted for gemma4_text, only files without it",
        ),
        (
            borrowing(model_type="gemma4_text", per_layer_config=None),
            "per_layer_config None is not counted for gemma4_text, only files without it",
        ),
        (
            borrowing(model_type="gemma3_text", use_bidirectional_attention=True),
            "use_bidirectional_attention True is not counted for gemma3_text, only None or False or 'vision'",
        ),
        (
            changed(model_type="llama", vocab_size=10**4000),
            "vocab_size must be smaller than 2^53, and has 13288 bits",
        ),
        (blocks(), "layers_block_type is missing"),
        (
            blocks(hybrid_override_pattern="M-X*"),
            "hybrid_override_pattern must be letters of M*-E, not 'M-X*'",
        ),
        (
            blocks(hybrid_override_pattern="M-*"),
            "num_hidden_layers 4 and a list of 3 layers disagree",
        ),
        (
            blocks(layers_block_type=["mamba", "odd"]),
            "layers_block_type has 'odd', which is none of linear_attention, full_attention, mlp, moe",
        ),
        (blocks(layers_block_type=4), "layers_block_type must have an entry for each layer, not 4"),
        (
            blocks(hybrid_override_pattern="M*-E", tie_word_embeddings=True),
            "tie_word_embeddings True is not counted for nemotron_h, only False",
        ),
        (
            blocks(hybrid_override_pattern="M*-E", n_groups=3),
            "mamba_num_heads must be divisible by n_groups; 4 is not by 3",
        ),
        (
            blocks(hybrid_override_pattern="M*-E", mamba_n_groups=4),
            "n_groups 2 and mamba_n_groups 4 disagree",
        ),
        (
            {**CONFIGS["Granite 4.0 H Tiny"], "mamba_d_head": 32},
            "mamba_d_head must be mamba_expand * hidden_size / mamba_n_heads, 64, not 32",
        ),
        (
            {**CONFIGS["Codestral Mamba 7B"], "num_heads": 96},
            "expand * hidden_size must be divisible by num_heads; 8192 is not by 96",
        ),
        (
            {**CONFIGS["Codestral Mamba 7B"], "num_heads": 64},
            "head_dim must be expand * hidden_size / num_heads, 128, not 64",
        ),
        ({"model_type": "x", "text_config": 3}, "text_config must be an object of named fields, not 3"),
    ],
)
def test_a_config_of_no_model_is_one_error_that_names_the_field(given, said):
    with pytest.raises(ValueError, match=r".") as error:
        architecture(given)
    assert str(error.value) == said


def test_a_type_that_is_not_counted_is_named_with_those_that_are():
    with pytest.raises(
        ValueError, match=r"^model_type 'mamba9' is none of those that are counted: apertus, "
    ) as e:
        architecture(changed(model_type="mamba9"))
    assert all(kind in str(e.value) for kind in FAMILIES)


def write(folder, text):
    path = folder / "config.json"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return str(path)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "is no JSON: Expecting value in line 1, column 1"),
        ('{"a": 1,\n}', "is no JSON"),
        (b"\xff\xfe\x00", "is no JSON: it is no text"),
        ("[" * 100_000, "is no config: its brackets are nested too deeply"),
        ("1" * 5000, "is no config: a number in it has thousands of digits"),
        ('{"hidden_size": 3}', "model_type is missing"),
    ],
)
def test_a_bad_file_is_one_line_of_error(text, said, tmp_path, capsys):
    path = write(tmp_path, text)
    assert main([path]) == 1
    shown = capsys.readouterr()
    assert shown.out == ""
    assert shown.err.startswith(f"{path}: {said}")
    assert shown.err.count("\n") == 1


def test_a_file_that_is_not_there_is_one_line_of_error(tmp_path, capsys):
    assert main([str(tmp_path / "none.json")]) == 1
    assert capsys.readouterr().err == f"{tmp_path / 'none.json'}: No such file or directory\n"


def test_a_state_that_does_not_grow_is_told_without_a_context():
    lines = report(architecture(CONFIGS["Mamba 130M"])).splitlines()
    # 1,536 channels with 16 numbers and 4 places of the convolution each.
    assert lines[-1] == f"24 layers keep a state of {1536 * (16 + 4):,} numbers, however long the text is"
    assert any(line.startswith("(state space: ") for line in lines)


def test_a_context_is_asked_for_where_the_file_names_none(tmp_path, capsys):
    nameless = {name: value for name, value in CONFIGS["BLOOM 560M"].items() if name != "seq_length"}
    path = write(tmp_path, json.dumps(nameless))
    assert main([path]) == 0
    assert "say one with --context" in capsys.readouterr().out
    assert main([path, "--context", "100"]) == 0
    assert "100 tokens" in capsys.readouterr().out
    assert main([path, "--context", "0"]) == 1
    assert capsys.readouterr().err == f"{path}: context must be a whole number from 1 on, not 0\n"


def test_what_the_command_says_of_a_model(tmp_path, capsys):
    path = write(tmp_path, json.dumps(CONFIGS["gpt-oss 20B"]))
    assert main([path]) == 0
    said = capsys.readouterr().out
    model = read(path)
    for number in (model.total(), model.active(), *model.parts().values()):
        assert f"{number:,}" in said
    for size in (83.659, 41.830, 20.915, 10.457):
        assert f"{size:.3f}" in said
    assert f"{model.cache_bytes(131072) / 1e9:,.3f} GB" in said
    assert "12 layers keep 1,024 numbers of each token of the last 128" in said


def test_the_command_is_quick_and_needs_no_tensorflow(tmp_path):
    path = write(tmp_path, json.dumps(CONFIGS["DeepSeek-V3"]))
    code = (
        "import runpy, sys, time\n"
        f"sys.argv = ['counting', {path!r}]\n"
        "try: runpy.run_module('utils.counting', run_name='__main__')\n"
        "except SystemExit as end: assert not end.code\n"
        "assert not {'tensorflow', 'keras', 'numpy', 'socket'} & set(sys.modules)\n"
        "assert time.process_time() < 0.9\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, cwd=HERE.parent)
