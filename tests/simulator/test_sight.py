"""The service's side of vision: outcomes, choices, gates, and what is refused."""

from typing import Any

import pytest

from convai_panda.protocol.client import UserTextMessage, VisionStatus, VisionTrigger
from convai_panda.simulator.sight import Glance

from .stage import Stage

MEADOW = Glance(640, 360, (30, 90, 220), (40, 160, 30))
VIDEO: dict[str, Any] = {"connection_type": "video", "vision_input_config": {"enabled": True}}


def watched(pictures: int, **fields: Any) -> Stage:
    """A room that has seen so many pictures, a second apart."""
    stage = Stage(**(fields or VIDEO)).ready()
    for _ in range(pictures):
        stage.actor.see(MEADOW, stage.now, source="player-1")
        stage.run(1.0)
    stage.heard.clear()
    return stage


def ask(stage: Stage, message: VisionStatus | VisionTrigger, id_: str = "id-1") -> dict[str, Any]:
    stage.heard.clear()
    stage.send(message, id_)
    stage.run(0.05)
    return stage.one(f"ack:{message.type}").data


@pytest.mark.parametrize(
    ("fields", "pictures", "outcome"),
    [
        ({"connection_type": "audio"}, 1, "vision_not_enabled"),
        ({"connection_type": "video"}, 1, "vision_not_enabled"),
        (VIDEO | {"vision_input_config": {"enabled": False}}, 1, "vision_not_enabled"),
        (VIDEO, 0, "no_active_video"),
        (VIDEO, 2, "frames_available"),
    ],
)
def test_the_status_says_what_there_is(fields: dict[str, Any], pictures: int, outcome: str) -> None:
    extras = ask(watched(pictures, **fields), VisionStatus(update_id="u-1"))["extras"]
    assert extras["vision_status_outcome"] == extras["vision_buffer"]["status"] == outcome
    assert extras["update_id"] == "u-1"
    assert extras["duplicate"] is False
    if outcome == "frames_available":
        assert (extras["active_source"], extras["active_source_label"]) == ("player-1", "camera")
        assert extras["vision_buffer"]["retained_frames"] == 2
        assert 950 <= extras["last_frame_age_ms"] <= 1100


def test_pictures_are_sampled_and_the_oldest_go() -> None:
    stage = watched(0)
    for _ in range(60):  # ten a second, of which one is kept
        stage.actor.see(MEADOW, stage.now, source="player-1")
        stage.run(0.1)
    assert 6 <= ask(stage, VisionStatus(update_id="a"))["extras"]["vision_buffer"]["retained_frames"] <= 7
    for _ in range(9):
        stage.actor.see(MEADOW, stage.now, source="player-1")
        stage.run(1.0)
    assert ask(stage, VisionStatus(update_id="b"))["extras"]["vision_buffer"]["retained_frames"] == 8
    stage.actor.lose_sight()
    assert ask(stage, VisionStatus(update_id="c"))["extras"]["vision_status_outcome"] == "no_active_video"


def test_a_trigger_shows_the_latest_and_is_answered() -> None:
    stage = watched(7)
    answer = ask(stage, VisionTrigger(text="What is there?"))
    extras = answer["extras"]
    assert (answer["status"], extras["vision_trigger_outcome"]) == ("success", "attached")
    assert (extras["vision_frames_attached"], extras["llm_triggered"], extras["downgraded"]) == (5, True, False)
    assert len(extras["attached_frame_pts"]) == 5
    stage.run(6.0)
    assert "What is there?" in stage.text()
    assert "blue above and green below" in stage.text()


def test_a_repeated_id_is_answered_with_the_same_and_does_nothing() -> None:
    stage = watched(2)
    first = ask(stage, VisionTrigger(update_id="u-1"))["extras"]
    stage.run(8.0)
    again = ask(stage, VisionTrigger(update_id="u-1"))["extras"]
    assert again == first | {"duplicate": True}
    stage.run(2.0)
    assert stage.text() == ""


@pytest.mark.parametrize(
    ("choice", "outcome", "status"),
    [
        ({"frame_indices": (-1, -1)}, "attached", "success"),
        ({"frame_indices": (-9,)}, "invalid_frame_indices_range", "error"),
        ({"frame_indices": (0,)}, "invalid_frame_indices", "error"),
        ({"frame_ids": (5,)}, "frame_id_evicted", "error"),
        ({"frame_ids": (-5,)}, "invalid_frame_ids", "error"),
    ],
)
def test_pictures_can_be_chosen(choice: dict[str, Any], outcome: str, status: str) -> None:
    answer = ask(watched(3), VisionTrigger(respond_mode="silent", **choice))
    assert (answer["extras"]["vision_trigger_outcome"], answer["status"]) == (outcome, status)
    assert answer["extras"]["vision_frames_attached"] == (1 if status == "success" else 0)


def test_silence_shows_without_an_answer_and_the_same_again_is_a_stub() -> None:
    stage = watched(1)
    extras = ask(stage, VisionTrigger(respond_mode="silent", update_id="a"))["extras"]
    assert (extras["vision_frames_attached"], extras["llm_triggered"]) == (1, False)
    extras = ask(stage, VisionTrigger(respond_mode="silent", update_id="b"))["extras"]
    assert extras["vision_trigger_outcome"] == "deduped_stub"
    stage.run(2.0)
    assert stage.text() == ""


def test_who_is_busy_does_not_look_unless_it_must() -> None:
    stage = watched(1)
    stage.send(UserTextMessage(text="Tell me a long story about the mill and the sea."))
    stage.run(1.0)
    extras = ask(stage, VisionTrigger(update_id="a"))["extras"]
    assert (extras["downgrade_reason"], extras["vision_frames_attached"]) == ("bot_busy", 0)
    extras = ask(stage, VisionTrigger(respond_mode="must_respond", update_id="b"))["extras"]
    assert (extras["interrupted"], extras["llm_triggered"], extras["vision_frames_attached"]) == (True, True, 1)


def test_what_is_stale_is_skipped_but_words_are_not() -> None:
    stage = watched(1)
    stage.run(12.0)
    extras = ask(stage, VisionTrigger(update_id="a"))["extras"]
    assert (extras["vision_trigger_outcome"], extras["llm_triggered"]) == ("stale_skipped", False)
    extras = ask(stage, VisionTrigger(text="Do you see the well?", update_id="b"))["extras"]
    assert (extras["llm_triggered"], extras["vision_frames_attached"]) == (True, 0)
