"""What gets a clear error, and loses nothing."""

import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator

import pytest
from direct.showbase.ShowBase import ShowBase
from panda3d.core import NodePath

from convai_panda import (
    Character,
    CharacterNotFound,
    CloudTransport,
    ConfigurationError,
    ConnectError,
    Convai,
    Failed,
    InvalidRequest,
    MemoryContinuity,
    MessageTooLarge,
    Nearest,
    RateLimited,
    Ready,
    RingCrossed,
    Room,
    RoomLossReason,
    RoomLost,
    ServiceUnavailable,
    SessionState,
    SilentVoice,
    Simulator,
    Speaker,
    SpeechFinished,
    StateChanged,
    Transcript,
    TurnCompleted,
    Undelivered,
)
from convai_panda.protocol.connect import ConnectRequest, ConnectResponse
from convai_panda.transport.base import MessageArrived, RoomItem

from .conftest import GUARD, SMITH, Village

NOBODY = "00000000-0000-0000-0000-000000000000"
OTHER = "0f4c9a52-6a1d-4a55-9f0e-5d2f3c1b0003"


@pytest.fixture
def silent(base: ShowBase) -> Iterator[Callable[..., Village]]:
    """Makes a village without a device; anything can be replaced."""
    made: list[Convai] = []

    def make(**parts: object) -> Village:
        player = base.render.attach_new_node("player")
        player.set_pos(0.0, -60.0, 1.7)
        usual = {
            "transport": Simulator(),
            "voice": SilentVoice(),
            "listener": player,
            "proximity": Nearest(linger=0.2),
            "continuity": MemoryContinuity(),
        }
        convai = Convai(base, **{**usual, **parts})  # type: ignore[arg-type]
        made.append(convai)
        village = Village(base, convai)
        village.listen()
        return village

    yield make
    for convai in made:
        convai.destroy()
    base.ignore_all()


class Unreliable:
    """The simulator behind a line that can be cut, and a service that can be down."""

    def __init__(self) -> None:
        self.simulator = Simulator()
        self.fails_with: Exception | None = None
        self.requests: list[ConnectRequest] = []

    async def prepare(self) -> None:
        await self.simulator.prepare()

    async def connect(self, request: ConnectRequest) -> ConnectResponse:
        self.requests.append(request)
        if self.fails_with is not None:
            raise self.fails_with
        return await self.simulator.connect(request)

    async def join(self, response: ConnectResponse) -> Room:
        return await self.simulator.join(response)

    async def aclose(self) -> None:
        await self.simulator.aclose()


def test_the_cloud_without_a_key(monkeypatch: pytest.MonkeyPatch, base: ShowBase) -> None:
    monkeypatch.delenv("CONVAI_API_KEY", raising=False)
    with pytest.raises(ConfigurationError, match="CONVAI_API_KEY"):
        CloudTransport()
    monkeypatch.setenv("CONVAI_URL", "https://convai.example")
    with pytest.raises(ConfigurationError, match="CONVAI_API_KEY"):
        Convai(base, listener=base.render)


def test_without_a_key_the_simulator_answers_and_the_log_says_so(
    monkeypatch: pytest.MonkeyPatch, base: ShowBase, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.delenv("CONVAI_API_KEY", raising=False)
    monkeypatch.delenv("CONVAI_URL", raising=False)
    convai = Convai(base, listener=base.render)
    assert isinstance(convai.transport, Simulator)
    assert sum("simulator" in record.message for record in caplog.records) == 1
    convai.destroy()


def test_an_unknown_character_is_told_once_and_not_tried_again(silent: Callable[..., Village]) -> None:
    village = silent()
    nobody = village.add(NOBODY, "Nobody", 0.0, 40.0)
    village.stand(0.0, 38.0)
    village.until(lambda: nobody.state is SessionState.CLOSED)
    (failed,) = village.told(Failed)
    assert isinstance(failed.error, CharacterNotFound)
    assert not failed.will_retry


def test_a_service_that_is_down_is_tried_again_and_nothing_said_is_lost(silent: Callable[..., Village]) -> None:
    line = Unreliable()
    line.fails_with = ServiceUnavailable("The service is down.")
    village = silent(transport=line)
    village.guard.say("Is the bridge open?")
    village.stand(0.0, -2.0)
    village.until(lambda: village.told(Failed))
    assert village.told(Failed)[0].will_retry
    line.fails_with = None
    village.until(lambda: (Speaker.PLAYER, "Is the bridge open?") in village.lines(village.guard))
    assert village.lines(village.guard).count((Speaker.PLAYER, "Is the bridge open?")) == 1


@pytest.mark.parametrize(
    ("error", "seconds"),
    [
        (ServiceUnavailable("The database is away.", status=503, retry_after=40.0), 40),
        (RateLimited("Too many rooms.", status=429, retry_after=40.0), 40),
        (RateLimited("Too many rooms, for years.", status=429, retry_after=3e8), 300),
    ],
)
def test_a_service_is_asked_again_when_it_says_but_within_minutes(
    silent: Callable[..., Village], error: ConnectError, seconds: int
) -> None:
    line = Unreliable()
    line.fails_with = error
    village = silent(transport=line)
    village.stand(0.0, -2.0)
    village.until(lambda: village.guard.state is SessionState.BACKING_OFF)
    (rest,) = [told for told in village.told(StateChanged) if told.state is SessionState.BACKING_OFF]
    assert rest.reason == f"Trying again in {seconds}.0 s."


def test_a_mistake_in_a_library_is_told_to_the_game_and_whole_in_the_log(
    silent: Callable[..., Village], caplog: pytest.LogCaptureFixture
) -> None:
    line = Unreliable()
    line.fails_with = KeyError("in the middle of something")
    village = silent(transport=line)
    village.stand(0.0, -2.0)
    village.until(lambda: village.guard.state is SessionState.CLOSED)
    (failed,) = village.told(Failed)
    assert "KeyError" in str(failed.error)
    assert not failed.will_retry
    assert "in the middle of something" in caplog.text


def test_leaving_while_the_service_is_down_ends_the_tries(silent: Callable[..., Village]) -> None:
    line = Unreliable()
    line.fails_with = ServiceUnavailable("The service is down.")
    village = silent(transport=line)
    village.stand(0.0, -2.0)
    village.until(lambda: village.guard.state is SessionState.BACKING_OFF)
    village.stand(0.0, -60.0)
    village.until(lambda: village.guard.state is SessionState.CLOSED)


def test_a_room_closed_in_mid_sentence_is_entered_again_with_the_same_conversation(
    silent: Callable[..., Village],
) -> None:
    line = Unreliable()
    village = silent(transport=line)
    village.stand(0.0, -2.0)
    village.until(lambda: village.guard.is_speaking)
    village.convai.run_soon(lambda: line.simulator.drop_rooms(RoomLossReason.SERVER_SHUTDOWN))
    village.until(lambda: len(village.told(Ready)) == 2)
    assert isinstance(village.told(Failed)[0].error, RoomLost)
    ids = [request.character_session_id for request in line.requests]
    assert ids[0] is None
    assert ids[1] is not None
    village.guard.say("Where were we?")
    village.until(lambda: village.told(TurnCompleted))


def test_what_never_arrives_is_said_so(silent: Callable[..., Village]) -> None:
    village = silent()
    for number in range(10):
        village.guard.say(f"Line {number}")
    village.until(lambda: len(village.told(Undelivered)) == 2)
    assert [lost.text for lost in village.told(Undelivered)] == ["Line 0", "Line 1"]


def test_a_removed_node_lets_its_character_go(silent: Callable[..., Village]) -> None:
    village = silent()
    village.stand(0.0, -2.0)
    village.until(lambda: village.guard.is_speaking)
    village.guard.node.remove_node()
    village.until(lambda: GUARD not in village.convai.characters)
    assert not village.guard.is_speaking


def test_a_removed_node_lets_its_character_go_however_far_it_is(silent: Callable[..., Village]) -> None:
    village = silent()
    village.stand(0.0, -60.0)
    village.guard.node.remove_node()
    village.until(lambda: GUARD not in village.convai.characters)


def test_the_same_character_can_be_on_a_new_node_at_once(silent: Callable[..., Village]) -> None:
    village = silent()
    village.stand(0.0, -2.0)
    village.until(lambda: village.guard.is_ready)
    village.guard.node.remove_node()
    guard = village.add(GUARD, "Guard", 0.0, 0.0)
    assert village.convai.characters[GUARD] is guard
    village.until(lambda: guard.is_ready)


def test_who_was_let_go_cannot_take_its_successor_along(silent: Callable[..., Village]) -> None:
    village = silent()
    village.convai.remove_character(village.guard)
    node = village.base.render.attach_new_node("Guard")
    guard = village.convai.add_character(GUARD, node)
    with pytest.raises(ConfigurationError, match="not one of ours"):
        village.convai.remove_character(village.guard)
    assert village.convai.characters[GUARD] is guard
    village.stand(0.0, -2.0)
    village.until(lambda: guard.is_ready)


@pytest.mark.parametrize("talks_to", [0.0, 1.0])  # one of them is attended to before the other
def test_a_handler_may_remove_whoever_comes_next(silent: Callable[..., Village], talks_to: float) -> None:
    village = silent()
    village.smith.node.set_pos(1.0, 0.0, 0.0)
    village.stand(talks_to, 0.0)
    village.until(lambda: len(village.convai._vicinity.distances) == 2 and village.convai.partner is not None)
    others = {village.guard: village.smith, village.smith: village.guard}

    def take_along(character: Character, crossed: RingCrossed) -> None:
        if others[character].id in village.convai.characters:
            village.convai.remove_character(others[character])

    village.base.ignore(RingCrossed.name)
    village.base.accept(RingCrossed.name, take_along)
    village.guard.node.remove_node()
    village.smith.node.remove_node()
    village.until(lambda: not village.convai.characters)


def test_a_node_out_of_the_scene_is_silent_until_it_is_back(village: Village) -> None:
    village.stand(0.0, -2.0)
    village.until(lambda: village.guard.is_speaking)
    village.guard.node.detach_node()
    village.until(lambda: not village.guard.is_speaking)
    village.guard.node.reparent_to(village.base.render)
    village.guard.say("Are you still there?")
    heard = len(village.told(SpeechFinished))
    village.until(lambda: len(village.told(SpeechFinished)) > heard)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"character_id": GUARD}, "already"),
        ({"character_id": "guard"}, "character_id"),
        ({"head": "Nose"}, "Head"),
        ({"connect_options": {"audio_config": {"output": {"max_chunk_duration_ms": 5}}}}, "max_chunk_duration_ms"),
        ({"node": NodePath()}, "empty"),
        ({"node": "guard.egg"}, "NodePath"),
    ],
)
def test_a_character_that_cannot_be_is_refused(
    silent: Callable[..., Village], arguments: dict[str, object], words: str
) -> None:
    village = silent()
    node = village.base.render.attach_new_node("new")
    node.attach_new_node("Head")
    given = {"character_id": OTHER, "node": node, "head": "Head", **arguments}
    with pytest.raises((ConfigurationError, InvalidRequest), match=words):
        village.convai.add_character(**given)  # type: ignore[arg-type]
    assert set(village.convai.characters) == {GUARD, SMITH}


def test_two_characters_on_one_node_are_refused(silent: Callable[..., Village]) -> None:
    village = silent()
    with pytest.raises(ConfigurationError, match="Guard is tied to this node"):
        village.convai.add_character(OTHER, village.guard.node)


def test_two_on_one_showbase_are_refused_and_the_first_goes_on(silent: Callable[..., Village]) -> None:
    village = silent()
    with pytest.raises(ConfigurationError, match="already"):
        Convai(village.base, listener=village.player)
    village.stand(0.0, -2.0)
    village.until(lambda: village.guard.is_ready)


def test_without_a_camera_a_listener_is_asked_for(base: ShowBase) -> None:
    with pytest.raises(ConfigurationError, match="listener="):
        Convai(base, transport=Simulator())


def test_destroy_may_be_called_twice_and_ends_everything(silent: Callable[..., Village]) -> None:
    village = silent()
    village.stand(0.0, -2.0)
    village.until(lambda: village.guard.is_speaking)
    village.convai.destroy()
    village.convai.destroy()
    with pytest.raises(ConfigurationError, match="destroyed"):
        village.add(OTHER, "Late", 0.0, 5.0)
    village.convai.remove_character(village.guard)  # a game may clear away its characters after everything else


def test_words_over_the_limit_are_refused_where_they_are_said(silent: Callable[..., Village]) -> None:
    village = silent()
    with pytest.raises(MessageTooLarge, match=r"15,?360"):
        village.guard.say("a" * 20_000)
    with pytest.raises(ConfigurationError, match="empty"):
        village.guard.say("  ")


def test_a_handler_of_the_game_that_fails_loses_nobody_elses_event(silent: Callable[..., Village]) -> None:
    village = silent()

    def fail(*_: object) -> None:
        village.base.ignore(Ready.name)
        raise ZeroDivisionError("a mistake of the game")

    village.base.accept(Ready.name, fail)
    village.stand(0.0, -2.0)
    with pytest.raises(ZeroDivisionError):
        village.until(lambda: village.told(Transcript))
    village.until(lambda: village.told(Transcript))


def test_without_a_sound_device_the_words_still_arrive() -> None:
    program = """
import logging
logging.basicConfig(format="%(levelname)s %(message)s")
from panda3d.core import load_prc_file_data
load_prc_file_data("", "window-type none\\naudio-library-name null\\nnotify-level-device fatal")
from direct.showbase.ShowBase import ShowBase
from convai_panda import Convai, MemoryContinuity, Simulator, SpeechFinished, Transcript
from convai_panda.testing import step_until
base = ShowBase()
node = base.render.attach_new_node("guard")
convai = Convai(base, transport=Simulator(), listener=base.render, continuity=MemoryContinuity())
convai.add_character("0f4c9a52-6a1d-4a55-9f0e-5d2f3c1b0001", node)
heard, said = [], []
base.accept(SpeechFinished.name, lambda *_: heard.append(1))
base.accept(Transcript.name, lambda _, words: said.append(words.text))
step_until(base, lambda: heard, within=30)
convai.destroy()
base.destroy()
print(said[-1])
"""
    outcome = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert outcome.returncode == 0, outcome.stderr
    assert "Hello" in outcome.stdout
    assert outcome.stderr.count("No sound device") == 1


class _Nonsense:
    """A room whose service talks rubbish before it talks sense."""

    def __init__(self, room: Room) -> None:
        self._room = room
        self.send, self.publish, self.aclose = room.send, room.publish, room.aclose

    async def incoming(self) -> AsyncIterator[object]:
        from convai_panda.transport.base import MessageArrived

        for payload in (
            b"",
            b"\xff",
            b"[]",
            b"{}",
            b'{"type": 7}',
            b'{"type": "bot-llm-text", "data": 3}',
            b"[" * 9999,
        ):
            yield MessageArrived(payload)
        async for item in self._room.incoming():
            yield item


def test_nonsense_from_the_service_is_skipped(silent: Callable[..., Village]) -> None:
    class Babel(Unreliable):
        async def join(self, response: ConnectResponse) -> Room:
            return _Nonsense(await super().join(response))  # type: ignore[return-value]

    village = silent(transport=Babel())
    village.stand(0.0, -2.0)
    village.until(lambda: village.told(TurnCompleted))
    assert village.told(Failed) == []


class Flood:
    """A room in which the character is ready, says nonsense many times, and is gone; each time anew."""

    def __init__(self, room: Room, messages: int) -> None:
        self.room = room
        self.messages = messages
        self.send, self.publish, self.aclose = room.send, room.publish, room.aclose

    async def incoming(self) -> AsyncIterator[RoomItem]:
        async for item in self.room.incoming():
            yield item
            if isinstance(item, MessageArrived) and b"bot-ready" in item.payload:
                break
        for _ in range(self.messages):
            yield MessageArrived(b"nonsense")
        raise RoomLost(RoomLossReason.UNKNOWN)


class Flooded(Unreliable):
    async def join(self, response: ConnectResponse) -> Room:
        return Flood(await super().join(response), 500)


def test_rooms_that_die_once_ready_are_tried_ever_more_rarely_and_nonsense_floods_no_log(
    silent: Callable[..., Village], caplog: pytest.LogCaptureFixture
) -> None:
    village = silent(transport=Flooded())
    village.stand(0.0, -2.0)
    village.until(lambda: len(village.told(Failed)) == 3)
    assert len(village.told(Ready)) == 3
    village.until(lambda: village.guard.state is SessionState.BACKING_OFF)
    waits = [
        float(moved.reason.split()[3]) for moved in village.told(StateChanged) if "Trying again in" in moved.reason
    ]
    assert waits == sorted(waits)
    assert waits[-1] >= 2.0
    told = [record.message for record in caplog.records if "skipped" in record.message]
    assert len(told) == 3 * 4  # three of them and their number, in each room
    assert "497 more" in told[3]
