"""P17: game seconds per wall second in a test's scene with two characters who talk, silent and in OpenAL's real mix."""

from time import perf_counter

from convai_panda.testing import ConvaiScene, ScriptedPlayer, assert_heard, assert_no_gap

from .figure import Figure

_GAME = 60.0  # s
_SILENT, _AUDIBLE = 60.0, 5.0  # game seconds per wall second
_WORDS = ("I am looking for a blue lantern.", "Who are you?", "My name is Ana.", "What did I say before?")


def measure() -> list[Figure]:
    """The audible ones first: OpenAL reads its settings once in a process. Of two runs the first also imports."""
    audible = [_play(audible=True) for _ in range(2)]
    silent = [_play(audible=False) for _ in range(2)]
    return [
        _figure("two characters, no audio", silent, _SILENT),
        _figure("two characters, OpenAL's real mix", audible, _AUDIBLE),
    ]


def _figure(what: str, runs: list[float], target: float) -> Figure:
    first, second = runs
    return Figure(
        "P17",
        f"game seconds per wall second, {what} (first run: {first:.0f})",
        f"{second:.1f}",
        "real time: 1",
        f"{second:.0f}",
        f">= {target:.0f}",
        second >= target,
    )


def _play(*, audible: bool) -> float:
    """A minute of walking and talking; how many times faster than real time it went."""
    began = perf_counter()
    scene = ConvaiScene(audible=audible, seed=17)
    player = ScriptedPlayer(scene)
    people = [scene.add_character(name, (x, 0.0)) for name, x in (("Guard", 0.0), ("Smith", 12.0))]
    turn = 0
    while scene.now < _GAME:
        one = people[turn % 2]
        player.walk_to(one, stop_at=2.0)
        player.wait_until(lambda one=one: scene.convai.partner is one and one.is_ready)
        if turn < 2:
            player.listen_to(one)  # each speaks first where somebody comes for the first time
        player.say(_WORDS[turn % len(_WORDS)])
        player.listen_to(one)
        turn += 1
        if turn == 2:
            for each in people:
                assert_heard(each, louder_than=-60.0, since=0.0)
    assert_no_gap()
    played = scene.now
    scene.close()
    return played / (perf_counter() - began)
