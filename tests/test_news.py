"""What is told in which frame."""

import pytest
from direct.showbase.ShowBase import ShowBase

from convai_panda import Character, Event, Speaker, SpeakingStarted, SpeakingStopped, Transcript
from convai_panda.news import News

FRAME = 1 / 60


@pytest.fixture
def news() -> News:
    return News()


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
        told += news.take(FRAME)
    return told


def test_all_is_told_in_order(news: News, guards: list[Character]) -> None:
    posted = [(guards[number % 2], (SpeakingStarted, SpeakingStopped)[number % 3 == 0]()) for number in range(40)]
    for character, event in posted:
        news.post(character, event)
    assert everything(news) == posted


def test_a_burst_takes_some_frames_and_a_flood_no_frame_whole(news: News, guards: list[Character]) -> None:
    for _ in range(45):
        news.post(guards[0], SpeakingStarted())
    sizes = []
    while len(news):
        sizes.append(len(list(news.take(FRAME))))
    assert sizes == sorted(sizes, reverse=True)
    assert sizes[0] == 5
    assert len(sizes) < 15
    for _ in range(10_000):
        news.post(guards[0], SpeakingStarted())
    assert len(list(news.take(10.0))) == 256


def test_a_slow_frame_is_told_more(news: News, guards: list[Character]) -> None:
    for _ in range(20):
        news.post(guards[0], SpeakingStarted())
    assert len(list(news.take(0.2))) == 20


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
