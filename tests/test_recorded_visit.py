"""A visit that was recorded over a real livekit-server, played through everything between a wire and an ear.

``tests.recording.make_visit`` has made it.
"""

from pathlib import Path

from direct.showbase.ShowBase import ShowBase

from convai_panda import (
    Convai,
    Failed,
    MemoryContinuity,
    Nearest,
    Ready,
    Replay,
    SessionState,
    Speaker,
    SpeechFinished,
    TurnCompleted,
)
from convai_panda.recording.entries import Sound
from convai_panda.recording.reading import read_recording
from convai_panda.recording.trace import stretches

from .conftest import Village
from .recording.make_visit import LINES, PATH

ANSWERS = ("Hello. It is good to see you.", "Goodbye. Come back soon.")


def test_it_is_small_whole_and_from_a_real_room() -> None:
    assert PATH.stat().st_size < 200_000
    recording = read_recording(PATH)
    assert recording.notes == ()
    tracks = {entry.track for entry in recording.entries if isinstance(entry, Sound)}
    assert all(track.startswith("TR_") for track in tracks)


def test_it_is_seen_and_heard_as_it_was(base: ShowBase) -> None:
    player = base.render.attach_new_node("player")
    player.set_pos(0.0, -60.0, 1.7)
    replay = Replay(PATH, waits_for_player=True)
    convai = Convai(
        base, transport=replay, listener=player, proximity=Nearest(linger=0.5), continuity=MemoryContinuity()
    )
    village = Village(base, convai)
    village.listen()
    village.stand(2.5, 0.0)  # facing north: the guard is to the left
    village.until(lambda: village.guard.is_ready)
    for number, line in enumerate(LINES, 1):
        village.guard.say(line)
        village.until(lambda number=number: len(village.told(SpeechFinished)) == number)
    assert [text for speaker, text in village.lines(village.guard) if speaker is Speaker.PLAYER] == list(LINES)
    assert [text for speaker, text in village.lines(village.guard) if speaker is Speaker.CHARACTER] == list(ANSWERS)
    assert len(village.told(Ready)) == 1
    assert len(village.told(TurnCompleted)) == 2
    assert village.told(Failed) == []
    village.stand(0.0, -60.0)
    village.until(lambda: village.guard.state is SessionState.CLOSED)

    mix = village.mix()
    recorded = sum(stretch.seconds for stretch in stretches(read_recording(PATH)))
    heard = mix.sounding(pause=0.4)
    assert sum(end - start for start, end in heard) > 0.7 * recorded
    left, right = mix.level()
    assert left > right + 20.0


def test_a_second_visit_says_that_there_is_none(base: ShowBase) -> None:
    player = base.render.attach_new_node("player")
    convai = Convai(base, transport=Replay(PATH), listener=player, proximity=Nearest(linger=0.0))
    village = Village(base, convai)
    village.listen()
    village.until(lambda: village.guard.is_ready)
    village.stand(0.0, -60.0)
    village.until(lambda: village.guard.state is SessionState.CLOSED)
    village.stand(0.0, 0.0)
    village.until(lambda: village.told(Failed))
    (failed,) = village.told(Failed)
    assert "every recorded one has been played" in str(failed.error)
    assert not failed.will_retry
    assert not Path(PATH).with_name("sessions.sqlite3").exists()
    convai.destroy()
    base.ignore_all()
