"""Random stages, drawn with labels: what detectors for rendered scenes are trained and tested on."""
