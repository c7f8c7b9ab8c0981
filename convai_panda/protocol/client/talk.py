"""Client messages of a conversation: being there, saying, interrupting, switching voice and ears."""

from typing import Any, ClassVar, Self

from pydantic import BaseModel, ConfigDict

from ..payload import Text
from .base import ClientMessage

CLIENT_PROTOCOL = "1.2.0"  # asks the service for the first, simpler shapes of its own messages


class About(BaseModel):
    """Which library speaks."""

    model_config = ConfigDict(extra="ignore", frozen=True, strict=True, defer_build=True)

    library: str = "panda3d_sdk"
    library_version: str | None = None
    platform: str | None = "python"
    platform_version: str | None = None


class ClientReady(ClientMessage):
    """The client is in the room; repeated until ``bot-ready``. Without a version the service only warns."""

    type: ClassVar[str] = "client-ready"
    version: str | None = CLIENT_PROTOCOL
    about: About | None = None

    @classmethod
    def from_wire(cls, data: object) -> Self:
        fields = data if isinstance(data, dict) else {}
        version, about = fields.get("version"), fields.get("about")
        # Whatever is odd here costs a warning, never the session.
        return cls(
            version=version if isinstance(version, str) else None,
            about=_read_about(about) if isinstance(about, dict) else None,
        )


def _read_about(fields: dict[str, Any]) -> About:
    return About(**{name: fields[name] for name in About.model_fields if isinstance(fields.get(name), str)})


class UserTextMessage(ClientMessage):
    """Typed words, taken as if the player had spoken them. The type has underscores."""

    type: ClassVar[str] = "user_text_message"
    text: Text


class TriggerMessage(ClientMessage):
    """Fires a narrative trigger by name, or puts words into the talk (``<speak>`` goes to the voice)."""

    type: ClassVar[str] = "trigger-message"
    trigger_name: Text | None = None
    trigger_message: Text | None = None


class InterruptBot(ClientMessage):
    """Stops the character's turn."""

    type: ClassVar[str] = "interrupt-bot"


class ForceUserStoppedSpeaking(ClientMessage):
    """The push-to-talk key was released: the player's turn is over. A fresh id for each release."""

    type: ClassVar[str] = "force-user-stopped-speaking"


class TtsToggle(ClientMessage):
    """Switches the character's voice on or off."""

    type: ClassVar[str] = "tts-toggle"
    enabled: bool


class SttToggle(ClientMessage):
    """Closes or opens the service's ears."""

    type: ClassVar[str] = "stt-toggle"
    muted: bool


class ResetIdleTimer(ClientMessage):
    """The player is still there."""

    type: ClassVar[str] = "reset-idle-timer"


class UsageToggle(ClientMessage):
    """Switches ``usage-update`` messages on or off."""

    type: ClassVar[str] = "usage-toggle"
    enabled: bool


class KillPipeline(ClientMessage):
    """Ends the session on the service's side."""

    type: ClassVar[str] = "kill-pipeline"
