"""OTVision's example clip: our tracks, OTVision's published ones, and where tyres touch the road, all in site metres.

The clip, its reference points and OTVision's own results lie beside a developer's checkout; the road and the tyres were
told by eye, see `tests/reference/data/otvision_ground.json`.
"""

import json
import sqlite3
from collections import defaultdict
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

import cv2
import numpy as np

from safemob.adapters.detectors.onnx import OnnxDetector
from safemob.adapters.site_file import load_site
from safemob.adapters.sources.recording import Recording
from safemob.individual.arrays import Floats
from safemob.individual.ground.camera import Camera
from safemob.individual.image.association import box_overlaps
from safemob.individual.image.motion import box_measurements
from safemob.individual.safety.conflict import SAFEMOB_1
from safemob.site import Site
from safemob.taxonomy import RoadUserClass
from safemob.worker.pipeline import Pipeline

__all__ = [
    "GROUND",
    "Published",
    "Track",
    "Tyres",
    "follow",
    "open_site",
    "project_plane",
    "read_published",
    "see_tyres",
]

_PROJECT: Final = Path(__file__).resolve().parents[1]
GROUND: Final[dict[str, Any]] = json.loads(
    (_PROJECT / "tests" / "reference" / "data" / "otvision_ground.json").read_text(encoding="utf-8")
)
_RATE_HZ: Final = 20.0
"""Of the clip; OTVision counts its frames from 1."""
_SAME: Final = 0.5
"""Intersection over union from which two boxes of one frame show the same road user."""
_PUBLISHED = """
    SELECT CAST(frame AS INTEGER), x, y, w, h, lon_utm, lat_utm
    FROM "Testvideo_Cars-Cyclist_FR20_2020-01-01_00-00-00"
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Track:
    """One road user as the pipeline gives it out, K moments.

    Attributes:
        kind: its class.
        times: (K,) s.
        positions: (K, 2) footprint centres, m.
        boxes: (K, 4) px.
    """

    kind: RoadUserClass
    times: Floats
    positions: Floats
    boxes: Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """OTVision's tracked boxes and what its homography makes of their centres, R rows in site metres."""

    times: Floats
    boxes: Floats
    positions: Floats

    def find(self, time_s: float, box: Floats) -> Floats:
        """(2,) where OTVision places the road user that a box shows; NaN if it has none there."""
        rows = np.flatnonzero(np.abs(self.times - time_s) < 0.5 / _RATE_HZ)
        overlaps = box_overlaps(box_measurements(self.boxes[rows]), box_measurements(box[None]))[:, 0]
        if not len(rows) or overlaps.max() < _SAME:
            return np.full(2, np.nan)
        position: Floats = self.positions[rows[overlaps.argmax()]]
        return position


@dataclass(frozen=True, slots=True, kw_only=True)
class Tyres:
    """One road user's centre, K moments, from where tyres touch the road.

    Attributes:
        times: (K,) s.
        centres: (K, 2) between them, m.
        wheelbases: (K,) from rear to front, m.
        pixels: (K, 2) between them in the picture.
    """

    times: Floats
    centres: Floats
    wheelbases: Floats
    pixels: Floats


def open_site() -> Site:
    """The calibrated site of the clip."""
    return load_site(_PROJECT / "calibration" / f"{GROUND['site']}.toml")


def follow(model: Path, footage: Path) -> list[Track]:
    """Run the pipeline over the clip; tracks in order of appearance, moments with a box only."""
    site = open_site()
    recording = Recording.open([footage / GROUND["clip"]], time_zone=ZoneInfo(site.time_zone))
    seen = defaultdict[int, list[tuple[RoadUserClass, float, Floats, Floats]]](list)
    pipeline = Pipeline(site, OnnxDetector(model), preset=SAFEMOB_1)
    for moment in pipeline.run(frame for file in recording.files for frame in file.open().frames()):
        states = moment.states
        _, rows, boxed = np.intersect1d(states.ids, moment.box_ids, assume_unique=True, return_indices=True)
        for row, box in zip(rows.tolist(), moment.boxes[boxed], strict=True):
            seen[int(states.ids[row])].append(
                (RoadUserClass(int(states.classes[row])), moment.time_s, states.positions[row], box)
            )
    return [
        Track(
            kind=moments[-1][0],
            times=np.array([time_s for _, time_s, _, _ in moments]),
            positions=np.array([position for _, _, position, _ in moments]),
            boxes=np.array([box for _, _, _, box in moments]),
        )
        for _, moments in sorted(seen.items())
    ]


def project_plane(site: Site, pixels: Floats) -> Floats:
    """(N, 2) site metres of pixels by a homography of the reference points, as OTVision transforms its tracks."""
    seen = np.array([point.pixel for point in site.reference_points])
    known = np.array([point.ground_m[:2] for point in site.reference_points])
    homography, _ = cv2.findHomography(seen, known)
    return np.asarray(cv2.perspectiveTransform(pixels[None], homography)[0], dtype=np.float64)


def read_published(footage: Path, site: Site) -> Published:
    """OTVision's transformed tracks, from the GeoPackage beside the clip."""
    path = (footage / GROUND["clip"]).with_suffix(".gpkg").resolve()
    with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro&immutable=1", uri=True)) as database:
        rows = np.array(database.execute(_PUBLISHED).fetchall(), dtype=np.float64)
    centres, sizes = rows[:, 1:3], rows[:, 3:5]
    return Published(
        times=(rows[:, 0] - 1) / _RATE_HZ,
        boxes=np.column_stack([centres - sizes / 2, centres + sizes / 2]),
        positions=_from_utm(footage, site, rows[:, 5:]),
    )


def see_tyres(name: str, camera: Camera) -> Tyres:
    """Where a road user stands by its tyres; half a track behind those of the near side, if one side is seen."""
    seen = GROUND["tyres"][name]["seen"]
    pixels = np.array([moment[1:] for moment in seen], dtype=np.float64)
    rear, front = camera.to_ground(pixels[:, 0]), camera.to_ground(pixels[:, 1])
    wheelbases = np.linalg.norm(front - rear, axis=1)
    along, middle = (front - rear) / wheelbases[:, None], (front + rear) / 2
    aside = np.column_stack([-along[:, 1], along[:, 0]])
    aside *= np.sign(np.sum(aside * (middle - camera.position[:2]), axis=1))[:, None]
    return Tyres(
        times=np.array([moment[0] for moment in seen]),
        centres=middle + GROUND["tyres"][name]["half_track_m"] * aside,
        wheelbases=wheelbases,
        pixels=pixels.mean(axis=1),
    )


def _from_utm(footage: Path, site: Site, utm: Floats) -> Floats:
    """Site metres of UTM coordinates, by the turn, scale and shift that carry the published points to the site's."""
    published = json.loads((footage / GROUND["clip"]).with_suffix(".otrfpts").read_text(encoding="utf-8"))
    there = np.array([(each["lon_utm"], each["lat_utm"]) for each in published.values()]) @ [1, 1j]
    here = np.array([point.ground_m[:2] for point in site.reference_points]) @ [1, 1j]
    middle = there.mean()
    design = np.column_stack([there - middle, np.ones(len(there))])
    (turn, shift), *_ = np.linalg.lstsq(design, here, rcond=None)
    placed = turn * (utm @ [1, 1j] - middle) + shift
    return np.column_stack([placed.real, placed.imag])
