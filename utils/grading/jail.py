"""The jail around a worker: bubblewrap's command line, and what this machine lacks for it."""

import json
import os
import shutil
import socket
import subprocess
import sys
import sysconfig
from dataclasses import dataclass
from pathlib import Path

import utils

PACKAGE = Path(utils.__file__).resolve().parent
_VISIBLE_PARTS = {
    "exercises": ("__init__.py", "declare.py"),
    "checking": ("compare.py", "elsewhere.py", "judge.py", "limits.py", "memory.py"),
}


@dataclass(frozen=True)
class Limits:
    """What one submission may use.

    memory, disk: bytes, the former of all its processes together. processes: with their threads.
    case: seconds of computing for one question. most: seconds of computing for all of them.
    """

    memory: int = 3 << 30
    disk: int = 128 << 20
    processes: int = 128
    case: float = 20.0
    most: float = 600.0


class NoJail(Exception):
    """No jail can be made on this machine; the message says what to do about it."""


def preflight() -> None:
    """Raise NoJail, with the cure, where submissions could not be graded safely."""
    if sys.platform != "linux":
        raise NoJail(
            "Grading needs Linux, since its jail is made of Linux' namespaces. On Windows it works in WSL "
            "2, on a "
            "Mac in a virtual machine with Linux."
        )
    if os.geteuid() == 0:
        raise NoJail(
            "Grading as root is refused: limits on processes do not bind root. Log in as an ordinary user, "
            "or make "
            "one (useradd -m grader) and type the command as that user (su grader)."
        )
    if not shutil.which("bwrap"):
        raise NoJail(
            "bubblewrap is missing. On Debian and Ubuntu: sudo apt install bubblewrap. Fedora: sudo dnf "
            "install bubblewrap."
        )
    release = tuple(int(part) for part in os.uname().release.split("-")[0].split(".")[:2])
    if release < (5, 14):
        raise NoJail(
            f"This Linux is {os.uname().release}; its kernel must be 5.14 or newer to count each jail's "
            f"processes."
        )
    unreadable = [path for path in _visible() if not os.access(path, os.R_OK | os.X_OK)]
    if unreadable:
        raise NoJail(
            f"This user may not read {unreadable[0]}, where Python or the course is. Install the course as "
            f"this user."
        )
    for path in _visible():
        if path.is_relative_to("/tmp"):
            raise NoJail(
                f"{path}, where Python or the course is, lies in /tmp, and a jail has an empty /tmp of "
                "its own. Put the course elsewhere, as into your home folder, and set it up there."
            )
    tried = subprocess.run(
        [*_bwrap(), "--", "unshare", "--user", "--map-root-user", "--mount", "--pid", "--fork", "true"],
        capture_output=True,
        text=True,
        env={**os.environ, "PATH": "/usr/bin:/bin"},
    )
    if tried.returncode:
        raise NoJail(
            f"bubblewrap cannot make a jail here ({tried.stderr.strip()[:300]}).\n"
            "User namespaces are switched off or restricted. Ubuntu 24.04 and later restrict them; this "
            "lifts it until "
            "the next start of the machine:\n"
            "  sudo sysctl kernel.apparmor_restrict_unprivileged_userns=0\n"
            "On older Debian: sudo sysctl kernel.unprivileged_userns_clone=1. In a container, start it so "
            "that user "
            "namespaces are allowed (for Docker, a seccomp profile that allows unshare and mount)."
        )


def start(role: str, limits: Limits, modules: list[str]) -> tuple[subprocess.Popen, socket.socket]:
    """Start a jail whose first process is zygote.main(role, ...). Returns it and the line to it."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    settings = {
        "memory": limits.memory,
        "disk": limits.disk,
        "processes": limits.processes,
        "seconds": int(limits.most) + 60,
    }
    arguments = [role, json.dumps(settings), json.dumps(modules)]
    with theirs:
        # bubblewrap passes an open descriptor on.
        program = [sys.executable, "-P", "-m", "utils.grading.zygote", str(theirs.fileno()), *arguments]
        process = subprocess.Popen(
            [*_bwrap(role), "--", *program],
            pass_fds=[theirs.fileno()],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE if os.environ.get("COURSE_GRADING_LOUD") is None else None,
            start_new_session=True,
        )
    return process, ours


def _visible() -> list[Path]:
    """What Python and the course need: the interpreter, the environment's packages, and the course's code."""
    found = [Path(sys.base_prefix), Path(sys.prefix), PACKAGE, Path(sysconfig.get_path("purelib"))]
    resolved = dict.fromkeys(path.resolve() for path in found)
    return [
        path
        for path in resolved
        if not any(path != other and path.is_relative_to(other) for other in resolved)
    ]


def _bwrap(role: str = "student") -> list[str]:
    """The command before the program: an almost empty world, read-only, without a network or a home."""
    command = [
        "bwrap",
        "--unshare-all",
        "--die-with-parent",
        "--new-session",
        "--clearenv",
        "--cap-drop",
        "ALL",
    ]
    for name, value in _environment().items():
        command += ["--setenv", name, value]
    command += ["--ro-bind", "/usr", "/usr"]
    for name in ("bin", "sbin", "lib", "lib32", "lib64"):
        path = Path("/", name)
        if path.is_symlink():
            command += ["--symlink", os.readlink(path), str(path)]
        elif path.exists():
            command += ["--ro-bind", str(path), str(path)]
    for path in ("/etc/ld.so.cache", "/etc/alternatives", "/etc/localtime", "/sys/devices/system/cpu"):
        command += ["--ro-bind-try", path, path]
    for path in _visible():
        if not path.is_relative_to("/usr"):
            command += ["--ro-bind", str(path), str(path)]
    if role == "student":
        # Solutions, mistakes and data for checking are not there to be read.
        for folder, kept in _VISIBLE_PARTS.items():
            command += ["--tmpfs", str(PACKAGE / folder)]
            for name in kept:
                command += ["--ro-bind", str(PACKAGE / folder / name), str(PACKAGE / folder / name)]
            command += ["--remount-ro", str(PACKAGE / folder)]
    command += [
        "--proc",
        "/proc",
        "--dev",
        "/dev",
        "--tmpfs",
        "/dev/shm",
        "--tmpfs",
        "/tmp",
        "--chdir",
        "/tmp",
    ]
    return [*command, "--remount-ro", "/"]


def _environment() -> dict[str, str]:
    threads = str(min(2, os.cpu_count() or 1))
    return {
        "PATH": f"{Path(sys.prefix, 'bin')}:/usr/bin:/bin",
        "HOME": "/tmp",
        "LANG": "C.UTF-8",
        "MPLBACKEND": "agg",
        "MPLCONFIGDIR": "/tmp",
        "KERAS_HOME": "/tmp",
        "OMP_NUM_THREADS": threads,
        "OPENBLAS_NUM_THREADS": threads,
        "TF_NUM_INTRAOP_THREADS": threads,
        "TF_NUM_INTEROP_THREADS": threads,
        "PYTHONDONTWRITEBYTECODE": "1",
    }
