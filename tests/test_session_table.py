"""The table of a session's moves is closed and complete."""

import pytest

from convai_panda import SessionState
from convai_panda.session_table import MOVES, check_move


def test_every_state_has_a_row_and_a_way_to_the_end() -> None:
    assert set(MOVES) == set(SessionState)
    for state in SessionState:
        reachable, frontier = set[SessionState](), [state]
        while frontier:
            for follower in MOVES[frontier.pop()] - reachable:
                reachable.add(follower)
                frontier.append(follower)
        assert SessionState.CLOSED in reachable


def test_an_illegal_move_has_a_sentence() -> None:
    with pytest.raises(RuntimeError, match="cannot go from idle to conversing"):
        check_move(SessionState.IDLE, SessionState.CONVERSING)
