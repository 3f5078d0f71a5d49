"""Makes archives for tests, good ones by the library and hostile ones by hand."""

from __future__ import annotations

import io
import struct
import tarfile
import zipfile
import zlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


def zip_of(path: Path, members: Mapping[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w", method) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


def tar_of(path: Path, members: Mapping[str, bytes], mode: str = "w", kind: int = tarfile.PAX_FORMAT) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    with tarfile.open(path, mode, format=kind) as archive:  # type: ignore[call-overload]
        for name, content in members.items():
            add(archive, name, content)
    return path


def add(archive: tarfile.TarFile, name: str, content: bytes = b"", **fields: object) -> None:
    """One member with any fields of `TarInfo`."""
    info = tarfile.TarInfo(name)
    info.size = len(content)
    for key, value in fields.items():
        setattr(info, key, value)
    archive.addfile(info, io.BytesIO(content) if content else None)


def raw_zip(entries: list[dict[str, object]], count: int | None = None) -> bytes:
    """A zip of entries whose every field can lie: `name` (bytes), `content`, `size`, `crc`, `flags`, `outside`, `offset`."""
    body, directory = b"", b""
    for entry in entries:
        name, content = bytes(entry["name"]), bytes(entry.get("content", b""))  # type: ignore[call-overload]
        packed = zlib.compress(content)[2:-4] if entry.get("method", 8) == 8 else content
        size, crc = entry.get("size", len(content)), entry.get("crc", zlib.crc32(content))
        flags, method = entry.get("flags", 0x800), entry.get("method", 8)
        offset = entry.get("offset", len(body))
        if "offset" not in entry:
            body += struct.pack("<4s5H3L2H", b"PK\3\4", 20, flags, method, 0, 0, crc, len(packed), size, len(name), 0)
            body += name + packed
        stored = entry.get("stored", len(packed))
        fields = (0x314, 20, flags, method, 0, 0, crc, stored, size, len(name), 0, 0, 0, 0, entry.get("outside", 0))
        directory += struct.pack("<4s6H3L5H2L", b"PK\1\2", *fields, offset) + name
    number = len(entries) if count is None else count
    end = struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, number, number, len(directory), len(body), 0)
    return body + directory + end
