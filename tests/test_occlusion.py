"""Voices behind walls, in the scene and in the real mix."""

from collections.abc import Iterator

import pytest
from direct.showbase.ShowBase import ShowBase
from panda3d.core import CollisionBox, CollisionNode, LPoint3, NodePath

from convai_panda import Convai, MemoryContinuity, Nearest, Occlusion, Simulator, SpeechFinished
from convai_panda.character import Character

from .conftest import Village


class Scene:
    """Ears at the origin and characters north of them, as many as wanted."""

    def __init__(self, occlusion: Occlusion) -> None:
        self.root = NodePath("root")
        self.listener = self.root.attach_new_node("listener")
        self.occlusion = occlusion
        self.now = 0.0

    def add(self, name: str, x: float = 0.0) -> Character:
        node = self.root.attach_new_node(name)
        node.set_pos(x, 10, 0)
        return Character(name, node, name=name, head=node, send=print, hold=print, cut=print)

    def frame(self, *speaking: Character, seconds: float = 0.016) -> None:
        self.now += seconds
        self.occlusion.update(self.now, self.root, LPoint3(0), self.listener, speaking)


@pytest.fixture
def scene() -> Iterator[Scene]:
    occlusion = Occlusion()
    yield Scene(occlusion)
    occlusion.close()


def wall(parent: NodePath, x: float = 0.0, y: float = 5.0) -> NodePath:
    node = CollisionNode("wall")
    node.add_solid(CollisionBox(LPoint3(x, y, 0), 2.0, 0.1, 2.0))
    return parent.attach_new_node(node)


def test_a_wall_in_between_muffles_and_one_beside_does_not(scene: Scene) -> None:
    guard, smith = scene.add("guard"), scene.add("smith", x=30.0)
    wall(scene.root)
    scene.frame(guard, smith)
    assert guard._muffling == 1.0
    assert smith._muffling == 0.0


def test_coming_round_the_corner_is_heard_step_by_step(scene: Scene) -> None:
    guard = scene.add("guard")
    standing = wall(scene.root)
    scene.frame(guard)
    standing.remove_node()
    shares = []
    while guard._muffling > 0.0:
        scene.frame(guard)
        shares.append(guard._muffling)
    assert shares == sorted(shares, reverse=True)
    assert len(shares) == 10  # 0.15 s at 60 fps


def test_bodies_do_not_stand_in_the_way_of_their_own_voice_and_ears(scene: Scene) -> None:
    guard = scene.add("guard")
    wall(guard.node, y=0.0)
    wall(scene.listener, y=0.0)
    scene.frame(guard)
    assert guard._muffling == 0.0


def test_more_voices_than_rays_take_turns(scene: Scene) -> None:
    crowd = [scene.add(f"npc-{number}") for number in range(10)]
    wall(scene.root)
    scene.frame(*crowd)
    assert sum(character._muffling for character in crowd) == 4.0
    scene.frame(*crowd)
    scene.frame(*crowd)
    assert all(character._muffling == 1.0 for character in crowd)


def test_a_gain_that_cannot_be_is_refused() -> None:
    with pytest.raises(ValueError, match="gain"):
        Occlusion(gain=2.0)


def test_a_wall_is_heard_in_the_mix_and_nothing_of_it_stays(base: ShowBase) -> None:
    player = base.render.attach_new_node("player")
    convai = Convai(
        base,
        transport=Simulator(),
        listener=player,
        proximity=Nearest(linger=0.5),
        continuity=MemoryContinuity(),
        occlusion=Occlusion(gain=0.25),
    )
    village = Village(base, convai)
    village.listen()
    village.stand(0.0, -2.0)
    standing = wall(base.render, y=-1.0)
    standing.set_z(1.7)
    village.until(lambda: len(village.told(SpeechFinished)) == 1)
    standing.remove_node()
    village.guard.say("And now?")
    village.until(lambda: len(village.told(SpeechFinished)) == 2)
    convai.destroy()
    assert base.render.find("**/convai-occlusion").is_empty()
    base.ignore_all()
    mix = village.mix()
    behind, clear, *_ = (mix.between(*stretch).level()[0] for stretch in mix.sounding(threshold=-65.0, pause=0.6))
    assert behind < clear - 10.0
