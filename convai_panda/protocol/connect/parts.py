"""The nested objects of a Connect request. Field names, values and defaults: Convai live API, Connect."""

from typing import Annotated, Literal

from pydantic import AliasChoices, BaseModel, BeforeValidator, ConfigDict, Field, JsonValue, field_validator
from pydantic_core import PydanticCustomError

from ..payload import LIST, JsonObject, Text, Uuid

AudioRouting = Literal["audio_only", "data_only", "both"]
BlendshapeProvider = Literal["not_provided", "none", "ovr", "neurosync"]  # "none" is the web SDK's "off"
BlendshapeFormat = Literal["mha", "arkit", "cc4_extended", "cc5_hd", "visemes"]
RespondMode = Literal["silent", "auto", "must_respond"]


class RequestPart(BaseModel):
    """One strict, frozen object within a Connect request; a misspelt field is an error."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        strict=True,
        allow_inf_nan=False,
        defer_build=True,  # schemas are built on first use: importing stays cheap
        hide_input_in_errors=True,
    )


class SceneObject(RequestPart):
    """A thing in the scene that the character may speak of or act on."""

    name: Text
    description: Text


class SceneCharacter(RequestPart):
    """Somebody in the scene whom the character may speak of or act towards."""

    name: Text
    bio: Text


class ActionValue(RequestPart):
    """An action in its long form."""

    value: Text


class ToolDeclaration(RequestPart):
    """A tool that the game itself runs (actions protocol 2, preview); the schema's root is an object."""

    name: Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_-]{0,63}$")]
    description: Annotated[Text, Field(max_length=1024)]
    input_schema: JsonObject = Field(
        validation_alias=AliasChoices("inputSchema", "input_schema"), serialization_alias="inputSchema"
    )


class ActionConfig(RequestPart):
    """What a character may do, and to what. A list that is None is left out: the service keeps its own."""

    actions: Annotated[tuple[str | ActionValue, ...] | None, LIST] = None
    objects: Annotated[tuple[SceneObject, ...] | None, LIST] = None
    characters: Annotated[tuple[SceneCharacter, ...] | None, LIST] = None
    current_attention_object: str | SceneObject | None = None
    tools: Annotated[tuple[ToolDeclaration, ...] | None, LIST, Field(max_length=32)] = None

    @property
    def action_names(self) -> tuple[str, ...]:
        """The names of the actions, whichever form they were written in."""
        return tuple(action if isinstance(action, str) else action.value for action in self.actions or ())


class DynamicInfo(RequestPart):
    """What is true just now; ``static_text`` stays for the whole connection."""

    text: Text | None = None
    static_text: Text | None = None
    keep_in_context: bool = False


class EmotionConfig(RequestPart):
    """How emotions are found; without this object the service never sends one."""

    provider: Literal["nrclex", "llm"]
    min_word_threshold: Annotated[int, Field(ge=0)] | None = None
    low_intensity_threshold: float | None = None
    high_intensity_threshold: float | None = None


class AudioOutput(RequestPart):
    """Where the character's voice goes: the LiveKit track, ``audio-data`` messages, or both."""

    audio_routing: AudioRouting = "audio_only"
    max_chunk_duration_ms: Annotated[int, Field(ge=10, le=1000)] = 100
    add_wav_header: bool = False
    sample_rate: Annotated[int, Field(gt=0)] | None = None

    @field_validator("max_chunk_duration_ms")
    @classmethod
    def _round_up(cls, value: int) -> int:
        return -(-value // 10) * 10  # the service works in steps of 10 ms, rounding up


class AudioConfig(RequestPart):
    """Audio output; LiveKit only."""

    output: AudioOutput


class VadParams(RequestPart):
    """When the service hears a voice. None leaves the service's own value (0.7, 0.2 s, 0.2 s, 0.6)."""

    confidence: Annotated[float, Field(ge=0, le=1)] | None = None
    start_secs: Annotated[float, Field(ge=0)] | None = None
    stop_secs: Annotated[float, Field(ge=0)] | None = None
    min_volume: Annotated[float, Field(ge=0, le=1)] | None = None


class TurnDetectionParams(RequestPart):
    """When the service takes the player's turn for finished."""

    stop_secs: Annotated[float, Field(ge=0)] | None = None
    pre_speech_ms: Annotated[float, Field(ge=0)] | None = None
    max_duration_secs: Annotated[float, Field(ge=0)] | None = None


class TurnDetectionConfig(RequestPart):
    """The strategy that decides whether the player has finished speaking."""

    type: Literal["smart_turn", "not_provided"]
    params: TurnDetectionParams | None = None


def _lower(value: object) -> object:
    return value.lower() if isinstance(value, str) else value  # docs write both "mha" and "MHA"


class BlendshapeConfig(RequestPart):
    """Which face shapes to send, and how many at a time. None leaves the service's own value."""

    provider: BlendshapeProvider | None = None
    enable_chunking: bool | None = None
    chunk_size: Annotated[int, Field(ge=1)] | None = None
    output_fps: Annotated[int, Field(ge=1)] | None = None
    frames_buffer_duration: Annotated[float, Field(ge=0)] | None = None
    format: Annotated[BlendshapeFormat, BeforeValidator(_lower)] | None = None
    deliver_chunks_ahead: bool | None = None


class SamplingWindow(RequestPart):
    """So many camera frames, so far apart."""

    count: Annotated[int, Field(ge=1)]
    interval_ms: Annotated[int, Field(ge=0)]


class VisionInputConfig(RequestPart):
    """How the service samples the video track. None leaves the service's own value."""

    enabled: bool | None = None
    sample_interval_secs: Annotated[float, Field(gt=0)] | None = None
    frames_per_turn: Annotated[int, Field(ge=0)] | None = None
    buffer_frames: Annotated[int, Field(ge=1)] | None = None
    sampling_windows: Annotated[tuple[SamplingWindow, ...] | None, LIST] = None
    staleness_seconds: Annotated[float, Field(ge=0)] | None = None
    max_resolution: Annotated[int, Field(ge=1)] | None = None
    replace_previous_vision_context: bool | None = None


class RespondModes(RequestPart):
    """For each kind of input: stay silent, decide, or always answer."""

    text: RespondMode | None = None
    audio: RespondMode | None = None
    vision: RespondMode | None = None
    context_update: RespondMode | None = None
    trigger: RespondMode | None = None
    scene_metadata: RespondMode | None = None


class InvocationMetadata(RequestPart):
    """Who is calling; recorded by the service, never acted on."""

    source: str | None = None
    client_version: str | None = None
    extra_metadata: dict[str, str] | None = None


class Capabilities(RequestPart):
    """Protocol versions that the client asks for (preview)."""

    action_protocol_version: Literal[1, 2] | None = None
    model_output_version: Literal[1, 2] | None = None
    bot_llm_text_mode: Literal["legacy", "raw"] | None = None


def check_session_id(value: str) -> str:
    """A conversation's id is a UUID or left out; "-1" is a sentinel of other clients and never sent."""
    if value == "-1":
        raise PydanticCustomError(
            "session_sentinel",
            'Input should not be "-1": leave the field out to begin a new conversation',
        )
    return value


SessionId = Annotated[Uuid, BeforeValidator(check_session_id)]


class RosterEntry(RequestPart):
    """One character of a multi-character room."""

    character_id: Uuid
    character_session_id: SessionId | None = None


def check_metadata(value: dict[str, JsonValue]) -> dict[str, JsonValue]:
    """Free-form, except that ``name`` is a string or null (the service answers 422 otherwise)."""
    if not isinstance(value.get("name"), str | None):
        raise PydanticCustomError("string_type", "Input should have a string or null as its name")
    return value
