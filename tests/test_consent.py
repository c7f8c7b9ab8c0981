"""Nothing of the player is captured before they have said yes, and nothing after they have said no."""

from collections.abc import AsyncGenerator, Iterator

import pytest
from direct.showbase.ShowBase import ShowBase

from convai_panda import (
    AudioFrame,
    Convai,
    MemoryContinuity,
    MicrophoneConsentNeeded,
    MicrophoneLost,
    MicrophoneOpened,
    Nearest,
    SessionState,
    SilentMicrophone,
    Simulator,
)

from .conftest import Village


class Device(SilentMicrophone):
    """Knows how often it was opened, and whether it is open."""

    def __init__(self) -> None:
        super().__init__()
        self.opened = 0
        self.is_open = False

    async def frames(self) -> AsyncGenerator[AudioFrame, None]:
        self.opened += 1
        self.is_open = True
        try:
            async for frame in super().frames():
                yield frame
        finally:
            self.is_open = False


@pytest.fixture
def device() -> Device:
    return Device()


@pytest.fixture
def asked(base: ShowBase, device: Device) -> Iterator[Village]:
    """A village whose player was not asked yet."""
    player = base.render.attach_new_node("player")
    player.set_pos(0.0, -60.0, 1.7)
    convai = Convai(
        base,
        transport=Simulator(),
        listener=player,
        proximity=Nearest(linger=0.2),
        continuity=MemoryContinuity(),
        microphone=device,
        microphone_consent=None,
    )
    village = Village(base, convai)
    village.listen()
    yield village
    convai.destroy()
    base.ignore_all()


def test_the_device_waits_for_a_yes_and_goes_with_a_no(asked: Village, device: Device) -> None:
    village, convai = asked, asked.convai
    village.stand(0.0, -7.0)
    village.until(lambda: village.guard.is_ready)
    assert village.told(MicrophoneConsentNeeded) == []  # nobody could be heard yet
    village.stand(0.0, -2.0)
    village.until(lambda: village.told(MicrophoneConsentNeeded))
    assert [event.device for event in village.told(MicrophoneConsentNeeded)] == ["silence"]
    convai.start_talking()
    assert not convai.is_talking
    village.until(lambda: village.guard.is_speaking)
    assert device.opened == 0

    convai.microphone_consent = True
    village.until(lambda: village.told(MicrophoneOpened))
    assert device.is_open
    convai.start_talking()
    assert convai.is_talking
    convai.stop_talking()

    convai.microphone_consent = False
    village.until(lambda: not device.is_open)
    village.until(lambda: village.told(MicrophoneLost))
    assert "does not want" in village.told(MicrophoneLost)[0].reason
    convai.microphone_consent = True
    village.until(lambda: device.is_open)
    assert device.opened == 2
    assert len(village.told(MicrophoneConsentNeeded)) == 1


def test_who_walks_away_unasked_is_asked_again_and_nothing_is_left_open(asked: Village, device: Device) -> None:
    village = asked
    for visits in (1, 2):
        village.stand(0.0, -2.0)
        village.until(lambda visits=visits: len(village.told(MicrophoneConsentNeeded)) == visits)
        village.stand(0.0, -60.0)
        village.until(lambda: village.guard.state is SessionState.CLOSED)
    assert device.opened == 0
