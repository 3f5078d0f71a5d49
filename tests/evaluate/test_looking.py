from __future__ import annotations

import numpy as np
import pytest

from dlpipe.core.errors import DlpipeError, Exit
from dlpipe.evaluate.looking import look, readable, through
from dlpipe.modalities import Sample, Unreadable
from dlpipe.predictor import Predictor
from dlpipe.similarity import fingerprint
from tests.evaluate.evaluated import NAME, samples_table


def test_looks_once_at_all_and_asks_the_network_of_some(project) -> None:
    predictor, raw = Predictor(project.outputs(NAME) / "export"), project.data(NAME) / "raw"
    samples = samples_table(project).head(7)
    found = look(predictor, raw, samples, np.array([1, 5]), "look")
    values = [readable(sample).value for sample in map(predictor.modality.reader(raw, samples).__getitem__, range(7))]
    wanted = predictor.scores(np.stack([predictor.modality.encode(values[at]) for at in (1, 5)]))
    assert found.inside.logits == pytest.approx(wanted.logits, abs=1e-6)
    assert found.inside.features == pytest.approx(wanted.features, abs=1e-6)
    assert np.array_equal(found.fingerprints, [fingerprint(value) for value in values])


def test_nothing_asked_is_an_empty_answer_of_the_right_shape(project) -> None:
    found = through(Predictor(project.outputs(NAME) / "export"), [])
    assert (found.logits.shape, found.features.shape) == ((0, 2), (0, 4))


def test_what_cannot_be_read_any_more_ends_with_5() -> None:
    sample = Sample("a", np.zeros(1))
    assert readable(sample) is sample
    with pytest.raises(DlpipeError, match="b cannot be read: cut off") as caught:
        readable(Unreadable("b", "truncated", "cut off"))
    assert caught.value.exit_code == Exit.INTEGRITY
