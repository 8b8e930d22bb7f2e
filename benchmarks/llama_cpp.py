"""llama.cpp, through the package llama-cpp-python, compiled on this machine for its processor."""

from pathlib import Path

import llama_cpp


class LlamaCpp:
    """LlamaCpp(file): a model that computes on the 4- and 8-bit weights of the file."""

    def __init__(self, file: Path, threads: int = 2) -> None:
        self._llama = llama_cpp.Llama(str(file), n_ctx=512, n_threads=threads, verbose=False)

    def tokenize(self, text: str) -> list[int]:
        """The tokens of a text; special ones are not looked for."""
        return self._llama.tokenize(text.encode(), add_bos=False, special=False)

    def tokens_per_second(self, prompt: str, count: int) -> float:
        """How fast it writes `count` tokens, each the likeliest, after the prompt.

        By llama.cpp's own clock, which counts its computing alone: what the package adds in Python is not
        llama.cpp's fault.
        """
        self._llama.reset()
        llama_cpp.llama_perf_context_reset(self._llama.ctx)
        writing = self._llama.generate(self.tokenize(prompt), temp=0.0, repeat_penalty=1.0)
        for _ in range(count):
            next(writing)
        clock = llama_cpp.llama_perf_context(self._llama.ctx)
        return clock.n_eval / (clock.t_eval_ms / 1000)
