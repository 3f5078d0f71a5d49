from __future__ import annotations

from pathlib import Path

import pytest

from dlpipe.evaluate.drawing import figure, save, short, style


def test_a_figure_opens_no_window_and_needs_no_pyplot(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DISPLAY", raising=False)
    drawn = figure(2, 1)
    drawn.subplots().plot([0, 1], [0, 1])
    save(drawn, tmp_path / "a.png")
    assert (tmp_path / "a.png").read_bytes().startswith(b"\x89PNG")


def test_a_dollar_is_a_dollar(tmp_path: Path) -> None:
    with style():
        drawn = figure(2, 1)
        drawn.subplots().set_title("$\\frac{$")
        save(drawn, tmp_path / "a.png")


@pytest.mark.parametrize(("name", "wanted"), (("mono", "mono"), ("x" * 18, "x" * 18), ("x" * 19, "x" * 17 + "…")))
def test_long_names_are_cut_and_say_so(name: str, wanted: str) -> None:
    assert short(name) == wanted
