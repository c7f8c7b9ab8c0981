"""The player's voice without the characters' echo, cleaned where the rooms are: in both of their forms; headphones."""

import asyncio
import wave
from contextlib import aclosing
from pathlib import Path

import numpy as np
import pytest
from livekit import rtc
from numpy.typing import NDArray

from convai_panda import AudioFrame, WavMicrophone
from convai_panda.simulator.voice import Voice, speak
from convai_panda.transport.base import Room
from convai_panda.transport.cleaning import VoiceCleaner
from convai_panda.transport.livekit import LiveKitRooms
from convai_panda.transport.rooms import Rooms

from .conftest import Service
from .test_rooms import both_forms, calls, visit

pytestmark = [pytest.mark.livekit, pytest.mark.timeout(120)]

PIECE = 480  # samples: 10 ms
DELAY = 2880  # samples: 60 ms
LENGTH = 6 * 48_000
FAR = "The mill upon the hill will be rolling as long as the wind is willing. Some say that it dreams of the sea."


def speech(text: str, voice: str) -> NDArray[np.float64]:
    said = np.frombuffer(speak(text, Voice.of(voice)).pcm, "<i2").astype(np.float64)
    return np.resize(said, LENGTH)


async def clean(room: Room, spoken: Path, far: NDArray[np.float64]) -> NDArray[np.float64]:
    """As a microphone captures it: in real time."""
    cleaned, at = b"", 0
    async with aclosing(WavMicrophone(spoken).frames()) as frames:
        async for captured in frames:
            cleaned += b"".join(frame.pcm for frame in room.clean(captured, _frame(far[at : at + PIECE])))
            at += PIECE
            if len(cleaned) >= 2 * LENGTH:
                break
    assert at < LENGTH + 48_000, "the cleaning is late"
    return np.frombuffer(cleaned[: 2 * LENGTH], "<i2").astype(np.float64)


def write(path: Path, samples: NDArray[np.float64]) -> Path:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(48_000)
        file.writeframes(samples.clip(-32_768, 32_767).astype("<i2").tobytes())
    return path


def _frame(samples: NDArray[np.float64]) -> AudioFrame:
    return AudioFrame(samples.astype("<i2").tobytes())


def level(samples: NDArray[np.float64]) -> float:
    return float(20 * np.log10(np.sqrt(np.mean(samples**2)) + 1e-3))


@both_forms
def test_the_characters_echo_is_taken_out_and_the_players_words_are_left(
    service: Service, form: type[Rooms], tmp_path: Path
) -> None:
    async def play() -> None:
        far = speech(FAR, "b")
        near = speech("My name is Bartholomew, and I am looking for a lantern.", "player")
        near[: 4 * 48_000] = 0.0
        echo = np.concatenate([np.zeros(DELAY), far[:-DELAY] * 0.5])
        async with calls(service, form()) as transport, visit(transport) as room:
            heard = await clean(room, write(tmp_path / "spoken.wav", near + echo), far)
        alone, together = slice(3 * 48_000, 4 * 48_000), slice(4 * 48_000, LENGTH)
        assert level(echo[alone]) - level(heard[alone]) > 30.0  # it learns for two seconds
        assert abs(level(heard[together]) - level(near[together])) < 6.0

    asyncio.run(play())


def cleaned(near: NDArray[np.float64], far: NDArray[np.float64]) -> NDArray[np.float64]:
    """By the part that does it, faster than in real time."""
    cleaner = VoiceCleaner(rtc)
    starts = range(0, len(near) - PIECE + 1, PIECE)
    pieces = [cleaner.clean(_frame(near[at : at + PIECE]), _frame(far[at : at + PIECE])).pcm for at in starts]
    return np.frombuffer(b"".join(pieces), "<i2").astype(np.float64)


def test_with_headphones_the_players_first_words_over_a_character_are_whole_and_without_them_there_is_no_echo() -> None:
    far = np.tile(speech(FAR, "b"), 2)
    near = np.concatenate([np.zeros(3 * 48_000), speech("My name is Bartholomew.", "player")[: 3 * 48_000]])
    near = np.concatenate([near, np.zeros(LENGTH)])
    echo = np.concatenate([np.zeros(DELAY), far[:-DELAY] * 0.5])
    echo[:LENGTH] = 0.0  # then the headphones come off
    heard = cleaned(near + echo, far)
    first = slice(3 * 48_000, round(3.8 * 48_000))
    assert level(heard[first]) - level(near[first]) > -3.0
    last = slice(8 * 48_000, 11 * 48_000)
    assert level(echo[last]) - level(heard[last]) > 30.0


def test_what_was_learnt_in_one_room_is_known_in_the_next(service: Service) -> None:
    async def play() -> None:
        far, words = speech(FAR, "b"), speech("My name is Bartholomew.", "player")
        heard = b""
        async with calls(service, LiveKitRooms()) as transport:
            async with visit(transport) as room:  # a character speaks to somebody with headphones
                for at in range(0, 3 * 48_000, PIECE):
                    room.clean(_frame(np.zeros(PIECE)), _frame(far[at : at + PIECE]))
            async with visit(transport) as room:
                for at in range(0, round(0.8 * 48_000), PIECE):
                    cleaned = room.clean(_frame(words[at : at + PIECE]), _frame(far[at : at + PIECE]))
                    heard += b"".join(frame.pcm for frame in cleaned)
        first = np.frombuffer(heard, "<i2").astype(np.float64)
        assert level(first) - level(words[: len(first)]) > -3.0

    asyncio.run(play())
