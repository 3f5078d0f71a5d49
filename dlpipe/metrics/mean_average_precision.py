"""How pure the head of each class's ranking is, where a sample may have several classes."""

from __future__ import annotations

from typing import ClassVar

from dlpipe.metrics import IntervalMethod, Metric
from dlpipe.metrics.average_precision import AveragePrecision
from dlpipe.metrics.sets import MeanOfClasses


class MeanAveragePrecision(MeanOfClasses):
    """Of several labels, the mean over classes of average precision: precision at each step of recall; no threshold.

    Chance is the mean share of samples that have a class. Undefined where all samples have one, or none.
    """

    higher_is_better: ClassVar[bool] = True
    interval: ClassVar[IntervalMethod] = "logit"
    each: ClassVar[type[Metric]] = AveragePrecision
