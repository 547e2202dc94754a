"""Observed PET against the SSM device of SUMO 1.28, which times the passage of given conflict areas.

On straight right-angle crossings its conflict area is where the footprints meet, so both must agree within one of
its steps (0.1 s). On turning paths it uses the lanes' area and cannot agree; it does not look at pedestrians.
"""

import csv
from collections import defaultdict
from pathlib import Path

import numpy as np

from safemob.individual.safety.pet import Poses, compute_pet


def _read_poses(path: Path) -> dict[str, Poses]:
    rows: dict[str, list[list[float]]] = defaultdict(list)
    names = ("t", "x_center", "y_center", "heading_rad_ccw_from_east", "length", "width")
    with path.open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            rows[row["id"]].append([float(row[name]) for name in names])
    tables = {name: np.array(values) for name, values in rows.items()}
    return {
        name: Poses(times=t[:, 0], positions=t[:, 1:3], headings=t[:, 3], lengths=t[:, 4], widths=t[:, 5])
        for name, t in tables.items()
    }


def test_pet_of_straight_crossings_agrees_with_the_simulator(shared_data: Path) -> None:
    folder = shared_data / "reference/sumo/scenA"
    poses = _read_poses(folder / "trajectories.csv")
    straight = {name for name, path in poses.items() if np.ptp(np.unwrap(path.headings)) < 0.05}
    errors, moments = [], []
    with (folder / "conflicts.csv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            ego, foe = row["ego"], row["foe"]
            if row["PET"] in {"", "NA"} or not {ego, foe} <= straight:
                continue
            if abs(np.sin(poses[ego].headings[0] - poses[foe].headings[0])) < 0.9:
                continue
            found = compute_pet(poses[ego], poses[foe], 20.0)
            errors.append(abs(abs(found.pet_s) - float(row["PET"])))
            moments.append(abs(max(found.first_time_s, found.second_time_s) - float(row["PET_t"])))
    assert len(errors) == 22
    assert max(errors) < 0.002, "the simulator interpolates too, and prints three decimals"
    assert max(moments) < 0.002
