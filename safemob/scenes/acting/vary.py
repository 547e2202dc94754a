"""What a seed makes of a scenario: other speeds, moments, aims, another camera and light. Seed 0 leaves it as written.

Everything random comes from generators that are named by the seed, the scenario, the purpose and the user, so that
one more user changes nothing for the others, and the same name is somebody else in another scenario.
"""

import math
import zlib
from dataclasses import dataclass

import numpy as np

from safemob.scenes.refereeing.severity import PET_LIMITS_S, TTC_LIMITS_S
from safemob.scenes.scenario import CameraSpec, EncounterSpec, LightSpec, Scenario, UserSpec
from safemob.scenes.stage import ROAD_USER_OF

__all__ = ["Dice", "vary"]

_HASTE, _MOST_HASTE = 0.04, 0.1
"""Standard deviation and bound of how much faster somebody is than written."""
_MOMENT_S = 0.25
_CAMERA_M, _HEIGHT_M, _AIM_M, _VIEW_DEG, _LENS = 0.4, 0.3, 0.7, 2.0, 0.1
_SUN_DEG, _SUN_HEIGHT_DEG = 25.0, 7.0
_GRAIN = 0.3
_CLEAR_OF_LIMIT_S = 0.005


@dataclass(frozen=True, slots=True)
class Dice:
    """Where randomness comes from.

    Attributes:
        seed: that a person gives.
        title: of the scenario.
    """

    seed: int
    title: str

    def roll(self, purpose: str, name: str = "") -> np.random.Generator:
        """The generator for a purpose, and for somebody."""
        return np.random.default_rng([self.seed, *(zlib.crc32(key.encode()) for key in (self.title, purpose, name))])


def vary(scenario: Scenario, seed: int, strength: float = 1.0) -> Scenario:
    """The scenario as a seed has it.

    Args:
        scenario: as written.
        seed: 0 leaves everything as it is.
        strength: of changes to what users do and how near they come, 0 to 1; camera and light change whole.
    """
    if seed == 0:
        return scenario
    dice = Dice(seed, scenario.title)
    return scenario.model_copy(
        update={
            "camera": _vary_camera(scenario.camera, dice.roll("camera")),
            "light": _vary_light(scenario.light, dice.roll("light")),
            "user": [_vary_user(user, dice.roll("pace", user.id), strength) for user in scenario.user],
            "encounter": [
                _vary_aim(each, scenario, dice.roll("aim", " ".join(each.users)), strength)
                for each in scenario.encounter
            ],
        }
    )


def _vary_camera(camera: CameraSpec, rng: np.random.Generator) -> CameraSpec:
    along, aside, up, aim_x, aim_y, wider, bend = rng.normal(size=7).clip(-2, 2).tolist()
    return camera.model_copy(
        update={
            "position_m": [camera.position_m[0] + _CAMERA_M * along, camera.position_m[1] + _CAMERA_M * aside],
            "height_m": camera.height_m + _HEIGHT_M * up,
            "aim_m": [camera.aim_m[0] + _AIM_M * aim_x, camera.aim_m[1] + _AIM_M * aim_y],
            "view_deg": min(100.0, max(30.0, camera.view_deg + _VIEW_DEG * wider)),
            "distortion": [camera.distortion[0] * (1 + _LENS * bend), camera.distortion[1]],
        }
    )


def _vary_light(light: LightSpec, rng: np.random.Generator) -> LightSpec:
    from_deg, height_deg, grain, blur = rng.normal(size=4).clip(-2, 2).tolist()
    return light.model_copy(
        update={
            "sun_from_deg": light.sun_from_deg + _SUN_DEG * from_deg,
            "sun_height_deg": min(80.0, max(8.0, light.sun_height_deg + _SUN_HEIGHT_DEG * height_deg)),
            "noise": light.noise * math.exp(_GRAIN * grain),
            "blur_px": light.blur_px * math.exp(_GRAIN * blur),
        }
    )


def _vary_user(user: UserSpec, rng: np.random.Generator, strength: float) -> UserSpec:
    """Somebody more or less in haste: everything happens at the same places, only faster or slower."""
    if user.parked:
        return user
    haste = 1 + float(np.clip(_HASTE * strength * rng.normal(), -_MOST_HASTE, _MOST_HASTE))
    acts = [
        act.model_copy(
            update={
                "at_s": None if act.at_s is None else act.at_s / haste,
                "to_kmh": act.to_kmh * haste,
                "mps2": act.mps2 * haste**2,
            }
        )
        for act in user.acts
    ]
    return user.model_copy(
        update={
            "speed_kmh": user.speed_kmh * haste,
            "appears_s": user.appears_s + _MOMENT_S * strength * float(rng.normal()),
            "acts": acts,
        }
    )


def _vary_aim(aim: EncounterSpec, scenario: Scenario, rng: np.random.Generator, strength: float) -> EncounterSpec:
    """Another value within the spread, on the same side of every threshold of the pair."""
    share = strength * rng.uniform(-1, 1)
    kinds = [_find_user(scenario, name).kind for name in aim.users]
    motor = any(ROAD_USER_OF[kind].is_motor for kind in kinds)
    if aim.pet_s is not None:
        size = _move(abs(aim.pet_s), share * aim.spread_s, PET_LIMITS_S[motor])
        return aim.model_copy(update={"pet_s": math.copysign(size, aim.pet_s)})
    if aim.ttc_min_s is not None:
        return aim.model_copy(update={"ttc_min_s": _move(aim.ttc_min_s, share * aim.spread_s, TTC_LIMITS_S[motor])})
    return aim


def _move(value: float, by: float, limits: tuple[float, ...]) -> float:
    lowest = max((limit for limit in limits if limit < value), default=0.0) + _CLEAR_OF_LIMIT_S
    highest = min((limit for limit in limits if limit >= value), default=math.inf) - _CLEAR_OF_LIMIT_S
    return min(max(value + by, min(lowest, value)), max(highest, value))


def _find_user(scenario: Scenario, name: str) -> UserSpec:
    """The user of a name, or the one whose group somebody of that name is in."""
    users = {user.id: user for user in scenario.user}
    return users[name] if name in users else users[name.rpartition("-")[0]]
