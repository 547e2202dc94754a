"""The same graphs, run by OpenVINO."""

import os
import threading
from collections.abc import Callable
from typing import Final

import openvino

from safemob.adapters.detectors.network import Tensor
from safemob.errors import ModelError

__all__ = ["open_graph"]

_MOST_CALLS: Final = 8
"""As many frames are in work at once at most."""


def open_graph(model_bytes: bytes, *, bf16: bool, name: str) -> Callable[[Tensor], object]:
    """Make a graph ready to run, for one thread per call and a call per processor at once.

    Left to itself, OpenVINO computes in 16-bit floats where a processor can, and the same file finds other things on
    another machine. Here that is asked for or does not happen. Threads are not bound to processors, which others use
    too.

    Args:
        model_bytes: an ONNX file that `open_network` has looked at.
        bf16: compute in 16-bit floats (bfloat16) instead of 32-bit ones.
        name: what to call the model in errors.

    Returns:
        A function from (1, 3, height, width) to the output, to be called from several threads at once.

    Raises:
        ModelError: if OpenVINO does not understand the graph, or this processor has no bfloat16.
    """
    core = openvino.Core()
    if bf16 and "BF16" not in core.get_property("CPU", "OPTIMIZATION_CAPABILITIES"):
        msg = "this processor does not compute in bfloat16: use --runtime openvino"
        raise ModelError(msg)
    try:
        graph = core.read_model(model=model_bytes)
    except RuntimeError as error:
        msg = f"the model {name} cannot be loaded by OpenVINO ({_reason(error)}): use --runtime onnxruntime"
        raise ModelError(msg) from error
    return _Graph(core, graph, "bf16" if bf16 else "f32", name).infer


class _Graph:
    """A graph, compiled for every size of image that it is given."""

    def __init__(self, core: openvino.Core, graph: openvino.Model, precision: str, name: str) -> None:
        self._core = core
        self._graph = graph
        self._precision = precision
        self._name = name
        self._compiled: dict[tuple[int, ...], openvino.CompiledModel] = {}
        self._lock = threading.Lock()
        self._local = threading.local()

    def infer(self, tensor: Tensor) -> object:
        """The output for one image."""
        try:
            request = self._find_request(tensor.shape)
            request.infer({0: tensor}, share_inputs=True)
            return request.get_output_tensor(0).data.copy()
        except RuntimeError as error:
            size = f"{tensor.shape[3]}x{tensor.shape[2]} px"
            msg = f"the model {self._name} fails on an image of {size} in OpenVINO: {_reason(error)}"
            raise ModelError(msg) from error

    def _find_request(self, shape: tuple[int, ...]) -> openvino.InferRequest:
        """This thread's request for images of a shape."""
        if getattr(self._local, "shape", None) != shape:
            self._local.request = self._compile(shape).create_infer_request()
            self._local.shape = shape  # last: where a size fails, it fails again
        return self._local.request

    def _compile(self, shape: tuple[int, ...]) -> openvino.CompiledModel:
        with self._lock:
            if shape not in self._compiled:
                self._graph.reshape(list(shape))
                streams = min(os.cpu_count() or 1, _MOST_CALLS)
                self._compiled[shape] = self._core.compile_model(
                    self._graph,
                    "CPU",
                    {
                        "NUM_STREAMS": str(streams),
                        "INFERENCE_NUM_THREADS": streams,
                        "ENABLE_CPU_PINNING": False,
                        "INFERENCE_PRECISION_HINT": self._precision,
                    },
                )
            return self._compiled[shape]


def _reason(error: Exception) -> str:
    """OpenVINO's last words, which name what is wrong; those before them are places in its source."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return (lines[-1] if lines else type(error).__name__)[:200]
