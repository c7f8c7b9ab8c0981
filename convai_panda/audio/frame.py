"""A few milliseconds of mono PCM: the one form in which sound travels inside this package. Pure."""

from dataclasses import dataclass, field

SAMPLE_RATE = 48_000  # Hz: what LiveKit carries and what OpenAL mixes at, so nothing resamples twice
SAMPLE_SIZE = 2  # bytes: s16le

DATA_TRACK = "audio-data"  # a voice that comes in messages, as fast as it is made: nothing of it is late
SPARE_TRACK = "audio-data-spare"  # the same beside a live track, for where that stays silent

_UNSHARED = 500  # samples: over more than this numpy lets go of the interpreter, and a busy game keeps it for a while


@dataclass(frozen=True, slots=True)
class AudioFrame:
    """Mono PCM: ``pcm`` is signed 16-bit little-endian bytes at ``sample_rate`` Hz.

    ``peak`` is the largest sample, of either sign, where whoever made the frame has looked (``peak_of``).
    """

    pcm: bytes
    sample_rate: int = SAMPLE_RATE
    peak: int | None = field(default=None, compare=False, repr=False)

    @property
    def samples(self) -> int:
        """Number of samples."""
        return len(self.pcm) // SAMPLE_SIZE

    @property
    def duration(self) -> float:
        """Length in seconds."""
        return self.samples / self.sample_rate


def peak_of(pcm: bytes) -> int:
    """The largest sample, 0 to 32768, of s16le bytes."""
    import numpy as np  # not at the top: it would be half of the package's import time

    samples = np.frombuffer(pcm, dtype="<i2", count=len(pcm) // SAMPLE_SIZE)
    peak = 0
    for at in range(0, samples.size, _UNSHARED):
        part = samples[at : at + _UNSHARED]
        peak = max(peak, int(np.maximum.reduce(part)), -int(np.minimum.reduce(part)))
    return peak
