from __future__ import annotations

import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlpipe.core.errors import DlpipeError, Exit
from dlpipe.core.project import Project
from dlpipe.tracking import deliver, new_key, sending
from dlpipe.tracking.journal import Entry, Journal
from dlpipe.tracking.sending import Sender
from dlpipe.tracking.store import Store, client_of, prepare, store_of
from dlpipe.tracking.writing import TOGETHER
from tests.tracking.servers import nobody
from tests.tracking.stores import PIPELINE, client, points, project_with, runs

if TYPE_CHECKING:
    from mlflow.tracking import MlflowClient

Said = tuple[str, dict[str, Any]]

START: Said = ("open", {"experiment": PIPELINE, "host": "h", "pid": 1, "tags": {}})
END: Said = ("end", {"status": "FINISHED", "why": ""})


@pytest.fixture
def store(project: Project) -> Store:
    found = store_of(project, PIPELINE)
    prepare(found)
    return found


def noted(store: Store, key: str, said: Iterable[Said]) -> Journal:
    """A journal of a training whose process never reached MLflow."""
    journal = Journal(store.journals, key)
    for kind, data in said:
        journal.append(kind, {"store": store.identity, **data} if kind == "open" else data)
    journal.close()
    return journal


def loss(step: int) -> Said:
    return "metrics", {"values": {"loss": float(step)}, "step": step}


def test_only_what_is_new_is_sent(project: Project, store: Store) -> None:
    key = new_key()
    noted(store, key, [START, loss(0)])
    first = Sender(store, key)
    assert (first.left(), first.send(), first.left()) == (2, 2, 0)
    noted(store, key, [loss(1), END])
    assert first.send() == 2
    noted(store, key, [loss(2)])
    assert Sender(store, key).send() == 1, "another process knows how far this one came"
    assert points(project, "loss") == [(0, 0.0), (1, 1.0), (2, 2.0)]


def test_a_store_that_has_everything_is_not_asked(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    key = new_key()
    noted(store, key, [START, END])
    Sender(store, key).send()
    monkeypatch.setattr(sending, "client_of", None)
    sender = Sender(store, key)
    assert (sender.pending(), sender.left(), sender.send()) == (0, 0, 0)
    assert sender.position.ended


def test_every_store_gets_the_whole_run(project: Project, store: Store, database: Path, tmp_path: Path) -> None:
    other = project_with(database, tmp_path / "other")
    place = store_of(other, PIPELINE)
    elsewhere = Store(place.uri, place.registry_uri, store.journals, place.database, place.artifacts)
    key = new_key()
    noted(store, key, [START, loss(0), END])
    assert [Sender(each, key).send() for each in (store, elsewhere, store)] == [3, 3, 0]
    assert points(project, "loss") == points(other, "loss") == [(0, 0.0)]
    assert Sender(store, key).position.run_id != Sender(elsewhere, key).position.run_id


def test_a_store_that_is_away_has_taken_nothing(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    away = Store(nobody(), "", store.journals)
    key = new_key()
    noted(store, key, [START, loss(0)])
    sender = Sender(away, key)
    with pytest.raises(Exception, match="refused"):
        sender.send()
    assert (sender.sent, sender.left(), Sender(away, key).position.offset) == (0, 2, 0)


def test_a_run_that_the_store_has_lost_is_sent_again(project: Project, store: Store, database: Path) -> None:
    key = new_key()
    noted(store, key, [START, loss(0), END])
    Sender(store, key).send()
    sender = Sender(store, key)
    sender.check()
    assert sender.left() == 0, "the store still has it"

    shutil.copyfile(database, project.root / "mlflow.db")
    sender.check()
    assert (sender.left(), sender.send()) == (3, 3)
    (seen,) = runs(project)
    assert (seen.info.status, seen.data.metrics) == ("FINISHED", {"loss": 0.0})


def test_a_journal_that_has_lost_its_beginning_is_named(store: Store) -> None:
    key = new_key()
    noted(store, key, [loss(0)])
    with pytest.raises(DlpipeError, match="has lost its beginning") as refused:
        Sender(store, key).send()
    assert refused.value.exit_code == Exit.INTEGRITY


def test_a_run_carries_its_own_times_and_its_key(project: Project, store: Store) -> None:
    """Whenever it is sent: it may have waited for days."""
    key = new_key()
    journal = noted(store, key, [])
    lines = (
        '{"at": 1000, "kind": "open", "data": {"experiment": "demo", "name": "demo-1", "tags": {"team": "solar"}}}',
    )
    lines += ('{"at": 9000, "kind": "end", "data": {"status": "FAILED", "why": "loss is NaN"}}',)
    journal.path.write_text("\n".join(lines) + "\n")
    Sender(store, key).send()
    (seen,) = runs(project)
    assert (seen.info.start_time, seen.info.end_time, seen.info.status) == (1000, 9000, "FAILED")
    assert (seen.info.run_name, seen.data.tags["dlpipe.run"], seen.data.tags["team"]) == ("demo-1", key, "solar")


def test_a_run_that_was_made_meanwhile_is_found_by_its_key(project: Project, store: Store) -> None:
    """The answer to its making was lost, or a clone has sent it to the shared server."""
    key = new_key()
    noted(store, key, [START, loss(0)])
    Sender(store, key).send()
    (store.journals / f"{key}.sent.json").unlink()
    assert Sender(store, key).send() == 2
    assert len(runs(project)) == 1
    assert points(project, "loss") == [(0, 0.0)]


def entry_of(number: int, kind: str, size: int) -> Entry:
    return Entry(0, kind, {"values": {str(value): value for value in range(size)}} if kind in TOGETHER else {}, number)


KINDS = st.sampled_from(["open", "metrics", "metrics", "params", "tags", "artifact", "end"])


@given(st.lists(st.tuples(KINDS, st.integers(0, 1200)), max_size=30))
def test_calls_keep_the_order_and_what_mlflow_takes_at_once(said: list[tuple[str, int]]) -> None:
    entries = [entry_of(number, kind, size) for number, (kind, size) in enumerate(said)]
    batches = list(sending._batches(entries))
    assert [entry for batch in batches for entry in batch.entries] == entries
    for batch in batches:
        assert batch.end == batch.entries[-1].end
        if len(batch.entries) > 1:
            assert all(entry.kind in TOGETHER for entry in batch.entries)
            assert sum(len(entry.data["values"]) for entry in batch.entries) <= 1000


class Failing:
    """A client whose nth call fails, before or after it is done."""

    def __init__(self, client: MlflowClient, nth: int, how: str) -> None:
        self._client, self._left, self._how = client, nth, how

    def __getattr__(self, name: str) -> Any:
        def call(*args: Any, **kwargs: Any) -> Any:
            self._left -= 1
            if self._left == 0 and self._how == "before":
                raise ConnectionError("lost")
            answer = getattr(self._client, name)(*args, **kwargs)
            if self._left == 0:
                raise ConnectionError("lost")
            return answer

        return call


@pytest.mark.parametrize("how", ("before", "after"))
def test_whichever_call_is_lost_everything_arrives_once(
    project: Project, store: Store, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    key, nth = new_key(), {"n": 0}
    journal = noted(store, key, whole_training())
    copy = journal.spool / "1" / "roc.png"
    copy.parent.mkdir(parents=True)
    copy.write_bytes(b"picture")

    def next_fails(store: Store) -> Failing:
        nth["n"] += 1
        return Failing(client_of(store), nth["n"], how)

    monkeypatch.setattr(sending, "client_of", next_fails)
    for _ in range(60):
        if not deliver(project, PIPELINE).left:
            break

    assert nth["n"] > 5, "the calls were lost one after the other"
    assert points(project, "loss") == [(step, float(step)) for step in range(30)]
    (seen,) = runs(project)
    assert (seen.info.status, seen.data.params) == ("FINISHED", {"lr": "0.1"})
    assert seen.inputs is not None
    assert len(seen.inputs.dataset_inputs) == 1
    assert [file.path for file in client(project).list_artifacts(seen.info.run_id)] == ["roc.png"]
    assert not copy.exists(), "copies that were sent are removed"


def whole_training() -> list[Said]:
    return [
        START,
        ("params", {"values": {"lr": "0.1"}}),
        ("dataset", {"name": "d", "digest": "0" * 32 + ".dir", "source": "s", "context": "training"}),
        *(loss(step) for step in range(10)),
        ("artifact", {"copy": "1", "name": "roc.png", "folder": ""}),
        *(loss(step) for step in range(10, 30)),
        END,
    ]
