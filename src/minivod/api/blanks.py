"""Empty texts in place of words: answers of the reference have them, and who copies a template sends them back."""

from collections.abc import Mapping
from functools import cache
from typing import Any, NamedTuple

import msgspec
from msgspec import inspect as types

_REMOVES = {"RemoveVideo": "VideoTemplate", "RemoveAudio": "AudioTemplate"}
"""What is not made when the first is 1; its description is an empty one then, with no codec."""


class _Member(NamedTuple):
    """Of a struct: whether an empty text asks for nothing, and the struct that it is, or is a list of."""

    blank: bool
    inner: type[msgspec.Struct] | None


def without_blanks(struct: type[msgspec.Struct], tree: Any) -> Any:
    """The tree without empty texts where one of several words may stand, but need not.

    An empty description of a stream that is removed goes too.

    Args:
        struct: what the tree is to become.
        tree: as it was sent; what it should not be is left as it is.
    """
    if isinstance(tree, list):
        return [without_blanks(struct, one) for one in tree]
    if not isinstance(tree, dict):
        return tree
    members, kept = _members(struct), {}
    gone = {part for flag, part in _REMOVES.items() if part in members and tree.get(flag) in (1, "1")}
    for name, value in tree.items():
        member = members.get(name)
        if member is None or not member.blank or value != "":
            kept[name] = without_blanks(member.inner, value) if member and member.inner else value
        if name in gone and isinstance(value, dict) and value.get("Codec") == "":
            del kept[name]
    return kept


@cache
def _members(struct: type[msgspec.Struct]) -> Mapping[str, _Member]:
    return {field.encode_name: _member(field) for field in msgspec.structs.fields(struct)}


def _member(field: msgspec.structs.FieldInfo) -> _Member:
    words, inner = False, None
    for info in _options(types.type_info(field.type)):
        words = words or (isinstance(info, types.LiteralType) and "" not in info.values)
        inner = info.cls if isinstance(info, types.StructType) else inner
    return _Member(blank=words and not field.required, inner=inner)


def _options(info: types.Type) -> list[types.Type]:
    """What a value may be: without bounds, and of a list what it is of."""
    if isinstance(info, types.Metadata):
        return _options(info.type)
    if isinstance(info, types.UnionType):
        return [one for option in info.types for one in _options(option)]
    return _options(info.item_type) if isinstance(info, types.ListType) else [info]
