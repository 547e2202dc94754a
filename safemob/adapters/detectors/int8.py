"""A detector's graph in 8-bit integers: static quantisation by ONNX Runtime's tools, as CPUs run it best.

Every convolution computes with 8-bit activations and weights in one scale per channel; the ranges of activations
come from real pictures. Weights of 7 bits give the same on every machine: processors without VNNI add products in
16 bits, which overflow with weights of 8.
"""

import io
import logging
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final, Literal

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import version_converter
from onnxruntime.quantization import CalibrationDataReader, CalibrationMethod, QuantType, quantize_static

from safemob.adapters.detectors.network import ORT_ERRORS, Tensor
from safemob.errors import ModelError

__all__ = ["list_head_nodes", "quantise_graph"]

_PERCENTILE: Final = 99.99
"""Of activations that a range spans. The few beyond are clipped: they would cost all others their resolution."""

_OPSET: Final = 13
"""The first in which weights have a scale per channel."""

_REDUCED_BITS: Final = 7
_LEARNED: Final = frozenset({"Conv", "ConvTranspose", "Gemm"})
_LAYOUT: Final = frozenset({"Flatten", "Reshape", "Squeeze", "Transpose", "Unsqueeze"})
_QUANTISED: Final = frozenset({"ConvInteger", "DequantizeLinear", "QLinearConv"})

_TOOL_ERRORS: Final = (
    LookupError,
    RuntimeError,
    TypeError,
    ValueError,
    onnx.checker.ValidationError,
    onnx.shape_inference.InferenceError,
    onnx.version_converter.ConvertError,
    *ORT_ERRORS,
)


def quantise_graph(
    model_bytes: bytes, tensors: Iterator[Tensor], count: int, *, weight_bits: Literal[7, 8], name: str
) -> bytes:
    """Quantise a graph.

    Args:
        model_bytes: the ONNX file, one image in.
        tensors: inputs to take ranges of activations from; each is used before the next is asked for.
        count: how many there are.
        weight_bits: 7 for any processor, 8 for those with VNNI or of ARM.
        name: what to call the model in errors.

    Returns:
        The ONNX file of the quantised graph, with the metadata of the original.

    Raises:
        ModelError: if the graph is quantised already, or in a way that the tools do not master.
    """
    model = onnx.load_model_from_string(model_bytes)
    kinds = {node.op_type for node in model.graph.node}
    if kinds & _QUANTISED:
        msg = f"the model {name} is quantised already: give the 32-bit model that it was made from"
        raise ModelError(msg)
    if not kinds & _LEARNED:
        msg = f"the model {name} has no layer to quantise: give a convolutional detection model"
        raise ModelError(msg)
    try:
        return _quantise(model, _Pictures(model.graph.input[0].name, tensors, count), weight_bits)
    except _TOOL_ERRORS as error:
        reason = " ".join(str(error).split())[:200]
        msg = f"the model {name} cannot be quantised ({reason}): export it anew with opset {_OPSET} or later"
        raise ModelError(msg) from error


def list_head_nodes(graph: onnx.GraphProto) -> list[str]:
    """The nodes that stay in floating point: the last learned layers, and everything behind them.

    A box in pixels, its class scores and its place on the grid have ranges of their own; in 8 bits of one scale
    nothing is left of the scores. The layers are found by what can be reached from a node, not by an exporter's
    names. A convolution that takes its input from a softmax turns a distribution into a distance
    (Li et al. 2020, arXiv:2006.04388): it has nothing learned, and belongs to what comes behind.
    """
    made_by = {output: node for node in graph.node for output in node.output}
    users = defaultdict(list)
    for node in graph.node:
        for value in node.input:
            users[value].append(node)
    leads_on: dict[str, bool] = {}
    for node in reversed(graph.node):  # ONNX lists nodes in an order in which they can be computed
        leads_on[node.name] = any(
            leads_on[user.name] or (user.op_type in _LEARNED and not _reads_softmax(user, made_by))
            for output in node.output
            for user in users[output]
        )
    return [name for name, further in leads_on.items() if not further]


def _reads_softmax(node: onnx.NodeProto, made_by: dict[str, onnx.NodeProto]) -> bool:
    source = made_by.get(node.input[0])
    while source is not None and source.op_type in _LAYOUT:
        source = made_by.get(source.input[0])
    return source is not None and source.op_type == "Softmax"


def _quantise(model: onnx.ModelProto, pictures: "_Pictures", weight_bits: int) -> bytes:
    if any(each.version < _OPSET for each in model.opset_import if not each.domain):
        model = version_converter.convert_version(model, _OPSET)
    for number, node in enumerate(model.graph.node):
        node.name = f"{number} {node.name}"  # some exporters leave names out or give one twice
    with TemporaryDirectory() as folder, _hush():
        target = Path(folder) / "int8.onnx"
        quantize_static(
            model,
            target,
            pictures,
            per_channel=True,
            reduce_range=weight_bits == _REDUCED_BITS,
            activation_type=QuantType.QUInt8,
            weight_type=QuantType.QInt8,
            calibrate_method=CalibrationMethod.Percentile,
            nodes_to_exclude=list_head_nodes(model.graph),
            extra_options={"CalibPercentile": _PERCENTILE, "CalibStridedMinMax": 1},  # memory of one picture at a time
        )
        return target.read_bytes()


@contextmanager
def _hush() -> Iterator[None]:
    """Keep to itself what the tool says to its developers."""
    logging.disable(logging.WARNING)
    try:
        with redirect_stdout(io.StringIO()):
            yield
    finally:
        logging.disable(logging.NOTSET)


class _Pictures(CalibrationDataReader):  # type: ignore[misc]  # onnxruntime ships no types
    """Hands pictures to the calibration, which asks for them range by range."""

    def __init__(self, input_name: str, tensors: Iterator[Tensor], count: int) -> None:
        self._input_name = input_name
        self._tensors = tensors
        self._count = count
        self._due = 0
        self._last: Tensor | None = None

    def __len__(self) -> int:
        return self._count

    def set_range(self, start_index: int, end_index: int) -> None:
        """How many to hand out next."""
        self._due = end_index - start_index

    def get_next(self) -> dict[str, NDArray[np.float32]] | None:
        """The next picture; the last one again where there are fewer than was said."""
        if not self._due:
            return None
        self._due -= 1
        self._last = next(self._tensors, self._last)
        return None if self._last is None else {self._input_name: self._last}
