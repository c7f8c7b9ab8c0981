"""Server messages of a turn: who speaks, what is said, when it is over."""

from typing import Annotated, Any, ClassVar

from pydantic import Field

from .base import Envelope, Lifecycle, OptionalInt, OptionalStr, Part, ServerMessage


class UserStartedSpeaking(ServerMessage):
    """The service hears the player."""

    type: ClassVar[str] = "user-started-speaking"
    envelope: ClassVar[Envelope] = Envelope.A


class UserStoppedSpeaking(ServerMessage):
    """The player's turn is over."""

    type: ClassVar[str] = "user-stopped-speaking"
    envelope: ClassVar[Envelope] = Envelope.A


class UserMuteStarted(ServerMessage):
    """The service has stopped listening to the player."""

    type: ClassVar[str] = "user-mute-started"
    envelope: ClassVar[Envelope] = Envelope.A


class UserMuteStopped(ServerMessage):
    """The service listens to the player again."""

    type: ClassVar[str] = "user-mute-stopped"
    envelope: ClassVar[Envelope] = Envelope.A


class UserTranscription(ServerMessage):
    """The player's words so far, or, ``final``, for good; a final one with empty text may follow."""

    type: ClassVar[str] = "user-transcription"
    envelope: ClassVar[Envelope] = Envelope.A
    text: str
    user_id: OptionalStr = None
    timestamp: OptionalStr = None
    final: bool = False
    participant_id: OptionalStr = None


class FinalUserTranscription(ServerMessage):
    """The player's whole utterance; repeats the final UserTranscription and may itself come twice."""

    type: ClassVar[str] = "final-user-transcription"
    envelope: ClassVar[Envelope] = Envelope.B
    text: str
    speaker_id: OptionalStr = None
    speaker_name: OptionalStr = None
    participant_id: OptionalStr = None
    message_id: OptionalStr = None


class UserLlmText(ServerMessage):
    """The player's words as the model gets them."""

    type: ClassVar[str] = "user-llm-text"
    envelope: ClassVar[Envelope] = Envelope.A
    text: str


class BotLlmStarted(Lifecycle):
    """The model has begun to answer."""

    type: ClassVar[str] = "bot-llm-started"
    envelope: ClassVar[Envelope] = Envelope.A


class BotLlmText(ServerMessage):
    """A piece of the answer, smaller than a word at times; joined without adding spaces."""

    type: ClassVar[str] = "bot-llm-text"
    envelope: ClassVar[Envelope] = Envelope.A
    text: str


class BotLlmStopped(Lifecycle):
    """The answer's text is complete."""

    type: ClassVar[str] = "bot-llm-stopped"
    envelope: ClassVar[Envelope] = Envelope.A


class BotTranscription(ServerMessage):
    """A sentence of the answer, repeating BotLlmText; not sent in every turn."""

    type: ClassVar[str] = "bot-transcription"
    envelope: ClassVar[Envelope] = Envelope.A
    text: str


class BotTtsStarted(ServerMessage):
    """The voice is being made."""

    type: ClassVar[str] = "bot-tts-started"
    envelope: ClassVar[Envelope] = Envelope.A


class BotTtsText(ServerMessage):
    """Words that have been turned into voice."""

    type: ClassVar[str] = "bot-tts-text"
    envelope: ClassVar[Envelope] = Envelope.A
    text: str


class BotTtsStopped(ServerMessage):
    """The voice is made, but not yet heard."""

    type: ClassVar[str] = "bot-tts-stopped"
    envelope: ClassVar[Envelope] = Envelope.A


class BotStartedSpeaking(Lifecycle):
    """The character's voice begins; comes in form A, in form B, or in both."""

    type: ClassVar[str] = "bot-started-speaking"
    envelope: ClassVar[Envelope] = Envelope.A
    repeats_label: ClassVar[bool] = True


class BotStoppedSpeaking(Lifecycle):
    """The service has sent the last of the voice; comes in form A, in form B, or in both."""

    type: ClassVar[str] = "bot-stopped-speaking"
    envelope: ClassVar[Envelope] = Envelope.A
    repeats_label: ClassVar[bool] = True


class BotInterrupted(ServerMessage):
    """The character was cut short."""

    type: ClassVar[str] = "bot-interrupted"
    envelope: ClassVar[Envelope] = Envelope.A


class SpokenProgress(Part):
    """How far the voice has got in a text."""

    accumulated_text: str = ""
    remaining_text: str = ""


class BotOutput(ServerMessage):
    """A piece of the answer and whether it has been spoken. Version 1 knows only ``spoken``."""

    type: ClassVar[str] = "bot-output"
    envelope: ClassVar[Envelope] = Envelope.A
    text: str
    aggregated_by: OptionalStr = None
    spoken: bool | None = None
    segment_id: OptionalInt = None
    will_be_spoken: bool | None = None
    spoken_status: OptionalStr = None
    spoken_progress: SpokenProgress | None = None


class BotTurnCompleted(Lifecycle):
    """The service is done with the turn; the sound may still be playing here."""

    type: ClassVar[str] = "bot-turn-completed"
    envelope: ClassVar[Envelope] = Envelope.B
    was_interrupted: bool = False
    was_aborted: bool = False
    error_reason: OptionalStr = None

    def to_wire(self) -> dict[str, Any]:
        fields = super().to_wire()
        if not self.was_aborted:
            del fields["was_aborted"]  # sent only when true
        return fields


class LlmNoResponse(ServerMessage):
    """The character chose not to answer; no voice follows."""

    type: ClassVar[str] = "llm-no-response"
    envelope: ClassVar[Envelope] = Envelope.B
    reason: OptionalStr = None


class VadSttStarted(ServerMessage):
    """Speech recognition began, with this much sound from before."""

    type: ClassVar[str] = "vad-stt-started"
    envelope: ClassVar[Envelope] = Envelope.B
    timestamp: OptionalStr = None
    pre_roll_ms: OptionalInt = None


class VadSttStopped(ServerMessage):
    """Speech recognition ended."""

    type: ClassVar[str] = "vad-stt-stopped"
    envelope: ClassVar[Envelope] = Envelope.B
    timestamp: OptionalStr = None
    reason: OptionalStr = None
    audio_duration_ms: OptionalInt = None


class AudioData(ServerMessage):
    """A chunk of the character's voice: base64 of s16le PCM, behind a 44-byte WAV header when flagged."""

    type: ClassVar[str] = "audio-data"
    envelope: ClassVar[Envelope] = Envelope.B
    sample_rate: Annotated[int, Field(gt=0)]
    channels: Annotated[int, Field(gt=0)] = 1
    audio: str
    includes_wav_header: bool = False
