"""Plug-ins: one file, one frozen pydantic class, one verb. The folder is the registry.

A kind is a direct subclass of `Plugin` that names its folder as a package:

    class Check(Plugin, package="dlpipe.clean.checks"): ...

`dlpipe/clean/checks/blurry.py` then holds one subclass `Blurry` of `Check`, called `blurry` in YAML. Entry points of
the group `dlpipe.clean.checks` add plug-ins of other distributions. Fields are the settings.
"""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Mapping
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from typing import Any, ClassVar, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, SerializeAsAny, ValidationError
from pydantic_core import PydanticCustomError

from dlpipe.core.errors import DlpipeError, Exit, nearest


class Plugin(BaseModel):
    """Settings are fields: typed, bounded, described. Unknown settings are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    package: ClassVar[str]

    def __init_subclass__(cls, package: str | None = None, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if package is not None:
            cls.package = package

    @property
    def name(self) -> str:
        """The word that calls this plug-in in YAML: its module's last name."""
        return type(self).__module__.rpartition(".")[2]


PluginT = TypeVar("PluginT", bound=Plugin)


@cache
def outside(kind: type[Plugin]) -> dict[str, EntryPoint]:
    """Plug-ins of this kind that other distributions bring, by name. Asked once: it reads every distribution's files."""
    return {point.name: point for point in entry_points(group=kind.package)}


def names(kind: type[Plugin]) -> list[str]:
    """All plug-ins of this kind, sorted; nothing is imported but the folder's package."""
    folder = importlib.import_module(kind.package)
    inside = [module.name for module in pkgutil.iter_modules(folder.__path__) if not module.ispkg]
    return sorted({*inside, *outside(kind)})


def find(kind: type[PluginT], name: str) -> type[PluginT]:
    """Imports the plug-in `name`.

    Raises:
        DlpipeError: there is none of that name, or its file does not hold exactly one.
    """
    known = names(kind)
    if name not in known:
        noun = kind.__name__.lower()
        raise DlpipeError(
            f"there is no {noun} '{name}': {nearest(name, known)}", f"list them with `dlpipe list {noun}`"
        )
    point = outside(kind).get(name)
    module_name = point.module if point else f"{kind.package}.{name}"
    if module_name.rpartition(".")[2] != name:
        problem = f"the entry point '{name}' of {kind.package} leads to the module {module_name}"
        raise DlpipeError(problem, "let the module's last name be the plug-in's name: that is what is written down")
    module = importlib.import_module(module_name)
    found = [
        value
        for _, value in inspect.getmembers(module, inspect.isclass)
        if issubclass(value, kind) and value.__module__ == module.__name__
    ]
    if len(found) != 1:
        problem = f"{module.__file__} holds {len(found)} plug-ins of kind {kind.__name__}"
        raise DlpipeError(problem, "let each plug-in file hold exactly one, and name helpers' classes otherwise")
    return found[0]


def summary(plugin: type[Plugin]) -> str:
    """The docstring's first sentence, which is what `dlpipe list` prints."""
    return inspect.getdoc(plugin).split("\n\n")[0].replace("\n", " ") if plugin.__doc__ else ""  # type: ignore[union-attr]


def make(kind: type[PluginT], name: str, settings: Any) -> PluginT:
    """The plug-in `name` with its settings.

    Raises:
        PydanticCustomError: of type `plugin_name` or `plugin_settings`; `config.py` turns it into a line of YAML.
    """
    try:
        plugin = find(kind, name)
    except DlpipeError as error:
        raise PydanticCustomError("plugin_name", "{problem}", {"problem": error.problem, "name": name}) from error
    try:
        return plugin.model_validate({} if settings is None else settings)
    except ValidationError as error:
        raise PydanticCustomError("plugin_settings", "bad settings", _nested(plugin, error)) from error


def _nested(plugin: type[Plugin], error: ValidationError) -> dict[str, Any]:
    return {"errors": error.errors(), "known": list(plugin.model_fields)}


def one(kind: type[PluginT]) -> Any:
    """Annotation of a field that holds one plug-in, in YAML `{name: …, setting: …}`."""

    def build(value: Any) -> Any:
        if isinstance(value, kind):
            return value
        if not isinstance(value, dict) or not isinstance(value.get("name"), str):
            raise PydanticCustomError("plugin_one", "must be a mapping with a 'name', like {{name: …}}")
        settings = {key: setting for key, setting in value.items() if key != "name"}
        return make(kind, value["name"], settings)

    return BeforeValidator(build)


def many(kind: type[PluginT]) -> Any:
    """Annotation of a field that holds plug-ins by name, in YAML `blurry: {threshold: 0.3}`."""

    def build(value: Any) -> Any:
        if not isinstance(value, dict):
            raise PydanticCustomError("plugin_many", "must be a mapping from names to settings, like {{blurry: {{}}}}")
        made: dict[str, Any] = {}
        errors: list[dict[str, Any]] = []
        for name, settings in value.items():
            try:
                made[name] = settings if isinstance(settings, kind) else make(kind, str(name), settings)
            except PydanticCustomError as error:
                errors.append({"type": error.type, "loc": (name,), "msg": error.message(), "ctx": error.context})
        if errors:
            raise PydanticCustomError("plugin_settings", "bad settings", {"errors": errors})
        return made

    return BeforeValidator(build)


Shown = SerializeAsAny
"""Wraps a field's plug-in type so that its own settings survive serialisation, not just those of its kind."""


def described(plugin: Plugin) -> dict[str, Any]:
    """A plug-in as JSON: its name and all of its settings, as in YAML."""
    return {"name": plugin.name, **plugin.model_dump(mode="json")}


def plain(value: Any) -> Any:
    """Settings as JSON values; plug-ins keep their names."""
    if isinstance(value, Plugin):
        return described(value)
    if isinstance(value, BaseModel):
        return {name: plain(getattr(value, name)) for name in type(value).model_fields}
    if isinstance(value, Mapping):
        return {str(key): plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [plain(inner) for inner in value]
    return value


def restored(kind: type[PluginT], description: Mapping[str, Any]) -> PluginT:
    """The plug-in that `described` wrote down.

    Raises:
        DlpipeError: this dlpipe does not have it, or it has other settings now.
    """
    settings = {key: value for key, value in description.items() if key != "name"}
    try:
        return make(kind, str(description["name"]), settings)
    except PydanticCustomError as error:
        said = (error.context or {}).get("problem") or f"it takes other settings now than {settings}"
        problem = f"{kind.__name__.lower()} '{description['name']}' cannot be made again: {said}"
        fix = "use the dlpipe (and the plug-ins) that wrote this file, or run its stage again"
        raise DlpipeError(problem, fix, Exit.INTEGRITY) from error
