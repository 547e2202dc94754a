"""`safemob scene`: films of scenes whose truth is known exactly."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from safemob.scenes.truth import Truth

__all__ = ["app"]

app = typer.Typer(no_args_is_help=True, help="Render scenes with exact ground truth.")


@app.command("render")
def render(
    scenario: Annotated[Path, typer.Argument(help="Scenario to render, see docs/scenes.md.", show_default=False)],
    out: Annotated[Path, typer.Option(help="Folder for film.mp4, site.toml and truth.json.", show_default=False)],
    *,
    seed: Annotated[
        int,
        typer.Option(
            help="Varies sizes, colours, paths, timing, camera and light; 0 is the scenario as written.", min=0
        ),
    ] = 0,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace a film that is there.")] = False,
) -> None:
    """Film a scenario, and write what is true of it: every road user in every frame, every encounter.

    Example: safemob scene render sample_videos/scenarios/t4-zebra-near-miss.toml --seed 7 --out scenes/zebra-7
    """
    from safemob.cli.progress import follow_steps  # noqa: PLC0415  (heavy: loaded when the command runs)
    from safemob.scenes.acting.staging import stage_scenario  # noqa: PLC0415  (start-up time)
    from safemob.scenes.film import check_folder, film_scene  # noqa: PLC0415  (start-up time)
    from safemob.scenes.scenario import read_scenario  # noqa: PLC0415  (start-up time)

    check_folder(out, overwrite=overwrite)
    described = read_scenario(scenario)
    with follow_steps("filming") as tell:
        truth = film_scene(stage_scenario(described, seed), out, overwrite=overwrite, tell=tell)
    _report(truth, out)


@app.command("dataset")
def write_dataset(
    out: Annotated[Path, typer.Option(help="Folder for the pictures and their labels.", show_default=False)],
    *,
    images: Annotated[int, typer.Option(help="How many pictures.", min=1, max=1_000_000)] = 4000,
    seed: Annotated[int, typer.Option(help="The same seed gives the same pictures.", min=0)] = 1000,
) -> None:
    """Render random scenes to train detectors with, in the layout that YOLO trainers read."""
    from safemob.cli.progress import follow_steps  # noqa: PLC0415  (heavy: loaded when the command runs)
    from safemob.scenes.training import dataset  # noqa: PLC0415  (start-up time)

    with follow_steps("rendering") as tell:
        dataset.write_dataset(out, images=images, seed=seed, progress=tell)
    typer.echo(f"Wrote {images} pictures to {out}. Next: see docs/models.md on training.")


def _report(truth: "Truth", out: Path) -> None:
    import math  # noqa: PLC0415  (with the rest of what only a finished run needs)
    import shlex  # noqa: PLC0415  (start-up time)

    from rich.console import Console  # noqa: PLC0415  (start-up time)
    from rich.table import Table  # noqa: PLC0415  (start-up time)

    from safemob.adapters.bundled import find_bundled  # noqa: PLC0415  (start-up time)
    from safemob.scenes.film import FILM, SITE  # noqa: PLC0415  (start-up time)

    console = Console(markup=False, highlight=False)
    declared = [encounter for encounter in truth.encounters if encounter.declared]
    console.print(f"{truth.title}: {len(truth.users)} road users, {len(truth.frames)} frames.", soft_wrap=True)
    if declared:
        table = Table("encounter", "type", "severity", "TTC min", "PET", "T2 min", box=None)
        for each in declared:
            numbers = [
                f"{value:.2f} s" if math.isfinite(value) else "–"
                for value in (each.ttc_min_s, each.pet_s, each.t2_min_s)
            ]
            table.add_row(" and ".join(each.users), str(each.accident_type), each.severity, *numbers)
        console.print(table)
    model, here = find_bundled("models") / "safemob-demo.onnx", Path.cwd()
    shown = model.relative_to(here) if model.is_relative_to(here) else model
    words = [out / FILM, "--site", out / SITE, "--model", shown, "--out", f"results/{out.name}"]
    console.print(f"Next: safemob analyse {shlex.join(map(str, words))}", soft_wrap=True)
