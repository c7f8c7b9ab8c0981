"""What of a character moves when it acts: its mover, its hand, its animations. Main thread only."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from panda3d.core import LPoint3, LRotation, LVector3, NodePath

from ..errors import ActionImpossible, ConfigurationError
from .mover import Mover, StraightLine

if TYPE_CHECKING:
    from direct.actor.Actor import Actor

_HOLDER = "convai_holder"
_HAND = LVector3(0.25, 0.45, 0.0)  # units beside, before and above the hip of a model that names no hand
_HIP = 0.55  # of the model's height


class Body:
    """What ready-made actions move; ``add_character(…, body=Body(hand="Hand.R", walk="walk"))``.

    ``actor`` plays animations (default: the character's node, where it is an Actor): ``walk`` is looped under way
    and ``idle`` afterwards, where it has them. ``hand`` holds what is picked up: a NodePath, or the name of a node
    or joint of the model (default: a point in front of the hip). ``reach`` is how near the hand has to come, in
    units, and ``distance`` how near it comes to people. Models look along +Y; one that looks along -Y has ``heading``
    180. ``hands_over(item, recipient)`` puts a thing that is given where the game wants it (default: on the ground
    between the two).
    """

    def __init__(
        self,
        *,
        mover: Mover | None = None,
        actor: Actor | None = None,
        hand: NodePath | str | None = None,
        walk: str = "walk",
        idle: str = "idle",
        reach: float = 0.9,
        distance: float = 1.6,
        heading: float = 0.0,
        hands_over: Callable[[NodePath, NodePath], None] | None = None,
    ) -> None:
        if reach < 0.0 or distance < 0.0:
            raise ConfigurationError(f"reach and distance must be >= 0, got {reach} and {distance}.")
        self.mover: Mover = mover if mover is not None else StraightLine(heading=heading)
        self.reach = reach
        self.distance = distance
        self.heading = heading
        self.hands_over = hands_over
        self.held: list[NodePath] = []
        self._actor = actor
        self._hand = hand
        self._walk = walk
        self._idle = idle
        self._node: NodePath | None = None
        self._made_hand: NodePath | None = None
        self._is_walking = False

    def belong_to(self, node: NodePath) -> None:
        """Tie the body to a character's node. Raises ConfigurationError where the hand is not in the model."""
        if self._node is not None:
            raise ConfigurationError("This Body has a character already; each one needs a Body of its own.")
        if self._actor is None:
            from direct.actor.Actor import Actor

            self._actor = node if isinstance(node, Actor) else None
        self._node = node
        if isinstance(self._hand, str):
            self._hand = self._find_hand(node, self._hand)

    @property
    def animations(self) -> tuple[str, ...]:
        """The names of the animations that it can play."""
        return tuple(self._actor.get_anim_names()) if self._actor is not None else ()

    @property
    def actor(self) -> Actor:
        """What plays animations. Raises ActionImpossible where nothing does."""
        if self._actor is None:
            raise ActionImpossible("The body has no animations.")
        return self._actor

    @property
    def hand(self) -> NodePath:
        """What holds things."""
        if isinstance(self._hand, NodePath) and not self._hand.is_empty():
            return self._hand
        if self._made_hand is None and self._node is not None:
            self._made_hand = self._node.attach_new_node("convai-hand")
            bounds = self._node.get_tight_bounds(self._node)
            height = bounds[1].z if bounds is not None else 1.8
            front = LRotation(LVector3.up(), -self.heading).xform(_HAND)
            self._made_hand.set_pos(front + LPoint3(0.0, 0.0, height * _HIP))
        if self._made_hand is None:
            raise ActionImpossible("The body belongs to nobody.")
        return self._made_hand

    def hold(self, thing: NodePath) -> None:
        """Take a thing into the hand, where it is. Raises ActionImpossible where somebody else holds it."""
        holder = thing.get_python_tag(_HOLDER)
        if holder is not None and holder is not self and thing in holder.held:
            raise ActionImpossible("Somebody else holds it.")
        thing.set_python_tag(_HOLDER, self)
        thing.wrt_reparent_to(self.hand)
        self.held.append(thing)

    def let_go(self, thing: NodePath) -> None:
        """Hold it no more; it stays where it is."""
        self.held.remove(thing)
        if not thing.is_empty():
            thing.clear_python_tag(_HOLDER)

    def begin_walking(self) -> None:
        """Loop the walk, where there is one."""
        if not self._is_walking:
            self._is_walking = True
            self._loop(self._walk)

    def stand(self) -> None:
        """Loop the idle animation, or hold still where there is none."""
        if self._is_walking:
            self._is_walking = False
            if not self._loop(self._idle) and self._actor is not None and self._walk in self.animations:
                self._actor.stop(self._walk)

    def release(self) -> None:
        """Take what was added to the model out of it again."""
        if self._made_hand is not None and not self.held:
            self._made_hand.remove_node()
            self._made_hand = None

    def _loop(self, animation: str) -> bool:
        if self._actor is None or animation not in self.animations:
            return False
        self._actor.loop(animation)
        return True

    def _find_hand(self, node: NodePath, name: str) -> NodePath:
        from ..character import find_head

        return find_head(node, name)  # nodes and joints alike
