"""A virtual environment with pipecat, made once into the cache folder: half a minute and a network."""

import os
import shlex
import subprocess
import sys
import tempfile
from pathlib import Path

import platformdirs

VERSION = "1.14.0"
REQUIREMENT = f"pipecat-ai[livekit]=={VERSION}"  # Silero's model and what runs it are in it; torch is not

_PYTHON = Path("Scripts/python.exe") if sys.platform == "win32" else Path("bin/python")
_LIMIT = 280.0  # s for the installation
_LAST_LINES = 3  # of what a command that failed has said


class PipecatUnavailable(Exception):
    """It could not be installed; the text says why and what to do."""


def cached() -> Path:
    """Where the environment is or will be."""
    python = f"{sys.implementation.cache_tag}-{sys.platform}"
    return platformdirs.user_cache_path("convai-panda") / f"pipecat-{VERSION}-{python}"


def python() -> Path:
    """The environment's Python, which can import pipecat. Raises PipecatUnavailable."""
    if not (cached() / _PYTHON).is_file():
        _make(cached())
    return cached() / _PYTHON


def _make(target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    # Made beside its place and moved there whole: whoever looks meanwhile finds all of it or nothing.
    with tempfile.TemporaryDirectory(dir=target.parent, prefix="pipecat-") as folder:
        made = Path(folder) / "environment"
        _run([sys.executable, "-m", "venv", str(made)])
        _run([str(made / _PYTHON), "-m", "pip", "install", "-q", "--no-cache-dir", "--retries", "1", REQUIREMENT])
        _run([str(made / _PYTHON), "-c", "import pipecat.transports.livekit.transport, pipecat.audio.vad.silero"])
        try:
            made.rename(target)
        except OSError:
            if not (target / _PYTHON).is_file():  # else somebody was faster
                raise


def _run(command: list[str]) -> None:
    environment = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "VIRTUAL_ENV")}
    try:
        outcome = subprocess.run(
            command, env=environment, capture_output=True, text=True, check=False, timeout=_LIMIT, cwd=Path.home()
        )
    except subprocess.TimeoutExpired:
        raise _unavailable(f"took more than {_LIMIT:.0f} s", command) from None
    if outcome.returncode != 0:
        said = (outcome.stderr.strip() or outcome.stdout.strip() or "no reason given").splitlines()
        raise _unavailable(f"failed ({' '.join(said[-_LAST_LINES:])})", command)


def _unavailable(what: str, command: list[str]) -> PipecatUnavailable:
    return PipecatUnavailable(
        f"no pipecat bot: {shlex.join(['python', *command[1:]])} {what}. It is installed once, into {cached()}: "
        "allow pip a package index and 600 MB of disk, and run these tests again."
    )
