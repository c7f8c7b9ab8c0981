"""What a character may be asked to do, and to what: the part of its Connect request that declares it. Main thread."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..errors import ConfigurationError
from ..protocol.connect import ActionConfig
from ..protocol.connect.parts import SceneCharacter, SceneObject
from .naming import plain

if TYPE_CHECKING:
    from panda3d.core import NodePath


@dataclass(frozen=True, slots=True)
class Target:
    """Something or, ``is_character``, somebody that an action can be about, under the name that the service uses."""

    name: str
    node: NodePath
    description: str = ""
    is_character: bool = False


@dataclass(frozen=True, slots=True)
class Contract:
    """Names of actions, and the targets that only this character has. Raises ConfigurationError.

    Contract(["pick up", "give"], [Target("bucket", bucket, "A wooden bucket")])
    """

    actions: Sequence[str]
    targets: Sequence[Target] = ()

    def __post_init__(self) -> None:
        if isinstance(self.actions, str):
            raise ConfigurationError(f"actions is a list of names: [{self.actions!r}].")
        for names, what in ((self.actions, "action"), ([target.name for target in self.targets], "target")):
            check_names(names, what)


def check_names(names: Sequence[str], what: str) -> None:
    """Raise ConfigurationError for a name that is empty or there twice."""
    seen: dict[str, str] = {}
    for name in names:
        if not name.strip():
            raise ConfigurationError(f"An {what} needs a name." if what == "action" else f"A {what} needs a name.")
        if (same := seen.get(plain(name))) is not None:
            raise ConfigurationError(f"The {what}s {same!r} and {name!r} cannot be told apart: rename one.")
        seen[plain(name)] = name


def write_config(actions: Sequence[str], targets: Sequence[Target], given: ActionConfig | None) -> ActionConfig | None:
    """The ``action_config`` of a Connect request; what the game gave itself comes first. None: it may do nothing."""
    names = {plain(name): name for name in given.action_names} if given is not None else {}
    extra = tuple(name for name in actions if plain(name) not in names)
    if not (names or extra or (given is not None and given.tools)):
        return given
    given = given or ActionConfig()
    known = {plain(thing.name) for thing in given.objects or ()} | {plain(one.name) for one in given.characters or ()}
    fresh = [target for target in targets if plain(target.name) not in known]
    objects = tuple(
        SceneObject(name=target.name, description=target.description or target.name)
        for target in fresh
        if not target.is_character
    )
    characters = tuple(
        SceneCharacter(name=target.name, bio=target.description or target.name)
        for target in fresh
        if target.is_character
    )
    return given.model_copy(
        update={
            "actions": (*(given.actions or ()), *extra),
            "objects": (*(given.objects or ()), *objects),
            "characters": (*(given.characters or ()), *characters),
        }
    )
