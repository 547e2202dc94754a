"""Conflicts against the exact truth of rendered scenes, from pixels to counts, under seeds that were kept for this.

What is measured, and how: docs/validation.md. Rendering takes most of an hour on two cores; films stay in
`results/scenes`, or in the folder given.
"""

import sys
from math import isnan
from pathlib import Path

from results import SHARED, Cell, Table, publish

from safemob.adapters.bundled import find_bundled
from safemob.cli.progress import follow_steps
from safemob.validation.job import ValidationJob, run_validation
from safemob.validation.results import Results, Run
from safemob.validation.rows import ConflictRow, ErrorRow, Rate, StateRow
from safemob.validation.truth_from import TruthFrom

_SEEDS = (9001, 9002, 9003)
_STAGES = (TruthFrom.DETECTIONS, TruthFrom.TRACKS, TruthFrom.TRAJECTORIES)
_STREET_MODELS = ("yolo11n_320_fp32_rebuilt.onnx", "yolov8n_384x640_fp32_dequant.onnx")
"""Trained on the photographs of COCO."""
_RESULTS = Path("results")


def main() -> None:
    """Validate and publish."""
    cache = Path(sys.argv[1]) if len(sys.argv) > 1 else _RESULTS / "scenes"
    bundled = find_bundled("models") / "safemob-demo.onnx"
    measured = _validate("validation", _SEEDS, (bundled,), _STAGES, cache)
    streets = [SHARED / "models" / name for name in _STREET_MODELS]
    gap = _validate("domain-gap", _SEEDS[:1], (bundled, *streets), (), cache)
    own = measured.runs[0]
    films = f"{own.films} films, {own.frames} frames"
    publish(
        "validation",
        f"The pipeline of `safemob analyse` with the bundled model on {films} of {len(measured.scenarios)} rendered"
        f" scenes under seeds {', '.join(map(str, _SEEDS))}, at which nobody looked before.",
        [
            _tabulate_aims(measured),
            _tabulate_runs(
                "Who loses what",
                measured.runs,
                "Truth stands in for the stages up to the one named. Conflicts over all true encounters, those within"
                " 0.25 s of the threshold too.",
            ),
            _tabulate_conflicts("Conflicts by declared accident type", "accident type", own.conflicts_by_type),
            _tabulate_conflicts("Conflicts by pair", "pair", own.conflicts_by_pair),
            _tabulate_conflicts("Conflicts by distance from the threshold", "which", own.conflicts),
            _tabulate_times(own),
            _tabulate_states("On the ground, by distance", own.states_by_distance),
            _tabulate_states("On the ground, by road user", own.states_by_class),
            _tabulate_boxes(own),
            _tabulate_likelihoods(own),
            _tabulate_runs(
                "Detectors of real streets on rendered scenes",
                gap.runs,
                f"Seed {_SEEDS[0]} alone. What models trained on photographs lose here says how foreign rendered scenes"
                " are to them, and warns of the reverse: the bundled model is not for streets. They know no e-scooters,"
                " and trams as trains.",
            ),
        ],
    )


def _validate(
    name: str, seeds: tuple[int, ...], models: tuple[Path, ...], stages: tuple[TruthFrom, ...], cache: Path
) -> Results:
    library = find_bundled("sample_videos") / "scenarios"
    job = ValidationJob(
        scenarios=(library,),
        seeds=seeds,
        models=models,
        truth_from=stages,
        out=_RESULTS / name,
        cache=cache,
        overwrite=True,
    )
    return run_validation(job, follow_steps)[0]


def _tabulate_aims(measured: Results) -> Table:
    rows: list[list[Cell]] = [
        [
            aim.name,
            f"{'≤' if aim.at_most else '≥'} {aim.aim:g} {aim.unit}".strip(),
            _round(aim.measured, 3),
            aim.count,
            "met" if aim.is_met else "missed",
        ]
        for aim in measured.aims
    ]
    return Table(title="Aims", columns=["what", "aim", "measured", "on", ""], rows=rows)


def _tabulate_runs(title: str, runs: tuple[Run, ...], note: str) -> Table:
    rows: list[list[Cell]] = [
        [
            run.model,
            _round(run.states_near.position_mae_m, 2),
            _round(run.states_by_class[0].speed_rmse_mps, 2),
            _round(run.ttc[0].mae_s, 3),
            _round(run.pet[0].mae_s, 3),
            _round(run.hota),
            _round(run.idf1),
            _say(run.conflicts[0].recall),
            _say(run.conflicts[0].precision),
            _round(run.brier, 4),
        ]
        for run in runs
    ]
    columns = ["run", "position ≤ 30 m, MAE, m", "speed, RMSE, m/s", "TTCmin, MAE, s", "PET, MAE, s"]
    columns += ["HOTA", "IDF1", "conflicts found", "conflicts right", "Brier score of the likelihood"]
    return Table(title=title, columns=columns, rows=rows, note=note)


def _tabulate_conflicts(title: str, group: str, rows: tuple[ConflictRow, ...]) -> Table:
    return Table(
        title=title,
        columns=[group, "encounters", "conflicts found", "conflicts right"],
        rows=[[row.name, row.encounters, _say(row.recall), _say(row.precision)] for row in rows],
    )


def _tabulate_times(run: Run) -> Table:
    rows = [_list_errors("TTCmin", row) for row in run.ttc] + [_list_errors("PET", row) for row in run.pet]
    columns = ["indicator", "pair", "measured", "MAE, s", "sd, s", "bias, s"]
    return Table(title="TTCmin and PET", columns=columns, rows=rows, note="Found less true: positive seemed safer.")


def _list_errors(indicator: str, row: ErrorRow) -> list[Cell]:
    errors = (row.mae_s, row.sd_s, row.bias_s)
    return [indicator, row.name, f"{row.measured.count} of {row.measured.of}", *(_round(each, 3) for each in errors)]


def _tabulate_states(title: str, rows: tuple[StateRow, ...]) -> Table:
    columns = ["", "states", "position, MAE, m", "p95, m", "along the ray, bias, m", "speed, RMSE, m/s"]
    columns += ["heading, MAE, °", "in 90 % position ellipse", "its radius, m", "in 90 % velocity ellipse"]
    columns += ["its radius, m/s"]
    return Table(
        title=title,
        columns=columns,
        rows=[
            [
                row.name,
                row.states,
                _round(row.position_mae_m),
                _round(row.position_p95_m),
                _round(row.along_bias_m),
                _round(row.speed_rmse_mps),
                _round(row.heading_mae_deg, 1),
                _round(row.in_position_ellipse.share),
                _round(row.position_radius_m),
                _round(row.in_velocity_ellipse.share),
                _round(row.velocity_radius_mps),
            ]
            for row in rows
        ],
        note="Radius: of the circle as large as the ellipse, median.",
    )


def _tabulate_boxes(run: Run) -> Table:
    rows: list[list[Cell]] = [
        [row.name, row.recall.of, _round(row.recall.share, 3), _round(row.precision.share, 3), _round(row.overlap)]
        for row in (*run.boxes_by_class, *run.boxes_by_distance[1:])
    ]
    columns = ["class or distance", "to be found", "recall", "precision", "overlap"]
    return Table(title="Detections", columns=columns, rows=rows)


def _tabulate_likelihoods(run: Run) -> Table:
    return Table(
        title="Likelihood of a conflict",
        columns=["from", "to", "mean estimate", "conflicts in truth"],
        rows=[[row.low, row.high, _round(row.estimated), _say(row.conflicts)] for row in run.likelihoods],
        note=f"Brier score {run.brier:.4f} over all, {run.brier_near:.3f} within 0.25 s of the threshold.",
    )


def _say(rate: Rate) -> str:
    return f"{rate.count} of {rate.of} ({rate.low:.2f} to {rate.high:.2f})" if rate.of else "–"


def _round(value: float, digits: int = 2) -> Cell:
    return None if isnan(value) else round(value, digits)


if __name__ == "__main__":
    main()
