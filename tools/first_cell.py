"""The first code cell of every notebook: it installs the course in Colab, and looks for it elsewhere.

Where something is wrong it says one sentence instead of a traceback, and the cells below do not run.
"""

TEMPLATE = '''\
# @title Set-up: in Colab it installs the course
import os
import subprocess
import sys
from importlib.util import find_spec


class Stop(Exception):
    """Shown as one sentence, without a traceback."""

    def _render_traceback_(self):
        return [str(self)]


def set_up():
    if find_spec("google") and find_spec("google.colab"):
        command = [sys.executable, "-m", "pip", "install", "--quiet", "{package} @ git+{address}"]
        if subprocess.run(command, capture_output=True).returncode:
            raise Stop("The course could not be fetched from {address} . Is that where your copy is? "
                       "If not, put its address into pyproject.toml (Repository) and type `make notebooks`.")
{fetch}\
    try:
        here = find_spec("utils.checking")
    except ModuleNotFoundError:
        here = None
    if not here:
        other = find_spec("utils")
        if not other:
            raise Stop("The course is not installed in this kernel. Close JupyterLab and type `make lab` "
                       "in the course's folder.")
        raise Stop(f"{{other.origin or 'A folder utils'}} is yours and hides the course's own utils. "
                   "Rename it, then choose Kernel, Restart Kernel.")


{hide}\
set_up()'''

FETCH = """\
        subprocess.run([sys.executable, "-m", "utils.llm.fetch"], check=True)
"""
HIDE = """\
os.environ["COURSE_SOLUTIONS"] = "hidden"
"""


def source(package: str, address: str, needs_llm: bool, solutions: bool) -> str:
    """The cell's source.

    package, address: the course's name and its repository. needs_llm: whether to fetch the real language
    model's weights. solutions: whether a failed check may show the solution.
    """
    return TEMPLATE.format(
        package=package,
        address=address,
        fetch=FETCH if needs_llm else "",
        hide="" if solutions else HIDE,
    )
