"""Voices that are read at the same moments, whenever their streams were opened: beside a LiveKit of 10 ms moments."""

import asyncio
from collections.abc import Callable, Coroutine
from itertools import pairwise
from typing import Any

import pytest

from convai_panda.testing.stepped_io import SteppedIo
from convai_panda.transport.beat import Beat

MOMENT = 0.010  # s
CHUNK = 4  # samples of a moment: enough to tell them apart


class Stream:
    """Two moments a frame, from the one after its opening on."""

    def __init__(self, track: "Track") -> None:
        self.track = track
        self.is_open = True
        self.offset = 0  # added to each sample
        self._half: bytes | None = None
        self._frames: asyncio.Queue[bytes | None] = asyncio.Queue()

    async def read(self) -> bytes | None:
        return await self._frames.get()

    async def aclose(self) -> None:
        self.is_open = False

    def hear(self, first: int, *, is_silent: bool = False) -> None:
        samples = [0] * CHUNK if is_silent else [sample + self.offset for sample in range(first, first + CHUNK)]
        chunk = b"".join(sample.to_bytes(2, "little") for sample in samples)
        if self._half is None:
            self._half = chunk
        else:
            self._frames.put_nowait(self._half + chunk)
            self._half = None

    def end(self) -> None:
        self._frames.put_nowait(None)


class Track:
    """One character's voice: samples that count up."""

    def __init__(self, make: Callable[["Track"], Stream] = Stream) -> None:
        self._make = make
        self._said = 0
        self.is_silent = False
        self.words: list[int] = []  # samples that were no silence
        self.refusals = 0
        self.streams: list[Stream] = []
        self.heard: list[tuple[float, list[int]]] = []  # when, and which samples

    def open(self) -> Stream:
        self.streams.append(self._make(self))
        return self.streams[-1]

    def speak(self) -> None:
        for stream in self.streams:
            if stream.is_open:
                stream.hear(self._said, is_silent=self.is_silent)
        if not self.is_silent:
            self.words += range(self._said, self._said + CHUNK)
        self._said += CHUNK

    def begin(self) -> None:
        self.is_silent = False

    def stop(self) -> None:
        self.is_silent = True

    def end(self) -> None:
        for stream in self.streams:
            stream.end()

    def take(self, pcm: bytes) -> None:
        samples = [int.from_bytes(pcm[at : at + 2], "little") for at in range(0, len(pcm), 2)]
        self.heard.append((asyncio.get_running_loop().time(), samples))

    @property
    def samples(self) -> list[int]:
        return [sample for _, samples in self.heard for sample in samples]

    @property
    def open_streams(self) -> list[Stream]:
        return [stream for stream in self.streams if stream.is_open]

    def moment(self) -> int:
        """Of the last frame: which half of the moments it is on."""
        return round(self.heard[-1][0] / MOMENT) % 2


class Evening:
    """Tracks that LiveKit gives out in a time that passes by itself."""

    def __init__(self) -> None:
        self.beat = Beat()
        self.tracks: list[Track] = []
        self.io = SteppedIo(self._farewell, 0.0)
        self.now = 0.0
        self.io.submit(self._speak())

    async def _farewell(self) -> None:
        pass

    async def _speak(self) -> None:
        while True:
            await asyncio.sleep(MOMENT)
            for track in self.tracks:
                track.speak()

    def listen(self, track: Track) -> asyncio.Future[None]:
        """Read it from now on."""
        self.tracks.append(track)
        return self.start(self.beat.read(track.open, track.take))

    def start(self, reading: Coroutine[Any, Any, None]) -> Any:
        started: list[asyncio.Task[None]] = []

        async def start() -> None:
            started.append(asyncio.create_task(reading))

        self.io.submit(start())
        self.pass_(0.0)
        return started[0]

    def hold_up(self, events: dict[int, Callable[[], None]]) -> None:
        """LiveKit goes on, and none of our own work is done until the moment of the last event."""
        held_up = self.io.submit(self._hold_up(events))
        self.pass_(0.0)
        assert held_up.done()

    async def _hold_up(self, events: dict[int, Callable[[], None]]) -> None:
        for moment in range(max(events) + 1):
            events.get(moment, lambda: None)()
            for track in self.tracks:
                track.speak()
        loop: Any = asyncio.get_running_loop()
        loop._now += moment * MOMENT
        self.now += moment * MOMENT

    def pass_(self, seconds: float) -> None:
        self.now += seconds
        self.io.advance(self.now)


@pytest.fixture
def evening() -> Any:
    evening = Evening()
    yield evening
    evening.io.close()
    assert evening.io.errors == []


def is_unbroken(track: Track) -> bool:
    return len(track.samples) > CHUNK and all(later == sample + 1 for sample, later in pairwise(track.samples))


@pytest.mark.parametrize("offset", [0.012, 0.018], ids=["other half", "its end"])
def test_a_voice_on_the_other_half_comes_with_the_first_one_soon(evening: Evening, offset: float) -> None:
    first, second = Track(), Track()
    evening.listen(first)
    evening.pass_(offset)
    evening.listen(second)
    evening.pass_(0.1)
    assert second.moment() != first.moment()
    evening.pass_(0.4)
    assert second.moment() == first.moment()
    assert is_unbroken(first)
    assert is_unbroken(second)
    assert len(second.open_streams) == 1


def test_eight_voices_that_begin_at_any_time_come_at_once(evening: Evening) -> None:
    tracks = [Track() for _ in range(8)]
    for track in tracks:
        evening.listen(track)
        evening.pass_(0.013)
    evening.pass_(0.6)
    assert len({track.moment() for track in tracks}) == 1
    assert all(is_unbroken(track) for track in tracks)


def test_a_voice_on_the_beat_keeps_its_stream(evening: Evening) -> None:
    first, second = Track(), Track()
    evening.listen(first)
    evening.pass_(0.022)
    evening.listen(second)
    evening.pass_(1.0)
    assert second.moment() == first.moment()
    assert len(second.streams) == 1


@pytest.mark.parametrize("how", ["ends", "gives nothing any more"])
def test_another_voice_gives_the_beat_once_the_first_is_gone(evening: Evening, how: str) -> None:
    first, second, third = Track(), Track(), Track()
    reading = evening.listen(first)
    evening.pass_(0.052)
    assert first.heard
    if how == "ends":
        first.end()
    evening.tracks.remove(first)
    evening.listen(second)
    evening.pass_(0.010)
    evening.listen(third)
    evening.pass_(0.8)
    assert reading.done() == (how == "ends")
    assert third.moment() == second.moment()
    assert len(second.streams) + len(third.streams) == 3
    assert is_unbroken(second)
    assert is_unbroken(third)


def test_a_machine_that_is_held_up_while_a_voice_is_silent_loses_no_word_of_it(evening: Evening) -> None:
    """Two streams of silence are the same, wherever they begin."""
    first, second = Track(), Track()
    evening.listen(first)
    evening.pass_(0.012)
    evening.listen(second)
    second.is_silent = True
    while len(second.heard) < 10:
        evening.pass_(0.001)
        assert evening.now < 1.0
    evening.hold_up({3: second.begin, 20: second.stop, 30: lambda: None})
    evening.pass_(1.0)
    assert [sample for sample in second.samples if sample] == second.words
    assert second.words
    assert second.moment() == first.moment()


@pytest.mark.parametrize("trouble", ["refused", "dumb"])
def test_a_second_stream_that_cannot_be_had_leaves_the_first(evening: Evening, trouble: str) -> None:
    class Dumb(Stream):
        def hear(self, first: int, *, is_silent: bool = False) -> None:
            pass

    def another(track: Track) -> Stream:
        if not track.streams:
            return Stream(track)
        if trouble == "refused":
            track.refusals += 1
            raise AssertionError("no stream")
        return Dumb(track)

    first, second = Track(), Track(another)
    evening.listen(first)
    evening.pass_(0.012)
    reading = evening.listen(second)
    evening.pass_(5.0)
    assert second.refusals + len(second.streams) > 1
    assert not reading.done()
    assert is_unbroken(second)
    assert second.open_streams == second.streams[:1]


def test_streams_that_are_not_the_same_leave_the_voice_where_it_is(evening: Evening) -> None:
    def another(track: Track) -> Stream:
        stream = Stream(track)
        stream.offset = 1_000 * len(track.streams)
        return stream

    first, second = Track(), Track(another)
    evening.listen(first)
    evening.pass_(0.012)
    evening.listen(second)
    evening.pass_(5.0)
    assert is_unbroken(second)
    assert second.streams[0].is_open
    assert 1 < len(second.streams) < 10  # tried, and given up


def test_frames_that_are_late_now_and_then_change_nothing(evening: Evening) -> None:
    class Late(Stream):
        def hear(self, first: int, *, is_silent: bool = False) -> None:
            half_a_dozen_in_a_row = first // CHUNK % 40 < 12
            wait = MOMENT if half_a_dozen_in_a_row else 0.0
            asyncio.get_running_loop().call_later(wait, super().hear, first)

    first, second = Track(), Track(Late)
    evening.listen(first)
    evening.listen(second)
    evening.pass_(3.0)
    assert is_unbroken(second)
    assert len(second.streams) == 1


@pytest.mark.parametrize("how", ["ends", "is left"])
def test_no_stream_is_left_of_a_voice_that_is_over_while_it_has_two(evening: Evening, how: str) -> None:
    first, second = Track(), Track()
    evening.listen(first)
    evening.pass_(0.012)
    reading = evening.listen(second)
    while len(second.open_streams) < 2:
        evening.pass_(0.001)
        assert evening.now < 1.0
    if how == "ends":
        second.end()
    else:
        reading.cancel()
    evening.pass_(0.001)
    assert reading.done()
    assert second.open_streams == []
    assert len(first.open_streams) == 1
