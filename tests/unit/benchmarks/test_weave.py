import numpy as np
import pytest
from scaling import follow_users
from weave import SITE, Weave

from safemob.individual.ground.camera import Camera
from safemob.individual.ground.coverage import Coverage

TIMES_S = np.arange(0.0, 10.0, 0.1)
CROWDS = pytest.mark.parametrize("users", [5, 15, 40, 200])


@CROWDS
def test_everybody_is_always_where_the_pipeline_looks(users: int) -> None:
    weave, coverage = Weave(users=users), Coverage(Camera(SITE.camera))
    for time_s in TIMES_S[::10].tolist():
        assert coverage.contains(weave.positions(time_s)).sum() == users


@CROWDS
def test_nobody_comes_closer_than_half_the_way_between_two_lanes(users: int) -> None:
    weave = Weave(users=users)
    for time_s in TIMES_S.tolist():
        places = weave.positions(time_s)
        apart = np.linalg.norm(places[:, None] - places, axis=2)[np.triu_indices(users, k=1)]
        assert apart.min() > 0.5 * weave.spacing_m


@CROWDS
def test_boxes_are_within_the_frame_and_of_some_size(users: int) -> None:
    for _, found in Weave(users=users).sightings(TIMES_S[::30]):
        assert len(found) == users
        assert (found.boxes >= 0).all()
        assert (found.boxes <= [SITE.camera.width_px, SITE.camera.height_px] * 2).all()
        assert (found.boxes[:, 2:] > found.boxes[:, :2]).all()


def test_the_pipeline_follows_everybody_and_the_ledger_explains_most_of_it() -> None:
    crowd = follow_users(6, 4.0)
    assert 0.9 * 6 * crowd.frames < crowd.states <= 6 * crowd.frames
    assert crowd.encounters > 0
    assert 0.5 * crowd.total_s < sum(crowd.stages_s.values()) <= crowd.total_s
