"""The actions that a game need not write: walking, looking, pointing, carrying, animations. Main thread only."""

from __future__ import annotations

from collections.abc import Callable, Generator

from direct.interval.LerpInterval import LerpPosHprInterval
from panda3d.core import LPoint3, NodePath

from ..errors import ActionImpossible
from .body import Body
from .job import Job
from .mover import Step
from .naming import plain
from .performance import Executor

Steps = Generator[None, None, str | None]  # a step a frame, and at the end what came of it

_PATIENCE = 2.0  # s in front of an obstacle, which may go away, before the walk is given up
_LOYALTY = 10.0  # s of the same for who follows somebody: leaders come back
_POINTING = 1.5  # s that a gesture without an animation lasts
_GRASP = 0.25  # s from where a thing lies to the hand, and back
_CLOSER = 0.6  # of the distance at which a follower stops, to which the leader may move away before it follows


def move_to(job: Job) -> Steps:
    """Walk to the target."""
    yield from walk(job, job.need_target())
    return f"You are at {job.target_name} now."


def follow(job: Job) -> Steps:
    """Walk after the target, or the player, until something else is to be done."""
    leader = job.need_target() if job.action.target is not None else job.player
    while not job.is_awaited:
        yield from walk(job, leader, near=job.body.distance, patience=_LOYALTY, until=lambda: job.is_awaited)
        while not job.is_awaited and _distance(job.node, leader) < job.body.distance / _CLOSER:
            yield
    return "You follow nobody any more."


def stop(job: Job) -> str:
    """Stand still; the queue gives up everything else as soon as this one is asked for."""
    return "You stand still."


def look_at(job: Job) -> Steps:
    """Turn to the target."""
    yield from _face(job, job.need_target())
    return f"You look at {job.target_name}."


def point(job: Job) -> Steps:
    """Turn to the target and point at it, with the animation ``point`` where there is one."""
    if job.target is not None or job.action.target is not None:
        yield from _face(job, job.need_target())
    if "point" in job.body.animations:
        yield from _play(job, "point")
    else:
        yield from _wait(job, _POINTING)
    return f"You have pointed at {job.target_name}."


def pick_up(job: Job) -> Steps:
    """Walk to the target and take it into the hand."""
    thing = job.need_target()
    if thing in job.body.held:
        return f"You hold {job.target_name} already."
    if job.is_person:
        raise ActionImpossible(f"{job.target_name} is a person and cannot be picked up.")
    yield from walk(job, thing)
    yield from _take(job.body, thing)
    return f"{_capital(job.target_name)} is in your hand."


def drop(job: Job) -> Steps:
    """Lay down what is held: the target, or everything."""
    things = [_held(job)] if job.action.target is not None else list(job.body.held)
    if not things:
        raise ActionImpossible("You hold nothing.")
    for thing in things:
        yield from _lay_down(job, thing, thing.get_pos(job.node.get_top()))
    return "It lies at your feet."


def give(job: Job) -> Steps:
    """Bring what is held to the target, a person; where the target is a thing, that one to the player."""
    recipient, thing = job.player, None
    if job.action.target is not None:
        target = job.need_target()
        recipient, thing = (target, None) if target not in job.body.held else (job.player, target)
        if thing is None and not job.is_person and target is not job.player:
            raise ActionImpossible(f"You do not hold {job.target_name}.")
    thing = thing or (job.body.held[-1] if job.body.held else None)
    if thing is None:
        raise ActionImpossible("You hold nothing that you could give.")
    yield from _hand_over(job, thing, recipient)
    return f"You have given {thing.name} away."


def fetch(job: Job) -> Steps:
    """Pick the target up and bring it to the player."""
    thing = job.need_target()
    if thing not in job.body.held:
        yield from pick_up(job)
    yield from _hand_over(job, thing, job.player)
    return f"You have brought {job.target_name}."


def animate(animation: str) -> Executor:
    """An action that plays one animation of the body's actor, once."""

    def play(job: Job) -> Steps:
        if animation not in job.body.animations:
            raise ActionImpossible(f"The body has no animation {animation}.")
        yield from _play(job, animation)
        return None

    return play


def play_animation(job: Job) -> Steps:
    """Play the animation that the target names."""
    wanted = plain(job.action.target or "")
    animation = next((name for name in job.body.animations if plain(name) == wanted), None)
    if animation is None:
        raise ActionImpossible(f"The body has no animation {job.action.target or 'without a name'}.")
    yield from _play(job, animation)
    return None


def walk(
    job: Job,
    goal: NodePath,
    *,
    near: float | None = None,
    patience: float = _PATIENCE,
    until: Callable[[], bool] = lambda: False,
) -> Steps:
    """Walk to a node, which may move. For a game's own actions too: ``yield from walk(job, gate)``.

    ``near``: how close (default: arm's length, or for people the distance that they keep). ``patience``: seconds in
    front of an obstacle. Raises ActionImpossible where there is no way.
    """
    mover, body = job.body.mover, job.body
    is_person, middle = job.is_person or goal == job.player, LPoint3(0.0)
    if not is_person:
        middle, radius = _extent(goal)
    if near is None:
        near = body.distance if is_person else body.reach + radius
    blocked = 0.0
    try:
        while not until():
            if goal.is_empty() or not job.node.get_top().is_ancestor_of(goal):
                raise ActionImpossible(f"{_capital(job.target_name)} is not there any more.")
            match mover.step(job.node, _place(job, goal, middle), near=near, seconds=job.seconds):
                case Step.ARRIVED:
                    return None
                case Step.BLOCKED:
                    body.stand()
                    blocked += job.seconds
                    if blocked > patience:
                        raise ActionImpossible("Something is in the way.")
                case Step.WALKING:
                    body.begin_walking()
                    blocked = 0.0
            yield
    finally:
        body.stand()
        mover.stop(job.node)
    return None


def find(name: str, body: Body) -> Executor | None:
    """The ready-made action of that name, or an animation of the body's; None where there is none."""
    wanted = plain(name)
    if (executor := _BY_NAME.get(wanted)) is not None:
        return executor
    animation = next((each for each in body.animations if plain(each) == wanted), None)
    return animate(animation) if animation is not None else None


_NAMES: dict[Executor, tuple[str, ...]] = {
    move_to: ("move to", "moves to", "go to", "walk to", "come to", "run to", "approach"),
    follow: ("follow",),
    stop: ("stop", "wait", "stay", "wait here", "stop moving", "stand still"),
    look_at: ("look at", "turn to", "face"),
    pick_up: ("pick up", "picks up", "take", "grab"),
    drop: ("drop", "drops", "put down", "lay down"),
    give: ("give", "give to", "hand over", "bring to"),
    fetch: ("fetch", "bring", "get"),
    point: ("point", "point at", "point to"),
    play_animation: ("animate", "play animation"),
}
_BY_NAME = {name: executor for executor, names in _NAMES.items() for name in names}

# These end only when something else is to be done, or when they are stopped.
ENDLESS: frozenset[Executor] = frozenset({follow})


def is_stop(name: str) -> bool:
    """Whether an action of this name gives up all others."""
    return _BY_NAME.get(plain(name)) is stop


def _face(job: Job, goal: NodePath) -> Steps:
    root = job.node.get_top()
    while not goal.is_empty() and not job.body.mover.turn(job.node, goal.get_pos(root), seconds=job.seconds):
        yield
    return None


def _play(job: Job, animation: str) -> Steps:
    actor = job.body.actor
    control = actor.get_anim_control(animation)
    actor.play(animation)
    try:
        while control is not None and control.is_playing():
            yield
    finally:
        actor.stop(animation)
    return None


def _wait(job: Job, seconds: float) -> Steps:
    began = job.elapsed
    while job.elapsed - began < seconds:
        yield
    return None


def _take(body: Body, thing: NodePath) -> Steps:
    """Into the hand, in a small movement."""
    body.hold(thing)
    yield from _slide(thing, LPoint3(0.0))
    return None


def _hand_over(job: Job, thing: NodePath, recipient: NodePath) -> Steps:
    """Walk to somebody and give them a thing, in the game's way or onto the ground between the two."""
    yield from walk(job, recipient, near=job.body.distance)
    yield from _face(job, recipient)
    if job.body.hands_over is not None:
        job.body.let_go(thing)
        job.body.hands_over(thing, recipient)
    else:
        root = job.node.get_top()
        yield from _lay_down(job, thing, LPoint3((job.node.get_pos(root) + recipient.get_pos(root)) / 2))
    return None


def _lay_down(job: Job, thing: NodePath, place: LPoint3) -> Steps:
    """Onto the ground on which the character stands."""
    job.body.let_go(thing)
    if thing.is_empty():
        return None
    root = job.node.get_top()
    parent = job.node.parent or root
    thing.wrt_reparent_to(parent)
    ground = LPoint3(place.x, place.y, job.node.get_z(root))
    yield from _slide(thing, parent.get_relative_point(root, ground))
    return None


def _slide(thing: NodePath, place: LPoint3) -> Steps:
    interval = LerpPosHprInterval(thing, _GRASP, place, thing.get_hpr(), blendType="easeInOut")
    interval.start()
    try:
        while interval.is_playing():
            yield
    finally:
        interval.finish()  # a thing is never left in mid-air
    return None


def _held(job: Job) -> NodePath:
    target = job.need_target()
    if target not in job.body.held:
        raise ActionImpossible(f"You do not hold {job.target_name}.")
    return target


def _extent(goal: NodePath) -> tuple[LPoint3, float]:
    """A thing's middle, as it sees itself, and how far its edge is from there; large things are reached at it."""
    bounds = goal.get_tight_bounds(goal.get_top())
    if bounds is None:
        return LPoint3(0.0), 0.0
    low, high = bounds
    middle = LPoint3((low + high) / 2)
    return goal.get_relative_point(goal.get_top(), middle), max(high.x - low.x, high.y - low.y) / 2


def _place(job: Job, goal: NodePath, middle: LPoint3) -> LPoint3:
    return job.node.get_top().get_relative_point(goal, middle)


def _distance(node: NodePath, goal: NodePath) -> float:
    if goal.is_empty():
        return 0.0
    way = goal.get_pos(node.get_top()) - node.get_pos(node.get_top())
    return float(way.xy.length())


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]
