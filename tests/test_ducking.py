"""Other sound goes down while a character speaks, and comes back exactly."""

from collections.abc import Iterator

import pytest
from direct.showbase.ShowBase import ShowBase
from panda3d.core import AudioManager

from convai_panda import Convai, Ducking, MemoryContinuity, Simulator, SpeechFinished

from .conftest import Village


@pytest.fixture
def music() -> Iterator[AudioManager]:
    manager = AudioManager.create_AudioManager()
    manager.set_volume(0.7)
    yield manager
    manager.shutdown()


def test_it_goes_down_in_the_attack_and_comes_back_in_the_release(music: AudioManager) -> None:
    before = music.get_volume()
    ducking = Ducking([music], depth=0.5, attack=0.2, release=1.0)
    ducking.update(0.0, is_speaking=True)
    ducking.update(0.1, is_speaking=True)
    assert music.get_volume() == pytest.approx(0.7 * 0.75)
    ducking.update(5.0, is_speaking=True)
    assert music.get_volume() == pytest.approx(0.35)
    ducking.update(5.5, is_speaking=False)
    assert music.get_volume() == pytest.approx(0.7 * 0.75)
    ducking.update(9.0, is_speaking=False)
    assert music.get_volume() == before


def test_a_volume_that_the_game_sets_meanwhile_is_respected(music: AudioManager) -> None:
    ducking = Ducking([music], depth=0.5, attack=0.0, release=0.0)
    ducking.update(0.0, is_speaking=True)
    music.set_volume(0.25)
    ducking.update(0.1, is_speaking=True)
    ducking.update(0.2, is_speaking=False)
    assert music.get_volume() == 0.25


def test_restoring_is_exact(music: AudioManager) -> None:
    before = music.get_volume()
    ducking = Ducking([music])
    ducking.update(0.0, is_speaking=True)
    ducking.update(0.07, is_speaking=True)
    ducking.restore()
    ducking.restore()
    assert music.get_volume() == before


def test_impossible_ducking_is_refused() -> None:
    with pytest.raises(ValueError, match="depth"):
        Ducking([], depth=1.5)


def test_music_is_ducked_under_a_voice_and_restored_when_the_game_ends(base: ShowBase, music: AudioManager) -> None:
    player = base.render.attach_new_node("player")
    convai = Convai(
        base,
        transport=Simulator(),
        listener=player,
        continuity=MemoryContinuity(),
        ducking=Ducking([music], depth=0.5),
    )
    village = Village(base, convai)
    village.listen()
    village.stand(0.0, -2.0)
    village.until(lambda: music.get_volume() == pytest.approx(0.35))
    village.until(lambda: village.told(SpeechFinished))
    village.until(lambda: music.get_volume() == pytest.approx(0.7))
    village.guard.say("And?")
    village.until(lambda: music.get_volume() < 0.5)
    convai.destroy()
    assert music.get_volume() == pytest.approx(0.7, abs=1e-7)
    base.ignore_all()
