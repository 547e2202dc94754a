import numpy as np
import pytest

from safemob.scenes.drawing.shapes import Mesh, Paint, ball, box, join, loft, panel, tube

_GREY = Paint((0.5, 0.5, 0.5))


@pytest.mark.parametrize(
    "mesh",
    [
        box((-1, -2, 0), (1, 2, 3), _GREY),
        ball((0, 0, 1.5), (1, 2, 1.5), _GREY),
        tube((0, 0, 0), (0.4, 0.1, 3), (0.5, 0.2), _GREY),
        tube((0, -1, 1.5), (0, 1, 1.5), (0.5, 0.5), _GREY),
    ],
    ids=["box", "ball", "upright tube", "lying tube"],
)
def test_faces_look_outwards(mesh: Mesh) -> None:
    middle = mesh.corners.reshape(-1, 3).mean(axis=0)
    outwards = np.einsum("qci,qci->qc", mesh.normals, mesh.corners - middle)
    lengths = np.linalg.norm(mesh.normals, axis=-1)
    assert lengths == pytest.approx(np.ones_like(lengths))
    assert outwards.min() > -1e-9


def test_edges_stay_sharp_and_curves_become_round() -> None:
    sharp, smooth = box((0, 0, 0), (1, 1, 1), _GREY), ball((0, 0, 0), (1, 1, 1), _GREY, sides=12, rows=9)
    assert np.ptp(sharp.normals, axis=1).max() == pytest.approx(0.0)
    radial = smooth.corners / np.linalg.norm(smooth.corners, axis=-1, keepdims=True)
    belt = np.abs(smooth.corners[..., 2]).max(axis=1) < 0.8
    assert np.einsum("qci,qci->qc", smooth.normals, radial)[belt].min() > 0.98


def test_a_loft_takes_the_paint_of_every_face() -> None:
    red, blue = Paint((1, 0, 0), gloss=0.5), Paint((0, 0, 1), glow=0.7)
    rings = [[(0, 0, z), (1, 0, z), (1, 1, z)] for z in (0, 1)]
    mesh = loft(rings, [[red, blue, red]], caps=blue)
    assert mesh.colours[:3].tolist() == [[1, 0, 0], [0, 0, 1], [1, 0, 0]]
    assert mesh.gloss[:3].tolist() == [0.5, 0, 0.5]
    assert set(mesh.glow[3:].tolist()) == {0.7}


def test_meshes_are_joined_face_by_face_and_nothing_joins_to_nothing() -> None:
    one, other = panel([(0, 0, 0), (1, 0, 0), (1, 1, 0), (0, 1, 0)], _GREY), box((0, 0, 0), (1, 1, 1), _GREY, joint=2)
    both = join([one, other])
    assert len(both.corners) == len(one.corners) + len(other.corners)
    assert both.joints.tolist() == [0, *other.joints.tolist()]
    assert len(join([]).corners) == 0


def test_placing_turns_before_it_shifts() -> None:
    placed = panel([(1, 0, 0), (2, 0, 0), (2, 0, 1), (1, 0, 1)], _GREY).placed(10, 20, 0, np.pi / 2)
    assert placed.corners[0, 0] == pytest.approx([10, 21, 0])
    assert placed.normals[0, 0] == pytest.approx([1, 0, 0])
