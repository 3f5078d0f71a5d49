"""`dlpipe split NAME --verify`: whether anything crosses a split, one's own or someone else's."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from dlpipe.core import config as configuration
from dlpipe.core.engine import one_start
from dlpipe.core.errors import DlpipeError, Exit, nearest
from dlpipe.core.project import find_project
from dlpipe.core.say import say
from dlpipe.core.stage import raw_folder, settings
from dlpipe.dataset import load_samples

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import numpy as np
    import polars as pl
    from rich.console import RenderableType

    from dlpipe.core.project import Project
    from dlpipe.modalities import Reader
    from dlpipe.similarity import Closely, Prints
    from dlpipe.split.leaks import Leak

_SIDES = 2


@dataclass(frozen=True)
class Question:
    """Which split, and what must not cross it."""

    column: str | None = None
    """A column of the samples; the stage's own split if neither this nor a file is given."""
    csv: Path | None = None
    """A table of `id` (or `path`) and `split`."""
    group_by: tuple[str, ...] = ()
    time: str | None = None


def verify(pipeline: str, question: Question) -> None:
    """Prints what crosses a split: exact and near duplicates, groups, samples of the future.

    Raises:
        DlpipeError: something does (exit 3), or there is no such split.
    """
    from dlpipe.split import leaks

    project = find_project()
    document = configuration.read(project.pipeline_file(project.existing(pipeline)))
    modality = configuration.section(document, "dataset", settings("dataset")).modality  # type: ignore[attr-defined]
    splitter = configuration.section(document, "split", settings("split")).splitter  # type: ignore[attr-defined]
    samples = _sides(pipeline, project, question)
    groups = list(question.group_by) or ([splitter.kept_whole] if splitter.kept_whole else [])
    when = question.time or (splitter.column if splitter.name == "time" else None)
    found = [leaks.exact(samples)]
    found += [leaks.grouped(samples, by) for by in groups]
    found += [leaks.later(samples, when)] if when else []
    if modality.name == "image":
        reader = modality.reader(raw_folder(project, pipeline, document), samples)
        looked, pictures = _prints(reader)
        closely = _closely(reader, looked, samples["id"].to_list())
        with one_start():
            found.append(leaks.near(samples, looked, pictures, _duplicates(project, pipeline), closely))
    else:
        say.note(f"near duplicates are looked for in pictures alone, not in {modality.name}")
    _answer(pipeline, samples, found)


def _sides(pipeline: str, project: Project, question: Question) -> pl.DataFrame:
    """Samples with the side on which each lies as `split`; those on none are left out."""
    import polars as pl

    from dlpipe.split.words import split_words

    if question.csv is not None:
        samples = _from_csv(load_samples(pipeline, project=project.root), question.csv)
    elif question.column is not None:
        samples = load_samples(pipeline, project=project.root)
        if question.column not in samples.columns:
            problem = f"the samples have no column '{question.column}'; {nearest(question.column, samples.columns)}"
            raise DlpipeError(problem, f"name a column that they have: {', '.join(samples.columns)}")
        samples = samples.with_columns(samples[question.column].cast(pl.String).alias("split"))
    else:
        samples = load_samples(pipeline, "split", project.root)
    samples = samples.with_columns(split_words(samples["split"]).alias("split")).filter(pl.col("split").is_not_null())
    if samples["split"].n_unique() < _SIDES:
        sides = ", ".join(samples["split"].unique().to_list()) or "none"
        raise DlpipeError(
            f"a split has at least two sides, this one: {sides}", "name the column that says train or test"
        )
    return samples


def _from_csv(samples: pl.DataFrame, file: Path) -> pl.DataFrame:
    import polars as pl

    from dlpipe.ingest.rows import read_rows

    rows = read_rows(file, ["split"])
    key = next((name for name in ("id", "path") if name in rows.columns), None)
    if key is None:
        raise DlpipeError(
            f"{file}:1: it has neither a column 'id' nor 'path'", "say in 'id' or 'path' which sample it is"
        )
    given = pl.DataFrame(
        {key: rows.column(key), "split": rows.column("split")}, schema={key: pl.String, "split": pl.String}
    )
    if twice := given.filter(pl.col(key).is_duplicated())[key].drop_nulls().to_list():
        raise DlpipeError(f"{file}: '{twice[0]}' stands in it twice", "give each sample one row")
    found = samples.drop("split", strict=False).join(given, on=key, how="inner")
    if not found.height:
        raise DlpipeError(
            f"{file}: none of its rows names a sample, like '{given[key][0]}'",
            f"samples are called like '{samples[key][0]}'",
        )
    if found.height < given.height:
        say.warn(f"{file}: {given.height - found.height} of {given.height} rows name no sample")
    return found


def _prints(reader: Reader) -> tuple[np.ndarray[Any, Any], Prints]:
    """Positions of the samples that can be decoded, and their fingerprints."""
    import numpy as np

    from dlpipe import similarity
    from dlpipe.core.loop import each
    from dlpipe.modalities import Unreadable

    def look(row: int) -> np.ndarray[Any, Any] | None:
        sample = reader[row]
        return None if isinstance(sample, Unreadable) else similarity.fingerprint(sample.value)

    looks = list(each(look, range(len(reader)), "looking at samples"))
    looked = [row for row, found in enumerate(looks) if found is not None]
    if len(looked) < len(looks):
        say.warn(f"{len(looks) - len(looked)} samples cannot be decoded and were compared by their bytes alone")
    return np.array(looked, np.intp), similarity.prints([found for found in looks if found is not None])


def _closely(reader: Reader, looked: np.ndarray[Any, Any], ids: list[str]) -> Closely:
    """A second look at the samples that could be decoded, as `clean` takes it: crops and turned copies need it."""
    from dlpipe import similarity
    from dlpipe.clean.views import LEAST_PX

    rows = looked.tolist()
    return similarity.Closely([ids[row] for row in rows], [reader.places[row] for row in rows], reader.opener, LEAST_PX)


def _duplicates(project: Project, pipeline: str) -> pl.DataFrame:
    """What `clean` calls copies; nothing where it has not run."""
    import polars as pl

    from dlpipe.core.table import read_table

    path = project.outputs(pipeline) / "clean" / "duplicates.parquet"
    return read_table(path) if path.is_file() else pl.DataFrame(schema={"id": pl.String, "cluster": pl.String})


def _answer(pipeline: str, samples: pl.DataFrame, found: Sequence[Leak]) -> None:
    leaking = [leak for leak in found if leak.num_crossing]
    sides = dict(samples["split"].value_counts().sort("split").iter_rows())
    answer = {"leaks": bool(leaking), "sides": sides, "checks": [asdict(leak) for leak in found]}
    say.result(answer, _shown(found))
    if leaking:
        said = ", ".join(f"{leak.num_crossing} {leak.what}" for leak in leaking)
        fix = f"keep them together: set split.splitter of pipelines/{pipeline}.yaml (`dlpipe list splitter`), then `dlpipe run {pipeline}`"
        raise DlpipeError(f"the split leaks: {said}", fix, Exit.NO)


def _shown(found: Sequence[Leak]) -> RenderableType:
    from rich.table import Table
    from rich.text import Text

    from dlpipe.core.say import printable

    table = Table(box=None)
    for heading in ("what must not cross", "checked", "crosses", "samples", "like"):
        table.add_column(heading, justify="right" if heading in {"checked", "crosses", "samples"} else "left")
    for leak in found:
        numbers = (f"{leak.num_checked:,}", f"{leak.num_crossing:,}", f"{leak.num_samples:,}")
        table.add_row(Text(printable(leak.what)), *numbers, Text(printable("; ".join(leak.examples[:1]))))
    return table
