"""Detectors: an ONNX file and its manifest in, road users in frame pixels out.

`manifest` says what a file is and how it wants to be fed, `network` opens and runs it, `preprocess` and
`heads` are the way in and out, `onnx` is the detector made of them, `adopt` writes a manifest for a new file.
"""

import os

# ONNX Runtime's wheels (seen in 1.32 for Linux) write a device id and a queue of events for Microsoft's collector
# into the home folder as soon as they are imported, unless told so before: nothing here reports to anybody.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"
