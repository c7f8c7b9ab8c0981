"""The voice: a level, no gaps, no clicks, one timbre a character, shapes and words where the sound is."""

import numpy as np
import pytest

from convai_panda.protocol.server import VISEMES
from convai_panda.simulator import VILLAGERS
from convai_panda.simulator.phonemes import sounds
from convai_panda.simulator.score import Score
from convai_panda.simulator.voice import Voice, say, sentences, speak

from .test_actor import longest_gap

TEXT = "Hello Ana, I am Bram, the smith. What brings you here? Stop talking and pack that sixth bottle quickly!"
VOICES = [villager.voice for villager in VILLAGERS] + [Voice.of(name) for name in ("a", "b", "zq")]


def samples(text: str, voice: Voice) -> "np.ndarray[tuple[int], np.dtype[np.float64]]":
    return np.frombuffer(speak(text, voice).pcm, "<i2") / 32768.0


@pytest.mark.parametrize("voice", VOICES, ids=lambda voice: f"{voice.pitch:.0f}Hz")
def test_each_sentence_is_at_speaking_level_without_a_gap_or_a_click(voice: Voice) -> None:
    for sentence in sentences(TEXT):
        sound = np.frombuffer(speak(sentence, voice).pcm, "<i2") / 32768.0
        assert 20 * np.log10(np.sqrt(np.mean(sound**2))) == pytest.approx(-20.0, abs=1.0)
        assert np.abs(sound).max() < 0.9
        assert longest_gap(sound) <= 0.060
        assert abs(sound[0]) < 1e-3
        assert abs(sound[-1]) < 1e-3
        assert np.abs(np.diff(sound)).max() < 0.35


def test_a_pause_means_the_end_of_a_sentence() -> None:
    sound = samples("One two, three four. Five six.", Voice.of("a"))
    silent = np.flatnonzero(sound == 0.0)
    assert 0.2 < len(silent) / 48_000 < 0.25


def test_a_sentence_read_in_pieces_is_the_same_sentence() -> None:
    voice = Voice.of("a")
    whole = speak(TEXT.partition("?")[0], voice).pcm
    say.cache_clear()
    sentence = say(sentences(TEXT)[0], voice)
    pieces = b"".join(sentence.read(start, start + 960) for start in range(0, sentence.samples, 960))
    assert whole.startswith(pieces[: 2 * sentence.samples])
    assert sentence.read(sentence.samples, sentence.samples + 10) == bytes(20)


def test_two_characters_sound_different_and_one_always_the_same() -> None:
    bram, elodie = (villager.voice for villager in VILLAGERS[:2])
    assert elodie.pitch > 1.8 * bram.pitch
    assert Voice.of("x") == Voice.of("x") != Voice.of("y")
    say.cache_clear()
    first = speak("Good morning.", bram).pcm
    say.cache_clear()
    assert speak("Good morning.", bram).pcm == first != speak("Good morning.", elodie).pcm


@pytest.mark.parametrize("villager", VILLAGERS, ids=lambda villager: villager.name)
def test_the_pitch_is_the_characters(villager: object) -> None:
    voice = villager.voice  # type: ignore[attr-defined]
    sound = np.frombuffer(speak("mama mama mama", voice).pcm, "<i2").astype(float)
    middle = sound[len(sound) // 3 : len(sound) // 3 + 9600]
    correlation = np.correlate(middle, middle, "full")[len(middle) - 1 :]
    low, high = int(48_000 / 400), int(48_000 / 60)
    period = low + int(np.argmax(correlation[low:high]))
    assert 48_000 / period == pytest.approx(voice.pitch, rel=0.25)


def test_a_question_rises_and_a_statement_falls() -> None:
    voice = Voice.of("a")

    def final_rise(text: str) -> float:
        score = Score(text, voice)
        before, end = score.pitch(np.array([score.duration - 0.3, score.duration - 0.01]), voice)
        return float(end / before)

    assert final_rise("Shall we go home now?") > 1.15
    assert final_rise("We shall go home now.") < 0.95


def test_words_and_shapes_lie_inside_the_speech_in_order() -> None:
    speech = speak(TEXT, Voice.of("a"))
    assert [word.text for word in speech.words] == TEXT.split()
    times = [time for word in speech.words for time in (word.start, word.end)]
    assert times == sorted(times)
    assert times[-1] == pytest.approx(speech.duration, abs=0.001)
    assert [shape.time for shape in speech.visemes] == sorted(shape.time for shape in speech.visemes)
    assert all(sum(shape.weights) == pytest.approx(1.0) for shape in speech.visemes)


def test_lips_close_on_m_and_open_on_a() -> None:
    sentence = say("mama", Voice.of("a"))
    frames = sentence.weights_at([0.01 * index for index in range(sentence.samples // 480)])
    lips, jaw = VISEMES.index("pp"), VISEMES.index("aa")
    assert max(frame[lips] for frame in frames) > 0.6
    assert max(frame[jaw] for frame in frames) > 0.8
    assert sentence.weights_at([10.0])[0][0] == 1.0


@pytest.mark.parametrize("word", ["the", "gate", "through", "x", "3", "ça", "straße", "привет", "你好", "…", "--", ""])
def test_every_word_has_sounds(word: str) -> None:
    assert sounds(word)


def test_sentences_end_at_marks_and_not_inside_numbers() -> None:
    assert sentences(' It is 3.5 m. "Really?" Yes! And…  then') == ("It is 3.5 m.", '"Really?"', "Yes!", "And…", "then")
    assert sentences("  ") == ()
