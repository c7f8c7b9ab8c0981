"""The second copy of a voice is heard only where the first is not."""

from convai_panda.audio.frame import AudioFrame
from convai_panda.audio.spare import Spare

FRAME = AudioFrame(b"\0\0" * 960)


def test_it_waits_and_then_all_of_it_comes() -> None:
    spare = Spare()
    for number in range(3):
        spare.push(FRAME, number * 0.1)
    assert spare.release(1.4, is_live=False, is_flowing=False) == []
    assert spare.release(1.6, is_live=False, is_flowing=False) == [FRAME] * 3
    spare.push(FRAME, 1.7)
    assert spare.release(1.71, is_live=False, is_flowing=True) == [FRAME]


def test_where_the_track_sounds_it_is_dropped() -> None:
    spare = Spare()
    spare.push(FRAME, 0.0)
    assert spare.release(0.9, is_live=True, is_flowing=False) == []
    assert spare.release(9.0, is_live=False, is_flowing=False) == []


def test_a_pause_of_the_track_is_no_silence() -> None:
    spare = Spare()
    spare.release(5.0, is_live=True, is_flowing=False)
    spare.push(FRAME, 3.0)
    assert spare.release(6.0, is_live=False, is_flowing=False) == []
    assert spare.release(6.1, is_live=True, is_flowing=False) == []
    assert spare.release(9.0, is_live=False, is_flowing=False) == []
