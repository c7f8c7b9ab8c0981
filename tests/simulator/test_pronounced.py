"""What speech programs print about sounds: which mouths those are, and when."""

import numpy as np
import pytest

from convai_panda.simulator.clip import Clip, Segment, pauses, sounding
from convai_panda.simulator.pronounced import espeak_segments, flite_segments

RATE = 48_000


def tone(*stretches: tuple[float, float]) -> "np.ndarray[tuple[int], np.dtype[np.float32]]":
    """A hum between these seconds, and half a second of silence after the last."""
    sound = np.zeros(round((stretches[-1][1] + 0.5) * RATE), dtype=np.float32)
    for start, end in stretches:
        length = round((end - start) * RATE)
        sound[round(start * RATE) :][:length] = 0.3 * np.sin(np.arange(length) * 0.03)
    return sound


def shown(segments: list[Segment]) -> list[str]:
    return [one.viseme for one in segments]


def test_phones_with_their_ends_are_read_as_flite_prints_them() -> None:
    segments = flite_segments("pau:0.220 hh:0.295 ax:0.342 l:0.437 ow:0.697 pau:0.917 \n")
    assert shown(segments) == ["sil", "e", "e", "nn", "oh", "ou", "sil"]
    assert [(round(one.start, 3), round(one.end, 3)) for one in segments[3:6]] == [
        (0.342, 0.437),
        (0.437, 0.567),
        (0.567, 0.697),
    ]


@pytest.mark.parametrize(
    ("printed", "complaint"), [("hello there", "instead of a phone"), ("pau:x", "float"), ("Usage: flite", "float")]
)
def test_anything_else_is_refused(printed: str, complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        flite_segments(printed)


@pytest.mark.parametrize(
    ("printed", "mouths"),
    [
        ("tʃ_ˈɜː_tʃ", ["ch", "e", "ch"]),
        ("f_ˈaɪ_v", ["ff", "aa", "ih", "ff"]),
        ("ð_ˈə θ_ˈɪ_ŋ", ["th", "e", "th", "ih", "nn"]),
        ("b_ˈɔ̃ v_ˈɛ̃", ["pp", "oh", "ff", "e"]),
        ("t_ʰ_ˈʊ", ["dd", "ou"]),
        ("ꙮ_a", ["dd", "aa"]),
    ],
)
def test_phonetic_letters_are_mouths_whatever_marks_they_carry(printed: str, mouths: list[str]) -> None:
    assert shown(espeak_segments(printed, tone((0.0, 1.0)))) == mouths


def test_sounds_lie_where_their_clause_is_heard_and_long_ones_are_longer() -> None:
    segments = espeak_segments("m_ˈaː\nm_ə_m_ə", tone((0.1, 0.5), (0.9, 1.9)))
    assert shown(segments) == ["pp", "aa", "sil", "pp", "e", "pp", "e"]
    starts = [one.start for one in segments]
    assert starts[0] == pytest.approx(0.1, abs=0.011)
    assert (segments[2].start, segments[2].end) == (pytest.approx(0.5, abs=0.011), pytest.approx(0.9, abs=0.011))
    assert segments[-1].end == pytest.approx(1.9, abs=0.011)
    assert segments[1].end - segments[1].start > 1.5 * (segments[0].end - segments[0].start)


def test_clauses_that_were_run_together_share_the_sound() -> None:
    segments = espeak_segments("m_a\nm_a", tone((0.2, 1.2)))
    assert shown(segments) == ["pp", "aa", "pp", "aa"]
    assert segments[0].start == pytest.approx(0.2, abs=0.011)
    assert segments[-1].end == pytest.approx(1.2, abs=0.011)


def test_nothing_printed_is_no_mouth() -> None:
    assert espeak_segments("\n", tone((0.0, 0.5))) == []


def test_a_clip_begins_and_ends_with_its_sound_at_speaking_level() -> None:
    sound = tone((0.5, 1.5))
    clip = Clip("m", sound, [Segment(0.5, 0.7, "pp"), Segment(0.7, 1.5, "aa")])
    assert clip.samples / RATE == pytest.approx(1.02, abs=0.021)
    pcm = np.frombuffer(clip.read(0, clip.samples), "<i2") / 32768.0
    assert 20 * np.log10(np.sqrt(np.mean(pcm**2))) == pytest.approx(-20.0, abs=1.0)
    assert clip.read(clip.samples, clip.samples + 10) == b"\0" * 20
    closed, opened, over = (dict(enumerate(weights)) for weights in clip.weights_at([0.11, 0.6, 1.2]))
    assert max(closed, key=closed.__getitem__) == 1  # pp
    assert max(opened, key=opened.__getitem__) == 10  # aa
    assert over[0] == 1.0  # at rest


def test_silence_and_pauses_are_found() -> None:
    assert sounding(np.zeros(RATE, dtype=np.float32)) == (0.0, 0.0)
    assert sounding(np.zeros(0, dtype=np.float32)) == (0.0, 0.0)
    found = pauses(tone((0.2, 0.6), (0.7, 1.0), (1.4, 1.6)))
    assert found == [pytest.approx((1.0, 1.4), abs=0.011), pytest.approx((0.6, 0.7), abs=0.011)]
