"""Makes the demonstration model from rendered data sets: trains, exports, measures, and enters it in the manifest.

Usage: make_model.py FOLDER, which holds the data sets `train` and `test`. See `make train-demo`.
"""

import os
import sys
from pathlib import Path

import numpy as np
from measure import CONFIDENT_SCORE, SAME_OBJECT, Quality, measure_quality

from safemob.adapters.detectors.adopt import Answers, write_manifest
from safemob.adapters.detectors.manifest import parse_manifests, read_model
from safemob.adapters.detectors.onnx import OnnxDetector
from safemob.adapters.supply.environment import create_environment
from safemob.adapters.supply.export import export_model
from safemob.adapters.supply.yolo import run_yolo, yolo_environment
from safemob.adapters.whole_files import replace_files
from safemob.errors import SafemobError
from safemob.individual.arrays import Floats
from safemob.taxonomy import RoadUserClass

_HERE = Path(__file__).resolve().parent
_MODELS = _HERE.parent
_NAME = "safemob demo"
_INPUT_PX = (512, 288)
_FRAME_PX = 960
_ANSWERS = Answers(
    licence="AGPL-3.0-only",
    source="trained by the project on rendered pictures alone, with Ultralytics' YOLOv8: models/demo",
)
"""What the file does not say; the licence is decided in docs/adr/0019."""
_LIMITS = "for rendered scenes, not for streets"


def main() -> None:
    """Make it; say what it can do."""
    folder = Path(sys.argv[1]).resolve()
    weights, model = folder / "safemob-demo.pt", folder / "safemob-demo.onnx"
    elsewhere = os.environ.get("SAFEMOB_ULTRALYTICS")
    yolo = yolo_environment(Path(elsewhere) if elsewhere else None)
    create_environment(yolo)
    if not weights.exists():  # it is there once training is done
        for line in run_yolo(yolo, (_HERE / "train.py", folder / "train", weights), folder=folder):
            print(line, flush=True)
    made = export_model(weights, model, _INPUT_PX, yolo, _ANSWERS, dynamic=True, replace=True)
    quality = measure_quality(OnnxDetector(model, manifest=made), folder / "test")
    model_bytes, _ = read_model(model)
    entry = made.model_dump(mode="json", exclude_defaults=True) | {"name": _NAME, "limits": _LIMITS}
    entry |= {"precision": _name(quality.precision), "recall": _name(quality.recall)}
    manifest = _MODELS / "manifest.toml"
    text = _replace_entry(manifest.read_text(encoding="utf-8"), write_manifest(entry))
    parse_manifests(text, str(manifest))
    replace_files(_MODELS, {model.name: model_bytes, manifest.name: text.encode()})
    _report(quality)
    print(f"Wrote {_MODELS / model.name} and its entry in {manifest}.")


def _replace_entry(manifest: str, entry: str) -> str:
    """The manifest with the model's entry in the place of the old one, or at the end."""
    mark = "[[model]]\n"
    head, *entries = manifest.split(mark)
    others = [each for each in entries if f'name = "{_NAME}"' not in each]
    return head + "".join(mark + each.rstrip("\n") + "\n\n" for each in others) + entry


def _name(shares: Floats) -> dict[str, float]:
    """By road user, rounded to what so many pictures can tell."""
    return {user.label: round(float(shares[user]), 3) for user in RoadUserClass if np.isfinite(shares[user])}


def _report(quality: Quality) -> None:
    print(f"Same class, overlap from {SAME_OBJECT}, score from {CONFIDENT_SCORE}:")
    for user in RoadUserClass:
        counts = f"{quality.labelled[user]:6} labelled"
        shares = f"precision {quality.precision[user]:.3f}  recall {quality.recall[user]:.3f}"
        print(f"{user.label:13} {counts}  {shares}")
    middle, far = np.percentile(np.abs(quality.edge_errors), (50, 95), axis=0) * _FRAME_PX
    print(f"Edges (left, top, right, bottom) off by {middle.round(2)} px (median), {far.round(2)} px (p95),")
    print(f"in a frame {_FRAME_PX} px wide.")


if __name__ == "__main__":
    try:
        main()
    except SafemobError as error:
        sys.exit(f"{error}")
