"""Counters in Prometheus' text format."""

from __future__ import annotations

from collections import Counter


class Counts:
    """What the server has done since it started. Used from one event loop only."""

    def __init__(self) -> None:
        self.statuses: Counter[int] = Counter()
        self.labels: Counter[str] = Counter()
        self.predictions = 0
        self.seconds = 0.0
        self.in_flight = 0
        self.uploads = 0

    def answered(self, status: int) -> None:
        """Counts one answer by its status."""
        self.statuses[status] += 1

    def predicted(self, seconds: float, *labels: str) -> None:
        """Counts one prediction, each of its labels, and the time it took in the model."""
        self.labels.update(labels)
        self.predictions += 1
        self.seconds += seconds

    def text(self) -> str:
        """All counters, one a line."""
        lines = ["# TYPE dlpipe_responses_total counter"]
        lines += [f'dlpipe_responses_total{{status="{status}"}} {n}' for status, n in sorted(self.statuses.items())]
        lines += ["# TYPE dlpipe_predictions_total counter"]
        lines += [
            f'dlpipe_predictions_total{{label="{_quoted(label)}"}} {n}' for label, n in sorted(self.labels.items())
        ]
        lines += ["# TYPE dlpipe_prediction_seconds summary"]
        lines += [f"dlpipe_prediction_seconds_sum {self.seconds:.6f}"]
        lines += [f"dlpipe_prediction_seconds_count {self.predictions}"]
        lines += ["# TYPE dlpipe_in_flight gauge", f"dlpipe_in_flight {self.in_flight}"]
        return "\n".join(lines) + "\n"


def _quoted(label: str) -> str:
    return label.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
