"""Every kind of driver on real models: what it finds by itself, what it moves, and that it leaves nothing behind."""

from collections.abc import Sequence
from pathlib import Path

import pytest
from direct.showbase.ShowBase import ShowBase
from panda3d.core import Character, NodePath, PNMImage, Texture

from convai_panda import ConfigurationError
from convai_panda.faces import Face, JawDriver, MorphDriver, NodeDriver, TextureDriver
from convai_panda.faces.choice import choose_driver
from convai_panda.faces.names import channel_of

from .models import egg_model, heights, morph_model


def box(name: str, width: float, height: float) -> NodePath:
    """A model whose one part has this name and size, two units up."""
    root = NodePath("model")
    part = morph_model().find("**/Head")
    part.name = name
    part.reparent_to(root)
    part.set_hpr(0, 90, 0)
    part.flatten_light()
    part.set_scale(width, 1, height)
    part.flatten_light()
    part.set_pos(0, 0, 2)
    return root


def test_sliders_of_geometry_made_in_code_move() -> None:
    model = morph_model("jawOpen", "hat")
    driver = choose_driver(model)
    assert isinstance(driver, MorphDriver)
    assert driver.channels == ("JawOpen",)
    driver.show([0.5])
    assert heights(model) == [0.5] * 3
    driver.close()
    assert heights(model) == [0.0] * 3


def test_a_slider_that_creeps_is_never_off_by_what_is_seen_and_comes_to_rest() -> None:
    model = morph_model("jawOpen", "browInnerUp")
    driver = choose_driver(model)
    assert driver is not None
    seen = set()
    for value in [*(number / 5_000 for number in range(500)), *(number / 5_000 for number in range(500, -1, -1))]:
        driver.show([value, 0.0])
        (height,) = set(heights(model))
        assert abs(height - value) < 1 / 256
        seen.add(height)
    assert len(seen) < 100, "it is not moved by less than can be seen"
    assert heights(model) == [0.0] * 3


def test_sliders_of_a_character_move(base: ShowBase, tmp_path: Path) -> None:
    model = egg_model(base, tmp_path, "mouthSmile_L", "mouthSmile_R", "jawOpen")
    driver = choose_driver(model)
    assert driver is not None
    assert sorted(driver.channels) == ["JawOpen", "MouthSmileLeft", "MouthSmileRight"]
    driver.show([0.5 if channel == "JawOpen" else 0.1 for channel in driver.channels])
    assert heights(model) == pytest.approx([0.7] * 3)
    driver.close()
    assert heights(model) == [0.0] * 3


def test_the_panda_that_comes_with_the_engine_has_a_mouth(base: ShowBase) -> None:
    panda = base.loader.load_model("panda")
    driver = choose_driver(panda)
    assert isinstance(driver, MorphDriver)
    shut = heights(panda)
    driver.show([1.0] * len(driver.channels))
    assert heights(panda) != shut
    driver.close()
    assert heights(panda) == shut


def test_a_jaw_joint_turns_down_and_is_given_back(base: ShowBase, tmp_path: Path) -> None:
    model = egg_model(base, tmp_path, joint="mixamorig:Jaw")
    driver = choose_driver(model)
    assert isinstance(driver, JawDriver)
    character = model.find("**/+Character").node()
    assert isinstance(character, Character)
    rest = heights(model)
    driver.show([1.0])
    character.force_update()
    assert heights(model)[:2] == rest[:2]
    assert heights(model)[2] != pytest.approx(rest[2], abs=0.01)
    driver.close()
    character.force_update()
    assert heights(model) == pytest.approx(rest)


def test_a_jaw_node_opens_downwards() -> None:
    model = NodePath("model")
    jaw = model.attach_new_node("LowerJaw")
    jaw.set_h(30)
    chin = jaw.attach_new_node("chin-tip")
    chin.set_y(1)
    driver = choose_driver(model)
    assert driver is not None
    driver.show([1.0])
    assert chin.get_pos(model).z < -0.2
    driver.close()
    assert jaw.get_hpr().almost_equal((30, 0, 0))


@pytest.mark.parametrize("height", [0.05, 0.6])
def test_a_mouth_node_grows_about_its_middle(height: float) -> None:
    model = box("Mouth", 0.5, height)
    driver = choose_driver(model)
    assert isinstance(driver, NodeDriver)
    sizes = []
    for openness in (0.0, 1.0):
        driver.show([openness, 0.0, 0.0])
        low, high = model.find("**/Mouth").get_tight_bounds(model)
        assert (low.z + high.z) / 2 == pytest.approx(2.0 + height / 2, abs=0.01)
        sizes.append(high.z - low.z)
    assert sizes[1] > 2.5 * sizes[0]
    driver.close()


def test_a_texture_driver_shows_the_strongest_viseme() -> None:
    mouth = NodePath("mouth")
    pictures = {name: Texture(name) for name in ("sil", "aa", "pp")}
    for picture in pictures.values():
        picture.load(PNMImage(4, 4))
    driver = TextureDriver(mouth, pictures)
    assert driver.channels == ("viseme_aa", "viseme_pp")
    seen = []
    for values in ([0.0, 0.0], [0.9, 0.2], [0.1, 0.8], [0.05, 0.05]):
        driver.show(values)
        seen.append(mouth.get_texture().name)
    assert seen == ["sil", "aa", "pp", "sil"]
    driver.close()
    assert not mouth.has_texture()


def test_a_model_without_a_face_has_no_driver() -> None:
    assert choose_driver(NodePath("crate")) is None
    assert choose_driver(morph_model("hat", "belly")) is None


def test_names_that_are_not_there_are_told_with_those_that_are() -> None:
    model = morph_model("jawOpen", "hat")
    with pytest.raises(ConfigurationError, match="no morph slider 'jaw': it has jawOpen, hat"):
        MorphDriver(model, {"jaw": "JawOpen"})
    with pytest.raises(ConfigurationError, match="'Jaw' is no channel"):
        MorphDriver(model, {"hat": "Jaw"})
    with pytest.raises(ConfigurationError, match="Say what they show"):
        MorphDriver(morph_model("hat"))
    with pytest.raises(ConfigurationError, match="no joint 'jaw'"):
        JawDriver(model, joint="jaw")
    with pytest.raises(ConfigurationError, match="being shut"):
        TextureDriver(model, {"aa": Texture()})
    assert MorphDriver(model, {"hat": "smile", "jawOpen": None}).channels == ("smile",)


def test_a_model_that_has_a_mouth_twice_moves_it_once() -> None:
    arkit = ("jawOpen", "mouthFunnel", "mouthPucker", "mouthSmileLeft", "mouthSmileRight", "mouthClose")
    driver = MorphDriver(morph_model(*arkit, "viseme_aa", "viseme_PP", "mouthOpen"))
    assert not any(channel.startswith("viseme_") or channel == "open" for channel in driver.channels)
    driver = MorphDriver(morph_model("A", "E", "O", "U", "mouthOpen", "Blink"))
    assert driver.channels == ("viseme_aa", "viseme_e", "viseme_oh", "viseme_ou", "blink")


@pytest.mark.parametrize(
    ("name", "channel"),
    [
        ("jawOpen", "JawOpen"),
        ("mouthSmile_L", "MouthSmileLeft"),
        ("CTRL_expressions_mouthCornerPullR", "MouthSmileRight"),
        ("Wolf3D_Head.mouthOpen", "open"),
        ("viseme_PP", "viseme_pp"),
        ("V_Open", "viseme_aa"),
        ("Fcl_MTH_A", "viseme_aa"),
        ("Eye_Blink_R", "EyeBlinkRight"),
        ("head_eyeBlinkLeft", "EyeBlinkLeft"),
        ("Mouth_Funnel_Up_L", "MouthFunnel"),
        ("hip", None),
        ("Key 1", None),
    ],
)
def test_what_models_call_their_shapes(name: str, channel: str | None) -> None:
    assert channel_of(name) == channel


class _Odd:
    channels = ("JawOpen", "Wings")

    def show(self, values: Sequence[float]) -> None:
        """It has nothing to show."""

    def close(self) -> None:
        """Nor to give back."""


def test_a_driver_of_a_games_own_with_a_channel_that_there_is_not_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="'Wings' is no channel of a face"):
        Face(_Odd())
