"""Runs inside the environment of the `trackeval` package: measures the films of a file.

    python trackeval_oracle.py films.npz measures.json

A film k holds per frame f the arrays users_k_f (N,), tracks_k_f (M,) and overlaps_k_f (N, M), ids numbered from 0
without gaps. Measures are those of every film, and of all of them together.
"""

import json
import sys
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from trackeval.metrics.hota import HOTA
from trackeval.metrics.identity import Identity


def load(films: Mapping[str, npt.NDArray[np.float64]], k: int, frames: int) -> dict[str, object]:
    """A film as the package takes it."""
    parts = {name: [films[f"{name}_{k}_{f}"] for f in range(frames)] for name in ("users", "tracks", "overlaps")}
    users, tracks = (np.concatenate(parts[name]) for name in ("users", "tracks"))
    return {
        "num_timesteps": frames,
        "num_gt_ids": int(users.max()) + 1,
        "num_tracker_ids": int(tracks.max()) + 1,
        "num_gt_dets": len(users),
        "num_tracker_dets": len(tracks),
        "gt_ids": parts["users"],
        "tracker_ids": parts["tracks"],
        "similarity_scores": parts["overlaps"],
    }


def summarise(hota: dict[str, Any], identity: dict[str, Any]) -> dict[str, float]:
    """The four measures."""
    means = {name.lower(): float(np.mean(hota[name])) for name in ("HOTA", "DetA", "AssA")}
    return means | {"idf1": float(identity["IDF1"])}


def main(films_path: str, measures_path: str) -> None:
    """Answer every film of the file."""
    films = np.load(films_path)
    hota, identity = HOTA(), Identity({"PRINT_CONFIG": False})
    by_hota, by_identity = {}, {}
    for k in range(int(films["count"])):
        film = load(films, k, int(films["frames"][k]))
        by_hota[str(k)], by_identity[str(k)] = hota.eval_sequence(film), identity.eval_sequence(film)
    measures = {
        "trackeval": version("trackeval"),
        "films": [summarise(by_hota[k], by_identity[k]) for k in by_hota],
        "together": summarise(hota.combine_sequences(by_hota), identity.combine_sequences(by_identity)),
    }
    Path(measures_path).write_text(json.dumps(measures, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
