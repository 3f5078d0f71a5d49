from __future__ import annotations

import importlib.metadata
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dlpipe.core import files
from dlpipe.tracking.mlmodel import write_mlmodel
from dlpipe.tracking.store import quiet
from tests.tracking.models import answers, pictures, write_onnx

Make = Callable[..., Path]


@pytest.fixture
def make(tmp_path: Path) -> Make:
    """`make(size_px=…)` writes the folder around a small exported network."""
    quiet()

    def made(**wishes: Any) -> Path:
        onnx_file, described = tmp_path / "export" / "model.onnx", tmp_path / "export" / "model.json"
        if not onnx_file.is_file():
            write_onnx(onnx_file, **wishes)
        described.write_text('{"classes": ["a", "b"]}')
        write_mlmodel(onnx_file, [described], tmp_path / "model")
        return tmp_path / "model"

    return made


def loaded(folder: Path) -> Any:
    from mlflow import pyfunc

    return pyfunc.load_model(str(folder))


def test_others_load_it_and_get_the_networks_answers(make: Make) -> None:
    found = loaded(make()).predict({"inputs": pictures()})
    for name, wanted in answers(pictures()).items():
        np.testing.assert_allclose(found[name], wanted, rtol=1e-6)


def test_it_says_what_goes_in_and_out(make: Make) -> None:
    metadata = loaded(make()).metadata
    inputs, outputs = metadata.signature.inputs.inputs, metadata.signature.outputs.inputs
    assert [(spec.name, spec.type, spec.shape) for spec in inputs] == [("inputs", np.uint8, (-1, 3, 4, 4))]
    assert [(spec.name, spec.type, spec.shape) for spec in outputs] == [
        ("outputs", np.float32, (-1, 2)),
        ("features", np.float32, (-1, 3)),
    ]


def test_its_example_can_be_asked(make: Make) -> None:
    model = loaded(make())
    assert model.input_example["inputs"].shape == (2, 3, 4, 4)
    assert model.predict(model.input_example)["outputs"].shape == (2, 2)


def test_an_example_of_megabytes_is_left_out(make: Make) -> None:
    folder = make(size_px=600)
    assert files.size_bytes(folder) < 100_000
    assert loaded(folder).metadata.signature.inputs.inputs[0].shape == (-1, 3, 600, 600)


def test_the_file_is_the_checked_one_byte_by_byte(make: Make, tmp_path: Path) -> None:
    """What MLflow would write is the same network in other bytes."""
    import onnx

    checked = tmp_path / "export" / "model.onnx"
    write_onnx(checked)
    last_field_first = onnx.ModelProto(ir_version=10, producer_name="elsewhere").SerializeToString()
    checked.write_bytes(checked.read_bytes() + last_field_first)
    assert onnx.load(str(checked)).SerializeToString() != checked.read_bytes()
    folder = make()
    assert (folder / "model.onnx").read_bytes() == checked.read_bytes()
    assert (folder / "model.json").read_bytes() == (tmp_path / "export" / "model.json").read_bytes()
    np.testing.assert_allclose(
        loaded(folder).predict({"inputs": pictures()})["outputs"], answers(pictures())["outputs"], rtol=1e-6
    )


def test_digests_of_all_files_lie_beside_them(make: Make) -> None:
    folder = make()
    noted = files.read_json(folder / files.DIGESTS)
    assert noted == files.digests(folder)
    assert {"MLmodel", "model.onnx", "model.json", "requirements.txt"} <= noted.keys()


def test_it_needs_few_packages_of_these_versions_and_no_code(make: Make) -> None:
    folder = make()
    required = dict(line.split("==") for line in (folder / "requirements.txt").read_text().splitlines())
    assert required == {name: importlib.metadata.version(name) for name in ("mlflow", "numpy", "onnx", "onnxruntime")}
    assert not [path for path in folder.rglob("*") if path.suffix in {".pkl", ".py", ".pickle"}]
