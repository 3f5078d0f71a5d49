from __future__ import annotations

from dlpipe.core import files
from dlpipe.gate.limits import numbers
from tests.evaluate.evaluated import NAME


def test_all_numbers_can_be_named_by_the_gate(explained) -> None:
    found = files.read_json(explained.outputs(NAME) / "explain" / "explanations.json")
    known = numbers({"num_samples": 1, "explanations": found})
    for path in ("faithfulness.gradcam.gain", "shortcut.border_only.auroc", "adversarial.fgsm.grey_levels_4"):
        assert known[f"explanations.{path}"]["value"] is not None


def test_maps_that_say_nothing_have_a_reason_instead_of_a_share(explained) -> None:
    found = files.read_json(explained.outputs(NAME) / "explain" / "explanations.json")
    for row in found["samples"]:
        assert (row["border_share"] is None) == ("reason" in row)
