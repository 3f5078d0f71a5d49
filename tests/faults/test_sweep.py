"""Every stage under fault: killed, out of space and with a failing disk, at calls and at random moments."""

from __future__ import annotations

import pytest

from dlpipe.core.stage import STAGES
from tests.faults.strace import FAULTS
from tests.faults.subjects import SUBJECTS
from tests.faults.sweep import Sweep

pytestmark = pytest.mark.timeout(1800)

_EVERY = [stage for stage, subject in SUBJECTS.items() if subject.every_call]
_SAMPLED = [stage for stage in SUBJECTS if stage not in _EVERY]
_TELLING = ("train", "evaluate", "gate", "register")
"""They tell MLflow, whose data base is SQLite's."""
_KILLED = [stage for stage, subject in SUBJECTS.items() if subject.num_kills]


@pytest.mark.needs_strace
@pytest.mark.parametrize("stage", _EVERY)
def test_a_fault_at_every_call(stage: str, sweep: Sweep):
    assert sweep.at_calls(SUBJECTS[stage], "every") > 50


@pytest.mark.needs_strace
@pytest.mark.parametrize("stage", _SAMPLED)
def test_a_fault_at_some_calls(stage: str, sweep: Sweep):
    assert sweep.at_calls(SUBJECTS[stage], "some") > 0


@pytest.mark.slow
@pytest.mark.needs_strace
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("stage", _SAMPLED)
def test_a_fault_at_every_call_of_the_others(stage: str, fault: str, sweep: Sweep):
    assert sweep.at_calls(SUBJECTS[stage], "not SQLite's", [fault]) > 20


@pytest.mark.slow
@pytest.mark.needs_strace
@pytest.mark.timeout(7200)
@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("stage", _TELLING)
def test_a_fault_at_every_call_of_sqlite(stage: str, fault: str, sweep: Sweep):
    assert sweep.at_calls(SUBJECTS[stage], "SQLite's", [fault]) > 0


@pytest.mark.parametrize("stage", _KILLED)
def test_killed_at_random_moments(stage: str, sweep: Sweep):
    sweep.at_moments(SUBJECTS[stage], SUBJECTS[stage].num_kills)


@pytest.mark.slow
@pytest.mark.timeout(7200)
@pytest.mark.parametrize("stage", SUBJECTS)
def test_killed_at_fifty_random_moments(stage: str, sweep: Sweep):
    sweep.at_moments(SUBJECTS[stage], 50)


def test_every_stage_is_tried():
    assert list(SUBJECTS) == list(STAGES)
