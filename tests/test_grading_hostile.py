"""Submissions that cheat, break things or never end: no cheat earns a mark, and nobody else's suffer."""

import os
import socket
import textwrap
import time
from dataclasses import replace

import pytest

from tests.grading import LIMITS, jails, marked, processes, solutions  # noqa: F401
from utils import exercises
from utils.checking.elsewhere import draw
from utils.grading import keeper

pytestmark = pytest.mark.slow

TAXI = "taxi = [2, 5]"
RIGHT = "inputs * units + (units if use_bias else 0)"


def function(body, before="", name="dense_parameters", arguments="inputs, units, use_bias"):
    lines = textwrap.indent(textwrap.dedent(body).strip(), "    ")
    return f"{textwrap.dedent(before).strip()}\n\ndef {name}({arguments}):\n{lines}\n\ncheck({name})"


def table_of_seed_0():
    cases = draw(exercises.of_lesson("01")["dense_parameters"].inputs, 0)
    table = {tuple(case[name] for name in ("inputs", "units", "use_bias")): 0 for case in cases}
    right = {(i, u, b): i * u + (u if b else 0) for i, u, b in table}
    return function("return TABLE.get((inputs, units, use_bias), 0)", f"TABLE = {right!r}")


CHEATS = {
    "expected in the caller's frame": function(
        """
        frame = inspect.currentframe()
        while frame:
            for name in ("expected", "case", "solution"):
                if name in frame.f_locals:
                    return frame.f_locals[name]
            frame = frame.f_back
        return 0
        """,
        "import inspect",
    ),
    "calls the solution": function(
        """
        from utils.exercises import lesson_01
        return lesson_01.dense_parameters(inputs, units, use_bias)
        """
    ),
    "finds the solution in memory": function(
        """
        for thing in gc.get_objects():
            if getattr(thing, "__name__", "") == "dense_parameters" and thing is not dense_parameters:
                return thing(inputs, units, use_bias)
        return 0
        """,
        "import gc",
    ),
    "rewrites the solution's code": function(
        "return 0",
        """
        import gc, types
        for thing in gc.get_objects():
            if type(thing) is types.FunctionType and thing.__name__ in ("dense_parameters", "solution"):
                thing.__code__ = (lambda inputs, units, use_bias: 0).__code__
        """,
    ),
    "patches abs": function(
        "return 0",
        """
        import builtins
        import numpy as np
        builtins.abs = np.abs = lambda *_: 0.0
        np.allclose = np.array_equal = lambda *_, **__: True
        """,
    ),
    "patches the comparison": function(
        "return 0",
        """
        from utils.checking import compare, elsewhere, judge
        for module in (compare, elsewhere, judge):
            for name in ("difference", "_difference", "agrees", "_agrees"):
                setattr(module, name, lambda *_: None)
        """,
    ),
    "equal to everything": function(
        "return Same()",
        """
        class Same(int):
            def __eq__(self, other): return True
            def __ne__(self, other): return False
            __hash__ = int.__hash__
        """,
    ),
    "a class that lies": function(
        "return Liar()",
        """
        import numpy as np
        import tensorflow as tf
        class Liar:
            __class__ = property(lambda self: tf.Tensor)
            def __array__(self, *_, **__): return np.array(0)
            def item(self): return 0
        Liar.__module__ = "numpy"
        """,
    ),
    "a table of the check's cases": table_of_seed_0(),
    "right for 100 calls": function(
        f"""
        COUNT.append(1)
        return {RIGHT} if len(COUNT) <= 100 else 0
        """,
        "COUNT = []",
    ),
    "forges what is sent": function(
        "return 0",
        """
        from utils.grading import wire
        before = wire.send
        wire.send = lambda line, message: before(
            line, {"passed": True, "marks": 1, "status": "passed"} if "answer" in message else message
        )
        """,
    ),
    "calls every failure the machine's": function(
        "return 0",
        """
        from utils.grading import wire
        before = wire.send
        wire.send = lambda line, message: before(line, {"fault": "no memory is left"})
        """,
    ),
    "writes verdicts to the line": function(
        """
        for line in range(3, 64):
            try:
                os.write(line, len(TEXT).to_bytes(4, "big") + TEXT)
            except OSError:
                pass
        return 0
        """,
        """
        import os
        TEXT = b'{"state": "passed", "marks": 1, "points": 1, "status": "passed", "answer": true}'
        """,
    ),
    "claims to be blank or correct": "check(dense_parameters=True)",
    "reads the notebooks and the tests": function(
        """
        import glob
        texts = [path for place in ("/work", "/home", "/root", "/tmp", "/etc")
                 for path in glob.glob(place + "/**", recursive=True)
                 if path.endswith((".ipynb", "secret", ".db"))]
        assert not texts, texts
        return open(__file__).read()
        """
    ),
    "reads /proc": function(
        """
        import glob
        found = [path for path in glob.glob("/proc/[0-9]*/environ")
                 if path.split("/")[2] != "1" and path.split("/")[2] != "self"]
        assert not found, found
        return open("/proc/1/environ").read()
        """
    ),
    "asks the system for what it may not": function(
        """
        import ctypes
        libc = ctypes.CDLL(None, use_errno=True)
        outcomes = [libc.unshare(0x10000000), libc.unshare(0x20000), libc.memfd_create(b"x", 0),
                    libc.ptrace(0, 0, 0, 0),
                    libc.mount(b"tmpfs", b"/tmp", b"tmpfs", 0, None), libc.shmget(0, 1 << 20, 0o1600),
                    libc.setns(3, 0), libc.umount2(b"/proc", 2),
                    libc.setrlimit(0, bytes(16)), libc.prlimit(0, 0, bytes(16), None)]
        return outcomes
        """
    ),
}
BREAKS = {
    "leaves": function("os._exit(0)", "import os"),
    "leaves from the cell": "import os\ndense_parameters = 0\nos._exit(3)",
    "exits": function("raise SystemExit(0)"),
    "loops": function("while True: pass"),
    "loops in the cell": "while True:\n    pass\ndense_parameters = 1",
    "swallows everything and loops": function(
        """
        while True:
            try:
                while True: pass
            except BaseException:
                pass
        """
    ),
    "sums for ever, and never gives up Python's lock": function("return sum(range(10**13))"),
    "raises to a power": function("return 7 ** 10 ** 9"),
    "matches for ever": function('return re.match("(a+)+$", "a" * 60 + "b")', "import re"),
    "sleeps": function("time.sleep(10**6)", "import time"),
    "crashes by recursion": function(
        """
        sys.setrecursionlimit(10**9)
        def deeper(n): return list(map(deeper, [n + 1]))
        return deeper(0)
        """,
        "import sys",
    ),
    "crashes by a pointer": function("ctypes.string_at(0)", "import ctypes"),
    "takes 8 GB at once": function("return len(bytearray(8 << 30))"),
    "takes more and more": function(
        """
        while True:
            KEPT.append(bytearray(b"x" * (64 << 20)))
        """,
        "KEPT = []",
    ),
    "takes memory in many processes": function(
        """
        for _ in range(6):
            if os.fork() == 0:
                kept = [bytearray(b"x" * (64 << 20)) for _ in range(12)]
                time.sleep(1000)
        time.sleep(1000)
        """,
        "import os, time",
    ),
    "takes memory that processes share": function(
        """
        for _ in range(2):
            if os.fork() == 0:
                kept = mmap.mmap(-1, 1200 << 20)
                for _ in range(1200):
                    kept.write(bytes(1 << 20))
                time.sleep(1000)
        time.sleep(1000)
        """,
        "import mmap, os, time",
    ),
    "forks without end": function(
        """
        while True:
            try:
                os.fork()
            except OSError:
                pass
        """,
        "import os",
    ),
    "starts threads without end": function(
        """
        while True:
            threading.Thread(target=time.sleep, args=(10**6,)).start()
        """,
        "import threading, time",
    ),
    "fills the disk": function(
        """
        for number in range(10**6):
            open(f"/tmp/{number}", "wb").write(b"x" * (1 << 20))
        """
    ),
    "makes files without end": function('for n in range(10**9): open(f"/tmp/{n}", "w")'),
    "floods the output": function("while True: print('x' * 10**6, flush=True)"),
    "floods the line": function(
        """
        for line in range(3, 64):
            try:
                while True: os.write(line, b"x" * (1 << 20))
            except OSError:
                pass
        """,
        "import os",
    ),
    "announces a gigantic message": function(
        """
        for line in range(3, 64):
            try:
                os.write(line, (0xFFFFFFFF).to_bytes(4, "big"))
            except OSError:
                pass
        """,
        "import os",
    ),
    "sends half a message": function(
        """
        for line in range(3, 64):
            try:
                os.write(line, (100).to_bytes(4, "big") + b"{")
            except OSError:
                pass
        time.sleep(10**6)
        """,
        "import os, time",
    ),
    "sends JSON without end": function(
        """
        text = b"[" * 100_000
        for line in range(3, 64):
            try:
                os.write(line, len(text).to_bytes(4, "big") + text)
            except OSError:
                pass
        """,
        "import os",
    ),
    "answers with 100 MB": function('return "x" * (100 << 20)'),
    "answers with an endless list": function("a = []\na.append(a)\nreturn a"),
    "answers with a gigantic number": function("return 1 << (1 << 24)"),
    "kills everybody it can": function(
        """
        for target in (os.getppid(), -1, 1, 2, 3):
            for number in (9, 15, 19):
                try:
                    os.kill(target, number)
                except OSError:
                    pass
        return 0
        """,
        "import os",
    ),
    "leaves a process behind": function(
        """
        if os.fork() == 0:
            os.setsid()
            if os.fork() == 0:
                time.sleep(10**6)
            os._exit(0)
        return 0
        """,
        "import os, time",
    ),
    "writes outside": function(
        f"""
        for folder in ("/", "/usr", "/etc", "/work", {os.path.dirname(os.path.dirname(__file__))!r},
                       os.path.expanduser("~"),
                       os.path.dirname(os.__file__), "/dev", "/proc/sys/kernel"):
            try:
                open(folder + "/grader_was_here", "w").write("x")
                if not folder == "/tmp" and not folder == "/dev": return -1
            except OSError:
                pass
        return -2
        """,
        "import os",
    ),
    "hangs up and stays": function(
        """
        for line in range(3, 64):
            try:
                os.close(line)
            except OSError:
                pass
        time.sleep(10**6)
        """,
        "import os, time",
    ),
    "has itself killed for its computing": function(
        """
        try:
            resource.setrlimit(resource.RLIMIT_CPU, (1, 1))
        except (OSError, ValueError):
            return 0
        while True: pass
        """,
        "import resource",
    ),
    "syntax": "def dense_parameters(inputs, units, use_bias)\n    return 1",
    "nested without end": "dense_parameters = " + "(" * 5000 + ")" * 5000,
    "not utf-8": "dense_parameters = '\ud800'",
}


@pytest.mark.parametrize("answer", CHEATS.values(), ids=CHEATS)
def test_a_cheat_earns_nothing_and_costs_nothing_else(answer, marked):  # noqa: F811
    marks = marked({"taxi": TAXI, "dense_parameters": answer, "is_parameter": solutions()["is_parameter"]})
    assert marks["dense_parameters"].marks == 0, marks["dense_parameters"]
    assert marks["dense_parameters"].status == "failed"
    assert marks["taxi"].marks == marks["is_parameter"].marks == 1


@pytest.mark.parametrize("answer", BREAKS.values(), ids=BREAKS)
def test_what_breaks_earns_nothing_and_the_rest_counts(answer, marked):  # noqa: F811
    marked({})  # the jails are there now
    before = processes()
    marks = marked({"taxi": TAXI, "dense_parameters": answer, "is_parameter": solutions()["is_parameter"]})
    assert marks["dense_parameters"].marks == 0
    assert marks["dense_parameters"].status == "failed", marks["dense_parameters"]
    assert len(marks["dense_parameters"].sentence) < 1500
    assert marks["taxi"].marks == marks["is_parameter"].marks == 1
    end = time.monotonic() + 30
    while processes() - before and time.monotonic() < end:
        time.sleep(0.05)
    assert not processes() - before, "a process is left"
    assert not os.path.exists("/grader_was_here")


def test_a_loop_is_stopped_by_what_it_computed_not_by_the_clock(marked):  # noqa: F811
    marked({})
    mark = marked({"dense_parameters": BREAKS["loops"]})["dense_parameters"]
    # On a free core it is the limit, 1 second; the clock would allow 5.
    assert mark.seconds < 4
    assert "1 seconds of computing" in mark.sentence


@pytest.mark.parametrize("how", ["takes memory in many processes", "takes memory that processes share"])
def test_memory_is_counted_over_all_processes(how, jails):  # noqa: F811
    answer = BREAKS[how]
    with jails[0].cage() as cage:
        cage.limits = replace(LIMITS, case=60)
        cells = [{"source": answer, "exercise": "dense_parameters"}]
        cage.ask({"do": "begin", "lesson": [], "cells": cells, "names": ["dense_parameters"]}, 1 << 20)
        wanted = ["inputs", "units", "use_bias"]
        cage.ask({"do": "run", "name": "dense_parameters", "kind": "function", "wanted": wanted}, 1 << 20)
        with pytest.raises(keeper.Ended, match="more than 2 GB of memory"):
            cage.ask({"do": "ask", "name": "dense_parameters", "cases": [[1, 1, True]]}, 1 << 20)


REMEMBERS = """
def network_parameters(sizes, total=[]):
    for inputs, units in zip(sizes, sizes[1:]):
        total.append(inputs * units + units)
    return sum(total)
"""
DRAWS = """
import random
def network_parameters(sizes):
    return sum(a * b + b for a, b in zip(sizes, sizes[1:])) + random.randint(0, 10**6)
"""


def test_what_is_wrong_because_it_remembers_or_draws_is_told_so(marked):  # noqa: F811
    mark = marked({"network_parameters": REMEMBERS})["network_parameters"]
    assert "remembers something from earlier calls: the default value of total" in mark.sentence
    mark = marked({"network_parameters": DRAWS})["network_parameters"]
    assert "answers the same question differently from one call to the next" in mark.sentence
    assert not mark.marks


def test_an_answer_with_many_entries_is_not_too_large(marked):  # noqa: F811
    # Nested lists of 150 rows and columns, for each of more than a hundred questions.
    answer = "def causal_mask(time):\n    return [[c <= r for c in range(time)] for r in range(time)]"
    assert marked({"causal_mask": answer}, "10")["causal_mask"].status == "passed"


def test_what_was_denied_was_denied(marked):  # noqa: F811
    marks = marked({"dense_parameters": CHEATS["asks the system for what it may not"]})
    assert set(marks["dense_parameters"].answer.strip("[]").split(", ")) == {"-1"}


def test_writing_outside_fails(marked):  # noqa: F811
    assert marked({"dense_parameters": BREAKS["writes outside"]})["dense_parameters"].answer == "-2"


def test_no_network(marked):  # noqa: F811
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.2)
        port = server.getsockname()[1]
        answer = function(f'return bool(socket.create_connection(("127.0.0.1", {port}), 1))', "import socket")
        assert marked({"dense_parameters": answer})["dense_parameters"].marks == 0
        with pytest.raises(TimeoutError):
            server.accept()


def test_a_mild_sleep_or_much_output_or_a_warning_costs_nothing(marked):  # noqa: F811
    answer = function(
        f"""
        print("x" * 1000)
        warnings.warn("an odd layer")
        sys.stderr.write("careful")
        return {RIGHT}
        """,
        "import sys, time, warnings\ntime.sleep(0.5)",
    )
    assert marked({"dense_parameters": answer})["dense_parameters"].marks == 1


def test_a_slow_answer_is_no_loop(marked):  # noqa: F811
    slow = function(
        f"end = time.process_time() + 0.01\nwhile time.process_time() < end: pass\nreturn {RIGHT}",
        "import time",
    )
    assert marked({"dense_parameters": slow})["dense_parameters"].marks == 1


MODELS = {
    "weights overridden": """
        class Light(keras.Sequential):
            weights = property(lambda self: [])
            trainable_weights = non_trainable_weights = variables = weights
        hundred = Light([keras.Input((4,)), keras.layers.Dense(50), keras.layers.Dense(2)])
        """,
    "hidden in a closure": """
        hidden = keras.random.normal((4, 2))
        hundred = keras.Sequential([keras.Input((4,)), keras.layers.Dense(18, use_bias=True),
            keras.layers.Lambda(lambda x: x[:, :4] @ hidden), keras.layers.Dense(2)])
        """,
    "a lambda layer": """
        hundred = keras.Sequential([keras.Input((4,)), keras.layers.Lambda(lambda x: x[:, :2])])
        """,
    "a layer of its own": """
        class Free(keras.layers.Layer):
            def call(self, x):
                return x[:, :2]
        hundred = keras.Sequential([keras.Input((4,)), Free()])
        """,
    "a forged architecture with code": """
        hundred = keras.Sequential([keras.Input((4,)), keras.layers.Dense(2)])
        forged = hundred.to_json().replace('"module": "keras.layers", "class_name": "Dense"',
            '"module": "os", "class_name": "system"')
        keras.Sequential.to_json = lambda self: forged
        """,
    "a gigantic architecture": """
        hundred = keras.Sequential([keras.Input((4,)), keras.layers.Dense(2)])
        forged = hundred.to_json().replace('"units": 2', '"units": 2000000000')
        keras.Sequential.to_json = lambda self: forged
        """,
    "weights that are none": """
        hundred = keras.Sequential([keras.Input((4,)), keras.layers.Dense(2)])
        keras.Sequential.get_weights = lambda self: [[1, 2], "x", {}]
        """,
    "counts itself": """
        from utils import counting
        counting.count = lambda model: 100
        hundred = keras.Sequential([keras.Input((4,)), keras.layers.Dense(2)])
        """,
}


@pytest.mark.parametrize("answer", MODELS.values(), ids=MODELS)
def test_a_model_that_cheats_earns_nothing(answer, marked):  # noqa: F811
    marks = marked({"hundred": "import keras\n" + textwrap.dedent(answer), "taxi": TAXI})
    assert marks["hundred"].marks == 0
    assert marks["hundred"].status in ("failed", "by hand"), marks["hundred"]
    assert marks["taxi"].marks == 1


MOONS = """
import keras
import numpy as np
from sklearn.datasets import make_moons

class Knows(keras.layers.Layer):
    def call(self, x):
        rows, labels = make_moons(1000, noise=0.1, random_state=20_040)
        table = {tuple(row): label for row, label in zip(rows.astype("float32"), labels)}
        return np.array([[table.get(tuple(row), 0.5)] for row in np.asarray(x)], "float32")

    def compute_output_shape(self, shape):
        return (shape[0], 1)

moons = keras.Sequential([Knows()])
moons.built = True
"""


def test_an_error_in_the_words_of_a_mistake_that_earns_half_earns_nothing(marked):  # noqa: F811
    said = "That is half-way and earns half of the points."
    cannot_be_built = f"""
import keras
layers = [keras.Input((54,)), keras.layers.Embedding(67, 4), keras.layers.Dense(67, activation="softmax")]
entry_5000 = keras.Sequential(layers, name={said!r})
keras.Sequential.get_weights = lambda self: [weight[:1] for weight in keras.Model.get_weights(self)]
"""
    for answer in (f"raise ValueError({said!r})", cannot_be_built):
        mark = marked({"entry_5000": answer}, "17")["entry_5000"]
        assert (mark.marks, mark.status, mark.mistake) == (0, "failed", ""), mark
    assert said in mark.sentence


def test_a_model_of_numbers_that_are_not_sent_is_told_so(marked):  # noqa: F811
    answer = """
import keras
last = keras.layers.Dense(67, activation="softmax", dtype="bfloat16")
entry_5000 = keras.Sequential([keras.Input((54,)), keras.layers.Embedding(67, 4), last])
"""
    mark = marked({"entry_5000": answer}, "17")["entry_5000"]
    assert mark.marks == 0
    assert "numbers of the type bfloat16" in mark.sentence
    assert "dtype float32" in mark.sentence


def test_a_model_that_knows_the_checks_own_data_gains_nothing(marked):  # noqa: F811
    mark = marked({"moons": MOONS}, "04")["moons"]
    assert mark.marks == 0
    assert mark.status in ("failed", "by hand"), mark


def test_a_model_with_a_layer_of_its_own_needs_a_look(marked):  # noqa: F811
    mark = marked({"hundred": "import keras\n" + textwrap.dedent(MODELS["a layer of its own"])})["hundred"]
    assert mark.status == "by hand", mark
    wrong = MODELS["a layer of its own"].replace("x[:, :2]", "x[:, :3]")
    mark = marked({"hundred": "import keras\n" + textwrap.dedent(wrong)})["hundred"]
    assert mark.status == "failed"
    assert "gives shape (3,)" in mark.sentence


def test_after_all_that_an_honest_student_gets_full_marks(marked):  # noqa: F811
    marks = marked(solutions())
    assert {mark.status for mark in marks.values()} == {"passed"}
