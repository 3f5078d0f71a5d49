"""Prometheus' text format."""

from __future__ import annotations

from dlpipe.serve.counts import Counts


def test_counters_by_status_and_label():
    counts = Counts()
    for status in (200, 422, 200):
        counts.answered(status)
    counts.predicted(0.25, "good")
    counts.predicted(0.5, "good")
    lines = counts.text().splitlines()
    assert 'dlpipe_responses_total{status="200"} 2' in lines
    assert 'dlpipe_predictions_total{label="good"} 2' in lines
    assert "dlpipe_prediction_seconds_sum 0.750000" in lines
    assert "dlpipe_prediction_seconds_count 2" in lines
    assert counts.text().endswith("\n")


def test_a_label_cannot_break_out_of_its_line():
    counts = Counts()
    counts.predicted(0, 'a"} 1\ninjected 1\\')
    (line,) = [line for line in counts.text().splitlines() if "injected" in line]
    assert line == r'dlpipe_predictions_total{label="a\"} 1\ninjected 1\\"} 1'
