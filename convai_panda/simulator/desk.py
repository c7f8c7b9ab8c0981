"""Where client messages are answered with ``server-response``: the words, the extras, the budgets. Pure.

The texts and extras are those of Convai's live API pages (client-to-server messages, message errors).
"""

from typing import Any

from ..protocol.client import (
    ClientMessage,
    ContextUpdate,
    ForceUserStoppedSpeaking,
    InterruptBot,
    KillPipeline,
    ResetIdleTimer,
    SttToggle,
    TriggerMessage,
    TtsToggle,
    UpdateDynamicInfo,
    UpdateSceneMetadata,
    UpdateTemplateKeys,
    UsageToggle,
    UserTextMessage,
    VisionStatus,
    VisionTrigger,
)
from ..protocol.connect import ActionConfig, ConnectRequest
from ..protocol.server import ServerResponse
from .characters import Character
from .context import BudgetExceeded, Context, count_tokens
from .dialect import Dialect
from .gating import Effect, decide
from .sight import Sight


class Desk:
    """Acknowledges messages and keeps the settings that they change."""

    def __init__(
        self, character: Character, request: ConnectRequest, *, room_name: str = "", dialect: Dialect | None = None
    ) -> None:
        self._dialect = dialect or Dialect()
        self._character = character
        self._request = request
        self._room_name = room_name
        trims = self._dialect.too_much_context == "trimmed"
        self._context = Context.of(request.dynamic_info, trims=trims)
        self.has_voice = request.default_tts_enabled is not False
        self.is_listening = request.default_stt_enabled is not False
        self.actions = request.action_config
        self.scene = request.scene_description or ()
        self.news = ""  # what the last update said
        self.sight = Sight(request)

    @property
    def knowledge(self) -> str:
        """What the game has told it."""
        return self._context.runtime_text

    def answer(
        self, message: ClientMessage, id_: str | None, now: float, *, is_busy: bool, is_player_speaking: bool = False
    ) -> tuple[ServerResponse, Effect]:
        """The acknowledgement of a message, and whether the character has something to say to it."""
        if isinstance(message, VisionStatus | VisionTrigger):
            return self._look(message, id_, now, is_busy=is_busy, is_player_speaking=is_player_speaking)
        try:
            words, extras, effect = self._take(message, id_, is_busy, is_player_speaking)
        except _Refused as refusal:
            return ServerResponse(
                event_type=message.type, status="error", message=str(refusal), extras=refusal.extras
            ), Effect.NONE
        return ServerResponse(event_type=message.type, status="success", message=words, extras=extras), effect

    def _take(
        self, message: ClientMessage, id_: str | None, is_busy: bool, is_player_speaking: bool
    ) -> tuple[str, dict[str, Any], Effect]:
        words, extras, effect = "", dict[str, Any](), Effect.NONE
        match message:
            case UserTextMessage():
                words, extras = "User text message processed", {"text": message.text}
            case TriggerMessage():
                words, extras = "Trigger message processed successfully", _trigger_extras(message)
            case InterruptBot():
                words = "Bot interrupted"
            case TtsToggle():
                self.has_voice = message.enabled
                words, extras = f"TTS {'enabled' if message.enabled else 'disabled'}", {"enabled": message.enabled}
            case SttToggle():
                self.is_listening = not message.muted
                words, extras = f"STT {'muted' if message.muted else 'unmuted'}", {"muted": message.muted}
            case ContextUpdate():
                words, extras, effect = self._update_context(message, id_, is_busy, is_player_speaking)
            case UpdateDynamicInfo():
                words, extras = self._update_dynamic_info(message)
            case UpdateTemplateKeys():
                if not self._character.has_narrative:
                    raise _Refused("Narrative design service not available")
                words = "Template keys updated successfully"
            case UpdateSceneMetadata(scene_metadata=scene):
                self.scene, self.news = scene, ", ".join(thing.name for thing in scene)
                words = "Scene metadata updated successfully"
                mode = self._request.respond_modes and self._request.respond_modes.scene_metadata
                if mode == "must_respond" and scene:
                    effect = decide("auto", mode, is_busy=is_busy, is_player_speaking=is_player_speaking).effect
            case ForceUserStoppedSpeaking():
                words = "User stopped speaking"
            case ResetIdleTimer():
                words = "Idle timer reset"
            case UsageToggle():
                words = f"Usage updates {'enabled' if message.enabled else 'disabled'}"
                extras = {"enabled": message.enabled}
            case KillPipeline():
                words, extras = "Pipeline killed successfully", {"room_name": self._room_name}
            case _:
                raise _Refused(f"Failed to process {message.type}: the room has one character and no such feature")
        return words, extras, effect

    def _look(
        self,
        message: VisionStatus | VisionTrigger,
        id_: str | None,
        now: float,
        *,
        is_busy: bool,
        is_player_speaking: bool,
    ) -> tuple[ServerResponse, Effect]:
        status, words, extras, effect = self.sight.answer(message, id_, now, busy=is_busy, listening=is_player_speaking)
        if effect is not Effect.NONE:
            self.news = self.sight.news
        return ServerResponse(event_type=message.type, status=status, message=words, extras=extras), effect

    def _update_context(
        self, update: ContextUpdate, id_: str | None, is_busy: bool, is_player_speaking: bool
    ) -> tuple[str, dict[str, Any], Effect]:
        update_id = update.update_id or id_
        try:
            is_new = self._context.apply(update, update_id)
        except BudgetExceeded as refusal:
            raise _Refused(f"Failed to process context-update: {refusal}", self._context.extras()) from None
        extras = {**self._context.extras(), "duplicate": not is_new}
        if update_id is not None:
            extras["update_id"] = update_id
        if not is_new:
            return "Duplicate context update ignored", extras, Effect.NONE
        if update.action_config is not None and self._dialect.actions_at_runtime == "replaced":
            self._replace_actions(update.action_config)
        if update.current_attention_object is not None and self.actions is not None:
            attention = update.current_attention_object or None
            self.actions = self.actions.model_copy(update={"current_attention_object": attention})
        self.news = update.text or ""
        mode = self._request.respond_modes.context_update if self._request.respond_modes is not None else None
        decision = decide(update.run_llm, mode, is_busy=is_busy, is_player_speaking=is_player_speaking)
        words = f"Context updated successfully ({update.mode} mode, run_llm={update.run_llm})"
        return words, {**extras, **decision.extras}, decision.effect if self.news else Effect.NONE

    def _update_dynamic_info(self, message: UpdateDynamicInfo) -> tuple[str, dict[str, Any]]:
        text = message.dynamic_info.text or ""
        try:
            self._context.set_runtime(text)
        except BudgetExceeded as refusal:
            raise _Refused(f"Failed to process update-dynamic-info: {refusal}", self._context.extras()) from None
        return "Dynamic info updated successfully", {"token_count": count_tokens(text)}

    def _replace_actions(self, given: ActionConfig) -> None:
        """Only the lists that are given are replaced, and never the tools."""
        lists = {
            name: value
            for name in ("actions", "objects", "characters", "current_attention_object")
            if (value := getattr(given, name)) is not None
        }
        self.actions = (self.actions or ActionConfig()).model_copy(update=lists)


class _Refused(Exception):
    def __init__(self, words: str, extras: dict[str, Any] | None = None) -> None:
        super().__init__(words)
        self.extras = extras or {}


def _trigger_extras(message: TriggerMessage) -> dict[str, Any]:
    extras: dict[str, Any] = {"trigger_name": message.trigger_name}
    if message.trigger_message:  # absent when there is no context text
        extras["has_speak_tag"] = "<speak>" in message.trigger_message
    return extras
