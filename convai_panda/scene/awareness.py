"""Lets the characters near the player know what is around them, and tells them only what has changed. Main thread.

An update costs the same however large the scene is: a few nodes are searched for tags, and one character measures
or looks at a few things. Nothing at all is done while the player is alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from panda3d.core import BitMask32, LRotation, LVector3, NodePath

from ..actions.contract import Target
from ..character import Character
from ..errors import ConfigurationError
from ..in_scene import is_in_scene
from ..protocol.client import UpdateSceneMetadata
from ..protocol.connect.parts import SceneObject
from .people import People
from .sight import LineOfSight
from .things import Thing, Things
from .view import BANDS, Band, Sight, find_band, find_direction, is_in_field

_MEASURED = 8  # things of which a character finds out in one update how far they are
_CHARACTERS = 8_000  # of one message: half of what the service takes, 2,000 tokens


@dataclass(slots=True)
class _View:
    """What one character has seen, and what it has been told.

    A round is: measure all things, look at the nearest, tell what has changed.
    """

    sights: dict[Thing, Sight] = field(default_factory=dict)
    has_changed: bool = False
    unmeasured: list[Thing] = field(default_factory=list)
    around: list[tuple[float, int, Thing]] = field(default_factory=list)
    waiting: list[Thing] = field(default_factory=list)  # still to be looked at in this round
    told: tuple[SceneObject, ...] = ()
    told_at: float = float("-inf")
    targets: tuple[str, ...] = ()


class SceneAwareness:
    """What characters know of the scene; ``Convai(scene=SceneAwareness(…))``, then ``convai.scene``.

    Nodes tagged ``convai`` are things, with the tag's value as description; ``convai-name`` gives another name than
    the node's, ``convai-kind`` "character" makes it somebody. ``add()`` does without tags. The nearest ``most``
    within the last of ``bands`` are told, at most once in ``interval`` seconds and only when something has changed.
    ``sees`` is the field of view in degrees; ``walls`` a mask of collision solids that hide what is behind them
    (None: nothing does). ``heading`` is 180 where characters' models look along -Y.

    Raises ConfigurationError where something cannot be.
    """

    def __init__(
        self,
        *,
        bands: Sequence[Band] = BANDS,
        most: int = 24,
        interval: float = 2.0,
        sees: float = 200.0,
        walls: BitMask32 | None = None,
        heading: float = 0.0,
    ) -> None:
        limits = [band.limit for band in bands]
        if not limits or limits != sorted(set(limits)) or limits[0] <= 0.0:
            raise ConfigurationError(f"bands must have rising limits above 0, got {limits}.")
        if most < 1 or interval < 0.0 or not 0.0 < sees <= 360.0:
            raise ConfigurationError(f"most >= 1, interval >= 0, 0 < sees <= 360: got {most}, {interval} and {sees}.")
        self._bands = tuple(bands)
        self._most = most
        self._interval = interval
        self._sees = sees
        self._heading = heading
        self._sight = LineOfSight(walls) if walls is not None else None
        self._things: Things | None = None
        self._people: People | None = None
        self._learn: Callable[[Character], None] = lambda character: None
        self._given: dict[Character, tuple[SceneObject, ...]] = {}
        self._views: dict[Character, _View] = {}
        self._turn = 0
        self._root: NodePath = NodePath()

    def serve(
        self,
        root: NodePath,
        *,
        player: Target,
        near: Callable[[], Iterable[Character]],
        learn: Callable[[Character], None],
    ) -> None:
        """Belong to a scene: ``near`` gives the characters near the player, ``learn`` is told of new targets."""
        if self._things is not None:
            raise ConfigurationError("This SceneAwareness serves a Convai already; each one needs its own.")
        self._things = Things(root)
        self._root = root
        self._people = People(player, near)
        self._learn = learn

    def admit(self, character: Character, given: Sequence[SceneObject]) -> None:
        """One more character; ``given`` is what its Connect request says of the scene, which is said all along."""
        if given:
            self._given[character] = tuple(given)

    def dismiss(self, character: Character) -> None:
        """One less."""
        self._given.pop(character, None)
        self._views.pop(character, None)

    @property
    def things(self) -> tuple[Thing, ...]:
        """All that was found or given so far."""
        return tuple(self._known.all)

    def add(
        self, node: NodePath, description: str = "", *, name: str | None = None, is_character: bool = False
    ) -> Thing:
        """Let characters know of a node without a tag. Raises ConfigurationError."""
        return self._known.add(node, name=name, description=description, is_character=is_character)

    def search(self, root: NodePath | None = None) -> None:
        """Find every tag at or under ``root`` (default: in the scene) now, after a level was loaded for example.

        It takes about a millisecond for 5,000 nodes. Without it, tags are found bit by bit.
        """
        self._known.search(self._root if root is None else root)

    def remove(self, node: NodePath) -> None:
        """Let them know of it no more. Raises ConfigurationError."""
        self._known.remove(node)

    def targets(self, character: Character) -> list[Target]:
        """What a character could act on: what it knows to be around."""
        view = self._views.get(character)
        if view is None:
            return []
        return [
            Target(thing.name, thing.node, thing.description, thing.is_character)
            for thing in sorted(view.sights, key=lambda thing: thing.name)
            if thing.place is not None
        ]

    def update(self, characters: Sequence[Character], now: float) -> None:
        """A bit of looking around for the characters that are in a ring; ask some times a second."""
        if not characters:
            self._views.clear()
            return
        self._known.update()
        self._turn = (self._turn + 1) % len(characters)
        if self._turn == 0:
            self._views = {each: self._views.get(each) or _View() for each in characters}
        character = characters[self._turn]
        view = self._views.get(character)
        if view is None or character.node.is_empty():
            return
        if self._known.all or view.told or character.actions.names:
            self._look(character, view, now)

    @property
    def _known(self) -> Things:
        if self._things is None:
            raise ConfigurationError("Give this SceneAwareness to a Convai first: Convai(scene=…).")
        return self._things

    def _look(self, character: Character, view: _View, now: float) -> None:
        """The next bit of a round."""
        if view.unmeasured:
            self._measure(character, view)
        elif view.around:
            self._choose(view)
        elif view.waiting:
            self._see(character, view, view.waiting.pop())
        else:
            if character.is_ready:
                self._tell(character, view, now)
            view.unmeasured = [*self._known.all, *(self._people.around() if self._people is not None else ())]

    def _measure(self, character: Character, view: _View) -> None:
        """Note some of what is near enough to be told."""
        here, reach = character.node.get_pos(self._root), self._bands[-1].limit * 1.1
        for thing in view.unmeasured[-_MEASURED:]:
            if thing.is_person:
                thing.find(self._root)
            if thing.place is not None and thing.node != character.node:
                distance = (thing.place - here).length()
                if distance <= reach:
                    view.around.append((distance, len(view.around), thing))
        del view.unmeasured[-_MEASURED:]
        if not view.unmeasured and not view.around:
            self._choose(view)

    def _choose(self, view: _View) -> None:
        """Look at the nearest next, and forget what is not among them."""
        view.around.sort()
        view.waiting = [thing for _, _, thing in reversed(view.around[: self._most])]
        view.around = []
        for lost in [thing for thing in view.sights if thing not in view.waiting]:
            self._lose(view, lost)

    def _lose(self, view: _View, thing: Thing) -> None:
        if view.sights.pop(thing, None) is not None:
            view.has_changed = True

    def _see(self, character: Character, view: _View, thing: Thing) -> None:
        was = view.sights.get(thing)
        node = thing.node
        if not is_in_scene(node, self._root):
            self._lose(view, thing)
            return
        way = node.get_pos(self._root) - character.node.get_pos(self._root)
        if thing.is_character:
            way.z = 0.0  # eyes are as high as eyes
        band = find_band(self._bands, way.length(), was.band if was is not None else None)
        if band is None:
            self._lose(view, thing)
            return
        seen_from = LRotation(LVector3.up(), -self._heading) * LRotation(character.node.get_quat(self._root))
        seen_from.conjugate_in_place()
        way = LVector3(seen_from.xform(way))
        is_held = thing.node in character.actions.body.held
        sight = Sight(
            band,
            find_direction(way, was.direction if was is not None else None),
            self._is_in_sight(character, node, way),
            is_held,
            thing.description,
        )
        if sight != was:
            view.sights[thing] = sight
            view.has_changed = True

    def _is_in_sight(self, character: Character, node: NodePath, way: LVector3) -> bool:
        if not is_in_field(way, self._sees) or not node.get_hidden_ancestor().is_empty():
            return False
        if self._sight is None:
            return True
        return self._sight.is_free(self._root, character.head.get_pos(self._root), node, character.node)

    def _tell(self, character: Character, view: _View, now: float) -> None:
        if not view.has_changed or now - view.told_at < self._interval:
            return
        view.has_changed = False
        scene = self._words(view, self._given.get(character, ()))
        if (self._known.all or view.told) and scene != view.told:
            view.told, view.told_at = scene, now
            character._keep(UpdateSceneMetadata(scene_metadata=scene))
        targets = tuple(sorted(thing.name for thing in view.sights))
        if targets != view.targets:
            view.targets, view.told_at = targets, now
            self._learn(character)

    def _words(self, view: _View, given: tuple[SceneObject, ...]) -> tuple[SceneObject, ...]:
        """What is around, in an order that does not change with every step, as much as fits."""
        left, scene = _CHARACTERS - sum(len(each.name) + len(each.description) for each in given), []
        near_first = sorted(view.sights.items(), key=lambda item: (self._bands.index(item[1].band), item[0].name))
        for thing, sight in near_first:
            each = SceneObject(name=thing.name, description=sight.words())
            left -= len(each.name) + len(each.description)
            if left < 0:
                break
            scene.append(each)
        return (*given, *sorted(scene, key=lambda each: each.name))
