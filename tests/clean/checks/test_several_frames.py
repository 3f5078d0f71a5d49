from __future__ import annotations

import polars as pl

from dlpipe.clean.checks import Seen
from dlpipe.clean.checks.several_frames import SeveralFrames

FACTS = pl.DataFrame({"several_frames": [False, True]})


def test_it_says_what_the_file_says_of_itself():
    ids = pl.DataFrame({"id": [str(number) for number in range(FACTS.height)]})
    found = SeveralFrames().judge(Seen(ids, pl.DataFrame(), FACTS, [], None))
    assert found.reasons == ["", "only the first of its frames is used"]
    assert found.scores.tolist() == [float(bool(reason)) for reason in found.reasons]


def test_it_is_reported_and_not_set_aside():
    assert not SeveralFrames().sets_aside
