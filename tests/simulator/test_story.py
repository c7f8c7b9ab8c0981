"""What the simulated service does beside talking: sections, respond modes, moderation, debug."""

import pytest

from convai_panda.protocol.client import (
    ContextUpdate,
    TriggerMessage,
    UpdateSceneMetadata,
    UpdateTemplateKeys,
    UsageToggle,
    UserTextMessage,
)
from convai_panda.simulator import VILLAGERS, Behaviour, Character
from convai_panda.simulator.gating import Effect, decide
from convai_panda.simulator.story import Story

from .stage import CHARACTER, Stage

INES = VILLAGERS[4]
TALE = Character(CHARACTER, "Ines", "the ranger", greeting="Halt, {rank} {title}! {unknown}", has_narrative=True)


@pytest.mark.parametrize(
    ("requested", "mode", "is_busy", "is_player_speaking", "effect"),
    [
        ("false", "must_respond", False, False, Effect.NONE),
        ("auto", None, False, False, Effect.ABSTAIN),
        ("auto", None, True, False, Effect.NONE),
        ("auto", None, False, True, Effect.DEFER),
        ("auto", "must_respond", False, False, Effect.RESPOND),
        ("auto", "silent", False, False, Effect.NONE),
        ("true", None, False, False, Effect.RESPOND),
        ("true", None, True, False, Effect.RESPOND),
        ("true", None, False, True, Effect.DEFER),
        ("true", "silent", False, False, Effect.NONE),
    ],
)
def test_whether_an_update_makes_it_speak(
    requested: str, mode: str, is_busy: bool, is_player_speaking: bool, effect: Effect
) -> None:
    decision = decide(requested, mode, is_busy=is_busy, is_player_speaking=is_player_speaking)  # type: ignore[arg-type]
    assert decision.effect is effect
    assert decision.extras["requested_run_llm"] == requested
    assert decision.extras["llm_triggered"] is (effect is not Effect.NONE)


def test_a_story_enters_its_start_section_and_one_for_each_trigger() -> None:
    stage = Stage(character=INES)
    stage.run(1.2)
    assert stage.one("behavior-tree-response").data["narrative_section_id"] == "start"
    stage.send(TriggerMessage(trigger_name="Open Gate"))
    stage.send(TriggerMessage(trigger_name="open gate"))
    stage.run(0.1)
    sections = [heard.data["narrative_section_id"] for heard in stage.of("behavior-tree-response")]
    assert sections == ["start", "open-gate"]


def test_who_has_no_story_has_no_sections() -> None:
    stage = Stage().ready()
    stage.send(TriggerMessage(trigger_name="open gate"))
    stage.run(0.1)
    assert stage.of("behavior-tree-response") == []


def test_template_keys_fill_placeholders_and_are_replaced_as_a_whole() -> None:
    stage = Stage(character=TALE, narrative_template_keys={"rank": "Captain", "title": "Ana"}).ready()
    stage.send(TriggerMessage(trigger_message="Greet the player."))
    stage.run(1.0)
    assert stage.text() == "Halt, Captain Ana!"
    stage.heard.clear()
    stage.send(UpdateTemplateKeys(template_keys={"title": "friend"}))
    stage.send(TriggerMessage(trigger_message="Greet the player."))
    stage.run(1.0)
    assert stage.text() == "Halt, friend!"


def test_placeholders_of_the_players_own_words_stay() -> None:
    assert Story({}, has_sections=True).fill("a {b} c") == "a c"
    stage = Stage(character=TALE).ready()
    stage.send(UserTextMessage(text="I say {rank}"))
    stage.run(1.0)
    assert "{rank}" in stage.text()


def test_an_update_that_may_be_answered_is_answered_by_saying_nothing() -> None:
    stage = Stage().ready()
    stage.send(ContextUpdate(text="It rains."))
    stage.run(1.0)
    assert stage.names() == ["ack:context-update", "llm-no-response"]
    assert stage.one("llm-no-response").data == {"reason": "abstain"}


@pytest.mark.parametrize("kind", ["text", "trigger"])
def test_silent_respond_modes_are_kept(kind: str) -> None:
    stage = Stage(respond_modes={kind: "silent"}).ready()
    stage.send(UserTextMessage(text="hello") if kind == "text" else TriggerMessage(trigger_name="bell"))
    stage.run(1.0)
    assert stage.of("bot-llm-started") == []


def test_a_new_scene_is_spoken_of_where_connect_says_so_and_known_anyway() -> None:
    scene = UpdateSceneMetadata.from_wire([{"name": "anvil", "description": "Heavy"}])
    stage = Stage(respond_modes={"scene_metadata": "must_respond"}).ready()
    stage.send(scene)
    stage.run(1.0)
    assert "anvil" in stage.text()
    quiet = Stage().ready()
    quiet.send(scene)
    quiet.run(0.5)
    assert quiet.names() == ["ack:update-scene-metadata"]
    quiet.send(UserTextMessage(text="What do you see?"))
    quiet.run(1.0)
    assert quiet.text() == "I see: anvil (Heavy)."


def test_what_is_attended_to_is_what_that_means() -> None:
    config = {"actions": ["pick up"], "objects": [{"name": "bucket", "description": "b"}]}
    stage = Stage(action_config=config).ready()
    stage.send(ContextUpdate(text="They look at the bucket.", run_llm="false", current_attention_object="bucket"))
    stage.send(UserTextMessage(text="Pick that up!"))
    stage.run(1.0)
    assert stage.one("action-response").data["actions"] == [{"name": "pick up", "target": "bucket"}]


def test_actions_that_are_declared_late_count() -> None:
    stage = Stage().ready()
    update = {"text": "You can wave.", "run_llm": "false", "action_config": {"actions": ["wave"]}}
    stage.send(ContextUpdate.from_wire(update))
    stage.send(UserTextMessage(text="Wave!"))
    stage.run(1.0)
    assert stage.one("action-response").data["actions"] == [{"name": "wave"}]


def test_moderation_judges_the_players_words() -> None:
    stage = Stage(behaviour=Behaviour(advises=False, moderated_words=("Dragon",))).ready()
    stage.send(UserTextMessage(text="A dragon!"))
    stage.run(1.0)
    judged = stage.one("moderation-response").data
    assert judged == {"result": False, "user_input": "A dragon!", "reason": "The text contains: dragon."}
    assert stage.of("bot-llm-started") == []
    stage.send(UserTextMessage(text="A cat."))
    stage.run(1.0)
    assert stage.of("moderation-response")[-1].data == {"result": True, "user_input": "A cat.", "reason": None}
    assert len(stage.of("bot-llm-started")) == 1


def test_debug_measures_turns_and_nothing_else_does() -> None:
    kinds = {"session-config", "server-log", "metrics", "turn-trace", "usage-update"}
    for is_debugged in (True, False):
        stage = Stage(debug=is_debugged)
        stage.run(1.2)
        stage.send(UserTextMessage(text="hello"))
        stage.run(6.0)
        assert kinds & set(stage.names()) == (kinds if is_debugged else set())
        if is_debugged:
            metrics, trace = stage.one("metrics").data, stage.one("turn-trace").data
            assert metrics["ttfb"][0]["value"] == pytest.approx(0.25, abs=0.02)
            assert trace["e2e_ms"] == pytest.approx(sum(trace["segments_ms"].values()))
            assert stage.names().index("turn-trace") > stage.names().index("bot-turn-completed")


def test_the_log_is_capped_and_usage_can_be_asked_for() -> None:
    stage = Stage(debug=True, debug_row_cap=1)
    stage.run(1.2)
    for _ in range(2):
        stage.send(UserTextMessage(text="hi"))
        stage.run(5.0)
    assert len(stage.of("server-log")) == 1
    other = Stage().ready()
    other.send(UsageToggle(enabled=True))
    other.send(UserTextMessage(text="hi"))
    other.run(5.0)
    assert other.one("usage-update").data == {"api_calls": 1}
