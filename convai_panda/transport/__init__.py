"""How a room is entered: by the cloud service, by the built-in simulator, or by a game's own part."""
