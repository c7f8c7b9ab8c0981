"""The rooms' own process: ``python -m convai_panda.transport.worker``. One asyncio loop on its main thread.

It reads frames (``transport.frames``) from standard input, runs LiveKit's rooms as the game's process would, and
writes what arrives to standard output. It ends when its input does, whatever became of the game.

A game that is frozen by ``build_apps`` has no ``python`` to run this with. It runs itself instead, when it lets it:

    from convai_panda.transport import worker
    worker.run_if_asked()  # first thing in the main module, before the game's own imports
"""

import asyncio
import importlib
import logging
import os
import signal
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

from ..errors import JoinError, ProtocolError
from ..parent import die_with_parent
from .batches import BatchWriter
from .frames import (
    PREAMBLE,
    Decoder,
    Health,
    Join,
    Leave,
    Message,
    PictureSlice,
    Ping,
    Said,
    Sound,
    Start,
    Unusable,
    Usable,
)
from .livekit import LiveKitRooms
from .pipes import read_pipe
from .visit import Visit

ARGUMENT = "--convai-panda-rooms"  # what a frozen game finds in argv when it is to be this process

_GAME_LIMIT = 30.0  # s without a word from the game: it hangs, or what holds our input open is not the game
_NICENESS = 10  # a tenth of a processor that somebody else wants; with less the game still waits
_FAREWELL = 1.5  # s to leave all rooms; leaving one takes 4 to 17 ms

_log = logging.getLogger(__name__)
_is_hooked = False


def run_if_asked() -> None:
    """Be the rooms' process if this one was started to be it; otherwise note that the game can be asked."""
    global _is_hooked
    if ARGUMENT in sys.argv[1:]:
        main()
    _is_hooked = True


def is_hooked() -> bool:
    """Whether ``run_if_asked`` was called, so that the program may be started again as the rooms' process."""
    return _is_hooked


def main() -> None:
    """Serve rooms until the input ends, and exit."""
    die_with_parent()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the game's: it leaves the rooms first
    source, sink = _take_pipes()
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr, format="%(name)s: %(message)s")
    asyncio.run(_serve(source, sink))


async def _serve(source: int, sink: int) -> None:
    status = 1
    try:
        await _Worker(source, sink).run()
        status = 0
    except Exception:  # noqa: BLE001 - logged, and this process ends with it
        _log.exception("The rooms' process broke.")
    finally:
        sys.stderr.flush()
        os._exit(status)  # a thread that reads the input may never come back, and Python would wait for it


def _take_pipes() -> tuple[int, int]:
    """Keep the pipes for the frames alone: whatever prints goes to standard error, whatever reads gets nothing."""
    source, sink = os.dup(0), os.dup(1)
    with open(os.devnull, "rb") as nothing:
        os.dup2(nothing.fileno(), 0)
    os.dup2(2, 1)
    if sys.platform == "win32":
        import msvcrt

        msvcrt.setmode(source, os.O_BINARY)
        msvcrt.setmode(sink, os.O_BINARY)
    return source, sink


class _Worker:
    def __init__(self, source: int, sink: int) -> None:
        self._source = source
        self._sink = sink
        self._out = BatchWriter(PREAMBLE)
        self._decoder = Decoder()
        self._rooms: LiveKitRooms | None = None
        self._starting: asyncio.Task[None] | None = None
        self._visits: dict[int, Visit] = {}
        self._heard_at = time.monotonic()

    async def run(self) -> None:
        """Until the game is gone; then leave every room."""
        # Not create_task and forget: whichever ends first, ends the process.
        jobs = {
            asyncio.create_task(job)
            for job in (read_pipe(self._source, self._hear), self._out.run(self._sink), self._watch())
        }
        done, _ = await asyncio.wait(jobs, return_when=asyncio.FIRST_COMPLETED)
        try:
            async with asyncio.timeout(_FAREWELL):
                await asyncio.gather(*(visit.aclose() for visit in self._visits.values()))
        except TimeoutError:
            _log.warning("Rooms took longer than %.1f s to leave; they were abandoned.", _FAREWELL)
        for job in done:
            job.result()

    def _hear(self, data: bytes) -> None:
        self._heard_at = time.monotonic()
        for said in self._decoder.feed(data):
            self._take(said)

    async def _watch(self) -> None:
        """End when the game has, even if something else keeps our input open, such as a fork of it."""
        parent = os.getppid()
        while True:
            before = time.monotonic()
            await asyncio.sleep(1.0)
            if sys.platform != "win32" and os.getppid() != parent:
                return
            self._heard_at += max(0.0, time.monotonic() - before - 2.0)  # we were stopped ourselves
            if time.monotonic() - self._heard_at > _GAME_LIMIT:
                return

    def _take(self, said: Said) -> None:
        match said:
            case Start(allow_insecure=allow_insecure) if self._starting is None:
                rooms = LiveKitRooms(allow_insecure=allow_insecure)
                self._starting = asyncio.create_task(self._start(rooms), name="start")
            case Ping():
                self._out.put(_health())
            case Join(room, url, token) if self._rooms is not None and room not in self._visits:
                self._visits[room] = Visit(room, self._rooms, url, token, self._out.put, self._visits.pop)
            case Leave(room) if room in self._visits:
                self._visits[room].leave()
            case Message(room) | Sound(room) | PictureSlice(room):
                if room in self._visits:  # else it was lost, and the game will know in a moment
                    self._visits[room].take(said)
            case Leave():
                pass
            case _:
                raise ProtocolError(f"{type(said).__name__} makes no sense to the rooms' process.")

    async def _start(self, rooms: LiveKitRooms) -> None:
        try:
            with suppress(Exception):  # it is tried again, and told of
                await _import_gently("livekit.rtc")
            await rooms.load()
        except JoinError as error:
            self._out.put(Unusable(str(error), error.is_transient))
            return
        self._rooms = rooms
        self._out.put(_health())
        self._out.put(Usable())


async def _import_gently(module: str) -> None:
    """Leave the processor to the game: the import is most of this process's start, and no frame may wait for it.

    Linux has a niceness for each thread, which cannot be taken back: so on one of its own. Elsewhere as usual.
    """
    loop = asyncio.get_running_loop()
    with ThreadPoolExecutor(1, initializer=_be_nice) as gently:
        await loop.run_in_executor(gently, importlib.import_module, module)


def _be_nice() -> None:
    if sys.platform == "linux":
        with suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, 0, _NICENESS)  # 0: this thread


def _health() -> Health:
    """How large this process is; where the system does not tell, 0."""
    try:
        with open("/proc/self/statm", encoding="ascii") as memory:
            pages = int(memory.read().split()[1])
        return Health(pages * os.sysconf("SC_PAGE_SIZE"), len(os.listdir("/proc/self/task")))
    except OSError:  # not Linux
        return Health(0, 0)


if __name__ == "__main__":
    main()
