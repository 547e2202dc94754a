"""Metres: the camera, footprints on the ground plane, smoothed trajectories."""
