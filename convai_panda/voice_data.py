"""The voice in messages (``audio-data``), as frames for the sink: which of them, and on which track. Pure."""

import binascii
import logging
from base64 import b64decode

from .audio.frame import DATA_TRACK, SPARE_TRACK, AudioFrame
from .audio.pcm import PcmReader
from .protocol.connect import AudioRouting, ConnectRequest
from .protocol.server import AudioData, BotInterrupted, BotTurnCompleted, ServerMessage

_log = logging.getLogger(__name__)


class VoiceData:
    """One room's ``audio-data``; what it is for depends on the ``audio_routing`` that was asked for."""

    def __init__(self, routing: AudioRouting) -> None:
        self._track = {"data_only": DATA_TRACK, "both": SPARE_TRACK, "audio_only": None}[routing]
        self._reader = PcmReader()
        self._has_come = False

    @classmethod
    def of(cls, request: ConnectRequest) -> "VoiceData":
        """As the request asks for it."""
        return cls(request.audio_config.output.audio_routing if request.audio_config else "audio_only")

    @property
    def track(self) -> str | None:
        """The name of the sink's track; None: messages carry no voice that counts."""
        return self._track

    @property
    def replaces_tracks(self) -> bool:
        """Whether the voice comes in messages alone, so that a track would be its double."""
        return self._has_come and self._track == DATA_TRACK

    def receive(self, message: ServerMessage) -> AudioFrame | None:
        """The sound that a message brings."""
        if self._track is None:
            return None
        match message:
            case AudioData():
                self._has_come = True
                return self._read(message)
            case BotTurnCompleted() | BotInterrupted():
                return self._reader.finish()
        return None

    def _read(self, message: AudioData) -> AudioFrame | None:
        try:
            chunk = b64decode(message.audio, validate=True)
        except binascii.Error as error:
            _log.warning("A piece of a character's voice cannot be read, and is skipped: %s", error)
            return None
        return self._reader.read(chunk, sample_rate=message.sample_rate, channels=message.channels)
