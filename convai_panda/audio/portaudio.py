"""The player's microphone by PortAudio: the only file that knows ``pyaudio``. Runs on the asyncio thread.

PortAudio calls back on a thread of its own, from which each buffer is handed to the loop. Opening and closing can
take a second, and happen on worker threads. Devices are counted anew with each opening, so that one which was
plugged in meanwhile is found.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..errors import MicrophoneUnavailable
from .frame import SAMPLE_RATE, AudioFrame
from .microphone import FRAME_BYTES
from .pcm import PcmReader

if TYPE_CHECKING:
    from types import ModuleType

_BUFFER = 480  # samples: 10 ms
_FIRST = 5.0  # s until the first buffer must have come; a sleeping device takes two
_LOOK = 0.25  # s without a buffer after which it is looked whether the stream has ended
_STALLED = 2.0  # s without a buffer after which the device is gone
_BACKLOG = 50  # buffers: older sound than half a second is late, so the oldest goes

_INSTALL = {
    "linux": "Install PortAudio and PyAudio (Debian, Ubuntu: apt install portaudio19-dev gcc python3-dev; "
    "then pip install 'convai-panda[mic]').",
    "darwin": "Install PortAudio and PyAudio (brew install portaudio; then pip install 'convai-panda[mic]').",
}
_ASK = {
    "linux": "Is a microphone plugged in, and may this user record (group audio, PulseAudio or PipeWire running)?",
    "darwin": "Is a microphone plugged in, and allowed in System Settings, Privacy & Security, Microphone?",
    "win32": "Is a microphone plugged in, and allowed in Settings, Privacy & security, Microphone?",
}


@dataclass(frozen=True, slots=True)
class InputDevice:
    """A device that can record; ``str()`` of it, or a part of that, chooses it."""

    name: str
    host_api: str
    is_default: bool

    def __str__(self) -> str:
        return f"{self.name} ({self.host_api})"


def input_devices() -> list[InputDevice]:
    """What could record now; may take a second. Raises MicrophoneUnavailable without PyAudio."""
    audio = _pyaudio().PyAudio()
    try:
        return [device for _, device in _devices(audio)]
    finally:
        audio.terminate()


class PyAudioMicrophone:
    """The player's microphone.

    ``device`` names it, by the whole of an InputDevice or a part, in any case of letters; numbers change when
    something is plugged in, names do not. Where it is missing the default takes over; it is used again with the
    next conversation after it came back.
    """

    def __init__(self, device: str | None = None) -> None:
        self.device = device
        self.name = device or "default microphone"

    async def frames(self) -> AsyncGenerator[AudioFrame, None]:
        """See Microphone."""
        loop = asyncio.get_running_loop()
        heard: asyncio.Queue[bytes] = asyncio.Queue()

        def put(pcm: bytes) -> None:
            if heard.qsize() >= _BACKLOG:
                heard.get_nowait()
            heard.put_nowait(pcm)

        opening = asyncio.create_task(asyncio.to_thread(self._open, lambda pcm: _hand_over(loop, put, pcm)))
        try:
            recording = await asyncio.shield(opening)
        except asyncio.CancelledError:
            await asyncio.wait({opening})
            if opening.exception() is None:
                await asyncio.to_thread(opening.result().close)
            raise
        try:
            self.name = recording.name
            async for frame in _frames(heard, recording):
                yield frame
        finally:
            await asyncio.to_thread(recording.close)

    def _open(self, put: Callable[[bytes], None]) -> _Recording:
        """On a worker thread."""
        module = _pyaudio()
        audio = module.PyAudio()
        try:
            index, device = _choose(_devices(audio), self.device)
            return _Recording(module, audio, index, device, put)
        except BaseException:
            audio.terminate()
            raise


class _Recording:
    """An open stream."""

    def __init__(
        self, module: ModuleType, audio: Any, index: int, device: InputDevice, put: Callable[[bytes], None]
    ) -> None:
        self.name = str(device)
        self._audio = audio
        own_rate = round(audio.get_device_info_by_index(index)["defaultSampleRate"])
        self.rate = SAMPLE_RATE

        def callback(pcm: bytes, *_: object) -> tuple[None, int]:
            put(pcm)
            return None, int(module.paContinue)

        for rate in (SAMPLE_RATE, own_rate):  # not every driver resamples
            try:
                self._stream = audio.open(
                    rate=rate,
                    channels=1,
                    format=module.paInt16,
                    input=True,
                    input_device_index=index,
                    frames_per_buffer=_BUFFER,
                    stream_callback=callback,
                )
            except OSError as error:
                problem = error
            else:
                self.rate = rate
                return
        raise MicrophoneUnavailable(f"{self.name} cannot be opened ({problem}). {_hint(_ASK)}") from None

    @property
    def is_active(self) -> bool:
        """Whether PortAudio still calls back."""
        return bool(self._stream.is_active())

    def close(self) -> None:
        """Let go of the device; takes a moment."""
        try:
            self._stream.close()
        finally:
            self._audio.terminate()


async def _frames(heard: asyncio.Queue[bytes], recording: _Recording) -> AsyncGenerator[AudioFrame, None]:
    """Ten milliseconds at a time at 48 kHz, whatever the device gives."""
    loop = asyncio.get_running_loop()
    reader, rest, gives_up = PcmReader(), b"", loop.time() + _FIRST
    while True:
        try:
            async with asyncio.timeout(_LOOK):
                pcm = await heard.get()
        except TimeoutError:
            if not recording.is_active:
                raise MicrophoneUnavailable(f"{recording.name} was unplugged or stopped.") from None
            if loop.time() > gives_up:
                raise MicrophoneUnavailable(f"{recording.name} gives no sound.") from None
            continue
        gives_up = loop.time() + _STALLED
        rest += reader.read(pcm, sample_rate=recording.rate, channels=1).pcm
        while len(rest) >= FRAME_BYTES:
            yield AudioFrame(rest[:FRAME_BYTES])
            rest = rest[FRAME_BYTES:]


def _hand_over(loop: asyncio.AbstractEventLoop, put: Callable[[bytes], None], pcm: bytes) -> None:
    """From PortAudio's thread; a loop that is closing needs no more sound."""
    try:
        loop.call_soon_threadsafe(put, pcm)
    except RuntimeError:
        return


def _devices(audio: Any) -> list[tuple[int, InputDevice]]:
    try:
        default = audio.get_default_input_device_info()["index"]
    except OSError:
        default = None
    devices = []
    for index in range(audio.get_device_count()):
        info = audio.get_device_info_by_index(index)
        if info["maxInputChannels"] > 0:
            host_api = audio.get_host_api_info_by_index(info["hostApi"])["name"]
            devices.append((index, InputDevice(info["name"], host_api, index == default)))
    return devices


def _choose(devices: list[tuple[int, InputDevice]], wanted: str | None) -> tuple[int, InputDevice]:
    """The wanted device, the default where it is missing, any where there is no default."""
    if not devices:
        raise MicrophoneUnavailable(f"There is no microphone. {_hint(_ASK)}")
    if wanted:
        for fits in (str.__eq__, str.__contains__):
            for index, device in devices:
                if fits(device.name.casefold(), wanted.casefold()) or fits(str(device).casefold(), wanted.casefold()):
                    return index, device
    return next(((index, device) for index, device in devices if device.is_default), devices[0])


def _pyaudio() -> ModuleType:
    try:
        import pyaudio  # type: ignore[import-untyped,unused-ignore]  # it has no stubs
    except ImportError as error:
        why = _hint(_INSTALL) or "pip install 'convai-panda[mic]'"
        raise MicrophoneUnavailable(f"PyAudio cannot be imported ({error}). {why}", is_transient=False) from None
    module: ModuleType = pyaudio
    return module


def _hint(hints: dict[str, str]) -> str:
    return hints.get(sys.platform, "")
