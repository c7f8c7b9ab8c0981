"""Real PyAudio on a virtual microphone: listed, chosen, recorded, unplugged; and what is said where there is none."""

import asyncio
import sys
import wave
from contextlib import aclosing
from pathlib import Path

import numpy as np
import pytest

from convai_panda import AudioFrame, MicrophoneUnavailable, PyAudioMicrophone, input_devices
from convai_panda.audio import portaudio
from convai_panda.audio.portaudio import InputDevice

from .pulse import Pulse, pulse

__all__ = ["pulse"]

_TONE = 440.0  # Hz


@pytest.fixture
def wav(tmp_path: Path) -> Path:
    """Twenty seconds of a tone: the first samples of an idle sink come after two."""
    path = tmp_path / "tone.wav"
    tone = (10_000 * np.sin(2 * np.pi * _TONE * np.arange(48_000 * 20) / 48_000)).astype("<i2")
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(48_000)
        file.writeframes(tone.tobytes())
    return path


async def record(microphone: PyAudioMicrophone, frames: int) -> bytes:
    """So many frames from the first one that is not silent."""
    heard: list[AudioFrame] = []
    async with asyncio.timeout(15.0), aclosing(microphone.frames()) as sound:
        async for frame in sound:
            if heard or any(frame.pcm):
                heard.append(frame)
            if len(heard) == frames:
                break
    return b"".join(frame.pcm for frame in heard)


def test_the_virtual_microphone_is_listed_by_a_name(pulse: Pulse) -> None:
    devices = input_devices()
    assert "pulse (ALSA)" in map(str, devices)
    assert sum(device.is_default for device in devices) == 1


@pytest.mark.parametrize("device", [None, "PULSE", "pulse (ALSA)", "a headset that is not there"])
def test_what_is_played_into_it_is_recorded(pulse: Pulse, wav: Path, device: str | None) -> None:
    microphone = PyAudioMicrophone(device)
    with pulse.play(wav) as player:
        pcm = asyncio.run(record(microphone, 100))
        player.kill()
    samples = np.frombuffer(pcm, "<i2").astype(np.float64)
    spectrum = np.abs(np.fft.rfft(samples[4_800:]))
    assert len(pcm) == 100 * 960
    assert np.argmax(spectrum) * 48_000 / len(samples[4_800:]) == pytest.approx(_TONE, abs=2.0)
    assert microphone.name == ("pulse (ALSA)" if device in ("PULSE", "pulse (ALSA)") else "default (ALSA)")


def test_one_that_is_unplugged_says_so_and_can_be_opened_again(pulse: Pulse, wav: Path) -> None:
    microphone = PyAudioMicrophone()

    async def lose() -> None:
        async with asyncio.timeout(15.0), aclosing(microphone.frames()) as sound:
            number = 0
            async for _ in sound:
                number += 1
                if number == 10:
                    pulse.unplug()

    with pytest.raises(MicrophoneUnavailable, match="unplugged"):
        asyncio.run(lose())
    pulse.plug_in()
    with pulse.play(wav) as player:
        assert asyncio.run(record(microphone, 10))
        player.kill()


def test_being_given_up_while_it_opens_leaves_nothing_open(pulse: Pulse) -> None:
    async def give_up() -> None:
        task = asyncio.create_task(record(PyAudioMicrophone(), 1))
        await asyncio.sleep(0)
        task.cancel()
        await asyncio.wait({task})
        assert task.cancelled()

    asyncio.run(give_up())
    assert input_devices()  # a device that was still open could not be listed anew


def test_without_pyaudio_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyaudio", None)
    for platform, word in (("linux", "portaudio19-dev"), ("darwin", "brew"), ("win32", "convai-panda")):
        monkeypatch.setattr(sys, "platform", platform)
        with pytest.raises(MicrophoneUnavailable, match=word) as caught:
            input_devices()
        assert not caught.value.is_transient


def test_without_a_device_it_says_what_to_look_at() -> None:
    with pytest.raises(MicrophoneUnavailable, match="plugged in") as caught:
        portaudio._choose([], None)
    assert caught.value.is_transient


def test_a_chosen_device_is_found_wherever_it_is_listed() -> None:
    usb, built_in = InputDevice("USB Headset", "ALSA", False), InputDevice("Built-in", "ALSA", True)
    for devices in ([(0, usb), (1, built_in)], [(3, built_in), (7, usb)]):
        assert portaudio._choose(devices, "usb head")[1] == usb
        assert portaudio._choose(devices, "USB Headset (ALSA)")[1] == usb
        assert portaudio._choose(devices, None)[1] == built_in
    assert portaudio._choose([(0, built_in)], "usb head")[1] == built_in
