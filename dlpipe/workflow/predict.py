"""`dlpipe predict`: what the exported model of a pipeline says of files and folders."""

from __future__ import annotations

import csv
import io
import os
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dlpipe.core.errors import DlpipeError
from dlpipe.core.loop import each
from dlpipe.core.say import printable, say
from dlpipe.predictor import Answer, Labels, Predictor, Refused, Said
from dlpipe.workflow.grouping import groups_for

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from rich.console import RenderableType

_BATCH_SIZE = 32
_LARGEST_BYTES = 1 << 30
_FEW_CLASSES = 5
_SEPARATOR = "|"
"""Between several labels in a cell of the CSV."""
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""First characters that make a spreadsheet compute a cell (OWASP, CSV injection)."""


@dataclass(frozen=True)
class Prediction:
    """What became of one file."""

    path: Path
    answer: Said


def predict(
    name: str, places: Sequence[Path], *, as_csv: bool = False, group: str | None = None, groups: Path | None = None
) -> None:
    """Prints label and probability of every file, and of every picture below every folder; of several labels all.

    `group` and `groups` are for a model that decides by group, as `dlpipe.workflow.grouping.groups_for` takes them.

    Raises:
        DlpipeError: nothing could be read, the pipeline has no exported model, or the model needs to know groups.
    """
    if as_csv and say.json:
        raise DlpipeError("`--json` and `--csv` contradict one another", "choose one of them")
    predictor = Predictor.of(name)
    files = list(_listed(places, predictor.modality.suffixes))
    if not files:
        found = f"{', '.join(str(place) for place in places)}: no {predictor.modality.noun} in there"
        raise DlpipeError(found, f"known endings: {', '.join(predictor.modality.suffixes)}")
    of = groups_for(predictor.group_rules, files, group, groups)
    predictions = list(predictions_of(predictor, files, of))
    text = _csv(predictions, predictor.classes) if as_csv else _page(predictions, predictor.classes)
    say.result([_row(prediction) for prediction in predictions], text)
    if all(isinstance(prediction.answer, Refused) for prediction in predictions):
        fix = f"see the reasons above; the model takes {predictor.modality.noun}s"
        raise DlpipeError(f"none of {len(predictions)} file(s) could be read", fix)


def predictions_of(
    predictor: Predictor, files: Sequence[Path], groups: Sequence[str] | None = None
) -> Iterator[Prediction]:
    """One prediction a file, in their order; `groups`, one a file, for a model that decides by group."""
    batches = [slice(start, start + _BATCH_SIZE) for start in range(0, len(files), _BATCH_SIZE)]

    def batch(part: slice) -> list[Prediction]:
        paths = files[part]
        contents = [_content(path) for path in paths]
        readable = [place for place, content in enumerate(contents) if isinstance(content, bytes)]
        of = None if groups is None else [groups[part][place] for place in readable]
        answers = iter(predictor.predict([content for content in contents if isinstance(content, bytes)], of))
        given = [next(answers) if isinstance(content, bytes) else content for content in contents]
        return [Prediction(path, answer) for path, answer in zip(paths, given, strict=True)]

    for predictions in each(batch, batches, "predict"):
        yield from predictions


def _listed(places: Sequence[Path], suffixes: tuple[str, ...]) -> Iterator[Path]:
    """Files as given, and below folders those with a known ending; hidden ones are left out."""
    for place in places:
        if not place.is_dir():
            yield place
            continue
        for folder, folders, names in os.walk(place):
            folders[:] = sorted(name for name in folders if not name.startswith("."))
            known = (name for name in sorted(names) if not name.startswith(".") and name.lower().endswith(suffixes))
            yield from (Path(folder) / name for name in known)


def _content(path: Path) -> bytes | Refused:
    try:
        if not path.exists():
            return Refused("missing", "there is no such file")
        if not path.is_file():
            return Refused("no_file", "this is a pipe, a socket or a device")
        if path.stat().st_size > _LARGEST_BYTES:
            return Refused("too_large", f"over {_LARGEST_BYTES:,} bytes")
        return path.read_bytes()
    except OSError as error:
        return Refused("io_error", error.strerror or str(error))


def _row(prediction: Prediction) -> dict[str, Any]:
    """One file as JSON: with a label, or with all labels, or with the reason why there is none."""
    if isinstance(prediction.answer, Labels):
        return {"path": _spelt(prediction.path), **asdict(prediction.answer), "reason": None, "detail": None}
    given = dict.fromkeys(("label", "probability", "probabilities", "reason", "detail"))
    row = {"path": _spelt(prediction.path), **given, **asdict(prediction.answer)}
    return {key: value for key, value in row.items() if key not in {"possible", "group"} or value is not None}


def _spelt(path: Path) -> str:
    """A path as JSON can hold it: bytes that are no UTF-8 are shown."""
    return os.fsencode(path).decode("utf-8", "backslashreplace")


def _csv(predictions: Sequence[Prediction], classes: Sequence[str]) -> str:
    stream = io.StringIO()
    table = csv.writer(stream, lineterminator="\n")
    several = any(isinstance(prediction.answer, Labels) for prediction in predictions)
    heads = ("labels",) if several else ("label", "probability")
    table.writerow([_cell(title) for title in ("path", *heads, *(f"p.{name}" for name in classes), "reason")])
    for prediction in predictions:
        path, answer = _cell(str(prediction.path)), prediction.answer
        if isinstance(answer, Refused):
            table.writerow([path, *("" for _ in heads), *("" for _ in classes), _cell(answer.reason)])
            continue
        said = (
            [_cell(_SEPARATOR.join(answer.labels))]
            if isinstance(answer, Labels)
            else [_cell(answer.label), f"{answer.probability:.6f}"]
        )
        table.writerow([path, *said, *(f"{answer.probabilities[name]:.6f}" for name in classes), ""])
    return stream.getvalue().removesuffix("\n")


def _cell(text: str) -> str:
    """`text` so that no spreadsheet takes it for a formula."""
    return f"'{text}" if text.startswith(_FORMULA) else text


def _page(predictions: Sequence[Prediction], classes: Sequence[str]) -> RenderableType:
    from rich.console import Group

    answered = [(each.path, each.answer) for each in predictions if isinstance(each.answer, Answer)]
    several = [(each.path, each.answer) for each in predictions if isinstance(each.answer, Labels)]
    refused = [(each.path, each.answer) for each in predictions if isinstance(each.answer, Refused)]
    parts = [_answered(answered, classes)] if answered else []
    parts += [_labelled(several, classes)] if several else []
    return Group(*parts, *([_refused(refused)] if refused else []))


def _answered(rows: Sequence[tuple[Path, Answer]], classes: Sequence[str]) -> RenderableType:
    from rich.table import Table
    from rich.text import Text

    shown = list(classes) if len(classes) <= _FEW_CLASSES else []
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    possible = ["possible"] if any(answer.possible is not None for _, answer in rows) else []
    for title in ("file", "label", "probability", *shown, *possible):
        right = title not in {"file", "label", "possible"}
        table.add_column(Text(printable(title)), overflow="fold", justify="right" if right else "left")
    for path, answer in rows:
        numbers = [f"{answer.probabilities[name]:.3f}" for name in shown]
        cells = Text(printable(str(path))), Text(printable(answer.label)), f"{answer.probability:.3f}"
        sets = [Text(printable(" ".join(answer.possible or ()) or "none"))] if possible else []
        table.add_row(*cells, *numbers, *sets)
    return table


def _labelled(rows: Sequence[tuple[Path, Labels]], classes: Sequence[str]) -> RenderableType:
    """All labels of every file; probabilities of all classes where they are few, else of those that it has."""
    from rich.table import Table
    from rich.text import Text

    shown = list(classes) if len(classes) <= _FEW_CLASSES else []
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for title in ("file", "labels", *shown):
        table.add_column(Text(printable(title)), overflow="fold", justify="right" if title in shown else "left")
    for path, answer in rows:
        words = (name if shown else f"{name} {answer.probabilities[name]:.3f}" for name in answer.labels)
        labels = Text(printable(", ".join(words))) if answer.labels else Text("none", style="dim")
        table.add_row(Text(printable(str(path))), labels, *(f"{answer.probabilities[name]:.3f}" for name in shown))
    return table


def _refused(rows: Sequence[tuple[Path, Refused]]) -> RenderableType:
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), style="yellow")
    table.add_column("could not be read", overflow="fold")
    table.add_column("why", overflow="fold")
    for path, answer in rows:
        table.add_row(Text(printable(str(path))), Text(f"{answer.reason}: {printable(answer.detail)}"))
    return table
