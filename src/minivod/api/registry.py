"""Finds the actions, decodes their parameters, and maps what is wrong with them to wire errors."""

import importlib
import math
import pkgutil
import re
import types
from collections.abc import Mapping
from typing import Annotated, Any, Protocol, Union, get_args, get_origin, get_type_hints

import msgspec

from minivod import actions, errors
from minivod.actions import Action, AnyAction
from minivod.api.action_names import NAMES
from minivod.api.blanks import without_blanks
from minivod.api.parameters import HugeNumber, Tree
from minivod.errors import WireError, shorten

Registry = Mapping[str, AnyAction]


class Declared(Protocol):
    """What says which parameters are accepted: an action, or what else callers send as named values."""

    @property
    def name(self) -> str:
        """How messages call it."""

    @property
    def request(self) -> type[msgspec.Struct]:
        """The parameters."""

    def value_error(self, path: str) -> type[WireError]:
        """The error class for a wrong value at that path."""


_FAILURE = re.compile(r"(?P<what>.*?)(?: - at `\$\.?(?P<path>.*)`)?", re.DOTALL)
_MISSING = re.compile(r"Object missing required field `(.*)`", re.DOTALL)
_UNKNOWN = re.compile(r"Object contains unknown field `(.*)`", re.DOTALL)
_WRONG_TYPE = re.compile(r"Expected `([^`]*)`, got `[^`]*`")
_BOUND = re.compile(r"Expected `(\w+)` (.*)", re.DOTALL)
_LIMIT = re.compile(r"(?P<length>of length (?=[<>]=))?(?P<sign>[<>]=?) (?P<most>\S+)")
_INDEX = re.compile(r"\[(\d+)\]")
_ARTICLES = {"str": "a string", "int": "an integer", "float": "a number", "bool": "true or false", "array": "a list"}
_KINDS = _ARTICLES | {"object": "an object"}


def discover() -> dict[str, AnyAction]:
    """The actions that are built, by name: the ACTION of every module of `minivod.actions` that has one."""
    found: dict[str, AnyAction] = {}
    for module in pkgutil.iter_modules(actions.__path__):
        action = getattr(importlib.import_module(f"{actions.__name__}.{module.name}"), "ACTION", None)
        if isinstance(action, Action):
            found[action.name] = action
    return dict(sorted(found.items()))


def find(registry: Registry, name: str) -> AnyAction:
    """The action of that name.

    Raises:
        InvalidAction: the API has no such action, or it is not built.
    """
    action = registry.get(name)
    if action is not None:
        return action
    if name in NAMES:
        raise errors.InvalidAction(
            f"the action {name} belongs to the API but is not built in minivod yet; the {len(registry)} that are built "
            "stand in docs/coverage.md"
        )
    meant = next((known for known in NAMES if known.lower() == name.lower()), None)
    if meant:
        raise errors.InvalidAction(
            f"the API has no action {shorten(name)}; did you mean {meant}? Names are case-sensitive"
        )
    raise errors.InvalidAction(f"the API has no action {shorten(name)}")


def decode(action: Declared, tree: Tree, *, text: bool) -> Any:
    """The request of the action.

    Args:
        action: whose `request` type says what is accepted.
        tree: the parameters.
        text: whether numbers and booleans came as text (query, form).

    Raises:
        MissingParameter, UnknownParameter, InvalidParameter, InvalidParameterValue: naming the parameter.
    """
    if isinstance(action, Action) and action.blanks:
        tree = without_blanks(action.request, tree)
    try:
        request = msgspec.convert(tree, action.request, strict=not text)
    except msgspec.ValidationError as error:
        raise _wire_error(action, tree, str(error)) from None
    if text:
        _check_numbers(action, request, "")
    return request


def _wire_error(action: Declared, tree: Tree, description: str) -> WireError:
    match = _FAILURE.fullmatch(description)
    what, path = (match["what"], match["path"] or "") if match else (description, "")
    path = _INDEX.sub(r".\1", path).replace("[...]", "")
    prefix = f"{path}." if path else ""
    if missing := _MISSING.fullmatch(what):
        name = prefix + missing[1]
        return errors.MissingParameter(f"the parameter {name} is missing; {action.name} requires it")
    if unknown := _UNKNOWN.fullmatch(what):
        return errors.UnknownParameter(
            f"{shorten(prefix + unknown[1])} is not a parameter of {action.name}; {_members(action.request, path)}"
        )
    value = _value_at(tree, path)
    wrong = _WRONG_TYPE.fullmatch(what)
    if isinstance(value, HugeNumber):
        return _value_error(action, path, value, "a number of at most 64 bits")
    if wrong:
        kinds = " or ".join(_KINDS.get(kind, kind) for kind in wrong[1].split(" | ") if kind != "null")
        if not path:
            return errors.InvalidParameter(f"the body is {shorten(value)}; it must be {kinds}")
        return errors.InvalidParameter(f"{path} is {shorten(value)}; it must be {kinds}")
    return _value_error(action, path, value, _accepted(action.request, path, what))


def _value_error(action: Declared, path: str, value: object, accepted: str) -> WireError:
    return action.value_error(path)(f"{path} is {shorten(value)}; it must be {accepted}")


def _accepted(request: type, path: str, what: str) -> str:
    """What a value must be, in words."""
    choices = get_args(_type_at(request, path)) if what.startswith("Invalid enum value") else ()
    if choices:
        return f"one of {', '.join(filter(None, map(str, choices)))}"
    bound = _BOUND.fullmatch(what)
    if bound and bound[2].startswith("matching "):
        return _described(request, path)
    return _bounded(_KINDS.get(bound[1], bound[1]), bound[2]) if bound else what[:200]


def _described(request: type, path: str) -> str:
    """What a pattern asks for, as the declaration says it."""
    parent, _, name = path.rpartition(".")
    declared = get_type_hints(_type_at(request, parent), include_extras=True)[name]
    options = (declared, *get_args(declared))
    metas = (one for option in options if get_origin(option) is Annotated for one in option.__metadata__)
    return next(str(meta.description) for meta in metas if meta.pattern)


def _bounded(kind: str, bound: str) -> str:
    """A bound of a number, or of the length of a text or a list."""
    limit = _LIMIT.fullmatch(bound)
    if limit is None:
        return f"{kind} {bound}"
    most = limit["most"]
    return {
        (False, ">="): f"{kind} at least {most}",
        (False, "<="): f"{kind} at most {most}",
        (False, ">"): f"{kind} above {most}",
        (False, "<"): f"{kind} below {most}",
        (True, ">="): f"{kind} of length at least {most}",
        (True, "<="): f"{kind} of length at most {most}",
    }[bool(limit["length"]), limit["sign"]]


def _members(request: type, path: str) -> str:
    """The names that are known at that place."""
    kind = _type_at(request, path)
    names = kind.__struct_fields__ if isinstance(kind, type) and issubclass(kind, msgspec.Struct) else ()
    return f"known are {', '.join(names)}" if names else "it takes no parameters there"


def _type_at(kind: Any, path: str) -> Any:
    """The type that is declared at a path; None where the path leads nowhere."""
    for part in path.split(".") if path else []:
        kind = _bare(kind)
        if get_origin(kind) is list:
            kind = get_args(kind)[0]
        elif isinstance(kind, type) and issubclass(kind, msgspec.Struct):
            kind = get_type_hints(kind).get(part)
        else:
            return None
    return _bare(kind)


def _bare(kind: Any) -> Any:
    """A type without `| None`."""
    if get_origin(kind) in (Union, types.UnionType):
        kind = next(option for option in get_args(kind) if option is not type(None))
    return kind


def _value_at(tree: Any, path: str) -> Any:
    """The value at a path; the whole when the path leads nowhere."""
    node = tree
    for part in path.split(".") if path else []:
        if isinstance(node, dict) and part in node:
            node = node[part]
        elif isinstance(node, list) and part.isdigit() and int(part) < len(node):
            node = node[int(part)]
        else:
            return node
    return node


def _check_numbers(action: Declared, value: Any, path: str) -> None:
    """Refuses numbers that text can write and JSON's decoder would have refused: beyond 64 bits, NaN, infinite."""
    if isinstance(value, msgspec.Struct):
        for name in value.__struct_fields__:
            _check_numbers(action, getattr(value, name), f"{path}.{name}" if path else name)
    elif isinstance(value, list):
        for index, item in enumerate(value):
            _check_numbers(action, item, f"{path}.{index}")
    elif isinstance(value, float) and not math.isfinite(value):
        raise _value_error(action, path, value, "a finite number")
    elif isinstance(value, int) and not -(2**63) <= value < 2**63:
        raise _value_error(action, path, value, "a number of at most 64 bits")
