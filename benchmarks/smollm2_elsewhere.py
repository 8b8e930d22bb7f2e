"""Runs SmolLM2 with transformers and llama.cpp, for `make reference`: makes tests/snapshots/smollm2.npz.

The logits are those of transformers on PyTorch, in float32, reading the same GGUF file; all 49,152 at every
position of every prompt are compared with ours here, and a sample is kept for the ordinary tests.

The tokens are those of llama.cpp. Transformers is asked too: from a GGUF file it does not take over the
rule that each digit stands alone, so it is told that rule, and then has to agree.
"""

from pathlib import Path

import numpy as np
import torch
from tokenizers import pre_tokenizers
from transformers import AutoModelForCausalLM, AutoTokenizer

from benchmarks.llama_cpp import LlamaCpp
from tests.smollm2_cases import PROMPTS, TOKENS_LOOKED_AT, varied_strings
from utils.llm.fetch import weights_file
from utils.llm.smollm2 import load_model
from utils.llm.tokenizer import load_tokenizer

SNAPSHOT = Path(__file__).parents[1] / "tests" / "snapshots" / "smollm2.npz"


def main() -> None:
    """Compare, report and write the snapshot."""
    file = weights_file()
    kept = {**tokens_of_llama_cpp(file)}
    kept |= logits_of_transformers(file)
    np.savez_compressed(SNAPSHOT, **kept)
    print(f"{SNAPSHOT.name}: {SNAPSHOT.stat().st_size:,} bytes")


def tokens_of_llama_cpp(file: Path) -> dict[str, np.ndarray]:
    """The tokens of all strings, one after another, and how many each has."""
    ours, theirs = load_tokenizer(), _transformers_tokenizer(file)
    strings = varied_strings()
    llama = LlamaCpp(file)
    tokens = [llama.tokenize(string) for string in strings]
    for name, encode in (("ours", ours.encode), ("transformers'", theirs.encode)):
        differ = sum(encode(string).ids != one for string, one in zip(strings, tokens, strict=True))
        print(f"{len(strings):,} strings; {name} tokens differ from llama.cpp's in {differ}")
    return {
        "tokens": np.concatenate([np.array(one, "uint16") for one in tokens]),
        "lengths": np.array([len(one) for one in tokens], "uint16"),
    }


def logits_of_transformers(file: Path) -> dict[str, np.ndarray]:
    """For each prompt: the sampled logits, (positions, sample), and the likeliest token at each position."""
    ours, tokenizer = load_model(), load_tokenizer()
    theirs = AutoModelForCausalLM.from_pretrained(file.parent, gguf_file=file.name, dtype=torch.float32)
    kept = {}
    for number, prompt in enumerate(PROMPTS):
        tokens = np.array([tokenizer.encode(prompt).ids])
        with torch.no_grad():
            logits = theirs(torch.tensor(tokens)).logits[0].numpy()
        difference = np.abs(logits - np.asarray(ours(tokens))[0]).max()
        print(f"prompt {number}, {tokens.size} tokens: largest difference of a logit {difference:.1e}")
        kept[f"logits_{number}"] = logits[:, list(TOKENS_LOOKED_AT)]
        kept[f"likeliest_{number}"] = logits.argmax(axis=-1).astype("uint16")
    return kept


def _transformers_tokenizer(file: Path):
    tokenizer = AutoTokenizer.from_pretrained(file.parent, gguf_file=file.name)._tokenizer
    digits = pre_tokenizers.Digits(individual_digits=True)
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([digits, tokenizer.pre_tokenizer])
    return tokenizer


if __name__ == "__main__":
    main()
