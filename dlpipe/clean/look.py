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

    @property
    def least_px(self) -> int | None:
        """What the most demanding check needs; None for samples in full."""
        asked = [check.least_px for check in self.checks.values()]
        known = [px for px in asked if px is not None]
        return max(known, default=1) if len(known) == len(asked) else None

    def __call__(self, place: Place) -> Unreadable | Glance:
        """What a sample's file says and what each check sees, in the order of the checks."""
        sample = self.opener(place, self.least_px)
        if isinstance(sample, Unreadable):
            return sample
        return sample.facts, [check.look(sample) for check in self.checks.values()]
