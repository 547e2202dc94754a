"""What severity the referee's measures amount to, by the thresholds of preset ``safemob-1`` (``docs/indicators``).

Severity is declared in scenarios. This serves to hold declarations, and what seeds make of them, to the measures.
"""

import math
from collections.abc import Mapping
from typing import Literal

from safemob.scenes.refereeing.referee import Meeting
from safemob.taxonomy import RoadUserClass, RoadUserPair, road_user_pair

__all__ = ["PET_LIMITS_S", "TTC_LIMITS_S", "Grade", "grade"]

Grade = Literal["none", "record", "conflict", "serious"]

TTC_LIMITS_S: Mapping[bool, tuple[float, ...]] = {True: (3.0, 1.5, 1.0), False: (2.0, 1.0)}
"""For record, conflict and serious, with a motor vehicle and without one."""
PET_LIMITS_S: Mapping[bool, tuple[float, ...]] = {True: (5.0, 1.5, 1.0), False: (3.0, 1.0)}

_FOLLOWER_MPS2 = 3.4
_GRADES: tuple[Grade, ...] = ("record", "conflict", "serious")


def grade(first: RoadUserClass, second: RoadUserClass, met: Meeting) -> Grade:
    """Severity of a meeting: none for two pedestrians.

    A motor vehicle behind another needs DRAC ≥ 3.4 m/s² besides TTC for more than a record; PET counts where one does
    not follow the other.
    """
    pair = road_user_pair(first, second)
    if pair is None:
        return "none"
    motor = first.is_motor or second.is_motor
    behind = pair is RoadUserPair.MOTOR_MOTOR and not math.isnan(met.drac_max_mps2)
    brakes = not behind or met.drac_max_mps2 >= _FOLLOWER_MPS2
    found: Grade = "none"
    for name, ttc_s, pet_s in zip(_GRADES, TTC_LIMITS_S[motor], PET_LIMITS_S[motor], strict=False):
        by_ttc = met.ttc_held_s <= ttc_s and (brakes or name == "record")
        by_pet = not met.follows and abs(met.pet_s) <= pet_s
        if by_ttc or by_pet:
            found = name
    return found
