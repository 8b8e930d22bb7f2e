"""One submission's cage, inside the jail: namespaces of its own, limits, and a keeper that watches it.

The process that has imported TensorFlow forks a keeper; the keeper forks the caged process, process 1 of its
own
process namespace, so that all of its children end with it. The caged process cannot see the keeper, and the
keeper runs no code of a student. Linux only, 5.14 or later.
"""

import contextlib
import ctypes
import json
import os
import resource
import select
import signal
import socket
import struct
import sys
import time
from collections.abc import Callable
from pathlib import Path

_LIBC = ctypes.CDLL(None, use_errno=True)
_NEW_MOUNTS, _NEW_USER, _NEW_PROCESSES, _NEW_NETWORK = 0x20000, 0x10000000, 0x20000000, 0x40000000
_NEW_IPC, _NEW_HOST, _NEW_CGROUP = 0x8000000, 0x4000000, 0x2000000
_ALL_NEW = _NEW_MOUNTS | _NEW_USER | _NEW_PROCESSES | _NEW_NETWORK | _NEW_IPC | _NEW_HOST | _NEW_CGROUP
_PRIVATE, _READ_ONLY, _NO_SUID, _NO_DEVICES, _NO_EXEC = 1 << 18, 1, 2, 4, 8
_RECURSIVE = 1 << 14
_TICK = 0.05
_PAGE = os.sysconf("SC_PAGE_SIZE")
_OWN_MEMORY = ("RssAnon:", "RssShmem:")  # and not the pages of files, which many processes read
_CLOCK = os.sysconf("SC_CLK_TCK")
_NO_NEW_PRIVILEGES, _SECCOMP = 38, 22

# What a learner's answer has no business calling: it would make memory that no limit counts, reach other
# processes, talk to the kernel's less trodden corners, or set a limit at which the kernel kills it as it does
# where a machine's memory is short. Numbers: Linux' syscall tables.
_DENIED = {
    "x86_64": (
        0xC000003E, 56, 435, 41, 302,
        (29, 64, 68, 101, 155, 160, 161, 165, 166, 167, 169, 175, 176, 240, 246, 248, 249, 250, 272, 298, 303,
         304, 308, 310, 311, 313, 319, 321, 323, 425, 426, 427, 428, 429, 430, 432, 442, 447),
    ),
    "aarch64": (
        0xC00000B7, 220, 435, 198, 261,
        (40, 39, 41, 51, 97, 104, 105, 106, 117, 142, 164, 180, 186, 190, 194, 217, 218, 219, 224, 241, 264,
         265, 268, 270, 271, 273, 279, 280, 282, 425, 426, 427, 428, 429, 430, 432, 442, 447),
    ),
}  # fmt: skip


def keep(
    data: socket.socket, control: socket.socket, work: Callable[[socket.socket], None], limits: dict
) -> None:
    """Run work(data) in a cage until it ends, the control line closes, or a limit is passed. Then exit.

    Called in a process of its own. On `control`, b"cpu" is answered with the seconds of computing so far,
    and the end is told with its reason.
    """
    mine = {1, os.getppid(), os.getpid()}
    # Held open from here on: the cage will put its own /proc over this one, in which it is process 1.
    processes = os.open("/proc", os.O_RDONLY | os.O_DIRECTORY)
    try:
        _new_namespaces()
        caged = os.fork()
    except OSError as error:
        _tell(control, {"fault": f"The cage could not be made: {error}"})
        os._exit(1)
    if caged == 0:
        try:
            _lock_up(data, limits)
        except BaseException as error:
            with contextlib.suppress(OSError):
                data.sendall(_framed({"fault": f"The cage could not be locked: {error!r}"}))
            os._exit(1)
        try:
            work(data)
        finally:
            os._exit(0)
    data.close()
    _watch(caged, control, _Account(processes, mine), limits["memory"])
    os._exit(0)


def _new_namespaces() -> None:
    user, group = os.getuid(), os.getgid()
    _call(_LIBC.unshare(_ALL_NEW))
    Path("/proc/self/setgroups").write_text("deny")
    Path("/proc/self/uid_map").write_text(f"{user} {user} 1")
    Path("/proc/self/gid_map").write_text(f"{group} {group} 1")


def _lock_up(data: socket.socket, limits: dict) -> None:
    """Private folders, nothing else open, limits set, and no way to undo it."""
    size = f"size={limits['disk']},nr_inodes=20000,mode=1777".encode()
    flags = _NO_SUID | _NO_DEVICES
    _mount(b"none", b"/", None, _RECURSIVE | _PRIVATE, None)
    _mount(b"tmpfs", b"/tmp", b"tmpfs", flags, size)
    _mount(b"tmpfs", b"/dev/shm", b"tmpfs", flags, size)
    try:
        _mount(b"proc", b"/proc", b"proc", flags | _NO_EXEC, None)
    except OSError:
        # Some containers do not allow it. No /proc at all is as safe.
        _mount(b"tmpfs", b"/proc", b"tmpfs", flags | _READ_ONLY, b"size=4096")
    with contextlib.suppress(OSError):
        Path("/proc/sys/user/max_user_namespaces").write_text("0")
    os.chdir("/tmp")
    nothing = os.open("/dev/null", os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(nothing, stream)
    kept = data.fileno()
    os.closerange(3, kept)
    os.closerange(kept + 1, 1 << 16)
    os.setsid()
    # A hundred processes that never rest would leave the keeper, one of a hundred and one, no time to answer.
    os.nice(10)
    own = (
        int(Path("/proc/self/statm").read_text().split()[0]) * _PAGE
        if Path("/proc/self/statm").exists()
        else 4 << 30
    )
    for what, limit in (
        (resource.RLIMIT_AS, own + limits["memory"]),
        (resource.RLIMIT_NPROC, limits["processes"]),
        (resource.RLIMIT_FSIZE, limits["disk"]),
        (resource.RLIMIT_NOFILE, 256),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_CPU, limits["seconds"]),
    ):
        resource.setrlimit(what, (limit, limit))
    _drop_privileges()


def _mount(source: bytes, target: bytes, kind: bytes | None, flags: int, options: bytes | None) -> None:
    _call(_LIBC.mount(source, target, kind, flags, options))


def _drop_privileges() -> None:
    """Within its own namespaces the process was as good as root until here."""
    header, nothing = struct.pack("Ii", 0x20080522, 0), bytes(24)
    _call(_LIBC.capset(header, nothing))
    _call(_LIBC.prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0))
    machine = os.uname().machine
    if machine in _DENIED:
        _filter_calls(*_DENIED[machine])


def _filter_calls(
    architecture: int,
    clone: int,
    clone3: int,
    opens_socket: int,
    sets_limit: int,
    denied: tuple[int, ...],
) -> None:
    """A seccomp filter: each denied call fails with EPERM. See bpf(4) and linux/filter.h for the numbers."""
    load, equal, at_least, has_bits, answer = 0x20, 0x15, 0x35, 0x45, 0x06
    allow, kill, forbidden, unknown = 0x7FFF0000, 0x80000000, 0x50000 | 1, 0x50000 | 38
    program = [(load, 0, 0, 4), (equal, 1, 0, architecture), (answer, 0, 0, kill), (load, 0, 0, 0)]
    program += [(at_least, 0, 1, 0x40000000), (answer, 0, 0, forbidden)]
    for number in denied:
        program += [(equal, 0, 1, number), (answer, 0, 0, forbidden)]
    # Limits may be read: with an address of a new one, the third argument's two halves, they would be set.
    program += [(equal, 0, 6, sets_limit), (load, 0, 0, 32), (equal, 0, 2, 0), (load, 0, 0, 36)]
    program += [(equal, 1, 0, 0), (answer, 0, 0, forbidden), (answer, 0, 0, allow)]
    # glibc falls back to clone, whose flags can be looked at.
    program += [(equal, 0, 1, clone3), (answer, 0, 0, unknown)]
    program += [(equal, 0, 3, clone), (load, 0, 0, 16), (has_bits, 0, 1, _ALL_NEW), (answer, 0, 0, forbidden)]
    # The call's number again: the first argument may have taken its place.
    program += [(load, 0, 0, 0), (equal, 0, 5, opens_socket), (load, 0, 0, 16)]
    # Local sockets and the (empty) internet only: 1, 2, 10.
    program += [(equal, 3, 0, 1), (equal, 2, 0, 2), (equal, 1, 0, 10)]
    program += [(answer, 0, 0, forbidden), (answer, 0, 0, allow)]
    code = b"".join(struct.pack("HBBI", *step) for step in program)
    buffer = ctypes.create_string_buffer(code, len(code))

    class Program(ctypes.Structure):
        _fields_ = (("length", ctypes.c_ushort), ("steps", ctypes.c_void_p))

    whole = Program(len(program), ctypes.addressof(buffer))
    _call(_LIBC.prctl(_SECCOMP, 2, ctypes.byref(whole), 0, 0))


def _call(result: int) -> None:
    if result != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


def _watch(caged: int, control: socket.socket, account: "_Account", memory: int) -> None:
    line = os.pidfd_open(caged)
    waiting = select.poll()
    waiting.register(line, select.POLLIN)
    waiting.register(control, select.POLLIN)
    why = ""
    while True:
        ready = {descriptor for descriptor, _ in waiting.poll(_TICK * 1000)}
        if line in ready:
            break
        if control.fileno() in ready:
            try:
                asked = control.recv(16)
            except OSError:
                asked = b""
            if not asked:
                why = "closed"
                break
            _tell(control, {"cpu": account.computed()})
        if account.occupied() > memory:
            why = "memory"
            break
    computed = account.computed()
    # As process 1 it takes every other process of its namespace with it.
    signal.pidfd_send_signal(line, signal.SIGKILL)
    _, status = os.waitpid(caged, 0)
    _tell(control, {"ended": os.waitstatus_to_exitcode(status), "why": why, "cpu": computed})


class _Account:
    """What all caged processes use together. folder: the /proc of the keeper's side, open."""

    def __init__(self, folder: int, mine: set[int]) -> None:
        self._folder, self._mine = folder, mine

    def _others(self) -> list[int]:
        """The processes of the caged side, by the numbers that they have on this side."""
        return [
            int(name) for name in os.listdir(self._folder) if name.isdigit() and int(name) not in self._mine
        ]

    def _read(self, process: int, name: str) -> str:
        descriptor = os.open(f"{process}/{name}", os.O_RDONLY, dir_fd=self._folder)
        with open(descriptor, errors="replace") as file:
            return file.read()

    def computed(self) -> float:
        """Seconds of computing of all caged processes, those included that have ended."""
        ticks = 0
        for process in self._others():
            with contextlib.suppress(OSError, ValueError, IndexError):
                fields = self._read(process, "stat").rpartition(")")[2].split()
                ticks += sum(map(int, fields[11:15]))
        return ticks / _CLOCK

    def occupied(self) -> int:
        """Bytes of memory of all caged processes; exact only where a first, rough sum is large."""
        rough = 0
        processes = self._others()
        for process in processes:
            with contextlib.suppress(OSError, ValueError, IndexError):
                lines = self._read(process, "status").splitlines()
                rough += sum(int(line.split()[1]) << 10 for line in lines if line.startswith(_OWN_MEMORY))
        if rough < 1 << 30 or len(processes) == 1:
            return rough
        exact = 0
        for process in processes:
            with contextlib.suppress(OSError, ValueError, IndexError):
                lines = self._read(process, "smaps_rollup").splitlines()
                exact += sum(int(line.split()[1]) << 10 for line in lines if line.startswith("Pss:"))
        return exact


def _framed(message: dict) -> bytes:
    text = json.dumps(message).encode()
    return struct.pack(">I", len(text)) + text


def _tell(control: socket.socket, message: dict) -> None:
    with contextlib.suppress(OSError):
        control.sendall(_framed(message))


def started_well(work: Callable[[], None], seconds: float = 60.0) -> bool:
    """Whether a forked child can still compute: the canary that TensorFlow was imported, and never used."""
    child = os.fork()
    if child == 0:
        try:
            work()
            os._exit(0)
        finally:
            os._exit(1)
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            return status == 0
        time.sleep(0.005)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return False


if sys.platform != "linux":
    raise ImportError("utils.grading.cage works on Linux only")
