"""The very first start of the rooms' process: what is an accident, what can never be, and what it inherits."""

import asyncio
import os
import subprocess
import sys
import threading
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from convai_panda.errors import JoinError
from convai_panda.transport import child
from convai_panda.transport.child import CannotStart, Child
from convai_panda.transport.frames import Ping, Said
from convai_panda.transport.inheritance import environment, search_path
from convai_panda.transport.livekit import LiveKitRooms
from convai_panda.transport.process import ProcessRooms
from convai_panda.transport.rooms import DefaultRooms

from .conftest import is_running

ONCE = """
import os, pathlib, signal, sys
if "convai_panda.transport.worker" in sys.orig_argv:
    pathlib.Path({folder!r}, str(os.getpid())).touch()
    if len(os.listdir({folder!r})) == 1:
        os.kill(os.getpid(), signal.SIGKILL)
"""

WAITS = """
import os, sys, time
if "convai_panda.transport.worker" in sys.orig_argv:
    while not os.path.exists({now!r}):
        time.sleep(0.01)
"""

SCARCE = """
import asyncio, os, resource, sys
from convai_panda.transport.rooms import DefaultRooms

async def play():
    rooms = DefaultRooms()
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (len(os.listdir("/proc/self/fd")) + {more}, before[1]))
    await rooms.prepare()
    resource.setrlimit(resource.RLIMIT_NOFILE, before)
    await rooms.prepare()
    print(rooms.describe())
    await rooms.aclose()

asyncio.run(play())
assert "livekit" not in sys.modules
"""

GAME = """
import asyncio, pathlib, sys
sys.path.append(pathlib.Path("folder"))  # which Python ignores
from convai_panda.transport.process import ProcessRooms

async def play():
    rooms = ProcessRooms()
    await rooms.start()
    print(rooms.describe())
    await rooms.aclose()

asyncio.run(play())
"""


def start(rooms: ProcessRooms) -> JoinError:
    """What becomes of the first start, which must fail."""

    async def run() -> JoinError:
        with pytest.raises(JoinError) as failure:
            await rooms.start()
        await rooms.aclose()
        return failure.value

    return asyncio.run(run())


def run(use: Callable[[DefaultRooms], Awaitable[None]]) -> str:
    """Where rooms are after the use of them."""

    async def play() -> str:
        rooms = DefaultRooms()
        try:
            await use(rooms)
            return rooms.describe()
        finally:
            await rooms.aclose()

    return asyncio.run(play())


def test_one_that_is_killed_at_once_is_followed_by_another_and_not_by_rooms_in_the_game(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    folder = tmp_path / "started"
    folder.mkdir()
    (tmp_path / "sitecustomize.py").write_text(ONCE.format(folder=str(folder)), encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))

    async def twice(rooms: DefaultRooms) -> None:
        await rooms.prepare()
        assert "-9" in caplog.text
        await rooms.prepare()

    assert run(twice).startswith("in a process of their own")
    assert len(list(folder.iterdir())) == 2


def test_one_that_is_long_in_saying_its_first_word_is_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = tmp_path / "now"
    (tmp_path / "sitecustomize.py").write_text(WAITS.format(now=str(now)), encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    pings = 0
    say = Child.say

    def count(child: Child, said: Said) -> None:
        nonlocal pings
        pings += isinstance(said, Ping)
        if pings == 10:  # of which six without an answer would be the end of one that has spoken
            monkeypatch.undo()
            now.touch()
        say(child, said)

    monkeypatch.setattr(Child, "say", count)
    monkeypatch.setattr(child, "_BEAT", 0.05)
    assert run(DefaultRooms.prepare).startswith("in a process of their own")
    assert pings >= 10


@pytest.mark.skipif(sys.platform != "linux", reason="counts descriptors in /proc")
@pytest.mark.parametrize("more", [0, 2, 4, 6])
def test_a_game_that_is_short_of_descriptors_is_not_given_livekit_as_well(more: int) -> None:
    outcome = subprocess.run(
        [sys.executable, "-c", SCARCE.format(more=more)], capture_output=True, text=True, check=False
    )
    assert outcome.returncode == 0, outcome.stderr
    assert outcome.stdout.startswith("in a process of their own")


class _NoProcesses(asyncio.SelectorEventLoop):
    async def subprocess_exec(self, *_: object, **__: object) -> None:  # type: ignore[override]
        raise NotImplementedError


def test_a_loop_that_starts_no_processes_leaves_rooms_in_the_game() -> None:
    async def once() -> str:
        rooms = DefaultRooms()
        await rooms.prepare()
        await rooms.aclose()
        return rooms.describe()

    with asyncio.Runner(loop_factory=_NoProcesses) as runner:
        where = runner.run(once())
    assert where.startswith(LiveKitRooms().describe())
    assert "policy" in where


@pytest.mark.filterwarnings("ignore::ResourceWarning")  # asyncio's, of the process that it has given up
def test_where_no_thread_can_be_had_nothing_is_left_of_the_process(monkeypatch: pytest.MonkeyPatch) -> None:
    start_thread = threading.Thread.start
    started: list[int] = []

    def refuse(thread: threading.Thread) -> None:
        if thread.name.startswith(("asyncio-waitpid", "waitpid")):
            started.append(vars(thread)["_args"][1])
            raise RuntimeError("can't start new thread")
        start_thread(thread)

    monkeypatch.setattr(threading.Thread, "start", refuse)

    async def once() -> JoinError:
        rooms = ProcessRooms()
        with pytest.raises(JoinError, match="can't start new thread") as failure:
            await rooms.start()
        async with asyncio.timeout(5.0):
            while is_running(started[0]):  # noqa: ASYNC110 - looks at another process
                await asyncio.sleep(0.01)
        await rooms.aclose()
        return failure.value

    failure = asyncio.run(once())
    assert failure.is_transient
    assert not isinstance(failure, CannotStart)


def test_what_it_said_at_the_end_is_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    impostor = tmp_path / "python3"
    impostor.write_text("#!/bin/sh\necho first >&2\necho 'No such thing.' >&2\nexit 3\n", encoding="utf-8")
    impostor.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(impostor))
    failure = start(ProcessRooms())
    assert isinstance(failure, CannotStart)
    assert str(failure).endswith("has ended with exit status 3 before it could take rooms: No such thing.")


def test_without_livekit_a_join_says_what_to_do_and_is_not_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "livekit.py").write_text("", encoding="utf-8")  # hides the real one
    monkeypatch.syspath_prepend(str(tmp_path))
    failure = start(ProcessRooms())
    assert str(failure).startswith("LiveKit cannot be loaded")
    assert "pip install" in str(failure)
    assert not failure.is_transient


@pytest.mark.parametrize("name", ["livekit", "google"])
def test_a_module_of_the_game_does_not_stand_in_for_one_of_livekits(name: str, tmp_path: Path) -> None:
    (tmp_path / "main.py").write_text(GAME, encoding="utf-8")
    (tmp_path / f"{name}.py").touch()
    outcome = subprocess.run([sys.executable, tmp_path / "main.py"], capture_output=True, text=True, check=False)
    assert outcome.stdout.startswith("in a process of their own"), outcome.stderr


@pytest.mark.parametrize("is_vendored", [False, True])
def test_the_games_own_folders_are_not_in_its_path_unless_livekit_is_there(
    is_vendored: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    game = tmp_path / "game"
    game.mkdir()
    if is_vendored:
        (game / "livekit").mkdir()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys.modules["__main__"], "__file__", str(game / "main.py"), raising=False)
    monkeypatch.setattr(sys, "path", [str(game), "", "beside", "/packages", Path("/no/string")])
    before, packages, ours, *after = search_path()
    assert (before, packages) == (str(tmp_path / "beside"), "/packages")
    assert Path(ours, "convai_panda", "transport").is_dir()  # wherever the game has it from
    assert after == ([str(game)] if is_vendored else [])


def test_where_the_current_folder_is_gone_there_is_a_path_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    monkeypatch.setattr(sys, "path", ["", "/packages"])
    assert search_path()[0] == "/packages"


def test_only_the_librarys_place_is_inherited_of_livekits_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("LIVEKIT_LIB_PATH", "LIVEKIT_API_SECRET", "CONVAI_API_KEY"):
        monkeypatch.setenv(name, "value")
    assert {"LIVEKIT_LIB_PATH"} == {name for name in environment() if name.startswith(("LIVEKIT_", "CONVAI_"))}
    assert os.environ["LIVEKIT_API_SECRET"] == "value"
