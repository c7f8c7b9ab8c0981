"""The story, played from its first chapter to its last by a scripted player, in game time."""

from pathlib import Path

import pytest

from convai_panda.testing import ConvaiScene, assert_no_gap
from samples.village import plan
from samples.village.game import Game
from samples.village.playthrough import Playthrough
from samples.village.story import Story

ORDER = (
    "Jun: Hello, Ana.",
    "in the dark I open to nobody",
    "Have you got a pane of blue glass?",
    "Let Jun fetch water, and it is yours.",
    "I have brought Amara a bucket of water.",
    "Take it to Bram, the smith.",
    "Now bring the lantern to Ines.",
    "Now say the word, and I open the gate.",
    "The gate is open.",
    "Go well, Ana, and come back before the night is old.",
)


@pytest.mark.convai_scene(fps=30)
def test_the_story_is_played_to_its_end_in_less_than_five_minutes(convai_scene: ConvaiScene, tmp_path: Path) -> None:
    game = convai_scene.start(Game, quality="low", linger=1.0)
    goals = [chapter.goal for chapter in Story()._chapters]
    assert game.story.goal == goals[0]
    playthrough = Playthrough(game, tmp_path, step=convai_scene.step_until, clock=lambda: convai_scene.now)
    playthrough.run()
    playthrough.write()
    playthrough.ignore_all()
    assert game.story.is_over
    assert convai_scene.now < 300.0
    gate_x, gate_y = plan.GATE_AT
    assert game.village.blocked(gate_x, gate_y, 0.3) == pytest.approx((gate_x, gate_y))  # one can walk out
    transcript = (tmp_path / "transcript.txt").read_text(encoding="utf-8")
    places = [transcript.index(words) for words in ORDER]
    assert places == sorted(places)
    assert "Failed" not in transcript
    assert_no_gap()
