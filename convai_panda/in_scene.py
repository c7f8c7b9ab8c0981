"""Whether a node is in the scene: what is detached, removed or stashed is not, by itself or with what it hangs on."""

from panda3d.core import NodePath


def is_in_scene(node: NodePath, root: NodePath) -> bool:
    """Whether the node is somewhere below the root, and nothing on the way to it is stashed."""
    return not node.is_empty() and root.is_ancestor_of(node) and node.get_stashed_ancestor().is_empty()
