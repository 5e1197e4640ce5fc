"""Writes docs/coverage.md, which actions of the API are built and how far: `python -m tests.contract.coverage`."""

import inspect
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from functools import cache
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from typing import Any

import msgspec
from msgspec import inspect as types

from minivod import actions
from minivod.actions import AnyAction
from minivod.api.action_names import NAMES
from minivod.api.registry import discover

from .empty import EMPTY
from .model import members, model
from .refused import INSIDE, remark

_REFERENCE = re.compile(r" \(contract\.md[^)]*\)")
_MANY = 8
_NEVER, _EMPTY, _FILLED = "never", "empty", "filled"
PAGE = Path(__file__).parents[2] / "docs" / "coverage.md"


def page() -> str:
    """The page."""
    built = discover()
    left = len(NAMES) - len(built)
    head = [
        "# Which actions are built",
        "",
        "Made by `python -m tests.contract.coverage` from the code and the published model; a test keeps it so.",
        "",
        f"Of the {len(NAMES)} actions of `vod` 2018-07-17, {len(built)} are built. The [other {left}](#not-built) "
        "answer `InvalidAction`; the message says that the action belongs to the API and is not built yet.",
        "",
        "The last column of a table of parameters says which are *refused*: by their names, whenever they ask for "
        "anything. *only* names the one value that does not. Parameters without a remark do what the reference says, "
        "as far as the notes below the table do not say otherwise; members of templates that are refused stand in "
        "[templates.md](templates.md#what-is-not-done). Nothing is accepted and ignored but what is marked *no "
        "effect*, which the API reserves.",
        "",
        "| action | what it does | requests/s | changes anything |",
        "|---|---|---|---|",
        *(_row(action) for action in built.values()),
    ]
    tail = ["", "## Not built", "", f"{_listed(NAMES - built.keys())}."]
    return "\n".join([*head, *(line for action in built.values() for line in _section(action)), *tail]) + "\n"


def _row(action: AnyAction) -> str:
    does = _summary(action).removeprefix(f"{action.name}: ")
    return (
        f"| [{action.name}](#{action.name.lower()}) | {does} | {action.limit} | {'yes' if action.mutates else 'no'} |"
    )


def _summary(action: AnyAction) -> str:
    return _REFERENCE.sub("", _headlines()[action.name])


@cache
def _headlines() -> dict[str, str]:
    """The first line of each action's module, by the action's name."""
    modules = [import_module(f"{actions.__name__}.{found.name}") for found in iter_modules(actions.__path__)]
    return {
        module.ACTION.name: (inspect.getdoc(module) or "").partition("\n")[0]
        for module in modules
        if hasattr(module, "ACTION")
    }


def _section(action: AnyAction) -> Iterator[str]:
    """The parameters, what the answer never has, and what is refused."""
    wanted = members(model()["actions"][action.name]["input"])
    fields = {field.encode_name: field for field in msgspec.structs.fields(action.request)}
    yield from ("", f"## {action.name}", "", "| parameter | type | |", "|---|---|---|")
    for name, member in wanted.items():
        said = "required" if member["required"] else remark(action.name, name)
        yield f"| `{name}` | {_type(member)} | {said if name in fields else 'not accepted'} |"
    notes = [line for line in (inspect.getdoc(action.request) or "").splitlines() if line]
    if notes:
        yield from ("", " ".join(notes))
    for name in wanted.keys() & INSIDE.keys():
        listed = (f"`{entry.path}` ({entry.why})" for entry in INSIDE[name])
        yield from ("", f"Within `{name}` these are refused by name: {', '.join(listed)}.")
    filled: dict[str, dict[str, str]] = defaultdict(dict)
    for parent, member, state in _members(action.response, model()["actions"][action.name]["output"], ""):
        filled[parent][member] = state
    for parent, states in filled.items():
        yield from _never(parent, states)


def _never(parent: str, filled: dict[str, str]) -> Iterator[str]:
    """Which members of an object in the answer are never filled, or if these are many, which ones may be."""
    place = f"`{parent}` in the answer" if parent else "The answer"
    absent = [member for member, state in filled.items() if state == _NEVER]
    empty = [member for member, state in filled.items() if state == _EMPTY]
    if len(absent) > _MANY:
        yield from ("", f"Of its {len(filled)} members, {_lower(place)} only has {_listed(filled.keys() - absent)}.")
    elif absent:
        yield from ("", f"{place} never has {_listed(absent)}.")
    if empty:
        yield from ("", f"{place} always has nothing in {_listed(empty)}.")


def _lower(place: str) -> str:
    return place[:1].lower() + place[1:]


def _listed(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in sorted(names))


def _type(member: dict[str, Any]) -> str:
    if member["type"] == "list":
        return f"list of {member['member']}"
    return str(member["member"] if member["type"] == "object" else member["type"])


def _members(struct: type[msgspec.Struct], name: str, path: str) -> Iterator[tuple[str, str, str]]:
    """Path of the object, name of the member, whether it is ever filled; for the whole answer in the model."""
    have = {field.encode_name: types.type_info(field.type) for field in msgspec.structs.fields(struct)}
    for member, described in members(name).items():
        info = have.get(member)
        absent = member != "RequestId" and (info is None or isinstance(info, types.NoneType))
        yield path, member, _NEVER if absent else _EMPTY if (struct.__name__, member) in EMPTY else _FILLED
        if info is not None and (inner := struct_in(info)):
            yield from _members(inner, described["member"], f"{path}.{member}" if path else member)


def struct_in(info: Any) -> type[msgspec.Struct] | None:
    """The object that a member is, or is a list of."""
    if isinstance(info, types.Metadata):
        info = info.type
    if isinstance(info, types.UnionType):
        info = next(option for option in info.types if not isinstance(option, types.NoneType))
    if isinstance(info, types.ListType):
        info = info.item_type
    return info.cls if isinstance(info, types.StructType) else None


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
