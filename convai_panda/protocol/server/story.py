"""Server messages of doing: actions, narrative sections, function calls, the model's raw output."""

from typing import Annotated, ClassVar

from pydantic import BaseModel, BeforeValidator, ConfigDict

from ..payload import JsonObject
from .base import LENIENT, Envelope, OptionalInt, OptionalStr, ServerMessage


class Action(BaseModel):
    """One thing to do, to ``target`` if there is one."""

    model_config = ConfigDict(extra="ignore", frozen=True, defer_build=True)

    name: str
    target: str | None = None


def _read_actions(value: object) -> object:
    """Older services send names where newer ones send objects."""
    if value is None:
        return ()
    if isinstance(value, list):
        return [{"name": action} if isinstance(action, str) else action for action in value]
    return value


class ActionResponse(ServerMessage):
    """What the character wants to do, in this order; its place among the words means nothing."""

    type: ClassVar[str] = "action-response"
    envelope: ClassVar[Envelope] = Envelope.B
    actions: Annotated[tuple[Action, ...], BeforeValidator(_read_actions)] = ()


class BehaviorTreeResponse(ServerMessage):
    """The story has moved to another section."""

    type: ClassVar[str] = "behavior-tree-response"
    envelope: ClassVar[Envelope] = Envelope.B
    bt_code: OptionalStr = None
    bt_constants: OptionalStr = None
    narrative_section_id: OptionalStr = None


class ModelOutput(ServerMessage):
    """The model's whole output, item by item (model output version 2, preview)."""

    type: ClassVar[str] = "model-output"
    envelope: ClassVar[Envelope] = Envelope.B
    version: OptionalInt = None
    output_id: OptionalStr = None
    logical_turn_id: OptionalStr = None
    format: OptionalStr = None
    raw: OptionalStr = None
    items: tuple[JsonObject, ...] = ()
    final: bool = False


class LlmFunctionCall(ServerMessage):
    """The model calls a function (the older form)."""

    type: ClassVar[str] = "llm-function-call"
    envelope: ClassVar[Envelope] = Envelope.A
    function_name: str
    tool_call_id: OptionalStr = None
    args: Annotated[JsonObject | None, LENIENT] = None


class LlmFunctionCallStarted(ServerMessage):
    """The model has begun to write a function call."""

    type: ClassVar[str] = "llm-function-call-started"
    envelope: ClassVar[Envelope] = Envelope.A
    function_name: OptionalStr = None


class LlmFunctionCallInProgress(ServerMessage):
    """A function is being run."""

    type: ClassVar[str] = "llm-function-call-in-progress"
    envelope: ClassVar[Envelope] = Envelope.A
    tool_call_id: str
    function_name: OptionalStr = None
    arguments: Annotated[JsonObject | None, LENIENT] = None


class LlmFunctionCallStopped(ServerMessage):
    """A function has returned, or was cancelled."""

    type: ClassVar[str] = "llm-function-call-stopped"
    envelope: ClassVar[Envelope] = Envelope.A
    tool_call_id: str
    cancelled: bool = False
    function_name: OptionalStr = None
    result: Annotated[JsonObject | None, LENIENT] = None
