"""Sound: frames of PCM, the buffer that evens them out, and the threads and devices at its ends."""
