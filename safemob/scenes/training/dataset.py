"""Pictures with labels, to train and to test detectors with: random scenes, in the layout that YOLO trainers read.

::

    FOLDER/images/000000.jpg    a picture, compressed more or less, as films are
    FOLDER/labels/000000.txt    one road user a line: class, centre x, centre y, width, height; shares of the picture
    FOLDER/dataset.yaml         the classes by number

Boxes hold the whole body as far as the picture reaches, hidden parts too: the footprint is estimated from the whole.
Who is hardly to be seen has none.
"""

import multiprocessing
import os
import shutil
import signal
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from functools import partial
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from safemob.errors import OutputError
from safemob.scenes.drawing.picture import Picture, Renderer
from safemob.scenes.stage import Stage
from safemob.scenes.training.stages import POSES, draw_stage
from safemob.taxonomy import RoadUserClass

__all__ = ["label_picture", "write_dataset"]

Floats = npt.NDArray[np.float64]

_SMALLEST_PX = 8.0
"""Height or width, whichever is larger, below which nobody is asked for."""
_FEWEST_PIXELS = 12
_LEAST_SEEN = 0.3
"""Of a body inside the picture that must not be hidden."""
_JPEG_QUALITY = (55, 95)


def write_dataset(folder: Path, *, images: int, seed: int, progress: Callable[[int, int], None]) -> None:
    """Draw, render and label random scenes.

    Args:
        folder: where to; made, and not there before.
        images: how many pictures.
        seed: of everything random; the same seed gives the same pictures.
        progress: called with the pictures done and their total.

    Raises:
        OutputError: if the folder is there already, or cannot be written.
    """
    try:
        if folder.exists() or folder.is_symlink():
            msg = f"{folder} exists already: choose another folder for the pictures, or remove it"
            raise OutputError(msg)
    except OSError as error:
        msg = f"{folder} cannot be looked at ({error.strerror or error}): choose another place"
        raise OutputError(msg) from None
    part = folder.absolute().with_name(f".unfinished-{folder.name}-{os.getpid()}")
    try:
        for name in ("images", "labels"):
            (part / name).mkdir(parents=True)
        (part / "dataset.yaml").write_text(_describe(), encoding="utf-8")
        _render_all(part, images, seed, progress)
        part.rename(folder)
    except BrokenProcessPool:
        msg = f"the pictures of {folder} are not finished, since the system has stopped a process: give it more memory"
        raise OutputError(msg) from None
    except OSError as error:
        msg = f"{folder} cannot be written ({error.strerror or error}): make room, or choose another place"
        raise OutputError(msg) from None
    finally:
        shutil.rmtree(part, ignore_errors=True)


def label_picture(stage: Stage, picture: Picture) -> Floats:
    """What a detector should find in a picture.

    Args:
        stage: what was rendered.
        picture: of it.

    Returns:
        (N, 5) class code and box (centre x, centre y, width, height) as shares of the picture.
    """
    height, width = picture.owners.shape
    edges = np.array((width, height) * 2, dtype=np.float64)
    boxes = np.clip(picture.boxes, 0.0, edges)
    sizes = boxes[:, 2:] - boxes[:, :2]
    seen = np.bincount(picture.owners.ravel() + 1, minlength=len(stage.actors) + 1)[1:]
    with np.errstate(invalid="ignore"):
        kept = (sizes.max(axis=1) >= _SMALLEST_PX) & (seen >= np.maximum(_FEWEST_PIXELS, _LEAST_SEEN * picture.whole))
    codes = np.array([int(actor.road_user) for actor in stage.actors], dtype=np.float64)
    centres = (boxes[:, 2:] + boxes[:, :2]) / 2
    labels: Floats = np.column_stack((codes, centres / edges[:2], sizes / edges[:2]))[kept]
    return labels


def _render_all(part: Path, images: int, seed: int, progress: Callable[[int, int], None]) -> None:
    scenes = range(-(-images // POSES))
    done = 0
    context = multiprocessing.get_context("spawn")  # a forked process would share this one's drawing context
    with ProcessPoolExecutor(os.cpu_count(), mp_context=context, initializer=_leave_interrupts_to_parent) as pool:
        render = partial(_render_scene, part, images, seed)
        try:
            for task in as_completed([pool.submit(render, scene) for scene in scenes]):
                done += task.result()
                progress(done, images)
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)  # an interruption: what is not begun is not waited for
            raise


def _leave_interrupts_to_parent() -> None:
    """Ctrl-C reaches every process; the parent waits for the scenes that are begun, and removes them."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _render_scene(part: Path, images: int, seed: int, scene: int) -> int:
    """The pictures of one scene; how many there are."""
    rng = np.random.default_rng((seed, scene))
    stage = draw_stage(rng)
    first, last = scene * POSES, min((scene + 1) * POSES, images)
    with Renderer(stage) as renderer:
        for number in range(first, last):
            picture = renderer.render(float(number - first))
            lines = [
                f"{row[0]:.0f} " + " ".join(f"{share:.6f}" for share in row[1:])
                for row in label_picture(stage, picture)
            ]
            quality = int(rng.integers(*_JPEG_QUALITY))
            _, coded = cv2.imencode(".jpg", picture.bgr, (cv2.IMWRITE_JPEG_QUALITY, quality))
            (part / "images" / f"{number:06}.jpg").write_bytes(coded.tobytes())
            (part / "labels" / f"{number:06}.txt").write_text("\n".join(lines), encoding="ascii")
    return last - first


def _describe() -> str:
    names = "".join(f"  {user.value}: {user.label}\n" for user in RoadUserClass)
    return f"path: .\ntrain: images\nval: images\nnames:\n{names}"
