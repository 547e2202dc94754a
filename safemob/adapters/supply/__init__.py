"""Where models come from: fetched by their hash, or exported by another package in an environment of its own.

`fetch` brings a file over the network and goes on where it broke off, `pull` decides which and keeps only what has the
right hash. `environment` makes a Python environment of pinned packages, `yolo` is the one of Ultralytics, and `export`
makes ONNX models there.
"""
