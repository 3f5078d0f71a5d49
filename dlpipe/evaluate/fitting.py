"""Which metrics are measured: those that suit the task."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dlpipe.core import plugin
from dlpipe.core.errors import DlpipeError, nearest
from dlpipe.metrics import Metric

if TYPE_CHECKING:
    from dlpipe.evaluate.stage import Config
    from dlpipe.tasks import Task


def fitting(config: Config, task: Task) -> dict[str, Metric]:
    """The metrics of a pipeline; all that suit the task if none is named.

    Raises:
        DlpipeError: one is named that does not suit it.
    """
    known = [name for name in plugin.names(Metric) if suits(plugin.find(Metric, name), task)]
    if task.several and "metrics" not in config.model_fields_set:
        return {name: plugin.make(Metric, name, {}) for name in known}
    for name, metric in config.metrics.items():
        if not suits(type(metric), task):
            held = "may have several classes" if task.several else "has one class"
            problem = f"evaluate.metrics.{name} does not suit the task {task.name}, where a sample {held}"
            raise DlpipeError(f"{problem}; {nearest(name, known)}", f"choose of {', '.join(known)}")
    return dict(config.metrics)


def suits(metric: type[Metric], task: Task) -> bool:
    """Whether it measures answers of this task."""
    return metric.of_several if task.several else metric.of_one
