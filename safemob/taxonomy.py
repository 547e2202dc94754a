"""The field's words as enumerations: road users, pairs of them, conflict types, severities, states.

Integer codes exist so that classes fit in arrays; names are what is written to files.
"""

from enum import Enum, IntEnum, unique

__all__ = [
    "ConflictType",
    "EncounterState",
    "RoadUserClass",
    "RoadUserPair",
    "Severity",
    "road_user_pair",
]


@unique
class RoadUserClass(IntEnum):
    """A road user as seen by a camera. A rider and the vehicle ridden are one road user.

    ``TRUCK`` holds vans too: models trained on COCO do not tell them apart.
    """

    PEDESTRIAN = 0
    CYCLIST = 1
    MOTORCYCLIST = 2
    E_SCOOTER = 3
    CAR = 4
    TRUCK = 5
    BUS = 6
    TRAM = 7

    @property
    def label(self) -> str:
        """The name used in files and tables, e.g. ``e-scooter``."""
        return self.name.lower().replace("_", "-")

    @property
    def is_motor(self) -> bool:
        """Whether the user drives a motor vehicle (trams count, e-scooters do not)."""
        return self in _MOTOR

    @property
    def is_pedestrian(self) -> bool:
        """Whether the user walks."""
        return self is RoadUserClass.PEDESTRIAN

    @property
    def is_light(self) -> bool:
        """Whether the user rides a bicycle or an e-scooter: the cyclist's role in pair tables."""
        return self in (RoadUserClass.CYCLIST, RoadUserClass.E_SCOOTER)


_MOTOR = frozenset(
    {RoadUserClass.MOTORCYCLIST, RoadUserClass.CAR, RoadUserClass.TRUCK, RoadUserClass.BUS, RoadUserClass.TRAM}
)


@unique
class RoadUserPair(Enum):
    """The kinds of pair that thresholds and released tables know. Two pedestrians are not a pair."""

    MOTOR_MOTOR = "motor-motor"
    MOTOR_CYCLIST = "motor-cyclist"
    MOTOR_PEDESTRIAN = "motor-pedestrian"
    CYCLIST_PEDESTRIAN = "cyclist-pedestrian"
    CYCLIST_CYCLIST = "cyclist-cyclist"


def road_user_pair(first: RoadUserClass, second: RoadUserClass) -> RoadUserPair | None:
    """The kind of pair two road users make, whichever order; None for two pedestrians.

    >>> road_user_pair(RoadUserClass.PEDESTRIAN, RoadUserClass.BUS)
    <RoadUserPair.MOTOR_PEDESTRIAN: 'motor-pedestrian'>
    """
    motors = first.is_motor + second.is_motor
    pedestrians = first.is_pedestrian + second.is_pedestrian
    if motors == 2:  # noqa: PLR2004  (both of the two)
        return RoadUserPair.MOTOR_MOTOR
    if motors == 1:
        return RoadUserPair.MOTOR_PEDESTRIAN if pedestrians else RoadUserPair.MOTOR_CYCLIST
    if pedestrians == 0:
        return RoadUserPair.CYCLIST_CYCLIST
    return RoadUserPair.CYCLIST_PEDESTRIAN if pedestrians == 1 else None


@unique
class ConflictType(Enum):
    """How two paths meet, told from angles alone."""

    CROSSING = "crossing"
    TURNING = "turning"
    REAR_END = "rear-end"
    SIDESWIPE = "sideswipe"
    HEAD_ON = "head-on"


@unique
class Severity(IntEnum):
    """How close an encounter came, by the thresholds of a named preset. Ordered."""

    NONE = 0
    RECORD = 1
    CONFLICT = 2
    SERIOUS = 3

    @property
    def label(self) -> str:
        """The name used in files and tables."""
        return self.name.lower()


@unique
class EncounterState(Enum):
    """What an encounter's numbers can be trusted for."""

    ASSESSED = "assessed"
    """Both users were seen where it mattered."""
    OVERLAP = "overlap"
    """The two rectangles overlapped: contact, or more likely an error of position. Never inf, never a crash."""
    CENSORED = "censored"
    """A track begins or ends inside the shared area, or would enter it unseen: PET is unknown."""
    NOT_ASSESSABLE = "not-assessable"
    """A user was occluded for more than 0.5 s where the indicator has its minimum."""
