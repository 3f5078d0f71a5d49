from __future__ import annotations

from dlpipe.decision import GroupRules, Rule
from dlpipe.evaluate.model_sections import costs, rules
from tests.evaluate.measured import EFFICIENCY


def test_only_what_every_machine_counts_alike() -> None:
    section = costs(EFFICIENCY)
    assert "efficiency.json" in section.lead
    assert section.tables[0].rows == [
        ["size of the file, MiB", "12.8"],
        ["parameters, millions", "3.4"],
        ["multiplications with addition a sample, millions", "unknown: <b>Loop is not counted"],
    ]


def test_one_threshold_for_all_has_no_section() -> None:
    assert rules(None).tables[0].rows == []


def test_rules_of_groups() -> None:
    found = rules(GroupRules("site", {"north": Rule((0.25, 2.0), 0.8, 0.5, 0.1), "south": Rule((0.5, 0.5), 1.0, 0, 0)}))
    assert "site" in found.lead
    assert found.tables[0].rows == [
        ["north", "0.250", "40%", "never", "10%", "50%, yes in 10% of them"],
        ["south", "0.500", "100%", "0.500", "0%", ""],
    ]
