"""Programs that show convai_panda at work; run one with `python -m samples.<name>`."""
