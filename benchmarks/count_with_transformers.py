"""Counts the published models a second time, with transformers: makes tests/snapshots/published_counts.json.

Needs torch and transformers, which the course does not: run it from the top of the repository with a Python
that has these two, in an environment of their own. No weights are fetched and none are made: on PyTorch's
"meta" device a tensor has a shape and no numbers.

The sizes are typed here anew from each model's config.json and not taken from utils/published.py, so that a
slip there is found. What is counted is what named_parameters() lists: a tied matrix once. A buffer is no
parameter to PyTorch; the only one that training finds is DeepSeek-V3's bias of the router, which is added.

PyTorch's own counter also sees the matrix products of a text of TOKENS tokens, each of which looks at all;
all but those of the experts, which are grouped into an operation that it does not know.
"""

import json
import re
from pathlib import Path

import torch
import transformers
from torch.utils.flop_counter import FlopCounterMode
from transformers import (
    BertConfig,
    BertModel,
    DeepseekV3Config,
    DeepseekV3ForCausalLM,
    FalconConfig,
    FalconForCausalLM,
    GemmaConfig,
    GemmaForCausalLM,
    GPT2Config,
    GPT2LMHeadModel,
    LlamaConfig,
    LlamaForCausalLM,
    MistralConfig,
    MistralForCausalLM,
    MixtralConfig,
    MixtralForCausalLM,
    OpenAIGPTConfig,
    OpenAIGPTLMHeadModel,
    Qwen2Config,
    Qwen2ForCausalLM,
)

SNAPSHOT = Path(__file__).parent.parent / "tests" / "snapshots" / "published_counts.json"
TOKENS = 64


def gpt2(n_embd, n_layer, n_head, n_positions=1024):
    """OpenAI's, GPT-3 too: its attention looks at fewer tokens in every other block, with the same arrays."""
    config = GPT2Config(
        vocab_size=50257, n_positions=n_positions, n_embd=n_embd, n_layer=n_layer, n_head=n_head
    )
    return GPT2LMHeadModel, config


def bert(hidden_size, intermediate_size, num_hidden_layers, num_attention_heads):
    """Google's, without the layers that only guess masked words and neighbouring sentences."""
    config = BertConfig(
        vocab_size=30522,
        hidden_size=hidden_size,
        intermediate_size=intermediate_size,
        num_hidden_layers=num_hidden_layers,
        num_attention_heads=num_attention_heads,
        max_position_embeddings=512,
        type_vocab_size=2,
    )
    return BertModel, config


def rotary(model, config, vocab_size, hidden_size, intermediate_size, layers, heads, tied, **others):
    """A relative of Llama; heads: those of the queries, and those of keys and values."""
    sizes = config(
        vocab_size=vocab_size,
        hidden_size=hidden_size,
        intermediate_size=intermediate_size,
        num_hidden_layers=layers,
        num_attention_heads=heads[0],
        num_key_value_heads=heads[1],
        tie_word_embeddings=tied,
        **others,
    )
    return model, sizes


def llama(*sizes, tied=False):
    """Meta's, and the SmolLM2 models."""
    return rotary(LlamaForCausalLM, LlamaConfig, *sizes, tied)


def qwen(*sizes, tied=False):
    """Qwen's: the same with biases at queries, keys and values."""
    return rotary(Qwen2ForCausalLM, Qwen2Config, *sizes, tied)


def gemma(*sizes):
    """Google's: heads of 256 numbers, whatever the width."""
    return rotary(GemmaForCausalLM, GemmaConfig, *sizes, True, head_dim=256)


def falcon(hidden_size, layers, heads, **others):
    """TII's: attention and MLP side by side; its table serves as the head too."""
    sizes = FalconConfig(
        vocab_size=65024,
        hidden_size=hidden_size,
        num_hidden_layers=layers,
        num_attention_heads=heads,
        parallel_attn=True,
        bias=False,
        alibi=False,
        **others,
    )
    return FalconForCausalLM, sizes


MODELS = {
    "GPT-1": (
        OpenAIGPTLMHeadModel,
        OpenAIGPTConfig(vocab_size=40478, n_positions=512, n_embd=768, n_layer=12, n_head=12),
    ),
    "BERT base": bert(768, 3072, 12, 12),
    "BERT large": bert(1024, 4096, 24, 16),
    "GPT-2 small": gpt2(768, 12, 12),
    "GPT-2 medium": gpt2(1024, 24, 16),
    "GPT-2 large": gpt2(1280, 36, 20),
    "GPT-2 XL": gpt2(1600, 48, 25),
    "GPT-3": gpt2(12288, 96, 96, n_positions=2048),
    "Llama 1 7B": llama(32000, 4096, 11008, 32, (32, 32)),
    "Llama 1 13B": llama(32000, 5120, 13824, 40, (40, 40)),
    "Llama 1 33B": llama(32000, 6656, 17920, 60, (52, 52)),
    "Llama 1 65B": llama(32000, 8192, 22016, 80, (64, 64)),
    "Falcon 7B": falcon(4544, 32, 71, multi_query=True, new_decoder_architecture=False),
    "Falcon 40B": falcon(8192, 60, 128, num_kv_heads=8, new_decoder_architecture=True),
    "Llama 2 7B": llama(32000, 4096, 11008, 32, (32, 32)),
    "Llama 2 13B": llama(32000, 5120, 13824, 40, (40, 40)),
    "Llama 2 34B": llama(32000, 8192, 22016, 48, (64, 8)),
    "Llama 2 70B": llama(32000, 8192, 28672, 80, (64, 8)),
    "Mistral 7B": rotary(MistralForCausalLM, MistralConfig, 32000, 4096, 14336, 32, (32, 8), False),
    "Mixtral 8x7B": rotary(
        MixtralForCausalLM, MixtralConfig, 32000, 4096, 14336, 32, (32, 8), False, num_local_experts=8
    ),
    "Gemma 2B": gemma(256000, 2048, 16384, 18, (8, 1)),
    "Gemma 7B": gemma(256000, 3072, 24576, 28, (16, 16)),
    "Llama 3 8B": llama(128256, 4096, 14336, 32, (32, 8)),
    "Llama 3 70B": llama(128256, 8192, 28672, 80, (64, 8)),
    "Llama 3 405B": llama(128256, 16384, 53248, 126, (128, 8)),
    "Qwen2.5 0.5B": qwen(151936, 896, 4864, 24, (14, 2), tied=True),
    "Qwen2.5 1.5B": qwen(151936, 1536, 8960, 28, (12, 2), tied=True),
    "Qwen2.5 3B": qwen(151936, 2048, 11008, 36, (16, 2), tied=True),
    "Qwen2.5 7B": qwen(152064, 3584, 18944, 28, (28, 4)),
    "Qwen2.5 14B": qwen(152064, 5120, 13824, 48, (40, 8)),
    "Qwen2.5 32B": qwen(152064, 5120, 27648, 64, (40, 8)),
    "Qwen2.5 72B": qwen(152064, 8192, 29568, 80, (64, 8)),
    "SmolLM2 135M": llama(49152, 576, 1536, 30, (9, 3), tied=True),
    "SmolLM2 360M": llama(49152, 960, 2560, 32, (15, 5), tied=True),
    "SmolLM2 1.7B": llama(49152, 2048, 8192, 24, (32, 32), tied=True),
    "DeepSeek-V3": (
        DeepseekV3ForCausalLM,
        DeepseekV3Config(
            vocab_size=129280,
            hidden_size=7168,
            intermediate_size=18432,
            moe_intermediate_size=2048,
            num_hidden_layers=61,
            num_attention_heads=128,
            num_key_value_heads=128,
            n_shared_experts=1,
            n_routed_experts=256,
            num_experts_per_tok=8,
            first_k_dense_replace=3,
            kv_lora_rank=512,
            q_lora_rank=1536,
            qk_rope_head_dim=64,
            qk_nope_head_dim=128,
            v_head_dim=128,
            tie_word_embeddings=False,
        ),
    ),
}

PARTS = [
    ("positions", r"positions_embed|wpe|position_embeddings"),
    ("token types", r"token_type_embeddings"),
    ("norm", r"norm|ln_|LayerNorm"),
    ("embedding", r"tokens_embed|wte|embed_tokens|word_embeddings"),
    ("head", r"lm_head"),
    ("pooler", r"pooler"),
    ("shared expert", r"shared_experts"),
    ("router", r"mlp\.gate\.(weight|e_score_correction_bias)|block_sparse_moe\.gate\."),
    ("expert", r"experts\."),
    ("attention", r"attn|attention"),
    ("MLP", r"mlp|intermediate\.dense|output\.dense"),
]
"""What a parameter is part of: the first whose pattern is found in its name."""


def part_of(name: str) -> str:
    """The part of the model that a parameter belongs to, called as utils.counting.parts does."""
    part = next(part for part, pattern in PARTS if re.search(pattern, name))
    if part in ("positions", "token types", "embedding"):
        return part
    bias = name.endswith("bias")
    if part == "norm":
        return "norm biases" if bias else "norm scales"
    return f"{part} biases" if bias else f"{part} weights"


def count(kind, config) -> dict:
    """All parameters of a model, those of each part, and the operations of TOKENS tokens."""
    config._attn_implementation = "eager"
    with torch.device("meta"), torch.no_grad(), FlopCounterMode(display=False) as counter:
        model = kind(config).eval().bfloat16()
        model(torch.zeros((1, TOKENS), dtype=torch.long))
    found = list(model.named_parameters())
    found += [(name, buffer) for name, buffer in model.named_buffers() if "e_score_correction_bias" in name]
    groups: dict[str, int] = {}
    for name, tensor in found:
        groups[part_of(name)] = groups.get(part_of(name), 0) + tensor.numel()
    flops = counter.get_total_flops()
    return {"total": sum(groups.values()), "groups": dict(sorted(groups.items())), "flops": flops}


if __name__ == "__main__":
    counts = {}
    for name, (kind, config) in MODELS.items():
        counts[name] = count(kind, config)
        print(f"{name:14} {counts[name]['total']:>18,}")
    versions = {"torch": torch.__version__, "transformers": transformers.__version__}
    snapshot = {"made with": versions, "tokens": TOKENS, "counts": counts}
    SNAPSHOT.write_text(json.dumps(snapshot, indent=1) + "\n")
