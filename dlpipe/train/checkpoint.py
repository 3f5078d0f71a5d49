"""Checkpoints that a crash cannot tear, in place of Lightning's, which loses both copies where TMPDIR is another disk."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import torch
from pytorch_lightning.plugins import CheckpointIO
from safetensors.torch import load_file, save
from typing_extensions import override

from dlpipe.core import files
from dlpipe.core.errors import DlpipeError, Exit
from dlpipe.train.resume import checksum_of, is_whole


class DurableCheckpoints(CheckpointIO):
    """Writes beside the target, syncs, notes the SHA-256, renames, syncs the folder; reads tensors and plain values only."""

    @override
    def save_checkpoint(self, checkpoint: dict[str, Any], path: Any, storage_options: Any | None = None) -> None:
        """Replaces `path`, whole or not at all; the checkpoint before it is another file and stays.

        Raises:
            OSError: no space, no permission, a failing disk.
        """
        target = Path(path)
        draft = target.with_name(f".{target.name}.draft")
        try:
            _write(checkpoint, draft)
            files.write_text(checksum_of(target), files.digest(draft) + "\n")
            draft.replace(target)
        except BaseException:
            draft.unlink(missing_ok=True)
            raise
        files.sync_folder(target.parent)

    @override
    def load_checkpoint(
        self, path: Any, map_location: Any | None = None, weights_only: bool | None = None
    ) -> dict[str, Any]:
        """The state in `path`.

        Raises:
            DlpipeError: its bytes are not those written.
        """
        if not is_whole(Path(path)):
            raise DlpipeError(
                f"{path} is damaged", f"remove {Path(path).parent} to train from the start", Exit.INTEGRITY
            )
        return torch.load(path, map_location=map_location or "cpu", weights_only=True)

    @override
    def remove_checkpoint(self, path: Any) -> None:
        Path(path).unlink(missing_ok=True)
        checksum_of(Path(path)).unlink(missing_ok=True)


def _write(checkpoint: dict[str, Any], draft: Path) -> None:
    with draft.open("wb") as file:
        try:
            torch.save(checkpoint, file)
        except RuntimeError as error:
            # PyTorch's writer, closing, hides what the system said
            if isinstance(error.__context__, OSError):
                raise error.__context__ from error
            raise
        file.flush()
        os.fsync(file.fileno())


def write_weights(state: dict[str, torch.Tensor], path: Path) -> None:
    """Replaces `path` by tensors as safetensors, whole or not at all; the same bytes for the same tensors."""
    plain = {name: state[name].detach().cpu().contiguous() for name in sorted(state)}
    files.write_bytes(path, save(plain))


def read_weights(path: Path) -> dict[str, torch.Tensor]:
    """The tensors in `path`."""
    return load_file(path)
