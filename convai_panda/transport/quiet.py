"""LiveKit's native library, with its debug log refused when it is initialised. Pure."""


class QuietLibrary:
    """Everything of the library but the log."""

    def __init__(self, library: object) -> None:
        self._library = library
        self.livekit_ffi_initialize = _QuietInitialize(library)

    def __getattr__(self, name: str) -> object:
        return getattr(self._library, name)


class _QuietInitialize:
    def __init__(self, library: object) -> None:
        self._initialize = library.livekit_ffi_initialize  # type: ignore[attr-defined]

    def __setattr__(self, name: str, value: object) -> None:
        if name == "argtypes":
            self._initialize.argtypes = value
        else:
            super().__setattr__(name, value)

    def __call__(self, callback: object, capture_logs: bool, *rest: object) -> object:
        return self._initialize(callback, False, *rest)
