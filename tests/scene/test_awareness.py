"""What characters are told of the scene, as it goes over the wire: only what has changed, and never too often."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from direct.showbase.ShowBase import ShowBase
from panda3d.core import BitMask32, CollisionNode, CollisionSphere, NodePath

from convai_panda import (
    Action,
    ActionFinished,
    Character,
    ConfigurationError,
    Convai,
    MemoryContinuity,
    Nearest,
    SceneAwareness,
    SilentVoice,
    Simulator,
)
from convai_panda import scene as scene_package
from convai_panda.protocol.connect import ConnectResponse
from convai_panda.scene import Thing
from convai_panda.scene.view import Band
from convai_panda.testing import step_until
from convai_panda.transport.base import Room

from ..conftest import GUARD, SMITH


class Tapped(Simulator):
    """The simulator, with a note of everything that is sent to it."""

    def __init__(self) -> None:
        super().__init__()
        self.sent: list[dict[str, Any]] = []

    async def join(self, response: ConnectResponse) -> Room:
        room = await super().join(response)
        send = room.send

        async def note(payload: bytes) -> None:
            self.sent.append(json.loads(payload))
            await send(payload)

        room.send = note  # type: ignore[method-assign]
        return room


class Hall:
    """A guard at the origin who looks north, a player beside it, and things that the tests bring."""

    def __init__(self, base: ShowBase, scene: SceneAwareness | None = None, **options: Any) -> None:
        self.base = base
        self.player = base.render.attach_new_node("player")
        self.player.set_pos(0.0, -1.0, 1.7)
        self.transport = Tapped()
        self.convai = Convai(
            base,
            transport=self.transport,
            listener=self.player,
            voice=SilentVoice(),
            proximity=Nearest(linger=0.2),
            continuity=MemoryContinuity(),
            player_name="Ana",
            scene=scene or SceneAwareness(interval=0.0),
            connect_options={"default_tts_enabled": False},
        )
        self.node = base.render.attach_new_node("Guard")
        self.guard = self.add_guard(**options)

    def add_guard(self, **options: Any) -> Character:
        return self.convai.add_character(GUARD, self.node, greeting=None, **options)

    def thing(self, name: str, x: float, y: float, description: str | None = "A thing") -> NodePath:
        node = self.base.render.attach_new_node(name)
        node.set_pos(x, y, 0.0)
        if description is not None:
            node.set_tag("convai", description)
        return node

    @property
    def scenes(self) -> list[dict[str, str]]:
        """Each scene that was told: name → words."""
        sent = [
            each["data"]["scene_metadata"] for each in self.transport.sent if each["type"] == "update-scene-metadata"
        ]
        return [{thing["name"]: thing["description"] for thing in scene} for scene in sent]

    @property
    def contracts(self) -> list[dict[str, Any]]:
        sent = [each["data"] for each in self.transport.sent if each["type"] == "context-update"]
        return [each["action_config"] for each in sent if "action_config" in each]

    def until(self, condition: Any) -> None:
        step_until(self.base, condition)

    def frames(self, count: int) -> None:
        for _ in range(count):
            self.base.task_mgr.step()


@pytest.fixture
def halls(base: ShowBase) -> Iterator[Any]:
    opened: list[Hall] = []

    def open_one(scene: SceneAwareness | None = None, **options: Any) -> Hall:
        opened.append(Hall(base, scene, **options))
        return opened[-1]

    yield open_one
    for hall in opened:
        hall.convai.destroy()
    base.ignore_all()


def test_tagged_things_are_told_with_distance_direction_and_sight(halls: Any) -> None:
    hall = halls()
    hall.thing("bucket", -5.0, 0.0, "A wooden bucket")
    hall.thing("mill", 0.0, 30.0, "An old mill")
    hall.thing("star", 0.0, 900.0, "A star")
    old = hall.thing("old", 0.0, -15.0, "An old man")
    old.set_tag("convai-name", "Methuselah")
    old.set_tag("convai-kind", "character")
    hall.until(lambda: hall.scenes and len(hall.scenes[-1]) == 4)
    assert hall.scenes[-1] == {
        "Ana": "The player, who talks to you. Within reach, behind, out of sight.",
        "Methuselah": "An old man. Some way off, behind, out of sight.",
        "bucket": "A wooden bucket. Near, on the left, in sight.",
        "mill": "An old mill. Far away, in front, in sight.",
    }


def test_nothing_is_said_again_until_something_has_changed(halls: Any) -> None:
    hall = halls()
    bucket = hall.thing("bucket", -5.0, 0.0)
    hall.until(lambda: hall.scenes)
    hall.frames(200)
    count = len(hall.scenes)
    for _ in range(50):  # it trembles
        bucket.set_x(bucket.get_x() + 0.01)
        hall.frames(4)
    assert len(hall.scenes) == count
    bucket.set_pos(0.0, 1.0, 0.0)
    hall.until(lambda: len(hall.scenes) > count)
    assert hall.scenes[-1]["bucket"] == "A thing. Within reach, in front, in sight."
    bucket.set_tag("convai", "A broken thing")
    hall.until(lambda: hall.scenes[-1]["bucket"].startswith("A broken thing."))
    hall.node.set_h(180.0)
    hall.until(lambda: "behind, out of sight" in hall.scenes[-1]["bucket"])
    bucket.hide()
    hall.node.set_h(0.0)
    hall.until(lambda: "in front, out of sight" in hall.scenes[-1]["bucket"])
    bucket.remove_node()
    hall.until(lambda: "bucket" not in hall.scenes[-1])


def test_it_is_told_no_more_often_than_the_interval(halls: Any) -> None:
    hall = halls(SceneAwareness(interval=1e6))
    bucket = hall.thing("bucket", -5.0, 0.0)
    hall.until(lambda: hall.scenes)
    bucket.set_pos(0.0, -5.0, 0.0)
    hall.frames(300)
    assert len(hall.scenes) == 1


def test_walls_hide_what_is_behind_them(halls: Any) -> None:
    hall = halls(SceneAwareness(interval=0.0, walls=BitMask32.bit(3)))
    hall.thing("bucket", 0.0, 6.0)
    wall = hall.base.render.attach_new_node(CollisionNode("wall"))
    wall.node().add_solid(CollisionSphere(0, 0, 0, 1.0))
    wall.node().set_into_collide_mask(BitMask32.bit(3))
    wall.set_y(3.0)
    hall.until(lambda: hall.scenes)
    assert hall.scenes[-1]["bucket"].endswith("out of sight.")
    wall.set_x(10.0)
    hall.until(lambda: hall.scenes[-1]["bucket"].endswith("in sight."))


def test_only_the_nearest_are_told_and_never_too_much(halls: Any) -> None:
    hall = halls(SceneAwareness(interval=0.0, most=3))
    for number in range(40):
        hall.convai.scene.add(hall.thing(f"crate {number}", 0.0, 3.0 + number / 2, None), "x" * 3_500)
    hall.until(lambda: hall.scenes)
    assert sorted(hall.scenes[-1]) == ["Ana", "crate 0", "crate 1"]
    hall.frames(60)
    assert all(sum(len(words) for words in scene.values()) <= 8_000 for scene in hall.scenes)


def test_things_of_one_name_are_told_apart(halls: Any) -> None:
    hall = halls()
    for x in (2.0, 4.0, 6.0):
        hall.thing("crate", x, 0.0)
    hall.until(lambda: hall.scenes and {"crate", "crate 2", "crate 3"} <= set(hall.scenes[-1]))


def test_what_connect_says_of_the_scene_is_said_all_along(halls: Any) -> None:
    hall = halls(connect_options={"scene_description": [{"name": "castle", "description": "Where we are"}]})
    hall.thing("bucket", 1.0, 0.0)
    hall.until(lambda: hall.scenes)
    assert hall.scenes[-1]["castle"] == "Where we are"


def test_without_things_nothing_is_told(halls: Any) -> None:
    hall = halls()
    hall.until(lambda: hall.guard.is_ready)
    hall.frames(100)
    assert hall.scenes == hall.contracts == []


def test_the_character_can_say_what_it_sees(halls: Any) -> None:
    hall = halls()
    hall.thing("anvil", 3.0, 0.0, "A heavy anvil")
    hall.until(lambda: hall.scenes)
    hall.guard.say("What do you see?")
    hall.until(lambda: any("A heavy anvil. Near, on the right" in line.text for line in hall.guard.transcript))


def test_things_that_come_are_targets_at_once(halls: Any) -> None:
    hall = halls(actions=["move to", "pick up"])
    finished: list[ActionFinished] = []
    hall.base.accept(ActionFinished.name, lambda character, event: finished.append(event))
    hall.until(lambda: hall.guard.is_ready)
    hall.thing("lantern", 2.0, 2.0, "A brass lantern")
    lantern = {"name": "lantern", "description": "A brass lantern"}
    hall.until(lambda: hall.contracts and lantern in hall.contracts[-1]["objects"])
    assert [person["name"] for person in hall.contracts[-1]["characters"]] == ["Ana"]
    hall.guard.say("Pick up the lantern, please.")
    hall.until(lambda: finished)
    assert finished[0].action == Action("pick up", "lantern")
    hall.until(lambda: hall.scenes[-1]["lantern"] == "A brass lantern. In your hand.")


def test_what_connect_has_declared_is_not_declared_again(halls: Any) -> None:
    hall = halls(actions=["move to"])
    hall.until(lambda: hall.guard.is_ready)
    hall.frames(100)
    assert hall.contracts == []


def test_a_character_with_a_tag_is_there_once(halls: Any) -> None:
    hall = halls()
    smith = hall.thing("Smith", 3.0, 0.0, "The smith")
    hall.convai.add_character(SMITH, smith, name="Bram", greeting=None)
    hall.thing("anvil", 1.0, 1.0)
    hall.until(lambda: hall.scenes and "Bram" in hall.scenes[-1])
    assert sorted(hall.scenes[-1]) == ["Ana", "Bram", "anvil"]


def test_other_characters_are_told_of_and_are_targets(halls: Any) -> None:
    hall = halls(actions=["move to"])
    smith = hall.base.render.attach_new_node("Smith")
    smith.set_pos(3.0, 0.0, 0.0)
    hall.convai.add_character(SMITH, smith, name="Bram", greeting=None)
    hall.thing("anvil", 1.0, 1.0)
    hall.until(lambda: hall.scenes and "Bram" in hall.scenes[-1])
    assert hall.scenes[-1]["Bram"] == "Near, on the right, in sight."
    hall.until(lambda: hall.contracts and any(one["name"] == "Bram" for one in hall.contracts[-1]["characters"]))


def test_after_a_lost_room_the_next_one_begins_with_the_latest(halls: Any) -> None:
    hall = halls()
    hall.thing("anvil", 3.0, 0.0, "A heavy anvil")
    hall.until(lambda: hall.scenes)
    hall.convai.run_soon(hall.transport.drop_rooms)
    hall.until(lambda: not hall.guard.is_ready)
    hall.until(lambda: hall.guard.is_ready)
    hall.guard.say("What do you see?")
    hall.until(lambda: any("A heavy anvil" in line.text for line in hall.guard.transcript))


def test_a_frame_costs_the_same_however_large_the_scene_is(halls: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    hall = halls()
    forest = hall.base.render.attach_new_node("forest")
    for number in range(300):
        forest.attach_new_node(f"tree {number}")
    visited = 0
    find = Thing.find

    def count(self: Thing, root: NodePath) -> None:
        nonlocal visited
        visited += 1
        find(self, root)

    monkeypatch.setattr(Thing, "find", count)
    for number in range(500):
        hall.convai.scene.add(hall.thing(f"stone {number}", number, 9.0, None))
    hall.until(lambda: hall.guard.ring.value == "talk")
    visited = 0
    hall.frames(20)
    assert visited <= 20 * 4
    late = hall.thing("late", 1.0, 1.0)
    hall.until(lambda: any(thing.node == late for thing in hall.convai.scene.things))


def test_a_level_is_searched_at_once_where_the_game_asks_for_it(halls: Any) -> None:
    hall = halls()
    level = hall.base.render.attach_new_node("level")
    lamp = level.attach_new_node("lamp")
    lamp.set_tag("convai", "An oil lamp")
    hall.convai.scene.search(hall.base.render.attach_new_node("elsewhere"))
    assert not hall.convai.scene.things
    hall.convai.scene.search()
    hall.convai.scene.search(level)
    assert [thing.node for thing in hall.convai.scene.things] == [lamp]


def test_a_node_of_many_children_is_searched_bit_by_bit(halls: Any) -> None:
    hall = halls()
    parent = hall.base.render.attach_new_node("parent")
    twice = parent.attach_new_node("twice")
    twice.set_tag("convai", "Shown in two places")
    other = hall.base.render.attach_new_node("other")
    twice.instance_to(other)
    hall.until(lambda: len(hall.convai.scene.things) == 2)
    twice.remove_node()
    parent.remove_node()
    hall.until(lambda: len(hall.convai.scene.things) == 1)
    other.remove_node()
    hall.until(lambda: not hall.convai.scene.things)


@pytest.mark.parametrize(
    "options",
    [
        {"bands": []},
        {"bands": [Band("a", 2.0), Band("b", 1.0)]},
        {"most": 0},
        {"interval": -1.0},
        {"sees": 0.0},
    ],
)
def test_what_cannot_be_says_so(options: dict[str, Any]) -> None:
    with pytest.raises(ConfigurationError):
        SceneAwareness(**options)


def test_mistakes_with_things_say_so(halls: Any) -> None:
    hall = halls()
    gate = hall.thing("gate", 1.0, 1.0, None)
    hall.convai.scene.add(gate)
    for mistake in (lambda: hall.convai.scene.add(gate), lambda: hall.convai.scene.add(NodePath())):
        with pytest.raises(ConfigurationError):
            mistake()
    hall.convai.scene.remove(gate)
    with pytest.raises(ConfigurationError, match="not known"):
        hall.convai.scene.remove(gate)
    with pytest.raises(ConfigurationError, match="Convai"):
        SceneAwareness().add(gate)


def test_the_guides_programs_run(base: ShowBase) -> None:
    guide = (Path(scene_package.__file__).parent / "README.md").read_text(encoding="utf-8")
    base.cam = base.camera = base.render.attach_new_node("ears")
    given: dict[str, Any] = {"base": base}
    for name in ("bucket", "sword", "beggar", "gate"):
        given[name] = base.render.attach_new_node(name)
    for program in re.findall(r"```python\n(.*?)```", guide, re.S):
        exec(compile(program, "README.md", "exec"), given)
    given["convai"].destroy()
