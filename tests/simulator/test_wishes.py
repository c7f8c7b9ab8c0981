"""What a simulated character would do for the player's words, by its contract alone."""

import pytest

from convai_panda.protocol.connect import ActionConfig
from convai_panda.simulator.wishes import Wishes

CONFIG = ActionConfig.model_validate(
    {
        "actions": ["Move To", "follow", "Pick Up", "give", "stop", "wave"],
        "objects": [
            {"name": "bucket", "description": "A wooden bucket"},
            {"name": "red lantern", "description": "A lantern"},
            {"name": "lantern", "description": "Another one"},
        ],
        "characters": [{"name": "Ana", "bio": "The player"}, {"name": "Bram", "bio": "The smith"}],
    }
)


def wanted(text: str, config: ActionConfig = CONFIG) -> list[str]:
    return [f"{action.name}>{action.target or ''}" for action in Wishes(config, "Ana").read(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Follow me, please!", ["follow>Ana"]),
        ("Follow Bram.", ["follow>Bram"]),
        ("Please fetch the bucket.", ["Move To>bucket", "Pick Up>bucket", "Move To>Ana", "give>Ana"]),
        ("Bring the red lantern to Bram", ["Move To>red lantern", "Pick Up>red lantern", "Move To>Bram", "give>Bram"]),
        ("Pick up the bucket and wave", ["Pick Up>bucket", "wave>bucket"]),
        ("Come here!", ["Move To>Ana"]),
        ("Come with me.", ["follow>Ana"]),
        ("Stop!", ["stop>"]),
        ("Wait here.", ["stop>"]),
        ("How is the weather?", []),
        ("Fetch the ladder.", []),
    ],
)
def test_words_become_the_declared_actions(text: str, expected: list[str]) -> None:
    assert wanted(text) == expected


def test_an_action_that_is_declared_by_the_players_word_is_taken_as_it_is() -> None:
    config = CONFIG.model_copy(update={"actions": ("Fetch", "pick up")})
    assert wanted("fetch the bucket", config) == ["Fetch>bucket"]


def test_steps_that_are_not_declared_are_left_out() -> None:
    config = CONFIG.model_copy(update={"actions": ("pick up",)})
    assert wanted("fetch the bucket", config) == ["pick up>bucket"]
