"""Convai characters for Panda3D: walk up to an NPC and talk, in 3D sound."""

__version__ = "0.1.0"
