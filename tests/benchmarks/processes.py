"""Processes looked at from outside, by Linux's /proc; and the simulator's service as one."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import monotonic, sleep

SIMULATOR = ("-m", "convai_panda", "sim", "--port", "0", "--json", "--latency", "0")
SENDERS = ("-m", "tests.benchmarks.senders")


@dataclass(frozen=True, slots=True)
class Service:
    """Where to call it, and with which key."""

    connect_url: str
    api_key: str


@contextmanager
def serving(program: Sequence[str]) -> Iterator[Service]:
    """A service in a process of its own, with a livekit-server of its own."""
    with subprocess.Popen([sys.executable, *program], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            ready = json.loads(process.stdout.readline())
            yield Service(ready["connect_url"], ready["api_key"])
        finally:
            process.terminate()


@dataclass(frozen=True, slots=True)
class Size:
    """What a process holds."""

    rss: float  # MB
    threads: int
    descriptors: int


def size(pid: int | None = None) -> Size:
    """Of that process; default: of this one."""
    folder = Path("/proc") / str(pid or "self")
    pages = int((folder / "statm").read_text(encoding="ascii").split()[1])
    return Size(
        pages * os.sysconf("SC_PAGE_SIZE") / 1e6,
        len(list((folder / "task").iterdir())),
        len(list((folder / "fd").iterdir())),
    )


def is_running(pid: int) -> bool:
    """Whether there is such a process that is not merely waiting to be buried."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


def seconds_until_gone(pid: int, limit: float) -> float:
    """How long it took the process to end; ``limit`` where it took longer."""
    began = monotonic()
    while is_running(pid) and monotonic() - began < limit:
        sleep(0.01)
    return monotonic() - began
