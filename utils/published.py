"""The sizes of published language models, what their makers say they count, and where that is said."""

from dataclasses import dataclass

from utils.counting import MLP, Attention, Experts, LatentAttention, Shape


@dataclass(frozen=True)
class Published:
    """A model whose sizes are known.

    claimed: how many parameters its makers say it has, as they write it ("117M"); claimed_active: of these
    how many one token meets, where only some do. source: where the sizes and the claim stand. why: a
    sentence where the count from the shape, rounded like the claim, is another one.
    """

    name: str
    year: int
    shape: Shape
    claimed: str
    source: str
    why: str = ""
    claimed_active: str = ""


UNCONFIRMED = {"GPT-4": ("1.76T", "1.8T over 120 layers")}
"""What is told of models whose makers have published no sizes, so that nothing can be counted.

The GPT-4 Technical Report (OpenAI 2023, section 2) withholds the model size; these are rumours.
"""


def rounded(number: int, like: str) -> str:
    """A number written the way a published one is: with 124_439_808 and "117M" it is "124M".

    Raises ValueError when `like` does not end in M, B or T (million, billion, trillion).
    """
    digits, unit = like[:-1], like[-1:]
    if unit not in _UNITS:
        raise ValueError(f"like must end in M, B or T, not {like!r}")
    decimals = len(digits.partition(".")[2])
    return f"{number / _UNITS[unit]:.{decimals}f}{unit}"


_UNITS = {"M": 10**6, "B": 10**9, "T": 10**12}


def _gpt(
    width: int,
    layers: int,
    heads: int,
    vocabulary: int = 50257,
    positions: int = 1024,
    final_norm: bool = True,
) -> Shape:
    """OpenAI's: learned positions, biases everywhere, an MLP four times as wide as the model."""
    return Shape(
        vocabulary=vocabulary,
        width=width,
        layers=layers,
        attention=Attention(heads, biases=True, output_bias=True),
        mlp=MLP(4 * width, gated=False, biases=True),
        positions=positions,
        norm_biases=True,
        final_norm=final_norm,
    )


def _bert(width: int, layers: int, heads: int) -> Shape:
    """The encoder and its pooler, tied to the head that guesses the masked words."""
    return Shape(
        vocabulary=30522,
        width=width,
        layers=layers,
        attention=Attention(heads, biases=True, output_bias=True),
        mlp=MLP(4 * width, gated=False, biases=True),
        positions=512,
        token_types=2,
        norm_biases=True,
        embedding_norm=True,
        final_norm=False,
        pooler=True,
    )


def _llama(
    vocabulary: int,
    width: int,
    layers: int,
    heads: int,
    hidden: int,
    key_value_heads: int | None = None,
    tied: bool = False,
    biases: bool = False,
    head_size: int | None = None,
) -> Shape:
    """Llama's and its relatives': rotary positions, gated MLP, RMSNorm, and few or no biases."""
    return Shape(
        vocabulary=vocabulary,
        width=width,
        layers=layers,
        attention=Attention(heads, key_value_heads, head_size, biases),
        mlp=MLP(hidden),
        tied=tied,
    )


def _falcon(width: int, layers: int, heads: int, key_value_heads: int, norms: int) -> Shape:
    """Attention and MLP side by side, so that one norm can serve both; no biases but the norms'."""
    return Shape(
        vocabulary=65024,
        width=width,
        layers=layers,
        attention=Attention(heads, key_value_heads),
        mlp=MLP(4 * width, gated=False),
        norms=norms,
        norm_biases=True,
    )


_MIXTRAL = Shape(
    vocabulary=32000,
    width=4096,
    layers=32,
    attention=Attention(heads=32, key_value_heads=8),
    mlp=Experts(MLP(14336), number=8, active=2),
    tied=False,
)

_DEEPSEEK_V3 = Shape(
    vocabulary=129280,
    width=7168,
    layers=61,
    attention=LatentAttention(heads=128, query_rank=1536, rank=512, plain=128, rotary=64, value=128),
    mlp=Experts(
        MLP(2048), number=256, active=8, shared=1, router_bias=True, first=MLP(18432), first_blocks=3
    ),
    tied=False,
)

_GPT_1 = "Radford et al. 2018, section 4.1; the count: Radford et al. 2019, table 2"
_GPT_2 = "Radford et al. 2019, table 2; hparams.json in OpenAI's repository gpt-2"
_BERT = "Devlin et al. 2018, section 3; bert_config.json of the uncased models"
_LLAMA_1 = "Touvron et al. 2023 (LLaMA), table 2"
_LLAMA_2 = "Touvron et al. 2023 (Llama 2), table 1; config.json"
_LLAMA_3 = "Llama Team 2024 (The Llama 3 Herd of Models), table 3; config.json of Llama 3.1"
_FALCON = "Almazrouei et al. 2023 (The Falcon Series of Open Language Models); config.json"
_GEMMA = "Gemma Team 2024, tables 1 and 2; config.json"
_QWEN = "Qwen Team 2024 (Qwen2.5 Technical Report), section 2; model cards; config.json"
_SMOLLM = "Allal et al. 2025 (SmolLM2); config.json"

_OLD_VOCABULARY = (
    "OpenAI later called its first counts an error; all four are right for GPT-1's vocabulary of 40,478 "
    "tokens in place of 50,257."
)
_CUT_OFF = "Cut off after the last digit, not rounded."
_TENS = "Rounded to tens."
_ROUND_NAME = "A round name rather than a count."
_GEMMA_TABLE = "{} without its table of 256,000 tokens; with it, the report counts 128 tokens more."
_OTHER_HIDDEN = "Not explained by its makers; it would be right for an MLP of {} hidden units, not {}."

_ALL = [
    Published("GPT-1", 2018, _gpt(768, 12, 12, 40478, 512, final_norm=False), "117M", _GPT_1),
    Published("BERT base", 2018, _bert(768, 12, 12), "110M", _BERT, _TENS),
    Published("BERT large", 2018, _bert(1024, 24, 16), "340M", _BERT, _TENS),
    Published("GPT-2 small", 2019, _gpt(768, 12, 12), "117M", _GPT_2, _OLD_VOCABULARY),
    Published("GPT-2 medium", 2019, _gpt(1024, 24, 16), "345M", _GPT_2, _OLD_VOCABULARY),
    Published("GPT-2 large", 2019, _gpt(1280, 36, 20), "762M", _GPT_2, _OLD_VOCABULARY),
    Published("GPT-2 XL", 2019, _gpt(1600, 48, 25), "1542M", _GPT_2, _OLD_VOCABULARY),
    Published("GPT-3", 2020, _gpt(12288, 96, 96, positions=2048), "175B", "Brown et al. 2020, table 2.1"),
    Published("Llama 1 7B", 2023, _llama(32000, 4096, 32, 32, 11008), "6.7B", _LLAMA_1),
    Published("Llama 1 13B", 2023, _llama(32000, 5120, 40, 40, 13824), "13.0B", _LLAMA_1),
    Published("Llama 1 33B", 2023, _llama(32000, 6656, 60, 52, 17920), "32.5B", _LLAMA_1),
    Published("Llama 1 65B", 2023, _llama(32000, 8192, 80, 64, 22016), "65.2B", _LLAMA_1, _CUT_OFF),
    Published("Falcon 7B", 2023, _falcon(4544, 32, 71, 1, norms=1), "7B", _FALCON),
    Published("Falcon 40B", 2023, _falcon(8192, 60, 128, 8, norms=2), "40B", _FALCON, _ROUND_NAME),
    Published("Llama 2 7B", 2023, _llama(32000, 4096, 32, 32, 11008), "7B", _LLAMA_2),
    Published("Llama 2 13B", 2023, _llama(32000, 5120, 40, 40, 13824), "13B", _LLAMA_2),
    Published(
        "Llama 2 34B",
        2023,
        _llama(32000, 8192, 48, 64, 22016, 8),
        "34B",
        "Touvron et al. 2023 (Llama 2), never released itself; the sizes are Code Llama 34B's config.json",
    ),
    Published("Llama 2 70B", 2023, _llama(32000, 8192, 80, 64, 28672, 8), "70B", _LLAMA_2, _ROUND_NAME),
    Published("Mistral 7B", 2023, _llama(32000, 4096, 32, 32, 14336, 8), "7B", "Jiang et al. 2023, table 1"),
    Published(
        "Mixtral 8x7B",
        2023,
        _MIXTRAL,
        "46.7B",
        "Jiang et al. 2024, table 1; the counts: Mistral AI's announcement",
        claimed_active="12.9B",
    ),
    Published(
        "Gemma 2B",
        2024,
        _llama(256000, 2048, 18, 8, 16384, 1, tied=True, head_size=256),
        "2B",
        _GEMMA,
        _GEMMA_TABLE.format("1.98B"),
    ),
    Published(
        "Gemma 7B",
        2024,
        _llama(256000, 3072, 28, 16, 24576, 16, tied=True, head_size=256),
        "7B",
        _GEMMA,
        _GEMMA_TABLE.format("7.75B, cut off,"),
    ),
    Published("Llama 3 8B", 2024, _llama(128256, 4096, 32, 32, 14336, 8), "8B", _LLAMA_3),
    Published("Llama 3 70B", 2024, _llama(128256, 8192, 80, 64, 28672, 8), "70B", _LLAMA_3, _CUT_OFF),
    Published("Llama 3 405B", 2024, _llama(128256, 16384, 126, 128, 53248, 8), "405B", _LLAMA_3, _CUT_OFF),
    Published(
        "Qwen2.5 0.5B", 2024, _llama(151936, 896, 24, 14, 4864, 2, tied=True, biases=True), "0.49B", _QWEN
    ),
    Published(
        "Qwen2.5 1.5B", 2024, _llama(151936, 1536, 28, 12, 8960, 2, tied=True, biases=True), "1.54B", _QWEN
    ),
    Published(
        "Qwen2.5 3B", 2024, _llama(151936, 2048, 36, 16, 11008, 2, tied=True, biases=True), "3.09B", _QWEN
    ),
    Published(
        "Qwen2.5 7B", 2024, _llama(152064, 3584, 28, 28, 18944, 4, biases=True), "7.61B", _QWEN, _CUT_OFF
    ),
    Published(
        "Qwen2.5 14B",
        2024,
        _llama(152064, 5120, 48, 40, 13824, 8, biases=True),
        "14.7B",
        _QWEN,
        _OTHER_HIDDEN.format("13,696", "13,824"),
    ),
    Published(
        "Qwen2.5 32B",
        2024,
        _llama(152064, 5120, 64, 40, 27648, 8, biases=True),
        "32.5B",
        _QWEN,
        _OTHER_HIDDEN.format("27,392", "27,648"),
    ),
    Published("Qwen2.5 72B", 2024, _llama(152064, 8192, 80, 64, 29568, 8, biases=True), "72.7B", _QWEN),
    Published("SmolLM2 135M", 2024, _llama(49152, 576, 30, 9, 1536, 3, tied=True), "135M", _SMOLLM),
    Published("SmolLM2 360M", 2024, _llama(49152, 960, 32, 15, 2560, 5, tied=True), "360M", _SMOLLM, _TENS),
    Published("SmolLM2 1.7B", 2024, _llama(49152, 2048, 24, 32, 8192, 32, tied=True), "1.7B", _SMOLLM),
    Published(
        "DeepSeek-V3",
        2024,
        _DEEPSEEK_V3,
        "671B",
        "DeepSeek-AI 2024 (DeepSeek-V3), section 4.2; README_WEIGHTS.md on Hugging Face",
        "The 37B leave the embedding table out, of which a token needs one row (36.6B, says the copy of "
        "README_WEIGHTS.md on Hugging Face; an older copy says 36.7B with the table). The 671B leave out the "
        "block that guesses the token after the next: the file holds that too, and scales, in all 685B.",
        claimed_active="37B",
    ),
]

MODELS = {model.name: model for model in _ALL}
"""Every model by its name, the oldest first."""
