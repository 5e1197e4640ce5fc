"""Templates, presets and an application's own: shown, made, changed, copied and deleted by the API's actions."""

from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any

import msgspec
from starlette.responses import Response

from minivod.console import choosing, fields, paths
from minivod.console.fields import Layout
from minivod.console.pages import ladder
from minivod.console.summary import groups, summary
from minivod.console.visit import Refused, Visit
from minivod.errors import WireError
from minivod.processing import procedures
from minivod.store import console_changes
from minivod.store.application_list import Named
from minivod.templates import catalog
from minivod.templates.catalog import Template
from minivod.templates.kind import AnyKind
from minivod.templates.kinds import KINDS, WATERMARK
from minivod.urls import watermark_url

BY_NAME: Mapping[str, AnyKind] = {kind.name: kind for kind in KINDS}
PROCEDURES = "Procedures"
_ROWS = 100
_CHANGES = 20


async def show(visit: Visit) -> Response:
    """A list: the templates of a kind, or procedures; those of the application first."""
    one = await choosing.chosen(visit)
    if one is None:
        return visit.page("no_account.html", title="nav.templates")
    name = visit.asked("kind") or next(iter(BY_NAME))
    rows: list[Any]
    if name == PROCEDURES:
        rows = await procedures.available(visit.db, one.sub_app_id)
    elif name in BY_NAME:
        rows = await catalog.available(visit.db, one.sub_app_id, BY_NAME[name])
    else:
        raise Refused(HTTPStatus.NOT_FOUND, "error.not_found")
    start = int(visit.asked("from")) if visit.asked("from").isdecimal() and len(visit.asked("from")) < 5 else 0
    ordered = sorted(rows, key=lambda row: row.preset)
    return visit.page(
        "templates.html",
        one=one,
        applications=await choosing.choices(visit, one),
        kinds=[*BY_NAME, PROCEDURES],
        kind=name,
        rows=ordered[start : start + _ROWS],
        start=start,
        following=start + _ROWS if len(rows) > start + _ROWS else None,
        summary=summary,
    )


def _kind(visit: Visit) -> AnyKind:
    kind = BY_NAME.get(visit.request.path_params["kind"])
    if kind is None:
        raise Refused(HTTPStatus.NOT_FOUND, "error.not_found")
    return kind


async def _template(visit: Visit, one: Named, kind: AnyKind, definition: int) -> Template[Any]:
    found = (await catalog.find(visit.db, one.sub_app_id, kind, [definition])).get(definition)
    if found is None:
        raise Refused(HTTPStatus.NOT_FOUND, "error.not_found")
    return found


async def details(visit: Visit) -> Response:
    """A template, and what would come of a source by it."""
    return await _details(visit, await choosing.named(visit))


async def _details(visit: Visit, one: Named, status: HTTPStatus = HTTPStatus.OK, error: str = "") -> Response:
    kind = _kind(visit)
    template = await _template(visit, one, kind, visit.number("definition"))
    return visit.page(
        "template.html",
        status,
        one=one,
        kind=kind.name,
        this=template,
        groups=groups(msgspec.to_builtins(template.settings)),
        ladder=await ladder.preview(visit, one, template.settings),
        picture=watermark_url("", one.app_id, template.object_key),
        used_by=await _used_by(visit, one, kind, template.definition),
        changes=await console_changes.history(visit.db, one.sub_app_id, _about(kind, template.definition), _CHANGES),
        error=error,
    )


def _about(kind: AnyKind, definition: int) -> str:
    return f"{kind.name} {definition}"


async def _used_by(visit: Visit, one: Named, kind: AnyKind, definition: int) -> list[str]:
    """Procedures that name a template: they would fail without it."""
    return [
        procedure.name
        for procedure in await procedures.available(visit.db, one.sub_app_id)
        if (kind.name, definition) in procedures.uses(procedure.task)
    ]


async def new(visit: Visit) -> Response:
    """The form for a template, filled in as another one is."""
    one, kind = await choosing.named(visit), _kind(visit)
    asked = visit.asked("from")
    if asked:
        if not (asked.isdecimal() and asked.isascii() and len(asked) <= 18):
            raise Refused(HTTPStatus.NOT_FOUND, "error.not_found")
        source = await _template(visit, one, kind, int(asked))
        values = msgspec.to_builtins(source.settings) | {"Name": source.name[:64], "Comment": source.comment}
    else:
        first = next(iter(kind.presets.values()), None)
        values = msgspec.to_builtins(first.settings) if first else _WATERMARK
    return _form(visit, one, kind, values)


_WATERMARK: Mapping[str, Any] = {"Type": "image", "ImageTemplate": {"ImageContent": ""}}
"""What a new template begins with where there are no presets."""


async def edit(visit: Visit) -> Response:
    """The form for a change of one of the application's own."""
    one, kind = await choosing.named(visit), _kind(visit)
    template = await _template(visit, one, kind, visit.number("definition"))
    if template.preset:
        raise Refused(HTTPStatus.NOT_FOUND, "error.not_found")
    values = msgspec.to_builtins(template.settings) | {"Name": template.name, "Comment": template.comment}
    return _form(visit, one, kind, values, template.definition)


def _form(
    visit: Visit, one: Named, kind: AnyKind, values: Mapping[str, Any], definition: int | None = None,
    status: HTTPStatus = HTTPStatus.OK, error: str = "",
) -> Response:  # fmt: skip
    locked = kind.fixed if definition is not None else frozenset[str]()
    base = paths.templates_of(one.sub_app_id, kind.name)
    return visit.page(
        "template_form.html",
        status,
        one=one,
        back=paths.template(one.sub_app_id, kind.name, definition)
        if definition
        else paths.templates(one.sub_app_id, kind.name),
        action=f"{base}/{definition}" if definition else base,
        title="templates.edit" if definition else "templates.new",
        heading=f"{visit.text(f'kind.{kind.name}')} {definition or ''}",
        name=values.get("Name", ""),
        comment=values.get("Comment", ""),
        longest_name=64,
        name_locked=False,
        items=fields.items(kind.settings, values, Layout(locked=locked)),
        error=error,
        copied=visit.form.one("from") or visit.asked("from") if kind is WATERMARK and definition is None else "",
        takes_file=kind is WATERMARK,
    )


async def create(visit: Visit) -> Response:
    """Makes a template."""
    return await save(visit, _kind(visit), None)


async def change(visit: Visit) -> Response:
    """Changes a template."""
    return await save(visit, _kind(visit), visit.number("definition"))


def _as_it_is(tree: dict[str, Any]) -> Mapping[str, Any]:
    return tree


async def save(
    visit: Visit,
    kind: AnyKind,
    definition: int | None,
    amend: Callable[[dict[str, Any]], Mapping[str, Any]] = _as_it_is,
) -> Response:
    """Makes or changes a template as the form says, or shows the form again.

    Args:
        visit: the request.
        kind: of template.
        definition: of the one that is changed; None: a new one is made.
        amend: the parameters of the form, for what is no field.
    """
    one, form = await choosing.named(visit), visit.form
    tree = fields.read(kind.settings, form, whole=definition is not None)
    said = {"Name": form.one("Name").strip(), "Comment": form.one("Comment").strip()}
    if form.one("add") or form.one("remove"):
        return _form(visit, one, kind, fields.changed(tree, form) | said, definition)
    tree = dict(amend(tree))
    if definition is not None:
        tree = {name: value for name, value in tree.items() if name not in kind.fixed} | {"Definition": str(definition)}
    verb, about = ("Modify", _about(kind, definition)) if definition is not None else ("Create", kind.name)
    try:
        made = await visit.call(one.sub_app_id, f"{verb}{kind.name}Template", tree | said, about=about, text=True)
    except WireError as error:
        return _form(visit, one, kind, tree | said, definition, HTTPStatus.CONFLICT, error.message)
    number = definition if definition is not None else made.Definition
    return visit.go(paths.with_query(paths.template(one.sub_app_id, kind.name, number), said="saved"))


async def delete(visit: Visit) -> Response:
    """Deletes a template."""
    one, kind, definition = await choosing.named(visit), _kind(visit), visit.number("definition")
    await _template(visit, one, kind, definition)
    try:
        parameters = {"Definition": definition}
        await visit.call(one.sub_app_id, f"Delete{kind.name}Template", parameters, about=_about(kind, definition))
    except WireError as error:
        return await _details(visit, one, HTTPStatus.CONFLICT, error.message)
    there = paths.templates(one.sub_app_id, kind.name)
    return visit.go(paths.with_query(there, about=definition, said="template_deleted"))
