"""Client to server: what the game may say. A new message is one class here and one example in the tests."""

from .base import CLIENT_MESSAGES, MAX_MESSAGE_BYTES, ClientMessage
from .reading import SUPPORTED_TYPES, ClientMessageError, parse_client_message
from .roster import CharacterRosterUpdate, GroupAddress, GroupAddressPart, InteractionTarget
from .talk import (
    CLIENT_PROTOCOL,
    About,
    ClientReady,
    ForceUserStoppedSpeaking,
    InterruptBot,
    KillPipeline,
    ResetIdleTimer,
    SttToggle,
    TriggerMessage,
    TtsToggle,
    UsageToggle,
    UserTextMessage,
)
from .world import (
    ActionResult,
    ContextUpdate,
    UpdateDynamicInfo,
    UpdateSceneMetadata,
    UpdateTemplateKeys,
    VisionStatus,
    VisionTrigger,
)

__all__ = [
    "CLIENT_MESSAGES",
    "CLIENT_PROTOCOL",
    "MAX_MESSAGE_BYTES",
    "SUPPORTED_TYPES",
    "About",
    "ActionResult",
    "CharacterRosterUpdate",
    "ClientMessage",
    "ClientMessageError",
    "ClientReady",
    "ContextUpdate",
    "ForceUserStoppedSpeaking",
    "GroupAddress",
    "GroupAddressPart",
    "InteractionTarget",
    "InterruptBot",
    "KillPipeline",
    "ResetIdleTimer",
    "SttToggle",
    "TriggerMessage",
    "TtsToggle",
    "UpdateDynamicInfo",
    "UpdateSceneMetadata",
    "UpdateTemplateKeys",
    "UsageToggle",
    "UserTextMessage",
    "VisionStatus",
    "VisionTrigger",
    "parse_client_message",
]
