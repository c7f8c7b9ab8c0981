"""Ids on the disk survive a second game, a broken file and a killed process."""

from pathlib import Path

import pytest

from convai_panda import FileContinuity, MemoryContinuity
from tests.killed_games import kill_games


def test_memory_forgets_what_it_is_told_to() -> None:
    memory = MemoryContinuity()
    memory.save("ana", "guard", "1")
    assert memory.load("ana", "guard") == "1"
    memory.forget("ana", "guard")
    assert memory.load("ana", "guard") is None


def test_ids_are_per_player_and_character_and_outlive_the_object(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "ids.sqlite3"
    FileContinuity(path).save("ana", "guard", "1")
    FileContinuity(path).save("ana", "smith", "2")
    FileContinuity(path).save("ben", "guard", "3")
    FileContinuity(path).save("ana", "guard", "4")
    FileContinuity(path).forget("ana", "smith")
    file = FileContinuity(path)
    assert [file.load(*key) for key in (("ana", "guard"), ("ana", "smith"), ("ben", "guard"))] == ["4", None, "3"]


def test_nothing_is_made_by_asking(tmp_path: Path) -> None:
    assert FileContinuity(tmp_path / "ids.sqlite3").load("ana", "guard") is None
    assert list(tmp_path.iterdir()) == []


def test_a_broken_file_is_moved_aside(tmp_path: Path) -> None:
    path = tmp_path / "ids.sqlite3"
    path.write_bytes(b"this is no database, and long enough to look like one " * 20)
    file = FileContinuity(path)
    file.save("ana", "guard", "1")
    assert file.load("ana", "guard") == "1"
    assert (tmp_path / "ids.sqlite3.broken").exists()


def test_a_folder_that_cannot_be_written_is_an_os_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(OSError, match="file"):
        FileContinuity(tmp_path / "file" / "ids.sqlite3").save("ana", "guard", "1")
    (tmp_path / "folder.sqlite3").mkdir()
    with pytest.raises(OSError, match="folder"):
        FileContinuity(tmp_path / "folder.sqlite3").load("ana", "guard")


def test_a_killed_game_has_lost_nothing_that_was_saved(tmp_path: Path) -> None:
    found = kill_games(tmp_path, 20, seed=4)
    assert found.done > 20
    assert (found.lost, found.unreadable) == (0, 0)
