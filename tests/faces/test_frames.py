"""Face messages as they may come: of every length, named or not, broken; frames keep their time whatever happens."""

import json
import logging
import math

import numpy as np
import pytest

from convai_panda.faces.feed import FaceFeed, FramesCancelled, ShownFrames, TurnEnded
from convai_panda.faces.frames import FrameReader, TurnKey
from convai_panda.protocol.blendshapes import ARKIT, CC4_EXTENDED, MHA, SHAPES
from convai_panda.protocol.server import (
    BlendshapeTurnStats,
    ChunkedNeurosyncBlendshapes,
    NeurosyncBlendshapes,
    NeurosyncBlendshapesCancel,
    ServerMessage,
    TurnStats,
    Visemes,
    VisemeWeights,
    parse_server_message,
)
from convai_panda.turns import Cue


def chunk(*frames: list[float], **about: object) -> ChunkedNeurosyncBlendshapes:
    return ChunkedNeurosyncBlendshapes.model_construct(blendshapes=tuple(map(tuple, frames)), **about)


def wire(type_: str, blendshapes: object) -> ServerMessage:
    payload = {"label": "rtvi-ai", "type": "server-message", "data": {"type": type_, "blendshapes": blendshapes}}
    return parse_server_message(json.dumps(payload).encode())


@pytest.mark.parametrize(("format_", "size"), [("arkit", 61), ("mha", 251), ("cc4_extended", 170), ("visemes", 15)])
def test_the_length_tells_the_format(format_: str, size: int) -> None:
    frames = FrameReader().read(chunk([0.5] * size, [0.25] * size))
    assert frames is not None
    assert frames.format == format_
    assert frames.rows.shape == (2, size)


def test_short_arkit_frames_leave_the_last_shapes_out() -> None:
    frames = FrameReader().read(chunk([0.5] * 52))
    assert frames is not None
    assert frames.format == "arkit"
    assert frames.rows[0, 51] == 0.5
    assert frames.rows[0, 52] == 0.0


@pytest.mark.parametrize("frames", [(), ([],), ([0.1] * 700,)])
def test_what_is_no_frame_of_any_format_is_dropped_with_a_reason(
    frames: tuple[list[float], ...], caplog: pytest.LogCaptureFixture
) -> None:
    reader = FrameReader()
    with caplog.at_level(logging.WARNING):
        assert reader.read(chunk(*frames)) is None
        assert reader.read(chunk(*frames)) is None
    assert len(caplog.records) == 1, "said once"
    assert list(reader.faults.values()) == [2]


def test_a_frame_of_the_wrong_length_is_held_not_skipped() -> None:
    reader = FrameReader()
    frames = reader.read(chunk([0.1] * 61, [0.9] * 17, [0.3] * 61))
    assert frames is not None
    assert frames.rows[:, 0].tolist() == pytest.approx([0.1, 0.1, 0.3])
    assert sum(reader.faults.values()) == 1


def test_values_that_are_no_numbers_are_held_and_others_clamped() -> None:
    reader = FrameReader()
    odd = [math.nan, math.inf, -3.0, 7.0] + [0.2] * 48 + [-0.5] * 9
    frames = reader.read(chunk([0.1] * 61, odd))
    assert frames is not None
    assert frames.rows[1, :5].tolist() == pytest.approx([0.1, 0.1, 0.0, 1.0, 0.2])
    assert frames.rows[1, 60] == -0.5, "rotations are signed"
    assert np.isfinite(frames.rows).all()


@pytest.mark.parametrize(
    ("names", "format_"),
    [(ARKIT, "arkit"), (CC4_EXTENDED, "cc4_extended"), (MHA, "mha")],
    ids=lambda value: str(value)[:9],
)
def test_named_frames_are_put_in_order(names: tuple[str, ...], format_: str) -> None:
    prefix = "CTRL_expressions_" if format_ == "mha" else ""
    frame = {prefix + name: index / 1000 for index, name in reversed(list(enumerate(names)))}
    message = wire("neurosync-blendshapes", frame)
    assert isinstance(message, NeurosyncBlendshapes)
    frames = FrameReader().read(message)
    assert frames is not None
    assert frames.format == format_
    assert frames.rows[0, :50].tolist() == pytest.approx([index / 1000 for index in range(50)])


def test_absurd_rates_and_indices_are_left_out() -> None:
    frames = FrameReader().read(chunk([0.1] * 61, fps=0.0, start_frame_index=-4, response_id="r", neurosync_turn_id=3))
    assert frames is not None
    assert (frames.fps, frames.start, frames.turn) == (None, None, TurnKey("r", 3))


def items(feed: FaceFeed) -> list[object]:
    found = []
    while (item := feed.take()) is not None:
        found.append(item)
    return found


def test_a_cut_turns_frames_are_dropped_until_the_next_turn_begins() -> None:
    feed = FaceFeed(("JawOpen",))
    old = chunk([0.5] * 61, response_id="old", neurosync_turn_id=1)
    new = chunk([0.5] * 61, response_id="new", neurosync_turn_id=2)
    feed.receive(old, Cue.BEGIN)
    feed.cut()
    feed.receive(old, None)
    feed.receive(new, Cue.BEGIN)
    feed.receive(old, None)
    feed.receive(BlendshapeTurnStats(stats=TurnStats(fps=50.0), response_id="new", neurosync_turn_id=2), None)
    feed.receive(NeurosyncBlendshapesCancel(valid_through_frame_index=8), None)
    cues = [item.turn.response_id if isinstance(item, ShownFrames) else item for item in items(feed)]
    ended, cancelled = TurnEnded(TurnKey("new", 2), 50.0), FramesCancelled(TurnKey(), 8)
    assert cues == [Cue.BEGIN, "old", Cue.CUT, Cue.BEGIN, "new", ended, cancelled]


def test_a_feed_that_nobody_takes_from_does_not_grow_for_ever() -> None:
    feed = FaceFeed(("JawOpen",))
    message = Visemes(visemes=VisemeWeights(aa=1.0))
    for _ in range(5000):
        feed.receive(message, None)
    assert len(items(feed)) < 5000


def test_every_format_reaches_a_jaw() -> None:
    jaws = {"arkit": "JawOpen", "mha": "jawOpen", "cc4_extended": "Jaw_Open", "visemes": "aa"}
    for format_, name in jaws.items():
        feed = FaceFeed(("JawOpen", "open"))
        frame = [0.0] * len(SHAPES[format_])
        frame[SHAPES[format_].index(name)] = 1.0
        feed.receive(chunk(frame), None)
        (shown,) = items(feed)
        assert isinstance(shown, ShownFrames)
        assert shown.rows[0].min() > 0.5, format_
