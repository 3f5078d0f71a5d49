"""Pages are one harmless file, whatever stands in what they show."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from jinja2 import UndefinedError

from dlpipe.page import render
from tests.pages import HOSTILE, Page, assert_harmless, opened

if TYPE_CHECKING:
    from pathlib import Path

EVERY_PART = """\
{% extends "frame.html" %}{% import "parts.html" as parts %}
{% block lead %}<p class="lead">{{ word }}</p>{{ parts.badge(word, "ok") }}{% endblock %}
{% block contents %}<nav><ul><li><a href="#{{ word | anchor }}">{{ word }}</a></li></ul></nav>{% endblock %}
{% block main %}
<section id="{{ word | anchor }}"><h2>{{ word }}</h2>
{{ parts.cards([(2624 | number, word, none), (0.0004 | percent, "share", word)]) }}
{{ parts.table([word, "n"], [[word, 3], [parts.badge(word), 4]], numeric=(1,), caption=word) }}
{{ parts.bar([(0.25, "ok", word), (0.75, "c1", word)], word) }}
{{ parts.interval(0.2, 0.5, 0.7, word) }}{{ parts.interval(none, none, none, word) }}
{{ parts.histogram([0, 5, 9], 0.5, word) }}{{ parts.histogram([0, 0], 0.5, word) }}
{{ parts.picture(none, word, word, word) }}
{{ parts.command(word) }}
</section>
{% endblock %}
"""


def rendered(folder: Path, template: str, **values: Any) -> str:
    (folder / "try.html").write_text(template, encoding="utf-8")
    return render(folder / "try.html", values.pop("title", "A title"), "dlpipe try", **values)


def test_hostile_text_stays_text_in_every_part(tmp_path: Path):
    page = assert_harmless(rendered(tmp_path, EVERY_PART, word=HOSTILE, title=HOSTILE))
    assert page.text.count("<img src=x onerror=alert(1)>") > 10
    assert "{{ 7*7 }}" in page.text
    assert r"\u202egnp.⏎row two\x1b[31m&amp;" in page.text
    assert not [tag for tag, _ in page.tags if tag in {"img", "script"}]


def test_commands_stand_on_lines_of_their_own(tmp_path: Path):
    template = '{% import "parts.html" as parts %}{{ parts.command(first, "second") }}'
    assert "<code>a⏎&lt;b&gt;\nsecond</code>" in rendered(tmp_path, template, first="a\n<b>")


def test_the_same_values_give_the_same_page(tmp_path: Path):
    assert rendered(tmp_path, EVERY_PART, word="a") == rendered(tmp_path, EVERY_PART, word="a")


def test_a_value_that_is_not_given_is_an_error(tmp_path: Path):
    with pytest.raises(UndefinedError):
        rendered(tmp_path, EVERY_PART)


@pytest.mark.parametrize(
    ("expression", "shown"),
    (
        ("2624 | number", "2,624"),
        ("0.123456 | number", "0.1235"),
        ("none | number", "undefined"),
        ("0.0004 | percent", "< 0.1 %"),
        ("0 | percent", "0 %"),
        ("0.0245 | percent", "2.45 %"),
        ("1.0 | percent", "100 %"),
        ("none | percent", "undefined"),
        ("'a b/ü' | anchor", "a-b--"),
        ("nothing", ""),
    ),
)
def test_numbers_as_people_write_them(tmp_path: Path, expression: str, shown: str):
    assert Page(rendered(tmp_path, f"<p>{{{{ {expression} }}}}</p>", nothing=None)).text == shown


def test_a_browser_opens_it_without_a_complaint(tmp_path: Path):
    (tmp_path / "page.html").write_text(rendered(tmp_path, EVERY_PART, word=HOSTILE), encoding="utf-8")
    seen = opened(tmp_path / "page.html", tmp_path)
    assert "&lt;img src=x onerror=alert(1)&gt;" in seen
    assert "<script>" not in seen
