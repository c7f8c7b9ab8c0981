"""The villagers' mouths: every shape has the same vertices, and each part of it does what its name says."""

import numpy as np
import numpy.typing as npt
import pytest

from samples.village.looks import LOOKS
from samples.village.mouth import Lips, Mouth
from samples.village.villagers import Villager

_ROW = np.dtype([("vertex", "<f4", 3), ("normal", "<f4", 3), ("color", "u1", 4), ("effect", "<f4", 2)])
_TEETH, _UPPER, _LOWER = 5, 9, 10  # rows of 15: the teeth's edge, the upper lip's and the lower lip's outer edges
_MIDDLE = 7


def _shape(**lips: float) -> npt.NDArray[np.void]:
    return np.frombuffer(Mouth(LOOKS["elodie"]).vertices(Lips(**lips)), _ROW).reshape(-1, 15)


def _height(rows: npt.NDArray[np.void], row: int, column: int = _MIDDLE) -> float:
    return float(rows["vertex"][row, column, 2])


def test_an_open_mouth_is_taller_a_spread_one_wider_and_a_smiling_one_has_its_corners_up() -> None:
    shut, wide_open, spread, smiling = _shape(), _shape(openness=1.0), _shape(width=1.0), _shape(smile=1.0)
    assert _height(wide_open, _UPPER) - _height(wide_open, _LOWER) > 2.0 * (
        _height(shut, _UPPER) - _height(shut, _LOWER)
    )
    assert np.ptp(spread["vertex"][..., 0]) > 1.2 * np.ptp(shut["vertex"][..., 0])
    assert _height(smiling, _UPPER, 0) - _height(smiling, _UPPER) > _height(shut, _UPPER, 0) - _height(shut, _UPPER)
    bitten = _shape(bite=1.0)
    assert _height(bitten, _TEETH) < _height(shut, _TEETH)


@pytest.mark.parametrize(
    "lips", [{}, {"openness": 1.0}, {"openness": 0.4, "width": -1.0, "smile": -1.0, "tongue": 1.0}]
)
def test_lips_face_out_of_the_face_and_their_normals_are_one_metre_long(lips: dict[str, float]) -> None:
    normals = _shape(**lips)["normal"][7:13]
    assert np.linalg.norm(normals, axis=-1) == pytest.approx(1.0, abs=1e-3)
    assert (normals[:, 3:12, 1] > 0.0).mean() > 0.8


def test_only_the_places_of_a_mouth_change() -> None:
    shut, wide_open = _shape(), _shape(openness=1.0)
    for name in ("color", "effect"):
        assert np.array_equal(shut[name], wide_open[name])


def test_a_villager_shows_what_it_was_set_to_at_once_and_exactly() -> None:
    villager = Villager(LOOKS["elodie"])
    villager.set_mouth(0.37, 0.2)
    villager.express()
    shown = villager.head.find("Mouth").node().get_geom(0).get_vertex_data().get_array_handle(0).get_data()
    assert bytes(shown) == Mouth(LOOKS["elodie"]).vertices(Lips(openness=0.37, width=0.2))
