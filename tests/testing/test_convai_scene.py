"""The scene, the scripted player and scripted characters: what they do, when, and what they say when it goes wrong."""

import wave
from pathlib import Path

import pytest

from convai_panda import (
    Convai,
    Failed,
    MemoryContinuity,
    MicrophoneOpened,
    Nearest,
    Ready,
    Ring,
    SessionState,
    Speaker,
    SpeakingStarted,
    ThinkingStarted,
    Transcript,
)
from convai_panda.testing import (
    ConvaiScene,
    ScriptedPlayer,
    assert_heard,
    assert_no_gap,
    assert_rings,
    assert_said,
    assert_silent,
    heard,
)


def test_a_scripted_character_says_exactly_its_lines(
    convai_scene: ConvaiScene, scripted_player: ScriptedPlayer
) -> None:
    guard = convai_scene.add_character("Guard")
    script = convai_scene.script(guard)
    script.greets("Halt! Who goes there?")
    script.answers("Never heard of you.")
    script.answers("The password is swordfish.", to=r"\bpassword\b")
    scripted_player.walk_to(guard, stop_at=2.0)
    scripted_player.listen_to(guard)
    scripted_player.say("What is the password?")
    scripted_player.listen_to(guard)
    scripted_player.say("I am Ana.")
    scripted_player.listen_to(guard)
    said = [line.text for line in convai_scene.trace.told(Transcript, guard) if line.is_final]
    assert said == [
        "Halt! Who goes there?",
        "What is the password?",
        "The password is swordfish.",
        "I am Ana.",
        "Never heard of you.",
    ]
    assert_said(guard, "swordfish")
    assert_rings(guard, ["approach", Ring.TALK])
    assert_no_gap()


def test_emotions_and_actions_come_with_the_line(convai_scene: ConvaiScene, scripted_player: ScriptedPlayer) -> None:
    options = {"emotion_config": {"provider": "llm"}}
    guard = convai_scene.add_character("Guard", actions=["open gate"], connect_options=options)
    convai_scene.script(guard).greets("Go in.", emotion="Trust", scale=3, actions=["open gate", ("give", "key")])
    scripted_player.walk_to(guard, stop_at=2.0)
    scripted_player.listen_to(guard)
    told = repr(convai_scene.trace.since(0.0, guard))
    assert guard.emotion is not None
    assert (guard.emotion.emotion, guard.emotion.scale) == ("trust", 3)
    assert "open gate" in told
    assert "key" in told


def test_a_line_takes_its_time(convai_scene: ConvaiScene, scripted_player: ScriptedPlayer) -> None:
    guard = convai_scene.add_character("Guard", greeting=None)
    script = convai_scene.script(guard)
    script.answers("At once.")
    script.answers("Let me think.", after=2.0)
    scripted_player.walk_to(guard, stop_at=2.0)
    convai_scene.step_until(lambda: guard.is_ready)
    waits = []
    for _ in range(2):
        asked = convai_scene.now
        scripted_player.say("Well?")
        scripted_player.listen_to(guard)
        waits.append(convai_scene.trace.times(ThinkingStarted, guard)[-1] - asked)
    assert waits[1] - waits[0] == pytest.approx(2.0, abs=0.05)


def test_it_can_speak_of_its_own_accord(convai_scene: ConvaiScene, scripted_player: ScriptedPlayer) -> None:
    guard = convai_scene.add_character("Guard", greeting=None)
    scripted_player.walk_to(guard, stop_at=2.0)
    convai_scene.step_until(lambda: guard.is_ready)
    convai_scene.script(guard).says("Look out!")
    scripted_player.listen_to(guard)
    assert_said(guard, "Look out!")


def test_a_refused_connection_is_tried_again(convai_scene: ConvaiScene, scripted_player: ScriptedPlayer) -> None:
    guard = convai_scene.add_character("Guard")
    convai_scene.script(guard).refuses(503, times=2)
    scripted_player.walk_to(guard, stop_at=2.0)
    convai_scene.step_until(lambda: guard.is_ready, within=20.0)
    assert [failed.will_retry for failed in convai_scene.trace.told(Failed)] == [True, True]


def test_a_lost_room_is_entered_again(convai_scene: ConvaiScene, scripted_player: ScriptedPlayer) -> None:
    guard = convai_scene.add_character("Guard")
    scripted_player.walk_to(guard, stop_at=2.0)
    scripted_player.listen_to(guard)
    convai_scene.script(guard).loses_room()
    convai_scene.step_until(lambda: len(convai_scene.trace.told(Ready)) == 2, within=20.0)


def test_messages_can_be_withheld(convai_scene: ConvaiScene, scripted_player: ScriptedPlayer) -> None:
    guard = convai_scene.add_character("Guard")
    convai_scene.script(guard).withholds("bot-ready")
    scripted_player.walk_to(guard, stop_at=2.0)
    convai_scene.step_until(lambda: guard.state is SessionState.JOINING)
    convai_scene.wait(10.0)
    assert not guard.is_ready
    convai_scene.script(guard).delivers("bot-ready")
    convai_scene.step_until(lambda: guard.is_ready)


def test_a_stalled_voice_is_a_gap_where_it_stalled(convai_scene: ConvaiScene, scripted_player: ScriptedPlayer) -> None:
    guard = convai_scene.add_character("Guard")
    script = convai_scene.script(guard)
    script.greets("The mill upon the hill will be rolling as long as the wind is willing.")
    script.stalls(0.4, after=0.8)
    scripted_player.walk_to(guard, stop_at=2.0)
    scripted_player.listen_to(guard)
    (gap,) = heard(guard).gaps
    began = convai_scene.trace.times(SpeakingStarted, guard)[-1]
    assert 0.7 < gap[0] - began < 1.2
    assert 0.1 < gap[1] - gap[0] < 0.4
    with pytest.raises(AssertionError, match=r"Guard's voice broke at .* ms\)"):
        assert_no_gap(guard)


def test_the_player_speaks_a_file_and_is_understood(
    convai_scene: ConvaiScene, scripted_player: ScriptedPlayer, wav: Path
) -> None:
    guard = convai_scene.add_character("Guard", greeting=None)
    convai_scene.script(guard).answers("Then come in, Bartholomew.", to="Bartholomew")
    scripted_player.walk_to(guard, stop_at=2.0)
    convai_scene.step_until(lambda: guard.is_ready)
    convai_scene.wait(1.0)
    began = convai_scene.now
    scripted_player.speak(wav, words="My name is Bartholomew.")
    with wave.open(str(wav)) as file:
        assert convai_scene.now - began == pytest.approx(file.getnframes() / file.getframerate(), abs=0.2)
    scripted_player.listen_to(guard)
    assert_said(guard, "Then come in, Bartholomew.")
    spoken = [said.text for said in convai_scene.trace.told(Transcript) if said.speaker is Speaker.PLAYER]
    assert "My name is Bartholomew." in spoken
    assert convai_scene.trace.told(MicrophoneOpened)


def test_levels_and_sides_follow_the_place(convai_scene: ConvaiScene, scripted_player: ScriptedPlayer) -> None:
    guard = convai_scene.add_character("Guard", greeting=None)
    script = convai_scene.script(guard)
    levels = {}
    for at in ((0.0, -2.0), (0.0, -3.0), (2.0, 0.0), (-2.0, 0.0)):
        scripted_player.stand(at)
        scripted_player.node.set_h(0.0)
        convai_scene.step_until(lambda: guard.is_ready)
        script.says("The mill upon the hill")
        scripted_player.listen_to(guard)
        levels[at] = heard(guard, at=scripted_player)
    assert levels[0.0, -2.0].side == "centre"
    assert levels[0.0, -2.0].level - levels[0.0, -3.0].level == pytest.approx(3.52, abs=0.05)  # 20 log (3 / 2)
    assert levels[2.0, 0.0].side == "left"
    assert levels[-2.0, 0.0].side == "right"
    assert_heard(guard, louder_than=-30.0, side="right")
    assert 0.5 < levels[2.0, 0.0].seconds < 3.0


def test_who_is_far_away_or_has_left_is_silent(convai_scene: ConvaiScene, scripted_player: ScriptedPlayer) -> None:
    guard = convai_scene.add_character("Guard")
    assert_silent(guard)
    scripted_player.walk_to(guard, stop_at=2.0)
    convai_scene.step_until(lambda: guard.is_audible)
    convai_scene.wait(0.5)
    with pytest.raises(AssertionError, match=r"Guard is not silent\. In the last 1 s was heard: -\d\d"):
        assert_silent(guard)
    guard.interrupt()
    convai_scene.wait(1.1)
    assert_silent(guard)


def test_a_wait_in_vain_says_what_was_seen(convai_scene: ConvaiScene, scripted_player: ScriptedPlayer) -> None:
    guard = convai_scene.add_character("Guard")
    scripted_player.stand((0.0, -6.0))
    with pytest.raises(AssertionError) as refusal:
        convai_scene.step_until(lambda: guard.is_speaking, within=3.0)
    words = str(refusal.value)
    assert "Not within 3 s of game time: guard.is_speaking." in words
    assert "Guard: ring far → approach" in words
    assert "Guard: 6.0 away, approach, ready" in words


def test_assertions_say_what_was_there_instead(convai_scene: ConvaiScene, scripted_player: ScriptedPlayer) -> None:
    guard = convai_scene.add_character("Guard")
    convai_scene.script(guard).greets("Good day.")
    with pytest.raises(AssertionError, match="Guard is not heard louder than -30 dB, but: nothing"):
        assert_heard(guard, louder_than=-30.0)
    scripted_player.walk_to(guard, stop_at=2.5)
    scripted_player.listen_to(guard)
    with pytest.raises(AssertionError, match=r"Guard has not said “Halt”(.|\n)*“Good day\.”"):
        assert_said(guard, "Halt")
    with pytest.raises(AssertionError, match="rings were approach → talk, not talk → far"):
        assert_rings(guard, ["talk", "far"])
    with pytest.raises(AssertionError, match=r"not heard louder than 0 dB, but: -\d\d\.\d dB, centre"):
        assert_heard(guard, louder_than=0.0)


def test_a_player_with_nobody_around_is_told_so(convai_scene: ConvaiScene, scripted_player: ScriptedPlayer) -> None:
    convai_scene.add_character("Guard")
    with pytest.raises(AssertionError, match="Nobody is within earshot: walk_to"):
        scripted_player.say("Hello?")


def test_a_game_keeps_its_own_rules_and_gets_our_parts(convai_scene: ConvaiScene, tmp_path: Path) -> None:
    ears = convai_scene.base.render.attach_new_node("ears")
    convai = Convai(convai_scene.base, listener=ears, proximity=Nearest(approach=5.0), continuity=MemoryContinuity())
    assert convai_scene.convai is convai
    assert convai.transport is convai_scene.transport
    ears.set_y(-6.0)
    guard = convai_scene.add_character("Guard")
    convai_scene.wait(2.0)
    assert guard.ring is Ring.FAR
    convai.destroy()
