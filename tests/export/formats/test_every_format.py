"""What every export format must do; a new file in `dlpipe/export/formats` is tested before it has a test of its own."""

from __future__ import annotations

from pathlib import Path

import pytest

from dlpipe.core import files
from dlpipe.core.plugin import find, names, summary
from dlpipe.export.formats import Format
from tests.exported import random_pictures, small_network

every_format = pytest.mark.parametrize("name", names(Format))


@every_format
def test_it_says_what_it_is_and_describes_its_settings(name: str) -> None:
    plugin = find(Format, name)
    assert summary(plugin).endswith(".")
    assert all(field.description for field in plugin.model_fields.values())


@every_format
def test_same_network_same_bytes_in_any_folder(name: str, tmp_path: Path) -> None:
    written = []
    for folder in (tmp_path / "a", tmp_path / "deeper" / "b"):
        folder.mkdir(parents=True)
        find(Format, name)().write(small_network(), random_pictures(2, seed=len(written)), folder)
        written.append(files.digests(folder))
    assert written[0] == written[1] != {}
    content = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    assert str(tmp_path).encode() not in content
    assert b"site-packages" not in content
