"""What stays true from room to room."""

from convai_panda.protocol.client import (
    ContextUpdate,
    TtsToggle,
    UpdateDynamicInfo,
    UpdateSceneMetadata,
    UpdateTemplateKeys,
)
from convai_panda.protocol.connect import ActionConfig, ConnectRequest, DynamicInfo
from convai_panda.protocol.connect.parts import SceneObject
from convai_panda.standing import Standing

ID = "0f4c9a52-6a1d-4a55-9f0e-5d2f3c1b0001"


def request(**fields: object) -> ConnectRequest:
    return ConnectRequest.build(character_id=ID, **fields)


def applied(standing: Standing, base: ConnectRequest | None = None) -> dict[str, object]:
    return standing.apply(base or request()).to_json()


def test_without_anything_the_request_is_as_it_was() -> None:
    base = request(action_config={"actions": ["wave"]}, dynamic_info={"text": "Night.", "static_text": "A village."})
    assert applied(Standing.of(base), base) == base.to_json()


def test_told_texts_add_up_on_what_connect_says_and_are_replaced() -> None:
    base = request(dynamic_info={"text": "Night.", "static_text": "A village."})
    standing = Standing.of(base)
    standing.take(ContextUpdate(text="It rains."))
    info = standing.apply(base).dynamic_info
    assert info is not None
    assert (info.text, info.static_text) == ("Night.\nIt rains.", "A village.")
    standing.take(ContextUpdate(text="Sun.", mode="replace"))
    assert standing.text == "Sun."
    standing.take(UpdateDynamicInfo(dynamic_info=DynamicInfo(text="Fog.")))
    assert standing.text == "Fog."
    standing.take(ContextUpdate(mode="reset"))
    info = standing.apply(base).dynamic_info
    assert info is not None
    assert (info.text, info.static_text) == (None, "A village.")


def test_keys_scene_attention_and_actions_are_the_latest() -> None:
    standing = Standing.of(request(action_config={"actions": ["wave"]}))
    standing.take(UpdateTemplateKeys(template_keys={"a": "1"}))
    standing.take(UpdateTemplateKeys(template_keys={"b": "2"}))
    standing.take(UpdateSceneMetadata(scene_metadata=(SceneObject(name="anvil", description="Heavy"),)))
    standing.take(ContextUpdate(text="Look.", current_attention_object="anvil"))
    standing.declare(ActionConfig(actions=("wave", "bow")))
    wire = applied(standing)
    assert wire["narrative_template_keys"] == {"b": "2"}
    assert wire["scene_description"] == [{"name": "anvil", "description": "Heavy"}]
    assert wire["action_config"] == {"actions": ["wave", "bow"], "current_attention_object": "anvil"}
    assert "dynamic_info" not in wire
    standing.take(ContextUpdate(text="Nothing.", current_attention_object=""))
    assert "current_attention_object" not in str(applied(standing))


def test_a_voice_that_was_switched_off_stays_off() -> None:
    standing = Standing.of(request())
    assert "default_tts_enabled" not in applied(standing)
    standing.take(TtsToggle(enabled=False))
    assert applied(standing)["default_tts_enabled"] is False
    standing.take(TtsToggle(enabled=True))
    assert applied(standing)["default_tts_enabled"] is True


def test_what_is_refused_is_not_said_again() -> None:
    standing = Standing.of(request())
    for message in (
        ContextUpdate(text="It rains."),
        ContextUpdate(text="Too much."),
        UpdateTemplateKeys(template_keys={"a": "1"}),
    ):
        standing.take(message)
    standing.refuse(ContextUpdate(text="Too much."))
    standing.refuse(UpdateTemplateKeys(template_keys={"a": "1"}))
    assert applied(standing)["dynamic_info"] == {"text": "It rains.", "keep_in_context": False}
    assert "narrative_template_keys" not in applied(standing)


def test_it_never_grows_past_what_a_room_may_know() -> None:
    standing = Standing.of(request())
    for number in range(10_000):
        standing.take(ContextUpdate(text=f"News {number}."))
    assert standing.text is not None
    assert len(standing.text) <= 60_000
    assert standing.text.endswith("News 9999.")
