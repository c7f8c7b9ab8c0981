"""How much one room may say: far more than any service does, and no more than a game can bear. Pure."""

_RATE = 600.0  # messages a second: text, faces and audio-data together stay under 300
_BURST = 4_000.0  # messages at once: what has piled up while the game was stopped for ten seconds
_BYTE_RATE = 4e6  # bytes a second: audio-data made five times faster than real time is 1.3 MB
_BYTE_BURST = 32e6


class Budget:
    """Fills up with time, and is spent message by message."""

    def __init__(self) -> None:
        self._messages = _BURST
        self._bytes = _BYTE_BURST
        self._at = float("-inf")

    def admits(self, size_bytes: int, now: float) -> bool:
        """Whether one more message of that size is within it."""
        elapsed, self._at = max(0.0, now - self._at), now
        self._messages = min(_BURST, self._messages + elapsed * _RATE)
        self._bytes = min(_BYTE_BURST, self._bytes + elapsed * _BYTE_RATE)
        if self._messages < 1.0 or self._bytes < size_bytes:
            return False
        self._messages -= 1.0
        self._bytes -= size_bytes
        return True
