"""What a room says, let in or kept out: a message that is safe to take, or a note why there is none. Pure.

The service is somebody else's, and what it says comes from a model that anybody may talk to.
"""

from .audio.frame import SAMPLE_SIZE, AudioFrame
from .budget import Budget
from .errors import ProtocolError
from .protocol.server import ServerMessage, parse_server_message
from .skipped import Harm, Skipped

_RATES = range(8_000, 192_001)  # Hz
_LONGEST = 2.0  # s of one audio frame: they come every 10 or 20 ms


class Intake:
    """One room's."""

    def __init__(self) -> None:
        self.skipped = Skipped()
        self._budget = Budget()

    def read(self, payload: bytes, now: float) -> ServerMessage | None:
        """The message, cleaned; None for one that is none, or is one too many."""
        if not self._budget.admits(len(payload), now):
            self.skipped.note("it says too much in too short a time.", Harm.FLOOD)
            return None
        mended = 0

        def mend() -> None:
            nonlocal mended
            mended += 1

        try:
            message = parse_server_message(payload, mend)
        except ProtocolError as error:
            self.skipped.note(error)
            return None
        if mended:
            self.skipped.note(f"{mended} texts in one of type {message.type}.", Harm.MENDED)
        return message

    def admits(self, frame: AudioFrame) -> bool:
        """Whether the frame is sound that can be played."""
        if (
            frame.sample_rate in _RATES
            and len(frame.pcm) % SAMPLE_SIZE == 0
            and len(frame.pcm) <= _LONGEST * SAMPLE_SIZE * frame.sample_rate
        ):
            return True
        self.skipped.note(f"sound of {len(frame.pcm)} bytes at {frame.sample_rate} Hz cannot be played.")
        return False
