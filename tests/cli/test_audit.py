from __future__ import annotations

from pathlib import Path


def test_options_are_handed_on(handed) -> None:
    line = [
        "audit",
        "photos",
        "--at-most",
        "dark=0.1",
        "--at-most",
        "blurry=0",
        "--report",
        "a.html",
        "--check",
        "dark",
    ]
    given, named = handed("dlpipe.workflow.audit", "audit_folder", line)
    assert given == (Path("photos"),)
    assert named == {"at_most": ["dark=0.1", "blurry=0"], "page_file": Path("a.html"), "checks": ["dark"]}
