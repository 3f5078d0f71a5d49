"""Plug-ins: the folder is the registry, a file holds one class, mistakes name the nearest spelling."""

from __future__ import annotations

from collections.abc import Callable
from importlib.metadata import EntryPoint
from typing import Annotated, Any

import pytest
from pydantic import BaseModel, ValidationError
from pydantic_core import PydanticCustomError

from dlpipe.core import plugin
from dlpipe.core.errors import DlpipeError
from tests.core.conftest import BLURRY


def test_the_folder_is_the_registry(kind: Any):
    assert plugin.names(kind) == ["blurry", "dark"]


def test_folders_below_hold_other_things(make_kind: Callable[..., Any], tmp_path: Any):
    kind = make_kind(blurry=BLURRY)
    (tmp_path / "kinds" / kind.package / "below").mkdir()
    (tmp_path / "kinds" / kind.package / "below" / "__init__.py").touch()
    assert plugin.names(kind) == ["blurry"]


def test_a_plugin_is_found_by_its_files_name(kind: Any):
    found = plugin.find(kind, "blurry")
    assert found.__name__ == "Blurry"
    assert found().name == "blurry"


def test_an_unknown_name_gets_the_nearest_one(kind: Any):
    with pytest.raises(DlpipeError, match=r"there is no check 'blury': did you mean 'blurry'\?") as caught:
        plugin.find(kind, "blury")
    assert caught.value.fix == "list them with `dlpipe list check`"


@pytest.mark.parametrize("name", ("", "../dark", "dark.x", "__init__", "DARK"))
def test_a_name_is_no_path(name: str, kind: Any):
    with pytest.raises(DlpipeError, match="there is no check"):
        plugin.find(kind, name)


@pytest.mark.parametrize(
    ("text", "count"),
    (("", 0), (BLURRY + BLURRY.replace("Blurry", "Sharp").partition("\n\n")[2], 2)),
    ids=("none", "two"),
)
def test_a_file_holds_exactly_one(text: str, count: int, make_kind: Callable[..., Any]):
    kind = make_kind(odd=text)
    with pytest.raises(DlpipeError, match=rf"odd\.py holds {count} plug-ins of kind Check"):
        plugin.find(kind, "odd")


def test_an_imported_plugin_does_not_count(make_kind: Callable[..., Any]):
    again = "from {package}.blurry import Blurry\nfrom {package} import Check\nclass Again(Check):\n    'It.'\n"
    kind = make_kind(blurry=BLURRY, again=again)
    assert plugin.find(kind, "again").__name__ == "Again"


def test_entry_points_add_plugins(kind: Any, make_kind: Callable[..., Any], monkeypatch: pytest.MonkeyPatch):
    outside = make_kind(noisy=f"from {kind.package} import Check\nclass Noisy(Check):\n    'Finds noise.'\n")
    point = EntryPoint("noisy", f"{outside.package}.noisy:Noisy", kind.package)
    _provide(monkeypatch, point)
    assert plugin.names(kind) == ["blurry", "dark", "noisy"]
    assert plugin.find(kind, "noisy")().name == "noisy"


def test_an_entry_point_is_named_like_its_module(kind: Any, monkeypatch: pytest.MonkeyPatch):
    _provide(monkeypatch, EntryPoint("sharp", f"{kind.package}.blurry:Blurry", kind.package))
    with pytest.raises(DlpipeError, match="the entry point 'sharp'"):
        plugin.find(kind, "sharp")


def _provide(monkeypatch: pytest.MonkeyPatch, point: EntryPoint) -> None:
    monkeypatch.setattr(plugin, "entry_points", lambda group: [point] if point.group == group else [])


def test_the_summary_is_the_docstrings_first_paragraph_on_one_line(kind: Any):
    assert plugin.summary(plugin.find(kind, "blurry")) == "Finds blurred pictures."
    assert plugin.summary(plugin.find(kind, "dark")) == "Finds dark pictures."


def test_make_sets_and_checks_settings(kind: Any):
    assert plugin.make(kind, "blurry", {"threshold": 0.25}).threshold == 0.25
    assert plugin.make(kind, "dark", None).name == "dark"
    with pytest.raises(PydanticCustomError, match="bad settings"):
        plugin.make(kind, "blurry", {"threshold": 2})


def test_settings_are_frozen_closed_and_finite(kind: Any):
    blurry = plugin.find(kind, "blurry")
    with pytest.raises(ValidationError):
        blurry().threshold = 1.0
    for bad in ({"treshold": 0.1}, {"threshold": float("nan")}, {"threshold": "high"}):
        with pytest.raises(ValidationError):
            blurry.model_validate(bad)


def _holder(kind: Any) -> type[BaseModel]:
    class Holder(BaseModel):
        model: Annotated[plugin.Shown[kind], plugin.one(kind)]
        checks: Annotated[dict[str, plugin.Shown[kind]], plugin.many(kind)] = {}

    return Holder


def test_one_is_a_mapping_with_a_name(kind: Any):
    made: Any = _holder(kind).model_validate({"model": {"name": "blurry", "threshold": 1}})
    assert made.model.threshold == 1.0


@pytest.mark.parametrize("value", ("blurry", {}, {"name": 3}, None, [], {"threshold": 1}))
def test_one_that_is_no_such_mapping_is_refused(value: object, kind: Any):
    with pytest.raises(ValidationError, match="must be a mapping with a 'name'"):
        _holder(kind).model_validate({"model": value})


def test_many_is_a_mapping_from_names(kind: Any):
    made: Any = _holder(kind).model_validate({"model": {"name": "dark"}, "checks": {"blurry": None, "dark": {}}})
    assert {name: check.name for name, check in made.checks.items()} == {"blurry": "blurry", "dark": "dark"}


def test_many_says_all_mistakes_at_once(kind: Any):
    checks = {"blury": {}, "blurry": {"threshold": 2, "x": 1}, "dark": {}}
    with pytest.raises(ValidationError) as caught:
        _holder(kind).model_validate({"model": {"name": "dark"}, "checks": checks})
    (error,) = caught.value.errors()
    assert [inner["loc"] for inner in error["ctx"]["errors"]] == [("blury",), ("blurry",)]


@pytest.mark.parametrize("value", ("blurry", ["blurry"], 3))
def test_many_that_is_no_mapping_is_refused(value: object, kind: Any):
    with pytest.raises(ValidationError, match="must be a mapping from names to settings"):
        _holder(kind).model_validate({"model": {"name": "dark"}, "checks": value})


def test_settings_survive_being_written_down(kind: Any):
    holder: Any = _holder(kind)
    made = holder.model_validate({"model": {"name": "blurry", "threshold": 0.25, "sizes": [1, 2]}})
    written = made.model_dump(mode="json")["model"]
    assert written == {"threshold": 0.25, "sizes": [1, 2]}
    assert plugin.make(kind, made.model.name, written) == made.model


def test_made_plugins_pass_as_they_are(kind: Any):
    blurry = plugin.make(kind, "blurry", {"threshold": 0.1})
    made: Any = _holder(kind).model_validate({"model": blurry, "checks": {"blurry": blurry}})
    assert made.model is blurry
    assert made.checks["blurry"] is blurry
