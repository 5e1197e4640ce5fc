"""The four actions that every kind of template has, made from its description."""

from collections.abc import Awaitable, Callable, Iterable
from functools import partial
from types import GenericAlias
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from minivod import errors
from minivod.actions import Action, AnyAction, CallContext
from minivod.shapes import wire_time
from minivod.store import doomed
from minivod.store import templates as rows
from minivod.store.database import Connection
from minivod.templates.catalog import Template, available
from minivod.templates.derive import Field, changes, error_classes, merged, own_fields, shown
from minivod.templates.kind import AnyKind

Keep = Callable[[CallContext, Any], Awaitable[tuple[Any, str | None]]]
"""Takes what is no setting out of a template and keeps it: the settings without it, and the key of the object."""
Answer = Callable[[CallContext, int, str | None], msgspec.Struct]
"""Makes the answer of the definition and the key of the object."""
Finish = Callable[[dict[str, Any], Template[Any], CallContext], None]
"""Completes the members of a template in an answer."""
Filter = Callable[[Any, Template[Any]], bool]
"""Whether a request asks for a template."""

NO_TIME = "1970-01-01T00:00:00Z"
"""The times of presets, which have none."""
_NAME: Any = Annotated[str, Meta(max_length=64)]
_COMMENT: Any = Annotated[str, Meta(max_length=256)]
AS_TEXT: Any = (
    Annotated[str, Meta(pattern=r"^[0-9]{0,18}\Z", description="an integer of at most 18 digits")] | int | None
)
"""SubAppId where the published model has it as a string."""
ORIGIN: Field = ("Type", Literal["Preset", "Custom"] | None, None)
"""The filter for presets, or for the application's own."""


class Created(msgspec.Struct, frozen=True):
    """The definition of the new template."""

    Definition: int


class Nothing(msgspec.Struct, frozen=True):
    """Nothing but the RequestId."""


class _Verb(msgspec.Struct, frozen=True, kw_only=True):
    """What makes the actions of a kind: the kind, who keeps a picture, and who makes the answer of its key."""

    kind: AnyKind
    keep: Keep | None = None
    answer: Answer | None = None


def creates(
    kind: AnyKind,
    *,
    response: type[msgspec.Struct] = Created,
    keep: Keep | None = None,
    answer: Answer | None = None,
    sub_app_id: Any = int | None,
) -> AnyAction:
    """The action that makes a template of the kind.

    Args:
        kind: of template.
        response: its answer.
        keep: keeps what is no setting.
        answer: makes the answer; default the definition alone.
        sub_app_id: type of the parameter SubAppId.
    """
    request = _request(
        f"An application has at most {kind.most} templates of this kind.",
        *own_fields(kind),
        ("Name", _NAME, ""),
        ("Comment", _COMMENT, ""),
        sub_app_id=sub_app_id,
    )
    run = partial(_create, _Verb(kind=kind, keep=keep, answer=answer))
    return _action(kind, f"Create{kind.name}Template", request, response, run)


async def _create(verb: _Verb, call: CallContext, asked: Any) -> msgspec.Struct:
    """Raises InvalidParameterValue and MissingParameter by field, or TooMuchTemplate."""
    kind = verb.kind
    settings = kind.settings(**{name: getattr(asked, name) for name in kind.settings.__struct_fields__})
    kind.check(settings)
    settings, key = await verb.keep(call, settings) if verb.keep else (settings, None)
    async with call.services.database.transaction() as connection:
        definition = await rows.next_definition(connection, call.sub_app_id)
        if await rows.count(connection, call.sub_app_id, kind.name) >= kind.most:
            raise errors.TooMuchTemplate(
                f"the application has {kind.most} {kind.name} templates, as many as it may have; delete one first"
            )
        await _adopt(connection, key)
        await rows.create(
            connection,
            sub_app_id=call.sub_app_id,
            kind=kind.name,
            definition=definition,
            name=asked.Name,
            comment=asked.Comment,
            body=msgspec.to_builtins(settings),
            object_key=key,
        )
    return verb.answer(call, definition, key) if verb.answer else Created(definition)


def modifies(
    kind: AnyKind, *, response: type[msgspec.Struct] = Nothing, keep: Keep | None = None, answer: Answer | None = None
) -> AnyAction:
    """The action that changes a template of the kind; arguments as for `creates`."""
    request = _request(
        "What is left out stays as it is; presets cannot be changed.",
        ("Definition", int),
        *changes(kind),
        ("Name", _NAME | None, None),
        ("Comment", _COMMENT | None, None),
    )
    run = partial(_modify, _Verb(kind=kind, keep=keep, answer=answer))
    return _action(kind, f"Modify{kind.name}Template", request, response, run)


async def _modify(verb: _Verb, call: CallContext, asked: Any) -> msgspec.Struct:
    """Raises InvalidParameterValue and MissingParameter by field, or TemplateNotExist."""
    kind, definition = verb.kind, asked.Definition
    if definition in kind.presets:
        raise errors.invalid("ModifyDefaultTemplate")(f"Definition {definition} is a preset, which cannot be changed")
    kind.check_done(asked)
    if not await rows.find(call.services.database, call.sub_app_id, kind.name, [definition]):
        raise unknown(kind, definition)
    asked, key = await verb.keep(call, asked) if verb.keep else (asked, None)
    async with call.services.database.transaction() as connection:
        before = await rows.lock(connection, call.sub_app_id, kind.name, definition)
        if before is None:
            raise unknown(kind, definition)
        settings = merged(kind, kind.read(before.body), asked)
        kind.check(settings)
        await _adopt(connection, key)
        after = msgspec.structs.replace(
            before,
            name=before.name if asked.Name is None else asked.Name,
            comment=before.comment if asked.Comment is None else asked.Comment,
            body=msgspec.to_builtins(settings),
            object_key=key or before.object_key,
        )
        await rows.replace(connection, before, after)
    return verb.answer(call, definition, key) if verb.answer else Nothing()


def deletes(kind: AnyKind) -> AnyAction:
    """The action that deletes a template of the kind."""
    request = _request("What was made by the template stays; presets cannot be deleted.", ("Definition", int))
    return _action(kind, f"Delete{kind.name}Template", request, Nothing, partial(_delete, kind))


async def _delete(kind: AnyKind, call: CallContext, asked: Any) -> Nothing:
    """Raises TemplateNotExist, or an InvalidParameterValue for a preset."""
    definition = asked.Definition
    if definition in kind.presets:
        raise errors.invalid("DeleteDefaultTemplate")(f"Definition {definition} is a preset, which cannot be deleted")
    async with call.services.database.transaction() as connection:
        if not await rows.delete(connection, call.sub_app_id, kind.name, definition):
            raise unknown(kind, definition)
    return Nothing()


def by_origin(asked: Any, template: Template[Any]) -> bool:
    """The filter that most kinds have: presets, the application's own, or both."""
    return asked.Type in (None, "Preset" if template.preset else "Custom")


class _List(msgspec.Struct, frozen=True, kw_only=True):
    """What lists the templates of a kind."""

    kind: AnyKind
    response: type[msgspec.Struct]
    finish: Finish | None
    wants: Filter


def describes(
    kind: AnyKind,
    *,
    members: tuple[Field, ...] = (),
    finish: Finish | None = None,
    filters: tuple[Field, ...] = (ORIGIN,),
    wants: Filter = by_origin,
) -> AnyAction:
    """The action that lists templates of the kind, by definition.

    Args:
        kind: of template.
        members: of a template in the answer, beside or instead of those that every kind has.
        finish: fills these members.
        filters: parameters that choose templates.
        wants: applies them.
    """
    request = _request(
        "Templates by definition; a definition that does not exist is left out.",
        ("Definitions", Annotated[list[int], Meta(max_length=100)], []),
        ("Offset", Annotated[int, Meta(ge=0)], 0),
        ("Limit", Annotated[int, Meta(ge=0, le=100)], 10),
        *filters,
    )
    item = GenericAlias(list, (_item(kind, members),))
    response = _struct("Response", "The templates.", [("TotalCount", int), (_set_of(kind), item)])
    run = partial(_describe, _List(kind=kind, response=response, finish=finish, wants=wants))
    return _action(kind, f"Describe{kind.name}Templates", request, response, run, mutates=False)


async def _describe(wanted: _List, call: CallContext, asked: Any) -> msgspec.Struct:
    """The templates asked for, and how many there are without Offset and Limit."""
    found = await available(call.services.database, call.sub_app_id, wanted.kind, asked.Definitions or None)
    chosen = [one for one in found if wanted.wants(asked, one)]
    page = chosen[asked.Offset : asked.Offset + asked.Limit]
    items = [_shown(one, call, wanted.finish) for one in page]
    return msgspec.convert({"TotalCount": len(chosen), _set_of(wanted.kind): items}, wanted.response)


def _set_of(kind: AnyKind) -> str:
    return f"{kind.name}TemplateSet"


def _struct(name: str, doc: str, fields: Iterable[Field], *, strict: bool = False) -> type[msgspec.Struct]:
    made = msgspec.defstruct(name, fields, frozen=True, kw_only=True, forbid_unknown_fields=strict, module=__name__)
    made.__doc__ = doc
    return made


def _request(doc: str, *fields: Field, sub_app_id: Any = int | None) -> type[msgspec.Struct]:
    return _struct("Request", doc, (*fields, ("SubAppId", sub_app_id, None)), strict=True)


def _item(kind: AnyKind, members: tuple[Field, ...]) -> type[msgspec.Struct]:
    """A template in an answer."""
    common: tuple[Field, ...] = (
        ("Definition", int), ("Type", str), ("Name", str), ("Comment", str), ("CreateTime", str), ("UpdateTime", str),
    )  # fmt: skip
    fields = {field[0]: field for field in (*common, *shown(kind.settings), *members)}
    return _struct(f"{kind.name}Template", "A template.", fields.values())


def _shown(template: Template[Any], call: CallContext, finish: Finish | None) -> dict[str, Any]:
    shown = {
        "Definition": template.definition,
        "Type": "Preset" if template.preset else "Custom",
        "Name": template.name,
        "Comment": template.comment,
        "CreateTime": wire_time(template.created_at, NO_TIME),
        "UpdateTime": wire_time(template.updated_at, NO_TIME),
        **msgspec.to_builtins(template.settings),
    }
    if finish:
        finish(shown, template, call)
    return shown


async def _adopt(connection: Connection, key: str | None) -> None:
    """Spares the new object that the template will refer to."""
    if key and not await doomed.spare(connection, [key]):
        raise errors.ServiceUnavailable


def unknown(kind: AnyKind, definition: int) -> errors.TemplateNotExist:
    """What a caller is told who names a template that the application does not have."""
    return errors.TemplateNotExist(f"Definition {definition}: this application has no such {kind.name} template")


def _action(
    kind: AnyKind,
    name: str,
    request: type[msgspec.Struct],
    response: type[msgspec.Struct],
    run: Callable[[CallContext, Any], Awaitable[msgspec.Struct]],
    *,
    mutates: bool = True,
) -> AnyAction:
    return Action(
        name=name,
        request=request,
        response=response,
        run=run,
        limit=kind.limit,
        mutates=mutates,
        blanks=True,
        value_errors=error_classes(kind),
    )
