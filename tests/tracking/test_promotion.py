from __future__ import annotations

from pathlib import Path

import pytest

from dlpipe.core import files
from dlpipe.core.champion import Champion
from dlpipe.core.errors import DlpipeError, Exit
from dlpipe.core.project import Project
from dlpipe.tracking import promotion
from dlpipe.tracking.registry import DESCRIPTION_TAG, FITTED_TAG, MODEL_TAG
from tests.tracking.registered import registered
from tests.tracking.servers import nobody
from tests.tracking.stores import PIPELINE, client


def champion_of(project: Project, which: str = "1") -> Champion:
    tags = promotion.version_of(project, PIPELINE, which, "promote").tags
    return Champion(which, tags[MODEL_TAG], tags[DESCRIPTION_TAG], tags[FITTED_TAG], 1, "pass")


def test_versions_come_in_order_with_aliases_and_tags(project: Project, tmp_path: Path) -> None:
    for bias in range(11):
        registered(project, tmp_path / "export", bias)
    found = promotion.versions(project, PIPELINE, "promote")
    assert [version.number for version in found] == [str(number) for number in range(1, 12)]
    assert [version.aliases for version in found[-2:]] == [(), ("challenger",)]
    assert found[0].tags["dlpipe.gate.verdict"] == "pass"


def test_a_version_is_found_by_number_and_by_alias(project: Project, tmp_path: Path) -> None:
    registered(project, tmp_path / "export")
    assert promotion.version_of(project, PIPELINE, "challenger", "promote").number == "1"
    with pytest.raises(DlpipeError, match="did you mean 'challenger'") as refused:
        promotion.version_of(project, PIPELINE, "chalenger", "promote")
    assert refused.value.exit_code == Exit.INPUT


def test_without_any_version_the_fix_is_to_run(project: Project) -> None:
    assert promotion.versions(project, PIPELINE, "promote") == []
    assert promotion.champion_alias(project, PIPELINE, "promote") is None
    with pytest.raises(DlpipeError, match="no version") as refused:
        promotion.version_of(project, PIPELINE, "1", "promote")
    assert "dlpipe run" in refused.value.fix


def test_files_are_fetched_once_and_are_those_registered(
    project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    registered(project, tmp_path / "export")
    champion = champion_of(project)
    folder = promotion.fetched(project, PIPELINE, champion, "promote")
    for name in ("model.onnx", "model.json", "fitted.parquet"):
        assert (folder / name).read_bytes() == (tmp_path / "export" / name).read_bytes()
    monkeypatch.setenv("MLFLOW_TRACKING_URI", nobody())
    assert promotion.fetched(project, PIPELINE, champion, "promote") == folder


def test_a_damaged_copy_is_fetched_again(project: Project, tmp_path: Path) -> None:
    registered(project, tmp_path / "export")
    champion = champion_of(project)
    folder = promotion.fetched(project, PIPELINE, champion, "promote")
    (folder / "model.onnx").chmod(0o644)
    (folder / "model.onnx").write_bytes(b"rot")
    promotion.fetched(project, PIPELINE, champion, "promote")
    assert files.digest(folder / "model.onnx") == champion.model_digest


def test_other_bytes_in_the_store_end_with_5_and_leave_nothing(project: Project, tmp_path: Path) -> None:
    registered(project, tmp_path / "export")
    champion = champion_of(project)
    (kept,) = (project.root / "mlruns").rglob("model.onnx")
    kept.write_bytes(b"another")
    with pytest.raises(DlpipeError, match="other bytes") as refused:
        promotion.fetched(project, PIPELINE, champion, "promote")
    assert refused.value.exit_code == Exit.INTEGRITY
    assert not champion.folder(project).exists()


def test_a_champion_that_the_registry_lost_ends_with_5(project: Project, tmp_path: Path) -> None:
    registered(project, tmp_path / "export")
    champion = champion_of(project)
    client(project).delete_model_version(PIPELINE, "1")
    with pytest.raises(DlpipeError, match="not in MLflow's registry") as refused:
        promotion.fetched(project, PIPELINE, champion, "promote")
    assert refused.value.exit_code == Exit.INTEGRITY


def test_the_alias_moves_only_from_where_it_was_seen(project: Project, tmp_path: Path) -> None:
    registered(project, tmp_path / "export")
    registered(project, tmp_path / "export", 1.0)
    promotion.set_champion(project, PIPELINE, "1", before=None, tags={"dlpipe.promoted.because": "x"})
    assert promotion.champion_alias(project, PIPELINE, "promote") == "1"
    with pytest.raises(DlpipeError, match="somebody else") as refused:
        promotion.set_champion(project, PIPELINE, "2", before=None, tags={})
    assert refused.value.exit_code == Exit.INTEGRITY
    assert promotion.champion_alias(project, PIPELINE, "promote") == "1"
    assert promotion.version_of(project, PIPELINE, "champion", "promote").tags["dlpipe.promoted.because"] == "x"
