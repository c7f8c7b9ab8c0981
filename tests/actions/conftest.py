"""A yard on a clock of its own: a servant, a player, a bucket; each frame is a sixtieth of a second, however fast."""

from collections.abc import Callable, Iterator

import pytest
from direct.showbase.ShowBase import ShowBase
from panda3d.core import ClockObject, NodePath

from convai_panda import (
    ActionQueue,
    Body,
    Character,
    Contract,
    Convai,
    Event,
    MemoryContinuity,
    SilentVoice,
    Simulator,
    StraightLine,
    Target,
)
from convai_panda.events import EVENTS

from ..conftest import GUARD

ACTIONS = ["move to", "follow", "stop", "look at", "point", "pick up", "drop", "give", "fetch"]


class Yard:
    """What the tests of actions play in. Nobody connects: the player stands out of earshot."""

    def __init__(self, base: ShowBase) -> None:
        self.base = base
        self.events: list[Event] = []
        self.player = base.render.attach_new_node("Ana")
        self.player.set_pos(0.0, 30.0, 1.7)
        self.convai = Convai(
            base,
            transport=Simulator(),
            voice=SilentVoice(),
            listener=self.player,
            continuity=MemoryContinuity(),
            player_name="Ana",
        )
        self.node = base.render.attach_new_node("Servant")
        self.bucket = self.thing("bucket", 6.0, 0.0)
        for event in EVENTS:
            base.accept(event.name, lambda character, event: self.events.append(event))
        self._servant: Character | None = None

    def thing(self, name: str, x: float, y: float) -> NodePath:
        node = self.base.render.attach_new_node(name)
        node.set_pos(x, y, 0.0)
        return node

    def hire(self, body: Body | None = None, actions: list[str] | None = None, *targets: Target) -> Character:
        targets = targets or (Target("bucket", self.bucket, "A wooden bucket"),)
        self._servant = self.convai.add_character(
            GUARD,
            self.node,
            name="Servant",
            actions=Contract(ACTIONS if actions is None else actions, targets),
            body=body or Body(mover=StraightLine(speed=4.0)),
        )
        return self._servant

    @property
    def servant(self) -> Character:
        return self._servant or self.hire()

    @property
    def queue(self) -> ActionQueue:
        return self.servant.actions

    def run(self, seconds: float) -> None:
        for _ in range(round(seconds * 60)):
            self.base.task_mgr.step()

    def until(self, condition: Callable[[], object], within: float = 30.0) -> None:
        for _ in range(round(within * 60)):
            if condition():
                return
            self.base.task_mgr.step()
        raise AssertionError(f"Not within {within:g} s of the yard's time; told: {self.told()}")

    def do(self, name: str, target: str | None = None) -> None:
        """Ask for it and wait until nothing is left to do."""
        self.queue.do(name, target)
        self.until(lambda: self.queue.current is None and not self.queue.waiting)

    def told(self) -> list[str]:
        """What happened to which action."""
        return [f"{type(event).__name__} {event.action}" for event in self.events if hasattr(event, "action")]

    def distance(self, one: NodePath, other: NodePath) -> float:
        way = one.get_pos(self.base.render) - other.get_pos(self.base.render)
        return float(way.xy.length())


@pytest.fixture
def yard(base: ShowBase) -> Iterator[Yard]:
    mode, step = base.clock.get_mode(), base.clock.get_dt()
    base.clock.set_mode(ClockObject.M_non_real_time)
    base.clock.set_dt(1 / 60)
    yard = Yard(base)
    yield yard
    yard.convai.destroy()
    base.ignore_all()
    base.clock.set_dt(step)
    base.clock.set_mode(mode)
