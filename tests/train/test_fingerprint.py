from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from dlpipe.core.plugin import plain
from dlpipe.train import fingerprint as module
from dlpipe.train.fingerprint import fingerprint
from tests.trainable import config_of, inputs_of, write_split

if TYPE_CHECKING:
    from dlpipe.core.stage import Inputs


def test_it_stays_where_nothing_changes(inputs: Inputs) -> None:
    assert fingerprint(config_of(), inputs, 1) == fingerprint(config_of(), inputs_of(inputs.project), 1)
    assert len(fingerprint(config_of(), inputs, 1)) == 64


@pytest.mark.parametrize(
    "change",
    (
        {"learning_rate": 0.5},
        {"model": {"name": "small_cnn", "width": 8, "depth": 2}},
        {"early_stopping": None},
        {"augment": {}},
    ),
)
def test_settings_change_it(inputs: Inputs, change: dict[str, Any]) -> None:
    assert fingerprint(config_of(), inputs, 1) != fingerprint(config_of(**change), inputs, 1)


def test_data_code_and_libraries_change_it(inputs: Inputs, monkeypatch: pytest.MonkeyPatch) -> None:
    before = fingerprint(config_of(), inputs, 1)
    assert fingerprint(config_of(), inputs, 2) != before
    assert fingerprint(config_of(), inputs_of(inputs.project, size_px=48), 1) != before
    with monkeypatch.context() as patch:
        patch.setattr(module, "version", lambda _library: "99")
        assert fingerprint(config_of(), inputs, 1) != before
    write_split(inputs.project, held_out=4)
    assert fingerprint(config_of(), inputs, 1) != before


def test_plug_ins_keep_their_names() -> None:
    settings = plain(config_of(early_stopping={"patience": 2}))
    assert settings["weights"] == {"name": "random"}
    assert settings["early_stopping"] == {"patience": 2}
