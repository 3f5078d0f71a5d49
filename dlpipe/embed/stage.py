"""One vector a sample from a pretrained backbone: what later stages compare samples by, without torch."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field

from dlpipe.core import files
from dlpipe.core.config import Section
from dlpipe.core.errors import DlpipeError, Exit
from dlpipe.core.plugin import Shown, described, one
from dlpipe.core.stage import Inputs, Summary
from dlpipe.core.table import read_table, write_table
from dlpipe.models import Model, check_layout
from dlpipe.models.timm import Timm
from dlpipe.weights import Weights
from dlpipe.weights.package import PackageWeights

if TYPE_CHECKING:
    from pathlib import Path

    import polars as pl

VERSION = 1


class Config(Section):
    """The `embed` section of a pipeline file."""

    model: Annotated[Shown[Model], one(Model)] = Field(
        default_factory=lambda: Timm(architecture="tf_efficientnet_lite0"), description="The backbone."
    )
    weights: Annotated[Shown[Weights], one(Weights)] = Field(
        default_factory=PackageWeights, description="Where its weights come from."
    )


def run(config: Config, inputs: Inputs, out: Path) -> Summary:
    """Writes `vectors.parquet` (id, vector) and `backbone.json`; unreadable samples have no row.

    Raises:
        DlpipeError: the weights cannot be had, or no sample can be read.
    """
    from dlpipe.embed.backbone import cached_backbone
    from dlpipe.embed.vectors import cached_vectors

    check_layout(config.model, inputs.dataset.modality)
    samples = read_table(inputs.path("ingest/samples.parquet"))
    backbone = cached_backbone(config.model, config.weights, inputs)
    found = cached_vectors(backbone, inputs, samples)
    vectors = (
        samples.select("id", "digest").join(found.table, on="digest", maintain_order="left").select("id", "vector")
    )
    if vectors.is_empty():
        problem = f"none of the {samples.height} samples can be read: {_first_reason(found.unreadable)}"
        raise DlpipeError(problem, "put readable files into raw/, then `dlpipe run`", Exit.NO)
    write_table(vectors, out / "vectors.parquet")
    files.write_json(out / "backbone.json", _description(config, vectors))
    facts = {"num_vectors": vectors.height, "num_unreadable": samples.height - vectors.height}
    return Summary(facts, notes=[f"{found.num_computed} vectors computed, the others were known"])


def _first_reason(unreadable: list[Any]) -> str:
    return f"{unreadable[0].id}: {unreadable[0].reason}" if unreadable else "the table is empty"


def _description(config: Config, vectors: pl.DataFrame) -> dict[str, Any]:
    return {
        "model": described(config.model),
        "weights": described(config.weights),
        "num_features": len(vectors["vector"][0]),
    }
