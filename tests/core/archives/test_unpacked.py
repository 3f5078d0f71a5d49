from __future__ import annotations

from pathlib import Path

import pytest

from dlpipe.core.archives.members import ArchiveError, Limits
from dlpipe.core.archives.unpacked import plain
from tests.core.archives.making import tar_of

LIMITS = Limits()


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "home" / "pipelines").mkdir(parents=True)
    (tmp_path / "home" / "dvc.yaml").write_text("stages: {}\n")
    monkeypatch.chdir(tmp_path / "home")
    return tmp_path / "home"


@pytest.mark.parametrize("ending", ("gz", "xz", "bz2"))
def test_it_is_unpacked_once_as_one_file_into_the_cache(tmp_path: Path, project: Path, ending: str):
    packed = tar_of(tmp_path / f"a.tar.{ending}", {"a.png": b"abc" * 999}, f"w:{ending}")
    bare = tar_of(tmp_path / "a.tar", {"a.png": b"abc" * 999})
    found = plain(packed, LIMITS)
    assert found.parent == project / ".dlpipe" / "cache" / "archives"
    assert found.read_bytes() == bare.read_bytes()
    before = found.stat().st_mtime_ns
    assert plain(packed, LIMITS) == found
    assert found.stat().st_mtime_ns == before
    assert [file.name for file in found.parent.iterdir()] == [found.name]
    assert plain(bare, LIMITS) == bare


@pytest.mark.parametrize("ending", ("gz", "xz", "bz2"))
def test_what_cannot_be_unpacked_leaves_nothing(tmp_path: Path, project: Path, ending: str):
    packed = tar_of(tmp_path / f"a.tar.{ending}", {"a.png": bytes(range(256)) * 999}, f"w:{ending}")
    for content in (packed.read_bytes()[:-20], b"no such thing" * 99):
        packed.write_bytes(content)
        with pytest.raises(ArchiveError, match="cannot be unpacked"):
            plain(packed, LIMITS)
    assert not list((project / ".dlpipe").rglob("*.tar")) + list((project / ".dlpipe").rglob("*.draft"))


def test_a_bomb_is_stopped(tmp_path: Path, project: Path):
    packed = tar_of(tmp_path / "a.tgz", {"a.png": bytes(40_000_000)}, "w:gz")
    with pytest.raises(ArchiveError) as caught:
        plain(packed, LIMITS)
    assert caught.value.reason == "bomb"
    assert not [file for file in (project / ".dlpipe").rglob("*") if file.is_file()]
