"""What no file of dlpipe may do, because of what it did to others; each rule says where it is broken."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from tests.house.sources import Source, called

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_IMPORTS = {"pickle", "cloudpickle", "dill", "shelve", "marshal", "yaml", "click", "pty", "commands"}
_CALLS = {"eval", "exec", "compile", "print", "os.system", "os.popen", "joblib.load", "joblib.dump", "__import__"}
_METHODS = {"extractall", "load_model", "read_pickle", "to_pickle", "unsafe_load"}
_KEYWORDS = {("shell", True), ("weights_only", False), ("verify", False), ("allow_pickle", True), ("autoescape", False)}
_WRITES = {"write_text", "write_bytes"}

OWN_WRITERS = {
    "core/files.py": "the one place that replaces files",
    "core/archives/unpacked.py": "a cache that is larger than memory, in a draft",
    "core/jsonl.py": "append-only",
    "core/table.py": "tables go into drafts",
    "core/lock.py": "the lock file itself",
    "core/package.py": "pip's requirements, in a draft folder",
    "tracking/journal.py": "append-only",
    "serve/token.py": "made once, exclusively, with mode 0600",
    "train/checkpoint.py": "draft, fsync and rename of its own: a checkpoint does not fit in memory twice",
    "workflow/fetch.py": "raw/ is unpacked into a draft folder",
    "register/lineage.py": "a patch in a temporary folder for MLflow",
    "graph/write.py": "ONNX files, in a draft folder",
}
"""Files outside of the stages' drafts that open files for writing, and why that is right."""

_IN_DRAFTS = ("evaluate/", "train/training.py", "export/", "ingest/", "embed/", "clean/", "label/", "split/", "gate/")


def _imports(source: Source) -> Iterator[str]:
    for node in (*source.nodes(ast.Import), *source.nodes(ast.ImportFrom)):
        names = [node.module or ""] if isinstance(node, ast.ImportFrom) else [alias.name for alias in node.names]
        if found := {name.split(".")[0] for name in names} & _IMPORTS:
            yield f"{node.lineno}: imports {', '.join(sorted(found))}"


def _calls(source: Source) -> Iterator[str]:
    for node in source.nodes(ast.Call):
        name = called(node)
        if name in _CALLS or name.rpartition(".")[2] in _METHODS:
            yield f"{node.lineno}: calls {name}"
        for keyword in node.keywords:
            if isinstance(keyword.value, ast.Constant) and (keyword.arg, keyword.value.value) in _KEYWORDS:
                yield f"{node.lineno}: {keyword.arg}={keyword.value.value}"


def _torch_load(source: Source) -> Iterator[str]:
    for node in source.nodes(ast.Call):
        safe = any(keyword.arg == "weights_only" for keyword in node.keywords)
        if called(node) == "torch.load" and not safe:
            yield f"{node.lineno}: torch.load without weights_only=True"


def _yaml(source: Source) -> Iterator[str]:
    for node in source.nodes(ast.Call):
        if called(node) == "YAML" and [ast.unparse(keyword) for keyword in node.keywords] != ["typ='rt'"]:
            yield f"{node.lineno}: YAML of another kind than 'rt', which makes plain values only"


def _writes(source: Source) -> Iterator[str]:
    if source.name in OWN_WRITERS or source.name.startswith(_IN_DRAFTS):
        return
    for node in source.nodes(ast.Call):
        name = called(node)
        last = name.rpartition(".")[2]
        is_ours = name in {"files.write_text", "files.write_bytes"}
        if (last in _WRITES and not is_ours) or (last in {"open", "fdopen"} and _mode(node) & set("wax+")):
            yield f"{node.lineno}: {name} writes; use dlpipe.core.files, or say in OWN_WRITERS why not"


def _mode(node: ast.Call) -> set[str]:
    given = [*node.args, *(keyword.value for keyword in node.keywords if keyword.arg == "mode")]
    texts = [value.value for value in given if isinstance(value, ast.Constant) and isinstance(value.value, str)]
    return set().union(*(set(text) for text in texts if len(text) <= 3))


def _addresses(source: Source) -> Iterator[str]:
    for node in source.nodes(ast.Constant):
        if node.value in {"0.0.0.0", "::"}:  # noqa: S104 - looked for, not listened on
            yield f"{node.lineno}: listens on every interface"


def _prose(source: Source) -> Iterator[str]:
    if ast.get_docstring(source.tree) is None and source.tree.body:
        yield "1: has no docstring that says what it is for"


def _future(source: Source) -> Iterator[str]:
    names = [alias.name for node in source.nodes(ast.ImportFrom) if node.module == "__future__" for alias in node.names]
    if "annotations" not in names and any(
        isinstance(node, ast.FunctionDef | ast.ClassDef) for node in source.tree.body
    ):
        yield "1: has no `from __future__ import annotations`"


def _length(source: Source) -> Iterator[str]:
    for node in source.nodes(ast.FunctionDef):
        if (lines := (node.end_lineno or 0) - node.lineno + 1) > _LONGEST_FUNCTION:
            yield f"{node.lineno}: {node.name} has {lines} lines"


_LONGEST_FUNCTION = 45
"""Lines with signature and docstring; ruff counts statements, at most 30."""

RULES: dict[str, Callable[[Source], Iterator[str]]] = {
    "no module that runs code from data": _imports,
    "no call that runs code from data, trusts archives or speaks past `say`": _calls,
    "torch.load reads weights only": _torch_load,
    "YAML is plain": _yaml,
    "files are replaced whole": _writes,
    "nothing listens on every interface": _addresses,
    "a file says what it is for": _prose,
    "annotations are not run": _future,
    "functions are short": _length,
}
