"""OpenAL's real mix, in step with the game and faster than real time: read from its wave backend. Main thread only.

The backend paces itself by the wall clock and stops while nobody reads the pipe. So the device is given a rate many
times too high, the voices with it, and the pipe is read exactly as far as game time has come: the mixer runs in step
with the game, however fast or slow that is, and nothing is ever late because a machine was busy.
"""

from __future__ import annotations

import atexit
import os
import select
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import numpy as np

from ..audio.frame import SAMPLE_RATE
from .mix import Mix

TEMPO = 20.0  # seconds of game that the device mixes in one of its own
_PERIOD = 512  # samples: of these a page of the pipe holds one
_SAMPLE_BYTES = 8  # two floats
_PAGE = _PERIOD * _SAMPLE_BYTES
_HEADER = 68  # bytes of WAV before the samples
_STALL = 5.0  # s of wall time after which the mixer will not come any more
_SET_PIPE_SIZE = 1031  # F_SETPIPE_SZ of Linux
_USUAL_PIPE = 65_536  # bytes, where it cannot be chosen

_SETTINGS = """\
[general]
drivers=wave
frequency={rate}
channels=stereo
sample-type=float32
period_size={period}
periods=2
hrtf=false
output-limiter=false
dither=false
[wave]
file={link}
bformat=false
"""


class CannotListenError(RuntimeError):
    """The real mix cannot be had here; the text says why and what to do."""


class Listening:
    """One scene's ears, from before its ShowBase is made until after it is destroyed."""

    def __init__(self) -> None:
        _prepare()
        self._path = _folder() / "mix.pipe"
        self._path.unlink(missing_ok=True)
        os.mkfifo(self._path)
        self._pipe = os.open(self._path, os.O_RDONLY | os.O_NONBLOCK)
        # The mixer is ahead by what the pipe holds, and by one period that it has in hand.
        self._ahead = (_shrink(self._pipe) + _PAGE) // _SAMPLE_BYTES  # samples
        self._pages = bytearray()
        self._began = 0.0
        self._is_open = False
        _point_to(self._path)

    def begin(self, now: float) -> None:
        """The ShowBase is made: the mix begins. Raises CannotListenError where OpenAL writes elsewhere."""
        os.set_blocking(self._pipe, True)
        self._read(_HEADER)
        if self._pages[:4] != b"RIFF":
            raise CannotListenError(_ELSEWHERE)
        del self._pages[:_HEADER]
        self._is_open = True
        self._began = now

    def hear(self, now: float) -> None:
        """Let the mixer come as far as game time."""
        if self._is_open:
            self._read(round((now - self._began) * SAMPLE_RATE) * _SAMPLE_BYTES)

    def between(self, start: float, end: float) -> Mix:
        """What was heard from ``start`` to ``end``, seconds of game time."""
        first, last = (max(0, round((at - self._began) * SAMPLE_RATE) + self._ahead) for at in (start, end))
        whole = np.frombuffer(bytes(self._pages[first * _SAMPLE_BYTES : last * _SAMPLE_BYTES]), "<f4")
        return Mix(whole[: len(whole) // 2 * 2].reshape(-1, 2).astype(np.float64), SAMPLE_RATE)

    def close(self) -> None:
        """Stop listening. The mixer, which may be waiting to write, goes on into nothing."""
        if self._pipe >= 0:
            self._is_open = False
            os.close(self._pipe)
            self._pipe = -1
            with suppress(FileNotFoundError):  # the interpreter ends, and has removed the folder
                _point_to(Path(os.devnull))
                self._path.unlink()

    def _read(self, size: int) -> None:
        while len(self._pages) < size:
            readable, _, _ = select.select([self._pipe], [], [], _STALL)
            read = os.read(self._pipe, max(_PAGE, size - len(self._pages))) if readable else b""
            if not read:
                raise CannotListenError(_ELSEWHERE if not self._is_open else _ENDED)
            self._pages += read


def _shrink(pipe: int) -> int:
    """Make the pipe as small as can be, one page; how many bytes it holds."""
    if sys.platform != "linux":
        return _USUAL_PIPE
    import fcntl

    return int(fcntl.fcntl(pipe, _SET_PIPE_SIZE, _PAGE))


@contextmanager
def openal_settings(*, is_audible: bool) -> Iterator[None]:
    """Have an OpenAL that is opened inside read our settings; it reads them once in a process.

    Nothing is set where the environment names settings of its own, unless the mix is to be heard.
    """
    ours = {"ALSOFT_DRIVERS": "null"}
    if _is_prepared():
        ours = {"ALSOFT_DRIVERS": "wave", "ALSOFT_CONF": str(_folder() / "alsoft.conf")}
    before = {name: os.environ.get(name) for name in ours}
    if is_audible or not any(before.values()):
        os.environ.update(ours)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


def expect_listening() -> None:
    """Some scene of this process will be heard: have OpenAL's settings say so from the first scene on."""
    if hasattr(os, "mkfifo"):
        _prepare()


_where: Path | None = None


def _is_prepared() -> bool:
    return _where is not None


def _folder() -> Path:
    assert _where is not None
    return _where


def _prepare() -> None:
    """The settings, and the link at which OpenAL writes: into nothing, but while a scene listens."""
    global _where
    if not hasattr(os, "mkfifo"):
        raise CannotListenError("The real mix needs named pipes, which this system has not: leave out audible=True.")
    if _where is None:
        _where = Path(tempfile.mkdtemp(prefix="convai-panda-mix-"))
        atexit.register(shutil.rmtree, _where, ignore_errors=True)
        settings = _SETTINGS.format(rate=round(TEMPO * SAMPLE_RATE), period=_PERIOD, link=_where / "mix.wav")
        (_where / "alsoft.conf").write_text(settings, encoding="utf-8")
        _point_to(Path(os.devnull))


def _point_to(path: Path) -> None:
    link = _folder() / "mix.wav"
    link.unlink(missing_ok=True)
    link.symlink_to(path)


_ELSEWHERE = (
    "OpenAL does not write its mix here: it was opened before, with other settings. Mark audible tests with "
    "@pytest.mark.convai_scene(audible=True), so that the settings are there from the first scene on, and destroy "
    "every ShowBase that other tests of this process make. PRC audio-library-name has to be p3openal_audio."
)
_ENDED = "OpenAL has closed its device in the middle of the scene: were the game's audio managers shut down?"
