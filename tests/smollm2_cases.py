"""What our SmolLM2 is compared on with other implementations: prompts, and strings for the tokenizer."""

import random

PROMPTS = (
    "The capital of France is Paris, and the capital of Italy is",
    "<|im_start|>user\nWhat is gravity?<|im_end|>\n<|im_start|>assistant\nGravity is a force that pulls",
    "def mean(numbers):\n    return sum(numbers) / len(numbers)\n\n\ndef median(numbers):\n",
    "Am 3. Oktober 1990, nach über 40 Jahren, wurde Deutschland wiedervereinigt. 🎉",
    "one two three one two three one two three one two three one two three one two three one two",
    "a",
)
TOKENS_LOOKED_AT = range(0, 49_152, 768)
"""Of 49,152 logits at each position, those that the snapshot keeps."""

_WORDS = "the The of ing parameter Zürich naïve Ελλάδα привет 你好 日本語 مرحبا"
_ENDS = "ß İ A Z aB XMLHttp don't ’t 's 'LL"
_NUMBERS = "0 7 42 1990 3.14159 1,000,000 1e-5 ² ½ Ⅷ ٣"
_SIGNS = ". , ! ?! ... … — ' '' \" _ __init__ def f(x): return == != -> {} [0] </p> // # \\n %d &amp; http://"
_RARE = "😀 👩‍🚀 🇫🇷 é e\u0301 ﬁ \ufeff"
_SPACES = (" ", "  ", "\n", "\n\n", "\t", "\r\n", "    ", "\u00a0", "\u3000", "\u200b")
_PIECES = [*_WORDS.split(), *_ENDS.split(), *_NUMBERS.split(), *_SIGNS.split(" "), *_RARE.split(), *_SPACES]


def varied_strings(count: int = 4_000) -> list[str]:
    """Strings of words, digits, code, accents, emoji and white space, the same on every machine."""
    rng = random.Random(1)
    pieces = [rng.choices(_PIECES, k=rng.randint(1, 12)) for _ in range(count)]
    return [rng.choice(("", "", " ")).join(chosen) for chosen in pieces]
