"""The limits that are on by default."""

from __future__ import annotations

from dlpipe.serve.limits import Limits


def test_default_limits_are_those_of_the_contract():
    limits = Limits()
    assert (limits.body, limits.header_seconds, limits.body_seconds, limits.in_flight) == (10_000_000, 5, 10, 16)
