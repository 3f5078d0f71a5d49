"""Any number of labels a sample."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from pydantic import Field

from dlpipe.core.errors import DlpipeError, Exit, nearest
from dlpipe.tasks import Task

if TYPE_CHECKING:
    import numpy as np
    import polars as pl
    from torch import nn


class MultiLabel(Task):
    """Each sample has any number of the classes, none included; one cell holds them all, as `dust|rust`.

    An empty label says that a sample has none of them; a sample without a label is unlabelled, as ever.
    """

    several: ClassVar[bool] = True

    separator: str = Field(default="|", min_length=1, max_length=5, description="What stands between labels in a cell.")

    def written(self, label: str) -> str:
        """Each class once, by name, without blanks around it."""
        return self.joined(self.names(label))

    def names(self, label: str) -> list[str]:
        parts = (part.strip() for part in label.split(self.separator))
        return sorted({part for part in parts if part})

    def joined(self, names: Sequence[str]) -> str:
        return self.separator.join(sorted(names))

    def classes(self, labels: pl.Series) -> list[str]:
        known = labels.drop_nulls().unique().to_list()
        found = sorted({name for label in known for name in self.names(label)})
        if len(found) < 2:  # noqa: PLR2004 - one class, or none, is a question of yes and no
            held = f"only the class '{found[0]}'" if found else "no class"
            fix = f"write the classes of a sample into its label, '{self.separator}' between them; of one class alone use {{name: classification}}"
            raise DlpipeError(f"the labelled samples name {held}: multi_label needs two", fix, Exit.NO)
        return found

    def encode(self, labels: pl.Series, classes: Sequence[str]) -> np.ndarray[Any, Any]:
        """Shape (n, K) uint8, 1 where the sample has the class."""
        import numpy as np

        index = {name: number for number, name in enumerate(classes)}
        targets = np.zeros((len(labels), len(classes)), dtype=np.uint8)
        for row, label in enumerate(labels):
            for name in self.names(label):
                if name not in index:
                    raise DlpipeError(f"'{name}' is no class of this model", nearest(name, classes), Exit.INTEGRITY)
                targets[row, index[name]] = 1
        return targets

    def decode(self, targets: np.ndarray[Any, Any], classes: Sequence[str]) -> list[str]:
        return [self.joined([name for name, is_so in zip(classes, row, strict=True) if is_so]) for row in targets]

    def head(self, num_features: int, num_classes: int) -> nn.Module:
        from torch import nn

        return nn.Linear(num_features, num_classes)

    def positive(self, classes: Sequence[str]) -> int | None:  # noqa: ARG002 - the verb's signature
        return None
