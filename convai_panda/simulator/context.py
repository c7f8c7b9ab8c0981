"""What the game has told a character beside the talk, and the token budgets that bound it. Pure."""

from dataclasses import dataclass, field
from typing import Any

from ..protocol.client import ContextUpdate
from ..protocol.connect import DynamicInfo
from ..protocol.payload import write_json

# Convai live API: context-update; estimated tokens.
MAX_TOKENS = 50_000
MAX_STATIC_TOKENS = 20_000
MAX_RUNTIME_TOKENS = 30_000

_CHARACTERS_A_TOKEN = 4  # the usual estimate for English
_TOLD = 48_000  # bytes of content in an acknowledgement: with more, LiveKit would not carry it


class BudgetExceeded(Exception):
    """An update does not fit; the text is the service's reason."""


def count_tokens(text: str) -> int:
    """The estimated number of tokens of a text."""
    return -(-len(text) // _CHARACTERS_A_TOKEN)


@dataclass(slots=True)
class Context:
    """Static and runtime context of one room."""

    static_text: str = ""
    trims: bool = False  # the oldest updates make way for what would be too much, else that is refused
    revision: int = 0
    _updates: list[str] = field(default_factory=list)
    _applied: set[str] = field(default_factory=set)

    @classmethod
    def of(cls, info: DynamicInfo | None, *, trims: bool = False) -> "Context":
        """What a Connect request starts with. Raises BudgetExceeded."""
        context = cls(static_text=(info and info.static_text) or "", trims=trims)
        context.set_runtime((info and info.text) or "")
        context.revision = 0
        return context

    @property
    def runtime_text(self) -> str:
        """What was told since."""
        return "\n".join(self._updates)

    def set_runtime(self, text: str) -> None:
        """Replace the runtime text. Raises BudgetExceeded."""
        self._change(self.static_text, [text])

    def apply(self, update: ContextUpdate, update_id: str | None) -> bool:
        """Take an update; False for one that was already applied. Raises BudgetExceeded."""
        if update_id is not None and update_id in self._applied:
            return False
        static, updates = self.static_text, [update.text or ""]
        match update.mode:
            case "append":
                updates = [*self._updates, *updates]
            case "reset":
                static = "" if update.remove_static else static
        self._change(static, updates)
        if update_id is not None:
            self._applied.add(update_id)
        return True

    def _change(self, static: str, updates: list[str]) -> None:
        updates = [text for text in updates if text]
        if self.trims:
            while len(updates) > 1 and count_tokens("\n".join(updates)) > MAX_RUNTIME_TOKENS:
                updates = updates[1:]
        _check(static, "\n".join(updates))
        self.static_text, self._updates = static, updates
        self.revision += 1

    def extras(self) -> dict[str, Any]:
        """The budgets as an acknowledgement carries them."""
        static, runtime = count_tokens(self.static_text), count_tokens(self.runtime_text)
        extras: dict[str, Any] = {
            "token_count": static + runtime,
            "static_token_count": static,
            "runtime_token_count": runtime,
            "max_tokens": MAX_TOKENS,
            "static_max_tokens": MAX_STATIC_TOKENS,
            "runtime_max_tokens": MAX_RUNTIME_TOKENS,
            "remaining_tokens": MAX_TOKENS - static - runtime,
            "content": self.runtime_text,
            "revision": self.revision,
        }
        if len(write_json(self.runtime_text)) > _TOLD:
            del extras["content"]
        return extras


def _check(static: str, runtime: str) -> None:
    """Raise BudgetExceeded in the service's words (Convai live API: context-update)."""
    for name, text, limit in (("static_text", static, MAX_STATIC_TOKENS), ("text", runtime, MAX_RUNTIME_TOKENS)):
        if (tokens := count_tokens(text)) > limit:
            raise BudgetExceeded(
                f"1 validation error for DynamicInfo\nValue error, Dynamic info {name} token limit exceeded. "
                f"{name}: {tokens} estimated tokens, Maximum: {limit} tokens."
            )
