"""Whether anything stands between an eye and a thing: one ray. Main thread only."""

from __future__ import annotations

from panda3d.core import (
    BitMask32,
    CollisionHandlerQueue,
    CollisionNode,
    CollisionSegment,
    CollisionTraverser,
    LPoint3,
    NodePath,
)


class LineOfSight:
    """Looks for collision solids under ``mask``."""

    def __init__(self, mask: BitMask32) -> None:
        self._hits = CollisionHandlerQueue()
        self._traverser = CollisionTraverser("convai-sight")
        self._node = CollisionNode("convai-sight")
        self._node.add_solid(CollisionSegment(0.0, 0.0, 0.0, 0.0, 1.0, 0.0))
        self._node.set_from_collide_mask(mask)
        self._node.set_into_collide_mask(BitMask32.all_off())
        self._path = NodePath(self._node)

    def is_free(self, root: NodePath, eye: LPoint3, thing: NodePath, viewer: NodePath) -> bool:
        """Whether nothing is in between but the two themselves."""
        place = thing.get_pos(root)
        if (place - eye).length_squared() < 1e-6:
            return True
        self._path.reparent_to(root)
        self._node.set_solid(0, CollisionSegment(eye, place))
        self._traverser.clear_colliders()
        self._traverser.add_collider(self._path, self._hits)
        self._traverser.traverse(root)
        self._path.detach_node()
        return all(
            viewer.is_ancestor_of(hit.into_node_path) or thing.is_ancestor_of(hit.into_node_path)
            for hit in self._hits.entries
        )
