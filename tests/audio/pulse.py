"""A PulseAudio daemon of the tests' own with a virtual microphone: what is played into its sink is what is recorded."""

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

_MISSING = "apt-get install portaudio19-dev pulseaudio pulseaudio-utils libasound2-plugins && pip install pyaudio"


class Pulse:
    """``plug_in`` and ``unplug`` the virtual microphone; ``play`` a WAV into it."""

    def __init__(self, folder: Path) -> None:
        self._environment = {**os.environ, "XDG_RUNTIME_DIR": str(folder), "HOME": str(folder)}

    def start(self) -> None:
        """As a child of ours, so that `stop` can wait until it has really ended and writes no more files."""
        command = ("pulseaudio", "--daemonize=no", "--exit-idle-time=-1", "-n", "--load=module-native-protocol-unix")
        self._daemon = subprocess.Popen(
            command, env=self._environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        until = time.monotonic() + 20
        while subprocess.run(("pactl", "info"), env=self._environment, capture_output=True).returncode:
            assert self._daemon.poll() is None, f"pulseaudio ended with {self._daemon.returncode}"
            assert time.monotonic() < until, "pulseaudio does not answer"
            time.sleep(0.05)

    def stop(self) -> None:
        self._daemon.terminate()
        self._daemon.wait(20)

    def plug_in(self) -> None:
        self._run("pactl", "load-module", "module-null-sink", "sink_name=virt")
        self._run("pactl", "load-module", "module-remap-source", "master=virt.monitor", "source_name=vmic")

    def unplug(self) -> None:
        self._run("pactl", "unload-module", "module-remap-source")
        self._run("pactl", "unload-module", "module-null-sink")

    def play(self, wav: Path) -> "subprocess.Popen[bytes]":
        return subprocess.Popen(["paplay", "-d", "virt", str(wav)], env=self._environment)

    def _run(self, *command: str) -> None:
        subprocess.run(command, env=self._environment, check=True, capture_output=True)


@pytest.fixture
def pulse(monkeypatch: pytest.MonkeyPatch) -> Iterator[Pulse]:
    """The daemon with its microphone plugged in, and PortAudio told to use it."""
    try:
        import pyaudio  # noqa: F401 - only whether it is there
    except ImportError:
        _miss()
    if not (shutil.which("pulseaudio") and shutil.which("pactl")):
        _miss()
    with tempfile.TemporaryDirectory(prefix="convai-panda-pulse-") as name:
        monkeypatch.setenv("XDG_RUNTIME_DIR", name)
        monkeypatch.setenv("PULSE_SOURCE", "vmic")
        daemon = Pulse(Path(name))
        try:
            daemon.start()
            daemon.plug_in()
            yield daemon
        finally:
            daemon.stop()


def _miss() -> None:
    if os.environ.get("CI") == "true":
        pytest.fail(f"No virtual microphone here: {_MISSING}")
    pytest.skip(f"No virtual microphone here: {_MISSING}")
