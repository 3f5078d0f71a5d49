from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from pydantic import ValidationError

from dlpipe.ingest.sources.folder import Folder
from dlpipe.modalities.image import Image
from tests.core.archives.making import zip_of

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def raw(tmp_path: Path) -> Path:
    for name in ("cat/1.png", "cat/deep/2.jpg", "dog/3.png", "4.png", "dog/notes.txt"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(b"x")
    return tmp_path


def test_the_first_folder_is_the_label_and_no_folder_is_none(raw: Path):
    listing = Folder().list(raw, Image())
    assert listing.samples["id"].to_list() == ["4.png", "cat/1.png", "cat/deep/2.jpg", "dog/3.png"]
    assert listing.samples.columns == ["id", "path"]
    assert listing.votes.rows() == [
        ("cat/1.png", "folder", "cat", 1.0),
        ("cat/deep/2.jpg", "folder", "cat", 1.0),
        ("dog/3.png", "folder", "dog", 1.0),
    ]
    assert [path for path, _, _ in listing.set_aside] == ["dog/notes.txt"]


def test_levels_can_be_attributes(raw: Path):
    listing = Folder(levels=("site", "label")).list(raw, Image())
    assert listing.samples["site"].to_list() == [None, "cat", "cat", "dog"]
    assert listing.votes.rows() == [("cat/deep/2.jpg", "folder", "deep", 1.0)]


def test_no_label_level_means_no_votes(raw: Path):
    listing = Folder(levels=("site",)).list(raw, Image())
    assert listing.votes.is_empty()
    assert listing.samples.height == 4


@pytest.mark.parametrize("levels", (("label", "label"), ("split",), ("id",), ("a.path",)))
def test_levels_need_free_names_of_their_own(levels: tuple[str, ...]):
    with pytest.raises(ValidationError):
        Folder(levels=levels)


def test_hostile_class_names_are_labels_as_they_are(tmp_path: Path):
    name = "<img src=x onerror=alert(1)>"
    (tmp_path / name).mkdir()
    (tmp_path / name / "a.png").write_bytes(b"x")
    assert Folder().list(tmp_path, Image()).votes["label"].to_list() == [name]


def test_folders_in_archives_are_classes_like_folders(tmp_path: Path):
    zip_of(tmp_path / "all.zip", {"cats/1.png": b"1", "dogs/1.png": b"2", "0.png": b"3"})
    zip_of(tmp_path / "cats" / "more.zip", {"2.png": b"4"})
    listing = Folder().list(tmp_path, Image())
    assert dict(zip(listing.votes["id"], listing.votes["label"], strict=True)) == {
        "all.zip!/cats/1.png": "cats",
        "all.zip!/dogs/1.png": "dogs",
        "cats/more.zip!/2.png": "cats",
    }
    assert listing.samples.height == 4
