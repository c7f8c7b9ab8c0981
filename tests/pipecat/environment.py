"""A virtual environment with pipecat, made once into the cache folder: half a minute and a network."""

import os
import subprocess
import sys
import tempfile
import venv
from pathlib import Path

import platformdirs

VERSION = "1.14.0"
REQUIREMENT = f"pipecat-ai[livekit]=={VERSION}"  # Silero's model and what runs it are in it; torch is not

_PYTHON = Path("Scripts/python.exe") if sys.platform == "win32" else Path("bin/python")
_LIMIT = 280.0  # s for the installation


class PipecatUnavailable(Exception):
    """It could not be installed; the text says why."""


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
        venv.create(made, with_pip=True)
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
        raise PipecatUnavailable(f"installing {REQUIREMENT} took more than {_LIMIT:.0f} s") from None
    if outcome.returncode != 0:
        last = (outcome.stderr.strip().splitlines() or ["no reason given"])[-1]
        raise PipecatUnavailable(f"{REQUIREMENT} could not be installed: {last}")
