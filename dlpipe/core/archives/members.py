"""What an archive holds, and which of its members can be samples by what its directory says of them."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

from pydantic import Field

from dlpipe.core.config import Section

_LONGEST = 4096
"""Bytes of a member's name; Linux knows no longer path."""

LARGEST = 1 << 30
"""Bytes of one member unpacked: readers hold a member in memory."""

_SMALL = 1 << 20
"""A member of no more bytes is no bomb, however well it was packed."""

_SHOWN = 120


class ArchiveError(Exception):
    """An archive, or one of its members, that cannot be read. `reason` is a word, `detail` a clause for a person."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason = reason
        self.detail = detail


class Limits(Section):
    """How much an archive may hold; one beyond a limit is set aside whole."""

    max_members: int = Field(default=100_000, ge=1, le=100_000_000, description="Members of one archive.")
    max_gigabytes: float = Field(default=20, gt=0, le=100_000, description="Bytes of all members, unpacked.")
    max_ratio: float = Field(
        default=200, ge=1, le=100_000, description="Unpacked to packed bytes of a member over 1 MiB: a bomb is small."
    )
    max_seconds: float = Field(default=600, gt=0, le=86_400, description="Time to read one archive's directory.")


UNLIMITED = Limits(max_members=100_000_000, max_gigabytes=100_000, max_ratio=100_000, max_seconds=86_400)
"""For readers of what `ingest` has listed."""


@dataclass(frozen=True)
class Member:
    """Where one regular file lies in an archive."""

    name: str
    """As the archive has it; surrogates hide bytes that are not UTF-8. It is never a path on this machine."""
    offset: int
    """Zip: of its own header. Tar: of its bytes."""
    stored: int
    """Bytes in the archive."""
    size: int
    """Bytes unpacked."""
    method: int = 0
    crc: int | None = None


@dataclass
class Directory:
    """The members of one archive, each with one fate."""

    limits: Limits
    members: dict[str, Member] = field(default_factory=dict[str, Member])
    set_aside: list[tuple[str, str, str]] = field(default_factory=list[tuple[str, str, str]])
    """(name, reason, detail)."""
    count: int = 0
    _bytes: int = 0
    _twice: set[str] = field(default_factory=set[str])
    _until: float = 0

    def __post_init__(self) -> None:
        self._until = time.monotonic() + self.limits.max_seconds

    def next(self) -> None:
        """Counts a member.

        Raises:
            ArchiveError: there are too many, or it takes too long.
        """
        self.count += 1
        if self.count > self.limits.max_members:
            raise ArchiveError("too_many_members", f"it holds more than {self.limits.max_members:,} members")
        self.in_time()

    def in_time(self) -> None:
        """Raises if the archive takes too long."""
        if time.monotonic() > self._until:
            raise ArchiveError("too_slow", f"its directory was not read within {self.limits.max_seconds:g} s")

    def refuse(self, name: str, reason: str, detail: str) -> None:
        """Sets the member aside that was counted last."""
        self.set_aside.append((name, reason, f"member {self.count}: {detail}"))

    def add(self, member: Member) -> None:
        """Takes the member that was counted last, unless its name or size cannot be.

        Raises:
            ArchiveError: all of them together are too large.
        """
        problem = hostile(member.name)
        if problem:
            self.refuse(member.name[:_SHOWN], "hostile_name", problem)
        elif member.size > LARGEST:
            self.refuse(member.name, "too_large", f"{member.size:,} bytes; one member may have {LARGEST:,}")
        elif member.size > _SMALL and member.size > self.limits.max_ratio * member.stored:
            self.refuse(member.name, "bomb", f"{member.stored:,} bytes would become {member.size:,}")
        elif member.name in self.members or member.name in self._twice:
            self._both(member.name)
        else:
            self.members[member.name] = member
            self._bytes += member.size
            if self._bytes > self.limits.max_gigabytes * 1e9:
                raise ArchiveError("too_large", f"its members have more than {self.limits.max_gigabytes:g} GB")

    def _both(self, name: str) -> None:
        """Sets aside every member of a name that stands there twice: tools differ in which one they mean."""
        detail = "its name stands in the archive several times"
        if self.members.pop(name, None) is not None:
            self.set_aside.append((name, "duplicate_member", f"the first: {detail}"))
        self._twice.add(name)
        self.refuse(name, "duplicate_member", detail)

    def drop(self, name: str, reason: str, detail: str) -> None:
        """Sets a member aside that was taken before."""
        self.set_aside.append((self.members.pop(name).name, reason, detail))


def hostile(name: str) -> str:
    """Why a member's name cannot be that of a sample; nothing where it can."""
    try:
        length = len(name.encode("utf-8", "surrogateescape"))
    except UnicodeEncodeError:
        return "its name is no text"
    if length > _LONGEST:
        return f"its name has more than {_LONGEST} bytes"
    if any(ord(sign) < 32 or ord(sign) == 127 for sign in name):  # noqa: PLR2004 - control characters
        return "its name holds a control character"
    if "\\" in name or (len(name) > 1 and name[1] == ":"):
        return "its name has a backslash or a drive, as on Windows"
    if not all(part not in {"", ".", ".."} for part in name.split("/")):
        return "its name is absolute, or leads upwards or nowhere"
    return ""
