"""The game of somebody else is tested as they would: in its folder, in a process of its own, with the plugin alone."""

from pathlib import Path

from .test_plugin import run

GAME = Path(__file__).parents[2] / "samples" / "game_test"


def test_the_strangers_three_tests_pass() -> None:
    outcome = run(GAME)
    assert outcome.returncode == 0, outcome.stdout + outcome.stderr
    assert "3 passed" in outcome.stdout
