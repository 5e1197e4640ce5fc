"""Forms made of the structs that describe templates and procedures: what a form shows, and the parameters it has.

Fields have the names of parameters of the API (`VideoTemplate.Bitrate`, `StreamInfos.0.Video.Fps`), so that what was
filled in is decoded and refused like a call, and a refusal names the field.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from types import NoneType, UnionType
from typing import Any, Literal, NamedTuple, Union, get_args, get_origin

import msgspec
from msgspec import inspect as types

from minivod import ids
from minivod.console.forms import Form
from minivod.templates.bounds import ZeroOr, bound_of
from minivod.templates.not_done import NOT_DONE

HIDDEN = frozenset(
    {
        "TEHDConfig", "EnhanceConfig", "StdExtInfo", "SvgTemplate", "DrmType", "DrmKeyProvider", "DrmEncryptType",
        "TraceWatermark", "CopyRightWatermark", "BlindWatermark", "MosaicSet", "HeadTailSet", "SubtitleInfoSet",
        "SubtitleSet", "DrmInfo", "SvgContent",
    }
)  # fmt: skip
"""Fields that can ask for nothing here but what they have anyway."""
_RARE = frozenset(
    {
        "ResolutionAdaptive", "FillType", "Vcrf", "Gop", "GopUnit", "PreserveHDRSwitch", "CodecTag", "Mode", "Bframes",
        "HlsTime", "VideoProfile", "TimeOffsetSet", "OverrideParameter",
    }
)  # fmt: skip
_AS_JSON = "OverrideParameter"
_FILE = "ImageContent"
_FLAG = "0–1"
_LISTED = 100
"""Items of a list that are read."""

Choices = Callable[[str], Sequence[tuple[str, str]]]
"""What can be chosen in a field, by its path without numbers: values and their names; empty: what its type says."""


class Field(NamedTuple):
    """A field: `kind` is select, flag, checks, number, text, list, json or file; `hint` says what is accepted.

    Those that are `rare` are seldom other than they are by default.
    """

    path: str
    name: str
    kind: str
    values: Sequence[str]
    choices: Sequence[tuple[str, str]]
    hint: str
    required: bool
    locked: bool

    @property
    def rare(self) -> bool:
        """Whether it is."""
        return self.name in _RARE

    @property
    def value(self) -> str:
        """The only one."""
        return self.values[0] if self.values else ""


class Part(NamedTuple):
    """An object of the form; `remove` is the path by which it can be taken out of its list, empty: it is in none."""

    path: str
    name: str
    items: "Sequence[Field | Part | Several]"
    remove: str


class Several(NamedTuple):
    """A list of objects; `add` is the path by which another one is added, empty: it is full."""

    path: str
    name: str
    parts: Sequence[Part]
    add: str


Item = Field | Part | Several


class Layout(NamedTuple):
    """How a struct becomes a form: what can be chosen, and fields that cannot be changed."""

    choices: Choices = lambda _: ()
    locked: frozenset[str] = frozenset()


def items(struct: type[msgspec.Struct], values: Mapping[str, Any] | None, layout: Layout, path: str = "") -> list[Item]:
    """The fields of a struct.

    Args:
        struct: that describes them.
        values: as they are, by name; None: the object is not there, and all of its fields are empty.
        layout: of the form.
        path: of the object, with a dot at its end.
    """
    shown = (field for field in msgspec.structs.fields(struct) if field.name not in HIDDEN)
    return [_item(field, values, layout, path) for field in shown]


def _item(field: msgspec.structs.FieldInfo, values: Mapping[str, Any] | None, layout: Layout, path: str) -> Item:
    where, kind, optional = f"{path}{field.name}", *_bare(field.type)
    default = field.default if field.default is not msgspec.NODEFAULT else None
    value = (values or {}).get(field.name, None if values is None else default)
    if field.name == _AS_JSON:
        texts = [json.dumps(value, ensure_ascii=False)] if value else []
        return Field(where, field.name, "json", texts, (), "JSON", required=False, locked=False)
    if _is_struct(kind):
        return Part(where, field.name, items(kind, value if value else None, layout, f"{where}."), "")
    inner = _inner(kind)
    if inner is not None and _is_struct(inner):
        return _several(where, field, inner, value or [], layout)
    return _field(where, field, kind, value, layout, optional=optional or values is None)


def _several(
    where: str, field: msgspec.structs.FieldInfo, inner: Any, values: Sequence[Any], layout: Layout
) -> Several:
    parts = [
        Part(f"{where}.{index}", field.name, items(inner, value, layout, f"{where}.{index}."), f"{where}.{index}")
        for index, value in enumerate(values)
    ]
    info = types.type_info(field.type)
    most = info.max_length if isinstance(info, types.ListType) else None
    return Several(where, field.name, parts, where if len(parts) < (most or _LISTED) else "")


def _field(
    where: str, field: msgspec.structs.FieldInfo, kind: Any, value: Any, layout: Layout, *, optional: bool
) -> Field:
    plain = _plain(where)
    choices = layout.choices(plain) or [(one, one) for one in _literals(kind, plain)]
    several = get_origin(_unannotated(kind)) is list
    listed = (value or []) if several else [] if value is None else [value]
    texts = [_text(one) for one in listed]
    hint = _hint(kind)
    form = "select" if choices else "flag" if hint == _FLAG else _kind_of(kind)
    if several:
        form = "checks" if choices else "list"
    if field.name == _FILE:
        form, texts = "file", []
    elif choices and not several and (optional or not texts):
        choices = [("", "–"), *(one for one in choices if one[0])]
    required = field.required and not optional and form != "file"
    return Field(
        where, field.name, form, texts, choices, "" if form == "flag" else hint, required, field.name in layout.locked
    )


def _text(value: Any) -> str:
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def _plain(where: str) -> str:
    return ".".join(part for part in where.split(".") if not part.isdigit())


def _bare(kind: Any) -> tuple[Any, bool]:
    """A type without `| None`, and whether it had that."""
    if get_origin(kind) in (Union, UnionType):
        [inner] = [option for option in get_args(kind) if option is not NoneType]
        return inner, True
    return kind, False


def _unannotated(kind: Any) -> Any:
    return getattr(kind, "__origin__", kind) if hasattr(kind, "__metadata__") else kind


def _inner(kind: Any) -> Any:
    plain = _unannotated(kind)
    return get_args(plain)[0] if get_origin(plain) is list else None


def _is_struct(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, msgspec.Struct)


def _literals(kind: Any, plain: str) -> Iterator[str]:
    """The choices of a field, without those that are refused here."""
    inner = _inner(kind)
    of = _unannotated(kind if inner is None else inner)
    if get_origin(of) is not Literal:
        return
    refused = {value for one in NOT_DONE if f".{plain}".endswith(f".{one.path}") for value in one.refused}
    yield from (one for one in get_args(of) if one not in refused)


def _kind_of(kind: Any) -> str:
    return "number" if _unannotated(kind) in (int, float) else "text"


def _hint(kind: Any) -> str:
    """Numbers that are accepted, in signs that every language has."""
    bound = bound_of(kind)
    if isinstance(bound, ZeroOr):
        return f"0, {bound.least}–{bound.most}"
    info = types.type_info(kind)
    if not isinstance(info, types.IntType | types.FloatType):
        return ""
    least = info.ge if info.ge is not None else info.gt
    most = info.le if info.le is not None else info.lt
    return (
        f"{least:g}–{most:g}" if least is not None and most is not None else f"≥ {least:g}" if least is not None else ""
    )


def read(struct: type[msgspec.Struct], form: Form, path: str = "", *, whole: bool = False) -> dict[str, Any]:
    """The parameters that a form has.

    Args:
        struct: that describes them.
        form: as it was sent.
        path: of the object, with a dot at its end.
        whole: whether what is empty is as by default; else it is left out. For a change, by which what is left out
            would stay as it was, although the form no longer says so.

    Raises:
        ValueError: a field of JSON has none.
    """
    tree: dict[str, Any] = {}
    shown = [field for field in msgspec.structs.fields(struct) if field.name not in HIDDEN]
    for field in shown:
        value = _read(field, form, f"{path}{field.name}", whole)
        if value not in ("", None, [], {}):
            tree[field.name] = value
    if whole and tree:
        filled = [(field.name, _filled(field, tree)) for field in shown]
        tree = {name: value for name, value in filled if value is not None}
    return tree


def _filled(field: msgspec.structs.FieldInfo, tree: Mapping[str, Any]) -> Any:
    """The value of a field, or its default; what must be there is empty, so that it is named as wrong."""
    if field.name in tree or field.name == _FILE:
        return tree.get(field.name)
    if field.default_factory is not msgspec.NODEFAULT:
        return None
    if not field.required:
        return field.default
    return [] if _inner(_bare(field.type)[0]) is not None else None if _is_struct(_bare(field.type)[0]) else ""


def _read(field: msgspec.structs.FieldInfo, form: Form, where: str, whole: bool) -> Any:
    kind, _ = _bare(field.type)
    if field.name == _AS_JSON:
        text = form.one(where).strip()
        return json.loads(text) if text else None
    if _is_struct(kind):
        return read(kind, form, f"{where}.", whole=whole)
    inner = _inner(kind)
    if inner is None:
        return form.one(where).strip()
    if _is_struct(inner):
        numbers = [number for number in range(_LISTED) if form.has_below(f"{where}.{number}.")]
        return [read(inner, form, f"{where}.{number}.", whole=whole) for number in numbers]
    if get_origin(_unannotated(inner)) is Literal:
        return form.all(where)
    return form.one(where).replace(",", " ").replace("，", " ").split()


def changed(tree: dict[str, Any], form: Form) -> dict[str, Any]:
    """The parameters with an item more or less in one of their lists, as the buttons `add` and `remove` ask for it."""
    for name in ("add", "remove"):
        path = form.one(name)
        if path:
            *parents, last = path.split(".")
            node: Any = tree
            for part in parents:
                node = _step(node, part)
            _edit(node, last, adds=name == "add")
    return tree


def _step(node: Any, part: str) -> Any:
    if isinstance(node, list):
        return node[int(part)] if _is_place(part, node) else {}
    return node.setdefault(part, {}) if isinstance(node, dict) else {}


def _is_place(part: str, items: list[Any]) -> bool:
    return ids.is_number(part, len(str(len(items)))) and int(part) < len(items)


def _edit(node: Any, last: str, *, adds: bool) -> None:
    """A new item is a copy of the last one: levels of a ladder differ in little."""
    if adds and isinstance(node, dict):
        known = node.setdefault(last, [])
        if isinstance(known, list):
            known.append(json.loads(json.dumps(known[-1])) if known else {})
    elif not adds and isinstance(node, list) and _is_place(last, node):
        del node[int(last)]
