"""Which of its declared actions a character would do for the player's words. Pure.

It stands for a language model that was given the same contract: nothing that is not declared is ever answered.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from ..protocol.connect import ActionConfig
from ..protocol.server import Action

_WORD = re.compile(r"[^\W_]+")
_FETCH = re.compile(
    r"\b(?:fetch|bring|get|hand|pass|give me) (?:me |us )?(?:the |that |a |my |your )?\w", re.IGNORECASE
)
_COME = re.compile(r"\bcome (?:here|over|to me|with me|along)\b", re.IGNORECASE)
_STOP = re.compile(r"\b(?:stop|halt|wait here|stay (?:here|there)|stand still)\b", re.IGNORECASE)
_FETCHING = frozenset({"fetch", "bring", "get"})
_THAT = frozenset({"it", "that", "this", "there", "those"})
_ME = frozenset({"me", "us", "i"})

# What a verb of the player's is called in contracts: each tuple is one action, in whichever words it is declared.
_MOVE = ("move to", "moves to", "go to", "walk to", "come to")
_TAKE = ("pick up", "picks up", "take", "grab")
_GIVE = ("give", "give to", "hand over", "bring to")
_HALT = ("stop", "wait", "stay", "wait here", "stop moving")


@dataclass(frozen=True, slots=True)
class Wishes:
    """Reads wishes for one contract; ``player`` is the player's name, if it is known."""

    config: ActionConfig
    player: str | None

    def read(self, text: str) -> tuple[Action, ...]:
        """What to do, in order."""
        things = self._named(text, [thing.name for thing in self.config.objects or ()])
        people = self._named(text, [person.name for person in self.config.characters or ()])
        target = next(iter([*things, *people]), None)
        if things and _FETCH.search(text) and not self._declares_fetching:
            recipient = people[0] if people else self._me
            return self._steps((_MOVE, things[0]), (_TAKE, things[0]), (_MOVE, recipient), (_GIVE, recipient))
        if plain := self._declared_in(text, target):
            return plain
        if _STOP.search(text):
            return self._steps((_HALT, None))
        if _COME.search(text):
            return self._steps((("follow",) if "with me" in text.lower() else _MOVE, self._me))
        return ()

    @property
    def _declares_fetching(self) -> bool:
        return any(_words(name) & _FETCHING for name in self.config.action_names)

    @property
    def _me(self) -> str | None:
        """The player's name in the contract."""
        names = [person.name for person in self.config.characters or ()]
        return next((name for name in names if self.player and name.lower() == self.player.lower()), None) or next(
            (name for name in names if name.lower() == "player"), None
        )

    @property
    def _attended(self) -> str | None:
        attention = self.config.current_attention_object
        return attention if isinstance(attention, str) or attention is None else attention.name

    def _declared_in(self, text: str, target: str | None) -> tuple[Action, ...]:
        """The actions whose words all occur in the text, with what is named too; "me" is the player."""
        words = _words(text)
        if target is None and words & _ME:
            target = self._me
        if target is None and words & _THAT:
            target = self._attended
        found = [name for name in self.config.action_names if _words(name) <= words]
        # "Pick up" and "pick up carefully" both fit: the one that says more is meant.
        found = [name for name in found if not any(_words(name) < _words(other) for other in found)]
        order = sorted(found, key=lambda name: min(text.lower().find(word) for word in _words(name)))
        return tuple(Action(name=name, target=target) for name in order)

    def _named(self, text: str, names: list[str]) -> list[str]:
        """Which of the names occur, in the text's order, longer ones first."""
        words = _words(text)
        found = [name for name in names if _words(name) <= words]
        found = [name for name in found if not any(_words(name) < _words(other) for other in found)]
        return sorted(found, key=lambda name: (text.lower().find(name.lower().split()[0]), -len(name)))

    def _steps(self, *steps: tuple[tuple[str, ...], str | None]) -> tuple[Action, ...]:
        """Those steps that are declared, under the names that they are declared by."""
        by_words = {" ".join(_WORD.findall(name.lower().replace("_", " "))): name for name in self.config.action_names}
        actions = []
        for names, target in steps:
            name = next((by_words[each] for each in names if each in by_words), None)
            if name is not None:
                actions.append(Action(name=name, target=target))
        return tuple(actions)


def _words(name: str) -> set[str]:
    return {word.lower() for word in _WORD.findall(name.replace("_", " "))} or {name.lower()}
