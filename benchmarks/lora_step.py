"""How long a step of LoRA takes, and how much memory: ours beside PEFT on PyTorch, in one run.

`make benchmark` on a machine that does nothing else. Both train queries and values of SmolLM2-135M-Instruct
with adapters of rank 8, on the same texts of lesson 13, TEXTS at a time, with as many threads; only the
answers' tokens count. That both compute the same is seen by the loss before the first step. Where only the
last blocks have adapters, ours has read the texts up to there once, before the first step; PEFT reads them in
each. Each side runs in a process of its own, in turns, since memory is that of a process at its highest; the
fastest step counts.
"""

import json
import resource
import subprocess
import sys
import time
from collections.abc import Callable

if "PEFT on PyTorch" in sys.argv:
    import torch  # with all that it brings before TensorFlow comes: the other way round the process crashes
    import torch._dynamo

import numpy as np

from utils import support
from utils.llm.tokenizer import load_tokenizer
from utils.llm.tuning import Rows, conversations
from utils.text import aligned

TEXTS, STEPS, ROUNDS, RATE = 5, 12, 2, 0.001
SIDES = ("ours", "PEFT on PyTorch")
WHERE = {"all thirty blocks": 0, "the last ten, as in lesson 13": 20}


def main() -> None:
    """Measure, and print seconds, megabytes and ratios."""
    for where, first in WHERE.items():
        found = [[_in_its_own_process(side, first) for side in SIDES] for _ in range(ROUNDS)]
        sides = [
            {key: min(run[place][key] for run in found) for key in found[0][0]} for place in range(len(SIDES))
        ]
        rows = [(where, "a step", "memory", "first loss")]
        for name, side in zip(SIDES, sides, strict=True):
            rows.append(
                (name, f"{side['seconds']:.2f} s", f"{side['megabytes']:,.0f} MB", f"{side['loss']:.4f}")
            )
        print(aligned(rows))
        print(f"times faster: {sides[1]['seconds'] / sides[0]['seconds']:.2f}\n")


def _in_its_own_process(side: str, first: int) -> dict[str, float]:
    command = [sys.executable, "-m", "benchmarks.lora_step", side, str(first)]
    return json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout.splitlines()[-1])


def measure(side: str, first: int) -> None:
    """Print the seconds of one side's fastest step, its memory at the most, and its first loss."""
    taught = support.questions()
    answers = [fact.answer for _, fact in taught]
    rows = conversations(load_tokenizer(), [question for question, _ in taught], answers)
    step = (_ours if side == SIDES[0] else _peft)(rows, first)
    losses, seconds = [], []
    for number in range(STEPS):
        picks = [(number * TEXTS + place) % len(rows.tokens) for place in range(TEXTS)]
        start = time.perf_counter()
        losses.append(step(picks))
        seconds.append(time.perf_counter() - start)
    megabytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"seconds": min(seconds), "megabytes": megabytes, "loss": losses[0]}))


def _ours(rows: Rows, first: int) -> Callable[[list[int]], float]:
    from utils.llm import lora
    from utils.llm.smollm2 import load_model
    from utils.llm.tuning import Tuner

    model = load_model()
    lora.add_adapters(model, rank=8, alpha=16, blocks=range(first, 30))
    tuner = Tuner(model)
    data = tuner.prepare(rows)
    return lambda picks: tuner.step(data, picks, RATE)


def _peft(rows: Rows, first: int) -> Callable[[list[int]], float]:
    from peft import LoraConfig, get_peft_model
    from transformers import AutoModelForCausalLM

    from utils.llm.fetch import weights_file

    file = weights_file()
    model = AutoModelForCausalLM.from_pretrained(file.parent, gguf_file=file.name, dtype=torch.float32)
    settings = LoraConfig(
        r=8,
        lora_alpha=16,
        target_modules=["q_proj", "v_proj"],
        layers_to_transform=list(range(first, 30)),
        task_type="CAUSAL_LM",
    )
    model = get_peft_model(model, settings)
    trained = [parameter for parameter in model.parameters() if parameter.requires_grad]
    adam = torch.optim.AdamW(trained, lr=RATE, weight_decay=0.0)
    tokens = torch.tensor(rows.tokens).long()
    labels = torch.where(torch.tensor(rows.counted) > 0, tokens, -100)

    def step(picks: list[int]) -> float:
        end = int(np.flatnonzero(rows.counted[picks].any(axis=0))[-1]) + 1  # where ours stops as well
        loss = model(input_ids=tokens[picks, :end], labels=labels[picks, :end]).loss
        loss.backward()
        adam.step()
        adam.zero_grad()
        return loss.item()

    return step


if __name__ == "__main__":
    if len(sys.argv) > 1:
        measure(sys.argv[1], int(sys.argv[2]))
    else:
        main()
