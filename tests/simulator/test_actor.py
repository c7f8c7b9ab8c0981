"""The actor's order of messages, its sound, and its quirks, on a clock of the test's own."""

import json
import math

import numpy as np
import pytest

from convai_panda import AudioFrame
from convai_panda.protocol.client import (
    ClientReady,
    ContextUpdate,
    InterruptBot,
    KillPipeline,
    SttToggle,
    TriggerMessage,
    TtsToggle,
    UpdateDynamicInfo,
    UpdateTemplateKeys,
    UserTextMessage,
)
from convai_panda.protocol.connect import DynamicInfo
from convai_panda.simulator import Behaviour, Character, Dialect
from convai_panda.simulator.actor import Ending

from .stage import CHARACTER, Stage

QUIET = Behaviour(advises=False)


# Readiness


def test_interaction_created_comes_before_bot_ready_which_echoes_the_id() -> None:
    stage = Stage()
    stage.send(ClientReady(), "ready-7")
    stage.run(0.5)
    assert stage.names() == ["interaction-created", "bot-ready"]
    ready = stage.one("bot-ready")
    assert (ready.form, ready.id, ready.data["version"]) == ("A", "ready-7", "1.2.0")
    assert stage.one("interaction-created").data["character_session_id"] == stage.history.id


def test_a_client_that_never_says_ready_gets_bot_ready_after_a_second() -> None:
    stage = Stage().run(0.9)
    assert stage.names() == ["interaction-created"]
    stage.run(0.2)
    assert stage.names() == ["interaction-created", "bot-ready"]


def test_each_further_client_ready_draws_bot_ready_and_at_times_advice() -> None:
    stage = Stage(behaviour=Behaviour())
    for number in range(4):
        stage.send(ClientReady(), f"ready-{number}")
        stage.run(0.5)
    assert [heard.id for heard in stage.of("bot-ready")] == [f"ready-{number}" for number in range(4)]
    assert [heard.id for heard in stage.of("error-response")] == ["ready-1", "ready-3"]


def test_an_unknown_version_is_advised_against_and_served() -> None:
    stage = Stage(behaviour=Behaviour())
    stage.actor.receive(b'{"label":"rtvi-ai","type":"client-ready","id":"x","data":{}}', stage.now)
    stage.run(0.3)
    assert stage.names() == ["interaction-created", "error-response", "bot-ready"]


def test_words_from_before_bot_ready_are_lost() -> None:
    stage = Stage()
    stage.send(UserTextMessage(text="hello?"))
    stage.run(0.05)
    stage.send(ClientReady())
    stage.run(3.0)
    assert stage.names() == ["interaction-created", "bot-ready"]


# One turn


def test_a_typed_turn_has_the_order_of_a_real_bot() -> None:
    stage = Stage(
        emotion_config={"provider": "llm"}, action_config={"actions": ["Wave"]}, blendshape_provider="ovr"
    ).ready()
    stage.send(UserTextMessage(text="Please wave to the crowd over there"), "say-1")
    stage.run(8.0)
    moments = {name: stage.of(name) for name in stage.names()}
    assert stage.names()[:9] == [
        "ack:user_text_message",
        "user-started-speaking",
        "bot-interrupted",
        "user-transcription",
        "user-llm-text",
        "user-stopped-speaking",
        "final-user-transcription",
        "bot-llm-started",
        "bot-llm-text",
    ]
    order = ["bot-llm-started", "bot-llm-text", "bot-tts-started", "bot-started-speaking", "bot-llm-stopped"]
    order += ["bot-emotion", "bot-tts-stopped", "bot-stopped-speaking", "blendshape-turn-stats", "bot-turn-completed"]
    firsts = [moments[name][0].time for name in order]
    assert firsts == sorted(firsts)
    assert moments["bot-llm-text"][-1].time <= moments["bot-llm-stopped"][0].time
    assert stage.one("action-response").data["actions"] == [{"name": "Wave"}]
    assert stage.one("bot-emotion").data == {"emotion": "Trust", "scale": 2}
    # Sound begins after the words about it, and outlives them by a second.
    sound = stage.of("audio")
    assert 0.0 < sound[0].time - moments["bot-started-speaking"][0].time <= 0.13
    assert sound[-1].time + 0.02 - moments["bot-stopped-speaking"][0].time == pytest.approx(1.0, abs=0.03)
    # Told to be over only once, and last of all that is told.
    assert stage.names()[-1] == "bot-turn-completed"
    assert stage.one("bot-turn-completed").data["was_interrupted"] is False


def test_messages_without_fields_have_no_data_at_all() -> None:
    stage = Stage().ready()
    stage.send(UserTextMessage(text="hi"))
    payloads = []
    while stage.now < stage.start + 12.0:
        payloads += [output for output in stage.actor.advance(stage.now) if isinstance(output, bytes)]
        stage.now += 0.01
    bare = [json.loads(payload) for payload in payloads if b'"bot-llm-started"' in payload or b"tts-st" in payload]
    assert len(bare) == 3
    assert all(set(wire) == {"label", "type"} for wire in bare)


def test_typed_words_come_back_with_an_empty_final_and_twice_at_the_end() -> None:
    stage = Stage(end_user_id="p1", end_user_metadata={"name": "Ana"}).ready()
    stage.send(UserTextMessage(text="hi"), "say-9")
    stage.run(0.1)
    assert [heard.data["text"] for heard in stage.of("user-transcription")] == ["hi", ""]
    finals = stage.of("final-user-transcription")
    assert [heard.form for heard in finals] == ["B", "flat"]
    assert finals[0].data == {"text": "hi", "speaker_id": "p1", "speaker_name": "Ana", "message_id": "say-9"}


def test_nothing_of_face_mood_or_deeds_comes_unasked() -> None:
    stage = Stage().ready()
    stage.send(UserTextMessage(text="Wave and be happy"))
    stage.run(8.0)
    assert not {"bot-emotion", "action-response", "visemes", "blendshape-turn-stats"} & set(stage.names())


def test_sound_is_paced_in_real_time_and_never_pauses_inside_a_sentence() -> None:
    stage = Stage().ready()
    stage.send(UserTextMessage(text="one sentence that goes on, and on, and on for quite a while"))
    stage.run(10.0)
    times = [heard.time for heard in stage.of("audio")]
    ideal = times[0] + 0.02 * np.arange(len(times))
    assert np.abs(np.array(times) - ideal).max() <= 0.0051
    assert longest_gap(stage.pcm()) <= 0.06


def test_a_sender_with_a_queue_gets_its_sound_ahead() -> None:
    stage = Stage(sound_ahead=0.94).ready()
    stage.send(UserTextMessage(text="one sentence that goes on and on"))
    stage.run(8.0)
    sound = stage.of("audio")
    assert sound[40].time - sound[0].time < 0.1  # the queue is filled at once
    assert sound[-1].time == pytest.approx(stage.of("bot-stopped-speaking")[0].time, abs=0.1)


def test_visemes_go_out_when_their_sound_is_queued() -> None:
    stage = Stage(blendshape_provider="ovr").ready()
    stage.send(UserTextMessage(text="hello"))
    stage.run(8.0)
    shapes, sound = stage.of("visemes"), stage.of("audio")
    assert stage.of("bot-started-speaking")[0].time <= shapes[0].time <= sound[0].time
    assert shapes[-1].time <= stage.one("blendshape-turn-stats").time
    assert len(shapes) * 0.010 == pytest.approx(len(sound) * 0.020, abs=0.03)
    assert stage.one("blendshape-turn-stats").data["stats"]["total_blendshapes"] == len(shapes)
    assert all(len(shape.data["visemes"]) == 15 for shape in shapes)
    assert max(shape.data["visemes"]["aa"] for shape in shapes) > 0.5


@pytest.mark.parametrize("routing", ["data_only", "both"])
def test_audio_data_carries_the_same_voice(routing: str) -> None:
    output = {"audio_routing": routing, "max_chunk_duration_ms": 100, "add_wav_header": True, "sample_rate": 48000}
    stage = Stage(audio_config={"output": output}).ready()
    stage.send(UserTextMessage(text="hello"))
    stage.run(8.0)
    chunks = [bytes_of(heard.data) for heard in stage.of("audio-data")]
    assert all(chunk[:4] == b"RIFF" for chunk in chunks)
    assert {len(chunk) for chunk in chunks[:-1]} == {44 + 9600}
    track = b"".join(heard.frame.pcm for heard in stage.of("audio") if heard.frame)
    data = b"".join(chunk[44:] for chunk in chunks)
    assert track == (data if routing == "both" else b"")
    assert len(data) > 48000


# Interruption and switches


def test_an_interruption_ends_the_sound_within_60_ms_without_a_click() -> None:
    stage = Stage().ready()
    stage.send(UserTextMessage(text="a long sentence that goes on and on and on for quite a while"))
    stage.run(2.0)
    assert stage.of("audio")
    spoken = np.abs(np.diff(stage.pcm())).max()
    stage.heard.clear()
    cut = stage.now
    stage.send(InterruptBot())
    stage.run(3.0)
    assert stage.names(audio=True) == [
        "ack:interrupt-bot",
        "flush",
        "audio",
        "bot-interrupted",
        "bot-stopped-speaking",
        "bot-turn-completed",
    ]
    assert stage.one("bot-turn-completed").data["was_interrupted"] is True
    last = stage.of("audio")[-1]
    assert last.time + 0.02 - cut <= 0.06
    assert np.abs(np.diff(stage.pcm())).max() <= spoken
    assert stage.pcm()[-1] == 0.0


def test_an_interruption_between_turns_is_confirmed_and_ends_no_turn() -> None:
    stage = Stage().ready()
    stage.send(InterruptBot())
    stage.run(1.0)
    assert stage.names() == ["ack:interrupt-bot", "bot-interrupted"]


def test_new_words_cut_the_answer_to_the_old_ones() -> None:
    stage = Stage().ready()
    stage.send(UserTextMessage(text="a long sentence that goes on and on and on for quite a while"))
    stage.run(2.0)
    stage.send(UserTextMessage(text="hello"))
    stage.run(6.0)
    assert [heard.data["was_interrupted"] for heard in stage.of("bot-turn-completed")] == [True, False]


def test_without_a_voice_only_text_comes() -> None:
    stage = Stage().ready()
    stage.send(TtsToggle(enabled=False))
    stage.send(UserTextMessage(text="hello"))
    stage.run(3.0)
    assert stage.of("ack:tts-toggle")[0].data["extras"] == {"enabled": False}
    assert not {"audio", "bot-tts-started", "bot-started-speaking"} & set(stage.names(audio=True))
    assert stage.names()[-2:] == ["bot-llm-stopped", "bot-turn-completed"]


def test_a_request_can_begin_without_a_voice() -> None:
    stage = Stage(default_tts_enabled=False).ready()
    stage.send(UserTextMessage(text="hello"))
    stage.run(3.0)
    assert stage.text()
    assert not stage.of("audio")


def test_a_killed_pipeline_is_acknowledged_and_ends() -> None:
    stage = Stage().ready()
    stage.send(KillPipeline())
    stage.run(0.1)
    assert stage.one("ack:kill-pipeline").data["extras"] == {"room_name": "room-1"}
    assert stage.actor.ending is Ending.KILLED


def test_a_silent_player_is_warned_and_let_go() -> None:
    stage = Stage(behaviour=Behaviour(idle_timeout=10.0, idle_warning=4.0)).ready()
    stage.run(12.0)
    warning, ending = stage.one("user-idle-warning"), stage.one("session-ending")
    assert (warning.data["remaining_seconds"], ending.data["reason"]) == (4, "idle_timeout")
    assert ending.time - warning.time == pytest.approx(4.0, abs=0.01)
    assert stage.actor.ending is Ending.IDLE


@pytest.mark.parametrize("sign", ["message", "voice"])
def test_a_sign_of_life_answers_the_warning(sign: str) -> None:
    stage = Stage(behaviour=Behaviour(idle_timeout=10.0, idle_warning=4.0)).ready()
    stage.run(6.0)
    assert stage.names() == ["user-idle-warning"]
    if sign == "message":
        stage.send(SttToggle(muted=True))
    else:
        tone = (8000 * np.sin(np.arange(960) * 0.05)).astype("<i2").tobytes()
        stage.actor.hear(AudioFrame(tone), stage.now)
    stage.run(5.0)
    assert stage.actor.ending is None


# Acknowledgements


def test_context_is_counted_and_deduplicated() -> None:
    stage = Stage(dynamic_info={"static_text": "x" * 40, "text": "y" * 8}).ready()
    stage.send(ContextUpdate(text="z" * 40, update_id="u1"))
    stage.send(ContextUpdate(text="z" * 40, update_id="u1"))
    stage.run(0.1)
    first, second = (heard.data["extras"] for heard in stage.of("ack:context-update"))
    assert (first["static_token_count"], first["runtime_token_count"], first["token_count"]) == (10, 13, 23)
    assert (first["max_tokens"], first["static_max_tokens"], first["runtime_max_tokens"]) == (50_000, 20_000, 30_000)
    assert (first["remaining_tokens"], first["update_id"]) == (49_977, "u1")
    assert (first["duplicate"], second["duplicate"]) == (False, True)
    assert second["token_count"] == 23


def test_context_over_its_budget_is_an_error_and_changes_nothing() -> None:
    stage = Stage().ready()
    part = "w" * 15_000
    for number in range(9):
        stage.send(ContextUpdate(text=part, update_id=f"u{number}"))
    stage.run(0.1)
    answers = [heard.data for heard in stage.of("ack:context-update")]
    assert [answer["status"] for answer in answers] == ["success"] * 7 + ["error"] * 2
    assert answers[-1]["extras"]["token_count"] == answers[6]["extras"]["token_count"]
    assert answers[-1]["message"].endswith("text: 30002 estimated tokens, Maximum: 30000 tokens.")


def test_where_the_oldest_context_makes_way_the_newest_is_kept() -> None:
    stage = Stage(behaviour=Behaviour(dialect=Dialect(too_much_context="trimmed"))).ready()
    for letter in "abcdefghi":
        stage.send(ContextUpdate(text=letter * 15_000, update_id=letter))
    stage.run(0.1)
    answers = [heard.data for heard in stage.of("ack:context-update")]
    assert [answer["status"] for answer in answers] == ["success"] * 9
    assert answers[-1]["extras"]["runtime_token_count"] == 26_252  # seven of them


@pytest.mark.parametrize(("run_llm", "answers"), [("false", 0), ("auto", 0), ("true", 1)])
def test_context_makes_the_character_speak_only_when_told_to(run_llm: str, answers: int) -> None:
    stage = Stage().ready()
    stage.actor.receive(
        json.dumps({"type": "context-update", "data": {"text": "The gate is open.", "run_llm": run_llm}}).encode(),
        stage.now,
    )
    stage.run(4.0)
    assert len(stage.of("bot-turn-completed")) == answers


def test_dynamic_info_is_acknowledged() -> None:
    stage = Stage().ready()
    stage.send(UpdateDynamicInfo(dynamic_info=DynamicInfo(text="It rains.")))
    stage.run(0.1)
    assert stage.one("ack:update-dynamic-info").data["extras"] == {"token_count": 3}


@pytest.mark.parametrize(("has_narrative", "status"), [(False, "error"), (True, "success")])
def test_template_keys_need_a_narrative(has_narrative: bool, status: str) -> None:
    stage = Stage(character=Character(CHARACTER, "Ines", "the ranger", has_narrative=has_narrative)).ready()
    stage.send(UpdateTemplateKeys(template_keys={"hour": "noon"}))
    stage.run(0.1)
    answer = stage.one("ack:update-template-keys").data
    assert answer["status"] == status
    assert (answer["message"] == "Narrative design service not available") is not has_narrative


@pytest.mark.parametrize(
    ("payload", "event", "message"),
    [
        (b"{nonsense", "parse-error", "Failed to parse message: invalid JSON or UTF-8 encoding"),
        (b"\xff\xfe", "parse-error", "Failed to parse message: invalid JSON or UTF-8 encoding"),
        (b'{"data":{}}', "validation-error", "Message missing required 'type' field"),
        (b'{"type":"dance","data":{}}', "dance", "Unknown message type: dance"),
    ],
)
def test_what_is_no_message_is_refused_in_the_services_words(payload: bytes, event: str, message: str) -> None:
    stage = Stage().ready()
    stage.actor.receive(payload, stage.now)
    stage.run(0.1)
    answer = stage.one(f"ack:{event}").data
    assert (answer["status"], answer["message"]) == ("error", message)


def test_an_unknown_type_is_answered_with_the_known_ones() -> None:
    stage = Stage().ready()
    stage.actor.receive(b'{"type":"dance"}', stage.now)
    stage.run(0.1)
    supported = stage.one("ack:dance").data["extras"]["supported_types"]
    assert len(supported) == 12
    assert "user_text_message" in supported


def test_a_message_over_the_limit_is_refused_and_does_nothing() -> None:
    stage = Stage().ready()
    wire = {"type": "user_text_message", "data": {"text": "x" * 15_361}}
    stage.actor.receive(json.dumps(wire).encode(), stage.now)
    stage.run(2.0)
    assert stage.names() == ["ack:validation-error"]


def test_a_trigger_speaks_its_speak_tag_word_for_word() -> None:
    stage = Stage().ready()
    stage.send(TriggerMessage(trigger_name="bell", trigger_message="<speak>The bell rings.</speak>"))
    stage.run(5.0)
    assert stage.text() == "The bell rings."
    assert stage.one("ack:trigger-message").data["extras"] == {"trigger_name": "bell", "has_speak_tag": True}


# Talk


def talk(stage: Stage, *lines: str) -> list[str]:
    answers = []
    for line in lines:
        stage.heard.clear()
        stage.send(UserTextMessage(text=line))
        stage.run(1.5)
        stage.send(InterruptBot())
        stage.run(0.1)
        answers.append(stage.text())
    return answers


def test_it_greets_by_name_when_it_is_to_greet() -> None:
    stage = Stage(behaviour=Behaviour(greets=True, advises=False), end_user_id="p1", end_user_metadata={"name": "Ana"})
    stage.send(ClientReady())
    stage.run(6.0)
    assert stage.text().startswith("Hello, Ana. I am ")


def test_metadata_without_an_end_user_id_is_ignored() -> None:
    stage = Stage(behaviour=Behaviour(greets=True, advises=False), end_user_metadata={"name": "Ana"})
    stage.send(ClientReady())
    stage.run(6.0)
    assert "Ana" not in stage.text()


def test_it_knows_the_name_and_what_was_said_before() -> None:
    stage = Stage(behaviour=QUIET).ready()
    asked, named, told, recalled, name = talk(
        stage,
        "What is my name?",
        "My name is Ana",
        "I lost my lamp by the pond",
        "What did I say before?",
        "what's my name",
    )
    assert "not told me your name" in asked
    assert "Ana" in named
    assert "I lost my lamp by the pond" in told
    assert "I lost my lamp by the pond" in recalled
    assert name == "Your name is Ana."


def test_a_continued_conversation_greets_as_an_acquaintance() -> None:
    first = Stage(behaviour=QUIET).ready()
    talk(first, "My name is Ana", "I like cheese")
    again = Stage(behaviour=Behaviour(greets=True, advises=False), memory=first.memory, session=first.history.id)
    again.send(ClientReady())
    again.run(8.0)
    assert again.text() == "Welcome back, Ana. Last time you said: I like cheese."
    stranger = Stage(behaviour=QUIET, memory=first.memory).ready()
    (answer,) = talk(stranger, "Do you remember me?")
    assert "not told me anything" in answer


@pytest.mark.parametrize(
    "line", ["hello", "how are you", "who are you?", "bye", "thank you", "", "  ", "你好", "🎉" * 40]
)
def test_every_line_gets_an_answer_with_a_voice(line: str) -> None:
    stage = Stage().ready()
    stage.send(UserTextMessage(text=line))
    stage.run(3.0)
    assert stage.text().strip()
    assert stage.of("audio")


def longest_gap(samples: "np.ndarray[tuple[int], np.dtype[np.float64]]") -> float:
    """Seconds under -45 dBFS between the first and the last sample that is above it."""
    window = 480
    power = np.convolve(samples**2, np.ones(window) / window, "same")
    loud = np.flatnonzero(power > 10 ** (-45 / 10))
    return float(np.diff(loud).max(initial=0)) / 48_000


def bytes_of(data: dict[str, object]) -> bytes:
    import base64

    assert data["includes_wav_header"] is True
    return base64.b64decode(str(data["audio"]))


def test_the_ear_measures_level() -> None:
    from convai_panda.simulator.hearing import level

    tone = (32767 * np.sin(np.arange(4800) * 2 * math.pi / 48)).astype("<i2").tobytes()
    assert level(AudioFrame(tone)) == pytest.approx(-3.0, abs=0.1)
    assert level(AudioFrame(bytes(960))) == -math.inf
