"""What characters see: the game's own camera, picture by picture, as a video track of their rooms."""

from .camera import Vision
from .eyes import Eyes

__all__ = ["Eyes", "Vision"]
