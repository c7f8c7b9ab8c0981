"""Which characters are near, and how far they are. Main thread only.

A few nodes are looked at each frame, in turn, so that a thousand characters cost a frame no more than a dozen: near
ones some times a second, far ones every three seconds. What a node costs is mostly its cold memory, not its
arithmetic.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

from panda3d.core import LPoint3, NodePath

from .character import Character
from .in_scene import is_in_scene
from .proximity import Ring

_ROUND = 50  # searches in which each far character is looked at once: three seconds at 60 fps
_FEWEST = 8  # far characters looked at in one search, where there are so many
_MEASURED = 2  # near characters measured at a time: eight of them at 4 Hz
_CLOSE_ENOUGH = 1.5  # of the policy's radius: nearer than this is near


class Lookout:
    """The characters of one scene, and the distances of those near the ears.

    ``radius`` is the policy's: characters within it are always among ``distances``.
    """

    def __init__(self, root: NodePath, radius: float) -> None:
        self._root = root
        self._horizon = radius * _CLOSE_ENOUGH
        self._characters: list[Character] = []
        self._nodes: list[NodePath] = []  # theirs, in the same order
        self._near: list[Character] = []
        self._distances: dict[str, float] = {}
        self._far_turn = self._near_turn = 0

    @property
    def distances(self) -> Mapping[str, float]:
        """How far the near ones that are in the scene were when they were last looked at, by character id."""
        return self._distances

    def add(self, character: Character) -> None:
        """Look out for one more."""
        self._characters.append(character)
        self._nodes.append(character.node)

    def remove(self, character: Character) -> None:
        """Look out for it no more."""
        index = self._characters.index(character)
        del self._characters[index], self._nodes[index]
        if character in self._near:
            self._forget(character)

    def watch(self, character: Character) -> None:
        """Measure it however far it is, as long as it is in a ring."""
        if character not in self._near:
            self._near.append(character)

    def search(self, ears: LPoint3, *, everywhere: bool) -> list[Character]:
        """Look whether characters have come near: some of the far ones, or all after a jump of the ears.

        Gives those whose node was removed meanwhile.
        """
        removed: list[Character] = []
        root, nodes, horizon, x = self._root, self._nodes, self._horizon, ears.x
        count = len(nodes)
        if not everywhere:
            count = min(count, max(_FEWEST, -(-count // _ROUND)))
        turn = self._far_turn
        for _ in range(count):
            turn = turn + 1 if turn + 1 < len(nodes) else 0
            node = nodes[turn]
            if node.is_empty():
                removed.append(self._characters[turn])
                continue
            if abs(node.get_x(root) - x) > horizon:  # most are farther, and one number is found faster
                continue
            if (node.get_pos(root) - ears).length() > horizon:
                continue
            character = self._characters[turn]
            if character not in self._near:
                self._near.append(character)
                self._measure(character, ears)
        self._far_turn = turn
        if everywhere:
            for character in list(self._near):
                self._measure(character, ears)
        return removed

    def measure(self, ears: LPoint3) -> list[Character]:
        """Measure the distance to some of the near ones, in turn, and give those that were looked at."""
        near = self._near
        count = min(len(near), _MEASURED)
        first = self._near_turn = (self._near_turn + count) % max(1, len(near))
        looked_at = [near[(first + offset) % len(near)] for offset in range(count)]
        for character in looked_at:
            self._measure(character, ears)
        return looked_at

    def _measure(self, character: Character, ears: LPoint3) -> None:
        self._distances.pop(character.id, None)
        if character.node.is_empty():
            return
        distance = math.inf
        if is_in_scene(character.node, self._root):
            distance = self._distances[character.id] = character._distance(ears, self._root)
        if distance > self._horizon and character.ring is Ring.FAR:
            self._forget(character)

    def _forget(self, character: Character) -> None:
        self._near.remove(character)
        self._distances.pop(character.id, None)
