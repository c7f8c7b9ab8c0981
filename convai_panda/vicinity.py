"""Where the ears are, who is near them, and in which ring: found out a piece a frame. Main thread only."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from panda3d.core import LMatrix4, LPoint3, LVector3, NodePath

from .character import Character
from .lookout import Lookout
from .proximity import ProximityPolicy, Ring

_JUMP = 0.25  # of the policy's radius in one frame: the player was put somewhere else
_PIECES = 75  # a second, or one a frame where that is fewer


class Vicinity:
    """The characters of one scene, as the player stands to them.

    ``listen`` is told where the ears are and where they look whenever that changes, ``cross`` who has come into
    another ring. Some times a second ``attend`` is told of each that is near or has lost its node, and ``beside`` is
    called.
    """

    def __init__(
        self,
        root: NodePath,
        listener: NodePath,
        policy: ProximityPolicy,
        now: float,
        *,
        listen: Callable[[LPoint3, LVector3, LVector3], None],
        attend: Callable[[Character], None],
        cross: Callable[[str, Ring], None],
        beside: Callable[[], None],
    ) -> None:
        self._root = root
        self._listener = listener
        self._policy = policy
        self._listen = listen
        self._attend = attend
        self._cross = cross
        self._lookout = Lookout(root, policy.radius)
        self._rings: Mapping[str, Ring] = {}
        self._stance: LMatrix4 | None = None
        self._ears = LPoint3(listener.get_pos(root))
        self._stride = policy.radius * _JUMP
        self._chosen_at, self._chosen_from = now, self._ears
        self._pieces = (self._search, self._measure, self._choose, beside, self._search, self._measure, beside)
        self._turn = 0
        self._now = now

    @property
    def ears(self) -> LPoint3:
        """Where they are in the scene."""
        return self._ears

    @property
    def rings(self) -> Mapping[str, Ring]:
        """The ring of each character that is not FAR, by id."""
        return self._rings

    @property
    def distances(self) -> Mapping[str, float]:
        """How far those near were when they were last looked at, by id."""
        return self._lookout.distances

    def add(self, character: Character) -> None:
        """Look out for one more."""
        self._lookout.add(character)

    def remove(self, character: Character) -> None:
        """Look out for it no more."""
        self._lookout.remove(character)
        # The policy goes by ids: whoever comes under this one has to be told of its ring anew.
        self._rings = {key: ring for key, ring in self._rings.items() if key != character.id}

    def watch(self, character: Character) -> None:
        """Measure it however far it is, as long as it is in a ring."""
        self._lookout.watch(character)

    def update(self, now: float, elapsed: float, *, looks: bool) -> None:
        """Follow the ears, all at once when the player jumps.

        With ``looks``, also do the next of what is done in turn, or more of it where frames are few.
        """
        self._now = now
        if self._hear():
            self._search(everywhere=True)
            self._choose(stands_anew=True)
        for _ in range(min(len(self._pieces), max(1, round(elapsed * _PIECES))) if looks else 0):
            self._turn = (self._turn + 1) % len(self._pieces)
            self._pieces[self._turn]()

    def _hear(self) -> bool:
        """Put the ears where they are now; whether they got there faster than anybody runs."""
        if self._listener.is_empty():
            return False
        mat = self._listener.get_mat(self._root)
        if mat == self._stance:  # nothing has moved
            return False
        self._stance = mat
        was, self._ears = self._ears, LPoint3(mat.get_row3(3))
        self._listen(self._ears, LVector3(mat.get_row3(1)), LVector3(mat.get_row3(2)))
        return (self._ears - was).length() > self._stride

    def _search(self, *, everywhere: bool = False) -> None:
        for character in self._lookout.search(self._ears, everywhere=everywhere):
            self._attend(character)

    def _measure(self) -> None:
        for character in self._lookout.measure(self._ears):
            self._attend(character)

    def _choose(self, *, stands_anew: bool = False) -> None:
        """Ask the policy about everybody near, and pass on what it says."""
        elapsed, moved = self._now - self._chosen_at, (self._ears - self._chosen_from).length()
        self._chosen_at, self._chosen_from = self._now, self._ears
        pace = moved / elapsed if elapsed > 0.0 and not stands_anew else 0.0
        rings = self._policy.choose(self._lookout.distances, self._now, pace)
        if rings != self._rings:
            was, self._rings = self._rings, rings
            for key in {**was, **rings}:  # in order, so that the same walk is told the same way each time
                self._cross(key, rings.get(key, Ring.FAR))
