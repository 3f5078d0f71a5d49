"""What DVC keeps of a raw folder comes back from its cache."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from dlpipe.core import files
from dlpipe.core.errors import DlpipeError
from dlpipe.workflow.fetch import fetch_pipeline

if TYPE_CHECKING:
    from collections.abc import Callable

    from dlpipe.core.project import Project


def test_a_removed_folder_comes_back_from_dvcs_cache(project_factory: Callable[..., Project]):
    project = project_factory()
    raw = project.data("demo") / "raw"
    before = files.digests(raw)
    fetch_pipeline(project, "demo")
    assert (project.data("demo") / "raw.dvc").is_file()
    assert files.digests(raw) == before
    files.remove(raw)
    fetch_pipeline(project, "demo")
    assert files.digests(raw) == before


def test_without_the_cache_it_is_the_remotes_turn(project_factory: Callable[..., Project]):
    project = project_factory()
    raw = project.data("demo") / "raw"
    fetch_pipeline(project, "demo")
    files.remove(raw)
    files.remove(project.root / ".dvc" / "cache")
    with pytest.raises(DlpipeError) as caught:
        fetch_pipeline(project, "demo")
    assert "`dvc pull data/demo/raw.dvc`" in caught.value.fix
