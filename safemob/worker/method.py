"""What results say about how they were made."""

from importlib.metadata import version

from safemob.adapters.detectors.manifest import ModelManifest
from safemob.adapters.detectors.network import Runtime
from safemob.aggregate.analysis import Method, ThresholdRule
from safemob.individual.safety.conflict import Criteria, Preset, Thresholds

__all__ = ["describe_method"]

_LIBRARIES = ("safemob", "av", "numpy", "onnxruntime", "opencv-python-headless", "scipy")


def describe_method(
    site_id: str, manifest: ModelManifest, preset: Preset, *, detect_every: int, runtime: Runtime
) -> Method:
    """Site, model, frames looked at, thresholds in words and versions, as results and the report state them."""
    rows = [("motor-motor rear-end", preset.motor_following)]
    rows += [(pair.value, thresholds) for pair, thresholds in preset.pairs.items()]
    criteria = [each for _, row in rows for each in (row.conflict, row.serious) if each is not None]
    return Method(
        site_id=site_id,
        model_name=manifest.name,
        model_sha256=manifest.sha256,
        runtime=runtime.value,
        detect_every=detect_every,
        preset=preset.name,
        rules=tuple(_describe(name, thresholds) for name, thresholds in rows),
        ttc_marks_s=tuple(sorted({each.ttc_s for each in criteria if each.ttc_s is not None})),
        pet_marks_s=tuple(sorted({each.pet_s for each in criteria if each.pet_s is not None})),
        versions=tuple((name, version(name)) for name in dict.fromkeys((*_LIBRARIES, runtime.package))),
    )


def _describe(name: str, thresholds: Thresholds) -> ThresholdRule:
    return ThresholdRule(
        applies_to=name,
        record=_word(thresholds.record),
        conflict=_word(thresholds.conflict),
        serious=_word(thresholds.serious),
    )


def _word(criteria: Criteria | None) -> str:
    if criteria is None:
        return "–"
    ttc = None if criteria.ttc_s is None else f"TTC ≤ {criteria.ttc_s:g} s"
    if ttc is not None and criteria.drac_mps2 is not None:
        ttc += f" and DRAC ≥ {criteria.drac_mps2:g} m/s²"
    pet = None if criteria.pet_s is None else f"PET ≤ {criteria.pet_s:g} s"
    return " or ".join(each for each in (ttc, pet) if each is not None)
