"""The label that most weight of votes speaks for."""

from __future__ import annotations

import polars as pl
from pydantic import Field

from dlpipe.label.labelers import Labeler

_TIE = 1e-9
"""Shares closer than this are equal: weights like 1/3 do not add up exactly."""


class Votes(Labeler):
    """Takes the label with the most weight of votes; confidence is its share of all weight, a tie gives no label."""

    min_confidence: float = Field(
        default=0, ge=0, le=1, description="A label whose share of the weight is below this is left out."
    )

    def label(self, samples: pl.DataFrame, votes: pl.DataFrame) -> pl.DataFrame:
        votes = votes.join(samples.select("id"), on="id", how="semi").filter(pl.col("weight") > 0)
        summed = votes.group_by("id", "label").agg(pl.col("weight").sum()).sort("id", "label")
        share = summed.with_columns((pl.col("weight") / pl.col("weight").sum().over("id")).alias("share"))
        best = share.filter(pl.col("share") >= pl.col("share").max().over("id") - _TIE)
        clear = best.filter(pl.len().over("id") == 1, pl.col("share") >= self.min_confidence - _TIE)
        return clear.select(
            "id", "label", pl.col("share").alias("label_confidence"), pl.lit(self.name).alias("label_origin")
        ).sort("id")
