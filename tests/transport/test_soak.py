"""Real rooms that are lost, real calls that fail: nothing is lost of what was said, and nothing is left behind."""

import pytest
from direct.showbase.ShowBase import ShowBase

from tests.soak_for_real import soak_for_real

pytestmark = pytest.mark.livekit


@pytest.mark.usefixtures("livekit_server")  # there is a binary: the soak starts a server of its own
def test_a_walk_among_bad_services_leaves_nothing_behind(base: ShowBase) -> None:
    outcome = soak_for_real(base, 9.0, cast=3, mixtures=("cut", "dropped-call"), seed=19)
    assert outcome.opened == outcome.closed > 2
    assert outcome.astray == []
    assert outcome.said == outcome.delivered + outcome.reported > 2
    assert outcome.states["lost"] > 0
    assert outcome.stuck == []
    assert outcome.mute == []
    assert outcome.broken == []
    assert outcome.tasks == 1
    assert outcome.threads <= 1
    assert outcome.descriptors <= 3, "more than a connection to each of three services"
    assert outcome.threads_left <= 0
    assert outcome.descriptors_left <= 0
    assert outcome.left == []
    assert outcome.rooms
