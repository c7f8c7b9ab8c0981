"""Every format of the wire, from the simulated service to a face, on a clock of the test's own."""

from typing import Any

import numpy as np
import pytest

from convai_panda.audio.cursor import Cursor
from convai_panda.audio.frame import AudioFrame
from convai_panda.audio.jitter import JitterBuffer
from convai_panda.faces import Face
from convai_panda.protocol.client import InterruptBot, UserTextMessage
from convai_panda.protocol.server import parse_server_message
from convai_panda.simulator import Behaviour
from convai_panda.simulator.characters import stranger
from convai_panda.simulator.voice import say
from convai_panda.turns import Turns

from ..simulator.stage import CHARACTER, Stage

FRAME = 1 / 60
FORMATS: dict[str, dict[str, Any]] = {
    "visemes": {"blendshape_provider": "ovr"},
    "visemes of neurosync": {"blendshape_provider": "neurosync", "blendshape_config": {"format": "visemes"}},
    "arkit": {"blendshape_provider": "neurosync", "blendshape_config": {"format": "arkit"}},
    "arkit, unchunked": {
        "blendshape_provider": "neurosync",
        "blendshape_config": {"format": "arkit", "enable_chunking": False},
    },
    "arkit, ahead, 30 fps": {
        "blendshape_provider": "neurosync",
        "blendshape_config": {"format": "arkit", "deliver_chunks_ahead": True, "output_fps": 30, "chunk_size": 7},
    },
    "mha, 90 fps": {"blendshape_provider": "neurosync", "blendshape_config": {"output_fps": 90}},
    "mha by default": {"blendshape_provider": "neurosync"},
    "cc4": {"blendshape_provider": "neurosync", "blendshape_config": {"format": "CC4_extended"}},
}


class Mouth:
    """A driver that keeps what it is shown."""

    channels = ("JawOpen", "MouthFunnel", "viseme_aa", "smile")

    def __init__(self) -> None:
        self.shown: list[float] = [0.0] * 4

    def show(self, values: list[float]) -> None:  # type: ignore[override]
        self.shown = list(values)

    def close(self) -> None:
        pass


class Watched:
    """A simulated service, a jitter buffer and a face, stepped together."""

    def __init__(self, **fields: Any) -> None:
        self.stage = Stage(behaviour=Behaviour(advises=False, stopped_lead=0.5), **fields).ready()
        self.mouth = Mouth()
        self.face = Face(self.mouth)
        self.turns = Turns()
        self.buffer = JitterBuffer()
        self.names: list[str] = []
        self.seen: list[tuple[float, list[float]]] = []  # where the sound is, and what is shown

    @property
    def cursor(self) -> Cursor | None:
        return self.buffer.cursor("voice", self.stage.now)

    @property
    def loudness(self) -> float:
        return self.buffer.loudness

    @property
    def is_sounding(self) -> bool:
        return self.buffer.is_sounding(self.stage.now)

    def run(self, seconds: float) -> None:
        end = self.stage.now + seconds
        while self.stage.now < end:
            self.stage.now += FRAME
            for output in self.stage.actor.advance(self.stage.now):
                if isinstance(output, AudioFrame):
                    self.buffer.push(output.pcm, self.stage.now)
                elif isinstance(output, bytes):
                    message = parse_server_message(output)
                    self.names.append(message.type)
                    self.face.feed.receive(message, self.turns.receive(message))
            self.buffer.release(self.stage.now)
            self.face.update(self.stage.now, self)  # type: ignore[arg-type]  # a sink's readable half
            if self.cursor is not None:
                self.seen.append((self.cursor.heard, self.mouth.shown))


@pytest.mark.parametrize("fields", FORMATS.values(), ids=FORMATS.keys())
def test_the_mouth_keeps_with_the_sound(fields: dict[str, Any]) -> None:
    watched = Watched(**fields)
    watched.stage.send(UserTextMessage(text="Our mother sees a bear. How odd!"))
    watched.run(6.0)
    reference = Watched(**FORMATS["arkit"])
    reference.stage.send(UserTextMessage(text="Our mother sees a bear. How odd!"))
    reference.run(6.0)
    sound = np.array([heard for heard, _ in reference.seen])
    jaw = np.array([shown[0] for _, shown in reference.seen])
    assert jaw.max() > 0.4
    heard = np.array([heard for heard, _ in watched.seen])
    own = np.array([shown[0] for _, shown in watched.seen])
    while_sounding = (heard > 0.2) & (heard < sound.max() - 0.3)
    offsets = np.arange(-6, 7) * FRAME
    # A mouth that is off by two frames fits worse.
    moved = [np.interp(heard + offset, sound, jaw)[while_sounding] for offset in offsets]
    fits = [np.corrcoef(jaws, own[while_sounding])[0, 1] for jaws in moved]
    assert abs(offsets[int(np.argmax(fits))]) <= FRAME
    assert max(fits) > 0.9
    assert watched.mouth.shown[:3] == pytest.approx([0.0] * 3, abs=0.02)
    assert watched.face.feed.faults == {}


def test_the_mouth_opens_where_the_voice_is_at_that_moment() -> None:
    watched = Watched(**FORMATS["arkit"])
    watched.stage.send(UserTextMessage(text="Ah."))
    watched.run(4.0)
    sentence = say("You said: Ah.", stranger(CHARACTER).voice)
    shapes = sentence.weights_at([heard for heard, _ in watched.seen])
    opened = [weights[10] for weights in shapes]  # aa
    shown = [values[0] for _, values in watched.seen]
    assert np.corrcoef(opened, shown)[0, 1] > 0.75


def test_no_format_no_frames_and_the_loudness_moves_the_mouth() -> None:
    watched = Watched(blendshape_provider="neurosync", blendshape_config={"format": "cc5_hd"})
    watched.stage.send(UserTextMessage(text="Ah."))
    watched.run(4.0)
    assert not {"visemes", "neurosync-blendshapes", "chunked-neurosync-blendshapes"} & set(watched.names)
    shown = [values[0] for _, values in watched.seen]
    assert max(shown) > 0.3
    assert shown[-1] < 0.01


def test_frames_sent_ahead_are_cancelled_by_an_interruption() -> None:
    watched = Watched(**FORMATS["arkit, ahead, 30 fps"])
    watched.stage.send(UserTextMessage(text="Tell me a long story about the sea and all who sail it."))
    watched.run(1.5)
    assert max(values[0] for _, values in watched.seen) > 0.2
    watched.stage.send(InterruptBot())
    watched.run(0.4)
    assert watched.names.count("neurosync-blendshapes-cancel") == 1
    assert watched.mouth.shown[0] == pytest.approx(0.0, abs=0.01)


def test_only_ahead_has_frame_indices_and_cancels() -> None:
    watched = Watched(**FORMATS["arkit"])
    watched.stage.send(UserTextMessage(text="Tell me a long story about the sea and all who sail it."))
    watched.run(1.5)
    watched.stage.send(InterruptBot())
    watched.run(0.4)
    assert "neurosync-blendshapes-cancel" not in watched.names
    assert "blendshape-turn-stats" in watched.names
