"""The village without a window: its people walk, stop for the player, and live by sheets that are saved anew."""

import math
import shutil
from collections.abc import Iterator
from itertools import permutations
from pathlib import Path

import pytest
from panda3d.core import ClockObject, LPoint3

from convai_panda import Action, ActionFinished, Step
from convai_panda.testing import step_until
from samples.village import plan
from samples.village.budget import MOST_DRAW_CALLS, MOST_VERTICES, cost
from samples.village.game import Game
from samples.village.looks import LOOKS, TRAVELLER
from samples.village.scenery import build_village
from samples.village.sheets import PEOPLE
from samples.village.villagers import Villager
from samples.village.walking import Walker


@pytest.fixture
def people(tmp_path: Path) -> Path:
    return Path(shutil.copytree(PEOPLE, tmp_path / "people"))


@pytest.fixture
def game(people: Path) -> Iterator[Game]:
    game = Game(quality="low", people=people, linger=0.5)
    yield game
    game.destroy()


def test_everybody_gets_from_any_place_to_any_other_past_walls_and_water(game: Game) -> None:
    walker, node = Walker(game.village), game.find("Bram").body.node
    for start, goal in permutations(plan.SPOTS.values(), 2):
        node.set_pos(start[0], start[1], 0)
        walker.stop(node)
        outcome, seconds = Step.WALKING, 0.0
        while outcome is Step.WALKING:
            outcome = walker.step(node, LPoint3(goal[0], goal[1], 0), near=0.3, seconds=0.05)
            seconds += 0.05
            assert seconds < 90.0
        assert outcome is Step.ARRIVED, f"from {start} to {goal}: stuck at {node.get_pos()}"


def test_a_villager_walks_its_day_and_stops_for_the_player(game: Game, people: Path) -> None:
    clock = ClockObject.get_global_clock()
    tomas = game.find("Tomas")
    sheet = people / "tomas.toml"
    sheet.write_text(sheet.read_text(encoding="utf-8").replace("seconds = 140", "seconds = 0.1"), encoding="utf-8")
    home = tomas.body.node.get_pos()
    step_until(game, lambda: (tomas.body.node.get_pos() - home).length() > 1.5, within=10, what="Tomas walks")
    ahead = tomas.body.node.get_pos() + LPoint3(0, -2.5, 0)
    game.player.node.set_pos(ahead)
    step_until(game, lambda: tomas.character.is_speaking, within=10, what="Tomas greets")
    here, began = tomas.body.node.get_pos(), clock.get_frame_time()
    step_until(game, lambda: clock.get_frame_time() > began + 0.5)
    assert (tomas.body.node.get_pos() - here).length() < 0.05
    way = game.player.node.get_pos() - tomas.body.node.get_pos()
    off = math.degrees(math.atan2(-way.x, way.y)) - tomas.body.node.get_h()
    assert abs((off + 180) % 360 - 180) < 60.0  # turned, or turning, to the player


def test_a_sheet_saved_anew_changes_the_villager_and_a_broken_one_nothing(game: Game, people: Path) -> None:
    sheet = people / "jun.toml"
    text = sheet.read_text(encoding="utf-8")
    jun = game.find("Jun")
    sheet.write_text(text + "\nnonsense", encoding="utf-8")
    step_until(game, lambda: game.clock.get_frame_time() > 2.5, within=10)
    assert game.find("Jun").character is jun.character
    sheet.write_text(text.replace('name = "Jun"', 'name = "Juniper"'), encoding="utf-8")
    step_until(game, lambda: any(each.name == "Juniper" for each in game.convai.characters.values()), within=10)
    assert game.find("Juniper").body is jun.body
    assert len(game.convai.characters) == 6


@pytest.mark.parametrize("quality", ["high", "low"])
def test_any_graphics_chip_can_draw_the_village(quality: str) -> None:
    village = build_village(quality)
    for look in LOOKS.values():
        Villager(look).node.reparent_to(village.node)
    Villager(TRAVELLER).node.reparent_to(village.node)
    found = cost(village.node)
    assert 0 < found.vertices <= MOST_VERTICES
    assert 0 < found.draw_calls + found.shadow_calls <= MOST_DRAW_CALLS


@pytest.fixture
def fast(game: Game) -> Iterator[Game]:
    """Its time passes a twentieth of a second a frame, however fast the frames are."""
    clock = ClockObject.get_global_clock()
    clock.set_mode(ClockObject.M_non_real_time)
    clock.set_dt(0.05)
    yield game
    clock.set_mode(ClockObject.M_normal)
    clock.reset()


def act(game: Game, name: str, action: str) -> list[str]:
    """Have somebody do something, and give what they were told of it."""
    results: list[str] = []
    game.accept(ActionFinished.name, lambda _, finished: results.append(finished.result), [])
    game.find(name).character.actions.do(action)
    for _ in range(2400):  # two minutes
        game.task_mgr.step()
        if results:
            return results
    raise AssertionError(f"{name} has not done it: {game.find(name).body.node.get_pos()}")


def test_ines_opens_the_gate_and_one_can_walk_through(fast: Game) -> None:
    gate_x, gate_y = plan.GATE_AT
    assert fast.village.blocked(gate_x, gate_y, 0.3)[1] != pytest.approx(gate_y)
    assert act(fast, "Ines", "open the gate") == ["The gate is open."]
    assert fast.village.blocked(gate_x, gate_y, 0.3) == pytest.approx((gate_x, gate_y))


def test_jun_brings_water_to_the_market_and_comes_back(fast: Game) -> None:
    home = LPoint3(fast.find("Jun").body.node.get_pos())
    assert act(fast, "Jun", "fetch water") == ["You have brought Amara a bucket of water."]
    bucket = fast.village.node.find("**/Bucket")
    assert (bucket.get_pos() - fast.village.spots["market"][0]).length() < 3.0
    assert (fast.find("Jun").body.node.get_pos() - home).length() < 1.0


def test_everything_in_the_sheets_can_be_done(game: Game) -> None:
    for each in game.inhabitants:
        for action in each.sheet.actions:
            declared, _ = each.character.actions._find(Action(action))
            assert declared is not None
            assert declared.executor is not None, f"{each.sheet.name} cannot {action}"
