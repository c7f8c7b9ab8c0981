"""P7: what ``import convai_panda`` costs a game, beside the libraries that it is built on."""

import statistics
import subprocess
import sys

from .figure import Figure

_ROUNDS = 11
_LIMIT = 150.0  # ms
_OURS = "import convai_panda"
_BESIDE = (
    "from convai_panda import Convai",
    "import panda3d.core",
    "import pydantic",
    "import numpy",
    "import httpx",
    "import livekit.rtc",
)
_PROGRAM = """
import sys, time
began = time.perf_counter()
{statement}
print((time.perf_counter() - began) * 1000)
"""


def measure() -> list[Figure]:
    """Alternating runs, a fresh interpreter each; medians."""
    times: dict[str, list[float]] = {statement: [] for statement in (_OURS, *_BESIDE)}
    for _ in range(_ROUNDS):
        for statement, taken in times.items():
            program = _PROGRAM.format(statement=statement)
            taken.append(float(subprocess.check_output([sys.executable, "-c", program], text=True)))
    ours = statistics.median(times[_OURS])
    rows = [
        Figure("P7", f"{_OURS}, median of {_ROUNDS}", f"{ours:.0f} ms", "", "", f"<= {_LIMIT:.0f} ms", ours <= _LIMIT)
    ]
    for statement in _BESIDE:
        beside = statistics.median(times[statement])
        rows.append(
            Figure("P7", "beside it", f"{ours:.0f} ms", f"{statement}: {beside:.0f} ms", f"{ours / beside:.2f}", "")
        )
    return rows
