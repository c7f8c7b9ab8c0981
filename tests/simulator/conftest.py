"""Fixtures of the simulator's tests."""

from tests.livekit_server import livekit_server

__all__ = ["livekit_server"]
