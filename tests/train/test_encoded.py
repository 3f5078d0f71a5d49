from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from dlpipe.core.errors import DlpipeError, Exit
from dlpipe.core.table import read_table
from dlpipe.modalities.image import Image
from dlpipe.train import encoded as module
from dlpipe.train.encoded import OnDemand, fit_in_memory, kept_in_memory

if TYPE_CHECKING:
    from dlpipe.core.stage import Inputs

IMAGE = Image(size_px=24)


def on_demand(inputs: Inputs) -> OnDemand:
    return OnDemand(IMAGE, inputs.raw, read_table(inputs.path("split/samples.parquet")))


def test_pictures_have_their_channels_last(inputs: Inputs) -> None:
    source = on_demand(inputs)
    table = read_table(inputs.path("split/samples.parquet"))
    decoded, _ = IMAGE.decode((inputs.raw / table["path"][3]).read_bytes())
    assert np.array_equal(source[3], np.moveaxis(IMAGE.encode(decoded), 0, -1))


def test_kept_samples_are_those_of_the_table(inputs: Inputs) -> None:
    source = on_demand(inputs)
    kept = kept_in_memory(source, "some")
    assert isinstance(kept, np.ndarray)
    assert kept.shape == (36, 24, 24, 3)
    assert kept.dtype == np.uint8
    assert all(np.array_equal(kept[index], source[index]) for index in (0, 17, 35))


def test_a_sample_that_cannot_be_decoded_any_more_is_a_matter_of_integrity(
    inputs: Inputs, monkeypatch: pytest.MonkeyPatch
) -> None:
    from dlpipe.modalities import UnreadableError

    def refusing(_self: object, _content: bytes) -> object:
        raise UnreadableError("truncated", "it ends early")

    monkeypatch.setattr(Image, "decode", refusing)
    with pytest.raises(DlpipeError, match="truncated: it ends early") as caught:
        _ = on_demand(inputs)[0]
    assert caught.value.exit_code == Exit.INTEGRITY


def test_memory_is_shared_among_processes(monkeypatch: pytest.MonkeyPatch) -> None:
    free = SimpleNamespace(available=100 * 24 * 24 * 3)
    monkeypatch.setattr(module.psutil, "virtual_memory", lambda: free)
    assert fit_in_memory(IMAGE, 50, 1)
    assert not fit_in_memory(IMAGE, 51, 1)
    assert not fit_in_memory(IMAGE, 50, 2)
