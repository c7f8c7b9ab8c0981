"""Joints of characters, with or without an Actor around them. Main thread only."""

from collections.abc import Iterator

from panda3d.core import (
    Character,
    CharacterJoint,
    LMatrix4,
    LQuaternion,
    LVector3,
    NodePath,
    PandaNode,
    PartBundle,
    PartGroup,
    TransformState,
)

from ..errors import ConfigurationError


class HeldJoint:
    """A joint that is turned by us instead of by its animation, from how it is at rest.

    Raises ConfigurationError where the model has no such joint; the text names those that there are.
    """

    def __init__(self, model: NodePath, name: str) -> None:
        self._bundle, joint, parent = _find(model, name)
        self._name = name
        rest = joint.get_default_value()
        self._node = NodePath(PandaNode(f"convai-{name}"))
        self._node.set_mat(rest)
        self._rest: TransformState = self._node.get_transform()
        self._quat = LQuaternion(self._node.get_quat())
        net = LMatrix4()
        joint.get_net_transform(net)
        above = LMatrix4(LMatrix4.ident_mat())
        if isinstance(parent, CharacterJoint):
            parent.get_net_transform(above)
        self.is_behind = net.get_row3(3).y < above.get_row3(3).y - 1e-4  # along -Y of the joint that it hangs on
        # The joint turns in the space of its parent: net = rest * parent's net.
        inverse = LMatrix4(rest)
        inverse.invert_in_place()
        self._to_parent = inverse * net
        self._to_parent.invert_in_place()
        self._bundle.control_joint(name, self._node.node())

    def turn(self, angle: float, axis: LVector3) -> None:
        """Turn it by degrees about an axis of the model."""
        self.turn_all([(angle, axis)])

    def turn_all(self, turns: list[tuple[float, LVector3]]) -> None:
        """Turn it about several axes of the model, one after the other."""
        quat = LQuaternion(self._quat)
        for angle, axis in turns:
            local = self._to_parent.xform_vec(axis)
            local.normalize()
            step = LQuaternion()
            step.set_from_axis_angle(angle, local)
            quat = quat * step
        self._node.set_quat(quat)

    def release(self) -> None:
        """Give it back to its animation."""
        self._node.set_transform(self._rest)
        self._bundle.release_joint(self._name)


def joint_names(model: NodePath) -> list[str]:
    """The names of all joints of a model."""
    return [joint.get_name() for _, joint, _ in _joints(model)]


_Found = tuple[PartBundle, CharacterJoint, PartGroup]  # with what it hangs on


def _find(model: NodePath, name: str) -> _Found:
    seen = []
    for bundle, joint, parent in _joints(model):
        if joint.get_name() == name:
            bundle.force_update()
            return bundle, joint, parent
        seen.append(joint.get_name())
    listed = f"It has: {', '.join(seen[:12])}{' …' if len(seen) > 12 else ''}." if seen else "It has none."
    raise ConfigurationError(f"{model.name or 'The model'} has no joint {name!r}. {listed}")


def _joints(model: NodePath) -> Iterator[_Found]:
    paths = [*model.find_all_matches("**/+Character")]
    if isinstance(model.node(), Character):
        paths.insert(0, model)
    for path in paths:
        character = path.node()
        assert isinstance(character, Character)
        for number in range(character.get_num_bundles()):
            bundle = character.get_bundle(number)
            for joint, parent in _below(bundle):
                yield bundle, joint, parent


def _below(group: PartGroup) -> Iterator[tuple[CharacterJoint, PartGroup]]:
    for number in range(group.get_num_children()):
        child = group.get_child(number)
        if isinstance(child, CharacterJoint):
            yield child, group
        yield from _below(child)
