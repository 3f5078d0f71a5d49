from __future__ import annotations


def test_options_are_handed_on(handed) -> None:
    assert handed("dlpipe.workflow.schema", "write_schema", ["schema", "demo"]) == (("demo",), {"update": False})
    line = ["schema", "demo", "--update"]
    assert handed("dlpipe.workflow.schema", "write_schema", line) == (("demo",), {"update": True})
