"""What a character is told about what came of its actions, and whether it may speak about it. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import Literal

from ..events.doing import Action

_WORTH_A_WORD = 2.0  # s of doing below which nobody says that it is done


class Remarks(Enum):
    """When a character may speak about what it has done."""

    NEVER = "never"
    AT_THE_END = "at-the-end"  # of several things, or of one that took a while; and about what went wrong
    ALWAYS = "always"  # after each action


@dataclass(slots=True)
class Report:
    """Results that the character has not been told yet."""

    remarks: Remarks = Remarks.AT_THE_END
    _lines: list[str] = field(default_factory=list)
    _is_worth_a_word: bool = False
    _worked: float = 0.0
    _steps: int = 0

    def note(self, action: Action, outcome: str, sentence: str, *, seconds: float, is_last: bool) -> None:
        """Take what came of one action: ``outcome`` is "is done", "failed" or the like."""
        self._lines.append(f'Your action "{action}" {outcome}. {sentence}'.strip())
        self._worked += seconds
        self._steps += 1
        took_a_while = is_last and (self._worked >= _WORTH_A_WORD or self._steps > 1)
        match self.remarks:
            case Remarks.ALWAYS:
                self._is_worth_a_word = True
            case Remarks.AT_THE_END:
                self._is_worth_a_word |= took_a_while or outcome == "failed"
        if is_last:
            self._worked, self._steps = 0.0, 0

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to tell."""
        return not self._lines

    def take(self) -> tuple[str, Literal["true", "false"]]:
        """The words, and whether the character may answer; nothing is left to tell then."""
        words, respond = " ".join(self._lines), self._is_worth_a_word
        self._lines.clear()
        self._is_worth_a_word = False
        return words, "true" if respond else "false"
