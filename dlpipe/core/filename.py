r"""File names as text and back.

A name on disk is bytes; an id in a table is text. What is UTF-8 stays as it is, newlines and decomposed accents too. A
byte that is not UTF-8 becomes `\xNN`, and so does a backslash (`\x5c`): so no two files share a text, and every text
leads back to its file.
"""

from __future__ import annotations

import os
import re

INSIDE = "!/"
"""Between an archive and its member in a path of the samples table."""

_ESCAPE = re.compile(rb"\\x([0-9a-f]{2})")


def as_text(name: str) -> str:
    """The text of a relative path that the system gave, where Python hides foreign bytes in lone surrogates."""
    return os.fsencode(name).replace(b"\\", rb"\x5c").decode("utf-8", "backslashreplace")


def as_path(text: str) -> str:
    """The path that opens the file called `text`; the inverse of `as_text`."""
    if "\\" not in text and text.isascii():
        return text
    return os.fsdecode(_ESCAPE.sub(lambda found: bytes.fromhex(found[1].decode()), text.encode()))
