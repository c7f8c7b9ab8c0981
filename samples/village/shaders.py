"""The village's GLSL: dusk sun, soft shadows, fog, wind, water, sky and glowing cards.

Written in GLSL 1.20, which every OpenGL 2.1 driver takes: integrated chips, Mesa's software
renderer and macOS's old profile alike. Source texts only; `light.py` puts them to use.
"""

from __future__ import annotations

from panda3d.core import Shader

# Everything is shaded in linear light, then brought to the screen; the sky and the fog, which must
# match each other, are written directly as screen colours.
_DUSK = """
const vec3 SUN_AT = vec3(-0.8918, -0.1244, 0.4349);
const vec3 SUN = vec3(2.50, 1.46, 0.74);
const vec3 SKY_FILL = vec3(0.50, 0.52, 0.70);
const vec3 GROUND_FILL = vec3(0.30, 0.25, 0.19);

vec3 haze(vec3 direction) {
    vec2 level = normalize(direction.xy + vec2(1e-5));
    float towards = 0.5 + 0.5 * dot(level, normalize(SUN_AT.xy));
    return mix(vec3(0.66, 0.62, 0.76), vec3(1.00, 0.76, 0.51), pow(towards, 1.6));
}

vec3 screen(vec3 c) {
    c = c * (2.51 * c + 0.03) / (c * (2.43 * c + 0.59) + 0.14);
    return pow(clamp(c, 0.0, 1.0), vec3(0.4545));
}
"""

_WIND = """
vec3 blown(vec3 p, float sway, float t) {
    float gust = 0.6 + 0.4 * sin(t * 0.45 + p.x * 0.06 + p.y * 0.04);
    float a = sin(t * 1.7 + p.x * 0.55 + p.y * 0.35) * gust;
    float b = sin(t * 4.1 + p.x * 2.3 - p.y * 1.9 + p.z * 2.7) * 0.35;
    return p + sway * vec3(0.13 * (a + b), 0.09 * (a - b), 0.05 * b);
}
"""

_LIT_VERTEX = """
uniform mat4 p3d_ModelMatrix;
uniform mat4 p3d_ViewProjectionMatrix;
uniform mat4 sun_matrix;
uniform float osg_FrameTime;
uniform vec4 lantern[LANTERNS];
attribute vec4 p3d_Vertex;
attribute vec3 p3d_Normal;
attribute vec4 p3d_Color;
attribute vec2 p3d_MultiTexCoord0;
varying vec3 world;
varying vec3 normal;
varying vec3 albedo;
varying vec3 warmth;
varying vec4 sunlit;

void main() {
    vec3 p = (p3d_ModelMatrix * p3d_Vertex).xyz;
    p = blown(p, p3d_MultiTexCoord0.x, osg_FrameTime);
    world = p;
    normal = normalize(mat3(p3d_ModelMatrix) * p3d_Normal);
    albedo = pow(p3d_Color.rgb, vec3(2.2));
    albedo = mix(vec3(dot(albedo, vec3(0.3, 0.6, 0.1))), albedo, 0.86);
    warmth = albedo * vec3(5.5, 3.6, 1.8) * p3d_MultiTexCoord0.y;
#ifdef NIGHT_LIGHTS
    for (int i = 0; i < LANTERNS; ++i) {
        vec3 to = lantern[i].xyz - p;
        float d = dot(to, to);
        float facing = 0.35 + 0.65 * max(0.0, dot(normal, to * inversesqrt(d + 0.01)));
        // A negative strength is a blue light.
        vec3 hue = lantern[i].w < 0.0 ? vec3(0.30, 0.78, 2.0) : vec3(1.5, 0.72, 0.26);
        warmth += albedo * hue * abs(lantern[i].w) * facing / (1.9 + d * 0.5);
    }
#endif
    sunlit = sun_matrix * vec4(p + normal * 0.035, 1.0);
    gl_Position = p3d_ViewProjectionMatrix * vec4(p, 1.0);
}
"""

_LIT_FRAGMENT = """
uniform vec3 eye;
#ifdef SHADOWS
uniform sampler2DShadow shadow_map;
#endif
varying vec3 world;
varying vec3 normal;
varying vec3 albedo;
varying vec3 warmth;
varying vec4 sunlit;

float sunshine() {
#ifdef SHADOWS
    vec3 at = sunlit.xyz * 0.5 + 0.5;
    vec2 edge = abs(at.xy - 0.5);
    if (max(edge.x, edge.y) > 0.49 || at.z > 1.0) return 1.0;
    float lit = 0.0;
    at.z -= 0.0007;
#if SHADOWS > 1
    for (int i = 0; i < 3; ++i)
        for (int j = 0; j < 3; ++j)
            lit += shadow2D(shadow_map, at + vec3(vec2(i - 1, j - 1) * SOFTNESS, 0.0)).r;
    lit /= 9.0;
#else
    lit = shadow2D(shadow_map, at).r;
#endif
    return mix(lit, 1.0, smoothstep(0.42, 0.49, max(edge.x, edge.y)));
#else
    return 1.0;
#endif
}

void main() {
    vec3 n = normalize(normal);
    vec3 ray = world - eye;
    float away = length(ray);
    ray /= away;
    float facing = dot(n, SUN_AT);
    float direct = clamp((facing + 0.18) / 1.18, 0.0, 1.0);
    vec3 fill = mix(GROUND_FILL, SKY_FILL, n.z * 0.5 + 0.5);
    vec3 light = fill + SUN * direct * sunshine();
    float rim = pow(1.0 - abs(dot(n, ray)), 3.0);
    light += rim * 0.35 * haze(ray) * (0.4 + 0.6 * clamp(n.z + 0.3, 0.0, 1.0));
    vec3 color = screen((albedo * light + warmth) * 0.80);
    float thick = 1.0 - exp(-max(0.0, away - 12.0) * 0.0105 * exp(-max(0.0, world.z) * 0.035));
    gl_FragColor = vec4(mix(color, haze(ray), clamp(thick, 0.0, 0.93)), 1.0);
}
"""

# The same light worked out at the vertices, for renderers whose pixels are dear.
_PLAIN_VERTEX = """
uniform mat4 p3d_ModelMatrix;
uniform mat4 p3d_ViewProjectionMatrix;
uniform mat4 sun_matrix;
uniform vec3 eye;
uniform float osg_FrameTime;
attribute vec4 p3d_Vertex;
attribute vec3 p3d_Normal;
attribute vec4 p3d_Color;
attribute vec2 p3d_MultiTexCoord0;
varying vec3 lit;
varying vec3 dim;
varying vec4 mist;
varying vec3 sunlit;
vec3 shown(vec3 c) { return sqrt(clamp(c * (2.51 * c + 0.03) / (c * (2.43 * c + 0.59) + 0.14), 0.0, 1.0)); }
void main() {
    vec3 p = (p3d_ModelMatrix * p3d_Vertex).xyz;
    p = blown(p, p3d_MultiTexCoord0.x, osg_FrameTime);
    vec3 n = normalize(mat3(p3d_ModelMatrix) * p3d_Normal);
    vec3 albedo = p3d_Color.rgb * p3d_Color.rgb;
    albedo = mix(vec3(dot(albedo, vec3(0.3, 0.6, 0.1))), albedo, 0.86);
    vec3 ray = p - eye;
    float away = length(ray);
    ray /= away;
    float direct = clamp((dot(n, SUN_AT) + 0.18) / 1.18, 0.0, 1.0);
    vec3 fill = mix(GROUND_FILL, SKY_FILL, n.z * 0.5 + 0.5) * 1.04;
    vec3 warmth = albedo * vec3(5.5, 3.6, 1.8) * p3d_MultiTexCoord0.y;
    dim = shown((albedo * fill + warmth) * 0.80);
    lit = shown((albedo * (fill + SUN * direct) + warmth) * 0.80);
    float thick = 1.0 - exp(-max(0.0, away - 12.0) * 0.0105 * exp(-max(0.0, p.z) * 0.035));
    mist = vec4(haze(ray), clamp(thick, 0.0, 0.93));
    sunlit = (sun_matrix * vec4(p + n * 0.035, 1.0)).xyz * 0.5 + 0.5;
    sunlit.z -= 0.0007;
    gl_Position = p3d_ViewProjectionMatrix * vec4(p, 1.0);
}
"""

_PLAIN_FRAGMENT = """
#ifdef SHADOWS
uniform sampler2DShadow shadow_map;
#endif
varying vec3 lit;
varying vec3 dim;
varying vec4 mist;
varying vec3 sunlit;
void main() {
#ifdef SHADOWS
    vec3 color = mix(dim, lit, shadow2D(shadow_map, sunlit).r);
#else
    vec3 color = lit;
#endif
    gl_FragColor = vec4(mix(color, mist.rgb, mist.a), 1.0);
}
"""

_SHADOW_VERTEX = """
uniform mat4 p3d_ModelMatrix;
uniform mat4 p3d_ViewProjectionMatrix;
uniform float osg_FrameTime;
attribute vec4 p3d_Vertex;
attribute vec2 p3d_MultiTexCoord0;
void main() {
    vec3 p = blown((p3d_ModelMatrix * p3d_Vertex).xyz, p3d_MultiTexCoord0.x, osg_FrameTime);
    gl_Position = p3d_ViewProjectionMatrix * vec4(p, 1.0);
}
"""

_SHADOW_FRAGMENT = "void main() { gl_FragColor = vec4(1.0); }\n"

_SKY_VERTEX = """
uniform mat4 p3d_ModelViewProjectionMatrix;
attribute vec4 p3d_Vertex;
attribute vec2 p3d_MultiTexCoord0;
varying vec2 at;
void main() {
    at = p3d_MultiTexCoord0;
    gl_Position = (p3d_ModelViewProjectionMatrix * p3d_Vertex).xyww;
}
"""

_SKY_FRAGMENT = """
uniform sampler2D p3d_Texture0;
varying vec2 at;
void main() { gl_FragColor = vec4(texture2D(p3d_Texture0, at).rgb, 1.0); }
"""

_WATER_VERTEX = """
uniform mat4 p3d_ModelMatrix;
uniform mat4 p3d_ViewProjectionMatrix;
attribute vec4 p3d_Vertex;
attribute vec4 p3d_Color;
varying vec3 world;
varying vec3 depth;
void main() {
    world = (p3d_ModelMatrix * p3d_Vertex).xyz;
    depth = p3d_Color.rgb;
    gl_Position = p3d_ViewProjectionMatrix * vec4(world, 1.0);
}
"""

_WATER_FRAGMENT = """
uniform vec3 eye;
uniform float osg_FrameTime;
varying vec3 world;
varying vec3 depth;
vec2 slope(vec2 p, vec2 way, float length_m, float speed, float steep) {
    return way * steep * cos(dot(p, way) * 6.2832 / length_m + osg_FrameTime * speed);
}
void main() {
    vec2 p = world.xy + 0.12 * sin(world.yx * 2.1 + osg_FrameTime * 0.6);
    vec2 tilt = slope(p, vec2(0.8, 0.6), 1.7, 1.3, 0.05) + slope(p, vec2(-0.5, 0.87), 1.1, 1.7, 0.045)
        + slope(p, vec2(0.2, -0.98), 0.55, 2.6, 0.04) + slope(p, vec2(0.97, -0.26), 0.37, 3.3, 0.03);
    vec3 n = normalize(vec3(-tilt, 1.0));
    vec3 ray = normalize(world - eye);
    vec3 back = reflect(ray, n);
    back.z = abs(back.z);
    vec3 sky = mix(haze(back), vec3(0.42, 0.52, 0.74), smoothstep(0.0, 0.55, back.z));
    float mirror = 0.06 + 0.94 * pow(1.0 - max(0.0, dot(-ray, n)), 4.0);
    float glint = pow(max(0.0, dot(back, SUN_AT)), 240.0) * 2.0 + pow(max(0.0, dot(back, SUN_AT)), 18.0) * 0.25;
    float shore = smoothstep(0.42, 0.85, depth.r);
    float foam = shore * smoothstep(0.35, 0.9, 0.5 + 0.5 * sin(depth.r * 26.0 - osg_FrameTime * 1.1 + p.x * 1.7 + p.y));
    vec3 body = mix(vec3(0.10, 0.30, 0.36), vec3(0.34, 0.55, 0.50), shore);
    vec3 color = mix(body, sky, clamp(mirror + 0.12, 0.0, 1.0)) + vec3(1.0, 0.78, 0.5) * glint;
    gl_FragColor = vec4(mix(color, vec3(0.95, 0.93, 0.88), foam * 0.35), 1.0);
}
"""

# A card is a square that faces the camera. Its row: where it starts (vertex), its seed and kind
# (normal.xy: 0 a halo, 1 smoke, 2 a firefly), its size (normal.z), its corner (texcoord).
_CARD_VERTEX = """
uniform mat4 p3d_ViewMatrix;
uniform mat4 p3d_ProjectionMatrix;
uniform float osg_FrameTime;
attribute vec4 p3d_Vertex;
attribute vec3 p3d_Normal;
attribute vec4 p3d_Color;
attribute vec2 p3d_MultiTexCoord0;
varying vec2 corner;
varying vec4 tone;
void main() {
    vec3 p = p3d_Vertex.xyz;
    float seed = p3d_Normal.x, kind = p3d_Normal.y, size = p3d_Normal.z, t = osg_FrameTime;
    tone = vec4(p3d_Color.rgb, 1.0);
    corner = p3d_MultiTexCoord0;
    if (kind < 0.5) {
        tone.a = 0.55 * (0.93 + 0.07 * sin(t * 7.0 + seed * 40.0) * sin(t * 3.1 + seed * 17.0));
    } else if (kind < 1.5) {
        float age = fract(t * 0.055 + seed);
        p += vec3(age * age * 3.2 + 0.25 * sin(age * 7.0 + seed * 9.0), 0.3 * sin(age * 5.0 + seed * 20.0), age * 5.5);
        size *= 0.45 + age * 2.4;
        tone.a = 0.32 * smoothstep(0.0, 0.1, age) * (1.0 - age) * (1.0 - age);
    } else {
        p += vec3(sin(t * 0.31 + seed * 60.0), sin(t * 0.27 + seed * 91.0), 0.45 * sin(t * 0.5 + seed * 33.0)) * 0.9;
        tone.a = 0.7 * smoothstep(0.1, 0.9, sin(t * 0.9 + seed * 50.0));
    }
    vec4 view = p3d_ViewMatrix * vec4(p, 1.0);
    view.xy += (corner - 0.5) * size;
    if (kind < 0.5) view.xyz -= normalize(view.xyz) * 0.25;
    gl_Position = p3d_ProjectionMatrix * view;
}
"""

_CARD_FRAGMENT = """
varying vec2 corner;
varying vec4 tone;
void main() {
    vec2 c = corner * 2.0 - 1.0;
    float fall = max(0.0, 1.0 - dot(c, c));
    float a = tone.a * fall * fall;
    gl_FragColor = vec4(tone.rgb * a, a * OPACITY);
}
"""

_SHADE_VERTEX = """
uniform mat4 p3d_ModelViewProjectionMatrix;
attribute vec4 p3d_Vertex;
attribute vec4 p3d_Color;
varying vec3 tone;
void main() {
    tone = p3d_Color.rgb;
    gl_Position = p3d_ModelViewProjectionMatrix * p3d_Vertex;
}
"""

_SHADE_FRAGMENT = """
varying vec3 tone;
void main() { gl_FragColor = vec4(tone, 1.0); }
"""


def _shader(vertex: str, fragment: str, **defines: object) -> Shader:
    head = "#version 120\n" + "".join(f"#define {name} {value}\n" for name, value in defines.items())
    return Shader.make(Shader.SL_GLSL, head + _WIND + _DUSK + vertex, head + _DUSK + fragment)


def lit(*, shadow_taps: int, softness: float, lanterns: int) -> Shader:
    """Return the shader of everything solid, lit at every pixel; without taps there are no shadows."""
    defines: dict[str, object] = {"LANTERNS": max(1, lanterns), "SOFTNESS": f"{softness:.7f}"}
    if shadow_taps:
        defines["SHADOWS"] = shadow_taps
    if lanterns:
        defines["NIGHT_LIGHTS"] = 1
    return _shader(_LIT_VERTEX, _LIT_FRAGMENT, **defines)


def plain(*, shadows: bool) -> Shader:
    """Return the shader of everything solid, lit at the vertices: cheap, with hard shadows or none."""
    return _shader(_PLAIN_VERTEX, _PLAIN_FRAGMENT, **({"SHADOWS": 1} if shadows else {}))


def shadow() -> Shader:
    """Return the shader that fills the shadow map."""
    return _shader(_SHADOW_VERTEX, _SHADOW_FRAGMENT)


def sky() -> Shader:
    """Return the sky dome's shader."""
    return _shader(_SKY_VERTEX, _SKY_FRAGMENT)


def water() -> Shader:
    """Return the pond's shader."""
    return _shader(_WATER_VERTEX, _WATER_FRAGMENT)


def cards(*, opacity: float) -> Shader:
    """Return the shader of camera-facing cards; opacity 0 adds light, 1 covers what is behind."""
    return _shader(_CARD_VERTEX, _CARD_FRAGMENT, OPACITY=f"{opacity:.3f}")


def shade() -> Shader:
    """Return the shader of the soft dark patch under a person's feet, which multiplies what is below."""
    return _shader(_SHADE_VERTEX, _SHADE_FRAGMENT)
