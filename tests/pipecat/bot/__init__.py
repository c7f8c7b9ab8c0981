"""A real pipecat bot behind ``POST /connect``. Runs in an environment of its own; knows nothing of convai_panda."""
