"""What characters know of the scene around them: tagged nodes, where they are, and what has changed. Main thread."""

from .awareness import SceneAwareness
from .things import Thing

__all__ = ["SceneAwareness", "Thing"]
