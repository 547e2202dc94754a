"""Exports a checkpoint of Ultralytics to ONNX beside it. Runs in the environment of Ultralytics alone, see `export`.

Usage: ultralytics_export.py WEIGHTS.pt HEIGHT WIDTH fixed|dynamic
"""

import sys

__all__: list[str] = []


def main() -> None:
    """Export in plain 32-bit floats, one picture at a time, without suppression in the graph."""
    from ultralytics import YOLO  # noqa: PLC0415  (safemob's own environment does not have it)

    weights, height, width, shape = sys.argv[1:]
    try:
        model = YOLO(weights, task="detect")
    except TypeError:  # what safe loading refuses ends as this
        sys.exit("it asks for code that is not of Ultralytics' networks, and was not opened")
    if model.task != "detect":
        sys.exit(f"it is made for the task '{model.task}', not to detect")
    model.export(format="onnx", imgsz=[int(height), int(width)], dynamic=shape == "dynamic", batch=1, simplify=False)


if __name__ == "__main__":
    main()
