"""A network of its own that loses packets, for one program: what it loses, nobody else misses.

Linux only, and root. WebRTC finds no address of its own where there is nothing but a loopback, hence a pair of links;
what a machine sends to itself still goes by the loopback, and there the packets get lost, of sound and of data alike.
"""

import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

_TOOLS = ("unshare", "ip", "iptables")
_INSTALL = "apt-get install util-linux iproute2 iptables"
_LINKS = (
    "ip link set lo up && ip link add outer type veth peer name inner && ip addr add 10.77.0.1/24 dev outer"
    " && ip link set outer up && ip link set inner up"
)
_LOSE = "iptables -A INPUT -i lo -p udp -m statistic --mode random --probability {loss} -j DROP"
_ROOT = Path(__file__).parents[1]
_LIMIT = 20.0  # s for the network to be made; it takes a tenth of one


def missing() -> str:
    """What stands against such a network on this machine, and what to do about it; empty where nothing does."""
    if sys.platform != "linux" or os.geteuid() != 0:
        return "a network that loses packets needs Linux and root"
    if absent := [tool for tool in _TOOLS if shutil.which(tool) is None]:
        return f"a network that loses packets needs {', '.join(absent)}: {_INSTALL}"
    outcome = subprocess.run(_within(["true"], loss=0.5), capture_output=True, text=True, timeout=_LIMIT, check=False)
    if outcome.returncode != 0:
        said = (outcome.stderr.strip().splitlines() or ["it gave no reason"])[-1]
        return f"this kernel, or the container, makes no network that loses packets (it needs NET_ADMIN): {said}"
    return ""


@contextmanager
def running(program: Sequence[str], *, loss: float) -> Iterator[subprocess.Popen[str]]:
    """A program in a network that loses a share of all UDP packets; ended with all that it has started."""
    with subprocess.Popen(
        _within(program, loss=loss), cwd=_ROOT, stdout=subprocess.PIPE, text=True, start_new_session=True
    ) as process:
        try:
            yield process
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)


def packets() -> tuple[int, int]:
    """Inside of such a network: how many UDP packets have been sent in it so far, and how many of them got lost."""
    rules = subprocess.check_output(["iptables", "-v", "-S", "INPUT"], text=True, timeout=_LIMIT)
    lost = re.search(r"-c (\d+) \d+ -j DROP", rules)
    sent = re.search(r"^Udp: \d+ \d+ \d+ (\d+)", Path("/proc/net/snmp").read_text(encoding="ascii"), re.MULTILINE)
    return int(sent[1]) if sent else 0, int(lost[1]) if lost else 0


def _within(program: Sequence[str], *, loss: float) -> list[str]:
    prepare = " && ".join((_LINKS, *((_LOSE.format(loss=loss),) if loss else ())))
    return ["unshare", "--net", "sh", "-c", f'{prepare} && exec "$@"', "sh", *program]
