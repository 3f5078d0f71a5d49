"""One label a sample, of two or more classes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from pydantic import Field

from dlpipe.core.errors import DlpipeError, Exit, nearest
from dlpipe.tasks import Task

if TYPE_CHECKING:
    import numpy as np
    import polars as pl
    from torch import nn


class Classification(Task):
    """Each sample belongs to exactly one of two or more classes."""

    positive_class: str | None = Field(
        default=None, description="Of two classes the one that is looked for; the last by name if not said."
    )

    def classes(self, labels: pl.Series) -> list[str]:
        found = sorted(labels.drop_nulls().unique().to_list())
        if len(found) < 2:  # noqa: PLR2004 - two classes make a question
            held = f"only the class '{found[0]}'" if found else "no label"
            fix = "label samples of a second class (folders of raw/, a label table or annotations/labels.jsonl)"
            raise DlpipeError(f"the labelled samples hold {held}: there is nothing to tell apart", fix, Exit.NO)
        if self.positive_class is not None and self.positive_class not in found:
            problem = f"dataset.task.positive_class '{self.positive_class}' is no label of this data"
            raise DlpipeError(problem, nearest(self.positive_class, found))
        return found

    def encode(self, labels: pl.Series, classes: Sequence[str]) -> np.ndarray[Any, Any]:
        """Shape (n,) int64, the index of each label in `classes`."""
        import numpy as np

        index = {name: number for number, name in enumerate(classes)}
        return np.array([index[label] for label in labels], dtype=np.int64)

    def decode(self, targets: np.ndarray[Any, Any], classes: Sequence[str]) -> list[str]:
        return [classes[int(target)] for target in targets]

    def head(self, num_features: int, num_classes: int) -> nn.Module:
        from torch import nn

        return nn.Linear(num_features, num_classes)

    def positive(self, classes: Sequence[str]) -> int | None:
        if len(classes) != 2:  # noqa: PLR2004 - "positive" has a meaning for two classes only
            return None
        return 1 if self.positive_class is None else list(classes).index(self.positive_class)
