from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import pytest

from dlpipe.core.errors import DlpipeError
from dlpipe.core.package import members
from dlpipe.ingest.sources.elpv import Elpv
from dlpipe.modalities.image import Image

if TYPE_CHECKING:
    from pathlib import Path

ROWS = """images/cell0001.png  1.0                 mono
images/cell0002.png  0.0                 mono
images/cell0060.png  0.3333333333333333  poly
images/cell0061.png  0.6666666666666666  poly
"""


@pytest.fixture
def raw(tmp_path: Path) -> Path:
    (tmp_path / "images").mkdir()
    for number in (1, 2, 60, 61):
        (tmp_path / "images" / f"cell{number:04}.png").write_bytes(b"x")
    (tmp_path / "labels.csv").write_text(ROWS, encoding="utf-8")
    return tmp_path


def test_probabilities_are_kept_as_weighted_votes(raw: Path):
    votes = Elpv().list(raw, Image()).votes
    assert set(votes["annotator"]) == {"experts"}
    weights = {(sample[11:15], label): weight for sample, _, label, weight in votes.rows()}
    assert weights == {
        ("0001", "defective"): 1.0,
        ("0002", "good"): 1.0,
        ("0060", "defective"): pytest.approx(1 / 3),
        ("0060", "good"): pytest.approx(2 / 3),
        ("0061", "defective"): pytest.approx(2 / 3),
        ("0061", "good"): pytest.approx(1 / 3),
    }


def test_blocks_are_runs_of_numbers(raw: Path):
    assert Elpv().list(raw, Image()).samples["block"].to_list() == ["b00", "b00", "b00", "b01"]
    assert Elpv(block_size=1).list(raw, Image()).samples["block"].to_list() == ["b00", "b01", "b59", "b60"]


def test_a_block_does_not_depend_on_other_files(raw: Path):
    (raw / "images" / "cell0001.png").unlink()
    listing = Elpv().list(raw, Image())
    assert listing.samples["block"].to_list() == ["b00", "b00", "b01"]
    assert [(path, reason) for path, reason, _ in listing.set_aside] == [("images/cell0001.png", "missing_file")]


@pytest.mark.parametrize(("photo", "first"), ((2277, 1735), (2326, 1784), (2276, 2276), (2327, 2327)))
def test_a_cell_photographed_twice_has_one_block(tmp_path: Path, photo: int, first: int):
    rows = [f"images/cell{number:04}.png  0.0  poly\n" for number in {photo, first}]
    (tmp_path / "labels.csv").write_text("".join(rows), encoding="utf-8")
    (tmp_path / "images").mkdir()
    for number in (photo, first):
        (tmp_path / "images" / f"cell{number:04}.png").write_bytes(b"x")
    assert Elpv(block_size=1).list(tmp_path, Image()).samples["block"].unique().to_list() == [f"b{first - 1}"]


def test_the_card_says_that_it_is_not_for_commerce(raw: Path):
    card = Elpv().list(raw, Image()).card
    assert card["non_commercial"] is True
    assert card["licence"] == "CC-BY-NC-SA-4.0"


@pytest.mark.parametrize(
    "line",
    (
        "images/cell0001.png 0.5 mono",
        "images/cell0001.png 1.0 thin",
        "images/cell0001.png 1.0",
        "x.png 1.0 mono",
        "a,b,c",
    ),
)
def test_a_line_that_is_not_of_the_data_set(raw: Path, line: str):
    (raw / "labels.csv").write_text(f"{ROWS}{line}\n", encoding="utf-8")
    with pytest.raises(DlpipeError, match=r"labels.csv:5: "):
        Elpv().list(raw, Image())


def test_without_its_table(raw: Path):
    (raw / "labels.csv").unlink()
    with pytest.raises(DlpipeError, match=r"labels\.csv is missing"):
        Elpv().list(raw, Image())


def test_the_real_table(elpv_wheel: Path, tmp_path: Path):
    (tmp_path / "images").mkdir()
    (_, table), *_ = members(elpv_wheel, "elpv_dataset/data/labels.csv")
    (tmp_path / "labels.csv").write_bytes(table)
    for line in table.decode().splitlines():
        (tmp_path / line.split()[0]).touch()
    listing = Elpv().list(tmp_path, Image())
    assert listing.samples.height == 2624
    assert Counter(listing.samples["cell_type"]) == {"mono": 1074, "poly": 1550}
    assert Counter(Counter(listing.votes["id"]).values()) == {1: 2624 - 401, 2: 401}
    assert listing.samples["block"].n_unique() == 44
    assert listing.set_aside == []
