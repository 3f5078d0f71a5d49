from __future__ import annotations

import polars as pl

from dlpipe.clean.losses import losses, losses_table


def said(before: dict[str, int], lost: dict[str, int], by: str = "dark", groups: str = "site") -> list[str]:
    """What is said when the first so many of each site are set aside by `by`."""
    rows = [(f"{site}{number}", site) for site, count in before.items() for number in range(count)]
    samples = pl.DataFrame(rows, schema={"id": pl.String, "site": pl.String}, orient="row")
    gone = [f"{site}{number}" for site, count in lost.items() for number in range(count)]
    aside = pl.DataFrame({"id": gone, "by": [by] * len(gone)}, schema={"id": pl.String, "by": pl.String})
    return [issue.reason for issue in losses(samples, aside, [groups])]


def test_a_group_that_vanishes_is_named() -> None:
    whole, alone = said({"north": 50, "south": 2}, {"south": 2})
    assert whole == "cleaning took 2 of 2 samples of site 'south' (100%; of the others 0%)"
    assert alone == whole.replace("cleaning", "dark")


def test_a_group_that_loses_far_more_than_others_is_named() -> None:
    whole, *_ = said({"north": 80, "south": 20}, {"north": 1, "south": 8})
    assert whole == "cleaning took 8 of 20 samples of site 'south' (40%; of the others 1%)"


def test_every_check_is_named_by_itself_also_where_the_whole_is_even() -> None:
    found = said({"north": 80, "south": 20}, {"north": 0, "south": 8}, by="blurry, dark")
    assert [one.split(" took")[0] for one in found] == ["cleaning", "blurry", "dark"]


def test_even_losses_few_losses_chance_and_unknown_columns_are_not() -> None:
    assert not said({"north": 80, "south": 20}, {"north": 40, "south": 10})
    assert not said({"north": 80, "south": 5}, {"south": 3})
    assert not said({"north": 14, "south": 12}, {"north": 1, "south": 5}), "Fisher: p = 0.05"
    assert not said({"north": 80, "south": 20}, {"south": 20}, groups="scanner")
    assert not said({}, {})


def test_the_table_has_the_columns_of_findings_about_the_set() -> None:
    samples = pl.DataFrame({"id": ["a", "b"], "site": ["n", "s"]})
    table = losses_table(samples, pl.DataFrame({"id": ["a"], "by": ["dark"]}), ["site"])
    assert table.select("check", "subject", "score", "is_issue").rows() == [
        ("losses", "cleaning: site 'n'", 1, True),
        ("losses", "dark: site 'n'", 1, True),
    ]
