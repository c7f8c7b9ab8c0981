"""P14: how far a mouth is off its sound, over a minute with hitches: shapes as shown against OpenAL's real mix.

The sound is a murmur with a burst each quarter of a second, and every frame of shapes carries its own number. So each
rendered frame tells which frame of shapes was on the face, and the mix which moment of the voice was heard just then.
Beside it, the same shapes played by the wall clock from bot-started-speaking on, as other clients do.
"""

import asyncio
import random
import uuid
from collections.abc import AsyncIterator
from time import monotonic, sleep

import numpy as np
from direct.showbase.ShowBase import ShowBase
from direct.task.Task import Task
from numpy.typing import NDArray
from panda3d.core import NodePath, load_prc_file_data

from convai_panda import AudioFrame, Convai, MemoryContinuity, SpeakingStarted
from convai_panda.faces import MorphDriver
from convai_panda.protocol.blendshapes import ARKIT
from convai_panda.protocol.connect import ConnectRequest, ConnectResponse
from convai_panda.protocol.server import (
    BlendshapeTurnStats,
    BotLlmStarted,
    BotReady,
    BotStartedSpeaking,
    BotStoppedSpeaking,
    BotTurnCompleted,
    ChunkedNeurosyncBlendshapes,
    ServerMessage,
    TurnStats,
)
from convai_panda.transport.base import AudioArrived, MessageArrived, RoomItem

from ..faces.models import morph_model
from .ears import Ears
from .figure import Figure, percentile

_TURNS = 8
_SECONDS = 6.5  # a turn
_PAUSE = 1.0  # s between two turns
_HITCHES = 29
_FPS = 60
_CHUNK = 10
_BURST = 0.250  # s from one burst to the next
_BLOCK = 50  # frames that one shape counts
_FRAME_MS = 1000 / 60
_GUARD = "00000000-0000-4000-8000-000000000014"


class _Room:
    """Turns of sound and shapes, as a service sends them: shapes half a second ahead, sound in real time, jittery."""

    async def incoming(self) -> AsyncIterator[RoomItem]:
        """All turns, then nothing more."""
        yield _said(BotReady(id="", version="1.2.0"))
        await asyncio.sleep(1.0)
        chance = random.Random(14)
        for turn in range(1, _TURNS + 1):
            yield _said(BotLlmStarted())
            await asyncio.sleep(0.3)
            began = monotonic()
            yield _said(BotStartedSpeaking())
            sent = 0
            for number, frame in enumerate(_voice()):
                while sent < _SECONDS * _FPS and sent / _FPS < number * 0.020 + 0.5:
                    yield _said(_shapes(turn, sent))
                    sent += _CHUNK
                due = began + 0.1 + number * 0.020 + max(0.0, chance.gauss(0.004, 0.004))
                await asyncio.sleep(max(0.0, due - monotonic()))
                yield AudioArrived("voice", frame)
            yield _said(BlendshapeTurnStats(stats=TurnStats(fps=float(_FPS))))
            yield _said(BotStoppedSpeaking())
            yield _said(BotTurnCompleted(was_interrupted=False))
            await asyncio.sleep(_PAUSE)
        await asyncio.Event().wait()

    async def send(self, payload: bytes) -> None:
        """Nobody listens."""

    async def publish(self, frame: AudioFrame) -> None:
        """Nobody listens."""

    async def aclose(self) -> None:
        """Nothing is held."""


class _Service:
    """One room."""

    async def prepare(self) -> None:
        """Nothing is imported."""

    async def connect(self, request: ConnectRequest) -> ConnectResponse:
        """As it must be."""
        return ConnectResponse(room_url="x://", token="t", character_session_id=str(uuid.uuid4()))

    async def join(self, response: ConnectResponse) -> _Room:
        """The room."""
        return _Room()

    async def aclose(self) -> None:
        """Nothing is held."""


def _said(message: ServerMessage) -> MessageArrived:
    return MessageArrived(message.encode())


def _shapes(turn: int, start: int) -> ChunkedNeurosyncBlendshapes:
    """Frames whose jaw counts within a block, whose funnel counts blocks, and whose pucker is always full."""
    frames = []
    for number in range(start, start + _CHUNK):
        frame = [0.0] * len(ARKIT)
        frame[ARKIT.index("JawOpen")] = number % _BLOCK / _BLOCK
        frame[ARKIT.index("MouthFunnel")] = number // _BLOCK / _BLOCK
        frame[ARKIT.index("MouthPucker")] = 1.0
        frames.append(tuple(frame))
    return ChunkedNeurosyncBlendshapes(blendshapes=tuple(frames), neurosync_turn_id=turn, fps=float(_FPS))


def _voice() -> list[AudioFrame]:
    """One turn of sound: a murmur, and 20 ms of a loud tone each quarter of a second."""
    time = np.arange(round(_SECONDS * 48_000)) / 48_000
    level = np.where(time % _BURST < 0.020, 0.6, 0.02)
    pcm = (32_767 * level * np.sin(2 * np.pi * 1_000 * time)).astype("<i2").tobytes()
    return [AudioFrame(pcm[at : at + 1_920]) for at in range(0, len(pcm), 1_920)]


def measure() -> list[Figure]:
    """One minute."""
    load_prc_file_data("", "window-type none\naudio-library-name p3openal_audio\nnotify-level-device fatal")
    with Ears() as ears:
        shown, announced = _minute()
    assert ears.mix is not None
    bursts = _bursts(ears.mix.samples[:, 0]) + ears.heard_at(0.0)
    turns = np.split(bursts, np.flatnonzero(np.diff(bursts) > 2 * _BURST) + 1)
    ours: list[float] = []
    clocked: list[float] = []
    for turn, began in zip(turns, announced, strict=True):
        for moment, place in shown:
            if turn[0] + 0.3 < moment < turn[-1]:
                heard = float(np.interp(moment, turn, np.arange(len(turn)) * _BURST))
                ours.append(abs(place - heard) * 1000)
                clocked.append(abs(moment - began - heard) * 1000)
    if len(turns) != _TURNS or len(ours) < 0.5 * _TURNS * _SECONDS * 60:
        raise RuntimeError(f"{len(turns)} turns and {len(ours)} frames were seen; the figure would mean nothing.")
    rows = []
    for what, share, frames in (("median", 0.5, 1), ("p99", 0.99, 2)):
        off, beside = percentile(ours, share), percentile(clocked, share)
        target = frames * _FRAME_MS
        rows.append(
            Figure(
                "P14",
                f"mouth off its sound, {len(ours)} frames of {_TURNS} turns, {_HITCHES} hitches: {what}",
                f"{off:.1f} ms",
                f"by the wall clock: {beside:.1f} ms",
                f"{off / beside:.2f}",
                f"<= {target:.1f} ms",
                off <= target,
            )
        )
    return rows


def _minute() -> tuple[list[tuple[float, float]], list[float]]:
    """When which second of shapes was on the face, and when each turn was announced."""
    base = ShowBase()
    player = base.render.attach_new_node("player")
    player.set_pos(1, 0, 0)
    convai = Convai(base, transport=_Service(), listener=player, continuity=MemoryContinuity())
    model = morph_model("jawOpen", "mouthFunnel", "mouthPucker")
    model.reparent_to(base.render)
    convai.add_character(_GUARD, model, head=NodePath(model), face=MorphDriver(model), greeting=None, presence=None)
    (character,) = convai.characters.values()
    shown: list[tuple[float, float]] = []
    announced: list[float] = []
    base.accept(SpeakingStarted.name, lambda *_: announced.append(monotonic()))

    def look(task: Task) -> int:
        assert character.face is not None
        values = character.face.values
        if (full := values["MouthPucker"]) > 0.05:
            jaw, block = values["JawOpen"] / full * _BLOCK, values["MouthFunnel"] / full * _BLOCK
            if abs(block - round(block)) < 0.01:  # between two blocks the jaw says nothing
                shown.append((monotonic(), (round(block) * _BLOCK + jaw) / _FPS))
        return task.cont

    base.task_mgr.add(look, "look", sort=50)
    chance = random.Random(14)
    length = 2.0 + _TURNS * (_SECONDS + _PAUSE + 0.6)
    hitches = sorted(chance.uniform(2.0, length - 2.0) for _ in range(_HITCHES))
    began = due = monotonic()
    while monotonic() - began < length:
        base.task_mgr.step()
        if hitches and monotonic() - began > hitches[0]:
            hitches.pop(0)
            sleep(chance.uniform(0.100, 0.250))
        due = max(due + 1 / 60, monotonic())
        sleep(max(0.0, due - monotonic()))
    base.task_mgr.remove("look")
    convai.destroy()
    base.destroy()
    return shown, announced


def _bursts(ear: NDArray[np.float64]) -> NDArray[np.float64]:
    """Where the bursts begin, in seconds of the mix."""
    loud = np.flatnonzero(np.abs(ear) > 0.25 * np.abs(ear).max())
    first = np.concatenate([[True], np.diff(loud) > 0.1 * 48_000])
    return np.asarray(loud[first] / 48_000)
