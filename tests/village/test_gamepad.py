"""The gamepad: its sticks' shape, its buttons as keys, and a player who walks and looks by it.

A device cannot be made here, so its sticks are deflected where they are read: by axis.
"""

import math
from collections.abc import Iterator

import pytest
from direct.showbase.ShowBase import ShowBase
from panda3d.core import InputDevice

from samples.village.gamepad import Gamepad, shaped
from samples.village.player import Player
from samples.village.scenery import build_village

_Axis = InputDevice.Axis


class Deflected(Gamepad):
    """A gamepad whose sticks are where ``axes`` says."""

    def __init__(self, base: ShowBase) -> None:
        super().__init__(base)
        self.axes: dict[InputDevice.Axis, float] = {}

    def _stick(self, x: InputDevice.Axis, y: InputDevice.Axis) -> tuple[float, float]:
        return shaped(self.axes.get(x, 0.0)), shaped(self.axes.get(y, 0.0))


@pytest.mark.parametrize("value", [0.0, 0.1, -0.1, 0.159, -0.159])
def test_a_worn_spring_moves_nobody(value: float) -> None:
    assert shaped(value) == 0.0


def test_a_stick_is_even_on_both_sides_fine_near_its_middle_and_whole_at_its_end() -> None:
    values = [number / 100 for number in range(16, 101)]
    shapes = [shaped(value) for value in values]
    assert shapes == sorted(shapes)
    assert [-shaped(-value) for value in values] == shapes
    assert shaped(1.0) == shaped(1.2) == 1.0  # some sticks go further than they say
    assert shaped(0.5) < 0.25
    assert shaped(0.17) < 0.001


@pytest.fixture
def pad(base: ShowBase) -> Iterator[Deflected]:
    pad = Deflected(base)
    yield pad
    pad.destroy()


@pytest.mark.parametrize(
    ("button", "key"), [("face_a", "e"), ("face_x", "t"), ("start", "escape"), ("back", "f3"), ("rshoulder", "shift")]
)
def test_buttons_are_keys_until_the_pad_is_let_go_of(base: ShowBase, pad: Deflected, button: str, key: str) -> None:
    heard: list[str] = []
    base.accept(key, heard.append, ["down"])
    base.accept(f"{key}-up", heard.append, ["up"])
    base.messenger.send(f"pad-{button}")
    base.messenger.send(f"pad-{button}-up")
    assert heard == ["down", "up"]
    pad.destroy()
    base.messenger.send(f"pad-{button}")
    assert heard == ["down", "up"]
    base.ignore_all()


def test_without_a_device_no_stick_is_deflected(base: ShowBase) -> None:
    pad = Gamepad(base)
    assert (pad.walk, pad.look) == ((0.0, 0.0), (0.0, 0.0))
    pad.destroy()


@pytest.fixture
def player(base: ShowBase, pad: Deflected) -> Iterator[Player]:
    player = Player(base, build_village("low"), pad=pad)
    player.node.set_pos(0.0, -9.0, 0.0)
    player.face(0.0, 0.0)
    yield player
    player.destroy()


def _seconds(player: Player, seconds: float) -> None:
    for _ in range(round(seconds * 60)):
        player.update(1 / 60)


def test_the_left_stick_walks_where_the_camera_looks_and_half_of_it_slower(pad: Deflected, player: Player) -> None:
    start = player.node.get_pos()
    pad.axes = {_Axis.left_y: 1.0}
    _seconds(player, 1.0)
    whole = player.node.get_pos() - start
    assert whole.y > 1.0
    assert abs(whole.x) < 0.2
    player.node.set_pos(start)
    pad.axes = {_Axis.left_y: 0.6}
    _seconds(player, 1.0)
    half = player.node.get_pos() - start
    assert 0.05 < half.y < 0.6 * whole.y
    player.node.set_pos(start)
    pad.axes = {_Axis.left_x: 1.0}
    player.face(0.0, 0.0)
    _seconds(player, 0.5)
    assert (player.node.get_pos() - start).x > 0.3
    pad.axes = {}
    stopped = player.node.get_pos()
    _seconds(player, 0.5)
    assert (player.node.get_pos() - stopped).length() < 0.01


def test_the_right_stick_looks_as_fast_as_the_settings_say(pad: Deflected, player: Player) -> None:
    turned = []
    for sensitivity in (0.5, 1.0):
        player.sensitivity, player.pitch = sensitivity, 0.0
        before = player.yaw
        pad.axes = {_Axis.right_x: 1.0, _Axis.right_y: 1.0}
        _seconds(player, 0.2)
        turned.append(before - player.yaw)
        assert player.pitch > 0.0  # up
    assert turned[0] > 0.0  # to the right
    assert turned[1] == pytest.approx(2 * turned[0])
    _seconds(player, 5.0)
    assert player.pitch <= 25.0


def test_who_writes_does_not_walk(pad: Deflected, player: Player) -> None:
    start = player.node.get_pos()
    pad.axes = {_Axis.left_y: 1.0}
    player.typing = True
    _seconds(player, 1.0)
    assert math.dist(player.node.get_pos(), start) < 0.01
