"""``safemob models list``: the models that safemob knows, and where their files come from."""

import typer

__all__ = ["list_known"]


def list_known() -> None:
    """Show the models that safemob knows by their hash, and where their files come from.

    Those that are bundled come with it, those to pull have an address, and those that are yours are for you to bring:
    from a mirror that has them under the name that is shown, or exported.
    """
    from safemob.adapters.bundled import find_bundled  # noqa: PLC0415  (start-up time)
    from safemob.adapters.detectors.manifest import bundled_manifests  # noqa: PLC0415  (start-up time)

    for manifest in bundled_manifests():
        is_here = (find_bundled("models") / manifest.file_name).is_file()
        origin = "bundled" if is_here else "pull" if manifest.address else "yours"
        typer.echo(
            f"{manifest.name:18} {manifest.head.value:11} {manifest.licence:14} {origin:8} {manifest.file_name:24} "
            f"sha256 {manifest.sha256}"
        )
