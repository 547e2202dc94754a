"""An ONNX graph that takes one image and gives one array of boxes, opened by ONNX Runtime and run by it or another."""

import ast
import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum

import numpy as np
import onnxruntime as ort
from numpy.typing import NDArray
from onnxruntime.capi import onnxruntime_pybind11_state as ort_errors

from safemob.errors import ModelError

__all__ = ["ORT_ERRORS", "Network", "Runtime", "Tensor", "open_network"]

Tensor = NDArray[np.float32]

ORT_ERRORS = (
    ort_errors.EPFail,
    ort_errors.Fail,
    ort_errors.InvalidArgument,
    ort_errors.InvalidGraph,
    ort_errors.InvalidProtobuf,
    ort_errors.NoModel,
    ort_errors.NoSuchFile,
    ort_errors.NotFound,
    ort_errors.NotImplemented,
    ort_errors.RuntimeException,
)
_IMAGE_RANK = 4
_SILENT = 4  # ORT's log severity "fatal": its errors reach the user as one sentence of ours
_MAX_SIDE_PX = 8192


class Runtime(StrEnum):
    """What computes a graph."""

    ONNXRUNTIME = "onnxruntime"
    OPENVINO = "openvino"
    """An extra; see `safemob.adapters.detectors.openvino`."""
    OPENVINO_BF16 = "openvino-bf16"
    """The same in 16-bit floats, for processors that compute with them."""

    @property
    def package(self) -> str:
        """The Python package that it comes in."""
        return "onnxruntime" if self is Runtime.ONNXRUNTIME else "openvino"


@dataclass(frozen=True, slots=True, kw_only=True)
class Network:
    """An opened graph. `run` may be called from several threads at once.

    Attributes:
        name: what to call the model in errors.
        height_px, width_px: the input's size; None where the graph leaves it open.
        metadata: the strings that the exporter wrote into the file.
        infer: the output for one image, unchecked; raises ModelError if the graph fails on it.
    """

    name: str
    height_px: int | None
    width_px: int | None
    metadata: dict[str, str]
    infer: Callable[[Tensor], object]

    @property
    def class_names(self) -> tuple[str, ...] | None:
        """The class names that Ultralytics writes into its exports; None where there are none."""
        try:
            names = ast.literal_eval(self.metadata["names"])
            if isinstance(names, dict):
                names = [names[index] for index in range(len(names))]
        except (KeyError, TypeError, ValueError, SyntaxError, MemoryError, RecursionError):
            return None
        return tuple(str(name).strip() for name in names) if isinstance(names, list) and names else None

    def run(self, tensor: Tensor) -> Tensor:
        """The network's output for one image.

        Args:
            tensor: (1, 3, height, width) float32.

        Raises:
            ModelError: if the graph fails on it, or its output is not an array of finite float32.
        """
        output = self.infer(tensor)
        if not isinstance(output, np.ndarray) or output.dtype != np.float32:
            msg = f"the output of the model {self.name} is not an array of 32-bit floats: export it in fp32"
            raise ModelError(msg)
        with np.errstate(invalid="ignore", over="ignore"):
            finite = np.isfinite(output.sum())  # any NaN or infinity survives a sum
        if not finite:
            msg = f"the model {self.name} gives NaN or infinite values: the file is damaged or badly quantised"
            raise ModelError(msg)
        return output


def open_network(model_bytes: bytes, *, name: str, runtime: Runtime = Runtime.ONNXRUNTIME) -> Network:
    """Open a graph from memory, for one thread per call. ONNX Runtime looks at every graph, whoever runs it.

    A session of one thread, called twice at a time, is the fastest use of two cores (YOLOv8n at 640×384 on two
    x86 cores: 23.7 frames/s, against 18.8 for one call with two threads), and idle threads that spin collapse
    when a neighbour is busy.

    Raises:
        ModelError: if this is not a self-contained ONNX graph with one float32 image input and one output.
    """
    options = ort.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.log_severity_level = _SILENT
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    # Weights in a second file would be read from the working directory, unhashed: send that search nowhere.
    options.add_session_config_entry("session.model_external_initializers_file_folder_path", os.devnull)
    try:
        session = ort.InferenceSession(model_bytes, options, providers=["CPUExecutionProvider"])
    except ORT_ERRORS as error:
        raise ModelError(_refusal(name, error)) from error
    session._model_bytes = None  # noqa: SLF001  (kept to open it anew with other providers: as large as the weights)
    inputs, outputs = session.get_inputs(), session.get_outputs()
    if len(inputs) != 1 or len(outputs) != 1:
        msg = (
            f"the model {name} has {len(inputs)} inputs and {len(outputs)} outputs, not one of each: "
            "export a detection model, without segmentation or in-graph suppression"
        )
        raise ModelError(msg)
    image = inputs[0]
    if image.type != "tensor(float)":
        msg = f"the model {name} takes {image.type}, not 32-bit floats: export it in fp32"
        raise ModelError(msg)
    shape = [side if isinstance(side, int) else None for side in image.shape]
    if len(shape) != _IMAGE_RANK or shape[0] not in (1, None) or shape[1] not in (3, None):
        msg = f"the model {name} takes an input of shape {image.shape}, not one colour image (1, 3, height, width)"
        raise ModelError(msg)
    if any(side is not None and not 0 < side <= _MAX_SIDE_PX for side in shape[2:]):
        msg = f"the model {name} takes images of {shape[3]}x{shape[2]} px: that cannot be meant"
        raise ModelError(msg)

    def infer(tensor: Tensor) -> object:
        try:
            (output,) = session.run(None, {image.name: tensor})
        except ORT_ERRORS as error:
            msg = f"the model {name} fails on an image of {tensor.shape[3]}x{tensor.shape[2]} px: {_reason(error)}"
            raise ModelError(msg) from error
        return output

    network = Network(
        name=name,
        height_px=shape[2],
        width_px=shape[3],
        metadata=dict(session.get_modelmeta().custom_metadata_map),
        infer=infer,
    )
    if runtime is not Runtime.ONNXRUNTIME:
        from safemob.adapters.detectors.openvino import open_graph  # noqa: PLC0415  (an extra, loaded where asked for)

        network = replace(network, infer=open_graph(model_bytes, bf16=runtime is Runtime.OPENVINO_BF16, name=name))
    return network


def _refusal(name: str, error: Exception) -> str:
    if isinstance(error, ort_errors.InvalidProtobuf | ort_errors.NoModel) or "No graph was found" in str(error):
        return f"{name} is not an ONNX model, or a damaged one: fetch or export it again"
    if "xternal data" in str(error):
        return f"the model {name} keeps its weights in a second file: export it into a single one"
    return f"the model {name} cannot be loaded: {_reason(error)}"


def _reason(error: Exception) -> str:
    """ONNX Runtime's own words without its prefix, on one line, not too long."""
    words = " ".join(str(error).split())
    return words.removeprefix("[ONNXRuntimeError] : ")[:200]
