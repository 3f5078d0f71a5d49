from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from dlpipe.core import config
from dlpipe.core.errors import DlpipeError
from dlpipe.core.say import say
from dlpipe.workflow import mitigate as mitigating
from dlpipe.workflow.mitigate import COSTS, FOLDER, changes, mitigate
from tests.workflow.sides import side

if TYPE_CHECKING:
    from collections.abc import Callable

    from dlpipe.core.project import Project


DATASET = {"modality": {"name": "image"}, "task": {"name": "classification"}, "groups": ["site"]}


@pytest.fixture
def project(project_factory: Callable[..., Project], monkeypatch: pytest.MonkeyPatch) -> Project:
    """A project whose model answers better once the pipeline has run again."""
    made = project_factory(sections={"train": {"epochs": 2}, "dataset": DATASET})
    state = {"shift": 1.0}

    def ran(project: Any, name: str, **options: Any) -> None:
        assert options == {"show": False}
        state["shift"] = 3.0

    monkeypatch.setattr(mitigating, "run_pipeline", ran)
    monkeypatch.setattr(mitigating, "side_of", lambda project, name: side(name, state["shift"]))
    return made


def plain(project: Project, section: str) -> Any:
    return config.read(project.pipeline_file("demo")).plain(section)


@pytest.mark.parametrize("how", COSTS)
def test_each_way_sets_what_the_stages_understand_and_shows_the_trade(
    project: Project, how: str, capsys: pytest.CaptureFixture[str]
) -> None:
    mitigate(project, "demo", how)
    told = capsys.readouterr()
    assert "what it costs" in told.err
    assert "undo it" in told.err
    assert "demo (before)" in told.out
    assert sorted(path.name for path in (project.local / FOLDER).iterdir()) == [f"demo-{how}.html", f"demo-{how}.png"]
    train, export = plain(project, "train"), plain(project, "export")
    assert train["epochs"] == 2
    found = train.get("group_balance"), train.get("objective"), (export or {}).get("group_thresholds")
    assert (
        found
        == {
            "balance": ("sampling", None, None),
            "weights": ("weights", None, None),
            "dro": (None, {"name": "group_dro"}, None),
            "thresholds": (None, None, {"by": "site", "constraint": "equalized_odds"}),
        }[how]
    )


def test_json_is_all_of_it(
    project: Project, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(say, "json", True)
    mitigate(project, "demo", "dro")
    found = json.loads(capsys.readouterr().out)
    assert (found["how"], found["cost"]) == ("dro", COSTS["dro"])
    assert "equalized_odds" in found["paired"]["fairness"]["site"]
    assert found["trade_off"].startswith("demo (dro) beside demo (before): ")


def test_a_gate_that_says_no_is_passed_on_after_the_comparison(
    project: Project, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    once = mitigating.run_pipeline

    def said_no(*arguments: Any, **options: Any) -> None:
        once(*arguments, **options)
        raise SystemExit(3)

    monkeypatch.setattr(mitigating, "run_pipeline", said_no)
    with pytest.raises(SystemExit) as end:
        mitigate(project, "demo", "balance")
    assert end.value.code == 3
    assert "demo (before)" in capsys.readouterr().out


@pytest.mark.parametrize("code", (3, 4))
def test_a_stage_that_fails_before_there_are_answers_ends_it(
    project: Project, monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    def failed(*_arguments: Any, **_options: Any) -> None:
        raise SystemExit(code)

    monkeypatch.setattr(mitigating, "run_pipeline", failed)
    with pytest.raises(SystemExit) as end:
        mitigate(project, "demo", "balance")
    assert end.value.code == code
    assert not (project.local / FOLDER).exists()


def test_settings_that_do_not_fit_leave_the_file_as_it_was(project: Project) -> None:
    path = project.pipeline_file("demo")
    path.write_text(path.read_text().replace("epochs: 2", "epochs: 2\n  class_weights: balanced"))
    before = path.read_bytes()
    with pytest.raises(DlpipeError, match="take `class_weights` out"):
        mitigate(project, "demo", "weights")
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    ("arguments", "said"),
    (
        (("balanc", ["a"], None), "no mitigation 'balanc'; did you mean 'balance'"),
        (("balance", ["a"], "none"), "is for thresholds"),
        (("thresholds", ["a"], "equal_odds"), "no constraint 'equal_odds'; did you mean"),
        (("thresholds", ["a", "b"], None), "by one attribute"),
    ),
)
def test_what_cannot_be_is_said(project: Project, arguments: Any, said: str) -> None:
    how, groups, constraint = arguments
    with pytest.raises(DlpipeError, match=said):
        if how in COSTS:
            changes(how, groups, constraint)
        else:
            mitigate(project, "demo", how)


def test_without_groups_there_is_nothing_to_even_out(
    project_factory: Callable[..., Project], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mitigating, "side_of", lambda project, name: side(name, 1.0))
    with pytest.raises(DlpipeError, match="nothing says whose groups"):
        mitigate(project_factory(), "demo", "balance")
