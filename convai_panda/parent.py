"""A child process that does not outlive its parent, whatever becomes of either."""

import ctypes
import signal
import sys

_PARENT_DIED = 1  # PR_SET_PDEATHSIG of prctl(2)


def die_with_parent() -> None:
    """In the child: be ended by the kernel once the thread that started us is gone (Linux; elsewhere nothing).

    It works for a child that hangs or is stopped, and could see no other sign.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PARENT_DIED, signal.SIGKILL)
