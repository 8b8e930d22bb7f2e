"""A Ray cluster on this machine for a notebook: silent, out of everybody else's reach, and up in seconds.

Ray starts six or more processes of its own, and each has to answer within seconds that Ray does not let one
change. On a busy machine they do not, unless each begins with less work.
"""

import importlib.util
import logging
import os
import secrets
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

SETTINGS = {
    "RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0",  # on Linux as there: listen on 127.0.0.1 alone
    "RAY_AUTH_MODE": "token",
    "RAY_raylet_start_wait_time_s": "120",
    "RAY_DASHBOARD_STARTUP_TIMEOUT_S": "120",
    "RAY_gcs_server_port_wait_time_s": "120",
    "RAY_AIR_NEW_OUTPUT": "0",  # the newer output of Ray Tune prints even with verbose=0
    "TUNE_DISABLE_AUTO_CALLBACK_LOGGERS": "1",  # it would write each result in three formats
}
"""What Ray reads from the environment while it is being imported, by its processes too."""

OBJECT_STORE = 100_000_000
"""Bytes for what processes share. Left to itself Ray takes a third of the memory."""

TRIES = 3
SLOW = "rfc3987_syntax"
"""What JupyterLab brings, what Ray imports with jsonschema and never uses: more than half of Ray's import."""

_folders: list[Path] = []


@contextmanager
def around_imports() -> Iterator[None]:
    """Stands around the first `import ray`, which reads SETTINGS, and makes it lighter."""
    for name, value in SETTINGS.items():
        os.environ.setdefault(name, value)
    # Otherwise Ray would make a token and keep it in the home folder.
    os.environ.setdefault("RAY_AUTH_TOKEN", secrets.token_hex(32))
    if SLOW in sys.modules:
        yield
        return
    sys.modules[SLOW] = None  # an import of it fails, which jsonschema expects
    try:
        yield
    finally:
        del sys.modules[SLOW]


def start(num_cpus: int) -> None:
    """Start a cluster with so many processors, as ray.init does; when one is running, nothing happens."""
    import ray

    if ray.is_initialized():
        return
    # What a process writes as it dies would appear in whatever cell is running.
    ray._private.worker.print_to_stdstream = _say_nothing
    for left in reversed(range(TRIES)):
        try:
            with _lighter_processes():
                ray.init(
                    num_cpus=num_cpus,
                    include_dashboard=False,
                    object_store_memory=OBJECT_STORE,
                    log_to_driver=False,
                    logging_level=logging.CRITICAL,
                )
            return
        except Exception:  # Ray has no narrower one for a start that took too long
            ray.shutdown()
            if not left:
                raise


def stop() -> None:
    """End the cluster with all its processes; when none is running, nothing happens."""
    import ray

    ray.shutdown()
    while _folders:
        shutil.rmtree(_folders.pop(), ignore_errors=True)


@contextmanager
def _lighter_processes() -> Iterator[None]:
    """What begins in here, and all that it begins later, finds a SLOW that cannot be imported."""
    if importlib.util.find_spec(SLOW) is None:
        yield
        return
    folder = Path(tempfile.mkdtemp())
    _folders.append(folder)
    (folder / f"{SLOW}.py").write_text("raise ImportError\n", encoding="utf-8")
    before = os.environ.get("PYTHONPATH")
    os.environ["PYTHONPATH"] = os.pathsep.join([str(folder), *([before] if before else [])])
    try:
        yield
    finally:
        if before is None:
            del os.environ["PYTHONPATH"]
        else:
            os.environ["PYTHONPATH"] = before


def _say_nothing(*said: object, **how: object) -> None:
    pass
