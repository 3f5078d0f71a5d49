from __future__ import annotations

import errno
import multiprocessing
import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlpipe.core.errors import DlpipeError, Exit
from dlpipe.tracking.journal import Journal, entries, number, try_open


def test_entries_come_back_in_order(tmp_path):
    journal = Journal(tmp_path, "abc")
    for step in range(5):
        journal.append("metrics", {"values": {"loss": step}, "step": step})
    journal.sync()
    journal.close()

    found = list(entries(tmp_path / "abc.jsonl"))
    assert [entry.data["step"] for entry in found] == list(range(5))
    assert found[-1].end == (tmp_path / "abc.jsonl").stat().st_size
    assert list(entries(tmp_path / "abc.jsonl", found[2].end)) == found[3:]


@given(cut=st.integers(1, 60))
def test_a_torn_tail_costs_only_its_own_entry(tmp_path_factory, cut):
    folder = tmp_path_factory.mktemp("torn")
    journal = Journal(folder, "abc")
    journal.append("tags", {"values": {"a": "1"}})
    journal.append("tags", {"values": {"b": "a long value, so that a cut hits the second line alone ……………"}})
    journal.close()
    path = folder / "abc.jsonl"
    path.write_bytes(path.read_bytes()[:-cut])

    assert [entry.data["values"] for entry in entries(path)] == [{"a": "1"}]
    again = Journal(folder, "abc")
    again.append("tags", {"values": {"c": "3"}})
    again.close()
    kept = [list(entry.data["values"]) for entry in entries(path)]
    assert kept[0] == ["a"]
    assert kept[-1] == ["c"]


def test_zeros_of_a_power_cut_are_skipped(tmp_path):
    journal = Journal(tmp_path, "abc")
    journal.append("tags", {"values": {}})
    journal.close()
    with (tmp_path / "abc.jsonl").open("ab") as file:
        file.write(b"\0" * 4096)
    journal = Journal(tmp_path, "abc")
    journal.append("end", {"status": "FINISHED"})
    journal.close()

    assert [entry.kind for entry in entries(tmp_path / "abc.jsonl")] == ["tags", "end"]


def test_threads_do_not_tear_each_others_lines(tmp_path):
    journal = Journal(tmp_path, "abc")
    threads = [
        threading.Thread(
            target=lambda n=n: [journal.append("tags", {"values": {str(n): "x" * 500}}) for _ in range(200)]
        )
        for n in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    journal.close()

    assert sum(1 for _ in entries(tmp_path / "abc.jsonl")) == 800


def test_a_full_disk_is_told_and_the_next_entry_is_whole(tmp_path, monkeypatch):
    journal = Journal(tmp_path, "abc")

    class Full:
        def write(self, line):
            (tmp_path / "abc.jsonl").write_bytes(line[:7])
            return 7

    file, journal._file = journal._file, Full()
    with pytest.raises(OSError, match="space") as failed:
        journal.append("tags", {"values": {"a": "1"}})
    assert failed.value.errno == errno.ENOSPC
    journal._file = file
    journal.append("tags", {"values": {"b": "2"}})
    journal.close()

    assert [entry.data["values"] for entry in entries(tmp_path / "abc.jsonl")] == [{"b": "2"}]


def test_one_process_at_a_time(tmp_path):
    first = Journal(tmp_path, "abc")
    assert try_open(tmp_path, "abc") is None
    with pytest.raises(DlpipeError, match="open in another process") as refused:
        Journal(tmp_path, "abc", wait_s=0.2)
    assert refused.value.exit_code == Exit.ENVIRONMENT
    first.close()
    second = try_open(tmp_path, "abc")
    assert second is not None
    second.close()


def test_a_dead_process_holds_nothing(tmp_path):
    def die() -> None:
        import os
        import signal

        Journal(tmp_path, "abc").append("open", {})
        os.kill(os.getpid(), signal.SIGKILL)

    process = multiprocessing.get_context("fork").Process(target=die)
    process.start()
    process.join()

    journal = try_open(tmp_path, "abc")
    assert journal is not None
    journal.close()
    assert [entry.kind for entry in entries(tmp_path / "abc.jsonl")] == ["open"]


@pytest.mark.parametrize("key", ("../../etc/passwd", "", "a/b", "x" * 65, "a.b"))
def test_a_hostile_key_is_refused(tmp_path, key):
    with pytest.raises(DlpipeError) as refused:
        Journal(tmp_path, key)
    assert refused.value.exit_code == Exit.INTEGRITY


@pytest.mark.parametrize("value", (float("nan"), float("inf"), float("-inf"), 1.5, 0.0))
def test_every_number_survives_json(value):
    assert repr(float(number(value))) == repr(value)
