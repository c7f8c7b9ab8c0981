"""Client messages about the world: scene, context, story, sight, and what came of an action."""

from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import PrivateAttr, model_validator

from ..connect.parts import ActionConfig, DynamicInfo, RespondMode, SceneObject
from ..payload import LIST, JsonObject, Text
from .base import ClientMessage, in_the_services_words


class UpdateTemplateKeys(ClientMessage):
    """The values of a story's ``{placeholders}``; replaces all of them."""

    type: ClassVar[str] = "update-template-keys"
    template_keys: dict[str, str]


class UpdateSceneMetadata(ClientMessage):
    """What there is in the scene, replacing what was said before; gives the character nothing to act on."""

    type: ClassVar[str] = "update-scene-metadata"
    scene_metadata: Annotated[tuple[SceneObject, ...], LIST]
    _is_bare: bool = PrivateAttr(default=False)

    def in_form(self, *, is_bare: bool) -> Self:
        """The same, sent as the list alone (as Convai's Unity and Unreal plugins do) or in its object."""
        copy = self.model_copy()
        copy._is_bare = is_bare
        return copy

    def to_wire(self) -> Any:
        fields = super().to_wire()
        return fields["scene_metadata"] if self._is_bare else fields

    @classmethod
    def from_wire(cls, data: object) -> Self:
        # The docs wrap the list in "scene_metadata"; other clients send the bare list, older ones "metadata".
        if isinstance(data, list):
            return cls.model_validate({"scene_metadata": data})
        if isinstance(data, dict) and "metadata" in data and "scene_metadata" not in data:
            return cls.model_validate({"scene_metadata": data["metadata"]})
        return cls.model_validate(data)


class UpdateDynamicInfo(ClientMessage):
    """What is true just now; the older form of ContextUpdate."""

    type: ClassVar[str] = "update-dynamic-info"
    dynamic_info: DynamicInfo

    @model_validator(mode="before")
    @classmethod
    def _needs_text(cls, fields: Any) -> Any:
        info = fields.get("dynamic_info") if isinstance(fields, dict) else None
        text = info.text if isinstance(info, DynamicInfo) else info.get("text") if isinstance(info, dict) else None
        if not text:
            raise in_the_services_words("No text provided in dynamic info")
        return fields


class ContextUpdate(ClientMessage):
    """Adds to what the character knows just now, replaces it, or clears it; ``run_llm``: may it answer?

    ``current_attention_object`` "" clears it. Of ``action_config`` only the given lists are replaced.
    """

    type: ClassVar[str] = "context-update"
    text: Text | None = None
    mode: Literal["append", "replace", "reset"] = "append"
    run_llm: Literal["true", "false", "auto"] = "auto"
    current_attention_object: str | SceneObject | None = None
    action_config: ActionConfig | None = None
    remove_static: bool | None = None
    update_id: str | None = None

    @model_validator(mode="after")
    def _needs_text(self) -> Self:
        if self.text is None and self.mode != "reset":
            raise in_the_services_words(f"text is required when mode is {self.mode}")
        return self


class VisionStatus(ClientMessage):
    """Asks what the character can see."""

    type: ClassVar[str] = "vision-status"
    update_id: str | None = None


class VisionTrigger(ClientMessage):
    """Shows the character frames of the video track, with an optional instruction."""

    type: ClassVar[str] = "vision-trigger"
    respond_mode: RespondMode | None = None
    text: Text | None = None
    frame_indices: Annotated[tuple[int, ...] | None, LIST] = None
    frame_ids: Annotated[tuple[int, ...] | None, LIST] = None
    update_id: str | None = None


class ActionResult(ClientMessage):
    """What came of a tool call (actions protocol 2, preview). Its fields are not published: free-form."""

    type: ClassVar[str] = "action-result"
    payload: JsonObject

    @classmethod
    def from_wire(cls, data: object) -> Self:
        return cls.model_validate({"payload": data})

    def to_wire(self) -> dict[str, Any]:
        return dict(self.payload)
