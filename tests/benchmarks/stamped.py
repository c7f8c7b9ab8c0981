"""The rooms' process with the time in each frame of sound: ``python -m tests.benchmarks.stamped``.

The first four samples of a frame become the moment at which LiveKit handed it to Python, on the clock that all
processes of a machine share.
"""

import struct
from time import monotonic_ns

from convai_panda import AudioFrame
from convai_panda.transport import livekit, worker

_MOMENT = struct.Struct("<q")


def stamp_arrivals() -> None:
    """From now on, in this process."""
    livekit.AudioFrame = _stamped  # type: ignore[assignment, misc]


def moment_of(frame: AudioFrame) -> int:
    """Nanoseconds."""
    moment: int = _MOMENT.unpack_from(frame.pcm)[0]
    return moment


def _stamped(pcm: bytes) -> AudioFrame:
    return AudioFrame(_MOMENT.pack(monotonic_ns()) + pcm[_MOMENT.size :])


if __name__ == "__main__":
    stamp_arrivals()
    worker.main()
