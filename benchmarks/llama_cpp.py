"""llama.cpp, through the package xllamacpp: its server in this process, asked over the loopback."""

import json
import urllib.request
from pathlib import Path
from typing import Any

import xllamacpp


class LlamaCpp:
    """with LlamaCpp(file) as llama: ... — a model that computes on the 4- and 8-bit weights of the file."""

    def __init__(self, file: Path, threads: int = 2) -> None:
        parameters = xllamacpp.CommonParams()
        parameters.model.path = str(file)
        parameters.n_ctx = 512
        parameters.n_parallel = 1
        parameters.verbosity = 0
        parameters.cpuparams.n_threads = threads
        self._server = xllamacpp.Server(parameters)

    def __enter__(self) -> "LlamaCpp":
        return self

    def __exit__(self, *_: object) -> None:
        del self._server

    def tokenize(self, text: str) -> list[int]:
        """The tokens of a text; special ones are not looked for."""
        return self._ask("tokenize", {"content": text, "parse_special": False})["tokens"]

    def tokens_per_second(self, prompt: str, count: int) -> float:
        """How fast it writes `count` tokens, each the likeliest, after the prompt."""
        question = {"prompt": prompt, "n_predict": count, "temperature": 0, "ignore_eos": True}
        return self._ask("completion", question)["timings"]["predicted_per_second"]

    def _ask(self, what: str, question: dict[str, Any]) -> Any:
        request = urllib.request.Request(
            f"{self._server.listening_address}/{what}",
            json.dumps(question).encode(),
            {"Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request) as answer:
            return json.load(answer)
