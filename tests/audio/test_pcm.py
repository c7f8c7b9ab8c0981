"""PCM of messages as audio frames: any chunk length, rate and number of channels, and no border heard."""

import struct

import numpy as np
import pytest

from convai_panda.audio.pcm import PcmReader

SECONDS = 0.5


def wave(rate: int) -> np.ndarray:
    return np.sin(2 * np.pi * 440 * np.arange(round(SECONDS * rate)) / rate)


def header(size: int, rate: int, channels: int) -> bytes:
    form = struct.pack("<HHIIHH", 1, channels, rate, 2 * channels * rate, 2 * channels, 16)
    return b"".join(
        [
            b"RIFF",
            struct.pack("<I", 36 + size),
            b"WAVEfmt ",
            struct.pack("<I", 16),
            form,
            b"data",
            struct.pack("<I", size),
        ]
    )


@pytest.mark.parametrize("with_header", [False, True], ids=["bare", "wav"])
@pytest.mark.parametrize("channels", [1, 2])
@pytest.mark.parametrize("rate", [16_000, 24_000, 48_000])
@pytest.mark.parametrize("size", [97, 999, 4_800, 100_000])
def test_a_tone_comes_out_whole(rate: int, channels: int, size: int, with_header: bool) -> None:
    pcm = np.repeat((10_000 * wave(rate)).astype("<i2"), channels).tobytes()
    reader = PcmReader()
    out = b""
    for at in range(0, len(pcm), size):
        chunk = pcm[at : at + size]
        body = header(len(chunk), rate, channels) + chunk if with_header else chunk
        out += reader.read(body, sample_rate=rate, channels=channels).pcm
    out += reader.finish().pcm
    heard, meant = np.frombuffer(out, "<i2"), 10_000 * wave(48_000)
    assert abs(len(heard) - len(meant)) <= 2
    inside = slice(480, len(meant) - 480)
    assert np.abs(heard[inside] - meant[inside]).max() < 60  # of 10,000: -44 dB


def test_another_rate_is_another_voice() -> None:
    reader = PcmReader()
    assert reader.read(b"\1\0\2", sample_rate=48_000, channels=1).samples == 1
    assert reader.read(b"\3\0\4\0", sample_rate=24_000, channels=1).sample_rate == 48_000


def test_a_header_alone_is_silence() -> None:
    assert PcmReader().read(header(0, 48_000, 1), sample_rate=48_000, channels=1).pcm == b""
    assert PcmReader().read(header(0, 48_000, 1)[:30], sample_rate=48_000, channels=1).pcm == b""
