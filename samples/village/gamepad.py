"""A gamepad as keys and sticks; one that is plugged in later is found. Main thread only.

Left stick walks, right stick looks, A talks (the keyboard writes), X held speaks, Start opens the menu.
"""

from __future__ import annotations

from direct.showbase.DirectObject import DirectObject
from direct.showbase.ShowBase import ShowBase
from panda3d.core import InputDevice, InputDeviceManager

_PREFIX = "pad"
_DEAD = 0.16  # of a stick: less is a worn spring
_KEYS = {"face_a": "e", "face_x": "t", "start": "escape", "back": "f3", "rshoulder": "shift"}


class Gamepad(DirectObject):
    """``walk`` and ``look`` are the sticks, each from -1 to 1."""

    def __init__(self, base: ShowBase) -> None:
        super().__init__()
        self._base = base
        self._device: InputDevice | None = None
        self.accept("connect-device", self._connect)
        self.accept("disconnect-device", self._disconnect)
        for button, key in _KEYS.items():
            self.accept(f"{_PREFIX}-{button}", base.messenger.send, [key])
            self.accept(f"{_PREFIX}-{button}-up", base.messenger.send, [f"{key}-up"])
        for device in InputDeviceManager.get_global_ptr().get_devices(InputDevice.DeviceClass.gamepad):
            self._connect(device)

    @property
    def walk(self) -> tuple[float, float]:
        """Right and ahead."""
        return self._stick(InputDevice.Axis.left_x, InputDevice.Axis.left_y)

    @property
    def look(self) -> tuple[float, float]:
        """Right and up."""
        return self._stick(InputDevice.Axis.right_x, InputDevice.Axis.right_y)

    def destroy(self) -> None:
        """Let go of it."""
        self.ignore_all()
        if self._device is not None:
            self._disconnect(self._device)

    def _stick(self, x: InputDevice.Axis, y: InputDevice.Axis) -> tuple[float, float]:
        if self._device is None:
            return 0.0, 0.0
        return shaped(self._device.find_axis(x).value), shaped(self._device.find_axis(y).value)

    def _connect(self, device: InputDevice) -> None:
        if self._device is None and device.device_class == InputDevice.DeviceClass.gamepad:
            self._device = device
            self._base.attach_input_device(device, prefix=_PREFIX)

    def _disconnect(self, device: InputDevice) -> None:
        if device == self._device:
            self._base.detach_input_device(device)
            self._device = None


def shaped(value: float) -> float:
    """A stick's deflection without its dead middle, finer near it."""
    if abs(value) < _DEAD:
        return 0.0
    rest = (min(1.0, abs(value)) - _DEAD) / (1.0 - _DEAD)
    return rest * rest if value > 0 else -rest * rest
