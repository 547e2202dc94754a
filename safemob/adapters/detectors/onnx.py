"""The detector: an ONNX model behind the `Detector` port."""

from pathlib import Path

import numpy as np

from safemob.adapters.detectors.heads import HeadDecoder
from safemob.adapters.detectors.manifest import Head, ModelManifest, find_manifest, read_model
from safemob.adapters.detectors.network import Runtime, Tensor, open_network
from safemob.adapters.detectors.preprocess import FrameLoader, Letterbox, input_size_px
from safemob.errors import ModelError
from safemob.individual.arrays import Floats, Ints
from safemob.individual.image.detection import Detections
from safemob.individual.image.frame import Frame
from safemob.individual.image.suppression import suppress_duplicates

__all__ = ["OnnxDetector"]


class OnnxDetector:
    """Finds road users in frames. `detect` may be called from several threads at once.

    Nothing is loaded unless a manifest knows the SHA-256 of the bytes. A blank picture is run at once, so a
    model that does not fit its manifest is refused here, not in mid-video.
    """

    def __init__(
        self, path: Path, *, manifest: ModelManifest | None = None, runtime: Runtime = Runtime.ONNXRUNTIME
    ) -> None:
        """Verify and load a model.

        Args:
            path: an ONNX file.
            manifest: what it is; looked up beside the file and among safemob's own if not given.
            runtime: what runs it.

        Raises:
            ModelError: if the file is missing, damaged, in no manifest, or not what its manifest says.
        """
        model_bytes, sha256 = read_model(path)
        self.manifest = manifest or find_manifest(path, sha256)
        if self.manifest.sha256 != sha256:
            msg = f"{path} has the sha256 {sha256}, but its manifest expects {self.manifest.sha256}: fetch it again"
            raise ModelError(msg)
        self._network = open_network(model_bytes, name=path.name, runtime=runtime)
        embedded = self._network.class_names
        if embedded not in (None, self.manifest.all_class_names):
            msg = f"the model {path.name} carries other class names than its manifest: adopt it anew"
            raise ModelError(msg)
        self._decoder = HeadDecoder.of(self.manifest, model=path.name)
        self._loader = FrameLoader(
            red_first=self.manifest.colour_order == "rgb", unit_range=self.manifest.pixel_scale == "0-1"
        )
        self._detect_in_blank()

    @property
    def input_description(self) -> str:
        """The input's size for people, e.g. ``640x384``, or that it follows the frame."""
        width, height = self._network.width_px, self._network.height_px
        if width and height:
            return f"{width}x{height}"
        return f"of the frame's shape, {self.manifest.long_side_px} px long"

    def detect(self, frame: Frame) -> Detections:
        """The road users in a frame, riders not yet joined with what they ride.

        Args:
            frame: a decoded picture of any size.

        Returns:
            Detections in order of falling score.

        Raises:
            ModelError: if the network fails or gives NaN or infinite values.
        """
        tensor, letterbox = self.load(frame)
        return self._read(self._network.run(tensor), letterbox)

    def load(self, frame: Frame) -> tuple[Tensor, Letterbox]:
        """The network's input made of a frame, and where the frame lies in it. It holds until this thread's next."""
        letterbox = self._letterbox(frame.picture.size_px)
        return self._loader.load(frame.picture.to_bgr(letterbox.picture_px), letterbox), letterbox

    def _read(self, output: Tensor, letterbox: Letterbox) -> Detections:
        boxes, scores, classes = self._decoder.decode(output, letterbox.input_px)
        keep = suppress_duplicates(boxes, scores, classes)
        mapped, cut = letterbox.to_frame(boxes[keep])
        found = Detections(boxes=mapped, scores=scores[keep], classes=classes[keep], cut=cut)
        return found.take(_with_area(mapped))

    def _letterbox(self, frame_px: tuple[int, int]) -> Letterbox:
        input_px = input_size_px(
            frame_px,
            width_px=self._network.width_px,
            height_px=self._network.height_px,
            long_side_px=self.manifest.long_side_px,
        )
        return Letterbox.fit(frame_px, input_px, centred=self.manifest.head is not Head.YOLOX)

    def _detect_in_blank(self) -> None:
        side = self.manifest.long_side_px
        letterbox = self._letterbox((side, side))
        width, height = letterbox.picture_px
        blank = np.full((height, width, 3), 114, dtype=np.uint8)
        output = self._network.run(self._loader.load(blank, letterbox))
        self._decoder.check(output.shape, letterbox.input_px)
        self._read(output, letterbox)


def _with_area(boxes: Floats) -> Ints:
    """Indices of boxes that still have an inside after clipping to the frame."""
    return np.flatnonzero((boxes[:, 2:] > boxes[:, :2]).all(axis=1))
