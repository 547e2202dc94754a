"""What is true of every road user in one frame of a film, and how much of it the picture shows."""

import numpy as np
import numpy.typing as npt
from scipy.ndimage import find_objects

from safemob.scenes.drawing.picture import Picture
from safemob.scenes.stage import Stage
from safemob.scenes.truth import TrueState

__all__ = ["state_frame"]

Box = tuple[float, float, float, float]
Owners = npt.NDArray[np.int16]


def state_frame(stage: Stage, picture: Picture, time_s: float) -> tuple[TrueState, ...]:
    """The states of all road users that are there.

    Args:
        stage: the scene.
        picture: of this moment.
        time_s: on the film's clock.
    """
    height, width = picture.owners.shape
    visible = _find_visible(picture.owners, len(stage.actors))
    states = []
    for index, actor in enumerate(stage.actors):
        if not actor.from_s <= time_s <= actor.until_s:
            continue
        poses = actor.motion.at(np.array([time_s]))
        (x, y), (vx, vy) = poses.positions[0].tolist(), poses.velocities[0].tolist()
        box, cut = _cut(picture.boxes[index], width, height)
        visible_box, pixels = visible[index]
        states.append(
            TrueState(
                user=actor.id,
                position_m=(x, y),
                heading_rad=float(poses.headings[0]),
                velocity_mps=(vx, vy),
                box_px=box,
                visible_box_px=visible_box,
                visible_share=min(1.0, pixels / max(1, int(picture.whole[index]))),
                cut=cut,
            )
        )
    return tuple(states)


def _cut(whole: npt.NDArray[np.float64], width: int, height: int) -> tuple[Box | None, bool]:
    """The part of a box inside the picture, and whether there is more of it."""
    left, top, right, bottom = whole.tolist()
    inside = max(left, 0.0), max(top, 0.0), min(right, float(width)), min(bottom, float(height))
    if not (inside[0] < inside[2] and inside[1] < inside[3]):  # NaN too
        return None, False
    return inside, inside != (left, top, right, bottom)


def _find_visible(owners: Owners, count: int) -> list[tuple[Box | None, int]]:
    """The box around what is seen of each of `count` road users, and its pixels."""
    pixels = np.bincount(owners.ravel() + 1, minlength=count + 1)[1:].tolist()
    found: list[tuple[Box | None, int]] = []
    for place, number in zip(find_objects(owners + 1, count), pixels, strict=True):
        if number:
            rows, columns = place
            box = (float(columns.start), float(rows.start), float(columns.stop), float(rows.stop))
            found.append((box, number))
        else:
            found.append((None, 0))
    return found
