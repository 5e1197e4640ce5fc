"""Holds JSON answers to the published model: names, types, nulls and required members, all the way down."""

from typing import Any

from .model import members, model

_KINDS: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "int": (int,),
    "int64": (int,),
    "uint64": (int,),
    "float": (int, float),
    "bool": (bool,),
}


def complaints(action: str, answer: dict[str, Any]) -> list[str]:
    """How an answer of the action (the members of `Response`) differs from the model; empty when it agrees."""
    output: str = model()["actions"][action]["output"]
    return of_object(answer, output, output)


def of_object(value: Any, name: str, path: str) -> list[str]:
    """How a value differs from an object of the model."""
    if not isinstance(value, dict):
        return [f"{path} is {value!r}, the model says it is an object"]
    known = members(name)
    found = [f"{path}.{extra} is not in the model" for extra in value.keys() - known.keys()]
    for member_name, member in known.items():
        here = f"{path}.{member_name}"
        if member_name not in value:
            if member.get("output_required") or member_name == "RequestId":
                found.append(f"{here} is missing")
        elif value[member_name] is None:
            if not member.get("value_allowed_null"):
                found.append(f"{here} is null, the model says it may not be")
        else:
            found += _of_member(value[member_name], member, here)
    return found


def _of_member(value: Any, member: dict[str, Any], path: str) -> list[str]:
    if member["type"] == "object":
        return of_object(value, member["member"], path)
    if member["type"] != "list":
        return _of_kind(value, member["type"], path)
    if not isinstance(value, list):
        return [f"{path} is {value!r}, the model says it is a list"]
    kind = member["member"]
    check = _of_kind if kind in _KINDS else of_object
    return [one for index, item in enumerate(value) for one in check(item, kind, f"{path}.{index}")]


def _of_kind(value: Any, kind: str, path: str) -> list[str]:
    wrong = not isinstance(value, _KINDS[kind]) or (isinstance(value, bool) and kind != "bool")
    return [f"{path} is {value!r}, the model says it is {kind}"] if wrong else []
