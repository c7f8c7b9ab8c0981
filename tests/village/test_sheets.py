"""The villagers' sheets: read, refused with a sentence, noticed when saved."""

import os
import re
from pathlib import Path

import pytest

from convai_panda import ConfigurationError
from samples.village.sheets import PEOPLE, Watch, read_people, read_sheet

_JUN = (PEOPLE / "jun.toml").read_text(encoding="utf-8")


def test_six_villagers_have_their_own_id_name_look_and_place() -> None:
    sheets = read_people().values()
    assert len(sheets) == 6
    for field in ("id", "name", "look", "place", "first_line", "pitch"):
        assert len({getattr(sheet, field) for sheet in sheets}) == 6, field
    assert all(len(sheet.actions) >= 2 and sheet.knowledge and len(sheet.day) >= 2 for sheet in sheets)


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ('name = "Jun"', "name = 3", "jun.toml: name must be a text"),
        ('place = "well"', 'place = "moon"', "place is 'moon', but must be one of well, "),
        ('look = "jun"', 'look = "nobody"', "look is 'nobody'"),
        ("pitch = 128", "pitch = -1", r"\[voice\]: pitch must be a number above 0"),
        ('role = "a farmer"', 'roll = "a farmer"', "role is missing"),
        ('role = "a farmer"', 'role = "a farmer"\nrolls = 1', "nobody knows what rolls means"),
        ('id = "', 'id = "x', "id must be a character's id from convai.com"),
        ('name = "Jun"', 'name = "Jun', "jun.toml: .*line 2"),
    ],
)
def test_a_sheet_that_makes_no_sense_is_refused_with_what_to_do(
    tmp_path: Path, old: str, new: str, complaint: str
) -> None:
    path = tmp_path / "jun.toml"
    path.write_text(_JUN.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(ConfigurationError, match=complaint):
        read_sheet(path)


def test_two_sheets_with_one_id_are_refused(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / f"{name}.toml").write_text(_JUN, encoding="utf-8")
    with pytest.raises(ConfigurationError, match=r"b\.toml and a\.toml have the same id"):
        read_people(tmp_path)


def test_a_saved_sheet_is_noticed_once(tmp_path: Path) -> None:
    path = tmp_path / "jun.toml"
    path.write_text(_JUN, encoding="utf-8")
    watch = Watch(tmp_path)
    assert watch.changed() == []
    path.write_text(_JUN.replace("Jun", "Juna"), encoding="utf-8")
    os.utime(path, ns=(1, 1))  # a clock too coarse to tell two writes apart
    assert watch.changed() == [path]
    assert watch.changed() == []


def test_the_sheet_in_the_guide_can_be_read(tmp_path: Path) -> None:
    guide = (PEOPLE.parents[1] / "README.md").read_text(encoding="utf-8")
    (block,) = re.findall(r"```toml\n(.*?)```", guide, re.S)
    path = tmp_path / "jun.toml"
    path.write_text(block, encoding="utf-8")
    assert read_sheet(path).name == "Jun"
