from __future__ import annotations

import json
import re
import shutil
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest
from PIL import Image

from dlpipe.core import files
from dlpipe.core.errors import DlpipeError, Exit
from dlpipe.core.execution import execute
from dlpipe.core.table import read_table
from tests.clean.evidence import scene
from tests.making import read_pipeline, write_pipeline
from tests.published import publish_vectors

if TYPE_CHECKING:
    from collections.abc import Callable

    from dlpipe.core.project import Project
    from dlpipe.core.stage import Summary

    Factory = Callable[..., Project]


def with_clean(project: Project, **section: Any) -> Project:
    write_pipeline(project, "demo", {**read_pipeline(project, "demo"), "clean": section})
    return project


def clean(project: Project) -> Summary:
    execute("ingest", "demo", project)
    publish_vectors(project)
    return execute("clean", "demo", project)


def out(project: Project, name: str) -> pl.DataFrame:
    return read_table(project.outputs("demo") / "clean" / f"{name}.parquet")


def verdict(project: Project, **line: str) -> None:
    path = project.data("demo") / "annotations" / "verdicts.jsonl"
    path.write_text(path.read_text(encoding="utf-8") + json.dumps({"by": "eva", **line}) + "\n", encoding="utf-8")


@pytest.fixture
def project(project_factory: Factory) -> Project:
    """Twelve good pictures, a copy, a black one, a truncated one and a text called .png."""
    made = with_clean(project_factory(size_px=64))
    raw = made.data("demo") / "raw"
    shutil.copy(raw / "circles" / "0000.png", raw / "stripes" / "copy.png")
    Image.new("RGB", (64, 64)).save(raw / "circles" / "black.png")
    whole = (raw / "stripes" / "0001.png").read_bytes()
    (raw / "circles" / "half.png").write_bytes(whole[: len(whole) // 2])
    Image.fromarray(scene(3, 64)).save(raw / "circles" / "good.png")
    return made


def test_bad_samples_leave_with_reasons_and_the_rest_stays(project: Project, capsys: pytest.CaptureFixture[str]):
    summary = clean(project)
    aside = {row["id"]: (row["by"], row["reasons"]) for row in out(project, "set_aside").iter_rows(named=True)}
    came = read_table(project.outputs("demo") / "ingest" / "samples.parquet")
    assert sorted([*out(project, "samples")["id"], *aside]) == came["id"].to_list()
    assert set(aside) <= {"circles/black.png", "circles/half.png", "stripes/copy.png"}
    assert aside["circles/black.png"][0] == "blurry, dark, low_information"
    assert aside["stripes/copy.png"][0] == "exact_duplicate"
    assert "labels differ: 'circles' (circles/0000.png), 'stripes' (stripes/copy.png)" in aside["stripes/copy.png"][1]
    assert out(project, "samples").columns == came.columns
    assert summary.facts["num_samples"] == summary.facts["num_kept"] + summary.facts["num_set_aside"]
    assert summary.facts["set_aside"]["dark"] == 1
    assert summary.refusal is None
    assert "2 copies of one another have different labels, as 'circles/0000.png'" in capsys.readouterr().err


def test_raw_is_not_touched(project: Project):
    raw = project.data("demo") / "raw"
    before = files.digests(raw)
    clean(project)
    assert files.digests(raw) == before


def test_the_same_bytes_twice(project: Project):
    clean(project)
    first = files.digests(project.outputs("demo") / "clean")
    clean(project)
    assert files.digests(project.outputs("demo") / "clean") == first


def test_people_win_over_checks(project: Project):
    verdict(project, id="circles/black.png", verdict="keep", why="a night")
    verdict(project, id="circles/0002.png", verdict="drop", why="a hand")
    summary = clean(project)
    assert "circles/black.png" in out(project, "samples")["id"].to_list()
    aside = {row["id"]: row for row in out(project, "set_aside").iter_rows(named=True)}
    assert aside["circles/0002.png"] == {"id": "circles/0002.png", "reasons": "dropped by eva: a hand", "by": "person"}
    assert summary.facts["verdicts"] == {"drop": 1, "keep": 1}
    kept_issue = out(project, "issues").filter(id="circles/black.png", check="dark")
    assert kept_issue["is_issue"].to_list() == [True]


def test_an_unknown_check_is_said_with_the_nearest_name(project: Project):
    with pytest.raises(DlpipeError, match=r"clean\.checks\.blury: .*did you mean 'blurry'"):
        clean(with_clean(project, checks={"blury": {}}))


def test_no_checks_still_set_unreadable_samples_aside(project: Project):
    clean(with_clean(project, checks={}))
    assert set(out(project, "set_aside")["by"]) <= {"unreadable"}
    assert out(project, "set_aside").schema == {"id": pl.String, "reasons": pl.String, "by": pl.String}


def test_everything_set_aside_is_a_no_with_the_commonest_reason(project: Project):
    with pytest.raises(DlpipeError) as caught:
        clean(with_clean(project, checks={"dark": {"threshold": 0}}))
    assert caught.value.exit_code == Exit.NO
    assert re.fullmatch(r"all \d+ samples were set aside, \d+ of them by dark", caught.value.problem)
    assert out(project, "samples").height == 0, "the reasons are there to be read"


def test_a_file_that_changed_since_ingest_is_an_integrity_error(project: Project):
    execute("ingest", "demo", project)
    publish_vectors(project)
    Image.fromarray(scene(9, 64)).save(project.data("demo") / "raw" / "circles" / "0000.png")
    with pytest.raises(DlpipeError) as caught:
        execute("clean", "demo", project)
    assert caught.value.exit_code == Exit.INTEGRITY
    assert not (project.outputs("demo") / "clean").exists()


def test_a_limit_that_is_not_kept_is_a_no_after_everything_is_published(project: Project):
    limits = {"dark": {"at_most": 0.01}, "blurry": {"at_most": 1.0}, "set_aside": {"at_most": 0.1, "warn": True}}
    with pytest.raises(DlpipeError, match=r"dark: 0\.\d+ \(1 of \d+\), at most 0\.01 is allowed") as caught:
        clean(with_clean(project, checks={"dark": {}, "blurry": {}}, limits=limits))
    assert caught.value.exit_code == Exit.NO
    folder = project.outputs("demo") / "clean"
    verdicts = {limit["name"]: limit["verdict"] for limit in files.read_json(folder / "report.json")["limits"]}
    assert verdicts == {"dark": "fail", "blurry": "pass", "set_aside": "warn"}
    assert files.read_json(folder / "summary.json")["limits"] == verdicts
    assert "of 3 limits not kept" in (folder / "report.html").read_text(encoding="utf-8")


def test_a_limit_on_an_unknown_check_is_said_with_its_line_and_the_nearest_name(project: Project):
    with_clean(project, checks={"blurry": {}}, limits={"unreadable": {"at_most": 0}, "blury": {"at_most": 0.1}})
    text = project.pipeline_file("demo").read_text(encoding="utf-8")
    line = 1 + [row.strip() for row in text.splitlines()].index("blury:")
    with pytest.raises(DlpipeError, match=rf":{line}: clean\.limits\.blury: .*did you mean 'blurry'\?"):
        clean(project)


def test_what_concerns_the_whole_set_is_written_down_and_told(project: Project, capsys: pytest.CaptureFixture[str]):
    clean(project)
    found = out(project, "set_issues")
    assert found.columns == ["check", "subject", "score", "is_issue", "reason"]
    rare = found.filter(check="rare_class")
    assert rare["is_issue"].all()
    assert set(rare["subject"]) == {"class 'circles'", "class 'stripes'"}
    assert "class 'circles' has " in capsys.readouterr().err
