"""Every reading of every contradiction: it can be heard on the wire, and the unchanged client gets on with it."""

import json
import math
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from convai_panda import ActionsRequested, EmotionChanged, Failed, SessionEnding, Speaker, Transcript, TurnCompleted
from convai_panda.audio.frame import AudioFrame
from convai_panda.errors import AuthenticationError, ConfigurationError, InvalidRequest
from convai_panda.moods import Mood
from convai_panda.protocol.client import ClientReady, ContextUpdate, InterruptBot, UpdateSceneMetadata, UserTextMessage
from convai_panda.protocol.connect import ActionConfig, SceneObject, parse_error_body
from convai_panda.simulator import Behaviour, Dialect, Memory
from convai_panda.simulator import dialect as dialects
from convai_panda.simulator.characters import Cast
from convai_panda.simulator.dialect import describe_dialect, readings, table
from convai_panda.simulator.service import Service
from convai_panda.testing.convai_scene import ConvaiScene
from convai_panda.testing.player import ScriptedPlayer

from .stage import CHARACTER, Stage

OTHERS = [(name, value) for name, known in readings().items() for value in known[1:]]
REAL = {"topic", "room_url"}  # to be seen in a real room alone, and looked at there
CALLS = {"auth_token", "error_body", "error_code", "audio_config", "unknown_type"}  # no talk depends on them

REQUEST: dict[str, Any] = {
    "emotion_config": {"provider": "llm"},
    "action_config": {"actions": ["Wave"]},
    "blendshape_provider": "neurosync",
    "blendshape_config": {"format": "arkit"},
}


def dialect(name: str, value: str) -> Dialect:
    return Dialect.read([f"{name}={value}"])


# On the wire


def visit(spoken: Dialect) -> list[object]:
    """What a visit is like from outside: rooms, refusals, messages with their envelopes, without times and ids."""
    return [*calls(spoken), *talk(spoken), *quiet(spoken)]


def calls(spoken: Dialect) -> list[object]:
    service = Service(api_keys=("good",), cast=Cast(), memory=Memory(), room_url="ws://127.0.0.1:9", dialect=spoken)
    key = {"X-API-Key": "good", "Content-Type": "application/json"}

    def call(headers: dict[str, str] = key, **fields: Any) -> tuple[int, object]:
        reply = service.connect(json.dumps({"character_id": CHARACTER, **fields}).encode(), headers)
        return reply.status, reply.body.get("room_url", reply.body)

    return [
        call(),
        call({"X-API-Key": "bad"}),
        call({"API-AUTH-TOKEN": "good"}),
        call(blendshape_provider="none"),
        call(blendshape_provider="not_provided"),
        call(transport="daily", audio_config={"output": {}}),
    ]


def talk(spoken: Dialect) -> list[object]:
    behaviour = Behaviour(advises=False, dialect=spoken, moderated_words=("dragon",), hearing=("Wave", "Wave"))
    stage = Stage(behaviour=behaviour, **REQUEST).run(2.0)
    stage.send(ClientReady(), "ready")
    stage.run(0.5)
    stage.send(UserTextMessage(text="Please wave"))
    stage.run(9.0)
    for payload in (
        b'{"type":"reset-idle-timer","data":{}}',
        b'{"label":"rtvi-ai","id":"1","type":"dance"}',
        UpdateSceneMetadata(scene_metadata=()).encode(),
        UpdateSceneMetadata(scene_metadata=()).in_form(is_bare=True).encode(),
    ):
        stage.actor.receive(payload, stage.now)
    for number in range(9):  # together they are too much
        stage.send(ContextUpdate(text="x" * 15_000, run_llm="false", update_id=f"u{number}"))
    stage.send(ContextUpdate(text="New.", action_config=ActionConfig(actions=("Bow",)), run_llm="false"))
    stage.send(UserTextMessage(text="Bow to the dragon"))
    stage.run(0.3)
    stage.send(UserTextMessage(text="Please bow"))
    stage.run(3.0)
    stage.send(InterruptBot())
    stage.run(1.0)
    hear(stage)
    return [(heard.name, heard.form, _shape(heard.data)) for heard in stage.heard if heard.frame is None]


def hear(stage: Stage) -> None:
    """The player says something, and then nothing for a second and a half."""
    tone = (9000 * np.sin(np.arange(960) * 2 * math.pi / 60)).astype("<i2").tobytes()
    for _ in range(40):
        stage.actor.hear(AudioFrame(tone), stage.now)
        stage.run(0.02)
    stage.run(1.5)


def quiet(spoken: Dialect) -> list[object]:
    """Nobody says that they are ready, and nothing else."""
    behaviour = Behaviour(advises=False, dialect=spoken, idle_timeout=3.0, idle_warning=1.0)
    stage = Stage(behaviour=behaviour, blendshape_provider="neurosync").run(1.2)
    stage.send(UserTextMessage(text="Hi"))
    stage.run(12.0)
    return [(heard.name, heard.form, _shape(heard.data)) for heard in stage.heard if heard.frame is None]


def _shape(data: Any) -> object:
    """Everything that says how a message is made, without what differs from run to run."""
    text = json.dumps(data, sort_keys=True)
    return re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}|\d{4}-\d\d-\d\dT[^\"]+", "", text)


@pytest.fixture(scope="module")
def usual() -> list[object]:
    return visit(Dialect())


def test_the_default_is_the_same_each_time(usual: list[object]) -> None:
    assert visit(Dialect()) == usual


@pytest.mark.parametrize(("name", "value"), [other for other in OTHERS if other[0] != "topic"])
def test_each_reading_is_heard_on_the_wire(name: str, value: str, usual: list[object]) -> None:
    assert visit(dialect(name, value)) != usual


# In a game


class Mouth:
    """A driver that notes how far the jaw has been."""

    channels = ("JawOpen",)

    def __init__(self) -> None:
        self.widest = 0.0

    def show(self, values: list[float]) -> None:  # type: ignore[override]
        self.widest = max(self.widest, float(values[0]))

    def close(self) -> None:
        """Nothing is held."""


def scenes() -> list[Any]:
    """Every reading that shows in a talk, four at a time: two of one name are never in the same dialect."""
    shown = [other for other in OTHERS if other[0] not in REAL | CALLS]
    count = -(-len(shown) // 4)
    bundles = [dict(shown[first::count]) for first in range(count)]
    assert sum(map(len, bundles)) == len(shown)
    return [
        pytest.param(
            Dialect(**bundle),
            marks=pytest.mark.convai_scene(dialect=Dialect(**bundle), fps=15),
            id=" ".join(f"{name}={value}" for name, value in bundle.items()),
        )
        for bundle in bundles
    ]


@pytest.mark.parametrize("spoken", scenes())
def test_the_unchanged_client_holds_a_conversation(
    spoken: Dialect, convai_scene: ConvaiScene, scripted_player: ScriptedPlayer, wav: Path
) -> None:
    mouth = Mouth()
    guard = convai_scene.add_character("Guard", actions=["wave"], face=mouth)
    told = convai_scene.trace.told
    convai = convai_scene.convai

    def lines() -> list[tuple[Speaker, str]]:
        return [(said.speaker, said.text) for said in told(Transcript, guard) if said.is_final]

    def answered(words: str, line: str) -> None:
        scripted_player.listen_to(guard)
        heard = [said for said in lines() if said[0] is Speaker.PLAYER]
        assert (heard.count((Speaker.PLAYER, words)), lines()[-1]) == (1, (Speaker.CHARACTER, line))
        assert lines().count(lines()[-1]) == 1

    scripted_player.walk_to(guard, stop_at=2)
    scripted_player.listen_to(guard)
    assert [speaker for speaker, _ in lines()] == [Speaker.CHARACTER]

    scripted_player.say("Please wave")
    answered("Please wave", "As you wish. You said: Please wave.")
    assert [[action.name for action in wanted.actions] for wanted in told(ActionsRequested, guard)] == [["wave"]]
    assert told(EmotionChanged, guard)[-1].mood is Mood.TRUST
    assert mouth.widest > 0.1

    scripted_player.speak(wav, words="My name is Bo")
    answered("My name is Bo", "Pleased to meet you, Bo. I will remember that.")

    scene = UpdateSceneMetadata(scene_metadata=(SceneObject(name="anvil", description="Heavy"),))
    convai._io.call(convai._entries[guard.id].session.hold, scene)
    convai_scene.wait(0.5)
    scripted_player.say("What do you see?")
    answered("What do you see?", "I see: anvil (Heavy).")

    scripted_player.say("A long story that goes on and on and on for quite a while")
    convai_scene.step_until(lambda: guard.loudness > 0.0)
    convai_scene.wait(0.5)
    guard.interrupt()
    scripted_player.say("What is my name?")
    answered("What is my name?", "Your name is Bo.")
    assert len([said for said in told(Transcript, guard) if said.is_cut]) == 1
    assert told(Failed) == []
    assert len(told(TurnCompleted, guard)) == (0 if spoken.turn_completed == "never" else 6)


@pytest.mark.parametrize(
    "ending",
    [
        pytest.param(
            value, marks=pytest.mark.convai_scene(dialect=dialect("session_ending", value), faults="idle-kill", fps=15)
        )
        for value in readings()["session_ending"]
    ],
)
def test_a_session_that_idles_out_is_over_and_another_one_begins(
    ending: str, convai_scene: ConvaiScene, scripted_player: ScriptedPlayer
) -> None:
    guard = convai_scene.add_character("Guard")
    scripted_player.walk_to(guard, stop_at=6)  # close enough for a room, too far to talk
    convai_scene.step_until(lambda: guard.is_ready)
    convai_scene.step_until(lambda: not guard.is_ready, within=20.0)
    assert len(convai_scene.trace.told(SessionEnding, guard)) == (ending != "untold")
    scripted_player.walk_to(guard, stop_at=2)
    scripted_player.listen_to(guard)
    scripted_player.say("Please wave")
    scripted_player.listen_to(guard)
    assert guard.transcript[-1].text == "You said: Please wave."


# Calls


@pytest.mark.parametrize(("name", "value"), [other for other in OTHERS if other[0] in ("error_body", "error_code")])
def test_a_refusal_is_understood(name: str, value: str) -> None:
    service = Service(api_keys=("good",), dialect=dialect(name, value))
    headers = {"X-API-Key": "bad", "Content-Type": "application/json"}
    reply = service.connect(json.dumps({"character_id": CHARACTER}).encode(), headers)
    error = parse_error_body(reply.status, reply.headers, reply.encode())
    assert isinstance(error, AuthenticationError)
    assert "Invalid API key" in str(error)


@pytest.mark.parametrize("status", readings()["audio_config"])
def test_sound_in_messages_over_another_transport_is_an_invalid_request(status: str) -> None:
    service = Service(dialect=dialect("audio_config", status))
    body = json.dumps({"character_id": CHARACTER, "transport": "daily", "audio_config": {"output": {}}}).encode()
    reply = service.connect(body, {"X-API-Key": "any"})
    error = parse_error_body(reply.status, reply.headers, reply.encode())
    assert isinstance(error, InvalidRequest)
    assert (str(error.status), "LiveKit transport" in str(error)) == (status, True)


def test_a_token_is_a_session_or_a_key_for_a_while() -> None:
    body, key = json.dumps({"character_id": CHARACTER}).encode(), {"X-API-Key": "good"}
    service = Service(api_keys=("good",))
    session = service.connect(body, key).body["session_id"]
    assert service.connect(body, {"API-AUTH-TOKEN": session}).status == 200
    assert service.connect(body, {"API-AUTH-TOKEN": "good"}).status == 401
    minted = Service(api_keys=("good",), dialect=Dialect(auth_token="minted"))
    assert minted.connect(body, {"API-AUTH-TOKEN": "good"}).status == 200
    assert minted.connect(body, {"API-AUTH-TOKEN": session}).status == 401


# In words


def test_the_guide_has_every_contradiction_with_its_sources() -> None:
    guide = Path(dialects.__file__).with_name("README.md").read_text(encoding="utf-8")
    for row in table():
        assert f"| `{row[0]}` | {row[1]} | {row[2]} | {row[3]} |" in guide
        assert row[0] in describe_dialect()


@pytest.mark.parametrize("setting", ["speaking=loudly", "loudness=high", "speaking", ""])
def test_what_is_no_reading_is_refused_with_those_that_are(setting: str) -> None:
    with pytest.raises(ConfigurationError, match=r"There are: .*(native|speaking)"):
        Dialect.read([setting])


def test_a_reading_may_be_written_as_options_are() -> None:
    assert Dialect.read(["bot-output=v2", " turn_completed = never "]) == Dialect(
        bot_output="v2", turn_completed="never"
    )
