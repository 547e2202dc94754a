"""A scenario: one short scene at an intersection, as a person writes it down in TOML.

Site coordinates: the centre of the intersection is (0, 0), x points east, y north, z up. Traffic keeps to the right.
"""

from safemob.scenes.scenario.script import EncounterSpec, Scenario, read_scenario
from safemob.scenes.scenario.setting import Arm, ArmSpec, CameraSpec, LightSpec, PlaceSpec, VideoSpec
from safemob.scenes.scenario.users import Act, Kind, UserSpec

__all__ = [
    "Act",
    "Arm",
    "ArmSpec",
    "CameraSpec",
    "EncounterSpec",
    "Kind",
    "LightSpec",
    "PlaceSpec",
    "Scenario",
    "UserSpec",
    "VideoSpec",
    "read_scenario",
]
