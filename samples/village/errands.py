"""What villagers can do beyond what every character can: one function each, declared by its name in their sheets.

Main thread only. What is not here, such as "follow" and "move to", is ready-made in convai_panda.
"""

from __future__ import annotations

from collections.abc import Callable, Generator

from panda3d.core import LPoint3, NodePath

from convai_panda import ActionImpossible, Job, Target
from convai_panda.actions.ready_made import walk
from samples.village import props
from samples.village.geometry import Mesh
from samples.village.scenery import Village
from samples.village.villagers import Villager

Steps = Generator[None, None, str | None]

LIMIT = 120.0  # s: the way through the whole village and back
_DRAWING = 2.5  # s until a bucket of water is up
_SWING = 2.0  # s for the gate
_HAMMERING = 3.0  # s

_PLACES = {
    "well": "The well in the middle of the square",
    "forge": "The smith's forge",
    "bakery": "The bakery",
    "market": "The stall at the market",
    "pond": "The pond",
    "gate": "The gate in the south",
}
_STORY = (
    "<speak>One night off the cape the fog came down like wool. No star, no shore. Then, far off, a small blue light. "
    "I steered for it till dawn, and it was our lantern.</speak>"
)


class Errands:
    """The village's own actions, for one village."""

    def __init__(self, village: Village) -> None:
        self._village = village
        self._places: dict[str, NodePath] = {}
        for name in _PLACES:
            place = village.node.attach_new_node(f"place-{name}")
            place.set_pos(village.spots[name][0])
            self._places[name] = place

    @property
    def targets(self) -> list[Target]:
        """The places that everybody knows."""
        return [Target(name, self._places[name], description) for name, description in _PLACES.items()]

    def find(self, name: str, body: Villager) -> Callable[[Job], Steps] | None:
        """How somebody with a body does what is called that; None where it is not the village's own."""
        known: dict[str, Callable[[Job, Villager], Steps]] = {
            "fetch water": self._fetch_water,
            "open the gate": lambda job, body: self._swing_gate(job, 1.0),
            "close the gate": lambda job, body: self._swing_gate(job, 0.0),
            "fit the glass": self._fit_glass,
            "give the glass": _give_glass,
            "tell a story": _tell_story,
            "wave": _wave,
        }
        errand = known.get(name)
        return None if errand is None else lambda job: errand(job, body)

    def _fetch_water(self, job: Job, body: Villager) -> Steps:
        """From the well to the market, and back to where they were."""
        home = LPoint3(job.node.get_pos())
        yield from walk(job, self._places["well"], near=0.6)
        yield from _stand(job, _DRAWING)
        bucket = NodePath(_bucket().node("Bucket"))
        bucket.reparent_to(body.hand)
        try:
            yield from walk(job, self._places["market"], near=1.6)
            bucket.wrt_reparent_to(self._village.node)
            bucket.set_pos_hpr(job.node.get_pos() + LPoint3(0.5, 0.2, 0.0), (0, 0, 0))
            yield from _stand(job, 1.0)
        except GeneratorExit:
            bucket.remove_node()  # given up under way: it is spilt
            raise
        back = self._village.node.attach_new_node("home")
        back.set_pos(home)
        try:
            yield from walk(job, back, near=0.5)
        finally:
            back.remove_node()
        return "You have brought Amara a bucket of water."

    def _swing_gate(self, job: Job, openness: float) -> Steps:
        word = "open" if openness > 0.5 else "shut"
        if abs(self._village.openness - openness) < 0.01:
            raise ActionImpossible(f"The gate is {word} already.")
        yield from walk(job, self._places["gate"], near=1.5)
        start = self._village.openness
        began = job.elapsed
        while job.elapsed - began < _SWING:
            self._village.set_gate(start + (openness - start) * (job.elapsed - began) / _SWING)
            yield
        self._village.set_gate(openness)
        return f"The gate is {word}."

    def _fit_glass(self, job: Job, body: Villager) -> Steps:
        yield from walk(job, self._places["forge"], near=0.8)
        began = job.elapsed
        while job.elapsed - began < _HAMMERING:
            body.wave(0.4)
            yield
        return "The glass is in its frame."


def _give_glass(job: Job, body: Villager) -> Steps:
    yield from walk(job, job.player, near=1.2)
    body.wave(0.6)
    yield from _stand(job, 0.6)
    return "The traveller has the blue pane."


def _tell_story(job: Job, body: Villager) -> Steps:
    while job.character.is_speaking:
        yield
    job.character.trigger("sea-story", message=_STORY)
    return None


def _wave(job: Job, body: Villager) -> Steps:
    body.wave()
    yield from _stand(job, 1.8)
    return None


def _stand(job: Job, seconds: float) -> Steps:
    began = job.elapsed
    while job.elapsed - began < seconds:
        yield
    return None


def _bucket() -> Mesh:
    mesh = Mesh()
    props.bucket(mesh, (0.0, 0.0, -0.35))
    return mesh
