"""Runs the code of one action, a step a frame: plain, generator, coroutine or interval. Main thread only."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Generator

from direct.interval.Interval import Interval
from panda3d.core import AsyncFuture, AsyncTask, AsyncTaskManager
from panda3d.direct import CInterval

from ..errors import ActionImpossible
from .job import Job

Executor = Callable[[Job], object]


class Performance:
    """One action's code under way.

    An executor takes the Job. What it returns is what is left to do: a generator is stepped once a frame and a
    coroutine awaits Panda3D's futures, tasks and intervals; both may end with a sentence about what came of it. An
    interval is played to its end. Anything else means that it is done: a string is that sentence.
    """

    def __init__(self, executor: Executor, job: Job, limit: float | None) -> None:
        self.job = job
        self.limit = limit
        self.result = ""
        self._executor = executor
        self._work: object = None
        self._awaited: object = None
        self._pause: AsyncTask | None = None  # one that the code awaits and that nobody else runs
        self._has_begun = False
        self._is_stepping = False
        self._is_abandoned = False

    def step(self, seconds: float) -> bool:
        """Go on; true when it is done. Raises ActionImpossible, and whatever a game's own code raises."""
        self.job.seconds = seconds
        self._is_stepping = True
        try:
            is_done = self._step(seconds)
        finally:
            self._is_stepping = False
            if self._is_abandoned:
                self.cancel()
        return is_done

    def cancel(self) -> None:
        """Stop wherever it is; ``finally`` blocks of its code are run. Its own code may ask for it, too."""
        if self._is_stepping:
            self._is_abandoned = True
            return
        work, self._work = self._work, None
        match work:
            case Generator() | Coroutine():
                work.close()
            case CInterval() | Interval():
                work.pause()
        if self._pause is not None and self._pause.is_alive():
            self._pause.remove()

    def _step(self, seconds: float) -> bool:
        if self._has_begun:
            self.job.elapsed += seconds
        else:
            self._has_begun = True
            self._work = self._executor(self.job)
            if isinstance(self._work, CInterval | Interval):
                self._work.start()
        is_done = self._go_on()
        if not is_done and self.limit is not None and self.job.elapsed >= self.limit:
            raise ActionImpossible(f"It took longer than {self.limit:g} seconds.")
        return is_done

    def _go_on(self) -> bool:
        work = self._work
        match work:
            case Generator() | Coroutine():
                return self._resume(work)
            case CInterval() | Interval():
                return not work.isPlaying()
            case _:
                self.result = work if isinstance(work, str) else ""
                return True

    def _resume(self, work: Generator[object, None, object] | Coroutine[object, None, object]) -> bool:
        if isinstance(self._awaited, AsyncFuture) and not self._awaited.done():
            return False
        try:
            self._awaited = work.send(None)
        except StopIteration as end:
            self.result = end.value if isinstance(end.value, str) else ""
            self._work = None
            return True
        awaited = self._awaited
        if isinstance(awaited, AsyncTask) and not awaited.is_alive() and not awaited.done():
            self._pause = awaited  # such as Task.pause(1.0)
            AsyncTaskManager.get_global_ptr().add(awaited)
        return False
