from __future__ import annotations

import pytest


@pytest.mark.parametrize("word", ("keep", "drop"))
def test_options_are_handed_on(handed, word: str) -> None:
    line = [word, "demo", "a.png", "b.png", "--why", "sharp", "--by", "ann", "--undo"]
    given, named = handed("dlpipe.workflow.verdict", "give_verdict", line)
    assert given == (word, "demo", ["a.png", "b.png"])
    assert named == {"why": "sharp", "by": "ann", "undo": True}
