"""Structs made of a template's settings: what a change may hold, and what answers hold."""

from collections.abc import Iterator
from types import GenericAlias, NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import msgspec

from minivod.errors import InvalidParameterValue, MissingParameter
from minivod.templates.kind import AnyKind, Kind, SettingsT

Field = tuple[str, Any] | tuple[str, Any, Any]
COMMON = ("Definition", "Definitions", "Name", "Comment", "SubAppId", "Type", "Offset", "Limit")
"""Parameters of the actions of every kind."""


def own_fields(kind: AnyKind) -> list[Field]:
    """The fields of the kind, as a creation has them."""
    return [
        (field.name, field.type) if field.required else (field.name, field.type, field.default)
        for field in msgspec.structs.fields(kind.settings)
    ]


def changes(kind: AnyKind) -> list[Field]:
    """The fields of the kind as a change has them: None, the default, leaves a field as it is."""
    fields = msgspec.structs.fields(kind.settings)
    return [_change(field, kind) for field in fields if field.name not in kind.fixed]


def _change(field: msgspec.structs.FieldInfo, kind: AnyKind) -> Field:
    inner = struct_in(field.type)
    if inner is None:
        return (field.name, field.type | None, None)
    fields: list[Field] = [(one.name, one.type | None, None) for one in msgspec.structs.fields(inner)]
    fields += kind.added.get(field.name, ())
    name = f"{inner.__name__}Change"
    struct = msgspec.defstruct(name, fields, frozen=True, kw_only=True, forbid_unknown_fields=True, module=__name__)
    return (field.name, struct | None, None)


def shown(struct: type[msgspec.Struct]) -> list[Field]:
    """The fields as answers have them: without bounds, for a preset may lie outside."""
    return [(field.name, _plain(field.type)) for field in msgspec.structs.fields(struct)]


def _plain(kind: Any) -> Any:
    """The type without bounds and choices."""
    origin = get_origin(kind)
    if origin is Annotated:
        return _plain(get_args(kind)[0])
    if origin in (Union, UnionType):
        [inner] = [option for option in get_args(kind) if option is not NoneType]
        return _plain(inner) | None
    if origin is list:
        return GenericAlias(list, (_plain(get_args(kind)[0]),))
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        return msgspec.defstruct(kind.__name__, shown(kind), frozen=True, kw_only=True, module=__name__)
    return str if origin is Literal else kind


def struct_in(kind: Any) -> type[msgspec.Struct] | None:
    """The struct that a field is, if it is one and no list of them."""
    options = get_args(kind) if get_origin(kind) in (Union, UnionType) else (kind,)
    return next((one for one in options if isinstance(one, type) and issubclass(one, msgspec.Struct)), None)


def error_classes(kind: AnyKind) -> dict[str, type[InvalidParameterValue]]:
    """The error class of each field of the kind at any depth, by path, and of what every template has."""
    return {path: kind.error_at(path) for path in (*_paths(kind.settings, ""), *COMMON)}


def _paths(struct: type[msgspec.Struct], prefix: str) -> Iterator[str]:
    for field in msgspec.structs.fields(struct):
        yield prefix + field.name
        bare = get_args(field.type)[0] if get_origin(field.type) is Annotated else field.type
        inner = struct_in(get_args(bare)[0] if get_origin(bare) is list else bare)
        if inner is not None:
            yield from _paths(inner, f"{prefix}{field.name}.")


def merged(kind: Kind[SettingsT], settings: SettingsT, change: msgspec.Struct) -> SettingsT:
    """The template with the change in it.

    Args:
        kind: of template.
        settings: as they are.
        change: a struct with the fields of `changes`.

    Raises:
        MissingParameter: the change makes a part that the template did not have, and leaves a required field out.
    """
    built: dict[str, Any] = msgspec.to_builtins(settings)
    for name in kind.settings.__struct_fields__:
        asked = getattr(change, name, None)
        if asked is None:
            continue
        inner = struct_in({field.name: field.type for field in msgspec.structs.fields(kind.settings)}[name])
        built[name] = _part(name, inner, built[name], asked) if inner else msgspec.to_builtins(asked)
    return kind.read(built)


def _part(name: str, struct: type[msgspec.Struct], before: dict[str, Any] | None, asked: msgspec.Struct) -> Any:
    """An object of the template with the change in it."""
    given = {field: value for field in struct.__struct_fields__ if (value := getattr(asked, field)) is not None}
    if before is None:
        for field in msgspec.structs.fields(struct):
            if field.required and field.name not in given:
                raise MissingParameter(f"the parameter {name}.{field.name} is missing; {name} requires it")
    return {**(before or {}), **msgspec.to_builtins(given)}
