"""Detectors: an ONNX file and its manifest in, road users in frame pixels out.

`manifest` says what a file is and how it wants to be fed, `network` opens and runs it, `preprocess` and
`heads` are the way in and out, `onnx` is the detector made of them, `adopt` writes a manifest for a new file.
"""
