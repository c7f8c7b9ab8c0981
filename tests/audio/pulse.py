"""A PulseAudio daemon of the tests' own with a virtual microphone: what is played into its sink is what is recorded."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

_MISSING = "apt-get install portaudio19-dev pulseaudio pulseaudio-utils libasound2-plugins && pip install pyaudio"


class Pulse:
    """``plug_in`` and ``unplug`` the virtual microphone; ``play`` a WAV into it."""

    def __init__(self, folder: Path) -> None:
        self._environment = {**os.environ, "XDG_RUNTIME_DIR": str(folder), "HOME": str(folder)}

    def start(self) -> None:
        self._run("pulseaudio", "--daemonize=yes", "--exit-idle-time=-1", "-n", "--load=module-native-protocol-unix")

    def stop(self) -> None:
        self._run("pulseaudio", "--kill")

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
        daemon.start()
        try:
            daemon.plug_in()
            yield daemon
        finally:
            daemon.stop()


def _miss() -> None:
    if os.environ.get("CI") == "true":
        pytest.fail(f"No virtual microphone here: {_MISSING}")
    pytest.skip(f"No virtual microphone here: {_MISSING}")
