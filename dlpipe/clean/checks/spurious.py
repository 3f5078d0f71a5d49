"""Properties that give the label away without a look at what the picture shows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from pydantic import Field

from dlpipe.clean.checks import Seen, SetCheck, SetIssue
from dlpipe.clean.score import rising
from dlpipe.clean.views import LEAST_PX, tiny_grey, tiny_spread

if TYPE_CHECKING:
    import polars as pl

    from dlpipe.clean.telltale import Skill
    from dlpipe.modalities import Sample

_LIMIT = 0.4
_MEASURES = ("brightness", "contrast", "sharpness", "colourfulness")


class Spurious(SetCheck):
    """Properties (brightness, size, format, an attribute) that predict the label: a network may learn them instead.

    Each is cut into bins and asked, on samples it has not seen (five folds), for the likeliest class. Skill is balanced
    accuracy with chance at 0; score 0.5 at 0.4. What permuted labels reach as well is not reported.
    """

    permutations: int = Field(default=99, ge=19, description="How often labels are permuted to see what chance gives.")

    looks_at_samples: ClassVar[bool] = True
    of_one_label: ClassVar[bool] = True
    modalities: ClassVar[tuple[str, ...]] = ("image",)
    least_px: ClassVar[int | None] = LEAST_PX

    def look(self, sample: Sample) -> tuple[float, ...]:
        """Brightness, contrast, sharpness and colourfulness, at 64 px."""
        import cv2

        grey = tiny_grey(sample)
        (brightness,), (contrast,) = cv2.meanStdDev(grey)
        sharpness = cv2.norm(cv2.Laplacian(grey, cv2.CV_16S), cv2.NORM_L1) / grey.size
        return float(brightness[0]), float(contrast[0]), sharpness, cv2.mean(tiny_spread(sample))[0]

    def about(self, seen: Seen) -> list[SetIssue]:
        import polars as pl

        from dlpipe.clean.classes import leading
        from dlpipe.clean.telltale import skills
        from dlpipe.core.table import attributes

        told = pl.DataFrame(seen.looks, schema=dict.fromkeys(_MEASURES, pl.Float64), orient="row")
        named = pl.concat(
            [seen.samples, told, _facts(seen.facts, {*seen.samples.columns, *_MEASURES})], how="horizontal"
        )
        labelled = named.join(leading(seen.votes), on="id", how="inner", suffix=" of the votes").sort("id")
        label = "label of the votes" if "label" in seen.samples.columns else "label"
        properties = [
            *_MEASURES,
            *attributes(seen.samples),
            *[name for name in named.columns[::-1] if name in seen.facts],
        ]
        found = skills({name: labelled[name] for name in properties}, labelled[label], self.permutations)
        return [_issue(name, skill) for name, skill in found.items() if skill.above_chance]


def _issue(name: str, found: Skill) -> SetIssue:
    reason = f"{name} alone predicts the class with balanced accuracy {found.balanced_accuracy:.0%}"
    reason += f" where chance gives {found.by_chance:.0%} (p = {found.p:.2g})"
    return SetIssue(name, float(rising(found.value, _LIMIT)), reason)


def _facts(facts: pl.DataFrame, taken: set[str]) -> pl.DataFrame:
    usable: Any = [name for name in facts.columns if name not in taken and not facts[name].dtype.is_nested()]
    return facts.select(sorted(usable))
