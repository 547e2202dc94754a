"""Pixels: frames, detections, riders, tracks."""
