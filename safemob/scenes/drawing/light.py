"""Light: how bright surfaces look under sun, sky and lamps. Computed at corners of faces, once for every picture."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt

from safemob.scenes.drawing.shapes import Mesh
from safemob.scenes.scenario import LightSpec

__all__ = ["Light", "Surfaces"]

Floats = npt.NDArray[np.float32]

_SUN = (1.0, 0.93, 0.82)
_DAY_SKY = (0.80, 0.92, 1.10)
_GREY_SKY = (0.96, 1.0, 1.06)
_DUSK_SKY = (0.72, 0.86, 1.25)
_LAMP = (1.0, 0.80, 0.52)
_LEVEL_GROUND = 1.25
_LAMP_REACH_M = 5.0
_NEAR_GROUND_M = 0.6


@dataclass(frozen=True, slots=True, kw_only=True)
class Surfaces:
    """N corners of faces, somewhere.

    Attributes:
        points: (N, 3) site coordinates, m.
        normals: (N, 3) unit vectors outwards.
        colours: (N, 3) 0 to 1.
        gloss: (N,) 0 to 1, see `Paint`.
        glow: (N,) see `Paint`.
    """

    points: Floats
    normals: Floats
    colours: Floats
    gloss: Floats
    glow: Floats

    @classmethod
    def of(cls, mesh: Mesh) -> Self:
        """The corners of a mesh, four of every face, where it was modelled."""
        return cls(
            points=mesh.corners.reshape(-1, 3).astype(np.float32),
            normals=mesh.normals.reshape(-1, 3).astype(np.float32),
            colours=np.repeat(mesh.colours, 4, axis=0).astype(np.float32),
            gloss=np.repeat(mesh.gloss, 4).astype(np.float32),
            glow=np.repeat(mesh.glow, 4).astype(np.float32),
        )


class Light:
    """Sun, sky and lamps of one scene. Colours outside are as a picture shows them, squared inside to be light.

    Args:
        spec: hour and weather.
        lamps: (x, y, z) of street lamps; they shine at dusk.
    """

    def __init__(self, spec: LightSpec, lamps: Sequence[tuple[float, float, float]] = ()) -> None:
        height, turn = np.radians(spec.sun_height_deg), np.radians(spec.sun_from_deg)
        self.sunny = spec.hour == "day"
        self.dark = spec.hour == "dusk"
        self.towards_sun = np.array(
            [np.cos(height) * np.cos(turn), np.cos(height) * np.sin(turn), np.sin(height)], dtype=np.float32
        )
        sky = {"day": 0.50, "overcast": _LEVEL_GROUND, "dusk": 0.20}[spec.hour]
        self._sky = np.float32(sky) * np.array(
            {"day": _DAY_SKY, "overcast": _GREY_SKY, "dusk": _DUSK_SKY}[spec.hour], dtype=np.float32
        )
        strength = (_LEVEL_GROUND - sky) / float(self.towards_sun[2]) ** 0.7 if self.sunny else 0.0
        self._sun = np.float32(strength) * np.array(_SUN, dtype=np.float32)
        self._lamps = np.array(lamps if self.dark else (), dtype=np.float32).reshape(-1, 3)

    @property
    def sky(self) -> tuple[Floats, Floats]:
        """Colours of the sky at the horizon and overhead, 0 to 1."""
        low, high = {
            "day": ((0.80, 0.87, 0.94), (0.36, 0.56, 0.86)),
            "overcast": ((0.80, 0.82, 0.84), (0.66, 0.70, 0.74)),
            "dusk": ((0.42, 0.38, 0.44), (0.13, 0.18, 0.33)),
        }["day" if self.sunny else "dusk" if self.dark else "overcast"]
        return np.array(low, dtype=np.float32), np.array(high, dtype=np.float32)

    def on_ground(self, x: Floats, y: Floats, lit: Floats) -> Floats:
        """(..., 3) factors by which level ground's colours, squared, are multiplied.

        Args:
            x: (...) site coordinates, m.
            y: (...) likewise.
            lit: (...) how much of the sun comes through, 0 to 1; without sun, of the sky.
        """
        if not self.sunny:
            light = self._sky * (0.35 + 0.65 * lit[..., None])
            return np.asarray(light + self._from_lamps(np.stack([x, y, np.zeros_like(x)], axis=-1), None))
        return np.asarray(self._sky + self._sun * (self.towards_sun[2] * lit[..., None]))

    def on_surfaces(self, surfaces: Surfaces, eye: Floats, lit: Floats) -> Floats:
        """Colours of surfaces as the camera sees them.

        Args:
            surfaces: N corners of them.
            eye: (3,) where the camera is.
            lit: (N,) how much of the sun comes through, 0 to 1.

        Returns:
            (N, 3) 0 to 1.
        """
        points, normals, gloss = surfaces.points, surfaces.normals, surfaces.gloss
        up = normals[:, 2]
        cosine = np.maximum(normals @ self.towards_sun, 0) * lit
        open_sky = (0.62 + 0.38 * up) * (0.7 + 0.3 * np.clip(points[:, 2] / _NEAR_GROUND_M, 0, 1))
        light = open_sky[:, None] * self._sky + cosine[:, None] * self._sun + self._from_lamps(points, normals)
        seen = np.square(surfaces.colours) * light
        shiny = np.flatnonzero(gloss > 0)
        if len(shiny):
            seen[shiny] += self._mirrored(points[shiny] - eye, normals[shiny], gloss[shiny], lit[shiny])
        if self.dark:
            seen += np.square(surfaces.colours) * (1.6 * surfaces.glow[:, None])
        return np.asarray(np.sqrt(np.clip(seen, 0, 1)))

    def _mirrored(self, sight: Floats, normals: Floats, gloss: Floats, lit: Floats) -> Floats:
        """(N, 3) what glossy surfaces mirror: ground below, sky above, the sun's glint."""
        sight = sight / np.linalg.norm(sight, axis=1, keepdims=True)
        facing = -np.sum(sight * normals, axis=1)
        towards = sight + 2 * facing[:, None] * normals
        fresnel = gloss * (0.06 + 0.6 * (1 - np.clip(facing, 0, 1)) ** 3)
        low, high = (np.square(each) for each in self.sky)
        rise = np.clip(towards[:, 2], 0, 1)[:, None]
        mirrored = np.where(towards[:, 2:] > 0, low + (high - low) * rise, np.float32(0.12) * self._sky)
        glint = np.clip(towards @ self.towards_sun, 0, 1) ** 24 * lit * gloss
        return np.asarray(fresnel[:, None] * mirrored * 1.2 + glint[:, None] * self._sun * 0.5)

    def _from_lamps(self, points: Floats, normals: Floats | None) -> Floats:
        """(..., 3) light of the street lamps, on level ground where no normals are given."""
        total = np.zeros(points.shape[:-1], dtype=np.float32)
        for lamp in self._lamps:
            away = lamp - points
            square = np.sum(away * away, axis=-1)
            cosine = away[..., 2] if normals is None else np.sum(away * normals, axis=-1)
            total += np.maximum(cosine, 0) / np.sqrt(square) / (1 + square / _LAMP_REACH_M**2)
        return np.asarray(total[..., None] * np.array(_LAMP, dtype=np.float32) * np.float32(0.9))
