from __future__ import annotations

import polars as pl

from dlpipe.clean.checks import Seen
from dlpipe.clean.checks.wrong_name import WrongName

FACTS = pl.DataFrame({"name_agrees": [True, False], "format": ["png", "jpeg"]})


def test_it_says_what_the_file_says_of_itself():
    ids = pl.DataFrame({"id": [str(number) for number in range(FACTS.height)]})
    found = WrongName().judge(Seen(ids, pl.DataFrame(), FACTS, [], None))
    assert found.reasons == ["", "its name promises another format than jpeg, which it holds"]
    assert found.scores.tolist() == [float(bool(reason)) for reason in found.reasons]


def test_it_is_reported_and_not_set_aside():
    assert not WrongName().sets_aside
