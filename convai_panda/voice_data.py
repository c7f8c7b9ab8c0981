"""The voice in messages (``audio-data``), as frames for the sink: which of them, and on which track. Pure."""

import binascii
from base64 import b64decode

from .audio.frame import DATA_TRACK, SPARE_TRACK, AudioFrame
from .audio.pcm import PcmReader
from .errors import ProtocolError
from .protocol.connect import AudioRouting, ConnectRequest
from .protocol.server import AudioData, BotInterrupted, BotTurnCompleted, ServerMessage

_RATES = range(8_000, 192_001)  # Hz; the pages show 16, 24 and 48 kHz. Resampling from 1 Hz would fill the memory
_MOST_CHANNELS = 8
_LONGEST = 10.0  # s of one message; the most that can be asked for is 1 s


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
        """The sound that a message brings. Raises ProtocolError where it says that it does and does not."""
        if self._track is None:
            return None
        match message:
            case AudioData():
                self._has_come = True
                return self._read(message)
            case BotTurnCompleted() | BotInterrupted():
                return self._reader.finish()
        return None

    def _read(self, message: AudioData) -> AudioFrame:
        rate, channels = message.sample_rate, message.channels
        if rate not in _RATES or channels > _MOST_CHANNELS:
            raise ProtocolError(f"A piece of voice says that it has {channels} channels at {rate} Hz.")
        try:
            chunk = b64decode(message.audio, validate=True)
        except (binascii.Error, ValueError) as error:
            raise ProtocolError(f"A piece of voice cannot be read: {error}") from None
        if len(chunk) > _LONGEST * 2 * channels * rate:
            raise ProtocolError(f"A piece of voice has {len(chunk)} bytes, more than {_LONGEST:.0f} s.")
        return self._reader.read(chunk, sample_rate=rate, channels=channels)
