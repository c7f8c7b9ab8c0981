"""The verbs with which a game lets a character know things, beside talking to it. Main thread only."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Literal

from .errors import ConfigurationError
from .ids import new_uuid
from .protocol.client import (
    ClientMessage,
    ContextUpdate,
    KillPipeline,
    TriggerMessage,
    TtsToggle,
    UpdateDynamicInfo,
    UpdateTemplateKeys,
    UsageToggle,
    VisionStatus,
    VisionTrigger,
)
from .protocol.connect import DynamicInfo
from .standing import Standing


class Telling:
    """A character's part that is told things; ``send`` says them now, ``hold`` now and to every later room.

    ``standing`` is what it knows from the beginning.
    """

    def __init__(
        self,
        *,
        send: Callable[[ClientMessage], None],
        hold: Callable[[ClientMessage], None],
        standing: Standing | None = None,
    ) -> None:
        self._send = send
        self._hold = hold
        self._standing = standing or Standing()

    def trigger(self, name: str | None = None, *, message: str | None = None) -> None:
        """Fire a narrative trigger by name, or put words into the story without the player saying them."""
        if not (name or message):
            raise ConfigurationError("A trigger needs a name or a message.")
        self._post(TriggerMessage(trigger_name=name, trigger_message=message))

    def tell(
        self,
        text: str | None = None,
        *,
        mode: Literal["append", "replace", "reset"] = "append",
        respond: Literal["auto", "true", "false"] = "auto",
        remove_static: bool = False,
    ) -> str:
        """Let it know something about the world, beside what it knows, or instead of it (``replace``, ``reset``).

        It stays true: a character that is not there just now, or that comes back, knows it from the beginning.
        ``respond`` says whether it may speak about it at once, ``remove_static`` whether a reset also takes away
        what its Connect request said for good. Returns the id which ``ContextUpdated`` or ``MessageRefused`` names
        when the service has answered.

        Raises ConfigurationError without a text (only a reset needs none) and MessageTooLarge over 15,360 bytes.
        """
        if not (text and text.strip()) and mode != "reset":
            raise ConfigurationError("There is nothing to tell: text is empty.")
        update_id = new_uuid()
        self._keep(
            ContextUpdate(
                text=text or None,
                mode=mode,
                run_llm=respond,
                remove_static=True if remove_static else None,
                update_id=update_id,
            )
        )
        return update_id

    def set_template_keys(self, keys: Mapping[str, str]) -> None:
        """Give the story's ``{placeholders}`` their values; all of them are replaced, and missing ones are empty.

        Raises ConfigurationError where a key or a value is no text. Only characters with Narrative Design take
        them; others answer with ``MessageRefused``.
        """
        wrong = next(
            (key for key, value in keys.items() if not isinstance(key, str) or not isinstance(value, str)), None
        )
        if wrong is not None:
            raise ConfigurationError(f"The value of the template key {wrong!r} must be a text.")
        self._keep(UpdateTemplateKeys(template_keys=dict(keys)))

    def set_dynamic_info(self, text: str) -> None:
        """Say what is true just now, instead of all that it was told before; the older form of ``tell()``."""
        if not text.strip():
            raise ConfigurationError("There is no dynamic info: text is empty. tell(mode='reset') clears it.")
        self._keep(UpdateDynamicInfo(dynamic_info=DynamicInfo(text=text)))

    def attend_to(self, target: str | None) -> None:
        """Say what the player looks at or means by "that", by the name of a target; None: nothing any more."""
        words = f"The player attends to {target}." if target else "The player attends to nothing in particular."
        self._keep(ContextUpdate(text=words, run_llm="false", current_attention_object=target or ""))

    def set_voice(self, *, is_on: bool) -> None:
        """Have the service make its voice, or answer in text alone; it stays so in every later room."""
        self._keep(TtsToggle(enabled=is_on))

    def set_usage_reports(self, *, is_on: bool) -> None:
        """Have the service tell what is used (``MessageReceived`` of type "usage-update"), where ``debug`` is on."""
        self._post(UsageToggle(enabled=is_on))

    def look(
        self,
        text: str | None = None,
        *,
        respond: Literal["silent", "auto", "must_respond"] | None = None,
        pictures: Sequence[int] | None = None,
    ) -> str:
        """Have it look at what the game's camera shows, and speak about it; ``text`` is what to look for.

        ``respond`` "silent" lets it only take note, "must_respond" interrupts what it says. ``pictures`` chooses by
        number, -1 the latest. Returns the id which ``LookedAround`` or ``MessageRefused`` names. It takes a
        ``Convai(vision=…)``; see ``convai_panda/vision/README.md``. Raises MessageTooLarge over 15,360 bytes.
        """
        update_id = new_uuid()
        chosen = tuple(pictures) if pictures is not None else None
        self._post(VisionTrigger(respond_mode=respond, text=text or None, frame_indices=chosen, update_id=update_id))
        return update_id

    def check_sight(self) -> str:
        """Ask what it can see; returns the id which ``SightChecked`` names."""
        update_id = new_uuid()
        self._post(VisionStatus(update_id=update_id))
        return update_id

    def end_session(self) -> None:
        """Have the service end the session; the character can be talked to again once the player has been away."""
        self._post(KillPipeline())

    def _keep(self, message: ClientMessage) -> None:
        """Tell it what stays true."""
        message.encode()
        self._standing.take(message)
        self._hold(message)

    def _post(self, message: ClientMessage) -> None:
        message.encode()  # refuses what is too large here, where the game can see it
        self._send(message)
