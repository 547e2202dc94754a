"""Drawing faces into the straight picture with VTK: flat colours, no light, no smoothing, off-screen."""

import os
from types import TracebackType
from typing import Self

import numpy as np
import numpy.typing as npt
import pyvista as pv
from vtkmodules.vtkCommonCore import vtkLogger, vtkUnsignedCharArray
from vtkmodules.vtkRenderingCore import vtkActor, vtkPolyDataMapper, vtkRenderer, vtkRenderWindow
from vtkmodules.vtkRenderingOpenGL2 import vtkOpenGLRenderer

from safemob.errors import SafemobError
from safemob.scenes.drawing.optics import View

__all__ = ["Faces", "Raster"]

Image = npt.NDArray[np.uint8]

_NEAR_M, _FAR_M = 0.3, 900.0
_NOWHERE = np.array([(0.0, 0.0, -5000.0), (0.1, 0.0, -5000.0), (0.1, 0.1, -5000.0), (0.0, 0.1, -5000.0)])
"""A face that nobody sees: VTK wants one at least."""
_TRIANGLES = np.array([(0, 1, 2), (0, 2, 3)])

# Without a display VTK draws through EGL; a person's own choice stays.
os.environ.setdefault("VTK_DEFAULT_OPENGL_WINDOW", "vtkEGLRenderWindow")
vtkLogger.SetStderrVerbosity(vtkLogger.VERBOSITY_OFF)  # what it says of drivers is for nobody; see `_check_driver`


class Faces:
    """Four-cornered faces that can be moved, coloured and hidden; black at first.

    Args:
        renderer: that shows them.
        corners: (Q, 4, 3) where they are first.
    """

    def __init__(self, renderer: vtkRenderer, corners: npt.NDArray[np.floating]) -> None:
        flat = np.concatenate([_NOWHERE, corners.reshape(-1, 3)]).astype(np.float32)
        triangles = np.concatenate([4 * np.arange(len(flat) // 4)[:, None] + each for each in _TRIANGLES])
        real = np.any(flat[triangles[:, 2]] != flat[triangles[:, 1]], axis=1)
        self._mesh = pv.PolyData()
        self._mesh.points = flat
        self._mesh.regular_faces = triangles[real]
        self._mesh.point_data["colours"] = np.zeros((len(flat), 3), dtype=np.uint8)
        self._mesh.set_active_scalars("colours")
        self._points: npt.NDArray[np.float32] = np.asarray(self._mesh.points)[len(_NOWHERE) :]
        self._colours: Image = np.asarray(self._mesh.point_data["colours"])[len(_NOWHERE) :]
        mapper = vtkPolyDataMapper()
        mapper.SetInputData(self._mesh)
        self._actor = vtkActor()
        self._actor.SetMapper(mapper)
        self._actor.GetProperty().LightingOff()
        renderer.AddActor(self._actor)

    def move(self, points: npt.NDArray[np.float32]) -> None:
        """Put all corners at (4 Q, 3) places."""
        self._points[:] = points
        self._mesh.GetPoints().GetData().Modified()

    def colour(self, colours: Image) -> None:
        """Give all corners (4 Q, 3) colours."""
        self._colours[:] = colours
        self._mesh.GetPointData().GetScalars().Modified()

    def show(self, *, visible: bool) -> None:
        """Draw them or not."""
        self._actor.SetVisibility(visible)


class Raster:
    """An off-screen window with the camera's straight view.

    Args:
        view: the camera.

    Raises:
        SafemobError: if the machine has no driver that draws.
    """

    def __init__(self, view: View) -> None:
        wide = view.wide
        self._renderer = vtkOpenGLRenderer()
        self._renderer.SetBackground(0.0, 0.0, 0.0)
        self._window = vtkRenderWindow()
        self._window.OffScreenRenderingOn()
        self._window.SetMultiSamples(0)  # colours are names: they must not mix
        self._window.SetSize(wide.width, wide.height)
        self._window.AddRenderer(self._renderer)
        _check_driver(self._window)
        camera = self._renderer.GetActiveCamera()
        camera.SetPosition(*view.position.tolist())
        camera.SetFocalPoint(*(view.position + view.rotation[2]).tolist())
        camera.SetViewUp(*(-view.rotation[1]).tolist())
        camera.SetViewAngle(float(np.degrees(2 * np.arctan2(wide.height / 2, wide.focal))))
        camera.SetClippingRange(_NEAR_M, _FAR_M)
        self._picture: Image = np.zeros((wide.height, wide.width, 3), dtype=np.uint8)
        self._pixels = vtkUnsignedCharArray()
        self._pixels.SetNumberOfComponents(3)
        self._pixels.SetVoidArray(self._picture, self._picture.size, 1)  # read straight into the picture

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._window.Finalize()

    def add(self, corners: npt.NDArray[np.floating]) -> Faces:
        """Faces to be drawn."""
        return Faces(self._renderer, corners)

    def draw(self) -> Image:
        """The straight picture as it is now: (height, width, 3) red, green, blue; black where nothing is."""
        self._window.Render()
        height, width, _ = self._picture.shape
        self._window.GetPixelData(0, 0, width - 1, height - 1, 0, self._pixels, 0)
        return self._picture[::-1].copy()


def _check_driver(window: vtkRenderWindow) -> None:
    """Refuse a machine without a driver: VTK would go on, and crash at the first picture."""
    window.Initialize()
    if not window.IsCurrent():
        msg = (
            "no picture can be drawn, for no OpenGL driver is found: install Mesa's software driver "
            "(Debian and Ubuntu: apt install libegl1 libgl1-mesa-dri)"
        )
        raise SafemobError(msg)
