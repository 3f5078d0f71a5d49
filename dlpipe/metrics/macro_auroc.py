"""How well each class's probability ranks samples, where a sample may have several classes."""

from __future__ import annotations

from typing import ClassVar

from dlpipe.metrics import Metric
from dlpipe.metrics.auroc import Auroc
from dlpipe.metrics.sets import MeanOfClasses


class MacroAuroc(MeanOfClasses):
    """Of several labels, the mean over classes of the chance that a sample that has it gets a higher probability of it.

    It does not depend on thresholds. Undefined where all samples have a class, or none.
    """

    higher_is_better: ClassVar[bool] = True
    each: ClassVar[type[Metric]] = Auroc
