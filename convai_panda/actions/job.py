"""What the code of an action is given: who, what, to what, and how much time has passed. Main thread only."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from panda3d.core import NodePath

from ..errors import ActionImpossible
from ..events.doing import Action
from .body import Body

if TYPE_CHECKING:
    from ..character import Character


class Job:
    """One action under way.

    ``target`` is the node that the action names (None where it names none, or nothing that is known), ``player``
    the one who listens, ``seconds`` the time since the last step, ``elapsed`` since the first.
    """

    def __init__(
        self,
        character: Character,
        action: Action,
        *,
        body: Body,
        player: NodePath,
        target: NodePath | None,
        is_person: bool = False,
        is_awaited: Callable[[], bool] = lambda: False,
    ) -> None:
        self.character = character
        self.action = action
        self.body = body
        self.player = player
        self.target = target
        self.is_person = is_person  # the target is
        self.seconds = 0.0
        self.elapsed = 0.0
        self._is_awaited = is_awaited

    def __repr__(self) -> str:
        return f"<Job {self.action} of {self.character.name}>"

    @property
    def node(self) -> NodePath:
        """The character's node."""
        return self.character.node

    @property
    def is_awaited(self) -> bool:
        """Whether another action waits for this one to end: what would go on for ever ends then."""
        return self._is_awaited()

    @property
    def target_name(self) -> str:
        """What the action is about, in words."""
        return self.action.target or "it"

    def need_target(self) -> NodePath:
        """The target's node. Raises ActionImpossible where there is none, or where it is out of the scene."""
        if self.action.target is None and self.target is None:
            raise ActionImpossible(f"It was not said what to {self.action.name}.")
        if self.target is None:
            raise ActionImpossible(f"There is no {self.action.target} here.")
        if self.target.is_empty() or not self.node.get_top().is_ancestor_of(self.target):
            raise ActionImpossible(f"{_capital(self.target_name)} is not there any more.")
        return self.target


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]
