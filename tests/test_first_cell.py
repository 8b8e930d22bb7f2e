"""The first cell of a notebook, where something is wrong: one sentence, and the cells below do not run."""

import os
import subprocess
import sys

import first_cell
import pytest


@pytest.fixture
def run(tmp_path):
    """Run the first cell as Jupyter would, in a folder of its own, and a cell after it."""

    def run(address="https://github.com/somebody/course", **variables):
        cell = first_cell.source("course", address, needs_llm=False, solutions=True)
        code = (
            "from IPython.core.interactiveshell import InteractiveShell\n"
            "shell = InteractiveShell()\n"
            f"done = shell.run_cell({cell!r})\n"
            "print('the next cell runs:', done.success)"
        )
        done = subprocess.run(
            [sys.executable, "-c", code],
            cwd=tmp_path,
            env={**os.environ, "IPYTHONDIR": str(tmp_path / "ipython"), **variables},
            capture_output=True,
            text=True,
        )
        assert "Traceback" not in done.stdout + done.stderr
        return done.stdout.strip().splitlines()

    return run


@pytest.fixture
def colab(tmp_path):
    """A `google.colab` that can be imported: what tells the cell that it is there."""
    (tmp_path / "packages/google/colab").mkdir(parents=True)
    (tmp_path / "packages/google/colab/__init__.py").touch()
    return {"PYTHONPATH": str(tmp_path / "packages")}


def test_where_all_is_well_it_says_nothing(run):
    assert run() == ["the next cell runs: True"]


def test_an_address_where_no_course_is(run, colab, tmp_path):
    nowhere = f"file://{tmp_path}/nowhere"
    sentence, after = run(nowhere, **colab)
    assert sentence.startswith(f"The course could not be fetched from {nowhere} .")
    assert "pyproject.toml" in sentence
    assert after == "the next cell runs: False"


def test_a_file_of_the_learner_that_hides_the_course(run, tmp_path):
    (tmp_path / "utils.py").write_text("def mine(): ...\n")
    sentence, after = run()
    assert "utils.py is yours and hides the course's own utils. Rename it" in sentence
    assert after == "the next cell runs: False"


def test_a_kernel_without_the_course(run, tmp_path):
    (tmp_path / "sitecustomize.py").write_text(
        "import importlib.util as util\n"
        "found = util.find_spec\n"
        "util.find_spec = lambda name: None if name.startswith('utils') else found(name)\n"
    )
    sentence, after = run(PYTHONPATH=str(tmp_path))
    assert sentence.startswith("The course is not installed in this kernel.")
    assert after == "the next cell runs: False"
