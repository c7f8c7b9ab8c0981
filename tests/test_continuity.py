"""Ids on the disk survive a second game, a broken file and a killed process."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from convai_panda import FileContinuity, MemoryContinuity

WRITER = """
import sys
from convai_panda.continuity import FileContinuity
file = FileContinuity(sys.argv[1])
for n in range(1_000_000):
    file.save("ana", "guard", str(n))
    print(n, flush=True)
"""


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
    path = tmp_path / "ids.sqlite3"
    for acknowledged_before_the_kill in (1, 2, 5):
        with subprocess.Popen([sys.executable, "-c", WRITER, str(path)], stdout=subprocess.PIPE, text=True) as game:
            assert game.stdout is not None
            for _ in range(acknowledged_before_the_kill):
                last = int(game.stdout.readline())
            game.send_signal(signal.SIGKILL)
            for line in game.stdout:
                last = int(line)
        found = FileContinuity(path).load("ana", "guard")
        assert found is not None
        assert int(found) in (last, last + 1)  # the save after the last acknowledged one may have been finished
