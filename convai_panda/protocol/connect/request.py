"""The body of ``POST /connect``, checked before it leaves. Fields: Convai live API, Connect."""

from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, Field, ValidationError, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError, PydanticKnownError

from ...errors import InvalidRequest, ProtocolError
from ..payload import LIST, JsonObject, Uuid, field_path, first_problem, read_json, write_json
from .parts import (
    ActionConfig,
    AudioConfig,
    BlendshapeConfig,
    BlendshapeProvider,
    Capabilities,
    DynamicInfo,
    EmotionConfig,
    InvocationMetadata,
    RequestPart,
    RespondModes,
    RosterEntry,
    SceneObject,
    SessionId,
    TurnDetectionConfig,
    VadParams,
    VisionInputConfig,
    check_metadata,
)

Transport = Literal["livekit", "daily", "websocket"]
ConnectionType = Literal["audio", "video"]
LlmProvider = Literal["dynamic", "gemini-live", "gemini-live-beta", "gemini-baml"]


class RequestRefused(Exception):
    """What the service answers to a body that it does not accept: ``status`` and ``detail``."""

    def __init__(self, status: int, detail: str | list[dict[str, Any]]) -> None:
        super().__init__(f"{status}: {detail}")
        self.status = status
        self.detail = detail


class ConnectRequest(RequestPart):
    """Everything that can be asked of ``POST /connect``; what is None is not sent and the service decides.

    Make one with ``build()``, whose errors name the field and say what to do.
    """

    transport: Transport = "livekit"
    connection_type: ConnectionType = "audio"

    mode: Literal["create", "join"] | None = None
    characters: Annotated[tuple[RosterEntry, ...] | None, LIST, Field(min_length=1)] = None
    room_session_id: Uuid | None = None
    shared_session_key: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,128}$")] | None = None
    # Declared after the fields that decide whether it is needed, because pydantic checks in this order.
    character_id: Uuid | None = Field(default=None, validate_default=True)
    character_session_id: SessionId | None = Field(default=None, repr=False)
    end_user_id: str | None = Field(default=None, validate_default=True)
    end_user_metadata: Annotated[JsonObject, AfterValidator(check_metadata)] | None = None
    speaker_id: str | None = Field(default=None, exclude=True)  # legacy: understood, never sent

    spawn_agent: bool | None = None
    room_name: str | None = None
    max_num_participants: Annotated[int, Field(ge=1)] | None = None
    group_chat: bool | None = None
    room_brief: Annotated[str, Field(max_length=4000)] | None = None

    llm_provider: LlmProvider | None = None
    stt_provider: str | None = None
    disable_live_fallback: bool | None = None
    thinking_mode: bool | None = None

    dynamic_info: DynamicInfo | None = None
    narrative_template_keys: dict[str, str] | None = None
    scene_description: Annotated[tuple[SceneObject, ...] | None, LIST] = None
    action_config: ActionConfig | None = None
    emotion_config: EmotionConfig | None = None
    respond_modes: RespondModes | None = None

    audio_config: AudioConfig | None = None
    default_tts_enabled: bool | None = None
    default_stt_enabled: bool | None = None
    vad_params: VadParams | None = None
    turn_detection_config: TurnDetectionConfig | None = None

    blendshape_provider: BlendshapeProvider | None = None
    blendshape_config: BlendshapeConfig | None = None
    vision_input_config: VisionInputConfig | None = None
    video_track_name: str | None = None

    debug: bool | None = None
    debug_row_cap: Annotated[int, Field(ge=0)] | None = None
    invocation_metadata: InvocationMetadata | None = None
    capabilities: Capabilities | None = None

    @field_validator("character_id")
    @classmethod
    def _one_or_many(cls, value: str | None, info: ValidationInfo) -> str | None:
        many = info.data.get("characters")
        if value is not None and many:
            raise PydanticCustomError("one_or_many", "Input should be left out when characters are given")
        joins = info.data.get("mode") == "join" and (
            info.data.get("room_session_id") or info.data.get("shared_session_key")
        )
        # A broken list of characters has its own complaint; "missing" beside it would mislead.
        if value is None and not many and not joins and "characters" in info.data:
            raise PydanticKnownError("missing")
        return value

    @field_validator("end_user_id")
    @classmethod
    def _roster_needs_user(cls, value: str | None, info: ValidationInfo) -> str | None:
        value = (value.strip() or None) if value is not None else None
        if info.data.get("characters") and not value:
            raise PydanticCustomError("missing_end_user_id", "Input should name the player when characters are given")
        return value

    @classmethod
    def build(cls, **fields: Any) -> Self:
        """A checked request. Raises InvalidRequest naming the field, before anything is sent."""
        try:
            request = cls(**fields)
        except ValidationError as error:
            raise _invalid(error) from None
        if refusal := request.refusal():
            raise InvalidRequest(
                f"The connect request is not valid. {refusal}. Use the livekit transport or leave it out.",
                field="audio_config",
                detail=refusal,
            )
        return request

    @classmethod
    def parse(cls, body: bytes) -> Self:
        """Read a body as the service does. Raises RequestRefused with the service's status and words."""
        try:
            value = read_json(body)
        except ProtocolError:
            problem = {"type": "json_invalid", "loc": ["body", 0], "msg": "JSON decode error", "input": {}}
            raise RequestRefused(422, [problem]) from None
        try:
            request = cls.model_validate(value)
        except ValidationError as error:
            raise _refused(error) from None
        if refusal := request.refusal():
            raise RequestRefused(400, refusal)
        return request

    def refusal(self) -> str | None:
        """The service's own words where it answers 400 to a body whose every field is fine, else None."""
        if self.audio_config is not None and self.transport != "livekit":
            return f"audio_config is only supported with LiveKit transport, but transport is set to '{self.transport}'"
        return None

    def to_json(self) -> dict[str, Any]:
        """The body as JSON values: no None, always ``transport`` and ``connection_type``."""
        return self.model_dump(mode="json", exclude_none=True, by_alias=True)

    def encode(self) -> bytes:
        """The body as it is sent."""
        return write_json(self.to_json())


_NO_OBJECT = "Input should be a valid dictionary or object to extract fields from"


def _invalid(error: ValidationError) -> InvalidRequest:
    problem = error.errors(include_url=False, include_input=False)[0]
    field = field_path(problem["loc"])
    match problem["type"]:
        case "missing" if field == "character_id":
            advice = "character_id is missing: give the character's UUID from the Convai dashboard"
        case "missing":
            advice = f"{field} is missing: add it"
        case "extra_forbidden":
            advice = f"{field} is not a field of it: check the spelling or leave it out"
        case _:
            advice = first_problem([problem])
    return InvalidRequest(f"The connect request is not valid. {advice}.", field=field, detail=problem["msg"])


def _refused(error: ValidationError) -> RequestRefused:
    """400 where the service judges a value itself, 422 with FastAPI's list everywhere else."""
    problems = error.errors(include_url=False)
    for problem in problems:
        match problem["loc"]:
            case ("character_session_id",) if problem["type"] in ("uuid_parsing", "session_sentinel"):
                return RequestRefused(400, "Invalid session ID: invalid uuid")
            case ("vad_params", str(name)) if problem["type"].endswith("_than_equal"):
                return RequestRefused(400, f"Invalid VAD parameter {name}: {problem['msg']}")
    return RequestRefused(422, [_in_fastapis_words(problem) for problem in problems])


def _in_fastapis_words(problem: Any) -> dict[str, Any]:
    """A complaint as FastAPI puts it, which has lists where our values are tuples, and never names our classes."""
    told = {**problem, "loc": ["body", *problem["loc"]]}
    match problem["type"]:
        case "tuple_type":
            told |= {"type": "list_type", "msg": "Input should be a valid list"}
        case "too_short" | "too_long":
            told["msg"] = problem["msg"].replace("Tuple", "List", 1)
            told["ctx"] = {**problem["ctx"], "field_type": "List"}
        case "model_type":
            told |= {"type": "model_attributes_type", "msg": _NO_OBJECT}
            told.pop("ctx", None)
    return told
