"""Ray's cluster on one machine, as lessons 15 and 16 start it."""

import importlib.util
import os
import subprocess
import sys
from types import SimpleNamespace

import pytest

from utils import cluster

SCRIPT = """
import os, sys
from utils.extras import tuners
with tuners():
    import ray
from utils import cluster
import psutil

@ray.remote
class Counter:
    def __init__(self): self.count = 0
    def add(self): self.count += 1; return self.count
    def die(self): os._exit(1)

@ray.remote
def slow_import():
    try: import rfc3987_syntax
    except ImportError: return "not imported"

before = os.environ.get("PYTHONPATH")
cluster.start(num_cpus=2)
cluster.start(num_cpus=2)
print("path changed:", before != os.environ.get("PYTHONPATH"))
print("processors:", ray.cluster_resources()["CPU"])
print("address:", ray.nodes()[0]["NodeManagerAddress"])
print(ray.get(slow_import.remote()))
one, other = Counter.remote(), Counter.remote()
print(ray.get([one.add.remote(), other.add.remote(), one.add.remote()]))
one.die.remote()
try:
    ray.get(one.add.remote())
except ray.exceptions.RayActorError:
    print("dead, and the other says", ray.get(other.add.remote()))
mine = psutil.Process().children(recursive=True)
print("processes:", len(mine) > 4)
open_to = set()
for process in mine:
    try:
        links = process.net_connections("inet")
    except psutil.Error:  # one that has ended
        continue
    open_to.update(link.laddr.ip.removeprefix("::ffff:") for link in links if link.status == "LISTEN")
print("listens on:", *sorted(open_to))
cluster.stop()
_, alive = psutil.wait_procs(mine, timeout=30)
print("left:", [process.name() for process in alive])
"""

SAID = """path changed: False
processors: 2.0
address: 127.0.0.1
not imported
[1, 1, 2]
dead, and the other says 2
processes: True
listens on: 127.0.0.1
left: []
"""


@pytest.mark.slow
@pytest.mark.skipif(
    importlib.util.find_spec("ray") is None, reason="the lessons bring Ray, or make test does"
)
def test_a_cluster_comes_up_says_nothing_hears_nobody_else_and_leaves_nothing(tmp_path):
    home = {**os.environ, "HOME": str(tmp_path), "USERPROFILE": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT], capture_output=True, text=True, env=home, timeout=600
    )
    assert done.stderr == ""
    assert done.stdout == SAID
    assert not (tmp_path / ".ray").exists()  # no token that outlives the cluster


@pytest.mark.parametrize(("failures", "comes_up"), [(0, True), (2, True), (3, False)])
def test_a_start_that_took_too_long_is_tried_again(monkeypatch, failures, comes_up):
    tries = []

    def init(**how):
        tries.append(how)
        if len(tries) <= failures:
            raise Exception("The current node timed out during startup.")

    worker = SimpleNamespace(print_to_stdstream=None)
    fake = SimpleNamespace(init=init, is_initialized=lambda: False, shutdown=lambda: None)
    fake._private = SimpleNamespace(worker=worker)
    monkeypatch.setitem(sys.modules, "ray", fake)
    if comes_up:
        cluster.start(2)
    else:
        with pytest.raises(Exception, match="timed out"):
            cluster.start(2)
    assert len(tries) == min(failures + 1, cluster.TRIES)
    assert {how["num_cpus"] for how in tries} == {2}
    cluster.stop()


def test_what_makes_imports_slow_can_be_imported_again_afterwards(monkeypatch):
    for name in (*cluster.SETTINGS, "RAY_AUTH_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.delitem(sys.modules, cluster.SLOW, raising=False)
    with cluster.around_imports():
        with pytest.raises(ImportError):
            __import__(cluster.SLOW)
        assert len(os.environ["RAY_AUTH_TOKEN"]) == 64
    assert cluster.SLOW not in sys.modules
    for name in (*cluster.SETTINGS, "RAY_AUTH_TOKEN"):
        monkeypatch.delenv(name)
