"""What a process does with one sample. It imports little, for processes start with it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from dlpipe.modalities import Unreadable

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import TypeAlias

    from dlpipe.clean.checks import Check
    from dlpipe.modalities import Opener, Place

    Glance: TypeAlias = tuple[Mapping[str, Any], list[Any]]


@dataclass(frozen=True)
class Look:
    """What happens to one sample: decoded once, looked at by every check. It may be sent to other processes."""

    opener: Opener
    checks: Mapping[str, Check]

    def __call__(self, place: Place) -> Unreadable | Glance:
        """What a sample's file says and what each check sees, in the order of the checks."""
        sample = self.opener(place)
        if isinstance(sample, Unreadable):
            return sample
        return sample.facts, [check.look(sample) for check in self.checks.values()]
