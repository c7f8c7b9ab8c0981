"""A small story told by narrative triggers: what ends each chapter, and what somebody then says. Pure.

It is told what happens in the village and answers with what is to be done; `story.toml` holds the chapters.
"""

from __future__ import annotations

import re
import tomllib
from collections import deque
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from convai_panda import ConfigurationError
from samples.village.files import VILLAGE

STORY = VILLAGE / "story.toml"


@dataclass(frozen=True)
class Cue:
    """Somebody's line of the story, sent as the trigger of that name."""

    who: str
    trigger: str
    line: str

    def message(self, player: str) -> str:
        """The trigger's message: spoken as it stands, past the model."""
        return f"<speak>{self.line.format(player=player)}</speak>"


@dataclass(frozen=True)
class Chapter:
    """One of ``hear``, ``say`` and ``do`` names who ends it; the others are empty."""

    goal: str
    hear: str = ""
    say: str = ""
    words: tuple[str, ...] = ()
    do: str = ""
    action: str = ""
    effect: str = ""  # what changes in the village
    cue: Cue | None = None


@dataclass(frozen=True)
class Turn:
    """A chapter has ended: what changes in the village, and whether that was the last one."""

    effect: str
    is_end: bool


class Story:
    """Where the player is in it. Raises ConfigurationError for chapters that make no sense."""

    def __init__(self, path: Path = STORY, *, people: Collection[str] | None = None) -> None:
        self.title, self.ending, self._chapters = _read(path, people)
        self._at = 0
        self._due: dict[str, deque[Cue]] = {}

    @property
    def goal(self) -> str:
        """What the player might do next; empty at the end."""
        return "" if self.is_over else self._chapters[self._at].goal

    @property
    def is_over(self) -> bool:
        """Whether the last chapter has ended."""
        return self._at >= len(self._chapters)

    def heard(self, who: str) -> Turn | None:
        """Somebody who is talked to has spoken to the end. Whoever still has a line to say has not been heard out."""
        chapter = self._now
        return self._end() if chapter and chapter.hear == who and not self._due.get(who) else None

    def said(self, who: str, text: str) -> Turn | None:
        """The player has said something to somebody."""
        chapter = self._now
        if chapter is None or chapter.say != who:
            return None
        spoken = set(re.findall(r"\w+", text.lower()))
        return self._end() if spoken & set(chapter.words) else None

    def done(self, who: str, action: str) -> Turn | None:
        """Somebody has done something that they were asked to do."""
        chapter = self._now
        return self._end() if chapter and chapter.do == who and chapter.action == action.lower() else None

    def next_cue(self, who: str) -> Cue | None:
        """The line that somebody has to say now that they are talked to; it is given once."""
        due = self._due.get(who)
        return due.popleft() if due else None

    @property
    def _now(self) -> Chapter | None:
        return None if self.is_over else self._chapters[self._at]

    def _end(self) -> Turn:
        chapter = self._chapters[self._at]
        self._at += 1
        if chapter.cue is not None:
            self._due.setdefault(chapter.cue.who, deque()).append(chapter.cue)
        return Turn(chapter.effect, self.is_over)


def _read(path: Path, people: Collection[str] | None) -> tuple[str, str, list[Chapter]]:
    try:
        found = tomllib.loads(path.read_text(encoding="utf-8"))
        chapters = [_chapter(part) for part in found["chapter"]]
        names = {name for each in chapters for name in (each.hear, each.say, each.do, each.cue.who if each.cue else "")}
        if people is not None and (strangers := names - set(people) - {""}):
            raise ValueError(f"nobody in the village is called {', '.join(sorted(strangers))}")
        return str(found["title"]), str(found["ending"]), chapters
    except KeyError as error:
        raise ConfigurationError(f"{path.name}: {error.args[0]} is missing.") from error
    except (OSError, ValueError, TypeError) as error:
        raise ConfigurationError(f"{path.name}: {error}") from error


def _chapter(part: dict[str, Any]) -> Chapter:
    ends = [name for name in ("hear", "say", "do") if part.get(name)]
    if len(ends) != 1:
        raise ValueError(f"the chapter {part.get('goal')!r} needs one of hear, say and do, and has {ends or 'none'}")
    fields = dict(part)
    cue = None
    if "line" in fields:
        cue = Cue(str(fields.pop("who")), str(fields.pop("trigger")), str(fields.pop("line")))
    words = tuple(str(word).lower() for word in fields.pop("words", ()))
    return Chapter(**fields, words=words, cue=cue)
