"""What talk costs is counted, warned of in time, and ended when the allowance is used up."""

import pytest

from convai_panda import (
    Allowance,
    AllowanceSpent,
    AllowanceWarning,
    ConfigurationError,
    Event,
    SessionState,
    SpeechFinished,
    StateChanged,
    TurnCompleted,
)
from convai_panda.allowance import CostGuard

from .conftest import GUARD, SMITH, Village


def moved(state: SessionState) -> StateChanged:
    return StateChanged(state, SessionState.IDLE, "because")


def silent(_: str) -> bool:
    return False


def names(news: tuple[list[tuple[str, Event]], list[str]]) -> list[tuple[str, str]]:
    return [(type(event).__name__, event.limit) for _, event in news[0]]  # type: ignore[attr-defined]


def test_minutes_are_those_of_open_rooms_and_turns_are_counted() -> None:
    guard = CostGuard()
    guard.notice(GUARD, moved(SessionState.CONNECTING), 0.0)
    guard.notice(GUARD, moved(SessionState.JOINING), 10.0)
    guard.notice(GUARD, moved(SessionState.CONVERSING), 20.0)
    guard.notice(GUARD, TurnCompleted(), 30.0)
    guard.notice(SMITH, moved(SessionState.JOINING), 40.0)
    guard.notice(GUARD, moved(SessionState.LOST), 70.0)
    guard.notice(GUARD, moved(SessionState.BACKING_OFF), 70.0)
    usage = guard.usage(100.0)
    assert (usage.minutes, usage.turns) == (2.0, 1)
    assert (usage.characters[GUARD].minutes, usage.characters[SMITH].minutes) == (1.0, 1.0)
    guard.stop(100.0)
    assert guard.usage(1000.0).minutes == 2.0
    assert guard.look(100.0, silent) == ([], [])


def test_a_warning_comes_before_the_end_and_each_once() -> None:
    guard = CostGuard(Allowance(minutes=1.0))
    guard.notice(GUARD, moved(SessionState.JOINING), 0.0)
    assert guard.look(47.0, silent) == ([], [])
    assert names(guard.look(48.5, silent)) == [("AllowanceWarning", "minutes")]
    assert guard.look(59.0, silent) == ([], [])
    assert not guard.is_spent(GUARD, 59.0)
    news = guard.look(60.5, silent)
    assert names(news) == [("AllowanceSpent", "minutes")]
    assert news[1] == [GUARD]
    assert guard.look(61.5, silent) == ([], [])
    assert guard.is_spent(GUARD, 61.0)
    assert guard.is_spent(SMITH, 61.0)


def test_a_characters_own_limit_is_its_own() -> None:
    guard = CostGuard(Allowance(character_turns=1, turns=9))
    for key in (GUARD, SMITH):
        guard.notice(key, moved(SessionState.JOINING), 0.0)
    guard.notice(GUARD, TurnCompleted(), 1.0)
    events, ends = guard.look(1.0, silent)
    assert [(key, type(event)) for key, event in events] == [(GUARD, AllowanceSpent)]
    assert ends == [GUARD]
    assert guard.is_spent(GUARD, 1.0)
    assert not guard.is_spent(SMITH, 1.0)
    guard.notice(SMITH, TurnCompleted(), 2.0)
    assert guard.look(2.0, silent)[1] == [SMITH]


def test_what_is_being_said_is_said_to_its_end_but_not_for_ever() -> None:
    guard = CostGuard(Allowance(turns=0))
    guard.notice(GUARD, moved(SessionState.JOINING), 0.0)
    assert guard.look(0.0, lambda _: True)[1] == []
    assert guard.look(9.0, lambda _: True)[1] == []
    assert guard.look(10.5, lambda _: True)[1] == [GUARD]


def test_a_room_that_opens_later_is_left_too() -> None:
    guard = CostGuard(Allowance(minutes=1.0))
    guard.notice(GUARD, moved(SessionState.JOINING), 0.0)
    assert guard.look(61.0, silent)[1] == [GUARD]
    guard.notice(GUARD, moved(SessionState.CLOSED), 61.1)
    guard.notice(GUARD, moved(SessionState.JOINING), 61.2)
    assert guard.look(62.0, silent)[1] == [GUARD]


@pytest.mark.parametrize(
    "fields", [{"minutes": -1.0}, {"minutes": float("nan")}, {"turns": float("inf")}, {"warn_at": 0.0}]
)
def test_what_is_no_limit_is_refused(fields: dict[str, float]) -> None:
    with pytest.raises(ConfigurationError, match=next(iter(fields))):
        Allowance(**fields)  # type: ignore[arg-type]


def test_in_a_game_the_character_finishes_leaves_and_comes_back_when_there_is_more(village: Village) -> None:
    village.convai.allowance = Allowance(character_turns=1)
    village.stand(0.0, -2.0)
    village.until(lambda: village.guard.state is SessionState.CLOSED)
    assert village.told(StateChanged)[-1].reason == "The allowance is used up."
    (spent,) = village.told(AllowanceSpent)
    assert (spent.limit, spent.used, spent.allowed) == ("character_turns", 1, 1)
    assert len(village.told(SpeechFinished)) == 1
    usage = village.convai.usage
    assert usage.turns == 1
    assert 0.0 < usage.minutes < 1.0
    village.stand(0.0, -60.0)
    village.stand(0.0, -2.0)
    assert village.told(AllowanceWarning) == []
    village.convai.allowance = Allowance(character_turns=2)
    village.until(lambda: village.guard.is_ready)
    assert [moved.state for moved in village.told(StateChanged)].count(SessionState.CONNECTING) == 2
