"""A few milliseconds of mono PCM: the one form in which sound travels inside this package. Pure."""

from dataclasses import dataclass

SAMPLE_RATE = 48_000  # Hz: what LiveKit carries and what OpenAL mixes at, so nothing resamples twice
SAMPLE_SIZE = 2  # bytes: s16le

DATA_TRACK = "audio-data"  # a voice that comes in messages, as fast as it is made: nothing of it is late
SPARE_TRACK = "audio-data-spare"  # the same beside a live track, for where that stays silent


@dataclass(frozen=True, slots=True)
class AudioFrame:
    """Mono PCM: ``pcm`` is signed 16-bit little-endian bytes at ``sample_rate`` Hz."""

    pcm: bytes
    sample_rate: int = SAMPLE_RATE

    @property
    def samples(self) -> int:
        """Number of samples."""
        return len(self.pcm) // SAMPLE_SIZE

    @property
    def duration(self) -> float:
        """Length in seconds."""
        return self.samples / self.sample_rate
