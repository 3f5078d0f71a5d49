"""Hostile archives and broken label tables by chance, each made from a seed, with what is known of their content."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import random
import stat
import tarfile
from dataclasses import dataclass
from typing import Any

from tests.core.archives.making import add, raw_zip

_NAMES = (
    *("a.png", "cats/1.png", "cats/2.png", "dogs/1.png", "./b.png", "ü/é.png", "notes.txt", "c.zip", "d.tar", "e"),
    *("../up.png", "../../../../tmp/up.png", "/etc/passwd", "/abs.png", "C:\\x.png", "\\\\host\\s.png", "a//b.png"),
    *("a/../../b.png", ".hidden.png", ".git/x.png", "-rf.png", "a\nb.png", "a\x1b[31m.png", "\u202egnp.exe", "CON.png"),
    *("e\u0301.png", "\u00e9.png", "A.png", "x" * 255 + ".png", "y/" * 2000 + "z.png", " .png", "a.png/", "<b>.png"),
)
_KINDS = (tarfile.REGTYPE,) * 8 + (
    *(tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE, tarfile.CHRTYPE, tarfile.DIRTYPE),
    *(tarfile.GNUTYPE_SPARSE, tarfile.CONTTYPE, b"Q"),
)


@dataclass(frozen=True)
class Trial:
    """A file for raw/, and how many members it has for sure; None where nobody knows."""

    name: str
    content: bytes
    members: int | None = None


def archive(seed: int) -> Trial:
    """A hostile archive; half of them are then damaged at random places."""
    chance = random.Random(seed)
    made = chance.choice((_zip, _zip, _tar, _tar, _bomb, _garbage))(chance)
    if chance.random() < 0.5:
        return Trial(made.name, damaged(made.content, chance))
    return made


def _content(chance: random.Random) -> bytes:
    return chance.randbytes(chance.choice((0, 1, 100, 511, 512, 513, 5000)))


def _zip(chance: random.Random) -> Trial:
    entries: list[dict[str, Any]] = []
    for _ in range(chance.randrange(12)):
        name = chance.choice(_NAMES).encode() if chance.random() < 0.9 else chance.randbytes(9)
        entry: dict[str, Any] = {"name": name.rstrip(b"/"), "content": _content(chance)}
        lies = (
            ("crc", 1),
            ("flags", chance.choice((1, 0, 0x41))),
            ("method", chance.choice((0, 12, 14, 99))),
            ("size", chance.choice((0, 1, 1 << 20, 1 << 31, 0xFFFFFFFF))),
            ("stored", chance.choice((0, 5, 1 << 20, 0xFFFFFFFF))),
            ("offset", chance.choice((0, 7, 1 << 30))),
            ("outside", chance.choice((stat.S_IFLNK, stat.S_IFIFO, stat.S_IFDIR)) << 16),
        )
        entry.update({key: value for key, value in lies if chance.random() < 0.08})
        entries.append(entry)
    return Trial("a.zip", raw_zip(entries), len(entries))


def _tar(chance: random.Random) -> Trial:
    stream = io.BytesIO()
    count = 0
    kind = chance.choice((tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT))
    with tarfile.open(fileobj=stream, mode="w", format=kind) as made:
        for _ in range(chance.randrange(12)):
            type_ = chance.choice(_KINDS)
            regular = type_ in {tarfile.REGTYPE, tarfile.CONTTYPE}
            fields: dict[str, Any] = {"type": type_, "linkname": chance.choice(_NAMES[:30])}
            if kind == tarfile.PAX_FORMAT and chance.random() < 0.2:
                key = chance.choice(("path", "GNU.sparse.major", "comment", "linkpath"))
                fields["pax_headers"] = {key: chance.choice(_NAMES[:30])}
            try:
                add(made, chance.choice(_NAMES).rstrip("/"), _content(chance) if regular else b"", **fields)
            except ValueError:  # a name that this format cannot hold
                continue
            count += type_ != tarfile.DIRTYPE
    return _packed(stream.getvalue(), chance, count)


def _packed(content: bytes, chance: random.Random, count: int | None) -> Trial:
    packers: dict[str, Any] = {"tar": bytes, "tar.gz": gzip.compress, "tbz2": bz2.compress, "tar.xz": lzma.compress}
    ending = chance.choice(list(packers))
    return Trial(f"a.{ending}", packers[ending](content), count)


def _bomb(chance: random.Random) -> Trial:
    zeros = bytes(chance.choice((1 << 21, 1 << 25)))
    if chance.random() < 0.5:
        many = [{"name": b"%d.png" % number, "content": zeros[: 1 << 21]} for number in range(3)]
        claim = {"size": 1 << 21, "stored": 2000, "offset": 0}
        shared = [{**claim, "name": b"s%d.png" % number} for number in range(chance.randrange(300))]
        return Trial("bomb.zip", raw_zip([*many, *shared]), len(many) + len(shared))
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as made:
        add(made, "bomb.png", zeros)
    return _packed(stream.getvalue(), chance, 1)


def _garbage(chance: random.Random) -> Trial:
    start = chance.choice((b"", b"PK\3\4", b"PK\5\6" + bytes(18), b"\x1f\x8b\x08", b"\xfd7zXZ\0", b"BZh9", b"Rar!"))
    ending = chance.choice(("zip", "tar", "tgz", "tar.xz", "tar.bz2"))
    return Trial(f"a.{ending}", start + chance.randbytes(chance.choice((0, 10, 600, 5000))))


def damaged(content: bytes, chance: random.Random) -> bytes:
    """Some bytes other, missing, or there twice."""
    changed = bytearray(content)
    for _ in range(chance.choice((1, 1, 3, 10))):
        if not changed:
            break
        at = chance.randrange(len(changed))
        match chance.randrange(5):
            case 0:
                changed[at] ^= 1 << chance.randrange(8)
            case 1:
                changed[at : at + 4] = chance.choice((b"\xff" * 4, b"\0" * 4, b"\x7f\xff\xff\xff"))
            case 2:
                del changed[at:]
            case 3:
                changed[at:at] = changed[at : at + chance.randrange(600)]
            case _:
                del changed[at : at + chance.randrange(600)]
    return bytes(changed)


_LABELS = (
    "cat",
    "dog",
    "",
    "None",
    "NA",
    "nan",
    "null",
    "007",
    "1e5",
    "True",
    " cat",
    "c\u0430t",
    "Cat",
    "=1+1",
    "\u200bcat",
)
_PATHS = (
    *("circles/0000.png", "stripes/0001.png", "circles/0002.png", "stripes/0003.png", "circles/0004.png"),
    *("gone.png", "../../etc/passwd", "/etc/passwd", "circles\\0000.png", "./circles/0000.png", "a\x1b[31m.png", "<b>"),
)


@dataclass(frozen=True)
class TableTrial:
    """A label table, and its rows (path, label) where it is still a table."""

    content: bytes
    rows: list[tuple[str, str]] | None


def label_table(seed: int) -> TableTrial:
    """A table of labels; two in three are then broken in one of the ways in which people and programs break them."""
    chance = random.Random(seed)
    whole = chance.random() < 0.5
    rows = [
        (chance.choice(_PATHS[: 5 if whole else None]), chance.choice(_LABELS)) for _ in range(chance.randrange(1, 9))
    ]
    delimiter = chance.choice(",,,;\t|")
    text = "".join(f"{path}{delimiter}{label}\n" for path, label in [("path", "label"), *rows])
    if chance.random() < 1 / 3:
        return TableTrial(text.encode(), rows)
    return TableTrial(_broken(text, chance), None)


def _broken(text: str, chance: random.Random) -> bytes:
    ways: tuple[Any, ...] = (
        lambda: text.encode("utf-16"),
        lambda: b"\xef\xbb\xbf" + text.encode(),
        lambda: text.replace("cat", "ch\u00e4t").encode("latin-1", "replace"),
        lambda: text.replace("\n", "\r").encode(),
        lambda: text.replace("\n", "\r\n").encode(),
        lambda: text.replace("cat", '"cat').encode(),
        lambda: text.replace("cat", "c\0t").encode(),
        lambda: text.replace("path", "label").encode(),
        text.partition("\n")[2].encode,
        lambda: b"",
        lambda: text.encode().replace(b"\n", b",extra\n", 3),
        lambda: text.encode() + b"x" * 1_000_000,
        lambda: text.encode() + b'"' + b"y\n" * 5000,
        lambda: damaged(text.encode(), chance),
        lambda: chance.randbytes(200),
        lambda: b"PAR1" + chance.randbytes(50) + b"PAR1",
        lambda: text.replace("path", " path ").encode(),
        (text + text).encode,
    )
    return chance.choice(ways)()
