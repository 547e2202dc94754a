"""Pulling a model: fetched from where its manifest says or from a mirror, and kept only if its hash is right."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from safemob.adapters.bundled import find_bundled
from safemob.adapters.detectors.manifest import (
    MAX_MODEL_BYTES,
    ModelManifest,
    bundled_manifests,
    manifest_beside,
    read_manifests,
)
from safemob.adapters.supply.fetch import Patience, fetch_file
from safemob.adapters.whole_files import check_target, move_into_place, replace_file
from safemob.errors import InterruptionError, ModelError, OutputError, SupplyError

__all__ = ["Pull", "plan_pull", "pull_model"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pull:
    """What to fetch, from where, and where to.

    Attributes:
        manifest: of the model.
        address: of its file; empty where nothing needs to be fetched.
        target: where the file goes.
        own: the manifest file that was named, to be laid beside the model; None for one of safemob's own.
    """

    manifest: ModelManifest
    address: str
    target: Path
    own: Path | None


def plan_pull(what: str, *, out: Path | None = None, mirror: str | None = None) -> Pull:
    """Find out what is meant. A model that comes with safemob is where it is, unless another place is asked for.

    Args:
        what: a known model's name or file name, or the path of a manifest of one model.
        out: where the file goes; beside its manifest, or in the present folder, if not given.
        mirror: address of a folder that holds models under their file names; where the manifest says if not given.

    Raises:
        ModelError: if there is no such model or manifest.
        SupplyError: if nobody says where the file is.
    """
    own = Path(what) if what.lower().endswith(".toml") else None
    if own is None:
        manifest = _find_known(what)
    else:
        manifests = read_manifests(own)
        if len(manifests) != 1:
            msg = f"{own} describes {len(manifests)} models: give a manifest of the one to fetch"
            raise ModelError(msg)
        manifest = manifests[0]
    bundled = find_bundled("models") / manifest.file_name
    comes_along = own is None and _hash_file(bundled) == manifest.sha256
    if comes_along and out is None:
        return Pull(manifest=manifest, address="", target=bundled, own=None)
    address = f"{mirror.rstrip('/')}/{manifest.file_name}" if mirror else manifest.address
    if address is None:
        msg = (
            f"{manifest.name} comes with safemob: copy it from {bundled}, or leave out --out"
            if comes_along
            else f"the manifest of {manifest.name} names no address that its file can be fetched from: name a mirror "
            f"that has it as {manifest.file_name}"
        )
        raise SupplyError(msg)
    beside = Path(manifest.file_name) if own is None else own.with_suffix(".onnx")
    return Pull(manifest=manifest, address=address, target=out or beside, own=own)


def pull_model(
    pull: Pull,
    *,
    replace: bool = False,
    progress: Callable[[int, int | None], None] = lambda _done, _total: None,
    patience: Patience | None = None,
) -> bool:
    """Fetch a model unless it is there already.

    Args:
        pull: what to fetch.
        replace: whether another file in its place may be overwritten.
        progress: told the bytes at hand and their total.
        patience: with the line.

    Returns:
        Whether anything was fetched.

    Raises:
        SupplyError: if it cannot be fetched, or what comes has another hash. What came of the right file is kept.
        OutputError: if another file is in its place, or it cannot be written.
        InterruptionError: on Ctrl-C.
    """
    expected, target = pull.manifest.sha256, pull.target
    check_target(target)
    there = _hash_file(target)
    if there not in (None, expected) and not replace:
        msg = f"{target} exists already and is another file: choose another name with --out, or use --replace"
        raise OutputError(msg)
    if there != expected:
        try:
            _fetch_right(pull, progress, patience)
        except KeyboardInterrupt:
            msg = "interrupted: the same command goes on where this one stopped"
            raise InterruptionError(msg) from None
    if pull.own is not None and manifest_beside(target).resolve() != pull.own.resolve():
        replace_file(manifest_beside(target), pull.own.read_bytes())
    return there != expected


def _fetch_right(pull: Pull, progress: Callable[[int, int | None], None], patience: Patience | None) -> None:
    """Fetch, and once more from nothing if what an earlier run left may be to blame for a wrong hash."""
    expected, target = pull.manifest.sha256, pull.target
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(f".{target.name}.{expected[:12]}.part")
    was_left = part.exists()

    def fetch() -> str | None:
        fetch_file(pull.address, part, most_bytes=MAX_MODEL_BYTES, progress=progress, patience=patience)
        return _hash_file(part)

    found = _hash_file(part)  # all of it, where only the last step was missed
    if found != expected:
        found = fetch()
    if found != expected and was_left:
        part.unlink()
        found = fetch()
    if found != expected:
        part.unlink()
        msg = (
            f"{pull.address} gives a file with the sha256 {found}, but {pull.manifest.name} has {expected}: "
            "nothing is kept, name another mirror"
        )
        raise SupplyError(msg)
    move_into_place(part, target)


def _find_known(name: str) -> ModelManifest:
    for manifest in bundled_manifests():
        if name.lower() in {manifest.name.lower(), manifest.file_name, manifest.file_name.removesuffix(".onnx")}:
            return manifest
    msg = f"no model is called '{name}': `safemob models list` names those that are known, or give a manifest's path"
    raise ModelError(msg)


def _hash_file(path: Path) -> str | None:
    if not path.is_file():
        return None
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
