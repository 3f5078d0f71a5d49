"""`dlpipe schema`: writes down what a pipeline's samples are like, as the part `contract` of its section `clean`."""

from __future__ import annotations

import difflib
import json
import re
from typing import TYPE_CHECKING, Any

from dlpipe.clean.classes import by_class
from dlpipe.clean.scan import scan
from dlpipe.clean.schema import Schema, infer
from dlpipe.core import config, files
from dlpipe.core.project import Project, find_project
from dlpipe.core.say import say
from dlpipe.core.stage import raw_folder, settings
from dlpipe.core.table import read_table
from dlpipe.workflow.editing import Edit, checked, edit_of

if TYPE_CHECKING:
    from dlpipe.core.config import Document

_KEY = "contract"
_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_]{2,}")
_WORDS = {"null", "true", "false", "yes", "off"}


def write_schema(pipeline: str, *, update: bool = False) -> None:
    """Infers the schema of the samples that `ingest` listed, and writes it where there is none.

    Where there is one the differences are shown, and written only if `update` says so; severities that somebody set
    stay. Nothing else in the pipeline file changes, not by one byte.

    Raises:
        DlpipeError: `ingest` has not run, or the section `clean` is written so that nothing can be added.
    """
    project = find_project()
    document = config.read(project.pipeline_file(project.existing(pipeline)))
    held: Schema | None = getattr(config.section(document, "clean", settings("clean")), _KEY)
    found, count = _inferred(project, pipeline, document)
    if held is not None:
        found = found.model_copy(update={"severity": held.severity})
    edit = edit_of(document, "clean", _KEY, _block(found, pipeline, count))
    written = held is None or (update and held != found)
    if written:
        files.write_text(document.path, checked(document, edit, "clean", {_KEY: _content(found)}))
    answer = {"pipeline": pipeline, "written": written, "changed": held != found}
    shown = _page(document, edit, pipeline, held=held is not None, written=written, changed=held != found)
    say.result({**answer, "schema": found.model_dump(mode="json")}, shown)


def _inferred(project: Project, pipeline: str, document: Document) -> tuple[Schema, int]:
    """The schema of all samples, and how many they are."""
    listed = project.outputs(pipeline) / "ingest"
    samples = read_table(listed / "samples.parquet")
    dataset: Any = config.section(document, "dataset", settings("dataset"))
    reader = dataset.modality.reader(raw_folder(project, pipeline, document), samples)
    votes = by_class(read_table(listed / "votes.parquet"), dataset.task)
    return infer(samples, votes, scan(reader, {}).facts_table()), samples.height


def _content(schema: Schema) -> dict[str, Any]:
    """The schema as plain values, without what is not said."""
    content = schema.model_dump(exclude_none=True)
    return content if content["severity"] else {key: part for key, part in content.items() if key != "severity"}


def _block(schema: Schema, pipeline: str, count: int) -> list[str]:
    """The schema as lines of YAML, an attribute a line."""
    lines = [
        f"{_KEY}:",
        f"  # Inferred by `dlpipe schema {pipeline}` from {count:,} samples: review it, edit it, commit it. What differs",
        "  # from it later is said; an error (a new class, another unit) ends `clean` with exit code 3.",
    ]
    for key, part in _content(schema).items():
        if key == "attributes" and part:
            lines += ["  attributes:", *(f"    {_flow(name)}: {_flow(attribute)}" for name, attribute in part.items())]
        else:
            lines.append(f"  {key}: {_flow(part)}")
    return lines


def _flow(value: Any) -> str:
    """Plain values as YAML's flow style; text in quotes unless it is a word that nothing takes for something else."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_flow(key)}: {_flow(part)}" for key, part in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_flow, value)) + "]"
    if not isinstance(value, str):
        return f"{value:.6g}" if isinstance(value, float) else str(value)
    if _PLAIN.fullmatch(value) and value.lower() not in _WORDS:
        return value
    quoted = json.dumps(value, ensure_ascii=False)
    return "".join(sign if sign.isprintable() else f"\\U{ord(sign):08x}" for sign in quoted)


def _page(document: Document, edit: Edit, pipeline: str, *, held: bool, written: bool, changed: bool) -> str:
    if not changed:
        return f"{pipeline}: the samples are what clean.{_KEY} says"
    if not held:
        shown = "\n".join(edit.new)
        return f"{shown}\nwritten to {document.path}\nnext: review it, commit it; `dlpipe clean {pipeline}` holds to it"
    difference = difflib.unified_diff(edit.old, edit.new, "as it is written", "as the samples are", n=1, lineterm="")
    done = (
        f"written to {document.path}" if written else f"nothing was written; `dlpipe schema {pipeline} --update` does"
    )
    return "\n".join([*difference, done])
