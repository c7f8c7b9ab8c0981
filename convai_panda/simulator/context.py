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
    runtime_text: str = ""
    revision: int = 0
    _applied: set[str] = field(default_factory=set)

    @classmethod
    def of(cls, info: DynamicInfo | None) -> "Context":
        """What a Connect request starts with. Raises BudgetExceeded."""
        context = cls(static_text=(info and info.static_text) or "", runtime_text=(info and info.text) or "")
        _check(context.static_text, context.runtime_text)
        return context

    def set_runtime(self, text: str) -> None:
        """Replace the runtime text. Raises BudgetExceeded."""
        _check(self.static_text, text)
        self.runtime_text = text
        self.revision += 1

    def apply(self, update: ContextUpdate, update_id: str | None) -> bool:
        """Take an update; False for one that was already applied. Raises BudgetExceeded."""
        if update_id is not None and update_id in self._applied:
            return False
        static, runtime = self.static_text, self.runtime_text
        match update.mode:
            case "append":
                runtime = "\n".join(part for part in (runtime, update.text) if part)
            case "replace":
                runtime = update.text or ""
            case "reset":
                runtime = update.text or ""
                static = "" if update.remove_static else static
        _check(static, runtime)
        self.static_text, self.runtime_text = static, runtime
        self.revision += 1
        if update_id is not None:
            self._applied.add(update_id)
        return True

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
    for name, text, limit in (("Static", static, MAX_STATIC_TOKENS), ("Runtime", runtime, MAX_RUNTIME_TOKENS)):
        if (tokens := count_tokens(text)) > limit:
            raise BudgetExceeded(f"{name} context of {tokens} tokens exceeds the limit of {limit} tokens")
