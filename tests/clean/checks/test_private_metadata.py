from __future__ import annotations

import polars as pl

from dlpipe.clean.checks import Seen
from dlpipe.clean.checks.private_metadata import PrivateMetadata

FACTS = pl.DataFrame({"private": ["", "GPS position, serial number"]})


def test_it_says_what_the_file_says_of_itself():
    ids = pl.DataFrame({"id": [str(number) for number in range(FACTS.height)]})
    found = PrivateMetadata().judge(Seen(ids, pl.DataFrame(), FACTS, [], None))
    assert found.reasons == ["", "its metadata hold: GPS position, serial number"]
    assert found.scores.tolist() == [float(bool(reason)) for reason in found.reasons]


def test_it_is_reported_and_not_set_aside():
    assert not PrivateMetadata().sets_aside
