import numpy as np
import numpy.typing as npt
import pytest

from safemob.scenes.acting.looks import draw_size
from safemob.scenes.drawing.bodies import Body, make_body
from safemob.scenes.drawing.joints import Going
from safemob.scenes.scenario import Kind
from safemob.scenes.stage import Actor, Poses

Floats = npt.NDArray[np.float64]

_STANDING = Going(travelled_m=0.0, speed_mps=0.0)
_ON_WHEELS = [Kind.CAR, Kind.VAN, Kind.TRUCK, Kind.BUS, Kind.CYCLIST, Kind.E_SCOOTER, Kind.MOTORCYCLIST]


class _Nowhere:
    def at(self, times_s: Floats) -> Poses:
        none = np.zeros(len(times_s))
        pair = np.zeros((len(times_s), 2))
        return Poses(
            positions=pair, headings=none, velocities=pair, accelerations=pair, turn_rates=none, travelled=none
        )


def _body(kind: Kind, look: int = 0, door_at_s: float | None = None) -> tuple[Body, tuple[float, float, float]]:
    size = draw_size(kind, np.random.default_rng(look))
    actor = Actor(
        id="a",
        kind=kind,
        size_m=size,
        colour=(0.5, 0.2, 0.2),
        look=look,
        motion=_Nowhere(),
        from_s=0.0,
        until_s=1.0,
        door_at_s=door_at_s,
    )
    return make_body(actor), size


def _stand(body: Body, going: Going = _STANDING) -> Floats:
    """(Q, 4, 3) corners as they stand now."""
    own = body.gait.pose(going)[body.mesh.joints]
    return np.asarray(np.einsum("qij,qcj->qci", own[:, :3, :3], body.mesh.corners) + own[:, None, :3, 3])


@pytest.mark.parametrize("kind", list(Kind))
@pytest.mark.parametrize("look", range(5))
def test_a_body_fills_its_size_and_stands_on_the_ground(kind: Kind, look: int) -> None:
    body, (length, width, height) = _body(kind, look)
    points = _stand(body).reshape(-1, 3)
    low, high = points.min(axis=0), points.max(axis=0)
    assert low[2] == pytest.approx(0.0, abs=0.15 if kind is Kind.TRAM else 0.03)
    assert high[2] == pytest.approx(height, rel=0.04)
    assert low[0] > -length / 2 - 0.03
    assert high[0] < length / 2 + 0.03
    beside = {Kind.PEDESTRIAN: 0.06, Kind.CYCLIST: 0.12, Kind.E_SCOOTER: 0.12, Kind.MOTORCYCLIST: 0.06}
    mirrors_and_arms = beside.get(kind, 0.19 if kind in {Kind.BUS, Kind.VAN} else 0.09)
    assert np.abs(points[:, 1]).max() < width / 2 + mirrors_and_arms
    if kind not in beside:
        assert high[0] - low[0] == pytest.approx(length, abs=0.06)


@pytest.mark.parametrize("kind", _ON_WHEELS)
def test_wheels_roll_without_slipping(kind: Kind) -> None:
    body, _ = _body(kind)
    for joint in (1, 2):
        wheel = body.mesh.joints == joint
        before, after = (_stand(body, Going(travelled_m=way, speed_mps=1.0))[wheel] for way in (0.0, 1e-4))
        bottom = np.unravel_index(np.argmin(before[..., 2]), before.shape[:2])
        rolled = after[bottom] - before[bottom]
        assert rolled[0] == pytest.approx(-1e-4, rel=0.2)


def test_walkers_always_have_a_foot_on_the_ground_and_swing_their_legs() -> None:
    body, (_, _, height) = _body(Kind.PEDESTRIAN)
    feet = body.mesh.joints >= 9
    ahead = []
    for way in np.linspace(0, 0.82 * height, 12):
        corners = _stand(body, Going(travelled_m=float(way), speed_mps=1.3))[feet]
        assert corners[..., 2].min() == pytest.approx(0.0, abs=0.01)
        ahead.append(corners[..., 0].max())
    assert max(ahead) - min(ahead) > 0.2


def test_someone_who_stands_still_does_not_stride() -> None:
    body, _ = _body(Kind.PEDESTRIAN)
    one, other = (_stand(body, Going(travelled_m=way, speed_mps=0.0)) for way in (0.0, 0.4))
    assert np.abs(one - other).max() < 1e-9


def test_a_car_door_opens_to_the_left_and_only_where_one_opens() -> None:
    body, (_, width, _) = _body(Kind.CAR, door_at_s=2.0)
    shut, opened = (_stand(body, Going(travelled_m=0.0, speed_mps=0.0, door_s=s)) for s in (-1.0, 2.0))
    assert shut[..., 1].max() < width / 2 + 0.09
    assert opened[..., 1].max() > width / 2 + 0.7
    assert opened[..., 1].min() == pytest.approx(shut[..., 1].min())
    plain, _ = _body(Kind.CAR)
    assert len(plain.mesh.corners) < len(body.mesh.corners)


def test_the_same_look_is_the_same_body_and_another_look_is_not() -> None:
    one, same, other = (_body(Kind.PEDESTRIAN)[0], _body(Kind.PEDESTRIAN)[0], _body(Kind.PEDESTRIAN, 3)[0])
    assert np.array_equal(one.mesh.corners, same.mesh.corners)
    assert one.mesh.colours.shape != other.mesh.colours.shape or not np.array_equal(
        one.mesh.colours, other.mesh.colours
    )
