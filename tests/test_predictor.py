from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import softmax

import dlpipe
from dlpipe.core import files
from dlpipe.core.errors import DlpipeError, Exit
from dlpipe.decision import draws_of
from dlpipe.predictor import Answer, Predictor, Refused
from dlpipe.probabilities import calibrated, corrected, decided
from tests.exported import exported_folder, random_pictures, small_network
from tests.making import write_pictures

if TYPE_CHECKING:
    from collections.abc import Callable

    from dlpipe.core.project import Project


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return exported_folder(tmp_path / "export")


@pytest.fixture
def contents(tmp_path: Path) -> list[bytes]:
    return [path.read_bytes() for path in write_pictures(tmp_path / "raw", 9, 48)]


def test_scores_are_those_of_the_trained_network(folder: Path) -> None:
    import torch

    inputs = random_pictures(70)
    scores = Predictor(folder).scores(inputs)
    with torch.inference_mode():
        outputs, features = (value.numpy() for value in small_network()(torch.from_numpy(inputs)))
    np.testing.assert_allclose(scores.logits, outputs, atol=1e-5)
    np.testing.assert_allclose(scores.features, features, atol=1e-5)
    np.testing.assert_allclose(scores.probabilities, softmax(outputs / 1.5, axis=1), atol=1e-5)
    np.testing.assert_array_equal(scores.predicted, scores.probabilities[:, 1] >= 0.4)
    assert set(scores.predicted.tolist()) == {0, 1}


def test_nothing_asked_nothing_answered(folder: Path) -> None:
    scores = Predictor(folder).scores(random_pictures(0))
    assert (scores.logits.shape, scores.features.shape) == ((0, 2), (0, 4))
    assert (scores.probabilities.shape, scores.predicted.shape) == ((0, 2), (0,))
    assert Predictor(folder).predict([]) == []


def test_more_classes_take_the_most_probable(tmp_path: Path) -> None:
    scores = Predictor(exported_folder(tmp_path / "export", ("a", "b", "c"))).scores(random_pictures(20))
    np.testing.assert_array_equal(scores.predicted, scores.logits.argmax(axis=1))


def test_the_positive_class_may_stand_first(tmp_path: Path) -> None:
    predictor = Predictor(exported_folder(tmp_path / "export", positive=0, threshold=0.2))
    scores = predictor.scores(random_pictures(30))
    np.testing.assert_array_equal(scores.predicted == 0, scores.probabilities[:, 0] >= 0.2)


def test_files_are_answered_in_their_order_and_bad_ones_refused(folder: Path, contents: list[bytes]) -> None:
    predictor = Predictor(folder)
    answers = predictor.predict([contents[0], b"no picture", contents[1], b""])
    assert [type(answer) for answer in answers] == [Answer, Refused, Answer, Refused]
    refused = answers[1]
    assert isinstance(refused, Refused)
    assert refused.reason
    assert refused.detail
    given = answers[0]
    assert isinstance(given, Answer)
    assert list(given.probabilities) == predictor.classes == ["circles", "stripes"]
    assert given.probability == given.probabilities[given.label]
    assert sum(given.probabilities.values()) == pytest.approx(1)


def test_an_answer_does_not_depend_on_its_neighbours(folder: Path, contents: list[bytes]) -> None:
    predictor = Predictor(folder)
    assert predictor.predict(contents) == [predictor.predict([content])[0] for content in contents]


def test_threads_may_share_it(folder: Path, contents: list[bytes]) -> None:
    wanted = Predictor(folder).predict(contents)
    shared = Predictor(folder)
    with ThreadPoolExecutor(8) as pool:
        assert all(answers == wanted for answers in pool.map(lambda _: shared.predict(contents), range(16)))


def test_samples_of_another_shape_are_a_mistake_of_the_caller(folder: Path) -> None:
    with pytest.raises(ValueError, match="the model takes"):
        Predictor(folder).scores(random_pictures(2, size_px=16))


@pytest.mark.parametrize("name", ("model.onnx", "model.json"))
def test_one_flipped_bit_is_found(folder: Path, name: str) -> None:
    content = bytearray((folder / name).read_bytes())
    content[len(content) // 2] ^= 1
    (folder / name).write_bytes(bytes(content))
    with pytest.raises(DlpipeError, match=f"{name} is not what `export` published") as caught:
        Predictor(folder)
    assert caught.value.exit_code == Exit.INTEGRITY


def test_a_file_changed_between_opening_and_loading_is_found(folder: Path) -> None:
    predictor = Predictor(folder)
    (folder / "model.onnx").write_bytes(b"other")
    with pytest.raises(DlpipeError) as caught:
        predictor.load()
    assert caught.value.exit_code == Exit.INTEGRITY


def test_a_missing_file_is_found(folder: Path) -> None:
    (folder / "model.onnx").unlink()
    with pytest.raises(DlpipeError, match="is missing") as caught:
        Predictor(folder)
    assert caught.value.exit_code == Exit.INTEGRITY


def test_external_data_is_refused_though_digests_agree(folder: Path) -> None:
    import onnx

    model = onnx.load_model_from_string((folder / "model.onnx").read_bytes())
    tensor = model.graph.initializer[0]
    tensor.ClearField("raw_data")
    tensor.data_location = onnx.TensorProto.EXTERNAL
    tensor.external_data.add(key="location", value="../../secret")
    (folder / "model.onnx").write_bytes(model.SerializeToString())
    files.write_json(folder / "digests.json", files.digests(folder))
    with pytest.raises(DlpipeError, match="external data") as caught:
        Predictor(folder).load()
    assert caught.value.exit_code == Exit.INTEGRITY


def test_a_folder_of_another_schema_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DlpipeError, match="schema version 4"):
        Predictor(exported_folder(tmp_path / "export", schema_version=4))


def test_a_plugin_that_is_gone_is_named(tmp_path: Path) -> None:
    with pytest.raises(DlpipeError, match="there is no modality 'hologram'") as caught:
        Predictor(exported_folder(tmp_path / "export", modality={"name": "hologram"}))
    assert caught.value.exit_code == Exit.INTEGRITY


def test_the_model_of_a_pipeline_is_found_by_name(project_factory: Callable[..., Project]) -> None:
    project = project_factory()
    with pytest.raises(DlpipeError, match="has no exported model"):
        dlpipe.Predictor.of("demo", project.root)
    folder = exported_folder(project.data("demo") / "export")
    predictor = dlpipe.Predictor.of("demo", project.root)
    assert predictor.folder == folder
    assert predictor.digest == files.digest(folder / "model.onnx")
    assert predictor.positive == 1


def test_it_needs_no_torch(folder: Path, tmp_path: Path, contents: list[bytes]) -> None:
    (tmp_path / "a.png").write_bytes(contents[0])
    code = (
        "import sys; from pathlib import Path; from dlpipe import Predictor\n"
        f"answer, = Predictor(Path({str(folder)!r})).predict([Path({str(tmp_path / 'a.png')!r}).read_bytes()])\n"
        "assert answer.label in answer.probabilities\n"
        "assert not {'torch', 'sklearn', 'mlflow', 'timm'} & set(sys.modules), sys.modules.keys()"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


@given(st.lists(st.lists(st.floats(-80, 80), min_size=3, max_size=3), min_size=1), st.floats(0.05, 20))
def test_calibration_keeps_the_order_of_classes(logits: list[list[float]], temperature: float) -> None:
    given_logits = np.array(logits, dtype=np.float32)
    probabilities = calibrated(given_logits, temperature)
    np.testing.assert_allclose(
        probabilities, softmax(given_logits.astype(np.float64) / temperature, axis=1), atol=1e-12
    )
    np.testing.assert_allclose(probabilities.sum(axis=1), 1)


@pytest.mark.parametrize(
    ("probability", "threshold", "wanted"),
    ((0.3, 0.3, 1), (0.29, 0.3, 0), (0.3, None, 0), (0.7, None, 1)),
)
def test_a_sample_at_the_threshold_is_positive(probability: float, threshold: Any, wanted: int) -> None:
    assert decided(np.array([[1 - probability, probability]]), 1, threshold).tolist() == [wanted]


def test_curves_correct_each_class_and_rows_sum_to_1_again() -> None:
    shares = np.array([[0.2, 0.8], [0.6, 0.4]])
    assert corrected(shares, None) is shares
    curves = [{"x": [0.0, 1.0], "y": [0.0, 0.5]}, {"x": [0.5, 0.7], "y": [0.1, 0.9]}]
    assert corrected(shares, curves) == pytest.approx(np.array([[0.1, 0.9], [0.3 / 0.4, 0.1 / 0.4]]))


def test_a_model_that_promises_sets_names_what_is_possible(tmp_path: Path, contents: list[bytes]) -> None:
    for least, size in ((0.0, 2), (1.1, 0)):
        conformal = {"coverage": 0.9, "least_probability": least}
        folder = exported_folder(tmp_path / "export", conformal=conformal)
        for answer in Predictor(folder).predict(contents):
            if isinstance(answer, Answer):
                assert len(answer.possible or ()) == size
    plain = Predictor(exported_folder(tmp_path / "export")).predict(contents)
    assert all(answer.possible is None for answer in plain if isinstance(answer, Answer))


GROUPED: dict[str, Any] = {
    "schema_version": 2,
    "threshold": None,
    "group_thresholds": {
        "by": "site",
        "rules": {
            "north": {"thresholds": [0.2, 0.2], "first": 1.0, "ignored": 0.0, "constant": 0.0},
            "south": {"thresholds": [0.5, 0.9], "first": 0.5, "ignored": 0.25, "constant": 0.5},
        },
    },
}


def test_a_model_with_rules_by_group_decides_by_them_and_by_content(tmp_path: Path) -> None:
    predictor = Predictor(exported_folder(tmp_path / "export", **GROUPED))
    inputs = random_pictures(60)
    groups = ["north", "south"] * 30
    scores = predictor.scores(inputs, groups)
    positive = scores.probabilities[:, 1]
    assert scores.predicted[::2].tolist() == (positive[::2] >= 0.2).astype(int).tolist()
    assert predictor.group_rules is not None
    wanted = predictor.group_rules.positive(positive, groups, draws_of(inputs))
    assert scores.predicted.tolist() == wanted.astype(int).tolist()
    alone = [int(predictor.scores(inputs[row : row + 1], groups[row : row + 1]).predicted[0]) for row in range(20)]
    assert alone == scores.predicted[:20].tolist()


def test_a_model_with_rules_by_group_says_what_it_sees_but_decides_nothing_without_them(tmp_path: Path) -> None:
    scores = Predictor(exported_folder(tmp_path / "export", **GROUPED)).scores(random_pictures(3))
    assert scores.probabilities.shape == (3, 2)
    with pytest.raises(ValueError, match="needs the group of every sample"):
        _ = scores.predicted


def test_groups_stay_with_their_pictures_where_some_cannot_be_read(tmp_path: Path, contents: list[bytes]) -> None:
    predictor = Predictor(exported_folder(tmp_path / "export", **GROUPED))
    groups = ["north", "south", "north"] * 3
    answers = predictor.predict([contents[0], b"x", *contents[2:]], groups)
    assert isinstance(answers[1], Refused)
    kept = [answer.group for answer in answers if isinstance(answer, Answer)]
    assert kept == [group for place, group in enumerate(groups) if place != 1]
    with pytest.raises(DlpipeError, match="nothing says which of 'north', 'south'"):
        predictor.predict(contents)
    with pytest.raises(DlpipeError, match="no rule for 'nort'"):
        predictor.predict(contents[:1], ["nort"])
