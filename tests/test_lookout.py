"""Who is near, when only a few are looked at each frame."""

from collections.abc import Callable

import pytest
from panda3d.core import LPoint3, NodePath

from convai_panda.character import Character
from convai_panda.lookout import Lookout
from convai_panda.proximity import Ring

RADIUS = 10.0
EARS = LPoint3(0, 0, 0)
A_ROUND = 120  # searches: two seconds at 60 fps, every second frame; with some to spare


class Scene:
    def __init__(self) -> None:
        self.root = NodePath("root")
        self.lookout = Lookout(self.root, RADIUS)

    def add(self, name: str, x: float) -> Character:
        node = self.root.attach_new_node(name)
        node.set_x(x)
        character = Character(name, node, name=name, head=node, send=print, hold=print, cut=print)
        self.lookout.add(character)
        return character

    def look_until(self, condition: Callable[[], bool]) -> None:
        for _ in range(A_ROUND):
            self.lookout.search(EARS, everywhere=False)
            self.lookout.measure(EARS)
            if condition():
                return
        pytest.fail("not noticed within a round")

    def knows(self, character: Character) -> bool:
        return character.id in self.lookout.distances


@pytest.fixture
def scene() -> Scene:
    return Scene()


def test_one_of_a_thousand_that_comes_near_is_noticed_within_a_round(scene: Scene) -> None:
    characters = [scene.add(f"npc-{number}", 500.0 + number) for number in range(1_000)]
    walker = characters[617]
    walker.node.set_x(6.0)
    scene.look_until(lambda: scene.knows(walker))
    assert scene.lookout.distances == {walker.id: pytest.approx(6.0)}


def test_after_a_jump_everybody_near_is_known_at_once(scene: Scene) -> None:
    characters = [scene.add(f"npc-{number}", number * 1.0) for number in range(1_000)]
    scene.lookout.search(EARS, everywhere=True)
    for character in characters[: int(RADIUS) + 1]:
        assert scene.lookout.distances[character.id] == pytest.approx(character.node.get_x())
    assert not scene.knows(characters[500])


def test_each_of_many_near_ones_is_measured_again_and_again(scene: Scene) -> None:
    characters = [scene.add(f"npc-{number}", 1.0) for number in range(20)]
    scene.lookout.search(EARS, everywhere=True)
    for character in characters:
        character.node.set_x(2.0)
    scene.look_until(lambda: all(distance > 1.5 for distance in scene.lookout.distances.values()))


def test_one_that_goes_is_forgotten_unless_it_is_in_a_ring(scene: Scene) -> None:
    goer, partner = scene.add("goer", 1.0), scene.add("partner", 1.0)
    scene.lookout.search(EARS, everywhere=True)
    partner._ring = Ring.TALK
    goer.node.set_x(400.0)
    partner.node.set_x(400.0)
    scene.look_until(lambda: not scene.knows(goer))
    assert scene.lookout.distances == {partner.id: pytest.approx(400.0)}


def test_one_that_is_watched_is_measured_however_far_it_is(scene: Scene) -> None:
    caller = scene.add("caller", 900.0)
    caller._ring = Ring.TALK
    scene.lookout.watch(caller)
    scene.look_until(lambda: scene.knows(caller))


def test_one_out_of_the_scene_has_no_distance(scene: Scene) -> None:
    guard = scene.add("guard", 1.0)
    scene.lookout.search(EARS, everywhere=True)
    guard._ring = Ring.TALK
    guard.node.detach_node()
    scene.look_until(lambda: not scene.knows(guard))
    guard.node.reparent_to(scene.root)
    scene.look_until(lambda: scene.knows(guard))


def test_one_in_a_stashed_part_of_the_scene_has_no_distance(scene: Scene) -> None:
    level = scene.root.attach_new_node("level")
    guard = scene.add("guard", 1.0)
    guard.node.reparent_to(level)
    scene.lookout.search(EARS, everywhere=True)
    level.stash()
    scene.look_until(lambda: not scene.knows(guard))
    level.unstash()
    scene.look_until(lambda: scene.knows(guard))


def test_a_far_one_whose_node_was_removed_is_told_of(scene: Scene) -> None:
    guard, smith = scene.add("guard", 500.0), scene.add("smith", 500.0)
    assert scene.lookout.search(EARS, everywhere=True) == []
    guard.node.remove_node()
    smith.node.detach_node()
    assert scene.lookout.search(EARS, everywhere=True) == [guard]


def test_one_that_was_removed_is_looked_for_no_more(scene: Scene) -> None:
    guard, smith = scene.add("guard", 1.0), scene.add("smith", 2.0)
    scene.lookout.search(EARS, everywhere=True)
    scene.lookout.remove(guard)
    assert scene.lookout.distances.keys() == {smith.id}
    assert scene.lookout.measure(EARS) == [smith]
