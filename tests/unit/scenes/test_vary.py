"""What a seed changes, and what it must not."""

import pytest

from safemob.scenes.acting.vary import Dice, vary
from safemob.scenes.scenario import Act, ArmSpec, CameraSpec, EncounterSpec, Kind, PlaceSpec, Scenario, UserSpec


def _write(pet_s: float = 1.45, spread_s: float = 0.1, title: str = "Two cars") -> Scenario:
    acts = [Act(at_m=-20.0, to_kmh=0, mps2=2.5, wait_s=2.0), Act(to_kmh=30, at_s=9.0)]
    return Scenario.model_validate(
        {
            "schema": "safemob-scenario/1",
            "title": title,
            "story": "Two cars cross.",
            "duration_s": 8.0,
            "place": PlaceSpec(arms={"east": ArmSpec(), "west": ArmSpec(), "south": ArmSpec()}),
            "camera": CameraSpec(position_m=[-15.0, -9.0]),
            "user": [
                UserSpec(id="one", kind=Kind.CAR, from_arm="east", to_arm="west", speed_kmh=36.0, acts=acts),
                UserSpec(id="other", kind=Kind.CAR, from_arm="south", to_arm="west", speed_kmh=30.0),
            ],
            "encounter": [
                EncounterSpec(
                    users=["one", "other"], accident_type=3, severity="conflict", pet_s=pet_s, spread_s=spread_s
                )
            ],
        }
    )


def test_seed_zero_is_the_scenario_as_written() -> None:
    scenario = _write()
    assert vary(scenario, 0) == scenario


def test_the_same_seed_makes_the_same_and_another_another() -> None:
    scenario = _write()
    assert vary(scenario, 7) == vary(scenario, 7)
    assert vary(scenario, 7) != vary(scenario, 8)


def test_a_seed_changes_pace_moment_aim_camera_and_light() -> None:
    scenario = _write()
    varied = vary(scenario, 7)
    one, as_written = varied.user[0], scenario.user[0]
    assert one.speed_kmh != as_written.speed_kmh
    assert one.appears_s != as_written.appears_s
    assert varied.encounter[0].pet_s != scenario.encounter[0].pet_s
    assert varied.camera != scenario.camera
    assert varied.light != scenario.light
    assert varied.place == scenario.place


def test_whoever_is_in_haste_brakes_at_the_same_place_for_as_long_a_way() -> None:
    scenario = _write()
    one, as_written = vary(scenario, 7).user[0], scenario.user[0]
    haste = one.speed_kmh / as_written.speed_kmh
    act, act_as_written = one.acts[0], as_written.acts[0]
    assert act.at_m == act_as_written.at_m
    assert act.mps2 / act_as_written.mps2 == pytest.approx(haste**2)
    assert act.wait_s == act_as_written.wait_s
    assert one.acts[1].at_s == pytest.approx(9.0 / haste)


@pytest.mark.parametrize("pet_s", [1.45, 1.55, -1.45, 0.97, 1.03])
def test_an_aim_stays_within_its_spread_and_on_its_side_of_every_threshold(pet_s: float) -> None:
    for seed in range(1, 60):
        varied = vary(_write(pet_s, spread_s=0.3), seed).encounter[0].pet_s
        assert varied is not None
        assert abs(varied - pet_s) <= 0.3
        assert [abs(varied) <= limit for limit in (5.0, 1.5, 1.0)] == [abs(pet_s) <= limit for limit in (5.0, 1.5, 1.0)]
        assert varied * pet_s > 0


def test_without_strength_only_camera_and_light_change() -> None:
    scenario = _write()
    varied = vary(scenario, 7, strength=0.0)
    assert varied.user == scenario.user
    assert varied.encounter == scenario.encounter
    assert varied.camera == vary(scenario, 7).camera != scenario.camera


def test_one_more_user_changes_nothing_for_the_others() -> None:
    scenario = _write()
    more = scenario.model_copy(
        update={"user": [UserSpec(id="third", kind=Kind.CAR, points=[[0, 0], [9, 9]], speed_kmh=5), *scenario.user]}
    )
    assert vary(more, 7).user[1:] == vary(scenario, 7).user


def test_the_same_name_is_somebody_else_in_another_scenario() -> None:
    one, other = (Dice(3, title).roll("looks", "car").random() for title in ("Two cars", "Two other cars"))
    assert one != other
