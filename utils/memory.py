"""Memory that is not needed any more, given back."""

import ctypes
import gc


def give_back() -> None:
    """Clear away what nothing refers to any more, and return its memory to the system.

    A model's layers know each other in rings, which Python clears away only when it gets to it. And the C
    library of Linux (glibc) keeps freed pieces for later ones, in lumps too small for what comes next: after
    a model of 538 MB is gone, about 480 MB stay with the process unless it is asked (malloc_trim). Other C
    libraries have no such function; there only the rings are cleared.
    """
    gc.collect()
    try:
        trim = ctypes.CDLL(None).malloc_trim
    except (AttributeError, OSError, TypeError):  # macOS; Windows, where None names no library
        return
    trim(0)
