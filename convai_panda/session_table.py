"""Every legal move of a session, in one table. Pure."""

from .events import SessionState as S

MOVES: dict[S, frozenset[S]] = {
    S.IDLE: frozenset({S.CONNECTING}),
    S.CONNECTING: frozenset({S.JOINING, S.LOST, S.CLOSED}),
    S.JOINING: frozenset({S.READY, S.CONVERSING, S.LINGERING, S.LOST, S.CLOSED}),
    S.READY: frozenset({S.CONVERSING, S.LINGERING, S.LOST, S.CLOSED}),
    S.CONVERSING: frozenset({S.READY, S.LINGERING, S.LOST, S.CLOSED}),
    S.LINGERING: frozenset({S.READY, S.CONVERSING, S.LOST, S.CLOSED}),
    S.LOST: frozenset({S.BACKING_OFF, S.CLOSED}),
    S.BACKING_OFF: frozenset({S.CONNECTING, S.CLOSED}),
    S.CLOSED: frozenset({S.CONNECTING}),
}


def check_move(was: S, state: S) -> None:
    """Raise RuntimeError for a move that is not in the table: a mistake of ours, never of the game."""
    if state not in MOVES[was]:
        raise RuntimeError(f"A session cannot go from {was.value} to {state.value}.")
