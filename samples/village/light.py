"""Put dusk on a scene: shaders, a shadow map that follows the player, and the camera's position.

Main thread only. The scene graph's states are made once; what changes by the frame travels through
shared arrays, so that no state is rebuilt.
"""

from __future__ import annotations

from collections.abc import Sequence

from direct.showbase.ShowBase import ShowBase
from panda3d.core import (
    BitMask32,
    Camera,
    ColorWriteAttrib,
    CullFaceAttrib,
    FrameBufferProperties,
    GraphicsOutput,
    GraphicsPipe,
    LMatrix4f,
    LPoint3,
    LVecBase3f,
    LVecBase4f,
    LVector3,
    NodePath,
    OrthographicLens,
    PTA_LMatrix4f,
    PTA_LVecBase3f,
    PTA_LVecBase4f,
    SamplerState,
    Texture,
    WindowProperties,
)

from samples.village import shaders

CASTS_SHADOW = BitMask32.bit(5)  # drawn into the shadow map that follows the player
STILL_SHADOW = BitMask32.bit(6)  # drawn into the shadow map that is made once
SUN_AT = LVector3(-0.8918, -0.1244, 0.4349)  # towards the sun; the shaders hold the same
_MAP_SIZE = {"high": 2048, "low": 1024}
_MAP_METRES = {"high": 44.0, "low": 62.0}


class Dusk:
    """The light on a scene: make one for a base and the village's node, call `update` each frame."""

    def __init__(
        self,
        base: ShowBase,
        scene: NodePath,
        *,
        quality: str = "high",
        camera: NodePath | None = None,
        lanterns: Sequence[LPoint3] = (),
    ) -> None:
        self._base = base
        self._camera = camera or base.camera
        self._high = quality == "high"
        self._size = _MAP_METRES[quality]
        self._texel = self._size / _MAP_SIZE[quality]
        self._sun_matrix = PTA_LMatrix4f.empty_array(1)
        self._eye = PTA_LVecBase3f.empty_array(1)
        self._lamps = lamps = PTA_LVecBase4f.empty_array(max(1, len(lanterns)))
        for i, at in enumerate(lanterns):
            lamps.set_element(i, LVecBase4f(at[0], at[1], at[2], 1.0))
        self._buffer: GraphicsOutput | None = None
        self._sun = base.render.attach_new_node(Camera("Sun", self._sun_lens()))
        shadow_map = self._shadow_map(scene, _MAP_SIZE[quality])
        if self._high:
            taps = 0 if shadow_map is None else 9
            softness = 1.15 / _MAP_SIZE[quality]
            scene.set_shader(shaders.lit(shadow_taps=taps, softness=softness, lanterns=len(lanterns)))
        else:
            scene.set_shader(shaders.plain(shadows=shadow_map is not None))
        scene.set_shader_input("sun_matrix", self._sun_matrix)
        scene.set_shader_input("eye", self._eye)
        scene.set_shader_input("lantern", lamps)
        if shadow_map is not None:
            scene.set_shader_input("shadow_map", shadow_map)
        self._aimed = False
        self.update(LPoint3(0, 0, 0))

    def _sun_lens(self) -> OrthographicLens:
        lens = OrthographicLens()
        lens.set_film_size(self._size, self._size)
        lens.set_near_far(1, 130)
        return lens

    def _shadow_map(self, scene: NodePath, size: int) -> Texture | None:
        depth = Texture("sun's shadow")
        depth.set_minfilter(SamplerState.FT_shadow)
        depth.set_magfilter(SamplerState.FT_shadow)
        depth.set_wrap_u(SamplerState.WM_border_color)
        depth.set_wrap_v(SamplerState.WM_border_color)
        depth.set_border_color((1, 1, 1, 1))  # lit beyond the map
        wanted = FrameBufferProperties()
        wanted.set_depth_bits(24)
        buffer = self._base.graphics_engine.make_output(
            self._base.pipe,
            "sun",
            -100,
            wanted,
            WindowProperties(size=(size, size)),
            GraphicsPipe.BF_refuse_window,
            self._base.win.get_gsg(),
            self._base.win,
        )
        if buffer is None:
            return None
        buffer.add_render_texture(depth, GraphicsOutput.RTM_bind_or_copy, GraphicsOutput.RTP_depth)
        buffer.set_clear_color_active(False)
        self._buffer = buffer
        eye: Camera = self._sun.node()
        eye.set_scene(scene)
        eye.set_camera_mask(CASTS_SHADOW if self._high else STILL_SHADOW)
        state = NodePath("state")
        state.set_shader(shaders.shadow(), 100)
        state.set_attrib(ColorWriteAttrib.make(ColorWriteAttrib.C_off), 100)
        state.set_attrib(CullFaceAttrib.make(CullFaceAttrib.M_cull_none), 100)
        eye.set_initial_state(state.get_state())
        buffer.make_display_region().set_camera(self._sun)
        return depth

    def update(self, focus: LPoint3) -> None:
        """Follow the camera and, in high quality, keep the sharp shadows around a point."""
        self._eye.set_element(0, LVecBase3f(self._camera.get_pos(self._base.render)))
        if not self._high and self._aimed:
            return
        # Whole texels only: a shadow's edge must not crawl while the player walks.
        at = LPoint3(round(focus.x / self._texel), round(focus.y / self._texel), 0) * self._texel
        self._sun.set_pos(at + SUN_AT * 65)
        self._sun.look_at(at)
        to_sun = self._base.render.get_transform(self._sun).get_mat()
        matrix = to_sun * self._sun.node().get_lens().get_projection_mat()
        self._sun_matrix.set_element(0, LMatrix4f(matrix))
        if not self._high and self._buffer is not None:
            self._buffer.set_one_shot(True)  # the low setting's shadows are drawn once
        self._aimed = True

    def set_lantern(self, number: int, strength: float) -> None:
        """Let a lantern burn: 0 dark, 1 as usual, negative blue."""
        at = self._lamps.get_element(number)
        self._lamps.set_element(number, LVecBase4f(at[0], at[1], at[2], strength))

    def destroy(self) -> None:
        """Give back the shadow map."""
        if self._buffer is not None:
            self._base.graphics_engine.remove_window(self._buffer)
            self._buffer = None
        self._sun.remove_node()
