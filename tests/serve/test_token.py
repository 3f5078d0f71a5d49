"""The token's file."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from dlpipe.core.errors import DlpipeError, Exit
from dlpipe.serve.token import token

if TYPE_CHECKING:
    from pathlib import Path


def test_made_once_and_kept(tmp_path: Path):
    place = tmp_path / ".dlpipe" / "serve-token"
    first, is_new = token(place)
    assert is_new
    assert len(first) == 43
    assert place.stat().st_mode & 0o777 == 0o600
    assert token(place) == (first, False)
    assert token(tmp_path / "other")[0] != first


@pytest.mark.parametrize("held", ("", "a", "x" * 42, "x" * 44, "x" * 42 + "!"))
def test_a_short_or_foreign_token_is_refused(tmp_path: Path, held: str):
    place = tmp_path / "serve-token"
    place.write_text(held)
    place.chmod(0o600)
    with pytest.raises(DlpipeError, match="does not hold a token") as caught:
        token(place)
    assert caught.value.exit_code == Exit.INTEGRITY


def test_a_token_that_others_can_read_is_refused(tmp_path: Path):
    place = tmp_path / "serve-token"
    token(place)
    place.chmod(0o644)
    with pytest.raises(DlpipeError, match="can be read by others"):
        token(place)
