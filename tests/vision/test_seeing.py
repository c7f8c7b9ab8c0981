"""What characters see, from the game's pictures to their answers: in process, and through real rooms of both forms."""

import re
from pathlib import Path

import pytest
from direct.showbase.ShowBase import ShowBase

from convai_panda import (
    CloudTransport,
    ConfigurationError,
    Convai,
    Failed,
    LookedAround,
    MemoryContinuity,
    MessageRefused,
    Picture,
    Recorder,
    SightChecked,
    Simulator,
    Vision,
)
from convai_panda import vision as vision_package
from convai_panda.transport.livekit import LiveKitRooms
from convai_panda.transport.process import ProcessRooms
from convai_panda.transport.rooms import Rooms

from ..conftest import Village
from ..livekit_server import livekit_server  # noqa: F401 - a fixture
from ..test_real_line import Service, service  # noqa: F401 - a fixture
from .conftest import Open, Painter

BLIND = {"connect_options": {"connection_type": "audio"}}


def meet(village: Village) -> None:
    village.stand(0.0, -2.0)
    village.until(lambda: village.guard.is_ready)


def see(village: Village) -> None:
    """Ask until there are pictures, as a game would before it relies on them."""

    def has_seen() -> bool:
        told = village.told(SightChecked)
        if told and told[-1].outcome == "frames_available":
            return True
        if len(told) == see.asked:  # type: ignore[attr-defined]
            see.asked += 1  # type: ignore[attr-defined]
            village.guard.check_sight()
        return False

    see.asked = len(village.told(SightChecked))  # type: ignore[attr-defined]
    village.until(has_seen, within=30.0)


def test_a_character_says_what_the_camera_shows(open_village: Open) -> None:
    village = open_village(transport=Simulator(), vision=Painter())
    meet(village)
    see(village)
    asked = village.guard.look("What is there?", respond="must_respond")
    village.until(lambda: "blue above and green below" in str(village.lines(village.guard)))
    (looked,) = village.told(LookedAround)
    assert (looked.outcome, looked.answers, looked.update_id) == ("attached", True, asked)
    assert looked.pictures >= 1
    assert village.told(SightChecked)[-1].pictures >= 1
    assert village.told(MessageRefused) == village.told(Failed) == []


def test_nothing_is_painted_for_nobody(open_village: Open) -> None:
    painter = Painter()
    village = open_village(transport=Simulator(), vision=painter)
    for _ in range(5):
        village.base.task_mgr.step()
    meet(village)
    village.until(lambda: painter.wanted[-1])
    village.stand(0.0, -60.0)
    village.until(lambda: not painter.wanted[-1])
    assert painter.wanted[0] is False


def test_who_shall_not_see_is_shown_nothing(open_village: Open) -> None:
    village = open_village(transport=Simulator(), vision=Painter(), **BLIND)
    meet(village)
    assert not village.guard.can_see
    village.guard.check_sight()
    village.until(lambda: village.told(SightChecked))
    assert village.told(SightChecked)[0].outcome == "vision_not_enabled"
    painter = village.convai.vision
    assert isinstance(painter, Painter)
    assert not any(painter.wanted)


def test_a_recorder_lets_pictures_through(open_village: Open, tmp_path: Path) -> None:
    recorder = Recorder(Simulator(), tmp_path / "visit.convai")
    village = open_village(transport=recorder, vision=Painter())
    meet(village)
    see(village)


@pytest.mark.livekit
@pytest.mark.parametrize("form", [ProcessRooms, LiveKitRooms], ids=["process", "thread"])
def test_pictures_cross_a_real_room(
    open_village: Open,
    service: Service,  # noqa: F811
    form: type[Rooms],
) -> None:
    transport = CloudTransport(url=service.connect_url, api_key=service.api_key, rooms=form())
    village = open_village(transport=transport, vision=Painter(640, 360))
    meet(village)
    see(village)
    village.guard.look(respond="must_respond")
    village.until(lambda: "blue above and green below" in str(village.lines(village.guard)), within=30.0)
    assert village.told(Failed) == []


@pytest.mark.parametrize(
    ("size", "rate"), [((0, 0), 1.0), ((641, 360), 1.0), ((640, 4000), 1.0), ((640, 360), 0.0), ((640, 360), 99.0)]
)
def test_a_size_or_a_rate_that_cannot_be_says_so(size: tuple[int, int], rate: float) -> None:
    with pytest.raises(ConfigurationError, match="must be"):
        Vision(size=size, rate=rate)


def test_without_anything_to_draw_with_it_says_so(base: ShowBase) -> None:
    with pytest.raises(ConfigurationError, match="window-type offscreen"):
        Convai(base, transport=Simulator(), listener=base.render, continuity=MemoryContinuity(), vision=Vision())


def test_the_guides_programs_run(base: ShowBase) -> None:
    guide = (Path(vision_package.__file__).parent / "README.md").read_text(encoding="utf-8")
    first, own = re.findall(r"```python\n(.*?)```", guide, re.S)
    given: dict[str, object] = {"base": base}
    exec(compile(own, "README.md", "exec"), given)
    painting = given["Painting"]()  # type: ignore[operator]
    painting.serve(base)
    assert painting.update(0.0, is_wanted=False) is None
    assert isinstance(painting.update(0.0, is_wanted=True), Picture)
    assert painting.update(0.5, is_wanted=True) is None
    assert "Vision()" in first  # which tests/vision/test_camera.py runs, where there is something to draw with
