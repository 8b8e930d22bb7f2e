"""A stand-in for Colab, built once for a whole test run: the fixture `colab`.

Python 3.13 with the versions that Colab has, an importable `google.colab`, and GitHub's address of the
course leading to a copy of the working tree. A notebook run with `colab.environment` finds this in place
of its own kernel, and its first cell works unmodified, over the network's package index as in Colab.
"""

import json
import os
import shutil
import subprocess
import sys
import time
import tomllib
from dataclasses import dataclass
from pathlib import Path

import pytest
import set_up
from other_python import find_python, make_kernel

ROOT = Path(__file__).resolve().parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
UV = [sys.executable, "-m", "uv"]


@dataclass
class Colab:
    folder: str
    before: dict  # each package's version before the course came, and after
    after: dict

    @property
    def environment(self):
        """For whatever runs a notebook: Jupyter looks here first for the kernel that the notebook names."""
        return {**os.environ, "JUPYTER_PATH": f"{self.folder}/jupyter"}


@pytest.fixture(scope="session")
def colab(tmp_path_factory):
    base = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        base = base.parent  # the folder that all workers share
    outcome = build_once(base / "colab")
    if "no colab" in outcome:
        pytest.skip(outcome["no colab"])
    return Colab(**outcome)


def pytest_sessionfinish(session):
    if not hasattr(session.config, "workerinput"):
        # Two gigabytes a run, and pytest would keep three runs.
        shutil.rmtree(session.config._tmp_path_factory.getbasetemp() / "colab", ignore_errors=True)


def build_once(folder):
    """The first worker to make the folder builds; the others wait for what it writes last."""
    outcome = folder / "outcome.json"
    try:
        folder.mkdir()
    except FileExistsError:
        wait_for(outcome)
    else:
        unfinished = folder / "unfinished.json"
        unfinished.write_text(json.dumps(build_or_say_why_not(folder)))
        unfinished.rename(outcome)
    built = json.loads(outcome.read_text())
    assert "error" not in built, built["error"]
    return built


def wait_for(file, seconds=900):
    deadline = time.monotonic() + seconds
    while not file.exists():
        assert time.monotonic() < deadline, f"Nobody finished building {file.parent}."
        time.sleep(0.2)


def build_or_say_why_not(folder):
    try:
        return build(folder)
    except Exception as error:  # whatever it was, the workers that wait must hear of it
        return {"error": f"Colab could not be simulated: {error!r}\n{getattr(error, 'stdout', '')}"}


def build(folder):
    base_python = find_python()
    if base_python is None:
        return {"no colab": "Colab cannot be simulated: there is no Python 3.13 on this machine."}
    if not (ROOT / ".git").exists():
        return {"no colab": "Colab cannot be simulated: the course is not a git clone here."}
    if not registry_answers():
        return {"no colab": "Colab cannot be simulated: no package registry can be reached."}
    python = folder / "python/bin/python"
    say([*UV, "venv", "--python", base_python, folder / "python"])
    requirements = ROOT / "tests/colab_requirements.txt"
    say([*UV, "pip", "install", "--python", python, "pip", "-r", requirements], env=uv_environment())
    make_google_colab(python)
    checkout(folder / "course")
    variables = kernel_variables(folder)
    make_kernel(folder / "jupyter/kernels/python3", python, variables)

    before = versions(python)
    (folder / "empty").mkdir()
    say([python, "-c", set_up_cell()], env={**os.environ, **variables}, cwd=folder / "empty")
    return {"folder": str(folder), "before": before, "after": versions(python)}


def uv_environment():
    return set_up.uv_environment([sys.executable, "-m", "pip"])


def registry_answers():
    """Asked without the cache, which would answer in the registry's place."""
    question = [*UV, "pip", "compile", "--no-cache", "--no-deps", "-"]
    return not subprocess.run(question, input=b"tqdm", capture_output=True, env=uv_environment()).returncode


def say(command, **options):
    done = subprocess.run(
        command, check=True, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, **options
    )
    return done.stdout


def make_google_colab(python):
    packages = say([python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'), end='')"])
    stub = Path(packages) / "google/colab"
    stub.mkdir(parents=True)
    (stub / "__init__.py").touch()


def checkout(folder):
    """A repository with one commit: the working tree as it is, so that what is tested is what was written."""
    # The clone may be somebody else's, and git would refuse to read it.
    trusted = ["-c", f"safe.directory={ROOT}"]
    listed = say(["git", *trusted, "ls-files", "-z", "--cached", "--others", "--exclude-standard"], cwd=ROOT)
    for name in filter(None, listed.split("\0")):
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, folder / name)
    git = ["git", "-c", "user.name=course", "-c", "user.email=course@example.org"]
    git += ["-c", "core.hooksPath=none", "-c", "commit.gpgsign=false"]
    for command in [["init", "--quiet"], ["add", "--all"], ["commit", "--quiet", "--message", "As it is"]]:
        say([*git, *command], cwd=folder)


def kernel_variables(folder):
    return {
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": f"url.{(folder / 'course').as_uri()}.insteadOf",
        "GIT_CONFIG_VALUE_0": PROJECT["urls"]["Repository"],
        "IPYTHONDIR": str(folder / "ipython"),
        "PYTHONPATH": "",
        # Some machines forbid compiled files, and each kernel would compile TensorFlow anew.
        "PYTHONDONTWRITEBYTECODE": "",
    }


def versions(python):
    listed = json.loads(say([python, "-m", "pip", "list", "--format", "json", "--disable-pip-version-check"]))
    return {package["name"]: package["version"] for package in listed}


def set_up_cell():
    notebook = json.loads(min((ROOT / "notebooks").glob("*.ipynb")).read_text(encoding="utf-8"))
    return "".join(next(cell["source"] for cell in notebook["cells"] if cell["cell_type"] == "code"))
