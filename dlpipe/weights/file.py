"""Weights from a file of one's own."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import Field

from dlpipe.core import files
from dlpipe.core.errors import DlpipeError, Exit
from dlpipe.core.say import say
from dlpipe.weights import Weights, load

if TYPE_CHECKING:
    from torch import Tensor, nn

    from dlpipe.core.project import Project
    from dlpipe.models import Model

_TRAINED = "backbone."
_INNER = "net."


class FileWeights(Weights):
    """Weights from a safetensors file: timm's names, or `weights.safetensors` of an earlier training."""

    path: str = Field(min_length=1, description="The file, from the project's folder.")

    def fill(self, backbone: nn.Module, model: Model, project: Project) -> None:  # noqa: ARG002 - the kind's signature
        from safetensors import SafetensorError
        from safetensors.torch import load as load_bytes

        place = self._place(project)
        try:
            tensors = load_bytes(place.read_bytes())
        except SafetensorError as error:
            problem = f"{place} is no safetensors file: {error}"
            fix = "save the weights with safetensors; other formats can carry code and are not read"
            raise DlpipeError(problem, fix) from error
        chosen, left_out = _chosen(tensors, list(backbone.state_dict()))
        if left_out:
            say.note(f"{place}: {len(left_out)} tensors of a last layer are not taken ({', '.join(left_out[:4])})")
        load(backbone, chosen, str(place))

    def fingerprint(self, model: Model, project: Project) -> str:  # noqa: ARG002 - the kind's signature
        return files.digest(self._place(project))

    def _place(self, project: Project) -> Path:
        place = project.root / Path(self.path).expanduser()
        if not place.is_file():
            problem = f"the weights {place} are missing"
            raise DlpipeError(problem, "put the file there, or mend `weights.path`", Exit.ENVIRONMENT)
        return place


def _chosen(tensors: dict[str, Tensor], wanted: list[str]) -> tuple[dict[str, Tensor], list[str]]:
    """The backbone's tensors under its own names, and the names of the rest.

    The file may use the backbone's names, those of a dlpipe training (`backbone.…`) or timm's (without `net.`).
    """
    spellings = (
        {name: name for name in wanted},
        {name: _TRAINED + name for name in wanted},
        {name: name.removeprefix(_INNER) for name in wanted},
    )
    spelling = max(spellings, key=lambda names: len(tensors.keys() & set(names.values())))
    found = {name: tensors[named] for name, named in spelling.items() if named in tensors}
    return found, sorted(tensors.keys() - set(spelling.values()))
