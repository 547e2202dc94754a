"""``safemob models verify``: whether a file is the model that its manifest says."""

from typing import Annotated, Literal

import typer

from safemob.cli.models.options import Model, describe_classes

__all__ = ["verify"]


def verify(
    model: Model,
    *,
    runtime: Annotated[
        Literal["onnxruntime", "openvino", "openvino-bf16"], typer.Option(help="What is to run it.")
    ] = "onnxruntime",
) -> None:
    """Check a model against its manifest, load it and run it once."""
    from safemob.adapters.detectors.network import Runtime  # noqa: PLC0415  (start-up time)
    from safemob.adapters.detectors.onnx import OnnxDetector  # noqa: PLC0415  (start-up time)

    detector = OnnxDetector(model, runtime=Runtime(runtime))
    manifest = detector.manifest
    typer.echo(f"{model} is {manifest.name} ({manifest.licence}).")
    typer.echo(f"sha256   {manifest.sha256}")
    typer.echo(f"head     {manifest.head.value}, input {detector.input_description}")
    typer.echo(f"classes  {describe_classes(manifest.classes)}")
    if manifest.limits:
        typer.echo(f"limits   {manifest.limits}")
    for label in manifest.recall:
        precision, recall = manifest.precision.get(label, float("nan")), manifest.recall[label]
        typer.echo(f"quality  {label:13} precision {precision:.2f}, recall {recall:.2f}, as its makers measured")
