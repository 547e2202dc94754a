"""Trains the demonstration model on rendered pictures and nothing else. Runs in the environment of Ultralytics alone.

Usage: train.py DATASET OUT.pt [STEPS [SEED]]. `make train-demo` renders the data set, runs this, exports and measures.

Architecture, loss and assignment are Ultralytics' YOLOv8. The loop is our own, because two processor cores have to do:
16-bit floats in the network, windows cut out of larger pictures, no picture read twice from disk.
"""

import math
import sys
import time
from copy import deepcopy
from pathlib import Path

import torch
from torch.utils.data import DataLoader
from ultralytics.cfg import get_cfg
from ultralytics.nn.tasks import DetectionModel
from ultralytics.utils.torch_utils import ModelEMA
from windows import CLASS_NAMES, Sample, Windows, gather

_ARCHITECTURE = Path(__file__).with_name("safemob-demo.yaml")
_WINDOWS_PER_STEP = 16
_RATE = 2e-3
_WARM_UP_STEPS = 300
_COOLING = 0.4
"""Share of the steps in which the rate falls to nothing."""
_WEIGHT_DECAY = 5e-4
_LARGEST_GRADIENT = 10.0
_STEPS_PER_REPORT = 100


def main() -> None:
    """Train, and write a checkpoint as Ultralytics does, of the averaged weights."""
    folder, target = Path(sys.argv[1]), Path(sys.argv[2])
    steps, seed = (int(given) for given in (*sys.argv[3:5], *("4800", "0")[len(sys.argv) - 3 :]))
    torch.manual_seed(seed)
    windows = Windows(folder, count=steps * _WINDOWS_PER_STEP, seed=seed)
    batches = DataLoader(windows, _WINDOWS_PER_STEP, collate_fn=gather, num_workers=1, prefetch_factor=8)
    model = DetectionModel(str(_ARCHITECTURE), nc=len(CLASS_NAMES), verbose=False).to(memory_format=torch.channels_last)
    model.args, model.names = get_cfg(), dict(enumerate(CLASS_NAMES))
    average = ModelEMA(model, decay=0.999, tau=500)
    optimizer = torch.optim.AdamW(_split_weights(model), lr=_RATE, betas=(0.9, 0.999))
    model.train()
    begin = time.monotonic()
    for step, batch in enumerate(batches):
        for group in optimizer.param_groups:
            group["lr"] = _RATE * _heat(step, steps)
        losses = _learn(model, optimizer, batch)
        average.update(model)
        if (step + 1) % _STEPS_PER_REPORT == 0:
            items = " ".join(f"{loss:.3f}" for loss in losses.tolist())
            print(f"step {step + 1}/{steps}  {time.monotonic() - begin:.0f} s  box, class, edges {items}", flush=True)
    _save(average, target)


def _learn(model: DetectionModel, optimizer: torch.optim.Optimizer, batch: Sample) -> torch.Tensor:
    """One step; the three losses."""
    pictures = batch["img"].float() / 255
    with torch.autocast("cpu", dtype=torch.bfloat16):
        found = model(pictures)
    loss, losses = model.loss(batch, {name: _widen(part) for name, part in found.items()})
    optimizer.zero_grad(set_to_none=True)
    loss.sum().backward()
    torch.nn.utils.clip_grad_norm_(model.parameters(), _LARGEST_GRADIENT)
    optimizer.step()
    return torch.stack(list(losses.values())) if isinstance(losses, dict) else losses


def _widen(part: torch.Tensor | list[torch.Tensor]) -> torch.Tensor | list[torch.Tensor]:
    """32-bit floats: the loss is sharper than 16 bits."""
    return [each.float() for each in part] if isinstance(part, list) else part.float()


def _heat(step: int, steps: int) -> float:
    """Share of the full rate: rises, stays, falls along half a cosine."""
    rise = (step + 1) / _WARM_UP_STEPS
    left = (steps - step) / (_COOLING * steps)
    return min(1.0, rise, 0.5 - 0.5 * math.cos(math.pi * min(1.0, left)))


def _split_weights(model: torch.nn.Module) -> list[dict[str, object]]:
    """Kernels decay; biases and the scales of normalisation do not."""
    kernels = [each for each in model.parameters() if each.requires_grad and each.ndim > 1]
    others = [each for each in model.parameters() if each.requires_grad and each.ndim <= 1]
    return [{"params": kernels, "weight_decay": _WEIGHT_DECAY}, {"params": others, "weight_decay": 0.0}]


def _save(average: ModelEMA, target: Path) -> None:
    model = deepcopy(average.ema).to(memory_format=torch.contiguous_format)
    model.args = vars(model.args)  # all that loaders who trust no pickle accept
    torch.save({"model": model, "train_args": {"task": "detect", "imgsz": 320}, "epoch": -1}, target)


if __name__ == "__main__":
    main()
