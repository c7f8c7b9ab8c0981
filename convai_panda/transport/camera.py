"""The game's camera as a video track of a LiveKit room. Where LiveKit runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..errors import RoomError

if TYPE_CHECKING:
    from types import ModuleType

    from ..picture import Picture

_MOST_FPS = 5.0  # the service looks once a second
_BITRATE = 800_000  # bits a second


class CameraTrack:
    """One track, published with its first picture; ``rtc`` is LiveKit's module."""

    def __init__(self, rtc: ModuleType, source: Any) -> None:
        self._rtc = rtc
        self._source = source

    @classmethod
    async def publish(cls, rtc: ModuleType, participant: Any, picture: Picture, name: str) -> CameraTrack:
        """A track of that name in the participant's room. Raises RoomError."""
        source = rtc.VideoSource(picture.width, picture.height)
        track = rtc.LocalVideoTrack.create_video_track(name, source)
        options = rtc.TrackPublishOptions(source=rtc.TrackSource.SOURCE_CAMERA, simulcast=False)
        options.video_encoding.max_framerate = _MOST_FPS
        options.video_encoding.max_bitrate = _BITRATE
        try:
            await participant.publish_track(track, options)
        except rtc.participant.PublishTrackError as error:
            await source.aclose()
            raise RoomError(f"LiveKit did not take the camera: {error}") from None
        return cls(rtc, source)

    def show(self, picture: Picture) -> None:
        """Send one picture."""
        kind = self._rtc.VideoBufferType.BGRA
        self._source.capture_frame(self._rtc.VideoFrame(picture.width, picture.height, kind, picture.turned()))

    async def aclose(self) -> None:
        """Let go of it; the room has been left."""
        await self._source.aclose()
