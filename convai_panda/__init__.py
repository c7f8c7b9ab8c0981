"""Convai characters for Panda3D: walk up to an NPC and talk, in 3D sound.

convai = Convai(base)
guard = convai.add_character("…", node, head="Head")
base.accept(Transcript.name, lambda character, transcript: print(transcript.text))
"""

from importlib import import_module
from typing import TYPE_CHECKING

from ._version import __version__

if TYPE_CHECKING:
    from .actions import (
        ActionQueue,
        Body,
        Contract,
        Job,
        Mover,
        Remarks,
        Step,
        StraightLine,
        Target,
    )
    from .allowance import Allowance, Usage
    from .audio.frame import AudioFrame
    from .audio.hrtf import use_hrtf
    from .audio.meter import Level
    from .audio.microphone import Microphone, SilentMicrophone, WavMicrophone
    from .audio.placement import VoicePlacement
    from .audio.portaudio import InputDevice, PyAudioMicrophone, input_devices
    from .audio.pump import PandaVoice
    from .audio.silent import SilentVoice
    from .audio.sink import AudioSink, VoiceOutput
    from .audio.talk_gate import TalkMode
    from .character import BargeIn, Character
    from .continuity import Continuity, FileContinuity, MemoryContinuity
    from .convai import Convai
    from .default_transport import default_transport
    from .ducking import Ducking
    from .errors import (
        AccessDenied,
        ActionImpossible,
        AudioError,
        AuthenticationError,
        CharacterNotFound,
        ConfigurationError,
        ConnectError,
        ConvaiError,
        InvalidRequest,
        JoinError,
        MessageTooLarge,
        MicrophoneUnavailable,
        ProtocolError,
        RateLimited,
        RoomError,
        RoomLossReason,
        RoomLost,
        ServiceUnavailable,
        SessionNotFound,
        SharedSessionConflict,
    )
    from .events import (
        Action,
        ActionCancelled,
        ActionFailed,
        ActionFinished,
        ActionsRequested,
        ActionStarted,
        AllowanceSpent,
        AllowanceWarning,
        EmotionChanged,
        Event,
        Failed,
        FreshConversation,
        MessageReceived,
        MicrophoneConsentNeeded,
        MicrophoneLost,
        MicrophoneOpened,
        PlayerSpeakingStarted,
        PlayerSpeakingStopped,
        Ready,
        RingCrossed,
        ServerResponded,
        SessionState,
        Speaker,
        SpeakingStarted,
        SpeakingStopped,
        SpeechFinished,
        StateChanged,
        ThinkingStarted,
        Transcript,
        TurnCompleted,
        Undelivered,
        UnknownAction,
    )
    from .improvising import FallbackLines
    from .moods import Mood
    from .occlusion import Occlusion
    from .proximity import Nearest, ProximityPolicy, Ring
    from .recording.recorder import Recorder
    from .recording.replay import Replay
    from .simulator import Simulator
    from .transport.base import Room, Transport
    from .transport.cloud import CloudTransport

__all__ = [
    "AccessDenied",
    "Action",
    "ActionCancelled",
    "ActionFailed",
    "ActionFinished",
    "ActionImpossible",
    "ActionQueue",
    "ActionStarted",
    "ActionsRequested",
    "Allowance",
    "AllowanceSpent",
    "AllowanceWarning",
    "AudioError",
    "AudioFrame",
    "AudioSink",
    "AuthenticationError",
    "BargeIn",
    "Body",
    "Character",
    "CharacterNotFound",
    "CloudTransport",
    "ConfigurationError",
    "ConnectError",
    "Continuity",
    "Contract",
    "Convai",
    "ConvaiError",
    "Ducking",
    "EmotionChanged",
    "Event",
    "Failed",
    "FallbackLines",
    "FileContinuity",
    "FreshConversation",
    "InputDevice",
    "InvalidRequest",
    "Job",
    "JoinError",
    "Level",
    "MemoryContinuity",
    "MessageReceived",
    "MessageTooLarge",
    "Microphone",
    "MicrophoneConsentNeeded",
    "MicrophoneLost",
    "MicrophoneOpened",
    "MicrophoneUnavailable",
    "Mood",
    "Mover",
    "Nearest",
    "Occlusion",
    "PandaVoice",
    "PlayerSpeakingStarted",
    "PlayerSpeakingStopped",
    "ProtocolError",
    "ProximityPolicy",
    "PyAudioMicrophone",
    "RateLimited",
    "Ready",
    "Recorder",
    "Remarks",
    "Replay",
    "Ring",
    "RingCrossed",
    "Room",
    "RoomError",
    "RoomLossReason",
    "RoomLost",
    "ServerResponded",
    "ServiceUnavailable",
    "SessionNotFound",
    "SessionState",
    "SharedSessionConflict",
    "SilentMicrophone",
    "SilentVoice",
    "Simulator",
    "Speaker",
    "SpeakingStarted",
    "SpeakingStopped",
    "SpeechFinished",
    "StateChanged",
    "Step",
    "StraightLine",
    "TalkMode",
    "Target",
    "ThinkingStarted",
    "Transcript",
    "Transport",
    "TurnCompleted",
    "Undelivered",
    "UnknownAction",
    "Usage",
    "VoiceOutput",
    "VoicePlacement",
    "WavMicrophone",
    "__version__",
    "default_transport",
    "input_devices",
    "use_hrtf",
]

# Where each name lives. They are imported on first use, so that importing the package costs a game next to nothing.
_HOMES = {
    "allowance": ("Allowance", "Usage"),
    "actions": ("ActionQueue", "Body", "Contract", "Job", "Mover", "Remarks", "Step", "StraightLine", "Target"),
    "audio.frame": ("AudioFrame",),
    "audio.hrtf": ("use_hrtf",),
    "audio.meter": ("Level",),
    "audio.microphone": ("Microphone", "SilentMicrophone", "WavMicrophone"),
    "audio.placement": ("VoicePlacement",),
    "audio.portaudio": ("InputDevice", "PyAudioMicrophone", "input_devices"),
    "audio.pump": ("PandaVoice",),
    "audio.silent": ("SilentVoice",),
    "audio.sink": ("AudioSink", "VoiceOutput"),
    "audio.talk_gate": ("TalkMode",),
    "character": ("BargeIn", "Character"),
    "continuity": ("Continuity", "FileContinuity", "MemoryContinuity"),
    "convai": ("Convai",),
    "default_transport": ("default_transport",),
    "ducking": ("Ducking",),
    "errors": (
        "ActionImpossible",
        "AccessDenied",
        "AudioError",
        "AuthenticationError",
        "CharacterNotFound",
        "ConfigurationError",
        "ConnectError",
        "ConvaiError",
        "InvalidRequest",
        "JoinError",
        "MessageTooLarge",
        "MicrophoneUnavailable",
        "ProtocolError",
        "RateLimited",
        "RoomError",
        "RoomLossReason",
        "RoomLost",
        "ServiceUnavailable",
        "SessionNotFound",
        "SharedSessionConflict",
    ),
    "events": (
        "AllowanceSpent",
        "AllowanceWarning",
        "Action",
        "ActionCancelled",
        "ActionFailed",
        "ActionFinished",
        "ActionStarted",
        "ActionsRequested",
        "UnknownAction",
        "EmotionChanged",
        "Event",
        "Failed",
        "FreshConversation",
        "MessageReceived",
        "MicrophoneConsentNeeded",
        "MicrophoneLost",
        "MicrophoneOpened",
        "PlayerSpeakingStarted",
        "PlayerSpeakingStopped",
        "Ready",
        "RingCrossed",
        "ServerResponded",
        "SessionState",
        "Speaker",
        "SpeakingStarted",
        "SpeakingStopped",
        "SpeechFinished",
        "StateChanged",
        "ThinkingStarted",
        "Transcript",
        "TurnCompleted",
        "Undelivered",
    ),
    "improvising": ("FallbackLines",),
    "moods": ("Mood",),
    "occlusion": ("Occlusion",),
    "proximity": ("Nearest", "ProximityPolicy", "Ring"),
    "recording.recorder": ("Recorder",),
    "recording.replay": ("Replay",),
    "simulator": ("Simulator",),
    "transport.base": ("Room", "Transport"),
    "transport.cloud": ("CloudTransport",),
}
_HOME_OF = {name: module for module, names in _HOMES.items() for name in names}


def __getattr__(name: str) -> object:
    if name not in _HOME_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f".{_HOME_OF[name]}", __name__), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return __all__
