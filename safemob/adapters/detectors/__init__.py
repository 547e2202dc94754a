"""Detectors: an ONNX file and its manifest in, road users in frame pixels out.

`manifest` says what a file is and how it wants to be fed, `network` opens and runs it, `preprocess` and
`heads` are the way in and out, `onnx` is the detector made of them, `adopt` writes a manifest for a new file.
`openvino` runs the same files otherwise, and `quantise` makes faster ones of them.
"""

import os
import sys
from types import ModuleType

# ONNX Runtime's wheels (seen in 1.32 for Linux) write a device id and a queue of events for Microsoft's collector
# into the home folder as soon as they are imported, unless told so before: nothing here reports to anybody.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"

# OpenVINO (seen in 2026.4) writes a client id into the home folder and sends events to Google's collector as soon as it
# is imported, through a package of its own. With an empty one in its place it falls back to sending nothing.
sys.modules["openvino_telemetry"] = ModuleType("openvino_telemetry")
