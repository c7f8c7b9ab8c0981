"""What is told in which frame."""

from math import inf

import pytest
from direct.showbase.ShowBase import ShowBase

from convai_panda import Character, Event, Speaker, SpeakingStarted, SpeakingStopped, Transcript
from convai_panda.news import News

FRAME = 1 / 60


class Watch:
    """Each look at it takes a millisecond."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        self.now += 0.001
        return self.now


@pytest.fixture
def watch() -> Watch:
    return Watch()


@pytest.fixture
def news(watch: Watch) -> News:
    return News(watch)


@pytest.fixture
def guards(base: ShowBase) -> list[Character]:
    node = base.render.attach_new_node("guard")
    return [
        Character(f"guard-{number}", node, name="", head=node, send=print, hold=print, cut=print) for number in range(2)
    ]


def words(text: str, *, is_final: bool = False, speaker: Speaker = Speaker.CHARACTER) -> Transcript:
    return Transcript(speaker, text, is_final=is_final)


def everything(news: News) -> list[tuple[Character, Event]]:
    told: list[tuple[Character, Event]] = []
    while len(news):
        told += news.take(FRAME, until=inf)
    return told


def test_all_is_told_in_order(news: News, guards: list[Character]) -> None:
    posted = [(guards[number % 2], (SpeakingStarted, SpeakingStopped)[number % 3 == 0]()) for number in range(40)]
    for character, event in posted:
        news.post(character, event)
    assert everything(news) == posted


def test_a_frame_is_told_as_much_as_it_has_time_for(news: News, watch: Watch, guards: list[Character]) -> None:
    for _ in range(9):
        news.post(guards[0], SpeakingStarted())
    assert len(list(news.take(FRAME, until=watch.now + 0.0035))) == 4
    assert len(list(news.take(FRAME, until=watch.now))) == 1  # however late it is
    assert len(list(news.take(FRAME, until=watch.now + 1.0))) == 4


def test_nothing_waits_for_long_where_frames_have_no_time(news: News, watch: Watch, guards: list[Character]) -> None:
    for _ in range(45):
        news.post(guards[0], SpeakingStarted())
    sizes = []
    while len(news):
        sizes.append(len(list(news.take(FRAME, until=watch.now))))
    assert sizes == sorted(sizes, reverse=True)
    assert sizes[0] == 5
    assert len(sizes) < 30
    for _ in range(20):
        news.post(guards[0], SpeakingStarted())
    assert len(list(news.take(0.2, until=watch.now))) == 20


def test_a_flood_takes_no_frame_whole(news: News, guards: list[Character]) -> None:
    for _ in range(10_000):
        news.post(guards[0], SpeakingStarted())
    assert len(list(news.take(10.0, until=inf))) == 256


def test_words_that_grow_wait_only_once_for_each_character(news: News, guards: list[Character]) -> None:
    for text in ("Good", "Good evening", "Good evening to you"):
        for guard in guards:
            news.post(guard, words(text))
    news.post(guards[0], words("Good evening to you.", is_final=True))
    assert everything(news) == [
        (guards[0], words("Good evening to you")),
        (guards[1], words("Good evening to you")),
        (guards[0], words("Good evening to you.", is_final=True)),
    ]


def test_what_comes_between_keeps_its_place(news: News, guards: list[Character]) -> None:
    posted = [words("Good"), SpeakingStarted(), words("Good evening"), words("Hm", speaker=Speaker.PLAYER)]
    for event in posted:
        news.post(guards[0], event)
    assert [event for _, event in everything(news)] == posted


def test_words_that_were_told_are_told_again_when_they_have_grown(news: News, guards: list[Character]) -> None:
    news.post(guards[0], words("Good"))
    assert everything(news) == [(guards[0], words("Good"))]
    news.post(guards[0], words("Good evening"))
    assert everything(news) == [(guards[0], words("Good evening"))]
