"""The rooms' process without a room: how it starts, what it may know, when it ends."""

import asyncio
import logging
import os
import signal
import subprocess
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from convai_panda.audio.frame import AudioFrame
from convai_panda.errors import JoinError, RoomLost
from convai_panda.transport import process, worker
from convai_panda.transport.child import CannotStart, Child
from convai_panda.transport.frames import Message, Said, Sound, encode
from convai_panda.transport.livekit import LiveKitRooms
from convai_panda.transport.process import ProcessRooms
from convai_panda.transport.rooms import DefaultRooms

from .conftest import is_running, seconds_until_gone


async def until(condition: Callable[[], object], within: float = 10.0) -> None:
    async with asyncio.timeout(within):
        while not condition():  # noqa: ASYNC110 - looks at another process
            await asyncio.sleep(0.01)


def read(path: str) -> bytes:
    return Path(path).read_bytes()


def with_child(use: Callable[[ProcessRooms, Child], Awaitable[None]]) -> None:
    async def run() -> None:
        rooms = ProcessRooms()
        try:
            await use(rooms, await rooms.start())
        finally:
            await rooms.aclose()

    asyncio.run(run())


def test_it_starts_ahead_of_need_and_ends_when_closed() -> None:
    async def run() -> int:
        rooms = ProcessRooms()
        await rooms.prepare()
        assert rooms.child is not None
        pid = rooms.child.pid
        assert is_running(pid)
        assert await rooms.start() is rooms.child
        assert str(pid) in rooms.describe()
        await rooms.aclose()
        assert rooms.child is None
        return pid

    assert not is_running(asyncio.run(run()))


class Listener:
    """A room of the process that notes what it hears, with others in one list."""

    def __init__(self, told: list[str], name: str) -> None:
        self._told = told
        self._name = name

    def hear(self, said: Said) -> None:
        self._told.append(f"{self._name} hears {type(said).__name__}")

    def settle(self) -> None:
        self._told.append(f"{self._name} settles")

    def lose(self, loss: RoomLost) -> None:
        self._told.append(f"{self._name} is lost")


def test_the_rooms_whose_sound_came_together_settle_after_all_of_it() -> None:
    told: list[str] = []

    async def hear(_: ProcessRooms, child: Child) -> None:
        for number, name in enumerate("abc"):
            child.admit(number, Listener(told, name))
        sound = AudioFrame(bytes(1920))
        child.pipe_data_received(1, b"".join(encode(Sound(number, "track", sound)) for number in (0, 2)))
        child.pipe_data_received(1, encode(Message(1, 0, b"{}")))

    with_child(hear)
    assert told[:5] == ["a hears Sound", "c hears Sound", "a settles", "c settles", "b hears Message"]


def niceness(pid: int) -> set[int]:
    """Of all threads of a process."""
    return {os.getpriority(os.PRIO_PROCESS, int(task.name)) for task in Path(f"/proc/{pid}/task").iterdir()}


def test_it_is_as_important_as_the_game_once_it_has_started() -> None:
    async def look(_: ProcessRooms, child: Child) -> None:
        assert niceness(child.pid) == {os.getpriority(os.PRIO_PROCESS, 0)}

    with_child(look)


def test_what_it_imports_first_leaves_the_processor_to_the_game(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "heavy_module.py").write_text("import os\nNICENESS = os.getpriority(os.PRIO_PROCESS, 0)\n")
    monkeypatch.syspath_prepend(tmp_path)
    before = os.getpriority(os.PRIO_PROCESS, 0)
    asyncio.run(worker._import_gently("heavy_module"))
    assert before < sys.modules.pop("heavy_module").NICENESS
    assert os.getpriority(os.PRIO_PROCESS, 0) == before


def test_it_knows_neither_key_nor_the_games_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CONVAI_API_KEY", "the-key-of-the-game")

    async def look(rooms: ProcessRooms, child: Child) -> None:
        for part in ("cmdline", "environ"):
            assert b"the-key" not in read(f"/proc/{child.pid}/{part}")

    with_child(look)


def test_it_carries_nothing_that_it_does_not_need() -> None:
    program = (
        "import sys, convai_panda.transport.worker\n"
        "heavy = {'panda3d', 'direct', 'pydantic', 'httpx', 'aiohttp', 'livekit'}\n"
        "raise SystemExit(', '.join(heavy & {name.split('.')[0] for name in sys.modules}) or 0)"
    )
    outcome = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert outcome.returncode == 0, outcome.stderr


def test_what_others_print_in_it_is_logged_and_confuses_nobody(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, logger="convai_panda")
    token = "eyJhbGciOi.eyJzdWIi.c2lnbmF0dXJl"
    (tmp_path / "sitecustomize.py").write_text(
        "import atexit, os, sys\n"
        "print('hello from a site', flush=True)\n"
        f"print('joining with {token}', file=sys.stderr, flush=True)\n",
        encoding="utf-8",
    )
    monkeypatch.syspath_prepend(str(tmp_path))

    async def look(rooms: ProcessRooms, child: Child) -> None:
        await until(lambda: "joining with" in caplog.text)

    with_child(look)
    assert token not in caplog.text


def test_ctrl_c_in_the_terminal_is_not_for_it() -> None:
    async def interrupt(rooms: ProcessRooms, child: Child) -> None:
        assert os.getpgid(child.pid) != os.getpgid(0)
        os.kill(child.pid, signal.SIGINT)
        health = child.health
        await until(lambda: child.health is not health)
        assert not child.is_over

    with_child(interrupt)


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGSTOP])
def test_one_that_died_or_hangs_is_followed_by_another(number: signal.Signals) -> None:
    async def end(rooms: ProcessRooms, child: Child) -> None:
        os.kill(child.pid, number)
        await until(lambda: child.is_over)
        other = await rooms.start()
        assert other.pid != child.pid
        await until(lambda: not is_running(child.pid))

    with_child(end)


def test_where_livekit_cannot_be_loaded_a_join_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "livekit.py").write_text("", encoding="utf-8")  # hides the real one
    monkeypatch.syspath_prepend(str(tmp_path))

    async def run() -> None:
        rooms = DefaultRooms()
        with pytest.raises(JoinError, match="LiveKit cannot be loaded"):
            await rooms.join("ws://127.0.0.1:1", "token")
        await rooms.aclose()

    asyncio.run(run())


@pytest.mark.parametrize("executable", ["", "/opt/game/game", "/nowhere/python3"])
def test_where_no_process_can_be_had_rooms_are_in_the_game_and_the_log_says_why(
    executable: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(sys, "executable", executable)

    async def run() -> str:
        rooms = DefaultRooms()
        await rooms.prepare()
        await rooms.aclose()
        return rooms.describe()

    where = asyncio.run(run())
    assert where.startswith(LiveKitRooms().describe())
    assert executable in where
    assert [record.levelname for record in caplog.records] == ["WARNING"]
    assert "in the game's process" in caplog.text


def test_a_program_that_is_no_python_after_all_is_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    impostor = tmp_path / "python3"
    impostor.write_text("#!/bin/sh\necho hello\n", encoding="utf-8")
    impostor.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(impostor))

    async def run() -> None:
        with pytest.raises(CannotStart):
            await ProcessRooms().start()

    asyncio.run(run())


def test_a_frozen_game_is_started_again_only_if_it_asks_to_be(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    monkeypatch.setattr(worker, "_is_hooked", False)
    assert "run_if_asked" in (process.why_no_process() or "")
    worker.run_if_asked()
    assert process.why_no_process() is None


def test_a_frozen_game_is_its_own_rooms_process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    game = tmp_path / "game"
    game.write_text(
        f"#!{sys.executable}\n"
        "from convai_panda.transport import worker\n"
        "worker.run_if_asked()\n"
        "raise SystemExit('this is the game')\n",
        encoding="utf-8",
    )
    game.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(game))
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    monkeypatch.setattr(worker, "_is_hooked", True)
    with_child(_is_alive)


async def _is_alive(rooms: ProcessRooms, child: Child) -> None:
    assert is_running(child.pid)


GAME = """
import asyncio, sys, threading
from convai_panda.transport.process import ProcessRooms

async def play():
    rooms = ProcessRooms()
    print((await rooms.start()).pid, flush=True)
    {what}

asyncio.run(play())
"""


@pytest.mark.parametrize(
    "what",
    ["await asyncio.Event().wait()", "sys.exit()", "raise RuntimeError", "import os; os._exit(1)"],
    ids=["killed", "exit", "exception", "hard exit"],
)
@pytest.mark.filterwarnings("default")
def test_it_ends_with_the_game(what: str) -> None:
    game = subprocess.Popen(
        [sys.executable, "-c", GAME.format(what=what)], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    with game:
        assert game.stdout is not None
        pid = int(game.stdout.readline())
        try:
            if "Event" in what:
                game.kill()
            else:
                game.wait(timeout=10.0)
            seconds_until_gone(pid, within=2.0)
        finally:
            game.kill()


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere no kernel ends what is stopped")
def test_one_that_is_stopped_ends_with_a_killed_game() -> None:
    command = [sys.executable, "-c", GAME.format(what="await asyncio.Event().wait()")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as game:
        assert game.stdout is not None
        pid = int(game.stdout.readline())
        os.kill(pid, signal.SIGSTOP)
        game.kill()
        seconds_until_gone(pid, within=2.0)


def test_a_fork_of_the_game_does_not_keep_it(tmp_path: Path) -> None:
    what = (
        "import os\n    if os.fork() == 0:\n        os.close(1)\n        __import__('time').sleep(60)\n    os._exit(0)"
    )
    with subprocess.Popen(
        [sys.executable, "-c", GAME.format(what=what)],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        start_new_session=True,
    ) as game:
        assert game.stdout is not None
        pid = int(game.stdout.readline())
        game.wait(timeout=10.0)
        try:
            seconds_until_gone(pid, within=4.0)
        finally:
            os.killpg(game.pid, signal.SIGKILL)
