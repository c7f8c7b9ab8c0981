"""The story's chapters: what ends them, who speaks then, and that it comes to its end."""

from pathlib import Path

import pytest

from convai_panda import ConfigurationError
from samples.village.sheets import read_people
from samples.village.story import STORY, Story


def test_it_is_played_by_the_people_of_the_village_and_by_what_they_can_do() -> None:
    people = {sheet.name: sheet for sheet in read_people().values()}
    for chapter in Story(people=people)._chapters:
        if chapter.do:
            assert chapter.action in people[chapter.do].actions


def test_it_can_be_played_to_its_end() -> None:
    story = Story()
    assert story.heard("Bram") is None  # not yet
    assert story.heard("Jun") is not None
    assert story.heard("Ines") is not None
    assert story.next_cue("Ines").trigger == "lantern-dark"
    assert story.next_cue("Ines") is None
    assert story.said("Amara", "Lovely weather.") is None
    assert story.said("Jun", "Have you got blue glass?") is None
    assert story.said("Amara", "Have you got GLASS?") is not None
    assert story.next_cue("Amara") is not None
    assert story.done("Jun", "follow") is None
    assert story.done("Jun", "Fetch water") is not None
    assert story.heard("Amara") is None  # a greeting is not yet the line that she has to say
    assert story.next_cue("Amara").trigger == "water-brought"
    assert story.heard("Amara") is not None
    assert story.heard("Bram") is not None
    turn = story.heard("Ines")
    assert turn.effect == "lantern"
    assert not turn.is_end
    assert story.next_cue("Ines") is not None
    assert story.done("Ines", "open the gate").is_end
    assert story.is_over
    assert story.goal == ""
    assert (
        story.next_cue("Ines").message("Ana") == "<speak>Go well, Ana, and come back before the night is old.</speak>"
    )
    assert story.heard("Ines") is None


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ('hear = "Jun"\n', "", "needs one of hear, say and do"),
        ('hear = "Jun"\n', 'hear = "Jon"\n', "nobody in the village is called Jon"),
        ('title = "', 'titel = "', "title is missing"),
        ('hear = "Jun"\n', 'hear = "Jun"\nsee = 3\n', "see"),
    ],
)
def test_chapters_that_make_no_sense_are_refused(tmp_path: Path, old: str, new: str, complaint: str) -> None:
    path = tmp_path / "story.toml"
    path.write_text(STORY.read_text(encoding="utf-8").replace(old, new, 1), encoding="utf-8")
    people = [sheet.name for sheet in read_people().values()]
    with pytest.raises(ConfigurationError, match=complaint):
        Story(path, people=people)
