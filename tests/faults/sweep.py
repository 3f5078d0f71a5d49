"""What must be true after any fault: a whole old, new or no output, an honest end, and the same bytes next time."""

from __future__ import annotations

import os
import random
import shutil
import signal
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Literal

from dlpipe.core import files
from dlpipe.core.errors import Exit
from tests.faults.homes import ENVIRONMENT, OLD, PIPELINE, Homes, words
from tests.faults.strace import FAULTS, Call, inject, observe
from tests.faults.warm import Warm

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence

    from dlpipe.core.project import Project
    from tests.faults.cold import Ended
    from tests.faults.subjects import Subject

Which = Literal["some", "every", "SQLite's", "not SQLite's"]
"""Which calls a fault is tried at: five sampled ones, all, those that SQLite makes, all others."""

_SAMPLED = 5
_SHARE_MET = 0.8
"""A call may be missed where a run makes fewer calls than the observed one (threads, retries); most must be met."""


@dataclass
class Sweep:
    """Runs a stage again and again, each time with one fault."""

    homes: Homes
    _warms: SimpleQueue[Warm] = field(default_factory=SimpleQueue[Warm])

    def close(self) -> None:
        """Ends the processes that ran the trials."""
        while not self._warms.empty():
            self._warms.get().close()

    @contextmanager
    def _warm(self) -> Generator[Warm]:
        """A warm process that no other thread uses."""
        try:
            warm = self._warms.get_nowait()
        except Empty:
            warm = Warm()
        try:
            yield warm
        finally:
            self._warms.put(warm)

    def at_calls(self, subject: Subject, which: Which, kinds: Sequence[str] = FAULTS) -> int:
        """One fault of these kinds a trial, at every call on a file or at some; returns how many faults were met."""
        first, again = (self._watched(subject, number) for number in range(2))
        calls = [call for call in first if call in again]
        assert any(call.name == "rename" for call in calls), f"{subject.stage} published nothing"
        faults = [(call, fault) for call in calls for fault in call.faults() if fault in kinds]
        if which == "some":
            faults = random.Random(subject.stage).sample(faults, _SAMPLED)
        elif which != "every":
            faults = [(call, fault) for call, fault in faults if call.is_sqlites == (which == "SQLite's")]
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            met = sum(pool.map(lambda fault: self._at_call(subject, *fault), faults))
        assert met >= _SHARE_MET * len(faults), f"only {met} of {len(faults)} faults were met"
        return met

    def _watched(self, subject: Subject, number: int) -> list[Call]:
        """The calls of an undisturbed run. What only one of two makes is on a file that has another name in every run,
        as the journal of a new training has: no fault can be put there beforehand, only kills at random moments meet it.
        """
        project = self.homes.trial(subject.stage, f"{subject.stage}-watched-{number}")
        with self._warm() as warm:
            calls = observe(warm, words(subject.stage), project.root, ENVIRONMENT)
        shutil.rmtree(project.root)
        return calls

    def _at_call(self, subject: Subject, call: Call, fault: str) -> bool:
        name = f"{subject.stage}-{call.name}-{call.number}-{abs(hash(call.path))}-{fault}"
        project = self.homes.trial(subject.stage, name)
        with self._warm() as warm:
            ended = inject(warm, call, fault, words(subject.stage), project.root, ENVIRONMENT)
        said = f"{fault} at {call}: ended with {ended.code}\n{ended.said}"
        state = self._state(subject, project, said)
        if fault == "SIGKILL":
            assert ended.was_killed or (ended.code == 0 and state == "new"), said
        else:
            _check_honest(ended, state, said)
        self._again(subject, project, said)
        shutil.rmtree(project.root)
        return ended.met_fault

    def at_moments(self, subject: Subject, count: int) -> None:
        """Kills the stage's process group at random moments, with different ones in each run of the tests."""
        seed = int.from_bytes(os.urandom(4), "big")
        project = self.homes.trial(subject.stage, f"{subject.stage}-timed")
        with self._warm() as warm:
            started = time.monotonic()
            assert warm.run(words(subject.stage), project.root, ENVIRONMENT).code == 0
            seconds = time.monotonic() - started
        chance = random.Random(seed)
        moments = [chance.uniform(0, seconds) for _ in range(count)]
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            list(
                pool.map(lambda moment: self._at_moment(subject, moment, f"of {seconds:.3f} s (seed {seed})"), moments)
            )

    def _at_moment(self, subject: Subject, moment: float, of: str) -> None:
        project = self.homes.trial(subject.stage, f"{subject.stage}-killed-{moment:.6f}")
        said = f"killed after {moment:.3f} s {of}"
        with self._warm() as warm:
            warm.run(words(subject.stage), project.root, ENVIRONMENT, during=lambda pid: _kill_after(moment, pid))
        self._state(subject, project, said)
        self._again(subject, project, said)
        shutil.rmtree(project.root)

    def _state(self, subject: Subject, project: Project, said: str) -> str:
        """`old`, `new` or `none`; fails on half an output."""
        output = project.data(PIPELINE) / subject.stage
        if not output.exists():
            return "none"
        found = files.digests(output)
        assert (output / files.DIGESTS).is_file(), f"torn: {said}"
        assert files.read_json(output / files.DIGESTS) == found, f"torn: {said}"
        if OLD in found:
            return "old"
        wanted = files.digests(self.homes.finished(subject.stage).data(PIPELINE) / subject.stage)
        assert list(found) == list(wanted), f"other files: {said}"
        others = [name for name in found if found[name] != wanted[name] and name not in subject.differ]
        assert not others, f"other bytes in {others}: {said}"
        return "new"

    def _again(self, subject: Subject, project: Project, said: str) -> None:
        """The same command, started again, ends well and leaves nothing of the one before."""
        with self._warm() as warm:
            ended = warm.run(words(subject.stage), project.root, ENVIRONMENT)
        assert ended.code == 0, f"again: {ended.code}\n{ended.said}\nafter {said}"
        assert self._state(subject, project, f"again, after {said}") == "new"
        left = [path.name for path in project.data(PIPELINE).iterdir() if path.name.startswith(".")]
        assert not left, f"left behind: {left} after {said}"


def _check_honest(ended: Ended, state: str, said: str) -> None:
    assert "Traceback" not in ended.said, said
    if ended.code == 0:
        assert state == "new", said
        return
    assert ended.code == Exit.ENVIRONMENT, said
    assert [line[:6] for line in ended.said.splitlines()].count("error:") == 1, said
    assert "\nfix: " in ended.said, said


def _kill_after(seconds: float, pid: int) -> None:
    """Kills a process group after some time, if it still runs then."""
    time.sleep(seconds)
    with suppress(ProcessLookupError):
        os.killpg(pid, signal.SIGKILL)
