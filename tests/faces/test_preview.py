"""Moods and what they look like, by name and by strength."""

import pytest

from convai_panda import ConfigurationError, Mood
from convai_panda.faces import preview
from convai_panda.faces.expression import Expression
from convai_panda.moods import mood_of

CHANNELS = ("smile", "frown", "brows_down", "brows_worried", "blink", "JawOpen")


class Shown:
    channels = CHANNELS

    def __init__(self) -> None:
        self.values: dict[str, float] = {}

    def show(self, values: list[float]) -> None:
        self.values = dict(zip(CHANNELS, values, strict=True))

    def close(self) -> None:
        pass


@pytest.mark.parametrize(
    ("name", "mood"),
    [
        ("Serenity", Mood.JOY),
        ("ADMIRATION", Mood.TRUST),
        ("Apprehension", Mood.FEAR),
        ("happy", Mood.JOY),
        ("sad", Mood.SADNESS),
        ("Surprised", Mood.SURPRISE),
        (" rage ", Mood.ANGER),
        ("neutral", Mood.NEUTRAL),
        ("flabbergasted", None),
    ],
)
def test_names_of_emotions(name: str, mood: Mood | None) -> None:
    assert mood_of(name)[0] is mood


def test_strength_grows_with_the_name_and_with_the_scale() -> None:
    by_name = [mood_of(name, 2)[1] for name in ("annoyance", "anger", "rage")]
    by_scale = [mood_of("anger", scale)[1] for scale in (1, 2, 3)]
    assert by_name == sorted(set(by_name))
    assert by_scale == sorted(set(by_scale))
    assert mood_of("rage", 3)[1] == 1.0
    assert mood_of("rage", 99)[1] == 1.0


def test_a_preview_adds_mood_and_viseme() -> None:
    face = Shown()
    preview(face, emotion="joy", scale=3)
    joy = face.values
    assert joy["smile"] > 0.4
    preview(face, emotion="joy", scale=3, viseme="aa")
    assert face.values["smile"] >= joy["smile"]
    assert face.values["JawOpen"] > 0.5
    preview(face, blink=1.0)
    assert face.values["blink"] == pytest.approx(1.0)
    preview(face, emotion="grief", scale=3)
    assert face.values["frown"] > 0.5
    assert face.values["brows_worried"] > 0.5
    with pytest.raises(ConfigurationError, match="no viseme"):
        preview(face, viseme="xx")
    with pytest.raises(ConfigurationError, match="no emotion"):
        preview(face, emotion="flabbergasted")


def test_a_mood_eases_in_outlives_neutrals_and_fades() -> None:
    face = Expression(CHANNELS)
    now = 10.0

    def pass_(seconds: float, *, speaking: bool = False) -> float:
        nonlocal now
        for _ in range(round(seconds * 60)):
            now += 1 / 60
            if speaking:
                face.kept_at = now
            face.follow(now, 1 / 60)
        return float(face.shown[0])

    face.feel(Mood.JOY, 1.0, now)
    assert 0.0 < pass_(0.1) < 0.4
    full = pass_(2.0)
    face.feel(Mood.NEUTRAL, 0.0, now)
    face.feel(None, 0.0, now)
    assert pass_(1.0) == pytest.approx(full, abs=0.01)
    assert pass_(20.0, speaking=True) == pytest.approx(full, abs=0.01)
    assert pass_(6.0) < 0.6 * full
    assert pass_(40.0) < 0.01
    face.feel(Mood.SADNESS, 1.0, now)
    pass_(2.0)
    assert face.shown[1] > 0.5
    assert face.shown[0] < 0.05
