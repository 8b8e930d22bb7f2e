"""How fast SmolLM2-135M-Instruct writes: ours in 32, 16 and 8 bits, transformers and llama.cpp, in one run.

Run it by `make benchmark` on a machine that does nothing else. All write COUNT tokens after the same
prompt, each the likeliest, from the same file. Beside them stands what memory allows: the speed at which
COUNT times as many bytes as all weights in float32 are read, one array, by the same threads. The best of the
rounds counts, since what disturbs a measurement only ever makes it slower.
"""

import time
from collections.abc import Callable
from pathlib import Path

import torch
from transformers import AutoModelForCausalLM

from benchmarks.llama_cpp import LlamaCpp
from utils.costs import weight_bytes
from utils.llm.fetch import weights_file
from utils.llm.generate import generate_tokens
from utils.llm.smollm2 import load_model
from utils.llm.tokenizer import load_tokenizer
from utils.published import MODELS
from utils.text import aligned

PROMPT, COUNT, ROUNDS = "Once upon a time there was", 96, 3
WEIGHTS_BYTES = weight_bytes(MODELS["SmolLM2 135M"].shape, bits=32)


def main() -> None:
    """Measure, and print tokens a second, ratios and the memory's bandwidth."""
    file = weights_file()
    speeds = {
        "reading all weights in float32": _best(_reading()),
        "ours, float32": _best(_ours(32)),
        "ours, 16 bits": _best(_ours(16)),
        "ours, 8 bits": _best(_ours(8)),
        "transformers on PyTorch, float32": _best(_transformers(file)),
    }
    llama = LlamaCpp(file, torch.get_num_threads())
    speeds["llama.cpp, 4 and 8 bits"] = _best(lambda: llama.tokens_per_second(PROMPT, COUNT))
    ours = speeds["ours, float32"]
    rows = [("", "tokens a second", "to ours, float32")]
    rows += [(name, f"{speed:.1f}", f"{speed / ours:.2f}") for name, speed in speeds.items()]
    bandwidth = speeds["reading all weights in float32"] * WEIGHTS_BYTES
    print(f"{torch.get_num_threads()} threads, memory read at {bandwidth / 1e9:.1f} GB/s")
    print(aligned(rows))


def _best(write: Callable[[], float]) -> float:
    write()  # compiles, and warms up
    return max(write() for _ in range(ROUNDS))


def _ours(bits: int) -> Callable[[], float]:
    model, tokens = load_model(bits), load_tokenizer().encode(PROMPT).ids
    return lambda: _speed(lambda: list(generate_tokens(model, tokens, COUNT)))


def _reading() -> Callable[[], float]:
    weights = torch.ones(WEIGHTS_BYTES // 4)
    return lambda: _speed(lambda: [weights.sum() for _ in range(COUNT)])


def _transformers(file: Path) -> Callable[[], float]:
    model = AutoModelForCausalLM.from_pretrained(file.parent, gguf_file=file.name, dtype=torch.float32)
    tokens = torch.tensor([load_tokenizer().encode(PROMPT).ids])

    def write() -> None:
        with torch.no_grad():
            model.generate(tokens, min_new_tokens=COUNT, max_new_tokens=COUNT, do_sample=False)

    return lambda: _speed(write)


def _speed(write: Callable[[], object]) -> float:
    start = time.perf_counter()
    write()
    return COUNT / (time.perf_counter() - start)


if __name__ == "__main__":
    main()
