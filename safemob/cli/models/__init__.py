"""``safemob models``: which detection models are known, where they come from, and a faster form of one."""

import typer

from safemob.cli.models.adopt import adopt
from safemob.cli.models.export import export
from safemob.cli.models.list_known import list_known
from safemob.cli.models.pull import pull
from safemob.cli.models.quantise import quantise
from safemob.cli.models.verify import verify

__all__ = ["app"]

app = typer.Typer(no_args_is_help=True, help="List, fetch, export, verify, adopt and quantise detection models.")
app.command("list")(list_known)
for command in (verify, pull, export, adopt, quantise):
    app.command()(command)
