"""The things of a scene: nodes that the game has tagged, found a few nodes a frame. Main thread only.

node.set_tag("convai", "A wooden bucket")       # in code, or <Tag> convai { A wooden bucket } in an egg file
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from panda3d.core import LPoint3, NodePath

from ..character import TAG as TIED
from ..errors import ConfigurationError

TAG = "convai"  # its value is the description
NAME_TAG = "convai-name"  # instead of the node's own name
KIND_TAG = "convai-kind"  # "character": somebody, not something

_VISITED = 16  # nodes of the scene looked at in one frame
_PLACED = 12  # things whose place is looked at in one frame


@dataclass(slots=True, eq=False)
class Thing:
    """Something or, ``is_character``, somebody in the scene, under a name that nothing else there has."""

    name: str
    node: NodePath
    description: str = ""
    is_character: bool = False
    is_given: bool = False  # by the game, not found by its tag
    place: LPoint3 | None = None  # in the scene, when last looked at; None: not in it


class Things:
    """Everything that is tagged or given, and where it was when last looked at."""

    def __init__(self, root: NodePath) -> None:
        self._root = root
        self._things: list[Thing] = []
        self._walk = self._visit()
        self._turn = 0

    @property
    def all(self) -> list[Thing]:
        """All that are known."""
        return self._things

    def add(self, node: NodePath, *, name: str | None, description: str, is_character: bool) -> Thing:
        """Know one without a tag. Raises ConfigurationError for a node that is empty, or known already."""
        if node.is_empty():
            raise ConfigurationError("The node of a thing is empty: load or build it first.")
        if self._find(node) is not None:
            raise ConfigurationError(f"{node.name or 'This node'} is known already.")
        return self._know(node, name or node.name, description, is_character=is_character, is_given=True)

    def remove(self, node: NodePath) -> None:
        """Know it no more; a tag on it is found again. Raises ConfigurationError where it is not known."""
        thing = self._find(node)
        if thing is None:
            raise ConfigurationError(f"{node.name or 'This node'} is not known.")
        self._things.remove(thing)

    def update(self) -> None:
        """A frame's worth of looking for tags, and of looking where things are."""
        for _ in range(_VISITED):
            next(self._walk)
        for _ in range(min(_PLACED, len(self._things))):
            self._turn = (self._turn + 1) % len(self._things)
            self.look_at(self._things[self._turn])

    def look_at(self, thing: Thing) -> None:
        """See where it is now, and whether it is still there."""
        node = thing.node
        if node.is_empty() or not self._root.is_ancestor_of(node):
            thing.place = None
        else:
            thing.place = node.get_pos(self._root)
            if not thing.is_given:
                thing.description = node.get_tag(TAG)
        if not thing.is_given and (thing.place is None or not node.has_tag(TAG)):
            self._things.remove(thing)

    def _visit(self) -> Iterator[None]:
        """The whole scene, node by node, again and again."""
        while True:
            stack = [self._root]
            while stack:
                node = stack.pop()
                if not node.is_empty():
                    if node.has_tag(TAG):
                        self._notice(node)
                    stack.extend(node.children)
                yield

    def _notice(self, node: NodePath) -> None:
        is_character = node.has_python_tag(TIED)  # who can be talked to is known as somebody already
        if not is_character and self._root.is_ancestor_of(node) and self._find(node) is None:
            name = node.get_tag(NAME_TAG) or node.name
            self._know(node, name, node.get_tag(TAG), is_character=node.get_tag(KIND_TAG) == "character")

    def _know(
        self, node: NodePath, name: str, description: str, *, is_character: bool, is_given: bool = False
    ) -> Thing:
        thing = Thing(self._distinct(name or "thing"), node, description, is_character, is_given)
        self._things.append(thing)
        self.look_at(thing)
        return thing

    def _find(self, node: NodePath) -> Thing | None:
        return next((thing for thing in self._things if thing.node == node), None)

    def _distinct(self, name: str) -> str:
        """The name, with a number where it is taken: the service tells things apart by nothing else."""
        taken = {thing.name for thing in self._things}
        if name not in taken:
            return name
        return next(each for number in range(2, len(taken) + 3) if (each := f"{name} {number}") not in taken)
