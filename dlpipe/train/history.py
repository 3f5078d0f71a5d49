"""What each epoch gave, which one was best, and whether it is time to stop."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

Row = dict[str, Any]

_DIGITS = 6
_FIRST_COLUMNS = ("epoch", "train/loss", "val/loss", "val/accuracy", "val/auroc")


@dataclass
class History:
    """Rows in the order of epochs; epoch 0 is the network before its first step, where that was measured."""

    monitor: str
    larger_is_better: bool
    rows: list[Row] = field(default_factory=list[Row])

    def add(self, row: Row) -> bool:
        """Takes an epoch's row; says whether it is the best so far. A row that stands already is replaced."""
        self.rows = [*(old for old in self.rows if old["epoch"] < row["epoch"]), row]
        return self.best_epoch == row["epoch"]

    @property
    def best_epoch(self) -> int:
        """The epoch that was best in `monitor`, the first of equal ones."""
        return int(self.best["epoch"])

    @property
    def best(self) -> Row:
        """The row of the best epoch."""
        sign = 1 if self.larger_is_better else -1
        return max(self.rows, key=lambda row: (sign * row[self.monitor], -row["epoch"]))

    @property
    def num_stale(self) -> int:
        """Epochs since the best one."""
        return int(self.rows[-1]["epoch"]) - self.best_epoch if self.rows else 0

    def as_csv(self) -> str:
        """A line an epoch; times are left out, they are in MLflow."""
        found = {name for row in self.rows for name in row} - {"images_per_second"}
        names = [name for name in _FIRST_COLUMNS if name in found] + sorted(found - set(_FIRST_COLUMNS))
        text = io.StringIO()
        table = csv.writer(text, lineterminator="\n")
        table.writerow(names)
        for row in self.rows:
            table.writerow([_cell(row.get(name)) for name in names])
        return text.getvalue()


def _cell(value: Any) -> str:
    if value is None:  # DVC's plots draw an empty cell as 0
        return "nan"
    return f"{value:.{_DIGITS}g}" if isinstance(value, float) else str(value)


def line(row: Mapping[str, Any], num_epochs: int, *, is_best: bool, seconds_left: float | None = None) -> str:
    """One epoch in words."""
    said = [f"epoch {row['epoch']}/{num_epochs}" if row["epoch"] else "start     "]
    said += [f"{name.removeprefix('val/')} {row[name]:.4f}" for name in row if name.startswith("val/")]
    if "train/loss" in row:
        said.insert(1, f"train loss {row['train/loss']:.4f}")
    if "lr" in row:
        said.append(f"lr {row['lr']:.1e}")
    if "images_per_second" in row:
        said.append(f"{row['images_per_second']:.0f}/s")
    if seconds_left:
        minutes, seconds = divmod(round(seconds_left), 60)
        said.append(f"{minutes}:{seconds:02} left")
    return "  ".join(said) + ("  best" if is_best else "")
