"""The film of a scene, with its site file and its truth beside it: a folder that is there whole or not at all.

::

    FOLDER/film.mp4    H.264, every frame with its true time stamp
    FOLDER/site.toml   the exact camera
    FOLDER/truth.json  what is true of every frame and of every encounter
"""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import numpy.typing as npt

from safemob.adapters.site_file import save_site
from safemob.errors import OutputError
from safemob.scenes.drawing.film_file import TICKS, FilmFile
from safemob.scenes.drawing.picture import Renderer
from safemob.scenes.refereeing.referee import find_pairs, measure_encounter
from safemob.scenes.stage import Stage
from safemob.scenes.survey import survey_site
from safemob.scenes.truth import TrueUser, Truth, write_truth
from safemob.scenes.witness import state_frame

__all__ = ["FILM", "SITE", "TRUTH", "check_folder", "film_scene", "time_frames"]

FILM, SITE, TRUTH = "film.mp4", "site.toml", "truth.json"
"""Names of the files in the folder."""

Floats = npt.NDArray[np.float64]

_UNEVEN = 0.3
_TIMING = 0x71C5
"""Names the stream of random numbers that intervals between frames are drawn from."""


def film_scene(
    stage: Stage,
    folder: Path,
    *,
    overwrite: bool = False,
    tell: Callable[[int, int], None] = lambda _done, _total: None,
) -> Truth:
    """Render a scene.

    Args:
        stage: the scene.
        folder: where to; its parents are made.
        overwrite: replace a film that is there.
        tell: is told the steps done and their total.

    Returns:
        The truth, as written.

    Raises:
        OutputError: if the folder cannot be written, holds something else, or a film that is not to be replaced.
        ScenarioError: if the camera sees too little of the road.
    """
    check_folder(folder, overwrite=overwrite)
    folder = folder.resolve()
    part = folder.with_name(f".unfinished-{folder.name}-{os.getpid()}")
    try:
        part.mkdir(parents=True)
        save_site(survey_site(stage), part / SITE)
        truth = _render(stage, part / FILM, tell)
        write_truth(truth, part / TRUTH)
        _put_in_place(part, folder)
    except OSError as error:
        msg = f"{folder} cannot be written ({error.strerror or error}): make room, or choose another place"
        raise OutputError(msg) from None
    finally:
        shutil.rmtree(part, ignore_errors=True)
    return truth


def check_folder(folder: Path, *, overwrite: bool) -> None:
    """Refuse a folder that a film cannot be put into.

    Raises:
        OutputError: if it holds anything but a film, or a film that is not to be replaced.
    """
    try:
        if not folder.exists() and not folder.is_symlink():
            return
        if not folder.is_dir() or folder.is_symlink():
            msg = f"{folder} is no folder: choose another place for the film"
            raise OutputError(msg)
        if folder.is_mount():  # its place cannot be taken by a folder that is finished
            msg = f"{folder} is a whole disk: choose a folder on it"
            raise OutputError(msg)
        held = {each.name for each in folder.iterdir()}
    except OSError as error:
        msg = f"{folder} cannot be looked at ({error.strerror or error}): choose another place for the film"
        raise OutputError(msg) from None
    other = held - {FILM, SITE, TRUTH}
    if other:
        msg = f"{folder} holds other things such as '{min(other)}': give the film a folder of its own"
        raise OutputError(msg)
    if held and not overwrite:
        msg = f"{folder} holds a film: choose another folder, or replace it with --overwrite"
        raise OutputError(msg)


def time_frames(stage: Stage) -> Floats:
    """(N,) when frames are taken, s: from 0 on, evenly, or unevenly where the scenario wants that."""
    video, duration_s = stage.scenario.video, stage.scenario.duration_s
    uneven = _UNEVEN if video.variable else 0.0
    count = int(np.ceil(duration_s * video.frame_rate / (1 - uneven) - 1e-9))  # as many as fit, were all steps short
    rng = np.random.default_rng(np.random.SeedSequence((stage.seed, _TIMING)))
    steps = rng.uniform(1 - uneven, 1 + uneven, count)
    ticks: Floats = np.round((np.cumsum(steps) - steps[0]) * TICKS / video.frame_rate)
    return ticks[ticks < duration_s * TICKS] / TICKS


def _render(stage: Stage, path: Path, tell: Callable[[int, int], None]) -> Truth:
    times, pairs = time_frames(stage).tolist(), find_pairs(stage)
    total = len(times) + len(pairs)
    frames, encounters = [], []
    with Renderer(stage) as renderer, FilmFile(path, stage.scenario.video) as film:
        for done, time_s in enumerate(times):
            tell(done, total)
            picture = renderer.render(time_s)
            film.add(picture.bgr, time_s)
            frames.append(state_frame(stage, picture, time_s))
    for done, pair in enumerate(pairs, start=len(times)):
        tell(done, total)
        encounters.append(measure_encounter(pair, stage.scenario.duration_s))
    tell(total, total)
    return Truth(
        title=stage.scenario.title,
        seed=stage.seed,
        frame_times_s=tuple(times),
        users=tuple(
            TrueUser(id=each.id, kind=each.kind.value, road_user=each.road_user, size_m=each.size_m)
            for each in stage.actors
        ),
        frames=tuple(frames),
        encounters=tuple(encounters),
    )


def _put_in_place(part: Path, folder: Path) -> None:
    """Move the finished folder to its place, and what was there out of its way first."""
    if not folder.exists():
        part.rename(folder)
        return
    old = part.with_name(f"{part.name}-old")
    folder.rename(old)
    try:
        part.rename(folder)
    except BaseException:  # whatever it was: the film that was there comes back
        old.rename(folder)
        raise
    shutil.rmtree(old, ignore_errors=True)
