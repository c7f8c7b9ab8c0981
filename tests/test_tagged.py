"""Characters declared by tags in a model, as level editors write them."""

from pathlib import Path

import pytest
from panda3d.core import NodePath

from convai_panda import Character, ConfigurationError, Transcript, add_tagged_characters

from .conftest import Village

MILLER = "0f4c9a52-6a1d-4a55-9f0e-5d2f3c1b0011"
CAT = "0f4c9a52-6a1d-4a55-9f0e-5d2f3c1b0012"

_LEVEL = f"""<CoordinateSystem> {{ Z-Up }}
<Group> mill {{
  <Group> miller {{
    <Tag> convai-character {{ {MILLER} }}
    <Tag> convai-name {{ Old Miller }}
    <Tag> convai-head {{ face }}
    <Tag> convai-greeting {{ Greet the player. }}
    <Tag> convai-actions {{ follow, move to }}
    <Group> face {{ <Tag> part {{ head }} <Transform> {{ <Translate> {{ 0 0 1.6 }} }} }}
  }}
  <Group> cat {{
    <Tag> convai-character {{ {CAT} }}
    <Tag> convai-greeting {{ "" }}
    <Transform> {{ <Translate> {{ 30 0 0 }} }}
  }}
}}
"""


def _load(village: Village, tmp_path: Path, text: str) -> NodePath:
    path = tmp_path / "level.egg"
    path.write_text(text, encoding="utf-8")
    level = village.base.loader.load_model(path, noCache=True)
    level.reparent_to(village.base.render)
    level.set_pos(60.0, 0.0, 0.0)
    return level


def test_characters_are_found_in_a_model_and_speak(village: Village, tmp_path: Path) -> None:
    level = _load(village, tmp_path, _LEVEL)
    cat, miller = sorted(add_tagged_characters(village.convai, level), key=lambda each: each.node.name)
    assert (miller.id, miller.name, miller.head.name) == (MILLER, "Old Miller", "face")
    assert miller.actions.names == ("follow", "move to")
    assert (cat.id, cat.name, cat.actions.names) == (CAT, "cat", ())
    assert add_tagged_characters(village.convai, level) == []  # they are characters already
    village.stand(60.0, -2.0)
    village.until(lambda: village.told(Transcript, miller))


def test_what_a_game_says_for_all_yields_to_what_a_tag_says(village: Village, tmp_path: Path) -> None:
    level = _load(village, tmp_path, _LEVEL)
    added = add_tagged_characters(village.convai, level, name="Somebody", actions=("wave",))
    cat, miller = sorted(added, key=lambda each: each.node.name)
    assert (miller.name, miller.actions.names) == ("Old Miller", ("follow", "move to"))
    assert (cat.name, cat.actions.names) == ("Somebody", ("wave",))


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        (MILLER, "the-miller", "miller with the tag convai-character: .*UUID"),
        (MILLER, CAT, "(cat|miller) with the tag convai-character: .* already"),
        ("convai-head { face }", "convai-head { nose }", "miller .*no node or joint named 'nose'"),
        ("convai-head", "convai-haed", "miller has a tag convai-haed; known are"),
    ],
)
def test_a_tag_that_makes_no_sense_names_its_node(
    village: Village, tmp_path: Path, old: str, new: str, complaint: str
) -> None:
    level = _load(village, tmp_path, _LEVEL.replace(old, new, 1))
    before: set[Character] = set(village.convai.characters.values())
    with pytest.raises(ConfigurationError, match=complaint):
        add_tagged_characters(village.convai, level)
    assert before <= set(village.convai.characters.values())
