"""When a turn has been heard, whatever the service says about it and forgets to say."""

from convai_panda.utterance import Utterance


class Watched:
    """An utterance followed sixty times a second; ``ends`` are the moments at which it was over."""

    def __init__(self) -> None:
        self.utterance = Utterance()
        self.now = 100.0
        self.ends: list[float] = []

    def run(self, seconds: float, *, is_sounding: bool) -> None:
        for _ in range(round(seconds * 60)):
            self.now += 1 / 60
            if self.utterance.follow(self.now, is_sounding=is_sounding):
                self.ends.append(self.now)

    def speak(self, seconds: float) -> None:
        """Be announced, be heard, and be said to have stopped."""
        self.utterance.start(self.now)
        self.run(seconds, is_sounding=True)
        self.utterance.stop(self.now)


def test_the_end_is_that_of_the_sound_not_of_the_announcement() -> None:
    watched = Watched()
    watched.speak(2.0)
    watched.run(1.0, is_sounding=True)  # the sender's queue
    assert watched.ends == []
    watched.run(2.0, is_sounding=False)
    assert len(watched.ends) == 1


def test_a_pause_between_sentences_is_no_end() -> None:
    watched = Watched()
    watched.utterance.start(watched.now)
    watched.run(1.0, is_sounding=True)
    watched.run(3.0, is_sounding=False)
    watched.run(1.0, is_sounding=True)
    assert watched.ends == []


def test_a_voice_whose_end_is_never_announced_still_ends_once() -> None:
    watched = Watched()
    watched.utterance.start(watched.now)
    watched.run(1.0, is_sounding=True)
    silent_from = watched.now
    watched.run(20.0, is_sounding=False)
    (end,) = watched.ends
    assert 5.0 < end - silent_from < 7.0
    assert not watched.utterance.is_under_way


def test_a_voice_that_is_announced_and_never_comes_ends_too() -> None:
    watched = Watched()
    watched.utterance.start(watched.now)
    watched.run(20.0, is_sounding=False)
    assert len(watched.ends) == 1


def test_a_voice_that_nobody_announced_ends_with_its_sound() -> None:
    watched = Watched()
    watched.run(1.0, is_sounding=True)
    assert watched.utterance.is_under_way
    watched.run(2.0, is_sounding=False)
    assert len(watched.ends) == 1


def test_what_is_cut_does_not_end() -> None:
    watched = Watched()
    watched.utterance.start(watched.now)
    watched.run(1.0, is_sounding=True)
    watched.utterance.cut()
    watched.run(10.0, is_sounding=False)
    assert watched.ends == []


def test_voices_of_one_turn_are_one() -> None:
    watched = Watched()
    for _ in range(2):
        watched.speak(1.0)
        assert not watched.utterance.is_to_be_followed
        watched.run(0.2, is_sounding=False)
    watched.run(2.0, is_sounding=False)
    assert len(watched.ends) == 1


def test_the_next_turns_voice_ends_the_one_before() -> None:
    watched = Watched()
    watched.speak(1.0)
    watched.utterance.complete()
    watched.run(0.2, is_sounding=False)
    assert watched.utterance.is_to_be_followed
    watched.utterance.start(watched.now)
    assert not watched.utterance.is_to_be_followed, "that one is the next"
    assert not watched.utterance.was_heard


def test_sound_that_comes_before_its_announcement_belongs_to_it() -> None:
    watched = Watched()
    watched.speak(1.0)
    watched.utterance.complete()
    watched.run(2.0, is_sounding=False)
    watched.run(0.1, is_sounding=True)
    assert not watched.utterance.is_to_be_followed
    watched.speak(1.0)
    watched.run(2.0, is_sounding=False)
    assert len(watched.ends) == 2
