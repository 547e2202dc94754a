"""The record of an encounter: two road users whose ways come together, from first gate to last, with its numbers."""

from dataclasses import dataclass

from safemob.individual.ephemeral import Ephemeral
from safemob.taxonomy import ConflictType, EncounterState, RoadUserClass, RoadUserPair

__all__ = ["TTC_THRESHOLDS_S", "Encounter", "EncounterRules"]

TTC_THRESHOLDS_S = (0.5, 0.75, 1.0, 1.25, 1.5, 1.75, 2.0, 2.25, 2.5, 2.75, 3.0)
"""The grid over which conflicts can be counted: the thresholds of the presets, and ±0.25 s around each."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EncounterRules:
    """When two road users are in an encounter. The severity thresholds are in `safemob.individual.safety.conflict`.

    Attributes:
        range_m: the largest distance between centres.
        approach_mps: least approach of the centres that counts as closing, unless on a collision course.
        merge_gap_s: gate openings less than this apart are one encounter.
        pet_max_s: an encounter stays open while a PET up to this may still be observed.
        closing_min_mps: least closing speed of the rectangles for a stretch of low TTC to count.
        occlusion_max_s: what lies in a longer gap between two observations is not assessed.
        duration_max_s: a longer encounter is closed and begins anew, which bounds memory.
        draws: how often an encounter is measured again, with both users moved within their uncertainty.
    """

    range_m: float = 50.0
    approach_mps: float = 0.5
    merge_gap_s: float = 2.0
    pet_max_s: float = 5.0
    closing_min_mps: float = 1.0
    occlusion_max_s: float = 0.5
    duration_max_s: float = 300.0
    draws: int = 0


@dataclass(frozen=True, slots=True, kw_only=True, repr=False, eq=False)
class Encounter(Ephemeral):
    """One meeting of one unordered pair; at most one event comes of it.

    `inf` means no collision course (or paths that never meet); `nan` that the input does not tell.

    Attributes:
        ids: track ids of the two users; the first in every pair of values below is the first here. Users are
            ordered by class code, then by id: what is reported does not depend on the order of tracks.
        classes: their classes.
        pair: the kind of pair.
        start_s, end_s: first and last moment the gate held, recording's clock.
        conflict_type: how the paths meet.
        state: what the numbers can be trusted for. Where several hold: not-assessable, overlap, censored.
        ttc_min_s: minimum of the smoothed TTC series, seconds, over the frames in which neither user is occluded
            and neither turns by more than 30° within the TTC (constant velocity says nothing there).
        ttc_min_time_s: when that was; nan if TTC was never finite.
        ttc_below_s: per threshold in `TTC_THRESHOLDS_S`, the longest stretch in seconds during which TTC stayed
            under it while the users closed at ≥ 1 m/s.
        pet_s: observed PET, signed: positive if the first user passed first; nan if not observed, if a user was
            occluded there, or if the rectangles overlapped (PET would be 0, and the state says so).
        pet_time_s: when the later of the two entered the shared area; nan without PET.
        pet_is_time_gap: whether the PET is the time gap of users following one path, which is no conflict.
        drac_max_mps2: largest deceleration the follower needed (rear-end), m/s²; nan otherwise.
        distance_min_m: smallest distance between the two rectangles.
        closing_speed_mps: largest rate at which the gap between the rectangles shrank while the gate held.
        angle_deg: angle between the two directions of travel at the decisive moment, 0 to 180.
        speeds_mps: speeds of both at the decisive moment.
        place_m: (x, y) between the two at the decisive moment.
        time_s: the decisive moment: of the TTC minimum if that is within `TTC_THRESHOLDS_S`, else of the PET
            unless that is a time gap, else of the smallest distance. At a PET, speeds are those each had at the
            place, and the angle is that of their directions there or where their paths cross, the larger.
        alternatives: the same encounter as it may have been, equally likely each: measured again with both users
            moved within their uncertainty. Empty where the rules ask for none, or where nothing came near.
    """

    ids: tuple[int, int]
    classes: tuple[RoadUserClass, RoadUserClass]
    pair: RoadUserPair
    start_s: float
    end_s: float
    conflict_type: ConflictType
    state: EncounterState
    ttc_min_s: float
    ttc_min_time_s: float
    ttc_below_s: tuple[float, ...]
    pet_s: float
    pet_time_s: float
    drac_max_mps2: float
    distance_min_m: float
    closing_speed_mps: float
    angle_deg: float
    speeds_mps: tuple[float, float]
    place_m: tuple[float, float]
    time_s: float
    pet_is_time_gap: bool = False
    alternatives: "tuple[Encounter, ...]" = ()
