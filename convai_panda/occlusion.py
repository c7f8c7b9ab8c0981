"""Voices behind walls are heard duller and lower: one ray from the ears to each mouth that speaks. Main thread only."""

from __future__ import annotations

from collections.abc import Sequence

from panda3d.core import (
    BitMask32,
    CollisionHandlerQueue,
    CollisionNode,
    CollisionSegment,
    CollisionTraverser,
    LPoint3,
    NodePath,
)

from .character import Character

_RAYS = 4  # cast in one frame: more voices than that take turns
_CHANGE = 0.15  # s from clear to muffled and back: a voice that comes round a corner


class Occlusion:
    """What stands between ears and mouths; ``Convai(occlusion=Occlusion())`` turns it on.

    ``mask``: which collision solids block sound (default: CollisionNode's own default; with
    ``GeomNode.get_default_collide_mask()`` whatever is drawn does, which costs more). A character's own solids and
    the listener's never do. ``gain`` is the share of the level, 0 to 1, that comes through; the treble is lost as
    well. Raises ValueError for a gain that cannot be.
    """

    def __init__(self, mask: BitMask32 | None = None, *, gain: float = 0.45) -> None:
        if not 0.0 <= gain <= 1.0:
            raise ValueError(f"gain must be between 0 and 1, got {gain}.")
        self.gain = gain
        self._blocked: dict[Character, bool] = {}
        self._turn = 0
        self._last: float | None = None
        self._hits = CollisionHandlerQueue()
        self._traverser = CollisionTraverser("convai-occlusion")
        self._node = NodePath("convai-occlusion")
        self._rays = [self._ray(number, mask) for number in range(_RAYS)]

    def update(
        self, now: float, root: NodePath, ears: LPoint3, listener: NodePath, speaking: Sequence[Character]
    ) -> None:
        """Cast this frame's rays, and let every voice come a step nearer to what they said."""
        chosen = [speaking[(self._turn + turn) % len(speaking)] for turn in range(min(_RAYS, len(speaking)))]
        self._turn += len(chosen)
        known, cast = self._blocked, self._cast(root, ears, listener, chosen) if chosen else {}
        elapsed = 0.0 if self._last is None else max(0.0, now - self._last)
        self._last = now
        blocked = {**known, **cast}
        self._blocked = {character: blocked[character] for character in speaking if character in blocked}
        for character, is_blocked in self._blocked.items():
            step = elapsed / _CHANGE if character in known else 1.0  # who begins to speak is there already
            character._muffle(is_blocked, step, self.gain)

    def close(self) -> None:
        """Take the rays out of the scene."""
        self._traverser.clear_colliders()
        self._node.remove_node()

    def _ray(self, number: int, mask: BitMask32 | None) -> tuple[NodePath, CollisionSegment]:
        segment = CollisionSegment()
        node = CollisionNode(f"ray-{number}")
        node.add_solid(segment)
        node.set_from_collide_mask(CollisionNode.get_default_collide_mask() if mask is None else mask)
        node.set_into_collide_mask(BitMask32.all_off())
        return self._node.attach_new_node(node), segment

    def _cast(
        self, root: NodePath, ears: LPoint3, listener: NodePath, characters: list[Character]
    ) -> dict[Character, bool]:
        self._node.reparent_to(root)
        self._traverser.clear_colliders()
        for character, (path, _) in zip(characters, self._rays, strict=False):
            # The solid in the node is a copy, which only the node can give for writing.
            segment = path.node().modify_solid(0)  # type: ignore[attr-defined]
            segment.set_point_a(ears)
            segment.set_point_b(character.head.get_pos(root))
            self._traverser.add_collider(path, self._hits)
        self._traverser.traverse(root)
        blocked = dict.fromkeys(characters, False)
        for hit in self._hits.entries:
            character = characters[int(hit.from_node.name.removeprefix("ray-"))]
            into = hit.into_node_path
            if not character.node.is_ancestor_of(into) and not listener.is_ancestor_of(into):
                blocked[character] = True
        return blocked
