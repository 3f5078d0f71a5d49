from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from dlpipe.core.errors import DlpipeError, Exit
from dlpipe.evaluate.foreign import from_folder, measure, synthetic
from dlpipe.evaluate.foreignness import Foreignness
from dlpipe.evaluate.looking import Inside, through
from dlpipe.predictor import Predictor
from dlpipe.statistics import by_label
from tests.exported import exported_folder, random_pictures
from tests.making import write_pictures


@pytest.fixture
def predictor(tmp_path: Path) -> Predictor:
    return Predictor(exported_folder(tmp_path / "export"))


def test_a_folder_is_read_and_known_again_by_its_bytes(predictor: Predictor, tmp_path: Path) -> None:
    write_pictures(tmp_path / "other", 6, 40)
    (tmp_path / "other" / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    (tmp_path / "other" / "notes.txt").write_text("no picture", encoding="utf-8")
    found = from_folder("other", tmp_path / "other", predictor)
    assert found.inside.logits.shape == (6, 2)
    assert {key: found.about[key] for key in ("kind", "files", "unreadable", "n")} == {
        "kind": "folder",
        "files": 7,
        "unreadable": 1,
        "n": 6,
    }
    assert str(tmp_path) not in str(found.about)
    write_pictures(tmp_path / "other", 8, 40)
    assert from_folder("other", tmp_path / "other", predictor).about["digest"] != found.about["digest"]


def test_a_folder_that_is_missing_or_holds_nothing_is_named(predictor: Predictor, tmp_path: Path) -> None:
    for folder, what in ((tmp_path / "none", "no folder"), (tmp_path, "can be read")):
        with pytest.raises(DlpipeError, match=what) as caught:
            from_folder("other", folder, predictor)
        assert caught.value.exit_code == Exit.INPUT
        assert "evaluate.foreign.other" in caught.value.problem


def test_made_up_sets_are_named_so_and_follow_from_the_seed(predictor: Predictor) -> None:
    pictures = random_pictures(5)
    found = synthetic(pictures, predictor, 3)
    assert set(found) == {"synthetic_noise", "synthetic_blur", "synthetic_shuffle"}
    again = synthetic(pictures, predictor, 3)
    for name, one in found.items():
        assert one.about == {"kind": "synthetic", "n": 5}
        assert np.array_equal(one.inside.logits, again[name].inside.logits)
        assert not np.array_equal(one.inside.features, through(predictor, pictures).features)


def test_every_set_and_score_has_both_numbers_with_intervals() -> None:
    random = np.random.default_rng(0)
    own = Inside(random.normal(size=(60, 2)), random.normal(size=(60, 4)))
    apart = Inside(random.normal(size=(20, 2)), random.normal(size=(20, 4)) + 9)
    from dlpipe.evaluate.foreign import ForeignSet

    labels = np.repeat([0, 1], 30)
    sets = {
        "apart": ForeignSet(apart, {"kind": "folder", "n": 20}),
        "same": ForeignSet(own, {"kind": "folder", "n": 60}),
    }
    found = measure(Foreignness(own, labels), own, by_label(labels, 200, 0), sets, 0.9)
    assert found["n"] == 60
    distant = found["sets"]["apart"]["scores"]["mahalanobis"]
    assert distant["auroc"]["value"] == 1
    assert distant["fpr_at_95_tpr"]["value"] == 0
    same = found["sets"]["same"]["scores"]["energy"]
    assert same["auroc"]["low"] < 0.5 < same["auroc"]["high"]
    assert same["fpr_at_95_tpr"]["value"] == pytest.approx(0.95, abs=0.02)
