from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl
import pytest

from dlpipe.clean.audit import Subject, audit, fitting, warnings
from dlpipe.clean.checks import Check
from dlpipe.core import plugin
from dlpipe.core.errors import DlpipeError
from dlpipe.core.table import VOTE_COLUMNS
from dlpipe.modalities import Modality
from dlpipe.tasks.multi_label import MultiLabel
from tests.clean.audited import BLACK, COPY, CUT, audited, make_folder

if TYPE_CHECKING:
    from pathlib import Path


def test_every_sample_has_one_fate(tmp_path: Path):
    seen = audited(make_folder(tmp_path), dark={}, exact_duplicate={})
    assert seen.outcome.set_aside["id"].to_list() == [BLACK, COPY, CUT]
    assert seen.outcome.kept.height + 3 == seen.subject.samples.height


def test_what_stands_out_is_said(tmp_path: Path):
    seen = audited(make_folder(tmp_path), {"id": CUT, "verdict": "keep"}, exact_duplicate={})
    cut, labels = warnings(seen)
    assert cut.startswith(f"'{CUT}' cannot be kept as eva wishes: truncated, ")
    assert labels.startswith("2 copies of one another have different labels, as 'circles/0.png'")


class Long(Check):
    """Takes long to get ready, and then cannot."""

    looks_at_samples = False

    def prepare(self) -> None:
        raise MemoryError("no room for its table")


@pytest.mark.usefixtures("in_this_process")
def test_a_check_that_cannot_get_ready_ends_the_audit(tmp_path: Path):
    image = plugin.make(Modality, "image", {})
    none = pl.DataFrame(schema={"id": pl.String, "path": pl.String, "digest": pl.String})
    with pytest.raises(MemoryError, match="no room for its table"):
        audit(Subject("none", none, pl.DataFrame(schema=VOTE_COLUMNS), tmp_path, image), {"long": Long()}, {})


class Words(Check):
    """For another kind of media."""

    modalities = ("text",)


def test_a_check_for_other_media_is_an_error_only_if_it_was_asked_for():
    image = plugin.make(Modality, "image", {})
    dark = plugin.make(Check, "dark", {})
    assert list(fitting({"dark": dark, "words": Words()}, image, asked=False)) == ["dark"]
    with pytest.raises(DlpipeError, match=r"clean\.checks\.words understands text, .* is image"):
        fitting({"dark": dark, "words": Words()}, image, asked=True)


def test_a_check_of_one_label_a_sample_is_left_out_where_there_may_be_several_and_refused_if_asked_for(
    capsys: pytest.CaptureFixture[str],
):
    image, task = plugin.make(Modality, "image", {}), MultiLabel()
    checks = {name: plugin.make(Check, name, {}) for name in ("dark", "imbalance", "rare_class", "spurious")}
    assert list(fitting(checks, image, task, asked=False)) == ["dark"]
    assert "left out, for samples may have several labels: imbalance, rare_class, spurious" in capsys.readouterr().err
    with pytest.raises(DlpipeError, match=r"clean\.checks\.imbalance takes it that a sample has one class") as caught:
        fitting(checks, image, task, asked=True)
    assert caught.value.fix == "take 'imbalance' out of clean.checks"
