"""What comes with safemob: models, example sites and rendered clips, in a checkout or inside an installed wheel."""

from importlib import resources
from pathlib import Path

__all__ = ["find_bundled"]


def find_bundled(folder: str) -> Path:
    """Where one of the project's data folders lies.

    Args:
        folder: its name at the top of the project, e.g. ``models``.
    """
    with resources.as_file(resources.files("safemob") / "_data" / folder) as packaged:
        return packaged if packaged.is_dir() else Path(__file__).parents[2] / folder
