"""Another Python than the course's own, and notebooks that run with it."""

import json
import os
import subprocess
import sys
from pathlib import Path


def find_python(version: str = "3.13") -> Path | str | None:
    """A Python of this version ("3.13") on this machine; None where there is none."""
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
    there = [sys.executable, f"python{version}", *sorted(pyenv.glob(f"versions/{version}.*/bin/python"))]
    code = "import sys; print('%d.%d' % sys.version_info[:2])"
    for python in there:
        try:
            asked = subprocess.run([python, "-c", code], check=True, capture_output=True, text=True)
        except (OSError, subprocess.CalledProcessError):
            continue  # pyenv puts a python3.13 in the way that does nothing but complain
        if asked.stdout.strip() == version:
            return python
    return None


def make_kernel(folder: Path, python: Path | str, variables: dict[str, str]) -> None:
    """A Jupyter kernel in `folder` that runs cells with this Python, with these environment variables."""
    folder.mkdir(parents=True, exist_ok=True)
    kernel = {
        "argv": [str(python), "-m", "ipykernel_launcher", "-f", "{connection_file}"],
        "display_name": "Python 3",
        "language": "python",
        "env": variables,
    }
    (folder / "kernel.json").write_text(json.dumps(kernel))
