"""3,000 pairs of states from a simulated intersection, with TTC by rational arithmetic on the same decimals."""

import csv
from pathlib import Path

import numpy as np

from safemob.individual.arrays import Floats
from safemob.individual.safety.rectangle import Rectangles
from safemob.individual.safety.ttc import compute_ttc


def test_ttc_agrees_with_rational_arithmetic_on_simulated_traffic(shared_data: Path) -> None:
    with (shared_data / "reference/sumo/scenA/state_pairs_ttc_reference.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))

    def columns(*names: str) -> Floats:
        return np.array([[float(row[name]) for name in names] for row in rows])

    def users(which: str) -> tuple[Rectangles, Floats]:
        heading = columns(f"hx_{which}", f"hy_{which}")
        heading /= np.hypot(heading[:, 0], heading[:, 1])[:, None]  # the decimals are rounded unit vectors
        length, width = columns(f"length_{which}", f"width_{which}").T
        centres = columns(f"x_{which}", f"y_{which}")
        return Rectangles.facing(centres, heading, length, width), columns(f"vx_{which}", f"vy_{which}")

    result = compute_ttc(*users("i"), *users("j"))
    expected = np.array([np.nan if row["TTC_exact"] == "OVERLAP" else float(row["TTC_exact"]) for row in rows])

    assert len(rows) == 3000
    np.testing.assert_array_equal(result.overlap, np.isnan(expected))
    np.testing.assert_array_equal(np.isinf(result.ttc_s), np.isinf(expected))
    course = np.isfinite(expected)
    assert course.sum() > 600
    np.testing.assert_allclose(result.ttc_s[course], expected[course], rtol=0, atol=1e-6)
