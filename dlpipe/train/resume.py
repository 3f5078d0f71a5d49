"""The folder from which a killed training goes on: `.dlpipe/checkpoints/<pipeline>/<fingerprint>/`.

    run.json                        key of the tracked run, the same for every start
    start.safetensors, start.json   the network before its first step, and what it reaches if that was measured
    best-<epoch>.safetensors        the network after its best epoch so far
    step-<number>.ckpt[.sha256]     all that the next step needs; the last two are kept

It lies outside of DVC's outputs, which DVC removes before it runs a stage. The checksum is on disk before the
checkpoint gets its name, so a checkpoint with a good checksum is whole.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from dlpipe.core import files
from dlpipe.core.project import Project
from dlpipe.core.say import say

_KEPT = 2


@dataclass(frozen=True)
class ResumeFolder:
    """Files of one training; only rank 0 writes them."""

    path: Path

    def run_key(self, new: str) -> str:
        """The key of this training's tracked run; `new` where it has none yet."""
        noted = self.path / "run.json"
        if not noted.is_file():
            files.write_json(noted, {"key": new})
        return str(files.read_json(noted)["key"])

    @property
    def start(self) -> Path:
        """The network before its first step."""
        return self.path / "start.safetensors"

    @property
    def start_rows(self) -> Path:
        """The history before the first step: epoch 0, or nothing."""
        return self.path / "start.json"

    def best(self, epoch: int) -> Path:
        """The network after epoch `epoch`, counted from 1; 0 is the start."""
        return self.path / f"best-{epoch:06}.safetensors" if epoch else self.start

    def checkpoint(self, step: int) -> Path:
        """Where the state after `step` steps lies."""
        return self.path / f"step-{step:012}.ckpt"

    def latest(self) -> Path | None:
        """The last whole checkpoint. Says so if a later one is damaged."""
        for checkpoint in reversed(self._checkpoints()):
            if is_whole(checkpoint):
                return checkpoint
            say.warn(f"{checkpoint} is damaged; going on from the one before it")
        return None

    def prune(self, best_epoch: int, step: int) -> None:
        """Removes what neither a restart nor the result needs, now that the state after `step` steps is kept.

        What lies after it is damaged, or the training would have gone on from there.
        """
        last = self.checkpoint(step)
        kept = [checkpoint for checkpoint in self._checkpoints() if checkpoint <= last][-_KEPT:]
        for old in set(self._checkpoints()) - set(kept):
            old.unlink()
            checksum_of(old).unlink(missing_ok=True)
        for weights in self.path.glob("best-*.safetensors"):
            if weights != self.best(best_epoch):
                weights.unlink()

    def _checkpoints(self) -> list[Path]:
        return sorted(self.path.glob("step-*.ckpt"))


def resume_folder(project: Project, pipeline: str, fingerprint: str) -> ResumeFolder:
    """The folder of one training of a pipeline; a smoke run has its own."""
    return ResumeFolder(project.local / "checkpoints" / project.outputs(pipeline).name / fingerprint)


def checksum_of(checkpoint: Path) -> Path:
    """Where a checkpoint's SHA-256 stands."""
    return checkpoint.with_name(f"{checkpoint.name}.sha256")


def is_whole(checkpoint: Path) -> bool:
    """Whether a checkpoint's bytes are those that were written."""
    noted = checksum_of(checkpoint)
    return noted.is_file() and noted.read_text(encoding="ascii").strip() == files.digest(checkpoint)
