"""Reads a page as a browser would, and opens it in one: for tests of pages."""

from __future__ import annotations

import base64
import hashlib
import re
import shutil
import subprocess
from html.parser import HTMLParser
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

HOSTILE = "<img src=x onerror=alert(1)>\"'></style><script>alert(2)</script>{{ 7*7 }}\u202egnp.\nrow two\x1b[31m&amp;"
"""A name or a label as nobody should call a file."""

_TAGS = {
    *("html", "head", "meta", "link", "title", "style", "body", "a", "header", "main", "footer", "nav", "section"),
    *("h1", "h2", "h3", "p", "ul", "ol", "li", "dl", "div", "dt", "dd", "span", "strong", "em", "code", "pre", "br"),
    *("table", "caption", "thead", "tbody", "tr", "th", "td", "figure", "figcaption", "img", "details", "summary"),
    *("svg", "rect", "line", "circle", "path", "polyline", "g", "text", "tspan"),
}
_CHROMIUMS = ("chromium", "chromium-browser", "google-chrome", "chrome")


class Page(HTMLParser):
    """What is in a page: its tags with their attributes, and its text."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self._in_style = False
        self.style = ""
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self._in_style = tag == "style"

    def handle_endtag(self, tag: str) -> None:
        self._in_style = False

    def handle_data(self, data: str) -> None:
        if self._in_style:
            self.style += data
        else:
            self.words.append(data)

    @property
    def text(self) -> str:
        """All words with single spaces."""
        return " ".join(" ".join(self.words).split())


def assert_harmless(text: str) -> Page:
    """The page, if nothing in it can run, load, or leave it, whatever stands in its names and labels."""
    page = Page(text)
    strange = {tag for tag, _ in page.tags if tag not in _TAGS}
    assert not strange, strange
    for tag, attributes in page.tags:
        assert not [name for name in attributes if name.startswith("on") or name in {"style", "srcdoc", "srcset"}]
        for name in ("src", "href", "action", "data", "poster", "xlink:href"):
            value = attributes.get(name)
            assert (
                value is None
                or value.startswith(("#", "data:image/jpeg;base64,", "data:image/png;base64,"))
                or (value == "data:," and tag == "link")
            ), (tag, value)
    (policy,) = [each["content"] or "" for tag, each in page.tags if each.get("http-equiv")]
    digest = base64.b64encode(hashlib.sha256(page.style.encode()).digest()).decode()
    assert policy.startswith("default-src 'none';")
    assert f"style-src 'sha256-{digest}'" in policy
    assert "script" not in policy
    assert not re.search(r"url\(|@import", page.style)
    assert not re.search("[\u202a-\u202e\u2066-\u2069\x1b]", text)
    return page


def browser() -> str:
    """A Chromium of this machine; the test is skipped where there is none."""
    found = [each for each in _CHROMIUMS if shutil.which(each)]
    if not found:
        pytest.skip(f"no browser here: none of {', '.join(_CHROMIUMS)} is installed")
    return found[0]


def opened(path: Path, folder: Path) -> str:
    """The page as the browser holds it once loaded, its elements as text, if the browser's console stays silent.

    A style, script or address that the page's own policy refuses is a line on that console.
    """
    command = [browser(), "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--enable-logging=stderr"]
    command += ["--disable-background-networking", "--disable-component-update", "--disable-sync", "--v=0"]
    command += [f"--user-data-dir={folder / 'browser'}", "--dump-dom", path.as_uri()]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    complaints = [line for line in done.stderr.splitlines() if "CONSOLE" in line]
    assert not complaints, complaints
    return done.stdout
