"""A photo of any EXIF orientation has the same upright pixels wherever it is looked at."""

from __future__ import annotations

import http.client
import io
import json
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
import pytest
from PIL import Image as Pillow

from dlpipe.clean.checks import Check
from dlpipe.clean.scan import scan
from dlpipe.core import files
from dlpipe.encoding import EncodedSamples
from dlpipe.modalities.image import Image
from dlpipe.predictor import Predictor
from dlpipe.serve.app import Service
from dlpipe.serve.limits import Limits
from dlpipe.serve.server import listening, make_server
from dlpipe.train.encoded import OnDemand
from tests.exported import SIZE_PX, exported_folder
from tests.making import picture
from tests.serve.conftest import LOOPBACK

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from dlpipe.modalities import Sample

SCENE = picture(0, 1, 48)[:, :36]
SCENE[:9, :18] = (250, 20, 20)
"""No mirror image or rotation of it is like it."""

STORED = {1: None, 2: 0, 3: 3, 4: 1, 5: 5, 6: 2, 7: 6, 8: 4}
"""By orientation: Pillow's transposition that stores the scene so."""

MODALITY = Image(size_px=SIZE_PX)


class Pixels(Check):
    """Sees every pixel."""

    def look(self, sample: Sample) -> np.ndarray[Any, Any]:
        return sample.value


def stored(orientation: int) -> bytes:
    """The scene as a camera stores it that was held so."""
    exif, method, stream = Pillow.Exif(), STORED[orientation], io.BytesIO()
    exif[0x0112] = orientation
    image = Pillow.fromarray(SCENE)
    (image if method is None else image.transpose(Pillow.Transpose(method))).save(stream, "PNG", exif=exif)
    return stream.getvalue()


@pytest.fixture
def samples(tmp_path: Path) -> pl.DataFrame:
    """One file for each of the eight orientations, in `tmp_path`."""
    for orientation in STORED:
        (tmp_path / f"{orientation}.png").write_bytes(stored(orientation))
    names = [f"{orientation}.png" for orientation in STORED]
    return pl.DataFrame({"id": names, "path": names, "digest": [files.digest(tmp_path / name) for name in names]})


def test_the_audit_sees_upright_pixels(tmp_path: Path, samples: pl.DataFrame):
    found = scan(MODALITY.reader(tmp_path, samples), {"pixels": Pixels()})
    assert [facts["orientation"] for facts in found.facts] == list(STORED)
    assert {(facts["width"], facts["height"]) for facts in found.facts} == {(36, 48)}
    assert all(np.array_equal(pixels, SCENE) for pixels in found.looks["pixels"])


def test_training_evaluation_and_predictor_see_what_the_audit_sees(tmp_path: Path, samples: pl.DataFrame):
    expected = MODALITY.encode(SCENE)
    training = OnDemand(MODALITY, tmp_path, samples)
    assert all(np.array_equal(training[row], np.moveaxis(expected, 0, -1)) for row in range(len(STORED)))
    (batch,) = EncodedSamples(MODALITY, tmp_path, samples, "encoding")
    assert all(np.array_equal(array, expected) for array in batch.inputs)
    predictor = Predictor(exported_folder(tmp_path / "export"))
    answers = predictor.predict([stored(orientation) for orientation in STORED])
    probabilities = predictor.scores(np.stack([expected] * len(STORED))).probabilities
    told = [list(answer.probabilities.values()) for answer in answers]  # type: ignore[union-attr] - none is refused
    assert np.array_equal(told, probabilities)


def test_the_server_answers_all_alike(tmp_path: Path):
    with serving(Predictor(exported_folder(tmp_path / "export"))) as port:
        answers = [asked(port, stored(orientation)) for orientation in STORED]
    assert answers == [answers[0]] * len(STORED)
    assert sum(answers[0]["probabilities"].values()) == pytest.approx(1, abs=1e-4)


@contextmanager
def serving(predictor: Predictor) -> Iterator[int]:
    bound = listening("127.0.0.1", 0)
    server: Any = make_server(Service("demo", "1", predictor, LOOPBACK, Limits()))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [bound]}, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.005)
    try:
        yield bound.getsockname()[1]
    finally:
        server.should_exit = True
        thread.join(10)
        bound.close()


def asked(port: int, content: bytes) -> dict[str, Any]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    connection.request("POST", "/predict", content, {"Content-Type": "image/png"})
    return json.loads(connection.getresponse().read())
