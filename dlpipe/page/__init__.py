"""Pages for a browser that need nothing but themselves: one file, no script, no request to anywhere.

A page is a Jinja template that lies beside the code that fills it, extends `frame.html` and builds on `parts.html`:

    {% extends "frame.html" %}{% import "parts.html" as parts %}
    {% block lead %}<p class="lead">…</p>{% endblock %}
    {% block main %}{{ parts.table(["metric", "value"], rows) }}{% endblock %}

Whatever a template prints is text: escaped, control and bidirectional characters shown instead of obeyed. `style=`
attributes are refused by the page's own policy; widths are attributes of SVG shapes (`parts.bar`, `parts.histogram`).
"""

from __future__ import annotations

import base64
import hashlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dlpipe.core.say import printable

if TYPE_CHECKING:
    from jinja2 import Environment

_HERE = Path(__file__).parent


def render(template: Path, title: str, eyebrow: str, **values: Any) -> str:
    """The page of a template file.

    Args:
        template: The file; what it extends and imports is looked for beside it and then here.
        title: What the page is called, as heading and in the browser's tab.
        eyebrow: A few words above the title: which command made it, of what.
        values: What the template fills in. A name that it uses and does not get is an error.
    """
    style = (_HERE / "style.css").read_text(encoding="utf-8")
    policy = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    page = _environment(template.parent).get_template(template.name)
    return page.render(title=title, eyebrow=eyebrow, style=_plain(style), style_hash=policy, **values)


def _environment(folder: Path) -> Environment:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        autoescape=True,
        loader=FileSystemLoader([folder, _HERE]),
        undefined=StrictUndefined,
        finalize=_shown,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters |= {"number": _number, "percent": _percent, "anchor": _anchor}
    return environment


def _plain(style: str) -> Any:
    """The page's own style sheet, the one text that is not escaped: quotes mean something in it."""
    from markupsafe import Markup

    return Markup(style)  # noqa: S704 - a file of dlpipe


def _shown(value: Any) -> Any:
    """What a template prints; text of others loses its power over the page's direction and layout."""
    if value is None:
        return ""
    if not isinstance(value, str) or hasattr(value, "__html__"):
        return value
    return printable(value).replace("\n", "⏎")


def _number(value: float | None) -> str:
    """`2,624`, `0.3`, or `undefined`."""
    if value is None:
        return "undefined"
    return f"{value:,}" if isinstance(value, int) else f"{value:.4g}"


def _percent(value: float | None) -> str:
    """`2.4 %`; what is above 0 never reads as 0."""
    if value is None:
        return "undefined"
    return "< 0.1 %" if 0 < value < 0.001 else f"{100 * value:.3g} %"  # noqa: PLR2004 - as small as it is shown


def _anchor(name: Any) -> str:
    """A name as the target of a link within the page."""
    return "".join(sign if sign.isascii() and sign.isalnum() else "-" for sign in str(name))
