"""How long the whole evaluation of the solar cells takes: `evaluate`, then `explain` with 32 errors.

The training before it is cut to one epoch: what is timed asks the network as often however long it was trained. Seconds of
each stage are those that the stage itself notes, so the wiring's own time is left out.
"""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

from tests.benchmarks.bench import DLPIPE, seconds, solar_project

MINUTES = 12


def measure() -> dict[str, Any]:
    """Seconds of both stages, and what they were asked for."""
    with tempfile.TemporaryDirectory() as folder:
        project = solar_project(Path(folder))
        pipeline = project / "pipelines" / "solar.yaml"
        text = (
            pipeline.read_text(encoding="utf-8")
            .replace("epochs: 4", "epochs: 1")
            .replace("at_least: 0.8", "at_least: 0")
        )
        pipeline.write_text(text, encoding="utf-8")
        seconds([*DLPIPE, "run", "--quiet"], project)
        for stage in ("evaluate", "explain"):
            seconds([*DLPIPE, stage, "solar", "--force", "--quiet"], project)
        took = {stage: _status(project, stage) for stage in ("evaluate", "explain")}
        evaluation = json.loads((project / "data/solar/evaluate/evaluation.json").read_bytes())
        explained = json.loads((project / "data/solar/explain/explanations.json").read_bytes())
    return {
        **{f"{stage}_seconds": value for stage, value in took.items()},
        "seconds": round(sum(took.values()), 1),
        "test_samples": evaluation["num_samples"],
        "corrupted_samples": evaluation["robustness"]["n"],
        "corruptions": len(evaluation["robustness"]["by_corruption"]),
        "explained": explained["num_explained"],
        "explained_errors": len(explained["galleries"]["errors"]["ids"]),
    }


def _status(project: Path, stage: str) -> float:
    return json.loads((project / ".dlpipe" / "status" / "solar" / f"{stage}.json").read_bytes())["seconds"]
