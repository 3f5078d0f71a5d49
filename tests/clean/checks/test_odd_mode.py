from __future__ import annotations

import polars as pl

from dlpipe.clean.checks import Seen
from dlpipe.clean.checks.odd_mode import OddMode

FACTS = pl.DataFrame(
    {"mode": ["RGB", "CMYK", "I;16B", "P", "P", "RGBA"], "transparent": [False, False, False, False, True, True]}
)


def test_it_says_what_the_file_says_of_itself():
    ids = pl.DataFrame({"id": [str(number) for number in range(FACTS.height)]})
    found = OddMode().judge(Seen(ids, pl.DataFrame(), FACTS, [], None))
    assert found.reasons == [
        "",
        "CMYK, converted to RGB without its colour profile",
        "16-bit grey, scaled to 8 bits",
        "",
        "transparent (P), laid over white",
        "transparent (RGBA), laid over white",
    ]
    assert found.scores.tolist() == [float(bool(reason)) for reason in found.reasons]


def test_it_is_reported_and_not_set_aside():
    assert not OddMode().sets_aside
