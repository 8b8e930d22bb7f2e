"""The kernel in which lessons run: IPython's, but that it names no version of Python.

JupyterLab writes into a notebook which version runs it, so with any other than the author's a lesson would
count as changed the moment it is opened. tools/set_up.py names this class in the environment's kernel.
"""

from ipykernel.ipkernel import IPythonKernel

LANGUAGE = {
    "codemirror_mode": {"name": "ipython", "version": 3},
    "file_extension": ".py",
    "mimetype": "text/x-python",
    "name": "python",
    "nbconvert_exporter": "python",
    "pygments_lexer": "ipython3",
    "version": "3",
}
"""What stands in a lesson's metadata, as `language_info`."""


class Kernel(IPythonKernel):
    """IPython's kernel."""

    language_info = LANGUAGE
