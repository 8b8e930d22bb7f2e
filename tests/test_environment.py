"""The lock, environment.yml, Colab and the set-up agree, and the set-up says what is wrong."""

import ast
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
import tomllib
import zipfile
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

from tests.colab import registry_answers

ROOT = Path(__file__).resolve().parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
LOCK = (ROOT / "requirements.txt").read_text(encoding="utf-8")
MORE_LOCKS = ("requirements-tuners.txt", "requirements-trainer.txt")
CONSTRAINTS = [Requirement(line) for line in PROJECT["tool"]["uv"]["constraint-dependencies"]]


def asked_for():
    """What pyproject.toml names for the course and its authors; `reference` and `site` are in no lock."""
    groups = PROJECT["dependency-groups"]
    lines = [*PROJECT["project"]["dependencies"], *groups["lab"], *groups["grading"], *groups["dev"]]
    return [Requirement(line) for line in lines if isinstance(line, str)]


def pins(text):
    return [Requirement(line) for line in text.splitlines() if re.match(r"\w", line)]


def version(pin):
    return str(pin.specifier).removeprefix("==")


@pytest.fixture(scope="module")
def registry():
    if not registry_answers():
        pytest.skip("No package registry can be reached.")


# The lock


def test_the_lock_answers_pyproject_and_nothing_else():
    blocks = re.split(r"\n(?=\w)", LOCK)
    direct = {re.match(r"[\w-]+", block).group() for block in blocks if "(pyproject.toml" in block}
    assert direct == {requirement.name.lower() for requirement in asked_for()}, "Run `make lock`."


@pytest.mark.parametrize("wanted", asked_for() + CONSTRAINTS, ids=str)
def test_every_pin_is_one_that_pyproject_allows(wanted):
    locked = [version(pin) for pin in pins(LOCK) if pin.name == wanted.name]
    assert all(wanted.specifier.contains(pinned) for pinned in locked), f"{locked}: run `make lock`."


def test_other_implementations_are_pinned_to_one_version():
    reference = [Requirement(line) for line in PROJECT["dependency-groups"]["reference"]]
    reference += pins((ROOT / "requirements-trainer.txt").read_text(encoding="utf-8"))
    wanted = {"torch", "transformers", "peft", "llama-cpp-python"}
    assert {requirement.name for requirement in reference} >= wanted
    assert all(str(requirement.specifier).startswith("==") for requirement in reference)


@pytest.mark.slow
def test_the_lock_made_again_is_the_same(tmp_path, registry):
    for name in ["Makefile", "pyproject.toml", "requirements.txt", *MORE_LOCKS]:
        shutil.copy(ROOT / name, tmp_path)
    (tmp_path / ".venv").symlink_to(sys.prefix)
    # PYTHON=true, for this test needs no set-up.
    made = subprocess.run(["make", "lock", "PYTHON=true"], cwd=tmp_path, capture_output=True, text=True)
    assert made.returncode == 0, made.stderr
    assert (tmp_path / "requirements.txt").read_text() == LOCK, "Run `make lock`."
    for name in MORE_LOCKS:
        assert (tmp_path / name).read_text() == (ROOT / name).read_text(), "Run `make lock`."


def test_conda_gets_the_locked_packages():
    *conda, pip = yaml.safe_load((ROOT / "environment.yml").read_text())["dependencies"]
    from_lock, course, *named = pip["pip"]
    assert (from_lock, course) == ("-r requirements.txt", "-e .")
    python = Requirement(conda[0])
    assert (python.name, conda[1:]) == ("python", ["pip"])
    assert python.specifier == SpecifierSet(PROJECT["project"]["requires-python"])
    assert set(named) <= {requirement.name for requirement in asked_for()}


def test_no_file_names_a_package_index():
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split("\n")
    index = re.compile(rb"py(pi|thonhosted)\.org|/simple(/|$)|^(--)?(extra-)?index-url|^--find-links", re.M)
    files = [ROOT / name for name in listed if (ROOT / name).is_file()]
    assert [str(file) for file in files if index.search(file.read_bytes())] == []


# Colab


def test_colab_has_what_pyproject_asks_for():
    """An upgrade of what is loaded already breaks the running kernel."""
    colab_has = {pin.name: version(pin) for pin in pins((ROOT / "tests/colab_requirements.txt").read_text())}
    dependencies = [Requirement(line) for line in PROJECT["project"]["dependencies"]]
    too_new = [str(d) for d in dependencies if not d.specifier.contains(colab_has.get(d.name) or "999")]
    assert too_new == []
    assert {c.name: version(c) for c in CONSTRAINTS}.items() <= colab_has.items()


@pytest.mark.slow
def test_in_colab_the_course_changes_no_package(colab):
    changed = {name: (old, colab.after.get(name)) for name, old in colab.before.items()}
    assert {name: pair for name, pair in changed.items() if pair[0] != pair[1]} == {}
    assert "llm-parameters" in colab.after


# The set-up


@pytest.fixture
def course(tmp_path):
    """What the set-up needs of the course, with a lock of one package."""
    (tmp_path / "tools").mkdir()
    (tmp_path / "utils/llm").mkdir(parents=True)
    (tmp_path / "utils/llm/fetch.py").touch()
    shutil.copy(ROOT / "tools/set_up.py", tmp_path / "tools")
    shutil.copy(ROOT / "Makefile", tmp_path)
    (tmp_path / "requirements.txt").write_text(re.search(r"^uv==.*\n", LOCK, re.M).group())
    (tmp_path / "pyproject.toml").write_text(
        '[build-system]\nrequires = ["setuptools"]\nbuild-backend = "setuptools.build_meta"\n'
        '[project]\nname = "small-course"\nversion = "1"\n[tool.setuptools]\npackages = ["utils"]\n'
    )
    return tmp_path


def command(change=""):
    """The set-up, on a machine that some lines of Python make different from this one."""
    lines = [
        "import importlib, os, signal, sys",
        "sys.path.insert(0, 'tools')",
        "import set_up",
        change,
        "set_up.main()",
    ]
    return [sys.executable, "-c", "\n".join(lines)]


def set_up(course, change="", **variables):
    environment = {**os.environ, **variables}
    return subprocess.run(command(change), cwd=course, env=environment, capture_output=True, text=True)


def instead_of_each_step(code):
    return (
        "run = set_up.subprocess.run\n"
        f"set_up.subprocess.run = lambda command, **options: run([sys.executable, '-c', {code!r}], **options)"
    )


def assert_stopped(done, sentence):
    assert done.returncode == 1
    assert done.stderr.count(sentence) == 1
    assert "Traceback" not in done.stdout + done.stderr


def test_an_old_python_can_read_the_set_up():
    ast.parse((ROOT / "tools/set_up.py").read_text(), feature_version=(3, 6))


@pytest.mark.parametrize(("numbers", "fault"), [((3, 10, 13), "too old"), ((3, 14, 0), "too new")])
def test_a_python_that_is_not_right(course, numbers, fault):
    done = set_up(course, f"sys.version_info = {numbers}")
    assert_stopped(done, f"which is {fault}:\nthe course needs Python 3.11, 3.12 or 3.13.")
    assert not (course / ".venv").exists()


def test_the_kernel_is_named_once_and_the_copy_of_other_environments_is_left_alone(course, tmp_path):
    (tmp_path / "cache").mkdir()
    shared = tmp_path / "cache/kernel.json"
    shared.write_text('{"argv": ["python", "-m", "ipykernel_launcher"]}')
    spec = course / ".venv/share/jupyter/kernels/python3/kernel.json"
    spec.parent.mkdir(parents=True)
    os.link(shared, spec)  # as uv does it
    for _ in range(2):
        set_up(course, "set_up.main = set_up.settle_jupyter")
    assert shared.read_text() == '{"argv": ["python", "-m", "ipykernel_launcher"]}'
    argv = json.loads(spec.read_text())["argv"]
    assert argv == ["python", "-m", "ipykernel_launcher", "--IPKernelApp.kernel_class=utils.kernel.Kernel"]


def test_a_python_without_virtual_environments(course):
    done = set_up(course, "set_up.importlib.util.find_spec = lambda name: None")
    assert_stopped(done, "sudo apt install python3.")


def test_a_disk_too_full_to_begin(course):
    done = set_up(
        course, "set_up.shutil.disk_usage = lambda path: set_up.shutil._ntuple_diskusage(0, 0, 1.2e9)"
    )
    assert_stopped(done, "The disk is too full: the course needs 3.5 GB, and 1.2 GB are free.")
    assert not (course / ".venv").exists()


@pytest.mark.parametrize(
    "full",
    [
        instead_of_each_step("raise OSError(28, 'No space left on device')"),
        instead_of_each_step(
            "print('error: failed to unpack: (os error 28)'); print('hint\\n' * 20); exit(2)"
        ),
        "set_up.install_packages = lambda: open('/dev/full', 'wb', 0).write(b'full')",
    ],
    ids=["in pip", "in uv", "in the set-up itself"],
)
def test_a_disk_that_fills_up_on_the_way(course, full):
    assert_stopped(set_up(course, full), "The disk is full: the course needs 3.5 GB.")
    assert not (course / ".venv/set-up-complete").exists()


def test_an_interruption(course):
    slow = instead_of_each_step("import time; time.sleep(60)")
    listen = "signal.signal(signal.SIGINT, signal.default_int_handler)"
    step = subprocess.Popen(
        command(f"{listen}\n{slow}"), cwd=course, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    first_line = step.stdout.readline()
    step.send_signal(signal.SIGINT)
    said, complaint = step.communicate(timeout=10)
    done = subprocess.CompletedProcess(step.args, step.returncode, first_line + said, complaint)
    assert_stopped(done, "Interrupted before the end. Run the same command again: it starts afresh.")
    assert not (course / ".venv/set-up-complete").exists()


FINISHED = """
set_up.PYTHON.parent.mkdir(parents=True)
set_up.PYTHON.touch()
set_up.STAMP.write_text(set_up.fingerprint())
"""


MOVED = """
moved = f"{set_up.ROOT}-moved"
os.rename(set_up.ROOT, moved)
sys.path.insert(0, f"{moved}/tools")
importlib.reload(set_up)
"""


@pytest.mark.parametrize(
    ("change", "is_set_up"),
    [
        ("", True),
        ("open('pyproject.toml', 'a').write('[tool.course]\\nsolutions = false\\n')", True),
        ("set_up.STAMP.unlink()", False),
        ("set_up.PYTHON.unlink()", False),
        ("sys.version_info = (3, 99, 0)", False),
        ("open('requirements.txt', 'a').write('tqdm==4.70.1\\n')", False),
        ("open('pyproject.toml', 'a').write('include-package-data = false\\n')", False),
        (MOVED, False),
    ],
    ids=["nothing", "a setting", "interrupted", "no Python", "other Python", "lock", "packaging", "moved"],
)
def test_what_calls_for_a_new_set_up(course, change, is_set_up):
    lines = "\n".join([FINISHED, change, "set_up.main = lambda: print(set_up.is_set_up())"])
    assert set_up(course, lines).stdout == f"{is_set_up}\n"


def make_package_index(folder):
    """An index with one package, `only-here`, that no other has."""
    (folder / "only-here").mkdir(parents=True)
    wheel = "only_here-1-py3-none-any.whl"
    (folder / "only-here/index.html").write_text(f'<a href="{wheel}">{wheel}</a>')
    with zipfile.ZipFile(folder / "only-here" / wheel, "w") as archive:
        archive.writestr(
            "only_here-1.dist-info/METADATA", "Metadata-Version: 2.1\nName: only-here\nVersion: 1\n"
        )
        archive.writestr("only_here-1.dist-info/WHEEL", "Wheel-Version: 1.0\nTag: py3-none-any\n")
        archive.writestr("only_here-1.dist-info/RECORD", "")


@pytest.mark.slow
def test_from_an_interrupted_set_up_to_a_finished_one(course, registry):
    (course / ".venv").mkdir()
    make_package_index(course / "index")
    with (course / "requirements.txt").open("a") as lock:
        lock.write("only-here==1\n")
    # pip's settings reach uv, and a folder that is missing from them stops nothing.
    done = set_up(course, PIP_EXTRA_INDEX_URL=f"file:///no/such/folder {(course / 'index').as_uri()}")
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [
        "Removing .venv: it is unfinished, or the course has changed since.",
        "Making a virtual environment in .venv ...",
        "Fetching the installer, uv ...",
        "Installing the packages (about a minute) ...",
        "Fetching a real language model (93 MB) ...",
        "The course is set up.",
    ]
    assert subprocess.run([course / ".venv/bin/python", "-c", "import utils"], cwd="/").returncode == 0
    start = time.monotonic()
    again = set_up(course)
    assert (again.returncode, again.stdout, again.stderr) == (0, "", "")
    assert time.monotonic() - start < 1


@pytest.mark.slow
def test_pip_does_it_where_uv_cannot(course, registry):
    done = set_up(course, UV_CACHE_DIR="/dev/null")
    assert done.returncode == 0, done.stderr
    assert "uv could not do it, so pip tries" in done.stdout
    assert done.stdout.endswith("The course is set up.\n")
    assert "Installing the packages with pip ...\n" in done.stdout


@pytest.mark.parametrize("goal", ["lab", "test", "notebooks", "lock", "format"])
def test_each_command_sets_up_first(course, goal):
    dry = subprocess.run(
        ["make", "--dry-run", "--no-print-directory", goal],
        cwd=course,
        capture_output=True,
        text=True,
        check=True,
    )
    assert dry.stdout.splitlines()[0].endswith("tools/set_up.py")


def test_make_passes_over_pythons_that_do_not_run(course):
    """pyenv leaves commands behind that do nothing but complain."""
    python = course / "bin/python3"
    python.parent.mkdir()
    python.write_text("#!/bin/sh\nexit 127\n")
    python.chmod(0o755)
    (course / "bin/python").symlink_to(sys.executable)
    search_path = f"{course}/bin:{shutil.which('sh').removesuffix('/sh')}"
    dry = subprocess.run(
        [shutil.which("make"), "--dry-run", "set-up"],
        cwd=course,
        env={**os.environ, "PATH": search_path},
        capture_output=True,
        text=True,
        check=True,
    )
    assert not dry.stdout.startswith("python3 "), dry.stdout
