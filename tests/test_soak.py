"""Minutes in a village in which everything goes wrong that can: nothing is lost, nobody is stuck, nothing is left."""

from direct.showbase.ShowBase import ShowBase

from tests.soak import soak


def test_an_evening_with_a_bad_service_leaves_nothing_behind(base: ShowBase) -> None:
    outcome = soak(base, 240.0, seed=5)
    assert outcome.opened == outcome.closed > 12
    assert outcome.astray == []
    assert outcome.said == outcome.delivered + outcome.reported > 12
    assert outcome.states["lost"] > 0
    assert outcome.stuck == []
    assert outcome.mute == []
    assert outcome.broken == []
    assert outcome.descriptors == 0
    assert outcome.tasks == 1
    assert outcome.objects < 0.15
