"""What a character has been told that stays true: said to the open room, and to every later one as it connects. Pure.

The service forgets it with the room, so a session that comes back has to say it again; Connect has fields for it.
"""

from __future__ import annotations

from dataclasses import dataclass

from .protocol.client import (
    ClientMessage,
    ContextUpdate,
    TtsToggle,
    UpdateDynamicInfo,
    UpdateSceneMetadata,
    UpdateTemplateKeys,
)
from .protocol.connect import ActionConfig, ConnectRequest, DynamicInfo
from .protocol.connect.parts import SceneObject

_LISTS = ("actions", "objects", "characters")
_MOST_CHARACTERS = 60_000  # of context: half of the service's runtime budget of 30,000 tokens


@dataclass(frozen=True, slots=True)
class Told:
    """What of it is the story's, and so a saved game's. None: as the Connect request has it."""

    text: str | None = None
    template_keys: dict[str, str] | None = None


@dataclass(slots=True)
class Standing:
    """One character's lasting context. None: as the Connect request has it."""

    text: str | None = None
    template_keys: dict[str, str] | None = None
    scene: tuple[SceneObject, ...] | None = None
    attention: str | SceneObject | None = None
    actions: ActionConfig | None = None
    has_voice: bool | None = None

    @classmethod
    def of(cls, request: ConnectRequest) -> Standing:
        """What stands from the beginning."""
        info, config = request.dynamic_info, request.action_config
        return cls(
            text=info.text if info is not None else None,
            attention=config.current_attention_object if config is not None else None,
            actions=config,
        )

    @property
    def told(self) -> Told:
        """What is true just now."""
        return Told(self.text, None if self.template_keys is None else dict(self.template_keys))

    def recall(self, told: Told) -> None:
        """Let be true what was at another time."""
        self.text, self.template_keys = told.text, told.template_keys

    def take(self, message: ClientMessage) -> None:
        """Remember what a message changes for good."""
        match message:
            case UpdateTemplateKeys(template_keys=keys):
                self.template_keys = dict(keys)
            case UpdateSceneMetadata(scene_metadata=scene):
                self.scene = scene
            case UpdateDynamicInfo(dynamic_info=info):
                self.text = info.text
            case TtsToggle(enabled=has_voice):
                self.has_voice = has_voice
            case ContextUpdate():
                self._take_context(message)

    def declare(self, given: ActionConfig) -> None:
        """What the character may do, and to what, has changed: the lists that are given are replaced."""
        lists = {name: value for name in _LISTS if (value := getattr(given, name)) is not None}
        self.actions = (self.actions or ActionConfig()).model_copy(update=lists)

    def refuse(self, message: ClientMessage) -> None:
        """The service will not have this: do not say it again."""
        match message:
            case ContextUpdate(text=str(text)) if self.text:
                refused = text.split("\n")
                self.text = "\n".join(line for line in self.text.split("\n") if line not in refused)
            case UpdateDynamicInfo(dynamic_info=info) if info.text == self.text:
                self.text = ""
            case UpdateTemplateKeys(template_keys=keys) if keys == self.template_keys:
                self.template_keys = None
            case UpdateSceneMetadata(scene_metadata=scene) if scene == self.scene:
                self.scene = None

    def apply(self, request: ConnectRequest) -> ConnectRequest:
        """The request with what stands."""
        changes: dict[str, object] = {}
        if self.template_keys is not None:
            changes["narrative_template_keys"] = self.template_keys
        if self.scene is not None:
            changes["scene_description"] = self.scene
        if self.text is not None:
            info = request.dynamic_info or DynamicInfo()
            changes["dynamic_info"] = info.model_copy(update={"text": self.text or None})
        if self.has_voice is not None:
            changes["default_tts_enabled"] = self.has_voice
        if self.actions is not None:
            attention = self.attention or None
            changes["action_config"] = self.actions.model_copy(update={"current_attention_object": attention})
        return request.model_copy(update=changes)

    def _take_context(self, update: ContextUpdate) -> None:
        if update.current_attention_object is not None or update.action_config is not None:
            # The text only says that it has changed; it is not kept.
            if update.current_attention_object is not None:
                self.attention = update.current_attention_object
            if update.action_config is not None:
                self.declare(update.action_config)
            return
        match update.mode:
            case "append":
                lines = [*(self.text or "").split("\n"), update.text or ""]
                self.text = _newest("\n".join(line for line in lines if line))
            case "replace" | "reset":
                self.text = update.text or ""


def _newest(text: str) -> str:
    """As many whole lines from the end as may stand."""
    while len(text) > _MOST_CHARACTERS and "\n" in text:
        text = text.partition("\n")[2]
    return text[-_MOST_CHARACTERS:]
