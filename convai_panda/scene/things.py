"""The things of a scene: nodes that the game has tagged, found a few nodes at a time. Main thread only.

node.set_tag("convai", "A wooden bucket")       # in code, or <Tag> convai { A wooden bucket } in an egg file
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count

from panda3d.core import LPoint3, NodePath

from ..character import TAG as TIED
from ..errors import ConfigurationError
from ..in_scene import is_in_scene

TAG = "convai"  # its value is the description
NAME_TAG = "convai-name"  # instead of the node's own name
KIND_TAG = "convai-kind"  # "character": somebody, not something

_VISITED = 5  # nodes of the scene looked at in one update
_PLACED = 3  # things whose place is looked at in one update


@dataclass(slots=True, eq=False)
class Thing:
    """Something or, ``is_character``, somebody in the scene, under a name that nothing else there has."""

    name: str
    node: NodePath
    description: str = ""
    is_character: bool = False
    is_given: bool = False  # by the game, not found by its tag
    is_person: bool = False  # the player or another character, known without being given
    place: LPoint3 | None = None  # in the scene, when last looked at; None: not in it

    def find(self, root: NodePath) -> None:
        """Look where it is now."""
        self.place = self.node.get_pos(root) if is_in_scene(self.node, root) else None


class Things:
    """Everything that is tagged or given, and where it was when last looked at."""

    def __init__(self, root: NodePath) -> None:
        self._root = root
        self._things: list[Thing] = []
        self._by_key: dict[int, Thing] = {}
        self._names: set[str] = set()
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
        if node.get_key() in self._by_key:
            raise ConfigurationError(f"{node.name or 'This node'} is known already.")
        return self._know(node, name or node.name, description, is_character=is_character, is_given=True)

    def remove(self, node: NodePath) -> None:
        """Know it no more; a tag on it is found again. Raises ConfigurationError where it is not known."""
        thing = self._by_key.get(node.get_key()) if not node.is_empty() else None
        if thing is None:
            raise ConfigurationError(f"{node.name or 'This node'} is not known.")
        self._forget(thing)

    def search(self, root: NodePath) -> None:
        """Find every tag at or under a node now."""
        for node in [root, *root.find_all_matches(f"**/={TAG}")]:
            if node.has_tag(TAG):
                self._notice(node)

    def update(self) -> None:
        """A bit of looking for tags, and of looking where things are."""
        for _ in range(_VISITED):
            next(self._walk)
        for _ in range(min(_PLACED, len(self._things))):
            self._turn = (self._turn + 1) % len(self._things)
            self.look_at(self._things[self._turn])

    def look_at(self, thing: Thing) -> None:
        """See where it is now, and whether it is still there."""
        thing.find(self._root)
        if thing.is_given:
            return
        if thing.place is None or not thing.node.has_tag(TAG):
            self._forget(thing)
        else:
            thing.description = thing.node.get_tag(TAG)

    def _visit(self) -> Iterator[None]:
        """The whole scene, node by node, again and again; never all children of a node at once."""
        while True:
            yield
            branches = [(self._root, self._root.node(), 0)]
            while branches:
                path, parent, index = branches.pop()
                if index >= parent.get_num_children():
                    continue
                branches.append((path, parent, index + 1))
                node = parent.get_child(index)
                is_branch = node.get_num_children() > 0
                if is_branch or node.has_tag(TAG):
                    here = NodePath(path, node)
                    if node.has_tag(TAG):
                        self._notice(here)
                    if is_branch:
                        branches.append((here, node, 0))
                yield

    def _notice(self, node: NodePath) -> None:
        is_character = node.has_python_tag(TIED)  # who can be talked to is known as somebody already
        if not is_character and node.get_key() not in self._by_key and is_in_scene(node, self._root):
            name = node.get_tag(NAME_TAG) or node.name
            self._know(node, name, node.get_tag(TAG), is_character=node.get_tag(KIND_TAG) == "character")

    def _know(
        self, node: NodePath, name: str, description: str, *, is_character: bool, is_given: bool = False
    ) -> Thing:
        thing = Thing(self._distinct(name or "thing"), node, description, is_character, is_given)
        self._things.append(thing)
        self._names.add(thing.name)
        self._by_key[node.get_key()] = thing
        self.look_at(thing)
        return thing

    def _forget(self, thing: Thing) -> None:
        thing.place = None
        self._things.remove(thing)
        self._names.remove(thing.name)
        self._by_key = {key: each for key, each in self._by_key.items() if each is not thing}

    def _distinct(self, name: str) -> str:
        """The name, with a number where it is taken: the service tells things apart by nothing else."""
        if name not in self._names:
            return name
        return next(each for number in count(2) if (each := f"{name} {number}") not in self._names)
