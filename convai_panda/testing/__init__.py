"""What a game's own tests use: the mix as it is heard, and a scene stepped until something is true."""

from .mix import Mix, capture_mix
from .scene import step_until

__all__ = ["Mix", "capture_mix", "step_until"]
