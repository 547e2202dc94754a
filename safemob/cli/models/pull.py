"""``safemob models pull``: fetch a model by its hash."""

from pathlib import Path
from typing import Annotated

import typer

__all__ = ["pull"]


def pull(
    model: Annotated[
        str, typer.Argument(metavar="MODEL", help="A name from `safemob models list`, or a manifest (.toml) of one.")
    ],
    *,
    out: Annotated[
        Path | None,
        typer.Option(help="The file. Default: beside its manifest, or in this folder.", show_default=False),
    ] = None,
    mirror: Annotated[
        str | None,
        typer.Option(help="Address of a folder that has the file under its usual name.", envvar="SAFEMOB_MIRROR"),
    ] = None,
    replace: Annotated[bool, typer.Option("--replace", help="Overwrite another file in its place.")] = False,
) -> None:
    """Fetch a model from where its manifest says, or from a mirror, and keep it if its hash is right.

    What broke off goes on where it broke off, with the same command.
    """
    from safemob.adapters.supply.pull import plan_pull, pull_model  # noqa: PLC0415  (start-up time)
    from safemob.cli.progress import follow_bytes  # noqa: PLC0415  (start-up time)

    plan = plan_pull(model, out=out, mirror=mirror)
    with follow_bytes("fetching") as progress:
        is_new = pull_model(plan, replace=replace, progress=progress)
    typer.echo(f"Fetched {plan.target} from {plan.address}." if is_new else f"{plan.target} is there already.")
    typer.echo(f"sha256   {plan.manifest.sha256}, as its manifest says")
    typer.echo(f"licence  {plan.manifest.licence}")
    typer.echo(f"Next: safemob models verify {plan.target}")
