"""One packet in twenty gets lost on the way to and from a real livekit-server: no word does, and none comes twice."""

import sys

import pytest

from convai_panda.simulator.livekit_server import LiveKitServer
from tests.benchmarks.real_talk import asked, read
from tests.livekit_server import give_up
from tests.lossy_network import missing, running

pytestmark = pytest.mark.livekit

_TURNS = 2


def test_no_word_is_lost_with_the_packets(livekit_server: LiveKitServer) -> None:
    """``livekit_server``: there is a binary; each network starts its own from it."""
    if reason := missing():
        give_up(reason)
    program = [sys.executable, "-m", "tests.benchmarks.real_talk", str(_TURNS)]
    with running(program, loss=0.0) as calm, running(program, loss=0.05) as lossy:
        undisturbed, told = (read(each.communicate(timeout=50.0)[0]) for each in (calm, lossy))
    assert told.lost > 0.02 * told.packets > 0
    assert undisturbed.lost == 0
    assert [text for speaker, text in told.lines if speaker == "player"] == asked(_TURNS)
    assert told.lines == undisturbed.lines
    assert len(told.lines) == 2 * _TURNS
