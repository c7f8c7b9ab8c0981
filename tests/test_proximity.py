"""The default policy, driven by hand: distances, seconds and a pace in, rings out."""

from collections.abc import Iterable

import pytest

from convai_panda import Nearest, Ring

STEP = 1 / 60  # s


class Walk:
    """A player on the x axis who meets characters that stand on it."""

    def __init__(self, policy: Nearest, **places: float) -> None:
        self.policy = policy
        self.places = places
        self.x = 0.0
        self.now = 0.0
        self.seen: list[tuple[str, Ring]] = []
        self.rings: dict[str, Ring] = {}

    def step(self, pace: float = 0.0) -> None:
        self.now += STEP
        self.x += pace * STEP
        distances = {key: abs(place - self.x) for key, place in self.places.items()}
        near = {key: distance for key, distance in distances.items() if distance <= self.policy.radius}
        rings = dict(self.policy.choose(near, self.now, abs(pace)))
        for key in self.places:
            if rings.get(key, Ring.FAR) is not self.rings.get(key, Ring.FAR):
                self.seen.append((key, rings.get(key, Ring.FAR)))
        self.rings = rings

    def to(self, x: float, pace: float = 2.0) -> None:
        direction = pace if x > self.x else -pace
        while abs(x - self.x) > abs(direction) * STEP:
            self.step(direction)

    def wait(self, seconds: float) -> None:
        until = self.now + seconds
        while self.now < until:
            self.step()

    def ring(self, key: str) -> Ring:
        return self.rings.get(key, Ring.FAR)


def only(key: str, seen: Iterable[tuple[str, Ring]]) -> list[Ring]:
    return [ring for who, ring in seen if who == key]


def test_the_room_opens_before_the_player_is_within_earshot() -> None:
    walk = Walk(Nearest(), guard=20.0)
    walk.to(15.0)
    assert walk.ring("guard") is Ring.APPROACH
    walk.to(18.0)
    assert walk.ring("guard") is Ring.TALK


def test_leaving_lingers_and_then_lets_go() -> None:
    walk = Walk(Nearest(linger=5.0), guard=20.0)
    walk.to(18.0)
    walk.to(5.0, 6.0)
    assert walk.ring("guard") is Ring.LINGER
    walk.wait(5.1)
    assert only("guard", walk.seen) == [Ring.APPROACH, Ring.TALK, Ring.LINGER, Ring.FAR]


def test_turning_round_in_time_finds_the_room_still_open() -> None:
    walk = Walk(Nearest(linger=20.0), guard=20.0)
    walk.to(18.0)
    walk.to(12.0)
    walk.to(18.0)
    assert only("guard", walk.seen) == [Ring.APPROACH, Ring.TALK, Ring.LINGER, Ring.TALK]


def test_standing_on_the_edge_does_not_flicker() -> None:
    walk = Walk(Nearest(), guard=20.0)
    walk.to(17.1)
    before = len(walk.seen)
    for _ in range(20):
        walk.to(16.6)
        walk.to(17.2)
    assert len(walk.seen) == before


def test_the_partner_is_kept_though_another_comes_nearer() -> None:
    policy = Nearest()
    walk = Walk(policy, guard=20.0, smith=24.0)
    walk.to(19.0)
    assert walk.ring("guard") is Ring.TALK
    walk.to(23.0)
    assert walk.ring("guard") is Ring.TALK
    walk.to(24.6)
    walk.wait(1.0)
    assert walk.ring("guard") is Ring.LINGER
    assert walk.ring("smith") is Ring.TALK


@pytest.mark.parametrize("pace", [4.5, 6.0, 10.0])
def test_running_through_several_opens_nothing(pace: float) -> None:
    walk = Walk(Nearest(), a=20.0, b=30.0, c=40.0, d=50.0)
    walk.to(80.0, pace)
    assert walk.seen == []


def test_arriving_at_a_run_and_stopping_is_answered_at_once() -> None:
    walk = Walk(Nearest(), guard=20.0)
    walk.to(18.0, 6.0)
    walk.step()
    assert walk.ring("guard") is Ring.TALK


def test_passing_at_the_side_opens_no_room_at_the_closest_point() -> None:
    policy = Nearest()
    rings = [
        policy.choose({"guard": (t * t + 4.0) ** 0.5}, t / 6.0, 6.0)
        for t in (x / 10 for x in range(-90, 90))
        if (t * t + 4.0) ** 0.5 <= policy.radius
    ]
    assert not any(rings)


def test_never_more_rooms_than_the_budget() -> None:
    policy = Nearest(rooms=2, linger=100.0)
    walk = Walk(policy, a=10.0, b=16.0, c=22.0, d=28.0)
    for x in (10.0, 16.0, 22.0, 28.0):
        walk.to(x)
        walk.wait(1.0)
        assert len(walk.rings) <= 2
    assert walk.ring("d") is Ring.TALK


def test_a_room_that_was_never_needed_closes_when_the_player_turns_away() -> None:
    walk = Walk(Nearest(), guard=20.0)
    walk.to(14.5)
    assert walk.ring("guard") is Ring.APPROACH
    walk.to(10.0)
    assert walk.ring("guard") is Ring.FAR


def test_a_character_that_vanishes_is_left() -> None:
    policy = Nearest(linger=3.0)
    for t in range(3):
        rings = policy.choose({"guard": 1.0}, t * STEP, 0.0)
    assert rings == {"guard": Ring.TALK}
    assert policy.choose({}, 1.0, 0.0) == {"guard": Ring.LINGER}
    assert policy.choose({}, 4.1, 0.0) == {}


@pytest.mark.parametrize("numbers", [{"enter": 0.0}, {"enter": 5.0}, {"approach": 4.0}, {"linger": -1.0}, {"rooms": 0}])
def test_rings_that_cannot_be_are_refused(numbers: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="must"):
        Nearest(**numbers)  # type: ignore[arg-type]
