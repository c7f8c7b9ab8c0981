"""PCM in a recording: FLAC where the soundfile library is there, else deflated. Both give every sample back. Pure."""

import io
import zlib
from importlib.util import find_spec

from ..audio.frame import SAMPLE_SIZE
from ..errors import ConfigurationError

SILENCE = -120.0  # dBFS reported for digital silence
_LARGEST = 1 << 26  # bytes of PCM in one block: eleven minutes, where a recorder writes fractions of a second
_PLAIN, _FLAC, NONE = "deflate", "flac", "none"


class BrokenSound(Exception):
    """A block that does not hold what its head says."""


def has_flac() -> bool:
    """Whether soundfile is installed."""
    return find_spec("soundfile") is not None


def check_codec(codec: str) -> None:
    """Raise ConfigurationError for one that cannot be read here."""
    if codec == _FLAC and not has_flac():
        raise ConfigurationError("This recording's sound is FLAC, which needs: pip install 'convai-panda[record]'")
    if codec not in (_FLAC, _PLAIN, NONE):
        raise ConfigurationError(f"This recording's sound is {codec!r}, which is not known here: update convai_panda.")


def encode(pcm: bytes, sample_rate: int) -> tuple[str, bytes]:
    """The codec's name and its bytes for mono s16le."""
    if not pcm or len(pcm) % SAMPLE_SIZE or not has_flac():
        return _PLAIN, zlib.compress(pcm, 1)
    import numpy as np
    import soundfile  # type: ignore[import-untyped]  # it has no stubs

    file = io.BytesIO()
    soundfile.write(file, np.frombuffer(pcm, "<i2"), sample_rate, format="FLAC", subtype="PCM_16")
    return _FLAC, file.getvalue()


def decode(codec: str, body: bytes, size: int) -> bytes:
    """Mono s16le of ``size`` bytes. Raises BrokenSound where there are not as many, ConfigurationError by codec."""
    check_codec(codec)
    if size > _LARGEST:
        raise BrokenSound(f"a block of {size} bytes, which no recorder writes")
    if codec == NONE:
        return bytes(size)
    pcm = _inflate(body, size) if codec == _PLAIN else _read_flac(body, size)
    if len(pcm) != size:
        raise BrokenSound(f"{len(pcm)} bytes of sound where {size} were recorded")
    return pcm


def peak(pcm: bytes) -> float:
    """The loudest sample in dBFS."""
    import numpy as np

    samples = np.frombuffer(pcm[: len(pcm) // SAMPLE_SIZE * SAMPLE_SIZE], "<i2")
    loudest = int(np.abs(samples.astype(np.int32)).max()) if len(samples) else 0
    return round(float(20.0 * np.log10(loudest / 32_768)), 1) if loudest else SILENCE


def _inflate(body: bytes, size: int) -> bytes:
    try:
        return zlib.decompressobj().decompress(body, size + 1)  # never more, whatever the file says
    except zlib.error as error:
        raise BrokenSound(str(error)) from None


def _read_flac(body: bytes, size: int) -> bytes:
    import soundfile

    try:
        with soundfile.SoundFile(io.BytesIO(body)) as file:
            if file.channels != 1:
                raise BrokenSound(f"{file.channels} channels")
            return bytes(file.read(size // SAMPLE_SIZE + 1, dtype="int16").astype("<i2").tobytes())
    except soundfile.SoundFileError as error:
        raise BrokenSound(str(error)) from None
